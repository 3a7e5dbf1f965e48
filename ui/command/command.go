// Package command is the command grammar: it turns arguments, environment variables and
// files into calls of the front ends, and their results into exit codes. It knows the
// terminal UI and the headless front end by one function each.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/crash"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/session"
	"oauthlens/flows/visible"
	"oauthlens/store/archive"
	"oauthlens/ui/headless"
)

// Version is set by the linker for a release.
var Version = "0.1.0-dev"

// World is everything outside the program that a command touches.
type World struct {
	Args   []string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Getenv func(string) string
	// Terminal tells whether a person sits at both ends.
	Terminal bool
	// Width is the width of the terminal that the standard output is, 0 if it is none; may
	// be nil.
	Width func() int
	// StdinTerminal tells whether standard input is a keyboard.
	StdinTerminal bool
	ReadFile      func(string) ([]byte, error)
	Now           func() time.Time
	// HearSignals makes signals end the context from now on, HearSignalsSoon from a moment on
	// that a person does not notice; nil: they do from the start.
	HearSignals, HearSignalsSoon func()
	// Cause tells which exit code an ended context stands for.
	Cause func() int
	// Catalogue loads the profiles; the problems are of the user's own files.
	Catalogue   func() (provider.Catalogue, []provider.Problem)
	Launcher    *launch.Launcher
	OpenBrowser func(url string) error
	// WriteNew writes a new file that only its owner can read and returns its path.
	WriteNew func(name string, data []byte) (string, error)
	// CopyNative copies with the system's own clipboard program.
	CopyNative func(text string) (where string, err error)
	// Diagnose judges a trace.
	Diagnose func(flows.Trace) []flows.Finding
	// Archive is the history; nil: nothing is kept.
	Archive *archive.Archive
	// ReadPassphrase asks for a passphrase without echo; it fails without a terminal.
	ReadPassphrase func(prompt string) (string, error)

	remarked atomic.Bool // how runs are kept was said on the screen
	// toldProblems: the problems of the user's profiles were told.
	toldProblems bool
}

// exitError is an end of the program with a sentence; an empty text is silent.
type exitError struct {
	code int
	text string
}

func (e *exitError) Error() string { return e.text }

func usageError(format string, args ...any) error {
	return &exitError{code: headless.ExitUsage, text: fmt.Sprintf(format, args...)}
}

// command is one row of the table; help and dispatch derive from it.
type command struct {
	name string
	args string
	help string
	run  func(ctx context.Context, w *World, args []string) error
	// early: it begins before signals are heard, and hears them itself where it has to.
	early bool
}

// commands lists what works, in the order of the help.
func commands() []command {
	return []command{
		{"run", "PROVIDER", "walk one flow without the screen", runCommand, true},
		{"inspect", "[WHAT | FILE | -]", "take a HAR, URL, token, answer or curl line apart", inspectCommand, false},
		{"history", "[show|delete|prune]", "list the recorded runs; show, delete or prune them", historyCommand, false},
		{"export", "RUN --as FORM", "a run as json, curl, har or markdown, redacted", exportCommand, false},
		{"vault", "status|lock|...", "see and change what protects the secrets at rest", vaultCommand, false},
		{"compare", "PROVIDER [OTHER] | RUN RUN", "lay two environments, providers or runs side by side", compareCommand, false},
		{"simulate", "", "serve the simulated providers until interrupted", simulateCommand, false},
		{"providers", "[show NAME | check FILE]", "list the providers, show one, check a profile", providersCommand, false},
		{"version", "", "print version, commit and Go version", versionCommand, true},
	}
}

// Main runs the program and returns its exit code.
func Main(ctx context.Context, w *World) (code int) {
	defer func() {
		if r := crash.Of(recover()); r != nil {
			code = w.tellCrash(r)
		}
	}()
	err := dispatch(ctx, w)
	if err == nil {
		return headless.ExitOK
	}
	var exit *exitError
	var bad *launch.UsageError
	var fell *crash.Report
	if errors.As(err, &fell) {
		return w.tellCrash(fell)
	}
	code, text := headless.ExitMachine, err.Error()
	switch {
	case errors.As(err, &exit):
		code, text = exit.code, exit.text
	case errors.As(err, &bad):
		code = headless.ExitUsage
	case errors.Is(err, context.Canceled) && w.Cause != nil: // a signal ended it, which needs no sentence
		code, text = w.Cause(), ""
	}
	if text != "" {
		fmt.Fprintln(w.Stderr, "oauthlens: "+visible.Line(text))
	}
	return code
}

// tellCrash says that the program made a mistake, and where: that it holds nothing of the
// run is said too, since somebody is to pass it on.
func (w *World) tellCrash(r *crash.Report) int {
	fmt.Fprintln(w.Stderr, "oauthlens: "+visible.Line(r.Error()))
	for _, f := range r.Where {
		fmt.Fprintln(w.Stderr, "  "+visible.Line(f.String()))
	}
	fmt.Fprintln(w.Stderr, "These lines name functions and lines of the source, and hold nothing of the run: they can be passed on as they are.")
	return headless.ExitMachine
}

func dispatch(ctx context.Context, w *World) error {
	if len(w.Args) == 0 {
		w.hearSignals()
		return openScreen(ctx, w, "")
	}
	name, rest := w.Args[0], w.Args[1:]
	switch name {
	case "--version", "-v":
		return versionCommand(ctx, w, nil)
	case "--help", "-h", "help":
		fmt.Fprint(w.Stdout, help())
		return nil
	}
	for _, c := range commands() {
		if c.name == name {
			if !c.early {
				w.hearSignals()
			}
			return c.run(ctx, w, rest)
		}
	}
	w.hearSignals()
	if slices.Contains(w.Args, "--plain") {
		return plainCommand(ctx, w, w.Args)
	}
	if strings.HasPrefix(name, "-") {
		return usageError("unknown flag %s: see oauthlens --help", name)
	}
	return screenFor(ctx, w, name, rest)
}

// hearSignals makes an interruption end the context from now on.
func (w *World) hearSignals() {
	if w.HearSignals != nil {
		w.HearSignals()
	}
}

// screenFor opens the screen at a provider, or says which name was meant.
func screenFor(ctx context.Context, w *World, name string, rest []string) error {
	c := w.catalogue()
	if _, err := c.Find(name); err != nil {
		names := c.Names()
		for _, k := range commands() {
			names = append(names, k.name)
		}
		if near := provider.Nearest(name, names); len(near) > 0 {
			return usageError("there is no command or provider %q: did you mean %s?", name, strings.Join(near, " or "))
		}
		return usageError("there is no command or provider %q: see oauthlens --help", name)
	}
	if len(rest) > 0 {
		if flag, _, _ := strings.Cut(rest[0], "="); flag == "--fault" {
			return usageError("unexpected --fault: on the screen, which oauthlens %s opens, the key F picks a fault; oauthlens run %s --fault NAME walks the flow with one, without the screen", name, name)
		}
		return usageError("unexpected %q: oauthlens %s opens the screen, oauthlens run %s walks the flow without it", rest[0], name, name)
	}
	return openScreen(ctx, w, name)
}

func openScreen(ctx context.Context, w *World, name string) error {
	if !w.Terminal {
		return &exitError{code: headless.ExitMachine, text: "the screen needs a terminal: use oauthlens --plain or oauthlens run PROVIDER without one"}
	}
	c := w.catalogue()
	return showScreen(ctx, w, c, name)
}

// catalogue loads the profiles and tells what is wrong with the user's own.
func (w *World) catalogue() provider.Catalogue {
	c, problems := w.Catalogue()
	if w.toldProblems {
		problems = nil
	}
	w.toldProblems = true
	for _, p := range problems {
		fmt.Fprintln(w.Stderr, "oauthlens: profile not loaded: "+visible.Line(p.String()))
	}
	return c
}

// find finds a provider: for an embedded one, whose name a user's profile cannot take, the
// user's are not read.
func (w *World) find(name string) (*flows.Provider, error) {
	if p := provider.EmbeddedNamed(name); p != nil {
		w.Launcher.Providers = []flows.Provider{*p}
		return p, nil
	}
	c := w.catalogue()
	w.Launcher.Providers = c.Providers()
	p, err := c.Find(name)
	if err != nil {
		return nil, usageError("%v", err)
	}
	return &p, nil
}

// knowTheirs loads the whole catalogue for a run with custom servers, which may be those of
// any provider; servers on this machine are nobody's.
func (w *World) knowTheirs(r *launch.Request) {
	if r.Provider.Name != flows.EnvCustom || session.IsLoopback(r.Endpoints.Token) && r.Endpoints.Issuer == "" {
		return
	}
	w.Launcher.Providers = w.catalogue().Providers()
}

// helpColumn is the width of the first column of the help.
const helpColumn = 44

func help() string {
	var b strings.Builder
	b.WriteString("oauthlens walks through a provider's OAuth flow step by step and shows what was really sent.\n\n")
	row := func(form, text string) {
		fmt.Fprintf(&b, "  %-*s  %s\n", helpColumn, form, text)
	}
	row("oauthlens", "open the screen at the catalogue")
	row("oauthlens PROVIDER", "open the screen at a provider")
	row("oauthlens --plain [PROVIDER]", "the same walk as lines, for screen readers and pipes")
	for _, c := range commands() {
		row(strings.TrimSpace("oauthlens "+c.name+" "+c.args), c.help)
	}
	b.WriteString("\nEvery command explains itself: oauthlens run --help, oauthlens --plain --help\n")
	return b.String()
}

// versionCommand answers before any grammar is built: it is what scripts call most.
func versionCommand(_ context.Context, w *World, args []string) error {
	if len(args) == 1 && (args[0] == "--help" || args[0] == "-h") {
		fmt.Fprint(w.Stdout, "usage: oauthlens version [--json]\n\nPrint version, commit and Go version.\n")
		return nil
	}
	commit := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value[:min(12, len(s.Value))]
			}
		}
	}
	form := "oauthlens %s (commit %s, %s)\n"
	switch {
	case len(args) == 1 && args[0] == "--json":
		form = "{\"version\":%q,\"commit\":%q,\"go\":%q}\n"
	case len(args) > 0:
		return usageError("unexpected %q: oauthlens version takes --json only", args[0])
	}
	_, err := fmt.Fprintf(w.Stdout, form, Version, commit, runtime.Version())
	return err
}
