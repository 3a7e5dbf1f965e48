package diagnose

import (
	"fmt"
	"strings"
	"time"

	"oauthlens/flows"
)

var environmentRules = []Rule{
	{Code: "clock-skew", Severity: flows.SeverityError, Stage: StageEnvironment, Title: "This machine's clock is wrong",
		Doc:   "It is off by more than a minute against the Date of the servers, the times in tokens, or the server's own time member. A multiple of 15 minutes is time-zone-wrong; a Date that is wrong on one host only is that host's fault.",
		Cause: "Checks of exp, iat, nbf and of signed times fail, or pass too long.", Fix: "Set the clock by NTP, and allow 60 s of difference when checking.",
		Spec: "RFC 7519 section 4.1.4", Bad: "the clock is four minutes slow, and the application rejects iat", Good: "two seconds of difference", Check: func(c *Case) []Hit { return checkClock(c, false) }},
	{Code: "time-zone-wrong", Severity: flows.SeverityError, Stage: StageEnvironment, Title: "This machine's clock is off by a time zone",
		Doc:   "The difference is a multiple of 15 minutes: a wrong zone, or a hardware clock that runs in local time.",
		Cause: "Every token looks expired, or from the future.", Fix: "Set the zone, and keep the hardware clock in UTC.",
		Spec: "RFC 3339", Bad: "exactly one hour ahead, every token looks expired", Good: "four minutes of difference", Check: func(c *Case) []Hit { return checkClock(c, true) }},
	{Code: "url-cut-by-shell", Severity: flows.SeverityError, Stage: StageEnvironment, Title: "The authorization URL was cut when the browser was opened",
		Doc:   "Only the first parameter arrived: a shell took the & that follows it. A parameter that is missing in the middle of a complete URL is another fault.",
		Cause: "An unquoted & ends a command, in cmd.exe as in Unix shells.", Fix: "Quote the URL, or use the platform's proper opener.",
		Spec: "RFC 8252 appendix B", Bad: "authorize?response_type=code and nothing more", Good: "a URL with all parameters but one", Check: checkCut},
	{Code: "wrong-user-session", Severity: flows.SeverityWarning, Stage: StageEnvironment, Title: "The browser was signed in as somebody else",
		Doc:   "login_hint or the expected tenant differs from the user in the ID token or userinfo.",
		Cause: "The provider took the session that the browser had.", Fix: "Send prompt=select_account, or use a private window.",
		Spec: "OpenID Connect Core section 3.1.2.1", Bad: "login_hint is not the user in the ID token", Good: "login_hint in another case", Check: checkUser},
	{Code: "blocked-by-extension", Severity: flows.SeverityError, Stage: StageEnvironment, Title: "A browser extension stopped the call",
		Doc:   "An ad blocker or privacy extension did not let the request out.",
		Cause: "Its lists match the host or path.", Fix: "Switch it off for this host.",
		Spec: "provider", Bad: "ERR_BLOCKED_BY_CLIENT on the token call", Good: "ERR_BLOCKED_BY_CLIENT on analytics", Check: checkExtension},
}

// zoneOffset: a multiple of 15 minutes, within a minute; no two zones are further apart
// than 26 hours.
func zoneOffset(d time.Duration) (time.Duration, bool) {
	const quarter = 15 * time.Minute
	n := (abs(d) + quarter/2) / quarter
	return n * quarter, n > 0 && n <= 26*4 && abs(abs(d)-n*quarter) <= time.Minute
}

// timeComplaint: words about times that do not fit.
func timeComplaint(text string) bool {
	return says(text, "too early|clock|iat|nbf|not yet valid|issued in the future|used before|from the future|expired|exp |skew|time stamp|timestamp|not before")
}

func checkClock(c *Case, zone bool) []Hit {
	k := c.clock()
	offset, agree, right, first := k.offset, k.agree, k.right, k.first
	var extra []string
	if agree == 0 {
		offset, first, extra = c.tokenClock()
		if first == nil {
			return nil
		}
		agree = 1
	}
	if abs(offset) <= clockTolerance || right >= agree || right > 0 && agree < 2 {
		return nil
	}
	if _, z := zoneOffset(offset); z != zone {
		return nil
	}
	cures := c.timeFailures(offset)
	witness := c.tokenWitness(offset)
	if agree < 2 && len(cures) == 0 && witness == "" && !c.isLive() {
		return nil
	}
	direction := "behind"
	if offset < 0 {
		direction = "ahead of"
	}
	servers := fmt.Sprintf("the servers (%d of %d hosts agree)", agree, len(k.hosts))
	if agree < 2 {
		servers = "the server's, and no second server confirms it"
	}
	h := hit(first, flows.Certain, fmt.Sprintf("%s is %s %s %s", c.ownClock(), span(offset), direction, servers))
	h.cures = nil
	for i, host := range k.hosts {
		if i < 3 {
			h.evidence = append(h.evidence, fmt.Sprintf("%s: Date differs by %s (%s, first %s)", host.host, span(host.offset), answers(host.n), step(host.first)))
		}
	}
	h.evidence = append(h.evidence, extra...)
	if witness != "" {
		h.evidence = append(h.evidence, witness)
	}
	if agree < 2 {
		h = h.oneServersWord()
		if witness == "" {
			h.confidence = flows.Likely
		}
	}
	return []Hit{h.standing().explaining(cures...)}
}

// oneServersWord says what can be said when nobody confirms the server: its own clock may be
// the wrong one.
func (h Hit) oneServersWord() Hit {
	h = h.named("This machine's clock and the server's disagree")
	h.cause = "One of the two is wrong, most often this machine's, but only one server says so. Checks of exp, iat, nbf and of signed times fail, or pass too long."
	h.fix = "Compare this machine's clock with a third one, and set the wrong one by NTP; allow 60 s of difference when checking."
	return h
}

// ownClock names the clock that the times of the trace are from.
func (c *Case) ownClock() string {
	if c.isLive() {
		return "this machine's clock"
	}
	return "the clock that stamped the trace"
}

func answers(n int) string {
	if n == 1 {
		return "1 answer"
	}
	return fmt.Sprintf("%d answers", n)
}

// tokenClock measures by the iat of fresh tokens when there is no Date at all.
func (c *Case) tokenClock() (time.Duration, *message, []string) {
	for _, t := range c.tokens {
		if _, ok := dateOf(t.from); ok {
			continue
		}
		for _, which := range [...]string{"id", "access"} {
			iat, ok := t.token(which).time("iat")
			if !ok || t.from.grant == "client_credentials" {
				continue
			}
			if off := iat.Sub(t.from.end()); abs(off) > clockTolerance && abs(off) < 26*time.Hour && (off > 0 || c.complainsOfTime()) {
				return off, t.from, []string{"iat of the " + which + " token of " + step(t.from) + " differs by " + span(off) + " from its receipt"}
			}
		}
	}
	return 0, nil, nil
}

func (c *Case) complainsOfTime() bool {
	for _, b := range c.backs {
		if b.msg != nil && b.msg.failed != nil && timeComplaint(b.msg.failed.text) {
			return true
		}
	}
	return false
}

// tokenWitness: the times in a token agree with the servers' clock.
func (c *Case) tokenWitness(offset time.Duration) string {
	for _, t := range c.tokens {
		for _, which := range [...]string{"id", "access"} {
			if iat, ok := t.token(which).time("iat"); ok && abs(iat.Sub(t.from.end())-offset) < 30*time.Second {
				return "iat of the " + which + " token of " + step(t.from) + " says the same"
			}
		}
		if v := t.from.answer().member("time", "server_time", "timestamp"); len(v) == 10 && strings.Trim(v, "0123456789") == "" {
			var n int64
			if _, err := fmt.Sscan(v, &n); err == nil && abs(time.Unix(n, 0).Sub(t.from.end())-offset) < 30*time.Second {
				return "the member time in the answer of " + step(t.from) + " says the same"
			}
		}
	}
	return ""
}

// timeFailures are the failed messages that a wrong clock explains: applications that
// complain of times, and credentials made by this clock.
func (c *Case) timeFailures(offset time.Duration) []*message {
	var out []*message
	for _, b := range c.backs {
		if m := b.msg; m != nil && m.failed != nil && m.failed.layer == layerStatus && (timeComplaint(m.failed.text) || m.status() >= 500 && len(b.exchanges) > 0) {
			out = append(out, m)
		}
	}
	for _, m := range c.msgs {
		if m.failed == nil || m.failed.layer == layerTransport {
			continue
		}
		switch m.role {
		case roleToken, rolePAR:
			if j, _, _ := clientJWT(m); j != nil && c.byLocalClock(j, m, offset) {
				out = append(out, m)
			} else if p := proofOf(m); p != nil && c.byLocalClock(p, m, offset) {
				out = append(out, m)
			} else if m.failed.says("timestamp|time stamp|clock|request time|skew") {
				out = append(out, m)
			}
		case roleCall, roleUserInfo:
			if p := proofOf(m); p != nil && c.byLocalClock(p, m, offset) || m.failed.says("not yet valid|used before|nbf|iat|clock|skew|timestamp") {
				out = append(out, m)
			} else if exp, ok := c.jwtOf(c.sentToken(m)).time("exp"); ok && m.failed.says("expired") && m.at().After(exp) != serverTime(m).After(exp) {
				out = append(out, m)
			}
		}
	}
	return out
}

// byLocalClock: the times of a JWT made by the client fit its clock, not the server's.
func (c *Case) byLocalClock(j *jwt, m *message, offset time.Duration) bool {
	iat, ok := j.time("iat")
	if !ok {
		if iat, ok = j.time("nbf"); !ok {
			exp, has := j.time("exp")
			return has && exp.After(m.at()) && exp.Before(m.at().Add(offset))
		}
	}
	fitsLocal := abs(iat.Sub(m.at())) < 30*time.Second
	return fitsLocal && abs(offset) > clockTolerance
}

func checkCut(c *Case) []Hit {
	var out []Hit
	for _, a := range c.attempts {
		for _, m := range append([]*message{a.request}, a.again...) {
			if m.built || m.x.Request.Method != "GET" && m.x.Request.Method != "" || len(m.args) != 1 || m.args.has("request_uri") || strings.HasSuffix(m.url.query, "&") {
				continue
			}
			built := a.intended
			if len(built) < 2 {
				built = c.builtParams(m)
			}
			refused := m.failed != nil
			switch {
			case len(built) > 1:
				h := hit(m, flows.Certain, fmt.Sprintf("%d parameters were built, only the first, %s, arrived at %s", len(built), show(m.args[0].Name), step(m))).standing()
				out = append(out, h.marking(markParam(m, &m.args[0], "the only one")))
			case refused && m.failed.layer != layerTransport && m.failed.layer != layerUnsent && m.status() < 500:
				conf := flows.Likely
				if m.failed.says("missing|must contain|required|parameter") {
					conf = flows.Certain
				}
				out = append(out, hit(m, conf, fmt.Sprintf("only the parameter %s arrived at %s", show(m.args[0].Name), step(m)), c.said(m)).marking(markParam(m, &m.args[0], "the only one")))
			}
		}
	}
	return out
}

// builtParams are the parameters of an authorization URL of the same place that was
// built before.
func (c *Case) builtParams(m *message) params {
	var best params
	for _, a := range c.attempts {
		if a.request != m && a.request.pos <= m.pos && samePlace(a.request.url, m.url) && a.request.built && len(a.params) > len(best) {
			best = a.params
		}
	}
	return best
}

func checkUser(c *Case) []Hit {
	var out []Hit
	for _, t := range c.tokens {
		a := c.attemptOf(t.from)
		j := t.token("id")
		if a == nil {
			continue
		}
		who := c.usersOf(t, j)
		if p := a.params.find("login_hint"); p != nil && strings.Contains(p.Value, "@") {
			emails := filter(who, func(s string) bool { return strings.Contains(s, "@") })
			if len(emails) > 0 && !foldContains(emails, p.Value) {
				h := hit(t.from, flows.Certain, "login_hint of "+step(a.where)+" is "+show(p.Value), "the user of "+step(t.from)+" is "+show(emails[0])).standing()
				out = append(out, h.marking(markParam(a.where, p, "whom the request expected")))
				continue
			}
		}
		if j == nil || j.claims == nil {
			continue
		}
		if h, ok := tenantHit(a, t, j); ok {
			out = append(out, h)
		}
	}
	return out
}

// tenantHit compares the tenant asked for with the one of the ID token.
func tenantHit(a *attempt, t *tokenSet, j *jwt) (Hit, bool) {
	if p := a.params.find("hd"); p != nil && p.Value != "*" && p.Value != "" && !strings.EqualFold(j.claim("hd"), p.Value) {
		return hit(t.from, flows.Certain, "hd of "+step(a.where)+" is "+show(p.Value), "hd of the ID token is "+show(j.claim("hd"))).standing().marking(markParam(a.where, p, "the domain asked for")), true
	}
	tid := j.claim("tid")
	if seg := strings.Split(strings.Trim(a.request.url.path, "/"), "/"); tid != "" && len(seg) > 0 && isGUID(seg[0]) && !strings.EqualFold(seg[0], tid) {
		return hit(t.from, flows.Certain, "the tenant in the URL of "+step(a.request)+" is "+show(seg[0]), "tid of the ID token is "+show(tid)).standing(), true
	}
	return Hit{}, false
}

// usersOf are the names that the ID token and userinfo give the user.
func (c *Case) usersOf(t *tokenSet, j *jwt) []string {
	var out []string
	for _, name := range [...]string{"email", "preferred_username", "upn", "unique_name", "name", "sub"} {
		if v := j.claim(name); v != "" {
			out = append(out, v)
		}
	}
	for _, u := range c.uses {
		if u.role == roleUserInfo && u.ok() && c.issued[c.sentToken(u)] == t {
			if v := u.answer().member("email"); v != "" {
				out = append(out, v)
			}
		}
	}
	return out
}

func filter(list []string, keep func(string) bool) []string {
	var out []string
	for _, s := range list {
		if keep(s) {
			out = append(out, s)
		}
	}
	return out
}

func foldContains(list []string, s string) bool {
	for _, x := range list {
		if strings.EqualFold(strings.TrimSpace(x), strings.TrimSpace(s)) {
			return true
		}
	}
	return false
}

func checkExtension(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role == roleOther || m.failed == nil {
			continue
		}
		if transportCode(m) == "blocked-by-extension" {
			h := hit(m, flows.Certain, c.request(m)+": "+c.transportText(m))
			if m.x.Error.Reason != "blocked-by-client" {
				h = h.named("The browser stopped the call").because("A policy of the page, of the browser or of its administrator forbids it.").
					fixedBy("Allow the host there, such as in connect-src of the page's Content-Security-Policy, and call it over https.")
			}
			out = append(out, h)
		} else if m.failed.says("ad_blocker_detected|ad blocker|adblock") {
			out = append(out, hit(m, flows.Certain, c.said(m)))
		}
	}
	return out
}
