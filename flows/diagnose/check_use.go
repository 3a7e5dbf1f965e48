package diagnose

import (
	"fmt"
	"strings"
	"time"

	"oauthlens/flows"
)

// refusedUses are the calls that were refused for who is calling.
func (c *Case) refusedUses() []*message {
	var out []*message
	for _, m := range c.uses {
		if m.failed != nil && m.failed.layer != layerTransport && m.status() < 500 && m.status() != 429 {
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
		exp, known := readJWT(raw).time("exp")
		t := c.issued[raw]
		if !known && t != nil {
			exp, known = t.expiresAt()
		}
		switch {
		case raw != "" && t != nil && t.id == raw && t.access != raw:
			continue
		case known && now.After(exp):
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
		if set := c.issued[c.sentToken(m)]; set != nil && set.hasScope {
			h.evidence = append(h.evidence, "granted: "+show(strings.Join(set.scope, " ")))
		} else if s := readJWT(c.sentToken(m)).claim("scope"); s != "" {
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

// namedHeader: the answer names a header that the API misses.
func namedHeader(t *trouble) bool {
	if !t.says("header") {
		return t.says("tenant-id|tenant id|client-id|idempotency-key|idempotency key|tl-signature|x-api-key|api key|notion-version|api-version|api version|x-api-version|user-agent|subscription key", "missing|required|must be|not provided|absent|must provide|specify|is missing|no ")
	}
	return t.says("header", "missing|required|must|not provided|absent|expected|need|specify|provide|invalid") &&
		!t.says("authorization header|header too|headers too|header or cookie|bearer header|header is malformed|malformed authorization")
}

func checkHeaderMissing(c *Case) []Hit {
	var out []Hit
	for _, m := range c.uses {
		if m.failed == nil || m.failed.layer == layerTransport || m.status() >= 500 || m.status() == 431 || m.status() == 429 || m.status() == 404 {
			continue
		}
		if f := factFor(m.url.host); f != nil && f.header != "" && !m.x.Request.Headers.Has(f.header) && onAPI(f, m) && (m.status() == 401 || m.status() == 403 || m.status() == 400) && !m.failed.says("expired") {
			out = append(out, hit(m, flows.Certain, f.name+" wants the header "+f.header+" beside the token, "+step(m)+" has none", c.said(m)))
			continue
		}
		if namedHeader(m.failed) && m.auth.name != "" {
			out = append(out, hit(m, flows.Certain, c.said(m)))
		}
	}
	return out
}

func onAPI(f *fact, m *message) bool {
	for _, h := range f.apiHosts {
		host, path, _ := strings.Cut(h, "/")
		if m.url.host == host && strings.HasPrefix(strings.TrimPrefix(m.url.path, "/"), path) {
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

// headerDefect tells what is wrong with the form of an Authorization header.
func headerDefect(a authHeader, query bool) string {
	if a.name == "" {
		return ""
	}
	low := strings.ToLower(a.raw)
	rest := strings.TrimSpace(a.rest)
	restLow := strings.ToLower(rest)
	switch {
	case strings.ContainsAny(a.raw, "\r\n"):
		return "it contains a line break"
	case strings.TrimSpace(a.raw) == "":
		return "it is empty"
	case bearerLike(a.scheme) && rest == "":
		return "it has a scheme and no token"
	case bearerLike(a.scheme) && (restLow == "undefined" || restLow == "null" || restLow == "none" || restLow == "[object object]" || restLow == "nan" || restLow == "true"):
		return "the token is the word " + show(rest)
	case strings.HasPrefix(restLow, "bearer ") || strings.HasPrefix(restLow, "dpop ") || restLow == "bearer":
		return "it has the scheme twice"
	case bearerLike(a.scheme) && unexpanded(rest):
		return "the token is a variable that was not expanded"
	case strings.ContainsAny(rest, "\"'“”`<>") && bearerLike(a.scheme) || strings.HasPrefix(a.raw, "\"") || strings.HasPrefix(a.raw, "'"):
		return "it contains quotes or brackets"
	case strings.HasPrefix(low, "bearer:") || strings.HasPrefix(low, "bearer="):
		return "a colon stands behind the scheme instead of a blank"
	case strings.HasPrefix(low, "bearer") && !strings.HasPrefix(low, "bearer ") && len(low) > len("bearer")+4:
		return "the blank between scheme and token is missing"
	case bearerLike(a.scheme) && strings.HasPrefix(rest, "{"):
		return "the token is a JSON text instead of one member of it"
	case bearerLike(a.scheme) && strings.ContainsAny(rest, " \t"):
		return "there is a blank inside the token"
	case strings.HasPrefix(restLow, "authorization:"):
		return "the header's name is repeated in its value"
	case bearerLike(a.scheme) && query:
		return "the token is sent in the query, too"
	}
	return ""
}

func checkHeaderMalformed(c *Case) []Hit {
	var out []Hit
	for _, m := range c.uses {
		if m.failed == nil || m.failed.layer == layerTransport {
			continue
		}
		two := m.args.has("access_token")
		defect := headerDefect(m.auth, two)
		if defect == "" && m.auth.name == "" {
			continue
		}
		if defect == "" && len(m.x.Request.Headers.Values("Authorization")) > 1 {
			defect = "the header is there twice"
		}
		if defect == "" && m.auth.scheme != "" && m.auth.rest == "" && c.issued[m.auth.raw] != nil {
			defect = "the scheme is missing"
		}
		if defect == "" || two && !m.failed.says("more than one|multiple|two|both|invalid_request|only one") && defect == "the token is sent in the query, too" && m.status() != 400 {
			continue
		}
		out = append(out, hit(m, flows.Certain, "the Authorization header of "+step(m)+": "+defect, c.said(m)).marking(markHeader(m, "Authorization", defect)))
	}
	return out
}

func checkHeaderDropped(c *Case) []Hit {
	var out []Hit
	for _, m := range c.uses {
		if m.failed == nil || m.failed.layer == layerTransport || m.status() != 401 && m.status() != 403 && !m.failed.says("token|auth") {
			continue
		}
		if p := m.parent; p != nil && m.auth.name == "" {
			first := p
			for first.parent != nil && first.auth.name == "" {
				first = first.parent
			}
			if first.auth.name != "" {
				h := hit(m, flows.Certain, step(first)+" carried the header and was redirected with "+fmt.Sprint(first.status())+" to "+c.plainURL(m.url), step(m)+" came without it", c.said(m))
				out = append(out, h)
				continue
			}
		}
		noToken := m.failed.says("missing token|no token|token is missing|token missing|no authorization|missing authorization|authorization header is missing|authorization header missing|authorization header not found|authorization header required|credentials_required|no authorization token|not provided|no credentials|token not found|token required|token is required|no bearer token|missing bearer|authentication required|missing access token|no access token")
		if noToken && bearerLike(m.auth.scheme) && headerDefect(m.auth, false) == "" && c.sentToken(m) != "" && !m.failed.says("malformed|dpop") {
			out = append(out, hit(m, flows.Likely, step(m)+" carried a well-formed Authorization header", c.said(m)))
		}
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
		case t == nil && idTokenShape(readJWT(raw), ""):
			what = "an ID token by its claims"
			conf = flows.Likely
		case t == nil && strings.EqualFold(readJWT(raw).claim("typ"), "Refresh"):
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
		case t == nil && strings.EqualFold(readJWT(v).head("typ"), "at+jwt"):
			what = "an access token by its type"
		case t == nil && idTokenShape(readJWT(v), m.client()):
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
		switch j := readJWT(raw); {
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
			if t := x.answer0().tokenOf(); t != nil && t.access != "" && (t.id == "" || readJWT(t.id) != nil) {
				look(b.msg, t.access)
			}
		}
	}
	return out
}

func checkHeaderLarge(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role == roleOther || m.failed == nil || m.failed.layer == layerTransport {
			continue
		}
		if m.status() == 431 || (m.status() == 400 || m.status() == 502 || m.status() == 413 || m.status() == 494 || m.status() == 500) && m.failed.says("header", "too large|too big|too long|exceed|limit") {
			n := 0
			for _, h := range m.x.Request.Headers {
				n += len(h.Name) + len(h.Value) + 4
			}
			h := hit(m, flows.Certain, fmt.Sprintf("the request headers of %s have %d bytes, the Authorization header alone %d", step(m), n, len(m.auth.raw)), c.said(m))
			out = append(out, h.marking(markHeader(m, "Authorization", fmt.Sprintf("%d bytes", len(m.auth.raw)))))
		}
	}
	return out
}

func checkScheme(c *Case) []Hit {
	var out []Hit
	for _, m := range c.refusedUses() {
		if m.auth.name == "" || !authFailure(m) || headerDefect(m.auth, false) != "" {
			continue
		}
		if h, ok := c.schemeHit(m); ok {
			out = append(out, h.marking(markHeader(m, "Authorization", "the wrong scheme")))
		}
	}
	return out
}

func (c *Case) schemeHit(m *message) (Hit, bool) {
	raw := c.sentToken(m)
	t := c.issued[raw]
	bound := confirmation(readJWT(raw), "jkt") != "" || t != nil && t.access == raw && strings.EqualFold(t.tokenType, "DPoP")
	if bound && !strings.EqualFold(m.auth.scheme, "DPoP") {
		return hit(m, flows.Certain, "the token of "+step(m)+" is bound to a DPoP key and was sent as "+show(clip(m.auth.scheme, 20)), c.said(m)), true
	}
	if p := c.provider(); p != nil && p.Dialect.AuthScheme != "" && !strings.EqualFold(p.Dialect.AuthScheme, m.auth.scheme) {
		return hit(m, flows.Certain, p.Title+" wants the scheme "+p.Dialect.AuthScheme+", "+step(m)+" sent "+show(clip(m.auth.scheme, 20)), c.said(m)), true
	}
	if f := factFor(m.url.host); f != nil {
		if f.tokenHeader != "" && !m.x.Request.Headers.Has(f.tokenHeader) {
			return hit(m, flows.Certain, f.name+" takes the token in the header "+f.tokenHeader+", "+step(m)+" sent it in Authorization", c.said(m)), true
		}
		if f.scheme != "" && !strings.EqualFold(m.auth.scheme, f.scheme) {
			return hit(m, flows.Certain, f.name+" wants the scheme "+f.scheme+", "+step(m)+" sent "+show(clip(m.auth.scheme, 20)), c.said(m)), true
		}
	}
	challenge := strings.TrimSpace(m.respHeader("WWW-Authenticate"))
	wanted, _, _ := strings.Cut(challenge, " ")
	wanted = strings.TrimSuffix(wanted, ",")
	if wanted == "" || strings.EqualFold(wanted, m.auth.scheme) || strings.Contains(strings.ToLower(challenge), strings.ToLower(m.auth.scheme)) || strings.Contains(wanted, "=") {
		return Hit{}, false
	}
	return hit(m, flows.Likely, "the API asks for the scheme "+show(clip(wanted, 30))+", "+step(m)+" sent "+show(clip(m.auth.scheme, 20)), c.said(m)), true
}

func checkTokenInURL(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role == roleOther || m.role == roleCallback || m.role == roleAuthorize || m.role == rolePreflight {
			continue
		}
		if f := factFor(m.url.host); f != nil && f.queryToken {
			continue
		}
		for i := range m.query {
			p := &m.query[i]
			t := c.issued[p.Value]
			if t == nil && len(c.tokens) > 0 && !c.related(m.url.host) {
				continue // a stranger's token, such as a map's
			}
			if p.Value == "" || p.Name != "access_token" && (t == nil || t.access != p.Value || len(p.Value) < 12) {
				continue
			}
			h := hit(m, flows.Certain, "the query of "+step(m)+" carries an access token as "+show(p.Name)+" ("+c.mask("access_token", p.Value)+")").standing()
			h.cures = nil
			out = append(out, h.marking(markParam(m, p, "access token")))
			break
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
			if auds := readJWT(raw).list("aud"); len(auds) > 0 {
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
	return out
}

// audienceText: the refusal speaks of the audience.
func audienceText(t *trouble) bool {
	return t.says("audience|'aud'|\"aud\"|aud claim|aud is|claim aud| aud |aud:|idx10214|wrong resource|(aud)|invalid_audience|not intended for")
}
