package pane

import (
	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/theme"
)

type row = frame.Line

// Draw paints the window: exactly h lines of w cells. focused shows the cursor.
func (p *Pane) Draw(focused bool) []frame.Line {
	out := make([]frame.Line, 0, p.h)
	p.shown = p.shown[:0]
	skip := p.skip
	for i := p.top; i < p.len() && len(out) < p.h; i++ {
		line := p.lines.At(i)
		for k, r := range p.rowsOf(i) {
			if k < skip {
				continue
			}
			if len(out) == p.h {
				break
			}
			out = append(out, p.paintRow(line, r, k, focused && i == p.cursor))
			p.shown = append(p.shown, i)
		}
		skip = 0
	}
	for len(out) < p.h {
		out = append(out, frame.Blank(p.w))
		p.shown = append(p.shown, -1)
	}
	return out
}

func (p *Pane) paintRow(line present.Line, r row, k int, selected bool) frame.Line {
	mark := frame.Seg{Text: " "}
	switch {
	case k > 0 && line.Kind == present.Code:
		mark = frame.Seg{Text: "↳", Role: theme.Of(present.Muted)}
	case k > 0:
	case line.Finding > 0:
		mark = frame.Seg{Text: "▲", Role: theme.Of(present.Warn)}
	case line.Changed:
		mark = frame.Seg{Text: "≠", Role: theme.Of(present.Changed)}
	}
	if line.Kind == present.Heading {
		r = asHeading(r)
	}
	if !selected {
		return append(frame.Line{{Text: " "}, mark}, r...).Fit(p.w)
	}
	full := append(frame.Line{mark}, r...).Fit(p.w - 1).Select()
	for i := range full {
		if full[i].Role == theme.Match {
			full[i].Role = theme.MatchOn
		}
	}
	return append(frame.Line{{Text: "▌", Role: theme.Cursor}}, full...)
}

func asHeading(r row) row {
	out := make(row, len(r))
	for i, s := range r {
		if s.Role == theme.Of(present.Plain) {
			s.Role = theme.Title
		}
		out[i] = s
	}
	return out
}

// Rows is how many rows the content takes at the width at hand, counted up to limit.
func (p *Pane) Rows(limit int) int {
	n := 0
	for i := range p.len() {
		if n += len(p.rowsOf(i)); n >= limit {
			return max(1, limit)
		}
	}
	return max(1, n)
}
