//go:build unix

package program

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/provider"
	"oauthlens/flows/session"
	"oauthlens/store/vault"
)

// witness is a home folder, and programs on the PATH that write down how they were called.
type witness struct {
	t                   *testing.T
	home, seen, secrets string
	env                 []string
}

// Secrets that the program is given. Nobody else may see them.
const (
	givenToken      = "Rt0k.GivenBy.Variable.77xQ"
	vaultPassphrase = "correct horse/battery+staple"
)

func newWitness(t *testing.T, sealed bool) *witness {
	t.Helper()
	w := &witness{t: t, home: t.TempDir(), seen: t.TempDir()}
	w.secrets = filepath.Join(t.TempDir(), "secrets")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	const note = "#!/bin/sh\nf='%s'/%s.$$\n{ env; printf '%%s\\n' \"$0\" \"$@\"; tr '\\0' ' ' </proc/$PPID/cmdline; %s; } >\"$f\" 2>/dev/null\n%s\n"
	for name, script := range map[string]string{
		"xdg-open": fmt.Sprintf(note, w.seen, "browser", "true", visitVariable+"=1 exec '"+self+"' \"$1\""),
		"xclip":    fmt.Sprintf(note, w.seen, "clipboard", "cat", ""),
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w.env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "DISPLAY=:0", "BROWSER=", "DBUS_SESSION_BUS_ADDRESS=disabled:", "TMPDIR=" + w.home,
		"OAUTHLENS_SANDBOX_CLIENT_SECRET=" + clientSecret, "OAUTHLENS_REFRESH_TOKEN=" + givenToken, "OAUTHLENS_CLIENT_SECRET=",
		outsideVariable(t, otherwise{Secrets: w.secrets})}
	if sealed {
		v, err := vault.Open(w.home, vault.Options{WorkFactor: 4})
		if err == nil {
			err = v.SetPassphrase(vaultPassphrase)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// needles are the secrets of the runs so far, and those that the program was given.
func (w *witness) needles() needles {
	w.t.Helper()
	return newNeedles(append(knownSecrets(w.t, w.secrets), secretValue{"client_secret of a variable", clientSecret},
		secretValue{"refresh_token of a variable", givenToken}, secretValue{"passphrase", vaultPassphrase}))
}

// lookThrough looks for the secrets in what was written to the places, in every file, and in
// how other programs were called.
func (w *witness) lookThrough(places ...place) {
	w.t.Helper()
	n := w.needles()
	wantClean(w.t, n, places...)
	inEveryFile(w.t, n, w.home, w.seen)
}

// called tells how often a program of that name was called.
func (w *witness) called(name string) int {
	files, _ := filepath.Glob(filepath.Join(w.seen, name+".*")) // the pattern is a good one
	return len(files)
}

// process is what everybody on the machine can see of a running program.
func process(pid int) place {
	arguments, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) // where there is none, ps shows the same
	return place{"the arguments of the process", string(arguments)}
}

// walked are the providers that have a simulator.
func walked(t *testing.T) []flows.Provider {
	t.Helper()
	all := provider.Embedded()
	var out []flows.Provider
	for _, p := range all {
		if p.Name != "custom" {
			out = append(out, p)
		}
	}
	return out
}

// TestNoSecretLeavesTheProgram runs the real program with every provider and every fault,
// and looks for the secrets in everything that it writes, and in everything that others can
// see of it and of the programs that it starts.
func TestNoSecretLeavesTheProgram(t *testing.T) {
	for i, p := range walked(t) {
		for _, fault := range append([]flows.Fault{{}}, flows.Faults()...) {
			if fault.Name != "" && session.FaultApplies(fault, p, p.Grants[0]) != "" {
				continue
			}
			t.Run(strings.TrimSpace(p.Name+" "+fault.Name), func(t *testing.T) {
				t.Parallel()
				w := newWitness(t, i%2 == 1) // locked: there is nobody to ask
				w.walk(p, fault.Name)
			})
		}
	}
}

// walk runs a provider with and without a browser.
func (w *witness) walk(p flows.Provider, fault string) {
	args := []string{"run", p.Name, "--events", "--timeout", "600ms", "--callback-timeout", "3s", "--redirect-uri", "http://127.0.0.1:0/callback"}
	if uri := p.Defaults.RedirectURI; uri != "" && !session.IsLoopback(uri) {
		args = append(args[:len(args)-2], "--approve") // the answer comes to a place of its own
	}
	if fault != "" {
		args = append(args, "--fault", fault)
	}
	steps := 0
	for _, after := range [][]string{{"--refresh", "1", "--revoke"}, {"--revoke"}, {}} { // as far as the provider goes
		if steps = w.run(append(args, after...)...); steps > 0 {
			break
		}
	}
	if steps == 0 {
		w.t.Error("no step was taken")
	}
	if p.Grants[0] == flows.GrantAuthorizationCode && w.called("browser") == 0 && args[len(args)-1] != "--approve" && p.Dialect.AuthorizeDelivery != flows.DeliverURLFromAPI {
		w.t.Error("no browser was opened")
	}
	for _, view := range [][]string{{"history", "show", "last"}, {"export", "last", "--as", "har", "-o", filepath.Join(w.home, "flow.har")}} {
		w.run(view...)
	}
}

// run calls the program once and looks through everything; it returns how many steps the
// document has.
func (w *witness) run(args ...string) int {
	w.t.Helper()
	var seen place
	p := start(w.t, w.home, invocation{args: args, env: w.env, started: func(p *program) { seen = process(p.cmd.Process.Pid) }})
	if p.code == 2 && p.stdout.Len() == 0 {
		return 0 // not offered
	}
	w.lookThrough(seen, place{"standard output of " + args[0], p.stdout.String()}, place{"standard error of " + args[0], p.stderr.String()})
	return bytes.Count(p.stdout.Bytes(), []byte(`"step":`))
}

// TestNoSecretLeavesWithServersByHand: the custom provider and one with endpoints given by
// hand, against the simulator in a process of its own, whose log is looked through too.
func TestNoSecretLeavesWithServersByHand(t *testing.T) {
	t.Parallel()
	w := newWitness(t, false)
	served := serveSimulator(t, w.home)
	for _, name := range []string{"custom", "truss"} {
		w.run("run", name, "--json", "--authorize-url", served.at("authorization"), "--token-url", served.at("token"), "--revoke-url", served.at("revocation"), "--revoke",
			"--client-id", served.Providers[0].ClientID, "--client-secret-file", served.secretFile(t), "--redirect-uri", "http://127.0.0.1:0/callback", "--callback-timeout", "5s")
	}
	if w.called("browser") != 2 {
		t.Errorf("%d browsers were opened", w.called("browser"))
	}
	var known []secretValue
	for _, s := range knownSecrets(t, w.secrets) {
		if s.Name != "client_secret" { // it prints its own, which is public, at the start
			known = append(known, s)
		}
	}
	if len(known) < 3 {
		t.Errorf("no flow was walked: %d secrets", len(known))
	}
	wantClean(t, newNeedles(known), place{"the simulator's log", served.log()})
}

// served is a simulator in another process.
type served struct {
	Providers []struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		Endpoints    map[string]string
	}
	log func() string
}

func (s served) at(endpoint string) string { return s.Providers[0].Endpoints[endpoint] }

func (s served) secretFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, []byte(s.Providers[0].ClientSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func serveSimulator(t *testing.T, home string) served {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, "simulate", "--listen", "127.0.0.1:0", "--json")
	abort(cmd)
	cmd.Env = append(cleanEnvironment(home), programReport+"="+filepath.Join(t.TempDir(), "report"))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var s served
	if err := json.NewDecoder(out).Decode(&s); err != nil || len(s.Providers) == 0 {
		t.Fatalf("no ready line: %v", err)
	}
	s.log = func() string {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		rest, _ := io.ReadAll(out)              // what comes before the end
		_ = cmd.Wait()                          // its exit code tells nothing here
		return string(rest) + errs.String()
	}
	return s
}
