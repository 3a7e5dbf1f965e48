package capture

import "strings"

// fromLog takes what a log puts around the lines of a message off them: times, levels and
// names in front, the arrows of OkHttp, the words of Python's http.client. A text without
// a message in it stays as it is.
func fromLog(s string) string {
	if plain, ok := fromPython(s); ok {
		return plain
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines[:min(len(lines), 200)] {
		at := messageStart(line)
		if at < 0 {
			continue
		}
		prefix := line[:at]
		if at > 0 {
			if outline(prefix) == "" || len(lines) == 1 { // an indented sample, or words about a message
				return s
			}
			lines = unprefixed(lines[i:], prefix)
		}
		return fromArrows(strings.Join(lines, "\n"))
	}
	return s
}

// messageStart is where the start of a message stands in a line of a log: behind a blank,
// a bracket or the like, and up to the end of the line.
func messageStart(line string) int {
	switch {
	case strings.HasPrefix(line, "--> "):
		return 0
	case len(line) > 64<<10 || !strings.Contains(line, "HTTP/") && !strings.Contains(line, "--> "):
		return -1
	}
	for i := 0; i < len(line) && i < 200; i++ {
		if i > 0 && strings.IndexByte(" \t]|:>", line[i-1]) < 0 {
			continue
		}
		rest := line[i:]
		if strings.HasPrefix(rest, "--> ") && arrow(rest) != "" || strings.HasPrefix(rest, "HTTP/") && statusLine(rest) || strings.Contains(rest, " HTTP/") && requestLine(rest) {
			return i
		}
	}
	return -1
}

// outline is a prefix without its digits and blanks, which change from line to line.
func outline(prefix string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == ' ' || r == '\t' {
			return -1
		}
		return r
	}, prefix)
}

// unprefixed takes the prefix, with whatever digits, off the lines that have it; others
// belong to another log, or go on with the line above.
func unprefixed(lines []string, prefix string) []string {
	var out []string
	for _, line := range lines {
		switch n := min(len(line), len(prefix)); {
		case len(line) >= len(prefix) && outline(line[:len(prefix)]) == outline(prefix):
			out = append(out, line[len(prefix):])
		case outline(line[:n]) == outline(prefix): // an empty line, its end trimmed
			out = append(out, "")
		}
	}
	return out
}

// arrow writes the line with which OkHttp begins a request or an answer as HTTP does: "-->
// POST https://host/path h2", "<-- 400 Bad Request https://host/path (120ms)".
func arrow(line string) string {
	if rest, ok := strings.CutPrefix(line, "--> "); ok {
		fields := strings.Fields(rest)
		if len(fields) >= 2 && requestLine(fields[0]+" "+fields[1]) {
			return fields[0] + " " + fields[1] + " HTTP/1.1"
		}
	}
	if rest, ok := strings.CutPrefix(line, "<-- "); ok {
		status, _, _ := strings.Cut(rest, " ")
		if statusLine("HTTP/1.1 " + status) {
			words, _, _ := strings.Cut(rest, " http")
			return "HTTP/1.1 " + words
		}
	}
	return ""
}

// fromArrows rewrites the lines of OkHttp, of which the last ones of a message are counts.
func fromArrows(s string) string {
	if !strings.Contains(s, "--> ") && !strings.Contains(s, "<-- ") {
		return s
	}
	var b strings.Builder
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\n")
		plain := arrow(line)
		switch {
		case plain != "":
			line = plain
		case strings.HasPrefix(line, "--> END"), strings.HasPrefix(line, "<-- END"):
			continue
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// fromPython reads what Python's http.client prints of its messages with a debug level:
// send: b'...', reply: '...', header: name: value. It does not print the answer's body.
func fromPython(s string) (string, bool) {
	var b strings.Builder
	answer := false
	for line := range strings.Lines(s) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch word {
		case "send", "reply":
			quoted := strings.TrimPrefix(rest, "b")
			if quoted == "" || quoted[0] != '\'' && quoted[0] != '"' {
				continue
			}
			r := literalReader{s: quoted}
			text := strings.ReplaceAll(r.quoted(quoted[0]).text, "\r\n", "\n")
			if word == "reply" {
				text = "\n" + text
				answer = true
			}
			b.WriteString(text)
		case "header":
			b.WriteString(rest + "\n")
		}
	}
	return b.String(), answer && b.Len() > 0
}
