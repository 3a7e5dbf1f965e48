package tui

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// copier is a program that fills a clipboard from its standard input.
type copier struct {
	when  string // environment variable that must be set; empty: any time
	goos  string // empty: any but windows and darwin
	args  []string
	where string // for the status line
}

// copiers in the order of trying. Inside tmux the outer clipboard is reached through
// tmux itself, which by default does not pass on what programs ask of the terminal.
func copiers() []copier {
	return []copier{
		{when: "TMUX", goos: "any", args: []string{"tmux", "load-buffer", "-w", "-"}, where: "tmux, and through it to the terminal's clipboard"},
		{goos: "darwin", args: []string{"pbcopy"}, where: "the system clipboard"},
		{goos: "windows", args: []string{"clip.exe"}, where: "the system clipboard"},
		{when: "WAYLAND_DISPLAY", args: []string{"wl-copy"}, where: "the system clipboard"},
		{when: "DISPLAY", args: []string{"xclip", "-in", "-selection", "clipboard"}, where: "the system clipboard"},
		{when: "DISPLAY", args: []string{"xsel", "--input", "--clipboard"}, where: "the system clipboard"},
		{when: "TERMUX_VERSION", args: []string{"termux-clipboard-set"}, where: "the system clipboard"},
		{when: "WSL_DISTRO_NAME", args: []string{"clip.exe"}, where: "the Windows clipboard"},
	}
}

func (c copier) fits(getenv func(string) string) bool {
	switch {
	case c.when != "" && getenv(c.when) == "":
		return false
	case c.goos == "any" || c.goos == runtime.GOOS:
		return true
	}
	return c.goos == "" && runtime.GOOS != "windows" && runtime.GOOS != "darwin"
}

// copyTimeout bounds one program: some of them wait for a display that does not answer.
const copyTimeout = 2 * time.Second

// SystemClipboard returns Deps.CopyNative: it looks for a clipboard program when something
// is copied, and not before, and says where the text went.
func SystemClipboard(ctx context.Context, getenv func(string) string) func(text string) (where string, err error) {
	return func(text string) (string, error) {
		err := errors.New("no clipboard program is installed")
		for _, c := range copiers() {
			if !c.fits(getenv) {
				continue
			}
			path, lookErr := exec.LookPath(c.args[0])
			if lookErr != nil {
				continue
			}
			if err = feed(ctx, path, c.args[1:], text); err == nil {
				return c.where, nil
			}
		}
		return "", err
	}
}

func feed(ctx context.Context, path string, args []string, text string) error {
	ctx, cancel := context.WithTimeout(ctx, copyTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin = strings.NewReader(text)
	return cmd.Run()
}
