package present

import (
	"strconv"
	"strings"

	"oauthlens/flows"
)

// onRail numbers the steps in a finding's sentence as the rail beside it does. Such a
// sentence counts the steps of the trace from 1, as the JSON document lists them; the rail
// has one entry for all that belongs together, so that of several refreshes the sentence
// says which one it was. What the sentence quotes is left alone.
func (b *builder) onRail(text string) string {
	if !strings.Contains(text, "tep ") {
		return text
	}
	steps := b.s.Trace().Steps()
	var out strings.Builder
	for text != "" {
		own, rest, quotes := strings.Cut(text, "“")
		b.renumber(&out, own, steps)
		if !quotes {
			break
		}
		quoted, after, closed := strings.Cut(rest, "”")
		out.WriteString("“" + quoted)
		if closed {
			out.WriteString("”")
		}
		text = after
	}
	return out.String()
}

// renumber writes a text without quotes.
func (b *builder) renumber(out *strings.Builder, text string, steps []flows.Step) {
	for {
		before, after, found := strings.Cut(text, "tep ")
		if !found {
			out.WriteString(text)
			return
		}
		out.WriteString(before + "tep ")
		digits := len(after) - len(strings.TrimLeft(after, "0123456789"))
		if n, err := strconv.Atoi(after[:digits]); err == nil && (strings.HasSuffix(before, "s") || strings.HasSuffix(before, "S")) {
			out.WriteString(b.railNumber(n, steps))
		} else {
			out.WriteString(after[:digits])
		}
		text = after[digits:]
	}
}

// railNumber is the number that the rail gives to the nth step of the trace; with "(2nd)"
// behind it where the entry has several of its kind.
func (b *builder) railNumber(n int, steps []flows.Step) string {
	at, count := -1, 0
	for i, s := range steps {
		if s.Kind == flows.StepOther { // no part of a flow, and not counted
			continue
		}
		if count++; count == n {
			at = i
		}
	}
	if at < 0 || b.railAt(at, steps) < 0 {
		return itoa(n)
	}
	nth, same := 0, 0
	for i, s := range steps {
		if s.Kind != steps[at].Kind || b.railAt(i, steps) != b.railAt(at, steps) {
			continue
		}
		if same++; i == at {
			nth = same
		}
	}
	out := itoa(b.railAt(at, steps) + 1)
	if same > 1 {
		out += " (" + ordinal(nth) + ")"
	}
	return out
}

// railAt is the rail entry of the step at an index of the trace, or -1.
func (b *builder) railAt(i int, steps []flows.Step) int {
	if b.rails == nil {
		return b.index(b.stepRail(steps[i].Kind))
	}
	if rail, ok := b.rails[i]; ok {
		return rail
	}
	return -1
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return itoa(n) + suffix
}
