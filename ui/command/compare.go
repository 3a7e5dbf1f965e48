package command

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/compare"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/simulator"
	"oauthlens/ui/headless"
)

type compareGrammar struct {
	runFlags
	First    string   `arg:"" name:"PROVIDER or RUN" help:"a provider, whose two environments are compared; or a recorded run: an id, a prefix of it, last or last~1"`
	Second   string   `arg:"" optional:"" name:"PROVIDER or RUN" help:"another provider, or the other recorded run"`
	Static   bool     `help:"without any run: compare what the profiles say"`
	Metadata bool     `help:"with --static: fetch both metadata documents too"`
	Plant    []string `help:"with --simulated: differences to plant between the environments: all, none, or names with commas, see above (default: all that take no time and hide no other)" placeholder:"NAMES"`
}

const compareHelp = `Lay two environments of a provider, two providers, or two recorded runs side by side
and tell what differs and whether that matters. --env names two environments, such as
sandbox,production; every other flag holds for both sides. Two providers are walked at
their simulators unless --env names one environment or one for each. A word that is a
provider's name is never a run. Exit code 1 means that something suspicious differs; two
sides that fail in the same way do not differ.

--static compares the profiles and sends nothing; --metadata then fetches the metadata
documents, which needs --yes for production, and nothing else.

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
	places, runs, err := w.whatToCompare(g)
	switch {
	case err != nil:
	case runs:
		result, err = w.compareRuns(ctx, g)
	case g.Static:
		result, planted, err = w.compareProfiles(ctx, g, places)
	default:
		result, planted, code, err = w.compareWalks(ctx, g, places)
	}
	if err != nil {
		return err
	}
	if len(planted) > 0 {
		fmt.Fprintf(w.Stderr, "the simulator plants differences in production, %d of %d that it knows; --plant none leaves them out\n", len(planted), len(simulator.AllPlants()))
	}
	if g.JSON {
		err = headless.WriteCompareJSON(w.Stdout, result, planted)
	} else {
		err = headless.WriteCompareText(w.Stdout, result, w.environ(), w.width())
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

// width is that of the terminal of the standard output; 0: it is none.
func (w *World) width() int {
	if w.Width == nil {
		return 0
	}
	return w.Width()
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
	return compare.Traces(traces[0], traces[1], compare.Options{Kept: true, ShowSecrets: g.ShowSecrets}), nil
}

// place is an environment of a provider, to be walked.
type place struct {
	provider    flows.Provider
	environment string
}

// whatToCompare reads the arguments: two places, or two runs. A word that is the name of a
// provider is never a run.
func (w *World) whatToCompare(g compareGrammar) (places [2]place, runs bool, err error) {
	if g.Metadata && !g.Static {
		return places, false, usageError("--metadata belongs to --static: a comparison that walks reads the metadata anyway")
	}
	a, isA := w.provider(g.First)
	b, isB := w.provider(g.Second)
	if g.Second == "" {
		b, isB = a, isA
	}
	switch {
	case g.Second == "" && !isA && looksLikeRun(g.First):
		return places, false, usageError("one run cannot be compared alone: name the other one too, as in oauthlens compare last last~1")
	case !isA && !looksLikeRun(g.First):
		_, err = w.find(g.First) // its error has the nearest names
		return places, false, err
	case !isB && !looksLikeRun(g.Second):
		_, err = w.find(g.Second)
		return places, false, err
	case isA != isB:
		return places, false, usageError("%s is a provider and %s a run: give two of a kind", pickOne(isA, g.First, g.Second), pickOne(isA, g.Second, g.First))
	case !isA && (g.Env != "" || g.Simulated || len(g.Plant) > 0 || g.Static):
		return places, true, usageError("two recorded runs are compared as they are: leave out --env, --simulated, --plant and --static")
	case !isA:
		return places, true, nil
	}
	w.Launcher.Providers = []flows.Provider{a, b}
	if a.Name == b.Name {
		w.Launcher.Providers = w.Launcher.Providers[:1]
	}
	names, err := environmentOfEach(a, b, g)
	if err == nil && a.Name == b.Name && g.Simulated {
		err = withoutSandbox(a, names)
	}
	return [2]place{{a, names[0]}, {b, names[1]}}, false, err
}

// withoutSandbox says what can be compared of a provider that has no sandbox.
func withoutSandbox(p flows.Provider, names [2]string) error {
	_, production := p.Environment(flows.EnvProduction)
	if _, ok := p.Environment(flows.EnvSandbox); ok || !production || !slices.Contains(names[:], flows.EnvSandbox) {
		return nil
	}
	return usageError("%s has no sandbox: compare its simulator with production, --env simulator,production --simulated", p.Title)
}

func pickOne(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// provider finds a provider by its exact name.
func (w *World) provider(name string) (flows.Provider, bool) {
	if p := provider.EmbeddedNamed(name); p != nil {
		return *p, true
	}
	c := w.catalogue()
	p, err := c.Find(name)
	return p, err == nil
}

// looksLikeRun tells that a word has the form of a run: an id, a prefix of one, last or
// last~1.
func looksLikeRun(word string) bool {
	return word == "last" || strings.HasPrefix(word, "last~") || len(word) >= 4 && strings.Trim(word, "0123456789abcdef") == ""
}

// twoEnvironments reads --env A,B; without it a provider's sandbox and production, or at
// the simulator whatever it has beside the simulator's own.
func twoEnvironments(p flows.Provider, value string, simulated bool) ([2]string, error) {
	if value != "" {
		return namedPair(value)
	}
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

// environmentOfEach reads --env for two providers: one for each, or one for both; without
// it each one's default. One provider named twice is compared as if named once.
func environmentOfEach(a, b flows.Provider, g compareGrammar) ([2]string, error) {
	switch {
	case a.Name == b.Name:
		return twoEnvironments(a, g.Env, g.Simulated)
	case g.Env == "" && g.Static && !g.Metadata && !g.Simulated:
		return [2]string{declaredEnvironment(a), declaredEnvironment(b)}, nil
	case g.Env == "":
		return [2]string{launch.DefaultEnvironment(a), launch.DefaultEnvironment(b)}, nil
	case !strings.Contains(g.Env, ","):
		return [2]string{g.Env, g.Env}, nil
	}
	return namedPair(g.Env)
}

// declaredEnvironment is what a profile says most about: production, or else its first
// environment.
func declaredEnvironment(p flows.Provider) string {
	if _, ok := p.Environment(flows.EnvProduction); ok || len(p.Environments) == 0 {
		return flows.EnvProduction
	}
	return p.Environments[0].Name
}

func namedPair(value string) ([2]string, error) {
	a, b, ok := strings.Cut(value, ",")
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	if !ok || a == "" || b == "" || strings.Contains(b, ",") {
		return [2]string{}, usageError("--env takes two environments here, such as --env sandbox,production")
	}
	return [2]string{a, b}, nil
}

// compareProfiles compares without any run; with --metadata the metadata documents are
// fetched, and nothing else.
func (w *World) compareProfiles(ctx context.Context, g compareGrammar, places [2]place) (c compare.Comparison, planted []string, err error) {
	if g.Metadata {
		if planted, err = plants(g, places); err != nil {
			return c, nil, err
		}
	}
	w.Launcher.Planted = planted
	job := &comparison{world: w, launcher: w.Launcher, grammar: g, places: places, stdin: &onceReader{world: w}, unkept: true}
	c, err = job.static(ctx, g.Metadata)
	return c, planted, err
}

// compareWalks walks both places and compares the runs.
func (w *World) compareWalks(ctx context.Context, g compareGrammar, places [2]place) (c compare.Comparison, planted []string, code int, err error) {
	if planted, err = plants(g, places); err != nil {
		return c, nil, 0, err
	}
	job := &comparison{world: w, launcher: w.Launcher, grammar: g, places: places, stdin: &onceReader{world: w}}
	w.Launcher.Planted = planted
	c, code, err = job.run(ctx)
	return c, planted, code, err
}

// plants are the differences to plant. Nothing is planted between runs of one environment,
// between providers, which differ anyway, or at real servers.
func plants(g compareGrammar, places [2]place) ([]string, error) {
	known := simulator.AllPlants()
	if !g.Simulated {
		if len(g.Plant) > 0 {
			return nil, usageError("--plant is for simulated environments: add --simulated")
		}
		return nil, nil
	}
	if len(g.Plant) == 0 {
		if places[0].environment == places[1].environment || places[0].provider.Name != places[1].provider.Name {
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
		case name == "none":
			return nil, usageError("--plant none leaves all differences out: name none or some, not both")
		case name == "all":
			return known, nil
		case !slices.Contains(known, name):
			return nil, usageError("there is no difference %q to plant: all, none, %s", name, strings.Join(known, ", "))
		}
		out = append(out, name)
	}
	return out, nil
}

// defaultPlants are all plants but the one that another hides (where there is no refresh
// token, its rotation cannot be seen) and the one that takes time.
func defaultPlants() []string {
	return slices.DeleteFunc(simulator.AllPlants(), func(name string) bool { return name == "other-rotation" || name == "slow-api" })
}
