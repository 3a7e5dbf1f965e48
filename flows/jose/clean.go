package jose

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean removes what copying puts around and into a token: a header name, a scheme,
// quotes, blanks, line breaks, invisible characters, percent-encoding. What it
// removed comes back as problems.
func clean(s string) (string, []Problem) {
	s, problems := unwrap(s)
	s, inside := removeForeign(s)
	problems = append(problems, inside...)
	if half := len(s) / 2; half > 40 && len(s)%2 == 0 && s[:half] == s[half:] {
		s = s[:half]
		problems = append(problems, Problem{
			Code: "doubled", Where: "token",
			Text: "The text is the same token twice in a row; it is read once.",
		})
	}
	return s, problems
}

// schemes are the words that stand before a token in an Authorization header.
var schemes = [...]string{"authorization:", "bearer", "dpop", "token"}

const quoteMarks = "\"'`“”‘’„«»<>"

// unwrap strips blanks, quotes and schemes around the token, in whatever order they
// are nested.
func unwrap(s string) (string, []Problem) {
	var around, quoted, scheme int
	for range 16 {
		before := s
		if t := strings.TrimFunc(s, isFiller); t != s {
			around++
			s = t
		}
		if t := strings.Trim(s, quoteMarks); t != s {
			quoted++
			s = t
		}
		if t := strings.TrimRight(s, ",;"); t != s {
			around++
			s = t
		}
		for _, word := range schemes {
			if t, ok := cutScheme(s, word); ok {
				scheme++
				s = t
			}
		}
		if s == before {
			break
		}
	}
	var problems []Problem
	if scheme > 0 {
		text := "The word before the token belongs to the Authorization header, not to the token."
		if scheme > 1 {
			text = "There are several words of an Authorization header before the token; a server would see them as part of it."
		}
		problems = append(problems, Problem{Code: "bearer-prefix", Where: "token", Text: text, Spec: "RFC 6750 section 2.1"})
	}
	if quoted > 0 {
		problems = append(problems, Problem{Code: "quoted", Where: "token", Text: "The token was copied together with quotation marks."})
	}
	if around > 0 {
		problems = append(problems, Problem{Code: "whitespace-around", Where: "token", Text: "There are blanks, line breaks or punctuation around the token."})
	}
	return s, problems
}

// cutScheme removes the word in front of s if a blank, a colon or a quote ends it.
func cutScheme(s, word string) (string, bool) {
	if len(s) <= len(word) || !strings.EqualFold(s[:len(word)], word) {
		return s, false
	}
	rest := s[len(word):]
	if strings.HasSuffix(word, ":") {
		return rest, true
	}
	r, _ := utf8.DecodeRuneInString(rest)
	if isFiller(r) || r == ':' {
		return strings.TrimLeft(rest, ":"), true
	}
	return s, false
}

// isFiller tells the characters that no token contains and no reader sees.
func isFiller(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r)
}

// removeForeign drops line breaks, blanks, invisible characters and escapes from
// within a token.
func removeForeign(s string) (string, []Problem) {
	if strings.IndexFunc(s, needsRemoval) < 0 {
		return s, nil
	}
	var lines, blanks, invisible, percent int
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		next := byte(0)
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch {
		case r == '\\' && (next == 'n' || next == 'r' || next == '\n' || next == '\r'):
			lines++
			size = 2
		case r == '\n' || r == '\r':
			lines++
		case unicode.IsSpace(r):
			blanks++
		case r == '%' && i+2 < len(s) && unpercent(s[i+1:i+3]) != 0:
			b.WriteByte(unpercent(s[i+1 : i+3]))
			percent++
			size = 3
		case isFiller(r):
			invisible++
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String(), foreignProblems(lines, blanks, invisible, percent)
}

func needsRemoval(r rune) bool { return r == '\\' || r == '%' || isFiller(r) }

// unpercent decodes the escapes that a token can have picked up in a URL or form:
// '+', '/', '=', '.', '-' and '_'. Anything else gives 0 and is left alone.
func unpercent(hex string) byte {
	switch strings.ToUpper(hex) {
	case "2B":
		return '+'
	case "2F":
		return '/'
	case "3D":
		return '='
	case "2E":
		return '.'
	case "2D":
		return '-'
	case "5F":
		return '_'
	}
	return 0
}

func foreignProblems(lines, blanks, invisible, percent int) []Problem {
	var out []Problem
	add := func(n int, code, what string) {
		if n > 0 {
			out = append(out, Problem{
				Code: code, Where: "token", Spec: "RFC 7515 section 2", Malformed: true,
				Text: fmt.Sprintf("There %s inside the token; base64url has none.", countOf(n, what)),
			})
		}
	}
	add(lines, "line-break", "line break")
	add(blanks, "whitespace-inside", "blank")
	add(invisible, "invisible-character", "invisible character")
	add(percent, "percent-encoded", "percent-encoded character")
	return out
}

// countOf phrases "is 1 thing" or "are 3 things".
func countOf(n int, what string) string {
	if n == 1 {
		return "is 1 " + what
	}
	return fmt.Sprintf("are %d %ss", n, what)
}
