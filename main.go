// Command oauthlens walks a developer through a provider's OAuth flow step by step.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/atotto/clipboard"
	"golang.org/x/term"

	"oauthlens/flows"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/runner"
	"oauthlens/store"
	"oauthlens/ui/command"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, cause, stop := signals()
	defer stop()
	launcher := &launch.Launcher{Now: time.Now}
	defer launcher.Close()
	stdin := term.IsTerminal(int(os.Stdin.Fd()))
	return command.Main(ctx, &command.World{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, ReadFile: os.ReadFile, Now: time.Now,
		StdinTerminal: stdin, Terminal: stdin && term.IsTerminal(int(os.Stdout.Fd())), Cause: cause,
		Catalogue: catalogue, Launcher: launcher, OpenBrowser: runner.OpenInBrowser, WriteNew: writeNew, CopyNative: clipboard.WriteAll,
		Diagnose: func(flows.Trace) []flows.Finding { return nil },
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
func catalogue() (provider.Catalogue, []provider.Problem, error) {
	home, _ := os.UserHomeDir() // an unknown home is the places' error
	places, err := store.PlacesFrom(os.Getenv, home)
	if err != nil {
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
