package diagnose

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"

	"oauthlens/flows"
)

func checkFragment(c *Case) []Hit {
	var out []Hit
	for _, b := range c.backs {
		if b.fragment.has("error") || c.strayCallback(b) {
			continue // the error has a name of its own
		}
		carried := b.fragment.arg("code") != nil || b.fragment.has("access_token", "id_token")
		live := b.msg != nil && b.msg.callback != nil && b.msg.callback.Verdict == flows.CallbackFragment
		guess := !carried && !live && b.msg != nil && b.attempt != nil && b.params.arg("code") == nil && !b.params.has("error") && b.attempt.wantsFragment() && b.msg.failed != nil
		if !carried && !live && !guess || c.fragmentUsed(b) {
			continue
		}
		conf := flows.Certain
		evidence := "the answer of " + step(b.step()) + " stands behind # in the Location"
		if b.from != nil && b.step() != b.from {
			evidence = "the Location of " + step(b.from) + " carries the answer behind #, so " + step(b.step()) + " came without it"
		}
		if guess {
			conf, evidence = flows.Likely, step(b.attempt.where)+" asked for an answer in the fragment, and "+step(b.msg)+" came without parameters"
		}
		h := hit(b.step(), conf, evidence).standing()
		if a := b.attempt; a != nil {
			for _, name := range [...]string{"response_mode", "response_type"} {
				if p := a.params.find(name); p != nil && (p.Value == "fragment" || strings.Contains(p.Value, "token")) {
					h.evidence = append(h.evidence, step(a.where)+" said "+name+"="+visibleValue(p.Value))
					h = h.marking(markParam(a.where, p, "asks for the fragment"))
				}
			}
		}
		out = append(out, h)
	}
	return out
}

func visibleValue(s string) string { return strings.Trim(show(s), "“”") }

func (a *attempt) wantsFragment() bool {
	mode := a.value("response_mode")
	if mode == "query" || mode == "form_post" {
		return false
	}
	return mode == "fragment" || strings.Contains(a.value("response_type"), "token")
}

// exchanged: the code of the callback was taken at the token endpoint.
func (b *callback) exchanged() bool {
	return slices.ContainsFunc(b.exchanges, func(x *message) bool { return x.failed == nil && x.ok() })
}

// fragmentUsed: a script read the fragment and went on.
func (c *Case) fragmentUsed(b *callback) bool {
	for _, x := range b.exchanges {
		if p := b.fragment.arg("code"); p != nil && x.value("code") == p.Value {
			return true
		}
	}
	if t := b.fragment.get("access_token"); t != "" {
		for _, u := range c.uses {
			if u.pos > b.step().pos && strings.Contains(u.auth.raw, t) {
				return true
			}
		}
	}
	return false
}

func checkNotHandled(c *Case) []Hit {
	var out []Hit
	for _, b := range c.backs {
		m := b.msg
		if m == nil || m.failed == nil || m.failed.layer != layerStatus {
			continue
		}
		status := m.status()
		switch {
		case b.exchanged() && (status == 404 || status == 405): // a script in the page took the answer
		case status == 404 || status == 405 || status == 501:
			out = append(out, hit(m, flows.Certain, fmt.Sprintf("%s was answered with %d by the application", c.request(m), status)))
		case status == 403 && b.posted() && !sessionText(m.answer().text):
			out = append(out, hit(m, flows.Likely, c.request(m)+" was answered with 403: the application does not take a POST from another site here"))
		default:
			h := hit(m, flows.Possible, c.said(m)).named("The application failed on the callback")
			out = append(out, h.because("The application received the callback and answered with an error whose reason the recording does not show.").fixedBy("Look at the application's log at this time; record its backend calls too."))
		}
	}
	return out
}

func checkNotReached(c *Case) []Hit {
	var out []Hit
	for _, b := range c.backs {
		m := b.msg
		if m == nil || m.failed == nil || m.callback != nil {
			continue
		}
		if e := m.x.Error; e != nil && m.x.Response == nil {
			if e.Kind == flows.ErrorDNS || e.Kind == flows.ErrorTLS || e.Reason == "blocked-by-client" {
				continue
			}
			out = append(out, hit(m, flows.Certain, c.request(m)+" got no answer: "+c.transportText(m)))
			continue
		}
		if s := m.status(); m.url.loopback() && !b.params.has("error") && len(b.exchanges) == 0 && (s == 502 || s == 503 || s == 504) {
			out = append(out, hit(m, flows.Certain, fmt.Sprintf("%s is an address of this machine, and a proxy answered with %d", c.request(m), s)))
		}
	}
	return out
}

func checkPortInUse(c *Case) []Hit {
	if c.failure == nil {
		return nil
	}
	conf := flows.Likely
	if c.failure.InUse {
		conf = flows.Certain
	}
	h := hit(nil, conf, c.quote(c.failure.Message)).standing()
	if len(c.attempts) > 0 {
		h.at = c.attempts[len(c.attempts)-1].request
	}
	return []Hit{h}
}

func checkIncomplete(c *Case) []Hit {
	var out []Hit
	for _, b := range c.backs {
		m := b.step()
		if m == nil || b.params.has("error") || c.strayCallback(b) || len(b.fragment) > 0 || m.callback != nil && m.callback.Verdict == flows.CallbackFragment {
			continue
		}
		if b.params.arg("code") == nil && !b.params.has("id_token", "access_token", "response") {
			if b.attempt != nil && b.attempt.wantsFragment() || b.attempt != nil && c.hasCode(b.attempt) || m.callback == nil && b.msg != nil && m.failed == nil && b.from == nil && !m.unsent() {
				continue
			}
			h := hit(m, flows.Certain, "the callback of "+step(m)+" has neither code nor error").standing()
			out = append(out, h)
			continue
		}
		if b.attempt == nil {
			continue
		}
		if f := c.fact(b.attempt.request.url.host); f != nil {
			for _, name := range f.members {
				if !b.params.has(name) {
					h := hit(m, flows.Certain, "the callback of "+step(m)+" has no "+name+", which "+f.as("members")+" gives and its API needs").standing().resting(f, "members")
					out = append(out, h.explaining(c.failedUses(m)...))
					break
				}
			}
		}
	}
	return out
}

func (c *Case) hasCode(a *attempt) bool {
	for _, b := range a.callbacks {
		if b.params.arg("code") != nil {
			return true
		}
	}
	return false
}

// failedUses are the refused calls of the message's thread after it.
func (c *Case) failedUses(m *message) []*message {
	var out []*message
	for _, u := range c.uses {
		if u.thread == m.thread && u.pos > m.pos && u.failed != nil && u.status() != 401 {
			out = append(out, u)
		}
	}
	return out
}

func checkCallbackIss(c *Case) []Hit {
	var out []Hit
	for _, b := range c.backs {
		a := b.attempt
		if a == nil || b.step() == nil || b.params.arg("code") == nil && !b.params.has("error") || c.strayCallback(b) {
			continue
		}
		p := b.params.find("iss")
		want, from, promised := c.issuerFor(a)
		switch {
		case p != nil && want != "" && p.Value != want && !issuerAlias(want, p.Value):
			h := hit(b.step(), flows.Certain, "the callback of "+step(b.step())+" names the issuer "+show(p.Value), from+" names "+show(want)).standing()
			out = append(out, h.marking(markParam(b.holder(p), p, "another issuer")))
		case p == nil && promised && want != "":
			h := hit(b.step(), flows.Certain, "the callback of "+step(b.step())+" has no iss", from+" says authorization_response_iss_parameter_supported: true").standing()
			out = append(out, h)
		case p != nil && want == "" && b.msg != nil && b.msg.failed != nil && readTarget(p.Value).host != "" && siteOf(readTarget(p.Value).host) != siteOf(a.request.url.host) && len(b.exchanges) == 0:
			h := hit(b.step(), flows.Likely, "the callback of "+step(b.step())+" names the issuer "+show(p.Value)+", the login was at "+a.request.url.host)
			out = append(out, h.marking(markParam(b.holder(p), p, "another issuer")))
		}
	}
	return out
}

// issuerFor is the issuer that an attempt's server publishes.
func (c *Case) issuerFor(a *attempt) (issuer, from string, promised bool) {
	if d := c.metaFor(a.request); d != nil && d.issuer != "" && !strings.Contains(d.issuer, "{") {
		return d.issuer, "the discovery document of " + step(d.from), d.text("authorization_response_iss_parameter_supported") == "true"
	}
	for _, b := range a.callbacks {
		for _, x := range b.exchanges {
			if t := x.answer0().tokenOf(); t != nil {
				if iss := t.token("id").claim("iss"); iss != "" {
					return iss, "the ID token of " + step(x), false
				}
			}
		}
	}
	if c.live != nil && c.live.Environment.Endpoints.Issuer != "" {
		return c.live.Environment.Endpoints.Issuer, "this run asked an authorization server that", false
	}
	return "", "", false
}

// issuerAlias: names of one issuer that the provider is known to use side by side.
func issuerAlias(a, b string) bool {
	x, y := factFor(readTarget(a).host), factFor(readTarget(b).host)
	if x == nil {
		x = factFor(strings.TrimPrefix(a, "https://"))
	}
	if x == nil || len(x.issuers) == 0 || y != nil && y != x {
		return false
	}
	known := func(s string) bool {
		for _, i := range x.issuers {
			if s == i || strings.HasSuffix(i, "/") && strings.HasPrefix(s, i) {
				return true
			}
		}
		return false
	}
	if strings.HasPrefix(a, "https://sts.windows.net/") != strings.HasPrefix(b, "https://sts.windows.net/") {
		return known(a) && known(b)
	}
	return known(a) && known(b) && !strings.HasSuffix(x.issuers[len(x.issuers)-1], "/")
}

// mayRepeat are parameters that a specification lets occur twice.
const mayRepeat words = "resource audience acr_values ui_locales"

func checkRepeated(c *Case) []Hit {
	var out []Hit
	add := func(m *message, ps params, failed []*message) {
		if m == nil || len(failed) == 0 {
			return
		}
		seen := map[string]param{}
		for _, p := range ps {
			old, twice := seen[p.Name]
			seen[p.Name] = p
			if !twice || mayRepeat.has(p.Name) || p.Name == "" || strings.HasSuffix(p.Name, "[]") {
				continue
			}
			same := "with different values"
			if old.Value == p.Value {
				same = "with the same value"
			}
			h := hit(m, flows.Certain, p.Name+" occurs twice in "+step(m)+", "+same).explaining(failed...)
			out = append(out, h.marking(markParam(m, &old, "first"), markParam(m, &p, "second")))
			return
		}
	}
	for _, a := range c.attempts {
		add(a.request, a.request.args, a.refusals())
	}
	for _, b := range c.backs {
		if m := b.step(); m != nil && (m.failed != nil || len(b.exchanges) > 0 && b.exchanges[0].failed != nil) {
			add(m, b.params, nonNil(m.failed != nil, m, b.exchanges))
		}
	}
	for _, m := range c.calls {
		if m.failed != nil && m.failed.layer != layerTransport {
			add(m, m.args, []*message{m})
		}
	}
	return out
}

func nonNil(self bool, m *message, rest []*message) []*message {
	if self {
		return []*message{m}
	}
	return rest
}

func checkHMAC(c *Case) []Hit {
	var out []Hit
	for _, b := range c.backs {
		p := b.params.find("hmac")
		if p == nil || b.step() == nil {
			continue
		}
		complaint := b.msg != nil && b.msg.failed != nil && b.msg.failed.says("hmac|signature", "fail|invalid|mismatch|not match|verif|wrong")
		secret := ""
		for _, x := range b.exchanges {
			if s := x.creds.secret(); s != "" {
				secret = s
			}
		}
		if secret == "" && c.live != nil {
			secret = c.live.Credentials.ClientSecret.RevealSecret()
		}
		switch {
		case secret != "" && !hmacFits(b.params, p.Value, secret):
			h := hit(b.step(), flows.Certain, "the HMAC-SHA-256 over the callback's parameters, recomputed with the secret of the token request, differs from hmac").standing()
			out = append(out, h.marking(markParam(b.holder(p), p, "does not verify")))
		case complaint: // it verifies here, or cannot be recomputed: the application used another secret or text
			out = append(out, hit(b.step(), flows.Likely, c.said(b.step())))
		}
	}
	return out
}

// hmacFits recomputes the signature of a callback: every parameter but hmac and
// signature, sorted by name, joined as name=value with &.
func hmacFits(ps params, want, secret string) bool {
	var decoded, raw []string
	for _, p := range ps {
		if p.Name == "hmac" || p.Name == "signature" {
			continue
		}
		decoded = append(decoded, p.Name+"="+p.Value)
		raw = append(raw, p.RawName+"="+p.Raw)
	}
	for _, list := range [...][]string{decoded, raw} {
		sort.Strings(list)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(strings.Join(list, "&")))
		if hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(strings.ToLower(want))) {
			return true
		}
	}
	return false
}
