package compare

import (
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// planted is one difference that a test makes, and where it must be found.
type planted struct {
	name    string
	verdict Verdict
	rule    string
	// paths are where it is found, those of Also not counted; "~" before one: an expected
	// difference that comes with it.
	paths []string
	plant func(*flow)
	alone bool // it hides others and is not planted together with them
}

func plantedSet() []planted {
	p := func(s ...string) []string { return s }
	return []planted{
		// suspicious
		{"a scope is not granted", Suspicious, "scope-granted", p("token.scope"), func(f *flow) { f.body.set("scope", `"read"`) }, false},
		{"a refresh grants less", Suspicious, "scope-granted", p("refresh.token.scope"), func(f *flow) { f.refreshed.set("scope", `"write"`) }, false},
		{"another algorithm", Suspicious, "algorithm", p("claims.access_token.header.alg", "jwks.keys.types"), func(f *flow) { f.alg = "ES256" }, false},
		{"another type of key", Suspicious, "key-type", p("jwks.keys.types", "~jwks.keys.ids"), func(f *flow) { f.moreKeys = []string{signers().jwk("ES256", "key-2")} }, true},
		{"another size of key", Suspicious, "key-size", p("jwks.keys.bits", "~jwks.keys.ids"), func(f *flow) { f.moreKeys = []string{smallKey()} }, true},
		{"a shorter life", Suspicious, codeLifetime, p("token.expires_in"), func(f *flow) { f.body.set("expires_in", "900") }, false},
		{"a shorter life in the claims alone", Suspicious, codeLifetime, p("claims.access_token.life", "~claims.access_token.claims.exp"), func(f *flow) { f.claims.set("exp", "1795263000") }, true},
		{"no refresh token", Suspicious, "no-refresh-token", p("token.refresh_token"), func(f *flow) { f.body.drop("refresh_token") }, false},
		{"a member is gone", Suspicious, "member-gone", p("exchange.response.body$.tenant"), func(f *flow) { f.body.drop("tenant") }, false},
		{"a member of another type", Suspicious, "member-type", p("exchange.response.body$.count"), func(f *flow) { f.body.set("count", `"3"`) }, false},
		{"a lifetime as a string", Suspicious, "field-type", p("refresh.token.expires_in.type"), func(f *flow) { f.refreshed.set("expires_in", `"3600"`) }, false},
		{"an element's member is gone", Suspicious, "member-gone", p("call.response.body$.items[].ok"), func(f *flow) { f.call.set("items", `[{"id":"7"}]`) }, false},
		{"PKCE is not in the metadata", Suspicious, "pkce", p("discovery.response.body$.code_challenge_methods_supported"), func(f *flow) { f.metadata.drop("code_challenge_methods_supported") }, false},
		{"PKCE is plain only", Suspicious, "pkce", p("discovery.response.body$.code_challenge_methods_supported"), func(f *flow) { f.metadata.set("code_challenge_methods_supported", `["plain"]`) }, true},
		{"no revocation endpoint", Suspicious, "endpoint-missing", p("discovery.response.body$.revocation_endpoint"), func(f *flow) { f.metadata.drop("revocation_endpoint") }, false},
		{"fewer scopes on offer", Suspicious, "scopes-supported", p("discovery.response.body$.scopes_supported"), func(f *flow) { f.metadata.set("scopes_supported", `["read"]`) }, false},
		{"other authentication methods", Suspicious, "auth-methods", p("discovery.response.body$.token_endpoint_auth_methods_supported"), func(f *flow) { f.metadata.set("token_endpoint_auth_methods_supported", `["client_secret_basic"]`) }, false},
		{"other algorithms on offer", Suspicious, "algorithms-supported", p("discovery.response.body$.id_token_signing_alg_values_supported"), func(f *flow) { f.metadata.set("id_token_signing_alg_values_supported", `["ES256"]`) }, false},
		{"another response mode", Suspicious, "metadata-list", p("discovery.response.body$.response_modes_supported"), func(f *flow) { f.metadata.set("response_modes_supported", `["query","form_post"]`) }, false},
		{"iss is not promised", Suspicious, "iss-promise", p("discovery.response.body$.authorization_response_iss_parameter_supported"), func(f *flow) { f.metadata.set("authorization_response_iss_parameter_supported", "false") }, false},
		{"iss is not in the callback", Suspicious, "iss-missing", p("callback.params.iss"), func(f *flow) { f.callback = dropParam(f.callback, "iss") }, false},
		{"a callback parameter is gone", Suspicious, "callback-parameter", p("callback.params.session_state"), func(f *flow) { f.callback = dropParam(f.callback, "session_state") }, false},
		{"the callback is posted", Suspicious, "delivery", p("callback.delivery"), func(f *flow) { f.posted = true }, false},
		{"another token type spelling", Suspicious, "token-type-spelling", p("token.token_type"), func(f *flow) { f.body.set("token_type", `"bearer"`) }, false},
		{"another token type", Suspicious, "token-type", p("refresh.token.token_type"), func(f *flow) { f.refreshed.set("token_type", `"DPoP"`) }, false},
		{"the answer may be cached", Suspicious, "cache-headers", p("exchange.response.headers.cache-control"), func(f *flow) { f.headers = f.headers.With("Cache-Control", "public") }, false},
		{"a security header is gone", Suspicious, "security-headers", p("exchange.response.headers.strict-transport-security"), func(f *flow) { f.headers = f.headers.Without("Strict-Transport-Security") }, false},
		{"another content type", Suspicious, "content-type", p("exchange.response.headers.content-type"), func(f *flow) { f.headers = f.headers.With("Content-Type", "text/html") }, false},
		{"a cookie without protection", Suspicious, "cookie", p("exchange.response.cookies.sid"), func(f *flow) { f.headers = f.headers.With("Set-Cookie", "sid=aaaaaa") }, false},
		{"browsers may call", Suspicious, "cors-headers", p("exchange.response.headers.access-control-allow-origin"), func(f *flow) { f.headers = f.headers.With("Access-Control-Allow-Origin", "*") }, false},
		{"a claim is gone", Suspicious, "claim-gone", p("claims.access_token.claims.jti"), func(f *flow) { f.claims.drop("jti") }, false},
		{"a claim of another type", Suspicious, "member-type", p("claims.access_token.claims.groups"), func(f *flow) { f.claims.set("groups", `"a,b"`) }, false},
		{"another kind of audience", Suspicious, "audience-kind", p("claims.access_token.claims.aud"), func(f *flow) { f.claims.set("aud", `["https://api.example/"]`) }, false},
		{"another typ", Suspicious, "jose-header", p("claims.access_token.header.typ"), func(f *flow) { f.jose.set("typ", `"JWT"`) }, false},
		{"another rotation", Suspicious, "rotation", p("refresh.rotation", "~refresh.token.refresh_token"), func(f *flow) { f.refreshed.set("refresh_token", `"refresh-one-1234567890"`) }, true},
		{"a parameter is missing", Suspicious, "parameter-missing", p("authorize_url.request.params.prompt"), func(f *flow) { f.authorize = dropParam(f.authorize, "prompt") }, false},
		{"another parameter value", Suspicious, "parameter-value", p("authorize_url.request.params.code_challenge_method"), func(f *flow) { f.authorize = setParam(f.authorize, "code_challenge_method", "plain") }, false},
		{"a scope is not asked for", Suspicious, "scope-asked", p("authorize_url.request.params.scope"), func(f *flow) { f.authorize = setParam(f.authorize, "scope", "read") }, false},
		{"other client authentication", Suspicious, "client-authentication", p("exchange.request.client_authentication", "refresh.request.client_authentication"), func(f *flow) { f.auth = flows.AuthBasic }, true},
		{"another request encoding", Suspicious, "body-encoding", p("exchange.request.encoding", "refresh.request.encoding"), func(f *flow) { f.encoding = "json" }, false},
		{"another path", Suspicious, "path", p("exchange.url", "refresh.url"), func(f *flow) { f.tokenURL = f.env.Endpoints.Issuer + "/v2/token" }, false},
		{"the API fails", Suspicious, codeOutcome, p("call.outcome"), func(f *flow) { f.callStatus = 403 }, true},
		{"a slow API", Suspicious, codeTiming, p("call.duration"), func(f *flow) { f.callTime = 4 * time.Second }, false},
		{"an older TLS", Suspicious, "tls-version", p("discovery.tls.version"), func(f *flow) { f.tls.Version = "TLS 1.2" }, false},
		{"the scope moved", Suspicious, "field-moved", p("refresh.token.scope.source", "refresh.response.body$.data"), func(f *flow) {
			f.refreshed.drop("scope")
			f.refreshed.set("data", `{"scope":"read write"}`)
		}, true},
		// expected
		{"another client", Expected, "client-id", p("run.client_id", "authorize_url.request.params.client_id", "exchange.request.body.client_id", "refresh.request.body.client_id", "claims.access_token.claims.client_id"), func(f *flow) {
			f.clientID = "client-two"
			f.authorize = setParam(f.authorize, "client_id", f.clientID)
			f.claims.set("client_id", q(f.clientID))
		}, false},
		{"another redirect URI", Expected, "redirect-uri", p("authorize_url.request.params.redirect_uri", "exchange.request.body.redirect_uri"), func(f *flow) {
			f.redirect = "https://live.example/back"
			f.authorize = setParam(f.authorize, "redirect_uri", f.redirect)
		}, false},
		{"another state", Expected, "random-value", p("authorize_url.request.params.state", "callback.params.state"), func(f *flow) {
			f.authorize = setParam(f.authorize, "state", "state-two-1234567890")
			f.callback = setParam(f.callback, "state", "state-two-1234567890")
		}, false},
		{"another verifier", Expected, "random-value", p("authorize_url.request.params.code_challenge", "exchange.request.body.code_verifier"), func(f *flow) {
			f.verifier = "verifier-two-" + strings.Repeat("2", 30)
			f.authorize = setParam(f.authorize, "code_challenge", challengeOf(f.verifier, "S256"))
		}, false},
		{"another code", Expected, "random-value", p("callback.params.code", "exchange.request.body.code"), func(f *flow) { f.callback = setParam(f.callback, "code", "code-two-654321") }, false},
		{"another date", Expected, "header-other", p("exchange.response.headers.date"), func(f *flow) { f.headers = f.headers.With("Date", "Sat, 21 Nov 2026 12:09:00 GMT") }, false},
		{"another request id", Expected, "header-other", p("exchange.response.headers.x-request-id"), func(f *flow) { f.headers = f.headers.With("X-Request-Id", "bbbb-2222") }, false},
		{"another machine", Expected, "header-other", p("exchange.response.headers.via"), func(f *flow) { f.headers = f.headers.With("Via", "1.1 edge") }, false},
		{"another id in the answer", Expected, "member-id", p("exchange.response.body$.request_id"), func(f *flow) { f.body.set("request_id", `"req-two"`) }, false},
		{"another balance", Expected, "member-value", p("call.response.body$.balance"), func(f *flow) { f.call.set("balance", "99.75") }, false},
		{"another creation time", Expected, "member-id", p("call.response.body$.created_at"), func(f *flow) { f.call.set("created_at", `"2026-02-02T00:00:00Z"`) }, false},
		{"null is filled", Expected, "member-null", p("call.response.body$.note"), func(f *flow) { f.call.set("note", `"hello"`) }, false},
		{"another key id", Expected, "key-id", p("claims.access_token.header.kid", "jwks.keys.ids"), func(f *flow) { f.kid = "key-9" }, false},
		{"another user", Expected, "claim-volatile", p("claims.access_token.claims.sub"), func(f *flow) { f.claims.set("sub", `"user-2"`) }, false},
		{"another issue time", Expected, "claim-volatile", p("claims.access_token.claims.iat", "claims.access_token.claims.exp"), func(f *flow) {
			f.claims.set("iat", "1795262460")
			f.claims.set("exp", "1795266060")
		}, false},
		{"another role", Expected, "claim-value", p("claims.access_token.claims.role"), func(f *flow) { f.claims.set("role", `"user"`) }, false},
		{"another audience", Expected, "audience", p("claims.access_token.claims.aud"), func(f *flow) { f.claims.set("aud", `"project-22222222"`) }, true},
		{"another refresh token", Expected, "token-value", p("token.refresh_token"), func(f *flow) { f.body.set("refresh_token", `"refresh-six-1234567890"`) }, true},
		{"another cipher", Expected, "tls-detail", p("discovery.tls.cipher", "exchange.tls.cipher", "jwks.tls.cipher", "call.tls.cipher", "refresh.tls.cipher"), func(f *flow) { f.tls.Cipher = "TLS_AES_256_GCM_SHA384" }, false},
		{"another certificate", Expected, "tls-detail", p("discovery.tls.peer", "exchange.tls.peer", "jwks.tls.peer", "call.tls.peer", "refresh.tls.peer"), func(f *flow) { f.tls.Peer = "live.example" }, false},
		{"another certificate end", Expected, "tls-detail", p("discovery.tls.not_after", "exchange.tls.not_after", "jwks.tls.not_after", "call.tls.not_after", "refresh.tls.not_after"), func(f *flow) { f.tls.NotAfter = f.tls.NotAfter.AddDate(0, 1, 0) }, false},
		{"another environment", Expected, "host-declared", p("run.environment", "discovery.url", "authorize_url.url", "exchange.url", "jwks.url", "call.url", "refresh.url",
			"discovery.response.body$.issuer", "discovery.response.body$.token_endpoint", "discovery.response.body$.revocation_endpoint", "callback.params.iss", "claims.access_token.claims.iss"), func(f *flow) {
			old := f.env.Endpoints.Issuer
			f.env = flows.Environment{Name: flows.EnvProduction, Endpoints: endpoints("live.example")}
			now := f.env.Endpoints.Issuer
			for i := range f.metadata {
				f.metadata[i].raw = strings.ReplaceAll(f.metadata[i].raw, old, now)
			}
			f.callback = setParam(f.callback, "iss", now)
			f.claims.set("iss", q(now))
		}, true},
	}
}

func (f *flow) other() *flow {
	f.run = "fedcba9876543210"
	return f
}

// always differs in every pair of flows: the tokens.
var always = []string{"token.access_token", "claims.access_token.claims.salt_id", "refresh.token.access_token"}

func compareFlows(t *testing.T, a, b *flow) Comparison {
	t.Helper()
	return Traces(a.trace(), b.other().trace(), Options{NameA: "A", NameB: "B"})
}

// TestPlantedAlone: each planted difference is found where it is, judged right, and
// nothing else is.
func TestPlantedAlone(t *testing.T) {
	for _, p := range plantedSet() {
		t.Run(p.name, func(t *testing.T) {
			b := newFlow()
			p.plant(b)
			c := compareFlows(t, newFlow(), b)
			for _, d := range c.Differences {
				switch {
				case slices.Contains(p.paths, "~"+d.Path):
					if d.Verdict != Expected {
						t.Errorf("%s is %s: %s", d.Path, d.Verdict, d.Why)
					}
				case slices.Contains(p.paths, d.Path):
					if d.Verdict != p.verdict || d.Verdict == Suspicious && d.Path == p.paths[0] && d.Rule != p.rule {
						t.Errorf("%s is %s by %s: %s", d.Path, d.Verdict, d.Rule, d.Why)
					}
				case !slices.Contains(always, d.Path):
					t.Errorf("%s was not planted: %s %q | %q %s (%s)", d.Path, d.Verdict, d.A, d.B, d.Why, d.Rule)
				}
			}
			for _, path := range p.paths {
				if !slices.ContainsFunc(c.Differences, func(d Difference) bool { return d.Path == strings.TrimPrefix(path, "~") }) {
					t.Errorf("%s was not found", path)
				}
			}
		})
	}
}

// TestPlantedTogether: all that do not hide one another at once, suspicious and expected,
// are found, and nothing else is reported.
func TestPlantedTogether(t *testing.T) {
	b := newFlow()
	want := map[string]Verdict{}
	counts := map[Verdict]int{}
	for _, p := range plantedSet() {
		if p.alone {
			continue
		}
		p.plant(b)
		counts[p.verdict]++
		for _, path := range p.paths {
			want[path] = p.verdict
		}
	}
	if counts[Suspicious] < 20 || counts[Expected] < 18 {
		t.Fatalf("%d suspicious and %d expected differences are planted together", counts[Suspicious], counts[Expected])
	}
	for _, path := range always {
		want[path] = Expected
	}
	c := compareFlows(t, newFlow(), b)
	for _, d := range c.Differences {
		if v, ok := want[d.Path]; !ok || v != d.Verdict {
			t.Errorf("%s: %s by %s, want %q: %q | %q %s", d.Path, d.Verdict, d.Rule, v, d.A, d.B, d.Why)
		}
		delete(want, d.Path)
	}
	for path := range want {
		t.Errorf("%s was not found", path)
	}
	rank := 0
	for _, d := range c.Differences {
		if d.Rank < rank {
			t.Errorf("%s stands behind graver ones", d.Path)
		}
		rank = d.Rank
	}
}
