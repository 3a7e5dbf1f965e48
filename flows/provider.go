package flows

import "time"

// Provider is a provider's profile: everything that the engine knows about one
// authorization server, as data. Profiles are loaded by package provider from TOML
// files; nothing in the engine asks for a provider by name.
type Provider struct {
	Name         string // command-line name, such as "truss"
	Title        string // as the provider writes itself
	Summary      string // one sentence: what it is, and what is peculiar about its OAuth
	Environments []Environment
	Grants       []Grant // supported here, the default first
	Dialect      Dialect
	Lifetimes    Lifetimes
	Scopes       []Scope
	Defaults     Defaults
	Notes        []Note
	Calls        []APICall
	SampleHosts  []string // hosts of the provider's documentation that serve nobody
	Simulator    SimulatorDefaults
	Sources      []Source
}

// Environment returns the environment of that name.
func (p Provider) Environment(name string) (Environment, bool) {
	for _, e := range p.Environments {
		if e.Name == name {
			return e, true
		}
	}
	return Environment{}, false
}

// HasGrant tells whether the profile lists the grant.
func (p Provider) HasGrant(g Grant) bool {
	for _, have := range p.Grants {
		if have == g {
			return true
		}
	}
	return false
}

// Names of the environments that the program itself knows.
const (
	EnvSimulator  = "simulator"
	EnvSandbox    = "sandbox"
	EnvProduction = "production"
	EnvCustom     = "custom"
)

// Environment is one set of endpoints of a provider. An empty endpoint means that the
// provider has none or that it is not known.
type Environment struct {
	Name             string
	Endpoints        Endpoints
	ClientIDPrefixes []string // client ids of this environment begin with one of these
	Notes            []Note
}

// Endpoints are absolute URLs, in the terms of RFC 8414 section 2.
type Endpoints struct {
	Issuer        string
	Authorization string
	AuthorizeURL  string // an API call that answers with the authorization URL
	Token         string
	Revocation    string
	Introspection string
	UserInfo      string
	JWKS          string
	Discovery     string // metadata document, when its URL is known
	PAR           string // pushed authorization requests, RFC 9126
	Device        string // device authorization, RFC 8628
	API           string // base URL of the resource server
}

// EndpointNames lists the names that [Endpoints.Named] knows.
func EndpointNames() []string {
	return []string{"issuer", "authorization", "token", "revocation", "introspection", "userinfo", "jwks", "api"}
}

// Named returns the endpoint of that name, for reading and for setting; nil for an unknown
// name. See SettingsChange.Endpoint for the names.
func (e *Endpoints) Named(name string) *string {
	switch name {
	case "issuer":
		return &e.Issuer
	case "authorization":
		return &e.Authorization
	case "token":
		return &e.Token
	case "revocation":
		return &e.Revocation
	case "introspection":
		return &e.Introspection
	case "userinfo":
		return &e.UserInfo
	case "jwks":
		return &e.JWKS
	case "api":
		return &e.API
	}
	return nil
}

// Grant is a grant_type value of RFC 6749, or one of ours for what is no grant.
type Grant string

// The grants that the engine walks. GrantBasic is no grant: the API takes HTTP Basic
// credentials on every call and there is no token.
const (
	GrantAuthorizationCode Grant = "authorization_code"
	GrantClientCredentials Grant = "client_credentials"
	GrantRefreshToken      Grant = "refresh_token"
	GrantBasic             Grant = "basic"
)

// AuthMethod is a token endpoint authentication method, by the names of the IANA
// registry "OAuth Token Endpoint Authentication Methods".
type AuthMethod string

// The methods that the engine can use. AuthJSON is this program's name for credentials
// as members of a JSON body.
const (
	AuthBasic AuthMethod = "client_secret_basic"
	AuthPost  AuthMethod = "client_secret_post"
	AuthJSON  AuthMethod = "client_secret_json"
	AuthNone  AuthMethod = "none"
)

// BasicEncoding says how client id and secret are prepared for HTTP Basic.
type BasicEncoding string

// RFC 6749 section 2.3.1 form-encodes both halves first; some servers want them raw.
const (
	BasicRFC6749 BasicEncoding = "rfc6749"
	BasicRaw     BasicEncoding = "raw"
)

// BodyEncoding is the form of a request body.
type BodyEncoding string

// The body encodings of token requests.
const (
	BodyForm BodyEncoding = "form"
	BodyJSON BodyEncoding = "json"
)

// PKCEMethod is a code_challenge_method of RFC 7636 section 4.2, or "off".
type PKCEMethod string

// The PKCE methods.
const (
	PKCES256  PKCEMethod = "S256"
	PKCEPlain PKCEMethod = "plain"
	PKCEOff   PKCEMethod = "off"
)

// Support says whether a server wants something.
type Support string

// The grades of support. The empty Support means that it is not known.
const (
	SupportRequired Support = "required"
	SupportOptional Support = "optional"
	SupportRefused  Support = "refused"
)

// Rotation says what happens to the refresh token at a refresh.
type Rotation string

// The rotation rules. RotationIfReturned: the old one stays valid unless a new one
// comes back, which always replaces it.
const (
	RotationAlways     Rotation = "always"
	RotationNever      Rotation = "never"
	RotationIfReturned Rotation = "if_returned"
)

// Delivery says how the authorization request reaches the provider, or how its
// answer comes back.
type Delivery string

// The deliveries. DeliverURLFromAPI: a call answers with the authorization URL.
// DeliverCodeInBody: the authorization endpoint may answer 200 with the code in the body.
const (
	DeliverBrowser    Delivery = "browser"
	DeliverURLFromAPI Delivery = "url_from_api"
)

// Dialect is how a provider deviates from the specifications, from a closed
// vocabulary. The zero value of each field is the specification's own way unless its
// comment says otherwise.
type Dialect struct {
	ClientAuth     AuthMethod // of the token request
	BasicEncoding  BasicEncoding
	TokenBody      BodyEncoding
	ScopeSeparator string // between scopes, before percent-encoding; RFC 6749: one blank
	// OmitScope names the grants whose token request carries no scope although scopes
	// are granted.
	OmitScope []Grant
	PKCE      Support
	// PKCEMethod is used unless the user says otherwise.
	PKCEMethod PKCEMethod
	// AuthorizeDelivery is DeliverBrowser or DeliverURLFromAPI.
	AuthorizeDelivery Delivery
	// CodeInBody: the authorization endpoint is also documented as answering 200 with
	// the code as a member of the body instead of redirecting.
	CodeInBody bool
	// OmitResponseType leaves response_type out of the authorization request.
	OmitResponseType bool
	AuthorizeParams  []Param // constants added to the authorization request
	TokenParams      []Param // constants added to every token request
	// GrantParams are added to the token request of one grant. Their values are examples
	// that work against the simulator; a person replaces them, by a TokenEdit.
	GrantParams  []GrantParam
	TokenHeaders []Header
	Fields       FieldPaths
	Success      *Predicate // of an answer; nil: the status decides
	Failure      *Predicate // tested before Success and before the status
	Rotation     Rotation
	// OfflineScope must be asked for to get a refresh token; empty: none is needed.
	OfflineScope string
	// RevokeAuth, RevokeBody: empty means as for the token request.
	RevokeAuth AuthMethod
	RevokeBody BodyEncoding
	// ExpiryFromToken: when the answer has no lifetime, the access token's exp counts.
	ExpiryFromToken bool
	// ServerTime is the path of a member with the server's clock in Unix seconds.
	ServerTime string
	// NewestTokenOnly: a new access token makes the older ones invalid.
	NewestTokenOnly bool
	// AuthScheme is the scheme of the Authorization header at the API; default Bearer.
	AuthScheme string
}

// GrantParam is a parameter that the token request of one grant needs beyond the
// specification, such as the shop that a token is for.
type GrantParam struct {
	Grant   Grant
	Name    string
	Value   string
	Meaning string // what to put in, in words
}

// FieldPaths names where each normalised field stands in an answer: paths of the form
// $.name['name'][n], the first that exists wins.
type FieldPaths struct {
	AccessToken      []string
	TokenType        []string
	ExpiresIn        []string
	RefreshToken     []string
	RefreshExpiresIn []string
	IDToken          []string
	Scope            []string
	Error            []string
	ErrorDescription []string
	RequestID        []string
	AuthorizeURL     []string // in the answer of the authorize-URL call
	Code             []string // in the answer of an authorization endpoint with CodeInBody
	State            []string
}

// Predicate is a test of one member of a JSON answer.
type Predicate struct {
	Path   string
	Equals string // the member's text: a number as written, a string without quotes
	// AbsentPasses: the predicate holds when the member does not exist.
	AbsentPasses bool
}

// Lifetimes as documented; zero means not documented.
type Lifetimes struct {
	Code          time.Duration
	AccessToken   time.Duration
	RefreshToken  time.Duration
	RefreshExtend time.Duration // each use of the refresh token adds this
	Consent       time.Duration
	// RefreshText says the rule in words, such as "6 months, +3 months per use".
	RefreshText string
}

// Scope is one scope that the provider documents.
type Scope struct {
	Name     string
	Meaning  string
	Default  bool // asked for unless the user says otherwise
	Required bool // nothing works without it
	Legacy   bool
	// Grants limits the scope to these grants; empty: all.
	Grants []Grant
}

// Defaults are the settings a new run starts with.
type Defaults struct {
	RedirectURI string
}

// Note is a fact worth reading before or at a step.
type Note struct {
	Step StepKind // where it is shown; empty: the catalogue
	Text string
}

// APICall is a ready-made request of the Call step.
type APICall struct {
	Name   string
	Method string
	// Path is joined to Endpoints.API; an absolute URL stands for itself.
	Path    string
	Query   []Param
	Headers []Header
	Body    string
	// Auth: "token" (default), "client_query" (client id and secret in the query),
	// "client_json" (in the JSON body), "basic".
	Auth string
	Note string
	// Revokes: the call ends the authorization, so that its tokens stop working.
	Revokes bool
}

// SimulatorDefaults shape the simulated provider.
type SimulatorDefaults struct {
	AccessTokenFormat string // "jwt", "at+jwt", "opaque", "base64"
	Algorithm         string // JWS algorithm of issued tokens, default RS256
	Audience          []string
	ScopeClaimArray   bool // scope claim as an array
	TokenTypeValue    string
	IssueIDToken      bool
	Members           []Param // constant members added to token answers
	InvalidClient     int     // HTTP status of invalid_client
	InvalidGrantCode  string  // provider's own error code for a bad authorization code
	ExpiresIn         int     // seconds in the answer, default Lifetimes.AccessToken
	GrantedScope      string  // answered whatever was asked
	// AuthMethods are accepted at the token endpoint; empty: Dialect.ClientAuth alone.
	// AuthPost lets a form body in, AuthJSON a JSON body.
	AuthMethods []AuthMethod
	// OmitErrorDescription: an error answer is a bare code.
	OmitErrorDescription bool
	// SecretFor names the preconditions that the demo client meets.
	SkipShopOAuth bool
}

// Source says where a claim of the profile comes from.
type Source struct {
	Claim string // what it supports, in words
	// Fields are the keys of the profile that it supports, such as "dialect.pkce" or
	// "environments.sandbox.endpoints"; nil: the profile as a whole.
	Fields  []string
	Where   string // URL or the name of a document
	Checked string // date, YYYY-MM-DD
	Status  string // "documented", "restated", "inferred", "unverified"
}

// Param is a name and a value, before any encoding. Order and repeats matter.
type Param struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
