package headless

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"oauthlens/flows"
	"oauthlens/flows/compare"
	"oauthlens/flows/visible"
)

// The styles of the text; colorprofile takes them out where there is no terminal or no
// wish for colour. A glyph or a word always says the same.
const (
	styleStrong = "\x1b[1m"
	styleWarn   = "\x1b[33m"
	styleMuted  = "\x1b[2m"
	styleOK     = "\x1b[32m"
	styleEnd    = "\x1b[0m"
)

// Widths of the columns of the text, in cells.
const (
	widthStep  = 15
	widthName  = 32
	widthValue = 36
	// widthBefore is what stands before the last column, whose values are cut to what is
	// left, but not below widthLast.
	widthBefore = 2 + widthStep + 1 + widthName + 1 + widthValue + 1
	widthLast   = 30
	// widthDeclared is what the table of declared values needs.
	widthDeclared = 160
)

// WriteCompareText writes the comparison for a person: what is suspicious with both values
// and the reason, then what is expected as names only. environ is that of the process,
// for the colours of the terminal; width is that of the terminal, 0: there is none. Below
// the width of the table the values stand under one another.
func WriteCompareText(w io.Writer, c compare.Comparison, environ []string, width int) error {
	var b strings.Builder
	bad := c.Suspicious()
	a, z := visible.Line(c.A.Name), visible.Line(c.B.Name)
	fmt.Fprintf(&b, "%s%s against %s%s: %s, %d expected\n", styleStrong, a, z, styleEnd, count(len(bad)), len(c.Expected()))
	for _, s := range []compare.Side{c.A, c.B} {
		b.WriteString(hung("  "+visible.Line(sideLine(s)), width, 4) + "\n")
	}
	if c.A.Run != "" && c.A.Run == c.B.Run {
		b.WriteString("  this is one run, laid beside itself\n")
	}
	narrow := width > 0 && width < widthBefore+widthLast
	if narrow {
		writeStacked(&b, c, bad, width)
		bad = nil
	}
	first, last := valueWidths(bad, width)
	if len(bad) > 0 {
		fmt.Fprintf(&b, "\n  %s%s %s %s %s%s\n", styleMuted, pad("step", widthStep), pad("what", widthName), pad(a, first), z, styleEnd)
	}
	for _, d := range bad {
		fmt.Fprintf(&b, "%s▲%s %s %s %s %s\n", styleWarn, styleEnd, pad(d.Step, widthStep), styleStrong+pad(d.Name, widthName)+styleEnd, pad(value(d.A, d.InA), first), clipTo(visible.Line(value(d.B, d.InB)), last))
		b.WriteString(hung("    "+visible.Line(d.Why), width, 4) + "\n")
		if len(d.Also) > 0 {
			b.WriteString(styleMuted + hung("    also at "+visible.Line(clipTo(strings.Join(d.Also, ", "), 200)), width, 4) + styleEnd + "\n")
		}
	}
	if len(c.Suspicious()) == 0 {
		fmt.Fprintf(&b, "\n%s✓%s nothing suspicious differs%s\n", styleOK, styleEnd, alike(c))
	}
	switch static := slices.Contains(c.Steps, compare.StepProfile); {
	case static && width > 0 && width < widthDeclared:
		b.WriteString("\n" + styleMuted + "expected to differ" + styleEnd)
		writeStacked(&b, c, c.Expected(), width)
	case static:
		writeDeclared(&b, c)
	default:
		writeExpected(&b, c, width)
	}
	_, err := io.WriteString(colorprofile.NewWriter(w, environ), b.String())
	return err
}

// valueWidths are the widths of the two columns of values: the first is as wide as its values
// want and the terminal allows, the last takes what is left.
func valueWidths(ds []compare.Difference, width int) (first, last int) {
	var values []string
	for _, d := range ds {
		values = append(values, value(d.A, d.InA))
	}
	room := 4 * widthValue
	if width > 0 {
		room = width - (widthBefore - widthValue)
	}
	first = max(widthValue, widest(values, min(2*widthValue, room/2)))
	return first, min(2*widthValue, room-first)
}

// alike is what is to be added where nothing differs because neither side went well.
func alike(c compare.Comparison) string {
	if c.A.Outcome == flows.Failed && c.B.Outcome == flows.Failed {
		return ": both sides fail, in the same way"
	}
	return ""
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

// writeStacked shows differences with the values of the sides under one another.
func writeStacked(b *strings.Builder, c compare.Comparison, ds []compare.Difference, width int) {
	names := widest([]string{c.A.Name, c.B.Name}, width/3)
	for _, d := range ds {
		mark := styleWarn + "▲" + styleEnd
		if d.Verdict == compare.Expected {
			mark = styleMuted + "·" + styleEnd
		}
		fmt.Fprintf(b, "\n%s %s %s\n", mark, visible.Line(d.Step), styleStrong+visible.Line(d.Name)+styleEnd)
		if d.Verdict == compare.Suspicious {
			b.WriteString(hung("    "+visible.Line(d.Why), width, 4) + "\n")
		}
		for _, v := range []struct{ name, value string }{{c.A.Name, value(d.A, d.InA)}, {c.B.Name, value(d.B, d.InB)}} {
			b.WriteString(hung("    "+pad(v.name, names)+"  "+visible.Line(v.value), width, 6+names) + "\n")
		}
		if len(d.Also) > 0 {
			b.WriteString(hung("    also at "+visible.Line(clipTo(strings.Join(d.Also, ", "), 200)), width, 4) + "\n")
		}
	}
}

// hung breaks a text at blanks so that no line is wider; all lines but the first begin with
// so many blanks. Width 0 breaks nothing. A word that is too long is cut in pieces.
func hung(text string, width, indent int) string {
	if width <= indent+8 {
		return text
	}
	var b strings.Builder
	r := []rune(text)
	for room := width; fitting(r, room) < len(r); room = width - indent {
		most := max(1, fitting(r, room))
		at := most
		for k := most; k > 0; k-- {
			if r[k] == ' ' && strings.TrimSpace(string(r[:k])) != "" {
				at = k
				break
			}
		}
		if blankFrom(r, at) { // nothing but the indent would stand before the break
			at = most
		}
		b.WriteString(string(r[:at]) + "\n" + strings.Repeat(" ", indent))
		r = []rune(strings.TrimLeft(string(r[at:]), " "))
	}
	return b.String() + string(r)
}

// blankFrom tells that the text up to there holds one short word and then only blanks, as a
// label before its value does.
func blankFrom(r []rune, at int) bool {
	return len(strings.Fields(string(r[:at]))) < 2 && at < len(r)/3
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
		w = max(w, ansi.StringWidthWc(visible.Line(t)))
	}
	return min(w, limit)
}

// writeExpected folds the expected differences to their names, step by step.
func writeExpected(b *strings.Builder, c compare.Comparison, width int) {
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
			b.WriteString(hung("  "+pad(step, widthStep)+" "+strings.Join(names, ", "), width, widthStep+3) + "\n")
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
	return s + strings.Repeat(" ", width-ansi.StringWidthWc(s))
}

// clipTo cuts a text to so many cells, the last of them an ellipsis.
func clipTo(s string, width int) string {
	r := []rune(s)
	if fitting(r, width) == len(r) {
		return s
	}
	return string(r[:fitting(r, width-1)]) + "…"
}

// fitting is how many of the characters fit into so many cells; some take two, or none.
func fitting(r []rune, cells int) int {
	for i, c := range r {
		n := 1
		if c > 0x7e {
			n = ansi.StringWidthWc(string(c))
		}
		if cells -= n; cells < 0 {
			return i
		}
	}
	return len(r)
}
