package pane

import (
	"strings"
	"time"

	"oauthlens/flows/visible"
	"oauthlens/ui/present"
)

// maxHits bounds the counting of search hits.
const maxHits = 2000

// Search looks for a text without regard to case, marks it everywhere and moves to the
// first line at or after the cursor that has it. An empty query ends the search. It
// returns whether there is any hit.
func (p *Pane) Search(query string) bool {
	p.typed, p.query = query, fold(visible.Line(query))
	p.forget()
	p.count()
	if p.query == "" || p.hits == 0 {
		return p.query == ""
	}
	if !p.has(p.cursor) {
		p.NextHit(1)
	}
	return true
}

// Query is the text looked for, empty if none.
func (p *Pane) Query() string { return p.typed }

// Hits is the number of lines that have the text looked for; more tells that counting
// stopped there.
func (p *Pane) Hits() (n int, more bool) { return p.hits, p.hitsOver }

func (p *Pane) count() {
	p.hits, p.hitsOver = 0, false
	if p.query == "" {
		return
	}
	for i := range p.len() {
		if p.has(i) {
			if p.hits == maxHits {
				p.hitsOver = true
				return
			}
			p.hits++
		}
	}
}

func (p *Pane) has(i int) bool {
	if p.query == "" || i < 0 || i >= p.len() {
		return false
	}
	l := p.lines.At(i)
	in := func(s string) bool { return strings.Contains(fold(visible.Line(s)), p.query) }
	if in(l.Label) || in(l.Note) || in(spansText(l.Spans)) {
		return true
	}
	for _, c := range l.Cells {
		if in(spansText(c)) {
			return true
		}
	}
	return false
}

// NextHit moves to the next line with a hit in a direction (1 or -1), around the end.
// It returns false if there is none.
func (p *Pane) NextHit(step int) bool {
	n := p.len()
	for k := 1; k <= n; k++ {
		i := ((p.cursor+k*step)%n + n) % n
		if p.has(i) {
			p.cursor = i
			p.follow()
			return true
		}
	}
	return false
}

// NextSuspicious moves to the next suspicious difference in a direction (1 or -1); around
// the end only where that is wished. It returns false if there is none.
func (p *Pane) NextSuspicious(step int, around bool) bool {
	n := p.len()
	for k := 1; k <= n; k++ {
		i := p.cursor + k*step
		if !around && (i < 0 || i >= n) {
			return false
		}
		if i = (i%n + n) % n; p.lines.At(i).Suspicious {
			p.cursor = i
			p.follow()
			return true
		}
	}
	return false
}

// ToSuspicious moves to the first suspicious difference, or to the last.
func (p *Pane) ToSuspicious(last bool) bool {
	step := 1
	p.cursor = -1
	if last {
		step, p.cursor = -1, p.len()
	}
	if p.NextSuspicious(step, false) {
		return true
	}
	p.Top()
	return false
}

// ToOutgoing moves to the request that would be sent now, with its heading at the top of the
// window if not all of the pane fits. It returns false if there is none.
func (p *Pane) ToOutgoing() bool {
	for i := range p.len() {
		if !p.lines.At(i).Outgoing {
			continue
		}
		p.top, p.skip = i, 0
		if top, skip := p.lastTop(); top < i {
			p.top, p.skip = top, skip
		}
		p.cursor = p.nextStop(i, 1)
		return true
	}
	return false
}

// HidesOutgoing tells that the request that would be sent now begins outside of the window.
func (p *Pane) HidesOutgoing() bool {
	for i := range p.len() {
		if p.lines.At(i).Outgoing {
			return i < p.top || i >= p.lastVisible()
		}
	}
	return false
}

// To moves to the first line that is wanted. It returns false if there is none.
func (p *Pane) To(wanted func(present.Line) bool) bool {
	for i := range p.len() {
		if wanted(p.lines.At(i)) {
			p.cursor = i
			p.follow()
			return true
		}
	}
	return false
}

// RevealFor is how long a secret stays visible.
const RevealFor = 10 * time.Second

// Reveal shows the secrets of the line under the cursor until now plus [RevealFor], or
// hides them if they are shown. It returns whether the line has a secret, and whether it
// is shown now.
func (p *Pane) Reveal(now time.Time) (has, shown bool) {
	l, ok := p.Current()
	if !ok || !hasSecret(l) {
		return false, false
	}
	if p.reveal == p.cursor {
		p.Hide()
		return true, false
	}
	p.Hide()
	p.reveal, p.revealUntil = p.cursor, now.Add(RevealFor)
	delete(p.cache, p.cursor)
	return true, true
}

// Hide masks what was revealed.
func (p *Pane) Hide() {
	delete(p.cache, p.reveal)
	p.reveal = -1
	p.clamp()
}

// Revealing tells until when a secret is shown.
func (p *Pane) Revealing() (until time.Time, ok bool) {
	return p.revealUntil, p.reveal >= 0 && !p.revealUntil.IsZero()
}

// Tick masks what was revealed when its time is over, also if the clock was set back
// meanwhile; true if something changed.
func (p *Pane) Tick(now time.Time) bool {
	if until, ok := p.Revealing(); ok && (!now.Before(until) || until.Sub(now) > RevealFor+time.Second) {
		p.Hide()
		p.revealUntil = time.Time{}
		return true
	}
	return false
}

func (p *Pane) revealed(i int) bool { return i == p.reveal && !p.revealUntil.IsZero() }

func hasSecret(l present.Line) bool {
	for _, s := range l.Spans {
		if !s.Secret.IsZero() {
			return true
		}
	}
	for _, c := range l.Cells {
		for _, s := range c {
			if !s.Secret.IsZero() {
				return true
			}
		}
	}
	return false
}
