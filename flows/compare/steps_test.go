package compare

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// TestAStepOfOneSide is one difference, at the step itself, and says why there is no more.
func TestAStepOfOneSide(t *testing.T) {
	whole := newFlow().trace()
	short := whole
	short.Records = slices.Clone(whole.Records[:len(whole.Records)-2]) // neither refreshed nor ended
	for _, tt := range []struct {
		name    string
		outcome flows.Outcome
		why     string
	}{
		{"ended", flows.Succeeded, "Only A walked this step"},
		{"failed", flows.Failed, "B did not come this far."},
	} {
		for _, turned := range []bool{false, true} {
			a, b := whole, short.Append(whole.Records[len(whole.Records)-1].At, flows.RunEnded{Outcome: tt.outcome})
			options := Options{NameA: "A", NameB: "B"}
			if turned {
				a, b, options = b, a, Options{NameA: "B", NameB: "A"}
			}
			differences := Traces(a, b, options).Of("refresh")
			if len(differences) != 1 {
				t.Fatalf("%s: %+v", tt.name, differences)
			}
			if d := differences[0]; d.Path != "refresh" || d.Rule != "step-one-sided" || !strings.HasPrefix(d.Why, tt.why) || d.InA == turned || d.InB != turned {
				t.Errorf("%s, turned %v: %+v", tt.name, turned, d)
			}
		}
	}
}

// TestCallbacksThatWereNotTaken are no steps of the flow; the one that was is compared, and so
// is the last of a flow that took none.
func TestCallbacksThatWereNotTaken(t *testing.T) {
	with := func(extra flows.CallbackVerdict, before bool) flows.Trace {
		out := flows.Trace{Run: "r"}
		stray := flows.CallbackArrived{Via: flows.ViaListener, Verdict: extra, Why: "odd", Request: flows.Request{Method: "GET", URL: "https://app.example/callback?odd=1"}}
		for _, r := range newFlow().trace().Records {
			_, callback := r.Event.(flows.CallbackArrived)
			if callback && before {
				out = out.Append(r.At, stray)
			}
			out = out.Append(r.At, r.Event)
			if callback && !before {
				out = out.Append(r.At, stray)
			}
		}
		return out
	}
	for _, verdict := range []flows.CallbackVerdict{flows.CallbackStray, flows.CallbackDuplicate, flows.CallbackBadHost, flows.CallbackRefused, flows.CallbackEmpty} {
		for _, before := range []bool{true, false} {
			for _, d := range Traces(newFlow().trace(), with(verdict, before), Options{}).Differences {
				if strings.HasPrefix(d.Step, "callback") {
					t.Errorf("%s, before %v: %+v", verdict, before, d)
				}
			}
		}
	}
	refused := newFlow().trace()
	for i, r := range refused.Records {
		if e, ok := r.Event.(flows.CallbackArrived); ok {
			e.Verdict, e.Why = flows.CallbackRefused, "another state"
			refused.Records = slices.Clone(refused.Records[:i+1])
			refused.Records[i].Event = e
			break
		}
	}
	if got := Traces(newFlow().trace(), refused, Options{}).Of("callback"); len(got) == 0 {
		t.Error("a callback that was refused is not compared")
	}
}

// TestStructure: what the quick reading tells of a body, in order: area, path, kind, and
// whether it may hold anything.
func TestStructure(t *testing.T) {
	const json = "json"
	deep := strings.Repeat("[", 3*rawjson.MaxDepth)
	for _, tt := range []struct{ body, form, want string }{
		{` { "a" : 1 , "b" : [ ] , "c" : null , "d" : { "e" : "x\"]" , "f" : true } } `, json, "$ object, $.a number, $.b array?, $.c null?, $.d object, $.d.e string, $.d.f boolean"},
		{`[{"a":1},{"a":2,"b":false},null]`, json, "$ array, $[] object, $[].a number, $[].b boolean"},
		{"[\n\t-1.5e3\r\n,\t2\n]", json, "$ array, $[] number"},
		{"\xef\xbb\xbf[1]", json, "$ array, $[] number"},
		{"\xef\xbb[1]", "text", ""},
		{"\xef\xbb\xbf", "text", ""},
		{"[]", json, "$ array?"},
		{"{}", json, "$ object"},
		{`{"a":1`, json, "$ object, $.a number"},
		{`{"a":`, json, "$ object"},
		{`{"a" 1}`, json, "$ object"},
		{`{"a":{"b":1},"c":}`, json, "$ object, $.a object, $.a.b number"},
		{`{"\u0061":1,"a":2}`, json, "$ object, $.a number, $.a number"},
		{`{"a":x,"b":1}`, json, "$ object"},
		{`{"":1}`, json, "$ object, $[''] number"},
		{`"text"`, "text", ""}, {"12", "text", ""}, {"", "text", ""}, {"<html>", "text", ""},
	} {
		facts := largeFacts([]byte(tt.body), nil)
		if facts[0].area != areaForm || facts[0].value != tt.form {
			t.Errorf("%q is %+v", tt.body, facts[0])
		}
		var got []string
		for i, f := range facts[1:] {
			if (f.area == areaMarker) != (i == 0) || !f.kindOnly {
				t.Errorf("%q: %+v", tt.body, f)
			}
			open := ""
			if f.open {
				open = "?"
			}
			got = append(got, fmt.Sprintf("%s %s%s", strings.TrimPrefix(f.path, "response.body"), f.kind, open))
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%q: %s, want %s", tt.body, strings.Join(got, ", "), tt.want)
		}
	}
	if n := len(largeFacts([]byte(deep), nil)) - 1; n != (longestPath+1)/2 { // of two bytes each
		t.Errorf("%d arrays in one another give %d facts", 3*rawjson.MaxDepth, n)
	}
	skipped := largeFacts([]byte(`{"a":{"b":1},"c":2}`), map[string]bool{"$.a": true})
	if len(skipped) != 3 || skipped[2].name != "c" {
		t.Errorf("what is compared elsewhere: %+v", skipped)
	}
}

// TestWhoseLifeItIs: a sentence about a lifetime names what lives.
func TestWhoseLifeItIs(t *testing.T) {
	for _, tt := range []struct{ step, name, path, want string }{
		{"token", "expires_in", "expires_in", "A token lives"},
		{"refresh", "expires_in", "token.expires_in", "A token lives"},
		{"token", "refresh_expires_in", "refresh_expires_in", "A refresh token lives"},
		{"claims", "life", "id_token.life", "An ID token lives"},
		{"call", "expires_in", "expires_in", "What expires_in is about lives"},
	} {
		d := lives(areaLife, tt.name, time.Hour, time.Minute).at(tt.step)
		d.a.path, d.b.path, d.pair = tt.path, tt.path, testPair("")
		if got := judge(d); got.Rule != codeLifetime || !strings.HasPrefix(got.Why, tt.want) {
			t.Errorf("%s %s: %s %q", tt.step, tt.path, got.Rule, got.Why)
		}
	}
}
