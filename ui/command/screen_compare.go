package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/compare"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/session"
	"oauthlens/store"
	"oauthlens/ui/headless"
	"oauthlens/ui/present"
	"oauthlens/ui/tui"
	"oauthlens/ui/tui/screen"
)

// withComparison gives the screen its comparisons.
func (w *World) withComparison(d *tui.Deps, c provider.Catalogue) {
	d.Compare = func(ctx context.Context, a, b screen.Side, metadata bool) (tui.Flow, error) {
		x := comparing{world: w, catalogue: c, sides: [2]screen.Side{a, b}}
		return x.flow(ctx, metadata)
	}
}

// comparing is a comparison of the screen being made.
type comparing struct {
	world     *World
	catalogue provider.Catalogue
	sides     [2]screen.Side
	found     [2]session.Session
	has       [2]bool
	how       [2]string // how each side was found, without its name
}

func (x *comparing) flow(ctx context.Context, metadata bool) (tui.Flow, error) {
	both := x.sides[0].Simulated && x.sides[1].Simulated
	if both {
		return x.simulated(ctx)
	}
	order := []int{0, 1}
	if x.sides[1].Run != "" { // what is given decides what to look for on the other side
		order = []int{1, 0}
	}
	for _, i := range order {
		if err := x.find(ctx, i); err != nil {
			return nil, err
		}
		x.sameGrant(i, 1-i)
	}
	if !x.has[0] || !x.has[1] {
		return x.static(ctx, metadata)
	}
	c := compare.Traces(x.found[0].Trace(), x.found[1].Trace(), compare.Options{Kept: true})
	return x.walked(c, x.told(c)), nil
}

// sameGrant has the other side looked for, or walked, by the grant of the one found, so that
// the same steps stand beside each other.
func (x *comparing) sameGrant(found, other int) {
	if !x.has[found] {
		return
	}
	start := x.found[found].Start()
	if start.Grant != flows.GrantRefreshToken && start.Provider.Name == x.sides[other].Provider {
		x.sides[other].Grant = start.Grant
	}
}

// find finds the run of one side: the one named, the one under way, one walked now at the
// simulator, or the newest of the environment.
func (x *comparing) find(ctx context.Context, i int) (err error) {
	side := x.sides[i]
	if s := session.Replay(side.Live); len(side.Live.Records) > 0 && (s.Complete() || s.FailedWhy() != "" || s.Ended() != nil) {
		x.found[i], x.has[i], x.how[i] = s, true, "the run just walked"
		return nil
	}
	var t flows.Trace
	switch {
	case side.Simulated:
		x.found[i], err = x.walkNow(ctx, side)
		x.has[i], x.how[i] = err == nil, "walked now at the simulator"
		return err
	case side.Run != "":
		t, err = x.world.traceForScreen(ctx, side.Run)
		x.has[i], x.how[i] = err == nil, "run "+string(side.Run[:min(8, len(side.Run))])
	default:
		t, x.has[i], err = x.world.newestRun(ctx, side)
		x.how[i] = "its newest run"
	}
	if x.has[i] {
		x.found[i] = session.Replay(t)
		if start, ok := t.Start(); ok && start.Environment.Name != "" {
			x.sides[i].Provider, x.sides[i].Environment = start.Provider.Name, start.Environment.Name
		}
		if len(t.Records) > 0 {
			x.how[i] += ", " + screen.Ago(x.world.Now().Sub(t.Records[0].At))
		}
	}
	return err
}

// told says how both sides were found.
func (x *comparing) told(c compare.Comparison) string {
	switch {
	case !x.has[0] && !x.has[1]:
		return ""
	case x.has[0] && x.has[1] && x.found[0].Trace().Run == x.found[1].Trace().Run:
		return fmt.Sprintf("Both sides are one run (%s), laid beside itself.", x.how[0])
	case x.how[0] == x.how[1]:
		return fmt.Sprintf("Both sides: %s.", x.how[0])
	}
	parts := []string{}
	for i, name := range []string{c.A.Name, c.B.Name} {
		if x.has[i] { // that there is no run is said already
			parts = append(parts, name+": "+x.how[i])
		}
	}
	text := strings.Join(parts, "; ") + "."
	return strings.ToUpper(text[:1]) + text[1:]
}

// places are the sides as environments of their providers.
func (x *comparing) places() (out [2]place, err error) {
	for i, side := range x.sides {
		out[i].environment = side.Environment
		if out[i].provider, err = x.catalogue.Find(side.Provider); err != nil {
			return out, err
		}
	}
	return out, nil
}

// job walks places at a simulator of their own, so that nothing is planted in a run that
// goes on elsewhere. It is quiet, and nothing of it is kept.
func (x *comparing) job(places [2]place, planted []string) *comparison {
	own := &launch.Launcher{Providers: x.catalogue.Providers(), Now: x.world.Launcher.Now, Rand: x.world.Launcher.Rand, Planted: planted, Fingerprints: x.world.Launcher.Fingerprints}
	return &comparison{world: x.world, launcher: own, grammar: compareGrammar{runFlags: runFlags{walkFlags: walkFlags{Simulated: true}}}, places: places,
		stdin: &onceReader{world: x.world}, quiet: true, unkept: true}
}

// simulated walks both sides at a simulator, which plants differences between two
// environments of one provider.
func (x *comparing) simulated(ctx context.Context) (tui.Flow, error) {
	places, err := x.places()
	if err != nil {
		return nil, err
	}
	planted, err := plants(compareGrammar{runFlags: runFlags{walkFlags: walkFlags{Simulated: true}}}, places)
	if err != nil {
		return nil, err
	}
	job := x.job(places, planted)
	if x.sides[0].Grant == x.sides[1].Grant {
		job.grammar.Grant = string(x.sides[0].Grant)
	}
	defer job.launcher.Close()
	c, _, err := job.run(ctx)
	if err != nil {
		return nil, err
	}
	x.found, x.has = job.sessions, [2]bool{true, true}
	how := "Both sides were walked now at the simulator."
	if len(planted) > 0 {
		how = fmt.Sprintf("Both sides were walked now at the simulator, which planted %d differences in production.", len(planted))
	}
	return x.walked(c, how), nil
}

// walkNow walks one side at a simulator.
func (x *comparing) walkNow(ctx context.Context, side screen.Side) (session.Session, error) {
	p, err := x.catalogue.Find(side.Provider)
	if err != nil {
		return session.Session{}, err
	}
	here := place{p, side.Environment}
	job := x.job([2]place{here, here}, nil)
	job.grants = [2]string{string(side.Grant), string(side.Grant)}
	defer job.launcher.Close()
	sides, closeRuns, err := job.open(ctx, "")
	if err != nil {
		return session.Session{}, err
	}
	defer closeRuns()
	return headless.One(ctx, sides[0]).Session, nil
}

// walked is a comparison of two runs as a screen, with the panes of both.
func (x *comparing) walked(c compare.Comparison, how string) tui.Flow {
	side := func(s session.Session) *present.Walk {
		walk := present.Run(s, nil, nil, x.world.Now())
		return &walk
	}
	return tui.FromComparison(c, present.Sides{A: side(x.found[0]), B: side(x.found[1]), How: how})
}

// static is a comparison in which a side has no run: of the profiles and, where that is
// wished, of the metadata documents.
func (x *comparing) static(ctx context.Context, metadata bool) (tui.Flow, error) {
	places, err := x.places()
	if err != nil {
		return nil, err
	}
	job := x.job(places, nil)
	job.grammar = compareGrammar{runFlags: runFlags{Yes: true}} // the screen has asked
	defer job.launcher.Close()
	c, err := job.static(ctx, metadata)
	if err != nil {
		return nil, err
	}
	sides := present.Sides{How: x.told(c), Unread: job.unread(0) != "" && job.unread(1) != "", Offers: []present.Offer{x.metadataOffer(places, metadata)}}
	names := [2]string{c.A.Name, c.B.Name}
	for i := range x.sides {
		if !x.has[i] {
			grant := x.sides[i].Grant
			if x.has[1-i] {
				grant = cmp.Or(x.found[1-i].Start().Grant, grant)
			}
			sides.Missing = append(sides.Missing, present.MissingSide{Name: names[i], Provider: x.sides[i].Provider, Environment: x.sides[i].Environment, Grant: grant})
		}
	}
	return tui.FromComparison(c, sides), nil
}

// metadataOffer offers to fetch the metadata documents, or says why that cannot be.
func (x *comparing) metadataOffer(places [2]place, fetched bool) present.Offer {
	o := present.Offer{Action: flows.ActDiscover, Label: "fetch the metadata documents", To: -1}
	if fetched {
		o.Why = "the metadata documents are fetched and compared already"
		return o
	}
	var production []string
	for _, p := range places {
		env, ok := p.provider.Environment(p.environment) // the simulator is in no profile, and has metadata
		if ok && !hasMetadata(env.Endpoints) {
			o.Why = p.provider.Title + " has no metadata document in " + p.environment
		}
		if ok && headless.NeedsYes(&flows.RunStarted{Provider: p.provider, Environment: env}) {
			production = append(production, p.provider.Title)
		}
	}
	if len(production) > 0 {
		o.Confirm = "This fetches the metadata document from production of " + strings.Join(production, " and ") + ". Nothing else is sent. Go on?"
	}
	return o
}

// newestRun loads the newest run of an environment that has anything to compare: of the
// side's grant if there is one, else of any.
func (w *World) newestRun(ctx context.Context, side screen.Side) (flows.Trace, bool, error) {
	if w.Archive == nil {
		return flows.Trace{}, false, nil
	}
	s, err := w.Archive.Store()
	if err != nil {
		return flows.Trace{}, false, err
	}
	metas, err := s.List(ctx, store.Query{Filter: side.Provider, Limit: 200})
	if err != nil {
		return flows.Trace{}, false, err
	}
	slices.SortStableFunc(metas, func(a, b store.RunMeta) int { // newest first already
		return cmp.Compare(otherGrant(a, side), otherGrant(b, side))
	})
	for _, m := range metas {
		if m.Provider != side.Provider || m.Environment != side.Environment || m.Outcome == "" {
			continue
		}
		t, err := w.traceForScreen(ctx, m.Run)
		if errors.Is(err, tui.ErrLocked) {
			return flows.Trace{}, false, err
		}
		if err != nil {
			continue // this one cannot be read: an older one may
		}
		// a real environment that was only simulated says nothing about it
		if start, _ := t.Start(); start.Simulated == (side.Environment == flows.EnvSimulator) {
			return t, true, nil
		}
	}
	return flows.Trace{}, false, nil
}

// otherGrant is 1 for a run of another grant than the one looked for.
func otherGrant(m store.RunMeta, side screen.Side) int {
	if side.Grant == "" || string(m.Grant) == string(side.Grant) {
		return 0
	}
	return 1
}
