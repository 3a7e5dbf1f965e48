package session

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

// Handle takes an event into the session and derives what follows from it: further
// events, which are appended to the trace at the same time, and the effects that are to
// be performed. An answer to a request that was cancelled or overtaken is dropped, and so is
// what an effect sends after it was.
func (s Session) Handle(at time.Time, e flows.Event) (Session, []flows.Effect) {
	if s.isLate(e) {
		return s, nil
	}
	if s.ended != nil && !reopens(e) {
		return s, nil
	}
	at = at.Round(0) // the sleep of a machine counts, see flows.Trace.Append
	d := deriver{s: s, at: at}
	if asked, ok := e.(flows.Asked); ok {
		d.ask(asked.Action)
		return d.s, d.effects
	}
	d.record(e)
	d.follow(e)
	return d.s, d.effects
}

// isLate tells that nobody waits for this answer any more, or for that of a request which an
// effect says to have sent. Exchanges without an ID of their own (the consent's pages) belong
// to what is in flight.
func (s Session) isLate(e flows.Event) bool {
	over := s.inFlight == nil && s.cancelled
	switch e := e.(type) {
	case flows.ExchangeFinished:
		return over && e.Exchange.Step != flows.StepCallback
	case flows.ExchangeStarted:
		return over || e.ID != s.nextID-1
	}
	return false
}

func reopens(e flows.Event) bool {
	a, ok := e.(flows.Asked)
	return ok && a.Action != flows.ActEnd && a.Action != flows.ActCancel
}

type deriver struct {
	s       Session
	at      time.Time
	effects []flows.Effect
	// startedAt is when the request in flight was started, if there is one.
	startedAt time.Time
}

func (d *deriver) record(e flows.Event) { d.s = d.s.apply(d.at, e) }

func (d *deriver) do(e ...flows.Effect) { d.effects = append(d.effects, e...) }

// ask carries out a wish, or records why it cannot be done.
func (d *deriver) ask(a flows.Action) {
	if why := d.s.Can(a); why != "" {
		d.record(flows.Noted{Text: why})
		return
	}
	inFlight := d.s.inFlight
	d.startedAt = d.s.startedAt
	d.record(flows.Asked{Action: a})
	switch a {
	case flows.ActCancel:
		if inFlight != nil {
			d.cancelled(*inFlight)
			d.do(flows.CancelSend{ID: inFlight.ID})
		} else {
			d.do(flows.CloseListener{})
		}
	case flows.ActDiscover:
		d.discover()
	case flows.ActAuthorizeURL:
		if d.s.Prepared() {
			d.build()
			return
		}
		d.do(flows.Draw{})
	case flows.ActPrepare, flows.ActRestart:
		d.do(flows.Draw{})
	case flows.ActListen:
		d.listen()
	case flows.ActOpenBrowser:
		if d.s.cancelled && d.s.listener == nil && !d.s.PasteOnly() { // it was closed by a cancellation
			d.listen()
		}
		d.do(flows.OpenBrowser{URL: d.s.built.URL})
	case flows.ActApprove:
		d.approve()
	case flows.ActEnd:
		d.end()
	default:
		if req, step, ok := d.s.Preview(a); ok {
			d.send(step, req)
		}
	}
}

// cancelled ends the request in flight by the user's word. What the network says of it
// later is late, and dropped.
func (d *deriver) cancelled(f flows.ExchangeStarted) {
	d.record(flows.ExchangeFinished{ID: f.ID, Exchange: flows.Exchange{Step: f.Step, Request: f.Request, Started: d.startedAt, Ended: d.at,
		Error: &flows.TransportError{Kind: flows.ErrorCancelled, Message: "cancelled by you, before an answer came"}}})
}

func (d *deriver) send(step flows.StepKind, req flows.Request) {
	id := d.s.nextID
	wait := d.s.waitBefore(step)
	d.record(flows.ExchangeStarted{ID: id, Step: step, Request: req})
	d.do(flows.Send{ID: id, Step: step, Request: req, Timeout: d.s.settings.RequestTimeout, Wait: wait})
}

func (d *deriver) approve() {
	id := d.s.nextID
	d.record(flows.ExchangeStarted{ID: id, Step: flows.StepAuthorize, Request: flows.Request{Method: "GET", URL: d.s.built.URL}})
	d.do(flows.Consent{ID: id, URL: d.s.built.URL, Deny: d.s.settings.Fault == "denied", Timeout: d.s.settings.RequestTimeout, Expect: d.s.Expectation()})
}

func (d *deriver) discover() {
	if req, ok := d.s.previewDiscovery(); ok {
		d.send(flows.StepDiscovery, req)
	}
}

// previewDiscovery is the request for the metadata at the next place where it may be.
func (s Session) previewDiscovery() (flows.Request, bool) {
	urls := protocol.DiscoveryURLs(s.env.Endpoints.Issuer)
	if doc := s.env.Endpoints.Discovery; doc != "" && !slices.Contains(urls, doc) {
		urls = append([]string{doc}, urls...)
	}
	if n := len(s.tries); n < len(urls) {
		return protocol.DiscoveryRequest(urls[n]), true
	}
	return flows.Request{}, false
}

// previewKeys is the request for the issuer's keys, or for the metadata that names them.
func (s Session) previewKeys() (flows.Request, flows.StepKind, bool) {
	if s.env.Endpoints.JWKS != "" {
		return protocol.JWKSRequest(s.env.Endpoints.JWKS), flows.StepJWKS, true
	}
	req, ok := s.previewDiscovery()
	return req, flows.StepDiscovery, ok
}

// Deaf tells that the listener for the callback was closed by a cancellation: whoever
// comes back to the redirect URI now is not heard.
func (s Session) Deaf() bool {
	return s.built != nil && s.callback == nil && s.listener == nil && s.listenFailed == nil && s.listens()
}

func (d *deriver) listen() {
	redirect := d.s.settings.RedirectURI
	if !IsLoopback(redirect) {
		return
	}
	d.do(flows.Listen{RedirectURI: redirect, AnyPort: d.s.start.Simulated, Expect: d.s.Expectation(), Timeout: d.s.settings.CallbackTimeout})
}

func (d *deriver) end() {
	outcome, why := flows.Succeeded, ""
	switch {
	case d.s.cancelled:
		outcome = flows.Cancelled
	case d.s.FailedWhy() != "":
		outcome, why = flows.Failed, d.s.FailedWhy()
	case !d.s.Complete():
		outcome, why = flows.Failed, "the flow did not come to its end"
	}
	if d.s.start.Grant == flows.GrantAuthorizationCode { // the only one that listens, or is about to
		d.do(flows.CloseListener{})
	}
	d.record(flows.RunEnded{Outcome: outcome, Why: why})
}

// follow derives what follows from a fact.
func (d *deriver) follow(e flows.Event) {
	switch e := e.(type) {
	case flows.Drawn:
		if d.s.listens() {
			d.listen()
			return
		}
		d.build()
	case flows.ListenerOpened, flows.ListenerFailed:
		if d.s.drawn != nil && d.s.built == nil {
			d.build()
		}
	case flows.Changed:
		d.rebuild(e.Change)
	case flows.ExchangeFinished:
		d.followExchange(e.Exchange)
	}
}

// build makes the authorization request, or asks the provider's call for it, if that was
// asked for and not only prepared.
func (d *deriver) build() {
	in := d.s.authorizeInput()
	if d.s.asksForURL() {
		if d.s.building {
			d.send(flows.StepAuthorizeURL, protocol.AuthorizeURLCall(in))
		}
		return
	}
	d.record(protocol.AuthorizeURL(in))
}

// rebuild keeps a built URL in step with the settings, before it was used.
func (d *deriver) rebuild(c flows.SettingsChange) {
	if !d.s.Prepared() && d.s.built == nil || d.s.callback != nil || !touchesAuthorization(c) {
		return
	}
	if !d.s.asksForURL() {
		d.record(protocol.AuthorizeURL(d.s.authorizeInput()))
	}
	if !d.s.PasteOnly() {
		d.listen()
	}
}

func (d *deriver) followExchange(x flows.Exchange) {
	dialect := d.s.start.Provider.Dialect
	switch x.Step {
	case flows.StepAuthorizeURL:
		if built, failure := protocol.ReadAuthorizeURLCall(dialect, x.Response); failure == nil && x.Error == nil {
			params, _ := protocol.AuthorizeParams(d.s.authorizeInput())
			d.record(flows.AuthorizationBuilt{URL: built, Params: params})
		}
	case flows.StepAuthorize:
		d.codeInBody(x)
	case flows.StepDiscovery:
		last := d.s.tries[len(d.s.tries)-1]
		if last.Failure != nil && last.Failure.Code != protocol.AnotherIssuer {
			d.discover()
		} else if last.Failure == nil && d.s.Token() != nil && d.s.env.Endpoints.JWKS != "" {
			d.send(flows.StepJWKS, protocol.JWKSRequest(d.s.env.Endpoints.JWKS))
		}
	case flows.StepExchange:
		if d.s.sendsCodeAgain() {
			d.send(flows.StepExchange, x.Request)
		}
	}
}

// codeInBody: an authorization endpoint that is also documented as answering 200 with the
// code as a member of its body.
func (d *deriver) codeInBody(x flows.Exchange) {
	dialect := d.s.start.Provider.Dialect
	if !dialect.CodeInBody || x.Response == nil || x.Response.Status != 200 || d.s.callback != nil {
		return
	}
	a := protocol.ReadAnswer(x.Response)
	code := a.First(append(slices.Clone(dialect.Fields.Code), "$.code"))
	if a.Doc == nil || code == nil || code.Text == "" || a.Failure(dialect) != nil {
		return
	}
	params := []flows.Param{{Name: "code", Value: code.Text}}
	if state := a.First(append(slices.Clone(dialect.Fields.State), "$.state")); state != nil {
		params = append(params, flows.Param{Name: "state", Value: state.Text})
	}
	sep := "?"
	if strings.Contains(d.s.settings.RedirectURI, "?") {
		sep = "&"
	}
	req := flows.Request{Method: "GET", URL: d.s.settings.RedirectURI + sep + protocol.EncodeForm(params), Headers: flows.Headers{}}
	verdict, why := protocol.JudgeCallback(d.s.Expectation(), req)
	d.record(flows.CallbackArrived{Via: flows.ViaBody, Request: req, Verdict: verdict, Why: why})
}

// IsLoopback tells that a redirect URI or endpoint is on this machine (RFC 8252 section 7.3).
func IsLoopback(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	host := u.Hostname()
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
