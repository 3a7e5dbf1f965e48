package diagnose

import (
	"bytes"
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// tokenSet is an answer with tokens.
type tokenSet struct {
	from                *message
	access, refresh, id string
	accessNode, idNode  *rawjson.Node
	tokenType           string
	scope               []string
	hasScope            bool
	scopeForm           string // "string", "comma", "array"
	expiry              *rawjson.Node
	expiryText          string
	hasExpiry           bool
	envelope            string
	accessName          string
	jwts                map[string]*jwt
	previous            *tokenSet // the set whose refresh token gave this one
	next                []*tokenSet
	root                *tokenSet // the first of the chain
}

var tokenWords = [][]byte{[]byte("access_token"), []byte("ccessToken"), []byte(`"Token"`), []byte(`"id_token"`), []byte(`"token"`), []byte(`"refresh_token"`)}

func mayHoldToken(b []byte) bool {
	for _, w := range tokenWords {
		if bytes.Contains(b, w) {
			return true
		}
	}
	return false
}

var (
	accessNames  = []string{"access_token", "accessToken", "AccessToken", "Token"}
	refreshNames = []string{"refresh_token", "refreshToken", "RefreshToken"}
	idNames      = []string{"id_token", "idToken"}
	typeNames    = []string{"token_type", "tokenType", "TokenType"}
	expiryNames  = []string{"expires_in", "expiresIn", "ExpiresIn", "expireIn", "expires"}
	scopeNames   = []string{"scope", "scopes", "Scope"}
)

// tokenSet reads the tokens of an answer, or copies what was read of them.
func (m *message) tokenSet() *tokenSet {
	if m.known == nil || m.known.token == nil {
		return readTokenSet(m)
	}
	t := *m.known.token
	t.from = m
	return &t
}

// readTokenSet reads the tokens of an answer, wherever the provider puts them.
func readTokenSet(m *message) *tokenSet {
	if m.status() != 0 && (m.status() < 200 || m.status() > 299) {
		return nil
	}
	a := m.answer()
	t := &tokenSet{from: m, jwts: map[string]*jwt{}}
	switch {
	case a.kind == bodyForm:
		t.access, t.refresh, t.id = a.form.get(accessNames...), a.form.get(refreshNames...), a.form.get(idNames...)
		t.accessName = "access_token"
		t.tokenType = a.form.get(typeNames...)
		if p := a.form.find(expiryNames...); p != nil {
			t.expiryText, t.hasExpiry = p.Value, true
		}
		if p := a.form.find(scopeNames...); p != nil {
			t.setScope(p.Value)
		}
	case a.doc != nil && a.doc.Root != nil && a.doc.Root.Kind == rawjson.Object:
		t.readObject(a.doc.Root)
	}
	if t.access == "" && t.id == "" || t.access != "" && a.fault != nil {
		return nil
	}
	return t
}

func (t *tokenSet) readObject(root *rawjson.Node) {
	at := root
	if firstMember(root, accessNames) == nil && firstMember(root, idNames) == nil {
		for _, env := range envelopes {
			if e := root.Member(env); e != nil && e.Kind == rawjson.Object && firstMember(e, accessNames) != nil {
				at, t.envelope = e, env
				break
			}
		}
	}
	if n := firstMember(at, accessNames); n != nil && n.Kind == rawjson.String {
		t.access, t.accessNode, t.accessName = n.Text, n, n.Name
	}
	if n := firstMember(at, refreshNames); n != nil && n.Kind == rawjson.String {
		t.refresh = n.Text
	}
	if n := firstMember(at, idNames); n != nil && n.Kind == rawjson.String {
		t.id, t.idNode = n.Text, n
	}
	t.tokenType = memberText(at, typeNames...)
	if n := firstMember(at, expiryNames); n != nil {
		t.expiry, t.expiryText, t.hasExpiry = n, n.Text, true
	}
	if n := firstMember(at, scopeNames); n != nil {
		t.readScope(n)
	}
}

// readScope reads a scope that is a string or an array.
func (t *tokenSet) readScope(n *rawjson.Node) {
	switch n.Kind {
	case rawjson.Array:
		t.hasScope, t.scopeForm = true, "array"
		for _, e := range n.Children {
			t.scope = append(t.scope, e.Text)
		}
	case rawjson.String:
		t.setScope(n.Text)
	}
}

func firstMember(n *rawjson.Node, names []string) *rawjson.Node {
	for _, name := range names {
		if m := n.Member(name); m != nil && m.Kind != rawjson.Null {
			return m
		}
	}
	return nil
}

func (t *tokenSet) setScope(s string) {
	t.hasScope, t.scopeForm = true, "string"
	if strings.Contains(s, ",") {
		t.scopeForm = "comma"
	}
	t.scope = splitScopes(s)
}

// splitScopes splits at every separator that providers use.
func splitScopes(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '\t' || r == '\n' })
}

// lifetime is the stated lifetime of the access token.
func (t *tokenSet) lifetime() (time.Duration, bool) {
	if !t.hasExpiry {
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(t.expiryText), 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1e10 {
		return 0, false
	}
	return time.Duration(v * float64(time.Second)), true
}

// jwt is a token of three or five parts, taken apart without trust.
type jwt struct {
	raw            string
	parts          []string
	header, claims *rawjson.Node
	defects        []string // of form
	encrypted      bool
}

// readJWT returns nil for what is no JWT at all.
func readJWT(raw string) *jwt {
	if len(raw) > maxRead || strings.Count(raw, ".") < 2 {
		return nil
	}
	j := &jwt{raw: raw, parts: strings.Split(raw, ".")}
	if len(j.parts) == 5 {
		j.encrypted = true
	} else if len(j.parts) != 3 {
		return nil
	}
	j.header = j.part(0, "header")
	if j.header == nil || j.header.Kind != rawjson.Object {
		return nil
	}
	if j.encrypted {
		return j
	}
	j.claims = j.part(1, "payload")
	if j.claims == nil || j.claims.Kind != rawjson.Object {
		return nil
	}
	j.part(2, "signature")
	return j
}

// part decodes one part and notes what is wrong with its form.
func (j *jwt) part(i int, name string) *rawjson.Node {
	s := j.parts[i]
	clean := strings.Map(func(r rune) rune {
		switch r {
		case '\n', '\r', ' ', '\t', '=':
			return -1
		case '+':
			return '-'
		case '/':
			return '_'
		}
		return r
	}, s)
	if clean != s {
		switch {
		case strings.ContainsAny(s, "\r\n \t"):
			j.defects = append(j.defects, "the "+name+" contains line breaks or blanks")
		case strings.ContainsAny(s, "+/"):
			j.defects = append(j.defects, "the "+name+" is in the standard base64 alphabet instead of base64url")
		default:
			j.defects = append(j.defects, "the "+name+" is padded with '='")
		}
	}
	b, err := base64.RawURLEncoding.DecodeString(clean)
	if err != nil {
		if i == 2 {
			j.defects = append(j.defects, "the signature is no base64url")
		}
		return nil
	}
	if i == 2 {
		return nil
	}
	doc, _ := rawjson.Parse(b)
	if doc == nil {
		return nil
	}
	return doc.Root
}

func (j *jwt) claim(name string) string {
	if j == nil || j.claims == nil {
		return ""
	}
	if n := j.claims.Member(name); n != nil {
		return n.Text
	}
	return ""
}

func (j *jwt) head(name string) string {
	if j == nil || j.header == nil {
		return ""
	}
	if n := j.header.Member(name); n != nil {
		return n.Text
	}
	return ""
}

// list reads a claim that is a string or an array of strings.
func (j *jwt) list(name string) []string {
	if j == nil || j.claims == nil {
		return nil
	}
	n := j.claims.Member(name)
	switch {
	case n == nil:
		return nil
	case n.Kind == rawjson.Array:
		var out []string
		for _, e := range n.Children {
			out = append(out, e.Text)
		}
		return out
	}
	return []string{n.Text}
}

// time reads a NumericDate; ok is false for what is none.
func (j *jwt) time(name string) (time.Time, bool) {
	if j == nil || j.claims == nil {
		return time.Time{}, false
	}
	n := j.claims.Member(name)
	if n == nil || n.Kind != rawjson.Number {
		return time.Time{}, false
	}
	v, err := strconv.ParseFloat(n.Text, 64)
	if err != nil || v <= 0 || v > 1e11 {
		return time.Time{}, false
	}
	return time.Unix(int64(v), 0).UTC(), true
}

// token decodes one of the set's tokens once: "access", "id" or "refresh".
func (t *tokenSet) token(which string) *jwt {
	if j, done := t.jwts[which]; done {
		return j
	}
	raw := map[string]string{"access": t.access, "id": t.id, "refresh": t.refresh}[which]
	j := readJWT(raw)
	t.jwts[which] = j
	return j
}

// expiresAt is when the access token ends, by the clock of the server that issued it.
func (t *tokenSet) expiresAt() (time.Time, bool) {
	if exp, ok := t.token("access").time("exp"); ok {
		return exp, true
	}
	life, ok := t.lifetime()
	if !ok || life <= 0 {
		return time.Time{}, false
	}
	return serverTime(t.from).Add(life), true
}

// gatherTokens lists the token answers and chains refreshed sets.
func (c *Case) gatherTokens() {
	for _, m := range c.msgs {
		switch m.role {
		case roleToken:
			c.calls = append(c.calls, m)
			m.grant = grantOf(m)
		case roleCall, roleUserInfo:
			c.uses = append(c.uses, m)
		}
		t := m.answer0().tokenOf()
		if t == nil || m.role == roleIntrospect || m.role == roleOther || m.role == roleCall && c.issued[c.sentToken(m)] != nil {
			continue // an API that is called with a token may answer with one that is for somebody else
		}
		c.tokens = append(c.tokens, t)
		t.root = t
		if r := m.value("refresh_token"); r != "" {
			if prev := c.issued[r]; prev != nil && prev != t {
				t.previous = prev
				t.root = prev.root
				if t.root == nil {
					t.root = prev
				}
				prev.next = append(prev.next, t)
			}
		}
	}
}

// answer0 is the answer if it was read already.
func (m *message) answer0() *answer { return m.ans }

func (a *answer) tokenOf() *tokenSet {
	if a == nil {
		return nil
	}
	return a.token
}

// grantOf names the grant of a token request, by grant_type or by what it carries.
func grantOf(m *message) string {
	g := strings.ToLower(m.value("grant_type"))
	g = strings.NewReplacer("-", "_", " ", "_").Replace(g)
	switch {
	case strings.Contains(g, "device_code") || m.args.has("device_code"):
		return "device_code"
	case strings.Contains(g, "refresh"):
		return "refresh_token"
	case m.arg("code") != nil && !strings.Contains(g, "client"):
		return "authorization_code"
	case strings.Contains(g, "client_cred") || g == "account_credentials":
		return "client_credentials"
	case strings.Contains(g, "authorization"):
		return "authorization_code"
	case g != "":
		return g
	case m.arg("refresh_token") != nil:
		return "refresh_token"
	}
	switch m.kind {
	case flows.StepRefresh:
		return "refresh_token"
	case flows.StepExchange:
		return "exchange"
	}
	return ""
}
