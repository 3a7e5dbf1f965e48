package diagnose

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/capture"
	"oauthlens/flows/visible"
)

// sentencesOf are all sentences of a finding.
func sentencesOf(f flows.Finding) []flows.Sentence {
	var out []flows.Sentence
	f.Rewrite(func(s flows.Sentence) flows.Sentence {
		out = append(out, s)
		return s
	})
	return out
}

// evidence is the evidence of a finding as one text.
func evidence(f flows.Finding) string {
	texts := make([]string, len(f.Evidence))
	for i, e := range f.Evidence {
		texts[i] = e.Text
	}
	return strings.Join(texts, " / ")
}

// checkSentence: it is fit for a terminal, and the steps that it names are those that the
// JSON document lists under their numbers.
func checkSentence(t *testing.T, code string, steps []flows.Step, s flows.Sentence) {
	t.Helper()
	if visible.Line(s.Text) != s.Text {
		t.Errorf("%s: a text is not fit for a terminal: %q", code, s.Text)
	}
	listed := map[int]string{}
	for i, st := range steps {
		if st.Kind != flows.StepOther {
			listed[i] = strconv.Itoa(len(listed) + 1)
		}
	}
	end := 0
	for _, n := range s.Steps {
		if n.Start < end || n.End > len(s.Text) || n.Start >= n.End || s.Text[n.Start:n.End] != listed[n.Step] {
			t.Errorf("%s: step %d is %+v of %q", code, n.Step, n, s.Text)
			return
		}
		end = n.End
	}
}

var stepInWords = regexp.MustCompile(`(?i)\bstep ([0-9]+)`)

// TestNoRuleWritesTheNumberOfAStep: in everything that the rules say, the number of a step is
// a value; as a word it would be wrong for whoever counts in another way.
func TestNoRuleWritesTheNumberOfAStep(t *testing.T) {
	named := 0
	check := func(name string, tr flows.Trace) {
		for _, f := range Run(tr, Options{Providers: profiles()}) {
			for _, s := range sentencesOf(f) {
				var values [][]int
				for _, n := range s.Steps {
					values = append(values, []int{n.Start, n.End})
				}
				var words [][]int
				for _, m := range stepInWords.FindAllStringSubmatchIndex(s.Text, -1) {
					words = append(words, m[2:])
				}
				if named += len(values); !reflect.DeepEqual(values, words) {
					t.Errorf("%s, %s: the steps %v of %q are numbered at %v", name, f.Code, values, s.Text, words)
				}
			}
			checkFindings(t, tr, []flows.Finding{f})
			texts := []string{f.Spec}
			if f.Remedy != nil {
				texts = append(texts, f.Remedy.Text)
			}
			for _, k := range f.Candidates {
				texts = append(texts, k.Probe)
			}
			for _, text := range texts { // no sentences: they cannot name a step
				if stepInWords.MatchString(text) || !visible.Clean(text) {
					t.Errorf("%s, %s: %q", name, f.Code, text)
				}
			}
		}
	}
	cases, _ := corpus(t)
	for _, name := range sortedKeys(cases) {
		r, err := capture.Read(cases[name], capture.Options{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		check(name, r.Trace)
	}
	for code, e := range examples() {
		check(code, numbered(t, e.bad))
		check(code, numbered(t, e.good))
	}
	if named < 600 {
		t.Errorf("only %d steps are named", named)
	}
}

func TestSentence(t *testing.T) {
	first, third := stepNumber(&message{index: 0, number: 1}), stepNumber(&message{index: 12, number: 10})
	for written, want := range map[string]flows.Sentence{
		"":                        {},
		"names none":              flows.Say("names none"),
		"step " + first:           {Text: "step 1", Steps: []flows.StepNumber{{Start: 5, End: 6}}},
		third + " and " + first:   {Text: "10 and 1", Steps: []flows.StepNumber{{End: 2, Step: 12}, {Start: 7, End: 8}}},
		first + first + " “1”":    {Text: "11 “1”", Steps: []flows.StepNumber{{End: 1}, {Start: 1, End: 2}}},
		"not a step: \x0ex y\x0f": {Text: "not a step: y"},
	} {
		if got := sentence(written); !reflect.DeepEqual(got, want) {
			t.Errorf("%q is %+v, want %+v", written, got, want)
		}
	}
}

// TestTheCodeCameAtAStep: the age of a code is said of the step at which it came: the callback,
// and the answer before it where there is no callback, or where it took its time.
func TestTheCodeCameAtAStep(t *testing.T) {
	const sent = "> GET https://app.red.test/cb"
	late := "+11m\n" + refuse(strings.ReplaceAll(exchangeScene, "VERIFIER", verifier), refusedGrant400)
	login := strings.ReplaceAll(loginScene, "CHALLENGE", s256(verifier))
	before, _, _ := strings.Cut(login, sent)
	for name, tt := range map[string]struct{ text, want string }{
		"at once":                      {login + late, "11 min passed between the callback of step 4 and the exchange of step 5"},
		"5 s later":                    {edit(login, sent, "+5s\n"+sent) + late, "11 min passed between the answer of step 3, which brought the code, and the exchange of step 5"},
		"the callback is not recorded": {before + late, "11 min passed between the answer of step 3, which brought the code, and the exchange of step 4"},
	} {
		f, at := find(Run(numbered(t, tt.text), Options{}), "code-expired")
		if at < 0 || f.Evidence[0].Text != tt.want {
			t.Errorf("%s: %v", name, f.Evidence)
		}
	}
}
