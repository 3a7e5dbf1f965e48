//go:build unix

package program

import (
	"io"
	"net/url"
	"strings"
	"syscall"
	"testing"
)

// paste is a row: what somebody gives for the callback URL.
type paste struct {
	name string
	text func(right string) string
	code int    // the exit code
	says string // on standard error
}

func pastes() []paste {
	is := func(text string) func(string) string { return func(string) string { return text } }
	query := func(right string) string { _, q, _ := strings.Cut(right, "?"); return q }
	return []paste{
		{name: "right", text: func(r string) string { return r }},
		{name: "with a line break", text: func(r string) string { return r + "\r\n" }},
		{name: "wrapped by the terminal", text: func(r string) string { return wrap(r, 40, "\n") }},
		{name: "wrapped and indented", text: func(r string) string { return wrap(r, 40, "\r\n    ") }},
		{name: "quoted by a mail program", text: func(r string) string { return "> " + wrap(r, 60, "\n> ") }},
		{name: "in angle brackets", text: func(r string) string { return "<" + r + ">" }},
		{name: "in quotes", text: func(r string) string { return `"` + r + `"` }},
		{name: "within words", text: func(r string) string { return "here it is: " + r }},
		{name: "with a full stop", text: func(r string) string { return r + "." }},
		{name: "the query alone", text: query},
		{name: "the query with its mark", text: func(r string) string { return "?" + query(r) }},
		{name: "as HTML", text: func(r string) string { return strings.ReplaceAll(r, "&", "&amp;") }},
		{name: "with invisible characters", text: func(r string) string {
			return "\ufeff\u202a" + strings.Replace(r, "?", "\u200b?", 1) + "\u202c\u00a0"
		}},
		{name: "with escape sequences", text: func(r string) string { return "\x1b[200~" + r + "\x1b[201~" }},
		{name: "twice", text: func(r string) string { return r + r }, code: 1, says: "callback "},
		{name: "twice, on two lines", text: func(r string) string { return r + "\n" + r }, code: 1, says: "callback "},
		{name: "cut off", text: func(r string) string { return r[:len(r)-9] }, code: 1, says: "callback "},
		{name: "of another flow", text: func(r string) string {
			u, _ := url.Parse(r)
			q := u.Query()
			q.Set("state", "of-another-flow-entirely")
			return "http://127.0.0.1/callback?" + q.Encode()
		}, code: 1, says: "callback "},
		{name: "in the fragment", text: func(r string) string { return strings.Replace(r, "?", "#", 1) }, code: 1, says: "callback "},
		{name: "unrelated words", text: is("I pressed the button, and now?"), code: 2, says: "this is no callback"},
		{name: "an unrelated URL", text: is("https://www.example.test/?q=oauth+code"), code: 2, says: "this is no callback"},
		{name: "nothing", text: is(""), code: 2, says: "this is no callback"},
		{name: "blanks", text: is(" \t\r\n"), code: 2, says: "this is no callback"},
		{name: "binary", text: is("\x00\xff\xfe\x1b]0;owned\x07\u202e\x80"), code: 2, says: "this is no callback"},
		{name: "a page", text: is("<!DOCTYPE html><html><body>code= state=</body></html>"), code: 2, says: "this is no callback"},
		{name: "1 MB of words", text: is(strings.Repeat("word ", 200_000)), code: 2},
		{name: "2 MB behind the URL", text: func(r string) string { return r + strings.Repeat("a", 2<<20) }, code: 1, says: "callback "},
	}
}

func wrap(s string, width int, between string) string {
	var out []string
	for len(s) > width {
		out, s = append(out, s[:width]), s[width:]
	}
	return strings.Join(append(out, s), between)
}

// interruption is a row: a signal at some moment.
type interruption struct {
	name   string
	signal syscall.Signal
	at     string // the endpoint that hangs; empty: while waiting for the browser
}

func handRows(t *testing.T, b *table, home string) {
	for _, p := range pastes() {
		b.row(t, "pastes", p.name, func(t *testing.T) { tryPaste(t, home, p) })
	}
	for _, signal := range []struct {
		name string
		is   syscall.Signal
	}{{"SIGINT", syscall.SIGINT}, {"SIGTERM", syscall.SIGTERM}, {"SIGHUP", syscall.SIGHUP}} {
		for _, at := range []string{"", "token", "discovery", "call"} {
			i := interruption{name: signal.name + " while waiting for the browser", signal: signal.is, at: at}
			if at != "" {
				i.name = signal.name + " while " + at + " hangs"
			}
			b.row(t, "signals", i.name, func(t *testing.T) { tryInterruption(t, home, i) })
		}
	}
}

func tryPaste(t *testing.T, home string, row paste) {
	p := newParty(t)
	in, out := io.Pipe()
	run := call(t, home, invocation{args: waiting(p, "http://127.0.0.1:53682/callback", "--callback", "-"), stdin: in, prefix: "open: ", meanwhile: func(_ *program, opened string) {
		u, err := url.Parse(opened)
		if err == nil {
			right := u.Query().Get("redirect_uri") + "?" + url.Values{"code": {p.code}, "state": {u.Query().Get("state")}}.Encode()
			_, _ = io.WriteString(out, row.text(right))
		}
		_ = out.Close()
	}})
	run.misused = row.code == 2
	d := run.document(t)
	p.check(t)
	if run.code != row.code || (p.requests()["/token"] == 1) != (row.code == 0) || !strings.Contains(run.stderr.String(), row.says) {
		t.Errorf("%s\nasked: %v", run, p.requests())
	}
	if row.code == 0 && d.Outcome != "succeeded" {
		t.Errorf("the outcome is %s", d.Outcome)
	}
}

// tryInterruption ends the program while it waits. SIGHUP comes when the terminal is
// closed: the document still goes to where standard output leads.
func tryInterruption(t *testing.T, home string, i interruption) {
	p := newParty(t)
	s := hanging(t)
	in := invocation{args: waiting(p, "http://127.0.0.1:0/callback"), prefix: "open: "}
	kill := func(run *program) { _ = run.cmd.Process.Signal(i.signal) }
	in.meanwhile = func(run *program, _ string) { kill(run) }
	if i.at != "" {
		for _, e := range endpoints() {
			if e.name == i.at {
				in.args = walkArguments(p, e, s.URL+e.path, "--json")
			}
		}
		in.prefix, in.meanwhile = "", nil
		in.started = func(run *program) {
			s.Await(t.Context(), 1)
			kill(run)
		}
	}
	run := start(t, home, in)
	p.check(t)
	run.check(t)
	d := run.document(t)
	if want := map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129}[i.signal]; run.code != want || d.Outcome != "cancelled" {
		t.Errorf("the outcome is %s, want exit code %d\n%s", d.Outcome, want, run)
	}
}
