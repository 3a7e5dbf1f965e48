//go:build unix

package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// inPTY makes the test binary the program itself, on a real terminal.
const inPTY = "OAUTHLENS_TEST_IN_PTY"

func TestMain(m *testing.M) {
	if os.Getenv(inPTY) != "" {
		if err := Run(context.Background(), fakeDeps(time.Now), Options{}); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// screenText collects what the program writes to the terminal.
type screenText struct {
	mu   sync.Mutex
	b    bytes.Buffer
	seen chan struct{} // told of each write
}

func (s *screenText) read(r io.Reader) {
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		s.mu.Lock()
		s.b.Write(buf[:n])
		s.mu.Unlock()
		select {
		case s.seen <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (s *screenText) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (s *screenText) waitFor(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		all := s.text()
		if strings.Contains(all, text) {
			return
		}
		select {
		case <-s.seen:
		case <-deadline:
			t.Fatalf("the terminal never showed %q, but %q", text, all)
		}
	}
}

// TestRealTerminal runs the program on a pseudo-terminal: it paints, takes keys, resizes
// and leaves the terminal as it found it.
func TestRealTerminal(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"q", "\x03"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, self)
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGABRT) } // it says where it stands
		cmd.WaitDelay = 5 * time.Second
		cmd.Env = append(os.Environ(), inPTY+"=1", "TERM=xterm-256color", "NO_COLOR=")
		tty, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 100, Rows: 30})
		if err != nil {
			t.Fatal(err)
		}
		out := &screenText{seen: make(chan struct{}, 1)}
		read := make(chan struct{})
		go func() { out.read(tty); close(read) }()
		out.waitFor(t, "PROVIDERS")
		write(t, tty, "\r")
		out.waitFor(t, "CLIENT")
		if err := pty.Setsize(tty, &pty.Winsize{Cols: 40, Rows: 10}); err != nil {
			t.Fatal(err)
		}
		out.waitFor(t, "oauthlens needs")
		if err := pty.Setsize(tty, &pty.Winsize{Cols: 80, Rows: 24}); err != nil {
			t.Fatal(err)
		}
		write(t, tty, key)
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%q ended it with %v, and %q", key, err, out.text())
		}
		select { // what it wrote last is read before its terminal is closed
		case <-read:
		case <-ctx.Done():
			t.Fatal("the terminal does not end after its program")
		}
		_ = tty.Close()
		for _, restored := range []string{"\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l"} {
			out.waitFor(t, restored)
		}
	}
}

func write(t *testing.T, w io.Writer, s string) {
	t.Helper()
	if _, err := io.WriteString(w, s); err != nil && !errors.Is(err, os.ErrClosed) {
		t.Fatal(err)
	}
}
