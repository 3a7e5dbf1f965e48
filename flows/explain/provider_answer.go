package explain

import (
	"fmt"
	"slices"
	"strings"

	"oauthlens/flows"
)

// aboutField speaks of the members of answers.
func aboutField(p flows.Provider, name string) []string {
	d, f, l := p.Dialect, p.Dialect.Fields, p.Lifetimes
	say := []string{envelope(d, name), resultCode(d, name), serverTime(d, name)}
	switch name {
	case "access_token":
		say = append(say, place(f.AccessToken, "$.access_token"))
		if l.AccessToken > 0 {
			say = append(say, "At this provider an access token lives "+words(l.AccessToken)+".")
		}
		if d.NewestTokenOnly {
			say = append(say, "Only the newest access token is good at this provider.")
		}
	case "token_type":
		say = append(say, place(f.TokenType, "$.token_type"), scheme(d))
	case "expires_in":
		say = append(say, place(f.ExpiresIn, "$.expires_in"))
		if d.ExpiryFromToken {
			say = append(say, "If the answer has no lifetime, the exp claim inside the access token counts.")
		}
	case "refresh_token":
		say = append(say, place(f.RefreshToken, "$.refresh_token"), offlineScope(d), rotation(d), refreshLife(p))
	case "id_token":
		say = append(say, place(f.IDToken, "$.id_token"))
	case "scope":
		say = append(say, place(f.Scope, "$.scope"), scopeSeparator(d))
	case "error":
		say = append(say, place(f.Error, "$.error"), failure(d))
	case "error_description":
		say = append(say, place(f.ErrorDescription, "$.error_description"))
	case "request_id":
		say = append(say, place(f.RequestID, "$.request_id"))
	case "authorize_url":
		say = append(say, place(f.AuthorizeURL, "$.authorize_url"))
	}
	return say
}

// place says where a field stands if it is not where the standard has it, or may stand
// elsewhere too.
func place(paths []string, standard string) string {
	if len(paths) == 0 || len(paths) == 1 && paths[0] == standard {
		return ""
	}
	return "At this provider it stands" + at(paths) + "."
}

func at(paths []string) string {
	if len(paths) == 0 {
		return ""
	}
	return " at " + strings.Join(paths, " or ")
}

// envelope recognises a member that wraps the fields of the answer.
func envelope(d flows.Dialect, name string) string {
	for _, path := range d.Fields.AccessToken {
		if strings.HasPrefix(path, "$."+name+".") {
			return "This provider wraps its answer in " + name + ": the token stands at " + path + "."
		}
	}
	return ""
}

func resultCode(d flows.Dialect, name string) string {
	switch path := "$." + name; {
	case d.Success != nil && d.Success.Path == path:
		return "An answer of this provider is a success when this is " + d.Success.Equals + ", whatever the HTTP status says."
	case d.Failure != nil && d.Failure.Path == path:
		return failure(d)
	}
	return ""
}

func failure(d flows.Dialect) string {
	if d.Failure == nil {
		return ""
	}
	if d.Failure.Equals == "" {
		return "An answer of this provider is a failure when " + d.Failure.Path + " is there, whatever the HTTP status says."
	}
	return fmt.Sprintf("An answer of this provider is a failure when %s is %s, whatever the HTTP status says.", d.Failure.Path, d.Failure.Equals)
}

func serverTime(d flows.Dialect, name string) string {
	if d.ServerTime != "" && d.ServerTime == "$."+name {
		return "This is the provider's own clock; this program compares it with the local one."
	}
	return ""
}

func scheme(d flows.Dialect) string {
	if d.AuthScheme == "" || strings.EqualFold(d.AuthScheme, "Bearer") {
		return ""
	}
	return "The API of this provider wants the scheme " + d.AuthScheme + " instead of Bearer."
}

func aboutHeader(p flows.Provider, name string) []string {
	d := p.Dialect
	var say []string
	switch strings.ToLower(name) {
	case "authorization":
		say = append(say, scheme(d))
		if d.ClientAuth == flows.AuthBasic {
			say = append(say, credentialsPlace(d))
		}
		if p.HasGrant(flows.GrantBasic) {
			say = append(say, "An API of this provider takes name and password in the Basic header with every call.")
		}
	case "content-type":
		if d.TokenBody == flows.BodyJSON {
			say = append(say, "This provider takes token requests as application/json.")
		}
	case "date":
		if d.ServerTime != "" {
			say = append(say, "This provider also sends its clock in the body"+at([]string{d.ServerTime})+".")
		}
	}
	for _, h := range d.TokenHeaders {
		if strings.EqualFold(h.Name, name) {
			say = append(say, fmt.Sprintf("This provider always gets %s: %s in token requests.", h.Name, h.Value))
		}
	}
	return say
}

func aboutClaim(p flows.Provider, name string) []string {
	switch name {
	case "exp":
		if p.Lifetimes.AccessToken > 0 {
			return []string{"At this provider an access token lives " + words(p.Lifetimes.AccessToken) + "."}
		}
	case "scope", "scp":
		if p.Simulator.ScopeClaimArray {
			return []string{"In this provider's tokens the scopes are a list."}
		}
	}
	return nil
}

func aboutError(p flows.Provider, name string) []string {
	var say []string
	s := p.Simulator
	switch {
	case name == "invalid_client" && s.InvalidClient != 0 && s.InvalidClient != 401:
		say = append(say, fmt.Sprintf("This provider answers it with status %d instead of 401.", s.InvalidClient))
	case name == "invalid_grant" && s.InvalidGrantCode != "" && s.InvalidGrantCode != name:
		say = append(say, "For a bad authorization code this provider says "+s.InvalidGrantCode+" instead.")
	case name != "" && name == s.InvalidGrantCode && name != "invalid_grant":
		say = append(say, "This is how this provider says that an authorization code is not good.", codeLife(p))
	}
	if s.OmitErrorDescription && say != nil {
		say = append(say, "There is no description beside it.")
	}
	return say
}

func aboutGrant(p flows.Provider, g flows.Grant) []string {
	if len(p.Grants) == 0 {
		return nil
	}
	if !slices.Contains(p.Grants, g) {
		return []string{"The profile of this provider does not have this grant."}
	}
	var say []string
	if g == p.Grants[0] && len(p.Grants) > 1 {
		say = append(say, "This is the usual grant at this provider.")
	}
	for _, c := range p.Dialect.GrantParams {
		if c.Grant == g {
			say = append(say, "It needs "+c.Name+meaning(c.Meaning)+".")
		}
	}
	if slices.Contains(p.Dialect.OmitScope, g) {
		say = append(say, "The token request carries no scope.")
	}
	if g == flows.GrantRefreshToken {
		say = append(say, rotation(p.Dialect), refreshLife(p))
	}
	return say
}

func aboutAuth(p flows.Provider, m flows.AuthMethod) []string {
	if p.Dialect.ClientAuth == "" {
		return nil
	}
	if m == p.Dialect.ClientAuth {
		return []string{credentialsPlace(p.Dialect)}
	}
	if slices.Contains(p.Simulator.AuthMethods, m) {
		return []string{"This provider accepts it too."}
	}
	return []string{"The profile of this provider uses " + string(p.Dialect.ClientAuth) + "."}
}

func aboutStep(p flows.Provider, k flows.StepKind) []string {
	d := p.Dialect
	var say []string
	switch k {
	case flows.StepAuthorizeURL:
		if d.AuthorizeDelivery == flows.DeliverURLFromAPI {
			say = append(say, "At this provider the address comes from a call to its API.")
		}
	case flows.StepAuthorize, flows.StepCallback:
		say = append(say, codeInBody(d))
	case flows.StepExchange:
		say = append(say, credentialsPlace(d), codeLife(p))
		if d.TokenBody == flows.BodyJSON {
			say = append(say, "The body is JSON, not a form.")
		}
	case flows.StepRefresh:
		say = append(say, offlineScope(d), rotation(d), refreshLife(p))
	case flows.StepRevoke:
		say = append(say, missing(p, func(e flows.Endpoints) string { return e.Revocation }, "revocation endpoint"), revokeForm(d))
	case flows.StepIntrospect:
		say = append(say, missing(p, func(e flows.Endpoints) string { return e.Introspection }, "introspection endpoint"))
	case flows.StepUserInfo:
		say = append(say, missing(p, func(e flows.Endpoints) string { return e.UserInfo }, "userinfo endpoint"))
	case flows.StepJWKS:
		say = append(say, missing(p, func(e flows.Endpoints) string { return e.JWKS + e.Issuer + e.Discovery }, "key set"))
	case flows.StepDiscovery:
		say = append(say, missing(p, func(e flows.Endpoints) string { return e.Issuer + e.Discovery }, "discovery document"))
	}
	for _, n := range p.Notes {
		if n.Step == k {
			say = append(say, strings.TrimSuffix(n.Text, ".")+".")
		}
	}
	return say
}

// missing says that no environment of the provider has the endpoint.
func missing(p flows.Provider, endpoint func(flows.Endpoints) string, what string) string {
	if len(p.Environments) == 0 {
		return ""
	}
	for _, e := range p.Environments {
		if endpoint(e.Endpoints) != "" {
			return ""
		}
	}
	return "No " + what + " of this provider is known."
}
