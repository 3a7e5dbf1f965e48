package compare

import (
	"fmt"
	"strings"
)

// Rule is one way of judging a difference. Rules are tried in the order of [Rules]; the
// first that applies decides.
type Rule struct {
	Code    string
	Verdict Verdict
	// Gravity orders suspicious differences: 0 is the gravest.
	Gravity int
	// What is what differs, and Reason why that is expected or suspicious, in one sentence
	// each, for the documentation.
	What, Reason string
	Spec         string // section that it is measured by; empty if none
	// applies tells whether the difference is of this kind.
	applies func(delta) bool
	// why is the sentence about one difference.
	why func(delta) string
}

// rankExpected is the rank of every expected difference.
const rankExpected = 100

// Rules returns the table of rules, in the order in which they are tried.
func Rules() []Rule {
	var out []Rule
	for _, rules := range [][]Rule{
		providerRules(), runRules(), requestRules(), callbackRules(), answerRules(), headerRules(), tokenRules(), claimRules(), metadataRules(), memberRules(), lastRules(),
	} {
		out = append(out, rules...)
	}
	return out
}

// judge makes a difference of a delta by the first rule that applies. The last rule
// applies to everything.
func judge(d delta) Difference {
	x := d.pair
	if x.rules == nil {
		x.rules = Rules()
	}
	f := d.fact()
	out := Difference{Step: d.step, Path: clip(d.step + "." + f.path), Name: clip(f.name), A: x.a.text(d.a), B: x.b.text(d.b), InA: d.a != nil, InB: d.b != nil}
	if f.path == "" {
		out.Path = d.step
	}
	if d.otherKind() && out.A == out.B {
		out.A, out.B = out.A+" ("+d.a.kind.String()+")", out.B+" ("+d.b.kind.String()+")"
	}
	for _, r := range x.rules {
		if !r.applies(d) {
			continue
		}
		out.Verdict, out.Rule, out.Why, out.Rank = r.Verdict, r.Code, clipTo(d.capital(r.why(d)), maxWhy), r.Gravity
		if r.Verdict == Expected {
			out.Rank = rankExpected
		}
		return out
	}
	return out
}

// capital begins a sentence that starts with the name of a side with a capital letter.
func (d delta) capital(why string) string {
	for _, name := range []string{d.nameA(), d.nameB()} {
		if rest, ok := strings.CutPrefix(why, name); ok && name != "" {
			return strings.ToUpper(name[:1]) + name[1:] + rest
		}
	}
	return why
}

// The tests that rules are made of.

func in(areas ...area) func(delta) bool {
	return func(d delta) bool {
		for _, a := range areas {
			if d.area() == a {
				return true
			}
		}
		return false
	}
}

func named(names ...string) func(delta) bool {
	return func(d delta) bool {
		for _, n := range names {
			if strings.EqualFold(d.name(), n) {
				return true
			}
		}
		return false
	}
}

func all(tests ...func(delta) bool) func(delta) bool {
	return func(d delta) bool {
		for _, t := range tests {
			if !t(d) {
				return false
			}
		}
		return true
	}
}

func not(t func(delta) bool) func(delta) bool { return func(d delta) bool { return !t(d) } }

func oneSided(d delta) bool { return d.oneSided() }

func otherKind(d delta) bool { return d.otherKind() }

// say is a sentence that needs nothing of the difference.
func say(text string) func(delta) string { return func(delta) string { return text } }

// within is a sentence about two environments, and the one that fits two runs of one.
func within(between, within string) func(delta) string {
	return func(d delta) string {
		if d.pair.sameEnvironment() {
			return within
		}
		return between
	}
}

// sayGone is a sentence with the name of what is there on one side only.
func sayGone(format string) func(delta) string {
	return func(d delta) string { return fmt.Sprintf(format, d.name(), d.has(), d.lacks()) }
}
