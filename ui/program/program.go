// Package program is the wiring: it hands the real terminal, clock, files, signals and
// network to the commands. It holds no logic of its own, and stands beside main.go, which
// calls it, so that the tests of the whole program have a room.
package program

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/term"

	"oauthlens/flows"
	"oauthlens/flows/diagnose"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/runner"
	"oauthlens/store"
	"oauthlens/store/archive"
	"oauthlens/ui/command"
	"oauthlens/ui/tui"
)

// outside is what the tests of the whole program put something else in place of.
type outside struct {
	now      func() time.Time
	diagnose func(flows.Trace, diagnose.Options) []flows.Finding
}

// Main runs the program with the process's arguments and returns its exit code.
func Main() int {
	time.Local = time.UTC // all that is shown and kept is; the zone's file need not be read
	var judge diagnose.Judge
	return run(outside{now: time.Now, diagnose: judge.Run})
}

func run(o outside) int {
	noCore()
	s := newSignals()
	defer s.stop()
	ctx := s.ctx
	getenv := environment()
	launcher := &launch.Launcher{Now: o.now}
	defer launcher.Close()
	home, _ := os.UserHomeDir() // an unknown home is the places' error
	var kept *archive.Archive
	places, err := store.PlacesFrom(getenv, home)
	if err == nil {
		kept = archive.New(context.WithoutCancel(ctx), places, getenv, o.now)
		launcher.Fingerprints = kept.Fingerprints
	}
	stdin := term.IsTerminal(int(os.Stdin.Fd()))
	return command.Main(ctx, &command.World{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: getenv, ReadFile: os.ReadFile, Now: o.now,
		StdinTerminal: stdin, Terminal: stdin && term.IsTerminal(int(os.Stdout.Fd())), HearSignals: s.hear, HearSignalsSoon: s.hearSoon, Cause: s.cause, Width: outputWidth,
		Catalogue: func() (provider.Catalogue, []provider.Problem) { return catalogue(places) },
		Launcher:  launcher, Archive: kept, ReadPassphrase: command.PassphraseReader(ctx, s.cause), OpenBrowser: runner.OpenInBrowser, WriteNew: command.WriteNew, CopyNative: tui.SystemClipboard(ctx, getenv),
		Diagnose: func(t flows.Trace) []flows.Finding {
			return kept.WithReuses(t, o.diagnose(t, diagnose.Options{Providers: launcher.Providers}))
		},
	})
}

// outputWidth is the width of the terminal that the standard output is, 0 if it is none.
func outputWidth() int {
	w, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		return 0
	}
	return w
}

// environment keeps the variables for this process alone: those that hold secrets are taken
// out of what a browser or a clipboard program started from here would inherit. Those that
// have the toolkit below the screen write a log, in which every key that is pressed and
// every cell that is painted would stand, are not passed to it.
func environment() func(string) string {
	kept := map[string]string{}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		kept[name] = value
		secret := strings.HasPrefix(name, "OAUTHLENS_") && (strings.HasSuffix(name, "SECRET") || strings.HasSuffix(name, "TOKEN"))
		if secret || name == "TEA_TRACE" || name == "TEA_DEBUG" || name == "UV_DEBUG" {
			_ = os.Unsetenv(name) // a name that came from the environment is a name that it takes
		}
	}
	return func(name string) string { return kept[name] }
}

// catalogue loads the embedded profiles and the user's own beside them.
func catalogue(places store.Places) (provider.Catalogue, []provider.Problem) {
	if places.Config == "" {
		return provider.NewCatalogue(nil, "")
	}
	return provider.NewCatalogue(os.DirFS(places.Config), "providers")
}

// signals are what ends the program from outside.
type signals struct {
	ctx  context.Context // ends with the first one that is heard
	stop context.CancelFunc
	once sync.Once
	code atomic.Int32
}

func newSignals() *signals {
	s := &signals{}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.code.Store(130)
	return s
}

// hear makes SIGINT, SIGTERM, SIGQUIT (for which Go would print every goroutine and leave the
// terminal as it is) or SIGHUP (after which the result still goes to a file or a pipe) end the
// context. Whoever starts the program so that it ignores the hang-up, as nohup does, gets that.
func (s *signals) hear() {
	s.once.Do(func() {
		ch := make(chan os.Signal, 1)
		signal.Notify(ch, os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
		if !signal.Ignored(syscall.SIGHUP) {
			signal.Notify(ch, syscall.SIGHUP)
		}
		go func() {
			if came, ok := (<-ch).(syscall.Signal); ok {
				s.code.Store(128 + int32(came))
			}
			signal.Stop(ch) // a second one ends the program at once
			s.stop()
		}()
	})
}

// unheard is how long a short run goes on without hearing signals: to ask for them takes two
// threads and a tenth of such a run, and nobody presses a key that fast. Until then one ends
// the program as it ends any other, with nothing printed.
const unheard = 2 * time.Millisecond

// hearSoon is hear, after that time.
func (s *signals) hearSoon() { time.AfterFunc(unheard, s.hear) }

// cause is the exit code that stands for the signal that came.
func (s *signals) cause() int { return int(s.code.Load()) }
