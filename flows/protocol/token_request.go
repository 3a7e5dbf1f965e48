package protocol

import (
	"slices"

	"oauthlens/flows"
)

// TokenInput is what every request to the token endpoint is made of.
type TokenInput struct {
	Provider    flows.Provider
	Environment flows.Environment
	Settings    flows.Settings
	Secret      flows.Secret
}

// CodeExchange builds the access token request of RFC 6749 section 4.1.3; verifier is
// empty without PKCE (RFC 7636 section 4.5).
func CodeExchange(in TokenInput, code, redirectURI, verifier string) flows.Request {
	params := []flows.Param{
		{Name: "grant_type", Value: string(flows.GrantAuthorizationCode)},
		{Name: "code", Value: code},
		{Name: "redirect_uri", Value: redirectURI},
	}
	if verifier != "" {
		params = append(params, flows.Param{Name: "code_verifier", Value: verifier})
	}
	return tokenRequest(in, in.Environment.Endpoints.Token, params)
}

// ClientCredentials builds the request of RFC 6749 section 4.4.2.
func ClientCredentials(in TokenInput) flows.Request {
	params := []flows.Param{{Name: "grant_type", Value: string(flows.GrantClientCredentials)}}
	if len(in.Settings.Scopes) > 0 && !slices.Contains(in.Provider.Dialect.OmitScope, flows.GrantClientCredentials) {
		params = append(params, flows.Param{Name: "scope", Value: JoinScopes(in.Provider.Dialect, in.Settings.Scopes)})
	}
	return tokenRequest(in, in.Environment.Endpoints.Token, params)
}

// Refresh builds the request of RFC 6749 section 6. No scope is sent: the server then
// keeps what was granted.
func Refresh(in TokenInput, refreshToken string) flows.Request {
	return tokenRequest(in, in.Environment.Endpoints.Token, []flows.Param{
		{Name: "grant_type", Value: string(flows.GrantRefreshToken)},
		{Name: "refresh_token", Value: refreshToken},
	})
}

func tokenRequest(in TokenInput, endpoint string, params []flows.Param) flows.Request {
	d := in.Provider.Dialect
	body := d.TokenBody
	switch in.Settings.AuthMethod { // the body follows a method that names its form
	case flows.AuthJSON:
		body = flows.BodyJSON
	case flows.AuthPost:
		body = flows.BodyForm
	}
	m := &tokenMessage{params: params}
	AuthWith(in.Settings.AuthMethod, d.BasicEncoding, in.Settings.ClientID, in.Secret.RevealSecret())(m)
	m.params = append(m.params, d.TokenParams...)
	for _, p := range d.GrantParams {
		if string(p.Grant) == params[0].Value { // grant_type comes first in every token request
			m.params = append(m.params, flows.Param{Name: p.Name, Value: p.Value})
		}
	}
	m.params = ApplyEdits(m.params, in.Settings.TokenEdits)
	r := newRequest("POST", endpoint, "application/json")
	r.Headers = append(r.Headers, m.headers...)
	for _, h := range d.TokenHeaders {
		r.Headers = r.Headers.With(h.Name, h.Value)
	}
	if body == flows.BodyJSON {
		r = withJSON(r, m.params)
	} else {
		r = withForm(r, m.params)
	}
	return applyHeaderEdits(r, in.Settings.HeaderEdits)
}

// Revoke builds the request of RFC 7009 section 2.1, or the provider's own form of it.
// hint is "access_token" or "refresh_token".
func Revoke(in TokenInput, token, hint string) flows.Request {
	d := in.Provider.Dialect
	method, body := in.Settings.AuthMethod, d.TokenBody
	if d.RevokeAuth != "" {
		method = d.RevokeAuth
	}
	if d.RevokeBody != "" {
		body = d.RevokeBody
	}
	if method == flows.AuthJSON {
		body = flows.BodyJSON
	}
	m := &tokenMessage{params: []flows.Param{{Name: "token", Value: token}}}
	if body != flows.BodyJSON {
		m.params = append(m.params, flows.Param{Name: "token_type_hint", Value: hint})
	}
	AuthWith(method, d.BasicEncoding, in.Settings.ClientID, in.Secret.RevealSecret())(m)
	r := newRequest("POST", in.Environment.Endpoints.Revocation, "application/json")
	r.Headers = append(r.Headers, m.headers...)
	if body == flows.BodyJSON {
		return withJSON(r, m.params)
	}
	return withForm(r, m.params)
}

// Introspect builds the request of RFC 7662 section 2.1.
func Introspect(in TokenInput, token string) flows.Request {
	m := &tokenMessage{params: []flows.Param{{Name: "token", Value: token}}}
	AuthWith(in.Settings.AuthMethod, in.Provider.Dialect.BasicEncoding, in.Settings.ClientID, in.Secret.RevealSecret())(m)
	r := newRequest("POST", in.Environment.Endpoints.Introspection, "application/json")
	r.Headers = append(r.Headers, m.headers...)
	return withForm(r, m.params)
}
