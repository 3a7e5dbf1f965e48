package simulator

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// object is a JSON object whose members keep their order, so that answers look like
// the provider's and like themselves from run to run.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in order, without escaping <, > and &.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := plainJSON(m.name)
		if err != nil {
			return nil, err
		}
		value, err := plainJSON(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plainJSON encodes without the HTML escapes of json.Marshal.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

func (o object) get(name string) (any, bool) {
	for _, m := range o {
		if m.name == name {
			return m.value, true
		}
	}
	return nil, false
}

// with returns the object with the member set, at its old place or at the end.
func (o object) with(name string, value any) object {
	for i, m := range o {
		if m.name == name {
			o[i].value = value
			return o
		}
	}
	return append(o, member{name, value})
}

// at sets the value at a path of member names, making the objects on the way.
func (o object) at(path []string, value any) object {
	if len(path) == 0 {
		return o
	}
	if len(path) == 1 {
		return o.with(path[0], value)
	}
	child, _ := o.get(path[0])
	inner, _ := child.(object)
	if inner == nil {
		inner = object{}
	}
	return o.with(path[0], inner.at(path[1:], value))
}

// pathNames reads a profile's path ($.a.b or $['a b'].c) into member names. Paths with
// an index name a place in a list, which no answer of the simulator has: they give nil,
// as does anything that is no path.
func pathNames(path string) []string {
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil
	}
	var names []string
	for rest != "" {
		switch {
		case strings.HasPrefix(rest, "['"):
			name, after, ok := strings.Cut(rest[2:], "']")
			if !ok {
				return nil
			}
			names, rest = append(names, name), after
		case rest[0] == '.':
			rest = rest[1:]
			n := strings.IndexAny(rest, ".[")
			if n < 0 {
				n = len(rest)
			}
			if n == 0 {
				return nil
			}
			names, rest = append(names, rest[:n]), rest[n:]
		default:
			return nil
		}
	}
	return names
}

// firstPath is the place of a field in the answers of a provider: the first path of its
// profile that names members, or the member that the specification names.
func firstPath(paths []string, standard string) []string {
	for _, p := range paths {
		if names := pathNames(p); names != nil {
			return names
		}
	}
	if standard == "" {
		return nil
	}
	return []string{standard}
}

// ownPath is the place of a field in a provider's envelope: the first path that is not
// the member of RFC 6749, which profiles list for answers that come without one.
func ownPath(paths []string, standard string) []string {
	for _, p := range paths {
		if names := pathNames(p); names != nil && names[len(names)-1] != standard {
			return names
		}
	}
	return firstPath(paths, "")
}

// literal reads a profile's text as the JSON value that it looks like: a number, true,
// false, null, an object or a list; everything else is a string.
func literal(text string) any {
	if text == "true" || text == "false" || text == "null" || strings.ContainsAny(text[:min(1, len(text))], `{["-0123456789`) {
		if json.Valid([]byte(text)) {
			return json.RawMessage(text)
		}
	}
	return text
}

// negation is a value that a predicate with this text does not accept.
func negation(text string) any {
	switch text {
	case "true":
		return false
	case "false":
		return true
	}
	if n, err := strconv.Atoi(text); err == nil {
		return n + 1
	}
	return "error"
}
