package present

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
)

// megabyte is a run whose token answer has a megabyte of members.
func megabyte() session.Session {
	var body bytes.Buffer
	body.WriteString(`{"access_token":"an-opaque-access-token","token_type":"Bearer","expires_in":3600`)
	for i := range 22000 {
		fmt.Fprintf(&body, `,"member_%05d":"a value of some length %d"`, i, i)
	}
	body.WriteString("}")
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	t := flows.Trace{Run: "00112233445566aa"}
	t = t.Append(at, flows.RunStarted{Grant: flows.GrantClientCredentials, Environment: flows.Environment{Name: "sandbox"}, Settings: flows.Settings{ClientID: "a"}})
	t = t.Append(at, flows.ExchangeFinished{ID: 1, Exchange: flows.Exchange{Step: flows.StepExchange, Started: at, Ended: at,
		Request:  flows.Request{Method: "POST", URL: "https://as.example/token", Headers: flows.Headers{}, Body: []byte("grant_type=client_credentials")},
		Response: &flows.Response{Status: 200, Body: body.Bytes(), BodyBytes: int64(body.Len()), BodyComplete: true}}})
	return session.Replay(t)
}

// BenchmarkTickWithAMegabyte is what a second of the countdown costs.
func BenchmarkTickWithAMegabyte(b *testing.B) {
	s := megabyte()
	mask := redact.ForTrace(s.Trace())
	now := s.Trace().EndedAt().Add(time.Minute)
	for b.Loop() {
		Run(s, nil, mask, now)
	}
}

// BenchmarkTabsWithAMegabyte is what it costs to look at a tab for the first time.
func BenchmarkTabsWithAMegabyte(b *testing.B) {
	s := megabyte()
	mask := redact.ForTrace(s.Trace())
	w := Run(s, nil, mask, s.Trace().EndedAt().Add(time.Minute))
	for _, tab := range w.Panes[1].Tabs {
		b.Run(tab.Name, func(b *testing.B) {
			for b.Loop() {
				tab.Build()
			}
		})
	}
}
