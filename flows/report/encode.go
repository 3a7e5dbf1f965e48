package report

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"oauthlens/flows/visible"
)

// usualDocument is a little more than the bytes of the document of a usual short run.
const usualDocument = 4 << 10

// Encode writes a document as JSON, member for member as encoding/json does. Characters that
// would steer a terminal are written as \u escapes, which changes nothing for a parser.
//
// encoding/json first makes an encoder for each type that it meets, which takes longer than
// all else that a short run does after its answer, and is of use from the second document on:
// a run writes one.
func Encode(v any, indent bool) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, usualDocument))
	options := []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true), jsontext.PreserveRawStrings(true), jsontext.EscapeForJS(true)}
	if indent {
		options = append(options, jsontext.WithIndent("  "))
	}
	if err := writeValue(jsontext.NewEncoder(b, options...), reflect.ValueOf(v)); err != nil {
		return nil, fmt.Errorf("encode the document: %w", err)
	}
	return escapeHidden(b.Bytes()), nil
}

var (
	ownJSON = reflect.TypeFor[json.Marshaler]()
	ownText = reflect.TypeFor[encoding.TextMarshaler]()
)

// writeValue writes a value under the rules of encoding/json. What has rules of its own is
// left to that package.
func writeValue(e *jsontext.Encoder, v reflect.Value) error {
	if !v.IsValid() {
		return e.WriteToken(jsontext.Null)
	}
	t := v.Type()
	if t.Kind() != reflect.Interface && (t.Implements(ownJSON) || t.Implements(ownText)) {
		return writeOwn(e, v)
	}
	switch t.Kind() {
	case reflect.Interface, reflect.Pointer:
		return writeValue(e, v.Elem())
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			return writeOwn(e, v) // which marks what it mends by an escape
		}
		return e.WriteToken(jsontext.String(v.String()))
	case reflect.Bool:
		return e.WriteToken(jsontext.Bool(v.Bool()))
	case reflect.Int, reflect.Int64:
		return e.WriteToken(jsontext.Int(v.Int()))
	case reflect.Float64:
		if f := v.Float(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return e.WriteToken(jsontext.Float(f))
		}
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			return writeList(e, v)
		}
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return writeMap(e, v)
		}
	case reflect.Struct:
		return writeStruct(e, v)
	}
	return writeOwn(e, v)
}

func writeOwn(e *jsontext.Encoder, v reflect.Value) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v.Interface()); err != nil {
		return err
	}
	return e.WriteValue(b.Bytes())
}

func writeList(e *jsontext.Encoder, v reflect.Value) error {
	if v.IsNil() {
		return e.WriteToken(jsontext.Null)
	}
	if err := e.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for i := range v.Len() {
		if err := writeValue(e, v.Index(i)); err != nil {
			return err
		}
	}
	return e.WriteToken(jsontext.EndArray)
}

func writeMap(e *jsontext.Encoder, v reflect.Value) error {
	if v.IsNil() {
		return e.WriteToken(jsontext.Null)
	}
	if err := e.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	names := v.MapKeys()
	slices.SortFunc(names, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, name := range names {
		if err := writeMember(e, name.String(), v.MapIndex(name)); err != nil {
			return err
		}
	}
	return e.WriteToken(jsontext.EndObject)
}

// writeStruct writes the members that the tags name. The only option of a tag is omitempty;
// a field without a name in its tag, as an embedded one, is left to encoding/json with all
// that is beside it.
func writeStruct(e *jsontext.Encoder, v reflect.Value) error {
	t := v.Type()
	tags := make([]string, t.NumField())
	for i := range tags {
		if tags[i] = t.Field(i).Tag.Get("json"); tags[i] == "" || tags[i][0] == ',' {
			return writeOwn(e, v)
		}
	}
	if err := e.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for i, tag := range tags {
		name, option, _ := strings.Cut(tag, ",")
		if name == "-" || option == "omitempty" && isEmpty(v.Field(i)) {
			continue
		}
		if err := writeMember(e, name, v.Field(i)); err != nil {
			return err
		}
	}
	return e.WriteToken(jsontext.EndObject)
}

func writeMember(e *jsontext.Encoder, name string, v reflect.Value) error {
	if err := e.WriteToken(jsontext.String(name)); err != nil {
		return err
	}
	return writeValue(e, v)
}

// isEmpty is what omitempty means in encoding/json.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Array:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

func escapeHidden(data []byte) []byte {
	if plainASCII(data) {
		return data
	}
	out := make([]byte, 0, len(data)+64)
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == '\n' || visible.Clean(string(data[i:i+n])) {
			out = append(out, data[i:i+n]...)
		} else if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		} else {
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += n
	}
	return out
}

func plainASCII(data []byte) bool {
	for _, c := range data {
		if c >= 0x7f || c < 0x20 && c != '\n' {
			return false
		}
	}
	return true
}
