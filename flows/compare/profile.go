package compare

import (
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/flows/redact"
)

// Profiles compares two environments of a provider without any run: what the profile says
// about them, and what their metadata documents say where they were fetched (nil: they
// were not).
func Profiles(p flows.Provider, a, b flows.Environment, metaA, metaB *protocol.Metadata) Comparison {
	x := pair{a: profileSide(p, a), b: profileSide(p, b)}
	x.name(Options{})
	c := Comparison{A: x.a.about, B: x.b.about, Steps: []string{StepProfile}}
	for _, d := range align(&x, StepProfile, profileFacts(a), profileFacts(b)) {
		c.add(d)
	}
	if metaA != nil && metaB != nil {
		step := string(flows.StepDiscovery)
		c.Steps = append(c.Steps, step)
		for _, d := range align(&x, step, readMetadata(*metaA), readMetadata(*metaB)) {
			c.add(d)
		}
	}
	c.sort()
	return c
}

// StepProfile is the step of what the profile declares.
const StepProfile = "profile"

func profileSide(p flows.Provider, e flows.Environment) side {
	s := side{start: flows.RunStarted{Provider: p, Environment: e}, mask: redact.New(flows.FingerprintKey{}, nil)}
	s.about = Side{Provider: p.Name, Environment: e.Name}
	s.declare(e.Endpoints, flows.Settings{})
	return s
}

func profileFacts(e flows.Environment) []fact {
	var out []fact
	for _, f := range endpointsOf(e.Endpoints) {
		if f.value != "" {
			out = append(out, fact{area: areaProfile, name: f.name, path: "endpoints." + f.name, value: f.value})
		}
	}
	if len(e.ClientIDPrefixes) > 0 {
		out = append(out, fact{area: areaProfile, name: "client id prefix", path: "client_id_prefixes", list: e.ClientIDPrefixes, isList: true})
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

// readMetadata gives the metadata the facts that the document itself has.
func readMetadata(m protocol.Metadata) []fact {
	var out []fact
	add := func(f fact) {
		f.area, f.path = areaMetadata, "response.body$."+f.name
		out = append(out, f)
	}
	for _, f := range endpointsOf(m.Endpoints) {
		if f.value != "" && f.name != "discovery" && f.name != "api" {
			add(fact{name: f.name, value: f.value})
		}
	}
	for _, l := range []struct {
		name   string
		values []string
	}{
		{"grant_types_supported", m.Grants}, {"token_endpoint_auth_methods_supported", m.AuthMethods},
		{"code_challenge_methods_supported", m.PKCEMethods}, {"scopes_supported", m.Scopes},
	} {
		if l.values != nil {
			add(fact{name: l.name, list: slices.Clone(l.values), isList: true})
		}
	}
	for name, on := range map[string]bool{"authorization_response_iss_parameter_supported": m.IssInReply, "require_pushed_authorization_requests": m.RequirePAR} {
		if on {
			add(fact{name: name, value: "true"})
		}
	}
	slices.SortStableFunc(out, func(a, b fact) int { return strings.Compare(a.name, b.name) })
	return out
}
