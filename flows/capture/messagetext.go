package capture

import "strings"

// messageWithin finds where a message begins within a page of documentation: at a
// request line with its version, or with a header field on the next line.
func messageWithin(text string) int {
	at, candidate := 0, -1
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if candidate >= 0 {
			if _, _, ok := headerLine(trimmed, true); ok {
				return candidate
			}
			candidate = -1
		}
		if requestLine(trimmed) {
			if candidate = at; strings.Contains(trimmed, " HTTP/") {
				return at
			}
		}
		at += len(line)
	}
	return -1
}

// fromPseudo writes a request line for headers as a browser shows those of HTTP/2
// (":method: POST" and so on); other texts stay as they are.
func fromPseudo(s string) string {
	if !strings.HasPrefix(s, ":") {
		return s
	}
	pseudo := map[string]string{}
	var rest []string
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\n")
		if name, value, ok := strings.Cut(strings.TrimPrefix(line, ":"), ":"); ok && strings.HasPrefix(line, ":") {
			pseudo[name] = strings.TrimSpace(value)
			continue
		}
		rest = append(rest, line)
	}
	if pseudo["method"] == "" || pseudo["path"] == "" || pseudo["authority"] == "" {
		return s
	}
	target := firstOf(pseudo["scheme"], "https") + "://" + pseudo["authority"] + pseudo["path"]
	return pseudo["method"] + " " + target + " HTTP/2\n" + strings.Join(rest, "\n")
}

// fromVerbose takes the marks of curl -v off: lines with "> " are sent, with "< "
// received, with "* " remarks, with "{ " and "} " counts.
func fromVerbose(s string) (string, bool) {
	var b strings.Builder
	marks, body := 0, false
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "> ") || line == ">" || strings.HasPrefix(line, "< ") || line == "<":
			if body && strings.HasPrefix(line, "> ") {
				b.WriteByte('\n')
			}
			b.WriteString(strings.TrimPrefix(line[1:], " ") + "\n")
			marks++
			body = false
		case strings.HasPrefix(line, "* ") || strings.HasPrefix(line, "{ [") || strings.HasPrefix(line, "} ["), strings.HasPrefix(line, "  % Total"):
		case marks > 0:
			b.WriteString(line + "\n")
			body = true
		}
	}
	return b.String(), marks > 1
}
