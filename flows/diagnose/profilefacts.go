package diagnose

import (
	"slices"
	"strings"

	"oauthlens/flows"
)

// fact finds what is known by a host: from the profiles where it is an endpoint of one, or
// else from the table, or else from the profiles by the host's site.
func (c *Case) fact(host string) *fact {
	if host == "" {
		return nil
	}
	f, done := c.factsByHost[host]
	if !done {
		f = c.findFact(host)
		if c.factsByHost == nil {
			c.factsByHost = map[string]*fact{}
		}
		c.factsByHost[host] = f
	}
	return f
}

func (c *Case) findFact(host string) *fact {
	if c.profileFacts == nil {
		known := c.opts.Providers
		for _, own := range c.runProvider() { // a run from the history brings its profile along
			if own.Name != "custom" && !slices.ContainsFunc(known, func(p flows.Provider) bool { return p.Name == own.Name }) {
				known = append(slices.Clone(known), own)
			}
		}
		made := factsOf(known)
		c.profileFacts = &made
	}
	for _, f := range *c.profileFacts {
		if contains(f.hosts, host) {
			return f
		}
	}
	if f := factFor(host); f != nil {
		return f
	}
	for _, f := range *c.profileFacts {
		if slices.ContainsFunc(f.hosts, func(h string) bool { return factFor(h) == nil && siteOf(h) == siteOf(host) }) {
			return f
		}
	}
	return nil
}

// factsOf makes a fact of the profiles of each provider. A provider may have several, such
// as one for payments and one for data, at the same hosts: what any of them knows is known.
func factsOf(providers []flows.Provider) []*fact {
	var out []*fact
	for i := range providers {
		p := &providers[i]
		f := factOfProfile(p)
		if len(f.hosts) == 0 {
			continue
		}
		k := slices.IndexFunc(out, func(o *fact) bool {
			return slices.ContainsFunc(f.hosts, func(h string) bool { return contains(o.hosts, h) })
		})
		if k < 0 {
			out = append(out, &f)
			continue
		}
		out[k].join(f)
	}
	return out
}

func factOfProfile(p *flows.Provider) fact {
	f := fact{name: p.Title, profile: p, codeLife: p.Lifetimes.Code, consent: p.Lifetimes.Consent, separator: p.Dialect.ScopeSeparator,
		noRefresh: !slices.Contains(p.Grants, flows.GrantRefreshToken), jsonToken: p.Dialect.TokenBody == flows.BodyJSON,
		newestOnly: p.Dialect.NewestTokenOnly, scheme: p.Dialect.AuthScheme}
	if f.separator == " " { // the specifications' own ways are no facts about a provider
		f.separator = ""
	}
	if strings.EqualFold(f.scheme, "Bearer") {
		f.scheme = ""
	}
	if p.Dialect.OfflineScope != "" {
		f.offline = "scope:" + p.Dialect.OfflineScope
	}
	f.bothToken = slices.Contains(p.Simulator.AuthMethods, flows.AuthJSON) && len(p.Simulator.AuthMethods) > 1
	for _, e := range p.Environments {
		for _, u := range [...]string{e.Endpoints.Token, e.Endpoints.Authorization, e.Endpoints.Issuer, e.Endpoints.API} {
			if h := readTarget(u).host; h != "" && !isLoopback(h) && !contains(f.hosts, h) {
				f.hosts = append(f.hosts, h)
			}
		}
	}
	return f
}

// join takes over what another profile of the same provider knows.
func (f *fact) join(o fact) {
	f.hosts = append(f.hosts, o.hosts...)
	f.name = commonTitle(f.name, o.name)
	if f.codeLife == 0 && f.consent == 0 && f.offline == "" {
		f.profile = o.profile // the one whose fields are used
	}
	f.codeLife, f.consent = max(f.codeLife, o.codeLife), max(f.consent, o.consent)
	f.separator, f.offline, f.scheme = orElse(f.separator, o.separator), orElse(f.offline, o.offline), orElse(f.scheme, o.scheme)
	f.noRefresh, f.newestOnly = f.noRefresh && o.noRefresh, f.newestOnly || o.newestOnly
	f.jsonToken, f.bothToken = f.jsonToken || o.jsonToken, f.bothToken || o.bothToken
}

// commonTitle is the words with which two titles begin, or the first title.
func commonTitle(a, b string) string {
	x, y := strings.Fields(a), strings.Fields(b)
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	if n == 0 {
		return a
	}
	return strings.Join(x[:n], " ")
}

// profileSourced tells whether a profile's key is more than a guess: the sources of a
// profile say which of its claims are. A key that no source names is its author's word.
func profileSourced(p *flows.Provider, key string) bool {
	guessed := false
	for _, s := range p.Sources {
		for _, k := range s.Fields {
			if k != key && !strings.HasPrefix(key, k+".") {
				continue
			}
			if s.Status != "unverified" && s.Status != "inferred" {
				return true
			}
			guessed = true
		}
	}
	return !guessed
}
