package jose

import (
	"encoding/json"
	"fmt"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// MaxToken is the longest text that is taken for a token, in bytes.
const MaxToken = 4 << 20

// JWT is a token taken apart (RFC 7519, RFC 7515 section 7.1). Nothing in it is to be
// believed before [Verify] said so. The strings come from outside as they are: show
// them through package visible.
type JWT struct {
	// Header and Payload are the decoded bytes; Payload is nil for a JWE.
	Header, Payload []byte
	// HeaderText and ClaimsText are the same as text.
	HeaderText, ClaimsText string
	// HeaderDoc and ClaimsDoc are the same as JSON, with paths and offsets; nil where
	// there is none.
	HeaderDoc, ClaimsDoc *rawjson.Document
	// Alg, Kid, Typ and Enc are the header's members if they are strings.
	Alg, Kid, Typ, Enc string
	Signature          []byte
	// Parts are the parts between the dots as received, after the copy was mended: two
	// or three for a JWT, five for a JWE.
	Parts    []string
	Format   flows.TokenFormat
	Problems []Problem
}

// HeaderJSON is the header for the JSON document: the bytes as received if they are
// valid JSON, else null.
func (j JWT) HeaderJSON() json.RawMessage { return rawMessage(j.Header) }

// ClaimsJSON is the payload in the same way.
func (j JWT) ClaimsJSON() json.RawMessage { return rawMessage(j.Payload) }

func rawMessage(b []byte) json.RawMessage {
	if !json.Valid(b) {
		return json.RawMessage("null")
	}
	return json.RawMessage(b)
}

// Malformed tells that a strict reader would refuse the token for its form alone.
func (j JWT) Malformed() bool {
	for _, p := range j.Problems {
		if p.Malformed {
			return true
		}
	}
	return false
}

// signingInput is what the signature is made over: RFC 7515 section 5.1 step 8.
func (j JWT) signingInput() string {
	if len(j.Parts) < 2 {
		return ""
	}
	return j.Parts[0] + "." + j.Parts[1]
}

// Decode takes a compact JWS or JWE apart without verifying anything. It returns a
// *[NotJWTError] only when there is no JOSE header to show; everything milder is a
// [Problem] of the result. The text may carry what copying adds: a scheme, quotes,
// blanks, line breaks.
func Decode(compact string) (JWT, error) {
	if len(compact) > MaxToken {
		return JWT{Format: flows.FormatOpaque}, notJWT("the text has %d bytes, more than the %d that are read", len(compact), MaxToken)
	}
	text, problems := clean(compact)
	jwt := JWT{Format: flows.FormatOpaque, Problems: problems}
	if text == "" {
		return jwt, notJWT("the text is empty")
	}
	jwt.Parts = strings.SplitN(text, ".", 7)
	if text[0] == '{' {
		return jwt, notJWT("it is a JSON object; if it is a JWS or JWE in JSON, a JWT has the compact form only (RFC 7519 section 1)")
	}
	if len(jwt.Parts) == 1 {
		return jwt, notJWT("there is no dot in it; a JWT has three parts with dots between them, so this is an opaque token")
	}
	if err := jwt.readHeader(); err != nil {
		return jwt, err
	}
	jwt.Format = formatOf(len(jwt.Parts), jwt.HeaderDoc)
	if jwt.Format == flows.FormatJWE {
		return jwt, nil
	}
	if jwt.Alg == "" && jwt.Typ == "" {
		jwt.Format = flows.FormatOpaque
		return jwt, notJWT("the first part is JSON but has neither \"alg\" nor \"typ\"")
	}
	jwt.Format = flows.FormatJWT
	jwt.checkParts()
	jwt.readPayload()
	return jwt, nil
}

// readHeader decodes the first part and takes the members that every reader needs.
func (j *JWT) readHeader() error {
	raw, problems := decodePart("header", j.Parts[0])
	j.Header, j.HeaderText = raw, string(raw)
	if len(raw) == 0 {
		return notJWT("its first part is not base64url")
	}
	doc, err := rawjson.Parse(raw)
	if err != nil || doc.Root == nil || doc.Root.Kind != rawjson.Object {
		return notJWT("its first part is not a JSON object in base64url")
	}
	j.HeaderDoc = doc
	j.Problems = append(j.Problems, problems...)
	j.Problems = append(j.Problems, fromJSON("header", doc)...)
	j.Alg, j.Kid = textMember(doc.Root, "alg"), textMember(doc.Root, "kid")
	j.Typ, j.Enc = textMember(doc.Root, "typ"), textMember(doc.Root, "enc")
	for _, name := range []string{"alg", "kid", "typ", "enc"} {
		if n := doc.Root.Member(name); n != nil && n.Kind != rawjson.String {
			j.Problems = append(j.Problems, Problem{
				Code: name + "-not-string", Where: "header $." + name, Malformed: true, Spec: "RFC 7515 section 4.1",
				Text: fmt.Sprintf("The header member %q must be a string but is %s.", name, kindName(n.Kind)),
			})
		}
	}
	return nil
}

// checkParts reports what the number of parts says.
func (j *JWT) checkParts() {
	add := func(code, text string) {
		j.Problems = append(j.Problems, Problem{Code: code, Where: "token", Text: text, Spec: "RFC 7515 section 7.1", Malformed: true})
	}
	switch n := len(j.Parts); {
	case j.Enc != "":
		add("jwe-parts", fmt.Sprintf("The header is that of an encrypted token (it has \"enc\"), which has five parts; this one has %d.", n))
	case n == 2:
		add("signature-missing", "The token has two parts: the signature and the dot before it are missing, so it was cut or never signed.")
	case n == 3 && j.Parts[2] == "":
		// the form of an unsecured JWS (RFC 7515 appendix A.5): Verify refuses it, but not for its form
		j.Problems = append(j.Problems, Problem{Code: "signature-empty", Where: "signature", Spec: "RFC 7515 section 7.1",
			Text: "The part for the signature is empty: nobody signed this token, or it was cut."})
	case n > 6:
		add("parts", "The token has more than six parts; a JWT has three, a JWE five.")
	case n > 3:
		add("parts", fmt.Sprintf("The token has %d parts; a JWT has three. The first three are shown.", n))
	}
	if j.Alg == "" {
		add("alg-missing", "The header names no algorithm (\"alg\"), so no signature can be checked.")
	}
}

// readPayload decodes claims and signature.
func (j *JWT) readPayload() {
	raw, problems := decodePart("claims", j.Parts[1])
	j.Payload, j.ClaimsText = raw, string(raw)
	j.Problems = append(j.Problems, problems...)
	doc, err := rawjson.Parse(raw)
	switch {
	case j.Parts[1] == "":
		j.Problems = append(j.Problems, Problem{
			Code: "claims-empty", Where: "claims", Malformed: true, Spec: "RFC 7519 section 7.2",
			Text: "The part for the claims is empty: they were cut out, or are kept elsewhere (a detached payload, RFC 7515 appendix F).",
		})
	case (err != nil || doc.Root == nil) && strings.EqualFold(textMember(j.HeaderDoc.Root, "cty"), "JWT"):
		j.Problems = append(j.Problems, Problem{
			Code: "nested", Where: "claims", Malformed: true, Spec: "RFC 7519 section 5.2",
			Text: "The second part is a token of its own (\"cty\": \"JWT\"), which is not opened: inspect it by itself.",
		})
	case err != nil || doc.Root == nil:
		j.Problems = append(j.Problems, Problem{
			Code: "claims-not-json", Where: "claims", Malformed: true, Spec: "RFC 7519 section 7.2",
			Text: fmt.Sprintf("The second part (%d bytes) is not JSON, so there are no claims to read.", len(raw)),
		})
	case doc.Root.Kind != rawjson.Object:
		j.ClaimsDoc = doc
		j.Problems = append(j.Problems, Problem{
			Code: "claims-not-object", Where: "claims", Malformed: true, Spec: "RFC 7519 section 7.2",
			Text: fmt.Sprintf("The claims must be a JSON object but are %s.", kindName(doc.Root.Kind)),
		})
	default:
		j.ClaimsDoc = doc
		j.Problems = append(j.Problems, fromJSON("claims", doc)...)
	}
	if len(j.Parts) > 2 && j.Parts[2] != "" {
		sig, problems := decodePart("signature", j.Parts[2])
		j.Signature = sig
		j.Problems = append(j.Problems, problems...)
	}
}

// Classify tells how a token can be read, without decoding more than its first part:
// "jwt" has a JOSE header and two or three parts, "jwe" five parts and a header with
// "enc" (RFC 7516 section 9), everything else is "opaque".
func Classify(token string) flows.TokenFormat {
	if len(token) > MaxToken {
		return flows.FormatOpaque
	}
	text, _ := clean(token)
	n := strings.Count(text, ".") + 1
	if n != 2 && n != 3 && n != 5 {
		return flows.FormatOpaque
	}
	first, _, _ := strings.Cut(text, ".")
	raw, _ := decodePart("header", first)
	if len(raw) < 2 {
		return flows.FormatOpaque
	}
	doc, err := rawjson.Parse(raw)
	if err != nil || doc.Root == nil || doc.Root.Kind != rawjson.Object {
		return flows.FormatOpaque
	}
	if f := formatOf(n, doc); f == flows.FormatJWE || n == 5 {
		return f
	}
	if textMember(doc.Root, "alg") == "" && textMember(doc.Root, "typ") == "" {
		return flows.FormatOpaque
	}
	return flows.FormatJWT
}

// formatOf tells a JWE from the rest by the number of parts and the header.
func formatOf(parts int, header *rawjson.Document) flows.TokenFormat {
	if parts == 5 && textMember(header.Root, "enc") != "" {
		return flows.FormatJWE
	}
	return flows.FormatOpaque
}

// textMember returns a string member of an object, or "".
func textMember(n *rawjson.Node, name string) string {
	if n == nil {
		return ""
	}
	if m := n.Member(name); m != nil && m.Kind == rawjson.String {
		return m.Text
	}
	return ""
}

func kindName(k rawjson.Kind) string {
	switch k {
	case rawjson.Object:
		return "an object"
	case rawjson.Array:
		return "an array"
	case rawjson.String:
		return "a string"
	case rawjson.Number:
		return "a number"
	case rawjson.Bool:
		return "true or false"
	}
	return "null"
}
