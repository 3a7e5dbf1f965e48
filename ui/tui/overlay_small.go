package tui

import (
	"fmt"

	"rsc.io/qr"

	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/pane"
	"oauthlens/ui/tui/screen"
	"oauthlens/ui/tui/theme"
)

// confirm asks a question that only yes answers.
type confirm struct {
	noInput
	boxed
	title, question string
	yes             screen.Wish
}

func newConfirm(title, question string, yes screen.Wish) *confirm {
	return &confirm{title: title, question: question, yes: yes}
}

func (c *confirm) draw(f *frame.Frame) {
	w := min(wideBox(f), 72)
	rows := pane.Wrap(frame.Of(c.question, theme.Of(present.Plain)), w-4)
	const hint = "y yes   n no"
	r := box(f, c.title, hint, w, len(rows)+4)
	c.stands(r, hint)
	f.PutLines(frame.Rect{X: r.X, Y: r.Y + 1, W: r.W, H: len(rows)}, rows)
}

func (c *confirm) key(name, _ string) (screen.Wish, bool) {
	switch name {
	case "y", "Y":
		return c.yes, true
	case "n", "N", "esc", "q":
		return screen.Say{Text: "not done"}, true
	}
	return nil, false
}

// qrBox shows a URL as a QR code of half blocks, dark on light whatever the terminal's
// colours are, since cameras expect it so. Where no colours can be set and the terminal's own
// text is light on dark, the blocks are the light modules.
type qrBox struct {
	noInput
	boxed
	url       string
	code      *qr.Code
	err       error
	lightText bool // a block is light: no colours, and a dark terminal
}

func newQR(url string, lightText bool) *qrBox {
	code, err := qr.Encode(url, qr.L)
	return &qrBox{url: url, code: code, err: err, lightText: lightText}
}

const quiet = 2 // modules of light border; the half blocks' own frame adds to it

func (q *qrBox) draw(f *frame.Frame) {
	fw, fh := f.Size()
	if q.err != nil {
		q.sentence(f, "This URL is too long for a QR code. y copies it, w writes it to a file.")
		return
	}
	side := q.code.Size + 2*quiet
	w, h := side, (side+1)/2
	var r frame.Rect
	switch {
	case w+6 <= fw && h+4 <= fh:
		r = box(f, "QR code", "esc close", w+4, h+2)
		q.stands(r, "esc close")
	case w <= fw && h+1 <= fh: // the whole window for it, and a row for the way back
		for y := range fh {
			f.Put(0, y, fw, frame.Blank(fw))
		}
		const hint = "esc close   y copy the URL   w write it to a file"
		f.Put(1, fh-1, fw-1, hintLine(hint))
		q.stands(frame.Rect{Y: 1, W: fw - 4, H: fh - 2}, hint)
		r = frame.Rect{X: (fw - w) / 2, Y: (fh - 1 - h) / 2, W: w, H: h}
	default:
		q.sentence(f, fmt.Sprintf("The QR code of this URL needs a window of %d by %d cells; this one has %d by %d. y copies the URL, w writes it to a file.", w, h+1, fw, fh))
		return
	}
	for y := 0; y < side; y += 2 {
		f.Put(r.X, r.Y+y/2, r.W, frame.Line{{Text: q.halves(y, side), Role: theme.QR}})
	}
}

func (q *qrBox) halves(y, side int) string {
	row := make([]rune, side)
	for x := range side {
		upper, lower := q.black(x, y) != q.lightText, y+1 < side && q.black(x, y+1) != q.lightText
		switch {
		case upper && lower:
			row[x] = '█'
		case upper:
			row[x] = '▀'
		case lower:
			row[x] = '▄'
		default:
			row[x] = ' '
		}
	}
	return string(row)
}

func (q *qrBox) black(x, y int) bool {
	x, y = x-quiet, y-quiet
	return x >= 0 && y >= 0 && x < q.code.Size && y < q.code.Size && q.code.Black(x, y)
}

func (q *qrBox) sentence(f *frame.Frame, s string) {
	w := min(wideBox(f), 72)
	rows := pane.Wrap(frame.Of(s, theme.Of(present.Plain)), w-4)
	r := box(f, "QR code", "esc close", w, len(rows)+2)
	q.stands(r, "esc close")
	f.PutLines(r, rows)
}

func (q *qrBox) key(name, _ string) (screen.Wish, bool) {
	switch name {
	case "esc", "q", "Q", "enter":
		return nil, true
	case "y":
		return screen.Copy{What: present.Copy{What: "the URL", Text: q.url}}, false
	case "w":
		return screen.WriteFile{What: present.Copy{What: "the URL", Text: q.url}, Name: "url.txt"}, true
	}
	return nil, false
}
