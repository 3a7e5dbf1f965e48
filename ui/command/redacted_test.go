package command_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"oauthlens/flows"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/report"
	"oauthlens/flows/simulator"
)

// TestARunKeptWithoutAKeySaysTheSameOfItsToken: of a token that is masked in the history
// the format, the scopes and the times are told as they were when it was there.
func TestARunKeptWithoutAKeySaysTheSameOfItsToken(t *testing.T) {
	all := provider.Embedded()
	h := newHouse(t)
	formats := map[string]int{}
	same := func(args ...string) {
		t.Helper()
		args = append(args, "--approve", "--no-browser", "--json", "--timeout", "400ms", "--callback-timeout", "2s")
		h.launcher.Close()
		h.launcher = &launch.Launcher{Now: time.Now, Fingerprints: h.archive.Fingerprints}
		var live, kept report.Document
		out, errs := h.run(args...)
		if out == "" && slices.Contains(args, "--fault") {
			return // not to be planted here
		}
		if err := json.Unmarshal([]byte(out), &live); err != nil {
			t.Fatalf("%q: %v: %s", args, err, errs)
		}
		if out, errs = h.run("history", "show", "last", "--json"); json.Unmarshal([]byte(out), &kept) != nil {
			t.Fatal(errs)
		}
		if diff := cmp.Diff(codesOf(live), codesOf(kept)); diff != "" {
			t.Errorf("%q: %s", args, diff)
		}
		if diff := cmp.Diff(live.Token, kept.Token); diff != "" {
			t.Errorf("%q: %s", args, diff)
		}
		if live.Token != nil {
			formats[string(live.Token.Format)]++
		}
		if len(kept.JWTs) > 0 {
			t.Errorf("%q: the history holds the claims of a token that was not kept", args)
		}
	}
	for _, p := range all {
		if p.Name == "custom" {
			continue // it has no server of its own
		}
		same("run", p.Name)
		for _, fault := range faultNames() {
			same("run", p.Name, "--fault", fault)
		}
	}
	// Credentials in the header of HTTP Basic, and a token that its API refuses.
	other, err := simulator.Start(t.Context(), simulator.Config{Providers: all}, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	for _, name := range []string{"truss", "trulioo", "truelayer-data"} {
		same("run", name, "--auth", "basic")
		for _, fault := range []string{"invalid-client", "expired-code", "html-502", "truncated"} {
			same("run", name, "--auth", "basic", "--fault", fault)
		}
		same("run", name, "--call", other.URL()+"/truss/api/x")
	}
	if formats["jwt"] == 0 || formats["opaque"] == 0 {
		t.Errorf("only %v was tried", formats)
	}
}

// codesOf lists the findings of a document with their steps.
func codesOf(d report.Document) []string {
	out := []string{}
	for _, f := range d.Findings {
		step := -1
		if f.Step != nil {
			step = *f.Step
		}
		out = append(out, fmt.Sprint(f.Code, " at ", step))
	}
	return out
}

func faultNames() []string {
	var out []string
	for _, f := range flows.Faults() {
		out = append(out, f.Name)
	}
	return out
}
