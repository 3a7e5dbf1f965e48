package frame

import (
	"strings"
	"testing"

	"oauthlens/ui/present"
	"oauthlens/ui/tui/theme"
)

func TestPutReplacesCells(t *testing.T) {
	tests := []struct {
		name string
		put  func(f *Frame)
		want string
	}{
		{"at the start", func(f *Frame) { f.Put(0, 0, 3, Of("abc", 0)) }, "abc"},
		{"beyond what is there", func(f *Frame) { f.Put(4, 0, 2, Of("xy", 0)) }, "    xy"},
		{"in the middle", func(f *Frame) { f.Put(0, 0, 8, Of("abcdefgh", 0)); f.Put(2, 0, 3, Of("XYZ", 0)) }, "abXYZfgh"},
		{"cut with an ellipsis", func(f *Frame) { f.Put(0, 0, 4, Of("abcdefgh", 0)) }, "abc…"},
		{"filled with blanks", func(f *Frame) { f.Put(0, 0, 8, Of("abcdefgh", 0)); f.Put(2, 0, 4, Of("X", 0)) }, "abX   gh"},
		{"over half of a wide character", func(f *Frame) { f.Put(0, 0, 6, Of("日本語", 0)); f.Put(1, 0, 2, Of("ab", 0)) }, " ab 語"},
		{"outside", func(f *Frame) {
			f.Put(20, 0, 4, Of("abc", 0))
			f.Put(0, 9, 4, Of("abc", 0))
			f.Put(-1, 0, 4, Of("abc", 0))
		}, ""},
		{"clipped at the edge", func(f *Frame) { f.Put(8, 0, 9, Of("abcdef", 0)) }, "        a…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := New(10, 1)
			tt.put(f)
			if got := f.Text(); got != tt.want {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzFrameNeverExceedsItsSize(f *testing.F) {
	f.Add("日本", "abc\x1b[2J", 3, 7)
	f.Fuzz(func(t *testing.T, a, b string, x, w int) {
		x, w = (x%30+30)%30, (w%30+30)%30
		fr := New(20, 2)
		fr.Put(0, 0, 20, Of(a, 0))
		fr.Put(x, 0, w, Of(b, 0))
		fr.Put(w, 1, x, Of(a+b, 0))
		for _, l := range strings.Split(fr.Text(), "\n") {
			if Width(l) > 20 {
				t.Fatalf("%d cells: %q", Width(l), l)
			}
		}
		out := fr.String(theme.New(true))
		for _, bad := range []string{"\x1b[2J", "\x07", "\u202e", "\u009b"} {
			if strings.Contains(out, bad) {
				t.Fatalf("%q reached the terminal", bad)
			}
		}
	})
}

func TestALinkThatWouldSteerTheTerminalIsNoLink(t *testing.T) {
	f := New(20, 1)
	f.Put(0, 0, 20, Line{{Text: "here", Link: "https://example.com/\x1b]0;title\x07"}})
	if out := f.String(theme.New(true)); strings.Contains(out, "]0;") || strings.Contains(out, "]8;") {
		t.Fatalf("%q", out)
	}
	f.Put(0, 0, 20, Line{{Text: "here", Link: "https://example.com/"}})
	if out := f.String(theme.New(true)); !strings.Contains(out, "\x1b]8;;https://example.com/") {
		t.Fatalf("no link in %q", out)
	}
}

func TestEveryRoleSaysSomethingWithoutColour(t *testing.T) {
	// The environments differ by their word, severities by their glyph; what only a style
	// tells must have an attribute that is no colour.
	for _, dark := range []bool{true, false} {
		th := theme.New(dark)
		for _, r := range []theme.Role{theme.TabOn, theme.TextMark, theme.Match, theme.MatchOn, theme.Of(present.Mark), theme.Off} {
			if on := th.On(r, false); !strings.ContainsAny(strings.NewReplacer("38;2;", "", "48;2;", "").Replace(on), "1479") {
				t.Errorf("role %d is told by its colour alone: %q", r, on)
			}
		}
	}
}
