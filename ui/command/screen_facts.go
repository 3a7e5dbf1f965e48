package command

import (
	"context"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/diagnose"
	"oauthlens/store"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/screen"
)

// factsPatience bounds what the catalogue asks of the history while somebody moves through
// it.
const factsPatience = 50 * time.Millisecond

// facts is what the catalogue shows beside the profile. What the history knows is there
// once it is open: nobody waits for it.
func (w *World) facts(ctx context.Context, name, environment string) present.ProviderFacts {
	f := present.ProviderFacts{Environment: environment}
	f.Client = func(env string) string { return w.clientReady(ctx, nil, name, env) }
	if w.Archive == nil {
		return f
	}
	if s, open := w.Archive.IfOpen(); open {
		f.Client = func(env string) string { return w.clientReady(ctx, s, name, env) }
		f.LastRun = w.lastRun(ctx, s, name)
	}
	return f
}

func (w *World) clientReady(ctx context.Context, s *store.Store, name, env string) string {
	switch {
	case env == flows.EnvSimulator:
		return "ready"
	case w.variable(env, "CLIENT_ID") != "" && w.variable(env, "CLIENT_SECRET") != "":
		return "ready"
	case s == nil:
		return "not set"
	}
	ctx, cancel := context.WithTimeout(ctx, factsPatience)
	defer cancel()
	c, ok, err := s.LoadClient(ctx, name, env)
	switch {
	case err != nil || !ok || c.ClientID == "":
		return "not set"
	case c.Secret.From == "typed":
		return "known, without its secret"
	}
	return "ready"
}

// mostLooked is how many of the newest runs are looked through for a provider's last one.
const mostLooked = 50

// lastRun says when a provider was walked last and what came of it.
func (w *World) lastRun(ctx context.Context, s *store.Store, name string) string {
	ctx, cancel := context.WithTimeout(ctx, factsPatience)
	defer cancel()
	metas, err := s.List(ctx, store.Query{Filter: name, Limit: mostLooked})
	if err != nil {
		return ""
	}
	for _, m := range metas {
		if m.Provider != name {
			continue
		}
		outcome := string(m.Outcome)
		if outcome == "" {
			outcome = "not finished"
		}
		if m.Finding != "" {
			why := m.Finding
			if rule, ok := diagnose.RuleByCode(m.Finding); ok {
				why = rule.Title
			}
			outcome += ": " + why
		}
		return m.Environment + ", " + screen.Ago(w.Now().Sub(m.Started)) + ", " + outcome
	}
	return ""
}
