package pane

import (
	"slices"
	"strings"
	"testing"

	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/theme"
)

func TestWrapWords(t *testing.T) {
	tests := []struct {
		name, in string
		w        int
		want     []string
	}{
		{"fits", "one two", 20, []string{"one two"}},
		{"between words", "one two three", 8, []string{"one two", "three"}},
		{"blanks at the break go", "one   two", 4, []string{"one", "two"}},
		{"a long word is cut", "abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"a long word after a short one", "at abcdefghij", 6, []string{"at abc", "defghi", "j"}},
		{"wide characters", "日本語 日本", 6, []string{"日本語", "日本"}},
		{"nothing", "", 5, []string{""}},
		{"a long word is cut at its marks", "https://as.example/authorize/path", 20, []string{"https://as.example/", "authorize/path"}},
		{"a mark stays with its word", "● one   ○ two", 10, []string{"● one", "○ two"}},
		{"alternatives part at the wide gap", "● one two   ○ three four", 20, []string{"● one two", "○ three four"}},
		{"a number stays with its unit", "body 0.9 ms, all", 11, []string{"body", "0.9 ms, all"}},
		{"a number in brackets stays with its unit", "left (2 min)", 10, []string{"left", "(2 min)"}},
		{"a number that counts no unit", "about 10 codes", 8, []string{"about 10", "codes"}},
		{"a line between sides goes with the second", "one two  │  three", 12, []string{"one two", "│  three"}},
		{"an alternative that fits nowhere", "● one   ○ three four five", 10, []string{"● one", "○ three", "four five"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range Wrap(frame.Of(tt.in, 0), tt.w) {
				if r.Width() > tt.w {
					t.Errorf("%q is wider than %d", r.String(), tt.w)
				}
				got = append(got, r.String())
			}
			if !slices.Equal(got, tt.want) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzWrapKeepsEveryCharacter(f *testing.F) {
	f.Add("one two  three", 5)
	f.Add("     one two", 1)
	f.Add("日本語\u202e\x1b[31m", 3)
	f.Fuzz(func(t *testing.T, s string, w int) {
		w = 2 + (w%60+60)%60
		line := frame.Of(s, 0)
		var anywhere strings.Builder
		for _, r := range wrapAnywhere(line, w) {
			if r.Width() > w {
				t.Fatalf("%q is wider than %d", r.String(), w)
			}
			anywhere.WriteString(r.String())
		}
		if anywhere.String() != line.String() {
			t.Fatalf("wrapped anywhere: %q became %q", line.String(), anywhere.String())
		}
		var code strings.Builder
		for _, r := range wrapCode(line, w) {
			if r.Width() > w {
				t.Fatalf("%q is wider than %d", r.String(), w)
			}
			code.WriteString(r.String())
		}
		if code.String() != line.String() {
			t.Fatalf("wrapped as code: %q became %q", line.String(), code.String())
		}
		var words strings.Builder
		for _, r := range wrapWords(line, w) {
			if r.Width() > w {
				t.Fatalf("%q is wider than %d", r.String(), w)
			}
			words.WriteString(r.String())
		}
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if squeeze(words.String()) != squeeze(line.String()) {
			t.Fatalf("wrapped between words: %q became %q", line.String(), words.String())
		}
	})
}

// TestCodeIsCutWhereItParts: before a parameter or a mask, between words, and not within a
// number; nothing is left out.
func TestCodeIsCutWhereItParts(t *testing.T) {
	secret := theme.Of(present.SecretTone)
	mask := frame.Seg{Text: "code (43 chars, #09b1c8c3)", Role: secret}
	tests := []struct {
		name string
		in   frame.Line
		w    int
		want []string
	}{
		{"a URL, before its parameters", frame.Of("https://as.example/authorize?client_id=demo&redirect_uri=http%3A%2F%2F127.0.0.1", 0), 50,
			[]string{"https://as.example/authorize?client_id=demo&", "redirect_uri=http%3A%2F%2F127.0.0.1"}},
		{"a remark, between its words", frame.Of("# set CODE to the code with the fingerprint #a6201bc9, encoded", 0), 50,
			[]string{"# set CODE to the code with the fingerprint ", "#a6201bc9, encoded"}},
		{"a mask stays whole", frame.Line{{Text: "GET /callback?code="}, mask, {Text: "&state=x"}}, 40,
			[]string{"GET /callback?code=", "code (43 chars, #09b1c8c3)&state=x"}},
		{"a mask is not parted at its own blanks", frame.Line{{Text: `{"code":"`}, mask, {Text: `","id":"123456789"}`}}, 40,
			[]string{`{"code":"code (43 chars, #09b1c8c3)",`, `"id":"123456789"}`}},
		{"behind a mask, as elsewhere", frame.Line{mask, {Text: "&client_id=demo&client_secret=demo"}}, 45,
			[]string{"code (43 chars, #09b1c8c3)&client_id=demo&", "client_secret=demo"}},
		{"a mask that is wider than the row", frame.Line{mask}, 20, []string{"code (43 chars, #09b", "1c8c3)"}},
		{"no number is parted", frame.Of("http://127.0.0.1:53682", 0), 19, []string{"http://127.0.0.1:", "53682"}},
		{"an address is not parted", frame.Of("abcdef/127.0.0.1", 0), 12, []string{"abcdef/", "127.0.0.1"}},
		{"nothing parts it", frame.Of(strings.Repeat("a", 25), 0), 10, []string{"aaaaaaaaaa", "aaaaaaaaaa", "aaaaa"}},
		{"wide characters in a narrow row", frame.Of("日本", 0), 1, []string{"日", "本"}},
	}
	for _, tt := range tests {
		var got []string
		for _, r := range wrapCode(tt.in, tt.w) {
			got = append(got, r.String())
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	url := frame.Line{{Text: "http://127.0.0.1:53682/callback?code="}, mask, {Text: "&state=x"}}
	if got := texts(wrapWords(url, 40)); got != "http://127.0.0.1:53682/callback?code=\ncode (43 chars, #09b1c8c3)&state=x" {
		t.Errorf("a value with a mask: %q", got)
	}
}

// TestARevealedSecretFillsItsRows: its dots, dashes and underscores part nothing, as those of a
// URL do.
func TestARevealedSecretFillsItsRows(t *testing.T) {
	text := strings.Repeat("abcdefg-hijkl_mnop.", 12)
	for role, full := range map[theme.Role]bool{theme.Of(present.SecretTone): true, theme.Of(present.Plain): false} {
		rows := wrapWords(frame.Of(text, role), 40)
		whole, even := "", true
		for i, r := range rows {
			whole += r.String()
			even = even && (i == len(rows)-1 || r.Width() == 40)
		}
		if whole != text || even != full {
			t.Errorf("full rows: %v, want %v: %q", even, full, whole)
		}
	}
}
