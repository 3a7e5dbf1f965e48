package runner

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"oauthlens/flows"
)

func TestProxyCredentialsAreSentAndNotShown(t *testing.T) {
	s, r := startFault(t, "proxy-none")
	r.Proxy = func(*url.URL) (*url.URL, error) {
		return url.Parse(strings.Replace(s.ProxyURL, "http://", "http://user:"+sentSecret+"@", 1))
	}
	x := sendTo(t, t.Context(), r, s.URL, 0)
	checkQuiet(t, x)
	log := s.Log()
	if len(log) != 2 || log[0].Method != "CONNECT" || log[0].Target != "server.test:80" || !strings.Contains(log[0].Head, "Proxy-Authorization: Basic ") {
		t.Fatalf("log %+v", log)
	}
	if sent := log[1].Head + string(log[1].Body); sent != string(x.Request.Bytes()) {
		t.Errorf("through the tunnel went\n%s", sent)
	}
	if !strings.Contains(x.Comment, "through the proxy 127.0.0.1:") {
		t.Errorf("comment %q", x.Comment)
	}
}

func TestSOCKS(t *testing.T) {
	rows := []struct{ name, user, url, asked string }{
		{"socks-none", "", "http://server.test", `3 "server.test\x00P"`},
		{"socks-none", "user:" + sentSecret + "@", "http://192.0.2.7:8080", `1 "\x00\x02\a\x1f\x90"`},
		{"socks-none", "", "http://[2001:db8::1]", `4 "\x01\r\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00P"`},
		{"socks-login", "user:" + sentSecret + "@", "http://server.test", `3 "server.test\x00P"`},
	}
	for _, row := range rows {
		s, r := startFault(t, row.name)
		r.Proxy = func(*url.URL) (*url.URL, error) {
			return url.Parse(strings.Replace(s.ProxyURL, "://", "://"+row.user, 1))
		}
		x := sendTo(t, t.Context(), r, row.url, 0)
		checkQuiet(t, x)
		log := s.Log()
		if x.Error != nil || len(log) == 0 {
			t.Fatalf("%+v", x.Error)
		}
		if row.name == "socks-login" {
			if string(log[0].Body) != "user:"+sentSecret {
				t.Errorf("login %q", log[0].Body)
			}
			log = log[1:]
		}
		if log[0].Target != row.asked || log[1].Head+string(log[1].Body) != string(x.Request.Bytes()) {
			t.Errorf("asked for %s", log[0].Target)
		}
	}
}

// TestProxyOfTheEnvironment runs itself again, since net/http reads the variables once.
func TestProxyOfTheEnvironment(t *testing.T) {
	if base := os.Getenv("RUNNER_TEST_SEND_TO"); base != "" {
		x := sendTo(t, t.Context(), &Runner{Resolver: notFound{}}, base, 0)
		fmt.Printf("remote=%s error=%v\n", x.Remote, x.Error != nil)
		return
	}
	s, _ := startFault(t, "proxy-none")
	proxy := strings.TrimPrefix(s.ProxyURL, "http://")
	rows := []struct{ variable, base, want string }{
		{"HTTP_PROXY=" + s.ProxyURL, "http://server.test", "remote=" + proxy + " error=false"},
		{"HTTP_PROXY=" + proxy, "http://server.test", "remote=" + proxy + " error=false"},
		{"HTTPS_PROXY=" + s.ProxyURL, "http://server.test", "remote= error=true"},
		{"HTTP_PROXY=" + s.ProxyURL, "http://exempt.test", "remote= error=true"},
		{"HTTP_PROXY=" + s.ProxyURL, "http://127.0.0.1:1", "remote= error=true"},
	}
	for _, row := range rows {
		again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxyOfTheEnvironment$")
		again.Env = []string{"RUNNER_TEST_SEND_TO=" + row.base, "NO_PROXY=exempt.test", row.variable, "SYSTEMROOT=" + os.Getenv("SYSTEMROOT")}
		out, err := again.CombinedOutput()
		if err != nil || !strings.Contains(string(out), row.want+"\n") {
			t.Errorf("%s, %s: %s (%v)", row.variable, row.base, out, err)
		}
	}
}

// TestTLSThroughATunnel: the certificate is that of the server at the end, by the name
// in the URL.
func TestTLSThroughATunnel(t *testing.T) {
	proxy, _ := startFault(t, "proxy-tunnels")
	s, r := startFault(t, "tls-none")
	r.Proxy = func(*url.URL) (*url.URL, error) { return url.Parse(proxy.ProxyURL) }
	base := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	x := sendTo(t, t.Context(), r, base, 0)
	if x.Error != nil || x.TLS == nil || x.TLS.Peer != "CN=fault server" || x.Timings.TLS < 0 || x.Timings.Connect < 0 {
		t.Fatalf("%+v, %+v", x.Error, x.TLS)
	}
	if log := s.Log(); len(log) != 1 || log[0].Head+string(log[0].Body) != string(x.Request.Bytes()) {
		t.Errorf("%+v", log)
	}
	x = sendTo(t, t.Context(), r, strings.Replace(s.URL, "127.0.0.1", "other.test", 1), 0)
	if x.Error == nil || x.Error.Reason != "wrong-name" {
		t.Errorf("%+v", x.Error)
	}
}

func TestProxySchemes(t *testing.T) {
	for _, proxy := range []string{"socks4://127.0.0.1:1", "http://", "socks5://:0", "ftp://127.0.0.1"} {
		r := &Runner{Proxy: func(*url.URL) (*url.URL, error) { return url.Parse(proxy) }}
		x := sendTo(t, t.Context(), r, "http://server.test", 0)
		if x.Error == nil || x.Error.Kind != flows.ErrorProxy || x.Error.Stage != "proxy" {
			t.Errorf("%s: %+v", proxy, x.Error)
		}
	}
}
