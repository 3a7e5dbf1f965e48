// Package compare lays two runs side by side and says what differs, and whether that
// matters. It answers the question of every integrator whose flow works in the sandbox
// and fails in production.
//
// Each run is taken apart into small facts: a parameter, a header, the kind of a member
// of an answer, a granted scope, the algorithm of a signature. Facts of the two runs are
// aligned step by step, and what differs is judged by a table of rules, which are values
// ([Rules]): the first that applies says whether the difference is expected (hosts,
// client ids, token values, times, whatever the profile declares as differing) or
// suspicious, and why, in a sentence.
//
// The package is pure. It must not decide anything about the protocol, which packages
// protocol and session do, and no text that it makes contains a secret: values that
// travel through requests and answers are masked before they enter a Difference.
package compare

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"oauthlens/flows"
)

// Verdict is the judgement of a difference.
type Verdict string

// The verdicts.
const (
	Expected   Verdict = "expected"
	Suspicious Verdict = "suspicious"
)

// Difference is one thing that is not the same on both sides.
type Difference struct {
	// Step names the step: a [flows.StepKind], with a number from the second of its kind
	// ("refresh[2]"), or "run", "token", "claims", "mistake".
	Step string
	// Path is the place, beginning with the step: "exchange.response.headers.cache-control",
	// "token.expires_in", "claims.access_token.header.alg".
	Path string
	// Name is the last, telling part of the path: "expires_in".
	Name string
	// A and B are what stands there, masked; InA and InB tell whether anything does.
	A, B     string
	InA, InB bool
	Verdict  Verdict
	Why      string // one sentence
	Rule     string // code of the rule that judged
	// Rank orders by gravity: 0 is the gravest; expected differences come last.
	Rank int
	// Also are the paths at which the same difference shows again.
	Also []string
}

// Side says what was compared.
type Side struct {
	Name        string // as the sentences call it: "sandbox"
	Run         flows.RunID
	Provider    string
	Title       string // of the provider
	Environment string
	Grant       flows.Grant
	Simulated   bool
	Outcome     flows.Outcome // empty for a side without a run
	Why         string        // why it failed; empty if it did not
	// Redacted: the run was kept without its secrets, so that what is in its tokens cannot
	// be compared.
	Redacted bool
}

// Comparison is what two sides have in common and what they have not.
type Comparison struct {
	A, B Side
	// Steps are the steps that occur on either side, in order, by their names in
	// [Difference.Step].
	Steps []string
	// Differences, the gravest first, the expected ones last.
	Differences []Difference
}

// Suspicious are the suspicious differences, the gravest first.
func (c Comparison) Suspicious() []Difference {
	for i, d := range c.Differences {
		if d.Verdict != Suspicious {
			return c.Differences[:i]
		}
	}
	return c.Differences
}

// Expected are the expected differences.
func (c Comparison) Expected() []Difference { return c.Differences[len(c.Suspicious()):] }

// Of are the differences of one step, in the same order.
func (c Comparison) Of(step string) []Difference {
	var out []Difference
	for _, d := range c.Differences {
		if d.Step == step {
			out = append(out, d)
		}
	}
	return out
}

// Options of a comparison.
type Options struct {
	// NameA and NameB are what sentences call the sides; empty: the environments' names,
	// or the providers', or "the first run" and "the second run" where those are equal.
	NameA, NameB string
	// Kept: both are recorded runs, in any order, and where nothing else tells them apart
	// they are "the older run" and "the newer run".
	Kept bool
	// ShowSecrets leaves values unmasked, where a person asked for that.
	ShowSecrets bool
}

// SameLife is by how much two lifetimes may differ and still count as equal: a server
// that states what is left may round.
const SameLife = 5 * time.Second

// Names of the steps of a comparison that are no step of a trace.
const (
	StepRun     = "run"
	StepToken   = "token"
	StepClaims  = "claims"
	StepMistake = "mistake"
)

// Traces compares two runs.
func Traces(a, b flows.Trace, o Options) Comparison {
	x := pair{a: readSide(a), b: readSide(b)}
	x.a.bare, x.b.bare = o.ShowSecrets, o.ShowSecrets
	x.name(o)
	return x.compare()
}

// WithMistake, which can be used for several mistakes, adds the answers to the same mistake, made on both sides on purpose in runs
// of their own: what other compares of their exchange appears under the step "mistake".
// fault is the name of the mistake.
func (c Comparison) WithMistake(fault string, other Comparison) Comparison {
	out := c
	out.Differences = slices.Clone(c.Differences)
	out.Steps = slices.Clone(c.Steps)
	if !slices.Contains(out.Steps, StepMistake) {
		out.Steps = append(out.Steps, StepMistake)
	}
	step := string(flows.StepExchange)
	for _, d := range other.Of(step) {
		rest, ok := strings.CutPrefix(d.Path, step+".")
		if !ok || strings.HasPrefix(rest, "request.") || rest == "url" || d.Rule == codeTiming {
			continue
		}
		d.Step, d.Path, d.Name = StepMistake, StepMistake+"."+fault+"."+rest, fault+": "+d.Name
		out.Differences = append(out.Differences, d)
	}
	out.sort()
	out.Differences = joinEchoes(out.Differences)
	return out
}

func (c *Comparison) sort() {
	order := map[string]int{}
	for i, s := range c.Steps {
		order[s] = i
	}
	slices.SortStableFunc(c.Differences, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(order[a.Step], order[b.Step]))
	})
}

// pair is the two sides of one comparison.
type pair struct {
	a, b  side
	rules []Rule // made at the first use
}

// name chooses what the sentences call the sides.
func (x *pair) name(o Options) {
	a, b := o.NameA, o.NameB
	if a == "" || b == "" {
		a, b = x.a.about.Environment, x.b.about.Environment
		if a == b && !x.otherProvider() && x.a.about.Simulated != x.b.about.Simulated {
			a, b = played(x.a.about), played(x.b.about)
		}
		if x.otherProvider() || a == b || a == "" || b == "" {
			a, b = x.a.start.Provider.Title, x.b.start.Provider.Title
		}
		if a == b || a == "" || b == "" {
			a, b = "the first run", "the second run"
			if o.Kept {
				a, b = x.byAge(a, b)
			}
		}
	}
	x.a.about.Name, x.b.about.Name = a, b
}

// byAge names the sides by when they began; as given if they began at one moment, or are one
// run. In a history the one that was chosen first is as often the newer one.
func (x *pair) byAge(a, b string) (string, string) {
	const older, newer = "the older run", "the newer run"
	first, second := x.a.trace, x.b.trace
	if len(first.Records) == 0 || len(second.Records) == 0 {
		return a, b
	}
	switch first.Records[0].At.Compare(second.Records[0].At) {
	case -1:
		return older, newer
	case 1:
		return newer, older
	}
	return a, b
}

// played is the name of an environment that is simulated on one side only.
func played(s Side) string {
	if s.Simulated && s.Environment != "" {
		return "simulated " + s.Environment
	}
	return s.Environment
}

// sameEnvironment tells that both sides walked the same environment of one provider, so
// that nothing is declared as differing.
func (x *pair) sameEnvironment() bool {
	return x.a.about.Environment == x.b.about.Environment && x.a.about.Provider == x.b.about.Provider
}

func (x *pair) compare() Comparison {
	c := Comparison{A: x.a.about, B: x.b.about}
	sectionsA, sectionsB := x.a.sections(), x.b.sections()
	for _, step := range mergeSteps(sectionsA, sectionsB) {
		c.Steps = append(c.Steps, step)
		fa, okA := find(sectionsA, step)
		fb, okB := find(sectionsB, step)
		if okA != okB {
			c.add(x.oneSided(step, okA))
			continue
		}
		for _, d := range align(x, step, fa.facts, fb.facts) {
			c.add(d)
		}
	}
	c.sort()
	c.Differences = joinEchoes(c.Differences)
	return c
}

func (c *Comparison) add(d delta) { c.Differences = append(c.Differences, judge(d)) }

// oneSided is the difference of a step that only one side walked.
func (x *pair) oneSided(step string, inA bool) delta {
	f := &fact{area: areaStep, name: step, value: "walked"}
	d := delta{pair: x, step: step, a: f}
	if !inA {
		d.a, d.b = nil, f
	}
	return d
}

// mergeSteps is the order of the steps of both sides: that of the first, with the steps
// that only the second has put in behind their predecessor.
func mergeSteps(a, b []section) []string {
	var out []string
	for _, s := range a {
		out = append(out, s.step)
	}
	at := 0
	for _, s := range b {
		if i := slices.Index(out, s.step); i >= 0 {
			at = i + 1
			continue
		}
		out = slices.Insert(out, at, s.step)
		at++
	}
	return out
}

func find(sections []section, step string) (section, bool) {
	for _, s := range sections {
		if s.step == step {
			return s, true
		}
	}
	return section{}, false
}
