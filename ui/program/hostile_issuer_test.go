package program

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"
)

// describedOddly are rows whose metadata goes in circles or is written in an odd way.
func describedOddly() []misleading {
	same := func(name, as string) func(map[string]any, string) {
		return func(m map[string]any, _ string) { m[name] = m[as] }
	}
	well := func(name string) func(map[string]any, string) {
		return func(m map[string]any, _ string) { m[name] = m["issuer"].(string) + "/.well-known/openid-configuration" }
	}
	plain := func(m map[string]any) []byte { data, _ := json.Marshal(m); return data }
	beside := func(member string) func(map[string]any) []byte {
		return func(m map[string]any) []byte { return []byte("{" + member + "," + string(plain(m))[1:]) }
	}
	behind := func(member string) func(map[string]any) []byte {
		return func(m map[string]any) []byte {
			return []byte(strings.TrimSuffix(string(plain(m)), "}") + "," + member + "}")
		}
	}
	return []misleading{
		{name: "circle: the token endpoint is the metadata", says: well("token_endpoint"), finding: "provider-error", circular: true},
		{name: "circle: the authorization endpoint is the metadata", says: well("authorization_endpoint"), finding: "callback-never-came", circular: true, unsent: true},
		{name: "circle: the authorization endpoint is the token endpoint", says: same("authorization_endpoint", "token_endpoint"), finding: "callback-never-came", circular: true},
		{name: "circle: the token endpoint is the authorization endpoint", says: same("token_endpoint", "authorization_endpoint"), finding: "token-endpoint-wrong", circular: true},
		{name: "circle: the keys are the metadata", says: well("jwks_uri"), finding: "signing-key-unknown", circular: true},
		{name: "scheme in capitals", says: func(m map[string]any, _ string) {
			m["token_endpoint"] = strings.Replace(m["token_endpoint"].(string), "http:", "HTTP:", 1)
		}},
		{name: "aliases for mutual TLS elsewhere", says: func(m map[string]any, other string) {
			m["mtls_endpoint_aliases"] = map[string]any{"token_endpoint": other + "/token"}
		}},
		{name: "lists that are none", says: func(m map[string]any, _ string) {
			m["response_types_supported"], m["token_endpoint_auth_methods_supported"], m["code_challenge_methods_supported"] = "code", "none", map[string]any{"S256": 1}
		}},
		{name: "lists of anything", says: func(m map[string]any, _ string) {
			m["token_endpoint_auth_methods_supported"] = []any{1, nil, map[string]any{}, []string{"none"}, "private_key_jwt"}
		}},
		{name: "10,000 unknown members", says: func(m map[string]any, _ string) {
			for i := range 10_000 {
				m[fmt.Sprint("x", i)] = i
			}
		}},
		{name: "issuer twice", written: behind(`"issuer":"https://evil.test"`), finding: "*", unsent: true},
		{name: "token endpoint twice, the other one first", written: beside(`"token_endpoint":"https://evil.test/token"`), finding: "*", unsent: true},
		{name: "token endpoint twice, the other one last", written: behind(`"token_endpoint":"https://evil.test/token"`), finding: "*", unsent: true},
		{name: "names with escapes", written: func(m map[string]any) []byte {
			return []byte(strings.ReplaceAll(string(plain(m)), "_endpoint", `\u005fendpoint`))
		}},
		{name: "names in capitals", written: func(m map[string]any) []byte { return []byte(strings.ToUpper(string(plain(m)))) }, finding: "discovery-not-found", unsent: true},
		{name: "a list around it", written: func(m map[string]any) []byte { return []byte("[" + string(plain(m)) + "]") }, finding: "discovery-not-found", unsent: true},
		{name: "UTF-16", written: func(m map[string]any) []byte {
			var out []byte
			for _, unit := range append([]uint16{0xfeff}, utf16.Encode([]rune(string(plain(m))))...) {
				out = append(out, byte(unit), byte(unit>>8))
			}
			return out
		}, finding: "discovery-not-found", unsent: true},
	}
}

// wellKnown is a row: an issuer, where its metadata stands, and what comes of the run.
type wellKnown struct {
	name, issuer, at string // behind scheme, host and port
	published        string // empty: the issuer
	asked            []string
	code             int
	finding          string
}

// wellKnowns: OpenID Connect Discovery section 4.1 appends, RFC 8414 section 3.1 inserts.
func wellKnowns() []wellKnown {
	const oidc, oauth = "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"
	return []wellKnown{
		{name: "no path, the OAuth form", at: oauth, asked: []string{oidc, oauth, "/token"}},
		{name: "a path, appended", issuer: "/a/b", at: "/a/b" + oidc, asked: []string{"/a/b" + oidc, "/token"}},
		{name: "a path, inserted", issuer: "/a/b", at: oauth + "/a/b", asked: []string{"/a/b" + oidc, oauth + "/a/b", "/token"}},
		{name: "a path, inserted in the OpenID form", issuer: "/a/b", at: oidc + "/a/b", asked: []string{"/a/b" + oidc, oauth + "/a/b", oidc + "/a/b", "/token"}},
		{name: "a path with a slash behind", issuer: "/a/", at: "/a" + oidc, asked: []string{"/a" + oidc, "/token"}},
		{name: "a path with an escape", issuer: "/a%2fb", at: "/a%2fb" + oidc, asked: []string{"/a%2fb" + oidc, "/token"}},
		{name: "a path beyond ASCII", issuer: "/\u00e9", at: "/%C3%A9" + oidc, asked: []string{"/%C3%A9" + oidc, "/token"}},
		{name: "a path that is a well-known one", issuer: oidc, at: oidc + oidc, asked: []string{oidc + oidc, "/token"}},
		{name: "the issuer of another path", issuer: "/a", published: "/b", at: "/a" + oidc, asked: []string{"/a" + oidc}, code: 1, finding: "issuer-mismatch"},
		{name: "the issuer of the host", issuer: "/a", published: "/", at: "/a" + oidc, asked: []string{"/a" + oidc}, code: 1, finding: "issuer-mismatch"},
		{name: "an issuer that has a query", published: "?tenant=a", at: oidc, asked: []string{oidc}, code: 1, finding: "issuer-mismatch"},
		{name: "an issuer that has a fragment", published: "#a", at: oidc, asked: []string{oidc}, code: 1, finding: "issuer-mismatch"},
	}
}

func issuerRows(t *testing.T, b *table, home string) {
	for _, row := range wellKnowns() {
		b.row(t, "discovery", row.name, func(t *testing.T) { tryWellKnown(t, home, row) })
	}
	flags := []string{"--token-url", "--authorize-url", "--issuer", "--jwks-url", "--revoke-url", "--call"}
	for i, given := range given() {
		b.row(t, "URLs given", given.name, func(t *testing.T) { tryGiven(t, home, flags[i%len(flags)], given.url) })
	}
}

func tryWellKnown(t *testing.T, home string, row wellKnown) {
	var mu sync.Mutex
	var asked []string
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.EscapedPath())
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.EscapedPath() {
		case row.at:
			published := row.issuer
			if row.published != "" {
				published = row.published
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"issuer": server.URL + published, "token_endpoint": server.URL + "/token"})
		case "/token":
			_ = json.NewEncoder(w).Encode(map[string]any{"access_token": opaqueToken, "token_type": "Bearer", "expires_in": 3600})
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	run := call(t, home, invocation{args: []string{"run", "custom", "--grant", "client_credentials", "--client-id", clientID, "--issuer", server.URL + row.issuer, "--json"}})
	d := run.document(t)
	if run.code != row.code || row.finding != "" && !d.found(row.finding) {
		t.Errorf("exit code %d with %v", run.code, d.Findings)
	}
	if !slices.Equal(asked, row.asked) {
		t.Errorf("asked %q, want %q", asked, row.asked)
	}
}

// given are URLs to which nothing is sent, whoever gives them.
func given() []struct{ name, url string } {
	return []struct{ name, url string }{
		{"a password", "http://user:W0rdOfMine@HOST/x"}, {"a user", "http://user@HOST/x"}, {"a fragment with a token", "http://HOST/x#access_token=W0rdOfMine"},
		{"a backslash", `http://HOST\x`}, {"backslashes for slashes", `http:\\HOST\x`}, {"a tab", "http://HOST/\tx"},
		{"a line break", "http://HOST/x\r\nX-Evil: 1"}, {"a blank before", " http://HOST/x"}, {"a blank behind", "http://HOST/x "},
		{"a title", "http://HOST/\x1b]0;x\x07"}, {"a Cyrillic letter", "https://\u0430pple.test/x"}, {"a host that runs backwards", "https://\u202etset.evil/x"},
		{"a host of 1,000 characters", "https://" + strings.Repeat("long.", 200) + "test/x"}, {"an address in octal", "http://0177.0.0.1:PORT/x"}, {"an address as one number", "http://2130706433:PORT/x"},
		{"an address in hexadecimal", "http://0x7f.1:PORT/x"}, {"a short address", "http://127.1:PORT/x"}, {"a dot behind the address", "http://127.0.0.1.:PORT/x"},
		{"port 0", "http://127.0.0.1:0/x"}, {"port 65536", "http://127.0.0.1:65536/x"}, {"a port that is no number", "http://127.0.0.1:abc/x"},
		{"an empty port", "http://127.0.0.1:/x"}, {"a file", "file:///etc/passwd"}, {"a script", "javascript://HOST/%0aalert(1)"},
		{"no host", "http:///x"}, {"two at signs", "http://user@HOST@evil.test/x"}, {"an address that is none", "http://[::1:PORT/x"},
		{"ftp", "ftp://HOST/x"}, {"full-width dots", "http://127\u30020\u30020\u30021:PORT/x"}, {"percent in the host", "http://%31%32%37.0.0.1:PORT/x"},
	}
}

// tryGiven: the wish is refused in a line that does not repeat the URL, and nothing is sent.
func tryGiven(t *testing.T, home, flag, url string) {
	p := newParty(t)
	host := strings.TrimPrefix(p.URL, "http://")
	url = strings.NewReplacer("HOST", host, "PORT", port(host)).Replace(url)
	args := []string{"run", "custom", "--client-id", clientID, "--redirect-uri", "http://127.0.0.1:0/callback", "--approve", "--json", flag, url}
	for name, path := range map[string]string{"--token-url": "/token", "--authorize-url": "/authorize"} {
		if flag != name && flag != "--issuer" {
			args = append(args, name, p.URL+path)
		}
	}
	run := call(t, home, invocation{args: args})
	said := run.stderr.String()
	if run.code != 2 || run.stdout.Len() != 0 || strings.Count(said, "\n") != 1 || !strings.Contains(said, flag) || strings.Contains(said, "W0rd") {
		t.Error(run)
	}
	if len(p.requests()) != 0 {
		t.Errorf("asked: %v", p.requests())
	}
}
