package compare

import (
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// TestProfiles: what a profile declares is expected, what only the metadata says is judged
// as in a run.
func TestProfiles(t *testing.T) {
	a := flows.Environment{Name: "sandbox", Endpoints: endpoints("sandbox.example"), ClientIDPrefixes: []string{"test-"}}
	b := flows.Environment{Name: "production", Endpoints: endpoints("live.example"), ClientIDPrefixes: []string{"live-"}}
	b.Endpoints.Token = "https://login.live.example/token"
	a.Endpoints.Revocation = "https://sandbox.example/revoke"
	p := flows.Provider{Name: "acme", Title: "Acme", Environments: []flows.Environment{a, b}, Dialect: flows.Dialect{PKCEMethod: flows.PKCES256, ClientAuth: flows.AuthPost}}
	c := Profiles(Place{Provider: p, Environment: a}, Place{Provider: p, Environment: b})
	if got := ruled(c.Suspicious()); got != "" {
		t.Errorf("declared, but suspicious: %s", got)
	}
	if got, want := paths(c.Differences), "client_id_prefixes endpoints.api endpoints.authorization_endpoint endpoints.discovery endpoints.issuer endpoints.jwks_uri endpoints.revocation_endpoint endpoints.token_endpoint"; got != want {
		t.Errorf("found %s\nwant  %s", got, want)
	}
	if c := Profiles(Place{Provider: p, Environment: a}, Place{Provider: p, Environment: a}); len(c.Differences) != 0 {
		t.Errorf("an environment differs from itself: %+v", c.Differences)
	}

	other := flows.Provider{Name: "zenith", Title: "Zenith", Dialect: flows.Dialect{PKCEMethod: flows.PKCEOff, ClientAuth: flows.AuthBasic, ScopeSeparator: ","}, Grants: []flows.Grant{flows.GrantClientCredentials},
		Scopes: []flows.Scope{{Name: "all"}}, Lifetimes: flows.Lifetimes{AccessToken: time.Hour}}
	c = Profiles(Place{Provider: p, Environment: a}, Place{Provider: other, Environment: a})
	if got, want := paths(c.Differences), "access_token_life client_authentication grants pkce scope_separator scopes"; got != want || c.A.Name != "Acme" || c.B.Name != "Zenith" {
		t.Errorf("%s and %s: found %s\nwant  %s", c.A.Name, c.B.Name, got, want)
	}
	if got := ruled(c.Suspicious()); got != "provider-pkce" {
		t.Errorf("suspicious between providers: %q", got)
	}
}

func ruled(ds []Difference) string {
	var out []string
	for _, d := range ds {
		out = append(out, d.Rule)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

// paths of differences within their steps.
func paths(ds []Difference) string {
	var out []string
	for _, d := range ds {
		out = append(out, strings.TrimPrefix(d.Path, d.Step+"."))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// TestProfilesWithDiscovery: the metadata documents of two environments are compared
// without a run, by the rules of a run.
func TestProfilesWithDiscovery(t *testing.T) {
	discovered := func(f *flow) flows.Trace { // a run that did nothing else
		all := f.trace()
		return flows.Trace{Run: all.Run, Records: all.Records[:2]}
	}
	static := func(plant func(*flow)) Comparison {
		a, b := newFlow(), newFlow().other()
		plant(b)
		c := Profiles(Place{Provider: flows.Provider{Name: "acme"}, Environment: a.env}, Place{Provider: flows.Provider{Name: "acme"}, Environment: b.env})
		return c.WithDiscovery(Traces(discovered(a), discovered(b), Options{}))
	}
	if c := static(func(*flow) {}); len(c.Differences) != 0 || !slices.Equal(c.Steps, []string{StepProfile, "discovery"}) {
		t.Errorf("nothing differs: %q %+v", c.Steps, c.Differences)
	}
	c := static(func(f *flow) {
		f.metadata.drop("code_challenge_methods_supported")
		f.metadata.drop("revocation_endpoint")
		f.metadata.set("scopes_supported", `["read"]`)
		f.metadata.set("token_endpoint_auth_methods_supported", `["none"]`)
		f.metadata.drop("authorization_response_iss_parameter_supported")
		f.metadata.set("require_pushed_authorization_requests", "true")
		f.body.drop("refresh_token") // nobody looks at tokens here
	})
	if got, want := ruled(c.Suspicious()), "auth-methods endpoint-missing iss-promise metadata-gone pkce scopes-supported"; got != want {
		t.Errorf("rules %q, want %q", got, want)
	}
	for _, d := range c.Differences {
		if d.Step != "discovery" {
			t.Errorf("%s belongs to the metadata", d.Path)
		}
	}
}

// TestSameMistake: another code and status for the same mistake is suspicious, another
// wording is not.
func TestSameMistake(t *testing.T) {
	fail := func(status int, code, text string) *flow {
		f := newFlow()
		f.status, f.failed, f.failedText = status, code, text
		return f
	}
	with := func(change func(*flow)) *flow {
		f := fail(400, "invalid_grant", "The code is spent.")
		change(f)
		return f
	}
	base := compareFlows(t, newFlow(), newFlow())
	for _, test := range []struct {
		name string
		b    *flow
		want []string
	}{
		{"the same", fail(400, "invalid_grant", "The code is spent."), nil},
		{"another wording", fail(400, "invalid_grant", "Used up."), []string{"error-wording"}},
		{"another code", fail(400, "invalid_request", "The code is spent."), []string{"error-code"}},
		{"another status", fail(401, "invalid_grant", "The code is spent."), []string{"status"}},
		{"no wording", fail(400, "invalid_grant", ""), []string{"error-text-gone"}},
		{"a member more", with(func(f *flow) { f.failedMore = `,"trace":"t-1"` }), []string{"member-gone"}},
		{"an envelope", with(func(f *flow) {
			f.failedBody = `{"error":{"code":"invalid_grant","message":"The code is spent."}}`
		}), []string{"error-moved"}},
		{"a page", with(func(f *flow) {
			f.failedBody = "<html><body>Bad request</body></html>"
			f.headers = f.headers.With("Content-Type", "text/html")
		}), []string{"body-form", "error-code", "content-type"}},
		{"cacheable", with(func(f *flow) { f.headers = f.headers.With("Cache-Control", "public") }), []string{"cache-headers"}},
		{"a challenge", with(func(f *flow) { f.headers = f.headers.With("WWW-Authenticate", "Basic") }), []string{"challenge"}},
		{"no mistake", newFlow(), []string{"outcome"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			again := compareFlows(t, fail(400, "invalid_grant", "The code is spent."), test.b)
			var got []string
			for _, d := range base.WithMistake("spent-code", again).Of(StepMistake) {
				got = append(got, d.Rule)
				t.Logf("%s: %q | %q %s", d.Path, d.A, d.B, d.Why)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("found by %q, want %q", got, test.want)
			}
		})
	}
}

// TestNames: the sides are called by what tells them apart.
func TestNames(t *testing.T) {
	a, b := newFlow(), newFlow()
	if c := Traces(a.trace(), b.trace(), Options{}); c.A.Name != "the first run" || c.B.Name != "the second run" {
		t.Errorf("%q and %q", c.A.Name, c.B.Name)
	}
	late, early := b.trace(), a.trace()
	for i := range late.Records {
		late.Records[i].At = late.Records[i].At.Add(time.Hour)
	}
	for _, test := range []struct {
		a, b         flows.Trace
		kept         bool
		nameA, nameB string
	}{
		{early, late, true, "the older run", "the newer run"},
		{late, early, true, "the newer run", "the older run"},
		{late, late, true, "the first run", "the second run"},
		{late, early, false, "the first run", "the second run"},
	} {
		if c := Traces(test.a, test.b, Options{Kept: test.kept}); c.A.Name != test.nameA || c.B.Name != test.nameB {
			t.Errorf("kept %v: %q and %q, want %q and %q", test.kept, c.A.Name, c.B.Name, test.nameA, test.nameB)
		}
	}
	b.simulated = true
	if c := Traces(a.trace(), b.trace(), Options{}); c.A.Name != "sandbox" || c.B.Name != "simulated sandbox" {
		t.Errorf("%q and %q", c.A.Name, c.B.Name)
	}
	b.env.Name = flows.EnvProduction
	if c := Traces(a.trace(), b.trace(), Options{}); c.A.Name != "sandbox" || c.B.Name != "production" {
		t.Errorf("%q and %q", c.A.Name, c.B.Name)
	}
	if c := Traces(a.trace(), b.trace(), Options{NameA: "old", NameB: "new"}); c.A.Name != "old" || c.B.Name != "new" {
		t.Errorf("%q and %q", c.A.Name, c.B.Name)
	}
}

// TestShowSecrets: values are unmasked only where that was asked for.
func TestShowSecrets(t *testing.T) {
	shown := func(o Options) string {
		for _, d := range Traces(newFlow().trace(), newFlow().other().trace(), o).Differences {
			if d.Path == "token.access_token" {
				return d.A
			}
		}
		return ""
	}
	if got := shown(Options{}); !flows.IsMask(got) {
		t.Errorf("not masked: %q", got)
	}
	if got := shown(Options{ShowSecrets: true}); len(got) < 3 || got[:2] != "ey" {
		t.Errorf("not shown: %q", got)
	}
}

// TestNoAnswer: where the connection to one side failed, that is the difference; what the
// other side answers is missing nowhere.
func TestNoAnswer(t *testing.T) {
	dead := func(f *flow) flows.Trace {
		trace := f.trace()
		for i, r := range trace.Records {
			if e, ok := r.Event.(flows.ExchangeFinished); ok && e.Exchange.Step == flows.StepExchange {
				e.Exchange.Response, e.Exchange.TLS = nil, nil
				e.Exchange.Error = &flows.TransportError{Kind: flows.ErrorConnect, Reason: "refused", Message: "nothing listens there"}
				trace.Records = slices.Clone(trace.Records[:i+1])
				trace.Records[i].Event = e
				return trace.Append(r.At, flows.RunEnded{Outcome: flows.Failed, Why: e.Exchange.Error.Message})
			}
		}
		t.Fatal("no exchange")
		return trace
	}
	refused := newFlow()
	refused.failed, refused.status = "invalid_client", 401
	for name, test := range map[string]struct {
		a    flows.Trace
		want string
	}{
		"the other was refused": {refused.trace(), "exchange.error:no-answer"},
		"the other succeeded":   {newFlow().trace(), "exchange.outcome:outcome"},
		"neither has an answer": {dead(newFlow()), ""},
	} {
		for _, turned := range []bool{false, true} {
			a, b := test.a, dead(newFlow().other())
			if turned {
				a, b = b, a
			}
			var got []string
			for _, d := range Traces(a, b, Options{}).Differences {
				if d.Verdict == Suspicious || d.Step == string(flows.StepExchange) && d.Path != "exchange.error" {
					got = append(got, d.Path+":"+d.Rule)
				}
			}
			if strings.Join(got, " ") != test.want && !(test.want == "exchange.outcome:outcome" && strings.Join(got, " ") == test.want+" exchange.error:no-answer") {
				t.Errorf("%s, turned %v: %q, want %q", name, turned, got, test.want)
			}
		}
	}
}
