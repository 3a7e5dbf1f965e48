// Command bench prints how the program's figures compare with the least programs that do
// the same, as medians of paired runs. It judges nothing: machines are noisy.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"flag"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

var runs = flag.Int("n", 50, "paired runs of each")

type bench struct{ dir, home string }

func main() {
	flag.Parse()
	dir, err := os.MkdirTemp("", "figures")
	check(err)
	defer os.RemoveAll(dir)
	b := bench{dir: dir, home: filepath.Join(dir, "home")}
	for name, pkg := range map[string]string{"oauthlens": ".", "hello": "./.ci/bench/hello", "least": "./.ci/bench/least", "bare": "./.ci/bench/bare"} {
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, name), pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0") // as releases are built: the dynamic linker alone costs a millisecond
		out, err := build.CombinedOutput()
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %s\n", pkg, out)
			os.Exit(1)
		}
		settle(filepath.Join(dir, name))
	}
	fmt.Println("figure                                        ours      floor     ratio   target")
	b.pair("version / hello-world", "3.0", b.cmd(nil, "oauthlens", "version"), b.cmd(nil, "hello"))
	b.clientCredentials()
	b.peer()
	b.codeFlow()
	b.screen()
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// settle writes a program anew, as an installer does: what the linker has just written lies
// in memory in small pieces, which costs each start up to two milliseconds.
func settle(path string) {
	data, err := os.ReadFile(path)
	check(err)
	check(os.Remove(path))
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	check(err)
	_, err = f.Write(data)
	check(err)
	check(f.Sync())
	check(f.Close())
}

func (b bench) cmd(env []string, name string, args ...string) func() *exec.Cmd {
	return func() *exec.Cmd {
		c := exec.Command(filepath.Join(b.dir, name), args...)
		c.Env = append([]string{"OAUTHLENS_HOME=" + b.home, "TERM=xterm-256color", "PATH=" + os.Getenv("PATH")}, env...)
		return c
	}
}

// pair times two commands in turn and prints medians and the median of the ratios.
func (b bench) pair(name, target string, ours, floor func() *exec.Cmd) {
	var a, f, ratios []float64
	for range *runs + 1 {
		x, y := timed(ours()), timed(floor())
		a, f, ratios = append(a, x), append(f, y), append(ratios, x/y)
	}
	print3(name, median(a[1:]), median(f[1:]), median(ratios[1:]), target)
}

func timed(c *exec.Cmd) float64 {
	start := time.Now()
	if out, err := c.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %v\n%s\n", c.Args, err, out)
		os.Exit(1)
	}
	return ms(time.Since(start))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func median(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[len(v)/2]
}

func print3(name string, ours, floor, ratio float64, target string) {
	fmt.Printf("%-42s %7.1f ms %7.1f ms %7.2f   %s\n", name, ours, floor, ratio, target)
}

func print1(name, value, target string) {
	fmt.Printf("%-42s %10s                      %s\n", name, value, target)
}

func answer(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprint(w, `{"access_token":"`+strings.Repeat("x", 64)+`","token_type":"Bearer","expires_in":3600}`)
}

func (b bench) oneToken(name, target, tokenURL, id, secret string, env ...string) {
	ours := b.cmd(append(env, "OAUTHLENS_CLIENT_SECRET="+secret), "oauthlens", "run", "custom", "--grant", "client_credentials", "--auth", "post", "--client-id", id, "--token-url", tokenURL, "--json")
	b.pair(name, target, ours, b.cmd(env, "least", tokenURL, id, secret))
}

func (b bench) clientCredentials() {
	plain := httptest.NewServer(http.HandlerFunc(answer))
	defer plain.Close()
	b.oneToken("client credentials over http / least net/http", "1.5", plain.URL, "id", "secret")
	secure := httptest.NewUnstartedServer(http.HandlerFunc(answer))
	secure.TLS = &tls.Config{}
	secure.StartTLS()
	defer secure.Close()
	ca := filepath.Join(b.dir, "ca.pem")
	check(os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}), 0o600))
	b.oneToken("client credentials over TLS / least net/http", "1.3", secure.URL, "id", "secret", "SSL_CERT_FILE="+ca)
}

// peer asks the authorization server that the tests of the package program fetch: what
// answers above answers at once, which no authorization server does.
func (b bench) peer() {
	const name = "the same of oidc-provider"
	cache, err := os.UserCacheDir()
	check(err)
	script := filepath.Join(cache, "oauthlens-peer", "oidc-provider-9.13.3", "server.mjs")
	if _, err := os.Stat(script); err != nil {
		print1(name, "not here", "1.5: go test -tags peer -run TestPeer ./ui/program fetches it")
		return
	}
	server := exec.Command("node", script)
	out, err := server.StdoutPipe()
	check(err)
	check(server.Start())
	defer func() {
		_ = server.Process.Kill()
		_ = server.Wait() // killed
	}()
	issuer, err := bufio.NewReader(out).ReadString('\n')
	check(err)
	b.oneToken(name, "1.5", strings.TrimSpace(issuer)+"/token", "peer-machine", "peer-machine-secret")
}

// codeFlow plays the browser of `run truss`: it measures from the answered callback to the
// end of the process, and the whole process without the time that the browser took.
func (b bench) codeFlow() {
	var tail, own []float64
	for range *runs {
		t, o := b.oneCodeFlow()
		tail, own = append(tail, t), append(own, o)
	}
	print1("callback answered to exit", fmt.Sprintf("%.1f ms", median(tail)), "12 ms")
	print1("code flow, own time", fmt.Sprintf("%.1f ms", median(own)), "25 ms")
}

var formAction = regexp.MustCompile(`<form[^>]*action="([^"]*)"`)
var hiddenField = regexp.MustCompile(`<input[^>]*type="hidden"[^>]*name="([^"]*)"[^>]*value="([^"]*)"`)

func (b bench) oneCodeFlow() (tail, own float64) {
	c := b.cmd(nil, "oauthlens", "run", "truss", "--no-browser", "--json", "--redirect-uri", "http://127.0.0.1:0/callback")()
	stderr, err := c.StderrPipe()
	check(err)
	var stdout bytes.Buffer
	c.Stdout = &stdout
	start := time.Now()
	check(c.Start())
	line := make([]byte, 8192)
	n, err := stderr.Read(line)
	check(err)
	target := strings.TrimSpace(strings.TrimPrefix(string(line[:n]), "open: "))
	browser := time.Now()
	redirect := consent(target)
	r, err := http.Get(redirect)
	check(err)
	r.Body.Close()
	answered := time.Now()
	check(c.Wait())
	return ms(time.Since(answered)), ms(time.Since(start) - answered.Sub(browser))
}

// consent presses Allow and returns where the browser is sent to.
func consent(target string) string {
	jar, _ := cookiejar.New(nil) // no options, no error
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Get(target)
	check(err)
	var page bytes.Buffer
	_, err = page.ReadFrom(r.Body)
	check(err)
	r.Body.Close()
	form := url.Values{"decision": {"allow"}}
	for _, m := range hiddenField.FindAllStringSubmatch(page.String(), -1) {
		form.Set(m[1], m[2])
	}
	action, err := r.Request.URL.Parse(formAction.FindStringSubmatch(page.String())[1])
	check(err)
	r, err = client.PostForm(action.String(), form)
	check(err)
	r.Body.Close()
	return r.Header.Get("Location")
}
