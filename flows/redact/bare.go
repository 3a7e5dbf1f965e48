package redact

import (
	"strconv"
	"strings"
)

// view is a text without its escapes beside the text itself: a character may be escaped as
// in a URL (%2f) or in JSON (\u002f), in letters of either case, and whether one need not be
// escaped is up to whoever writes. So a secret is looked for in what the escapes stand for.
type view struct {
	text string // without its escapes; empty: there are none
	at   int    // in text
	from int    // the same place in the text with the escapes
}

// bared is the view of a text from its beginning.
func bared(s string) view {
	if !strings.Contains(s, "%") && !strings.Contains(s, `\u00`) {
		return view{}
	}
	var b strings.Builder
	b.Grow(len(s))
	escapes := false
	for i := 0; i < len(s); {
		c, n := unescaped(s[i:])
		b.WriteByte(c)
		escapes = escapes || n > 1
		i += n
	}
	if !escapes {
		return view{}
	}
	return view{text: b.String()}
}

// unescaped is the byte that a text begins with, or that the escape there stands for, and
// how many bytes that takes.
func unescaped(s string) (c byte, width int) {
	switch {
	case s[0] == '%' && len(s) >= 3:
		if c, ok := hexByte(s[1:3]); ok {
			return c, 3
		}
	case s[0] == '\\' && len(s) >= 6 && s[1:4] == "u00":
		if c, ok := hexByte(s[4:6]); ok && c < 0x80 {
			return c, 6
		}
	}
	return s[0], 1
}

func hexByte(s string) (byte, bool) {
	n, err := strconv.ParseUint(s, 16, 8)
	return byte(n), err == nil
}

// stands tells that the view stands at a place of the text, which is not within an escape.
func (v view) stands(i int) bool { return v.text != "" && v.from == i }

// place is where in the text s the n bytes end that stand next in the view.
func (v view) place(s string, n int) int {
	i := v.from
	for range n {
		_, width := unescaped(s[i:])
		i += width
	}
	return i
}

// behind is the view moved on to a place of the text s, or behind the escape around it.
func (v view) behind(s string, to int) view {
	for v.text != "" && v.from < to {
		_, width := unescaped(s[v.from:])
		v.from += width
		v.at++
	}
	return v
}
