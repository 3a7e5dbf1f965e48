package simulator

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// TestAuthorizationRequestRefused changes one thing of a good request at a time.
func TestAuthorizationRequestRefused(t *testing.T) {
	s := start(t, Config{}).at(split(), flows.EnvSimulator)
	strict := start(t, Config{StrictRedirects: true, Clients: []Client{{ID: "reg", Secret: "x", RedirectURIs: []string{"https://app.example.test/cb?x=1"}}}}).at(split(), flows.EnvSimulator)
	set := func(kv ...string) func(url.Values) {
		return func(v url.Values) {
			for i := 0; i+1 < len(kv); i += 2 {
				v.Set(kv[i], kv[i+1])
			}
		}
	}
	del := func(names ...string) func(url.Values) {
		return func(v url.Values) {
			for _, n := range names {
				v.Del(n)
			}
		}
	}
	for _, tc := range []struct {
		name   string
		seat   *seat
		change func(url.Values)
		code   string // error in the callback; empty: a page
		text   string
	}{
		{"no client id", s, del("client_id"), "", "client_id is missing"},
		{"client id twice", s, func(v url.Values) { v.Add("client_id", s.id) }, "", "client_id occurs twice"},
		{"unknown client", s, set("client_id", "nobody"), "", "client not found"},
		{"client of another environment", s, set("client_id", "app-live-demo-client"), "", "client not found"},
		{"no redirect uri", s, del("redirect_uri"), "", "redirect_uri is missing"},
		{"redirect uri twice", s, func(v url.Values) { v.Add("redirect_uri", callback) }, "", "redirect_uri occurs twice"},
		{"foreign redirect uri", s, set("redirect_uri", "https://evil.example.test/"), "", "not registered"},
		{"loopback look-alike", s, set("redirect_uri", "http://127.0.0.1.evil.example.test/"), "", "not registered"},
		{"user information", s, set("redirect_uri", "http://127.0.0.1@evil.example.test/"), "", "not registered"},
		{"user information before a loopback address", s, set("redirect_uri", "http://me:you@127.0.0.1/callback"), "", "not registered"},
		{"fragment", s, set("redirect_uri", callback+"#a"), "", "not registered"},
		{"script", s, set("redirect_uri", "javascript:alert(1)"), "", "not registered"},
		{"strict: loopback", strict, func(url.Values) {}, "", "not registered"},
		{"strict: registered but for a slash", strict, set("client_id", "reg", "redirect_uri", "https://app.example.test/cb/?x=1"), "", "not registered"},
		{"no response type", s, del("response_type"), "invalid_request", "response_type is missing"},
		{"implicit", s, set("response_type", "token"), "unsupported_response_type", "must be code"},
		{"response mode", s, set("response_mode", "web_message"), "invalid_request", "response_mode"},
		{"state twice", s, func(v url.Values) { v.Add("state", "x") }, "invalid_request", "twice"},
		{"unknown scope", s, set("scope", "pay:read pay:steal"), "invalid_scope", "pay:steal"},
		{"comma between scopes", s, set("scope", "pay:read,pay:write"), "invalid_scope", "pay:read,pay:write"},
		{"silent", s, set("prompt", "none"), "login_required", "log in"},
		{"request object", s, set("request", "ey"), "request_not_supported", ""},
		{"challenge method", s, set("code_challenge_method", "S512"), "invalid_request", "S256 or plain"},
		{"challenge in hex", s, set("code_challenge", strings.Repeat("a1", 32)), "invalid_request", "43 characters"},
		{"challenge with padding", s, set("code_challenge", challenge()+"="), "invalid_request", "43 characters"},
		{"short plain challenge", s, set("code_challenge_method", "plain", "code_challenge", "short"), "invalid_request", "43 to 128"},
		{"method without challenge", s, del("code_challenge"), "invalid_request", "without code_challenge"},
		{"public client without PKCE", s, func(v url.Values) {
			v.Set("client_id", "demo-public")
			del("code_challenge", "code_challenge_method")(v)
		}, "invalid_request", "code_challenge is required"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := tc.seat.authorizeParams()
			tc.change(v)
			r := tc.seat.open(v)
			if tc.code == "" {
				if r.StatusCode != http.StatusBadRequest || r.Header.Get("Location") != "" || !strings.Contains(r.text, tc.text) {
					t.Fatalf("want a page with %q, got %d %s %s", tc.text, r.StatusCode, r.Header.Get("Location"), r.text)
				}
				return
			}
			back := tc.seat.location(r)
			if r.StatusCode != http.StatusSeeOther || back.Get("error") != tc.code || !strings.Contains(back.Get("error_description"), tc.text) || back.Has("code") {
				t.Fatalf("got %d %v, want %s with %q", r.StatusCode, back, tc.code, tc.text)
			}
			if tc.name != "state twice" && back.Get("state") != "st&te/1=" || back.Get("iss") != tc.seat.e.Issuer {
				t.Errorf("state and iss must come with an error too: %v", back)
			}
		})
	}
}

func TestPKCERefusedAndRequired(t *testing.T) {
	p := split()
	p.Dialect.PKCE = flows.SupportRefused
	s := start(t, Config{Providers: []flows.Provider{p, standard()}}).at(p, flows.EnvSimulator)
	v := s.authorizeParams()
	v.Set("code_challenge", challenge())
	if back := s.location(s.open(v)); back.Get("error") != "invalid_request" || !strings.Contains(back.Get("error_description"), "unknown parameter code_challenge") {
		t.Errorf("refused: %v", back)
	}
	std := s.at(standard(), flows.EnvSimulator)
	v = std.authorizeParams()
	v.Del("code_challenge")
	v.Del("code_challenge_method")
	if back := std.location(std.open(v)); back.Get("error_description") != "code_challenge is required" {
		t.Errorf("required: %v", back)
	}
}

// TestExchangeRefused changes one thing of a good exchange at a time, and sees that
// the code is still good afterwards where nothing burned it.
func TestExchangeRefused(t *testing.T) {
	r := start(t, Config{Clients: []Client{{ID: "other", Secret: "other-secret", AnyLoopback: true}}})
	s := r.at(split(), flows.EnvSimulator)
	good := func(code string) url.Values {
		return values("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier, "client_id", s.id, "client_secret", s.secret)
	}
	for _, tc := range []struct {
		name   string
		change func(url.Values)
		status int
		code   string
		text   string
	}{
		{"no grant type", func(v url.Values) { v.Del("grant_type") }, 400, "invalid_request", "grant_type is missing"},
		{"misspelt grant type", func(v url.Values) { v.Set("grant_type", "authorization-code") }, 400, "unsupported_grant_type", ""},
		{"grant that is not enabled", func(v url.Values) { v.Set("grant_type", "client_credentials") }, 400, "unsupported_grant_type", ""},
		{"code twice", func(v url.Values) { v.Add("code", "x") }, 400, "invalid_request", "twice"},
		{"no code", func(v url.Values) { v.Del("code") }, 400, "invalid_request", "code is missing"},
		{"unknown code", func(v url.Values) { v.Set("code", "x") }, 400, "invalid_grant", "not known"},
		{"other redirect uri", func(v url.Values) { v.Set("redirect_uri", callback+"/") }, 400, "invalid_grant", "redirect_uri does not match"},
		{"no redirect uri", func(v url.Values) { v.Del("redirect_uri") }, 400, "invalid_grant", "redirect_uri does not match"},
		{"no verifier", func(v url.Values) { v.Del("code_verifier") }, 400, "invalid_grant", "code_verifier is missing"},
		{"other verifier", func(v url.Values) { v.Set("code_verifier", strings.Repeat("x", 43)) }, 400, "invalid_grant", "does not match code_challenge"},
		{"short verifier", func(v url.Values) { v.Set("code_verifier", "short") }, 400, "invalid_grant", "43 to 128"},
		{"challenge as verifier", func(v url.Values) { v.Set("code_verifier", challenge()) }, 400, "invalid_grant", "does not match"},
		{"no client", func(v url.Values) { v.Del("client_id"); v.Del("client_secret") }, 401, "invalid_client", "client_id is missing"},
		{"unknown client", func(v url.Values) { v.Set("client_id", "nobody") }, 401, "invalid_client", "client not found"},
		{"wrong secret", func(v url.Values) { v.Set("client_secret", "wrong") }, 401, "invalid_client", "authentication failed"},
		{"no secret", func(v url.Values) { v.Del("client_secret") }, 401, "invalid_client", "client_secret is missing"},
		{"a public client with a secret", func(v url.Values) { v.Set("client_id", "demo-public") }, 401, "invalid_client", "public client"},
		{"another client", func(v url.Values) { v.Set("client_id", "other"); v.Set("client_secret", "other-secret") }, 400, "invalid_grant", "another client"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code := s.consented(s.authorizeParams(), "allow").Get("code")
			v := good(code)
			tc.change(v)
			post := func(v url.Values) reply {
				return s.do(request(t, "POST", s.e.Token, v.Encode(), "Content-Type", "application/x-www-form-urlencoded"))
			}
			wantError(t, post(v), tc.status, tc.code, tc.text)
			if r := post(good(code)); r.StatusCode != 200 {
				t.Errorf("the good exchange afterwards: %d %s", r.StatusCode, r.text)
			}
		})
	}
}

func TestVerifierWithoutChallenge(t *testing.T) {
	s := start(t, Config{}).at(split(), flows.EnvSimulator)
	v := s.authorizeParams()
	v.Del("code_challenge")
	v.Del("code_challenge_method")
	wantError(t, s.exchange(s.consented(v, "allow").Get("code")), 400, "invalid_grant", "had no code_challenge")
}

func TestPlainChallenge(t *testing.T) {
	s := start(t, Config{}).at(split(), flows.EnvSimulator)
	v := s.authorizeParams()
	v.Set("code_challenge", verifier)
	v.Del("code_challenge_method")
	if r := s.exchange(s.consented(v, "allow").Get("code")); r.StatusCode != 200 {
		t.Errorf("%d %s", r.StatusCode, r.text)
	}
}

func TestCodeWorksOnce(t *testing.T) {
	s := start(t, Config{}).at(split(), flows.EnvSimulator)
	code := s.consented(s.authorizeParams(), "allow").Get("code")
	first := s.exchange(code)
	wantError(t, s.exchange(code), 400, "invalid_grant", "already used")
	if a := s.call(s.access(first)); a.StatusCode != 401 {
		t.Errorf("the token of a code that came twice still works: %d", a.StatusCode)
	}
	wantError(t, s.refresh(s.refreshOf(first)), 400, "invalid_grant", "revoked")
}

func TestCodeExpires(t *testing.T) {
	p := split()
	p.Simulator.InvalidGrantCode = "invalid_authorization_code"
	s := start(t, Config{Providers: []flows.Provider{p}}).at(p, flows.EnvSimulator)
	code := s.consented(s.authorizeParams(), "allow").Get("code")
	s.AdvanceClock(10*time.Minute - time.Second)
	other := s.consented(s.authorizeParams(), "allow").Get("code")
	if r := s.exchange(code); r.StatusCode != 200 {
		t.Errorf("a second before the end: %d %s", r.StatusCode, r.text)
	}
	s.AdvanceClock(10 * time.Minute)
	wantError(t, s.exchange(other), 400, "invalid_authorization_code", "expired")
}

func TestClientAuthentication(t *testing.T) {
	r := start(t, Config{Clients: []Client{{ID: "a:b c", Secret: "s%:+é"}}})
	std := r.at(standard(), flows.EnvSimulator)
	basic := func(user, password string) string {
		req, _ := http.NewRequest("GET", "/", nil)
		req.SetBasicAuth(user, password)
		return req.Header.Get("Authorization")
	}
	post := func(header, body string) reply {
		return r.do(request(t, "POST", std.e.Token, body, "Content-Type", "application/x-www-form-urlencoded", "Authorization", header))
	}
	if got := post(basic(url.QueryEscape("a:b c"), url.QueryEscape("s%:+é")), "grant_type=client_credentials"); got.StatusCode != 200 {
		t.Errorf("form-encoded Basic: %d %s", got.StatusCode, got.text)
	}
	for _, tc := range []struct {
		name, header, body, code, text string
	}{
		{"raw Basic", basic("demo-client", "100%"), "grant_type=client_credentials", "invalid_client", "cannot be decoded"},
		{"no base64", "Basic ***", "grant_type=client_credentials", "invalid_client", "cannot be decoded"},
		{"no colon", "Basic " + "ZGVtbw==", "grant_type=client_credentials", "invalid_client", "cannot be decoded"},
		{"both methods", basic(std.id, std.secret), "grant_type=client_credentials&client_id=" + std.id + "&client_secret=" + std.secret, "invalid_request", "two methods at once"},
		{"two client ids", basic(std.id, std.secret), "grant_type=client_credentials&client_id=other", "invalid_request", "differs"},
		{"body where Basic belongs", "", "grant_type=client_credentials&client_id=" + std.id + "&client_secret=" + std.secret, "invalid_client", "use client_secret_basic"},
		{"public client for itself", "", "grant_type=client_credentials&client_id=demo-public", "unauthorized_client", "public"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := post(tc.header, tc.body)
			wantError(t, got, got.StatusCode, tc.code, tc.text)
			if tc.code == "invalid_client" && (got.StatusCode != 401 || !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Basic ")) {
				t.Errorf("status %d, WWW-Authenticate %q", got.StatusCode, got.Header.Get("WWW-Authenticate"))
			}
		})
	}
	p := split()
	p.Dialect.BasicEncoding = flows.BasicRaw
	raw := start(t, Config{Providers: []flows.Provider{p}, Clients: []Client{{ID: "id", Secret: "s%3B+"}}}).at(p, flows.EnvSimulator)
	got := raw.do(request(t, "POST", raw.e.Token, "grant_type=authorization_code&code=x", "Content-Type", "application/x-www-form-urlencoded", "Authorization", basic("id", "s%3B+")))
	wantError(t, got, 400, "invalid_grant", "not known")
}

func TestTokenBody(t *testing.T) {
	s := start(t, Config{}).at(split(), flows.EnvSimulator)
	for _, tc := range []struct {
		name, kind, body string
		status           int
		text             string
	}{
		{"JSON where a form belongs", "application/json", `{"grant_type":"refresh_token"}`, 415, "json body"},
		{"JSON labelled as a form", "application/x-www-form-urlencoded", `{"grant_type":"refresh_token"}`, 400, "grant_type is missing"},
		{"plain text", "text/plain", "grant_type=refresh_token", 415, "Content-Type"},
		{"nothing", "", "", 400, "grant_type is missing"},
		{"too long", "application/x-www-form-urlencoded", "a=" + strings.Repeat("x", maxRequestBody), 413, "64 KiB"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantError(t, s.do(request(t, "POST", s.e.Token, tc.body, "Content-Type", tc.kind)), tc.status, "invalid_request", tc.text)
		})
	}
	w := s.at(wrapped(), flows.EnvSimulator)
	for _, body := range []string{`[]`, `{"grant_type":`, `{"grant_type":"x","grant_type":"y"}`, `null`, strings.Repeat(`[`, 60000), `{"a":{"b":1},"grant_type":7}`} {
		if got := w.do(request(t, "POST", w.e.Token, body, "Content-Type", "application/json")); got.StatusCode != 200 || got.json["code"] == 0.0 {
			t.Errorf("%.40s: %d %s", body, got.StatusCode, got.text)
		}
	}
	if got := s.get(s.e.Token); got.StatusCode != 405 || got.Header.Get("Allow") != "POST" {
		t.Errorf("GET at the token endpoint: %d", got.StatusCode)
	}
	if got := s.form(s.e.JWKS); got.StatusCode != 405 {
		t.Errorf("POST at the JWKS: %d", got.StatusCode)
	}
}

func TestRefreshRules(t *testing.T) {
	r := start(t, Config{Clients: []Client{{ID: "other", Secret: "other-secret"}}})
	s := r.at(split(), flows.EnvSimulator)
	tok := s.tokens()
	narrow := s.refresh(s.refreshOf(tok), "scope", "pay:read")
	if narrow.json["scope"] != "pay:read" {
		t.Errorf("narrower: %s", narrow.text)
	}
	wantError(t, s.refresh(s.refreshOf(tok), "scope", "pay:read pay:steal"), 400, "invalid_scope", "more than was granted")
	wantError(t, s.refresh(s.access(tok)), 400, "invalid_grant", "not known")
	wantError(t, s.refresh(""), 400, "invalid_request", "refresh_token is missing")
	wantError(t, s.form(s.e.Token, "grant_type", "refresh_token", "refresh_token", s.refreshOf(tok), "client_id", "other", "client_secret", "other-secret"), 400, "invalid_grant", "another client")
	live := r.at(split(), flows.EnvProduction)
	wantError(t, live.refresh(s.refreshOf(tok)), 400, "invalid_grant", "not known")

	v := s.authorizeParams()
	v.Set("scope", "pay:read")
	if online := s.exchange(s.consented(v, "allow").Get("code")); online.json["refresh_token"] != nil {
		t.Errorf("a refresh token without offline_access: %s", online.text)
	}
}

func TestRefreshLifeExtends(t *testing.T) {
	s := start(t, Config{}).at(split(), flows.EnvSimulator)
	day := 24 * time.Hour
	kept, unused := s.refreshOf(s.tokens()), s.refreshOf(s.tokens())
	s.AdvanceClock(179 * day)
	if r := s.refresh(kept); r.StatusCode != 200 {
		t.Fatalf("%d %s", r.StatusCode, r.text)
	}
	s.AdvanceClock(2 * day)
	wantError(t, s.refresh(unused), 400, "invalid_grant", "expired")
	s.AdvanceClock(85 * day)
	if r := s.refresh(kept); r.StatusCode != 200 {
		t.Errorf("the use did not extend the life: %d %s", r.StatusCode, r.text)
	}
}

func TestRotationAndReuse(t *testing.T) {
	r := start(t, Config{})
	s := r.at(standard(), flows.EnvSimulator)
	tok := s.tokens()
	second := s.refresh(s.refreshOf(tok))
	if s.refreshOf(second) == "" || s.refreshOf(second) == s.refreshOf(tok) {
		t.Fatalf("no rotation: %s", second.text)
	}
	wantError(t, s.refresh(s.refreshOf(tok)), 400, "invalid_grant", "already used and replaced")
	wantError(t, s.refresh(s.refreshOf(second)), 400, "invalid_grant", "revoked")
	if a := s.call(s.access(second)); a.StatusCode != 401 {
		t.Errorf("an access token of the family still works: %d", a.StatusCode)
	}
	// The same profile rule, "if returned", for a public client: rotation.
	public := *r.at(split(), flows.EnvSimulator)
	public.id = "demo-public"
	v := public.authorizeParams()
	got := public.form(public.e.Token, "grant_type", "authorization_code", "code", public.consented(v, "allow").Get("code"), "redirect_uri", callback, "code_verifier", verifier, "client_id", public.id)
	again := public.form(public.e.Token, "grant_type", "refresh_token", "refresh_token", public.refreshOf(got), "client_id", public.id)
	if public.refreshOf(again) == "" || public.refreshOf(again) == public.refreshOf(got) {
		t.Errorf("a public client keeps its refresh token: %s", again.text)
	}
	r.SetScenario(Scenario{Rotation: flows.RotationNever})
	if third := s.refresh(s.refreshOf(s.tokens())); third.StatusCode != 200 || s.refreshOf(third) != "" {
		t.Errorf("scenario without rotation: %s", third.text)
	}
}

func TestRevocation(t *testing.T) {
	r := start(t, Config{Clients: []Client{{ID: "other", Secret: "other-secret"}}})
	s := r.at(split(), flows.EnvSimulator)
	tok := s.tokens()
	again := s.refresh(s.refreshOf(tok))
	wantError(t, s.form(s.e.Revocation, "token", s.access(tok)), 401, "invalid_client", "")
	wantError(t, s.form(s.e.Revocation, "token", s.access(tok), "client_id", "other", "client_secret", "other-secret"), 400, "unauthorized_client", "another client")
	wantError(t, s.send(s.e.Revocation), 400, "invalid_request", "token is missing")
	if got := s.send(s.e.Revocation, "token", "unknown"); got.StatusCode != 200 {
		t.Errorf("unknown token: %d", got.StatusCode)
	}
	if got := s.send(s.e.Revocation, "token", s.access(tok)); got.StatusCode != 200 || got.json["status_code"] != 200.0 {
		t.Errorf("revocation: %d %s", got.StatusCode, got.text)
	}
	if a := s.call(s.access(tok)); a.StatusCode != 401 || !strings.Contains(a.Header.Get("WWW-Authenticate"), `error="invalid_token"`) {
		t.Errorf("revoked access token: %d", a.StatusCode)
	}
	if a := s.call(s.access(again)); a.StatusCode != 200 {
		t.Errorf("revoking one access token took another: %d", a.StatusCode)
	}
	s.send(s.e.Revocation, "token", s.refreshOf(tok))
	if a := s.call(s.access(again)); a.StatusCode != 401 {
		t.Errorf("revoking the refresh token left its access token: %d", a.StatusCode)
	}
	wantError(t, s.refresh(s.refreshOf(tok)), 400, "invalid_grant", "revoked")
}

func TestAccessTokenAtTheAPI(t *testing.T) {
	s := start(t, Config{}).at(split(), flows.EnvSimulator)
	tok := s.tokens()
	for header, text := range map[string]string{"": "no Bearer token", "Bearer": "no Bearer token", "Basic YTpi": "no Bearer token", "Bearer Bearer " + s.access(tok): "not known", "Bearer x.y.z": "not known"} {
		if a := s.get(s.e.API+"/x", "Authorization", header); a.StatusCode != 401 || !strings.Contains(a.text, text) || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer ") {
			t.Errorf("%.12q: %d %s", header, a.StatusCode, a.text)
		}
	}
	s.AdvanceClock(time.Hour - time.Second)
	if a := s.call(s.access(tok)); a.StatusCode != 200 {
		t.Errorf("before expiry: %d", a.StatusCode)
	}
	s.AdvanceClock(time.Second)
	if a := s.call(s.access(tok)); a.StatusCode != 401 || !strings.Contains(a.text, "expired") {
		t.Errorf("after expiry: %d %s", a.StatusCode, a.text)
	}
}
