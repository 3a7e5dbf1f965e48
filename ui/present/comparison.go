package present

import (
	"fmt"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/compare"
)

// Comparison is two runs, or two environments, side by side as a screen: what is
// suspicious on top, then each step, expected differences folded away on a tab of their
// own. missing names the environment of a side that was not walked yet; empty: none.
func Comparison(c compare.Comparison, provider, missing string) Walk {
	suspicious := c.Suspicious()
	w := Walk{Header: Header{Path: []string{"oauthlens", "compare", c.A.Name + " and " + c.B.Name}}, Ended: true}
	next := Next{Label: "on to the next step", To: 0}
	if missing != "" {
		next = Next{Label: "walk " + missing, Provider: provider, Environment: missing}
	}
	add := func(key, title string, tabs []Tab, worst flows.Severity) {
		item := RailItem{Key: key, Title: title, State: Done, Worst: worst}
		w.Rail = append(w.Rail, item)
		p := Pane{Title: title, Tabs: tabs, Next: next}
		if key == "verdict" {
			p.Intro = verdictIntro(c, missing)
		}
		w.Panes = append(w.Panes, p)
	}
	add("verdict", "Verdict", comparisonTabs(c, suspicious, c.Expected(), true), severityOf(suspicious))
	for _, step := range c.Steps {
		var bad, good []compare.Difference
		for _, d := range c.Of(step) {
			if d.Verdict == compare.Suspicious {
				bad = append(bad, d)
			} else {
				good = append(good, d)
			}
		}
		add(step, comparedTitle(step), comparisonTabs(c, bad, good, false), severityOf(bad))
	}
	if missing == "" {
		for i := range w.Panes {
			w.Panes[i].Next.To = (i + 1) % len(w.Panes)
			w.Panes[i].Next.Label = "on to " + strings.ToLower(w.Rail[w.Panes[i].Next.To].Title)
		}
	}
	return w
}

func severityOf(ds []compare.Difference) flows.Severity {
	if len(ds) > 0 {
		return flows.SeverityWarning
	}
	return ""
}

func comparedTitle(step string) string {
	switch step {
	case compare.StepRun:
		return "Run"
	case compare.StepToken:
		return "Token"
	case compare.StepClaims:
		return "Claims"
	case compare.StepMistake:
		return "The same mistake"
	case compare.StepProfile:
		return "Profile"
	}
	kind, number, _ := strings.Cut(step, "[")
	return strings.TrimSpace(stepTitle(flows.StepKind(kind)) + " " + strings.TrimSuffix(number, "]"))
}

func verdictIntro(c compare.Comparison, missing string) string {
	n := len(c.Suspicious())
	text := "Nothing differs that matters."
	switch {
	case n == 1:
		text = "One difference is suspicious."
	case n > 1:
		text = fmt.Sprintf("%d differences are suspicious, the gravest first.", n)
	}
	if missing != "" {
		text += " There is no run of " + missing + " yet, so that only what the profile says was compared."
	}
	return text
}

func comparisonTabs(c compare.Comparison, suspicious, expected []compare.Difference, withStep bool) []Tab {
	build := func(all bool) func() Lines {
		return func() Lines {
			out := differences(c, suspicious, "▲ ", withStep)
			if len(suspicious) == 0 {
				out = List{{Kind: Text, Spans: []Span{T("✓ ", OK), T("Nothing suspicious here.", Plain)}}}
			}
			switch {
			case len(expected) == 0:
			case all:
				out = append(append(out, gap(), heading("Expected")), differences(c, expected, "· ", withStep)...)
			default:
				out = append(out, gap(), remark(fmt.Sprintf("%s expected and folded; d shows them.", counted(len(expected), "difference is", "differences are"))))
			}
			return out
		}
	}
	return []Tab{{Name: "Suspicious", Version: "s", Build: build(false)}, {Name: "Everything", Version: "e", Build: build(true)}}
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return itoa(n) + " " + many
}

// differences are a table with a column for each side, and the reason below each row.
func differences(c compare.Comparison, ds []compare.Difference, mark string, withStep bool) List {
	if len(ds) == 0 {
		return nil
	}
	out := List{{Kind: Table, Cells: [][]Span{{T("", Muted)}, {T(c.A.Name, Muted)}, {T(c.B.Name, Muted)}}}}
	for _, d := range ds {
		tone := Warn
		if d.Verdict == compare.Expected {
			tone = Muted
		}
		name := []Span{T(mark, tone), T(d.Name, Strong)}
		if withStep {
			name = append(name, T("  "+comparedTitle(d.Step), Muted))
		}
		out = append(out, Line{Kind: Table, Path: d.Path, Cells: [][]Span{name, sideCell(d.A, d.InA), sideCell(d.B, d.InB)},
			Copy: Copy{What: "the difference", Text: fmt.Sprintf("%s: %q and %q. %s", d.Path, d.A, d.B, d.Why)}},
			Line{Kind: Text, Indent: 1, Spans: []Span{T(d.Why, Muted)}, Path: d.Path})
	}
	return out
}

func sideCell(text string, there bool) []Span {
	if !there {
		return []Span{T("absent", Muted)}
	}
	if text == "" {
		return []Span{T("empty", Muted)}
	}
	return []Span{T(text, Plain)}
}
