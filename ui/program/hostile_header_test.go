package program

import (
	"strings"
)

// oddHeaders demand, name or bring what a reader of tokens must not follow, and are not what a
// header is.
func oddHeaders() []forgery {
	es := `{"alg":"ES256","kid":"one"}`
	with := func(header string, sign func(input []byte) []byte) func(f *forger) string {
		return func(f *forger) string { return made(header, f.text(""), sign) }
	}
	return []forgery{
		{name: "b64 false without crit", fails: "header", code: "jwt-header-unacceptable", why: `b64`, token: with(`{"alg":"ES256","kid":"one","b64":false}`, func(in []byte) []byte {
			r, s := ecdsaParts(in)
			return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		})},
		{name: "b64 false, plain payload", fails: "header", token: func(f *forger) string {
			head := b64url([]byte(`{"alg":"ES256","kid":"one","b64":false,"crit":["b64"]}`))
			in := head + "." + strings.ReplaceAll(f.text(""), ".", "\\u002e")
			r, s := ecdsaParts([]byte(in))
			return in + "." + b64url(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
		}},
		{name: "nested: cty JWT", fails: "form", code: "jwt-malformed", why: `token of its own`, token: func(f *forger) string {
			inner := f.header(nil)
			return f.signedAs(`{"alg":"ES256","kid":"one","cty":"JWT"}`, inner)
		}},
		{name: "cty JWT but plain claims", token: func(f *forger) string { return f.signedAs(`{"alg":"ES256","kid":"one","cty":"JWT"}`, f.text("")) }},
		{name: "zip in a JWS", token: func(f *forger) string { return f.signedAs(`{"alg":"ES256","kid":"one","zip":"DEF"}`, f.text("")) }},
		{name: "typ at+jwt", fails: "type", token: func(f *forger) string { return f.header(map[string]any{"typ": "at+jwt"}) }},
		{name: "typ application/at+jwt", fails: "type", token: func(f *forger) string { return f.header(map[string]any{"typ": "application/AT+jwt"}) }},
		{name: "typ logout+jwt", fails: "type", token: func(f *forger) string { return f.header(map[string]any{"typ": "logout+jwt"}) }},
		{name: "typ secevent+jwt", fails: "type", code: "wrong-token-kind", token: func(f *forger) string { return f.header(map[string]any{"typ": "secevent+jwt"}) }},
		{name: "typ oauth-authz-req+jwt", fails: "type", token: func(f *forger) string { return f.header(map[string]any{"typ": "oauth-authz-req+jwt"}) }},
		{name: "typ client-authentication+jwt", fails: "type", token: func(f *forger) string { return f.header(map[string]any{"typ": "client-authentication+jwt"}) }},
		{name: "typ unknown", fails: "type", code: "wrong-token-kind", token: func(f *forger) string { return f.header(map[string]any{"typ": "banana+jwt"}) }},
		{name: "typ number", fails: "signature", code: "jwt-malformed", token: func(f *forger) string { return f.header(map[string]any{"typ": 7}) }},
		{name: "logout token by events", fails: "type", code: "wrong-token-kind", why: `logout token`, token: func(f *forger) string {
			return f.resigned(f.text(`"events":{"http://schemas.openid.net/event/backchannel-logout":{}}`))
		}},
		{name: "alg twice, same", fails: "signature", code: "jwt-malformed", why: `the header is malformed`, token: func(f *forger) string { return f.signedAs(`{"alg":"ES256","alg":"ES256","kid":"one"}`, f.text("")) }},
		{name: "kid twice", fails: "signature", code: "jwt-malformed", why: `the header is malformed`, token: func(f *forger) string { return f.signedAs(`{"alg":"ES256","kid":"one","kid":"two"}`, f.text("")) }},
		{name: "header a list", fails: unread, token: func(f *forger) string { return f.signedAs(`[{"alg":"ES256"}]`, f.text("")) }},
		{name: "header a string", fails: unread, token: func(f *forger) string { return f.signedAs(`"ES256"`, f.text("")) }},
		{name: "header null", fails: unread, token: func(f *forger) string { return f.signedAs(`null`, f.text("")) }},
		{name: "header followed by another", fails: "signature", code: "jwt-malformed", why: `the header is malformed`, token: func(f *forger) string { return f.signedAs(`{"alg":"ES256","kid":"one"}{"alg":"none"}`, f.text("")) }},
		{name: "header with BOM", fails: "signature", code: "jwt-malformed", token: func(f *forger) string { return f.signedAs("\ufeff"+es, f.text("")) }},
		{name: "header broken UTF-8", fails: "signature", code: "jwt-malformed", token: func(f *forger) string {
			return f.signedAs("{\"alg\":\"ES256\",\"kid\":\"one\",\"x\":\"\xff\"}", f.text(""))
		}},
		{name: "header cut", fails: "signature", code: "jwt-malformed", token: func(f *forger) string { return f.signedAs(`{"alg":"ES256","kid":"one"`, f.text("")) }},
		{name: "header nested 10,000", fails: "signature", code: "jwt-malformed", token: func(f *forger) string {
			return f.signedAs(`{"alg":"ES256","kid":"one","x":`+strings.Repeat("[", 10000)+strings.Repeat("]", 10000)+`}`, f.text(""))
		}},
		{name: "kid null", fails: "key", code: "signing-key-unknown", why: `is null`, token: func(f *forger) string { return f.signedAs(`{"alg":"ES256","kid":null}`, f.text("")) }},
		{name: "kid empty", fails: "key", token: func(f *forger) string { return f.header(map[string]any{"kid": ""}) }},
		{name: "kid with NUL", fails: "key", token: func(f *forger) string { return f.header(map[string]any{"kid": "one\x00"}) }},
		{name: "kid ONE", fails: "key", token: func(f *forger) string { return f.header(map[string]any{"kid": "ONE"}) }},
		{name: "no kid", token: func(f *forger) string { return f.header(map[string]any{"kid": nil}) }},
		{name: "crit empty", fails: "header", token: func(f *forger) string { return f.header(map[string]any{"crit": []string{}}) }},
		{name: "crit string", fails: "header", token: func(f *forger) string { return f.header(map[string]any{"crit": "exp"}) }},
		{name: "crit null", fails: "header", token: func(f *forger) string { return f.signedAs(`{"alg":"ES256","kid":"one","crit":null}`, f.text("")) }},
		{name: "crit alg", fails: "header", token: func(f *forger) string { return f.header(map[string]any{"crit": []string{"alg"}}) }},
		{name: "crit of 10,000", fails: "header", token: func(f *forger) string {
			return f.header(map[string]any{"crit": strings.Split(strings.Repeat("x ", 10000), " ")})
		}},
		{name: "jku file", fails: "header", code: "jwt-header-unacceptable", why: `not https`, token: func(f *forger) string { return f.header(map[string]any{"jku": "file:///etc/passwd"}) }},
		{name: "jku at the issuer over http", fails: "header", token: func(f *forger) string { return f.header(map[string]any{"jku": f.URL + "/other"}) }},
		{name: "jku with user info", fails: "header", token: func(f *forger) string {
			return f.header(map[string]any{"jku": strings.Replace(f.URL, "http://", "https://", 1) + "@evil.test/jwks"})
		}},
		{name: "jwk private", fails: "header", code: "jwt-header-unacceptable", why: `private`, token: func(f *forger) string {
			k := jwkOf(&f.own.PublicKey, "own")
			d, _ := f.own.Bytes()
			k["d"] = b64url(d)
			return f.ownSigned(map[string]any{"kid": "own", "jwk": k})
		}},
		{name: "jwk not an object", fails: "header", code: "jwt-header-unacceptable", why: `is a number`, token: func(f *forger) string { return f.header(map[string]any{"jwk": 7}) }},
		{name: "jwk oct", fails: "header", code: "jwt-header-unacceptable", why: `symmetric`, token: func(f *forger) string {
			return f.header(map[string]any{"jwk": map[string]any{"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}})
		}},
		{name: "x5c of another with right key", token: func(f *forger) string { return f.header(map[string]any{"x5c": []string{"AAAA"}}) }},
		{name: "x5t", token: func(f *forger) string { return f.header(map[string]any{"x5t": "AAAA", "x5t#S256": "AAAA"}) }},
	}
}
