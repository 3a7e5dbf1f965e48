package capture

import (
	"net/url"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// params are the parameters of one message, decoded, in order.
type params []flows.Param

// get returns the first value of any of the names. Names are compared by their
// letters alone, so that clientId, client-id and client_id are one.
func (p params) get(names ...string) string {
	for _, name := range names {
		want := letters(name)
		for _, f := range p {
			if letters(f.Name) == want {
				return f.Value
			}
		}
	}
	return ""
}

// has tells whether one of the names occurs, be it empty.
func (p params) has(names ...string) bool {
	for _, name := range names {
		want := letters(name)
		for _, f := range p {
			if letters(f.Name) == want {
				return true
			}
		}
	}
	return false
}

// hasExactly is has without the tolerance for spellings.
func (p params) hasExactly(name string) bool {
	for _, f := range p {
		if f.Name == name {
			return true
		}
	}
	return false
}

// letters is a name in lower case without separators.
func letters(s string) string {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 'a' || c > 'z' {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 32
		case r == '_' || r == '-' || r == '.' || r == ' ':
			return -1
		}
		return r
	}, s)
}

// pairs reads name=value&name=value. What cannot be decoded stays as it is.
func pairs(s string) params {
	if s == "" {
		return nil
	}
	var out params
	for part := range strings.SplitSeq(s, "&") {
		if part == "" {
			continue
		}
		if len(out) >= maxHeaders {
			break
		}
		name, value, _ := strings.Cut(part, "=")
		out = append(out, flows.Param{Name: unescape(name), Value: unescape(value)})
	}
	return out
}

// unescape undoes form encoding once, leaving broken escapes alone.
func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	if d, err := url.QueryUnescape(s); err == nil {
		return d
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b.WriteByte(' ')
		case s[i] == '%' && i+2 < len(s) && hexDigit(s[i+1]) && hexDigit(s[i+2]):
			d, _ := url.PathUnescape(s[i : i+3])
			b.WriteString(d)
			i += 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// bodyParams reads a request body by its content: a JSON object's members (one level
// of nesting included), multipart fields, or a form.
func bodyParams(body []byte, contentType string) (p params, isJSON bool) {
	s := strings.TrimSpace(string(body))
	switch {
	case s == "" || len(s) > 256<<10:
		return nil, false
	case s[0] == '{':
		doc, err := rawjson.Parse([]byte(s))
		if err == nil && doc.Root != nil {
			return jsonParams(doc.Root), true
		}
	case s[0] == '"':
		doc, err := rawjson.Parse([]byte(s))
		if err == nil && doc.Root != nil && doc.Root.Kind == rawjson.String {
			return pairs(doc.Root.Text), true
		}
	case strings.HasPrefix(s, "--") && strings.Contains(s, "form-data"):
		return multipartParams(s), false
	}
	if !strings.Contains(s, "=") || strings.Contains(contentType, "xml") || s[0] == '[' || s[0] == '<' {
		return nil, false
	}
	return pairs(s), false
}

func jsonParams(root *rawjson.Node) params {
	var p params
	for _, c := range root.Children {
		switch c.Kind {
		case rawjson.Object:
			for _, d := range c.Children {
				if d.Kind != rawjson.Object && d.Kind != rawjson.Array && len(p) < maxHeaders {
					p = append(p, flows.Param{Name: d.Name, Value: d.Text})
				}
			}
		case rawjson.Array:
		default:
			if len(p) < maxHeaders {
				p = append(p, flows.Param{Name: c.Name, Value: c.Text})
			}
		}
	}
	return p
}

// multipartParams reads the plain fields of a multipart/form-data body.
func multipartParams(s string) params {
	line, rest, _ := strings.Cut(s, "\n")
	boundary := strings.TrimRight(line, "\r")
	var p params
	for part := range strings.SplitSeq(rest, boundary) {
		head, value, ok := strings.Cut(strings.ReplaceAll(part, "\r\n", "\n"), "\n\n")
		if !ok || len(p) >= maxHeaders {
			continue
		}
		_, name, ok := strings.Cut(head, `name="`)
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, `"`)
		p = append(p, flows.Param{Name: name, Value: strings.TrimSuffix(value, "\n")})
	}
	return p
}

// splitURL cuts an absolute URL into its base (scheme and host in lower case, path as
// written), query and fragment, without judging it.
func splitURL(raw string) (base, host, path, query, fragment string) {
	raw, fragment, _ = strings.Cut(raw, "#")
	raw, query, _ = strings.Cut(raw, "?")
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return raw, "", raw, query, fragment
	}
	host = rest
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	scheme, host = strings.ToLower(scheme), strings.ToLower(host)
	switch {
	case scheme == "https":
		host = strings.TrimSuffix(host, ":443")
	case scheme == "http":
		host = strings.TrimSuffix(host, ":80")
	}
	if path == "" {
		path = "/"
	}
	return scheme + "://" + host + path, host, path, query, fragment
}

// resolve makes a Location absolute.
func resolve(from, location string) string {
	if location == "" || strings.Contains(location, "://") {
		return location
	}
	u, err := url.Parse(from)
	if err != nil {
		return location
	}
	l, err := u.Parse(location)
	if err != nil {
		return location
	}
	return l.String()
}
