package linear

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"oauthlens/flows"
	"oauthlens/ui/present"
)

func spans(texts ...string) []present.Span {
	var out []present.Span
	for _, t := range texts {
		out = append(out, present.T(t, present.Plain))
	}
	return out
}

// TestSentence: what a glyph, a column or an indent means on the screen is a word here.
func TestSentence(t *testing.T) {
	secret := flows.NewSecret(flows.FingerprintKey{}, "code", "very-secret-code")
	key := func(name, value string, more ...present.Span) []present.Span {
		return append([]present.Span{present.T(`"`+name+`"`, present.JSONKey), present.T(": ", present.JSONPunct), present.T(value, present.JSONString)}, more...)
	}
	for _, c := range []struct {
		name string
		line present.Line
		want string
	}{
		{"a row", present.Line{Kind: present.Row, Label: "client_id", Spans: spans("me"), Note: "who is asking"}, "client_id: me (who is asking)"},
		{"without a note", present.Line{Kind: present.Row, Label: "issuer", Spans: spans("https://x.test")}, "issuer: https://x.test"},
		{"changed", present.Line{Kind: present.Row, Label: "scope", Spans: spans("a  b"), Changed: true}, "scope: a  b, changed from the profile"},
		{"a ticked scope", present.Line{Kind: present.Row, Label: "[x] openid", Note: "who signed in"}, "openid: on (who signed in)"},
		{"one that is not", present.Line{Kind: present.Row, Label: "[ ] openid"}, "openid: off"},
		{"the chosen call", present.Line{Kind: present.Row, Label: "● me", Spans: spans("GET /me")}, "me (chosen): GET /me"},
		{"another call", present.Line{Kind: present.Row, Label: "○ all", Spans: spans("GET /all")}, "all: GET /all"},
		{"a verdict", present.Line{Kind: present.Row, Label: "✗ issuer", Spans: spans("failed"), Note: "another one"}, "issuer: failed (another one)"},
		{"choices", present.Line{Kind: present.Row, Label: "environments", Spans: spans("● ", "simulator", "   ", "○ sandbox", "   ", "○ production")},
			"environments: simulator (chosen), sandbox, production"},
		{"a source", present.Line{Kind: present.Row, Label: "token_type", Spans: spans("Bearer"), Path: "$.token_type", Note: "$.token_type"}, "token_type: Bearer (from $.token_type)"},
		{"a time", present.Line{Kind: present.Row, Label: "exp", Spans: spans("2026-11-21 10:00:00 UTC  in 59 min")}, "exp: 2026-11-21 10:00:00 UTC, in 59 min"},
		{"an equal state", present.Line{Kind: present.Row, Label: "state", Spans: spans("x"), Note: "✓ equal to the one sent"}, "state: x (equal to the one sent)"},
		{"good", present.Line{Spans: spans("✓ ", "200 OK", "  12 bytes")}, "ok: 200 OK, 12 bytes"},
		{"bad", present.Line{Spans: spans("✗ 400 Bad Request", "  12 bytes")}, "failed: 400 Bad Request, 12 bytes"},
		{"refused", present.Line{Spans: spans("✗ refused: ", "another state")}, "refused: another state"},
		{"worth a look", present.Line{Spans: spans("▲ look here")}, "warning: look here"},
		{"a remark", present.Line{Spans: spans("· ", "by the way")}, "by the way"},
		{"a member of a family", present.Line{Spans: spans("└─ ", "refresh token ", "● alive")}, "from it: refresh token alive"},
		{"two sides", present.Line{Spans: []present.Span{present.T("Claims · alg  ", present.Label), present.T("RS256", present.Muted), present.T("  │  ", present.Muted), present.T("ES256", present.Muted)}},
			"Claims, alg: RS256 against ES256"},
		{"a member of a JSON text", present.Line{Kind: present.Code, Path: "$.data.code", Spans: key("code", `"x"`, present.T(",", present.JSONPunct))}, "data.code: x"},
		{"an open brace", present.Line{Kind: present.Code, Path: "$", Spans: []present.Span{present.T("{", present.JSONPunct)}}, ""},
		{"an empty list", present.Line{Kind: present.Code, Path: "$.scopes", Spans: []present.Span{present.T(`"scopes"`, present.JSONKey), present.T(": ", present.JSONPunct), present.T("[],", present.JSONPunct)}}, "scopes: []"},
		{"bytes", present.Line{Kind: present.Code, Spans: spans("GET / HTTP/1.1")}, "GET / HTTP/1.1"},
		{"a secret", present.Line{Kind: present.Row, Label: "code", Spans: []present.Span{present.S(secret)}}, "code: " + secret.String()},
		{"a gap", present.Line{Kind: present.Gap}, ""},
		{"a heading", present.Line{Kind: present.Heading, Spans: spans("Scopes")}, "Scopes"},
	} {
		if got := sentence(c.line, nil, false); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := sentence(present.Line{Kind: present.Row, Label: "code", Spans: []present.Span{present.S(secret)}}, nil, true); got != "code: very-secret-code" {
		t.Errorf("revealed: %q", got)
	}
}

// TestATableIsToldByItsHeads: the row of heads itself is not told.
func TestATableIsToldByItsHeads(t *testing.T) {
	line := func(texts ...string) present.Line {
		l := present.Line{Kind: present.Table}
		for _, x := range texts {
			l.Cells = append(l.Cells, spans(x))
		}
		return l
	}
	with := line("alg", "RS256", "ES256")
	with.Heads = []string{"", "sandbox", "production"}
	head := line("", "sandbox", "production")
	head.Heads = with.Heads
	parts, more := sections(present.List{{Kind: present.Heading, Spans: spans("Before and after")}, line("", "before", "after", ""), line("access token", "#1", "#2", "a new one"),
		{Kind: present.Gap}, head, with})
	if more != 0 || len(parts) != 2 {
		t.Fatalf("%d more, %v", more, parts)
	}
	if got := strings.Join(parts[1].lines, "\n"); got != "access token: before #1, after #2, a new one\nalg: sandbox RS256, production ES256" {
		t.Errorf("%q", got)
	}
}

func TestALongTabIsCut(t *testing.T) {
	var l present.List
	for range mostLines + 7 {
		l = append(l, present.Line{Spans: spans("x")})
	}
	parts, more := sections(l)
	if more != 7 || len(parts[0].lines) != mostLines {
		t.Errorf("%d lines, %d more", len(parts[0].lines), more)
	}
}

// TestLasting: what only the time of day changes is no news.
func TestLasting(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"exp: 2026-11-21 10:00:00 UTC, in 59 min (x)", "exp: 2026-11-21 10:00:00 UTC, in 3 s (x)", true},
		{"issued: 2026-11-21 10:00:00 UTC, 2 h ago", "issued: 2026-11-21 10:00:00 UTC, 3 d ago", true},
		{"exp: 2026-11-21 10:00:00 UTC, in 59 min", "exp: 2026-11-21 11:00:00 UTC, in 59 min", false},
		{"server clock: 2026-11-21 10:00:00 UTC (agrees)", "server clock: 2026-11-21 10:00:09 UTC (agrees)", true},
		{"server clock: 2026-11-21 10:00:00 UTC (agrees)", "server clock: 2026-11-21 10:00:00 UTC (10 min ahead)", false},
		{"state: a", "state: b", false},
	} {
		if (lasting(c.a) == lasting(c.b)) != c.same {
			t.Errorf("%q and %q: %q, %q", c.a, c.b, lasting(c.a), lasting(c.b))
		}
	}
}

func TestReadLine(t *testing.T) {
	long := strings.Repeat("x", longestLine+10)
	b := bufio.NewReader(strings.NewReader("one\r\n\n  two  \n" + long + "\nlast"))
	for _, want := range []struct {
		text string
		err  error
	}{{"one", nil}, {"", nil}, {"  two  ", nil}, {"", errLong}, {"last", nil}, {"", io.EOF}} {
		if text, err := readLine(b); text != want.text || err != want.err {
			t.Errorf("%q, %v, want %q, %v", text[:min(20, len(text))], err, want.text, want.err)
		}
	}
}

// TestCut: a line of a megabyte is not told to its end, nor through the middle of a letter.
func TestCut(t *testing.T) {
	for _, c := range []struct {
		text string
		more string
	}{{"short", ""}, {strings.Repeat("x", longestTold), ""}, {strings.Repeat("x", longestTold+9), "(and 9 bytes more: w FILE writes all of it)"},
		{"x" + strings.Repeat("é", longestTold), "(and 4002 bytes more: w FILE writes all of it)"}} {
		got := cut(c.text)
		if !utf8.ValidString(got) || !strings.HasSuffix(got, c.more) || c.more == "" && got != c.text {
			t.Errorf("%d bytes become %q", len(c.text), got[max(0, len(got)-60):])
		}
	}
}

func TestSplitAndPair(t *testing.T) {
	for _, c := range []struct{ line, word, args string }{
		{"raw", "raw", ""}, {"set  a b", "set", "a b"}, {"/code", "/", "code"}, {"/", "/", ""}, {"+a=b", "+", "a=b"}, {"? set", "?", "set"}, {"p\thttps://x", "p", "https://x"},
	} {
		if word, args := split(c.line); word != c.word || args != c.args {
			t.Errorf("%q: %q, %q", c.line, word, args)
		}
	}
	for _, c := range []struct {
		args, name, value string
		header            bool
	}{
		{"scope a b", "scope", "a b", false}, {"scope=a b", "scope", "a b", false}, {"X-Trace: 1=2", "X-Trace", "1=2", true}, {"scope", "scope", "", false},
		{"scope  a ", "scope", " a ", false}, {"scope=", "scope", "", false}, {"resource https://x?a=b", "resource", "https://x?a=b", false},
	} {
		if name, value, header := pair(c.args); name != c.name || value != c.value || header != c.header {
			t.Errorf("%q: %q, %q, %v", c.args, name, value, header)
		}
	}
}

func TestUpper(t *testing.T) {
	for text, want := range map[string]string{"no token yet": "No token yet", "client_id changed": "client_id changed", "https://x": "https://x", "Truss": "Truss", "ok: 200": "ok: 200"} {
		if got := upper(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// TestTheTableOfCommands: each is told in a sentence, and no word stands for two.
func TestTheTableOfCommands(t *testing.T) {
	for _, at := range []where{atCatalogue, atWalk} {
		seen := map[string]bool{}
		for _, c := range commands() {
			if c.at&at == 0 {
				continue
			}
			if !strings.HasSuffix(c.help, ".") || c.do == nil || len(c.words) == 0 {
				t.Errorf("%v is not whole", c.words)
			}
			for _, w := range c.words {
				if seen[w] {
					t.Errorf("%q stands for two commands", w)
				}
				seen[w] = true
			}
		}
	}
}
