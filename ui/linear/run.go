package linear

import (
	"context"
	"sync"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/crash"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
	"oauthlens/ui/present"
)

// grace is how long the report of a callback may take after the listener answered it.
const grace = 10 * time.Second

// run is the run under way: events in, effects out, each kept before it is told.
type run struct {
	deps    *Deps
	choice  Choice
	started Started
	session session.Session

	ctx      context.Context
	cancel   context.CancelFunc
	inbox    chan flows.Event
	finished chan struct{} // one for each effect that is over
	running  int           // effects under way
	fell     chan *crash.Report

	findings []flows.Finding
	mask     *redact.Masker
	judged   int // records that findings and mask know
	saved    int
	unsaved  bool
	kept     string   // what is not kept, in a few words
	remarks  []string // to be told
	late     bool     // a callback that was on its way did not come
}

// openRun takes a run that was made ready and performs its first effects.
func openRun(ctx context.Context, d *Deps, c Choice, s Started) *run {
	r := &run{deps: d, choice: c, started: s, session: s.Session, judged: -1, saved: s.Saved,
		inbox: make(chan flows.Event, 16), finished: make(chan struct{}, 16), fell: make(chan *crash.Report, 1)}
	r.ctx, r.cancel = context.WithCancel(ctx)
	r.remark(s.Say)
	r.take(s.Session, s.Effects)
	return r
}

func (r *run) close() {
	r.cancel()
	if r.started.Close != nil {
		r.started.Close()
	}
}

func (r *run) remark(text string) {
	if text != "" {
		r.remarks = append(r.remarks, text)
	}
}

// handle takes an event into the session.
func (r *run) handle(e flows.Event) {
	if _, asked := e.(flows.Asked); asked {
		r.late = false
	}
	next, effects := r.session.Handle(r.deps.Now(), e)
	r.take(next, effects)
}

// take makes this the run that is told: what is new in it is kept first, then its effects
// are performed.
func (r *run) take(next session.Session, effects []flows.Effect) {
	records := next.Trace().Records
	if r.started.Save != nil && !r.unsaved && r.saved < len(records) {
		kept, err := r.started.Save(context.WithoutCancel(r.ctx), records[r.saved:])
		r.saved, r.kept = len(records), kept.Lacking
		r.remark(kept.Say)
		if err != nil {
			r.unsaved, r.kept = true, "not saved"
			defer r.handle(flows.Noted{Text: "not saved to the history: " + err.Error()})
		}
	}
	r.session = next
	for _, e := range effects {
		r.perform(e)
	}
}

// perform has an effect performed beside the talk. A listener goes on after its first
// word, so it counts as under way only until then.
func (r *run) perform(e flows.Effect) {
	if r.started.Perform == nil {
		return
	}
	_, listening := e.(flows.Listen)
	r.running++
	go func() {
		defer func() {
			if report := crash.Of(recover()); report != nil {
				select {
				case r.fell <- report:
				default: // one is enough to end with
				}
			}
		}()
		first := sync.OnceFunc(func() {
			select {
			case r.finished <- struct{}{}:
			case <-r.ctx.Done():
			}
		})
		r.started.Perform(r.ctx, e, func(ev flows.Event) {
			select {
			case r.inbox <- ev:
			case <-r.ctx.Done():
			}
			if listening {
				first()
			}
		})
		first()
	}()
}

// over takes what an effect that is over left in the inbox.
func (r *run) over() {
	r.running--
	for len(r.inbox) > 0 {
		r.handle(<-r.inbox)
	}
}

// settled tells that nothing happens by itself any more, but for what a person in a
// browser does.
func (r *run) settled() bool {
	return r.running == 0 && len(r.inbox) == 0 && !r.expecting()
}

// expecting tells that the simulated user was sent back to the redirect URI and the
// listener is about to say so.
func (r *run) expecting() bool { return !r.late && r.session.CallbackOnItsWay() }

// judge has the trace judged as it stands.
func (r *run) judge() {
	t := r.session.Trace()
	if r.judged == len(t.Records) {
		return
	}
	r.judged, r.findings, r.mask = len(t.Records), nil, redact.ForTrace(t, r.session.ClientSecret())
	if r.deps.Diagnose != nil {
		r.findings = r.deps.Diagnose(t)
	}
}

// walk is the run as it is told.
func (r *run) walk() present.Walk {
	r.judge()
	return present.Run(r.session, r.findings, r.mask, r.deps.Now())
}

// bound is how long what is under way may take; 0: as long as it likes.
func (r *run) bound() time.Duration {
	if under, _ := r.session.InFlight(); under != nil {
		return r.session.Settings().RequestTimeout
	}
	if r.session.Listener() == nil {
		return 0 // a paste has all the time
	}
	return max(0, r.session.Settings().CallbackTimeout)
}

// refreshDue tells that the token is to be refreshed by itself now, which the session says
// once for each token.
func (r *run) refreshDue() bool { return r.watching() && r.session.RefreshDue(r.deps.Now()) }

// watching tells that the time of day can make something happen.
func (r *run) watching() bool {
	return r.started.Perform != nil && r.session.Settings().AutoRefresh && r.session.Token() != nil
}

// untilDue is how long nothing has to be looked at: not longer than watchEvery, since the
// machine may sleep meanwhile.
func (r *run) untilDue() time.Duration {
	wait, ok := r.session.RefreshIn(r.deps.Now())
	if !ok {
		return watchEvery
	}
	return min(watchEvery, max(soonest, wait))
}

// reopen makes a run that was only looked at live again.
func (r *run) reopen() error {
	s, err := r.deps.Reopen(r.ctx, r.session.Trace().Run)
	if err != nil {
		return err
	}
	r.started, r.saved = s, s.Saved
	r.take(s.Session, s.Effects)
	return nil
}
