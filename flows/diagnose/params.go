package diagnose

import (
	"strings"
	"unicode/utf8"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// param is one parameter as it stood in a message. Raw is its text there, Value the text
// after one decoding. Start and End are byte offsets of Raw in the place Where.
type param struct {
	Name, Value string
	RawName     string
	Raw         string
	Where       string // "url", "request body", "response header Location", ...
	Start, End  int
	Bare        bool // there was no '='
	JSON        bool // Raw is a JSON text, not a form's
}

// params keeps order and repeats.
type params []param

func (p params) find(names ...string) *param {
	for _, n := range names {
		for i := range p {
			if p[i].Name == n {
				return &p[i]
			}
		}
	}
	return nil
}

func (p params) get(names ...string) string {
	if f := p.find(names...); f != nil {
		return f.Value
	}
	return ""
}

func (p params) has(names ...string) bool { return p.find(names...) != nil }

// aliases are the names under which providers carry the usual parameters.
var aliases = lists{
	{"client_id", []string{"client_id", "clientId", "ClientId", "ClientID", "client_key", "appid", "app_id", "appKey", "appId"}},
	{"client_secret", []string{"client_secret", "clientSecret", "ClientSecret", "secret", "app_secret", "appSecret", "client_secret_key"}},
	{"redirect_uri", []string{"redirect_uri", "redirect_url", "redirectUri", "redirectURI", "redirectUrl"}},
	{"code", []string{"code", "auth_code", "authCode", "spapi_oauth_code", "authorization_code"}},
	{"grant_type", []string{"grant_type", "grantType"}},
	{"refresh_token", []string{"refresh_token", "refreshToken"}},
	{"response_type", []string{"response_type", "responseType"}},
	{"scope", []string{"scope", "scopes"}},
	{"state", []string{"state"}},
}

// arg finds a parameter under its usual name or an alias of it.
func (p params) arg(name string) *param {
	if a := aliases.of(name); a != nil {
		return p.find(a...)
	}
	return p.find(name)
}

func (p params) argValue(name string) string {
	if f := p.arg(name); f != nil {
		return f.Value
	}
	return ""
}

// readForm reads application/x-www-form-urlencoded text that begins at offset base of
// the place where. It never fails: a broken escape stays as it is.
func readForm(text string, base int, where string) params {
	var out params
	for at := 0; at <= len(text) && len(out) < maxParams; {
		end := strings.IndexByte(text[at:], '&')
		if end < 0 {
			end = len(text)
		} else {
			end += at
		}
		if piece := text[at:end]; piece != "" {
			p := param{Where: where, Start: base + at, End: base + end}
			if eq := strings.IndexByte(piece, '='); eq >= 0 {
				p.RawName, p.Raw, p.Start = piece[:eq], piece[eq+1:], base+at+eq+1
			} else {
				p.RawName, p.Bare, p.Start = piece, true, base+end
			}
			p.Name, p.Value = formDecode(p.RawName), formDecode(p.Raw)
			out = append(out, p)
		}
		at = end + 1
	}
	return out
}

const maxParams = 500

// formDecode turns '+' into a blank and %XX into a byte.
func formDecode(s string) string {
	if strings.IndexByte(s, '+') >= 0 {
		s = strings.ReplaceAll(s, "+", " ")
	}
	return percentDecode(s)
}

// percentDecode turns %XX into a byte and leaves everything else alone.
func percentDecode(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			b.WriteByte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// hasEscape tells whether the text contains a well-formed %XX.
func hasEscape(s string) bool {
	for i := 0; i+2 < len(s); i++ {
		if s[i] == '%' && isHex(s[i+1]) && isHex(s[i+2]) {
			return true
		}
	}
	return false
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

// readJSONParams lists the members of a JSON object as parameters.
func readJSONParams(root *rawjson.Node, data string) params {
	var out params
	if root == nil || root.Kind != rawjson.Object {
		return nil
	}
	for _, n := range root.Children {
		if len(out) == maxParams || n.Start < 0 || n.End > len(data) || n.Start > n.End {
			break
		}
		p := param{Name: n.Name, RawName: n.Name, Value: n.Text, Raw: data[n.Start:n.End], Where: "request body", Start: n.Start, End: n.End, JSON: true}
		if n.Kind == rawjson.Null {
			p.Value = "null"
		}
		out = append(out, p)
	}
	return out
}

// target is a URL taken apart without any opinion on it.
type target struct {
	raw            string
	scheme, host   string // lower case; host without port
	port           string
	path           string // as written, without query
	query          string
	queryAt        int // offset of query in raw
	fragment       string
	fragmentAt     int
	hasFragment    bool
	absolute       bool
	userinfo       bool
	malformedSpace bool
}

func readTarget(raw string) target {
	t := target{raw: raw}
	rest, at := raw, 0
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		from := i + 1 + flows.FragmentAt(rest[i+1:])
		t.fragment, t.fragmentAt, t.hasFragment = rest[from:], from, true
		rest = rest[:i]
	}
	if i := strings.IndexByte(rest, '?'); i >= 0 {
		t.query, t.queryAt = rest[i+1:], i+1
		rest = rest[:i]
	}
	if i := strings.Index(rest, ":"); i > 0 && validScheme(rest[:i]) {
		t.scheme = strings.ToLower(rest[:i])
		at = i + 1
		t.absolute = true
	}
	rest = rest[at:]
	if strings.HasPrefix(rest, "//") {
		authority := rest[2:]
		rest = ""
		if i := strings.IndexByte(authority, '/'); i >= 0 {
			authority, rest = authority[:i], authority[i:]
		}
		t.setAuthority(authority)
	}
	t.path = rest
	t.malformedSpace = strings.ContainsAny(raw, " \t\r\n")
	return t
}

func (t *target) setAuthority(a string) {
	if i := strings.LastIndexByte(a, '@'); i >= 0 {
		t.userinfo = true
		a = a[i+1:]
	}
	if i := strings.LastIndexByte(a, ':'); i >= 0 && i > strings.LastIndexByte(a, ']') {
		a, t.port = a[:i], a[i+1:]
	}
	t.host = strings.ToLower(a)
}

func validScheme(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		if !(c >= 'a' && c <= 'z' || i > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == '+' || s[i] == '-' || s[i] == '.')) {
			return false
		}
	}
	return s != ""
}

// authority is host and port, with the scheme's default port left out.
func (t target) authority() string {
	if t.port == "" || t.port == "443" && t.scheme == "https" || t.port == "80" && t.scheme == "http" {
		return t.host
	}
	return t.host + ":" + t.port
}

// endpoint is the URL without query and fragment, with the default port left out.
func (t target) endpoint() string { return t.scheme + "://" + t.authority() + t.path }

// samePlace compares two endpoints leniently: without final slash.
func samePlace(a, b target) bool {
	return a.scheme == b.scheme && a.authority() == b.authority() && strings.TrimSuffix(a.path, "/") == strings.TrimSuffix(b.path, "/")
}

// loopback tells whether the host can only be this machine.
func (t target) loopback() bool { return isLoopback(t.host) }

func isLoopback(host string) bool { return flows.IsLoopbackHost(percentDecode(host)) }

// clip shortens foreign text at a rune boundary.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
