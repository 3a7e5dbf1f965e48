//go:build unix

package program

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows/runner/faultserver"
)

// asking is an endpoint that a person asks for, on the screen by the palette and in lines by a
// word: no flag of run does. An API call to the userinfo endpoint (run --call) is the endpoint
// "call" of the other rows.
type asking struct{ name, word, entry, path string }

func askings() []asking {
	return []asking{
		{"userinfo", "userinfo", "ask the userinfo", "/userinfo"},
		{"introspection", "introspect", "introspect the access", "/introspect"},
	}
}

// askedRight is what both endpoints answer if nothing is at fault.
const askedRight = `{"sub":"person","active":true,"name":"A person","scope":"openid","exp":4102444800}`

// askedRows asks both endpoints at fault, with the token that a healthy server has issued:
// in lines through a pipe, and on the screen.
func askedRows(t *testing.T, b *table, _ string) {
	seen := map[string]bool{}
	looksNew := func(f faultserver.Fault) bool { // below HTTP, the screen shows the error and nothing else of the fault
		switch f.Kind {
		case faultserver.Framing, faultserver.TLS, faultserver.Proxy:
			look := fmt.Sprint(f.Kind, transportKinds()[f.Name], refusal(f), succeeds(endpoint{name: "userinfo"}, f))
			defer func() { seen[look] = true }()
			return !seen[look]
		}
		return true
	}
	for _, f := range faultserver.All() {
		if f.Kind == faultserver.Values { // they are members of a token response
			continue
		}
		b.row(t, "asked in lines: "+f.Kind, "lines "+f.Name, func(t *testing.T) { tryTold(t, f) })
		if elsewhere(f) { // neither profile nor metadata may lead to plain http on another machine
			b.not("asked on the screen: " + f.Kind)
			continue
		}
		if !looksNew(f) {
			continue
		}
		b.row(t, "asked on the screen: "+f.Kind, "screen "+f.Name, func(t *testing.T) { tryAsked(t, f) })
	}
}

// askedAt starts the servers of a row: a healthy one whose metadata names the endpoints of one
// at fault, and the arguments and variables of a walk there.
func askedAt(t *testing.T, f faultserver.Fault) (p *party, s *faultserver.Server, args, env []string) {
	t.Helper()
	p = newParty(t)
	s, err := faultserver.Start(t.Context(), f, faultserver.Options{Body: askedRight})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	p.metadata = func(m map[string]any) {
		for _, a := range askings() {
			m[map[string]string{"userinfo": "userinfo_endpoint", "introspection": "introspection_endpoint"}[a.name]] = s.URL + a.path
		}
	}
	return p, s, []string{"custom", "--issuer", p.URL, "--grant", "client_credentials", "--client-id", clientID}, surroundings(t, s)
}

// checkAsked: each endpoint was asked once at most, userinfo without the client's secret, and
// nobody else was sent anything.
func checkAsked(t *testing.T, p *party, s *faultserver.Server) {
	t.Helper()
	p.check(t)
	seen := map[string]int{}
	for _, r := range s.Log() {
		if r.Method == "CONNECT" || r.Method == "LOGIN" {
			continue
		}
		seen[r.Target]++
		if strings.HasSuffix(r.Target, "/userinfo") && carriesSecret(r.Head+string(r.Body)) {
			t.Error("the userinfo endpoint was sent the client's secret")
		}
	}
	for what, n := range seen {
		if n > 1 {
			t.Errorf("%s was asked %d times", what, n)
		}
	}
	if s.Other != nil && len(s.Other.Log()) != 0 {
		t.Errorf("the other host was sent %q", s.Other.Log()[0].Head)
	}
}

// promptLine ends what is told of one command.
var (
	promptLine  = regexp.MustCompile(`(?m)^enter: .*; or type a command, \? lists them$`)
	toldOutcome = regexp.MustCompile(`(?m)^(ok|failed): `)
	toldCode    = regexp.MustCompile(`(?m)^code: (\S+) \((error|warning|info)`)
)

func tryTold(t *testing.T, f faultserver.Fault) {
	p, s, args, env := askedAt(t, f)
	timeout := "20s"
	if waits(f) {
		timeout = "2s" // what answers must do so in it, on a busy machine too
	}
	words := "discover\ndiscover\nexchange\nexchange\n" // told first, then sent
	if elsewhere(f) {                                   // which nobody's metadata may name, but a person may
		words = fmt.Sprintf("set userinfo %s/userinfo\nset introspection %s/introspect\n", s.URL, s.URL) + words
	}
	skip := strings.Count(words, "\n") + 1
	for _, a := range askings() {
		words += a.word + "\n" + a.word + "\nfindings\n"
	}
	run := call(t, t.TempDir(), invocation{args: append([]string{"--plain", "--timeout", timeout}, args...), env: env, stdin: strings.NewReader(words + "quit\n")})
	checkAsked(t, p, s)
	told := promptLine.Split(run.stdout.String(), -1)
	if run.code != 0 || len(told) != skip+7 { // the walk itself did what it was asked; the outcome is in the history
		t.Fatalf("%d answers to %q: %s", len(told), words, run)
	}
	var before []string
	for i, a := range askings() {
		all := accusedIn(told[skip+2+3*i])
		judgeTold(t, a, f, told[skip+1+3*i], all, len(all)-len(before))
		before = all
	}
	if t.Failed() {
		t.Log(run)
	}
}

// accusedIn are the codes of the errors and warnings that were told.
func accusedIn(findings string) (out []string) {
	for _, m := range toldCode.FindAllStringSubmatch(findings, -1) {
		if m[2] != "info" {
			out = append(out, m[1])
		}
	}
	return out
}

// judgeTold: what was told of a step is what came of it, and a failed one has a finding more, of
// the right kind.
func judgeTold(t *testing.T, a asking, f faultserver.Fault, step string, accused []string, more int) {
	t.Helper()
	kind := transportKinds()[f.Name]
	good := succeeds(endpoint{name: a.name}, f)
	outcome := toldOutcome.FindStringSubmatch(step)
	if f.Name == "drip" && outcome != nil { // short enough an answer may come in time
		kind, good = "", outcome[1] == "ok"
	}
	if want := map[bool]string{true: "ok", false: "failed"}[good]; outcome == nil || outcome[1] != want {
		t.Errorf("%s: told %q, want %s", a.name, outcome, want)
	}
	switch {
	case f.Name == "none" && len(accused) > 0:
		t.Errorf("%s: the right answer has the findings %q", a.name, accused)
	case !good && more < 1:
		t.Errorf("%s: no finding says what went wrong", a.name)
	}
	if codes := codesOf(kind); len(codes) > 0 && !slices.ContainsFunc(codes, func(c string) bool { return slices.Contains(accused, c) }) {
		t.Errorf("%s: an error of %s has the findings %q", a.name, kind, accused)
	}
}

// codesOf are the findings of which one must name a broken connection of this kind; none: it
// may be any.
func codesOf(kind string) []string {
	return map[string][]string{
		"dns": {"dns-failure"}, "connect": {"server-unreachable"}, "timeout": {"server-unreachable", "token-response-damaged"}, "reset": {"connection-reset", "token-response-damaged"},
		"tls": {"tls-untrusted", "tls-expired", "tls-name-mismatch", "tls-handshake-failed", "client-certificate-required"},
	}[kind]
}

// openIssuer walks on the screen to a token, by a profile that names an issuer alone: its
// endpoints come from metadata, so that they may be anywhere.
func openIssuer(t *testing.T, issuer string, env []string) *terminal {
	t.Helper()
	term := openGrant(t, "client_credentials", issuer+"/token\"\nissuer = \""+issuer, env...)
	term.walkToSend()
	term.until("✓ 2 Exchange")
	term.press("\x0b")
	term.until("every action")
	term.press("discover the endpoints\r")
	term.until("enter send it")
	term.press("\r")
	term.until("✓ signature") // the keys are fetched with what was discovered
	return term
}

// headline is the first line of a pane: what came of the request.
var headline = regexp.MustCompile(`│[ ▌]*([✓✗]) `)

func tryAsked(t *testing.T, f faultserver.Fault) {
	p, s, _, env := askedAt(t, f)
	term := openIssuer(t, p.URL, env)
	for _, a := range askings() {
		term.press("\x0b")
		term.until("every action")
		term.press(a.entry)
		term.press("\r")
		term.until("enter send it")
		term.press("\r")
		if waits(f) {
			term.until("esc cancels")
			term.press("\x1b")
			term.gone("esc cancels")
			continue
		}
		term.judgeAsked(a, f)
	}
	term.leave()
	if peak := term.report(t).PeakKiB; peak > memory {
		t.Errorf("%d MiB of memory at the peak", peak>>10)
	}
	checkAsked(t, p, s)
	checkPainted(t, term.text())
}

// callOnRail is the step under which the endpoints are shown, at its end.
var callOnRail = regexp.MustCompile(`([✓✗]) 5 Call`)

// judgeAsked waits for the end of the request, and looks whether rail and pane agree on what
// came of it.
func (term *terminal) judgeAsked(a asking, f faultserver.Fault) {
	t := term.t
	t.Helper()
	term.press("\t") // the raw bytes tell which request it is
	term.until(a.path + " HTTP/1.1")
	term.still() // the rest of the picture may be on its way
	want := map[bool]string{true: "✓", false: "✗"}[succeeds(endpoint{name: a.name}, f)]
	if on := term.settled(callOnRail, 29, want); on != want {
		t.Errorf("%s: the rail has %q, want %s:\n%s", a.name, on, want, term.screen.String())
	}
	term.press("\x1b[Z")
	if found := term.settled(headline, 8, want); found != want { // findings stand below; a long answer is shown when it has been taken apart
		t.Errorf("%s: the pane has %q, want %s:\n%s", a.name, found, want, term.screen.String())
	}
}

// settled waits for what a pattern finds in the first rows to be what is wanted, and returns
// what it is once nothing is painted any more.
func (term *terminal) settled(pattern *regexp.Regexp, rows int, want string) (found string) {
	look := func() {
		top := strings.Join(strings.SplitN(term.screen.String(), "\n", rows+1)[:rows], "\n")
		if m := pattern.FindStringSubmatch(top); m != nil {
			found = m[1]
		}
	}
	for i := 0; found != want && i < 1200; i++ {
		time.Sleep(25 * time.Millisecond)
		look()
	}
	term.still()
	look()
	return found
}
