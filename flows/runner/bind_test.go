package runner

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"

	"oauthlens/flows"
)

func hasIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err == nil {
		_ = l.Close() // nothing was accepted
	}
	return err == nil
}

func TestBinding(t *testing.T) {
	rows := []struct{ uri, want string }{
		{"http://127.0.0.1:0/cb", "127.0.0.1:%d"},
		{"http://[::1]:0/cb", "[::1]:%d"},
		{"http://localhost:0/cb", "127.0.0.1:%d [::1]:%d"},
		{"http://LOCALHOST:0", "127.0.0.1:%d [::1]:%d"},
		{"http://app.localhost:0/a/b?c=d", "127.0.0.1:%d [::1]:%d"},
		{"http://127.0.0.2:0/cb", "127.0.0.2:%d"},
	}
	for _, row := range rows {
		t.Run(row.uri, func(t *testing.T) {
			if runtime.GOOS != "linux" && strings.Contains(row.uri, "127.0.0.2") {
				row = rows[0] // elsewhere only 127.0.0.1 is configured
			}
			if strings.Contains(row.uri, "[::1]") && !hasIPv6() {
				if l, event := new(Runner).Listen(t.Context(), flows.Listen{RedirectURI: row.uri}, func(flows.Event) {}); l != nil || event.(flows.ListenerFailed).Message == "" {
					t.Errorf("without IPv6: %+v", event)
				}
				return
			}
			l, opened, _ := listenOn(t, row.uri)
			want := strings.ReplaceAll(row.want, "%d", fmt.Sprint(l.port))
			if strings.Contains(opened.Note, "IPv6 is off") {
				want, _, _ = strings.Cut(want, " ")
			}
			if got := strings.Join(opened.Addresses, " "); got != want {
				t.Errorf("bound %s, want %s", got, want)
			}
			if wantURI := strings.Replace(row.uri, ":0", fmt.Sprintf(":%d", l.port), 1); opened.RedirectURI != wantURI {
				t.Errorf("redirect URI %s, want %s", opened.RedirectURI, wantURI)
			}
		})
	}
}

func TestNotOurs(t *testing.T) {
	for _, uri := range []string{
		"https://app.example.test/cb", "http://192.0.2.1:80/cb", "myapp://callback", "urn:ietf:wg:oauth:2.0:oob", "", "/cb", "http://",
		"http://localhost.evil.test/cb", "http://127.0.0.1.evil.test/", "http://0.0.0.0:0/", "http://[::]:0/", "http://127.0.0.1:99999/",
	} {
		l, event := new(Runner).Listen(t.Context(), flows.Listen{RedirectURI: uri, AnyPort: true}, func(flows.Event) {})
		failed, ok := event.(flows.ListenerFailed)
		if l != nil || !ok || failed.Message == "" || failed.InUse {
			t.Errorf("%q: %+v", uri, event)
		}
	}
}

// takeOne takes a port that is free on both families: who has it on one of them only is
// somebody else otherwise.
func takeOne(t *testing.T, address string) (net.Listener, int) {
	t.Helper()
	for range 50 {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		other, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil && address != "127.0.0.1:0" {
			_ = l.Close() // nothing was accepted
			continue
		}
		if err == nil {
			_ = other.Close() // nothing was accepted
		}
		return l, port
	}
	t.Fatal("no port is free on both families")
	return nil, 0
}

func TestTakenPort(t *testing.T) {
	for _, taken := range []string{"127.0.0.1:0", "[::1]:0"} {
		if taken != "127.0.0.1:0" && !hasIPv6() {
			continue
		}
		other, port := takeOne(t, taken)
		defer other.Close()
		uri := fmt.Sprintf("http://localhost:%d/cb", port)
		l, event := new(Runner).Listen(t.Context(), flows.Listen{RedirectURI: uri}, func(flows.Event) {})
		failed, ok := event.(flows.ListenerFailed)
		if l != nil || !ok || !failed.InUse || !strings.Contains(failed.Message, fmt.Sprint(port)) {
			t.Errorf("%s is taken: %+v", taken, event)
		}
		if free, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			free.Close() // the other family was freed again
		} else if taken != "127.0.0.1:0" {
			t.Errorf("the other family stays bound: %v", err)
		}
		_, opened, _ := listenFor(t, flows.Listen{RedirectURI: uri, AnyPort: true})
		if opened.RedirectURI == uri || !strings.HasSuffix(opened.RedirectURI, "/cb") || !strings.Contains(opened.Note, fmt.Sprintf("port %d is taken", port)) {
			t.Errorf("any port: %+v", opened)
		}
	}
}

func TestWithPort(t *testing.T) {
	rows := [][2]string{
		{"http://127.0.0.1:0/cb?x=1:2", "http://127.0.0.1:7/cb?x=1:2"},
		{"http://[::1]:0/cb", "http://[::1]:7/cb"},
		{"http://[::1]/cb", "http://[::1]:7/cb"},
		{"http://LocalHost", "http://LocalHost:7"},
		{"https://localhost:1?x", "https://localhost:7?x"},
	}
	for _, row := range rows {
		if got := (address{raw: row[0]}).withPort(7); got != row[1] {
			t.Errorf("%s -> %s", row[0], got)
		}
	}
}
