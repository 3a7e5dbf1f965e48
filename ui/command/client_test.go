package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"oauthlens/flows"
	"oauthlens/flows/launch"
	"oauthlens/flows/session"
	"oauthlens/store"
	"oauthlens/store/archive"
	"oauthlens/store/vault"
)

var clientProvider = flows.Provider{Name: "truss", Title: "Truss", Grants: []flows.Grant{flows.GrantAuthorizationCode, flows.GrantClientCredentials},
	Environments: []flows.Environment{{Name: "sandbox", Endpoints: flows.Endpoints{Authorization: "https://a.test/authorize", Token: "https://a.test/token"}}},
	Scopes:       []flows.Scope{{Name: "read", Default: true}, {Name: "accounts", Grants: []flows.Grant{flows.GrantAuthorizationCode}}}}

// clientWorld has a home folder; withKey puts a passphrase on its vault and unlocks it.
func clientWorld(t *testing.T, home string, env map[string]string) *World {
	t.Helper()
	getenv := func(name string) string { return env[name] }
	w := &World{Stdin: strings.NewReader(""), Stdout: os.Stdout, Stderr: os.Stderr, Getenv: getenv, ReadFile: os.ReadFile, Now: time.Now,
		Launcher: &launch.Launcher{Now: time.Now, Providers: []flows.Provider{clientProvider}}, Diagnose: func(flows.Trace) []flows.Finding { return nil },
		Archive: archive.New(t.Context(), store.Places{Config: home, Data: home}, getenv, time.Now)}
	t.Cleanup(func() {
		if s, err := w.Archive.Store(); err == nil {
			s.Close()
		}
	})
	return w
}

func withPassphrase(t *testing.T, home, passphrase string) {
	t.Helper()
	v, err := vault.Open(home, vault.Options{WorkFactor: 4})
	if err == nil {
		err = v.SetPassphrase(passphrase)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// typedSession is a run in which the client was typed in.
func typedSession(t *testing.T, w *World, environment string, change flows.SettingsChange) session.Session {
	t.Helper()
	run, err := w.Launcher.Open(t.Context(), &launch.Request{Provider: clientProvider, Environment: environment, Interactive: true})
	if err != nil {
		t.Fatal(err)
	}
	s, _ := session.New(run.ID).Handle(w.Now(), run.Start)
	s, _ = s.Handle(w.Now(), flows.Changed{Change: change})
	return s
}

func everythingTyped() flows.SettingsChange {
	id, secret, redirect := "my-client", flows.NewSecret(flows.FingerprintKey{}, "client_secret", "typed-secret-value"), "http://127.0.0.1:9999/cb"
	auth, scopes, edits := flows.AuthJSON, []string{"read", "accounts"}, []flows.ParamEdit{{Op: flows.EditSet, Name: "shop", Value: "one.test"}, {Op: flows.EditSet, Name: "client_secret", Value: "typed-secret-value"}}
	return flows.SettingsChange{ClientID: &id, ClientSecret: &secret, RedirectURI: &redirect, AuthMethod: &auth, Scopes: &scopes, AuthorizeEdits: &edits}
}

func TestTheSecondRunFindsTheClientOfTheFirst(t *testing.T) {
	home := t.TempDir()
	withPassphrase(t, home, "correct horse")
	first := clientWorld(t, home, nil)
	v, _ := first.Archive.Vault()
	if err := v.Unlock("correct horse"); err != nil {
		t.Fatal(err)
	}
	said, err := first.saveClient(t.Context(), typedSession(t, first, "sandbox", everythingTyped()))
	if err != nil || !strings.Contains(said, "sealed in the vault") {
		t.Fatalf("%q, %v", said, err)
	}

	second := clientWorld(t, home, nil)
	request := launch.Request{Provider: clientProvider, Environment: "sandbox"}
	_, _, err = fill(t, second, request, true)
	if err == nil || !strings.Contains(err.Error(), "locked") {
		t.Errorf("a locked vault: %v", err)
	}
	second.StdinTerminal = true
	second.ReadPassphrase = func(string) (string, error) { return "correct horse", nil }
	r, used, err := fill(t, second, request, true)
	if err != nil || !used {
		t.Fatalf("%v, %v", used, err)
	}
	want := flows.Settings{ClientID: "my-client", SecretFrom: "the vault", AuthMethod: flows.AuthJSON, RedirectURI: "http://127.0.0.1:9999/cb",
		Scopes: []string{"read", "accounts"}, AuthorizeEdits: []flows.ParamEdit{{Op: flows.EditSet, Name: "shop", Value: "one.test"}}}
	if diff := cmp.Diff(want, r.Settings); diff != "" || r.ClientSecret != "typed-secret-value" {
		t.Errorf("secret %d characters\n%s", len(r.ClientSecret), diff)
	}
	inFiles(t, home, "typed-secret-value")
	if facts := second.facts(t.Context(), "truss", "sandbox"); facts.Client("sandbox") != "ready" || facts.Client("production") != "not set" {
		t.Errorf("the catalogue says %q and %q", facts.Client("sandbox"), facts.Client("production"))
	}
	if _, err := second.forgetClient(t.Context(), typedSession(t, second, "sandbox", flows.SettingsChange{})); err != nil {
		t.Fatal(err)
	}
	names, err := v.SecretNames()
	if _, used, _ := fill(t, second, request, false); err != nil || used || len(names) > 0 {
		t.Errorf("forgotten, and still used %v; secrets of %q, %v", used, names, err)
	}
}

// inFiles looks for a secret in everything below a folder.
func inFiles(t *testing.T, home, secret string) {
	t.Helper()
	err := filepath.WalkDir(home, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), secret) {
			t.Errorf("%s holds the secret", filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWithoutAKeyTheSecretIsNotKept(t *testing.T) {
	home := t.TempDir()
	w := clientWorld(t, home, nil)
	said, err := w.saveClient(t.Context(), typedSession(t, w, "sandbox", everythingTyped()))
	if err != nil || !strings.Contains(said, "not kept, type it again") {
		t.Fatalf("%q, %v", said, err)
	}
	r, used, err := fill(t, w, launch.Request{Provider: clientProvider, Environment: "sandbox"}, true)
	if err != nil || !used || r.ClientSecret != "" || r.Settings.ClientID != "my-client" {
		t.Errorf("%v, %v, %+v", used, err, r.Settings)
	}
	inFiles(t, home, "typed-secret-value")
}

func TestFlagsAndVariablesComeBeforeWhatWasKept(t *testing.T) {
	env := map[string]string{"OAUTHLENS_SANDBOX_CLIENT_SECRET": "typed-secret-value"}
	w := clientWorld(t, t.TempDir(), env)
	said, err := w.saveClient(t.Context(), typedSession(t, w, "sandbox", everythingTyped()))
	if err != nil || !strings.Contains(said, "stays in OAUTHLENS_SANDBOX_CLIENT_SECRET") {
		t.Fatalf("%q, %v", said, err)
	}
	other := launch.Request{Provider: clientProvider, Environment: "sandbox", Settings: flows.Settings{ClientID: "another", Scopes: []string{}, RedirectURI: "http://127.0.0.1:1/x",
		AuthorizeEdits: []flows.ParamEdit{{Op: flows.EditSet, Name: "shop", Value: "two.test"}}}}
	byCredentials := launch.Request{Provider: clientProvider, Environment: "sandbox", Grant: flows.GrantClientCredentials}
	byHand := launch.Request{Provider: clientProvider, Environment: "sandbox", Endpoints: flows.Endpoints{Token: "https://elsewhere.test/token"}}
	tests := []struct {
		name    string
		request launch.Request
		check   func(r launch.Request, used bool) bool
	}{
		{"as kept", launch.Request{Provider: clientProvider, Environment: "sandbox"}, func(r launch.Request, used bool) bool {
			return used && r.ClientSecret == "typed-secret-value" && r.Settings.SecretFrom == "OAUTHLENS_SANDBOX_CLIENT_SECRET"
		}},
		{"another client does not get the secret", other, func(r launch.Request, used bool) bool {
			last := r.Settings.AuthorizeEdits[len(r.Settings.AuthorizeEdits)-1]
			return used && r.ClientSecret == "" && r.Settings.ClientID == "another" && len(r.Settings.Scopes) == 0 && r.Settings.RedirectURI == "http://127.0.0.1:1/x" && last.Value == "two.test"
		}},
		{"scopes of another grant stay out", byCredentials, func(r launch.Request, used bool) bool { return used && r.Settings.Scopes == nil }},
		{"another server gets nothing", byHand, func(r launch.Request, used bool) bool {
			return !used && r.ClientSecret == "" && r.Settings.ClientID == ""
		}},
		{"the simulator needs nothing", launch.Request{Provider: clientProvider, Environment: flows.EnvSimulator}, func(r launch.Request, used bool) bool { return !used }},
		{"another environment", launch.Request{Provider: clientProvider, Environment: "production"}, func(r launch.Request, used bool) bool { return !used }},
	}
	for _, tt := range tests {
		r, used, err := fill(t, w, tt.request, false)
		if err != nil || !tt.check(r, used) {
			t.Errorf("%s: %v, used %v, secret of %d, %+v", tt.name, err, used, len(r.ClientSecret), r.Settings)
		}
	}
}

// TestEndpointsThatWereTypedInBelongToTheClient: the secret of a client at a server of one's
// own must not go to the profile's in the next run, nor to any other.
func TestEndpointsThatWereTypedInBelongToTheClient(t *testing.T) {
	home := t.TempDir()
	withPassphrase(t, home, "correct horse")
	w := clientWorld(t, home, nil)
	v, _ := w.Archive.Vault()
	if err := v.Unlock("correct horse"); err != nil {
		t.Fatal(err)
	}
	custom := flows.Provider{Name: "custom", Title: "Custom", Grants: []flows.Grant{flows.GrantAuthorizationCode}, Environments: []flows.Environment{{Name: flows.EnvCustom}}}
	for _, p := range []struct {
		provider    flows.Provider
		environment string
	}{{clientProvider, "sandbox"}, {custom, flows.EnvCustom}} {
		run, err := w.Launcher.Open(t.Context(), &launch.Request{Provider: p.provider, Environment: p.environment, Interactive: true})
		if err != nil {
			t.Fatal(err)
		}
		s, _ := session.New(run.ID).Handle(w.Now(), run.Start)
		if p.environment == flows.EnvCustom {
			if _, err := w.saveClient(t.Context(), s); err == nil || !strings.Contains(err.Error(), "none is typed in yet") {
				t.Errorf("%v", err)
			}
		}
		headers := []flows.ParamEdit{{Op: flows.EditSet, Name: "Accept", Value: "text/json"}, {Op: flows.EditSet, Name: "X-Api-Key", Value: "header-secret-value"}}
		for _, change := range []flows.SettingsChange{everythingTyped(), {HeaderEdits: &headers},
			{Endpoint: &flows.Param{Name: "token", Value: "http://127.0.0.1:1/token"}}, {Endpoint: &flows.Param{Name: "authorization", Value: "http://127.0.0.1:1/authorize"}}} {
			s, _ = s.Handle(w.Now(), flows.Changed{Change: change})
		}
		said, err := w.saveClient(t.Context(), s)
		if err != nil || !strings.Contains(said, "sealed in the vault") || !strings.Contains(said, "not kept, since it may be a secret: client_secret, X-Api-Key") {
			t.Errorf("%q, %v", said, err)
		}
		r, used, err := fill(t, w, launch.Request{Provider: p.provider, Environment: p.environment}, false)
		want := flows.Endpoints{Authorization: "http://127.0.0.1:1/authorize", Token: "http://127.0.0.1:1/token"}
		if err != nil || !used || r.Endpoints != want || r.ClientSecret != "typed-secret-value" || len(r.Settings.HeaderEdits) != 1 {
			t.Errorf("%s: used %v, %v, %+v", p.provider.Name, used, err, r.Endpoints)
		}
		opened, err := w.Launcher.Open(t.Context(), &r)
		if err != nil || opened.Start.Environment.Endpoints != want || opened.Start.Environment.Name != p.environment {
			t.Errorf("%s: %v %+v", p.provider.Name, err, opened.Start.Environment)
		}
		for _, given := range []flows.Endpoints{{Token: "http://127.0.0.1:2/token"}, {Issuer: "http://127.0.0.1:1"}, {Revocation: "http://127.0.0.1:1/revoke"}} {
			if r, used, _ := fill(t, w, launch.Request{Provider: p.provider, Environment: p.environment, Endpoints: given}, false); used || r.ClientSecret != "" {
				t.Errorf("%s: %+v got what belongs to another server", p.provider.Name, given)
			}
		}
		if r, used, _ := fill(t, w, launch.Request{Provider: p.provider, Environment: p.environment, Endpoints: flows.Endpoints{Token: want.Token}}, false); !used || r.Endpoints != want {
			t.Errorf("%s: the same server got nothing", p.provider.Name)
		}
	}
	inFiles(t, home, "typed-secret-value")
	inFiles(t, home, "header-secret-value")
}

// TestAClientThatProvedRightIsKeptByItself is the way of the screen: typed in, succeeded,
// kept.
func TestAClientThatProvedRightIsKeptByItself(t *testing.T) {
	w := clientWorld(t, t.TempDir(), nil)
	s := typedSession(t, w, "sandbox", everythingTyped())
	k := &keptRun{world: w, keeper: w.Archive.Keep(s.Trace().Run), trace: flows.Trace{Run: s.Trace().Run}}
	kept, err := k.save(t.Context(), s.Trace().Records)
	if err != nil || !strings.Contains(kept.Say, "there is no key") || kept.Lacking != "secrets not kept" {
		t.Fatalf("before it succeeded: %+v, %v", kept, err)
	}
	before := len(s.Trace().Records)
	answer := flows.Exchange{Step: flows.StepExchange, Request: flows.Request{Method: "POST", URL: "https://a.test/token"},
		Response: &flows.Response{Status: 200, Headers: flows.Headers{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(`{"access_token":"AT-1234567890","token_type":"Bearer","expires_in":3600}`)}}
	next := session.Replay(s.Trace().Append(w.Now(), flows.ExchangeStarted{ID: 1, Step: flows.StepExchange}))
	next, _ = next.Handle(w.Now(), flows.ExchangeFinished{ID: 1, Exchange: answer})
	kept, err = k.save(t.Context(), next.Trace().Records[before:])
	if err != nil || !strings.Contains(kept.Say, "client settings kept for Truss, sandbox") {
		t.Fatalf("after it succeeded: %+v, %v, complete %v", kept, err, next.Complete())
	}
	if r, used, _ := fill(t, w, launch.Request{Provider: clientProvider, Environment: "sandbox"}, false); !used || r.Settings.ClientID != "my-client" {
		t.Errorf("%v %+v", used, r.Settings)
	}
}

// TestKeptForIsSaidOnce: an environment that is called as its provider is not named again.
func TestKeptForIsSaidOnce(t *testing.T) {
	for env, want := range map[string]string{flows.EnvCustom: "Custom", flows.EnvSandbox: "Custom, sandbox"} {
		if got := keptFor(flows.Provider{Title: "Custom"}, env); got != want {
			t.Errorf("%s: %q, want %q", env, got, want)
		}
	}
}

// fill is withKept, with what it fills.
func fill(t *testing.T, w *World, r launch.Request, mayAsk bool) (launch.Request, bool, error) {
	kept, err := w.withKept(t.Context(), &r, mayAsk)
	return r, kept, err
}
