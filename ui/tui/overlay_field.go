package tui

import (
	"fmt"

	"oauthlens/flows/redact"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/field"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/pane"
	"oauthlens/ui/tui/screen"
	"oauthlens/ui/tui/theme"
)

// prompt asks for one line of text.
type prompt struct {
	noInput
	boxed
	want screen.Prompt
	f    field.Field
}

func newPrompt(w screen.Prompt) *prompt {
	p := &prompt{want: w, f: field.Field{Hidden: w.Hidden}}
	p.f.Set(w.Value)
	return p
}

func (p *prompt) draw(f *frame.Frame) {
	w := min(wideBox(f), 84)
	rows := min(4, max(1, (p.f.Count()+w-7)/(w-6)))
	enter := p.want.Enter
	if enter == "" {
		enter = "keep"
	}
	var label []frame.Line
	if p.want.Label != "" {
		label = pane.Wrap(frame.Of(p.want.Label, theme.Of(present.Label)), w-4)
	}
	help := pane.Wrap(frame.Of(p.want.Help, theme.Of(present.Muted)), w-4)
	hint := "enter " + enter + "   esc leave"
	r := box(f, p.want.Title, hint, w, len(label)+rows+len(help)+3)
	p.stands(r, hint)
	f.PutLines(frame.Rect{X: r.X, Y: r.Y, W: r.W, H: len(label)}, label)
	y := r.Y + len(label)
	for i, row := range p.f.Draw(r.W-2, rows) {
		f.Put(r.X, y+i, 2, frame.Line{{Text: "❯ ", Role: theme.Cursor}})
		f.Put(r.X+2, y+i, r.W-2, row)
	}
	f.PutLines(frame.Rect{X: r.X, Y: y + rows + 1, W: r.W, H: len(help)}, help)
}

func (p *prompt) key(name, text string) (screen.Wish, bool) {
	switch name {
	case "enter":
		return p.want.Then(p.f.Value()), true
	case "esc":
		return screen.Say{Text: "left as it was"}, true
	}
	if !p.f.Key(name) && text != "" {
		p.f.Insert(text)
	}
	return nil, false
}

func (p *prompt) paste(text string) bool { return p.f.Insert(text) }

// pasteBox takes a callback that came to an address elsewhere.
type pasteBox struct {
	noInput
	boxed
	f    field.Field
	note string
}

const pasteHelp = "Paste the address at which the browser ended after the consent: the whole URL, the query alone, or what a terminal or a chat wrapped. The state in it is compared as for any other callback."

func newPasteBox(text, note string) *pasteBox {
	p := &pasteBox{f: field.Field{Many: true, Veil: redact.Veil}, note: note}
	p.f.Set(text)
	return p
}

func (p *pasteBox) draw(f *frame.Frame) {
	w := wideBox(f)
	help := pane.Wrap(frame.Of(pasteHelp, theme.Of(present.Muted)), w-4)
	var note []frame.Line
	if p.note != "" {
		note = pane.Wrap(frame.Line{{Text: "✗ ", Role: theme.Of(present.Danger)}, frame.Make(p.note, 0)}, w-4)
	}
	const rows = 5
	hint := fmt.Sprintf("enter take it   esc leave   %d characters", p.f.Count())
	r := box(f, "paste the callback", hint, w, min(middle(f).H, len(help)+len(note)+rows+4))
	p.stands(r, hint)
	f.PutLines(frame.Rect{X: r.X, Y: r.Y, W: r.W, H: len(help)}, help)
	y := r.Y + len(help)
	f.PutLines(frame.Rect{X: r.X, Y: y, W: r.W, H: len(note)}, note)
	y += len(note) + 1
	for i, row := range p.f.Draw(r.W-2, max(1, r.Y+r.H-y)) {
		f.Put(r.X, y+i, 2, frame.Line{{Text: "│ ", Role: theme.Box}})
		f.Put(r.X+2, y+i, r.W-2, row)
	}
}

func (p *pasteBox) key(name, text string) (screen.Wish, bool) {
	switch name {
	case "enter":
		if p.f.Empty() {
			p.note = "nothing is pasted yet"
			return nil, false
		}
		return screen.TakeCallback{Text: p.f.Value()}, true
	case "esc":
		return nil, true
	}
	if !p.f.Key(name) && text != "" {
		p.f.Insert(text)
	}
	return nil, false
}

func (p *pasteBox) paste(text string) bool { return p.f.Insert(text) }

// searcher is what a search bar searches in.
type searcher interface {
	Search(text string) string
	Query() string
}

// searchWish opens the search bar on an overlay.
type searchWish struct {
	screen.Wish
	in searcher
}

// searchBar takes the text to search for, on the status line; the screen searches as one
// types.
type searchBar struct {
	noInput
	f     field.Field
	in    searcher
	label string
	was   string
	said  string
}

func newSearchBar(in searcher, label string) *searchBar {
	s := &searchBar{in: in, label: label, was: in.Query()}
	s.f.Set(s.was)
	return s
}

func (s *searchBar) draw(f *frame.Frame) {
	w, h := f.Size()
	y := h - 2
	if h < 20 {
		y = h - 1
	}
	if y == h-2 {
		f.Put(0, h-1, w, append(frame.Blank(1), frame.Line{{Text: "enter", Role: theme.Hint}, {Text: " done   ", Role: theme.HintText}, {Text: "esc", Role: theme.Hint}, {Text: " as before", Role: theme.HintText}}...))
	}
	label := frame.Of(s.label+" / ", theme.Hint)
	n := label.Width()
	f.Put(0, y, w, frame.Blank(w))
	f.Put(1, y, w-1, label)
	const typing = 20 // cells that stay free for what is typed
	room := w - n - 3 - max(typing, frame.Width(s.f.Value())+2)
	said := frame.Of(s.said, theme.Of(present.Muted)).Clip(max(room, w/2))
	f.Put(1+n, y, w-n-3-said.Width(), s.f.Draw(w-n-3-said.Width(), 1)[0])
	f.Put(w-1-said.Width(), y, said.Width(), said)
}

func (s *searchBar) dims() bool { return false }

func (s *searchBar) key(name, text string) (screen.Wish, bool) {
	switch name {
	case "enter", "tab":
		return screen.Say{Text: s.said}, true
	case "esc":
		s.in.Search(s.was)
		return nil, true
	case "up", "down":
		return nil, false
	}
	if !s.f.Key(name) && text != "" {
		s.f.Insert(text)
	}
	s.said = s.in.Search(s.f.Value())
	return nil, false
}

func (s *searchBar) paste(text string) bool {
	fits := s.f.Insert(text)
	s.said = s.in.Search(s.f.Value())
	return fits
}
