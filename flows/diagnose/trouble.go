package diagnose

import (
	"strings"

	"oauthlens/flows"
)

// layer is where a message failed, lowest first.
type layer byte

const (
	layerTransport layer = iota + 1 // no HTTP answer
	layerForeign                    // an answer that is not from the provider
	layerStatus                     // an HTTP status
	layerBody                       // an error in a body or a callback
	layerUnsent                     // nothing failed: a pasted request that may be about to
)

// trouble is a failed message: what there is to explain.
type trouble struct {
	layer layer
	// canon is the code of the specifications that the failure amounts to, or empty.
	canon string
	code  string // as sent
	desc  string // as sent
	// text is everything readable that came with the failure, lower case.
	text    string
	pending bool // the protocol asks for another try
	solved  bool // the client got what it wanted afterwards
	repeat  *message
}

func (t *trouble) says(groups ...string) bool { return t != nil && says(t.text, groups...) }

// findTroubles notes for each message that matters whether and how it failed.
func (c *Case) findTroubles() {
	for _, m := range c.msgs {
		if m.role != roleOther {
			m.failed = c.troubleOf(m)
		}
	}
	for _, b := range c.backs { // an error in a Location whose request is not recorded
		if b.msg == nil && b.from.failed == nil {
			if t := errorTrouble(b.answer()); t != nil {
				b.from.failed = t
				if b.from.role == roleOther {
					b.from.role = rolePage
				}
			}
		}
	}
	answered := c.answeredByKey()
	for _, m := range c.msgs {
		if m.failed != nil {
			m.failed.repeat = c.repeatOf(m, answered)
			m.failed.solved = m.failed.repeat != nil
		}
	}
}

func (c *Case) troubleOf(m *message) *trouble {
	if m.role == roleCallback {
		return c.callbackTrouble(m)
	}
	x := m.x
	if x.Error != nil && (x.Response == nil || x.Response.Status == 0 || x.Error.Kind != flows.ErrorProtocol && !m.ok()) {
		if x.Error.Reason == "aborted" {
			return nil // a page that the user left
		}
		return &trouble{layer: layerTransport, text: strings.ToLower(x.Error.Message + " " + x.Comment)}
	}
	if x.Response == nil {
		if m.unsent() && !c.isLive() {
			return &trouble{layer: layerUnsent}
		}
		return nil
	}
	if x.Error != nil && (x.Error.Reason == "blocked-by-response" || brokenAnswer(m)) {
		return &trouble{layer: layerTransport, text: strings.ToLower(x.Error.Message + " " + x.Comment)}
	}
	if m.role == rolePreflight {
		return nil
	}
	return c.answerTrouble(m)
}

// brokenAnswer: an answer began and did not end, at an endpoint whose body has no rule of
// its own for that.
func brokenAnswer(m *message) bool {
	switch m.x.Error.Kind {
	case flows.ErrorReset, flows.ErrorTimeout, flows.ErrorProtocol:
	default:
		return false
	}
	switch m.role {
	case roleCall, roleRevoke, roleAuthorize, rolePage, roleLink:
		return true
	}
	return m.ok() && !damagedRole(m.role)
}

func (c *Case) answerTrouble(m *message) *trouble {
	a := m.answer()
	status := m.status()
	if status == 401 || status == 403 {
		challenge := m.respHeader("WWW-Authenticate")
		if challenge != "" {
			return c.bodyTrouble(m, a, challenge)
		}
	}
	switch m.role {
	case roleAuthorize, rolePage:
		return c.pageTrouble(m, a)
	case roleToken, roleRevoke, roleIntrospect, rolePAR, roleDevice, roleLink, roleFollowed:
		if a.fault != nil || status >= 300 {
			return c.bodyTrouble(m, a, m.respHeader("WWW-Authenticate"))
		}
		if m.role == roleToken && a.token == nil && m.grant != "" {
			return &trouble{layer: layerBody, text: a.text}
		}
	case roleDiscovery, roleJWKS:
		if status >= 300 && status != 304 || status == 200 && a.doc == nil {
			return &trouble{layer: layerStatus, text: a.text}
		}
	case roleCall, roleUserInfo:
		if status >= 300 && status < 400 {
			return nil
		}
		if status >= 400 || a.fault != nil && (a.fault.canon != "" || a.fault.code != "" && m.role == roleCall && apiAuthFault(a.fault)) {
			return c.bodyTrouble(m, a, m.respHeader("WWW-Authenticate"))
		}
	}
	return nil
}

// apiAuthFault: an error inside a 200 of an API that speaks of the token.
func apiAuthFault(f *fault) bool {
	low := strings.ToLower(f.code)
	return saysAny(low, "token|auth|scope|permission|forbidden|expired") && !saysAny(low, "payment|card|transaction|declined")
}

func (c *Case) bodyTrouble(m *message, a *answer, challenge string) *trouble {
	t := &trouble{layer: layerStatus, text: a.text}
	if a.fault != nil {
		t.layer, t.canon, t.code, t.desc = layerBody, a.fault.canon, a.fault.code, a.fault.desc
		t.text += " ; " + strings.ToLower(spaced(a.fault.code))
	}
	if a.kind == bodyForm {
		t.text = strings.ToLower(formDecode(string(m.x.Response.Body[:min(len(m.x.Response.Body), 4096)])))
	}
	if challenge != "" {
		t.text += " ; www-authenticate: " + strings.ToLower(challenge)
		if e := challengeParam(challenge, "error"); e != "" && t.canon == "" {
			f := newFault(e, challengeParam(challenge, "error_description"), "", nil)
			t.canon, t.code = f.canon, f.code
			if t.desc == "" {
				t.desc = f.desc
			}
		}
	}
	if m.role == roleToken || m.role == rolePAR || m.role == roleFollowed {
		c.settleToken(m, t)
	}
	switch t.canon {
	case "authorization_pending", "slow_down", "use_dpop_nonce":
		t.pending = true
	}
	return t
}

// settleToken gives a failure of the token endpoint its canonical code.
func (c *Case) settleToken(m *message, t *trouble) {
	status := m.status()
	if status >= 300 && status < 400 || status >= 500 || status == 407 || status == 429 || m.answer().kind == bodyHTML || status == 404 || status == 405 || status == 415 {
		return
	}
	switch {
	case t.canon == "" || t.canon == "access_denied" && status == 401, t.canon == "invalid_token":
		if canon := settleCanon(nil, t.text, status); canon != "" {
			t.canon = canon
		}
	case t.canon == "server_error" && status < 500:
		t.canon = settleCanon(nil, t.text, status)
	}
}

// challengeParam reads one auth-param of a WWW-Authenticate header, tolerantly.
func challengeParam(h, name string) string {
	for at := 0; ; {
		i := indexFold(h[at:], name+"=")
		if i < 0 {
			return ""
		}
		i += at
		if i > 0 && (h[i-1] == '_' || h[i-1] >= 'a' && h[i-1] <= 'z') {
			at = i + 1
			continue
		}
		v := h[i+len(name)+1:]
		if strings.HasPrefix(v, `"`) {
			if j := strings.IndexByte(v[1:], '"'); j >= 0 {
				return v[1 : j+1]
			}
			return v[1:]
		}
		if j := strings.IndexAny(v, ", "); j >= 0 {
			return v[:j]
		}
		return v
	}
}

// pageErrors are codes that an error page of a provider may show.
var pageErrors = []string{"redirect_uri_mismatch", "invalid_scope", "unauthorized_client", "invalid_client", "unsupported_response_type", "access_denied", "invalid_request",
	"server_error", "temporarily_unavailable", "invalid_grant", "login_required", "consent_required", "interaction_required", "invalid_redirect_uri", "deleted_client", "invalid_target"}

// pageTrouble: a page of the provider that shows an error, whatever its status.
func (c *Case) pageTrouble(m *message, a *answer) *trouble {
	status := m.status()
	if status >= 300 && status < 400 {
		return nil
	}
	if a.fault != nil {
		return c.bodyTrouble(m, a, "")
	}
	if status < 400 && !errorPage(a.text) {
		return nil
	}
	t := &trouble{layer: layerStatus, text: a.text}
	for _, code := range pageErrors {
		if strings.Contains(a.text, code) {
			t.layer, t.code, t.canon = layerBody, code, code
			if canonical.of(code) != "" {
				t.canon = canonical.of(code)
			}
			break
		}
	}
	return t
}

// errorPage: words that no login page shows before the user did something.
func errorPage(text string) bool {
	if strings.Contains(text, "aadsts") {
		return true
	}
	return says(text, "error 40|error: |something went wrong|we're sorry|request is invalid|invalid request|invalid parameter|oauth error|authorization error|authorisation error|trouble signing you in|need admin approval|access blocked|invalid_request|unauthorized_client|redirect_uri_mismatch|invalid_scope|already been used|link has expired|unknown client|client not found|not a valid redirect") &&
		!says(text, "wrong password|password is incorrect|incorrect password|invalid username")
}

// callbackTrouble: the answer itself is an error, or nothing or nobody took it.
func (c *Case) callbackTrouble(m *message) *trouble {
	if m.callback != nil {
		if c.acceptedBeside(m) {
			return nil // forged or strange, and without effect
		}
		return liveCallbackTrouble(m)
	}
	if t := errorTrouble(m.args); t != nil {
		return t
	}
	if b := c.backFor(m); b != nil {
		if t := errorTrouble(b.answer()); t != nil {
			return t
		}
	}
	t := &trouble{}
	if m.x.Error != nil && m.x.Response == nil {
		if m.x.Error.Reason == "aborted" {
			return nil
		}
		return &trouble{layer: layerTransport, text: strings.ToLower(m.x.Error.Message + " " + m.x.Comment)}
	}
	if m.status() < 400 {
		return nil
	}
	a := m.answer()
	t.layer, t.text = layerStatus, a.text
	if a.fault != nil {
		t.code, t.desc = a.fault.code, a.fault.desc
	}
	for _, code := range [...]string{"invalid_grant", "invalid_client"} { // the application shows what it was told
		if strings.Contains(a.text, code) {
			t.canon = code
		}
	}
	return t
}

// errorTrouble reads an authorization error response (RFC 6749 section 4.1.2.1).
func errorTrouble(p params) *trouble {
	e := p.get("error", "error_code")
	if e == "" {
		return nil
	}
	desc := p.get("error_description", "error_message", "error_reason")
	f := newFault(e, desc, p.get("error_subtype", "suberror", "error_subcode"), nil)
	return &trouble{layer: layerBody, code: f.code, desc: f.desc, canon: f.canon, text: strings.ToLower(e + " ; " + spaced(e) + " ; " + desc + " ; " + f.sub)}
}

// spaced turns a code into words.
func spaced(code string) string { return strings.NewReplacer("_", " ", "-", " ").Replace(code) }

// acceptedBeside: the same authorization request got its genuine callback, too.
func (c *Case) acceptedBeside(m *message) bool {
	b := c.backFor(m)
	if b == nil || b.attempt == nil || m.callback.Verdict == flows.CallbackAccepted {
		return false
	}
	for _, o := range c.backs {
		if o != b && o.msg != nil && o.msg.callback != nil && o.msg.callback.Verdict == flows.CallbackAccepted && (o.attempt == b.attempt || o.attempt == nil) {
			return true
		}
	}
	return false
}

func liveCallbackTrouble(m *message) *trouble {
	switch m.callback.Verdict {
	case flows.CallbackAccepted, flows.CallbackDuplicate:
		return nil
	}
	t := &trouble{layer: layerBody, text: strings.ToLower(m.callback.Why)}
	if e := m.args.get("error"); e != "" {
		desc := m.args.get("error_description")
		f := newFault(e, desc, m.args.get("error_subtype"), nil)
		t.code, t.desc, t.canon = f.code, f.desc, f.canon
		t.text = strings.ToLower(e + " ; " + desc)
	}
	return t
}
