package capture

import (
	"encoding/base64"
	"strings"
	"testing"

	"oauthlens/flows"
)

func onlyRequest(t *testing.T, text string) flows.Request {
	t.Helper()
	r, _ := recognise(t, text)
	steps := r.Trace.Steps()
	if r.Kind != KindCurl || len(steps) != 1 {
		t.Fatalf("%.60q: %s with %d steps", text, r.Kind, len(steps))
	}
	return steps[0].Exchange.Request
}

func TestCurl(t *testing.T) {
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("app:s3cret"))
	for _, c := range []struct {
		name, text        string
		method, url, body string
		headers           []string // "Name: value" that must be there
	}{
		{"plain", "curl https://id.test/x", "GET", "https://id.test/x", "", nil},
		{"data", "curl -X POST https://id.test/token -d grant_type=client_credentials -d 'scope=a b'", "POST", "https://id.test/token",
			"grant_type=client_credentials&scope=a b", []string{"Content-Type: application/x-www-form-urlencoded"}},
		{"glued options", "curl -sSLXPOST -uapp:s3cret -dgrant_type=client_credentials https://id.test/token", "POST", "https://id.test/token",
			"grant_type=client_credentials", []string{"Authorization: " + basic}},
		{"urlencode", `curl https://id.test/token --data-urlencode "redirect_uri=https://app.test/cb?a=1&b=2" --data-urlencode code=a+b/c=`, "POST", "https://id.test/token",
			"redirect_uri=https%3A%2F%2Fapp.test%2Fcb%3Fa%3D1%26b%3D2&code=a%2Bb%2Fc%3D", nil},
		{"get", "curl -G https://id.test/authorize -d response_type=code --data-urlencode 'scope=openid email'", "GET",
			"https://id.test/authorize?response_type=code&scope=openid%20email", "", nil},
		{"continued", "curl \\\n  --request POST \\\n  --url https://id.test/token \\\n  --header 'content-type: application/json' \\\n  --data '{\n  \"grant_type\": \"client_credentials\"\n}'",
			"POST", "https://id.test/token", `{  "grant_type": "client_credentials"}`, []string{"content-type: application/json"}},
		{"raw keeps lines", "curl https://id.test/token --data-raw 'a\nb'", "POST", "https://id.test/token", "a\nb", nil},
		{"json", `curl --json '{"a":1}' https://id.test/x`, "POST", "https://id.test/x", `{"a":1}`, []string{"Content-Type: application/json", "Accept: application/json"}},
		{"bearer", "curl --oauth2-bearer abc https://api.test/me", "GET", "https://api.test/me", "", []string{"Authorization: Bearer abc"}},
		{"equals", "curl --request=PUT --header=X-A:1 https://api.test/me", "PUT", "https://api.test/me", "", []string{"X-A: 1"}},
		{"no scheme", "curl api.test/me", "GET", "http://api.test/me", "", nil},
		{"lost backslashes", "curl https://id.test/token\n  -H 'Accept: application/json'\n  -d 'grant_type=client_credentials'", "POST", "https://id.test/token",
			"grant_type=client_credentials", []string{"Accept: application/json"}},
		{"double quotes", `curl "https://id.test/token" -d "code=a\"b\$c"`, "POST", "https://id.test/token", `code=a"b$c`, nil},
		{"chrome bash", "curl 'https://id.test/token' \\\n  -H 'accept: */*' \\\n  -b 'a=1; b=2' \\\n  -H $'x-note: it\\'s \\u0021' \\\n  --data-raw $'code=a\\'b\\u00e9\\n'",
			"POST", "https://id.test/token", "code=a'bé\n", []string{"x-note: it's !", "Cookie: a=1; b=2"}},
		{"chrome cmd", "curl ^\"https://id.test/token?a=1^&b=2^\" ^\n  -H ^\"accept: */*^\" ^\n  -H ^\"content-type: application/json^\" ^\n  --data-raw ^\"^{^\\^\"code^\\^\":^\\^\"x^%^41^\\^\"^}^\"",
			"POST", "https://id.test/token?a=1&b=2", `{"code":"x%41"}`, []string{"accept: */*"}},
		{"chrome cmd, old", "curl \"https://id.test/token\" ^\n  -H \"accept: */*\" ^\n  --data-raw \"{\\\"a\\\":\\\"b\\\"}\"", "POST", "https://id.test/token", `{"a":"b"}`, []string{"accept: */*"}},
		{"emptied header", "curl -H 'Accept;' https://a.test", "GET", "https://a.test", "", []string{"Accept: "}},
		{"exe", "curl.exe -I https://a.test", "HEAD", "https://a.test", "", nil},
		{"skips values", "curl -o out.json --max-time 5 --cacert ca.pem -w '%{http_code}' --proxy http://p:1 https://a.test", "GET", "https://a.test", "", nil},
		{"dashes of a word processor", "curl –X POST https://id.test/token ––data grant_type=client_credentials", "POST", "https://id.test/token", "grant_type=client_credentials", nil},
		{"piped", "curl -s https://a.test/jwks | jq .keys", "GET", "https://a.test/jwks", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := onlyRequest(t, c.text)
			if q.Method != c.method || q.URL != c.url || string(q.Body) != c.body {
				t.Errorf("got %s %s %q\nwant %s %s %q", q.Method, q.URL, q.Body, c.method, c.url, c.body)
			}
			for _, h := range c.headers {
				name, value, _ := strings.Cut(h, ": ")
				if !q.Headers.Has(name) || q.Headers.Get(name) != value {
					t.Errorf("%s: %q, want %q", name, q.Headers.Get(name), value)
				}
			}
		})
	}
}

func TestCurlMultipart(t *testing.T) {
	q := onlyRequest(t, "curl -F grant_type=client_credentials -F client_id=abc https://id.test/token")
	p, _ := bodyParams(q.Body, q.Headers.Get("Content-Type"))
	if p.get("grant_type") != "client_credentials" || p.get("client_id") != "abc" {
		t.Errorf("fields %v", p)
	}
}

func TestCurlFilesAreNotRead(t *testing.T) {
	for _, text := range []string{"curl -d @/etc/passwd https://a.test/token", "curl --data-urlencode code@/etc/passwd https://a.test/token", "curl -K /etc/passwd https://a.test/token"} {
		r, _ := recognise(t, text)
		if len(r.Losses) != 1 || !strings.Contains(r.Losses[0], "was not read") {
			t.Errorf("%s: losses %q", text, r.Losses)
		}
		if strings.Contains(string(r.Trace.Steps()[0].Exchange.Request.Body), "root:") {
			t.Errorf("%s: read a file", text)
		}
	}
}

func TestSeveralCurls(t *testing.T) {
	r, steps := recognise(t, "curl 'https://id.test/authorize?response_type=code&client_id=a&redirect_uri=https://app.test/cb&state=s123456' ;\ncurl 'https://app.test/cb?code=c0de-1234&state=s123456' ;\n"+
		"curl 'https://id.test/token' --data-raw 'grant_type=authorization_code&code=c0de-1234'\n")
	if steps != "authorize GET, callback GET, exchange POST" || r.Flows() != 1 || r.What != "3 curl commands" {
		t.Errorf("%s: %s in %d flows", r.What, steps, r.Flows())
	}
}

func TestCurlWithOutput(t *testing.T) {
	const command = "curl -s https://id.test/token \\\n  -d 'grant_type=client_credentials'\n"
	for output, status := range map[string]int{
		"{\n  \"error\": \"invalid_client\"\n}\n":                                          0,
		"HTTP/1.1 401 Unauthorized\nContent-Type: application/json\n\n{\"error\":\"x\"}\n": 401,
	} {
		r, steps := recognise(t, "$ "+command+output)
		x := r.Trace.Steps()[0].Exchange
		if steps != "exchange POST" || x.Response == nil || x.Response.Status != status || !strings.Contains(string(x.Response.Body), "error") {
			t.Errorf("%q: %s %+v", output, steps, x.Response)
		}
	}
	r, _ := recognise(t, command+"jq .")
	if r.Trace.Steps()[0].Exchange.Response != nil {
		t.Error("another command was taken for an answer")
	}
}

func TestCommands(t *testing.T) {
	for text, want := range map[string]string{
		`a b`:                       "a|b",
		`a 'b c' "d e"`:             "a|b c|d e",
		`a b\ c`:                    "a|b c",
		"a \\\n b":                  "a|b",
		"a \\  \n b":                "a|b",
		`a $'x\ty\x41\101\u263a\\'`: "a|x\tyAA☺\\",
		`a "b\"c\\d\e"`:             `a|b"c\d\e`,
		`a ''`:                      "a|",
		"a # b\nc":                  "a",
		"a 'open":                   "a|open",
	} {
		list := commands(text)
		if len(list) == 0 || strings.Join(list[0].words, "|") != want {
			t.Errorf("%q: %q, want %q", text, list[0].words, want)
		}
	}
	if list := commands("a 'b"); !list[0].unclosed {
		t.Error("an open quote is not told")
	}
}
