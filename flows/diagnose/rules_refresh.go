package diagnose

import (
	"fmt"
	"strings"
	"time"

	"oauthlens/flows"
)

var refreshRules = []Rule{
	{Code: "refresh-token-reused", Severity: flows.SeverityError, Stage: StageRefresh, Sticky: true,
		Title: "A refresh token that had been replaced was used again",
		Doc:   "The provider rotates refresh tokens: each use gives a new one and ends the old. Using a stale copy is refused, and often ends the whole family. Uses seconds apart and at once are refresh-race.",
		Cause: "The new token was not stored before the next use, or another process still has the old one.",
		Fix:   "Store the new refresh token before using it.",
		Spec:  "RFC 9700 section 4.14.2", Bad: "the token replaced an hour ago is sent again", Good: "each refresh with the token of the last answer",
		Check: checkRefreshReused},
	{Code: "refresh-race", Severity: flows.SeverityError, Stage: StageRefresh, Sticky: true,
		Title: "Two refreshes with the same token ran at once",
		Doc:   "Two workers sent the same refresh token within a few seconds, so the loser was refused.",
		Cause: "A rotating refresh token is good for one use.",
		Fix:   "Do one refresh at a time, locked across processes, and let the others wait for its result.",
		Spec:  "RFC 9700 section 4.14.2", Bad: "two refreshes 40 ms apart, one refused", Good: "two refreshes with different tokens at once",
		Check: checkRefreshRace},
	{Code: "refresh-answer-lost", Severity: flows.SeverityError, Stage: StageRefresh, Sticky: true,
		Title: "The answer to the first refresh was lost, and the repeat is refused",
		Doc:   "The server had rotated the token and its answer did not arrive, so the client repeated with a token that had ended.",
		Cause: "The connection broke, or timed out, after the server did its part.",
		Fix:   "Use the provider's grace window if it has one, else log in again.",
		Spec:  "RFC 9700 section 4.14.2", Bad: "a refresh without an answer, then invalid_grant for the same token", Good: "a refresh without an answer whose repeat succeeded",
		Check: checkRefreshLost},
	{Code: "refresh-token-empty", Severity: flows.SeverityError, Stage: StageRefresh,
		Title: "The refresh request carries no refresh token",
		Doc:   "It is empty, absent, or the word undefined or null: it was overwritten by an answer without one, or never issued.",
		Cause: "Not every refresh answer brings a new token; the old one stays good then.",
		Fix:   "Keep the old refresh token when none comes back, and use a grant that fits where none is issued.",
		Spec:  "RFC 6749 section 6", Bad: "grant_type=refresh_token&refresh_token=", Good: "a refresh with the token of the first answer",
		Check: checkRefreshEmpty},
	{Code: "refresh-token-expired", Severity: flows.SeverityError, Stage: StageRefresh,
		Title: "The refresh token, or its session, is over",
		Doc:   "The provider says so, or its stated lifetime has passed, and no better reason is known. Proof of an earlier use goes first.",
		Cause: "Idle limits, a password change, a revocation or the end of the session end a refresh token.",
		Fix:   "Log in again; ask for offline access; raise the idle limit if it is yours to set.",
		Spec:  "RFC 6749 section 5.2", Bad: "Token is not active, 45 minutes after the last use", Good: "a bare invalid_grant",
		Check: checkRefreshExpired},
	{Code: "refresh-testing-mode", Severity: flows.SeverityError, Stage: StageRefresh,
		Title: "Google ends refresh tokens after seven days while the application is in testing",
		Doc:   "A refresh token of an application whose publishing status is Testing is refused about seven days after consent.",
		Cause: "The rule of the consent screen for applications in testing.",
		Fix:   "Publish the application, and let the user consent again.",
		Spec:  "provider", Bad: "expired or revoked, seven days after consent", Good: "the same refusal after one day",
		Check: checkTestingMode},
	{Code: "consent-expired", Severity: flows.SeverityError, Stage: StageRefresh,
		Title: "The user's consent has run out",
		Doc:   "Consent with a bank or provider lasts a limited time (90 days in open banking), after which the grant or the data call is refused.",
		Cause: "The law or the provider limits how long a consent lasts.",
		Fix:   "Have the user reconfirm or reconnect before the day.",
		Spec:  "provider", Bad: "refresh refused 90 days after the connection was made", Good: "a refresh after 60 days",
		Check: checkConsentExpired},
	{Code: "refresh-token-not-rotated", Severity: flows.SeverityInfo, Stage: StageRefresh,
		Title: "The refresh answer has no new refresh token: keep the old one",
		Doc:   "The provider does not rotate refresh tokens, or not for this client.",
		Cause: "RFC 6749 leaves it to the server.", Fix: "Keep the refresh token that you have.",
		Spec: "RFC 6749 section 6", Bad: "a refresh answer without refresh_token", Good: "a refresh answer with one",
		Check: checkNotRotated},
}

const raceWindow = 5 * time.Second

// refreshes are the refresh requests.
func (c *Case) refreshes() []*message {
	var out []*message
	for _, m := range c.calls {
		if m.grant == "refresh_token" {
			out = append(out, m)
		}
	}
	return out
}

// sameRefresh are the other requests with the same refresh token, in the order of time.
func (c *Case) sameRefresh(m *message) []*message {
	v := m.value("refresh_token")
	var out []*message
	for _, x := range c.refreshes() {
		if x != m && len(v) > 3 && x.value("refresh_token") == v && x.url.host == m.url.host {
			out = append(out, x)
		}
	}
	return out
}

// refusedRefresh: the token itself was refused.
func refusedRefresh(m *message) bool {
	t := m.failed
	return t != nil && t.layer != layerTransport && m.status() < 500 && m.status() != 429 &&
		(t.canon == "invalid_grant" || t.canon == "invalid_request" || t.canon == "" || t.canon == "invalid_token" || t.canon == "access_denied")
}

func near(a, b *message) bool {
	return abs(a.at().Sub(b.at())) <= raceWindow || a.at().Before(b.end()) && b.at().Before(a.end())
}

func checkRefreshReused(c *Case) []Hit {
	var out []Hit
	for _, m := range c.refreshes() {
		if !refusedRefresh(m) {
			continue
		}
		t := c.issued[m.value("refresh_token")]
		found := false
		for _, x := range c.sameRefresh(m) {
			if x.pos > m.pos || x.failed != nil || near(x, m) {
				continue
			}
			set := x.answer0().tokenOf()
			if set == nil || set.refresh == "" || set.refresh == m.value("refresh_token") {
				continue // not rotated: its earlier use ends nothing
			}
			h := hit(m, flows.Certain, "the refresh token of "+step(m)+" was used at "+step(x)+", "+span(m.at().Sub(x.at()))+" earlier, which gave a new one", c.said(m))
			if t != nil && t.refresh != "" {
				h.evidence = append(h.evidence, "it was issued at "+step(t.from))
			}
			out = append(out, h.marking(markParam(m, m.arg("refresh_token"), "replaced")))
			found = true
			break
		}
		if !found && c.opts.History != nil && m.failed.canon == "invalid_grant" && t == nil && c.opts.History(HashOf(m.value("refresh_token"))) {
			out = append(out, hit(m, flows.Likely, "the refresh token of "+step(m)+" was used in an earlier run", c.said(m)))
		} else if !found && m.failed.says("refresh|token|stale", "already used|already been used|was reused|reuse|stale token|has been used|previously used|has been rotated|been rotated|superseded") && !m.failed.says("or already|or has been used|or reused") {
			out = append(out, hit(m, flows.Likely, c.said(m)))
		}
	}
	return out
}

func checkRefreshRace(c *Case) []Hit {
	var out []Hit
	for _, m := range c.refreshes() {
		if !refusedRefresh(m) {
			continue
		}
		for _, x := range c.sameRefresh(m) {
			if !near(x, m) || x.failed != nil {
				continue // there is no loser without a winner
			}
			if leftGood(x, m) {
				continue
			}
			a, b := m, x
			if b.at().Before(a.at()) {
				a, b = b, a
			}
			h := hit(m, flows.Certain, fmt.Sprintf("%s and %s carry the same refresh token, %s apart", step(a), step(b), span(b.at().Sub(a.at()))), c.said(m))
			out = append(out, h.marking(markParam(m, m.arg("refresh_token"), "sent twice at once")))
			break
		}
	}
	return out
}

// leftGood: the refresh x succeeded, was over before the refresh m began, and brought no
// other refresh token than the one that both sent.
func leftGood(x, m *message) bool {
	set := x.answer0().tokenOf()
	return x.failed == nil && !x.end().After(m.at()) && (set == nil || set.refresh == "" || set.refresh == m.value("refresh_token"))
}

func checkRefreshLost(c *Case) []Hit {
	var out []Hit
	for _, m := range c.refreshes() {
		if !refusedRefresh(m) {
			continue
		}
		for _, x := range c.sameRefresh(m) {
			if x.pos > m.pos || !lostAnswer(x) {
				continue
			}
			h := hit(m, flows.Certain, step(x)+" sent the same refresh token "+span(m.at().Sub(x.at()))+" earlier and got no complete answer", c.said(m))
			h.at = x
			out = append(out, h.explaining(x))
			break
		}
	}
	return out
}

// lostAnswer: the request may have reached the server, and its answer was not read.
func lostAnswer(m *message) bool {
	if m.failed == nil {
		return false
	}
	if m.failed.layer == layerTransport {
		e := m.x.Error
		return e == nil || e.Kind == flows.ErrorTimeout || e.Kind == flows.ErrorReset || e.Kind == flows.ErrorProtocol || e.Kind == flows.ErrorCancelled
	}
	if m.status() == 504 || m.status() == 502 || m.status() == 408 {
		return true
	}
	why, _ := damage(m)
	return m.ok() && (why != "" || m.answer().kind == bodyEmpty)
}

func checkRefreshEmpty(c *Case) []Hit {
	var out []Hit
	for _, m := range c.refreshes() {
		if m.failed == nil || m.failed.layer == layerTransport {
			continue
		}
		p := m.arg("refresh_token")
		what := ""
		switch {
		case p == nil:
			what = "has no refresh_token"
		case strings.TrimSpace(p.Value) == "":
			what = "has an empty refresh_token"
		case p.Value == "undefined" || p.Value == "null" || p.Value == "None" || p.Value == "nil" || p.Value == "[object Object]" || p.Value == "NaN" || p.Value == "false":
			what = "has the word " + p.Value + " as refresh_token"
		default:
			continue
		}
		h := hit(m, flows.Certain, step(m)+" "+what, c.said(m))
		if t := c.lastSetBefore(m); t != nil && t.refresh == "" && t.previous != nil {
			h.evidence = append(h.evidence, "the answer of "+step(t.from)+" brought no refresh token; the one of "+step(t.root.from)+" was still good")
		} else if t != nil && t.refresh == "" {
			h.evidence = append(h.evidence, "the answer of "+step(t.from)+" brought no refresh token")
		}
		out = append(out, h.marking(markParam(m, p, "no token")))
	}
	return out
}

func (c *Case) lastSetBefore(m *message) *tokenSet {
	var last *tokenSet
	for _, t := range c.tokens {
		if t.from.pos < m.pos && (t.from.client() == m.client() || t.from.thread == m.thread) {
			last = t
		}
	}
	return last
}

// refreshAge is the time since the refresh token was issued.
func (c *Case) refreshAge(m *message) (time.Duration, *tokenSet) {
	t := c.issued[m.value("refresh_token")]
	if t == nil {
		return 0, nil
	}
	return m.at().Sub(t.from.at()), t
}

func checkRefreshExpired(c *Case) []Hit {
	var out []Hit
	for _, m := range c.refreshes() {
		if !refusedRefresh(m) || m.value("refresh_token") == "" {
			continue
		}
		age, t := c.refreshAge(m)
		if r := c.revokedBefore(m, m.value("refresh_token")); r != nil {
			out = append(out, hit(m, flows.Certain, "the refresh token of "+step(m)+" was revoked at "+step(r)+", "+span(m.at().Sub(r.at()))+" earlier", c.said(m)))
			continue
		}
		if exp, ok := c.jwtOf(m.value("refresh_token")).time("exp"); ok && exp.Before(serverTime(m)) {
			out = append(out, hit(m, flows.Certain, "the refresh token of "+step(m)+" ended "+span(serverTime(m).Sub(exp))+" before the request, by its own exp", c.said(m)))
			continue
		}
		if life := statedRefreshLife(t); life > 0 && age > life {
			out = append(out, hit(m, flows.Certain, "the refresh token was issued "+span(age)+" earlier with a stated life of "+span(life), c.said(m)))
			continue
		}
		if m.failed.says("expired|revoked|not active|inactive|unknown or invalid|no longer valid|no longer active|session not active|session has ended|session not found|has ended|was invalidated|been invalidated|invalid refresh token|refresh token is invalid|refresh token not found|refresh_token is invalid|token has been") {
			h := hit(m, flows.Likely, c.said(m))
			if t != nil {
				h.evidence = append(h.evidence, "it was issued "+span(age)+" earlier, at "+step(t.from))
			}
			out = append(out, h)
		}
	}
	return out
}

// statedRefreshLife is the lifetime that the answer gave the refresh token.
func statedRefreshLife(t *tokenSet) time.Duration {
	if t == nil {
		return 0
	}
	v := t.from.answer().member("refresh_expires_in", "refresh_token_expires_in", "x_refresh_token_expires_in", "refreshExpiresIn")
	var n int64
	if _, err := fmt.Sscan(v, &n); err != nil || n <= 0 || n > 1e9 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// consentTime is when the user consented: the exchange at the head of the chain.
func (c *Case) consentTime(m *message) (time.Time, *message) {
	t := c.issued[m.value("refresh_token")]
	if t == nil && (m.role == roleCall || m.role == roleUserInfo) {
		t = c.issued[c.sentToken(m)]
	}
	for t != nil && t.previous != nil {
		t = t.previous
	}
	if t == nil || t.from.grant != "authorization_code" {
		return time.Time{}, nil
	}
	return t.from.at(), t.from
}

func checkTestingMode(c *Case) []Hit {
	const week = 7 * 24 * time.Hour
	var out []Hit
	for _, m := range c.refreshes() {
		f := c.fact(m.url.host)
		if !refusedRefresh(m) || f == nil || !f.testing || m.failed.canon != "invalid_grant" {
			continue
		}
		at, from := c.consentTime(m)
		if from == nil {
			continue
		}
		age := m.at().Sub(at)
		conf := flows.Likely
		switch {
		case age < week-12*time.Hour || age > week+4*24*time.Hour:
			continue
		case age <= week+12*time.Hour:
			conf = flows.Certain
		}
		out = append(out, hit(m, conf, "the user consented at "+step(from)+", "+span(age)+" before "+step(m), c.said(m)))
	}
	return out
}

func checkConsentExpired(c *Case) []Hit {
	var out []Hit
	for _, m := range append(c.refreshes(), c.uses...) {
		if m.failed == nil || m.failed.layer == layerTransport || m.status() >= 500 {
			continue
		}
		text := m.failed.says("consent", "expired|ended|has run out|no longer|reconfirm|reconnect|renew|lapsed|expir|reauthoris|reauthoriz|re-auth|revoked") || m.failed.says("reconnect the user|sca_exceeded|sca exceeded|reauthentication required")
		at, from := c.consentTime(m)
		var age, life time.Duration
		if from != nil {
			age = m.at().Sub(at)
			if f := c.factOf(m); f != nil {
				life = f.consent
			}
			if p := c.provider(); p != nil && p.Lifetimes.Consent > 0 {
				life = p.Lifetimes.Consent
			}
		}
		over := life > 0 && age >= life
		switch {
		case !text && !over, !text && m.grant != "refresh_token" && m.status() != 403 && m.status() != 401:
			continue
		case over && !text && m.failed.canon != "invalid_grant" && m.failed.canon != "access_denied" && m.failed.canon != "":
			continue
		}
		h := hit(m, flows.Certain, c.said(m))
		if over {
			h.evidence = append(h.evidence, "the user consented at "+step(from)+", "+span(age)+" earlier; a consent lasts "+span(life))
		}
		out = append(out, h)
	}
	return out
}

func checkNotRotated(c *Case) []Hit {
	var out []Hit
	for _, t := range c.tokens {
		if t.from.grant == "refresh_token" && t.refresh == "" && t.access != "" {
			out = append(out, hit(t.from, flows.Certain, "the answer of "+step(t.from)+" has no refresh_token"))
		}
	}
	return out
}
