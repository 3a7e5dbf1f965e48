package headless

import (
	"time"

	"oauthlens/flows"
	"oauthlens/flows/session"
)

// NeedsYes tells that a run sends to production, which has to be agreed to.
func NeedsYes(start *flows.RunStarted) bool { return opened(start).NeedsConfirmation() }

// CanApprove tells that the consent of the run can be given without a browser: its
// authorization endpoint is on this machine.
func CanApprove(start *flows.RunStarted) bool {
	return start.Simulated || session.IsLoopback(start.Environment.Endpoints.Authorization) || session.IsLoopback(start.Environment.Endpoints.AuthorizeURL) ||
		start.Grant != flows.GrantAuthorizationCode || session.IsLoopback(start.Environment.Endpoints.Issuer)
}

var zero time.Time

func opened(start *flows.RunStarted) session.Session {
	s, _ := session.New("").Handle(zero, *start)
	return s
}
