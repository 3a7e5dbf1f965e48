package capture

import (
	"fmt"
	"strings"
	"testing"

	"oauthlens/flows"
)

// heads writes header fields one a line.
func heads(h flows.Headers) string {
	var out []string
	for _, f := range h {
		out = append(out, f.Name+": "+f.Value)
	}
	return strings.Join(out, "\n")
}

func chunked(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(p), p)
	}
	return b.String() + "0\r\n\r\n"
}

// TestAnswersAsText: an answer's head and body, however the copy has broken them.
func TestAnswersAsText(t *testing.T) {
	const json = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
	for _, c := range []struct {
		name, text string
		status     int
		headers    string // all of them, one a line
		body       string
	}{
		{"plain", json + "\r\n{\"error\":\"x\"}", 400, "Content-Type: application/json", `{"error":"x"}`},
		{"chunks", json + "Transfer-Encoding: chunked\r\n\r\n" + chunked(`{"error":`, `"x"}`), 400, "Content-Type: application/json\nTransfer-Encoding: chunked", `{"error":"x"}`},
		{"chunks with line ends", json + "Transfer-Encoding: Chunked\r\n\r\n" + chunked("{\r\n \"error\":\r\n", "\"x\"\r\n}"), 400, "Content-Type: application/json\nTransfer-Encoding: Chunked", "{\n \"error\":\n\"x\"\n}"},
		{"chunks with line feeds", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n6\n{\n\"a\":\n2\n1}\n0\n", 200, "Transfer-Encoding: chunked", "{\n\"a\":1}"},
		{"a chunk with an extension", json + "Transfer-Encoding: chunked\r\n\r\nd;a=b\r\n{\"error\":\"x\"}\r\n0\r\nX-Trailer: y\r\n\r\n", 400, "Content-Type: application/json\nTransfer-Encoding: chunked", `{"error":"x"}`},
		{"chunks, cut short", json + "Transfer-Encoding: chunked\r\n\r\nff\r\n{\"error\":\"x", 400, "Content-Type: application/json\nTransfer-Encoding: chunked", `{"error":"x`},
		{"chunks that a tool has undone", json + "Transfer-Encoding: chunked\r\n\r\n{\"error\":\"x\"}", 400, "Content-Type: application/json\nTransfer-Encoding: chunked", `{"error":"x"}`},
		{"a challenge over lines", "HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer realm=\"a\",\n  error=\"invalid_token\",\n  error_description=\"it: expired\"\nX-B: c\n\n", 401,
			"WWW-Authenticate: Bearer realm=\"a\", error=\"invalid_token\", error_description=\"it: expired\"\nX-B: c", ""},
		{"a challenge over lines, all of it indented", "  HTTP/1.1 401 Unauthorized\n  WWW-Authenticate: Bearer realm=\"a\",\n    error=\"invalid_token\"\n", 401, "WWW-Authenticate: Bearer realm=\"a\", error=\"invalid_token\"", ""},
		{"a challenge over lines that stand below each other", " HTTP/1.1 401 Unauthorized\n WWW-Authenticate: Bearer realm=\"a\",\n error=\"invalid_token\"\n", 401, "WWW-Authenticate: Bearer realm=\"a\", error=\"invalid_token\"", ""},
		{"a redirect over lines", "HTTP/1.1 302 Found\nLocation: https://app.test/cb?code=Splx\n          &state=xyz\n", 302, "Location: https://app.test/cb?code=Splx&state=xyz", ""},
		{"a body without an empty line", "HTTP/1.1 200 OK\nContent-Type: application/x-www-form-urlencoded\naccess_token=abc&token_type=bearer", 200, "Content-Type: application/x-www-form-urlencoded", "access_token=abc&token_type=bearer"},
		{"a body without an empty line, indented as its head", "  HTTP/1.1 200 OK\n  Content-Type: x\n  access_token=abc", 200, "Content-Type: x", "access_token=abc"},
		{"after 100 Continue", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\naccess_token=a", 200, "Content-Type: text/plain", "access_token=a"},
		{"a status alone", "HTTP/1.1 500 Internal Server Error", 500, "", ""},
		{"a version of one digit", "HTTP/3 400\ncontent-type: application/json\n\n{\"error\":\"x\"}", 400, "content-type: application/json", `{"error":"x"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := recognise(t, c.text)
			steps := r.Trace.Steps()
			if r.Kind != KindHTTPMessage || len(steps) != 1 || steps[0].Exchange.Response == nil || r.What != "1 answer" {
				t.Fatalf("taken for %s (%s) with %d steps", r.Kind, r.What, len(steps))
			}
			x := steps[0].Exchange.Response
			if x.Status != c.status || heads(x.Headers) != c.headers || string(x.Body) != c.body {
				t.Errorf("got %d\n%s\n\n%q\nwant %d\n%s\n\n%q", x.Status, heads(x.Headers), x.Body, c.status, c.headers, c.body)
			}
		})
	}
}

// TestRequestsAsText: a request's URL is put together from its head, and its body is what
// was sent.
func TestRequestsAsText(t *testing.T) {
	const grant = "grant_type=client_credentials&client_id=a"
	for _, c := range []struct{ name, text, method, url, body, headers, said string }{
		{"https", "POST /token HTTP/1.1\nHost: id.test\n\n" + grant, "POST", "https://id.test/token", grant, "", "https is assumed"},
		{"port 80", "POST /token HTTP/1.1\nHost: id.test:80\n\n" + grant, "POST", "http://id.test:80/token", grant, "", ""},
		{"port 8080", "POST /token HTTP/1.1\nHost: id.test:8080\n\n" + grant, "POST", "https://id.test:8080/token", grant, "", "https is assumed"},
		{"this machine", "GET /cb?code=a&state=b HTTP/1.1\nHost: 127.0.0.1:3000\n\n", "GET", "http://127.0.0.1:3000/cb?code=a&state=b", "", "", ""},
		{"this machine by name", "GET /cb?code=a&state=b HTTP/1.1\nHost: localhost\n\n", "GET", "http://localhost/cb?code=a&state=b", "", "", ""},
		{"this machine, IPv6", "GET /cb?code=a&state=b HTTP/1.1\nHost: [::1]:3000\n\n", "GET", "http://[::1]:3000/cb?code=a&state=b", "", "", ""},
		{"no host", "GET /cb?code=a&state=b HTTP/1.1\n\n", "GET", "/cb?code=a&state=b", "", "", "the host is not in the message"},
		{"an absolute URL", "POST http://id.test/token HTTP/1.1\nHost: other.test\n\n" + grant, "POST", "http://id.test/token", grant, "Host: other.test", ""},
		{"chunks", "POST /token HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked("grant_type=client_", "credentials&client_id=a"), "POST", "http://localhost/token", grant, "", ""},
		{"a form over lines", "POST /token HTTP/1.1\nHost: localhost\n\ngrant_type=client_credentials\n&client_id=a", "POST", "http://localhost/token", grant, "", "was broken over lines"},
		{"lower case", "post /token http/1.1\nHost: localhost\n\n" + grant, "POST", "http://localhost/token", grant, "", ""},
		{"carriage returns alone", "POST /token HTTP/1.1\rHost: localhost\r\r" + grant, "POST", "http://localhost/token", grant, "", ""},
		{"headers of a browser's pane", ":authority\nid.test\n:method\nPOST\n:path\n/token\n:scheme\nhttps\nauthorization\nBasic YTpi", "POST", "https://id.test/token", "", "authorization: Basic YTpi", ""},
		{"headers of a browser's pane, with colons", ":authority:\nid.test\n:method:\nPOST\n:path:\n/token\n:scheme:\nhttps\nauthorization:\nBasic YTpi", "POST", "https://id.test/token", "", "authorization: Basic YTpi", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := recognise(t, c.text)
			steps := r.Trace.Steps()
			if r.Kind != KindHTTPMessage || len(steps) != 1 || r.What != "1 HTTP request" {
				t.Fatalf("taken for %s (%s) with %d steps", r.Kind, r.What, len(steps))
			}
			checkRequest(t, steps[0].Exchange.Request, c.method, c.url, c.body, c.headers)
			if said := strings.Join(append(r.Mended, r.Losses...), "; "); c.said == "" && said != "" || !strings.Contains(said, c.said) {
				t.Errorf("said %q, want %q", said, c.said)
			}
		})
	}
}

// TestMessagesInALog: what a log puts around a message is taken off, and its form body
// is not encoded a second time.
func TestMessagesInALog(t *testing.T) {
	const form = "grant_type=authorization_code&code=Splx&redirect_uri=https%3A%2F%2Fapp.test%2Fcb"
	const request = "POST /token HTTP/1.1\nHost: id.test\nContent-Type: application/x-www-form-urlencoded\n\n" + form + "\n"
	const answer = "HTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n{\"error\":\"invalid_grant\"}"
	const okhttp = "--> POST https://id.test/token h2\nContent-Type: application/x-www-form-urlencoded\n\n" + form + "\n--> END POST (60-byte body)\n" +
		"<-- 400 https://id.test/token (120ms)\ncontent-type: application/json\n\n{\"error\":\"invalid_grant\"}\n<-- END HTTP (25-byte body)"
	prefixed := func(text string, prefix func(i int) string) string {
		var out []string
		for i, line := range strings.Split(text, "\n") {
			out = append(out, prefix(i)+line)
		}
		return strings.Join(out, "\n")
	}
	for name, text := range map[string]string{
		"times and levels":   prefixed(request+"\n"+answer, func(i int) string { return fmt.Sprintf("2026-11-20T10:00:%02d.123Z DEBUG [http-%d] ", i, i%7) }),
		"a container":        prefixed(request+"\n"+answer, func(int) string { return "app_1  | " }),
		"other lines":        "10:00:00 starting\n" + prefixed(request+"\n"+answer, func(int) string { return "10:00:01 http: " }) + "\nand done\n10:00:02 main: bye",
		"trimmed ends":       strings.ReplaceAll(prefixed(request+"\n"+answer, func(int) string { return "app_1  | " }), "| \n", "|\n"),
		"OkHttp":             okhttp,
		"OkHttp, on a phone": prefixed(okhttp, func(i int) string { return fmt.Sprintf("11-20 10:00:%02d.9  1234  5678 D OkHttp  : ", i) }),
		"Python":             "send: b'POST /token HTTP/1.1\\r\\nHost: id.test\\r\\nContent-Type: application/x-www-form-urlencoded\\r\\n\\r\\n'\nsend: b'" + form + "'\nreply: 'HTTP/1.1 400 Bad Request\\r\\n'\nheader: Content-Type: application/json\n",
	} {
		t.Run(name, func(t *testing.T) {
			r, steps := recognise(t, text)
			if r.Kind != KindHTTPMessage || steps != "exchange POST" {
				t.Fatalf("taken for %s (%s) with %s", r.Kind, r.What, steps)
			}
			x := r.Trace.Steps()[0].Exchange
			checkRequest(t, x.Request, "POST", "https://id.test/token", form, "Content-Type: application/x-www-form-urlencoded")
			if x.Response == nil || x.Response.Status != 400 || !strings.EqualFold(x.Response.Headers.Get("Content-Type"), "application/json") {
				t.Fatalf("answer %+v", x.Response)
			}
			if body := string(x.Response.Body); body != `{"error":"invalid_grant"}` && name != "Python" {
				t.Errorf("body %q", body)
			}
		})
	}
	for _, text := range []string{`DEBUG:urllib3.connectionpool:https://id.test:443 "POST /token HTTP/1.1" 400 58`, "we use HTTP/1.1 200 times a day"} {
		if r, err := Read([]byte(text), Options{Now: now}); err == nil {
			t.Errorf("%q is taken for %s", text, r.What)
		}
	}
}
