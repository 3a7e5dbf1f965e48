// Package visible is the one sanitiser. Everything that came from outside (a header, a
// parameter, an error description, a file name) passes through it before it reaches a
// terminal, a file for people, a page or the clipboard's label.
//
// Characters that steer a terminal or deceive the eye are not removed but shown as
// escapes, because an inspector must not hide what was sent: ESC becomes \x1b, a
// right-to-left override becomes \u202e, a byte that is no UTF-8 becomes \xff.
// The package decides nothing about secrets; masks are made by package redact.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line makes one line of s: line breaks and tabs are escaped too (\n, \r, \t).
func Line(s string) string { return sanitise(s, false) }

// Text keeps line feeds, turns CR LF into LF, and tabs into four blanks; everything else
// is as in [Line].
func Text(s string) string { return sanitise(s, true) }

// Clean tells whether Line would return s unchanged.
func Clean(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			return cleanSlow(s)
		}
	}
	return true
}

func cleanSlow(s string) bool {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return false
			}
		}
		if hidden(r) {
			return false
		}
	}
	return true
}

func sanitise(s string, multiline bool) string {
	if Clean(s) {
		return s
	}
	var b strings.Builder
	controls := 0
	for i := range len(s) {
		if s[i] < ' ' {
			controls++
		}
	}
	b.Grow(len(s) + 3*controls + 16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case multiline && r == '\n':
			b.WriteByte('\n')
		case multiline && r == '\r' && i+1 < len(s) && s[i+1] == '\n':
			// the line feed that follows is the line break
		case multiline && r == '\t':
			b.WriteString("    ")
		case hidden(r):
			b.WriteString(Escape(r))
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// Escape is the visible spelling of one character.
func Escape(r rune) string {
	switch r {
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	}
	switch {
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// hidden tells whether a character has no honest picture of its own: C0 and C1 controls,
// DEL, format characters (bidi, zero-width, tags, soft hyphen), line and paragraph
// separators, blanks that are no blank, variation selectors, private use, surrogates.
func hidden(r rune) bool {
	switch {
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return true
	case r < 0x7f:
		return false
	case unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs):
		return true
	case r != ' ' && unicode.Is(unicode.Zs, r):
		return true
	case r == 0x034f || r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0 || r == 0x2800:
		return true // blanks that Unicode calls letters
	case unicode.Is(unicode.Variation_Selector, r):
		return true
	}
	return false
}
