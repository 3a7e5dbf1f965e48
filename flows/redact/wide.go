package redact

import (
	"encoding/binary"
	"unicode/utf16"
)

// wide is a text in UTF-16, which some servers send and in which no secret looks like
// itself.
type wide struct {
	order binary.AppendByteOrder
	text  string
}

// readWide recognises UTF-16 by its byte order mark or by the zero beside an opening
// brace or bracket.
func readWide(b []byte) (w wide, ok bool) {
	if len(b) < 4 || len(b)%2 != 0 {
		return w, false
	}
	opens := func(c byte) bool { return c == '{' || c == '[' || c == '"' }
	switch {
	case b[0] == 0xff && b[1] == 0xfe, opens(b[0]) && b[1] == 0:
		w.order = binary.LittleEndian
	case b[0] == 0xfe && b[1] == 0xff, b[0] == 0 && opens(b[1]):
		w.order = binary.BigEndian
	default:
		return w, false
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, w.order.(binary.ByteOrder).Uint16(b[i:]))
	}
	w.text = string(utf16.Decode(units))
	return w, true
}

// bytes writes a text in the same encoding.
func (w wide) bytes(text string) []byte {
	units := utf16.Encode([]rune(text))
	out := make([]byte, 0, 2*len(units))
	for _, u := range units {
		out = w.order.AppendUint16(out, u)
	}
	return out
}
