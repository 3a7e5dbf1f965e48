package jose

import "strings"

// madeFor says what the tokens are that name their kind in typ (RFC 8725 section 3.11).
func madeFor(typ string) (what string, known bool) {
	switch typ {
	case "at+jwt":
		return "an access token (RFC 9068)", true
	case "dpop+jwt":
		return "a DPoP proof", true
	case "logout+jwt":
		return "a logout token", true
	case "secevent+jwt":
		return "a security event", true
	case "token-introspection+jwt":
		return "an introspection answer", true
	case "oauth-authz-req+jwt":
		return "an authorization request", true
	case "client-authentication+jwt":
		return "a client assertion", true
	case "authorization-grant+jwt":
		return "an authorization grant", true
	case "entity-statement+jwt":
		return "a statement about an entity", true
	case "txntoken+jwt":
		return "a transaction token", true
	case "dc+sd-jwt":
		return "a credential", true
	case "kb+jwt":
		return "a proof of key binding", true
	}
	return "", false
}

// logoutEvent is the member of events that makes a logout token (OpenID Connect
// Back-Channel Logout 1.0 section 2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// kind refuses a token whose typ, or whose claims, say that it is made for something else.
// An ID token has no type of its own: whatever names another kind is not one.
func (v *verifier) kind() {
	const spec = "RFC 8725 section 3.11"
	typ := strings.TrimPrefix(strings.ToLower(v.jwt.Typ), "application/")
	if v.expect.Of != OfAccessToken && v.expect.Of != OfIDToken {
		if typ != "" {
			v.add(Skipped, CheckType, "typ", "", spec, "The header's typ is "+shown(v.jwt.Typ)+"; what the token is used for is not known.")
		}
		return
	}
	name := map[string]string{OfAccessToken: "access token", OfIDToken: "ID token"}[v.expect.Of]
	what, known := madeFor(typ)
	switch own := typ == "at+jwt" && v.expect.Of == OfAccessToken; {
	case own:
		v.add(Passed, CheckType, "typ", "", "RFC 9068 section 4", "The header's typ at+jwt says that this is an access token.")
	case known:
		v.add(Failed, CheckType, "typ", CodeWrongKind, spec, "The header's typ is "+shown(v.jwt.Typ)+": this is "+what+", not an "+name+".")
	case v.expect.Of == OfIDToken && strings.HasSuffix(typ, "+jwt") && typ != "id_token+jwt" && typ != "id+jwt":
		v.add(Failed, CheckType, "typ", CodeWrongKind, spec, "The header's typ is "+shown(v.jwt.Typ)+": the token names another kind than an ID token, which has none or \"JWT\".")
	}
	if v.expect.Of == OfIDToken && v.jwt.ClaimsDoc != nil && v.jwt.ClaimsDoc.Root.Member("events").Member(logoutEvent) != nil {
		v.add(Failed, CheckType, "events", CodeWrongKind, "OpenID Connect Back-Channel Logout 1.0 section 2.4", "The claim \"events\" says that this is a logout token, not an ID token.")
	}
}
