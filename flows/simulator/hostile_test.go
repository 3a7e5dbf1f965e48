package simulator

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"oauthlens/flows"
)

func TestHostHeader(t *testing.T) {
	r := start(t, Config{})
	for host, want := range map[string]int{"evil.example.test": http.StatusMisdirectedRequest, "127.0.0.1.evil.example.test:80": http.StatusMisdirectedRequest, "localhost:1": 200, "[::1]:80": 200, "127.0.0.1": 200} {
		req := request(t, "GET", r.URL()+"/", "")
		req.Host = host
		if got := r.do(req); got.StatusCode != want {
			t.Errorf("%s: %d, want %d", host, got.StatusCode, want)
		}
	}
}

// raw sends bytes over a connection and returns the status line.
func (r *rig) raw(text string) string {
	r.Helper()
	conn, err := net.DialTimeout("tcp", r.Addr().String(), 5*time.Second)
	if err != nil {
		r.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		return "write: " + err.Error()
	}
	line, _ := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(line)
}

func TestNonsenseOverASocket(t *testing.T) {
	r := start(t, Config{})
	for _, text := range []string{
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		"GARBAGE\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + strings.Repeat("a", 64<<10) + "\r\n\r\n",
		"POST /split/oauth/authorize HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
	} {
		if got := r.raw(text); !strings.HasPrefix(got, "HTTP/1.1 4") {
			t.Errorf("%.20q: %q", text, got)
		}
	}
	if got := r.raw("BREW /split/oauth/authorize HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"); got != "HTTP/1.1 405 Method Not Allowed" {
		t.Errorf("unknown method: %q", got)
	}
	if got := r.get(r.URL() + "/"); got.StatusCode != 200 {
		t.Errorf("afterwards: %d", got.StatusCode)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	s := shelf[int]{held: map[string]int{}}
	for i := range 3 * maxHeld {
		s.put(fmt.Sprint(i), i)
	}
	if len(s.held) != maxHeld || len(s.order) != maxHeld {
		t.Errorf("%d held, %d ordered", len(s.held), len(s.order))
	}
	if _, ok := s.held[fmt.Sprint(3*maxHeld-1)]; !ok {
		t.Error("the newest is gone")
	}
	for range 2 * maxHeld {
		s.put("same", 1)
		s.take("same")
	}
	if len(s.order) > maxHeld+1 {
		t.Errorf("taken values pile up: %d", len(s.order))
	}
}

func TestManyAtOnce(t *testing.T) {
	r := start(t, Config{})
	s := r.at(standard(), flows.EnvSimulator)
	var wg sync.WaitGroup
	seen := make(chan string, 40)
	for range 20 {
		wg.Go(func() {
			tok := s.tokens()
			seen <- s.access(tok)
			seen <- s.access(s.refresh(s.refreshOf(tok)))
		})
	}
	wg.Wait()
	close(seen)
	unique := map[string]bool{}
	for token := range seen {
		unique[token] = true
	}
	if len(unique) != 40 || unique[""] {
		t.Errorf("%d different tokens of 40", len(unique))
	}
}

// TestCodeRace redeems one code from many sides: one may win.
func TestCodeRace(t *testing.T) {
	s := start(t, Config{}).at(split(), flows.EnvSimulator)
	code := s.consented(s.authorizeParams(), "allow").Get("code")
	var wg sync.WaitGroup
	got := make(chan int, 16)
	for range cap(got) {
		wg.Go(func() { got <- s.exchange(code).StatusCode })
	}
	wg.Wait()
	close(got)
	won := 0
	for status := range got {
		if status == 200 {
			won++
		}
	}
	if won > 1 {
		t.Errorf("%d of %d redeemed the code", won, cap(got))
	}
}

func TestStartAndClose(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Start(ctx, Config{Providers: made()}, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Config{}, s.Addr().String()); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a port that is taken: %v", err)
	}
	cancel()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := http.Get(s.URL()); err == nil {
		t.Error("it still answers after Close")
	}
	again, err := Start(t.Context(), Config{Providers: made()}, s.Addr().String())
	if err != nil {
		t.Fatalf("the port is not free again: %v", err)
	}
	if again.URL() != s.URL() {
		t.Errorf("%s, want %s", again.URL(), s.URL())
	}
	again.Close()
}

func TestNewRefuses(t *testing.T) {
	bad := split()
	bad.Environments[0].Endpoints.Token = "not a url"
	for name, providers := range map[string][]flows.Provider{
		"no name": {{}}, "slash": {{Name: "a/b"}}, "twice": {{Name: "a"}, {Name: "a"}}, "endpoint": {bad},
		"environment": {{Name: "a", Environments: []flows.Environment{{Name: "../x"}}}},
	} {
		if _, err := New(Config{Providers: providers}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

type emptySource struct{}

func (emptySource) Read([]byte) (int, error) { return 0, errors.New("no randomness") }

func TestWithoutRandomness(t *testing.T) {
	s := start(t, Config{Rand: emptySource{}}).at(machine(), flows.EnvSimulator)
	if got := s.send(s.e.Token, "grant_type", "client_credentials"); got.StatusCode != 500 || got.json["error"] != "server_error" {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
}

func TestHandlerWithoutASocket(t *testing.T) {
	sim, err := New(Config{Providers: made(), Origins: [2]string{"http://one.test", "http://two.test"}})
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]int{
		"http://one.test/split/oauth/authorize":                          400,
		"http://two.test/split/oauth/authorize":                          401, // the API's host
		"http://two.test/split/.well-known/openid-configuration":         200,
		"http://two.test/.well-known/oauth-authorization-server/split":   200,
		"http://one.test/.well-known/openid-configuration/split":         404,
		"http://one.test/split/v1/oauth2/token":                          404,
		"http://one.test/nobody":                                         404,
		"http://one.test/splitter/oauth/authorize":                       404,
		"http://one.test/standard/authorize":                             400,
		"http://two.test/split/sandbox/.well-known/openid-configuration": 200,
	} {
		w := httptest.NewRecorder()
		sim.Handler().ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", target, w.Code, want)
		}
	}
}

func TestLogHasNoSecrets(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	s := start(t, Config{Log: func(e Entry) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, fmt.Sprintf("%+v", e))
	}}).at(split(), flows.EnvSimulator)
	code := s.consented(s.authorizeParams(), "allow").Get("code")
	tok := s.exchange(code)
	s.exchange(code)
	s.call(s.access(tok))
	s.send(s.e.Revocation, "token", s.refreshOf(tok))
	s.refresh(s.refreshOf(tok))
	mu.Lock()
	defer mu.Unlock()
	if len(lines) < 7 {
		t.Fatalf("%d lines", len(lines))
	}
	all := strings.Join(lines, "\n")
	for name, secret := range map[string]string{"code": code, "access token": s.access(tok), "refresh token": s.refreshOf(tok), "client secret": s.secret, "verifier": verifier, "state": "st&te"} {
		if strings.Contains(all, secret) {
			t.Errorf("the log has the %s", name)
		}
	}
	if !strings.Contains(all, "Endpoint:token") || !strings.Contains(all, "invalid_grant") {
		t.Errorf("the log says too little: %s", all)
	}
}

func TestBrowserApplications(t *testing.T) {
	s := start(t, Config{}).at(split(), flows.EnvSimulator)
	pre := s.do(request(t, "OPTIONS", s.e.Token, "", "Origin", "http://localhost:3000", "Access-Control-Request-Method", "POST"))
	if pre.StatusCode != 204 || pre.Header.Get("Access-Control-Allow-Origin") != "*" || pre.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%d %v", pre.StatusCode, pre.Header)
	}
	if got := s.get(s.e.JWKS, "Origin", "http://localhost:3000"); got.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("the JWKS cannot be read by a page")
	}
	if got := s.get(s.e.Authorization, "Origin", "http://localhost:3000"); got.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("the authorization endpoint can be read by a page")
	}
	if got := s.get(s.e.JWKS); got.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("a header that nobody asked for")
	}
}

// FuzzServe sends any request to any endpoint: no panic, and no answer without the
// headers that every answer has.
func FuzzServe(f *testing.F) {
	f.Add("POST", "/split/v1/oauth2/token", "grant_type=authorization_code&code=%zz&;", "application/x-www-form-urlencoded", "Basic Og==")
	f.Add("POST", "/wrapped/api/v1/oauth/token", `{"grant_type":"client_credentials","client_id":1e999}`, "application/json", "")
	f.Add("GET", "/split/oauth/authorize?client_id=demo-client&redirect_uri=http://[::1]:1/&response_type=code&response_mode=form_post", "", "", "Bearer \x00")
	f.Add("POST", "/split/simulator/consent", "decision=allow&request=", "", "")
	f.Add("GET", "/wrapped/api/v1/get_info?client_id=%ff", "", "", "")
	f.Add("HEAD", "/.well-known/openid-configuration/split", "", "", "")
	sim, err := New(Config{Providers: made(), Origins: [2]string{"http://one.test", "http://two.test"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, path, body, kind, authorization string) {
		for origin := range 2 {
			r, err := http.NewRequest(method, "http://one.test"+path, strings.NewReader(body))
			if err != nil {
				return
			}
			r.Header["Content-Type"], r.Header["Authorization"] = []string{kind}, []string{authorization}
			w := httptest.NewRecorder()
			sim.serve(origin, w, r)
			if w.Code < 200 || w.Code >= 500 && w.Code != 503 || w.Header().Get("Date") == "" || w.Header().Get("Cache-Control") == "" {
				t.Errorf("%s %s: %d %v", method, path, w.Code, w.Header())
			}
		}
	})
}

func FuzzBasicCredentials(f *testing.F) {
	f.Add("Og==")
	f.Add("YTpi")
	f.Add("JTp6eg==")
	f.Fuzz(func(t *testing.T, encoded string) {
		id, secret, ok := basicCredentials(encoded, flows.BasicRaw)
		plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if ok && (err != nil || id+":"+secret != string(plain)) {
			t.Errorf("%q read as %q and %q", encoded, id, secret)
		}
		if _, _, formOK := basicCredentials(encoded, flows.BasicRFC6749); formOK && !ok {
			t.Errorf("%q passes only when it is form-encoded", encoded)
		}
	})
}

func FuzzPathNames(f *testing.F) {
	f.Add("$.a['b c'].d")
	f.Add("$['")
	f.Fuzz(func(t *testing.T, path string) {
		if names := pathNames(path); names != nil {
			if v, ok := (object{}).at(names, 1).get(names[0]); !ok || v == nil {
				t.Errorf("%q names %q, and nothing stands there", path, names)
			}
		}
	})
}

func BenchmarkStart(b *testing.B) {
	providers := made()
	for b.Loop() {
		s, err := Start(b.Context(), Config{Providers: providers}, "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
