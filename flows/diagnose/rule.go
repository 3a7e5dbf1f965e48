package diagnose

import (
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// Stage is where a fault originates, not where it becomes visible.
type Stage string

// The stages, in the order of a flow.
const (
	StageConfigure   Stage = "configure"
	StageAuthorize   Stage = "authorize"
	StageCallback    Stage = "callback"
	StageExchange    Stage = "exchange"
	StageRefresh     Stage = "refresh"
	StageUse         Stage = "use"
	StageRevoke      Stage = "revoke"
	StageDiscovery   Stage = "discovery"
	StageToken       Stage = "token"
	StageTransport   Stage = "transport"
	StageEnvironment Stage = "environment"
)

// Rule is one diagnosis: its code, its texts, and how it is recognised.
type Rule struct {
	Code     string // stable; texts may change, codes may not
	Severity flows.Severity
	Stage    Stage
	Title    string // a short sentence: what is wrong
	Doc      string // what it means and how it differs from its neighbours
	Cause    string // why it makes the flow fail
	Fix      string // what to do
	Spec     string // section of a specification, or "provider"
	Bad      string // an example that the rule finds; the test of that code runs it
	Good     string // a near miss that it leaves alone; the test runs it too
	LiveOnly bool   // no recording can show it
	// Weak rules name what remains when nothing better is known. They give way to the
	// failure that came before.
	Weak bool
	// Sticky rules report a problem although the client solved it afterwards.
	Sticky bool
	// Check finds the rule's hits.
	Check func(*Case) []Hit
}

// Hit is a rule that found something.
type Hit struct {
	// At is the message at which the finding stands; nil for the run as a whole.
	at *message
	// cures are the failed messages that this explains: correct it, and they go away.
	cures []*message
	// stands: reported even though it explains no failure.
	stands     bool
	confidence flows.Confidence
	severity   flows.Severity // overrides the rule's
	title      string         // overrides the rule's
	evidence   []string
	cause, fix string // override the rule's
	spec       string // overrides the rule's
	marks      []flows.Mark
	remedy     *flows.Remedy
	candidates []flows.Candidate
	unchecked  bool // it rests on a fact that nobody has checked

	rule *Rule
	won  []*message
}

// Options are what a diagnosis may use beside the trace.
type Options struct {
	// Providers are the profiles: their hosts, prefixes and lifetimes.
	Providers []flows.Provider
	// History tells whether a value (by the hash of [HashOf]) was sent in an earlier run.
	// May be nil.
	History func(hash string) bool
}

// groups are the rules, in the order of the stages. Nobody changes them.
var groups = [...][]Rule{configureRules, authorizeRules, callbackRules, exchangeRules, dialectRules, refreshRules,
	useRules, revokeRules, discoveryRules, tokenRules, transportRules, environmentRules}

// Rules returns every rule, in the order of the stages. The slice is the caller's.
func Rules() []Rule { return slices.Concat(groups[:]...) }

// RuleByCode finds a rule.
func RuleByCode(code string) (Rule, bool) {
	for _, group := range groups {
		for _, r := range group {
			if r.Code == code {
				return r, true
			}
		}
	}
	return Rule{}, false
}

// Run judges a trace: the findings, worst first, root causes before what follows from
// them. The trace may be of a run that goes on.
func Run(t flows.Trace, o Options) []flows.Finding { return run(t, o, nil) }

func run(t flows.Trace, o Options, k *memory) []flows.Finding {
	c := newCase(t, o, k)
	var hits []*Hit
	for _, group := range groups {
		for i := range group {
			r := &group[i]
			if r.Check == nil || r.LiveOnly && !c.isLive() {
				continue
			}
			for _, h := range append(r.Check(c), c.pageHits(r.Code)...) {
				h.rule = r
				hits = append(hits, &h)
			}
		}
	}
	return sentences(append(c.distrust(t, c.lastWord(t, c.present(c.settle(hits)))), c.foreseen(hits)...))
}

func (h *Hit) explains(m *message) bool {
	for _, x := range h.cures {
		if x == m {
			return true
		}
	}
	return false
}

// sev is the severity that the finding will have.
func (h *Hit) sev() flows.Severity {
	if h.severity != "" {
		return h.severity
	}
	return h.rule.Severity
}

// hit starts one: the finding stands at m and, if m failed, explains that.
func hit(m *message, conf flows.Confidence, evidence ...string) Hit {
	h := Hit{at: m, confidence: conf, evidence: evidence}
	if m != nil && m.failed != nil {
		h.cures = []*message{m}
	}
	return h
}

// explaining adds failed messages that the hit explains.
func (h Hit) explaining(ms ...*message) Hit {
	for _, m := range ms {
		if m != nil && m.failed != nil && !h.explains(m) {
			h.cures = append(h.cures, m)
		}
	}
	return h
}

// resting marks a hit that rests on a fact. It competes as what it is, but is not called
// certain when nobody has checked the fact.
func (h Hit) resting(f *fact, field string) Hit {
	h.unchecked = h.unchecked || !f.sourced(field)
	return h
}

// standing marks a hit that is reported whether anything failed or not.
func (h Hit) standing() Hit { h.stands = true; return h }

func (h Hit) marking(marks ...flows.Mark) Hit {
	for _, m := range marks {
		if m.Where != "" {
			h.marks = append(h.marks, m)
		}
	}
	return h
}

func (h Hit) because(cause string) Hit { h.cause = cause; return h }
func (h Hit) fixedBy(fix string) Hit   { h.fix = fix; return h }
func (h Hit) named(title string) Hit   { h.title = title; return h }
func (h Hit) specified(by string) Hit  { h.spec = by; return h }

func (h Hit) remedied(r *flows.Remedy) Hit { h.remedy = r; return h }

// markParam points at a parameter's raw value.
func markParam(m *message, p *param, label string) flows.Mark {
	if m == nil || p == nil || p.End <= p.Start && !p.Bare {
		return flows.Mark{}
	}
	return flows.Mark{Step: m.index, Where: p.Where, Start: p.Start, End: p.End, Label: flows.Say(label)}
}

// markNode points at a JSON value of the answer.
func markNode(m *message, n *rawjson.Node, label string) flows.Mark {
	if m == nil || n == nil {
		return flows.Mark{}
	}
	return flows.Mark{Step: m.index, Where: "response body", Start: n.Start, End: n.End, Label: flows.Say(label)}
}

// markHeader points at the whole value of a request header.
func markHeader(m *message, name, label string) flows.Mark {
	for _, f := range m.x.Request.Headers {
		if strings.EqualFold(f.Name, name) {
			return flows.Mark{Step: m.index, Where: "request header " + f.Name, End: len(f.Value), Label: flows.Say(label)}
		}
	}
	return flows.Mark{}
}
