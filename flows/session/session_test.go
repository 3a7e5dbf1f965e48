package session

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

var t0 = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func started(grant flows.Grant, mod func(*flows.RunStarted)) flows.RunStarted {
	start := flows.RunStarted{
		Provider: flows.Provider{Name: "p", Title: "P", Grants: []flows.Grant{grant}, Dialect: flows.Dialect{OfflineScope: "offline_access"},
			Calls: []flows.APICall{{Name: "me", Path: "/me"}}},
		Environment: flows.Environment{Name: flows.EnvSimulator, Endpoints: flows.Endpoints{
			Issuer: "http://127.0.0.1:1", Authorization: "http://127.0.0.1:1/authorize", Token: "http://127.0.0.1:1/token",
			Revocation: "http://127.0.0.1:1/revoke", JWKS: "http://127.0.0.1:1/jwks", API: "http://127.0.0.1:1/api"}},
		Grant: grant, Simulated: true,
		Settings: flows.Settings{ClientID: "client", AuthMethod: flows.AuthPost, PKCE: flows.PKCES256, RedirectURI: "http://127.0.0.1:53682/callback",
			Scopes: []string{"a", "offline_access"}, RequestTimeout: 30 * time.Second},
		Credentials: flows.Credentials{ClientSecret: flows.NewSecret(flows.FingerprintKey{}, "client_secret", "s3cret-value")},
	}
	if mod != nil {
		mod(&start)
	}
	return start
}

// script drives a session and keeps the effects as short texts.
type script struct {
	s       Session
	at      time.Time
	effects []flows.Effect
	log     []string
}

func begin(start flows.RunStarted) *script {
	x := &script{s: New("0123456789abcdef"), at: t0}
	x.event(start)
	return x
}

func (x *script) event(e flows.Event) *script {
	x.at = x.at.Add(time.Second)
	x.s, x.effects = x.s.Handle(x.at, e)
	for _, e := range x.effects {
		text := fmt.Sprintf("%T", e)
		if send, ok := e.(flows.Send); ok {
			text += " " + string(send.Step)
		}
		x.log = append(x.log, strings.TrimPrefix(text, "flows."))
	}
	return x
}

func (x *script) ask(a flows.Action) *script { return x.event(flows.Asked{Action: a}) }

// answer ends the request in flight with this answer.
func (x *script) answer(status int, body string) *script {
	f, _ := x.s.InFlight()
	if f == nil {
		panic("nothing is in flight")
	}
	return x.event(flows.ExchangeFinished{ID: f.ID, Exchange: flows.Exchange{Step: f.Step, Request: f.Request, Started: x.at, Ended: x.at.Add(time.Second),
		Response: &flows.Response{Status: status, Headers: flows.Headers{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(body), BodyComplete: true}}})
}

func (x *script) toCode() *script {
	return x.ask(flows.ActAuthorizeURL).drawn()
}

// drawn are the values and the listener of an authorization request that was asked for.
func (x *script) drawn() *script {
	x.event(flows.Drawn{State: flows.NewSecret(flows.FingerprintKey{}, "state", "the-state-value"), Verifier: flows.NewSecret(flows.FingerprintKey{}, "code_verifier", strings.Repeat("v", 42)+"w"), Nonce: "n"})
	x.event(flows.ListenerOpened{Addresses: []string{"127.0.0.1:53682"}, RedirectURI: "http://127.0.0.1:53682/callback"})
	return x
}

func (x *script) callback(query string) *script {
	req := flows.Request{Method: "GET", URL: "http://127.0.0.1:53682/callback?" + query}
	verdict, why := protocol.JudgeCallback(x.s.Expectation(), req)
	return x.event(flows.CallbackArrived{Via: flows.ViaListener, Request: req, Verdict: verdict, Why: why})
}

const tokenBody = `{"access_token":"opaque-token-1","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-1","scope":"a offline_access"}`

func TestAuthorizationCodeToItsEnd(t *testing.T) {
	x := begin(started(flows.GrantAuthorizationCode, nil)).toCode()
	u, _ := url.Parse(x.s.Built().URL)
	if got := u.Query().Get("state"); got != "the-state-value" {
		t.Fatalf("state %q", got)
	}
	x.callback("code=c0de&state=the-state-value").ask(flows.ActExchange)
	f, _ := x.s.InFlight()
	for _, want := range []string{"grant_type=authorization_code", "code=c0de", "code_verifier=" + strings.Repeat("v", 42) + "w", "client_secret=s3cret-value"} {
		if !strings.Contains(string(f.Request.Body), want) {
			t.Errorf("%s is not in the exchange", want)
		}
	}
	x.answer(200, tokenBody)
	tok := x.s.Token()
	if tok == nil || tok.ExpiresIn != time.Hour || tok.Sources["access_token"] != "$.access_token" {
		t.Fatalf("token %+v", tok)
	}
	if margin := tok.ExpiresAt.Sub(tok.RefreshAt); margin != time.Minute {
		t.Errorf("refresh margin %v", margin)
	}
	x.ask(flows.ActRefresh).answer(200, `{"access_token":"opaque-token-2","token_type":"Bearer","expires_in":3600}`)
	if tok = x.s.Token(); !tok.RefreshTokenKept || tok.RefreshToken.RevealSecret() != "refresh-1" {
		t.Error("the old refresh token is not kept")
	}
	x.ask(flows.ActRefresh).answer(200, `{"access_token":"opaque-token-3","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-2"}`)
	if x.s.Token().RefreshToken.RevealSecret() != "refresh-2" || x.s.Refreshed() != 2 {
		t.Error("a new refresh token is not stored")
	}
	x.ask(flows.ActRevoke).answer(200, `{}`)
	x.ask(flows.ActEnd)
	if x.s.Ended().Outcome != flows.Succeeded || !x.s.Revoked() {
		t.Errorf("%+v", x.s.Ended())
	}
	want := "Draw Listen Send exchange Send refresh Send refresh Send revoke CloseListener"
	if got := strings.Join(x.log, " "); got != want {
		t.Errorf("effects\n got %s\nwant %s", got, want)
	}
}

func TestAskingTwiceBuildsOneAuthorizationURL(t *testing.T) {
	x := begin(started(flows.GrantAuthorizationCode, nil))
	x.ask(flows.ActAuthorizeURL).ask(flows.ActAuthorizeURL)
	if got := strings.Join(x.log, ", "); got != "Draw" {
		t.Fatalf("effects %q: a second listener would open", got)
	}
	x.event(flows.Drawn{State: flows.NewSecret(flows.FingerprintKey{}, "state", "the-state-value")})
	x.ask(flows.ActRestart)
	x.event(flows.ListenerOpened{RedirectURI: "http://127.0.0.1:53682/callback"})
	if x.s.Built() == nil || strings.Count(strings.Join(x.log, ", "), "Listen") != 1 {
		t.Fatalf("effects %v", x.log)
	}
	if why := x.s.Can(flows.ActRestart); why != "" {
		t.Fatalf("it cannot be built anew: %s", why)
	}
	x = begin(started(flows.GrantAuthorizationCode, nil))
	x.ask(flows.ActAuthorizeURL).ask(flows.ActCancel)
	if why := x.s.Can(flows.ActAuthorizeURL); why != "" {
		t.Fatalf("after a cancel it cannot be built: %s", why)
	}
}

func TestForgedCallbacksChangeNothing(t *testing.T) {
	x := begin(started(flows.GrantAuthorizationCode, nil)).toCode()
	for _, query := range []string{"code=evil&state=other", "error=access_denied", "code=evil", "error=access_denied&state=x", "code=a&code=b&state=the-state-value", "x=y"} {
		if x.callback(query); x.s.Callback() != nil {
			t.Fatalf("%s was taken for the answer", query)
		}
	}
	x.callback("code=good&state=the-state-value").callback("error=access_denied&state=the-state-value")
	if x.s.Callback().Reading.Code != "good" || len(x.s.Hits()) != 8 {
		t.Errorf("%+v", x.s.Callback())
	}
}

func TestWrongIssuerIsRefused(t *testing.T) {
	x := begin(started(flows.GrantAuthorizationCode, nil)).toCode()
	if x.callback("code=c&state=the-state-value&iss=https%3A%2F%2Fevil.example"); x.s.Callback() != nil {
		t.Error("a wrong iss was accepted")
	}
}

func TestLateAnswerIsDropped(t *testing.T) {
	x := begin(started(flows.GrantClientCredentials, nil)).ask(flows.ActExchange)
	f, _ := x.s.InFlight()
	x.ask(flows.ActCancel)
	if r, ok := x.s.Result(flows.StepExchange); !ok || r.Exchange.Error == nil || r.Exchange.Error.Kind != flows.ErrorCancelled {
		t.Errorf("the cancelled request left no trace: %+v", r)
	}
	n := len(x.s.Trace().Records)
	x.event(flows.ExchangeFinished{ID: f.ID, Exchange: flows.Exchange{Step: flows.StepExchange, Response: &flows.Response{Status: 200, Body: []byte(tokenBody)}}})
	if x.s.Token() != nil || len(x.s.Trace().Records) != n {
		t.Error("the answer to a cancelled request was used")
	}
}

// TestWhatAnEffectSends: the pages of a consent are under way one after the other; what is sent
// after a cancellation, or for an effect before the present one, is nobody's.
func TestWhatAnEffectSends(t *testing.T) {
	consenting := func() (*script, flows.ExchangeStarted) {
		x := begin(started(flows.GrantAuthorizationCode, nil)).toCode().ask(flows.ActApprove)
		f, _ := x.s.InFlight()
		return x.answer(200, "<form>"), flows.ExchangeStarted{ID: f.ID, Step: flows.StepAuthorize, Request: flows.Request{Method: "POST", URL: "http://127.0.0.1:1/consent"}}
	}
	x, next := consenting()
	if f, since := x.event(next).s.InFlight(); f == nil || f.Request.Method != "POST" || !since.Equal(x.at) {
		t.Errorf("under way: %+v since %v", f, since)
	}
	n := len(x.ask(flows.ActCancel).s.Trace().Records)
	if f, _ := x.event(next).s.InFlight(); f != nil || len(x.s.Trace().Records) != n {
		t.Errorf("under way after a cancellation: %+v", f)
	}
	x, next = consenting()
	x.ask(flows.ActApprove)
	if f, _ := x.event(next).s.InFlight(); f == nil || f.ID == next.ID {
		t.Errorf("the consent before is under way: %+v", f)
	}
}

func TestProductionIsConfirmedOnce(t *testing.T) {
	x := begin(started(flows.GrantClientCredentials, func(s *flows.RunStarted) {
		s.Simulated = false
		s.Environment = flows.Environment{Name: flows.EnvProduction, Endpoints: flows.Endpoints{Token: "https://auth.example/token"}}
	}))
	if x.ask(flows.ActExchange); len(x.effects) != 0 || x.s.Can(flows.ActExchange) == "" {
		t.Fatal("something was sent to production without a yes")
	}
	x.ask(flows.ActConfirm).ask(flows.ActExchange)
	if len(x.effects) != 1 {
		t.Error("confirmed, but nothing was sent")
	}
}

func TestClientHalvesOfFaults(t *testing.T) {
	exchange := func(fault string) *script {
		x := begin(started(flows.GrantAuthorizationCode, func(s *flows.RunStarted) { s.Settings.Fault = fault })).toCode()
		return x.callback("code=c0de&state=the-state-value").ask(flows.ActExchange)
	}
	body := func(x *script) string {
		f, _ := x.s.InFlight()
		return string(f.Request.Body)
	}
	if got := body(exchange("redirect-mismatch")); !strings.Contains(got, "callback%2F") {
		t.Error("redirect-mismatch:", got)
	}
	if got := body(exchange("invalid-client")); !strings.Contains(got, "s3cret-value-wrong") {
		t.Error("invalid-client:", got)
	}
	if got := body(exchange("wrong-verifier")); !strings.Contains(got, "code_verifier="+strings.Repeat("v", 41)+"wv") {
		t.Error("wrong-verifier:", got)
	}
	if send := exchange("expired-code").effects[0].(flows.Send); send.Wait < 10*time.Minute {
		t.Error("expired-code:", send.Wait)
	}
	if x := exchange("reused-code").answer(200, tokenBody); !strings.HasSuffix(strings.Join(x.log, " "), "Send exchange Send exchange") {
		t.Error("reused-code:", x.log)
	}
	if x := begin(started(flows.GrantAuthorizationCode, func(s *flows.RunStarted) { s.Settings.Fault = "missing-refresh-token" })).toCode(); strings.Contains(x.s.Built().URL, "offline") {
		t.Error("missing-refresh-token:", x.s.Built().URL)
	}
	x := exchange("rotated-refresh-reused").answer(200, tokenBody).ask(flows.ActRefresh).answer(200, strings.ReplaceAll(tokenBody, "refresh-1", "refresh-2")).ask(flows.ActRefresh)
	if got := body(x); !strings.Contains(got, "refresh_token=refresh-1") {
		t.Error("rotated-refresh-reused:", got)
	}
}

func TestDiscoveryTriesEachPlace(t *testing.T) {
	x := begin(started(flows.GrantClientCredentials, func(s *flows.RunStarted) {
		s.Environment.Endpoints = flows.Endpoints{Issuer: "http://127.0.0.1:1/realm"}
	}))
	if a, _ := x.s.Next(); a != flows.ActDiscover {
		t.Fatal(a)
	}
	x.ask(flows.ActDiscover).answer(404, "nothing").answer(200, `{"issuer":"http://127.0.0.1:1/realm","token_endpoint":"http://127.0.0.1:1/realm/token","jwks_uri":"file:///etc/passwd"}`)
	e := x.s.Environment().Endpoints
	if len(x.s.Tries()) != 2 || e.Token != "http://127.0.0.1:1/realm/token" || e.JWKS != "" {
		t.Errorf("%+v %+v", x.s.Tries(), e)
	}
	if a, _ := x.s.Next(); a != flows.ActExchange {
		t.Error(a)
	}
}

// fromAPI makes the provider one whose call answers with the authorization URL.
func fromAPI(s *flows.RunStarted) {
	s.Provider.Dialect.AuthorizeDelivery = flows.DeliverURLFromAPI
	s.Environment.Endpoints.AuthorizeURL = "http://127.0.0.1:1/authorize-url"
}

// TestTheCallForTheURLIsShownBeforeItIsSent: what the preview shows is what is sent, a
// change takes the answered URL back, and a restart prepares only.
func TestTheCallForTheURLIsShownBeforeItIsSent(t *testing.T) {
	drawn := flows.Drawn{State: flows.NewSecret(flows.FingerprintKey{}, "state", "the-state-value")}
	opened := flows.ListenerOpened{Addresses: []string{"127.0.0.1:53682"}, RedirectURI: "http://127.0.0.1:53682/callback"}
	answer := `{"authorize_url":"http://127.0.0.1:1/authorize?state=the-state-value"}`
	x := begin(started(flows.GrantAuthorizationCode, fromAPI)).ask(flows.ActPrepare)
	if _, _, ok := x.s.Preview(flows.ActAuthorizeURL); ok {
		t.Error("a request is shown whose state is not drawn")
	}
	x.event(drawn).event(opened)
	shown, _, ok := x.s.Preview(flows.ActAuthorizeURL)
	if got := strings.Join(x.log, " "); !ok || got != "Draw Listen" {
		t.Fatalf("prepared %v, effects %q", ok, got)
	}
	x.ask(flows.ActAuthorizeURL)
	if f, _ := x.s.InFlight(); f == nil || f.Request.URL != shown.URL {
		t.Fatalf("sent %v, shown %s", f, shown.URL)
	}
	x.answer(200, answer)
	if x.s.Built() == nil {
		t.Fatal("the answer's URL is not taken")
	}
	scopes := []string{"b"}
	x.event(flows.Changed{Change: flows.SettingsChange{Scopes: &scopes}}).event(opened)
	if shown, _, _ = x.s.Preview(flows.ActAuthorizeURL); x.s.Built() != nil || !strings.Contains(shown.URL, "scope=b") {
		t.Errorf("after a change the URL is %v, and the call %q", x.s.Built(), shown.URL)
	}
	x.ask(flows.ActAuthorizeURL).answer(200, answer).ask(flows.ActRestart).event(drawn).event(opened)
	if got, want := strings.Join(x.log, " "), "Draw Listen Send authorize_url Listen Send authorize_url Draw Listen"; got != want {
		t.Errorf("effects\n got %s\nwant %s", got, want)
	}
	straight := begin(started(flows.GrantAuthorizationCode, fromAPI)).ask(flows.ActAuthorizeURL).event(drawn).event(opened)
	if got := strings.Join(straight.log, " "); got != "Draw Listen Send authorize_url" {
		t.Errorf("asked for at once, effects %s", got)
	}
}

// TestReplayGivesTheSameSession: whatever happens in whatever order, folding the trace
// again gives the same session.
func TestReplayGivesTheSameSession(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		grant := rapid.SampledFrom([]flows.Grant{flows.GrantAuthorizationCode, flows.GrantClientCredentials, flows.GrantRefreshToken, flows.GrantBasic}).Draw(t, "grant")
		x := begin(started(grant, func(s *flows.RunStarted) {
			if rapid.Bool().Draw(t, "the provider builds the URL") {
				fromAPI(s)
			}
			s.Settings.Fault = rapid.SampledFrom([]string{"", "", "reused-code", "expired-code", "rotated-refresh-reused"}).Draw(t, "fault")
			s.Credentials.RefreshToken = flows.NewSecret(flows.FingerprintKey{}, "refresh_token", "refresh-0")
		}))
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			x.random(t)
		}
		if again := Replay(x.s.Trace()); !reflect.DeepEqual(again, x.s) {
			t.Fatalf("replay differs:\n%+v\n%+v", again, x.s)
		}
	})
}

func (x *script) random(t *rapid.T) {
	actions := []flows.Action{flows.ActPrepare, flows.ActAuthorizeURL, flows.ActOpenBrowser, flows.ActApprove, flows.ActExchange, flows.ActRefresh, flows.ActRevoke,
		flows.ActCall, flows.ActVerify, flows.ActCancel, flows.ActRestart, flows.ActEnd, flows.ActDiscover, flows.ActConfirm}
	switch rapid.IntRange(0, 6).Draw(t, "kind") {
	case 0, 1, 2:
		if a, ok := x.s.Next(); ok && rapid.Bool().Draw(t, "natural") {
			x.ask(a)
			return
		}
		x.ask(rapid.SampledFrom(actions).Draw(t, "action"))
	case 3:
		if f, _ := x.s.InFlight(); f != nil {
			x.answer(rapid.SampledFrom([]int{200, 200, 400, 500, 302}).Draw(t, "status"), rapid.SampledFrom([]string{tokenBody, `{"error":"invalid_grant"}`, "<html>", ""}).Draw(t, "body"))
		}
	case 4:
		x.toCode()
	case 5:
		x.callback(rapid.SampledFrom([]string{"code=c&state=the-state-value", "error=access_denied&state=the-state-value", "code=c&state=no"}).Draw(t, "query"))
	case 6:
		uri := "http://127.0.0.1:9/cb"
		x.event(flows.Changed{Change: flows.SettingsChange{RedirectURI: &uri}})
	}
}

// TestCancelledWaitIsOver: nothing is waited for after the wait for the browser was
// cancelled, and opening the browser again listens again.
func TestCancelledWaitIsOver(t *testing.T) {
	x := begin(started(flows.GrantAuthorizationCode, nil)).toCode()
	x.event(flows.BrowserOpened{})
	if !x.s.Waiting() {
		t.Fatal("nothing is waited for")
	}
	x.ask(flows.ActCancel)
	if x.s.Waiting() || x.s.Listener() != nil {
		t.Error("the wait goes on after it was cancelled")
	}
	if why := x.s.Can(flows.ActApprove); !strings.Contains(why, "nothing listens") {
		t.Errorf("a consent whose callback nobody hears: %q", why)
	}
	x.ask(flows.ActOpenBrowser)
	if log := strings.Join(x.log[len(x.log)-2:], " "); log != "Listen OpenBrowser" {
		t.Errorf("opening the browser again does %q", log)
	}
}

// TestADamagedAnswerFailsAndKeepsItsToken: in an exchange as in a refresh the step and the run
// fail, the token is the newest, and it can be called with, refreshed and revoked.
func TestADamagedAnswerFailsAndKeepsItsToken(t *testing.T) {
	const cut = `{"access_token":"at-1","refresh_token":"rt-1","token_type":"Bea`
	const whole = `{"access_token":"at-2","refresh_token":"rt-2","token_type":"Bearer","expires_in":60}`
	check := func(x *script, step flows.StepKind, access string, damaged bool) {
		t.Helper()
		r, _ := x.s.Result(step)
		if token := x.s.Token(); token == nil || token.AccessToken.RevealSecret() != access || r.OK() == damaged || x.s.Damaged() != damaged {
			t.Fatalf("%s: %+v, damaged %v, %+v", step, r.Failure, x.s.Damaged(), token)
		}
		if why := x.s.FailedWhy(); strings.HasPrefix(why, "the "+string(step)+" step failed: the JSON of the answer breaks off") != damaged || strings.Contains(why, "at-1") {
			t.Errorf("%s: %q", step, why)
		}
		for _, a := range []flows.Action{flows.ActCall, flows.ActRefresh, flows.ActRevoke} {
			if why := x.s.Can(a); why != "" {
				t.Errorf("%s cannot be done after the %s: %s", a, step, why)
			}
		}
	}
	x := begin(started(flows.GrantClientCredentials, nil)).ask(flows.ActExchange).answer(200, cut)
	check(x, flows.StepExchange, "at-1", true)
	x.ask(flows.ActExchange).answer(200, whole) // the grant can be asked again, and then all is well
	check(x, flows.StepExchange, "at-2", false)
	x.ask(flows.ActRefresh).answer(200, cut)
	check(x, flows.StepRefresh, "at-1", true)
	x.ask(flows.ActRevoke).answer(200, "")
	if !x.s.Revoked() {
		t.Error("the token was not revoked")
	}
	x.ask(flows.ActEnd)
	if e := x.s.Ended(); e == nil || e.Outcome != flows.Failed {
		t.Errorf("the run has %+v", e)
	}
	if x.s.Token() == nil || !reflect.DeepEqual(Replay(x.s.Trace()).Tokens(), x.s.Tokens()) {
		t.Error("the token is lost when the run is read again")
	}
}
