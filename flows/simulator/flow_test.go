package simulator

import (
	"slices"
	"strings"
	"testing"

	"oauthlens/flows"
)

func TestCodeFlowAcrossTwoOrigins(t *testing.T) {
	for _, env := range []string{flows.EnvSimulator, flows.EnvSandbox, flows.EnvProduction} {
		t.Run(env, func(t *testing.T) {
			s := start(t, Config{}).at(split(), env)
			if flows.HostOf(s.e.Authorization) == flows.HostOf(s.e.Token) {
				t.Fatalf("authorization and token endpoint share a host: %s", s.e.Token)
			}
			back := s.consented(s.authorizeParams(), "allow")
			if back.Get("state") != "st&te/1=" || back.Get("iss") != s.e.Issuer || back.Get("code") == "" {
				t.Fatalf("callback %v", back)
			}
			r := s.exchange(back.Get("code"))
			if r.StatusCode != 200 || r.json["token_type"] != "bearer" || r.json["expires_in"] != 3600.0 || r.json["status_code"] != 200.0 ||
				r.json["scope"] != "pay:read pay:write offline_access" || r.json["refresh_token"] == nil || r.json["request_id"] == nil {
				t.Fatalf("token answer %d %s", r.StatusCode, r.text)
			}
			if c := r.Header.Get("Cache-Control"); c != "no-store" {
				t.Errorf("Cache-Control %q", c)
			}
			if a := s.call(s.access(r)); a.StatusCode != 200 || a.json["subject"] != "demo-user" {
				t.Errorf("API %d %s", a.StatusCode, a.text)
			}
			again := s.refresh(s.refreshOf(r))
			if again.StatusCode != 200 || again.json["refresh_token"] != nil || s.access(again) == s.access(r) {
				t.Errorf("refresh of a confidential client: %d %s", again.StatusCode, again.text)
			}
			for _, token := range []string{s.access(r), s.access(again)} {
				if a := s.call(token); a.StatusCode != 200 {
					t.Errorf("a newer token made an older one invalid: %d %s", a.StatusCode, a.text)
				}
			}
		})
	}
}

func TestEnvironmentsKeepApart(t *testing.T) {
	r := start(t, Config{})
	sandbox, production := r.at(split(), flows.EnvSandbox), r.at(split(), flows.EnvProduction)
	if sandbox.id != "app-test-demo-client" || production.id != "app-live-demo-client" {
		t.Fatalf("client ids %s, %s", sandbox.id, production.id)
	}
	code := sandbox.consented(sandbox.authorizeParams(), "allow").Get("code")
	wantError(t, production.exchange(code), 400, "invalid_grant", "not known")
	foreign := *production
	foreign.id, foreign.secret = sandbox.id, sandbox.secret
	wantError(t, foreign.exchange(code), 401, "invalid_client", "client not found")
	if got := sandbox.exchange(code); got.StatusCode != 200 {
		t.Errorf("the code was spoilt elsewhere: %d %s", got.StatusCode, got.text)
	}
}

func TestEnvelopeDialect(t *testing.T) {
	s := start(t, Config{}).at(wrapped(), flows.EnvSimulator)
	got := s.get(withQuery(s.e.AuthorizeURL, values("client_id", s.id, "redirect_uri", callback, "state", "s1", "scope", "read_reviews", "response_type", "code").Encode()))
	to := s.field(got, s.p.Dialect.Fields.AuthorizeURL, "")
	if !strings.HasPrefix(to, s.e.Authorization+"?client_id=") || got.json["code"] != 0.0 || got.json["message"] != "success" || got.json["time"] == nil {
		t.Fatalf("authorize_url call: %s", got.text)
	}
	back := s.location(s.press(s.get(to), "decision", "allow"))
	code := back.Get("code")
	if !strings.Contains(code, "+") || !strings.HasSuffix(code, "==") || len(code) != 24 {
		t.Errorf("code %q is not 16 bytes of standard base64 with a plus", code)
	}
	if back.Has("iss") {
		t.Error("iss without an issuer")
	}
	r := s.send(s.e.Token, "grant_type", "authorization_code", "code", code, "redirect_uri", callback)
	if r.StatusCode != 200 || !strings.HasPrefix(r.text, `{"code":0,"message":"success","time":`) || s.access(r) == "" || s.refreshOf(r) == "" {
		t.Fatalf("token answer %d %s", r.StatusCode, r.text)
	}
	bad := s.send(s.e.Token, "grant_type", "authorization_code", "code", strings.ReplaceAll(code, "+", " "), "redirect_uri", callback)
	if bad.StatusCode != 200 || bad.json["code"] == 0.0 || !strings.Contains(bad.json["message"].(string), "invalid_grant") {
		t.Errorf("failure %d %s", bad.StatusCode, bad.text)
	}
	if bad := s.form(s.e.Token, "grant_type", "refresh_token", "client_id", s.id, "client_secret", s.secret); bad.json["code"] == 0.0 || !strings.Contains(bad.text, "does not read a form body") {
		t.Errorf("form body: %s", bad.text)
	}
	if rev := s.send(s.e.Revocation, "token", s.access(r)); rev.StatusCode != 200 || rev.text != "{}" {
		t.Errorf("revocation %d %q", rev.StatusCode, rev.text)
	}
	if a := s.call(s.access(r)); a.StatusCode != 401 {
		t.Errorf("revoked token: %d", a.StatusCode)
	}
}

func TestCodeInBody(t *testing.T) {
	r := start(t, Config{Scenario: Scenario{CodeInBody: true}})
	s := r.at(wrapped(), flows.EnvSimulator)
	got := s.press(s.open(s.authorizeParams()), "decision", "allow")
	if got.StatusCode != 200 || s.field(got, s.p.Dialect.Fields.Code, "") == "" || s.field(got, s.p.Dialect.Fields.State, "") != "st&te/1=" {
		t.Fatalf("%d %s", got.StatusCode, got.text)
	}
	if ok := s.exchange(s.field(got, s.p.Dialect.Fields.Code, "")); ok.json["code"] != 0.0 {
		t.Errorf("exchange: %s", ok.text)
	}
	if no := s.press(s.open(s.authorizeParams()), "decision", "deny"); no.StatusCode != 200 || !strings.Contains(no.text, "access_denied") {
		t.Errorf("denial: %d %s", no.StatusCode, no.text)
	}
	other := r.at(split(), flows.EnvSimulator)
	if back := other.consented(other.authorizeParams(), "allow"); back.Get("code") == "" {
		t.Error("a provider without that dialect must redirect")
	}
}

func TestClientCredentialsByPermission(t *testing.T) {
	r := start(t, Config{Clients: []Client{{Provider: "wrapped", ID: "ordinary", Secret: "x"}}})
	s := r.at(wrapped(), flows.EnvSimulator)
	if got := s.send(s.e.Token, "grant_type", "client_credentials", "shop_id", "42"); s.access(got) == "" {
		t.Errorf("with a shop: %s", got.text)
	}
	if got := s.send(s.e.Token, "grant_type", "client_credentials", "myshopify_domain", "a.myshopify.com"); s.access(got) == "" {
		t.Errorf("with a domain: %s", got.text)
	}
	if got := s.send(s.e.Token, "grant_type", "client_credentials"); !strings.Contains(got.text, "shop_id or myshopify_domain") {
		t.Errorf("without a shop: %s", got.text)
	}
	if got := s.jsonPost(s.e.Token, "grant_type", "client_credentials", "shop_id", "42", "client_id", "ordinary", "client_secret", "x"); !strings.Contains(got.text, "unauthorized_client") {
		t.Errorf("without permission: %s", got.text)
	}
}

func TestPlatformCalls(t *testing.T) {
	s := start(t, Config{}).at(wrapped(), flows.EnvSimulator)
	info := func() map[string]any {
		got := s.get(s.e.API + "/get_info?" + values("client_id", s.id, "client_secret", s.secret, "shop_id", "7").Encode())
		data, _ := got.json["data"].(map[string]any)
		if data == nil {
			t.Fatalf("%d %s", got.StatusCode, got.text)
		}
		return data
	}
	if d := info(); d["is_authorized"] != false || d["shop_id"] != "7" {
		t.Errorf("before: %v", d)
	}
	tok := s.tokens()
	if d := info(); d["is_authorized"] != true || d["granted_scopes"] != "read_reviews" {
		t.Errorf("authorized: %v", d)
	}
	if got := s.get(s.e.API + "/get_info?client_id=" + s.id + "&client_secret=wrong"); got.json["code"] == 0.0 {
		t.Errorf("wrong secret: %s", got.text)
	}
	if got := s.do(request(t, "POST", s.e.API+"/oauth/disconnect", "", "Authorization", "Bearer "+s.access(tok))); got.json["code"] != 0.0 {
		t.Errorf("disconnect: %s", got.text)
	}
	if d := info(); d["is_authorized"] != false {
		t.Errorf("after: %v", d)
	}
	if got := s.refresh(s.refreshOf(tok)); got.json["code"] == 0.0 {
		t.Errorf("refresh after disconnect: %s", got.text)
	}
}

func TestMachineDialect(t *testing.T) {
	s := start(t, Config{}).at(machine(), flows.EnvProduction)
	r := s.send(s.e.Token, "grant_type", "client_credentials")
	if r.StatusCode != 200 || !strings.HasPrefix(r.text, `{"Token":"ey`) || r.json["ExpiresIn"] != 3599.0 || r.json["scope"] != "studio" {
		t.Fatalf("%d %s", r.StatusCode, r.text)
	}
	if a := s.call(s.access(r)); a.StatusCode != 200 {
		t.Errorf("API: %d %s", a.StatusCode, a.text)
	}
	for name, got := range map[string]reply{
		`{"error":"invalid_client"}`:         s.form(s.e.Token, "grant_type", "client_credentials", "client_id", s.id, "client_secret", "no"),
		`{"error":"unsupported_grant_type"}`: s.send(s.e.Token, "grant_type", "password"),
	} {
		if got.StatusCode != 400 || got.text != name {
			t.Errorf("got %d %s, want 400 %s", got.StatusCode, got.text, name)
		}
	}
	// The secret holds a semicolon and a plus: raw in a form it is another one.
	raw := s.do(request(t, "POST", s.e.Token, "grant_type=client_credentials&client_id="+s.id+"&client_secret="+s.secret, "Content-Type", "application/x-www-form-urlencoded"))
	if raw.StatusCode != 400 {
		t.Errorf("raw secret: %d %s", raw.StatusCode, raw.text)
	}
}

// TestFailureMember is a provider with "ok": false under status 200 and an error object.
func TestFailureMember(t *testing.T) {
	p := split()
	p.Dialect.Failure = &flows.Predicate{Path: "$.ok", Equals: "false"}
	p.Dialect.Fields.Error, p.Dialect.Fields.ErrorDescription = []string{"$.error.code"}, []string{"$.error.message"}
	p.Dialect.ScopeSeparator = ","
	s := start(t, Config{Providers: []flows.Provider{p}}).at(p, flows.EnvSimulator)
	v := s.authorizeParams()
	v.Set("scope", "pay:read,offline_access")
	tok := s.exchange(s.consented(v, "allow").Get("code"))
	if tok.json["ok"] != true || tok.json["scope"] != "pay:read,offline_access" || claims(t, s.access(tok))["scope"] != "pay:read offline_access" {
		t.Errorf("%s", tok.text)
	}
	got := s.exchange("unknown")
	if got.StatusCode != 200 || !strings.HasPrefix(got.text, `{"ok":false,"error":{"code":"invalid_grant","message":"the authorization code is not known"}`) {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	v.Set("scope", "pay:read offline_access")
	if back := s.location(s.open(v)); back.Get("error") != "invalid_scope" {
		t.Errorf("the wrong separator: %v", back)
	}
}

func TestRequiredScopeAtTheAPI(t *testing.T) {
	p := machine()
	p.Simulator.GrantedScope = ""
	s := start(t, Config{Providers: []flows.Provider{p}}).at(p, flows.EnvSimulator)
	r := s.send(s.e.Token, "grant_type", "client_credentials", "scope", "extra")
	if a := s.call(s.access(r)); a.StatusCode != 403 || !strings.Contains(a.Header.Get("WWW-Authenticate"), `error="insufficient_scope"`) {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
}

func TestLegacyBasic(t *testing.T) {
	s := start(t, Config{}).at(legacy(), flows.EnvProduction)
	if s.e.Token != "" || s.e.Issuer != "" {
		t.Fatalf("a provider without tokens got %+v", s.e)
	}
	req := request(t, "GET", s.e.API+"/test", "")
	req.SetBasicAuth(s.id, s.secret)
	if got := s.do(req); got.StatusCode != 200 || got.json["client_id"] != s.id {
		t.Errorf("%d %s", got.StatusCode, got.text)
	}
	for _, header := range []string{"Bearer abc", "", "Basic !!", "Basic " + b64([]byte("a:b"))} {
		if got := s.get(s.e.API+"/test", "Authorization", header); got.StatusCode != 401 || !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Basic ") {
			t.Errorf("%q: %d %s", header, got.StatusCode, got.text)
		}
	}
}

func TestNewestTokenOnly(t *testing.T) {
	p := split()
	p.Dialect.NewestTokenOnly = true
	s := start(t, Config{Providers: []flows.Provider{p}}).at(p, flows.EnvSimulator)
	r := s.tokens()
	again := s.refresh(s.refreshOf(r))
	if a := s.call(s.access(r)); a.StatusCode != 401 || !strings.Contains(a.text, "newer") {
		t.Errorf("old token: %d %s", a.StatusCode, a.text)
	}
	if a := s.call(s.access(again)); a.StatusCode != 200 {
		t.Errorf("new token: %d %s", a.StatusCode, a.text)
	}
}

func TestUserInfoAndIntrospection(t *testing.T) {
	s := start(t, Config{Clients: []Client{{ID: "other", Secret: "other-secret"}}}).at(standard(), flows.EnvSimulator)
	r := s.tokens()
	other := *s
	other.id, other.secret = "other", "other-secret"
	if in := other.send(s.e.Introspection, "token", s.access(r)); in.text != `{"active":false}` {
		t.Errorf("another client's token: %s", in.text)
	}
	info := s.get(s.e.UserInfo, "Authorization", "Bearer "+s.access(r))
	if info.StatusCode != 200 || info.json["sub"] != "demo-user" || info.json["email"] == nil || info.json["name"] != nil {
		t.Errorf("userinfo %d %s", info.StatusCode, info.text)
	}
	if got := s.get(s.e.UserInfo); got.StatusCode != 401 {
		t.Errorf("userinfo without a token: %d", got.StatusCode)
	}
	in := s.send(s.e.Introspection, "token", s.access(r))
	if in.json["active"] != true || in.json["scope"] != "openid email" || in.json["client_id"] != s.id {
		t.Errorf("introspection %s", in.text)
	}
	if in := s.send(s.e.Introspection, "token", "unknown"); in.text != `{"active":false}` {
		t.Errorf("unknown token: %s", in.text)
	}
	if in := s.form(s.e.Introspection, "token", s.access(r)); in.StatusCode != 401 {
		t.Errorf("introspection without a client: %d %s", in.StatusCode, in.text)
	}
	if got := s.send(s.e.Token, "grant_type", "client_credentials"); s.get(s.e.UserInfo, "Authorization", "Bearer "+s.access(got)).StatusCode != 403 {
		t.Error("userinfo for a token without a person")
	}
}

func TestDescribe(t *testing.T) {
	r := start(t, Config{})
	var names []string
	for _, d := range r.Describe() {
		names = append(names, d.Provider+"/"+d.Environment)
		if d.ClientID == "" || d.ClientSecret == "" || len(d.Lines()) == 0 {
			t.Errorf("%+v", d)
		}
	}
	want := []string{"split/simulator", "split/production", "split/sandbox", "wrapped/simulator", "wrapped/production", "machine/simulator", "machine/production", "legacy/simulator", "legacy/production", "standard/simulator"}
	if !slices.Equal(names, want) {
		t.Errorf("got %v", names)
	}
	if page := r.get(r.URL() + "/"); page.StatusCode != 200 || !strings.Contains(page.text, "/split/sandbox/oauth/authorize") {
		t.Errorf("index page: %d", page.StatusCode)
	}
}
