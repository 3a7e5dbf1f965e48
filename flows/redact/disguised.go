package redact

import (
	"bytes"
	"encoding/base64"
	"html"
	"iter"
	"regexp"
	"strings"
	"sync"
)

// learnDisguised learns from text that is no JSON as a whole: JSON with something around
// it, in single quotes, or escaped within a page; a page with hidden fields or links; XML;
// all of it in base64. Only what stands beside the name of a secret, and in quotes or
// between tags, is learned: prose about a token or a password stays readable.
func (m *Masker) learnDisguised(text string, request bool, depth int) {
	if m.learnBase64(text, request, depth) {
		return
	}
	text = withoutStored(text)
	m.learnBroken(text, request)
	m.learnAssigned(text)
	if strings.Contains(text, "&quot;") || strings.Contains(text, "&#34;") {
		m.learnBroken(html.UnescapeString(text), request)
	}
	for name, value := range loose(text) {
		if name, ok := SecretName(name); ok && (request || name != "code") {
			m.learnSpelled(name, strings.ReplaceAll(value, `\/`, "/"), value)
		}
	}
	if request && strings.HasPrefix(strings.TrimLeft(text, `'"`), "{") {
		m.learnUnquoted(text)
	}
	if strings.Contains(text, "<") {
		m.learnPage(text)
	}
}

// learnUnquoted learns from JSON whose quotes a shell took away before it was sent:
// {grant_type:client_credentials,client_secret:...}.
func (m *Masker) learnUnquoted(text string) {
	for at := 0; ; at++ {
		next := strings.IndexByte(text[at:], ':')
		if next < 0 {
			return
		}
		at += next
		if secret, ok := SecretName(looseName(text[:at])); ok {
			if value := upTo(strings.TrimLeft(text[at+1:], blank), `,{}[]'"\`); len(value) >= minQuoted {
				m.learnSpelled(secret, value, value)
			}
		}
	}
}

// storedMask is a mask in a run that was stored without its secrets.
var storedMask = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[A-Za-z][\w.-]{0,40} \([0-9]{1,10} chars, (?:#|%23)[0-9a-f]{8}\)`)
})

// withoutStored takes the masks out of a text: their names would be taken for values.
func withoutStored(text string) string {
	if !strings.Contains(text, " chars, ") {
		return text
	}
	return storedMask().ReplaceAllString(text, "")
}

// loose yields the members whose name or value stands in other quotes than JSON's, or in
// escaped ones, wherever they are in a text. It looks around each colon, since a search for
// names would look at every letter of a megabyte.
func loose(text string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for at := 0; ; at++ {
			next := strings.IndexByte(text[at:], ':')
			if next < 0 {
				return
			}
			at += next
			value := looseValue(text[at+1:])
			if value == "" {
				continue
			}
			if name := looseName(text[:at]); name != "" && !yield(name, value) {
				return
			}
		}
	}
}

const blank = " \t\n\f\r"

// minQuoted is the shortest value of a loose member that is learned.
const minQuoted = 6

// looseValue is the text in quotes that s begins with; empty if there is none.
func looseValue(s string) string {
	s = strings.TrimLeft(strings.TrimLeft(s, blank), `\`)
	if s == "" || s[0] != '\'' && s[0] != '"' {
		return ""
	}
	s = s[1:]
	end, n := 0, 0
	for ; end < len(s) && !strings.ContainsRune("'\""+blank, rune(s[end])); n++ {
		if s[end] == '\\' {
			if end+1 == len(s) || s[end+1] != '/' {
				break
			}
			end++
		}
		end++
	}
	if n < minQuoted {
		return ""
	}
	return s[:end]
}

// looseName is the word of 3 to 41 characters that s ends with, in quotes or not.
func looseName(s string) string {
	s = strings.TrimRight(s, blank)
	if s != "" && (s[len(s)-1] == '\'' || s[len(s)-1] == '"') {
		s = s[:len(s)-1]
	}
	s = strings.TrimRight(s, `\`)
	from := len(s)
	for i := len(s) - 1; i >= 0 && len(s)-i <= 41; i-- {
		if letter := 'a' <= s[i]|0x20 && s[i]|0x20 <= 'z'; letter && (i == 0 || !inWord(s[i-1])) {
			from = i
		} else if !inWord(s[i]) && s[i] != '.' && s[i] != '-' {
			break
		}
	}
	if len(s)-from < 3 {
		return ""
	}
	return s[from:]
}

func inWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// markup finds elements with their text, and tags with attributes.
var markup = sync.OnceValue(func() (m struct{ element, tag, name, value *regexp.Regexp }) {
	m.element = regexp.MustCompile(`<([\w:.-]{3,60})(?:\s[^<>]*)?>\s*([^<>\s]{6,})\s*</`)
	m.tag = regexp.MustCompile(`(?i)<(?:input|meta)\s[^<>]*>`)
	m.name = regexp.MustCompile(`(?i)\bname\s*=\s*["']?([\w.-]+)`)
	m.value = regexp.MustCompile(`(?i)\b(?:value|content)\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	return m
})

// learnPage learns from the elements and fields of a page. A page that posts a
// callback (form_post) carries the code in a hidden field.
func (m *Masker) learnPage(text string) {
	page := markup()
	for _, found := range page.element.FindAllStringSubmatch(text, -1) {
		_, local, prefixed := strings.Cut(found[1], ":")
		if !prefixed {
			local = found[1]
		}
		if name, ok := SecretName(local); ok && name != "code" {
			m.learn(name, html.UnescapeString(found[2]))
		}
	}
	for _, tag := range page.tag.FindAllString(text, -1) {
		name, value := page.name.FindStringSubmatch(tag), page.value.FindStringSubmatch(tag)
		if name == nil || value == nil {
			continue
		}
		if secret, ok := SecretName(name[1]); ok {
			m.learn(secret, html.UnescapeString(value[1]+value[2]))
		}
	}
}

// plainBase64 takes a text in any alphabet of base64 to the first one, without padding.
var plainBase64 = strings.NewReplacer("\r", "", "\n", "", "-", "+", "_", "/", "=", "")

// isForm tells a form: a name, and the sign behind it.
func isForm(plain []byte) bool {
	name, _, ok := bytes.Cut(plain, []byte("="))
	return ok && len(name) > 1 && len(bytes.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")) == 0
}

// learnBase64 tells whether a text is JSON or a form in base64. If that holds a secret, all of the
// text is one: a part of it would not look like the part that it encodes.
func (m *Masker) learnBase64(text string, request bool, depth int) bool {
	if len(text) < 24 || strings.ContainsAny(text, `{}"<>&: `) {
		return false
	}
	bare := plainBase64.Replace(text)
	plain, err := base64.RawStdEncoding.DecodeString(bare)
	if err != nil || len(plain) == 0 || plain[0] != '{' && plain[0] != '[' && plain[0] != '"' && !isForm(plain) {
		return false
	}
	inner := Masker{known: map[string]*value{}, spelled: map[string]string{}}
	inner.learnText(string(plain), request, depth+1)
	for raw, v := range inner.known {
		m.learn(v.name, raw)
	}
	if len(inner.known) > 0 {
		m.learn("token", text)
	}
	return true
}
