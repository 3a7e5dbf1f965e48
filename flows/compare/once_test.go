package compare

import (
	"slices"
	"strings"
	"testing"
)

// idToken is a signed ID token for the flow's client, with members changed.
func (f *flow) idToken(members ...string) string {
	id := *f
	id.claims = slices.Clone(f.claims)
	id.claims.set("aud", q(f.clientID))
	for i := 0; i+1 < len(members); i += 2 {
		id.claims.set(members[i], members[i+1])
	}
	return q(id.jwt("id"))
}

// TestSaidOnce: what differs in one way is said once, in a sentence that tells it, and what
// follows from it, or means the same in other words, is not reported.
func TestSaidOnce(t *testing.T) {
	nothing := func(*flow) {}
	header := func(name, value string) func(*flow) {
		return func(f *flow) { f.headers = f.headers.With(name, value) }
	}
	body := func(name, raw string) func(*flow) { return func(f *flow) { f.body.set(name, raw) } }
	for _, test := range []struct {
		name string
		a, b func(*flow)
		want []string // the sentences about what is suspicious
	}{
		{"Cache-Control in another order and case", header("Cache-Control", "no-store, no-cache"), header("Cache-Control", "No-Cache,no-store"), nil},
		{"Strict-Transport-Security with other blanks and case", header("Strict-Transport-Security", "max-age=9; includeSubDomains"), header("Strict-Transport-Security", "max-age=9 ;includesubdomains"), nil},
		{"a content security policy with a nonce", header("Content-Security-Policy", "script-src 'nonce-aaaa' 'self'"), header("Content-Security-Policy", "script-src 'nonce-bbbb' 'self'"), nil},
		{"a content security policy that reports elsewhere", header("Content-Security-Policy", "default-src 'none'; report-uri https://a.example/1"), header("Content-Security-Policy", "report-uri https://b.example/2; default-src 'none'"), nil},
		{"a weaker content security policy", header("Content-Security-Policy", "script-src 'nonce-aaaa'"), header("Content-Security-Policy", "script-src 'unsafe-inline'"),
			[]string{"Content-Security-Policy is not the same: the weaker side is less protected in a browser."}},
		{"a nonce for proofs", header("DPoP-Nonce", "aaaa"), header("DPoP-Nonce", "bbbb"), nil},
		{"a nonce for proofs on one side", nothing, header("DPoP-Nonce", "bbbb"), []string{"B sends DPoP-Nonce, A does not: some libraries decide by it."}},
		{"another realm", header("WWW-Authenticate", `Basic realm="a"`), header("WWW-Authenticate", `Basic realm="b"`), nil},
		{"another challenge", header("WWW-Authenticate", `Basic realm="a"`), header("WWW-Authenticate", `Bearer realm="a"`), []string{"WWW-Authenticate is not the same: some libraries decide by it."}},
		{"a refresh token that is null", nothing, body("refresh_token", "null"), []string{"A issues a refresh token, B does not: there the user signs in again when the access token ends."}},
		{"null beside nothing", body("id_token", "null"), nothing, nil},
		{"a lifetime in the token alone", nothing, func(f *flow) { f.body.drop("expires_in") }, []string{"expires_in can be read in the answer of A, but not in that of B, where only the access token itself tells it."}},
		{"a lifetime that cannot be read", nothing, body("expires_in", `"soon"`), []string{"expires_in can be read in the answer of A, but not in that of B, where only the access token itself tells it."}},
		{"an object becomes an array", nothing, body("tenant", `[{"id":"t-1","name":"One"}]`), []string{"tenant is an object from A and an array from B."}},
		{"a token without an end", nothing, func(f *flow) { f.claims.drop("exp") }, []string{"The claim exp is in the token of A, but not in that of B."}},
		{"an undeclared issuer on a host of its own", nothing, func(f *flow) { f.claims.set("iss", `"https://legacy.example"`) }, []string{"The issuer is not the one that the environment declares."}},
		{"one audience in an array", nothing, func(f *flow) { f.claims.set("aud", `["project-11111111"]`) }, []string{"The audience is an id in A and an array of ids in B."}},
		{"a nested endpoint is gone", func(f *flow) { f.metadata.set("mtls_endpoint_aliases", `{"token_endpoint":"https://m.example/t"}`) }, func(f *flow) { f.metadata.set("mtls_endpoint_aliases", `{}`) },
			[]string{"token_endpoint is in the metadata of A, but not in that of B."}},
		{"keys are marked for an algorithm", nothing, func(f *flow) {
			f.moreKeys = []string{strings.Replace(signers().jwk("RS256", "key-1"), `"use":"sig"`, `"use":"sig","alg":"RS256"`, 1)}
		},
			[]string{"The keys are marked sig in A and sig, sig RS256 in B."}},
		{"no key set", nothing, func(f *flow) { f.keysStatus = 500 }, []string{"The jwks step succeeded in A and failed in B with status 500.", "The signature of the access token is verified in A and unverified in B."}},
		{"a refresh is refused", nothing, func(f *flow) { f.refreshStatus, f.refreshed = 400, object{{"error", `"invalid_grant"`}} }, []string{"The refresh step succeeded in A and failed in B with status 400: invalid_grant."}},
		{"the exchange is refused", nothing, func(f *flow) { f.status, f.failed = 401, "invalid_client" }, []string{"The exchange step succeeded in A and failed in B with status 401: invalid_client."}},
		{"the exchange is refused on the first side", func(f *flow) { f.status, f.failed = 401, "invalid_client" }, nothing, []string{"The exchange step succeeded in B and failed in A with status 401: invalid_client."}},
		{"the token endpoint redirects", nothing, func(f *flow) {
			f.status, f.failed, f.headers = 307, "x", f.headers.With("Location", "https://new.example/token?a=b")
		}, []string{"The exchange step succeeded in A and failed in B with status 307: it redirects to https://new.example/token."}},
		{"a page in place of tokens", nothing, func(f *flow) { f.failed, f.failedBody = "x", "<html>maintenance</html>" }, []string{"The exchange step succeeded in A and failed in B with status 200: the body is html."}},
		{"metadata of another issuer", nothing, func(f *flow) { f.metadata.set("issuer", `"https://other.example"`) }, []string{"The discovery step succeeded in A and failed in B with status 200: it describes another issuer, https://other.example."}},
		{"a token as large as a page", nothing, body("tenant", `{"id":"t-1","name":`+q(strings.Repeat("x", largeBody))+`}`), nil},
		{"an ID token that lives shorter too", func(f *flow) { f.body.set("id_token", f.idToken()) }, func(f *flow) {
			f.claims.set("exp", "1795263000")
			f.body.set("expires_in", "600")
			f.body.set("id_token", f.idToken())
		}, []string{"A token lives 10 min in B and 60 min in A: what is timed for the longer life fails there."}},
		{"both tokens are signed otherwise", func(f *flow) { f.body.set("id_token", f.idToken()) }, func(f *flow) {
			f.alg = "ES256"
			f.body.set("id_token", f.idToken())
		}, []string{"A signs with RS256, B with ES256: a verifier fixed to one refuses the other.", "The keys are RSA in A and EC P-256 in B."}},
		{"a wrong hash in the ID token", func(f *flow) { f.body.set("id_token", f.idToken()) }, func(f *flow) { f.body.set("id_token", f.idToken("c_hash", `"AAAAAAAAAAAAAAAAAAAAAA"`)) },
			[]string{"The claim c_hash is in the token of B, but not in that of A."}},
		{"a token that is over already", nothing, func(f *flow) { f.claims.set("iat", "1700000000"); f.claims.set("exp", "1700003600") },
			[]string{"In the access token the check of its time passed in A and failed in B."}},
		{"a wrong nonce", func(f *flow) {
			f.authorize = setParam(setParam(f.authorize, "nonce", "nonce-one"), "scope", "openid read")
			f.body.set("id_token", f.idToken("nonce", `"nonce-one"`))
		}, func(f *flow) {
			f.authorize = setParam(setParam(f.authorize, "nonce", "nonce-one"), "scope", "openid read")
			f.body.set("id_token", f.idToken("nonce", `"nonce-two"`))
		}, []string{"In the ID token the check of its nonce passed in A and failed in B."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, b := newFlow(), newFlow()
			test.a(a)
			test.b(b)
			var got []string
			for _, d := range compareFlows(t, a, b).Suspicious() {
				got = append(got, d.Why)
			}
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q\nwant %q", got, test.want)
			}
		})
	}
}
