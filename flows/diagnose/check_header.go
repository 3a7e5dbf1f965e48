package diagnose

import (
	"fmt"
	"strings"

	"oauthlens/flows"
)

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
	case strings.HasPrefix(low, "authorization:") || strings.HasPrefix(restLow, "authorization:"):
		return "the header's name is repeated in its value"
	case strings.HasPrefix(restLow, "bearer ") || strings.HasPrefix(restLow, "dpop ") || restLow == "bearer":
		return "it has the scheme twice"
	case bearerLike(a.scheme) && unexpanded(rest):
		return "the token is a variable that was not expanded"
	case bearerLike(a.scheme) && strings.HasPrefix(rest, "{"):
		return "the token is a JSON text instead of one member of it"
	case strings.ContainsAny(rest, "\"'“”`<>") && bearerLike(a.scheme) || strings.HasPrefix(a.raw, "\"") || strings.HasPrefix(a.raw, "'"):
		return "it contains quotes or brackets"
	case strings.HasPrefix(low, "bearer:") || strings.HasPrefix(low, "bearer="):
		return "a colon stands behind the scheme instead of a blank"
	case strings.HasPrefix(low, "bearer") && !strings.HasPrefix(low, "bearer ") && len(low) > len("bearer")+4:
		return "the blank between scheme and token is missing"
	case bearerLike(a.scheme) && strings.ContainsAny(rest, " \t") && !flows.IsMask(rest):
		return "there is a blank inside the token"
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
	bound := confirmation(c.jwtOf(raw), "jkt") != "" || t != nil && t.access == raw && strings.EqualFold(t.tokenType, "DPoP")
	if bound && !strings.EqualFold(m.auth.scheme, "DPoP") {
		return hit(m, flows.Certain, "the token of "+step(m)+" is bound to a DPoP key and was sent as "+show(clip(m.auth.scheme, 20)), c.said(m)), true
	}
	if p := c.provider(); p != nil && p.Dialect.AuthScheme != "" && !strings.EqualFold(p.Dialect.AuthScheme, m.auth.scheme) {
		return hit(m, flows.Certain, p.Title+" wants the scheme "+p.Dialect.AuthScheme+", "+step(m)+" sent "+show(clip(m.auth.scheme, 20)), c.said(m)), true
	}
	if f := c.fact(m.url.host); f != nil {
		if f.tokenHeader != "" && !m.x.Request.Headers.Has(f.tokenHeader) {
			return hit(m, flows.Certain, f.as("token header")+" takes the token in the header "+f.tokenHeader+", "+step(m)+" sent it in Authorization", c.said(m)).resting(f, "token header"), true
		}
		if f.scheme != "" && !strings.EqualFold(m.auth.scheme, f.scheme) {
			return hit(m, flows.Certain, f.as("scheme")+" wants the scheme "+f.scheme+", "+step(m)+" sent "+show(clip(m.auth.scheme, 20)), c.said(m)).resting(f, "scheme"), true
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
		if m.role == roleCallback || m.role == roleAuthorize || m.role == rolePreflight {
			continue
		}
		if f := c.fact(m.url.host); f != nil && f.queryToken {
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
		if f := c.fact(m.url.host); f != nil && f.header != "" && !m.x.Request.Headers.Has(f.header) && onAPI(f, m) && (m.status() == 401 || m.status() == 403 || m.status() == 400) && !m.failed.says("expired") {
			out = append(out, hit(m, flows.Certain, f.as("api header")+" wants the header "+f.header+" beside the token, "+step(m)+" has none", c.said(m)).resting(f, "api header"))
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
