package report_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"oauthlens/flows"
	"oauthlens/flows/capture"
	"oauthlens/flows/redact"
	"oauthlens/flows/report"
	"oauthlens/flows/visible"

	"oauthlens/flows/runner/faultserver"
)

var (
	_    report.Redactor = (*redact.Masker)(nil)
	noon                 = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	key                  = flows.FingerprintKey{7}
)

const (
	clientSecret = "S3cr&t+/=Value'\"$(id)"
	code         = "CodeCode/Code+Code=="
	verifier     = "VerifierVerifierVerifierVerifierVerifierVer"
	access       = "AccessAccessAccessAccess0001"
	refresh      = "RefreshRefreshRefresh0001"
)

// hostile steers a terminal, a shell and Markdown at once.
const hostile = "\x1b]0;owned\x07 `id` $(id) '\"\\ \u202e ``` <script>&amp;\r\n| [x](http://evil) @all # \u200b\xff\x00 end"

func sampleTrace() flows.Trace {
	secret := func(name, raw string) flows.Secret { return flows.NewSecret(key, name, raw) }
	t := flows.Trace{Run: "00112233445566aa"}
	add := func(seconds int, e flows.Event) { t = t.Append(noon.Add(time.Duration(seconds)*time.Second), e) }
	add(0, flows.RunStarted{Provider: flows.Provider{Name: "truss", Title: "Truss"}, Environment: flows.Environment{Name: "sandbox"},
		Grant: flows.GrantAuthorizationCode, Credentials: flows.Credentials{ClientSecret: secret("client_secret", clientSecret)}, Fingerprints: key})
	add(1, flows.Drawn{State: secret("state", "state-of-this-flow"), Verifier: secret("code_verifier", verifier)})
	add(2, flows.AuthorizationBuilt{URL: "https://auth.truss.test/authorize?client_id=c&state=state-of-this-flow&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb"})
	add(3, flows.CallbackArrived{Via: flows.ViaListener, Verdict: flows.CallbackAccepted, Why: "state matches",
		Request: flows.Request{Method: "GET", URL: "http://127.0.0.1:1/cb?code=" + url.QueryEscape(code) + "&state=state-of-this-flow&note=%1b%5b2J"}})
	body := "grant_type=authorization_code&code=" + url.QueryEscape(code) + "&code_verifier=" + verifier
	add(4, flows.ExchangeFinished{ID: 1, Exchange: flows.Exchange{Step: flows.StepExchange, Started: noon.Add(4 * time.Second), Ended: noon.Add(4*time.Second + 120*time.Millisecond),
		Request: flows.Request{Method: "POST", URL: "https://token.truss.test/token?x=[1]", Body: []byte(body), Headers: flows.Headers{
			{Name: "Host", Value: "token.truss.test"}, {Name: "Authorization", Value: "Basic " + base64.StdEncoding.EncodeToString([]byte("c:"+url.QueryEscape(clientSecret)))},
			{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}, {Name: "Content-Length", Value: "1"}, {Name: "X-Empty", Value: ""}}},
		Response: &flows.Response{Status: 200, StatusText: "OK", Version: "HTTP/1.1", Headers: flows.Headers{{Name: "Content-Type", Value: "application/json"}, {Name: "X-Odd", Value: hostile}},
			Body: []byte(`{"access_token":"` + access + `","refresh_token":"` + refresh + `","expires_in":3600,"note":"` + code + "\"}"), BodyBytes: 99, BodyComplete: true},
		Timings: &flows.Timings{DNS: -1, Connect: time.Millisecond, TLS: 2 * time.Millisecond, Wait: 100 * time.Millisecond, Receive: time.Millisecond}, Remote: "[::1]:443"}})
	add(5, flows.ExchangeFinished{ID: 2, Exchange: flows.Exchange{Step: flows.StepCall, Started: noon.Add(5 * time.Second), Ended: noon.Add(5 * time.Second),
		Request: flows.Request{Method: "GET", URL: "https://api.truss.test/" + url.PathEscape(hostile), Headers: flows.Headers{{Name: "Authorization", Value: "Bearer " + access}, {Name: "X-Odd", Value: "a\x1b[31mb"}}},
		Error:   &flows.TransportError{Kind: flows.ErrorReset, Message: "reset after \x1b[2J Bearer " + access}}})
	add(6, flows.RunEnded{Outcome: flows.Failed, Why: hostile})
	return t
}

func sampleFinding() flows.Finding {
	return flows.Finding{Code: "code-reused", Severity: flows.SeverityError, Confidence: flows.Certain, Title: flows.Say("sent twice: " + code), Evidence: []flows.Sentence{flows.Say(hostile)}, Cause: flows.Say("c"), Fix: flows.Say("f"), Spec: "RFC 6749"}
}

func write(t *testing.T, format report.Format) string {
	t.Helper()
	trace := sampleTrace()
	data, err := report.Write(format, trace, redact.ForTrace(trace), sampleFinding())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestExportsHoldNoSecretAndSteerNoTerminal(t *testing.T) {
	for _, format := range report.Formats() {
		t.Run(string(format), func(t *testing.T) {
			text := write(t, format)
			for _, raw := range []string{clientSecret, code, verifier, access, refresh} {
				for _, spelling := range []string{raw, url.QueryEscape(raw), url.PathEscape(raw), base64.StdEncoding.EncodeToString([]byte(raw)), base64.StdEncoding.EncodeToString([]byte("c:" + url.QueryEscape(raw)))} {
					if strings.Contains(text, spelling) {
						t.Errorf("holds %s", spelling)
					}
				}
			}
			for i, line := range strings.Split(text, "\n") {
				if !visible.Clean(line) {
					t.Errorf("line %d steers a terminal: %q", i+1, line)
				}
			}
		})
	}
	if _, err := report.Write("pdf\x1b", sampleTrace(), redact.ForTrace(sampleTrace())); err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("unknown format: %v", err)
	}
}

// blind is a redactor that knows no secret.
type blind struct{}

func (blind) String(s string) string { return s }
func (blind) Leaks([]byte) []string  { return nil }
func (blind) Split(s string) []redact.Part {
	return []redact.Part{{Text: s}}
}

// deaf is a redactor that redacts nothing but finds what it should have.
type deaf struct{ *redact.Masker }

func (deaf) String(s string) string { return s }
func (deaf) Split(s string) []redact.Part {
	return []redact.Part{{Text: s}}
}

func TestExportWithASecretLeftIsNotWritten(t *testing.T) {
	trace := sampleTrace()
	for _, format := range report.Formats() {
		for name, r := range map[string]report.Redactor{"known": deaf{redact.ForTrace(trace)}, "token-shaped": blind{}} {
			data, err := report.Write(format, trace, r)
			var leak *report.LeakError
			if !errors.As(err, &leak) || data != nil || len(leak.Leaks) == 0 {
				t.Errorf("%s, %s: %v", format, name, err)
				continue
			}
			for _, raw := range []string{clientSecret, code, verifier, access, refresh} {
				if strings.Contains(err.Error(), raw) {
					t.Errorf("%s, %s: the error shows a secret", format, name)
				}
			}
		}
	}
}

func TestVaultSecretInAnExportIsFound(t *testing.T) {
	trace := flows.Trace{}.Append(noon, flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepCall,
		Request: flows.Request{Method: "GET", URL: "https://api.test/hunter2hunter2"}}})
	extra := flows.NewSecret(key, "client_secret", "hunter2hunter2")
	if _, err := report.Write(report.FormatHAR, trace, deaf{redact.ForTrace(trace, extra)}); err == nil {
		t.Error("a saved secret in a path was written")
	}
	data, err := report.Write(report.FormatHAR, trace, redact.ForTrace(trace, extra))
	if err != nil || strings.Contains(string(data), "hunter2") {
		t.Errorf("%v\n%s", err, data)
	}
}

func TestTokenShapes(t *testing.T) {
	shaped := []string{"Bearer abcdefghijklmnopqrst0123", "authorization: Basic YWxhZGRpbjpvcGVuc2VzYW1l\n", `"refresh_token": "abcdefghijklmnopqrst"`, "access_token=abcdefghijklmnopqrstuv&",
		"-----BEGIN RSA PRIVATE KEY-----", "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "password=correct-horse-battery-staple", "AKIAABCDEFGHIJKLMNOP"}
	plain := []string{"access_token (28 chars, #0011aabb)", "code_verifier=code_verifier (43 chars, #0011aabb)", "client_assertion=client_assertion (700 chars, #0011aabb)",
		"Authorization: Basic credentials (40 chars, #0011aabb)", `'Authorization: Basic '"$CREDENTIALS_0011AABB"`, "Bearer access_token (28 chars, #0011aabb)",
		`"token_type":"Bearer"`, "a bearer token is", `"name": "access_token"`, "access_token%20(28%20chars%2C", `Bearer "$ACCESS_TOKEN_0011aabb"`, "grant_type=password"}
	for _, text := range shaped {
		if _, err := report.Checked("x", []byte(text), blind{}); err == nil {
			t.Errorf("not seen: %s", text)
		}
	}
	for _, text := range plain {
		if _, err := report.Checked("x", []byte(text), blind{}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestHARIsAHARAndReadsBack(t *testing.T) {
	text := write(t, report.FormatHAR)
	var file struct {
		Log struct {
			Version string
			Entries []struct {
				Time     float64
				Request  struct{ Method, URL string }
				Response struct {
					Status  int
					Content struct{ Text, Encoding string }
				}
				Timings         map[string]float64
				ServerIPAddress string
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	if file.Log.Version != "1.2" || len(file.Log.Entries) != 4 {
		t.Fatalf("version %s, %d entries", file.Log.Version, len(file.Log.Entries))
	}
	exchange := file.Log.Entries[2]
	if exchange.Response.Status != 200 || exchange.Timings["connect"] != 3 || exchange.Timings["ssl"] != 2 || exchange.Timings["dns"] != -1 || exchange.Time != 104 || exchange.ServerIPAddress != "::1" {
		t.Errorf("%+v", exchange)
	}
	callback, err := url.Parse(file.Log.Entries[1].Request.URL)
	if err != nil || callback.Query().Get("code") != key.Mask("code", code) || callback.Query().Get("state") != "state-of-this-flow" {
		t.Errorf("callback %v, %v", callback, err)
	}
	back, err := capture.Read([]byte(text), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if steps := back.Trace.Steps(); len(steps) != 4 || steps[2].Exchange.Response.Status != 200 {
		t.Errorf("read back as %d steps", len(steps))
	}
}

func TestAuthorizationURLThatWasRequestedStandsOnce(t *testing.T) {
	trace := flows.Trace{}.Append(noon, flows.AuthorizationBuilt{URL: "https://a.test/authorize?x=1"}).
		Append(noon, flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepAuthorize, Request: flows.Request{Method: "GET", URL: "https://a.test/authorize?x=1"}}})
	data, err := report.HAR(trace, blind{})
	if err != nil || strings.Count(string(data), `"url": "https://a.test/authorize?x=1"`) != 1 {
		t.Errorf("%v\n%s", err, data)
	}
}

// runShell lets bash run the command with a curl that prints its arguments and input.
func runShell(t testing.TB, command string) (arguments []string, input string) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash on this machine to read the commands with")
	}
	script := "curl() { printf '%s\\0' \"$@\"; case \" $* \" in *' @- '*) printf 'input\\0'; cat;; esac; }\n" + command
	out, err := exec.Command(bash, "-c", script).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, command)
	}
	arguments = strings.Split(string(out), "\x00")
	if i := slices.Index(arguments, "input"); i >= 0 {
		return arguments[:i], strings.Join(arguments[i+1:], "\x00")
	}
	return arguments[:len(arguments)-1], ""
}

func after(arguments []string, option string) []string {
	var out []string
	for i := range len(arguments) - 1 {
		if arguments[i] == option {
			out = append(out, arguments[i+1])
		}
	}
	return out
}

func TestCurlCommandsMeanWhatWasSent(t *testing.T) {
	odd := "a'b\"c$d`e\\f!g\nh\ti\x1b[2J\u202e\xffé end"
	r := flows.Request{Method: "PATCH", URL: "https://h.test/a?x='$(id)'&y=[1]#frag", Body: []byte(odd),
		Headers: flows.Headers{{Name: "Host", Value: "h.test"}, {Name: "X-Odd", Value: "it's `id` \\ \x1b \xff"}, {Name: "@/etc/passwd", Value: "x"}, {Name: "X-Empty"}, {Name: "Content-Length", Value: "7"}, {Name: "X-Split", Value: "a\r\nb: c"}}}
	command := report.CurlCommand(r, blind{})
	arguments, input := runShell(t, command)
	if input != odd {
		t.Errorf("body %q", input)
	}
	if got := after(arguments, "--url"); !slices.Equal(got, []string{"https://h.test/a?x='$(id)'&y=[1]"}) {
		t.Errorf("url %q", got)
	}
	want := []string{"X-Odd: it's `id` \\ \x1b \xff", "X-Empty;", "User-Agent:", "Accept:", "Content-Type:"}
	if got := after(arguments, "--header"); !slices.Equal(got, want) {
		t.Errorf("headers %q", got)
	}
	if got := after(arguments, "--request"); !slices.Equal(got, []string{"PATCH"}) {
		t.Errorf("method %q", got)
	}
	for _, note := range []string{"@/etc/passwd: x", `a\r\nb: c`} {
		if !strings.Contains(command, "# curl cannot send this header: ") || !strings.Contains(command, note) {
			t.Errorf("no note about %q in\n%s", note, command)
		}
	}
	for _, raw := range []string{"file:///etc/passwd", "gopher://x", "-oout", "\x00"} {
		if c := report.CurlCommand(flows.Request{Method: "GET", URL: raw}, blind{}); !strings.HasPrefix(c, "# not an http URL") {
			t.Errorf("%q gives %s", raw, c)
		}
	}
	if c := report.CurlCommand(flows.Request{Method: "HEAD", URL: "http://h"}, blind{}); !strings.Contains(c, "--head ") {
		t.Error(c)
	}
}

func TestSecretsInCurlAreVariables(t *testing.T) {
	trace := sampleTrace()
	m := redact.ForTrace(trace)
	exchange := trace.Steps()[2].Exchange
	command := report.CurlCommand(exchange.Request, m)
	variable := "CODE_" + key.Fingerprint(code)[1:]
	if !strings.Contains(command, "# set "+variable+" to the code of 20 characters") {
		t.Errorf("no declaration of %s in\n%s", variable, command)
	}
	arguments, _ := runShell(t, variable+"=set-before\n"+command)
	if got := after(arguments, "--data-raw"); len(got) != 1 || !strings.Contains(got[0], "&code=set-before&code_verifier=") {
		t.Errorf("body %q", got)
	}
	binary := exchange.Request.WithBody([]byte("\x00%s" + code + "\xff"))
	_, input := runShell(t, variable+"='%d\\n'\n"+report.CurlCommand(binary, m))
	if input != "\x00%s%d\\n\xff" {
		t.Errorf("binary body %q", input)
	}
}

func FuzzCurlQuoting(f *testing.F) {
	f.Add("it's", "X", "a\nb")
	f.Add(hostile, "@x", "\x00\x01%s\\")
	f.Add("$'\\x41'", "A:B", "{printf}")
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(string(a.Body()), "X", string(a.Raw))
	}
	f.Fuzz(func(t *testing.T, value, name, body string) {
		r := flows.Request{Method: "POST", URL: "http://h.test/", Headers: flows.Headers{{Name: "X-Value", Value: "v" + value}, {Name: name, Value: "n"}}, Body: []byte(body)}
		command := report.CurlCommand(r, blind{})
		for line := range strings.SplitSeq(command, "\n") {
			if !visible.Clean(line) {
				t.Fatalf("steers a terminal: %q", line)
			}
		}
		arguments, input := runShell(t, command)
		if got := after(arguments, "--header"); !strings.ContainsAny(value, "\r\n\x00") && !slices.Contains(got, "X-Value: v"+value) {
			t.Fatalf("header %q of\n%s", got, command)
		}
		if got := append(after(arguments, "--data-raw"), input); body != "" && !slices.Contains(got, body) {
			t.Fatalf("body %q of\n%s", got, command)
		}
		if slices.ContainsFunc(after(arguments, "--header"), func(h string) bool { return strings.HasPrefix(h, "@") }) {
			t.Fatal("curl would read a file")
		}
	})
}

func TestMarkdownKeepsHostileTextInItsPlace(t *testing.T) {
	text := write(t, report.FormatMarkdown)
	for _, want := range []string{"# Truss: authorization\\_code", "- run: `00112233445566aa`", "## 3 exchange", "### error: sent twice: code (20 chars", "Failed (reset): ", "state-of-this-flow"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	fence := ""
	for line := range strings.SplitSeq(text, "\n") {
		ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence == "" && len(ticks) >= 3:
			fence = ticks
		case fence != "" && line == fence:
			fence = ""
		case fence != "" && len(ticks) >= len(fence):
			t.Errorf("a fence is broken by %q", line)
		case fence == "" && (strings.Contains(line, "<script") || strings.Contains(strings.ReplaceAll(line, `\]`, ""), "](http") || strings.Contains(line, " @all")):
			t.Errorf("markup from outside: %q", line)
		}
	}
	if fence != "" {
		t.Error("a fence is not closed")
	}
}

// TestMarkdownNumbersStepsAsItsHeadings: it shows the traffic that is no part of a flow, too,
// and counts it.
func TestMarkdownNumbersStepsAsItsHeadings(t *testing.T) {
	trace := flows.Trace{}.Append(noon, flows.Imported{What: "HAR"})
	for i, kind := range []flows.StepKind{flows.StepOther, flows.StepExchange} {
		trace = trace.Append(noon, flows.ExchangeFinished{ID: i, Exchange: flows.Exchange{Step: kind, Request: flows.Request{Method: "POST", URL: "https://id.blue.test/token"}}})
	}
	f := flows.Finding{Title: flows.Sentence{Text: "step 1 said “step 1”", Steps: []flows.StepNumber{{Start: 5, End: 6, Step: 1}}}, Evidence: []flows.Sentence{}}
	text := string(report.Markdown(trace, blind{}, f))
	for _, want := range []string{"step 2 said “step 1”", "\n## 2 exchange\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestMarkdownSaysHowTheRunEnded(t *testing.T) {
	for why, want := range map[string]string{"": "- outcome: failed\n", "the port is taken": "- outcome: failed: the port is taken\n"} {
		trace := flows.Trace{Run: "00112233445566aa"}.Append(noon, flows.RunStarted{}).Append(noon, flows.RunEnded{Outcome: flows.Failed, Why: why})
		if text := string(report.Markdown(trace, redact.ForTrace(trace))); !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
}

func TestLongBodyIsCutAfterMasking(t *testing.T) {
	long := strings.Repeat("x", 8<<10-10) + "\"" + access + "\"" + strings.Repeat("é", 5000)
	trace := sampleTrace().Append(noon, flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepCall,
		Request: flows.Request{Method: "GET", URL: "http://h/"}, Response: &flows.Response{Status: 200, Body: []byte(long)}}})
	data := string(report.Markdown(trace, redact.ForTrace(trace)))
	if strings.Contains(data, access[:8]) || !strings.Contains(data, "more bytes") || strings.Contains(data, `\x`+"c3") {
		t.Error("cut inside a secret or a character")
	}
}

func TestNoSecretSurvivesAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.StringMatching(`[A-Za-z0-9/+=_.~&%' "-]{12,40}`).Draw(t, "secret")
		if strings.Contains("grant_type=refresh_token&refresh_token=", raw) {
			t.Skip()
		}
		quoted, _ := json.Marshal(raw)
		trace := flows.Trace{Run: "00112233445566aa"}.Append(noon, flows.Imported{What: "a paste", Fingerprints: key}).
			Append(noon, flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepRefresh,
				Request: flows.Request{Method: "POST", URL: "https://t.test/token?hint=" + url.QueryEscape(raw), Body: []byte("grant_type=refresh_token&refresh_token=" + url.QueryEscape(raw)),
					Headers: flows.Headers{{Name: "Referer", Value: "https://t.test/?refresh_token=" + url.QueryEscape(raw)}}},
				Response: &flows.Response{Status: 400, Headers: flows.Headers{{Name: "Location", Value: "https://x.test/#refresh_token=" + url.QueryEscape(raw)}},
					Body: []byte(`{"error":"invalid_grant","error_description":` + string(quoted) + `}`)}}})
		for _, format := range report.Formats() {
			data, err := report.Write(format, trace, redact.ForTrace(trace))
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			if strings.Contains(string(data), raw) || strings.Contains(string(data), url.QueryEscape(raw)) {
				t.Fatalf("%s holds %q:\n%s", format, raw, data)
			}
		}
	})
}
