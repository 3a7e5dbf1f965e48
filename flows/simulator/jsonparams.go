package simulator

import (
	"bytes"
	"encoding/json"

	"oauthlens/flows"
)

// parseJSONParams reads the members of a JSON object as parameters. Strings, numbers
// and booleans count as their text; null counts as absent; lists and objects are no
// parameters. A member that occurs twice is kept twice, for the caller to refuse.
func parseJSONParams(data []byte) (params, *oauthError) {
	bad := &oauthError{code: "invalid_request", text: "the body is no JSON object"}
	if !json.Valid(data) {
		return nil, bad
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return nil, bad
	}
	var out params
	for dec.More() && len(out) < maxParams {
		name, err := dec.Token()
		if err != nil {
			return nil, bad
		}
		var value any
		if err := dec.Decode(&value); err != nil {
			return nil, bad
		}
		text, ok := "", true
		switch v := value.(type) {
		case string:
			text = v
		case json.Number:
			text = v.String()
		case bool:
			text = "false"
			if v {
				text = "true"
			}
		default:
			ok = false
		}
		if ok {
			key, _ := name.(string)
			out = append(out, flows.Param{Name: key, Value: text})
		}
	}
	return out, nil
}
