package tui

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/flows/session"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/screen"
)

// sessionFlow is a real session on the screen.
type sessionFlow struct{ session.Session }

func (f sessionFlow) Handle(at time.Time, e flows.Event) (Flow, []flows.Effect) {
	s, effects := f.Session.Handle(at, e)
	return sessionFlow{s}, effects
}

func (f sessionFlow) Walk(now time.Time) present.Walk { return present.Run(f.Session, nil, nil, now) }

func (f sessionFlow) Paste(text string) (flows.Event, error) { return f.Session.Paste(text) }

// watched is a driver at the token step of a session whose token lives forty seconds. What it
// sends is counted and waits for an answer of the test.
type watched struct {
	*driver
	sent []flows.Send
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// withCode is a session at now whose code is being exchanged.
func withCode(t *testing.T, now time.Time) session.Session {
	provider := flows.Provider{Name: "truss", Title: "Truss", Grants: []flows.Grant{flows.GrantAuthorizationCode}}
	start := flows.RunStarted{Provider: provider, Grant: flows.GrantAuthorizationCode,
		Environment: flows.Environment{Name: flows.EnvSandbox, Endpoints: flows.Endpoints{Authorization: "http://127.0.0.1:1/authorize", Token: "http://127.0.0.1:1/token"}},
		Settings:    flows.Settings{ClientID: "client", AuthMethod: flows.AuthNone, RedirectURI: "http://127.0.0.1:53682/callback", RequestTimeout: 30 * time.Second}}
	s := session.New("0123456789abcdef")
	for _, e := range []flows.Event{start, flows.Asked{Action: flows.ActAuthorizeURL}, flows.Drawn{State: flows.NewSecret(flows.FingerprintKey{}, "state", "the-state-value")},
		flows.ListenerOpened{RedirectURI: start.Settings.RedirectURI}} {
		s, _ = s.Handle(now, e)
	}
	e, err := s.Paste("http://127.0.0.1:53682/callback?code=c0de&state=the-state-value")
	if err != nil {
		t.Fatal(err)
	}
	s, _ = s.Handle(now, e)
	s, _ = s.Handle(now, flows.Asked{Action: flows.ActExchange})
	return s
}

func watch(t *testing.T, w, h int, now time.Time) *watched {
	d := &watched{driver: newDriver(t, w, h)}
	d.now = now
	s := withCode(t, d.now)
	d.m.deps.Start = func(context.Context, screen.Choice) (Started, error) {
		return Started{Flow: sessionFlow{s}, Perform: func(_ context.Context, e flows.Effect, _ func(flows.Event)) {
			if send, ok := e.(flows.Send); ok {
				d.sent = append(d.sent, send)
			}
		}}, nil
	}
	d.press("enter")
	d.answer(200, token(1))
	d.press("5")
	d.contains("5 TOKEN", "access 0:40")
	return d
}

func token(n int) string {
	return fmt.Sprintf(`{"token_type":"Bearer","expires_in":40,"access_token":"opaque-token-%d","refresh_token":"refresh-%d"}`, n, n)
}

// answer is what the server says to the request under way.
func (d *watched) answer(status int, body string) {
	d.t.Helper()
	under, _ := d.m.live.flow.(sessionFlow).InFlight()
	if under == nil {
		d.t.Fatal("nothing is under way")
	}
	d.send(eventMsg{generation: d.m.live.generation, event: flows.ExchangeFinished{ID: under.ID, Exchange: answered(under.Step, under.Request, d.now, status, body)}})
}

// answered is an exchange that was over at once.
func answered(step flows.StepKind, request flows.Request, at time.Time, status int, body string) flows.Exchange {
	wall := at.Round(0)
	return flows.Exchange{Step: step, Request: request, Started: wall, Ended: wall,
		Response: &flows.Response{Status: status, Headers: flows.Headers{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(body), BodyComplete: true}}
}

// pass lets the clock tick each second for d.
func (d *watched) pass(of time.Duration) {
	for range int(of / time.Second) {
		d.tick(time.Second)
	}
}

func (d *watched) says(want string) {
	d.t.Helper()
	if !strings.Contains(d.m.status, want) {
		d.t.Errorf("it says %q, not %q", d.m.status, want)
	}
}

// TestAutomaticRefresh: what will be sent is shown when it is switched on, the header has a
// word of it, it is sent when the window opens, once, whatever is on screen, the picture
// stays, and what came of it is said.
func TestAutomaticRefresh(t *testing.T) {
	d := watch(t, 120, 36, noon)
	d.press("t")
	d.says("automatic refresh is on: this request is sent by itself at 12:00:36 UTC")
	d.contains("8 REFRESH", "What will be sent", "on: sent by itself in 36 s", "0:40 auto")
	d.press("5", "/", "o", "p", "a", "q", "u", "e")
	d.pass(35 * time.Second)
	if len(d.sent) != 0 {
		t.Fatal("refreshed before it was due")
	}
	d.pass(time.Second)
	if len(d.sent) != 1 || d.sent[0].Step != flows.StepRefresh {
		t.Fatalf("sent %+v", d.sent)
	}
	d.says("sent by itself")
	d.pass(2 * time.Second) // it is not asked twice while the answer takes its time
	d.answer(200, token(2))
	d.says("refreshed by itself: the new token lives 40 s, until 12:01:18 UTC")
	d.contains("5 TOKEN", "search", "access 0:40 auto")
	d.press("esc", "esc", "esc")
	d.contains("PROVIDERS")
	d.pass(36 * time.Second)
	if len(d.sent) != 2 {
		t.Fatalf("sent %d times for two tokens", len(d.sent))
	}
}

// TestAutomaticRefreshIsInTime: it is sent when the window opens, not with the tick of the
// clock after it, and the ticks keep their turn.
func TestAutomaticRefreshIsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, offset := range []time.Duration{0, 300 * time.Millisecond, 990 * time.Millisecond} {
			time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second + offset)))
			var mu sync.Mutex
			var sent []time.Time
			deps := fakeDeps(time.Now)
			deps.Start = func(context.Context, screen.Choice) (Started, error) {
				return Started{Flow: sessionFlow{withCode(t, time.Now())}, Perform: func(_ context.Context, e flows.Effect, emit func(flows.Event)) {
					send, ok := e.(flows.Send)
					if !ok {
						return
					}
					mu.Lock()
					sent = append(sent, time.Now())
					n := len(sent)
					mu.Unlock()
					emit(flows.ExchangeFinished{ID: send.ID, Exchange: answered(send.Step, send.Request, time.Now(), 200, token(n+1))})
				}}, nil
			}
			runInBubble(t, deps, func(r *running) {
				r.press("enter")
				under, _ := r.m.live.flow.(sessionFlow).InFlight()
				came := time.Now()
				r.p.Send(eventMsg{generation: r.m.live.generation, event: flows.ExchangeFinished{ID: under.ID, Exchange: answered(under.Step, under.Request, came, 200, token(1))}})
				r.press("t")
				time.Sleep(3*36*time.Second + 500*time.Millisecond)
				synctest.Wait()
				mu.Lock()
				defer mu.Unlock()
				if len(sent) != 3 {
					t.Fatalf("sent %d times", len(sent))
				}
				for i, at := range sent {
					if late := at.Sub(came) - time.Duration(i+1)*36*time.Second; late < 0 || late > 50*time.Millisecond {
						t.Errorf("from %s: refresh %d is %s late", came.Format("05.000"), i+1, late)
					}
				}
				if off := r.m.turned.Sub(r.m.turned.Truncate(time.Second)); off > 10*time.Millisecond {
					t.Errorf("the clock ticks %s behind the second", off)
				}
			})
		}
	})
}

// TestAutomaticRefreshThatFails is sent once, whoever looks at the clock meanwhile, and says
// what happened; off is off.
func TestAutomaticRefreshThatFails(t *testing.T) {
	d := watch(t, 100, 30, noon)
	d.press("t", "5")
	d.pass(36 * time.Second)
	for range 20 {
		d.tick(120 * time.Millisecond) // a spinner turns
	}
	d.answer(503, `{"error":"temporarily_unavailable"}`)
	d.says("the automatic refresh failed, and is not repeated by itself: 503, temporarily_unavailable")
	d.contains("5 TOKEN")
	d.pass(3 * time.Minute)
	if len(d.sent) != 1 {
		t.Fatalf("sent %d times for one token", len(d.sent))
	}
	d.press("8")
	d.contains("expired 2 min ago", "on, but nothing is sent: the refresh of this token")
	d.press("t")
	d.says("automatic refresh is off")
	d.contains("automatic", "off")
	d.press("t")
	d.says("automatic refresh is on, but nothing is sent: the refresh of this token failed, and is not repeated by itself")
}

// asleep is a time whose clock on the wall went on by d while its monotonic reading stood
// still, as Linux has it when the machine sleeps.
func asleep(t time.Time, d time.Duration) time.Time {
	// a Time with a monotonic reading holds the seconds of the wall above 30 bits of nanoseconds
	*(*uint64)(unsafe.Pointer(&t)) += uint64(int64(d/time.Second) << 30)
	return t
}

// TestTheMachineSleeps: after a suspend of eight hours, which the monotonic clock has not
// seen, the token is over and is refreshed once; a clock that is set back makes it live no
// longer, and sends nothing.
func TestTheMachineSleeps(t *testing.T) {
	real := time.Now()
	d := watch(t, 120, 36, real)
	d.press("t", "5")
	d.now = asleep(real.Add(2*time.Second), 8*time.Hour)
	if d.now.Sub(real) > time.Minute {
		t.Fatal("the monotonic clock has not stood still: the test shows nothing")
	}
	d.tick(0)
	if len(d.sent) != 1 {
		t.Fatalf("sent %d requests", len(d.sent))
	}
	d.contains("expired 7 h ago")
	d.answer(200, token(3))
	d.contains("access 0:40 auto")
	d.now = asleep(d.now, -8*time.Hour) // somebody sets the clock back
	d.send(tea.KeyPressMsg{Code: 'j', Text: "j"})
	d.says("the clock was set back by 8 h")
	d.tick(0)
	d.contains("at most 0:40")
	d.pass(30 * time.Second)
	if len(d.sent) != 1 {
		t.Fatalf("sent %d requests", len(d.sent))
	}
	d.press("r", "r") // by hand, and all is well again
	d.answer(200, token(4))
	d.contains("access 0:40 auto")
	d.pass(36 * time.Second)
	if len(d.sent) != 3 {
		t.Fatalf("sent %d requests", len(d.sent))
	}
}
