package pane

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/theme"
)

func code(texts ...string) present.List {
	var out present.List
	for _, t := range texts {
		out = append(out, present.Line{Kind: present.Code, Spans: []present.Span{present.T(t, present.Plain)}})
	}
	return out
}

func shown(lines present.Lines, w, h int) *Pane {
	p := &Pane{}
	p.Resize(w, h)
	p.Show(lines, false)
	return p
}

func texts(rows []frame.Line) string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = strings.TrimRight(r.String(), " ")
	}
	return strings.Join(out, "\n")
}

func TestRowsAlignTheirColumns(t *testing.T) {
	row := func(label, value, note string) present.Line {
		return present.Line{Kind: present.Row, Label: label, Spans: []present.Span{present.T(value, present.Plain)}, Note: note}
	}
	p := shown(present.List{row("a", "1", "first"), row("longer", "22", "second"), row("x", strings.Repeat("v", 40), "below")}, 40, 10)
	want := "  a       1    first\n  longer  22   second\n  x       vvvvvvvvvvvvvvvvvvvvvvvvvvvvvv\n          vvvvvvvvvv\n          below"
	if got := texts(p.Draw(false)); !strings.HasPrefix(got, want) {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTablesFitTheirWidth(t *testing.T) {
	cell := func(s string) []present.Span { return []present.Span{present.T(s, present.Plain)} }
	p := shown(present.List{
		{Kind: present.Table, Cells: [][]present.Span{cell("field"), cell("before"), cell("after")}},
		{Kind: present.Table, Cells: [][]present.Span{cell("scope"), cell(strings.Repeat("read ", 10)), cell("read")}},
	}, 40, 6)
	for _, r := range p.Draw(true) {
		if r.Width() != 40 {
			t.Fatalf("a row has %d cells: %q", r.Width(), r.String())
		}
	}
}

// TestTheHeadOfATable is no place for the cursor, and has no row where the cells stand behind
// their heads.
func TestTheHeadOfATable(t *testing.T) {
	cell := func(s string) []present.Span { return []present.Span{present.T(s, present.Plain)} }
	heads := []string{"", "sandbox", "production"}
	head := present.Line{Kind: present.Table, Heads: heads, Cells: [][]present.Span{cell(""), cell("sandbox"), cell("production")}}
	row := func(name, a, b string) present.Line {
		return present.Line{Kind: present.Table, Heads: heads, Cells: [][]present.Span{cell(name), cell(a), cell(b)}}
	}
	long := "https://auth.example.com/" + strings.Repeat("a", 60)
	list := present.List{head, row("issuer", long, "absent"), {Kind: present.Gap}, {Kind: present.Heading, Spans: cell("Expected")}, head, row("token", long, long)}
	p := shown(list, 60, 20)
	text := texts(p.Draw(true))
	if !strings.HasPrefix(text, "▌ issuer") || strings.Contains(text, "\n\n\n") && !strings.HasSuffix(strings.TrimRight(text, "\n "), "aa") {
		t.Errorf("stacked:\n%s", text)
	}
	if before, after, ok := strings.Cut(text, "Expected\n"); !ok || !strings.HasPrefix(strings.TrimLeft(after, " "), "token") {
		t.Errorf("under the heading is\n%s\nabove it\n%s", after, before)
	}
	for range 8 {
		p.Move(-1)
	}
	if p.Cursor() != 1 {
		t.Errorf("the cursor is at line %d of the table", p.Cursor())
	}
	p.Resize(60, 3)
	p.Bottom()
	for range 30 { // a line without rows is scrolled over
		p.Scroll(-1)
	}
	if p.top > 0 || p.skip > 0 {
		t.Errorf("scrolling up ends at\n%s", texts(p.Draw(true)))
	}
	wide := shown(list, 200, 20)
	if text := texts(wide.Draw(true)); !strings.Contains(strings.SplitN(text, "\n", 2)[0], "sandbox") || wide.Cursor() != 1 {
		t.Errorf("side by side, the cursor at %d:\n%s", wide.Cursor(), text)
	}
}

// TestMovingKeepsTheCursorInView presses moves at random over contents of every shape.
func TestMovingKeepsTheCursorInView(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		content := randomContent(rng)
		p := shown(content, 6+rng.IntN(60), 1+rng.IntN(20))
		for range 60 {
			switch rng.IntN(9) {
			case 0:
				p.Top()
			case 1:
				p.Bottom()
			case 2:
				p.Page(1)
			case 3:
				p.Page(-1)
			case 4:
				p.Scroll(rng.IntN(9) - 4)
			case 5:
				p.Resize(6+rng.IntN(60), 1+rng.IntN(20))
			case 6:
				p.Search([]string{"", "line", "a"}[rng.IntN(3)])
			default:
				p.Move(rng.IntN(7) - 3)
			}
			rows := p.Draw(true)
			if len(rows) != p.h {
				t.Fatalf("%d rows in a window of %d", len(rows), p.h)
			}
			if slices.ContainsFunc(p.shown, p.holds) && !slices.Contains(p.shown, p.cursor) {
				t.Fatalf("the cursor's line %d of %d is not shown: %v", p.cursor, len(content), p.shown)
			}
		}
	}
}

// holds tells that the line can hold the cursor.
func (p *Pane) holds(i int) bool {
	if i < 0 {
		return false
	}
	k := p.lines.At(i).Kind
	return k != present.Gap && k != present.Heading
}

func randomContent(rng *rand.Rand) present.List {
	var out present.List
	for i := range rng.IntN(40) {
		text := strings.Repeat("line ", rng.IntN(30)) + fmt.Sprint(i)
		kind := present.Kind(rng.IntN(6))
		out = append(out, present.Line{Kind: kind, Indent: rng.IntN(3), Label: "label", Spans: []present.Span{present.T(text, present.Plain)}, Note: "note",
			Cells: [][]present.Span{{present.T("a", present.Plain)}, {present.T(text, present.Plain)}}})
	}
	return out
}

func TestBottomShowsTheEndOfALongLine(t *testing.T) {
	p := shown(code("first", strings.Repeat("x", 500)+"END"), 20, 5)
	p.Bottom()
	if got := texts(p.Draw(true)); !strings.Contains(got, "END") {
		t.Fatalf("the end is not shown:\n%s", got)
	}
	p.Top()
	for range 200 {
		p.Move(1)
	}
	if got := texts(p.Draw(true)); !strings.Contains(got, "END") {
		t.Fatalf("moving down does not come to the end:\n%s", got)
	}
}

func TestTheCursorStaysOnItsRow(t *testing.T) {
	rows := func(labels ...string) present.List {
		var out present.List
		for _, l := range labels {
			out = append(out, present.Line{Kind: present.Row, Label: l})
		}
		return out
	}
	p := shown(rows("a", "b", "c", "d"), 30, 10)
	p.Move(1)
	for _, tt := range []struct {
		content present.List
		want    int
	}{{rows("a", "c", "d", "b"), 3}, {rows("b", "a"), 0}, {rows("a", "c", "b"), 2}, {rows("x"), 0}} {
		p.Show(tt.content, true)
		if p.Cursor() != tt.want {
			t.Fatalf("the cursor is on line %d of %v, want %d", p.Cursor(), tt.content, tt.want)
		}
	}
}

func TestSearch(t *testing.T) {
	p := shown(code("alpha", "Beta", "gamma beta", "delta"), 30, 4)
	if !p.Search("BETA") {
		t.Fatal("not found")
	}
	if n, more := p.Hits(); n != 2 || more {
		t.Fatalf("%d hits", n)
	}
	if p.Cursor() != 1 {
		t.Fatalf("cursor at %d", p.Cursor())
	}
	p.NextHit(1)
	if p.Cursor() != 2 {
		t.Fatalf("cursor at %d", p.Cursor())
	}
	p.NextHit(1)
	if p.Cursor() != 1 {
		t.Fatalf("the search did not go around the end: %d", p.Cursor())
	}
	p.NextHit(-1)
	if p.Cursor() != 2 {
		t.Fatalf("the search did not go around the beginning: %d", p.Cursor())
	}
	marked := false
	for _, s := range p.Draw(false)[2] {
		marked = marked || s.Role == theme.Match && s.Text == "beta"
	}
	if !marked {
		t.Fatal("the hit is not marked")
	}
	if p.Search("nowhere") {
		t.Fatal("found what is not there")
	}
	if !p.Search("") || p.Query() != "" {
		t.Fatal("an empty search does not end it")
	}
}

func TestAHitAcrossSegmentsIsMarked(t *testing.T) {
	l := highlight(frame.Line{{Text: `"na`}, {Text: `me": 1`}}, "name", theme.Match)
	var got string
	for _, s := range l {
		if s.Role == theme.Match {
			got += s.Text
		}
	}
	if got != "name" {
		t.Fatalf("marked %q of %v", got, l)
	}
}

func TestSecretsAreMaskedInEverythingButTheirCopy(t *testing.T) {
	const raw = "the-raw-secret"
	secret := flows.NewSecret(flows.FingerprintKey{}, "access_token", raw)
	p := shown(present.List{
		{Kind: present.Row, Label: "access_token", Spans: []present.Span{present.S(secret)}, Copy: present.Copy{What: "access_token", Secret: secret}},
		{Kind: present.Row, Label: "other", Spans: []present.Span{present.S(secret)}},
	}, 80, 4)
	if strings.Contains(texts(p.Draw(true))+p.All(), raw) {
		t.Fatal("the secret is shown")
	}
	if got := p.Value().Secret.RevealSecret(); got != raw {
		t.Fatalf("y copies %q", got)
	}
	now := time.Unix(1000, 0)
	p.Reveal(now)
	if got := texts(p.Draw(true)); strings.Count(got, raw) != 1 {
		t.Fatalf("one line should be revealed:\n%s", got)
	}
	p.Tick(now.Add(RevealFor))
	if strings.Contains(texts(p.Draw(true)), raw) {
		t.Fatal("the secret stays")
	}
	if p.Search(raw) {
		t.Fatal("a search finds what is masked")
	}
}

func TestHostileTextIsMadeVisible(t *testing.T) {
	p := shown(code("a\x1b[31mb\u202ec\u200dd\u009b2Je\rf"), 60, 2)
	got := texts(p.Draw(true))
	if want := `a\x1b[31mb\u202ec\u200dd\u009b2Je\rf`; !strings.Contains(got, want) {
		t.Fatalf("got %q", got)
	}
}

// counting counts which lines are made.
type counting struct {
	n    int
	made map[int]bool
}

func (c counting) Len() int { return c.n }
func (c counting) At(i int) present.Line {
	c.made[i] = true
	return present.Line{Kind: present.Code, Spans: []present.Span{present.T(fmt.Sprintf("line %d of many", i), present.Plain)}}
}

func TestOnlyWhatIsSeenIsMade(t *testing.T) {
	c := counting{n: 30000, made: map[int]bool{}}
	p := shown(c, 80, 30)
	p.Draw(true)
	p.Bottom()
	p.Draw(true)
	p.Move(-3)
	p.Draw(true)
	if len(c.made) > 400 {
		t.Fatalf("%d of 30000 lines were made", len(c.made))
	}
}

func body(lines int) present.List {
	var out present.List
	for i := range lines {
		out = append(out, present.Line{Kind: present.Code, Spans: []present.Span{present.T(fmt.Sprintf("  \"member-%06d\"", i), present.JSONKey), present.T(": ", present.JSONPunct), present.T(`"a value of some length"`, present.JSONString)}})
	}
	return out
}

func BenchmarkScrollOneMegabyte(b *testing.B) {
	p := shown(body(20000), 90, 40)
	for b.Loop() {
		if !p.Move(1) {
			p.Top()
		}
		p.Draw(true)
	}
}

func BenchmarkSearchOneMegabyte(b *testing.B) {
	p := shown(body(20000), 90, 40)
	for b.Loop() {
		p.Search("member-019999")
		p.Draw(true)
	}
}

func BenchmarkOneEnormousLine(b *testing.B) {
	p := shown(code(strings.Repeat("0123456789", 100000)), 90, 40)
	for b.Loop() {
		if !p.Move(1) {
			p.Top()
		}
		p.Draw(true)
	}
}

// TestATreeIsContinuedBesideItsTrunk: a member of a family that takes more than a row does not
// break the lines that tie the others.
func TestATreeIsContinuedBesideItsTrunk(t *testing.T) {
	member := func(branch, text string) present.Line {
		return present.Line{Spans: []present.Span{present.T(branch, present.Muted), present.T(text, present.Plain)}}
	}
	p := shown(present.List{member("", "code"), member("├─ ", "access token  its refresh token was revoked, so it should have ended too"), member("└─ ", "refresh token"), member("   └─ ", "access token  its refresh token was revoked")}, 44, 12)
	want := strings.Join([]string{"▌ code", "  ├─ access token  its refresh token was", "  │    revoked, so it should have ended too", "  └─ refresh token", "     └─ access token", "          its refresh token was revoked"}, "\n")
	if got := strings.TrimRight(texts(p.Draw(true)), "\n "); got != want {
		t.Errorf("drawn\n%s\nwant\n%s", got, want)
	}
}
