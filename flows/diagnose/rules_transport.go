package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"oauthlens/flows"
)

var transportRules = []Rule{
	{Code: "dns-failure", Severity: flows.SeverityError, Stage: StageTransport, Title: "The host name did not resolve",
		Doc:   "No address was found for the name. A host that is known from documentation is doc-sample-host.",
		Cause: "The name is mistyped, or the name server that knows it was not asked.", Fix: "Correct the name; check VPN and DNS.",
		Spec: "RFC 1034", Bad: "ERR_NAME_NOT_RESOLVED on the token call", Good: "the name of an advertising host that does not resolve", Check: func(c *Case) []Hit { return transport(c, "dns-failure") }},
	{Code: "server-unreachable", Severity: flows.SeverityError, Stage: StageTransport, Title: "No connection to the server, or no answer from it",
		Doc:   "Refused, timed out, unreachable; also when a needed proxy is ignored. At the redirect URI it is callback-not-reached; a connection that was open and broke is connection-reset.",
		Cause: "Wrong port, a firewall, a proxy that must be used, or a server that is down or too slow.", Fix: "Check port, firewall and proxy variables; raise the timeout only if the server is known to be slow.",
		Spec: "RFC 9293", Bad: "ERR_CONNECTION_TIMED_OUT on the token call", Good: "a refused connection at the redirect URI", Check: func(c *Case) []Hit { return transport(c, "server-unreachable") }},
	{Code: "connection-reset", Severity: flows.SeverityError, Stage: StageTransport, Title: "The connection broke during the exchange",
		Doc:   "Reset, closed without an answer, or an HTTP/2 stream error.",
		Cause: "The server or something in between closed the connection.", Fix: "Use a new connection. Do not send a code again blindly: it may be used up.",
		Spec: "RFC 9113 section 5.4", Bad: "ERR_CONNECTION_RESET in the token call", Good: "a page that the user left", Check: func(c *Case) []Hit { return transport(c, "connection-reset") }},
	{Code: "tls-untrusted", Severity: flows.SeverityError, Stage: StageTransport, Title: "The server's certificate is not trusted",
		Doc:   "Its issuer is not in the trust store: interception by a company proxy, a private authority, or a missing intermediate. Only a live run shows which.",
		Cause: "No chain leads from the certificate to a trusted authority.", Fix: "Add the authority to the trust store. Never switch verification off.",
		Spec: "RFC 5280 section 6", Bad: "ERR_CERT_AUTHORITY_INVALID", Good: "an expired certificate", Check: func(c *Case) []Hit { return transport(c, "tls-untrusted") }},
	{Code: "tls-expired", Severity: flows.SeverityError, Stage: StageTransport, Title: "The server's certificate is out of date",
		Doc:   "It has expired or is not valid yet, or the local clock is wrong.",
		Cause: "Certificates have a beginning and an end.", Fix: "Renew it; compare the clocks.",
		Spec: "RFC 5280 section 4.1.2.5", Bad: "ERR_CERT_DATE_INVALID", Good: "a certificate for another name", Check: func(c *Case) []Hit { return transport(c, "tls-expired") }},
	{Code: "tls-name-mismatch", Severity: flows.SeverityError, Stage: StageTransport, Title: "The certificate is for another name",
		Doc:   "None of its names is the host that was asked for.",
		Cause: "The host name is wrong, or the server presents the wrong certificate.", Fix: "Correct the host.",
		Spec: "RFC 9525 section 6", Bad: "ERR_CERT_COMMON_NAME_INVALID", Good: "an untrusted certificate", Check: func(c *Case) []Hit { return transport(c, "tls-name-mismatch") }},
	{Code: "tls-handshake-failed", Severity: flows.SeverityError, Stage: StageTransport, Title: "The TLS handshake failed",
		Doc:   "No common version or cipher, or http was spoken to an https port or the reverse.",
		Cause: "The two sides do not speak the same protocol.", Fix: "Use the right scheme and port, and TLS 1.2 or later.",
		Spec: "RFC 8446 section 6", Bad: "400 The plain HTTP request was sent to HTTPS port", Good: "an untrusted certificate", Check: func(c *Case) []Hit { return transport(c, "tls-handshake-failed") }},
	{Code: "proxy-auth-required", Severity: flows.SeverityError, Stage: StageTransport, Title: "A proxy wants credentials",
		Doc:   "407, or a tunnel that the proxy did not open.",
		Cause: "The request never left the network.", Fix: "Configure the proxy's user, or let the host pass without it.",
		Spec: "RFC 9110 section 15.5.8", Bad: "407 from the company's proxy", Good: "401 from the provider", Check: func(c *Case) []Hit { return transport(c, "proxy-auth-required") }},
	{Code: "blocked-by-bot-protection", Severity: flows.SeverityError, Stage: StageTransport, Title: "A firewall in front of the provider refused the client",
		Doc:   "A bot check or web application firewall answered; no authorization server was asked.",
		Cause: "The client, its address or its region looks like an attack.", Fix: "Ask the provider for an allow-list entry with the reference number; try another egress; send an honest User-Agent.",
		Spec: "provider", Bad: "403 with cf-mitigated: challenge", Good: "403 with a JSON error behind the same firewall", Check: checkBot},
	{Code: "captive-portal", Severity: flows.SeverityError, Stage: StageTransport, Title: "The network answered instead of the provider",
		Doc:   "A portal or content filter redirected the call to its own page or answered for the provider.",
		Cause: "The network wants a login, or forbids the host.", Fix: "Log in to the network, or ask for an exception.",
		Spec: "RFC 6585 section 6", Bad: "the token call redirected to the login page of a hotel", Good: "a redirect to the provider's new host", Check: checkPortal},
	{Code: "expected-retry", Severity: flows.SeverityInfo, Stage: StageTransport, Sticky: true, Title: "The protocol asked for another try, and got it",
		Doc:   "A DPoP nonce, authorization_pending, a single slow_down, an expired token followed by a refresh and success.",
		Cause: "It is how the protocol works.", Fix: "Nothing to do.",
		Spec: "RFC 8628 section 3.5; RFC 9449 section 8", Bad: "authorization_pending twice, then success", Good: "authorization_pending and nothing after it", Check: checkExpectedRetry},
}

// saysNumber tells that a text has the number as a word: a port such as 40723 is another.
func saysNumber(text, number string) bool {
	digit := func(r rune) bool { return r >= '0' && r <= '9' }
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool { return !digit(r) }), number)
}

// transportCode names the failure of a message that got no answer.
func transportCode(m *message) string {
	e := m.x.Error
	if e == nil {
		return ""
	}
	text := strings.ToLower(e.Message + " " + m.x.Comment)
	switch e.Kind {
	case flows.ErrorDNS:
		return "dns-failure"
	case flows.ErrorConnect, flows.ErrorTimeout:
		if e.Reason == "proxy-auth" || saysNumber(text, "407") {
			return "proxy-auth-required"
		}
		return "server-unreachable"
	case flows.ErrorReset:
		return "connection-reset"
	case flows.ErrorTLS:
		switch e.Reason {
		case "expired", "not-yet-valid":
			return "tls-expired"
		case "wrong-name":
			return "tls-name-mismatch"
		case "certificate-required":
			return "client-certificate-required"
		case "handshake", "plain-http", "tls-expected":
			return "tls-handshake-failed"
		}
		return "tls-untrusted"
	case flows.ErrorProxy:
		switch e.Reason {
		case "proxy-auth", "tunnel":
			return "proxy-auth-required"
		case "proxy-refused":
			if strings.Contains(text, "err_tunnel") || saysNumber(text, "407") {
				return "proxy-auth-required"
			}
		}
		return "server-unreachable"
	case flows.ErrorCancelled:
		switch e.Reason {
		case "blocked-by-client", "blocked-by-administrator", "blocked-by-csp", "blocked", "mixed-content":
			return "blocked-by-extension"
		case "unknown", "failed", "":
			return "server-unreachable"
		}
		return ""
	case flows.ErrorProtocol:
		switch e.Reason {
		case "header-too-large":
			return ""
		case "not-http", "http2-only":
			if m.url.scheme == "https" {
				return "tls-handshake-failed"
			}
		}
		return "connection-reset"
	}
	return "server-unreachable"
}

// transportText is the failure for the evidence.
func (c *Case) transportText(m *message) string {
	if m.x.Error == nil {
		return c.said(m)
	}
	text := m.x.Error.Message
	if m.x.Comment != "" && !strings.Contains(text, m.x.Comment) {
		text += " (" + m.x.Comment + ")"
	}
	return c.quote(strings.TrimSpace(text))
}

// plainToTLS: http was spoken to an https port, and the server said so.
func plainToTLS(m *message) bool {
	return m.failed != nil && m.status() == 400 && m.failed.says("plain http request was sent to https|client sent an http request to an https|http request to an https server|speaking plain http to an ssl")
}

// httpBroken words a connection that did not break: what came over it was no HTTP, or the
// request was one that no HTTP message can carry. Empty for everything else.
func httpBroken(e *flows.TransportError) (title, cause, fix string) {
	switch {
	case e == nil || e.Kind != flows.ErrorProtocol:
	case e.Reason == "bad-request" || e.Reason == "bad-url" || e.Reason == "scheme":
		return "The request could not be sent as it stands", "A value that goes into it, such as a token or an address that the server named, is none that an HTTP message can carry.", "Look at the value that the message names."
	case e.Reason == "http2-only":
		return "The server speaks HTTP/2 where HTTP/1.1 was spoken", "It answers in HTTP/2 without having been asked to.", "Use an address of the server, or a proxy before it, that offers HTTP/1.1."
	case e.Reason == "malformed-header" || e.Reason == "malformed-body" || e.Reason == "not-http" || e.Reason == "header-too-large":
		return "The answer breaks the rules of HTTP", "The server, or something in between, writes broken HTTP.", "Ask for the same URL with another client; look at proxies in between."
	}
	return "", "", ""
}

// transport makes the check of one code.
func transport(c *Case, code string) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.failed == nil || m.role == roleOther || c.isLive() && m.x.Error != nil && m.x.Error.Kind == flows.ErrorCancelled {
			continue // in a run of this program, whoever cancelled knows why
		}
		answered := m.x.Response != nil && m.status() > 0
		switch {
		case code == "proxy-auth-required" && m.status() == 407:
			h := hit(m, flows.Certain, c.request(m)+" was answered with 407")
			if v := m.respHeader("Proxy-Authenticate"); v != "" {
				h.evidence = append(h.evidence, "Proxy-Authenticate: "+c.quote(v))
			}
			out = append(out, h)
		case code == "tls-handshake-failed" && plainToTLS(m):
			out = append(out, hit(m, flows.Certain, c.said(m), step(m)+" used "+m.url.scheme+" at port "+orElse(m.url.port, map[bool]string{true: "443", false: "80"}[m.url.scheme == "https"])))
		case m.failed.layer != layerTransport || answered && !brokenAnswer(m):
		case transportCode(m) == code:
			if lostRefresh(c, m) && code != "dns-failure" {
				out = append(out, hit(m, flows.Likely, c.request(m)+": "+c.transportText(m)))
				continue
			}
			h := hit(m, flows.Certain, c.request(m)+": "+c.transportText(m))
			if m.x.Error.Kind == flows.ErrorCancelled && m.x.Error.Reason == "failed" {
				h.confidence = flows.Possible // the browser does not say why
			}
			if code == "tls-untrusted" {
				h = h.named(untrustedTitle(m.x.Error.Reason))
			}
			if title, cause, fix := httpBroken(m.x.Error); code == "connection-reset" && title != "" {
				h = h.named(title)
				h.cause, h.fix = cause, fix
			}
			if took := m.x.Duration(); code == "server-unreachable" && took.Seconds() >= 1 {
				h.evidence = append(h.evidence, "after "+span(took))
			}
			out = append(out, h)
		}
	}
	return out
}

// lostRefresh: a refresh without an answer whose repeat was refused has a name of its
// own.
func lostRefresh(c *Case, m *message) bool {
	if m.grant != "refresh_token" || !lostAnswer(m) {
		return false
	}
	for _, x := range c.sameRefresh(m) {
		if x.pos > m.pos && refusedRefresh(x) {
			return true
		}
	}
	return false
}

func untrustedTitle(reason string) string {
	switch reason {
	case "self-signed":
		return "The server's certificate is signed by itself"
	case "incomplete-chain":
		return "The server does not send the intermediate certificate"
	case "revoked":
		return "The server's certificate was revoked"
	}
	return ""
}

// foreignPage: the answer is not from the provider.
func foreignPage(m *message) bool {
	return botSign(m) != "" || portalSign(m) != ""
}

// botSign names what shows that a firewall answered.
func botSign(m *message) string {
	r := m.x.Response
	if r == nil {
		return ""
	}
	if v := r.Headers.Get("cf-mitigated"); v != "" {
		return "cf-mitigated: " + clip(v, 40)
	}
	if v := r.Headers.Get("x-amzn-waf-action"); v != "" {
		return "x-amzn-waf-action: " + clip(v, 40)
	}
	if r.Status < 400 && r.Status != 202 && !(r.Status == 200 && damagedRole(m.role)) {
		return ""
	}
	kind := m.answer().kind
	if kind != bodyHTML && kind != bodyText && kind != bodyEmpty {
		return ""
	}
	text := m.answer().text
	switch {
	case r.Headers.Has("x-datadome") || says(text, "datadome"):
		return "DataDome answered"
	case says(text, "just a moment") && kind == bodyHTML, says(text, "attention required! | cloudflare"), says(text, "cloudflare", "ray id|blocked|error 10"):
		return "the page is Cloudflare's check"
	case says(text, "incapsula incident|imperva") || r.Headers.Has("x-iinfo") && r.Status == 403:
		return "Imperva answered"
	case says(text, "access denied", "reference #|reference&#32;#|edgesuite|akamai|errors.edgesuite"):
		return "the page is Akamai's, with a reference number"
	case says(text, "requested url was rejected", "support id"):
		return "a web application firewall answered with a support id"
	case says(text, "sucuri website firewall|wordfence|perimeterx|px-captcha|human verification|verify you are human|are you a robot|bot detection|captcha|request could not be satisfied") && r.Status > 400 && r.Status != 404:
		return "the page is a check for bots"
	case says(text, "web application firewall|waf", "block|denied|reject"):
		return "a web application firewall answered"
	}
	return ""
}

func checkBot(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role == roleOther || m.role == roleCallback {
			continue
		}
		sign := botSign(m)
		if sign == "" || m.failed == nil {
			continue
		}
		h := hit(m, flows.Certain, fmt.Sprintf("%s was answered with %d: %s", c.request(m), m.status(), sign))
		for _, name := range [...]string{"CF-Ray", "X-Amz-Cf-Id", "X-Request-Id", "X-Iinfo"} {
			if v := m.respHeader(name); v != "" {
				h.evidence = append(h.evidence, name+": "+c.quote(clip(v, 60)))
				break
			}
		}
		out = append(out, h)
	}
	return out
}

// portalWords are what portals and filters call themselves.
const portalWords = "wifi|wi-fi|hotspot|captive|portal|guest network|guest access|network login|log in to the network|sign in to the network|accept the terms|web filter|content filter|web page blocked|website blocked|site blocked|access to this site|blocked by your|blocked by the|url category|category:|fortiguard|fortinet|zscaler|umbrella|bluecoat|blue coat|websense|forcepoint|sophos|palo alto|barracuda|mcafee web gateway|internet access|netskope|smartfilter"

// portalSign names what shows that the network answered an API call.
func portalSign(m *message) string {
	r := m.x.Response
	if r == nil {
		return ""
	}
	if r.Status == 511 {
		return "status 511, Network Authentication Required"
	}
	switch m.role {
	case roleToken, roleDiscovery, roleJWKS, roleUserInfo, roleCall, rolePAR, roleDevice, roleRevoke, roleIntrospect, roleLink, roleAuthorize:
	default:
		return ""
	}
	if loc := m.location(); loc != "" && m.role != roleAuthorize {
		to := readTarget(loc)
		if to.host != "" && portalRedirect(m, to) {
			return "it was redirected to " + to.host + ", which is not the provider's"
		}
		return ""
	}
	if a := m.answer(); a.kind == bodyHTML && m.role != roleAuthorize && says(a.text, portalWords) && !says(a.text, "developer portal|customer portal|portal.azure") {
		return "the page is that of a network portal or filter"
	} else if a.kind == bodyHTML && m.role == roleAuthorize && says(a.text, "fortiguard|zscaler|web page blocked|content filter|captive|hotspot") {
		return "the page is that of a network portal or filter"
	}
	return ""
}

// portalRedirect: a call of an API that is sent to the page of a foreign host.
func portalRedirect(m *message, to target) bool {
	if to.host == "" || siteOf(to.host) == siteOf(m.url.host) {
		return false
	}
	f, g := factFor(m.url.host), factFor(to.host)
	if f != nil && f == g {
		return false
	}
	low := strings.ToLower(to.raw)
	carriesURL := strings.Contains(strings.ToLower(percentDecode(to.query)), m.url.host)
	words := saysAny(strings.ReplaceAll(low, "-", ""), "wifi|hotspot|captive|portal|guest|netlogin|walledgarden|blockpage|blocked|webfilter|splash|zscaler|gateway.")
	return words && (to.scheme == "http" || carriesURL || strings.Contains(low, "login") || saysAny(low, "block|filter|zscaler|captive|portal")) || carriesURL && to.scheme == "http"
}

func checkPortal(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		sign := portalSign(m)
		if sign == "" || botSign(m) != "" {
			continue
		}
		h := hit(m, flows.Certain, c.request(m)+": "+sign)
		if m.failed == nil {
			h = h.standing()
		}
		for _, f := range c.msgs {
			if f.parent == m {
				h = h.explaining(f)
			}
		}
		out = append(out, h)
	}
	return out
}

func checkExpectedRetry(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		t := m.failed
		if t == nil || !t.solved {
			continue
		}
		why := ""
		switch {
		case t.pending:
			why = "it was answered with " + show(t.code)
		case (m.role == roleCall || m.role == roleUserInfo) && m.status() == 401 && c.refreshedBetween(m, t.repeat):
			why = "it was answered with 401, the token was refreshed"
		case (m.role == roleCall || m.role == roleUserInfo) && m.status() == 401 && m.header("DPoP") != "" && m.respHeader("DPoP-Nonce") != "":
			why = "the server asked for a nonce"
		case m.role == roleAuthorize || m.role == roleCallback:
			why = "the silent try needed the user"
		case t.layer == layerTransport || m.status() >= 500 || m.status() == 429:
			why = "it failed once"
		default:
			continue
		}
		h := hit(m, flows.Certain, step(m)+": "+why+"; the repeat of "+step(t.repeat)+" succeeded")
		h.cures = nil
		out = append(out, h)
	}
	return out
}

func (c *Case) refreshedBetween(m, repeat *message) bool {
	for _, t := range c.tokens {
		if t.from.pos > m.pos && t.from.pos < repeat.pos {
			return true
		}
	}
	return c.sentToken(m) != c.sentToken(repeat)
}
