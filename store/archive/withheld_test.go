package archive

import (
	"encoding/base64"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/store"
)

// TestWhatIsKnownOfAMaskedRun: what of its secrets is none itself is kept, so that the run
// read again says the same; of an exchange without any, nothing is.
func TestWhatIsKnownOfAMaskedRun(t *testing.T) {
	const verifier = "Verifier-Value-Verifier-Value-1-Verifier-Value"
	received := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	encode := base64.RawURLEncoding.EncodeToString
	token := encode([]byte(`{"alg":"RS256"}`)) + "." + encode([]byte(`{"exp":1795500000}`)) + "." + encode([]byte("signature"))
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("app:ClientSecret-Value-1"))
	exchange := func(step flows.StepKind, authorization, body, answer string) flows.ExchangeFinished {
		q := flows.Request{Method: "POST", URL: "https://t.test/token", Body: []byte(body), Headers: flows.Headers{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}}
		if authorization != "" {
			q.Headers = append(q.Headers, flows.Header{Name: "Authorization", Value: authorization})
		}
		return flows.ExchangeFinished{Exchange: flows.Exchange{Step: step, Request: q, Started: received, Ended: received,
			Response: &flows.Response{Status: 200, Headers: flows.Headers{}, Body: []byte(answer), BodyComplete: true}}}
	}
	challenge := protocol.Challenge(flows.PKCES256, verifier)
	for _, c := range []struct {
		name  string
		event flows.ExchangeFinished
		want  *flows.Withheld
	}{
		{"a JWT, Basic and a verifier", exchange(flows.StepExchange, basic, "code=Code-Value-1&code_verifier="+verifier, `{"access_token":"`+token+`"}`),
			&flows.Withheld{Format: flows.FormatJWT, Exp: time.Unix(1795500000, 0).UTC(), Challenge: challenge, ClientID: "app"}},
		{"a refresh", exchange(flows.StepRefresh, "", "refresh_token=Refresh-Value-1", `{"access_token":"`+token+`"}`), &flows.Withheld{Format: flows.FormatJWT, Exp: time.Unix(1795500000, 0).UTC()}},
		{"an opaque token", exchange(flows.StepExchange, "", "code=Code-Value-1", `{"access_token":"Access-Value-1"}`), &flows.Withheld{Format: flows.FormatOpaque}},
		{"a refusal", exchange(flows.StepExchange, "", "code=Code-Value-1&code_verifier="+verifier, `{"error":"invalid_grant"}`), &flows.Withheld{Challenge: challenge}},
		{"a call", exchange(flows.StepCall, "Bearer "+token, "", `{"access_token":"`+token+`"}`), nil},
		{"a revocation with Basic", exchange(flows.StepRevoke, basic, "token=Access-Value-1", ""), &flows.Withheld{ClientID: "app"}},
	} {
		dir := t.TempDir()
		a := New(t.Context(), store.Places{Config: dir, Data: dir}, func(string) string { return "" }, func() time.Time { return received })
		if a.Redacted("run") {
			t.Errorf("%s: redacted before anything was", c.name)
		}
		a.redact("run", flows.RunStarted{Provider: flows.Provider{Name: "truss"}})
		got := a.redact("run", c.event).(flows.ExchangeFinished).Exchange.Withheld
		switch {
		case (got == nil) != (c.want == nil):
			t.Errorf("%s: %+v", c.name, got)
		case got != nil && (got.Format != c.want.Format || !got.Exp.Equal(c.want.Exp) || got.Challenge != c.want.Challenge || got.ClientID != c.want.ClientID):
			t.Errorf("%s: %+v, want %+v", c.name, *got, *c.want)
		}
		if !a.Redacted("run") || a.Redacted("other") {
			t.Errorf("%s: which run was redacted is not known", c.name)
		}
	}
}

// TestSentSecretsOfARequest: a code and a refresh token of a token request, and no mask
// that stands for one.
func TestSentSecretsOfARequest(t *testing.T) {
	mask := flows.NewSecret(flows.FingerprintKey{}, "code", "Code-Value-1").String()
	for _, c := range []struct {
		step flows.StepKind
		body string
		want string
	}{
		{flows.StepExchange, "code=Code-Value-1", "code"}, {flows.StepRefresh, "refresh_token=Refresh-Value-1", "refresh_token"}, {flows.StepExchange, "code=a&refresh_token=b", "code refresh_token"},
		{flows.StepExchange, "code=", ""}, {flows.StepExchange, "scope=x", ""}, {flows.StepCall, "code=Code-Value-1", ""}, {flows.StepExchange, "code=" + mask, ""},
	} {
		got := ""
		for _, s := range sentIn(flows.Exchange{Step: c.step, Request: flows.Request{Method: "POST", Headers: flows.Headers{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}, Body: []byte(c.body)}}, flows.FingerprintKey{}) {
			if got != "" {
				got += " "
			}
			got += s.kind
		}
		if got != c.want {
			t.Errorf("%s %s: %q, want %q", c.step, c.body, got, c.want)
		}
	}
}

// TestRefusedByTheServerItself: only then is a code or a token known to be used up.
func TestRefusedByTheServerItself(t *testing.T) {
	answer := func(status int, body string) flows.Exchange {
		return flows.Exchange{Step: flows.StepExchange, Response: &flows.Response{Status: status, Headers: flows.Headers{}, Body: []byte(body), BodyComplete: true}}
	}
	broken := answer(400, `{"error":"invalid_grant"}`)
	broken.Error = &flows.TransportError{Kind: flows.ErrorReset}
	for name, c := range map[string]struct {
		x    flows.Exchange
		want bool
	}{
		"refused": {answer(400, `{"error":"invalid_grant"}`), true}, "a client": {answer(401, `{"error":"invalid_client"}`), false}, "a request": {answer(400, `{"error":"invalid_request"}`), false},
		"by its words": {answer(400, `{"error":"x1","error_description":"the code was used"}`), true}, "of something else": {answer(400, `{"error":"slow_down"}`), false},
		"a gateway": {answer(502, `{"error":"invalid_grant"}`), false}, "granted": {answer(200, `{"access_token":"a"}`), false}, "nothing": {flows.Exchange{}, false}, "cut": {broken, false},
	} {
		if got := refused(flows.Dialect{}, c.x); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
