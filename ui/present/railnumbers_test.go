package present

import (
	"fmt"
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
			if !strings.Contains(v.Finding.Fix.Text, "byte for byte as in step 2") { // it can be copied
				t.Errorf("the list has the fix %q", v.Finding.Fix)
			}
		}
	}
	for _, want := range []string{"sent at step 2: “http://", "sent at step 4: “http://", "step 4 was answered with 400", "byte for byte as in step 2"} {
		if !strings.Contains(detail.String(), want) {
			t.Errorf("%q is not in\n%s", want, detail.String())
		}
	}
}

// TestForeignStepsKeepTheirNumbers: what a server says of steps is not about the rail, with
// whatever quotation marks it says that.
func TestForeignStepsKeepTheirNumbers(t *testing.T) {
	trace := recordedRun(t, "truss-redirect-mismatch.jsonl")
	const foreign = "look at step 1” of ours, then at step 2 of “yours"
	for i, r := range trace.Records {
		if e, ok := r.Event.(flows.ExchangeFinished); ok && e.Exchange.Step == flows.StepExchange {
			response := *e.Exchange.Response
			response.Body = []byte(`{"error":"invalid_grant","error_description":"` + foreign + `"}`)
			e.Exchange.Response = &response
			trace.Records[i].Event = e
		}
	}
	w := Run(session.Replay(trace), diagnose.Run(trace, diagnose.Options{}), nil, trace.EndedAt().Add(time.Second))
	if len(w.Findings) == 0 {
		t.Fatal("nothing was found")
	}
	said := fmt.Sprint(w.Findings[0].Finding.Evidence)
	if !strings.Contains(said, "step 4 was answered with 400") || !strings.Contains(said, foreign) {
		t.Errorf("the evidence is %s", said)
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
	b := &builder{s: session.Replay(trace), rail: railOf(flows.GrantAuthorizationCode)}
	check := func(want ...string) {
		t.Helper()
		for i, w := range want {
			finding := flows.Finding{Title: flows.Sentence{Text: "step 9", Steps: []flows.StepNumber{{Start: 5, End: 6, Step: i}}}}
			if got := b.onRail([]flows.Finding{finding})[0].Title.Text; got != "step "+w {
				t.Errorf("the step at %d is %q, want %q", i, got, w)
			}
		}
	}
	check("2", "4", "8 (1st)", "8 (2nd)")
	b.rails = map[int]int{0: 1, 1: 2} // of a recording; what has no entry keeps its number
	check("2", "3", "9")
}
