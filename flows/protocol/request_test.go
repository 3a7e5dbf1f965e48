package protocol

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

func secret(name, raw string) flows.Secret { return flows.NewSecret(flows.FingerprintKey{}, name, raw) }

func tokenInput(mod func(*TokenInput)) TokenInput {
	in := TokenInput{
		Environment: flows.Environment{Endpoints: flows.Endpoints{Token: "https://as.example:443/token", Revocation: "https://as.example/revoke", Introspection: "https://as.example/introspect", API: "https://api.example/base/"}},
		Settings:    flows.Settings{ClientID: "id:1", AuthMethod: flows.AuthPost, Scopes: []string{"a", "b"}},
		Secret:      secret("client_secret", "12345;+ü"),
	}
	if mod != nil {
		mod(&in)
	}
	return in
}

// TestVerifierOfTheSpecification is the example of RFC 7636 appendix B.
func TestVerifierOfTheSpecification(t *testing.T) {
	const verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	if got := Challenge(flows.PKCES256, verifier); got != challenge {
		t.Errorf("S256: %s", got)
	}
	if Challenge(flows.PKCEPlain, verifier) != verifier || Challenge(flows.PKCEOff, verifier) != "" {
		t.Error("plain or off")
	}
}

func TestBasicCredentials(t *testing.T) {
	for _, c := range []struct {
		encoding flows.BasicEncoding
		want     string
	}{{flows.BasicRFC6749, "id%3A1:s%2B+%25"}, {flows.BasicRaw, "id:1:s+ %"}, {"", "id%3A1:s%2B+%25"}} {
		got, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(BasicHeader(c.encoding, "id:1", "s+ %"), "Basic "))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v", c.encoding, got, err)
		}
	}
}

func TestSecretIsEncodedOnce(t *testing.T) {
	in := tokenInput(func(in *TokenInput) { in.Secret = secret("client_secret", "12345;") })
	if body := string(ClientCredentials(in).Body); body != "grant_type=client_credentials&scope=a+b&client_id=id%3A1&client_secret=12345%3B" {
		t.Error(body)
	}
}

func TestCodeExchangeByEachMethod(t *testing.T) {
	for _, c := range []struct {
		method flows.AuthMethod
		body   string
		header bool
	}{
		{flows.AuthPost, "grant_type=authorization_code&code=c%2B%2F%3D&redirect_uri=http%3A%2F%2Fr&code_verifier=v&client_id=id%3A1&client_secret=s", false},
		{flows.AuthBasic, "grant_type=authorization_code&code=c%2B%2F%3D&redirect_uri=http%3A%2F%2Fr&code_verifier=v", true},
		{flows.AuthNone, "grant_type=authorization_code&code=c%2B%2F%3D&redirect_uri=http%3A%2F%2Fr&code_verifier=v&client_id=id%3A1", false},
		{flows.AuthJSON, `{"grant_type":"authorization_code","code":"c+/=","redirect_uri":"http://r","code_verifier":"v","client_id":"id:1","client_secret":"s"}`, false},
	} {
		r := CodeExchange(tokenInput(func(in *TokenInput) { in.Settings.AuthMethod, in.Secret = c.method, secret("client_secret", "s") }), "c+/=", "http://r", "v")
		if string(r.Body) != c.body || r.Headers.Has("Authorization") != c.header {
			t.Errorf("%s: %s %v", c.method, r.Body, r.Headers)
		}
		if r.Headers.Get("Host") != "as.example" || r.Method != "POST" || r.Headers.Get("Content-Length") == "" {
			t.Errorf("%s: %v", c.method, r.Headers)
		}
	}
}

func TestBasicAndJSONTogether(t *testing.T) {
	r := Refresh(tokenInput(func(in *TokenInput) {
		in.Settings.AuthMethod, in.Provider.Dialect.TokenBody = flows.AuthBasic, flows.BodyJSON
		in.Provider.Dialect.TokenHeaders = []flows.Header{{Name: "X-Version", Value: "1"}}
	}), "r")
	if string(r.Body) != `{"grant_type":"refresh_token","refresh_token":"r"}` || r.Headers.Get("Content-Type") != "application/json" || r.Headers.Get("X-Version") != "1" {
		t.Errorf("%s %v", r.Body, r.Headers)
	}
}

func TestParametersOfOneGrant(t *testing.T) {
	mod := func(in *TokenInput) {
		in.Provider.Dialect.GrantParams = []flows.GrantParam{{Grant: flows.GrantClientCredentials, Name: "shop", Value: "s"}}
		in.Provider.Dialect.OmitScope = []flows.Grant{flows.GrantClientCredentials}
		in.Settings.TokenEdits = []flows.ParamEdit{{Op: flows.EditSet, Name: "shop", Value: "mine"}, {Op: flows.EditAdd, Name: "x", Value: "1"}, {Op: flows.EditAdd, Name: "x", Value: "2"}, {Op: flows.EditRemove, Name: "client_secret"}}
	}
	if body := string(ClientCredentials(tokenInput(mod)).Body); body != "grant_type=client_credentials&client_id=id%3A1&shop=mine&x=1&x=2" {
		t.Error(body)
	}
	if body := string(Refresh(tokenInput(mod), "r").Body); !strings.Contains(body, "shop=mine") || strings.Contains(body, "shop=s") {
		t.Error("a refresh carries the edit alone:", body)
	}
}

func TestRevokeAndIntrospect(t *testing.T) {
	form := Revoke(tokenInput(nil), "tok", "refresh_token")
	if !strings.HasPrefix(string(form.Body), "token=tok&token_type_hint=refresh_token&client_id=") {
		t.Errorf("%s", form.Body)
	}
	own := Revoke(tokenInput(func(in *TokenInput) { in.Provider.Dialect.RevokeAuth = flows.AuthJSON }), "tok", "access_token")
	if !strings.HasPrefix(string(own.Body), `{"token":"tok","client_id":`) {
		t.Errorf("%s", own.Body)
	}
	if r := Introspect(tokenInput(func(in *TokenInput) { in.Settings.AuthMethod = flows.AuthBasic }), "tok"); string(r.Body) != "token=tok" || !r.Headers.Has("Authorization") {
		t.Errorf("%s %v", r.Body, r.Headers)
	}
}

func TestAPIRequests(t *testing.T) {
	for _, c := range []struct {
		call       flows.APICall
		url, auth  string
		body, kind string
	}{
		{flows.APICall{Path: "/me"}, "https://api.example/base/me", "Bearer tok", "", ""},
		{flows.APICall{Path: "https://other.example/x?a=1#f", Query: []flows.Param{{Name: "q", Value: "a b"}}}, "https://other.example/x?a=1&q=a+b#f", "Bearer tok", "", ""},
		{flows.APICall{Path: "/q", Auth: "client_query"}, "https://api.example/base/q?client_id=id%3A1&client_secret=12345%3B%2B%C3%BC", "", "", ""},
		{flows.APICall{Path: "/j", Method: "POST", Auth: "client_json"}, "https://api.example/base/j", "", `{"client_id":"id:1","client_secret":"12345;+ü"}`, "application/json"},
		{flows.APICall{Path: "/p", Method: "POST", Body: "{}"}, "https://api.example/base/p", "Bearer tok", "{}", "application/json"},
	} {
		r := APIRequest(CallInput{TokenInput: tokenInput(nil), Call: c.call, AccessToken: "tok"})
		if r.URL != c.url || r.Headers.Get("Authorization") != c.auth || string(r.Body) != c.body || r.Headers.Get("Content-Type") != c.kind {
			t.Errorf("%+v: %s %v %s", c.call, r.URL, r.Headers, r.Body)
		}
	}
	basic := APIRequest(CallInput{TokenInput: tokenInput(nil), Call: flows.APICall{Path: "/b", Auth: "basic"}})
	if !strings.HasPrefix(basic.Headers.Get("Authorization"), "Basic ") {
		t.Error(basic.Headers)
	}
}

func TestAuthorizeURL(t *testing.T) {
	in := AuthorizeInput{
		Provider:    flows.Provider{Dialect: flows.Dialect{ScopeSeparator: ",", AuthorizeParams: []flows.Param{{Name: "prompt", Value: "consent"}}}},
		Environment: flows.Environment{Endpoints: flows.Endpoints{Authorization: "https://as.example/?x=1#frag"}},
		Settings: flows.Settings{ClientID: "id", RedirectURI: "http://127.0.0.1:1/cb?a=b", Scopes: []string{"openid", "a:b"}, PKCE: flows.PKCES256,
			AuthorizeEdits: []flows.ParamEdit{{Op: flows.EditAdd, Name: "resource", Value: "1"}, {Op: flows.EditAdd, Name: "resource", Value: "2"}, {Op: flows.EditRemove, Name: "prompt"}}},
		Drawn: flows.Drawn{State: secret("state", "st"), Verifier: secret("code_verifier", strings.Repeat("v", 43)), Nonce: "n"},
	}
	built := AuthorizeURL(in)
	u, err := url.Parse(built.URL)
	if err != nil || u.Fragment != "frag" || !strings.HasPrefix(u.RawQuery, "x=1&client_id=id&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb%3Fa%3Db&response_type=code&scope=openid%2Ca%3Ab&state=st&code_challenge=") {
		t.Fatal(built.URL, err)
	}
	q := u.Query()
	if len(q["resource"]) != 2 || q.Has("prompt") || q.Get("nonce") != "n" || q.Get("code_challenge_method") != "S256" || len(built.Deviations) != 3 {
		t.Error(built.URL, built.Deviations)
	}
	in.Provider.Dialect.OmitResponseType = true
	if strings.Contains(AuthorizeURL(in).URL, "response_type") {
		t.Error("response_type is not left out")
	}
	in.Environment.Endpoints.AuthorizeURL = "https://as.example/get"
	if r := AuthorizeURLCall(in); r.Method != "GET" || !strings.HasPrefix(r.URL, "https://as.example/get?client_id=id&") {
		t.Error(r.URL)
	}
}

func TestDiscoveryURLs(t *testing.T) {
	for issuer, want := range map[string]string{
		"https://as.example":        "https://as.example/.well-known/openid-configuration https://as.example/.well-known/oauth-authorization-server",
		"https://as.example/":       "https://as.example/.well-known/openid-configuration https://as.example/.well-known/oauth-authorization-server",
		"https://as.example/realm/": "https://as.example/realm/.well-known/openid-configuration https://as.example/.well-known/oauth-authorization-server/realm https://as.example/.well-known/openid-configuration/realm",
		"nonsense":                  "",
	} {
		if got := strings.Join(DiscoveryURLs(issuer), " "); got != want {
			t.Errorf("%s: %s", issuer, got)
		}
	}
}

func TestRefreshMargin(t *testing.T) {
	for _, c := range []struct{ life, timeout, want time.Duration }{
		{time.Hour, 30 * time.Second, time.Minute}, {time.Hour, 2 * time.Minute, 4 * time.Minute}, {5 * time.Minute, 30 * time.Second, 30 * time.Second},
		{time.Hour, 10 * time.Minute, 6 * time.Minute}, {24 * time.Hour, time.Second, time.Minute},
	} {
		if got := RefreshMargin(c.life, c.timeout); got != c.want {
			t.Errorf("%v, %v: %v", c.life, c.timeout, got)
		}
	}
}

func TestEditedHeadersKeepTheLengthTrue(t *testing.T) {
	r := ClientCredentials(tokenInput(func(in *TokenInput) {
		in.Settings.HeaderEdits = []flows.ParamEdit{{Op: flows.EditRemove, Name: "Content-Length"}, {Op: flows.EditSet, Name: "accept", Value: "*/*"}, {Op: flows.EditAdd, Name: "X-A", Value: "1"}}
	}))
	if r.Headers.Get("Accept") != "*/*" || r.Headers.Get("X-A") != "1" || r.Headers.Get("Content-Length") == "" {
		t.Error(r.Headers)
	}
}
