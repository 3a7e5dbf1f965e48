package command_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/diagnose"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/redact"
	"oauthlens/flows/report"
	"oauthlens/store"
	"oauthlens/store/archive"
	"oauthlens/store/vault"
	"oauthlens/ui/command"
)

var everyFault = flag.Bool("every-fault", false, "look for secrets in what every provider writes with every fault")

// house is a program with its own home folder.
type house struct {
	code     int // of the last run
	t        *testing.T
	home     string
	archive  *archive.Archive
	launcher *launch.Launcher
	input    string // standard input
	terminal bool
	ask      func(string) (string, error) // for a passphrase
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return houseAt(t, filepath.Join(t.TempDir(), "home"))
}

func houseAt(t *testing.T, home string) *house {
	t.Helper()
	places := store.Places{Config: home, Data: home}
	h := &house{t: t, home: home, launcher: &launch.Launcher{Now: time.Now}}
	h.archive = archive.New(t.Context(), places, func(string) string { return "" }, time.Now)
	h.launcher.Fingerprints = h.archive.Fingerprints
	t.Cleanup(func() {
		h.launcher.Close() // the last one
		if s, err := h.archive.Store(); err == nil {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return h
}

// run is one command; it returns what was written to both outputs.
func (h *house) run(args ...string) (stdout, stderr string) {
	h.t.Helper()
	var out, errs bytes.Buffer
	h.code = command.Main(h.t.Context(), &command.World{
		Args: args, Stdin: strings.NewReader(h.input), Stdout: &out, Stderr: &errs, Getenv: func(string) string { return "" }, ReadFile: os.ReadFile, Now: time.Now,
		Cause:     func() int { return 1 },
		Catalogue: func() (provider.Catalogue, []provider.Problem) { return provider.NewCatalogue(nil, "") },
		Launcher:  h.launcher, Archive: h.archive, StdinTerminal: h.terminal, ReadPassphrase: h.ask,
		Diagnose: func(t flows.Trace) []flows.Finding {
			return h.archive.WithReuses(t, diagnose.Run(t, diagnose.Options{Providers: h.launcher.Providers}))
		},
	})
	return out.String(), errs.String()
}

// secretsOf reads the secrets of a run from its document with everything shown; the
// client's own comes from the simulator, since a run may end before it is sent.
func (h *house) secretsOf(p flows.Provider, document string) (*redact.Masker, int) {
	t := h.t
	t.Helper()
	var d report.Document
	if err := json.Unmarshal([]byte(document), &d); err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	trace := flows.Trace{}
	for _, step := range d.Steps {
		x := flows.Exchange{Step: step.Step}
		if step.Request != nil {
			x.Request = flows.Request{Method: step.Request.Method, URL: step.Request.URL, Headers: step.Request.Headers, Body: []byte(step.Request.Body)}
		}
		if step.Response != nil {
			x.Response = &flows.Response{Status: step.Response.Status, Headers: step.Response.Headers, Body: []byte(step.Response.Body)}
		}
		trace = trace.Append(time.Time{}, flows.ExchangeFinished{Exchange: x})
	}
	server, err := h.launcher.Simulator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, secret := server.Client(p, flows.EnvSimulator)
	extra := []flows.Secret{flows.NewSecret(flows.FingerprintKey{}, "client_secret", secret)}
	if d.Token != nil {
		extra = append(extra, flows.NewSecret(flows.FingerprintKey{}, "access_token", d.Token.AccessToken))
	}
	return redact.ForTrace(trace, extra...), len(d.Steps)
}

func (h *house) leftIn(m *redact.Masker, name, text string) {
	h.t.Helper()
	if leaks := m.Leaks([]byte(text)); len(leaks) > 0 {
		h.t.Errorf("%s holds %q", name, leaks)
	}
}

func (h *house) lookThroughFiles(m *redact.Masker, what string) {
	h.t.Helper()
	err := filepath.WalkDir(h.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		h.leftIn(m, what+": "+filepath.Base(path), string(data))
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// check runs a flow, and looks for its secrets in every file and in what every command
// prints about it.
func (h *house) check(p flows.Provider, extra ...string) {
	h.t.Helper()
	args := append([]string{"run", p.Name, "--json", "--approve", "--no-browser", "--timeout", "400ms", "--callback-timeout", "2s"}, extra...)
	what := strings.Join(args[1:2], " ") + " " + strings.Join(extra, " ")
	var document, errs string
	for _, after := range [][]string{{"--refresh", "1", "--revoke"}, {"--refresh", "1"}, {"--revoke"}, {}} { // as far as the provider goes
		if document, errs = h.run(slices.Concat(args, after, []string{"--show-secrets"})...); document != "" {
			break
		}
	}
	if document == "" {
		if len(extra) == 0 {
			h.t.Errorf("%s: %s", what, errs)
		}
		return
	}
	m, steps := h.secretsOf(p, document)
	if steps == 0 {
		h.t.Errorf("%s: no step was taken", what)
	}
	if len(extra) == 0 && len(m.Leaks([]byte(document))) == 0 {
		h.t.Errorf("%s: no secret was in play, so there is nothing to look for", what)
	}
	h.leftIn(m, what+": standard error", errs)
	for _, view := range [][]string{{"history", "--json"}, {"history"}, {"history", "show", "last"}, {"history", "show", "last", "--json"},
		{"export", "last", "--as", "json"}, {"export", "last", "--as", "curl"}, {"export", "last", "--as", "har"}, {"export", "last", "--as", "markdown"}} {
		out, errs := h.run(view...)
		if out == "" {
			h.t.Errorf("%s: %q printed nothing: %s", what, view, errs)
		}
		h.leftIn(m, what+": "+strings.Join(view, " "), out+errs)
	}
	h.lookThroughFiles(m, what)
}

// TestNoSecretIsWrittenAnywhere runs every provider, and every fault of one (of all with
// -every-fault), and looks for the secrets that were in play.
func TestNoSecretIsWrittenAnywhere(t *testing.T) {
	modes := map[string]func(*house){
		"without a key": func(*house) {},
		"sealed": func(h *house) {
			v, err := vault.Open(h.home, vault.Options{WorkFactor: 4})
			if err == nil {
				err = v.SetPassphrase("the passphrase")
			}
			if err == nil {
				v, err = h.archive.Vault()
			}
			if err == nil {
				err = v.Unlock("the passphrase")
			}
			if err != nil {
				t.Fatal(err)
			}
		},
	}
	catalogue, _ := provider.NewCatalogue(nil, "")
	for mode, prepare := range modes {
		t.Run(mode, func(t *testing.T) {
			h := newHouse(t)
			prepare(h)
			for _, p := range catalogue.Providers() {
				if p.Name == "custom" {
					continue // it has no server of its own
				}
				h.launcher.Close()
				h.launcher = &launch.Launcher{Now: time.Now, Fingerprints: h.archive.Fingerprints}
				h.check(p)
				for _, fault := range flows.Faults() {
					if *everyFault || p.Name == "truss" {
						h.check(p, "--fault", fault.Name)
					}
				}
			}
		})
	}
}

// TestRefreshTokenThatAnotherRunSent: the second run cannot know from its own trace that
// its refresh token was replaced by the first; the history does.
func TestRefreshTokenThatAnotherRunSent(t *testing.T) {
	h := newHouse(t)
	h.launcher.Planted = []string{"other-rotation"} // in production only
	token, _ := h.run("run", "truss", "--env", "production", "--simulated", "--approve", "--no-browser", "--print", "refresh_token")
	if strings.TrimSpace(token) == "" {
		t.Fatal("no refresh token to begin with")
	}
	h.input = token
	var first, second report.Document
	for _, d := range []*report.Document{&first, &second} {
		out, errs := h.run("run", "truss", "--env", "production", "--simulated", "--grant", "refresh_token", "--refresh-token-file", "-", "--json")
		if err := json.Unmarshal([]byte(out), d); err != nil {
			t.Fatalf("%v: %s", err, errs)
		}
	}
	if first.Outcome != flows.Succeeded {
		t.Fatalf("the first refresh: %+v", first.Findings)
	}
	i := slices.IndexFunc(second.Findings, func(f report.FindingJSON) bool { return f.Code == "refresh-token-reused" })
	if i < 0 {
		t.Fatalf("not noticed: %+v", second.Findings)
	}
	if f := second.Findings[i]; !strings.Contains(strings.Join(f.Evidence, " "), first.Run) {
		t.Errorf("%+v", f)
	}
}
