package jose

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"oauthlens/flows/rawjson"
)

// Time is a claim that holds a time: RFC 7519 section 2 wants a NumericDate, seconds
// since 1970 as a JSON number. Issuers also write strings, milliseconds and dates.
type Time struct {
	Name    string
	Present bool
	// Valid: At could be made out, if need be by guessing the form.
	Valid bool
	At    time.Time // UTC
	Form  TimeForm
	Path  string
}

// TimeForm is the form in which a time claim was written.
type TimeForm string

// The forms. TimeSeconds and TimeFraction are those of the specification, the others
// are deviations.
const (
	TimeSeconds      TimeForm = "seconds"
	TimeFraction     TimeForm = "float"
	TimeText         TimeForm = "string"
	TimeMilliseconds TimeForm = "milliseconds"
	TimeMicroseconds TimeForm = "microseconds"
	TimeNanoseconds  TimeForm = "nanoseconds"
	TimeDate         TimeForm = "date"
	TimeUnreadable   TimeForm = "unreadable"
)

// A count of seconds from firstMilli on lies after the year 9999, which some issuers write
// for "never": it is taken for milliseconds, which reach as far back as 1978. Much the same
// step leads to the finer units.
const (
	firstMilli = 253402300800
	firstMicro = 1e14
	firstNano  = 1e17
	lastNano   = 1e20
)

// readTime reads the claim name of the claims object.
func readTime(claims *rawjson.Node, name string) (Time, []Problem) {
	n := claims.Member(name)
	if n == nil {
		return Time{Name: name}, nil
	}
	t := Time{Name: name, Present: true, Path: n.Path(), Form: TimeUnreadable}
	text := n.Text
	isText := n.Kind == rawjson.String
	if isText {
		text = strings.TrimSpace(text)
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			t.Valid, t.At, t.Form = true, at.UTC(), TimeDate
			return t, timeProblems(t, isText, n)
		}
	}
	if isText || n.Kind == rawjson.Number {
		t.At, t.Form, t.Valid = parseSeconds(text)
	}
	return t, timeProblems(t, isText, n)
}

// parseSeconds reads a count since 1970 and guesses its unit from its size.
func parseSeconds(text string) (time.Time, TimeForm, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		at, form := fromCount(n)
		return at, form, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) >= lastNano || strings.ContainsAny(text, "xXpP_") {
		return time.Time{}, TimeUnreadable, false
	}
	if f == math.Trunc(f) && math.Abs(f) < math.MaxInt64 {
		at, form := fromCount(int64(f))
		if form == TimeSeconds {
			form = TimeFraction
		}
		return at, form, true
	}
	switch {
	case math.Abs(f) >= firstNano:
		return time.Unix(0, int64(f)).UTC(), TimeNanoseconds, true
	case math.Abs(f) >= firstMicro:
		return time.UnixMicro(int64(f)).UTC(), TimeMicroseconds, true
	case math.Abs(f) >= firstMilli:
		return time.UnixMilli(int64(f)).UTC(), TimeMilliseconds, true
	}
	whole, part := math.Modf(f)
	return time.Unix(int64(whole), int64(part*1e9)).UTC(), TimeFraction, true
}

func fromCount(n int64) (time.Time, TimeForm) {
	switch size := math.Abs(float64(n)); {
	case size >= firstNano:
		return time.Unix(0, n).UTC(), TimeNanoseconds
	case size >= firstMicro:
		return time.UnixMicro(n).UTC(), TimeMicroseconds
	case size >= firstMilli:
		return time.UnixMilli(n).UTC(), TimeMilliseconds
	}
	return time.Unix(n, 0).UTC(), TimeSeconds
}

// timeProblems says what is wrong with the form of a time.
func timeProblems(t Time, isText bool, n *rawjson.Node) []Problem {
	var out []Problem
	add := func(suffix string, malformed bool, text string) {
		out = append(out, Problem{
			Code: t.Name + "-" + suffix, Where: "claims " + t.Path, Malformed: malformed,
			Text: text, Spec: "RFC 7519 section 2",
		})
	}
	switch t.Form {
	case TimeUnreadable:
		what := kindName(n.Kind)
		if n.Kind == rawjson.String || n.Kind == rawjson.Number {
			what += " that is no time"
		}
		add("unreadable", true, fmt.Sprintf("The claim %q is %s; it must be a number of seconds since 1970.", t.Name, what))
		return out
	case TimeDate:
		add("date", true, fmt.Sprintf("The claim %q is a written-out date; it must be a number of seconds since 1970.", t.Name))
		return out
	case TimeMilliseconds, TimeMicroseconds, TimeNanoseconds:
		add(string(t.Form), true, fmt.Sprintf("The claim %q is in %s; a reader who expects seconds sees a date tens of thousands of years away.", t.Name, t.Form))
	case TimeFraction:
		if !isText {
			add("float", false, fmt.Sprintf("The claim %q is written as a floating-point number; that is allowed, but some libraries refuse it.", t.Name))
		}
	}
	if isText {
		add("string", true, fmt.Sprintf("The claim %q is a string; it must be a JSON number.", t.Name))
	}
	return out
}
