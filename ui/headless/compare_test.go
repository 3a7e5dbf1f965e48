package headless

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

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
	if err := WriteCompareText(&b, c, []string{"TERM=xterm-256color"}); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); !strings.Contains(text, url+"  ") || strings.ContainsAny(text, "\x1b\a\u202e") || strings.Contains(text, "expected to differ") {
		t.Errorf("the values are not shown:\n%s", text)
	}
}

// TestCompareTextIsHarmless: what came from outside cannot steer a terminal or break a
// line, and colours stay off where there is no terminal.
func TestCompareTextIsHarmless(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCompareText(&b, hostileComparison(), []string{"TERM=xterm-256color", "COLORTERM=truecolor"}); err != nil {
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
	if err := WriteCompareText(&b, hostileComparison(), []string{"TERM=xterm-256color", "CLICOLOR_FORCE=1"}); err != nil {
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
