package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/keys"
	"oauthlens/ui/tui/pane"
	"oauthlens/ui/tui/screen"
	"oauthlens/ui/tui/theme"
)

// View paints the model.
func (m *Model) View() tea.View {
	begun := m.now()
	v := tea.NewView("")
	v.AltScreen = true
	v.WindowTitle = m.title()
	if m.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	if m.w > 0 && m.h > 0 {
		v.SetContent(m.Frame().String(m.theme))
	}
	if m.onFrame != nil { // the making of a large picture may have outlasted the pace
		m.onFrame(m.calmly && m.now().Sub(begun) < behind/2)
	}
	return v
}

// title is the window's title: the path of the screen, which has no secret in it.
func (m *Model) title() string {
	path := m.view().Header().Path
	if len(path) == 0 {
		return "oauthlens"
	}
	return frame.Make(strings.Join(path, " › "), 0).Text
}

// Frame draws the whole screen.
func (m *Model) Frame() *frame.Frame {
	f := frame.New(m.w, m.h)
	if m.layout.Tiny {
		drawTiny(f)
		return f
	}
	l := m.layout
	m.view().Draw(f, len(m.overlays) == 0)
	l.DrawRules(f)
	f.Put(l.Header.X, l.Header.Y, l.Header.W, headerLine(m.header(), l.Header.W))
	m.drawBottom(f)
	if n := len(m.overlays); n > 0 {
		if m.overlays[n-1].dims() {
			f.Dim(l.Upper+1, l.Lower)
			if !m.coversFooter() { // the keys are the overlay's now, and its border names them
				f.Dim(l.Footer.Y, l.Footer.Y+1)
			}
		}
		for _, o := range m.overlays {
			o.draw(f)
		}
	}
	return f
}

// header is the first line of the screen shown; over the live run it says how that is kept.
func (m *Model) header() present.Header {
	h := m.view().Header()
	if m.place == screen.AtWalk && m.live.flow != nil {
		h.Kept = m.live.kept
	}
	return h
}

// maxStatus bounds the rows of a sentence on the status line.
const maxStatus = 4

// drawBottom draws the hints and the status line. A sentence that is too long for its
// line takes the line of the hints too: a reason that is cut is no reason.
func (m *Model) drawBottom(f *frame.Frame) {
	l := m.layout
	f.Put(l.Footer.X, l.Footer.Y, l.Footer.W, m.footer(l.Footer.W))
	if l.Status == l.Footer && m.status == "" && m.busy() == nil {
		return
	}
	if rows, wait := m.statusRows(); len(rows) > 1 {
		last := len(rows) - 1
		rows[last] = append(rows[last].Fit(l.Status.W-wait.Width()), wait...)
		for i, row := range rows {
			f.Put(0, min(l.Status.Y, l.H-len(rows))+i, l.W, append(frame.Blank(l.Status.X), row...))
		}
		return
	}
	f.Put(l.Status.X, l.Status.Y, l.Status.W, m.statusLine(l.Status.W))
}

// statusRows are the rows that the sentence on the status line takes, at most maxStatus, and
// the wait that stands beside the last of them.
func (m *Model) statusRows() (rows []frame.Line, wait frame.Line) {
	w := m.layout.Status.W
	wait = m.waitBeside(w)
	rows = pane.Wrap(frame.Of(m.status, theme.Of(present.Plain)), w-wait.Width())
	return rows[:min(len(rows), maxStatus)], wait
}

// coversFooter tells that the status line stands where the hints would.
func (m *Model) coversFooter() bool {
	if m.layout.Status == m.layout.Footer {
		return m.status != "" || m.busy() != nil
	}
	rows, _ := m.statusRows()
	return len(rows) > 1
}

func drawTiny(f *frame.Frame) {
	w, h := f.Size()
	s := fmt.Sprintf("oauthlens needs %d by %d cells; this window has %d by %d.", screen.MinWidth, screen.MinHeight, w, h)
	rows := strings.Fields(s)
	var line string
	y := 0
	for _, word := range rows {
		if line != "" && len(line)+1+len(word) > w {
			f.Put(0, y, w, frame.Of(line, 0))
			line, y = "", y+1
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	f.Put(0, y, w, frame.Of(line, 0))
}

// headerGap parts the two sides of the header.
const headerGap = 3

// headerLine is the first line: where one is on the left, the environment and the
// countdowns on the right. What does not fit goes in the order of its worth: the bars, the
// program's name, the later countdowns, the grant, all of them.
func headerLine(h present.Header, w int) frame.Line {
	long, short, least := pathLine(h.Path), pathLine(h.Path), pathLine(h.Path)
	if len(h.Path) > 2 {
		short, least = pathLine(h.Path[1:]), pathLine(h.Path[1:2])
	}
	all := len(h.Countdowns)
	for _, v := range []struct {
		path  frame.Line
		bars  bool
		count int
	}{{long, true, all}, {long, false, all}, {short, false, all}, {short, false, min(1, all)}, {least, false, min(1, all)}} {
		right := rightLine(h, v.bars, v.count)
		if room := w - right.Width(); v.path.Width()+headerGap <= room {
			return append(v.path.Fit(room), right...)
		}
	}
	right := rightLine(h, false, 0)
	room := max(1, w-right.Width()-1)
	return append(short.Clip(room).Fit(room+1), right...)
}

func pathLine(path []string) frame.Line {
	var line frame.Line
	for i, p := range path {
		if i > 0 {
			line = append(line, frame.Seg{Text: " › ", Role: theme.Of(present.Muted)})
		}
		role := theme.Of(present.Plain)
		if i == 0 {
			role = theme.Of(present.Accent)
		}
		line = append(line, frame.Make(p, role))
	}
	return line
}

func rightLine(h present.Header, bars bool, countdowns int) frame.Line {
	var line frame.Line
	if h.Kept != "" {
		line = append(line, frame.Make(h.Kept+"  ", theme.Of(present.Warn)))
	}
	if h.Environment != "" {
		tone := present.EnvironmentTone(h.Environment)
		line = append(line, frame.Make(" "+h.Environment+" ", theme.Of(tone)))
	}
	for _, c := range h.Countdowns[:countdowns] {
		line = append(line, frame.Seg{Text: "  "}, frame.Make(c.Label+" ", theme.Of(present.Muted)), frame.Make(c.Text, theme.Of(c.Tone)))
		if bars && c.Fraction >= 0 {
			line = append(line, bar(c)...)
		}
	}
	return line
}

const barCells = 10

// bar draws a fraction in eighths of a cell.
func bar(c present.Countdown) frame.Line {
	eighths := int(min(1, c.Fraction)*barCells*8 + 0.5)
	full := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		full += string([]rune(" ▏▎▍▌▋▊▉")[rest])
	}
	role := theme.BarFull
	if c.Tone == present.Warn || c.Tone == present.Danger {
		role = theme.Of(c.Tone)
	}
	line := frame.Line{{Text: " ▕", Role: theme.Rule}, {Text: full, Role: role}}
	return append(line.Fit(2+barCells), frame.Seg{Text: "▏", Role: theme.Rule})
}

// footer shows what the keys do now, as many as fit.
func (m *Model) footer(w int) frame.Line { return hintsOf(m.hints(w)).Clip(w) }

// hints are the bindings that the footer shows in w cells.
func (m *Model) hints(w int) []keys.Binding {
	all := m.view().Table().Hints()
	if m.place == screen.AtInspect {
		return fitting(all, w)
	}
	var out []keys.Binding
	for _, b := range all {
		if b.Action == keys.Refresh && m.view() == view(m.walk) && m.walk.NextIs(flows.ActRefresh) {
			continue // enter does it
		}
		if b.Action == keys.Next || b.Reason() == "" {
			out = append(out, b)
		}
	}
	return fitting(out, w)
}

// fitting are the first hints that fit, and the last one, the key of all keys.
func fitting(hints []keys.Binding, w int) []keys.Binding {
	for n := len(hints); n > 0; n-- {
		shown := hints
		if n < len(hints) {
			shown = append(hints[:n-1:n-1], hints[len(hints)-1])
		}
		if hintsOf(shown).Width() <= w {
			return shown
		}
	}
	return hints
}

// hintAt is the binding whose hint stands at column x of the footer.
func (m *Model) hintAt(x int) (keys.Binding, bool) {
	at := m.layout.Footer.X
	for _, b := range m.hints(m.layout.Footer.W) {
		w := hintsOf([]keys.Binding{b}).Width()
		if x >= at && x < at+w {
			return b, true
		}
		at += w + len(hintGap)
	}
	return keys.Binding{}, false
}

const hintGap = "   "

func hintsOf(hints []keys.Binding) frame.Line {
	var line frame.Line
	for i, b := range hints {
		if i > 0 {
			line = append(line, frame.Seg{Text: hintGap})
		}
		role, text := theme.Hint, theme.HintText
		if b.Action == keys.Next {
			text = theme.Of(present.Plain)
		}
		switch {
		case b.Reason() == "":
		case b.Action == keys.Next: // what is next is read even where it cannot be done yet
			role, text = theme.HintText, theme.HintText
		default:
			role, text = theme.HintOff, theme.HintOff
		}
		line = append(line, frame.Make(b.First(), role), frame.Make(" "+b.Label, text))
	}
	return line
}

// statusLine says what happened, what is waited for, or where the cursor is.
func (m *Model) statusLine(w int) frame.Line {
	var right frame.Line
	path := ""
	if s, ok := m.view().(interface{ Where() (string, int, int) }); ok {
		var at, of int
		path, at, of = s.Where()
		if of > 0 {
			right = frame.Of(fmt.Sprintf("%d/%d", at, of), theme.Of(present.Muted))
		}
	}
	left := frame.Of(path, theme.Of(present.Muted))
	switch busy := m.busy(); {
	case m.status != "":
		left = frame.Of(m.status, theme.Of(present.Plain))
		if wait := m.waitBeside(w); wait != nil {
			return append(left.Fit(w-wait.Width()), wait...)
		}
	case busy != nil:
		left = m.waitLine(busy, busy.What+"  ")
		if over := left.Width() - w; over > 0 { // how to end it goes before what it is
			left = m.waitLine(busy, frame.Of(busy.What, 0).Clip(max(1, frame.Width(busy.What)-over)).String()+"  ")
		}
	case path == "" && m.place == screen.AtWalk:
		left = frame.Of(m.walk.Shown().Status, theme.Of(present.Muted))
	}
	if until, ok := m.revealing(); ok && m.status == "" {
		left = frame.Of(fmt.Sprintf("a secret is shown for %d s; v hides it", int((until.Sub(m.now())+time.Second-1)/time.Second)), theme.Of(present.Warn))
	}
	if left.Width()+2+right.Width() > w {
		right = nil // what is said goes before where the cursor is
	}
	room := max(1, w-right.Width())
	return append(left.Fit(room), right...)
}

// waitLine says what is waited for, for how long, and how to end it.
func (m *Model) waitLine(busy *present.Busy, what string) frame.Line {
	return frame.Line{{Text: screen.Spinner(m.spin) + " ", Role: theme.Of(present.Accent)}, frame.Make(what, 0),
		frame.Make(elapsed(m.waited(busy.Since))+"  esc cancels", theme.Of(present.Muted))}
}

// waitBeside is the wait in short, for the end of a status line that a sentence takes: a
// sentence stays until the next key, and whoever waits must not wonder. It is nil where
// nothing is waited for, or there is no room.
func (m *Model) waitBeside(w int) frame.Line {
	busy := m.busy()
	if busy == nil || m.status == "" {
		return nil
	}
	line := append(frame.Blank(2), m.waitLine(busy, "")...)
	if line.Width() > w/2 {
		return nil
	}
	return line
}

func elapsed(d time.Duration) string {
	d = max(0, d).Truncate(time.Second)
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}
