package program

import (
	"encoding/json"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"oauthlens/flows"
	"oauthlens/flows/diagnose"
	"oauthlens/flows/session"
)

// The program under test with something else outside than the real time and the real
// rules. The seam is in the test binary alone: no variable does this to the real program.

// programOutside holds an otherwise in JSON; set, this binary is the program.
const programOutside = "OAUTHLENS_TEST_OUTSIDE"

// visitVariable makes this binary a user with a browser, for the one argument.
const visitVariable = "OAUTHLENS_TEST_VISIT"

// otherwise is what is different outside.
type otherwise struct {
	// Secrets names a file to which every secret of the runs is written, so that the test
	// knows what to look for.
	Secrets string
	// Fall makes the clock panic when it is asked from within this function; "diagnose"
	// makes the rules panic once there is a token. The value quotes a secret.
	Fall string
	// Clock names a file with a duration by which the clock is moved, read at every look.
	Clock string

	quote string // a secret at hand
	mu    *sync.Mutex
	known *[]secretValue
	judge *diagnose.Judge
}

// secretValue is a secret that was in play.
type secretValue struct{ Name, Raw string }

// beOtherwise does not return if this process is to be the program.
func beOtherwise() {
	if _, visiting := os.LookupEnv(visitVariable); visiting {
		openAsUser()
		os.Exit(0)
	}
	text, ok := os.LookupEnv(programOutside)
	if !ok {
		return
	}
	e := otherwise{quote: os.Getenv("OAUTHLENS_CLIENT_SECRET"), mu: new(sync.Mutex), known: new([]secretValue), judge: new(diagnose.Judge)}
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		panic(err)
	}
	_ = os.Unsetenv(programOutside)
	os.Exit(run(outside{now: e.now, diagnose: e.diagnose}))
}

func (e otherwise) now() time.Time {
	now := time.Now()
	if e.Clock != "" {
		if text, err := os.ReadFile(e.Clock); err == nil {
			if by, err := time.ParseDuration(strings.TrimSpace(string(text))); err == nil {
				now = moved(now, by)
			}
		}
	}
	if e.Fall != "" && e.Fall != "diagnose" && within(e.Fall) {
		panic("a value that quotes " + e.quote)
	}
	return now
}

// within tells that the caller's caller is called, however far up, by that function.
func within(function string) bool {
	pcs := make([]uintptr, 128)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, function) {
			return true
		}
		if !more {
			return false
		}
	}
}

func (e otherwise) diagnose(t flows.Trace, o diagnose.Options) []flows.Finding {
	secrets := secretsIn(t)
	if e.Secrets != "" {
		e.tell(secrets)
	}
	if e.Fall == "diagnose" {
		for _, s := range secrets {
			if s.Name == "access_token" {
				panic("a rule that quotes " + s.Raw + " and " + e.quote)
			}
		}
	}
	return e.judge.Run(t, o)
}

// tell writes what is known so far to the file.
func (e otherwise) tell(secrets []secretValue) {
	e.mu.Lock()
	defer e.mu.Unlock()
	before := len(*e.known)
	for _, s := range secrets {
		if !slices.Contains(*e.known, s) {
			*e.known = append(*e.known, s)
		}
	}
	if len(*e.known) == before {
		return
	}
	data, err := json.Marshal(*e.known)
	if err == nil {
		err = os.WriteFile(e.Secrets, data, 0o600)
	}
	if err != nil {
		panic(err)
	}
}

// secretsIn reads the secrets of a trace through the session, and not through package
// redact, whose work is judged by them.
func secretsIn(t flows.Trace) []secretValue {
	var out []secretValue
	add := func(name, raw string) {
		if raw != "" && !flows.IsMask(raw) {
			out = append(out, secretValue{name, raw})
		}
	}
	for i := range t.Records {
		if e, ok := t.Records[i].Event.(flows.Drawn); ok {
			add("code_verifier", e.Verifier.RevealSecret())
		}
	}
	s := session.Replay(t)
	add("client_secret", s.ClientSecret().RevealSecret())
	add("refresh_token", s.Start().Credentials.RefreshToken.RevealSecret())
	if c := s.Callback(); c != nil {
		add("code", c.Reading.Code)
	}
	for _, issued := range s.Tokens() {
		add("access_token", issued.Token.AccessToken.RevealSecret())
		add("refresh_token", issued.Token.RefreshToken.RevealSecret())
		add("id_token", issued.Token.IDToken.RevealSecret())
	}
	return out
}

// moved is a reading of a clock that was set, or that went on while the machine slept: the
// wall time has moved and the monotonic time has not. No function of package time makes
// one, so the seconds in the first word of the value are counted up (time.Time with a
// monotonic reading: a bit, 33 bits of seconds, 30 bits of nanoseconds).
func moved(now time.Time, by time.Duration) time.Time {
	words := (*[2]uint64)(unsafe.Pointer(&now))
	words[0] += uint64(int64(by/time.Second)) << 30
	return now
}

func TestMovedClock(t *testing.T) {
	for _, by := range []time.Duration{24 * time.Hour, -2 * time.Hour, 0} {
		now := time.Now()
		then := moved(now, by)
		if then.Unix()-now.Unix() != int64(by/time.Second) || then.Sub(now) != 0 {
			t.Errorf("%s: %s became %s", by, now, then)
		}
	}
}
