package diagnose

import (
	"testing"
	"time"

	"oauthlens/flows"
)

// liveRun is a scene as a run of this program: a client that knows what it asks for.
func liveRun(t testing.TB, text string, kinds ...flows.StepKind) flows.Trace {
	t.Helper()
	scene := parseScene(t, text)
	key := flows.FingerprintKey{}
	tr := flows.Trace{Run: "0123456789abcdef"}.Append(sceneStart, flows.RunStarted{
		Provider:    flows.Provider{Name: "blue", Title: "Blue", Grants: []flows.Grant{flows.GrantClientCredentials}},
		Environment: flows.Environment{Name: flows.EnvProduction, Endpoints: flows.Endpoints{Issuer: "https://id.blue.test", Token: "https://id.blue.test/oauth2/token", JWKS: "https://id.blue.test/keys/jwks"}},
		Grant:       flows.GrantClientCredentials, Settings: flows.Settings{ClientID: "svc-3", AuthMethod: flows.AuthPost, Scopes: []string{"read"}},
		Credentials: flows.Credentials{ClientSecret: flows.NewSecret(key, "client_secret", "s3cr3t-Value-91kq")},
	})
	for i, st := range scene.Steps() {
		x := st.Exchange
		x.Step = kinds[i]
		tr = tr.Append(x.Started, flows.ExchangeStarted{ID: i, Step: x.Step, Request: x.Request})
		tr = tr.Append(x.Ended, flows.ExchangeFinished{ID: i, Exchange: x})
	}
	return tr
}

// TestAnswersOfCallsAreNoTokens: an API may answer a call with what looks like a token
// answer, such as a page token or a session for somebody else. It is not this client's: it
// is neither verified nor watched, in a run as in a recording.
func TestAnswersOfCallsAreNoTokens(t *testing.T) {
	foreign := signed(map[string]any{"kid": "other"}, map[string]any{"iss": "https://other.green.test", "aud": "somebody", "exp": sceneStart.Add(-time.Hour).Unix()})
	service := edit(serviceScene, "at-9-U2VydmljZQ", signed(nil, map[string]any{"iss": "https://id.blue.test", "aud": "api", "exp": sceneStart.Add(time.Hour).Unix(), "client_id": "svc-3", "scope": "read"})) + jwksScene("k1", "sig")
	bodies := map[string]string{
		"a token answer":      `{"access_token":"` + foreign + `","token_type":"Bearer","expires_in":3600000,"refresh_token":"rt-7-Zm9yZWlnbg"}`,
		"with an ID token":    `{"access_token":"x7-Zm9yZWlnbg","id_token":"` + foreign + `","expires_in":"soon"}`,
		"in an envelope":      `{"code":0,"message":"ok","data":{"access_token":"` + foreign + `"}}`,
		"a list of accounts":  `{"data":[{"id":"1","access_token":"` + foreign + `"}]}`,
		"alg none":            `{"id_token":"` + signed(map[string]any{"alg": "none"}, idClaims(nil)) + `"}`,
		"padded and wrapped":  `{"access_token":"` + foreign + `=="}`,
		"a form":              `access_token=` + foreign + `&expires_in=5`,
		"scopes of the other": `{"access_token":"x7-Zm9yZWlnbg","scope":"admin"}`,
	}
	token := parseScene(t, service).Steps()[0].Exchange.Response.Body
	access := readTokenSet(&message{x: &flows.Exchange{Response: &flows.Response{Status: 200, Body: token}}}).access
	for name, body := range bodies {
		call := "\n> GET https://api.blue.test/v1/pages\nAuthorization: Bearer " + access + "\n< 200\nContent-Type: application/json\n| " + body + "\n"
		for kind, tr := range map[string]flows.Trace{
			"run": liveRun(t, service+call, flows.StepExchange, flows.StepJWKS, flows.StepCall), "recording": parseScene(t, service+call),
		} {
			if got := Run(tr, Options{}); len(got) > 0 {
				t.Errorf("%s, %s: %s %v", name, kind, codes(got), got[0].Evidence)
			}
		}
	}
}

// TestRepeatedExchangeIsJudged: the near miss of the above. The same answer at the token
// endpoint is judged.
func TestRepeatedExchangeIsJudged(t *testing.T) {
	foreign := signed(map[string]any{"kid": "other"}, map[string]any{"iss": "https://id.blue.test", "exp": sceneStart.Add(time.Hour).Unix()})
	text := edit(serviceScene, "at-9-U2VydmljZQ", foreign) + jwksScene("k1", "sig")
	if f, at := find(Run(liveRun(t, text, flows.StepExchange, flows.StepJWKS), Options{}), "signing-key-unknown"); at != 0 {
		t.Errorf("got %+v", f)
	}
}
