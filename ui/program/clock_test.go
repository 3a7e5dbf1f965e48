//go:build unix

package program

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// setClock moves the clock of the programs that look at the file.
func setClock(t *testing.T, file, by string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(by), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTheClockIsSetBackBetweenRuns: the newest run stays the newest, no token gets a longer
// life by it, and one sentence says so until the time has come.
func TestTheClockIsSetBackBetweenRuns(t *testing.T) {
	t.Parallel()
	home, clock := t.TempDir(), filepath.Join(t.TempDir(), "clock")
	outside := outsideVariable(t, otherwise{Clock: clock})
	call := func(args ...string) *program {
		t.Helper()
		return start(t, home, invocation{args: args, env: []string{outside, "OAUTHLENS_CLIENT_SECRET="}})
	}
	setClock(t, clock, "0s")
	for range 2 { // the second one waits beside the history
		if p := call("run", "trulioo"); p.code != 0 {
			t.Fatal(p)
		}
	}
	setClock(t, clock, "-26h")
	if p := call("run", "trulioo-napi", "--json"); p.code != 0 || !strings.Contains(p.stdout.String(), `"outcome": "succeeded"`) {
		t.Fatal(p)
	}
	setClock(t, clock, "-50h")
	for _, args := range [][]string{{"history"}, {"history", "show", "last"}} {
		p := call(args...)
		if n := strings.Count(p.stderr.String(), "so it was set back"); p.code != 0 || n != 1 || strings.Count(strings.TrimSpace(p.stderr.String()), "\n") != 0 {
			t.Errorf("%q: said %d times: %s", args, n, p.stderr.String())
		}
	}
	p := call("history")
	rows := strings.Split(strings.TrimSpace(p.stdout.String()), "\n")
	if len(rows) != 3 || !strings.Contains(rows[0], "trulioo-napi") || !strings.Contains(rows[0], "token lives at most ") || regexp.MustCompile(`lives [0-9]+h`).MatchString(p.stdout.String()) {
		t.Errorf("the history reads\n%s", p.stdout.String())
	}
	setClock(t, clock, "0s")
	if p := call("history"); strings.Contains(p.stderr.String(), "set back") {
		t.Errorf("the clock is right again: %s", p.stderr.String())
	}
}

// TestTheClockIsSetBackDuringARun: with and without the screen the run goes on, in its
// order, and says so once.
func TestTheClockIsSetBackDuringARun(t *testing.T) {
	t.Parallel()
	home, clock := t.TempDir(), filepath.Join(t.TempDir(), "clock")
	env := []string{outsideVariable(t, otherwise{Clock: clock}), "OAUTHLENS_CLIENT_SECRET=", "DBUS_SESSION_BUS_ADDRESS=disabled:"}
	p := start(t, home, invocation{args: []string{"run", "truss", "--no-browser", "--json", "--redirect-uri", "http://127.0.0.1:0/callback"}, env: env, prefix: "open: ",
		meanwhile: func(p *program, url string) {
			setClock(t, clock, "-3h")
			if _, err := visitAsUser(url); err != nil {
				t.Error(err)
			}
		}})
	d := p.document(t)
	if p.code != 0 || d.Outcome != "succeeded" || strings.Count(p.stderr.String(), "the clock was set back by 3h0m0s during this run") != 1 {
		t.Error(p)
	}

	setClock(t, clock, "0s")
	term := openProgram(t, home, env, "trulioo")
	term.until("Trulioo Platform")
	for range 3 {
		term.press("\r")
		term.still()
	}
	term.until("access 59:", "access 60:")
	setClock(t, clock, "-2h")
	term.until("the clock was set back by ")
	term.until("at most 59:", "at most 60:")
	if screen := term.screen.String(); strings.Contains(screen, "2 h 5") || strings.Contains(screen, "access 3") {
		t.Errorf("a token lives longer by it:\n%s", screen)
	}
	term.back("h history")
	term.press("h")
	term.until(" ≤ ") // how long it lives, in the column of the token
	term.leave()
}
