package capture

import (
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// schemeOf tells whether a line begins with the scheme of a URL.
func schemeOf(line string) bool {
	i := strings.Index(line, "://")
	return i > 0 && i < 40 && !strings.ContainsAny(line[:i], "?&=#/\"'{}() ,;")
}

// readURLs recognises several URLs, one below or beside the other, such as an authorization URL
// and the callback that came of it. A line that begins with no scheme goes on with the
// URL above it.
func readURLs(p *paste) (Result, bool, error) {
	if len(p.text) > maxURL || !schemeOf(p.text) {
		return Result{}, false, nil
	}
	text := p.text
	if f := strings.Fields(text); !strings.Contains(text, "\n") && !slices.ContainsFunc(f, func(w string) bool { return !schemeOf(w) }) {
		text = strings.Join(f, "\n") // side by side
	}
	var urls []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case schemeOf(line) && len(urls) < 1000:
			urls = append(urls, line)
		case strings.HasSuffix(line, ":") && len(line) < 40: // a label, such as "Sandbox:"
		case line != "":
			if strings.Contains(line, " ") {
				return Result{}, false, nil
			}
			urls[len(urls)-1] += line
		}
	}
	if len(urls) < 2 {
		return Result{}, false, nil
	}
	return p.urls(urls)
}

// urls makes a result of several URLs of which at least one is of OAuth.
func (p *paste) urls(urls []string) (Result, bool, error) {
	var items []Item
	for _, u := range urls {
		u, _ = mendURL(u)
		items = append(items, Item{ID: len(items) + 1, Exchange: p.at(flows.Exchange{Request: flows.Request{Method: "GET", URL: u}})})
	}
	Classify(items)
	kind := Kind("")
	known := 0
	for _, it := range items {
		switch it.Exchange.Step {
		case flows.StepAuthorize:
			kind = KindAuthorizationURL
		case flows.StepCallback:
			kind = Kind(firstOf(string(kind), string(KindCallbackURL)))
		case flows.StepOther, flows.StepDiscovery, flows.StepJWKS:
			continue
		}
		known++
	}
	if kind == "" {
		return Result{}, false, nil
	}
	r := p.result(kind, count(len(urls), "URL", "URLs")+", "+count(known, "of them of a flow", "of them of a flow"), "lines that are URLs, among them authorization requests or callbacks")
	Group(items)
	r.build(items, p.o)
	return r, true, nil
}

// readEmbedded looks for something that can be inspected within a text around it: a
// log line, a message of a colleague, an error text. URLs come first, then a JSON
// object, then a JWT.
func readEmbedded(p *paste) (Result, bool, error) {
	if len(p.text) > 1<<20 || !strings.ContainsAny(p.text, " \n\t\"'<>()[]{}`,;:") {
		return Result{}, false, nil
	}
	q := *p
	q.mended = append(q.mended, "it was taken out of the text around it")
	if r, ok, err := q.embeddedURL(p.text); ok || err != nil {
		return r, ok, err
	}
	texts := []string{p.text, goError(p.text)}
	if len(p.text) < 64<<10 && strings.Contains(p.text, `\"`) {
		texts = append(texts, strings.ReplaceAll(p.text, `\"`, `"`))
	}
	for _, text := range texts {
		if r, ok := q.embeddedJSON(text); ok {
			return r, true, nil
		}
	}
	for _, word := range strings.FieldsFunc(p.text, func(r rune) bool { return strings.ContainsRune(" \n\t\"'<>`|\\,;:=()[]{}", r) }) {
		if strings.HasPrefix(word, "ey") && strings.Count(word, ".") >= 2 {
			q.text = word
			if r, ok, err := readJWT(&q); ok {
				return r, ok, err
			}
		}
	}
	p.looked = firstOf(p.looked, q.looked)
	return Result{}, false, nil
}

// embeddedURL looks for URLs, and for the target of a request that a server logged.
func (p *paste) embeddedURL(text string) (Result, bool, error) {
	if target := loggedTarget(text); target != "" {
		p.text = target
		if r, ok, err := readURL(p); ok || err != nil {
			return r, ok, err
		}
	}
	var urls []string
	for _, word := range strings.FieldsFunc(unbreakURLs(text), func(r rune) bool { return strings.ContainsRune(" \n\t\"'<>`|\\", r) }) {
		if i := strings.Index(word, "http"); i >= 0 && len(urls) < 100 {
			if word = strings.TrimRight(word[i:], ".,;:!)]}"); schemeOf(word) && strings.ContainsAny(word, "?#") {
				urls = append(urls, word)
			}
		}
	}
	switch len(urls) {
	case 0:
		return Result{}, false, nil
	case 1:
		p.text = urls[0]
		return readURL(p)
	}
	return p.urls(urls)
}

// embeddedJSON looks for an object of a known kind.
func (p *paste) embeddedJSON(text string) (Result, bool) {
	for i, tries := 0, 0; tries < 20; tries++ {
		j := strings.IndexByte(text[i:], '{')
		if j < 0 {
			break
		}
		i += j
		doc, err := rawjson.Parse([]byte(text[i:]))
		if err == nil && doc.Root != nil && !hasProblem(doc, "syntax") && len(doc.Root.Children) > 0 {
			p.text = text[i : i+doc.End]
			if again, err := rawjson.Parse([]byte(p.text)); err == nil {
				if r, ok := p.jsonKind(again); ok {
					return r, true
				}
			}
		}
		i++
	}
	return Result{}, false
}

// logged reads a line of a log that is written as JSON: what it is about stands in one of
// its texts.
func (p *paste) logged(root *rawjson.Node) (Result, bool) {
	var texts []string
	for _, c := range root.Children {
		if c.Kind == rawjson.String {
			texts = append(texts, c.Text)
		}
	}
	q := *p
	q.text = strings.Join(texts, "\n")
	if r, ok, err := readEmbedded(&q); ok && err == nil {
		return r, true
	}
	p.looked = "a line of a log with the members " + names(root.Children) + ", and nothing of OAuth in it"
	return Result{}, false
}

// isLogged tells a line of a log: a level and a message.
func isLogged(root *rawjson.Node) bool {
	q := jsonParams(root)
	return q.has("level", "severity", "lvl", "loglevel") && q.has("msg", "message", "event") && !q.has("access_token", "error_description", "grant_type")
}

// loggedTarget finds the target of a request in a line of a server's log, such as "GET
// /callback?code=... HTTP/1.1".
func loggedTarget(text string) string {
	fields := strings.Fields(text)
	for i, f := range fields[:max(0, len(fields)-1)] {
		method, target := strings.TrimLeft(f, `"'[(`), fields[i+1]
		if strings.HasPrefix(target, "/") && strings.Contains(target, "?") && requestLine(method+" "+target) {
			return strings.TrimRight(target, `"'])`)
		}
	}
	return ""
}

// goError reads the two forms in which golang.org/x/oauth2 prints an error answer without
// its body: oauth2: "invalid_grant" "the description".
func goError(text string) string {
	_, rest, ok := strings.Cut(text, `oauth2: "`)
	if !ok {
		return ""
	}
	code, rest, ok := strings.Cut(rest, `"`)
	if !ok || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz_") != "" || code == "" {
		return ""
	}
	out := `{"error":` + jsonQuote(code)
	if rest, quoted := strings.CutPrefix(rest, ` "`); quoted {
		if words, _, ok := strings.Cut(rest, `"`); ok {
			out += `,"error_description":` + jsonQuote(words)
		}
	}
	return out + "}"
}

// unbreakURLs joins lines that begin with '?' or '&' to the line before.
func unbreakURLs(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if trimmed := strings.TrimSpace(line); b.Len() > 0 && trimmed != "" && (trimmed[0] == '?' || trimmed[0] == '&') {
			b.WriteString(trimmed)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.TrimRight(line, " \t\n"))
	}
	return b.String()
}
