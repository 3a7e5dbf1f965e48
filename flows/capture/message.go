package capture

import (
	"strconv"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// readMessage recognises HTTP messages as text: requests, answers, both in turn, with
// or without the marks of curl -v.
func readMessage(p *paste) (Result, bool, error) {
	text := p.text
	verbose := false
	if strings.Contains(text, "\n> ") || strings.HasPrefix(text, "> ") || strings.HasPrefix(text, "< HTTP/") {
		if t, ok := fromVerbose(text); ok {
			text, verbose = t, true
		}
	}
	text = fromPseudo(fromLog(text))
	first, _, _ := strings.Cut(strings.TrimLeft(text, " \t\n"), "\n")
	if !statusLine(first) && !requestLine(first) {
		at := messageWithin(text)
		if at < 0 {
			return Result{}, false, nil
		}
		text = text[at:]
		first, _, _ = strings.Cut(text, "\n")
	}
	if requestLine(first) && !strings.Contains(first, " HTTP/") && !headFollows(text) {
		return Result{}, false, nil // a method and a URL above something else: a sample
	}
	text, mended := straighten(text)
	m := messages{p: p}
	m.read(text)
	if len(m.items) == 0 {
		return Result{}, false, nil
	}
	why := "it begins with a request line (RFC 9112)"
	if statusLine(first) {
		why = "it begins with a status line (RFC 9112)"
	}
	what := count(m.requests, "HTTP request", "HTTP requests")
	if m.answers > 0 {
		what = strings.TrimPrefix(what+" and "+count(m.answers, "answer", "answers"), "0 HTTP requests and ")
	}
	if verbose {
		why = "request and answer lines with the marks > and < of curl -v"
	}
	r := p.result(KindHTTPMessage, what, why)
	r.Mended = append(append(r.Mended, mended...), m.mended...)
	r.Losses = m.losses
	if m.requests == 0 {
		m.items[0].Exchange.Step = answerStep(&m.items[0].Exchange)
		m.items[0].Flow = 1
		r.build(m.items[:1], p.o)
		return r, true, nil
	}
	r.finish(m.items, p.o)
	return r, true, nil
}

// headFollows tells that a header, a JSON object or a form stands behind the first line.
func headFollows(text string) bool {
	_, rest, _ := strings.Cut(strings.TrimLeft(text, " \t\n"), "\n")
	line, _, _ := strings.Cut(strings.TrimLeft(rest, " \t\n"), "\n")
	line = strings.TrimSpace(line)
	if _, _, ok := headerLine(line, true); ok || line == "" || line[0] == '{' {
		return true
	}
	name, _, ok := strings.Cut(line, "=")
	return ok && !strings.ContainsAny(name, " |\t(")
}

// headerLine reads a header field. Documentation sometimes loses the colon behind a
// well-known name. known demands such a name in any case.
func headerLine(line string, known bool) (name, value string, ok bool) {
	name, value, ok = strings.Cut(line, ":")
	if ok && headerName(name) && !known {
		return name, strings.TrimSpace(value), true
	}
	for _, h := range sampleHeaders {
		if len(line) > len(h) && strings.EqualFold(line[:len(h)], h) && (line[len(h)] == ':' || line[len(h)] == ' ') {
			return line[:len(h)], strings.TrimLeft(line[len(h):], ": \t"), true
		}
	}
	return "", "", false
}

// answerStep tells the step of an answer without its request.
func answerStep(x *flows.Exchange) flows.StepKind {
	f := factsOf(x)
	access, refresh, id := f.issued()
	switch {
	case isKeySet(f.answer):
		return flows.StepJWKS
	case f.answer.Member("issuer") != nil && f.answer.Member("token_endpoint") != nil:
		return flows.StepDiscovery
	case access != "" || refresh != "" || id != "":
		return flows.StepExchange
	case f.hasActive():
		return flows.StepIntrospect
	case f.member("user_code") != "" && f.member("device_code") != "":
		return flows.StepDevice
	case f.locParams.has("code") || f.locParams.has("error") && f.locParams.has("state"):
		return flows.StepAuthorize
	case x.Response.Headers.Has("WWW-Authenticate") && f.answer.Member("error") == nil:
		return flows.StepCall
	}
	return flows.StepExchange
}

// methods are those that a request line may begin with.
var methods = [...]string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}

func requestLine(line string) bool {
	if low := strings.ToLower(line); strings.HasSuffix(low, " http/1.1") || strings.HasSuffix(low, " http/1.0") {
		line = strings.ToUpper(line) // some write it all in lower case
	}
	fields := strings.Fields(line)
	if len(fields) < 2 || len(fields) > 3 {
		return false
	}
	for _, m := range methods {
		if fields[0] == m {
			if len(fields) == 3 {
				return strings.HasPrefix(fields[2], "HTTP/")
			}
			return strings.HasPrefix(fields[1], "/") || strings.Contains(fields[1], "://")
		}
	}
	return false
}

func statusLine(line string) bool {
	fields := strings.Fields(line)
	if len(fields) < 2 || !strings.HasPrefix(fields[0], "HTTP/") || len(fields[1]) != 3 {
		return false
	}
	_, err := strconv.Atoi(fields[1])
	return err == nil && strings.Trim(fields[0][len("HTTP/"):], "0123456789.") == ""
}

// messages reads messages one after the other and pairs each answer with the request
// before it.
type messages struct {
	p                 *paste
	items             []Item
	requests, answers int
	mended, losses    []string
}

func (m *messages) read(text string) {
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines) && len(m.items) < 1000; {
		line := strings.TrimSpace(lines[i])
		switch {
		case statusLine(line):
			i = m.message(lines, i, true)
		case requestLine(line):
			i = m.message(lines, i, false)
		default:
			i++
		}
	}
}

// message reads from line i to the next message and returns where that begins.
func (m *messages) message(lines []string, i int, answer bool) int {
	start := strings.TrimSpace(lines[i])
	i++
	var headers flows.Headers
	margin := 0 // of the header fields
	for ; i < len(lines); i++ {
		trimmed := strings.TrimSpace(lines[i])
		name, value, ok := headerLine(trimmed, false)
		if trimmed == "" || statusLine(trimmed) || requestLine(trimmed) {
			break
		}
		if !ok {
			if len(headers) == 0 || !folded(&headers[len(headers)-1], lines[i], trimmed, margin) {
				break // the body follows without an empty line
			}
			continue
		}
		if len(headers) < maxHeaders {
			headers = append(headers, flows.Header{Name: name, Value: value})
			margin = indent(lines[i])
		}
	}
	blank := i < len(lines) && strings.TrimSpace(lines[i]) == ""
	if blank {
		i++
	}
	end := i
	for ; end < len(lines); end++ {
		trimmed := strings.TrimSpace(lines[end])
		if statusLine(trimmed) || requestLine(trimmed) {
			break
		}
	}
	content := lines[i:end]
	if strings.EqualFold(headers.Get("Transfer-Encoding"), "chunked") {
		content = strings.Split(dechunk(strings.TrimSpace(strings.Join(content, "\n"))), "\n")
	}
	body, rest := bodyOf(content)
	if answer {
		m.answer(start, headers, body)
		return end
	}
	m.request(start, headers, body)
	if output := objectWithin(rest); output != "" {
		m.items[len(m.items)-1].Exchange.Response = pastedBody(output)
		m.answers++
	}
	return end
}

// folded adds a line to the field above it if it goes on with it (RFC 9110 section 5.5): it
// stands further in, or the field ends with a comma. A URL is put together without a blank.
func folded(field *flows.Header, line, trimmed string, margin int) bool {
	in := indent(line)
	if in == 0 || in <= margin && !strings.HasSuffix(field.Value, ",") && strings.ContainsAny(trimmed, "={") {
		return false
	}
	if !strings.EqualFold(field.Name, "Location") {
		field.Value += " "
	}
	field.Value += trimmed
	return true
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// bodyOf takes the body off the lines that follow a head; what stands behind a JSON
// value or a form is returned as rest.
func bodyOf(lines []string) (body, rest string) {
	text := strings.Trim(strings.Join(lines, "\n"), "\n")
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return "", ""
	case trimmed[0] == '{':
		doc, err := rawjson.Parse([]byte(trimmed))
		if err == nil && doc.Root != nil && !hasProblem(doc, "syntax") {
			return trimmed[:doc.End], trimmed[doc.End:]
		}
		return text, ""
	}
	taken := 0
	for taken < len(lines) {
		line := strings.TrimSpace(lines[taken])
		goesOn := taken > 0 && strings.HasSuffix(strings.TrimSpace(lines[taken-1]), "&")
		name, _, ok := strings.Cut(strings.TrimLeft(line, "&"), "=")
		if line != "" && !goesOn && (!ok || strings.ContainsAny(name, " {<\"")) {
			break
		}
		taken++
	}
	if form := strings.TrimSpace(strings.Join(lines[:taken], "\n")); form != "" {
		return form, strings.Join(lines[taken:], "\n")
	}
	return text, ""
}

// objectWithin returns the first JSON object of a text.
func objectWithin(text string) string {
	i := strings.IndexByte(text, '{')
	if i < 0 {
		return ""
	}
	doc, err := rawjson.Parse([]byte(text[i:]))
	if err != nil || doc.Root == nil || hasProblem(doc, "syntax") || len(doc.Root.Children) == 0 {
		return ""
	}
	return text[i : i+doc.End]
}

func headerName(s string) bool {
	if s == "" || len(s) > 80 {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

func (m *messages) request(line string, headers flows.Headers, body string) {
	fields := strings.Fields(line)
	x := flows.Exchange{Request: flows.Request{Method: strings.ToUpper(fields[0]), URL: fields[1], Headers: headers}}
	if len(fields) > 2 {
		x.Request.Version = httpVersion(fields[2])
	}
	if !strings.Contains(x.Request.URL, "://") {
		host := headers.Get("Host")
		scheme := "https://"
		switch {
		case host == "":
			m.losses = append(m.losses, "the host is not in the message")
			scheme = ""
		case flows.IsLoopbackHost(hostname(host)) || strings.HasSuffix(host, ":80"):
			scheme = "http://"
		default:
			m.mended = append(m.mended, "the message does not say http or https; https is assumed")
		}
		x.Request.URL = scheme + host + x.Request.URL
	}
	body = m.unwrap(headers.Get("Content-Type"), body)
	if body != "" {
		x.Request.Body = bound([]byte(body))
	}
	m.requests++
	m.items = append(m.items, Item{ID: len(m.items) + 1, Exchange: m.p.at(x)})
}

// unwrap joins a form body that a page broke over lines.
func (m *messages) unwrap(contentType, body string) string {
	form := strings.Contains(strings.ToLower(contentType), "urlencoded") || contentType == "" && strings.Contains(body, "grant_type=")
	if !form || !strings.Contains(body, "\n") {
		return strings.TrimSpace(body)
	}
	if strings.HasPrefix(strings.TrimSpace(body), "{") {
		return strings.TrimSpace(body)
	}
	m.mended = append(m.mended, "the form body was broken over lines and was joined")
	return oneWord(body)
}

func (m *messages) answer(line string, headers flows.Headers, body string) {
	fields := strings.SplitN(line, " ", 3)
	status, _ := strconv.Atoi(fields[1])
	r := pastedBody(strings.TrimSpace(body))
	r.Status, r.Version, r.Headers = status, httpVersion(fields[0]), headers
	if r.Headers == nil {
		r.Headers = flows.Headers{}
	}
	if len(fields) > 2 {
		r.StatusText = clip(fields[2], 200)
	}
	if n := len(m.items); n > 0 {
		if x := &m.items[n-1].Exchange; x.Response == nil || x.Response.Status < 200 {
			if x.Response == nil {
				m.answers++
			}
			x.Response = r // an answer behind one of the kind 100 Continue is the answer
			return
		}
	}
	m.answers++
	m.items = append(m.items, Item{ID: len(m.items) + 1, Exchange: m.p.at(flows.Exchange{Response: r})})
}
