package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/compare"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/screen"
)

// endingFlow is a fake run that has ended when its answer came.
type endingFlow struct {
	fakeFlow
	ended bool
}

func (f endingFlow) Handle(at time.Time, e flows.Event) (Flow, []flows.Effect) {
	next, effects := f.fakeFlow.Handle(at, e)
	f.fakeFlow = next.(fakeFlow)
	_, f.ended = e.(flows.ExchangeFinished)
	return f, effects
}

func (f endingFlow) Walk(now time.Time) present.Walk {
	w := f.fakeFlow.Walk(now)
	w.Ended = f.ended
	return w
}

func (f endingFlow) Trace() flows.Trace {
	return flows.Trace{Run: "under way", Records: make([]flows.Record, len(f.log))}
}

// compares records what is compared; sides without a live run are missing.
func compares(d *driver) *[]string {
	var did []string
	d.m.deps.Compare = func(_ context.Context, a, b screen.Side, metadata bool) (Flow, error) {
		text := func(s screen.Side) string {
			words := fmt.Sprint(s.Provider, " ", s.Environment, " ", s.Run)
			if s.Simulated {
				words += " simulated"
			}
			if len(s.Live.Records) > 0 {
				words += " live"
			}
			return strings.Join(strings.Fields(words), " ")
		}
		did = append(did, text(a)+" | "+text(b)+map[bool]string{true: " with metadata"}[metadata])
		c := compare.Comparison{A: compare.Side{Name: a.Name()}, B: compare.Side{Name: b.Name()}, Steps: []string{compare.StepProfile}}
		sides := present.Sides{Offers: []present.Offer{{Action: flows.ActDiscover, Confirm: "This fetches from production. Go on?", To: -1}}}
		for _, s := range []screen.Side{a, b} {
			if s.Run == "" && !s.Simulated && len(s.Live.Records) == 0 {
				sides.Missing = append(sides.Missing, present.MissingSide{Name: s.Name(), Provider: s.Provider, Environment: s.Environment})
			}
		}
		return FromComparison(c, sides), nil
	}
	start := d.m.deps.Start
	d.m.deps.Start = func(ctx context.Context, c screen.Choice) (Started, error) {
		did = append(did, "start "+c.Provider+" "+c.Environment)
		run, err := start(ctx, c)
		run.Flow = endingFlow{}
		return run, err
	}
	return &did
}

func last(did *[]string) string {
	if len(*did) == 0 {
		return ""
	}
	return (*did)[len(*did)-1]
}

// TestAMissingSideComesBackToTheComparison: enter walks it, esc goes back with what was
// walked, and a run that ends goes back by itself.
func TestAMissingSideComesBackToTheComparison(t *testing.T) {
	d := newDriver(t, 120, 36)
	did := compares(d)
	d.press("x")
	d.contains("by the newest run of each", "another provider", "two sides of your choice")
	d.press("down", "enter")
	if got := last(did); got != "truss sandbox | truss production" {
		t.Fatalf("compared %q", got)
	}
	d.contains("There is no run of sandbox and none of production yet", "walk sandbox")
	d.press("enter")
	if got := last(did); got != "start truss sandbox" {
		t.Fatalf("started %q", got)
	}
	d.contains("back to the comparison")
	generation := d.m.live.generation
	d.press("enter", "enter", "esc") // it goes on a little, and is laid beside the other
	if got := last(did); got != "truss sandbox live | truss production" {
		t.Fatalf("compared %q", got)
	}
	d.contains("There is no run of production yet", "walk production")
	d.press("enter")
	if got := last(did); got != "start truss production" || d.m.live.generation != generation+1 {
		t.Fatalf("started %q", got)
	}
	for range 8 { // the fake's whole walk
		if d.m.place == screen.AtCompare {
			break
		}
		d.press("enter")
	}
	if got := last(did); d.m.place != screen.AtCompare || strings.Count(got, "live") != 2 {
		t.Fatalf("the run ended, and compared was %q", got)
	}
	d.lacks("There is no run")
	d.press("esc")
	d.contains("PROVIDERS")
	d.press("enter") // a run of its own knows nothing of the comparison
	d.lacks("back to the comparison")
}

// TestARunUnderWayGoesOnFromTheComparison: enter on a side that is being walked goes back to
// it, and starts nothing.
func TestARunUnderWayGoesOnFromTheComparison(t *testing.T) {
	d := newDriver(t, 120, 36)
	did := compares(d)
	d.press("x", "down", "enter", "enter")
	d.m.live.flow = fakeFlow{} // nothing is recorded yet
	d.press("esc")
	d.contains("walk sandbox")
	starts := len(*did)
	d.press("enter")
	if d.m.place != screen.AtWalk || len(*did) != starts {
		t.Fatalf("did %q", (*did)[starts:])
	}
}

// TestMetadataOfAComparison: m fetches it after a question, and says why not where it cannot.
func TestMetadataOfAComparison(t *testing.T) {
	d := newDriver(t, 120, 36)
	did := compares(d)
	d.press("x", "down", "enter", "m")
	d.contains("This fetches from production. Go on?")
	d.press("n")
	if got := last(did); got != "truss sandbox | truss production" {
		t.Fatalf("fetched without a yes: %q", got)
	}
	d.press("m", "y")
	if got := last(did); got != "truss sandbox | truss production with metadata" {
		t.Fatalf("compared %q", got)
	}
	d.m.deps.Compare = func(context.Context, screen.Side, screen.Side, bool) (Flow, error) {
		return FromComparison(compare.Comparison{}, present.Sides{}), nil
	}
	d.press("esc", "x", "enter", "m")
	if !strings.Contains(d.status(), "their metadata is compared already") {
		t.Fatalf("status %q", d.status())
	}
}

// TestAnyTwoSidesCanBePicked: another provider at once, and environments, saved runs and
// other providers in two steps.
func TestAnyTwoSidesCanBePicked(t *testing.T) {
	d := newDriver(t, 120, 40)
	did := compares(d)
	d.press("x")
	d.press(strings.Split("another", "")...)
	d.press("enter")
	d.contains("compare with", "TrueLayer")
	if n := len(d.m.overlays[len(d.m.overlays)-1].(*pick).options); n != 2 { // this one and the one without a simulator are left out
		t.Fatalf("%d providers are offered", n)
	}
	d.press(strings.Split("truelayer", "")...)
	d.press("enter")
	if got := last(did); got != "truss simulator simulated | truelayer simulator simulated" {
		t.Fatalf("compared %q", got)
	}
	d.press("esc")
	d.m.deps.Runs = func(context.Context, string, int64, int) ([]screen.Run, error) {
		return []screen.Run{{ID: "abcdef0123456789", Provider: "truss", Environment: "sandbox", Outcome: flows.Failed, Started: d.now.Add(-time.Hour)}}, nil
	}
	d.press("x")
	d.press(strings.Split("choice", "")...)
	d.press("enter")
	d.contains("the first side", "Truss · sandbox", "Truss · production, simulated", "run abcdef01", "TrueLayer · simulator")
	d.press(strings.Split("abcdef", "")...)
	d.press("enter")
	d.contains("the second side")
	d.lacks("run abcdef01")
	d.press(strings.Split("layer", "")...)
	d.press("enter")
	if got := last(did); got != "abcdef0123456789 | truelayer sandbox" {
		t.Fatalf("compared %q", got)
	}
}
