package session

import "oauthlens/flows"

// withoutSecrets says why a run that was kept without its secrets cannot go on: what
// stands in their place is a mask, and a mask must not be sent to anybody.
func (s Session) withoutSecrets(a flows.Action) string {
	switch a {
	case flows.ActExchange, flows.ActRefresh, flows.ActRevoke, flows.ActIntrospect, flows.ActUserInfo, flows.ActCall:
	default:
		return ""
	}
	masked := flows.IsMask(s.refreshToken().RevealSecret())
	if t := s.Token(); t != nil {
		masked = masked || flows.IsMask(t.AccessToken.RevealSecret())
	}
	if s.callback != nil {
		masked = masked || flows.IsMask(s.callback.Reading.Code)
	}
	return need(!masked, "this run was kept without its secrets, so nothing can be sent from it: start a new one")
}
