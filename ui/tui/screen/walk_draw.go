package screen

import (
	"fmt"
	"strconv"
	"strings"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/pane"
	"oauthlens/ui/tui/theme"
)

// walkBoxes is where things were drawn, for the mouse.
type walkBoxes struct {
	text     frame.Rect
	tabs     []frame.Rect
	rail     []frame.Rect
	railFrom int // the step of the first
	findings []frame.Rect
}

// turns are the pictures of a wait: seven of the eight dots of a cell, going round.
var turns = [...]string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// Spinner is the picture of a wait at its nth turn.
func Spinner(n int) string { return turns[n%len(turns)] }

// maxIntro is how many rows the introduction of a step may take, and maxIntroTall in a pane
// with rows enough.
const (
	maxIntro     = 2
	maxIntroTall = 3
	tallPane     = 20
)

// maxIntroWidth is the width in cells beyond which prose is hard to read.
const maxIntroWidth = 110

func (s *Walk) introRows() []frame.Line {
	step := s.step()
	if step.Intro == "" || s.tab > 0 || s.layout.Main.H < 14 {
		return nil
	}
	rows := pane.Wrap(frame.Of(step.Intro, theme.Of(present.Muted)), min(s.layout.Main.W-2, maxIntroWidth))
	most := maxIntro
	if s.layout.Main.H >= tallPane {
		most = maxIntroTall
	}
	if len(rows) > most {
		rows = rows[:most]
		last := rows[most-1]
		rows[most-1] = append(last[:len(last):len(last)], frame.Seg{Text: "…", Role: theme.Of(present.Muted)}).Clip(s.layout.Main.W - 2)
	}
	return rows
}

// findingRows is how many rows the findings below the text take.
func (s *Walk) findingRows() int {
	n := 0
	for _, rows := range s.findingTitles() {
		n += len(rows)
	}
	return min(n, s.maxFindingRows())
}

func (s *Walk) maxFindingRows() int { return max(1, s.layout.Main.H/5) }

// findingTitles are the findings of the step: whole, in as many rows as they take, where all
// of them have the room, else one row each.
func (s *Walk) findingTitles() [][]frame.Line {
	all := s.findings()
	whole, flat := make([][]frame.Line, len(all)), make([][]frame.Line, len(all))
	room, taken := s.layout.Main.W-4, 0
	for i, v := range all {
		title := frame.Of(v.Finding.Title.Text, findingRole(v.Finding.Severity))
		whole[i], flat[i] = pane.Wrap(title, room), []frame.Line{title}
		taken += len(whole[i])
	}
	if taken > s.maxFindingRows() {
		return flat
	}
	return whole
}

// textRect is where the text of the step stands.
func (s *Walk) textRect() frame.Rect {
	m := s.layout.Main
	if m.Empty() {
		return frame.Rect{}
	}
	top := 1
	if s.layout.Main.H >= 14 {
		top++
	}
	if n := len(s.introRows()); n > 0 {
		top += n + 1
	}
	bottom := 0
	if n := s.findingRows(); n > 0 {
		bottom = n + 1
	}
	return frame.Rect{X: m.X, Y: m.Y + top, W: m.W, H: max(1, m.H-top-bottom)}
}

// Draw draws the middle of the frame.
func (s *Walk) Draw(f *frame.Frame, focused bool) {
	s.hitBox = walkBoxes{}
	s.drawRail(f)
	m := s.layout.Main
	if m.Empty() || s.stage >= len(s.walk.Panes) {
		return
	}
	s.drawTitle(f)
	y := m.Y + 1
	if m.H >= 14 {
		y++
	}
	for i, row := range s.introRows() {
		f.Put(m.X+2, y+i, m.W-2, row)
	}
	r := s.textRect()
	s.hitBox.text = r
	if p := s.pane(); p != nil {
		p.Resize(r.W, r.H)
		f.PutLines(r, p.Draw(focused && s.finding < 0))
	}
	s.drawFindings(f, focused)
}

func (s *Walk) drawTitle(f *frame.Frame) {
	m, step := s.layout.Main, s.step()
	title := strings.ToUpper(step.Title)
	f.Put(m.X+2, m.Y, m.W-2, frame.Of(strconv.Itoa(s.stage+1)+" "+title, theme.Title))
	var tabs frame.Line
	for i, t := range step.Tabs {
		role := theme.Tab
		if i == s.tab {
			role = theme.TabOn
		}
		tabs = append(tabs, frame.Make(t.Name, role), frame.Seg{Text: "  "})
	}
	if len(tabs) == 0 {
		return
	}
	tabs = tabs[:len(tabs)-1]
	w := tabs.Width()
	if w > m.W-20 {
		tabs = tabs.Clip(max(1, m.W-20))
		w = tabs.Width()
	}
	x := m.X + m.W - w
	f.Put(x, m.Y, w, tabs)
	for _, t := range step.Tabs {
		n := frame.Width(frame.Make(t.Name, 0).Text)
		s.hitBox.tabs = append(s.hitBox.tabs, frame.Rect{X: x, Y: m.Y, W: n, H: 1})
		x += n + 2
	}
}

// railWindow is the range of steps that a rail of n places shows: around the step shown
// when there are more of them.
func (s *Walk) railWindow(n int) (from, to int) {
	all := len(s.walk.Rail)
	from = max(0, min(s.stage-n/2, all-n))
	return from, min(all, from+n)
}

func (s *Walk) drawRail(f *frame.Frame) {
	if s.layout.Narrow || s.layout.Divider < 0 {
		s.drawRailLine(f)
		return
	}
	r := s.layout.Side
	from, to := s.railWindow(r.H)
	s.hitBox.railFrom = from
	digits := len(strconv.Itoa(len(s.walk.Rail))) // the titles of a long rail stand in one column
	for i := from; i < to; i++ {
		item, y := s.walk.Rail[i], r.Y+i-from
		glyph, role := s.railGlyph(item)
		title := theme.Of(present.Plain)
		if item.State == present.Todo || item.State == present.Skipped {
			title = theme.Of(present.Muted)
		}
		line := frame.Line{{Text: " "}, {Text: glyph, Role: role}, {Text: " "},
			frame.Make(fmt.Sprintf("%*d ", digits, i+1), theme.Of(present.Muted)), frame.Make(railTitle(item.Title, r.W-7-digits), title)}
		mark := severityMark(item.Worst)
		line = append(line.Fit(r.W-3), frame.Line{{Text: " "}, mark, {Text: " "}}...)
		if i == s.stage {
			line = append(frame.Line{{Text: "▌", Role: theme.Cursor}}, line[1:].Select()...)
		}
		f.Put(r.X, y, r.W, line)
		s.hitBox.rail = append(s.hitBox.rail, frame.Rect{X: r.X, Y: y, W: r.W, H: 1})
	}
}

// railTitle is the title of a step in w cells. One that has to be cut keeps its number at the
// end, which tells it from its neighbours.
func railTitle(title string, w int) string {
	at := strings.LastIndexByte(title, ' ')
	if frame.Width(title) <= w || at < 0 || strings.Trim(title[at+1:], "0123456789") != "" {
		return title
	}
	number := title[at:]
	head := frame.Of(title[:at], 0).Clip(max(1, w-len(number)))
	return head.String() + number
}

// drawRailLine draws the rail as one line: each step by its glyph and number, the step shown
// by its title too. The steps stand closer where the line is short, and where it is shorter
// still, those around the step shown are left, with an ellipsis for the others.
func (s *Walk) drawRailLine(f *frame.Frame) {
	r := s.layout.Side
	if r.Empty() || s.layout.Divider >= 0 || s.stage >= len(s.walk.Rail) {
		return
	}
	parts := make([]frame.Line, len(s.walk.Rail))
	for i := range parts {
		parts[i] = s.railPart(i)
	}
	from, to, gap := fitRail(parts, s.stage, r.W)
	more := frame.Of("…", theme.Of(present.Muted))
	s.hitBox.railFrom = from
	var line frame.Line
	if from > 0 {
		line = append(append(line, more...), frame.Blank(1)...)
	}
	for i := from; i < to; i++ {
		s.hitBox.rail = append(s.hitBox.rail, frame.Rect{X: r.X + line.Width(), Y: r.Y, W: parts[i].Width(), H: 1})
		line = append(line, parts[i]...)
		if i < len(parts)-1 {
			line = append(line, frame.Blank(gap)...)
		}
	}
	if to < len(parts) {
		line = append(line, more...)
	}
	f.Put(r.X, r.Y, r.W, line)
}

// railPart is a step in the rail of one line.
func (s *Walk) railPart(i int) frame.Line {
	item := s.walk.Rail[i]
	glyph, role := s.railGlyph(item)
	if item.Worst != "" && s.Title == CompareTitle { // every step is walked: this is the news
		mark := severityMark(item.Worst)
		glyph, role = mark.Text, mark.Role
	}
	name := frame.Make(strconv.Itoa(i+1), theme.Of(present.Muted))
	if i == s.stage {
		name = frame.Make(strconv.Itoa(i+1)+" "+item.Title, theme.TabOn)
	}
	part := frame.Line{{Text: glyph, Role: role}, name}
	if item.Worst == flows.SeverityError || item.Worst == flows.SeverityWarning {
		if mark := severityMark(item.Worst); mark.Text != glyph {
			part = append(part, mark)
		}
	}
	return part
}

// fitRail is which parts of a rail fit into w cells around the one at the stage, and the gap
// behind each of them.
func fitRail(parts []frame.Line, stage, w int) (from, to, gap int) {
	width := func(from, to, gap int) int {
		n := -gap
		for _, p := range parts[from:to] {
			n += p.Width() + gap
		}
		if from > 0 {
			n += 2
		}
		if to < len(parts) {
			n += 1 + gap
		}
		return n
	}
	for gap := 2; gap > 0; gap-- {
		if width(0, len(parts), gap) <= w {
			return 0, len(parts), gap
		}
	}
	from, to = stage, stage+1
	for grown := true; grown; {
		grown = false
		if to < len(parts) && width(from, to+1, 1) <= w {
			to, grown = to+1, true
		}
		if from > 0 && width(from-1, to, 1) <= w {
			from, grown = from-1, true
		}
	}
	return from, to, 1
}

func (s *Walk) railGlyph(item present.RailItem) (string, theme.Role) {
	if item.State == present.Running {
		return Spinner(s.spin), theme.Of(present.Accent)
	}
	return stateMark(item.State)
}

// stateMark is how a step stands, and in the history a run.
func stateMark(state present.RailState) (string, theme.Role) {
	switch state {
	case present.Current:
		return "●", theme.Of(present.Accent)
	case present.Done:
		return "✓", theme.Of(present.OK)
	case present.Failed:
		return "✗", theme.Of(present.Danger)
	case present.Skipped:
		return "–", theme.Of(present.Muted)
	}
	return "○", theme.Of(present.Muted)
}

func severityMark(s flows.Severity) frame.Seg {
	switch s {
	case flows.SeverityError:
		return frame.Seg{Text: "✗", Role: theme.Of(present.Danger)}
	case flows.SeverityWarning:
		return frame.Seg{Text: "▲", Role: theme.Of(present.Warn)}
	case flows.SeverityInfo:
		return frame.Seg{Text: "·", Role: theme.Of(present.Muted)}
	}
	return frame.Seg{Text: " "}
}

func (s *Walk) drawFindings(f *frame.Frame, focused bool) {
	all, titles, room := s.findings(), s.findingTitles(), s.findingRows()
	if room == 0 {
		return
	}
	m := s.layout.Main
	y := m.Y + m.H - room
	shown := min(len(all), room) // where each has its one row; where they have more all fit
	from := max(0, min(s.finding-shown+1, len(all)-shown))
	for i := range shown {
		at := from + i
		v := all[at]
		hint, spare := "", true // spare: left out where it does not fit, since the footer names the key
		switch rest := len(all) - from - shown; {
		case at == s.finding && v.Finding.Remedy != nil:
			hint = "  enter why · a fix it"
		case at == s.finding:
			hint = "  enter why"
		case i == shown-1 && rest > 0:
			hint, spare = fmt.Sprintf("  and %d more", rest), false
		case s.finding < 0 && i == 0:
			hint = "  f why"
		}
		box := frame.Rect{X: m.X, Y: y, W: m.W, H: len(titles[at])}
		s.hitBox.findings = append(s.hitBox.findings, box)
		for k, title := range titles[at] {
			line := frame.Blank(3)
			if k == 0 {
				line = frame.Line{{Text: " "}, severityMark(v.Finding.Severity), {Text: " "}}
			}
			line = append(line, title...)
			if k == box.H-1 {
				line = hinted(line, hint, spare, m.W-1)
			}
			line = line.Clip(m.W - 1).Fit(m.W)
			if at == s.finding && focused {
				line = append(frame.Line{{Text: "▌", Role: theme.Cursor}}, afterFirst(line).Select()...)
			}
			f.Put(m.X, y+k, m.W, line)
		}
		y += box.H
	}
}

// hinted puts a hint behind a line of at most w cells, and cuts the line for one that cannot
// be spared.
func hinted(line frame.Line, hint string, spare bool, w int) frame.Line {
	tail := frame.Of(hint, theme.Of(present.Muted))
	if spare && line.Width()+tail.Width() > w {
		return line
	}
	return append(line.Clip(w-tail.Width()), tail...)
}

// afterFirst is a line without its first cell.
func afterFirst(line frame.Line) frame.Line {
	_, rest := line.Split(1)
	return rest
}

func findingRole(s flows.Severity) theme.Role {
	switch s {
	case flows.SeverityError:
		return theme.Of(present.Danger)
	case flows.SeverityWarning:
		return theme.Of(present.Warn)
	}
	return theme.Of(present.Plain)
}
