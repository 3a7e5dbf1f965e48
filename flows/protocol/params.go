package protocol

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"oauthlens/flows"
)

// EncodeForm encodes parameters as application/x-www-form-urlencoded in their order
// (RFC 6749 appendix B). Blanks become '+', everything else outside the unreserved
// characters is percent-encoded once.
func EncodeForm(params []flows.Param) string {
	var b strings.Builder
	for i, p := range params {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(p.Name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(p.Value))
	}
	return b.String()
}

// maxProblems is how many badly encoded pairs of one form are named.
const maxProblems = 20

// DecodeForm reads name=value pairs in order. A pair that is badly encoded keeps its raw
// text as value, and the problem is said; nothing is lost.
func DecodeForm(raw string) ([]flows.Param, []string) {
	wrong := 0
	pairs := 0
	for pair := range strings.SplitSeq(raw, "&") {
		if pair != "" {
			pairs++
		}
	}
	out := slices.Grow([]flows.Param(nil), pairs) // a megabyte of them need not be copied as they grow
	var problems []string
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		n, err1 := url.QueryUnescape(name)
		v, err2 := url.QueryUnescape(value)
		if err1 != nil {
			n = name
		}
		if err2 != nil {
			v = value
		}
		if err1 != nil || err2 != nil {
			if wrong++; wrong <= maxProblems {
				problems = append(problems, fmt.Sprintf("the parameter %q is not percent-encoded correctly", n))
			}
		}
		out = append(out, flows.Param{Name: n, Value: v})
	}
	if wrong > maxProblems {
		problems = append(problems, fmt.Sprintf("%d more parameters are not percent-encoded correctly", wrong-maxProblems))
	}
	return out, problems
}

// Get returns the first value of that name and how often the name occurs.
func Get(params []flows.Param, name string) (value string, count int) {
	for _, p := range params {
		if p.Name == name {
			if count == 0 {
				value = p.Value
			}
			count++
		}
	}
	return value, count
}

// ApplyEdits applies the user's edits in order. The second result tells for every
// resulting parameter whether it deviates from what the profile built.
func ApplyEdits(params []flows.Param, edits []flows.ParamEdit) []flows.Param {
	out := append([]flows.Param(nil), params...)
	for _, e := range edits {
		switch e.Op {
		case flows.EditAdd:
			out = append(out, flows.Param{Name: e.Name, Value: e.Value})
		case flows.EditRemove:
			kept := out[:0]
			for _, p := range out {
				if p.Name != e.Name {
					kept = append(kept, p)
				}
			}
			out = kept
		case flows.EditSet:
			out = setParam(out, e.Name, e.Value)
		}
	}
	return out
}

func setParam(params []flows.Param, name, value string) []flows.Param {
	for i := range params {
		if params[i].Name == name {
			params[i].Value = value
			return params
		}
	}
	return append(params, flows.Param{Name: name, Value: value})
}

// editDeviations describes the user's edits as deviations from the profile.
func editDeviations(edits []flows.ParamEdit) []flows.Deviation {
	var out []flows.Deviation
	for _, e := range edits {
		text := map[flows.EditOp]string{
			flows.EditSet: "set by you, not by the profile", flows.EditAdd: "added by you", flows.EditRemove: "switched off by you",
		}[e.Op]
		out = append(out, flows.Deviation{Code: "edited", Field: e.Name, Text: e.Name + " is " + text})
	}
	return out
}

// JoinScopes joins scopes with the profile's separator; the specification's is a blank
// (RFC 6749 section 3.3).
func JoinScopes(d flows.Dialect, scopes []string) string {
	sep := d.ScopeSeparator
	if sep == "" {
		sep = " "
	}
	return strings.Join(scopes, sep)
}

// SplitScopes splits a scope value at the separators that servers use: blank, comma, '+'.
func SplitScopes(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == '+' || r == '\t' || r == '\n' })
}
