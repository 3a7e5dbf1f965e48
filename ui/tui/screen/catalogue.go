package screen

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/visible"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/keys"
	"oauthlens/ui/tui/pane"
	"oauthlens/ui/tui/theme"
)

// Catalogue is the first screen: the providers, and what is known about the one under
// the cursor.
type Catalogue struct {
	Providers []flows.Provider
	// Problems are sentences about profiles that could not be loaded.
	Problems []string
	// Facts says what is known beside the profile.
	Facts func(provider, environment string) present.ProviderFacts
	// Running tells that a run is under way behind the catalogue.
	Running bool

	filter string
	cursor int // in the filtered list
	top    int
	// inDetails: the cursor is in the details on the right.
	inDetails bool
	env       map[string]string
	grant     map[string]flows.Grant
	pane      pane.Pane // of the details, see Catalogue.details
	shown     string    // the provider that the pane shows; empty: none
	stale     bool      // the pane is to be built anew
	layout    Layout
}

// NewCatalogue is the screen with a provider under the cursor; an unknown name leaves it
// at the first.
func NewCatalogue(providers []flows.Provider, problems []string, at string) *Catalogue {
	c := &Catalogue{Providers: providers, Problems: problems, env: map[string]string{}, grant: map[string]flows.Grant{}}
	for i, p := range providers {
		if p.Name == at {
			c.cursor = i
		}
	}
	return c
}

// Listed are the providers that the filter lets through.
func (c *Catalogue) Listed() []flows.Provider {
	if c.filter == "" {
		return c.Providers
	}
	low := strings.ToLower(c.filter)
	var out []flows.Provider
	for _, p := range c.Providers {
		if strings.Contains(strings.ToLower(p.Name+" "+p.Title+" "+p.Summary), low) {
			out = append(out, p)
		}
	}
	return out
}

func (c *Catalogue) selected() (flows.Provider, bool) {
	l := c.Listed()
	if c.cursor < 0 || c.cursor >= len(l) {
		return flows.Provider{}, false
	}
	return l[c.cursor], true
}

// Choice is what enter walks.
func (c *Catalogue) Choice() (Choice, bool) {
	p, ok := c.selected()
	if !ok {
		return Choice{}, false
	}
	return Choice{Provider: p.Name, Environment: c.environment(p), Grant: c.grantOf(p)}, true
}

func (c *Catalogue) environment(p flows.Provider) string {
	if e := c.env[p.Name]; e != "" {
		return e
	}
	if names := present.EnvironmentNames(p); len(names) > 0 {
		return names[0]
	}
	return ""
}

func (c *Catalogue) grantOf(p flows.Provider) flows.Grant {
	if g := c.grant[p.Name]; g != "" {
		return g
	}
	if len(p.Grants) > 0 {
		return p.Grants[0]
	}
	return ""
}

// Resize takes a new layout.
func (c *Catalogue) Resize(l Layout) {
	c.layout, c.stale = l, true
}

// details are those of the provider under the cursor. They are built when they are looked
// at: the history is asked for them, and a wheel passes a thousand providers between two
// pictures.
func (c *Catalogue) details() *pane.Pane {
	if c.stale {
		c.stale = false
		c.fill()
	}
	return &c.pane
}

func (c *Catalogue) fill() {
	m := c.layout.Main
	c.pane.Resize(m.W, max(1, m.H-1))
	p, ok := c.selected()
	if !ok {
		c.pane.Show(present.List{{Spans: []present.Span{present.T("No provider has this text in its name or description; esc shows all again.", present.Muted)}}}, false)
		c.shown = ""
		return
	}
	facts := present.ProviderFacts{}
	env := c.environment(p)
	if c.Facts != nil {
		facts = c.Facts(p.Name, env)
	}
	facts.Environment, facts.Grant = env, c.grantOf(p)
	c.pane.Show(present.ProviderLines(p, facts), c.shown == p.Name)
	c.shown = p.Name
}

// Search filters the list as one types.
func (c *Catalogue) Search(text string) string {
	c.filter, c.cursor, c.top, c.inDetails = text, 0, 0, false
	c.stale = true
	n := len(c.Listed())
	switch {
	case text == "":
		return ""
	case n == 0:
		return "no provider matches"
	case n == 1:
		return "1 provider"
	}
	return fmt.Sprintf("%d providers", n)
}

// Query is the filter.
func (c *Catalogue) Query() string { return c.filter }

// Where describes for the status line where the cursor is in the details, or how to come to
// what is not seen of them.
func (c *Catalogue) Where() (path string, line, of int) {
	if _, ok := c.selected(); !ok {
		return "", 0, 0
	}
	if c.inDetails {
		return "", c.details().Cursor() + 1, c.details().Len()
	}
	if rows := c.detailsRect().H; c.details().Rows(rows+1) > rows {
		return "tab goes on to the details", 0, 0
	}
	return "", 0, 0
}

// Header is the first line of the frame.
func (c *Catalogue) Header() present.Header {
	h := present.Header{Path: []string{"oauthlens"}}
	if p, ok := c.selected(); ok {
		h.Environment = c.environment(p)
	}
	return h
}

// Table is the binding table of the screen.
func (c *Catalogue) Table() keys.Table {
	one := func() string {
		if _, ok := c.selected(); !ok {
			return noProvider
		}
		return ""
	}
	own := []keys.Binding{
		{Keys: []string{"enter"}, Action: keys.Next, Label: "walk", Help: "Walk the flow of the provider under the cursor, step by step.", Hint: 1, Why: one},
		{Keys: []string{"e"}, Action: keys.Environment, Label: "environment", Help: "Choose the next environment: simulator, sandbox, production.", Hint: 2, Why: c.whyOneEnvironment},
		{Keys: []string{"t"}, Action: keys.Grant, Label: "grant type", Help: "Choose the next grant of the provider.", Hint: 3, Why: c.whyOneGrant},
		{Keys: []string{"x"}, Action: keys.Compare, Label: "compare", Help: "Lay two environments of the provider, two providers or two runs side by side.", Hint: 5, Why: one},
		{Keys: []string{"h"}, Action: keys.History, Label: "history", Help: "Show the recorded runs.", Hint: 6},
		{Keys: []string{"i"}, Action: keys.Inspect, Label: "inspect", Help: "Paste a token, a URL, an answer, a curl command or a HAR file, and see it taken apart.", Hint: 7},
		{Keys: []string{"/"}, Action: keys.Filter, Label: "filter", Help: "Show only the providers with a text in their name or description.", Hint: 8},
		{Keys: []string{"w"}, Action: keys.Open, Label: "back to the run", Help: "Go back to the run that is under way.", Hint: 4, Why: c.whyNoRun},
		{Keys: []string{"tab", "right"}, Action: keys.NextTab, Label: "details", Help: "Move between the list and the details.", Hint: 9},
		{Keys: []string{"shift+tab", "left"}, Action: keys.PrevTab, Label: "list", Help: "Move back to the list."},
		{Keys: []string{"y"}, Action: keys.CopyValue, Label: "copy", Help: "Copy the value under the cursor of the details."},
		{Keys: []string{"Y"}, Action: keys.CopyPane, Label: "copy pane", Help: "Copy the details."},
		{Keys: []string{"esc"}, Action: keys.Back, Label: "back", Help: "Leave the details, or end the filter."},
	}
	return keys.Table{Title: "Catalogue", Bindings: append(append(own, keys.Moving()...), keys.Everywhere()...)}
}

const noProvider = "no provider is listed: / changes the filter"

func (c *Catalogue) whyOneEnvironment() string {
	p, ok := c.selected()
	if !ok {
		return noProvider
	}
	if len(present.EnvironmentNames(p)) < 2 {
		return p.Title + " has this one environment only"
	}
	return ""
}

func (c *Catalogue) whyNoRun() string {
	if !c.Running {
		return "no run is under way: enter starts one"
	}
	return ""
}

func (c *Catalogue) whyOneGrant() string {
	p, ok := c.selected()
	if !ok {
		return noProvider
	}
	if len(p.Grants) < 2 {
		return p.Title + " has this one grant only"
	}
	return ""
}

// Do acts on a binding's action.
func (c *Catalogue) Do(a keys.Action, _ string, now time.Time) Wish {
	if c.inDetails {
		if handled, _ := Move(c.details(), a); handled {
			return nil
		}
	} else if c.moveList(a) {
		return nil
	}
	p, ok := c.selected()
	switch a {
	case keys.Next:
		choice, _ := c.Choice()
		return Start{choice}
	case keys.Environment:
		c.env[p.Name] = after(present.EnvironmentNames(p), c.environment(p))
		c.stale = true
	case keys.Grant:
		c.grant[p.Name] = after(p.Grants, c.grantOf(p))
		c.stale = true
	case keys.Compare:
		return PickSides{Provider: p.Name, Grant: c.grantOf(p)}
	case keys.Open:
		return GoTo{AtWalk}
	case keys.History:
		return GoTo{AtHistory}
	case keys.Inspect:
		return GoTo{AtInspect}
	case keys.NextTab:
		c.inDetails = ok && !c.inDetails
	case keys.PrevTab:
		c.inDetails = false
	case keys.CopyValue, keys.CopyPane:
		w, _ := readPane(c.details(), a, "the details", now)
		return w
	case keys.Explain:
		if l, ok := c.details().Current(); ok && c.inDetails {
			if l.Explain.Name == "" {
				return Say{"nothing to explain on this line"}
			}
			return Explain{l.Explain}
		}
		return Read{Title: p.Title, Lines: present.ProviderLines(p, present.ProviderFacts{Environment: c.environment(p), Grant: c.grantOf(p)})}
	case keys.Back:
		if c.inDetails {
			c.inDetails = false
		} else if c.filter != "" {
			c.Search("")
		}
	}
	return nil
}

func after[T comparable](list []T, at T) T {
	if len(list) == 0 {
		return at
	}
	return list[(slices.Index(list, at)+1)%len(list)]
}

func (c *Catalogue) moveList(a keys.Action) bool {
	n, page := len(c.Listed()), max(1, c.layout.Side.H/2)
	at := c.cursor
	switch a {
	case keys.Down:
		at++
	case keys.Up:
		at--
	case keys.Top:
		at = 0
	case keys.Bottom:
		at = n - 1
	case keys.HalfDown:
		at += page
	case keys.HalfUp:
		at -= page
	default:
		return false
	}
	c.setCursor(max(0, min(at, n-1)))
	return true
}

func (c *Catalogue) setCursor(at int) {
	if at != c.cursor {
		c.cursor, c.shown, c.stale = at, "", true
	}
}

// Draw draws the middle of the frame.
func (c *Catalogue) Draw(f *frame.Frame, focused bool) {
	side, m := c.layout.Side, c.layout.Main
	title := frame.Line{{Text: "  "}, frame.Make("PROVIDERS", theme.Of(present.Muted))}
	if c.filter != "" {
		title = append(title, frame.Make("  / "+c.filter, theme.Of(present.Accent)))
	}
	f.Put(side.X, side.Y, side.W, title)
	rows := c.listRows()
	c.top = max(0, min(c.top, c.cursor, len(c.Listed())-1))
	if c.cursor >= c.top+rows {
		c.top = c.cursor - rows + 1
	}
	list := c.Listed()
	for i := range rows {
		if c.top+i >= len(list) {
			break
		}
		f.Put(side.X, side.Y+1+i, side.W, c.row(list[c.top+i], c.top+i == c.cursor, focused))
	}
	for i, p := range c.Problems {
		if y := side.Y + side.H - len(c.Problems) + i; y > side.Y+len(list) {
			f.Put(side.X, y, side.W, frame.Line{{Text: "▲ ", Role: theme.Of(present.Warn)}, frame.Make(p, theme.Of(present.Muted))})
		}
	}
	if p, ok := c.selected(); ok {
		f.Put(m.X+2, m.Y, m.W-2, frame.Of(p.Title, theme.Title))
	}
	r := c.detailsRect()
	f.PutLines(r, c.details().Draw(focused && c.inDetails))
}

func (c *Catalogue) detailsRect() frame.Rect {
	m := c.layout.Main
	return frame.Rect{X: m.X, Y: m.Y + 1, W: m.W, H: max(1, m.H-1)}
}

func (c *Catalogue) listRows() int { return max(1, c.layout.Side.H-1) }

func (c *Catalogue) row(p flows.Provider, at, focused bool) frame.Line {
	w := c.layout.Side.W
	words := frame.Of(present.GrantWords(p), theme.Of(present.Muted))
	title := frame.Of(visible.Line(p.Title), theme.Of(present.Plain))
	if at {
		title = frame.Of(p.Title, theme.Of(present.Strong))
	}
	room := w - 3
	line := frame.Line{{Text: "  "}}
	if words.Width()+title.Width()+2 <= room {
		line = append(append(line, title.Fit(room-words.Width())...), words...)
	} else {
		line = append(line, title.Fit(room)...)
	}
	line = line.Fit(w)
	if !at {
		return line
	}
	bar := theme.Cursor
	if !focused || c.inDetails {
		bar = theme.Rule
	}
	return append(frame.Line{{Text: "▌", Role: bar}}, append(frame.Line{{Text: " ", Selected: true}}, line[1:].Select()...)...)
}

// Click acts on a click with the left button.
func (c *Catalogue) Click(x, y int) Wish {
	if s := c.layout.Side; s.Contains(x, y) {
		at := c.top + y - s.Y - 1
		c.inDetails = false
		if at == c.cursor {
			choice, ok := c.Choice()
			if !ok {
				return nil
			}
			return Start{choice}
		}
		if at >= 0 && at < len(c.Listed()) {
			c.setCursor(at)
		}
		return nil
	}
	if r := c.detailsRect(); r.Contains(x, y) {
		c.inDetails = c.details().Click(y-r.Y) || c.inDetails
	}
	return nil
}

// WheelAt moves through the list when the pointer is over it, by one provider a notch: the
// list is short. It tells whether the pointer was there.
func (c *Catalogue) WheelAt(x, y, n int) bool {
	if !c.layout.Side.Contains(x, y) {
		return false
	}
	c.inDetails = false
	c.setCursor(max(0, min(c.cursor+max(-1, min(n, 1)), len(c.Listed())-1)))
	return true
}

// Wheel scrolls the details.
func (c *Catalogue) Wheel(n int) { c.details().Scroll(n) }
