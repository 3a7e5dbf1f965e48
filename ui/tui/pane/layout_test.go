package pane

import (
	"strings"
	"testing"

	"oauthlens/ui/present"
)

// TestRemarksStandInOneColumn where they all fit behind the widest value, and the values of
// two sections with labels of almost the same length stand below each other.
func TestRemarksStandInOneColumn(t *testing.T) {
	row := func(label, value, note string) present.Line {
		return present.Line{Kind: present.Row, Label: label, Spans: []present.Span{present.T(value, present.Plain)}, Note: note}
	}
	head := func(text string) present.Line {
		return present.Line{Kind: present.Heading, Spans: []present.Span{present.T(text, present.Strong)}}
	}
	var p Pane
	p.Resize(76, 10)
	p.Show(present.List{
		row("access_token", strings.Repeat("v", 40), "$.access_token"),
		row("token_type", "bearer", "$.token_type"),
		row("expires_in", "3600 s", "$.expires_in"),
		head("Body"),
		row("client_secret", "value", "what it is"),
		head("Headers"),
		row("Content-Length", "value", "what it is"),
	}, false)
	column := func(line int, text string) int {
		rows := p.rowsOf(line)
		if len(rows) != 1 {
			t.Fatalf("line %d takes %d rows", line, len(rows))
		}
		return strings.Index(rows[0].String(), text)
	}
	if a, b, c := column(0, "$"), column(1, "$"), column(2, "$"); a < 0 || a != b || b != c {
		t.Errorf("the remarks stand at %d, %d and %d", a, b, c)
	}
	if a, b := column(4, "value"), column(6, "value"); a < 0 || a != b {
		t.Errorf("the values of two sections stand at %d and %d", a, b)
	}
}
