package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/flows/session"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/field"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/keys"
	"oauthlens/ui/tui/pane"
	"oauthlens/ui/tui/screen"
	"oauthlens/ui/tui/theme"
)

// pick offers a list that is narrowed by typing. The palette is one, too.
type pick struct {
	noInput
	boxed
	title   string
	options []screen.Option
	then    func(value string) screen.Wish
	f       field.Field
	cursor  int
	top     int
	list    frame.Rect
}

func newPick(title string, options []screen.Option, then func(string) screen.Wish) *pick {
	p := &pick{title: title, options: options, then: then}
	for i, o := range options {
		if strings.HasPrefix(o.Note, "now") {
			p.cursor = i
		}
	}
	return p
}

// listed are the options that have every word typed.
func (p *pick) listed() []screen.Option {
	words := strings.Fields(strings.ToLower(p.f.Value()))
	if len(words) == 0 {
		return p.options
	}
	var out []screen.Option
	for _, o := range p.options {
		text := strings.ToLower(o.Label + " " + o.Note)
		all := true
		for _, w := range words {
			all = all && strings.Contains(text, w)
		}
		if all {
			out = append(out, o)
		}
	}
	return out
}

func (p *pick) draw(f *frame.Frame) {
	labels, notes, alone := 0, 0, 0
	for _, o := range p.options {
		if note := optionNote(o).Width(); note > 0 {
			labels, notes = max(labels, frame.Width(o.Label)), max(notes, note)
		} else {
			alone = max(alone, frame.Width(o.Label)) // it needs no place for a note
		}
	}
	w := min(wideBox(f), max(66, labels+notes+10, alone+8))
	labels = min(labels+gap, w/2)
	list := p.listed()
	p.cursor = max(0, min(p.cursor, len(list)-1))
	whole := p.whole(list, labels, w)
	h := min(middle(f).H, len(p.options)+4+len(whole))
	rows := max(1, h-4-len(whole))
	where := ""
	if len(list) > rows {
		where = fmt.Sprintf("%d/%d", p.cursor+1, len(list))
	}
	const hint = "enter choose   esc leave   type to narrow"
	r := boxAt(f, p.title, hint, where, w, h)
	p.stands(r, hint)
	f.Put(r.X, r.Y, 2, frame.Line{{Text: "❯ ", Role: theme.Cursor}})
	f.Put(r.X+2, r.Y, r.W-2, p.f.Draw(r.W-2, 1)[0])
	p.list = frame.Rect{X: r.X, Y: r.Y + 2, W: r.W, H: rows}
	p.top = max(0, min(p.top, p.cursor))
	if p.cursor >= p.top+p.list.H {
		p.top = p.cursor - p.list.H + 1
	}
	for i := range min(p.list.H, len(list)-p.top) {
		line := append(frame.Line{{Text: "  "}}, optionLine(list[p.top+i], labels)...).Fit(r.W)
		if p.top+i == p.cursor {
			line = append(frame.Line{{Text: "▌", Role: theme.Cursor}, {Text: " ", Selected: true}}, line[1:].Select()...)
		}
		f.Put(r.X, p.list.Y+i, r.W, line)
	}
	if len(list) == 0 {
		f.Put(r.X+2, p.list.Y, r.W-2, frame.Of("nothing has this text", theme.Of(present.Muted)))
	}
	f.PutLines(frame.Rect{X: r.X + 2, Y: r.Y + r.H - len(whole), W: r.W - 2, H: len(whole)}, whole)
}

// maxWhole bounds the rows of the note under the list.
const maxWhole = 2

// whole are the rows below the list with the note of the option under the cursor, if it is
// cut in the list. There is room for it as long as any note is cut, so that the list stands
// still.
func (p *pick) whole(list []screen.Option, labels, w int) []frame.Line {
	room, most := w-6, 0
	for _, o := range p.options {
		if optionLine(o, labels).Width() > room {
			most = max(most, min(maxWhole, len(pane.Wrap(optionNote(o), room))))
		}
	}
	if most == 0 {
		return nil
	}
	out := make([]frame.Line, 1+most)
	if len(list) > 0 && optionLine(list[p.cursor], labels).Width() > room {
		copy(out[1:], pane.Wrap(optionNote(list[p.cursor]), room))
	}
	return out
}

// gap is what stands between a label and its note, when the label is cut too.
const gap = 2

func optionLine(o screen.Option, labels int) frame.Line {
	role := theme.Of(present.Plain)
	if o.Why != "" {
		role = theme.HintOff
	}
	label, note := frame.Of(o.Label, role), optionNote(o)
	if note.Width() == 0 {
		return label // it may go on where the notes of the others stand
	}
	return append(append(label.Fit(labels-gap), frame.Blank(gap)...), note...)
}

func optionNote(o screen.Option) frame.Line {
	note := o.Note
	if o.Why != "" {
		note = "not now: " + o.Why
	}
	return frame.Of(note, theme.Of(present.Muted))
}

func (p *pick) key(name, text string) (screen.Wish, bool) {
	switch name {
	case "enter":
		return p.choose()
	case "esc":
		return nil, true
	case "up", "ctrl+p":
		p.cursor--
	case "down", "ctrl+n", "tab":
		p.cursor++
	case "pgdown", "ctrl+d":
		p.cursor += max(1, p.list.H/2)
	case "pgup", "ctrl+u":
		p.cursor -= max(1, p.list.H/2)
	default:
		if p.f.Key(name) || text == "" {
			return nil, false
		}
		p.f.Insert(text)
		p.cursor, p.top = 0, 0
	}
	p.cursor = max(0, min(p.cursor, len(p.listed())-1))
	return nil, false
}

func (p *pick) choose() (screen.Wish, bool) {
	list := p.listed()
	if p.cursor >= len(list) {
		return nil, false
	}
	if o := list[p.cursor]; o.Why != "" {
		return screen.Say{Text: o.Label + ": " + o.Why}, false
	}
	return p.then(list[p.cursor].Value), true
}

// longestQuery bounds what is pasted to narrow a list, in bytes: nothing in one is longer.
const longestQuery = 200

func (p *pick) paste(text string) bool {
	return p.f.Insert(strings.ToValidUTF8(text[:min(len(text), longestQuery)], ""))
}
func (p *pick) wheel(n int) { p.cursor += n }

func (p *pick) click(x, y int) screen.Wish {
	if at := p.top + y - p.list.Y; p.list.Contains(x, y) && at < len(p.listed()) {
		p.cursor = at
	}
	return nil
}

// palette offers every action of the screen, and the faults on a walk.
func (m *Model) palette() *pick {
	table := m.view().Table()
	var options []screen.Option
	wishes := map[string]screen.Wish{}
	add := func(label, note, why string, w screen.Wish) {
		value := label
		options = append(options, screen.Option{Value: value, Label: label, Note: note, Why: why})
		wishes[value] = w
	}
	for _, b := range table.Bindings {
		if b.Action == keys.Palette || b.Action == keys.Step {
			continue
		}
		label := b.Label
		if b.Action == keys.NextTab && m.place != screen.AtCatalogue && b.Reason() == "" { // the label is that tab's name
			label = "show the tab " + label
		}
		add(label, b.Show(), b.Reason(), screen.Act{Action: b.Action, Key: b.Keys[0]})
	}
	switch m.place {
	case screen.AtWalk:
		for i, item := range m.walk.Shown().Rail {
			add("step "+string(rune('1'+i))+": "+item.Title, string(rune('1'+i)), "", screen.Act{Action: keys.Step, Key: string(rune('1' + i))})
		}
		for _, o := range m.walk.Shown().Offers {
			if _, listed := wishes[o.Label]; !listed { // what enter does next stands there with its key
				add(o.Label, "", o.Why, screen.Offered{Action: o.Action})
			}
		}
		for _, o := range m.faults()[1:] {
			add("fault: "+o.Label, o.Note, o.Why, screen.Plant{Fault: o.Value})
		}
	case screen.AtCatalogue:
	default:
		add("catalogue", "go back to the providers", "", screen.GoTo{Place: screen.AtCatalogue})
	}
	word := "off: the terminal selects text then"
	if !m.mouse {
		word = "on"
	}
	add("turn the mouse "+word, "", "", mouseWish{})
	slices.SortStableFunc(options, func(a, b screen.Option) int { // what cannot be done now stands last
		return cmp.Compare(min(1, len(a.Why)), min(1, len(b.Why)))
	})
	return newPick("every action", options, func(v string) screen.Wish { return wishes[v] })
}

// faults are the faults as options, with the reason why one cannot be planted here.
func (m *Model) faults() []screen.Option {
	settings := m.walk.Shown().Settings
	out := []screen.Option{{Value: "", Label: "none", Note: "everything goes right"}}
	var provider flows.Provider
	for _, p := range m.deps.Catalogue {
		if p.Name == m.live.choice.Provider {
			provider = p
		}
	}
	for _, f := range flows.Faults() {
		o := screen.Option{Value: f.Name, Label: f.Name, Note: f.What, Why: session.FaultApplies(f, provider, m.live.choice.Grant)}
		if f.Server && m.live.choice.Environment != flows.EnvSimulator {
			o.Why = "the simulator plays it: choose that environment"
		}
		out = append(out, o)
	}
	for i, o := range out {
		if o.Value == settings.Fault {
			out[i].Note = "now · " + o.Note
		}
	}
	return out
}

// plant starts the run anew with a fault, since the simulator's half of it begins with the
// run. What the user changed stays.
func (m *Model) plant(fault string) tea.Cmd {
	c := m.live.choice
	settings := m.walk.Shown().Settings
	c.Fault, c.Settings = fault, &settings
	side := m.live.side
	cmd := m.start(c)
	m.live.side = side // it is still walked for the comparison
	return cmd
}

// mouseWish turns the mouse on or off.
type mouseWish struct{ screen.Wish }
