package capture

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// literal is a value written in the source of a program: a string, an object, a list, a
// number or word, or something that the program would have to compute.
type literal struct {
	kind     literalKind
	text     string // of a string, number or word
	members  []literalMember
	computed bool // an expression: what it gives is not known
	partial  bool // of a string that was made here: something computed was left out
}

type literalKind byte

const (
	literalWord literalKind = iota // number, true, null, or an expression
	literalString
	literalObject
	literalList
)

type literalMember struct {
	name  string // empty in a list
	value literal
}

func (l literal) member(name string) (literal, bool) {
	for _, m := range l.members {
		if strings.EqualFold(m.name, name) {
			return m.value, true
		}
	}
	return literal{}, false
}

// literalReader reads the literals of JavaScript and Python, which are near enough to each
// other: quotes of three kinds, names with and without quotes, a comma too many, and calls
// of which only JSON.stringify and URLSearchParams are understood.
type literalReader struct {
	s     string
	i     int
	depth int
	bad   bool
}

const maxLiteralDepth = 32

func (r *literalReader) blanks() {
	for r.i < len(r.s) {
		switch rest := r.s[r.i:]; {
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n':
			r.i++
		case strings.HasPrefix(rest, "//"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			r.i += n
		default:
			return
		}
	}
}

// take moves over a character if it comes next.
func (r *literalReader) take(c byte) bool {
	r.blanks()
	if r.i < len(r.s) && r.s[r.i] == c {
		r.i++
		return true
	}
	return false
}

func (r *literalReader) value() literal {
	r.blanks()
	if r.depth++; r.depth > maxLiteralDepth || r.i >= len(r.s) {
		r.bad = true
		return literal{}
	}
	defer func() { r.depth-- }()
	var l literal
	switch c := r.s[r.i]; c {
	case '"', '\'', '`':
		l = r.quoted(c)
	case '{':
		l = r.object()
	case '[':
		l = r.list()
	default:
		l = r.word()
	}
	if r.take('+') || strings.HasPrefix(r.s[r.i:], ".") { // the rest of an expression
		r.word()
		l.computed = true
	}
	return l
}

func (r *literalReader) quoted(quote byte) literal {
	var b strings.Builder
	l := literal{kind: literalString}
	for r.i++; r.i < len(r.s); {
		c := r.s[r.i]
		switch {
		case c == quote:
			r.i++
			l.text = b.String()
			return l
		case c == '\\' && r.i+1 < len(r.s):
			r.i++
			x := shellLexer{s: r.s, i: r.i}
			if r.s[r.i] == '/' || r.s[r.i] == '`' || r.s[r.i] == '$' {
				b.WriteByte(r.s[r.i])
				r.i++
				continue
			}
			x.ansiEscape()
			b.WriteString(x.word.String())
			r.i = x.i
			continue
		case c == '$' && quote == '`' && strings.HasPrefix(r.s[r.i:], "${"):
			l.computed = true
		}
		b.WriteByte(c)
		r.i++
	}
	r.bad = true
	l.text = b.String()
	return l
}

func (r *literalReader) object() literal {
	l := literal{kind: literalObject}
	for r.i++; !r.bad && !r.take('}'); {
		var m literalMember
		if r.blanks(); r.i < len(r.s) && strings.IndexByte("\"'`", r.s[r.i]) >= 0 {
			m.name = r.quoted(r.s[r.i]).text
		} else {
			m.name = r.name()
		}
		switch {
		case m.name == "" || len(l.members) >= 1000:
			r.bad = true
			return l
		case r.take(':'):
			m.value = r.value()
		default: // {name} stands for {name: name}
			m.value = literal{computed: true}
		}
		l.members = append(l.members, m)
		if !r.take(',') && !r.bad {
			r.bad = !r.take('}')
			return l
		}
	}
	return l
}

func (r *literalReader) list() literal {
	l := literal{kind: literalList}
	for r.i++; !r.bad && !r.take(']'); {
		l.members = append(l.members, literalMember{value: r.value()})
		if len(l.members) >= 1000 || !r.take(',') && !r.bad {
			r.bad = r.bad || !r.take(']')
			return l
		}
	}
	return l
}

func (r *literalReader) name() string {
	start := r.i
	for r.i < len(r.s) && (isNameByte(r.s[r.i]) || r.s[r.i] == '-') {
		r.i++
	}
	return r.s[start:r.i]
}

func isNameByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

// word reads a number, a word, or an expression up to the next comma or bracket.
func (r *literalReader) word() literal {
	for _, call := range [...]string{"JSON.stringify(", "new URLSearchParams(", "URLSearchParams("} {
		if !strings.HasPrefix(r.s[r.i:], call) {
			continue
		}
		r.i += len(call)
		l := r.value()
		for r.i < len(r.s) && r.s[r.i] != ')' { // further arguments
			r.i++
		}
		r.take(')')
		if strings.HasPrefix(r.s[r.i:], ".toString()") {
			r.i += len(".toString()")
		}
		if l.kind == literalString || l.computed {
			return l
		}
		if call == "JSON.stringify(" {
			return literal{kind: literalString, text: l.json(), partial: l.unknowns()}
		}
		return literal{kind: literalString, text: l.form(), partial: l.unknowns()}
	}
	start, open := r.i, 0
	for ; r.i < len(r.s); r.i++ {
		switch c := r.s[r.i]; {
		case c == '(' || c == '[' || c == '{':
			open++
			continue
		case open > 0 && (c == ')' || c == ']' || c == '}'):
			open--
			continue
		case open == 0 && strings.IndexByte(",})];\n", c) >= 0:
		default:
			continue
		}
		break
	}
	text := strings.TrimSpace(r.s[start:r.i])
	l := literal{kind: literalWord, text: text}
	switch text {
	case "true", "false", "null":
	case "True", "False":
		l.text = strings.ToLower(text)
	case "None", "undefined":
		l.text = "null"
	case "":
		r.bad = true
	default:
		l.computed = strings.Trim(text, "0123456789.-+eE") != ""
	}
	return l
}

// jsonQuote writes a string as JSON, without escapes that HTML would want.
func jsonQuote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always has a form
	return strings.TrimSuffix(b.String(), "\n")
}

// json writes the literal as JSON. Members that are computed are left out.
func (l literal) json() string {
	switch {
	case l.computed:
		return "null"
	case l.kind == literalString:
		return jsonQuote(l.text)
	case l.kind == literalWord:
		return l.text
	}
	open, end := "{", "}"
	if l.kind == literalList {
		open, end = "[", "]"
	}
	var parts []string
	for _, m := range l.members {
		if m.value.computed && l.kind == literalObject {
			continue
		}
		part := m.value.json()
		if l.kind == literalObject {
			part = jsonQuote(m.name) + ":" + part
		}
		parts = append(parts, part)
	}
	return open + strings.Join(parts, ",") + end
}

// form writes the members as a form, as URLSearchParams does. What is computed is left out.
func (l literal) form() string {
	var parts []string
	for _, m := range l.members {
		if !m.value.computed {
			parts = append(parts, formEscape(m.name)+"="+formEscape(m.value.text))
		}
	}
	return strings.Join(parts, "&")
}

// size counts the values in the literal, up to a limit: where tables refer to tables, each
// may be twice as large as the one before.
func (l literal) size(limit int) int {
	n := 1
	for _, m := range l.members {
		if n >= limit {
			return n
		}
		n += m.value.size(limit - n)
	}
	return n
}

// unknowns tells whether something in the literal is computed.
func (l literal) unknowns() bool {
	if l.computed || l.partial {
		return true
	}
	for _, m := range l.members {
		if m.value.unknowns() {
			return true
		}
	}
	return false
}
