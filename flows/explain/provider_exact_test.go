package explain

import (
	"testing"
	"time"

	"oauthlens/flows"
)

// far is a provider with every field at a place of its own, and every endpoint.
func far() flows.Provider {
	return flows.Provider{
		Name: "far", Grants: []flows.Grant{flows.GrantClientCredentials, flows.GrantAuthorizationCode},
		Environments: []flows.Environment{{Name: "sandbox"}, {Name: "production", Endpoints: flows.Endpoints{
			Revocation: "https://far.test/revoke", Introspection: "https://far.test/introspect", UserInfo: "https://far.test/me", JWKS: "https://far.test/keys", Issuer: "https://far.test",
		}}},
		Scopes: []flows.Scope{{Name: "read"}, {Name: "write", Meaning: "to change things."}},
		Dialect: flows.Dialect{
			ClientAuth: flows.AuthBasic, ScopeSeparator: ",", PKCE: flows.SupportOptional, RevokeBody: flows.BodyJSON,
			GrantParams:  []flows.GrantParam{{Grant: flows.GrantAuthorizationCode, Name: "shop"}},
			TokenHeaders: []flows.Header{{Name: "X-Far", Value: "1"}},
			Fields: flows.FieldPaths{AccessToken: []string{"$.access_token"}, TokenType: []string{"$.kind"}, ExpiresIn: []string{"$.ttl"}, IDToken: []string{"$.id"}, Scope: []string{"$.access"},
				ErrorDescription: []string{"$.why"}, RequestID: []string{"$.trace"}, AuthorizeURL: []string{"$.link"}, RefreshToken: []string{"$.refresh_token", "$.rt"}},
		},
		Lifetimes: flows.Lifetimes{RefreshToken: 24 * time.Hour},
		Simulator: flows.SimulatorDefaults{InvalidClient: 401, InvalidGrantCode: "invalid_grant", OmitErrorDescription: true},
		Notes:     []flows.Note{{Step: flows.StepCall, Text: "Calls need a signature."}},
	}
}

// TestExactlyWhatTheProfileSays: the whole text, so that nothing is said beside it, and
// nothing where the profile has the usual.
func TestExactlyWhatTheProfileSays(t *testing.T) {
	const comma = "This provider separates scopes with a comma."
	not := flows.Provider{Dialect: flows.Dialect{Failure: &flows.Predicate{Path: "$.ok", Equals: "false"}}}
	none := flows.Provider{Environments: []flows.Environment{{Name: "production"}}}
	for _, tc := range []struct {
		p    flows.Provider
		kind Kind
		name string
		want string
	}{
		{far(), KindField, "access_token", ""},
		{far(), KindField, "token_type", "At this provider it stands at $.kind."},
		{far(), KindField, "expires_in", "At this provider it stands at $.ttl."},
		{far(), KindField, "id_token", "At this provider it stands at $.id."},
		{far(), KindField, "scope", "At this provider it stands at $.access. " + comma},
		{far(), KindField, "error", ""},
		{far(), KindField, "error_description", "At this provider it stands at $.why."},
		{far(), KindField, "request_id", "At this provider it stands at $.trace."},
		{far(), KindField, "authorize_url", "At this provider it stands at $.link."},
		{far(), KindField, "refresh_token", "At this provider it stands at $.refresh_token or $.rt. It lives 1 day at this provider."},
		{far(), KindField, "code", ""},
		{far(), KindField, "", ""},
		{odd(), KindField, "request_id", ""},
		{odd(), KindField, "ok", ""},
		{not, KindField, "ok", "An answer of this provider is a failure when $.ok is false, whatever the HTTP status says."},
		{not, KindField, "code", ""},
		{odd(), KindHeader, "Authorization", "The API of this provider wants the scheme Odd-token instead of Bearer. An API of this provider takes name and password in the Basic header with every call."},
		{far(), KindHeader, "Authorization", "Client id and secret go into the Basic header of the token request here."},
		{far(), KindHeader, "x-far", "This provider always gets X-Far: 1 in token requests."},
		{far(), KindHeader, "X-Near", ""},
		{far(), KindHeader, "Date", ""},
		{far(), KindClaim, "exp", ""},
		{far(), KindClaim, "scp", ""},
		{odd(), KindClaim, "scp", "In this provider's tokens the scopes are a list."},
		{odd(), KindClaim, "sub", ""},
		{far(), KindError, "invalid_client", ""},
		{far(), KindError, "invalid_grant", ""},
		{far(), KindError, "access_denied", ""},
		{odd(), KindError, "access_denied", ""},
		{odd(), KindError, "invalid_client", "This provider answers it with status 400 instead of 401. There is no description beside it."},
		{far(), KindGrant, "client_credentials", "This is the usual grant at this provider."},
		{far(), KindGrant, "authorization_code", "It needs shop."},
		{far(), KindScope, "read", ""},
		{far(), KindScope, "write", "To change things."},
		{far(), KindScope, "admin", ""},
		{odd(), KindScope, "base", "The least that can be asked for. Nothing works here without it."},
		{odd(), KindScope, "more", "It belongs to an older interface of this provider. It goes with the grant client_credentials."},
		{far(), KindParam, "client_id", "Client id and secret go into the Basic header of the token request here."},
		{far(), KindParam, "code_challenge", "This provider accepts PKCE; if a challenge was sent, the verifier is a must."},
		{far(), KindParam, "shop_id", ""},
		{far(), KindParam, "nonce", ""},
		{odd(), KindParam, "code_challenge_method", "This provider demands PKCE with the method S256."},
		{far(), KindStep, "revoke", "This provider takes the revocation request as JSON."},
		{far(), KindStep, "introspect", ""},
		{far(), KindStep, "userinfo", ""},
		{far(), KindStep, "jwks", ""},
		{far(), KindStep, "discovery", ""},
		{far(), KindStep, "call", "Calls need a signature."},
		{far(), KindStep, "refresh", "It lives 1 day at this provider."},
		{none, KindStep, "revoke", "No revocation endpoint of this provider is known."},
		{none, KindStep, "introspect", "No introspection endpoint of this provider is known."},
		{none, KindStep, "userinfo", "No userinfo endpoint of this provider is known."},
		{none, KindStep, "jwks", "No key set of this provider is known."},
		{none, KindStep, "discovery", "No discovery document of this provider is known."},
		{odd(), KindStep, "authorize", "This provider may answer the authorization request with the code in a JSON body instead of a redirect at $.data.code."},
		{odd(), KindStep, "discovery", "No discovery document of this provider is known."},
	} {
		if got := forProvider(tc.p, tc.kind, tc.name); got != tc.want {
			t.Errorf("%s, %s %s:\n got %q\nwant %q", tc.p.Name, tc.kind, tc.name, got, tc.want)
		}
	}
}

// TestContexts: in which message a step's parameters stand, and where else their
// explanation is looked for.
func TestContexts(t *testing.T) {
	for step, want := range map[flows.StepKind]Context{
		flows.StepAuthorizeURL: InAuthorize, flows.StepAuthorize: InAuthorize, flows.StepCallback: InCallback, flows.StepRevoke: InRevoke, flows.StepIntrospect: InIntrospect,
		flows.StepDevice: InDevice, flows.StepPAR: InPAR, flows.StepExchange: InToken, flows.StepRefresh: InToken, flows.StepCall: InToken, flows.StepOther: InToken,
	} {
		if got := ContextOf(step); got != want {
			t.Errorf("%s: %s, want %s", step, got, want)
		}
	}
	for _, tc := range []struct {
		name string
		in   Context
		from Context // where the text is taken from
	}{
		{"client_id", InAuthorize, InAuthorize}, {"client_secret", InAuthorize, InToken}, {"client_secret", InLogout, InToken}, {"nonce", InLogout, InAuthorize},
		{"client_id", InCallback, InAuthorize}, {"grant_type", InCallback, InToken}, {"nonce", InIntrospect, InAuthorize}, {"iss", InIntrospect, InCallback},
	} {
		if e, ok := Param(tc.name, tc.in); !ok || e.Context != tc.from {
			t.Errorf("%s in %s: from %s, want %s", tc.name, tc.in, e.Context, tc.from)
		}
	}
	for name, want := range map[string]bool{"200": true, "599": true, "600": false, "2xx": false, "": false} {
		if _, ok := Lookup(KindStatus, name); ok != want {
			t.Errorf("status %q is explained: %v", name, ok)
		}
	}
	for _, private := range []string{"http://example.com/roles", "urn:x:y"} {
		if e, ok := Claim(private); !ok || e.Name != private {
			t.Errorf("the claim %s is %+v", private, e)
		}
	}
}
