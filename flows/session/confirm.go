package session

import (
	"strings"

	"oauthlens/flows"
)

// Unconfirmed is the reason of [Session.Can] for what only waits for a yes: everything
// else that it needs is there.
const Unconfirmed = "this goes to production: confirm it first"

// unconfirmed: production is confirmed once per run, before anything is sent there.
func (s Session) unconfirmed(a flows.Action) string {
	switch a {
	case flows.ActConfirm, flows.ActCancel, flows.ActEnd, flows.ActListen, flows.ActPrepare, flows.ActRestart:
		return ""
	case flows.ActAuthorizeURL:
		if !s.asksForURL() {
			return "" // nothing is sent yet
		}
	}
	return need(!s.NeedsConfirmation(), Unconfirmed)
}

// NeedsConfirmation tells that the environment is production, not on this machine, and
// not confirmed yet.
func (s Session) NeedsConfirmation() bool {
	return s.env.Name == flows.EnvProduction && !s.start.Simulated && !s.confirmed && !s.allLoopback()
}

func (s Session) allLoopback() bool {
	e := s.env.Endpoints
	call, _ := s.call()
	if !strings.Contains(call.Path, "://") {
		call.Path = "" // at the API's endpoint
	}
	for _, u := range []string{e.Authorization, e.AuthorizeURL, e.Token, e.Revocation, e.Introspection, e.UserInfo, e.JWKS, e.API, call.Path} {
		if u != "" && !IsLoopback(u) {
			return false
		}
	}
	return true
}
