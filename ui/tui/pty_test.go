//go:build unix

package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// inPTY makes the test binary the program itself, on a real terminal.
const inPTY = "OAUTHLENS_TEST_IN_PTY"

// exitReaderLeft: the toolkit's reader of the terminal is left behind.
const exitReaderLeft = 3

func TestMain(m *testing.M) {
	if os.Getenv(inPTY) != "" {
		if err := Run(context.Background(), fakeDeps(time.Now), Options{}); err != nil {
			os.Exit(1)
		}
		stacks := make([]byte, 1<<20)
		for range 200 { // what is left behind stays
			if !bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("StreamEvents")) {
				os.Exit(0)
			}
			time.Sleep(10 * time.Millisecond)
		}
		os.Exit(exitReaderLeft)
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

// startInPTY starts the program on a terminal of 100 by 30 cells, and waits for its first
// picture. read is closed when the terminal has ended.
func startInPTY(t *testing.T, ctx context.Context) (cmd *exec.Cmd, tty *os.File, out *screenText, read chan struct{}) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.CommandContext(ctx, self)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGABRT) } // it says where it stands
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = append(os.Environ(), inPTY+"=1", "TERM=xterm-256color", "NO_COLOR=")
	if tty, err = pty.StartWithSize(cmd, &pty.Winsize{Cols: 100, Rows: 30}); err != nil {
		t.Fatal(err)
	}
	out, read = &screenText{seen: make(chan struct{}, 1)}, make(chan struct{})
	go func() { out.read(tty); close(read) }()
	out.waitFor(t, "PROVIDERS")
	return cmd, tty, out, read
}

// TestAFloodDoesNotOutliveTheProgram: q and ctrl+c between keys, or answers, that do not end
// leave nothing of the toolkit's reader behind, for which it would wait half a second.
func TestAFloodDoesNotOutliveTheProgram(t *testing.T) {
	for _, flood := range []string{"j", "\x1b[6;1R", "\x1b[<35;10;10M"} {
		for _, key := range []string{"q", "\x03"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd, tty, _, read := startInPTY(t, ctx)
			go func() {
				for many := strings.Repeat(flood, 200); ; {
					if _, err := io.WriteString(tty, many+key); err != nil {
						return
					}
				}
			}()
			begun := time.Now()
			if err := cmd.Wait(); err != nil {
				t.Errorf("%q in %q: %v", key, flood, err)
			}
			t.Logf("%q in %q ended after %s", key, flood, time.Since(begun))
			<-read
			_ = tty.Close()
		}
	}
}

// TestRealTerminal runs the program on a pseudo-terminal: it paints, takes keys, resizes
// and leaves the terminal as it found it.
func TestRealTerminal(t *testing.T) {
	for _, key := range []string{"q", "\x03"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd, tty, out, read := startInPTY(t, ctx)
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
