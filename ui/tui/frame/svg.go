package frame

import (
	"cmp"
	"fmt"
	"html"
	"strings"

	"oauthlens/ui/tui/theme"
)

// The measures of a picture, in pixels: a cell, and the border around the frame.
const (
	cellWidth  = 8.4
	cellHeight = 18.0
	fontSize   = 14.0
	padding    = 16.0
)

// SVG is the frame as a picture, in the colours of the theme. Each segment is stretched to
// its cells, so that the columns stand whatever font the reader has.
func (f *Frame) SVG(t *theme.Theme, title string) string {
	back, text := t.Paper()
	w, h := float64(f.w)*cellWidth+2*padding, float64(f.h)*cellHeight+2*padding
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img" aria-label="%s">`+"\n", w, h, w, h, html.EscapeString(title))
	fmt.Fprintf(&b, `<rect width="%.0f" height="%.0f" rx="8" fill="%s"/>`+"\n", w, h, back)
	fmt.Fprintf(&b, `<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="%.0f" fill="%s">`+"\n", fontSize, text)
	for y, line := range f.lines {
		x := 0
		for _, s := range line.Clip(f.w) {
			n := Width(s.Text)
			drawSeg(&b, s, t.Look(s.Role, s.Selected), x, y, n, back, text)
			x += n
		}
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

func drawSeg(b *strings.Builder, s Seg, l theme.Look, x, y, n int, paper, ink string) {
	left, top, width := padding+float64(x)*cellWidth, padding+float64(y)*cellHeight, float64(n)*cellWidth
	if l.Reverse {
		if l.Text == "" {
			l.Text = ink
		}
		if l.Back == "" {
			l.Back = paper
		}
		l.Text, l.Back = l.Back, l.Text
	}
	if l.Back != "" && n > 0 {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", left, top, width, cellHeight, l.Back)
	}
	text := strings.TrimLeft(s.Text, " ")
	left += float64(len(s.Text)-len(text)) * cellWidth
	if text = strings.TrimRight(text, " "); text == "" {
		return
	}
	ink = cmp.Or(l.Text, ink)
	if drawLines(b, text, left, top, ink) {
		return
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" textLength="%.1f" lengthAdjust="spacingAndGlyphs" fill="%s"%s>%s</text>`+"\n",
		left, top+cellHeight*0.74, float64(Width(text))*cellWidth, ink, attributes(l), strings.ReplaceAll(html.EscapeString(text), " ", "\u00a0"))
}

func attributes(l theme.Look) string {
	out := ""
	if l.Bold {
		out += ` font-weight="bold"`
	}
	if l.Faint {
		out += ` opacity="0.6"`
	}
	switch {
	case l.Underline:
		out += ` text-decoration="underline"`
	case l.Strikethrough:
		out += ` text-decoration="line-through"`
	}
	return out
}

// strokes are the characters that are drawn as lines from edge to edge, so that no font
// leaves gaps in them: the arms to the left, right, up and down.
func strokes(r rune) (arms [4]bool, ok bool) {
	arms, ok = map[rune][4]bool{
		'─': {true, true, false, false}, '│': {false, false, true, true}, '┬': {true, true, false, true}, '┴': {true, true, true, false},
		'╭': {false, true, false, true}, '╮': {true, false, false, true}, '╰': {false, true, true, false}, '╯': {true, false, true, false},
	}[r]
	return arms, ok
}

// drawLines draws a text that is nothing but lines, or the bar of the cursor.
func drawLines(b *strings.Builder, text string, left, top float64, ink string) bool {
	if text == "▌" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", left, top, cellWidth/2, cellHeight, ink)
		return true
	}
	runes := []rune(text)
	for _, r := range runes {
		if _, ok := strokes(r); !ok {
			return false
		}
	}
	for i := 0; i < len(runes); i++ {
		run := 1
		for runes[i] == '─' && i+run < len(runes) && runes[i+run] == '─' {
			run++
		}
		arms, _ := strokes(runes[i])
		drawStroke(b, arms, left+float64(i)*cellWidth, top, float64(run)*cellWidth, ink)
		i += run - 1
	}
	return true
}

func drawStroke(b *strings.Builder, arms [4]bool, x, y, w float64, ink string) {
	midX, midY := x+w/2, y+cellHeight/2
	part := func(x1, y1, x2, y2 float64) {
		fmt.Fprintf(b, `<path d="M%.1f %.1fL%.1f %.1f" stroke="%s"/>`+"\n", x1, y1, x2, y2, ink)
	}
	switch {
	case arms[0] && arms[1]:
		part(x, midY, x+w, midY)
	case arms[0]:
		part(x, midY, midX, midY)
	case arms[1]:
		part(midX, midY, x+w, midY)
	}
	switch {
	case arms[2] && arms[3]:
		part(midX, y, midX, y+cellHeight)
	case arms[2]:
		part(midX, y, midX, midY)
	case arms[3]:
		part(midX, midY, midX, y+cellHeight)
	}
}
