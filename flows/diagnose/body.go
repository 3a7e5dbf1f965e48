package diagnose

import (
	"bytes"
	"html"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// bodyKind is what a body is by its bytes, whatever its label says.
type bodyKind byte

const (
	bodyEmpty bodyKind = iota
	bodyJSON
	bodyForm
	bodyHTML
	bodyText
	bodyJSONP
	bodyGzip
	bodyBinary
)

var bodyNames = [...]string{"empty", "JSON", "form", "HTML", "text", "JSONP", "gzip", "binary"}

func (k bodyKind) String() string { return bodyNames[k] }

var bom = []byte("\xef\xbb\xbf")

// sniff looks at the first bytes.
func sniff(b []byte) bodyKind {
	if len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b {
		return bodyGzip
	}
	t := bytes.TrimSpace(bytes.TrimPrefix(b, bom))
	if len(t) == 0 {
		return bodyEmpty
	}
	switch t[0] {
	case '{', '[':
		return bodyJSON
	case '<':
		return bodyHTML
	}
	head := t[:min(len(t), 512)]
	if bytes.IndexByte(head, 0) >= 0 {
		return bodyBinary
	}
	if i := bytes.IndexByte(head, '('); i > 0 && !bytes.ContainsAny(head[:i], " \t\n=&<") && (t[len(t)-1] == ')' || t[len(t)-1] == ';') {
		return bodyJSONP
	}
	if looksForm(head) {
		return bodyForm
	}
	return bodyText
}

// looksForm: name=value pairs without blanks in the names.
func looksForm(b []byte) bool {
	eq := bytes.IndexByte(b, '=')
	if eq <= 0 {
		return false
	}
	for _, c := range b[:eq] {
		if c <= ' ' || c == '<' || c == '>' || c == '{' || c == ':' || c == '"' {
			return false
		}
	}
	return bytes.IndexByte(b, '\n') < 0 || bytes.IndexByte(b, '&') >= 0
}

// answer is a response body, read.
type answer struct {
	kind bodyKind
	doc  *rawjson.Document
	form params
	// text is everything that a person or a client could read in it, lower case, with
	// markup removed.
	text  string
	fault *fault
	token *tokenSet
}

// member finds a member of the JSON object or form by any of the names, at the top or in
// an envelope.
func (a *answer) member(names ...string) string {
	if n := a.node(names...); n != nil {
		return n.Text
	}
	if a.kind == bodyForm {
		return a.form.get(names...)
	}
	return ""
}

func (a *answer) node(names ...string) *rawjson.Node {
	if a.doc == nil || a.doc.Root == nil {
		return nil
	}
	for _, name := range names {
		if n := a.doc.Root.Member(name); n != nil {
			return n
		}
	}
	for _, env := range envelopes {
		e := a.doc.Root.Member(env)
		if e == nil || e.Kind != rawjson.Object {
			continue
		}
		for _, name := range names {
			if n := e.Member(name); n != nil {
				return n
			}
		}
	}
	return nil
}

// envelopes are the members in which providers wrap what they answer.
var envelopes = []string{"data", "body", "Result", "result", "response", "payload", "authed_user", "alipay_system_oauth_token_response", "error_response"}

const maxRead = 256 << 10

func readAnswer(r *flows.Response) *answer {
	a := &answer{}
	if r == nil {
		return a
	}
	body := r.Body
	a.kind = sniff(body)
	if len(body) > maxRead && a.kind != bodyJSON {
		body = body[:maxRead]
	}
	switch a.kind {
	case bodyJSON:
		a.doc, _ = rawjson.Parse(body)
	case bodyJSONP:
		i, j := bytes.IndexByte(body, '('), bytes.LastIndexByte(body, ')')
		if i >= 0 && j > i {
			a.doc, _ = rawjson.Parse(body[i+1 : j])
		}
	case bodyForm:
		a.form = readForm(string(bytes.TrimSpace(body)), 0, "response body")
	case bodyHTML:
		a.text = lowerText(stripTags(string(body)))
	case bodyText:
		a.text = lowerText(string(body))
	}
	if a.doc != nil && a.doc.Root != nil {
		var b strings.Builder
		collectText(&b, a.doc.Root, 0)
		a.text = strings.ToLower(b.String())
	}
	return a
}

// lowerText folds case and white space.
func lowerText(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(clip(s, 16<<10)), " "))
}

// collectText joins names and texts of a JSON value, so that words can be searched in it.
func collectText(b *strings.Builder, n *rawjson.Node, depth int) {
	if b.Len() > 8<<10 || depth > 8 {
		return
	}
	if n.Name != "" {
		b.WriteString(n.Name + ": ")
	}
	if n.Text != "" && len(n.Text) < 2048 {
		b.WriteString(n.Text + " ; ")
	}
	for _, c := range n.Children {
		collectText(b, c, depth+1)
	}
}

// stripTags gives the readable text of a page: tags, scripts and styles removed.
func stripTags(s string) string {
	var b strings.Builder
	for i := 0; i < len(s) && b.Len() < 16<<10; {
		if s[i] != '<' {
			j := strings.IndexByte(s[i:], '<')
			if j < 0 {
				j = len(s) - i
			}
			b.WriteString(s[i : i+j])
			i += j
			continue
		}
		skip := ">"
		low := strings.ToLower(s[i:min(len(s), i+8)])
		if strings.HasPrefix(low, "<script") {
			skip = "</script>"
		} else if strings.HasPrefix(low, "<style") {
			skip = "</style>"
		}
		j := indexFold(s[i:], skip)
		if j < 0 {
			break
		}
		i += j + len(skip)
		b.WriteByte(' ')
	}
	return html.UnescapeString(b.String())
}

func indexFold(s, sub string) int {
	for i := 0; i+len(sub) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(sub)], sub) {
			return i
		}
	}
	return -1
}

// says tells whether the text contains, for each group, one of its alternatives. The
// groups are separated by blanks inside the argument, the alternatives by '|'; an
// underscore in a word stands for any one character, or none.
func says(text string, groups ...string) bool {
	for _, g := range groups {
		if !saysAny(text, g) {
			return false
		}
	}
	return true
}

func saysAny(text, group string) bool {
	for _, word := range strings.Split(group, "|") {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
