package tui

import (
	"context"
	"errors"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/capture"
	"oauthlens/flows/compare"
	"oauthlens/flows/redact"
	"oauthlens/ui/present"
)

// Diagnose judges a trace; it is package diagnose's.
type Diagnose func(flows.Trace) []flows.Finding

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

// comparisonFlow is a comparison as a flow that nothing happens to.
type comparisonFlow struct {
	recordingFlow
	walk present.Walk
}

// FromComparison makes a comparison a flow to look at.
func FromComparison(c compare.Comparison, sides present.Sides) Flow {
	return comparisonFlow{walk: present.Comparison(c, sides)}
}

func (f comparisonFlow) Handle(time.Time, flows.Event) (Flow, []flows.Effect) { return f, nil }

func (f comparisonFlow) Walk(time.Time) present.Walk { return f.walk }

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
