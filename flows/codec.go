package flows

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// UnknownKindError tells that an event is of a kind that this version does not know:
// it was written by a newer one.
type UnknownKindError struct{ Kind string }

func (e *UnknownKindError) Error() string {
	return "event kind " + strconv.Quote(e.Kind) + " is not known to this version"
}

// EncodeEvent writes the event whole, raw secrets included: what it returns goes into
// the sealed store and nowhere else. The form is JSON by Go field names; members of
// zero value are left out, a text that is not UTF-8 stands as {"base64": "..."}, and a
// secret as {"mask": ..., "raw": ...}, so that decoding gives back every byte.
func EncodeEvent(e Event) ([]byte, error) {
	if e == nil {
		return nil, errors.New("encode event: no event")
	}
	if _, known := newEvent(KindOf(e)); !known {
		return nil, fmt.Errorf("encode event: %w", &UnknownKindError{Kind: KindOf(e)})
	}
	b := bytes.NewBuffer(make([]byte, 0, usualEvent))
	if err := encodeValue(b, reflect.ValueOf(e)); err != nil {
		return nil, fmt.Errorf("encode event %s: %w", KindOf(e), err)
	}
	return b.Bytes(), nil
}

// usualEvent is a little more than the bytes of the largest event of a usual run.
const usualEvent = 2 << 10

// DecodeEvent reads what EncodeEvent wrote. Members that this version does not know are
// passed over; an unknown kind gives an [UnknownKindError]. A secret keeps the mask
// that it was written with; one without a mask gets its mask under key. Errors name
// the place, never a value.
func DecodeEvent(kind string, data []byte, key FingerprintKey) (Event, error) {
	target, known := newEvent(kind)
	if !known {
		return nil, &UnknownKindError{Kind: kind}
	}
	d := decoder{key: key}
	if !json.Valid(data) {
		return nil, fmt.Errorf("decode event %s: not valid JSON", kind)
	}
	if err := d.value(target.Elem(), data, 0); err != nil {
		return nil, fmt.Errorf("decode event %s: %w", kind, err)
	}
	return target.Elem().Interface().(Event), nil
}

// EventKinds lists the names of all kinds of events, sorted.
func EventKinds() []string {
	var out []string
	for _, e := range eventSamples() {
		out = append(out, KindOf(e))
	}
	sort.Strings(out)
	return out
}

// eventSamples holds one zero value of every kind: the closed set.
func eventSamples() []Event {
	return []Event{
		RunStarted{}, Imported{}, Asked{}, Changed{}, Drawn{}, AuthorizationBuilt{},
		ListenerOpened{}, ListenerFailed{}, BrowserOpened{}, CallbackArrived{},
		ExchangeStarted{}, ExchangeFinished{}, CallbackTimedOut{}, Noted{}, RunEnded{},
	}
}

func newEvent(kind string) (reflect.Value, bool) {
	for _, e := range eventSamples() {
		if KindOf(e) == kind {
			return reflect.New(reflect.TypeOf(e)), true
		}
	}
	return reflect.Value{}, false
}

var (
	secretType = reflect.TypeFor[Secret]()
	timeType   = reflect.TypeFor[time.Time]()
)

func encodeValue(b *bytes.Buffer, v reflect.Value) error {
	switch v.Type() {
	case secretType:
		encodeSecret(b, v.Interface().(Secret))
		return nil
	case timeType:
		writeText(b, encodeTime(v.Interface().(time.Time)))
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		return encodeStruct(b, v)
	case reflect.Pointer:
		return encodeValue(b, v.Elem())
	case reflect.String:
		writeText(b, v.String())
	case reflect.Bool:
		b.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int64:
		b.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Slice, reflect.Array:
		return encodeList(b, v)
	default:
		return fmt.Errorf("no encoding for %s", v.Type())
	}
	return nil
}

func encodeStruct(b *bytes.Buffer, v reflect.Value) error {
	b.WriteByte('{')
	first := true
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		name := v.Type().Field(i).Name
		b.WriteString(`"` + name + `":`)
		if err := encodeValue(b, v.Field(i)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	b.WriteByte('}')
	return nil
}

func encodeList(b *bytes.Buffer, v reflect.Value) error {
	if v.Kind() == reflect.Slice && v.IsNil() {
		b.WriteString("null")
		return nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		if v.Kind() == reflect.Array {
			raw := make([]byte, v.Len())
			reflect.Copy(reflect.ValueOf(raw), v)
			encodeBase64(b, raw)
			return nil
		}
		writeText(b, string(v.Bytes()))
		return nil
	}
	b.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encodeValue(b, v.Index(i)); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	b.WriteByte(']')
	return nil
}

func encodeSecret(b *bytes.Buffer, s Secret) {
	b.WriteString(`{"mask":`)
	writeText(b, s.mask)
	b.WriteString(`,"raw":`)
	writeText(b, s.raw)
	b.WriteByte('}')
}

// writeText writes a JSON string; what is not UTF-8 would be mended, and so lost, by
// a JSON string, and control characters would take six bytes each. Unlike json.Marshal it
// leaves '&', '<' and '>' as they are: nobody puts it into a page, and a form or a page of
// them would be six times as long.
func writeText(b *bytes.Buffer, s string) {
	if !utf8.ValidString(s) || swells(s) {
		encodeBase64(b, []byte(s))
		return
	}
	b.Grow(len(s) + len(s)/16 + 2)
	b.WriteByte('"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b.WriteString(s[from:i])
		from = i + 1
		switch c {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			fmt.Fprintf(b, `\u%04x`, c)
		}
	}
	b.WriteString(s[from:])
	b.WriteByte('"')
}

// swells tells that a long text is shorter in base64 than as a JSON string: an unpacked
// bomb is a megabyte of zeros.
func swells(s string) bool {
	if len(s) < 1024 {
		return false
	}
	controls := 0
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\n' && s[i] != '\r' && s[i] != '\t' {
			controls++
		}
	}
	return controls > len(s)/8
}

func encodeBase64(b *bytes.Buffer, raw []byte) {
	b.WriteString(`{"base64":"` + base64.StdEncoding.EncodeToString(raw) + `"}`)
}

// farTime marks a time that RFC 3339 cannot write: a year beyond four digits or a zone
// with seconds. Its zone is lost, its instant is not.
const farTime = "unix:"

func encodeTime(t time.Time) string {
	s := t.Format(time.RFC3339Nano)
	if back, err := time.Parse(time.RFC3339Nano, s); err == nil && back.Equal(t) {
		return s
	}
	return farTime + strconv.FormatInt(t.Unix(), 10) + "." + strconv.Itoa(t.Nanosecond())
}

func decodeTime(s string) (time.Time, error) {
	rest, far := strings.CutPrefix(s, farTime)
	if !far {
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return time.Time{}, errors.New("not a time")
		}
		return t, nil
	}
	whole, part, _ := strings.Cut(rest, ".")
	sec, err1 := strconv.ParseInt(whole, 10, 64)
	nsec, err2 := strconv.ParseInt(part, 10, 32)
	if err1 != nil || err2 != nil || nsec < 0 || nsec >= 1e9 {
		return time.Time{}, errors.New("not a time")
	}
	return time.Unix(sec, nsec).UTC(), nil
}

type decoder struct{ key FingerprintKey }

// maxEncodedDepth bounds the nesting that is followed; the deepest event has nine
// levels.
const maxEncodedDepth = 24

func (d decoder) value(v reflect.Value, data []byte, depth int) error {
	if depth > maxEncodedDepth {
		return errors.New("nested too deep")
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(v.Elem(), data, depth+1)
	}
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return nil
	}
	switch v.Type() {
	case secretType:
		return d.secret(v, data)
	case timeType:
		s, err := readText(data)
		if err != nil {
			return err
		}
		t, err := decodeTime(s)
		v.Set(reflect.ValueOf(t))
		return err
	}
	switch v.Kind() {
	case reflect.Struct:
		return d.structure(v, data, depth)
	case reflect.String:
		s, err := readText(data)
		v.SetString(s)
		return err
	case reflect.Slice, reflect.Array:
		return d.list(v, data, depth)
	}
	return d.scalar(v, data)
}

func (d decoder) scalar(v reflect.Value, data []byte) error {
	text := string(bytes.TrimSpace(data))
	switch v.Kind() {
	case reflect.Bool:
		if text != "true" && text != "false" {
			return errors.New("not true or false")
		}
		v.SetBool(text == "true")
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return errors.New("not a whole number")
		}
		v.SetInt(n)
	default:
		return fmt.Errorf("no decoding for %s", v.Type())
	}
	return nil
}

func (d decoder) structure(v reflect.Value, data []byte, depth int) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return errors.New("not an object")
	}
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		member, present := members[name]
		if !present {
			continue
		}
		if err := d.value(v.Field(i), member, depth+1); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (d decoder) list(v reflect.Value, data []byte, depth int) error {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return readBytes(v, data)
	}
	var members []json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return errors.New("not a list")
	}
	v.Set(reflect.MakeSlice(v.Type(), len(members), len(members)))
	for i, member := range members {
		if err := d.value(v.Index(i), member, depth+1); err != nil {
			return fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return nil
}

func readBytes(v reflect.Value, data []byte) error {
	s, err := readText(data)
	if err != nil {
		return err
	}
	if v.Kind() == reflect.Array {
		if len(s) != v.Len() {
			return fmt.Errorf("%d bytes instead of %d", len(s), v.Len())
		}
		reflect.Copy(v, reflect.ValueOf([]byte(s)))
		return nil
	}
	v.SetBytes([]byte(s))
	return nil
}

// readText reads a JSON string or its base64 form.
func readText(data []byte) (string, error) {
	var s string
	if err := json.Unmarshal(data, &s); err == nil {
		return s, nil
	}
	var wrapped struct {
		Base64 *string `json:"base64"`
	}
	if err := json.Unmarshal(data, &wrapped); err != nil || wrapped.Base64 == nil {
		return "", errors.New("not a text")
	}
	raw, err := base64.StdEncoding.DecodeString(*wrapped.Base64)
	if err != nil {
		return "", errors.New("not valid base64")
	}
	return string(raw), nil
}

func (d decoder) secret(v reflect.Value, data []byte) error {
	var members struct {
		Mask, Raw json.RawMessage
	}
	if err := json.Unmarshal(data, &members); err != nil {
		return errors.New("not a secret")
	}
	mask, err := optionalText(members.Mask)
	if err != nil {
		return err
	}
	raw, err := optionalText(members.Raw)
	if err != nil {
		return err
	}
	if raw == "" && mask == "" {
		return nil
	}
	if !IsMask(mask) {
		mask = d.key.Mask("secret", raw)
	}
	v.Set(reflect.ValueOf(Secret{raw: raw, mask: mask}))
	return nil
}

func optionalText(data json.RawMessage) (string, error) {
	if len(data) == 0 {
		return "", nil
	}
	return readText(data)
}
