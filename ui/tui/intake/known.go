package intake

import (
	"bytes"
	"strconv"
	"strings"
)

// maxDigits bounds a number of a sequence.
const maxDigits = 7

// shape is the body of a control sequence with a # in place of each number, and the first
// number; ok is false for a number that nobody means.
func shape(body string) (form string, first int, ok bool) {
	var out strings.Builder
	first = -1
	for i := 0; i < len(body); {
		n := 0
		for i+n < len(body) && body[i+n] >= '0' && body[i+n] <= '9' {
			n++
		}
		if n == 0 {
			out.WriteByte(body[i])
			i++
			continue
		}
		if n > maxDigits {
			return "", 0, false
		}
		if first < 0 {
			first, _ = strconv.Atoi(body[i : i+n]) // seven digits
		}
		out.WriteByte('#')
		i += n
	}
	return out.String(), first, true
}

// known tells whether the toolkit understands a control sequence, given behind its ESC [,
// and the program has a use for it.
func known(body string) bool {
	form, first, ok := shape(body)
	if !ok {
		return false
	}
	switch form {
	case "I", "O", // focus
		"a", "b", "c", "d", // arrows of rxvt
		"<#;#;#M", "<#;#;#m", // the mouse
		"?#u", "?#;#$y": // answers: what the keyboard and the screen can do
		return true
	case "#;#;#~": // xterm's keys with modifiers
		return first == 27
	}
	switch final, rest := form[len(form)-1], form[:len(form)-1]; final {
	case 'A', 'B', 'C', 'D', 'E', 'F', 'H', 'P', 'Q', 'S', 'Z':
		return rest == "" || first == 1 && (rest == "#;#" || rest == "#;#:#")
	case 'R': // F3, or where the cursor is: nobody asks for that
		return rest == "" || first == 1 && rest == "#;#" && len(body) == len("1;2R")
	case '~':
		return editing(first) && (rest == "#" || rest == "#;#" || rest == "#;#:#")
	case '^', '@':
		return editing(first) && rest == "#"
	case 'u': // kitty's keys: the code, modifiers, text
		return strings.HasPrefix(rest, "#") && strings.Trim(rest, "#;:") == "" && len(rest) <= 16
	}
	return false
}

// editing tells that a key has this number: home to end, and the function keys.
func editing(n int) bool {
	return n >= 1 && n <= 8 || n >= 11 && n <= 34 && n != 16 && n != 22 && n != 27 && n != 30
}

// answer tells whether a string is what a terminal answers when it is asked for the colour
// of its background, the one such question there is.
func answer(sequence []byte) bool {
	rest, ok := bytes.CutPrefix(sequence, []byte("\x1b]11;"))
	text := bytes.TrimRight(rest, "\a\x1b\\")
	return ok && len(text) > 0 && len(text) <= 64 && !bytes.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= del })
}
