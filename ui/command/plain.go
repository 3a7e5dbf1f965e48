package command

import (
	"cmp"
	"context"
	"reflect"

	"oauthlens/flows"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/session"
	"oauthlens/ui/linear"
	"oauthlens/ui/present"
	"oauthlens/ui/tui"
	"oauthlens/ui/tui/screen"
)

type plainGrammar struct {
	Provider string `arg:"" optional:"" help:"provider to begin with, see oauthlens providers; without one, they are listed"`
	Plain    bool   `help:"tell the walk as lines instead of painting it"`
	walkFlags
}

// plainCommand tells the walk as lines: no terminal is needed, and none is painted on.
func plainCommand(ctx context.Context, w *World, args []string) error {
	var g plainGrammar
	done, err := parse(w, "--plain", "Tell the walk of a flow as lines, for screen readers, logs and pipes; commands are read from standard input.", &g, args)
	if done || err != nil {
		return err
	}
	if g.ClientSecretFile == "-" || g.RefreshTokenFile == "-" {
		return usageError("standard input carries the commands of --plain: put the secret into a file or a variable")
	}
	c := w.catalogue()
	o := linear.Options{Environment: g.Env, Grant: flows.Grant(g.Grant)}
	if g.Provider != "" {
		p, err := c.Find(g.Provider)
		if err != nil {
			return usageError("%v", err)
		}
		g.Provider, g.Env = p.Name, cmp.Or(g.Env, launch.DefaultEnvironment(p))
		o.Begin = &linear.Choice{Provider: p.Name, Environment: g.Env, Grant: flows.Grant(g.Grant), Fault: g.Fault}
	} else if !reflect.DeepEqual(g.walkFlags, walkFlags{Env: g.Env, Grant: g.Grant, Timeout: g.Timeout, CallbackTimeout: g.CallbackTimeout}) {
		return usageError("these flags belong to one provider: name it, as in oauthlens --plain truss")
	}
	if err := w.offerUnlock(); err != nil {
		return err
	}
	err = linear.Walk(ctx, w.plainDeps(ctx, c, g), o)
	if ctx.Err() != nil && w.Cause != nil {
		return &exitError{code: w.Cause()}
	}
	return err
}

// plainDeps wires the twin to real runs, as screenDeps does the screen.
func (w *World) plainDeps(ctx context.Context, c provider.Catalogue, g plainGrammar) linear.Deps {
	w.Launcher.Providers = c.Providers()
	tables := tui.Tables()
	d := linear.Deps{
		Catalogue: c.Providers(), AtCatalogue: tables[0], AtWalk: tables[1],
		In: w.Stdin, Out: w.Stdout, Keyboard: w.StdinTerminal, Now: w.Launcher.Clock,
		Start: func(ctx context.Context, choice linear.Choice) (linear.Started, error) {
			return w.startPlain(ctx, c, g, choice)
		},
		Diagnose: w.Diagnose,
		Facts:    func(name, environment string) present.ProviderFacts { return w.facts(ctx, name, environment) },
		Explain: func(name string, ref present.ExplainRef) (string, present.Lines, bool) {
			p, _ := c.Find(name) // an unknown provider has nothing to add
			return present.Explain(p, ref)
		},
		OpenBrowser: w.OpenBrowser, ReadFile: w.ReadFile, WriteFile: w.WriteNew, CopyNative: w.CopyNative,
	}
	if w.StdinTerminal {
		d.ReadHidden = w.ReadPassphrase
	}
	inspect := w.inspector()
	d.Inspect = func(ctx context.Context, text string) (present.Walk, error) {
		flow, err := inspect(ctx, text)
		return w.walkOf(flow, err)
	}
	w.plainRecords(&d, c)
	return d
}

// walkOf is something to look at, as it is now.
func (w *World) walkOf(f tui.Flow, err error) (present.Walk, error) {
	if err != nil {
		return present.Walk{}, err
	}
	return f.Walk(w.Now()), nil
}

// plainRecords gives the twin the history and the comparison that the screen has.
func (w *World) plainRecords(d *linear.Deps, c provider.Catalogue) {
	var s tui.Deps
	w.withComparison(&s, c)
	d.Compare = func(ctx context.Context, a, b linear.Side) (present.Walk, error) {
		side := func(s linear.Side) screen.Side {
			return screen.Side{Run: s.Run, Provider: s.Provider, Environment: s.Environment, Simulated: s.Simulated}
		}
		flow, err := s.Compare(ctx, side(a), side(b), false)
		return w.walkOf(flow, err)
	}
	if w.Archive == nil {
		return
	}
	w.withHistory(&s)
	d.SaveClient, d.ForgetClient = s.SaveClient, s.ForgetClient
	d.Runs = func(ctx context.Context, filter string, limit int) ([]linear.Run, error) {
		listed, err := s.Runs(ctx, filter, 0, limit)
		out := make([]linear.Run, len(listed))
		for i, r := range listed {
			out[i] = linear.Run{ID: r.ID, Provider: r.Provider, Environment: r.Environment, Grant: r.Grant, Outcome: r.Outcome, Why: r.Why, Started: r.Started}
		}
		return out, err
	}
	d.Open = func(ctx context.Context, id flows.RunID) (linear.Started, error) {
		t, err := w.traceForScreen(ctx, id)
		return linear.Started{Session: session.Replay(t).LookedAt(), Saved: len(t.Records)}, err
	}
	d.Reopen = func(ctx context.Context, id flows.RunID) (linear.Started, error) {
		r, err := w.revive(ctx, id)
		if err != nil {
			return linear.Started{}, err
		}
		return r.plain(), nil
	}
}

// startPlain readies a run for the twin. What the command line says of a client counts for
// the provider and the environment that it names, and for no other.
func (w *World) startPlain(ctx context.Context, c provider.Catalogue, g plainGrammar, choice linear.Choice) (linear.Started, error) {
	p, err := c.Find(choice.Provider)
	if err != nil {
		return linear.Started{}, err
	}
	flags := walkFlags{Env: choice.Environment, Timeout: g.Timeout, CallbackTimeout: g.CallbackTimeout}
	if choice.Provider == g.Provider && choice.Environment == g.Env {
		flags = g.walkFlags
	}
	flags.Env, flags.Grant, flags.Fault = choice.Environment, string(choice.Grant), choice.Fault
	req, err := flags.request(w, &p, &onceReader{world: w})
	if err != nil {
		return linear.Started{}, err
	}
	if choice.Settings != nil {
		kept := screen.Choice{Fault: choice.Fault, Settings: choice.Settings}.Kept()
		kept.ClientID, kept.SecretFrom = req.Settings.ClientID, req.Settings.SecretFrom
		kept.RedirectURI, kept.CallURL, kept.CallbackTimeout = req.Settings.RedirectURI, req.Settings.CallURL, req.Settings.CallbackTimeout
		req.Settings = kept
	}
	r, err := w.ready(ctx, req, choice.Settings != nil)
	if err != nil {
		return linear.Started{}, err
	}
	return r.plain(), nil
}

// plain is a run for the twin.
func (r readied) plain() linear.Started {
	s := linear.Started{Session: r.session, Effects: r.effects, Perform: r.run.Perform, Close: r.run.Close, Say: r.say}
	if r.kept == nil {
		return s
	}
	s.Saved = len(r.kept.trace.Records)
	s.Save = func(ctx context.Context, records []flows.Record) (linear.Kept, error) {
		kept, err := r.kept.save(ctx, records)
		return linear.Kept{Lacking: kept.Lacking, Say: kept.Say}, err
	}
	return s
}
