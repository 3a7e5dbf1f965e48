package capture

import (
	"encoding/base64"
	"net/url"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// curlShort maps the short options that take a value to the long ones.
var curlShort = map[byte]string{
	'X': "request", 'H': "header", 'd': "data", 'u': "user", 'F': "form", 'A': "user-agent", 'e': "referer", 'b': "cookie",
	'o': "output", 'x': "proxy", 'U': "proxy-user", 'E': "cert", 'm': "max-time", 'w': "write-out", 'T': "upload-file", 'c': "cookie-jar",
	'D': "dump-header", 'K': "config", 'r': "range", 'y': "speed-time", 'Y': "speed-limit", 'z': "time-cond", 'C': "continue-at", 'Q': "quote", 't': "telnet-option", 'P': "ftp-port",
}

// takesValue tells whether a long option of curl takes a value.
func takesValue(name string) bool {
	switch name {
	case "request", "header", "data", "data-ascii", "data-raw", "data-binary", "data-urlencode", "json", "user", "form", "form-string",
		"user-agent", "referer", "cookie", "url", "url-query", "oauth2-bearer", "output", "proxy", "proxy-user", "cert", "cert-type", "key", "key-type", "pass",
		"cacert", "capath", "max-time", "connect-timeout", "retry", "retry-delay", "retry-max-time", "write-out", "upload-file", "cookie-jar", "dump-header",
		"config", "range", "resolve", "connect-to", "interface", "ciphers", "tls13-ciphers", "tls-max", "max-redirs", "noproxy", "preproxy", "socks5",
		"socks5-hostname", "socks4", "limit-rate", "unix-socket", "dns-servers", "aws-sigv4", "proto", "proto-default", "proto-redir", "trace", "trace-ascii",
		"stderr", "netrc-file", "pinnedpubkey", "engine", "keepalive-time", "local-port", "expect100-timeout", "delegation", "curves", "request-target",
		"variable", "variables", "output-dir", "rate", "doh-url", "hostpubsha256", "service-name", "proxy-header", "time-cond":
		return true
	}
	return false
}

// curlCommand is a curl command while it is being read.
type curlCommand struct {
	method       string
	urls         []string
	headers      flows.Headers
	data         []string
	form         []string
	user         string
	hasUser      bool
	bearer       string
	get, head    bool
	json         bool
	query        []string
	losses       []string
	cookies      []string
	agent, refer string
}

// readCurl recognises one or more curl commands.
func readCurl(p *paste) (Result, bool, error) {
	text := p.text
	first, _, _ := strings.Cut(text, "\n")
	if !curlWord(first) {
		i := curlLine(text)
		if i < 0 {
			return Result{}, false, nil
		}
		text = text[i:]
	}
	if len(text) > 4<<20 {
		p.looked = "a curl command of more than 4 MiB"
		return Result{}, false, nil
	}
	text, mended := straighten(text)
	if strings.Contains(text, " –") || strings.Contains(text, " —") {
		text = strings.NewReplacer(" ––", " --", " —", " --", " –", " -").Replace(text)
		mended = append(mended, "long dashes were read as hyphens")
	}
	list, form, output := splitCurl(continuePowerShell(text))
	var items []Item
	r := p.result(KindCurl, "", "a command that begins with curl")
	for _, words := range list {
		c := parseCurl(words[1:])
		for _, u := range c.urls {
			x := p.at(flows.Exchange{Request: c.request(u)})
			items = append(items, Item{ID: len(items) + 1, Exchange: x})
		}
		r.Losses = append(r.Losses, c.losses...)
	}
	if len(items) == 0 {
		p.looked = "a curl command without a URL"
		return Result{}, false, nil
	}
	r.What = count(len(items), "curl command", "curl commands") + form
	if x, ok := curlOutput(p, output); ok {
		items[len(items)-1].Exchange.Response = x
		r.What += " and what came back"
	}
	r.Mended = append(r.Mended, mended...)
	r.finish(items, p.o)
	return r, true, nil
}

// continuePowerShell joins lines that end with PowerShell's continuation sign.
func continuePowerShell(text string) string {
	if !strings.Contains(text, " `\n") {
		return text
	}
	return strings.ReplaceAll(text, " `\n", " \\\n")
}

func curlWord(line string) bool {
	word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	word = strings.ToLower(strings.Trim(word, `"'`))
	return word == "curl" || word == "curl.exe" || strings.HasSuffix(word, "/curl") || strings.HasSuffix(word, `\curl.exe`)
}

// curlLine finds a line that begins a curl command within a sample, at a shell prompt
// or after a variable assignment.
func curlLine(text string) int {
	at := 0
	for line := range strings.Lines(text) {
		trimmed := strings.TrimLeft(line, " \t$>%#")
		if curlWord(trimmed) && strings.Contains(trimmed, " ") {
			return at + len(line) - len(trimmed)
		}
		for _, before := range [...]string{"$(curl ", "| curl ", "&& curl "} {
			if i := strings.Index(line, before); i >= 0 {
				return at + i + len(before) - len("curl ")
			}
		}
		at += len(line)
	}
	return -1
}

// splitCurl splits the text into curl commands, by the shell that it was written for.
// What stands behind the commands and is an answer is returned as output.
func splitCurl(text string) (list [][]string, form, output string) {
	if strings.Contains(text, `^"`) || strings.Contains(text, " ^\n") || strings.Contains(text, "^\n") {
		words := cmdWords(text)
		start := -1
		for i, w := range words {
			if (w == "curl" || w == "curl.exe") && (i == 0 || start >= 0 && (words[i-1] == "&" || words[i-1] == "&&")) {
				if start >= 0 {
					list = append(list, words[start:i-1])
				}
				start = i
			}
		}
		if start >= 0 {
			list = append(list, words[start:])
		}
		return list, ", for cmd.exe", ""
	}
	for _, c := range commands(text) {
		if curlWord(c.words[0]) {
			list = append(list, c.words)
		} else if w := c.words[0]; len(list) > 0 && (w[:min(1, len(w))] == "{" || strings.HasPrefix(w, "HTTP/")) {
			output = text[c.start:]
			break
		}
	}
	if strings.Contains(text, "$'") {
		form = ", as Chrome copies it"
	}
	return list, form, output
}

// curlOutput reads the output of a command: an answer with headers (curl -i) or its
// body alone.
func curlOutput(p *paste, output string) (*flows.Response, bool) {
	output = strings.TrimSpace(output)
	switch {
	case strings.HasPrefix(output, "HTTP/"):
		m := messages{p: p}
		m.read(output)
		for _, it := range m.items {
			if r := it.Exchange.Response; r != nil && it.Exchange.Request.Method == "" {
				return r, true
			}
		}
	case strings.HasPrefix(output, "{"):
		if doc, err := rawjson.Parse([]byte(output)); err == nil && doc.Root != nil && doc.Root.Kind == rawjson.Object {
			return pastedBody(output[:min(doc.End, len(output))]), true
		}
	}
	return nil, false
}

func parseCurl(words []string) *curlCommand {
	c := &curlCommand{}
	for i := 0; i < len(words); i++ {
		w := words[i]
		next := func() string {
			if i+1 < len(words) {
				i++
				return words[i]
			}
			return ""
		}
		switch {
		case w == "--":
		case strings.HasPrefix(w, "--"):
			name, value, joined := strings.Cut(w[2:], "=")
			if !takesValue(name) {
				c.flag(name)
				continue
			}
			if !joined {
				value = next()
			}
			c.option(name, value)
		case len(w) > 1 && w[0] == '-':
			c.short(w[1:], next)
		default:
			c.urls = append(c.urls, w)
		}
	}
	return c
}

// short reads a bundle of short options, such as sSL or XPOST.
func (c *curlCommand) short(bundle string, next func() string) {
	for j := 0; j < len(bundle); j++ {
		name, ok := curlShort[bundle[j]]
		if !ok {
			c.flag(map[byte]string{'G': "get", 'I': "head"}[bundle[j]])
			continue
		}
		value := bundle[j+1:]
		if value == "" {
			value = next()
		}
		c.option(name, value)
		return
	}
}

func (c *curlCommand) flag(name string) {
	switch name {
	case "get":
		c.get = true
	case "head":
		c.head = true
	}
}

func (c *curlCommand) option(name, value string) {
	switch name {
	case "request":
		c.method = strings.ToUpper(value)
	case "url":
		c.urls = append(c.urls, value)
	case "header":
		c.header(value)
	case "data", "data-ascii", "data-binary", "data-raw":
		if strings.HasPrefix(value, "@") && name != "data-raw" {
			c.losses = append(c.losses, "the body stands in a file that was not read")
			return
		}
		if name == "data" || name == "data-ascii" {
			value = strings.NewReplacer("\r", "", "\n", "").Replace(value)
		}
		c.data = append(c.data, value)
	case "data-urlencode":
		c.data = append(c.data, c.urlencode(value))
	case "url-query":
		c.query = append(c.query, c.urlencode(value))
	case "json":
		c.json = true
		c.data = append(c.data, value)
	case "form", "form-string":
		c.form = append(c.form, value)
	case "user":
		c.user, c.hasUser = value, true
	case "oauth2-bearer":
		c.bearer = value
	case "user-agent":
		c.agent = value
	case "referer":
		c.refer = value
	case "cookie":
		if strings.Contains(value, "=") {
			c.cookies = append(c.cookies, value)
		}
	case "config":
		c.losses = append(c.losses, "options stand in a file that was not read")
	}
}

func (c *curlCommand) header(line string) {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		if n, isEmpty := strings.CutSuffix(line, ";"); isEmpty {
			c.headers = append(c.headers, flows.Header{Name: strings.TrimSpace(n)})
		}
		return
	}
	if len(c.headers) < maxHeaders {
		c.headers = append(c.headers, flows.Header{Name: strings.TrimSpace(name), Value: strings.TrimLeft(value, " ")})
	}
}

// urlencode is the rule of --data-urlencode: content, =content, name=content; a file
// is not read.
func (c *curlCommand) urlencode(v string) string {
	name, value, ok := strings.Cut(v, "=")
	switch {
	case ok && name == "":
		return curlEscape(value)
	case ok && !strings.Contains(name, "@"):
		return name + "=" + curlEscape(value)
	case strings.Contains(v, "@"):
		c.losses = append(c.losses, "a part of the body stands in a file that was not read")
		name, _, _ = strings.Cut(v, "@")
		return name + "="
	}
	return curlEscape(v)
}

// curlEscape percent-encodes everything but unreserved characters, as curl does.
func curlEscape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// request is what curl would send to the URL.
func (c *curlCommand) request(rawURL string) flows.Request {
	body := strings.Join(c.data, "&")
	if !strings.Contains(rawURL, "://") {
		rawURL = "http://" + rawURL
	}
	query := c.query
	if c.get && body != "" {
		query, body = append(query, body), ""
	}
	for _, q := range query {
		sep := "?"
		if strings.Contains(rawURL, "?") {
			sep = "&"
		}
		rawURL += sep + q
	}
	r := flows.Request{Method: c.method, URL: clip(rawURL, maxURL), Headers: append(flows.Headers{}, c.headers...)}
	add := func(name, value string) {
		if value != "" && !r.Headers.Has(name) {
			r.Headers = append(r.Headers, flows.Header{Name: name, Value: value})
		}
	}
	if c.hasUser {
		user := c.user
		if !strings.Contains(user, ":") {
			user += ":"
		}
		add("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user)))
	}
	if c.bearer != "" {
		add("Authorization", "Bearer "+c.bearer)
	}
	add("User-Agent", c.agent)
	add("Referer", c.refer)
	add("Cookie", strings.Join(c.cookies, "; "))
	switch {
	case len(c.form) > 0:
		add("Content-Type", "multipart/form-data; boundary="+curlBoundary)
		body = multipart(c.form)
	case c.json:
		add("Content-Type", "application/json")
		add("Accept", "application/json")
		body = strings.Join(c.data, "")
	case len(c.data) > 0 && !c.get:
		add("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Method = firstOf(r.Method, c.impliedMethod())
	if body != "" {
		r.Body = bound([]byte(body))
	}
	return r
}

// impliedMethod is the method that curl uses when none is given.
func (c *curlCommand) impliedMethod() string {
	switch {
	case c.head:
		return "HEAD"
	case !c.get && (len(c.data) > 0 || len(c.form) > 0):
		return "POST"
	}
	return "GET"
}

const curlBoundary = "------------------------oauthlens"

// multipart writes fields as curl does; the boundary is our own.
func multipart(fields []string) string {
	var b strings.Builder
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		b.WriteString("--" + curlBoundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n")
	}
	b.WriteString("--" + curlBoundary + "--\r\n")
	return b.String()
}
