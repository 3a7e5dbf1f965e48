package tui

import (
	"context"
	"errors"
	"os"
	"time"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/screen"
)

// Flow is a run as this front end needs it: a value that takes events and shows itself.
// It is pure; package session makes it live, a recording or a run of the history makes
// one that nothing happens to.
type Flow interface {
	// Handle takes an event and returns the run after it and what is to be done.
	Handle(at time.Time, e flows.Event) (Flow, []flows.Effect)
	// Walk is the run as a screen.
	Walk(now time.Time) present.Walk
	// Paste makes the event of a pasted callback; the error is a sentence for the user.
	Paste(text string) (flows.Event, error)
	// Trace is what happened, for the history.
	Trace() flows.Trace
}

// Started is a run made ready.
type Started struct {
	Flow    Flow
	Effects []flows.Effect // of the event that opened the run
	// Perform performs one effect and emits what comes of it. It returns when the effect
	// is over or ctx is done; emit may be called from any goroutine until then.
	Perform func(ctx context.Context, e flows.Effect, emit func(flows.Event))
	// Save keeps records in the history, in order; nil: there is no history. Once it fails
	// it is not called again.
	Save func(ctx context.Context, records []flows.Record) (Kept, error)
	// Saved is how many records of the flow are in the history already.
	Saved int
	// Say is a sentence for the status line; empty: nothing is to be said.
	Say string
	// Close ends what the run holds outside, such as its listener; may be nil.
	Close func()
}

// Kept is what became of the records of a run.
type Kept struct {
	Lacking string // what of them is not kept, in two or three words for the header; empty: nothing
	Say     string // a sentence for the status line; empty: nothing is to be said
}

// ErrLocked is in the error of what a passphrase would open.
var ErrLocked = errors.New("locked")

// Deps are what the front end is given. Functions that may take time are called off the
// event loop and end when their context does. A nil function means that the feature is
// not there, and its keys say so.
type Deps struct {
	Catalogue []flows.Provider
	// Problems are sentences about profiles that could not be loaded.
	Problems []string
	Now      func() time.Time

	// Start makes a run ready, and starts the simulator where the environment needs it.
	Start func(ctx context.Context, c screen.Choice) (Started, error)
	// Facts says what is known about a provider beside its profile.
	Facts func(provider, environment string) present.ProviderFacts
	// Explain gives the explanation of a thing; provider may be empty.
	Explain func(provider string, ref present.ExplainRef) (title string, lines present.Lines, ok bool)
	// Inspect takes a text apart.
	Inspect func(ctx context.Context, text string) (Flow, error)
	// Compare lays two sides beside each other; simulated ones are walked then and there.
	// Where a side has no run, the profiles are compared, and with metadata the metadata
	// documents, which are fetched.
	Compare func(ctx context.Context, a, b screen.Side, metadata bool) (Flow, error)
	// Runs lists runs of the history that the filter lets through, newest first: those
	// before the one of that Order, 0 for the newest. OpenRun opens one, or gives ErrLocked;
	// Reopen makes one live again; DeleteRun removes one, PruneRuns those older than an age
	// such as 30d; ExportRun writes one without secrets to a new file and returns its path.
	Runs      func(ctx context.Context, filter string, before int64, limit int) ([]screen.Run, error)
	OpenRun   func(ctx context.Context, id flows.RunID) (Flow, error)
	Reopen    func(ctx context.Context, id flows.RunID) (Started, error)
	DeleteRun func(ctx context.Context, id flows.RunID) error
	PruneRuns func(ctx context.Context, age string) (said string, err error)
	ExportRun func(ctx context.Context, id flows.RunID, form, name string) (path string, err error)
	// Unlock unlocks what is sealed; the error is a sentence.
	Unlock func(ctx context.Context, passphrase string) error
	// Notices are sentences about the history, such as a damaged one set aside. It opens it,
	// and Facts may know more then.
	Notices func(ctx context.Context) []string
	// SaveClient keeps the client settings of a run for the next one, and says what it kept.
	SaveClient func(ctx context.Context, t flows.Trace) (string, error)
	// ForgetClient removes what SaveClient kept, the secret too.
	ForgetClient func(ctx context.Context, t flows.Trace) (string, error)
	// Lost is a question to ask before quitting, because something would be lost; empty:
	// nothing would.
	Lost func() string

	OpenBrowser func(url string) error
	// WriteFile writes a new file of mode 0600 and returns its full path; it refuses to
	// replace one.
	WriteFile func(name string, data []byte) (string, error)
	// CopyNative copies with the system's own clipboard program and says where to; see
	// [SystemClipboard].
	CopyNative func(text string) (where string, err error)
}

// Options say how the front end starts.
type Options struct {
	// Provider is under the cursor at the start; Walk starts its run at once with the
	// choice given.
	Provider string
	Walk     *screen.Choice
	// Inspect shows this text taken apart at the start.
	Inspect string
	NoMouse bool
	// ColorFGBG is the variable COLORFGBG: what the background is taken for until the
	// terminal tells it.
	ColorFGBG string
	// Keyboard is the terminal that keys are read from; nil: Bubble Tea finds one.
	Keyboard *os.File
}
