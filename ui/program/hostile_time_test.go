//go:build unix

package program

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"oauthlens/flows/runner/faultserver"
)

// longDay is a row: what the clock does while the program shows a token of one hour.
type longDay struct {
	name   string
	asleep bool // the process is stopped in the meantime
	by     time.Duration
	// shows is a pattern that the screen must show, and never what it must not.
	shows, never string
}

func longDays() []longDay {
	return []longDay{
		{name: "asleep for a day", asleep: true, by: 24 * time.Hour, shows: `expired 23 h ago`, never: `access \d+:\d\d`},
		{name: "asleep for a year", asleep: true, by: 365 * 24 * time.Hour, shows: `expired \d+ (mo|d) ago`, never: `access \d+:\d\d`},
		{name: "asleep until the refresh is due", asleep: true, by: 59*time.Minute + 5*time.Second, shows: `0:\d\d refresh now`},
		{name: "asleep for a minute", asleep: true, by: time.Minute, shows: `58:\d\d`},
		{name: "the clock set on by a day", by: 24 * time.Hour, shows: `expired 23 h ago`, never: `access \d+:\d\d`},
		{name: "the clock set back by an hour", by: -time.Hour, shows: `at most 5\d:\d\d`, never: `expired`},
		{name: "the clock set back by a year", by: -365 * 24 * time.Hour, shows: `at most 5\d:\d\d`, never: `expired`},
	}
}

func timeRows(t *testing.T, b *table, _ string) {
	for _, day := range longDays() {
		b.row(t, "terminal: clock", day.name, func(t *testing.T) { tryDay(t, day) })
	}
	leapRows(t, b)
}

// tryDay: the countdown is right in the first second after the clock has moved, nothing is
// sent by itself, the screen is not painted in a storm, and the walk goes on.
func tryDay(t *testing.T, day longDay) {
	healthy, _ := faultserver.ByName("none")
	s, err := faultserver.Start(t.Context(), healthy, faultserver.Options{Body: `{"access_token":"` + opaqueToken + `","token_type":"Bearer","expires_in":3600,"scope":"read"}`})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	clock := filepath.Join(t.TempDir(), "clock")
	setting, _ := json.Marshal(otherwise{Clock: clock})
	term := openTerminal(t, s.URL+"/token", programOutside+"="+string(setting))
	term.walkToSend()
	term.until("59:5", "59:4", "59:3")
	if day.asleep {
		_ = term.cmd.Process.Signal(syscall.SIGSTOP)
		time.Sleep(300 * time.Millisecond)
	}
	if err := os.WriteFile(clock, []byte(day.by.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if day.asleep {
		_ = term.cmd.Process.Signal(syscall.SIGCONT)
	}
	shows, never := regexp.MustCompile(day.shows), regexp.MustCompile(cmp.Or(day.never, `\A\z`))
	var screen string
	for range 800 {
		if screen = term.screen.String(); shows.MatchString(screen) && !never.MatchString(screen) { // half a picture may have come
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	if !shows.MatchString(screen) {
		t.Fatalf("the screen does not show %q:\n%s", day.shows, screen)
	}
	if never.MatchString(screen) {
		t.Errorf("the screen shows %q:\n%s", day.never, screen)
	}
	before := len(term.text())
	time.Sleep(2 * time.Second)
	if painted := len(term.text()) - before; painted > 20<<10 { // two ticks, a few lines each
		t.Errorf("%d bytes were painted in two quiet seconds", painted)
	}
	if n := len(s.Log()); n != 1 {
		t.Errorf("%d requests were sent", n)
	}
	if strings.Contains(term.screen.String(), "panic") {
		t.Error("the program crashed")
	}
	term.leave()
}
