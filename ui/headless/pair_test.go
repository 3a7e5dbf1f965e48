package headless

import (
	"context"
	"io"
	"testing"
	"time"

	"oauthlens/flows"
)

// onlyClosing is a performer to whom nothing but the closing of a listener may come.
type onlyClosing struct{ t *testing.T }

func (p onlyClosing) Perform(_ context.Context, e flows.Effect, _ func(flows.Event)) {
	if _, ok := e.(flows.CloseListener); !ok {
		p.t.Errorf("performed: %T", e)
	}
}

// TestPairAfterAnInterrupt: a side whose turn comes after the interrupt sends nothing, and
// is cancelled like the other, not failed.
func TestPairAfterAnInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	side := Side{ID: "0123456789abcdef", Options: Options{Discover: true, Approve: true},
		Start: flows.RunStarted{Grant: flows.GrantClientCredentials, Environment: flows.Environment{Name: "sandbox", Endpoints: flows.Endpoints{Token: "https://a.example/token", Discovery: "https://a.example/meta"}},
			Settings: flows.Settings{ClientID: "x", AuthMethod: flows.AuthNone}},
		Deps: Deps{Performer: onlyClosing{t}, Diagnose: func(flows.Trace) []flows.Finding { return nil }, Now: time.Now, Stdout: io.Discard, Stderr: io.Discard, Cause: func() int { return 130 }}}
	a, b := Pair(ctx, side, side, false)
	for _, w := range []Walked{a, b} {
		if e := w.Session.Ended(); e == nil || e.Outcome != flows.Cancelled || w.Code != 130 {
			t.Errorf("%+v, exit code %d", e, w.Code)
		}
	}
}
