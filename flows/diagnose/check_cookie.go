package diagnose

import (
	"fmt"
	"strings"

	"oauthlens/flows"
)

// setCookie is a cookie that the application set before the redirect.
type setCookie struct {
	name, sameSite string
	secure         bool
	m              *message
}

func readSetCookies(m *message) []setCookie {
	if m.x.Response == nil {
		return nil
	}
	var out []setCookie
	for _, v := range m.x.Response.Headers.Values("Set-Cookie") {
		for _, line := range strings.Split(v, "\n") {
			parts := strings.Split(line, ";")
			name, value, _ := strings.Cut(strings.TrimSpace(parts[0]), "=")
			if name == "" || value == "" {
				continue
			}
			ck := setCookie{name: name, m: m}
			for _, p := range parts[1:] {
				k, val, _ := strings.Cut(strings.TrimSpace(p), "=")
				switch strings.ToLower(k) {
				case "samesite":
					ck.sameSite = strings.ToLower(val)
				case "secure":
					ck.secure = true
				case "expires":
					if strings.Contains(val, "1970") { // as it is deleted
						ck.name = ""
					}
				case "max-age":
					if val == "0" || strings.HasPrefix(val, "-") {
						ck.name = ""
					}
				}
			}
			if ck.name != "" {
				out = append(out, ck)
			}
		}
	}
	return out
}

func sendsCookie(m *message, name string) bool {
	for _, v := range m.x.Request.Headers.Values("Cookie") {
		for _, p := range strings.Split(v, ";") {
			if n, _, _ := strings.Cut(strings.TrimSpace(p), "="); n == name {
				return true
			}
		}
	}
	return false
}

// sessionText: words of an application that lost its session.
func sessionText(text string) bool {
	return says(text, "session|cookie|login in progress|no login|not in progress|correlation|state not found|state was not found|state missing|no state found|state cookie|start the login again|login attempt")
}

func checkCookieLost(c *Case) []Hit {
	var out []Hit
	for _, b := range c.backs {
		m := b.msg
		if m == nil || m.callback != nil || m.x.Response == nil || b.params.arg("code") == nil {
			continue
		}
		refused := m.status() >= 400 && m.status() < 500 && m.status() != 404 && m.status() != 405 || m.status() == 500 && sessionText(m.answer().text) || c.redirectsToLogin(m)
		if j := c.judgeState(b); !refused || j.kind != "equal" && j.kind != "unknown" {
			continue
		}
		lost, host := c.lostCookie(m, b)
		switch {
		case lost != nil:
			h := hit(m, flows.Certain, fmt.Sprintf("%s set the cookie %s (%s), %s came without it", step(lost.m), show(lost.name), cookieKind(*lost), step(m)), c.refusal(m))
			if host != "" {
				h.evidence = append(h.evidence, host)
			} else if why := cookieReason(*lost, m); why != "" {
				h.evidence = append(h.evidence, why)
			}
			if len(h.cures) == 0 {
				h = h.standing()
			}
			out = append(out, h)
		case !m.x.Request.Headers.Has("Cookie") && sessionText(m.answer().text):
			out = append(out, hit(m, flows.Likely, step(m)+" carries no cookie at all", c.refusal(m)))
		}
	}
	return out
}

// redirectsToLogin: the application answers the callback by sending the user back to
// its own login with an error.
func (c *Case) redirectsToLogin(m *message) bool {
	loc := strings.ToLower(m.location())
	return loc != "" && saysAny(loc, "error|failed|expired") && !strings.Contains(loc, "client_id=")
}

func (c *Case) refusal(m *message) string {
	if m.failed != nil {
		return c.said(m)
	}
	return fmt.Sprintf("%s was answered with %d to %s", step(m), m.status(), c.quote(clip(m.location(), 120)))
}

// lostCookie finds a cookie of the application's that is missing on the callback.
func (c *Case) lostCookie(m *message, b *callback) (*setCookie, string) {
	began := 0
	if b.attempt != nil {
		began = b.attempt.request.pos
	}
	var other *setCookie
	for i := m.pos - 1; i >= 0; i-- {
		x := c.msgs[i]
		if x.role != roleOther && x.role != roleLink || i > began+1 && b.attempt != nil && i > began {
			continue
		}
		for _, ck := range readSetCookies(x) {
			if sendsCookie(m, ck.name) {
				return nil, ""
			}
			if x.url.host == m.url.host {
				return &ck, ""
			}
			if other == nil && siteOf(x.url.host) == siteOf(m.url.host) || isLoopback(x.url.host) && m.url.loopback() {
				other = &ck
			}
		}
	}
	if other != nil {
		return other, "the cookie belongs to " + other.m.url.host + ", the callback went to " + m.url.host
	}
	return nil, ""
}

// siteOf is what one owner registered of a host: its last two labels, or three where a
// country's registry has names of its own below it, such as co.uk and com.au.
func siteOf(host string) string {
	parts := strings.Split(host, ".")
	n := 2
	if len(parts) > 2 && len(parts[len(parts)-1]) == 2 {
		switch parts[len(parts)-2] {
		case "ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org":
			n = 3
		}
	}
	return strings.Join(parts[max(0, len(parts)-n):], ".")
}

func cookieKind(ck setCookie) string {
	kind := "SameSite=" + orElse(ck.sameSite, "not set, which means Lax")
	if ck.secure {
		kind += ", Secure"
	}
	return kind
}

func cookieReason(ck setCookie, m *message) string {
	switch {
	case m.x.Request.Method == "POST" && ck.sameSite != "none":
		return "the callback is a POST from another site, for which only SameSite=None cookies are sent"
	case ck.secure && m.url.scheme == "http" && !m.url.loopback():
		return "the cookie is Secure and the callback went over http"
	case ck.sameSite == "strict":
		return "a SameSite=Strict cookie is not sent when another site redirects back"
	}
	return ""
}
