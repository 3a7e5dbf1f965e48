package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/protocol"
)

var discoveryRules = []Rule{
	{Code: "issuer-trailing-slash", Severity: flows.SeverityError, Stage: StageDiscovery,
		Title: "Two issuers differ only by the slash at the end",
		Doc:   "The issuer of the metadata and the requested URL, or the issuer of a token and that of the metadata, are equal but for the final slash.",
		Cause: "Issuers are compared as strings.", Fix: "Copy the published value exactly, with or without the slash.",
		Spec: "OpenID Connect Discovery section 4.3; RFC 8414 section 3.3",
		Bad:  "iss of the token ends with a slash, the metadata's does not", Good: "Auth0, whose issuer has a slash everywhere", Check: checkIssuerSlash},
	{Code: "issuer-mismatch", Severity: flows.SeverityError, Stage: StageDiscovery,
		Title: "The issuer is another one than expected",
		Doc:   "The published issuer is not the one whose metadata was fetched, or a token names another path, host or realm.",
		Cause: "Discovery and tokens come from two servers or realms, or somebody answers for somebody else.", Fix: "Configure the published value, and take discovery and tokens from one server.",
		Spec: "RFC 8414 section 3.3; OpenID Connect Core section 3.1.3.7",
		Bad:  "discovery of one realm, tokens of another", Good: "Google, whose token host is not its issuer", Check: checkIssuerMismatch},
	{Code: "issuer-behind-proxy", Severity: flows.SeverityError, Stage: StageDiscovery,
		Title: "The server does not know its public name",
		Doc:   "Metadata that was fetched over https names http or an internal host.",
		Cause: "A proxy ends TLS, and the server behind it is not told the outer scheme and host.", Fix: "Set the public host name and accept the forwarded headers on the server.",
		Spec: "RFC 8414 section 3.3",
		Bad:  "https metadata with http:// everywhere", Good: "metadata over http on loopback", Check: checkBehindProxy},
	{Code: "issuer-tenant-template", Severity: flows.SeverityError, Stage: StageDiscovery,
		Title: "The metadata's issuer is a template",
		Doc:   "The issuer contains a literal {tenantid}, so that no token's iss can equal it.",
		Cause: "The metadata of a multi-tenant endpoint leaves the tenant open.", Fix: "Use the discovery URL of the tenant, or put the token's tid into the template before comparing.",
		Spec: "provider",
		Bad:  "the metadata of /common", Good: "the metadata of a tenant", Check: checkTemplate},
	{Code: "discovery-not-found", Severity: flows.SeverityError, Stage: StageDiscovery,
		Title: "There is no metadata at the discovery URL",
		Doc:   "The URL was answered with 404 or something that is no metadata, and the client gave up.",
		Cause: "For an issuer with a path there are two well-known forms, and servers support one of them.", Fix: "Try both forms: the suffix behind the path, and /.well-known/… between host and path.",
		Spec: "RFC 8414 section 3.1",
		Bad:  "404 at the OpenID form, and nothing after it", Good: "404 at one form and 200 at the other", Check: checkNoDiscovery},
	{Code: "signing-key-rotated", Severity: flows.SeverityWarning, Stage: StageDiscovery, Sticky: true,
		Title: "The signing key is newer than the cached key set",
		Doc:   "The token's kid was not in the first key set and is in a later one.",
		Cause: "Providers change keys; a client that caches them must look again.", Fix: "Fetch the key set once more on an unknown kid, and no more often than that.",
		Spec: "OpenID Connect Core section 10.1.1",
		Bad:  "kid missing in the first key set, present in the second", Good: "one key set that has it", Check: checkKeyRotated},
	{Code: "signing-key-unknown", Severity: flows.SeverityError, Stage: StageDiscovery,
		Title: "No key of the key set can have signed the token",
		Doc:   "The kid is in no key set, the key is for encryption only, its algorithm differs, or there is no kid and none of several keys verifies.",
		Cause: "Keys and token are of different issuers, environments or times.", Fix: "Check issuer and environment; choose the key by kid, use and alg.",
		Spec: "RFC 7517 section 4; RFC 7515 section 4.1.4",
		Bad:  "a kid that is in no key set, after a refetch", Good: "a kid that the key set has", Check: checkKeyUnknown},
	{Code: "authorize-host-differs", Severity: flows.SeverityInfo, Stage: StageDiscovery,
		Title: "The authorization endpoint is on another host than the issuer",
		Doc:   "It is published so, or known of this provider.", Cause: "One server logs users in for another.", Fix: "Allow both hosts in the profile.",
		Spec: "RFC 9207 section 1",
		Bad:  "authorize at the application of the provider, tokens at a service behind it", Good: "one host for both", Check: checkHostDiffers},
	{Code: "discovery-incomplete", Severity: flows.SeverityInfo, Stage: StageDiscovery,
		Title: "The metadata lists less than works",
		Doc:   "A grant or method that the metadata does not list succeeded.", Cause: "Nobody tests the lists.", Fix: "Do not take the lists as proof.",
		Spec: "RFC 8414 section 2",
		Bad:  "refresh works and is not in grant_types_supported", Good: "a listed grant", Check: checkDiscoveryIncomplete},
}

// firstOf is the request for metadata whose redirects led to this one.
func firstOf(m *message) *message {
	for m.parent != nil && m.parent.role == roleDiscovery && m.parent.pos < m.pos {
		m = m.parent
	}
	return m
}

// askedIssuer is the issuer whose metadata a discovery URL asks for.
func askedIssuer(t target) string {
	base := t.scheme + "://" + t.authority()
	for _, name := range [...]string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		if i := strings.Index(t.path, name); i >= 0 {
			return base + t.path[:i] + t.path[i+len(name):]
		}
	}
	return ""
}

// idTokens are the sets with a readable ID token or JWT access token, with its issuer.
func (c *Case) issuersOfTokens(each func(t *tokenSet, which, iss string)) {
	for _, t := range c.tokens {
		for _, which := range [...]string{"id", "access"} {
			if iss := t.token(which).claim("iss"); iss != "" {
				each(t, which, iss)
				break
			}
		}
	}
}

func (c *Case) gaveUpAfter(m *message) bool {
	for i := m.pos + 1; i < len(c.msgs); i++ {
		switch x := c.msgs[i]; x.role {
		case roleAuthorize, roleToken, rolePAR, roleDevice:
			if siteOf(x.url.host) == siteOf(m.url.host) || c.fact(x.url.host) != nil && c.fact(x.url.host) == c.fact(m.url.host) {
				return false
			}
		}
	}
	return true
}

func checkIssuerSlash(c *Case) []Hit {
	var out []Hit
	for _, d := range c.metas {
		asked := askedIssuer(firstOf(d.from).url)
		if c.isLive() {
			asked = c.givenIssuer(asked) // the URL does not show how it ended
		}
		if asked == "" || d.issuer == "" || asked == d.issuer || strings.TrimSuffix(asked, "/") != strings.TrimSuffix(d.issuer, "/") {
			continue
		}
		if !c.isLive() && (!c.gaveUpAfter(d.from) || d.issuer == asked+"/" && strings.Count(d.issuer, "/") == 3) {
			continue // a slash behind a bare host is left out of the URL by rule
		}
		h := hit(d.from, flows.Certain, "asked for: "+show(asked), "published: "+show(d.issuer)).standing().explaining(c.refusedFor(d, asked)...)
		out = append(out, h.marking(markNode(d.from, d.node, "issuer")))
	}
	c.issuersOfTokens(func(t *tokenSet, which, iss string) {
		d := c.metaFor(t.from)
		if d == nil || iss == d.issuer || strings.TrimSuffix(iss, "/") != strings.TrimSuffix(d.issuer, "/") {
			return
		}
		h := hit(t.from, flows.Certain, "published at "+step(d.from)+": "+show(d.issuer), "iss of the "+which+" token of "+step(t.from)+": "+show(iss)).standing()
		out = append(out, h.explaining(c.appRefusals(t.from)...).marking(markNode(d.from, d.node, "issuer")))
	})
	return append(out, c.userInfoHits(jose.CodeIssuerSlash)...)
}

// givenIssuer is the issuer that a run was given, letter by letter, if it is the one whose
// metadata a URL asked for.
func (c *Case) givenIssuer(asked string) string {
	given := c.live.Environment.Endpoints.Issuer
	if strings.TrimSuffix(given, "/") != strings.TrimSuffix(asked, "/") {
		return ""
	}
	return given
}

// refusedFor are the callbacks that this program refused because they name the published
// issuer and not the one asked for.
func (c *Case) refusedFor(d *metadata, asked string) []*message {
	var out []*message
	for _, b := range c.backs {
		if p := b.params.find("iss"); c.isLive() && b.msg != nil && p != nil && p.Value == d.issuer && p.Value != asked {
			out = append(out, b.msg)
		}
	}
	return out
}

// appRefusals are the callbacks that the application refused while it handled this
// exchange.
func (c *Case) appRefusals(m *message) []*message {
	b := c.backOf(m)
	if b == nil || b.msg == nil || b.msg.failed == nil || b.msg.status() == 404 || b.msg.status() == 405 {
		return nil
	}
	return []*message{b.msg}
}

func checkIssuerMismatch(c *Case) []Hit {
	var out []Hit
	for _, d := range c.metas {
		asked := askedIssuer(firstOf(d.from).url)
		if asked == "" || d.issuer == "" || strings.TrimSuffix(asked, "/") == strings.TrimSuffix(d.issuer, "/") || strings.Contains(d.issuer, "{") || issuerAlias(d.issuer, asked) {
			continue
		}
		if behindProxy(d) || slices.Contains(protocol.DiscoveryURLs(d.issuer), d.from.url.raw) { // the latter differs in the case of letters only
			continue
		}
		h := hit(d.from, flows.Certain, "metadata asked for: "+show(asked), "issuer published: "+show(d.issuer)).standing().explaining(c.refusedFor(d, asked)...)
		out = append(out, h.marking(markNode(d.from, d.node, "issuer")))
	}
	c.issuersOfTokens(func(t *tokenSet, which, iss string) {
		if h, ok := c.tokenIssuer(t, which, iss); ok {
			out = append(out, h)
		}
	})
	return append(out, c.userInfoHits(jose.CodeIssuer)...)
}

func (c *Case) tokenIssuer(t *tokenSet, which, iss string) (Hit, bool) {
	d := c.metaFor(t.from)
	if d == nil || d.issuer == "" {
		want := realmURL(t.from.url)
		if want == "" || !strings.Contains(iss, "/realms/") || strings.TrimSuffix(iss, "/") == want || readTarget(iss).host != t.from.url.host {
			return Hit{}, false
		}
		h := hit(t.from, flows.Likely, "the token endpoint of "+step(t.from)+" belongs to "+show(want), "iss of the "+which+" token: "+show(iss)).standing()
		return h.explaining(c.appRefusals(t.from)...), true
	}
	if strings.TrimSuffix(iss, "/") == strings.TrimSuffix(d.issuer, "/") || issuerAlias(d.issuer, iss) {
		return Hit{}, false
	}
	if strings.Contains(d.issuer, "{") || behindProxy(d) {
		return Hit{}, false
	}
	h := hit(t.from, flows.Certain, "published at "+step(d.from)+": "+show(d.issuer), "iss of the "+which+" token of "+step(t.from)+": "+show(iss)).standing()
	return h.explaining(c.appRefusals(t.from)...).marking(markNode(d.from, d.node, "issuer")), true
}

// realmURL is the issuer that a Keycloak-like endpoint belongs to.
func realmURL(t target) string {
	i := strings.Index(t.path, "/realms/")
	if i < 0 {
		return ""
	}
	rest := t.path[i+len("/realms/"):]
	realm, _, _ := strings.Cut(rest, "/")
	return t.scheme + "://" + t.authority() + t.path[:i] + "/realms/" + realm
}

// proxyDefect tells by what a server shows that it does not know its public name.
func proxyDefect(d *metadata) (member, why string) {
	at := d.from.url
	if at.scheme != "https" {
		return "", ""
	}
	for _, name := range [...]string{"issuer", "token_endpoint", "authorization_endpoint", "jwks_uri", "userinfo_endpoint"} {
		v := d.text(name)
		if v == "" {
			continue
		}
		t := readTarget(v)
		switch {
		case t.scheme == "http" && !t.loopback():
			return name, name + " is " + show(v) + ", the metadata was fetched over https"
		case internalHost(t.host) && !internalHost(at.host):
			return name, name + " names the internal host " + t.host
		}
	}
	return "", ""
}

// behindProxy: the metadata has names that only its own network can use.
func behindProxy(d *metadata) bool {
	name, _ := proxyDefect(d)
	return name != ""
}

// internalHost: a name that only the server's own network knows.
func internalHost(h string) bool {
	if h == "" {
		return false
	}
	if ip, err := netip.ParseAddr(strings.Trim(h, "[]")); err == nil {
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()
	}
	if isLoopback(h) || !strings.Contains(h, ".") {
		return true
	}
	for _, s := range [...]string{".local", ".internal", ".svc", ".cluster.local", ".lan", ".intranet", ".corp", ".home", ".localdomain"} {
		if strings.HasSuffix(h, s) {
			return true
		}
	}
	return false
}

func checkBehindProxy(c *Case) []Hit {
	var out []Hit
	for _, d := range c.metas {
		if name, why := proxyDefect(d); why != "" {
			out = append(out, hit(d.from, flows.Certain, why).standing().marking(markNode(d.from, d.root.Member(name), name)))
		}
	}
	return out
}

func checkTemplate(c *Case) []Hit {
	var out []Hit
	for _, d := range c.metas {
		if !strings.Contains(d.issuer, "{") {
			continue
		}
		h := hit(d.from, flows.Certain, "issuer published: "+show(d.issuer)).standing()
		for _, t := range c.tokens {
			if iss := t.token("id").claim("iss"); iss != "" && iss != d.issuer {
				h.evidence = append(h.evidence, "iss of the ID token of "+step(t.from)+": "+show(iss))
				h = h.explaining(c.appRefusals(t.from)...)
			}
		}
		out = append(out, h.marking(markNode(d.from, d.node, "a template")))
	}
	return out
}

func checkNoDiscovery(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role != roleDiscovery || m.x.Response == nil || m.x.Error != nil || m.status() >= 500 || m.status() == 429 || m.status() == 407 || foreignPage(m) {
			continue
		}
		found := false
		for _, d := range c.metas {
			found = found || d.from == m || d.from.pos > m.pos && d.from.url.host == m.url.host // another well-known form
		}
		stuck := c.gaveUpAfter(m) || c.isLive() && len(c.tokens) == 0
		if found || !stuck || m.failed != nil && m.failed.solved || m.status() >= 300 && m.status() < 400 && c.followedWell(m) {
			continue
		}
		conf, what := flows.Certain, fmt.Sprintf("%s was answered with %d", c.request(m), m.status())
		if m.ok() {
			conf, what = flows.Likely, fmt.Sprintf("%s was answered with %s, which is no metadata", c.request(m), m.answer().kind)
		}
		out = append(out, hit(m, conf, what, "no other well-known form was found, and nothing follows").standing())
	}
	return out
}

// followedWell: the redirect was followed to an answer.
func (c *Case) followedWell(m *message) bool {
	for _, f := range c.msgs {
		if f.parent == m && (f.ok() || f.status() >= 300 && f.status() < 400) {
			return true
		}
	}
	return false
}

func checkHostDiffers(c *Case) []Hit {
	var out []Hit
	for _, d := range c.metas {
		a := readTarget(d.text("authorization_endpoint"))
		iss := readTarget(d.issuer)
		if a.host != "" && iss.host != "" && a.host != iss.host {
			out = append(out, hit(d.from, flows.Certain, "issuer "+show(d.issuer)+", authorization endpoint at "+a.host))
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, m := range c.calls {
		if a := c.attemptOf(m); a != nil && m.failed == nil {
			f, g := worldOf(a.request.url.host), worldOf(m.url.host)
			if a.request.url.host != m.url.host && f != nil && g != nil && f.family == "Stytch" && g.family == "Stytch" && f.env == g.env {
				return append(out, hit(m, flows.Certain, "login at "+a.request.url.host+", tokens from "+m.url.host))
			}
		}
	}
	return out
}

func checkDiscoveryIncomplete(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		if m.failed != nil || !m.ok() {
			continue
		}
		d := c.metaFor(m)
		if d == nil {
			continue
		}
		if grants, ok := d.list("grant_types_supported"); ok && m.value("grant_type") != "" && !contains(grants, m.value("grant_type")) {
			out = append(out, hit(m, flows.Certain, show(m.value("grant_type"))+" succeeded at "+step(m)+" and is not in grant_types_supported"))
			continue
		}
		if methods, ok := d.list("token_endpoint_auth_methods_supported"); ok && len(methods) > 0 && !contains(methods, m.creds.method()) && m.creds.method() != "both" {
			out = append(out, hit(m, flows.Certain, m.creds.method()+" succeeded at "+step(m)+" and is not in token_endpoint_auth_methods_supported"))
		}
	}
	return out
}
