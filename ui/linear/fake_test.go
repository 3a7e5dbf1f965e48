package linear

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/provider"
	"oauthlens/flows/session"
)

var began = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// room is a person who types, a clock that is moved by hand, and a provider that answers
// when it is let. The session, the profile and what is told are the real ones.
type room struct {
	t      *testing.T
	keys   *io.PipeWriter
	deps   Deps
	ctx    context.Context
	cancel context.CancelFunc
	ended  chan error

	mu     sync.Mutex
	told   strings.Builder
	now    time.Time
	log    []string // what was kept and performed, in order
	failed error    // of the history
	taken  string   // why the redirect URI cannot be listened at; empty: it can
	timers []timer
	// slow are durations that have passed at once when they are asked for.
	slow  map[time.Duration]bool
	emit  func(flows.Event) // of the listener
	reply chan flows.Response
	gone  chan struct{} // closed by a cancel
}

type timer struct {
	d  time.Duration
	ch chan time.Time
}

func newRoom(t *testing.T, keyboard bool, start flows.RunStarted) *room {
	t.Helper()
	in, keys := io.Pipe()
	r := &room{t: t, keys: keys, now: began, slow: map[time.Duration]bool{}, reply: make(chan flows.Response, 4), gone: make(chan struct{}, 1), ended: make(chan error, 1)}
	r.ctx, r.cancel = context.WithCancel(t.Context())
	r.deps = Deps{Catalogue: []flows.Provider{start.Provider}, In: in, Out: r, Keyboard: keyboard, Now: r.clock, After: r.after,
		Start: func(context.Context, Choice) (Started, error) {
			s, effects := session.New("0123456789abcdef").Handle(r.clock(), start)
			return Started{Session: s, Effects: effects, Perform: r.perform, Save: r.save}, nil
		}}
	t.Cleanup(func() { _ = keys.Close() })
	return r
}

// walk begins the talk beside the test.
func (r *room) walk() {
	go func() { r.ended <- Walk(r.ctx, r.deps, Options{Begin: &Choice{}}) }()
}

func (r *room) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *room) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
	for _, x := range r.timers {
		if x.d <= d {
			select {
			case x.ch <- r.now:
			default:
			}
		}
	}
}

func (r *room) after(d time.Duration) <-chan time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	ch := make(chan time.Time, 1)
	if r.slow[d] {
		ch <- r.now
		return ch
	}
	r.timers = append(r.timers, timer{d, ch})
	return ch
}

func (r *room) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.told.Write(b)
}

func (r *room) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.told.String()
}

func (r *room) note(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, what)
}

func (r *room) save(_ context.Context, records []flows.Record) (Kept, error) {
	for _, x := range records {
		switch e := x.Event.(type) {
		case flows.ExchangeStarted:
			r.note("kept the start of " + string(e.Step))
		case flows.ExchangeFinished:
			if e.Exchange.Error != nil {
				r.note("kept the end by " + string(e.Exchange.Error.Kind))
			}
		case flows.Asked:
			r.note("kept the wish to " + string(e.Action))
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return Kept{}, r.failed
}

func (r *room) perform(ctx context.Context, e flows.Effect, emit func(flows.Event)) {
	switch e := e.(type) {
	case flows.Draw:
		secret := func(name string) flows.Secret {
			return flows.NewSecret(flows.FingerprintKey{}, name, "drawn-for-this-test-"+name+"-0123456789")
		}
		emit(flows.Drawn{State: secret("state"), Verifier: secret("code_verifier"), Nonce: "nonce-nonce-nonce"})
	case flows.Listen:
		r.mu.Lock()
		taken := r.taken
		r.emit = emit
		r.mu.Unlock()
		if taken != "" {
			emit(flows.ListenerFailed{InUse: true, Message: taken})
			return
		}
		emit(flows.ListenerOpened{Addresses: []string{"127.0.0.1:53682"}, RedirectURI: e.RedirectURI})
		<-ctx.Done()
	case flows.OpenBrowser:
		r.note("opened the browser")
		emit(flows.BrowserOpened{})
	case flows.CancelSend:
		r.gone <- struct{}{}
	case flows.Send:
		r.note("sent " + string(e.Step))
		x := flows.Exchange{Step: e.Step, Request: e.Request, Started: r.clock()}
		select {
		case answer := <-r.reply:
			x.Response = &answer
		case <-r.gone:
			x.Error = &flows.TransportError{Kind: flows.ErrorCancelled, Message: "late"}
		case <-ctx.Done():
			return
		}
		x.Ended = r.clock()
		emit(flows.ExchangeFinished{ID: e.ID, Exchange: x})
	}
}

func (r *room) press(lines ...string) {
	r.t.Helper()
	for _, l := range lines {
		if _, err := io.WriteString(r.keys, l+"\n"); err != nil {
			r.t.Fatal(err)
		}
	}
}

// until waits for a text to be told.
func (r *room) until(text string) {
	r.t.Helper()
	for range 2000 {
		if strings.Contains(r.text(), text) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	r.t.Fatalf("%q was not told, but\n%s", text, r.text())
}

// over waits for the end of the talk.
func (r *room) over(want error) {
	r.t.Helper()
	select {
	case err := <-r.ended:
		if !errors.Is(err, want) || want == nil && err != nil {
			r.t.Fatalf("ended with %v, want %v", err, want)
		}
	case <-time.After(20 * time.Second):
		r.t.Fatalf("it did not end, but told\n%s", r.text())
	}
}

func answer(body string) flows.Response {
	return flows.Response{Version: "HTTP/1.1", Status: 200, StatusText: "OK", Headers: flows.Headers{{Name: "Content-Type", Value: "application/json"}},
		Body: []byte(body), BodyBytes: int64(len(body)), BodyComplete: true}
}

const clientSecret = "hush-hush-hush-hush"

// start is a run with a provider of the catalogue in an environment.
func start(t *testing.T, name, environment string, grant flows.Grant) flows.RunStarted {
	t.Helper()
	p := provider.EmbeddedNamed(name)
	if p == nil {
		t.Fatalf("there is no %s", name)
	}
	env, has := p.Environment(environment)
	if !has {
		t.Fatalf("there is no %s, %s", name, environment)
	}
	var scopes []string
	if name == "truss" {
		scopes = []string{"offline_access"}
	}
	return flows.RunStarted{Provider: *p, Environment: env, Grant: grant,
		Settings: flows.Settings{ClientID: "me", AuthMethod: flows.AuthPost, PKCE: flows.PKCES256, Scopes: scopes, RedirectURI: "http://127.0.0.1:53682/callback",
			RequestTimeout: 30 * time.Second, CallbackTimeout: 5 * time.Minute},
		Credentials: flows.Credentials{ClientSecret: flows.NewSecret(flows.FingerprintKey{}, "client_secret", clientSecret),
			RefreshToken: flows.NewSecret(flows.FingerprintKey{}, "refresh_token", "refresh-me-refresh-me")}}
}
