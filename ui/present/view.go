package present

import (
	"time"

	"oauthlens/flows"
)

// Tone is what a piece of text means. Front ends turn a tone into a style; a tone never
// carries a meaning that no word or glyph beside it carries too.
type Tone int

// The tones.
const (
	Plain        Tone = iota
	Muted             // secondary: meanings, units, remarks
	Label             // names of fields and parameters
	Strong            // headings, the word that counts
	OK                // a check that passed
	Warn              // worth a look
	Danger            // wrong
	Accent            // where the eye should go: the current thing, a hint's key
	SecretTone        // a masked value
	Changed           // differs from what the profile builds
	Link              // a URL
	JSONKey           // member names of a JSON text
	JSONString        // and its values
	JSONNumber        //
	JSONLiteral       // true, false, null
	JSONPunct         // braces, brackets, colons, commas
	Mark              // the bytes that prove a finding
	EnvSimulator      // environments: the word is always there too
	EnvSandbox
	EnvProduction
	EnvCustom
)

// EnvironmentTone is the tone of an environment's name.
func EnvironmentTone(name string) Tone {
	switch name {
	case flows.EnvSimulator:
		return EnvSimulator
	case flows.EnvSandbox:
		return EnvSandbox
	case flows.EnvProduction:
		return EnvProduction
	}
	return EnvCustom
}

// Span is a run of text in one tone. Text may come from outside unchanged: the painter
// makes it visible (package visible) before it reaches a terminal.
type Span struct {
	Text string
	Tone Tone
	// Secret is set where Text is the mask of a secret; while it is revealed the painter
	// shows the raw value in place of Text. Encoded places (a form body) hold the encoded
	// value as the secret.
	Secret flows.Secret
	// Link is the whole URL that the text stands for.
	Link string
}

// T is a plain span, the most frequent one.
func T(text string, tone Tone) Span { return Span{Text: text, Tone: tone} }

// S is the span of a secret: its mask, revealable. The zero secret gives an empty span.
func S(secret flows.Secret) Span {
	return Span{Text: secret.String(), Tone: SecretTone, Secret: secret}
}

// Kind is how a line is laid out.
type Kind int

// The kinds of lines. Label columns are aligned over neighbouring Row lines, and Cells
// over neighbouring Table lines; the painter knows the width.
const (
	Text    Kind = iota // prose: wrapped between words, continued at the same indent
	Heading             // a title inside a pane; Spans
	Row                 // Label, Spans (the value), Note (third column, or below when narrow)
	Code                // bytes as they are: wrapped anywhere, every blank counts
	Table               // Cells
	Gap                 // an empty line
)

// Line is one logical line of a pane; the painter wraps it.
type Line struct {
	Kind   Kind
	Indent int // in units of two cells
	Label  string
	Spans  []Span
	Note   string // muted remark
	Cells  [][]Span
	// Heads name the cells of a Table line, so that a narrow painter can put them one below
	// the other; the first cell needs none. Nil: the line stays a row.
	Heads []string
	// Path is the JSON path or the name of the parameter or header under the cursor,
	// shown in the status line.
	Path string
	Copy Copy // the whole value; zero: the text of the line
	// Absent: Spans say that there is no value, so that nothing is to be copied or written.
	Absent bool
	// Explain names what F1 explains here; zero: nothing.
	Explain ExplainRef
	// Edit is set on a line that can be changed by the user.
	Edit *Edit
	// Finding is the number of the finding (from 1, index into Walk.Findings plus one)
	// that this line is about.
	Finding int
	// Off: the row is switched off and shown struck out or bracketed.
	Off bool
	// Suspicious: a suspicious difference of a comparison begins here.
	Suspicious bool
	// Outgoing: a request that would be sent now begins here.
	Outgoing bool
	// Changed: the row differs from the profile; painted with a glyph.
	Changed bool

	many Lines // those that the line stands for, see [List.opened]
}

// Copy is something to be copied whole. Secret wins over Text.
type Copy struct {
	What   string // "access_token", "the request as curl": for the status line
	Text   string
	Secret flows.Secret
}

// IsZero tells that there is nothing to copy.
func (c Copy) IsZero() bool { return c.Text == "" && c.Secret.IsZero() }

// ExplainRef names a text of package explain.
type ExplainRef struct {
	Kind string // "parameter", "header", "claim", "error", "step", "finding", ...
	Name string
}

// Lines is the content of a tab; lines are made when they are painted, so that a body
// of a megabyte costs only what is seen.
type Lines interface {
	Len() int
	At(i int) Line
}

// List is a content that is all there.
type List []Line

// Len returns the number of lines.
func (l List) Len() int { return len(l) }

// At returns line i.
func (l List) At(i int) Line { return l[i] }

// Tab is one view of a step: "Explained", "Raw", "curl".
type Tab struct {
	Name string
	// Version names the content: while it stays the same, the painter keeps what it built.
	// Empty: the content is built again at every event and every second.
	Version string
	// Slow: Build takes longer than a key press may. A painter that is waited for builds
	// beside its event loop; Build reads nothing that changes.
	Slow  bool
	Build func() Lines
	// Meanwhile is what of a slow tab is there at once, in the place that it has in the whole;
	// nil: nothing is.
	Meanwhile func() Lines
	// Timed tells, after Build, that the content says how long ago or how soon, so that it is
	// another one a second later, whatever Version says; nil: it is not.
	Timed func() bool
}

// Pane is what the right side shows for one step of the rail.
type Pane struct {
	Title    string
	Intro    string // one or two sentences: what this step is for
	Tabs     []Tab
	Findings []int       // indexes into Walk.Findings, worst first
	Next     Next        // what enter does here
	URL      Copy        // what o, Q and w take, when the line under the cursor has no link
	Curl     func() Copy // the step's request as a curl command; nil: there is none
	Response func() Copy // the body as received, for w; nil: there is none
	Sent     bool        // the request was sent: an edit of it counts from the next one on
	Edits    []string    // targets to which a parameter can be added here: EditAuthorize, ...
	Answered int         // the number of the record whose answer is shown; 0: nothing was answered yet
}

// Next is the natural next thing of a step.
type Next struct {
	Label  string       // "consent and go on"; empty: nothing is left to do, and Why says so
	Action flows.Action // empty: nothing is asked of the session, the view moves to To
	To     int          // index of the step to show then; -1: stay and follow the session
	Why    string       // why it cannot be done now; empty: it can
	// Confirm is the question to be answered with yes first (production); empty: none.
	Confirm string
	// Missing is what has to be typed at this step before anything else; nil: nothing.
	Missing *Missing
	// Provider and Environment name a run to be started instead (the side of a comparison
	// that was not walked yet); empty: none.
	Provider, Environment string
	Grant                 flows.Grant // empty: the profile's first
}

// Missing is a line that waits for a value: that with an edit of this target and name.
type Missing struct {
	Label        string // "type the client id"
	Target, Name string
}

// Is tells that this is the line.
func (m Missing) Is(l Line) bool {
	return l.Edit != nil && l.Edit.Target == m.Target && l.Edit.Name == m.Name
}

// RailState is how far a step is.
type RailState int

// The states of a step.
const (
	Todo RailState = iota
	Current
	Running
	Done
	Failed
	Skipped
)

// RailItem is one step of the rail; it belongs to the pane of the same index.
type RailItem struct {
	Key   string // stable: "client", "authorize_url", "callback", "exchange", "token", "claims", "call", "refresh", "revoke"
	Title string
	State RailState
	Worst flows.Severity // of its findings; empty: none
}

// Countdown is one life in the header.
type Countdown struct {
	Label    string  // "access"
	Text     string  // "59:41", "6 mo", "expired 2 min ago"
	Fraction float64 // of the life that is left, 0 to 1; negative: no bar
	Tone     Tone
}

// Header is the first line of the frame.
type Header struct {
	Path        []string // "oauthlens", "Truss", "authorization code"
	Environment string
	Countdowns  []Countdown
	// Kept is said when the run is not kept whole: "not saved", "secrets not kept".
	Kept string
}

// Busy is something being waited for.
type Busy struct {
	What  string // "waiting for the browser at 127.0.0.1:53682"
	Since time.Time
}

// FindingView is a finding as a list entry and as an overlay.
type FindingView struct {
	Finding flows.Finding
	Rail    int          // index of the step under which it stands; -1: none
	Detail  func() Lines // evidence with the bytes marked, cause, candidates, fix, specification
}

// Offer is an action of the session that can be asked for now, or the reason why not.
type Offer struct {
	Action flows.Action
	Label  string // "refresh the access token"
	Why    string // empty: it can be done
	// Confirm is the question to be answered with yes first; empty: none.
	Confirm string
	// Doubt is a question to be answered with yes each time, because what is asked for is in
	// vain or unwise as things stand; empty: none.
	Doubt string
	To    int // the step to show then; -1: stay
	// Sends: it sends a request, which the step To shows before.
	Sends bool
	// Request is what it sends, where no step shows it before; nil: nothing, or a step does.
	Request func() Lines
}

// Walk is a run as a screen: a rail of steps with a pane for each.
type Walk struct {
	Header   Header
	Rail     []RailItem
	Panes    []Pane // one for each step of the rail
	Current  int    // the step that the session is at
	Findings []FindingView
	Offers   []Offer
	Settings flows.Settings // as in use, for the editors
	Status   string         // the last remark of the program; empty: none
	Busy     *Busy
	// Automatic is said when the automatic refresh is switched on, Refreshed when one that was
	// sent by itself is over: sentences without their full stop.
	Automatic, Refreshed string
	// Ended: nothing more can happen in this run.
	Ended bool

	made *builder // by Run
}

// Offer finds the offer of an action.
func (w Walk) Offer(a flows.Action) (Offer, bool) {
	for _, o := range w.Offers {
		if o.Action == a {
			return o, true
		}
	}
	return Offer{}, false
}
