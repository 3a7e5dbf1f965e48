package protocol

import (
	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// SentParams reads the parameters of a request as its server does: the members of a
// JSON object in the body, in order, or the pairs of a form; without a body, those of
// the query. Members of a JSON body that are no strings are left out.
func SentParams(request flows.Request) []flows.Param {
	if rawjson.Begins(request.Body) {
		if doc, err := rawjson.Parse(request.Body); err == nil && doc.Root.Kind == rawjson.Object {
			return membersOf(doc.Root)
		}
	}
	raw := string(request.Body)
	if raw == "" {
		raw = request.Query()
	}
	params, _ := DecodeForm(raw)
	return params
}

// membersOf are the members of an object that are strings.
func membersOf(object *rawjson.Node) []flows.Param {
	var out []flows.Param
	for _, m := range object.Children {
		if m.Kind == rawjson.String {
			out = append(out, flows.Param{Name: m.Name, Value: m.Text})
		}
	}
	return out
}
