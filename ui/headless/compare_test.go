package headless

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"oauthlens/flows"
	"oauthlens/flows/compare"
)

func hostileComparison() compare.Comparison {
	esc := "\x1b]0;title\a\u202e\nnew line"
	return compare.Comparison{A: compare.Side{Name: "sand" + esc, Provider: "acme", Environment: "sand" + esc, Outcome: flows.Succeeded}, B: compare.Side{Name: "production", Why: "failed" + esc},
		Steps: []string{"token", "call"}, Differences: []compare.Difference{
			{Step: "token", Path: "token.scope" + esc, Name: "scope" + esc, A: "read" + esc, InA: true, Verdict: compare.Suspicious, Why: "It differs." + esc, Rule: "x", Also: []string{"a" + esc}},
			{Step: "call", Path: "call.x", Name: "x" + esc, A: strings.Repeat("é", 300), B: "", InA: true, InB: true, Verdict: compare.Expected, Why: "Data.", Rule: "y", Rank: 100},
		}}
}

// TestCompareTextWithoutRuns: what profiles declare is shown with its values, as wide as
// they are, and as harmless.
func TestCompareTextWithoutRuns(t *testing.T) {
	c := hostileComparison()
	c.Steps = append(c.Steps, compare.StepProfile)
	url := "https://a.example/" + strings.Repeat("p", 45)
	c.Differences = append(c.Differences, compare.Difference{Step: compare.StepProfile, Path: "profile.endpoints.token_endpoint", Name: "token_endpoint", A: url, InA: true, Verdict: compare.Expected, Why: "Declared.", Rank: 100})
	var b bytes.Buffer
	if err := WriteCompareText(&b, c, []string{"TERM=xterm-256color"}, 0); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); !strings.Contains(text, url+"  ") || strings.ContainsAny(text, "\x1b\a\u202e") || strings.Contains(text, "expected to differ") {
		t.Errorf("the values are not shown:\n%s", text)
	}
}

// TestCompareTextOfTwoFailures: two sides that fail in the same way do not differ, but nobody
// should read that as a success.
func TestCompareTextOfTwoFailures(t *testing.T) {
	for _, test := range []struct {
		a, b flows.Outcome
		want bool
	}{{flows.Failed, flows.Failed, true}, {flows.Succeeded, flows.Succeeded, false}, {flows.Failed, flows.Cancelled, false}} {
		var b bytes.Buffer
		c := compare.Comparison{A: compare.Side{Name: "sandbox", Outcome: test.a}, B: compare.Side{Name: "production", Outcome: test.b}}
		if err := WriteCompareText(&b, c, nil, 0); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), "nothing suspicious differs: both sides fail, in the same way"); got != test.want {
			t.Errorf("%s and %s:\n%s", test.a, test.b, b.String())
		}
	}
}

// TestCompareTextIsHarmless: what came from outside cannot steer a terminal or break a
// line, and colours stay off where there is no terminal.
func TestCompareTextIsHarmless(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCompareText(&b, hostileComparison(), []string{"TERM=xterm-256color", "COLORTERM=truecolor"}, 0); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, bad := range []string{"\x1b", "\a", "\u202e", "\nnew line"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q in the text:\n%s", bad, text)
		}
	}
	for _, want := range []string{"1 suspicious difference", "1 expected", "It differs.", "–", "expected to differ"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
}

// TestCompareTextColour: with a wish for colour there is some, and a glyph beside it.
func TestCompareTextColour(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCompareText(&b, hostileComparison(), []string{"TERM=xterm-256color", "CLICOLOR_FORCE=1"}, 0); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\x1b[33m▲") {
		t.Errorf("no colour:\n%q", b.String())
	}
}

func TestCompareDocument(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCompareJSON(&b, hostileComparison(), []string{"scope-missing"}); err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsAny(b.Bytes(), "\x1b\a\u202e") {
		t.Errorf("raw control characters:\n%s", b.String())
	}
	var doc CompareJSON
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != "oauthlens/compare@1" || doc.Suspicious != 1 || doc.Expected != 1 || len(doc.Differences) != 2 {
		t.Errorf("%+v", doc)
	}
	if d := doc.Differences[0]; d.A == nil || d.B != nil || d.Verdict != "suspicious" {
		t.Errorf("%+v", d)
	}
	if d := doc.Differences[1]; d.B == nil || *d.B != "" {
		t.Errorf("an empty value is no absent one: %+v", d)
	}
	b.Reset()
	if err := WriteCompareJSON(&b, compare.Comparison{}, nil); err != nil || !strings.Contains(b.String(), `"differences": []`) {
		t.Errorf("%v %s", err, b.String())
	}
}

// TestCompareTextFitsTheTerminal: below the width of the table no line is wider than the
// terminal, the values stand under one another, and nothing is lost.
func TestCompareTextFitsTheTerminal(t *testing.T) {
	c := hostileComparison()
	c.Differences[0].Why = "Production answers with fewer scopes than were asked for, and so calls that need the missing one are refused there."
	c.Differences[0].B, c.Differences[0].InB = "https://a.example/"+strings.Repeat("x", 150)+"/end", true
	c.Steps = append(c.Steps, compare.StepProfile)
	for _, width := range []int{40, 60, 80, 117, 118, 130} {
		var b bytes.Buffer
		if err := WriteCompareText(&b, c, nil, width); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		for _, line := range strings.Split(text, "\n") {
			if n := utf8.RuneCountInString(line); n > width && !strings.Contains(line, " against ") && !strings.HasPrefix(line, "▲") && !strings.HasPrefix(line, "·") {
				t.Errorf("%d wide, and a line of %d: %q", width, n, line)
			}
		}
		joined := strings.Join(strings.Fields(text), "")
		wanted := []string{"arerefusedthere.", "read"}
		if width < 118 { // the table cuts long values
			wanted = append(wanted, "xxx/end")
		}
		for _, want := range wanted {
			if !strings.Contains(joined, want) {
				t.Errorf("%d wide: %q is lost:\n%s", width, want, text)
			}
		}
	}
}

func TestHung(t *testing.T) {
	for _, test := range []struct {
		text   string
		width  int
		indent int
		want   string
	}{
		{"one two three", 0, 2, "one two three"},
		{"one two three four five six", 13, 2, "one two three\n  four five\n  six"},
		{"    one two three four", 14, 4, "    one two\n    three four"},
		{"abcdefghijklmnopqrstuvwxyz", 12, 2, "abcdefghijkl\n  mnopqrstuv\n  wxyz"},
		{"é é é é é é é é", 11, 1, "é é é é é é\n é é"},
		{"全角 全角 全角 全角", 12, 2, "全角 全角\n  全角 全角"},
		{"全角全角全角全角全角", 11, 1, "全角全角全\n 角全角全角"},
	} {
		if got := hung(test.text, test.width, test.indent); got != test.want {
			t.Errorf("%q in %d: %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

// TestValuesTakeTheRoomThereIs: a wide terminal, or none, cuts no value that has room; no line
// is wider than the terminal.
func TestValuesTakeTheRoomThereIs(t *testing.T) {
	long := "payment_intent.inbound:write offline_access"
	c := compare.Comparison{A: compare.Side{Name: "sandbox"}, B: compare.Side{Name: "production"}, Steps: []string{"token"},
		Differences: []compare.Difference{
			{Step: "token", Path: "token.scope", Name: "scope", A: long, B: long[:20], InA: true, InB: true, Verdict: compare.Suspicious, Why: "Less is granted."},
			{Step: "token", Path: "token.refresh_token", Name: "refresh_token", A: "refresh_token (43 chars, #66355ad4)", InA: true, Verdict: compare.Suspicious, Why: "It is gone."},
		}}
	for width, whole := range map[int]bool{0: true, 80: true, 118: false, 120: false, 160: true, 200: true} {
		var b strings.Builder
		if err := WriteCompareText(&b, c, nil, width); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), long) != whole || !strings.Contains(b.String(), "#66355ad4)") {
			t.Errorf("width %d:\n%s", width, b.String())
		}
		for line := range strings.SplitSeq(b.String(), "\n") {
			if n := utf8.RuneCountInString(line); width > 0 && n > width {
				t.Errorf("width %d: %d characters: %s", width, n, line)
			}
		}
	}
}

// TestColumnsAreMeasuredInCells: values in wide, combining and plain characters leave the
// columns where they are, and nothing goes over the edge of the terminal.
func TestColumnsAreMeasuredInCells(t *testing.T) {
	difference := func(name, a, b string, v compare.Verdict) compare.Difference {
		return compare.Difference{Step: "token", Path: "token." + name, Name: name, A: a, B: b, InA: true, InB: true, Verdict: v, Why: "認可サーバーの" + strings.Repeat("範囲が違う ", 20)}
	}
	long := strings.Repeat("東京都", 60)
	for _, verdict := range []compare.Verdict{compare.Suspicious, compare.Expected} {
		c := compare.Comparison{A: compare.Side{Name: "東京"}, B: compare.Side{Name: "production"}, Steps: []string{compare.StepProfile},
			Differences: []compare.Difference{difference("plain", "abc", "END", verdict), difference("名前", "全角の値", "END", verdict), difference("e\u0301tat", "e\u0301", "END", verdict), difference("halfwidth", "ﾊﾝｶｸ", "END", verdict), difference("long", long, "END", verdict)}}
		for _, width := range []int{0, 40, 80, 118, 160, 200} {
			var b strings.Builder
			if err := WriteCompareText(&b, c, nil, width); err != nil {
				t.Fatal(err)
			}
			at := map[int]int{}
			for line := range strings.SplitSeq(b.String(), "\n") {
				if n := ansi.StringWidthWc(line); width > 0 && n > width && !strings.Contains(line, " against ") && !strings.HasPrefix(line, "▲") && !strings.HasPrefix(line, "·") {
					t.Errorf("%s, %d wide: %d cells: %s", verdict, width, n, line)
				}
				if before, _, ok := strings.Cut(line, "END"); ok {
					at[ansi.StringWidthWc(before)]++
				}
			}
			if len(at) != 1 {
				t.Errorf("%s, %d wide: the last column begins at %v:\n%s", verdict, width, at, b.String())
			}
		}
	}
}
