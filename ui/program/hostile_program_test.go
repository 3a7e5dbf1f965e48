package program

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The real program under test: the test binary is the program when a variable says so, so
// that nothing has to be built beside it. It ends with a report of what it left behind,
// which no other process could count as well.

// programReport names the file of the report; set, this binary is the program.
const programReport = "OAUTHLENS_TEST_PROGRAM_REPORT"

// programNameServer names the address of the name server that is asked instead of the
// system's, which may be slow, or know an address for every name.
const programNameServer = "OAUTHLENS_TEST_NAME_SERVER"

func askNameServer() {
	if address := os.Getenv(programNameServer); address != "" {
		net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "udp4", address)
		}}
	}
}

// nameServer is one that knows no name.
var nameServer = sync.OnceValue(func() string {
	server, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for message := make([]byte, 512); ; {
			n, from, err := server.ReadFrom(message)
			if err != nil || n < 12 {
				continue
			}
			message[2], message[3] = message[2]|0x80, 0x83 // RFC 1035 section 4.1.1: a response, name error
			_, _ = server.WriteTo(message[:n], from)
		}
	}()
	return server.LocalAddr().String()
})

// abort makes a program that outlives its context say where it stands.
func abort(cmd *exec.Cmd) {
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGABRT) }
	cmd.WaitDelay = 5 * time.Second
}

// beProgram does not return if this process is to be the program.
func beProgram() {
	if name, ok := os.LookupEnv(programReport); ok {
		askNameServer()
		code := Main()
		leave(name)
		os.Exit(code)
	}
	// Most rows wait for something; more of them than processors can do so at once.
	_ = flag.Set("test.parallel", "8")
}

// remains is what the program had left when it ended.
type remains struct {
	Ended      time.Time
	PeakKiB    int
	Sockets    int
	Goroutines []string
}

// leave writes the report. What is about to end by itself is waited for.
func leave(name string) {
	ended := time.Now()
	var r remains
	for range 100 {
		if r = look(); r.Sockets == 0 && len(r.Goroutines) == 0 {
			break
		}
		time.Sleep(30 * time.Millisecond)
	}
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			r.PeakKiB, _ = strconv.Atoi(strings.Fields(rest)[0])
		}
	}
	r.Ended = ended
	data, _ := json.Marshal(r)
	_ = os.WriteFile(name, data, 0o600)
}

func look() (r remains) {
	links, _ := filepath.Glob("/proc/self/fd/*")
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && strings.HasPrefix(to, "socket:") {
			r.Sockets++
		}
	}
	var all bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&all, 2)
	for _, one := range strings.Split(all.String(), "\n\n") {
		// what waits for signals, or for a key at a question that a signal ended, lives as long
		// as the program
		if strings.Contains(one, "oauthlens") && !strings.Contains(one, ".TestMain(") && !strings.Contains(one, "program.(*signals).") && !strings.Contains(one, "command.readUntil.") {
			r.Goroutines = append(r.Goroutines, one)
		}
	}
	return r
}

// invocation is one call of the program.
type invocation struct {
	args  []string
	env   []string
	stdin io.Reader
	// meanwhile is called once the program has said a line on standard error that starts
	// with this prefix, with the rest of the line; told: on standard output.
	prefix    string
	told      bool
	meanwhile func(p *program, rest string)
	// started is called when the program runs.
	started func(p *program)
	// bound is how long it may take; a minute by default.
	bound time.Duration
	// memory is the peak in KiB; memory by default.
	memory int
}

// program is a call under way and what came of it.
type program struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	code           int
	report         remains
	reported       bool
	memory         int
	misused        bool // the row gives a wrong input, which is exit code 2
}

// memory is what the program may use at its peak: its own 24 MiB before anything comes in,
// and 64 MiB for whatever comes. A megabyte of keys, each of which is looked at, takes more.
const (
	memory     = (24 + 64) << 10 // KiB
	keysMemory = 128 << 10
)

// call runs the program to its end. It fails the test if the program does not end, and
// looks at what every call must hold.
func call(t *testing.T, home string, in invocation) *program {
	t.Helper()
	p := start(t, home, in)
	p.check(t)
	return p
}

func start(t *testing.T, home string, in invocation) *program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if in.bound == 0 {
		in.bound = time.Minute
	}
	ctx, cancel := context.WithTimeout(t.Context(), in.bound)
	defer cancel()
	report := filepath.Join(t.TempDir(), "report")
	p := &program{memory: cmp.Or(in.memory, memory), cmd: exec.CommandContext(ctx, self, in.args...)}
	p.cmd.Env = append(cleanEnvironment(home), append(in.env, programReport+"="+report)...)
	p.cmd.Dir = t.TempDir() // what it is asked to write stays out of the project
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = in.stdin, &p.stdout, &p.stderr
	abort(p.cmd)
	watch := &lineWatch{out: &p.stderr, prefix: in.prefix}
	if in.told {
		watch.out, p.cmd.Stdout = &p.stdout, watch
	} else {
		p.cmd.Stderr = watch
	}
	if in.meanwhile != nil {
		done := make(chan struct{})
		defer func() { <-done }()
		watch.found = make(chan string, 1)
		ended := make(chan struct{})
		defer close(ended)
		go func() {
			defer close(done)
			select {
			case rest := <-watch.found:
				in.meanwhile(p, rest)
			case <-ended:
			}
		}()
	}
	if err = p.cmd.Start(); err == nil {
		if in.started != nil {
			in.started(p)
		}
		err = p.cmd.Wait()
	}
	if c, ok := in.stdin.(io.Closer); ok {
		_ = c.Close() // who still writes is not kept waiting
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		t.Fatalf("%q did not end within %s: %.8000s", in.args, in.bound, p.stderr.String())
	case errors.As(err, &exit):
		p.code = exit.ExitCode()
	case err != nil:
		t.Fatal(err)
	}
	if data, err := os.ReadFile(report); err == nil {
		p.reported = json.Unmarshal(data, &p.report) == nil
	}
	return p
}

// cleanEnvironment is an environment without settings of the person who runs the test.
func cleanEnvironment(home string) []string {
	env := []string{"OAUTHLENS_HOME=" + home, "HOME=" + home, "TERM=xterm-256color", "OAUTHLENS_CLIENT_SECRET=" + clientSecret,
		"HTTP_PROXY=", "HTTPS_PROXY=", "NO_PROXY=", "http_proxy=", "https_proxy=", "no_proxy=", "BROWSER=false", programNameServer + "=" + nameServer()}
	for _, name := range []string{"PATH", "SYSTEMROOT", "TMPDIR", "TMP", "TEMP", "GOCOVERDIR", "GOGC"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// lineWatch passes the text on and tells of the first line with the prefix.
type lineWatch struct {
	out    *bytes.Buffer
	prefix string
	found  chan string
	rest   []byte
}

func (w *lineWatch) Write(b []byte) (int, error) {
	w.out.Write(b)
	if w.found == nil {
		return len(b), nil
	}
	w.rest = append(w.rest, b...)
	for {
		i := bytes.IndexByte(w.rest, '\n')
		if i < 0 {
			return len(b), nil
		}
		line := string(w.rest[:i])
		w.rest = w.rest[i+1:]
		if rest, ok := strings.CutPrefix(line, w.prefix); ok {
			select {
			case w.found <- rest:
			default:
			}
		}
	}
}

// check holds what is true of every call, whatever came from outside.
func (p *program) check(t *testing.T) {
	t.Helper()
	for name, out := range map[string]*bytes.Buffer{"standard output": &p.stdout, "standard error": &p.stderr} {
		quiet(t, name, out.String())
		secretFree(t, name, out.String())
	}
	if !p.reported {
		t.Errorf("the program ended with %d before its time; standard error: %.2000s", p.code, p.stderr.String())
		return
	}
	if runtime.GOOS == "linux" && (p.report.PeakKiB == 0 || p.report.PeakKiB > p.memory) {
		t.Errorf("%d MiB of memory at the peak", p.report.PeakKiB>>10)
	}
	if p.report.Sockets != 0 {
		t.Errorf("%d sockets were left open", p.report.Sockets)
	}
	if len(p.report.Goroutines) != 0 {
		t.Errorf("goroutines were left: %s", strings.Join(p.report.Goroutines, "\n\n"))
	}
}

// quiet: nothing in the text steers a terminal or deceives the eye. The ranges are written
// out here and not taken from the program.
func quiet(t *testing.T, where, text string) {
	t.Helper()
	for i, r := range text {
		bad := r < ' ' && r != '\n' || r >= 0x7f && r <= 0x9f || r == 0xfffd && !strings.HasPrefix(text[i:], "\ufffd") ||
			r == 0x061c || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r == 0xfeff || r >= 0xe0000 && r <= 0xe007f
		if bad {
			t.Errorf("%s holds %U raw: %q", where, r, text[max(0, i-60):min(len(text), i+40)])
			return
		}
	}
}

// The secrets of the rows. Each is long and looks like nothing else.
const (
	clientSecret = "S3cr3t/Hostile+Row:7fQ"
	goodCode     = "C0de.Hostile~Row-41bX"
	opaqueToken  = "At0k.HostileRow.9aZk4"
	refreshValue = "Rt0k.HostileRow.5mWq2"
)

// secretFree: none of the secrets of the rows stands in the text.
func secretFree(t *testing.T, where, text string) {
	t.Helper()
	for name, forms := range map[string][]string{
		"client secret": {clientSecret, "S3cr3t%2FHostile%2BRow%3A7fQ", "S3cr3t%2fHostile"},
		"code":          {goodCode, "C0de.Hostile%7ERow-41bX"},
		"access token":  {opaqueToken}, "refresh token": {refreshValue},
	} {
		for _, form := range forms {
			if i := strings.Index(text, form); i >= 0 {
				t.Errorf("%s holds the %s: %q", where, name, text[max(0, i-60):min(len(text), i+len(form)+20)])
			}
		}
	}
}

// document is the JSON document of a run, as far as the rows look at it.
type document struct {
	Schema   string
	Run      string
	Outcome  string
	Steps    []documentStep
	Token    map[string]any
	JWTs     []documentJWT
	Findings []struct{ Code, Severity, Title string }
}

type documentStep struct {
	Step, Outcome string
	Request       *struct{ Method, URL, Body string }
	Response      *struct {
		Status       int
		Body         string
		BodyEncoding string `json:"body_encoding"`
		BodyBytes    int64  `json:"body_bytes"`
		BodyComplete bool   `json:"body_complete"`
	}
	Error *struct{ Kind, Message string }
}

type documentJWT struct {
	Of, Signature string
	Verdicts      []struct{ Check, Result, Why string }
}

// last returns the last step of that kind.
func (d document) last(kind string) *documentStep {
	for i := len(d.Steps) - 1; i >= 0; i-- {
		if d.Steps[i].Step == kind {
			return &d.Steps[i]
		}
	}
	return nil
}

// verdict is the result of a check, the worst if there are several.
func (d document) verdict(of, check string) string {
	result := ""
	for _, j := range d.JWTs {
		for _, v := range j.Verdicts {
			if j.Of == of && v.Check == check && result != "failed" {
				result = v.Result
			}
		}
	}
	return result
}

// errors tells whether a finding has the severity error.
func (d document) errors() bool {
	for _, f := range d.Findings {
		if f.Severity == "error" {
			return true
		}
	}
	return false
}

// document reads standard output, which must be one JSON document that agrees with the
// exit code.
func (p *program) document(t *testing.T) document {
	t.Helper()
	var d document
	text := bytes.TrimSpace(p.stdout.Bytes())
	if i := bytes.LastIndex(text, []byte("\n{\"schema\":\"oauthlens/run@1\"")); i >= 0 { // the last line of --events
		for line := range bytes.Lines(text[:i+1]) {
			if !json.Valid(line) {
				t.Errorf("a line of the events is no JSON: %.200q", line)
			}
		}
		text = text[i+1:]
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatalf("exit code %d; standard output is no JSON document: %v\n%.1000s\n%.1000s", p.code, err, text, p.stderr.String())
	}
	for _, st := range d.Steps {
		if r := st.Response; r != nil && r.BodyEncoding == "base64" {
			body, err := base64.StdEncoding.DecodeString(r.Body)
			if err != nil {
				t.Error(err)
			}
			secretFree(t, "a body in base64", strings.ReplaceAll(string(body), "\x00", ""))
		}
	}
	if want := p.wantCode(d); p.code != want && (p.code != 2 || d.Outcome != "failed" || !p.misused) {
		t.Errorf("exit code %d with the outcome %s, want %d", p.code, d.Outcome, want)
	}
	return d
}

func (p *program) wantCode(d document) int {
	switch {
	case d.Schema != "oauthlens/run@1":
		return -1
	case d.Outcome == "cancelled":
		return p.code // 130 or 143: the row looks
	case d.Outcome != "succeeded" || d.errors():
		return 1
	}
	return 0
}

func (p *program) String() string {
	return fmt.Sprintf("exit code %d\nstandard output: %.1500s\nstandard error: %.1500s", p.code, p.stdout.String(), p.stderr.String())
}
