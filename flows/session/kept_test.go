package session_test

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
)

// TestRunKeptWithoutSecretsSendsNothing: a mask in place of a token must never go out.
func TestRunKeptWithoutSecretsSendsNothing(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	key := flows.FingerprintKey{5}
	env := flows.Environment{Name: "sandbox", Endpoints: flows.Endpoints{Token: "https://t.test/token", Revocation: "https://t.test/revoke", UserInfo: "https://t.test/me", Introspection: "https://t.test/introspect"}}
	whole := flows.Trace{Run: "00000000000000a1"}.
		Append(at, flows.RunStarted{Provider: flows.Provider{Name: "p", Title: "P"}, Environment: env, Grant: flows.GrantAuthorizationCode, Simulated: true, Fingerprints: key, Settings: flows.Settings{CallURL: "https://t.test/api"}}).
		Append(at, flows.ExchangeFinished{ID: 1, Exchange: flows.Exchange{Step: flows.StepExchange, Started: at, Ended: at,
			Request:  flows.Request{Method: "POST", URL: "https://t.test/token", Body: []byte("grant_type=authorization_code&code=Code-Value-1")},
			Response: &flows.Response{Status: 200, Headers: flows.Headers{}, Body: []byte(`{"access_token":"Access-Value-1","token_type":"Bearer","expires_in":3600,"refresh_token":"Refresh-Value-1"}`)}}})
	stored, m := flows.Trace{Run: whole.Run}, redact.ForTrace(whole)
	for _, r := range whole.Records {
		stored = stored.Append(r.At, m.Event(r.Event))
	}
	full, kept := session.Replay(whole), session.Replay(stored)
	for _, a := range []flows.Action{flows.ActRefresh, flows.ActRevoke, flows.ActIntrospect, flows.ActUserInfo, flows.ActCall} {
		if why := full.Can(a); why != "" {
			t.Errorf("%s of the whole run: %s", a, why)
		}
		if why := kept.Can(a); !strings.Contains(why, "kept without its secrets") {
			t.Errorf("%s of the redacted run: %q", a, why)
		}
		if _, effects := kept.Handle(at, flows.Asked{Action: a}); len(effects) > 0 {
			t.Errorf("%s sends from a redacted run", a)
		}
	}
	if got, want := kept.Token().AccessToken.String(), full.Token().AccessToken.String(); got != want {
		t.Errorf("the token shows as %s, was %s", got, want)
	}
}
