// Package screen holds the screens: a plain struct for each, with methods that draw it,
// list its bindings and act on a key. A screen does no input or output and asks for what
// it cannot do itself by returning a [Wish] to the root model.
package screen

import (
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/theme"
)

// The least size at which a frame is drawn, in cells.
const (
	MinWidth  = 60
	MinHeight = 16
)

// narrow is the width under which the rail becomes one line.
const narrow = 90

// Shape is how a screen divides its middle.
type Shape int

// The shapes.
const (
	Whole    Shape = iota // one pane
	Railed                // a rail of steps on the left; one line on top when narrow
	ListWide              // a list on the left at every width
)

// Layout is where everything stands. It is computed once for each size and shape.
type Layout struct {
	W, H    int
	Tiny    bool // too small for a frame
	Narrow  bool // the rail is one line
	Header  frame.Rect
	Upper   int // row of the upper rule
	Side    frame.Rect
	Divider int // column of the vertical rule; -1: none
	Main    frame.Rect
	Lower   int // row of the lower rule
	Footer  frame.Rect
	Status  frame.Rect // on low screens the same row as Footer
}

// Arrange computes the layout.
func Arrange(w, h int, shape Shape) Layout {
	l := Layout{W: w, H: h, Divider: -1, Tiny: w < MinWidth || h < MinHeight, Narrow: w < narrow}
	if l.Tiny {
		return l
	}
	l.Header = frame.Rect{X: 1, Y: 0, W: w - 2, H: 1}
	l.Upper = 1
	l.Footer = frame.Rect{X: 1, Y: h - 1, W: w - 2, H: 1}
	l.Status = frame.Rect{X: 1, Y: h - 2, W: w - 2, H: 1}
	l.Lower = h - 3
	if h < 20 {
		l.Status, l.Lower = l.Footer, h-2
	}
	top, height := l.Upper+1, l.Lower-l.Upper-1
	side := 0
	switch {
	case shape == ListWide:
		side = max(25, min(38, w*2/5))
	case shape == Railed && !l.Narrow:
		side = max(27, min(30, w/5))
	}
	switch {
	case side > 0:
		l.Side = frame.Rect{X: 1, Y: top, W: side - 1, H: height}
		l.Divider = side
		l.Main = frame.Rect{X: side + 2, Y: top, W: w - side - 3, H: height}
	case shape == Railed:
		l.Side = frame.Rect{X: 1, Y: top, W: w - 2, H: 1}
		l.Main = frame.Rect{X: 1, Y: top + 1, W: w - 2, H: height - 1}
	default:
		l.Main = frame.Rect{X: 1, Y: top, W: w - 2, H: height}
	}
	return l
}

// DrawRules draws the lines between the regions.
func (l Layout) DrawRules(f *frame.Frame) {
	for _, y := range []int{l.Upper, l.Lower} {
		f.Put(0, y, l.W, rule(l.W))
	}
	if l.Divider < 0 {
		return
	}
	f.Put(l.Divider, l.Upper, 1, frame.Line{{Text: "┬", Role: theme.Rule}})
	f.Put(l.Divider, l.Lower, 1, frame.Line{{Text: "┴", Role: theme.Rule}})
	for y := l.Upper + 1; y < l.Lower; y++ {
		f.Put(l.Divider, y, 1, frame.Line{{Text: "│", Role: theme.Rule}})
	}
}

func rule(w int) frame.Line {
	b := make([]byte, 0, w*3)
	for range w {
		b = append(b, "─"...)
	}
	return frame.Line{{Text: string(b), Role: theme.Rule}}
}
