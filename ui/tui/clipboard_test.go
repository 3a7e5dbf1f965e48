//go:build unix

package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"oauthlens/ui/present"
)

// fakeProgram puts a program of this name on the PATH that writes its standard input and
// arguments to a file.
func fakeProgram(t *testing.T, dir, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestTheClipboardProgramThatFitsIsUsed(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	t.Setenv("PATH", dir+":/bin:/usr/bin")
	fakeProgram(t, dir, "tmux", `(echo "$@"; cat) > "`+out+`"`)
	fakeProgram(t, dir, "xclip", "exit 1")
	env := map[string]string{"TMUX": "/tmp/socket"}
	copyTo := SystemClipboard(t.Context(), func(k string) string { return env[k] })
	where, err := copyTo("the value")
	if err != nil || !strings.HasPrefix(where, "tmux") {
		t.Fatalf("copied to %q, %v", where, err)
	}
	got, err := os.ReadFile(out)
	if err != nil || string(got) != "load-buffer -w -\nthe value" {
		t.Fatalf("the program got %q, %v", got, err)
	}
}

func TestWithoutAProgramTheStatusLineNamesTheTerminal(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	d := walked(t)
	d.m.deps.CopyNative = SystemClipboard(t.Context(), func(string) string { return "" })
	d.press("y")
	if !strings.Contains(d.status(), "sent to the terminal") || !strings.Contains(d.status(), "OSC 52") {
		t.Fatalf("status %q", d.status())
	}
}

func TestCopyingSaysWhatAndWhere(t *testing.T) {
	d := walked(t)
	var got string
	d.m.deps.CopyNative = func(s string) (string, error) { got = s; return "the system clipboard", nil }
	d.press("1", "j", "y")
	if got != fakeSecret || !strings.Contains(d.status(), fmt.Sprintf("client_secret copied (%d characters in clear) to the system clipboard", len(fakeSecret))) {
		t.Fatalf("copied %q, status %q", got, d.status())
	}
	d.press("Y")
	if strings.Contains(got, fakeSecret) {
		t.Fatal("Y copied a secret in clear")
	}
	d.run(d.m.copy(present.Copy{Text: "x"}))
	if !strings.Contains(d.status(), "the value copied") {
		t.Fatalf("status %q", d.status())
	}
	d.m.deps.CopyNative = nil
	d.press("1", "g", "j", "y")
	if want := "client_secret sent to the terminal (" + fmt.Sprint(len(fakeSecret)) + " characters in clear, OSC 52): it is on"; !strings.Contains(d.status(), want) {
		t.Fatalf("status %q, want %q", d.status(), want)
	}
}
