package program

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/diagnose"
	"oauthlens/flows/redact"
	"oauthlens/flows/report"
	"oauthlens/flows/session"
	"oauthlens/ui/present"
)

// monotonous are pieces of which a body may consist. "%d" stands for a number that grows.
func monotonous() []string {
	return []string{"&", "a&", "&a=", "%", "%zz&", ";", ",", "[", `{"a":`, "[1,", "1,", `"`, `\`, "<", "<a ", "\n", ".", "'", "\xff", "\x1b", "eyJaaaaaa.a ", "Basic YTpi ",
		"access_token=secret%d&", "access_token:'secret%d'", `"access_token":"secret%d",`}
}

func repeated(begin, piece string, size int) string {
	b := strings.Builder{}
	b.WriteString(begin)
	for i := 0; b.Len() < size; i++ {
		if strings.Contains(piece, "%d") {
			fmt.Fprintf(&b, piece, i)
		} else {
			b.WriteString(piece)
		}
	}
	return b.String()
}

// readAll sends a body through everything that reads answers, shows them and writes them,
// and returns how many bytes were allocated on the way.
func readAll(t *testing.T, step flows.StepKind, body string) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	trace := flows.Trace{Run: "00112233445566aa"}
	trace = trace.Append(at, flows.RunStarted{Grant: flows.GrantClientCredentials, Environment: flows.Environment{Name: "sandbox", Endpoints: flows.Endpoints{Issuer: "https://as.example"}}, Settings: flows.Settings{ClientID: "a"}})
	finished := flows.ExchangeFinished{ID: 1, Exchange: flows.Exchange{Step: step, Started: at, Ended: at,
		Request:  flows.Request{Method: "POST", URL: "https://as.example/token", Headers: flows.Headers{}, Body: []byte("grant_type=client_credentials")},
		Response: &flows.Response{Status: 200, Headers: flows.Headers{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(body), BodyBytes: int64(len(body)), BodyComplete: true}}}
	trace = trace.Append(at, finished)
	mask := redact.ForTrace(trace)
	stored, err := flows.EncodeEvent(mask.Event(finished))
	if err != nil {
		t.Fatal(err)
	}
	if len(stored) > 5*len(body)+4096 {
		t.Errorf("%d bytes are stored", len(stored))
	}
	findings := diagnose.Run(trace, diagnose.Options{})
	s := session.Replay(trace)
	for _, pane := range present.Run(s, findings, mask, at).Panes {
		for _, tab := range pane.Tabs {
			tab.Build()
		}
	}
	if _, err := report.Encode(report.Run(s, findings, mask, at), true); err != nil {
		t.Fatal(err)
	}
	for _, format := range report.Formats() {
		if _, err := report.Write(format, trace, mask, findings...); err != nil {
			t.Errorf("%s: %v", format, err)
		}
	}
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestMonotonousBodies: four times as much of the same takes about four times the memory,
// wherever it is read, and what is stored of it is of its size.
func TestMonotonousBodies(t *testing.T) {
	for _, step := range []flows.StepKind{flows.StepExchange, flows.StepDiscovery, flows.StepJWKS, flows.StepCall} {
		for i, piece := range monotonous() {
			if step != flows.StepExchange && i%4 != len(step)%4 { // they share most of the readers
				continue
			}
			for _, begin := range []string{"access_token=a%00b&=&", `{"a":"b",`} {
				little := readAll(t, step, repeated(begin, piece, 16<<10))
				much := readAll(t, step, repeated(begin, piece, 64<<10))
				if much > 8*little+4<<20 {
					t.Errorf("%s: %q and much of %q: %d KiB were allocated, and for a quarter of it %d KiB", step, begin, piece, much>>10, little>>10)
				}
			}
		}
	}
}
