package diagnose

import (
	"encoding/base64"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// role is what a message is in a flow, told by its content; the step kind of the trace
// is asked only where the content does not say.
type role byte

const (
	roleOther role = iota
	roleDiscovery
	roleJWKS
	rolePAR
	roleLink // a call that answers with the authorization URL
	roleAuthorize
	rolePage // a page of the provider between authorize and callback
	roleCallback
	roleToken
	roleDevice
	roleRevoke
	roleIntrospect
	roleUserInfo
	roleCall
	rolePreflight // OPTIONS of a browser
	roleFollowed  // what a client sent when it followed a redirect of another message
)

// message is one step of the trace, read.
type message struct {
	index    int // in Trace.Steps()
	number   int // as people count: from 1, without traffic that is no part of a flow; 0 for that
	pos      int // in the order of time
	kind     flows.StepKind
	x        *flows.Exchange
	callback *flows.CallbackArrived // of a live run
	built    bool                   // an authorization URL that was built here, not sent
	url      target
	query    params
	reqBody  bodyKind
	form     params // members of the request's body
	reqDoc   *rawjson.Document
	args     params // query and body
	auth     authHeader
	creds    credentials
	role     role
	grant    string // of a token request: authorization_code, refresh_token, client_credentials, device_code, other
	ans      *answer
	thread   int
	failed   *trouble
	parent   *message // of a followed redirect
	page     *message // the authorization request that a page belongs to
	known    *reading // what is kept of it; nil: nothing
}

func (m *message) at() time.Time { return m.x.Started }

// end is when the answer was there.
func (m *message) end() time.Time {
	if m.x.Ended.Before(m.x.Started) {
		return m.x.Started
	}
	return m.x.Ended
}

// status is 0 without an answer. An interim one (1xx) after which the wait ended is none.
func (m *message) status() int {
	r := m.x.Response
	if r == nil || m.x.Error != nil && r.Status/100 == 1 && r.Status != 101 {
		return 0
	}
	return r.Status
}

// ok tells a success by status. A pasted answer has none; its content decides.
func (m *message) ok() bool {
	s := m.status()
	if s == 0 && m.x.Response != nil && m.x.Error == nil {
		return m.answer().fault == nil
	}
	return s >= 200 && s < 300
}

// unsent tells a request that was pasted: nobody knows what it was answered.
func (m *message) unsent() bool {
	return m.x.Response == nil && m.x.Error == nil && m.callback == nil && !m.built
}

func (m *message) location() string {
	if m.x.Response == nil || m.x.Response.Status < 300 || m.x.Response.Status > 399 {
		return ""
	}
	return m.x.Response.Headers.Get("Location")
}

func (m *message) answer() *answer {
	if m.ans == nil && m.known != nil {
		kept := m.known.answer
		m.ans = &kept
	}
	if m.ans == nil {
		m.ans = readAnswer(m.x.Response)
		m.ans.fault = readFault(m.ans, m.status())
	}
	return m.ans
}

func (m *message) header(name string) string { return m.x.Request.Headers.Get(name) }

func (m *message) respHeader(name string) string {
	if m.x.Response == nil {
		return ""
	}
	return m.x.Response.Headers.Get(name)
}

// arg finds a parameter of the request by its usual name or an alias.
func (m *message) arg(name string) *param { return m.args.arg(name) }

func (m *message) value(name string) string { return m.args.argValue(name) }

// authHeader is the Authorization header, taken apart.
type authHeader struct {
	name   string // header's name as sent
	raw    string
	scheme string // as written
	rest   string
	// of Basic:
	decoded string // what the base64 gave
	broken  string // why it could not be decoded; empty if it could
	masked  bool   // the run was kept without them: nothing is known of their form
	id      string
	secret  string
	colon   bool
}

// readAuthHeader reads it from the headers; of credentials that were withheld it takes what
// is known of them, which may be nothing.
func readAuthHeader(h flows.Headers, known *flows.Withheld) authHeader {
	var a authHeader
	for _, f := range h {
		if strings.EqualFold(f.Name, "Authorization") {
			a.name, a.raw = f.Name, f.Value
			break
		}
	}
	if a.name == "" {
		return a
	}
	a.scheme, a.rest, _ = strings.Cut(strings.TrimLeft(a.raw, " "), " ")
	if strings.EqualFold(a.scheme, "Basic") {
		a.readBasic(known)
	}
	return a
}

func (a *authHeader) readBasic(known *flows.Withheld) {
	text := strings.TrimSpace(a.rest)
	if flows.IsMask(text) {
		a.masked, a.secret = true, text
		if known != nil {
			a.id = known.ClientID
		}
		return
	}
	b, err := base64.StdEncoding.DecodeString(text)
	switch {
	case err == nil:
	case strings.ContainsAny(text, "-_"):
		a.broken = "it uses the base64url alphabet"
		b, _ = base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	case !strings.HasSuffix(text, "=") && len(text)%4 != 0:
		a.broken = "the base64 padding is missing"
		b, _ = base64.RawStdEncoding.DecodeString(text)
	default:
		a.broken = "it is no base64"
		if strings.Contains(text, ":") {
			a.broken = "id and secret stand in it in clear, without base64"
			b = []byte(text)
		}
	}
	a.decoded = string(b)
	a.id, a.secret, a.colon = strings.Cut(a.decoded, ":")
}

// credential is a client id or secret as it was sent.
type credential struct {
	kind  string // "client_id" or "client_secret"
	value string // after the decoding of its place
	raw   string
	via   string // "Basic header", "request body", "url", "JSON body"
	p     *param
}

// credentials are how a request authenticates its client.
type credentials struct {
	list      []credential
	basic     bool
	body      bool // a secret in body or URL
	assertion string
}

func (c credentials) first(kind string) (credential, bool) {
	for _, x := range c.list {
		if x.kind == kind {
			return x, true
		}
	}
	return credential{}, false
}

func (c credentials) id() string     { x, _ := c.first("client_id"); return x.value }
func (c credentials) secret() string { x, _ := c.first("client_secret"); return x.value }

// method names how the client authenticated.
func (c credentials) method() string {
	switch {
	case c.basic && c.body:
		return "both"
	case c.basic:
		return "client_secret_basic"
	case c.body:
		return "client_secret_post"
	case c.assertion != "":
		return "private_key_jwt"
	}
	return "none"
}

func (m *message) readCredentials() {
	c := &m.creds
	for _, kind := range [...]string{"client_id", "client_secret"} {
		p := m.args.arg(kind)
		if p == nil {
			continue
		}
		via := p.Where
		if p.JSON {
			via = "JSON body"
		}
		c.list = append(c.list, credential{kind: kind, value: p.Value, raw: p.Raw, via: via, p: p})
		if kind == "client_secret" {
			c.body = true
		}
	}
	if strings.EqualFold(m.auth.scheme, "Basic") {
		c.basic = true
		c.list = append([]credential{
			{kind: "client_id", value: formDecode(m.auth.id), raw: m.auth.id, via: "Basic header"},
			{kind: "client_secret", value: formDecode(m.auth.secret), raw: m.auth.secret, via: "Basic header"},
		}, c.list...)
	}
	c.assertion = m.args.get("client_assertion")
}

// newMessage reads one step.
func newMessage(i int, s *flows.Step) *message {
	m := &message{index: i, kind: s.Kind, x: &s.Exchange, callback: s.Callback, thread: i}
	m.built = s.Kind == flows.StepAuthorizeURL && s.Exchange.Response == nil && s.Exchange.Error == nil
	m.url = readTarget(s.Exchange.Request.URL)
	if m.url.query != "" {
		m.query = readForm(m.url.query, m.url.queryAt, "url")
	}
	m.auth = readAuthHeader(s.Exchange.Request.Headers, s.Exchange.Withheld)
	if body := s.Exchange.Request.Body; len(body) > 0 && len(body) <= maxRead {
		m.readBody(body)
	}
	m.args = m.query
	if len(m.form) > 0 {
		m.args = append(append(params{}, m.query...), m.form...)
	}
	return m
}

func (m *message) readBody(body []byte) {
	m.reqBody = sniff(body)
	text := string(body)
	switch m.reqBody {
	case bodyJSON:
		m.reqDoc, _ = rawjson.Parse(body)
		if m.reqDoc != nil {
			m.form = readJSONParams(m.reqDoc.Root, text)
		}
	case bodyForm:
		trimmed := strings.TrimRight(text, "\r\n")
		m.form = readForm(trimmed, 0, "request body")
	}
}

// isNavigation tells that a browser loaded the message as a page.
func (m *message) isNavigation() bool {
	switch m.header("Sec-Fetch-Dest") {
	case "document", "iframe", "frame":
		return true
	case "":
		return strings.Contains(m.header("Accept"), "text/html")
	}
	return false
}
