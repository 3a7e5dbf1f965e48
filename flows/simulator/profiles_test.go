package simulator

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"oauthlens/flows"
	"oauthlens/flows/provider"
)

// everyProfile runs a test over each embedded profile in each environment. No profile is
// known here by name: one that is added tomorrow is tried tomorrow.
func everyProfile(t *testing.T, cfg Config, test func(t *testing.T, s *seat)) {
	t.Helper()
	profiles := provider.Embedded()
	if len(profiles) == 0 {
		t.Fatal("no profiles")
	}
	cfg.Providers = profiles
	r := start(t, cfg)
	for _, p := range profiles {
		envs := []string{flows.EnvSimulator}
		for _, e := range p.Environments {
			envs = append(envs, e.Name)
		}
		for _, env := range envs {
			t.Run(p.Name+"/"+env, func(t *testing.T) {
				inner := *r
				inner.T = t
				test(t, inner.at(p, env))
			})
		}
	}
}

// hasRefresh tells whether a code flow of the profile ends with a refresh token.
func (s *seat) hasRefresh() bool { return s.refreshing() }

// good tells whether an answer is a success in the provider's own terms.
func (s *seat) good(r reply) bool {
	if d := s.p.Dialect.Success; d != nil {
		if v, there := r.json[pathNames(d.Path)[0]]; there && v != 0.0 {
			return false
		}
	}
	return r.StatusCode == http.StatusOK
}

func TestEveryProfileEveryGrant(t *testing.T) {
	everyProfile(t, Config{}, func(t *testing.T, s *seat) {
		for _, g := range s.p.Grants {
			switch g {
			case flows.GrantAuthorizationCode:
				s.tryCode()
			case flows.GrantClientCredentials:
				s.tryClientCredentials()
			case flows.GrantBasic:
				s.tryBasic()
			}
		}
	})
}

func (s *seat) tryCode() {
	s.Helper()
	tok := s.tokens()
	if a := s.call(s.access(tok)); !s.good(a) {
		s.Errorf("API: %d %s", a.StatusCode, a.text)
	}
	if refresh := s.refreshOf(tok); s.hasRefresh() != (refresh != "") {
		s.Errorf("refresh token %v, want %v: %s", refresh != "", s.hasRefresh(), tok.text)
	} else if refresh != "" {
		again := s.refresh(refresh)
		if s.access(again) == "" || s.access(again) == s.access(tok) {
			s.Errorf("refresh: %d %s", again.StatusCode, again.text)
		}
		tok = again
	}
	if back := s.consented(s.authorizeParams(), "deny"); back.Get("error") != "access_denied" || back.Has("code") {
		s.Errorf("denial: %v", back)
	}
	if bad := s.exchange("no-such-code"); s.good(bad) {
		s.Errorf("an unknown code was taken: %s", bad.text)
	}
	if s.e.Revocation == "" {
		return
	}
	if rev := s.send(s.e.Revocation, "token", s.access(tok)); rev.StatusCode != http.StatusOK {
		s.Errorf("revocation: %d %s", rev.StatusCode, rev.text)
	}
	if a := s.call(s.access(tok)); a.StatusCode != http.StatusUnauthorized {
		s.Errorf("a revoked token works: %d %s", a.StatusCode, a.text)
	}
}

func (s *seat) clientCredentialsParams() []string {
	p := []string{"grant_type", "client_credentials"}
	if s.p.Simulator.SkipShopOAuth {
		p = append(p, "shop_id", "42")
	}
	if slices.Contains(s.p.Dialect.OmitScope, flows.GrantClientCredentials) {
		return p
	}
	for _, k := range s.p.Scopes {
		if k.Default && (len(k.Grants) == 0 || slices.Contains(k.Grants, flows.GrantClientCredentials)) {
			return append(p, "scope", k.Name)
		}
	}
	return p
}

func (s *seat) tryClientCredentials() {
	s.Helper()
	first := s.send(s.e.Token, s.clientCredentialsParams()...)
	second := s.send(s.e.Token, s.clientCredentialsParams()...)
	if s.access(first) == "" || s.access(first) == s.access(second) || s.refreshOf(first) != "" {
		s.Fatalf("%d %s", first.StatusCode, first.text)
	}
	for _, token := range []string{s.access(first), s.access(second)} {
		if a := s.call(token); !s.good(a) {
			s.Errorf("API: %d %s", a.StatusCode, a.text)
		}
	}
	wrong := *s
	wrong.secret = "wrong"
	if bad := wrong.send(s.e.Token, s.clientCredentialsParams()...); s.good(bad) || s.access(bad) != "" {
		s.Errorf("a wrong secret was taken: %s", bad.text)
	}
	s.AdvanceClock(25 * time.Hour)
	if a := s.call(s.access(first)); a.StatusCode != http.StatusUnauthorized {
		s.Errorf("an expired token works: %d", a.StatusCode)
	}
}

func (s *seat) tryBasic() {
	s.Helper()
	req := request(s.T, "GET", s.e.API+"/anything", "")
	req.SetBasicAuth(s.id, s.secret)
	if a := s.do(req); a.StatusCode != http.StatusOK {
		s.Errorf("API: %d %s", a.StatusCode, a.text)
	}
	if a := s.call("token"); a.StatusCode != http.StatusUnauthorized {
		s.Errorf("a Bearer token at a Basic API: %d", a.StatusCode)
	}
}

// TestEveryProfileWithOAuth2 lets golang.org/x/oauth2 walk each profile whose dialect it
// understands: form bodies and the member names of RFC 6749.
func TestEveryProfileWithOAuth2(t *testing.T) {
	walked := 0
	everyProfile(t, Config{}, func(t *testing.T, s *seat) {
		d := s.p.Dialect
		if s.e.Token == "" || d.TokenBody == flows.BodyJSON || d.Success != nil || strings.Join(firstPath(d.Fields.AccessToken, "access_token"), ".") != "access_token" {
			t.Logf("a dialect that x/oauth2 does not speak")
			return
		}
		walked++
		style := oauth2.AuthStyleInHeader
		if d.ClientAuth == flows.AuthPost {
			style = oauth2.AuthStyleInParams
		}
		if s.p.HasGrant(flows.GrantAuthorizationCode) {
			var scopes []string
			for _, k := range s.p.Scopes {
				if k.Default {
					scopes = append(scopes, k.Name)
				}
			}
			walkWithOAuth2(t, s, oauthConfig(s, style, scopes...), s.hasRefresh())
		}
		if s.p.HasGrant(flows.GrantClientCredentials) {
			conf := clientcredentials.Config{ClientID: s.id, ClientSecret: s.secret, TokenURL: s.e.Token, AuthStyle: style}
			if tok, err := conf.Token(t.Context()); err != nil || !tok.Valid() {
				t.Errorf("client credentials: %v", err)
			}
		}
	})
	if walked == 0 {
		t.Error("x/oauth2 walked no profile")
	}
}

// TestEveryProfileSignature verifies signed tokens of each profile through its metadata
// and JWKS with go-oidc.
func TestEveryProfileSignature(t *testing.T) {
	verified := 0
	everyProfile(t, Config{}, func(t *testing.T, s *seat) {
		format := s.p.Simulator.AccessTokenFormat
		if format != "jwt" && format != "at+jwt" {
			return
		}
		meta := s.get(s.e.Discovery)
		if meta.StatusCode != 200 || meta.json["issuer"] != s.e.Issuer || meta.json["jwks_uri"] != s.e.JWKS || meta.json["token_endpoint"] != s.e.Token {
			t.Fatalf("metadata %d %s", meta.StatusCode, meta.text)
		}
		var tok reply
		if s.p.HasGrant(flows.GrantAuthorizationCode) {
			tok = s.tokens()
		} else {
			tok = s.send(s.e.Token, s.clientCredentialsParams()...)
		}
		verifyAccess(t, s, "", s.access(tok))
		if iss := claims(t, s.access(tok))["iss"]; iss != s.e.Issuer {
			t.Errorf("iss %v, want %s", iss, s.e.Issuer)
		}
		verified++
	})
	if verified == 0 {
		t.Error("no profile signs")
	}
}

// TestEveryProfileEveryFault sees that each fault leaves no profile with a good answer
// that it should not have, and breaks nothing.
func TestEveryProfileEveryFault(t *testing.T) {
	for _, fault := range []string{faultErrorUnder200, faultHTML502} {
		everyProfile(t, Config{Scenario: Scenario{Fault: fault}}, func(t *testing.T, s *seat) {
			if s.e.Token == "" {
				if a := s.get(s.e.API + "/anything"); s.good(a) && a.json["error"] == nil {
					t.Errorf("%s: %d %s", fault, a.StatusCode, a.text)
				}
				return
			}
			if r := s.send(s.e.Token, "grant_type", "refresh_token", "refresh_token", "x"); s.access(r) != "" || s.good(r) && r.json["error"] == nil {
				t.Errorf("%s: %d %s", fault, r.StatusCode, r.text)
			}
		})
	}
	everyProfile(t, Config{Scenario: Scenario{Planted: AllPlants()}}, func(t *testing.T, s *seat) {
		if s.p.HasGrant(flows.GrantAuthorizationCode) {
			s.tokens()
		}
		if s.p.HasGrant(flows.GrantClientCredentials) {
			s.send(s.e.Token, s.clientCredentialsParams()...)
		}
	})
}
