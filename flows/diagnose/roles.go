package diagnose

import (
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// roleOf tells what a message is, by what it carries. Redirect URIs and endpoints that
// other messages name are known to the case by then.
func (c *Case) roleOf(m *message) role {
	if m.built || m.kind == flows.StepAuthorizeURL && m.x.Response == nil {
		return roleAuthorize
	}
	if m.callback != nil {
		return roleCallback
	}
	if m.x.Request.Method == "OPTIONS" {
		return rolePreflight
	}
	path := strings.ToLower(m.url.path)
	if r := c.metadataRole(m, path); r != roleOther {
		return r
	}
	if c.isTokenRequest(m, path) {
		return roleToken
	}
	if c.isCallback(m) {
		return roleCallback
	}
	if r := c.postedRole(m, path); r != roleOther {
		return r
	}
	if c.isLink(m) {
		return roleLink
	}
	if isAuthorize(m, path) {
		return roleAuthorize
	}
	if c.isUserInfo(m, path) {
		return roleUserInfo
	}
	if c.carriesToken(m) {
		return roleCall
	}
	return stepRole(m)
}

// stepRole falls back on what the trace says.
func stepRole(m *message) role {
	switch m.kind {
	case flows.StepDiscovery:
		return roleDiscovery
	case flows.StepJWKS:
		return roleJWKS
	case flows.StepPAR:
		return rolePAR
	case flows.StepAuthorize:
		if m.url.raw == "" { // a pasted page
			return roleAuthorize
		}
		return roleOther
	case flows.StepAuthorizeURL:
		return roleLink
	case flows.StepCallback:
		return roleCallback
	case flows.StepExchange, flows.StepRefresh:
		return roleToken
	case flows.StepDevice:
		return roleDevice
	case flows.StepRevoke:
		return roleRevoke
	case flows.StepIntrospect:
		return roleIntrospect
	case flows.StepUserInfo:
		return roleUserInfo
	case flows.StepCall:
		return roleCall
	}
	return roleOther
}

func (c *Case) metadataRole(m *message, path string) role {
	if m.x.Request.Method != "GET" && m.x.Request.Method != "" {
		return roleOther
	}
	if strings.HasSuffix(path, "/.well-known/openid-configuration") || strings.Contains(path, "/.well-known/oauth-authorization-server") ||
		strings.Contains(path, "/.well-known/openid-configuration") && !strings.Contains(path, "jwks") {
		return roleDiscovery
	}
	if c.endpoints[m.url.endpoint()] == roleJWKS || strings.Contains(path, "jwks") || strings.HasSuffix(path, "/certs") || strings.HasSuffix(path, "/discovery/keys") ||
		strings.Contains(path, "/discovery/v2.0/keys") || strings.HasSuffix(path, "/oauth2/v1/keys") || strings.HasSuffix(path, "/auth/keys") {
		return roleJWKS
	}
	if m.kind == flows.StepDiscovery || m.kind == flows.StepJWKS {
		return stepRole(m)
	}
	return roleOther
}

// tokenPaths end the path of a token endpoint, as providers call it.
var tokenPaths = []string{"/token", "/token/", "/access_token", "/oauth.v2.access", "/oauth.access", "/tokens/bearer", "/accesstoken", "/get_token",
	"/connect/token", "/token.oauth2", "/useraccesstoken", "/oauth2/access_token", "/requesttoken", "/tokens", "/token/clientcredentials", "/auth/customer"}

func tokenPath(path string) bool {
	for _, s := range tokenPaths {
		if strings.HasSuffix(path, s) {
			return true
		}
	}
	return false
}

func (c *Case) isTokenRequest(m *message, path string) bool {
	grant := m.args.arg("grant_type")
	if grant != nil && (m.args.arg("response_type") == nil || m.x.Request.Method == "POST") {
		return true
	}
	if _, known := c.endpoints[m.url.endpoint()]; known && c.endpoints[m.url.endpoint()] != roleToken {
		return m.x.Request.Method == "POST" && m.args.arg("code") != nil && (m.args.arg("client_secret") != nil || m.args.has("code_verifier"))
	}
	secretive := m.args.arg("client_secret") != nil || m.args.has("code_verifier", "client_assertion") || strings.EqualFold(m.auth.scheme, "Basic")
	if m.args.arg("code") != nil && secretive && !m.args.has("token") {
		return true
	}
	if m.args.arg("refresh_token") != nil && secretive && !strings.Contains(path, "revo") {
		return true
	}
	if c.endpoints[m.url.endpoint()] == roleToken {
		return true
	}
	if (m.kind == flows.StepExchange || m.kind == flows.StepRefresh) && !c.isRedirectTarget(m) {
		return true
	}
	return m.x.Request.Method == "POST" && tokenPath(path) && !m.args.has("token") && m.kind != flows.StepCall && !bearerLike(m.auth.scheme)
}

func bearerLike(scheme string) bool {
	return strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "DPoP")
}

// isCallback: the URL is a redirect URI that some request named, or the message carries
// what only a callback carries.
func (c *Case) isCallback(m *message) bool {
	if m.kind == flows.StepCallback {
		return true
	}
	carries := m.args.arg("code") != nil || m.args.has("error") && (m.args.has("state") || m.args.has("error_description"))
	if c.isRedirectTarget(m) {
		if carries || m.args.has("state", "shop", "hmac", "id_token", "access_token", "iss") {
			return true
		}
		return c.redirectedHere(m) || m.x.Error != nil && m.isNavigation()
	}
	if len(c.redirects) > 0 && c.redirectedHere(m) {
		return m.args.arg("code") != nil && m.args.has("state")
	}
	if len(c.redirects) == 0 && carries && m.args.has("state") && m.args.arg("client_id") == nil && m.args.arg("response_type") == nil {
		return m.x.Request.Method == "GET" || m.x.Request.Method == "POST"
	}
	return false
}

// isRedirectTarget tells that the message's URL is a redirect URI of the trace.
func (c *Case) isRedirectTarget(m *message) bool {
	for _, r := range c.redirects {
		if samePlace(r, m.url) || r.path == "" && m.url.path == "/" && r.authority() == m.url.authority() && r.scheme == m.url.scheme {
			return true
		}
	}
	return false
}

// redirectedHere tells that an earlier answer sent the browser to this URL.
func (c *Case) redirectedHere(m *message) bool {
	for _, l := range c.hopsTo[m.url.endpoint()] {
		if l.from.pos < m.pos && (l.to.query == m.url.query || l.to.hasFragment) {
			return true
		}
	}
	return false
}

func (c *Case) postedRole(m *message, path string) role {
	if known, ok := c.endpoints[m.url.endpoint()]; ok && (known == roleRevoke || known == roleIntrospect || known == rolePAR || known == roleDevice) {
		return known
	}
	switch {
	case m.args.has("token") && (strings.Contains(path, "revo") || strings.Contains(path, "invalidate")):
		return roleRevoke
	case m.args.has("token") && (strings.Contains(path, "introspect") || strings.Contains(path, "tokeninfo") || strings.Contains(path, "check_token")):
		return roleIntrospect
	case m.args.has("token") && m.kind == flows.StepIntrospect:
		return roleIntrospect
	}
	if m.x.Request.Method != "POST" {
		return roleOther
	}
	if strings.HasSuffix(path, "/par") || m.args.arg("response_type") != nil && m.args.arg("client_id") != nil && strings.Contains(path, "pushed") ||
		m.args.arg("response_type") != nil && m.answer().member("request_uri") != "" {
		return rolePAR
	}
	if m.args.arg("client_id") != nil && (devicePath(path) || m.answer().member("device_code") != "") {
		return roleDevice
	}
	if strings.Contains(path, "revo") && m.creds.method() != "none" {
		return roleRevoke
	}
	return roleOther
}

func devicePath(path string) bool {
	return strings.HasSuffix(strings.TrimSuffix(path, "/"), "/device") || saysAny(path, "device/code|device_code|devicecode|device_authorization|device/auth|deviceauth")
}

// isLink: an API call whose answer contains the authorization URL.
func (c *Case) isLink(m *message) bool {
	if m.args.arg("client_id") == nil && m.kind != flows.StepAuthorizeURL {
		return false
	}
	n := m.answer().node("authorize_url", "authorization_url", "auth_url", "auth_uri", "authorizeUrl", "url")
	return n != nil && n.Kind == rawjson.String && strings.HasPrefix(n.Text, "http") && m.args.has("state")
}

// isAuthorize: a request that a browser would open to log in.
func isAuthorize(m *message, path string) bool {
	if m.kind == flows.StepAuthorize && len(m.args) > 0 && (m.args.arg("client_id") != nil || m.args.arg("response_type") != nil) {
		return true
	}
	if m.x.Request.Method != "GET" && m.x.Request.Method != "" && m.x.Request.Method != "POST" {
		return false
	}
	client, redirect := m.args.arg("client_id") != nil, m.args.arg("redirect_uri") != nil
	if p := m.args.arg("response_type"); p != nil && m.args.arg("code") == nil && (client || redirect || responseTypeDefect(p.Value, true) == "") {
		return true
	}
	if client && m.args.has("request_uri", "request") {
		return true
	}
	if client && redirect && (m.args.arg("scope") != nil || m.args.has("state") || authorizePath(path)) {
		return true
	}
	return authorizePath(path) && (client || redirect || m.args.arg("scope") != nil) && m.x.Request.Method == "GET"
}

func authorizePath(path string) bool {
	for _, s := range [...]string{"/authorize", "/oauth2/auth", "/auth", "/oauth/authorize", "/connect/oauth2", "/dialog/oauth", "/authorization", "/qrconnect", "/oauth2/authorize"} {
		if strings.HasSuffix(strings.TrimSuffix(path, "/"), s) {
			return true
		}
	}
	return false
}

func (c *Case) isUserInfo(m *message, path string) bool {
	if c.endpoints[m.url.endpoint()] == roleUserInfo || m.kind == flows.StepUserInfo {
		return true
	}
	return strings.HasSuffix(path, "/userinfo") && (m.auth.name != "" || m.args.has("access_token"))
}

// carriesToken: a call of an API with a token, or what a client thinks is one.
func (c *Case) carriesToken(m *message) bool {
	if m.kind == flows.StepCall {
		return true
	}
	if m.args.has("access_token") {
		return true
	}
	for _, h := range m.x.Request.Headers {
		name := strings.ToLower(h.Name)
		switch {
		case name == "authorization":
			return !strings.EqualFold(m.auth.scheme, "Negotiate") && !strings.EqualFold(m.auth.scheme, "NTLM")
		case name == "cookie" || strings.HasPrefix(name, ":"):
		case len(h.Value) >= 12 && c.issued[h.Value] != nil:
			return true
		case strings.HasPrefix(name, "x-") && strings.HasSuffix(name, "access-token"):
			return true
		}
	}
	return false
}
