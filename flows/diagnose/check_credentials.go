package diagnose

import (
	"strings"

	"oauthlens/flows"
)

func checkClientRejected(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		t := m.failed
		if t == nil || t.canon != "invalid_client" {
			continue
		}
		switch m.role {
		case roleToken, rolePAR, roleDevice, roleAuthorize, rolePage, roleCallback:
			h := hit(m, flows.Likely, c.said(m))
			h.candidates = c.clientCandidates(m)
			out = append(out, h)
		}
	}
	return out
}

func checkAuthMethod(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		t := m.failed
		if t == nil || t.layer == layerTransport || t.pending {
			continue
		}
		if h, ok := c.methodHit(m, t); ok {
			out = append(out, h)
		}
	}
	return out
}

func (c *Case) methodHit(m *message, t *trouble) (Hit, bool) {
	method := m.creds.method()
	about := t.canon == "invalid_client" || t.canon == "invalid_request" || t.canon == "unauthorized_client" || t.canon == "" && m.status() == 401
	if !about && !(t.layer == layerUnsent && method == "both") {
		return Hit{}, false
	}
	if method == "both" {
		return hit(m, flows.Certain, step(m)+" carries a secret in the Basic header and another in the body", c.said(m)).marking(markHeader(m, "Authorization", "first method"), markParam(m, m.arg("client_secret"), "second method")), true
	}
	if method == "none" {
		return Hit{}, false
	}
	if d := c.metaFor(m); d != nil {
		if methods, ok := d.list("token_endpoint_auth_methods_supported"); ok && len(methods) > 0 && !contains(methods, method) && !(method == "client_secret_post" && m.reqBody == bodyJSON) && !onlyCertificates(methods) && (len(methods) != 1 || methods[0] != "none") {
			h := hit(m, flows.Certain, "the server lists "+strings.Join(methods, ", ")+", and "+step(m)+" used "+method, c.said(m))
			return h.remedied(c.methodRemedy(methods)), true
		}
	}
	if o := c.otherMethodWorks(m, method); o != nil {
		return hit(m, flows.Certain, step(m)+" used "+method+" and was refused, "+step(o)+" used "+o.creds.method()+" and succeeded", c.said(m)), true
	}
	if t.says("client_secret_post|client_secret_basic|basic auth|http basic|authorization header|request body|multiple|more than one", "must|only|use|required|not supported|not allowed|credentials|authenticate") && t.says("client|auth") && t.canon == "invalid_client" {
		return hit(m, flows.Certain, c.said(m), "the request used "+method), true
	}
	if challenge := strings.ToLower(m.respHeader("WWW-Authenticate")); method == "client_secret_post" && strings.HasPrefix(challenge, "basic") && t.canon == "invalid_client" {
		return hit(m, flows.Likely, step(m)+" sent the secret in the body, and the server asks for Basic (WWW-Authenticate: Basic)", c.said(m)).remedied(c.methodRemedy([]string{"client_secret_basic"})), true
	}
	if f := c.fact(m.url.host); f != nil && f.basicOnly && method == "client_secret_post" && t.canon == "invalid_client" {
		return hit(m, flows.Likely, f.as("basic")+" takes client credentials in the Basic header only, "+step(m)+" sent them in the body", c.said(m)), true
	}
	return Hit{}, false
}

// methodRemedy switches to a listed method that this program can use.
func (c *Case) methodRemedy(methods []string) *flows.Remedy {
	for _, name := range methods {
		switch a := flows.AuthMethod(name); a {
		case flows.AuthBasic, flows.AuthPost, flows.AuthNone:
			return &flows.Remedy{Text: "authenticate by " + name, Change: flows.SettingsChange{AuthMethod: &a}, Redo: flows.ActRestart}
		}
	}
	return nil
}

// otherMethodWorks finds a request of the same client that succeeded by another method.
func (c *Case) otherMethodWorks(m *message, method string) *message {
	if m.failed.canon != "invalid_client" {
		return nil
	}
	for _, o := range c.calls {
		if o.failed == nil && o.ok() && o.url.endpoint() == m.url.endpoint() && o.client() == m.client() && o.creds.method() != method && o.creds.method() != "none" &&
			o.creds.secret() == m.creds.secret() {
			return o
		}
	}
	return nil
}

// basicDefect tells what is wrong with a Basic header; certain where it cannot be read.
func basicDefect(a authHeader) (defect string, certain bool) {
	switch {
	case a.masked:
		return "", false
	case a.broken != "":
		return a.broken, true
	case !a.colon:
		return "there is no colon between id and secret", true
	case strings.Contains(a.secret, ":"):
		return "the secret contains a colon that is not form-encoded (" + kinds(a.secret) + ")", false
	}
	for _, half := range [...]string{a.id, a.secret} {
		if raw := rawSpecial(half); raw != "" {
			return "a half contains " + raw + " that is not form-encoded (" + kinds(half) + ")", false
		}
	}
	return "", false
}

// rawSpecial names the first character that form-encoding would have replaced.
func rawSpecial(s string) string {
	for i := 0; i < len(s); i++ {
		switch ch := s[i]; {
		case ch == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return "a %"
			}
			i += 2
		case strings.IndexByte(":/=&+ #?;,@$[]{}<>\"\\^`|", ch) >= 0:
			return "a " + strings.Trim(show(string(ch)), "“”")
		case ch >= 0x80 || ch < 0x20:
			return "a byte outside ASCII or a control character"
		}
	}
	return ""
}

func checkBasicHeader(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		if m.role != roleToken && m.role != rolePAR && m.role != roleRevoke && m.role != roleIntrospect && m.role != roleDevice || !m.creds.basic || m.failed == nil {
			continue
		}
		defect, sure := basicDefect(m.auth)
		unsent := m.failed.layer == layerUnsent && sure
		if !unsent && m.failed.canon != "invalid_client" && m.status() != 401 && m.status() != 400 || m.failed.canon == "invalid_grant" {
			continue
		}
		if defect == "" || strings.TrimSpace(m.auth.decoded) == ":" {
			continue
		}
		if _, what := edgeSpace(m.auth.secret); what != "" && !sure {
			continue
		}
		conf := flows.Likely
		if sure {
			conf = flows.Certain
		}
		out = append(out, hit(m, conf, "the Basic header of "+step(m)+": "+defect, c.said(m)).marking(markHeader(m, "Authorization", defect)))
	}
	return out
}

func checkSecretEncoded(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		if m.failed == nil || m.failed.layer == layerTransport || m.failed.canon != "invalid_client" && m.status() != 401 && m.failed.layer != layerUnsent {
			continue
		}
		for _, x := range m.creds.list {
			if !hasEscape(x.value) || percentDecode(x.value) == x.value {
				continue
			}
			conf := flows.Likely
			evidence := x.kind + " in the " + x.via + " of " + step(m) + " still contains a %XX after decoding"
			if x.p != nil && !x.p.JSON && strings.Contains(x.raw, "%25") {
				conf = flows.Certain
				evidence = x.kind + " in the " + x.via + " of " + step(m) + " contains %25XX: one decoding leaves %XX, which decodes again"
			}
			h := hit(m, conf, evidence, c.said(m))
			if x.p != nil {
				h = h.marking(markParam(m, x.p, "encoded twice"))
			}
			out = append(out, h)
		}
	}
	return out
}

// knownTokenParams are names that occur in token requests.
const knownTokenParams words = `grant_type code redirect_uri redirect_url client_id client_secret code_verifier refresh_token scope state audience resource username password
	client_assertion client_assertion_type assertion device_code subject_token subject_token_type actor_token requested_token_type token token_type_hint shop_id myshopify_domain
	appid secret app_id client_key js_code action code_challenge code_challenge_method response_type nonce login_hint tenant expires_in format fmt fields version v api_version locale shop expiring
	account_id organization organization_id provider_id realm id_token user_code requested_token_use claims acr_values authorization_details oauth_token type hash timestamp sign method
	clientId clientSecret grantType refreshToken app_secret appSecret appKey access_type duration prompt`

// formBreak is a place of a form body that shows missing encoding.
type formBreak struct {
	what    string
	certain bool
	p       *param
}

// brokenForm looks for raw special characters in the body of a token request.
func (c *Case) brokenForm(m *message) *formBreak {
	if m.reqBody != bodyForm {
		return nil
	}
	if got, sent, _, rel := c.sentCode(m); rel.code == "form-body-not-encoded" && got != nil {
		return &formBreak{"the code: " + rel.how, true, sent}
	}
	if p := m.arg("refresh_token"); p != nil && strings.Contains(p.Raw, "+") && c.issued[p.Value] == nil && c.issued[percentDecode(p.Raw)] != nil {
		return &formBreak{"the refresh token has a plus sign, which stands raw in the form and means a blank", true, p}
	}
	for i := range m.form {
		p := &m.form[i]
		prev := previousSecret(m.form, i)
		switch {
		case p.Bare && prev != nil:
			return &formBreak{"behind " + prev.Name + " the form goes on with a piece that has no name and no =, so a & stands raw in the value", true, prev}
		case !knownTokenParams.has(p.Name) && prev != nil && !plausibleName(p.RawName):
			return &formBreak{"behind " + prev.Name + " comes a parameter of an odd name, so a & stands raw in the value", false, prev}
		case strings.Contains(p.Raw, ";") && isCredentialName(p.Name):
			return &formBreak{p.Name + " contains a raw semicolon, which some servers take for a separator", false, p}
		case strayPercent(p.Raw):
			return &formBreak{p.Name + " contains a % that begins no escape", true, p}
		case strings.Contains(p.Raw, "+") && isCredentialName(p.Name):
			return &formBreak{p.Name + " contains a raw plus sign, which means a blank", false, p}
		}
	}
	return nil
}

func isCredentialName(name string) bool {
	switch name {
	case "client_secret", "clientSecret", "secret", "code", "refresh_token", "code_verifier", "password", "client_id":
		return true
	}
	return false
}

// previousSecret is the parameter before i if it is one whose value can contain anything.
func previousSecret(form params, i int) *param {
	for j := i - 1; j >= 0; j-- {
		if isCredentialName(form[j].Name) || form[j].Name == "redirect_uri" || form[j].Name == "state" {
			return &form[j]
		}
		if knownTokenParams.has(form[j].Name) {
			return nil
		}
	}
	return nil
}

// plausibleName: a parameter name as people write them.
func plausibleName(raw string) bool {
	if len(raw) < 2 || len(raw) > 40 || strings.Trim(raw, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.[]") != "" {
		return false
	}
	if strings.Contains(raw, "_") || strings.ToLower(raw) == raw && len(raw) > 3 {
		return true
	}
	return len(raw) > 4 && strings.ToLower(raw[:3]) == raw[:3]
}

// strayPercent: a % that is not followed by two hexadecimal digits.
func strayPercent(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return true
			}
			i += 2
		}
	}
	return false
}

func checkFormRaw(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		t := m.failed
		if t == nil || t.layer == layerTransport || t.pending {
			continue
		}
		b := c.brokenForm(m)
		if b == nil || !b.certain && t.canon != "invalid_client" && t.canon != "invalid_grant" && t.canon != "invalid_request" {
			continue
		}
		if !b.certain && (t.canon == "invalid_client") != (b.p.Name == "client_secret" || b.p.Name == "secret" || b.p.Name == "client_id") {
			continue
		}
		conf := flows.Likely
		if b.certain {
			conf = flows.Certain
		}
		out = append(out, hit(m, conf, step(m)+": "+b.what, c.said(m)).marking(markParam(m, b.p, "not encoded")))
	}
	return out
}
