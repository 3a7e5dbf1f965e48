// Package crash says what is said of a panic, which is always a mistake of this program.
// What Go prints by itself holds the value of the panic, and that may quote whatever the
// program had at hand: a header, a token, a passphrase. A report holds where it happened,
// as names of functions with lines of the source, and of the value only what cannot quote
// anything: the runtime's own words, or else the name of its type.
package crash

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"
)

// Report is a panic that was caught. It is an error whose text is one sentence.
type Report struct {
	What  string  // "index out of range [3] with length 2", or "a panic of type string"
	Where []Frame // innermost first, this program's and the libraries' functions
}

// Frame is one call.
type Frame struct {
	Function string // with its package, without the project's name: "flows/jose.Decode"
	Line     string // "decode.go:42"
}

func (f Frame) String() string { return f.Function + " (" + f.Line + ")" }

// deepest bounds how many calls a report holds.
const deepest = 12

// Of makes the report of what recover returned; it must be called by the deferred function
// itself, since it reads the stack. Nil gives nil. A report that was raised again, from
// another goroutine, stays as it is.
func Of(value any) *Report {
	if value == nil {
		return nil
	}
	if err, ok := value.(error); ok {
		var earlier *Report
		if errors.As(err, &earlier) {
			return earlier
		}
	}
	return &Report{What: kind(value), Where: stack()}
}

// kind is what may be said of a panic's value. The errors of the runtime hold numbers and
// names of types, nothing of the program's data.
func kind(value any) string {
	if err, ok := value.(runtime.Error); ok {
		return strings.TrimPrefix(err.Error(), "runtime error: ")
	}
	return fmt.Sprintf("a panic of type %T", value)
}

// stack lists the calls below the panic that is being recovered.
func stack() []Frame {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	var out []Frame
	panicked := false
	for {
		f, more := frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		panicked = panicked || f.Function == "runtime.gopanic"
		if panicked && !inRuntime && f.Function != "" && len(out) < deepest {
			name := strings.TrimPrefix(f.Function, "oauthlens/")
			out = append(out, Frame{Function: name, Line: fmt.Sprintf("%s:%d", path.Base(f.File), f.Line)})
		}
		if !more {
			return out
		}
	}
}

// Error is one sentence.
func (r *Report) Error() string {
	at := ""
	if len(r.Where) > 0 {
		at = " in " + r.Where[0].String()
	}
	return "a mistake of this program stopped it" + at + ": " + r.What
}

// String is the whole report, a line for each call.
func (r *Report) String() string {
	var b strings.Builder
	b.WriteString(r.Error() + "\n")
	for _, f := range r.Where {
		b.WriteString("  " + f.String() + "\n")
	}
	return b.String()
}
