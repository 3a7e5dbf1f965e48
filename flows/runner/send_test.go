package runner

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/runner/faultserver"
)

const sentSecret = "s3cr3t-c0de-that-must-not-leak"

// noProxy keeps the environment of the machine out of the tests.
func noProxy(*url.URL) (*url.URL, error) { return nil, nil }

// notFound is a resolver that knows no name, so that no test needs a network.
type notFound struct{}

func (notFound) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

func post(rawURL string) flows.Request {
	r := flows.Request{Method: "POST", URL: rawURL + "/token?tenant=" + sentSecret, Headers: flows.Headers{
		{Name: "Host", Value: flows.HostOf(rawURL)},
		{Name: "user-agent", Value: "oauthlens-test"},
		{Name: "Content-Type", Value: "application/x-www-form-urlencoded"},
		{Name: "Accept", Value: "application/json"},
		{Name: "X-Twice", Value: "1"},
		{Name: "x-twice", Value: "2"},
	}}
	return r.WithBody([]byte("grant_type=authorization_code&code=" + sentSecret))
}

// startFault starts a fault server and a runner that is set up to meet exactly its fault.
func startFault(t testing.TB, name string) (*faultserver.Server, *Runner) {
	t.Helper()
	f, ok := faultserver.ByName(name)
	if !ok {
		t.Fatalf("no fault %q", name)
	}
	s, err := faultserver.Start(t.Context(), f, faultserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	r := &Runner{Resolver: notFound{}, RootCAs: s.Roots, Proxy: noProxy}
	if s.ProxyURL != "" {
		r.Proxy = func(*url.URL) (*url.URL, error) { return url.Parse(s.ProxyURL) }
	}
	return s, r
}

func sendTo(t testing.TB, ctx context.Context, r *Runner, base string, timeout time.Duration) flows.Exchange {
	t.Helper()
	event := r.Do(ctx, flows.Send{ID: 7, Step: flows.StepExchange, Request: post(base), Timeout: timeout})
	done, ok := event.(flows.ExchangeFinished)
	if !ok || done.ID != 7 || done.Exchange.Step != flows.StepExchange {
		t.Fatalf("the answer is %#v", event)
	}
	return done.Exchange
}

func TestSentAsShown(t *testing.T) {
	s, r := startFault(t, "none")
	x := sendTo(t, t.Context(), r, s.URL, 0)
	got := s.Log()[0]
	if sent := got.Head + string(got.Body); sent != string(x.Request.Bytes()) {
		t.Errorf("sent\n%s\nshown\n%s", sent, x.Request.Bytes())
	}
	if x.Remote != strings.TrimPrefix(s.URL, "http://") {
		t.Errorf("remote %q", x.Remote)
	}
}

func TestReceivedAsItCame(t *testing.T) {
	s, r := startFault(t, "continue-100")
	x := sendTo(t, t.Context(), r, s.URL, 0)
	want := flows.Headers{{Name: "Content-Type", Value: "application/json"}, {Name: "Content-Length", Value: "128"}}
	if len(x.Response.Headers) != 2 || x.Response.Headers[0] != want[0] || x.Response.Headers[1].Name != want[1].Name {
		t.Errorf("headers %v", x.Response.Headers)
	}
	if x.Response.BodyBytes != int64(len(x.Response.Body)) || !bytes.Contains(x.Response.Body, []byte("at-1234567890")) {
		t.Errorf("body %q of %d", x.Response.Body, x.Response.BodyBytes)
	}
	if !strings.Contains(x.Comment, "100") || !strings.Contains(x.Comment, "103") {
		t.Errorf("the interim answers are not noted: %q", x.Comment)
	}
}

func TestBodiesAreCountedOnTheWire(t *testing.T) {
	for name, kept := range map[string]int{"body-50mb": flows.MaxBody, "gzip": 128, "gzip-bomb": flows.MaxBody} {
		s, r := startFault(t, name)
		x := sendTo(t, t.Context(), r, s.URL, 0)
		if name == "body-50mb" && x.Response.BodyBytes != 50_000_000 {
			t.Errorf("%s: %d bytes counted", name, x.Response.BodyBytes)
		}
		if name != "body-50mb" && x.Response.BodyBytes == int64(len(x.Response.Body)) {
			t.Errorf("%s: the bytes of the wire are not counted", name)
		}
		if len(x.Response.Body) != kept && name != "gzip" {
			t.Errorf("%s: %d bytes kept", name, len(x.Response.Body))
		}
		if name == "gzip" && !bytes.Contains(x.Response.Body, []byte("at-1234567890")) {
			t.Errorf("%s: not unpacked: %q", name, x.Response.Body)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	for _, name := range []string{"body-50mb", "endless-body", "gzip-bomb", "header-2mb"} {
		s, r := startFault(t, name)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		x := sendTo(t, t.Context(), r, s.URL, 0)
		runtime.ReadMemStats(&after)
		// All that was ever allocated, by the server too, so nothing escapes the count.
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 && name != "gzip-bomb" {
			t.Errorf("%s: %d MiB were allocated", name, grown>>20)
		}
		runtime.KeepAlive(x)
	}
}

func TestTimings(t *testing.T) {
	s, r := startFault(t, "tls-none")
	x := sendTo(t, t.Context(), r, s.URL, 0)
	tm := *x.Timings
	if tm.DNS >= 0 {
		t.Errorf("an address needs no lookup, yet it took %s", tm.DNS)
	}
	for name, d := range map[string]time.Duration{"connect": tm.Connect, "tls": tm.TLS, "wait": tm.Wait, "receive": tm.Receive} {
		if d < 0 {
			t.Errorf("%s did not take place", name)
		}
	}
	if sum := tm.Connect + tm.TLS + tm.Wait + tm.Receive; sum > x.Duration() {
		t.Errorf("the stages take %s, the exchange %s", sum, x.Duration())
	}
	i := x.TLS
	if i == nil || i.Version != "TLS 1.3" || i.Cipher == "" || i.Peer != "CN=fault server" || i.Issuer != "CN=fault root" || i.NotAfter.IsZero() || len(i.DNSNames) != 2 {
		t.Errorf("TLS %+v", i)
	}
}

func TestRefusedCertificateIsDescribed(t *testing.T) {
	s, r := startFault(t, "tls-expired")
	x := sendTo(t, t.Context(), r, s.URL, 0)
	if x.TLS == nil || x.TLS.Peer != "CN=fault server" || !x.TLS.NotAfter.Before(time.Now()) {
		t.Errorf("TLS %+v", x.TLS)
	}
	if len(s.Log()) != 0 {
		t.Error("the request went to a server with an expired certificate")
	}
}

func TestCancelEndsEveryWait(t *testing.T) {
	for _, name := range []string{"unroutable", "hang-at-once", "hang-before-answer", "hang-in-header", "hang-in-body", "drip", "tls-hang", "proxy-hang"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := startFault(t, name)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(100*time.Millisecond, cancel)
			x := sendTo(t, ctx, r, s.URL, time.Hour)
			if x.Error == nil || x.Error.Kind != flows.ErrorCancelled || !strings.HasPrefix(x.Error.Message, "cancelled while ") {
				t.Errorf("error %+v", x.Error)
			}
		})
	}
}

func TestRefusedBeforeSending(t *testing.T) {
	rows := []struct {
		name   string
		change func(*flows.Request)
		reason string
	}{
		{"file", func(r *flows.Request) { r.URL = "file:///etc/passwd" }, "scheme"},
		{"ftp", func(r *flows.Request) { r.URL = "ftp://127.0.0.1/" }, "scheme"},
		{"javascript", func(r *flows.Request) { r.URL = "javascript:alert(1)" }, "scheme"},
		{"relative", func(r *flows.Request) { r.URL = "/token" }, "scheme"},
		{"no host", func(r *flows.Request) { r.URL = "http:///token" }, "bad-url"},
		{"blank in a zone", func(r *flows.Request) { r.URL = "http://[fe80::1%25a%20b]/" }, "bad-url"},
		{"port 0", func(r *flows.Request) { r.URL = "http://127.0.0.1:0/" }, "bad-url"},
		{"port 99999", func(r *flows.Request) { r.URL = "http://127.0.0.1:99999/" }, "bad-url"},
		{"no URL", func(r *flows.Request) { r.URL = "http://[::1/%zz" }, "bad-url"},
		{"letters beyond ASCII", func(r *flows.Request) { r.URL = "http://b\u00fccher.test/" }, "bad-url"},
		{"a host that runs backwards", func(r *flows.Request) { r.URL = "http://a\u202eb.test/" }, "bad-url"},
		{"an address as one number", func(r *flows.Request) { r.URL = strings.Replace(r.URL, "127.0.0.1", "2130706433", 1) }, "bad-url"},
		{"an address in octal", func(r *flows.Request) { r.URL = strings.Replace(r.URL, "127.0.0.1", "0177.0.0.1", 1) }, "bad-url"},
		{"a very long host", func(r *flows.Request) { r.URL = "http://" + strings.Repeat("a.", 200) + "test/" }, "bad-url"},
		{"a password", func(r *flows.Request) { r.URL = strings.Replace(r.URL, "127.0.0.1", "user:word@127.0.0.1", 1) }, "bad-request"},
		{"blank in the target", func(r *flows.Request) { r.URL += " HTTP/1.1" }, "bad-request"},
		{"method", func(r *flows.Request) { r.Method = "GET / HTTP/1.1\r\nX" }, "bad-request"},
		{"header value", func(r *flows.Request) {
			r.Headers = append(r.Headers, flows.Header{Name: "X", Value: "a\r\nHost: evil"})
		}, "bad-request"},
		{"header name", func(r *flows.Request) { r.Headers = append(r.Headers, flows.Header{Name: "X: y\r\nZ", Value: ""}) }, "bad-request"},
	}
	for _, row := range rows {
		s, r := startFault(t, "none")
		request := post(s.URL)
		row.change(&request)
		x := r.Do(t.Context(), flows.Send{Request: request}).(flows.ExchangeFinished).Exchange
		if x.Error == nil || x.Error.Reason != row.reason || x.Response != nil {
			t.Errorf("%s: %+v", row.name, x.Error)
		}
		if len(s.Log()) != 0 {
			t.Errorf("%s: something was sent", row.name)
		}
		checkQuiet(t, x)
	}
}

// scriptedDialer fails or connects as its rows say, by address.
type scriptedDialer map[string]func(ctx context.Context) (net.Conn, error)

func (d scriptedDialer) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	return d[address](ctx)
}

type fixedNames []netip.Addr

func (f fixedNames) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) { return f, nil }

func TestNextAddressIsTried(t *testing.T) {
	s, _ := startFault(t, "none")
	hang := func(ctx context.Context) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	fail := func(context.Context) (net.Conn, error) { return nil, errors.New("no route") }
	server := func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(s.URL, "http://"))
	}
	for name, first := range map[string]func(context.Context) (net.Conn, error){"hangs": hang, "fails": fail} {
		r := &Runner{Proxy: noProxy,
			Resolver: fixedNames{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("192.0.2.1")},
			Dialer:   scriptedDialer{"[2001:db8::1]:80": first, "192.0.2.1:80": server, "[2001:db8::2]:80": hang},
		}
		x := sendTo(t, t.Context(), r, "http://server.test", 0)
		if x.Error != nil || x.Response.Status != 200 {
			t.Errorf("the first address %s: %+v", name, x.Error)
		}
		if x.Timings.DNS < 0 {
			t.Errorf("the lookup was not timed")
		}
	}
}

// failingNames is a resolver that fails, or never answers.
type failingNames struct{ err error }

func (f failingNames) LookupNetIP(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	if f.err == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return nil, f.err
}

func TestNamesThatCannotBeLookedUp(t *testing.T) {
	rows := []struct {
		host   string
		err    error
		kind   flows.ErrorKind
		reason string
		says   string
	}{
		{"auth.test", &net.DNSError{IsNotFound: true}, flows.ErrorDNS, "not-found", "auth.test"},
		{"auth.test", &net.DNSError{IsTemporary: true}, flows.ErrorDNS, "server-failure", "name server"},
		{"auth.test", &net.DNSError{IsTimeout: true}, flows.ErrorTimeout, "", "looking up the name auth.test"},
		{"auth.test", nil, flows.ErrorTimeout, "", "looking up the name auth.test"},
	}
	for _, row := range rows {
		r := &Runner{Proxy: noProxy, Resolver: failingNames{row.err}}
		x := sendTo(t, t.Context(), r, "http://"+row.host, 50*time.Millisecond)
		if x.Error == nil || x.Error.Kind != row.kind || x.Error.Reason != row.reason || x.Error.Stage != "dns" || !strings.Contains(x.Error.Message, row.says) {
			t.Errorf("%s, %v: %+v", row.host, row.err, x.Error)
		}
		checkQuiet(t, x)
		if strings.Contains(x.Error.Message, "\u202e") {
			t.Errorf("%q", x.Error.Message)
		}
	}
}

func TestClockSetBackDuringAnExchange(t *testing.T) {
	s, r := startFault(t, "none")
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	r.Now = func() time.Time { now = now.Add(-time.Hour); return now }
	x := sendTo(t, t.Context(), r, s.URL, 0)
	if x.Duration() < 0 || x.Timings.Wait < 0 || x.Timings.Receive < 0 {
		t.Errorf("duration %s, timings %+v", x.Duration(), *x.Timings)
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	if warm, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		warm.Close() // the runtime's own descriptors come with the first socket
	}
	before, files := runtime.NumGoroutine(), openFiles(t)
	for _, name := range []string{"none", "hang-in-body", "tls-none", "tls-hang", "tls-expired", "unroutable", "proxy-hang", "endless-body", "socks-hang"} {
		f, _ := faultserver.ByName(name)
		s, err := faultserver.Start(t.Context(), f, faultserver.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := &Runner{Proxy: noProxy, RootCAs: s.Roots, MaxCount: 2 << 20}
		_ = sendTo(t, t.Context(), r, s.URL, 100*time.Millisecond)
		s.Close()
	}
	awaitGoroutines(t, before)
	if now := openFiles(t); now > files {
		t.Errorf("%d files were open before, %d are now", files, now)
	}
}

// openFiles counts the open file descriptors where the system tells.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Logf("open files are not counted on this system: %v", err)
	}
	return len(entries)
}

// awaitGoroutines waits until no more goroutines run than before; the test's own
// deadline bounds the wait.
func awaitGoroutines(t *testing.T, before int) {
	t.Helper()
	for range 500 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<16)
	t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
}
