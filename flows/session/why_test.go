package session

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// TestMasksAreNotSent: a run that was kept without its secrets holds masks, and each action
// that would send or verify one says so.
func TestMasksAreNotSent(t *testing.T) {
	const kept = "this run was kept without its secrets"
	mask := flows.FingerprintKey{}.Mask("x", "whatever")
	secretIs := func(raw string) func(*flows.RunStarted) {
		return func(s *flows.RunStarted) {
			s.Credentials.ClientSecret = flows.NewSecret(flows.FingerprintKey{}, "client_secret", raw)
			s.Environment.Endpoints.Introspection, s.Environment.Endpoints.UserInfo = "http://127.0.0.1:1/i", "http://127.0.0.1:1/u"
		}
	}
	code := func(code string) Session {
		return begin(started(flows.GrantAuthorizationCode, nil)).toCode().callback("code=" + strings.NewReplacer(" ", "+", "#", "%23").Replace(code) + "&state=the-state-value").s
	}
	whole := `"access_token":"opaque-token-1","refresh_token":"r-1"`
	tests := []struct {
		name   string
		s      Session
		action flows.Action
		masked bool
	}{
		{"an exchange", begin(started(flows.GrantClientCredentials, secretIs(mask))).s, flows.ActExchange, true},
		{"an exchange with a secret", begin(started(flows.GrantClientCredentials, secretIs("s"))).s, flows.ActExchange, false},
		{"a code", code(mask), flows.ActExchange, true},
		{"a code in clear", code("c0de"), flows.ActExchange, false},
		{"a refresh", withToken(`"access_token":"opaque-token-1","refresh_token":"`+mask+`"`, nil).s, flows.ActRefresh, true},
		{"a refresh with a masked secret", withToken(whole, nil).event(change(flows.SettingsChange{ClientSecret: ptr(flows.NewSecret(flows.FingerprintKey{}, "client_secret", mask))})).s, flows.ActRefresh, true},
		{"a refresh in clear", withToken(whole, nil).s, flows.ActRefresh, false},
		{"a verification", withToken(`"access_token":"`+mask+`"`, nil).s, flows.ActVerify, true},
		{"a verification of an ID token", withToken(`"access_token":"opaque-token-1","id_token":"`+mask+`"`, nil).s, flows.ActVerify, true},
		{"a verification in clear", withToken(whole, nil).s, flows.ActVerify, false},
		{"a revocation", withToken(`"access_token":"`+mask+`"`, nil).s, flows.ActRevoke, true},
		{"an introspection", withToken(`"access_token":"`+mask+`"`, secretIs("s")).s, flows.ActIntrospect, true},
		{"claims", withToken(`"access_token":"`+mask+`"`, secretIs("s")).s, flows.ActUserInfo, true},
		{"a call", withToken(`"access_token":"`+mask+`"`, nil).s, flows.ActCall, true},
		{"a call in clear", withToken(whole, nil).s, flows.ActCall, false},
	}
	for _, tt := range tests {
		if got := tt.s.Can(tt.action); strings.HasPrefix(got, kept) != tt.masked || !tt.masked && got != "" {
			t.Errorf("%s: %q", tt.name, got)
		}
		r, _, shown := tt.s.Preview(tt.action)
		if text, _ := url.QueryUnescape(string(r.Bytes())); tt.masked && strings.Contains(text, mask) {
			t.Errorf("%s is shown as a request with a mask in it", tt.name)
		}
		if tt.masked && shown && tt.action != flows.ActVerify {
			t.Errorf("%s is shown as a request", tt.name)
		}
	}
}

// TestWhatWentWrong: the sentence at the end of a run, and its outcome.
func TestWhatWentWrong(t *testing.T) {
	code := func() *script { return begin(started(flows.GrantAuthorizationCode, nil)).toCode() }
	token := func() *script { return withToken(`"access_token":"opaque-token-1"`, nil) }
	broken := func(x *script) *script {
		f, _ := x.s.InFlight()
		return x.event(flows.ExchangeFinished{ID: f.ID, Exchange: flows.Exchange{Step: f.Step, Request: f.Request, Error: &flows.TransportError{Kind: flows.ErrorReset, Message: "the connection broke"}}})
	}
	const refused = `{"error":"invalid_grant"}`
	tests := []struct {
		name string
		x    *script
		want string
	}{
		{"nothing", token(), ""},
		{"an error of the provider", code().callback("error=access_denied&state=the-state-value"), "the provider answered the authorization request with access_denied"},
		{"a forged callback", code().callback("code=c0de&state=x"), "the callback was refused: the state is not the one"},
		{"a stray hit", code().event(flows.CallbackArrived{Verdict: flows.CallbackStray, Why: "favicon"}), ""},
		{"a genuine callback after a forged one", code().callback("code=c0de&state=x").callback("code=c0de&state=the-state-value"), ""},
		{"nobody", code().event(flows.CallbackTimedOut{}), "nobody came back to the redirect URI in time"},
		{"no listener", code().event(flows.ListenerFailed{Message: "the port is taken"}), "the port is taken"},
		{"no listener, and a paste", code().event(flows.ListenerFailed{Message: "the port is taken"}).callback("code=c0de&state=the-state-value"), ""},
		{"a refused exchange", code().callback("code=c0de&state=the-state-value").ask(flows.ActExchange).answer(400, refused), "the exchange step was refused: invalid_grant"},
		{"a broken exchange", broken(code().callback("code=c0de&state=the-state-value").ask(flows.ActExchange)), "the connection broke"},
		{"a consent that was refused", code().ask(flows.ActApprove).answer(400, refused), "the authorize step was refused: invalid_grant"},
		{"a refused consent, and a code all the same", code().ask(flows.ActApprove).answer(400, refused).callback("code=c0de&state=the-state-value"), ""},
		{"a refused call", token().ask(flows.ActCall).answer(403, refused), "the call step was refused: invalid_grant"},
		{"a refused revocation", token().ask(flows.ActRevoke).answer(503, ""), "the revoke step was refused: http_503"},
		{"a call that was refused after a revocation", token().ask(flows.ActRevoke).answer(200, "").ask(flows.ActCall).answer(401, refused), ""},
		{"one that was forbidden after it", token().ask(flows.ActRevoke).answer(200, "").ask(flows.ActCall).answer(403, refused), ""},
		{"one that failed after it", token().ask(flows.ActRevoke).answer(200, "").ask(flows.ActCall).answer(402, refused), "the call step was refused: invalid_grant"},
		{"one that was refused before it", token().ask(flows.ActCall).answer(401, refused).ask(flows.ActRevoke).answer(200, ""), "the call step was refused: invalid_grant"},
		{"metadata that is not needed", token().ask(flows.ActDiscover).answer(404, "").answer(404, ""), ""},
		{"metadata of another issuer", begin(started(flows.GrantClientCredentials, func(s *flows.RunStarted) { s.Environment.Endpoints.Token = "" })).ask(flows.ActDiscover).answer(200, `{"issuer":"http://127.0.0.1:9","token_endpoint":"http://127.0.0.1:9/t"}`), "the metadata of http://127.0.0.1:1 names http://127.0.0.1:9"},
	}
	for _, tt := range tests {
		got := tt.x.s.FailedWhy()
		if (got == "") != (tt.want == "") || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q", tt.name, got)
		}
		outcome := flows.Succeeded
		if tt.want != "" || !tt.x.s.Complete() {
			outcome = flows.Failed
		}
		if tt.x.ask(flows.ActEnd); tt.x.s.Ended().Outcome != outcome || outcome == flows.Failed && tt.x.s.Ended().Why == "" {
			t.Errorf("%s: %+v", tt.name, tt.x.s.Ended())
		}
	}
	for status, want := range map[int]bool{200: true, 401: false} {
		x := begin(started(flows.GrantBasic, nil))
		if x.s.Complete() {
			t.Error("complete without a call")
		}
		if x.ask(flows.ActCall).answer(status, "{}"); x.s.Complete() != want {
			t.Errorf("Basic, %d: %v", status, !want)
		}
	}
	if x := token().ask(flows.ActCall).ask(flows.ActCancel).ask(flows.ActEnd); x.s.Ended().Outcome != flows.Cancelled {
		t.Errorf("%+v", x.s.Ended())
	}
}

// TestCodesInTheBody: an authorization endpoint that answers instead of redirecting.
func TestCodesInTheBody(t *testing.T) {
	inBody := func(s *flows.RunStarted) { s.Provider.Dialect.CodeInBody = true }
	const ok = `{"code":"c0de","state":"the-state-value"}`
	tests := []struct {
		name    string
		mod     func(*flows.RunStarted)
		status  int
		body    string
		verdict flows.CallbackVerdict // empty: nothing came
	}{
		{"a code", inBody, 200, ok, flows.CallbackAccepted},
		{"a redirect URI with a query", func(s *flows.RunStarted) { inBody(s); s.Settings.RedirectURI += "?x=1" }, 200, ok, flows.CallbackAccepted},
		{"another state", inBody, 200, `{"code":"c0de","state":"x"}`, flows.CallbackRefused},
		{"no state", inBody, 200, `{"code":"c0de"}`, flows.CallbackRefused},
		{"no code", inBody, 200, `{"state":"the-state-value"}`, ""},
		{"an empty code", inBody, 200, `{"code":"","state":"the-state-value"}`, ""},
		{"an error", inBody, 200, `{"code":"40001","error":"x"}`, ""},
		{"a page", inBody, 200, `<html>code</html>`, ""},
		{"another status", inBody, 201, ok, ""},
		{"another provider", nil, 200, ok, ""},
	}
	for _, tt := range tests {
		x := begin(started(flows.GrantAuthorizationCode, tt.mod))
		redirect := x.s.Settings().RedirectURI
		x.ask(flows.ActAuthorizeURL)
		x.event(flows.Drawn{State: flows.NewSecret(flows.FingerprintKey{}, "state", "the-state-value"), Verifier: flows.NewSecret(flows.FingerprintKey{}, "code_verifier", strings.Repeat("v", 43))})
		x.event(flows.ListenerOpened{RedirectURI: redirect}).ask(flows.ActApprove).answer(tt.status, tt.body)
		hits := x.s.Hits()
		if (len(hits) == 0) != (tt.verdict == "") || len(hits) > 0 && (hits[0].Verdict != tt.verdict || hits[0].Via != flows.ViaBody) {
			t.Errorf("%s: %+v", tt.name, hits)
		}
		if tt.verdict == flows.CallbackAccepted && (x.s.Callback().Reading.Code != "c0de" || strings.Count(hits[0].Request.URL, "?") != 1 || !strings.HasPrefix(hits[0].Request.URL, redirect)) {
			t.Errorf("%s: %+v", tt.name, hits)
		}
	}
}

// sentBack is the answer to the simulated user's consent.
func (x *script) sentBack(status int, location string) *script {
	f, _ := x.s.InFlight()
	return x.event(flows.ExchangeFinished{ID: f.ID, Exchange: flows.Exchange{Step: f.Step, Request: f.Request, Response: &flows.Response{Status: status, Headers: flows.Headers{{Name: "Location", Value: location}}}}})
}

// TestRefusedAndSpent: a forgery ends no wait; what the simulated user brought ends it, as no
// other answer comes.
func TestRefusedAndSpent(t *testing.T) {
	code := func() *script { return begin(started(flows.GrantAuthorizationCode, nil)).toCode() }
	const back, forged, genuine = "http://127.0.0.1:53682/callback?code=c0de&state=y", "code=c0de&state=x", "code=c0de&state=the-state-value"
	consent := func(x *script) *script { return x.ask(flows.ActApprove).sentBack(302, back) }
	tests := []struct {
		name           string
		x              *script
		refused, spent bool
	}{
		{"nothing came", code(), false, false},
		{"a forgery", code().callback(forged), true, false},
		{"a forgery while the browser is open", code().ask(flows.ActOpenBrowser).event(flows.BrowserOpened{}).callback(forged), true, false},
		{"a forgery, then a stray", code().callback(forged).event(flows.CallbackArrived{Verdict: flows.CallbackStray}), false, false},
		{"a forgery, then the genuine one", code().callback(forged).callback(genuine), false, false},
		{"a forgery before the consent", consent(code().callback(forged)), true, false},
		{"the consent brought a wrong one", consent(code()).callback(forged), true, true},
		{"both", consent(code().callback(forged)).callback(forged), true, true},
		{"the consent brought nothing", consent(code()), false, false},
		{"begun anew", consent(code()).callback(forged).ask(flows.ActRestart).drawn(), false, false},
		{"begun anew, and a forgery", consent(code()).callback(forged).ask(flows.ActRestart).drawn().callback(forged), true, false},
	}
	for _, tt := range tests {
		if _, refused := tt.x.s.Refused(); refused != tt.refused || tt.x.s.Spent() != tt.spent {
			t.Errorf("%s: refused %v, spent %v", tt.name, refused, tt.x.s.Spent())
		}
		if again := Replay(tt.x.s.Trace()); again.Spent() != tt.spent {
			t.Errorf("%s: replayed, spent %v", tt.name, again.Spent())
		}
	}
}

// TestOnTheWayBack: after the simulated consent the hit is awaited, and no second consent given.
func TestOnTheWayBack(t *testing.T) {
	consent := func(status int, location string) *script {
		return begin(started(flows.GrantAuthorizationCode, nil)).toCode().ask(flows.ActApprove).sentBack(status, location)
	}
	const back = "http://127.0.0.1:53682/callback?code=c0de&state=the-state-value"
	tests := []struct {
		name string
		x    *script
		want bool
	}{
		{"sent back", consent(302, back), true}, {"sent elsewhere", consent(302, "http://127.0.0.1:1/login"), false}, {"a page", consent(200, back), false}, {"a refusal", consent(400, back), false},
		{"arrived", consent(302, back).callback("code=c0de&state=the-state-value"), false}, {"something else arrived", consent(302, back).event(flows.CallbackArrived{Verdict: flows.CallbackStray}), false},
		{"a forgery had come before", begin(started(flows.GrantAuthorizationCode, nil)).toCode().callback("code=c0de&state=x").ask(flows.ActApprove).sentBack(302, back), true},
		{"nothing listens", consent(302, back).event(flows.ListenerFailed{Message: "x"}), false}, {"no consent", begin(started(flows.GrantAuthorizationCode, nil)).toCode(), false},
	}
	for _, tt := range tests {
		if got := tt.x.s.CallbackOnItsWay(); got != tt.want || strings.HasPrefix(tt.x.s.Can(flows.ActApprove), "the consent was given") != tt.want {
			t.Errorf("%s: %v, %q", tt.name, got, tt.x.s.Can(flows.ActApprove))
		}
	}
}

// TestAfterTheEnd: a run that ended takes wishes up again, but no late facts.
func TestAfterTheEnd(t *testing.T) {
	ended := func() *script { return withToken(`"access_token":"opaque-token-1"`, nil).ask(flows.ActEnd) }
	for name, tt := range map[string]struct {
		e    flows.Event
		more bool
	}{
		"a wish": {flows.Asked{Action: flows.ActCall}, true}, "another end": {flows.Asked{Action: flows.ActEnd}, false}, "a cancellation": {flows.Asked{Action: flows.ActCancel}, false},
		"a hit": {flows.CallbackArrived{Verdict: flows.CallbackStray}, false}, "a change": {change(flows.SettingsChange{Fault: ptr("x")}), false},
	} {
		x := ended()
		n := len(x.s.Trace().Records)
		if x.event(tt.e); (len(x.s.Trace().Records) > n) != tt.more {
			t.Errorf("%s: %d records after %d", name, len(x.s.Trace().Records), n)
		}
	}
}

// TestOnThisMachine: which URLs lead nowhere else.
func TestOnThisMachine(t *testing.T) {
	for u, want := range map[string]bool{
		"http://127.0.0.1:1/": true, "https://127.9.9.9/": true, "http://[::1]/": true, "http://localhost:80/": true, "https://LocalHost/": true,
		"http://128.0.0.1/": false, "http://localhost.test/": false, "http://[::2]/": false, "ftp://127.0.0.1/": false, "myapp://localhost": false, "http://%zz": false, "": false,
	} {
		if got := IsLoopback(u); got != want {
			t.Errorf("%q: %v", u, got)
		}
	}
}

// TestSecondHalvesOfFaults: what a simulated client does wrong at its second request.
func TestSecondHalvesOfFaults(t *testing.T) {
	fault := func(name string) func(*flows.RunStarted) {
		return func(s *flows.RunStarted) { s.Settings.Fault = name }
	}
	refreshed := func(name string) *script {
		x := withToken(`"access_token":"opaque-token-1","refresh_token":"first"`, fault(name))
		return x.ask(flows.ActRefresh).answer(200, `{"access_token":"opaque-token-2","token_type":"Bearer","expires_in":60,"refresh_token":"second"}`).ask(flows.ActRefresh)
	}
	for name, want := range map[string]string{"rotated-refresh-reused": "first 2m0s", "": "second 0s", "html-502": "second 0s"} {
		x := refreshed(name)
		i := slices.IndexFunc(x.effects, func(e flows.Effect) bool { _, is := e.(flows.Send); return is })
		send := x.effects[i].(flows.Send)
		if token, wait, _ := strings.Cut(want, " "); !strings.Contains(string(send.Request.Body), "refresh_token="+token) || send.Wait.String() != wait {
			t.Errorf("%s: %s, %v", name, send.Request.Body, send.Wait)
		}
	}
	again := func(name string, status int) *script {
		return begin(started(flows.GrantAuthorizationCode, fault(name))).toCode().callback("code=c0de&state=the-state-value").ask(flows.ActExchange).answer(status, tokenBody)
	}
	for name, tt := range map[string]struct {
		x    *script
		want bool
	}{
		"sent again": {again("reused-code", 200), true}, "not after a refusal": {again("reused-code", 400), false}, "not without the fault": {again("", 200), false}, "not a third time": {again("reused-code", 200).answer(400, "{}"), false},
	} {
		if f, _ := tt.x.s.InFlight(); (f != nil) != tt.want {
			t.Errorf("%s: %+v", name, f)
		}
	}
	for name, want := range map[string]string{"missing-refresh-token": "a", "": "a offline_access"} {
		x := begin(started(flows.GrantClientCredentials, fault(name))).ask(flows.ActExchange)
		f, _ := x.s.InFlight()
		if !strings.Contains(string(f.Request.Body), "scope="+strings.ReplaceAll(want, " ", "+")+"&") {
			t.Errorf("%q: %s", name, f.Request.Body)
		}
	}
	x := withToken(`"access_token":"opaque-token-1"`, nil).ask(flows.ActRevoke).answer(200, "").ask(flows.ActExchange).answer(200, `{"access_token":"opaque-token-2","expires_in":60}`)
	if x.s.Revoked() || len(x.s.Tokens()) != 2 || x.s.Refreshed() != 0 {
		t.Error("a new token counts as revoked")
	}
	y := begin(started(flows.GrantRefreshToken, func(s *flows.RunStarted) {
		s.Credentials.RefreshToken, s.Provider.Lifetimes.RefreshToken = flows.NewSecret(flows.FingerprintKey{}, "refresh_token", "r-0"), 24*time.Hour
	})).ask(flows.ActRefresh).answer(200, `{"access_token":"opaque-token-1","expires_in":60}`)
	if tok := y.s.Token(); tok.RefreshToken.RevealSecret() != "r-0" || !tok.RefreshTokenKept || !tok.RefreshExpiresAt.Equal(tok.ReceivedAt.Add(24*time.Hour)) {
		t.Errorf("%+v", tok)
	}
}

// TestStopped: a request that the person cancelled is nobody's failure, until the next one.
func TestStopped(t *testing.T) {
	ended := func(x *script, e *flows.TransportError) *script {
		f, _ := x.s.InFlight()
		return x.event(flows.ExchangeFinished{ID: f.ID, Exchange: flows.Exchange{Step: f.Step, Request: f.Request, Error: e}})
	}
	exchange := func() *script { return begin(started(flows.GrantClientCredentials, nil)).ask(flows.ActExchange) }
	cancelled := &flows.TransportError{Kind: flows.ErrorCancelled, Message: "cancelled"}
	for name, tt := range map[string]struct {
		x    *script
		want bool
	}{
		"nothing was sent":         {begin(started(flows.GrantClientCredentials, nil)), false},
		"under way":                {exchange(), false},
		"cancelled":                {ended(exchange(), cancelled), true},
		"broken":                   {ended(exchange(), &flows.TransportError{Kind: flows.ErrorReset, Message: "the connection broke"}), false},
		"sent again and refused":   {ended(exchange(), cancelled).ask(flows.ActExchange).answer(401, `{"error":"invalid_client"}`), false},
		"a token, a call stopped":  {ended(withToken(`"access_token":"opaque-token-1"`, nil).ask(flows.ActCall), cancelled), true},
		"a token, a call refused":  {withToken(`"access_token":"opaque-token-1"`, nil).ask(flows.ActCall).answer(403, "{}"), false},
		"a token, nothing stopped": {withToken(`"access_token":"opaque-token-1"`, nil), false},
	} {
		if got := tt.x.s.Stopped(); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
