package program

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"oauthlens/flows/runner/faultserver"
)

// misleading is a row: metadata, or an answer after it, that leads astray.
type misleading struct {
	name string
	says func(m map[string]any, other string)
	// written are the bytes of the metadata; nil: JSON.
	written func(m map[string]any) []byte
	// comes answers the authorization request in place of the right redirect.
	comes func(p *party, q url.Values) url.Values
	// finding is what must be said; empty: nothing is wrong.
	finding string
	// unsent: neither code nor secret may leave.
	unsent bool
	// circular: endpoints are the same URL, which is then asked more than once.
	circular bool
}

func misleadings() []misleading {
	set := func(name string, value any) func(map[string]any, string) {
		return func(m map[string]any, _ string) { m[name] = value }
	}
	at := func(name, path string) func(map[string]any, string) {
		return func(m map[string]any, other string) { m[name] = other + path }
	}
	out := []misleading{
		{name: "right"},
		{name: "another issuer", says: at("issuer", ""), finding: "issuer-mismatch", unsent: true},
		{name: "issuer with a slash", says: func(m map[string]any, _ string) { m["issuer"] = m["issuer"].(string) + "/" }, finding: "issuer-trailing-slash"},
		{name: "no issuer", says: set("issuer", nil), finding: "issuer-mismatch", unsent: true},
		{name: "keys on another host", says: at("jwks_uri", "/jwks")},
		{name: "keys at a file", says: set("jwks_uri", "file:///etc/passwd"), finding: "signing-key-unknown"},
		{name: "keys in a data: URL", says: set("jwks_uri", "data:application/json,{}"), finding: "signing-key-unknown"},
		{name: "keys at http on another host", says: set("jwks_uri", "http://keys.invalid/jwks"), finding: "insecure-endpoint"},
		{name: "mix-up: iss of another server", says: set("authorization_response_iss_parameter_supported", true), unsent: true, finding: "callback-iss-wrong",
			comes: func(_ *party, q url.Values) url.Values { q.Set("iss", "http://evil.test"); return q }},
		{name: "mix-up: iss of another server, not promised", unsent: true, finding: "callback-iss-wrong",
			comes: func(_ *party, q url.Values) url.Values { q.Set("iss", "http://evil.test"); return q }},
		{name: "mix-up: promised iss is absent", says: set("authorization_response_iss_parameter_supported", true), unsent: true, finding: "callback-iss-wrong"},
		{name: "mix-up: iss twice", unsent: true, finding: "parameter-repeated",
			comes: func(p *party, q url.Values) url.Values { q["iss"] = []string{p.URL, "http://evil.test"}; return q }},
		{name: "right iss", says: set("authorization_response_iss_parameter_supported", true),
			comes: func(p *party, q url.Values) url.Values { q.Set("iss", p.URL); return q }},
		{name: "token endpoint that is no name", says: set("token_endpoint", "https://token.invalid/token"), finding: "dns-failure"},
	}
	out = append(out, describedOddly()...)
	for name, value := range map[string]any{"file:": "file:///etc/passwd", "javascript:": "javascript:alert(1)", "relative": "/token", "without a scheme": "//server.test/token",
		"empty": "", "null": nil, "a list": []string{"http://a.test"}, "an object": map[string]any{"url": "http://a.test"}, "a number": 1,
		"line breaks": "http://a.test/\r\nX-Evil: 1", "a title": "http://a.test/\x1b]0;x\x07", "port 99999": "http://127.0.0.1:99999/token", "no host": "http:///token",
		"data:": "data:application/json,{}", "port 0": "http://127.0.0.1:0/token",
		"a password": "http://user:word@127.0.0.1:1/token", "a user that looks like the host": "https://server.test@evil.test/token", "a fragment": "http://127.0.0.1:1/token#part",
		"a backslash": `https://server.test\@evil.test/token`, "a blank before": " http://127.0.0.1:1/token", "a tab": "http://127.0.0.1:1/to\tken",
		"a Cyrillic letter": "https://\u0430pple.test/token", "a host that runs backwards": "https://\u202etset.evil/token", "a zero-width host": "https://ser\u200bver.test/token",
		"full-width digits": "http://\uff11\uff12\uff17.0.0.1:1/token", "a control character in the host": "https://a\x1b[2Jb.test/token", "a host of 1,000 characters": "https://" + strings.Repeat("long.", 200) + "test/token",
		"an address in octal": "http://0177.0.0.1:1/token", "an address as one number": "http://2130706433:1/token", "an address with a dot behind": "http://127.0.0.1.:1/token",
		"port abc": "http://127.0.0.1:abc/token", "port 65536": "http://127.0.0.1:65536/token", "an empty port": "http://127.0.0.1:/token", "percent in the host": "https://%73erver.test/token",
		"plain http elsewhere": "http://server.test/token", "plain http at a private address": "http://169.254.169.254/token", "plain http at a name like loopback": "http://127.0.0.1.evil.test/token"} {
		out = append(out, misleading{name: "token endpoint: " + name, says: set("token_endpoint", value), unsent: true, finding: "*"})
		out = append(out, misleading{name: "authorization endpoint: " + name, says: set("authorization_endpoint", value), unsent: true, finding: "*"})
	}
	return out
}

func discoveryRows(t *testing.T, b *table, home string) {
	for _, row := range misleadings() {
		b.row(t, "discovery", row.name, func(t *testing.T) { tryMisleading(t, home, row) })
	}
	issuerRows(t, b, home)
	b.row(t, "discovery", "404 everywhere", func(t *testing.T) {
		p := newParty(t)
		run := call(t, home, invocation{args: []string{"run", "custom", "--client-id", clientID, "--issuer", p.URL + "/nowhere", "--approve", "--redirect-uri", "http://127.0.0.1:0/callback", "--json"}})
		if d := run.document(t); !d.found("discovery-not-found") || run.code != 1 || len(d.Steps) != 3 {
			t.Error(run)
		}
		p.check(t)
	})
}

func tryMisleading(t *testing.T, home string, row misleading) {
	healthy, _ := faultserver.ByName("none")
	other, err := faultserver.Start(t.Context(), healthy, faultserver.Options{Body: string(keySetOf(publicKey("one")))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	p := newParty(t)
	p.written = row.written
	p.metadata = func(m map[string]any) {
		if row.says != nil {
			row.says(m, other.URL)
		}
	}
	if row.comes != nil {
		p.authorize = func(w http.ResponseWriter, r *http.Request) {
			q := row.comes(p, url.Values{"code": {p.code}, "state": {r.URL.Query().Get("state")}})
			http.Redirect(w, r, r.URL.Query().Get("redirect_uri")+"?"+q.Encode(), http.StatusFound)
		}
	}
	run := call(t, home, invocation{args: []string{"run", "custom", "--client-id", clientID, "--scope", "openid", "--redirect-uri", "http://127.0.0.1:0/callback", "--approve", "--json",
		"--callback-timeout", "5", "--issuer", p.URL}})
	d := run.document(t)
	if !row.circular {
		p.check(t)
	}
	for _, r := range other.Log() {
		if carriesSecret(r.Head+string(r.Body)) || strings.Contains(r.Head+string(r.Body), goodCode) {
			t.Errorf("the other host was sent %q", r.Head)
		}
	}
	if row.unsent && p.requests()["/token"] != 0 {
		t.Error("code and secret were sent")
	}
	switch {
	case row.finding == "" && run.code != 0, row.finding != "" && run.code != 1:
		t.Errorf("exit code %d", run.code)
	case row.finding == "*" && !d.errors():
		t.Error("no finding says what is wrong")
	case row.finding != "" && row.finding != "*" && !d.found(row.finding):
		t.Errorf("no finding %s", row.finding)
	}
	if t.Failed() {
		t.Log(d.Findings, "\n", run.stderr.String())
		for _, st := range d.Steps {
			t.Log(st.Step, st.Outcome, st.Request.URL, st.Error)
		}
	}
}
