package command

import (
	"context"
	"errors"

	"oauthlens/flows"
	"oauthlens/flows/compare"
	"oauthlens/flows/provider"
	"oauthlens/store"
	"oauthlens/ui/tui"
)

// withComparison gives the screen its comparisons: of two runs of the history, and of two
// environments by the newest run of each.
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
			return tui.FromComparison(compare.Traces(ta, tb, compare.Options{}), "", ""), nil
		}
	}
	d.CompareEnvironments = func(ctx context.Context, name, a, b string) (tui.Flow, error) {
		p, err := c.Find(name)
		if err != nil {
			return nil, err
		}
		ta, okA := w.newestRun(ctx, name, a)
		tb, okB := w.newestRun(ctx, name, b)
		switch {
		case okA && okB:
			return tui.FromComparison(compare.Traces(ta, tb, compare.Options{}), name, ""), nil
		case okA:
			return tui.FromComparison(profiles(p, a, b), name, b), nil
		}
		return tui.FromComparison(profiles(p, a, b), name, a), nil
	}
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
		if t, err := s.Load(ctx, m.Run); err == nil {
			return t, true
		}
	}
	return flows.Trace{}, false
}
