package tui

import (
	"fmt"
	"strings"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/keys"
	"oauthlens/ui/tui/pane"
	"oauthlens/ui/tui/screen"
)

// text is an overlay of lines: an explanation, a finding, the keys of a screen.
type text struct {
	boxed
	title string
	body  pane.Pane
	apply screen.Wish // what the key a does; nil: nothing
	send  screen.Wish // what enter does; nil: it closes
}

func newText(title string, lines present.Lines, remedy *flows.Remedy) *text {
	t := &text{title: title}
	t.body.Show(lines, false)
	if remedy != nil {
		t.apply = screen.Apply(*remedy)
	}
	return t
}

// newHelp shows all keys of a screen: first those that do something now.
func newHelp(table keys.Table) *text {
	var now, later present.List
	for _, b := range table.Bindings {
		line := present.Line{Kind: present.Row, Label: b.Show(), Spans: []present.Span{present.T(b.Help, present.Plain)}}
		if why := b.Reason(); why != "" {
			line.Spans, line.Note = []present.Span{present.T(b.Help, present.Muted)}, "not now: "+why
			later = append(later, line)
			continue
		}
		now = append(now, line)
	}
	if len(later) > 0 {
		now = append(append(now, present.Line{Kind: present.Gap}, present.Line{Kind: present.Heading, Spans: []present.Span{present.T("Not now", present.Plain)}}), later...)
	}
	return newText("keys: "+table.Title, now, nil)
}

func (t *text) draw(f *frame.Frame) {
	most := middle(f).H - 2
	w := wideBox(f)
	t.body.Resize(w-4, max(1, most))
	rows := t.body.Rows(most)
	hint := "esc close   j k scroll   / search   y copy"
	if t.apply != nil {
		hint = "a apply the fix   " + hint
	}
	if t.send != nil {
		hint = "enter send it   " + strings.Replace(hint, "close", "leave it", 1)
	}
	where := ""
	if t.body.Rows(most+1) > most {
		where = fmt.Sprintf("%d/%d", t.body.Cursor()+1, t.body.Len())
	}
	hint = wholeHints(hint, w-frame.Width(where))
	r := boxAt(f, t.title, hint, where, w, rows+2)
	t.stands(r, hint)
	t.body.Resize(r.W, r.H)
	f.PutLines(r, t.body.Draw(true))
}

func (t *text) key(name, _ string) (screen.Wish, bool) {
	table := keys.Table{Bindings: keys.Moving()}
	if b, ok := table.Find(name); ok {
		screen.Move(&t.body, b.Action)
		return nil, false
	}
	switch name {
	case "enter":
		return t.send, true
	case "esc":
		if t.body.Query() != "" {
			t.body.Search("")
			return nil, false
		}
		return nil, true
	case "q", "?", "f1":
		return nil, true
	case "y":
		return screen.Copy{What: t.body.Value()}, false
	case "Y":
		return screen.Copy{What: present.Copy{What: "the text", Text: t.body.All()}}, false
	case "/":
		return searchWish{in: t}, false
	case "n", "N":
		step := 1
		if name == "N" {
			step = -1
		}
		t.body.NextHit(step)
		return nil, false
	case "a":
		if t.apply != nil {
			return t.apply, true
		}
		return screen.Say{Text: "this is not mended by a setting of this program"}, false
	}
	return nil, false
}

// Search searches in the text.
func (t *text) Search(query string) string { return screen.SearchPane(&t.body, query) }

// Query is what is searched for.
func (t *text) Query() string { return t.body.Query() }

func (t *text) dims() bool                 { return true }
func (t *text) paste(string) bool          { return true }
func (t *text) click(int, int) screen.Wish { return nil }
func (t *text) wheel(n int)                { t.body.Scroll(n) }
