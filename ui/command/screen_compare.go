package command

import (
	"context"
	"errors"

	"oauthlens/flows"
	"oauthlens/flows/compare"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/session"
	"oauthlens/store"
	"oauthlens/ui/present"
	"oauthlens/ui/tui"
)

// withComparison gives the screen its comparisons: of two runs of the history, of two
// environments by the newest run of each, or of two that the simulator plays.
func (w *World) withComparison(d *tui.Deps, c provider.Catalogue) {
	if w.Archive != nil {
		d.CompareRuns = func(ctx context.Context, a, b flows.RunID) (tui.Flow, error) {
			s, err := w.Archive.Store()
			if err != nil {
				return nil, err
			}
			ta, errA := s.Load(ctx, a)
			tb, errB := s.Load(ctx, b)
			if err := errors.Join(errA, errB); err != nil {
				return nil, err
			}
			return w.comparedFlow(compare.Traces(ta, tb, compare.Options{}), "", session.Replay(ta), session.Replay(tb)), nil
		}
	}
	d.CompareEnvironments = func(ctx context.Context, name, a, b string, simulated bool) (tui.Flow, error) {
		p, err := c.Find(name)
		if err != nil {
			return nil, err
		}
		if simulated {
			return w.compareSimulated(ctx, c, p, a, b)
		}
		ta, okA := w.newestRun(ctx, name, a)
		tb, okB := w.newestRun(ctx, name, b)
		switch {
		case okA && okB:
			return w.comparedFlow(compare.Traces(ta, tb, compare.Options{}), name, session.Replay(ta), session.Replay(tb)), nil
		case okA:
			return tui.FromComparison(profiles(p, a, b), name, b, nil, nil), nil
		}
		return tui.FromComparison(profiles(p, a, b), name, a, nil, nil), nil
	}
}

// compareSimulated walks both environments at a simulator of their own, so that nothing
// is planted in a run that goes on elsewhere.
func (w *World) compareSimulated(ctx context.Context, c provider.Catalogue, p flows.Provider, a, b string) (tui.Flow, error) {
	own := &launch.Launcher{Providers: c.Providers(), Now: w.Launcher.Now, Rand: w.Launcher.Rand, Planted: defaultPlants()}
	defer own.Close()
	g := compareGrammar{runFlags: runFlags{Simulated: true}}
	job := &comparison{world: w, launcher: own, grammar: g, provider: p, names: [2]string{a, b}, stdin: &onceReader{world: w}, quiet: true, unkept: true}
	result, _, err := job.run(ctx)
	if err != nil {
		return nil, err
	}
	return w.comparedFlow(result, p.Name, job.sessions[0], job.sessions[1]), nil
}

// comparedFlow is a comparison as a screen, with the panes of both runs.
func (w *World) comparedFlow(c compare.Comparison, name string, a, b session.Session) tui.Flow {
	side := func(s session.Session) *present.Walk {
		walk := present.Run(s, nil, nil, w.Now())
		return &walk
	}
	return tui.FromComparison(c, name, "", side(a), side(b))
}

func profiles(p flows.Provider, a, b string) compare.Comparison {
	env := func(name string) flows.Environment {
		e, _ := p.Environment(name) // the simulator is in no profile
		e.Name = name
		return e
	}
	return compare.Profiles(p, env(a), env(b), nil, nil)
}

// newestRun loads the newest run of an environment that has anything to compare.
func (w *World) newestRun(ctx context.Context, name, environment string) (flows.Trace, bool) {
	if w.Archive == nil {
		return flows.Trace{}, false
	}
	s, err := w.Archive.Store()
	if err != nil {
		return flows.Trace{}, false
	}
	metas, err := s.List(ctx, store.Query{Filter: name, Limit: 200})
	if err != nil {
		return flows.Trace{}, false
	}
	for _, m := range metas {
		if m.Provider != name || m.Environment != environment || m.Outcome == "" {
			continue
		}
		t, err := s.Load(ctx, m.Run)
		if err != nil {
			continue
		}
		// a real environment that was only simulated says nothing about it
		if start, _ := t.Start(); start.Simulated == (environment == flows.EnvSimulator) {
			return t, true
		}
	}
	return flows.Trace{}, false
}
