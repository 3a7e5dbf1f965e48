package present

import (
	"strings"
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
	first := flows.Finding{Code: "code-expired", Severity: flows.SeverityError, Step: 0, Title: flows.Say("The code was too old")}
	w := Run(session.Replay(trace), []flows.Finding{first}, nil, noon)
	if w.Rail[3].Worst != flows.SeverityError || w.Findings[0].Finding.Title.Text != first.Title.Text {
		t.Fatalf("before a restart: %+v, %q", w.Rail[3], w.Findings[0].Finding.Title)
	}
	trace = exchange(trace.Append(noon, flows.Asked{Action: flows.ActRestart}), 2, 200, `{"access_token":"an-opaque-access-token","token_type":"Bearer"}`)
	second := flows.Finding{Code: "no-refresh-token", Severity: flows.SeverityWarning, Step: 1, Title: flows.Say("No refresh token")}
	w = Run(session.Replay(trace), []flows.Finding{first, second}, nil, noon)
	if w.Rail[3].Worst != flows.SeverityWarning {
		t.Fatalf("the step is still held to be %q", w.Rail[3].Worst)
	}
	if got := w.Panes[3].Findings; len(got) != 2 || got[0] != 1 {
		t.Fatalf("what is found now should stand first: %v", got)
	}
	if v := w.Findings[0]; v.Finding.Title.Text != "in an earlier try: The code was too old" || v.Finding.Code != first.Code || v.Detail().Len() == 0 {
		t.Fatalf("the earlier finding: %+v", v.Finding)
	}
}

// TestADamagedAnswerShowsItsToken: the exchange failed, the reason stands in its pane, and
// the token pane says why the rest is missing.
func TestADamagedAnswerShowsItsToken(t *testing.T) {
	for body, damaged := range map[string]bool{
		`{"access_token":"an-opaque-access-token","token_type":"Bearer"}`: false,
		`{"access_token":"an-opaque-access-token","token_ty`:              true,
	} {
		trace := flows.Trace{Run: "00112233445566aa"}.Append(noon, flows.RunStarted{Grant: flows.GrantClientCredentials, Environment: flows.Environment{Name: "simulator"}, Simulated: true})
		trace = trace.Append(noon, flows.ExchangeFinished{ID: 1, Exchange: flows.Exchange{Step: flows.StepExchange, Started: noon, Ended: noon,
			Request:  flows.Request{Method: "POST", URL: "http://127.0.0.1:1/token", Headers: flows.Headers{}},
			Response: &flows.Response{Status: 200, Body: []byte(body), BodyComplete: true}}})
		w := Run(session.Replay(trace), nil, nil, noon)
		panes := map[string]string{}
		for i, step := range w.Rail {
			panes[step.Key] = textOf(w.Panes[i].Tabs[0].Build())
			if step.Key == railExchange && (step.State == Failed) != damaged {
				t.Errorf("the exchange is %v", step.State)
			}
		}
		if !strings.Contains(panes[railToken], "access_token (22 chars") {
			t.Errorf("the token is not shown:\n%s", panes[railToken])
		}
		if strings.Contains(panes[railToken], "The answer is not whole") != damaged || strings.Contains(panes[railExchange], "breaks off before its end; the token that could be read may be live") != damaged {
			t.Errorf("damaged %v:\n%s\n%s", damaged, panes[railExchange], panes[railToken])
		}
		if damaged && !strings.Contains(panes[railExchange], `","token_ty`) {
			t.Errorf("the body as received is not whole:\n%s", panes[railExchange])
		}
	}
}

// TestAClientThatAskedAgainIsNotWrongForTheFirstTime: the exchange of client credentials is
// sent again without a restart, and what was found in the first one is of an earlier try; what
// was found elsewhere stays.
func TestAClientThatAskedAgainIsNotWrongForTheFirstTime(t *testing.T) {
	trace := flows.Trace{Run: "00112233445566aa"}.Append(noon, flows.RunStarted{Grant: flows.GrantClientCredentials, Environment: flows.Environment{Name: "simulator"}, Simulated: true})
	for i, x := range []struct {
		step   flows.StepKind
		status int
		body   string
	}{{flows.StepExchange, 400, `{"error":"invalid_client"}`}, {flows.StepJWKS, 404, ""}, {flows.StepExchange, 200, `{"access_token":"an-opaque-access-token","token_type":"Bearer"}`}} {
		trace = trace.Append(noon, flows.ExchangeFinished{ID: i, Exchange: flows.Exchange{Step: x.step, Started: noon, Ended: noon,
			Request:  flows.Request{Method: "POST", URL: "http://127.0.0.1:1/token", Headers: flows.Headers{}},
			Response: &flows.Response{Status: x.status, Body: []byte(x.body), BodyComplete: true}}})
	}
	found := func(step int) flows.Finding {
		return flows.Finding{Code: "provider-error", Severity: flows.SeverityError, Step: step, Title: flows.Say("It failed")}
	}
	w := Run(session.Replay(trace), []flows.Finding{found(0), found(1), found(2)}, nil, noon)
	for i, earlier := range []bool{true, false, false} {
		if f := w.Findings[i].Finding; strings.HasPrefix(f.Title.Text, EarlierTry) != earlier || (f.Severity == flows.SeverityInfo) != earlier {
			t.Errorf("finding %d: %s, %s", i, f.Severity, f.Title.Text)
		}
	}
}
