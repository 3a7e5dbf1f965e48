package capture

import (
	"net/url"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// knownParams are the names that make lines of "name value" a sample of a request.
func knownParam(name string) bool {
	switch letters(name) {
	case "granttype", "clientid", "clientsecret", "redirecturi", "code", "codeverifier", "refreshtoken", "scope", "responsetype", "state",
		"codechallenge", "codechallengemethod", "audience", "resource", "clientassertion", "clientassertiontype", "assertion", "username", "password",
		"nonce", "appid", "secret", "devicecode", "token", "tokentypehint", "granttypes":
		return true
	}
	return false
}

// readSample recognises what is copied from a documentation page: a request on one
// unbroken line, "POST https://..." with parameters below, or a list of names and
// values. Curly quotes are made straight, line breaks are taken out, and both are said.
func readSample(p *paste) (Result, bool, error) {
	if len(p.text) > 256<<10 {
		return Result{}, false, nil
	}
	text, mended := straighten(p.text)
	if object := objectWithin(text); object != "" {
		q := *p
		q.text, q.mended = object, append(append(q.mended, mended...), "it was taken out of the text around it")
		if doc, err := rawjson.Parse([]byte(object)); err == nil && requestParams(jsonParams(doc.Root)) {
			if r, ok := q.jsonKind(doc); ok {
				return r, true, nil
			}
		}
	}
	s := sample{p: p}
	switch {
	case s.oneLine(text), s.list(text):
	default:
		return Result{}, false, nil
	}
	r := p.result(KindDocSample, s.what, s.why)
	r.Mended = append(append(r.Mended, mended...), s.mended...)
	r.Losses = s.losses
	r.finish([]Item{{ID: 1, Exchange: p.at(flows.Exchange{Request: s.request})}}, p.o)
	return r, true, nil
}

type sample struct {
	p              *paste
	request        flows.Request
	what, why      string
	mended, losses []string
}

// sampleHeaders are the names at which an unbroken line is broken again.
var sampleHeaders = [...]string{"Host", "Authorization", "Content-Type", "Accept", "Content-Length", "User-Agent", "Cache-Control", "DPoP", "Origin",
	"X-Shopify-Access-Token", "Accept-Encoding", "Connection", "Cookie"}

// oneLine reads "POST https://host/path Content-Type: x name=value&..." whose line ends
// are gone, with or without HTTP/1.1 and Host.
func (s *sample) oneLine(text string) bool {
	method, rest, ok := strings.Cut(strings.TrimLeft(text, " \t\n\"'"), " ")
	if !ok {
		method, rest, ok = strings.Cut(text, "\n")
	}
	method = strings.TrimSuffix(strings.ToUpper(method), ":")
	known := false
	for _, m := range methods {
		known = known || m == method
	}
	if !ok || !known {
		return false
	}
	rest = strings.TrimSpace(rest)
	target := rest
	if i := strings.IndexAny(rest, " \n\t"); i >= 0 {
		target, rest = rest[:i], rest[i:]
	} else {
		rest = ""
	}
	if !strings.Contains(target, "://") && !strings.HasPrefix(target, "/") {
		return false
	}
	rest = strings.TrimSpace(rest)
	if v, after, found := strings.Cut(rest+" ", " "); found && strings.HasPrefix(v, "HTTP/") {
		rest = strings.TrimSpace(after)
	}
	headers, body := splitSampleHeaders(rest)
	s.request = flows.Request{Method: method, URL: clip(unquote(target), maxURL), Headers: headers}
	if !strings.Contains(s.request.URL, "://") {
		if host := headers.Get("Host"); host != "" {
			s.request.URL = "https://" + host + s.request.URL
			s.mended = append(s.mended, "the sample does not say http or https; https is assumed")
		} else {
			s.losses = append(s.losses, "the host is not in the sample")
		}
	}
	s.body(body)
	s.what, s.why = "a request from documentation", "a method and a URL, with headers or parameters behind on the same line"
	if strings.Contains(text, "\n") {
		s.why = "a method and a URL, with parameters on the lines below"
	} else {
		s.mended = append(s.mended, "the line ends that were lost were put back")
	}
	return true
}

// splitSampleHeaders cuts known headers off the front of a text without line ends.
func splitSampleHeaders(rest string) (headers flows.Headers, body string) {
	for {
		name := ""
		for _, h := range sampleHeaders {
			if len(rest) > len(h) && strings.EqualFold(rest[:len(h)], h) && strings.HasPrefix(strings.TrimLeft(rest[len(h):], " "), ":") {
				name = h
				break
			}
		}
		if name == "" || len(headers) >= 50 {
			return headers, rest
		}
		_, rest, _ = strings.Cut(rest, ":")
		rest = strings.TrimLeft(rest, " \t")
		end := len(rest)
		if i := strings.IndexByte(rest, '\n'); i >= 0 {
			end = i
		}
		for _, h := range sampleHeaders {
			if i := strings.Index(rest[:end], " "+h+":"); i >= 0 {
				end = i
			}
		}
		value := rest[:end]
		if !strings.EqualFold(name, "User-Agent") && !strings.EqualFold(name, "Cookie") {
			// The value ends where a body begins: at the word that is a form or an object.
			fields := strings.Fields(value)
			for i, w := range fields {
				if i > 0 && (strings.HasPrefix(w, "{") || strings.Contains(w, "=") && knownParam(strings.SplitN(w, "=", 2)[0])) {
					end = strings.Index(value, w)
					value = value[:end]
					break
				}
			}
		}
		headers = append(headers, flows.Header{Name: name, Value: strings.TrimSpace(value)})
		rest = strings.TrimSpace(rest[end:])
	}
}

// body sets the body: JSON as it is, a form joined, a list of parameters as a form.
func (s *sample) body(body string) {
	body = strings.TrimSpace(body)
	if body == "" {
		return
	}
	if body[0] == '{' {
		s.request.Body = bound([]byte(body))
		return
	}
	if list := paramLines(body); len(list) > 0 && !strings.Contains(body, "&") {
		s.setParams(list)
		return
	}
	joined := oneWord(body)
	if joined != body {
		s.mended = append(s.mended, "the parameters were broken over lines and were joined")
	}
	if s.request.Method == "GET" && strings.Contains(joined, "=") {
		s.request.URL += "?" + strings.TrimLeft(joined, "?&")
		return
	}
	s.request.Body = bound([]byte(strings.TrimLeft(joined, "&")))
}

func (s *sample) setParams(list params) {
	form := url.Values{}
	var b strings.Builder
	for i, f := range list {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(f.Name) + "=" + url.QueryEscape(f.Value))
		form.Add(f.Name, f.Value)
	}
	s.mended = append(s.mended, "the list of parameters was written as a form")
	if s.request.Method == "GET" || form.Has("response_type") {
		s.request.Method = "GET"
		s.request.URL += "?" + b.String()
		return
	}
	s.request.Body = bound([]byte(b.String()))
	if !s.request.Headers.Has("Content-Type") {
		s.request.Headers = append(s.request.Headers, flows.Header{Name: "Content-Type", Value: "application/x-www-form-urlencoded"})
	}
}

// list reads lines of names and values, maybe with a URL among them.
func (s *sample) list(text string) bool {
	found := paramLines(text)
	if len(found) < 2 && len(text) < 2000 {
		found = gluedParams(text)
	}
	if !requestParams(found) || strings.Contains(text, "error=") || strings.Contains(text, "error:") {
		return false
	}
	if settingsOnly(found) {
		s.p.looked = "the settings of a client, and no request; inspect what the client sends"
		return false
	}
	s.request = flows.Request{Method: "POST", Headers: flows.Headers{}}
	for _, word := range strings.Fields(text) {
		if i := strings.Index(word, "://"); i > 0 {
			word = word[strings.LastIndexAny(word[:i], "\"'(<=`")+1:] // post("https://...
		}
		word = strings.Trim(word, "\"'<>`,;()")
		if strings.Contains(word, "://") && !strings.Contains(word, "=") && !inValues(found, word) {
			s.request.URL = clip(word, maxURL)
			break
		}
	}
	if s.request.URL == "" {
		s.losses = append(s.losses, "the URL that it is sent to is not there")
	}
	s.setParams(found)
	s.what, s.why = "a list of parameters", "lines with names of OAuth parameters and their values"
	return true
}

// settingsOnly tells what configures a client: nothing of it says what is asked for.
func settingsOnly(list params) bool {
	return !list.has("grant_type", "response_type", "code", "refresh_token", "code_verifier", "token", "device_code", "assertion", "client_assertion", "username", "state")
}

func inValues(list params, word string) bool {
	for _, f := range list {
		if strings.Contains(f.Value, word) {
			return true
		}
	}
	return false
}

// requestParams tells a set that only a request has: two different names, one of which
// no answer repeats.
func requestParams(list params) bool {
	different := map[string]bool{}
	for _, f := range list {
		different[letters(f.Name)] = true
	}
	return len(different) >= 2 && (different["granttype"] || different["responsetype"] || different["clientid"] || different["clientsecret"] ||
		different["codeverifier"] || different["redirecturi"])
}

// paramLines reads "name: value", "name = value", "name => value", "name<TAB>value",
// "name value" and table rows whose names are known; other lines are passed over. A
// name that comes again ends the list: another sample begins.
func paramLines(text string) params {
	var out params
	lines := strings.Split(text, "\n")
	columns := 2
	for i := 0; i < len(lines) && len(out) < 200; i++ {
		line := strings.Trim(strings.TrimSpace(lines[i]), "*-•?& \t")
		if strings.Contains(lines[i], "--|") || strings.Contains(lines[i], "-- |") {
			columns = strings.Count(lines[i], "|---") + strings.Count(lines[i], "| ---")
			if !strings.HasPrefix(strings.TrimSpace(lines[i]), "|") {
				columns++
			}
			continue
		}
		if bare := strings.TrimSpace(strings.Trim(line, "|")); strings.HasSuffix(line, "|") && knownParam(bare) {
			for i+1 < len(lines) && strings.HasSuffix(line, "|") && cells(line) < columns {
				i++ // a row that the page broke behind a cell
				line += " " + strings.TrimSpace(lines[i])
			}
		}
		line = strings.Trim(line, "|, ")
		at := strings.IndexAny(line, ":=\t |")
		if at <= 0 {
			continue
		}
		name := strings.Trim(line[:at], "\"'`")
		if !knownParam(name) {
			continue
		}
		value := strings.TrimSpace(strings.TrimLeft(line[at:], ":=>\t |"))
		if cells := strings.Split(value, "|"); len(cells) > 1 {
			value = strings.TrimSpace(cells[len(cells)-1])
		}
		if out.has(name) {
			break
		}
		out = append(out, flows.Param{Name: name, Value: unquote(strings.TrimSuffix(value, "&"))})
	}
	return out
}

// cells counts the cells of a table row that hold something.
func cells(row string) int {
	n := 0
	for cell := range strings.SplitSeq(row, "|") {
		if strings.TrimSpace(cell) != "" {
			n++
		}
	}
	return n
}

// upToBlank is a text up to its first blank or quote.
func upToBlank(s string) string {
	if i := strings.IndexAny(s, " \n\t\"'`<>"); i >= 0 {
		return s[:i]
	}
	return s
}

// gluedParams reads a list whose line ends were lost: names followed by "=value" or by
// "(what it is)", one directly behind the other.
func gluedParams(text string) params {
	type mark struct{ start, end int }
	var marks []mark
	for i := 0; i < len(text) && len(marks) < 200; i++ {
		if text[i] != '=' && text[i] != '(' {
			continue
		}
		for start := max(0, i-40); start < i; start++ { // the longest known name that ends here
			if knownParam(text[start:i]) && !strings.ContainsAny(text[start:i], " .-") && text[start] != '_' {
				marks = append(marks, mark{start, i})
				break
			}
		}
	}
	var out params
	for n, m := range marks {
		end := len(text)
		if n+1 < len(marks) {
			end = marks[n+1].start
		} else if i := strings.IndexByte(text[m.end:], '\n'); i >= 0 {
			end = m.end + i
		}
		if m.end >= end {
			continue
		}
		raw := text[m.end+1 : end]
		value := strings.Trim(strings.TrimSpace(raw), "&,;")
		if out.has(text[m.start:m.end]) {
			break
		}
		if formed := m.start > 0 && text[m.start-1] == '&' || strings.HasSuffix(raw, "&"); formed {
			value = unescape(upToBlank(value)) // a part of a form within other text
		}
		out = append(out, flows.Param{Name: text[m.start:m.end], Value: strings.TrimRight(strings.TrimSuffix(value, ")"), "\"'`;")})
	}
	return out
}
