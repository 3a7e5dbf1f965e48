package headless

import (
	"errors"

	"oauthlens/flows"
)

// next is the action to ask for now.
func (w *walker) next() (flows.Action, bool) {
	s := w.session
	if inFlight, _ := s.InFlight(); inFlight != nil || s.Ended() != nil {
		return "", false
	}
	if s.FailedWhy() != "" && !w.canPasteInstead() {
		return w.takeBack()
	}
	if (w.opts.Discover || w.opts.DiscoverOnly) && len(s.Tries()) == 0 && s.Can(flows.ActDiscover) == "" {
		return flows.ActDiscover, true
	}
	if w.opts.DiscoverOnly {
		return "", false
	}
	if s.Built() != nil && s.Callback() == nil {
		return w.towardsCallback()
	}
	if s.Token() != nil {
		return w.afterToken()
	}
	a, ok := s.Next()
	if ok && s.Can(a) != "" {
		w.usage = errors.New(s.Can(a))
		// what the server's own metadata left out is not the caller's mistake
		_, w.theirs = s.Result(flows.StepDiscovery)
		return "", false
	}
	return a, ok
}

func (w *walker) canPasteInstead() bool {
	return w.opts.Callback != nil && w.session.ListenFailure() != nil && w.session.Callback() == nil && !w.pasted
}

// paste reads the callback that somebody gives. The reading may wait for standard input for
// ever, and nothing can end it, so it is left behind when the run is cancelled.
func (w *walker) paste() (text string, err error) {
	done := make(chan struct{})
	var read string
	var failed error
	go func() {
		read, failed = w.opts.Callback()
		close(done)
	}()
	select {
	case <-done:
		return read, failed
	case <-w.ctx.Done():
		return "", w.ctx.Err()
	}
}

func (w *walker) towardsCallback() (flows.Action, bool) {
	s := w.session
	if !w.opened {
		w.opened = true
		w.printer.open(s.Built().URL)
		switch {
		case w.opts.Approve:
			return w.wanted(flows.ActApprove)
		case w.opts.Callback == nil && !w.opts.NoBrowser && s.ListenFailure() == nil:
			return flows.ActOpenBrowser, true
		}
	}
	if w.opts.Callback != nil && !w.pasted {
		w.pasted = true
		text, err := w.paste()
		if w.ctx.Err() != nil {
			return "", false // cancelled while nobody pasted: the walk ends as others do
		}
		if err == nil {
			var e flows.CallbackArrived
			if e, err = s.Paste(text); err == nil {
				w.handle(e)
			}
		}
		w.usage = err
		if err == nil && w.session.Callback() != nil {
			return w.next() // what was pasted goes on at once
		}
	}
	return "", false
}

// afterToken checks the signature, then does what was asked for after the exchange.
func (w *walker) afterToken() (flows.Action, bool) {
	s := w.session
	if _, tried := s.Result(flows.StepJWKS); !tried && s.Environment().Endpoints.JWKS != "" && len(s.JWTs(w.deps.Now())) > 0 {
		return flows.ActVerify, true
	}
	if w.opts.Refreshes > s.Refreshed() && w.possible(flows.ActRefresh) {
		return w.wanted(flows.ActRefresh)
	}
	_, called := s.Result(flows.StepCall)
	_, revoked := s.Result(flows.StepRevoke)
	switch {
	case w.opts.Call && !called && w.possible(flows.ActCall):
		return w.wanted(flows.ActCall)
	case w.opts.Revoke && !revoked && w.possible(flows.ActRevoke):
		return w.wanted(flows.ActRevoke)
	}
	return "", false
}

// takeBack: a failed step ends the walk, and with it what was asked for. But a token request
// that failed in the middle of its answer may have left a live token, which --revoke is for.
func (w *walker) takeBack() (flows.Action, bool) {
	_, tried := w.session.Result(flows.StepRevoke)
	return flows.ActRevoke, w.opts.Revoke && !tried && w.session.Damaged() && w.session.Can(flows.ActRevoke) == ""
}

func (w *walker) possible(a flows.Action) bool {
	return !w.opts.IfPossible || w.session.Can(a) == ""
}

// wanted is an action that the command line asked for; when it cannot be done, that is
// how the run ends.
func (w *walker) wanted(a flows.Action) (flows.Action, bool) {
	why := w.session.Can(a)
	if why == "" {
		return a, true
	}
	w.handle(flows.RunEnded{Outcome: flows.Failed, Why: why})
	return "", false
}
