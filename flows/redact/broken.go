package redact

import (
	"encoding/json"
	"strings"
)

// learnBroken learns from JSON that breaks off or is damaged: what the parser could not
// read may hold the first half of a token.
func (m *Masker) learnBroken(text string, request bool) {
	for {
		open := strings.IndexByte(text, '"')
		if open < 0 {
			return
		}
		name, rest, closed := quotedText(text[open+1:])
		text = rest
		after, isMember := strings.CutPrefix(strings.TrimLeft(rest, " \t\r\n"), ":")
		after = strings.TrimLeft(after, " \t\r\n")
		if !closed || !isMember || !strings.HasPrefix(after, `"`) {
			continue
		}
		value, rest, closed := quotedText(after[1:])
		text = rest
		spelled := strings.TrimSuffix(after[1:len(after)-len(rest)], `"`)
		if !closed {
			spelled = after[1:]
		}
		if secret, ok := SecretName(name); ok && (request || secret != "code") {
			m.learnSpelled(secret, value, spelled)
		}
	}
}

// quotedText reads a JSON string after its opening quote, up to the closing one or the
// end of the text.
func quotedText(s string) (value, rest string, closed bool) {
	end := 0
	for end < len(s) && s[end] != '"' {
		if s[end] == '\\' {
			end++
		}
		end++
	}
	closed = end < len(s)
	end = min(end, len(s))
	value = s[:end]
	if strings.IndexByte(value, '\\') >= 0 && json.Unmarshal([]byte(`"`+value+`"`), &value) != nil {
		value = s[:end]
	}
	return value, strings.TrimPrefix(s[end:], `"`), closed
}
