package linear

import (
	"context"
	"io"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/session"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/keys"
)

// Choice is what to walk.
type Choice struct {
	Provider    string
	Environment string      // empty: the provider's first
	Grant       flows.Grant // empty: the provider's first
	Fault       string      // planted at the simulator; empty: none
	// Settings are kept from an earlier run of the same choice; nil: as the profile says.
	Settings *flows.Settings
}

// Started is a run made ready.
type Started struct {
	Session session.Session
	Effects []flows.Effect // of the event that opened the run
	// Perform performs one effect and emits what comes of it. It returns when the effect is
	// over or ctx is done; emit may be called from any goroutine until then. Nil: the run is
	// only looked at.
	Perform func(ctx context.Context, e flows.Effect, emit func(flows.Event))
	// Save keeps records in the history, in order; nil: there is no history. Once it fails
	// it is not called again.
	Save func(ctx context.Context, records []flows.Record) (Kept, error)
	// Saved is how many records are in the history already.
	Saved int
	Say   string // a sentence to begin with; empty: nothing is to be said
	Close func() // ends what the run holds outside; may be nil
}

// Kept is what became of the records of a run.
type Kept struct {
	Lacking string // what of them is not kept, in two or three words; empty: nothing
	Say     string // a sentence; empty: nothing is to be said
}

// Run is a run in the list of the history.
type Run struct {
	ID                    flows.RunID
	Provider, Environment string
	Grant                 flows.Grant
	Outcome               flows.Outcome
	Why                   string // code of its worst finding
	Started               time.Time
}

// Deps are what the twin is given. A nil function means that the feature is not there,
// and its command says so.
type Deps struct {
	Catalogue []flows.Provider
	// AtCatalogue and AtWalk are the bindings of the screen at these places.
	AtCatalogue, AtWalk keys.Table

	In  io.Reader
	Out io.Writer
	// Keyboard tells that In is a terminal: a prompt then waits at the end of its line, and
	// what is typed during a wait counts.
	Keyboard bool
	Now      func() time.Time
	// After is time.After, or a clock of a test.
	After func(time.Duration) <-chan time.Time
	// ReadHidden asks for a line without echo; nil: the next line of In is taken.
	ReadHidden func(prompt string) (string, error)

	// Start makes a run ready.
	Start func(ctx context.Context, c Choice) (Started, error)
	// Diagnose judges a trace.
	Diagnose func(flows.Trace) []flows.Finding
	Facts    func(provider, environment string) present.ProviderFacts
	// Explain gives the explanation of a thing.
	Explain func(provider string, ref present.ExplainRef) (title string, lines present.Lines, ok bool)
	Inspect func(ctx context.Context, text string) (present.Walk, error)
	// Compare lays two sides beside each other.
	Compare func(ctx context.Context, a, b Side) (present.Walk, error)
	// Runs lists the newest runs that the filter lets through; Open opens one to be looked
	// at, Reopen makes one live again.
	Runs   func(ctx context.Context, filter string, limit int) ([]Run, error)
	Open   func(ctx context.Context, id flows.RunID) (Started, error)
	Reopen func(ctx context.Context, id flows.RunID) (Started, error)
	// SaveClient keeps the client settings of a run, ForgetClient removes them.
	SaveClient, ForgetClient func(ctx context.Context, t flows.Trace) (string, error)

	OpenBrowser func(url string) error
	ReadFile    func(name string) ([]byte, error)
	// WriteFile writes a new file of mode 0600 and returns its full path.
	WriteFile func(name string, data []byte) (string, error)
	// CopyNative copies with the system's own clipboard program and says where to.
	CopyNative func(text string) (where string, err error)
}

// Side is one side of a comparison: a recorded run, or an environment of a provider, by its
// newest run or, if it is simulated, by what the simulator plays now.
type Side struct {
	Run                   flows.RunID
	Provider, Environment string
	Simulated             bool
}

// Options say where to begin.
type Options struct {
	// Begin is walked at once; nil: the catalogue is told.
	Begin *Choice
	// Environment and Grant are wanted of what is chosen from the catalogue.
	Environment string
	Grant       flows.Grant
}

// Walk talks with the user until it is told to quit or its input ends, which is no error.
// The error is that of a run that could not begin, of the output, or of ctx.
func Walk(ctx context.Context, d Deps, o Options) error {
	t := newTalk(ctx, d, o)
	defer t.close()
	err := t.converse(o)
	if err == nil {
		err = t.out.err
	}
	return err
}
