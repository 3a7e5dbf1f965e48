//go:build unix

package program

import (
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"oauthlens/flows/runner/faultserver"
)

// wait is a row: something that the program waits for and that does not come.
type wait struct {
	name  string
	fault string // of the token endpoint; empty: see begin
	// headless: not tried on the screen as well.
	headless bool
	// begin sets up what is not a fault of the token endpoint.
	begin func(t *testing.T, w *waiter)
}

// waiter is a row under way.
type waiter struct {
	url   string // of the token endpoint
	args  []string
	env   []string
	stdin io.Reader
	ready func() // returns when the program waits
	// opened is called with the authorization URL, when that is what is waited for.
	opened func(run *program, url string)
}

func kindsOfWait() []wait {
	return []wait{
		{name: "name server", begin: deafNameServer},
		{name: "connection", fault: "unroutable"},
		{name: "TLS handshake", fault: "tls-hang"},
		{name: "first byte", fault: "hang-before-answer"},
		{name: "header", fault: "hang-in-header"},
		{name: "body", fault: "hang-in-body"},
		{name: "drip", fault: "drip"},
		{name: "proxy", fault: "proxy-hang", headless: true},
		{name: "SOCKS proxy", fault: "socks-hang", headless: true},
		{name: "through a proxy", fault: "proxy-hang-tunnel", headless: true},
		{name: "consent", headless: true, begin: hangingConsent},
		{name: "callback", headless: true, begin: func(t *testing.T, w *waiter) {
			p := newParty(t)
			w.args, w.opened = waiting(p, "http://127.0.0.1:0/callback"), func(*program, string) {}
		}},
		{name: "callback, with half a request", headless: true, begin: func(t *testing.T, w *waiter) {
			p := newParty(t)
			w.args, w.opened = waiting(p, "http://127.0.0.1:0/callback"), func(_ *program, url string) {
				if b := open(t, url); b != nil {
					b.loris(3)
					t.Cleanup(func() {
						for _, conn := range b.openings {
							_ = conn.Close()
						}
					})
				}
			}
		}},
		{name: "paste", headless: true, begin: func(t *testing.T, w *waiter) {
			p := newParty(t)
			in, out, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = out.Close() })
			w.stdin, w.args, w.opened = in, waiting(p, "http://127.0.0.1:53682/callback", "--callback", "-"), func(*program, string) {}
		}},
	}
}

// deafNameServer answers nothing: a name is looked up for as long as the timeout lasts.
func deafNameServer(t *testing.T, w *waiter) {
	server, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	var asked atomic.Bool
	go func() {
		for {
			if _, _, err := server.ReadFrom(make([]byte, 512)); err != nil {
				return
			}
			asked.Store(true)
		}
	}()
	w.url, w.env = "https://slow.name.test/token", []string{programNameServer + "=" + server.LocalAddr().String()}
	w.ready = func() {
		for range 2000 {
			if asked.Load() {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
		t.Error("no name server was asked")
	}
}

// hanging is a server that takes requests and never answers.
func hanging(t *testing.T) *faultserver.Server {
	t.Helper()
	hang, _ := faultserver.ByName("hang-before-answer")
	s, err := faultserver.Start(t.Context(), hang, faultserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func hangingConsent(t *testing.T, w *waiter) {
	p := newParty(t)
	s := hanging(t)
	w.args = walkArguments(p, endpoints()[0], s.URL+"/authorize", "--json")
	w.ready = func() { s.Await(t.Context(), 1) }
}

func (row wait) prepare(t *testing.T) *waiter {
	w := &waiter{}
	if row.fault != "" {
		f, ok := faultserver.ByName(row.fault)
		if !ok {
			t.Fatalf("no fault %s", row.fault)
		}
		s, err := faultserver.Start(t.Context(), f, faultserver.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		w.url, w.env = s.URL+"/token", surroundings(t, s)
		w.ready = func() {
			if row.fault != "unroutable" && row.fault != "tls-hang" && row.fault != "socks-hang" {
				s.Await(t.Context(), 1)
			}
			time.Sleep(500 * time.Millisecond)
		}
	}
	if row.begin != nil {
		row.begin(t, w)
	}
	if w.args == nil {
		w.args = []string{"run", "custom", "--client-id", clientID, "--grant", "client_credentials", "--token-url", w.url, "--json"}
	}
	return w
}

func waitRows(t *testing.T, b *table, home string) {
	for _, row := range kindsOfWait() {
		b.row(t, "cancelling", row.name+" by SIGINT", func(t *testing.T) { tryCancelled(t, b, home, row) })
		if row.headless {
			continue
		}
		for _, key := range []struct{ name, press string }{{"esc", "\x1b"}, {"ctrl+c", "\x03"}} {
			b.row(t, "cancelling", row.name+" by "+key.name, func(t *testing.T) { tryCancelKey(t, b, row, key.press) })
		}
	}
	for _, signal := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM} {
		b.row(t, "cancelling", "the screen by "+signal.String(), func(t *testing.T) { tryScreenSignal(t, signal) })
	}
}

// tryCancelled: the run ends with a document, soon; the program's own record of when says
// how soon.
func tryCancelled(t *testing.T, b *table, home string, row wait) {
	w := row.prepare(t)
	var sent time.Time
	kill := func(run *program) {
		sent = time.Now()
		_ = run.cmd.Process.Signal(syscall.SIGINT)
	}
	in := invocation{args: w.args, env: w.env, stdin: w.stdin}
	switch {
	case row.fault != "": // the first event tells that signals are taken
		in.args = append(slices.DeleteFunc(w.args, func(a string) bool { return a == "--json" }), "--events")
		in.prefix, in.told, in.meanwhile = "{", true, func(run *program, _ string) { w.ready(); kill(run) }
	case w.opened != nil:
		in.prefix, in.meanwhile = "open: ", func(run *program, url string) {
			w.opened(run, url)
			time.Sleep(300 * time.Millisecond)
			kill(run)
		}
	default:
		in.started = func(run *program) { w.ready(); kill(run) }
	}
	run := start(t, home, in)
	switch row.name {
	case "name server": // the library's sockets, which wait for their own five seconds
		run.report.Sockets = 0
	case "paste": // nothing ends a read of standard input
		run.report.Goroutines = slices.DeleteFunc(run.report.Goroutines, func(g string) bool { return strings.Contains(g, "(*walker).paste.func") })
	}
	run.check(t)
	if d := run.document(t); run.code != 130 || d.Outcome != "cancelled" {
		t.Errorf("the outcome is %s\n%s", d.Outcome, run)
	}
	b.took(t, "SIGINT, to the end of the program", run.report.Ended.Sub(sent))
}

// tryCancelKey: esc ends the request and leaves the screen there, ctrl+c ends the program.
func tryCancelKey(t *testing.T, b *table, row wait, press string) {
	w := row.prepare(t)
	term := openTerminal(t, w.url, w.env...)
	term.walkToSend()
	term.until("esc cancels")
	w.ready()
	if term.cancels(b, press, "esc cancels"); press != "\x03" {
		term.until("cancelled")
		term.leave()
	}
}

// cancels presses esc or ctrl+c while this text tells of a wait, and notes how long it took
// until the text was gone, or the program.
func (term *terminal) cancels(b *table, press, waiting string) {
	term.t.Helper()
	sent := time.Now()
	if press == "\x03" {
		term.leave()
		b.took(term.t, "ctrl+c, to the end of the program", term.report(term.t).Ended.Sub(sent))
		return
	}
	term.press(press)
	for strings.Contains(term.screen.String(), waiting) && time.Since(sent) < hopeless {
		time.Sleep(2 * time.Millisecond)
	}
	if b.took(term.t, "esc, to the next picture", time.Since(sent)); term.t.Failed() {
		term.t.Log(term.screen.String())
	}
}

// tryScreenSignal: the terminal is given back, and the exit code tells which signal it was.
// Several times, since whoever else listens for the signal may be faster or slower.
func tryScreenSignal(t *testing.T, signal syscall.Signal) {
	for range 4 {
		term := openTerminal(t, "http://127.0.0.1:1/token")
		term.until("A server that misbehaves")
		_ = term.cmd.Process.Signal(signal)
		term.ends(128 + int(signal))
	}
}
