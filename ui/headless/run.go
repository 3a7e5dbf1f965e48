// Package headless is the front end without a screen: the same actions as in the
// terminal UI, as lines of text or JSON, with exit codes that scripts can rely on. Standard
// output carries the result only; what a person has to do or to know goes to standard
// error.
package headless

import (
	"context"
	"io"
	"runtime"
	"sync"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/crash"
	"oauthlens/flows/session"
)

// Exit codes of the program.
const (
	ExitOK      = 0
	ExitFailed  = 1
	ExitUsage   = 2
	ExitMachine = 3
)

// Performer carries out an effect and reports what came of it. It returns when nothing
// more will be reported; a listener returns when it is closed or the context ends.
type Performer interface {
	Perform(ctx context.Context, e flows.Effect, emit func(flows.Event))
}

// Recorder keeps a run in the history. A nil Recorder keeps nothing.
type Recorder interface {
	// Append keeps a record, in order, without waiting.
	Append(r flows.Record)
	// Finish keeps how the run ended, or how it stands.
	Finish(outcome flows.Outcome, finding string, expires, at time.Time)
	// Flush waits until all of it is kept, or says why it is not.
	Flush() error
}

// Options are the wishes of the command line that are no settings of the run.
type Options struct {
	JSON, Events bool
	Print        string
	ShowSecrets  bool
	Refreshes    int
	Revoke, Call bool
	// Approve consents at the simulator; NoBrowser opens none.
	Approve, NoBrowser bool
	// Callback reads the pasted callback when its time has come; nil: there is none.
	Callback func() (string, error)
	Confirm  bool // sending to production was agreed to
	// Discover fetches the metadata before anything else, where there is any.
	Discover bool
	// DiscoverOnly fetches the metadata and does nothing else.
	DiscoverOnly bool
	// IfPossible leaves out what was asked for after the exchange and cannot be done, where
	// otherwise the run ends with the reason.
	IfPossible bool
}

// Deps is what a run needs from outside.
type Deps struct {
	Performer Performer
	Recorder  Recorder
	// Consult waits until Diagnose can ask the history about what the run sent, if that can
	// know anything about it; nil: there is none to ask.
	Consult  func()
	Diagnose func(flows.Trace) []flows.Finding
	Now      func() time.Time
	Stdout   io.Writer
	Stderr   io.Writer
	// Cause tells which exit code an ended context stands for, such as 130; nil: ExitFailed.
	Cause func() int
}

// Run walks one flow to its end and prints the result; it returns the exit code. The result
// is composed while the history is written, and shown when it is safe there.
func Run(ctx context.Context, id flows.RunID, start *flows.RunStarted, o Options, d Deps) int {
	w := walkThrough(ctx, id, start, o, d)
	code := w.exitCode()
	result := w.printer.compose()
	w.save()
	if o.Print != "" && !o.JSON && !o.Events && code == ExitOK && len(result) == 0 {
		w.printer.say("oauthlens: the run succeeded, but it has no " + o.Print + " to print")
		code = ExitFailed // a script must not go on with nothing
	}
	if err := w.printer.result(result, code); err != nil {
		w.printer.say("oauthlens: the result could not be written: " + err.Error())
		return ExitMachine
	}
	return code
}

// walkThrough walks one flow to its end and hands it to the history; [walker.save] waits
// until it is there.
func walkThrough(ctx context.Context, id flows.RunID, start *flows.RunStarted, o Options, d Deps) *walker {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w := &walker{ctx: ctx, opts: o, deps: d, session: session.New(id), events: make(chan flows.Event, 16), finished: make(chan struct{}, 16), fell: make(chan *crash.Report, 1)}
	w.printer = newPrinter(w)
	w.handle(*start)
	if o.Confirm {
		w.handle(flows.Asked{Action: flows.ActConfirm})
	}
	w.walk()
	stop()
	w.finish()
	return w
}

// finish closes the run in the history.
func (w *walker) finish() {
	if w.deps.Recorder == nil {
		return
	}
	if w.deps.Consult != nil { // what the history knows belongs to the findings
		w.deps.Consult()
		w.printer.at = -1
	}
	var expires time.Time
	if t := w.session.Token(); t != nil && !w.session.Revoked() {
		expires = t.ExpiresAt
	}
	finding := ""
	for _, f := range w.printer.findings() {
		if f.Severity != flows.SeverityInfo {
			finding = f.Code
			break
		}
	}
	outcome := flows.Cancelled
	if e := w.session.Ended(); e != nil {
		outcome = e.Outcome
	}
	w.deps.Recorder.Finish(outcome, finding, expires, w.deps.Now())
}

// save waits until the run is in the history, or knows why it is not.
func (w *walker) save() {
	if w.deps.Recorder != nil {
		w.unsaved = w.deps.Recorder.Flush()
	}
}

// walker drives one session: events in, effects out, until nothing is left to do.
type walker struct {
	ctx       context.Context
	opts      Options
	deps      Deps
	session   session.Session
	printer   *printer
	events    chan flows.Event
	finished  chan struct{}      // one for each effect that is over
	running   int                // effects under way
	fell      chan *crash.Report // what a panic in an effect came to
	opened    bool               // the URL was told to the user
	pasted    bool
	graceOver bool
	usage     error // the input was wrong
	theirs    bool  // usage came of what the server said
	unsaved   error
	stopped   bool // the context ended
}

// handle takes an event into the session, keeps what came of it and starts the effects.
func (w *walker) handle(e flows.Event) {
	before := len(w.session.Trace().Records)
	next, effects := w.session.Handle(w.deps.Now(), e)
	for _, r := range next.Trace().Records[before:] {
		if w.deps.Recorder != nil {
			w.deps.Recorder.Append(r)
			if w.opts.Events { // what is shown now is kept first
				w.unsaved = w.deps.Recorder.Flush()
			}
		}
		w.session = next
		w.printer.record(r)
	}
	w.session = next
	for _, effect := range effects {
		w.start(effect)
	}
	if len(effects) == 0 {
		return
	}
	runtime.Gosched()    // the effects first: what follows is done beside them
	w.printer.masker()   // learns what is secret
	w.printer.findings() // and reads what was sent, which need not be done at the end then
}

// start performs an effect beside the walk. A listener goes on after its first word, so it
// counts as under way only until then.
func (w *walker) start(e flows.Effect) {
	_, listening := e.(flows.Listen)
	w.running++
	go func() {
		defer w.catch()
		first := sync.OnceFunc(func() { w.finished <- struct{}{} })
		w.deps.Performer.Perform(w.ctx, e, func(ev flows.Event) {
			select {
			case w.events <- ev:
			case <-w.ctx.Done():
				select { // the last word of a cancelled request is still wanted
				case w.events <- ev:
				case <-time.After(time.Second):
				}
			}
			if listening {
				first()
			}
		})
		first()
	}()
}

// catch hands the panic of an effect to the walk, which ends with it.
func (w *walker) catch() {
	if r := crash.Of(recover()); r != nil {
		select {
		case w.fell <- r:
		default: // one is enough
		}
	}
}

func (w *walker) walk() {
	for w.session.Ended() == nil {
		if w.ctx.Err() != nil && !w.stopped {
			w.await()
			continue
		}
		if w.ctx.Err() != nil && !w.stopped && w.running == 0 && len(w.events) == 0 { // it ended before anything began
			w.stopped = true
			w.handle(flows.Asked{Action: flows.ActCancel})
			w.handle(flows.Asked{Action: flows.ActEnd})
			return
		}
		if w.ctx.Err() == nil && w.usage == nil && w.running == 0 && len(w.events) == 0 {
			if a, ok := w.next(); ok {
				w.handle(flows.Asked{Action: a})
				continue
			}
		}
		cancelled := w.ctx.Err() != nil && !w.stopped // while next was reading a paste, say
		if !cancelled && w.running == 0 && len(w.events) == 0 && !w.waiting() {
			w.handle(flows.Asked{Action: flows.ActEnd})
			return
		}
		w.await()
	}
}

// await takes the next thing that happens.
func (w *walker) await() {
	done := w.ctx.Done()
	if w.stopped {
		done = nil
	}
	var over <-chan time.Time
	if _, consented := w.session.Result(flows.StepAuthorize); w.opts.Approve && consented && w.running == 0 && w.session.Callback() == nil {
		over = time.After(grace)
	}
	select {
	case r := <-w.fell:
		panic(r)
	case e := <-w.events:
		w.handle(e)
	case <-w.finished:
		w.running--
		for len(w.events) > 0 {
			w.handle(<-w.events)
		}
	case <-over:
		w.graceOver = true
	case <-done:
		w.stopped = true
		w.drain()
		w.handle(flows.Asked{Action: flows.ActCancel})
		w.handle(flows.Asked{Action: flows.ActEnd})
	}
}

// drain gives requests under way a moment to say how they ended.
func (w *walker) drain() {
	limit := time.After(200 * time.Millisecond)
	for w.running > 0 {
		select {
		case e := <-w.events:
			w.handle(e)
		case <-w.finished:
			w.running--
		case <-limit:
			return
		}
	}
	for len(w.events) > 0 {
		w.handle(<-w.events)
	}
}

// waiting tells that the flow waits for the browser or for a paste.
func (w *walker) waiting() bool {
	s := w.session
	if !s.Waiting() || s.TimedOut() || w.stopped || w.usage != nil {
		return false
	}
	if s.ListenFailure() != nil && w.opts.Callback == nil {
		return false
	}
	return !w.deserted()
}

// deserted tells that the simulated user has come and gone, and nobody else will come. The
// listener answers the browser before it reports the hit, so a moment is given to it.
func (w *walker) deserted() bool {
	_, consented := w.session.Result(flows.StepAuthorize)
	if !w.opts.Approve || !consented || w.running > 0 {
		return false
	}
	return w.graceOver || w.session.Spent()
}

// grace is how long a hit may take from the answer to the report.
const grace = time.Second

func (w *walker) exitCode() int {
	s := w.session
	switch {
	case w.stopped && w.deps.Cause != nil:
		return w.deps.Cause()
	case w.usage != nil && !w.theirs:
		return ExitUsage
	case s.ListenFailure() != nil && s.Callback() == nil:
		return ExitMachine
	case s.Ended() == nil || s.Ended().Outcome != flows.Succeeded:
		return ExitFailed
	}
	for _, f := range w.printer.findings() {
		if f.Severity == flows.SeverityError {
			return ExitFailed
		}
	}
	return ExitOK
}
