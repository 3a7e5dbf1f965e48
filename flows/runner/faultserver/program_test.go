package faultserver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"oauthlens/flows/runner/faultserver"
)

const clientSecret = "cl1ent-s3cret-of-the-test"

// endpoint is where a fault is met: the arguments that lead the program there. The other
// endpoints of the run are healthy.
type endpoint struct {
	name string
	// explained: every failure here has a finding of severity error or warning.
	explained bool
	args      func(healthy, faulty string) []string
}

func endpoints() []endpoint {
	credentials := func(more ...string) []string {
		return append([]string{"run", "custom", "--client-id", "id", "--auth", "post", "--json"}, more...)
	}
	return []endpoint{
		{"token", true, func(_, faulty string) []string {
			return credentials("--grant", "client_credentials", "--token-url", faulty+"/token")
		}},
		{"refresh", true, func(_, faulty string) []string {
			return credentials("--grant", "refresh_token", "--token-url", faulty+"/token")
		}},
		{"discovery", false, func(_, faulty string) []string {
			return credentials("--grant", "client_credentials", "--issuer", faulty)
		}},
		{"jwks", true, func(healthy, faulty string) []string {
			return credentials("--grant", "client_credentials", "--token-url", healthy+"/token", "--jwks-url", faulty+"/jwks")
		}},
		{"authorize", true, func(healthy, faulty string) []string {
			return credentials("--authorize-url", faulty+"/authorize", "--token-url", healthy+"/token", "--approve",
				"--redirect-uri", "http://127.0.0.1:0/callback", "--callback-timeout", "200ms")
		}},
		{"revoke", false, func(healthy, faulty string) []string {
			return credentials("--grant", "client_credentials", "--token-url", healthy+"/token", "--revoke", "--revoke-url", faulty+"/revoke")
		}},
		{"call", false, func(healthy, faulty string) []string {
			return credentials("--grant", "client_credentials", "--token-url", healthy+"/token", "--call", faulty+"/api")
		}},
	}
}

func (e endpoint) meets(f faultserver.Fault) bool {
	switch {
	case e.name == "token" || e.name == "discovery":
		return true
	case e.name == "authorize" && f.Name == "unresolvable":
		return false // --approve is refused elsewhere than on this machine
	case f.Kind == faultserver.Content:
		return f.Name == "content-html" || f.Name == "content-empty" || f.Name == "content-hostile-title"
	}
	return f.Kind == faultserver.Transport || f.Kind == faultserver.Redirect
}

// healthyToken is a JWT that nobody signed, so that its key set is asked for.
const healthyToken = `{"access_token":"eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.eyJzdWIiOiJhIn0.c2ln","token_type":"Bearer","expires_in":3600}`

// TestProgram runs the whole program against the faults, as a person would from a script,
// and holds what it prints and how it ends against the contract. Every fault is met at the
// token endpoint and in discovery, where content is read in earnest; at the others those
// that differ by what the program does with an answer. With -short at the token endpoint
// only. With -v it prints how many were tried and passed.
func TestProgram(t *testing.T) {
	program := build(t)
	var mu sync.Mutex
	tried, passed := map[string]int{}, map[string]int{}
	t.Run("each", func(t *testing.T) {
		for _, e := range endpoints() {
			for _, f := range faultserver.All() {
				if !e.meets(f) || (testing.Short() && e.name != "token") {
					continue
				}
				t.Run(e.name+"/"+f.Name, func(t *testing.T) {
					t.Parallel()
					meet(t, program, e, f)
					mu.Lock()
					defer mu.Unlock()
					tried[f.Kind]++
					if !t.Failed() {
						passed[f.Kind]++
					}
				})
			}
		}
	})
	for _, kind := range []string{faultserver.Transport, faultserver.TLS, faultserver.Proxy, faultserver.Redirect, faultserver.Content} {
		t.Logf("%-10s %3d tried, %3d passed", kind, tried[kind], passed[kind])
	}
}

// TestMain lets more programs run side by side than there are processors: most of them
// wait for a server that does not answer.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// build compiles the program that the tests run.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "oauthlens")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "oauthlens").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

func meet(t *testing.T, program string, e endpoint, f faultserver.Fault) {
	t.Helper()
	faulty := startServer(t, f, faultserver.Options{})
	none, _ := faultserver.ByName("none")
	healthy := startServer(t, none, faultserver.Options{Body: healthyToken})
	home := t.TempDir()
	roots := filepath.Join(home, "roots.pem")
	if err := os.WriteFile(roots, append(faulty.RootPEM, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	timeout := "600ms"
	if strings.HasPrefix(f.Name, "body-") || strings.HasPrefix(f.Name, "endless-") {
		timeout = "30s"
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, program, append(e.args(healthy.URL, faulty.URL), "--timeout", timeout)...)
	run.Env = []string{"OAUTHLENS_HOME=" + home, "HOME=" + home, "PATH=" + os.Getenv("PATH"), "SYSTEMROOT=" + os.Getenv("SYSTEMROOT"),
		"OAUTHLENS_CLIENT_SECRET=" + clientSecret, "OAUTHLENS_REFRESH_TOKEN=rt-of-the-test-1234",
		"SSL_CERT_FILE=" + roots, "SSL_CERT_DIR=" + home, "HTTP_PROXY=" + faulty.ProxyURL}
	var out, errs bytes.Buffer
	run.Stdout, run.Stderr = &out, &errs
	_ = run.Run()
	if ctx.Err() != nil {
		t.Fatal("the program did not end")
	}
	checkDocument(t, out.Bytes(), errs.String(), run.ProcessState.ExitCode(), e.explained)
	checkPrinted(t, f, out.String()+errs.String())
	checkMemory(t, f, run.ProcessState)
	if faulty.Other != nil && len(faulty.Other.Log()) > 0 && e.name != "authorize" {
		t.Errorf("a redirect was followed: %q", faulty.Other.Log()[0].Head)
	}
	checkReceived(t, e, faulty.Log())
}

func startServer(t *testing.T, f faultserver.Fault, options faultserver.Options) *faultserver.Server {
	t.Helper()
	s, err := faultserver.Start(t.Context(), f, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

type finding struct{ Severity, Code string }

// checkDocument: whatever happened, standard output is one document that agrees with the
// exit code, and a failure is said.
func checkDocument(t *testing.T, out []byte, errs string, code int, explained bool) {
	t.Helper()
	var document struct {
		Schema, Outcome string
		Steps           []struct {
			Error *struct{ Kind, Message string }
		}
		Findings []finding
	}
	if err := json.Unmarshal(out, &document); err != nil || document.Schema != "oauthlens/run@1" {
		t.Fatalf("exit code %d, no document (%v): %.200q, %.200q", code, err, out, errs)
	}
	if explained && document.Outcome != "succeeded" && !slices.ContainsFunc(document.Findings, func(f finding) bool { return f.Severity == "error" || f.Severity == "warning" }) {
		t.Errorf("outcome %s, and no finding says why", document.Outcome)
	}
	if (code != 0 && code != 1) || (code == 0 && document.Outcome != "succeeded") {
		t.Errorf("exit code %d, outcome %s", code, document.Outcome)
	}
	for _, s := range document.Steps {
		if s.Error != nil && (s.Error.Kind == "" || s.Error.Message == "") {
			t.Errorf("a failure without a word: %+v", *s.Error)
		}
	}
}

// checkPrinted: no secret, and nothing that a terminal would obey. A token inside a JSON
// string, or as an object, is not where any reader looks for one, and is not known as one.
func checkPrinted(t *testing.T, f faultserver.Fault, printed string) {
	t.Helper()
	secrets := []string{clientSecret, "rt-of-the-test-1234"}
	if f.Name != "content-string" && f.Name != "content-objects" {
		secrets = append(secrets, "at-1234", "rt-1234")
	}
	for _, secret := range secrets {
		if strings.Contains(printed, secret) {
			t.Errorf("%q was printed", secret)
		}
	}
	for _, r := range printed {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u200b') {
			t.Errorf("%U was printed", r)
			return
		}
	}
}

// checkMemory: resident memory stays below 64 MiB, but where 1 MiB of control characters
// becomes 6 MiB of escapes in the document. The system counts what the process was before
// it became the program, so this process is the other bound.
func checkMemory(t *testing.T, f faultserver.Fault, state *os.ProcessState) {
	t.Helper()
	used, own, ok := peakMemory(state)
	if ok && used > max(64<<20, own) && (f.Name != "gzip-bomb" || used > 128<<20) {
		t.Errorf("%d MiB of memory", used>>20)
	}
}

// checkReceived: nothing was asked twice. Discovery may try two well-known forms, and the
// authorization endpoint is where a browser follows redirects.
func checkReceived(t *testing.T, e endpoint, log []faultserver.Received) {
	t.Helper()
	seen := map[string]int{}
	for _, r := range log {
		if r.Method == "CONNECT" || r.Method == "LOGIN" {
			continue
		}
		if seen[r.Method+r.Target]++; seen[r.Method+r.Target] > 1 && e.name != "discovery" && e.name != "authorize" {
			t.Errorf("%s %s was sent %d times", r.Method, r.Target, seen[r.Method+r.Target])
		}
	}
}
