package diagnose

import (
	"strings"
	"unicode"

	"oauthlens/flows"
)

// senders are the messages that carry client credentials.
func (c *Case) senders() []*message {
	var out []*message
	for _, m := range c.msgs {
		switch m.role {
		case roleToken, rolePAR, roleDevice, roleRevoke, roleIntrospect, roleAuthorize, roleLink:
			out = append(out, m)
		}
	}
	return out
}

// refusals are the failed messages in which a fault of the authorization request shows:
// itself, one of its pages, its pushed form, or an error at the callback.
func (a *attempt) refusals() []*message {
	var out []*message
	for _, m := range append(append([]*message{a.request}, a.again...), a.pages...) {
		if m.failed != nil {
			out = append(out, m)
		}
	}
	if a.par != nil && a.par.failed != nil {
		out = append(out, a.par)
	}
	for _, b := range a.callbacks {
		if m := b.step(); m != nil && m.failed != nil && (b.params.has("error") || b.fragment.has("error")) {
			out = append(out, m)
		}
	}
	return out
}

// failedExchanges are the refused exchanges of the attempt's code.
func (a *attempt) failedExchanges() []*message {
	var out []*message
	for _, b := range a.callbacks {
		for _, m := range b.exchanges {
			if m.failed != nil {
				out = append(out, m)
			}
		}
	}
	return out
}

// edgeSpace names the white space at an end of s; empty if there is none.
func edgeSpace(s string) (where, what string) {
	runes := []rune(s)
	if len(runes) == 0 {
		return "", ""
	}
	if n := spaceName(runes[len(runes)-1]); n != "" {
		return "end", n
	}
	if n := spaceName(runes[0]); n != "" {
		return "beginning", n
	}
	return "", ""
}

func spaceName(r rune) string {
	switch r {
	case ' ':
		return "a blank"
	case '\n', '\r':
		return "a line break"
	case '\t':
		return "a tab"
	case 0xa0, 0x202f:
		return "a no-break space"
	case 0x200b, 0x200c, 0x200d, 0x2060:
		return "a zero-width character"
	case 0xfeff:
		return "a byte-order mark"
	}
	if unicode.IsSpace(r) {
		return "white space"
	}
	return ""
}

func checkWhitespace(c *Case) []Hit {
	var out []Hit
	for _, m := range c.senders() {
		if m.failed == nil {
			continue
		}
		for _, x := range m.creds.list {
			value := x.value
			if x.via == "Basic header" {
				value = percentDecode(x.raw) // a blank there is a blank
			}
			where, what := edgeSpace(value)
			if where == "" || strings.TrimFunc(value, func(r rune) bool { return spaceName(r) != "" }) == "" {
				continue
			}
			h := hit(m, flows.Certain, x.kind+" in the "+x.via+" of "+step(m)+" has "+what+" at its "+where+" ("+kinds(value)+")")
			if x.p != nil {
				h = h.marking(markParam(m, x.p, what+" at the "+where))
			} else {
				h = h.marking(markHeader(m, "Authorization", what+" inside"))
			}
			out = append(out, h)
		}
	}
	return out
}

// placeholderWords are values that nobody was given.
const placeholderWords words = `undefined null none nil nan changeme change-me change_me todo tbd fixme replace_me replaceme replace-me placeholder dummy xxx xxxx xxxxx xxxxxxxx
	your_client_id your_client_secret your-client-id your-client-secret yourclientid yourclientsecret client_id client_secret clientid clientsecret
	my_client_id my_client_secret my-client-id my-client-secret your_secret your-secret your_secret_here your_client_secret_here your_client_id_here
	your_api_key insert_client_id_here insert_secret_here secret_here example sample string <secret> secret password [object object] false true insert-your-secret
	your_app_id your_app_secret app_secret app_id abc123 123456 foo bar test redacted-at-build`

// placeholder tells why a value is none; certain is false for words that could be real.
func placeholder(v string) (why string, certain bool) {
	t := strings.TrimSpace(v)
	low := strings.ToLower(t)
	switch {
	case t == "":
		return "is empty", true
	case low == "undefined" || low == "null" || low == "none" || low == "[object object]" || low == "nil" || low == "nan":
		return "is the word " + low, true
	case len(t) > 2 && (t[0] == '"' && t[len(t)-1] == '"' || t[0] == '\'' && t[len(t)-1] == '\'' || strings.HasPrefix(t, "“") && strings.HasSuffix(t, "”") || t[0] == '`' && t[len(t)-1] == '`'):
		return "is still inside quotes", true
	case unexpanded(t):
		return "is a variable that was not expanded", t[0] != '$' || t[1] == '{' || t[1] == '(' || !strings.ContainsAny(t, "0123456789")
	case len(t) > 2 && t[0] == '<' && t[len(t)-1] == '>':
		return "is a placeholder in angle brackets", true
	case placeholderWords.has(low):
		return "is a placeholder word", false
	case strings.HasPrefix(low, "your_") || strings.HasPrefix(low, "your-") || strings.HasPrefix(low, "insert_") || strings.HasPrefix(low, "replace_") || strings.HasPrefix(low, "<your"):
		return "is the sample text of a manual", false
	case len(t) >= 4 && strings.Trim(low, "x") == "":
		return "consists of the letter x only", false
	}
	return "", false
}

// unexpanded: ${VAR}, $VAR, $(cmd), {{var}}, %VAR%, process.env.X, env:X, #{x}.
func unexpanded(t string) bool {
	switch {
	case strings.HasPrefix(t, "${") && strings.HasSuffix(t, "}"), strings.HasPrefix(t, "{{") && strings.HasSuffix(t, "}}"),
		strings.HasPrefix(t, "$(") && strings.HasSuffix(t, ")"), strings.HasPrefix(t, "#{") && strings.HasSuffix(t, "}"),
		strings.HasPrefix(t, "@@") && strings.HasSuffix(t, "@@"), strings.HasPrefix(t, "<%") && strings.HasSuffix(t, "%>"),
		strings.HasPrefix(t, "process.env."), strings.HasPrefix(t, "os.environ"), strings.HasPrefix(t, "ENV["), strings.HasPrefix(t, "secrets."),
		strings.HasPrefix(t, "${{"):
		return true
	}
	name := ""
	switch {
	case len(t) > 3 && t[0] == '%' && t[len(t)-1] == '%':
		name = t[1 : len(t)-1]
	case len(t) > 3 && t[0] == '$':
		name = strings.TrimPrefix(t[1:], "env:")
	case len(t) > 3 && t[0] == '{' && t[len(t)-1] == '}':
		name = t[1 : len(t)-1]
	}
	return name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") == "" && !(name[0] >= '0' && name[0] <= '9')
}

func checkPlaceholder(c *Case) []Hit {
	var out []Hit
	for _, m := range c.senders() {
		if m.failed == nil {
			continue
		}
		for _, x := range m.creds.list {
			if x.via == "Basic header" && (m.auth.broken != "" || !m.auth.colon && x.kind == "client_secret") {
				continue
			}
			why, sure := placeholder(x.value)
			if why == "" || x.kind == "client_secret" && x.value == "" && c.emptySecretIsPublic(m) {
				continue
			}
			conf := flows.Certain
			if !sure {
				conf = flows.Likely
			}
			h := hit(m, conf, x.kind+" in the "+x.via+" of "+step(m)+" "+why)
			if x.p != nil {
				h = h.marking(markParam(m, x.p, why))
			} else {
				h = h.marking(markHeader(m, "Authorization", x.kind+" "+why))
			}
			out = append(out, h)
		}
	}
	return append(out, c.missingClientIDs()...)
}

// missingClientIDs: an authorization request that names no client at all, under any of the
// names that providers have for it.
func (c *Case) missingClientIDs() []Hit {
	var out []Hit
	for _, a := range c.attempts {
		if a.opaque || a.par != nil || a.params.has("request_uri") || a.params.arg("client_id") != nil || !a.params.has("response_type") || len(a.params) < 3 {
			continue
		}
		for _, m := range a.refusals() {
			if m.failed.layer == layerTransport || m.status() >= 500 {
				continue
			}
			h := hit(m, flows.Certain, "no client_id in "+step(a.where), c.said(m)).named("The authorization request names no client")
			out = append(out, h.fixedBy("Send client_id in "+step(a.where)+": the id that the provider gave for this application."))
		}
	}
	return out
}

// emptySecretIsPublic: an empty secret is what some libraries send for a public client;
// it is no placeholder when something else is the matter.
func (c *Case) emptySecretIsPublic(m *message) bool {
	return m.failed.canon != "invalid_client" && !m.creds.basic && m.failed.canon != ""
}

func isGUID(s string) bool {
	s = strings.TrimSpace(s)
	if len(s) != 36 {
		return false
	}
	for i := 0; i < 36; i++ {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
		} else if !isHex(s[i]) {
			return false
		}
	}
	return true
}

func checkSecretID(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		t := m.failed
		if t == nil || t.canon != "invalid_client" && t.layer != layerUnsent {
			continue
		}
		text := t.says("aadsts7000215") || t.says("secret id|secret identifier", "not the|instead of|value")
		guid := isGUID(m.creds.secret())
		f := c.fact(m.url.host)
		switch {
		case text && guid:
			out = append(out, hit(m, flows.Certain, "the client secret sent at "+step(m)+" has the form of a GUID, which is the form of the identifier", c.said(m)))
		case text:
			out = append(out, hit(m, flows.Likely, c.said(m), "the client secret sent has "+kinds(m.creds.secret())))
		case guid && f != nil && f.guidIsID:
			out = append(out, hit(m, flows.Likely, "the client secret sent at "+step(m)+" has the form of a GUID; secrets of this provider never have", c.said(m)))
		}
	}
	return out
}

func checkSecretExpired(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		t := m.failed
		if t == nil || m.creds.assertion != "" || strings.Count(m.creds.secret(), ".") == 2 && c.jwtOf(m.creds.secret()) != nil {
			continue
		}
		if t.says("aadsts7000222") || t.canon == "invalid_client" && t.says("secret|client key|credential|api key", "expired|has expired|is no longer valid") && !t.says("invalid or expired") {
			out = append(out, hit(m, flows.Certain, c.said(m)))
		}
	}
	return out
}

func checkClientUnknown(c *Case) []Hit {
	var out []Hit
	for _, m := range c.msgs {
		t := m.failed
		if t == nil || m.role != roleToken && m.role != roleAuthorize && m.role != rolePage && m.role != roleCallback && m.role != rolePAR && m.role != roleDevice {
			continue
		}
		if clientUnknownText(t.text) || strings.EqualFold(t.code, "deleted_client") {
			out = append(out, hit(m, flows.Certain, c.said(m)))
		}
	}
	return out
}

func clientUnknownText(text string) bool {
	if says(text, "aadsts700016|deleted_client|aadsts70001:|aadsts90002") {
		return true
	}
	subject := "client|app |application|app_id|appid|api key"
	return says(text, subject, "was not found|not found|does not exist|doesn't exist|is not registered|not a registered|unknown client|no such client|unrecognized client|unrecognised client|no client with|was deleted|has been deleted|could not be found|cannot be found|no application|unknown application|not recognized|not recognised") &&
		!says(text, "certificate|user not found|scope not found|redirect|refresh token not found|code was not found|code not found|authorization code")
}

func checkClientType(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		t := m.failed
		if t == nil {
			continue
		}
		secret := m.creds.basic || m.creds.body || m.creds.assertion != ""
		switch {
		case t.says("aadsts700025") || secret && t.says("client is public|public client|must not be authenticated|must not authenticate", "secret|assertion|authenticat|credential|not allowed|service account"):
			out = append(out, hit(m, flows.Certain, c.said(m), "the request authenticated by "+m.creds.method()))
		case !secret && (t.says("aadsts7000218") || t.says("client_secret|client secret|client authentication|client_assertion|credentials", "missing|required|must contain|not provided|no client auth|must be provided|is confidential|unsupported without") && !t.says("certificate")):
			out = append(out, hit(m, flows.Certain, c.said(m), "the request carried no secret and no assertion"))
		case t.canon == "invalid_client":
			if h, ok := c.typeByMetadata(m, secret); ok {
				out = append(out, h)
			}
		}
	}
	return out
}

// typeByMetadata compares what was sent with the methods that the server lists.
func (c *Case) typeByMetadata(m *message, secret bool) (Hit, bool) {
	var methods []string
	listed := false
	if d := c.metaFor(m); d != nil {
		methods, listed = d.list("token_endpoint_auth_methods_supported")
	}
	switch {
	case secret && listed && len(methods) == 1 && methods[0] == "none":
		return hit(m, flows.Certain, "the server lists no client authentication but none, and "+step(m)+" sent a secret", c.said(m)), true
	case secret || m.client() == "":
		return Hit{}, false
	case listed && !contains(methods, "none") && !onlyCertificates(methods):
		return hit(m, flows.Certain, step(m)+" carried no client authentication, and the server lists "+strings.Join(methods, ", ")+" but not none", c.said(m)), true
	case !listed && m.failed.says("certificate"):
		return Hit{}, false
	case !listed:
		return hit(m, flows.Likely, step(m)+" carried a client id but no client authentication", c.said(m)), true
	}
	return Hit{}, false
}

func onlyCertificates(methods []string) bool {
	for _, x := range methods {
		if x != "tls_client_auth" && x != "self_signed_tls_client_auth" {
			return false
		}
	}
	return len(methods) > 0
}
