package diagnose

import (
	"strings"
	"time"

	"oauthlens/flows"
)

func checkCORS(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role == roleOther || m.failed == nil {
			continue
		}
		if m.failed.says("aadsts9002326|aadsts9002327|aadsts90023") {
			out = append(out, hit(m, flows.Certain, c.said(m)))
			continue
		}
		origin := m.header("Origin")
		e := m.x.Error
		if e == nil || m.x.Response != nil && m.status() != 0 && m.respHeader("Access-Control-Allow-Origin") != "" {
			continue
		}
		corsError := e.Reason == "cors" || saysAny(strings.ToLower(e.Message+" "+m.x.Comment), "cors|cross-origin|access-control-allow-origin")
		plain := e.Kind == flows.ErrorCancelled && (e.Reason == "" || e.Reason == "failed" || e.Reason == "cors") || strings.Contains(strings.ToUpper(e.Message+m.x.Comment), "ERR_FAILED") || e.Kind == flows.ErrorProtocol && e.Reason == "failed"
		pre := c.preflightOf(m)
		switch {
		case pre != nil && !allowsOrigin(pre, origin):
			out = append(out, hit(m, flows.Certain, "the preflight of "+step(pre)+" was answered without Access-Control-Allow-Origin for "+show(orElse(origin, pre.header("Origin"))), step(m)+" failed").explaining(m))
		case corsError:
			out = append(out, hit(m, flows.Certain, c.request(m)+": "+c.transportText(m)))
		case plain && origin != "" && readTarget(origin).host != m.url.host:
			out = append(out, hit(m, flows.Likely, c.request(m)+" from the origin "+show(origin)+" failed without a network error: "+c.transportText(m)))
		}
	}
	return append(out, c.lonePreflights()...)
}

// preflightOf finds the OPTIONS request before a call.
func (c *Case) preflightOf(m *message) *message {
	for i := m.pos - 1; i >= 0 && i > m.pos-30; i-- {
		if x := c.msgs[i]; x.role == rolePreflight && x.url.endpoint() == m.url.endpoint() {
			return x
		}
	}
	for i := m.pos + 1; i < len(c.msgs) && i < m.pos+4; i++ { // some recorders list the call first
		if x := c.msgs[i]; x.role == rolePreflight && x.url.endpoint() == m.url.endpoint() && x.at().Sub(m.at()) < time.Second {
			return x
		}
	}
	return nil
}

func allowsOrigin(pre *message, origin string) bool {
	allow := pre.respHeader("Access-Control-Allow-Origin")
	return allow == "*" || allow != "" && (origin == "" || strings.EqualFold(allow, origin))
}

// lonePreflights were refused, and the browser never made the call.
func (c *Case) lonePreflights() []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role != rolePreflight || m.x.Response == nil || allowsOrigin(m, m.header("Origin")) {
			continue
		}
		known := c.endpoints[m.url.endpoint()] == roleToken || tokenPath(strings.ToLower(m.url.path)) || c.endpoints[m.url.endpoint()] == roleUserInfo
		made := false
		for _, x := range c.msgs {
			if x != m && x.role != rolePreflight && x.url.endpoint() == m.url.endpoint() {
				made = true
			}
		}
		if known && !made {
			out = append(out, hit(m, flows.Certain, "the preflight of "+step(m)+" was answered without Access-Control-Allow-Origin for "+show(m.header("Origin"))+", and the call was never made").standing())
		}
	}
	return out
}
