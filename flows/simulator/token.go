package simulator

import (
	"slices"
	"strconv"
	"strings"

	"oauthlens/flows"
)

// plainNumber is a number as a string.
func plainNumber(n int64) string { return strconv.FormatInt(n, 10) }

// token is the token endpoint (RFC 6749 section 3.2).
func (c *call) token() {
	if c.planted(plantCache) {
		c.w.Header().Set("Cache-Control", "public, max-age=60")
	}
	p, body, fault := c.body()
	if fault == nil && !c.t.acceptsBody(body) {
		fault = &oauthError{code: "invalid_request", text: "this token endpoint does not read a " + string(body) + " body", status: 415}
	}
	if fault == nil {
		if name := p.repeated(); name != "" {
			fault = &oauthError{code: "invalid_request", text: "a parameter occurs twice"}
		}
	}
	if fault == nil && p.get("grant_type") == "" {
		fault = &oauthError{code: "invalid_request", text: "grant_type is missing"}
	}
	if fault != nil {
		c.fail(*fault)
		return
	}
	client, fault := c.authenticate(p, body, c.t.acceptedAuth())
	if fault != nil {
		c.fail(*fault)
		return
	}
	answer, fault := c.grantAnswer(client, p)
	if fault != nil {
		c.fail(*fault)
		return
	}
	c.note = "token issued to " + client.ID
	c.json(200, c.tokenObject(answer))
}

// grantAnswer carries out the grant that the request names.
func (c *call) grantAnswer(client Client, p params) (tokenAnswer, *oauthError) {
	has := c.t.provider.HasGrant
	switch g := flows.Grant(p.get("grant_type")); {
	case g == flows.GrantAuthorizationCode && has(g):
		return c.redeemCode(client, p)
	case g == flows.GrantRefreshToken && c.t.refreshes():
		return c.redeemRefresh(client, p)
	case g == flows.GrantClientCredentials && has(g):
		return c.clientCredentials(client, p)
	}
	return tokenAnswer{}, &oauthError{code: "unsupported_grant_type", text: "this grant_type is not supported here"}
}

// redeemCode exchanges an authorization code (RFC 6749 section 4.1.3).
func (c *call) redeemCode(client Client, p params) (tokenAnswer, *oauthError) {
	if p.get("code") == "" {
		return tokenAnswer{}, &oauthError{code: "invalid_request", text: "code is missing"}
	}
	b := c.t.books
	b.mu.Lock()
	k, fault := c.checkCode(client, p)
	if fault != nil {
		b.mu.Unlock()
		return tokenAnswer{}, fault
	}
	k.used = true
	b.mu.Unlock()
	return c.issue(k.grant, k.grant.scope, c.wantsRefresh(k.grant))
}

// checkCode finds the code and compares it with the request. A code that was used
// before ends all tokens that came of it (RFC 6749 section 4.1.2). The books are locked.
func (c *call) checkCode(client Client, p params) (*code, *oauthError) {
	refuse := func(text string) (*code, *oauthError) {
		e := c.grantError(text)
		return nil, &e
	}
	k, ok := c.t.books.codes.held[p.get("code")]
	switch {
	case !ok:
		return refuse("the authorization code is not known")
	case k.grant.client != client.ID:
		return refuse("the authorization code was issued to another client")
	case k.used:
		k.grant.revoked = true
		return refuse("the authorization code was already used; the tokens issued with it are revoked")
	case !c.now.Before(k.expires):
		return refuse("the authorization code has expired")
	case p.get("redirect_uri") != k.redirectURI:
		return refuse("redirect_uri does not match the one of the authorization request")
	}
	if text := c.checkVerifier(k, p.get("code_verifier")); text != "" {
		return refuse(text)
	}
	return k, nil
}

// wantsRefresh tells whether a refresh token goes with a grant of a person.
func (c *call) wantsRefresh(g *grant) bool {
	offline := c.t.provider.Dialect.OfflineScope
	return c.t.refreshes() && !c.planted(plantNoRefresh) && (offline == "" || slices.Contains(g.scope, offline))
}

// redeemRefresh exchanges a refresh token (RFC 6749 section 6).
func (c *call) redeemRefresh(client Client, p params) (tokenAnswer, *oauthError) {
	raw := p.get("refresh_token")
	if raw == "" {
		return tokenAnswer{}, &oauthError{code: "invalid_request", text: "refresh_token is missing"}
	}
	b := c.t.books
	b.mu.Lock()
	old, fault := c.checkRefresh(client, raw)
	if fault != nil {
		b.mu.Unlock()
		return tokenAnswer{}, fault
	}
	scope := old.grant.scope
	if p.get("scope") != "" {
		scope = c.splitScope(p.get("scope"))
		if !subset(scope, old.grant.scope) {
			b.mu.Unlock()
			return tokenAnswer{}, &oauthError{code: "invalid_scope", text: "a refresh cannot ask for more than was granted"}
		}
	}
	rotate := c.rotates(client)
	extend := life(c.sc.Lifetimes.RefreshExtend, c.t.provider.Lifetimes.RefreshExtend, 0)
	old.expires = old.expires.Add(extend)
	expires := old.expires
	if rotate {
		old.replaced = true
		if fresh := c.now.Add(c.refreshLife()); extend == 0 && fresh.After(expires) {
			expires = fresh
		}
	}
	b.mu.Unlock()
	answer, fault := c.issue(old.grant, scope, false)
	if fault != nil || !rotate {
		return answer, fault
	}
	answer.refresh, answer.refreshExpiresIn, fault = c.issueRefresh(old.grant, expires)
	return answer, fault
}

// checkRefresh finds the refresh token. One that was replaced and comes back ends its
// family: it, or its successor, is in the wrong hands (RFC 9700 section 4.14.2).
func (c *call) checkRefresh(client Client, raw string) (*refreshToken, *oauthError) {
	refuse := func(text string) (*refreshToken, *oauthError) {
		return nil, &oauthError{code: "invalid_grant", text: text}
	}
	t, ok := c.t.books.refresh.held[raw]
	switch {
	case !ok:
		return refuse("the refresh token is not known")
	case t.grant.client != client.ID:
		return refuse("the refresh token was issued to another client")
	case t.replaced:
		t.grant.revoked = true
		return refuse("the refresh token was already used and replaced; all tokens of this grant are revoked")
	case t.revoked || t.grant.revoked:
		return refuse("the refresh token was revoked")
	case !c.now.Before(t.expires):
		return refuse("the refresh token has expired")
	}
	return t, nil
}

// rotates says whether this refresh replaces the refresh token.
func (c *call) rotates(client Client) bool {
	rule := c.t.provider.Dialect.Rotation
	if c.sc.Rotation != "" {
		rule = c.sc.Rotation
	}
	if c.sc.Fault == faultRotatedReused {
		return true
	}
	rotate := rule == flows.RotationAlways || rule != flows.RotationNever && client.Public()
	return rotate != c.planted(plantRotation)
}

// clientCredentials grants a client access for itself (RFC 6749 section 4.4).
func (c *call) clientCredentials(client Client, p params) (tokenAnswer, *oauthError) {
	if client.Public() {
		return tokenAnswer{}, &oauthError{code: "unauthorized_client", text: "a public client cannot use client credentials"}
	}
	g := &grant{client: client.ID, subject: client.ID, at: c.now, noPerson: true}
	if c.t.provider.Simulator.SkipShopOAuth {
		if !client.ShopFree {
			return tokenAnswer{}, &oauthError{code: "unauthorized_client", text: "client_credentials needs skip_shop_oauth=1, which this client does not have"}
		}
		if g.shop = firstOf(p.get("shop_id"), p.get("myshopify_domain")); g.shop == "" {
			return tokenAnswer{}, &oauthError{code: "invalid_request", text: "client_credentials needs shop_id or myshopify_domain"}
		}
	}
	scope, fault := c.grantedScope(p.get("scope"), flows.GrantClientCredentials)
	if fault != nil {
		return tokenAnswer{}, fault
	}
	g.scope = scope
	return c.issue(g, scope, false)
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// splitScope reads a scope parameter by the provider's separator.
func (c *call) splitScope(raw string) []string {
	var out []string
	for _, s := range strings.Split(raw, c.separator()) {
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func subset(part, whole []string) bool {
	for _, s := range part {
		if !slices.Contains(whole, s) {
			return false
		}
	}
	return true
}

// grantedScope decides what of the scopes asked for is granted: all that the provider
// knows, what its profile fixes, or less if the scenario says so.
func (c *call) grantedScope(raw string, g flows.Grant) ([]string, *oauthError) {
	asked := c.splitScope(raw)
	p := c.t.provider
	for _, s := range asked {
		if len(p.Scopes) > 0 && !slices.ContainsFunc(p.Scopes, func(k flows.Scope) bool {
			return k.Name == s && (len(k.Grants) == 0 || slices.Contains(k.Grants, g))
		}) {
			return nil, &oauthError{code: "invalid_scope", text: "a scope is not known, or not allowed for this grant: " + printable(s)}
		}
	}
	if fixed := p.Simulator.GrantedScope; fixed != "" {
		return c.splitScope(fixed), nil
	}
	if len(asked) == 0 {
		for _, s := range p.Scopes {
			if s.Default && (len(s.Grants) == 0 || slices.Contains(s.Grants, g)) {
				asked = append(asked, s.Name)
			}
		}
		return asked, nil
	}
	if c.sc.Fault == faultNarrowedScope || c.planted(plantScope) {
		return c.narrowed(asked), nil
	}
	return asked, nil
}

// narrowed drops the last scope that stands for access to something: not the offline
// scope and not openid, whose loss would be another fault.
func (c *call) narrowed(asked []string) []string {
	for i := len(asked) - 1; i >= 0; i-- {
		if asked[i] != c.t.provider.Dialect.OfflineScope && asked[i] != "openid" {
			return slices.Delete(slices.Clone(asked), i, i+1)
		}
	}
	return asked
}

// printable keeps what can be said of a scope name: RFC 6749 section 3.3 allows no
// other characters in one, nor in an error_description.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			return '?'
		}
		return r
	}, s)
	return s[:min(len(s), 80)]
}
