package linear

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"oauthlens/flows"
	"oauthlens/ui/present"
)

// view is which step of a walk is told, and what of it was told before.
type view struct {
	walk  present.Walk
	ready bool
	stage int
	// wandered: the user went to another step, so the telling does not follow the session.
	wandered bool
	told     int // the step told last, -1: none
	state    present.RailState
	lines    map[int]map[string]bool
	answered map[int]int // by step, the answer told last
	found    map[string]bool
	noted    map[int]bool // steps of which it was told what they are for and what is good to know
	status   string
	busy     string
}

func newView() *view {
	return &view{told: -1, lines: map[int]map[string]bool{}, answered: map[int]int{}, found: map[string]bool{}, noted: map[int]bool{}}
}

// show takes the run as it is now and follows it to its next step.
func (v *view) show(w present.Walk) {
	moved := !v.ready || w.Current != v.walk.Current
	v.walk, v.ready = w, true
	if moved && !v.wandered {
		v.stage = w.Current
	}
	v.stage = max(0, min(v.stage, len(w.Panes)-1))
	there := map[string]bool{}
	for _, f := range w.Findings {
		there[findingKey(f.Finding)] = true
	}
	maps.DeleteFunc(v.found, func(key string, _ bool) bool { return !there[key] }) // found again, it is told again
}

func (v *view) pane() present.Pane {
	if v.stage < len(v.walk.Panes) {
		return v.walk.Panes[v.stage]
	}
	return present.Pane{}
}

// tab is the content of a tab of the step; nil: it has none of that name.
func (v *view) tab(name string) present.Lines {
	for _, t := range v.pane().Tabs {
		if strings.EqualFold(t.Name, name) {
			return t.Build()
		}
	}
	return nil
}

// explained is the first tab of a step.
func explained(p present.Pane) present.Lines {
	if len(p.Tabs) == 0 {
		return present.List{}
	}
	return p.Tabs[0].Build()
}

// tell tells the step: whole when it is another one than before, or when that is wanted;
// else what is new in it.
func (v *view) tell(out *speech, whole bool) {
	if whole || v.stage != v.told {
		v.tellStep(out, whole || !v.noted[v.stage])
	} else {
		v.tellNews(out)
	}
	v.told = v.stage
	if v.stage < len(v.walk.Rail) {
		v.state = v.walk.Rail[v.stage].State
	}
	v.tellElsewhere(out)
	v.tellStatus(out)
}

// tellStep tells a step from its heading on; first tells what it is for too, and what is
// good to know about the provider.
func (v *view) tellStep(out *speech, first bool) {
	out.gap()
	out.say(v.heading())
	if first {
		out.sentence(v.pane().Intro)
	}
	known := map[string]bool{}
	v.lines[v.stage], v.answered[v.stage] = known, v.pane().Answered
	if first {
		v.noted[v.stage] = false
	}
	parts, more := v.sections()
	tellSections(out, parts, known)
	tellMore(out, more)
	v.tellFindings(out, true)
}

// sections are those of the step, without what is good to know about the provider when that
// was told.
func (v *view) sections() ([]section, int) {
	parts, more := sections(explained(v.pane()))
	if v.noted[v.stage] {
		parts = slices.DeleteFunc(parts, func(p section) bool { return strings.HasPrefix(p.title, present.GoodToKnow) })
	}
	v.noted[v.stage] = true
	return parts, more
}

// tellNews tells what changed at the step told last.
func (v *view) tellNews(out *speech) {
	known, now := v.lines[v.stage], map[string]bool{}
	another := v.pane().Answered != v.answered[v.stage]
	v.answered[v.stage] = v.pane().Answered
	parts, more := v.sections()
	var fresh []section
	for _, p := range parts {
		n := section{title: p.title}
		for _, l := range p.lines {
			// what came of another request is told though it came of the one before, too
			if !known[lasting(l)] || another && p.title == "" && isOutcome(l) {
				n.lines = append(n.lines, l)
			}
			now[lasting(l)] = true // what is gone is new again when it comes back
		}
		if len(n.lines) > 0 {
			fresh = append(fresh, n)
		}
	}
	if v.stage < len(v.walk.Rail) && v.walk.Rail[v.stage].State != v.state {
		out.gap()
		out.say(v.heading())
	}
	v.lines[v.stage] = now
	tellSections(out, fresh, now)
	if len(fresh) > 0 {
		tellMore(out, more)
	}
	v.tellFindings(out, false)
}

// isOutcome tells the line that says what came of a request.
func isOutcome(line string) bool {
	return strings.HasPrefix(line, "ok: ") || strings.HasPrefix(line, "failed: ")
}

func tellSections(out *speech, parts []section, known map[string]bool) {
	for _, p := range parts {
		if p.title != "" && len(p.lines) > 0 {
			out.say(p.title + ":")
		}
		for _, l := range p.lines {
			out.say(l)
			known[lasting(l)] = true
		}
	}
}

// relative is how far off a moment is; it changes with the time of day alone.
var relative = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(in )?\d+ (s|min|h|d|mo|y)\b( ago)?`) })

// lasting is what of a line does not change with the time of day.
func lasting(line string) string {
	if strings.HasPrefix(line, "server clock: ") {
		_, line, _ = strings.Cut(line, " UTC")
	}
	return relative().ReplaceAllString(line, "")
}

func tellMore(out *speech, more int) {
	if more > 0 {
		out.sentence(fmt.Sprintf("%d more lines are left out here: w FILE writes what was received to a file", more))
	}
}

// heading names the step, where it is sent to, and how it stands.
func (v *view) heading() string {
	text := fmt.Sprintf("Step %d of %d: %s", v.stage+1, len(v.walk.Panes), v.pane().Title)
	if env := v.walk.Header.Environment; env != "" {
		text += ", " + env
	}
	if v.stage < len(v.walk.Rail) {
		if word := stateWord(v.walk.Rail[v.stage].State); word != "" {
			text += ", " + word
		}
	}
	return text
}

func stateWord(s present.RailState) string {
	switch s {
	case present.Running:
		return "under way"
	case present.Done:
		return "done"
	case present.Failed:
		return "failed"
	case present.Skipped:
		return "left out"
	}
	return ""
}

// findings are those of the step told, worst first.
func (v *view) findings() []present.FindingView {
	var out []present.FindingView
	for _, i := range v.pane().Findings {
		if i >= 0 && i < len(v.walk.Findings) {
			out = append(out, v.walk.Findings[i])
		}
	}
	return out
}

func findingKey(f flows.Finding) string {
	return f.Code + "\x00" + string(f.Severity) + "\x00" + f.Title.Text
}

func (v *view) tellFindings(out *speech, all bool) {
	for i, f := range v.findings() {
		key := findingKey(f.Finding)
		if !all && v.found[key] {
			continue
		}
		v.found[key] = true
		more := fmt.Sprintf("f %d says why", i+1)
		if f.Finding.Remedy != nil {
			more += fmt.Sprintf(", a %d applies the fix", i+1)
		}
		out.say(fmt.Sprintf("Finding %d, %s: %s (%s)", i+1, f.Finding.Severity, f.Finding.Title, more))
	}
}

// tellElsewhere tells new findings of other steps.
func (v *view) tellElsewhere(out *speech) {
	for _, f := range v.walk.Findings {
		key := findingKey(f.Finding)
		if v.found[key] || f.Rail == v.stage || strings.HasPrefix(f.Finding.Title.Text, present.EarlierTry) {
			continue
		}
		v.found[key] = true
		where := "in this run"
		if f.Rail >= 0 && f.Rail < len(v.walk.Panes) {
			where = fmt.Sprintf("at step %d, %s", f.Rail+1, v.walk.Panes[f.Rail].Title)
		}
		out.say(fmt.Sprintf("Also found %s, %s: %s", where, f.Finding.Severity, f.Finding.Title))
	}
}

// tellStatus tells the last remark of the program, once.
func (v *view) tellStatus(out *speech) {
	if v.walk.Status != "" && v.walk.Status != v.status && !v.lines[v.stage][lasting("warning: "+v.walk.Status)] {
		out.sentence(v.walk.Status)
	}
	v.status = v.walk.Status
}

// prompt says what an empty line does here.
func (v *view) prompt() string {
	const others = "type a command, ? lists them"
	switch n := v.pane().Next; {
	case n.Why != "":
		return "enter cannot go on now: " + strings.TrimSuffix(n.Why, ".") + "; " + others
	case n.Label == "":
		return "enter does nothing here; " + others
	default:
		return "enter: " + n.Label + "; or " + others
	}
}

// place is one line of a walk that was looked for by its name.
type place struct {
	stage int
	line  present.Line
}

// find looks for a line by its name: first at the step told, then at the others. fits tells
// which lines come into question.
func (v *view) find(name string, fits func(present.Line) bool) (place, bool) {
	for _, exact := range []bool{true, false} {
		if p, ok := v.findLine(func(l present.Line) bool { return named(l, name, exact) && fits(l) }); ok {
			return p, true
		}
	}
	return place{}, false
}

// findLine looks for a line at the step told, then at the others.
func (v *view) findLine(fits func(present.Line) bool) (place, bool) {
	stages := []int{v.stage}
	for i := range v.walk.Panes {
		if i != v.stage {
			stages = append(stages, i)
		}
	}
	for _, stage := range stages {
		lines := explained(v.walk.Panes[stage])
		for i := range lines.Len() {
			if l := lines.At(i); fits(l) {
				return place{stage, l}, true
			}
		}
	}
	return place{}, false
}

// label is what a line is called.
func label(l present.Line) string {
	if text := strings.TrimPrefix(strings.TrimPrefix(unmarked(l.Label), "[x] "), "[ ] "); text != "" {
		return text
	}
	return strings.TrimPrefix(strings.TrimPrefix(l.Path, "$"), ".")
}

// names are what a line can be called by.
func names(l present.Line) []string {
	out := []string{label(l), strings.TrimPrefix(strings.TrimPrefix(l.Path, "$"), ".")}
	if l.Edit != nil {
		out = append(out, l.Edit.Name)
		if l.Edit.Name == "" || l.Edit.Target == present.EditCallIndex {
			out = append(out, l.Edit.Target, l.Edit.Value)
		}
	}
	return out
}

func named(l present.Line, name string, exact bool) bool {
	for _, n := range names(l) {
		if n == "" {
			continue
		}
		if n == name || !exact && strings.EqualFold(strings.ReplaceAll(n, " ", "_"), strings.ReplaceAll(name, " ", "_")) {
			return true
		}
	}
	return false
}
