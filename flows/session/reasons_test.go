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
		{flows.GrantRefreshToken, flows.ActRefresh, flows.Endpoints{Token: "ftp://as.example/t"}, "the token endpoint does not begin with"},
	} {
		started := flows.RunStarted{Provider: flows.Provider{Name: "x", Title: "X"}, Grant: tt.grant, Environment: flows.Environment{Name: flows.EnvCustom, Endpoints: tt.set},
			Credentials: flows.Credentials{RefreshToken: flows.NewSecret(flows.FingerprintKey{}, "refresh_token", "r")}, Settings: flows.Settings{ClientID: "a", AuthMethod: flows.AuthNone}}
		got := Replay(flows.Trace{Run: "0011"}.Append(at, started)).Can(tt.action)
		if (got == "") != (tt.want == "") || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s with %+v: %q, want %q", tt.action, tt.set, got, tt.want)
		}
	}
}

// TestRefusedEndpointsAreNamed: who cannot go on because the metadata names what is no
// endpoint is told that, and not that the endpoint is unknown.
func TestRefusedEndpointsAreNamed(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		action                         flows.Action
		grant                          flows.Grant
		member, value, want, otherwise string
	}{
		{flows.ActAuthorizeURL, flows.GrantAuthorizationCode, "authorization_endpoint", "javascript:alert(1)", "authorization_endpoint does not begin with https:// or http://; it is not used: type it at step 1, the client, with e, or on the command line give --authorize-url", "not known"},
		{flows.ActExchange, flows.GrantClientCredentials, "token_endpoint", "https://id@x.test/token", "token_endpoint holds a user", "not known"},
		{flows.ActRefresh, flows.GrantClientCredentials, "token_endpoint", "https://x.test:0/token", "token_endpoint names a port", "not known"},
		{flows.ActRevoke, "", "revocation_endpoint", "/revoke", "revocation_endpoint does not begin with https:// or http://; it is not used: type it at step 1, the client, with e, or on the command line give --revoke-url", "documents no"},
		{flows.ActIntrospect, "", "introspection_endpoint", "https://x.test/#a", "introspection_endpoint has a fragment (#)", "no introspection"},
		{flows.ActUserInfo, "", "userinfo_endpoint", "http://x.test/userinfo", "userinfo_endpoint is plain http at another machine; it is not used: have", "no userinfo"},
		{flows.ActVerify, "", "jwks_uri", "data:application/json,{}", "jwks_uri does not begin with https:// or http://; it is not used: type it at step 1, the client, with e, or on the command line give --jwks-url", ""},
	} {
		for value, want := range map[string]string{row.value: row.want, "": row.otherwise, "https://x.test/right": ""} {
			issuer := "https://as.example"
			env := flows.Environment{Name: flows.EnvCustom, Endpoints: flows.Endpoints{Issuer: issuer}}
			grant := row.grant
			if grant == "" { // what is done with a token
				grant, env.Endpoints.Token = flows.GrantClientCredentials, issuer+"/token"
			}
			trace := flows.Trace{Run: "0011"}.Append(at, flows.RunStarted{Provider: flows.Provider{Name: "x", Title: "X"}, Grant: grant, Environment: env,
				Settings: flows.Settings{ClientID: "a", AuthMethod: flows.AuthNone}})
			for i, x := range []flows.Exchange{
				{Step: flows.StepDiscovery, Response: &flows.Response{Status: 200, Body: []byte(`{"issuer":"` + issuer + `","response_types_supported":["code"],"` + row.member + `":"` + value + `"}`)}},
				{Step: flows.StepExchange, Response: &flows.Response{Status: 200, Body: []byte(`{"access_token":"at-1234567890","token_type":"Bearer","refresh_token":"rt-1234567890"}`)}},
			} {
				if i == 1 && row.grant != "" && row.action != flows.ActRefresh {
					break
				}
				trace = trace.Append(at, flows.ExchangeStarted{ID: i, Step: x.Step, Request: x.Request}).Append(at, flows.ExchangeFinished{ID: i, Exchange: x})
			}
			if got := Replay(trace).Can(row.action); got == "" && want != "" || want == "" && got != "" || !strings.Contains(got, want) {
				t.Errorf("%s with %s %q: %q, want %q", row.action, row.member, value, got, want)
			}
		}
	}
}

// TestWhereAnEndpointIsGiven: the screen has fields for those of a server without a profile,
// and the command line has flags for all.
func TestWhereAnEndpointIsGiven(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, give := range map[string]string{flows.EnvCustom: "type it at step 1, the client, with e, or on the command line give --", flows.EnvSandbox: "on the command line give --"} {
		for action, want := range map[flows.Action]string{
			flows.ActAuthorizeURL: "the authorization endpoint is not known: " + give + "authorize-url, or --issuer to discover it",
			flows.ActExchange:     "the token endpoint is not known: " + give + "token-url, or --issuer to discover it",
		} {
			started := flows.RunStarted{Provider: flows.Provider{Name: "x", Title: "X"}, Grant: flows.GrantAuthorizationCode, Environment: flows.Environment{Name: name},
				Settings: flows.Settings{ClientID: "a", AuthMethod: flows.AuthNone}}
			if got := Replay(flows.Trace{Run: "0011"}.Append(at, started)).Can(action); got != want {
				t.Errorf("%s in %s: %q, want %q", action, name, got, want)
			}
		}
	}
}
