package capture

import (
	"bytes"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// byContent tells the step of an exchange from its own bytes; "" if they do not decide.
// The order matters: what is sent counts before where it was sent to, because wrong
// URLs are among the faults.
func (f *facts) byContent() flows.StepKind {
	if f.method == "OPTIONS" || f.method == "CONNECT" {
		return ""
	}
	if f.furniture && len(f.body) == 0 {
		return ""
	}
	switch {
	case f.method == "" && f.x.Response != nil:
		return answerStep(f.x)
	case f.isDiscovery():
		return flows.StepDiscovery
	case f.isJWKS():
		return flows.StepJWKS
	case f.isAuthorizeURLCall():
		return flows.StepAuthorizeURL
	case f.isRevoke():
		return flows.StepRevoke
	case f.isIntrospect():
		return flows.StepIntrospect
	case f.isDevice():
		return flows.StepDevice
	case f.isPAR():
		return flows.StepPAR
	case f.isTokenRequest():
		if f.isRefresh() {
			return flows.StepRefresh
		}
		return flows.StepExchange
	case f.isAuthorize():
		return flows.StepAuthorize
	case f.isUserInfo():
		return flows.StepUserInfo
	}
	return ""
}

func (f *facts) isDiscovery() bool {
	if f.method != "GET" && f.method != "HEAD" {
		return false
	}
	for _, s := range [...]string{"openid-configuration", "oauth-authorization-server", "oauth-protected-resource"} {
		if i := strings.Index(f.low, "/.well-known/"+s); i >= 0 && !strings.HasSuffix(f.low, "jwks") {
			return true
		}
	}
	return f.answer.Member("issuer") != nil && (f.answer.Member("token_endpoint") != nil || f.answer.Member("authorization_endpoint") != nil)
}

func (f *facts) isJWKS() bool {
	if f.method != "GET" && f.method != "HEAD" {
		return false
	}
	if isKeySet(f.answer) {
		return true
	}
	switch f.last {
	case "jwks", "jwksjson", "jwksuri", "certs":
		return true
	case "keys":
		return strings.Contains(f.low, "oauth") || strings.Contains(f.low, "discovery") || strings.Contains(f.low, "/auth/")
	}
	return false
}

func isKeySet(n *rawjson.Node) bool {
	keys := n.Member("keys")
	if keys == nil || keys.Kind != rawjson.Array {
		return false
	}
	return len(keys.Children) == 0 || keys.Children[0].Member("kty") != nil
}

// isAuthorizeURLCall tells a call whose answer is an authorization URL: a member that is
// an absolute URL with the parameters of an authorization request.
func (f *facts) isAuthorizeURLCall() bool {
	if f.answer == nil || f.answer.Kind != rawjson.Object || f.isTokenRequest() {
		return false
	}
	found, seen := false, 0
	f.answer.Walk(func(n *rawjson.Node) {
		seen++
		if found || seen > 200 || n.Kind != rawjson.String || len(n.Text) > 8<<10 || !strings.Contains(n.Text, "://") {
			return
		}
		found = authorizationParams(n.Text)
	})
	return found
}

// authorizationParams tells whether an absolute URL is an authorization request.
func authorizationParams(raw string) bool {
	_, host, _, query, _ := splitURL(raw)
	if host == "" || query == "" {
		return false
	}
	p := pairs(query)
	client := p.has("client_id", "appid", "app_id", "client_key")
	return client && p.has("redirect_uri", "redirect_url", "response_type", "request_uri", "request")
}

func (f *facts) isRevoke() bool {
	named := strings.Contains(f.low, "revoke") || strings.Contains(f.low, "revocation")
	switch {
	case named && (f.method == "POST" || f.method == "DELETE"):
		return true
	case named:
		return f.all.has("token", "access_token", "refresh_token")
	case f.method == "DELETE":
		return (strings.Contains(f.low, "/token") || strings.Contains(f.low, "/grant") || strings.Contains(f.low, "/authorization") ||
			strings.HasSuffix(f.low, "/api/delete")) && (f.bearer != "" || f.scheme == "basic")
	}
	return f.all.has("token_type_hint") && f.all.has("token") && !f.hasActive()
}

func (f *facts) hasActive() bool {
	n := f.answer.Member("active")
	return n != nil && n.Kind == rawjson.Bool
}

func (f *facts) isIntrospect() bool {
	if !f.all.has("token", "access_token", "id_token", "input_token", "oauth_token") {
		return false
	}
	if f.hasActive() && f.all.has("token") {
		return true
	}
	for _, s := range [...]string{"introspect", "tokeninfo", "token_info", "check_token", "checktoken", "debug_token", "verify_token", "token/verify"} {
		if strings.Contains(f.low, s) {
			return true
		}
	}
	return false
}

// isTokenRequest tells a request for a token by what is sent.
func (f *facts) isTokenRequest() bool {
	p := f.all
	if p.has("response_type") && !p.has("code", "client_secret", "refresh_token") && !p.has("grant_type") {
		return false
	}
	if p.has("grant_type") {
		return f.method != "GET" || !p.has("response_type")
	}
	if len(f.body) == 0 && f.method == "POST" && containsAny(f.x.Request.Body, []string{"grant_type", "grantType"}) {
		return true // a body that could not be read as what it is
	}
	secret := p.has("client_secret", "code_verifier", "client_assertion", "app_secret", "secret", "appsecret")
	switch {
	case p.get("code", "authCode", "auth_code") != "" && secret:
		return true
	case p.get("code") != "" && f.method == "POST" && p.has("client_id", "appid") && p.has("redirect_uri"):
		return true
	case f.method == "POST" && p.has("app_id", "client_id", "appid") && secret && !p.has("response_type", "token", "request") && f.issuesToken():
		return true
	case p.has("refresh_token") && !strings.Contains(f.low, "revo") && (f.method == "POST" || p.has("client_id", "appid")) && !p.has("state"):
		return true
	case !f.tokenPath() || f.method == "GET" && f.bearer != "":
		return false
	}
	if access, _, _ := f.issued(); access != "" && f.bearer == "" {
		return true
	}
	return f.method == "POST" && (f.scheme == "basic" || secret || p.has("client_id", "appid", "code", "username", "assertion"))
}

// issuesToken tells an answer with a token under a name that says so.
func (f *facts) issuesToken() bool {
	return f.member("access_token", "app_access_token", "tenant_access_token", "accessToken") != ""
}

// isRefresh tells a refresh among the token requests.
func (f *facts) isRefresh() bool {
	if g := f.all.get("grant_type"); g != "" {
		return strings.Trim(letters(g), "\"'") == "refreshtoken" || letters(g) == "refresh"
	}
	if f.all.has("grant_type") {
		return f.all.has("refresh_token")
	}
	if f.all.has("refresh_token") && !f.all.has("code") {
		return true
	}
	b := f.x.Request.Body
	i := bytes.Index(b, []byte("grant_type"))
	return len(f.body) == 0 && i >= 0 && bytes.Contains(b[i:min(len(b), i+40)], []byte("refresh"))
}

// tokenPath tells a path that providers use for the token endpoint.
func (f *facts) tokenPath() bool {
	if strings.Contains(f.low, "introspect") || strings.Contains(f.low, "revo") || strings.Contains(f.low, "tokeninfo") {
		return false
	}
	switch f.last {
	case "token", "tokens", "accesstoken", "oauthtoken", "gettoken", "getaccesstoken", "oauthv2access", "oauthaccess", "oauthv2useraccesstoken",
		"useraccesstoken", "appaccesstoken", "tenantaccesstoken", "refreshtoken", "clientcredentials", "tokenoauth2", "createtoken", "requesttoken":
		return true
	case "bearer":
		return strings.Contains(f.low, "token")
	}
	return strings.Contains(f.low, "/token/") && f.method == "POST"
}

func (f *facts) isDevice() bool {
	if f.method != "POST" && f.method != "GET" {
		return false
	}
	if f.member("user_code") != "" && f.member("device_code") != "" {
		return true
	}
	if f.method != "POST" || f.bearer != "" || f.all.has("grant_type", "device_code") {
		return false
	}
	device := strings.Contains(f.low, "device")
	return device && f.body.has("client_id") && !f.body.has("user_code") &&
		(strings.Contains(f.low, "code") || strings.Contains(f.low, "auth") || f.last == "device")
}

func (f *facts) isPAR() bool {
	if f.method != "POST" {
		return false
	}
	if f.member("request_uri") != "" {
		return true
	}
	named := f.last == "par" || strings.HasSuffix(f.low, "/as/par") || strings.Contains(f.low, "pushed") || strings.HasSuffix(f.low, "/par/request")
	return named && f.body.has("response_type", "request", "client_id", "redirect_uri", "client_assertion")
}

// isAuthorize tells an authorization request. One that lost most of its parameters is
// known by its path.
func (f *facts) isAuthorize() bool {
	if f.method != "GET" && f.method != "POST" && f.method != "HEAD" {
		return false
	}
	p := f.all
	if p.has("post_logout_redirect_uri", "id_token_hint") && !p.has("response_type") || strings.Contains(f.low, "logout") || f.jsonBody ||
		strings.Contains(f.low, "end_session") || strings.Contains(f.low, "endsession") {
		return false
	}
	client := p.has("client_id", "appid", "app_id", "client_key")
	switch {
	case client && p.has("redirect_uri", "redirect_url", "request_uri"):
		return true
	case p.has("response_type") && (client || p.has("redirect_uri", "scope", "state")):
		return true
	case client && p.has("request"):
		return true
	}
	return f.authorizePath() && f.method == "GET" && (client || p.has("response_type", "redirect_uri", "scope", "request_uri"))
}

// authorizePath tells a path that providers use for the authorization endpoint.
func (f *facts) authorizePath() bool {
	switch f.last {
	case "authorize", "authorization", "auth", "oauth2", "oauth", "qrconnect", "authenticate", "authorise", "oauthauthorize", "dialog":
		return true
	}
	return strings.Contains(f.low, "/oauth2/") && strings.Contains(f.low, "auth") && !f.tokenPath()
}

func (f *facts) isUserInfo() bool {
	if f.method != "GET" && f.method != "POST" {
		return false
	}
	return strings.HasSuffix(f.last, "userinfo")
}

// isCall tells a request to a resource server: it carries a token or credentials, or
// its answer asks for one.
func (f *facts) isCall() bool {
	if f.bearer != "" || f.scheme == "basic" {
		return true
	}
	if f.x.Request.Headers.Has("Authorization") {
		return true
	}
	if r := f.x.Response; r != nil && (r.Status == 401 || r.Status == 403) {
		low := strings.ToLower(r.Headers.Get("WWW-Authenticate"))
		return strings.Contains(low, "bearer") || strings.Contains(low, "dpop") || strings.Contains(low, "oauth")
	}
	return false
}
