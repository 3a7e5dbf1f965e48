package command_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"oauthlens/flows"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/report"
)

// TestARunKeptWithoutAKeySaysTheSameOfItsToken: of a token that is masked in the history
// the format, the scopes and the times are told as they were when it was there.
func TestARunKeptWithoutAKeySaysTheSameOfItsToken(t *testing.T) {
	all, err := provider.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	h := newHouse(t)
	formats := map[string]int{}
	for _, p := range all {
		if p.Name == "custom" {
			continue // it has no server of its own
		}
		for _, fault := range append([]string{""}, faultNames()...) {
			args := []string{"run", p.Name, "--approve", "--no-browser", "--json", "--timeout", "400ms", "--callback-timeout", "2s"}
			if fault != "" {
				args = append(args, "--fault", fault)
			}
			h.launcher.Close()
			h.launcher = &launch.Launcher{Now: time.Now, Fingerprints: h.archive.Fingerprints}
			var live, kept report.Document
			out, errs := h.run(args...)
			if out == "" && fault != "" {
				continue // not to be planted here
			}
			if err := json.Unmarshal([]byte(out), &live); err != nil {
				t.Fatalf("%q: %v: %s", args, err, errs)
			}
			if out, errs = h.run("history", "show", "last", "--json"); json.Unmarshal([]byte(out), &kept) != nil {
				t.Fatal(errs)
			}
			if diff := cmp.Diff(codesOf(live), codesOf(kept)); diff != "" {
				t.Errorf("%s %s: %s", p.Name, fault, diff)
			}
			if diff := cmp.Diff(live.Token, kept.Token); diff != "" {
				t.Errorf("%s %s: %s", p.Name, fault, diff)
			}
			if live.Token != nil {
				formats[string(live.Token.Format)]++
			}
			if len(kept.JWTs) > 0 {
				t.Errorf("%s: the history holds the claims of a token that was not kept", p.Name)
			}
		}
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
