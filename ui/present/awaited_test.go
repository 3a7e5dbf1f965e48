package present

import (
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/session"
)

// awaited is a run of Truss whose authorization URL was built, and then these events came;
// real: against the real provider.
func awaited(t *testing.T, real bool, events ...flows.Event) Walk {
	t.Helper()
	trace := recordedRun(t, "truss.jsonl")
	for i, r := range trace.Records {
		if e, ok := r.Event.(flows.RunStarted); ok {
			e.Simulated = e.Simulated && !real
			trace.Records[i].Event = e
		}
		if _, ok := r.Event.(flows.AuthorizationBuilt); ok {
			trace.Records = trace.Records[:i+1]
			break
		}
	}
	at := trace.EndedAt()
	for _, e := range events {
		at = at.Add(time.Second)
		trace = trace.Append(at, e)
	}
	return Run(session.Replay(trace), nil, nil, at)
}

// paneText is everything that the first tab of a step says.
func paneText(p Pane) string {
	var text strings.Builder
	lines := p.Tabs[0].Build()
	for i := range lines.Len() {
		for _, s := range lines.At(i).Spans {
			text.WriteString(s.Text)
		}
		text.WriteString(lines.At(i).Note + "\n")
	}
	return text.String()
}

// TestAForgeryEndsNoWait: who can reach the redirect URI can send an answer of their own. It is
// shown and named, and enter does what it did before; only where no other answer can come it
// begins anew.
func TestAForgeryEndsNoWait(t *testing.T) {
	opened := flows.BrowserOpened{}
	forged := flows.CallbackArrived{Via: flows.ViaListener, Verdict: flows.CallbackRefused, Why: "the state is not the one that was sent",
		Request: flows.Request{Method: "GET", URL: "http://127.0.0.1:53682/callback?code=forged&state=another"}}
	back := awaited(t, false).Settings.RedirectURI + "?code=c&state=another"
	consent := []flows.Event{flows.ExchangeStarted{ID: 9, Step: flows.StepAuthorize}, flows.ExchangeFinished{ID: 9, Exchange: flows.Exchange{Step: flows.StepAuthorize,
		Response: &flows.Response{Status: 302, Headers: flows.Headers{{Name: "Location", Value: back}}}}}}
	tests := []struct {
		name   string
		real   bool
		events []flows.Event
		label  string
		action flows.Action
		why    string
		goesOn bool // it is said that the genuine answer is still awaited
	}{
		{"while the browser is open", true, []flows.Event{opened, forged}, "wait for the browser", "", "the genuine callback is still waited for", true},
		{"before the browser is opened", true, []flows.Event{forged}, "open in the browser and wait", flows.ActOpenBrowser, "", true},
		{"before the consent at the simulator", false, []flows.Event{forged}, "consent and go on", flows.ActApprove, "", true},
		{"before the answer of the consent", false, append([]flows.Event{forged}, consent...), "consent and go on", flows.ActApprove, "the callback is on its way", true},
		{"the answer of the consent itself", false, append(slices.Clone(consent), forged), "start a fresh authorization request", flows.ActRestart, "", false},
	}
	for _, tt := range tests {
		w := awaited(t, tt.real, tt.events...)
		p := w.Panes[2]
		if n := p.Next; n.Label != tt.label || n.Action != tt.action || (n.Why == "") != (tt.why == "") || !strings.Contains(n.Why, tt.why) {
			t.Errorf("%s: enter is %+v", tt.name, n)
		}
		if u := w.Panes[1].URL.Text; p.URL.Text != u || u == "" {
			t.Errorf("%s: what can be opened again is %q", tt.name, p.URL.Text)
		}
		text := paneText(p)
		if !strings.Contains(text, "refused: the state is not the one that was sent") || strings.Contains(text, "still waited for") != tt.goesOn {
			t.Errorf("%s: the pane says\n%s", tt.name, text)
		}
	}
	first, then := awaited(t, true, opened), awaited(t, true, opened, forged)
	if first.Busy == nil || then.Busy == nil || !first.Busy.Since.Equal(then.Busy.Since) {
		t.Errorf("the forgery began another wait: %+v, %+v", first.Busy, then.Busy)
	}
}

// TestNoBrowserWithoutAListener: where nothing here hears the callback, enter opens no browser
// but tries to listen again, and whoever opens it in spite of that is asked.
func TestNoBrowserWithoutAListener(t *testing.T) {
	failed := flows.ListenerFailed{InUse: true, Message: "another program already listens on 127.0.0.1:53682"}
	listening := flows.ListenerOpened{Addresses: []string{"127.0.0.1:53682"}, RedirectURI: "http://127.0.0.1:53682/callback"}
	tests := []struct {
		name   string
		events []flows.Event
		action flows.Action
		doubt  bool
		status string
	}{
		{"it listens", nil, flows.ActOpenBrowser, false, ""},
		{"it does not", []flows.Event{failed}, flows.ActListen, true, "another program already listens on 127.0.0.1:53682"},
		{"tried again", []flows.Event{failed, flows.Asked{Action: flows.ActListen}, failed}, flows.ActListen, true, "tried 2 times: another program already listens on 127.0.0.1:53682"},
		{"it listens then", []flows.Event{failed, flows.Asked{Action: flows.ActListen}, listening}, flows.ActOpenBrowser, false, ""},
		{"opened in spite of it", []flows.Event{failed, flows.BrowserOpened{}}, "", true, ""},
	}
	for _, tt := range tests {
		w := awaited(t, true, tt.events...)
		for _, step := range []int{1, 2} {
			if n := w.Panes[step].Next; n.Action != tt.action || n.Action != "" && n.Why != "" {
				t.Errorf("%s: enter at step %d is %+v", tt.name, step+1, n)
			}
		}
		o, ok := w.Offer(flows.ActOpenBrowser)
		if !ok || o.Why != "" || (o.Doubt != "") != tt.doubt || tt.doubt && !strings.Contains(o.Doubt, failed.Message) {
			t.Errorf("%s: the offer is %+v", tt.name, o)
		}
		if w.Status != tt.status && tt.status != "" {
			t.Errorf("%s: the status is %q", tt.name, w.Status)
		}
	}
}
