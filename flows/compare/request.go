package compare

import (
	"encoding/base64"
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/flows/rawjson"
	"oauthlens/flows/redact"
)

// requestFacts describe what this client sent, or the authorization URL that it built.
func (s *side) requestFacts(st flows.Step) []fact {
	r := st.Exchange.Request
	target, _, _ := strings.Cut(r.URL, "?")
	target, _, _ = strings.Cut(target, "#")
	out := []fact{
		{area: areaEndpoint, name: "url", path: "url", value: target},
		{area: areaMethod, name: "method", path: "request.method", value: r.Method},
	}
	params, _ := protocol.DecodeForm(r.Query())
	out = append(out, s.paramFacts(areaParam, "request.params.", params)...)
	if len(r.Body) > 0 {
		form, body := readBody(r.Body)
		out = append(out, fact{area: areaEncoding, name: "body encoding", path: "request.encoding", value: form})
		out = append(out, s.paramFacts(areaParam, "request.body.", body)...)
		params = append(params, body...)
	}
	switch st.Kind { // how the client authenticates is one fact, not one for each parameter
	case flows.StepExchange, flows.StepRefresh, flows.StepRevoke, flows.StepIntrospect, flows.StepPAR, flows.StepDevice:
		out = append(out, fact{area: areaAuth, name: "client authentication", path: "request.client_authentication", value: clientAuth(r, params)})
		for i := range out {
			if out[i].area == areaParam && slices.Contains([]string{"client_id", "client_secret", "client_assertion", "client_assertion_type"}, out[i].name) {
				out[i].both = true
			}
		}
	}
	return out
}

// readBody reads the parameters of a request body, whatever its form.
func readBody(body []byte) (form string, params []flows.Param) {
	doc, err := rawjson.Parse(body)
	if err == nil && doc.Root.Kind == rawjson.Object {
		for _, c := range doc.Root.Children {
			params = append(params, flows.Param{Name: c.Name, Value: c.Text})
		}
		return "json", params
	}
	params, _ = protocol.DecodeForm(string(body))
	return "form", params
}

// paramFacts are parameters by name; repeats are joined, since their number counts.
func (s *side) paramFacts(a area, prefix string, params []flows.Param) []fact {
	values := map[string][]string{}
	var names []string
	for _, p := range params {
		if values[p.Name] == nil {
			names = append(names, p.Name)
		}
		values[p.Name] = append(values[p.Name], p.Value)
	}
	out := make([]fact, 0, len(names))
	for _, n := range names {
		f := fact{area: a, name: n, path: prefix + n, value: strings.Join(values[n], ", ")}
		switch {
		case isSecretName(n):
			f.shown, f.secret = s.secret(n, f.value), true
		case n == "scope":
			f.list, f.isList = protocol.SplitScopes(f.value), true
		}
		out = append(out, f)
	}
	return out
}

// isSecretName tells that the value under this name is not shown: credentials, and the
// random values of one request, which tell nothing.
func isSecretName(name string) bool {
	_, secret := redact.SecretName(name)
	return secret || slices.Contains([]string{"state", "nonce", "code_challenge"}, name)
}

// clientAuth says where the client's credentials stood.
func clientAuth(r flows.Request, params []flows.Param) string {
	scheme, rest, _ := strings.Cut(r.Headers.Get("Authorization"), " ")
	has := func(name string) bool { _, n := protocol.Get(params, name); return n > 0 }
	switch {
	case strings.EqualFold(scheme, "basic"):
		if _, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest)); err != nil && !strings.Contains(rest, " chars, #") {
			return "HTTP Basic, not valid base64"
		}
		if has("client_secret") {
			return "HTTP Basic and in the body"
		}
		return "HTTP Basic"
	case has("client_assertion"):
		return "signed assertion"
	case has("client_secret"):
		return "in the body"
	case scheme != "":
		return "Authorization: " + scheme
	}
	return "none"
}

// callbackFacts describe what came back to the redirect URI.
func (s *side) callbackFacts(st flows.Step) []fact {
	r := st.Exchange.Request
	cb := protocol.ReadCallback(r, s.session.Expectation().CodeNames)
	how := "query"
	switch {
	case cb.Fragment:
		how = "fragment"
	case r.Method == "POST":
		how = "form_post"
	}
	out := []fact{{area: areaDelivery, name: "delivery", path: "delivery", value: how}}
	for _, f := range s.paramFacts(areaBack, "params.", cb.Params) {
		switch f.name {
		case "error":
			f.area = areaError
		case "error_description", "error_uri":
			f.area = areaErrorText
		}
		out = append(out, f)
	}
	return out
}
