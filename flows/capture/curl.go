package capture

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"oauthlens/flows"
)

// curlShort gives the long option of a short one that takes a value.
func curlShort(letter byte) (long string, ok bool) {
	switch letter {
	case 'X':
		return "request", true
	case 'H':
		return "header", true
	case 'd':
		return "data", true
	case 'u':
		return "user", true
	case 'F':
		return "form", true
	case 'A':
		return "user-agent", true
	case 'e':
		return "referer", true
	case 'b':
		return "cookie", true
	case 'o':
		return "output", true
	case 'x':
		return "proxy", true
	case 'U':
		return "proxy-user", true
	case 'E':
		return "cert", true
	case 'm':
		return "max-time", true
	case 'w':
		return "write-out", true
	case 'T':
		return "upload-file", true
	case 'c':
		return "cookie-jar", true
	case 'D':
		return "dump-header", true
	case 'K':
		return "config", true
	case 'r':
		return "range", true
	case 'y':
		return "speed-time", true
	case 'Y':
		return "speed-limit", true
	case 'z':
		return "time-cond", true
	case 'C':
		return "continue-at", true
	case 'Q':
		return "quote", true
	case 't':
		return "telnet-option", true
	case 'P':
		return "ftp-port", true
	}
	return "", false
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
	upload       bool
	hasForm      bool
	without      []string // names of headers that are not to be sent
	stdin        string
	hasStdin     bool
}

// parseCurl reads the arguments of one command. What stands behind --next is a request
// of its own.
func parseCurl(words []string, in command) []*curlCommand {
	c := &curlCommand{stdin: in.stdin, hasStdin: in.hasStdin}
	list := []*curlCommand{c}
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
		case w == "--next" || w == "-:":
			c = &curlCommand{}
			list = append(list, c)
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
	return list
}

// short reads a bundle of short options, such as sSL or XPOST.
func (c *curlCommand) short(bundle string, next func() string) {
	for j := 0; j < len(bundle); j++ {
		name, ok := curlShort(bundle[j])
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
		if name != "data-raw" {
			value = c.content(value, name == "data" || name == "data-ascii")
		}
		c.data = append(c.data, value)
	case "data-urlencode":
		c.data = append(c.data, c.urlencode(value))
	case "url-query":
		c.query = append(c.query, c.urlencode(value))
	case "json":
		c.json = true
		c.data = append(c.data, c.content(value, false))
	case "form", "form-string":
		c.hasForm = true
		if _, v, _ := strings.Cut(value, "="); name == "form" && v != "" && (v[0] == '@' || v[0] == '<') {
			c.losses = append(c.losses, partInFile)
			return
		}
		c.form = append(c.form, value)
	case "upload-file":
		c.upload = true
		c.losses = append(c.losses, bodyInFile)
	case "user":
		if c.user, c.hasUser = value, true; !strings.Contains(value, ":") {
			c.losses = append(c.losses, passwordAsked)
		}
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

// Sentences about what curl would take from elsewhere.
const (
	bodyInFile    = "the body stands in a file that was not read"
	partInFile    = "a part of the body stands in a file that was not read"
	headersInFile = "headers stand in a file that was not read"
	passwordAsked = "the password of -u is asked for when the command runs, so the Authorization header is not known"
)

// content is the value of a data option: a file is not read, but a here-document is part
// of the text. Of a file's lines, -d takes the ends off.
func (c *curlCommand) content(value string, joined bool) string {
	switch {
	case value == "@-" && c.hasStdin:
		value = c.stdin
	case strings.HasPrefix(value, "@"):
		c.losses = append(c.losses, bodyInFile)
		return ""
	}
	if joined {
		value = strings.NewReplacer("\r", "", "\n", "").Replace(value)
	}
	return value
}

func (c *curlCommand) header(line string) {
	name, value, ok := strings.Cut(line, ":")
	switch {
	case strings.HasPrefix(line, "@"):
		c.losses = append(c.losses, headersInFile)
		return
	case ok && strings.TrimSpace(value) == "":
		c.without = append(c.without, strings.TrimSpace(name))
		return
	case !ok:
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
		c.losses = append(c.losses, partInFile)
		return ""
	}
	return curlEscape(v)
}

// curlEscape percent-encodes everything but unreserved characters, as curl does.
func curlEscape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// request is what curl would send to the URL.
func (c *curlCommand) request(rawURL string) flows.Request {
	body := strings.Join(slices.DeleteFunc(slices.Clone(c.data), isEmpty), "&")
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
		left := slices.ContainsFunc(c.without, func(n string) bool { return strings.EqualFold(n, name) })
		if value != "" && !left && !r.Headers.Has(name) {
			r.Headers = append(r.Headers, flows.Header{Name: name, Value: value})
		}
	}
	if c.hasUser && strings.Contains(c.user, ":") {
		add("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.user)))
	}
	if c.bearer != "" {
		add("Authorization", "Bearer "+c.bearer)
	}
	add("User-Agent", c.agent)
	add("Referer", c.refer)
	add("Cookie", strings.Join(c.cookies, "; "))
	switch {
	case c.hasForm:
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
	case c.upload:
		return "PUT"
	case !c.get && (len(c.data) > 0 || c.hasForm):
		return "POST"
	}
	return "GET"
}

func isEmpty(s string) bool { return s == "" }

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
