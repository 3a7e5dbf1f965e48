package linear

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"oauthlens/ui/present"
)

// section is a heading of a pane with what stands under it.
type section struct {
	title string // empty: what stands before the first heading
	lines []string
}

// mostLines bounds what is told of one tab at a time.
const mostLines = 400

// longestTold bounds one line, in bytes: a body on one line can be a megabyte.
const longestTold = 4000

// cut leaves the end of a very long line out, and says so.
func cut(text string) string {
	if len(text) <= longestTold {
		return text
	}
	at := longestTold
	for at > 0 && !utf8.RuneStart(text[at]) {
		at--
	}
	return fmt.Sprintf("%s (and %d bytes more: w FILE writes all of it)", text[:at], len(text)-at)
}

// sections are the lines of a tab as prose. more is how many lines were left out.
func sections(lines present.Lines) (out []section, more int) {
	if lines == nil {
		return nil, 0
	}
	out = []section{{}}
	var heads []string
	n := lines.Len()
	for i := range min(n, mostLines) {
		l := lines.At(i)
		if l.Kind != present.Table {
			heads = nil
		} else if heads == nil && l.Heads == nil {
			heads = cells(l, false)
			continue
		}
		last := &out[len(out)-1]
		switch text := cut(sentence(l, heads, false)); {
		case l.Kind == present.Heading:
			out = append(out, section{title: text})
		case text != "":
			last.lines = append(last.lines, text)
		}
	}
	return out, n - min(n, mostLines)
}

// sentence says one line of a pane in words; empty: there is nothing to say. heads name the
// cells of a table; clear says secrets instead of their masks.
func sentence(l present.Line, heads []string, clear bool) string {
	switch l.Kind {
	case present.Gap:
		return ""
	case present.Heading:
		return strings.TrimSuffix(plainText(l.Spans, clear), ":")
	case present.Row:
		return row(l, clear)
	case present.Code:
		return code(l, clear)
	case present.Table:
		return table(l, heads, clear)
	}
	return remarked(prose(l.Spans, clear), l)
}

// row says a label, its value and the meaning beside it.
func row(l present.Line, clear bool) string {
	label, value := l.Label, chosen(l.Spans, clear)
	switch {
	case strings.HasPrefix(label, "[x] "):
		label, value = label[4:], "on"
	case strings.HasPrefix(label, "[ ] "):
		label, value = label[4:], "off"
	case strings.HasPrefix(label, "● "):
		label = unmarked(label) + " (chosen)"
	default:
		label = unmarked(label)
	}
	if l.Path == "timings" {
		value = strings.ReplaceAll(value, " · ", ", ")
	}
	value = strings.ReplaceAll(value, "UTC  ", "UTC, ")
	text := value
	if label != "" {
		text = label + ": " + value
	}
	if value == "" {
		text = label
	}
	return remarked(text, l)
}

// apart makes commas of the blanks by which our own texts set times and remarks apart.
var apart = strings.NewReplacer("UTC  ", "UTC, ", " ago  ", " ago, ", "  ", ", ")

// remarked adds what stands beside a line, and whether it differs from the profile.
func remarked(text string, l present.Line) string {
	if note := unmarked(l.Note); note != "" {
		if note == l.Path {
			note = "from " + note
		}
		text += " (" + apart.Replace(note) + ")"
	}
	if l.Changed {
		text += ", changed from the profile"
	}
	return text
}

// code says a line of bytes as it is, but for a member of a JSON text: its path and its
// value are said, and brackets are not.
func code(l present.Line, clear bool) string {
	var value strings.Builder
	json, open := false, ""
	for _, s := range l.Spans {
		switch s.Tone {
		case present.JSONKey, present.JSONPunct, present.JSONString, present.JSONNumber, present.JSONLiteral:
			json = true
		}
		if s.Tone == present.JSONPunct && s.Text != ": " {
			open += s.Text
		}
		if s.Tone != present.JSONKey && s.Tone != present.JSONPunct {
			value.WriteString(spanText(s, clear))
		}
	}
	if !json {
		return remarked(plainText(l.Spans, clear), l)
	}
	text := strings.Trim(value.String(), `"`)
	if text == "" {
		switch strings.TrimSuffix(open, ",") {
		case "{}", "[]":
			text = strings.TrimSuffix(open, ",")
		case "":
			text = "empty"
		default:
			return ""
		}
	}
	return remarked(strings.TrimPrefix(strings.TrimPrefix(l.Path, "$"), ".")+": "+text, l)
}

// table says the cells of a row with the head of each.
func table(l present.Line, heads []string, clear bool) string {
	if l.Heads != nil {
		heads = l.Heads
	}
	texts := cells(l, clear)
	if len(texts) == 0 || slices.Equal(texts, heads) || len(heads) == len(texts) && slices.Equal(texts[1:], heads[1:]) {
		return "" // a row of heads
	}
	var said []string
	for i, text := range texts[1:] {
		if text == "" {
			continue
		}
		if i+1 < len(heads) && heads[i+1] != "" {
			text = heads[i+1] + " " + text
		}
		said = append(said, text)
	}
	return strings.TrimPrefix(texts[0]+": "+strings.Join(said, ", "), ": ")
}

func cells(l present.Line, clear bool) []string {
	out := make([]string, len(l.Cells))
	for i, c := range l.Cells {
		out[i] = strings.TrimSpace(prose(c, clear))
	}
	return out
}

func spanText(s present.Span, clear bool) string {
	if clear && !s.Secret.IsZero() {
		return s.Secret.RevealSecret()
	}
	return s.Text
}

func plainText(spans []present.Span, clear bool) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(spanText(s, clear))
	}
	return b.String()
}

// glyphs are the marks that stand before a text, and the words for them where the text
// alone would not say it.
var glyphs = []struct{ mark, word string }{
	{"✓ refused", "refused"}, {"✗ refused", "refused"}, {"✓ used", "used"}, {"✗ revoked", "revoked"},
	{"✓ ", "ok: "}, {"✗ ", "failed: "}, {"▲ ", "warning: "}, {"+ ", "added: "}, {"· ", ""}, {"? ", ""},
	{"● ", ""}, {"○ ", ""}, {"↻ ", ""},
}

// prose says spans one after the other; blanks that set them apart become commas.
func prose(spans []present.Span, clear bool) string {
	var b strings.Builder
	for i, s := range spans {
		text := spanText(s, clear)
		if !s.Secret.IsZero() {
			b.WriteString(text)
			continue
		}
		if branch := strings.TrimLeft(text, "│├└─ "); branch == "" && strings.ContainsAny(text, "├└") {
			b.WriteString("from it: ")
			continue
		}
		if strings.TrimSpace(text) == "│" {
			b.WriteString(" against ")
			continue
		}
		if s.Tone == present.Label {
			text = strings.ReplaceAll(text, " · ", ", ")
			if end := strings.TrimRight(text, " "); len(text)-len(end) >= 2 {
				text = end + ": "
			}
		}
		if apart := strings.TrimLeft(text, " "); i > 0 && len(text)-len(apart) >= 2 && b.Len() > 0 {
			b.WriteString(", ")
			text = apart
		}
		if end := strings.TrimRight(text, " "); len(text)-len(end) >= 2 && i < len(spans)-1 {
			text = end + ", "
		}
		b.WriteString(worded(text))
	}
	return b.String()
}

func worded(text string) string {
	for _, g := range glyphs {
		if rest, ok := strings.CutPrefix(text, g.mark); ok {
			return g.word + rest
		}
	}
	return text
}

// unmarked leaves a mark out where the words say the same.
func unmarked(text string) string {
	for _, g := range glyphs {
		if mark := []rune(g.mark); len(mark) == 2 && mark[1] == ' ' {
			text = strings.TrimPrefix(text, g.mark)
		}
	}
	return text
}

// chosen says a value, or a row of choices with the one that is taken.
func chosen(spans []present.Span, clear bool) string {
	var b strings.Builder
	taken := false
	for _, s := range spans {
		text := spanText(s, clear)
		switch {
		case !s.Secret.IsZero():
		case text == "● ":
			taken = true
			continue
		case strings.HasPrefix(text, "○ "):
			text = strings.TrimPrefix(text, "○ ")
		case len(text) > 1 && strings.TrimSpace(text) == "":
			text = ", "
		}
		b.WriteString(text)
		if taken {
			b.WriteString(" (chosen)")
			taken = false
		}
	}
	return b.String()
}
