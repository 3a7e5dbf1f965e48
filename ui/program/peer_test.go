//go:build peer

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
	"runtime"
	"strings"
	"testing"
	"time"
)

// The real program against a server that nobody here wrote: oidc-provider, which npm
// fetches once and keeps in the user's cache. It runs where node is:
//
//	go test -tags peer -run TestPeer ./ui/program

const peerPackage = "oidc-provider@9.13.3"

// peerFolder has the server installed. Where node or the registry is missing, there is
// nothing to test against.
func peerFolder(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed here", program)
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	dir := filepath.Join(cache, "oauthlens-peer", strings.ReplaceAll(peerPackage, "@", "-"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "oidc-provider", "package.json")); err == nil {
		return dir
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", peerPackage)
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("npm could not install %s: %v\n%s", peerPackage, err, out)
	}
	return dir
}

// startPeer starts the server and returns its issuer.
func startPeer(t *testing.T) string {
	t.Helper()
	dir := peerFolder(t)
	text, err := os.ReadFile(filepath.Join("testdata", "peer", "server.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "server.mjs") // beside node_modules, where node looks for imports
	if err := os.WriteFile(script, text, 0o644); err != nil {
		t.Fatal(err)
	}
	server := exec.CommandContext(t.Context(), "node", script)
	var log bytes.Buffer
	server.Stderr = &log
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Wait() })                                      // killed with the test's context
	late := time.AfterFunc(30*time.Second, func() { _ = server.Process.Kill() }) // which ends its lines
	defer late.Stop()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "http://") {
			go func() {
				for lines.Scan() { // keep the pipe empty
				}
			}()
			return lines.Text()
		}
	}
	t.Fatalf("the server did not start:\n%s", log.String())
	return ""
}

// peerDocument is what the tests look at of oauthlens/run@1.
type peerDocument struct {
	Outcome string
	Steps   []struct{ Step, Outcome string }
	Token   *struct {
		Format       string
		RefreshToken *string `json:"refresh_token"`
		Scope        []string
	}
	JWTs []struct {
		Of, Signature string
		Verdicts      []struct{ Check, Result, Why string }
	}
	Findings []struct{ Code, Severity, Title string }
}

func (d peerDocument) count(step string) (n int) {
	for _, s := range d.Steps {
		if s.Step == step && s.Outcome == "succeeded" {
			n++
		}
	}
	return n
}

// TestPeer walks the flows that a stranger's server offers.
func TestPeer(t *testing.T) {
	issuer := startPeer(t)
	t.Run("client credentials, opaque token", func(t *testing.T) {
		d := runPeer(t, 0, "peer-machine-secret", "--issuer", issuer, "--grant", "client_credentials", "--client-id", "peer-machine", "--auth", "post")
		if d.count("discovery") != 1 || d.count("exchange") != 1 || d.Token == nil || d.Token.Format != "opaque" {
			t.Errorf("%+v", d)
		}
	})
	t.Run("client credentials, signed token", func(t *testing.T) {
		d := runPeer(t, 0, "peer-machine-secret", "--issuer", issuer, "--grant", "client_credentials", "--client-id", "peer-machine", "--auth", "post",
			"--scope", "read", "--token-param", "resource=urn:peer:api")
		if d.Token == nil || d.Token.Format != "jwt" || len(d.JWTs) != 1 || d.JWTs[0].Signature != "verified" {
			t.Errorf("%+v", d)
		}
	})
	t.Run("client credentials, wrong secret", func(t *testing.T) {
		d := runPeer(t, 1, "another-secret-than-that", "--issuer", issuer, "--grant", "client_credentials", "--client-id", "peer-machine", "--auth", "post")
		if len(d.Findings) == 0 || d.Findings[0].Code != "client-credentials-rejected" {
			t.Errorf("%+v", d.Findings)
		}
	})
	if runtime.GOOS != "linux" {
		t.Skip("the stand-in for a user's browser is found under its Linux name only")
	}
	code := []string{"--issuer", issuer, "--scope", "openid offline_access", "--param", "prompt=consent", "--redirect-uri", "http://127.0.0.1:0/callback"}
	t.Run("code with PKCE, refreshed twice, revoked", func(t *testing.T) {
		d := runPeer(t, 0, "peer-app-secret", append(code, "--client-id", "peer-app", "--refresh", "2", "--revoke")...)
		d.complete(t)
	})
	t.Run("code with PKCE, a public client", func(t *testing.T) {
		d := runPeer(t, 0, "", append(code, "--client-id", "peer-public", "--auth", "none", "--refresh", "2", "--revoke")...)
		d.complete(t)
	})
	for fault, finding := range map[string]string{
		"reused-code": "code-reused", "redirect-mismatch": "redirect-uri-changed",
	} {
		t.Run("the client's fault "+fault, func(t *testing.T) {
			d := runPeer(t, 1, "peer-app-secret", append(code, "--client-id", "peer-app", "--fault", fault)...)
			if len(d.Findings) == 0 || d.Findings[0].Code != finding {
				t.Errorf("want %s first: %+v", finding, d.Findings)
			}
		})
	}
}

// complete holds a code flow to every step that was asked for.
func (d peerDocument) complete(t *testing.T) {
	t.Helper()
	for step, n := range map[string]int{"discovery": 1, "authorize_url": 1, "callback": 1, "exchange": 1, "refresh": 2, "revoke": 1} {
		if d.count(step) != n {
			t.Errorf("%d good %s steps, want %d: %+v", d.count(step), step, n, d.Steps)
		}
	}
	if d.Token == nil || d.Token.RefreshToken == nil {
		t.Errorf("no refresh token: %+v", d.Token)
	}
	verified := false
	for _, j := range d.JWTs {
		verified = verified || j.Of == "id_token" && j.Signature == "verified"
	}
	if !verified {
		t.Errorf("the ID token is not verified: %+v", d.JWTs)
	}
}

// runPeer runs the program with a user's browser beside it.
func runPeer(t *testing.T, code int, secret string, args ...string) peerDocument {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	program := exec.CommandContext(ctx, "oauthlens", append([]string{"run", "custom", "--json"}, args...)...)
	program.Env = append(os.Environ(), "OAUTHLENS_HOME="+t.TempDir(), "DISPLAY=:0", "OAUTHLENS_CLIENT_SECRET="+secret)
	var stdout, stderr bytes.Buffer
	program.Stdout, program.Stderr = &stdout, &stderr
	err := program.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := program.ProcessState.ExitCode(); got != code {
		t.Errorf("exit code %d, want %d\n%s%s", got, code, stdout.String(), stderr.String())
	}
	var d peerDocument
	if err := json.Unmarshal(stdout.Bytes(), &d); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout.String(), stderr.String())
	}
	if secret != "" && strings.Contains(stdout.String()+stderr.String(), secret) {
		t.Error("the client secret is in the output")
	}
	return d
}
