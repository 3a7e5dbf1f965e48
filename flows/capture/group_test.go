package capture

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

func authorizeURL(state, extra string) string {
	u := "https://id.example.test/authorize?response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fapp.example.test%2Fcb"
	if state != "" {
		u += "&state=" + state
	}
	return u + extra
}

func callback(code, state string) string {
	u := "https://app.example.test/cb?code=" + code
	if state != "" {
		u += "&state=" + state
	}
	return u
}

func exchange(extra string) string {
	return post("https://id.example.test/token", "grant_type=authorization_code&redirect_uri=https%3A%2F%2Fapp.example.test%2Fcb&client_id=app"+extra)
}

func tokens(name string) string {
	return answer(200, fmt.Sprintf(`{"access_token":"access-%s-0000000000","refresh_token":"refresh-%s-0000000000","token_type":"Bearer"}`, name, name))
}

func call(token string) string {
	return get("https://api.example.test/me", "Authorization", "Bearer access-"+token+"-0000000000")
}

func refresh(token string) string {
	return post("https://id.example.test/token", "grant_type=refresh_token&client_id=app&refresh_token=refresh-"+token+"-0000000000")
}

// flowsOf gives the flow number of each entry in order of time.
func flowsOf(t *testing.T, entries ...string) string {
	t.Helper()
	var b strings.Builder
	for _, s := range mustRead(t, har(entries...)).Trace.Steps() {
		fmt.Fprint(&b, s.Flow)
	}
	return b.String()
}

func TestGroup(t *testing.T) {
	verifier := "verifier-verifier-verifier-verifier-verifier-1"
	sum := sha256.Sum256([]byte(verifier))
	pkce := "&code_challenge=" + base64.RawURLEncoding.EncodeToString(sum[:]) + "&code_challenge_method=S256"
	ok := answer(200, "{}")
	page := answer(200, "<html>")
	denied := answer(403, "<html>")
	const sid1, sid2 = "sid=11111111111111111111", "sid=22222222222222222222"
	setting := func(cookie, to string) string {
		return answer(302, "", "Set-Cookie", cookie+"; Path=/", "Location", to)
	}
	for _, c := range []struct {
		name    string
		entries []string
		want    string
	}{
		{"two logins at once, by state and code", []string{
			entry(0, get(authorizeURL("state-a-00000", "")), page), entry(1, get(authorizeURL("state-b-00000", "")), page),
			entry(2, get(callback("code-b-00000000", "state-b-00000")), ok), entry(3, get(callback("code-a-00000000", "state-a-00000")), ok),
			entry(4, exchange("&code=code-a-00000000"), tokens("a")), entry(5, exchange("&code=code-b-00000000"), tokens("b")),
			entry(6, call("b"), ok), entry(7, call("a"), ok), entry(8, refresh("b"), tokens("c")), entry(9, call("c"), ok),
		}, "1221122122"},
		{"the exchange comes before the callback", []string{
			entry(0, get(authorizeURL("state-a-00000", "")), page), entry(1, exchange("&code=code-a-00000000"), tokens("a")),
			entry(2, get(callback("code-a-00000000", "state-a-00000")), ok),
		}, "111"},
		{"without state, by PKCE", []string{
			entry(0, get(authorizeURL("", pkce)), page), entry(1, get(authorizeURL("", "&code_challenge=other")), page),
			entry(2, exchange("&code=x-0&code_verifier="+verifier), tokens("a")),
		}, "121"},
		{"the code was changed on its way", []string{
			entry(0, get(authorizeURL("state-a-00000", "")), page), entry(1, get(callback("code%2Fa%3D0000000", "state-a-00000")), ok),
			entry(2, exchange("&code=code%252Fa%253D0000000"), answer(400, `{"error":"invalid_grant"}`)),
		}, "111"},
		{"the state was changed on its way", []string{
			entry(0, get(authorizeURL("state%3Da%3D00000", "")), page), entry(1, get(authorizeURL("state-b-00000", "")), page),
			entry(2, get(callback("code-a-00000000", "state%253Da%253D00000")), denied),
		}, "121"},
		{"a callback with the other tab's state", []string{
			entry(0, get(authorizeURL("state-a-00000", "")), setting(sid1, "/login")), entry(1, get("https://id.example.test/login"), page),
			entry(2, get(authorizeURL("state-b-00000", "")), setting(sid2, "/login?2")), entry(3, get("https://id.example.test/login?2", "Cookie", sid2), page),
			entry(4, post("https://id.example.test/consent", "yes=1", "Cookie", sid2), redirect(callback("code-b-00000000", "state-a-00000"))),
			entry(5, get(callback("code-b-00000000", "state-a-00000")), denied),
		}, "112222"},
		{"two tabs with one session, each its own state", []string{
			entry(0, get(authorizeURL("state-a-00000", "")), setting(sid1, "/login")), entry(1, get(authorizeURL("state-b-00000", "")), setting(sid2, "/login?2")),
			entry(2, post("https://id.example.test/consent", "yes=1", "Cookie", sid2), redirect(callback("code-a-00000000", "state-a-00000"))),
			entry(3, get(callback("code-a-00000000", "state-a-00000")), ok),
			entry(4, post("https://id.example.test/consent", "yes=2", "Cookie", sid2), redirect(callback("code-b-00000000", "state-b-00000"))),
			entry(5, get(callback("code-b-00000000", "state-b-00000")), ok),
		}, "122122"},
		{"the app's page before, the provider's between, furniture and strangers out", loginA(), "11101111"},
		{"a client that fetches a token for every call", []string{
			entry(0, post("https://id.example.test/token", "grant_type=client_credentials&client_id=m"), tokens("a")), entry(1, call("a"), ok),
			entry(2, post("https://id.example.test/token", "grant_type=client_credentials&client_id=m"), tokens("b")), entry(3, call("b"), ok),
			entry(4, post("https://id.example.test/token", "grant_type=client_credentials&client_id=other"), tokens("c")), entry(5, call("c"), ok),
		}, "111122"},
		{"a device flow beside a login", []string{
			entry(0, get(authorizeURL("state-a-00000", "")), page),
			entry(1, post("https://id.example.test/device", "client_id=tv"), answer(200, `{"device_code":"device-code-1","user_code":"A"}`)),
			entry(2, post("https://id.example.test/token", "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=tv&device_code=device-code-1"), answer(400, `{"error":"authorization_pending"}`)),
			entry(3, get(callback("code-a-00000000", "state-a-00000")), ok),
			entry(4, post("https://id.example.test/token", "grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=tv&device_code=device-code-1"), tokens("d")),
			entry(5, call("d"), ok),
		}, "122122"},
		{"pushed parameters", []string{
			entry(0, post("https://id.example.test/par", "response_type=code&client_id=app&state=state-a-00000"), answer(201, `{"request_uri":"urn:request:1"}`)),
			entry(1, get("https://id.example.test/authorize?client_id=app&request_uri=urn%3Arequest%3A1"), page),
			entry(2, get(callback("code-a-00000000", "state-a-00000")), ok),
		}, "111"},
		{"the authorization URL came from a call", []string{
			entry(0, get("https://id.example.test/make_url?x=1"), answer(200, `{"data":{"url":"https://id.example.test/authorize?response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fapp.example.test%2Fcb&state=state-a-00000"}}`)),
			entry(1, get(authorizeURL("state-a-00000", "")), page), entry(2, get(callback("code-a-00000000", "state-a-00000")), ok),
		}, "111"},
		{"metadata and keys go with the flow at their server", []string{
			entry(0, get("https://id.example.test/.well-known/openid-configuration"), answer(200, `{"issuer":"https://id.example.test","token_endpoint":"https://id.example.test/token"}`)),
			entry(1, get(authorizeURL("state-a-00000", "")), page), entry(2, get("https://other.test/.well-known/openid-configuration"), answer(404, "")),
			entry(3, get("https://id.example.test/jwks"), answer(200, `{"keys":[]}`)), entry(4, get("https://keys.cdn.test/jwks"), answer(200, `{"keys":[]}`)),
		}, "11213"},
		{"keys at a foreign host", []string{
			entry(0, exchange("&code=code-a-00000000"), tokens("a")), entry(1, get("https://keys.cdn.test/1"), answer(200, `{"keys":[]}`)),
			entry(2, post("https://b.test/token", "grant_type=client_credentials&client_id=b"), tokens("b")), entry(3, get("https://keys.cdn.test/2"), answer(200, `{"keys":[]}`)),
			entry(4, get("https://c.test/.well-known/openid-configuration"), answer(200, `{"issuer":"https://c.test","token_endpoint":"https://c.test/t","jwks_uri":"https://keys.cdn.test/3"}`)),
			entry(5, get("https://keys.cdn.test/3"), answer(200, `{"keys":[]}`)),
		}, "112233"},
		{"a link without state, used, opened again", []string{
			entry(0, get(authorizeURL("", "")), page), entry(1, get(callback("code-a-00000000", "")), ok), entry(2, get(authorizeURL("", "")), page),
		}, "112"},
		{"a link with state, used, opened again", []string{
			entry(0, get(authorizeURL("state-a-00000", "")), page), entry(1, get(callback("code-a-00000000", "state-a-00000")), ok), entry(2, get(authorizeURL("state-a-00000", "")), denied),
		}, "111"},
		{"a state that is used for another login", []string{
			entry(0, get(authorizeURL("static", "&nonce=1")), page), entry(1, get(authorizeURL("static", "&nonce=2"+pkce)), page),
		}, "12"},
		{"calls alone, by their token", []string{
			entry(0, call("a"), ok), entry(1, call("b"), ok), entry(2, call("a"), denied),
		}, "121"},
		{"a refresh token that nobody saw being issued", []string{
			entry(0, refresh("x"), tokens("y")), entry(1, refresh("y"), tokens("z")), entry(2, call("z"), ok),
		}, "111"},
		{"an empty refresh token belongs to the client's flow", []string{
			entry(0, exchange("&code=code-a-00000000"), tokens("a")),
			entry(1, post("https://id.example.test/token", "grant_type=refresh_token&client_id=app&refresh_token="), answer(400, `{"error":"invalid_request"}`)),
		}, "11"},
	} {
		if got := flowsOf(t, c.entries...); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestResembles(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"a b", "a+b", true}, {"a%2Fb", "a/b", true}, {"a%252Fb", "a%2Fb", true}, {"abcdefghijkl", "abcdefghijklmnop", true},
		{"abcdefghijkl#_=_", "abcdefghijkl", true}, {"abc", "abcd", false}, {"", "", false}, {"a", "b", false},
	} {
		if resembles(c.a, c.b) != c.want || resembles(c.b, c.a) != c.want {
			t.Errorf("%q and %q: not %v", c.a, c.b, c.want)
		}
	}
}
