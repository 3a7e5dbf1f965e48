package diagnose

import (
	"strconv"
	"strings"

	"oauthlens/flows"
)

// The rules write their sentences as text. The number of a step stands in them between two
// control characters, with the index of the step before it. No foreign text can say that,
// since none comes into a sentence but through package visible, which lets no control
// character pass. [Run] makes values of the numbers; outside of it there are none of these.
const stepBegins, stepEnds = "\x0e", "\x0f"

// stepNumber is the number of a message that has one, for a sentence.
func stepNumber(m *message) string {
	return stepBegins + strconv.Itoa(m.index) + " " + strconv.Itoa(m.number) + stepEnds
}

// sentences makes sentences of what the rules wrote.
func sentences(found []flows.Finding) []flows.Finding {
	for i, f := range found {
		found[i] = f.Rewrite(func(s flows.Sentence) flows.Sentence { return sentence(s.Text) })
	}
	return found
}

func sentence(written string) flows.Sentence {
	var s flows.Sentence
	for {
		words, rest, named := strings.Cut(written, stepBegins)
		s.Text += words
		if !named {
			return s
		}
		number, after, _ := strings.Cut(rest, stepEnds)
		index, shown, _ := strings.Cut(number, " ")
		if step, err := strconv.Atoi(index); err == nil {
			s.Steps = append(s.Steps, flows.StepNumber{Start: len(s.Text), End: len(s.Text) + len(shown), Step: step})
		}
		s.Text += shown
		written = after
	}
}

// sayings are texts as sentences.
func sayings(texts []string) []flows.Sentence {
	out := make([]flows.Sentence, len(texts))
	for i, t := range texts {
		out[i] = flows.Say(t)
	}
	return out
}
