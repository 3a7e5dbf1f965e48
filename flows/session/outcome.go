package session

import (
	"slices"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

// Complete tells that the grant came to its end: a token, or for GrantBasic a call.
func (s Session) Complete() bool {
	if s.start.Grant == flows.GrantBasic {
		r, ok := s.results[flows.StepCall]
		return ok && r.OK()
	}
	return s.Token() != nil
}

// Stopped tells that the newest request was cancelled by the person who had sent it: no
// failure of anybody.
func (s Session) Stopped() bool {
	for _, r := range slices.Backward(s.trace.Records) {
		if e, ok := r.Event.(flows.ExchangeFinished); ok {
			return e.Exchange.Error != nil && e.Exchange.Error.Kind == flows.ErrorCancelled
		}
	}
	return false
}

// RefusedAsRevoked tells that the last call was refused because the token had been revoked
// before it: what was wanted, and no failure.
func (s Session) RefusedAsRevoked() bool { return s.refusedAsRevoked(flows.StepCall) }

func (s Session) refusedAsRevoked(step flows.StepKind) bool {
	revoked, call := s.results[flows.StepRevoke], s.results[step]
	r := call.Exchange.Response
	return s.revoked && call.Seq > revoked.Seq && !call.OK() && r != nil && (r.Status == 401 || r.Status == 403)
}

// FailedWhy says in a sentence what went wrong last; empty if nothing did.
func (s Session) FailedWhy() string {
	if s.callback != nil && s.callback.Reading.Error != nil {
		return "the provider answered the authorization request with " + s.callback.Reading.Error.Code
	}
	if hit, refused := s.Refused(); refused {
		return "the callback was refused: " + hit.Why
	}
	if s.timedOut {
		return "nobody came back to the redirect URI in time"
	}
	if s.listenFailed != nil && s.callback == nil {
		return s.listenFailed.Message
	}
	for _, step := range []flows.StepKind{flows.StepDiscovery, flows.StepAuthorizeURL, flows.StepAuthorize, flows.StepExchange, flows.StepRefresh, flows.StepRevoke, flows.StepCall,
		flows.StepUserInfo, flows.StepIntrospect} {
		r, ok := s.results[step]
		if !ok || r.OK() || step == flows.StepDiscovery && (s.Complete() || !s.NeedsDiscovery()) || step == flows.StepAuthorize && s.callback != nil ||
			(step == flows.StepCall || step == flows.StepUserInfo) && s.refusedAsRevoked(step) {
			continue
		}
		if r.Exchange.Error != nil {
			return r.Exchange.Error.Message
		}
		switch r.Failure.Code {
		case protocol.AnotherIssuer, "unusable_authorize_url":
			return r.Failure.Description
		case protocol.NoClaims, protocol.NoSubject, protocol.NoActive, protocol.DamagedAnswer:
			return "the " + string(step) + " step failed: " + r.Failure.Description
		}
		return "the " + string(step) + " step was refused: " + r.Failure.Code
	}
	return ""
}
