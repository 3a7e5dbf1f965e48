package redact

import (
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/runner/faultserver"
)

// FuzzLearn: whatever surrounds a token that stands in quotes beside its name, it is masked.
func FuzzLearn(f *testing.F) {
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(string(a.Body()), "")
	}
	f.Add(")]}'\n", "")
	f.Add("<p>", "</p>")
	f.Fuzz(func(t *testing.T, before, after string) {
		if len(before)+len(after) > 64<<10 || strings.Contains(before+after, " chars, #") || strings.Contains(before+after, "Zq7-token") {
			return
		}
		body := []byte(before + "\n{\"access_token\":\"Zq7-token-of-this-test\"}\n" + after)
		if _, ok := readWide(body); ok {
			return // another encoding, in which these are other characters
		}
		x := flows.Exchange{Response: &flows.Response{Body: body, StatusText: before, Headers: flows.Headers{{Name: "X", Value: after}}}}
		m := ForTrace(traceWith(x))
		if got := m.Exchange(x); strings.Contains(string(got.Response.Body), "Zq7-token-of-this-test") {
			t.Errorf("%q", got.Response.Body)
		}
	})
}
