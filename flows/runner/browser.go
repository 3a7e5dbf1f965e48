package runner

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/cli/browser"

	"oauthlens/flows"
	"oauthlens/flows/visible"
)

// browserPatience is how long a launcher is given to fail. Most of them hand over to the
// browser and end at once; one that is still running after this has succeeded.
const browserPatience = 2 * time.Second

// quietBrowser keeps the launcher's output away from the terminal. The library has only
// package variables for that, so they are set once, before the first use. A file rather
// than io.Discard: a browser that is started here outlives this program, and must not be
// left with a broken pipe.
var quietBrowser = sync.OnceFunc(func() {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		browser.Stdout, browser.Stderr = io.Discard, io.Discard
		return
	}
	browser.Stdout, browser.Stderr = null, null
})

var errNoDisplay = errors.New("no graphical session")

// OpenInBrowser opens the URL with the launcher of the operating system and returns when
// the launcher has ended, which can be as late as the end of the browser itself. Without
// a graphical session it does not try: the launchers would fall back to a browser in the
// terminal, and draw over this program.
func OpenInBrowser(rawURL string) error {
	if !hasDisplay(runtime.GOOS, os.Getenv) {
		return errNoDisplay
	}
	quietBrowser()
	return browser.OpenURL(rawURL)
}

// hasDisplay tells whether a browser can show a window. BROWSER is the user's own word
// on how to open one, and WSL opens those of Windows.
func hasDisplay(system string, variable func(string) string) bool {
	switch system {
	case "windows", "darwin", "android", "ios":
		return true
	}
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"} {
		if variable(name) != "" {
			return true
		}
	}
	return false
}

// openBrowser asks for the URL to be opened and waits for a launcher that fails quickly.
// Only http and https are opened: the URL may come from a server's answer, and launchers
// do far more than show pages.
func (r *Runner) openBrowser(ctx context.Context, rawURL string) flows.Event {
	if why := flows.URLProblem(rawURL); why != "" {
		return flows.BrowserOpened{URL: rawURL, Problem: "not opened: only http and https URLs are handed to a browser, and this one " + why}
	}
	open := r.OpenURL
	if open == nil {
		open = OpenInBrowser
	}
	ctx, cancel := context.WithTimeout(ctx, browserPatience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- open(rawURL) }()
	select {
	case err := <-done:
		return flows.BrowserOpened{URL: rawURL, Problem: browserProblem(err)}
	case <-ctx.Done():
		return flows.BrowserOpened{URL: rawURL}
	}
}

// browserProblem never repeats what the launcher printed or how it was called: the URL
// stands in its arguments.
func browserProblem(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errNoDisplay):
		return "there is no graphical session here to show a browser in: open the URL on another machine, or set BROWSER"
	case errors.Is(err, exec.ErrNotFound):
		return "no program that opens a browser was found on this machine: open the URL yourself"
	case errors.As(err, &exit):
		return "the browser's launcher failed (" + visible.Line(exit.ProcessState.String()) + "): open the URL yourself"
	}
	return "the browser could not be started: open the URL yourself"
}
