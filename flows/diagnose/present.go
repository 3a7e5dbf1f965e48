package diagnose

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode"

	"oauthlens/flows"
	"oauthlens/flows/redact"
	"oauthlens/flows/visible"
)

// HashOf names a value for [Options].History: the hexadecimal SHA-256 of the raw text.
// It is for comparison inside one installation and is never shown.
func HashOf(raw string) string {
	sum := sha256.Sum256([]byte(raw))
	return hex.EncodeToString(sum[:])
}

// present turns hits into findings.
func (c *Case) present(hits []*Hit) []flows.Finding {
	out := make([]flows.Finding, 0, len(hits))
	for _, h := range hits {
		fix := h.fix
		if fix == "" {
			fix = orElse(c.exactFix(h), h.rule.Fix)
		}
		f := flows.Finding{Code: h.rule.Code, Severity: h.sev(), Stage: string(h.rule.Stage), Step: -1, Confidence: h.confidence,
			Title: flows.Say(orElse(h.title, h.rule.Title)), Evidence: sayings(h.evidence), Cause: flows.Say(orElse(h.cause, h.rule.Cause)),
			Fix: flows.Say(fix), Spec: orElse(h.spec, h.rule.Spec),
			Candidates: h.candidates, Marks: h.marks, Remedy: h.remedy, Own: h.title == "" && h.cause == "" && fix == h.rule.Fix}
		if h.unchecked && f.Confidence == flows.Certain {
			f.Confidence = flows.Likely
		}
		if h.at != nil {
			f.Step = h.at.index
		}
		switch {
		case !c.isLive():
			f.Remedy = nil
		case f.Remedy == nil && f.Severity != flows.SeverityInfo && c.settings.Fault != "":
			none := ""
			f.Remedy = &flows.Remedy{Text: "take the planted fault out", Change: flows.SettingsChange{Fault: &none}, Redo: flows.ActRestart}
		}
		out = append(out, f)
	}
	return out
}

// quote makes foreign text fit for a finding: secrets masked, one line, not too long.
func (c *Case) quote(s string) string {
	if s == "" {
		return "(empty)"
	}
	if c.quoter == nil {
		c.quoter = c.makeQuoter()
	}
	return "“" + visible.Line(clip(c.quoter(clip(s, 2000)), 240)) + "”"
}

// makeQuoter learns the secrets of the messages that are part of a flow.
func (c *Case) makeQuoter() func(string) string {
	secrets := map[string]string{}
	add := func(name, v string) {
		if len(v) >= 6 && len(secrets) < 400 {
			secrets[v] = name
		}
	}
	for _, m := range c.msgs {
		if m.role == roleOther && len(m.args) == 0 {
			continue
		}
		for _, x := range m.creds.list {
			if x.kind == "client_secret" {
				add("client_secret", x.value)
			}
		}
		for _, name := range [...]string{"code", "refresh_token"} {
			add(name, m.value(name))
		}
		for _, name := range [...]string{"code_verifier", "access_token", "token", "id_token", "client_assertion", "device_code", "password"} {
			add(name, m.args.get(name))
		}
		if m.role == roleCall || m.role == roleUserInfo {
			add("token", c.sentToken(m))
		}
		if t := m.answer0().tokenOf(); t != nil {
			add("access_token", t.access)
			add("refresh_token", t.refresh)
			add("id_token", t.id)
		}
	}
	return redact.New(c.key, secrets).String
}

// mask names a secret by its length and fingerprint.
func (c *Case) mask(name, raw string) string { return c.key.Mask(name, raw) }

// plainURL is a URL as it can be shown: without query, fragment and user information.
func (c *Case) plainURL(t target) string {
	if !t.absolute {
		return visible.Line(clip(t.raw, 200))
	}
	return visible.Line(clip(t.endpoint(), 200))
}

// show quotes a value that is no secret, such as a redirect URI or a scope.
func show(s string) string {
	if s == "" {
		return "(empty)"
	}
	return "“" + visible.Line(clip(s, 300)) + "”"
}

// step names a message's place for a person: steps are numbered from 1, as the document
// and the screen list them. What they leave out is named by its time and host.
func step(m *message) string {
	if m.number > 0 {
		return "step " + stepNumber(m)
	}
	return "the request of " + m.at().UTC().Format("15:04:05.000") + " to " + visible.Line(clip(orElse(m.url.host, "an unknown host"), 80))
}

// method is the method of a request, which a recording may spell as it likes.
func method(r flows.Request) string { return visible.Line(clip(r.Method, 40)) }

// request names method and place of a message.
func (c *Case) request(m *message) string {
	if m.number == 0 {
		return fmt.Sprintf("%s %s at %s", method(m.x.Request), c.plainURL(m.url), m.at().UTC().Format("15:04:05.000"))
	}
	return fmt.Sprintf("%s (%s %s)", step(m), method(m.x.Request), c.plainURL(m.url))
}

// said quotes what an answer gave as its reason.
func (c *Case) said(m *message) string {
	t := m.failed
	switch {
	case t == nil:
		return step(m) + " was answered"
	case t.layer == layerUnsent:
		return step(m) + " is a request whose answer is not known"
	}
	where := step(m)
	if s := m.status(); s > 0 && (m.role != roleCallback || t.layer == layerStatus) {
		where += fmt.Sprintf(" was answered with %d", s)
	} else {
		where += " failed"
	}
	switch {
	case t.code != "" && t.desc != "":
		return where + ": " + show(t.code) + ", " + c.quote(t.desc)
	case t.code != "":
		return where + ": " + show(t.code)
	case t.desc != "":
		return where + ": " + c.quote(t.desc)
	case strings.TrimSpace(t.text) != "" && !mayHoldToken([]byte(t.text)):
		return where + ": " + c.quote(clip(t.text, 160))
	}
	return where
}

// kinds describes a value by what characters it has, without showing any.
func kinds(s string) string {
	var digit, upper, lower, blank, special, other int
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digit++
		case r >= 'a' && r <= 'z':
			lower++
		case r >= 'A' && r <= 'Z':
			upper++
		case unicode.IsSpace(r):
			blank++
		case r < 0x80:
			special++
		default:
			other++
		}
	}
	var parts []string
	for _, p := range []struct {
		n    int
		name string
	}{{lower + upper, "letters"}, {digit, "digits"}, {blank, "blanks"}, {special, "special characters"}, {other, "characters outside ASCII"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.name))
		}
	}
	if len(parts) == 0 {
		return "empty"
	}
	return fmt.Sprintf("%d characters: %s", len([]rune(s)), strings.Join(parts, ", "))
}

// span writes a duration for a person.
func span(d time.Duration) string {
	d = abs(d)
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()+0.5))
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}
