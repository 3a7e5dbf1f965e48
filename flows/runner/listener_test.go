package runner

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"oauthlens/flows"
)

const goodState = "st4te-of-this-flow"

// arrivals collects what a listener reports.
type arrivals struct {
	mu     sync.Mutex
	events []flows.Event
	more   chan struct{}
}

func newArrivals() *arrivals { return &arrivals{more: make(chan struct{}, 1000)} }

func (a *arrivals) emit(e flows.Event) {
	a.mu.Lock()
	a.events = append(a.events, e)
	a.mu.Unlock()
	a.more <- struct{}{}
}

// next waits for the n-th event, counted from 0; the test's deadline bounds the wait.
func (a *arrivals) next(t *testing.T, n int) flows.Event {
	t.Helper()
	for {
		a.mu.Lock()
		if len(a.events) > n {
			defer a.mu.Unlock()
			return a.events[n]
		}
		a.mu.Unlock()
		select {
		case <-a.more:
		case <-time.After(30 * time.Second):
			t.Fatalf("event %d never came; there are %+v", n, a.events)
		}
	}
}

func (a *arrivals) callback(t *testing.T, n int) flows.CallbackArrived {
	t.Helper()
	e, ok := a.next(t, n).(flows.CallbackArrived)
	if !ok {
		t.Fatalf("event %d is %#v", n, a.events[n])
	}
	return e
}

func listenOn(t *testing.T, uri string) (*Listener, flows.ListenerOpened, *arrivals) {
	t.Helper()
	return listenFor(t, flows.Listen{RedirectURI: uri, Expect: flows.CallbackExpectation{
		State: flows.NewSecret(flows.FingerprintKey{}, "state", goodState),
	}})
}

func listenFor(t *testing.T, effect flows.Listen) (*Listener, flows.ListenerOpened, *arrivals) {
	t.Helper()
	a := newArrivals()
	l, event := new(Runner).Listen(t.Context(), effect, a.emit)
	if l == nil {
		t.Fatalf("%+v", event)
	}
	t.Cleanup(l.Close)
	return l, event.(flows.ListenerOpened), a
}

// raw sends bytes and returns the whole answer.
func raw(t *testing.T, address, message string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	go func() { _, _ = io.WriteString(conn, message) }()
	answer, _ := io.ReadAll(conn)
	return string(answer)
}

func get(target, host string, more ...string) string {
	return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + strings.Join(more, "") + "\r\n"
}

func formPost(host, body string) string {
	return fmt.Sprintf("POST /cb HTTP/1.1\r\nHost: %s\r\nOrigin: https://provider.test\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", host, len(body), body)
}

const good = "/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=" + goodState

// TestHits sends one request each to a fresh listener.
func TestHits(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	rows := []struct {
		name    string
		message func(host string) string
		verdict flows.CallbackVerdict
		status  int
		why     string
	}{
		{"genuine", func(h string) string { return get(good, h) }, flows.CallbackAccepted, 200, ""},
		{"by POST", func(h string) string { return formPost(h, "code=abc&state="+goodState) }, flows.CallbackAccepted, 200, ""},
		{"by chunked POST", func(h string) string {
			return "POST /cb HTTP/1.1\r\nHost: " + h + "\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ncode=abc\r\n19\r\n&state=" + goodState + "\r\n0\r\n\r\n"
		}, flows.CallbackAccepted, 200, ""},
		{"under localhost", func(h string) string { return get(good, "localhost"+h[strings.LastIndex(h, ":"):]) }, flows.CallbackAccepted, 200, ""},
		{"through a forwarded port", func(string) string { return get(good, "localhost:8080") }, flows.CallbackAccepted, 200, ""},
		{"escaped path", func(h string) string { return get(strings.Replace(good, "/cb", "/%63b", 1), h) }, flows.CallbackAccepted, 200, ""},
		{"error", func(h string) string {
			return get("/cb?error=access_denied&error_description=No%1B%5B2J%3Cb%3E&state="+goodState, h)
		}, flows.CallbackError, 200, ""},
		{"wrong state", func(h string) string { return get("/cb?code=abc&state=other", h) }, flows.CallbackRefused, 400, "state"},
		{"no state", func(h string) string { return get("/cb?code=abc", h) }, flows.CallbackRefused, 400, "state"},
		{"double-encoded state", func(h string) string { return get("/cb?code=abc&state=st4te%252Dof-this-flow", h) }, flows.CallbackRefused, 400, "state"},
		{"state twice", func(h string) string { return get("/cb?code=abc&state="+goodState+"&state=other", h) }, flows.CallbackRefused, 400, "more than once"},
		{"forged denial", func(h string) string { return get("/cb?error=access_denied&state=other", h) }, flows.CallbackRefused, 400, "state"},
		{"forged by POST", func(h string) string { return formPost(h, "code=evil&state=guess") }, flows.CallbackRefused, 400, "state"},
		{"nothing", func(h string) string { return get("/cb", h) }, flows.CallbackEmpty, 400, "neither"},
		{"fragment reported", func(h string) string { return get("/cb?oauthlens_fragment=code,state,%1b", h) }, flows.CallbackFragment, 204, "code, state"},
		{"icon", func(h string) string { return get("/favicon.ico", h) }, flows.CallbackStray, 404, "icon"},
		{"other path", func(h string) string { return get("/other?code=abc&state="+goodState, h) }, flows.CallbackStray, 404, "path"},
		{"HEAD", func(h string) string { return strings.Replace(get(good, h), "GET", "HEAD", 1) }, flows.CallbackStray, 200, "HEAD"},
		{"OPTIONS", func(h string) string { return strings.Replace(get(good, h), "GET", "OPTIONS", 1) }, flows.CallbackStray, 204, "preflight"},
		{"PUT", func(h string) string { return strings.Replace(get(good, h), "GET", "PUT", 1) }, flows.CallbackStray, 405, "GET or POST"},
		{"prefetch", func(h string) string { return get(good, h, "Sec-Purpose: prefetch;prerender\r\n") }, flows.CallbackStray, 503, "looked ahead"},
		{"old prefetch", func(h string) string { return get(good, h, "X-moz: prefetch\r\n") }, flows.CallbackStray, 503, "looked ahead"},
		{"foreign host", func(string) string { return get(good, "evil.test:53682") }, flows.CallbackBadHost, 421, "rebinding"},
		{"no host", func(string) string { return "GET " + good + " HTTP/1.0\r\n\r\n" }, flows.CallbackBadHost, 421, "rebinding"},
		{"two hosts", func(h string) string { return get(good, h, "Host: evil.test\r\n") }, flows.CallbackStray, 400, "no HTTP request"},
		{"absolute target", func(h string) string { return get("http://evil.test/cb?code=a", h) }, flows.CallbackStray, 400, "no HTTP request"},
		{"garbage", func(string) string { return "hello there\r\n\r\n" }, flows.CallbackStray, 400, "no HTTP request"},
		{"1 MB query", func(h string) string { return get("/cb?state="+goodState+"&code="+long, h) }, flows.CallbackStray, 431, "64 KiB"},
		{"1 MB header", func(h string) string { return get(good, h, "X-Long: "+long+"\r\n") }, flows.CallbackStray, 431, "64 KiB"},
		{"large form", func(h string) string { return formPost(h, "code=abc&x="+long+"&state="+goodState) }, flows.CallbackStray, 413, "1 MiB"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, opened, a := listenOn(t, "http://127.0.0.1:0/cb")
			host := opened.Addresses[0]
			answer := raw(t, host, row.message(host))
			hit := a.callback(t, 0)
			if hit.Verdict != row.verdict || !strings.Contains(hit.Why, row.why) {
				t.Errorf("%s: %q", hit.Verdict, hit.Why)
			}
			if hit.Via != flows.ViaListener || !strings.HasPrefix(hit.Remote, "127.0.0.1:") {
				t.Errorf("%+v", hit)
			}
			checkPage(t, answer, row.status)
			if row.verdict != flows.CallbackAccepted && row.verdict != flows.CallbackError {
				stillOpen(t, host, a)
			}
		})
	}
}

// checkPage: an answer is one message, safe to show, and holds nothing of the callback.
func checkPage(t *testing.T, answer string, status int) {
	t.Helper()
	in := bufio.NewReader(strings.NewReader(answer))
	parsed, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatalf("the answer %.80q: %v", answer, err)
	}
	if parsed.StatusCode != status {
		t.Errorf("status %d, want %d", parsed.StatusCode, status)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Connection": "close"} {
		if parsed.Header.Get(name) != want && name != "Connection" {
			t.Errorf("%s: %q", name, parsed.Header.Get(name))
		}
	}
	if policy := parsed.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	body, _ := io.ReadAll(parsed.Body)
	for _, bad := range []string{goodState, "SplxlOBeZQQYbYS6WxSbIA", "\x1b", "<b>", "evil"} {
		if strings.Contains(string(body), bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

// stillOpen: after whatever came, the genuine answer is accepted.
func stillOpen(t *testing.T, host string, a *arrivals) {
	t.Helper()
	answer := raw(t, host, get(good, host))
	checkPage(t, answer, 200)
	if hit := a.callback(t, 1); hit.Verdict != flows.CallbackAccepted {
		t.Errorf("the genuine answer afterwards is %s: %s", hit.Verdict, hit.Why)
	}
}

func TestRequestIsRecordedAsItCame(t *testing.T) {
	_, opened, a := listenOn(t, "http://127.0.0.1:0/cb")
	host := opened.Addresses[0]
	raw(t, host, "POST /cb?x=%7e HTTP/1.1\r\nhost: "+host+"\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nContent-Length: 5\r\n\r\na=b%2")
	got := a.callback(t, 0).Request
	want := "POST /cb?x=%7e HTTP/1.1\r\nhost: " + host + "\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nContent-Length: 5\r\n\r\na=b%2"
	if string(got.Bytes()) != want || got.URL != "http://"+host+"/cb?x=%7e" {
		t.Errorf("%q\n%s", got.URL, got.Bytes())
	}
}

// TestExpectContinue: curl asks before it sends a form of more than 1 KiB.
func TestExpectContinue(t *testing.T) {
	_, opened, a := listenOn(t, "http://127.0.0.1:0/cb")
	conn, err := net.Dial("tcp", opened.Addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	form := "code=abc&state=" + goodState
	fmt.Fprintf(conn, "POST /cb HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(form))
	in := bufio.NewReader(conn)
	if line, err := in.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	_, _ = io.WriteString(conn, form)
	if hit := a.callback(t, 0); hit.Verdict != flows.CallbackAccepted || string(hit.Request.Body) != form {
		t.Errorf("%+v", hit)
	}
}

func TestForgeriesChangeNothing(t *testing.T) {
	_, opened, a := listenOn(t, "http://127.0.0.1:0/cb")
	host := opened.Addresses[0]
	rows := []struct {
		target  string
		verdict flows.CallbackVerdict
	}{
		{"/cb?error=access_denied", flows.CallbackRefused},
		{"/cb?code=evil&state=guess", flows.CallbackRefused},
		{good, flows.CallbackAccepted},
		{"/cb?error=access_denied&state=guess", flows.CallbackRefused},
		{good, flows.CallbackDuplicate},
		{"/cb?error=access_denied&state=" + goodState, flows.CallbackDuplicate},
		{"/cb", flows.CallbackEmpty},
	}
	for i, row := range rows {
		raw(t, host, get(row.target, host))
		if hit := a.callback(t, i); hit.Verdict != row.verdict {
			t.Errorf("%d %s: %s", i, row.target, hit.Verdict)
		}
	}
}

func TestOnlyOneOfManyIsAccepted(t *testing.T) {
	_, opened, a := listenOn(t, "http://127.0.0.1:0/cb")
	host := opened.Addresses[0]
	const many = 20
	var wg sync.WaitGroup
	for range many {
		wg.Go(func() { raw(t, host, get(good, host)) })
	}
	wg.Wait()
	count := map[flows.CallbackVerdict]int{}
	for i := range many {
		count[a.callback(t, i).Verdict]++
	}
	if count[flows.CallbackAccepted] != 1 || count[flows.CallbackDuplicate] != many-1 {
		t.Errorf("%v", count)
	}
	if first := a.callback(t, 0); first.Verdict != flows.CallbackAccepted {
		t.Errorf("reported first: %s", first.Verdict)
	}
}

func TestSecureListener(t *testing.T) {
	_, opened, a := listenOn(t, "https://localhost:0/cb")
	if !strings.Contains(opened.Note, "self-signed") {
		t.Errorf("note %q", opened.Note)
	}
	host := opened.Addresses[0]
	refusing := &tls.Config{ServerName: "localhost"}
	if conn, err := tls.Dial("tcp", host, refusing); err == nil {
		conn.Close()
		t.Fatal("the certificate is trusted")
	}
	if note, ok := a.next(t, 0).(flows.Noted); !ok || !strings.Contains(note.Text, "self-signed") {
		t.Errorf("%#v", note)
	}
	if answer := raw(t, host, get(good, host)); !strings.HasPrefix(answer, "HTTP/1.1 400 ") {
		t.Errorf("plain http is answered %.60q", answer)
	}
	if note, ok := a.next(t, 1).(flows.Noted); !ok || !strings.Contains(note.Text, "plain http") {
		t.Errorf("%#v", note)
	}
	conn, err := tls.Dial("tcp", host, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	leaf := conn.ConnectionState().PeerCertificates[0]
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		if err := leaf.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	_, _ = io.WriteString(conn, get(good, host))
	answer, _ := io.ReadAll(conn)
	checkPage(t, string(answer), 200)
	hit := a.callback(t, 2)
	if hit.Verdict != flows.CallbackAccepted || !strings.HasPrefix(hit.Request.URL, "https://") {
		t.Errorf("%+v", hit.Verdict)
	}
}

func TestTLSOnThePlainListenerIsNoted(t *testing.T) {
	_, opened, a := listenOn(t, "http://127.0.0.1:0/cb")
	for range 2 {
		if conn, err := tls.Dial("tcp", opened.Addresses[0], &tls.Config{InsecureSkipVerify: true}); err == nil {
			conn.Close()
		}
	}
	if note, ok := a.next(t, 0).(flows.Noted); !ok || !strings.Contains(note.Text, "https-only") {
		t.Errorf("%#v", note)
	}
	raw(t, opened.Addresses[0], get(good, opened.Addresses[0]))
	if hit := a.callback(t, 1); hit.Verdict != flows.CallbackAccepted {
		t.Errorf("the remark came twice, or %+v", hit)
	}
}

func TestNobodyCame(t *testing.T) {
	_, opened, a := listenFor(t, flows.Listen{RedirectURI: "http://127.0.0.1:0/cb", Timeout: 20 * time.Millisecond,
		Expect: flows.CallbackExpectation{State: flows.NewSecret(flows.FingerprintKey{}, "state", goodState)}})
	if e, ok := a.next(t, 0).(flows.CallbackTimedOut); !ok || e.After != 20*time.Millisecond {
		t.Fatalf("%#v", e)
	}
	raw(t, opened.Addresses[0], get(good, opened.Addresses[0]))
	if hit := a.callback(t, 1); hit.Verdict != flows.CallbackAccepted {
		t.Errorf("a late answer is %s", hit.Verdict)
	}
}

func TestCloseFreesEverything(t *testing.T) {
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	for i := range 4 {
		var l *Listener
		a := newArrivals()
		l, event := new(Runner).Listen(ctx, flows.Listen{RedirectURI: "http://localhost:0/cb", Timeout: time.Hour}, func(e flows.Event) {
			a.emit(e)
			l.Close() // from within a report
		})
		opened := event.(flows.ListenerOpened)
		silent, err := net.Dial("tcp", opened.Addresses[0])
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		switch i {
		case 0:
			l.Close()
			l.Close()
		case 1:
			raw(t, opened.Addresses[0], get("/cb?code=a", opened.Addresses[0]))
			a.next(t, 0)
		}
	}
	cancel()
	awaitGoroutines(t, before)
	if l, _ := new(Runner).Listen(ctx, flows.Listen{RedirectURI: "http://127.0.0.1:0/"}, func(flows.Event) {}); l != nil {
		t.Error("a listener of an ended context is open")
	}
	awaitGoroutines(t, before)
}
