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

// recorded finds a run by its number in the list, by its id, or as last, last~1 and so on.
func (t *talk) recorded(text string) (flows.RunID, bool) {
	if rest, ok := strings.CutPrefix(text, "last"); ok {
		return t.last(rest)
	}
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

// last is the newest run, or behind "~N" the one that is N older.
func (t *talk) last(back string) (flows.RunID, bool) {
	n := 0
	if back != "" {
		var err error
		if n, err = strconv.Atoi(strings.TrimPrefix(back, "~")); err != nil || n < 0 || !strings.HasPrefix(back, "~") {
			return "", false
		}
	}
	runs, err := t.deps.Runs(t.ctx, "", min(n, 999)+1)
	if err != nil || n >= len(runs) {
		return "", false
	}
	return runs[n].ID, true
}

// compare lays two environments of the provider, two recorded runs or two providers side by
// side.
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
		t.out.sentence("nothing can be compared here")
		return nil
	case simulated && (len(names) < 2 || names[0] != flows.EnvSimulator):
		t.out.sentence("there is only one environment: nothing to compare it with")
		return nil
	case simulated:
		words = []string{names[max(0, len(names)-2)], names[len(names)-1]}
	}
	sides, called, ok := t.sides(p, words)
	if !ok {
		t.out.sentence(fmt.Sprintf("compare takes two environments (%s has %s), two recorded runs (history lists them) or two providers (list does)", p.Title, strings.Join(names, ", ")))
		return nil
	}
	text := called[0] + " against " + called[1]
	if own := func(s Side) bool { return s.Provider == p.Name && !s.Simulated }; own(sides[0]) && own(sides[1]) {
		text = fmt.Sprintf("%s: %s against %s", p.Title, sides[0].Environment, sides[1].Environment)
	}
	if simulated {
		sides[0].Simulated, sides[1].Simulated = true, true
		text += ", both simulated, with planted differences to find"
	}
	t.out.sentence(text)
	t.out.flush()
	w, err := t.deps.Compare(t.ctx, sides[0], sides[1])
	if err != nil {
		t.out.sentence(err.Error())
		return t.ctx.Err()
	}
	t.tellVerdict(w, all)
	return nil
}

// sides reads what is to be compared; false: not two sides, or not all of them are known.
// called is how each is told.
func (t *talk) sides(p flows.Provider, words []string) (out [2]Side, called [2]string, ok bool) {
	if len(words) != 2 {
		return out, called, false
	}
	for i, word := range words {
		if out[i], called[i], ok = t.side(p, word); !ok {
			return out, called, false
		}
	}
	return out, called, true
}

// side reads one side: an environment of the provider, another provider, which is then walked
// at its simulator, or a recorded run.
func (t *talk) side(p flows.Provider, word string) (Side, string, bool) {
	if contains(present.EnvironmentNames(p), word) {
		return Side{Provider: p.Name, Environment: word}, p.Title + " in " + word, true
	}
	for _, other := range t.deps.Catalogue {
		if other.Name == word && contains(present.EnvironmentNames(other), flows.EnvSimulator) {
			return Side{Provider: other.Name, Environment: flows.EnvSimulator, Simulated: true}, other.Title + " at the simulator", true
		}
	}
	if t.deps.Runs != nil {
		if id, ok := t.recorded(word); ok {
			return Side{Run: id}, "run " + string(id), true
		}
	}
	return Side{}, "", false
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
