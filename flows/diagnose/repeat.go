package diagnose

import "sort"

// repeatOf finds the later message by which the client got what the failed one was
// for: the same token request that succeeded, the same call that was answered, another
// form of the discovery URL. A new login after a failed one is no repeat.
func (c *Case) repeatOf(m *message, answered map[string][]*message) *message {
	list := answered[repeatKey(m)]
	for _, n := range list[sort.Search(len(list), func(i int) bool { return list[i].pos > m.pos }):] {
		if c.repeats(m, n) {
			return n
		}
	}
	return nil
}

// answeredByKey groups the messages that were answered well, in the order of time.
func (c *Case) answeredByKey() map[string][]*message {
	out := map[string][]*message{}
	for _, n := range c.msgs {
		if n.failed == nil && n.x.Response != nil && n.role != roleOther {
			key := repeatKey(n)
			out[key] = append(out[key], n)
		}
	}
	return out
}

// repeatKey is what a message and its repeat have in common at least.
func repeatKey(m *message) string {
	if m.role == roleCall || m.role == roleUserInfo {
		return string(rune(m.role)) + m.url.host + m.url.path
	}
	return string(rune(m.role))
}

func (c *Case) repeats(m, n *message) bool {
	switch m.role {
	case roleToken:
		return n.ok() && repeatsToken(m, n)
	case roleCall, roleUserInfo:
		return n.ok() && m.thread == n.thread && m.x.Request.Method == n.x.Request.Method && m.url.endpoint() == n.url.endpoint()
	case roleDiscovery:
		return n.ok() && m.url.host == n.url.host
	case roleJWKS, roleRevoke, roleIntrospect, rolePAR, roleDevice:
		return n.ok() && m.url.endpoint() == n.url.endpoint()
	case roleAuthorize:
		if m.url.raw == n.url.raw {
			return n.status() < 400
		}
		// the silent try before the visible one
		return m.args.get("prompt") == "none" && n.args.get("prompt") != "none" && samePlace(m.url, n.url) && m.client() == n.client() && n.status() < 400
	case roleCallback:
		return c.silentCallback(m) && c.answered(m)
	}
	return false
}

// repeatsToken: the same grant by the same client with the same code, refresh token or
// device code.
func repeatsToken(m, n *message) bool {
	if m.grant != n.grant || m.client() != n.client() {
		return false
	}
	switch m.grant {
	case "authorization_code":
		return m.value("code") != "" && m.value("code") == n.value("code")
	case "refresh_token":
		return m.value("refresh_token") != "" && m.value("refresh_token") == n.value("refresh_token")
	case "device_code":
		return m.args.get("device_code") == n.args.get("device_code")
	}
	return string(m.x.Request.Body) == string(n.x.Request.Body) && m.auth.raw == n.auth.raw && m.url.raw == n.url.raw
}

// silentCallback: the answer of a request with prompt=none.
func (c *Case) silentCallback(m *message) bool {
	b := c.backFor(m)
	return b != nil && b.attempt != nil && b.attempt.value("prompt") == "none"
}

// answered: a later request of the same client without prompt=none got a code.
func (c *Case) answered(m *message) bool {
	b := c.backFor(m)
	for _, a := range c.attempts {
		if a.request.pos > m.pos && a.value("prompt") != "none" && a.client() == b.attempt.client() {
			for _, x := range a.callbacks {
				if x.code() != nil {
					return true
				}
			}
		}
	}
	return false
}

// backFor finds the callback whose request or Location the message is.
func (c *Case) backFor(m *message) *callback {
	for _, b := range c.backs {
		if b.msg == m {
			return b
		}
	}
	for _, b := range c.backs {
		if b.from == m {
			return b
		}
	}
	return nil
}
