package simulator

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"time"

	"oauthlens/flows"
)

// slowAPI is how long the API of the plant "slow-api" thinks.
const slowAPI = 1200 * time.Millisecond

// revoke is the revocation endpoint (RFC 7009), or the provider's way of it: a JSON
// body is answered with an empty object, and constant members come in every answer.
func (c *call) revoke() {
	d := c.t.provider.Dialect
	p, body, fault := c.body()
	if want := revokeBody(d); fault == nil && want == flows.BodyJSON && body != want {
		fault = &oauthError{code: "invalid_request", text: "this endpoint reads a JSON body", status: http.StatusUnsupportedMediaType}
	}
	var client Client
	if fault == nil {
		accepted := c.t.acceptedAuth()
		if d.RevokeAuth != "" {
			accepted = slices.Concat([]flows.AuthMethod{d.RevokeAuth}, c.t.provider.Simulator.AuthMethods)
		}
		client, fault = c.authenticate(p, body, accepted)
	}
	if fault == nil && p.get("token") == "" {
		fault = &oauthError{code: "invalid_request", text: "token is missing"}
	}
	if fault == nil && !c.revokeToken(client, p.get("token")) {
		fault = &oauthError{code: "unauthorized_client", text: "the token was issued to another client"}
	}
	if fault != nil {
		c.fail(*fault)
		return
	}
	c.note = "revoked for " + client.ID
	switch {
	case revokeBody(d) == flows.BodyJSON:
		c.json(http.StatusOK, object{})
	case len(c.t.provider.Simulator.Members) > 0:
		c.json(http.StatusOK, c.withMembers(object{}))
	default:
		c.write(http.StatusOK, "", nil)
	}
}

// revokeToken ends a token: an access token alone, a refresh token with its whole grant
// (RFC 7009 section 2.1). An unknown token counts as revoked (section 2.2). It tells
// whether the client may do that.
func (c *call) revokeToken(client Client, raw string) bool {
	b := c.t.books
	b.mu.Lock()
	defer b.mu.Unlock()
	if t, ok := b.refresh.held[raw]; ok {
		if t.grant.client != client.ID {
			return false
		}
		t.revoked, t.grant.revoked = true, true
		return true
	}
	if t, ok := b.access.held[raw]; ok {
		if t.grant.client != client.ID {
			return false
		}
		t.revoked = true
	}
	return true
}

// live finds an access token that still stands and says why not.
func (c *call) live(raw string) (accessToken, string) {
	b := c.t.books
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok := b.access.held[raw]
	switch {
	case !ok:
		return accessToken{}, "the access token is not known"
	case t.revoked || t.grant.revoked:
		return accessToken{}, "the access token was revoked"
	case !c.now.Before(t.expires):
		return accessToken{}, "the access token expired"
	case c.t.provider.Dialect.NewestTokenOnly && t.grant.newest != raw:
		return accessToken{}, "a newer access token was issued; only the last one is valid"
	}
	return *t, ""
}

// introspect is the introspection endpoint (RFC 7662).
func (c *call) introspect() {
	p, body, fault := c.body()
	var client Client
	if fault == nil {
		client, fault = c.authenticate(p, body, slices.Concat(c.t.acceptedAuth(), []flows.AuthMethod{flows.AuthBasic, flows.AuthPost}))
	}
	if fault == nil && client.Public() {
		fault = &oauthError{code: "invalid_client", text: "a public client cannot introspect"}
	}
	if fault == nil && p.get("token") == "" {
		fault = &oauthError{code: "invalid_request", text: "token is missing"}
	}
	if fault != nil {
		c.fail(*fault)
		return
	}
	t, why := c.live(p.get("token"))
	if why != "" || t.grant.client != client.ID {
		c.note = "inactive: " + why
		c.json(http.StatusOK, object{{"active", false}})
		return
	}
	c.json(http.StatusOK, object{
		{"active", true}, {"scope", strings.Join(t.scope, " ")}, {"client_id", t.grant.client}, {"token_type", c.tokenType()},
		{"sub", t.grant.subject}, {"aud", c.audience()}, {"iss", c.t.env.Endpoints.Issuer}, {"iat", t.issued.Unix()}, {"exp", t.expires.Unix()},
	})
}

// bearer checks the access token of an API call (RFC 6750 section 2.1) and answers if
// it does not pass.
func (c *call) bearer() (accessToken, bool) {
	scheme := c.t.provider.Dialect.AuthScheme
	if scheme == "" {
		scheme = "Bearer"
	}
	got, raw, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(got, scheme) || strings.TrimSpace(raw) == "" {
		c.unauthorized(scheme+` realm="simulator"`, oauthError{code: "invalid_token", text: "no " + scheme + " token in the Authorization header"})
		return accessToken{}, false
	}
	t, why := c.live(raw)
	if why != "" {
		c.unauthorized(scheme+` realm="simulator", error="invalid_token", error_description="`+why+`"`, oauthError{code: "invalid_token", text: why})
		return accessToken{}, false
	}
	return t, true
}

// userInfo is the UserInfo endpoint (OpenID Connect Core section 5.3).
func (c *call) userInfo() {
	t, ok := c.bearer()
	if !ok {
		return
	}
	if t.grant.noPerson {
		c.insufficient("openid", "the token stands for a client, not for a person")
		return
	}
	c.note = "userinfo"
	c.json(http.StatusOK, append(object{{"sub", t.grant.subject}}, profileClaims(t.grant)...))
}

func (c *call) insufficient(scope, text string) {
	c.unauthorized(`Bearer realm="simulator", error="insufficient_scope", scope="`+scope+`"`, oauthError{code: "insufficient_scope", text: text, status: http.StatusForbidden})
}

// api is the resource server: whatever path is asked for, it says who called and what
// the token allows. How a caller proves who it is depends on the profile's calls.
func (c *call) api() {
	if c.planted(plantSlowAPI) {
		select {
		case <-time.After(slowAPI):
		case <-c.r.Context().Done():
		}
	}
	known, isKnown := c.profileCall()
	switch {
	case known.Auth == "client_query" || known.Auth == "client_json":
		c.clientCall(known)
	case known.Auth == "basic" || c.t.env.Endpoints.Token == "":
		client, ok := c.basicClient()
		if !ok {
			c.unauthorized(`Basic realm="simulator", charset="UTF-8"`, oauthError{code: "unauthorized", text: "this API takes HTTP Basic credentials"})
			return
		}
		c.note = "api call of " + client.ID
		c.apiAnswer(known, grant{client: client.ID, subject: client.ID, at: c.now}, nil, time.Time{})
	default:
		t, ok := c.bearer()
		if !ok {
			return
		}
		for _, s := range c.t.provider.Scopes {
			if s.Required && !slices.Contains(t.scope, s.Name) {
				c.insufficient(s.Name, "every call needs the scope "+s.Name)
				return
			}
		}
		if isKnown && known.Revokes {
			c.t.books.end(t.grant)
		}
		c.note = "api call of " + t.grant.client
		c.apiAnswer(known, *t.grant, t.scope, t.expires)
	}
}

// end revokes a grant.
func (b *books) end(g *grant) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g.revoked = true
}

// profileCall finds the ready-made call of the profile that this request is.
func (c *call) profileCall() (flows.APICall, bool) {
	rest := strings.TrimPrefix(c.r.URL.Path, c.t.apiRoot)
	for _, known := range c.t.provider.Calls {
		path, _, _ := strings.Cut(known.Path, "?")
		method := known.Method
		if method == "" {
			method = http.MethodGet
		}
		if path == rest && method == c.r.Method {
			return known, true
		}
	}
	return flows.APICall{}, false
}

// clientCall answers a call that carries the client's own credentials, in the query or
// in a JSON body, and is about the authorization that the client holds.
func (c *call) clientCall(known flows.APICall) {
	p := parseForm(c.r.URL.RawQuery)
	if known.Auth == "client_json" {
		var fault *oauthError
		if p, _, fault = c.body(); fault != nil {
			c.fail(*fault)
			return
		}
	}
	client, ok := c.t.sim.client(c.t, p.get("client_id"))
	if !ok || client.Public() || subtle.ConstantTimeCompare([]byte(p.get("client_secret")), []byte(client.Secret)) != 1 {
		c.fail(oauthError{code: "invalid_client", text: "client authentication failed"})
		return
	}
	held, authorized := c.t.books.liveGrant(client.ID)
	if authorized && known.Revokes {
		c.t.books.end(held)
	}
	data := object{{"is_authorized", authorized}}
	if authorized {
		data = append(data, member{"authorized_at", held.at.Unix()}, member{"granted_scopes", strings.Join(held.scope, c.separator())})
	}
	for _, name := range []string{"shop_id", "myshopify_domain"} {
		if v := p.get(name); v != "" {
			data = append(data, member{name, printable(v)})
		}
	}
	c.note = "api call of " + client.ID
	c.wrapped(data)
}

// apiAnswer says who called and how long it may.
func (c *call) apiAnswer(known flows.APICall, g grant, scope []string, expires time.Time) {
	data := object{{"simulated", true}, {"provider", c.t.provider.Title}, {"environment", c.t.env.Name}}
	if known.Name != "" {
		data = append(data, member{"call", known.Name})
	}
	data = append(data, member{"client_id", g.client}, member{"subject", g.subject})
	if !expires.IsZero() {
		data = append(data, member{"scope", strings.Join(scope, c.separator())}, member{"expires_in", int64(expires.Sub(c.now) / time.Second)})
	}
	c.wrapped(data)
}

// wrapped puts content where the provider's envelope has it.
func (c *call) wrapped(data object) {
	if path := c.payload(); path != nil {
		c.json(http.StatusOK, c.success().at(path, data))
		return
	}
	c.json(http.StatusOK, append(c.success(), data...))
}
