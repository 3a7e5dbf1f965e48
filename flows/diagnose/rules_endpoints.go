package diagnose

import (
	"fmt"
	"strings"

	"oauthlens/flows"
)

// checkSampleHost looks at every request of the flow, whatever it was answered.
func checkSampleHost(c *Case) []Hit {
	var more []string
	if p := c.provider(); p != nil {
		more = p.SampleHosts
	}
	for _, p := range c.opts.Providers {
		more = append(more, p.SampleHosts...)
	}
	var out []Hit
	for _, m := range c.msgs {
		switch m.role {
		case roleOther, roleCallback, rolePreflight:
			continue
		}
		if !isSampleHost(m.url.host, more) {
			continue
		}
		out = append(out, hit(m, flows.Certain, c.request(m)+": this host is printed in documentation").standing())
	}
	return out
}

// environmentClaim is one sign of the environment that something belongs to.
type environmentClaim struct {
	what  string // for the evidence
	world *world
	m     *message
	host  bool
	p     *param
}

// checkEnvironment compares prefixes of client ids, issuers of tokens and hosts.
func checkEnvironment(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.failed == nil && !m.built {
			continue
		}
		switch m.role {
		case roleToken, roleAuthorize, rolePAR, roleDevice, roleCall, roleUserInfo, roleIntrospect, roleRevoke:
		default:
			continue
		}
		if h, ok := c.mixedID(m); ok {
			out = append(out, h)
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
	idWorld := c.idWorld(id, m.url.host)
	hostWorld := c.worldOf(m.url.host)
	if idWorld == nil || hostWorld == nil || idWorld.env == hostWorld.env || idWorld.family != hostWorld.family {
		return Hit{}, false
	}
	h := hit(m, worldConfidence(idWorld, hostWorld), "the client id begins as those of "+idWorld.family+" "+idWorld.env+" do",
		"the host of "+step(m)+", "+m.url.host+", belongs to "+hostWorld.env)
	if m.failed == nil {
		h = h.standing()
	}
	return h.marking(markParam(m, m.arg("client_id"), "an id of "+idWorld.env)), true
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
			if same := sameEnvironment(word, at.env); !same && (isTestWord(word) != isTestWord(at.env)) {
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

func sameEnvironment(a, b string) bool {
	return a == b || isTestWord(a) == isTestWord(b)
}

// allWorlds are the facts and the environments of the profiles.
func (c *Case) allWorlds() []*world {
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
	return out
}

func profileWorlds(p flows.Provider) []*world {
	var out []*world
	for _, e := range p.Environments {
		if e.Name == flows.EnvSimulator || e.Name == flows.EnvCustom {
			continue
		}
		w := &world{family: p.Name, env: e.Name, prefixes: e.ClientIDPrefixes}
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
	if len(family) > 2 {
		family = family[len(family)-2:]
	}
	if env == "" {
		env = "production"
	}
	return &world{family: strings.Join(family, "."), env: env, hosts: []string{host}, guess: true}
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
	if iss := readTarget(readJWT(raw).claim("iss")); iss.host != "" {
		if w := c.worldOf(iss.host); w != nil && w.family == here.family && w.env != here.env {
			return hit(m, flows.Certain, "the token's issuer is "+iss.host+", of "+w.env, "the call of "+step(m)+" went to "+m.url.host+", of "+here.env), true
		}
	}
	if t := c.issued[raw]; t != nil {
		if w := c.worldOf(t.from.url.host); w != nil && w.family == here.family && w.env != here.env {
			return hit(m, flows.Certain, "the token was issued at "+step(t.from)+" by "+t.from.url.host+", of "+w.env, "the call of "+step(m)+" went to "+m.url.host+", of "+here.env), true
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

// checkTokenEndpoint compares the URL of the token request with what is known.
func checkTokenEndpoint(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		if m.failed == nil || m.failed.layer == layerTransport || m.failed.layer == layerUnsent {
			continue
		}
		if h, ok := c.wrongEndpoint(m); ok {
			out = append(out, h)
		}
	}
	for _, a := range c.attempts { // the browser was sent to the token endpoint
		m := a.request
		if m.failed != nil && tokenPath(strings.ToLower(m.url.path)) && (m.status() == 404 || m.status() == 405 || m.failed.canon == "invalid_request") {
			out = append(out, hit(m, flows.Likely, c.request(m)+" is an authorization request, and its path is that of a token endpoint", c.said(m)))
		}
	}
	return out
}

func (c *Case) wrongEndpoint(m *message) (Hit, bool) {
	for _, a := range c.attempts {
		if a.request.url.endpoint() == m.url.endpoint() {
			return hit(m, flows.Certain, c.request(m)+" is the URL of the authorization request of "+step(a.request)).marking(urlMark(m)), true
		}
	}
	if d := c.metaFor(m); d != nil {
		published := readTarget(d.text("token_endpoint"))
		alias := ""
		if n := d.root.Member("mtls_endpoint_aliases"); n != nil {
			alias = memberText(n, "token_endpoint")
		}
		if published.host != "" && m.url.endpoint() != published.endpoint() && m.url.endpoint() != readTarget(alias).endpoint() {
			if d.text("authorization_endpoint") != "" && readTarget(d.text("authorization_endpoint")).endpoint() == m.url.endpoint() {
				return hit(m, flows.Certain, c.request(m)+" is the authorization endpoint of the discovery document").marking(urlMark(m)), true
			}
			if m.url.host == published.host && m.url.scheme == published.scheme && !strings.EqualFold(strings.TrimSuffix(m.url.path, "/"), strings.TrimSuffix(published.path, "/")) {
				return hit(m, flows.Certain, "the discovery document of "+step(d.from)+" names the token endpoint "+c.plainURL(published), step(m)+" went to "+c.plainURL(m.url)).marking(urlMark(m)), true
			}
		}
	}
	if h, ok := c.otherServer(m); ok {
		return h, true
	}
	return c.endpointByAnswer(m)
}

// otherServer: the same host serves several authorization servers, and the request went
// to another one than the authorization request.
func (c *Case) otherServer(m *message) (Hit, bool) {
	a := c.attemptOf(m)
	if a == nil || a.request.url.host != m.url.host || m.failed.canon == "" {
		return Hit{}, false
	}
	x, y := serverPart(a.request.url.path), serverPart(m.url.path)
	if x == "" && y == "" || x == y || x == "common" || x == "organizations" || x == "consumers" || y == "common" || y == "organizations" {
		return Hit{}, false
	}
	return hit(m, flows.Likely, step(a.request)+" asked the authorization server "+show(x)+" of "+m.url.host, step(m)+" went to the server "+show(y)).marking(urlMark(m)), true
}

// serverPart is the part of a path that chooses among the servers of one host.
func serverPart(path string) string {
	seg := strings.Split(strings.Trim(path, "/"), "/")
	for i, s := range seg {
		switch strings.ToLower(s) {
		case "realms", "tenants", "t":
			if i+1 < len(seg) {
				return seg[i+1]
			}
		case "oauth2":
			if i+1 < len(seg) && len(seg) >= 3 && seg[len(seg)-2] == "v1" {
				if i+1 == len(seg)-2 {
					return "(the organisation's own)"
				}
				return seg[i+1]
			}
			if i == 1 && isGUID(seg[0]) {
				return seg[0]
			}
		}
	}
	if len(seg) > 2 && (isGUID(seg[0]) || seg[0] == "common" || seg[0] == "organizations") {
		return seg[0]
	}
	return ""
}

func (c *Case) endpointByAnswer(m *message) (Hit, bool) {
	f := factFor(m.url.host)
	status := m.status()
	a := m.answer()
	switch {
	case m.x.Request.Method == "GET" && m.role == roleToken && (f == nil || !f.getToken) && (status == 404 || status == 405 || status == 400):
		return hit(m, flows.Likely, c.request(m)+" used GET", c.said(m)), true
	case status == 405:
		return hit(m, flows.Likely, c.request(m)+" was answered with 405, Allow: "+show(m.respHeader("Allow"))), true
	case status == 404 && a.fault == nil, status == 404 && m.failed.canon == "":
		return hit(m, flows.Likely, c.request(m)+" was answered with 404"), true
	case status == 200 && a.kind == bodyEmpty && m.x.Response.Problem == "":
		return hit(m, flows.Likely, c.request(m)+" was answered with 200 and an empty body"), true
	case status == 200 && a.kind == bodyHTML && !foreignPage(m):
		return hit(m, flows.Likely, fmt.Sprintf("%s was answered with a web page", c.request(m))), true
	}
	return Hit{}, false
}

func urlMark(m *message) flows.Mark {
	end := len(m.url.raw)
	if i := strings.IndexAny(m.url.raw, "?#"); i >= 0 {
		end = i
	}
	return flows.Mark{Step: m.index, Where: "url", End: end, Label: "where the request went"}
}

func checkInsecure(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.url.scheme != "http" || m.url.loopback() {
			continue
		}
		what := ""
		switch m.role {
		case roleAuthorize:
			what = "an authorization request"
		case roleToken, rolePAR, roleRevoke, roleIntrospect, roleDevice:
			if m.creds.method() != "none" || m.arg("code") != nil || m.arg("refresh_token") != nil || m.args.has("token") || m.role == roleToken && len(m.args) > 0 {
				what = "a request with credentials"
			}
		case roleCall, roleUserInfo:
			if c.sentToken(m) != "" {
				what = "a call with a token"
			}
		}
		if what == "" {
			continue
		}
		h := hit(m, flows.Certain, what+" went unencrypted to "+m.url.host+" ("+step(m)+")").standing()
		for _, f := range c.msgs { // what the client sent when it followed the redirect
			if f.parent == m && f.failed != nil {
				h = h.explaining(f)
			}
		}
		out = append(out, h.marking(flows.Mark{Step: m.index, Where: "url", End: len("http"), Label: "not encrypted"}))
	}
	return out
}

// redirectDefect tells why a redirect URI can never be accepted; empty if it can.
func redirectDefect(uri string) string {
	t := readTarget(uri)
	switch {
	case strings.ContainsAny(uri, " \t\r\n"):
		return "contains a blank that is not escaped"
	case t.hasFragment:
		return "has a fragment"
	case strings.Contains(t.host, "*") || strings.Contains(t.path, "*") || strings.Contains(t.port, "*"):
		return "contains a wildcard"
	case !t.absolute:
		return "is not absolute"
	case t.scheme == "http" && t.host == "":
		return "names no host"
	case t.scheme == "http" && !t.loopback():
		return "uses http on a host that is not loopback"
	case t.scheme == "https" && t.host == "":
		return "names no host"
	}
	return ""
}

func checkRedirectForm(c *Case) []Hit {
	var out []Hit
	for _, a := range c.attempts {
		p := a.params.arg("redirect_uri")
		if p == nil || p.Value == "" {
			continue
		}
		defect := redirectDefect(p.Value)
		if defect == "" || strings.Contains(strings.ToLower(p.Value), "%3a%2f%2f") {
			continue
		}
		failed := a.refusals()
		if len(failed) == 0 && !a.request.built && (len(a.callbacks) > 0 || a.request.x.Response != nil && a.request.status() < 400) {
			continue // the provider took it
		}
		h := hit(a.request, flows.Certain, "redirect_uri "+show(p.Value)+" "+defect).explaining(failed...).standing()
		out = append(out, h.marking(markParam(a.where, p, defect)))
	}
	return out
}
