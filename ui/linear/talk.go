package linear

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/crash"
	"oauthlens/ui/present"
)

// errQuit ends the talk by the user's word.
var errQuit = errors.New("quit")

// startError is why a run cannot be started; the talk can go on.
type startError struct{ error }

func (e startError) Unwrap() error { return e.error }

// talk is the conversation: what is said, what is heard, and what both are about.
type talk struct {
	ctx  context.Context
	deps Deps
	out  *speech
	in   *input

	environment string // wanted of what is chosen from the catalogue; empty: the first
	grant       flows.Grant
	provider    string // what enter walks at the catalogue

	run  *run  // nil: none was started
	view *view // of the run
	// away: the catalogue is talked about although there is a run.
	away bool
	runs []Run // as listed last
	// armed is the action whose request was told by the last command: asked for once more, it
	// is sent.
	armed flows.Action
}

func newTalk(ctx context.Context, d Deps, o Options) *talk {
	if d.After == nil {
		d.After = time.After
	}
	t := &talk{ctx: ctx, deps: d, out: newSpeech(d.Out, d.Keyboard), in: newInput(d.In), environment: o.Environment, grant: o.Grant, view: newView()}
	if len(d.Catalogue) > 0 {
		t.provider = d.Catalogue[0].Name
	}
	return t
}

func (t *talk) close() {
	if t.run != nil {
		t.run.close()
	}
	t.out.flush()
	t.in.close()
}

// converse talks until the user quits, the input ends or ctx does.
func (t *talk) converse(o Options) error {
	t.out.say("oauthlens, told in lines. An empty line does the next thing, ? lists the commands, q quits.")
	var err error
	if o.Begin != nil {
		err = t.begin(*o.Begin)
	} else {
		t.tellCatalogue()
	}
	for err == nil && t.out.err == nil {
		t.out.prompt(t.prompt())
		var text string
		if text, err = t.listen(); err == nil {
			err = t.obey(text)
		}
		if errors.Is(err, errLong) {
			t.out.sentence(err.Error())
			err = nil
		}
	}
	switch {
	case errors.Is(err, errQuit):
		return nil
	case errors.Is(err, io.EOF):
		t.out.say("The input has ended: quitting.")
		return nil
	case t.ctx.Err() != nil:
		t.interrupted()
		return t.ctx.Err()
	}
	return err
}

// interrupted ends what is under way, so that the history tells how it ended.
func (t *talk) interrupted() {
	t.out.closePrompt()
	if t.run == nil || t.run.started.Perform == nil {
		return
	}
	if t.run.walk().Busy != nil {
		t.run.handle(flows.Asked{Action: flows.ActCancel})
		t.out.say("Cancelled.")
	}
}

func (t *talk) atWalk() bool { return t.run != nil && !t.away }

func (t *talk) prompt() string {
	if t.atWalk() {
		return t.view.prompt()
	}
	return t.cataloguePrompt()
}

// listen waits for a line of the user; what happens to the run meanwhile is told.
func (t *talk) listen() (string, error) {
	for {
		automatic := false
		if len(t.in.ahead) > 0 {
			text := t.in.ahead[0]
			t.in.ahead = t.in.ahead[1:]
			t.out.answered()
			return text, nil
		}
		t.in.request()
		inbox, finished, fell := t.channels()
		select {
		case l := <-t.in.got:
			if l.err == nil {
				t.out.answered()
			}
			return t.in.take(l)
		case e := <-inbox:
			t.run.handle(e)
		case <-finished:
			t.run.over()
		case report := <-fell:
			return "", report
		case <-t.watch():
			if !t.run.refreshDue() {
				continue
			}
			t.out.sentence("the refresh window is open: the refresh is sent by itself")
			t.view.wandered, automatic = true, true // the step that is talked about stays
			t.run.handle(flows.Asked{Action: flows.ActRefresh})
		case <-t.ctx.Done():
			return "", t.ctx.Err()
		}
		if err := t.settle(); err != nil {
			return "", err
		}
		if automatic {
			t.run.remark(t.run.walk().Refreshed)
		}
		if t.news() {
			t.out.prompt(t.prompt())
		}
	}
}

// channels are where the run is heard; without a run nothing comes.
func (t *talk) channels() (chan flows.Event, chan struct{}, chan *crash.Report) {
	if t.run == nil {
		return nil, nil, nil
	}
	return t.run.inbox, t.run.finished, t.run.fell
}

// How often the token is looked at while it is to be refreshed by itself.
const (
	watchEvery = 5 * time.Second
	soonest    = 50 * time.Millisecond
)

func (t *talk) watch() <-chan time.Time {
	if t.run == nil || !t.run.watching() {
		return nil
	}
	return t.deps.After(t.run.untilDue())
}

// news tells what happened by itself; false: there was nothing to tell.
func (t *talk) news() bool {
	before, was := t.out.said, t.view.walk.Current
	t.view.show(t.run.walk())
	t.remarks()
	switch {
	case t.atWalk():
		t.view.tell(t.out, false)
		t.tellBusy()
	case was != t.view.walk.Current:
		t.out.say("The run went on by itself: run goes back to it.")
	}
	return t.out.said > before
}

// remarks tells what the run has to say beside its events.
func (t *talk) remarks() {
	for _, r := range t.run.remarks {
		t.out.sentence(r)
	}
	t.run.remarks = nil
}

// begin starts a run and tells its first step.
func (t *talk) begin(c Choice) error {
	if t.deps.Start == nil {
		return startError{errors.New("no run can be started here")}
	}
	t.out.flush()
	started, err := t.deps.Start(t.ctx, c)
	if err != nil {
		return startError{err}
	}
	t.enter(c, started)
	if err := t.settle(); err != nil {
		return err
	}
	t.tellNow(false)
	return nil
}

// enter makes a run the one that is talked about.
func (t *talk) enter(c Choice, s Started) {
	start, v := s.Session.Start(), newView()
	if t.run != nil {
		t.run.close()
		if old := t.run.session.Start(); old.Provider.Name == start.Provider.Name && old.Grant == start.Grant {
			v.noted = t.view.noted // the steps are the same
		}
	}
	c.Provider, c.Grant = start.Provider.Name, start.Grant
	if c.Environment == "" { // else it stays as it was asked for, also where endpoints were given by hand
		c.Environment = start.Environment.Name
	}
	t.run, t.view, t.away, t.provider = openRun(t.ctx, &t.deps, c, s), v, false, c.Provider
	h := t.run.walk().Header
	t.out.sentence(fmt.Sprintf("%s, %s, %s", start.Provider.Title, present.GrantTitle(start.Grant), h.Environment))
}

// tellNow tells where the run is.
func (t *talk) tellNow(whole bool) {
	t.view.show(t.run.walk())
	t.remarks()
	t.view.tell(t.out, whole)
	t.tellBusy()
}

// tellBusy tells what is waited for at the prompt, once.
func (t *talk) tellBusy() {
	b := t.view.walk.Busy
	if b == nil {
		t.view.busy = ""
		return
	}
	if b.What != t.view.busy {
		t.view.busy = b.What
		how := "; cancel ends the wait"
		if !strings.Contains(b.What, "paste") {
			how = "; p URL pastes the callback, cancel ends the wait"
		}
		t.out.sentence(b.What + t.within() + how)
	}
}

func (t *talk) within() string {
	if d := t.run.bound(); d > 0 {
		return ", at most " + present.Coarse(d)
	}
	return ""
}

// longWait is how long something may take before one is told that it does.
const longWait = 400 * time.Millisecond

// settle waits until nothing happens by itself any more. What takes long is told when it
// does, and when it is over; at a keyboard, cancel ends it.
func (t *talk) settle() error {
	r := t.run
	if r.settled() {
		return nil
	}
	began := t.deps.Now()
	slow, said := t.deps.After(longWait), false
	var late <-chan time.Time
	for !r.settled() {
		if late == nil && r.expecting() {
			late = t.deps.After(grace)
		}
		select {
		case e := <-r.inbox:
			r.handle(e)
		case <-r.finished:
			r.over()
		case report := <-r.fell:
			return report
		case <-slow:
			if b := r.walk().Busy; b != nil {
				said = true
				t.out.sentence(b.What + t.within() + t.cancelHint())
				t.out.flush()
				t.hear()
			}
		case <-late:
			r.late = true
		case l := <-t.in.got:
			if err := t.overheard(l); err != nil {
				return err
			}
		case <-t.ctx.Done():
			return t.ctx.Err()
		}
	}
	if said {
		t.out.sentence(fmt.Sprintf("that took %.1f seconds", t.deps.Now().Sub(began).Seconds()))
	}
	return nil
}

func (t *talk) cancelHint() string {
	if t.deps.Keyboard {
		return "; cancel ends the wait"
	}
	return ""
}

// hear listens during a wait, at a keyboard: what a pipe holds is for afterwards.
func (t *talk) hear() {
	if t.deps.Keyboard {
		t.in.request()
	}
}

// overheard acts on a line that was typed during a wait; any but cancel is kept.
func (t *talk) overheard(l typed) error {
	text, err := t.in.take(l)
	switch word := strings.ToLower(strings.TrimSpace(text)); {
	case err != nil:
		return err
	case word == "cancel" || word == "esc" || word == "c":
		t.run.handle(flows.Asked{Action: flows.ActCancel})
	case word == "q" || word == "quit":
		return errQuit
	default:
		t.in.ahead = append(t.in.ahead, text)
	}
	t.hear()
	return nil
}
