package simulator

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"oauthlens/flows"
)

// tenant is one environment of one provider as served here: an authorization server
// of its own, with its own clients, codes and tokens.
type tenant struct {
	sim      *Simulator
	provider flows.Provider
	env      flows.Environment // endpoints as served here
	prefix   string            // "/truss" or "/truss/sandbox"
	front    string            // host of the profile that stands at the first origin
	routes   [2]map[string]endpoint
	apiRoot  string // path prefix of the API at apiHost
	apiHost  int
	books    *books
}

// endpoint names what is served at a path.
type endpoint string

const (
	endpointAuthorization endpoint = "authorization"
	endpointConsent       endpoint = "consent"
	endpointAuthorizeURL  endpoint = "authorize_url"
	endpointToken         endpoint = "token"
	endpointRevocation    endpoint = "revocation"
	endpointIntrospection endpoint = "introspection"
	endpointUserInfo      endpoint = "userinfo"
	endpointJWKS          endpoint = "jwks"
	endpointDiscovery     endpoint = "discovery"
	endpointAPI           endpoint = "api"
)

// environmentsOf lists what is served of a provider: its own environments, and before
// them the one named simulator, which is shaped like production.
func environmentsOf(p flows.Provider) []flows.Environment {
	base, ok := p.Environment(flows.EnvProduction)
	if !ok && len(p.Environments) > 0 {
		base = p.Environments[0]
	}
	base.Name, base.ClientIDPrefixes = flows.EnvSimulator, nil
	envs := []flows.Environment{base}
	for _, e := range p.Environments {
		if e.Name != flows.EnvSimulator {
			envs = append(envs, e)
		}
	}
	return envs
}

func newTenant(s *Simulator, p flows.Provider, env flows.Environment) (*tenant, error) {
	t := &tenant{sim: s, provider: p, env: env, prefix: "/" + p.Name, books: newBooks()}
	if env.Name != flows.EnvSimulator {
		t.prefix += "/" + env.Name
	}
	t.routes[0], t.routes[1] = map[string]endpoint{}, map[string]endpoint{}
	own := env.Endpoints
	for _, e := range []string{own.Authorization, own.Token, own.AuthorizeURL, own.API} {
		if t.front = flows.HostOf(e); t.front != "" {
			break
		}
	}
	served, err := t.serveOwn(own)
	if err != nil {
		return nil, err
	}
	t.fillGaps(&served)
	t.routes[0][t.prefix+"/simulator/consent"] = endpointConsent
	t.env.Endpoints = served
	return t, nil
}

// serveOwn gives each endpoint of the profile its place here, with its own path behind
// the prefix.
func (t *tenant) serveOwn(own flows.Endpoints) (flows.Endpoints, error) {
	var out flows.Endpoints
	for _, e := range []struct {
		raw  string
		kind endpoint
		to   *string
	}{
		{own.Authorization, endpointAuthorization, &out.Authorization},
		{own.AuthorizeURL, endpointAuthorizeURL, &out.AuthorizeURL},
		{own.Token, endpointToken, &out.Token},
		{own.Revocation, endpointRevocation, &out.Revocation},
		{own.Introspection, endpointIntrospection, &out.Introspection},
		{own.UserInfo, endpointUserInfo, &out.UserInfo},
		{own.JWKS, endpointJWKS, &out.JWKS},
		{own.Discovery, endpointDiscovery, &out.Discovery},
		{own.Issuer, "", &out.Issuer},
		{own.API, endpointAPI, &out.API},
	} {
		if e.raw == "" {
			continue
		}
		local, err := t.local(e.raw)
		if err != nil {
			return out, err
		}
		t.route(local, e.kind)
		*e.to = local
	}
	return out, nil
}

// local is the place here of a URL of the profile.
func (t *tenant) local(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("%q is no absolute URL", raw)
	}
	origin := t.sim.cfg.Origins[0]
	if strings.ToLower(u.Host) != t.front {
		origin = t.sim.cfg.Origins[1]
	}
	local := origin + t.prefix + u.EscapedPath()
	if u.RawQuery != "" {
		local += "?" + u.RawQuery
	}
	return local, nil
}

// route enters the place of an endpoint; the first endpoint at a place keeps it.
func (t *tenant) route(local string, kind endpoint) {
	u, err := url.Parse(local)
	if err != nil || kind == "" {
		return
	}
	at := 0
	if !strings.HasPrefix(local, t.sim.cfg.Origins[0]+"/") {
		at = 1
	}
	if kind == endpointAPI {
		t.apiHost, t.apiRoot = at, strings.TrimSuffix(u.Path, "/")
		return
	}
	paths := []string{u.Path}
	if strings.TrimSuffix(u.Path, "/") == t.prefix {
		// An endpoint at the root of its host is written with and without the slash.
		paths = []string{t.prefix, t.prefix + "/"}
	}
	for _, p := range paths {
		if _, taken := t.routes[at][p]; !taken {
			t.routes[at][p] = kind
		}
	}
}

// fillGaps adds what a flow needs and the profile does not know: see the package
// comment for the rules. A profile without any environment gets everything.
func (t *tenant) fillGaps(out *flows.Endpoints) {
	p := t.provider
	bare := t.env.Endpoints == flows.Endpoints{}
	back := t.sim.cfg.Origins[0]
	if out.Token != "" && !strings.HasPrefix(out.Token, back+"/") {
		back = t.sim.cfg.Origins[1]
	}
	fill := func(to *string, kind endpoint, origin, path string, wanted bool) {
		if *to == "" && wanted {
			*to = origin + t.prefix + path
			t.route(*to, kind)
		}
	}
	code := p.HasGrant(flows.GrantAuthorizationCode)
	fill(&out.Authorization, endpointAuthorization, t.sim.cfg.Origins[0], "/authorize", code)
	fill(&out.AuthorizeURL, endpointAuthorizeURL, back, "/authorize-url", p.Dialect.AuthorizeDelivery == flows.DeliverURLFromAPI)
	fill(&out.Token, endpointToken, back, "/token", slices.ContainsFunc(p.Grants, func(g flows.Grant) bool { return g != flows.GrantBasic }))
	fill(&out.API, endpointAPI, back, "/api", true)
	signed := t.jwtAccessTokens() || t.idTokens()
	fill(&out.Issuer, "", back, "", signed || bare)
	fill(&out.JWKS, endpointJWKS, back, "/.well-known/jwks.json", signed || out.Issuer != "")
	fill(&out.Revocation, endpointRevocation, back, "/revoke", bare)
	fill(&out.Introspection, endpointIntrospection, back, "/introspect", bare)
	fill(&out.UserInfo, endpointUserInfo, back, "/userinfo", bare && t.idTokens())
	if out.Issuer == "" {
		return
	}
	for _, at := range metadataPlaces(out.Issuer) {
		t.route(at, endpointDiscovery)
	}
	if out.Discovery == "" {
		out.Discovery = strings.TrimSuffix(out.Issuer, "/") + "/.well-known/openid-configuration"
	}
}

// metadataPlaces are the URLs of an issuer's metadata: OpenID Connect Discovery appends
// to the issuer, RFC 8414 section 3.1 inserts before its path; each form occurs with
// either name in practice.
func metadataPlaces(issuer string) []string {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil
	}
	origin, path := u.Scheme+"://"+u.Host, strings.TrimSuffix(u.EscapedPath(), "/")
	var places []string
	for _, name := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		places = append(places, origin+path+name, origin+name+path)
	}
	return places
}

// endpointAt finds what is served at a path of an origin; empty if nothing is.
func (t *tenant) endpointAt(origin int, path string) endpoint {
	if kind, ok := t.routes[origin][path]; ok {
		return kind
	}
	if origin == t.apiHost && (path == t.apiRoot || strings.HasPrefix(path, t.apiRoot+"/")) {
		return endpointAPI
	}
	return ""
}

// owns tells whether the path lies under this environment's prefix.
func (t *tenant) owns(path string) bool {
	return path == t.prefix || strings.HasPrefix(path, t.prefix+"/")
}

// demoClients are the registrations that are there from the start: a confidential
// client, and where users consent a public one.
func (t *tenant) demoClients() []Client {
	prefix := ""
	if len(t.env.ClientIDPrefixes) > 0 {
		prefix = t.env.ClientIDPrefixes[0]
	}
	demo := Client{
		ID:          prefix + "demo-client",
		Secret:      "demo-secret",
		AnyLoopback: !t.sim.cfg.StrictRedirects,
		ShopFree:    t.provider.Simulator.SkipShopOAuth,
	}
	if uri := t.provider.Defaults.RedirectURI; uri != "" {
		demo.RedirectURIs = []string{uri}
	}
	if !t.provider.HasGrant(flows.GrantAuthorizationCode) {
		// A secret with characters that a form must escape, where a machine and no shell
		// history sends it: an encoding too few or too many shows at once.
		demo.Secret = "demo;secret+1"
		return []Client{demo}
	}
	public := demo
	public.ID, public.Secret = prefix+"demo-public", ""
	return []Client{demo, public}
}

func (t *tenant) jwtAccessTokens() bool {
	f := t.provider.Simulator.AccessTokenFormat
	return f == "jwt" || f == "at+jwt"
}

func (t *tenant) idTokens() bool { return t.provider.Simulator.IssueIDToken }

// acceptedAuth lists the client authentication methods of the token endpoint: those of
// the profile, and if it lists none the client's own. A server that takes a form takes
// HTTP Basic too (RFC 6749 section 2.3.1).
func (t *tenant) acceptedAuth() []flows.AuthMethod {
	if m := t.provider.Simulator.AuthMethods; len(m) > 0 {
		return m
	}
	switch m := t.provider.Dialect.ClientAuth; m {
	case flows.AuthBasic, "":
		return []flows.AuthMethod{flows.AuthBasic}
	case flows.AuthPost:
		return []flows.AuthMethod{flows.AuthPost, flows.AuthBasic}
	default:
		return []flows.AuthMethod{m}
	}
}

// acceptsBody tells whether the token endpoint reads this kind of body.
func (t *tenant) acceptsBody(b flows.BodyEncoding) bool {
	own := t.provider.Dialect.TokenBody
	if own == "" {
		own = flows.BodyForm
	}
	if b == own {
		return true
	}
	methods := t.provider.Simulator.AuthMethods
	return b == flows.BodyJSON && slices.Contains(methods, flows.AuthJSON) || b == flows.BodyForm && slices.Contains(methods, flows.AuthPost)
}

// refreshes tells whether the provider issues refresh tokens at all.
func (t *tenant) refreshes() bool {
	return t.provider.HasGrant(flows.GrantRefreshToken) || t.provider.Lifetimes.RefreshToken > 0
}

// life is a lifetime: the scenario's, the profile's, or the usual one.
func life(scenario, profile, usual time.Duration) time.Duration {
	switch {
	case scenario > 0:
		return scenario
	case profile > 0:
		return profile
	}
	return usual
}
