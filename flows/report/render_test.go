package report

import (
	"testing"
	"time"
	"unicode"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/flows/redact"
	"oauthlens/flows/runner/faultserver"
)

// FuzzRender: a run with foreign bytes, in every form in which it leaves: no form fails, and
// none holds a character that steers a terminal.
func FuzzRender(f *testing.F) {
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(a.Body(), string(a.Raw), "X-Answer")
	}
	f.Fuzz(func(t *testing.T, body []byte, value, name string) {
		at := time.Unix(1_700_000_000, 0).UTC()
		x := flows.Exchange{Step: flows.StepExchange, Started: at, Ended: at, Comment: value,
			Request:  flows.Request{Method: "POST", URL: "https://as.example/t?x=" + name, Headers: flows.Headers{{Name: name, Value: value}}, Body: body},
			Response: &flows.Response{Status: 200, StatusText: value, Headers: flows.Headers{{Name: name, Value: value}}, Body: body, Problem: value},
			Error:    &flows.TransportError{Kind: flows.ErrorProtocol, Message: value}}
		trace := flows.Trace{}.Append(at, flows.ExchangeFinished{Exchange: x})
		m := redact.ForTrace(trace)
		har, err := HAR(trace, m)
		if err != nil {
			t.Error(err)
		}
		document, err := Encode(Steps(trace, protocol.SucceededBy(flows.Dialect{}), m), true)
		if err != nil {
			t.Error(err)
		}
		for form, text := range map[string]string{"curl": string(Curl(trace, m)), "markdown": string(Markdown(trace, m)), "har": string(har), "document": string(document)} {
			for _, r := range text {
				if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
					t.Fatalf("%s holds %U", form, r)
				}
			}
		}
	})
}
