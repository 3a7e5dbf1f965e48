package diagnose

import (
	"strings"

	"oauthlens/flows"
)

// checkEnvironment compares prefixes of client ids, issuers of tokens and hosts.
func checkEnvironment(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.failed == nil && !m.built && !c.imitates() {
			continue
		}
		switch m.role {
		case roleToken, roleAuthorize, rolePAR, roleDevice, roleCall, roleUserInfo, roleIntrospect, roleRevoke:
		default:
			continue
		}
		if h, ok := c.mixedID(m); ok {
			out = append(out, h)
		} else if m.failed == nil && !m.built {
			continue
		} else if h, ok := c.mixedToken(m); ok {
			out = append(out, h)
		} else if h, ok := c.mixedHosts(m); ok {
			out = append(out, h)
		}
	}
	return out
}

// mixedID: the client id's prefix names another environment than the host.
func (c *Case) mixedID(m *message) (Hit, bool) {
	id := m.client()
	if id == "" {
		return Hit{}, false
	}
	host := c.realHost(m)
	idWorld := c.idWorld(id, host)
	hostWorld := c.worldOf(host)
	if idWorld == nil || hostWorld == nil || idWorld.env == hostWorld.env || idWorld.family != hostWorld.family {
		return Hit{}, false
	}
	h := hit(m, worldConfidence(idWorld, hostWorld), "the client id begins as those of "+idWorld.family+" "+idWorld.env+" do"+idWorld.known(),
		"the host of "+step(m)+", "+m.url.host+", belongs to "+hostWorld.env)
	if host != m.url.host {
		h.evidence[1] = "this run imitates " + hostWorld.env + ", whose host is " + host
		h = h.named("The client id is of another environment: the real provider would refuse it")
		h.severity = flows.SeverityWarning
	}
	if m.failed == nil {
		h = h.standing()
	}
	return h.marking(markParam(m, m.arg("client_id"), "an id of "+idWorld.env)), true
}

// imitates tells of a run in which the simulator stands in for a real environment.
func (c *Case) imitates() bool {
	return c.live != nil && c.live.Simulated && c.live.Environment.Name != flows.EnvSimulator
}

// realHost is the host of a message; where the simulator stands in for a real environment,
// the host that would be asked there.
func (c *Case) realHost(m *message) string {
	if !c.imitates() {
		return m.url.host
	}
	for _, e := range c.live.Provider.Environments {
		if e.Name != c.live.Environment.Name {
			continue
		}
		if h := readTarget(e.Endpoints.Token).host; h != "" {
			return h
		}
	}
	return m.url.host
}

// idWorld finds the environment that a client id's prefix names, for the family of the
// host. A sandbox prefix of one provider says nothing at another.
func (c *Case) idWorld(id, host string) *world {
	at := c.worldOf(host)
	var best *world
	length := 0
	for _, w := range c.allWorlds() {
		for _, p := range w.prefixes {
			if strings.HasPrefix(id, p) && len(p) > length && (at == nil || at.family == w.family) {
				best, length = w, len(p)
			}
		}
	}
	if best == nil && at != nil {
		return genericIDWorld(id, at)
	}
	return best
}

// worldConfidence: what is only read from names is not certain.
func worldConfidence(a, b *world) flows.Confidence {
	if a.guess && b.guess {
		return flows.Likely
	}
	return flows.Certain
}

// genericIDWorld reads words at the beginning of an id that name an environment. At a
// host whose name says nothing, only the word sandbox is taken for one.
func genericIDWorld(id string, at *world) *world {
	low := strings.ToLower(id)
	if at.guess && at.env == "production" && !strings.HasPrefix(low, "sandbox") {
		return nil
	}
	for _, p := range [...]string{"sandbox-", "sandbox_", "test-", "test_", "live-", "live_", "prod-", "production-"} {
		if strings.HasPrefix(low, p) {
			word := strings.Trim(p, "-_")
			if isTestWord(word) != isTestWord(at.env) {
				return &world{family: at.family, env: word, guess: true}
			}
		}
	}
	return nil
}

func isTestWord(env string) bool {
	switch env {
	case "sandbox", "test", "staging", "demo", "preview", "dev", "development", "uat":
		return true
	}
	return false
}

// allWorlds are the facts and the environments of the profiles.
func (c *Case) allWorlds() []*world {
	if c.worlds != nil {
		return c.worlds
	}
	var out []*world
	for i := range worlds {
		out = append(out, &worlds[i])
	}
	for _, p := range c.opts.Providers {
		out = append(out, profileWorlds(p)...)
	}
	if p := c.provider(); p != nil {
		out = append(out, profileWorlds(*p)...)
	}
	c.worlds = out
	return out
}

func profileWorlds(p flows.Provider) []*world {
	var out []*world
	for _, e := range p.Environments {
		if e.Name == flows.EnvSimulator || e.Name == flows.EnvCustom {
			continue
		}
		w := &world{family: p.Name, env: e.Name, where: "the profile", prefixes: e.ClientIDPrefixes}
		for _, u := range [...]string{e.Endpoints.Token, e.Endpoints.Authorization, e.Endpoints.API} {
			if h := readTarget(u).host; h != "" && !isLoopback(h) {
				w.hosts = append(w.hosts, h)
			}
		}
		out = append(out, w)
	}
	return out
}

// worldOf finds the environment of a host in facts and profiles, then by its name: a
// label such as sandbox beside a sibling without it.
func (c *Case) worldOf(host string) *world {
	if w := worldOf(host); w != nil {
		return w
	}
	for _, w := range c.allWorlds() {
		for _, h := range w.hosts {
			if h == host {
				return w
			}
		}
	}
	return namedWorld(host)
}

// namedWorld splits a host into its family and the word for the environment in it.
func namedWorld(host string) *world {
	if isLoopback(host) || strings.Count(host, ".") < 1 {
		return nil
	}
	var family []string
	env := ""
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if i == len(labels)-1 {
			family = append(family, label)
			break
		}
		kept := label
		for _, w := range [...]string{"sandbox", "staging", "test", "demo", "uat", "dev", "preview"} {
			switch {
			case label == w:
				env, kept = w, ""
			case strings.HasPrefix(label, w+"-"):
				env, kept = w, label[len(w)+1:]
			case strings.HasSuffix(label, "-"+w):
				env, kept = w, label[:len(label)-len(w)-1]
			}
		}
		if kept != "" {
			family = append(family, kept)
		}
	}
	if env == "" {
		env = "production"
	}
	return &world{family: siteOf(strings.Join(family, ".")), env: env, hosts: []string{host}, guess: true}
}

// mixedToken: a token whose issuer belongs to another environment than the host.
func (c *Case) mixedToken(m *message) (Hit, bool) {
	if m.role != roleCall && m.role != roleUserInfo && m.role != roleIntrospect || m.status() != 401 && m.status() != 403 && m.failed.canon == "" && m.failed.layer != layerUnsent {
		return Hit{}, false
	}
	raw := c.sentToken(m)
	here := c.worldOf(m.url.host)
	if raw == "" || here == nil {
		return Hit{}, false
	}
	if iss := readTarget(c.jwtOf(raw).claim("iss")); iss.host != "" {
		if w := c.worldOf(iss.host); w != nil && w.family == here.family && w.env != here.env {
			return hit(m, worldConfidence(w, here), "the token's issuer is "+iss.host+", of "+w.env, "the call of "+step(m)+" went to "+m.url.host+", of "+here.env), true
		}
	}
	if t := c.issued[raw]; t != nil {
		if w := c.worldOf(t.from.url.host); w != nil && w.family == here.family && w.env != here.env {
			return hit(m, worldConfidence(w, here), "the token was issued at "+step(t.from)+" by "+t.from.url.host+", of "+w.env, "the call of "+step(m)+" went to "+m.url.host+", of "+here.env), true
		}
	}
	return Hit{}, false
}

// mixedHosts: the authorization request and the exchange went to different environments.
func (c *Case) mixedHosts(m *message) (Hit, bool) {
	if m.role != roleToken {
		return Hit{}, false
	}
	a := c.attemptOf(m)
	from := ""
	var at *message
	if a != nil {
		from, at = a.request.url.host, a.request
	} else if t := c.issued[m.value("refresh_token")]; t != nil {
		from, at = t.from.url.host, t.from
	}
	if from == "" {
		return Hit{}, false
	}
	w, here := c.worldOf(from), c.worldOf(m.url.host)
	if w == nil || here == nil || w.family != here.family || w.env == here.env {
		return Hit{}, false
	}
	return hit(m, flows.Likely, step(at)+" went to "+from+", of "+w.env, step(m)+" went to "+m.url.host+", of "+here.env), true
}
