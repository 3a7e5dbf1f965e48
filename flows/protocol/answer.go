package protocol

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// Failure is a refusal in the provider's words: an error answer of RFC 6749 section 5.2 or
// 4.1.2.1, or the provider's own form of one.
type Failure struct {
	Code        string // error, or the provider's code
	Description string
	URI         string
	Status      int
	Path        string // where the code stood, such as $.error
	RequestID   string
}

// BodyForm is what a body turned out to be, whatever its Content-Type says.
type BodyForm string

// The forms of bodies.
const (
	FormJSON  BodyForm = "json"
	FormForm  BodyForm = "form"
	FormJSONP BodyForm = "jsonp"
	FormHTML  BodyForm = "html"
	FormEmpty BodyForm = "empty"
	FormText  BodyForm = "text"
)

// Answer is a response body, sniffed and parsed.
type Answer struct {
	Response *flows.Response
	Form     BodyForm
	Doc      *rawjson.Document // for JSON and JSONP, and made from a form's parameters
	Params   []flows.Param     // for a form
	// Deviations: label against body, BOM, duplicates, trailing bytes.
	Deviations []flows.Deviation
}

// ReadAnswer sniffs the body: the first byte decides, not the label, and a disagreement
// is recorded. A nil response gives an empty answer.
func ReadAnswer(r *flows.Response) Answer {
	a := Answer{Response: r, Form: FormEmpty}
	if r == nil {
		return a
	}
	body := bytes.TrimSpace(bytes.TrimPrefix(r.Body, []byte("\xef\xbb\xbf")))
	switch {
	case len(body) == 0:
		return a
	case body[0] == '{' || body[0] == '[':
		a.Form = FormJSON
		a.parse(r.Body)
	case body[0] == '<':
		a.Form = FormHTML
	case isJSONP(body):
		a.Form = FormJSONP
		a.parse(bytes.TrimRight(body[bytes.IndexByte(body, '(')+1:], "); \n\r"))
		a.deviate("body-jsonp", "", "the body is a JavaScript call around JSON (JSONP)")
	case looksLikeForm(body):
		a.Form = FormForm
		var problems []string
		a.Params, problems = DecodeForm(string(body))
		for _, p := range problems {
			a.deviate("form-encoding", "", p)
		}
	default:
		a.Form = FormText
	}
	if r.Status != 0 || len(r.Headers) > 0 { // else it is a pasted body, which has no label
		a.compareLabel(r.Headers.Get("Content-Type"))
	}
	return a
}

func isJSONP(body []byte) bool {
	open := bytes.IndexByte(body, '(')
	if open <= 0 || open > 64 || !bytes.HasSuffix(bytes.TrimRight(body, "; \n\r"), []byte(")")) {
		return false
	}
	for _, c := range body[:open] {
		if c != '_' && c != '.' && c != '$' && (c < '0' || c > '9' && c < 'A' || c > 'Z' && c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

func looksLikeForm(body []byte) bool {
	eq := bytes.IndexByte(body, '=')
	return eq > 0 && !bytes.ContainsAny(body[:eq], " \t\n<{\"")
}

func (a *Answer) parse(data []byte) {
	doc, err := rawjson.Parse(data)
	if err != nil {
		a.Form = FormText
		a.deviate("json-syntax", "$", "the body looks like JSON but cannot be read")
		return
	}
	a.Doc = doc
	for _, p := range doc.Problems {
		a.deviate("json-"+p.Code, p.Path, p.Text)
	}
}

func (a *Answer) deviate(code, field, text string) {
	a.Deviations = append(a.Deviations, flows.Deviation{Code: code, Field: field, Text: text, Spec: "RFC 6749 section 5.1"})
}

func (a *Answer) compareLabel(contentType string) {
	label, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	label = strings.TrimSpace(label)
	wantJSON := label == "application/json" || strings.HasSuffix(label, "+json")
	switch {
	case a.Form == FormJSON && !wantJSON:
		a.deviate("content-type", "", "the body is JSON, but its Content-Type is "+quoteOrNone(label))
	case a.Form != FormJSON && wantJSON:
		a.deviate("content-type", "", "the Content-Type is application/json, but the body is "+string(a.Form))
	case a.Form == FormForm:
		a.deviate("body-form", "", "the body is form-encoded; RFC 6749 asks for JSON")
	}
}

func quoteOrNone(s string) string {
	if s == "" {
		return "absent"
	}
	return strconv.Quote(s)
}

// unread says why JSON was not read to its end; empty: it was, or there is none.
func unread(doc *rawjson.Document) string {
	has := func(code string) bool {
		return doc != nil && slices.ContainsFunc(doc.Problems, func(p rawjson.Problem) bool { return p.Code == code })
	}
	switch {
	case has("depth"):
		return "the JSON of the answer is nested too deep to be read to its end"
	case has("values"):
		return "the JSON of the answer has too many values to be read to its end"
	case has("syntax"):
		return "the JSON of the answer breaks off before its end"
	}
	return ""
}

// First returns the first of the paths that leads to a value. For a form body a path of
// one member is looked up among the parameters.
func (a Answer) First(paths []string) *rawjson.Node {
	for _, p := range paths {
		if n := a.Doc.Lookup(p); n != nil {
			return n
		}
		if name, ok := strings.CutPrefix(p, "$."); ok && a.Form == FormForm {
			if v, n := Get(a.Params, name); n > 0 {
				return rawjson.Parameter(name, v)
			}
		}
	}
	return nil
}

// holds evaluates a predicate; found tells whether the member exists.
func (a Answer) holds(p *flows.Predicate) (holds, found bool) {
	n := a.First([]string{p.Path})
	if n == nil {
		return p.AbsentPasses, false
	}
	return n.Text == p.Equals, true
}

// Failure tells whether the answer is a refusal, testing in the order that is safe for
// every known dialect: the profile's failure predicate, the members that mean an error,
// the profile's success predicate, and only then the status. Nil means it is not one.
func (a Answer) Failure(d flows.Dialect) *Failure {
	status := 0
	if a.Response != nil {
		status = a.Response.Status
	}
	if d.Failure != nil {
		if holds, found := a.holds(d.Failure); found && holds {
			return a.failure(d, status)
		}
	}
	if n := a.First([]string{"$.error", "$.error_type", "$.errcode", "$.errors"}); n != nil && n.Kind != rawjson.Null && n.Text != "0" && n.Text != "false" {
		return a.failure(d, status)
	}
	if d.Success != nil {
		if holds, found := a.holds(d.Success); found && !holds {
			return a.failure(d, status)
		}
	}
	if status != 0 && (status < 200 || status > 299) { // 0: a pasted body, its status is not known
		return a.failure(d, status)
	}
	return nil
}

// Refusal puts an answer that is known to be one into words.
func (a Answer) Refusal(d flows.Dialect) *Failure {
	if a.Response == nil {
		return a.failure(d, 0)
	}
	return a.failure(d, a.Response.Status)
}

func (a Answer) failure(d flows.Dialect, status int) *Failure {
	f := &Failure{Status: status}
	paths := append(append([]string(nil), d.Fields.Error...), "$.error", "$.error.code", "$.error.type", "$.error_type", "$.error_code", "$.errcode", "$.errorCode", "$.code", "$.errors[0].errorType")
	for _, p := range paths {
		if n := a.First([]string{p}); n != nil && n.Text != "" && n.Kind != rawjson.Null {
			f.Code, f.Path = n.Text, n.Path()
			break
		}
	}
	desc := append(append([]string(nil), d.Fields.ErrorDescription...), "$.error_description", "$.error.message", "$.error_message", "$.errorSummary", "$.errmsg", "$.message", "$.msg", "$.errors[0].message")
	if n := a.First(desc); n != nil {
		f.Description = n.Text
	}
	if n := a.First([]string{"$.error_uri", "$.error_url"}); n != nil {
		f.URI = n.Text
	}
	if n := a.First(append(append([]string(nil), d.Fields.RequestID...), "$.request_id", "$.trace_id", "$.correlation_id")); n != nil {
		f.RequestID = n.Text
	}
	if f.Code == "" && status > 0 {
		f.Code = "http_" + strconv.Itoa(status)
	}
	return f
}
