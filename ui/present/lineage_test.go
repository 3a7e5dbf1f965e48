package present

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/session"
)

// lineageOf draws the family of a run that exchanges a code and refreshes twice.
func lineageOf(t *testing.T, rotation flows.Rotation, now time.Time, at time.Time) string {
	t.Helper()
	run := flows.Trace{}.Append(at, flows.RunStarted{Provider: flows.Provider{Title: "Test", Dialect: flows.Dialect{Rotation: rotation}}, Grant: flows.GrantAuthorizationCode})
	send := func(step flows.StepKind, body, answer string) {
		run = run.Append(at, flows.ExchangeFinished{Exchange: flows.Exchange{Step: step, Started: at, Ended: at,
			Request:  flows.Request{Method: "POST", URL: "https://t.test/token", Headers: flows.Headers{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}, Body: []byte(body)},
			Response: &flows.Response{Status: 200, Headers: flows.Headers{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(answer)}}})
	}
	send(flows.StepExchange, "grant_type=authorization_code&code=CODE-VALUE-1", `{"access_token":"ACCESS-VALUE-1","token_type":"Bearer","expires_in":3600,"refresh_token":"REFRESH-VALUE-1"}`)
	send(flows.StepRefresh, "grant_type=refresh_token&refresh_token=REFRESH-VALUE-1", `{"access_token":"ACCESS-VALUE-2","token_type":"Bearer","expires_in":3600,"refresh_token":"REFRESH-VALUE-2"}`)
	b := &builder{s: session.Replay(run), moment: now}
	b.start = b.s.Start()
	var text strings.Builder
	for _, l := range b.lineage() {
		for _, s := range l.Spans {
			text.WriteString(s.Text)
		}
		text.WriteString("\n")
	}
	return text.String()
}

func TestLineageSaysWhatIsAliveAndWhatMustNotBeSent(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	print := flows.FingerprintKey{}.Fingerprint
	got := lineageOf(t, flows.RotationAlways, at.Add(10*time.Minute), at)
	for _, want := range []string{
		"code " + print("CODE-VALUE-1") + "  ✓ used  a code works once  ▲ sending it again may end them all",
		"├─ access token " + print("ACCESS-VALUE-1") + "  ● alive for 50 min",
		"└─ refresh token " + print("REFRESH-VALUE-1") + "  ↻ rotated out  replaced by " + print("REFRESH-VALUE-2") + "  ▲ sending it again may end",
		"   ├─ access token " + print("ACCESS-VALUE-2"),
		"   └─ refresh token " + print("REFRESH-VALUE-2") + "  ● alive",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	for _, secret := range []string{"CODE-VALUE", "ACCESS-VALUE", "REFRESH-VALUE"} {
		if strings.Contains(got, secret) {
			t.Errorf("%s is in\n%s", secret, got)
		}
	}
	later := lineageOf(t, flows.RotationAlways, at.Add(2*time.Hour), at)
	if n := strings.Count(later, "○ expired"); n != 2 {
		t.Error(fmt.Sprintf("%d expired access tokens instead of two in\n", n), later)
	}
	if kept := lineageOf(t, flows.RotationNever, at, at); strings.Contains(kept, "rotated out") {
		t.Errorf("nothing rotates here:\n%s", kept)
	}
}

// TestARunThatWasKeptWithoutSecrets shows the fingerprints that it had, not those of the masks
// that it was kept with.
func TestARunThatWasKeptWithoutSecrets(t *testing.T) {
	key := flows.FingerprintKey{}
	masked := func(raw string) flows.Secret {
		return flows.NewSecret(key, "access_token", key.Mask("access_token", raw))
	}
	b := &builder{}
	text := textOf(b.beforeAfter(flows.Token{AccessToken: masked("ACCESS-VALUE-1")}, flows.Token{AccessToken: masked("ACCESS-VALUE-2")}))
	for _, raw := range []string{"ACCESS-VALUE-1", "ACCESS-VALUE-2"} {
		if !strings.Contains(text, key.Fingerprint(raw)) {
			t.Errorf("%s is not in %s", key.Fingerprint(raw), text)
		}
	}
}
