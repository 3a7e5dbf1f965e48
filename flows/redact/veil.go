package redact

import (
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"oauthlens/flows"
)

// mostVeiled bounds the texts that are looked through at each key; of a longer one nothing
// is shown.
const mostVeiled = 64 << 10

// bearing finds the credentials of an Authorization header and of curl's -u, which have no
// name beside them.
var bearing = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(?:bearer|basic|dpop|token)\s+([^\s'"]+)|(?:^|\s)(?:-u|--user)[\s=]*['"]?[^\s:'"]*:([^\s'"]+)`)
})

// Veil puts a dot in place of each character of a secret in a text that is being typed or
// pasted, a URL, an answer, a command; everything else stays where it is. One long word
// alone is taken for a secret: it may be a code or a token.
func Veil(text string) string {
	if len(text) > mostVeiled {
		return dots(text)
	}
	m := New(flows.FingerprintKey{}, nil)
	m.learnText(text, true, 0)
	m.learnPairs(text)
	for _, found := range bearing().FindAllStringSubmatch(text, -1) {
		m.learn("credentials", found[1]+found[2])
	}
	if word := strings.TrimSpace(text); len(word) >= minInherited && !strings.ContainsAny(word, " \t\n={[<") && !strings.Contains(word, "://") {
		m.learn("value", word)
	}
	m.compile()
	var b strings.Builder
	for _, p := range m.Split(text) {
		if p.Secret.IsZero() {
			b.WriteString(p.Text)
			continue
		}
		b.WriteString(dots(p.Raw.RevealSecret()))
	}
	return b.String()
}

// dots has as many characters as the text, and its line breaks.
func dots(text string) string {
	var b strings.Builder
	for _, line := range strings.SplitAfter(text, "\n") {
		bare := strings.TrimSuffix(line, "\n")
		b.WriteString(strings.Repeat("•", utf8.RuneCountInString(bare)) + line[len(bare):])
	}
	return b.String()
}
