package session

import (
	"maps"
	"slices"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/protocol"
)

// apply folds one event into the session. It derives nothing new: what follows from an
// event is an event of its own.
func (s Session) apply(at time.Time, e flows.Event) Session {
	seq := len(s.trace.Records)
	s = s.own()
	s.trace = s.trace.Append(at, e)
	switch e := e.(type) {
	case flows.RunStarted:
		s.start, s.settings, s.env, s.secret = &e, e.Settings, e.Environment, e.Credentials.ClientSecret
	case flows.Asked:
		s = s.applyAsked(e.Action)
	case flows.Changed:
		s = s.applyChange(e.Change)
	case flows.Drawn:
		s.drawn = &e
		if !s.listens() {
			s = s.nowPrepared()
		}
	case flows.AuthorizationBuilt:
		s.built, s.building = &e, false
	case flows.ListenerOpened:
		s.listener, s.listenFailed = &e, nil
		s.settings.RedirectURI = e.RedirectURI
		s = s.nowPrepared()
	case flows.ListenerFailed:
		s.listener, s.listenFailed = nil, &e
		s = s.nowPrepared()
	case flows.BrowserOpened:
		s.browser = &e
	case flows.CallbackArrived:
		s = s.applyCallback(at, seq, e)
	case flows.CallbackTimedOut:
		s.timedOut = true
	case flows.ExchangeStarted:
		s.inFlight, s.startedAt = &e, at
		s.nextID = max(s.nextID, e.ID+1)
		if e.Step == flows.StepAuthorize {
			s.heard = len(s.hits)
		}
		s.cancelled = false
	case flows.ExchangeFinished:
		s = s.applyExchange(at, seq, e)
	case flows.RunEnded:
		s.ended, s.inFlight = &e, nil
	}
	return s
}

func (s Session) applyAsked(a flows.Action) Session {
	switch a {
	case flows.ActConfirm:
		s.confirmed = true
	case flows.ActCancel:
		if s.inFlight == nil && s.callback == nil { // the wait for the browser: its listener is closed
			s.listener, s.browser = nil, nil
		}
		s.cancelled, s.inFlight, s.building, s.preparing = true, nil, false, false
	case flows.ActPrepare:
		s.building, s.preparing = true, true
	case flows.ActAuthorizeURL:
		s.building, s.preparing = true, false
	case flows.ActRestart:
		s.building, s.preparing = true, s.asksForURL()
		s.drawn, s.built, s.callback, s.browser, s.hits, s.heard = nil, nil, nil, nil, nil, 0
		s.timedOut, s.exchanges, s.inFlight, s.ended = false, 0, nil, nil
		s.results = without(s.results, flows.StepAuthorize, flows.StepAuthorizeURL, flows.StepExchange)
	case flows.ActDiscover:
		s.tries = nil
	}
	return s
}

// nowPrepared: the values of the request are drawn and the listener is decided. A request
// that was only to be prepared waits from here on until it is asked for.
func (s Session) nowPrepared() Session {
	if s.preparing && s.drawn != nil {
		s.building, s.preparing = false, false
	}
	return s
}

func without(m map[flows.StepKind]Result, kinds ...flows.StepKind) map[flows.StepKind]Result {
	out := maps.Clone(m)
	for _, k := range kinds {
		delete(out, k)
	}
	return out
}

func (s Session) applyChange(c flows.SettingsChange) Session {
	if touchesAuthorization(c) && s.asksForURL() && s.callback == nil && !s.onItsWay() {
		// The URL that the provider built is of another request: its call is made anew.
		s.built, s.browser = nil, nil
		s.results = without(s.results, flows.StepAuthorizeURL, flows.StepAuthorize)
	}
	set(&s.settings.ClientID, c.ClientID)
	set(&s.settings.AuthMethod, c.AuthMethod)
	s.settings.AuthFromMetadata = s.settings.AuthFromMetadata && c.AuthMethod == nil
	set(&s.settings.PKCE, c.PKCE)
	set(&s.settings.RedirectURI, c.RedirectURI)
	set(&s.settings.Scopes, c.Scopes)
	set(&s.settings.AuthorizeEdits, c.AuthorizeEdits)
	set(&s.settings.TokenEdits, c.TokenEdits)
	set(&s.settings.HeaderEdits, c.HeaderEdits)
	set(&s.settings.CallURL, c.CallURL)
	set(&s.settings.CallIndex, c.CallIndex)
	set(&s.settings.AutoRefresh, c.AutoRefresh)
	set(&s.settings.Fault, c.Fault)
	if c.ClientSecret != nil {
		s.secret, s.settings.SecretFrom = *c.ClientSecret, SecretTyped
	}
	if c.Endpoint != nil {
		if target := s.env.Endpoints.Named(c.Endpoint.Name); target != nil {
			*target = c.Endpoint.Value
		}
		if c.Endpoint.Name == "issuer" { // what was discovered belongs to another server
			s.metadata, s.tries = nil, nil
			s.results = without(s.results, flows.StepDiscovery)
		}
	}
	return s
}

// SecretTyped is the settings' SecretFrom of a client secret that was typed in.
const SecretTyped = "typed here"

func set[T any](target *T, value *T) {
	if value != nil {
		*target = *value
	}
}

// touchesAuthorization tells that a change is one of the authorization request.
func touchesAuthorization(c flows.SettingsChange) bool {
	return c.ClientID != nil || c.PKCE != nil || c.RedirectURI != nil || c.Scopes != nil || c.AuthorizeEdits != nil || c.Fault != nil
}

func (s Session) applyCallback(at time.Time, seq int, e flows.CallbackArrived) Session {
	s.hits = append(s.hits[:len(s.hits):len(s.hits)], e)
	genuine := e.Verdict == flows.CallbackAccepted || e.Verdict == flows.CallbackError
	if genuine && s.callback == nil {
		s.callback = &Callback{Arrived: e, At: at, Seq: seq, Reading: protocol.ReadCallback(e.Request, s.Expectation().CodeNames)}
		s.timedOut = false
	}
	return s
}

func (s Session) applyExchange(at time.Time, seq int, e flows.ExchangeFinished) Session {
	x := e.Exchange
	if s.inFlight != nil && s.inFlight.ID == e.ID {
		s.inFlight = nil
	}
	result := Result{Exchange: x, Seq: seq, At: at}
	switch x.Step {
	case flows.StepExchange, flows.StepRefresh:
		s, result.Failure = s.applyToken(at, seq, x)
	case flows.StepAuthorizeURL:
		s.building = false
		_, result.Failure = protocol.ReadAuthorizeURLCall(s.start.Provider.Dialect, x.Response)
	case flows.StepDiscovery:
		s, result.Failure = s.applyDiscovery(x)
	case flows.StepJWKS:
		if protocol.IsKeySet(x.Response) {
			s.keys, s.keyProblems = jose.ParseJWKS(x.Response.Body)
		} else {
			result.Failure = protocol.ReadAnswer(x.Response).Refusal(flows.Dialect{})
		}
	case flows.StepAuthorize:
		result.Failure = authorizeFailure(x)
	case flows.StepCall:
		result.Failure = plainFailure(x)
	default:
		result.Failure = protocol.AnswerFailure(s.start.Provider.Dialect, x.Step, x.Response)
		s.revoked = s.revoked || x.Step == flows.StepRevoke && result.OK()
	}
	s.results = maps.Clone(s.results)
	s.results[x.Step] = result
	return s
}

// plainFailure judges by the status alone, for answers that are nobody's dialect. A
// redirect was not followed, so nothing was delivered.
func plainFailure(x flows.Exchange) *protocol.Failure {
	if x.Response == nil || x.Response.Status/100 != 2 {
		return protocol.ReadAnswer(x.Response).Refusal(flows.Dialect{})
	}
	return nil
}

// authorizeFailure: the authorization endpoint shows a page or redirects; 4xx and 5xx is
// an error that it did not dare to send back.
func authorizeFailure(x flows.Exchange) *protocol.Failure {
	if x.Response != nil && x.Response.Status < 400 {
		return nil
	}
	return plainFailure(x)
}

// applyToken keeps the token that an answer brought. One that is damaged behind its access
// token is a failed step, and fails the run, but its token becomes the newest like any other: the
// server has issued it, and with a code or a rotated refresh token used up nothing else may be
// left that works. So a person can look at it, call with it, refresh it and revoke it. A walk
// without a person ends there as after any other failed step, but for the revocation if that
// was asked for: no live token is to be left behind.
func (s Session) applyToken(at time.Time, seq int, x flows.Exchange) (Session, *protocol.Failure) {
	if x.Step == flows.StepExchange {
		s.exchanges++
	}
	ctx := protocol.TokenContext{
		Dialect: s.start.Provider.Dialect, Fingerprints: s.start.Fingerprints, RequestedScope: s.asked(x),
		RequestTimeout: s.settings.RequestTimeout, SentAt: x.Started, ReceivedAt: x.Ended, Withheld: x.Withheld,
	}
	if x.Step == flows.StepRefresh {
		ctx.Previous = s.Token()
		if ctx.Previous == nil && !s.start.Credentials.RefreshToken.IsZero() {
			ctx.Previous = &flows.Token{RefreshToken: s.start.Credentials.RefreshToken}
		}
	}
	ctx.RefreshLife = protocol.RefreshLife(s.start.Provider.Lifetimes, ctx.Previous, x.Ended)
	reading := protocol.ReadToken(ctx, x.Response)
	if reading.Token == nil {
		return s, reading.Failure
	}
	s.tokens = append(slices.Clone(s.tokens), Issued{Token: *reading.Token, Step: x.Step, Seq: seq})
	s.revoked = false
	return s, reading.Failure
}

func (s Session) applyDiscovery(x flows.Exchange) (Session, *protocol.Failure) {
	m, failure := protocol.ReadMetadata(s.env.Endpoints.Issuer, x.Response)
	if failure == nil && x.Error != nil { // what came before the connection broke is no whole document
		failure = &protocol.Failure{Code: "no_metadata", Description: "the answer broke off: " + x.Error.Message}
	}
	s.tries = append(slices.Clone(s.tries), Try{URL: x.Request.URL, Exchange: x, Failure: failure})
	if failure != nil {
		return s, failure
	}
	s.metadata = &m
	s.env.Endpoints = fillEndpoints(s.env.Endpoints, m.Endpoints)
	s.settings.AuthMethod = chooseAuth(s.settings, m.AuthMethods)
	return s, nil
}

// chooseAuth keeps the method in use unless nobody chose it and the server lists others
// only (RFC 8414 section 2).
func chooseAuth(s flows.Settings, listed []string) flows.AuthMethod {
	if !s.AuthFromMetadata || len(listed) == 0 || slices.Contains(listed, string(s.AuthMethod)) {
		return s.AuthMethod
	}
	for _, have := range []flows.AuthMethod{flows.AuthBasic, flows.AuthPost, flows.AuthJSON, flows.AuthNone} {
		if slices.Contains(listed, string(have)) {
			return have
		}
	}
	return s.AuthMethod
}

// fillEndpoints takes from the document what neither the profile nor a flag gave.
func fillEndpoints(have, found flows.Endpoints) flows.Endpoints {
	for _, f := range []struct{ target, value *string }{
		{&have.Authorization, &found.Authorization}, {&have.Token, &found.Token}, {&have.Revocation, &found.Revocation},
		{&have.Introspection, &found.Introspection}, {&have.UserInfo, &found.UserInfo}, {&have.JWKS, &found.JWKS},
		{&have.PAR, &found.PAR}, {&have.Device, &found.Device},
	} {
		if *f.target == "" {
			*f.target = *f.value
		}
	}
	return have
}
