package diagnose

import (
	"strings"

	"oauthlens/flows"
)

// revocations are the successful ones.
func (c *Case) revocations() []*message {
	if c.revoked == nil {
		c.revoked = []*message{}
		for _, m := range c.msgs {
			if m.role == roleRevoke && m.failed == nil && m.ok() {
				c.revoked = append(c.revoked, m)
			}
		}
	}
	return c.revoked
}

// revokedBefore finds a successful revocation of the token, or of its grant, before m.
func (c *Case) revokedBefore(m *message, token string) *message {
	for _, r := range c.revocations() {
		if r.pos >= m.pos {
			break
		}
		v := r.args.get("token")
		if v == token && v != "" {
			return r
		}
		a, b := c.issued[v], c.issued[token]
		if a != nil && b != nil && a.refresh == v && (a == b || a.root == b.root) {
			return r
		}
	}
	return nil
}

// refusedAsRevoked: the API refused a token that had been revoked with success before, as
// it should.
func (c *Case) refusedAsRevoked(m *message) bool {
	return m.failed != nil && (m.status() == 401 || m.status() == 403) && c.revokedBefore(m, c.sentToken(m)) != nil
}

func checkStillAccepted(c *Case) []Hit {
	var out []Hit
	for _, m := range c.uses {
		if m.failed != nil || !m.ok() {
			continue
		}
		raw := c.sentToken(m)
		r := c.revokedBefore(m, raw)
		if raw == "" || r == nil || r.end().After(m.at()) {
			continue
		}
		what := "the token"
		if r.args.get("token") != raw {
			what = "the refresh token of its grant"
		}
		h := hit(m, flows.Certain, step(r)+" revoked "+what+" with success", step(m)+" was accepted "+span(m.at().Sub(r.end()))+" later").standing()
		if c.jwtOf(raw) != nil {
			h.evidence = append(h.evidence, "the token is a JWT: the API can check it without asking")
		}
		out = append(out, h)
	}
	return out
}

func checkRevokeRefused(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role != roleRevoke || m.failed == nil || m.failed.layer == layerTransport || m.failed.layer == layerUnsent || m.status() >= 500 || m.status() == 429 {
			continue
		}
		h := hit(m, flows.Certain, c.said(m))
		if m.creds.method() == "none" {
			h.evidence = append(h.evidence, "the request carried no client authentication")
		}
		if hint := m.args.get("token_type_hint"); hint != "" {
			h.evidence = append(h.evidence, "token_type_hint: "+show(hint))
		}
		out = append(out, h)
	}
	return out
}

func checkInactive(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role != roleIntrospect || m.failed != nil {
			continue
		}
		if h, ok := c.undecided(m); ok {
			out = append(out, h)
			continue
		}
		if m.answer().member("active") != "false" {
			continue
		}
		token := m.args.get("token")
		t := c.issued[token]
		if c.revokedBefore(m, token) != nil {
			continue
		}
		exp, known := c.jwtOf(token).time("exp")
		if !known && t != nil && t.access == token {
			exp, known = t.expiresAt()
		}
		if known && !serverTime(m).Before(exp) || t == nil && !known {
			continue
		}
		h := hit(m, flows.Likely, step(m)+" answered active: false").standing()
		if t != nil {
			h.confidence = flows.Certain
			h.evidence = append(h.evidence, "the token was issued at "+step(t.from)+", "+span(m.at().Sub(t.from.end()))+" earlier")
		}
		if known {
			h.evidence = append(h.evidence, "it ends "+span(exp.Sub(serverTime(m)))+" later")
		}
		if iss := c.jwtOf(token).claim("iss"); iss != "" && !strings.HasPrefix(m.url.endpoint(), strings.TrimSuffix(iss, "/")) {
			h.evidence = append(h.evidence, "its issuer is "+show(iss)+", "+c.plainURL(m.url)+" was asked")
		} else if t != nil && t.from.client() != "" && m.client() != "" && t.from.client() != m.client() {
			h.evidence = append(h.evidence, "it was issued to another client than the one that asks")
		}
		out = append(out, h)
	}
	return out
}
