package screen

import (
	"fmt"
	"strings"
	"time"

	"oauthlens/flows/redact"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/field"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/keys"
	"oauthlens/ui/tui/pane"
	"oauthlens/ui/tui/theme"
)

// Inspect is the screen that takes anything: a text is pasted, recognised and taken
// apart.
type Inspect struct {
	Field  field.Field
	Note   string // what was wrong with the last text
	layout Layout
}

// NewInspect is the empty screen.
func NewInspect() *Inspect { return &Inspect{Field: field.Field{Many: true, Veil: veil}} }

// veil hides the secrets in what is typed or pasted. The path of a file is shown: it is
// typed more easily when it is seen.
func veil(text string) string {
	if pathLike(text) {
		return text
	}
	return redact.Veil(text)
}

// pathLike tells that a text begins as a path does. What is drawn by chance does not: it has
// no folder in small letters at its start.
func pathLike(text string) bool {
	text = strings.TrimLeft(text, `'"`)
	for _, start := range []string{"~/", "./", "../", "/Users/"} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	folder, rest, ok := strings.Cut(strings.TrimPrefix(text, "/"), "/")
	return ok && len(text) > len(folder)+1+len(rest) && len(folder) > 1 && strings.Trim(folder, "abcdefghijklmnopqrstuvwxyz") == ""
}

// Resize takes a new layout.
func (s *Inspect) Resize(l Layout) { s.layout = l }

// Header is the first line of the frame.
func (s *Inspect) Header() present.Header {
	return present.Header{Path: []string{"oauthlens", "inspect"}}
}

// Table is the binding table of the screen; it is a text field, so that only these keys
// are commands.
func (s *Inspect) Table() keys.Table {
	return keys.Table{Title: "Inspect", Bindings: []keys.Binding{
		{Keys: []string{"enter"}, Action: keys.Next, Label: "take it apart", Help: "Recognise the text, take it apart, explain and diagnose it. Nothing is sent anywhere.", Hint: 1,
			Why: func() string {
				if s.Field.Empty() {
					return "paste or type something first"
				}
				return ""
			}},
		{Keys: []string{"ctrl+l"}, Action: keys.Delete, Label: "clear", Help: "Empty the field.", Hint: 2},
		{Keys: []string{"esc"}, Action: keys.Back, Label: "back", Help: "Go back to the catalogue.", Hint: 3},
		{Keys: []string{"f1"}, Action: keys.Help, Label: "keys", Help: "Show the keys of this screen.", Hint: 90},
		{Keys: []string{"ctrl+c"}, Action: keys.Interrupt, Label: "quit at once", Help: "Quit at once and restore the terminal."},
		{Keys: []string{"ctrl+z"}, Action: keys.Suspend, Label: "suspend", Help: "Put the program into the background; the shell's fg brings it back."},
	}}
}

// Do acts on a binding's action.
func (s *Inspect) Do(a keys.Action, _ string, _ time.Time) Wish {
	switch a {
	case keys.Next:
		return InspectText{s.Field.Value()}
	case keys.Delete:
		s.Field.Set("")
		s.Note = ""
	case keys.Back:
		return GoTo{AtCatalogue}
	}
	return nil
}

// Type takes a key that is no command.
func (s *Inspect) Type(key, text string) {
	if !s.Field.Key(key) && text != "" {
		s.Field.Insert(text)
	}
}

const inspectHelp = "Paste anything: a JWT, an authorization URL, a callback URL, a token response (JSON or form), a curl command, a HAR file; or the path of a file that holds one of them. It is recognised, taken apart, explained and diagnosed with the same panes as a walk. Nothing leaves this machine."

// Draw draws the middle of the frame.
func (s *Inspect) Draw(f *frame.Frame, _ bool) {
	m := s.layout.Main
	y := m.Y
	f.Put(m.X+2, y, m.W-2, frame.Of("INSPECT", theme.Title))
	y += 2
	for _, row := range pane.Wrap(frame.Of(inspectHelp, theme.Of(present.Muted)), min(m.W-4, 100)) {
		f.Put(m.X+2, y, m.W-2, row)
		y++
	}
	if s.Note != "" {
		y++
		for _, row := range pane.Wrap(frame.Line{{Text: "✗ ", Role: theme.Of(present.Danger)}, frame.Make(s.Note, theme.Of(present.Plain))}, m.W-4) {
			f.Put(m.X+2, y, m.W-2, row)
			y++
		}
	}
	y++
	h := m.Y + m.H - y - 1
	if h < 1 {
		return
	}
	if s.Field.Empty() {
		f.Put(m.X+2, y, m.W-2, append(frame.Line{{Text: "│ ", Role: theme.Box}}, append(s.Field.Draw(1, 1)[0].Fit(1), frame.Of(" paste here", theme.Of(present.Muted))...)...))
		return
	}
	rows := s.Field.Draw(m.W-6, h)
	for len(rows) > 1 && len(rows) > s.Field.Rows(m.W-6, h) {
		rows = rows[:len(rows)-1]
	}
	for i, row := range rows {
		f.Put(m.X+2, y+i, 2, frame.Line{{Text: "│ ", Role: theme.Box}})
		f.Put(m.X+4, y+i, m.W-6, row)
	}
	if n := s.Field.Count(); n > 0 {
		f.Put(m.X+2, m.Y+m.H-1, m.W-2, frame.Of(fmt.Sprintf("%d characters", n), theme.Of(present.Muted)))
	}
}

// Click does nothing: the text is edited by keys.
func (s *Inspect) Click(int, int) Wish { return nil }

// Wheel does nothing.
func (s *Inspect) Wheel(int) {}

// Search does nothing: the screen is a text field.
func (s *Inspect) Search(string) string { return "" }

// Query is empty.
func (s *Inspect) Query() string { return "" }
