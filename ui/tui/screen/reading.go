package screen

import (
	"fmt"
	"strings"
	"time"

	"oauthlens/ui/present"
	"oauthlens/ui/tui/keys"
	"oauthlens/ui/tui/pane"
)

// Move does the moving actions on a pane; handled tells that the action was one. moved
// is false when the pane was at its end.
func Move(p *pane.Pane, a keys.Action) (handled, moved bool) {
	moved = true
	switch a {
	case keys.Down:
		moved = p.Move(1)
	case keys.Up:
		moved = p.Move(-1)
	case keys.Top:
		p.Top()
	case keys.Bottom:
		p.Bottom()
	case keys.HalfDown:
		p.Page(1)
	case keys.HalfUp:
		p.Page(-1)
	default:
		return false, false
	}
	return true, moved
}

// Read does the actions of reading on a pane: copying, revealing, the next hit.
func readPane(p *pane.Pane, a keys.Action, title string, now time.Time) (w Wish, handled bool) {
	switch a {
	case keys.CopyValue:
		return copyOf(p.Value()), true
	case keys.CopyPane:
		return Copy{present.Copy{What: title, Text: p.All()}}, true
	case keys.Reveal:
		return reveal(p, now), true
	case keys.NextHit, keys.PrevHit:
		return nextHit(p, a), true
	}
	return nil, false
}

func copyOf(c present.Copy) Wish {
	if c.IsZero() {
		return Say{"nothing to copy on this line"}
	}
	return Copy{c}
}

func reveal(p *pane.Pane, now time.Time) Wish {
	switch has, shown := p.Reveal(now); {
	case !has:
		return Say{"no secret on this line: move to a masked value first"}
	case !shown:
		return Say{"hidden again"}
	}
	return Say{} // the status line counts the seconds by itself, and what stood there is over
}

func nextHit(p *pane.Pane, a keys.Action) Wish {
	if p.Query() == "" {
		return Say{"nothing is searched for: / starts a search"}
	}
	step := 1
	if a == keys.PrevHit {
		step = -1
	}
	if !p.NextHit(step) {
		return Say{fmt.Sprintf("no %q in this pane", p.Query())}
	}
	return Say{hitText(p)}
}

func hitText(p *pane.Pane) string {
	n, more := p.Hits()
	plural, over := "s", ""
	if n == 1 {
		plural = ""
	}
	if more {
		over = "more than "
	}
	return fmt.Sprintf("%q in %s%d line%s, n and N go on, an empty search ends it", p.Query(), over, n, plural)
}

// SearchPane searches in a pane and says what was found.
func SearchPane(p *pane.Pane, query string) string {
	if query == "" {
		p.Search("")
		return ""
	}
	if !p.Search(query) {
		return fmt.Sprintf("no %q in this pane", query)
	}
	return hitText(p)
}

// whyNoSecret is the reason why nothing can be revealed on a line.
func whyNoSecret(p *pane.Pane) string {
	l, ok := p.Current()
	if ok {
		for _, s := range l.Spans {
			if !s.Secret.IsZero() {
				return ""
			}
		}
		for _, c := range l.Cells {
			for _, s := range c {
				if !s.Secret.IsZero() {
					return ""
				}
			}
		}
	}
	return "no secret on this line: move to a masked value first"
}

// fileName is a name for a file from what it will hold.
func fileName(what string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(what) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '_':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 40 {
			break
		}
	}
	name := strings.Trim(b.String(), "-.")
	if name == "" {
		name = "value"
	}
	if !strings.Contains(name, ".") {
		name += ".txt"
	}
	return name
}
