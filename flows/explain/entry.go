// Package explain holds the texts that say what a thing on the screen is: a parameter,
// a header, a claim, an error code, a member of an answer, a step. They are values, so
// that the screens, the reports and the documentation all say the same.
//
// The reader is a developer who is new to OAuth. So What says in one or two plain
// sentences what the thing is, Reader who looks at it, Spec where it is defined and Trap
// what usually goes wrong with it. What a particular provider does differently is
// derived from its profile by [ForProvider]; nothing here asks for a provider's name.
//
// The package must not judge: whether a value is right is said by package diagnose.
package explain

import (
	"strings"
	"sync"
)

// Kind is what sort of thing an entry explains.
type Kind string

// The kinds.
const (
	KindParam    Kind = "parameter"      // of a request or a callback
	KindHeader   Kind = "header"         // HTTP header field
	KindClaim    Kind = "claim"          // in a JWT, an introspection or a userinfo answer
	KindJOSE     Kind = "jose header"    // member of a JWT's header
	KindError    Kind = "error"          // error code
	KindField    Kind = "field"          // member of a token, device or PAR answer
	KindMetadata Kind = "metadata"       // member of a discovery document
	KindKey      Kind = "key member"     // member of a JWK or JWK Set
	KindGrant    Kind = "grant"          // grant_type
	KindAuth     Kind = "authentication" // client authentication method
	KindStep     Kind = "step"           // flows.StepKind
	KindCheck    Kind = "check"          // of a JWT, by jose.Verdict.Check
	KindScope    Kind = "scope"          // a value of scope that many providers share
	KindAlg      Kind = "algorithm"      // a value of alg or enc
	KindStatus   Kind = "status"         // HTTP status code
	KindFormat   Kind = "format"         // flows.TokenFormat
	KindStage    Kind = "stage"          // where a finding originates
	KindTiming   Kind = "timing"         // stage of one exchange
	KindClock    Kind = "clock"          // what follows from the end of a token
)

// Context is the message in which a parameter stands. The same name can mean
// different things: the code is handed out in the callback and spent at the token
// endpoint.
type Context string

// The contexts.
const (
	InAuthorize  Context = "authorize" // authorization request; PAR adds client authentication
	InCallback   Context = "callback"
	InToken      Context = "token" // every token request
	InRevoke     Context = "revoke"
	InIntrospect Context = "introspect"
	InDevice     Context = "device"
	InPAR        Context = "par"
	InLogout     Context = "logout"
)

// Entry explains one thing.
type Entry struct {
	Kind    Kind
	Context Context // of a parameter, else empty
	Name    string
	Short   string // a few words for a table's right-hand column, no full stop
	What    string // one or two sentences
	Reader  string // who reads it: "the authorization server"
	Spec    string // "RFC 6749 section 4.1.1"; "provider" where no standard has it
	Trap    string // the usual mistake, one sentence; may be empty
}

// row is an entry as the tables write it: name, short, what, reader, spec, trap.
type row struct{ name, short, what, reader, spec, trap string }

// Those who read things.
const (
	server      = "the authorization server"
	client      = "the client"
	api         = "the API"
	browser     = "the browser"
	user        = "the user"
	library     = "the HTTP library"
	clientUI    = "the client, and through it the user"
	apiOr       = "the API and the client"
	nonStandard = "provider"
)

// table is one group of rows.
type table struct {
	kind Kind
	in   Context
	rows []row
}

// tables are built once, and never changed.
var tables = sync.OnceValue(func() []table {
	return []table{
		{KindParam, InAuthorize, authorizeParams}, {KindParam, InAuthorize, authorizeOIDCParams}, {KindParam, InAuthorize, authorizeProviderParams},
		{KindParam, InCallback, callbackParams}, {KindParam, InToken, tokenParams}, {KindParam, InToken, tokenProviderParams},
		{KindParam, InRevoke, revokeParams}, {KindParam, InIntrospect, introspectParams}, {KindParam, InDevice, deviceParams},
		{KindParam, InPAR, parParams}, {KindParam, InLogout, logoutParams},
		{KindParam, InAuthorize, registryAuthorizeParams}, {KindParam, InCallback, registryCallbackParams},
		{KindParam, InToken, registryTokenParams}, {KindParam, InDevice, registryDeviceParams},
		{KindHeader, "", oauthHeaders}, {KindHeader, "", httpHeaders}, {KindHeader, "", securityHeaders}, {KindHeader, "", registryHeaders},
		{KindClaim, "", tokenClaims}, {KindClaim, "", userClaims}, {KindClaim, "", providerClaims}, {KindClaim, "", registryClaims},
		{KindJOSE, "", joseMembers}, {KindJOSE, "", registryJOSE}, {KindKey, "", keyMembers}, {KindKey, "", registryKeyMembers},
		{KindError, "", oauthErrors}, {KindError, "", extensionErrors}, {KindError, "", providerErrors}, {KindError, "", registryErrors},
		{KindField, "", tokenFields}, {KindField, "", otherFields}, {KindField, "", providerFields}, {KindField, "", registryFields},
		{KindMetadata, "", metadataMembers}, {KindMetadata, "", registryMetadata},
		{KindGrant, "", grants}, {KindAuth, "", authMethods}, {KindStep, "", steps}, {KindStep, "", panes}, {KindCheck, "", checks}, {KindStage, "", stages}, {KindTiming, "", timings}, {KindClock, "", clocks},
		{KindScope, "", scopes}, {KindAlg, "", algorithms}, {KindStatus, "", statuses}, {KindFormat, "", formats},
	}
})

// Parse divides the name of a kind that says its context too, such as "parameter
// callback", and takes a bare context for a parameter.
func Parse(kind string) (Kind, Context) {
	if rest, ok := strings.CutPrefix(kind, string(KindParam)+" "); ok {
		return KindParam, Context(rest)
	}
	for _, t := range tables() {
		if t.kind == KindParam && string(t.in) == kind {
			return KindParam, t.in
		}
	}
	return Kind(kind), ""
}

// key finds an entry; names of headers are compared without case.
type key struct {
	kind Kind
	in   Context
	name string
}

// index is built once.
var index = sync.OnceValue(func() map[key]Entry {
	out := map[key]Entry{}
	for _, e := range All() {
		k := key{e.Kind, e.Context, fold(e.Kind, e.Name)}
		if _, taken := out[k]; !taken {
			out[k] = e
		}
	}
	return out
})

func fold(kind Kind, name string) string {
	if kind == KindHeader {
		return strings.ToLower(name)
	}
	return name
}

// All returns every entry, in the order of the tables; documentation is made from it.
func All() []Entry {
	var out []Entry
	for _, t := range tables() {
		for _, r := range t.rows {
			out = append(out, Entry{
				Kind: t.kind, Context: t.in, Name: r.name, Short: r.short,
				What: r.what, Reader: r.reader, Spec: r.spec, Trap: r.trap,
			})
		}
	}
	return out
}

func find(kind Kind, in Context, name string) (Entry, bool) {
	e, ok := index()[key{kind, in, fold(kind, name)}]
	return e, ok
}
