package flows

import "time"

// Event is something that happened in a run. The set is closed: a fact (something was
// built, sent, received), or a wish of the person at the keyboard ([Asked], [Changed]).
type Event interface{ eventKind() string }

// KindOf returns the stable name of the event's kind, as used in the store.
func KindOf(e Event) string { return e.eventKind() }

// Settings are what the user chooses for a run. They hold no secret.
type Settings struct {
	ClientID string
	// SecretFrom says where the client secret comes from, for people: "the vault",
	// "OAUTHLENS_CLIENT_SECRET", "the file x", "typed here"; empty: not known.
	SecretFrom string
	AuthMethod AuthMethod
	// AuthFromMetadata: nobody chose AuthMethod, and a discovery document that does not
	// list it may replace it by the first one that it lists and we have.
	AuthFromMetadata bool
	PKCE             PKCEMethod
	RedirectURI      string
	Scopes           []string
	// AuthorizeEdits and TokenEdits change the parameters that the profile builds, in order.
	AuthorizeEdits []ParamEdit
	TokenEdits     []ParamEdit
	// HeaderEdits change the headers of the token request.
	HeaderEdits []ParamEdit
	// RequestTimeout bounds one request; CallbackTimeout the wait for the browser.
	RequestTimeout  time.Duration
	CallbackTimeout time.Duration
	// CallURL is the user's own URL for the Call step; CallIndex the profile's call.
	CallURL   string
	CallIndex int
	// AutoRefresh refreshes at Token.RefreshAt.
	AutoRefresh bool
	// Fault is the name of the planted fault, or empty; see [Faults].
	Fault string
}

// ParamEdit is one change of a request's parameters by the user.
type ParamEdit struct {
	Op    EditOp
	Name  string
	Value string
}

// EditOp is the kind of a parameter edit.
type EditOp string

// The edits: EditSet replaces the first of that name or adds it; EditAdd adds one more;
// EditRemove removes every one.
const (
	EditSet    EditOp = "set"
	EditAdd    EditOp = "add"
	EditRemove EditOp = "remove"
)

// Credentials are the secrets that a run starts with. No encoder writes them in clear
// but the codec of package flows, whose output goes only to the sealed store.
type Credentials struct {
	ClientSecret Secret
	RefreshToken Secret // for the refresh_token grant
}

// RunStarted opens a run: all that is needed to fold the rest.
type RunStarted struct {
	Provider    Provider
	Environment Environment
	Grant       Grant
	Simulated   bool
	Settings    Settings
	Credentials Credentials
	// Fingerprints keys the masks of this run.
	Fingerprints FingerprintKey
}

// Imported opens a trace that was made from a recording or a paste.
type Imported struct {
	What         string // what it was taken for, such as "HAR 1.2 by Firefox 132"
	Why          string // how that was recognised
	Losses       []string
	Fingerprints FingerprintKey
	// Tokens are those of an input that is nothing but a token; its trace has no exchange.
	Tokens []Secret
}

// Action is a wish of the user that the session carries out.
type Action string

// The actions.
const (
	ActDiscover     Action = "discover"
	ActPrepare      Action = "prepare"       // draw its values and listen, so that the provider's call can be shown before it is sent
	ActAuthorizeURL Action = "authorize_url" // build it, or fetch it from the provider's call
	ActOpenBrowser  Action = "open_browser"
	ActApprove      Action = "approve" // consent in-process, simulator only
	ActListen       Action = "listen"
	ActExchange     Action = "exchange"
	ActRefresh      Action = "refresh"
	ActRevoke       Action = "revoke"
	ActIntrospect   Action = "introspect"
	ActUserInfo     Action = "userinfo"
	ActCall         Action = "call"
	ActVerify       Action = "verify" // fetch the JWKS and verify signatures
	ActConfirm      Action = "confirm_production"
	ActCancel       Action = "cancel"  // what is in flight
	ActRestart      Action = "restart" // a fresh authorization request in the same run
	ActEnd          Action = "end"
)

// Asked is a wish of the user, or of the front end on the user's behalf.
type Asked struct{ Action Action }

// SettingsChange replaces parts of the settings; nil means unchanged.
type SettingsChange struct {
	ClientID       *string
	AuthMethod     *AuthMethod
	PKCE           *PKCEMethod
	RedirectURI    *string
	Scopes         *[]string
	AuthorizeEdits *[]ParamEdit
	TokenEdits     *[]ParamEdit
	HeaderEdits    *[]ParamEdit
	CallURL        *string
	CallIndex      *int
	AutoRefresh    *bool
	Fault          *string
	ClientSecret   *Secret
	// Endpoint sets one endpoint by hand: its name in RFC 8414's terms without
	// "_endpoint" ("issuer", "authorization", "token", "revocation", "jwks", "userinfo",
	// "introspection", "api") and its URL.
	Endpoint *Param
}

// Changed is a change of settings by the user.
type Changed struct{ Change SettingsChange }

// Drawn are the random values of one authorization request, made outside.
type Drawn struct {
	State    Secret
	Verifier Secret
	Nonce    string
}

// AuthorizationBuilt is the authorization request, ready to be opened. A later one
// replaces it.
type AuthorizationBuilt struct {
	URL        string
	Params     []Param // before encoding, in order
	Deviations []Deviation
}

// ListenerOpened tells where the callback listener is bound.
type ListenerOpened struct {
	Addresses []string // "127.0.0.1:53682", "[::1]:53682"
	// RedirectURI is the one in use: another port may have been taken.
	RedirectURI string
	Note        string
}

// ListenerFailed tells that the callback cannot be received here.
type ListenerFailed struct {
	Message string
	InUse   bool // the port is taken
}

// BrowserOpened tells that the browser was asked to open the URL, or why not.
type BrowserOpened struct {
	URL     string
	Problem string
}

// CallbackVia tells how a callback came.
type CallbackVia string

// The ways of a callback.
const (
	ViaListener CallbackVia = "listener"
	ViaPaste    CallbackVia = "paste"
	ViaBody     CallbackVia = "body" // in the answer of the authorization endpoint
)

// CallbackVerdict is what a hit on the redirect URI was taken for.
type CallbackVerdict string

// The verdicts. Only the first two end the wait.
const (
	CallbackAccepted  CallbackVerdict = "accepted"
	CallbackError     CallbackVerdict = "error"     // a genuine error= answer
	CallbackRefused   CallbackVerdict = "refused"   // state or iss wrong: another flow's, or forged
	CallbackStray     CallbackVerdict = "stray"     // favicon, prefetch, HEAD, another path
	CallbackDuplicate CallbackVerdict = "duplicate" // after the accepted one
	CallbackBadHost   CallbackVerdict = "bad_host"  // Host header names somebody else
	CallbackFragment  CallbackVerdict = "fragment"  // the page was asked to report a fragment
	CallbackEmpty     CallbackVerdict = "empty"     // neither code nor error
)

// Ends tells whether the verdict is shown as a callback step: an answer to this flow,
// accepted or not.
func (v CallbackVerdict) Ends() bool {
	switch v {
	case CallbackAccepted, CallbackError, CallbackRefused, CallbackFragment, CallbackEmpty:
		return true
	}
	return false
}

// CallbackArrived is one hit on the redirect URI, or a paste. Every hit is kept.
type CallbackArrived struct {
	Via     CallbackVia
	Request Request // the browser's request; for a paste, GET of the pasted URL
	Remote  string
	Verdict CallbackVerdict
	Why     string   // one sentence
	Mended  []string // what was mended in a paste
	// Code, State and the other parameters as decoded are read from Request again by
	// package protocol; they are not kept twice.
}

// ExchangeStarted tells that the request is on its way. ID pairs it with its end.
type ExchangeStarted struct {
	ID      int
	Step    StepKind
	Request Request
}

// ExchangeFinished is the end of a request, whatever came of it.
type ExchangeFinished struct {
	ID       int
	Exchange Exchange
	// Flow numbers the flow that the exchange belongs to in a recording of several,
	// from 1; 0 means no flow in particular, or the only one.
	Flow int
}

// CallbackTimedOut tells that nobody came back in time.
type CallbackTimedOut struct{ After time.Duration }

// Noted is a remark of the program about the run, such as "not saved".
type Noted struct{ Text string }

// RunEnded closes a run.
type RunEnded struct {
	Outcome Outcome
	Why     string
}

func (RunStarted) eventKind() string         { return "run_started" }
func (Imported) eventKind() string           { return "imported" }
func (Asked) eventKind() string              { return "asked" }
func (Changed) eventKind() string            { return "changed" }
func (Drawn) eventKind() string              { return "drawn" }
func (AuthorizationBuilt) eventKind() string { return "authorization_built" }
func (ListenerOpened) eventKind() string     { return "listener_opened" }
func (ListenerFailed) eventKind() string     { return "listener_failed" }
func (BrowserOpened) eventKind() string      { return "browser_opened" }
func (CallbackArrived) eventKind() string    { return "callback_arrived" }
func (ExchangeStarted) eventKind() string    { return "exchange_started" }
func (ExchangeFinished) eventKind() string   { return "exchange_finished" }
func (CallbackTimedOut) eventKind() string   { return "callback_timed_out" }
func (Noted) eventKind() string              { return "noted" }
func (RunEnded) eventKind() string           { return "run_ended" }
