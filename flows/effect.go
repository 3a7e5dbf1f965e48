package flows

import "time"

// Effect is something the session wants done. Package runner performs effects and
// answers with events; the session itself never does.
type Effect interface{ effect() }

// Send asks for one HTTP round trip, exactly as written, never redirected, never
// repeated. The answer is ExchangeFinished with the same ID.
type Send struct {
	ID      int
	Step    StepKind
	Request Request
	Timeout time.Duration
	// Wait lets simulated time pass before it is sent: a client that idles with the code
	// in hand, as a planted fault. Only simulated runs wait.
	Wait time.Duration
}

// Draw asks for fresh random values; the answer is Drawn.
type Draw struct{}

// Listen asks for a callback listener; the answers are ListenerOpened or ListenerFailed,
// then CallbackArrived for every hit.
type Listen struct {
	RedirectURI string
	// AnyPort: when the port is taken a free one may be used (simulator only).
	AnyPort bool
	Expect  CallbackExpectation
	Timeout time.Duration
}

// CallbackExpectation is what a genuine callback of this flow looks like.
type CallbackExpectation struct {
	State  Secret
	Issuer string // RFC 9207; empty: not known, iss is not compared
	// IssRequired: the metadata promises iss.
	IssRequired bool
	CodeNames   []string // parameter names of the code; nil: "code"
}

// OpenBrowser asks to open the URL in the user's browser; the answer is BrowserOpened.
type OpenBrowser struct{ URL string }

// Consent asks the runner to act as the user's browser at the simulator: open the
// URL, press the button, follow to the redirect URI. Its requests come back as
// ExchangeFinished with StepAuthorize; the callback comes through the listener.
type Consent struct {
	ID      int
	URL     string
	Deny    bool
	Timeout time.Duration
	// Expect judges an answer whose redirect URI is not on this machine: it is taken as
	// a person would paste it.
	Expect CallbackExpectation
}

// CloseListener ends the listener, if there is one.
type CloseListener struct{}

// CancelSend ends the exchange in flight with this ID.
type CancelSend struct{ ID int }

func (Send) effect()          {}
func (Draw) effect()          {}
func (Listen) effect()        {}
func (OpenBrowser) effect()   {}
func (Consent) effect()       {}
func (CloseListener) effect() {}
func (CancelSend) effect()    {}
