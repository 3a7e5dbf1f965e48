package tui

import (
	"context"
	"errors"
	"fmt"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/capture"
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

// kept are the settings of an earlier run that a new one goes on with. The client is
// found anew: its secret is no setting.
func kept(c screen.Choice) flows.Settings {
	var s flows.Settings
	if c.Settings != nil {
		s = flows.Settings{AuthMethod: c.Settings.AuthMethod, PKCE: c.Settings.PKCE, Scopes: c.Settings.Scopes,
			AuthorizeEdits: c.Settings.AuthorizeEdits, TokenEdits: c.Settings.TokenEdits, HeaderEdits: c.Settings.HeaderEdits}
	}
	s.Fault = c.Fault
	return s
}

// recordingFlow is a recording as a flow that nothing happens to.
type recordingFlow struct {
	trace    flows.Trace
	facts    present.RecordingFacts
	findings []flows.Finding
	mask     *redact.Masker
}

// FromRecording makes a recording or a paste a flow to look at.
func FromRecording(r capture.Result, diagnose Diagnose) Flow {
	f := recordingFlow{trace: r.Trace, facts: present.RecordingFacts{Mended: r.Mended, Tokens: r.Tokens}, mask: redact.ForTrace(r.Trace)}
	if diagnose != nil {
		f.findings = diagnose(r.Trace)
	}
	return f
}

func (f recordingFlow) Handle(time.Time, flows.Event) (Flow, []flows.Effect) { return f, nil }

func (f recordingFlow) Walk(now time.Time) present.Walk {
	return present.Recording(f.trace, f.facts, f.findings, f.mask, now)
}

func (f recordingFlow) Paste(string) (flows.Event, error) {
	return nil, errors.New("this is a recording: it waits for no callback")
}

func (f recordingFlow) Trace() flows.Trace { return f.trace }

// Inspector makes Deps.Inspect.
func Inspector(o capture.Options, now func() time.Time, diagnose Diagnose) func(context.Context, string) (Flow, error) {
	return func(_ context.Context, text string) (Flow, error) {
		o.Now = now()
		r, err := capture.Read([]byte(text), o)
		if err != nil {
			return nil, err
		}
		return FromRecording(r, diagnose), nil
	}
}

// Starter makes Deps.Start from a launcher. more may fill what the catalogue does not
// know, such as the client of a real environment; it may be nil.
func Starter(l *launch.Launcher, diagnose Diagnose, more func(*launch.Request) error, save func(*launch.Run) func(context.Context, []flows.Record) error) func(context.Context, screen.Choice) (Started, error) {
	return func(ctx context.Context, c screen.Choice) (Started, error) {
		r := launch.Request{Environment: c.Environment, Grant: c.Grant, Settings: kept(c)}
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
