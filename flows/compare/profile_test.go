package compare

import (
	"slices"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

// TestProfiles: what a profile declares is expected, what only the metadata says is judged
// as in a run.
func TestProfiles(t *testing.T) {
	a := flows.Environment{Name: "sandbox", Endpoints: endpoints("sandbox.example"), ClientIDPrefixes: []string{"test-"}}
	b := flows.Environment{Name: "production", Endpoints: endpoints("live.example"), ClientIDPrefixes: []string{"live-"}}
	b.Endpoints.Token = "https://login.live.example/token"
	a.Endpoints.Revocation = "https://sandbox.example/revoke"
	p := flows.Provider{Name: "acme", Title: "Acme", Environments: []flows.Environment{a, b}}
	c := Profiles(p, a, b, nil, nil)
	if len(c.Suspicious()) != 0 {
		t.Errorf("declared, but suspicious: %+v", c.Suspicious())
	}
	var paths []string
	for _, d := range c.Differences {
		paths = append(paths, d.Path)
	}
	for _, want := range []string{"profile.endpoints.token_endpoint", "profile.endpoints.revocation_endpoint", "profile.client_id_prefixes", "profile.endpoints.issuer"} {
		if !slices.Contains(paths, want) {
			t.Errorf("%s is not reported: %q", want, paths)
		}
	}
	if c := Profiles(p, a, a, nil, nil); len(c.Differences) != 0 {
		t.Errorf("an environment differs from itself: %+v", c.Differences)
	}

	meta := func(e flows.Environment) *protocol.Metadata {
		return &protocol.Metadata{Issuer: e.Endpoints.Issuer, Endpoints: e.Endpoints, Grants: []string{"authorization_code"}, AuthMethods: []string{"client_secret_post"},
			PKCEMethods: []string{"S256"}, Scopes: []string{"read", "write"}, IssInReply: true}
	}
	ma, mb := meta(a), meta(b)
	ma.Endpoints.Revocation = ""
	if c := Profiles(p, a, b, ma, mb); len(c.Suspicious()) != 0 {
		t.Errorf("nothing is odd: %+v", c.Suspicious())
	}
	mb.PKCEMethods, mb.Scopes, mb.AuthMethods, mb.IssInReply, mb.Endpoints.JWKS, mb.RequirePAR = nil, []string{"read"}, []string{"none"}, false, "", true
	var rules []string
	for _, d := range Profiles(p, a, b, ma, mb).Suspicious() {
		rules = append(rules, d.Rule)
		if d.Step != "discovery" {
			t.Errorf("%s belongs to the metadata", d.Path)
		}
	}
	slices.Sort(rules)
	want := []string{"auth-methods", "endpoint-missing", "iss-promise", "metadata-gone", "pkce", "scopes-supported"}
	if !slices.Equal(rules, want) {
		t.Errorf("rules %q, want %q", rules, want)
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
		{"no mistake", newFlow(), []string{"outcome"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			again := compareFlows(t, fail(400, "invalid_grant", "The code is spent."), test.b)
			var got []string
			for _, d := range base.WithMistake("spent-code", again).Of(StepMistake) {
				got = append(got, d.Rule)
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
