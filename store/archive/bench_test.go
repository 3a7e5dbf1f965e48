package archive_test

import (
	"fmt"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/provider"
)

// BenchmarkKeep is the cost of keeping a short run of a real profile, in a process that
// has the history open.
func BenchmarkKeep(b *testing.B) {
	p := provider.EmbeddedNamed("truss")
	if p == nil {
		b.Fatal("no profile")
	}
	a := newArchive(b, places(b), "")
	run := flow(a.Fingerprints(), "", "Code-Value-1", 200)
	start := run.Records[0].Event.(flows.RunStarted)
	start.Provider = *p
	run.Records[0].Event = start
	i := 0
	for b.Loop() {
		i++
		k := a.Keep(flows.RunID(fmt.Sprintf("%016x", i)))
		for _, r := range run.Records {
			k.Append(r)
		}
		k.Finish(flows.Succeeded, "", noon.Add(time.Hour), noon)
		if err := k.Flush(); err != nil {
			b.Fatal(err)
		}
	}
}
