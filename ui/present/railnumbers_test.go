package present

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/diagnose"
	"oauthlens/flows/session"
)

// TestFindingsNumberStepsAsTheRailDoes: the trace has two steps before the callback and
// none for the client, so that its own numbers name other steps than the rail's.
func TestFindingsNumberStepsAsTheRailDoes(t *testing.T) {
	trace := recordedRun(t, "truss-redirect-mismatch.jsonl")
	w := Run(session.Replay(trace), diagnose.Run(trace, diagnose.Options{}), nil, trace.EndedAt().Add(time.Second))
	var detail strings.Builder
	for _, v := range w.Findings {
		if v.Finding.Code == "redirect-uri-changed" {
			lines := v.Detail()
			for i := range lines.Len() {
				for _, s := range lines.At(i).Spans {
					detail.WriteString(s.Text)
				}
				detail.WriteString("\n")
			}
		}
	}
	for _, want := range []string{"sent at step 2: “http://", "sent at step 4: “http://", "step 4 was answered with 400", "byte for byte as in step 2"} {
		if !strings.Contains(detail.String(), want) {
			t.Errorf("%q is not in\n%s", want, detail.String())
		}
	}
}

func TestRailNumbers(t *testing.T) {
	var trace flows.Trace
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	add := func(e flows.Event) { trace = trace.Append(at, e) }
	add(flows.RunStarted{Grant: flows.GrantAuthorizationCode})
	add(flows.AuthorizationBuilt{URL: "http://127.0.0.1/authorize"})
	for _, k := range []flows.StepKind{flows.StepExchange, flows.StepRefresh, flows.StepRefresh} {
		add(flows.ExchangeFinished{Exchange: flows.Exchange{Step: k}})
	}
	b := &builder{s: session.Replay(trace), rail: rails[flows.GrantAuthorizationCode]}
	for text, want := range map[string]string{
		"":                                     "",
		"no number: a step, then another":      "no number: a step, then another",
		"Step 1 was answered":                  "Step 2 was answered",
		"sent at step 2, before step 1":        "sent at step 4, before step 2",
		"step 4 and step 3 carry the same":     "step 8 (2nd) and step 8 (1st) carry the same",
		"step 2 said “step 2 failed” twice":    "step 4 said “step 2 failed” twice",
		"step 2 said “step 2, without an end":  "step 4 said “step 2, without an end",
		"step 9, of which there is none":       "step 9, of which there is none",
		"step 99999999999999999999 and step 2": "step 99999999999999999999 and step 4",
	} {
		if got := b.onRail(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	b.rails = map[int]int{0: 1, 1: 2}
	if got := b.onRail("step 1, step 2, step 3"); got != "step 2, step 3, step 3" {
		t.Errorf("in a recording: %q", got)
	}
}
