package diagnose

import (
	"fmt"
	"strings"

	"oauthlens/flows"
)

// bodyDefect tells how label and body of a token request disagree; empty if they agree.
func bodyDefect(m *message) string {
	if m.x.Request.Method != "POST" || len(m.x.Request.Body) == 0 {
		return ""
	}
	label := strings.ToLower(m.header("Content-Type"))
	label, _, _ = strings.Cut(label, ";")
	label = strings.TrimSpace(label)
	switch {
	case m.reqBody == bodyJSON && strings.Contains(label, "form"):
		return "the label says " + label + ", the body is JSON"
	case m.reqBody == bodyForm && strings.Contains(label, "json"):
		return "the label says " + label + ", the body is a form"
	case m.reqBody == bodyForm && label == "":
		return "the body is a form and has no Content-Type"
	case (m.reqBody == bodyForm || m.reqBody == bodyJSON) && (label == "text/plain" || label == "application/octet-stream" || label == "text/html" || strings.Contains(label, "xml")):
		return "the label says " + label + ", the body is a " + m.reqBody.String()
	}
	return ""
}

func checkBodyFormat(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		t := m.failed
		if t == nil || t.layer == layerTransport || t.pending || m.status() >= 500 && m.status() != 500 {
			continue
		}
		if defect := bodyDefect(m); defect != "" && t.canon != "invalid_grant" {
			out = append(out, hit(m, flows.Certain, step(m)+": "+defect, c.said(m)).marking(markHeader(m, "Content-Type", "label")))
			continue
		}
		if m.status() == 415 || t.says("unsupported media type|content-type|content type") && (t.canon == "" || t.canon == "invalid_request") {
			out = append(out, hit(m, flows.Certain, c.said(m), "Content-Type sent: "+show(m.header("Content-Type"))))
			continue
		}
		if missing := complaintOfPresent(m, t); missing != "" {
			out = append(out, hit(m, flows.Likely, c.said(m), missing+" is in the body, which was sent as "+m.reqBody.String()))
			continue
		}
		if h, ok := c.unwantedBody(m, t); ok {
			out = append(out, h)
		}
	}
	return out
}

// unwantedBody: the request is not in the form that the endpoint is known to take, and was
// not refused for what it says.
func (c *Case) unwantedBody(m *message, t *trouble) (Hit, bool) {
	sent, want := m.reqBody, c.wantedBody(m)
	switch {
	case t.canon == "invalid_grant" || t.canon == "invalid_client" || t.canon == "invalid_scope" || t.canon == "unauthorized_client":
		return Hit{}, false
	case sent == bodyForm && want == flows.BodyJSON, sent == bodyJSON && want == flows.BodyForm && c.profileOf(m) != nil:
	default:
		return Hit{}, false
	}
	conf, who := flows.Likely, "the token endpoint"
	if p := c.profileOf(m); p != nil {
		who = p.Title
		if len(p.Simulator.AuthMethods) > 1 { // both forms are known to be taken
			return Hit{}, false
		}
	} else if f := c.fact(m.url.host); f != nil {
		who = f.as("json")
	}
	if refusesForm(t) || t.says("json body|form body|form-encoded|urlencoded") {
		conf = flows.Certain
	}
	return hit(m, conf, who+" takes token requests as "+bodyInWords(want)+", "+step(m)+" sent "+map[bool]string{true: "JSON", false: "a form"}[sent == bodyJSON], c.said(m)), true
}

func bodyInWords(b flows.BodyEncoding) string {
	if b == flows.BodyJSON {
		return "JSON"
	}
	return "a form"
}

// complaintOfPresent: the server misses a parameter that is in the body.
func complaintOfPresent(m *message, t *trouble) string {
	if !t.says("missing|required|not provided|must be provided|must be present|is empty|not present|no ") && t.canon != "unsupported_grant_type" || len(m.form) == 0 {
		return ""
	}
	for _, name := range [...]string{"grant_type", "client_id", "code", "client_secret", "refresh_token"} {
		p := m.form.arg(name)
		if p == nil || p.Value == "" {
			continue
		}
		if t.says(name, "missing|required|not provided|must be|empty|not present") {
			if name == "code" && (strings.Contains(t.text, "code_") || strings.Contains(t.text, "error_code")) || name == "grant_type" && grantDefect(m) != "" {
				continue
			}
			return name
		}
	}
	if m.reqBody == bodyJSON && t.canon == "unsupported_grant_type" && grantDefect(m) == "" {
		return "grant_type"
	}
	return ""
}

// registeredGrants are the grant types of the IANA registry, and what known providers
// use instead.
const registeredGrants words = `authorization_code client_credentials refresh_token password implicit client_credential fb_exchange_token ig_exchange_token ig_refresh_token
	th_exchange_token th_refresh_token account_credentials migrate_token web_server refresh`

// grantDefect tells what is wrong with grant_type; empty if nothing is.
func grantDefect(m *message) string {
	p := m.arg("grant_type")
	switch {
	case p == nil:
		return "grant_type is missing"
	case p.Value == "":
		return "grant_type is empty"
	case registeredGrants.has(p.Value) || strings.HasPrefix(p.Value, "urn:") || strings.HasPrefix(p.Value, "http"):
		return ""
	}
	return "grant_type is " + show(p.Value) + ", which is not registered"
}

// responseTypeDefect tells what is wrong with response_type.
func responseTypeDefect(v string, present bool) string {
	switch {
	case !present:
		return "response_type is missing"
	case v == "":
		return "response_type is empty"
	}
	for _, w := range strings.Fields(v) {
		if w != "code" && w != "token" && w != "id_token" && w != "none" {
			return "response_type is " + show(v) + ", which is not registered"
		}
	}
	return ""
}

func checkGrantType(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		t := m.failed
		if t == nil || t.layer == layerTransport || bodyDefect(m) != "" || m.x.Request.Method == "GET" && m.arg("grant_type") == nil {
			continue
		}
		defect := grantDefect(m)
		if defect == "" {
			continue
		}
		missing := m.arg("grant_type") == nil
		fits := t.canon == "unsupported_grant_type" || t.canon == "invalid_request" || t.canon == "" || t.says("grant_type|grant type|grant-type")
		if !fits || missing && !t.says("grant") && t.canon != "unsupported_grant_type" {
			continue
		}
		out = append(out, hit(m, flows.Certain, step(m)+": "+defect, c.said(m)).marking(markParam(m, m.arg("grant_type"), "not registered")))
	}
	for _, a := range c.attempts {
		if a.opaque || a.par != nil || len(a.request.args) < 2 {
			continue
		}
		p := a.params.arg("response_type")
		v := ""
		if p != nil {
			v = p.Value
		}
		defect := responseTypeDefect(v, p != nil)
		if defect == "" {
			continue
		}
		for _, m := range a.refusals() {
			if p == nil && !m.failed.says("response_type|response type") && m.failed.canon != "unsupported_response_type" {
				continue
			}
			if m.failed.canon == "invalid_request" || m.failed.canon == "unsupported_response_type" || m.failed.says("response_type|response type") {
				out = append(out, hit(m, flows.Certain, fmt.Sprintf("%s: %s", step(a.where), defect), c.said(m)).marking(markParam(a.where, p, "not registered")))
			}
		}
	}
	return out
}
