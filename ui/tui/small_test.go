package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/screen"
)

// TestAFilterIsSeen after its bar is closed, and what it leaves out can be had back.
func TestAFilterIsSeen(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.press("/", "l", "a", "y", "e", "r", "enter")
	d.contains("PROVIDERS  / layer", "TrueLayer")
	d.lacks("TrustWILL")
	d.press("esc")
	d.lacks("/ layer")
	d.contains("TrustWILL")
	d.press("/", "z", "z", "enter")
	d.contains("esc shows all again")
	d.press("e")
	if !strings.Contains(d.status(), "no provider is listed") {
		t.Errorf("the environment of no provider: %q", d.status())
	}
	d.press("esc")
	d.contains("TrustWILL")
}

// TestTheCatalogueSaysThatItsDetailsGoOn, and where in them one is.
func TestTheCatalogueSaysThatItsDetailsGoOn(t *testing.T) {
	d := newDriver(t, 80, 20)
	d.contains("tab goes on to the details")
	d.press("tab")
	d.lacks("tab goes on")
	last := func() string { lines := strings.Split(d.text(), "\n"); return strings.TrimSpace(lines[len(lines)-2]) }
	if got := last(); !strings.HasPrefix(got, "1/") {
		t.Errorf("the status line in the details is %q", got)
	}
	d.press("G")
	at, of, _ := strings.Cut(last(), "/")
	if at != of || at == "1" {
		t.Errorf("at the end it is %q", last())
	}
	d.send(tea.WindowSizeMsg{Width: 200, Height: 60})
	d.press("tab")
	d.lacks("tab goes on")
}

// TestAWaitSaysHowToEndItAtEveryWidth: what is waited for gives way before that.
func TestAWaitSaysHowToEndItAtEveryWidth(t *testing.T) {
	d := walked(t)
	d.m.walk.Show(fakeFlow{busy: d.now}.Walk(d.now))
	for w := 60; w <= 120; w += 12 {
		for _, h := range []int{16, 24} {
			d.send(tea.WindowSizeMsg{Width: w, Height: h})
			d.contains("waiting for the", "0:00  esc cancels")
			d.check()
		}
	}
}

// TestWhatIsNotThereIsNotCopied: the words that say so are no value.
func TestWhatIsNotThereIsNotCopied(t *testing.T) {
	s := screen.NewWalk("Walk")
	s.Resize(screen.Arrange(80, 24, screen.Railed))
	line := present.Line{Kind: present.Row, Label: "client_id", Spans: []present.Span{present.T("none: type it with e", present.Warn)}, Absent: true}
	tab := present.Tab{Name: "Explained", Version: "1", Build: func() present.Lines { return present.List{line} }}
	s.Show(present.Walk{Rail: []present.RailItem{{Title: "Client"}}, Panes: []present.Pane{{Title: "Client", Tabs: []present.Tab{tab}}}})
	for _, key := range []string{"y", "w"} {
		b, ok := s.Table().Find(key)
		if !ok {
			t.Fatalf("%s is not bound", key)
		}
		if w, ok := s.Do(b.Action, key, time.Time{}).(screen.Say); !ok || !strings.HasPrefix(w.Text, "nothing to ") {
			t.Errorf("%s gives %+v", key, w)
		}
	}
	b, _ := s.Table().Find("Y")
	if w, ok := s.Do(b.Action, "Y", time.Time{}).(screen.Copy); !ok || !strings.Contains(w.What.Text, "none: type it with e") {
		t.Errorf("the pane is copied as %+v", w)
	}
}

// TestTheHelpOfAPromptIsNotCut in the smallest window.
func TestTheHelpOfAPromptIsNotCut(t *testing.T) {
	d := newDriver(t, 60, 16)
	d.m.push(newPrompt(screen.Prompt{Title: "prune", Label: "delete the runs older than", Help: "such as 30d, 2w or 12h, or keep 100 for all but the newest 100; nothing is deleted before a last question",
		Then: func(string) screen.Wish { return nil }}))
	d.contains("delete the runs older than", "❯", "nothing is deleted before a last")
	d.check()
}

// TestAPromptSaysOnceWhatIsEdited: the title says it, and the field stands right below.
func TestAPromptSaysOnceWhatIsEdited(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.m.push(newPrompt(screen.Prompt{Title: "edit issuer", Help: "the address", Then: func(string) screen.Wish { return nil }}))
	rows := strings.Split(d.text(), "\n")
	at := slices.IndexFunc(rows, func(r string) bool { return strings.Contains(r, "edit issuer") })
	if at < 0 || !strings.Contains(rows[at+1], "❯") || strings.Count(d.text(), "issuer") != 1 {
		t.Errorf("the box is\n%s", strings.Join(rows, "\n"))
	}
	d.check()
}

// TestAnOutcomeThatIsCutIsOnTheStatusLine of the history, beside the place in the list and
// the filter.
func TestAnOutcomeThatIsCutIsOnTheStatusLine(t *testing.T) {
	d := newDriver(t, 64, 24)
	a := newArchive(3, d.now)
	for i := range a.runs {
		a.runs[i].Outcome, a.runs[i].Why, a.runs[i].Title = flows.Failed, "client-credentials-rejected", "Trulioo Platform"
	}
	a.runs[1].Why = "code-reused"
	a.wire(&d.m.deps)
	d.press("h")
	status := func() string { return strings.Split(d.text(), "\n")[22] }
	var cut []string
	for range 3 {
		cut = append(cut, fmt.Sprint(strings.Contains(status(), "✗ client-credentials-rejected")))
		d.press("j")
	}
	if got := strings.Join(cut, " "); strings.Count(got, "true") != 2 {
		t.Errorf("told for %s of three runs; the status is %q", got, status())
	}
	if !strings.HasSuffix(strings.TrimSpace(status()), "3/3") {
		t.Errorf("the place is not told: %q", status())
	}
	d.press("/", "f", "a", "i", "l", "enter", "j")
	if !strings.Contains(status(), "/ fail") {
		t.Errorf("the filter is not told: %q", status())
	}
	short := newDriver(t, 80, 24)
	b := newArchive(2, short.now)
	for i := range b.runs {
		b.runs[i].Outcome, b.runs[i].Why, b.runs[i].Title = flows.Failed, "scope-not-allowed", "Truss"
	}
	b.wire(&short.m.deps)
	short.press("h")
	if text := short.text(); strings.Count(text, "✗ scope-not-allowed") != 2 || strings.Contains(text, "…") {
		t.Errorf("a short title leaves its room to the outcome:\n%s", text)
	}
}
