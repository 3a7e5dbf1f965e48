package program

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// example is one command of the README's console blocks.
type example struct {
	line  string
	args  []string
	env   []string // set before it, or in front of it
	code  int
	real  bool // it would leave this machine
	serve bool // it goes on until it is interrupted
}

// readExamples takes the console blocks apart. A comment behind a command says how it
// ends where that is not well: "# exit 1", or "# real" for one that leaves the machine.
func readExamples(t *testing.T, text string) []example {
	t.Helper()
	var out []example
	var env []string
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(block[1]) {
			command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ ")
			if !ok {
				t.Fatalf("not a command: %q", line)
			}
			command, comment, _ := strings.Cut(command, "  #")
			e := example{line: command, env: env, serve: strings.Contains(command, " simulate"), real: strings.TrimSpace(comment) == "real"}
			if e.real || strings.TrimSpace(comment) == "exit 1" {
				e.code = 1
			}
			words := shellWords(command)
			if words[0] == "export" {
				env = append(env, words[1])
				continue
			}
			for strings.Contains(words[0], "=") {
				e.env, words = append(e.env, words[0]), words[1:]
			}
			if words[0] != "oauthlens" {
				t.Fatalf("not a command of this program: %q", line)
			}
			e.args = words[1:]
			out = append(out, e)
		}
	}
	return out
}

// shellWords splits at blanks outside of single quotes.
func shellWords(line string) []string {
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

// simulators starts the program as oauthlens simulate on free ports, and returns what the
// README's addresses are in truth.
func simulators(t *testing.T, env []string) *strings.Replacer {
	t.Helper()
	program := exec.CommandContext(t.Context(), "oauthlens", "simulate", "--listen", "127.0.0.1:0", "--json")
	program.Env = env
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Wait() }) // killed with the test's context
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var ready struct{ URL string }
	if err := json.Unmarshal(line, &ready); err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("http://127.0.0.1:8417", ready.URL)
}

// TestReadmeExamples runs every command that the README shows.
func TestReadmeExamples(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := readExamples(t, string(text))
	if len(examples) < 10 {
		t.Fatalf("only %d examples were found", len(examples))
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret.txt"), []byte("hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	base := append(os.Environ(), "OAUTHLENS_HOME="+filepath.Join(dir, "home"), "DISPLAY=:0", "DBUS_SESSION_BUS_ADDRESS=disabled:")
	where := simulators(t, base)
	for _, e := range examples {
		t.Run(e.line, func(t *testing.T) { e.run(t, dir, base, where) })
	}
}

func (e example) run(t *testing.T, dir string, base []string, where *strings.Replacer) {
	args := strings.Split(where.Replace(strings.Join(e.args, "\x00")), "\x00")
	env := append(append([]string{}, base...), e.env...)
	browser := !e.real && strings.Contains(e.line, "custom --issuer")
	switch {
	case browser && runtime.GOOS != "linux":
		t.Skip("the stand-in for a user's browser is found under its Linux name only")
	case browser:
		args = append(args, "--redirect-uri", "http://127.0.0.1:0/callback") // the default port may be taken here
	case e.real:
		// nothing leaves the machine: the proxy that everything must go through is not there
		env = append(env, "HTTPS_PROXY=http://127.0.0.1:1", "HTTP_PROXY=http://127.0.0.1:1", "DISPLAY=", "WAYLAND_DISPLAY=", "BROWSER=")
		args = append(args, "--callback-timeout", "1", "--redirect-uri", "http://127.0.0.1:0/callback")
	case e.serve:
		args = append(args, "--listen", "127.0.0.1:0")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	program := exec.CommandContext(ctx, "oauthlens", args...)
	abort(program)
	var stdout, stderr bytes.Buffer
	program.Dir, program.Env, program.Stdout, program.Stderr = dir, env, &stdout, &stderr
	if e.serve {
		program.Stdout = &stopper{program: program}
	}
	err := program.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := program.ProcessState.ExitCode(); got != e.code && (!e.serve || runtime.GOOS != "windows") {
		t.Errorf("exit code %d, want %d\n%s%s", got, e.code, stdout.String(), stderr.String())
	}
}

// stopper interrupts a program that has said its first words.
type stopper struct {
	program *exec.Cmd
	once    sync.Once
}

func (s *stopper) Write(p []byte) (int, error) {
	s.once.Do(func() {
		if s.program.Process.Signal(os.Interrupt) != nil {
			_ = s.program.Process.Kill() // a system without interrupts
		}
	})
	return len(p), nil
}

// TestLinksLeadSomewhere follows every relative link of the documents.
func TestLinksLeadSomewhere(t *testing.T) {
	documents, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	decisions, err := filepath.Glob("../../docs/decisions/*.md")
	if err != nil {
		t.Fatal(err)
	}
	followed := 0
	for _, name := range append(append(documents, decisions...), "../../README.md") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\]\(([^)#\s]+)`).FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			followed++
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if followed < 10 {
		t.Errorf("only %d links were found", followed)
	}
}

// TestHelpListsWhatWorks holds the help to the commands: each that is listed explains
// itself, each that works is listed.
func TestHelpListsWhatWorks(t *testing.T) {
	env := append(os.Environ(), "OAUTHLENS_HOME="+t.TempDir())
	output := func(args ...string) (string, int) {
		program := exec.CommandContext(t.Context(), "oauthlens", args...)
		program.Env = env
		out, err := program.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return string(out), program.ProcessState.ExitCode()
	}
	help, code := output("--help")
	if code != 0 {
		t.Fatalf("--help ends with %d", code)
	}
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^  oauthlens ([a-z]+)`).FindAllStringSubmatch(help, -1) {
		listed[m[1]] = true
		if out, code := output(m[1], "--help"); code != 0 || !strings.Contains(out, "usage: oauthlens "+m[1]) {
			t.Errorf("oauthlens %s --help ends with %d:\n%s", m[1], code, out)
		}
	}
	for _, name := range []string{"run", "simulate", "version", "providers", "inspect", "history", "export", "vault", "compare", "demo", "paint"} {
		out, code := output(name, "--help")
		works := code == 0
		if works != listed[name] {
			t.Errorf("%s: listed %t, works %t:\n%s", name, listed[name], works, out)
		}
	}
	for line := range strings.Lines(help) {
		if len(line) > 101 {
			t.Errorf("a line of the help has %d characters: %s", len(line), line)
		}
	}
}
