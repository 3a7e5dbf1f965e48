package simulator

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

const callback = "http://127.0.0.1:53682/callback"

// verifier is a code verifier of 43 characters, and challenge its S256 value.
const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// split is a provider with two hosts in one flow, signed access tokens and refresh
// tokens that are kept.
func split() flows.Provider {
	env := func(name, front, back, prefix string) flows.Environment {
		return flows.Environment{Name: name, ClientIDPrefixes: []string{prefix}, Endpoints: flows.Endpoints{
			Issuer: back, Authorization: front + "/oauth/authorize", Token: back + "/v1/oauth2/token", Revocation: back + "/v1/oauth2/revoke",
			Introspection: back + "/v1/oauth2/introspect", UserInfo: back + "/v1/oauth2/userinfo", JWKS: back + "/.well-known/jwks.json", API: "https://api.front.example.test",
		}}
	}
	return flows.Provider{
		Name: "split", Title: "Split",
		Environments: []flows.Environment{
			env(flows.EnvProduction, "https://front.example.test", "https://back.example.test", "app-live-"),
			env(flows.EnvSandbox, "https://front.sandbox.example.test", "https://back.sandbox.example.test", "app-test-"),
		},
		Grants: []flows.Grant{flows.GrantAuthorizationCode, flows.GrantRefreshToken},
		Dialect: flows.Dialect{
			ClientAuth: flows.AuthPost, TokenBody: flows.BodyForm, PKCE: flows.SupportOptional, PKCEMethod: flows.PKCES256,
			Rotation: flows.RotationIfReturned, OfflineScope: "offline_access", Fields: flows.FieldPaths{RequestID: []string{"$.request_id"}},
		},
		Lifetimes: flows.Lifetimes{Code: 10 * time.Minute, AccessToken: time.Hour, RefreshToken: 180 * 24 * time.Hour, RefreshExtend: 90 * 24 * time.Hour},
		Scopes: []flows.Scope{
			{Name: "pay:read", Meaning: "read payments", Default: true}, {Name: "pay:write", Meaning: "make payments", Default: true},
			{Name: "offline_access", Meaning: "refresh", Default: true},
		},
		Simulator: flows.SimulatorDefaults{
			AccessTokenFormat: "jwt", TokenTypeValue: "bearer", Audience: []string{"project-1"}, Members: []flows.Param{{Name: "status_code", Value: "200"}},
			AuthMethods: []flows.AuthMethod{flows.AuthPost, flows.AuthBasic},
		},
	}
}

// wrapped is a provider with an envelope, JSON requests, base64 values, an API call that
// hands out the authorization URL, and client credentials by permission only.
func wrapped() flows.Provider {
	api := "https://api.wrapped.example.test/api/v1"
	return flows.Provider{
		Name: "wrapped", Title: "Wrapped",
		Environments: []flows.Environment{{Name: flows.EnvProduction, Endpoints: flows.Endpoints{
			Authorization: api + "/oauth/authorize", AuthorizeURL: api + "/get_oauth_authorize_url", Token: api + "/oauth/token", Revocation: api + "/oauth_revoke_token", API: api,
		}}},
		Grants: []flows.Grant{flows.GrantAuthorizationCode, flows.GrantRefreshToken, flows.GrantClientCredentials},
		Dialect: flows.Dialect{
			ClientAuth: flows.AuthJSON, TokenBody: flows.BodyJSON, AuthorizeDelivery: flows.DeliverURLFromAPI, CodeInBody: true,
			Success: &flows.Predicate{Path: "$.code", Equals: "0"}, ServerTime: "$.time",
			Fields: flows.FieldPaths{
				AccessToken: []string{"$.data.access_token"}, TokenType: []string{"$.data.token_type"}, ExpiresIn: []string{"$.data.expires_in"},
				RefreshToken: []string{"$.data.refresh_token"}, Scope: []string{"$.data.scope"}, Error: []string{"$.code"}, ErrorDescription: []string{"$.message"},
				RequestID: []string{"$.request_id"}, AuthorizeURL: []string{"$.data.authorize_url"}, Code: []string{"$.data.code"}, State: []string{"$.data.state"},
			},
		},
		Scopes: []flows.Scope{{Name: "read_reviews", Default: true}},
		Calls: []flows.APICall{
			{Name: "State", Path: "/get_info", Auth: "client_query"},
			{Name: "Disconnect", Method: "POST", Path: "/oauth/disconnect", Revokes: true},
		},
		Simulator: flows.SimulatorDefaults{AccessTokenFormat: "base64", SkipShopOAuth: true},
	}
}

// machine is a provider of client credentials with names of its own.
func machine() flows.Provider {
	return flows.Provider{
		Name: "machine", Title: "Machine",
		Environments: []flows.Environment{{Name: flows.EnvProduction, Endpoints: flows.Endpoints{Token: "https://auth.machine.example.test/connect/token", API: "https://api.machine.example.test"}}},
		Grants:       []flows.Grant{flows.GrantClientCredentials},
		Dialect: flows.Dialect{ClientAuth: flows.AuthPost, OmitScope: []flows.Grant{flows.GrantClientCredentials}, Fields: flows.FieldPaths{
			AccessToken: []string{"$.Token", "$.access_token"}, TokenType: []string{"$.TokenType"}, ExpiresIn: []string{"$.ExpiresIn"},
		}},
		Scopes:    []flows.Scope{{Name: "studio", Required: true}, {Name: "extra"}},
		Simulator: flows.SimulatorDefaults{AccessTokenFormat: "at+jwt", ScopeClaimArray: true, InvalidClient: 400, ExpiresIn: 3599, GrantedScope: "studio", OmitErrorDescription: true},
	}
}

// legacy has no tokens.
func legacy() flows.Provider {
	return flows.Provider{
		Name: "legacy", Title: "Legacy",
		Environments: []flows.Environment{{Name: flows.EnvProduction, Endpoints: flows.Endpoints{API: "https://api.legacy.example.test/v1"}}},
		Grants:       []flows.Grant{flows.GrantBasic},
		Dialect:      flows.Dialect{BasicEncoding: flows.BasicRaw},
	}
}

// standard is an OpenID provider as the specifications have it, known by nothing but
// its grants.
func standard() flows.Provider {
	return flows.Provider{
		Name: "standard", Title: "Standard",
		Grants:    []flows.Grant{flows.GrantAuthorizationCode, flows.GrantRefreshToken, flows.GrantClientCredentials},
		Dialect:   flows.Dialect{ClientAuth: flows.AuthBasic, PKCE: flows.SupportRequired, Rotation: flows.RotationAlways},
		Simulator: flows.SimulatorDefaults{AccessTokenFormat: "at+jwt", IssueIDToken: true},
	}
}

func made() []flows.Provider {
	return []flows.Provider{split(), wrapped(), machine(), legacy(), standard()}
}

// rig is a running simulator and a person with an HTTP client in front of it.
type rig struct {
	*testing.T
	*Server
}

func start(t *testing.T, cfg Config) *rig {
	t.Helper()
	if cfg.Providers == nil {
		cfg.Providers = made()
	}
	s, err := Start(t.Context(), cfg, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &rig{t, s}
}

// seat is one environment of one provider with its demo client.
type seat struct {
	*rig
	p          flows.Provider
	e          flows.Endpoints
	id, secret string
}

func (r *rig) at(p flows.Provider, env string) *seat {
	r.Helper()
	e, ok := r.Environment(p, env)
	if !ok {
		r.Fatalf("%s has no environment %s", p.Name, env)
	}
	id, secret := r.Client(p, env)
	return &seat{r, p, e.Endpoints, id, secret}
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	text string
	json map[string]any
}

func (s *rig) do(req *http.Request) reply {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), 20*time.Second)
	defer cancel()
	hc := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := hc.Do(req.WithContext(ctx))
	if err != nil {
		s.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	r := reply{Response: res, text: string(body)}
	_ = json.Unmarshal(body, &r.json)
	return r
}

func (s *rig) get(uri string, header ...string) reply {
	s.Helper()
	return s.do(request(s.T, "GET", uri, "", header...))
}

func request(t *testing.T, method, uri, body string, header ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequest(method, uri, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

// form posts parameters given as name, value, ...
func (s *rig) form(uri string, nameValue ...string) reply {
	s.Helper()
	return s.do(request(s.T, "POST", uri, values(nameValue...).Encode(), "Content-Type", "application/x-www-form-urlencoded"))
}

func values(nameValue ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(nameValue); i += 2 {
		v.Add(nameValue[i], nameValue[i+1])
	}
	return v
}

// jsonPost posts a JSON object given as name, value, ...
func (s *rig) jsonPost(uri string, nameValue ...string) reply {
	s.Helper()
	m := map[string]string{}
	for i := 0; i+1 < len(nameValue); i += 2 {
		m[nameValue[i]] = nameValue[i+1]
	}
	body, err := json.Marshal(m)
	if err != nil {
		s.Fatal(err)
	}
	return s.do(request(s.T, "POST", uri, string(body), "Content-Type", "application/json"))
}

// send makes a token request in the provider's own way.
func (s *seat) send(uri string, nameValue ...string) reply {
	s.Helper()
	auth := s.p.Dialect.ClientAuth
	switch auth {
	case flows.AuthBasic, "":
		basic := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(s.id) + ":" + url.QueryEscape(s.secret)))
		return s.do(request(s.T, "POST", uri, values(nameValue...).Encode(), "Content-Type", "application/x-www-form-urlencoded", "Authorization", "Basic "+basic))
	case flows.AuthJSON:
		return s.jsonPost(uri, append(nameValue, "client_id", s.id, "client_secret", s.secret)...)
	}
	return s.form(uri, append(nameValue, "client_id", s.id, "client_secret", s.secret)...)
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
var formAction = regexp.MustCompile(`<form method="post" action="([^"]*)" data-oauthlens="([^"]*)"`)

// press submits the form of a page, with one more field.
func (s *rig) press(page reply, nameValue ...string) reply {
	s.Helper()
	action := formAction.FindStringSubmatch(page.text)
	if action == nil {
		s.Fatalf("no form in the page (status %d): %s", page.StatusCode, page.text)
	}
	for _, h := range hiddenField.FindAllStringSubmatch(page.text, -1) {
		nameValue = append(nameValue, h[1], html.UnescapeString(h[2]))
	}
	to, err := page.Request.URL.Parse(html.UnescapeString(action[1]))
	if err != nil {
		s.Fatal(err)
	}
	return s.form(to.String(), nameValue...)
}

// authorizeParams are a good authorization request.
func (s *seat) authorizeParams() url.Values {
	v := values("response_type", "code", "client_id", s.id, "redirect_uri", callback, "state", "st&te/1=", "code_challenge", challenge(), "code_challenge_method", "S256", "nonce", "n-1")
	var scope []string
	for _, k := range s.p.Scopes {
		if k.Default {
			scope = append(scope, k.Name)
		}
	}
	if s.p.Simulator.IssueIDToken && len(scope) == 0 {
		scope = []string{"openid", "email"}
	}
	v.Set("scope", strings.Join(scope, " "))
	if s.p.Dialect.PKCE == flows.SupportRefused {
		v.Del("code_challenge")
		v.Del("code_challenge_method")
	}
	return v
}

// open asks for the consent page.
func (s *seat) open(v url.Values) reply {
	s.Helper()
	return s.get(withQuery(s.e.Authorization, v.Encode()))
}

// consented opens, presses a button and returns the parameters of the callback.
func (s *seat) consented(v url.Values, decision string) url.Values {
	s.Helper()
	return s.location(s.press(s.open(v), "decision", decision))
}

func (s *rig) location(r reply) url.Values {
	s.Helper()
	u, err := url.Parse(r.Header.Get("Location"))
	if err != nil || r.Header.Get("Location") == "" {
		s.Fatalf("no redirect: status %d, %v, %s", r.StatusCode, err, r.text)
	}
	return u.Query()
}

// exchange redeems a code the good way.
func (s *seat) exchange(code string, nameValue ...string) reply {
	s.Helper()
	good := []string{"grant_type", "authorization_code", "code", code, "redirect_uri", callback}
	if s.p.Dialect.PKCE != flows.SupportRefused {
		good = append(good, "code_verifier", verifier)
	}
	return s.send(s.e.Token, append(good, nameValue...)...)
}

// tokens walks a whole code flow.
func (s *seat) tokens() reply {
	s.Helper()
	r := s.exchange(s.consented(s.authorizeParams(), "allow").Get("code"))
	if s.field(r, s.p.Dialect.Fields.AccessToken, "access_token") == "" {
		s.Fatalf("no access token: %d %s", r.StatusCode, r.text)
	}
	return r
}

func (s *seat) refresh(token string, nameValue ...string) reply {
	s.Helper()
	return s.send(s.e.Token, append(nameValue, "grant_type", "refresh_token", "refresh_token", token)...)
}

// field reads a member by the profile's first path.
func (s *seat) field(r reply, paths []string, standard string) string {
	var v any = r.json
	for _, name := range firstPath(paths, standard) {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	text, _ := v.(string)
	return text
}

func (s *seat) access(r reply) string {
	return s.field(r, s.p.Dialect.Fields.AccessToken, "access_token")
}

func (s *seat) refreshOf(r reply) string {
	return s.field(r, s.p.Dialect.Fields.RefreshToken, "refresh_token")
}

// call asks the API.
func (s *seat) call(token string) reply {
	s.Helper()
	return s.get(s.e.API+"/anything", "Authorization", "Bearer "+token)
}

// wantError checks an RFC 6749 error answer.
func wantError(t *testing.T, r reply, status int, code, text string) {
	t.Helper()
	description, _ := r.json["error_description"].(string)
	if r.StatusCode != status || r.json["error"] != code || !strings.Contains(description, text) {
		t.Fatalf("got %d %s, want %d %s with %q", r.StatusCode, r.text, status, code, text)
	}
}
