package rawjson

import (
	"errors"
	"strings"
	"testing"

	"oauthlens/flows/runner/faultserver"
)

func TestParsePathsAndOffsets(t *testing.T) {
	data := []byte(`{"a": {"b c": [1, "x\n", true, null]}, "it's": 2.50}`)
	doc, err := Parse(data)
	if err != nil || len(doc.Problems) != 0 {
		t.Fatal(err, doc.Problems)
	}
	for path, want := range map[string]string{
		"$.a['b c'][0]": "1", "$.a['b c'][1]": "x\n", "$.a['b c'][2]": "true", "$.a['b c'][3]": "null", `$['it\'s']`: "2.50",
	} {
		n := doc.Lookup(path)
		if n == nil || n.Text != want || n.Path != path {
			t.Errorf("%s = %+v, want %q", path, n, want)
		}
	}
	doc.Root.Walk(func(n *Node) {
		if doc.Lookup(n.Path) != n {
			t.Errorf("%s does not lead back", n.Path)
		}
		if n.Kind == Number && string(data[n.Start:n.End]) != n.Text {
			t.Errorf("%s: offsets %d..%d", n.Path, n.Start, n.End)
		}
		if n.Name != "" && data[n.NameStart()] != '"' {
			t.Errorf("%s: name offset %d", n.Path, n.NameStart())
		}
	})
}

func TestProblems(t *testing.T) {
	for in, code := range map[string]string{
		`{"a":1,"a":2}`:                    "duplicate",
		"\xef\xbb\xbf{}":                   "bom",
		`{} garbage`:                       "trailing",
		`{"a":1,"b":`:                      "syntax",
		`{"a":NaN}`:                        "syntax",
		strings.Repeat("[", 300) + "1":     "depth",
		"{\"a\":\"\xff\"}":                 "utf8",
		`{"a":"` + strings.Repeat("x", 50): "syntax",
	} {
		doc, err := Parse([]byte(in))
		if err != nil || doc.Root == nil {
			t.Errorf("%.20q: %v", in, err)
			continue
		}
		found := false
		for _, p := range doc.Problems {
			found = found || p.Code == code
		}
		if !found {
			t.Errorf("%.20q: want %s, got %v", in, code, doc.Problems)
		}
	}
}

// TestTooDeepIsNotCutOff: what is nested too deep may be whole, and does not "break off".
func TestTooDeepIsNotCutOff(t *testing.T) {
	doc, err := Parse([]byte(strings.Repeat("[", 300) + strings.Repeat("]", 300)))
	if err != nil || len(doc.Problems) != 2 || doc.Problems[1].Code != "syntax" || doc.Problems[1].Text != "the JSON is nested too deep to be read beyond byte 257" {
		t.Errorf("%v, %+v", err, doc.Problems)
	}
}

func TestNotJSON(t *testing.T) {
	for _, in := range []string{"", "  ", "<html>", "callback({})", "access_token=1", "\x1f\x8b"} {
		if _, err := Parse([]byte(in)); !errors.Is(err, ErrNotJSON) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestPartialTreeIsKept(t *testing.T) {
	doc, err := Parse([]byte(`{"access_token":"x","expires_in":36`))
	if err != nil || doc.Lookup("$.access_token") == nil {
		t.Fatal(err, doc)
	}
}

func TestParsePathRefuses(t *testing.T) {
	for _, p := range []string{"", "a", "$a", "$.", "$..a", "$[x]", "$['a", "$[-1]", "$.a b"} {
		if _, err := ParsePath(p); err == nil {
			t.Errorf("%q accepted", p)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":null}]}`, `[`, `{"a":1,"a":2}x`, "\xef\xbb\xbf1", `"\ud800"`} {
		f.Add([]byte(s))
	}
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(a.Body())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := Parse(data)
		if err != nil {
			return
		}
		doc.Root.Walk(func(n *Node) {
			if n.Start < 0 || n.End > len(data) || n.Start > n.End {
				t.Fatalf("%s: %d..%d of %d", n.Path, n.Start, n.End, len(data))
			}
			if _, err := ParsePath(n.Path); err != nil {
				t.Fatal(err)
			}
		})
	})
}

func BenchmarkParseTokenResponse(b *testing.B) {
	data := []byte(`{"access_token":"` + strings.Repeat("x", 800) + `","token_type":"Bearer","expires_in":3600,"scope":"a b c"}`)
	for b.Loop() {
		Parse(data)
	}
}
