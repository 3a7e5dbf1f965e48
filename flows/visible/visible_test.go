package visible

import (
	"strings"
	"testing"
	"unicode/utf8"

	"oauthlens/flows/runner/faultserver"
)

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"plain text":              "plain text",
		"größe ✓ 日本":              "größe ✓ 日本",
		"a\x1b[31mb":              `a\x1b[31mb`,
		"bell\x07 del\x7f":        `bell\x07 del\x7f`,
		"c1\u009b31m":             `c1\u009b31m`,
		"bidi\u202eevil":          `bidi\u202eevil`,
		"zero\u200bwidth\ufeff":   `zero\u200bwidth\ufeff`,
		"nbsp\u00a0":              `nbsp\u00a0`,
		"two\nlines\r\n\t":        `two\nlines\r\n\t`,
		"bad\xff\xc3(":            `bad\xff\xc3(`,
		"tag\U000e0041":           `tag\U000e0041`,
		"sep\u2028":               `sep\u2028`,
		"real \ufffd replacement": "real \ufffd replacement",
	} {
		if got := Line(in); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTextKeepsLines(t *testing.T) {
	if got := Text("a\r\nb\tc\rd\n"); got != "a\nb    c\\rd\n" {
		t.Errorf("got %q", got)
	}
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{"", "\x1b]0;title\x07", "\u202e", "\xff", "a\nb"} {
		f.Add(s)
	}
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(string(a.Raw))
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Line(s)
		if !utf8.ValidString(got) || !Clean(got) || Line(got) != got {
			t.Errorf("Line(%q) = %q is not clean", s, got)
		}
		if strings.ContainsAny(Text(s), "\x1b\x07\r") {
			t.Errorf("Text(%q) keeps a control", s)
		}
	})
}
