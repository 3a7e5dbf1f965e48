package runner

import (
	"context"
	"errors"
	"io"
	"net/url"
	"os/exec"
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
// package variables for that, so they are set once, before the first use.
var quietBrowser = sync.OnceFunc(func() {
	browser.Stdout = io.Discard
	browser.Stderr = io.Discard
})

// OpenInBrowser opens the URL with the launcher of the operating system and returns when
// the launcher has ended, which can be as late as the end of the browser itself.
func OpenInBrowser(rawURL string) error {
	quietBrowser()
	return browser.OpenURL(rawURL)
}

// openBrowser asks for the URL to be opened and waits for a launcher that fails quickly.
// Only http and https are opened: the URL may come from a server's answer, and launchers
// do far more than show pages.
func (r *Runner) openBrowser(ctx context.Context, rawURL string) flows.Event {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return flows.BrowserOpened{URL: rawURL, Problem: "not opened: only http and https URLs are handed to a browser"}
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
	case errors.Is(err, exec.ErrNotFound):
		return "no program that opens a browser was found on this machine: open the URL yourself"
	case errors.As(err, &exit):
		return "the browser's launcher failed (" + visible.Line(exit.ProcessState.String()) + "): open the URL yourself"
	}
	return "the browser could not be started: open the URL yourself"
}
