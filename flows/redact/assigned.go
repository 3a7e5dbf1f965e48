package redact

import (
	"regexp"
	"strings"
	"sync"
)

// learnAssigned learns from name=value wherever it stands: the links of a page or a header,
// the attributes of a tag, a request that a server or a log quotes. In a link the sign
// before the name says that this is a parameter; elsewhere a value has to look like one of
// a secret, since "token=expired" is said of a token, and a code may be that of an error.
func (m *Masker) learnAssigned(text string) {
	for at := 0; ; at++ {
		next := strings.IndexByte(text[at:], '=')
		if next < 0 {
			return
		}
		at += next
		name := looseName(text[:at])
		secret, ok := SecretName(name)
		if !ok {
			continue
		}
		if isParameter(strings.TrimSuffix(text[:at], name)) {
			if value := upTo(text[at+1:], `&#"'<>\`); len(value) >= minQuoted {
				m.learnEscaped(secret, value)
			}
		} else if value := upTo(strings.TrimLeft(text[at+1:], `\"'`), `&#"'<>\;,(){}[]`); secret != "code" && len(value) >= minQuoted && looksDrawn(value) {
			m.learnEscaped(secret, strings.TrimRight(value, "."))
		}
	}
}

// upTo is the text before the first blank or other sign that ends a value.
func upTo(s, signs string) string {
	if end := strings.IndexAny(s, signs+blank); end >= 0 {
		return s[:end]
	}
	return s
}

// isParameter tells that what stands before a name is a sign of a URL.
func isParameter(before string) bool {
	return before != "" && strings.ContainsRune("?&#;", rune(before[len(before)-1]))
}

// looksDrawn tells that a value is no word.
func looksDrawn(value string) bool {
	return strings.ContainsAny(value, "0123456789") || len(value) >= 24
}

// part finds the name and the value of a field in a form of parts (RFC 7578 section 4.2).
var part = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)content-disposition:[^\r\n]*[;\s]name="?([^"\r\n;]+)[^\r\n]*(?:\r?\n[^\r\n]+)*\r?\n\r?\n([^\r\n]+)`)
})

// learnParts learns from a form that is written in parts.
func (m *Masker) learnParts(text string) {
	if !strings.Contains(text, "form-data") {
		return
	}
	for _, found := range part().FindAllStringSubmatch(text, -1) {
		if secret, ok := SecretName(found[1]); ok {
			m.learn(secret, found[2])
		}
	}
}
