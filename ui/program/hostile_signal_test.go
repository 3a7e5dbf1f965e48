//go:build unix

package program

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// signalRows are signals at moments at which something else is under way than a request.
func signalRows(t *testing.T, b *table, _ string) {
	for _, signal := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM} {
		b.row(t, "signals", signal.String()+" at a question without echo", func(t *testing.T) {
			tryHiddenQuestion(t, []string{"--plain", "truelayer"}, "set client_secret\r", "(not shown): ", signal)
		})
		b.row(t, "signals", signal.String()+" at the question for a passphrase", func(t *testing.T) {
			tryHiddenQuestion(t, []string{"vault", "passphrase"}, "", "new passphrase: ", signal)
		})
		b.row(t, "signals", signal.String()+" while the screen opens", func(t *testing.T) { tryOpening(t, signal) })
	}
}

// tryHiddenQuestion: the echo is given back, and the exit code tells which signal it was.
func tryHiddenQuestion(t *testing.T, args []string, keys, question string, signal syscall.Signal) {
	other, side, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = other.Close(), side.Close() })
	untouched, err := term.GetState(int(other.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	l := listenTo(t, nil, args...)
	if keys != "" {
		l.until("lists them: ")
		l.press(keys)
	}
	l.until(question)
	if during, err := term.GetState(int(l.tty.Fd())); err != nil || *during == *untouched {
		t.Errorf("the echo is on: %v", err)
	}
	_ = l.cmd.Process.Signal(signal)
	l.ends(128 + int(signal))
	if after, err := term.GetState(int(l.tty.Fd())); err != nil || *after != *untouched {
		t.Errorf("the terminal is not as it was: %v", err)
	}
}

// tryOpening: from the first moment at which the program looks after signals until it has
// painted, each ends it.
func tryOpening(t *testing.T, signal syscall.Signal) {
	for i := range 5 {
		term := openTerminal(t, "http://127.0.0.1:1/token")
		switch i {
		case 0: // it asks the terminal what it can do, before it paints
			term.sent("\x1b")
		default:
			term.sent("\x1b[?1049h")
			time.Sleep(time.Duration(i-1) * 2 * time.Millisecond)
		}
		_ = term.cmd.Process.Signal(signal)
		if got := term.wait(); got != 128+int(signal) {
			t.Errorf("the program ended with %d", got)
		}
		text := term.text()
		if on, off := strings.LastIndex(text, "\x1b[?1049h"), strings.LastIndex(text, "\x1b[?1049l"); on > off {
			t.Errorf("the terminal keeps the program's screen: %.100q", text[on:])
		}
	}
}

// sent waits for something in what the program writes, whatever it looks like.
func (term *terminal) sent(text string) {
	term.t.Helper()
	for range 20_000 {
		if strings.Contains(term.text(), text) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	term.t.Fatalf("%q was never sent", text)
}
