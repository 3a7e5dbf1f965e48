package simulator

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"oauthlens/flows"
)

// issue makes an access token for a grant, and what goes with it.
func (c *call) issue(g *grant, scope []string, withRefresh bool) (tokenAnswer, *oauthError) {
	lasts := c.accessLife()
	raw, err := c.accessToken(g, scope, lasts)
	if err != nil {
		return tokenAnswer{}, serverError()
	}
	a := tokenAnswer{access: raw, expiresIn: int64(lasts / time.Second), scope: scope}
	b := c.t.books
	b.mu.Lock()
	if g.revoked {
		b.mu.Unlock()
		return tokenAnswer{}, &oauthError{code: "invalid_grant", text: "the grant was revoked"}
	}
	b.access.put(raw, &accessToken{grant: g, scope: scope, issued: c.now, expires: c.now.Add(lasts)})
	g.newest = raw
	b.mu.Unlock()
	var fault *oauthError
	if withRefresh {
		a.refresh, a.refreshExpiresIn, fault = c.issueRefresh(g, c.now.Add(c.refreshLife()))
	}
	if fault == nil && c.t.idTokens() && slices.Contains(scope, "openid") && !g.noPerson {
		if a.idToken, err = c.idToken(g, raw); err != nil {
			fault = serverError()
		}
	}
	return a, fault
}

func serverError() *oauthError {
	return &oauthError{code: "server_error", text: "the simulator could not make a token", status: 500}
}

func (c *call) issueRefresh(g *grant, expires time.Time) (string, int64, *oauthError) {
	raw, err := c.opaque(32)
	if err != nil {
		return "", 0, serverError()
	}
	b := c.t.books
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refresh.put(raw, &refreshToken{grant: g, expires: expires})
	return raw, int64(expires.Sub(c.now) / time.Second), nil
}

func (c *call) accessLife() time.Duration {
	p := c.t.provider
	own := p.Lifetimes.AccessToken
	if p.Simulator.ExpiresIn > 0 {
		own = time.Duration(p.Simulator.ExpiresIn) * time.Second
	}
	d := life(c.sc.Lifetimes.AccessToken, own, time.Hour)
	if c.planted(plantShortLife) {
		d /= 4
	}
	return d
}

func (c *call) refreshLife() time.Duration {
	return life(c.sc.Lifetimes.RefreshToken, c.t.provider.Lifetimes.RefreshToken, 30*24*time.Hour)
}

func (c *call) codeLife() time.Duration {
	return life(c.sc.Lifetimes.Code, c.t.provider.Lifetimes.Code, 10*time.Minute)
}

// accessToken makes the token in the provider's format.
func (c *call) accessToken(g *grant, scope []string, lasts time.Duration) (string, error) {
	switch f := c.t.provider.Simulator.AccessTokenFormat; f {
	case "jwt":
		return c.signedAccess(g, "JWT", scope, lasts)
	case "at+jwt":
		return c.signedAccess(g, f, scope, lasts)
	}
	return c.opaque(48)
}

// opaque makes a random value in the provider's alphabet. Where that is standard base64
// of 16 bytes it is drawn until it has a '+', which happens to one value in four: such a
// character is what wrong encodings lose, and it should not take luck to see that.
func (c *call) opaque(n int) (string, error) {
	if c.t.provider.Simulator.AccessTokenFormat != "base64" {
		b, err := c.t.sim.random(n)
		return b64(b), err
	}
	for range 64 {
		b, err := c.t.sim.random(16)
		if err != nil {
			return "", err
		}
		if s := base64.StdEncoding.EncodeToString(b); strings.Contains(s, "+") {
			return s, nil
		}
	}
	b, err := c.t.sim.random(16)
	return base64.StdEncoding.EncodeToString(b), err
}

// algorithm is the JWS algorithm of what this tenant signs.
func (c *call) algorithm() string {
	alg := c.t.provider.Simulator.Algorithm
	if keyKind(alg) == "" {
		alg = "RS256"
	}
	if c.planted(plantAlgorithm) {
		if alg == "ES256" {
			return "RS256"
		}
		return "ES256"
	}
	return alg
}

// signedAccess makes an access token as a JWT (RFC 9068 section 2.2 names the claims).
func (c *call) signedAccess(g *grant, typ string, scope []string, lasts time.Duration) (string, error) {
	jti, err := c.t.sim.random(16)
	if err != nil {
		return "", err
	}
	now := c.now.Unix()
	claims := object{
		{"iss", c.t.env.Endpoints.Issuer},
		{"sub", g.subject},
		{"aud", c.audience()},
		{"client_id", g.client},
		{"iat", now},
		{"nbf", now},
		{"exp", now + int64(lasts/time.Second)},
		{"jti", strings.ToUpper(hex.EncodeToString(jti))},
	}
	if c.planted(plantClaim) {
		claims = slices.DeleteFunc(claims, func(m member) bool { return m.name == "jti" || m.name == "client_id" })
	}
	if c.t.provider.Simulator.ScopeClaimArray {
		claims = claims.with("scope", append([]string{}, scope...))
	} else {
		claims = claims.with("scope", strings.Join(scope, " "))
	}
	return c.t.sim.keys.sign(c.algorithm(), typ, claims)
}

// audience is the aud claim: a string for one, a list for several (RFC 7519 section 4.1.3).
func (c *call) audience() any {
	aud := c.t.provider.Simulator.Audience
	if c.planted(plantAudience) {
		return "other-audience"
	}
	switch len(aud) {
	case 0:
		return c.t.env.Endpoints.API
	case 1:
		return aud[0]
	}
	return aud
}

// idToken makes an ID token (OpenID Connect Core section 2).
func (c *call) idToken(g *grant, access string) (string, error) {
	now := c.now.Unix()
	claims := object{
		{"iss", c.t.env.Endpoints.Issuer},
		{"sub", g.subject},
		{"aud", g.client},
		{"iat", now},
		{"exp", now + 3600},
		{"auth_time", g.at.Unix()},
	}
	if g.nonce != "" {
		claims = claims.with("nonce", g.nonce)
	}
	alg := c.algorithm()
	if h := halfHash(alg, access); h != "" {
		claims = claims.with("at_hash", h)
	}
	return c.t.sim.keys.sign(alg, "JWT", append(claims, profileClaims(g)...))
}

// profileClaims are the claims about the person, by the scopes that ask for them
// (OpenID Connect Core section 5.4).
func profileClaims(g *grant) object {
	var o object
	if slices.Contains(g.scope, "profile") {
		o = append(o, member{"name", "Demo User"})
	}
	if slices.Contains(g.scope, "email") {
		o = append(o, member{"email", "demo-user@example.test"}, member{"email_verified", true})
	}
	return o
}

// halfHash is at_hash (OpenID Connect Core section 3.1.3.6) for the algorithms with
// SHA-256; the others go without it, since it is optional.
func halfHash(alg, token string) string {
	if !strings.HasSuffix(alg, "256") {
		return ""
	}
	sum := sha256.Sum256([]byte(token))
	return b64(sum[:16])
}

// checkVerifier compares a code verifier with its challenge (RFC 7636 section 4.6) and
// says what is wrong; empty if nothing is.
func (c *call) checkVerifier(k *code, verifier string) string {
	switch {
	case c.planted(plantPKCE) || c.t.provider.Dialect.PKCE == flows.SupportRefused:
		return ""
	case k.challenge == "" && verifier != "":
		// RFC 9700 section 4.8.2: otherwise a stripped challenge would go unnoticed.
		return "code_verifier was sent but the authorization request had no code_challenge"
	case k.challenge == "":
		return ""
	case verifier == "":
		return "code_verifier is missing"
	case !unreserved(verifier, 43, 128):
		return "code_verifier must be 43 to 128 unreserved characters"
	}
	derived := verifier
	if k.method == string(flows.PKCES256) {
		sum := sha256.Sum256([]byte(verifier))
		derived = b64(sum[:])
	}
	if derived != k.challenge {
		return "PKCE verification failed: code_verifier does not match code_challenge"
	}
	return ""
}

// unreserved tells whether s is that long and of the characters of RFC 7636 section 4.1.
func unreserved(s string, shortest, longest int) bool {
	return len(s) >= shortest && len(s) <= longest &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~") == ""
}
