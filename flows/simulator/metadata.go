package simulator

import (
	"net/http"
	"slices"

	"oauthlens/flows"
)

// metadata is the document of RFC 8414 and OpenID Connect Discovery, made from what
// this server does. It is cacheable, as such documents are.
func (c *call) metadata() {
	e, p := c.t.env.Endpoints, c.t.provider
	o := object{{"issuer", e.Issuer}}
	revocation := e.Revocation
	if c.planted(plantNoRevocation) {
		revocation = ""
	}
	for _, m := range []member{
		{"authorization_endpoint", e.Authorization}, {"token_endpoint", e.Token}, {"jwks_uri", e.JWKS},
		{"userinfo_endpoint", e.UserInfo}, {"revocation_endpoint", revocation}, {"introspection_endpoint", e.Introspection},
	} {
		if m.value != "" {
			o = append(o, m)
		}
	}
	var grants []string
	for _, g := range p.Grants {
		if g != flows.GrantBasic {
			grants = append(grants, string(g))
		}
	}
	o = append(o,
		member{"response_types_supported", []string{"code"}},
		member{"response_modes_supported", []string{"query", "fragment", "form_post"}},
		member{"grant_types_supported", grants},
		member{"scopes_supported", c.scopeNames()},
		member{"token_endpoint_auth_methods_supported", c.authNames()},
		member{"subject_types_supported", []string{"public"}},
		member{"id_token_signing_alg_values_supported", []string{c.algorithm()}},
		member{"authorization_response_iss_parameter_supported", c.sendsIssuer()},
	)
	if p.Dialect.PKCE != flows.SupportRefused && !c.planted(plantPKCE) {
		o = append(o, member{"code_challenge_methods_supported", []string{string(flows.PKCES256), string(flows.PKCEPlain)}})
	}
	c.w.Header().Set("Cache-Control", "public, max-age=300")
	c.json(http.StatusOK, o)
}

func (c *call) scopeNames() []string {
	names := []string{}
	for _, s := range c.t.provider.Scopes {
		names = append(names, s.Name)
	}
	if c.t.idTokens() && !slices.Contains(names, "openid") {
		names = append([]string{"openid"}, names...)
	}
	if c.planted(plantScope) {
		return c.narrowed(names)
	}
	return names
}

func (c *call) authNames() []string {
	if c.planted(plantChallengeBasic) {
		return []string{string(flows.AuthBasic)}
	}
	var names []string
	for _, m := range c.t.acceptedAuth() {
		names = append(names, string(m))
	}
	if c.t.provider.HasGrant(flows.GrantAuthorizationCode) && !slices.Contains(names, string(flows.AuthNone)) {
		names = append(names, string(flows.AuthNone))
	}
	return names
}

// jwks is the JSON Web Key Set (RFC 7517 section 5): the key that signs here.
func (c *call) jwks() {
	key, err := c.t.sim.keys.jwk(c.algorithm())
	if err != nil {
		c.broken(err)
		return
	}
	c.w.Header().Set("Cache-Control", "public, max-age=300")
	c.json(http.StatusOK, object{{"keys", []object{key}}})
}
