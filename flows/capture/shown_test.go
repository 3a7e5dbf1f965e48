package capture

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// TestWhyItWasTaken: the sentence names what gave the input away, in the words of the input.
func TestWhyItWasTaken(t *testing.T) {
	for text, want := range map[string]string{
		"https://app.test/cb?code=a&state=b&iss=c":                               "a URL with code, state and iss in its query",
		"https://app.test/cb?code=a":                                             "a URL with code in its query",
		"https://app.test/cb#access_token=a&state=b":                             "a URL with access_token and state in its fragment",
		"https://id.test/authorize?client_id=a&scope=b":                          "a URL with client_id and scope",
		"access_token=a&token_type=b&expires_in=1":                               "a form with access_token, token_type and expires_in",
		"code=a&state=b":                                                         "a form with code and state",
		"error=a&error_description=b":                                            "a form with error and error_description",
		"code_verifier=a&code=b":                                                 "a form with code_verifier",
		"response_type=code&client_id=a":                                         "a form with response_type and client_id",
		`cb({"access_token":"a"})`:                                               "a function call around a JSON object with a token at $.access_token",
		`{"data":{"access_token":"abc"}}`:                                        "a JSON object with a token in an envelope, at $.data.access_token",
		`{"errcode":1,"errmsg":"x"}`:                                             "a JSON object with the members errcode and errmsg",
		"POST /token HTTP/1.1\nHost: localhost\n\ngrant_type=password":           "it begins with a request line (RFC 9112)",
		"HTTP/1.1 400 Bad Request\n\n{}":                                         "it begins with a status line (RFC 9112)",
		"curl https://a.test":                                                    "a command that begins with curl",
		jwt[:strings.LastIndexByte(jwt, '.')]:                                    "a JOSE header in front, but 2 parts where a JWT has three",
		"gho_16C7e42F292c6912E7710c838347Ae178B4a":                               "one word of 40 characters in the alphabet of tokens (RFC 6750 b64token), and no JWT",
		"POST https://id.test/token grant_type=client_credentials&client_id=abc": "a method and a URL, with headers or parameters behind on the same line",
	} {
		if r, _ := recognise(t, text); r.Why != want {
			t.Errorf("%.50q: %s, want %s", text, r.Why, want)
		}
	}
}

// TestWhatIsMissing: what a piece of a message lacks is said.
func TestWhatIsMissing(t *testing.T) {
	for text, want := range map[string]string{
		"/cb?code=a&state=b":                   "the scheme and host of the redirect URI are not there",
		"code=a&state=b":                       "the redirect URI that it was sent to is not there",
		"response_type=code&client_id=a":       "the authorization endpoint itself is not there",
		"grant_type=password&username=a":       "the URL that it was sent to is not there",
		`{"grant_type":"x"}`:                   "the URL that it was sent to is not there",
		"grant_type: x\nclient_id: y":          "the URL that it is sent to is not there",
		"POST /token grant_type=x&client_id=y": "the host is not in the sample",
	} {
		if r, _ := recognise(t, text); strings.Join(r.Losses, "; ") != want {
			t.Errorf("%q: %q, want %q", text, r.Losses, want)
		}
	}
	for text, want := range map[string]string{"colour=green&size=large": "a form without parameters of OAuth", "https://www.test/?a=b": "a URL without parameters of OAuth"} {
		if _, err := Read([]byte(text), Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestSizesOfBodies: the number of bytes on the wire where the recorder has it, else of the
// body; and a length that nothing was to be sent for is no promise.
func TestSizesOfBodies(t *testing.T) {
	body := func(response string) *flows.Response {
		return mustRead(t, har(entry(0, get("https://a.test/token"), response))).Trace.Steps()[0].Exchange.Response
	}
	for _, c := range []struct {
		name, response string
		bytes          int64
		problem        string
	}{
		{"of the wire", `{"status":200,"headers":[],"bodySize":7,"content":{"size":9,"text":"abcdefghi"}}`, 7, ""},
		{"not told", `{"status":200,"headers":[],"bodySize":-1,"content":{"size":9,"text":"abc"}}`, 3, ""},
		{"none", `{"status":200,"headers":[],"bodySize":0,"content":{"size":0,"text":""}}`, 0, ""},
		{"not kept", `{"status":200,"headers":[],"bodySize":12,"content":{"size":40}}`, 12, "the recorder did not keep the body of 40 bytes"},
		{"not kept, and nothing of the wire", `{"status":200,"headers":[],"content":{"size":40}}`, 40, "the recorder did not keep the body of 40 bytes"},
		{"cut", `{"status":200,"headers":[{"name":"Content-Length","value":" 9 "}],"content":{"text":"abc"}}`, 3, "cut short: Content-Length says 9 bytes, the recording has 3"},
		{"all of it", `{"status":200,"headers":[{"name":"Content-Length","value":"3"}],"content":{"text":"abc"}}`, 3, ""},
		{"decompressed", `{"status":200,"headers":[{"name":"Content-Length","value":"9"},{"name":"Content-Encoding","value":"br"}],"content":{"text":"abc"}}`, 3, ""},
		{"not modified", `{"status":304,"headers":[{"name":"Content-Length","value":"9"}],"content":{"text":"abc"}}`, 3, ""},
		{"in another alphabet", `{"status":200,"headers":[{"name":"Content-Length","value":"9"}],"content":{"text":"äbc"}}`, 4, ""},
	} {
		if r := body(c.response); r.BodyBytes != c.bytes || r.Problem != c.problem || r.BodyComplete != (c.problem == "") {
			t.Errorf("%s: %d bytes, complete %v, %q", c.name, r.BodyBytes, r.BodyComplete, r.Problem)
		}
	}
	if r := body(`{"status":302,"headers":[{"name":"location","value":"/a"}],"redirectURL":"https://a.test/b"}`); len(r.Headers) != 1 || r.Headers.Get("Location") != "/a" {
		t.Errorf("a redirect that has its header: %v", r.Headers)
	}
	if r := body(`{"status":200,"headers":[],"redirectURL":"https://a.test/b","content":{"mimeType":"x-unknown","text":""}}`); len(r.Headers) != 0 {
		t.Errorf("an answer that is no redirect: %v", r.Headers)
	}
	if r := body(`{"status":204}`); r.Headers == nil {
		t.Error("no headers, and no empty list of them")
	}
}

// TestDocumentsComeBackWhole: what a document of this program tells of an exchange.
func TestDocumentsComeBackWhole(t *testing.T) {
	r, _ := recognise(t, `{"schema":"oauthlens/run@1","steps":[{"step":"exchange","at":"2026-11-20T10:00:00Z","duration_ms":12.5,
		"request":{"method":"POST","url":"https://id.test/token","http_version":"HTTP/1.1","headers":[{"name":"A","value":"b"}],"body":"aGk=","body_encoding":"base64","body_bytes":2},
		"response":{"status":400,"status_text":"Bad Request","http_version":"HTTP/1.1","headers":[{"name":"C","value":"d"}],"body":"{}","body_encoding":"text","body_bytes":2,"body_complete":true},
		"timings_ms":{"dns":1,"connect":2,"tls":3,"wait":4,"receive":5.5},"error":null}],"findings":[]}`)
	x := r.Trace.Steps()[0].Exchange
	if x.Request.Method != "POST" || string(x.Request.Body) != "hi" || heads(x.Request.Headers) != "A: b" || x.Response.Status != 400 || x.Response.StatusText != "Bad Request" ||
		heads(x.Response.Headers) != "C: d" || string(x.Response.Body) != "{}" || !x.Response.BodyComplete || x.Duration() != 12500*time.Microsecond {
		t.Errorf("%+v %+v %v", x.Request, x.Response, x.Duration())
	}
	want := flows.Timings{DNS: time.Millisecond, Connect: 2 * time.Millisecond, TLS: 3 * time.Millisecond, Wait: 4 * time.Millisecond, Receive: 5500 * time.Microsecond}
	if x.Timings == nil || *x.Timings != want {
		t.Errorf("timings %+v", x.Timings)
	}
}

// TestTheEdgesOfAPaste: fences, prompts and quotes that belong to it, and those that do not.
func TestTheEdgesOfAPaste(t *testing.T) {
	const command, url = "curl https://id.test/token -d grant_type=client_credentials", "https://app.test/cb?code=a&state=b"
	for _, text := range []string{"~~~\n" + command + "\n~~~", "```sh\n" + command + "\n```\n", "% " + command, "# " + command, "> " + command, "`" + command + "`"} {
		if r, steps := recognise(t, text); r.Kind != KindCurl || steps != "exchange POST" || len(r.Losses) > 0 {
			t.Errorf("%q: %s with %s %q", text, r.Kind, steps, r.Losses)
		}
	}
	for text, want := range map[string]string{"(" + url + ")": url, "<" + url + ">": url, "'" + url + "'": url, url + "'x": url + "'x", url + ".": url} {
		if r, _ := recognise(t, text); r.Trace.Steps()[0].Exchange.Request.URL != want {
			t.Errorf("%s: %s", text, r.Trace.Steps()[0].Exchange.Request.URL)
		}
	}
	page := `<form method='post' data-x="a>b" action="https://app.test/cb"><input name="code" title='>' value="x"><input name=state value=y></form>`
	r, _ := recognise(t, page)
	checkRequest(t, r.Trace.Steps()[0].Exchange.Request, "POST", "https://app.test/cb", "code=x&state=y", "")
}

// TestTokenEndpointsByTheirPath: the spellings of providers, when nothing but client
// authentication tells what is asked for.
func TestTokenEndpointsByTheirPath(t *testing.T) {
	for path, want := range map[string]flows.StepKind{
		"/token": flows.StepExchange, "/oauth/tokens": flows.StepExchange, "/oauth/access_token": flows.StepExchange, "/oauth.v2.access": flows.StepExchange, "/api/oauth.access": flows.StepExchange,
		"/sns/oauth2/accessToken": flows.StepExchange, "/auth/gettoken": flows.StepExchange, "/tenant_access_token": flows.StepExchange, "/token/bearer": flows.StepExchange, "/token/": flows.StepExchange,
		"/bearer": flows.StepCall, "/tokeninfo": flows.StepCall, "/orders": flows.StepCall,
	} {
		r := mustRead(t, har(entry(0, post("https://id.test"+path, "scope=a", "Authorization", "Basic YTpi", "Content-Type", "application/x-www-form-urlencoded"), answer(401, "{}"))))
		if got := r.Trace.Steps()[0].Kind; got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// TestFurnitureIsNoStep: what a page is made of is part of no flow, by its name or by what
// the browser asked for.
func TestFurnitureIsNoStep(t *testing.T) {
	for _, ext := range []string{"js", "css", "png", "jpg", "jpeg", "gif", "svg", "ico", "woff", "woff2", "ttf", "map", "mp4", "webp", "avif", "webmanifest", "PNG"} {
		r := mustRead(t, har(entry(0, get("https://app.test/oauth/callback/x."+ext+"?code=a&state=b"), answer(200, ""))))
		if got := r.Trace.Steps()[0].Kind; got != flows.StepOther {
			t.Errorf(".%s is %s", ext, got)
		}
	}
	for dest, want := range map[string]flows.StepKind{"image": flows.StepOther, "style": flows.StepOther, "worker": flows.StepOther, "document": flows.StepCallback, "iframe": flows.StepCallback, "frame": flows.StepCallback, "": flows.StepCallback, "empty": flows.StepOther} {
		r := mustRead(t, har(entry(0, get("https://app.test/cb?code=a&state=b", "Sec-Fetch-Dest", dest), answer(200, ""))))
		if got := r.Trace.Steps()[0].Kind; got != want {
			t.Errorf("asked for as %q: %s, want %s", dest, got, want)
		}
	}
}

// TestFailuresAreKnownWords: every sign is found where a remark is that sign alone, and
// leads to words that the diagnosis knows.
func TestFailuresAreKnownWords(t *testing.T) {
	kinds := map[flows.ErrorKind]bool{flows.ErrorDNS: true, flows.ErrorConnect: true, flows.ErrorTLS: true, flows.ErrorProxy: true, flows.ErrorTimeout: true, flows.ErrorReset: true, flows.ErrorProtocol: true, flows.ErrorCancelled: true}
	for _, s := range failureSigns {
		f := failureOf("before " + strings.ToUpper(s.sign) + " behind")
		if !kinds[f.Kind] || f.Message == "" || f.Stage == "" {
			t.Errorf("%s: %+v", s.sign, f)
		}
		if f.Kind != s.kind { // a more general sign may stand before it only by mistake
			t.Errorf("%s: %s, want %s", s.sign, f.Kind, s.kind)
		}
		if s.sign != strings.ToLower(s.sign) {
			t.Errorf("%s is never found", s.sign)
		}
	}
}

// TestDingTalk: a code by another name ties the callback to its exchange.
func TestDingTalk(t *testing.T) {
	const authorize = "https://login.dingtalk.test/oauth2/auth?response_type=code&client_id=%s&redirect_uri=https%%3A%%2F%%2Fapp.test%%2Fcb&state=%s"
	at := func(id, state string) string {
		return strings.Replace(strings.Replace(strings.ReplaceAll(authorize, "%%", "%"), "%s", id, 1), "%s", state, 1)
	}
	r := mustRead(t, har(
		entry(0, get(at("one", "state-of-one-1")), answer(200, "<html>")),
		entry(1, get(at("one", "state-of-two-2")), answer(200, "<html>")),
		entry(2, get("https://app.test/cb?authCode=code-of-two-222&state=state-of-two-2"), answer(200, "ok")),
		entry(3, get("https://app.test/cb?authCode=code-of-one-111&state=state-of-one-1"), answer(200, "ok")),
		entry(4, post("https://api.dingtalk.test/v1.0/oauth2/userAccessToken", `{"clientId":"one","clientSecret":"s","code":"code-of-one-111","grantType":"authorization_code"}`, "Content-Type", "application/json"), answer(200, `{"accessToken":"access-of-one-0123456789"}`)),
		entry(5, post("https://api.dingtalk.test/v1.0/oauth2/userAccessToken", `{"clientId":"one","clientSecret":"s","code":"code-of-two-222","grantType":"authorization_code"}`, "Content-Type", "application/json"), answer(200, `{"accessToken":"access-of-two-0123456789"}`)),
	))
	if got := shape(r); got != "1:authorize 2:authorize 2:callback 1:callback 1:exchange 2:exchange" {
		t.Errorf("%s", got)
	}
}
