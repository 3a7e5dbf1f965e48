// Package frame is the paper that everything on screen is drawn on: lines made of
// segments, each a piece of text with a role. Screens, panes and overlays draw segments;
// only [Frame.String] turns them into escape sequences, once, at the end.
//
// Two promises are kept here for everybody: no text reaches the terminal unless package
// visible would leave it as it is, and no line is wider than the frame.
package frame

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"oauthlens/flows/visible"
	"oauthlens/ui/tui/theme"
)

// Seg is a run of text in one role.
type Seg struct {
	Text string // made visible by Make; never with a line break
	Role theme.Role
	Link string // the whole URL that it stands for, for terminals that open links
	// Selected paints the role on the background of the selected row.
	Selected bool
}

// Make is a segment of any text, made visible.
func Make(text string, role theme.Role) Seg { return Seg{Text: visible.Line(text), Role: role} }

// Line is a row of segments.
type Line []Seg

// Of is a line of one segment.
func Of(text string, role theme.Role) Line { return Line{Make(text, role)} }

// Width is the number of cells that a text takes. Zero-width and control characters do
// not occur in visible text, so that terminals agree about it.
func Width(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] > 0x7e {
			return ansi.StringWidthWc(s)
		}
	}
	return len(s)
}

// Width is the number of cells of the line.
func (l Line) Width() int {
	n := 0
	for _, s := range l {
		n += Width(s.Text)
	}
	return n
}

// String is the text without styles.
func (l Line) String() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Fit makes the line exactly w cells wide: cut with an ellipsis, or filled with blanks
// in the role of its end.
func (l Line) Fit(w int) Line {
	have := l.Width()
	if have == w {
		return l
	}
	if have < w {
		return append(l[:len(l):len(l)], Seg{Text: blanks(w - have), Selected: len(l) > 0 && l[len(l)-1].Selected})
	}
	return l.Clip(w)
}

// Clip cuts the line to at most w cells; the last cell of a cut line is an ellipsis.
func (l Line) Clip(w int) Line {
	if l.Width() <= w {
		return l
	}
	if w <= 0 {
		return nil
	}
	head, _ := l.Split(w - 1)
	role, selected := theme.Role(0), false
	if len(head) > 0 {
		role, selected = head[len(head)-1].Role, head[len(head)-1].Selected
	}
	head = append(head, Seg{Text: "…", Role: role, Selected: selected})
	return head.Fit(w)
}

// Split cuts the line after at most w cells. A wide character that would be cut in two
// goes to the tail.
func (l Line) Split(w int) (head, tail Line) {
	for i, s := range l {
		n := Width(s.Text)
		if n <= w {
			w -= n
			continue
		}
		k := bytesWithin(s.Text, w)
		a, b := s, s
		a.Text, b.Text = s.Text[:k], s.Text[k:]
		head = append(l[:i:i], a)
		if k == 0 {
			head = l[:i:i]
		}
		return head, append(Line{b}, l[i+1:]...)
	}
	return l, nil
}

// bytesWithin is the length of the longest prefix of at most w cells.
func bytesWithin(s string, w int) int {
	cells := 0
	for i, r := range s {
		n := 1
		if r > 0x7e {
			n = ansi.StringWidthWc(string(r))
		}
		if cells+n > w {
			return i
		}
		cells += n
	}
	return len(s)
}

// Select returns the line as the selected row.
func (l Line) Select() Line {
	out := make(Line, len(l))
	for i, s := range l {
		s.Selected = true
		out[i] = s
	}
	return out
}

func blanks(n int) string { return strings.Repeat(" ", max(0, n)) }

// Blank is a line of n blanks.
func Blank(n int) Line { return Line{{Text: blanks(n)}} }

// Rect is a rectangle in cells.
type Rect struct{ X, Y, W, H int }

// Empty tells that the rectangle has no cell.
func (r Rect) Empty() bool { return r.W <= 0 || r.H <= 0 }

// Contains tells whether the cell lies in the rectangle.
func (r Rect) Contains(x, y int) bool {
	return x >= r.X && x < r.X+r.W && y >= r.Y && y < r.Y+r.H
}

// Frame is the whole screen.
type Frame struct {
	w, h  int
	lines []Line
}

// New is an empty frame.
func New(w, h int) *Frame {
	return &Frame{w: max(0, w), h: max(0, h), lines: make([]Line, max(0, h))}
}

// Size returns the width and the height.
func (f *Frame) Size() (w, h int) { return f.w, f.h }

// usualPuts is the room for what is put onto a row after the first time.
const usualPuts = 6

// Put draws the line at x, y, clipped to w cells and filled up to w; what lay there is
// gone. Cells outside of the frame are ignored.
func (f *Frame) Put(x, y, w int, l Line) {
	if y < 0 || y >= f.h || x < 0 || x >= f.w {
		return
	}
	w = min(w, f.w-x)
	if w <= 0 {
		return
	}
	l = l.Fit(w)
	old := f.lines[y] // it is the frame's own
	oldWidth := old.Width()
	if x >= oldWidth {
		if old == nil {
			old = make(Line, 0, len(l)+usualPuts)
		}
		if x > oldWidth {
			old = append(old, Seg{Text: blanks(x - oldWidth)})
		}
		f.lines[y] = append(old, l...)
		return
	}
	out := make(Line, 0, len(old)+len(l)+usualPuts)
	out = old.appendBefore(out, x)
	if gap := x - out.Width(); gap > 0 { // a wide character was cut
		out = append(out, Seg{Text: blanks(gap)})
	}
	f.lines[y] = old.appendFrom(append(out, l...), x+w)
}

// appendBefore appends the cells before x to out, without a wide character that ends behind.
func (l Line) appendBefore(out Line, x int) Line {
	for _, s := range l {
		n := Width(s.Text)
		if n > x {
			if s.Text = s.Text[:bytesWithin(s.Text, x)]; s.Text != "" {
				out = append(out, s)
			}
			return out
		}
		out = append(out, s)
		x -= n
	}
	return out
}

// appendFrom appends the cells from x on to out; of a wide character that begins before, a
// blank.
func (l Line) appendFrom(out Line, x int) Line {
	for _, s := range l {
		n := Width(s.Text)
		if n <= x {
			x -= n
			continue
		}
		k := bytesWithin(s.Text, x)
		if Width(s.Text[:k]) < x {
			_, wide := utf8.DecodeRuneInString(s.Text[k:])
			s.Text = " " + s.Text[k+wide:]
		} else {
			s.Text = s.Text[k:]
		}
		out, x = append(out, s), 0
	}
	return out
}

// PutLines draws lines from the top of the rectangle; what is left of it becomes blank.
func (f *Frame) PutLines(r Rect, lines []Line) {
	for i := range r.H {
		var l Line
		if i < len(lines) {
			l = lines[i]
		}
		f.Put(r.X, r.Y+i, r.W, l)
	}
}

// Dim paints the lines from row from up to row to in the role of what lies below an
// overlay.
func (f *Frame) Dim(from, to int) {
	for y := max(0, from); y < min(to, f.h); y++ {
		line := make(Line, len(f.lines[y]))
		for i, s := range f.lines[y] {
			line[i] = Seg{Text: s.Text, Role: theme.Below}
		}
		f.lines[y] = line
	}
}

// Row is the line of a row; nil outside of the frame.
func (f *Frame) Row(y int) Line {
	if y < 0 || y >= f.h {
		return nil
	}
	return f.lines[y]
}

// Text is the frame without styles, blanks at the end of lines removed.
func (f *Frame) Text() string {
	var b strings.Builder
	for i, l := range f.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.TrimRight(l.String(), " "))
	}
	return b.String()
}

// String is the frame with escape sequences, as the renderer takes it.
func (f *Frame) String(t *theme.Theme) string {
	var b strings.Builder
	b.Grow(f.w * f.h * 2)
	for i, l := range f.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		l.Clip(f.w).paint(&b, t)
	}
	return b.String()
}

func (l Line) paint(b *strings.Builder, t *theme.Theme) {
	for _, s := range l {
		if s.Text == "" {
			continue
		}
		on := t.On(s.Role, s.Selected)
		if s.Link != "" && visible.Clean(s.Link) {
			b.WriteString(ansi.SetHyperlink(s.Link))
		}
		b.WriteString(on)
		if visible.Clean(s.Text) {
			b.WriteString(s.Text)
		} else {
			b.WriteString(visible.Line(s.Text))
		}
		if on != "" {
			b.WriteString("\x1b[m")
		}
		if s.Link != "" && visible.Clean(s.Link) {
			b.WriteString(ansi.ResetHyperlink())
		}
	}
}
