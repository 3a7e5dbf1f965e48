package diagnose

import (
	"slices"
	"strings"
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

// TestAnIDTokenThatWasNotKeptIsNotJudged: in a run that was kept without its secrets a mask
// stands for it, which is no malformed token.
func TestAnIDTokenThatWasNotKeptIsNotJudged(t *testing.T) {
	for idToken, want := range map[string]bool{"id_token (655 chars, #403d8f3f)": false, "n0-token-at-all": true} {
		text := edit(serviceScene, `"access_token":"at-9-U2VydmljZQ"`, `"access_token":"at-9-U2VydmljZQ","id_token":"`+idToken+`"`)
		found := Run(liveRun(t, text, flows.StepExchange), Options{})
		accused := slices.ContainsFunc(found, func(f flows.Finding) bool { return f.Severity == flows.SeverityError })
		if accused != want {
			t.Errorf("%s: %s", idToken, codes(found))
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

// TestInterimAnswerIsNone: a wait that ends after interim answers (1xx) ends without an
// answer, and with that finding alone.
func TestInterimAnswerIsNone(t *testing.T) {
	for path, kind := range map[string]flows.StepKind{".well-known/openid-configuration": flows.StepDiscovery, "keys/jwks": flows.StepJWKS, "oauth2/token": flows.StepExchange, "oauth2/revoke": flows.StepRevoke} {
		tr := liveRun(t, "> GET https://id.blue.test/"+path+"\n< 200\n| {}\n", kind)
		done := tr.Records[len(tr.Records)-1].Event.(flows.ExchangeFinished)
		done.Exchange.Response = &flows.Response{Status: 102, StatusText: "Processing", Problem: "no final answer came after this interim one"}
		done.Exchange.Error = &flows.TransportError{Kind: flows.ErrorTimeout, Message: "gave up after 3s while reading the answer of id.blue.test"}
		tr.Records[len(tr.Records)-1].Event = done
		if got := Run(tr, Options{}); len(got) != 1 || got[0].Code != "server-unreachable" {
			t.Errorf("%s: %s", kind, codes(got))
		}
	}
}

// TestWordsOfWhatIsNoTokenAnswer: what is wrong with the bytes of metadata and of a key set
// is not told in the words for a token answer, whose code could be used up.
func TestWordsOfWhatIsNoTokenAnswer(t *testing.T) {
	for path, words := range map[string]string{".well-known/openid-configuration": "The metadata cannot be read", "keys/jwks": "The key set cannot be read"} {
		kind := map[bool]flows.StepKind{true: flows.StepJWKS, false: flows.StepDiscovery}[path == "keys/jwks"]
		tr := liveRun(t, "> GET https://id.blue.test/"+path+"\n< 200\n| {}\n", kind)
		done := tr.Records[len(tr.Records)-1].Event.(flows.ExchangeFinished)
		done.Exchange.Response = &flows.Response{Status: 200, Body: []byte(`{"iss`), BodyBytes: 5, Problem: "the body ended after 5 of 90 bytes"}
		done.Exchange.Error = &flows.TransportError{Kind: flows.ErrorReset, Message: "the connection was reset"}
		tr.Records[len(tr.Records)-1].Event = done
		got := Run(tr, Options{})
		if f, at := find(got, "token-response-damaged"); at != 0 || !strings.Contains(f.Title.Text, words) || strings.Contains(f.Fix.Text, "code") {
			t.Errorf("%s: %s %+v", kind, codes(got), f)
		}
		if _, at := find(got, "discovery-not-found"); at >= 0 {
			t.Errorf("%s: what broke off is said not to be there", kind)
		}
	}
}

// TestScopeBesideAnError: an error beside a whole answer is not about the scope because the
// answer has a member of that name.
func TestScopeBesideAnError(t *testing.T) {
	for desc, want := range map[string]string{"no": "invalid-grant-unexplained", "the scope is not allowed": "scope-not-allowed"} {
		body := `{"error":"invalid_grant","error_description":"` + desc + `","access_token":"at-9-U2VydmljZQ","scope":"read"}`
		text := "> POST https://id.blue.test/oauth2/token\nContent-Type: application/x-www-form-urlencoded\n| grant_type=refresh_token&refresh_token=rt-7-Zm9yZWlnbg&client_id=svc-3\n< 200\nContent-Type: application/json\n| " + body + "\n"
		if got := findingsOf(t, text); len(got) == 0 || got[0].Code != want {
			t.Errorf("%s: %s", desc, codes(got))
		}
	}
}

// TestNotModifiedIsNoRedirect: 304 has no place to go to, so nobody is told to go there.
func TestNotModifiedIsNoRedirect(t *testing.T) {
	for path, kind := range map[string]flows.StepKind{".well-known/openid-configuration": flows.StepDiscovery, "userinfo": flows.StepUserInfo} {
		got := Run(liveRun(t, "> GET https://id.blue.test/"+path+"\n< 304\n", kind), Options{})
		if len(got) == 0 || strings.Contains(got[0].Title.Text+got[0].Fix.Text, "redirect") {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

// TestADamagedAnswerRefusesNothing: an envelope whose code is the one of success is no error
// when the answer breaks off behind its token.
func TestADamagedAnswerRefusesNothing(t *testing.T) {
	service := edit(serviceScene, `{"access_token":"at-9-U2VydmljZQ","token_type":"Bearer","expires_in":3600,"scope":"read"}`,
		`{"code":"0","data":{"access_token":"at-9-U2VydmljZQ","token_type":"Bea`)
	tr := liveRun(t, service, flows.StepExchange)
	start := tr.Records[0].Event.(flows.RunStarted)
	start.Provider.Dialect = flows.Dialect{Success: &flows.Predicate{Path: "$.code", Equals: "0"},
		Fields: flows.FieldPaths{AccessToken: []string{"$.data.access_token"}, TokenType: []string{"$.data.token_type"}, Error: []string{"$.code"}}}
	tr.Records[0].Event = start
	if got := Run(tr, Options{}); len(got) == 0 || got[0].Code != "token-response-damaged" || got[0].Severity != flows.SeverityError || errorsOf(got) != 1 {
		t.Errorf("%+v", got)
	}
	if a := newCase(tr, Options{}, nil).msgs[0].answer(); a.fault != nil || a.token == nil {
		t.Errorf("the answer is a refusal %v, and its token is known: %v", a.fault != nil, a.token != nil)
	}
}
