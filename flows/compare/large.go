package compare

import (
	"encoding/json"
	"strings"

	"oauthlens/flows/rawjson"
)

// largeFacts describe the structure of a large JSON body: paths and types, no values. A
// full reading takes 25 ms a megabyte; this one keeps no text and makes one path for all
// elements of an array. What stands at a path of skip is compared elsewhere.
func largeFacts(body []byte, skip map[string]bool) []fact {
	sc := scanner{data: body}
	root := sc.scan()
	if root == nil {
		return []fact{{area: areaForm, name: "body", path: "response.form", value: "text"}}
	}
	out := []fact{{area: areaForm, name: "body", path: "response.form", value: "json"}}
	var emit func(n *shape, path, parent string)
	// what was only opened when the text ended has no kind
	emit = func(n *shape, path, parent string) {
		if n.kind == 0 || skip[path] {
			return
		}
		f := fact{area: areaMember, kindOnly: true, name: plainName(n.name), path: "response.body" + path, parent: parent, kind: n.kind, shown: n.kind.String(),
			open: n.kind == rawjson.Array && len(n.members) == 0 || n.kind == rawjson.Null}
		if path == "$" {
			f.area = areaMarker
		}
		if f.name == "" {
			f.name = path
		}
		out = append(out, f)
		for _, m := range n.members {
			child := path + "[]"
			if n.kind == rawjson.Object {
				child = rawjson.Join(path, plainName(m.name))
			}
			if len(child) <= longestPath {
				emit(m, child, "response.body"+path)
			}
		}
	}
	emit(root, "$", "")
	return out
}

// plainName undoes the escapes of a name.
func plainName(raw string) string {
	var name string
	if strings.IndexByte(raw, '\\') < 0 || json.Unmarshal([]byte(`"`+raw+`"`), &name) != nil {
		return raw
	}
	return name
}

// shape is a JSON value without its content. The elements of an array are one member,
// merged: the kind is that of the first.
type shape struct {
	name    string
	kind    rawjson.Kind
	members []*shape
	byName  map[string]*shape // of an object with many members
}

// maxShapes bounds the members that are told apart; what comes later is not compared.
const maxShapes = 20000

// scanner reads structure only. It is lenient: what is no JSON ends the reading, and what
// was read before counts.
type scanner struct {
	data   []byte
	at     int
	shapes int
}

func (s *scanner) scan() *shape {
	if len(s.data) > 2 && s.data[0] == 0xef && s.data[1] == 0xbb && s.data[2] == 0xbf {
		s.at = 3
	}
	root := &shape{}
	s.value(root, 0)
	if root.kind != rawjson.Object && root.kind != rawjson.Array {
		return nil
	}
	return root
}

func (s *scanner) blank() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\n', '\r', '\t':
			s.at++
		default:
			return
		}
	}
}

func (s *scanner) next() byte {
	if s.at < len(s.data) {
		return s.data[s.at]
	}
	return 0
}

// value reads one value into n, merging it with what n already is; a nil n is read over.
// False ends the reading.
func (s *scanner) value(n *shape, depth int) bool {
	s.blank()
	kind := kindOf(s.next())
	if kind == 0 || depth > rawjson.MaxDepth {
		return false
	}
	if n == nil {
		n = &shape{kind: rawjson.Bool}
	}
	if n.kind == 0 || n.kind == rawjson.Null {
		n.kind = kind
	}
	switch kind {
	case rawjson.Object, rawjson.Array:
		return s.composite(n, kind, depth)
	case rawjson.String:
		_, ok := s.text()
		return ok
	}
	from := s.at
	for s.at < len(s.data) && !ends(s.data[s.at]) {
		s.at++
	}
	return s.at > from
}

func kindOf(c byte) rawjson.Kind {
	switch {
	case c == '{':
		return rawjson.Object
	case c == '[':
		return rawjson.Array
	case c == '"':
		return rawjson.String
	case c == '-' || c >= '0' && c <= '9':
		return rawjson.Number
	case c == 't' || c == 'f':
		return rawjson.Bool
	case c == 'n':
		return rawjson.Null
	}
	return 0
}

func ends(c byte) bool {
	switch c {
	case ',', '}', ']', ' ', '\n', '\r', '\t':
		return true
	}
	return false
}

func (s *scanner) composite(n *shape, kind rawjson.Kind, depth int) bool {
	s.at++
	closing := byte('}')
	if kind == rawjson.Array {
		closing = ']'
	}
	for {
		s.blank()
		if s.next() == closing {
			s.at++
			return true
		}
		member, ok := s.element(n), true
		if kind == rawjson.Object {
			member, ok = s.named(n)
		}
		if !ok || !s.value(member, depth+1) {
			return false
		}
		s.blank()
		switch s.next() {
		case ',':
			s.at++
		case closing:
		default:
			return false
		}
	}
}

// element is the one shape of all elements of an array; nil for an object.
func (s *scanner) element(n *shape) *shape {
	switch {
	case n.kind != rawjson.Array:
		return nil
	case len(n.members) == 0:
		n.members = append(n.members, &shape{})
	}
	return n.members[0]
}

// named reads the name of a member and finds its shape.
func (s *scanner) named(n *shape) (*shape, bool) {
	name, ok := s.text()
	if !ok {
		return nil, false
	}
	if s.blank(); s.next() != ':' {
		return nil, false
	}
	s.at++
	if n.kind != rawjson.Object {
		return nil, true // something else stood here before: not compared
	}
	return s.member(n, name), true
}

// fewMembers is up to how many members are looked through one by one.
const fewMembers = 12

// member finds a member by its name, or makes it.
func (s *scanner) member(n *shape, name []byte) *shape {
	if n.byName != nil {
		if m := n.byName[string(name)]; m != nil {
			return m
		}
	} else {
		for _, m := range n.members {
			if m.name == string(name) {
				return m
			}
		}
	}
	if s.shapes++; s.shapes > maxShapes {
		return nil
	}
	m := &shape{name: string(name)}
	n.members = append(n.members, m)
	switch {
	case n.byName != nil:
		n.byName[m.name] = m
	case len(n.members) > fewMembers:
		n.byName = map[string]*shape{}
		for _, m := range n.members {
			n.byName[m.name] = m
		}
	}
	return m
}

// text reads a string and returns it between its quotes, escapes as they stand.
func (s *scanner) text() ([]byte, bool) {
	if s.next() != '"' {
		return nil, false
	}
	s.at++
	from := s.at
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case '"':
			s.at++
			return s.data[from : s.at-1], true
		case '\\':
			s.at += 2
		default:
			s.at++
		}
	}
	return nil, false
}
