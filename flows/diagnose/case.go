package diagnose

import (
	"bytes"
	"sort"
	"strings"
	"time"

	"oauthlens/flows"
)

// Case is a trace, read once for all rules. Everything in it is in the order of time.
type Case struct {
	trace  flows.Trace
	live   *flows.RunStarted // nil for a recording
	opts   Options
	memory *memory // nil: nothing is kept for the next time
	key    flows.FingerprintKey

	msgs         []*message
	redirects    []target // redirect URIs that some request named
	locations    []hop
	hopsTo       map[string][]hop // locations by endpoint
	endpoints    map[string]role  // by metadata, endpoint without query -> role
	metas        []*metadata
	keys         []*keySet
	issued       map[string]*tokenSet // by raw value of access, refresh and ID token
	tokens       []*tokenSet
	attempts     []*attempt
	backs        []*callback
	calls        []*message // token requests
	uses         []*message // calls with a token, userinfo included
	settings     flows.Settings
	failure      *flows.ListenerFailed
	timedOut     *flows.CallbackTimedOut
	strays       []flows.CallbackArrived // what the listener turned away in the newest wait
	ended        *flows.RunEnded
	failedAt     time.Time
	clocks       *clocks
	quoter       func(string) string
	judged       *[]jwtJudgement
	userInfos    *[]userInfoJWT
	sites        map[string]bool // of related hosts
	bare         []bareToken
	profileFacts *[]*fact
	factsByHost  map[string]*fact
	worlds       []*world // see allWorlds
	revoked      []*message
	known        map[int]*fact // by thread
	drawn        *flows.Drawn
}

// hop is a Location that was answered.
type hop struct {
	from *message
	to   target
	args params // query and fragment of the target, as parameters of the header
	frag params
}

// newCase reads the trace.
func newCase(t flows.Trace, o Options, k *memory) *Case {
	c := &Case{trace: t, opts: o, memory: k, endpoints: map[string]role{}, hopsTo: map[string][]hop{}, issued: map[string]*tokenSet{}}
	c.readEvents()
	steps := t.Steps()
	c.msgs = make([]*message, len(steps))
	number := 0
	for i := range steps {
		c.msgs[i] = k.message(i, &steps[i])
		if steps[i].Kind != flows.StepOther {
			number++
			c.msgs[i].number = number
		}
	}
	sort.SliceStable(c.msgs, func(a, b int) bool { return c.msgs[a].at().Before(c.msgs[b].at()) })
	for i, m := range c.msgs {
		m.pos = i
	}
	c.collect()
	for _, m := range c.msgs {
		m.role = c.roleOf(m)
	}
	c.followRedirects()
	c.dropStrangers()
	c.gatherTokens()
	c.linkAttempts()
	c.linkThreads()
	c.findTroubles()
	return c
}

func (c *Case) readEvents() {
	for _, r := range c.trace.Records {
		switch e := r.Event.(type) {
		case flows.RunStarted:
			s := e
			c.live, c.key, c.settings = &s, e.Fingerprints, e.Settings
		case flows.Imported:
			c.key = e.Fingerprints
			for _, t := range e.Tokens {
				c.bare = append(c.bare, bareToken{raw: t.RevealSecret(), at: r.At})
			}
		case flows.Drawn:
			d := e
			c.drawn = &d
		case flows.Changed:
			c.settings = applyChange(c.settings, e.Change)
			if c.live != nil && e.Change.ClientSecret != nil {
				c.live.Credentials.ClientSecret = *e.Change.ClientSecret
			}
			if p := e.Change.Endpoint; c.live != nil && p != nil {
				if target := c.live.Environment.Endpoints.Named(p.Name); target != nil {
					*target = p.Value
				}
			}
		case flows.ListenerFailed:
			f := e
			c.failure, c.failedAt = &f, r.At
		case flows.ListenerOpened:
			c.failure = nil
		case flows.CallbackTimedOut:
			f := e
			c.timedOut = &f
		case flows.CallbackArrived:
			if e.Verdict == flows.CallbackStray || e.Verdict == flows.CallbackBadHost {
				c.strays = append(c.strays, e)
			}
		case flows.AuthorizationBuilt:
			c.timedOut, c.strays = nil, nil
		case flows.RunEnded:
			f := e
			c.ended = &f
		}
	}
}

func applyChange(s flows.Settings, ch flows.SettingsChange) flows.Settings {
	if ch.RedirectURI != nil {
		s.RedirectURI = *ch.RedirectURI
	}
	if ch.Scopes != nil {
		s.Scopes = *ch.Scopes
	}
	if ch.PKCE != nil {
		s.PKCE = *ch.PKCE
	}
	if ch.ClientID != nil {
		s.ClientID = *ch.ClientID
	}
	if ch.AuthMethod != nil {
		s.AuthMethod = *ch.AuthMethod
	}
	if ch.AuthorizeEdits != nil {
		s.AuthorizeEdits = *ch.AuthorizeEdits
	}
	if ch.TokenEdits != nil {
		s.TokenEdits = *ch.TokenEdits
	}
	if ch.Fault != nil {
		s.Fault = *ch.Fault
	}
	if ch.CallURL != nil {
		s.CallURL = *ch.CallURL
	}
	return s
}

// collect gathers what roles depend on: redirect URIs, Locations, metadata, tokens.
func (c *Case) collect() {
	for _, m := range c.msgs {
		c.noteRedirect(m.args)
		if loc := m.location(); loc != "" {
			c.noteLocation(m, loc)
		}
		if m.x.Response != nil && len(m.x.Response.Body) > 0 && len(m.x.Response.Body) <= flows.MaxBody {
			c.noteAnswer(m)
		}
	}
}

const maxRedirects = 64

func (c *Case) noteRedirect(p params) {
	r := p.arg("redirect_uri")
	if r == nil || r.Value == "" || len(c.redirects) >= maxRedirects {
		return
	}
	if p.arg("client_id") == nil && p.arg("grant_type") == nil && p.arg("response_type") == nil && p.arg("code") == nil {
		return
	}
	value := r.Value
	if !strings.Contains(value, "://") && strings.Contains(strings.ToLower(value), "%3a%2f%2f") {
		value = percentDecode(value)
	}
	t := readTarget(value)
	for _, have := range c.redirects {
		if have.raw == t.raw {
			return
		}
	}
	c.redirects = append(c.redirects, t)
}

func (c *Case) noteLocation(m *message, loc string) {
	t := readTarget(loc)
	if t.host == "" && t.scheme == "" {
		t = readTarget(resolve(m.url, loc))
	}
	h := hop{from: m, to: t}
	h.args = readForm(t.query, t.queryAt, "response header Location")
	if t.hasFragment {
		h.frag = readForm(t.fragment, t.fragmentAt, "response header Location")
	}
	c.locations = append(c.locations, h)
	c.hopsTo[t.endpoint()] = append(c.hopsTo[t.endpoint()], h)
	c.noteRedirect(h.args)
}

// resolve makes a reference absolute.
func resolve(base target, ref string) string {
	prefix := base.scheme + "://" + base.host
	if base.port != "" {
		prefix += ":" + base.port
	}
	if strings.HasPrefix(ref, "//") {
		return base.scheme + ":" + ref
	}
	if strings.HasPrefix(ref, "/") {
		return prefix + ref
	}
	dir := base.path
	if i := strings.LastIndexByte(dir, '/'); i >= 0 {
		dir = dir[:i+1]
	}
	return prefix + "/" + strings.TrimPrefix(dir+ref, "/")
}

var (
	wordEndpoint = []byte("_endpoint")
	wordKeys     = []byte(`"keys"`)
)

// noteAnswer reads metadata and key sets.
func (c *Case) noteAnswer(m *message) {
	body := m.x.Response.Body
	if bytes.Contains(body, wordEndpoint) && sniff(body) == bodyJSON {
		if meta := readMetadata(m); meta != nil {
			c.metas = append(c.metas, meta)
			meta.register(c.endpoints)
		}
	}
	if bytes.Contains(body, wordKeys) && sniff(body) == bodyJSON {
		if ks := readKeySet(m); ks != nil {
			c.keys = append(c.keys, ks)
		}
	}
	if c.mayIssue(m) && mayHoldToken(body) {
		if t := m.tokenSet(); t != nil {
			c.issue(m, t)
		}
	}
	c.readByProfile(m)
}

// mayIssue: a run knows which of its requests asked for tokens. What an API answers to a
// call may look like tokens too; they are not this client's.
func (c *Case) mayIssue(m *message) bool {
	if !c.isLive() {
		return true
	}
	switch m.kind {
	case flows.StepExchange, flows.StepRefresh, flows.StepDevice:
		return true
	}
	return false
}

// followRedirects finds the messages that a client sent when it followed a Location.
func (c *Case) followRedirects() {
	byURL := map[string][]*message{}
	for _, m := range c.msgs {
		byURL[m.url.raw] = append(byURL[m.url.raw], m)
	}
	for _, l := range c.locations {
		for _, m := range byURL[l.to.raw] {
			if m.pos > l.from.pos && m.parent == nil {
				m.parent = l.from
				break
			}
		}
	}
	for _, m := range c.msgs {
		p := m.parent
		if p == nil || m.role == roleCallback || m.role == roleAuthorize {
			continue
		}
		switch {
		case p.role == roleToken, p.role == roleFollowed, p.role == roleDiscovery && m.role != roleDiscovery:
			m.role = roleFollowed
		case p.role == roleCall || p.role == roleUserInfo:
			m.role = roleCall
		case (p.role == roleAuthorize || p.role == rolePage) && m.role == roleOther:
			m.role = rolePage
		}
	}
}

// dropStrangers takes calls out that have nothing to do with a recorded flow: where tokens
// were issued, a well-formed token of unknown origin at a host of no flow is somebody
// else's (maps, analytics, feature flags).
func (c *Case) dropStrangers() {
	if len(c.issued) == 0 || c.isLive() {
		return
	}
	for _, m := range c.msgs {
		if m.role == roleCall && m.parent == nil && m.kind != flows.StepCall && c.issued[c.sentToken(m)] == nil && headerDefect(m.auth, false) == "" && !c.related(m.url.host) {
			m.role = roleOther
		}
	}
}

// related: the host belongs to the site of a login, a token endpoint, the application, or
// an API that got an issued token.
func (c *Case) related(host string) bool {
	if c.sites == nil {
		c.sites = map[string]bool{}
		for _, r := range c.redirects {
			c.sites[siteOf(r.host)] = true
		}
		for _, m := range c.msgs {
			switch m.role {
			case roleOther, rolePreflight:
			case roleCall:
				if c.issued[c.sentToken(m)] != nil {
					c.sites[siteOf(m.url.host)] = true
				}
			default:
				c.sites[siteOf(m.url.host)] = true
			}
		}
	}
	return c.sites[siteOf(host)]
}

// client is the id of the client that a message speaks for.
func (m *message) client() string {
	if id := m.creds.id(); id != "" {
		return id
	}
	return m.value("client_id")
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
