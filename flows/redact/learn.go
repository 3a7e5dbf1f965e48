package redact

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

func (m *Masker) learnEvent(e flows.Event) {
	switch e := e.(type) {
	case flows.RunStarted:
		m.key = e.Fingerprints
		m.learn("client_secret", e.Credentials.ClientSecret.RevealSecret())
		m.learn("refresh_token", e.Credentials.RefreshToken.RevealSecret())
		m.learnEdits(e.Settings.AuthorizeEdits, e.Settings.TokenEdits)
		m.learnHeaderEdits(e.Settings.HeaderEdits)
		m.learnURL(e.Settings.RedirectURI)
		m.learnAddress(e.Settings.CallURL)
		for _, name := range flows.EndpointNames() {
			m.learnAddress(*e.Environment.Endpoints.Named(name))
		}
	case flows.Imported:
		m.key = e.Fingerprints
		for _, t := range e.Tokens {
			m.learn("token", t.RevealSecret())
		}
	case flows.Changed:
		if e.Change.ClientSecret != nil {
			m.learn("client_secret", e.Change.ClientSecret.RevealSecret())
		}
		for _, edits := range []*[]flows.ParamEdit{e.Change.AuthorizeEdits, e.Change.TokenEdits} {
			if edits != nil {
				m.learnEdits(*edits)
			}
		}
		if e.Change.HeaderEdits != nil {
			m.learnHeaderEdits(*e.Change.HeaderEdits)
		}
		if e.Change.RedirectURI != nil {
			m.learnURL(*e.Change.RedirectURI)
		}
		if e.Change.CallURL != nil {
			m.learnAddress(*e.Change.CallURL)
		}
		if e.Change.Endpoint != nil {
			m.learnAddress(e.Change.Endpoint.Value)
		}
	case flows.Drawn:
		m.learn("code_verifier", e.Verifier.RevealSecret())
	case flows.AuthorizationBuilt:
		m.learnURL(e.URL)
	case flows.CallbackArrived:
		m.learnRequest(e.Request)
	case flows.ExchangeStarted:
		m.learnPaths(e.Request.URL)
		m.learnRequest(e.Request)
	case flows.ExchangeFinished:
		m.learnPaths(e.Exchange.Request.URL)
		m.learnRequest(e.Exchange.Request)
		if r := e.Exchange.Response; r != nil {
			m.learnHeaders(r.Headers)
			m.learnBody(r.Body, false)
			m.learnStray(r.StatusText)
		}
		m.learnStray(e.Exchange.Comment)
		if e.Exchange.Error != nil {
			m.learnStray(e.Exchange.Error.Message)
		}
	}
}

// learnEdits learns what was typed for a parameter: it is shown before a request holds it,
// and may never be sent.
func (m *Masker) learnEdits(lists ...[]flows.ParamEdit) {
	for _, edits := range lists {
		for _, e := range edits {
			if name, ok := SecretName(e.Name); ok {
				m.learn(name, e.Value)
			}
			m.learnURL(e.Value)
		}
	}
}

func (m *Masker) learnHeaderEdits(edits []flows.ParamEdit) {
	for _, e := range edits {
		m.learnHeaders(flows.Headers{{Name: e.Name, Value: e.Value}})
	}
}

func (m *Masker) learnRequest(r flows.Request) {
	m.learnURL(r.URL)
	m.learnHeaders(r.Headers)
	m.learnBody(r.Body, true)
}

// learnURL learns from the query and the fragment of a URL, and the password before its host.
func (m *Masker) learnURL(raw string) {
	if _, rest, ok := strings.Cut(raw, "://"); ok {
		authority, _, _ := strings.Cut(rest, "/")
		if at := strings.LastIndexByte(authority, '@'); at >= 0 {
			if _, password, ok := strings.Cut(authority[:at], ":"); ok {
				m.learnEscaped("password", password)
			}
		}
	}
	for _, sep := range []string{"?", "#"} {
		if i := strings.Index(raw, sep); i >= 0 {
			behind := raw[i+1:]
			m.learnPairs(behind)
			if at := flows.FragmentAt(behind); at > 0 {
				m.learnPairs(behind[at:])
			}
		}
	}
}

// maxEncoded is how deep pairs within pairs are read.
const maxEncoded = 3

// learnPairs reads name=value pairs however they are joined; the value is learned
// decoded and, when decoding changes or breaks it, as it stands.
func (m *Masker) learnPairs(s string) { m.learnPairsWithin(s, 0) }

func (m *Masker) learnPairsWithin(s string, depth int) {
	for _, pair := range strings.FieldsFunc(withoutMasks(s), func(r rune) bool { return strings.ContainsRune("&#?\r\n", r) }) {
		m.learnPair(pair, depth)
	}
}

func (m *Masker) learnPair(pair string, depth int) {
	name, value, ok := strings.Cut(pair, "=")
	if !ok { // pairs that were encoded with the signs between them
		if decoded, err := url.QueryUnescape(pair); err == nil && decoded != pair && depth < maxEncoded {
			m.learnPairsWithin(decoded, depth+1)
		}
		return
	}
	if decoded, err := url.QueryUnescape(name); err == nil {
		name = decoded
	}
	secret, ok := SecretName(strings.TrimSpace(name))
	if !ok {
		if strings.Contains(value, "%3F") || strings.Contains(value, "://") {
			if inner, err := url.QueryUnescape(value); err == nil {
				m.learnURL(inner)
			}
		}
		m.learnWithin(value, depth)
		return
	}
	m.learnEscaped(secret, value)
}

// learnEscaped learns a value that may be escaped as in a URL.
func (m *Masker) learnEscaped(name, value string) {
	decoded, err := url.QueryUnescape(value)
	if err == nil {
		m.learn(name, decoded)
	}
	if err != nil || strings.Contains(value, "+") {
		m.learn(name, value)
	}
}

// learnWithin learns from the value of a parameter that is no secret itself: pairs behind
// semicolons, which once stood for ampersands, and members of JSON.
func (m *Masker) learnWithin(value string, depth int) {
	if depth == maxEncoded {
		return
	}
	for i, pair := range strings.Split(value, ";") {
		if i > 0 && strings.Contains(pair, "=") {
			m.learnPair(pair, depth+1)
		}
	}
	if strings.HasPrefix(value, "{") || strings.HasPrefix(value, "%7") {
		if decoded, err := url.QueryUnescape(value); err == nil && strings.HasPrefix(decoded, "{") {
			m.learnBroken(decoded, true)
		}
	}
}

// withoutMasks takes out the masks of a text that was redacted before it was stored: cut at
// its '#', a mask would be learned as a secret and masked again.
func withoutMasks(s string) string {
	const tail = " chars, #"
	for from := 0; ; {
		i := strings.Index(s[from:], tail)
		if i < 0 {
			return s
		}
		start, end := from+i, min(len(s), from+i+len(tail)+len("1a2b3c4d)"))
		if open := strings.LastIndexAny(s[:start], "=&?#"); flows.IsMask(s[open+1 : end]) {
			s = s[:open+1] + s[end:]
			from = open + 1
		} else {
			from = start + len(tail)
		}
	}
}

func (m *Masker) learnHeaders(h flows.Headers) {
	for _, f := range h {
		switch strings.ToLower(f.Name) {
		case "authorization", "proxy-authorization":
			m.learnAuthorization(f.Value)
		case "cookie", "set-cookie":
			m.learnCookies(f)
		case "location", "referer", "origin":
			m.learnAddress(f.Value)
		default:
			if name, ok := SecretName(f.Name); ok {
				m.learn(name, f.Value)
			}
			m.learnStray(f.Value)
		}
	}
}

// learnStray learns from a line of words: a head in which there is a body, since broken line
// ends put it there, a debugging header, a remark with a URL.
func (m *Masker) learnStray(value string) {
	m.learnPaths(value)
	if strings.Contains(value, "{") {
		m.learnDisguised(value, false, 0)
	} else if strings.Contains(value, "=") {
		m.learnAssigned(withoutStored(value))
	}
}

func (m *Masker) learnAuthorization(value string) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(value), " ")
	if !ok {
		m.learn("credentials", value)
		return
	}
	rest = strings.TrimSpace(rest)
	if !strings.EqualFold(scheme, "basic") {
		m.learn("access_token", rest)
		return
	}
	m.learn("credentials", rest)
	decoded, err := base64.StdEncoding.DecodeString(rest)
	if err != nil {
		return
	}
	if _, secret, ok := strings.Cut(string(decoded), ":"); ok {
		m.learn("client_secret", secret)
		if plain, err := url.QueryUnescape(secret); err == nil {
			m.learn("client_secret", plain)
		}
	}
}

func (m *Masker) learnCookies(f flows.Header) {
	for i, pair := range strings.Split(f.Value, ";") {
		if i > 0 && strings.EqualFold(f.Name, "set-cookie") {
			return // attributes
		}
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			value = name
		}
		m.learnEscaped("cookie", strings.Trim(strings.TrimSpace(value), `"`))
	}
}

// learnEchoed learns from a member of JSON in which somebody quotes cookies: the header as it
// was, a map from their names, or a list. What is a word there may be one anywhere else.
func (m *Masker) learnEchoed(n *rawjson.Node) {
	switch kind := strings.ToLower(plainName(n.Name)); {
	case kind != "cookie" && kind != "setcookie" && kind != "cookies":
	case n.Kind == rawjson.String:
		m.learnCookies(flows.Header{Name: n.Name, Value: n.Text})
	default:
		for _, c := range n.Children {
			if value := c.Member("value"); value != nil {
				c = value
			}
			if c.Kind == rawjson.String && looksDrawn(c.Text) {
				_, value, pair := strings.Cut(upTo(c.Text, ";"), "=")
				if n.Kind == rawjson.Object || !pair {
					value = c.Text
				}
				m.learnEscaped("cookie", value)
			}
		}
	}
}

func (m *Masker) learnBody(body []byte, request bool) {
	text := string(body)
	if w, ok := readWide(body); ok {
		text = strings.TrimPrefix(w.text, "\ufeff")
		m.learnWide(w)
	}
	m.learnText(text, request, 0)
}

// maxWrapped is how deep JSON within strings of JSON is read.
const maxWrapped = 3

func (m *Masker) learnText(text string, request bool, depth int) {
	if text = strings.Trim(text, " \t\r\n\x00\ufeff"); text == "" || depth > maxWrapped {
		return
	}
	if open := strings.IndexByte(text, '('); open > 0 && open < 64 && !strings.ContainsAny(text[:open], "<={\"") {
		text = strings.TrimRight(text[open+1:], "); \n") // JSONP
	}
	if rawjson.Begins(text) {
		if doc, err := rawjson.Parse([]byte(text)); err == nil && m.learnDocument(text, doc, request, depth) {
			return
		}
	}
	if strings.Contains(text, "=") && !strings.HasPrefix(text, "<") {
		m.learnPairs(text)
	}
	if request {
		m.learnParts(text)
	}
	m.learnDisguised(text, request, depth)
}

// learnDocument learns from JSON and, where it is broken, from its text. It says no to a
// number or a word, with which another kind of text may begin.
func (m *Masker) learnDocument(text string, doc *rawjson.Document, request bool, depth int) bool {
	broken := false
	switch kind := doc.Root.Kind; {
	case kind == rawjson.String:
		m.learnText(doc.Root.Text, request, depth+1)
		broken = len(doc.Problems) > 0
	case kind <= rawjson.Array:
		m.learnJSON(text, doc, request, depth)
		broken = slices.ContainsFunc(doc.Problems, func(p rawjson.Problem) bool { return p.Code == "syntax" || p.Code == "trailing" })
	default:
		return false
	}
	if broken {
		m.learnDisguised(text, request, depth)
	}
	return true
}

// minInherited is the shortest string that is taken for a secret because the object around
// it has a secret's name ("access_token": {"value": ...}); a shorter one may be a word.
const minInherited = 12

func (m *Masker) learnJSON(text string, doc *rawjson.Document, request bool, depth int) {
	var visit func(n *rawjson.Node, within string)
	visit = func(n *rawjson.Node, within string) {
		m.learnNamed(n)
		m.learnEchoed(n)
		jwk := isJWK(n)
		for _, c := range n.Children {
			name, ok := SecretName(c.Name)
			if jwk && privateMember(c.Name) {
				name, ok = "private_key", true
			}
			if ok && name == "code" && !request && isErrorObject(n) {
				ok = false
			}
			switch {
			case c.Kind == rawjson.Number && ok && (request || name != "code"):
				m.learn(name, c.Text)
			case c.Kind != rawjson.String:
			case ok:
				m.learnSpelled(name, c.Text, spelling(text, c))
			case strings.EqualFold(c.Name, "authorization"):
				m.learnAuthorization(c.Text)
			case strings.HasPrefix(c.Text, "{") || strings.HasPrefix(c.Text, "["):
				m.learnText(c.Text, request, depth+1)
			case strings.Contains(c.Text, "="):
				m.learnAddress(c.Text)
				m.learnAssigned(withoutStored(c.Text))
			case strings.Contains(c.Text, "://"):
				m.learnPaths(c.Text)
			case within != "" && len(c.Text) >= minInherited && !strings.Contains(c.Text, " "):
				m.learnSpelled(within, c.Text, spelling(text, c))
			}
			inner := within
			if ok && name != "token" && name != "code" { // these are often objects about a token or an error
				inner = name
			}
			visit(c, inner)
		}
	}
	visit(doc.Root, "")
}

// learnNamed learns from an object that holds a header or a parameter, as recordings write
// it: {"name": "client_secret", "value": "..."}.
func (m *Masker) learnNamed(n *rawjson.Node) {
	value := n.Member("value")
	if value == nil || value.Kind != rawjson.String {
		return
	}
	for _, key := range []string{"name", "key"} {
		if name := n.Member(key); name != nil && name.Kind == rawjson.String {
			m.learnHeaders(flows.Headers{{Name: name.Text, Value: value.Text}})
		}
	}
}

// isJWK tells a key (RFC 7517 section 4), also one whose type was left out, and the objects
// with which RFC 7518 section 6.3.2.7 lists more primes.
func isJWK(n *rawjson.Node) bool {
	return n.Member("kty") != nil || n.Member("crv") != nil || n.Member("n") != nil && n.Member("e") != nil || n.Member("r") != nil && n.Member("d") != nil && n.Member("t") != nil
}

// privateMember tells the members of a key that must not leave its owner (RFC 7518 sections
// 6.2.2, 6.3.2 and 6.4.1).
func privateMember(name string) bool {
	switch name {
	case "d", "p", "q", "dp", "dq", "qi", "k", "priv", "r", "t":
		return true
	}
	return false
}

// spelling is a string as it stands in the text, without its quotes.
func spelling(text string, n *rawjson.Node) string {
	if n.Start+1 >= n.End || n.End > len(text) {
		return ""
	}
	return strings.TrimSuffix(text[n.Start+1:n.End], `"`)
}

// isErrorObject tells whether "code" in this object of an answer is an error code.
func isErrorObject(n *rawjson.Node) bool {
	for _, name := range []string{"error", "message", "msg", "error_message", "errors", "status"} {
		if n.Member(name) != nil {
			return true
		}
	}
	return false
}
