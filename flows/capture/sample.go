package capture

import (
	"net/url"
	"strings"

	"oauthlens/flows"
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
	if len(found) < 2 {
		return false
	}
	s.request = flows.Request{Method: "POST", Headers: flows.Headers{}}
	for _, word := range strings.Fields(text) {
		word = strings.Trim(word, "\"'<>`,")
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

func inValues(list params, word string) bool {
	for _, f := range list {
		if strings.Contains(f.Value, word) {
			return true
		}
	}
	return false
}

// paramLines reads "name: value", "name = value", "name => value", "name<TAB>value" and
// "name value" lines whose names are known; other lines are passed over.
func paramLines(text string) params {
	var out params
	for line := range strings.Lines(text) {
		line = strings.Trim(strings.TrimSpace(line), "|,*-• \t")
		if len(out) > 200 {
			break
		}
		i := strings.IndexAny(line, ":=\t |")
		if i <= 0 {
			continue
		}
		name := strings.Trim(line[:i], "\"'`")
		value := strings.TrimSpace(strings.TrimLeft(line[i:], ":=>\t |"))
		if !knownParam(name) || strings.Contains(name, " ") {
			continue
		}
		value = strings.TrimSuffix(strings.TrimSpace(value), "&")
		out = append(out, flows.Param{Name: name, Value: unquote(value)})
	}
	return out
}
