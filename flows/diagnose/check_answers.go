package diagnose

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

func checkRateLimited(c *Case) []Hit {
	var out []Hit
	slow := map[string][]*message{}
	for _, m := range c.msgs {
		t := m.failed
		if t == nil || m.role == roleOther || t.layer == layerTransport || foreignPage(m) {
			continue
		}
		switch {
		case m.status() == 429, t.canon == "rate_limited", m.status() == 403 && t.says("rate limit|too many requests|quota exceeded|throttl"):
			h := hit(m, flows.Certain, c.request(m)+" was answered with "+strconv.Itoa(m.status()))
			if v := m.respHeader("Retry-After"); v != "" {
				h.evidence = append(h.evidence, "Retry-After: "+clip(v, 40))
			}
			if n := c.tokensJustBefore(m); n > 1 {
				h.evidence = append(h.evidence, fmt.Sprintf("%d tokens were fetched in the minute before; the earlier ones were still valid", n))
			}
			out = append(out, h)
		case t.canon == "slow_down":
			key := m.args.get("device_code")
			slow[key] = append(slow[key], m)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(slow)) {
		list := slow[code]
		last := list[len(list)-1]
		if len(list) < 2 || last.failed.solved {
			continue
		}
		h := hit(last, flows.Certain, fmt.Sprintf("polling was answered with slow_down %d times", len(list)))
		out = append(out, h.explaining(list...))
	}
	return out
}

// tokensJustBefore counts token answers in the minute before.
func (c *Case) tokensJustBefore(m *message) int {
	n := 0
	for _, t := range c.tokens {
		if d := m.at().Sub(t.from.at()); d >= 0 && d < time.Minute && t.from.url.host == m.url.host {
			n++
		}
	}
	return n
}

func checkDeviceExpired(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		t := m.failed
		if t == nil || t.canon != "expired_token" && !(m.grant == "device_code" && t.says("device code|device_code|code", "expired")) {
			continue
		}
		h := hit(m, flows.Certain, c.said(m))
		if t.canon != "expired_token" {
			h.confidence = flows.Likely
		}
		for _, x := range c.msgs {
			if x.role == roleDevice && x.answer().member("device_code") == m.args.get("device_code") {
				if life, err := strconv.Atoi(x.answer().member("expires_in")); err == nil {
					if m.at().Sub(x.end()) < time.Duration(life)*time.Second {
						h.confidence = flows.Likely // it was taken back, or another clock counts
					}
					h.evidence = append(h.evidence, fmt.Sprintf("the device code of %s lived %d s, the poll came %s after it", step(x), life, span(m.at().Sub(x.end()))))
				}
			}
		}
		out = append(out, h.explaining(c.pendingPolls(m)...))
	}
	return out
}

// pendingPolls are the earlier polls with the same device code.
func (c *Case) pendingPolls(m *message) []*message {
	var out []*message
	for _, x := range c.calls {
		if x != m && x.grant == "device_code" && x.args.get("device_code") == m.args.get("device_code") && x.failed != nil {
			out = append(out, x)
		}
	}
	return out
}

func checkTokenRedirected(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		loc := m.location()
		if loc == "" && m.status() >= 300 && m.status() < 400 && m.status() != 304 && m.failed != nil && m.status() != 300 {
			out = append(out, hit(m, flows.Likely, fmt.Sprintf("%s was answered with %d; where to is not recorded", c.request(m), m.status())))
			continue
		}
		if loc == "" || m.status() == 304 || m.failed == nil {
			continue
		}
		to := readTarget(loc)
		if to.host == "" {
			to = readTarget(resolve(m.url, loc))
		}
		if m.url.scheme == "http" && to.scheme == "https" && to.host == m.url.host && !m.url.loopback() || portalRedirect(m, to) {
			continue
		}
		h := hit(m, flows.Certain, fmt.Sprintf("%s was answered with %d to %s", c.request(m), m.status(), c.plainURL(to)))
		for _, f := range c.msgs {
			if f.parent == m {
				if m.status() >= 307 {
					h.evidence = append(h.evidence, step(f)+" followed it and sent the body, credentials included, to "+f.url.host)
				} else {
					h.evidence = append(h.evidence, step(f)+" followed it as "+method(f.x.Request)+", without the body")
				}
				h = h.explaining(f)
			}
		}
		out = append(out, h)
	}
	return out
}

func checkDamaged(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		r := m.x.Response
		if !damagedRole(m.role) || r == nil || !m.ok() {
			continue
		}
		why, conf := damage(m)
		if why == "" && c.isLive() && (!r.BodyComplete || m.x.Error != nil) {
			why, conf = "did not end as it promised: "+orElse(clip(r.Problem, 160), "the connection broke before its end"), flows.Certain
		}
		if why == "" && m.role == roleToken {
			if why = cached(m); why != "" {
				conf = flows.Certain
			}
		}
		if why == "" {
			if f := c.claimsFailure(m); f != nil && f.Code == protocol.NoClaims && !foreignPage(m) {
				out = append(out, namedClaims(hit(m, flows.Certain, step(m)+": "+f.Description).standing(), m))
			}
			continue
		}
		out = append(out, namedClaims(hit(m, conf, "the answer of "+step(m)+" "+why).standing(), m))
	}
	return out
}

// damagedRole: an endpoint whose answer is read as data.
func damagedRole(r role) bool {
	switch r {
	case roleToken, roleUserInfo, roleIntrospect, roleDevice, rolePAR, roleDiscovery, roleJWKS:
		return true
	}
	return false
}

// damage tells what is wrong with the bytes of a body.
func damage(m *message) (string, flows.Confidence) {
	r := m.x.Response
	a := m.answer()
	switch {
	case a.kind == bodyGzip:
		return fmt.Sprintf("begins with the bytes 1F 8B: it is still compressed, Content-Encoding is %s", show(r.Headers.Get("Content-Encoding"))), flows.Certain
	case bytes.HasPrefix(r.Body, bom):
		return "begins with a byte-order mark", flows.Certain
	case r.Problem != "" && !readable(m, a):
		return "is damaged: " + clip(r.Problem, 160), flows.Certain
	}
	if a.doc != nil {
		for _, p := range a.doc.Problems {
			switch p.Code {
			case "depth", "values":
				return "cannot be read to its end: " + clip(p.Text, 160), flows.Certain
			case "syntax":
				return "is cut short or broken: " + clip(p.Text, 160), flows.Certain
			case "duplicate":
				if topLevel(p.Path) {
					return "has a member twice: " + show(p.Path), flows.Certain
				}
			case "trailing":
				return "has more bytes behind the JSON value", flows.Likely
			}
		}
	}
	if a.kind == bodyJSON && (a.doc == nil || a.doc.Root == nil) {
		return "begins as JSON and cannot be read", flows.Certain
	}
	if n := r.Headers.Get("Content-Length"); n != "" && r.BodyBytes > 0 && r.Headers.Get("Content-Encoding") == "" {
		if want, err := strconv.ParseInt(strings.TrimSpace(n), 10, 64); err == nil && want > r.BodyBytes && int64(len(r.Body)) < want && !readable(m, a) {
			return fmt.Sprintf("has %d bytes, its Content-Length is %d", r.BodyBytes, want), flows.Likely
		}
	}
	return "", ""
}

// readable: a body that is whole JSON, whatever its recorded length says: recordings are
// shortened by those who clean them.
func readable(m *message, a *answer) bool {
	if a.token != nil || a.fault != nil {
		return true
	}
	if a.doc == nil || a.doc.Root == nil {
		return a.kind == bodyEmpty && m.role != roleToken
	}
	for _, p := range a.doc.Problems {
		if p.Code == "syntax" {
			return false
		}
	}
	return true
}

func topLevel(path string) bool { return strings.Count(path, ".") <= 2 }

// cached: a token answer that came from a cache, not from the server.
func cached(m *message) string {
	if v := m.respHeader("Age"); v != "" && v != "0" {
		return "comes from a cache (Age: " + clip(v, 20) + ")"
	}
	for _, h := range [...]string{"X-Cache", "CF-Cache-Status", "X-Cache-Status", "X-Proxy-Cache"} {
		if v := strings.ToUpper(m.respHeader(h)); strings.HasPrefix(v, "HIT") || strings.Contains(v, " HIT") {
			return "comes from a cache (" + h + ": HIT)"
		}
	}
	return ""
}

// scopeAlias brings spellings of one scope together.
func scopeAlias(s string) string {
	s = strings.TrimSuffix(strings.TrimSpace(s), "/")
	switch s {
	case "https://www.googleapis.com/auth/userinfo.email":
		return "email"
	case "https://www.googleapis.com/auth/userinfo.profile":
		return "profile"
	}
	for _, prefix := range [...]string{"https://graph.microsoft.com/", "https://outlook.office.com/", "https://outlook.office365.com/"} {
		s = strings.TrimPrefix(s, prefix)
	}
	return strings.ToLower(s)
}

// missingScopes are the requested scopes that were not granted, aliases and scopes that
// show in other members left out.
func missingScopes(requested string, t *tokenSet) []string {
	granted := map[string]bool{}
	for _, s := range t.scope {
		granted[scopeAlias(s)] = true
	}
	var out []string
	for _, s := range splitScopes(requested) {
		key := scopeAlias(s)
		switch {
		case granted[key], strings.HasSuffix(key, ".default"), strings.HasSuffix(key, "/.default"):
		case (strings.HasPrefix(key, "offline") || key == "refresh_token") && t.refresh != "":
		case key == "openid" && t.id != "":
		case strings.HasPrefix(key, "offline"): // its absence shows as a missing refresh token
		case (key == "profile" || key == "email") && t.id != "" && idHas(t, key):
		default:
			out = append(out, s)
		}
	}
	return out
}

// idHas: the ID token carries what the scope asked for.
func idHas(t *tokenSet, scope string) bool {
	j := t.token("id")
	return scope == "email" && j.claim("email") != "" || scope == "profile" && (j.claim("name") != "" || j.claim("preferred_username") != "" || j.claim("given_name") != "")
}

// requestedScope is what was asked for a token answer, and where.
func (c *Case) requestedScope(t *tokenSet) (string, *message, *param) {
	m := t.from
	if m.grant == "refresh_token" {
		return "", nil, nil
	}
	if a := c.attemptOf(m); a != nil {
		if p := a.params.arg("scope"); p != nil {
			return p.Value, a.where, p
		}
		return "", nil, nil
	}
	if m.grant == "device_code" {
		for _, x := range c.msgs {
			if x.role == roleDevice && x.thread == m.thread {
				if p := x.arg("scope"); p != nil {
					return p.Value, x, p
				}
			}
		}
	}
	if p := m.arg("scope"); p != nil {
		return p.Value, m, p
	}
	return "", nil, nil
}

func checkScopeNarrowed(c *Case) []Hit {
	var out []Hit
	for _, t := range c.tokens {
		if !t.hasScope || t.from.role != roleToken {
			continue
		}
		asked, where, p := c.requestedScope(t)
		if asked == "" {
			continue
		}
		missing := missingScopes(asked, t)
		if len(missing) == 0 || len(t.scope) == 0 && c.live == nil && c.factOf(t.from) == nil && t.from.grant == "client_credentials" {
			continue
		}
		conf := flows.Certain
		if len(t.scope) == 0 {
			conf = flows.Likely
		}
		h := hit(t.from, conf, "asked for at "+step(where)+": "+show(asked), "granted at "+step(t.from)+": "+show(strings.Join(t.scope, " ")), "missing: "+show(strings.Join(missing, " "))).standing()
		out = append(out, h.marking(markParam(where, p, "asked for")))
	}
	return out
}

// commonLifetimes are lifetimes in seconds that providers give access tokens.
var commonLifetimes = []int64{60, 300, 600, 900, 1200, 1800, 2700, 3599, 3600, 5400, 7199, 7200, 10800, 14400, 21600, 28800, 36000, 43200, 86399, 86400}

func checkExpiryMisleading(c *Case) []Hit {
	var out []Hit
	for _, t := range c.tokens {
		if why := c.expiryDefect(t); why != "" && t.from.role == roleToken {
			out = append(out, hit(t.from, flows.Certain, why).standing().marking(markNode(t.from, t.expiry, "the stated lifetime")))
		}
	}
	return out
}

func (c *Case) expiryDefect(t *tokenSet) string {
	life, ok := t.lifetime()
	if !ok {
		return ""
	}
	stated := int64(life / time.Second)
	j := t.token("access")
	exp, hasExp := j.time("exp")
	iat, hasIat := j.time("iat")
	switch {
	case stated <= 0:
		return "expires_in of " + step(t.from) + " is " + strconv.FormatInt(stated, 10)
	case stated >= 60000 && stated%1000 == 0 && hasExp && hasIat && abs(exp.Sub(iat)-life/1000) <= time.Minute:
		return fmt.Sprintf("expires_in of %s is %d, the token itself lives %d s: the number is in milliseconds", step(t.from), stated, int64(exp.Sub(iat)/time.Second))
	case stated >= 300000 && stated%1000 == 0 && slices.Contains(commonLifetimes, stated/1000) && !hasExp:
		return fmt.Sprintf("expires_in of %s is %d, which would be %s: the number is probably in milliseconds", step(t.from), stated, span(life))
	case stated > 1_000_000_000 && !hasExp:
		return fmt.Sprintf("expires_in of %s is %d: a point in time or milliseconds, not a lifetime", step(t.from), stated)
	}
	if !hasExp {
		return ""
	}
	left := exp.Sub(serverTime(t.from))
	slack := max(2*time.Minute, life/10)
	if abs(left-life) <= slack || hasIat && abs(exp.Sub(iat)-life) <= slack {
		return ""
	}
	return fmt.Sprintf("expires_in of %s is %d s, by its exp the token lives %d s from the answer", step(t.from), stated, int64(left/time.Second))
}

func checkIDTokenMissing(c *Case) []Hit {
	var out []Hit
	for _, t := range c.tokens {
		m := t.from
		if m.role != roleToken || t.id != "" || m.grant != "authorization_code" && m.grant != "device_code" {
			continue
		}
		asked, where, p := c.requestedScope(t)
		if !contains(splitScopes(asked), "openid") || t.hasScope && !contains(t.scope, "openid") {
			continue
		}
		h := hit(m, flows.Certain, step(where)+" asked for openid").standing()
		if t.hasScope {
			h.evidence = append(h.evidence, "the answer of "+step(m)+" grants openid and has no id_token")
		} else {
			h.evidence = append(h.evidence, "the answer of "+step(m)+" has no id_token")
		}
		out = append(out, h.marking(markParam(where, p, "asked for")))
	}
	return out
}
