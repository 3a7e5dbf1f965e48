package launch

import (
	"context"
	"sync"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/flows/runner"
)

// performer carries out the effects of one run: it keeps the one listener and knows what
// is in flight, so that it can be cancelled.
type performer struct {
	runner *runner.Runner
	launch *Launcher

	mu       sync.Mutex
	listener *runner.Listener
	closed   chan struct{} // closed with the listener
	inFlight map[int]context.CancelFunc
}

func (l *Launcher) newPerformer(start *flows.RunStarted) *performer {
	return &performer{launch: l, inFlight: map[int]context.CancelFunc{}, runner: &runner.Runner{
		Now: l.Clock, Rand: l.Rand, OpenURL: l.OpenURL, RootCAs: l.RootCAs, Fingerprints: start.Fingerprints,
	}}
}

func (p *performer) perform(ctx context.Context, e flows.Effect, emit func(flows.Event)) {
	switch e := e.(type) {
	case flows.Send:
		if e.Wait > 0 {
			p.launch.clock.advance(e.Wait)
		}
		ctx, done := p.begin(ctx, e.ID)
		defer done()
		emit(p.runner.Do(ctx, e))
	case flows.Consent:
		ctx, done := p.begin(ctx, e.ID)
		defer done()
		if pasted := p.runner.Consent(ctx, e, emit); pasted != "" {
			emit(pastedCallback(e.Expect, pasted))
		}
	case flows.Listen:
		p.listen(ctx, e, emit)
	case flows.CloseListener:
		p.closeListener()
	case flows.CancelSend:
		p.cancel(e.ID)
	default:
		if event := p.runner.Do(ctx, e); event != nil {
			emit(event)
		}
	}
}

// pastedCallback is the answer at a redirect URI that lives elsewhere, as a person would
// paste it from the browser's address bar.
func pastedCallback(expect flows.CallbackExpectation, rawURL string) flows.CallbackArrived {
	req := flows.Request{Method: "GET", URL: rawURL, Headers: flows.Headers{{Name: "Host", Value: flows.HostOf(rawURL)}}}
	verdict, why := protocol.JudgeCallback(expect, req)
	return flows.CallbackArrived{Via: flows.ViaPaste, Request: req, Verdict: verdict, Why: why}
}

func (p *performer) begin(ctx context.Context, id int) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight[id] = cancel
	return ctx, func() {
		cancel()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.inFlight, id)
	}
}

func (p *performer) cancel(id int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if cancel, ok := p.inFlight[id]; ok {
		cancel()
	}
}

// listen replaces the listener that may be open, and returns when the new one is closed.
func (p *performer) listen(ctx context.Context, e flows.Listen, emit func(flows.Event)) {
	p.closeListener()
	listener, event := p.runner.Listen(ctx, e, emit)
	if listener == nil {
		emit(event)
		return
	}
	closed := make(chan struct{})
	p.mu.Lock()
	p.listener, p.closed = listener, closed
	p.mu.Unlock()
	emit(event)
	select {
	case <-ctx.Done():
		listener.Close()
	case <-closed:
	}
}

func (p *performer) closeListener() {
	p.mu.Lock()
	listener, closed := p.listener, p.closed
	p.listener, p.closed = nil, nil
	p.mu.Unlock()
	if listener != nil {
		listener.Close()
		close(closed)
	}
}
