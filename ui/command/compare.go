package command

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/compare"
	"oauthlens/flows/launch"
	"oauthlens/flows/session"
	"oauthlens/flows/simulator"
	"oauthlens/flows/visible"
	"oauthlens/ui/headless"
)

type compareGrammar struct {
	runFlags
	First  string   `arg:"" name:"PROVIDER or RUN" help:"a provider, whose two environments are compared; or a recorded run"`
	Second string   `arg:"" optional:"" name:"RUN" help:"the other recorded run: an id, a prefix of it, last or last~1"`
	Plant  []string `help:"with --simulated: differences to plant between the environments: all, none, or names with commas, see above (default: all that do not hide one another)" placeholder:"NAMES"`
}

const compareHelp = `Lay two environments of a provider, or two recorded runs, side by side and tell what
differs and whether that matters. --env names two environments, such as
sandbox,production; every other flag holds for both sides. Exit code 1 means that
something suspicious differs.

With --simulated both environments are played by the simulator, which plants
differences in production so that there is something to find:
`

// plantNames lists what can be planted, for the help.
func plantNames() string {
	var b strings.Builder
	for _, p := range simulator.Plants() {
		fmt.Fprintf(&b, "  %-20s %s\n", p.Name, p.What)
	}
	return strings.TrimRight(b.String(), "\n")
}

func compareCommand(ctx context.Context, w *World, args []string) error {
	var g compareGrammar
	done, err := parse(w, "compare", compareHelp+plantNames(), &g, args)
	if done || err != nil {
		return err
	}
	var result compare.Comparison
	var planted []string
	code := headless.ExitOK
	if g.Second != "" && (g.Env != "" || g.Simulated || len(g.Plant) > 0) {
		return usageError("two recorded runs are compared as they are: leave out --env, --simulated and --plant")
	}
	if g.Second != "" {
		result, err = w.compareRuns(ctx, g)
	} else {
		result, planted, code, err = w.compareEnvironments(ctx, g)
	}
	if err != nil {
		return err
	}
	if g.JSON {
		err = headless.WriteCompareJSON(w.Stdout, result, planted)
	} else {
		err = headless.WriteCompareText(w.Stdout, result, w.environ())
	}
	switch {
	case err != nil:
		return &exitError{code: headless.ExitMachine, text: err.Error()}
	case code != headless.ExitOK:
		return &exitError{code: code}
	case len(result.Suspicious()) > 0:
		return &exitError{code: headless.ExitFailed}
	}
	return nil
}

// environ is what decides about colours.
func (w *World) environ() []string {
	var out []string
	for _, name := range []string{"TERM", "COLORTERM", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TMUX", "WT_SESSION", "TERM_PROGRAM"} {
		if v := w.Getenv(name); v != "" {
			out = append(out, name+"="+v)
		}
	}
	return out
}

func (w *World) compareRuns(ctx context.Context, g compareGrammar) (compare.Comparison, error) {
	s, err := w.history()
	if err != nil {
		return compare.Comparison{}, err
	}
	var traces [2]flows.Trace
	for i, ref := range []string{g.First, g.Second} {
		run, err := w.loadRun(ctx, s, ref)
		if err != nil {
			return compare.Comparison{}, err
		}
		traces[i] = run.Trace()
	}
	return compare.Traces(traces[0], traces[1], compare.Options{ShowSecrets: g.ShowSecrets}), nil
}

func (w *World) compareEnvironments(ctx context.Context, g compareGrammar) (c compare.Comparison, planted []string, code int, err error) {
	p, err := w.find(g.First)
	if err != nil {
		return c, nil, 0, err
	}
	names, err := twoEnvironments(p, g.Env, g.Simulated)
	if err != nil {
		return c, nil, 0, err
	}
	if planted, err = plants(g, names); err != nil {
		return c, nil, 0, err
	}
	job := &comparison{world: w, launcher: w.Launcher, grammar: g, provider: p, names: names, stdin: &onceReader{world: w}}
	w.Launcher.Planted = planted
	c, code, err = job.run(ctx)
	if err == nil && len(planted) > 0 {
		fmt.Fprintf(w.Stderr, "the simulator plants differences in production, %d of %d that it knows; --plant none leaves them out\n", len(planted), len(simulator.AllPlants()))
	}
	return c, planted, code, err
}

// twoEnvironments reads --env A,B; without it a provider's sandbox and production, or at
// the simulator whatever it has beside the simulator's own.
func twoEnvironments(p flows.Provider, value string, simulated bool) ([2]string, error) {
	if value == "" {
		_, sandbox := p.Environment(flows.EnvSandbox)
		_, production := p.Environment(flows.EnvProduction)
		switch {
		case sandbox && production:
			return [2]string{flows.EnvSandbox, flows.EnvProduction}, nil
		case production && simulated:
			return [2]string{flows.EnvSimulator, flows.EnvProduction}, nil
		}
		return [2]string{}, usageError("which environments of %s are to be compared? give two with --env A,B", p.Title)
	}
	a, b, ok := strings.Cut(value, ",")
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	if !ok || a == "" || b == "" || strings.Contains(b, ",") {
		return [2]string{}, usageError("--env takes two environments here, such as --env sandbox,production")
	}
	return [2]string{a, b}, nil
}

// plants are the differences to plant. Nothing is planted between runs of one environment
// or at real servers.
func plants(g compareGrammar, names [2]string) ([]string, error) {
	known := simulator.AllPlants()
	if !g.Simulated {
		if len(g.Plant) > 0 {
			return nil, usageError("--plant is for simulated environments: add --simulated")
		}
		return nil, nil
	}
	if len(g.Plant) == 0 {
		if names[0] == names[1] {
			return nil, nil
		}
		return defaultPlants(), nil
	}
	var out []string
	wanted := strings.Split(strings.Join(g.Plant, ","), ",")
	for _, name := range wanted {
		switch name = strings.TrimSpace(name); {
		case name == "none" && len(wanted) == 1:
			return nil, nil
		case name == "all":
			return known, nil
		case !slices.Contains(known, name):
			return nil, usageError("there is no difference %q to plant: all, none, %s", name, strings.Join(known, ", "))
		}
		out = append(out, name)
	}
	return out, nil
}

// defaultPlants are all plants but the one that another hides: where there is no refresh
// token, its rotation cannot be seen.
func defaultPlants() []string {
	return slices.DeleteFunc(simulator.AllPlants(), func(name string) bool { return name == "other-rotation" })
}

// comparison is two environments of a provider being walked.
type comparison struct {
	world    *World
	launcher *launch.Launcher
	grammar  compareGrammar
	provider flows.Provider
	names    [2]string
	stdin    *onceReader
	// quiet walks tell nothing; unkept ones are not in the history.
	quiet, unkept bool
	sessions      [2]session.Session
}

// run walks both sides and compares them.
func (j *comparison) run(ctx context.Context) (compare.Comparison, int, error) {
	sides, closeRuns, err := j.open(ctx, j.grammar.Fault)
	if err != nil {
		return compare.Comparison{}, 0, err
	}
	defer closeRuns()
	a, b := headless.Pair(ctx, sides[0], sides[1], together(sides))
	j.sessions = [2]session.Session{a.Session, b.Session}
	options := compare.Options{ShowSecrets: j.grammar.ShowSecrets}
	c := compare.Traces(a.Session.Trace(), b.Session.Trace(), options)
	j.tell(c.A.Name, a)
	j.tell(c.B.Name, b)
	for _, name := range j.mistakes(sides) {
		if other, ok := j.makeMistake(ctx, name, options); ok {
			c = c.WithMistake(name, other)
		}
	}
	return c, exitOf(ctx, j.world, a, b), nil
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
	a, b := headless.Pair(ctx, sides[0], sides[1], together(sides))
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
	for i, name := range j.names {
		flags := runGrammar{runFlags: j.grammar.runFlags}
		flags.Env, flags.Fault = name, fault
		req, err := flags.request(j.world, j.provider, j.stdin)
		if err == nil {
			var run *launch.Run
			if run, err = j.launcher.Open(ctx, req); err == nil {
				runs = append(runs, run)
				err = flags.check(run.Start, j.world)
			}
		}
		if err != nil {
			closeAll()
			return sides, nil, err
		}
		run := runs[i]
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
		if s.Start.Grant == flows.GrantAuthorizationCode && !(s.Options.Approve && s.Start.Simulated) || s.Start.Settings.Fault == "expired-code" {
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
