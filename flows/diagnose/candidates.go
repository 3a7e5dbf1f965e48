package diagnose

import (
	"slices"
	"time"

	"oauthlens/flows"
)

// The verdicts on a candidate.
const (
	confirmed = "confirmed"
	ruledOut  = "ruled out"
	open      = "open"
)

func candidate(code, verdict, why, probe string) flows.Candidate {
	if verdict != open {
		probe = ""
	}
	return flows.Candidate{Code: code, Verdict: verdict, Why: flows.Say(why), Probe: probe}
}

// grantCandidates weighs every known cause of invalid_grant for one request.
func (c *Case) grantCandidates(m *message) []flows.Candidate {
	if m.grant == "refresh_token" {
		return c.refreshCandidates(m)
	}
	return []flows.Candidate{c.weighReuse(m), c.weighEndpoint(m), c.weighRedirect(m), c.weighClient(m), c.weighCode(m), c.weighPKCE(m), c.weighAge(m)}
}

func (c *Case) weighReuse(m *message) flows.Candidate {
	const probe = "run a new flow and exchange its code once, with every other program that knows the client stopped"
	if m.value("code") == "" {
		return candidate("code-reused", ruledOut, "the request carries no code", "")
	}
	if x := c.earlierWith(m); len(x) > 0 {
		return candidate("code-reused", confirmed, "the same code was sent at "+step(x[0]), "")
	}
	if c.opts.History != nil {
		if c.opts.History(HashOf(m.value("code"))) {
			return candidate("code-reused", confirmed, "the same code was sent in an earlier run", "")
		}
		return candidate("code-reused", ruledOut, "neither this trace nor the history has an earlier request with this code", "")
	}
	return candidate("code-reused", open, "the trace has no earlier request with this code; another process could have sent one", probe)
}

func (c *Case) weighEndpoint(m *message) flows.Candidate {
	if h, ok := c.wrongEndpoint(m); ok {
		return candidate("token-endpoint-wrong", confirmed, h.evidence[0], "")
	}
	if d := c.metaFor(m); d != nil && readTarget(d.text("token_endpoint")).endpoint() == m.url.endpoint() {
		return candidate("token-endpoint-wrong", ruledOut, "the URL is the token_endpoint of the discovery document", "")
	}
	if c.isLive() {
		return candidate("token-endpoint-wrong", ruledOut, "the URL is the one of the profile", "")
	}
	return candidate("token-endpoint-wrong", open, "no discovery document in the trace names the token endpoint", "fetch the issuer's discovery document and compare token_endpoint")
}

func (c *Case) weighRedirect(m *message) flows.Candidate {
	r := c.compareRedirect(m)
	switch {
	case !r.known:
		return candidate("redirect-uri-changed", open, "the authorization request is not in the trace", "compare redirect_uri of both requests byte by byte")
	case r.same:
		return candidate("redirect-uri-changed", ruledOut, "redirect_uri is byte-equal in both requests", "")
	}
	return candidate("redirect-uri-changed", confirmed, r.how, "")
}

func (c *Case) weighClient(m *message) flows.Candidate {
	was, from := c.ownerOf(m)
	switch {
	case was == "" || m.client() == "":
		return candidate("client-id-changed", open, "the trace does not show which client obtained it", "compare the client ids of both requests")
	case was == m.client():
		return candidate("client-id-changed", ruledOut, "the client id is the one of "+step(from), "")
	}
	return candidate("client-id-changed", confirmed, "the client id is not the one of "+step(from), "")
}

func (c *Case) weighCode(m *message) flows.Candidate {
	got, sent, b, rel := c.sentCode(m)
	switch {
	case got == nil || sent == nil:
		return candidate("code-altered", open, "the callback is not in the trace", "compare the posted code with the decoded one of the callback")
	case rel.code == "equal":
		return candidate("code-altered", ruledOut, "the posted code is the one of "+step(b.step())+", decoded once", "")
	case rel.code == "other":
		return candidate("code-altered", confirmed, "the posted code is not the one of "+step(b.step()), "")
	}
	return candidate(rel.code, confirmed, rel.how, "")
}

func (c *Case) weighPKCE(m *message) flows.Candidate {
	for _, p := range c.pkcePairs() {
		if p.x != m {
			continue
		}
		has := func(q *param) bool { return q != nil && q.Value != "" }
		switch {
		case !has(p.challenge) && !has(p.verifier):
			return candidate("pkce-verifier-mismatch", ruledOut, "PKCE was not used", "")
		case has(p.challenge) != has(p.verifier):
			return candidate("pkce-half-sent", confirmed, "only one half of PKCE was sent", "")
		case p.defect != "":
			return candidate("pkce-challenge-invalid", confirmed, p.defect, "")
		case p.match:
			return candidate("pkce-verifier-mismatch", ruledOut, "the verifier hashes to the challenge", "")
		case p.hash == "":
			return candidate("pkce-verifier-mismatch", open, "the verifier was not kept", "start a new run")
		}
		return candidate("pkce-verifier-mismatch", confirmed, "the verifier does not hash to the challenge", "")
	}
	return candidate("pkce-verifier-mismatch", open, "the authorization request is not in the trace", "recompute BASE64URL(SHA256(verifier)) and compare it with the challenge")
}

func (c *Case) weighAge(m *message) flows.Candidate {
	age, from, ok := c.codeAge(m)
	life := c.codeLife(m)
	passed := ""
	if ok {
		passed = span(age) + " passed since " + step(from) + ", a code lives " + span(life.Duration) + " (" + life.who + ")"
	}
	switch {
	case !ok:
		return candidate("code-expired", open, "the trace does not show when the code was received", "exchange a fresh code at once")
	case age > life.Duration && life.known && life.checked:
		return candidate("code-expired", confirmed, passed, "")
	case age > life.Duration:
		return candidate("code-expired", open, passed, "exchange a fresh code at once")
	case life.known || age < 20*time.Second:
		return candidate("code-expired", ruledOut, passed, "")
	}
	return candidate("code-expired", open, span(age)+" passed since "+step(from)+"; this provider's lifetime is not known", "exchange a fresh code at once")
}

// refreshCandidates weighs the causes for a refresh.
func (c *Case) refreshCandidates(m *message) []flows.Candidate {
	var out []flows.Candidate
	const another = "stop every other process with this token, log in again, and refresh once"
	same := c.sameRefresh(m)
	spent := slices.ContainsFunc(same, func(x *message) bool { return !leftGood(x, m) })
	switch {
	case spent:
		out = append(out, candidate("refresh-token-reused", confirmed, "the same refresh token was sent at "+step(same[0]), ""))
	case len(same) > 0:
		out = append(out, candidate("refresh-token-reused", ruledOut, "it was sent at "+step(same[0])+", whose answer did not replace it", ""))
	default:
		out = append(out, candidate("refresh-token-reused", open, "the trace has no earlier use of this token; another process could have used it", another))
	}
	out = append(out, c.weighEndpoint(m), c.weighClient(m))
	v := m.value("refresh_token")
	switch t := c.issued[v]; {
	case v == "":
		out = append(out, candidate("refresh-token-empty", confirmed, "the request carries no refresh token", ""))
	case t == nil:
		out = append(out, candidate("wrong-token-kind", open, "the trace does not show where the token came from", "compare it with the refresh_token member of the token answer"))
	case t.refresh == v:
		out = append(out, candidate("wrong-token-kind", ruledOut, "it is the refresh_token member of "+step(t.from), ""))
	default:
		out = append(out, candidate("wrong-token-kind", confirmed, "it is another member of the answer of "+step(t.from), ""))
	}
	return append(out, candidate("refresh-token-expired", open, "idle limits and revocation are not visible in a trace", "log in again and refresh at once: if that works, the token had ended"))
}

// clientCandidates weighs every known cause of invalid_client for one request.
func (c *Case) clientCandidates(m *message) []flows.Candidate {
	var out []flows.Candidate
	clean := func(code string, bad bool, yes, no string) {
		if bad {
			out = append(out, candidate(code, confirmed, yes, ""))
			return
		}
		out = append(out, candidate(code, ruledOut, no, ""))
	}
	isPlaceholder, isPadded, isEncoded := false, false, false
	for _, x := range m.creds.list {
		if why, _ := placeholder(x.value); why != "" {
			isPlaceholder = true
		}
		if where, _ := edgeSpace(x.value); where != "" {
			isPadded = true
		}
		if hasEscape(x.value) {
			isEncoded = true
		}
	}
	clean("credential-placeholder", isPlaceholder, "a credential is no value", "id and secret look like values")
	clean("credential-whitespace", isPadded, "a credential has white space at an end", "no credential has white space at an end")
	clean("secret-double-encoded", isEncoded, "a credential contains %XX after decoding", "no credential contains %XX after decoding")
	if _, mixed := c.mixedID(m); mixed {
		out = append(out, candidate("environment-mixed", confirmed, "the client id's prefix names another environment than the host", ""))
	} else {
		out = append(out, candidate("environment-mixed", open, "the form of the id does not tell its environment", "send the same credentials to the sibling environment with a dummy code: invalid_grant there means that they belong there"))
	}
	out = append(out, c.weighMethod(m))
	if m.creds.basic {
		defect, _ := basicDefect(m.auth)
		clean("basic-header-wrong", defect != "", defect, "the Basic header decodes, and its halves need no encoding")
	}
	return append(out, candidate("client-credentials-rejected", open, "wrong id or wrong secret remain", "copy both again as a pair and send them with a dummy code: invalid_grant means that they were accepted"))
}

func (c *Case) weighMethod(m *message) flows.Candidate {
	const code = "client-auth-method-wrong"
	if d := c.metaFor(m); d != nil {
		if methods, ok := d.list("token_endpoint_auth_methods_supported"); ok {
			if contains(methods, m.creds.method()) {
				return candidate(code, ruledOut, "the server lists "+m.creds.method(), "")
			}
			return candidate(code, confirmed, "the server does not list "+m.creds.method(), "")
		}
	}
	return candidate(code, open, "the server's methods are not in the trace", "send a dummy code by the other method: another error than invalid_client means that it is the right one")
}
