package command

import (
	"strings"
	"testing"
)

func TestReadHidden(t *testing.T) {
	tests := []struct {
		name, typed, want, rest string
		fails                   bool
	}{
		{"a line", "correct horse\rnext", "correct horse", "next", false},
		{"a line feed", "correct horse\nnext", "correct horse", "next", false},
		{"empty", "\r", "", "", false},
		{"backspace takes a whole character", "pä\x7fass\r", "pass", "", false},
		{"backspace on nothing", "\x7f\bx\r", "x", "", false},
		{"begin again", "wrong\x15right\r", "right", "", false},
		{"ctrl+c", "abc\x03", "", "", true},
		{"ctrl+\\", "abc\x1c", "", "", true},
		{"ctrl+z", "a\x1abc\r", "abc", "", false},
		{"ctrl+d", "abc\x04", "", "", true},
		{"the end", "abc", "", "", true},
		{"without end", strings.Repeat("x", 5000), "", strings.Repeat("x", 5000-longestPassphrase), true},
	}
	for _, tt := range tests {
		r := strings.NewReader(tt.typed)
		got, err := readHidden(r)
		if got != tt.want || (err != nil) != tt.fails || !tt.fails && r.Len() != len(tt.rest) {
			t.Errorf("%s: %q, %v, %d left", tt.name, got, err, r.Len())
		}
	}
	if _, err := readHidden(strings.NewReader("\x03")); err != error(errInterrupted) {
		t.Errorf("ctrl+c: %v", err)
	}
}
