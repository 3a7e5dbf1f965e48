package redact

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// manySecrets is a body of about a megabyte in which every member is named like a secret.
func manySecrets(which int) string {
	var b strings.Builder
	b.WriteString(`{"expires_in":3600`)
	for i := 0; b.Len() < 1<<20; i++ {
		fmt.Fprintf(&b, `,"x%d_access_token":"Value-%d-%06d"`, i, which, i)
	}
	return b.String() + "}"
}

func answeredBy(body string) flows.Event {
	return flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepExchange, Response: &flows.Response{Status: 200, Body: []byte(body)}}}
}

// TestManySecretsTakeLittle: what a masker keeps of a value is a few times a short value, and
// each is masked all the same.
func TestManySecretsTakeLittle(t *testing.T) {
	var trace flows.Trace
	for which := range 2 {
		trace = trace.Append(time.Unix(0, 0), answeredBy(manySecrets(which)))
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m := ForTrace(trace)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / int64(len(m.known)); len(m.known) < 40_000 || each > 300 {
		t.Errorf("%d bytes are kept of each of %d values", each, len(m.known))
	}
	for which := range 2 {
		if left := m.String(manySecrets(which)); strings.Contains(left, "Value-") {
			t.Errorf("answer %d shows %.200s", which, left[strings.Index(left, "Value-"):])
		}
	}
}

// TestAValueGetsABetterName: a value that was learned, and was masked, under a name that says
// little is masked under the one that it is met with later; a short one beside it.
func TestAValueGetsABetterName(t *testing.T) {
	const long, short = "a-value-of-some-length", "ab1"
	m := New(flows.FingerprintKey{}, map[string]string{long: "secret", short: "secret"})
	if got := m.String(long + " secret=" + short); strings.Count(got, "secret (") != 2 {
		t.Fatalf("at first %q", got)
	}
	m.Learn(answeredBy(`{"access_token":"` + long + `","refresh_token":"` + short + `"}`))
	if got := m.String(long + " refresh_token=" + short); !strings.HasPrefix(got, "access_token (22 chars, #") || !strings.Contains(got, "refresh_token=refresh_token (3 chars, #") {
		t.Errorf("then %q", got)
	}
	m.Learn(flows.RunStarted{Fingerprints: flows.FingerprintKey{1}})
	if got, want := m.String(long), (flows.FingerprintKey{1}).Mask("access_token", long); got != want {
		t.Errorf("under another key %q, not %q", got, want)
	}
}
