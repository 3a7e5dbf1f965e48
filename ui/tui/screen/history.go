package screen

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/keys"
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
	case keys.Explain:
		if !ok {
			return Say{"nothing to explain: no run is listed"}
		}
		return Read{Title: titleOf(r), Lines: h.about(r)}
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

// about explains a line of the list: what was walked, how it ended, and what can be done with it.
func (h *History) about(r Run) present.Lines {
	row := func(label, text string) present.Line {
		return present.Line{Kind: present.Row, Label: label, Spans: []present.Span{present.T(text, present.Plain)}}
	}
	outcome, _ := outcomeOf(r)
	return present.List{
		{Kind: present.Text, Spans: []present.Span{present.T("A run as it was recorded: every request and every answer. enter opens it without sending anything, E writes it to a file without its secrets, and x on two runs lays them side by side.", present.Plain)}},
		{Kind: present.Gap},
		row("environment", r.Environment),
		row("grant", present.GrantTitle(r.Grant)),
		row("outcome", outcome),
		row("started", Ago(h.now.Sub(r.Started))),
		row("access token", cmp.Or(h.life(r), "none, or its end is not known")),
		row("id", string(r.ID)),
	}
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
