package simulator

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"oauthlens/flows"
)

// The oracles are clients that nobody here wrote: if they complete a flow, the server
// speaks the protocol and not a private language of this program.

func oauthConfig(s *seat, style oauth2.AuthStyle, scopes ...string) oauth2.Config {
	return oauth2.Config{
		ClientID: s.id, ClientSecret: s.secret, RedirectURL: callback, Scopes: scopes,
		Endpoint: oauth2.Endpoint{AuthURL: s.e.Authorization, TokenURL: s.e.Token, AuthStyle: style},
	}
}

// walkWithOAuth2 completes code, PKCE and refresh with golang.org/x/oauth2.
func walkWithOAuth2(t *testing.T, s *seat, conf oauth2.Config, refreshes bool) *oauth2.Token {
	t.Helper()
	v := oauth2.GenerateVerifier()
	page := s.get(conf.AuthCodeURL("state-1", oauth2.S256ChallengeOption(v), oauth2.SetAuthURLParam("nonce", "n-1")))
	back := s.location(s.press(page, "decision", "allow"))
	if back.Get("state") != "state-1" {
		t.Fatalf("callback %v", back)
	}
	tok, err := conf.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(v))
	if err != nil {
		t.Fatal(err)
	}
	if !tok.Valid() || tok.ExpiresIn == 0 || refreshes != (tok.RefreshToken != "") {
		t.Fatalf("valid %v, expires_in %d, refresh token %v", tok.Valid(), tok.ExpiresIn, tok.RefreshToken != "")
	}
	if refreshes {
		old := *tok
		old.Expiry = time.Now().Add(-time.Minute)
		next, err := conf.TokenSource(t.Context(), &old).Token()
		if err != nil {
			t.Fatal(err)
		}
		if next.AccessToken == tok.AccessToken || next.RefreshToken == "" {
			t.Error("the refresh brought no new access token, or lost the refresh token")
		}
	}
	res, err := conf.Client(t.Context(), tok).Get(s.e.API + "/oracle")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	// Where only the newest token counts, the refresh above has ended this one.
	want := http.StatusOK
	if refreshes && s.p.Dialect.NewestTokenOnly {
		want = http.StatusUnauthorized
	}
	if res.StatusCode != want {
		t.Errorf("API %d, want %d", res.StatusCode, want)
	}
	return tok
}

func TestOracleOAuth2(t *testing.T) {
	r := start(t, Config{})
	for _, tc := range []struct {
		p     flows.Provider
		style oauth2.AuthStyle
		scope []string
	}{
		{split(), oauth2.AuthStyleInParams, []string{"pay:read", "offline_access"}},
		{split(), oauth2.AuthStyleInHeader, []string{"pay:read", "offline_access"}},
		{standard(), oauth2.AuthStyleInHeader, []string{"openid"}},
		{standard(), oauth2.AuthStyleAutoDetect, []string{"openid"}},
	} {
		s := r.at(tc.p, flows.EnvSimulator)
		walkWithOAuth2(t, s, oauthConfig(s, tc.style, tc.scope...), true)
	}
}

func TestOracleClientCredentials(t *testing.T) {
	s := start(t, Config{}).at(standard(), flows.EnvSimulator)
	conf := clientcredentials.Config{ClientID: s.id, ClientSecret: s.secret, TokenURL: s.e.Token, AuthStyle: oauth2.AuthStyleInHeader}
	tok, err := conf.Token(t.Context())
	if err != nil || !tok.Valid() {
		t.Fatal(err)
	}
	conf.ClientSecret = "wrong"
	if _, err := conf.Token(t.Context()); err == nil {
		t.Error("a wrong secret got a token")
	}
}

// TestOracleOIDC verifies ID tokens and signed access tokens through discovery with
// go-oidc, for every algorithm that a profile can name.
func TestOracleOIDC(t *testing.T) {
	for _, alg := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			p := standard()
			p.Simulator.Algorithm = alg
			s := start(t, Config{Providers: []flows.Provider{p}}).at(p, flows.EnvSimulator)
			verifyWithOIDC(t, s, alg, oauthConfig(s, oauth2.AuthStyleInHeader, "openid", "email"))
		})
	}
}

// verifyWithOIDC discovers the issuer and verifies what it signed.
func verifyWithOIDC(t *testing.T, s *seat, alg string, conf oauth2.Config) {
	t.Helper()
	server, err := oidc.NewProvider(t.Context(), s.e.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	if e := server.Endpoint(); e.AuthURL != s.e.Authorization || e.TokenURL != s.e.Token {
		t.Errorf("metadata names %+v", e)
	}
	tok := walkWithOAuth2(t, s, conf, s.p.Dialect.OfflineScope == "" && s.refreshing())
	raw, _ := tok.Extra("id_token").(string)
	id, err := server.VerifierContext(t.Context(), &oidc.Config{ClientID: s.id, SupportedSigningAlgs: []string{alg}}).Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if id.Nonce != "n-1" || id.Subject != "demo-user" {
		t.Errorf("nonce %q, subject %q", id.Nonce, id.Subject)
	}
	if slices.Contains([]string{"RS256", "PS256", "ES256"}, alg) {
		if err := id.VerifyAccessToken(tok.AccessToken); err != nil {
			t.Error(err)
		}
	}
	verifyAccess(t, s, alg, tok.AccessToken)
}

func (s *seat) refreshing() bool {
	return s.p.HasGrant(flows.GrantRefreshToken) || s.p.Lifetimes.RefreshToken > 0
}

// verifyAccess verifies a signed access token against the JWKS, and sees that a changed
// one does not pass.
func verifyAccess(t *testing.T, s *seat, alg, token string) {
	t.Helper()
	keys := oidc.NewRemoteKeySet(context.Background(), s.e.JWKS)
	if _, err := keys.VerifySignature(oidc.ClientContext(t.Context(), http.DefaultClient), token); err != nil {
		t.Errorf("access token: %v", err)
	}
	forged := []byte(token)
	forged[len(forged)-10] ^= 1
	if _, err := keys.VerifySignature(t.Context(), string(forged)); err == nil {
		t.Error("a changed token verifies")
	}
}

func TestFreshKeys(t *testing.T) {
	p := standard()
	p.Simulator.Algorithm = "ES256"
	fresh := start(t, Config{Providers: []flows.Provider{p}, FreshKeys: true}).at(p, flows.EnvSimulator)
	known := start(t, Config{Providers: []flows.Provider{p}}).at(p, flows.EnvSimulator)
	tok := fresh.tokens()
	verifyAccess(t, fresh, "ES256", fresh.access(tok))
	if _, err := oidc.NewRemoteKeySet(t.Context(), known.e.JWKS).VerifySignature(t.Context(), fresh.access(tok)); err == nil {
		t.Error("a fresh key is the published one")
	}
}

func TestMetadataPlaces(t *testing.T) {
	r := start(t, Config{})
	for _, env := range []string{flows.EnvSimulator, flows.EnvSandbox} {
		s := r.at(split(), env)
		for _, place := range metadataPlaces(s.e.Issuer) {
			if got := s.get(place); got.StatusCode != 200 || got.json["issuer"] != s.e.Issuer {
				t.Errorf("%s: %d %s", place, got.StatusCode, got.text)
			}
		}
	}
}
