package present

import (
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/session"
)

func TestAReasonAloneIsASentence(t *testing.T) {
	for why, want := range map[string]string{"": "", "no token yet: finish the exchange first": "No token yet: finish the exchange first.", "TrueLayer documents none": "TrueLayer documents none."} {
		if got := sentence(why); got != want {
			t.Errorf("%q becomes %q", why, got)
		}
	}
}

// TestARequestUnderWayIsBeingSent, and not something that would be sent.
func TestARequestUnderWayIsBeingSent(t *testing.T) {
	trace := recordedRun(t, "truss.jsonl")
	seen := map[flows.StepKind]bool{}
	for n := 1; n <= len(trace.Records); n++ {
		part := trace
		part.Records = trace.Records[:n]
		s := session.Replay(part)
		under, _ := s.InFlight()
		if under == nil || under.Step != flows.StepExchange && under.Step != flows.StepRefresh && under.Step != flows.StepRevoke {
			continue
		}
		w := Run(s, nil, nil, part.EndedAt())
		for i, item := range w.Rail {
			if item.Key == string(under.Step) {
				seen[under.Step] = true
				if text := textOf(w.Panes[i].Tabs[0].Build()); !strings.Contains(text, "What is being sent") || strings.Contains(text, "would be sent") {
					t.Errorf("%s under way:\n%s", under.Step, text)
				}
			}
		}
	}
	if !seen[flows.StepExchange] {
		t.Errorf("the recording has under way: %v", seen)
	}
}

// TestWithoutARefreshTokenNothingIsPlanned: no time of a refresh that cannot come, and what
// happens instead.
func TestWithoutARefreshTokenNothingIsPlanned(t *testing.T) {
	for body, want := range map[string]string{
		`{"access_token":"an-opaque-access-token","token_type":"Bearer","expires_in":3600}`:                                           "the user has to sign in again",
		`{"access_token":"an-opaque-access-token","token_type":"Bearer","expires_in":3600,"refresh_token":"an-opaque-refresh-token"}`: "before the end, for a refresh",
	} {
		trace := flows.Trace{Run: "00112233445566aa"}.Append(noon, flows.RunStarted{Grant: flows.GrantAuthorizationCode, Environment: flows.Environment{Name: "simulator", Endpoints: flows.Endpoints{Token: "http://127.0.0.1:1/token"}}, Simulated: true})
		trace = trace.Append(noon, flows.ExchangeFinished{ID: 1, Exchange: flows.Exchange{Step: flows.StepExchange, Started: noon, Ended: noon,
			Request:  flows.Request{Method: "POST", URL: "http://127.0.0.1:1/token", Headers: flows.Headers{}},
			Response: &flows.Response{Status: 200, Body: []byte(body), BodyComplete: true}}})
		w := Run(session.Replay(trace), nil, nil, noon)
		text := ""
		for i, item := range w.Rail {
			if item.Key == railRefresh {
				for k := range w.Panes[i].Tabs[0].Build().Len() {
					l := w.Panes[i].Tabs[0].Build().At(k)
					text += l.Label + " " + spans(l) + " " + l.Note + "\n"
				}
			}
		}
		other := "before the end, for a refresh"
		if want == other {
			other = "the user has to sign in again"
		}
		if !strings.Contains(text, want) || strings.Contains(text, other) {
			t.Errorf("%s\nsays\n%s", body, text)
		}
	}
}

func spans(l Line) string {
	var b strings.Builder
	for _, s := range l.Spans {
		b.WriteString(s.Text)
	}
	return b.String()
}
