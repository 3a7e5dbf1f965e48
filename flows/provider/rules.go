package provider

import (
	"slices"
	"strconv"
	"strings"

	"oauthlens/flows"
)

// profile checks what no single value shows: members that need or exclude each other.
func (c *checker) profile(p profile, root *node) {
	at := func(key string) place { return root.find(key).value }
	base := c.file[strings.LastIndexAny(c.file, `/\`)+1:] // of a path of any system
	if stem, ok := strings.CutSuffix(base, ".toml"); ok && stem != p.Name {
		c.add(at("name"), "name is "+strconv.Quote(p.Name)+" in the file "+base, strconv.Quote(stem)+", or a file of that name")
	}
	c.unique(root, "environments", len(p.Environments), func(i int) string { return p.Environments[i].Name })
	c.unique(root, "scopes", len(p.Scopes), func(i int) string { return p.Scopes[i].Name })
	c.unique(root, "calls", len(p.Calls), func(i int) string { return p.Calls[i].Name })
	if len(p.Grants) == 0 {
		c.add(at("grants"), "grants is an empty list", "at least one grant")
	}
	if len(p.Sources) == 0 {
		c.add(at("sources"), "sources is an empty list", "at least one source")
	}
	if len(p.Environments) == 0 {
		c.add(at("environments"), "environments is an empty list", "at least one environment")
	}
	c.endpoints(p, at)
	c.dialect(p, at)
	for i, s := range p.Scopes {
		for _, g := range s.Grants {
			if !slices.Contains(p.Grants, g) {
				c.add(at("scopes["+strconv.Itoa(i)+"].grants"), "scope "+s.Name+" is for the grant "+g+", which the profile does not list", "a grant of "+strings.Join(p.Grants, ", "))
			}
		}
	}
	for i, m := range p.Simulator.Members {
		if !isJSON(m.Value) {
			c.add(at("simulator.members["+strconv.Itoa(i)+"].value"), "the value of "+m.Name+" is "+quoteShort(m.Value), `JSON text, such as 200 or "\"abc\""`)
		}
	}
	if s := p.Simulator.InvalidClient; s != 0 && (s < 200 || s > 599) {
		c.add(at("simulator.invalid_client"), "invalid_client is "+strconv.Itoa(s), "an HTTP status from 200 to 599")
	}
	if s := p.Simulator.ExpiresIn; s < 0 {
		c.add(at("simulator.expires_in"), "expires_in is "+strconv.Itoa(s), "seconds, 0 or more")
	}
	c.sources(p, root)
}

func (c *checker) unique(root *node, list string, n int, name func(int) string) {
	seen := map[string]bool{}
	for i := range n {
		if seen[name(i)] {
			key := list + "[" + strconv.Itoa(i) + "].name"
			c.add(root.find(key).value, "duplicate: "+list+" has "+strconv.Quote(name(i))+" twice", "each name once")
		}
		seen[name(i)] = true
	}
}

// endpoints checks that each environment has what the grants need. An environment
// without any endpoint is for the user to fill in, by flags or discovery.
func (c *checker) endpoints(p profile, at func(string) place) {
	has := func(g flows.Grant) bool { return slices.Contains(p.Grants, string(g)) }
	token := has(flows.GrantAuthorizationCode) || has(flows.GrantClientCredentials) || has(flows.GrantRefreshToken)
	for i, e := range p.Environments {
		if e.Endpoints == (endpoints{}) {
			continue
		}
		key := "environments[" + strconv.Itoa(i) + "].endpoints"
		if e.Endpoints.Issuer != "" || e.Endpoints.Discovery != "" {
			if e.Endpoints.Token == "" {
				continue // the rest comes from the metadata document
			}
		}
		if token && e.Endpoints.Token == "" {
			c.add(at(key), "environment "+e.Name+" has no token endpoint", "token: an absolute https URL")
		}
		if has(flows.GrantAuthorizationCode) && e.Endpoints.Authorization == "" && e.Endpoints.AuthorizeURL == "" {
			c.add(at(key), "environment "+e.Name+" has no authorization endpoint", "authorization: an absolute https URL")
		}
		if p.Dialect.AuthorizeDelivery == string(flows.DeliverURLFromAPI) && e.Endpoints.AuthorizeURL == "" {
			c.add(at(key), "environment "+e.Name+" has no authorize_url, which authorize_delivery = \"url_from_api\" needs", "authorize_url: an absolute https URL")
		}
	}
}

func (c *checker) dialect(p profile, at func(string) place) {
	d := p.Dialect
	json := string(flows.BodyJSON)
	if d.ClientAuth == string(flows.AuthJSON) && d.TokenBody != json {
		c.add(at("dialect.client_auth"), "client_auth is client_secret_json but token_body is not json", `token_body = "json"`)
	}
	if d.ClientAuth == string(flows.AuthPost) && d.TokenBody == json {
		c.add(at("dialect.client_auth"), "client_auth is client_secret_post but token_body is json", "client_secret_json, credentials as members of the JSON body")
	}
	if d.PKCE == string(flows.SupportRefused) && d.PKCEMethod != "" && d.PKCEMethod != string(flows.PKCEOff) {
		c.add(at("dialect.pkce_method"), "pkce_method is "+d.PKCEMethod+" but pkce is refused", "off, or none")
	}
	if d.PKCE == string(flows.SupportRequired) && d.PKCEMethod == string(flows.PKCEOff) {
		c.add(at("dialect.pkce_method"), "pkce_method is off but pkce is required", "S256 or plain")
	}
	if d.OfflineScope != "" && !slices.ContainsFunc(p.Scopes, func(s scope) bool { return s.Name == d.OfflineScope }) {
		c.add(at("dialect.offline_scope"), "offline_scope "+d.OfflineScope+" is not among the scopes", "a [[scopes]] table of that name")
	}
	if d.CodeInBody && !slices.Contains(p.Grants, string(flows.GrantAuthorizationCode)) {
		c.add(at("dialect.code_in_body"), "code_in_body without the grant authorization_code", "authorization_code among the grants")
	}
	for i, g := range d.GrantParams {
		if !slices.Contains(p.Grants, g.Grant) {
			c.add(at("dialect.grant_params["+strconv.Itoa(i)+"].grant"), "the parameter "+g.Name+" is for the grant "+g.Grant+", which the profile does not list", "a grant of "+strings.Join(p.Grants, ", "))
		}
	}
	for _, g := range d.OmitScope {
		if !slices.Contains(p.Grants, g) {
			c.add(at("dialect.omit_scope"), "omit_scope names the grant "+g+", which the profile does not list", "a grant of "+strings.Join(p.Grants, ", "))
		}
	}
}

// sources checks that the keys that a source claims to support exist.
func (c *checker) sources(p profile, root *node) {
	for i, s := range p.Sources {
		for j, f := range s.Fields {
			if !fieldExists(p, root, f) {
				key := "sources[" + strconv.Itoa(i) + "].fields[" + strconv.Itoa(j) + "]"
				c.add(root.find(key).value, "the file has no "+quoteShort(f), c.forms["field"].expect)
			}
		}
	}
}

// fieldExists tells whether a dotted key stands in the file. An element of a list is
// named by its name: environments.sandbox.endpoints, scopes.payments.
func fieldExists(p profile, root *node, field string) bool {
	n := root
	rest := field
	for rest != "" {
		if n.kind == "list" {
			item, after := itemNamed(n, rest)
			if item == nil {
				return false
			}
			n, rest = item, after
			continue
		}
		name, after, _ := strings.Cut(rest, ".")
		child := n.table[name]
		if child == nil {
			return false
		}
		n, rest = child, after
	}
	return true
}

// itemNamed finds the element of a list of tables whose name begins rest; names may
// contain dots, so the longest one wins.
func itemNamed(list *node, rest string) (*node, string) {
	var best *node
	after, length := "", -1
	for _, item := range list.items {
		name := item.table["name"]
		if name == nil || len(name.text) <= length {
			continue
		}
		if tail, ok := strings.CutPrefix(rest, name.text); ok && (tail == "" || tail[0] == '.') {
			best, after, length = item, strings.TrimPrefix(tail, "."), len(name.text)
		}
	}
	return best, after
}
