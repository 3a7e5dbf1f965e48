package diagnose

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/capture"
)

// grow gives a judge a trace as it grows, and compares what it finds with what a look at
// the whole finds.
func grow(t *testing.T, j *Judge, name string, tr flows.Trace, cuts []int) {
	t.Helper()
	for _, n := range cuts {
		part := flows.Trace{Run: tr.Run, Records: tr.Records[:n:n]}
		sameFindings(t, name, n, j.Run(part, Options{}), Run(part, Options{}))
	}
}

func sameFindings(t *testing.T, name string, n int, got, want []flows.Finding) {
	t.Helper()
	x, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if string(x) != string(y) {
		t.Errorf("%s, %d records: the judge says\n%s\nwhole\n%s", name, n, x, y)
	}
}

// cutsOf are lengths at which a trace is judged: all of a short one, some of a long one,
// the end always, and the end twice.
func cutsOf(n int) []int {
	var out []int
	for i := 0; i <= n; i += 1 + n/6 {
		out = append(out, i)
	}
	return append(out, n, n)
}

// TestJudgeOfARecording: every recorded fault, judged as if it happened now.
func TestJudgeOfARecording(t *testing.T) {
	cases, _ := corpus(t)
	var j Judge
	for _, name := range sortedKeys(cases) {
		r, err := capture.Read(cases[name], capture.Options{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		grow(t, &j, name, r.Trace, cutsOf(len(r.Trace.Records)))
	}
	if len(j.memories) != keptRuns {
		t.Errorf("%d runs are kept", len(j.memories))
	}
}

// TestJudgeOfExamples: the examples of every rule, all of them under one name, so that
// what is kept of one must not be taken for another's.
func TestJudgeOfExamples(t *testing.T) {
	var j Judge
	for _, code := range sortedKeys(examples()) {
		e := examples()[code]
		for _, text := range []string{e.bad, e.good} {
			tr := parseScene(t, text)
			grow(t, &j, code, tr, cutsOf(len(tr.Records)))
		}
	}
}

// TestJudgeForgets: what a judge knows of a run does not outlive that run's answers.
func TestJudgeForgets(t *testing.T) {
	good := parseScene(t, loginScene+exchangeScene+callScene)
	n := len(good.Records)
	copied := func(change func(*flows.ExchangeFinished)) flows.Trace {
		tr := flows.Trace{Run: good.Run}
		for i, r := range good.Records {
			if e, ok := r.Event.(flows.ExchangeFinished); ok && i == n-1 {
				change(&e)
				r.Event = e
			}
			tr = tr.Append(r.At, r.Event)
		}
		return tr
	}
	refused := copied(func(e *flows.ExchangeFinished) {
		e.Exchange.Response = &flows.Response{Status: 401, Body: []byte(`{"error":"invalid_token","error_description":"The access token expired"}`)}
	})
	elsewhere := copied(func(e *flows.ExchangeFinished) { e.Exchange.Request.URL = "http://api.blue.test/v1/me" })
	unanswered := copied(func(e *flows.ExchangeFinished) { e.Exchange.Response = nil })
	other := flows.Trace{Run: "00000000000000aa", Records: slices.Clone(refused.Records)}
	third := flows.Trace{Run: "00000000000000bb", Records: slices.Clone(elsewhere.Records)}
	var j Judge
	for i, tr := range []flows.Trace{good, refused, good, elsewhere, unanswered, {Run: good.Run, Records: good.Records[:n-2]}, good, other, third, refused, {}, good} {
		sameFindings(t, "another trace of the same name", i, j.Run(tr, Options{}), Run(tr, Options{}))
	}
}

// TestJudgeDoesNotTouch: a judge leaves the trace, and what it said before, as they were.
func TestJudgeDoesNotTouch(t *testing.T) {
	tr := parseScene(t, loginScene+refuse(exchangeScene, refusedGrant400))
	var j Judge
	first := j.Run(tr, Options{})
	kept, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	longer := tr.Append(tr.EndedAt().Add(time.Second), flows.Noted{Text: "later"})
	j.Run(longer, Options{})
	again, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	if string(again) != string(kept) || len(tr.Records) == len(longer.Records) {
		t.Error("findings that were handed out have changed")
	}
}

func BenchmarkJudgeGrowing(b *testing.B) {
	tr := benchTrace(b, 300)
	for range b.N {
		var j Judge
		for n := range tr.Records {
			j.Run(flows.Trace{Run: tr.Run, Records: tr.Records[:n+1]}, Options{})
		}
	}
}
