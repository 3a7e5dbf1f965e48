package explain

import (
	"strconv"
	"strings"

	"oauthlens/flows"
)

// Param explains a parameter as it stands in the message in. If that message has none of
// the name, the others are asked in the order in which a flow meets them; client
// authentication, for one, is the same at every endpoint.
func Param(name string, in Context) (Entry, bool) {
	if e, ok := find(KindParam, in, name); ok {
		return e, true
	}
	for _, other := range fallback(in) {
		if e, ok := find(KindParam, other, name); ok {
			return e, true
		}
	}
	return Entry{}, false
}

// fallback is where else to look. A pushed request has the parameters of the
// authorization request first.
func fallback(in Context) []Context {
	switch in {
	case InAuthorize, InPAR, InLogout, "":
		return []Context{InAuthorize, InToken, InCallback, InRevoke, InDevice, InLogout}
	case InCallback:
		return []Context{InAuthorize, InToken}
	}
	return []Context{InToken, InRevoke, InAuthorize, InCallback}
}

// ContextOf is the context of the parameters that the step sends or receives.
func ContextOf(step flows.StepKind) Context {
	switch step {
	case flows.StepAuthorizeURL, flows.StepAuthorize:
		return InAuthorize
	case flows.StepCallback:
		return InCallback
	case flows.StepRevoke:
		return InRevoke
	case flows.StepIntrospect:
		return InIntrospect
	case flows.StepDevice:
		return InDevice
	case flows.StepPAR:
		return InPAR
	}
	return InToken
}

// Header explains an HTTP header field; the name is compared without case.
func Header(name string) (Entry, bool) { return find(KindHeader, "", name) }

// Claim explains a claim of a JWT, an introspection or a userinfo answer. A name that is
// a URL is a private claim (RFC 7519 section 4.2) and explained as such.
func Claim(name string) (Entry, bool) {
	if e, ok := find(KindClaim, "", name); ok {
		return e, true
	}
	if strings.HasPrefix(name, "https://") || strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "urn:") {
		return Entry{
			Kind: KindClaim, Name: name, Short: "the issuer's own claim", Reader: apiOr, Spec: "RFC 7519 section 4.2",
			What: "A claim of the issuer's own. It is named by an address so that it cannot clash with anybody else's; the address need not exist.",
		}, true
	}
	return Entry{}, false
}

// JOSE explains a member of a JWT's header.
func JOSE(name string) (Entry, bool) { return find(KindJOSE, "", name) }

// KeyMember explains a member of a JWK Set or of a key in it.
func KeyMember(name string) (Entry, bool) { return find(KindKey, "", name) }

// Error explains an error code. Numbers of a family that is not listed one by one
// (AADSTS...) get the text of the family.
func Error(code string) (Entry, bool) {
	if e, ok := find(KindError, "", code); ok {
		return e, true
	}
	if digits, ok := strings.CutPrefix(code, "AADSTS"); ok && digits != "" && strings.Trim(digits, "0123456789") == "" {
		return Entry{
			Kind: KindError, Name: code, Short: "the provider's error number", Reader: client, Spec: nonStandard,
			What: "A number of the provider that says more exactly what went wrong; its documentation lists them all.",
		}, true
	}
	return Entry{}, false
}

// Field explains a member of a token, device, PAR, introspection or userinfo answer.
func Field(name string) (Entry, bool) {
	if e, ok := find(KindField, "", name); ok {
		return e, true
	}
	return Claim(name)
}

// Metadata explains a member of a discovery document.
func Metadata(name string) (Entry, bool) { return find(KindMetadata, "", name) }

// Grant explains a grant.
func Grant(g flows.Grant) (Entry, bool) { return find(KindGrant, "", string(g)) }

// Auth explains a client authentication method.
func Auth(m flows.AuthMethod) (Entry, bool) { return find(KindAuth, "", string(m)) }

// Step explains a step of a flow: what happens in it, and who acts.
func Step(k flows.StepKind) (Entry, bool) { return find(KindStep, "", string(k)) }

// Stage explains where the cause of a finding lies; the names are those of
// flows.Finding.Stage.
func Stage(name string) (Entry, bool) { return find(KindStage, "", name) }

// Timing explains a stage of one exchange: dns, connect, proxy, tls, send, wait, receive.
func Timing(name string) (Entry, bool) { return find(KindTiming, "", name) }

// Check explains a check of a JWT: "signature", "issuer", "time" and the others of
// jose.Verdict.Check.
func Check(name string) (Entry, bool) { return find(KindCheck, "", name) }

// Scope explains a scope value that many providers share; the others are explained by
// [ForProvider] out of the profile.
func Scope(name string) (Entry, bool) { return find(KindScope, "", name) }

// Algorithm explains a value of alg or enc in a JWT's header.
func Algorithm(name string) (Entry, bool) { return find(KindAlg, "", name) }

// Status explains an HTTP status code by what it means in an OAuth flow; a code that is
// not listed gets the text of its class.
func Status(code int) (Entry, bool) {
	if e, ok := find(KindStatus, "", strconv.Itoa(code)); ok {
		return e, true
	}
	if code < 100 || code > 599 {
		return Entry{}, false
	}
	class := statusClasses[code/100]
	return Entry{Kind: KindStatus, Name: strconv.Itoa(code), Short: class[0], What: class[1], Reader: client, Spec: "RFC 9110 section 15"}, true
}

// statusClasses are the hundreds of RFC 9110 section 15.
var statusClasses = [...][2]string{
	1: {"not the answer yet", "An interim message; the answer proper follows."},
	2: {"it worked, says HTTP", "The request worked, as far as HTTP is concerned."},
	3: {"go elsewhere", "The answer is to be had elsewhere."},
	4: {"the request is wrong", "The server refuses the request as it is."},
	5: {"the server broke down", "The server failed, or something in front of it did."},
}

// Format explains how a token can be read.
func Format(f flows.TokenFormat) (Entry, bool) { return find(KindFormat, "", string(f)) }

// Lookup finds an entry by its kind. A parameter without a context is looked for in
// every one; the kind may carry the context, as in [Parse]. What is no claim is looked
// for among the checks, since the rows of both stand in one table.
func Lookup(kind Kind, name string) (Entry, bool) {
	kind, in := Parse(string(kind))
	switch kind {
	case KindParam:
		return Param(name, in)
	case KindClaim:
		if e, ok := Claim(name); ok {
			return e, true
		}
		return Check(name)
	case KindError:
		return Error(name)
	case KindField:
		return Field(name)
	case KindStatus:
		code, err := strconv.Atoi(name)
		if err != nil {
			return Entry{}, false
		}
		return Status(code)
	}
	return find(kind, "", name)
}

// Short gives the few words for the right-hand column of a table, or "" if the thing is
// not known. Kind is read as in [Lookup].
func Short(kind Kind, name string) string {
	e, _ := Lookup(kind, name)
	return e.Short
}

// Link returns the address of the specification that an entry or a finding names, or ""
// if it names none that has an address. "RFC 6749 section 4.1.3" and the shorter
// "RFC 6749 4.1.3" are both read; of several, divided by semicolons, it is the first.
func Link(spec string) string {
	spec, _, _ = strings.Cut(spec, ";")
	if rest, ok := strings.CutPrefix(spec, "RFC "); ok {
		return linkRFC(rest)
	}
	for _, known := range specAddresses {
		place, ok := strings.CutPrefix(spec, known[0])
		if !ok {
			continue
		}
		if n := sectionNumber(place); n != "" {
			return known[1] + "#rfc.section." + n
		}
		return known[1]
	}
	return ""
}

// linkRFC makes the address out of what follows "RFC ".
func linkRFC(rest string) string {
	number, place, _ := strings.Cut(rest, " ")
	if number == "" || strings.Trim(number, "0123456789") != "" {
		return ""
	}
	link := "https://www.rfc-editor.org/rfc/rfc" + number
	for _, word := range [...]string{"appendix ", "App. "} {
		if letter, ok := strings.CutPrefix(place, word); ok {
			return link + "#appendix-" + letter
		}
	}
	if n := sectionNumber(place); n != "" {
		return link + "#section-" + n
	}
	return link
}

// sectionNumber takes the first number out of " section 4.1.3" or "4.1, 4.2" or
// "4.1-4.3".
func sectionNumber(place string) string {
	place = strings.TrimPrefix(strings.TrimSpace(place), "section ")
	end := strings.IndexFunc(place, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end >= 0 {
		place = place[:end]
	}
	return strings.Trim(place, ".")
}

// specAddresses are the documents besides RFCs, by the names that the entries use.
var specAddresses = [...][2]string{
	{"OIDC Core", "https://openid.net/specs/openid-connect-core-1_0.html"},
	{"OIDC Discovery", "https://openid.net/specs/openid-connect-discovery-1_0.html"},
	{"OpenID Connect Core 1.0", "https://openid.net/specs/openid-connect-core-1_0.html"},
	{"OpenID Connect Discovery 1.0", "https://openid.net/specs/openid-connect-discovery-1_0.html"},
	{"OpenID Connect RP-Initiated Logout 1.0", "https://openid.net/specs/openid-connect-rpinitiated-1_0.html"},
	{"OpenID Connect Session Management 1.0", "https://openid.net/specs/openid-connect-session-1_0.html"},
	{"OpenID Connect Front-Channel Logout 1.0", "https://openid.net/specs/openid-connect-frontchannel-1_0.html"},
	{"OpenID Connect Back-Channel Logout 1.0", "https://openid.net/specs/openid-connect-backchannel-1_0.html"},
	{"OAuth 2.0 Multiple Response Types", "https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html"},
	{"OpenID CIBA Core 1.0", "https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html"},
}
