package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

func checkPARRequired(c *Case) []Hit {
	var out []Hit
	for _, a := range c.attempts {
		if a.par != nil || a.params.has("request_uri") {
			continue
		}
		for _, m := range a.refusals() {
			d := c.metaFor(a.request)
			required := d != nil && d.text("require_pushed_authorization_requests") == "true"
			text := m.failed.says("pushed authorization|pushed authorisation|pushed_authorization|request_uri is required|request_uri required|must use par|par required|par is required|request_uri parameter is required")
			if !required && !text || !text && m.failed.canon != "invalid_request" && m.failed.canon != "" {
				continue
			}
			h := hit(m, flows.Certain, c.said(m), step(a.request)+" carried its parameters in the URL")
			if required {
				h.evidence = append(h.evidence, "the discovery document of "+step(d.from)+" says require_pushed_authorization_requests: true")
			}
			out = append(out, h)
		}
	}
	return out
}

func checkLinkReused(c *Case) []Hit {
	var out []Hit
	for _, a := range c.attempts {
		opened := append([]*message{a.request}, a.again...)
		for i, m := range opened {
			if m.built || m.failed == nil {
				continue
			}
			used := m.failed.says("already|once|used|expired|no longer", "link|request_uri|request uri|url|session|request")
			sent := opened[:i]
			for len(sent) > 0 && sent[0].built {
				sent = sent[1:]
			}
			if len(sent) > 0 && sent[0].failed == nil && m.failed.layer != layerTransport && m.status() < 500 {
				h := hit(m, flows.Certain, step(m)+" opens the link of "+step(sent[0])+" again, "+span(m.at().Sub(sent[0].at()))+" later", c.said(m))
				out = append(out, h)
			} else if used && m.failed.says("link|request_uri|request uri", "already|used|once|expired") {
				out = append(out, hit(m, flows.Likely, c.said(m)))
			}
		}
	}
	for i, a := range c.attempts { // another URL around the same pushed request
		uri := a.params.get("request_uri")
		for _, o := range c.attempts[:i] {
			if uri != "" && o.params.get("request_uri") == uri && a.request.failed != nil {
				out = append(out, hit(a.request, flows.Certain, "the request_uri of "+step(a.request)+" was opened before, at "+step(o.request), c.said(a.request)))
			}
		}
	}
	return out
}

func checkIframe(c *Case) []Hit {
	var out []Hit
	for _, a := range c.attempts {
		for _, m := range append(append([]*message{a.request}, a.again...), a.pages...) {
			if m.built {
				continue
			}
			dest := strings.ToLower(m.header("Sec-Fetch-Dest"))
			framed := dest == "iframe" || dest == "frame" || dest == "embed" || dest == "object"
			blocked := m.x.Error != nil && m.x.Error.Reason == "blocked-by-response" || strings.Contains(strings.ToUpper(m.x.Comment), "ERR_BLOCKED_BY_RESPONSE")
			rule := frameRule(m, readTarget(m.header("Referer")).host, readTarget(a.value("redirect_uri")).host)
			if !(framed && (rule != "" || blocked)) && !(blocked && (rule != "" || dest == "")) || m.location() != "" {
				continue
			}
			h := hit(m, flows.Certain, fmt.Sprintf("%s was loaded as %s", c.request(m), orElse(dest, "a frame"))).standing()
			if rule != "" {
				h.evidence = append(h.evidence, "the page forbids it: "+rule)
			}
			if blocked {
				h.evidence = append(h.evidence, "the browser refused to show the answer")
			}
			out = append(out, h)
			break
		}
	}
	return out
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// frameRule quotes the header that forbids framing by pages of these hosts.
func frameRule(m *message, hosts ...string) string {
	if v := m.respHeader("X-Frame-Options"); strings.EqualFold(v, "DENY") || strings.EqualFold(v, "SAMEORIGIN") {
		return "X-Frame-Options: " + strings.ToUpper(v)
	}
	for _, part := range strings.Split(m.respHeader("Content-Security-Policy"), ";") {
		part = strings.TrimSpace(part)
		if strings.HasPrefix(strings.ToLower(part), "frame-ancestors") && !slices.ContainsFunc(strings.Fields(part)[1:], func(source string) bool { return allowsAny(source, hosts) }) {
			return "Content-Security-Policy: " + clip(part, 80)
		}
	}
	return ""
}

// allowsAny: a source of a Content-Security-Policy that takes one of the hosts.
func allowsAny(source string, hosts []string) bool {
	if source == "*" {
		return true
	}
	allowed := readTarget(source).host
	if allowed == "" { // written without a scheme, or a word such as 'self'
		allowed, _, _ = strings.Cut(strings.ToLower(source), ":")
	}
	return slices.ContainsFunc(hosts, func(h string) bool {
		return h != "" && (h == allowed || strings.HasPrefix(allowed, "*.") && strings.HasSuffix(h, allowed[1:]))
	})
}

// offlineAsked tells whether the provider's way of asking for a refresh token was used.
func offlineAsked(need string, p params) bool {
	for _, alt := range strings.Split(need, "|") {
		kind, what, _ := strings.Cut(alt, ":")
		if kind == "scope" {
			if contains(splitScopes(p.argValue("scope")), what) {
				return true
			}
			continue
		}
		name, value, _ := strings.Cut(what, "=")
		if p.get(name) == value {
			return true
		}
	}
	return false
}

// offlineNeed is the provider's way, from the profile, the facts or the metadata.
func (c *Case) offlineNeed(t *tokenSet, a *attempt) (need string, known bool) {
	if p := c.provider(); p != nil {
		if p.Dialect.OfflineScope != "" {
			return "scope:" + p.Dialect.OfflineScope, true
		}
		if p.Name != "custom" {
			return "", false
		}
	}
	for _, host := range [...]string{a.request.url.host, t.from.url.host} {
		if f := c.fact(host); f != nil {
			return f.offline, f.offline != "" && f.sourced("offline")
		}
	}
	for _, p := range c.opts.Providers {
		for _, w := range profileWorlds(p) {
			if contains(w.hosts, t.from.url.host) && p.Dialect.OfflineScope != "" {
				return "scope:" + p.Dialect.OfflineScope, true
			}
		}
	}
	if d := c.metaFor(t.from); d != nil {
		if list, ok := d.list("scopes_supported"); ok {
			for _, s := range [...]string{"offline_access", "offline", "offline.access"} {
				if contains(list, s) {
					return "scope:" + s, false
				}
			}
		}
	}
	if strings.HasSuffix(t.from.url.path, "/connect/token") {
		return "scope:offline_access", false // IdentityServer
	}
	return "", false
}

func checkNoRefresh(c *Case) []Hit {
	var out []Hit
	for _, t := range c.tokens {
		m := t.from
		if m.role != roleToken || m.grant != "authorization_code" || t.refresh != "" || t.access == "" {
			continue
		}
		a := c.attemptOf(m)
		if a == nil || a.opaque {
			continue
		}
		f := c.factOf(m)
		if f != nil && f.noRefresh {
			continue
		}
		need, known := c.offlineNeed(t, a)
		if need == "" {
			continue
		}
		conf := flows.Likely
		if known {
			conf = flows.Certain
		}
		switch {
		case !offlineAsked(need, a.params):
			h := hit(m, conf, "the answer of "+step(m)+" has no refresh token", step(a.where)+" asked for "+show(a.value("scope"))+" without "+describeNeed(need))
			h = h.marking(markParam(a.where, a.params.arg("scope"), "without "+describeNeed(need)))
			out = append(out, h.standing().remedied(c.offlineRemedy(need)))
		case f != nil && f.reconsent && !strings.Contains(a.params.get("prompt"), "consent"):
			out = append(out, hit(m, flows.Likely, "the answer of "+step(m)+" has no refresh token, though "+describeNeed(need)+" was sent", "prompt=consent was not, and the provider gives a refresh token only when the consent page was shown").standing())
		}
	}
	return out
}

func describeNeed(need string) string {
	first, _, _ := strings.Cut(need, "|")
	_, what, _ := strings.Cut(first, ":")
	return what
}

func (c *Case) offlineRemedy(need string) *flows.Remedy {
	kind, _, _ := strings.Cut(need, ":")
	name := describeNeed(need)
	if kind != "scope" {
		k, v, _ := strings.Cut(name, "=")
		edits := append(append([]flows.ParamEdit{}, c.settings.AuthorizeEdits...), flows.ParamEdit{Op: flows.EditSet, Name: k, Value: v})
		return &flows.Remedy{Text: "send " + name, Change: flows.SettingsChange{AuthorizeEdits: &edits}, Redo: flows.ActRestart}
	}
	scopes := append(append([]string{}, c.settings.Scopes...), name)
	return &flows.Remedy{Text: "ask for " + name, Change: flows.SettingsChange{Scopes: &scopes}, Redo: flows.ActRestart}
}

func checkProviderError(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		t := m.failed
		if t == nil || t.layer == layerTransport || foreignPage(m) {
			continue
		}
		status := m.status()
		switch {
		case m.role == roleCallback:
			if t.canon == "server_error" || t.canon == "temporarily_unavailable" {
				out = append(out, hit(m, flows.Certain, c.said(m)))
			}
		case m.role == roleOther || m.role == rolePreflight:
		case t.canon == "server_error" || t.canon == "temporarily_unavailable":
			out = append(out, hit(m, flows.Certain, c.said(m)))
		case status >= 500 && status != 511:
			out = append(out, hit(m, flows.Certain, fmt.Sprintf("%s was answered with %d", c.request(m), status)))
		case status == 408:
			out = append(out, hit(m, flows.Likely, c.request(m)+" was answered with 408"))
		}
	}
	return append(out, c.unexplained()...)
}

// unexplained are refusals of the provider for which nothing else has a name: they are
// claimed last, so that a failed flow never ends without a finding.
func (c *Case) unexplained() []Hit {
	var out []Hit
	for _, m := range c.msgs {
		t := m.failed
		if t == nil || t.layer == layerTransport || m.status() >= 500 || t.pending || t.layer == layerUnsent {
			continue
		}
		switch m.role {
		case roleToken, rolePAR, roleDevice, roleAuthorize, roleLink:
		case roleCallback:
			if t.layer != layerBody {
				continue
			}
		default:
			continue
		}
		h := hit(m, flows.Possible, c.said(m)).named("The provider refused the request for a reason that has no name here")
		out = append(out, h.because("The answer names no known cause, and no comparison of the recorded values shows one.").fixedBy("Read the provider's own text, and compare the request with its documentation parameter by parameter."))
	}
	return out
}

func checkNeverCame(c *Case) []Hit {
	var out []Hit
	if c.isLive() {
		if c.timedOut != nil && len(c.attempts) > 0 {
			h := hit(c.attempts[len(c.attempts)-1].request, flows.Possible, "no callback came within "+span(c.timedOut.After)).standing()
			out = append(out, c.turnedAway(h))
		}
		return out
	}
	for _, a := range c.attempts {
		if len(a.callbacks) > 0 || a.request.x.Response == nil || a.request.built || len(a.refusals()) > 0 || a.request.role != roleAuthorize {
			continue
		}
		if c.superseded(a) || a.params.get("prompt") == "none" {
			continue
		}
		last := a.request
		for _, m := range a.pages {
			if m.pos > last.pos {
				last = m
			}
		}
		if last.failed != nil {
			continue
		}
		out = append(out, hit(a.request, flows.Possible, "after "+step(a.request)+" there is no callback, neither with a code nor with an error; the last page of the provider is "+step(last)).standing())
	}
	return out
}

// turnedAway adds to a wait in vain what the listener was asked and did not take for the
// answer. One that carries this flow's state is the answer: most often a slash at the end of
// the redirect URI that is registered makes the difference.
func (c *Case) turnedAway(h Hit) Hit {
	const most = 3
	told := 0
	for _, v := range c.strays {
		path, query, _ := strings.Cut(v.Request.Target(), "?")
		if path == "/favicon.ico" || told == most {
			continue
		}
		told++
		h.evidence = append(h.evidence, "the listener turned away "+method(v.Request)+" "+show(path)+": "+v.Why)
		params, _ := protocol.DecodeForm(query)
		if c.drawn != nil && slices.Contains(params, flows.Param{Name: "state", Value: c.drawn.State.RevealSecret()}) {
			h.confidence = flows.Likely
			h = h.named("The answer came, but not to the redirect URI").because("The provider answered, but not at the redirect URI or not as a page that is opened, so that the answer was not taken.").
				fixedBy("Register and send the same redirect URI, byte for byte: a slash at its end makes another one.")
		}
	}
	return h
}

// superseded: the user went on in another tab or tried again, or the exchange is
// recorded although the callback is not.
func (c *Case) superseded(a *attempt) bool {
	for _, o := range c.attempts {
		if o.n > a.n && o.client() == a.client() {
			return true
		}
	}
	for _, m := range c.calls {
		if m.grant == "authorization_code" && c.attemptOf(m) == a {
			return true
		}
	}
	return false
}
