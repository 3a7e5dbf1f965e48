package protocol

import (
	"net/url"
	"strings"

	"oauthlens/flows/rawjson"
)

// answerAsQuery reads a pasted JSON answer of an authorization endpoint that gives the
// code in its body instead of redirecting: the members code, state, iss, error and
// error_description as the query of a callback, in the order of the answer.
func answerAsQuery(text string) (query string, ok bool) {
	if !strings.HasPrefix(text, "{") {
		return "", false
	}
	doc, err := rawjson.Parse([]byte(text))
	if err != nil || doc.Root == nil {
		return "", false
	}
	var parts []string
	seen := map[string]bool{}
	collect := func(n *rawjson.Node) {
		for _, m := range n.Children {
			switch m.Name {
			case "code", "state", "iss", "error", "error_description":
				// an envelope has a number of its own under the name code
				if m.Kind == rawjson.String && m.Text != "" && !seen[m.Name] {
					seen[m.Name] = true
					parts = append(parts, m.Name+"="+url.QueryEscape(m.Text))
				}
			}
		}
	}
	collect(doc.Root)
	for _, m := range doc.Root.Children {
		if m.Kind == rawjson.Object {
			collect(m)
		}
	}
	return strings.Join(parts, "&"), seen["code"] || seen["error"]
}
