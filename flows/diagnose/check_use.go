package diagnose

import (
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/jose"
)

// refusedUses are the calls that were refused for who is calling.
func (c *Case) refusedUses() []*message {
	var out []*message
	for _, m := range c.uses {
		if m.failed != nil && m.failed.layer != layerTransport && m.status() < 500 && m.status() != 429 && !c.refusedAsRevoked(m) {
			out = append(out, m)
		}
	}
	return out
}

// authFailure: the answer is about the token, not about the resource.
func authFailure(m *message) bool {
	t := m.failed
	switch {
	case m.status() == 401 || m.status() == 403:
		return true
	case t.canon == "invalid_token" || t.canon == "insufficient_scope" || t.canon == "access_denied":
		return true
	}
	return m.ok() && t.layer == layerBody || t.says("token", "expired|invalid|malformed|missing|unauthor")
}

func checkTokenExpired(c *Case) []Hit {
	out := c.bareExpired()
	for _, m := range c.refusedUses() {
		if !authFailure(m) && m.failed.layer != layerUnsent || m.status() == 403 && !m.failed.says("expired") || m.failed.says("consent") {
			continue
		}
		raw := c.sentToken(m)
		now := serverTime(m)
		text := m.failed.says("expired|exp claim|exp_claim|lifetime") && !m.failed.says("invalid or expired|expired or invalid|or expired|expired or|consent")
		exp, known := c.jwtOf(raw).time("exp")
		t := c.issued[raw]
		if !known && t != nil {
			exp, known = t.expiresAt()
		}
		switch {
		case raw != "" && t != nil && t.id == raw && t.access != raw:
			continue
		case known && !now.Before(exp): // on or after it, RFC 7519 section 4.1.4
			h := hit(m, flows.Certain, "the token of "+step(m)+" ended "+span(now.Sub(exp))+" before the call", c.said(m))
			out = append(out, h.marking(markHeader(m, "Authorization", "expired")))
		case known && text && c.skewed():
			continue
		case text && !known:
			out = append(out, hit(m, flows.Likely, c.said(m)))
		case text && known && exp.Sub(now) < 30*time.Second:
			out = append(out, hit(m, flows.Likely, c.said(m)))
		}
	}
	return out
}

// skewed: the recorder's clock is visibly off.
func (c *Case) skewed() bool {
	k := c.clock()
	return k.agree > 0 && abs(k.offset) >= clockTolerance
}

func checkSuperseded(c *Case) []Hit {
	var out []Hit
	for _, m := range c.refusedUses() {
		if m.status() != 401 && m.failed.canon != "invalid_token" && !(m.status() == 403 && m.failed.says("token")) {
			continue
		}
		raw := c.sentToken(m)
		t := c.issued[raw]
		if t == nil || t.access != raw {
			continue
		}
		if exp, ok := t.expiresAt(); ok && !serverTime(m).Before(exp) {
			continue
		}
		newer := c.newerSet(t, m)
		if newer == nil || c.revokedBefore(m, raw) != nil {
			continue
		}
		f := c.factOf(m)
		newestOnly := f != nil && f.newestOnly
		if p := c.provider(); p != nil {
			newestOnly = newestOnly || p.Dialect.NewestTokenOnly
		}
		worked := c.workedWith(newer.access, m)
		if !newestOnly && worked == nil {
			continue
		}
		h := hit(m, flows.Likely, "the token of "+step(m)+" was issued at "+step(t.from)+", a newer one at "+step(newer.from)+"; its own time is not over", c.said(m))
		if newestOnly {
			h.confidence = flows.Certain
			h.evidence = append(h.evidence, "this provider honours only the newest access token")
		}
		if worked != nil {
			h.evidence = append(h.evidence, "the newer one was accepted at "+step(worked))
		}
		out = append(out, h.marking(markHeader(m, "Authorization", "the older token")))
	}
	return out
}

// newerSet is a later token answer of the same grant before m.
func (c *Case) newerSet(t *tokenSet, m *message) *tokenSet {
	var out *tokenSet
	for _, o := range c.tokens {
		if o != t && o.root == t.root && o.from.pos > t.from.pos && o.from.pos < m.pos && o.access != t.access {
			out = o
		}
	}
	return out
}

func (c *Case) workedWith(token string, near *message) *message {
	for _, u := range c.uses {
		if u.failed == nil && u.ok() && c.sentToken(u) == token && u.url.host == near.url.host {
			return u
		}
	}
	return nil
}

func checkInsufficientScope(c *Case) []Hit {
	var out []Hit
	for _, m := range c.refusedUses() {
		t := m.failed
		accepted, granted := m.respHeader("X-Accepted-OAuth-Scopes"), m.respHeader("X-OAuth-Scopes")
		certain := accepted != "" && m.status() == 403 && !sharesScope(accepted, granted) || t.canon == "insufficient_scope" || t.says("insufficient_scope|missing_scope|access_token_scope_insufficient|insufficient authentication scopes|insufficient scope")
		likely := m.status() == 403 && (t.says("scope") || t.says("permission", "required|missing|need|lack|requires")) && !t.says("role|tenant|header") ||
			t.says("scope", "missing|required|insufficient|not granted|lacks|need") && authFailure(m)
		if !certain && !likely {
			continue
		}
		conf := flows.Likely
		if certain {
			conf = flows.Certain
		}
		h := hit(m, conf, c.said(m))
		if wanted := orElse(challengeParam(m.respHeader("WWW-Authenticate"), "scope"), accepted); wanted != "" {
			h.evidence = append(h.evidence, "wanted: "+show(wanted))
		}
		if set := c.issued[c.sentToken(m)]; set != nil && set.hasScope {
			h.evidence = append(h.evidence, "granted: "+show(strings.Join(set.scope, " ")))
		} else if s := c.jwtOf(c.sentToken(m)).claim("scope"); s != "" {
			h.evidence = append(h.evidence, "scope of the token: "+show(s))
		}
		out = append(out, h)
	}
	return out
}

// sharesScope: one of the accepted scopes was granted.
func sharesScope(accepted, granted string) bool {
	have := splitScopes(granted)
	for _, s := range splitScopes(accepted) {
		if contains(have, s) {
			return true
		}
	}
	return false
}

func checkForbidden(c *Case) []Hit {
	var out []Hit
	for _, m := range c.refusedUses() {
		if !authFailure(m) {
			if c.isLive() && m.role == roleCall {
				out = append(out, hit(m, flows.Possible, c.said(m)).named("The API refused the call").because("The answer is about the request, not about the token.").fixedBy("Read the API's own text."))
			}
			continue
		}
		h := hit(m, flows.Possible, c.said(m))
		if t := c.issued[c.sentToken(m)]; t != nil {
			if exp, ok := t.expiresAt(); ok && serverTime(m).Before(exp) {
				h.evidence = append(h.evidence, "the token was issued at "+step(t.from)+" and has not ended")
			}
		}
		out = append(out, h)
	}
	return out
}

// idTokenShape: a JWT that only an ID token can be.
func idTokenShape(j *jwt, client string) bool {
	if j == nil || j.claims == nil {
		return false
	}
	if strings.EqualFold(j.head("typ"), "at+jwt") || j.claim("scope") != "" || j.claim("scp") != "" {
		return false
	}
	if strings.EqualFold(j.claim("typ"), "ID") || strings.EqualFold(j.claim("token_use"), "id") {
		return true
	}
	marks := j.claims.Member("nonce") != nil || j.claims.Member("at_hash") != nil || j.claims.Member("c_hash") != nil
	return marks && (client == "" || contains(j.list("aud"), client))
}

func checkTokenKind(c *Case) []Hit {
	var out []Hit
	for _, m := range c.refusedUses() {
		raw := c.sentToken(m)
		if raw == "" || !authFailure(m) {
			continue
		}
		t := c.issued[raw]
		what, conf := "", flows.Certain
		switch {
		case t != nil && t.id == raw && t.access != raw:
			what = "the ID token of " + step(t.from)
		case t != nil && t.refresh == raw && t.access != raw:
			what = "the refresh token of " + step(t.from)
		case t == nil && idTokenShape(c.jwtOf(raw), ""):
			what = "an ID token by its claims"
			conf = flows.Likely
		case t == nil && strings.EqualFold(c.jwtOf(raw).claim("typ"), "Refresh"):
			what = "a refresh token by its claims"
		default:
			continue
		}
		out = append(out, hit(m, conf, "the token of "+step(m)+" is "+what, c.said(m)).marking(markHeader(m, "Authorization", what)))
	}
	for _, m := range c.refreshes() {
		v := m.value("refresh_token")
		t := c.issued[v]
		if m.failed == nil || m.failed.layer == layerTransport || v == "" {
			continue
		}
		what := ""
		switch {
		case t != nil && t.access == v && t.refresh != v:
			what = "the access token of " + step(t.from)
		case t != nil && t.id == v && t.refresh != v:
			what = "the ID token of " + step(t.from)
		case t == nil && strings.EqualFold(c.jwtOf(v).head("typ"), "at+jwt"):
			what = "an access token by its type"
		case t == nil && idTokenShape(c.jwtOf(v), m.client()):
			what = "an ID token by its claims"
		default:
			continue
		}
		out = append(out, hit(m, flows.Certain, "refresh_token of "+step(m)+" is "+what, c.said(m)).marking(markParam(m, m.arg("refresh_token"), what)))
	}
	return out
}

// jwtComplaint: words of a library that was given something else than a JWT.
func jwtComplaint(text string) bool {
	return says(text, "jwt malformed|not enough segments|wrong number of segments|invalid number of segments|number of segments|three parts|3 parts|two period|2 period|three segments|compact serialization|compact jws|not well formed|not a well-formed|idx12709|idx12741|idx10503: sig|invalid jwt|malformed jwt|jwt string|unable to decode|cannot decode token|failed to decode|failed to parse token|could not parse|decode token|decoding token|parse jwt|jwt parse|jwtdecode|token is malformed|malformed token|invalidtokenerror: invalid token specified|missing dot|jwe|invalid_jwt|not a jwt|not a valid jwt|is not a json web token|bad jwt|invalid token format|unexpected token format")
}

func checkOpaque(c *Case) []Hit {
	var out []Hit
	look := func(m *message, raw string) {
		if raw == "" || m.failed == nil {
			return
		}
		format := ""
		switch j := c.jwtOf(raw); {
		case j == nil:
			format = "opaque (" + kinds(raw) + ")"
		case j.encrypted:
			format = "a JWE, which only its audience can open"
		default:
			return
		}
		if headerDefect(m.auth, false) != "" || !jwtComplaint(m.failed.text) {
			return
		}
		out = append(out, hit(m, flows.Certain, "the access token is "+format, c.said(m)))
	}
	for _, m := range c.uses {
		look(m, c.sentToken(m))
	}
	for _, b := range c.backs {
		if b.msg == nil {
			continue
		}
		for _, x := range b.exchanges {
			if t := x.answer0().tokenOf(); t != nil && t.access != "" && (t.id == "" || c.jwtOf(t.id) != nil) {
				look(b.msg, t.access)
			}
		}
	}
	return out
}

func checkAudience(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.failed == nil || m.failed.layer == layerTransport {
			continue
		}
		t := m.failed
		switch m.role {
		case roleCall, roleUserInfo:
			if !authFailure(m) || !audienceText(t) {
				continue
			}
			raw := c.sentToken(m)
			if set := c.issued[raw]; set != nil && set.id == raw && set.access != raw {
				continue
			}
			h := hit(m, flows.Likely, c.said(m))
			if auds := c.jwtOf(raw).list("aud"); len(auds) > 0 {
				h.confidence = flows.Certain
				h.evidence = append(h.evidence, "aud of the token: "+show(strings.Join(auds, " ")))
			}
			out = append(out, h)
		case roleToken, roleCallback, roleAuthorize, rolePage:
			if t.canon == "invalid_target" || t.says("aadsts500011|aadsts50001:|invalid_target|invalid_resource") {
				h := hit(m, flows.Likely, c.said(m))
				for _, name := range [...]string{"audience", "resource"} {
					if p := m.args.find(name); p != nil {
						h.evidence = append(h.evidence, name+" sent: "+show(p.Value))
						h = h.marking(markParam(m, p, "refused"))
					}
				}
				out = append(out, h)
			} else if m.role != roleToken && t.says("audience", "invalid|unknown|not found|not exist|not allowed|service not found") || t.says("service not found") {
				out = append(out, hit(m, flows.Likely, c.said(m)))
			}
		}
	}
	return append(out, c.userInfoHits(jose.CodeAudience)...)
}

// audienceText: the refusal speaks of the audience.
func audienceText(t *trouble) bool {
	return t.says("audience|'aud'|\"aud\"|aud claim|aud is|claim aud| aud |aud:|idx10214|wrong resource|(aud)|invalid_audience|not intended for")
}
