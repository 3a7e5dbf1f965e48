package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/keys"
	"oauthlens/ui/tui/screen"
)

// TestOverlaysStandBetweenTheRules: no overlay covers a rule, and where the screen beside it
// would be the ends of words only, there is nothing beside it.
func TestOverlaysStandBetweenTheRules(t *testing.T) {
	open := map[string]func(*driver){
		"keys":    func(d *driver) { d.press("?") },
		"F1":      func(d *driver) { d.press("f1") },
		"palette": func(d *driver) { d.press("ctrl+k") },
		"faults":  func(d *driver) { d.press("F") },
		"paste":   func(d *driver) { d.m.push(newPasteBox("", "this is no callback: "+strings.Repeat("word ", 20))) },
		"confirm": func(d *driver) { d.m.push(newConfirm("delete", strings.Repeat("Delete this run? ", 9), nil)) },
	}
	for name, show := range open {
		for _, size := range [][2]int{{60, 16}, {80, 24}, {100, 30}, {120, 36}, {200, 60}} {
			t.Run(fmt.Sprint(name, size), func(t *testing.T) {
				d := walked(t)
				d.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				show(d)
				d.check()
				l := screen.Arrange(size[0], size[1], screen.Whole)
				lines := strings.Split(d.text(), "\n")
				for _, y := range []int{l.Upper, l.Lower} {
					if strings.ContainsAny(lines[y], "╭╮╰╯") || !strings.HasPrefix(lines[y], "──") {
						t.Errorf("row %d is no rule: %q", y, lines[y])
					}
				}
				for _, line := range lines[l.Upper+1 : l.Lower] {
					left, right := strings.IndexAny(line, "╭╰"), strings.LastIndexAny(line, "╮╯")
					if left < 0 || left >= thinMargin {
						continue
					}
					if beside := line[:left] + line[right+len("╮"):]; strings.TrimSpace(beside) != "" {
						t.Errorf("%q stands beside the box: %q", beside, line)
					}
				}
			})
		}
	}
}

// TestAnOverlayThatScrollsSaysWhere: its border has the place in the content, as long as the
// content is longer than the box.
func TestAnOverlayThatScrollsSaysWhere(t *testing.T) {
	lines := func(n int) present.Lines {
		out := make(present.List, n)
		for i := range out {
			out[i].Spans = []present.Span{present.T(fmt.Sprint("line ", i+1), present.Plain)}
		}
		return out
	}
	d := walked(t)
	d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	d.m.push(newText("short", lines(17), nil))
	d.contains("line 17")
	d.lacks("/17 ─╯")
	d.press("esc")
	d.m.push(newText("long", lines(18), nil))
	d.lacks("line 18")
	d.contains(" 1/18 ─╯")
	d.press("G")
	d.contains("line 18", " 18/18 ─╯")
	d.send(tea.WindowSizeMsg{Width: 60, Height: 16})
	d.contains("/ search   y copy ─ 18/18 ─╯")
	d.press("esc")
	d.m.push(newText("finding", lines(180), &flows.Remedy{}))
	d.press("G")
	d.contains("a apply the fix   esc close   j k scroll ", " 180/180 ─╯")
	d.lacks("/ search", "…")
	d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	d.press("esc", "ctrl+k")
	d.contains(" 1/")
	d.press("s", "e", "a", "r", "c", "h")
	d.lacks(" ─╯")
}

// TestTheKeysThatWorkNowComeFirst in the help of every screen; the others say why.
func TestTheKeysThatWorkNowComeFirst(t *testing.T) {
	off := func() string { return "there is nothing to do it to" }
	help := newHelp(keys.Table{Title: "Try", Bindings: []keys.Binding{
		{Keys: []string{"a"}, Help: "First."}, {Keys: []string{"b"}, Help: "Second.", Why: off}, {Keys: []string{"c"}, Help: "Third."},
	}})
	text := help.body.All()
	at := func(s string) int {
		i := strings.Index(text, s)
		if i < 0 {
			t.Fatalf("no %q in\n%s", s, text)
		}
		return i
	}
	if !(at("First.") < at("Third.") && at("Third.") < at("Not now") && at("Not now") < at("Second.") && at("Second.") < at("not now: there is nothing")) {
		t.Errorf("the order is\n%s", text)
	}
	if text := newHelp(keys.Table{Bindings: []keys.Binding{{Keys: []string{"a"}, Help: "First."}}}).body.All(); strings.Contains(text, "Not now") {
		t.Errorf("everything works, and still\n%s", text)
	}
}

// TestAComparisonListsItsOwnKeys, and none of a run that it cannot have.
func TestAComparisonListsItsOwnKeys(t *testing.T) {
	run, compared := screen.NewWalk("Walk").Table(), screen.NewWalk(screen.CompareTitle).Table()
	for _, key := range []string{"f", "a", "p", "e", "x", "+", "u", "c", "r", "t", "R", "ctrl+r", "F", "S"} {
		if _, ok := run.Find(key); !ok {
			t.Errorf("%s is no key of a run", key)
		}
		if b, ok := compared.Find(key); ok {
			t.Errorf("%s is a key of a comparison: %s", key, b.Help)
		}
	}
	for _, key := range []string{"enter", "1", "tab", "d", "m", "n", "N", "/", "y", "Y", "v", "w", "o", "Q", "esc", "?", "ctrl+k", "f1", "q", "ctrl+c", "j", "G"} {
		if _, ok := compared.Find(key); !ok {
			t.Errorf("%s is no key of a comparison", key)
		}
	}
	for _, key := range []string{"n", "N"} { // an empty comparison has nothing to go on to
		if b, _ := compared.Find(key); b.Reason() != "nothing suspicious differs" {
			t.Errorf("%s cannot work because %q", key, b.Reason())
		}
	}
	for _, b := range compared.Bindings {
		if strings.Contains(b.Help, "Explained") || strings.Contains(b.Help, "authorization URL") {
			t.Errorf("%s speaks of a run: %s", b.Show(), b.Help)
		}
	}
}

// TestANoteThatIsCutStandsBelowTheList, in full for the option under the cursor.
func TestANoteThatIsCutStandsBelowTheList(t *testing.T) {
	long := "the exchange carries the verifier of another flow; who knows whether it minds"
	options := []screen.Option{{Value: "a", Label: "short", Note: "nothing is cut here"}, {Value: "b", Label: "long", Note: long}, {Value: "c", Label: "off", Why: "it needs a run of the other provider with the same grant"}}
	for _, w := range []int{60, 80} {
		d := walked(t)
		d.send(tea.WindowSizeMsg{Width: w, Height: 24})
		d.m.push(newPick("fruit", options, func(string) screen.Wish { return nil }))
		first := strings.Index(d.text(), "╭─ fruit")
		d.lacks("it minds")
		d.press("down")
		d.contains("the exchange carries the verifier of", "it minds")
		if at := strings.Index(d.text(), "╭─ fruit"); at != first {
			t.Errorf("at %d cells the list moves under the cursor", w)
		}
		d.press("down")
		d.lacks("it minds")
		if w == 60 {
			d.contains("not now: it needs a run of the other provider with", "the same grant")
		}
		d.press("z")
		d.contains("nothing has this text")
		d.check()
	}
	d := walked(t)
	d.send(tea.WindowSizeMsg{Width: 140, Height: 24})
	d.m.push(newPick("fruit", options, func(string) screen.Wish { return nil }))
	d.contains("it minds")
	d.press("down")
	if n := strings.Count(d.text(), "it minds"); n != 1 {
		t.Errorf("a note that is not cut stands there %d times", n)
	}
	d.press("esc")
	d.m.push(newPick("fruit", append(options[2:3:3], screen.Option{Value: "d", Label: strings.Repeat("a label without a note ", 3)}), func(string) screen.Wish { return nil }))
	d.contains("not now: it needs a run of the other provider with the same grant", strings.Repeat("a label without a note ", 3))
	d.lacks("…")
}

// TestThePaletteNamesEachActionOnce, in words that are true where the action is off, and a
// label that is cut keeps its distance from the reason.
func TestThePaletteNamesEachActionOnce(t *testing.T) {
	d := walked(t)
	d.press("1") // one view only: there is no next tab
	seen := map[string]bool{}
	for _, o := range d.m.palette().options {
		if seen[o.Label] {
			t.Errorf("%q stands there twice", o.Label)
		}
		seen[o.Label] = true
	}
	if !seen["next tab"] || seen["show the tab next tab"] {
		t.Errorf("the tab that is not there is named %v", seen)
	}
	d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	long := strings.Repeat("label ", 12)
	d.m.push(newPick("fruit", []screen.Option{{Value: "a", Label: long, Why: "it is off"}}, func(string) screen.Wish { return nil }))
	d.contains("…  not now: it is off")
}
