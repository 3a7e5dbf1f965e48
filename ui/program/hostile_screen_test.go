//go:build unix

package program

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"oauthlens/flows/runner/faultserver"
)

// terminal is the real program on a pseudo-terminal, with an emulator as its screen.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	tty    *os.File
	screen *vt.SafeEmulator
	mu     sync.Mutex
	raw    strings.Builder
	left   string // the file of the report
	ended  chan struct{}
}

// openTerminal starts the program with a profile whose token endpoint is there.
func openTerminal(t *testing.T, tokenURL string, env ...string) *terminal {
	t.Helper()
	return openGrant(t, "client_credentials", tokenURL, env...)
}

// openGrant is openTerminal with a profile of this grant.
func openGrant(t *testing.T, grant, tokenURL string, env ...string) *terminal {
	t.Helper()
	home := t.TempDir()
	writeProfile(t, home, strings.NewReplacer("URL", tokenURL, "client_credentials", grant, "[[environments]]", "[defaults]\nredirect_uri = \"http://127.0.0.1:0/callback\"\n\n[[environments]]").Replace(faultyProfile))
	left := filepath.Join(t.TempDir(), "report")
	own := append(cleanEnvironment(home), programReport+"="+left, "OAUTHLENS_CLIENT_ID="+clientID, "NO_COLOR=1")
	term := startTerminal(t, t.TempDir(), append(own, env...), "faulty")
	term.left = left
	return term
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func (term *terminal) paint(b []byte) (n int, err error) {
	n = len(b)
	term.mu.Lock()
	term.raw.Write(b)
	term.mu.Unlock()
	// The emulator fails where lines are moved that it has not, as when the window has just
	// become smaller.
	defer func() { _ = recover() }()
	_, _ = term.screen.Write(b)
	return n, nil
}

func (term *terminal) press(keys string) {
	_ = term.tty.SetWriteDeadline(time.Now().Add(30 * time.Second)) // a system that cannot may wait longer
	if _, err := io.WriteString(term.tty, keys); err != nil {
		term.t.Error(err)
	}
}

// until waits for one of the texts to stand on the screen.
func (term *terminal) until(texts ...string) string {
	term.t.Helper()
	for range 1200 {
		screen := term.screen.String()
		for _, text := range texts {
			if strings.Contains(screen, text) {
				return text
			}
		}
		time.Sleep(25 * time.Millisecond)
	}
	term.t.Fatalf("the screen never showed %q, but\n%s", texts, term.screen.String())
	return ""
}

// gone waits for a text to leave the screen.
func (term *terminal) gone(text string) {
	term.t.Helper()
	for range 800 { // less than the timeout of the request
		if !strings.Contains(term.screen.String(), text) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	term.t.Fatalf("%q stays on the screen:\n%s", text, term.screen.String())
}

// screenRows walks on the screen of the real program to a token endpoint at fault.
func screenRows(t *testing.T, b *table, _ string) {
	for _, f := range faultserver.All() {
		if elsewhere(f) { // a profile with plain http on another machine is refused before the screen opens
			b.not("terminal: " + f.Kind)
			continue
		}
		b.row(t, "terminal: "+f.Kind, f.Name, func(t *testing.T) { tryScreen(t, f) })
	}
	for seed := range uint64(3) {
		b.row(t, "terminal: hand", fmt.Sprint("random keys ", seed), func(t *testing.T) { tryKeys(t, seed) })
	}
	b.row(t, "terminal: hand", "ctrl+z and back", func(t *testing.T) { trySuspend(t, true) })
	b.row(t, "terminal: hand", "ctrl+z where no shell is", func(t *testing.T) { trySuspend(t, false) })
	b.row(t, "terminal: hand", "the terminal is closed", tryClosed)
}

// openWalk opens the walk of the profile's sandbox.
func (term *terminal) openWalk() {
	term.t.Helper()
	term.until("A server that misbehaves")
	term.press("e")
	term.until("● sandbox")
	term.press("\r")
}

// walkToSend walks to the request, and sends it.
func (term *terminal) walkToSend() {
	term.openWalk()
	term.until("1 CLIENT")
	term.press("\r")
	term.until("What will be sent")
	term.press("\r")
}

func tryScreen(t *testing.T, f faultserver.Fault) {
	body := `{"access_token":"` + opaqueToken + `","token_type":"Bearer","expires_in":3600,"scope":"read"}`
	if waits(f) {
		body += strings.Repeat(" ", 1000) // byte by byte it takes longer than a busy machine needs to press a key
	}
	s, err := faultserver.Start(t.Context(), f, faultserver.Options{Body: body})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	term := openTerminal(t, s.URL+"/token", surroundings(t, s)...)
	term.walkToSend()
	switch {
	case waits(f): // the timeout is 30 s, so that only esc can end it here
		if f.Kind != faultserver.TLS && f.Name != "unroutable" && f.Name != "hang-at-once" {
			s.Await(t.Context(), 1)
		}
		term.until("esc cancels")
		term.press("\x1b")
		term.gone("esc cancels")
	case succeeds(endpoint{name: "token"}, f):
		term.until("✓ 2 Exchange")
	default:
		term.until("✗ 2 Exchange")
	}
	term.leave()
	if s.Other != nil && len(s.Other.Log()) != 0 {
		t.Errorf("the other host was sent %q", s.Other.Log()[0].Head)
	}
	if n := len(s.Log()); n > 1 {
		t.Errorf("%d requests were sent", n)
	}
	checkPainted(t, term.text())
}

// checkPainted: what the terminal was sent holds no secret and no sequence of the server's.
func checkPainted(t *testing.T, text string) {
	t.Helper()
	secretFree(t, "the terminal", text)
	if strings.Contains(text, "UzNjcjN0") {
		t.Error("the terminal holds the client secret in base64")
	}
	for name, sequence := range faultserver.Sequences() {
		// the program's own way of painting uses cursor movements and colours itself
		if name != "clear" && name != "cursor" && name != "sgr" && name != "newline" && strings.Contains(text, sequence) {
			t.Errorf("the terminal was sent the sequence %s", name)
		}
	}
}

func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.raw.String()
}

// leave ends the program with ctrl+c; the terminal must be as it was before.
func (term *terminal) leave() {
	term.t.Helper()
	term.press("\x03")
	term.ends(0)
}

// report is what the program left behind.
func (term *terminal) report(t *testing.T) (r remains) {
	t.Helper()
	data, err := os.ReadFile(term.left)
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	if err != nil {
		t.Error(err)
	}
	return r
}

// ends waits for the end of the program, which must have this exit code.
func (term *terminal) ends(code int) {
	term.t.Helper()
	if got := term.wait(); got != code {
		term.t.Errorf("the program ended with %d, want %d", got, code)
	}
	for _, restored := range []string{"\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l"} {
		if !strings.Contains(term.text(), restored) {
			term.t.Errorf("the terminal was left without %q", restored)
		}
	}
}

// tryKeys presses keys at random on a real walk to a hostile answer, and resizes. Left out are
// the keys that end the program, suspend it, open the palette or reveal on purpose.
func tryKeys(t *testing.T, seed uint64) {
	f, _ := faultserver.ByName("content-hostile-title")
	s, err := faultserver.Start(t.Context(), f, faultserver.Options{Body: `{"access_token":"` + opaqueToken + `","token_type":"Bearer","expires_in":3600}`})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	term := openTerminal(t, s.URL+"/token")
	term.walkToSend()
	term.until("✓ 2 Exchange")
	keys := strings.Split("\r \x1b \t j k g G \x04 \x15 / n N e + u r R t a f p h i ? 1 2 3 4 5 6 7 [ ] d s z \x1b[A \x1b[B \x1b[C \x1b[D \x1b[Z \x1bOP", " ")
	rng := rand.New(rand.NewPCG(seed, 9))
	for range 400 {
		if rng.IntN(40) == 0 {
			_ = pty.Setsize(term.tty, &pty.Winsize{Cols: uint16(20 + rng.IntN(160)), Rows: uint16(5 + rng.IntN(50))})
		}
		term.press(keys[rng.IntN(len(keys))])
		time.Sleep(2 * time.Millisecond)
	}
	term.leaveAfterEsc()
	secretFree(t, "the terminal", term.text())
	if strings.Contains(term.text(), "panic") || strings.Contains(term.text(), "goroutine ") {
		t.Error("the program crashed")
	}
}

// trySuspend: on a pseudo-terminal of its own the program has no shell, and the system does
// not stop it; the signal is what a shell would send.
func trySuspend(t *testing.T, shell bool) {
	term := openTerminal(t, "http://127.0.0.1:1/token")
	term.until("A server that misbehaves")
	term.press("\x1a")
	for range 1200 {
		if strings.Contains(term.text(), "\x1b[?1049l") { // the shell's screen is back
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	if !strings.Contains(term.text(), "\x1b[?1049l") {
		t.Fatal("ctrl+z did not give the terminal back")
	}
	if shell {
		if err := term.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	}
	for range 1200 {
		if text := term.text(); strings.LastIndex(text, "\x1b[?1049h") > strings.LastIndex(text, "\x1b[?1049l") {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	term.press("e")
	term.until("● sandbox")
	term.leave()
}

func tryClosed(t *testing.T) {
	s := hanging(t)
	term := openTerminal(t, s.URL+"/token")
	term.walkToSend()
	s.Await(t.Context(), 1)
	_ = term.tty.Close()
	term.wait()
}
