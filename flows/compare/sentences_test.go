package compare

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// recorded compares with a file of testdata, which -update writes: what a person reads is
// looked at as a whole, and a change of it as a change of that file.
func recorded(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want, have := strings.Split(string(data), "\n"), strings.Split(got, "\n")
	for i := range max(len(want), len(have)) {
		switch {
		case i >= len(want):
			t.Fatalf("%s ends before %q", file, have[i])
		case i >= len(have) || want[i] != have[i]:
			t.Fatalf("line %d of %s is stale: go test ./flows/compare -run Recorded -update, and read what changed:\n%s\nnow\n%s", i+1, file, want[i], have[min(i, len(have)-1)])
		}
	}
}

// turned is the difference seen from the other side.
func (d delta) turned() delta {
	other := *d.pair
	other.a, other.b = other.b, other.a
	d.pair, d.a, d.b = &other, d.b, d.a
	return d
}

// TestRecordedSentences: what each rule says of its sample, from both sides, of what stands on
// one side only, and of two runs of one environment.
func TestRecordedSentences(t *testing.T) {
	var out strings.Builder
	all := samples()
	for _, r := range Rules() {
		good := all[r.Code].good
		fresh := func() delta { good.pair = testPair(good.step); return good }
		only := func(a, b bool) delta {
			d := fresh()
			f := d.fact()
			d.a, d.b = nil, nil
			if a {
				d.a = f
			}
			if b {
				d.b = f
			}
			return d
		}
		within := fresh()
		within.pair.a.about.Name, within.pair.b.about = "run 1", within.pair.a.about
		within.pair.b.about.Name = "run 2"
		failed := only(true, false)
		failed.pair.b.about.Outcome = "failed"
		fmt.Fprintf(&out, "%s\n", r.Code)
		for _, v := range []struct {
			how string
			d   delta
		}{{"as it is", fresh()}, {"turned", fresh().turned()}, {"in the first", only(true, false)}, {"in the second", only(false, true)}, {"the second failed", failed}, {"one environment", within}} {
			d := judge(v.d)
			if d.Rule != r.Code || v.d.oneSided() && strings.Contains(d.Why, "nothing") { // another's, or of a fact that is only compared where both sides have it
				continue
			}
			fmt.Fprintf(&out, "  %s: %s %s %d %s | %s | %s | %s\n", v.how, d.Verdict, d.Rule, d.Rank, d.Path, d.A, d.B, d.Why)
		}
	}
	recorded(t, "sentences.txt", out.String())
}

var fingerprint = regexp.MustCompile(`#[0-9a-f]{8}`)

// TestRecordedDifferences: what is shown of each planted difference, and what each side has.
func TestRecordedDifferences(t *testing.T) {
	var out strings.Builder
	for _, p := range plantedSet() {
		b := newFlow()
		p.plant(b)
		fmt.Fprintf(&out, "%s\n", p.name)
		for _, d := range compareFlows(t, newFlow(), b).Differences {
			if !slices.Contains(always, d.Path) { // those are signed anew each time
				line := fmt.Sprintf("  %s %s: %s | %s | %s | %v | %v %v", d.Verdict, d.Path, d.A, d.B, d.Why, d.Also, d.InA, d.InB)
				out.WriteString(fingerprint.ReplaceAllString(line, "#") + "\n")
			}
		}
	}
	recorded(t, "differences.txt", out.String())
}
