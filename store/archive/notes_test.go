package archive_test

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/store/archive"
)

// TestAClockThatWasSetBackIsSaid from a minute on.
func TestAClockThatWasSetBackIsSaid(t *testing.T) {
	p := places(t)
	first := newArchive(t, p, "")
	if n := first.Notes(); n != nil {
		t.Errorf("before anything is open: %q", n)
	}
	keep(t, first, flow(first.Fingerprints(), runOne, "Code-Value-1", 200))
	for back, want := range map[time.Duration]string{0: "", 59 * time.Second: "", time.Minute: "1m0s", 25 * time.Hour: "25h0m0s"} {
		a := archive.New(t.Context(), p, func(string) string { return "" }, func() time.Time { return noon.Add(-back) })
		s, err := a.Store()
		must(t, err)
		said := strings.Join(a.Notes(), "; ")
		if want == "" && said != "" || want != "" && !strings.HasPrefix(said, "the clock stands "+want+" before the newest run") {
			t.Errorf("%v back: %q", back, said)
		}
		must(t, s.Close())
	}
}

// TestWhatIsSaidOfKeepingRuns: once that they are kept without their secrets, and no word
// where nothing was left out.
func TestWhatIsSaidOfKeepingRuns(t *testing.T) {
	p := places(t)
	first := newArchive(t, p, "")
	keep(t, first, flow(flows.FingerprintKey{}, runOne, "Code-Value-1", 200))
	if _, err := first.Store(); err != nil {
		t.Fatal(err)
	}
	if said := first.Remark(true); !strings.HasPrefix(said, "secrets are not kept: ") {
		t.Errorf("the first time: %q", said)
	}
	if said := first.Remark(false); said != "" {
		t.Errorf("of a run that has all of it: %q", said)
	}
	later := newArchive(t, p, "")
	keep(t, later, flow(flows.FingerprintKey{}, runTwo, "Code-Value-2", 200))
	if _, err := later.Store(); err != nil {
		t.Fatal(err)
	}
	if said := later.Remark(true); said != "" {
		t.Errorf("said again: %q", said)
	}
}
