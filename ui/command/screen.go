package command

import (
	"context"
	"os"
	"sync"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
	"oauthlens/ui/present"
	"oauthlens/ui/tui"
	"oauthlens/ui/tui/screen"
)

// runFlow shows a session on the screen, which is made anew when the trace grows.
type runFlow struct {
	session  session.Session
	diagnose func(flows.Trace) []flows.Finding
	screen   func() present.Walk // made once, for any moment
}

func newRunFlow(s session.Session, diagnose func(flows.Trace) []flows.Finding) runFlow {
	t := s.Trace()
	return runFlow{session: s, diagnose: diagnose, screen: sync.OnceValue(func() present.Walk {
		return present.Run(s, diagnose(t), redact.ForTrace(t, s.ClientSecret()), t.Latest())
	})}
}

// Handle takes an event into the session; see tui.Flow.
func (f runFlow) Handle(at time.Time, e flows.Event) (tui.Flow, []flows.Effect) {
	s, effects := f.session.Handle(at, e)
	if len(s.Trace().Records) == len(f.session.Trace().Records) {
		return f, effects
	}
	return newRunFlow(s, f.diagnose), effects
}

// Walk is the session as a screen.
func (f runFlow) Walk(now time.Time) present.Walk {
	return f.screen().At(now)
}

// Paste reads a pasted callback.
func (f runFlow) Paste(text string) (flows.Event, error) { return f.session.Paste(text) }

// Trace is what happened so far.
func (f runFlow) Trace() flows.Trace { return f.session.Trace() }

// RefreshIn is how long it is until the automatic refresh is to be sent, if one is.
func (f runFlow) RefreshIn(now time.Time) (time.Duration, bool) { return f.session.RefreshIn(now) }

// showScreen opens the terminal UI, at a provider if a name is given.
func showScreen(ctx context.Context, w *World, c provider.Catalogue, name string) error {
	if err := w.offerUnlock(); err != nil {
		return err
	}
	collectOften()
	boundMemory()
	keyboard, _ := w.Stdin.(*os.File) // in the tests it is none
	err := tui.Run(ctx, w.screenDeps(ctx, c), tui.Options{Provider: name, Keyboard: keyboard, ColorFGBG: w.Getenv("COLORFGBG")})
	if ctx.Err() != nil && w.Cause != nil { // a signal, not a key, ended it
		return &exitError{code: w.Cause()}
	}
	return err
}

// screenDeps wires the terminal UI to real runs.
func (w *World) screenDeps(ctx context.Context, c provider.Catalogue) tui.Deps {
	w.Launcher.Providers = c.Providers()
	deps := tui.Deps{
		Catalogue: c.Providers(), Now: w.Launcher.Clock,
		Start: func(ctx context.Context, choice screen.Choice) (tui.Started, error) {
			return w.startRun(ctx, c, choice)
		},
		Facts: func(name, environment string) present.ProviderFacts { return w.facts(ctx, name, environment) },
		Explain: func(name string, ref present.ExplainRef) (string, present.Lines, bool) {
			p, _ := c.Find(name) // an unknown provider has nothing to add
			return present.Explain(p, ref)
		},
		Inspect:     w.inspector(),
		OpenBrowser: w.OpenBrowser, WriteFile: w.WriteNew, CopyNative: w.CopyNative,
	}
	w.withHistory(&deps)
	w.withComparison(&deps, c)
	return deps
}

// startRun readies a run for the screen.
func (w *World) startRun(ctx context.Context, c provider.Catalogue, choice screen.Choice) (tui.Started, error) {
	p, err := c.Find(choice.Provider)
	if err != nil {
		return tui.Started{}, err
	}
	settings := choice.Kept()
	settings.ClientID = w.variable(choice.Environment, "CLIENT_ID")
	settings.SecretFrom = w.secretFrom(&walkFlags{Env: choice.Environment})
	r, err := w.ready(ctx, &launch.Request{Provider: p, Environment: choice.Environment, Grant: choice.Grant, Settings: settings,
		ClientSecret: w.variable(choice.Environment, "CLIENT_SECRET"), RefreshToken: w.variable(choice.Environment, "REFRESH_TOKEN")}, choice.Settings != nil)
	if err != nil {
		return tui.Started{}, err
	}
	started := tui.Started{Flow: newRunFlow(r.session, w.Diagnose), Effects: r.effects, Perform: r.run.Perform, Close: r.run.Close, Say: r.say}
	if r.kept != nil {
		started.Save = r.kept.save
	}
	return started, nil
}

// readied is a run with a person in front of it, made ready.
type readied struct {
	run     *launch.Run
	session session.Session
	effects []flows.Effect // of the event that opened the run
	kept    *keptRun       // nil: there is no history
	say     string
}

// ready makes a run ready, with what was kept for its client. edited tells that the
// settings are those of a run before, whose edits are whole.
func (w *World) ready(ctx context.Context, req *launch.Request, edited bool) (readied, error) {
	req.Interactive = true
	authorize, token, header := req.Settings.AuthorizeEdits, req.Settings.TokenEdits, req.Settings.HeaderEdits
	usesKept, missing := w.withKept(ctx, req, false)
	if edited {
		req.Settings.AuthorizeEdits, req.Settings.TokenEdits, req.Settings.HeaderEdits = authorize, token, header
	}
	run, err := w.Launcher.Open(ctx, req)
	if err != nil {
		return readied{}, err
	}
	s, effects := session.New(run.ID).Handle(w.Launcher.Clock(), run.Start)
	r := readied{run: run, session: s, effects: effects}
	switch {
	case missing != nil:
		r.say = missing.Error()
	case usesKept:
		r.say = "with the client settings kept from an earlier run"
	}
	if w.Archive != nil {
		r.kept = &keptRun{world: w, keeper: w.Archive.Keep(run.ID), trace: flows.Trace{Run: run.ID}}
	}
	return r, nil
}
