package program

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"oauthlens/flows/runner/faultserver"
)

// browser plays the person's browser, and whoever else reaches the redirect URI.
type browser struct {
	t        *testing.T
	host     string // of the listener
	path     string
	state    string
	genuine  string // the query of the real answer
	answers  []string
	mu       sync.Mutex
	openings []net.Conn
}

// open asks the authorization server and keeps where it redirects to.
func open(t *testing.T, authorizeURL string) *browser {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: 20 * time.Second}
	response, err := client.Get(authorizeURL)
	if err != nil {
		t.Error(err)
		return nil
	}
	response.Body.Close()
	back, err := response.Location()
	if err != nil {
		t.Error(err)
		return nil
	}
	return &browser{t: t, host: back.Host, path: back.Path, state: back.Query().Get("state"), genuine: back.RawQuery}
}

// send writes bytes to the listener and returns what it answers.
func (b *browser) send(raw string) string {
	conn, err := net.DialTimeout("tcp", b.host, 10*time.Second)
	if err != nil {
		return ""
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = io.WriteString(conn, raw)
	answer, _ := io.ReadAll(conn)
	b.mu.Lock()
	b.answers = append(b.answers, string(answer))
	b.mu.Unlock()
	return string(answer)
}

func (b *browser) get(query string, fields ...string) string {
	if query != "" {
		query = "?" + query
	}
	return b.request("GET", b.path+query, "", append([]string{"Host: " + b.host}, fields...)...)
}

func (b *browser) request(method, target, body string, fields ...string) string {
	if body != "" {
		fields = append(fields, fmt.Sprintf("Content-Length: %d", len(body)), "Content-Type: application/x-www-form-urlencoded")
	}
	return b.send(method + " " + target + " HTTP/1.1\r\n" + strings.Join(fields, "\r\n") + "\r\nConnection: close\r\n\r\n" + body)
}

// loris opens connections that say one byte and no more.
func (b *browser) loris(n int) {
	for range n {
		conn, err := net.DialTimeout("tcp", b.host, 10*time.Second)
		if err != nil {
			continue
		}
		_, _ = io.WriteString(conn, "G")
		b.openings = append(b.openings, conn)
	}
}

// visitor is a row: what comes to the redirect URI, and what is to become of the run.
type visitor struct {
	name string
	does func(b *browser)
	// ends tells that the run must not succeed, with this finding.
	finding string
	// refused: at least one hit is in the trace that was not taken for the answer.
	refused bool
}

func visitors() []visitor {
	get := func(query func(b *browser) string) func(*browser) {
		return func(b *browser) { b.get(query(b)); b.get(b.genuine) }
	}
	out := []visitor{
		{name: "the answer alone", does: func(b *browser) { b.get(b.genuine) }},
		{name: "wrong state", refused: true, does: get(func(*browser) string { return "code=forged&state=guess" })},
		{name: "no state", refused: true, does: get(func(*browser) string { return "code=forged" })},
		{name: "empty state", refused: true, does: get(func(*browser) string { return "code=forged&state=" })},
		{name: "state twice", refused: true, does: get(func(b *browser) string { return "code=forged&state=" + b.state + "&state=" + b.state })},
		{name: "code twice", refused: true, does: get(func(b *browser) string { return "code=forged&code=other&state=" + b.state })},
		{name: "state encoded twice", refused: true, does: get(func(b *browser) string { return "code=forged&state=" + url.QueryEscape(percent(b.state)) })},
		{name: "state cut off", refused: true, does: get(func(b *browser) string { return "code=forged&state=" + b.state[:len(b.state)/2] })},
		{name: "state in the other case", refused: true, does: get(func(b *browser) string { return "code=forged&state=" + strings.ToUpper(b.state) + "x" })},
		{name: "state and more", refused: true, does: get(func(b *browser) string { return "code=forged&state=" + b.state + "%00" })},
		{name: "forged denial before", refused: true, does: get(func(*browser) string { return "error=access_denied&state=guess" })},
		{name: "forged denial after", does: func(b *browser) { b.get(b.genuine); b.get("error=access_denied&state=" + b.state) }},
		{name: "real denial", finding: "user-denied", does: func(b *browser) { b.get("error=access_denied&state=" + b.state) }},
		{name: "reloaded", does: func(b *browser) { b.get(b.genuine); b.get(b.genuine) }},
		{name: "two at once", does: func(b *browser) { b.together(b.genuine, b.genuine) }},
		{name: "ten at once", does: func(b *browser) { b.together(slices.Repeat([]string{b.genuine}, 10)...) }},
		{name: "form_post", does: func(b *browser) { b.request("POST", b.path, b.genuine, "Host: "+b.host) }},
		{name: "another site's form", refused: true, does: func(b *browser) {
			b.request("POST", b.path, "code=forged&state=guess", "Host: "+b.host, "Origin: http://evil.test", "Sec-Fetch-Site: cross-site")
			b.get(b.genuine)
		}},
		{name: "fragment", does: func(b *browser) { b.get(""); b.get("oauthlens_fragment=access_token,state"); b.get(b.genuine) }},
		{name: "query of 1 MB", does: get(func(b *browser) string { return "state=" + b.state + "&code=" + strings.Repeat("a", 1<<20) })},
		{name: "form of 2 MB", does: func(b *browser) {
			b.request("POST", b.path, "state=guess&code="+strings.Repeat("a", 2<<20), "Host: "+b.host)
			b.get(b.genuine)
		}},
		{name: "5,000 header fields", does: func(b *browser) {
			b.request("GET", b.path+"?"+b.genuine, "", append([]string{"Host: " + b.host}, slices.Repeat([]string{"X-Many: of-them"}, 5000)...)...)
			b.get(b.genuine)
		}},
		{name: "another Host", refused: true, does: func(b *browser) {
			b.request("GET", b.path+"?"+b.genuine, "", "Host: rebound.evil.test:"+port(b.host))
			b.get(b.genuine)
		}},
		{name: "no Host", does: func(b *browser) { b.request("GET", b.path+"?"+b.genuine, ""); b.get(b.genuine) }},
		{name: "prefetch", does: func(b *browser) { b.get(b.genuine, "Sec-Purpose: prefetch;prerender"); b.get(b.genuine) }},
		{name: "noise", does: noise},
		{name: "state with an encoded NUL", refused: true, does: get(func(b *browser) string { return "code=forged&state=" + b.state + "%00x" })},
		{name: "escapes of another kind", refused: true, does: get(func(*browser) string { return "code=%u0066orged&state=%u0041" })},
		{name: "invalid UTF-8", refused: true, does: get(func(*browser) string { return "code=%ff%fe&state=%c0%af" })},
		{name: "10,000 parameters", does: get(func(*browser) string { return "code=forged&state=guess" + strings.Repeat("&a=b", 10_000) })},
		{name: "query and form disagree", refused: true, does: func(b *browser) {
			b.request("POST", b.path+"?code=forged&state="+b.state, "code=other&state=guess", "Host: "+b.host)
			b.get(b.genuine)
		}},
		{name: "two requests on one connection", refused: true, does: func(b *browser) {
			one := "GET " + b.path + "?code=forged&state=guess HTTP/1.1\r\nHost: " + b.host + "\r\n\r\n"
			b.send(one + one)
			b.get(b.genuine)
		}},
		{name: "a body that is smaller than it says", does: func(b *browser) {
			conn, err := net.DialTimeout("tcp", b.host, 10*time.Second)
			if err == nil {
				_, _ = io.WriteString(conn, "POST "+b.path+" HTTP/1.1\r\nHost: "+b.host+"\r\nContent-Length: 1000\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\ncode=forged")
				b.openings = append(b.openings, conn)
			}
			b.get(b.genuine)
		}},
		{name: "two lengths", does: func(b *browser) {
			b.request("POST", b.path, "code=forged&state=guess", "Host: "+b.host, "Content-Length: 3")
			b.get(b.genuine)
		}},
		{name: "slow loris", does: func(b *browser) { b.loris(100); b.get(b.genuine) }},
		{name: "flood", refused: true, does: func(b *browser) {
			for range 400 {
				b.get("code=forged&state=guess")
			}
			b.get(b.genuine)
		}},
	}
	for name, sequence := range faultserver.Sequences() {
		out = append(out, visitor{name: "denial with " + name, finding: "user-denied", does: func(b *browser) {
			b.get("error=access_denied&error_description=" + url.QueryEscape("no"+sequence) + "&error_uri=" + url.QueryEscape("http://x.test/"+sequence) + "&state=" + b.state)
		}}, visitor{name: "extra with " + name, does: func(b *browser) {
			b.get("code=forged&state=guess", "X-Extra: a"+oneLine(sequence), "User-Agent: "+oneLine(sequence))
			b.get(b.genuine + "&" + url.QueryEscape("extra"+sequence) + "=" + url.QueryEscape(sequence))
		}}, visitor{name: "raw " + name, does: func(b *browser) {
			b.get("code=forged&state=guess&x=" + oneLine(sequence))
			b.get(b.genuine)
		}})
	}
	return out
}

func oneLine(s string) string {
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(s)
}

func percent(s string) string {
	var out strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&out, "%%%02X", s[i])
	}
	return out.String()
}

func port(host string) string {
	_, port, _ := net.SplitHostPort(host)
	return port
}

func (b *browser) together(queries ...string) {
	var all sync.WaitGroup
	for _, q := range queries {
		all.Go(func() { b.get(q) })
	}
	all.Wait()
}

// noise is what reaches a port of a developer's machine.
func noise(b *browser) {
	host := "Host: " + b.host
	b.request("GET", "/favicon.ico", "", host)
	b.request("GET", "/", "", host)
	b.request("GET", "/callback/../../etc/passwd", "", host)
	b.request("GET", "http://evil.test/callback?code=a&state=b", "", host)
	for _, method := range []string{"HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "CONNECT", "PRI"} {
		b.request(method, b.path+"?"+b.genuine, "", host)
	}
	for _, raw := range []string{"", "\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", "SSH-2.0-x\r\n", "GET / HTTP/9.9\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"} {
		conn, err := net.DialTimeout("tcp", b.host, 10*time.Second)
		if err != nil {
			continue
		}
		_, _ = io.WriteString(conn, raw)
		_ = conn.Close()
	}
	b.get(b.genuine)
}

// callbackRows lets everybody come to the listener of the real program.
func callbackRows(t *testing.T, b *table, home string) {
	for _, v := range append(visitors(), passersBy()...) {
		b.row(t, "callback", v.name, func(t *testing.T) { tryCallback(t, home, v) })
	}
	for _, taken := range []struct{ name, uri, network, address string }{
		{"port taken", "http://127.0.0.1:%s/callback", "tcp4", "127.0.0.1:0"},
		{"port taken on the other family", "http://localhost:%s/callback", "tcp6", "[::1]:0"},
	} {
		if l, err := net.Listen(taken.network, taken.address); err != nil { // no IPv6 here
			b.not("callback")
			continue
		} else {
			l.Close()
		}
		b.row(t, "callback", taken.name, func(t *testing.T) { tryTaken(t, home, taken.uri, taken.network, taken.address) })
	}
	b.row(t, "callback", "nobody comes", func(t *testing.T) {
		p := newParty(t)
		run := call(t, home, invocation{args: waiting(p, "http://127.0.0.1:0/callback", "--callback-timeout", "1")})
		if d := run.document(t); d.Outcome != "failed" || p.requests()["/token"] != 0 {
			t.Error(run)
		}
	})
}

// waiting are the arguments of a run that waits for a browser.
func waiting(p *party, redirectURI string, more ...string) []string {
	return append([]string{"run", "custom", "--client-id", clientID, "--authorize-url", p.URL + "/authorize", "--token-url", p.URL + "/token",
		"--redirect-uri", redirectURI, "--no-browser", "--json"}, more...)
}

func tryCallback(t *testing.T, home string, v visitor) {
	p := newParty(t)
	var b *browser
	run := call(t, home, invocation{args: waiting(p, "http://127.0.0.1:0/callback"), prefix: "open: ", meanwhile: func(run *program, opened string) {
		if b = open(t, opened); b == nil {
			_ = run.cmd.Process.Kill()
			return
		}
		v.does(b)
	}})
	d := run.document(t)
	if b == nil {
		t.Fatal("no authorization URL was told")
	}
	for _, conn := range b.openings {
		_ = conn.Close()
	}
	p.check(t)
	exchanged := p.requests()["/token"]
	switch {
	case v.finding == "" && (d.Outcome != "succeeded" || exchanged != 1):
		t.Errorf("the outcome is %s after %d exchanges", d.Outcome, exchanged)
	case v.finding != "" && (d.Outcome != "failed" || exchanged != 0 || !d.found(v.finding)):
		t.Errorf("the outcome is %s after %d exchanges, with %v", d.Outcome, exchanged, d.Findings)
	}
	if v.refused && !strings.Contains("\n"+run.stderr.String(), "\ncallback ") {
		t.Error("nobody was told of the forged callback")
	}
	for _, page := range b.answers {
		quiet(t, "the page in the browser", strings.ReplaceAll(page, "\r\n", "\n"))
		secretFree(t, "the page in the browser", page)
	}
	if t.Failed() {
		t.Log(run)
	}
}

func (d document) found(code string) bool {
	return slices.ContainsFunc(d.Findings, func(f struct{ Code, Severity, Title string }) bool { return f.Code == code })
}

// tryTaken: the port belongs to somebody else, who would get the code.
func tryTaken(t *testing.T, home, uri, network, address string) {
	stranger, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	p := newParty(t)
	run := call(t, home, invocation{args: waiting(p, fmt.Sprintf(uri, port(stranger.Addr().String())))})
	if run.code != 3 || len(p.requests()) != 0 {
		t.Errorf("%s\nasked: %v", run, p.requests())
	}
}
