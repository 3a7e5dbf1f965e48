package launch

import (
	"context"
	"net/url"
	"testing"
	"time"

	"oauthlens/flows"
)

// patience bounds every wait of these tests.
const patience = 20 * time.Second

// performing performs an effect beside the test; its events come one after the other.
type performing struct {
	t      *testing.T
	events chan flows.Event
	done   chan struct{}
}

func perform(t *testing.T, ctx context.Context, run *Run, e flows.Effect) *performing {
	p := &performing{t: t, events: make(chan flows.Event, 16), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		run.Perform(ctx, e, func(event flows.Event) { p.events <- event })
	}()
	return p
}

// event waits for the next event.
func (p *performing) event(what string) flows.Event {
	p.t.Helper()
	select {
	case e := <-p.events:
		return e
	case <-time.After(patience):
		p.t.Fatalf("%s: no event came", what)
		return nil
	}
}

// ends waits until the effect is over.
func (p *performing) ends(what string) {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("%s: it goes on", what)
	}
}

// goesOn tells that the effect is under way.
func (p *performing) goesOn(what string) {
	p.t.Helper()
	select {
	case <-p.done:
		p.t.Fatalf("%s: it is over", what)
	default:
	}
}

// TestListeningEnds: with the effect that closes it, with the next listener, with the
// run, and with the context; each time the port is free again.
func TestListeningEnds(t *testing.T) {
	listen := flows.Listen{RedirectURI: "http://127.0.0.1:0/callback"}
	for name, end := range map[string]func(run *Run, cancel func()){
		"the effect": func(run *Run, _ func()) {
			run.Perform(context.Background(), flows.CloseListener{}, func(e flows.Event) { t.Errorf("an event: %T", e) })
		},
		"the run":     func(run *Run, _ func()) { run.Close(); run.Close() },
		"the context": func(_ *Run, cancel func()) { cancel() },
		"the next": func(run *Run, _ func()) {
			next := perform(t, context.Background(), run, listen)
			if _, ok := next.event("the next listener").(flows.ListenerOpened); !ok {
				t.Error("the next listener did not open")
			}
			run.Close()
			next.ends("the next listener")
		},
	} {
		run := opened(t, launcher(t), Request{Provider: named(t, launcher(t), "truss")})
		ctx, cancel := context.WithCancel(context.Background())
		p := perform(t, ctx, run, listen)
		open, ok := p.event(name).(flows.ListenerOpened)
		if !ok || len(open.Addresses) != 1 {
			t.Fatalf("%s: %+v", name, open)
		}
		p.goesOn(name)
		end(run, cancel)
		p.ends(name)
		again := perform(t, context.Background(), run, flows.Listen{RedirectURI: open.RedirectURI})
		if e, ok := again.event(name).(flows.ListenerOpened); !ok || e.RedirectURI != open.RedirectURI {
			t.Errorf("%s: the port is still taken: %+v", name, e)
		}
		run.Close()
		again.ends(name)
		cancel()
	}
}

// TestATakenPortIsTold, and there is no listener then that a callback could reach.
func TestATakenPortIsTold(t *testing.T) {
	l := launcher(t)
	r := Request{Provider: named(t, l, "truss")}
	first, second := opened(t, l, r), opened(t, l, r)
	p := perform(t, context.Background(), first, flows.Listen{RedirectURI: "http://127.0.0.1:0/callback"})
	open := p.event("the first").(flows.ListenerOpened)
	q := perform(t, context.Background(), second, flows.Listen{RedirectURI: open.RedirectURI})
	if e, ok := q.event("the second").(flows.ListenerFailed); !ok || !e.InUse {
		t.Errorf("%+v", e)
	}
	q.ends("the second")
	p.goesOn("the first")
}

// TestCancel ends the one request that it names, and no other.
func TestCancel(t *testing.T) {
	l := launcher(t)
	run := opened(t, l, Request{Provider: named(t, l, "truelayer"), Settings: flows.Settings{Fault: "slow"}})
	q := flows.Request{Method: "POST", URL: run.Start.Environment.Endpoints.Token,
		Headers: flows.Headers{{Name: "Host", Value: flows.HostOf(run.Start.Environment.Endpoints.Token)}, {Name: "Content-Length", Value: "0"}}}
	cancel := func(id int) {
		run.Perform(context.Background(), flows.CancelSend{ID: id}, func(e flows.Event) { t.Errorf("an event: %T", e) })
	}
	one := perform(t, context.Background(), run, flows.Send{ID: 7, Request: q, Timeout: patience})
	for inFlight(run) == 0 { // until the request is under way
		select {
		case <-one.done:
			t.Fatal("the slow answer came at once")
		case <-time.After(time.Millisecond):
		}
	}
	cancel(8)
	one.goesOn("cancelling another request")
	cancel(7)
	finished, ok := one.event("cancelling it").(flows.ExchangeFinished)
	if !ok || finished.ID != 7 || finished.Exchange.Error == nil || finished.Exchange.Error.Kind != flows.ErrorCancelled {
		t.Errorf("%+v", finished)
	}
	one.ends("cancelling it")
	if n := inFlight(run); n != 0 {
		t.Errorf("%d requests are still counted as under way", n)
	}
	cancel(7) // it is over
}

func inFlight(run *Run) int {
	run.performer.mu.Lock()
	defer run.performer.mu.Unlock()
	return len(run.performer.inFlight)
}

// TestConsentElsewhere: where the redirect URI lives elsewhere, what the browser would have
// gone to is treated like a paste; the state decides.
func TestConsentElsewhere(t *testing.T) {
	l := launcher(t)
	run := opened(t, l, Request{Provider: named(t, l, "truss"), Settings: flows.Settings{RedirectURI: "https://app.test/cb"}})
	query := url.Values{"response_type": {"code"}, "client_id": {run.Start.Settings.ClientID}, "redirect_uri": {"https://app.test/cb"}, "state": {"s-0123456789"}, "scope": {"openid"}}
	for state, want := range map[string]flows.CallbackVerdict{"s-0123456789": flows.CallbackAccepted, "another-state": flows.CallbackRefused} {
		p := perform(t, context.Background(), run, flows.Consent{ID: 3, URL: run.Start.Environment.Endpoints.Authorization + "?" + query.Encode(), Timeout: patience,
			Expect: flows.CallbackExpectation{State: flows.NewSecret(flows.FingerprintKey{}, "state", state)}})
		p.ends("consent")
		var arrived []flows.CallbackArrived
		for len(p.events) > 0 {
			switch e := (<-p.events).(type) {
			case flows.CallbackArrived:
				arrived = append(arrived, e)
			case flows.ExchangeFinished:
				if e.ID != 3 {
					t.Errorf("an exchange of the consent has the id %d", e.ID)
				}
			}
		}
		if len(arrived) != 1 {
			t.Fatalf("%d callbacks arrived", len(arrived))
		}
		a := arrived[0]
		if u, err := url.Parse(a.Request.URL); err != nil || a.Via != flows.ViaPaste || a.Verdict != want || a.Request.Method != "GET" || a.Request.Headers.Get("Host") != "app.test" ||
			u.Path != "/cb" || u.Query().Get("code") == "" || a.Why == "" {
			t.Errorf("%s: %+v %v", want, a, err)
		}
	}
}

// TestOtherEffects have one answer, and an effect without an answer has none.
func TestOtherEffects(t *testing.T) {
	l := launcher(t)
	var visited string
	l.OpenURL = func(u string) error { visited = u; return nil }
	run := opened(t, l, Request{Provider: named(t, l, "truss")})
	var got []flows.Event
	emit := func(e flows.Event) { got = append(got, e) }
	run.Perform(context.Background(), flows.Draw{}, emit)
	run.Perform(context.Background(), flows.OpenBrowser{URL: "http://127.0.0.1:1/x"}, emit)
	if len(got) != 2 {
		t.Fatalf("%d events", len(got))
	}
	if d, ok := got[0].(flows.Drawn); !ok || d.State.IsZero() || d.Verifier.IsZero() {
		t.Errorf("%T", got[0])
	}
	if b, ok := got[1].(flows.BrowserOpened); !ok || b.Problem != "" || visited != "http://127.0.0.1:1/x" {
		t.Errorf("%+v, and the browser was sent to %q", got[1], visited)
	}
}
