package rawjson

import (
	"errors"
	"runtime"
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
		if n == nil || n.Text != want || n.Path() != path {
			t.Errorf("%s = %+v, want %q", path, n, want)
		}
	}
	doc.Root.Walk(func(n *Node) {
		if doc.Lookup(n.Path()) != n {
			t.Errorf("%s does not lead back", n.Path())
		}
		if n.Kind == Number && string(data[n.Start:n.End]) != n.Text {
			t.Errorf("%s: offsets %d..%d", n.Path(), n.Start, n.End)
		}
		if n.Name != "" && data[n.NameStart()] != '"' {
			t.Errorf("%s: name offset %d", n.Path(), n.NameStart())
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

// TestTooManyValues: what lies behind the bound is not read, which is said.
func TestTooManyValues(t *testing.T) {
	for n, want := range map[int]int{MaxValues - 1: 0, MaxValues: 2} { // the array is one, too
		doc, err := Parse([]byte("[0" + strings.Repeat(",0", n-1) + "]"))
		if err != nil || len(doc.Problems) != want || len(doc.Root.Children) != MaxValues-1 {
			t.Fatalf("%d: %v, %+v, %d read", n, err, doc.Problems, len(doc.Root.Children))
		}
		if want > 0 && (doc.Problems[0].Code != "values" || doc.Problems[1].Text != "the JSON has too many values to be read beyond byte 199998") {
			t.Errorf("%+v", doc.Problems)
		}
	}
}

// TestManyOddities: of thousands of problems of one kind the first are told, and how many more
// there are.
func TestManyOddities(t *testing.T) {
	doc, err := Parse([]byte(`{"a":1` + strings.Repeat(`,"a":2`, 5000) + `,"b":["` + "\xff" + `"` + strings.Repeat(",\"\xff\"", 200) + `],"last":1,"last":2}`))
	if err != nil || len(doc.Problems) != 2*(maxAlike+1) {
		t.Fatal(err, len(doc.Problems))
	}
	for i, want := range []Problem{{"duplicate", 0, "$.last", "4901 more members occur more than once"}, {"utf8", 0, "$.b[200]", "101 more strings are not valid UTF-8"}} {
		got := doc.Problems[len(doc.Problems)-2+i]
		if got.Offset == 0 || got.Code != want.Code || got.Path != want.Path || got.Text != want.Text {
			t.Errorf("%+v", got)
		}
	}
}

// TestAMegabyteTakesLittle: what is read of a megabyte takes at most twenty times its size,
// whatever it holds: the names above a value count once, not at each of them.
func TestAMegabyteTakesLittle(t *testing.T) {
	fill := func(open, piece string) []byte {
		return []byte(open + strings.Repeat(piece, (1<<20-len(open))/len(piece)))
	}
	for name, data := range map[string][]byte{
		"zeros": fill("[0", ",0"), "objects": fill("[0", ",{}"), "a member again and again": fill(`{"a":1`, `,"a":1`),
		"zeros far down":          fill(strings.Repeat("[", 200)+"0", ",0"),
		"zeros below a long name": fill(`{"`+strings.Repeat("k", 100_000)+`":[0`, ",0"),
		"ladders":                 fill("[0", ","+strings.Repeat(`{"":`, 200)+"0"+strings.Repeat("}", 200)),
		"broken strings":          fill("[0", ",\"\xff\""),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		doc, err := Parse(data)
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > uint64(20*len(data)) {
			t.Errorf("%s: %d KiB were allocated for %d problems", name, took>>10, len(doc.Problems))
		}
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
		if !Begins(data) {
			t.Fatalf("%q is said to be no JSON", data)
		}
		doc.Root.Walk(func(n *Node) {
			if n.Start < 0 || n.End > len(data) || n.Start > n.End {
				t.Fatalf("%s: %d..%d of %d", n.Path(), n.Start, n.End, len(data))
			}
			if _, err := ParsePath(n.Path()); err != nil {
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
