package present

import "oauthlens/flows"

// onRail are the findings with the steps in their sentences numbered as the rail beside
// them does. A trace has a step for each message; the rail has one entry for all that
// belongs together, so that of several refreshes the sentence says which one it was.
func (b *builder) onRail(findings []flows.Finding) []flows.Finding {
	if len(findings) == 0 {
		return nil
	}
	steps := b.s.Trace().Steps()
	out := make([]flows.Finding, len(findings))
	for i, f := range findings {
		out[i] = f.Numbered(func(step int) string { return b.railNumber(step, steps) })
	}
	return out
}

// railNumber is the number that the rail gives to the step at an index of the trace; with
// "(2nd)" behind it where the entry has several of its kind; empty for what has no entry.
func (b *builder) railNumber(at int, steps []flows.Step) string {
	rail := b.railAt(at, steps)
	if rail < 0 {
		return ""
	}
	nth, same := 0, 0
	for i, s := range steps {
		if s.Kind != steps[at].Kind || b.railAt(i, steps) != rail {
			continue
		}
		if same++; i == at {
			nth = same
		}
	}
	out := itoa(rail + 1)
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
