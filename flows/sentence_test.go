package flows_test

import (
	"reflect"
	"testing"

	"oauthlens/flows"
)

func TestFindingNumbered(t *testing.T) {
	said := func(text string, steps ...flows.StepNumber) flows.Sentence {
		return flows.Sentence{Text: text, Steps: steps}
	}
	words := map[int]string{0: "2", 1: "8 (1st)", 2: ""}
	number := func(step int) string { return words[step] }
	for _, x := range []struct{ before, after flows.Sentence }{
		{flows.Say(""), flows.Say("")},
		{flows.Say("step 1 “step 1”"), flows.Say("step 1 “step 1”")}, // words, whoever wrote them
		{said("step 1", flows.StepNumber{Start: 5, End: 6}), said("step 2", flows.StepNumber{Start: 5, End: 6})},
		{said("step 2 and “step 2” and step 1.", flows.StepNumber{Start: 5, End: 6, Step: 1}, flows.StepNumber{Start: 33, End: 34}),
			said("step 8 (1st) and “step 2” and step 2.", flows.StepNumber{Start: 5, End: 12, Step: 1}, flows.StepNumber{Start: 39, End: 40})},
		{said("step 3, without another number", flows.StepNumber{Start: 5, End: 6, Step: 2}), said("step 3, without another number", flows.StepNumber{Start: 5, End: 6, Step: 2})},
	} {
		finding := func(s flows.Sentence) flows.Finding {
			return flows.Finding{Code: "c", Title: s, Evidence: []flows.Sentence{flows.Say("e"), s}, Cause: s, Fix: s, Spec: "step 1",
				Candidates: []flows.Candidate{{Code: "k", Why: s, Probe: "step 1"}}, Marks: []flows.Mark{{Step: 1, Label: s}}}
		}
		before := finding(x.before)
		if got, want := before.Numbered(number), finding(x.after); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, want %+v", x.before, got, want)
		}
		if !reflect.DeepEqual(before, finding(x.before)) {
			t.Errorf("%q: the finding itself was changed", x.before)
		}
	}
}
