package linear

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"oauthlens/flows"
	"oauthlens/ui/present"
)

// chosenFinding is the one that a number names; without a number the first that fits.
func (t *talk) chosenFinding(args string, fits func(present.FindingView) bool) (present.FindingView, error) {
	found := t.view.findings()
	if len(found) == 0 {
		return present.FindingView{}, errors.New(present.NothingFound + t.foundElsewhere())
	}
	if args = strings.TrimSpace(args); args != "" {
		n, err := strconv.Atoi(args)
		if err != nil || n < 1 || n > len(found) {
			return present.FindingView{}, fmt.Errorf("this step has the findings 1 to %d", len(found))
		}
		return found[n-1], nil
	}
	for _, f := range found {
		if fits(f) {
			return f, nil
		}
	}
	return found[0], nil
}

// foundElsewhere names the steps that have findings.
func (t *talk) foundElsewhere() string {
	var steps []string
	for i, r := range t.view.walk.Rail {
		if r.Worst != "" {
			steps = append(steps, strconv.Itoa(i+1))
		}
	}
	if len(steps) == 0 {
		return ""
	}
	return "; there are findings at step " + strings.Join(steps, " and ") + ": type " + steps[0] + ", then f"
}

// tellFinding tells findings in full.
func (t *talk) tellFinding(args string) error {
	f, err := t.chosenFinding(args, func(present.FindingView) bool { return true })
	if err != nil {
		t.out.sentence(err.Error())
		return nil
	}
	for i, other := range t.view.findings() {
		if strings.TrimSpace(args) != "" && findingKey(other.Finding) != findingKey(f.Finding) {
			continue
		}
		f := other
		t.out.sentence(fmt.Sprintf("%s: %s", f.Finding.Severity, f.Finding.Title))
		lines := f.Detail()
		rest := present.List{}
		for n := 1; n < lines.Len(); n++ { // the first is the title
			if l := lines.At(n); len(l.Spans) == 0 || l.Spans[0].Text != "a " { // it names the screen's key
				rest = append(rest, l)
			}
		}
		t.tellLines(rest)
		if r := f.Finding.Remedy; r != nil {
			then := ""
			if r.Redo != "" {
				then = " and starts again"
			}
			t.out.say(fmt.Sprintf("a %d does this%s: %s.", i+1, then, r.Text))
		}
	}
	return nil
}

// apply changes what a finding says, and starts again where that is needed.
func (t *talk) apply(args string) error {
	f, err := t.chosenFinding(args, func(f present.FindingView) bool { return f.Finding.Remedy != nil })
	if err == nil && f.Finding.Remedy == nil {
		err = errors.New(present.NoRemedy + "; f tells what to change")
	}
	if err != nil {
		t.out.sentence(err.Error())
		return nil
	}
	r := f.Finding.Remedy
	t.out.sentence("applied: " + r.Text)
	if r.Redo == "" {
		return t.change(r.Change)
	}
	t.run.handle(flows.Changed{Change: t.run.own(r.Change)})
	o, offered := t.run.walk().Offer(r.Redo)
	if !offered {
		o = present.Offer{Action: r.Redo, To: -1}
	}
	t.view.wandered = false
	return t.ask(o)
}

// explain tells what a thing is.
func (t *talk) explain(args string) error {
	name := strings.TrimSpace(args)
	if name == "" && !t.atWalk() {
		return t.about("")
	}
	ref, ok := t.reference(name)
	if !ok {
		t.out.sentence(fmt.Sprintf("nothing of the name %q is told here", name))
		return nil
	}
	if t.deps.Explain == nil {
		t.out.sentence("there are no explanations here")
		return nil
	}
	title, lines, ok := t.deps.Explain(t.subject().Name, ref)
	switch {
	case !ok && name == "":
		t.out.sentence(t.view.pane().Intro)
	case !ok:
		t.out.sentence("nothing is known about " + ref.Name)
	default:
		t.out.say(title + ":")
		t.tellLines(lines)
	}
	return nil
}

// reference names the explanation of what is called so here; of the step, without a name.
func (t *talk) reference(name string) (present.ExplainRef, bool) {
	explains := func(l present.Line) bool { return l.Explain.Name != "" }
	called := func(l present.Line) bool { return strings.EqualFold(l.Explain.Name, name) }
	if !t.atWalk() {
		p := t.subject()
		lines := present.ProviderLines(p, present.ProviderFacts{Environment: t.wanted(p), Grant: t.grant})
		i := slices.IndexFunc(lines, func(l present.Line) bool { return explains(l) && (called(l) || named(l, name, false)) })
		if i < 0 {
			return present.ExplainRef{}, false
		}
		return lines[i].Explain, true
	}
	if name == "" {
		return present.ExplainRef{Kind: "step", Name: t.view.walk.Rail[t.view.stage].Key}, true
	}
	p, ok := t.view.find(name, explains)
	if !ok {
		p, ok = t.view.findLine(called)
	}
	return p.line.Explain, ok
}

// status tells where the run is.
func (t *talk) status(string) error {
	t.refreshView()
	h := t.view.walk.Header
	t.out.sentence(strings.Join(append(append([]string{}, h.Path[1:]...), h.Environment), ", "))
	for i, r := range t.view.walk.Rail {
		text := fmt.Sprintf("Step %d, %s: %s", i+1, r.Title, statusWord(r.State))
		if r.Worst != "" {
			text += ", worst finding: " + string(r.Worst)
		}
		if i == t.view.stage {
			text += ", told now"
		}
		t.out.say(text)
	}
	for _, c := range h.Countdowns {
		t.out.sentence(c.Label + " token: " + c.Text)
	}
	if t.run.kept != "" {
		t.out.sentence("in the history: " + t.run.kept)
	}
	if b := t.view.walk.Busy; b != nil {
		t.out.sentence(b.What + t.within())
	}
	return nil
}

func statusWord(s present.RailState) string {
	switch s {
	case present.Todo:
		return "not yet"
	case present.Current:
		return "now"
	}
	return stateWord(s)
}
