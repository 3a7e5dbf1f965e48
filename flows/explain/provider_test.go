package explain

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// odd is a provider that does everything in its own way.
func odd() flows.Provider {
	return flows.Provider{
		Name: "odd", Grants: []flows.Grant{flows.GrantAuthorizationCode, flows.GrantRefreshToken, flows.GrantBasic},
		Environments: []flows.Environment{
			{Name: "sandbox", ClientIDPrefixes: []string{"sb-"}}, {Name: "production", ClientIDPrefixes: []string{"live-", "pr-"}},
		},
		Scopes: []flows.Scope{{Name: "base", Required: true, Meaning: "the least that can be asked for"}, {Name: "more", Legacy: true, Grants: []flows.Grant{flows.GrantClientCredentials}}},
		Dialect: flows.Dialect{
			ClientAuth: flows.AuthJSON, TokenBody: flows.BodyJSON, ScopeSeparator: ",", OmitScope: []flows.Grant{flows.GrantRefreshToken},
			PKCE: flows.SupportRequired, PKCEMethod: flows.PKCES256, AuthorizeDelivery: flows.DeliverURLFromAPI, CodeInBody: true, OmitResponseType: true,
			AuthorizeParams: []flows.Param{{Name: "access_type", Value: "offline"}}, TokenParams: []flows.Param{{Name: "audience", Value: "api"}},
			GrantParams:  []flows.GrantParam{{Grant: flows.GrantAuthorizationCode, Name: "shop_id", Meaning: "the shop that the token is for"}},
			TokenHeaders: []flows.Header{{Name: "Accept", Value: "application/json"}},
			Fields:       flows.FieldPaths{AccessToken: []string{"$.data.access_token", "$.Token"}, Error: []string{"$.message"}, Code: []string{"$.data.code"}},
			Success:      &flows.Predicate{Path: "$.code", Equals: "0"}, Failure: &flows.Predicate{Path: "$.error"},
			Rotation: flows.RotationIfReturned, OfflineScope: "offline", ExpiryFromToken: true, ServerTime: "$.time", NewestTokenOnly: true, AuthScheme: "Odd-token",
		},
		Lifetimes: flows.Lifetimes{Code: 5 * time.Minute, AccessToken: time.Hour, RefreshToken: 90 * 24 * time.Hour, RefreshExtend: 30 * 24 * time.Hour},
		Notes:     []flows.Note{{Step: flows.StepCall, Text: "Calls need a signature"}, {Text: "for the catalogue"}},
		Simulator: flows.SimulatorDefaults{InvalidClient: 400, InvalidGrantCode: "bad_code", ScopeClaimArray: true,
			AuthMethods: []flows.AuthMethod{flows.AuthJSON, flows.AuthPost}, OmitErrorDescription: true},
	}
}

// forProvider is ForProvider as one text.
func forProvider(p flows.Provider, kind Kind, name string) string {
	return strings.Join(ForProvider(p, kind, name), " ")
}

func TestForProvider(t *testing.T) {
	p := odd()
	for _, tc := range []struct {
		kind Kind
		name string
		want string // parts, divided by |
	}{
		{KindParam, "scope", "with a comma|without base|only if offline|no scope with the grant refresh_token"},
		{"parameter token", "scope", "with a comma"},
		{"authorize", "scope", "with a comma"},
		{KindParam, "response_type", "takes no response_type"},
		{KindParam, "code_challenge", "demands PKCE with the method S256"},
		{KindParam, "client_id", "sb- in sandbox, live- or pr- in production|JSON body"},
		{KindParam, "client_secret", "JSON body"},
		{KindParam, "access_type", "always gets access_type=offline in the authorization request"},
		{KindParam, "audience", "always gets audience=api in token requests"},
		{KindParam, "shop_id", "with the grant authorization_code: the shop"},
		{KindParam, "code", "5 minutes|JSON body instead of a redirect at $.data.code"},
		{KindParam, "grant_type", "authorization_code, refresh_token, basic"},
		{KindParam, "refresh_token", "replaces the old one|90 days|30 days"},
		{KindParam, "token", "as JSON"},
		{KindField, "access_token", "$.data.access_token or $.Token|1 hour|Only the newest"},
		{KindField, "token_type", "Odd-token"},
		{KindField, "expires_in", "exp claim"},
		{KindField, "refresh_token", "only if offline"},
		{KindField, "error", "$.message|failure when $.error is there"},
		{KindField, "data", "wraps its answer in data"},
		{KindField, "code", "success when this is 0"},
		{KindField, "time", "own clock"},
		{KindHeader, "authorization", "Odd-token|Basic header with every call"},
		{KindHeader, "Content-Type", "application/json"},
		{KindHeader, "Accept", "always gets Accept: application/json"},
		{KindHeader, "Date", "$.time"},
		{KindClaim, "exp", "1 hour"},
		{KindClaim, "scope", "a list"},
		{KindError, "invalid_client", "status 400|no description"},
		{KindError, "invalid_grant", "says bad_code instead"},
		{KindError, "bad_code", "not good|5 minutes"},
		{KindGrant, "authorization_code", "usual grant|needs shop_id"},
		{KindGrant, "refresh_token", "carries no scope"},
		{KindGrant, "client_credentials", "does not have this grant"},
		{KindAuth, "client_secret_json", "JSON body"},
		{KindAuth, "client_secret_post", "accepts it too"},
		{KindAuth, "none", "uses client_secret_json"},
		{KindScope, "base", "The least that can be asked for.|Nothing works here without it"},
		{KindScope, "more", "older interface|client_credentials"},
		{KindScope, "offline", "only if offline"},
		{KindStep, "authorize_url", "call to its API"},
		{KindStep, "callback", "code in a JSON body"},
		{KindStep, "exchange", "JSON, not a form|5 minutes"},
		{KindStep, "refresh", "offline"},
		{KindStep, "revoke", "No revocation endpoint"},
		{KindStep, "jwks", "No key set"},
		{KindStep, "call", "Calls need a signature."},
	} {
		got := forProvider(p, tc.kind, tc.name)
		for _, part := range strings.Split(tc.want, "|") {
			if !strings.Contains(got, part) {
				t.Errorf("%s %s: %q does not say %q", tc.kind, tc.name, got, part)
			}
		}
		if strings.Contains(got, "  ") || got != strings.TrimSpace(got) || !strings.HasSuffix(got, ".") {
			t.Errorf("%s %s: odd text %q", tc.kind, tc.name, got)
		}
		if strings.Contains(strings.ToLower(got), "odd ") {
			t.Errorf("%s %s names the provider: %q", tc.kind, tc.name, got)
		}
	}
}

// Where the profile says nothing, nothing is said; where it says the usual, nothing odd.
func TestForAnOrdinaryProvider(t *testing.T) {
	plain := flows.Provider{Grants: []flows.Grant{flows.GrantAuthorizationCode}, Dialect: flows.Dialect{ScopeSeparator: " ", AuthScheme: "bearer",
		Fields: flows.FieldPaths{AccessToken: []string{"$.access_token"}}}}
	for _, e := range All() {
		got := forProvider(flows.Provider{}, e.Kind, e.Name)
		if got != "" {
			t.Errorf("%s %s: %q about an empty profile", e.Kind, e.Name, got)
		}
	}
	for _, quiet := range []struct {
		kind Kind
		name string
	}{
		{KindParam, "scope"}, {KindField, "access_token"}, {KindField, "token_type"}, {KindHeader, "Authorization"}, {KindHeader, "Content-Type"},
		{KindError, "invalid_client"}, {KindGrant, "authorization_code"}, {KindStep, "authorize_url"}, {"no such kind", "x"},
	} {
		if got := forProvider(plain, quiet.kind, quiet.name); got != "" {
			t.Errorf("%s %s: %q", quiet.kind, quiet.name, got)
		}
	}
}

func TestEveryVariantHasItsWords(t *testing.T) {
	for want, d := range map[string]flows.Dialect{
		"plus sign":         {ScopeSeparator: "+"},
		"semicolon":         {ScopeSeparator: ";"},
		`with "|"`:          {ScopeSeparator: "|"},
		"being form-encod":  {ClientAuth: flows.AuthBasic, BasicEncoding: flows.BasicRaw},
		"header of the tok": {ClientAuth: flows.AuthBasic},
		"into the body":     {ClientAuth: flows.AuthPost},
		"no secret":         {ClientAuth: flows.AuthNone},
		"accepts PKCE":      {PKCE: flows.SupportOptional, PKCEMethod: flows.PKCES256},
		"refuses":           {PKCE: flows.SupportRefused},
		"not documented":    {},
		"with every refr":   {Rotation: flows.RotationAlways},
		"keeps the same":    {Rotation: flows.RotationNever},
		"status says":       {Failure: &flows.Predicate{Path: "$.ok", Equals: "false"}},
		"failure when $.ok": {Failure: &flows.Predicate{Path: "$.ok", Equals: "false"}},
	} {
		p := flows.Provider{Dialect: d, Grants: []flows.Grant{flows.GrantAuthorizationCode}}
		all := forProvider(p, KindParam, "scope") + forProvider(p, KindParam, "client_secret") + forProvider(p, KindParam, "code_verifier") +
			forProvider(p, KindStep, "refresh") + forProvider(p, KindField, "ok")
		if !strings.Contains(all, want) {
			t.Errorf("nothing says %q: %q", want, all)
		}
	}
	for l, want := range map[flows.Lifetimes]string{
		{RefreshText: "6 months, +3 months per use"}: "6 months, +3 months per use.",
		{RefreshToken: 24 * time.Hour}:               "lives 1 day",
		{Consent: 90 * 24 * time.Hour}:               "consent lasts 90 days",
	} {
		if got := forProvider(flows.Provider{Lifetimes: l}, KindParam, "refresh_token"); !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Hour: "1 hour", 90 * time.Minute: "90 minutes", 5 * time.Minute: "5 minutes", 90 * time.Second: "90 seconds",
		time.Minute: "1 minute", 24 * time.Hour: "1 day", 30 * 24 * time.Hour: "30 days", 25 * time.Hour: "25 hours", 1500 * time.Millisecond: "1.5s",
	} {
		if got := words(d); got != want {
			t.Errorf("words(%v) = %q, want %q", d, got, want)
		}
	}
}

func BenchmarkShort(b *testing.B) {
	for b.Loop() {
		Short(KindParam, "redirect_uri")
	}
}
