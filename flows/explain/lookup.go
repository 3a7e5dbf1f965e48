package explain

import (
	"slices"
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
	if e, ok := Claim(name); ok && !elsewhere(e) {
		return e, true
	}
	return Entry{}, false
}

// elsewhere tells a claim of calls, devices and federations, whose short names mean other
// things in the answer of an API.
func elsewhere(e Entry) bool {
	return slices.ContainsFunc(registryClaims, func(r row) bool { return r.name == e.Name }) && !strings.HasPrefix(e.Spec, "OpenID Connect")
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
