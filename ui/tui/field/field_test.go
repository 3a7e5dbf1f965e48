package field

import (
	"strings"
	"testing"
)

func TestEditing(t *testing.T) {
	tests := []struct {
		name string
		many bool
		keys []string // "=text" inserts
		want string
	}{
		{"typing", false, []string{"=abc"}, "abc"},
		{"backspace", false, []string{"=abc", "backspace"}, "ab"},
		{"in the middle", false, []string{"=ac", "left", "=b"}, "abc"},
		{"delete", false, []string{"=abc", "home", "delete"}, "bc"},
		{"to the end", false, []string{"=abc", "ctrl+a", "ctrl+e", "=d"}, "abcd"},
		{"a word", false, []string{"=one two ", "ctrl+w"}, "one "},
		{"the line", false, []string{"=one two", "ctrl+u"}, ""},
		{"everything", true, []string{"=one\ntwo", "ctrl+l"}, ""},
		{"one line loses breaks", false, []string{"=a\r\nb\nc"}, "abc"},
		{"many lines keep them", true, []string{"=a\r\nb\rc"}, "a\nb\nc"},
		{"up and down keep the column", true, []string{"=abc\nde", "up", "=X", "down", "=Y"}, "abXc\ndeY"},
		{"beyond the ends", false, []string{"backspace", "left", "right", "delete", "up", "down", "=a"}, "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := Field{Many: tt.many}
			for _, k := range tt.keys {
				if text, ok := strings.CutPrefix(k, "="); ok {
					f.Insert(text)
				} else if !f.Key(k) {
					t.Fatalf("%s is no editing key", k)
				}
				for _, row := range f.Draw(5, 3) {
					if row.Width() != 5 {
						t.Fatalf("a row has %d cells", row.Width())
					}
				}
			}
			if f.Value() != tt.want {
				t.Fatalf("got %q, want %q", f.Value(), tt.want)
			}
		})
	}
}

func TestTheCursorIsShown(t *testing.T) {
	f := Field{Many: true}
	f.Insert(strings.Repeat("abc\n", 100) + strings.Repeat("x", 50) + "END")
	rows := f.Draw(10, 4)
	if got := rows[len(rows)-1].String(); !strings.Contains(got, "END") {
		t.Fatalf("the end is not shown: %q", got)
	}
}

func TestAHiddenTextIsNotDrawn(t *testing.T) {
	f := Field{Hidden: true}
	f.Insert("hunter2")
	if got := f.Draw(20, 1)[0].String(); strings.TrimSpace(got) != "•••••••" {
		t.Fatalf("drawn: %q", got)
	}
}

func BenchmarkDrawOfAMegabyte(b *testing.B) {
	f := Field{Many: true}
	f.Insert(strings.Repeat("0123456789 \n", 90000))
	for b.Loop() {
		f.Draw(80, 20)
	}
}

// TestVeil: what is painted may differ from the text, and the text stays what was typed.
func TestVeil(t *testing.T) {
	f := Field{Many: true, Veil: func(s string) string { return strings.ReplaceAll(s, "pin", "•••") }}
	painted := func() string {
		var b strings.Builder
		for _, row := range f.Draw(20, 2) {
			for _, seg := range row {
				b.WriteString(seg.Text)
			}
		}
		return b.String()
	}
	f.Insert("my pi")
	if !strings.Contains(painted(), "my pi") {
		t.Error(painted())
	}
	f.Insert("n\nsecond")
	if got := painted(); !strings.Contains(got, "my •••") || strings.Contains(got, "pin") || !strings.Contains(got, "second") || f.Value() != "my pin\nsecond" {
		t.Errorf("%q of %q", got, f.Value())
	}
	for range 8 {
		f.Key("backspace")
	}
	if got := painted(); !strings.Contains(got, "my pi") || strings.Contains(got, "•") {
		t.Error(got)
	}
	f.Veil = func(string) string { return "too short" }
	f.Set("a longer text")
	if got := painted(); strings.Contains(got, "longer") || strings.Contains(got, "short") {
		t.Errorf("a veil of another length shows %q", got)
	}
}
