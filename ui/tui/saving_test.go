package tui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/ui/tui/screen"
)

// tracedFlow is the fake flow with a trace of what it took.
type tracedFlow struct {
	fakeFlow
	trace flows.Trace
}

func newTraced(at time.Time) tracedFlow {
	return tracedFlow{trace: flows.Trace{}.Append(at, flows.RunStarted{})}
}

func (f tracedFlow) Handle(at time.Time, e flows.Event) (Flow, []flows.Effect) {
	next, effects := f.fakeFlow.Handle(at, e)
	return tracedFlow{fakeFlow: next.(fakeFlow), trace: f.trace.Append(at, e)}, effects
}

func (f tracedFlow) Trace() flows.Trace { return f.trace }

// keeper is a history that the test opens and shuts.
type keeper struct {
	kept    []string // kinds of events
	failing error
	lacking string
}

func (k *keeper) save(_ context.Context, records []flows.Record) (Kept, error) {
	if k.failing != nil {
		return Kept{}, k.failing
	}
	for _, r := range records {
		k.kept = append(k.kept, flows.KindOf(r.Event))
	}
	return Kept{Lacking: k.lacking}, nil
}

// performed notes the effects that reached the outside.
func keptRun(t *testing.T, k *keeper, performed *[]flows.Effect) *driver {
	d := newDriver(t, 110, 32)
	d.m.deps.Start = func(context.Context, screen.Choice) (Started, error) {
		return Started{Flow: newTraced(d.now), Save: k.save, Perform: func(_ context.Context, e flows.Effect, _ func(flows.Event)) { *performed = append(*performed, e) }}, nil
	}
	d.send(tea.WindowSizeMsg{Width: 110, Height: 32})
	return d
}

// held runs a command up to its messages, which it returns instead of sending.
func held(cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	msg := cmd()
	if batch, ok := msg.(tea.BatchMsg); ok {
		var out []tea.Msg
		for _, c := range batch {
			out = append(out, held(c)...)
		}
		return out
	}
	if msg == nil {
		return nil
	}
	return []tea.Msg{msg}
}

func stageOf(d *driver) int { return d.m.live.flow.Walk(d.now).Current }

// TestNothingIsShownBeforeItIsKept holds an answer back until the history has it; what
// happens meanwhile waits behind it, in order.
func TestNothingIsShownBeforeItIsKept(t *testing.T) {
	k, performed := &keeper{}, []flows.Effect(nil)
	d := keptRun(t, k, &performed)
	d.press("enter")
	if got := []string{"run_started"}; !slices.Equal(k.kept, got) {
		t.Fatalf("kept at the start: %q", k.kept)
	}
	saving := d.m.handle(flows.CallbackArrived{})
	behind := d.m.handle(flows.Asked{Action: flows.ActExchange})
	if stageOf(d) != 0 || len(performed) != 0 {
		t.Fatalf("shown before it was kept: stage %d, %v", stageOf(d), performed)
	}
	if msgs := held(behind); len(msgs) != 0 {
		t.Fatalf("what came behind did not wait: %v", msgs)
	}
	msgs := held(saving)
	if len(msgs) != 1 || stageOf(d) != 0 {
		t.Fatalf("%v, stage %d", msgs, stageOf(d))
	}
	next := d.m.update(msgs[0])
	if stageOf(d) != 3 || len(performed) != 0 {
		t.Fatalf("kept, and not shown; or sent too early: stage %d, %v", stageOf(d), performed)
	}
	for _, msg := range held(next) {
		d.send(msg)
	}
	if want := []string{"run_started", "callback_arrived", "asked"}; !slices.Equal(k.kept, want) || len(performed) != 1 {
		t.Fatalf("kept %q, performed %v", k.kept, performed)
	}
	if strings.Contains(d.text(), "not saved") {
		t.Error("a run that is kept is called unsaved")
	}
}

// TestAFullDiskDoesNotStopARun shows what cannot be kept, and says so on every frame.
func TestAFullDiskDoesNotStopARun(t *testing.T) {
	k, performed := &keeper{lacking: "secrets not kept"}, []flows.Effect(nil)
	d := keptRun(t, k, &performed)
	d.press("enter")
	if head := strings.SplitN(d.text(), "\n", 2)[0]; !strings.Contains(head, "secrets not kept  simulator") && !strings.Contains(head, "secrets not kept   simulator") {
		t.Fatalf("the header: %q", head)
	}
	k.failing = errors.New("history /x/history.db cannot grow: the disk is full")
	d.run(d.m.handle(flows.CallbackArrived{}))
	d.run(d.m.handle(flows.Asked{Action: flows.ActExchange}))
	if stageOf(d) != 3 || len(performed) != 1 {
		t.Fatalf("the run stopped: stage %d, %v", stageOf(d), performed)
	}
	records := d.m.live.flow.Trace().Records
	noted := slices.ContainsFunc(records, func(r flows.Record) bool {
		n, ok := r.Event.(flows.Noted)
		return ok && n.Text == "not saved to the history: "+k.failing.Error()
	})
	if !noted {
		t.Errorf("nothing was noted: %v", records)
	}
	if head := strings.SplitN(d.text(), "\n", 2)[0]; !strings.Contains(head, "not saved") || strings.Contains(head, "secrets not kept") {
		t.Errorf("the header: %q", head)
	}
	k.failing = nil
	d.run(d.m.handle(flows.ExchangeFinished{}))
	if len(k.kept) != 1 {
		t.Errorf("a history with a hole: %q", k.kept)
	}
}

// TestASlowHistoryIsSaid tells that one waits for the history, and for how long.
func TestASlowHistoryIsSaid(t *testing.T) {
	k, performed := &keeper{}, []flows.Effect(nil)
	d := keptRun(t, k, &performed)
	d.press("enter")
	saving := d.m.handle(flows.CallbackArrived{})
	d.m.status = ""
	d.tick(2 * time.Second)
	if !strings.Contains(d.text(), "waiting for the history") {
		t.Errorf("no word of it:\n%s", d.text())
	}
	d.run(saving)
	if strings.Contains(d.text(), "waiting for the history") || stageOf(d) != 3 {
		t.Errorf("it goes on, or was lost:\n%s", d.text())
	}
}

// TestQuittingWaitsForTheHistoryButNotForEver holds the end back until what happened last
// is kept.
func TestQuittingWaitsForTheHistoryButNotForEver(t *testing.T) {
	for _, answers := range []bool{true, false} {
		k, performed := &keeper{}, []flows.Effect(nil)
		d := keptRun(t, k, &performed)
		d.press("enter")
		saving := d.m.handle(flows.CallbackArrived{})
		if saving == nil || d.m.live.saving == nil {
			t.Fatal("nothing is being kept")
		}
		d.m.quit = true
		if ends(d.m.leaveProgram(nil)) {
			t.Fatal("it did not wait")
		}
		if answers {
			msg := held(saving)[0]
			if _, cmd := d.m.Update(msg); !ends(cmd) {
				t.Fatal("it is kept, and the program goes on")
			}
			continue
		}
		if _, cmd := d.m.Update(impatientMsg{}); !ends(cmd) {
			t.Fatal("it waits for ever")
		}
	}
}

// ends tells whether a command is the one that ends the program. A batch holds a tick,
// which is not waited for.
func ends(cmd tea.Cmd) bool {
	if cmd == nil {
		return false
	}
	answer := make(chan tea.Msg, 1)
	go func() { answer <- cmd() }()
	select {
	case msg := <-answer:
		_, ok := msg.(tea.QuitMsg)
		return ok
	case <-time.After(250 * time.Millisecond):
		return false
	}
}

// TestClientSettingsAreKeptOrForgotten asks which.
func TestClientSettingsAreKeptOrForgotten(t *testing.T) {
	k, performed := &keeper{}, []flows.Effect(nil)
	d := keptRun(t, k, &performed)
	d.press("enter", "S")
	if d.status() != "client settings are kept from a run of your own" {
		t.Errorf("without a history: %q", d.status())
	}
	d.m.deps.SaveClient = func(context.Context, flows.Trace) (string, error) { return "kept", nil }
	d.m.deps.ForgetClient = func(context.Context, flows.Trace) (string, error) { return "", errors.New("the disk is full") }
	for _, tt := range []struct {
		keys []string
		want string
	}{{[]string{"S", "enter"}, "kept"}, {[]string{"S", "down", "enter"}, "not done: the disk is full"}} {
		d.press(tt.keys...)
		if d.status() != tt.want {
			t.Errorf("%v: %q\n%s", tt.keys, d.status(), d.text())
		}
	}
}
