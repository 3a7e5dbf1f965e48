package diagnose

import (
	"strings"
	"time"

	"oauthlens/flows"
)

// attempt is one authorization request with what came of it.
type attempt struct {
	n         int
	request   *message // the one that was opened, or built; its later reopenings are in again
	again     []*message
	params    params   // as effective: query, PAR, request object
	where     *message // whose bytes the parameters are
	par       *message
	pages     []*message // the provider's pages up to the callback
	intended  params     // what the app built, if an earlier message shows more than arrived
	callbacks []*callback
	opaque    bool // carries a request object or reference that is not recorded
}

func (a *attempt) value(name string) string { return a.params.argValue(name) }

// callback is an answer at the redirect URI, as a request of the browser, as a Location
// of the provider, or both.
type callback struct {
	msg       *message // the browser's request; nil if only the Location is recorded
	from      *message // the answer whose Location it was
	params    params
	fragment  params // of the Location or the URL
	attempt   *attempt
	byState   bool
	at        time.Time
	exchanges []*message
}

// step is the message at which a finding about the callback stands.
func (b *callback) step() *message {
	if b.msg != nil {
		return b.msg
	}
	return b.from
}

// holder is the message in which a parameter of the callback stands.
func (b *callback) holder(p *param) *message {
	if p != nil && p.Where == "response header Location" {
		return b.from
	}
	return b.step()
}

// posted tells a form_post answer.
func (b *callback) posted() bool { return b.msg != nil && b.msg.x.Request.Method == "POST" }

// answer is what the provider answered, in the query or behind #.
func (b *callback) answer() params {
	if !b.params.has("error") && b.fragment.has("error") {
		return b.fragment
	}
	return b.params
}

func (b *callback) code() *param { return b.params.arg("code") }

// linkAttempts lines up authorization requests, callbacks and exchanges.
func (c *Case) linkAttempts() {
	for _, m := range c.msgs {
		if m.role == roleAuthorize {
			c.addAttempt(m)
		}
	}
	for _, l := range c.locations {
		if c.isAnswerLocation(l) {
			c.backs = append(c.backs, &callback{from: l.from, params: l.args, fragment: l.frag, at: l.from.end()})
		}
	}
	for _, m := range c.msgs {
		if m.role == roleCallback {
			c.addCallback(m)
		}
	}
	c.sortCallbacks()
	for _, b := range c.backs {
		c.assignCallback(b)
	}
	c.assignPages()
	for _, m := range c.calls {
		c.assignExchange(m)
	}
}

// addAttempt makes an attempt of an authorization request, unless it reopens one.
func (c *Case) addAttempt(m *message) {
	a := &attempt{request: m, params: m.args, where: m}
	for _, have := range c.attempts {
		if have.request.url.raw == m.url.raw || have.sameRequest(m) {
			have.again = append(have.again, m)
			m.page = have.request
			return
		}
	}
	if uri := m.args.get("request_uri"); uri != "" {
		a.opaque = true
		for _, p := range c.msgs {
			if p.role == rolePAR && p.pos <= m.pos && p.answer().member("request_uri") == uri {
				a.par, a.where, a.opaque = p, p, false
				a.params = append(append(params{}, p.args...), m.args...)
			}
		}
	}
	if r := m.args.get("request"); r != "" {
		a.readRequestObject(r)
	}
	a.n = len(c.attempts)
	c.attempts = append(c.attempts, a)
	for _, l := range c.locations { // the app's redirect shows what it built
		if l.from.pos < m.pos && samePlace(l.to, m.url) && len(l.args) > len(m.args) && m.pos-l.from.pos < 6 {
			a.intended = l.args
		}
	}
}

// sameRequest: the same client, state and redirect URI, so the same link: opened again, or
// carried on by the provider under another path.
func (a *attempt) sameRequest(m *message) bool {
	state := m.value("state")
	return state != "" && len(state) > 7 && state == a.request.value("state") && siteOf(a.request.url.host) == siteOf(m.url.host) &&
		a.request.client() == m.client() && a.request.value("redirect_uri") == m.value("redirect_uri") &&
		a.request.value("scope") == m.value("scope") && a.request.args.get("code_challenge") == m.args.get("code_challenge") &&
		a.request.args.get("nonce") == m.args.get("nonce")
}

func (a *attempt) readRequestObject(raw string) {
	j := readJWT(raw)
	if j == nil || j.claims == nil {
		a.opaque = true
		return
	}
	for _, n := range j.claims.Children {
		if n.Text != "" && !a.params.has(n.Name) {
			a.params = append(a.params[:len(a.params):len(a.params)], param{Name: n.Name, RawName: n.Name, Value: n.Text, Raw: n.Text, Where: "url", JSON: true})
		}
	}
}

// isAnswerLocation: a Location of the provider that carries an answer.
func (c *Case) isAnswerLocation(l hop) bool {
	if l.from.role == roleCallback || l.from.role == roleToken || l.from.role == roleFollowed {
		return false
	}
	if l.args.arg("response_type") != nil || l.args.arg("client_id") != nil {
		return false
	}
	target := false
	for _, r := range c.redirects {
		if samePlace(r, l.to) || r.authority() == l.to.authority() && r.scheme == l.to.scheme && strings.EqualFold(strings.Trim(r.path, "/"), strings.Trim(l.to.path, "/")) {
			target = true
		}
	}
	carries := func(p params) bool { return p.arg("code") != nil || p.has("error", "access_token", "id_token") }
	if target {
		return carries(l.args) || carries(l.frag) || l.args.has("state", "shop") || len(l.args) == 0 && l.from.role == roleAuthorize
	}
	return (carries(l.args) && l.args.has("state") || carries(l.frag) && l.frag.has("state")) && l.to.authority() != l.from.url.authority()
}

// addCallback joins the browser's request with the Location that caused it.
func (c *Case) addCallback(m *message) {
	b := &callback{msg: m, params: m.args, at: m.at()}
	if m.url.hasFragment {
		b.fragment = readForm(m.url.fragment, m.url.fragmentAt, "url")
	}
	for _, have := range c.backs {
		if have.msg != nil || have.from.pos > m.pos {
			continue
		}
		to := readTarget(have.from.location())
		if to.scheme == "" {
			to = readTarget(resolve(have.from.url, have.from.location()))
		}
		if to.endpoint() == m.url.endpoint() && (to.query == m.url.query || m.url.query == "" && to.hasFragment) || to.raw == m.url.raw {
			have.msg, have.at = m, m.at()
			if len(m.args) > 0 || len(have.params) == 0 {
				have.params = m.args
			}
			return
		}
	}
	c.backs = append(c.backs, b)
}

func (c *Case) sortCallbacks() {
	for i := 1; i < len(c.backs); i++ {
		for j := i; j > 0 && c.backs[j].at.Before(c.backs[j-1].at); j-- {
			c.backs[j], c.backs[j-1] = c.backs[j-1], c.backs[j]
		}
	}
}

// assignCallback finds the attempt: by state, else the latest one that waits.
func (c *Case) assignCallback(b *callback) {
	pos := b.step().pos
	state := b.params.get("state")
	if state == "" {
		state = b.fragment.get("state")
	}
	if state != "" {
		for i := len(c.attempts) - 1; i >= 0; i-- {
			a := c.attempts[i]
			if a.request.pos <= pos && a.value("state") == state {
				b.attempt, b.byState = a, true
				a.callbacks = append(a.callbacks, b)
				return
			}
		}
	}
	var best *attempt
	for i := len(c.attempts) - 1; i >= 0; i-- {
		a := c.attempts[i]
		if a.request.pos > pos || !c.fits(a, b) {
			continue
		}
		if len(a.callbacks) == 0 {
			best = a
			break
		}
		if best == nil {
			best = a
		}
	}
	if best != nil {
		b.attempt = best
		best.callbacks = append(best.callbacks, b)
	}
}

// fits: the callback went to the attempt's redirect URI, as far as that is known.
func (c *Case) fits(a *attempt, b *callback) bool {
	uri := a.value("redirect_uri")
	if uri == "" || b.msg == nil {
		return true
	}
	return readTarget(percentDecode(uri)).authority() == b.msg.url.authority() || b.msg.callback != nil
}

// assignPages gives the pages between an authorization request and its callback.
func (c *Case) assignPages() {
	for _, a := range c.attempts {
		end := len(c.msgs)
		for _, b := range a.callbacks {
			end = min(end, b.step().pos)
		}
		hosts := map[string]bool{a.request.url.host: true}
		for i := a.request.pos + 1; i < end; i++ {
			m := c.msgs[i]
			if m.role == roleAuthorize {
				if m.page != a.request {
					break
				}
				continue
			}
			if m.role != rolePage && m.role != roleOther {
				continue
			}
			if m.parent != nil && hosts[m.parent.url.host] && m.role == rolePage {
				hosts[m.url.host] = true
			}
			if hosts[m.url.host] && m.isNavigation() {
				m.page = a.request
				a.pages = append(a.pages, m)
			}
		}
	}
}

// assignExchange finds the callback whose code an exchange carries.
func (c *Case) assignExchange(m *message) {
	if m.grant != "authorization_code" {
		return
	}
	p := m.arg("code")
	var near *callback
	for i := len(c.backs) - 1; i >= 0; i-- {
		b := c.backs[i]
		code := b.code()
		if code == nil {
			code = b.fragment.arg("code")
		}
		if code == nil || b.from != nil && b.from.pos > m.pos {
			continue
		}
		if p != nil && (code.Value == p.Value || sameCode(code, p)) {
			b.exchanges = append(b.exchanges, m)
			return
		}
		if near == nil && b.at.Before(m.end()) && c.mayExchange(b, m) {
			near = b
		}
	}
	if near != nil {
		near.exchanges = append(near.exchanges, m)
	}
}

// mayExchange: an exchange with an unknown code can belong to the callback when nothing
// says otherwise.
func (c *Case) mayExchange(b *callback, m *message) bool {
	if b.attempt == nil {
		return true
	}
	uri, mine := b.attempt.value("redirect_uri"), m.value("redirect_uri")
	return uri == "" || mine == "" || readTarget(uri).host == readTarget(mine).host || b.attempt.client() == m.client()
}

func (a *attempt) client() string { return a.value("client_id") }

// backOf finds the callback of an exchange.
func (c *Case) backOf(m *message) *callback {
	for _, b := range c.backs {
		for _, x := range b.exchanges {
			if x == m {
				return b
			}
		}
	}
	return nil
}

// attemptOf finds the authorization request of an exchange.
func (c *Case) attemptOf(m *message) *attempt {
	if b := c.backOf(m); b != nil {
		if b.attempt != nil {
			return b.attempt
		}
	}
	if m.grant != "authorization_code" {
		return nil
	}
	// the callback is not recorded: the latest authorization request of the same client,
	// or the only one
	var only *attempt
	for i := len(c.attempts) - 1; i >= 0; i-- {
		a := c.attempts[i]
		if a.request.pos > m.pos {
			continue
		}
		if a.client() == m.client() {
			return a
		}
		if only == nil {
			only = a
		}
	}
	if len(c.attempts) == 1 && len(c.backs) == 0 {
		return only
	}
	return nil
}

// isLive tells that the trace is a run of this program.
func (c *Case) isLive() bool { return c.live != nil }

func (c *Case) provider() *flows.Provider {
	if c.live == nil {
		return nil
	}
	return &c.live.Provider
}
