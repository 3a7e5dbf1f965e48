package tui

import (
	"context"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/screen"
)

// fulfilCompare does what concerns comparisons.
func (m *Model) fulfilCompare(w screen.Wish) tea.Cmd {
	switch w := w.(type) {
	case screen.PickSides:
		return m.pickSides(w)
	case pickOther:
		return m.pickOther(w.provider)
	case pickAny:
		return m.pickAny(w)
	case screen.Compare:
		return m.compare(w)
	case screen.WalkSide:
		return m.walkSide(w.Choice)
	case screen.FetchMetadata:
		again := m.compared
		again.Metadata = true
		if w.Confirm != "" {
			m.push(newConfirm("production", w.Confirm, again))
			return nil
		}
		return m.compare(again)
	}
	return nil
}

// pickOther asks for another provider to lay beside this one.
type pickOther struct {
	screen.Wish
	provider string
}

// pickAny asks for one side, and then for the other.
type pickAny struct {
	screen.Wish
	provider string
	grant    flows.Grant  // of its environments
	first    *screen.Side // nil: it is asked for
}

func (m *Model) compare(w screen.Compare) tea.Cmd {
	if m.deps.Compare == nil {
		return m.cannot("nothing can be compared here")
	}
	from := screen.AtCatalogue
	if w.A.Run != "" && w.B.Run != "" && m.place != screen.AtCatalogue {
		from = screen.AtHistory
	}
	return m.openView(screen.CompareTitle, "comparing "+w.A.Name()+" and "+w.B.Name(), from, w, func(ctx context.Context) (Flow, error) {
		return m.deps.Compare(ctx, w.A, w.B, w.Metadata)
	})
}

// walkSide walks the side of the comparison shown that has no run yet; the run under way
// goes on if it is this one.
func (m *Model) walkSide(c screen.Choice) tea.Cmd {
	waits := m.compared
	if m.live.side != nil && m.live.choice.Provider == c.Provider && m.live.choice.Environment == c.Environment && !m.walk.Shown().Ended {
		return m.goTo(screen.AtWalk)
	}
	return m.replace(func() tea.Cmd {
		cmd := m.start(c)
		m.live.side = &waits
		return cmd
	})
}

// backToComparison shows the comparison for which the live run walks a side, with what it
// has walked so far.
func (m *Model) backToComparison() tea.Cmd {
	w := *m.live.side
	for _, side := range []*screen.Side{&w.A, &w.B} {
		if side.Run == "" && side.Provider == m.live.choice.Provider && side.Environment == m.live.choice.Environment {
			side.Live = m.live.flow.Trace()
		}
	}
	w.Metadata = false
	return m.compare(w)
}

// comesBack goes back to the comparison by itself when the run that walked a side ends.
func (m *Model) comesBack() tea.Cmd {
	if m.live.side == nil || m.place != screen.AtWalk || len(m.overlays) > 0 || m.waiting != "" || !m.walk.Shown().Ended {
		return nil
	}
	return m.backToComparison()
}

// pickSides asks what to lay beside what: the pairs that are wanted most often at once, any
// other in two steps.
func (m *Model) pickSides(w screen.PickSides) tea.Cmd {
	if m.deps.Compare == nil {
		return m.cannot("nothing can be compared here")
	}
	if w.Grant == flows.GrantRefreshToken { // begins with a token that is not at hand
		w.Grant = ""
	}
	pairs := m.environmentPairs(w)
	options := make([]screen.Option, 0, len(pairs)+2)
	for i, p := range pairs {
		o := screen.Option{Value: strconv.Itoa(i), Label: p.A.Environment + " and " + p.B.Environment, Note: "by the newest run of each"}
		if p.A.Simulated {
			o.Note = "simulated now, with planted differences"
		}
		options = append(options, o)
	}
	options = append(options, screen.Option{Value: "other", Label: "another provider", Note: "both at their simulators, walked now"},
		screen.Option{Value: "any", Label: "two sides of your choice", Note: "environments, saved runs, other providers"})
	m.push(newPick("compare", options, func(v string) screen.Wish {
		switch i, err := strconv.Atoi(v); {
		case v == "other":
			return pickOther{provider: w.Provider}
		case v == "any":
			return pickAny{provider: w.Provider, grant: w.Grant}
		case err == nil && i < len(pairs):
			return pairs[i]
		}
		return nil
	}))
	return nil
}

// environmentPairs are the pairs of a provider's environments: first one that needs no
// account, then the real ones.
func (m *Model) environmentPairs(w screen.PickSides) []screen.Compare {
	var out []screen.Compare
	for _, p := range m.deps.Catalogue {
		if p.Name != w.Provider {
			continue
		}
		names := present.EnvironmentNames(p)
		pair := func(a, b string, simulated bool) {
			side := screen.Side{Provider: w.Provider, Environment: a, Simulated: simulated, Grant: w.Grant}
			other := side
			other.Environment = b
			out = append(out, screen.Compare{A: side, B: other})
		}
		if n := len(names); n > 1 && names[0] == flows.EnvSimulator {
			pair(names[max(0, n-2)], names[n-1], true)
		}
		for i := len(names) - 1; i > 0; i-- {
			for k := i - 1; k >= 0; k-- {
				pair(names[k], names[i], false)
			}
		}
	}
	return out
}

func (m *Model) pickOther(provider string) tea.Cmd {
	var options []screen.Option
	for _, p := range m.deps.Catalogue {
		if p.Name != provider && present.EnvironmentNames(p)[0] == flows.EnvSimulator {
			options = append(options, screen.Option{Value: p.Name, Label: p.Title, Note: p.Summary})
		}
	}
	if len(options) == 0 {
		return m.cannot("there is no other provider with a simulator")
	}
	m.push(newPick("compare with", options, func(v string) screen.Wish {
		return screen.Compare{A: screen.Side{Provider: provider, Environment: flows.EnvSimulator, Simulated: true}, B: screen.Side{Provider: v, Environment: flows.EnvSimulator, Simulated: true}}
	}))
	return nil
}

// sideRuns is how many runs of the history are offered as a side.
const sideRuns = 40

// pickAny reads the history, and then offers everything that can be a side.
func (m *Model) pickAny(w pickAny) tea.Cmd {
	if m.deps.Runs == nil {
		m.offerSides(w, nil)
		return nil
	}
	m.question++
	question, runs := m.question, m.deps.Runs
	return func() tea.Msg {
		found, err := runs(m.ctx, "", 0, sideRuns)
		return sidesMsg{question: question, pick: w, runs: found, err: err}
	}
}

func (m *Model) sides(msg sidesMsg) {
	if msg.question != m.question {
		return
	}
	if msg.err != nil {
		m.say("the history cannot be read: " + msg.err.Error())
	}
	m.offerSides(msg.pick, msg.runs)
}

// offerSides offers the sides: this provider's environments, saved runs, other providers'.
func (m *Model) offerSides(w pickAny, runs []screen.Run) {
	var sides []screen.Side
	var options []screen.Option
	add := func(s screen.Side, label, note string) {
		if w.first != nil && s.Run == w.first.Run && s.Provider == w.first.Provider && s.Environment == w.first.Environment && s.Simulated == w.first.Simulated {
			return
		}
		options = append(options, screen.Option{Value: strconv.Itoa(len(sides)), Label: label, Note: note})
		sides = append(sides, s)
	}
	places := func(own bool) {
		for _, p := range m.deps.Catalogue {
			if own != (p.Name == w.provider) {
				continue
			}
			grant := w.grant
			if !own {
				grant = ""
			}
			for _, env := range present.EnvironmentNames(p) {
				if env != flows.EnvSimulator {
					add(screen.Side{Provider: p.Name, Environment: env, Grant: grant}, p.Title+" · "+env, "by its newest run, or walked from the comparison")
				}
			}
			for _, env := range present.EnvironmentNames(p) {
				if env != flows.EnvCustom {
					add(screen.Side{Provider: p.Name, Environment: env, Simulated: true, Grant: grant}, simulatedLabel(p.Title, env), "walked now by the simulator")
				}
			}
		}
	}
	places(true)
	for _, r := range runs {
		add(screen.Side{Run: r.ID}, r.Provider+" · "+r.Environment+" · "+screen.Ago(m.now().Sub(r.Started)), "run "+string(r.ID[:min(8, len(r.ID))])+" · "+standing(r))
	}
	places(false)
	title := "compare: the first side"
	if w.first != nil {
		title = "compare: the second side"
	}
	m.push(newPick(title, options, func(v string) screen.Wish {
		i, err := strconv.Atoi(v)
		if err != nil || i >= len(sides) {
			return nil
		}
		if w.first == nil {
			return pickAny{provider: w.provider, grant: w.grant, first: &sides[i]}
		}
		return screen.Compare{A: *w.first, B: sides[i]}
	}))
}

func simulatedLabel(title, env string) string {
	if env == flows.EnvSimulator {
		return title + " · simulator"
	}
	return title + " · " + env + ", simulated"
}

// standing says how a run ended.
func standing(r screen.Run) string {
	if r.Outcome == "" {
		return "under way"
	}
	return string(r.Outcome)
}
