package present

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
)

// TestOwnSentencesAreNotMasked: an authorization code that is a word of our language hides
// where it came, and no word of our sentences.
func TestOwnSentencesAreNotMasked(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	trace := flows.Trace{Run: "0011"}.Append(at, flows.RunStarted{Grant: flows.GrantAuthorizationCode})
	s := session.Replay(trace)
	mask := redact.New(flows.FingerprintKey{}, map[string]string{"callback": "code"})
	f := flows.Finding{Code: "state-mismatch", Title: flows.Say("The callback carries another flow's state"), Cause: flows.Say("Somebody injected a callback."),
		Fix: flows.Say("Refuse the callback."), Evidence: []flows.Sentence{flows.Say("code=callback came")}, Step: -1}
	text := func(own bool) string {
		f.Own = own
		w := Run(s, []flows.Finding{f}, mask, at)
		var b strings.Builder
		lines := w.Findings[0].Detail()
		for i := range lines.Len() {
			for _, sp := range lines.At(i).Spans {
				b.WriteString(sp.Text)
			}
			b.WriteByte('\n')
		}
		return b.String()
	}
	own, foreign := text(true), text(false)
	for _, want := range []string{f.Title.Text, f.Cause.Text, f.Fix.Text} {
		if !strings.Contains(own, want) {
			t.Errorf("%q is masked in our own words:\n%s", want, own)
		}
		if strings.Contains(foreign, want) {
			t.Errorf("%q came from outside and is not masked:\n%s", want, foreign)
		}
	}
	if strings.Contains(own, "code=callback") {
		t.Errorf("the evidence shows the code:\n%s", own)
	}
}
