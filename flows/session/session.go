// Package session is the flow itself: a fold over the events of a trace. [Session.Handle]
// takes what happened, or what the user wishes, and gives the next session and the effects
// that it wants performed; package runner performs them and answers with events.
//
// A session never blocks, reads no clock, touches no network. Everything that it knows
// follows from its trace: [Replay] of a trace gives the same session. Expiry is no event;
// whoever wants to know it asks with a time.
package session

import (
	"slices"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/protocol"
)

// Session is a run at one moment, as an immutable value. [New] and [Replay] make one; of
// the zero session nothing may be asked but whether it is one.
type Session struct{ *state }

// state is what a session knows. It is never changed once a session holds it, so that a
// session can be handed on as a pointer is.
type state struct {
	trace    flows.Trace
	start    *flows.RunStarted // never nil
	settings flows.Settings
	secret   flows.Secret
	env      flows.Environment
	metadata *protocol.Metadata
	tries    []Try

	drawn        *flows.Drawn
	built        *flows.AuthorizationBuilt
	building     bool // asked for, and not built yet: values are drawn, a listener opens
	preparing    bool // building, but for the provider's call, which is to be shown first
	listener     *flows.ListenerOpened
	listenFailed *flows.ListenerFailed
	browser      *flows.BrowserOpened
	hits         []flows.CallbackArrived
	heard        int // of hits, those that came before the last consent of the simulated user
	callback     *Callback
	timedOut     bool

	inFlight    *flows.ExchangeStarted
	startedAt   time.Time // of what is in flight
	nextID      int
	results     map[flows.StepKind]Result
	tokens      []Issued
	keys        jose.KeySet
	keyProblems []jose.Problem
	exchanges   int // answered code exchanges, for the fault that sends the code twice
	confirmed   bool
	cancelled   bool
	revoked     bool
	ended       *flows.RunEnded
}

// Callback is the answer of the authorization endpoint that ended the wait.
type Callback struct {
	Arrived flows.CallbackArrived
	Reading protocol.Callback
	At      time.Time
	Seq     int
}

// Result is the last exchange of a kind and how it went.
type Result struct {
	Exchange flows.Exchange
	Failure  *protocol.Failure // nil: it succeeded
	Seq      int
	At       time.Time
}

// OK tells that the exchange completed and was no refusal.
func (r Result) OK() bool {
	return r.Failure == nil && r.Exchange.Error == nil && r.Exchange.Response != nil
}

// Issued is one token of the run, with the step that brought it.
type Issued struct {
	Token flows.Token
	Step  flows.StepKind
	Seq   int
}

// Try is one attempt to fetch a metadata document.
type Try struct {
	URL      string
	Exchange flows.Exchange
	Failure  *protocol.Failure
}

// New gives the session before its first event.
func New(run flows.RunID) Session {
	return Session{&state{trace: flows.Trace{Run: run}, start: &flows.RunStarted{}, results: map[flows.StepKind]Result{}}}
}

// own is the same session with a state that nobody else holds: the one to be changed.
func (s Session) own() Session {
	next := *s.state
	return Session{&next}
}

// IsZero tells that this is no session: there is none yet.
func (s Session) IsZero() bool { return s.state == nil }

// Replay folds a whole trace.
func Replay(t flows.Trace) Session { return New(t.Run).Follow(t) }

// Follow folds what a trace holds beyond the session's own records, which must be the
// trace's first ones.
func (s Session) Follow(t flows.Trace) Session {
	for _, r := range t.Records[len(s.trace.Records):] {
		s = s.apply(r.At, r.Event)
	}
	return s
}

// Trace is everything that happened so far.
func (s Session) Trace() flows.Trace { return s.trace }

// Start is the event that opened the run.
func (s Session) Start() flows.RunStarted { return *s.start }

// Settings are the settings in use, the user's changes included.
func (s Session) Settings() flows.Settings { return s.settings }

// Provider is the profile that the run walks.
func (s Session) Provider() flows.Provider { return s.start.Provider }

// Environment has the endpoints in use, discovered ones included.
func (s Session) Environment() flows.Environment { return s.env }

// ClientSecret is the secret in use; zero if there is none.
func (s Session) ClientSecret() flows.Secret { return s.secret }

// Metadata is the discovery document that was read, nil if none was.
func (s Session) Metadata() *protocol.Metadata { return s.metadata }

// Tries lists the attempts at discovery.
func (s Session) Tries() []Try { return s.tries }

// Drawn are the random values of the present authorization request, nil before it.
func (s Session) Drawn() *flows.Drawn { return s.drawn }

// Built is the present authorization request, nil before it is built.
func (s Session) Built() *flows.AuthorizationBuilt { return s.built }

// Listener tells where the callback is awaited, nil if nowhere.
func (s Session) Listener() *flows.ListenerOpened { return s.listener }

// ListenFailure tells why the callback cannot be received here, nil if it can.
func (s Session) ListenFailure() *flows.ListenerFailed { return s.listenFailed }

// Browser tells whether a browser was opened, nil if it was not tried.
func (s Session) Browser() *flows.BrowserOpened { return s.browser }

// Hits lists everything that reached the redirect URI, strays and forgeries included.
func (s Session) Hits() []flows.CallbackArrived { return s.hits }

// Callback is the answer that ended the wait, nil before.
func (s Session) Callback() *Callback { return s.callback }

// Refused is the newest hit that reads like an answer, while none of this flow has come. The
// wait goes on: whoever can reach the redirect URI can send one, and the genuine answer may
// still come.
func (s Session) Refused() (flows.CallbackArrived, bool) {
	if n := len(s.hits); s.callback == nil && n > 0 && s.hits[n-1].Verdict.Ends() {
		return s.hits[n-1], true
	}
	return flows.CallbackArrived{}, false
}

// Spent tells that the simulated user brought an answer, and that it was refused: no other
// one is on its way.
func (s Session) Spent() bool {
	return s.callback == nil && s.tried(flows.StepAuthorize) &&
		slices.ContainsFunc(s.hits[s.heard:], func(h flows.CallbackArrived) bool { return h.Verdict.Ends() })
}

// CallbackOnItsWay tells that the simulated user was sent back to the redirect URI and the
// hit is not reported yet.
func (s Session) CallbackOnItsWay() bool { return s.onItsWay() }

// TimedOut tells that nobody came back in time.
func (s Session) TimedOut() bool { return s.timedOut }

// InFlight is the request under way, nil if there is none, and when it was started.
func (s Session) InFlight() (*flows.ExchangeStarted, time.Time) { return s.inFlight, s.startedAt }

// Result is the last exchange of that kind.
func (s Session) Result(kind flows.StepKind) (Result, bool) {
	r, ok := s.results[kind]
	return r, ok
}

// Token is the newest token, nil if there is none.
func (s Session) Token() *flows.Token {
	if len(s.tokens) == 0 {
		return nil
	}
	return &s.tokens[len(s.tokens)-1].Token
}

// Damaged tells that the newest token came with an answer that is not whole: its step
// failed, and the rest of what was issued may be missing.
func (s Session) Damaged() bool {
	if len(s.tokens) == 0 {
		return false
	}
	newest := s.tokens[len(s.tokens)-1]
	r := s.results[newest.Step]
	return r.Seq == newest.Seq && !r.OK()
}

// Tokens lists every token of the run, oldest first.
func (s Session) Tokens() []Issued { return s.tokens }

// Refreshed tells how many refreshes brought a token.
func (s Session) Refreshed() int {
	n := 0
	for _, t := range s.tokens {
		if t.Step == flows.StepRefresh {
			n++
		}
	}
	return n
}

// Revoked tells that the revocation endpoint took the token back.
func (s Session) Revoked() bool { return s.revoked }

// Ended closes the run, nil while it goes on.
func (s Session) Ended() *flows.RunEnded { return s.ended }

// Expectation is what a genuine callback of the present request looks like.
func (s Session) Expectation() flows.CallbackExpectation {
	e := flows.CallbackExpectation{Issuer: s.env.Endpoints.Issuer, CodeNames: []string{"code", "auth_code", "authCode", "spapi_oauth_code"}}
	if s.drawn == nil {
		return e
	}
	params, _ := protocol.AuthorizeParams(s.authorizeInput())
	state, _ := protocol.Get(params, "state")
	e.State = flows.NewSecret(s.start.Fingerprints, "state", state)
	e.IssRequired = s.metadata != nil && s.metadata.IssInReply
	return e
}

// Paste reads a pasted callback as an event for Handle. The error says what to paste.
func (s Session) Paste(text string) (flows.CallbackArrived, error) {
	req, mended, err := protocol.ParsePaste(text, s.settings.RedirectURI)
	if err != nil {
		return flows.CallbackArrived{}, err
	}
	verdict, why := protocol.JudgeCallback(s.Expectation(), req)
	if s.callback != nil && verdict == flows.CallbackAccepted {
		verdict, why = flows.CallbackDuplicate, "an answer was accepted before"
	}
	return flows.CallbackArrived{Via: flows.ViaPaste, Request: req, Verdict: verdict, Why: why, Mended: mended}, nil
}

func (s Session) authorizeInput() protocol.AuthorizeInput {
	in := protocol.AuthorizeInput{Provider: s.start.Provider, Environment: s.env, Settings: s.settings}
	if s.drawn != nil {
		in.Drawn = *s.drawn
	}
	in.Settings.Scopes = s.scopes()
	return in
}

func (s Session) tokenInput() protocol.TokenInput {
	in := protocol.TokenInput{Provider: s.start.Provider, Environment: s.env, Settings: s.settings, Secret: s.secret}
	in.Settings.Scopes = s.scopes()
	return in
}
