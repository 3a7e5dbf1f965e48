package program

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// hopeless is when a row that measures fails. A wait ends within 100 ms of its
// cancellation; what is measured is printed with the table, since a test machine may be
// busy with other rows.
const hopeless = 15 * time.Second

// tally counts the rows of one kind.
type tally struct{ tried, passed, inapplicable int }

// table is the result of all rows, by kind.
type table struct {
	mu    sync.Mutex
	kinds []string
	count map[string]*tally
	times map[string][]time.Duration // of what is measured
}

func (b *table) of(kind string) *tally {
	if b.count == nil {
		b.count = map[string]*tally{}
	}
	if b.count[kind] == nil {
		b.count[kind] = &tally{}
		b.kinds = append(b.kinds, kind)
	}
	return b.count[kind]
}

// row tries one fault of a kind beside others.
func (b *table) row(t *testing.T, kind, name string, try func(t *testing.T)) {
	t.Helper()
	b.mu.Lock()
	b.of(kind)
	b.mu.Unlock()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		b.mu.Lock()
		b.of(kind).tried++
		b.mu.Unlock()
		try(t)
		if !t.Failed() {
			b.mu.Lock()
			b.of(kind).passed++
			b.mu.Unlock()
		}
	})
}

// not counts a combination that cannot take place; why is said in the table of the rows.
func (b *table) not(kind string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.of(kind).inapplicable++
}

// took keeps how long something took, to be printed with the table.
func (b *table) took(t *testing.T, what string, d time.Duration) {
	t.Helper()
	if d < 0 || d > hopeless {
		t.Errorf("%s took %s", what, d)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.times == nil {
		b.times = map[string][]time.Duration{}
	}
	b.times[what] = append(b.times[what], d)
}

func (b *table) String() string {
	var out strings.Builder
	all := tally{}
	fmt.Fprintf(&out, "\n%-36s %7s %7s %15s\n", "kind", "tried", "passed", "cannot happen")
	for _, kind := range b.kinds {
		c := b.count[kind]
		fmt.Fprintf(&out, "%-36s %7d %7d %15d\n", kind, c.tried, c.passed, c.inapplicable)
		all = tally{all.tried + c.tried, all.passed + c.passed, all.inapplicable + c.inapplicable}
	}
	fmt.Fprintf(&out, "%-36s %7d %7d %15d\n", "all", all.tried, all.passed, all.inapplicable)
	for _, what := range slices.Sorted(maps.Keys(b.times)) {
		d := slices.Sorted(slices.Values(b.times[what]))
		fmt.Fprintf(&out, "%s: %d times, median %s, slowest %s\n", what, len(d), d[len(d)/2].Round(time.Millisecond), d[len(d)-1].Round(time.Millisecond))
	}
	return out.String()
}

// TestHostile holds the real program against a hostile network, hostile servers and a
// clumsy hand. With -v it ends with a table: faults tried and passed, by kind; the variable
// OAUTHLENS_HOSTILE_TABLE names a file for it. No row is skipped: a fault that nobody
// expected fails, and so does a program that does not end.
func TestHostile(t *testing.T) {
	var b table
	home := t.TempDir()
	for _, part := range []struct {
		name string
		rows func(t *testing.T, b *table, home string)
	}{
		{"endpoints", endpointRows},
		{"callback", callbackRows},
		{"tokens", tokenRows},
		{"answers", answerRows},
		{"discovery", discoveryRows},
		{"network", networkRows},
		{"hand", handRows},
		{"screen", screenRows},
		{"asked", askedRows},
		{"clumsy", clumsyRows},
		{"time", timeRows},
		{"waits", waitRows},
		{"waits on the screen", screenWaitRows},
		{"signals", signalRows},
		{"around", aroundRows},
	} {
		t.Run(part.name, func(t *testing.T) { part.rows(t, &b, home) })
	}
	t.Log(b.String())
	if name := os.Getenv("OAUTHLENS_HOSTILE_TABLE"); name != "" {
		if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
			t.Error(err)
		}
	}
	for _, kind := range b.kinds {
		if c := b.count[kind]; c.tried != c.passed && !t.Failed() { // a row that ended in no verdict
			t.Errorf("%s: %d of %d passed", kind, c.passed, c.tried)
		}
	}
}
