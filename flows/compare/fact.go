package compare

import (
	"strings"
	"time"

	"oauthlens/flows/rawjson"
)

// area is the kind of a fact; rules ask for it first.
type area int

const (
	areaRun        area = iota // provider, environment, grant
	areaOutcome                // of the run or of a step
	areaStep                   // that a step was walked
	areaEndpoint               // the URL of a request, without its query
	areaMethod                 // GET, POST
	areaParam                  // a parameter that this client sends
	areaAuth                   // how the client authenticates
	areaEncoding               // how the request's body is encoded
	areaBack                   // a parameter of the callback
	areaDelivery               // how the callback came
	areaStatus                 // HTTP status
	areaHeader                 // a header of an answer
	areaCookie                 // a cookie that an answer sets: its attributes
	areaForm                   // what a body is: json, html, ...
	areaMember                 // a member of a JSON answer
	areaMetadata               // a member of a metadata document
	areaField                  // a field of the token, normalised
	areaSource                 // where a field of the token stood
	areaLife                   // how long something lives
	areaScope                  // a set of scopes, granted or asked for
	areaSeparator              // between scopes
	areaFormat                 // of the access token: jwt, opaque, jwe
	areaJOSE                   // a member of a JOSE header
	areaClaim                  // a claim
	areaAudience               // the audience, as its kind
	areaSignature              // whether it was verified
	areaCheck                  // the result of another check of a token
	areaKey                    // a property of the key set
	areaVerifier               // what became of a code verifier that was wrong or missing
	areaRotation               // what a refresh does to the refresh token
	areaError                  // an error's code
	areaErrorPlace             // where an error's code stands in the answer
	areaErrorText              // an error's description
	areaTransport              // why there was no answer
	areaTime                   // how long an exchange took
	areaTLS                    // a property of the connection
	areaProfile                // what the profile declares
	areaMarker                 // only there to be a parent; never reported
)

// fact is one thing that a side shows. Facts of both sides with the same path are
// compared.
type fact struct {
	area area
	name string // "expires_in"
	path string // within its step
	// parent is the path of the fact that contains this one: where the other side lacks
	// the parent, only the parent is reported.
	parent string
	kind   rawjson.Kind // of JSON values; 0: none
	// value is what is compared. It may hold a secret and never leaves the package; shown
	// does. An empty shown means the value, masked.
	value, shown string
	secret       bool // shown is the mask of value
	// list is compared as a set, in place of value.
	list   []string
	isList bool
	// lasts is compared within [SameLife], in place of value.
	lasts  time.Duration
	isLife bool
	// kindOnly: nothing but the kind is compared.
	kindOnly bool
	// both: compared where both sides have it; absence says nothing that is not said
	// elsewhere.
	both bool
	// open: there may be more, so that absence says nothing (an empty array).
	open bool
}

// section is the facts of one step.
type section struct {
	step  string
	facts []fact
}

// delta is one difference before it is judged. a or b is nil where the side has no such
// fact.
type delta struct {
	pair *pair
	step string
	a, b *fact
}

func (d delta) fact() *fact {
	if d.a != nil {
		return d.a
	}
	return d.b
}

// oneSided tells that only one side has the fact.
func (d delta) oneSided() bool { return d.a == nil || d.b == nil }

func (d delta) area() area { return d.fact().area }

func (d delta) name() string { return d.fact().name }

// has and lacks name the side that has the fact and the one that does not.
func (d delta) has() string {
	if d.a != nil {
		return d.pair.a.about.Name
	}
	return d.pair.b.about.Name
}

func (d delta) lacks() string {
	if d.a != nil {
		return d.pair.b.about.Name
	}
	return d.pair.a.about.Name
}

func (d delta) nameA() string { return d.pair.a.about.Name }

func (d delta) nameB() string { return d.pair.b.about.Name }

// otherKind tells that the values are of different JSON types.
func (d delta) otherKind() bool { return !d.oneSided() && d.a.kind != d.b.kind }

// text is what is shown of a fact.
func (s *side) text(f *fact) string {
	if f == nil {
		return ""
	}
	if f.secret && s.bare {
		return f.value
	}
	mask := s.mask
	if s.bare {
		mask = nil
	}
	switch {
	case f.shown != "":
		return clip(f.shown)
	case f.isList:
		return clip(mask.String(strings.Join(f.list, " ")))
	}
	return clip(mask.String(f.value))
}

// Bounds of shown texts, in bytes.
const (
	maxShown = 300
	maxWhy   = 700
)

func clip(s string) string { return clipTo(s, maxShown) }

func clipTo(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// same tells whether two facts agree.
func same(a, b *fact) bool {
	switch {
	case a.area == areaTime:
		return !farApart(a.lasts, b.lasts)
	case a.kindOnly || b.kindOnly:
		return a.kind == b.kind
	case a.isList && b.isList:
		return a.kind == b.kind && sameSet(a.list, b.list)
	case a.isLife && b.isLife:
		return a.kind == b.kind && (a.lasts-b.lasts).Abs() <= SameLife
	}
	return a.kind == b.kind && a.value == b.value && a.isList == b.isList
}

func sameSet(a, b []string) bool { return len(missing(a, b)) == 0 && len(missing(b, a)) == 0 }

// missing are the members of a that b lacks, in order and once.
func missing(a, b []string) []string {
	in := make(map[string]bool, len(b))
	for _, v := range b {
		in[v] = true
	}
	var out []string
	for _, v := range a {
		if !in[v] {
			in[v] = true
			out = append(out, v)
		}
	}
	return out
}

// align pairs the facts of a step and keeps what differs. Where an outcome differs, what
// the answers look like is a consequence and is left out; where one side has no answer at
// all, it lacks nothing that the other answers.
func align(x *pair, step string, a, b []fact) []delta {
	inA, inB := index(a), index(b)
	outcome := unlike(inA["outcome"], inB["outcome"])
	verifier := unlike(inA[pathVerifier], inB[pathVerifier])
	silent := unanswered(inA) != unanswered(inB)
	var out []delta
	take := func(fa, fb *fact) {
		d := delta{pair: x, step: step, a: fa, b: fb}
		switch {
		case d.area() == areaMarker, outcome && (isAnswer(d.area()) || isIssued(d.area())):
			return
		case silent && (isAnswer(d.area()) && d.area() != areaTransport || d.area() == areaTLS && d.oneSided()):
			return
		case verifier && d.area() == areaOutcome: // it says why the outcomes differ
			return
		}
		out = append(out, d)
	}
	for i := range a {
		fa := &a[i]
		fb := inB[fa.path]
		switch {
		case fb == nil && present(fa, inA, inB):
			take(fa, nil)
		case fb != nil && !same(fa, fb):
			take(fa, fb)
		}
	}
	for i := range b {
		if fb := &b[i]; inA[fb.path] == nil && present(fb, inB, inA) {
			take(nil, fb)
		}
	}
	return out
}

// unlike tells that both sides have the fact, with different values.
func unlike(a, b *fact) bool { return a != nil && b != nil && a.value != b.value }

// unanswered tells that the connection of a step failed before there was an answer.
func unanswered(facts map[string]*fact) bool {
	return facts[pathTransport] != nil && facts[pathStatus] == nil
}

// present tells that a missing fact is news: its container is there, is of the same kind
// and is not an array without elements.
func present(f *fact, own, other map[string]*fact) bool {
	if f.both {
		return false
	}
	if f.parent == "" {
		return true
	}
	p, q := other[f.parent], own[f.parent]
	return p != nil && !p.open && (q == nil || p.kind == q.kind)
}

// Paths, within a step, of why there is no answer and of the status of the answer.
const (
	pathTransport = "error"
	pathStatus    = "response.status"
)

func index(facts []fact) map[string]*fact {
	m := make(map[string]*fact, len(facts))
	for i := range facts {
		if m[facts[i].path] == nil {
			m[facts[i].path] = &facts[i]
		}
	}
	return m
}

// isIssued tells that the area describes what a good answer brought: a token, keys.
func isIssued(a area) bool {
	switch a {
	case areaField, areaSource, areaLife, areaScope, areaSeparator, areaFormat, areaRotation, areaKey:
		return true
	}
	return false
}

// isAnswer tells that the area describes what came back.
func isAnswer(a area) bool {
	switch a {
	case areaStatus, areaHeader, areaCookie, areaForm, areaMember, areaMetadata, areaError, areaErrorPlace, areaErrorText, areaTransport, areaBack:
		return true
	}
	return false
}
