// Package program is the wiring: it hands the real terminal, clock, files, signals and
// network to the commands. It holds no logic of its own, and stands beside main.go, which
// calls it, so that the tests of the whole program have a room.
package program

import (
	"context"
	"os"
	"os/signal"
	"strings"
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

// Main runs the program with the process's arguments and returns its exit code.
func Main() int {
	ctx, cause, stop := signals()
	defer stop()
	getenv := environment()
	launcher := &launch.Launcher{Now: time.Now}
	defer launcher.Close()
	home, _ := os.UserHomeDir() // an unknown home is the places' error
	var kept *archive.Archive
	places, err := store.PlacesFrom(getenv, home)
	if err == nil {
		kept = archive.New(context.WithoutCancel(ctx), places, getenv, time.Now)
		launcher.Fingerprints = kept.Fingerprints
	}
	var judge diagnose.Judge
	stdin := term.IsTerminal(int(os.Stdin.Fd()))
	return command.Main(ctx, &command.World{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: getenv, ReadFile: os.ReadFile, Now: time.Now,
		StdinTerminal: stdin, Terminal: stdin && term.IsTerminal(int(os.Stdout.Fd())), Cause: cause,
		Catalogue: func() (provider.Catalogue, []provider.Problem, error) { return catalogue(places) },
		Launcher:  launcher, Archive: kept, ReadPassphrase: command.ReadPassphrase, OpenBrowser: runner.OpenInBrowser, WriteNew: command.WriteNew, CopyNative: tui.SystemClipboard(ctx, getenv),
		Diagnose: func(t flows.Trace) []flows.Finding {
			return kept.WithReuses(t, judge.Run(t, diagnose.Options{Providers: launcher.Providers}))
		},
	})
}

// environment keeps the variables for this process alone: those that hold secrets are taken
// out of what a browser or a clipboard program started from here would inherit.
func environment() func(string) string {
	kept := map[string]string{}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		kept[name] = value
		if strings.HasPrefix(name, "OAUTHLENS_") && (strings.HasSuffix(name, "SECRET") || strings.HasSuffix(name, "TOKEN")) {
			_ = os.Unsetenv(name) // a name that came from the environment is a name that it takes
		}
	}
	return func(name string) string { return kept[name] }
}

// catalogue loads the embedded profiles and the user's own beside them.
func catalogue(places store.Places) (provider.Catalogue, []provider.Problem, error) {
	if places.Config == "" {
		return provider.NewCatalogue(nil, "")
	}
	return provider.NewCatalogue(os.DirFS(places.Config), "providers")
}

// signals gives a context that ends with SIGINT or SIGTERM, and the exit code that stands
// for the one that came.
func signals() (context.Context, func() int, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	var code atomic.Int32
	code.Store(130)
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	go func() {
		if s := <-ch; s == syscall.SIGTERM {
			code.Store(143)
		}
		signal.Stop(ch) // a second one ends the program at once
		cancel()
	}()
	return ctx, func() int { return int(code.Load()) }, cancel
}
