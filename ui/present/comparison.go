package present

import (
	"fmt"
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/compare"
)

// Sides is what the screen of a comparison shows beside the differences.
type Sides struct {
	// A and B are the runs as screens; nil: there is none.
	A, B *Walk
	// Missing are the sides that were not walked yet, in order.
	Missing []MissingSide
	// Unread: the metadata documents were asked for, and neither could be read.
	Unread bool
	// How says in a sentence how the two sides were found.
	How string
	// Offers: flows.ActDiscover fetches the metadata documents of both sides.
	Offers []Offer
}

// MissingSide is a side of a comparison without a run; Grant is that of the other side,
// empty if that has none either.
type MissingSide struct {
	Name, Provider, Environment string
	Grant                       flows.Grant
}

// Comparison is two runs, or two environments, side by side as a screen: what is
// suspicious on top, then each step, expected differences folded away on a tab of their
// own, and each side's own pane beside them.
func Comparison(c compare.Comparison, sides Sides) Walk {
	suspicious := c.Suspicious()
	w := Walk{Header: comparedHeader(c, sides.A), Ended: true, Offers: sides.Offers}
	next := Next{Label: "on to the next step", To: 0}
	static := len(sides.Missing) > 0
	if static {
		missing := sides.Missing[0]
		next = Next{Label: "walk " + missing.Name, Provider: missing.Provider, Environment: missing.Environment, Grant: missing.Grant}
	}
	add := func(key, title string, tabs []Tab, worst flows.Severity) {
		w.Rail = append(w.Rail, RailItem{Key: key, Title: title, State: Done, Worst: worst})
		w.Panes = append(w.Panes, Pane{Title: title, Tabs: tabs, Next: next})
	}
	add("verdict", "Verdict", verdictTabs(c, static), severityOf(suspicious))
	w.Panes[0].Intro = verdictIntro(c, sides)
	for _, step := range c.Steps {
		var bad, good []compare.Difference
		for _, d := range c.Of(step) {
			if d.Verdict == compare.Suspicious {
				bad = append(bad, d)
			} else {
				good = append(good, d)
			}
		}
		add(step, comparedTitle(step), append(comparisonTabs(c, bad, good), sideTabs(c, step, sides.A, sides.B)...), severityOf(bad))
		w.Panes[len(w.Panes)-1].Intro = comparedIntro(step)
	}
	if !static {
		for i := range w.Panes {
			w.Panes[i].Next.To = w.nextSuspicious(i)
			w.Panes[i].Next.Label = "on to " + lowerFirst(w.Rail[w.Panes[i].Next.To].Title)
		}
	}
	return w
}

// nextSuspicious is the next step where something is suspicious, or the first of all; where
// nothing is, the next step.
func (w Walk) nextSuspicious(i int) int {
	any := false
	for k := 1; k < len(w.Rail); k++ {
		suspicious := w.Rail[k].Worst != ""
		if k > i && suspicious {
			return k
		}
		any = any || suspicious
	}
	if any {
		return 0
	}
	return (i + 1) % len(w.Rail)
}

func lowerFirst(s string) string {
	if len(s) > 1 && s[1] >= 'A' && s[1] <= 'Z' {
		return s // an abbreviation
	}
	return strings.ToLower(s[:min(1, len(s))]) + s[min(1, len(s)):]
}

func comparedHeader(c compare.Comparison, a *Walk) Header {
	h := Header{Path: []string{"oauthlens", "compare"}}
	switch {
	case c.A.Provider != c.B.Provider: // the names of the sides say it
	case a != nil && len(a.Header.Path) > 1:
		h.Path = append(h.Path, a.Header.Path[1])
	case c.A.Title != "":
		h.Path = append(h.Path, c.A.Title)
	}
	h.Path = append(h.Path, c.A.Name+" and "+c.B.Name)
	switch real := realEnvironments(c); {
	case len(real) == 0 && c.A.Simulated:
		h.Environment = flows.EnvSimulator
	case slices.Contains(real, flows.EnvProduction): // the one to be careful with
		h.Environment = flows.EnvProduction
	case len(real) > 0:
		h.Environment = real[0]
	}
	return h
}

// realEnvironments are the environments of the sides that no simulator plays.
func realEnvironments(c compare.Comparison) []string {
	var out []string
	for _, s := range []compare.Side{c.A, c.B} {
		if !s.Simulated && s.Environment != "" {
			out = append(out, s.Environment)
		}
	}
	return out
}

// comparedIntro says what a step of a comparison is, where its name does not.
func comparedIntro(step string) string {
	switch step {
	case compare.StepMistake:
		return "The same mistake, made on purpose on both sides in a run of its own: what each answers to it."
	case compare.StepProfile:
		return "What the profile declares for each environment."
	}
	return ""
}

// sideTabs show the step as each side walked it.
func sideTabs(c compare.Comparison, step string, a, b *Walk) []Tab {
	var out []Tab
	for _, side := range []struct {
		name string
		walk *Walk
	}{{c.A.Name, a}, {c.B.Name, b}} {
		if side.walk == nil {
			continue
		}
		for i, item := range side.walk.Rail {
			if item.Key != railOfStep(step) || len(side.walk.Panes[i].Tabs) == 0 {
				continue
			}
			if tab, ok := sideTab(step, side.walk.Panes[i].Tabs); ok {
				tab.Name = side.name
				out = append(out, tab)
			}
		}
	}
	return out
}

// sideTab is the tab of a side's pane that shows the step: the first, but for what shares
// a pane with something else, of which there is only the exchange as it was.
func sideTab(step string, tabs []Tab) (Tab, bool) {
	kind, _, _ := strings.Cut(step, "[")
	if kind != string(flows.StepDiscovery) && kind != string(flows.StepJWKS) {
		return tabs[0], true
	}
	for _, t := range tabs {
		if t.Name == "Raw" {
			return t, true
		}
	}
	return Tab{}, false
}

// railOfStep is the entry of a walk's rail under which a step of a comparison is shown.
func railOfStep(step string) string {
	switch step {
	case compare.StepRun:
		return railClient
	case compare.StepToken:
		return railToken
	case compare.StepClaims:
		return railClaims
	case compare.StepMistake, compare.StepProfile:
		return ""
	}
	kind, _, _ := strings.Cut(step, "[")
	return (&builder{}).stepRail(flows.StepKind(kind))
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
	case string(flows.StepAuthorize):
		return "Consent page"
	case string(flows.StepAuthorize) + "[2]":
		return "Consent given"
	}
	kind, number, _ := strings.Cut(strings.TrimSuffix(step, "]"), "[")
	return strings.TrimSpace(stepTitle(flows.StepKind(kind)) + " " + number)
}

func verdictIntro(c compare.Comparison, sides Sides) string {
	intro := ""
	switch n := len(c.Suspicious()); {
	case len(sides.Missing) > 0:
		intro = noRunIntro(c, sides)
	case n == 0 && c.A.Outcome == flows.Failed && c.B.Outcome == flows.Failed:
		intro = "Nothing differs that matters: both sides fail, in the same way."
	case n == 0:
		intro = "Nothing differs that matters."
	case n == 1:
		intro = "One difference is suspicious."
	default:
		intro = fmt.Sprintf("%d differences are suspicious, the gravest first.", n)
	}
	return strings.TrimSpace(intro + " " + sides.How)
}

// noRunIntro says what is compared without runs, and how there can be more.
func noRunIntro(c compare.Comparison, sides Sides) string {
	var names []string
	for _, m := range sides.Missing {
		names = append(names, m.Name)
	}
	what := "what the profile says"
	if c.A.Provider != c.B.Provider {
		what = "what the profiles say"
	}
	switch {
	case sides.Unread:
		what += " (no metadata could be read)"
	case slices.Contains(c.Steps, string(flows.StepDiscovery)):
		what = "what profile and metadata documents say"
	}
	return "There is no run of " + strings.Join(names, " and none of ") + " yet: compared is " + what + "."
}

// verdictTabs are all differences of all steps: the sentence first, since it says what
// the values mean. Without runs there is little, and nothing is folded.
func verdictTabs(c compare.Comparison, static bool) []Tab {
	build := func(all bool) func() Lines {
		return func() Lines {
			out := sentences(c, c.Suspicious())
			if len(out) == 0 {
				out = List{{Kind: Text, Spans: []Span{T("✓ ", OK), T("Nothing suspicious differs.", Plain)}}}
			}
			show := sentences
			if static {
				show = differences
			}
			return append(append(out, withoutSecrets(c)...), folded(c.Expected(), all || static, func(ds []compare.Difference) List { return show(c, ds) })...)
		}
	}
	return foldingTabs(build)
}

// withoutSecrets says of which runs the tokens could not be read.
func withoutSecrets(c compare.Comparison) List {
	var out List
	for _, s := range []compare.Side{c.A, c.B} {
		if s.Redacted {
			run := "the run of " + s.Name
			if strings.HasPrefix(s.Name, "the ") { // "the older run"
				run = s.Name
			}
			out = append(out, gap(), remark("T"+run[1:]+" was kept without its secrets: what is in its tokens is not compared."))
		}
	}
	return out
}

func foldingTabs(build func(all bool) func() Lines) []Tab {
	return []Tab{{Name: "Suspicious", Version: "s", Build: build(false)}, {Name: "Everything", Version: "e", Build: build(true)}}
}

// folded are the expected differences, or how many there are.
func folded(expected []compare.Difference, all bool, show func([]compare.Difference) List) List {
	switch {
	case len(expected) == 0:
		return nil
	case all:
		return append(List{gap(), heading("Expected")}, show(expected)...)
	}
	if len(expected) == 1 {
		return List{gap(), remark("1 difference is expected and folded; d shows it.")}
	}
	return List{gap(), remark(itoa(len(expected)) + " differences are expected and folded; d shows them.")}
}

// comparisonTabs are the differences of one step, as a table.
func comparisonTabs(c compare.Comparison, suspicious, expected []compare.Difference) []Tab {
	build := func(all bool) func() Lines {
		return func() Lines {
			out := differences(c, suspicious)
			if len(suspicious) == 0 {
				out = List{{Kind: Text, Spans: []Span{T("✓ ", OK), T("Nothing suspicious here.", Plain)}}}
			}
			return append(out, folded(expected, all, func(ds []compare.Difference) List { return differences(c, ds) })...)
		}
	}
	return foldingTabs(build)
}

func differenceMark(d compare.Difference) Span {
	if d.Verdict == compare.Expected {
		return T("· ", Muted)
	}
	return T("▲ ", Warn)
}

func differenceCopy(d compare.Difference) Copy {
	return Copy{What: "the difference", Text: fmt.Sprintf("%s: %q and %q. %s", d.Path, d.A, d.B, d.Why)}
}

// explainDifference names what F1 explains at a difference: the thing that differs, or, where
// nothing is known of that, why the difference matters.
func explainDifference(d compare.Difference) ExplainRef {
	for _, k := range []struct{ part, kind string }{
		{".response.headers.", "header"}, {".header.", "jose header"}, {".claims.", "claim"}, {".params.", "parameter"}, {".request.body.", "parameter"},
		{compare.StepToken + ".", "field"}, {string(flows.StepRefresh) + ".token.", "field"}, {string(flows.StepDiscovery) + ".response.body", "metadata"}, {".response.status", "status"},
	} {
		if strings.Contains(d.Path, k.part) {
			if ref := (ExplainRef{Kind: k.kind, Name: strings.TrimSuffix(d.Name, " type")}); known(ref) {
				return ref
			}
		}
	}
	return ExplainRef{Kind: kindDifference, Name: d.Rule}
}

// kindDifference is the kind of an explanation of what a rule of the comparison is about.
const kindDifference = "difference"

// explainRule is the page about a rule of the comparison: what differs, and why that matters
// or does not.
func explainRule(code string) (title string, lines Lines, ok bool) {
	for _, r := range compare.Rules() {
		if r.Code != code {
			continue
		}
		line := func(text string) Line { return Line{Kind: Text, Spans: []Span{T(text, Plain)}} }
		out := List{line("What differs: " + r.What + "."), gap(), line(r.Reason), gap(), line("Such a difference is " + string(r.Verdict) + ".")}
		if r.Spec != "" {
			out = append(out, gap(), heading("Specification"), line(r.Spec))
		}
		return "difference: " + r.Code, out, true
	}
	return "", nil, false
}

// sentences are two lines for each difference: what it means, then where and which values.
// What means the same as the one before stands below its sentence.
func sentences(c compare.Comparison, ds []compare.Difference) List {
	var out List
	for i, d := range ds {
		where := comparedTitle(d.Step) + " · " + d.Name
		if d.Name == d.Step {
			where = comparedTitle(d.Step)
		}
		values := []Span{T(where+"  ", Label)}
		values = append(append(append(values, sideCell(d.A, d.InA)...), T("  │  ", Muted)), sideCell(d.B, d.InB)...)
		for i := 1; i < len(values); i++ {
			values[i].Tone = Muted
		}
		line := Line{Kind: Text, Spans: []Span{differenceMark(d), T(d.Why, Plain)}, Suspicious: d.Verdict == compare.Suspicious, Path: d.Path, Copy: differenceCopy(d), Explain: explainDifference(d)}
		if again := i > 0 && ds[i-1].Why == d.Why && ds[i-1].Verdict == d.Verdict; !again {
			out = append(out, line)
			line.Suspicious = false // the cursor stops at the sentence
		}
		line.Indent, line.Spans = 1, values
		out = append(out, line)
	}
	return out
}

// differences are a table with a column for each side, and the reason below each row, or
// below the rows that share it.
func differences(c compare.Comparison, ds []compare.Difference) List {
	if len(ds) == 0 {
		return nil
	}
	heads := []string{"", c.A.Name, c.B.Name}
	out := List{{Kind: Table, Heads: heads, Cells: [][]Span{{T("", Muted)}, {T(c.A.Name, Muted)}, {T(c.B.Name, Muted)}}}}
	for i, d := range ds {
		name := []Span{differenceMark(d), T(d.Name, Strong)}
		out = append(out, Line{Kind: Table, Suspicious: d.Verdict == compare.Suspicious, Path: d.Path, Heads: heads, Cells: [][]Span{name, sideCell(d.A, d.InA), sideCell(d.B, d.InB)}, Copy: differenceCopy(d), Explain: explainDifference(d)})
		if i+1 == len(ds) || ds[i+1].Why != d.Why {
			out = append(out, Line{Kind: Text, Indent: 1, Spans: []Span{T(d.Why, Muted)}, Path: d.Path})
		}
		if len(d.Also) > 0 {
			out = append(out, Line{Kind: Text, Indent: 1, Spans: []Span{T("also: "+strings.Join(alsoAt(d), ", "), Muted)}, Path: d.Path})
		}
	}
	return out
}

// alsoAt names the other places of a difference: the step alone where the rest of the
// path is the same.
func alsoAt(d compare.Difference) []string {
	var out []string
	rest := strings.TrimPrefix(d.Path, d.Step)
	for _, p := range d.Also {
		if step, ok := strings.CutSuffix(p, rest); ok && !strings.Contains(step, ".") {
			p = comparedTitle(step)
		} else if strings.HasPrefix(p, compare.StepMistake+".") && strings.HasSuffix(p, rest) {
			p = comparedTitle(compare.StepMistake)
		}
		if !slices.Contains(out, p) { // there are several mistakes
			out = append(out, p)
		}
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
