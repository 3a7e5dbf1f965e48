package flows

import (
	"cmp"
	"slices"
	"strings"
)

// Sentence is a text of a finding. The steps that it names are values, not words: each
// front end numbers them as it lists them itself (see [Finding.Numbered]), and a number
// that somebody else wrote ("step 3" in a server's error description) stays what it is.
// Who changes the text makes a new sentence.
type Sentence struct {
	// Text is the whole sentence, with the steps numbered as the JSON document lists them:
	// from 1, without the traffic that is no part of a flow.
	Text string
	// Steps are the numbers of steps in Text, from left to right.
	Steps []StepNumber
}

// StepNumber is a place in a sentence: the bytes [Start, End) are the number of the step
// with the index Step in Trace.Steps.
type StepNumber struct {
	Start, End int
	Step       int
}

// Say is a sentence that names no step.
func Say(text string) Sentence { return Sentence{Text: text} }

// String is the sentence as the JSON document has it.
func (s Sentence) String() string { return s.Text }

// numbered writes other numbers for the steps, where there is another.
func (s Sentence) numbered(number func(step int) string) Sentence {
	if len(s.Steps) == 0 {
		return s
	}
	var text strings.Builder
	steps, done := make([]StepNumber, len(s.Steps)), 0
	for i, n := range s.Steps {
		text.WriteString(s.Text[done:n.Start])
		steps[i] = StepNumber{Start: text.Len(), Step: n.Step}
		text.WriteString(cmp.Or(number(n.Step), s.Text[n.Start:n.End]))
		steps[i].End, done = text.Len(), n.End
	}
	text.WriteString(s.Text[done:])
	return Sentence{Text: text.String(), Steps: steps}
}

// Numbered is the finding as a front end says it that counts the steps in another way than
// the JSON document: number gives the words for the step at an index of Trace.Steps, or
// nothing where the number is to stay.
func (f Finding) Numbered(number func(step int) string) Finding {
	return f.Rewrite(func(s Sentence) Sentence { return s.numbered(number) })
}

// Rewrite is the finding with each of its sentences replaced. The finding itself stays as
// it is.
func (f Finding) Rewrite(with func(Sentence) Sentence) Finding {
	f.Title, f.Cause, f.Fix = with(f.Title), with(f.Cause), with(f.Fix)
	f.Evidence, f.Candidates, f.Marks = slices.Clone(f.Evidence), slices.Clone(f.Candidates), slices.Clone(f.Marks)
	for i, e := range f.Evidence {
		f.Evidence[i] = with(e)
	}
	for i := range f.Candidates {
		f.Candidates[i].Why = with(f.Candidates[i].Why)
	}
	for i := range f.Marks {
		f.Marks[i].Label = with(f.Marks[i].Label)
	}
	return f
}
