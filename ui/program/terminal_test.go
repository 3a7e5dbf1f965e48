//go:build unix

package program

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// openProgram starts the program on a pseudo-terminal of 100 by 30 cells.
func openProgram(t *testing.T, home string, env []string, args ...string) *terminal {
	t.Helper()
	return startTerminal(t, home, append(cleanEnvironment(home), env...), args...)
}

// startTerminal starts the program in a folder, with this environment and no other.
func startTerminal(t *testing.T, dir string, env []string, args ...string) *terminal {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, cmd: exec.CommandContext(t.Context(), self, args...), screen: vt.NewSafeEmulator(100, 30), ended: make(chan struct{})}
	term.cmd.Env, term.cmd.Dir = env, dir
	if term.tty, err = pty.StartWithSize(term.cmd, &pty.Winsize{Cols: 100, Rows: 30}); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(term.tty, term.screen) }() // what the terminal answers
	go func() {
		defer close(term.ended)
		_, _ = io.Copy(writerFunc(term.paint), term.tty)
	}()
	t.Cleanup(func() {
		_ = term.cmd.Process.Kill()
		_ = term.tty.Close()
		_ = term.screen.Close()
	})
	return term
}

// over tells, a moment after a key, whether the program has left its screen.
func (term *terminal) over() bool {
	term.still()
	return strings.Contains(term.text(), "\x1b[?1049l")
}

// still waits until nothing was painted for a moment, in which the program had nothing to do:
// the keys before have had their effect.
func (term *terminal) still() {
	quiet, last := 0, -1
	for range 500 {
		if now := len(term.text()); now == last && !working(term.cmd.Process.Pid) {
			quiet++
		} else {
			quiet, last = 0, now
		}
		if quiet == 4 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// working tells that one of a process's threads runs, or would if a processor were free: on a
// busy machine silence alone says nothing. Where the system does not tell, no.
func working(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, file := range threads {
		stat, err := os.ReadFile(file)
		if at := bytes.LastIndexByte(stat, ')'); err == nil && at > 0 && at+2 < len(stat) && strings.IndexByte("RD", stat[at+2]) >= 0 {
			return true
		}
	}
	return false
}

// back presses esc until the text stands on the screen. Each esc has its effect before the
// next key comes: a busy program reads both at once, and then they are another key.
func (term *terminal) back(text string) {
	term.t.Helper()
	for range 8 {
		term.still()
		before := term.screen.String()
		if strings.Contains(before, text) {
			return
		}
		term.press("\x1b")
		for range 80 {
			if term.screen.String() != before {
				break
			}
			time.Sleep(25 * time.Millisecond)
		}
	}
	term.until(text)
}

// leaveAfterEsc ends the program when an esc may have come right before, which would make
// another key of the first ctrl+c.
func (term *terminal) leaveAfterEsc() {
	term.t.Helper()
	term.press("\x03")
	select {
	case <-term.ended:
	case <-time.After(3 * time.Second):
		_, _ = io.WriteString(term.tty, "\x03") // it may end just now
	}
	term.ends(0)
}

// wait waits for the program's end and returns its exit code.
func (term *terminal) wait() int {
	term.t.Helper()
	return ended(term.t, term.cmd, term.ended, term.text)
}

// ended waits for the end of a program on a terminal, and then until what it wrote last is
// read. It returns the exit code. A program that does not end is made to say where it stands.
func ended(t *testing.T, program *exec.Cmd, read <-chan struct{}, text func() string) int {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- program.Wait() }()
	select {
	case err := <-done:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		_ = program.Process.Signal(syscall.SIGABRT)
		<-done
		t.Fatalf("the program did not end:\n%s", text())
	}
	select {
	case <-read:
	case <-time.After(5 * time.Second): // a process that it started may hold the terminal
	}
	return program.ProcessState.ExitCode()
}
