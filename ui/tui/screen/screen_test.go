package screen

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/keys"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// TestRegionsDoNotOverlap sweeps sizes and shapes: every region lies in the window, and no
// two of them share a cell.
func TestRegionsDoNotOverlap(t *testing.T) {
	for _, shape := range []Shape{Whole, Railed, ListWide} {
		for w := 40; w <= 220; w += 9 {
			for h := 8; h <= 70; h += 5 {
				l := Arrange(w, h, shape)
				if l.Tiny != (w < MinWidth || h < MinHeight) {
					t.Fatalf("%d by %d: tiny %v", w, h, l.Tiny)
				}
				if l.Tiny {
					continue
				}
				regions := []frame.Rect{l.Header, l.Footer, {Y: l.Upper, W: w, H: 1}, {Y: l.Lower, W: w, H: 1}, l.Main}
				if l.Status != l.Footer {
					regions = append(regions, l.Status)
				}
				if !l.Side.Empty() {
					regions = append(regions, l.Side)
				}
				seen := map[[2]int]bool{}
				for _, r := range regions {
					if r.X < 0 || r.Y < 0 || r.X+r.W > w || r.Y+r.H > h || r.Empty() {
						t.Fatalf("%d by %d, shape %d: region %+v", w, h, shape, r)
					}
					for y := r.Y; y < r.Y+r.H; y++ {
						for x := r.X; x < r.X+r.W; x++ {
							if seen[[2]int{x, y}] || x == l.Divider && y > l.Upper && y < l.Lower {
								t.Fatalf("%d by %d, shape %d: cell %d,%d is in two regions", w, h, shape, x, y)
							}
							seen[[2]int{x, y}] = true
						}
					}
				}
			}
		}
	}
}

func TestFileNames(t *testing.T) {
	for what, want := range map[string]string{
		"access_token":                   "access_token.txt",
		"the body as received":           "the-body-as-received.txt",
		"../../etc/passwd":               "etc-passwd.txt",
		"":                               "value.txt",
		"日本":                             "value.txt",
		"report.json":                    "report.json",
		strings.Repeat("long name ", 20): "long-name-long-name-long-name-long-name.txt",
	} {
		if got := fileName(what); got != want {
			t.Errorf("fileName(%q) = %q, want %q", what, got, want)
		}
		if strings.ContainsAny(fileName(what), `/\`) {
			t.Errorf("fileName(%q) leaves the folder", what)
		}
	}
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		20 * time.Second: "just now", 5 * time.Minute: "5 min ago", 3 * time.Hour: "3 h ago", 50 * time.Hour: "2 days ago", 200 * 24 * time.Hour: "6 months ago", 1157 * 24 * time.Hour: "3 years ago",
	} {
		if got := Ago(d); got != want {
			t.Errorf("Ago(%v) = %q, want %q", d, got, want)
		}
	}
}

// filled is a walk of n steps with findings at the second.
func filled(n int) present.Walk {
	w := present.Walk{Header: present.Header{Path: []string{"oauthlens"}}}
	for i := range n {
		name := fmt.Sprintf("Step%d", i+1)
		lines := present.List{{Kind: present.Row, Label: "name", Spans: []present.Span{present.T(name, present.Plain)}, Path: name}}
		w.Rail = append(w.Rail, present.RailItem{Key: name, Title: name})
		w.Panes = append(w.Panes, present.Pane{Title: name, Tabs: []present.Tab{{Name: "Explained", Build: func() present.Lines { return lines }}}, Next: present.Next{Label: "on", To: (i + 1) % n}})
	}
	for i := range 9 {
		severity := flows.SeverityWarning
		if i == 0 {
			severity = flows.SeverityError
		}
		w.Findings = append(w.Findings, present.FindingView{Rail: 1, Finding: flows.Finding{Code: fmt.Sprint("code-", i), Severity: severity, Title: flows.Say(fmt.Sprint("Finding ", i)), Cause: flows.Say("Because."), Fix: flows.Say("Do this.")},
			Detail: func() present.Lines { return present.List{} }})
		if n > 1 {
			w.Panes[1].Findings = append(w.Panes[1].Findings, i)
		}
	}
	return w
}

func shownAt(w present.Walk, width, height int) *Walk {
	s := NewWalk("Walk")
	s.Resize(Arrange(width, height, Railed))
	s.Show(w)
	return s
}

func drawn(s interface {
	Draw(*frame.Frame, bool)
}, w, h int) string {
	f := frame.New(w, h)
	s.Draw(f, true)
	return f.Text()
}

func TestFindingsAreReachedAndLeftByMoving(t *testing.T) {
	s := shownAt(filled(3), 100, 30)
	s.GoTo(1)
	text := drawn(s, 100, 30)
	if !strings.Contains(text, "✗ Finding 0") || !strings.Contains(text, "more") {
		t.Fatalf("the worst does not stand first, or the rest is not counted:\n%s", text)
	}
	for range 20 {
		s.Do(keys.Down, "j", noon)
	}
	if text := drawn(s, 100, 30); !strings.Contains(text, "Finding 8") {
		t.Fatalf("the last finding cannot be reached:\n%s", text)
	}
	if w, ok := s.Do(keys.CopyValue, "y", noon).(Copy); !ok || !strings.Contains(w.What.Text, "code-8") {
		t.Fatalf("y on a finding gives %v", w)
	}
	if w, ok := s.Do(keys.Next, "enter", noon).(Read); !ok || !strings.Contains(w.Title, "code-8") {
		t.Fatalf("enter on a finding gives %v", w)
	}
	for range 20 {
		s.Do(keys.Up, "k", noon)
	}
	if path, _, _ := s.Where(); path != "Step2" {
		t.Fatalf("k does not come back to the text: %q", path)
	}
	box := s.hitBox.findings[1]
	drawn(s, 100, 30)
	s.Click(box.X+4, box.Y)
	if w, ok := s.Click(box.X+4, box.Y).(Read); !ok {
		t.Fatalf("a second click on a finding gives %v", w)
	}
}

func TestTheViewFollowsUnlessTheUserWandered(t *testing.T) {
	w := filled(5)
	s := shownAt(w, 100, 30)
	w.Current = 2
	if s.Show(w); s.Stage() != 2 {
		t.Fatal("it did not follow")
	}
	s.Do(keys.Step, "1", noon)
	w.Current = 3
	if s.Show(w); s.Stage() != 0 {
		t.Fatal("it took the user away from where they looked")
	}
	s.Follow()
	w.Current = 4
	if s.Show(w); s.Stage() != 4 {
		t.Fatal("it does not follow again")
	}
}

func TestAnEmptyWalkSurvivesEveryAction(t *testing.T) {
	for _, w := range []present.Walk{{}, {Panes: []present.Pane{{}}, Rail: []present.RailItem{{}}}} {
		s := shownAt(w, 100, 30)
		for _, b := range s.Table().Bindings {
			if b.Reason() == "" {
				s.Do(b.Action, b.Keys[0], noon)
			}
		}
		s.Click(10, 10)
		s.Wheel(3)
		s.Tick(noon, 1)
		s.Search("x")
		drawn(s, 100, 30)
	}
}

func TestTheCatalogueIsClickedAndFiltered(t *testing.T) {
	var providers []flows.Provider
	for i := range 40 {
		providers = append(providers, flows.Provider{Name: fmt.Sprintf("p%02d", i), Title: fmt.Sprintf("Provider %02d", i), Grants: []flows.Grant{flows.GrantClientCredentials}})
	}
	c := NewCatalogue(providers, []string{"a profile is wrong"}, "p05")
	c.Resize(Arrange(100, 24, ListWide))
	if choice, _ := c.Choice(); choice.Provider != "p05" {
		t.Fatalf("it starts at %q", choice.Provider)
	}
	drawn(c, 100, 24)
	c.Click(5, 4)
	if choice, _ := c.Choice(); choice.Provider != "p01" {
		t.Fatalf("a click chose %q", choice.Provider)
	}
	if w, ok := c.Click(5, 4).(Start); !ok || w.Choice.Provider != "p01" || w.Choice.Environment != flows.EnvSimulator {
		t.Fatalf("a second click gives %v", w)
	}
	c.Do(keys.Bottom, "G", noon)
	if text := drawn(c, 100, 24); !strings.Contains(text, "Provider 39") {
		t.Fatalf("the last is not shown:\n%s", text)
	}
	if said := c.Search("der 3"); said != "10 providers" {
		t.Fatalf("said %q", said)
	}
	if said := c.Search("nobody"); said != "no provider matches" {
		t.Fatalf("said %q", said)
	}
	if _, ok := c.Choice(); ok {
		t.Fatal("something is chosen in an empty list")
	}
	drawn(c, 100, 24)
	c.Do(keys.Back, "esc", noon)
	if len(c.Listed()) != 40 {
		t.Fatal("esc does not end the filter")
	}
}

// TestSlowTabsAreBuiltAside: a slow tab is not built by the call that shows it, comes in
// when it is built, and an older build that is late is dropped.
func TestSlowTabsAreBuiltAside(t *testing.T) {
	builds := 0
	walk := func(version string) present.Walk {
		tab := present.Tab{Name: "Explained", Version: version, Slow: true, Build: func() present.Lines {
			builds++
			return present.List{{Spans: []present.Span{present.T("content "+version, present.Plain)}}}
		}}
		return present.Walk{Rail: []present.RailItem{{Title: "Token"}}, Panes: []present.Pane{{Title: "Token", Tabs: []present.Tab{tab}}}}
	}
	s := NewWalk("Walk")
	s.Resize(Arrange(100, 30, Railed))
	text := func() string {
		f := frame.New(100, 30)
		s.Draw(f, true)
		return f.Text()
	}
	s.Show(walk("one"))
	first := s.Wants()
	if builds != 0 || first == nil || s.Wants() != nil || !strings.Contains(text(), "Taking the answer apart") {
		t.Fatalf("%d builds, wanted %v:\n%s", builds, first, text())
	}
	s.Show(walk("one")) // a tick: nothing new
	if s.Wants() != nil {
		t.Fatal("the same content is wanted twice")
	}
	late := first.Build()
	s.Show(walk("two"))
	second := s.Wants()
	s.Built(first, late)
	if second == nil || strings.Contains(text(), "content one") {
		t.Fatalf("an older build is shown:\n%s", text())
	}
	s.Built(second, second.Build())
	if !strings.Contains(text(), "content two") || builds != 2 {
		t.Fatalf("after %d builds:\n%s", builds, text())
	}
}

// TestWhatIsThereMeanwhile: of a slow tab that has something at once that is shown, and where
// the cursor went in it, it stays.
func TestWhatIsThereMeanwhile(t *testing.T) {
	line := func(text string) present.Line {
		return present.Line{Kind: present.Code, Spans: []present.Span{present.T(text, present.Plain)}}
	}
	head := present.List{line("head one"), line("head two")}
	tab := present.Tab{Name: "Raw", Version: "one", Slow: true, Meanwhile: func() present.Lines { return append(head[:2:2], line("not yet")) },
		Build: func() present.Lines { return append(head[:2:2], line("the body")) }}
	s := NewWalk("Walk")
	s.Resize(Arrange(100, 30, Railed))
	s.Show(present.Walk{Rail: []present.RailItem{{Title: "Token"}}, Panes: []present.Pane{{Title: "Token", Tabs: []present.Tab{tab}}}})
	f := frame.New(100, 30)
	s.Draw(f, true)
	if text := f.Text(); !strings.Contains(text, "head two") || !strings.Contains(text, "not yet") {
		t.Fatalf("meanwhile:\n%s", text)
	}
	s.pane().Move(1)
	wanted := s.Wants()
	s.Built(wanted, wanted.Build())
	if l, ok := s.pane().Current(); !ok || l.Spans[0].Text != "head two" {
		t.Errorf("the cursor stands on %+v", l)
	}
	f = frame.New(100, 30)
	s.Draw(f, true)
	if text := f.Text(); strings.Contains(text, "not yet") || !strings.Contains(text, "the body") {
		t.Fatalf("then:\n%s", text)
	}
}

// TestAnAnswerIsShownFromItsTop: the cursor stands on what can be called, a line that a long
// body pushes down. What came of the call is seen all the same; a tick that brings no answer
// leaves the cursor alone.
func TestAnAnswerIsShownFromItsTop(t *testing.T) {
	own := present.Line{Kind: present.Row, Label: "your own URL", Spans: []present.Span{present.T("e types it", present.Plain)}}
	walk := func(answered int, lines ...present.Line) present.Walk {
		tab := present.Tab{Name: "Explained", Build: func() present.Lines { return present.List(lines) }}
		return present.Walk{Rail: []present.RailItem{{Title: "Call"}}, Panes: []present.Pane{{Title: "Call", Tabs: []present.Tab{tab}, Answered: answered}}}
	}
	body := present.Line{Kind: present.Code, Spans: []present.Span{present.T(strings.Repeat("a page ", 500), present.Plain)}}
	verdict := present.Line{Spans: []present.Span{present.T("✗ 200 OK", present.Plain)}}
	s := NewWalk("Walk")
	s.Resize(Arrange(100, 30, Railed))
	s.Show(walk(0, own))
	s.Show(walk(7, verdict, body, own))
	if text := drawn(s, 100, 30); !strings.Contains(text, "✗ 200 OK") {
		t.Fatalf("the verdict is hidden:\n%s", text)
	}
	s.Do(keys.Bottom, "G", noon)
	s.Show(walk(7, verdict, body, own))
	if text := drawn(s, 100, 30); !strings.Contains(text, "your own URL") {
		t.Fatalf("a tick moved the cursor:\n%s", text)
	}
}

// TestTheKeysOfASearchGoFromDifferenceToDifference: in a comparison, where no text is searched
// for: around the end in the verdict, else through the steps that have any.
func TestTheKeysOfASearchGoFromDifferenceToDifference(t *testing.T) {
	line := func(text string, suspicious bool) present.Line {
		return present.Line{Spans: []present.Span{present.T(text, present.Plain)}, Path: text, Suspicious: suspicious}
	}
	tab := func(name string, lines ...present.Line) present.Tab {
		return present.Tab{Name: name, Version: name, Build: func() present.Lines { return present.List(lines) }}
	}
	step := func(title string, worst flows.Severity, lines ...present.Line) (present.RailItem, present.Pane) {
		return present.RailItem{Title: title, Worst: worst}, present.Pane{Title: title, Tabs: []present.Tab{tab("Suspicious", lines...), tab("Everything", lines...), tab("sandbox", line("as it was", false))}}
	}
	var w present.Walk
	add := func(r present.RailItem, p present.Pane) { w.Rail, w.Panes = append(w.Rail, r), append(w.Panes, p) }
	add(step("Verdict", flows.SeverityWarning, line("va", true), line("values", false), line("vb", true), line("vc", true)))
	add(step("Run", "", line("fine", false)))
	add(step("Token", flows.SeverityWarning, line("heads", false), line("ta", true), line("tb", true)))
	add(step("Call", flows.SeverityWarning, line("heads", false), line("ca", true), line("why", false)))
	s := NewWalk(CompareTitle)
	s.Resize(Arrange(100, 30, Railed))
	s.Show(w)
	at := func() string {
		l, _ := s.line()
		return l.Path
	}
	goes := func(want string, does ...keys.Action) {
		t.Helper()
		var got []string
		for _, a := range does {
			if w := s.Do(a, "", time.Time{}); w != nil {
				t.Fatalf("said %v", w)
			}
			got = append(got, at())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("went to %q, want %q", strings.Join(got, " "), want)
		}
	}
	next, prev := keys.NextHit, keys.PrevHit
	goes("vb vc va vc", next, next, next, prev)
	s.GoTo(2)
	if at() != "ta" {
		t.Errorf("a step begins at %q", at())
	}
	s.GoTo(1)
	goes("ta tb ca ta tb ta ca tb", next, next, next, next, next, prev, prev, prev)
	s.Do(keys.PrevTab, "", time.Time{}) // the first tab's predecessor is the last: as one side walked it
	if at() != "as it was" {
		t.Fatalf("at %q", at())
	}
	goes("ta", next)
	s.Search("values")
	if w, ok := s.Do(next, "", time.Time{}).(Say); !ok || !strings.Contains(w.Text, "values") {
		t.Errorf("a search has the keys for itself: %v", w)
	}
	plain := NewWalk("Walk")
	plain.Resize(Arrange(100, 30, Railed))
	plain.Show(w)
	if w, ok := plain.Do(next, "", time.Time{}).(Say); !ok || !strings.Contains(w.Text, "nothing is searched for") {
		t.Errorf("outside of a comparison: %v", w)
	}
}

// TestNothingToExplainIsSaid: where neither the line nor the step has an explanation, F1 says
// so and opens no empty box.
func TestNothingToExplainIsSaid(t *testing.T) {
	w := filled(3)
	w.Rail[0].Key, w.Panes[0].Intro = "of no specification", ""
	s := shownAt(w, 80, 24)
	if wish, ok := s.Do(keys.Explain, "f1", time.Time{}).(Say); !ok || wish.Text == "" {
		t.Errorf("F1 gives %#v", s.Do(keys.Explain, "f1", time.Time{}))
	}
	w.Panes[0].Intro = "What this step is for."
	if wish, ok := shownAt(w, 80, 24).Do(keys.Explain, "f1", time.Time{}).(Read); !ok || wish.Lines.Len() == 0 {
		t.Errorf("F1 gives %#v", wish)
	}
}

// TestThePathOfAFileIsShownWhileItIsTyped, and nothing that may be a token.
func TestThePathOfAFileIsShownWhileItIsTyped(t *testing.T) {
	for text, shown := range map[string]bool{
		"/tmp/run.har": true, "/Users/me/Downloads/run of today.har": true, "~/run.har": true, "./a/b.json": true, "../b.json": true, "'/tmp/run.har'": true,
		"/9j/4AAQSkZJRgABAQEASABIAAD": false, "/tmp": false, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.": false, "abc/def/0123456789012345678901234567": false,
		"//x/0123456789012345678901234567": false, "code=SplxlOBeZQQYbYS6WxSbIA": false,
	} {
		if pathLike(text) != shown || (veil(text) == text) != shown && text != "/tmp" {
			t.Errorf("%s: path %v, shown as %s", text, pathLike(text), veil(text))
		}
	}
}
