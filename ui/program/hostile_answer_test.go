package program

import (
	"encoding/json"
	"slices"
	"testing"
)

// oddAnswer is a row: a token answer in which members are odd. The ID token beside them is
// right, so that it must be verified all the same.
type oddAnswer struct {
	name   string
	change func(p *party, m map[string]any)
	code   string // the finding; empty: none is due
	failed bool   // the finding is an error, or the access token fails a check of its own
}

func oddAnswers() []oddAnswer {
	set := func(name string, v any) func(*party, map[string]any) {
		return func(_ *party, m map[string]any) {
			if m[name] = v; v == nil {
				delete(m, name)
			}
		}
	}
	raw := func(name, v string) func(*party, map[string]any) { return set(name, json.RawMessage(v)) }
	none := b64url([]byte(`{"alg":"none"}`)) + "." + b64url([]byte(`{"sub":"x"}`)) + "."
	const names, lifetime = "dialect-member-names", "expiry-misleading"
	return []oddAnswer{
		{name: "no token_type", change: set("token_type", nil), code: names},
		{name: "token_type a list", change: raw("token_type", `["Bearer"]`), code: names},
		{name: "token_type MAC", change: set("token_type", "MAC"), code: names},
		{name: "token_type with a blank", change: set("token_type", "Bearer "), code: names},
		{name: "token_type bearer", change: set("token_type", "bearer")},
		{name: "expires_in negative", change: raw("expires_in", "-1"), code: lifetime},
		{name: "expires_in 0", change: raw("expires_in", "0"), code: lifetime},
		{name: "expires_in a list", change: raw("expires_in", "[3600]"), code: "dialect-expiry-form"},
		{name: "expires_in a string", change: raw("expires_in", `"3600"`), code: "dialect-expiry-form"},
		{name: "refresh token is the access token", change: set("refresh_token", opaqueToken), code: names},
		{name: "access token is the ID token", change: func(_ *party, m map[string]any) { m["access_token"] = m["id_token"] }, code: names},
		{name: "access token with a scheme", change: set("access_token", "Bearer "+opaqueToken), code: names},
		{name: "access token with a line break", change: set("access_token", opaqueToken+"\n"), code: names},
		{name: "access token with alg none", change: set("access_token", none), code: "jwt-header-unacceptable", failed: true},
		{name: "access token of another key", change: func(p *party, m map[string]any) {
			s := p.sign(nil, p.claims(""))
			m["access_token"] = s[:len(s)-6] + "AAAAAA"
		}, code: "signature-invalid", failed: true},
		{name: "refresh token with alg none", change: set("refresh_token", none)},
		{name: "scope with sequences", change: set("scope", "openid \x1b]0;x\x07\u202e\u009b")},
		{name: "another token in an envelope", change: set("data", map[string]any{"access_token": "Another-0123456789"})},
		{name: "ID token in a list", change: func(_ *party, m map[string]any) { m["id_token"] = []any{m["id_token"]} }, code: "id-token-missing"},
	}
}

func answerRows(t *testing.T, b *table, home string) {
	for _, row := range oddAnswers() {
		b.row(t, "token answers", row.name, func(t *testing.T) {
			p := newParty(t)
			p.tokens = func(m map[string]any) { row.change(p, m) }
			run := call(t, home, invocation{args: []string{"run", "custom", "--client-id", clientID, "--scope", "openid", "--redirect-uri", "http://127.0.0.1:0/callback", "--approve", "--json", "--issuer", p.URL}})
			d := run.document(t)
			p.check(t)
			if (run.code != 0) != row.failed {
				t.Errorf("exit code %d", run.code)
			}
			if row.code != "" && !slices.ContainsFunc(d.Findings, func(f struct{ Code, Severity, Title string }) bool { return f.Code == row.code }) {
				t.Errorf("no finding %s among %v", row.code, d.Findings)
			}
			if row.code == "" && len(d.Findings) > 0 {
				t.Errorf("findings about nothing: %v", d.Findings)
			}
			for _, j := range d.JWTs {
				if (j.Signature == "verified") != (j.Of == "id_token" || !row.failed) {
					t.Errorf("%s is %s", j.Of, j.Signature)
				}
			}
		})
	}
}
