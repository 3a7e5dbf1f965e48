package session

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/jose"
)

// TestATokenWasAskedForWhatTheRequestSays: an edited scope counts as it was sent, one that was
// taken out as none, and without either the settings count.
func TestATokenWasAskedForWhatTheRequestSays(t *testing.T) {
	set := &[]flows.ParamEdit{{Op: flows.EditSet, Name: "scope", Value: "openid profile"}}
	add := &[]flows.ParamEdit{{Op: flows.EditAdd, Name: "scope", Value: "openid"}}
	out := &[]flows.ParamEdit{{Op: flows.EditRemove, Name: "scope"}}
	none := func(s *flows.RunStarted) { s.Settings.Scopes = nil }
	omits := func(s *flows.RunStarted) { s.Provider.Dialect.OmitScope = []flows.Grant{s.Grant} }
	code, client := flows.GrantAuthorizationCode, flows.GrantClientCredentials
	tests := []struct {
		name    string
		grant   flows.Grant
		mod     func(*flows.RunStarted)
		c       flows.SettingsChange
		want    string
		refresh string // after a refresh that names no scope
	}{
		{"as the settings have it", code, nil, flows.SettingsChange{}, "a offline_access", "a offline_access"},
		{"edited in the URL", code, nil, flows.SettingsChange{AuthorizeEdits: set}, "openid profile", "openid profile"},
		{"added to the URL", code, none, flows.SettingsChange{AuthorizeEdits: add}, "openid", "openid"},
		{"taken out of the URL", code, nil, flows.SettingsChange{AuthorizeEdits: out}, "", ""},
		{"the exchange of a code asks for nothing", code, nil, flows.SettingsChange{TokenEdits: set}, "a offline_access", "openid profile"},
		{"without a user", client, nil, flows.SettingsChange{}, "a offline_access", "a offline_access"},
		{"edited without a user", client, nil, flows.SettingsChange{TokenEdits: set}, "openid profile", "openid profile"},
		{"taken out without a user", client, nil, flows.SettingsChange{TokenEdits: out}, "", ""},
		{"granted although never named", client, omits, flows.SettingsChange{}, "a offline_access", "a offline_access"},
	}
	for _, tt := range tests {
		x := begin(started(tt.grant, tt.mod)).event(change(tt.c))
		if tt.grant == code {
			x.toCode().callback("code=c0de&state=the-state-value")
		}
		x.ask(flows.ActExchange).answer(200, tokenBody)
		if got := strings.Join(x.s.Token().RequestedScope, " "); got != tt.want {
			t.Errorf("%s: asked for %q, want %q", tt.name, got, tt.want)
		}
		if x.s.Can(flows.ActRefresh) != "" {
			continue
		}
		x.ask(flows.ActRefresh).answer(200, tokenBody)
		if got := strings.Join(x.s.Token().RequestedScope, " "); got != tt.refresh {
			t.Errorf("%s: refreshed with %q, want %q", tt.name, got, tt.refresh)
		}
	}
}

// TestUserInfoCanBeCalled where no call is known, once somebody is to be signed in: however
// openid came to be asked for.
func TestUserInfoCanBeCalled(t *testing.T) {
	openid := &[]flows.ParamEdit{{Op: flows.EditAdd, Name: "scope", Value: "openid"}}
	bare := func(s *flows.RunStarted) {
		s.Provider.Calls, s.Settings.Scopes, s.Environment.Endpoints.UserInfo = nil, nil, "http://127.0.0.1:1/userinfo"
	}
	tests := []struct {
		name string
		mod  func(*flows.RunStarted)
		c    flows.SettingsChange
		want string // the paths of the calls
	}{
		{"openid in the settings", bare, flows.SettingsChange{Scopes: &[]string{"openid"}}, "http://127.0.0.1:1/userinfo"},
		{"openid in the URL", bare, flows.SettingsChange{AuthorizeEdits: openid}, "http://127.0.0.1:1/userinfo"},
		{"no openid", bare, flows.SettingsChange{}, ""},
		{"no endpoint", func(s *flows.RunStarted) { bare(s); s.Environment.Endpoints.UserInfo = "" }, flows.SettingsChange{Scopes: &[]string{"openid"}}, ""},
		{"the profile's own", nil, flows.SettingsChange{Scopes: &[]string{"openid"}}, "/me"},
	}
	for _, tt := range tests {
		x := begin(started(flows.GrantAuthorizationCode, tt.mod)).event(change(tt.c)).toCode().callback("code=c0de&state=the-state-value")
		x.ask(flows.ActExchange).answer(200, tokenBody)
		var got []string
		for _, c := range x.s.Calls() {
			got = append(got, c.Path)
		}
		if strings.Join(got, " ") != tt.want || (x.s.Can(flows.ActCall) == "") != (tt.want != "") {
			t.Errorf("%s: calls %q, want %q; can it be called: %q", tt.name, got, tt.want, x.s.Can(flows.ActCall))
		}
	}
}

// TestARefreshedIDTokenNeedsNoNonce, but one that has another is as wrong as the first one
// without (OpenID Connect Core sections 3.1.3.7 and 12.2).
func TestARefreshedIDTokenNeedsNoNonce(t *testing.T) {
	answer := func(claims string) string {
		encode := base64.RawURLEncoding.EncodeToString
		jwt := encode([]byte(`{"alg":"RS256"}`)) + "." + encode([]byte(`{"iss":"http://127.0.0.1:1","aud":"client","c_hash":"no-hash"`+claims+`}`)) + ".c2ln"
		return `{"access_token":"a","token_type":"Bearer","expires_in":3600,"refresh_token":"r","id_token":"` + jwt + `"}`
	}
	verdict := func(x *script, check string) jose.Result {
		for _, j := range x.s.JWTs(x.at) {
			if i := slices.IndexFunc(j.Verdicts, func(v jose.Verdict) bool { return v.Check == check }); i >= 0 && j.Of == jose.OfIDToken {
				return j.Verdicts[i].Result
			}
		}
		return ""
	}
	for first, want := range map[string]jose.Result{`,"nonce":"n"`: jose.Passed, "": jose.Failed} {
		x := begin(started(flows.GrantAuthorizationCode, func(s *flows.RunStarted) { s.Settings.Scopes = []string{"openid"} }))
		x.toCode().callback("code=c0de&state=the-state-value").ask(flows.ActExchange).answer(200, answer(first))
		if got := verdict(x, jose.CheckNonce); got != want {
			t.Errorf("first with %q: %q, want %q", first, got, want)
		}
		if got := verdict(x, jose.CheckCodeHash); got != jose.Failed {
			t.Errorf("the code's hash beside the code: %q", got)
		}
		x.ask(flows.ActRefresh).answer(200, answer(""))
		if got := verdict(x, jose.CheckNonce); got != jose.Skipped {
			t.Errorf("refreshed without a nonce: %q", got)
		}
		if got := verdict(x, jose.CheckCodeHash); got == jose.Failed {
			t.Errorf("the code's hash of a refreshed token: %q", got)
		}
		x.ask(flows.ActRefresh).answer(200, answer(`,"nonce":"other"`))
		if got := verdict(x, jose.CheckNonce); got != jose.Failed {
			t.Errorf("refreshed with another nonce: %q", got)
		}
	}
}

// TestKeysAreFetchedLater: a key set whose place is known is one that was not fetched yet, and
// one that could not be fetched, or has no place, is not known.
func TestKeysAreFetchedLater(t *testing.T) {
	encode := base64.RawURLEncoding.EncodeToString
	jwt := encode([]byte(`{"alg":"RS256"}`)) + "." + encode([]byte(`{"iss":"http://127.0.0.1:1"}`)) + ".c2ln"
	for _, test := range []struct {
		jwks  string
		asked bool
		want  string
	}{
		{"http://127.0.0.1:1/jwks", false, "The issuer's key set (JWKS) is not fetched yet."},
		{"http://127.0.0.1:1/jwks", true, "The issuer's key set (JWKS) is not known."},
		{"", false, "The issuer's key set (JWKS) is not known."},
	} {
		x := begin(started(flows.GrantClientCredentials, func(s *flows.RunStarted) { s.Environment.Endpoints.JWKS = test.jwks }))
		x.ask(flows.ActExchange).answer(200, `{"access_token":"`+jwt+`","token_type":"Bearer"}`)
		if test.asked {
			x.ask(flows.ActVerify).answer(500, "no keys")
		}
		verdicts := x.s.JWTs(x.at)[0].Verdicts
		i := slices.IndexFunc(verdicts, func(v jose.Verdict) bool { return v.Check == jose.CheckKey })
		if i < 0 || verdicts[i].Why != test.want || verdicts[i].Result != jose.Skipped {
			t.Errorf("%+v: %+v", test, verdicts)
		}
	}
}
