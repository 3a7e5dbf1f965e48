package headless

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/colorprofile"

	"oauthlens/flows"
	"oauthlens/flows/compare"
	"oauthlens/flows/report"
	"oauthlens/flows/visible"
)

// SchemaCompare is the schema of the document of a comparison.
const SchemaCompare = "oauthlens/compare@1"

// CompareJSON is the document of a comparison.
type CompareJSON struct {
	Schema      string           `json:"schema"`
	A           SideJSON         `json:"a"`
	B           SideJSON         `json:"b"`
	Suspicious  int              `json:"suspicious"`
	Expected    int              `json:"expected"`
	Planted     []string         `json:"planted,omitempty"`
	Differences []DifferenceJSON `json:"differences"`
}

// SideJSON is one side of a comparison.
type SideJSON struct {
	Name        string        `json:"name"`
	Run         string        `json:"run"`
	Provider    string        `json:"provider"`
	Environment string        `json:"environment"`
	Simulated   bool          `json:"simulated"`
	Grant       flows.Grant   `json:"grant"`
	Outcome     flows.Outcome `json:"outcome"`
	Why         string        `json:"why,omitempty"`
	Redacted    bool          `json:"redacted,omitempty"`
}

// DifferenceJSON is one difference; a or b is null where that side has nothing there.
type DifferenceJSON struct {
	Path    string          `json:"path"`
	A       *string         `json:"a"`
	B       *string         `json:"b"`
	Verdict compare.Verdict `json:"verdict"`
	Why     string          `json:"why"`
	Rule    string          `json:"rule"`
	Step    string          `json:"step"`
	Also    []string        `json:"also,omitempty"`
}

// CompareDocument makes the document of a comparison; planted are the differences that
// the simulator was told to show.
func CompareDocument(c compare.Comparison, planted []string) CompareJSON {
	out := CompareJSON{Schema: SchemaCompare, A: sideJSON(c.A), B: sideJSON(c.B), Suspicious: len(c.Suspicious()), Expected: len(c.Expected()),
		Planted: planted, Differences: []DifferenceJSON{}}
	for _, d := range c.Differences {
		j := DifferenceJSON{Path: d.Path, Verdict: d.Verdict, Why: d.Why, Rule: d.Rule, Step: d.Step, Also: d.Also}
		if d.InA {
			j.A = &d.A
		}
		if d.InB {
			j.B = &d.B
		}
		out.Differences = append(out.Differences, j)
	}
	return out
}

func sideJSON(s compare.Side) SideJSON {
	return SideJSON{Name: s.Name, Run: string(s.Run), Provider: s.Provider, Environment: s.Environment, Simulated: s.Simulated, Grant: s.Grant, Outcome: s.Outcome, Why: s.Why, Redacted: s.Redacted}
}

// WriteCompareJSON writes the document.
func WriteCompareJSON(w io.Writer, c compare.Comparison, planted []string) error {
	data, err := report.Encode(CompareDocument(c, planted), true)
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}

// The styles of the text; colorprofile takes them out where there is no terminal or no
// wish for colour. A glyph or a word always says the same.
const (
	styleStrong = "\x1b[1m"
	styleWarn   = "\x1b[33m"
	styleMuted  = "\x1b[2m"
	styleOK     = "\x1b[32m"
	styleEnd    = "\x1b[0m"
)

// Widths of the columns of the text, in characters.
const (
	widthStep  = 15
	widthName  = 34
	widthValue = 34
)

// WriteCompareText writes the comparison for a person: what is suspicious with both values
// and the reason, then what is expected as names only. environ is that of the process,
// for the colours of the terminal.
func WriteCompareText(w io.Writer, c compare.Comparison, environ []string) error {
	var b strings.Builder
	bad := c.Suspicious()
	a, z := visible.Line(c.A.Name), visible.Line(c.B.Name)
	fmt.Fprintf(&b, "%s%s against %s%s: %s, %d expected\n", styleStrong, a, z, styleEnd, count(len(bad)), len(c.Expected()))
	for _, s := range []compare.Side{c.A, c.B} {
		fmt.Fprintf(&b, "  %s\n", visible.Line(sideLine(s)))
	}
	if c.A.Run != "" && c.A.Run == c.B.Run {
		b.WriteString("  this is one run, laid beside itself\n")
	}
	if len(bad) > 0 {
		fmt.Fprintf(&b, "\n  %s%s %s %s %s%s\n", styleMuted, pad("step", widthStep), pad("what", widthName), pad(a, widthValue), z, styleEnd)
	}
	for _, d := range bad {
		fmt.Fprintf(&b, "%s▲%s %s %s %s %s\n", styleWarn, styleEnd, pad(d.Step, widthStep), styleStrong+pad(d.Name, widthName)+styleEnd, pad(value(d.A, d.InA), widthValue), pad(value(d.B, d.InB), 0))
		fmt.Fprintf(&b, "    %s\n", visible.Line(d.Why))
		if len(d.Also) > 0 {
			fmt.Fprintf(&b, "    %salso at %s%s\n", styleMuted, visible.Line(clipTo(strings.Join(d.Also, ", "), 200)), styleEnd)
		}
	}
	if len(bad) == 0 {
		fmt.Fprintf(&b, "\n%s✓%s nothing suspicious differs\n", styleOK, styleEnd)
	}
	if slices.Contains(c.Steps, compare.StepProfile) {
		writeDeclared(&b, c)
	} else {
		writeExpected(&b, c)
	}
	_, err := io.WriteString(colorprofile.NewWriter(w, environ), b.String())
	return err
}

func count(n int) string {
	if n == 1 {
		return "1 suspicious difference"
	}
	return fmt.Sprintf("%d suspicious differences", n)
}

func sideLine(s compare.Side) string {
	parts := []string{s.Name, s.Provider, s.Environment}
	if s.Name == s.Environment {
		parts = []string{s.Name, s.Provider}
	}
	if s.Simulated && s.Environment != flows.EnvSimulator {
		parts = append(parts, "simulated")
	}
	parts = append(parts, string(s.Grant), string(s.Outcome), s.Why)
	if s.Redacted {
		parts = append(parts, "kept without secrets, so what is in its tokens is not compared")
	}
	if s.Run != "" {
		parts = append(parts, "run "+string(s.Run))
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), " · ")
}

// writeDeclared is what a comparison without any run has to say: with values, which are
// addresses and so are shown whole.
func writeDeclared(b *strings.Builder, c compare.Comparison) {
	expected := c.Expected()
	if len(expected) == 0 {
		return
	}
	steps, names, values := []string{"expected"}, []string{"what"}, []string{c.A.Name}
	for _, d := range expected {
		steps, names, values = append(steps, d.Step), append(names, d.Name), append(values, value(d.A, d.InA))
	}
	wide := []int{widest(steps, widthStep), widest(names, widthName), widest(values, 2*widthValue)}
	row := func(step, name, va, vb string) {
		fmt.Fprintf(b, "  %s  %s  %s  %s", pad(step, wide[0]), pad(name, wide[1]), pad(va, wide[2]), pad(vb, 0))
	}
	b.WriteString("\n" + styleMuted)
	row("expected", "what", c.A.Name, c.B.Name)
	b.WriteString(styleEnd + "\n")
	for _, d := range expected {
		row(d.Step, d.Name, value(d.A, d.InA), value(d.B, d.InB))
		b.WriteString("\n")
	}
}

// widest is the width of a column: that of its longest text, up to a limit.
func widest(texts []string, limit int) int {
	w := 1
	for _, t := range texts {
		w = max(w, utf8.RuneCountInString(visible.Line(t)))
	}
	return min(w, limit)
}

// writeExpected folds the expected differences to their names, step by step.
func writeExpected(b *strings.Builder, c compare.Comparison) {
	expected := c.Expected()
	if len(expected) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%sexpected to differ%s\n", styleMuted, styleEnd)
	for _, step := range c.Steps {
		var names []string
		for _, d := range expected {
			if d.Step == step && !slices.Contains(names, visible.Line(d.Name)) {
				names = append(names, visible.Line(d.Name))
			}
		}
		if len(names) > 0 {
			fmt.Fprintf(b, "  %s %s\n", pad(step, widthStep), strings.Join(names, ", "))
		}
	}
}

func value(s string, in bool) string {
	if !in {
		return "–"
	}
	if s == "" {
		return "(empty)"
	}
	return s
}

// pad makes a text visible and as wide as its column; 0 is the last column.
func pad(s string, width int) string {
	s = visible.Line(s)
	if width == 0 {
		return clipTo(s, 2*widthValue)
	}
	s = clipTo(s, width)
	return s + strings.Repeat(" ", width-utf8.RuneCountInString(s))
}

func clipTo(s string, width int) string {
	r := []rune(s)
	if len(r) <= width {
		return s
	}
	return string(r[:width-1]) + "…"
}
