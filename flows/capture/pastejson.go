package capture

import (
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// readJSON recognises JSON documents by their members.
func readJSON(p *paste) (Result, bool, error) {
	p.brace()
	if p.text[0] != '{' && p.text[0] != '[' {
		return Result{}, false, nil
	}
	doc, err := rawjson.Parse([]byte(p.text))
	if err != nil || doc.Root == nil || hasProblem(doc, "syntax") {
		if s, mended := straighten(p.text); mended != nil {
			if better, e := rawjson.Parse([]byte(s)); e == nil && better.Root != nil && !hasProblem(better, "syntax") {
				doc, err = better, nil
				p.text, p.mended = s, append(p.mended, mended...)
			}
		}
	}
	if better := p.mendJSON(doc); better != nil {
		doc, err = better, nil
	}
	if err != nil || doc == nil || doc.Root == nil {
		p.looked = "JSON that is broken at its beginning"
		return Result{}, false, nil
	}
	if doc.Root.Member("log").Member("entries") != nil {
		r, err := readRecording(strings.NewReader(p.text), p.o)
		return r, err == nil, err
	}
	r, ok := p.jsonKind(doc)
	if !ok {
		return Result{}, false, nil
	}
	for _, problem := range doc.Problems {
		if problem.Code == "syntax" || problem.Code == "depth" || problem.Code == "values" {
			r.Losses = append(r.Losses, problem.Text)
		}
	}
	return r, true, nil
}

// brace puts members that lost the braces around them back into an object. One member alone
// is as likely a token with its name.
func (p *paste) brace() {
	if p.text[0] != '"' || !strings.Contains(p.text, `":`) && !strings.Contains(p.text, `" :`) {
		return
	}
	text := "{" + strings.TrimRight(p.text, ", \n\t") + "}"
	doc, err := rawjson.Parse([]byte(text))
	if err == nil && doc.Root != nil && len(doc.Problems) == 0 && len(doc.Root.Children) > 1 {
		p.text, p.mended = text, append(p.mended, "the braces around the members were put back")
	}
}

// mendJSON reads what is JSON but for a slip: the same answer pasted twice, a second one
// behind the first, the literal of a programming language. It returns nil where there is
// nothing to mend.
func (p *paste) mendJSON(doc *rawjson.Document) *rawjson.Document {
	if doc != nil && doc.Root != nil && hasProblem(doc, "trailing") {
		return p.firstOfSeveral(doc)
	}
	if doc != nil && doc.Root != nil && !hasProblem(doc, "syntax") {
		return nil
	}
	r := literalReader{s: p.text}
	l := r.value()
	if r.blanks(); r.bad || r.i != len(p.text) && strings.Trim(p.text[r.i:], "; \n") != "" || len(l.members) == 0 || l.unknowns() {
		return nil
	}
	text := l.json()
	better, err := rawjson.Parse([]byte(text))
	if err != nil || better.Root == nil || hasProblem(better, "syntax") {
		return nil
	}
	p.text, p.mended = text, append(p.mended, "the literal of a programming language was written as JSON")
	return better
}

// firstOfSeveral takes the first of JSON values that stand one behind the other.
func (p *paste) firstOfSeveral(doc *rawjson.Document) *rawjson.Document {
	first, rest := strings.TrimSpace(p.text[:doc.End]), strings.TrimSpace(p.text[doc.End:])
	one, err := rawjson.Parse([]byte(first))
	if err != nil || one.Root == nil || hasProblem(one, "syntax") || rest[0] != first[0] || strings.Contains(first, `"oauthlens/event`) {
		return nil
	}
	mended := "a second JSON value behind the first was left out; inspect it by itself"
	if strings.TrimSpace(strings.ReplaceAll(rest, first, "")) == "" {
		mended = "the same was pasted more than once"
	}
	p.text, p.mended = first, append(p.mended, mended)
	return one
}

// events reads a stream of oauthlens/event@1 lines: its last line is the document.
func (p *paste) events() (Result, bool) {
	text := strings.TrimSpace(p.text)
	last := text[strings.LastIndexByte(text, '\n')+1:]
	doc, err := rawjson.Parse([]byte(last))
	if err == nil && doc.Root != nil && doc.Root.Member("steps") != nil {
		return p.document(doc.Root, textOf(doc.Root, "schema"))
	}
	p.looked = "events of oauthlens without the document at their end"
	return Result{}, false
}

func hasProblem(doc *rawjson.Document, code string) bool {
	for _, p := range doc.Problems {
		if p.Code == code {
			return true
		}
	}
	return false
}

// jsonKind recognises a parsed document.
func (p *paste) jsonKind(doc *rawjson.Document) (Result, bool) {
	root := doc.Root
	if wrapped, said := harPart(root, p.text); wrapped != "" {
		r, err := readRecording(strings.NewReader(wrapped), p.o)
		r.Mended = append(p.mended, said)
		return r, err == nil
	}
	if root.Kind == rawjson.Array {
		p.looked = listOf(root)
		if len(root.Children) > 0 && root.Children[0].Member("kty") != nil {
			return p.single(p.result(KindJWKS, "a list of JSON Web Keys", "an array of objects with the member kty"), flows.StepJWKS,
				flows.Exchange{Response: pastedBody(p.text)}), true
		}
		return p.onlyElement(root)
	}
	schema := root.Member("schema")
	switch {
	case schema != nil && strings.HasPrefix(schema.Text, "oauthlens/event"):
		return p.events()
	case schema != nil && strings.HasPrefix(schema.Text, "oauthlens/"):
		return p.document(root, schema.Text)
	case root.Member("steps") != nil && root.Member("findings") != nil:
		return p.document(root, "oauthlens")
	case isKeySet(root), root.Member("kty") != nil:
		return p.single(p.result(KindJWKS, "a JSON Web Key Set", "a JSON object whose keys have the member kty (RFC 7517)"), flows.StepJWKS,
			flows.Exchange{Response: pastedBody(p.text)}), true
	case root.Member("issuer") != nil && (root.Member("authorization_endpoint") != nil || root.Member("token_endpoint") != nil || root.Member("jwks_uri") != nil),
		root.Member("authorization_endpoint") != nil && root.Member("token_endpoint") != nil:
		return p.single(p.result(KindDiscovery, "a discovery document", "a JSON object with issuer and endpoints (RFC 8414, OIDC Discovery)"), flows.StepDiscovery,
			flows.Exchange{Response: pastedBody(p.text)}), true
	}
	if q := jsonParams(root); q.has("grant_type") || q.has("code") && q.has("client_id") && q.has("client_secret") {
		r := p.result(KindDocSample, "a token request's JSON body", "a JSON object with "+present(q, "grant_type", "client_id", "client_secret", "code"))
		r.Losses = append(r.Losses, "the URL that it was sent to is not there")
		x := p.at(flows.Exchange{Request: flows.Request{Method: "POST", Body: bound([]byte(p.text)), Headers: flows.Headers{{Name: "Content-Type", Value: "application/json"}}}})
		r.finish([]Item{{ID: 1, Exchange: x}}, p.o)
		return r, true
	}
	if isLogged(root) {
		return p.logged(root)
	}
	if r, ok := p.answerKind(root); ok {
		return r, true
	}
	p.looked = otherJSON(root)
	return Result{}, false
}

// harPart puts the log of a recording back around a part of one: a list of entries, or a
// request, as some tools copy it.
func harPart(root *rawjson.Node, text string) (wrapped, said string) {
	switch {
	case root.Kind == rawjson.Array && len(root.Children) > 0 && root.Children[0].Member("request").Member("url") != nil:
		return `{"log":{"entries":` + text + `}}`, "the log around the entries was put back"
	case root.Member("method") != nil && root.Member("url") != nil && (root.Member("postData") != nil || root.Member("headers") != nil && root.Member("httpVersion") != nil):
		return `{"log":{"entries":[{"request":` + text + `}]}}`, "the entry around the request was put back"
	}
	return "", ""
}

// onlyElement reads a list of one by its element.
func (p *paste) onlyElement(list *rawjson.Node) (Result, bool) {
	if len(list.Children) != 1 || list.Children[0].Kind != rawjson.Object {
		return Result{}, false
	}
	q := *p
	q.text = strings.TrimSpace(p.text[list.Start+1 : list.End-1])
	doc, err := rawjson.Parse([]byte(q.text))
	if err != nil || doc.Root == nil || doc.Root.Kind != rawjson.Object || len(doc.Problems) > 0 {
		return Result{}, false
	}
	q.mended = append(q.mended, "it was the only element of a list")
	return q.jsonKind(doc)
}

// listOf says what a list is, and how what is in it can be inspected.
func listOf(list *rawjson.Node) string {
	if len(list.Children) > 0 {
		if first := list.Children[0]; first.Member("protocolVersion") != nil && first.Member("host") != nil {
			return "a session of Charles; export it as HAR and inspect that"
		}
		if list.Children[0].Kind == rawjson.Object && len(list.Children) > 1 {
			return "a JSON array of " + count(len(list.Children), "object", "objects") + "; inspect one of them by itself"
		}
	}
	return "a JSON array"
}

// otherJSON says what an object of no known kind is, and how its contents can be inspected.
func otherJSON(root *rawjson.Node) string {
	switch {
	case len(root.Children) == 0:
		return "an empty JSON object"
	case root.Member("info").Member("schema") != nil && root.Member("item") != nil:
		return "a Postman collection; choose the request there, take Code > cURL, and paste that"
	case root.Member("resources") != nil && textOf(root, "_type") == "export":
		return "an Insomnia export; choose the request there, take Copy as cURL, and paste that"
	case root.Member("alg") != nil && (root.Member("typ") != nil || root.Member("kid") != nil):
		return "the header of a JWT, decoded; paste the token itself"
	case root.Member("iss") != nil && root.Member("exp") != nil:
		return "the claims of a JWT, decoded; paste the token itself"
	case root.Member("payload") != nil && (root.Member("signatures") != nil || root.Member("signature") != nil):
		return "a signed token in its JSON form (RFC 7515 section 7.2); paste its compact form, three parts with dots"
	case root.Member("openapi") != nil || root.Member("swagger") != nil:
		return "an API description; inspect a request or an answer of that API"
	}
	return "a JSON object with the members " + names(root.Children)
}

// answerKind recognises the answers of endpoints.
func (p *paste) answerKind(root *rawjson.Node) (Result, bool) {
	f := facts{answer: root}
	access, refresh, id := f.issued()
	step, what, why := flows.StepExchange, "", ""
	switch {
	case access != "" || refresh != "" || id != "":
		what, why = "a token response", "a JSON object with "+tokenWhy(root, access, refresh)
	case f.member("device_code") != "" && f.member("user_code") != "":
		step, what, why = flows.StepDevice, "a device authorization response", "a JSON object with device_code and user_code (RFC 8628)"
	case f.hasActive():
		step, what, why = flows.StepIntrospect, "an introspection response", "a JSON object with the member active (RFC 7662)"
	case f.isAuthorizeURLCall():
		step, what, why = flows.StepAuthorizeURL, "an answer with an authorization URL", "a JSON object with an absolute URL that has the parameters of an authorization request"
	case errorMember(root) != "":
		what, why = "an error response", "a JSON object with "+errorMember(root)
	case root.Member("sub") != nil && root.Member("iss") == nil:
		step, what, why = flows.StepUserInfo, "a userinfo response", "a JSON object with the member sub"
	default:
		return Result{}, false
	}
	return p.single(p.result(KindTokenResponse, what, why), step, flows.Exchange{Response: pastedBody(p.text)}), true
}

func tokenWhy(root *rawjson.Node, access, refresh string) string {
	var path string
	root.Walk(func(n *rawjson.Node) {
		if path == "" && n.Kind == rawjson.String && (n.Text == access && access != "" || access == "" && n.Text == refresh) {
			path = n.Path()
		}
	})
	if path == "" || len(path) > 100 {
		return "a token"
	}
	if strings.Count(path, ".") > 1 {
		return "a token in an envelope, at " + path
	}
	return "a token at " + path
}

// errorMember names the member that makes an object an error answer.
func errorMember(root *rawjson.Node) string {
	if n := root.Member("error"); n != nil && (n.Kind == rawjson.String || n.Kind == rawjson.Object) {
		return "the member error"
	}
	for _, pair := range [...][2]string{{"errcode", "errmsg"}, {"code", "message"}, {"code", "msg"}, {"errorCode", "errorMessage"},
		{"errorCode", "errorSummary"}, {"Code", "Message"}, {"error_code", "error_msg"}, {"status", "detail"}, {"title", "detail"}} {
		if root.Member(pair[0]) != nil && root.Member(pair[1]) != nil {
			return "the members " + pair[0] + " and " + pair[1]
		}
	}
	if n := root.Member("errors"); n != nil && n.Kind == rawjson.Array {
		return "the member errors"
	}
	if n := root.Member("ok"); n != nil && n.Text == "false" {
		return "ok: false"
	}
	return ""
}

// readJSONP recognises name({...}).
func readJSONP(p *paste) (Result, bool, error) {
	inner, ok := unwrapJSONP([]byte(p.text))
	if !ok {
		return Result{}, false, nil
	}
	doc, err := rawjson.Parse(inner)
	if err != nil || doc.Root == nil || doc.Root.Kind != rawjson.Object {
		return Result{}, false, nil
	}
	q := *p
	q.text = string(inner)
	r, ok := q.jsonKind(doc)
	if !ok {
		return Result{}, false, nil
	}
	r.What += " as JSONP"
	r.Why = "a function call around " + r.Why
	// The body is kept as it came; readers of answers know JSONP.
	for i, rec := range r.Trace.Records {
		switch e := rec.Event.(type) {
		case flows.ExchangeFinished:
			if e.Exchange.Response != nil {
				e.Exchange.Response = pastedBody(p.text)
				r.Trace.Records[i].Event = e
			}
		case flows.Imported:
			e.What, e.Why = r.What, r.Why
			r.Trace.Records[i].Event = e
		}
	}
	return r, true, nil
}
