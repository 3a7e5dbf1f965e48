//go:build unix

package program

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// screenWait is a row: a wait on the screen for an endpoint that never answers.
type screenWait struct {
	name string
	// endpoints are lines of the profile, the token endpoint first: PARTY is healthy, HANG
	// never answers, ONCE gives a token the first time and then no answer.
	endpoints string
	// steps are what must be seen and what is pressed then, in turn; the last is what is
	// waited for.
	steps []string
}

func screenWaits() []screenWait {
	const token, waiting, palette = "token = \"PARTY/token\"\n", "waiting for 127.0.0.1", "\x0b"
	walk := []string{"1 CLIENT", "\r", "What will be sent", "\r", "✓ 2 Exchange"}
	after := func(steps ...string) []string { return append(append(walk[:len(walk):len(walk)], steps...), waiting) }
	return []screenWait{
		{"discovery", token + "issuer = \"HANG\"\n", []string{"1 CLIENT", palette + "discover\r", "enter send it", "\r", waiting}},
		{"keys", token + "jwks = \"HANG/jwks\"\n", after(palette+"fetch the keys\r", "enter sends it", "\r")},
		{"API call", token, after("5", "5 CALL", "e", "enter keep", "HANG/api\r", "What will be sent", "\r")},
		{"userinfo", token + "userinfo = \"HANG/userinfo\"\n", after(palette+"userinfo\r", "enter send it", "\r")},
		{"introspection", token + "introspection = \"HANG/introspect\"\n", after(palette+"introspect\r", "enter send it", "\r")},
		{"revocation", token + "revocation = \"HANG/revoke\"\n", after(palette+"revoke\r", "enter sends it", "\r")},
		{"refresh", "token = \"ONCE/token\"\n", after(palette+"refresh the access\r", "enter send it", "\r")},
	}
}

func screenWaitRows(t *testing.T, b *table, _ string) {
	for _, row := range screenWaits() {
		for _, key := range []struct{ name, press string }{{"esc", "\x1b"}, {"ctrl+c", "\x03"}} {
			b.row(t, "cancelling", row.name+" on the screen by "+key.name, func(t *testing.T) { tryScreenWait(t, b, row, key.press) })
		}
	}
}

// once answers a token request once, and none after it, of which the hanging server is told.
func once(t *testing.T, p *party, hangs string) string {
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			p.answer(w, p.tokenAnswer())
			return
		}
		req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, hangs, nil)
		if err != nil {
			t.Error(err)
			return
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func tryScreenWait(t *testing.T, b *table, row screenWait, press string) {
	p := newParty(t)
	s := hanging(t)
	at := strings.NewReplacer("HANG", s.URL, "PARTY", p.URL, "ONCE", once(t, p, s.URL))
	endpoints := strings.TrimSuffix(strings.TrimPrefix(at.Replace(row.endpoints), `token = "`), "\"\n") // the profile has the rest
	term := openTerminal(t, endpoints)
	term.openWalk()
	for i, step := range row.steps {
		if i%2 == 0 {
			term.until(step)
		} else {
			term.press(at.Replace(step))
		}
	}
	waiting := row.steps[len(row.steps)-1]
	s.Await(t.Context(), 1)
	if term.cancels(b, press, waiting); press != "\x03" {
		term.until("cancelled")
		term.leave()
	}
	if left := term.report(t); left.Sockets != 0 || len(left.Goroutines) != 0 {
		t.Errorf("%d sockets and %d goroutines are left: %q", left.Sockets, len(left.Goroutines), left.Goroutines)
	}
	checkPainted(t, term.text())
}
