package provider

import (
	"math"
	"slices"
	"time"

	"oauthlens/flows"
)

// DefaultRedirectURI is where a new run listens unless the profile says otherwise.
const DefaultRedirectURI = "http://127.0.0.1:53682/callback"

// convert makes the vocabulary's value of a checked profile. Defaults are filled in
// here, so that the engine never meets an empty dialect field that means "the usual".
// Every list is a copy: a caller may change its provider.
func (p *profile) convert() *flows.Provider {
	return &flows.Provider{
		Name: p.Name, Title: p.Title, Summary: p.Summary,
		Environments: each(p.Environments, environment.convert),
		Grants:       grants(p.Grants),
		Dialect:      p.Dialect.convert(),
		Lifetimes:    p.Lifetimes.convert(),
		Scopes:       each(p.Scopes, scope.convert),
		Defaults:     flows.Defaults{RedirectURI: or(p.Defaults.RedirectURI, DefaultRedirectURI)},
		Notes:        each(p.Notes, note.convert),
		Calls:        each(p.Calls, call.convert),
		SampleHosts:  slices.Clone(p.SampleHosts),
		Simulator:    p.Simulator.convert(p.Lifetimes),
		Sources:      each(p.Sources, source.convert),
	}
}

// order is the place in the catalogue; files that name none come last.
func (p profile) order() int {
	if p.Order == 0 {
		return math.MaxInt
	}
	return p.Order
}

func each[A, B any](list []A, f func(A) B) []B {
	if list == nil {
		return nil
	}
	out := make([]B, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

func or[T ~string](s string, byDefault T) T {
	if s == "" {
		return byDefault
	}
	return T(s)
}

func grants(list []string) []flows.Grant {
	return each(list, func(s string) flows.Grant { return flows.Grant(s) })
}

func (e environment) convert() flows.Environment {
	return flows.Environment{
		Name:             e.Name,
		Endpoints:        flows.Endpoints(e.Endpoints),
		ClientIDPrefixes: slices.Clone(e.ClientIDPrefixes),
		Notes:            each(e.Notes, note.convert),
	}
}

func (d *dialect) convert() flows.Dialect {
	method := flows.PKCES256
	if flows.Support(d.PKCE) == flows.SupportRefused {
		method = flows.PKCEOff
	}
	return flows.Dialect{
		ClientAuth:        or(d.ClientAuth, flows.AuthBasic),
		BasicEncoding:     or(d.BasicEncoding, flows.BasicRFC6749),
		TokenBody:         or(d.TokenBody, flows.BodyForm),
		ScopeSeparator:    or(d.ScopeSeparator, " "),
		OmitScope:         grants(d.OmitScope),
		PKCE:              flows.Support(d.PKCE),
		PKCEMethod:        or(d.PKCEMethod, method),
		AuthorizeDelivery: or(d.AuthorizeDelivery, flows.DeliverBrowser),
		CodeInBody:        d.CodeInBody,
		OmitResponseType:  d.OmitResponseType,
		AuthorizeParams:   each(d.AuthorizeParams, param.convert),
		TokenParams:       each(d.TokenParams, param.convert),
		GrantParams: each(d.GrantParams, func(g grantParam) flows.GrantParam {
			return flows.GrantParam{Grant: flows.Grant(g.Grant), Name: g.Name, Value: g.Value, Meaning: g.Meaning}
		}),
		TokenHeaders:    each(d.TokenHeaders, param.header),
		Fields:          d.Fields.convert(),
		Success:         d.Success.convert(),
		Failure:         d.Failure.convert(),
		Rotation:        or(d.Rotation, flows.RotationIfReturned),
		OfflineScope:    d.OfflineScope,
		RevokeAuth:      flows.AuthMethod(d.RevokeAuth),
		RevokeBody:      flows.BodyEncoding(d.RevokeBody),
		ExpiryFromToken: d.ExpiryFromToken,
		ServerTime:      d.ServerTime,
		NewestTokenOnly: d.NewestTokenOnly,
		AuthScheme:      or(d.AuthScheme, "Bearer"),
	}
}

func (f fieldPaths) convert() flows.FieldPaths {
	paths := func(list []string, byDefault string) []string {
		if len(list) == 0 && byDefault != "" {
			return []string{byDefault}
		}
		return slices.Clone(list)
	}
	return flows.FieldPaths{
		AccessToken:      paths(f.AccessToken, "$.access_token"),
		TokenType:        paths(f.TokenType, "$.token_type"),
		ExpiresIn:        paths(f.ExpiresIn, "$.expires_in"),
		RefreshToken:     paths(f.RefreshToken, "$.refresh_token"),
		RefreshExpiresIn: paths(f.RefreshExpiresIn, ""),
		IDToken:          paths(f.IDToken, "$.id_token"),
		Scope:            paths(f.Scope, "$.scope"),
		Error:            paths(f.Error, "$.error"),
		ErrorDescription: paths(f.ErrorDescription, "$.error_description"),
		RequestID:        paths(f.RequestID, ""),
		AuthorizeURL:     paths(f.AuthorizeURL, "$.authorize_url"),
		Code:             paths(f.Code, "$.code"),
		State:            paths(f.State, "$.state"),
	}
}

func (p *predicate) convert() *flows.Predicate {
	if p == nil {
		return nil
	}
	return &flows.Predicate{Path: p.Path, Equals: p.Equals, AbsentPasses: p.AbsentPasses}
}

func (l lifetimes) convert() flows.Lifetimes {
	return flows.Lifetimes{
		Code:          duration(l.Code),
		AccessToken:   duration(l.AccessToken),
		RefreshToken:  duration(l.RefreshToken),
		RefreshExtend: duration(l.RefreshExtend),
		Consent:       duration(l.Consent),
		RefreshText:   l.RefreshText,
	}
}

// duration converts a checked text; the empty one is zero, not documented.
func duration(s string) time.Duration {
	d, _ := parseDuration(s)
	return d
}

func (s scope) convert() flows.Scope {
	return flows.Scope{Name: s.Name, Meaning: s.Meaning, Default: s.Default, Required: s.Required, Legacy: s.Legacy, Grants: grants(s.Grants)}
}

func (n note) convert() flows.Note { return flows.Note{Step: flows.StepKind(n.Step), Text: n.Text} }

func (p param) convert() flows.Param { return flows.Param{Name: p.Name, Value: p.Value} }
func (p param) header() flows.Header { return flows.Header{Name: p.Name, Value: p.Value} }

func (c call) convert() flows.APICall {
	return flows.APICall{
		Name: c.Name, Method: or(c.Method, "GET"), Path: c.Path,
		Query: each(c.Query, param.convert), Headers: each(c.Headers, func(p param) flows.Header { return p.header() }),
		Body: c.Body, Auth: or(c.Auth, "token"), Note: c.Note, Revokes: c.Revokes,
	}
}

// convert fills in what the profile says elsewhere: the life of an access token.
func (s simulator) convert(l lifetimes) flows.SimulatorDefaults {
	out := flows.SimulatorDefaults{
		AccessTokenFormat:    or(s.AccessTokenFormat, "opaque"),
		Algorithm:            or(s.Algorithm, "RS256"),
		Audience:             slices.Clone(s.Audience),
		ScopeClaimArray:      s.ScopeClaimArray,
		TokenTypeValue:       or(s.TokenTypeValue, "Bearer"),
		IssueIDToken:         s.IssueIDToken,
		Members:              each(s.Members, param.convert),
		InvalidClient:        s.InvalidClient,
		InvalidGrantCode:     or(s.InvalidGrantCode, "invalid_grant"),
		ExpiresIn:            s.ExpiresIn,
		GrantedScope:         s.GrantedScope,
		AuthMethods:          each(s.AuthMethods, func(m string) flows.AuthMethod { return flows.AuthMethod(m) }),
		OmitErrorDescription: s.OmitErrorDescription,
		SkipShopOAuth:        s.SkipShopOAuth,
	}
	if out.InvalidClient == 0 {
		out.InvalidClient = 401
	}
	if out.ExpiresIn == 0 {
		out.ExpiresIn = int(duration(l.AccessToken) / time.Second)
	}
	if out.ExpiresIn == 0 {
		out.ExpiresIn = 3600
	}
	return out
}

func (s source) convert() flows.Source {
	return flows.Source{Claim: s.Claim, Fields: slices.Clone(s.Fields), Where: s.Where, Checked: s.Checked, Status: s.Status}
}
