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
	f := c.fact(m.url.host)
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
	return flows.Mark{Step: m.index, Where: "url", End: end, Label: flows.Say("where the request went")}
}

func checkInsecure(c *Case) []Hit {
	out := c.publishedInClear()
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
		if what == "" || m.url.host == "" {
			continue
		}
		how := " went"
		if e := m.x.Error; e != nil && (e.Kind == flows.ErrorDNS || e.Kind == flows.ErrorConnect || e.Kind == flows.ErrorProxy || e.Reason == "bad-url" || e.Reason == "bad-request") {
			how = " was to go"
		}
		h := hit(m, flows.Certain, what+how+" unencrypted to "+show(m.url.host)+" ("+step(m)+")").standing()
		for _, f := range c.msgs { // what the client sent when it followed the redirect
			if f.parent == m && f.failed != nil {
				h = h.explaining(f)
			}
		}
		out = append(out, h.marking(flows.Mark{Step: m.index, Where: "url", End: len("http"), Label: flows.Say("not encrypted")}))
	}
	return out
}

// publishedInClear are the endpoints of the metadata of a run that would be asked in clear,
// and are therefore not used.
func (c *Case) publishedInClear() []Hit {
	var out []Hit
	for _, d := range c.metas {
		if from := d.from.url; !c.isLive() || behindProxy(d) || from.scheme == "http" && !from.loopback() {
			continue
		}
		for _, name := range [...]string{"authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "revocation_endpoint", "introspection_endpoint"} {
			if t := readTarget(d.text(name)); t.scheme == "http" && t.host != "" && !t.loopback() {
				out = append(out, hit(d.from, flows.Certain, name+" of the metadata is plain http at "+show(t.host)+", so it is not used").standing().marking(markNode(d.from, d.root.Member(name), "not encrypted")))
			}
		}
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
