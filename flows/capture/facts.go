package capture

import (
	"bytes"
	"encoding/base64"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// facts is what classifying and grouping read from one exchange, extracted once.
type facts struct {
	x                *flows.Exchange
	method           string
	base, host, path string // see splitURL
	low              string // path in lower case
	last             string // last segment of the path, letters only
	query, body      params
	all              params // query, then body
	jsonBody         bool
	fragment         params
	// location is the absolute URL of a redirect, with its parameters.
	location, locBase, locHost string
	locParams                  params
	answer                     *rawjson.Node // the answer's JSON, nil if it is none or of no interest
	answerForm                 params        // the answer as a form, when it is one
	bearer                     string        // the token sent, by whatever way
	scheme                     string        // of the Authorization header, lower case
	basicUser                  string
	furniture                  bool
}

func factsOf(x *flows.Exchange) facts {
	f := facts{x: x, method: x.Request.Method}
	var query, fragment string
	f.base, f.host, f.path, query, fragment = splitURL(x.Request.URL)
	f.low = strings.ToLower(f.path)
	f.last = letters(lastSegment(f.low))
	f.query, f.fragment = pairs(query), pairs(fragment[flows.FragmentAt(fragment):])
	f.furniture = furniturePath(f.low) || furnitureDest(x)
	if f.furniture && len(x.Request.Body) == 0 {
		return f
	}
	f.body, f.jsonBody = bodyParams(x.Request.Body, strings.ToLower(x.Request.Headers.Get("Content-Type")))
	f.all = append(append(params(nil), f.query...), f.body...)
	f.credentials()
	if r := x.Response; r != nil {
		if l := r.Headers.Get("Location"); l != "" && (r.Status/100 == 3 || r.Status == 201) {
			f.location = resolve(x.Request.URL, l)
			var q, frag string
			f.locBase, f.locHost, _, q, frag = splitURL(f.location)
			f.locParams = append(pairs(q), pairs(frag[flows.FragmentAt(frag):])...)
		}
		f.answer, f.answerForm = readAnswer(r)
	}
	return f
}

// credentials reads what the request proves itself with.
func (f *facts) credentials() {
	auth := strings.TrimSpace(f.x.Request.Headers.Get("Authorization"))
	scheme, rest, _ := strings.Cut(auth, " ")
	f.scheme = strings.ToLower(scheme)
	switch {
	case f.scheme == "basic":
		if b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest)); err == nil {
			f.basicUser, _, _ = strings.Cut(string(b), ":")
			f.basicUser = unescape(f.basicUser)
		}
	case auth != "":
		f.bearer = longestWord(auth)
	}
	if f.bearer == "" {
		for _, name := range tokenHeaders {
			if v := f.x.Request.Headers.Get(name); v != "" {
				f.bearer = longestWord(v)
				break
			}
		}
	}
	if f.bearer == "" {
		f.bearer = f.all.get("access_token", "oauth_token")
	}
}

// tokenHeaders carry an access token at some APIs.
var tokenHeaders = [...]string{"X-Shopify-Access-Token", "X-Access-Token", "X-Auth-Token", "Access-Token", "X-OAuth-Token",
	"x-acs-dingtalk-access-token", "X-Amz-Access-Token", "X-Api-Token", "TB-Access-Token"}

// longestWord is the longest run without blanks, quotes and commas: the token of an
// Authorization header however it is spelt.
func longestWord(s string) string {
	best := ""
	for _, w := range strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || r == '"' || r == '\'' || r == ',' || r == '\n' || r == '\r' || r == '\t'
	}) {
		if len(w) > len(best) {
			best = w
		}
	}
	return best
}

// telling are the words without which a JSON answer says nothing about a flow.
var telling = [...]string{"oken", "issuer", "\"keys\"", "user_code", "request_uri", "active", "uthoriz", "auth", "error", "openid", "redirect_uri", "\"sub\""}

// readAnswer reads an answer's body as JSON or as a form, if it is of interest.
func readAnswer(r *flows.Response) (*rawjson.Node, params) {
	b := bytes.TrimSpace(bytes.TrimPrefix(r.Body, []byte("\xef\xbb\xbf")))
	if len(b) == 0 || len(b) > 512<<10 {
		return nil, nil
	}
	if b[0] != '{' && b[0] != '[' {
		if inner, ok := unwrapJSONP(b); ok {
			b = inner
		}
	}
	switch b[0] {
	case '{', '[':
		if !containsAny(b, telling[:]) {
			return nil, nil
		}
		doc, err := rawjson.Parse(b)
		if err != nil || doc == nil {
			return nil, nil
		}
		return doc.Root, nil
	case '<':
		return nil, nil
	}
	if len(b) < 16<<10 && bytes.IndexByte(b, '=') > 0 && !bytes.ContainsAny(b, " \n<") {
		return nil, pairs(string(b))
	}
	return nil, nil
}

func containsAny(b []byte, words []string) bool {
	for _, w := range words {
		if bytes.Contains(b, []byte(w)) {
			return true
		}
	}
	return false
}

// unwrapJSONP takes name({...}); apart.
func unwrapJSONP(b []byte) ([]byte, bool) {
	open := bytes.IndexByte(b, '(')
	end := bytes.LastIndexByte(b, ')')
	if open <= 0 || open > 128 || end <= open {
		return nil, false
	}
	for _, c := range bytes.TrimSpace(b[:open]) {
		if !(c == '_' || c == '$' || c == '.' || c == '[' || c == ']' || c == '/' || c == '*' || c == ' ' || c == ';' ||
			c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') {
			return nil, false
		}
	}
	inner := bytes.TrimSpace(b[open+1 : end])
	return inner, len(inner) > 0 && (inner[0] == '{' || inner[0] == '[')
}

// member finds a scalar member by any of the names (compared by letters), at the root
// or up to two envelopes deep.
func (f *facts) member(names ...string) string {
	if s := f.answerForm.get(names...); s != "" {
		return s
	}
	return nodeMember(f.answer, 2, names...)
}

func nodeMember(n *rawjson.Node, depth int, names ...string) string {
	if n == nil || n.Kind != rawjson.Object {
		return ""
	}
	for _, name := range names {
		want := letters(name)
		for _, c := range n.Children {
			if letters(c.Name) == want && (c.Kind == rawjson.String || c.Kind == rawjson.Number) && c.Text != "" {
				return c.Text
			}
		}
	}
	if depth == 0 {
		return ""
	}
	for i, c := range n.Children {
		if i > 40 {
			break
		}
		if s := nodeMember(c, depth-1, names...); s != "" {
			return s
		}
	}
	return ""
}

// Names of the members of token answers, as providers spell them.
var (
	accessNames  = []string{"access_token", "accessToken", "token", "jwt"}
	refreshNames = []string{"refresh_token", "refreshToken"}
)

// issued returns the tokens of a token answer.
func (f *facts) issued() (access, refresh, id string) {
	return f.member(accessNames...), f.member(refreshNames...), f.member("id_token", "idToken")
}

func lastSegment(path string) string {
	path = strings.TrimRight(path, "/")
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[i+1:]
	}
	return path
}

func furniturePath(low string) bool {
	i := strings.LastIndexByte(low, '.')
	if i < 0 {
		return false
	}
	switch low[i+1:] {
	case "js", "css", "png", "jpg", "jpeg", "gif", "svg", "ico", "woff", "woff2", "ttf", "map", "mp4", "webp", "avif", "webmanifest":
		return true
	}
	return false
}

// furnitureDest tells that a browser asked for a picture, a style and the like.
func furnitureDest(x *flows.Exchange) bool {
	switch strings.ToLower(x.Request.Headers.Get("Sec-Fetch-Dest")) {
	case "image", "style", "font", "audio", "video", "track", "manifest", "serviceworker", "worker":
		return true
	}
	return false
}

// navigation tells whether the browser would show the answer as a page; clients that
// send no Sec-Fetch headers get the benefit of the doubt.
func (f *facts) navigation() bool {
	switch strings.ToLower(f.x.Request.Headers.Get("Sec-Fetch-Dest")) {
	case "document", "iframe", "frame":
		return true
	case "":
		mode := strings.ToLower(f.x.Request.Headers.Get("Sec-Fetch-Mode"))
		return mode == "" || mode == "navigate"
	}
	return false
}
