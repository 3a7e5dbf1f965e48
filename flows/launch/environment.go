package launch

import (
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/session"
)

// DefaultEnvironment is the simulator, but for a provider whose endpoints are all given by
// hand.
func DefaultEnvironment(p flows.Provider) string {
	if _, custom := p.Environment(flows.EnvCustom); custom {
		return flows.EnvCustom
	}
	return flows.EnvSimulator
}

func noEnvironment(p flows.Provider, name string) error {
	names := []string{flows.EnvSimulator}
	for _, e := range p.Environments {
		if e.Name == flows.EnvCustom {
			names = nil
		}
		names = append(names, e.Name)
	}
	return usage("%s has no environment %q: it has %s", p.Title, name, strings.Join(names, ", "))
}

func realEnvironment(r *Request, name string) (flows.Environment, error) {
	env, ok := r.Provider.Environment(name)
	if !ok {
		return flows.Environment{}, noEnvironment(r.Provider, name)
	}
	overlay(&env.Endpoints, r.Endpoints)
	return env, nil
}

// byHandEnvironment is made of the endpoints given. What is needed and was not given is
// taken from the profile's environment of that name, or its sandbox, or its first.
func byHandEnvironment(r *Request, name string) flows.Environment {
	base, ok := r.Provider.Environment(name)
	if !ok {
		if base, ok = r.Provider.Environment(flows.EnvSandbox); !ok && len(r.Provider.Environments) > 0 {
			base = r.Provider.Environments[0]
		}
	}
	env := flows.Environment{Name: base.Name, Endpoints: r.Endpoints, ClientIDPrefixes: base.ClientIDPrefixes}
	if r.Endpoints.Issuer == "" {
		used := false
		for _, f := range []struct{ target, profile *string }{
			{&env.Endpoints.Authorization, &base.Endpoints.Authorization}, {&env.Endpoints.AuthorizeURL, &base.Endpoints.AuthorizeURL},
			{&env.Endpoints.Token, &base.Endpoints.Token},
		} {
			if *f.target == "" && *f.profile != "" && neededFor(r, f.target == &env.Endpoints.Token) {
				*f.target, used = *f.profile, true
			}
		}
		if !used && !ok || !used && name == flows.EnvSimulator {
			env.Name = flows.EnvCustom
		}
	} else if name == flows.EnvSimulator {
		env.Name = flows.EnvCustom
	}
	if env.Name == flows.EnvCustom {
		env.ClientIDPrefixes = nil // they belong to the provider's own servers
	}
	return env
}

// neededFor tells whether the grant uses the endpoint.
func neededFor(r *Request, token bool) bool {
	return token && r.Grant != flows.GrantBasic || !token && r.Grant == flows.GrantAuthorizationCode
}

func overlay(target *flows.Endpoints, given flows.Endpoints) {
	for _, f := range []struct{ target, given *string }{
		{&target.JWKS, &given.JWKS}, {&target.Revocation, &given.Revocation}, {&target.Introspection, &given.Introspection},
		{&target.UserInfo, &given.UserInfo}, {&target.API, &given.API},
	} {
		if *f.given != "" {
			*f.target = *f.given
		}
	}
}

// checkEndpoints refuses a run whose grant needs an endpoint that nobody gave.
func checkEndpoints(start *flows.RunStarted) error {
	e := start.Environment.Endpoints
	if e.Issuer != "" && (e.Token == "" || e.Authorization == "") {
		return nil // discovery will tell
	}
	var missing []string
	if start.Grant == flows.GrantAuthorizationCode && e.Authorization == "" && e.AuthorizeURL == "" {
		missing = append(missing, "--authorize-url")
	}
	if start.Grant != flows.GrantBasic && e.Token == "" {
		missing = append(missing, "--token-url")
	}
	if len(missing) > 0 {
		return usage("the endpoints of this run are not known: give %s, or --issuer to discover them", strings.Join(missing, " and "))
	}
	return nil
}

func faultApplies(f flows.Fault, start *flows.RunStarted) string {
	return session.FaultApplies(f, start.Provider, start.Grant)
}
