package screen

import (
	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/keys"
)

// Wish is something that a screen wants and the root model does.
type Wish interface{ wish() }

type (
	// Say puts a sentence on the status line.
	Say struct{ Text string }
	// Ask asks the session for an action; Doubt and Confirm are questions to be answered
	// first, see [present.Offer].
	Ask struct {
		Action         flows.Action
		Doubt, Confirm string
	}
	// Change changes settings of the run; Redo is asked for then, if it is not empty.
	Change struct {
		Change flows.SettingsChange
		Redo   flows.Action
		Say    string
	}
	// Copy puts something on the clipboard.
	Copy struct{ What present.Copy }
	// WriteFile writes something to a file, after asking for its name.
	WriteFile struct {
		What present.Copy
		Name string
	}
	// OpenURL opens a URL in the browser, without the session knowing.
	OpenURL struct{ URL string }
	// ShowQR shows a URL as a QR code.
	ShowQR struct{ URL string }
	// Explain shows the explanation of a thing.
	Explain struct{ Ref present.ExplainRef }
	// Read shows lines in an overlay.
	Read struct {
		Title string
		Lines present.Lines
		// Remedy is applied by the key a; nil: there is none.
		Remedy *flows.Remedy
		// Send is what enter does, for lines that are a request; nil: enter closes.
		Send Wish
	}
	// Offered asks for an action of the run as its key does: what it sends is shown first.
	Offered struct{ Action flows.Action }
	// Prompt asks for a line of text and does Then with it.
	Prompt struct {
		Title, Label, Value, Help string
		Enter                     string // what enter does; empty: "keep"
		Hidden                    bool
		Then                      func(value string) Wish
	}
	// Pick offers a list and does Then with the choice.
	Pick struct {
		Title   string
		Options []Option
		Then    func(value string) Wish
	}
	// PickFault offers the faults that the run can be made to have.
	PickFault struct{}
	// Plant starts the run anew with a fault; an empty name: with none.
	Plant struct{ Fault string }
	// SaveClient keeps the client settings of the run for the next one.
	SaveClient struct{}
	// PasteCallback opens the paste box.
	PasteCallback struct{}
	// TakeCallback hands a pasted callback to the session.
	TakeCallback struct{ Text string }
	// Act does what a key of the screen's table does.
	Act struct {
		Action keys.Action
		Key    string
	}
	// Start starts a run.
	Start struct{ Choice Choice }
	// GoTo shows another screen.
	GoTo struct{ Place Place }
	// OpenRun shows a run of the history.
	OpenRun struct{ Run flows.RunID }
	// DeleteRun removes a run from the history, after asking; Named tells the user which.
	DeleteRun struct {
		Run   flows.RunID
		Named string // "Truss, sandbox, 3 h ago"
	}
	// ExportRun writes a run of the history in another form, after asking which and where.
	ExportRun struct{ Run flows.RunID }
	// PruneRuns deletes old runs, after asking how old.
	PruneRuns struct{}
	// Compare shows two sides beside each other. Metadata: where a side has no run, the
	// metadata documents of both are fetched first.
	Compare struct {
		A, B     Side
		Metadata bool
	}
	// PickSides asks what to lay side by side, beginning with a provider's environments, by
	// the grant.
	PickSides struct {
		Provider string
		Grant    flows.Grant
	}
	// WalkSide walks the side of the comparison shown that has no run yet.
	WalkSide struct{ Choice Choice }
	// FetchMetadata fetches the metadata of both sides of the comparison shown; Confirm is a
	// question to be answered first.
	FetchMetadata struct{ Confirm string }
	// InspectText takes a text apart.
	InspectText struct{ Text string }
	// Leave goes back to where the screen came from.
	Leave struct{}
	// Several are done in order.
	Several []Wish
)

// Side is one side of a comparison: a run of the history, or an environment by its newest
// run.
type Side struct {
	Run         flows.RunID // empty: the environment
	Provider    string
	Environment string
	// Simulated: the environment is walked at the simulator, when the comparison is made.
	Simulated bool
	// Grant is the one by which an environment is walked, and whose runs are looked for
	// first; empty: the profile's first, and any run.
	Grant flows.Grant
	// Live is the run under way, if it walks this side.
	Live flows.Trace
}

// Name is what the side is called while one waits.
func (s Side) Name() string {
	if s.Run != "" {
		return "run " + string(s.Run[:min(8, len(s.Run))])
	}
	return s.Environment
}

// Choice is what to walk.
type Choice struct {
	Provider    string
	Environment string
	Grant       flows.Grant
	Fault       string // planted at the simulator; empty: none
	// Settings are kept from an earlier run of the same choice: its edits, scopes and
	// methods; nil: as the profile says.
	Settings *flows.Settings
}

// Kept are the settings that a new run begins with: those kept from the earlier one, and
// the fault. The client is found anew, since its secret is no setting.
func (c Choice) Kept() flows.Settings {
	var s flows.Settings
	if k := c.Settings; k != nil {
		s = flows.Settings{AuthMethod: k.AuthMethod, PKCE: k.PKCE, Scopes: k.Scopes,
			AuthorizeEdits: k.AuthorizeEdits, TokenEdits: k.TokenEdits, HeaderEdits: k.HeaderEdits,
			RequestTimeout: k.RequestTimeout}
	}
	s.Fault = c.Fault
	return s
}

// Option is one entry of a list to pick from.
type Option struct {
	Value string
	Label string
	Note  string
	// Why tells why it cannot be picked; empty: it can.
	Why string
}

// Place names a screen.
type Place int

// The screens.
const (
	AtCatalogue Place = iota
	AtWalk
	AtHistory
	AtInspect
	AtCompare
)

func (Say) wish()           {}
func (Ask) wish()           {}
func (Change) wish()        {}
func (Copy) wish()          {}
func (WriteFile) wish()     {}
func (OpenURL) wish()       {}
func (ShowQR) wish()        {}
func (Explain) wish()       {}
func (Read) wish()          {}
func (Prompt) wish()        {}
func (Pick) wish()          {}
func (PickFault) wish()     {}
func (Plant) wish()         {}
func (SaveClient) wish()    {}
func (PasteCallback) wish() {}
func (TakeCallback) wish()  {}
func (Act) wish()           {}
func (Start) wish()         {}
func (GoTo) wish()          {}
func (OpenRun) wish()       {}
func (DeleteRun) wish()     {}
func (ExportRun) wish()     {}
func (PruneRuns) wish()     {}
func (Compare) wish()       {}
func (PickSides) wish()     {}
func (WalkSide) wish()      {}
func (FetchMetadata) wish() {}
func (InspectText) wish()   {}
func (Leave) wish()         {}
func (Offered) wish()       {}
func (Several) wish()       {}
