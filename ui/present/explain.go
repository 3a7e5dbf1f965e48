package present

import (
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/explain"
)

// param names the explanation of a parameter in a message.
func param(context, name string) ExplainRef {
	return ExplainRef{Kind: "parameter " + context, Name: name}
}

// short is the explanation in a few words, for the column beside a value.
func short(kind, name string) string {
	switch kind {
	case "authorize", "callback", "token", "introspect":
		kind = "parameter " + kind
	}
	return explain.Short(explain.Kind(kind), name)
}

// Explain is the page that F1 shows: what the thing is, who reads it, where it is
// specified, and what this provider does differently. ok is false where nothing is known.
func Explain(p flows.Provider, ref ExplainRef) (title string, lines Lines, ok bool) {
	if ref.Kind == kindDifference {
		return explainRule(ref.Name)
	}
	e, ok := explain.Lookup(explain.Kind(ref.Kind), ref.Name)
	if !ok {
		e, ok = unknown(ref)
	}
	if !ok {
		return "", nil, false
	}
	var out List
	for i, par := range e.Page(p) {
		if i > 0 && par.Heading != "" {
			out = append(out, gap())
		}
		if par.Heading != "" {
			out = append(out, heading(par.Heading))
		}
		span := T(par.Text, Plain)
		span.Link = par.Link
		if par.Link != "" {
			span.Tone = Link
		}
		out = append(out, Line{Kind: Text, Spans: []Span{span}})
	}
	return explainTitle(e), out, true
}

// unknown is the page about a name that no specification here has.
func unknown(ref ExplainRef) (explain.Entry, bool) {
	kind, _ := explain.Parse(ref.Kind)
	what, ok := map[explain.Kind]string{
		explain.KindParam: "A parameter", explain.KindField: "A member of the answer", explain.KindHeader: "A header", explain.KindClaim: "A claim",
		explain.KindJOSE: "A member of the token's header", explain.KindError: "An error code", explain.KindScope: "A scope",
	}[kind]
	if !ok || ref.Name == "" {
		return explain.Entry{}, false
	}
	return explain.Entry{Kind: kind, Name: ref.Name, Spec: "provider",
		What: what + " of the provider's own: none of the specifications of OAuth and OpenID Connect has it. What it means stands in the provider's documentation."}, true
}

// known tells that there is a page about the thing.
func known(ref ExplainRef) bool {
	if _, ok := explain.Lookup(explain.Kind(ref.Kind), ref.Name); ok {
		return true
	}
	_, ok := unknown(ref)
	return ok
}

// explainTitle names the thing with its kind: "claim iss", "header Host".
func explainTitle(e explain.Entry) string {
	switch e.Kind {
	case explain.KindStep, explain.KindCheck, explain.KindStage, explain.KindTiming, explain.KindGrant:
		return string(e.Kind) + ": " + strings.NewReplacer("authorize_url", "authorization URL", "_", " ").Replace(e.Name)
	case explain.KindField, explain.KindMetadata:
		return "field " + e.Name
	case explain.KindJOSE:
		return "JOSE header " + e.Name
	case explain.KindStatus:
		return "HTTP status " + e.Name
	}
	return string(e.Kind) + " " + e.Name
}
