//go:build unix

package program

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// leap is a row: the clock on the wall moves while its monotonic reading does not, as after
// a sleep of the machine, or because somebody set it.
type leap struct {
	name   string
	by     time.Duration
	asleep bool // the rest of the world went on by as much
}

func leaps() []leap {
	return []leap{
		{"asleep for three hours", 3 * time.Hour, true},
		{"asleep for forty days", 40 * 24 * time.Hour, true},
		{"the clock set on by three hours", 3 * time.Hour, false},
		{"the clock set back by three hours", -3 * time.Hour, false},
	}
}

func leapRows(t *testing.T, b *table) {
	for _, l := range leaps() {
		b.row(t, "terminal: clock", l.name+", refreshed by itself", func(t *testing.T) { tryLeapAutomatic(t, l) })
		b.row(t, "terminal: clock", l.name+", a request under way", func(t *testing.T) { tryLeapUnderWay(t, l) })
		b.row(t, "terminal: clock", l.name+", waiting for the callback", func(t *testing.T) { tryLeapWaiting(t, l) })
	}
}

// leaper is a token endpoint and the clock of the program that asks it.
type leaper struct {
	*httptest.Server
	t     *testing.T
	clock string // the file
	mu    sync.Mutex
	ahead time.Duration // of this machine's clock
	log   []string      // the grants that were asked for
	hold  chan struct{} // the first answer waits for it; nil: none does
}

func newLeaper(t *testing.T) *leaper {
	l := &leaper{t: t, clock: filepath.Join(t.TempDir(), "clock")}
	l.Server = httptest.NewServer(http.HandlerFunc(l.serve))
	t.Cleanup(l.Close)
	return l
}

func (l *leaper) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/authorize" {
		q := r.URL.Query()
		http.Redirect(w, r, q.Get("redirect_uri")+"?code=a-code-of-the-leaper&state="+q.Get("state"), http.StatusFound)
		return
	}
	if r.URL.Path != "/token" {
		return // where the callback leads the browser
	}
	l.mu.Lock()
	l.log = append(l.log, r.FormValue("grant_type"))
	n, hold := len(l.log), l.hold
	l.mu.Unlock()
	if hold != nil && n == 1 {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	}
	l.mu.Lock()
	w.Header().Set("Date", time.Now().Add(l.ahead).UTC().Format(http.TimeFormat))
	l.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = fmt.Fprintf(w, `{"access_token":"%s-%d","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-of-the-leaper-%d"}`, opaqueToken, n, n)
}

// asked are the grants that were asked for so far.
func (l *leaper) asked() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.log...)
}

// await waits until so many requests have come.
func (l *leaper) await(n int) {
	l.t.Helper()
	for range 800 {
		if len(l.asked()) >= n {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	l.t.Fatalf("%d requests did not come: %q", n, l.asked())
}

// leap moves the clock of the program, and the server's if the world went on.
func (l *leaper) leap(by leap) {
	l.t.Helper()
	if by.asleep {
		l.mu.Lock()
		l.ahead = by.by
		l.mu.Unlock()
	}
	setClock(l.t, l.clock, by.by.String())
}

func (l *leaper) env() string {
	setting, _ := json.Marshal(otherwise{Clock: l.clock})
	return programOutside + "=" + string(setting)
}

// tryLeapAutomatic: a token that is over is refreshed once, and the new one has its hour; a
// clock that is set back sends nothing, and says so.
func tryLeapAutomatic(t *testing.T, by leap) {
	l := newLeaper(t)
	term := openTerminal(t, l.URL+"/token", l.env())
	term.walkToSend()
	term.until("59:5", "59:4")
	term.press("t")
	term.until("automatic refresh is on")
	l.leap(by)
	if by.by < 0 {
		term.until("the clock was set back by 3 h")
		term.until("at most 59:", "at most 1 h 0 min")
		term.press("t")
		term.until("automatic refresh is off")
		term.press("t")
		term.until("nothing is sent: the clock was set back")
		time.Sleep(1500 * time.Millisecond) // a tick
		if n := len(l.asked()); n != 1 {
			t.Errorf("%d requests were sent", n)
		}
		term.leave()
		return
	}
	l.await(2)
	term.until("refreshed by itself: the new token lives")
	term.until("access 59:5", "access 59:4")
	if got := l.asked(); len(got) != 2 || got[1] != "refresh_token" {
		t.Errorf("asked for %q", got)
	}
	term.leave()
}

// tryLeapUnderWay: the request is not ended by it, and the token that comes has its hour by
// the clock of now; whose clock is wrong is said where one is.
func tryLeapUnderWay(t *testing.T, by leap) {
	l := newLeaper(t)
	l.hold = make(chan struct{})
	term := openTerminal(t, l.URL+"/token", l.env())
	term.walkToSend()
	l.await(1)
	term.until("esc cancels")
	l.leap(by)
	time.Sleep(1500 * time.Millisecond) // a tick or more by the new clock
	if screen := term.screen.String(); !strings.Contains(screen, "esc cancels") || strings.Contains(screen, "80:0") || strings.Contains(screen, "600:") {
		t.Errorf("while it waits the screen shows\n%s", screen)
	}
	close(l.hold)
	term.until("access 59:5", "access 59:4")
	if n := len(l.asked()); n != 1 {
		t.Errorf("%d requests were sent", n)
	}
	term.until("the clock went on by", "the clock went back by")
	agrees := "agrees with the local clock"
	switch {
	case by.asleep:
	case by.by < 0:
		agrees = "3 h ahead of the local clock"
	default:
		agrees = "3 h behind the local clock"
	}
	term.until(agrees)
	term.leave()
}

// tryLeapWaiting: the wait for the browser goes on, the callback is taken, and its code
// exchanged for a token with its hour.
func tryLeapWaiting(t *testing.T, by leap) {
	l := newLeaper(t)
	dir := t.TempDir()
	seen, browser := filepath.Join(dir, "seen"), filepath.Join(dir, "xdg-open")
	script := "#!/bin/sh\nprintf %s \"$1\" >'" + seen + ".new' && mv '" + seen + ".new' '" + seen + "'\n"
	if err := os.WriteFile(browser, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	term := openGrant(t, "authorization_code", l.URL+"/token\"\nauthorization = \""+l.URL+"/authorize", l.env(), "BROWSER=", "DISPLAY=:0", "PATH="+dir+":"+os.Getenv("PATH"))
	term.openWalk()
	term.until("1 CLIENT")
	term.press("\r")
	term.until("in the browser and wait") // the URL is built
	term.press("\r")
	term.until("esc cancels")
	url := ""
	for range 800 {
		if data, err := os.ReadFile(seen); err == nil && len(data) > 0 {
			url = string(data)
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	l.leap(by)
	time.Sleep(1500 * time.Millisecond)
	if screen := term.screen.String(); !strings.Contains(screen, "esc cancels") {
		t.Errorf("nobody waits any more:\n%s", screen)
	}
	if _, err := visitAsUser(url); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	term.until("✓ accepted", "✓ 3 Callback")
	term.press("4")
	term.until("What will be sent")
	term.press("\r")
	term.until("access 59:5", "access 59:4")
	if n := len(l.asked()); n != 1 {
		t.Errorf("%d requests were sent", n)
	}
	term.leave()
}
