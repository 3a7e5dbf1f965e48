package provider

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// The files of testdata/examples are requests and answers as the providers' documents
// print them, byte for byte. A file's name begins with that of its profile.

func example(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/examples/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// profileOf finds the profile whose name begins the file's, the longest one.
func profileOf(t *testing.T, file string) flows.Provider {
	t.Helper()
	all := Embedded()
	var best flows.Provider
	for _, p := range all {
		if strings.HasPrefix(file, p.Name+"-") && len(p.Name) > len(best.Name) {
			best = p
		}
	}
	if best.Name == "" {
		t.Fatalf("no profile for %s", file)
	}
	return best
}

// body is the example without the head of an HTTP message.
func body(data []byte) []byte {
	if i := bytes.Index(data, []byte("\n{")); i >= 0 {
		return data[i+1:]
	}
	return data
}

// TestAnswersAreReadByTheProfile: the paths of the profile lead to the members of the
// documented answers.
func TestAnswersAreReadByTheProfile(t *testing.T) {
	tests := []struct {
		file, token, tokenType, expiresIn, refresh, scope string
	}{
		{"trustwill-token-response.json", "string", "Bearer", "3600", "string", "string"},
		{"trulioo-token-response.json", "authenticationtoken", "bearer", "3599", "", "workflow.studio.api"},
		{"truelayer-token-response.json", "eyJhbGciOiJSUzI1NiIsImtpZCI6", "Bearer", "3600", "", "payments"},
		{"trulioo-napi-token-response.http", "Eqb2qTGG9MV27k-10HH-", "Bearer", "1800", "", ""},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			p := profileOf(t, test.file)
			doc, err := rawjson.Parse(body(example(t, test.file)))
			if err != nil {
				t.Fatal(err)
			}
			f := p.Dialect.Fields
			read := func(paths []string) string {
				if n := doc.First(paths); n != nil {
					return n.Text
				}
				return ""
			}
			if got := read(f.AccessToken); !strings.HasPrefix(got, test.token) || got == "" {
				t.Errorf("access token is %q", got)
			}
			for what, got := range map[string][2]string{
				"token_type": {read(f.TokenType), test.tokenType}, "expires_in": {read(f.ExpiresIn), test.expiresIn},
				"refresh_token": {read(f.RefreshToken), test.refresh}, "scope": {read(f.Scope), test.scope},
			} {
				if got[0] != got[1] {
					t.Errorf("%s is %q, want %q", what, got[0], got[1])
				}
			}
			if s := p.Dialect.Success; s != nil {
				if n := doc.Lookup(s.Path); n == nil || n.Text != s.Equals {
					t.Errorf("the success predicate %+v does not hold", *s)
				}
			}
			if life := p.Lifetimes.AccessToken; life.Round(time.Minute) != seconds(t, test.expiresIn).Round(time.Minute) {
				t.Errorf("documented life is %v, the answer says %s s", life, test.expiresIn)
			}
			if test.scope != "" && strings.Contains(test.scope, ".api") {
				if !slices.ContainsFunc(p.Scopes, func(s flows.Scope) bool { return s.Name == test.scope }) {
					t.Errorf("scope %s is not in the profile", test.scope)
				}
			}
		})
	}
}

func seconds(t *testing.T, s string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(s + "s")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestCurlyQuotes: three of the documented answers are no JSON, because of “ and ”. The
// members before the damage are still read, and the damage is a problem, not a value.
func TestCurlyQuotes(t *testing.T) {
	for _, test := range []struct{ file, before, member string }{
		{"trulioo-napi-token-response.http", "$.token_type", "$.scope"},
		{"trulioo-napi-invalid-client.http", "", "$.error"},
		{"trulioo-napi-unsupported-grant-type.http", "", "$.error"},
	} {
		data := body(example(t, test.file))
		if !bytes.ContainsRune(data, '“') || !bytes.ContainsRune(data, '”') {
			t.Errorf("%s has lost its curly quotes", test.file)
		}
		doc, err := rawjson.Parse(data)
		if err != nil {
			t.Errorf("%s: %v", test.file, err)
			continue
		}
		if len(doc.Problems) == 0 {
			t.Errorf("%s: taken for right", test.file)
		}
		if test.before != "" && doc.Lookup(test.before) == nil {
			t.Errorf("%s: %s was not kept", test.file, test.before)
		}
		if n := doc.Lookup(test.member); n != nil {
			t.Errorf("%s: %s was read as %q", test.file, test.member, n.Text)
		}
		if test.before == "" {
			p := profileOf(t, test.file)
			head, _, _ := bytes.Cut(example(t, test.file), []byte("\n"))
			if !bytes.Contains(head, []byte("400")) || p.Simulator.InvalidClient != 400 {
				t.Errorf("%s: documented %q, the simulator answers %d", test.file, head, p.Simulator.InvalidClient)
			}
		}
	}
}

// TestRequestsFollowTheProfile: the documented requests are of the kind that the profile
// describes: endpoint, body, credentials, scope.
func TestRequestsFollowTheProfile(t *testing.T) {
	tests := []struct {
		file    string
		params  map[string]string
		host    string // as printed; a sample host where the document has one
		grant   flows.Grant
		noScope bool
	}{
		{"trustwill-token-request.json", map[string]string{"grant_type": "authorization_code", "client_id": "trustwill", "code": "6y/ly4b0PVJLCv6fafC2Xg==", "redirect_uri": "http://localhost:3000/oauth/callback"}, "", flows.GrantAuthorizationCode, true},
		{"trulioo-token-request.http", map[string]string{"grant_type": "client_credentials", "scope": "workflow.studio.api", "client_id": "12345x2e0", "client_secret": "12345;"}, "auth-api-primary.dev.trulioo.com", flows.GrantClientCredentials, false},
		{"trulioo-napi-token-request.http", map[string]string{"grant_type": "client_credentials", "client_id": "client1", "client_secret": "secret"}, "", flows.GrantClientCredentials, true},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			p := profileOf(t, test.file)
			data := example(t, test.file)
			got := params(t, p, data)
			for name, want := range test.params {
				if got[name] != want {
					t.Errorf("%s is %q, want %q", name, got[name], want)
				}
			}
			if !p.HasGrant(test.grant) || got["grant_type"] != string(test.grant) {
				t.Errorf("grant %s", test.grant)
			}
			if got["client_secret"] == "" || p.Dialect.ClientAuth == flows.AuthBasic {
				t.Error("the documented request carries the secret in its body, the profile says otherwise")
			}
			if omitted := slices.Contains(p.Dialect.OmitScope, test.grant); test.grant == flows.GrantClientCredentials && omitted != test.noScope {
				t.Errorf("omit_scope is %v", omitted)
			}
			if test.host != "" && (!bytes.Contains(data, []byte("Host: "+test.host)) || !slices.Contains(p.SampleHosts, test.host)) {
				t.Errorf("host %s is no sample host of the profile", test.host)
			}
		})
	}
}

// params decodes the body of a documented request by the profile's encoding. Documents
// break long forms into lines.
func params(t *testing.T, p flows.Provider, data []byte) map[string]string {
	t.Helper()
	out := map[string]string{}
	if p.Dialect.TokenBody == flows.BodyJSON {
		if err := json.Unmarshal(data, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	form := data[bytes.Index(data, []byte("urlencoded\n"))+len("urlencoded\n"):]
	if i := bytes.LastIndex(form, []byte("Content-Length: 150\n")); i >= 0 {
		form = form[i+len("Content-Length: 150\n"):]
	}
	values, err := url.ParseQuery(strings.ReplaceAll(strings.TrimSpace(string(form)), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	for name := range values {
		out[name] = values.Get(name)
	}
	return out
}

// TestURLsOfTheDocumentsAreEndpoints: every URL in the examples is an endpoint of some
// environment, query left aside.
func TestURLsOfTheDocumentsAreEndpoints(t *testing.T) {
	for _, test := range []struct{ file, environment string }{
		{"truss-authorize-production.url", flows.EnvProduction},
		{"truss-authorize-sandbox.url", flows.EnvSandbox},
		{"trustwill-token-request.curl", flows.EnvProduction},
		{"truelayer-token-request.curl", flows.EnvProduction},
	} {
		text := string(example(t, test.file))
		text = text[strings.Index(text, "https://"):]
		text, _, _ = strings.Cut(strings.FieldsFunc(text, func(r rune) bool { return r == '\'' || r == '\n' })[0], "?")
		env, ok := profileOf(t, test.file).Environment(test.environment)
		if !ok || text != env.Endpoints.Authorization && text != env.Endpoints.Token {
			t.Errorf("%s: %s is no endpoint of %s", test.file, text, test.environment)
		}
	}
}

// TestAuthorizeExamples: the scopes of the documented URL are those asked for by default.
func TestAuthorizeExamples(t *testing.T) {
	for _, file := range []string{"truss-authorize-production.url", "truss-authorize-sandbox.url"} {
		p := profileOf(t, file)
		u, err := url.Parse(strings.TrimSpace(string(example(t, file))))
		if err != nil {
			t.Fatal(err)
		}
		var byDefault []string
		for _, s := range p.Scopes {
			if s.Default {
				byDefault = append(byDefault, s.Name)
			}
		}
		if got := u.Query().Get("scope"); got != strings.Join(byDefault, p.Dialect.ScopeSeparator) {
			t.Errorf("%s asks for %q, the profile for %q", file, got, byDefault)
		}
		if u.Query().Get("response_type") != "code" || p.Dialect.OmitResponseType {
			t.Error("response_type")
		}
	}
}

// TestDocumentedToken takes the example token apart: the simulator's tokens look like it.
func TestDocumentedToken(t *testing.T) {
	const file = "truelayer-token-response.json"
	p := profileOf(t, file)
	doc, err := rawjson.Parse(example(t, file))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(doc.First(p.Dialect.Fields.AccessToken).Text, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	var head struct{ Typ, Alg string }
	var claims struct {
		Iss, Aud string
		Iat, Exp int64
		Scope    []string
		ClientID string `json:"client_id"`
	}
	for i, into := range []any{&head, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	s := p.Simulator
	if head.Typ != s.AccessTokenFormat || head.Alg != s.Algorithm || !slices.Equal([]string{claims.Aud}, s.Audience) || !s.ScopeClaimArray || len(claims.Scope) != 1 {
		t.Errorf("documented %+v %+v, simulated %+v", head, claims, s)
	}
	if life := time.Duration(claims.Exp-claims.Iat) * time.Second; life != p.Lifetimes.AccessToken {
		t.Errorf("the token lives %v, the profile says %v", life, p.Lifetimes.AccessToken)
	}
	sandbox, ok := p.Environment(flows.EnvSandbox)
	if !ok || sandbox.Endpoints.Issuer != claims.Iss || !slices.ContainsFunc(sandbox.ClientIDPrefixes, func(x string) bool { return strings.HasPrefix(claims.ClientID, x) }) {
		t.Errorf("issuer %s and client id %s do not fit the sandbox %+v", claims.Iss, claims.ClientID, sandbox)
	}
}

// TestDocumentedFacts holds what the documents say and no example shows.
func TestDocumentedFacts(t *testing.T) {
	all := Embedded()
	by := map[string]flows.Provider{}
	for _, p := range all {
		by[p.Name] = p
	}
	const month = 30 * 24 * time.Hour
	truss, trustwill, data := by["truss"], by["trustwill"], by["truelayer-data"]
	checks := map[string]bool{
		"truss: 60 minutes":                         truss.Lifetimes.AccessToken == time.Hour,
		"truss: 6 months, 3 more per use":           truss.Lifetimes.RefreshToken == 6*month && truss.Lifetimes.RefreshExtend == 3*month,
		"truss: keep the old refresh token":         truss.Dialect.Rotation == flows.RotationIfReturned,
		"truss: offline_access":                     truss.Dialect.OfflineScope == "offline_access",
		"truss: two hosts":                          hosts(truss, flows.EnvProduction) == "app.trusspayments.com bold-jester-7561.customers.stytch.com",
		"truss: two sandbox hosts":                  hosts(truss, flows.EnvSandbox) == "app.staging.trusspayments.com vine-fire-5666.customers.stytch.dev",
		"truss: PKCE S256":                          truss.Dialect.PKCE == flows.SupportOptional && truss.Dialect.PKCEMethod == flows.PKCES256,
		"trustwill: URL from a call":                trustwill.Dialect.AuthorizeDelivery == flows.DeliverURLFromAPI && trustwill.Dialect.CodeInBody,
		"trustwill: revocation without an envelope": trustwill.Dialect.Success.AbsentPasses,
		"trustwill: server clock":                   trustwill.Dialect.ServerTime == "$.time",
		"trustwill: all its calls":                  len(trustwill.Calls) == 4,
		"trustwill: three grants":                   trustwill.HasGrant(flows.GrantClientCredentials) && trustwill.HasGrant(flows.GrantRefreshToken) && trustwill.Grants[0] == flows.GrantAuthorizationCode,
		"trulioo: expiry in the token":              by["trulioo"].Dialect.ExpiryFromToken,
		"trulioo: alternates":                       slices.Equal(by["trulioo"].Dialect.Fields.AccessToken, []string{"$.Token", "$.access_token", "$.Result.Token"}),
		"trulioo: old tokens stay":                  !by["trulioo"].Dialect.NewestTokenOnly,
		"trulioo-napi: granted without asking":      by["trulioo-napi"].Simulator.GrantedScope == "napi.api",
		"trulioo-legacy: no token":                  slices.Equal(by["trulioo-legacy"].Grants, []flows.Grant{flows.GrantBasic}),
		"truelayer: required and legacy scopes":     requiredAndLegacy(by["truelayer"]) == "payments | payouts paydirect",
		"truelayer-data: root path":                 strings.HasSuffix(data.Environments[0].Endpoints.Authorization, ".com/"),
		"truelayer-data: 5 minutes, 90 days":        data.Lifetimes.Code == 5*time.Minute && data.Lifetimes.Consent == 90*24*time.Hour,
		"truelayer-data: its own error":             data.Simulator.InvalidGrantCode == "invalid_authorization_code",
		"truelayer-data: newest token only":         data.Dialect.NewestTokenOnly,
		"custom: no endpoints":                      by["custom"].Environments[0].Endpoints == flows.Endpoints{},
	}
	for what, ok := range checks {
		if !ok {
			t.Error(what)
		}
	}
}

func hosts(p flows.Provider, env string) string {
	e, _ := p.Environment(env)
	return flows.HostOf(e.Endpoints.Authorization) + " " + flows.HostOf(e.Endpoints.Token)
}

func requiredAndLegacy(p flows.Provider) string {
	var required, legacy []string
	for _, s := range p.Scopes {
		if s.Required {
			required = append(required, s.Name)
		}
		if s.Legacy {
			legacy = append(legacy, s.Name)
		}
	}
	return strings.Join(required, " ") + " | " + strings.Join(legacy, " ")
}
