//go:build unix

package program

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"

	"oauthlens/flows"
)

// listener is the program on a pseudo-terminal, heard as a screen reader hears it: every
// byte in the order in which it comes, with nothing painted over.
type listener struct {
	t     *testing.T
	cmd   *exec.Cmd
	tty   *os.File
	home  string
	mu    sync.Mutex
	heard strings.Builder
	quiet chan struct{} // closed when the program's side is closed
}

func listenTo(t *testing.T, env []string, args ...string) *listener {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{t: t, home: t.TempDir(), quiet: make(chan struct{})}
	l.cmd = exec.CommandContext(t.Context(), self, args...)
	l.cmd.Env = append(cleanEnvironment(l.home), programReport+"="+filepath.Join(t.TempDir(), "report"), "TERM=dumb")
	l.cmd.Env = append(l.cmd.Env, env...)
	l.cmd.Dir = t.TempDir()
	if l.tty, err = pty.StartWithSize(l.cmd, &pty.Winsize{Cols: 80, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(l.quiet)
		_, _ = io.Copy(writerFunc(l.hear), l.tty) // it ends with an error when the program does
	}()
	t.Cleanup(func() {
		_ = l.cmd.Process.Kill()
		_ = l.tty.Close()
	})
	return l
}

func (l *listener) hear(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard.Write(b)
}

func (l *listener) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard.String()
}

func (l *listener) until(text string) {
	l.t.Helper()
	for range 1200 {
		if strings.Contains(l.text(), text) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	l.t.Fatalf("%q was not heard, but\n%s", text, l.text())
}

func (l *listener) press(keys string) {
	l.t.Helper()
	_ = l.tty.SetWriteDeadline(time.Now().Add(30 * time.Second)) // a system that cannot may wait longer
	if _, err := io.WriteString(l.tty, keys); err != nil {
		l.t.Fatal(err)
	}
}

func (l *listener) ends(code int) {
	l.t.Helper()
	if got := ended(l.t, l.cmd, l.quiet, l.text); got != code {
		l.t.Errorf("exit code %d, want %d, after\n%s", got, code, l.text())
	}
	if strings.Contains(l.text(), "\x1b") {
		l.t.Errorf("an escape sequence was heard in\n%q", l.text())
	}
}

// TestPlainOnATerminal: a prompt that waits at the end of its line, a secret that is not
// echoed, a wait that a word cancels, and ctrl+c that ends the next one and the program.
func TestPlainOnATerminal(t *testing.T) {
	l := listenTo(t, nil, "--plain", "truelayer", "--fault", "slow", "--timeout", "25")
	l.until("lists them: ")
	l.press("set client_secret\r")
	l.until("client_secret (not shown): ")
	l.press("typed-in-silence\r")
	l.until("client_secret changed.")
	l.press("\r")
	l.until("enter: send the request; or type a command, ? lists them: ")
	l.press("\r")
	l.until("at most 25 s; cancel ends the wait.")
	l.press("cancel\r")
	l.until("cancelled by you, before an answer came")
	l.press("send\r")
	l.until(`There is no command "send" here`)
	l.press("\r")
	for range 1200 {
		if strings.Count(l.text(), "at most 25 s") == 2 {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	l.press("\x03")
	l.ends(130)
	if strings.Contains(l.text(), "typed-in-silence") {
		t.Error("the secret was echoed")
	}
	if !strings.Contains(l.text(), "Cancelled.") {
		t.Errorf("the end is not told:\n%s", l.text())
	}
	if history := start(t, l.home, invocation{args: []string{"history"}}); history.code != 0 || !strings.Contains(history.stdout.String(), "truelayer") {
		t.Error(history)
	}
}

// TestPlainWithABrowser: the user comes back in a browser while the prompt is open, and
// that is told without a key.
func TestPlainWithABrowser(t *testing.T) {
	w := newWitness(t, false)
	l := listenTo(t, w.env, "--plain", "truss")
	l.until("enter: build the authorization URL; or type a command, ? lists them: ")
	l.press("\r")
	l.until("enter: consent and go on")
	l.press("o\r")
	l.until("open: http://127.0.0.1:")
	l.until("Step 3 of 9: Callback, simulator, done")
	l.until("enter: on to the exchange; or type a command, ? lists them: ")
	l.press("\r")
	l.until("enter: send the request")
	l.press("\r")
	l.until("Step 4 of 9: Exchange, simulator, done")
	l.press("q\r")
	l.ends(0)
	if w.called("browser") != 1 {
		t.Errorf("%d browsers were opened", w.called("browser"))
	}
}

// TestPlainTellsEveryFault: the script of the faults leaves none out.
func TestPlainTellsEveryFault(t *testing.T) {
	script, err := os.ReadFile("testdata/script/plain_faults.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range flows.Faults() {
		if !strings.Contains(string(script), "--fault "+f.Name+" ") {
			t.Errorf("the fault %s is not walked as lines", f.Name)
		}
	}
}

// TestPlainEndsWithItsTerminal: ctrl+d at the prompt is the end of the input.
func TestPlainEndsWithItsTerminal(t *testing.T) {
	l := listenTo(t, nil, "--plain")
	l.until("lists them: ")
	l.press("\x04")
	l.ends(0)
	if !strings.Contains(l.text(), "The input has ended: quitting.") {
		t.Errorf("told:\n%s", l.text())
	}
}
