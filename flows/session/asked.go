package session

import (
	"slices"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

// asked are the scopes that the token of an answer was asked for: those of the request as it
// was sent, with what the user edited in it, and those of the settings where it names none of
// its own (RFC 6749 sections 3.3 and 6).
func (s Session) asked(x flows.Exchange) []string {
	if s.start.Grant == flows.GrantAuthorizationCode && x.Step != flows.StepRefresh {
		return s.authorized() // the code stands for what was consented to
	}
	fallback := s.scopes()
	if s.start.Grant == flows.GrantAuthorizationCode {
		fallback = s.authorized()
	}
	return named(protocol.SentParams(x.Request), s.settings.TokenEdits, fallback)
}

// authorized are the scopes that the authorization request asks for.
func (s Session) authorized() []string {
	if s.built == nil {
		return s.scopes()
	}
	return named(s.built.Params, s.settings.AuthorizeEdits, s.scopes())
}

// named are the scopes that the parameters of a request name. Without the parameter they are
// those of the settings, unless the user took it out.
func named(params []flows.Param, edits []flows.ParamEdit, settings []string) []string {
	if value, n := protocol.Get(params, "scope"); n > 0 {
		return protocol.SplitScopes(value)
	}
	if slices.ContainsFunc(edits, func(e flows.ParamEdit) bool { return e.Name == "scope" }) {
		return nil
	}
	return settings
}
