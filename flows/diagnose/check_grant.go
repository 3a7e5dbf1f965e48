package diagnose

import (
	"fmt"
	"strings"
	"time"

	"oauthlens/flows"
)

// codeAge is the time between the issue of the code and its exchange. from is the message that
// brought it: the callback; or the answer that sent the browser there, where there is no
// callback or it took its time.
func (c *Case) codeAge(m *message) (age time.Duration, from *message, ok bool) {
	b := c.backOf(m)
	if b == nil {
		return 0, nil, false
	}
	start := b.at
	from = b.step()
	if b.from != nil && b.from.end().Before(start) {
		if start = b.from.end(); b.at.Sub(start) > time.Second {
			from = b.from
		}
	}
	if start.IsZero() || m.at().IsZero() {
		return 0, nil, false
	}
	return m.at().Sub(start), from, true
}

// codeLifetime is how long a code lives, and who says so.
type codeLifetime struct {
	time.Duration
	who     string
	known   bool // of this provider; else the general limit of RFC 6749
	checked bool // somebody looked it up
}

// codeLife is the documented lifetime of a code.
func (c *Case) codeLife(m *message) codeLifetime {
	if p := c.provider(); p != nil && p.Lifetimes.Code > 0 {
		return codeLifetime{p.Lifetimes.Code, p.Title, true, true}
	}
	hosts := []string{m.url.host}
	if a := c.attemptOf(m); a != nil {
		hosts = append(hosts, a.request.url.host)
	}
	for _, h := range hosts {
		if f := c.fact(h); f != nil && f.codeLife > 0 {
			return codeLifetime{f.codeLife, f.as("code"), true, f.sourced("code")}
		}
		for _, p := range c.opts.Providers {
			for _, w := range profileWorlds(p) {
				if p.Lifetimes.Code > 0 && contains(w.hosts, h) {
					return codeLifetime{p.Lifetimes.Code, p.Title, true, true}
				}
			}
		}
	}
	if strings.Contains(m.url.path, "/protocol/openid-connect/") {
		return codeLifetime{time.Minute, "Keycloak, by default", true, true}
	}
	return codeLifetime{10 * time.Minute, "the specification, at most", false, true}
}

func checkCodeExpired(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		t := m.failed
		if m.grant != "authorization_code" || t == nil || t.canon != "invalid_grant" && !t.says("code", "expired") {
			continue
		}
		age, from, ok := c.codeAge(m)
		life := c.codeLife(m)
		clear := t.says("expired|too old|timed out|has expired|lifetime") && !t.says("invalid or expired|incorrect or expired|expired or invalid|invalid, expired|expired, revoked|or has expired|or expired|expired or|exist or has|used or expired|expired/")
		vague := t.says("expired") && !clear
		switch {
		case ok && age > life.Duration && (clear || vague):
			h := c.expiredHit(m, from, age, life, flows.Certain)
			h.unchecked = vague && !(life.known && life.checked)
			out = append(out, h)
		case ok && age > life.Duration:
			conf := flows.Likely
			if !life.known {
				conf = flows.Possible
			}
			out = append(out, c.expiredHit(m, from, age, life, conf))
		case clear && !ok, clear && age > 30*time.Second:
			h := hit(m, flows.Likely, c.said(m))
			if ok {
				h.evidence = append(h.evidence, span(age)+" passed between "+step(from)+" and "+step(m))
			}
			out = append(out, h)
		}
	}
	return out
}

func (c *Case) expiredHit(m, from *message, age time.Duration, life codeLifetime, conf flows.Confidence) Hit {
	issued := "the callback of " + step(from)
	if from.role != roleCallback {
		issued = "the answer of " + step(from) + ", which brought the code,"
	}
	return hit(m, conf, span(age)+" passed between "+issued+" and the exchange of "+step(m), "a code lives "+span(life.Duration)+" ("+life.who+")", c.said(m))
}

// earlierWith finds the earlier requests that carried the same code.
func (c *Case) earlierWith(m *message) []*message {
	code := m.value("code")
	var out []*message
	for _, x := range c.calls {
		if x.pos < m.pos && len(code) > 3 && x.value("code") == code && x.grant == "authorization_code" {
			out = append(out, x)
		}
	}
	return out
}

func checkCodeReused(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		t := m.failed
		if m.grant != "authorization_code" || t == nil || t.pending || t.layer == layerTransport {
			continue
		}
		for _, x := range c.earlierWith(m) {
			switch {
			case x.failed == nil, x.failed.layer == layerTransport:
				what := "succeeded"
				if x.failed != nil {
					what = "got no answer"
				}
				h := hit(m, flows.Certain, "the code of "+step(m)+" was sent before, at "+step(x)+", "+span(m.at().Sub(x.at()))+" earlier, which "+what, c.said(m))
				out = append(out, h.marking(markParam(m, m.arg("code"), "sent before")))
			case x.failed.canon == "invalid_client" && x.creds.method() != m.creds.method(), x.failed.pending:
			case x.failed.canon != t.canon && t.canon == "invalid_grant" && x.failed.canon != "invalid_grant":
				h := hit(m, flows.Likely, "the code of "+step(m)+" was sent before, at "+step(x)+", which was refused for another reason", c.said(m))
				out = append(out, h)
			}
			break
		}
		if len(c.earlierWith(m)) > 0 {
			continue
		}
		if c.opts.History != nil && t.canon == "invalid_grant" && c.opts.History(HashOf(m.value("code"))) {
			out = append(out, hit(m, flows.Certain, "the code of "+step(m)+" was sent in an earlier run", c.said(m)))
			continue
		}
		if t.says("already been|already used|code been used|already redeemed|been redeemed|was redeemed|used already|already exchanged|been used|only be used once|aadsts54005|was already|code reuse|previously used|already consumed", "code|grant|redeem|used") && !t.says("or already|used or|invalid or|expired or|refresh token|refresh_token|or has been used|or been used") {
			out = append(out, hit(m, flows.Likely, c.said(m)))
		}
	}
	return out
}

func checkBurned(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		if m.grant != "authorization_code" || m.failed == nil || m.failed.layer == layerTransport {
			continue
		}
		for _, x := range c.earlierWith(m) {
			if x.failed == nil || x.failed.layer == layerTransport || x.creds.method() == m.creds.method() || c.codeEverWorked(m) || m.at().Sub(x.at()) > 2*time.Minute {
				continue
			}
			h := hit(m, flows.Certain, step(x)+" and "+step(m)+" carry the same code, the first by "+x.creds.method()+", the second by "+m.creds.method(), c.said(x), c.said(m))
			out = append(out, h.explaining(x))
			break
		}
	}
	return out
}

func (c *Case) codeEverWorked(m *message) bool {
	for _, x := range c.calls {
		if x.value("code") == m.value("code") && x.failed == nil && x.ok() {
			return true
		}
	}
	return false
}

// redirectComparison compares the redirect URI of an exchange with the asked one.
type redirectComparison struct {
	known       bool // the authorization request is recorded
	same        bool
	how         string
	asked, sent *param
	a           *attempt
}

func (c *Case) compareRedirect(m *message) redirectComparison {
	r := redirectComparison{sent: m.arg("redirect_uri"), a: c.attemptOf(m)}
	if r.a == nil || r.a.opaque {
		return r
	}
	r.known = true
	r.asked = r.a.params.arg("redirect_uri")
	asked, sent := "", ""
	if r.asked != nil {
		asked = r.asked.Value
	}
	if r.sent != nil {
		sent = r.sent.Value
	}
	switch {
	case asked == sent:
		r.same = true
	case sent == "":
		r.how = "redirect_uri is absent in the exchange"
	case asked == "":
		r.how = "redirect_uri was absent in the authorization request"
	default:
		r.how = "they differ " + difference(asked, sent)
	}
	return r
}

// difference says where two URIs differ, in words.
func difference(a, b string) string {
	x, y := readTarget(a), readTarget(b)
	switch {
	case strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/"):
		return "by the slash at the end"
	case strings.EqualFold(a, b):
		return "by the case of letters"
	case percentDecode(a) == b || a == percentDecode(b):
		return "by one percent-encoding"
	}
	var parts []string
	for _, p := range []struct {
		name string
		same bool
	}{{"scheme", x.scheme == y.scheme}, {"host", x.host == y.host}, {"port", x.port == y.port}, {"path", x.path == y.path}, {"query", x.query == y.query}} {
		if !p.same {
			parts = append(parts, "the "+p.name)
		}
	}
	if n := len(parts); n > 1 {
		return "in " + strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	} else if n == 1 {
		return "in " + parts[0]
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return fmt.Sprintf("from character %d on", i+1)
}

func checkRedirectChanged(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		t := m.failed
		if m.grant != "authorization_code" || t == nil || t.layer == layerTransport || t.pending {
			continue
		}
		r := c.compareRedirect(m)
		text := aboutRedirect(t)
		switch {
		case r.known && !r.same:
			if r.sent == nil && !text && t.canon != "invalid_grant" && t.canon != "invalid_request" {
				continue
			}
			if t.canon == "invalid_client" || t.canon == "unsupported_grant_type" {
				continue
			}
			asked := ""
			if r.asked != nil {
				asked = r.asked.Value
			}
			h := hit(m, flows.Certain, "sent at "+step(r.a.where)+": "+show(asked), "sent at "+step(m)+": "+show(m.value("redirect_uri")), r.how, c.said(m))
			out = append(out, h.marking(markParam(m, r.sent, "in the exchange"), markParam(r.a.where, r.asked, "in the authorization request")).remedied(c.redirectRemedy()))
		case text:
			h := hit(m, flows.Possible, c.said(m))
			if r.known {
				h.evidence = append(h.evidence, "both recorded values are equal: "+show(m.value("redirect_uri"))+"; a proxy or the server changed one, or the registration differs")
			} else {
				h.confidence = flows.Likely
				h.evidence = append(h.evidence, "redirect_uri sent: "+show(m.value("redirect_uri")))
			}
			out = append(out, h.marking(markParam(m, r.sent, "in the exchange")))
		}
	}
	return out
}

// redirectRemedy removes the user's own edit of redirect_uri in the token request.
func (c *Case) redirectRemedy() *flows.Remedy {
	var kept []flows.ParamEdit
	for _, e := range c.settings.TokenEdits {
		if e.Name != "redirect_uri" {
			kept = append(kept, e)
		}
	}
	none := ""
	return &flows.Remedy{Text: "send the redirect URI of the authorization request in both", Change: flows.SettingsChange{TokenEdits: &kept, Fault: &none}, Redo: flows.ActRestart}
}

func checkClientChanged(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		t := m.failed
		if t == nil || t.layer == layerTransport || t.pending {
			continue
		}
		id := m.client()
		if id == "" || t.canon != "invalid_grant" && t.canon != "invalid_client" && t.canon != "unauthorized_client" && t.canon != "invalid_request" && t.canon != "" {
			continue
		}
		was, from := c.ownerOf(m)
		if was == "" || was == id || strings.TrimSpace(was) == strings.TrimSpace(id) || formDecode(id) == was || id == percentDecode(was) {
			continue
		}
		if why, _ := placeholder(id); why != "" {
			continue
		}
		h := hit(m, flows.Certain, "client id of "+step(from)+": "+show(was), "client id of "+step(m)+": "+show(id), c.said(m))
		out = append(out, h.marking(markParam(m, m.arg("client_id"), "another client")))
	}
	return out
}

// ownerOf is the client that obtained the code or refresh token of a request.
func (c *Case) ownerOf(m *message) (string, *message) {
	switch m.grant {
	case "authorization_code":
		if a := c.attemptOf(m); a != nil && a.client() != "" {
			return a.client(), a.where
		}
	case "refresh_token":
		if t := c.issued[m.value("refresh_token")]; t != nil {
			return t.from.client(), t.from
		}
	case "device_code":
		for _, x := range c.msgs {
			if x.role == roleDevice && x.answer().member("device_code") == m.args.get("device_code") && m.args.get("device_code") != "" {
				return x.client(), x
			}
		}
	}
	return "", nil
}

func checkGrantUnexplained(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role != roleToken && m.role != roleCallback || m.failed == nil || m.failed.canon != "invalid_grant" {
			continue
		}
		h := hit(m, flows.Possible, c.said(m))
		h.candidates = c.grantCandidates(m)
		for _, k := range h.candidates {
			if k.Verdict == "ruled out" && len(h.evidence) < 7 {
				h.evidence = append(h.evidence, "ruled out: "+k.Why.Text)
			}
		}
		out = append(out, h)
	}
	return out
}
