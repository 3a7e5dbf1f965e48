package launch

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/simulator"
)

// opened readies a run that has to be possible.
func opened(t *testing.T, l *Launcher, r Request) *Run {
	t.Helper()
	run, err := l.Open(context.Background(), &r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(run.Close)
	return run
}

// refused is the sentence with which a request is refused.
func refused(t *testing.T, l *Launcher, r Request) string {
	t.Helper()
	_, err := l.Open(context.Background(), &r)
	var bad *UsageError
	if !errors.As(err, &bad) {
		t.Fatalf("not refused: %v", err)
	}
	return bad.Text
}

// profile is a provider with every endpoint, so that each can be told from the others.
func profile(changes ...func(*flows.Provider)) flows.Provider {
	endpoints := func(host string) flows.Endpoints {
		at := func(path string) string { return "https://" + host + "/" + path }
		return flows.Endpoints{Issuer: at(""), Authorization: at("a"), AuthorizeURL: at("u"), Token: at("t"), JWKS: at("j"), Revocation: at("r"),
			Introspection: at("i"), UserInfo: at("me"), API: at("api")}
	}
	p := flows.Provider{Name: "many", Title: "Many", Grants: []flows.Grant{flows.GrantAuthorizationCode, flows.GrantClientCredentials, flows.GrantBasic},
		Environments: []flows.Environment{
			{Name: "production", Endpoints: endpoints("live.test"), ClientIDPrefixes: []string{"live-"}},
			{Name: "sandbox", Endpoints: endpoints("sand.test"), ClientIDPrefixes: []string{"sand-"}},
		}}
	for _, change := range changes {
		change(&p)
	}
	return p
}

// TestEndpointsByHand: what was given is taken, what the grant still needs comes from the
// profile, and nothing else does: a token must not go to a server that did not issue it.
func TestEndpointsByHand(t *testing.T) {
	const code, machine, basic = flows.GrantAuthorizationCode, flows.GrantClientCredentials, flows.GrantBasic
	noSandbox := profile(func(p *flows.Provider) { p.Environments = p.Environments[:1] })
	none := profile(func(p *flows.Provider) { p.Environments = nil })
	for _, c := range []struct {
		name     string
		provider flows.Provider
		env      string
		grant    flows.Grant
		given    flows.Endpoints
		want     flows.Endpoints
		wantEnv  string
		prefix   string // of client ids; empty: none is known
	}{
		{"the token endpoint, for a code", profile(), "", code, flows.Endpoints{Token: "http://h/t"},
			flows.Endpoints{Token: "http://h/t", Authorization: "https://sand.test/a", AuthorizeURL: "https://sand.test/u"}, "sandbox", "sand-"},
		{"the token endpoint, in production", profile(), "production", code, flows.Endpoints{Token: "http://h/t"},
			flows.Endpoints{Token: "http://h/t", Authorization: "https://live.test/a", AuthorizeURL: "https://live.test/u"}, "production", "live-"},
		{"the authorization endpoint", profile(), "sandbox", code, flows.Endpoints{Authorization: "http://h/a"},
			flows.Endpoints{Authorization: "http://h/a", AuthorizeURL: "https://sand.test/u", Token: "https://sand.test/t"}, "sandbox", "sand-"},
		{"both", profile(), "sandbox", code, flows.Endpoints{Authorization: "http://h/a", AuthorizeURL: "http://h/u", Token: "http://h/t", JWKS: "http://h/j"},
			flows.Endpoints{Authorization: "http://h/a", AuthorizeURL: "http://h/u", Token: "http://h/t", JWKS: "http://h/j"}, "sandbox", "sand-"},
		{"both, and no environment", profile(), "", code, flows.Endpoints{Authorization: "http://h/a", AuthorizeURL: "http://h/u", Token: "http://h/t"},
			flows.Endpoints{Authorization: "http://h/a", AuthorizeURL: "http://h/u", Token: "http://h/t"}, "custom", ""},
		{"a machine needs no authorization endpoint", profile(), "sandbox", machine, flows.Endpoints{Token: "http://h/t"}, flows.Endpoints{Token: "http://h/t"}, "sandbox", "sand-"},
		{"a machine, and no environment", profile(), "", machine, flows.Endpoints{Token: "http://h/t"}, flows.Endpoints{Token: "http://h/t"}, "custom", ""},
		{"a machine that lacks its token endpoint", profile(), "", machine, flows.Endpoints{Authorization: "http://h/a"},
			flows.Endpoints{Authorization: "http://h/a", Token: "https://sand.test/t"}, "sandbox", "sand-"},
		{"Basic needs neither", profile(), "sandbox", basic, flows.Endpoints{Authorization: "http://h/a"}, flows.Endpoints{Authorization: "http://h/a"}, "sandbox", "sand-"},
		{"an issuer alone", profile(), "sandbox", code, flows.Endpoints{Issuer: "http://h"}, flows.Endpoints{Issuer: "http://h"}, "sandbox", "sand-"},
		{"an issuer, and no environment", profile(), "", code, flows.Endpoints{Issuer: "http://h"}, flows.Endpoints{Issuer: "http://h"}, "custom", ""},
		{"a profile without a sandbox", noSandbox, "", code, flows.Endpoints{Token: "http://h/t"},
			flows.Endpoints{Token: "http://h/t", Authorization: "https://live.test/a", AuthorizeURL: "https://live.test/u"}, "production", "live-"},
		{"a profile without environments", none, "", machine, flows.Endpoints{Token: "http://h/t"}, flows.Endpoints{Token: "http://h/t"}, "custom", ""},
		{"an environment that is none", none, "prod", machine, flows.Endpoints{Token: "http://h/t"}, flows.Endpoints{Token: "http://h/t"}, "custom", ""},
	} {
		run := opened(t, launcher(t), Request{Provider: c.provider, Environment: c.env, Grant: c.grant, Endpoints: c.given})
		got := run.Start.Environment
		if got.Endpoints != c.want || got.Name != c.wantEnv || run.Start.Simulated {
			t.Errorf("%s: %s (simulated %v)\n got %+v\nwant %+v", c.name, got.Name, run.Start.Simulated, got.Endpoints, c.want)
		}
		var prefixes []string
		if c.prefix != "" {
			prefixes = []string{c.prefix}
		}
		if !reflect.DeepEqual(got.ClientIDPrefixes, prefixes) {
			t.Errorf("%s: client ids begin with %q", c.name, got.ClientIDPrefixes)
		}
	}
}

// TestEndpointsBeside: those that change no other are put over the profile's.
func TestEndpointsBeside(t *testing.T) {
	given := flows.Endpoints{JWKS: "http://h/j", Revocation: "http://h/r", Introspection: "http://h/i", UserInfo: "http://h/me", API: "http://h/api"}
	p := profile()
	want := p.Environments[1].Endpoints
	if got := opened(t, launcher(t), Request{Provider: p, Environment: "sandbox"}).Start.Environment.Endpoints; got != want {
		t.Errorf("without any: %+v", got)
	}
	want.JWKS, want.Revocation, want.Introspection, want.UserInfo, want.API = given.JWKS, given.Revocation, given.Introspection, given.UserInfo, given.API
	if got := opened(t, launcher(t), Request{Provider: p, Environment: "sandbox", Endpoints: given}).Start.Environment.Endpoints; got != want {
		t.Errorf("with all: %+v", got)
	}
	if p.Environments[1].Endpoints.JWKS != "https://sand.test/j" {
		t.Error("the profile itself was changed")
	}
}

// TestEndpointsThatAreNeeded: a run that cannot reach its end is refused before it begins,
// with the flags that would mend it.
func TestEndpointsThatAreNeeded(t *testing.T) {
	with := func(e flows.Endpoints) flows.Provider {
		return profile(func(p *flows.Provider) { p.Environments = []flows.Environment{{Name: "sandbox", Endpoints: e}} })
	}
	const a, u, token = "https://h/a", "https://h/u", "https://h/t"
	for _, c := range []struct {
		name    string
		has     flows.Endpoints
		grant   flows.Grant
		missing string
	}{
		{"a code needs both", flows.Endpoints{}, flows.GrantAuthorizationCode, "--authorize-url and --token-url"},
		{"a code needs the authorization endpoint", flows.Endpoints{Token: token}, flows.GrantAuthorizationCode, "--authorize-url"},
		{"a code needs the token endpoint", flows.Endpoints{Authorization: a}, flows.GrantAuthorizationCode, "--token-url"},
		{"a URL from an API will do", flows.Endpoints{AuthorizeURL: u, Token: token}, flows.GrantAuthorizationCode, ""},
		{"a code has both", flows.Endpoints{Authorization: a, Token: token}, flows.GrantAuthorizationCode, ""},
		{"a machine needs the token endpoint alone", flows.Endpoints{Authorization: a}, flows.GrantClientCredentials, "--token-url"},
		{"a machine has it", flows.Endpoints{Token: token}, flows.GrantClientCredentials, ""},
		{"Basic needs nothing", flows.Endpoints{}, flows.GrantBasic, ""},
		{"an issuer tells the rest", flows.Endpoints{Issuer: "https://h"}, flows.GrantAuthorizationCode, ""},
		{"an issuer tells the token endpoint", flows.Endpoints{Issuer: "https://h", Authorization: a}, flows.GrantAuthorizationCode, ""},
	} {
		r := Request{Provider: with(c.has), Environment: "sandbox", Grant: c.grant}
		if c.missing == "" {
			opened(t, launcher(t), r)
			continue
		}
		want := "the endpoints of this run are not known: give " + c.missing + ", or --issuer to discover them"
		if got := refused(t, launcher(t), r); got != want {
			t.Errorf("%s: %s", c.name, got)
		}
		r.Interactive = true // on the screen they can still be typed in
		opened(t, launcher(t), r)
	}
}

// TestRefusals: each names what was wanted and what there is.
func TestRefusals(t *testing.T) {
	l := launcher(t)
	truss := named(t, l, "truss")
	var faults, scenarios []string
	for _, f := range flows.Faults() {
		faults = append(faults, f.Name)
	}
	for _, s := range simulator.Scenarios() {
		scenarios = append(scenarios, s.Name)
	}
	for _, c := range []struct {
		name string
		r    Request
		want string
	}{
		{"environment", Request{Provider: truss, Environment: "prod"}, `Truss has no environment "prod": it has simulator, production, sandbox`},
		{"environment of one that is all by hand", Request{Provider: named(t, l, "custom"), Environment: "prod"}, `Custom has no environment "prod": it has custom`},
		{"simulated environment", Request{Provider: truss, Environment: "prod", Simulated: true}, `Truss has no environment "prod": it has simulator, production, sandbox`},
		{"grant", Request{Provider: truss, Grant: "implicit"}, `Truss does not offer the grant "implicit": it offers authorization_code, refresh_token`},
		{"refresh token", Request{Provider: truss, Grant: flows.GrantRefreshToken}, "the refresh_token grant starts with a refresh token: set OAUTHLENS_REFRESH_TOKEN or --refresh-token-file"},
		{"scenario of a real environment", Request{Provider: truss, Environment: "sandbox", Scenario: "two-redirects"},
			"the scenario two-redirects is played by the simulator: leave out the real environment or add --simulated"},
		{"fault of a real environment", Request{Provider: truss, Environment: "sandbox", Settings: flows.Settings{Fault: "html-502"}},
			"the fault html-502 is played by the simulator: leave out the real environment or add --simulated"},
		{"fault", Request{Provider: truss, Settings: flows.Settings{Fault: "bad"}}, `unknown fault "bad": one of ` + strings.Join(faults, ", ")},
		{"scenario", Request{Provider: truss, Scenario: "bad"}, `unknown scenario "bad": one of ` + strings.Join(scenarios, ", ")},
		{"a fault is no scenario", Request{Provider: truss, Scenario: "denied"}, `unknown scenario "denied": one of ` + strings.Join(scenarios, ", ")},
	} {
		if got := refused(t, l, c.r); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	// what the client does wrong by itself needs no simulator
	opened(t, l, Request{Provider: truss, Environment: "sandbox", Settings: flows.Settings{Fault: "redirect-mismatch"}})
	opened(t, l, Request{Provider: truss, Environment: "sandbox", Simulated: true, Settings: flows.Settings{Fault: "html-502"}})
}

// TestPrepareTellsTLS: whether the run will speak TLS, by its endpoints alone.
func TestPrepareTellsTLS(t *testing.T) {
	by := func(e flows.Endpoints) Request { return Request{Endpoints: e} }
	for _, c := range []struct {
		name string
		r    Request
		want bool
	}{
		{"default", Request{}, false},
		{"simulator", Request{Environment: "simulator"}, false},
		{"sandbox", Request{Environment: "sandbox"}, true},
		{"simulated sandbox", Request{Environment: "sandbox", Simulated: true}, false},
		{"secure issuer", by(flows.Endpoints{Issuer: "https://h"}), true},
		{"plain issuer", by(flows.Endpoints{Issuer: "http://h"}), false},
		{"secure token endpoint", by(flows.Endpoints{Token: "https://h"}), true},
		{"plain token endpoint", by(flows.Endpoints{Token: "http://h"}), false},
		{"plain token endpoint of a secure issuer", by(flows.Endpoints{Issuer: "https://h", Token: "http://h"}), true},
		{"the browser's own", by(flows.Endpoints{Authorization: "https://h"}), false},
		{"plain, beside an environment", Request{Environment: "sandbox", Endpoints: flows.Endpoints{Token: "http://h"}}, false},
		{"another endpoint leaves the environment", Request{Environment: "sandbox", Endpoints: flows.Endpoints{JWKS: "http://h"}}, true},
	} {
		if got := launcher(t).Prepare(&c.r); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
