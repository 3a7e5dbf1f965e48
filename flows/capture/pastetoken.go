package capture

import (
	"encoding/base64"
	"net/url"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// bareToken takes what people copy around a token off it: a header name, a scheme, a
// member name, quotes, commas, line breaks.
func bareToken(s string) (token string, mended []string) {
	s, mended = straighten(s)
	if plain := unescaped(s); plain != s {
		s, mended = plain, append(mended, "the escapes of a string were taken out")
	}
	s = unquote(strings.TrimSpace(s))
	if name, rest, ok := strings.Cut(s, ":"); ok && len(name) < 40 {
		switch letters(strings.Trim(name, "\"' ")) {
		case "authorization", "accesstoken", "idtoken", "token", "refreshtoken", "xaccesstoken", "dpop", "clientassertion", "xshopifyaccesstoken":
			s = strings.TrimSpace(rest)
			mended = append(mended, "the name in front of the token was taken off")
		}
	}
	if name, rest, ok := strings.Cut(s, "="); ok && !strings.Contains(rest, "&") && rest != "" {
		switch letters(name) {
		case "accesstoken", "idtoken", "token", "refreshtoken", "clientassertion":
			s, _, _ = strings.Cut(rest, ";") // the attributes of a cookie
			mended = append(mended, "the name in front of the token was taken off")
		}
	}
	s = unquote(strings.TrimRight(strings.TrimSpace(s), ",;"))
	for range 3 {
		end := strings.IndexAny(s, " \n\t:")
		if end < 0 {
			break
		}
		switch word := s[:end]; letters(word) {
		case "bearer", "dpop", "token", "mac":
			s = strings.TrimLeft(s[end:], " \n\t:")
			mended = append(mended, "the scheme "+word+" in front was taken off")
		}
	}
	s = unquote(strings.TrimRight(s, ",;"))
	if w := oneWord(s); w != s {
		s = w
		mended = append(mended, "line breaks and blanks within were taken out")
	}
	return s, mended
}

// unescaped takes out what a string in a program or a log has in the place of line ends and
// quotes.
func unescaped(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\r`, "", `\n`, "", `\t`, "", `\"`, `"`, `\/`, "/").Replace(s)
}

// severalTokens finds signed tokens one behind the other; nil if there is one, or none.
func severalTokens(s string) []string {
	fields := strings.Fields(s)
	if len(fields) < 2 || len(fields) > 100 {
		return nil
	}
	for i, f := range fields {
		f = unquote(strings.TrimRight(f, ",;"))
		head, _, _ := strings.Cut(f, ".")
		if _, ok := jwtHeader(head); !ok || strings.Count(f, ".") != 2 {
			return nil
		}
		fields[i] = f
	}
	return fields
}

// readJWT recognises a signed or encrypted token in compact form by its header.
func readJWT(p *paste) (Result, bool, error) {
	if len(p.text) > maxURL*2 {
		return Result{}, false, nil
	}
	if list := severalTokens(p.text); list != nil {
		r := p.result(KindJWT, count(len(list), "JWT", "JWTs"), "words of three parts with dots, the first of which is a JOSE header (RFC 7519)")
		return p.tokens(r, "token", list...), true, nil
	}
	s, mended := bareToken(p.text)
	if plain, err := url.PathUnescape(s); err == nil && plain != s {
		s, mended = plain, append(mended, "the token was percent-encoded")
	}
	parts := strings.Split(s, ".")
	if len(parts) < 2 || len(parts) > 5 {
		return Result{}, false, nil
	}
	head, ok := jwtHeader(parts[0])
	if !ok {
		return Result{}, false, nil
	}
	p.mended = append(p.mended, mended...)
	alg, enc := head.Member("alg"), head.Member("enc")
	switch {
	case enc != nil && len(parts) == 5:
		r := p.result(KindJWE, "an encrypted token (JWE)", "five parts with dots; the first is a JOSE header with alg and enc (RFC 7516)")
		return p.tokens(r, "token", s), true, nil
	case alg != nil || head.Member("typ") != nil || head.Member("kid") != nil:
		why := "three parts with dots; the first is a JOSE header with alg (RFC 7519)"
		if len(parts) != 3 {
			why = "a JOSE header in front, but " + count(len(parts), "part", "parts") + " where a JWT has three"
			p.mended = append(p.mended, "the token does not have its three parts; what is there is shown")
		}
		return p.tokens(p.result(KindJWT, "a JWT", why), "token", s), true, nil
	}
	return Result{}, false, nil
}

// jwtHeader decodes the first part of a token; base64 of any alphabet will do.
func jwtHeader(part string) (*rawjson.Node, bool) {
	if len(part) < 8 || len(part) > 64<<10 {
		return nil, false
	}
	plain := strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(part, "="))
	b, err := base64.RawURLEncoding.DecodeString(plain)
	if err != nil {
		return nil, false
	}
	doc, err := rawjson.Parse(b)
	if err != nil || doc.Root == nil || doc.Root.Kind != rawjson.Object {
		return nil, false
	}
	return doc.Root, true
}

// readOpaque takes a single long word for a token that only its issuer can read.
func readOpaque(p *paste) (Result, bool, error) {
	if len(p.text) > 64<<10 || strings.Count(p.text, " ") > 1 && strings.Count(p.text, "\n") == 0 {
		return Result{}, false, nil
	}
	s, mended := bareToken(p.text)
	if strings.Contains(p.text, "\n") && !wrapped(p.text) && len(mended) > 0 {
		return Result{}, false, nil
	}
	if len(s) < 12 || !tokenCharacters(s) {
		return Result{}, false, nil
	}
	if _, ok := jwtHeader(s); ok {
		p.looked = "one part of a JWT, or JSON in base64; paste the whole token, with its dots"
		return Result{}, false, nil
	}
	p.mended = append(p.mended, mended...)
	r := p.result(KindOpaque, "an opaque token", "one word of "+count(len(s), "character", "characters")+" in the alphabet of tokens (RFC 6750 b64token), and no JWT")
	return p.tokens(r, "token", s), true, nil
}

// wrapped tells lines of about one length, as a terminal or a mail program breaks them.
func wrapped(s string) bool {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	first := len(strings.TrimSpace(lines[0]))
	for i, l := range lines {
		l = strings.TrimSpace(l)
		if strings.Contains(l, " ") && i > 0 || len(l) > first || i < len(lines)-1 && len(l) < first {
			return false
		}
	}
	return first >= 20
}

// tokenCharacters tells the alphabet of tokens, with a digit or mixed case among a
// word's letters, so that plain words are not taken for tokens.
func tokenCharacters(s string) bool {
	digits, upper, lower := 0, 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'A' && c <= 'Z':
			upper++
		case c >= 'a' && c <= 'z':
			lower++
		case strings.IndexByte("-._~+/=|:!%", c) < 0:
			return false
		}
	}
	return digits > 0 && upper+lower+digits >= len(s)*2/3 || upper > 1 && lower > 1 && len(s) >= 20
}

// tokens finishes a result that is nothing but tokens.
func (p *paste) tokens(r Result, name string, raw ...string) Result {
	r.Mended = p.mended
	for _, t := range raw {
		r.Tokens = append(r.Tokens, flows.NewSecret(p.o.Fingerprints, name, t))
	}
	r.build(nil, p.o)
	return r
}
