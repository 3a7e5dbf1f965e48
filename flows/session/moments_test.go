package session

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/jose"
)

// TestPlantedFaults: which faults can be planted where, and how long the client waits for one.
func TestPlantedFaults(t *testing.T) {
	p := flows.Provider{Title: "P", Grants: []flows.Grant{flows.GrantAuthorizationCode, flows.GrantRefreshToken}, Dialect: flows.Dialect{PKCEMethod: flows.PKCES256, OfflineScope: "o", OmitScope: []flows.Grant{flows.GrantClientCredentials}}}
	bare := flows.Provider{Title: "P"}
	tests := []struct {
		f    flows.Fault
		p    flows.Provider
		g    flows.Grant
		want string
	}{
		{flows.Fault{Name: "html-502"}, p, flows.GrantAuthorizationCode, ""},
		{flows.Fault{Name: "html-502"}, p, flows.GrantBasic, "this grant has no token request"},
		{flows.Fault{Name: "x", Needs: flows.GrantAuthorizationCode}, p, flows.GrantAuthorizationCode, ""},
		{flows.Fault{Name: "x", Needs: flows.GrantAuthorizationCode}, p, flows.GrantClientCredentials, "it needs the grant authorization_code"},
		{flows.Fault{Name: "wrong-verifier"}, p, flows.GrantAuthorizationCode, ""},
		{flows.Fault{Name: "wrong-verifier"}, bare, flows.GrantAuthorizationCode, "PKCE is off with P"},
		{flows.Fault{Name: "wrong-verifier"}, flows.Provider{Title: "P", Dialect: flows.Dialect{PKCEMethod: flows.PKCEOff}}, flows.GrantAuthorizationCode, "PKCE is off with P"},
		{flows.Fault{Name: "narrowed-scope"}, p, flows.GrantAuthorizationCode, ""},
		{flows.Fault{Name: "narrowed-scope"}, p, flows.GrantClientCredentials, "P takes no scope in this request"},
		{flows.Fault{Name: "narrowed-scope"}, p, flows.GrantRefreshToken, "a refresh that begins with a token from elsewhere asks for no scope"},
		{flows.Fault{Name: "missing-refresh-token"}, p, flows.GrantAuthorizationCode, ""},
		{flows.Fault{Name: "missing-refresh-token"}, bare, flows.GrantAuthorizationCode, "P has no scope for offline access"},
		{flows.Fault{Name: "rotated-refresh-reused"}, p, flows.GrantAuthorizationCode, ""},
		{flows.Fault{Name: "rotated-refresh-reused"}, bare, flows.GrantAuthorizationCode, "P issues no refresh token"},
	}
	for _, tt := range tests {
		if got := FaultApplies(tt.f, tt.p, tt.g); got != tt.want {
			t.Errorf("%s with %s: %q", tt.f.Name, tt.g, got)
		}
	}
	late := func(mod func(*flows.RunStarted)) *script {
		return begin(started(flows.GrantAuthorizationCode, func(s *flows.RunStarted) { s.Settings.Fault = "expired-code"; mod(s) })).toCode().callback("code=c0de&state=the-state-value").ask(flows.ActExchange)
	}
	for name, tt := range map[string]struct {
		x    *script
		want time.Duration
	}{
		"the life is not known": {late(func(*flows.RunStarted) {}), 11 * time.Minute},
		"the life is known":     {late(func(s *flows.RunStarted) { s.Provider.Lifetimes.Code = time.Minute }), 2 * time.Minute},
		"another fault":         {late(func(s *flows.RunStarted) { s.Settings.Fault = "invalid-client" }), 0},
		"a real server":         {late(func(s *flows.RunStarted) { s.Simulated, s.Environment.Name = false, flows.EnvSandbox }), 0},
		"a second try":          {late(func(*flows.RunStarted) {}).answer(400, `{"error":"invalid_grant"}`).ask(flows.ActExchange), 0},
	} {
		i := slices.IndexFunc(tt.x.effects, func(e flows.Effect) bool { _, is := e.(flows.Send); return is })
		if i < 0 || tt.x.effects[i].(flows.Send).Wait != tt.want {
			t.Errorf("%s: %+v", name, tt.x.effects)
		}
	}
}

// TestMethodOfTheMetadata: the method that is used when nobody chose one.
func TestMethodOfTheMetadata(t *testing.T) {
	for _, tt := range []struct {
		left   bool
		listed []string
		want   flows.AuthMethod
	}{
		{true, nil, flows.AuthPost},
		{true, []string{"client_secret_basic"}, flows.AuthBasic},
		{true, []string{"none", "client_secret_basic"}, flows.AuthBasic},
		{true, []string{"none"}, flows.AuthNone},
		{true, []string{"client_secret_basic", "client_secret_post"}, flows.AuthPost},
		{true, []string{"private_key_jwt"}, flows.AuthPost},
		{false, []string{"client_secret_basic"}, flows.AuthPost},
	} {
		x := begin(started(flows.GrantAuthorizationCode, func(s *flows.RunStarted) { s.Settings.AuthFromMetadata = tt.left })).ask(flows.ActDiscover)
		x.answer(200, fmt.Sprintf(`{"issuer":"http://127.0.0.1:1","token_endpoint":"http://127.0.0.1:1/other","introspection_endpoint":"http://127.0.0.1:1/i","token_endpoint_auth_methods_supported":["%s"]}`, strings.Join(tt.listed, `","`)))
		if tt.listed == nil {
			x = begin(started(flows.GrantAuthorizationCode, func(s *flows.RunStarted) { s.Settings.AuthFromMetadata = tt.left })).ask(flows.ActDiscover).answer(200, `{"issuer":"http://127.0.0.1:1","introspection_endpoint":"http://127.0.0.1:1/i"}`)
		}
		if got := x.s.Settings().AuthMethod; got != tt.want {
			t.Errorf("%v %q: %s", tt.left, tt.listed, got)
		}
		if e := x.s.Environment().Endpoints; e.Token != "http://127.0.0.1:1/token" || e.Introspection != "http://127.0.0.1:1/i" {
			t.Errorf("what was given is kept, what was not is found: %+v", e)
		}
	}
}

// TestTokensThatCanBeRead: which tokens are decoded, and against what the ID token is checked.
func TestTokensThatCanBeRead(t *testing.T) {
	encode := base64.RawURLEncoding.EncodeToString
	jwt := encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(`{"iss":"http://127.0.0.1:1","nonce":"n","sub":"1"}`)) + "."
	if x := begin(started(flows.GrantClientCredentials, nil)); x.s.JWTs(t0) != nil {
		t.Error("a token out of nothing")
	}
	for _, tt := range []struct{ members, want string }{
		{`"access_token":"opaque-token-1"`, ""}, {`"access_token":"` + jwt + `"`, jose.OfAccessToken}, {`"access_token":"opaque-token-1","id_token":"` + jwt + `"`, jose.OfIDToken},
		{`"access_token":"` + jwt + `","id_token":"` + jwt + `"`, jose.OfAccessToken + jose.OfIDToken}, {`"access_token":"opaque-token-1","id_token":"opaque"`, ""},
	} {
		got := ""
		for _, j := range withToken(tt.members, nil).s.JWTs(t0) {
			got += j.Of
		}
		if got != tt.want {
			t.Errorf("%s: %q", tt.members, got)
		}
	}
	for _, tt := range []struct{ scope, nonce, want string }{{"openid", "n", "passed"}, {"openid", "other", "failed"}, {"a", "other", "failed"}} {
		x := begin(started(flows.GrantAuthorizationCode, func(s *flows.RunStarted) {
			s.Settings.Scopes = []string{tt.scope}
			s.Settings.AuthorizeEdits = []flows.ParamEdit{{Op: flows.EditSet, Name: "nonce", Value: tt.nonce}}
		})).toCode().callback("code=c0de&state=the-state-value").ask(flows.ActExchange).answer(200, `{"access_token":"opaque-token-1","id_token":"`+jwt+`"}`)
		verdicts := x.s.JWTs(t0)[0].Verdicts
		i := slices.IndexFunc(verdicts, func(v jose.Verdict) bool { return v.Check == "nonce" })
		if i < 0 || string(verdicts[i].Result) != tt.want {
			t.Errorf("%+v: %+v", tt, verdicts)
		}
	}
}

// TestClockOfTheServer: the newest answer that states a time counts, to half a second.
func TestClockOfTheServer(t *testing.T) {
	x := begin(started(flows.GrantClientCredentials, nil))
	if _, ok := x.s.Clock(); ok {
		t.Error("a time out of nothing")
	}
	for _, date := range []string{"Sat, 21 Nov 2026 09:10:00 GMT", ""} {
		x.ask(flows.ActExchange)
		f, _ := x.s.InFlight()
		x.event(flows.ExchangeFinished{ID: f.ID, Exchange: flows.Exchange{Step: f.Step, Request: f.Request, Ended: t0.Add(time.Minute),
			Response: &flows.Response{Status: 400, Headers: flows.Headers{{Name: "Date", Value: date}}}}})
		if offset, ok := x.s.Clock(); !ok || offset != 9*time.Minute+500*time.Millisecond {
			t.Errorf("%q: %v, %v", date, offset, ok)
		}
	}
}

// TestPastedCallbacks: a paste is judged as a hit on the redirect URI is.
func TestPastedCallbacks(t *testing.T) {
	x := begin(started(flows.GrantAuthorizationCode, nil)).toCode()
	for text, want := range map[string]flows.CallbackVerdict{
		"code=c0de&state=the-state-value": flows.CallbackAccepted, "auth_code=c0de&code=x&state=the-state-value": flows.CallbackAccepted, "code=c0de&state=x": flows.CallbackRefused, "error=e&state=the-state-value": flows.CallbackError,
	} {
		e, err := x.s.Paste(text)
		if err != nil || e.Verdict != want || e.Via != flows.ViaPaste || e.Why == "" {
			t.Errorf("%s: %+v, %v", text, e, err)
		}
	}
	if _, err := x.s.Paste("no callback"); err == nil {
		t.Error("anything is a callback")
	}
	first, _ := x.s.Paste("code=c0de&state=the-state-value")
	again, _ := x.event(first).s.Paste("code=c0de&state=the-state-value")
	refused, _ := x.s.Paste("code=c0de&state=x")
	if again.Verdict != flows.CallbackDuplicate || refused.Verdict != flows.CallbackRefused {
		t.Errorf("%+v, %+v", again, refused)
	}
	for name, want := range map[string]string{"code": "1", "auth_code": "2", "authCode": "3", "spapi_oauth_code": "4"} {
		y := begin(started(flows.GrantAuthorizationCode, nil)).toCode().callback(name + "=" + want + "&state=the-state-value")
		if y.s.Callback() == nil || y.s.Callback().Reading.Code != want {
			t.Errorf("%s: %+v", name, y.s.Callback())
		}
	}
}

// TestStartingAgain: nothing of the first request is left in a second one.
func TestStartingAgain(t *testing.T) {
	x := begin(started(flows.GrantAuthorizationCode, nil)).toCode().event(flows.BrowserOpened{}).event(flows.CallbackTimedOut{})
	if !x.s.TimedOut() || x.s.Browser() == nil {
		t.Fatal("nobody waited")
	}
	x.callback("code=c0de&state=the-state-value")
	if x.s.TimedOut() {
		t.Error("an answer came after all")
	}
	x.ask(flows.ActExchange).answer(400, `{"error":"invalid_grant"}`).ask(flows.ActRestart)
	_, exchanged := x.s.Result(flows.StepExchange)
	if x.s.Drawn() != nil || x.s.Built() != nil || x.s.Callback() != nil || x.s.Browser() != nil || x.s.Hits() != nil || x.s.TimedOut() || exchanged {
		t.Errorf("%+v", x.s)
	}
	if why := x.s.Can(flows.ActAuthorizeURL); why != "the authorization URL is being built" {
		t.Errorf("%q", why)
	}
	x.event(flows.Drawn{State: flows.NewSecret(flows.FingerprintKey{}, "state", "state-2"), Verifier: flows.NewSecret(flows.FingerprintKey{}, "code_verifier", strings.Repeat("w", 43))})
	x.event(flows.ListenerFailed{Message: "the port is taken", InUse: true})
	if x.s.ListenFailure() == nil || x.s.Listener() != nil || x.s.Built() == nil {
		t.Errorf("%+v, %+v, %+v", x.s.ListenFailure(), x.s.Listener(), x.s.Built())
	}
	y := begin(started(flows.GrantAuthorizationCode, nil)).toCode().event(flows.ListenerOpened{RedirectURI: "http://127.0.0.1:4711/callback"})
	if got := y.s.Settings().RedirectURI; got != "http://127.0.0.1:4711/callback" {
		t.Errorf("the listener is elsewhere: %s", got)
	}
}
