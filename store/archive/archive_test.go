package archive_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zalando/go-keyring"

	"oauthlens/flows"
	"oauthlens/store"
	"oauthlens/store/archive"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const (
	runOne = flows.RunID("00000000000000a1")
	runTwo = flows.RunID("00000000000000b2")
)

var secrets = []string{"ClientSecret-Value-1", "Code-Value-1", "Verifier-Value-Verifier-Value-1", "Access-Value-1", "Refresh-Value-1"}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func places(t testing.TB) store.Places {
	dir := t.TempDir()
	return store.Places{Config: filepath.Join(dir, "config"), Data: filepath.Join(dir, "data")}
}

// newArchive has a keyring if bus is set, the one in memory that the test put there.
func newArchive(t testing.TB, p store.Places, bus string) *archive.Archive {
	t.Helper()
	getenv := func(name string) string {
		if name == "DBUS_SESSION_BUS_ADDRESS" {
			return bus
		}
		return ""
	}
	a := archive.New(t.Context(), p, getenv, func() time.Time { return noon })
	t.Cleanup(func() {
		if s, err := a.Store(); err == nil {
			must(t, s.Close())
		}
	})
	return a
}

// flow is a run that exchanges this code, with this status as the answer.
func flow(key flows.FingerprintKey, id flows.RunID, code string, status int) flows.Trace {
	secret := func(name, raw string) flows.Secret { return flows.NewSecret(key, name, raw) }
	answer := `{"access_token":"Access-Value-1","token_type":"Bearer","expires_in":3600,"refresh_token":"Refresh-Value-1"}`
	if status != 200 {
		answer = `{"error":"invalid_grant","error_description":"code ` + code + ` was used"}`
	}
	request := flows.Request{Method: "POST", URL: "https://t.test/token", Body: []byte("grant_type=authorization_code&code=" + code + "&code_verifier=Verifier-Value-Verifier-Value-1&client_secret=ClientSecret-Value-1")}
	return trace(id,
		flows.RunStarted{Provider: flows.Provider{Name: "truss"}, Environment: flows.Environment{Name: "sandbox"}, Grant: flows.GrantAuthorizationCode,
			Credentials: flows.Credentials{ClientSecret: secret("client_secret", "ClientSecret-Value-1")}, Fingerprints: key},
		flows.Drawn{Verifier: secret("code_verifier", "Verifier-Value-Verifier-Value-1")},
		flows.ExchangeStarted{ID: 1, Step: flows.StepExchange, Request: request},
		flows.ExchangeFinished{ID: 1, Exchange: flows.Exchange{Step: flows.StepExchange, Request: request, Started: noon, Ended: noon, Response: &flows.Response{Status: status, Body: []byte(answer)}}},
		flows.RunEnded{Outcome: flows.Succeeded})
}

func trace(id flows.RunID, events ...flows.Event) flows.Trace {
	t := flows.Trace{Run: id}
	for i, e := range events {
		t = t.Append(noon.Add(time.Duration(i)*time.Second), e)
	}
	return t
}

func keep(t *testing.T, a *archive.Archive, run flows.Trace) {
	t.Helper()
	k := a.Keep(run.Run)
	for _, r := range run.Records {
		k.Append(r)
	}
	k.Finish(flows.Succeeded, "", noon.Add(time.Hour), noon)
	must(t, k.Flush())
}

func leaks(t *testing.T, p store.Places) []string {
	t.Helper()
	var found []string
	must(t, filepath.WalkDir(filepath.Dir(p.Data), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, secret := range secrets {
			if bytes.Contains(data, []byte(secret)) {
				found = append(found, filepath.Base(path)+": "+secret)
			}
		}
		return err
	}))
	return found
}

func load(t *testing.T, a *archive.Archive, run flows.RunID) (flows.Trace, store.RunMeta) {
	t.Helper()
	s, err := a.Store()
	must(t, err)
	back, err := s.Load(t.Context(), run)
	must(t, err)
	meta, err := s.Meta(t.Context(), run)
	must(t, err)
	return back, meta
}

func TestWithAKeyringRunsAreSealed(t *testing.T) {
	keyring.MockInit()
	p := places(t)
	a := newArchive(t, p, "unix:path=/nowhere")
	want := flow(a.Fingerprints(), runOne, "Code-Value-1", 200)
	keep(t, a, want)
	if found := leaks(t, p); len(found) > 0 {
		t.Errorf("in clear: %q", found)
	}
	other := newArchive(t, p, "unix:path=/nowhere")
	back, meta := load(t, other, runOne)
	if diff := cmp.Diff(want, back, cmp.Comparer(func(a, b flows.Secret) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if meta.Redacted || meta.Outcome != flows.Succeeded || !meta.ExpiresAt.Equal(noon.Add(time.Hour)) || other.Fingerprints() != a.Fingerprints() {
		t.Errorf("%+v", meta)
	}
}

func TestWithoutAKeyringRunsAreKeptWithoutSecrets(t *testing.T) {
	p := places(t)
	a := newArchive(t, p, "")
	simulated := flow(flows.FingerprintKey{}, runTwo, "Code-Value-2", 200)
	real := flow(a.Fingerprints(), runOne, "Code-Value-1", 400)
	one, two := a.Keep(runOne), a.Keep(runTwo)
	for i := range real.Records {
		one.Append(real.Records[i])
		two.Append(simulated.Records[i])
	}
	must(t, one.Flush())
	must(t, two.Flush())
	if found := leaks(t, p); len(found) > 0 {
		t.Errorf("in clear: %q", found)
	}
	back, meta := load(t, a, runOne)
	if body := string(back.Steps()[0].Exchange.Response.Body); !meta.Redacted || !strings.Contains(body, a.Fingerprints().Mask("code", "Code-Value-1")) {
		t.Errorf("the echoed code has no mask under the run's key: %s", body)
	}
	back, _ = load(t, a, runTwo)
	if body := string(back.Steps()[0].Exchange.Response.Body); !strings.Contains(body, flows.FingerprintKey{}.Mask("access_token", "Access-Value-1")) {
		t.Errorf("the masks of a run beside it are under another key: %s", body)
	}
}

// TestWhatIsTypedIsKeptWithoutSecrets: a change of the settings holds what was typed, which
// no request holds yet, and an end may quote what a server said.
func TestWhatIsTypedIsKeptWithoutSecrets(t *testing.T) {
	p := places(t)
	a := newArchive(t, p, "")
	run := flow(a.Fingerprints(), runOne, "Code-Value-1", 200)
	edits := []flows.ParamEdit{{Op: flows.EditSet, Name: "client_secret", Value: "ClientSecret-Value-1"}}
	headers := []flows.ParamEdit{{Op: flows.EditSet, Name: "Authorization", Value: "Bearer Access-Value-1"}}
	at := "https://api.test/?access_token=Access-Value-1"
	typed := trace(runOne, run.Records[0].Event,
		flows.Changed{Change: flows.SettingsChange{TokenEdits: &edits, HeaderEdits: &headers, CallURL: &at}},
		flows.RunEnded{Outcome: flows.Failed, Why: "the exchange step was refused: Access-Value-1"})
	keep(t, a, typed)
	if found := leaks(t, p); len(found) > 0 {
		t.Errorf("in clear: %q", found)
	}
	back, _ := load(t, a, runOne)
	change := back.Records[1].Event.(flows.Changed).Change
	if (*change.TokenEdits)[0].Value != a.Fingerprints().Mask("client_secret", "ClientSecret-Value-1") || !strings.HasPrefix((*change.HeaderEdits)[0].Value, "Bearer access_token (14 chars, #") {
		t.Errorf("%+v %+v", *change.TokenEdits, *change.HeaderEdits)
	}
}

func TestCodeOfAnEarlierRunIsNoticed(t *testing.T) {
	p := places(t)
	first := newArchive(t, p, "")
	run := flow(first.Fingerprints(), runOne, "Code-Value-1", 200)
	if findings := first.WithReuses(run, nil); findings != nil {
		t.Errorf("before the history is open: %+v", findings)
	}
	keep(t, first, run)
	if findings := first.WithReuses(run, nil); findings != nil {
		t.Errorf("a code's own run: %+v", findings)
	}
	known := []flows.Finding{{Code: "invalid-grant-unexplained", Severity: flows.SeverityError}, {Code: "other", Severity: flows.SeverityError, Step: 7}, {Code: "weak", Severity: flows.SeverityWarning}, {Code: "note", Severity: flows.SeverityInfo}}
	second := newArchive(t, p, "")
	for _, tt := range []struct {
		id       flows.RunID
		status   int
		severity flows.Severity
		want     []string
	}{
		{runTwo, 400, flows.SeverityError, []string{"code-reused", "other", "weak", "note"}},
		{"00000000000000c3", 200, flows.SeverityWarning, []string{"other", "code-reused", "weak", "note"}},
	} {
		again := flow(second.Fingerprints(), tt.id, "Code-Value-1", tt.status)
		keep(t, second, again)
		var codes []string
		for _, f := range second.WithReuses(again, slices.Clone(known)) {
			codes = append(codes, f.Code)
			if f.Code == "code-reused" && (f.Severity != tt.severity || f.Step != 0 || !strings.Contains(f.Evidence[0].Text, string(runOne)) || strings.Contains(f.Evidence[0].Text, "Code-Value")) {
				t.Errorf("%+v", f)
			}
		}
		if !slices.Equal(codes, tt.want) {
			t.Errorf("%s: %q", tt.id, codes)
		}
		if twice := second.WithReuses(again, []flows.Finding{{Code: "code-reused", Confidence: flows.Likely, Evidence: []flows.Sentence{flows.Say("x")}}}); len(twice) != 1 || twice[0].Confidence != flows.Certain || len(twice[0].Evidence) != 2 {
			t.Errorf("said twice: %+v", twice)
		}
	}
	if found := leaks(t, p); len(found) > 0 {
		t.Errorf("in clear: %q", found)
	}
}

func TestRefreshTokenOfAnEarlierRun(t *testing.T) {
	for _, tt := range []struct {
		rotation flows.Rotation
		status   int
		want     []string
	}{{flows.RotationNever, 200, nil}, {flows.RotationNever, 400, []string{"refresh-token-reused"}}, {flows.RotationAlways, 200, []string{"refresh-token-reused"}}, {flows.RotationNever, 502, nil}, {flows.RotationNever, 401, nil}, {flows.RotationNever, 403, nil}} {
		a := newArchive(t, places(t), "")
		var codes []string
		for _, id := range []flows.RunID{runOne, runTwo} {
			run := trace(id, flows.RunStarted{Provider: flows.Provider{Name: "truss", Dialect: flows.Dialect{Rotation: tt.rotation}}, Grant: flows.GrantRefreshToken},
				flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepRefresh, Started: noon, Ended: noon,
					Request:  flows.Request{Method: "POST", URL: "https://t.test/token", Body: []byte(`{"grant_type":"refresh_token","refresh_token":"Refresh-Value-1"}`)},
					Response: &flows.Response{Status: tt.status, Body: []byte(map[int]string{200: `{"access_token":"Access-Value-1"}`, 400: `{"error":"invalid_grant"}`, 401: `{"error":"invalid_client"}`, 403: `{"error":40002,"error_description":"invalid_client: no such client"}`, 502: `<html>Bad Gateway</html>`}[tt.status])}}})
			keep(t, a, run)
			codes = nil
			for _, f := range a.WithReuses(run, nil) {
				codes = append(codes, f.Code)
			}
		}
		if !slices.Equal(codes, tt.want) {
			t.Errorf("%+v: %q", tt, codes)
		}
	}
}

func TestUnusableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	a := newArchive(t, store.Places{Config: filepath.Join(file, "config"), Data: filepath.Join(file, "data")}, "")
	a.Warm()
	k := a.Keep(runOne)
	for _, r := range flow(a.Fingerprints(), runOne, "Code-Value-1", 200).Records {
		k.Append(r)
		if err := k.Flush(); err == nil || strings.Contains(err.Error(), "\n") {
			t.Fatalf("%v", err)
		}
	}
	if a.Fingerprints() == (flows.FingerprintKey{}) {
		t.Error("fingerprints under the zero key")
	}
}
