package protocol

import (
	"net/url"
	"strconv"
	"strings"

	"oauthlens/flows"
)

// UserAgent is sent with every request of the program.
const UserAgent = "oauthlens/1"

// newRequest makes a request with the headers that every one carries. One request per
// connection: what is shown is the whole conversation.
func newRequest(method, rawURL, accept string) flows.Request {
	return flows.Request{Method: method, URL: rawURL, Headers: flows.Headers{
		{Name: "Host", Value: hostHeader(rawURL)},
		{Name: "User-Agent", Value: UserAgent},
		{Name: "Accept", Value: accept},
		{Name: "Connection", Value: "close"},
	}}
}

// hostHeader is the authority without user information and without a default port.
func hostHeader(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	host := u.Host
	if before, _, zoned := strings.Cut(host, "%"); zoned { // it has a meaning on this machine only (RFC 6874 section 4)
		host = before + host[strings.IndexByte(host, ']'):]
	}
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	} else if u.Scheme == "http" {
		host = strings.TrimSuffix(host, ":80")
	}
	return host
}

// withForm gives the request a form body.
func withForm(r flows.Request, params []flows.Param) flows.Request {
	r.Headers = r.Headers.With("Content-Type", "application/x-www-form-urlencoded")
	return r.WithBody([]byte(EncodeForm(params)))
}

// withJSON gives the request a JSON object of strings, in the order of the parameters.
func withJSON(r flows.Request, params []flows.Param) flows.Request {
	var b strings.Builder
	b.WriteByte('{')
	for i, p := range params {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(jsonString(p.Name) + ":" + jsonString(p.Value))
	}
	b.WriteByte('}')
	r.Headers = r.Headers.With("Content-Type", "application/json")
	return r.WithBody([]byte(b.String()))
}

// jsonString quotes with the least escaping that RFC 8259 section 7 asks for, so that
// '+', '/', '&' and '<' stay readable.
func jsonString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20:
			b.WriteString(`\u00` + string("0123456789abcdef"[r>>4]) + string("0123456789abcdef"[r&15]))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// addQuery appends parameters to a URL that may already have a query.
func addQuery(rawURL string, params []flows.Param) string {
	if len(params) == 0 {
		return rawURL
	}
	base, fragment, hasFragment := strings.Cut(rawURL, "#")
	sep := "?"
	if strings.Contains(base, "?") {
		sep = "&"
		if strings.HasSuffix(base, "?") || strings.HasSuffix(base, "&") {
			sep = ""
		}
	}
	out := base + sep + EncodeForm(params)
	if hasFragment {
		out += "#" + fragment
	}
	return out
}

// applyHeaderEdits applies the user's edits to headers, keeping Content-Length true.
func applyHeaderEdits(r flows.Request, edits []flows.ParamEdit) flows.Request {
	for _, e := range edits {
		switch e.Op {
		case flows.EditSet:
			r.Headers = r.Headers.With(e.Name, e.Value)
		case flows.EditAdd:
			r.Headers = append(r.Headers[:len(r.Headers):len(r.Headers)], flows.Header{Name: e.Name, Value: e.Value})
		case flows.EditRemove:
			r.Headers = r.Headers.Without(e.Name)
		}
	}
	if r.Body != nil && !r.Headers.Has("Content-Length") {
		r.Headers = r.Headers.With("Content-Length", strconv.Itoa(len(r.Body)))
	}
	return r
}
