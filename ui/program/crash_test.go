//go:build unix

package program

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

func outsideVariable(t *testing.T, e otherwise) string {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return programOutside + "=" + string(data)
}

// atHand are the secrets that the program told of before it fell, and the one it was given.
func atHand(name string) []secretValue {
	out := []secretValue{{"client_secret", clientSecret}}
	var told []secretValue
	if data, err := os.ReadFile(name); err == nil && json.Unmarshal(data, &told) == nil {
		out = append(out, told...)
	}
	return out
}

// crashes are where the program is made to panic, with a value that quotes secrets.
var crashes = []struct{ name, fall string }{
	{"in the rules", "diagnose"},
	{"in an effect", "runner.(*Runner).Do"},
	{"where a run is begun", "headless.walkThrough"},
}

// TestACrashWithoutTheScreen: a mistake of this program is said in a sentence that quotes
// nothing, and is exit code 3.
func TestACrashWithoutTheScreen(t *testing.T) {
	for _, tt := range crashes {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			home, secrets := t.TempDir(), filepath.Join(t.TempDir(), "secrets")
			p := start(t, home, invocation{args: []string{"run", "truss", "--approve", "--no-browser", "--json"},
				env: []string{outsideVariable(t, otherwise{Secrets: secrets, Fall: tt.fall}), "GOTRACEBACK=all"}})
			stderr := p.stderr.String()
			if p.code != 3 || p.stdout.Len() != 0 || !strings.Contains(stderr, "oauthlens: a mistake of this program stopped it in ") || !strings.Contains(stderr, "_test.go:") {
				t.Errorf("exit code %d, %s\n%s", p.code, p.stdout.String(), stderr)
			}
			needles := newNeedles(atHand(secrets))
			wantClean(t, needles, place{"standard error", stderr})
			inEveryFile(t, needles, home)
		})
	}
}

// TestAQuitSignalPrintsNoStack: and the document is still printed, and no core may be written.
func TestAQuitSignalPrintsNoStack(t *testing.T) {
	t.Parallel()
	home, limits := t.TempDir(), ""
	p := start(t, home, invocation{args: []string{"run", "truss", "--no-browser", "--json", "--redirect-uri", "http://127.0.0.1:0/callback"}, prefix: "open: ",
		env: []string{"GOTRACEBACK=crash"}, meanwhile: func(p *program, _ string) {
			data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/limits", p.cmd.Process.Pid)) // where there is none it stays empty
			limits = string(data)
			_ = p.cmd.Process.Signal(syscall.SIGQUIT)
		}})
	if p.code != 131 || strings.Contains(p.stderr.String(), "goroutine") || !strings.Contains(p.stdout.String(), `"outcome": "cancelled"`) {
		t.Error(p)
	}
	if limits != "" && !regexp.MustCompile(`Max core file size +0 `).MatchString(limits) {
		t.Errorf("a core could be written: %s", limits)
	}
}

// TestACrashOnTheScreen: the terminal is given back as it was, and the sentence stands on it.
func TestACrashOnTheScreen(t *testing.T) {
	for _, tt := range []struct{ name, fall string }{
		{"in the rules", "diagnose"}, {"in an effect", "runner.(*Runner).Do"}, {"at a key", "tui.(*Model).handle"}, {"while painting", "tui.(*Model).statusLine"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			home, secrets := t.TempDir(), filepath.Join(t.TempDir(), "secrets")
			term := openProgram(t, home, []string{outsideVariable(t, otherwise{Secrets: secrets, Fall: tt.fall}), "TEA_DEBUG=1", "TEA_TRACE=" + filepath.Join(home, "trace"), "GOTRACEBACK=all"}, "truss")
			for range 12 {
				term.press("\r")
				if term.over() {
					break
				}
			}
			if code := term.wait(); code != 3 {
				t.Errorf("exit code %d", code)
			}
			text := term.text()
			_, after, left := strings.Cut(text, "\x1b[?1049l")
			if !left || !strings.Contains(after, "a mistake of this program stopped it in ") || strings.Contains(text, "goroutine ") {
				t.Errorf("the terminal ends with %q", text[max(0, len(text)-2000):])
			}
			for _, restored := range []string{"\x1b[?25h", "\x1b[?2004l"} {
				if !strings.Contains(text, restored) {
					t.Errorf("the terminal was left without %q", restored)
				}
			}
			needles := newNeedles(atHand(secrets))
			wantClean(t, needles, place{"the terminal", text})
			inEveryFile(t, needles, home)
			if _, err := os.Stat(filepath.Join(home, "trace")); err == nil {
				t.Error("the toolkit wrote a log of the terminal")
			}
		})
	}
}
