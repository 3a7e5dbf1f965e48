package diagnose

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

func TestReadForm(t *testing.T) {
	const text = "a=1&b=x+y%2Bz&c&d=%zz&=e&&a=2"
	p := readForm(text, 10, "url")
	want := []struct {
		name, value string
		bare        bool
	}{{"a", "1", false}, {"b", "x y+z", false}, {"c", "", true}, {"d", "%zz", false}, {"", "e", false}, {"a", "2", false}}
	if len(p) != len(want) {
		t.Fatalf("%d parameters, want %d", len(p), len(want))
	}
	for i, w := range want {
		if p[i].Name != w.name || p[i].Value != w.value || p[i].Bare != w.bare {
			t.Errorf("%d: %+v, want %+v", i, p[i], w)
		}
		if !p[i].Bare && text[p[i].Start-10:p[i].End-10] != p[i].Raw {
			t.Errorf("%d: offsets %d..%d do not point at %q", i, p[i].Start, p[i].End, p[i].Raw)
		}
	}
	if p.get("b") != "x y+z" || p.has("z") {
		t.Error("find, get or all is wrong")
	}
}

func TestReadTarget(t *testing.T) {
	tests := []struct{ raw, scheme, host, port, path, query, fragment string }{
		{"https://ID.blue.test:8443/a/b?x=1#f=2", "https", "id.blue.test", "8443", "/a/b", "x=1", "f=2"},
		{"http://[::1]:80/cb", "http", "[::1]", "80", "/cb", "", ""},
		{"http://u:p@h.test?q", "http", "h.test", "", "", "q", ""},
		{"com.example.app:/cb?code=1", "com.example.app", "", "", "/cb", "code=1", ""},
		{"/cb", "", "", "", "/cb", "", ""},
		{"", "", "", "", "", "", ""},
	}
	for _, x := range tests {
		g := readTarget(x.raw)
		if g.scheme != x.scheme || g.host != x.host || g.port != x.port || g.path != x.path || g.query != x.query || g.fragment != x.fragment {
			t.Errorf("%q: %+v", x.raw, g)
		}
		if x.query != "" && !strings.HasPrefix(x.raw[g.queryAt:], x.query) {
			t.Errorf("%q: the query is not at %d", x.raw, g.queryAt)
		}
	}
	if !samePlace(readTarget("https://a.test/x/"), readTarget("https://a.test:443/x")) || samePlace(readTarget("http://a.test/x"), readTarget("https://a.test/x")) {
		t.Error("samePlace is wrong")
	}
}

func TestRedirectDefect(t *testing.T) {
	good := []string{"https://a.test/cb", "http://localhost/cb", "http://127.0.0.1:1/cb", "http://[::1]:9/cb", "com.example.app:/cb", "https://a.test/cb?x=%20"}
	bad := []string{"http://a.test/cb", "https://a.test/cb#x", "https://*.a.test/cb", "/cb", "cb", "https://a.test/c b", "https:///cb"}
	for _, uri := range good {
		if d := redirectDefect(uri); d != "" {
			t.Errorf("%s: %s", uri, d)
		}
	}
	for _, uri := range bad {
		if redirectDefect(uri) == "" {
			t.Errorf("%s has no defect", uri)
		}
	}
}

func TestEdgeSpaceAndPlaceholders(t *testing.T) {
	for v, want := range map[string]string{"a ": "end", " a": "beginning", "a\n": "end", "a\u00a0": "end", "\ufeffa": "beginning", "a\u200b": "end", "a b": "", "": "", "abc": ""} {
		if where, _ := edgeSpace(v); where != want {
			t.Errorf("%q: %q, want %q", v, where, want)
		}
	}
	for _, v := range []string{"", "${X}", "$SECRET", "{{ x }}", "%SECRET%", `"abc"`, "'abc'", "<secret>", "undefined", "null", "changeme", "YOUR_CLIENT_SECRET", "xxxxxxxx", "process.env.SECRET", "{CLIENT_ID}"} {
		if why, _ := placeholder(v); why == "" {
			t.Errorf("%q is taken for a value", v)
		}
	}
	for _, v := range []string{"s3cr3t", "$2b$10$abcdefghij.", "a${b}c", "GOCSPX-abc", "0oa1b2c3", "{\"a\":1}", "p%41ss", "$ecret word"} {
		if why, _ := placeholder(v); why != "" {
			t.Errorf("%q: %s", v, why)
		}
	}
}

func TestStateChange(t *testing.T) {
	tests := []struct{ sent, got, want string }{
		{"a=b&c", "a%3Db%26c", "encoded once more"}, {"a%3Db", "a=b", "decoded once more"}, {"a+b", "a b", "became a blank"}, {"a b", "a+b", "became a plus"},
		{"abcdefghij", "abcde", "cut off"}, {"abcdefgh", "abcdefgh#_=_", "appended"}, {"AbCd", "abcd", "case"}, {"a&b=1", "a&amp;b=1", "HTML"}, {"ab-_cd==", "ab+/cd==", "alphabet"},
		{"abcd", "abcd", ""}, {"abcdefgh", "zyxwvuts", ""},
	}
	for _, x := range tests {
		if got := stateChange(x.sent, x.got); x.want == "" && got != "" || !strings.Contains(got, x.want) {
			t.Errorf("%q to %q: %q, want %q", x.sent, x.got, got, x.want)
		}
	}
}

func TestWeakState(t *testing.T) {
	at := sceneStart
	for _, s := range []string{"abc", "state", "12345678", "1794218400", "aaaaaaaaaaaaaaaaaaaaaaaa", "/home/settings", "https://app.red.test/after", base64.RawURLEncoding.EncodeToString([]byte(`{"next":"/home"}`))} {
		if weakState(s, at) == "" {
			t.Errorf("%q counts as strong", s)
		}
	}
	for _, s := range []string{"Zk3fQ1hT7vLw9sXr2mNp", "5e72d4dcb8dfcef0f462cd20945b7e3b", "b9b2f0f8-6f57-4f9a-8a53-3a2f0d9b5c11", "af0ifjsldkj42x", "r=/home?x=1&k=XJZe3pg9EyR4tl4AaFKyKh", base64.RawURLEncoding.EncodeToString([]byte(`{"n":"Zk3fQ1hT7vLw9sXr2mNp","next":"/home"}`))} {
		if why := weakState(s, at); why != "" {
			t.Errorf("%q: %s", s, why)
		}
	}
}

func TestRelateCode(t *testing.T) {
	form := func(raw string) *param { return &readForm("code="+raw, 0, "request body")[0] }
	json := func(v string) *param {
		return &param{Name: "code", Value: v, Raw: `"` + v + `"`, Where: "request body", JSON: true}
	}
	tests := []struct {
		got, sent *param
		want      string
	}{
		{form("abc%2Fdef"), form("abc%2Fdef"), "equal"}, {form("abc%2Fdef"), form("abc/def"), "equal"}, {form("ab+cd"), json("ab cd"), "code-plus-lost"},
		{form("ab+cd"), json("ab+cd"), "equal"}, {form("ab%2Bcd"), form("ab+cd"), "form-body-not-encoded"}, {form("ab%2Bcd"), json("ab cd"), "code-plus-lost"},
		{form("abc%2Fdef"), form("abc%252Fdef"), "code-altered"}, {form("abcdefgh"), form("abcdef"), "code-altered"}, {form("abcdefgh"), form("abcdefgh%23_%3D_"), "code-altered"},
		{form("abcdef%26ghi"), form("abcdef"), "form-body-not-encoded"}, {form("abcdefgh"), form("ABCDEFGH"), "code-altered"}, {form("abcdefgh"), form("zzzzzzzz"), "other"},
	}
	for _, x := range tests {
		if r := relateCode(x.got, x.sent); r.code != x.want {
			t.Errorf("%q and %q: %+v, want %s", x.got.Raw, x.sent.Raw, r, x.want)
		}
	}
}

func TestPKCEForms(t *testing.T) {
	sum, _ := base64.RawURLEncoding.DecodeString(s256(verifier))
	for _, c := range []string{base64.StdEncoding.EncodeToString(sum), base64.URLEncoding.EncodeToString(sum), base64.RawURLEncoding.EncodeToString([]byte(verifier))} {
		if otherChallenge(c, verifier) == "" {
			t.Errorf("%s is not recognised", c)
		}
	}
	if otherChallenge(s256("another"), verifier) != "" {
		t.Error("a foreign challenge is taken for another encoding")
	}
	// RFC 7636 appendix B
	if s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") != "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" {
		t.Error("the example of RFC 7636 does not hold")
	}
	for v, ok := range map[string]bool{verifier: true, "short": false, strings.Repeat("a", 129): false, strings.Repeat("a", 128): true, strings.Repeat("a", 42) + "+": false} {
		if (verifierDefect(v) == "") != ok {
			t.Errorf("%d characters: %s", len(v), verifierDefect(v))
		}
	}
}

func TestBasicDefect(t *testing.T) {
	read := func(text string) authHeader {
		return readAuthHeader(flows.Headers{{Name: "authorization", Value: text}}, nil)
	}
	enc := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	for text, bad := range map[string]bool{enc("id:secret"): false, enc("id:a%2Fb%3A"): false, enc("id:a-b_c.d~e"): false, enc("id:a:b"): true, enc("id:a/b"): true, enc("id:100%"): true,
		enc("idsecret"): true, "Basic YTpiYw": true, "Basic id:secret": true, "Basic ****": true} {
		if d, _ := basicDefect(read(text)); (d != "") != bad {
			t.Errorf("%s: %q", text, d)
		}
	}
}

func TestHosts(t *testing.T) {
	for host, want := range map[string]bool{"auth.example.com": true, "your-domain.auth0.com": true, "${projectdomain}": true, "auth-api-primary.dev.trulioo.com": false, "app.ledgerly.test": false, "example.test": false,
		"auth-api.trulioo.com": false, "notexample.com": false, "[::1]": false, "": false} {
		if isSampleHost(host, nil) != want {
			t.Errorf("%s: %v", host, !want)
		}
	}
	for host, want := range map[string]bool{"auth-api-primary.dev.trulioo.com": true, "auth-api.trulioo.com": false} {
		if isSampleHost(host, []string{"auth-api-primary.dev.trulioo.com"}) != want {
			t.Errorf("%s, of a profile: %v", host, !want)
		}
	}
	c := &Case{}
	for host, want := range map[string]string{"a.customers.stytch.dev": "Stytch/test", "app.trusspayments.com": "Stytch/live", "app.staging.trusspayments.com": "Stytch/test", "auth.truelayer-sandbox.com": "TrueLayer/sandbox",
		"api-m.sandbox.paypal.com": "PayPal/sandbox", "api-m.paypal.com": "PayPal/live", "id.sandbox.blue.test": "blue.test/sandbox", "id.blue.test": "blue.test/production", "sandbox-id.blue.test": "blue.test/sandbox"} {
		w := c.worldOf(host)
		if w == nil || w.family+"/"+w.env != want {
			t.Errorf("%s: %+v, want %s", host, w, want)
		}
	}
	if factFor("x.google.com") == nil || factFor("notgoogle.com") != nil {
		t.Error("hosts are not matched at a dot")
	}
}

func TestZoneOffset(t *testing.T) {
	for d, want := range map[time.Duration]bool{time.Hour: true, -5*time.Hour - 30*time.Minute: true, 45*time.Minute + 40*time.Second: true, 4 * time.Minute: false, 10 * time.Minute: false, 30 * time.Second: false, 61*time.Minute + 30*time.Second: false} {
		if _, zone := zoneOffset(d); zone != want {
			t.Errorf("%v: %v", d, zone)
		}
	}
}

func TestHeaderDefect(t *testing.T) {
	for raw, bad := range map[string]bool{"Bearer abc.def": false, "DPoP abc": false, "Bearer Bearer abc": true, `Bearer "abc"`: true, "Bearer": true, "Bearer ": true, "": true, "Bearerabcdefgh": true, "Bearer: abc": true, "Bearer abc\ndef": true,
		"Bearer undefined": true, "Bearer abc def": true, "bearer ${TOKEN}": true, "Zoho-oauthtoken abc": false, "token abc": false, "Basic YTpi": false} {
		if d := headerDefect(readAuthHeader(flows.Headers{{Name: "Authorization", Value: raw}}, nil), false); (d != "") != bad {
			t.Errorf("%q: %q", raw, d)
		}
	}
}

func TestFaultsOfDialects(t *testing.T) {
	tests := []struct {
		status      int
		body, canon string
	}{
		{400, `{"error":"invalid_grant"}`, "invalid_grant"}, {200, `{"error":"bad_verification_code"}`, "invalid_grant"}, {200, `{"ok":false,"error":"missing_scope"}`, "insufficient_scope"},
		{200, `{"errcode":40029,"errmsg":"invalid code"}`, "invalid_grant"}, {200, `{"errcode":0,"access_token":"x"}`, "-"}, {200, `{"code":0,"message":"success","data":{}}`, "-"}, {200, `{"code":10012,"message":"invalid authorization code"}`, ""},
		{400, `{"errors":[{"errorType":"invalid_grant","message":"x"}],"success":false}`, "invalid_grant"}, {403, `{"error":{"code":403,"status":"PERMISSION_DENIED","message":"no"}}`, ""}, {400, `{"status":"BAD_REFRESH_TOKEN","message":"x"}`, "invalid_grant"},
		{200, `error=incorrect_client_credentials&error_description=x`, "invalid_client"}, {200, `access_token=x&scope=`, "-"}, {200, `callback( {"error":100009,"error_description":"client secret is illegal"} );`, ""}, {200, `{"access_token":"x","error":""}`, "-"},
	}
	for _, x := range tests {
		r := &flows.Response{Status: x.status, Body: []byte(x.body)}
		f := readFault(readAnswer(r), x.status)
		got := "-"
		if f != nil {
			got = f.canon
		}
		if got != x.canon {
			t.Errorf("%s: %q, want %q", x.body, got, x.canon)
		}
	}
}

// TestLoopback: a name that begins like an address of this machine is none.
func TestLoopback(t *testing.T) {
	for url, want := range map[string]bool{"http://127.0.0.1:80/": true, "http://127.8.9.1/": true, "http://localhost./": true, "http://id.localhost/": true, "http://[::1]:1/": true,
		"http://[::1%25lo]/": true, "http://[::ffff:127.0.0.1]/": true, "http://127.evil.test/": false, "http://127.0.0.1.evil.test/": false, "http://localhost.evil.test/": false, "http://0.0.0.0/": false, "http://[::2]/": false} {
		if got := readTarget(url).loopback(); got != want {
			t.Errorf("%s: %v", url, got)
		}
	}
}
