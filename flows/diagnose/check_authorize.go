package diagnose

import (
	"strings"

	"oauthlens/flows"
)

// aboutRedirect: the text says that the redirect URI is not the right one.
func aboutRedirect(t *trouble) bool {
	if t == nil {
		return false
	}
	if t.canon == "redirect_uri_mismatch" || t.says("aadsts50011|aadsts500113|redirect_uri_mismatch") {
		return true
	}
	return t.says("redirect_uri|redirect uri|redirect url|redirecturi|redirect_url|callback url|callback uri|return url|reply url|reply address", "mismatch|not match|does not match|doesn't match|invalid|not registered|not valid|unregistered|not allowed|unauthorized|not whitelisted|whitelist|not permitted|unknown|not associated|differs|must match|not configured|isn't registered|is not one of|not in the list")
}

func checkNotRegistered(c *Case) []Hit {
	var out []Hit
	for _, a := range c.attempts {
		for _, m := range a.refusals() {
			switch {
			case aboutRedirect(m.failed):
				h := hit(m, flows.Certain, c.said(m), "redirect_uri sent: "+show(a.value("redirect_uri")))
				out = append(out, h.marking(markParam(a.where, a.params.arg("redirect_uri"), "not known to the provider")))
			case bareErrorPage(a, m):
				h := hit(m, flows.Possible, c.said(m)+"; an authorization endpoint that shows a page instead of redirecting back does not accept the redirect URI or the client id",
					"redirect_uri sent: "+show(a.value("redirect_uri")))
				out = append(out, h)
			}
		}
	}
	return out
}

// bareErrorPage: refused with a page, no callback, nothing said that could be used.
func bareErrorPage(a *attempt, m *message) bool {
	if m.role != roleAuthorize || m.status() < 400 || m.status() >= 500 || m.status() == 429 || m.status() == 404 || m.status() == 405 || len(a.callbacks) > 0 {
		return false
	}
	return m.failed.canon == "" || m.failed.canon == "invalid_request"
}

// aboutScope: the failure is about a scope.
func aboutScope(t *trouble) bool {
	if t != nil && t.canon == "invalid_grant" { // beside a whole answer, whose member is called so
		return says(strings.ToLower(t.desc), "scope")
	}
	return t != nil && (t.canon == "invalid_scope" || t.code == "invalid_scope" || t.says("invalid_scope") ||
		t.says("scope", "invalid|unknown|not enabled|not allowed|unsupported|does not exist|malformed|not supported|not valid|not recognized") && t.canon != "insufficient_scope" && t.canon != "invalid_token")
}

// scopeSenders are the failed messages that an unsuitable scope made fail, with the
// parameters that carried it.
func (c *Case) scopeFailures() []scopeFailure {
	var out []scopeFailure
	for _, a := range c.attempts {
		for _, m := range a.refusals() {
			if aboutScope(m.failed) {
				out = append(out, scopeFailure{m: m, where: a.where, p: a.params.arg("scope"), host: a.request.url.host})
			}
		}
	}
	for _, m := range c.msgs {
		if (m.role == roleToken || m.role == roleDevice) && aboutScope(m.failed) {
			out = append(out, scopeFailure{m: m, where: m, p: m.arg("scope"), host: m.url.host})
		}
	}
	return out
}

type scopeFailure struct {
	m, where *message
	p        *param
	host     string
}

// wrongSeparator names the character on which the provider does not split.
func (c *Case) wrongSeparator(scope, host string) (string, bool) {
	want := " "
	known := false
	if f := c.fact(host); f != nil {
		known = true
		if f.separator != "" {
			want = f.separator
		}
	}
	if p := c.provider(); p != nil && p.Dialect.ScopeSeparator != "" {
		want, known = p.Dialect.ScopeSeparator, true
	}
	scope = strings.TrimSpace(scope)
	names := map[string]string{",": "a comma", ";": "a semicolon", "+": "a plus sign", " ": "a blank", "|": "a vertical bar"}
	for _, sep := range [...]string{",", ";", "|", "+", " "} {
		if strings.Contains(want, sep) || !strings.Contains(scope, sep) {
			continue
		}
		if sep == " " && !known {
			continue
		}
		if sep == "+" && strings.Contains(scope, " ") {
			continue
		}
		parts := strings.FieldsFunc(scope, func(r rune) bool { return strings.ContainsRune(sep+want, r) })
		if len(parts) < 2 || sep != " " && strings.Contains(scope, " ") && want == " " && !strings.Contains(scope, sep+" ") {
			continue
		}
		return names[sep], true
	}
	return "", false
}

func checkSeparator(c *Case) []Hit {
	out := c.pastedSeparators()
	for _, s := range c.scopeFailures() {
		if s.p == nil {
			continue
		}
		sep, wrong := c.wrongSeparator(s.p.Value, s.host)
		if !wrong {
			continue
		}
		conf := flows.Likely
		if f := c.fact(s.host); f != nil || strings.Contains(s.m.failed.text, strings.ToLower(s.p.Value)) || sep != "a blank" && s.m.failed.canon == "invalid_scope" {
			conf = flows.Certain
		}
		h := hit(s.m, conf, "the scopes of "+step(s.where)+" are joined with "+sep+": "+show(s.p.Value), c.said(s.m))
		out = append(out, h.marking(markParam(s.where, s.p, "joined with "+sep)))
	}
	return out
}

// pastedSeparators looks at authorization requests whose answer is not known, of known
// providers.
func (c *Case) pastedSeparators() []Hit {
	var out []Hit
	for _, a := range c.attempts {
		p := a.params.arg("scope")
		if c.isLive() || p == nil || a.request.x.Response != nil || c.fact(a.request.url.host) == nil || len(a.callbacks) > 0 {
			continue
		}
		if sep, wrong := c.wrongSeparator(p.Value, a.request.url.host); wrong {
			h := hit(a.request, flows.Likely, "the scopes are joined with "+sep+": "+show(p.Value)).standing()
			out = append(out, h.marking(markParam(a.where, p, "joined with "+sep)))
		}
	}
	return out
}

// encodedOnceMore are the parameters in which a second encoding is recognised.
var encodedOnceMore = []string{"redirect_uri", "redirect_url", "redirectUri", "scope", "audience", "resource", "login_hint", "client_id", "response_type", "prompt", "claims"}

// doubleEncoded tells that one decoding left an encoded value.
func doubleEncoded(name, value string) bool {
	if !hasEscape(value) {
		return false
	}
	decoded := percentDecode(value)
	low := strings.ToLower(value)
	switch {
	case strings.Contains(decoded, "://"):
		return !strings.Contains(low, "://") && validScheme(strings.SplitN(decoded, "://", 2)[0])
	case name == "scope":
		return saysAny(low, "%20|%2c|%3a|%2f|%2b")
	case name == "login_hint":
		return strings.Contains(low, "%40")
	case name == "claims":
		return strings.HasPrefix(decoded, "{") && !strings.HasPrefix(value, "{")
	}
	return name != "redirect_uri" && name != "redirect_url" && name != "redirectUri" && decoded != value && strings.Trim(decoded, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~ :/@") == ""
}

func checkDoubleEncoded(c *Case) []Hit {
	var out []Hit
	for _, a := range c.attempts {
		if len(a.refusals()) == 0 && len(a.callbacks) > 0 {
			continue
		}
		for _, name := range encodedOnceMore {
			p := a.params.find(name)
			if p == nil || !doubleEncoded(name, p.Value) {
				continue
			}
			h := hit(a.request, flows.Certain, name+" of "+step(a.where)+" is "+show(p.Value)+" after one decoding, and "+show(percentDecode(p.Value))+" after another").explaining(a.refusals()...)
			if len(a.refusals()) == 0 && !a.request.built && a.request.x.Response != nil && a.request.status() < 300 && !errorPage(a.request.answer().text) && a.request.answer().text != "" {
				continue
			}
			out = append(out, h.standing().marking(markParam(a.where, p, "encoded twice")))
			break
		}
	}
	return out
}

func checkScopeNotAllowed(c *Case) []Hit {
	var out []Hit
	for _, s := range c.scopeFailures() {
		conf := flows.Likely
		var evidence []string
		if s.p != nil {
			for _, name := range splitScopes(s.p.Value) {
				if len(name) > 2 && strings.Contains(strings.ToLower(s.m.failed.desc+" "+s.m.failed.text), strings.ToLower(name)) {
					conf = flows.Certain
					evidence = append(evidence, "the answer names the scope "+show(name))
				}
			}
			if s.m.grant == "refresh_token" {
				if more := widened(c, s.m); len(more) > 0 {
					conf = flows.Certain
					evidence = append(evidence, "the refresh asks for "+show(strings.Join(more, " "))+", which was not granted")
				}
			}
		}
		evidence = append([]string{c.said(s.m)}, evidence...)
		if s.p != nil {
			evidence = append(evidence, "scope sent: "+show(s.p.Value))
		}
		out = append(out, hit(s.m, conf, evidence...).marking(markParam(s.where, s.p, "scopes asked for")))
	}
	return out
}

// widened are the scopes that a refresh asks for beyond the grant.
func widened(c *Case, m *message) []string {
	t := c.issued[m.value("refresh_token")]
	if t == nil || !t.hasScope {
		return nil
	}
	granted := map[string]bool{}
	for _, s := range t.scope {
		granted[s] = true
	}
	var out []string
	for _, s := range splitScopes(m.value("scope")) {
		if !granted[s] {
			out = append(out, s)
		}
	}
	return out
}

func checkGrantNotEnabled(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		t := m.failed
		if t == nil || m.role == roleCall || m.role == roleUserInfo || m.role == roleOther || m.role == roleRevoke {
			continue
		}
		conf := flows.Likely
		switch {
		case t.canon == "unauthorized_client", t.canon == "unsupported_response_type":
			if m.role == roleAuthorize && responseTypeDefect(m.value("response_type"), m.arg("response_type") != nil) != "" {
				continue
			}
		case t.canon == "unsupported_grant_type":
			if m.role == roleToken && (grantDefect(m) != "" || bodyDefect(m) != "") {
				continue
			}
		case t.says("not authorized|not authorised|not allowed|not enabled|not permitted|not configured|disabled", "grant type|grant_type|response type|response_type|authorization code flow|flow is|implicit|standard flow|direct access") && !t.says("scope|redirect"):
			conf = flows.Certain
		case t.says("aadsts700051|aadsts700054|aadsts7000012|aadsts70007"):
			conf = flows.Certain
		default:
			continue
		}
		if t.desc != "" && t.says("grant|response type|response_type|flow|not authorized|not authorised|not allowed|not enabled") {
			conf = flows.Certain
		}
		out = append(out, hit(m, conf, c.said(m)))
	}
	return out
}

func (c *Case) denials() []*message {
	var out []*message
	for _, m := range c.msgs {
		t := m.failed
		if t == nil {
			continue
		}
		switch m.role {
		case roleCallback, roleAuthorize, rolePage:
			if t.canon == "access_denied" || t.code == "access_denied" || policyText(t.text) {
				out = append(out, m)
			}
		case roleToken:
			if t.canon == "access_denied" && m.grant == "device_code" || policyNumber(t.text) || t.canon != "invalid_client" && policyText(t.desc) && t.code == "access_denied" {
				out = append(out, m)
			}
		}
	}
	return out
}

// policyNumber: numbers of Entra that name a rule.
func policyNumber(text string) bool {
	return says(text, "aadsts50105|aadsts53000|aadsts53001|aadsts53003|aadsts530003|aadsts90094|aadsts65001|aadsts50076|aadsts50079|aadsts50158|aadsts53004|aadsts90072|aadsts50020|aadsts900941|aadsts9000")
}

// policyText: words that name a rule.
func policyText(text string) bool {
	text = strings.ToLower(text)
	if policyNumber(text) {
		return true
	}
	return says(text, "admin approval|administrator|admin consent|admin_|needs approval|approved by|policy|policies|conditional access|not assigned|assigned to|assignment|not been assigned|onboard|test user|tester|verification process|not verified|unverified|restricted to|organization has|organisation has|your organization|your organisation|not allowed to|not permitted to|not eligible|not entitled|licen|allowlist|allow-list|whitelist|not been approved|pending approval|org_internal|blocked by|account is disabled|account disabled|suspended|not a member|must be a member|not authorized to access|not authorised to access|requires approval|not been granted access|compliance|managed device|multi-factor|mfa|kyc|invite|region|has not completed|not completed|does not have access|no access to|not enabled for your|disallowed_useragent|admin_policy_enforced|app is blocked|this app is blocked|application is disabled|has been disabled")
}

// cancelText: words of a user who said no.
func cancelText(text string) bool {
	return says(text, "user denied|user cancel|cancelled by|canceled by|user declined|user rejected|user refused|user did not|denied by the user|denied your request|declined to|denied access to|user has denied|denied the request|aadsts65004|pressed cancel|did not consent|did not authorize|user aborted|rejected by the user")
}

func checkDenied(c *Case) []Hit {
	var out []Hit
	for _, m := range c.denials() {
		if m.failed.canon != "access_denied" || !cancelText(m.failed.text) && policyText(m.failed.text) {
			continue
		}
		out = append(out, hit(m, flows.Likely, c.said(m)))
	}
	return out
}

func checkPolicy(c *Case) []Hit {
	var out []Hit
	for _, m := range c.denials() {
		if !policyText(m.failed.text) || cancelText(m.failed.text) && !policyNumber(m.failed.text) {
			continue
		}
		out = append(out, hit(m, flows.Certain, c.said(m)))
	}
	return out
}

func checkPromptNone(c *Case) []Hit {
	var out []Hit
	for _, b := range c.backs {
		m := b.step()
		if m == nil || m.failed == nil {
			continue
		}
		switch m.failed.canon {
		case "login_required", "consent_required", "interaction_required", "account_selection_required":
		default:
			continue
		}
		h := hit(m, flows.Likely, c.said(m))
		if b.attempt != nil {
			p := b.attempt.params.find("prompt")
			if p == nil || !contains(strings.Fields(p.Value), "none") {
				if b.attempt.opaque || p == nil {
					out = append(out, h)
				}
				continue
			}
			h.confidence = flows.Certain
			h.evidence = append(h.evidence, step(b.attempt.where)+" said prompt=none")
			h = h.marking(markParam(b.attempt.where, p, "no page may be shown"))
		}
		out = append(out, h)
	}
	return out
}
