package capture

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

//go:embed testdata/*.har
var recordings embed.FS

// entry writes a HAR entry; at is seconds after noon.
func entry(at float64, request, response string) string {
	t := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC).Add(time.Duration(at * float64(time.Second)))
	return fmt.Sprintf(`{"startedDateTime":%q,"time":40,"request":%s,"response":%s,"timings":{"dns":1,"connect":9,"ssl":5,"send":0,"wait":20,"receive":5},"serverIPAddress":"192.0.2.7"}`,
		t.Format(time.RFC3339Nano), request, response)
}

func get(url string, headers ...string) string { return request("GET", url, "", headers...) }

func post(url, body string, headers ...string) string {
	return request("POST", url, body, append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...)
}

func request(method, url, body string, headers ...string) string {
	s := fmt.Sprintf(`{"method":%q,"url":%q,"httpVersion":"HTTP/1.1","headers":[`, method, url)
	for i := 0; i+1 < len(headers); i += 2 {
		if i > 0 {
			s += ","
		}
		s += fmt.Sprintf(`{"name":%q,"value":%q}`, headers[i], headers[i+1])
	}
	s += "]"
	if body != "" {
		s += fmt.Sprintf(`,"postData":{"mimeType":"x","text":%q}`, body)
	}
	return s + "}"
}

func answer(status int, body string, headers ...string) string {
	s := fmt.Sprintf(`{"status":%d,"statusText":"","httpVersion":"h2","headers":[`, status)
	for i := 0; i+1 < len(headers); i += 2 {
		if i > 0 {
			s += ","
		}
		s += fmt.Sprintf(`{"name":%q,"value":%q}`, headers[i], headers[i+1])
	}
	return s + fmt.Sprintf(`],"content":{"size":%d,"mimeType":"text/html","text":%q}}`, len(body), body)
}

func redirect(to string) string { return answer(302, "", "Location", to) }

func har(entries ...string) string {
	return `{"log":{"version":"1.2","creator":{"name":"Recorder","version":"1"},"entries":[` + strings.Join(entries, ",\n") + `]}}`
}

func mustRead(t *testing.T, text string) Result {
	t.Helper()
	r, err := Read([]byte(text), Options{Now: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return r
}

// shape writes the steps as "flow:step" in order.
func shape(r Result) string {
	var out []string
	for _, s := range r.Trace.Steps() {
		out = append(out, fmt.Sprintf("%d:%s", s.Flow, s.Kind))
	}
	return strings.Join(out, " ")
}

const authorizeA = "https://id.example.test/authorize?response_type=code&client_id=app&redirect_uri=https%3A%2F%2Fapp.example.test%2Fcb&scope=openid&state=state-of-a-000000"

func loginA() []string {
	return []string{
		entry(0, get("https://app.example.test/start"), redirect(authorizeA)),
		entry(1, get(authorizeA), redirect("/login?session=1")),
		entry(2, get("https://id.example.test/login?session=1"), answer(200, "<html>")),
		entry(3, get("https://cdn.example.test/app.css"), answer(200, "body{}")),
		entry(9, post("https://id.example.test/login", "user=u&password=p"), redirect("https://app.example.test/cb?code=code-of-a-000000&state=state-of-a-000000")),
		entry(10, get("https://app.example.test/cb?code=code-of-a-000000&state=state-of-a-000000"), answer(200, "ok")),
		entry(11, post("https://id.example.test/token", "grant_type=authorization_code&code=code-of-a-000000&redirect_uri=https%3A%2F%2Fapp.example.test%2Fcb&client_id=app"),
			answer(200, `{"access_token":"access-of-a-000000000000","refresh_token":"refresh-of-a-0000000","token_type":"Bearer"}`)),
		entry(12, get("https://api.example.test/v1/me", "Authorization", "Bearer access-of-a-000000000000"), answer(200, `{"id":1}`)),
	}
}

const shapeA = "1:other 1:authorize 1:other 0:other 1:other 1:callback 1:exchange 1:call"

func TestHAROrders(t *testing.T) {
	forward := loginA()
	var backward []string
	for _, e := range forward {
		backward = append([]string{e}, backward...)
	}
	completed := append([]string{forward[2], forward[0], forward[1]}, forward[3:]...)
	for name, entries := range map[string][]string{"by start": forward, "newest first": backward, "by completion": completed} {
		r := mustRead(t, har(entries...))
		if got := shape(r); got != shapeA {
			t.Errorf("%s:\n got %s\nwant %s", name, got, shapeA)
		}
		if r.What != "HAR 1.2 by Recorder 1" || r.Kind != KindHAR {
			t.Errorf("%s: %s %s", name, r.Kind, r.What)
		}
	}
}

func TestHARTimeComesFromTheFile(t *testing.T) {
	r := mustRead(t, har(loginA()...))
	if at := r.Trace.StartedAt(); !at.Equal(time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("starts at %v", at)
	}
	x := r.Trace.Steps()[1].Exchange
	if x.Duration() != 40*time.Millisecond || x.Timings.Connect != 4*time.Millisecond || x.Timings.TLS != 5*time.Millisecond || x.Remote != "192.0.2.7" {
		t.Errorf("timings %+v %v %s", x.Timings, x.Duration(), x.Remote)
	}
}

func TestHAREncodings(t *testing.T) {
	text := har(loginA()...)
	wide := []byte{0xff, 0xfe}
	for _, c := range []byte(text) {
		wide = append(wide, c, 0)
	}
	for name, data := range map[string]string{
		"byte-order mark": "\xef\xbb\xbf" + text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "UTF-16": string(wide),
		"blanks in front": "\n\t " + text, "comment first": strings.Replace(text, `{"log"`, `{"comment":"x","log"`, 1),
		"log behind much": strings.Replace(text, `{"log"`, `{"comment":"`+strings.Repeat("x", 70_000)+`","log"`, 1),
	} {
		if got := shape(mustRead(t, data)); got != shapeA {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestHARBodies(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(`{"a":1}`))
	z.Close()
	gz := base64.StdEncoding.EncodeToString(packed.Bytes())
	unpack := func(text string) string {
		return `{"status":200,"headers":[{"name":"Content-Encoding","value":"gzip"}],"content":{"size":2,"text":"` + text + `","encoding":"base64"}}`
	}
	content := func(s string) string { return `{"status":200,"headers":[],"content":` + s + `}` }
	for _, c := range []struct {
		name, request, response, sent, body, problem string
		complete                                     bool
	}{
		{"text", post("https://a.test/token", "a=b"), answer(200, "hi"), "a=b", "hi", "", true},
		{"base64", get("https://a.test/token"), content(`{"size":2,"mimeType":"x","text":"aGk=","encoding":"base64"}`), "", "hi", "", true},
		{"base64 that is none", get("https://a.test/token"), content(`{"size":2,"mimeType":"x","text":"#","encoding":"base64"}`), "", "#", "says base64", false},
		{"not kept", get("https://a.test/token"), content(`{"size":200,"mimeType":"x"}`), "", "", "did not keep", false},
		{"cut short", get("https://a.test/token"), answer(200, "abc", "Content-Length", "10"), "", "abc", "Content-Length says 10 bytes, the recording has 3", false},
		{"compressed and told so", get("https://a.test/token"), unpack(gz), "", `{"a":1}`, "", true},
		{"compressed and cut", get("https://a.test/token"), unpack(gz[:len(gz)/2/4*4]), "", string(packed.Bytes()[:len(gz)/2/4*3]), "could not be undone", false},
		{"compressed and not told so", get("https://a.test/token"), content(`{"size":2,"text":"` + gz + `","encoding":"base64"}`), "", packed.String(), "", true},
		{"params, decoded", `{"method":"POST","url":"https://a.test/token","headers":[],"postData":{"mimeType":"x","params":[{"name":"grant_type","value":"a b"},{"name":"redirect_uri","value":"https://a.test/?x=%41"}]}}`,
			answer(200, "hi"), "grant_type=a+b&redirect_uri=https%3A%2F%2Fa.test%2F%3Fx%3D%2541", "hi", "", true},
		{"params, raw", `{"method":"POST","url":"https://a.test/token","headers":[],"postData":{"mimeType":"x","params":[{"name":"grant_type","value":"code"},{"name":"redirect_uri","value":"https%3A%2F%2Fa.test"}]}}`,
			answer(200, "hi"), "grant_type=code&redirect_uri=https%3A%2F%2Fa.test", "hi", "", true},
		{"furniture", get("https://a.test/x.js"), content(`{"size":1000,"mimeType":"text/javascript","text":"` + strings.Repeat("x", 1000) + `"}`), "", "", "left out", false},
	} {
		x := mustRead(t, har(entry(0, c.request, c.response))).Trace.Steps()[0].Exchange
		if string(x.Request.Body) != c.sent {
			t.Errorf("%s: sent %q, want %q", c.name, x.Request.Body, c.sent)
		}
		r := x.Response
		if string(r.Body) != c.body || r.BodyComplete != c.complete || !strings.Contains(r.Problem, c.problem) || (c.problem == "") != (r.Problem == "") {
			t.Errorf("%s: body %q complete %v problem %q", c.name, r.Body, r.BodyComplete, r.Problem)
		}
	}
}

func TestHARWithoutAnswer(t *testing.T) {
	for response, want := range map[string]string{
		`{"status":0,"statusText":"","headers":[],"content":{"size":0},"_error":"net::ERR_NAME_NOT_RESOLVED"}`: "dns/not-found",
		`null`: "cancelled/unknown",
		`{"status":0,"comment":"connection reset by peer","content":{}}`:                   "reset/reset",
		`{"status":200,"headers":[],"_error":"net::ERR_BLOCKED_BY_RESPONSE","content":{}}`: "cancelled/blocked-by-response",
	} {
		x := mustRead(t, har(entry(0, get("https://a.test/token"), response))).Trace.Steps()[0].Exchange
		if got := string(x.Error.Kind) + "/" + x.Error.Reason; got != want {
			t.Errorf("%s: %s, want %s", response, got, want)
		}
		if (x.Response != nil) != strings.Contains(response, "200") {
			t.Errorf("%s: response %v", response, x.Response)
		}
	}
}

func TestHARLosses(t *testing.T) {
	var browser []string
	for i := range 25 {
		browser = append(browser, entry(float64(i), get("https://shop.test/", "Sec-Fetch-Mode", "navigate"), answer(200, "")))
	}
	undated := strings.Replace(har(loginA()...), `"startedDateTime":"2026-11-02T12:00:02Z"`, `"startedDateTime":"yesterday"`, 1)
	for text, want := range map[string]string{
		har(browser...):                     "export the HAR with sensitive data",
		undated:                             "1 entry has no readable startedDateTime",
		har(`{"request":{},"response":{}}`): "1 entry has no URL",
		har(loginA()...)[:len(har(loginA()...))-30]: "ends in the middle",
	} {
		r := mustRead(t, text)
		if !strings.Contains(strings.Join(r.Losses, "; "), want) {
			t.Errorf("losses %q, want %q", r.Losses, want)
		}
	}
	if got := shape(mustRead(t, undated)); got != shapeA {
		t.Errorf("an undated entry moved: %s", got)
	}
	if r := mustRead(t, har(browser...)); !strings.Contains(r.Why, "none of which looks like OAuth") || r.Flows() != 0 {
		t.Errorf("%s", r.Why)
	}
}

func TestParseTime(t *testing.T) {
	want := time.Date(2026, 11, 2, 12, 0, 0, 500e6, time.UTC)
	for _, s := range []string{"2026-11-02T12:00:00.5Z", "2026-11-02T13:00:00.500+01:00", "2026-11-02T13:00:00.500+0100", "2026-11-02 12:00:00.5", "1793620800500", "1793620800.5", "2026-11-02T12:00:00.500"} {
		if got, ok := parseTime(s); !ok || !got.Equal(want) {
			t.Errorf("%s: %v", s, got)
		}
	}
	for _, s := range []string{"", "yesterday", "0", "1e300", "-5"} {
		if got, ok := parseTime(s); ok {
			t.Errorf("%s: %v", s, got)
		}
	}
}

func TestHARBroken(t *testing.T) {
	text := har(loginA()...)
	at := strings.Index(text, `"https://cdn`)
	broken := text[:at] + "?" + text[at:]
	_, err := Read([]byte(broken), Options{})
	var b *BrokenJSON
	if !errors.As(err, &b) {
		t.Fatalf("got %v", err)
	}
	line := 1 + strings.Count(broken[:at], "\n")
	if b.Offset != int64(at) || b.Line != line || b.Column != at-strings.LastIndexByte(broken[:at], '\n') {
		t.Errorf("broken at %d line %d: got %+v", at, line, b)
	}
}

func TestHARTruncated(t *testing.T) {
	text := har(loginA()...)
	for cut := 60; cut < len(text); cut += 7 {
		r, err := Read([]byte(text[:cut]), Options{})
		if err != nil {
			if cut > 200 { // else there is no entry
				t.Fatalf("cut at %d: %v", cut, err)
			}
			continue
		}
		if len(r.Losses) == 0 {
			t.Fatalf("cut at %d: no loss is said", cut)
		}
	}
	half := text[:strings.Index(text, `"access_token`)]
	half = half[:strings.LastIndex(half, `"status"`)+12]
	if got := shape(mustRead(t, half)); got != "1:other 1:authorize 1:other 0:other 1:other 1:callback 1:exchange" {
		t.Errorf("half a recording: %s", got)
	}
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		remark string
		kind   flows.ErrorKind
		reason string
	}{
		{"net::ERR_NAME_NOT_RESOLVED", flows.ErrorDNS, "not-found"},
		{"[Errno -2] Name or service not known: api.reset.test", flows.ErrorDNS, "not-found"},
		{"dial tcp: lookup api.test: no such host", flows.ErrorDNS, "not-found"},
		{"net::ERR_CONNECTION_REFUSED", flows.ErrorConnect, "refused"},
		{"connect ECONNREFUSED 127.0.0.1:3000", flows.ErrorConnect, "refused"},
		{"NS_ERROR_CONNECTION_REFUSED", flows.ErrorConnect, "refused"},
		{"net::ERR_CERT_DATE_INVALID", flows.ErrorTLS, "expired"},
		{"x509: certificate has expired or is not yet valid", flows.ErrorTLS, "expired"},
		{"net::ERR_CERT_AUTHORITY_INVALID", flows.ErrorTLS, "unknown-authority"},
		{"SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", flows.ErrorTLS, "self-signed"},
		{"net::ERR_CERT_COMMON_NAME_INVALID", flows.ErrorTLS, "wrong-name"},
		{"net::ERR_BLOCKED_BY_CLIENT", flows.ErrorCancelled, "blocked-by-client"},
		{"net::ERR_BLOCKED_BY_RESPONSE", flows.ErrorCancelled, "blocked-by-response"},
		{"net::ERR_TUNNEL_CONNECTION_FAILED", flows.ErrorProxy, "proxy-refused"},
		{"net::ERR_PROXY_AUTH_UNSUPPORTED", flows.ErrorProxy, "proxy-auth"},
		{"net::ERR_CONNECTION_TIMED_OUT", flows.ErrorTimeout, ""},
		{"dial tcp 192.0.2.1:443: i/o timeout", flows.ErrorTimeout, ""},
		{"net/http: TLS handshake timeout", flows.ErrorTimeout, ""},
		{"read timeout", flows.ErrorTimeout, ""},
		{"net::ERR_CONNECTION_RESET", flows.ErrorReset, "reset"},
		{"read: connection reset by peer", flows.ErrorReset, "reset"},
		{"net::ERR_EMPTY_RESPONSE", flows.ErrorReset, "empty-answer"},
		{"net::ERR_HTTP2_PROTOCOL_ERROR", flows.ErrorReset, "http2"},
		{"connection closed by server before the response was complete", flows.ErrorReset, "truncated"},
		{"net::ERR_SSL_PROTOCOL_ERROR", flows.ErrorTLS, "handshake"},
		{"ssl3_get_record:wrong version number", flows.ErrorTLS, "plain-http"},
		{"net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH", flows.ErrorTLS, "handshake"},
		{"net::ERR_BAD_SSL_CLIENT_AUTH_CERT", flows.ErrorTLS, "certificate-required"},
		{"net::ERR_FAILED", flows.ErrorCancelled, "failed"},
		{"net::ERR_ABORTED", flows.ErrorCancelled, "aborted"},
		{"", flows.ErrorCancelled, "unknown"},
	} {
		f := failureOf(c.remark)
		if f.Kind != c.kind || f.Reason != c.reason {
			t.Errorf("%q: got %s/%s, want %s/%s", c.remark, f.Kind, f.Reason, c.kind, c.reason)
		}
	}
}

// Recordings of the fault corpus, compacted: interleaved flows, newest first, other
// tabs, other dialects.
func TestRecordings(t *testing.T) {
	for name, want := range map[string]string{
		"two-tabs-state-mixed":     "1:authorize 1:other 2:other 2:authorize 2:other 2:other 2:callback",
		"truss-redirect-uri-slash": "1:authorize 1:other 1:other 1:callback 1:exchange",
		"ok-wechat-get":            "1:authorize 1:other 1:callback 1:exchange 1:userinfo",
		"spa-token-call-blocked":   "1:authorize 1:other 1:other 1:callback 1:exchange 1:exchange",
		"token-over-http":          "1:authorize 1:other 1:other 1:callback 1:exchange 1:exchange",
		"windows-start-cut-url":    "1:authorize",
		"ok-two-flows":             "1:authorize 1:other 2:authorize 2:other 1:other 1:callback 1:exchange 2:other 2:callback 2:exchange 1:call 2:call",
		"ok-github-device":         "1:device 1:exchange 1:exchange 1:exchange 1:call",
	} {
		data, err := recordings.ReadFile("testdata/" + name + ".har")
		if err != nil {
			t.Fatal(err)
		}
		got := strings.ReplaceAll(" "+shape(mustRead(t, string(data))), " 0:other", "")
		if strings.TrimSpace(got) != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}

// Other recorders' spellings of the same.
func TestHARDialects(t *testing.T) {
	x := mustRead(t, har(entry(0,
		`{"method":"post","url":"https://a.test/token","headers":{"Content-Type":"x",":path":"/"},"postData":{"text":"Content-Type: x\r\nContent-Length: 3\r\n\r\na=b"}}`,
		`{"status":"200 OK","headers":null,"content":{"size":"2","text":"hi"}}`))).Trace.Steps()[0].Exchange
	if x.Request.Method != "POST" || x.Request.Headers.Get("content-type") != "x" || len(x.Request.Headers) != 1 || string(x.Request.Body) != "a=b" {
		t.Errorf("request %+v %q", x.Request, x.Request.Body)
	}
	if x.Response == nil || x.Response.Status != 200 || string(x.Response.Body) != "hi" {
		t.Errorf("response %+v", x.Response)
	}
	x = mustRead(t, har(entry(0, get("https://a.test/token"), `{"status":-1,"_failureText":"net::ERR_NAME_NOT_RESOLVED"}`))).Trace.Steps()[0].Exchange
	if x.Response != nil || x.Error == nil || x.Error.Kind != flows.ErrorDNS {
		t.Errorf("a failure by Playwright: %+v", x.Error)
	}
}
