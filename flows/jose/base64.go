package jose

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// decodePart decodes one part of a compact serialization, which is base64url without
// padding (RFC 7515 section 2). It accepts padding and the standard alphabet, decodes
// up to the first character that is in neither, and reports all of that.
func decodePart(where, part string) ([]byte, []Problem) {
	var problems []Problem
	add := func(code, text string) {
		problems = append(problems, Problem{Code: code, Where: where, Text: text, Spec: "RFC 7515 section 2", Malformed: true})
	}
	body := strings.TrimRight(part, "=")
	if len(body) < len(part) {
		add("base64-padding", fmt.Sprintf("The part with the %s ends with base64 padding; a JWT has none.", where))
	}
	if strings.ContainsAny(body, "+/") {
		add("base64-standard-alphabet", fmt.Sprintf("The part with the %s uses '+' or '/' of standard base64 where base64url has '-' and '_'.", where))
		body = strings.NewReplacer("+", "-", "/", "_").Replace(body)
	}
	if i := strings.IndexFunc(body, notBase64URL); i >= 0 {
		add("base64-invalid", fmt.Sprintf("The part with the %s is not base64url: a character outside the alphabet stands at position %d of %d.", where, i+1, len(body)))
		body = body[:i]
	}
	if len(body)%4 == 1 {
		add("base64-length", fmt.Sprintf("The part with the %s has %d characters, a length that base64 cannot have: one is missing or too many.", where, len(body)))
		body = body[:len(body)-1]
	}
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return nil, problems
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(body); err != nil {
		problems = append(problems, Problem{
			Code: "base64-trailing-bits", Where: where, Spec: "RFC 4648 section 3.5",
			Text: fmt.Sprintf("The last character of the part with the %s has bits that mean nothing; strict readers refuse it.", where),
		})
	}
	return raw, problems
}

func notBase64URL(r rune) bool {
	switch {
	case r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
		return false
	}
	return true
}
