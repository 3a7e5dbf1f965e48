package diagnose

import (
	"bytes"
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/jose"
)

// userInfoJWT is a userinfo answer that is a JWT, with the checks of it that failed. Its claims
// come from the server that was asked, over a connection of which TLS said whose it is; but
// whoever asked for a signed answer trusts the signature (OpenID Connect Core section 5.3.4).
type userInfoJWT struct {
	m        *message
	unsigned bool
	names    map[string]bool // which of iss and aud it has
	failed   []jose.Verdict
}

// userInfoJWTs judges the userinfo answers that are JWTs and name their user, once.
func (c *Case) userInfoJWTs() []userInfoJWT {
	if c.userInfos != nil {
		return *c.userInfos
	}
	var out []userInfoJWT
	for _, m := range c.uses {
		if m.role != roleUserInfo || m.failed != nil || !m.ok() || !c.answersClaims(m) || c.claimsOf(m).failure != nil || len(m.x.Response.Body) > maxRead {
			continue
		}
		raw := string(bytes.TrimSpace(m.x.Response.Body))
		decoded, err := jose.Decode(raw)
		if err != nil || decoded.Format != flows.FormatJWT || decoded.ClaimsDoc == nil {
			continue
		}
		out = append(out, c.judgeUserInfo(m, raw, decoded))
	}
	c.userInfos = &out
	return out
}

// answersClaims: the run or metadata says that this is the UserInfo endpoint, or the answer says
// that it is a JWT, as no other API of such a path does.
func (c *Case) answersClaims(m *message) bool {
	return c.isLive() && m.kind == flows.StepUserInfo || c.endpoints[m.url.endpoint()] == roleUserInfo || labelledJWT(m)
}

func labelledJWT(m *message) bool {
	label, _, _ := strings.Cut(m.x.Response.Headers.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(label), "application/jwt")
}

func (c *Case) judgeUserInfo(m *message, raw string, decoded jose.JWT) userInfoJWT {
	u := userInfoJWT{m: m, unsigned: strings.EqualFold(decoded.Alg, "none"), names: map[string]bool{}}
	for _, name := range [...]string{"iss", "aud"} {
		u.names[name] = decoded.ClaimsDoc.Root.Member(name) != nil
	}
	d := c.metaFor(m)
	agreed := false // that nobody signs
	if d != nil {
		algorithms, _ := d.list("userinfo_signing_alg_values_supported")
		agreed = slices.Contains(algorithms, "none")
	}
	expect := jose.Expect{Of: jose.OfUserInfo, Issuer: c.issuerOf(m)}
	if client := c.clientOf(m); client != "" {
		expect.Audience = []string{client}
	}
	var keys []*keySet
	if j := readJWT(raw); j != nil {
		keys = c.keysFor(&tokenSet{from: m}, j)
	}
	for _, v := range jose.Verify(decoded, mergedKeys(keys), expect) {
		iss := decoded.Claims().Issuer
		switch {
		case v.Result != jose.Failed:
		case u.unsigned && (v.Code != jose.CodeHeader || agreed): // the rest is asked of signed answers only
		case strings.HasPrefix(decoded.Alg, "HS") && (v.Check == jose.CheckAlgorithm || v.Check == jose.CheckKey || v.Check == jose.CheckSignature):
			// by the client secret, as the client is registered for it
		case v.Check == jose.CheckIssuer && iss != "" && (issuerAlias(expect.Issuer, iss) || d != nil && behindProxy(d)):
		default:
			u.failed = append(u.failed, v)
		}
	}
	return u
}

// issuerOf is the issuer whose endpoint was asked: as published, or as the run has it.
func (c *Case) issuerOf(m *message) string {
	if d := c.metaFor(m); d != nil && d.issuer != "" {
		return d.issuer
	}
	if c.isLive() {
		return c.live.Environment.Endpoints.Issuer
	}
	return ""
}

// clientOf is the client that asked with its token.
func (c *Case) clientOf(m *message) string {
	if c.isLive() {
		return c.settings.ClientID
	}
	if t := c.issued[c.sentToken(m)]; t != nil {
		return t.from.client()
	}
	return ""
}

// userInfoHits are the hits for the userinfo answers of which a check with this code failed.
func (c *Case) userInfoHits(code string) []Hit {
	var out []Hit
	for _, u := range c.userInfoJWTs() {
		var why []string
		for _, v := range u.failed {
			if v.Code == code {
				why = append(why, v.Why)
			}
		}
		if len(why) == 0 {
			continue
		}
		h := hit(u.m, flows.Certain, "userinfo at "+step(u.m)+": "+strings.Join(why, " ")).standing()
		out = append(out, u.worded(h, code))
	}
	return out
}

// worded gives a hit the words for a userinfo answer. What the specification asked for in its
// second errata only (iss and aud), and what is worth as much as JSON, is a warning.
func (u userInfoJWT) worded(h Hit, code string) Hit {
	switch code {
	case jose.CodeHeader:
		if !u.unsigned {
			return h.named("The header of the userinfo answer must not be accepted")
		}
		h.severity = flows.SeverityWarning
		return h.named("Nobody signed the userinfo answer, though it is a JWT").
			because("Its claims are worth as much as the connection that they came through; a client that trusts the JWT by itself trusts anybody.").
			fixedBy("Have the provider sign it (userinfo_signed_response_alg of the client), or ask for JSON.").specified("OpenID Connect Core section 5.3.4; RFC 8725 section 3.2")
	case jose.CodeSignature:
		return h.named("The signature of the userinfo answer does not verify").because("The claims were changed, or another key signed them.").
			fixedBy("Do not use the claims; fetch the key set again.").specified("OpenID Connect Core section 5.3.4; RFC 7515 section 5.2")
	case jose.CodeKeyUnknown:
		return h.named("No key of the key set can have signed the userinfo answer").specified("OpenID Connect Core section 5.3.4; RFC 7515 section 4.1.4")
	case jose.CodeIssuer, jose.CodeIssuerSlash:
		if !u.names["iss"] {
			h.severity = flows.SeverityWarning
			return h.named("The signed userinfo answer does not say who issued it").because("A signed answer must name its issuer (iss): keys are shared, and endpoints are mixed up.").
				fixedBy("Have the provider send iss.").specified("OpenID Connect Core section 5.3.2")
		}
		return h.named("The userinfo answer names another issuer").specified("OpenID Connect Core section 5.3.2")
	case jose.CodeAudience:
		if !u.names["aud"] {
			h.severity = flows.SeverityWarning
			return h.named("The signed userinfo answer does not say for which client it is").because("A signed answer must name the client (aud): that of another client would be taken for this one's.").
				fixedBy("Have the provider send aud with the client id.").specified("OpenID Connect Core section 5.3.2")
		}
		return h.named("The userinfo answer is for another client").because("It was made for a client that is not this one, so its claims may be another user's.").
			fixedBy("Do not use the claims; check for mixed clients.").specified("OpenID Connect Core section 5.3.2")
	}
	return h.named("The JWT of the userinfo answer is malformed")
}

// unsignedByLabel: a userinfo answer that calls itself a JWT and is none.
func (c *Case) unsignedByLabel() []Hit {
	var out []Hit
	for _, m := range c.uses {
		if m.role != roleUserInfo || m.failed != nil || !m.ok() || m.answer().kind != bodyJSON || !labelledJWT(m) || c.claimsOf(m).failure != nil {
			continue
		}
		h := hit(m, flows.Certain, "userinfo at "+step(m)+" is labelled application/jwt, and is a JSON object that nobody signed").standing().
			named("The userinfo answer is no JWT, though it says so").because("Who expects a signed answer cannot read it; who reads it all the same takes claims without a signature.").
			fixedBy("Have the provider sign it, or label it application/json.").specified("OpenID Connect Core section 5.3.2")
		h.severity = flows.SeverityWarning
		out = append(out, h)
	}
	return out
}

func checkUserInfo(c *Case) []Hit {
	var out []Hit
	for _, m := range c.uses {
		if m.role != roleUserInfo || m.failed != nil || !m.ok() {
			continue
		}
		if h, ok := c.unnamedUser(m); ok {
			out = append(out, h)
			continue
		}
		t, sub := c.issued[c.sentToken(m)], c.subject(m)
		if sub == "" {
			continue
		}
		var j *jwt
		for at := t; at != nil && j == nil; at = at.previous {
			j = at.token("id")
		}
		want := j.claim("sub")
		if want == "" || want == sub {
			continue
		}
		h := hit(m, flows.Certain, "sub of userinfo at "+step(m)+" is "+show(sub), "sub of the ID token is "+show(want)).standing()
		h.cures = nil
		out = append(out, h.marking(markNode(m, m.answer().node("sub"), "another user")))
	}
	return out
}
