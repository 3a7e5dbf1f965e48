package session

import (
	"strings"
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

// TestUnusableEndpoints: nothing is built or sent for an endpoint that was typed wrongly, and
// the reason says which it is.
func TestUnusableEndpoints(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		grant  flows.Grant
		action flows.Action
		set    flows.Endpoints
		want   string
	}{
		{flows.GrantAuthorizationCode, flows.ActDiscover, flows.Endpoints{Issuer: "https://as.example"}, ""},
		{flows.GrantAuthorizationCode, flows.ActDiscover, flows.Endpoints{Issuer: "https://as.example?a=b"}, "the issuer has a query"},
		{flows.GrantAuthorizationCode, flows.ActDiscover, flows.Endpoints{Issuer: `https://as.example\x`}, "the issuer holds a blank"},
		{flows.GrantAuthorizationCode, flows.ActAuthorizeURL, flows.Endpoints{Authorization: "https://as.example/a#b"}, "the authorization endpoint has a fragment"},
		{flows.GrantAuthorizationCode, flows.ActAuthorizeURL, flows.Endpoints{Authorization: "https://me:word@as.example/a"}, "the authorization endpoint holds a user"},
		{flows.GrantClientCredentials, flows.ActExchange, flows.Endpoints{Token: "https://as.example/t"}, ""},
		{flows.GrantClientCredentials, flows.ActExchange, flows.Endpoints{Token: "https://as.example/t#b"}, "the token endpoint has a fragment"},
		{flows.GrantRefreshToken, flows.ActRefresh, flows.Endpoints{Token: "ftp://as.example/t"}, "the token endpoint is no absolute"},
	} {
		started := flows.RunStarted{Provider: flows.Provider{Name: "x", Title: "X"}, Grant: tt.grant, Environment: flows.Environment{Name: flows.EnvCustom, Endpoints: tt.set},
			Credentials: flows.Credentials{RefreshToken: flows.NewSecret(flows.FingerprintKey{}, "refresh_token", "r")}, Settings: flows.Settings{ClientID: "a", AuthMethod: flows.AuthNone}}
		got := Replay(flows.Trace{Run: "0011"}.Append(at, started)).Can(tt.action)
		if (got == "") != (tt.want == "") || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s with %+v: %q, want %q", tt.action, tt.set, got, tt.want)
		}
	}
}
