package diagnose

import (
	"strings"
	"testing"
	"time"
)

const serviceBody = `{"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600,"scope":"read"}`

// answered is a request for a token of the client itself with this answer.
func answered(body string, headers ...string) string {
	text := edit(serviceScene, serviceBody, body)
	for _, h := range headers {
		text = edit(text, "\n| "+body, "\n"+h+"\n| "+body)
	}
	return text
}

func TestNearAnswers(t *testing.T) {
	lives := func(n string) string { return answered(edit(serviceBody, "3600", n)) }
	jwt := func(life time.Duration) string {
		return signed(nil, map[string]any{"iss": "https://id.blue.test", "aud": "api", "iat": sceneStart.Unix(), "exp": sceneStart.Add(life).Unix()})
	}
	stated := func(n string, life time.Duration) string {
		return answered(edit(serviceBody, "3600", n, "at-9-U2VydmljZQ", jwt(life)))
	}
	asked := func(scope, granted string) string {
		return edit(serviceScene, "scope=read&", "scope="+scope+"&", `"scope":"read"`, `"scope":"`+granted+`"`)
	}
	login := func(scope, answer string) string {
		return edit(loginScene, "scope=profile+offline_access", "scope="+scope) + edit(exchangeScene, `"scope":"profile offline_access"`, answer)
	}
	slow := func(n int) string {
		return deviceScene()[:strings.Index(deviceScene(), "\n> POST https://id.blue.test/oauth2/token")] + strings.Repeat("+5s\n"+refuse(devicePoll(), `{"error":"slow_down"}`), n)
	}
	moved := func(status, to string) string {
		return edit(serviceScene, "< 200\nContent-Type: application/json\n| "+serviceBody, "< "+status+"\nLocation: "+to)
	}
	code := func(expires, d string) string {
		return edit(refuse(deviceScene(), `{"error":"authorization_pending"}`), `"expires_in":60`, `"expires_in":`+expires) + "+" + d + "\n" + refuse(devicePoll(), `{"error":"expired_token"}`)
	}
	checkNear(t, []nearMiss{
		{"a lifetime of none", lives("0"), "expiry-misleading certain 0"},
		{"a lifetime of a second", lives("1"), ""},
		{"a lifetime as text", lives(`"3600"`), "(dialect-expiry-form)"},
		{"ten hours", lives("36000"), ""},
		{"3,600,000", lives("3600000"), "expiry-misleading certain 0"},
		{"299,000", lives("299000"), ""},
		{"2,592,000 is thirty days", lives("2592000"), ""},
		{"7,300,000 is no common lifetime", lives("7300000"), ""},
		{"a point in time", lives("1794218400"), "expiry-misleading certain 0"},
		{"what the token says", stated("3600", time.Hour), ""},
		{"two minutes more than the token says", stated("3720", time.Hour), ""},
		{"a tenth more than the token says", stated("3960", time.Hour), ""},
		{"a fifth more than the token says", stated("4500", time.Hour), "expiry-misleading certain 0"},
		{"half of what the token says", stated("1800", time.Hour), "expiry-misleading certain 0"},
		{"a thousand times what the token says", stated("3600000", time.Hour), "expiry-misleading certain 0"},

		{"one of two", asked("read+write", "read"), "scope-narrowed certain 0"},
		{"two of two, in another order", asked("read+write", "write read"), ""},
		{"more than asked for", asked("read", "read write"), ""},
		{"in other letters", asked("Read", "read"), ""},
		{"with a slash", asked("https%3A%2F%2Fgraph.microsoft.com%2FUser.Read", "User.Read"), ""},
		{"a default scope", asked("api%2F.default", "a b"), ""},
		{"none, at a client's own token", asked("read", ""), ""},
		{"none, at a login", login("profile", `"scope":""`), "scope-narrowed likely 4"},
		{"no word of it", answered(`{"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600}`), ""},
		{"offline access that came as a token", login("profile+offline_access", `"scope":"profile"`), ""},
		{"openid that came as a token", login("openid+profile", `"scope":"profile","id_token":"`+signed(nil, idClaims(map[string]any{"nonce": nil}))+`"`), ""},
		{"an address that came in the token", login("openid+email", `"scope":"openid","id_token":"`+signed(nil, idClaims(map[string]any{"nonce": nil, "email": "robin@red.test"}))+`"`), ""},
		{"an address that did not", login("openid+email", `"scope":"openid","id_token":"`+signed(nil, idClaims(map[string]any{"nonce": nil}))+`"`), "scope-narrowed certain 4"},
		{"Google's long name", login("email", `"scope":"https://www.googleapis.com/auth/userinfo.email"`), ""},

		{"no ID token, none asked for", login("profile", `"scope":"profile"`), ""},
		{"no ID token, openid granted", login("openid", `"scope":"openid"`), "id-token-missing certain 4"},
		{"no ID token, openid not granted", login("openid+profile", `"scope":"profile"`), "scope-narrowed certain 4"},
		{"no ID token, no word of scopes", login("openid", `"x":1`), "id-token-missing certain 4"},

		{"one slow_down", slow(1), ""},
		{"two slow_down", slow(2), "rate-limited certain 2"},
		{"two slow_down, then a token", slow(2) + "+10s\n" + devicePoll(), "(expected-retry)"},
		{"429", refuseWith(serviceScene, 429, `{}`), "rate-limited certain 0"},
		{"429 at a page that nobody asked for", loginScene + exchangeScene + "> GET https://ads.gray.test/x\n< 429\n| no\n", ""},
		{"403 for too many requests", loginScene + exchangeScene + refuseWith(callScene, 403, `{"message":"API rate limit exceeded: too many requests"}`), "rate-limited certain 5"},
		{"429, then a token", refuseWith(serviceScene, 429, `{}`) + "+60s\n" + serviceScene, "(expected-retry)"},
		{"an expired device code", code("60", "61s"), "device-code-expired certain 2"},
		{"an expired device code, before its time", code("600", "61s"), "device-code-expired likely 2"},

		{"moved with 307, not followed", moved("307", "https://login.blue.test/oauth2/token"), "token-redirected certain 0"},
		{"moved with 302, followed by GET", moved("302", "https://id.blue.test/oauth2/token/") + "> GET https://id.blue.test/oauth2/token/\n< 405\n| no\n", "token-redirected certain 0"},
		{"moved to https", edit(moved("308", "https://id.blue.test/oauth2/token"), "> POST https", "> POST http"), "insecure-endpoint certain 0"},
		{"not modified", edit(serviceScene, "< 200\nContent-Type: application/json\n| "+serviceBody, "< 304"), "provider-error possible 0"},
		{"moved nowhere", edit(serviceScene, "< 200\nContent-Type: application/json\n| "+serviceBody, "< 302"), "token-redirected likely 0"},

		{"a byte-order mark", answered("\ufeff" + serviceBody), "token-response-damaged certain 0"},
		{"two values", answered(serviceBody + "{}"), "token-response-damaged likely 0"},
		{"a member twice in a member", answered(`{"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600,"scope":"read","x":{"y":{"a":1,"a":2}}}`), ""},
		{"cut short behind the token", answered(`{"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600,"scope":"re`), "token-response-damaged certain 0"},
		{"nothing at all", edit(serviceScene, "Content-Type: application/json\n| "+serviceBody, ""), "token-endpoint-wrong likely 0"},
		{"shorter than it says", answered(serviceBody, "Content-Length: 9999"), ""},
		{"an age of none", answered(serviceBody, "Age: 0"), ""},
		{"an age", answered(serviceBody, "Age: 7"), "token-response-damaged certain 0"},
		{"a miss", answered(serviceBody, "X-Cache: MISS from proxy"), ""},
		{"a hit", answered(serviceBody, "CF-Cache-Status: HIT"), "token-response-damaged certain 0"},
	})
}

func TestNearProofs(t *testing.T) {
	asserted := func(claims map[string]any, answer string) string {
		return refuseWith(edit(serviceScene, "client_secret=s3cr3t-Value-91kq", assertionOf(claims)), 401, answer)
	}
	at := func(d time.Duration) int64 { return sceneStart.Add(d).Unix() }
	dpop := func(claims map[string]any, code string) string {
		return withProof(refuse(serviceScene, `{"error":"`+code+`"}`), proof(claims))
	}
	bad := `{"error":"invalid_dpop_proof"}`
	token := "at-9-U2VydmljZQ"
	call := func(claims map[string]any) string {
		c := map[string]any{"htm": "GET", "htu": "https://api.blue.test/v1/me", "jti": "p-9"}
		for k, v := range claims {
			c[k] = v
		}
		return edit(serviceScene, `"token_type":"Bearer"`, `"token_type":"DPoP"`) + "> GET https://api.blue.test/v1/me\nAuthorization: DPoP " + token + "\n" + proof(c) + "< 401\n| " + bad + "\n"
	}
	const ath = "7Q2Ww8V83Y4pTCKPyD7WkrT1zA6ZeEoxWoE0uQ_otA0"
	checkNear(t, []nearMiss{
		{"an assertion that is right", asserted(nil, invalidClient), "client-credentials-rejected likely 0"},
		{"an assertion for the issuer", asserted(map[string]any{"aud": "https://id.blue.test"}, invalidClient), "client-credentials-rejected likely 0"},
		{"an assertion for the server with a slash", asserted(map[string]any{"aud": "https://id.blue.test/"}, invalidClient), "client-credentials-rejected likely 0"},
		{"an assertion for a realm of the server", asserted(map[string]any{"aud": "https://id.blue.test/realms/a"}, invalidClient), "client-credentials-rejected likely 0"},
		{"an assertion for a realm, and it minds", asserted(map[string]any{"aud": "https://id.blue.test/realms/a"}, `{"error":"invalid_client","error_description":"wrong aud"}`), "client-assertion-invalid certain 0"},
		{"an assertion that is over", asserted(map[string]any{"exp": at(-time.Second)}, invalidClient), "client-assertion-invalid certain 0"},
		{"an assertion that is not", asserted(map[string]any{"exp": at(2 * time.Second)}, invalidClient), "client-credentials-rejected likely 0"},
		{"an assertion of another subject", asserted(map[string]any{"sub": "svc-4", "iss": "svc-4"}, invalidClient), "client-assertion-invalid certain 0"},
		{"an assertion of two names", asserted(map[string]any{"iss": "svc-4"}, invalidClient), "client-assertion-invalid certain 0"},
		{"an assertion without an audience", asserted(map[string]any{"aud": ""}, invalidClient), "client-assertion-invalid certain 0"},
		{"an assertion that is over, and the scope is bad", asserted(map[string]any{"exp": at(-time.Hour)}, `{"error":"invalid_scope"}`), "scope-not-allowed likely 0"},
		{"an assertion that is over, and it was taken", edit(serviceScene, "client_secret=s3cr3t-Value-91kq", assertionOf(map[string]any{"exp": at(-time.Hour)})), ""},

		{"a proof that is right", dpop(nil, "invalid_dpop_proof"), "dpop-proof-refused likely 0"},
		{"a proof for another URL", dpop(map[string]any{"htu": "https://id.blue.test/token"}, "invalid_dpop_proof"), "dpop-proof-refused certain 0"},
		{"a proof for the URL with a query", dpop(map[string]any{"htu": "https://id.blue.test:443/oauth2/token?x=1"}, "invalid_dpop_proof"), "dpop-proof-refused likely 0"},
		{"a proof for another method", dpop(map[string]any{"htm": "post"}, "invalid_dpop_proof"), "dpop-proof-refused certain 0"},
		{"a proof for another URL, and the scope is bad", dpop(map[string]any{"htu": "https://id.blue.test/token"}, "invalid_scope"), "dpop-proof-refused certain 0"},
		{"a proof of an hour ago", dpop(map[string]any{"iat": at(-time.Hour)}, "invalid_dpop_proof"), "dpop-proof-refused certain 0"},
		{"no proof, and one is wanted", refuse(serviceScene, bad), "dpop-proof-refused certain 0"},
		{"a proof that is none", withProof(refuse(serviceScene, bad), "DPoP: abc\n"), "dpop-proof-refused certain 0"},
		{"a nonce wanted, and not given", dpop(nil, "use_dpop_nonce"), "dpop-proof-refused certain 0"},
		{"a call with the hash of its token", call(map[string]any{"ath": ath}), "dpop-proof-refused likely 1"},
		{"a call with another hash", call(map[string]any{"ath": "AAAA"}), "dpop-proof-refused certain 1"},
		{"a call without the hash", call(nil), "dpop-proof-refused certain 1"},
	})
}
