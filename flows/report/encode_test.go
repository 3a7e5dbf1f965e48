package report

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"testing/quick"
	"time"

	"oauthlens/flows"
)

// byTheLibrary is what encoding/json makes of a document.
func byTheLibrary(t *testing.T, v any, indent bool) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if indent {
		enc.SetIndent("", "  ")
	}
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return escapeHidden(b.Bytes())
}

type untagged struct {
	Named string `json:"named"`
	Plain int
}

type embedding struct {
	untagged
	Other string `json:"other"`
}

type tagged struct {
	Left     string            `json:"-"`
	Maybe    *string           `json:"maybe,omitempty"`
	None     *string           `json:"none"`
	List     []string          `json:"list,omitempty"`
	Empty    []int             `json:"empty"`
	Words    map[string]string `json:"words"`
	Inner    untagged          `json:"inner,omitempty"`
	Any      any               `json:"any"`
	At       time.Time         `json:"at"`
	Secret   flows.Secret      `json:"secret"`
	Bytes    []byte            `json:"bytes"`
	Fraction float64           `json:"fraction,omitempty"`
	Small    uint8             `json:"small"`
	Raw      json.RawMessage   `json:"raw"`
	Numbers  map[int]string    `json:"numbers,omitempty"`
}

// A document is written as encoding/json writes it.
func TestEncode(t *testing.T) {
	text := "a"
	for name, v := range map[string]any{
		"nothing":        nil,
		"an empty one":   Document{},
		"a step":         Document{Steps: []StepJSON{{Request: &RequestJSON{Headers: []flows.Header{{Name: "A", Value: "b"}}}, Timings: &TimingsJSON{}}}},
		"no list":        []string(nil),
		"an empty list":  []string{},
		"no map":         map[string]any(nil),
		"a map in order": map[string]any{"b": 1.5, "a": []any{true, nil, "x"}, "": map[string]any{}},
		"texts":          []string{"<a href=\"b\">&</a>", "\x00\x1f\b\f\n\r\t\\\x7f", "\u2028\u2029", "é😀", "\xff\xfe", "\x1b[31m", "a\u202eb"},
		"numbers":        []any{0.0, math.Copysign(0, -1), 1e21, 1e-7, 1.0, 123456789.125, math.MaxInt64, math.MinInt64, int64(1) << 60, math.MaxFloat64, math.SmallestNonzeroFloat64},
		"untagged":       untagged{Named: "a", Plain: 1},
		"embedding":      []embedding{{untagged{"a", 1}, "b"}},
		"tagged":         tagged{Maybe: &text, List: []string{"x"}, Words: map[string]string{"z": "1", "y": "2"}, Any: &tagged{}, Secret: flows.NewSecret(flows.FingerprintKey{}, "code", "abc"), Bytes: []byte("raw"), Fraction: .25, Small: 7, Raw: json.RawMessage(`{ "a" : [1, 2.50, "\u003c", {"a":1,"a":2}] }`), Numbers: map[int]string{2: "b", 1: "a"}},
		"an empty tag":   tagged{},
		"raw":            JWTJSON{Header: json.RawMessage(`{"alg":"RS256"}`), Claims: json.RawMessage(`{"exp":1.0e3,"é":"\ud83d\ude00 \/ <"}`)},
		"a pointer":      &text,
	} {
		for _, indent := range []bool{false, true} {
			got, err := Encode(v, indent)
			if want := byTheLibrary(t, v, indent); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s, indent %t: %v\ngot  %s\nwant %s", name, indent, err, got, want)
			}
		}
	}
	for name, v := range map[string]any{"no number": math.NaN(), "a broken raw value": json.RawMessage(`{`), "a function": func() {}} {
		if got, err := Encode(v, true); err == nil {
			t.Errorf("%s: no error, %s", name, got)
		}
	}
}

// So is any document, whatever stands in it.
func TestEncodeAnyDocument(t *testing.T) {
	same := func(d Document, indent bool) bool {
		for i := range d.JWTs {
			d.JWTs[i].Header, d.JWTs[i].Claims = json.RawMessage(`{"kid":"\u0041"}`), nil
		}
		if d.JWT != nil {
			d.JWT.Header, d.JWT.Claims = nil, json.RawMessage(`[]`)
		}
		got, err := Encode(d, indent)
		return err == nil && bytes.Equal(got, byTheLibrary(t, d, indent))
	}
	if err := quick.Check(same, &quick.Config{MaxCount: 20}); err != nil {
		t.Error(err)
	}
}
