// Command oauthlens walks a developer through a provider's OAuth flow step by step.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
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

func main() { os.Exit(run()) }

func run() int {
	ctx, cause, stop := signals()
	defer stop()
	launcher := &launch.Launcher{Now: time.Now}
	defer launcher.Close()
	home, _ := os.UserHomeDir() // an unknown home is the places' error
	var kept *archive.Archive
	places, err := store.PlacesFrom(os.Getenv, home)
	if err == nil {
		kept = archive.New(context.WithoutCancel(ctx), places, os.Getenv, time.Now)
		launcher.Fingerprints = kept.Fingerprints
	}
	stdin := term.IsTerminal(int(os.Stdin.Fd()))
	return command.Main(ctx, &command.World{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, ReadFile: os.ReadFile, Now: time.Now,
		StdinTerminal: stdin, Terminal: stdin && term.IsTerminal(int(os.Stdout.Fd())), Cause: cause,
		Catalogue: func() (provider.Catalogue, []provider.Problem, error) { return catalogue(places) },
		Launcher:  launcher, Archive: kept, ReadPassphrase: readPassphrase, OpenBrowser: runner.OpenInBrowser, WriteNew: writeNew, CopyNative: tui.SystemClipboard(ctx, os.Getenv),
		Diagnose: func(t flows.Trace) []flows.Finding {
			return diagnose.Run(t, diagnose.Options{Providers: launcher.Providers})
		},
	})
}

// writeNew writes a file that is not there yet and that only its owner can read.
func writeNew(name string, data []byte) (string, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	return filepath.Abs(name)
}

// catalogue loads the embedded profiles and the user's own beside them.
func catalogue(places store.Places) (provider.Catalogue, []provider.Problem, error) {
	if places.Config == "" {
		return provider.NewCatalogue(nil, "")
	}
	return provider.NewCatalogue(os.DirFS(places.Config), "providers")
}

// readPassphrase asks at the keyboard, without echo.
func readPassphrase(prompt string) (string, error) {
	stdin := int(os.Stdin.Fd())
	if !term.IsTerminal(stdin) {
		return "", errors.New("a passphrase is asked for at the keyboard only: run this in a terminal")
	}
	fmt.Fprint(os.Stderr, prompt)
	text, err := term.ReadPassword(stdin)
	fmt.Fprintln(os.Stderr)
	return string(text), err
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
