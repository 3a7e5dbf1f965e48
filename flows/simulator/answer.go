package simulator

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"oauthlens/flows"
)

// oauthError is a refusal in the terms of RFC 6749 section 5.2, before the provider's
// dialect gives it a form.
type oauthError struct {
	code   string
	text   string // error_description: never a code, token, verifier or secret
	status int    // zero: 400, or what the profile says
	// basic asks for HTTP Basic in WWW-Authenticate.
	basic bool
}

// tokenAnswer is a token response (RFC 6749 section 5.1) before it gets its form.
type tokenAnswer struct {
	access           string
	expiresIn        int64
	refresh          string
	refreshExpiresIn int64
	idToken          string
	scope            []string
}

// enveloped tells whether every answer of the provider has a member that says that it
// is a success.
func (c *call) enveloped() bool { return c.t.provider.Dialect.Success != nil }

// bodyDecides tells whether the body, and not the status, says that a call failed.
func (c *call) bodyDecides() bool { return c.enveloped() || c.failureMember() != nil }

// failureMember is the place of the member that marks failures, where the profile has
// one of its own beside the error.
func (c *call) failureMember() []string {
	d := c.t.provider.Dialect
	if d.Failure == nil || slices.Equal(pathNames(d.Failure.Path), firstPath(d.Fields.Error, "error")) {
		return nil
	}
	return pathNames(d.Failure.Path)
}

// envelope begins an answer with the members that every answer of the provider has.
func (c *call) envelope(outcome any, message string) object {
	d := c.t.provider.Dialect
	o := object{}
	if d.Success != nil {
		o = o.at(pathNames(d.Success.Path), outcome)
		if path := ownPath(d.Fields.ErrorDescription, "error_description"); path != nil {
			o = o.at(path, message)
		}
	}
	if path := pathNames(d.ServerTime); path != nil {
		o = o.at(path, c.now.Unix())
	}
	if path := firstPath(d.Fields.RequestID, ""); path != nil && d.Success != nil {
		o = o.at(path, c.requestID())
	}
	return o
}

func (c *call) success() object {
	if !c.enveloped() {
		o := c.envelope(nil, "")
		if path := c.failureMember(); path != nil {
			o = o.at(path, negation(c.t.provider.Dialect.Failure.Equals))
		}
		return o
	}
	return c.envelope(literal(c.t.provider.Dialect.Success.Equals), "success")
}

// requestID names an answer, as providers do for their support.
func (c *call) requestID() string {
	b, err := c.t.sim.random(8)
	if err != nil {
		return "unknown"
	}
	return "req-" + hex.EncodeToString(b)
}

// payload is the path of the object that holds an envelope's content, such as data;
// nil without one.
func (c *call) payload() []string {
	path := firstPath(c.t.provider.Dialect.Fields.AccessToken, "access_token")
	if !c.enveloped() || len(path) < 2 {
		return nil
	}
	return path[:len(path)-1]
}

// tokenObject gives a token response the provider's form: each field at the first
// path of its profile.
func (c *call) tokenObject(a tokenAnswer) object {
	f := c.t.provider.Dialect.Fields
	o := c.success()
	o = o.at(firstPath(f.AccessToken, "access_token"), a.access)
	o = o.at(firstPath(f.TokenType, "token_type"), c.tokenType())
	o = o.at(firstPath(f.ExpiresIn, "expires_in"), c.number(a.expiresIn))
	if a.refresh != "" {
		o = o.at(firstPath(f.RefreshToken, "refresh_token"), a.refresh)
		if path := firstPath(f.RefreshExpiresIn, ""); path != nil && a.refreshExpiresIn > 0 {
			o = o.at(path, a.refreshExpiresIn)
		}
	}
	if !c.planted(plantMemberGone) {
		o = o.at(firstPath(f.Scope, "scope"), strings.Join(a.scope, c.separator()))
	}
	if a.idToken != "" {
		o = o.at(firstPath(f.IDToken, "id_token"), a.idToken)
	}
	return c.withMembers(o)
}

// withMembers adds the constant members of the profile, and the request's id where
// the profile names a place for it.
func (c *call) withMembers(o object) object {
	for _, m := range c.t.provider.Simulator.Members {
		path := pathNames(m.Name)
		if path == nil {
			path = []string{m.Name}
		}
		if _, there := o.get(path[0]); !there || len(path) > 1 {
			o = o.at(path, literal(m.Value))
		}
	}
	if path := firstPath(c.t.provider.Dialect.Fields.RequestID, ""); path != nil && !c.enveloped() {
		o = o.at(path, c.requestID())
	}
	return o
}

func (c *call) tokenType() string {
	typ := c.t.provider.Simulator.TokenTypeValue
	if typ == "" {
		typ = "Bearer"
	}
	if c.planted(plantTokenType) {
		if strings.ToLower(typ) != typ {
			return strings.ToLower(typ)
		}
		return strings.ToUpper(typ[:1]) + typ[1:]
	}
	return typ
}

// number is a lifetime as the answer writes it.
func (c *call) number(n int64) any {
	if c.planted(plantMemberType) {
		return plainNumber(n)
	}
	return n
}

func (c *call) separator() string {
	if s := c.t.provider.Dialect.ScopeSeparator; s != "" {
		return s
	}
	return " "
}

// fail answers with an error in the provider's form.
func (c *call) fail(e oauthError) {
	c.note = e.code + ": " + e.text
	e = c.otherError(e)
	if e.basic {
		c.w.Header().Set("WWW-Authenticate", `Basic realm="simulator", charset="UTF-8"`)
	}
	c.json(c.failureStatus(e), c.errorObject(e))
}

// failureStatus is the HTTP status of an error: 200 for a provider whose body decides,
// except where HTTP itself refuses.
func (c *call) failureStatus(e oauthError) int {
	switch {
	case e.status == http.StatusMethodNotAllowed || e.status == http.StatusRequestEntityTooLarge:
		return e.status
	case c.bodyDecides():
		return http.StatusOK
	case e.status != 0:
		return e.status
	case e.code == "invalid_client":
		if s := c.t.provider.Simulator.InvalidClient; s != 0 {
			return s
		}
		return http.StatusUnauthorized
	}
	return http.StatusBadRequest
}

// errorNumbers are the codes of providers that number their errors. No provider has
// published its list, so these are the simulator's own.
var errorNumbers = []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "access_denied", "temporarily_unavailable", "server_error", "invalid_token", "insufficient_scope"}

// errorObject gives an error the provider's form.
func (c *call) errorObject(e oauthError) object {
	if c.planted(plantErrorBody) {
		e.text = ""
	}
	d := c.t.provider.Dialect
	if c.enveloped() {
		at := ownPath(d.Fields.Error, "error")
		number := 40001 + slices.Index(errorNumbers, e.code)
		outcome := any(number)
		if _, isNumber := negation(d.Success.Equals).(int); !isNumber {
			outcome = negation(d.Success.Equals)
		}
		text := e.text
		inCode := at == nil || slices.Equal(at, pathNames(d.Success.Path))
		if inCode {
			text = e.code + ": " + e.text
		}
		o := c.envelope(outcome, text)
		if path := c.payload(); path != nil {
			o = o.at(path, object{})
		}
		if !inCode {
			o = o.at(at, e.code)
		}
		return o
	}
	o := c.envelope(nil, "")
	if path := c.failureMember(); path != nil {
		o = o.at(path, literal(d.Failure.Equals))
	}
	o = o.at(firstPath(d.Fields.Error, "error"), e.code)
	if path := firstPath(d.Fields.ErrorDescription, "error_description"); e.text != "" && !c.t.provider.Simulator.OmitErrorDescription {
		o = o.at(path, e.text)
	}
	return c.withRequestID(o)
}

func (c *call) withRequestID(o object) object {
	if path := firstPath(c.t.provider.Dialect.Fields.RequestID, ""); path != nil {
		return o.at(path, c.requestID())
	}
	return o
}

// otherError is the plant in which one environment reports the same mistakes otherwise.
func (c *call) otherError(e oauthError) oauthError {
	if !c.planted(plantError) {
		return e
	}
	switch e.code {
	case "invalid_grant":
		e.code = "invalid_request"
	case "invalid_client":
		e.status, e.basic = http.StatusForbidden, false
	}
	return e
}

// grantError is a refusal of an authorization code, under the name that the provider
// has for it.
func (c *call) grantError(text string) oauthError {
	code := "invalid_grant"
	if own := c.t.provider.Simulator.InvalidGrantCode; own != "" {
		code = own
	}
	return oauthError{code: code, text: text}
}

// revokeBody is how the provider wants the body of a revocation.
func revokeBody(d flows.Dialect) flows.BodyEncoding {
	if d.RevokeBody != "" {
		return d.RevokeBody
	}
	return d.TokenBody
}
