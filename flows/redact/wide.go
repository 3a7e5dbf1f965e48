package redact

import (
	"encoding/binary"
	"slices"
	"unicode/utf16"
)

// wide is a text in UTF-16 or UTF-32, which some servers send and in which no secret looks
// like itself.
type wide struct {
	order binary.AppendByteOrder
	four  bool // bytes for a character: UTF-32
	text  string
}

// readWide recognises the encoding by its byte order mark, or by the zeros beside an
// opening brace, bracket or quote.
func readWide(b []byte) (w wide, ok bool) {
	if len(b) < 4 || len(b)%2 != 0 {
		return w, false
	}
	opens := func(c byte) bool { return c == '{' || c == '[' || c == '"' }
	zero := func(at ...byte) bool {
		for _, c := range at {
			if c != 0 {
				return false
			}
		}
		return true
	}
	w.four = len(b)%4 == 0
	switch {
	case w.four && zero(b[2], b[3]) && (b[0] == 0xff && b[1] == 0xfe || opens(b[0]) && b[1] == 0):
		w.order = binary.LittleEndian
	case w.four && zero(b[0], b[1]) && (b[2] == 0xfe && b[3] == 0xff || b[2] == 0 && opens(b[3])):
		w.order = binary.BigEndian
	case b[0] == 0xff && b[1] == 0xfe, opens(b[0]) && b[1] == 0:
		w.order, w.four = binary.LittleEndian, false
	case b[0] == 0xfe && b[1] == 0xff, b[0] == 0 && opens(b[1]):
		w.order, w.four = binary.BigEndian, false
	default:
		return w, false
	}
	w.text = w.read(b)
	return w, true
}

func (w wide) read(b []byte) string {
	order := w.order.(binary.ByteOrder)
	if w.four {
		runes := make([]rune, 0, len(b)/4)
		for i := 0; i+3 < len(b); i += 4 {
			runes = append(runes, rune(order.Uint32(b[i:])))
		}
		return string(runes)
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, order.Uint16(b[i:]))
	}
	return string(utf16.Decode(units))
}

// learnWide has secrets looked for in this encoding, too, and learns what gives itself away
// by its shape, which it has not got among zeros.
func (m *Masker) learnWide(w wide) {
	for _, token := range jwtShape().FindAllString(w.text, -1) {
		m.learn("jwt", token)
	}
	w.text = ""
	if !slices.Contains(m.wide, w) {
		m.wide = append(m.wide, w)
		m.again = true
	}
}

// bytes writes a text in the same encoding.
func (w wide) bytes(text string) []byte {
	var out []byte
	if w.four {
		for _, r := range text {
			out = w.order.AppendUint32(out, uint32(r))
		}
		return out
	}
	for _, u := range utf16.Encode([]rune(text)) {
		out = w.order.AppendUint16(out, u)
	}
	return out
}
