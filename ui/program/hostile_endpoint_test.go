package program

import (
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"oauthlens/flows/runner/faultserver"
)

const clientID = "hostile-client"

// endpoint is one that the program calls.
type endpoint struct {
	name string
	flag string
	path string
	step string // that the fault is seen in
	// right is what a healthy endpoint answers, which content faults spoil.
	right func(p *party) any
	// arguments of the run in which the endpoint is at this URL, and the home that it
	// needs; nil: a whole walk with the flag.
	arguments func(t *testing.T, p *party, url string) (args []string, home string)
}

// local: the endpoint stands in a profile, which takes plain http on this machine only.
func (e endpoint) local() bool { return e.name == "authorize-url" }

func endpoints() []endpoint {
	return []endpoint{
		{"authorization", "--authorize-url", "/authorize", "authorize", func(*party) any { return map[string]any{"page": "sign in"} }, nil},
		{"token", "--token-url", "/token", "exchange", func(p *party) any { return p.tokenAnswer() }, nil},
		{"discovery", "--issuer", "", "discovery", func(p *party) any { return p.describe(faultserver.ServerURL) }, nil},
		{"jwks", "--jwks-url", "/jwks", "jwks", func(*party) any { return json.RawMessage(keySetOf(publicKey("one"))) }, nil},
		{"call", "--call", "/api/items?page=1", "call", func(*party) any { return map[string]any{"hello": "world", "count": 3} }, nil},
		{"revocation", "--revoke-url", "/revoke", "revoke", func(*party) any { return map[string]any{"revoked": "yes"} }, nil},
		{"refresh", "", "/token", "refresh", func(p *party) any { return p.tokenAnswer() }, refreshArguments},
		{"authorize-url", "", "/authorize-url", "authorize_url", func(p *party) any { return map[string]any{"authorize_url": p.URL + "/authorize?redirect_uri=none"} }, delivered},
	}
}

// issues tells that the endpoint answers with tokens.
func (e endpoint) issues() bool { return e.name == "token" || e.name == "refresh" }

func refreshArguments(t *testing.T, _ *party, url string) (args []string, home string) {
	name := filepath.Join(t.TempDir(), "refresh-token")
	if err := os.WriteFile(name, []byte(refreshValue), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"run", "custom", "--client-id", clientID, "--grant", "refresh_token", "--refresh-token-file", name, "--token-url", url}, ""
}

// delivered is a run of a profile whose authorization URL comes from a call.
func delivered(t *testing.T, p *party, url string) (args []string, home string) {
	home = t.TempDir()
	profile := strings.NewReplacer("client_credentials", "authorization_code", `"URL"`, `"`+p.URL+`/token"`+"\nauthorize_url = \""+url+`"`,
		"[dialect]", "[dialect]\nauthorize_delivery = \"url_from_api\"").Replace(faultyProfile)
	writeProfile(t, home, profile)
	return []string{"run", "faulty", "--env", "sandbox", "--client-id", clientID, "--redirect-uri", "http://127.0.0.1:0/callback", "--approve"}, home
}

func writeProfile(t *testing.T, home, profile string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(home, "providers"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "providers", "faulty.toml"), []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
}

// walkArguments are those of a whole walk against the party, in which this endpoint is at
// another place.
func walkArguments(p *party, e endpoint, url string, more ...string) []string {
	flags := map[string]string{"--authorize-url": p.URL + "/authorize", "--token-url": p.URL + "/token", "--jwks-url": p.URL + "/jwks",
		"--revoke-url": p.URL + "/revoke", "--call": p.URL + "/api"}
	if e.flag == "--issuer" {
		flags = map[string]string{"--call": p.URL + "/api"}
	}
	if e.flag != "" {
		flags[e.flag] = url
	}
	args := []string{"run", "custom", "--client-id", clientID, "--scope", "openid", "--redirect-uri", "http://127.0.0.1:0/callback", "--approve", "--revoke"}
	for name, value := range flags {
		args = append(args, name, value)
	}
	return append(args, more...)
}

// endpointRows tries every fault of the fault server at every endpoint.
func endpointRows(t *testing.T, b *table, home string) {
	for _, e := range endpoints() {
		t.Run(e.name, func(t *testing.T) {
			for _, f := range faultserver.All() {
				kind := f.Kind + " at " + e.name
				if f.Kind == faultserver.Values && !e.issues() { // they are members of a token response
					continue
				}
				if e.name == "authorization" && elsewhere(f) { // it is the browser's request, and only on this machine is there a user without one
					b.not(kind)
					continue
				}
				if e.local() && elsewhere(f) {
					b.not(kind)
					continue
				}
				b.row(t, kind, f.Name, func(t *testing.T) { tryEndpoint(t, home, e, f) })
			}
		})
	}
}

// waits are the faults that end by the timeout only.
func waits(f faultserver.Fault) bool {
	return strings.Contains(f.Name, "hang") || f.Name == "unroutable" || strings.HasPrefix(f.Name, "drip")
}

func tryEndpoint(t *testing.T, home string, e endpoint, f faultserver.Fault) {
	p := newParty(t)
	right, err := json.Marshal(e.right(p))
	if err != nil {
		t.Fatal(err)
	}
	s, err := faultserver.Start(t.Context(), f, faultserver.Options{Body: string(right)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	timeout := "20s"
	if waits(f) {
		timeout = "2s" // what answers must do so in it, on a busy machine too
	}
	args := walkArguments(p, e, s.URL+e.path, "--timeout", timeout, "--json")
	if e.name == "discovery" && elsewhere(f) {
		args = []string{"run", "custom", "--client-id", clientID, "--grant", "client_credentials", "--issuer", s.URL, "--timeout", timeout, "--json"}
	}
	if e.arguments != nil {
		var own string
		args, own = e.arguments(t, p, s.URL+e.path)
		args, home = append(args, "--timeout", timeout, "--json"), cmp.Or(own, home)
	}
	run := call(t, home, invocation{args: args, env: surroundings(t, s)})
	d := run.document(t)
	p.check(t)
	checkFaultLog(t, e, s)
	judge(t, e, f, d)
	if t.Failed() {
		t.Log(run)
	}
	if strings.Contains(f.Name, "hostile") {
		tryForms(t, home, e, f, d.Run, args)
	}
}

// tryForms: a run that met hostile text, in the other forms in which the program prints; all
// of them where tokens come from, elsewhere two or three, so that each text and each
// endpoint meets each form.
func tryForms(t *testing.T, home string, e endpoint, f faultserver.Fault, id string, args []string) {
	args = slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "--json" })
	again := func(more ...string) invocation { return invocation{args: append(slices.Clone(args), more...)} }
	forms := []func(){
		func() { call(t, home, again("--events")).document(t) },
		func() { call(t, home, again()) },
		func() {
			clear := start(t, home, again("--show-secrets"))
			quiet(t, "the summary with secrets", clear.stdout.String()+clear.stderr.String())
		},
	}
	for _, form := range []string{"json", "curl", "har", "markdown"} {
		forms = append(forms, func() { tryExport(t, home, id, form) })
	}
	for i, form := range forms {
		if e.name == "token" || (i+len(e.name)+len(f.Name))%3 == 0 {
			form()
		}
	}
}

func tryExport(t *testing.T, home, id, form string) {
	out := call(t, home, invocation{args: []string{"export", id, "--as", form}})
	if out.code != 0 || out.stdout.Len() == 0 {
		t.Errorf("the export as %s: %s", form, out)
	}
	if bash, err := exec.LookPath("bash"); err == nil && form == "curl" {
		check := exec.CommandContext(t.Context(), bash, "-n")
		check.Stdin = &out.stdout
		if said, err := check.CombinedOutput(); err != nil {
			t.Errorf("the shell cannot read the commands: %s", said)
		}
	}
}

// elsewhere are the faults whose address is not on this machine.
func elsewhere(f faultserver.Fault) bool {
	return f.Kind == faultserver.Proxy || f.Name == "unresolvable"
}

// surroundings are the variables by which the program finds proxy and trusted roots.
func surroundings(t *testing.T, s *faultserver.Server) (env []string) {
	t.Helper()
	if s.ProxyURL != "" {
		env = append(env, "HTTP_PROXY="+s.ProxyURL)
	}
	if s.RootPEM != nil {
		name := filepath.Join(t.TempDir(), "roots.pem")
		if err := os.WriteFile(name, s.RootPEM, 0o600); err != nil {
			t.Fatal(err)
		}
		env = append(env, "SSL_CERT_FILE="+name)
	}
	return env
}

// checkFaultLog: one request for each action, and nothing at all to the other server,
// unless a browser would go there by itself; and then nothing secret.
func checkFaultLog(t *testing.T, e endpoint, s *faultserver.Server) {
	t.Helper()
	seen := map[string]int{}
	for _, r := range s.Log() {
		if r.Method != "CONNECT" && r.Method != "LOGIN" {
			seen[r.Method+" "+r.Target]++
		}
		if !e.issues() && e.name != "revocation" && carriesSecret(r.Head+string(r.Body)) {
			t.Errorf("the %s endpoint was sent the client's secret", e.name)
		}
	}
	for what, n := range seen {
		if n > 1 && !(e.name == "authorization" && s.Fault.Kind == faultserver.Redirect && n < 20) { // a browser follows, within bounds
			t.Errorf("%s was sent %d times", what, n)
		}
	}
	if s.Other == nil {
		return
	}
	for _, r := range s.Other.Log() {
		text := r.Head + string(r.Body)
		if e.name != "authorization" || carriesSecret(text) || strings.Contains(text, goodCode) {
			t.Errorf("the other host was sent %q", text)
		}
	}
}

const faultyProfile = `name = "faulty"
title = "Faulty"
order = 1
summary = "A server that misbehaves."
grants = ["client_credentials"]

[[environments]]
name = "sandbox"
[environments.endpoints]
token = "URL"

[dialect]
client_auth = "client_secret_basic"
token_body = "form"

[[sources]]
claim = "what a test says"
where = "a test"
checked = "2026-11-21"
status = "documented"
`
