package crash_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"oauthlens/flows/crash"
)

const secret = "S3cr3t-at-hand"

// caught is the report of a panic in f.
func caught(f func()) (r *crash.Report) {
	defer func() { r = crash.Of(recover()) }()
	f()
	return nil
}

func none(m map[string]string) map[string]string { return m }

type talkative struct{ quotes string }

func (t talkative) Error() string  { return t.quotes }
func (t talkative) String() string { return t.quotes }

func TestAReportQuotesNothing(t *testing.T) {
	data, at := []byte(secret), 40
	tests := []struct {
		name string
		fall func()
		what string
	}{
		{"a string", func() { panic("bad header " + secret) }, "a panic of type string"},
		{"an error", func() { panic(fmt.Errorf("parse %q", secret)) }, ""},
		{"a value that speaks", func() { panic(talkative{secret}) }, "a panic of type crash_test.talkative"},
		{"an index", func() { _ = data[at] }, "index out of range [40] with length 14"},
		{"a slice", func() { _ = data[at:] }, "slice bounds out of range [40:14]"},
		{"no map", func() { none(nil)[secret] = secret }, "assignment to entry in nil map"},
		{"another type", func() { var v any = secret; _ = v.(int) }, "interface conversion: interface {} is string, not int"},
		{"no pointer", func() { var p *talkative; _ = p.quotes }, "invalid memory address or nil pointer dereference"},
		{"a key that is none", func() { m := map[any]int{}; m[[]string{secret}] = 1 }, "hash of unhashable type"},
	}
	for _, tt := range tests {
		r := caught(tt.fall)
		if r == nil {
			t.Errorf("%s: no report", tt.name)
			continue
		}
		if tt.name == "an error" {
			tt.what = "a panic of type *" // the type is fmt's own affair
		}
		if !strings.Contains(r.What, tt.what) || strings.Contains(r.String(), secret) {
			t.Errorf("%s: %s", tt.name, r)
		}
		if len(r.Where) == 0 || !strings.HasPrefix(r.Where[0].Function, "flows/crash_test.TestAReportQuotesNothing") || !strings.HasPrefix(r.Where[0].Line, "crash_test.go:") {
			t.Errorf("%s: where it happened is not first: %v", tt.name, r.Where)
		}
		if strings.Contains(r.Error(), "\n") || strings.Contains(r.String(), "0x") {
			t.Errorf("%s: %q", tt.name, r.String())
		}
	}
}

func TestNothingHappened(t *testing.T) {
	if r := caught(func() {}); r != nil {
		t.Errorf("%v", r)
	}
}

// TestRaisedAgain: the goroutine that waits for another raises what stopped that one.
func TestRaisedAgain(t *testing.T) {
	first := caught(func() { panic(secret) })
	for _, again := range []error{first, fmt.Errorf("the run: %w", first), errors.Join(errors.New("x"), first)} {
		if r := caught(func() { panic(again) }); r != first {
			t.Errorf("%v", r)
		}
	}
}
