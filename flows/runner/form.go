package runner

import (
	"html"
	"net/url"
	"strings"
)

// form is an HTML form as far as the small user agent needs it.
type form struct {
	action string // as written, entities decoded
	method string // lower case
	mark   string // of the attribute data-oauthlens
	fields url.Values
}

// findForm finds the first form with one of these marks in a page, with its hidden and
// text fields. It is no HTML parser: it reads the pages of the simulator, and whatever
// else comes must merely do no harm.
func findForm(page string, marks ...string) (form, bool) {
	for rest := page; ; {
		name, attributes, after, ok := nextTag(rest)
		if !ok {
			return form{}, false
		}
		rest = after
		if name != "form" {
			continue
		}
		for _, mark := range marks {
			if attributes["data-oauthlens"] == mark {
				f := form{action: attributes["action"], method: strings.ToLower(attributes["method"]), mark: mark}
				f.fields = readFields(rest)
				return f, true
			}
		}
	}
}

// readFields collects the input elements up to the end of the form.
func readFields(page string) url.Values {
	fields := url.Values{}
	for {
		name, attributes, after, ok := nextTag(page)
		if !ok || name == "/form" || name == "form" {
			return fields
		}
		page = after
		if kind := strings.ToLower(attributes["type"]); name == "input" && attributes["name"] != "" &&
			(kind == "" || kind == "hidden" || kind == "text") {
			fields.Add(attributes["name"], attributes["value"])
		}
	}
}

// nextTag reads the next tag: its name in lower case, with a slash before it if it is an
// end tag, its attributes with entities decoded, and the text after it.
func nextTag(page string) (name string, attributes map[string]string, after string, ok bool) {
	i := strings.IndexByte(page, '<')
	if i < 0 {
		return "", nil, "", false
	}
	page = page[i+1:]
	end := strings.IndexAny(page, " \t\r\n>")
	if end < 0 {
		return "", nil, "", false
	}
	name, page = strings.ToLower(page[:end]), page[end:]
	attributes = map[string]string{}
	for {
		page = strings.TrimLeft(page, " \t\r\n/")
		if page == "" {
			return "", nil, "", false
		}
		if page[0] == '>' {
			return name, attributes, page[1:], true
		}
		var key, value string
		key, value, page = nextAttribute(page)
		if _, repeated := attributes[key]; !repeated {
			attributes[key] = value
		}
	}
}

// nextAttribute reads one attribute; page does not begin with a blank or '>'.
func nextAttribute(page string) (key, value, after string) {
	end := strings.IndexAny(page[1:], " \t\r\n=>/") + 1
	if end == 0 {
		return strings.ToLower(page), "", ""
	}
	key, page = strings.ToLower(page[:end]), strings.TrimLeft(page[end:], " \t\r\n")
	if !strings.HasPrefix(page, "=") {
		return key, "", page
	}
	page = strings.TrimLeft(page[1:], " \t\r\n")
	if page == "" {
		return key, "", ""
	}
	if quote := page[0]; quote == '"' || quote == '\'' {
		value, after, _ = strings.Cut(page[1:], string(quote))
		return key, html.UnescapeString(value), after
	}
	end = strings.IndexAny(page, " \t\r\n>")
	if end < 0 {
		end = len(page)
	}
	return key, html.UnescapeString(page[:end]), page[end:]
}
