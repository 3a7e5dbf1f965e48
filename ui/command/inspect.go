package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"oauthlens/flows/capture"
	"oauthlens/ui/headless"
	"oauthlens/ui/tui"
)

type inspectGrammar struct {
	What        string `arg:"" optional:"" help:"a file, - for standard input, or the text itself"`
	JSON        bool   `name:"json" help:"print the JSON document"`
	ShowSecrets bool   `name:"show-secrets" help:"print values unmasked"`
}

// inspectCommand takes anything apart. A file that exists wins over a text that looks like
// its name.
func inspectCommand(_ context.Context, w *World, args []string) error {
	var g inspectGrammar
	done, err := parse(w, "inspect", "Recognise, decode, explain and diagnose a HAR file, a URL, a token, an answer, a curl line.", &g, dashed(args))
	if done || err != nil {
		return err
	}
	if g.What == "" && w.StdinTerminal {
		return usageError("what is to be inspected? Give a file, - for standard input, or the text itself")
	}
	result, err := w.capture(g.What)
	if err != nil {
		return err
	}
	c := w.catalogue()
	w.Launcher.Providers = c.Providers()
	code, err := headless.Inspect(result, w.Diagnose(result.Trace), g.JSON, g.ShowSecrets, w.Now(), w.Stdout)
	if err != nil {
		return &exitError{code: headless.ExitMachine, text: err.Error()}
	}
	if code != headless.ExitOK {
		return &exitError{code: code}
	}
	return nil
}

// dashed lets a text that begins with a dash through as an argument.
func dashed(args []string) []string {
	for i, a := range args {
		if a == "--" {
			return args
		}
		if strings.HasPrefix(a, "-----") || strings.HasPrefix(a, "- ") {
			return append(append(append([]string{}, args[:i]...), "--"), args[i:]...)
		}
	}
	return args
}

// fileLike tells that a text was more likely meant as the name of a file. A long end
// behind the last dot is that of a token, which is not to be repeated.
func fileLike(what string) bool {
	end := len(filepath.Ext(what))
	return end > 1 && end <= len(".jsonl") && !strings.ContainsAny(what, " \t\n?=&{}\"'")
}

func (w *World) capture(what string) (capture.Result, error) {
	o := capture.Options{Now: w.Now(), Name: what}
	if w.Launcher.Fingerprints != nil {
		o.Fingerprints = w.Launcher.Fingerprints()
	}
	var r io.Reader
	size := int64(-1)
	switch {
	case what == "-" || what == "":
		o.Name, r = "", w.Stdin
	default:
		f, err := os.Open(what)
		switch {
		case err == nil:
			defer f.Close()
			if info, err := f.Stat(); err == nil {
				if info.IsDir() {
					return capture.Result{}, usageError("%s is a folder: give a file", what)
				}
				size = info.Size()
			}
			r = f
		case errors.Is(err, os.ErrPermission):
			return capture.Result{}, usageError("%v", err)
		default:
			o.Name, r, size = "", bytes.NewReader([]byte(what)), int64(len(what))
		}
	}
	result, err := capture.ReadFrom(r, size, o)
	switch {
	case err != nil && o.Name == "" && fileLike(what):
		return result, usageError("there is no file %s; as a text, %v", what, err)
	case err != nil:
		return result, usageError("%v", err)
	}
	return result, nil
}

// inspector takes a text apart for the screens, or the file that it names: a file that is
// dropped on a terminal arrives as its path.
func (w *World) inspector() func(context.Context, string) (tui.Flow, error) {
	pasted := tui.Inspector(capture.Options{}, w.Now, w.Diagnose)
	return func(ctx context.Context, text string) (tui.Flow, error) {
		name, exists := w.namedFile(text)
		switch {
		case name == "":
			return pasted(ctx, text)
		case !exists:
			return nil, fmt.Errorf("there is no file %s", name)
		}
		result, err := w.capture(name)
		if err != nil {
			return nil, err
		}
		return tui.FromRecording(result, w.Diagnose), nil
	}
}

// longestPath bounds what is looked for as a file, in bytes.
const longestPath = 4096

// namedFile is the path that a text is, or is most likely meant as: of something that exists,
// or written as a path with the ending of a file. Quotes around it, and a backslash before a
// blank, are those of a terminal that a file was dropped on.
func (w *World) namedFile(text string) (name string, exists bool) {
	name = strings.TrimSpace(text)
	if name == "" || name == "-" || len(name) > longestPath || strings.ContainsAny(name, "\n\r\x00") {
		return "", false
	}
	if q := name[0]; (q == '\'' || q == '"') && len(name) > 2 && name[len(name)-1] == q {
		name = name[1 : len(name)-1]
	}
	if rest, ok := strings.CutPrefix(name, "~/"); ok && w.Getenv("HOME") != "" {
		name = filepath.Join(w.Getenv("HOME"), rest)
	}
	for _, path := range []string{name, strings.ReplaceAll(name, `\ `, " ")} {
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
	}
	if fileLike(name) && filepath.IsAbs(name) {
		return name, false
	}
	return "", false
}
