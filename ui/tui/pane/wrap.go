package pane

import (
	"strings"
	"unicode/utf8"

	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/theme"
)

// wrapAnywhere cuts a line into rows of at most w cells, at any character: bytes as they
// are. It reads the text once, so that a body of one enormous line stays cheap.
func wrapAnywhere(l frame.Line, w int) []frame.Line {
	w = max(1, w)
	length := 0
	for _, s := range l {
		length += len(s.Text)
	}
	rows := make([]frame.Line, 0, length/w+1)
	var row frame.Line
	cells := 0
	for _, s := range l {
		start := 0
		for i := 0; i < len(s.Text); {
			n, width := 1, 1
			if s.Text[i] >= utf8.RuneSelf {
				_, n = utf8.DecodeRuneInString(s.Text[i:])
				width = frame.Width(s.Text[i : i+n])
			}
			if cells+width > w && cells > 0 {
				row = appendPart(row, s, start, i)
				rows, row, start, cells = append(rows, row), nil, i, 0
			}
			cells += width
			i += n
		}
		row = appendPart(row, s, start, len(s.Text))
	}
	return append(rows, row)
}

func appendPart(row frame.Line, s frame.Seg, from, to int) frame.Line {
	if from >= to {
		return row
	}
	s.Text = s.Text[from:to]
	return append(row, s)
}

// atom is a word with the blanks after it.
type atom struct {
	word, blanks       frame.Line
	wordCells, blanksN int
	groupCells         int // of the words from here to the next wide gap, blanks included
}

// longCode is the length in bytes from which a line of code is cut without looking for good
// places, so that a body of one enormous line stays cheap.
const longCode = 4 << 10

// wrapCode cuts a line of bytes into rows of at most w cells. No byte is left out, but a
// parameter begins a row where it can, and a mask stays whole.
func wrapCode(l frame.Line, w int) []frame.Line {
	length := 0
	for _, s := range l {
		length += len(s.Text)
	}
	if length > longCode {
		return wrapAnywhere(l, w)
	}
	var rows []frame.Line
	for left := l.Width(); left > w; {
		head, tail := l.Split(goodCut(l, w))
		if len(head) == 0 { // a character wider than the row
			return append(rows, wrapAnywhere(l, w)...)
		}
		rows, l, left = append(rows, head), tail, left-head.Width()
	}
	return append(rows, l)
}

// goodCut is where a word that is too long for a row is cut, at most after w cells: before a
// mask that would be parted, else behind a parameter or one of the marks that part a URL or a
// scope, unless that leaves most of the row empty. In a secret that is revealed such a mark
// means nothing, and its rows are full.
func goodCut(word frame.Line, w int) int {
	secret := theme.Of(present.SecretTone)
	head, tail := word.Split(w)
	if len(head) == 1 && head[0].Role == secret {
		return w
	}
	if n := len(head); n > 1 && len(tail) > 0 && head[n-1].Role == secret && tail[0].Role == secret {
		if at := head[:n-1].Width(); at > w/3 {
			return at
		}
	}
	text := ""
	for _, s := range head {
		if s.Role == secret {
			s.Text = strings.Repeat("x", frame.Width(s.Text))
		}
		text += s.Text
	}
	for _, try := range []struct {
		marks string
		least int
	}{{"&, ", w / 2}, {"/?=", w * 2 / 3}, {"/?&=.:;,-_+ ", w * 2 / 3}, {"/?&=.:;,-_+ ", w / 3}} {
		if at := lastMark(text, try.marks); at > 0 {
			if cells := frame.Width(text[:at]); cells > try.least && cells <= w {
				return cells
			}
		}
	}
	return w
}

// lastMark is where the text behind the last of the marks begins, 0 if there is none. A point
// between two digits parts nothing.
func lastMark(text, marks string) int {
	for {
		at := strings.LastIndexAny(text, marks)
		if at < 0 {
			return 0
		}
		if text[at] != '.' || at == 0 || at+1 == len(text) || !isDigit(text[at-1]) || !isDigit(text[at+1]) {
			return at + 1
		}
		text = text[:at]
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// wrapWords cuts a line into rows of at most w cells, between words where it can.
func wrapWords(l frame.Line, w int) []frame.Line {
	w = max(1, w)
	if l.Width() <= w {
		return []frame.Line{l}
	}
	var rows []frame.Line
	var row frame.Line
	cells, pending := 0, 0
	var pendingBlanks frame.Line
	for _, a := range atoms(l) {
		if cells > 0 && pending > 1 && cells+pending+a.groupCells > w && a.groupCells <= w && cells > w/3 {
			// a wide gap parts things that belong together: break there sooner than within
			rows, row, cells, pending, pendingBlanks = append(rows, row), nil, 0, 0, nil
		}
		if cells > 0 && cells+pending+a.wordCells > w {
			if tooLong := a.wordCells > w && w-cells-pending > w/3; !tooLong {
				rows, row, cells, pending, pendingBlanks = append(rows, row), nil, 0, 0, nil
			}
		}
		if cells == 0 && pending >= w {
			pending, pendingBlanks = 0, nil // an indent that leaves no room
		}
		row, cells = append(row, pendingBlanks...), cells+pending
		pending, pendingBlanks = a.blanksN, a.blanks
		if cells+a.wordCells <= w {
			row, cells = append(row, a.word...), cells+a.wordCells
			continue
		}
		head, tail := a.word.Split(goodCut(a.word, w-cells))
		rows = append(rows, append(row, head...))
		for tail.Width() > w {
			head, tail = tail.Split(goodCut(tail, w))
			if len(head) == 0 { // a character wider than the row
				parts := wrapAnywhere(tail, w)
				rows, tail = append(rows, parts[:len(parts)-1]...), parts[len(parts)-1]
				break
			}
			rows = append(rows, head)
		}
		row, cells = tail, tail.Width()
	}
	return append(rows, row)
}

// atoms cuts a line at its blanks. Words may run over several segments.
func atoms(l frame.Line) []atom {
	var out []atom
	var cur atom
	for _, s := range l {
		text := s.Text
		whole := s.Role == theme.Of(present.SecretTone) // a mask is one word
		for text != "" {
			part, blank := leading(text)
			if whole {
				part, blank = text, false
			}
			text = text[len(part):]
			seg := s
			seg.Text = part
			if blank {
				cur.blanks = append(cur.blanks, seg)
				cur.blanksN += len(part)
				continue
			}
			if cur.blanksN > 0 {
				out, cur = append(out, cur), atom{}
			}
			cur.word = append(cur.word, seg)
			cur.wordCells += frame.Width(part)
		}
	}
	out = glued(append(out, cur))
	for i := len(out) - 1; i >= 0; i-- {
		out[i].groupCells = out[i].wordCells
		if i+1 < len(out) && out[i].blanksN == 1 && !strings.HasPrefix(out[i+1].word.String(), "· ") {
			out[i].groupCells += 1 + out[i+1].groupCells
		}
	}
	return out
}

// glued joins a mark with the word that it is about, and a number with its unit, so that no
// row ends with a bare mark and none begins with a bare unit.
func glued(in []atom) []atom {
	out := in[:0]
	for _, a := range in {
		if n := len(out); n > 0 && belong(out[n-1].blanksN, out[n-1].word.String(), a.word.String()) {
			last := &out[n-1]
			last.word = append(append(last.word, last.blanks...), a.word...)
			last.wordCells += last.blanksN + a.wordCells
			last.blanks, last.blanksN = a.blanks, a.blanksN
			continue
		}
		out = append(out, a)
	}
	return out
}

// belong tells whether a word and the next, so many blanks behind it, are read as one. The
// line between two sides goes with the second, however wide its gap.
func belong(blanks int, word, next string) bool {
	if word == "│" {
		return true
	}
	return blanks == 1 && (isMark(word) || isNumber(word) && isUnit(strings.TrimRight(next, ".,:;)")))
}

// isNumber tells whether a word is a number as it stands in prose: 12, 0.3, (11.
func isNumber(word string) bool {
	digits := strings.TrimLeft(word, "(+-")
	return digits != "" && strings.Trim(digits, "0123456789.") == ""
}

func isUnit(word string) bool {
	switch word {
	case "ms", "s", "min", "h", "d", "mo", "y", "bytes", "bits", "B", "kB", "MB":
		return true
	}
	return false
}

func isMark(word string) bool {
	switch word {
	case "●", "○", "✓", "✗", "▲", "·", "+":
		return true
	}
	return false
}

// leading is the longest prefix that is all blanks, or all not.
func leading(s string) (part string, blank bool) {
	if s[0] == ' ' {
		return s[:len(s)-len(strings.TrimLeft(s, " "))], true
	}
	if i := strings.IndexByte(s, ' '); i >= 0 {
		return s[:i], false
	}
	return s, false
}

// highlight gives the role of a hit to each place where the line contains the query,
// compared without case, across segments.
func highlight(l frame.Line, query string, role theme.Role) frame.Line {
	if query == "" {
		return l
	}
	text := fold(l.String())
	if !strings.Contains(text, query) {
		return l
	}
	hit := make([]bool, len(text))
	for from := 0; ; {
		i := strings.Index(text[from:], query)
		if i < 0 {
			break
		}
		for k := range len(query) {
			hit[from+i+k] = true
		}
		from += i + len(query)
	}
	var out frame.Line
	at := 0
	for _, s := range l {
		start := 0
		for i := 1; i <= len(s.Text); i++ {
			if i < len(s.Text) && hit[at+i] == hit[at+start] {
				continue
			}
			part := s
			part.Text = s.Text[start:i]
			if hit[at+start] {
				part.Role = role
			}
			out, start = append(out, part), i
		}
		at += len(s.Text)
	}
	return out
}

// fold is the text in lower case, with the same byte offsets: where lower case has
// another length the text stays as it is.
func fold(s string) string {
	if low := strings.ToLower(s); len(low) == len(s) {
		return low
	}
	return s
}

// Wrap cuts a line into rows of at most w cells, between words where it can.
func Wrap(l frame.Line, w int) []frame.Line { return wrapWords(l, w) }
