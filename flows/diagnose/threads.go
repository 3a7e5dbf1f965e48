package diagnose

import "strings"

// linkThreads numbers the messages that hang together: by state, code, tokens, device
// code and request URI. What hangs on nothing joins the latest thread of the same client
// or host before it.
func (c *Case) linkThreads() {
	u := newUnion(len(c.msgs))
	owner := map[string]int{}
	tie := func(m *message, kind, value string) {
		if len(value) < 4 {
			return
		}
		key := kind + value
		if i, ok := owner[key]; ok {
			u.join(i, m.pos)
			return
		}
		owner[key] = m.pos
	}
	for _, a := range c.attempts {
		for _, m := range a.again {
			u.join(a.request.pos, m.pos)
		}
		for _, m := range a.pages {
			u.join(a.request.pos, m.pos)
		}
		if a.par != nil {
			u.join(a.request.pos, a.par.pos)
		}
	}
	for _, b := range c.backs {
		if b.msg != nil && b.from != nil && (b.from.role == rolePage || b.from.role == roleAuthorize || b.from.page != nil) {
			u.join(b.msg.pos, b.from.pos)
		}
		if b.attempt != nil {
			u.join(b.attempt.request.pos, b.step().pos)
		}
		for _, m := range b.exchanges {
			u.join(b.step().pos, m.pos)
		}
	}
	for _, m := range c.msgs {
		if m.parent != nil && m.role != roleCallback && m.role != roleAuthorize {
			u.join(m.parent.pos, m.pos)
		}
		c.tieTokens(m, tie)
	}
	c.joinLoose(u)
	for _, m := range c.msgs {
		m.thread = u.find(m.pos)
	}
}

func (c *Case) tieTokens(m *message, tie func(*message, string, string)) {
	if t := m.answer0().tokenOf(); t != nil {
		tie(m, "t", t.access)
		tie(m, "t", t.refresh)
		tie(m, "t", t.id)
	}
	switch m.role {
	case roleToken, roleRevoke, roleIntrospect:
		tie(m, "t", m.value("refresh_token"))
		tie(m, "t", m.args.get("token"))
		tie(m, "d", m.args.get("device_code"))
	case roleDevice:
		tie(m, "d", m.answer().member("device_code"))
	case roleCall, roleUserInfo:
		tie(m, "t", c.sentToken(m))
	}
}

// sentToken is the token that a call carries, cleaned of what is wrong around it.
func (c *Case) sentToken(m *message) string {
	if t := c.tokenIn(m.auth.rest); t != "" {
		return t
	}
	if m.auth.name != "" {
		if t := c.tokenIn(m.auth.raw); t != "" {
			return t
		}
	}
	if t := m.args.get("access_token"); t != "" {
		return t
	}
	for _, h := range m.x.Request.Headers {
		if c.issued[h.Value] != nil && len(h.Value) >= 8 {
			return h.Value
		}
	}
	if bearerLike(m.auth.scheme) {
		return strings.TrimSpace(m.auth.rest)
	}
	return ""
}

// tokenIn finds a token that was issued in the trace inside a damaged header value.
func (c *Case) tokenIn(s string) string {
	s = strings.TrimSpace(s)
	if c.issued[s] != nil {
		return s
	}
	for _, f := range strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || r == '"' || r == '\'' || r == '\n' || r == '\r' || r == '\t' || r == '<' || r == '>' || r == ','
	}) {
		f = strings.TrimPrefix(f, "Bearer")
		if c.issued[f] != nil {
			return f
		}
	}
	joined := strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == ' ' {
			return -1
		}
		return r
	}, s)
	if c.issued[joined] != nil {
		return joined
	}
	return ""
}

// joinLoose attaches what hangs on nothing: token requests by client, calls by host or
// time, and everything when there is only one flow.
func (c *Case) joinLoose(u *union) {
	byClient := map[string]int{}
	byHost := map[string]int{}
	last := -1
	for _, m := range c.msgs {
		switch m.role {
		case roleOther, rolePreflight:
			continue
		case roleToken, rolePAR, roleDevice, roleRevoke, roleIntrospect:
			if i, ok := byClient[m.client()]; ok && u.alone(m.pos) && m.client() != "" && m.grant != "client_credentials" {
				u.join(i, m.pos)
			}
		case roleCall, roleUserInfo:
			if u.alone(m.pos) {
				if i, ok := byHost[m.url.host]; ok {
					u.join(i, m.pos)
				} else if last >= 0 {
					u.join(last, m.pos)
				}
			}
			byHost[m.url.host] = m.pos
			continue
		case roleDiscovery, roleJWKS:
			continue
		}
		if id := m.client(); id != "" {
			byClient[id] = m.pos
		}
		last = m.pos
	}
}

// union is a disjoint-set forest over positions.
type union struct{ up, size []int }

func newUnion(n int) *union {
	u := &union{up: make([]int, n), size: make([]int, n)}
	for i := range u.up {
		u.up[i], u.size[i] = i, 1
	}
	return u
}

func (u *union) find(i int) int {
	for u.up[i] != i {
		u.up[i] = u.up[u.up[i]]
		i = u.up[i]
	}
	return i
}

func (u *union) join(a, b int) {
	a, b = u.find(a), u.find(b)
	if a == b {
		return
	}
	if b < a { // the earliest message names the thread
		a, b = b, a
	}
	u.up[b] = a
	u.size[a] += u.size[b]
}

func (u *union) alone(i int) bool { return u.size[u.find(i)] == 1 }
