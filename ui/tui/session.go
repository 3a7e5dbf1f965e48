package tui

import (
	"context"
	"fmt"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/launch"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/screen"
)

// Diagnose judges a trace; it is package diagnose's.
type Diagnose func(flows.Trace) []flows.Finding

// sessionFlow makes a session a [Flow]. What does not change between two events, the
// findings and the masker, is made once for each.
type sessionFlow struct {
	session  session.Session
	diagnose Diagnose
	findings []flows.Finding
	mask     *redact.Masker
}

// FromSession makes a session a flow that this front end can show and continue.
func FromSession(s session.Session, diagnose Diagnose) Flow {
	f := sessionFlow{session: s, diagnose: diagnose}
	return f.judged()
}

// FromTrace makes a recorded run a flow.
func FromTrace(t flows.Trace, diagnose Diagnose) Flow {
	return FromSession(session.Replay(t), diagnose)
}

func (f sessionFlow) judged() sessionFlow {
	trace := f.session.Trace()
	f.findings, f.mask = nil, redact.ForTrace(trace)
	if f.diagnose != nil {
		f.findings = f.diagnose(trace)
	}
	return f
}

func (f sessionFlow) Handle(at time.Time, e flows.Event) (Flow, []flows.Effect) {
	s, effects := f.session.Handle(at, e)
	f.session = s
	return f.judged(), effects
}

func (f sessionFlow) Walk(now time.Time) present.Walk {
	return present.Run(f.session, f.findings, f.mask, now)
}

func (f sessionFlow) Paste(text string) (flows.Event, error) {
	e, err := f.session.Paste(text)
	if err != nil {
		return nil, err
	}
	return e, nil
}

func (f sessionFlow) Trace() flows.Trace { return f.session.Trace() }

// RefreshDue tells that the session wants to refresh by itself now.
func (f sessionFlow) RefreshDue(now time.Time) bool {
	return f.session.RefreshDue(now)
}

// Starter makes Deps.Start from a launcher. more may fill what the catalogue does not
// know, such as the client of a real environment; it may be nil.
func Starter(l *launch.Launcher, diagnose Diagnose, more func(*launch.Request) error, save func(*launch.Run) func(context.Context, []flows.Record) error) func(context.Context, screen.Choice) (Started, error) {
	return func(ctx context.Context, c screen.Choice) (Started, error) {
		r := launch.Request{Environment: c.Environment, Grant: c.Grant}
		for _, p := range l.Providers {
			if p.Name == c.Provider {
				r.Provider = p
			}
		}
		if r.Provider.Name == "" {
			return Started{}, fmt.Errorf("there is no provider %q", c.Provider)
		}
		if more != nil {
			if err := more(&r); err != nil {
				return Started{}, err
			}
		}
		run, err := l.Open(ctx, r)
		if err != nil {
			return Started{}, err
		}
		flow, effects := FromSession(session.New(run.ID), diagnose).Handle(l.Clock(), run.Start)
		started := Started{Flow: flow, Effects: effects, Perform: run.Perform, Close: run.Close}
		if save != nil {
			started.Save = save(run)
		}
		return started, nil
	}
}
