package diagnose

import (
	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/flows/rawjson"
)

// claimsReading is an answer of the UserInfo or introspection endpoint, as package protocol
// reads it.
type claimsReading struct {
	subject string
	failure *protocol.Failure
}

// claimsOf reads the answer of the UserInfo or introspection endpoint, once.
func (c *Case) claimsOf(m *message) claimsReading {
	if m.known != nil && m.known.claims != nil {
		return *m.known.claims
	}
	dialect := protocol.Tolerant()
	if c.isLive() {
		dialect = c.live.Provider.Dialect
	}
	var r claimsReading
	var claims protocol.Claims
	switch m.role {
	case roleUserInfo:
		claims, r.failure = protocol.ReadUserInfo(dialect, m.x.Response)
	case roleIntrospect:
		claims, r.failure = protocol.ReadIntrospection(dialect, m.x.Response)
	}
	if n := claims.Object.Member("sub"); n != nil && n.Kind == rawjson.String {
		r.subject = n.Text
	}
	if m.known != nil {
		m.known.claims = &r
	}
	return r
}

// claimsFailure is what an answer of success lacks at the UserInfo or introspection endpoint;
// nil: nothing. Which endpoint it is says the run that called it as such, or metadata: APIs
// of other specifications have paths that are called userinfo and introspect, too.
func (c *Case) claimsFailure(m *message) *protocol.Failure {
	if m.role != roleUserInfo && m.role != roleIntrospect || m.failed != nil || !m.ok() || m.answer().fault != nil {
		return nil
	}
	called := c.isLive() && (m.kind == flows.StepUserInfo || m.kind == flows.StepIntrospect)
	named := c.endpoints[m.url.endpoint()] == m.role && m.answer().kind != bodyEmpty // who records may leave bodies out
	if !called && !named {
		return nil
	}
	return c.claimsOf(m).failure
}

// namedClaims gives what is wrong with the bytes of such an answer its own words: it is no
// token response, and there is no code that could be used up.
func namedClaims(h Hit, m *message) Hit {
	switch m.role {
	case roleUserInfo:
		return h.named("The userinfo answer cannot be read").because("A client finds no claims of the user in it.").
			fixedBy("Look at the body as it came; check that the URL is the userinfo_endpoint of the metadata, and the proxies in between.").specified("OpenID Connect Core section 5.3.2; RFC 8259")
	case roleIntrospect:
		return h.named("The introspection answer cannot be read").because("Who asks does not learn whether the token is active, and has to refuse it.").
			fixedBy("Look at the body as it came; check that the URL is the introspection_endpoint of the metadata, and the proxies in between.").specified("RFC 7662 section 2.2; RFC 8259")
	case roleDiscovery:
		return h.named("The metadata cannot be read as it was sent").fixedBy("Look at the proxy in between, or give the endpoints by hand.").specified("RFC 8414 section 3.2; RFC 8259")
	case roleJWKS:
		return h.named("The key set cannot be read as it was sent").fixedBy("Look at the proxy in between; until the key set can be read, trust no token of it.").specified("RFC 7517 section 5; RFC 8259")
	}
	return h
}

// unnamedUser: a userinfo answer that does not say whose claims it holds.
func (c *Case) unnamedUser(m *message) (Hit, bool) {
	f := c.claimsFailure(m)
	if f == nil || f.Code != protocol.NoSubject {
		return Hit{}, false
	}
	h := hit(m, flows.Certain, "userinfo at "+step(m)+": "+f.Description).standing().named("Userinfo does not say whose claims it holds").
		because("The claims belong to the user of the ID token only if sub is the same in both, and must not be used otherwise.").
		fixedBy("Have the provider send sub, the text that stands in its ID tokens; use the claims of the ID token until then.").
		marking(markNode(m, m.answer().node("sub"), "not a text"))
	return h, true
}

// undecided: an introspection answer that does not say whether the token is active.
func (c *Case) undecided(m *message) (Hit, bool) {
	f := c.claimsFailure(m)
	if f == nil || f.Code != protocol.NoActive {
		return Hit{}, false
	}
	h := hit(m, flows.Certain, "introspection at "+step(m)+": "+f.Description).standing().named("Introspection does not say whether the token is active").
		because("active is required, and a boolean: a text such as \"true\" is taken for yes by one reader and for no by another.").
		fixedBy("Have the server send active as true or false; check that the URL is that of the introspection endpoint.").
		marking(markNode(m, m.answer().node("active"), "neither true nor false"))
	h.severity = flows.SeverityError
	return h, true
}

// subject is the user that a userinfo answer names: in its JSON, or in the JWT that it is.
func (c *Case) subject(m *message) string {
	if sub := m.answer().member("sub"); sub != "" {
		return sub
	}
	return c.claimsOf(m).subject
}
