// Package field is the text field of prompts, the palette, the search line and the paste
// box: one or many lines, edited at a cursor, painted as frame lines. Text that is pasted
// keeps its line breaks in a field of many lines and loses them in a field of one.
package field

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"oauthlens/flows/visible"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/theme"
)

// MaxRunes bounds what a field holds: the longest paste that comes through fits.
const MaxRunes = 2 << 20

// Field is a text being edited. The zero Field is empty, visible and of one line.
type Field struct {
	Many   bool // more than one line
	Hidden bool // typed without echo
	// Veil is what is painted in place of the text, with as many characters: secrets that
	// are pasted need not be seen. Nil: the text itself.
	Veil func(string) string

	text  []rune
	at    int
	shown []rune // the veiled text; nil: not known yet
}

// Set replaces the text and puts the cursor behind it.
func (f *Field) Set(s string) {
	f.text, f.shown = []rune(s), nil
	f.at = len(f.text)
}

// painted is the text as it is shown.
func (f *Field) painted() []rune {
	if f.Veil == nil {
		return f.text
	}
	if f.shown == nil {
		if f.shown = []rune(f.Veil(string(f.text))); len(f.shown) != len(f.text) {
			f.shown = []rune(strings.Repeat("•", len(f.text)))
		}
	}
	return f.shown
}

// Value is the text.
func (f *Field) Value() string { return string(f.text) }

// Empty tells that there is no text.
func (f *Field) Empty() bool { return len(f.text) == 0 }

// Insert puts text at the cursor, without the line breaks if the field is of one line; all
// of it, or false if there is no room.
func (f *Field) Insert(s string) bool {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	if !f.Many {
		s = strings.ReplaceAll(s, "\n", "")
	}
	if utf8.RuneCountInString(s) > MaxRunes-len(f.text) {
		return false
	}
	in := []rune(s)
	out := make([]rune, 0, len(f.text)+len(in))
	out = append(append(append(out, f.text[:f.at]...), in...), f.text[f.at:]...)
	f.text, f.at, f.shown = out, f.at+len(in), nil
	return true
}

// Key edits by an editing key; false if the key is none.
func (f *Field) Key(key string) bool {
	switch key {
	case "backspace", "ctrl+h":
		f.cut(f.at-1, f.at)
	case "delete":
		f.cut(f.at, f.at+1)
	case "left", "ctrl+b":
		f.at = max(0, f.at-1)
	case "right", "ctrl+f":
		f.at = min(len(f.text), f.at+1)
	case "home", "ctrl+a":
		f.at = f.lineStart()
	case "end", "ctrl+e":
		f.at = f.lineEnd()
	case "up":
		f.vertical(-1)
	case "down":
		f.vertical(1)
	case "ctrl+w", "alt+backspace":
		f.cut(f.wordStart(), f.at)
	case "ctrl+u":
		f.cut(f.lineStart(), f.at)
	case "ctrl+l":
		f.text, f.at, f.shown = nil, 0, nil
	default:
		return false
	}
	return true
}

func (f *Field) cut(from, to int) {
	from, to = max(0, from), min(len(f.text), to)
	if from >= to {
		return
	}
	f.text, f.shown = append(f.text[:from:from], f.text[to:]...), nil
	f.at = from
}

func (f *Field) lineStart() int {
	i := f.at
	for i > 0 && f.text[i-1] != '\n' {
		i--
	}
	return i
}

func (f *Field) lineEnd() int {
	i := f.at
	for i < len(f.text) && f.text[i] != '\n' {
		i++
	}
	return i
}

func (f *Field) wordStart() int {
	i := f.at
	for i > 0 && unicode.IsSpace(f.text[i-1]) {
		i--
	}
	for i > 0 && !unicode.IsSpace(f.text[i-1]) {
		i--
	}
	return i
}

func (f *Field) vertical(step int) {
	column := f.at - f.lineStart()
	if step < 0 {
		start := f.lineStart()
		if start == 0 {
			return
		}
		f.at = start - 1
	} else {
		end := f.lineEnd()
		if end == len(f.text) {
			return
		}
		f.at = end + 1
	}
	f.at = min(f.lineStart()+column, f.lineEnd())
}

// Rows is how many of h rows of w cells the text takes.
func (f *Field) Rows(w, h int) int {
	rows, _ := f.rows(max(1, w), h)
	return min(h, len(rows))
}

// Draw paints the part around the cursor into h lines of w cells. A hidden text shows
// how long it is, and nothing else.
func (f *Field) Draw(w, h int) []frame.Line {
	if f.Hidden {
		return []frame.Line{f.dots(w)}
	}
	rows, cursorRow := f.rows(max(1, w), h)
	from := max(0, min(cursorRow-h+1, len(rows)-h))
	if cursorRow < from {
		from = cursorRow
	}
	rows = rows[from:min(len(rows), from+h)]
	for len(rows) < h {
		rows = append(rows, frame.Blank(w))
	}
	return rows
}

func (f *Field) dots(w int) frame.Line {
	n := len(f.text)
	line := frame.Line{{Text: strings.Repeat("•", min(n, max(0, w-2))), Role: theme.Field}, {Text: " ", Role: theme.TextMark}}
	return line.Fit(w)
}

// rows wraps the text anywhere. Only lines near the cursor matter, so text far above it
// is left out.
func (f *Field) rows(w, h int) (rows []frame.Line, cursorRow int) {
	text := f.painted()
	start := f.at
	for breaks := 0; start > 0 && f.at-start < w*h*2; start-- {
		if text[start-1] == '\n' {
			if breaks++; breaks > h {
				break
			}
		}
	}
	var row frame.Line
	cells := 0
	flush := func() { rows, row, cells = append(rows, row.Fit(w)), nil, 0 }
	for i := start; i <= len(text); i++ {
		if i == f.at {
			cursorRow = len(rows)
		}
		if i == len(text) {
			if i == f.at {
				row = append(row, frame.Seg{Text: " ", Role: theme.TextMark})
			}
			break
		}
		if text[i] == '\n' {
			if i == f.at {
				row = append(row, frame.Seg{Text: " ", Role: theme.TextMark})
			}
			flush()
			if len(rows) > cursorRow+h && i > f.at {
				break
			}
			continue
		}
		shown := visible.Line(string(text[i]))
		n := frame.Width(shown)
		if cells+n > w-1 && cells > 0 {
			flush()
			if i == f.at {
				cursorRow = len(rows)
			}
			if len(rows) > cursorRow+h && i > f.at {
				break
			}
		}
		role := theme.Field
		if i == f.at {
			role = theme.TextMark
		}
		row = appendRune(row, shown, role)
		cells += n
	}
	return append(rows, row.Fit(w)), cursorRow
}

func appendRune(row frame.Line, s string, role theme.Role) frame.Line {
	if n := len(row); n > 0 && row[n-1].Role == role && role == theme.Field {
		row[n-1].Text += s
		return row
	}
	return append(row, frame.Seg{Text: s, Role: role})
}

// Count is the number of characters.
func (f *Field) Count() int { return len(f.text) }
