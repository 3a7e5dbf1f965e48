// Package pane is the scrolling text of every screen: lines of package present, wrapped
// to the width at hand, with a cursor on one line, a search, and secrets that show
// themselves for a while.
//
// Only what is seen is made, wrapped and painted. A body of a megabyte scrolls as fast as
// a page, and the end of it is reached from the end.
package pane

import (
	"strings"
	"time"

	"oauthlens/ui/present"
)

// gutter is the number of cells left of the text: the bar of the cursor, a mark.
const gutter = 2

// Pane is a scrolling view of lines. The zero Pane is empty; use [Pane.Show] and
// [Pane.Resize] before drawing.
type Pane struct {
	lines present.Lines
	w, h  int

	top    int // first visible line
	skip   int // rows of it that are above the window
	cursor int

	query    string // folded
	typed    string // as typed
	hits     int
	hitsOver bool // there are more than were counted

	reveal      int // line whose secrets are shown, -1: none
	revealUntil time.Time

	cache   map[int][]row
	columns map[int]columns
	tables  map[int][]int
	shown   []int // line of each painted row, for the mouse
}

// Show sets the content. keep leaves cursor and scroll where they are, as far as the new
// content reaches.
func (p *Pane) Show(lines present.Lines, keep bool) {
	if lines == nil {
		lines = present.List(nil)
	}
	was, had := p.Current()
	p.lines = lines
	p.forget()
	if keep && had {
		p.stayAt(was)
	}
	if !keep {
		p.top, p.skip, p.cursor = 0, 0, 0
		p.reveal = -1
		p.cursor = p.nextStop(-1, 1)
		if p.query != "" {
			p.count()
		}
	}
	p.clamp()
}

// stayAt keeps the cursor on the row that it was on, where rows came or went above it.
func (p *Pane) stayAt(was present.Line) {
	const near = 12 // lines; a row of that name further away is another one
	if was.Label == "" || p.labelled(p.cursor, was.Label) {
		return
	}
	for d := 1; d <= near; d++ {
		for _, i := range []int{p.cursor - d, p.cursor + d} {
			if p.labelled(i, was.Label) {
				p.cursor = i
				return
			}
		}
	}
}

func (p *Pane) labelled(i int, label string) bool {
	return i >= 0 && i < p.len() && p.lines.At(i).Label == label
}

// Resize sets the size in cells.
func (p *Pane) Resize(w, h int) {
	if w == p.w && h == p.h {
		return
	}
	if w != p.w {
		p.skip = 0
	}
	p.w, p.h = w, h
	p.forget()
	p.clamp()
}

// manyLines is how many lines are worth forgetting.
const manyLines = 1000

// Rest frees what only a pane that is seen needs: the rows that its lines are wrapped to. An
// old content, which [Pane.Show] replaces before it is seen again, goes too if it is long.
func (p *Pane) Rest(old bool) {
	if len(p.cache) > 0 {
		p.forget()
	}
	if old && p.len() > manyLines {
		p.lines = nil
	}
}

func (p *Pane) forget() {
	p.cache, p.columns, p.tables = map[int][]row{}, map[int]columns{}, map[int][]int{}
}

func (p *Pane) textWidth() int { return max(1, p.w-gutter) }

func (p *Pane) len() int {
	if p.lines == nil {
		return 0
	}
	return p.lines.Len()
}

// Current is the line under the cursor.
func (p *Pane) Current() (present.Line, bool) {
	if p.cursor < 0 || p.cursor >= p.len() {
		return present.Line{}, false
	}
	return p.lines.At(p.cursor), true
}

// Cursor is the number of the line under the cursor, from 0.
func (p *Pane) Cursor() int { return p.cursor }

// Len is the number of lines.
func (p *Pane) Len() int { return p.len() }

// Value is what y copies: the whole value of the line under the cursor; zero where there is
// none.
func (p *Pane) Value() present.Copy {
	l, ok := p.Current()
	if !ok || l.Absent {
		return present.Copy{}
	}
	if !l.Copy.IsZero() {
		return l.Copy
	}
	what := l.Label
	if what == "" {
		what = "the line"
	}
	text := spansText(l.Spans)
	if text == "" {
		text = plain(l)
	}
	return present.Copy{What: what, Text: text}
}

// maxCopy bounds what Y copies, in bytes.
const maxCopy = 4 << 20

// All is what Y copies: the text of the pane, unwrapped, with secrets masked.
func (p *Pane) All() string {
	var b strings.Builder
	for i := range p.len() {
		b.WriteString(plain(p.lines.At(i)))
		b.WriteByte('\n')
		if b.Len() > maxCopy {
			break
		}
	}
	return b.String()
}

// Move moves the cursor by n lines that can hold it; false if it stands at the end
// already.
func (p *Pane) Move(n int) bool {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	at := p.cursor
	for range n {
		next := p.nextStop(at, step)
		if next == at {
			break
		}
		at = next
	}
	if at == p.cursor {
		return p.scrollToEdge(step)
	}
	p.cursor = at
	p.follow()
	return true
}

// scrollToEdge shows what lies beyond the last line that can hold the cursor, or the
// rest of a line that is taller than the window.
func (p *Pane) scrollToEdge(step int) bool {
	top, skip := p.top, p.skip
	p.Scroll(step)
	return top != p.top || skip != p.skip
}

// nextStop is the next line in a direction that can hold the cursor; at itself if there
// is none.
func (p *Pane) nextStop(at, step int) int {
	for i := at + step; i >= 0 && i < p.len(); i += step {
		if l := p.lines.At(i); l.Kind != present.Gap && l.Kind != present.Heading && !isHead(l) {
			return i
		}
	}
	return max(0, at)
}

// isHead tells that a line is the head of a table, with the names of its columns.
func isHead(l present.Line) bool {
	return l.Kind == present.Table && l.Heads != nil && len(l.Cells) > 0 && spansWidth(l.Cells[0]) == 0
}

// Page moves by a fraction of the window: half pages for ctrl+d and ctrl+u.
func (p *Pane) Page(half int) {
	n := max(1, p.h/2)
	p.Scroll(half * n)
	p.Move(half * n)
}

// Top moves to the first line, Bottom to the last.
func (p *Pane) Top() {
	p.top, p.skip = 0, 0
	p.cursor = p.nextStop(-1, 1)
}

// Bottom moves to the last line.
func (p *Pane) Bottom() {
	p.cursor = max(0, p.len()-1)
	p.cursor = p.nextStop(p.len(), -1)
	p.top, p.skip = p.lastTop()
}

// Click moves the cursor to the line painted at row y; false if there is none.
func (p *Pane) Click(y int) bool {
	if y < 0 || y >= len(p.shown) || p.shown[y] < 0 {
		return false
	}
	if k := p.lines.At(p.shown[y]).Kind; k == present.Gap || k == present.Heading {
		return false
	}
	p.cursor = p.shown[y]
	return true
}
