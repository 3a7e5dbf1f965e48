package capture

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// commands splits a text into commands of words, as a POSIX shell does: quotes,
// $'...', escapes, continued lines, redirections, here-documents. Nothing is expanded:
// $NAME stays as written. A command ends at a line end, at ;, & and |, && and ||.
func commands(s string) []command {
	l := shellLexer{s: s}
	l.run()
	return l.commands
}

// command is one command of a text.
type command struct {
	words []string
	start int // byte offset in the text
	// unclosed: a quote was never closed.
	unclosed bool
	// stdin is a here-document or a here-string, if hasStdin.
	stdin    string
	hasStdin bool
}

type shellLexer struct {
	s        string
	i        int
	word     strings.Builder
	inWord   bool
	words    []string
	start    int
	started  bool
	commands []command
	unclosed bool

	redirect string // the redirection whose word comes next: ">", "<", "<<", "<<<"
	heredoc  string // the word that ends a here-document, which begins on the next line
	stdin    string
	hasStdin bool
}

const maxWords = 20_000

func (l *shellLexer) endWord() {
	switch {
	case !l.inWord:
	case l.redirect != "":
		switch l.redirect {
		case "<<":
			l.heredoc = l.word.String()
		case "<<<":
			l.stdin, l.hasStdin = l.word.String(), true
		}
		l.redirect = ""
	case len(l.words) < maxWords:
		l.words = append(l.words, l.word.String())
	}
	l.word.Reset()
	l.inWord = false
}

func (l *shellLexer) endCommand() {
	l.endWord()
	if len(l.words) > 0 && len(l.commands) < 1000 {
		l.commands = append(l.commands, command{words: l.words, start: l.start, unclosed: l.unclosed, stdin: l.stdin, hasStdin: l.hasStdin})
	}
	l.words, l.redirect, l.started = nil, "", false
	l.stdin, l.hasStdin = "", false
}

func (l *shellLexer) run() {
	for l.i < len(l.s) {
		c := l.s[l.i]
		if !l.started && strings.IndexByte(" \t\n", c) < 0 {
			l.start, l.started = l.i, true
		}
		switch {
		case c == '\\':
			l.escape()
		case c == '\'':
			l.single()
		case c == '"':
			l.double()
		case c == '$' && strings.HasPrefix(l.s[l.i:], "$'"):
			l.ansi()
		case c == ' ' || c == '\t':
			l.endWord()
			l.i++
		case c == '\n':
			l.lineEnd()
		case c == ';' || c == '|':
			l.endCommand()
			l.i++
		case c == '&' && l.background():
			l.endCommand()
			l.i += min(2, len(l.s)-l.i)
		case (c == '<' || c == '>') && l.redirection():
		case c == '#' && !l.inWord:
			for l.i < len(l.s) && l.s[l.i] != '\n' {
				l.i++
			}
		default:
			l.word.WriteByte(c)
			l.inWord = true
			l.i++
		}
	}
	l.endCommand()
}

// background tells an & that ends a command; one within a URL does not.
func (l *shellLexer) background() bool {
	rest := l.s[l.i:]
	return strings.HasPrefix(rest, "&&") || rest == "&" || rest[1] == '\n' || !l.inWord && (rest[1] == ' ' || rest[1] == '\t')
}

// redirection reads the sign of a redirection; the word behind it is no argument. What
// documentation writes in angle brackets, such as <client id>, is a word.
func (l *shellLexer) redirection() bool {
	rest := l.s[l.i:]
	if rest[0] == '<' {
		if n := placeholderEnd(rest); n > 0 {
			l.word.WriteString(rest[:n])
			l.inWord = true
			l.i += n
			return true
		}
	}
	if l.inWord && strings.Trim(l.word.String(), "0123456789&") != "" {
		return false // within a word, it is a sample's own
	}
	if l.word.Len() > 0 { // the number of a file: 2>
		l.word.Reset()
		l.inWord = false
	}
	l.endWord()
	sign := rest[:1]
	for _, s := range [...]string{"<<<", "<<", ">>"} {
		if strings.HasPrefix(rest, s) {
			sign = s
			break
		}
	}
	l.redirect = sign
	if l.i += len(sign); l.i < len(l.s) && strings.IndexByte("&|-", l.s[l.i]) >= 0 {
		l.i++ // >&, >|, <<-
	}
	return true
}

// placeholderEnd is where a placeholder in angle brackets ends; 0 if it is none.
func placeholderEnd(s string) int {
	end := strings.IndexByte(s[:min(len(s), 60)], '>')
	if end < 2 || !(s[1] >= 'a' && s[1] <= 'z' || s[1] >= 'A' && s[1] <= 'Z') || strings.ContainsAny(s[1:end], "\n<'\"|/") {
		return 0
	}
	return end + 1
}

// hereDocument reads the lines up to the one that is the ending word.
func (l *shellLexer) hereDocument() {
	var b strings.Builder
	for l.i < len(l.s) {
		line, _, _ := strings.Cut(l.s[l.i:], "\n")
		l.i = min(len(l.s), l.i+len(line)+1)
		if strings.TrimLeft(line, "\t ") == l.heredoc {
			break
		}
		b.WriteString(line + "\n")
	}
	l.stdin, l.hasStdin, l.heredoc = b.String(), true, ""
	l.endCommand()
}

// lineEnd ends the command, unless the next line goes on with an option or a quoted
// word: samples on web pages lose their backslashes.
func (l *shellLexer) lineEnd() {
	if l.endWord(); l.heredoc != "" {
		l.i++
		l.hereDocument()
		return
	}
	if len(l.words) == 0 {
		l.i++
		return
	}
	rest := strings.TrimLeft(l.s[l.i:], " \t\n")
	if strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "'") || strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "http") {
		l.i = len(l.s) - len(rest)
		return
	}
	l.endCommand()
	l.i++
}

func (l *shellLexer) escape() {
	l.i++
	if l.i >= len(l.s) {
		return
	}
	if c := l.s[l.i]; c == '\n' {
		l.i++
		return
	}
	if c := l.s[l.i]; c == ' ' || c == '\t' { // "\ " before a line end: a continuation with a blank too many
		if rest := strings.TrimLeft(l.s[l.i:], " \t"); strings.HasPrefix(rest, "\n") {
			l.i = len(l.s) - len(rest) + 1
			return
		}
	}
	l.word.WriteByte(l.s[l.i])
	l.inWord = true
	l.i++
}

func (l *shellLexer) single() {
	l.inWord = true
	end := strings.IndexByte(l.s[l.i+1:], '\'')
	if end < 0 {
		l.word.WriteString(l.s[l.i+1:])
		l.i, l.unclosed = len(l.s), true
		return
	}
	l.word.WriteString(l.s[l.i+1 : l.i+1+end])
	l.i += end + 2
}

func (l *shellLexer) double() {
	l.inWord = true
	for l.i++; l.i < len(l.s); l.i++ {
		switch c := l.s[l.i]; c {
		case '"':
			l.i++
			return
		case '\\':
			if l.i+1 < len(l.s) {
				switch n := l.s[l.i+1]; n {
				case '"', '\\', '$', '`':
					l.word.WriteByte(n)
					l.i++
					continue
				case '\n':
					l.i++
					continue
				}
			}
			l.word.WriteByte(c)
		default:
			l.word.WriteByte(c)
		}
	}
	l.unclosed = true
}

// ansi reads $'...' as bash writes it and Chrome's "copy as cURL" uses it.
func (l *shellLexer) ansi() {
	l.inWord = true
	for l.i += 2; l.i < len(l.s); {
		c := l.s[l.i]
		if c == '\'' {
			l.i++
			return
		}
		if c != '\\' || l.i+1 >= len(l.s) {
			l.word.WriteByte(c)
			l.i++
			continue
		}
		l.i++
		l.ansiEscape()
	}
	l.unclosed = true
}

func (l *shellLexer) ansiEscape() {
	c := l.s[l.i]
	l.i++
	simple := map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'a': 7, 'b': 8, 'e': 27, 'E': 27, 'f': 12, 'v': 11, '\\': '\\', '\'': '\'', '"': '"', '?': '?'}
	if b, ok := simple[c]; ok {
		l.word.WriteByte(b)
		return
	}
	digits := map[byte]int{'u': 4, 'U': 8, 'x': 2}[c]
	if digits == 0 && c >= '0' && c <= '7' {
		n := l.digits(3, 8, int(c-'0'), 1)
		l.word.WriteByte(byte(n))
		return
	}
	if digits == 0 {
		l.word.WriteByte('\\')
		l.word.WriteByte(c)
		return
	}
	n := l.digits(digits, 16, 0, 0)
	if c == 'x' {
		l.word.WriteByte(byte(n))
		return
	}
	if !utf8.ValidRune(rune(n)) {
		n = int(utf8.RuneError)
	}
	l.word.WriteRune(rune(n))
}

// digits reads up to limit digits, of which have were read.
func (l *shellLexer) digits(limit, base, n, have int) int {
	for ; have < limit && l.i < len(l.s); have++ {
		d, err := strconv.ParseUint(l.s[l.i:l.i+1], base, 8)
		if err != nil {
			break
		}
		n = n*base + int(d)
		l.i++
	}
	return n
}

// uncaret undoes the carets of cmd.exe: they escape a character and continue a line.
func uncaret(s string) string {
	var flat strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '^' {
			flat.WriteByte(s[i])
			continue
		}
		i++
		if i >= len(s) {
			break
		}
		if s[i] == '\n' {
			if i+1 < len(s) && s[i+1] == '\n' { // a caret and an empty line: a line feed
				flat.WriteByte('\n')
				i++
			} else {
				flat.WriteByte(' ')
			}
			continue
		}
		flat.WriteByte(s[i])
	}
	return flat.String()
}

// cmdWords reads a command as cmd.exe does: carets escape and continue lines, then
// words are split at blanks outside of double quotes.
func cmdWords(s string) []string {
	s = uncaret(s)
	var words []string
	var w strings.Builder
	quoted, in := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && s[i+1] == '"':
			w.WriteByte('"')
			in = true
			i++
		case c == '\\' && i+1 < len(s) && s[i+1] == '\\' && i+2 < len(s) && s[i+2] == '"':
			w.WriteByte('\\')
			in = true
			i++
		case c == '"' && quoted && i+1 < len(s) && s[i+1] == '"':
			w.WriteByte('"')
			i++
		case c == '"':
			quoted, in = !quoted, true
		case (c == ' ' || c == '\t' || c == '\n') && !quoted:
			if in && len(words) < maxWords {
				words = append(words, w.String())
			}
			w.Reset()
			in = false
		default:
			w.WriteByte(c)
			in = true
		}
	}
	if in && len(words) < maxWords {
		words = append(words, w.String())
	}
	return words
}
