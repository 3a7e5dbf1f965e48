package pane

import (
	"strings"

	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/theme"
)

// Bounds of the layout, in cells or lines.
const (
	alignWithin = 300 // how far lines look for the neighbours that they align with
	maxLabel    = 38
	minNote     = 16  // a narrower third column goes below the value
	maxProse    = 110 // longer lines of prose are hard to read
	columnGap   = 2
	grid        = 2  // label columns of neighbouring sections mostly end at the same cell
	onGrid      = 60 // in narrower panes every cell counts
	maxCached   = 4096
	stackBelow  = 88 // a table with heads that does not fit is stacked in a narrower pane
)

// columns are the columns of Row lines that stand together.
type columns struct {
	label int // cells of the label column, gap included
	note  int // offset of the third column from the value column; 0: notes go below
}

// rowsOf wraps line i.
func (p *Pane) rowsOf(i int) []frame.Line {
	if rows, ok := p.cache[i]; ok {
		return rows
	}
	if len(p.cache) > maxCached {
		clear(p.cache)
	}
	line := p.lines.At(i)
	rows := p.layout(i, line)
	if len(rows) == 0 && !isHead(line) { // a head has no row where each cell stands behind its own
		rows = []frame.Line{nil}
	}
	p.cache[i] = rows
	return rows
}

func (p *Pane) layout(i int, line present.Line) []frame.Line {
	indent := 2 * line.Indent
	w := max(4, p.textWidth()-indent)
	revealed := p.revealed(i)
	switch line.Kind {
	case present.Gap:
		return []frame.Line{nil}
	case present.Row:
		return p.layoutRow(i, line, revealed)
	case present.Table:
		return p.layoutTable(i, line, revealed)
	case present.Code:
		return indented(p.noted(wrapCode(p.segs(line.Spans, revealed, line.Off), w), line.Note, w), indent)
	}
	w = min(w, maxProse)
	return indented(p.noted(hanging(p.segs(line.Spans, revealed, line.Off), w), line.Note, w), indent)
}

// noted puts a remark behind the last row, or below it where there is no room.
func (p *Pane) noted(rows []frame.Line, note string, w int) []frame.Line {
	if note == "" {
		return rows
	}
	text := p.mark(frame.Of(note, theme.Of(present.Muted)))
	end := len(rows) - 1
	if n := rows[end].Width(); n+columnGap+text.Width() <= w {
		rows[end] = append(rows[end].Fit(n+columnGap), text...)
		return rows
	}
	return append(rows, wrapWords(text, w)...)
}

// hanging wraps prose; after a bullet or a verdict the rows that follow stand under the
// text, not under the glyph, and in a tree beside its trunk.
func hanging(l frame.Line, w int) []frame.Line {
	text := l.String()
	if n := frame.Width(text[:len(text)-len(strings.TrimLeft(text, "│├└─ "))]); strings.ContainsAny(text, "├└") && n > 0 && n < w/2 {
		head, tail := l.Split(n)
		rows := wrapWords(tail, w-n-2)
		trunk := frame.Of(strings.NewReplacer("├", "│", "└", " ", "─", " ").Replace(head.String())+"  ", theme.Of(present.Muted))
		for i, r := range rows {
			lead := trunk
			if i == 0 {
				lead = head
			}
			rows[i] = append(lead[:len(lead):len(lead)], r...)
		}
		return rows
	}
	for _, bullet := range []string{"· ", "✓ ", "✗ ", "▲ ", "● ", "○ ", "– "} {
		if strings.HasPrefix(text, bullet) && w > 12 {
			head, tail := l.Split(2)
			rows := wrapWords(tail, w-2)
			for i, r := range rows {
				lead := frame.Blank(2)
				if i == 0 {
					lead = head
				}
				rows[i] = append(lead[:len(lead):len(lead)], r...)
			}
			return rows
		}
	}
	return wrapWords(l, w)
}

func indented(rows []frame.Line, n int) []frame.Line {
	if n == 0 {
		return rows
	}
	for i, r := range rows {
		rows[i] = append(frame.Blank(n), r...)
	}
	return rows
}

// segs turns spans into segments, with secrets as masks unless they are revealed.
func (p *Pane) segs(spans []present.Span, revealed, off bool) frame.Line {
	out := make(frame.Line, 0, len(spans))
	for _, s := range spans {
		text := s.Text
		if revealed && !s.Secret.IsZero() {
			text = s.Secret.RevealSecret()
		}
		seg := frame.Make(text, theme.Of(s.Tone))
		seg.Link = s.Link
		if off {
			seg.Role = theme.Off
		}
		out = append(out, seg)
	}
	return p.mark(out)
}

func (p *Pane) mark(l frame.Line) frame.Line { return highlight(l, p.query, theme.Match) }

func (p *Pane) layoutRow(i int, line present.Line, revealed bool) []frame.Line {
	c := p.columnsAt(i)
	labelRole := theme.Of(present.Label)
	if line.Off {
		labelRole = theme.Off
	}
	label := append(frame.Blank(2*line.Indent), p.mark(frame.Of(line.Label, labelRole))...)
	w := max(4, p.textWidth()-c.label)
	value := p.segs(line.Spans, revealed, line.Off)
	note := p.mark(frame.Of(line.Note, theme.Of(present.Muted)))
	var rows []frame.Line
	switch valueCells := value.Width(); {
	case line.Note == "":
		rows = wrapWords(value, w)
	case valueCells == 0:
		rows = wrapWords(note, w)
	case c.note > 0 && valueCells <= c.note-columnGap:
		rows = beside(value, wrapWords(note, w-c.note), c.note)
	case c.note == 0 && valueCells+columnGap+note.Width() <= w:
		rows = beside(value, []frame.Line{note}, valueCells+columnGap)
	default:
		rows = append(wrapWords(value, w), wrapWords(note, w)...)
	}
	for k, r := range rows {
		head := frame.Blank(c.label)
		if k == 0 {
			head = label.Fit(c.label - columnGap)
			head = append(head[:len(head):len(head)], frame.Blank(columnGap)...)
		}
		rows[k] = append(head, r...)
	}
	return rows
}

// beside puts rows of a second column beside a first column of one row.
func beside(first frame.Line, second []frame.Line, at int) []frame.Line {
	out := make([]frame.Line, len(second))
	for i, s := range second {
		head := frame.Blank(at)
		if i == 0 {
			head = first.Fit(at)
		}
		out[i] = append(head[:len(head):len(head)], s...)
	}
	return out
}

// columnsAt finds the columns that line i shares with its section.
func (p *Pane) columnsAt(i int) columns {
	from, to := p.section(i)
	if c, ok := p.columns[from]; ok {
		return c
	}
	c := p.measure(from, to)
	p.columns[from] = c
	return c
}

func (p *Pane) measure(from, to int) columns {
	var c columns
	width := p.textWidth()
	for k := from; k < to; k++ {
		if l := p.lines.At(k); l.Kind == present.Row {
			c.label = max(c.label, 2*l.Indent+frame.Width(frame.Make(l.Label, 0).Text))
		}
	}
	c.label = min(c.label, maxLabel, max(8, width/2)) + columnGap
	if width >= onGrid {
		c.label = (c.label + grid - 1) / grid * grid
	}
	room := width - c.label
	widest, whole, note := 0, 0, 0
	for k := from; k < to; k++ {
		l := p.lines.At(k)
		if l.Kind != present.Row || l.Note == "" {
			continue
		}
		n := spansWidth(l.Spans)
		if whole, note = max(whole, n), max(note, frame.Width(frame.Make(l.Note, 0).Text)); n <= room*11/20 {
			widest = max(widest, n)
		}
	}
	if whole+columnGap+1+note <= room { // every note stands in one column, on one row
		widest = whole
	}
	if at := widest + columnGap + 1; widest > 0 && room-at >= min(minNote, note) {
		c.note = at
	}
	return c
}

func spansWidth(spans []present.Span) int {
	n := 0
	for _, s := range spans {
		n += frame.Width(frame.Make(s.Text, 0).Text)
	}
	return n
}

// section is the range of lines between two headings around line i.
func (p *Pane) section(i int) (from, to int) {
	from, to = i, i+1
	for from > 0 && i-from < alignWithin && p.lines.At(from-1).Kind != present.Heading {
		from--
	}
	for to < p.lines.Len() && to-i < alignWithin && p.lines.At(to).Kind != present.Heading {
		to++
	}
	return from, to
}

func (p *Pane) layoutTable(i int, line present.Line, revealed bool) []frame.Line {
	from, to := p.section(i)
	widths, ok := p.tables[from]
	if !ok {
		widths = p.tableWidths(from, to)
		p.tables[from] = widths
	}
	indent := 2 * line.Indent
	if line.Heads != nil && p.textWidth() < stackBelow && p.squeezed(from, to, widths) {
		return p.stacked(line, revealed)
	}
	var rows []frame.Line
	at := indent
	for k, cell := range line.Cells {
		if k >= len(widths) {
			break
		}
		for r, part := range wrapWords(p.segs(cell, revealed, line.Off), widths[k]) {
			if r == len(rows) {
				rows = append(rows, nil)
			}
			rows[r] = append(rows[r].Fit(at), part...)
		}
		at += widths[k] + columnGap
	}
	return rows
}

// squeezed tells that a table had to be made narrower than its cells.
func (p *Pane) squeezed(from, to int, widths []int) bool {
	for k := from; k < to; k++ {
		if l := p.lines.At(k); l.Kind == present.Table {
			for c, cell := range l.Cells {
				if c < len(widths) && spansWidth(cell) > widths[c] {
					return true
				}
			}
		}
	}
	return false
}

// stacked puts the cells of a row one below the other, each behind its head.
func (p *Pane) stacked(line present.Line, revealed bool) []frame.Line {
	at := 0
	for _, h := range line.Heads {
		at = max(at, frame.Width(frame.Make(h, 0).Text))
	}
	indent := 2*line.Indent + 2
	if isHead(line) {
		return nil
	}
	var rows []frame.Line
	for k, cell := range line.Cells {
		if k == 0 {
			rows = append(rows, indented(wrapWords(p.segs(cell, revealed, line.Off), p.textWidth()-2*line.Indent), 2*line.Indent)...)
			continue
		}
		head := frame.Line(nil)
		if k < len(line.Heads) {
			head = p.mark(frame.Of(line.Heads[k], theme.Of(present.Label)))
		}
		for r, part := range wrapWords(p.segs(cell, revealed, line.Off), max(4, p.textWidth()-indent-at-columnGap)) {
			lead := frame.Blank(at + columnGap)
			if r == 0 {
				lead = head.Fit(at + columnGap)
			}
			rows = append(rows, append(append(frame.Blank(indent), lead...), part...))
		}
	}
	return rows
}

// tableWidths are the widths of the columns of a table: as wide as their widest cell,
// the widest made narrower until the row fits.
func (p *Pane) tableWidths(from, to int) []int {
	var widths []int
	indent := 0
	for k := from; k < to; k++ {
		l := p.lines.At(k)
		if l.Kind != present.Table {
			continue
		}
		indent = max(indent, 2*l.Indent)
		for c, cell := range l.Cells {
			if c == len(widths) {
				widths = append(widths, 0)
			}
			widths[c] = max(widths[c], spansWidth(cell), 1)
		}
	}
	room := p.textWidth() - indent - columnGap*max(0, len(widths)-1)
	for sum(widths) > room {
		widest := 0
		for c := range widths {
			if widths[c] > widths[widest] {
				widest = c
			}
		}
		if widths[widest] <= 6 {
			break
		}
		widths[widest]--
	}
	return widths
}

func sum(ns []int) (total int) {
	for _, n := range ns {
		total += n
	}
	return total
}

// plain is the text of a line as it is copied: the label, the value, the remark.
func plain(l present.Line) string {
	var parts []string
	if l.Label != "" {
		parts = append(parts, l.Label)
	}
	if v := spansText(l.Spans); v != "" {
		parts = append(parts, v)
	}
	for _, c := range l.Cells {
		parts = append(parts, spansText(c))
	}
	if l.Note != "" {
		parts = append(parts, l.Note)
	}
	return strings.Repeat("  ", l.Indent) + strings.Join(parts, "  ")
}

func spansText(spans []present.Span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text)
	}
	return b.String()
}
