package session

import (
	"slices"
	"strings"
	"testing"

	"oauthlens/flows"
)

func ptr[T any](v T) *T { return &v }

func change(c flows.SettingsChange) flows.Event { return flows.Changed{Change: c} }

// withToken is a run of client credentials with one token, whose answer has these members.
func withToken(members string, mod func(*flows.RunStarted)) *script {
	x := begin(started(flows.GrantClientCredentials, mod)).ask(flows.ActExchange)
	return x.answer(200, `{"token_type":"Bearer","expires_in":3600,`+members+`}`)
}

// TestEveryChangeTakesEffect: each setting that a person can change, alone.
func TestEveryChangeTakesEffect(t *testing.T) {
	edits := []flows.ParamEdit{{Op: flows.EditSet, Name: "a", Value: "b"}}
	tests := []struct {
		name string
		c    flows.SettingsChange
		want func(flows.Settings) bool
	}{
		{"client id", flows.SettingsChange{ClientID: ptr("other")}, func(s flows.Settings) bool { return s.ClientID == "other" }},
		{"method", flows.SettingsChange{AuthMethod: ptr(flows.AuthBasic)}, func(s flows.Settings) bool { return s.AuthMethod == flows.AuthBasic && !s.AuthFromMetadata }},
		{"PKCE", flows.SettingsChange{PKCE: ptr(flows.PKCEOff)}, func(s flows.Settings) bool { return s.PKCE == flows.PKCEOff }},
		{"redirect URI", flows.SettingsChange{RedirectURI: ptr("http://localhost/x")}, func(s flows.Settings) bool { return s.RedirectURI == "http://localhost/x" }},
		{"scopes", flows.SettingsChange{Scopes: &[]string{"z"}}, func(s flows.Settings) bool { return slices.Equal(s.Scopes, []string{"z"}) }},
		{"authorization edits", flows.SettingsChange{AuthorizeEdits: &edits}, func(s flows.Settings) bool { return slices.Equal(s.AuthorizeEdits, edits) }},
		{"token edits", flows.SettingsChange{TokenEdits: &edits}, func(s flows.Settings) bool { return slices.Equal(s.TokenEdits, edits) }},
		{"header edits", flows.SettingsChange{HeaderEdits: &edits}, func(s flows.Settings) bool { return slices.Equal(s.HeaderEdits, edits) }},
		{"URL to call", flows.SettingsChange{CallURL: ptr("http://127.0.0.1:1/mine")}, func(s flows.Settings) bool { return s.CallURL == "http://127.0.0.1:1/mine" }},
		{"call", flows.SettingsChange{CallIndex: ptr(1)}, func(s flows.Settings) bool { return s.CallIndex == 1 }},
		{"refreshing", flows.SettingsChange{AutoRefresh: ptr(true)}, func(s flows.Settings) bool { return s.AutoRefresh }},
		{"fault", flows.SettingsChange{Fault: ptr("denied")}, func(s flows.Settings) bool { return s.Fault == "denied" }},
		{"secret", flows.SettingsChange{ClientSecret: ptr(flows.NewSecret(flows.FingerprintKey{}, "client_secret", "typed"))}, func(s flows.Settings) bool { return s.SecretFrom == SecretTyped }},
	}
	for _, tt := range tests {
		x := begin(started(flows.GrantAuthorizationCode, func(s *flows.RunStarted) { s.Settings.AuthFromMetadata = true }))
		if tt.want(x.s.Settings()) {
			t.Errorf("%s: it was so before", tt.name)
		}
		x.event(change(tt.c))
		if !tt.want(x.s.Settings()) {
			t.Errorf("%s: %+v", tt.name, x.s.Settings())
		}
		if got := x.s.Settings().AuthFromMetadata; got != (tt.c.AuthMethod == nil) {
			t.Errorf("%s: the method is left to the metadata: %v", tt.name, got)
		}
		if got := x.s.ClientSecret().RevealSecret(); got != map[bool]string{true: "typed", false: "s3cret-value"}[tt.c.ClientSecret != nil] {
			t.Errorf("%s: the secret is %d characters", tt.name, len(got))
		}
	}
}

// TestEndpointsByHand: each endpoint alone; with another issuer, what was discovered is gone.
func TestEndpointsByHand(t *testing.T) {
	for _, name := range flows.EndpointNames() {
		x := begin(started(flows.GrantAuthorizationCode, nil)).ask(flows.ActDiscover).answer(200, `{"issuer":"http://127.0.0.1:1","token_endpoint":"http://127.0.0.1:1/t"}`)
		if x.s.Metadata() == nil || len(x.s.Tries()) != 1 {
			t.Fatal("no metadata")
		}
		before := x.s.Environment().Endpoints
		x.event(change(flows.SettingsChange{Endpoint: &flows.Param{Name: name, Value: "http://127.0.0.1:2/x"}}))
		after := x.s.Environment().Endpoints
		if *after.Named(name) != "http://127.0.0.1:2/x" {
			t.Errorf("%s: %+v", name, after)
		}
		*after.Named(name) = *before.Named(name)
		_, discovered := x.s.Result(flows.StepDiscovery)
		if kept := name != "issuer"; after != before || (x.s.Metadata() != nil) != kept || (len(x.s.Tries()) > 0) != kept || discovered != kept {
			t.Errorf("%s: %+v, metadata %v, tries %d, %v", name, after, x.s.Metadata(), len(x.s.Tries()), discovered)
		}
	}
	x := begin(started(flows.GrantAuthorizationCode, nil))
	before := x.s.Environment().Endpoints
	if x.event(change(flows.SettingsChange{Endpoint: &flows.Param{Name: "nothing", Value: "x"}})); x.s.Environment().Endpoints != before {
		t.Error("an unknown endpoint changed one")
	}
}

// TestWhatMakesTheURLAnew: the URL that a provider built is dropped by a change of the request
// that it answered, and by no other.
func TestWhatMakesTheURLAnew(t *testing.T) {
	for name, tt := range map[string]struct {
		c    flows.SettingsChange
		anew bool
	}{
		"client id": {flows.SettingsChange{ClientID: ptr("x")}, true}, "PKCE": {flows.SettingsChange{PKCE: ptr(flows.PKCEOff)}, true},
		"redirect URI": {flows.SettingsChange{RedirectURI: ptr("http://127.0.0.1:53682/y")}, true}, "scopes": {flows.SettingsChange{Scopes: &[]string{"z"}}, true},
		"edits": {flows.SettingsChange{AuthorizeEdits: &[]flows.ParamEdit{}}, true}, "fault": {flows.SettingsChange{Fault: ptr("denied")}, true},
		"token edits": {flows.SettingsChange{TokenEdits: &[]flows.ParamEdit{}}, false}, "method": {flows.SettingsChange{AuthMethod: ptr(flows.AuthBasic)}, false},
		"URL to call": {flows.SettingsChange{CallURL: ptr("x")}, false}, "nothing": {flows.SettingsChange{}, false},
	} {
		x := begin(started(flows.GrantAuthorizationCode, fromAPI)).toCode().ask(flows.ActAuthorizeURL).answer(200, `{"url":"http://127.0.0.1:1/authorize?x=1"}`)
		if x.s.Built() == nil {
			t.Fatalf("%s: no URL: %+v", name, x.log)
		}
		x.event(change(tt.c))
		if _, kept := x.s.Result(flows.StepAuthorizeURL); (x.s.Built() == nil) != tt.anew || kept == tt.anew {
			t.Errorf("%s: built %v, kept %v", name, x.s.Built(), kept)
		}
	}
}

// TestWhatIsNext: the natural next action at each point of each grant.
func TestWhatIsNext(t *testing.T) {
	code := func() *script { return begin(started(flows.GrantAuthorizationCode, nil)) }
	real := func(s *flows.RunStarted) { s.Simulated, s.Environment.Name = false, flows.EnvSandbox }
	client := func(mod func(*flows.RunStarted)) *script { return begin(started(flows.GrantClientCredentials, mod)) }
	refused := `{"error":"invalid_grant"}`
	tests := []struct {
		name string
		x    *script
		want flows.Action
		ok   bool
	}{
		{"a beginning", code(), flows.ActAuthorizeURL, true},
		{"a URL", code().toCode(), flows.ActApprove, true},
		{"a URL of a real server", begin(started(flows.GrantAuthorizationCode, real)).toCode(), flows.ActOpenBrowser, true},
		{"an open browser", begin(started(flows.GrantAuthorizationCode, real)).toCode().event(flows.BrowserOpened{}), "", false},
		{"a code", code().toCode().callback("code=c0de&state=the-state-value"), flows.ActExchange, true},
		{"an error", code().toCode().callback("error=access_denied&state=the-state-value"), "", false},
		{"a refused exchange", code().toCode().callback("code=c0de&state=the-state-value").ask(flows.ActExchange).answer(400, refused), "", false},
		{"an exchange under way", code().toCode().callback("code=c0de&state=the-state-value").ask(flows.ActExchange), "", false},
		{"a token", code().toCode().callback("code=c0de&state=the-state-value").ask(flows.ActExchange).answer(200, tokenBody), flows.ActCall, true},
		{"client credentials", client(nil), flows.ActExchange, true},
		{"refused client credentials", client(nil).ask(flows.ActExchange).answer(401, refused), flows.ActExchange, false},
		{"a token that can be verified", withToken(`"access_token":"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."`, nil), flows.ActVerify, true},
		{"an ID token that can be verified", withToken(`"access_token":"opaque-token-1","id_token":"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."`, nil), flows.ActVerify, true},
		{"a token that was called with", withToken(`"access_token":"opaque-token-1"`, nil).ask(flows.ActCall).answer(200, "{}"), flows.ActRevoke, true},
		{"one that can be refreshed", withToken(`"access_token":"opaque-token-1","refresh_token":"r"`, nil).ask(flows.ActCall).answer(200, "{}"), flows.ActRefresh, true},
		{"one that was revoked", withToken(`"access_token":"opaque-token-1"`, nil).ask(flows.ActCall).answer(200, "{}").ask(flows.ActRevoke).answer(200, ""), "", false},
		{"a refresh token from elsewhere", begin(started(flows.GrantRefreshToken, func(s *flows.RunStarted) {
			s.Credentials.RefreshToken = flows.NewSecret(flows.FingerprintKey{}, "refresh_token", "r-0")
		})), flows.ActRefresh, true},
		{"Basic", begin(started(flows.GrantBasic, nil)), flows.ActCall, true},
		{"Basic, called", begin(started(flows.GrantBasic, nil)).ask(flows.ActCall).answer(200, "{}"), flows.ActCall, false},
		{"no token endpoint", client(func(s *flows.RunStarted) { s.Environment.Endpoints.Token = "" }), flows.ActDiscover, true},
		{"no authorization endpoint", begin(started(flows.GrantAuthorizationCode, func(s *flows.RunStarted) { s.Environment.Endpoints.Authorization = "" })), flows.ActDiscover, true},
		{"no authorization endpoint is needed", client(func(s *flows.RunStarted) { s.Environment.Endpoints.Authorization = "" }), flows.ActExchange, true},
		{"an end", client(nil).event(flows.RunEnded{}), "", false},
	}
	for _, tt := range tests {
		if got, ok := tt.x.s.Next(); ok != tt.ok || ok && got != tt.want {
			t.Errorf("%s: %s, %v", tt.name, got, ok)
		}
	}
}

// TestResultsByStatus: which answers of the steps that issue no token are failures.
func TestResultsByStatus(t *testing.T) {
	tests := []struct {
		step   flows.Action
		status int
		body   string
		want   bool
	}{
		{flows.ActCall, 199, "", false}, {flows.ActCall, 200, "", true}, {flows.ActCall, 299, `{"error":"x"}`, true}, {flows.ActCall, 300, "", false}, {flows.ActCall, 401, "", false},
		{flows.ActRevoke, 200, "", true}, {flows.ActRevoke, 200, `{"error":"x"}`, false}, {flows.ActRevoke, 503, "", false},
		{flows.ActVerify, 200, `{"keys":[]}`, true}, {flows.ActVerify, 200, `{"other":[]}`, false}, {flows.ActVerify, 404, `{"keys":[]}`, false},
		{flows.ActIntrospect, 200, `{"active":true}`, true}, {flows.ActIntrospect, 200, `{"active":"true"}`, false},
		{flows.ActUserInfo, 200, `{"sub":"1"}`, true}, {flows.ActUserInfo, 200, `{}`, false},
	}
	for _, tt := range tests {
		x := withToken(`"access_token":"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."`, func(s *flows.RunStarted) {
			s.Environment.Endpoints.Introspection, s.Environment.Endpoints.UserInfo = "http://127.0.0.1:1/i", "http://127.0.0.1:1/u"
		}).ask(tt.step)
		f, _ := x.s.InFlight()
		if f == nil {
			t.Fatalf("%s is not sent: %s", tt.step, x.s.Can(tt.step))
		}
		x.answer(tt.status, tt.body)
		if r, ok := x.s.Result(f.Step); !ok || r.OK() != tt.want {
			t.Errorf("%s %d %s: %+v", tt.step, tt.status, tt.body, r.Failure)
		}
		if got := x.s.Revoked(); got != (tt.step == flows.ActRevoke && tt.want) {
			t.Errorf("%s %d %s: revoked %v", tt.step, tt.status, tt.body, got)
		}
		if got := x.s.HasKeys(); got != (tt.step == flows.ActVerify && tt.want) {
			t.Errorf("%s %d %s: keys %v", tt.step, tt.status, tt.body, got)
		}
	}
	for status, want := range map[int]bool{200: true, 302: true, 399: true, 400: false, 500: false} {
		x := begin(started(flows.GrantAuthorizationCode, nil)).toCode().ask(flows.ActApprove).answer(status, "")
		if r, _ := x.s.Result(flows.StepAuthorize); r.OK() != want {
			t.Errorf("consent %d: %+v", status, r.Failure)
		}
	}
}

// TestWhatIsSent: the request that an action would send, and whether there is one.
func TestWhatIsSent(t *testing.T) {
	none := `"access_token":"opaque-token-1"`
	all := func(s *flows.RunStarted) {
		s.Environment.Endpoints.Introspection, s.Environment.Endpoints.UserInfo = "http://127.0.0.1:1/i", "http://127.0.0.1:1/u"
	}
	mod := func(f func(*flows.RunStarted)) func(*flows.RunStarted) { return f }
	tests := []struct {
		name   string
		x      *script
		action flows.Action
		want   string // a piece of the request; empty: there is none
	}{
		{"no token to revoke", begin(started(flows.GrantClientCredentials, nil)), flows.ActRevoke, ""},
		{"revoking", withToken(none, nil), flows.ActRevoke, "token=opaque-token-1&token_type_hint=access_token"},
		{"revoking the refresh token", withToken(none+`,"refresh_token":"r-1"`, nil), flows.ActRevoke, "token=r-1&token_type_hint=refresh_token"},
		{"nowhere to revoke", withToken(none, mod(func(s *flows.RunStarted) { s.Environment.Endpoints.Revocation = "" })), flows.ActRevoke, ""},
		{"introspection", withToken(none, all), flows.ActIntrospect, "token=opaque-token-1"},
		{"nowhere to introspect", withToken(none, nil), flows.ActIntrospect, ""},
		{"claims", withToken(none, all), flows.ActUserInfo, "GET /u HTTP/1.1"},
		{"no claims", withToken(none, nil), flows.ActUserInfo, ""},
		{"refreshing", withToken(none+`,"refresh_token":"r-1"`, nil), flows.ActRefresh, "refresh_token=r-1"},
		{"nothing to refresh", withToken(none, nil), flows.ActRefresh, ""},
		{"a call", withToken(none, nil), flows.ActCall, "GET /api/me HTTP/1.1"},
		{"a call without a token", begin(started(flows.GrantClientCredentials, nil)), flows.ActCall, ""},
		{"a call of one's own", withToken(none, mod(func(s *flows.RunStarted) { s.Settings.CallURL = "http://127.0.0.1:1/own" })), flows.ActCall, "GET /own HTTP/1.1"},
		{"a call of one's own, Basic", begin(started(flows.GrantBasic, func(s *flows.RunStarted) { s.Settings.CallURL = "http://127.0.0.1:1/own" })), flows.ActCall, "Authorization: Basic Y2xpZW50OnMzY3JldC12YWx1ZQ=="},
		{"the second call", withToken(none, mod(func(s *flows.RunStarted) {
			s.Settings.CallIndex = 1
			s.Provider.Calls = append(s.Provider.Calls, flows.APICall{Path: "/two"})
		})), flows.ActCall, "GET /api/two HTTP/1.1"},
		{"a call beyond the last", withToken(none, mod(func(s *flows.RunStarted) { s.Settings.CallIndex = 1 })), flows.ActCall, "GET /api/me HTTP/1.1"},
		{"a call before the first", withToken(none, mod(func(s *flows.RunStarted) { s.Settings.CallIndex = -1 })), flows.ActCall, "GET /api/me HTTP/1.1"},
		{"no API", withToken(none, mod(func(s *flows.RunStarted) { s.Environment.Endpoints.API = "" })), flows.ActCall, ""},
		{"no API, but claims", withToken(none, mod(func(s *flows.RunStarted) {
			all(s)
			s.Environment.Endpoints.API, s.Settings.Scopes = "", []string{"openid"}
		})), flows.ActCall, "GET /u HTTP/1.1"},
		{"no API, and no claims asked for", withToken(none, mod(func(s *flows.RunStarted) {
			all(s)
			s.Environment.Endpoints.API = ""
		})), flows.ActCall, ""},
		{"a code too early", begin(started(flows.GrantAuthorizationCode, nil)).toCode(), flows.ActExchange, ""},
		{"a code that was refused", begin(started(flows.GrantAuthorizationCode, nil)).toCode().callback("error=x&state=the-state-value"), flows.ActExchange, ""},
		{"no PKCE", begin(started(flows.GrantAuthorizationCode, func(s *flows.RunStarted) { s.Settings.PKCE = flows.PKCEOff })).toCode().callback("code=c0de&state=the-state-value"), flows.ActExchange, "redirect_uri=http%3A%2F%2F127.0.0.1%3A53682%2Fcallback&client_id"},
		{"a redirect URI that was edited", begin(started(flows.GrantAuthorizationCode, func(s *flows.RunStarted) {
			s.Settings.AuthorizeEdits = []flows.ParamEdit{{Op: flows.EditSet, Name: "redirect_uri", Value: "http://127.0.0.1:53682/other"}}
		})).toCode().callback("code=c0de&state=the-state-value"), flows.ActExchange, "redirect_uri=http%3A%2F%2F127.0.0.1%3A53682%2Fother&"},
	}
	for _, tt := range tests {
		r, _, ok := tt.x.s.Preview(tt.action)
		if ok != (tt.want != "") || ok && !strings.Contains(string(r.Bytes()), tt.want) {
			t.Errorf("%s: %v %s", tt.name, ok, r.Bytes())
		}
	}
}

// TestYesToProduction: which runs need one.
func TestYesToProduction(t *testing.T) {
	tests := []struct {
		name string
		mod  func(*flows.RunStarted)
		want bool
	}{
		{"production", func(s *flows.RunStarted) { s.Environment.Endpoints.Token = "https://as.test/t" }, true},
		{"sandbox", func(s *flows.RunStarted) {
			s.Environment.Name, s.Environment.Endpoints.Token = flows.EnvSandbox, "https://as.test/t"
		}, false},
		{"simulated", func(s *flows.RunStarted) { s.Simulated, s.Environment.Endpoints.Token = true, "https://as.test/t" }, false},
		{"on this machine", func(*flows.RunStarted) {}, false},
		{"authorization elsewhere", func(s *flows.RunStarted) { s.Environment.Endpoints.Authorization = "https://as.test/" }, true},
		{"its call elsewhere", func(s *flows.RunStarted) { s.Environment.Endpoints.AuthorizeURL = "https://as.test/" }, true},
		{"revocation elsewhere", func(s *flows.RunStarted) { s.Environment.Endpoints.Revocation = "https://as.test/" }, true},
		{"introspection elsewhere", func(s *flows.RunStarted) { s.Environment.Endpoints.Introspection = "https://as.test/" }, true},
		{"claims elsewhere", func(s *flows.RunStarted) { s.Environment.Endpoints.UserInfo = "https://as.test/" }, true},
		{"keys elsewhere", func(s *flows.RunStarted) { s.Environment.Endpoints.JWKS = "https://as.test/" }, true},
		{"a call elsewhere", func(s *flows.RunStarted) { s.Settings.CallURL = "https://api.test/me" }, true},
		{"a call here", func(s *flows.RunStarted) { s.Settings.CallURL = "http://127.0.0.1:8/me" }, false},
		{"a call at the API", func(s *flows.RunStarted) { s.Settings.CallURL = "/me" }, false},
		{"the API elsewhere", func(s *flows.RunStarted) { s.Environment.Endpoints.API = "https://as.test/" }, true},
	}
	for _, tt := range tests {
		x := begin(started(flows.GrantClientCredentials, func(s *flows.RunStarted) {
			s.Simulated, s.Environment.Name = false, flows.EnvProduction
			tt.mod(s)
		}))
		if got := x.s.NeedsConfirmation(); got != tt.want || x.s.Can(flows.ActExchange) != map[bool]string{true: Unconfirmed, false: ""}[tt.want] {
			t.Errorf("%s: %v, %q", tt.name, got, x.s.Can(flows.ActExchange))
		}
		for _, a := range []flows.Action{flows.ActConfirm, flows.ActCancel, flows.ActEnd, flows.ActListen} {
			if why := x.s.unconfirmed(a); why != "" {
				t.Errorf("%s: %s: %s", tt.name, a, why)
			}
		}
		if x.ask(flows.ActConfirm); x.s.NeedsConfirmation() {
			t.Errorf("%s: a yes does not count", tt.name)
		}
	}
}
