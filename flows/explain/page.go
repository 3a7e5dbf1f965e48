package explain

import (
	"strings"

	"oauthlens/flows"
)

// atThisProvider is the heading of what a provider does its own way.
const atThisProvider = "At this provider"

// Paragraph is a part of a page about one thing: a few words of heading and the text.
type Paragraph struct {
	Heading string // empty for the first, what it is, and where the last heading goes on
	Text    string
	Link    string // address of the specification; empty for the others
}

// Page is the whole explanation of an entry in reading order: what it is, who reads it,
// what goes wrong with it, what this provider does differently, where it is defined.
// Parts without a text are left out; the zero Provider has nothing to say.
func (e Entry) Page(p flows.Provider) []Paragraph {
	var out []Paragraph
	add := func(heading, text, link string) {
		if text != "" {
			out = append(out, Paragraph{Heading: heading, Text: text, Link: link})
		}
	}
	add("", e.What, "")
	add("Read by", e.Reader, "")
	add("Usual mistake", e.Trap, "")
	for i, say := range ForProvider(p, e.Kind, e.Name) {
		heading := ""
		if i == 0 {
			heading = atThisProvider
		}
		if rest, ok := strings.CutPrefix(say, atThisProvider+" "); ok { // the heading says it
			say = strings.ToUpper(rest[:1]) + rest[1:]
		}
		add(heading, say, "")
	}
	spec := e.Spec
	if spec == nonStandard {
		spec = "not standardised: the provider's own"
	}
	add("Defined in", spec, Link(e.Spec))
	return out
}
