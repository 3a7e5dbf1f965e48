package diagnose

import (
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

var dialectRules = []Rule{
	{Code: "dialect-error-in-200", Severity: flows.SeverityInfo, Stage: StageExchange,
		Title: "The provider reports a failure with status 200",
		Doc:   "The failure inside has its own code; this says only that the status does not tell.",
		Cause: "The provider's dialect.", Fix: "Test for the error member before the status.", Spec: "provider",
		Bad: "200 {\"error\":\"bad_verification_code\"}", Good: "400 with the same body", Check: checkErrorIn200},
	{Code: "dialect-envelope", Severity: flows.SeverityInfo, Stage: StageExchange,
		Title: "The token is inside an envelope",
		Doc:   "The members of the token response stand in data, body, Result or the like.",
		Cause: "The provider's dialect.", Fix: "Read the token from inside that member, not from the top of the answer.", Spec: "provider",
		Bad: "{\"code\":0,\"data\":{\"access_token\":…}}", Good: "access_token at the top", Check: checkEnvelope},
	{Code: "dialect-member-names", Severity: flows.SeverityInfo, Stage: StageExchange,
		Title: "The answer uses other names or forms than the specification",
		Doc:   "Token, accessToken, authCode, a scope as array or with commas, an unusual token_type.",
		Cause: "The provider's dialect.", Fix: "Read these members by the names that the provider uses; a library that expects access_token needs a mapping.", Spec: "provider",
		Bad: "{\"Token\":…,\"TokenType\":…}", Good: "access_token, token_type, scope with blanks", Check: checkMemberNames},
	{Code: "dialect-expiry-form", Severity: flows.SeverityInfo, Stage: StageExchange,
		Title: "The lifetime is told in another form",
		Doc:   "A string, an absolute time, issued_at, or nothing at all instead of expires_in as a number of seconds.",
		Cause: "The provider's dialect.", Fix: "Read it by the profile; without a lifetime, treat 401 as the sign to refresh.", Spec: "RFC 6749 section 5.1",
		Bad: "expires_in as a string", Good: "expires_in 3600", Check: checkExpiryForm},
	{Code: "dialect-body-format", Severity: flows.SeverityInfo, Stage: StageExchange,
		Title: "The token endpoint speaks another body format",
		Doc:   "A token request by GET or JSON, an answer as form or text/plain, where that is this provider's way.",
		Cause: "The provider's dialect.", Fix: "Send and read this format at this provider; a library that only knows forms and JSON answers needs the option for it.", Spec: "provider",
		Bad: "a JSON token request that succeeded", Good: "a form that succeeded with a JSON answer", Check: checkBodyDialect},
}

func checkErrorIn200(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role == roleOther || m.failed == nil || m.status() != 200 || m.answer().fault == nil {
			continue
		}
		h := hit(m, flows.Certain, c.said(m)).marking(markNode(m, m.answer().fault.node, "the failure"))
		h.cures = nil
		out = append(out, h)
	}
	return out
}

func checkEnvelope(c *Case) []Hit {
	var out []Hit
	for _, t := range c.tokens {
		if t.envelope != "" {
			out = append(out, hit(t.from, flows.Certain, "the token of "+step(t.from)+" stands in the member "+show(t.envelope)).marking(markNode(t.from, t.accessNode, "here")))
		}
	}
	return out
}

func checkMemberNames(c *Case) []Hit {
	var out []Hit
	for _, t := range c.tokens {
		var notes []string
		if t.accessName != "" && t.accessName != "access_token" {
			notes = append(notes, "the access token is called "+show(t.accessName))
		}
		switch t.scopeForm {
		case "array":
			notes = append(notes, "scope is an array")
		case "comma":
			notes = append(notes, "scopes are separated by commas")
		}
		switch strings.ToLower(t.tokenType) {
		case "", "bearer", "dpop", "mac", "n_a", "pop":
		default:
			notes = append(notes, "token_type is "+show(t.tokenType))
		}
		if c.isLive() && t.from.role == roleToken && t.access != "" {
			notes = append(notes, t.oddities()...)
		}
		if len(notes) > 0 {
			out = append(out, hit(t.from, flows.Certain, notes...))
		}
	}
	for _, b := range c.backs {
		if p := b.code(); p != nil && p.Name != "code" && b.step() != nil {
			h := hit(b.step(), flows.Certain, "the code is called "+show(p.Name)+" in the callback")
			h.cures = nil
			out = append(out, h)
		}
	}
	return out
}

// oddities are forms of a token answer that only a client of one's own has to be told of.
func (t *tokenSet) oddities() []string {
	var notes []string
	kind := t.from.answer().node(typeNames...)
	switch {
	case kind == nil && t.tokenType == "":
		notes = append(notes, "token_type is missing, which RFC 6749 section 5.1 requires")
	case kind != nil && kind.Kind != rawjson.String:
		notes = append(notes, "token_type is "+kind.Kind.String()+" instead of a string (RFC 6749 section 5.1)")
	case strings.EqualFold(t.tokenType, "mac"):
		notes = append(notes, "token_type is "+show(t.tokenType)+": such a token is not sent as Bearer (RFC 6749 section 7.1)")
	}
	if scheme, _, _ := strings.Cut(t.access, " "); strings.ContainsAny(t.access, " \t\r\n") && !flows.IsMask(t.access) {
		note := "the access token holds blanks or line breaks, which no header may carry (RFC 6750 section 2.1)"
		if strings.EqualFold(scheme, "bearer") {
			note = "the access token begins with a word that belongs to the Authorization header (RFC 6750 section 2.1)"
		}
		notes = append(notes, note)
	}
	if t.refresh == t.access {
		notes = append(notes, "the refresh token is the access token: whoever sees a call can refresh (RFC 6749 section 1.5)")
	}
	if t.id == t.access {
		notes = append(notes, "the access token is the ID token, which is meant for the client and not for an API (RFC 9068 section 5)")
	}
	return notes
}

func checkExpiryForm(c *Case) []Hit {
	var out []Hit
	for _, t := range c.tokens {
		if t.access == "" || t.from.role != roleToken {
			continue
		}
		a := t.from.answer()
		note := ""
		switch {
		case t.expiry != nil && t.expiry.Kind == rawjson.String:
			note = "the lifetime is a string"
		case t.expiry != nil && t.expiry.Kind != rawjson.Number:
			note = "the lifetime is of the kind " + t.expiry.Kind.String()
		case t.hasExpiry && t.expiry == nil && a.kind == bodyForm:
		case !t.hasExpiry && a.node("expires_at", "expiresAt", "expires_on", "expire_time", "expireTime") != nil:
			note = "the end is given as a point in time"
		case !t.hasExpiry && a.node("issued_at") != nil:
			note = "there is issued_at but no lifetime"
		case !t.hasExpiry:
			note = "there is no lifetime"
		}
		if note != "" {
			out = append(out, hit(t.from, flows.Certain, "in the answer of "+step(t.from)+" "+note).marking(markNode(t.from, t.expiry, note)))
		}
	}
	return out
}

func checkBodyDialect(c *Case) []Hit {
	var out []Hit
	for _, t := range c.tokens {
		m := t.from
		if m.role != roleToken {
			continue
		}
		var notes []string
		if m.x.Request.Method == "GET" {
			notes = append(notes, "the token request is a GET")
		}
		if m.reqBody == bodyJSON {
			notes = append(notes, "the token request is JSON")
		}
		switch a := m.answer(); a.kind {
		case bodyForm, bodyJSONP:
			notes = append(notes, "the answer is "+a.kind.String())
		case bodyJSON:
			if label := strings.ToLower(m.respHeader("Content-Type")); label != "" && !strings.Contains(label, "json") {
				notes = append(notes, "the answer is JSON labelled "+show(clip(label, 60)))
			}
		}
		if len(notes) > 0 {
			out = append(out, hit(m, flows.Certain, notes...))
		}
	}
	return out
}
