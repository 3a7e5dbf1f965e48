package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"oauthlens/flows"
)

// exactFix is what to do in this very case: the parameter, the value and the place, as far
// as the trace and the profile know them. Empty where they do not: then the rule's own
// words stand.
func (c *Case) exactFix(h *Hit) string {
	m := h.at
	if m == nil {
		return ""
	}
	switch h.rule.Code {
	case "redirect-uri-changed":
		return c.fixRedirect(m)
	case "redirect-uri-not-registered":
		return c.fixRegistration(m)
	case "scope-separator-wrong":
		return c.fixSeparator(m)
	case "scope-not-allowed":
		return c.fixScope(m)
	case "no-refresh-token":
		return c.fixOffline(m)
	case "token-body-format-wrong":
		return c.fixBody(m)
	case "client-auth-method-wrong", "client-type-mismatch":
		return c.fixMethod(m)
	case "client-credentials-rejected":
		return c.fixCredentials(m)
	case "grant-type-invalid":
		return c.fixGrantType(m)
	case "grant-not-enabled":
		return c.fixGrant(m)
	case "pkce-half-sent":
		return c.fixPKCEHalf(m)
	case "code-expired":
		return c.fixCodeAge(m)
	case "doc-sample-host":
		return c.fixSampleHost(m)
	case "environment-mixed":
		return c.fixEnvironment(m)
	case "token-endpoint-wrong":
		return c.fixTokenEndpoint(m)
	case "discovery-not-found":
		return c.fixDiscovery()
	}
	return ""
}

// profileOf finds the profile of a message: the one of the run, or the one that has the
// host among its endpoints.
func (c *Case) profileOf(m *message) *flows.Provider {
	if p := c.provider(); p != nil {
		if p.Name == "custom" {
			return nil
		}
		return p
	}
	for i := range c.opts.Providers {
		for _, w := range profileWorlds(c.opts.Providers[i]) {
			if contains(w.hosts, m.url.host) {
				return &c.opts.Providers[i]
			}
		}
	}
	return nil
}

func (c *Case) fixRedirect(m *message) string {
	r := c.compareRedirect(m)
	switch {
	case !r.known || r.same:
		return ""
	case r.asked == nil || r.asked.Value == "":
		return "Leave redirect_uri out of the token request, as " + step(r.a.where) + " did, or send the same one in both."
	}
	return "In the token request send redirect_uri=" + show(r.asked.Value) + ", byte for byte as in " + step(r.a.where) + ": use one variable for both."
}

func (c *Case) fixRegistration(m *message) string {
	a := c.attemptAt(m)
	if a == nil {
		return ""
	}
	if a.value("redirect_uri") == "" {
		return "Send redirect_uri in " + step(a.where) + ": a URI that is registered for the client, as one absolute string."
	}
	return "Register exactly " + show(a.value("redirect_uri")) + " with the provider, or send the registered string in redirect_uri of " + step(a.where) + "."
}

// attemptAt is the authorization request that a message belongs to, as request, page or
// callback.
func (c *Case) attemptAt(m *message) *attempt {
	for _, a := range c.attempts {
		if a.request == m || a.where == m || slices.Contains(a.again, m) || slices.Contains(a.pages, m) || slices.Contains(a.refusals(), m) {
			return a
		}
	}
	return c.attemptOf(m)
}

func (c *Case) scopeFailureAt(m *message) (scopeFailure, bool) {
	for _, s := range c.scopeFailures() {
		if s.m == m && s.p != nil {
			return s, true
		}
	}
	return scopeFailure{}, false
}

func (c *Case) fixSeparator(m *message) string {
	s, ok := c.scopeFailureAt(m)
	if !ok {
		if a := c.attemptAt(m); a != nil {
			s = scopeFailure{m: m, where: a.where, p: a.params.arg("scope"), host: a.request.url.host}
		}
	}
	if s.p == nil {
		return ""
	}
	want, name := " ", "one blank between the names, written + or %20 in the request"
	if w := c.separatorAt(s.host); w != "" && w != " " {
		want, name = w, "with "+show(w)+" between the names"
	}
	names := strings.FieldsFunc(s.p.Value, func(r rune) bool { return strings.ContainsRune(" ,;+|", r) })
	return "In " + step(s.where) + " send scope=" + show(strings.Join(names, want)) + ", " + name + "."
}

// separatorAt is what is known to stand between scopes at a host; empty if nothing is.
func (c *Case) separatorAt(host string) string {
	if p := c.provider(); p != nil && p.Dialect.ScopeSeparator != "" {
		return p.Dialect.ScopeSeparator
	}
	if f := c.fact(host); f != nil {
		return f.separator
	}
	return ""
}

func (c *Case) fixScope(m *message) string {
	s, ok := c.scopeFailureAt(m)
	if !ok {
		return ""
	}
	if more := widened(c, m); m.grant == "refresh_token" && len(more) > 0 {
		return "Leave scope out of the refresh, or ask for no more than was granted: without " + show(strings.Join(more, " ")) + "."
	}
	p := c.profileOf(m)
	if p == nil || len(p.Scopes) == 0 {
		return ""
	}
	var known, odd []string
	for _, sc := range p.Scopes {
		if len(sc.Grants) == 0 || m.grant == "" || contains(grantNames(sc.Grants), m.grant) {
			known = append(known, sc.Name)
		}
	}
	for _, name := range splitScopes(s.p.Value) {
		if !contains(known, name) {
			odd = append(odd, name)
		}
	}
	list := p.Title + " documents " + show(strings.Join(known, " "))
	if len(odd) == 0 {
		return "Have the scope enabled for this client by " + p.Title + ", or leave it out of scope in " + step(s.where) + "."
	}
	text := "Leave " + show(strings.Join(odd, " ")) + " out of scope in " + step(s.where)
	if near := nearestScope(odd[0], known); near != "" && len(odd) == 1 {
		text = "In scope of " + step(s.where) + " write " + show(near) + " instead of " + show(odd[0])
	}
	return text + "; " + list + "."
}

// nearestScope finds a scope that differs by a letter or two.
func nearestScope(name string, known []string) string {
	for _, k := range known {
		if editDistance(strings.ToLower(name), strings.ToLower(k)) <= 2 {
			return k
		}
	}
	return ""
}

// editDistance counts the letters to insert, delete or replace.
func editDistance(a, b string) int {
	if len(a) > 80 || len(b) > 80 {
		return 80
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost = 1 + min(diagonal, row[j], row[j-1])
			}
			diagonal, row[j] = row[j], cost
		}
	}
	return row[len(b)]
}

func grantNames(list []flows.Grant) []string {
	var out []string
	for _, g := range list {
		out = append(out, string(g))
	}
	return out
}

func (c *Case) fixOffline(m *message) string {
	a := c.attemptOf(m)
	t := m.answer0().tokenOf()
	if a == nil || t == nil {
		return ""
	}
	need, _ := c.offlineNeed(t, a)
	kind, _, _ := strings.Cut(need, ":")
	switch {
	case need == "" || offlineAsked(need, a.params):
		return ""
	case kind != "scope":
		return "Send " + show(describeNeed(need)) + " in the authorization request (" + step(a.where) + "), and let the user consent again."
	}
	scopes := strings.TrimSpace(strings.Join(append(splitScopes(a.value("scope")), describeNeed(need)), orElse(c.separatorAt(a.request.url.host), " ")))
	return "In the authorization request (" + step(a.where) + ") send scope=" + show(scopes) + ", and let the user consent again."
}

// fixSampleHost names the real endpoints of the profile whose documentation has the host.
func (c *Case) fixSampleHost(m *message) string {
	for _, p := range append(slices.Clone(c.opts.Providers), c.runProvider()...) {
		if !slices.ContainsFunc(p.SampleHosts, func(s string) bool { return hostIs(m.url.host, s) }) {
			continue
		}
		var real []string
		for _, e := range p.Environments {
			if e.Endpoints.Token != "" && e.Name != flows.EnvSimulator {
				real = append(real, e.Endpoints.Token+" ("+e.Name+")")
			}
		}
		if len(real) > 0 {
			return "Use the token endpoint of your environment: " + strings.Join(real, ", ") + "."
		}
	}
	return ""
}

// fixTokenEndpoint names the token endpoints that the metadata or the profile has.
func (c *Case) fixTokenEndpoint(m *message) string {
	if d := c.metaFor(m); d != nil && d.text("token_endpoint") != "" {
		return "Send the token request by POST to " + c.plainURL(readTarget(d.text("token_endpoint"))) + ", which the metadata of " + step(d.from) + " names."
	}
	p := c.profileOf(m)
	if p == nil {
		return ""
	}
	var real []string
	for _, e := range p.Environments {
		if u := e.Endpoints.Token; u != "" && !readTarget(u).loopback() {
			real = append(real, u+" ("+e.Name+")")
		}
	}
	if len(real) == 0 {
		return ""
	}
	return "Send the token request by POST to the token endpoint of " + p.Title + ": " + strings.Join(real, ", ") + "."
}

// fixDiscovery: a run of this program tries every well-known form by itself.
func (c *Case) fixDiscovery() string {
	tried := 0
	for _, m := range c.msgs {
		if m.role == roleDiscovery && m.failed != nil {
			tried++
		}
	}
	if !c.isLive() || tried < 2 {
		return ""
	}
	return fmt.Sprintf("All %d well-known forms were tried: correct the issuer, or give authorization and token endpoint by hand.", tried)
}

func (c *Case) runProvider() []flows.Provider {
	if p := c.provider(); p != nil {
		return []flows.Provider{*p}
	}
	return nil
}

func (c *Case) fixEnvironment(m *message) string {
	host := c.realHost(m)
	id, here := c.idWorld(m.client(), host), c.worldOf(host)
	if id == nil || here == nil || id.family != here.family || id.env == here.env {
		return ""
	}
	text := "Send the client_id that was issued for " + here.env
	if len(id.hosts) > 0 && id.hosts[0] != host {
		text += ", or use the hosts of " + id.env + ", such as " + id.hosts[0]
	}
	return text + "; id, secret and hosts belong together."
}
