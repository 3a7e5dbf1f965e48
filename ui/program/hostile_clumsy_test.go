//go:build unix

package program

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// clumsyRows are what a hand does to the screen of a whole walk, and what a terminal sends
// that is broken or larger than anyone thought of.
func clumsyRows(t *testing.T, b *table, _ string) {
	for _, key := range []struct{ name, press string }{{"esc", "\x1b"}, {"ctrl+c", "\x03"}} {
		b.row(t, "cancelling", "callback on the screen by "+key.name, func(t *testing.T) { tryCancelWait(t, b, "", key.press) })
		b.row(t, "cancelling", "consent on the screen by "+key.name, func(t *testing.T) { tryCancelWait(t, b, "consent", key.press) })
	}
	for _, key := range []struct{ name, press string }{{"esc", "\x1b"}, {"ctrl+c", "\x03"}} {
		b.row(t, "cancelling", "the paste box by "+key.name, func(t *testing.T) { tryLeavePaste(t, key.press) })
		b.row(t, "cancelling", "the question of an export by "+key.name, func(t *testing.T) { tryLeaveExport(t, key.press) })
	}
	for _, g := range garbage() {
		b.row(t, "terminal: input", g.name, func(t *testing.T) { tryGarbage(t, g) })
	}
	for _, size := range [][2]uint16{{1, 1}, {2, 1}, {1, 60}, {500, 1}, {3000, 3}} {
		b.row(t, "terminal: size", fmt.Sprintf("%d by %d", size[0], size[1]), func(t *testing.T) { trySize(t, size[0], size[1]) })
	}
	b.row(t, "terminal: size", "500 changes", tryResizeStorm)
}

// tryCancelWait ends the wait for the browser, or for the page at which the user consents.
func tryCancelWait(t *testing.T, b *table, wait, press string) {
	s := hanging(t)
	term := openGrant(t, "authorization_code", s.URL+"/token\"\nauthorization = \""+s.URL+"/authorize")
	term.openWalk()
	term.until("1 CLIENT")
	term.press("\r")
	term.until("in the browser and wait") // the URL is built
	if wait == "" {
		term.press("\r")
		term.until("esc cancels")
	} else {
		term.press("\x0b" + wait + "\r")
		term.until("esc cancels")
		s.Await(t.Context(), 1)
	}
	if term.cancels(b, press, "esc cancels"); press != "\x03" {
		term.leave()
	}
	if n := len(s.Log()); n != len(strings.Fields(wait)) {
		t.Errorf("%d requests were sent", n)
	}
	if left := term.report(t); left.Sockets != 0 || len(left.Goroutines) != 0 {
		t.Errorf("%d sockets and %d goroutines are left", left.Sockets, len(left.Goroutines))
	}
	checkPainted(t, term.text())
}

// tryLeavePaste leaves the paste box with a callback in it: nothing is taken, and nothing sent.
func tryLeavePaste(t *testing.T, press string) {
	s := hanging(t)
	term := openGrant(t, "authorization_code", s.URL+"/token\"\nauthorization = \""+s.URL+"/authorize")
	term.openWalk()
	term.until("1 CLIENT")
	term.press("\r")
	term.until("in the browser and wait")
	term.press("p")
	term.until("0 characters")
	term.press("?code=abc&state=def")
	term.until("19 characters")
	term.quits(press, "paste the callback", "3 CALLBACK", "✓ accepted", "✗ refused")
	if n := len(s.Log()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	if left := term.report(t); left.Sockets != 0 || len(left.Goroutines) != 0 {
		t.Errorf("%d sockets and %d goroutines are left", left.Sockets, len(left.Goroutines))
	}
}

// tryLeaveExport leaves the question for the name of the file: none is written.
func tryLeaveExport(t *testing.T, press string) {
	p := newParty(t)
	term := openTerminal(t, p.URL+"/token")
	term.walkToSend()
	term.until("✓ 2 Exchange")
	term.back("enter walk")
	term.press("h")
	term.until("enter open")
	term.press("E")
	term.until("for browsers and proxies")
	term.press("\r")
	term.until("an existing file is not replaced")
	term.quits(press, "an existing file is not replaced", "written to")
	if files, err := os.ReadDir(term.cmd.Dir); err != nil || len(files) != 0 {
		t.Errorf("files are left: %v, %v", files, err)
	}
}

// quits presses esc or ctrl+c on an overlay with this text, and ends the program; nothing of
// the rest may have been on the screen behind it.
func (term *terminal) quits(press, text string, never ...string) {
	term.t.Helper()
	if press == "\x03" {
		term.leave()
	} else {
		term.press(press)
		term.gone(text)
		shown := term.screen.String()
		for _, s := range never {
			if strings.Contains(shown, s) {
				term.t.Errorf("behind it stands %q:\n%s", s, shown)
			}
		}
		term.leaveAfterEsc()
	}
	checkPainted(term.t, term.text())
}

// input is what a terminal sends.
type input struct {
	name, text string
	says       string // on the screen, behind it
}

func garbage() []input {
	const mega = 1 << 20
	return []input{
		{name: "a paste of 10 MB", text: "\x1b[200~" + strings.Repeat("word ", 2*mega) + "\x1b[201~", says: "more than 2 MB was left out"},
		{name: "a paste without an end", text: "\x1b[200~http://127.0.0.1/callback?code=x"},
		{name: "ends of pastes without a start", text: strings.Repeat("\x1b[201~", 1000)},
		{name: "a paste within a paste", text: "\x1b[200~a\x1b[200~b\x1b[201~c\x1b[201~"},
		{name: "mouse beyond the screen", text: strings.Repeat("\x1b[<0;99999;99999M\x1b[<0;0;0m\x1b[<64;1;1M\x1b[<-1;-1;-1M", 200)},
		{name: "mouse of the old kind", text: strings.Repeat("\x1b[M\x20\xff\xff\x1b[M   ", 200)},
		{name: "20,000 clicks", text: strings.Repeat("\x1b[<0;90;15M\x1b[<0;90;15m", 10_000)},
		{name: "kitty's keys", text: strings.Repeat("\x1b[97;5:3u\x1b[57399;1u\x1b[1114112;1u\x1b[99999999999;9:9;9u\x1b[27;2;13~", 2000)},
		{name: "focus in and out", text: strings.Repeat("\x1b[I\x1b[O", 10_000)},
		{name: "answers to questions that nobody asked", text: strings.Repeat("\x1b[?62;22c\x1b[>0;276;0c\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?2026;2$y\x1bP>|term\x1b\\\x1b[24;80R\x1b[8;1;1t", 2000)},
		{name: "sequences that nobody knows", text: strings.Repeat("\x1b[99~\x1b[1;2;3x\x1bOz", mega/16)},
		{name: "sequences that are cut off", text: strings.Repeat("\x1b[\x1b]\x1bP\x1b[<\x1b[1;\x1bO", 200)},
		{name: "a sequence of 500,000 numbers", text: "\x1b[" + strings.Repeat("1;", mega/2) + "m"},
		{name: "a sequence without an end", text: "\x1b[" + strings.Repeat("1", mega)},
		{name: "a string of the system of 1 MB", text: "\x1b]52;c;" + strings.Repeat("QQ==", mega/4) + "\x07"},
		{name: "a string of the system without an end", text: "\x1b]11;" + strings.Repeat("f", mega)},
		{name: "a device's string of 1 MB", text: "\x1bP1+r" + strings.Repeat("41", mega/2) + "\x1b\\"},
		{name: "a program's string of 1 MB", text: "\x1b_G" + strings.Repeat("A", mega) + "\x1b\\"},
		{name: "1 MB that is no UTF-8", text: strings.Repeat("\xff\xfe\xc0\x80\xed\xa0\x80\xf5", mega/8)},
		{name: "C1 controls", text: strings.Repeat("\u009b31m\u009d0;x\u009c\x85", 500)},
		{name: "20,000 times esc", text: strings.Repeat("\x1b", 20_000)},
	}
}

// tryGarbage sends it while a finished walk is shown: the program goes on, and ends by
// ctrl+c as ever.
func tryGarbage(t *testing.T, g input) {
	p := newParty(t)
	term := openTerminal(t, p.URL+"/token")
	term.walkToSend()
	term.until("✓ 2 Exchange")
	term.press(g.text)
	if g.says != "" {
		term.until(g.says)
	}
	time.Sleep(100 * time.Millisecond) // ctrl+c alone, as a hand presses it
	term.leaveAfterEsc()
	if n := p.requests()["/token"]; n != 1 {
		t.Errorf("%d requests were sent", n)
	}
	checkPainted(t, term.text())
	if strings.Contains(term.text(), "goroutine ") {
		t.Error("the program crashed")
	}
	if peak := term.report(t).PeakKiB; peak > memory {
		t.Errorf("%d MiB of memory at the peak", peak>>10)
	}
}

func trySize(t *testing.T, columns, rows uint16) {
	p := newParty(t)
	term := openTerminal(t, p.URL+"/token")
	term.walkToSend()
	term.until("✓ 2 Exchange")
	term.screen.Resize(int(columns), int(rows))
	_ = pty.Setsize(term.tty, &pty.Winsize{Cols: columns, Rows: rows})
	for _, key := range []string{"j", "\t", "?", "\x1b", "G", "f", "\x1b", "]", "\x0b", "\x1b"} {
		term.press(key)
		term.still() // an esc that is read with the key behind it is another key
	}
	term.still()
	term.screen.Resize(100, 30)
	_ = pty.Setsize(term.tty, &pty.Winsize{Cols: 100, Rows: 30})
	term.until("› client credentials") // painted anew: an esc before that would be one too many
	term.back("✓ 2 Exchange")
	term.leaveAfterEsc()
	checkPainted(t, term.text())
	if peak := term.report(t).PeakKiB; peak > memory {
		t.Errorf("%d MiB of memory at the peak", peak>>10)
	}
}

func tryResizeStorm(t *testing.T) {
	p := newParty(t)
	term := openTerminal(t, p.URL+"/token")
	term.walkToSend()
	term.until("✓ 2 Exchange")
	for i := range 500 {
		_ = pty.Setsize(term.tty, &pty.Winsize{Cols: uint16(1 + i*37%200), Rows: uint16(1 + i*13%60)})
		time.Sleep(time.Millisecond)
	}
	_ = pty.Setsize(term.tty, &pty.Winsize{Cols: 100, Rows: 30})
	term.until("✓ 2 Exchange")
	term.leave()
	checkPainted(t, term.text())
}
