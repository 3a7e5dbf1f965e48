package session

import (
	"testing"
	"time"

	"oauthlens/flows"
)

// TestTheWeightiestReasonIsGiven: a yes to production is asked for only where nothing else
// is missing.
func TestTheWeightiestReasonIsGiven(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	started := flows.RunStarted{Provider: flows.Provider{Name: "x", Title: "X"}, Grant: flows.GrantClientCredentials,
		Environment: flows.Environment{Name: flows.EnvProduction, Endpoints: flows.Endpoints{Token: "https://as.example/token"}},
		Settings:    flows.Settings{ClientID: "a", AuthMethod: flows.AuthNone}}
	s := Replay(flows.Trace{Run: "0011"}.Append(at, started))
	if !s.NeedsConfirmation() {
		t.Fatal("production needs no yes")
	}
	if got := s.Can(flows.ActExchange); got != Unconfirmed {
		t.Errorf("the exchange lacks nothing but the yes: %q", got)
	}
	for _, a := range []flows.Action{flows.ActRefresh, flows.ActRevoke, flows.ActCall, flows.ActVerify, flows.ActUserInfo, flows.ActIntrospect} {
		if got := s.Can(a); got == "" || got == Unconfirmed {
			t.Errorf("%s: %q, and there is no token", a, got)
		}
	}
}
