package screen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/keys"
	"oauthlens/ui/tui/pane"
	"oauthlens/ui/tui/theme"
)

// Run is one recorded run as the history lists it.
type Run struct {
	ID          flows.RunID
	Provider    string
	Title       string // of the provider, as the catalogue shows it; empty: as Provider
	Environment string
	Grant       flows.Grant
	Outcome     flows.Outcome // empty: it goes on, or was left
	Why         string        // of a failure: the code of its first finding
	Started     time.Time
	ExpiresAt   time.Time // of the access token; zero: none or not known
	Order       int64     // its place in the history
}

// Page is a part of the list: the runs that the filter lets through, from the newest, or
// before the one of this Order.
type Page struct {
	Filter string
	Before int64
	Limit  int
}

// pageSize is how many runs are read at once: more than any window has rows.
const pageSize = 200

// History is the screen of the recorded runs, newest first.
type History struct {
	runs   []Run
	have   string // the filter that runs were read with
	whole  bool   // there are no more of them
	loaded bool
	stale  bool   // to be read anew
	unread string // why they cannot be read; empty: they can
	asked  *Page  // on its way
	now    time.Time

	filter string
	cursor int
	top    int
	marked flows.RunID // the first of two to compare
	titles int         // the widest title of a provider that was listed, in cells
	layout Layout
}

// Reload has the list read anew.
func (h *History) Reload() { h.stale = true }

// Wants is the page that the list lacks, if none is on its way.
func (h *History) Wants() (Page, bool) {
	page := Page{Filter: h.filter, Limit: pageSize}
	switch {
	case h.asked != nil && h.asked.Filter == h.filter && !h.stale:
		return Page{}, false
	case !h.loaded, h.stale, h.filter != h.have:
	case !h.whole && h.cursor >= len(h.runs)-pageSize/2:
		page.Before = h.runs[len(h.runs)-1].Order
	default:
		return Page{}, false
	}
	h.stale, h.asked = false, &page
	return page, true
}

// SetRuns takes a page; one that is not asked for any more is dropped.
func (h *History) SetRuns(p Page, runs []Run) {
	if h.asked == nil || *h.asked != p {
		return
	}
	h.asked = nil
	if p.Before == 0 {
		h.runs = nil
	}
	h.runs = append(h.runs, runs...)
	for _, r := range runs { // it never shrinks, so that the columns stand still under a filter
		h.titles = max(h.titles, frame.Width(frame.Make(titleOf(r), 0).Text))
	}
	h.have, h.loaded, h.whole = p.Filter, true, len(runs) < p.Limit
	h.cursor = max(0, min(h.cursor, len(h.Listed())-1))
}

// Unreadable says why the list cannot be read; empty: it can.
func (h *History) Unreadable(why string) { h.unread = why }

// Listed are the runs that the filter lets through; while those are read, the ones of
// them that are known already.
func (h *History) Listed() []Run {
	if h.filter == h.have {
		return h.runs
	}
	var out []Run
	for _, r := range h.runs {
		text := strings.ToLower(strings.Join([]string{r.Provider, r.Environment, string(r.Grant), string(r.Outcome), r.Why, string(r.ID)}, " "))
		if !slices.ContainsFunc(strings.Fields(strings.ToLower(h.filter)), func(word string) bool { return !strings.Contains(text, word) }) {
			out = append(out, r)
		}
	}
	return out
}

func (h *History) selected() (Run, bool) {
	l := h.Listed()
	if h.cursor < 0 || h.cursor >= len(l) {
		return Run{}, false
	}
	return l[h.cursor], true
}

// Resize takes a new layout.
func (h *History) Resize(l Layout) { h.layout = l }

// Tick moves the time.
func (h *History) Tick(now time.Time) { h.now = now }

// Where describes for the status line the filter, the outcome of the run under the cursor
// where its column cuts it, and the place in the list.
func (h *History) Where() (path string, line, of int) {
	var said []string
	if h.filter != "" {
		said = append(said, "/ "+h.filter)
	}
	r, ok := h.selected()
	if !ok {
		return strings.Join(said, "   "), 0, 0
	}
	if outcome, _ := outcomeOf(r); frame.Width(frame.Make(outcome, 0).Text) > h.widths()[3]-2 {
		said = append(said, outcome)
	}
	return strings.Join(said, "   "), h.cursor + 1, len(h.Listed())
}

// Header is the first line of the frame.
func (h *History) Header() present.Header {
	return present.Header{Path: []string{"oauthlens", "history"}}
}

// Search filters the list as one types.
func (h *History) Search(text string) string {
	h.filter, h.cursor, h.top = text, 0, 0
	if text == "" {
		return ""
	}
	return "words in provider, environment, grant, outcome, finding, day or id"
}

// Query is the filter.
func (h *History) Query() string { return h.filter }

// Table is the binding table of the screen.
func (h *History) Table() keys.Table {
	one := func() string {
		if _, ok := h.selected(); !ok {
			return "no run is listed"
		}
		return ""
	}
	own := []keys.Binding{
		{Keys: []string{"enter"}, Action: keys.Open, Label: "open", Help: "Open the run under the cursor as it was, without the network; its countdown goes on.", Hint: 1, Why: one},
		{Keys: []string{"x"}, Action: keys.Compare, Label: "compare", Help: "Mark the run under the cursor; on a second run, show both side by side.", Hint: 2, Why: one},
		{Keys: []string{"d"}, Action: keys.Delete, Label: "delete", Help: "Delete the run under the cursor, after asking.", Hint: 4, Why: one},
		{Keys: []string{"E"}, Action: keys.Export, Label: "export", Help: "Write the run under the cursor as JSON, curl, HAR or Markdown, without its secrets.", Hint: 5, Why: one},
		{Keys: []string{"P"}, Action: keys.Prune, Label: "prune", Help: "Delete the runs older than an age, or all but the newest, after asking.", Why: one},
		{Keys: []string{"/"}, Action: keys.Filter, Label: "filter", Help: "Show only the runs with these words in provider, environment, grant, outcome, finding, day or id.", Hint: 3},
		{Keys: []string{"y"}, Action: keys.CopyValue, Label: "copy id", Help: "Copy the id of the run.", Why: one},
		{Keys: []string{"esc"}, Action: keys.Back, Label: "back", Help: "End the filter, or go back to the catalogue.", Hint: 80},
	}
	return keys.Table{Title: "History", Bindings: append(append(own, keys.Moving()...), keys.Everywhere()...)}
}

// Do acts on a binding's action.
func (h *History) Do(a keys.Action, _ string, _ time.Time) Wish {
	n, page := len(h.Listed()), max(1, h.layout.Main.H/2)
	at := h.cursor
	r, ok := h.selected()
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
	case keys.Open:
		return OpenRun{r.ID}
	case keys.Delete:
		return DeleteRun{Run: r.ID, Named: strings.Join([]string{titleOf(r), r.Environment, Ago(h.now.Sub(r.Started))}, ", ")}
	case keys.Export:
		return ExportRun{r.ID}
	case keys.Prune:
		return PruneRuns{}
	case keys.CopyValue:
		return Copy{present.Copy{What: "the id of the run", Text: string(r.ID)}}
	case keys.Compare:
		return h.compare(r)
	case keys.Back:
		if h.filter != "" {
			h.Search("")
			return nil
		}
		return GoTo{AtCatalogue}
	}
	if ok {
		h.cursor = max(0, min(at, n-1))
	}
	return nil
}

func (h *History) compare(r Run) Wish {
	switch h.marked {
	case "":
		h.marked = r.ID
		return Say{"marked: x on another run compares the two, x on this one takes the mark back"}
	case r.ID:
		h.marked = ""
		return Say{"mark taken back"}
	}
	a := h.marked
	h.marked = ""
	return Compare{A: Side{Run: a}, B: Side{Run: r.ID}}
}

// Draw draws the middle of the frame.
func (h *History) Draw(f *frame.Frame, focused bool) {
	m := h.layout.Main
	list := h.Listed()
	if len(list) == 0 {
		for i, row := range pane.Wrap(frame.Of(h.emptyText(), theme.Of(present.Muted)), min(m.W-4, 100)) {
			f.Put(m.X+2, m.Y+1+i, m.W-2, row)
		}
		return
	}
	rows := max(1, m.H-1)
	h.top = max(0, min(h.top, h.cursor, len(list)-1))
	if h.cursor >= h.top+rows {
		h.top = h.cursor - rows + 1
	}
	w := h.widths()
	environment := "ENVIRONMENT"
	if w[1] < len(environment)+2 {
		environment = "ENV"
	}
	head := h.columns(w, "PROVIDER", environment, "GRANT", "OUTCOME", "STARTED", "TOKEN")
	f.Put(m.X, m.Y, m.W, append(frame.Line{{Text: "  "}}, head...))
	for i := range rows {
		if h.top+i >= len(list) {
			break
		}
		f.Put(m.X, m.Y+1+i, m.W, h.row(list[h.top+i], w, h.top+i == h.cursor && focused))
	}
}

func (h *History) emptyText() string {
	switch {
	case !h.loaded:
		return "reading the history"
	case h.unread != "":
		return "The history cannot be read: " + h.unread
	case h.filter != h.have:
		return "looking through the history"
	case h.filter != "":
		return "No run matches; esc ends the filter."
	}
	return "No runs yet. Every walk is recorded here."
}

// widths are the widths of the six columns, with their gaps. What happened gets what the
// others leave; in a small window the grant goes, and then the time, which the order tells.
func (h *History) widths() []int {
	total := h.layout.Main.W - 2
	w := []int{18, 13, 20, 0, 13, wideLife}
	switch {
	case total < 70:
		w = []int{18, 12, 0, 0, 0, 10}
	case total < 86:
		w = []int{18, 12, 0, 0, 12, 10}
	case total < 98:
		w = []int{18, 12, 7, 0, 12, 10}
	case total < 110:
		w = []int{18, 13, 7, 0, 12, wideLife}
	}
	if total < 98 { // what short titles leave goes to the outcome
		w[0] = max(len("PROVIDER")+2, min(w[0], h.titles+2))
	}
	for _, n := range w {
		total -= n
	}
	w[3] = max(0, min(54, total))
	w[5] += max(0, total-54)
	return w
}

// wideLife is the width in which the life of a token is a sentence; below it is a number.
const wideLife = 20

func (h *History) columns(w []int, texts ...string) frame.Line {
	var line frame.Line
	for i, t := range texts {
		line = append(line, cell(t, theme.Of(present.Muted), w[i])...)
	}
	return line
}

func cell(text string, role theme.Role, w int) frame.Line {
	if w <= 2 {
		return frame.Blank(w)
	}
	l := frame.Of(text, role).Clip(w - 2)
	return l.Fit(w)
}

func (h *History) row(r Run, w []int, at bool) frame.Line {
	grant := present.GrantTitle(r.Grant)
	if w[2] < 10 {
		grant = cmp.Or(present.GrantWord(r.Grant), "rt")
	}
	mark := " "
	if r.ID == h.marked {
		mark = "◆"
	}
	line := frame.Line{{Text: " "}, {Text: mark, Role: theme.Of(present.Accent)}}
	line = append(line, cell(titleOf(r), theme.Of(present.Plain), w[0])...)
	line = append(line, cell(r.Environment, theme.Of(present.EnvironmentTone(r.Environment)), w[1])...)
	line = append(line, cell(grant, theme.Of(present.Plain), w[2])...)
	outcome, role := outcomeOf(r)
	line = append(line, cell(outcome, role, w[3])...)
	started := Ago(h.now.Sub(r.Started))
	if r.Started.After(h.now.Add(flows.ClockStep)) {
		started = "clock back" // there is no room for more
	}
	line = append(line, cell(started, theme.Of(present.Muted), w[4])...)
	life := h.life(r)
	if w[5] < wideLife {
		life = strings.TrimPrefix(life, "lives ")
		if strings.HasPrefix(life, "expired") {
			life = "expired"
		}
	}
	line = append(line, cell(life, theme.Of(present.Muted), w[5])...)
	line = line.Fit(h.layout.Main.W)
	if !at {
		return line
	}
	return append(frame.Line{{Text: "▌", Role: theme.Cursor}}, line[1:].Select()...)
}

func titleOf(r Run) string { return cmp.Or(r.Title, r.Provider) }

// outcomeOf is the outcome of a run with its glyph: of one that failed, why; of one that
// succeeded with a warning, which.
func outcomeOf(r Run) (string, theme.Role) {
	glyph, role := outcomeMark(r.Outcome)
	outcome := cmp.Or(string(r.Outcome), "not finished")
	switch {
	case r.Why == "":
	case r.Outcome == flows.Failed:
		outcome = r.Why
	case r.Outcome == flows.Succeeded:
		glyph, role, outcome = "▲", theme.Of(present.Warn), r.Why
	default:
		outcome += " · " + r.Why
	}
	return glyph + " " + outcome, role
}

func outcomeMark(o flows.Outcome) (string, theme.Role) {
	switch o {
	case flows.Succeeded:
		return "✓", theme.Of(present.OK)
	case flows.Failed:
		return "✗", theme.Of(present.Danger)
	case flows.Cancelled:
		return "–", theme.Of(present.Muted)
	}
	return "○", theme.Of(present.Muted)
}

func (h *History) life(r Run) string {
	switch left := r.ExpiresAt.Sub(h.now); {
	case r.ExpiresAt.IsZero():
		return ""
	case r.Started.After(h.now.Add(flows.ClockStep)) && r.ExpiresAt.After(r.Started): // the clock was set back
		return "lives ≤ " + short(r.ExpiresAt.Sub(r.Started))
	case left > 0:
		return "lives " + short(left)
	default:
		return "expired " + Ago(-left)
	}
}

// Ago is a time that passed, in words: "3 h ago".
func Ago(d time.Duration) string {
	if d < -time.Minute {
		return "clock set back"
	}
	if d < time.Minute {
		return "just now"
	}
	return short(d) + " ago"
}

func short(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d < 90*24*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
	return fmt.Sprintf("%d months", d/(30*24*time.Hour))
}

// Click acts on a click with the left button.
func (h *History) Click(x, y int) Wish {
	m := h.layout.Main
	at := h.top + y - m.Y - 1
	if !m.Contains(x, y) || y == m.Y || at >= len(h.Listed()) {
		return nil
	}
	if at == h.cursor {
		r, _ := h.selected()
		return OpenRun{r.ID}
	}
	h.cursor = at
	return nil
}

// Wheel moves the cursor.
func (h *History) Wheel(n int) {
	h.cursor = max(0, min(h.cursor+n, len(h.Listed())-1))
}
