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

// TestARemarkStandsInItsColumnOrBelow: one that would just fit behind a value that is wider
// than its neighbours goes below it, where nothing stands out of the column.
func TestARemarkStandsInItsColumnOrBelow(t *testing.T) {
	row := func(label, value, note string) present.Line {
		return present.Line{Kind: present.Row, Label: label, Spans: []present.Span{present.T(value, present.Plain)}, Note: note}
	}
	lines := present.List{row("Host", "127.0.0.1", "whom it is for"), row("Content-Type", "application/x-www-form-urlencoded", "what the body is"), row("Connection", "close", "whether it stays open")}
	var p Pane
	p.Resize(70, 10)
	p.Show(lines, false)
	column := strings.Index(p.rowsOf(0)[0].String(), "whom")
	if rows := p.rowsOf(1); len(rows) != 2 || strings.TrimSpace(rows[1].String()) != "what the body is" {
		t.Errorf("%q", texts(rows))
	}
	if rows := p.rowsOf(2); len(rows) != 1 || strings.Index(rows[0].String(), "whether") != column {
		t.Errorf("%q, the column is at %d", texts(rows), column)
	}
	p.Resize(90, 10)
	p.Show(lines, false)
	if rows := p.rowsOf(1); len(rows) != 1 {
		t.Errorf("where the column has room: %q", texts(rows))
	}
}
