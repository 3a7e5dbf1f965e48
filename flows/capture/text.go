package capture

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeText turns the bytes of a paste or a small file into text: byte-order marks and
// UTF-16 are undone, line ends become line feeds. What was mended is said.
func decodeText(data []byte) (text string, mended []string) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		data = data[3:]
		mended = append(mended, "a byte-order mark in front was taken off")
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		data = fromUTF16(data[2:], false)
		mended = append(mended, "the text was UTF-16")
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		data = fromUTF16(data[2:], true)
		mended = append(mended, "the text was UTF-16")
	case len(data) >= 4 && len(data)%2 == 0 && data[1] == 0 && data[3] == 0 && data[0] != 0:
		data = fromUTF16(data, false)
		mended = append(mended, "the text was UTF-16")
	case len(data) >= 4 && len(data)%2 == 0 && data[0] == 0 && data[2] == 0 && data[1] != 0:
		data = fromUTF16(data, true)
		mended = append(mended, "the text was UTF-16")
	}
	text = string(data)
	if strings.Contains(text, "\r") {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	}
	return text, mended
}

func fromUTF16(b []byte, bigEndian bool) []byte {
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		if bigEndian {
			units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
		} else {
			units = append(units, uint16(b[i+1])<<8|uint16(b[i]))
		}
	}
	out := make([]byte, 0, len(b))
	for _, r := range utf16.Decode(units) {
		out = utf8.AppendRune(out, r)
	}
	return out
}

// magic names files that people feed by mistake.
var magic = [...]struct{ prefix, what string }{
	{"\x1f\x8b", "a gzip file; unpack it first"}, {"PK\x03\x04", "a zip file; unpack it first"}, {"\x89PNG", "a PNG picture"},
	{"\xff\xd8\xff", "a JPEG picture"}, {"%PDF", "a PDF document"}, {"SQLite format 3", "an SQLite database"}, {"\x7fELF", "a program"},
	{"MZ\x90", "a program"}, {"\xd4\xc3\xb2\xa1", "a packet capture; record a HAR instead"}, {"\x0a\x0d\x0d\x0a", "a packet capture; record a HAR instead"},
	{"\x30\x82", "a certificate or key in DER"}, {"-----BEGIN", "a certificate or key in PEM"}, {"\x28\xb5\x2f\xfd", "a zstd file; unpack it first"},
	{"BZh", "a bzip2 file; unpack it first"},
}

// binaryKind tells what an input that is no text looks like; "" for text.
func binaryKind(data []byte) string {
	for _, m := range magic {
		if bytes.HasPrefix(data, []byte(m.prefix)) {
			return m.what
		}
	}
	if len(data) > 2 && (data[0] == 0xff && data[1] == 0xfe || data[0] == 0xfe && data[1] == 0xff) {
		return ""
	}
	head := data[:min(len(data), 4096)]
	controls, zeros := 0, 0
	for i, c := range head {
		switch {
		case c == 0:
			zeros++
			if i > 0 && head[i-1] == 0 {
				return "binary data"
			}
		case c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != 0x1b && c != '\f':
			controls++
		}
	}
	if controls*10 > len(head) || zeros > 0 && zeros*3 < len(head) {
		return "binary data"
	}
	return ""
}

// straighten makes straight quotes and plain dashes and blanks of what documentation
// pages and chat programs turn them into.
func straighten(s string) (string, []string) {
	var mended []string
	if strings.ContainsAny(s, "“”„‟«»‘’‚‛″′") {
		s = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‟", `"`, "«", `"`, "»", `"`, "″", `"`,
			"‘", "'", "’", "'", "‚", "'", "‛", "'", "′", "'").Replace(s)
		mended = append(mended, "curly quotes were made straight")
	}
	if strings.ContainsAny(s, "\u00a0\u2007\u202f\u2009\u3000") {
		s = strings.NewReplacer("\u00a0", " ", "\u2007", " ", "\u202f", " ", "\u2009", " ", "\u3000", " ").Replace(s)
		mended = append(mended, "no-break spaces were made plain")
	}
	if strings.ContainsAny(s, "\u200b\u200c\u200d\ufeff\u2060\u00ad") {
		s = strings.NewReplacer("\u200b", "", "\u200c", "", "\u200d", "", "\ufeff", "", "\u2060", "", "\u00ad", "").Replace(s)
		mended = append(mended, "invisible characters were taken out")
	}
	return s, mended
}

// unfence takes a Markdown code fence, a shell prompt and a pair of quotes off.
func unfence(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "```") || strings.HasPrefix(s, "~~~") {
		fence := s[:3]
		if _, rest, ok := strings.Cut(s, "\n"); ok {
			if i := strings.LastIndex(rest, fence); i >= 0 {
				rest = rest[:i]
			}
			s = strings.TrimSpace(rest)
		}
	}
	if len(s) > 2 && s[0] == '`' && s[len(s)-1] == '`' && strings.Count(s, "`") == 2 {
		s = s[1 : len(s)-1]
	}
	for _, prompt := range [...]string{"$ ", "% ", "# ", "> curl"} {
		if rest, ok := strings.CutPrefix(s, prompt); ok && (strings.HasPrefix(rest, "curl") || prompt == "> curl") {
			if prompt == "> curl" {
				return strings.TrimPrefix(s, "> ")
			}
			return rest
		}
	}
	return s
}

// unquote takes one pair of surrounding quotes and angle brackets off.
func unquote(s string) string {
	for len(s) >= 2 {
		a, b := s[0], s[len(s)-1]
		if a == b && (a == '"' || a == '\'' || a == '`') || a == '<' && b == '>' || a == '(' && b == ')' {
			s = strings.TrimSpace(s[1 : len(s)-1])
			continue
		}
		return s
	}
	return s
}

// oneWord removes all white space: a value that was broken over lines.
func oneWord(s string) string { return strings.Join(strings.Fields(s), "") }
