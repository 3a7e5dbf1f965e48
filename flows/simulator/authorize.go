package simulator

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"oauthlens/flows"
)

// requestLife is how long the consent page waits for a decision.
const requestLife = 30 * time.Minute

// authorize is the authorization endpoint (RFC 6749 section 3.1): it checks the request
// and shows the consent page.
func (c *call) authorize() {
	p := parseForm(c.r.URL.RawQuery)
	if c.r.Method == http.MethodPost {
		var fault *oauthError
		if p, _, fault = c.body(); fault != nil {
			c.errorPage(*fault)
			return
		}
	}
	client, fault := c.requestingClient(p)
	if fault != nil {
		c.errorPage(*fault)
		return
	}
	req := &authorizationRequest{
		client: client, redirectURI: p.get("redirect_uri"), responseMode: p.get("response_mode"),
		state: p.get("state"), nonce: p.get("nonce"), challenge: p.get("code_challenge"), method: p.get("code_challenge_method"),
		expires: c.now.Add(requestLife),
	}
	if fault := c.checkAuthorization(req, p); fault != nil {
		c.redirectError(req, *fault)
		return
	}
	id, err := c.t.sim.random(24)
	if err != nil {
		c.broken(err)
		return
	}
	b := c.t.books
	b.mu.Lock()
	b.asked.put(b64(id), req)
	b.mu.Unlock()
	c.note = "consent page for " + client.ID
	c.consentPage(b64(id), req)
}

// requestingClient finds the client and checks its redirect URI. What is wrong here must
// not be reported by a redirect (RFC 6749 section 4.1.2.1).
func (c *call) requestingClient(p params) (Client, *oauthError) {
	for _, name := range []string{"client_id", "redirect_uri"} {
		if n := count(p, name); n != 1 {
			text := name + " is missing"
			if n > 1 {
				text = name + " occurs twice"
			}
			return Client{}, &oauthError{code: "invalid_request", text: text}
		}
	}
	client, ok := c.t.sim.client(c.t, p.get("client_id"))
	if !ok {
		return Client{}, &oauthError{code: "invalid_client", text: "client not found: no client with this client_id is registered in this environment"}
	}
	if !redirectAllowed(client, p.get("redirect_uri")) {
		return Client{}, &oauthError{code: "redirect_uri_mismatch", text: "redirect_uri is not registered for this client; the strings are compared byte for byte"}
	}
	return client, nil
}

func count(p params, name string) int {
	n := 0
	for _, f := range p {
		if f.Name == name {
			n++
		}
	}
	return n
}

// redirectAllowed compares byte for byte (RFC 9700 section 2.1), and lets loopback
// addresses in where the registration says so.
func redirectAllowed(c Client, uri string) bool {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" || strings.Contains(uri, "#") || u.User != nil || len(uri) > 2048 {
		return false
	}
	if slices.Contains(c.RedirectURIs, uri) {
		return u.Scheme != "javascript" && u.Scheme != "data"
	}
	return c.AnyLoopback && (u.Scheme == "http" || u.Scheme == "https") && loopbackHost(u.Hostname())
}

func loopbackHost(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() && ip.Zone() == ""
}

// checkAuthorization checks the rest of the request; what is wrong goes back to the
// client by redirect.
func (c *call) checkAuthorization(req *authorizationRequest, p params) *oauthError {
	d := c.t.provider.Dialect
	refuse := func(code, text string) *oauthError { return &oauthError{code: code, text: text} }
	responseType := p.get("response_type")
	switch {
	case p.repeated() != "":
		return refuse("invalid_request", "a parameter occurs twice")
	case responseType == "" && !d.OmitResponseType:
		return refuse("invalid_request", "response_type is missing")
	case responseType != "" && responseType != "code":
		return refuse("unsupported_response_type", "response_type must be code")
	case !slices.Contains([]string{"", "query", "fragment", "form_post"}, req.responseMode):
		req.responseMode = ""
		return refuse("invalid_request", "response_mode must be query, fragment or form_post")
	case p.get("request") != "" || p.get("request_uri") != "":
		return refuse("request_not_supported", "request objects are not supported")
	}
	scope, fault := c.grantedScope(p.get("scope"), flows.GrantAuthorizationCode)
	if fault != nil {
		return fault
	}
	req.scope = scope
	if fault := c.checkChallenge(req); fault != nil {
		return fault
	}
	if p.get("prompt") == "none" {
		return refuse("login_required", "prompt=none, but the person has to log in")
	}
	return nil
}

// checkChallenge checks the PKCE parameters (RFC 7636 sections 4.3 and 4.4.1).
func (c *call) checkChallenge(req *authorizationRequest) *oauthError {
	refuse := func(text string) *oauthError { return &oauthError{code: "invalid_request", text: text} }
	want := c.t.provider.Dialect.PKCE
	switch {
	case c.planted(plantPKCE):
		return nil
	case want == flows.SupportRefused && req.challenge != "":
		return refuse("unknown parameter code_challenge: PKCE is not supported")
	case want == flows.SupportRefused:
		return nil
	case req.challenge == "" && (want == flows.SupportRequired || req.client.Public()):
		return refuse("code_challenge is required")
	case req.challenge == "" && req.method != "":
		return refuse("code_challenge_method without code_challenge")
	case req.challenge == "":
		return nil
	}
	switch flows.PKCEMethod(req.method) {
	case flows.PKCES256:
		if len(req.challenge) != 43 || !unreserved(req.challenge, 43, 43) || strings.ContainsAny(req.challenge, ".~") {
			return refuse("code_challenge is no base64url SHA-256 value of 43 characters")
		}
	case flows.PKCEPlain, "":
		req.method = string(flows.PKCEPlain)
		if !unreserved(req.challenge, 43, 128) {
			return refuse("code_challenge must be 43 to 128 unreserved characters")
		}
	default:
		return refuse("code_challenge_method must be S256 or plain")
	}
	return nil
}

// consent takes the decision from the consent page. The id of the request is random,
// was shown to one page only and works once, so that no other page can decide.
func (c *call) consent() {
	p, _, fault := c.body()
	if site := c.r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		fault = &oauthError{code: "invalid_request", text: "the decision came from another site's page"}
	}
	if fault != nil {
		c.errorPage(*fault)
		return
	}
	decision := p.get("decision")
	if decision != "allow" && decision != "deny" {
		c.errorPage(oauthError{code: "invalid_request", text: "decision must be allow or deny"})
		return
	}
	b := c.t.books
	b.mu.Lock()
	req, ok := b.asked.take(p.get("request"))
	b.mu.Unlock()
	if !ok || !c.now.Before(req.expires) {
		c.errorPage(oauthError{code: "invalid_request", text: "this request was already decided, or it is too old; start again at the application"})
		return
	}
	if decision == "deny" || c.sc.Fault == faultDenied {
		c.redirectError(req, oauthError{code: "access_denied", text: "the user cancelled"})
		return
	}
	c.approve(req, p.get("user"))
}

// approve issues the code and sends the browser back (RFC 6749 section 4.1.2).
func (c *call) approve(req *authorizationRequest, user string) {
	if user = printable(strings.TrimSpace(user)); user == "" {
		user = "demo-user"
	}
	raw, err := c.opaque(32)
	if err != nil {
		c.broken(err)
		return
	}
	b := c.t.books
	b.mu.Lock()
	b.codes.put(raw, &code{
		grant:       &grant{client: req.client.ID, public: req.client.Public(), subject: user, scope: req.scope, nonce: req.nonce, at: c.now},
		redirectURI: req.redirectURI, challenge: req.challenge, method: req.method,
		expires: c.now.Add(c.codeLife()),
	})
	b.mu.Unlock()
	c.note = "consent given, code issued to " + req.client.ID
	c.sendBack(req, params{{Name: "code", Value: raw}})
}

// redirectError reports an error to the client by the browser.
func (c *call) redirectError(req *authorizationRequest, e oauthError) {
	c.note = e.code + ": " + e.text
	if c.sc.CodeInBody && c.t.provider.Dialect.CodeInBody {
		c.fail(e)
		return
	}
	p := params{{Name: "error", Value: e.code}}
	if !c.t.provider.Simulator.OmitErrorDescription {
		p = append(p, flows.Param{Name: "error_description", Value: e.text})
	}
	c.sendBack(req, p)
}

// sendBack adds state and iss (RFC 9207) and delivers the answer as the client asked.
func (c *call) sendBack(req *authorizationRequest, p params) {
	state := req.state
	if c.sc.Fault == faultWrongState && state != "" {
		other, err := c.t.sim.random(16)
		if err != nil {
			c.broken(err)
			return
		}
		state = b64(other)
	}
	if state != "" {
		p = append(p, flows.Param{Name: "state", Value: state})
	}
	if c.sc.CodeInBody && c.t.provider.Dialect.CodeInBody {
		c.codeInBody(req, p)
		return
	}
	if c.sendsIssuer() {
		p = append(p, flows.Param{Name: "iss", Value: c.t.env.Endpoints.Issuer})
	}
	if c.planted(plantCallback) {
		p = append(p, flows.Param{Name: "session_state", Value: "simulated"})
	}
	switch req.responseMode {
	case "form_post":
		c.formPostPage(req.redirectURI, p)
	case "fragment":
		c.redirect(req.redirectURI + "#" + c.query(p))
	default:
		c.redirect(withQuery(req.redirectURI, c.query(p)))
	}
}

func (c *call) sendsIssuer() bool {
	return c.t.env.Endpoints.Issuer != "" && !c.sc.OmitIssuer && !c.planted(plantNoIssuer)
}

// redirect is 303, which makes a GET of the POST that decided (RFC 9700 section 4.12).
func (c *call) redirect(to string) {
	c.w.Header().Set("Location", to)
	c.write(http.StatusSeeOther, "", nil)
}

func withQuery(uri, query string) string {
	if strings.Contains(uri, "?") {
		return uri + "&" + query
	}
	return uri + "?" + query
}

// query encodes parameters; the scenario RawCode leaves the code as it is.
func (c *call) query(p params) string {
	var parts []string
	for _, f := range p {
		value := url.QueryEscape(f.Value)
		if f.Name == "code" && c.sc.RawCode {
			value = f.Value
		}
		parts = append(parts, f.Name+"="+value)
	}
	return strings.Join(parts, "&")
}

// codeInBody answers 200 with the code as a member of the body, as some providers
// document their authorization endpoint.
func (c *call) codeInBody(req *authorizationRequest, p params) {
	f := c.t.provider.Dialect.Fields
	o := c.success()
	o = o.at(firstPath(f.Code, "code"), p.get("code"))
	beside := firstPath(f.Code, "code")
	o = o.at(append(slices.Clone(beside[:len(beside)-1]), "redirect_url"), req.redirectURI)
	if state := p.get("state"); state != "" {
		o = o.at(firstPath(f.State, "state"), state)
	}
	c.json(http.StatusOK, o)
}

// authorizeURL is the call of providers that hand out the authorization URL.
func (c *call) authorizeURL() {
	p := parseForm(c.r.URL.RawQuery)
	if c.r.Method == http.MethodPost {
		more, _, fault := c.body()
		if fault != nil {
			c.fail(*fault)
			return
		}
		p = append(p, more...)
	}
	if _, fault := c.requestingClient(p); fault != nil {
		c.fail(*fault)
		return
	}
	kept := slices.DeleteFunc(slices.Clone(p), func(f flows.Param) bool { return f.Name == "client_secret" })
	to := withQuery(c.t.env.Endpoints.Authorization, c.query(kept))
	c.note = "authorization URL handed out"
	c.json(http.StatusOK, c.success().at(firstPath(c.t.provider.Dialect.Fields.AuthorizeURL, "authorize_url"), to))
}
