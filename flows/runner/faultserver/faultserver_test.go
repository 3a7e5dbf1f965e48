package faultserver

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

func start(t *testing.T, name string, options Options) *Server {
	t.Helper()
	f, ok := ByName(name)
	if !ok {
		t.Fatalf("no fault %q", name)
	}
	s, err := Start(t.Context(), f, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestEveryFaultIsDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range All() {
		if f.Name == "" || f.What == "" || f.Kind == "" || seen[f.Name] {
			t.Errorf("%+v", f)
		}
		if (f.accept == nil) == (f.answer == nil) {
			t.Errorf("%s: exactly one of accept and answer must be set", f.Name)
		}
		if strings.HasSuffix(f.What, ".") {
			t.Errorf("%s: %q ends with a full stop", f.Name, f.What)
		}
		seen[f.Name] = true
	}
	if len(seen) < 100 {
		t.Errorf("only %d faults", len(seen))
	}
	if _, ok := ByName("nothing of this kind"); ok {
		t.Error("an unknown name is known")
	}
}

// TestEveryFaultStartsAndStops also shows that a client who connects and leaves, or says
// something, keeps nothing alive.
func TestEveryFaultStartsAndStops(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, f := range All() {
		s, err := Start(t.Context(), f, Options{})
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if s.URL == "" || (f.Kind == Proxy) != (s.ProxyURL != "") || (f.other) != (s.Other != nil) {
			t.Errorf("%s: %q %q", f.Name, s.URL, s.ProxyURL)
		}
		if conn, err := net.DialTimeout("tcp", s.listener.Addr().String(), time.Second); err == nil {
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			defer conn.Close()
		}
		s.Close()
	}
	for range 500 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestLog(t *testing.T) {
	s := start(t, "none", Options{})
	response, err := http.Post(s.URL+"/token?a=1", "application/x-www-form-urlencoded", strings.NewReader("code=x"))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	response.Body.Close()
	if string(body) != tokenResponse {
		t.Errorf("answered %q", body)
	}
	log := s.Log()
	if len(log) != 1 || log[0].Method != "POST" || log[0].Target != "/token?a=1" || string(log[0].Body) != "code=x" ||
		!strings.HasPrefix(log[0].Head, "POST /token?a=1 HTTP/1.1\r\n") || !strings.HasSuffix(log[0].Head, "\r\n\r\n") || log[0].Address == "" {
		t.Errorf("%+v", log)
	}
}

func TestHealthyPaths(t *testing.T) {
	s := start(t, "content-html", Options{Healthy: map[string]string{"/jwks": `{"keys":[]}`}})
	for path, want := range map[string]string{"/jwks?x=1": `{"keys":[]}`, "/token": html} {
		response, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if string(body) != want {
			t.Errorf("%s: %q", path, body)
		}
	}
}

// TestContentIsWhatItSays checks the spoilt answers by their own kind.
func TestContentIsWhatItSays(t *testing.T) {
	invalid := map[string]bool{ // what encoding/json must refuse
		"html": true, "html-502": true, "html-labelled-json": true, "empty": true, "no-content": true, "blank": true, "bom": true,
		"utf16": true, "form": true, "jsonp": true, "trailing": true, "cut": true, "cut-early": true, "deep": true, "nan": true,
	}
	for _, c := range spoils() {
		body := tokenResponse
		if c.body != nil {
			body = c.body(body)
		}
		if got := !json.Valid([]byte(body)); got != (invalid[c.name]) && c.name != "latin1" {
			// Validity in the sense of RFC 8259; encoding/json bounds the depth at 10,000.
			t.Errorf("%s: valid JSON: %v", c.name, !got)
		}
		if strings.HasPrefix(c.name, "hostile-") && !strings.HasPrefix(c.name, "hostile-error") {
			if strings.Contains(c.header, "\r") || strings.Count(c.header, "\n") != 2 || strings.Contains(c.status, "\n") {
				t.Errorf("%s breaks its own header", c.name)
			}
		}
	}
}

func TestHostileContentHoldsTheSequences(t *testing.T) {
	for name, sequence := range Sequences() {
		s := start(t, "content-hostile-"+name, Options{Body: `{"access_token":"a","nested":1}`})
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\n\r\n")
		all, _ := io.ReadAll(conn)
		conn.Close()
		head, body, _ := bytes.Cut(all, []byte("\r\n\r\n"))
		var members map[string]any
		if err := json.Unmarshal(body, &members); err != nil || members["access_token"] != "a"+sequence || members["extra"+sequence] == nil {
			t.Errorf("%s: %v in %q", name, err, body)
		}
		if !bytes.Contains(head, []byte("X-Hostile: a"+headerSafe(sequence)+"b")) {
			t.Errorf("%s: header %q", name, head)
		}
	}
}

func TestTLSRoots(t *testing.T) {
	s := start(t, "tls-none", Options{})
	conn, err := tls.Dial("tcp", strings.TrimPrefix(s.URL, "https://"), &tls.Config{RootCAs: s.Roots})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if !bytes.HasPrefix(s.RootPEM, []byte("-----BEGIN CERTIFICATE-----")) {
		t.Error("no PEM of the root")
	}
}

// TestAnswersAreThose: the list of answers has those of the faults, in their bytes.
func TestAnswersAreThose(t *testing.T) {
	found := map[string]Answer{}
	for _, a := range Answers(t.Context(), "", 64<<10) {
		found[a.Fault] = a
	}
	if len(found) < 250 {
		t.Errorf("%d answers", len(found))
	}
	for name, holds := range map[string]string{"content-prefix": ")]}'", "status-999": "HTTP/1.1 999", "redirect-307-other": "Location: http://other.test", "chunks-twice": "chunked, chunked",
		"content-echo": "POST /token", "value-scope-array": `"scope":[`, "drip": "HTTP/1.1 200", "not-http": "SSH-2.0"} {
		if !strings.Contains(string(found[name].Raw), holds) {
			t.Errorf("%s: %.200q", name, found[name].Raw)
		}
	}
	if body := string(found["content-bom"].Body()); !strings.HasPrefix(body, "\ufeff{") {
		t.Errorf("%.40q", body)
	}
}
