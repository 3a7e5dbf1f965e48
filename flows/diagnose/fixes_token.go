package diagnose

import (
	"fmt"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/visible"
)

// What to do about a token request, as exact as the trace and the profile allow.

// wantedBody is the form of token requests that the endpoint takes, as the answer, the
// profile or the facts say; empty if nothing does.
func (c *Case) wantedBody(m *message) flows.BodyEncoding {
	if m.failed != nil {
		switch {
		case m.failed.says("must be json|expects json|expected json|expect json|as json|application/json", "must|expect|only|use|require|send"), refusesForm(m.failed):
			return flows.BodyJSON
		case m.failed.says("x-www-form-urlencoded|form-encoded|form encoded|form body", "must|expect|only|use|require|send") && !refusesForm(m.failed):
			return flows.BodyForm
		}
	}
	if p := c.profileOf(m); p != nil {
		return orElseBody(p.Dialect.TokenBody)
	}
	if f := c.fact(m.url.host); f != nil && f.jsonToken && !f.bothToken {
		return flows.BodyJSON
	}
	if m.reqBody == bodyJSON {
		return flows.BodyForm // RFC 6749 section 4.1.3
	}
	return ""
}

func orElseBody(b flows.BodyEncoding) flows.BodyEncoding {
	if b == "" {
		return flows.BodyForm
	}
	return b
}

// refusesForm: the answer says that a form is not what it reads.
func refusesForm(t *trouble) bool {
	return t.says("does not read a form|form body is not|not accept form|form is not supported|unsupported content type 'application/x-www-form|'application/x-www-form-urlencoded' not supported|x-www-form-urlencoded is not supported|x-www-form-urlencoded;charset=utf-8' not supported")
}

func (c *Case) fixBody(m *message) string {
	switch c.wantedBody(m) {
	case flows.BodyJSON:
		return "Send the parameters of " + step(m) + " as one JSON object, with Content-Type: application/json."
	case flows.BodyForm:
		return "Send the parameters of " + step(m) + " as a form (name=value&name=value, each value percent-encoded), with Content-Type: application/x-www-form-urlencoded."
	}
	return ""
}

// methodInWords says how a client authenticates by a method.
var methodInWords = pairs{
	{"client_secret_basic", "client_id and client_secret in the header Authorization: Basic, and not in the body (client_secret_basic)"},
	{"client_secret_post", "client_id and client_secret as parameters of the body, and no Authorization header (client_secret_post)"},
	{"client_secret_json", "client_id and client_secret as members of the JSON body, and no Authorization header"},
	{"none", "client_id alone, without a secret (none)"},
}

func (c *Case) fixMethod(m *message) string {
	if m.role != roleToken {
		return ""
	}
	used := m.creds.method()
	if used == "client_secret_post" && m.reqBody == bodyJSON {
		used = "client_secret_json"
	}
	for _, name := range c.acceptedMethods(m) {
		if words := methodInWords.of(name); words != "" && name != used {
			return "In " + step(m) + " send " + words + "."
		}
	}
	return ""
}

// acceptedMethods are those that the metadata lists, that the answer names, or that the
// profile uses.
func (c *Case) acceptedMethods(m *message) []string {
	if d := c.metaFor(m); d != nil {
		if list, ok := d.list("token_endpoint_auth_methods_supported"); ok && len(list) > 0 {
			return list
		}
	}
	if o := c.otherMethodWorks(m, m.creds.method()); o != nil {
		return []string{o.creds.method()}
	}
	if p := c.profileOf(m); p != nil {
		return []string{string(p.Dialect.ClientAuth)}
	}
	if f := c.fact(m.url.host); f != nil && f.basicOnly || strings.HasPrefix(strings.ToLower(m.respHeader("WWW-Authenticate")), "basic") {
		return []string{"client_secret_basic"}
	}
	return nil
}

func (c *Case) fixCredentials(m *message) string {
	if m.role != roleToken || m.grant == "authorization_code" {
		return "" // the rule's advice is to try a dummy code
	}
	where := m.url.host
	if p := c.provider(); p != nil {
		where = p.Title + ", " + c.live.Environment.Name
	}
	return "Copy client_id and client_secret again, as a pair, for " + visible.Line(clip(where, 120)) + ". They were sent by " + m.creds.method() + " in " + step(m) + "; if they are right, ask the provider whether the client is enabled there."
}

func (c *Case) fixGrantType(m *message) string {
	if m.role != roleToken {
		if a := c.attemptAt(m); a != nil {
			return "Send response_type=code in " + step(a.where) + "."
		}
		return ""
	}
	want := ""
	sent := strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(m.value("grant_type")))
	for _, g := range [...]string{"authorization_code", "client_credentials", "refresh_token"} {
		if d := editDistance(sent, strings.ReplaceAll(g, "_", "")); sent != "" && d <= 3 {
			want = g
		}
	}
	switch {
	case want != "":
	case m.arg("code") != nil:
		want = "authorization_code"
	case m.arg("refresh_token") != nil:
		want = "refresh_token"
	case c.live != nil && c.live.Grant != flows.GrantBasic:
		want = string(c.live.Grant)
	default:
		return ""
	}
	return "Send grant_type=" + want + " in " + step(m) + ", spelt just so."
}

func (c *Case) fixGrant(m *message) string {
	p := c.profileOf(m)
	if m.role != roleToken {
		a := c.attemptAt(m)
		if a == nil || m.failed == nil || m.failed.canon != "unsupported_response_type" || a.value("response_type") == "code" {
			return ""
		}
		return "Send response_type=code in " + step(a.where) + ": " + show(a.value("response_type")) + " is another flow, which must be enabled for the client."
	}
	if p == nil || m.value("grant_type") == "" || contains(grantNames(p.Grants), m.value("grant_type")) {
		return ""
	}
	return p.Title + " documents " + strings.Join(grantNames(p.Grants), ", ") + ": send one of these as grant_type in " + step(m) + ", instead of " + show(m.value("grant_type")) + "."
}

func (c *Case) fixPKCEHalf(m *message) string {
	for _, p := range c.pkcePairs() {
		if p.x != m {
			continue
		}
		if p.challenge != nil && p.challenge.Value != "" {
			return "Send code_verifier in the token request: the value whose hash is the code_challenge of " + step(p.a.where) + ". Keep it with the state until then."
		}
		return "Send code_challenge and code_challenge_method=S256 in the authorization request (" + step(p.a.where) + "), or leave code_verifier out of " + step(m) + "."
	}
	return ""
}

func (c *Case) fixCodeAge(m *message) string {
	age, _, ok := c.codeAge(m)
	life := c.codeLife(m)
	if !ok || !life.known {
		return ""
	}
	return fmt.Sprintf("Exchange the code within %s of the callback (%s); %s passed. Do it at once, without breakpoints or copying by hand.", span(life.Duration), life.who, span(age))
}
