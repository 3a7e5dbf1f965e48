package screen

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/pane"
	"oauthlens/ui/tui/theme"
)

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
		return stateMark(present.Done)
	case flows.Failed:
		return stateMark(present.Failed)
	case flows.Cancelled:
		return stateMark(present.Skipped)
	}
	return stateMark(present.Todo)
}

func (h *History) life(r Run) string {
	switch left := r.ExpiresAt.Sub(h.now); {
	case r.ExpiresAt.IsZero():
		return ""
	case r.Started.After(h.now.Add(flows.ClockStep)) && r.ExpiresAt.After(r.Started): // the clock was set back
		return "lives ≤ " + present.Coarse(r.ExpiresAt.Sub(r.Started))
	case left > 0:
		return "lives " + present.Coarse(left)
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
	case d < 730*24*time.Hour:
		return fmt.Sprintf("%d months", d/(30*24*time.Hour))
	}
	return fmt.Sprintf("%d years", d/(365*24*time.Hour))
}
