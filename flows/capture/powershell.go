package capture

import "strings"

// powershellReader reads the arguments of one PowerShell command: words, strings in
// quotes with ` as escape, hash tables, and variables, whose values are known where the
// text assigns a literal. The
// command ends at a line end without ` in front, at ; and at |.
type powershellReader struct {
	s         string
	i         int
	variables map[string]literal // of which the text tells the value
	depth     int                // of tables within tables
}

// blanks moves over white space and continued lines.
func (r *powershellReader) blanks() {
	for r.i < len(r.s) {
		switch {
		case r.s[r.i] == ' ' || r.s[r.i] == '\t':
			r.i++
		case strings.HasPrefix(r.s[r.i:], "`\n"):
			r.i += 2
		default:
			return
		}
	}
}

func (r *powershellReader) ended() bool {
	r.blanks()
	return r.i >= len(r.s) || strings.IndexByte("\n;|)", r.s[r.i]) >= 0
}

// parameter reads -Name, lower case.
func (r *powershellReader) parameter() (string, bool) {
	if r.blanks(); r.i >= len(r.s) || r.s[r.i] != '-' {
		return "", false
	}
	start := r.i + 1
	for r.i = start; r.i < len(r.s) && isNameByte(r.s[r.i]); r.i++ {
	}
	name := strings.ToLower(r.s[start:r.i])
	if r.i < len(r.s) && r.s[r.i] == ':' {
		r.i++
	}
	return name, true
}

// value reads one argument. It always moves on.
func (r *powershellReader) value() literal {
	r.blanks()
	if r.i >= len(r.s) {
		return literal{}
	}
	switch rest := r.s[r.i:]; {
	case rest[0] == '"':
		return r.double()
	case rest[0] == '\'':
		return r.single()
	case strings.HasPrefix(rest, "@{"):
		r.i += 2
		return r.table()
	case rest[0] == '(':
		return r.bracketed()
	case rest[0] == '$':
		if v, n, ok := r.variable(); ok {
			r.i += n
			return v
		}
		r.skip()
		return literal{computed: true}
	case rest[0] == '@':
		r.skip()
		return literal{computed: true}
	}
	start := r.i
	for r.i < len(r.s) && strings.IndexByte(" \t\n;|)}", r.s[r.i]) < 0 {
		r.i++
	}
	if r.i == start {
		r.i++
		return literal{}
	}
	return literal{kind: literalString, text: r.s[start:r.i]}
}

func (r *powershellReader) double() literal {
	var b strings.Builder
	l := literal{kind: literalString}
	for r.i++; r.i < len(r.s); r.i++ {
		switch c := r.s[r.i]; {
		case c == '`' && r.i+1 < len(r.s):
			r.i++
			b.WriteString(map[byte]string{'n': "\n", 'r': "\r", 't': "\t", '0': "\x00"}[r.s[r.i]])
			if strings.IndexByte("nrt0", r.s[r.i]) < 0 {
				b.WriteByte(r.s[r.i])
			}
		case c == '"' && strings.HasPrefix(r.s[r.i:], `""`):
			b.WriteByte('"')
			r.i++
		case c == '"':
			r.i++
			l.text = b.String()
			return l
		case c == '$' && r.known(&b):
		case c == '$' && r.i+1 < len(r.s) && (isNameByte(r.s[r.i+1]) || r.s[r.i+1] == '{' || r.s[r.i+1] == '('):
			l.computed = true
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	l.text = b.String()
	return l
}

// variable reads $name where its value is known; n is its length. A member or an element
// of it, and a method's answer, are not.
func (r *powershellReader) variable() (v literal, n int, ok bool) {
	rest := r.s[r.i+1:]
	n = powershellName(rest)
	if v, ok = r.variables[strings.ToLower(rest[:n])]; ok && n < len(rest) && strings.IndexByte(".[(", rest[n]) >= 0 {
		return literal{}, 0, false
	}
	return v, n + 1, ok
}

// known writes the value of a variable within a string.
func (r *powershellReader) known(b *strings.Builder) bool {
	n := powershellName(r.s[r.i+1:])
	v, ok := r.variables[strings.ToLower(r.s[r.i+1:r.i+1+n])]
	if !ok || v.kind != literalString || v.computed {
		return false
	}
	b.WriteString(v.text)
	r.i += n
	return true
}

// splatted reads @name, which stands for the parameters that the hash table of that name
// lists.
func (r *powershellReader) splatted() ([]literalMember, bool) {
	if r.i >= len(r.s) || r.s[r.i] != '@' {
		return nil, false
	}
	v, n, ok := r.variable()
	if !ok || v.kind != literalObject {
		return nil, false
	}
	r.i += n
	return v.members, true
}

// bracketed reads ( value ), with a conversion to JSON behind it or not. Anything else in
// brackets is computed.
func (r *powershellReader) bracketed() literal {
	start := r.i
	r.i++
	if r.blanks(); r.i < len(r.s) && strings.IndexByte("$@\"'", r.s[r.i]) >= 0 {
		v := r.converted(r.value())
		if r.blanks(); !v.computed && r.i < len(r.s) && r.s[r.i] == ')' {
			r.i++
			return v
		}
	}
	r.i = start
	r.skip()
	return literal{computed: true}
}

// converted reads "| ConvertTo-Json" behind a value.
func (r *powershellReader) converted(v literal) literal {
	const name = "convertto-json"
	i := r.i
	if r.blanks(); r.i < len(r.s) && r.s[r.i] == '|' {
		r.i++
		if r.blanks(); strings.HasPrefix(strings.ToLower(clip(r.s[r.i:], len(name))), name) {
			for r.i += len(name); r.i < len(r.s) && strings.IndexByte(")\n;|", r.s[r.i]) < 0; r.i++ { // -Depth 5, -Compress
			}
			return literal{kind: literalString, text: v.json(), partial: v.unknowns(), computed: v.computed}
		}
	}
	r.i = i
	return v
}

func (r *powershellReader) single() literal {
	var b strings.Builder
	for r.i++; r.i < len(r.s); r.i++ {
		if r.s[r.i] != '\'' {
			b.WriteByte(r.s[r.i])
			continue
		}
		if r.i++; r.i >= len(r.s) || r.s[r.i] != '\'' {
			break
		}
		b.WriteByte('\'')
	}
	return literal{kind: literalString, text: b.String()}
}

// table reads the inside of @{name = value; ...}.
func (r *powershellReader) table() literal {
	l := literal{kind: literalObject}
	r.depth++
	defer func() { r.depth-- }()
	for r.i < len(r.s) && len(l.members) < 1000 && r.depth < maxLiteralDepth {
		for r.i < len(r.s) && strings.IndexByte(" \t\n;`", r.s[r.i]) >= 0 {
			r.i++
		}
		if r.i >= len(r.s) {
			return l
		}
		if r.s[r.i] == '}' {
			r.i++
			return l
		}
		var name string
		if c := r.s[r.i]; c == '"' || c == '\'' {
			name = r.value().text
		} else {
			start := r.i
			for r.i < len(r.s) && (isNameByte(r.s[r.i]) || r.s[r.i] == '-') {
				r.i++
			}
			name = r.s[start:r.i]
		}
		if r.blanks(); name == "" || r.i >= len(r.s) || r.s[r.i] != '=' {
			return l
		}
		r.i++
		l.members = append(l.members, literalMember{name: name, value: r.value()})
	}
	return l
}

// skip moves over a variable or an expression in brackets.
func (r *powershellReader) skip() {
	open := 0
	for ; r.i < len(r.s); r.i++ {
		switch c := r.s[r.i]; {
		case c == '(' || c == '{' || c == '[':
			open++
		case c == ')' || c == '}' || c == ']':
			if open--; open < 0 {
				return
			}
		case open <= 0 && strings.IndexByte(" \t\n;|", c) >= 0:
			return
		}
	}
}
