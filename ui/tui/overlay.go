package tui

import (
	"strings"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/screen"
	"oauthlens/ui/tui/theme"
)

// overlay is something on top of the screen that takes the keys until it is closed. The
// topmost of the stack has them.
type overlay interface {
	draw(f *frame.Frame)
	// dims tells that what lies below is painted faint.
	dims() bool
	// key takes a key; text is what it types. closed takes the overlay from the stack
	// before the wish is fulfilled.
	key(name, text string) (wish screen.Wish, closed bool)
	paste(text string) (fits bool)
	click(x, y int) screen.Wish
	wheel(n int)
}

// noInput is embedded by overlays that take neither paste nor mouse, and dim what is
// below.
type noInput struct{}

func (noInput) paste(string) bool          { return true }
func (noInput) click(int, int) screen.Wish { return nil }
func (noInput) wheel(int)                  {}
func (noInput) dims() bool                 { return true }

// boxed is embedded by overlays that stand in a box: the hints in its lower border are
// buttons, and so is what lies around it, for those that nothing was typed into.
type boxed struct {
	outer frame.Rect
	hint  string
}

// stands takes where the box was drawn, by its inside, and with which hints.
func (b *boxed) stands(inside frame.Rect, hint string) {
	b.outer = frame.Rect{X: inside.X - 2, Y: inside.Y - 1, W: inside.W + 4, H: inside.H + 2}
	b.hint = hint
}

// keyAt is the key of the hint at a cell; empty: there is none.
func (b *boxed) keyAt(x, y int) string {
	if y != b.outer.Y+b.outer.H-1 {
		return ""
	}
	at := b.outer.X + len("+- ") // the corner, and the line to the hints
	for hint := range strings.SplitSeq(b.hint, hintGap) {
		w := frame.Width(hint)
		if x >= at && x < at+w && at+w < b.outer.X+b.outer.W {
			key, _, _ := strings.Cut(hint, " ")
			return key
		}
		at += w + len(hintGap)
	}
	return ""
}

// around tells that a cell lies outside of the box.
func (b *boxed) around(x, y int) bool { return !b.outer.Empty() && !b.outer.Contains(x, y) }

// box draws an empty box of w by h cells, border included, over the middle of the screen and
// returns its inside. The hint stands in the lower border.
func box(f *frame.Frame, title, hint string, w, h int) frame.Rect {
	return boxAt(f, title, hint, "", w, h)
}

// thinMargin is the width in cells under which what is left of the screen beside a box is
// no context any more, but the ends of torn words.
const thinMargin = 10

// boxAt is a box that says in its lower border on the right where one is in its content.
func boxAt(f *frame.Frame, title, hint, where string, w, h int) frame.Rect {
	fw, fh := f.Size()
	w, h = min(w, fw-2), min(h, fh-2)
	x, y := (fw-w)/2, (fh-h)/2
	if m := middle(f); h <= m.H { // between the rules, not across them
		y = m.Y + (m.H-h)/2
	}
	role := theme.BoxTitle
	if title == flows.EnvProduction {
		role = theme.Of(present.EnvProduction)
	}
	if x < thinMargin {
		for i := range h {
			f.Put(0, y+i, fw, frame.Blank(fw))
		}
	}
	f.Put(x, y, w, border("╭", "╮", frame.Of(title, role), "", w))
	f.Put(x, y+h-1, w, border("╰", "╯", hintLine(hint), where, w))
	side := frame.Line{{Text: "│", Role: theme.Box}}
	for i := 1; i < h-1; i++ {
		f.Put(x, y+i, 1, side)
		f.Put(x+1, y+i, w-2, frame.Blank(w-2))
		f.Put(x+w-1, y+i, 1, side)
	}
	return frame.Rect{X: x + 2, Y: y + 1, W: w - 4, H: h - 2}
}

// middle is the part of the screen between the two rules, where overlays stand.
func middle(f *frame.Frame) frame.Rect {
	w, h := f.Size()
	return screen.Arrange(w, h, screen.Whole).Main
}

// wholeHints leaves out the last hints that a border of w cells would cut.
func wholeHints(hint string, w int) string {
	for frame.Width(hint) > w-len("+-  ")-len("  -+") {
		at := strings.LastIndex(hint, hintGap)
		if at < 0 {
			break
		}
		hint = hint[:at]
	}
	return hint
}

func hintLine(hint string) frame.Line {
	if hint == "" {
		return nil
	}
	return frame.Of(hint, theme.HintText)
}

func border(left, right string, text frame.Line, where string, w int) frame.Line {
	line := frame.Line{{Text: left + "─", Role: theme.Box}}
	end := frame.Line{{Text: "─" + right, Role: theme.Box}}
	if where != "" {
		end = append(frame.Line{{Text: " "}, frame.Make(where, theme.Of(present.Muted)), {Text: " "}}, end...)
	}
	if len(text) > 0 {
		line = append(append(append(line, frame.Seg{Text: " "}), text.Clip(w-4-end.Width())...), frame.Seg{Text: " "})
	}
	for line.Width() < w-end.Width() {
		line = append(line, frame.Seg{Text: "─", Role: theme.Box})
	}
	return append(line, end...)
}

// wideBox is the width of the overlays of text.
func wideBox(f *frame.Frame) int {
	w, _ := f.Size()
	return min(w-4, 100)
}
