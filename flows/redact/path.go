package redact

import "strings"

// learnAddress learns from a URL that is asked or pointed at, its path included. The path of
// a redirect URI is no secret: it is what people compare.
func (m *Masker) learnAddress(raw string) {
	m.learnURL(raw)
	m.learnPaths(raw)
}

// minSegment is the shortest part of a path that is learned for where it stands.
const minSegment = 16

// learnPaths learns from the paths of the URLs in a text: what stands behind the name of a
// secret (/tokens/...), and behind a hook (/webhooks/..., hooks.slack.com/...), which whoever
// knows its address can call. A word or a short number there is no secret.
func (m *Masker) learnPaths(text string) {
	for {
		_, rest, ok := strings.Cut(text, "://")
		if !ok {
			return
		}
		text = rest
		hook := false
		before := ""
		for i, segment := range strings.Split(upTo(rest, `?#"'<>\()`), "/") {
			name, named := SecretName(strings.TrimSuffix(before, "s"))
			switch drawn := isDrawnSegment(segment); {
			case i == 0:
				hook = strings.HasPrefix(segment, "hooks.") || strings.Contains(segment, "webhook")
			case drawn && named && name != "code":
				m.learnEscaped(name, segment)
			case drawn && hook:
				m.learnEscaped("hook", segment)
			default:
				hook = hook || isHook(segment)
			}
			before = segment
		}
	}
}

// isHook tells the part of a path that says what follows: hooks, webhook, incoming-webhooks.
func isHook(segment string) bool {
	return len(segment) <= 24 && strings.Contains(strings.ToLower(segment), "hook")
}

// isDrawnSegment tells a part of a path that nobody made up: letters and digits in it.
func isDrawnSegment(s string) bool {
	return len(s) >= minSegment && strings.ContainsAny(s, "0123456789") && strings.ContainsAny(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz")
}
