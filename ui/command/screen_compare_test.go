package command

import (
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/redact"
	"oauthlens/store"
	"oauthlens/store/archive"
	"oauthlens/ui/headless"
	"oauthlens/ui/present"
	"oauthlens/ui/tui"
	"oauthlens/ui/tui/screen"
)

// textOf is the text of a tab.
func textOf(lines present.Lines) string {
	var b strings.Builder
	for i := range lines.Len() {
		l := lines.At(i)
		for _, spans := range append(l.Cells, l.Spans) {
			for _, s := range spans {
				b.WriteString(s.Text)
			}
			b.WriteByte(' ')
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestScreenComparesSimulatedEnvironments: x on a provider walks both environments at a
// simulator of its own and shows what is planted there, for every provider.
func TestScreenComparesSimulatedEnvironments(t *testing.T) {
	catalogue, _ := provider.NewCatalogue(nil, "")
	w := &World{Stdin: strings.NewReader(""), Getenv: func(string) string { return "" }, Now: time.Now, Launcher: &launch.Launcher{Now: time.Now}}
	var deps tui.Deps
	w.withComparison(&deps, catalogue)
	for _, p := range catalogue.Providers() {
		names := present.EnvironmentNames(p)
		if len(names) < 2 {
			continue
		}
		a, b := names[max(0, len(names)-2)], names[len(names)-1]
		flow, err := deps.Compare(t.Context(), screen.Side{Provider: p.Name, Environment: a, Simulated: true}, screen.Side{Provider: p.Name, Environment: b, Simulated: true}, false)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		walk := flow.Walk(time.Now())
		if walk.Rail[0].Worst != flows.SeverityWarning {
			t.Errorf("%s: nothing suspicious was found", p.Name)
		}
		verdict := textOf(walk.Panes[0].Tabs[1].Build())
		if leaks := redact.New(flows.FingerprintKey{}, nil).Leaks([]byte(verdict)); leaks != nil {
			t.Errorf("%s: leaks %q", p.Name, leaks)
		}
		for i, pane := range walk.Panes {
			for _, tab := range pane.Tabs {
				if tab.Build().Len() == 0 {
					t.Errorf("%s: %s of %s is empty", p.Name, tab.Name, walk.Rail[i].Title)
				}
			}
		}
		if p.Name != "truss" {
			continue
		}
		top := strings.Join(strings.SplitN(verdict, "\n", 9)[:8], "\n")
		for _, want := range []string{"Production issued tokens although the code verifier was wrong or missing", "Sandbox lists PKCE, production does not", "Sandbox issues a refresh token, production does not", "Sandbox signs with RS256, production with ES256"} {
			if !strings.Contains(top, want) {
				t.Errorf("%q does not stand on top:\n%s", want, top)
			}
		}
	}
}

// comparer is the screen's comparison over a history of its own.
func comparer(t *testing.T) (*World, func(a, b screen.Side, metadata bool) (present.Walk, error)) {
	t.Helper()
	catalogue, _ := provider.NewCatalogue(nil, "")
	home := t.TempDir()
	w := &World{Stdin: strings.NewReader(""), Getenv: func(string) string { return "" }, Now: time.Now, Launcher: &launch.Launcher{Now: time.Now, Providers: catalogue.Providers()},
		Archive: archive.New(t.Context(), store.Places{Config: home, Data: home}, func(string) string { return "" }, time.Now), Diagnose: func(flows.Trace) []flows.Finding { return nil }}
	t.Cleanup(func() {
		w.Launcher.Close()
		if s, err := w.Archive.Store(); err == nil {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	var deps tui.Deps
	w.withComparison(&deps, catalogue)
	return w, func(a, b screen.Side, metadata bool) (present.Walk, error) {
		flow, err := deps.Compare(t.Context(), a, b, metadata)
		if err != nil {
			return present.Walk{}, err
		}
		return flow.Walk(time.Now()), nil
	}
}

// walkOnce is a run of a provider at the simulator, kept if there is a history.
func (w *World) walkOnce(t *testing.T, name, env string, kept bool, grant ...flows.Grant) flows.Trace {
	t.Helper()
	p := w.Launcher.Providers[slices.IndexFunc(w.Launcher.Providers, func(p flows.Provider) bool { return p.Name == name })]
	job := &comparison{world: w, launcher: w.Launcher, grammar: compareGrammar{runFlags: runFlags{walkFlags: walkFlags{Simulated: true}}}, places: [2]place{{p, env}, {p, env}}, stdin: &onceReader{world: w}, quiet: true, unkept: !kept}
	for _, g := range grant {
		job.grants = [2]string{string(g), string(g)}
	}
	sides, closeRuns, err := job.open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer closeRuns()
	return headless.One(t.Context(), sides[0]).Session.Trace()
}

// TestScreenFindsTheSides: a side is the run under way, the one that was named, one walked
// now, or the newest of its environment; where there is none the profile speaks for it.
func TestScreenFindsTheSides(t *testing.T) {
	w, compared := comparer(t)
	sandbox, production := screen.Side{Provider: "truss", Environment: "sandbox"}, screen.Side{Provider: "truss", Environment: "production"}
	simulated := func(s screen.Side) screen.Side { s.Simulated = true; return s }
	with := func(s screen.Side, trace flows.Trace) screen.Side { s.Live = trace; return s }
	live := w.walkOnce(t, "truss", "production", false)
	kept := w.walkOnce(t, "truss", "simulator", true)
	newest := w.walkOnce(t, "truss", "simulator", true)
	w.walkOnce(t, "truss", "sandbox", true) // simulated: no run of the sandbox
	for _, test := range []struct {
		name          string
		a, b          screen.Side
		intro         string
		next          string // the environment that enter walks
		grant         flows.Grant
		fetches, asks bool // the metadata can be fetched, after a question
	}{
		{"no run at all", sandbox, production, "There is no run of sandbox and none of production yet", "sandbox", "", true, true},
		{"one under way", sandbox, with(production, live), "There is no run of sandbox yet: compared is what the profile says. Production: the run just walked.", "sandbox", flows.GrantAuthorizationCode, true, true},
		{"one that has not come far", sandbox, with(production, flows.Trace{Run: live.Run, Records: live.Records[:2]}), "There is no run of sandbox and none of production yet", "sandbox", "", true, true},
		{"walked now, and under way", simulated(sandbox), with(production, live), "Sandbox: walked now at the simulator; production: the run just walked.", "", "", false, false},
		{"named, and newest", screen.Side{Run: kept.Run}, screen.Side{Provider: "truss", Environment: "simulator"}, "Nothing differs that matters. The older run: run " + string(kept.Run[:8]) + ", just now; the newer run: its newest run, just now.", "", "", false, false},
		{"one run twice", screen.Side{Run: newest.Run}, screen.Side{Provider: "truss", Environment: "simulator"}, "Both sides are one run (run " + string(newest.Run[:8]) + ", just now), laid beside itself.", "", "", false, false},
		{"other providers", simulated(sandbox), screen.Side{Provider: "truelayer", Environment: "sandbox"}, "There is no run of TrueLayer yet: compared is what the profiles say. Truss: walked now", "sandbox", flows.GrantAuthorizationCode, true, false},
		{"without metadata", production, screen.Side{Provider: "trustwill", Environment: "production"}, "There is no run of Truss and none of TrustWILL yet", "production", "", false, true},
		{"both walked now", simulated(sandbox), simulated(production), "simulator, which planted", "", "", false, false},
		{"two providers walked now", simulated(screen.Side{Provider: "truss", Environment: "simulator"}), simulated(screen.Side{Provider: "trulioo", Environment: "simulator"}), "Both sides were walked now at the simulator.", "", "", false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			walk, err := compared(test.a, test.b, false)
			if err != nil {
				t.Fatal(err)
			}
			if intro := walk.Panes[0].Intro; !strings.Contains(intro, test.intro) {
				t.Errorf("intro %q, want %q", intro, test.intro)
			}
			if next := walk.Panes[0].Next; next.Environment != test.next || next.Grant != test.grant {
				t.Errorf("enter: %+v", next)
			}
			o, ok := walk.Offer(flows.ActDiscover)
			if ok != (test.next != "") || ok && (o.Why == "") != test.fetches || (o.Confirm != "") != test.asks {
				t.Errorf("the offer to fetch: %v %+v", ok, o)
			}
		})
	}
	if _, err := compared(screen.Side{Run: "nothing"}, production, false); err == nil {
		t.Error("a run that is not there was compared")
	}
	if _, err := compared(screen.Side{Provider: "nobody", Environment: "sandbox"}, production, false); err == nil {
		t.Error("a provider that is not there was compared")
	}
}

// TestScreenComparesByOneGrant: the grant chosen in the catalogue is walked and looked for,
// and the other side is found by that of the first.
func TestScreenComparesByOneGrant(t *testing.T) {
	w, compared := comparer(t)
	keep := func(grant flows.Grant) flows.Trace { return w.walkOnce(t, "trustwill", "simulator", true, grant) }
	cc := keep(flows.GrantClientCredentials)
	keep(flows.GrantAuthorizationCode) // newer
	side := func(env string, simulated bool, grant flows.Grant) screen.Side {
		return screen.Side{Provider: "trustwill", Environment: env, Simulated: simulated, Grant: grant}
	}
	for _, test := range []struct {
		name string
		a, b screen.Side
		code bool // there is a callback to compare
	}{
		{"both walked now by the first grant", side("simulator", true, ""), side("production", true, ""), true},
		{"both walked now by the grant chosen", side("simulator", true, flows.GrantClientCredentials), side("production", true, flows.GrantClientCredentials), false},
		{"one walked now, and the newest of its grant", side("production", true, flows.GrantClientCredentials), side("simulator", false, ""), false},
		{"a run, and its like walked now", screen.Side{Run: cc.Run}, side("production", true, ""), false},
		{"walked now like the run on the other side", side("production", true, ""), screen.Side{Run: cc.Run}, false},
		{"any run where there is none of the grant", side("simulator", false, flows.GrantBasic), side("production", true, ""), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			walk, err := compared(test.a, test.b, false)
			if err != nil {
				t.Fatal(err)
			}
			code := slices.ContainsFunc(walk.Rail, func(r present.RailItem) bool { return r.Key == string(flows.StepCallback) })
			exchange := slices.ContainsFunc(walk.Rail, func(r present.RailItem) bool { return r.Key == string(flows.StepExchange) })
			if code != test.code || !exchange {
				t.Errorf("callback %v, exchange %v: %s", code, exchange, walk.Panes[0].Intro)
			}
			for i, r := range walk.Rail {
				if lines := walk.Panes[i].Tabs[0].Build(); r.Key == string(flows.StepExchange) && strings.Contains(textOf(lines), "walked this step") {
					t.Error("the exchange was walked on one side only")
				}
			}
		})
	}
	walk, err := compared(side("production", false, flows.GrantClientCredentials), side("production", false, flows.GrantClientCredentials), false)
	if err != nil || walk.Panes[0].Next.Grant != flows.GrantClientCredentials {
		t.Errorf("the side that is missing is walked by %q: %v", walk.Panes[0].Next.Grant, err)
	}
}
