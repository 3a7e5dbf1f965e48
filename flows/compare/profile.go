package compare

import (
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
)

// Place is an environment of a provider.
type Place struct {
	Provider    flows.Provider
	Environment flows.Environment
	Simulated   bool // the endpoints are the simulator's
}

// Profiles compares two environments, of one provider or of two, without any run: what the
// profiles say about them. What their metadata documents say comes from [Comparison.WithDiscovery].
func Profiles(a, b Place) Comparison {
	x := pair{a: profileSide(a), b: profileSide(b)}
	x.name(Options{})
	c := Comparison{A: x.a.about, B: x.b.about, Steps: []string{StepProfile}}
	for _, d := range align(&x, StepProfile, profileFacts(a), profileFacts(b)) {
		c.add(d)
	}
	c.sort()
	return c
}

// WithDiscovery adds what the metadata documents of both sides say: the discovery of a
// comparison of two runs that did nothing else.
func (c Comparison) WithDiscovery(runs Comparison) Comparison {
	out := c
	out.Steps, out.Differences = slices.Clone(c.Steps), slices.Clone(c.Differences)
	for _, step := range runs.Steps {
		if name, _, _ := strings.Cut(step, "["); name == string(flows.StepDiscovery) {
			out.Steps = append(out.Steps, step)
			out.Differences = append(out.Differences, runs.Of(step)...)
		}
	}
	out.sort()
	return out
}

// StepProfile is the step of what the profile declares.
const StepProfile = "profile"

func profileSide(p Place) side {
	s := side{session: session.New(""), start: flows.RunStarted{Provider: p.Provider, Environment: p.Environment}, mask: redact.New(flows.FingerprintKey{}, nil)}
	s.about = Side{Provider: p.Provider.Name, Title: p.Provider.Title, Environment: p.Environment.Name, Simulated: p.Simulated}
	s.declare(p.Environment.Endpoints, flows.Settings{})
	return s
}

// profileFacts are what a profile declares: of the environment, and, for the comparison of
// two providers, of the provider.
func profileFacts(p Place) []fact {
	var out []fact
	for _, f := range endpointsOf(p.Environment.Endpoints) {
		if f.value != "" {
			out = append(out, fact{area: areaProfile, name: f.name, path: "endpoints." + f.name, value: f.value})
		}
	}
	list := func(name string, values []string) {
		if len(values) > 0 {
			out = append(out, fact{area: areaProfile, name: strings.ReplaceAll(name, "_", " "), path: name, list: values, isList: true})
		}
	}
	one := func(name, value string) {
		if value != "" && value != "0 s" {
			out = append(out, fact{area: areaProfile, name: strings.ReplaceAll(name, "_", " "), path: name, value: value})
		}
	}
	list("client_id_prefixes", p.Environment.ClientIDPrefixes)
	d := p.Provider.Dialect
	list("grants", texts(p.Provider.Grants))
	one("client_authentication", string(d.ClientAuth))
	one("token_request_body", string(d.TokenBody))
	one("pkce", string(d.PKCEMethod))
	one("scope_separator", separator(d.ScopeSeparator))
	list("scopes", scopeNames(p.Provider.Scopes))
	one("access_token_life", life(p.Provider.Lifetimes.AccessToken))
	one("refresh_token_life", life(p.Provider.Lifetimes.RefreshToken))
	one("refresh_token_rotation", string(d.Rotation))
	one("offline_scope", d.OfflineScope)
	return out
}

func texts[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}

func scopeNames(in []flows.Scope) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = s.Name
	}
	return out
}

// endpointsOf lists the endpoints by their names in a metadata document (RFC 8414 section
// 2), or in a profile where that has none.
func endpointsOf(e flows.Endpoints) []stand {
	return []stand{
		{e.Issuer, "issuer"}, {e.Authorization, "authorization_endpoint"}, {e.AuthorizeURL, "authorize_url"}, {e.Token, "token_endpoint"},
		{e.Revocation, "revocation_endpoint"}, {e.Introspection, "introspection_endpoint"}, {e.UserInfo, "userinfo_endpoint"}, {e.JWKS, "jwks_uri"},
		{e.PAR, "pushed_authorization_request_endpoint"}, {e.Device, "device_authorization_endpoint"}, {e.Discovery, "discovery"}, {e.API, "api"},
	}
}
