package pane

import "oauthlens/ui/present"

// Scroll moves the window by n rows; the cursor stays inside of it.
func (p *Pane) Scroll(n int) {
	for ; n > 0; n-- {
		if !p.down() {
			break
		}
	}
	for ; n < 0; n++ {
		if !p.up() {
			break
		}
	}
	p.cursorIntoView()
}

func (p *Pane) down() bool {
	if top, skip := p.lastTop(); p.top > top || p.top == top && p.skip >= skip {
		return false
	}
	p.skip++
	if p.skip >= len(p.rowsOf(p.top)) {
		p.top, p.skip = p.top+1, 0
	}
	return true
}

func (p *Pane) up() bool {
	if p.skip > 0 {
		p.skip--
		return true
	}
	if p.top == 0 {
		return false
	}
	p.top--
	for p.top > 0 && len(p.rowsOf(p.top)) == 0 {
		p.top--
	}
	p.skip = max(0, len(p.rowsOf(p.top))-1)
	return true
}

// lastTop is the position at which the last row is at the bottom of the window. It looks
// at the lines of the last page only.
func (p *Pane) lastTop() (top, skip int) {
	rows := 0
	for i := p.len() - 1; i >= 0; i-- {
		rows += len(p.rowsOf(i))
		if rows >= p.h {
			return i, rows - p.h
		}
	}
	return 0, 0
}

// follow scrolls as little as needed to show the line under the cursor: all of it if it
// fits, its beginning if not.
func (p *Pane) follow() {
	if p.cursor < p.top || p.cursor == p.top && p.skip > 0 {
		p.top, p.skip = p.cursor, 0
		p.showHeadingAbove()
		return
	}
	rows := -p.skip
	for i := p.top; i <= p.cursor; i++ {
		rows += len(p.rowsOf(i))
		if rows-len(p.rowsOf(i)) > p.h*2 { // far below: place it from the bottom
			p.placeAtBottom()
			return
		}
	}
	for ; rows > p.h; rows-- {
		if p.top == p.cursor {
			break
		}
		p.skip++
		if p.skip >= len(p.rowsOf(p.top)) {
			p.top, p.skip = p.top+1, 0
		}
	}
}

// showHeadingAbove takes a heading and the gap above the cursor's line into view, so that
// the first line of a section does not stand alone at the top.
func (p *Pane) showHeadingAbove() {
	for p.top > 0 && p.cursor-p.top < p.h-1 {
		k := p.lines.At(p.top - 1).Kind
		if k != present.Heading && k != present.Gap {
			return
		}
		p.top--
	}
}

func (p *Pane) placeAtBottom() {
	rows := len(p.rowsOf(p.cursor))
	p.top, p.skip = p.cursor, 0
	for p.top > 0 && rows < p.h {
		p.top--
		rows += len(p.rowsOf(p.top))
	}
	p.skip = max(0, rows-p.h)
	if p.top == p.cursor {
		p.skip = 0
	}
}

// cursorIntoView moves the cursor to the nearest line of the window that can hold it.
func (p *Pane) cursorIntoView() {
	first, last := p.top, p.lastVisible()
	if p.cursor >= first && p.cursor <= last {
		return
	}
	at, step := first-1, 1
	if p.cursor > last {
		at, step = last+1, -1
	}
	if next := p.nextStop(at, step); next >= first && next <= last {
		p.cursor = next
	}
}

// lastVisible is the last line of which a row is in the window.
func (p *Pane) lastVisible() int {
	rows := -p.skip
	i := p.top
	for ; i < p.len(); i++ {
		rows += len(p.rowsOf(i))
		if rows >= p.h {
			return i
		}
	}
	return max(0, i-1)
}

// clamp brings cursor and window back into a content or a size that changed.
func (p *Pane) clamp() {
	n := p.len()
	if n == 0 || p.w <= 0 || p.h <= 0 {
		p.cursor, p.top, p.skip = max(0, min(p.cursor, n-1)), max(0, min(p.top, n-1)), 0
		return
	}
	p.cursor = max(0, min(p.cursor, n-1))
	p.top = max(0, min(p.top, n-1))
	p.skip = max(0, min(p.skip, len(p.rowsOf(p.top))-1))
	if top, skip := p.lastTop(); p.top > top || p.top == top && p.skip > skip {
		p.top, p.skip = top, skip
	}
	if k := p.lines.At(p.cursor).Kind; k == present.Gap || k == present.Heading {
		next := p.nextStop(p.cursor, 1)
		if next == p.cursor {
			next = p.nextStop(p.cursor, -1)
		}
		p.cursor = next
	}
	p.follow()
}
