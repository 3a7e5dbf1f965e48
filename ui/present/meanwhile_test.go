package present

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows/redact"
)

// TestALongBodyComesLater: the raw tab of a long body is there at once without the body, in
// the lines that it has in the whole, and no secret is in either.
func TestALongBodyComesLater(t *testing.T) {
	const secret = "opaque-token-that-is-in-the-body-and-in-a-header"
	long := `{"access_token":"` + secret + `","expires_in":3600,"x":"` + strings.Repeat("y", bigBody) + " " + secret + `"}`
	short := `{"access_token":"` + secret + `","expires_in":3600}`
	for body, slow := range map[string]bool{long: true, short: false} {
		s := answeredWith(body)
		w := Run(s, nil, redact.ForTrace(s.Trace()), s.Trace().EndedAt().Add(time.Minute))
		raw := w.Panes[1].Tabs[1]
		if raw.Name != "Raw" || raw.Slow != slow || (raw.Meanwhile != nil) != slow {
			t.Fatalf("%s: slow %v, meanwhile %v", raw.Name, raw.Slow, raw.Meanwhile != nil)
		}
		whole := raw.Build()
		if text := lines(whole); strings.Contains(text, secret) || !strings.Contains(text, "access_token (") {
			t.Errorf("the tab shows %.300s", text)
		}
		if !slow {
			continue
		}
		soon := raw.Meanwhile()
		text := lines(soon)
		if strings.Contains(text, secret) || strings.Contains(text, "yyy") || !strings.Contains(text, "Looking for secrets in the body of") || !strings.Contains(text, "200") {
			t.Errorf("meanwhile there is %s", text)
		}
		for i := range soon.Len() - 1 {
			if a, b := lines(List{soon.At(i)}), lines(List{whole.At(i)}); a != b {
				t.Errorf("line %d is %q meanwhile, then %q", i, a, b)
			}
		}
	}
}
