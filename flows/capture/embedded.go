package capture

import (
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// schemeOf tells whether a line begins with the scheme of a URL.
func schemeOf(line string) bool {
	i := strings.Index(line, "://")
	return i > 0 && i < 40 && !strings.ContainsAny(line[:i], "?&=#/\"'{}() ,;")
}

// readURLs recognises several URLs, one below the other, such as an authorization URL
// and the callback that came of it. A line that begins with no scheme goes on with the
// URL above it.
func readURLs(p *paste) (Result, bool, error) {
	if len(p.text) > maxURL || !schemeOf(p.text) || !strings.Contains(p.text, "\n") {
		return Result{}, false, nil
	}
	var urls []string
	for line := range strings.Lines(p.text) {
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
	if len(p.text) > 1<<20 || !strings.ContainsAny(p.text, " \n\t") {
		return Result{}, false, nil
	}
	q := *p
	q.mended = append(q.mended, "it was taken out of the text around it")
	var urls []string
	for _, word := range strings.FieldsFunc(unbreakURLs(p.text), func(r rune) bool { return strings.ContainsRune(" \n\t\"'<>`|\\", r) }) {
		if i := strings.Index(word, "http"); i >= 0 && len(urls) < 100 {
			if word = strings.TrimRight(word[i:], ".,;:!)]}"); schemeOf(word) && strings.ContainsAny(word, "?#") {
				urls = append(urls, word)
			}
		}
	}
	if len(urls) == 1 {
		q.text = urls[0]
		if r, ok, err := readURL(&q); ok || err != nil {
			return r, ok, err
		}
	} else if len(urls) > 1 {
		if r, ok, err := q.urls(urls); ok || err != nil {
			return r, ok, err
		}
	}
	for i, tries := 0, 0; tries < 20; tries++ {
		j := strings.IndexByte(p.text[i:], '{')
		if j < 0 {
			break
		}
		i += j
		doc, err := rawjson.Parse([]byte(p.text[i:]))
		if err == nil && doc.Root != nil && !hasProblem(doc, "syntax") && len(doc.Root.Children) > 0 {
			q.text = p.text[i : i+doc.End]
			if again, err := rawjson.Parse([]byte(q.text)); err == nil {
				if r, ok := q.jsonKind(again); ok {
					return r, true, nil
				}
			}
		}
		i++
	}
	for _, word := range strings.FieldsFunc(p.text, func(r rune) bool { return strings.ContainsRune(" \n\t\"'<>`|\\,;:=()[]{}", r) }) {
		if strings.HasPrefix(word, "ey") && strings.Count(word, ".") >= 2 {
			q.text = word
			if r, ok, err := readJWT(&q); ok {
				return r, ok, err
			}
		}
	}
	return Result{}, false, nil
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
