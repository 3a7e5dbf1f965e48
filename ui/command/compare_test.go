package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/redact"
	"oauthlens/flows/simulator"
	"oauthlens/ui/command"
	"oauthlens/ui/headless"
)

// does runs one command and returns its exit code too. own is a profile of the user's.
func (h *house) does(own string, env map[string]string, args ...string) (code int, stdout, stderr string) {
	h.t.Helper()
	return h.doesUntil(h.t.Context(), own, env, args...)
}

// doesUntil runs one command until it ends or the context does.
func (h *house) doesUntil(ctx context.Context, own string, env map[string]string, args ...string) (code int, stdout, stderr string) {
	h.t.Helper()
	h.launcher.Close() // each command is a process of its own
	h.launcher = &launch.Launcher{Now: time.Now, Fingerprints: h.archive.Fingerprints}
	var out, errs bytes.Buffer
	code = command.Main(ctx, &command.World{
		Args: args, Stdin: strings.NewReader(h.input), Stdout: &out, Stderr: &errs, Getenv: func(name string) string { return env[name] }, ReadFile: os.ReadFile, Now: time.Now,
		Cause: func() int { return 130 },
		Catalogue: func() (provider.Catalogue, []provider.Problem) {
			if own == "" {
				return provider.NewCatalogue(nil, "")
			}
			return provider.NewCatalogue(fstest.MapFS{"providers/acme.toml": {Data: []byte(own)}}, "providers")
		},
		Launcher: h.launcher, Archive: h.archive, Diagnose: func(flows.Trace) []flows.Finding { return nil },
	})
	return code, out.String(), errs.String()
}

func (h *house) compared(args ...string) (code int, doc headless.CompareJSON, stderr string) {
	h.t.Helper()
	code, out, stderr := h.does("", nil, append(append([]string{"compare"}, args...), "--json")...)
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		h.t.Fatalf("%v: %s %s", err, out, stderr)
	}
	return code, doc, stderr
}

func rules(doc headless.CompareJSON) []string {
	var out []string
	for _, d := range doc.Differences {
		if d.Verdict == "suspicious" && !slices.Contains(out, d.Rule) {
			out = append(out, d.Rule)
		}
	}
	return out
}

// TestCompareFindsWhatIsPlanted: the two simulated environments differ where the simulator
// was told to make them differ.
func TestCompareFindsWhatIsPlanted(t *testing.T) {
	h := newHouse(t)
	code, doc, stderr := h.compared("truss", "--env", "sandbox,production", "--simulated")
	if code != headless.ExitFailed {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	got := rules(doc)
	for _, want := range []string{"pkce", "no-refresh-token", "algorithm", "scope-granted", "lifetime", "endpoint-missing", "auth-methods", "iss-missing", "error-code",
		"field-type", "scope-member", "audience-kind", "claim-gone", "cache-headers", "security-headers", "token-type-spelling"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s was not found: %q", want, got)
		}
	}
	if doc.Schema != headless.SchemaCompare || doc.A.Name != "sandbox" || doc.B.Name != "production" || doc.A.Run == "" || doc.A.Run == doc.B.Run || len(doc.Planted) == 0 {
		t.Errorf("%+v %+v", doc.A, doc.B)
	}
	last := "suspicious"
	for _, d := range doc.Differences {
		if d.Path == "" || d.Why == "" || last == "expected" && d.Verdict != "expected" {
			t.Errorf("%+v", d)
		}
		last = string(d.Verdict)
	}
	if code, doc, _ := h.compared("truss", "--simulated", "--plant", "shorter-life,no-revocation"); code != headless.ExitFailed || !slices.Equal(rules(doc), []string{"endpoint-missing", "lifetime"}) {
		t.Errorf("exit code %d, rules %q", code, rules(doc))
	}
}

// TestCompareWithoutDifferences: nothing suspicious, exit code 0.
func TestCompareWithoutDifferences(t *testing.T) {
	h := newHouse(t)
	for _, args := range [][]string{
		{"truss", "--simulated", "--plant", "none"},
		{"truss", "--env", "simulator,simulator"},
		{"truss", "--env", "production,production", "--simulated", "--scope", "openid offline_access"},
		{"trulioo", "--env", "simulator,production", "--simulated", "--plant", "none"},
		{"trulioo-legacy", "--env", "simulator,simulator"},
		{"trustwill", "--env", "simulator,simulator", "--grant", "client_credentials"},
	} {
		code, doc, stderr := h.compared(args...)
		if code != headless.ExitOK || doc.Suspicious != 0 || doc.A.Outcome == "" {
			t.Errorf("%q: exit code %d, %d suspicious by %q, %d expected: %s", args, code, doc.Suspicious, rules(doc), doc.Expected, stderr)
		}
	}
	if code, out, _ := h.does("", nil, "compare", "truss", "--env", "simulator,simulator"); code != 0 || !strings.Contains(out, "nothing suspicious differs") || strings.Contains(out, "\x1b") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, doc, _ := h.compared("last", "last~1"); code != 0 || doc.A.Run == doc.B.Run || doc.Suspicious != 0 {
		t.Errorf("recorded runs: exit code %d, %+v %+v, rules %q", code, doc.A, doc.B, rules(doc))
	}
}

// TestCompareTheSameFault: a fault that both sides meet is no difference, and where it lets
// simulated time pass both runs still begin at the time of day.
func TestCompareTheSameFault(t *testing.T) {
	h := newHouse(t)
	for _, f := range flows.Faults() {
		args := []string{"truss", "--env", "simulator,simulator", "--fault", f.Name}
		if f.Name == "slow" {
			args = append(args, "--timeout", "500ms")
		}
		code, doc, stderr := h.compared(args...)
		if code != headless.ExitOK || doc.Suspicious != 0 || doc.A.Outcome != doc.B.Outcome || doc.A.Why != "" && doc.B.Why == "" {
			t.Errorf("%s: exit code %d, %d suspicious by %q: %s", f.Name, code, doc.Suspicious, rules(doc), stderr)
		}
		if strings.Contains(stderr, "set back") {
			t.Errorf("%s: a run began in the future: %s", f.Name, stderr)
		}
		for _, run := range []string{doc.A.Run, doc.B.Run} {
			_, out, _ := h.does("", nil, "history", "show", run, "--json")
			var shown struct {
				StartedAt time.Time `json:"started_at"`
			}
			if err := json.Unmarshal([]byte(out), &shown); err != nil {
				t.Fatal(err)
			}
			if shown.StartedAt.After(time.Now()) {
				t.Errorf("%s: run %s begins at %v, in the future", f.Name, run, shown.StartedAt)
			}
		}
	}
}

// TestCompareRefuses: what cannot be compared is said in one line, before anything is sent.
func TestCompareRefuses(t *testing.T) {
	h := newHouse(t)
	for want, args := range map[string][]string{
		"--env takes two environments":   {"truss", "--env", "sandbox", "--simulated"},
		"has no environment \"nowhere\"": {"truss", "--env", "sandbox,nowhere", "--simulated"},
		"no client id for Truss":         {"truss", "--env", "sandbox,production"},
		"name none or some, not both":    {"truss", "--simulated", "--plant", "shorter-life,none"},
		"add --simulated":                {"truss", "--env", "simulator,simulator", "--plant", "shorter-life"},
		"there is no difference":         {"truss", "--simulated", "--plant", "nonsense"},
		"which environments of":          {"trulioo"},
		"TrustWILL has no sandbox: compare its simulator with production": {"trustwill", "--env", "sandbox,production", "--simulated"},
		"no run":       {"last", "last~1"},
		"did you mean": {"trus", "--simulated"},
	} {
		code, out, stderr := h.does("", nil, append([]string{"compare"}, args...)...)
		if code != headless.ExitUsage || out != "" || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit code %d, %q %q", args, code, out, stderr)
		}
	}
}

// TestCompareOneSideFails: a side that cannot be reached does not lose the other, secrets
// are those of each environment, and production is confirmed.
func TestCompareOneSideFails(t *testing.T) {
	h := newHouse(t)
	profile, problems := provider.Load("acme.toml", []byte(cellProfile("http://127.0.0.1:9", "http://127.0.0.1:9")))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	sim, err := simulator.Start(t.Context(), simulator.Config{Providers: []flows.Provider{profile}}, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sim.Close() })
	served, _ := sim.Environment(profile, flows.EnvSandbox)
	sim.Register(simulator.Client{Provider: "acme", Environment: flows.EnvSandbox, ID: "sandbox-client", Secret: "sandbox-secret-1234"})
	const dead = "http://127.0.0.1:1/token" // nobody listens there
	env := map[string]string{"OAUTHLENS_SANDBOX_CLIENT_ID": "sandbox-client", "OAUTHLENS_SANDBOX_CLIENT_SECRET": "sandbox-secret-1234",
		"OAUTHLENS_PRODUCTION_CLIENT_ID": "live-client", "OAUTHLENS_PRODUCTION_CLIENT_SECRET": "live-secret-1234"}
	code, out, stderr := h.does(cellProfile(served.Endpoints.Token, dead), env, "compare", "acme", "--env", "sandbox,production", "--json")
	var doc headless.CompareJSON
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatalf("%v %s %s", err, out, stderr)
	}
	if code != headless.ExitFailed || doc.A.Outcome != flows.Succeeded || doc.B.Outcome != flows.Failed || !slices.Contains(rules(doc), "outcome") {
		t.Errorf("exit code %d, %+v %+v %q", code, doc.A, doc.B, rules(doc))
	}
	if !strings.Contains(stderr, "production: ") {
		t.Errorf("it is not said which side failed: %q", stderr)
	}
	m := redact.New(flows.FingerprintKey{}, map[string]string{"sandbox-secret-1234": "client_secret", "live-secret-1234": "client_secret"})
	if leaks := m.Leaks([]byte(out + stderr)); leaks != nil {
		t.Errorf("leaks %q", leaks)
	}

	code, out, stderr = h.does(cellProfile(served.Endpoints.Token, "https://live.invalid/token"), env, "compare", "acme", "--env", "sandbox,production", "--json")
	if code != headless.ExitUsage || out != "" || !strings.Contains(stderr, "--yes") {
		t.Errorf("production was not confirmed: exit code %d %q %q", code, out, stderr)
	}
}

// TestCompareOneAfterTheOther: where both sides need the same port they are walked one after
// the other, and the second finds the port free.
func TestCompareOneAfterTheOther(t *testing.T) {
	h := newHouse(t)
	text := func(sandbox, production flows.Endpoints) string {
		s := cellProfile(sandbox.Token, production.Token)
		s = strings.Replace(s, `grants = ["client_credentials"]`, `grants = ["authorization_code"]`, 1)
		for _, e := range []flows.Endpoints{sandbox, production} {
			s = strings.Replace(s, `token = "`+e.Token+`"`, `authorization = "`+e.Authorization+`"`+"\n"+`token = "`+e.Token+`"`, 1)
		}
		return s
	}
	profile, problems := provider.Load("acme.toml", []byte(text(
		flows.Endpoints{Authorization: "https://a.test/authorize", Token: "https://a.test/token"}, flows.Endpoints{Authorization: "https://b.test/authorize", Token: "https://b.test/token"})))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	sim, err := simulator.Start(t.Context(), simulator.Config{Providers: []flows.Provider{profile}}, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sim.Close() })
	var served []flows.Endpoints
	for _, name := range []string{flows.EnvSandbox, flows.EnvProduction} {
		e, _ := sim.Environment(profile, name)
		served = append(served, e.Endpoints)
		sim.Register(simulator.Client{Provider: "acme", Environment: name, ID: "app", Secret: "app-secret-123456", AnyLoopback: true})
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	redirect := "http://" + free.Addr().String() + "/callback"
	free.Close()
	env := map[string]string{"OAUTHLENS_CLIENT_ID": "app", "OAUTHLENS_CLIENT_SECRET": "app-secret-123456"}
	code, out, stderr := h.does(text(served[0], served[1]), env, "compare", "acme", "--env", "sandbox,production", "--approve", "--redirect-uri", redirect, "--json")
	var doc headless.CompareJSON
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatalf("%v %s %s", err, out, stderr)
	}
	if code != headless.ExitOK || doc.A.Outcome != flows.Succeeded || doc.B.Outcome != flows.Succeeded || doc.A.Simulated || doc.Suspicious != 0 {
		t.Errorf("exit code %d, %+v %+v %q: %s", code, doc.A, doc.B, rules(doc), stderr)
	}
}

// cellProfile is a provider with two environments at these token endpoints.
func cellProfile(sandbox, production string) string {
	return `name = "acme"
title = "Acme"
summary = "A provider of a test."
grants = ["client_credentials"]

[[environments]]
name = "sandbox"
[environments.endpoints]
token = "` + sandbox + `"

[[environments]]
name = "production"
[environments.endpoints]
token = "` + production + `"

[dialect]
client_auth = "client_secret_post"
token_body = "form"

[[sources]]
claim = "everything"
where = "this test"
checked = "2026-11-21"
status = "unverified"
`
}
