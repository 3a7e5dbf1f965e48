package linear

import (
	"fmt"
	"strconv"
	"strings"

	"oauthlens/flows"
	"oauthlens/ui/present"
)

// mostRuns is how many runs of the history are listed.
const mostRuns = 20

// history lists the newest runs.
func (t *talk) history(args string) error {
	if t.deps.Runs == nil {
		t.out.sentence("there is no history here")
		return nil
	}
	runs, err := t.deps.Runs(t.ctx, strings.TrimSpace(args), mostRuns)
	if err != nil {
		t.out.sentence(err.Error())
		return nil
	}
	t.runs = runs
	if len(runs) == 0 {
		t.out.say("No runs.")
		return nil
	}
	t.out.say("The newest runs; reopen NUMBER opens one:")
	for i, r := range runs {
		outcome := string(r.Outcome)
		if outcome == "" {
			outcome = "not finished"
		}
		if r.Why != "" {
			outcome += ", " + r.Why
		}
		t.out.say(fmt.Sprintf("%d. %s, %s, %s: %s, %s ago, id %s", i+1, r.Provider, present.GrantTitle(r.Grant), r.Environment, outcome,
			present.Coarse(t.deps.Now().Sub(r.Started)), r.ID))
	}
	return nil
}

// shortestID is how much of an id must be written at least.
const shortestID = 4

// reopen opens a recorded run to be looked at; what is asked of it then makes it live.
func (t *talk) reopen(args string) error {
	if t.deps.Open == nil || t.deps.Runs == nil {
		t.out.sentence("there is no history here")
		return nil
	}
	id, ok := t.recorded(strings.TrimSpace(args))
	if !ok {
		t.out.sentence("there is no such run: history lists them, and an id has at least four characters")
		return nil
	}
	s, err := t.deps.Open(t.ctx, id)
	if err != nil {
		t.out.sentence(err.Error())
		return nil
	}
	t.enter(Choice{}, s)
	t.out.say("A recorded run: what is asked of it makes it live again, where it can be.")
	t.tellNow(true)
	return nil
}

// recorded finds a run by its number in the list, or by its id.
func (t *talk) recorded(text string) (flows.RunID, bool) {
	if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(t.runs) {
		return t.runs[n-1].ID, true
	}
	if len(text) < shortestID {
		return "", false
	}
	runs, err := t.deps.Runs(t.ctx, "", 1000)
	if err != nil {
		return "", false
	}
	for _, r := range runs {
		if strings.HasPrefix(string(r.ID), text) {
			return r.ID, true
		}
	}
	return "", false
}

// compare lays two environments of the provider side by side.
func (t *talk) compare(args string) error {
	p := t.subject()
	names, words := present.EnvironmentNames(p), strings.FieldsFunc(args, func(r rune) bool { return r == ' ' || r == ',' })
	all := len(words) > 0 && words[len(words)-1] == "all"
	if all {
		words = words[:len(words)-1]
	}
	simulated := len(words) == 0
	switch {
	case t.deps.Compare == nil:
		t.out.sentence("environments cannot be compared here")
		return nil
	case simulated && (len(names) < 2 || names[0] != flows.EnvSimulator):
		t.out.sentence("there is only one environment: nothing to compare it with")
		return nil
	case simulated:
		words = []string{names[max(0, len(names)-2)], names[len(names)-1]}
	case len(words) != 2 || !contains(names, words[0]) || !contains(names, words[1]):
		t.out.sentence(fmt.Sprintf("compare takes two environments: %s has %s", p.Title, strings.Join(names, ", ")))
		return nil
	}
	text := fmt.Sprintf("%s: %s against %s", p.Title, words[0], words[1])
	if simulated {
		text += ", both simulated, with planted differences to find"
	}
	t.out.sentence(text)
	t.out.flush()
	w, err := t.deps.Compare(t.ctx, p.Name, words[0], words[1], simulated)
	if err != nil {
		t.out.sentence(err.Error())
		return t.ctx.Err()
	}
	t.tellVerdict(w, all)
	return nil
}

// tellVerdict tells the first step of a comparison, which holds what all the others do; all
// tells what was to be expected too.
func (t *talk) tellVerdict(w present.Walk, all bool) {
	if len(w.Panes) == 0 || len(w.Panes[0].Tabs) == 0 {
		return
	}
	tabs := w.Panes[0].Tabs
	t.out.sentence(w.Panes[0].Intro)
	tab := tabs[0]
	if all {
		tab = tabs[len(tabs)-1]
	}
	parts, more := sections(tab.Build())
	for _, p := range parts {
		for i, l := range p.lines {
			p.lines[i] = strings.Replace(l, "; d shows them", "; compare, with all behind it, tells them", 1)
		}
	}
	tellSections(t.out, parts, map[string]bool{})
	tellMore(t.out, more)
}

// inspect takes a text apart.
func (t *talk) inspect(args string) error {
	if t.deps.Inspect == nil {
		t.out.sentence("nothing can be inspected here")
		return nil
	}
	w, err := t.deps.Inspect(t.ctx, args)
	if err != nil {
		t.out.sentence(err.Error())
		return nil
	}
	t.tellWalk(w)
	return nil
}

// tellWalk tells every step of something that is only looked at.
func (t *talk) tellWalk(w present.Walk) {
	v := newView()
	v.walk, v.ready = w, true
	for i := range w.Panes {
		v.stage = i
		v.tellStep(t.out, true)
	}
	v.tellElsewhere(t.out)
	t.out.gap()
}
