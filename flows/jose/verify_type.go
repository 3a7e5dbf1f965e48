package jose

import "strings"

// madeFor says what the tokens are that name their kind in typ (RFC 8725 section 3.11).
var madeFor = map[string]string{
	"at+jwt":                    "an access token (RFC 9068)",
	"dpop+jwt":                  "a DPoP proof",
	"logout+jwt":                "a logout token",
	"secevent+jwt":              "a security event",
	"token-introspection+jwt":   "an introspection answer",
	"oauth-authz-req+jwt":       "an authorization request",
	"client-authentication+jwt": "a client assertion",
	"authorization-grant+jwt":   "an authorization grant",
	"entity-statement+jwt":      "a statement about an entity",
	"txntoken+jwt":              "a transaction token",
	"dc+sd-jwt":                 "a credential",
	"kb+jwt":                    "a proof of key binding",
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
	what, known := madeFor[typ]
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
