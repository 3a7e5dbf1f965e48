package compare

import (
	"slices"
	"strconv"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/protocol"
	"oauthlens/flows/rawjson"
)

// answerFacts describe an answer: status, headers, and the structure of its body.
func (s *side) answerFacts(st flows.Step) []fact {
	r := st.Exchange.Response
	out := []fact{{area: areaStatus, name: "status", path: pathStatus, value: strconv.Itoa(r.Status)}}
	out = append(out, s.headerFacts(r.Headers)...)
	if len(r.Body) >= largeBody {
		return append(out, largeFacts(r.Body, s.tokenPaths(st))...)
	}
	a := protocol.ReadAnswer(r)
	out = append(out, fact{area: areaForm, name: "body", path: "response.form", value: string(a.Form)})
	failure := a.Failure(s.start.Provider.Dialect)
	if failure != nil && st.Kind != flows.StepAuthorize {
		return append(out, s.failureFacts(a, failure)...)
	}
	switch {
	case st.Kind == flows.StepJWKS:
		return append(out, keyFacts(r.Body)...)
	case a.Doc == nil || a.Doc.Root == nil:
		if a.Form == protocol.FormForm {
			skip := s.tokenPaths(st)
			out = append(out, s.paramFacts(areaMember, "response.body.", slices.DeleteFunc(slices.Clone(a.Params), func(p flows.Param) bool { return skip["$."+p.Name] }))...)
		}
		return out
	case st.Kind == flows.StepDiscovery:
		return append(out, s.metadataFacts(a.Doc.Root)...)
	}
	w := walker{side: s, area: areaMember, prefix: "response.body", skip: s.tokenPaths(st)}
	w.walk(a.Doc.Root, "$", "")
	return append(out, w.facts...)
}

// failureFacts describe an error answer: its code, its wording and its members.
func (s *side) failureFacts(a protocol.Answer, f *protocol.Failure) []fact {
	var out []fact
	if f.Code != "" && !(f.Path == "" && f.Code == "http_"+strconv.Itoa(f.Status)) { // that is no name of the server's
		out = append(out, fact{area: areaError, name: "error", path: "error.code", value: f.Code})
	}
	if f.Description != "" {
		out = append(out, fact{area: areaErrorText, name: "description", path: "error.description", parent: "error.code", value: f.Description})
	}
	if a.Doc == nil || a.Doc.Root == nil {
		return out
	}
	if f.Path != "" {
		out = append(out, fact{area: areaErrorPlace, name: "error", path: "error.source", both: true, value: f.Path})
	}
	skip := map[string]bool{}
	for path := f.Path; path != "" && path != "$"; path = path[:max(0, strings.LastIndexAny(path, ".["))] {
		skip[path] = true // with what contains it
	}
	a.Doc.Root.Walk(func(n *rawjson.Node) {
		if n.Text != "" && n.Kind == rawjson.String && (n.Text == f.Description || n.Text == f.URI) {
			skip[n.Path()] = true
		}
	})
	w := walker{side: s, area: areaMember, prefix: "response.body", skip: skip}
	w.walk(a.Doc.Root, "$", "")
	return append(out, w.facts...)
}

// walker turns a JSON value into facts: for every member its path and type, and its value
// where that is a scalar. The elements of an array share one path, "[]", and only their
// types count: how many there are is data.
type walker struct {
	side   *side
	area   area
	prefix string
	skip   map[string]bool // raw paths that are compared elsewhere
	facts  []fact
	seen   map[string]int // path -> index into facts
}

func (w *walker) walk(n *rawjson.Node, path, parent string) {
	if w.seen == nil {
		w.seen = map[string]int{}
	}
	inArray := strings.Contains(path, "[]")
	if path != "$" && (len(w.skip) == 0 || !w.skip[n.Path()]) {
		w.add(n, path, parent, inArray)
	} else if path == "$" {
		w.facts = append(w.facts, fact{area: areaMarker, name: "$", path: w.prefix + "$", kind: n.Kind, open: n.Kind == rawjson.Array && len(n.Children) == 0})
	}
	for _, c := range n.Children {
		child := path + "[]"
		if n.Kind == rawjson.Object {
			child = rawjson.Join(path, c.Name)
		}
		if len(child) <= longestPath {
			w.walk(c, child, w.prefix+path)
		}
	}
}

func (w *walker) add(n *rawjson.Node, path, parent string, inArray bool) {
	if i, ok := w.seen[path]; ok {
		f := &w.facts[i]
		if n.Kind != rawjson.Null && (n.Kind != rawjson.Array || len(n.Children) > 0) {
			f.open = false
		}
		if f.kind == rawjson.Null {
			f.kind, f.shown = n.Kind, n.Kind.String()
		}
		return
	}
	w.seen[path] = len(w.facts)
	f := fact{area: w.area, name: nameOf(n, path), path: w.prefix + path, parent: parent, kind: n.Kind,
		open: n.Kind == rawjson.Array && len(n.Children) == 0 || n.Kind == rawjson.Null}
	switch {
	case n.Kind == rawjson.Object || n.Kind == rawjson.Array:
		f.shown = n.Kind.String()
	case inArray:
		f.shown = n.Kind.String() // the value is data
	default:
		f.value = n.Text
		w.life(n, &f)
		if isSecretName(n.Name) {
			f.shown, f.secret = w.side.secret(n.Name, n.Text), true
		}
	}
	w.facts = append(w.facts, f)
}

// life reads a member that says how long something lives.
func (w *walker) life(n *rawjson.Node, f *fact) {
	if !strings.HasSuffix(strings.ToLower(n.Name), "expires_in") {
		return
	}
	if d, err := strconv.ParseFloat(n.Text, 64); err == nil {
		f.lasts, f.isLife = seconds(d), true
	}
}

func nameOf(n *rawjson.Node, path string) string {
	if n.Name != "" {
		return n.Name
	}
	return path
}

// metadataFacts are the members of a metadata document (RFC 8414 section 2), those of its
// objects included: lists are compared as sets.
func (s *side) metadataFacts(root *rawjson.Node) []fact {
	var out []fact
	var add func(n *rawjson.Node, path, parent string)
	add = func(n *rawjson.Node, path, parent string) {
		f := fact{area: areaMetadata, name: n.Name, path: "response.body" + path, parent: parent, kind: n.Kind, value: n.Text}
		switch n.Kind {
		case rawjson.Array:
			f.isList = true
			for _, e := range n.Children {
				f.list = append(f.list, e.Text)
			}
		case rawjson.Object:
			f.shown = "object"
		}
		out = append(out, f)
		if n.Kind == rawjson.Object {
			for _, c := range n.Children {
				add(c, rawjson.Join(path, c.Name), f.path)
			}
		}
	}
	for _, c := range root.Children {
		add(c, rawjson.Join("$", c.Name), "")
	}
	return out
}

// keyFacts describe a key set (RFC 7517): the types, sizes and uses of its keys. Which
// keys they are is data.
func keyFacts(body []byte) []fact {
	set, _ := jose.ParseJWKS(body)
	var types, uses, ids []string
	size := 0
	for _, k := range set.Keys {
		t := k.Type
		if k.Curve != "" {
			t += " " + k.Curve
		}
		types = append(types, t)
		use := strings.TrimSpace(k.Use + " " + k.Alg)
		if use == "" {
			use = "unmarked"
		}
		uses = append(uses, use)
		ids = append(ids, k.ID)
		if k.Type == "RSA" && (size == 0 || k.Bits < size) {
			size = k.Bits
		}
	}
	out := []fact{
		{area: areaKey, name: "key types", path: "keys.types", list: types, isList: true, shown: strings.Join(types, ", ")},
		{area: areaKey, name: "key ids", path: "keys.ids", list: ids, isList: true},
		{area: areaKey, name: "key use", path: "keys.use", list: uses, isList: true, shown: strings.Join(uses, ", ")},
	}
	if size > 0 {
		out = append(out, fact{area: areaKey, both: true, name: "key size", path: "keys.bits", value: strconv.Itoa(size)})
	}
	return out
}
