package jose

import (
	"fmt"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
	"oauthlens/flows/visible"
)

// Problem is something in a token or a key set that was mended, tolerated or given up.
type Problem struct {
	// Code is stable, such as "base64-padding" or "exp-string".
	Code string
	// Where is "token", "header", "claims", "signature", or a path such as
	// "claims $.exp" or "$.keys[3]".
	Where string
	// Text is one sentence without any text of the token.
	Text string
	// Spec is the section that it is measured by; empty for a mere slip of the copy.
	Spec string
	// Malformed: it is the token (or the key) that is wrong, not the way it was
	// copied; a strict reader would refuse it.
	Malformed bool
}

// Deviation is the problem in the vocabulary of the trace.
func (p Problem) Deviation() flows.Deviation {
	return flows.Deviation{Code: p.Code, Field: p.Where, Text: p.Text, Spec: p.Spec}
}

// NotJWTError says why a text is no JWT that could be shown.
type NotJWTError struct {
	Reason string // without any text of the token
}

func (e *NotJWTError) Error() string { return "not a JWT: " + e.Reason }

func notJWT(format string, args ...any) error {
	return &NotJWTError{Reason: fmt.Sprintf(format, args...)}
}

// maxShown bounds a foreign value inside a sentence, in runes.
const maxShown = 80

// shown makes a value from a token fit for a sentence: one line, no control
// characters, quoted, and not endless.
func shown(s string) string {
	cut := s
	if n := 0; len(s) > maxShown {
		for i := range s {
			if n == maxShown {
				cut = s[:i]
				break
			}
			n++
		}
	}
	out := `"` + visible.Line(cut) + `"`
	if len(cut) < len(s) {
		out += fmt.Sprintf(" (and %d bytes more)", len(s)-len(cut))
	}
	return out
}

// fromJSON turns the reader's remarks into problems of the part where.
func fromJSON(where string, doc *rawjson.Document) []Problem {
	var out []Problem
	for i, p := range doc.Problems {
		if i == maxJSONProblems {
			out = append(out, Problem{
				Code: "more-problems", Where: where, Malformed: true,
				Text: fmt.Sprintf("The JSON has %d more problems of this kind.", len(doc.Problems)-i),
			})
			break
		}
		at := where
		if p.Path != "" {
			at += " " + visible.Line(p.Path)
		}
		out = append(out, Problem{
			Code: p.Code, Where: at, Text: visible.Line(p.Text), Spec: "RFC 8259 section 2", Malformed: true,
		})
	}
	return out
}

// maxJSONProblems bounds how many remarks about one JSON text are listed.
const maxJSONProblems = 20
