package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/compare"
	"oauthlens/flows/launch"
	"oauthlens/flows/session"
	"oauthlens/flows/visible"
	"oauthlens/ui/headless"
)

// comparison is two environments, of one provider or of two, being walked.
type comparison struct {
	world    *World
	launcher *launch.Launcher
	grammar  compareGrammar
	places   [2]place
	stdin    *onceReader
	grants   [2]string // of each side; empty: the profile's first
	// quiet walks tell nothing; unkept ones are not in the history.
	quiet, unkept bool
	sessions      [2]session.Session
}

// run walks both sides and compares them.
func (j *comparison) run(ctx context.Context) (compare.Comparison, int, error) {
	j.grants = j.chooseGrants()
	sides, closeRuns, err := j.open(ctx, j.grammar.Fault)
	if err != nil {
		return compare.Comparison{}, 0, err
	}
	defer closeRuns()
	if ga, gb := sides[0].Start.Grant, sides[1].Start.Grant; ga != gb && !j.quiet {
		fmt.Fprintf(j.world.Stderr, "%s and %s have no grant in common: %s is compared with %s\n", j.places[0].provider.Title, j.places[1].provider.Title, ga, gb)
	}
	if !j.quiet && !(sides[0].Start.Simulated && sides[1].Start.Simulated) {
		if err := j.world.offerUnlock(); err != nil {
			return compare.Comparison{}, 0, err
		}
	}
	a, b := j.walk(ctx, sides)
	j.sessions = [2]session.Session{a.Session, b.Session}
	options := compare.Options{ShowSecrets: j.grammar.ShowSecrets}
	c := compare.Traces(a.Session.Trace(), b.Session.Trace(), options)
	j.tell(c.A.Name, a)
	j.tell(c.B.Name, b)
	j.tellKeeping(a, b)
	for _, name := range j.mistakes(sides) {
		if other, ok := j.makeMistake(ctx, name, options); ok {
			c = c.WithMistake(name, other)
		}
	}
	return c, exitOf(ctx, j.world, a, b), nil
}

// walk walks both sides. Each begins at the time of day, also where the other has let
// simulated time pass.
func (j *comparison) walk(ctx context.Context, sides [2]headless.Side) (a, b headless.Walked) {
	if f, _ := flows.FaultByName(sides[0].Start.Settings.Fault); !f.Waits {
		return headless.Pair(ctx, sides[0], sides[1], together(sides))
	}
	a = headless.One(ctx, sides[0])
	j.launcher.Rewind()
	return a, headless.One(ctx, sides[1])
}

// makeMistake walks both sides once more, with a mistake made on purpose; false: it cannot
// be made here.
func (j *comparison) makeMistake(ctx context.Context, name string, options compare.Options) (compare.Comparison, bool) {
	if ctx.Err() != nil {
		return compare.Comparison{}, false
	}
	sides, closeRuns, err := j.open(ctx, name)
	if err != nil {
		return compare.Comparison{}, false
	}
	defer closeRuns()
	for i := range sides {
		sides[i].Deps.Stderr, sides[i].Deps.Recorder = io.Discard, nil
		sides[i].Options.Refreshes, sides[i].Options.Revoke, sides[i].Options.Call = 0, false, false
	}
	a, b := j.walk(ctx, sides)
	return compare.Traces(a.Session.Trace(), b.Session.Trace(), options), true
}

// exitOf is the exit code that the walks themselves ask for: an interrupt, or an obstacle
// that both met on this machine. A failure of one side is a difference.
func exitOf(ctx context.Context, w *World, a, b headless.Walked) int {
	switch {
	case ctx.Err() != nil && w.Cause != nil:
		return w.Cause()
	case a.Code == b.Code && (a.Code == headless.ExitMachine || a.Code == headless.ExitUsage):
		return a.Code
	}
	return headless.ExitOK
}

// tell says what went wrong on one side.
func (j *comparison) tell(name string, side headless.Walked) {
	if j.quiet {
		return
	}
	for _, text := range []string{side.Problem, side.Session.FailedWhy(), unsaved(side)} {
		if text != "" {
			fmt.Fprintf(j.world.Stderr, "oauthlens: %s: %s\n", visible.Line(name), visible.Line(text))
		}
	}
}

// tellKeeping says, once, what is not kept of the walks.
func (j *comparison) tellKeeping(walks ...headless.Walked) {
	for _, w := range walks {
		if run := w.Session.Trace().Run; !j.quiet && w.Unsaved == "" && j.world.Archive != nil && j.world.Archive.Redacted(run) {
			j.world.tellKeeping(run)
			return
		}
	}
}

func unsaved(w headless.Walked) string {
	if w.Unsaved == "" {
		return ""
	}
	return "this run is not saved: " + w.Unsaved
}

// open readies both sides. What can be known to fail is refused before anything is sent.
func (j *comparison) open(ctx context.Context, fault string) (sides [2]headless.Side, closeAll func(), err error) {
	var runs []*launch.Run
	closeAll = func() {
		for _, r := range runs {
			r.Close()
		}
	}
	grants := j.grants
	for i := range j.places {
		flags := runGrammar{runFlags: j.grammar.runFlags}
		flags.Env, flags.Fault, flags.Grant = j.places[i].environment, fault, grants[i]
		run, err := j.ready(ctx, flags, i)
		if err == nil {
			runs = append(runs, run)
			err = flags.check(&run.Start, j.world)
		}
		if err != nil {
			closeAll()
			return sides, nil, err
		}
		sides[i] = headless.Side{ID: run.ID, Start: run.Start, Options: j.options(flags, run.Start, i), Deps: j.world.headlessDeps(run)}
		sides[i].Deps.Now = j.launcher.Clock
		if j.unkept {
			sides[i].Deps.Recorder = nil
		}
		if j.quiet || sides[i].Options.Approve {
			sides[i].Deps.Stderr = io.Discard
		}
	}
	return sides, closeAll, nil
}

// ready makes the run of one side ready, with the client that is kept for it where the
// flags and variables name none.
func (j *comparison) ready(ctx context.Context, flags runGrammar, side int) (*launch.Run, error) {
	req, err := flags.request(j.world, &j.places[side].provider, j.stdin)
	if err != nil {
		return nil, err
	}
	kept, err := j.world.withKept(ctx, req, !j.quiet)
	if err != nil {
		return nil, err
	}
	if kept && !j.quiet && flags.Fault == j.grammar.Fault {
		fmt.Fprintf(j.world.Stderr, "using the client settings kept for %s\n", keptFor(req.Provider, req.Environment))
	}
	return j.launcher.Open(ctx, req)
}

// chooseGrants gives the grants that both sides walk: the one asked for, or each profile's first; of two
// providers the first that both have, so that the same steps stand beside each other.
func (j *comparison) chooseGrants() [2]string {
	if g := j.grammar.Grant; g != "" {
		return [2]string{g, g}
	}
	a, b := j.places[0].provider, j.places[1].provider
	if a.Name == b.Name {
		return [2]string{}
	}
	for _, g := range a.Grants {
		if b.HasGrant(g) && g != flows.GrantRefreshToken {
			return [2]string{string(g), string(g)}
		}
	}
	return [2]string{}
}

// static compares what the profiles say; with metadata it also fetches both metadata
// documents, and nothing else.
func (j *comparison) static(ctx context.Context, metadata bool) (compare.Comparison, error) {
	var starts [2]flows.RunStarted
	var sides [2]headless.Side
	for i := range j.places {
		flags := runGrammar{runFlags: j.grammar.runFlags}
		flags.Env = j.places[i].environment
		req, err := flags.request(j.world, &j.places[i].provider, j.stdin)
		if err != nil {
			return compare.Comparison{}, err
		}
		req.Interactive = true // endpoints may be missing: nothing is walked
		run, err := j.launcher.Open(ctx, req)
		if err != nil {
			return compare.Comparison{}, err
		}
		defer run.Close()
		starts[i] = run.Start
		sides[i] = headless.Side{ID: run.ID, Start: run.Start, Options: headless.Options{DiscoverOnly: true, Confirm: j.grammar.Yes}, Deps: j.world.headlessDeps(run)}
		sides[i].Deps.Now, sides[i].Deps.Recorder, sides[i].Deps.Stderr = j.launcher.Clock, nil, io.Discard
	}
	c := compare.Profiles(profiled(starts[0]), profiled(starts[1]))
	if !metadata {
		return c, nil
	}
	for _, start := range starts {
		switch {
		case !hasMetadata(start.Environment.Endpoints):
			return c, usageError("%s (%s) has no metadata document to fetch: leave out --metadata, or give --issuer", start.Provider.Title, start.Environment.Name)
		case headless.NeedsYes(&start) && !j.grammar.Yes:
			return c, usageError("this fetches the metadata from production of %s: add --yes to confirm it", start.Provider.Title)
		}
	}
	a, b := headless.Pair(ctx, sides[0], sides[1], true)
	if ctx.Err() != nil {
		return c, &exitError{code: exitOf(ctx, j.world, a, b)}
	}
	j.sessions = [2]session.Session{a.Session, b.Session}
	for i, name := range []string{c.A.Name, c.B.Name} {
		if why := j.unread(i); why != "" && !j.quiet {
			fmt.Fprintf(j.world.Stderr, "oauthlens: %s: there is no metadata document to read: %s\n", visible.Line(name), visible.Line(why))
		}
	}
	return c.WithDiscovery(compare.Traces(a.Session.Trace(), b.Session.Trace(), compare.Options{ShowSecrets: j.grammar.ShowSecrets})), nil
}

// unread says why the metadata document of a side could not be read; empty if it was, or if
// none was asked for.
func (j *comparison) unread(i int) string {
	if j.sessions[i].IsZero() {
		return ""
	}
	r, asked := j.sessions[i].Result(flows.StepDiscovery)
	switch {
	case !asked || r.OK():
		return ""
	case r.Exchange.Error != nil:
		return r.Exchange.Error.Message
	case r.Failure != nil && r.Failure.Status != 200:
		return fmt.Sprintf("the server answered with status %d", r.Failure.Status)
	case r.Failure != nil && r.Failure.Description != "":
		return r.Failure.Description
	}
	return "the server gave no usable answer"
}

func profiled(s flows.RunStarted) compare.Place {
	return compare.Place{Provider: s.Provider, Environment: s.Environment, Simulated: s.Simulated}
}

// hasMetadata tells that there is a place to ask for a metadata document.
func hasMetadata(e flows.Endpoints) bool { return e.Discovery != "" || e.Issuer != "" }

// options of one side. At the simulator nobody has to be asked, and whatever can be done
// with a token is done, since it costs nothing and every step is one more to compare.
func (j *comparison) options(flags runGrammar, start flows.RunStarted, side int) headless.Options {
	o := flags.options(j.world, j.stdin)
	o.JSON, o.Discover, o.IfPossible = false, true, true
	if start.Simulated && flags.Callback == "" {
		o.Approve, o.Revoke, o.Call = true, true, true
		o.Refreshes = max(o.Refreshes, 1)
	}
	if flags.Callback == "-" {
		o.Callback = func() (string, error) {
			data, err := j.stdin.all()
			lines := strings.Split(strings.TrimSpace(string(data)), "\n")
			return lines[min(side, len(lines)-1)], err
		}
	}
	return o
}

// together tells that both sides can be walked at the same time: neither waits for a
// person, nor do they need the same port.
func together(sides [2]headless.Side) bool {
	for _, s := range sides {
		if s.Start.Grant == flows.GrantAuthorizationCode && !(s.Options.Approve && s.Start.Simulated) {
			return false
		}
	}
	return true
}

// mistakes are the faults to make on purpose on both sides, once both have a token: only
// at the simulator, and only where the user asked for no other.
func (j *comparison) mistakes(sides [2]headless.Side) []string {
	for i, s := range sides {
		if j.sessions[i].Token() == nil || !s.Start.Simulated || s.Start.Settings.Fault != "" || j.grammar.Callback != "" {
			return nil
		}
	}
	switch sides[0].Start.Grant {
	case flows.GrantAuthorizationCode:
		return []string{"redirect-mismatch", "wrong-verifier", "invalid-client"}
	case flows.GrantClientCredentials:
		return []string{"invalid-client"}
	}
	return nil
}
