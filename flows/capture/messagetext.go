package capture

import (
	"net/url"
	"strconv"
	"strings"
)

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
	s = oneLineEach(s)
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

// oneLineEach joins names and values that a browser copied to lines of their own.
func oneLineEach(s string) string {
	lines := strings.Split(s, "\n")
	if first := strings.TrimSpace(strings.Trim(lines[0], ":")); first == "" || strings.Contains(first, ":") || len(lines) < 2 {
		return s
	}
	var b strings.Builder
	for i := 0; i+1 < len(lines); i += 2 {
		name := strings.TrimSuffix(strings.TrimSpace(lines[i]), ":")
		if !headerName(strings.TrimPrefix(name, ":")) {
			return s
		}
		b.WriteString(name + ": " + strings.TrimSpace(lines[i+1]) + "\n")
	}
	return b.String()
}

// hostname is a host without its port and its brackets.
func hostname(host string) string {
	u, err := url.Parse("//" + host)
	if err != nil {
		return host
	}
	return u.Hostname()
}

// dechunk undoes a chunked coding that was copied along (RFC 9112 section 7.1).
func dechunk(body string) string {
	var b strings.Builder
	for rest := body; rest != ""; {
		line, after, ok := strings.Cut(rest, "\n")
		size, isSize := chunkSize(line)
		if !isSize || !ok {
			if b.Len() == 0 {
				return body
			}
			break
		}
		n := chunkEnd(after, size)
		if n == 0 {
			break
		}
		b.WriteString(after[:n])
		rest = strings.TrimLeft(after[n:], "\n")
	}
	return b.String()
}

// chunkEnd is where a chunk of that size ends: in front of a line end, with the next size
// behind it. The size may count line ends of two characters, of which one is left in a text.
func chunkEnd(s string, size int) int {
	if size <= len(s) && sizeFollows(s[size:]) {
		return size
	}
	left, n := size, 0
	for ; n < len(s) && left > 0; n++ {
		if left--; s[n] == '\n' {
			left--
		}
	}
	if left == 0 && sizeFollows(s[n:]) {
		return n
	}
	return min(size, len(s))
}

func sizeFollows(s string) bool {
	if s == "" {
		return true
	}
	line, _, _ := strings.Cut(strings.TrimLeft(s, "\n"), "\n")
	_, ok := chunkSize(line)
	return s[0] == '\n' && (line == "" || ok)
}

// chunkSize reads the line in front of a chunk, with its extensions.
func chunkSize(line string) (int, bool) {
	line, _, _ = strings.Cut(line, ";")
	size, err := strconv.ParseUint(strings.TrimSpace(line), 16, 31)
	return int(size), err == nil
}
