package compare_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/compare"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/session"
	"oauthlens/flows/simulator"
)

// launcher serves every embedded profile from a simulator of its own.
func launcher(t *testing.T, planted ...string) *launch.Launcher {
	t.Helper()
	all, err := provider.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	l := &launch.Launcher{Providers: all, Now: time.Now, Planted: planted}
	t.Cleanup(l.Close)
	return l
}

// walk walks a whole flow against the simulator: discovery, the grant, and whatever can be
// done with the token.
func walk(t *testing.T, l *launch.Launcher, r launch.Request) flows.Trace {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r.Settings.RedirectURI = "http://127.0.0.1:0/callback"
	run, err := l.Open(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	events := make(chan flows.Event, 64)
	s := session.New(run.ID)
	handle := func(e flows.Event) {
		next, effects := s.Handle(l.Clock(), e)
		s = next
		for _, effect := range effects {
			if _, listens := effect.(flows.Listen); listens {
				go run.Perform(ctx, effect, func(e flows.Event) { events <- e })
				continue
			}
			run.Perform(ctx, effect, func(e flows.Event) { events <- e })
		}
	}
	settle := func(done func() bool) {
		for !done() {
			select {
			case e := <-events:
				handle(e)
			case <-ctx.Done():
				t.Fatal("the walk did not come to its end")
			}
		}
	}
	idle := func() bool { f, _ := s.InFlight(); return f == nil && len(events) == 0 }
	handle(run.Start)
	ask := func(a flows.Action) {
		if s.Can(a) == "" {
			handle(flows.Asked{Action: a})
			settle(idle)
		}
	}
	ask(flows.ActDiscover)
	if r.Grant == flows.GrantAuthorizationCode {
		handle(flows.Asked{Action: flows.ActAuthorizeURL})
		settle(func() bool { return s.Built() != nil && idle() })
		handle(flows.Asked{Action: flows.ActApprove})
		settle(func() bool { return s.Callback() != nil && idle() })
	}
	for _, a := range []flows.Action{flows.ActExchange, flows.ActVerify, flows.ActCall, flows.ActRefresh, flows.ActRevoke, flows.ActEnd} {
		ask(a)
	}
	run.Close()
	return s.Trace()
}

func find(t *testing.T, l *launch.Launcher, name string) flows.Provider {
	t.Helper()
	for _, p := range l.Providers {
		if p.Name == name {
			return p
		}
	}
	t.Fatal("no profile " + name)
	return flows.Provider{}
}

// TestSameEnvironment: twenty pairs of runs of one environment each have no suspicious
// difference.
func TestSameEnvironment(t *testing.T) {
	l := launcher(t)
	pairs := 0
	for _, p := range l.Providers {
		for _, env := range []string{flows.EnvSimulator, flows.EnvSandbox, flows.EnvProduction} {
			if _, ok := p.Environment(env); !ok && env != flows.EnvSimulator {
				continue
			}
			for i, g := range slices.Concat(p.Grants, p.Grants) {
				if g == flows.GrantRefreshToken || g == flows.GrantBasic {
					continue
				}
				r := launch.Request{Provider: p, Environment: env, Simulated: true, Grant: g}
				if i >= len(p.Grants) && p.Simulator.IssueIDToken { // once more, with an ID token
					r.Settings.Scopes = append(launch.DefaultScopes(p, g), "openid")
				}
				a, b := walk(t, l, r), walk(t, l, r)
				pairs++
				c := compare.Traces(a, b, compare.Options{})
				for _, d := range c.Suspicious() {
					t.Errorf("%s %s %s: %s  %q | %q  %s (%s)", p.Name, env, g, d.Path, d.A, d.B, d.Why, d.Rule)
				}
				if len(c.Expected()) == 0 {
					t.Errorf("%s %s %s: nothing was compared", p.Name, env, g)
				}
			}
		}
	}
	if pairs < 20 {
		t.Errorf("%d pairs, want at least 20", pairs)
	}
}

// TestPlanted: what the simulator plants in production is found, and with nothing planted
// nothing suspicious is.
func TestPlanted(t *testing.T) {
	request := func(l *launch.Launcher, env string) launch.Request {
		return launch.Request{Provider: find(t, l, "truss"), Environment: env, Simulated: true, Grant: flows.GrantAuthorizationCode}
	}
	clean := launcher(t)
	c := compare.Traces(walk(t, clean, request(clean, "sandbox")), walk(t, clean, request(clean, "production")), compare.Options{})
	for _, d := range c.Suspicious() {
		t.Errorf("nothing planted: %s  %q | %q  %s (%s)", d.Path, d.A, d.B, d.Why, d.Rule)
	}
	l := launcher(t, simulator.AllPlants()...)
	c = compare.Traces(walk(t, l, request(l, "sandbox")), walk(t, l, request(l, "production")), compare.Options{})
	for _, d := range c.Differences {
		t.Logf("%-10s %3d %-20s %-50s %q | %q  %s", d.Verdict, d.Rank, d.Rule, d.Path, d.A, d.B, d.Why)
	}
}
