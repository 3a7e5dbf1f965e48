package compare_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/compare"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
	"oauthlens/flows/simulator"
)

// launcher serves every embedded profile from a simulator of its own.
func launcher(t *testing.T, planted ...string) *launch.Launcher {
	t.Helper()
	all := provider.Embedded()
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
	run, err := l.Open(ctx, &r)
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

// sides walks sandbox and production of Truss, with these differences planted, and once
// more with a mistake made on purpose.
func sides(t *testing.T, planted ...string) (compare.Comparison, [2]flows.Trace) {
	l := launcher(t, planted...)
	mistakes := []string{"redirect-mismatch", "wrong-verifier", "invalid-client"}
	var traces [2]flows.Trace
	failing := map[string][2]flows.Trace{}
	for i, env := range []string{flows.EnvSandbox, flows.EnvProduction} {
		r := launch.Request{Provider: find(t, l, "truss"), Environment: env, Simulated: true, Grant: flows.GrantAuthorizationCode}
		traces[i] = walk(t, l, r)
		for _, m := range mistakes {
			r.Settings.Fault = m
			both := failing[m]
			both[i] = walk(t, l, r)
			failing[m] = both
		}
	}
	c := compare.Traces(traces[0], traces[1], compare.Options{})
	for _, m := range mistakes {
		c = c.WithMistake(m, compare.Traces(failing[m][0], failing[m][1], compare.Options{}))
	}
	return c, traces
}

// TestSimulatorPlants: each difference that the simulator can plant in production is found
// by the rules that it breaks, and no other rule speaks; with nothing planted none does.
func TestSimulatorPlants(t *testing.T) {
	want := map[string]string{
		"":                    "",
		"scope-missing":       "scope-granted scopes-supported",
		"other-algorithm":     "algorithm algorithms-supported key-type",
		"shorter-life":        "lifetime",
		"no-refresh-token":    "no-refresh-token",
		"member-gone":         "scope-member",
		"member-type":         "field-type",
		"pkce-not-enforced":   "pkce pkce-not-enforced",
		"other-error":         "error-code status",
		"cache-headers":       "cache-headers",
		"security-headers":    "security-headers",
		"claim-missing":       "claim-gone",
		"other-audience":      "audience-kind",
		"iss-missing":         "iss-missing iss-promise",
		"no-revocation":       "endpoint-missing",
		"other-rotation":      "rotation",
		"token-type-spelling": "token-type-spelling",
		"other-auth-methods":  "auth-methods",
		"error-body":          "error-text-gone",
		"callback-parameter":  "callback-parameter",
		"slow-api":            "far-slower",
	}
	for _, plant := range append([]string{""}, simulator.AllPlants()...) {
		t.Run(plant, func(t *testing.T) {
			rules, ok := want[plant]
			if !ok {
				t.Fatal("it is not said what finds this plant")
			}
			var planted []string
			if plant != "" {
				planted = []string{plant}
			}
			c, _ := sides(t, planted...)
			var got []string
			for _, d := range c.Suspicious() {
				if !slices.Contains(got, d.Rule) {
					got = append(got, d.Rule)
				}
			}
			slices.Sort(got)
			if strings.Join(got, " ") != rules {
				t.Errorf("found by %q, want %q", got, rules)
				for _, d := range c.Suspicious() {
					t.Logf("%s %s: %q | %q %s", d.Rule, d.Path, d.A, d.B, d.Why)
				}
			}
		})
	}
}

// TestNoSecretInDifferences: whatever differs, no text of a comparison holds a secret of
// either run.
func TestNoSecretInDifferences(t *testing.T) {
	c, traces := sides(t, simulator.AllPlants()...)
	if len(c.Suspicious()) < 20 || len(c.Expected()) < 20 {
		t.Fatalf("%d suspicious and %d expected differences", len(c.Suspicious()), len(c.Expected()))
	}
	text := fmt.Sprintf("%+v", c)
	for _, trace := range traces {
		m := redact.ForTrace(trace)
		if leaks := m.Leaks([]byte(text)); leaks != nil {
			t.Errorf("leaks %q", leaks)
		}
	}
}

// TestRedactedRuns: a run whose secrets were not kept has masks in their places. They are
// no evidence: against a whole run of the same environment, and against another redacted
// one, nothing is suspicious, not even where the whole run is of another kind of token.
func TestRedactedRuns(t *testing.T) {
	fingerprint := func(mask string) string { // with the length; the name is that of the place
		_, rest, _ := strings.Cut(mask, " (")
		return rest
	}
	l := launcher(t)
	redacted := func(trace flows.Trace) flows.Trace {
		m := redact.ForTrace(trace)
		out := flows.Trace{Run: trace.Run}
		for _, r := range trace.Records {
			out = out.Append(r.At, m.Event(r.Event))
		}
		return out
	}
	for _, p := range l.Providers {
		for _, g := range p.Grants {
			if g == flows.GrantRefreshToken || g == flows.GrantBasic || p.Name == "custom" {
				continue
			}
			r := launch.Request{Provider: p, Environment: flows.EnvSimulator, Grant: g}
			a, b := walk(t, l, r), walk(t, l, r)
			shown := map[string]string{} // as the secrets are shown where they are there
			for _, d := range compare.Traces(a, b, compare.Options{}).Differences {
				shown[d.Path] = d.A
			}
			for name, pair := range map[string][2]flows.Trace{"one": {a, redacted(b)}, "both": {redacted(a), redacted(b)}} {
				c := compare.Traces(pair[0], pair[1], compare.Options{})
				for _, d := range c.Suspicious() {
					t.Errorf("%s %s, %s redacted: %s  %q | %q  %s (%s)", p.Name, g, name, d.Path, d.A, d.B, d.Why, d.Rule)
				}
				for _, d := range c.Expected() {
					if want := shown[d.Path]; name == "both" && flows.IsMask(want) && fingerprint(d.A) != fingerprint(want) {
						t.Errorf("%s %s, %s: %q is shown, a mask of a mask; want %q", p.Name, g, d.Path, d.A, want)
					}
				}
				if len(c.Expected()) == 0 {
					t.Errorf("%s %s: nothing was compared", p.Name, g)
				}
			}
		}
	}
}
