package present

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/session"
)

var received = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// withAnswer is a session whose token came with this answer at received, by a server whose
// clock is ahead by so much; auto switches the automatic refresh on.
func withAnswer(body string, ahead time.Duration, auto bool) session.Session {
	start := flows.RunStarted{Provider: flows.Provider{Name: "p", Title: "P"}, Grant: flows.GrantAuthorizationCode,
		Environment: flows.Environment{Name: flows.EnvSandbox, Endpoints: flows.Endpoints{Authorization: "http://127.0.0.1:1/authorize", Token: "http://127.0.0.1:1/token"}},
		Settings:    flows.Settings{ClientID: "client", AuthMethod: flows.AuthNone, RequestTimeout: 30 * time.Second, AutoRefresh: auto}}
	s, _ := session.New("0123456789abcdef").Handle(received, start)
	s, _ = s.Handle(received, flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepExchange, Started: received, Ended: received,
		Response: &flows.Response{Status: 200, Body: []byte(`{"token_type":"Bearer",` + body + `}`), BodyComplete: true,
			Headers: flows.Headers{{Name: "Content-Type", Value: "application/json"}, {Name: "Cache-Control", Value: "no-store"},
				{Name: "Date", Value: received.Add(ahead).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}}}}})
	return s
}

// jwtUntil is an unsigned access token that ends so long after received.
func jwtUntil(life time.Duration) string {
	encode := base64.RawURLEncoding.EncodeToString
	return `"access_token":"` + encode([]byte(`{"alg":"none"}`)) + "." + encode(fmt.Appendf(nil, `{"exp":%d}`, received.Add(life).Unix())) + `."`
}

const opaque = `"access_token":"opaque-token-1"`

// TestWhatTheClocksSay: the three clocks of one answer, what counts of them, and what is said
// where they disagree or say nothing.
func TestWhatTheClocksSay(t *testing.T) {
	const refresh = `,"refresh_token":"r"`
	tests := []struct {
		name, body string
		ahead      time.Duration
		header     string   // ten seconds after receipt
		want       []string // parts of the token pane, in this order
		not        []string
	}{
		{"a number", opaque + `,"expires_in":40` + refresh, 0, "0:30",
			[]string{"expires_in 40 s ", "Clocks", "09:00:40 UTC  in 30 s", "counted from its receipt here", "agrees with the local clock", "refresh from 2026-11-21 09:00:36 UTC  in 26 s", "4 s before the end, for a refresh and one retry"}, []string{"= 40 s"}},
		{"no refresh token", opaque + `,"expires_in":3600`, 0, "59:50", []string{"expires_in 3600 s = 1 h", "renew from", "1 min before the end, to have another in time"}, nil},
		{"a life of two units", opaque + `,"expires_in":3599`, 0, "59:49", []string{"expires_in 3599 s = 59 min 59 s"}, nil},
		{"an hour and a half", opaque + `,"expires_in":5400`, 0, "1 h 29 min", []string{"expires_in 5400 s = 1 h 30 min"}, nil},
		{"a life of seconds", opaque + `,"expires_in":19` + refresh, 0, "0:09", []string{"refresh from", "2 s before the end"}, nil},
		{"nothing", opaque + refresh, 0, "end unknown", []string{"Nothing says when the access token ends"}, []string{"refresh from", "in 40 s"}},
		{"none at all", opaque + `,"expires_in":0` + refresh, 0, "expired 10 s ago", []string{"expires_in 0 s ", "10 s ago", "taken at its word, the token was over when it came"}, []string{"refresh from"}},
		{"exp alone", jwtUntil(40*time.Second) + refresh, 0, "0:30", []string{"exp 2026-11-21 09:00:40 UTC  in 30 s", "the answer has no expires_in, so it alone counts"}, []string{"counted from its receipt here"}},
		{"exp long before", jwtUntil(time.Minute) + `,"expires_in":3600`, 0, "0:50", []string{"09:01:00 UTC  in 50 s", "59 min before expires_in: the earlier one counts"}, nil},
		{"exp long after", jwtUntil(time.Hour) + `,"expires_in":60`, 0, "0:50", []string{"10:00:00 UTC  in 59 min", "59 min after expires_in: the earlier one counts"}, nil},
		{"a server that is behind", jwtUntil(40*time.Second-5*time.Minute) + `,"expires_in":40`, -5 * time.Minute, "0:29",
			[]string{"exp 2026-11-21 08:55:40 UTC  in 29 s", "by the server's clock, which is 09:00:39 on the local one", "5 min behind the local clock"}, []string{"min ago", "earlier one"}},
		{"a server that is ahead", jwtUntil(40*time.Second+5*time.Minute) + `,"expires_in":40`, 5 * time.Minute, "0:30",
			[]string{"exp 2026-11-21 09:05:40 UTC  in 30 s", "by the server's clock, which is 09:00:40 on the local one", "5 min ahead of the local clock"}, []string{"earlier one"}},
		{"a refresh token with an end", opaque + `,"expires_in":40,"refresh_expires_in":300` + refresh, 0, "0:30", []string{"refresh token 2026-11-21 09:05:00 UTC  in 4 min", "$.refresh_expires_in, counted from its receipt"}, []string{"as documented"}},
	}
	for _, tt := range tests {
		w := Run(withAnswer(tt.body, tt.ahead, false), nil, nil, received.Add(10*time.Second))
		if got := w.Header.Countdowns[0].Text; got != tt.header {
			t.Errorf("%s: the header says %q, not %q", tt.name, got, tt.header)
		}
		text := lines(w.Panes[4].Tabs[0].Build())
		rest := text
		for _, want := range tt.want {
			at := strings.Index(rest, want)
			if at < 0 {
				t.Errorf("%s: %q does not follow in\n%s", tt.name, want, text)
				break
			}
			rest = rest[at:]
		}
		for _, not := range tt.not {
			if strings.Contains(text, not) {
				t.Errorf("%s: says %q in\n%s", tt.name, not, text)
			}
		}
	}
}

// TestTheAutomaticRefreshSaysWhen: the header, the row of the refresh step, and the sentence
// at switching it on, as the time goes by.
func TestTheAutomaticRefreshSaysWhen(t *testing.T) {
	const both = opaque + `,"refresh_token":"r"`
	tests := []struct {
		name               string
		s                  session.Session
		after              time.Duration
		header, row, words string
	}{
		{"off", withAnswer(both+`,"expires_in":40`, 0, false), 10 * time.Second, "0:30", "automatic off", "is sent by itself at 09:00:36 UTC"},
		{"on", withAnswer(both+`,"expires_in":40`, 0, true), 10 * time.Second, "0:30 auto", "automatic on: sent by itself in 26 s", "is sent by itself at 09:00:36 UTC"},
		{"due", withAnswer(both+`,"expires_in":40`, 0, true), 36 * time.Second, "0:04 refresh now", "automatic on: sent by itself now", "it is sent at once"},
		{"no end", withAnswer(both, 0, true), time.Hour, "end unknown", "on, but nothing is sent: nothing says when the token ends", "on, but nothing is sent: nothing says"},
		{"too short", withAnswer(both+`,"expires_in":2`, 0, true), time.Second, "0:01", "on, but nothing is sent: the token lives too short", "on, but nothing is sent: the token lives too short"},
	}
	for _, tt := range tests {
		w := Run(tt.s, nil, nil, received.Add(tt.after))
		if got := w.Header.Countdowns[0].Text; got != tt.header {
			t.Errorf("%s: the header says %q, not %q", tt.name, got, tt.header)
		}
		if text := lines(w.Panes[7].Tabs[0].Build()); !strings.Contains(text, tt.row) {
			t.Errorf("%s: no %q in\n%s", tt.name, tt.row, text)
		}
		if !strings.Contains(w.Automatic, tt.words) {
			t.Errorf("%s: says %q", tt.name, w.Automatic)
		}
	}
}

// TestTheClockWasSetBack: a token lives at most as long as it did when its time was known
// last, every row says so, and nothing is sent by that clock; a token that comes then is
// counted by it, and is as good as any.
func TestTheClockWasSetBack(t *testing.T) {
	const body = opaque + `,"refresh_token":"r","expires_in":40,"refresh_expires_in":300`
	s := withAnswer(body, 0, true)
	s, _ = s.Handle(received.Add(10*time.Second), flows.Noted{Text: "seen"})
	back := received.Add(-3 * time.Hour)
	w := Run(s, nil, nil, back)
	text := lines(w.Panes[4].Tabs[0].Build()) + lines(w.Panes[7].Tabs[0].Build())
	for _, want := range []string{"09:00:40 UTC  in at most 30 s", "09:00:36 UTC  in at most 26 s", "09:05:00 UTC  in at most 4 min",
		"server clock unknown", "the local clock was set back", "on, but nothing is sent: the clock was set back since the token came"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "in 3 h") || w.Header.Countdowns[0].Text != "at most 0:30" || w.Header.Countdowns[1].Text != "at most 4:50" || !strings.Contains(w.Automatic, "nothing is sent: the clock was set back") {
		t.Errorf("%+v, %q, and\n%s", w.Header.Countdowns, w.Automatic, text)
	}
	over, _ := s.Handle(received.Add(2*time.Minute), flows.Noted{Text: "seen"})
	w = Run(over, nil, nil, back)
	if text := lines(w.Panes[4].Tabs[0].Build()); w.Header.Countdowns[0].Text != "expired 1 min ago" || !strings.Contains(text, "at least 1 min ago") {
		t.Errorf("%+v, and\n%s", w.Header.Countdowns, text)
	}

	s, _ = s.Handle(back, flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepRefresh, Started: back, Ended: back,
		Response: &flows.Response{Status: 200, Body: []byte(`{"access_token":"opaque-token-2","refresh_token":"r2","expires_in":60}`), BodyComplete: true}}})
	if got := Run(s, nil, nil, back.Add(10*time.Second)).Header.Countdowns[0].Text; got != "0:50 auto" {
		t.Errorf("the new token has %q", got)
	}
}

// TestWhatCameOfARefresh: said when one that was sent by itself is over.
func TestWhatCameOfARefresh(t *testing.T) {
	for _, tt := range []struct {
		x    flows.Exchange
		want string
	}{
		{flows.Exchange{Response: &flows.Response{Status: 200, Body: []byte(`{"access_token":"opaque-token-2","expires_in":60}`), BodyComplete: true}}, "refreshed by itself: the new token lives 1 min, until 09:01:00 UTC"},
		{flows.Exchange{Response: &flows.Response{Status: 200, Body: []byte(`{"access_token":"opaque-token-2"}`), BodyComplete: true}}, "refreshed by itself: a new token came"},
		{flows.Exchange{Response: &flows.Response{Status: 400, Body: []byte(`{"error":"invalid_grant"}`), BodyComplete: true}}, "the automatic refresh failed, and is not repeated by itself: 400, invalid_grant"},
		{flows.Exchange{Error: &flows.TransportError{Kind: flows.ErrorTimeout, Message: "no answer within 30 s"}}, "the automatic refresh failed, and is not repeated by itself: no answer within 30 s"},
	} {
		s := withAnswer(opaque+`,"refresh_token":"r","expires_in":40`, 0, true)
		if got := Run(s, nil, nil, received).Refreshed; got != "" {
			t.Errorf("nothing was sent, and it says %q", got)
		}
		tt.x.Step, tt.x.Started, tt.x.Ended = flows.StepRefresh, received, received
		s, _ = s.Handle(received, flows.ExchangeFinished{Exchange: tt.x})
		if got := Run(s, nil, nil, received).Refreshed; got != tt.want {
			t.Errorf("it says %q, not %q", got, tt.want)
		}
	}
}

// TestAFailedRefreshLeadsOn to what mends it: the user signs in again where the refresh token
// is over, and anything else is tried again; the refusal stands first.
func TestAFailedRefreshLeadsOn(t *testing.T) {
	refused := func(status int, body string) flows.Exchange {
		return flows.Exchange{Response: &flows.Response{Status: status, Body: []byte(body), BodyComplete: true}}
	}
	for name, tt := range map[string]struct {
		x    flows.Exchange
		next flows.Action
	}{
		"the refresh token is over":      {refused(400, `{"error":"invalid_grant"}`), flows.ActRestart},
		"it is over, in the text":        {refused(400, `{"error":"40003","error_description":"invalid_grant: replaced"}`), flows.ActRestart},
		"the client was refused":         {refused(401, `{"error":"invalid_client"}`), flows.ActRefresh},
		"the server was not well":        {refused(503, ``), flows.ActRefresh},
		"no answer":                      {flows.Exchange{Error: &flows.TransportError{Kind: flows.ErrorTimeout, Message: "no answer within 30 s"}}, flows.ActRefresh},
		"it went well, so it leads away": {refused(200, `{`+opaque+`}`), ""},
	} {
		s := withAnswer(opaque+`,"refresh_token":"r","expires_in":40`, 0, false)
		tt.x.Step, tt.x.Started, tt.x.Ended = flows.StepRefresh, received, received
		s, _ = s.Handle(received, flows.ExchangeFinished{Exchange: tt.x})
		pane := Run(s, nil, nil, received).Panes[7]
		if pane.Next.Action != tt.next || pane.Next.Why != "" || pane.Next.Label == "" {
			t.Errorf("%s: %+v", name, pane.Next)
		}
		post := flows.AuthPost
		without, _ := s.Handle(received, flows.Changed{Change: flows.SettingsChange{AuthMethod: &post}})
		if next := Run(without, nil, nil, received).Panes[7].Next; tt.next == flows.ActRestart && (next.Action != "" || next.Why != "") {
			t.Errorf("%s, but it cannot be started again: %+v", name, next)
		}
		text := lines(pane.Tabs[0].Build())
		answer, before := strings.Index(text, "Headers as received"), strings.Index(text, "automatic")
		if tt.x.Response != nil && tt.next != "" && (answer < 0 || answer > before) {
			t.Errorf("%s: the refusal stands behind what was before it:\n%s", name, text)
		}
	}
}

// TestWhatTheSimulatedUserDid is said at the callback, where the browser would have shown it;
// nobody is said to have signed in who was sent back with an error at once.
func TestWhatTheSimulatedUserDid(t *testing.T) {
	for query, want := range map[string]string{
		"code=c0de": "signed in, agreed", "error=access_denied": "signed in, declined", "error=invalid_request": "",
	} {
		start := flows.RunStarted{Provider: flows.Provider{Name: "p", Title: "P"}, Grant: flows.GrantAuthorizationCode, Simulated: true, Environment: flows.Environment{Name: flows.EnvSimulator}}
		s, _ := session.New("0123456789abcdef").Handle(received, start)
		s, _ = s.Handle(received, flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepAuthorize, Response: &flows.Response{Status: 302}}})
		s, _ = s.Handle(received, flows.CallbackArrived{Via: flows.ViaListener, Verdict: flows.CallbackAccepted, Request: flows.Request{Method: "GET", URL: "http://127.0.0.1:1/callback?" + query}})
		text := lines(Run(s, nil, nil, received).Panes[2].Tabs[0].Build())
		if strings.Contains(text, "The simulator played the user") != (want != "") || !strings.Contains(text, want) {
			t.Errorf("%s: %s", query, text)
		}
	}
}
