package present

import (
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/session"
)

// TestAnEarlierTryIsNotHeldAgainstThisOne: what was found before a restart stays to be
// read, below what is found now, and marks no step as wrong.
func TestAnEarlierTryIsNotHeldAgainstThisOne(t *testing.T) {
	exchange := func(tr flows.Trace, id, status int, body string) flows.Trace {
		return tr.Append(noon, flows.ExchangeFinished{ID: id, Exchange: flows.Exchange{Step: flows.StepExchange, Started: noon, Ended: noon,
			Request:  flows.Request{Method: "POST", URL: "http://127.0.0.1:1/token", Headers: flows.Headers{}},
			Response: &flows.Response{Status: status, Body: []byte(body), BodyComplete: true}}})
	}
	trace := flows.Trace{Run: "00112233445566aa"}.Append(noon, flows.RunStarted{Grant: flows.GrantAuthorizationCode, Environment: flows.Environment{Name: "simulator"}, Simulated: true})
	trace = exchange(trace, 1, 400, `{"error":"invalid_grant"}`)
	first := flows.Finding{Code: "code-expired", Severity: flows.SeverityError, Step: 0, Title: "The code was too old"}
	w := Run(session.Replay(trace), []flows.Finding{first}, nil, noon)
	if w.Rail[3].Worst != flows.SeverityError || w.Findings[0].Finding.Title != first.Title {
		t.Fatalf("before a restart: %+v, %q", w.Rail[3], w.Findings[0].Finding.Title)
	}
	trace = exchange(trace.Append(noon, flows.Asked{Action: flows.ActRestart}), 2, 200, `{"access_token":"an-opaque-access-token","token_type":"Bearer"}`)
	second := flows.Finding{Code: "no-refresh-token", Severity: flows.SeverityWarning, Step: 1, Title: "No refresh token"}
	w = Run(session.Replay(trace), []flows.Finding{first, second}, nil, noon)
	if w.Rail[3].Worst != flows.SeverityWarning {
		t.Fatalf("the step is still held to be %q", w.Rail[3].Worst)
	}
	if got := w.Panes[3].Findings; len(got) != 2 || got[0] != 1 {
		t.Fatalf("what is found now should stand first: %v", got)
	}
	if v := w.Findings[0]; v.Finding.Title != "in an earlier try: The code was too old" || v.Finding.Code != first.Code || v.Detail().Len() == 0 {
		t.Fatalf("the earlier finding: %+v", v.Finding)
	}
}
