package simulator

import (
	"os"
	"strings"
	"testing"

	"oauthlens/flows"
)

// TestDocument holds docs/simulator.md against what there is.
func TestDocument(t *testing.T) {
	data, err := os.ReadFile("../../docs/simulator.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, f := range flows.Faults() {
		if f.Server != strings.Contains(text, "| `"+f.Name+"` |") {
			t.Errorf("fault %s: server's half %v", f.Name, f.Server)
		}
	}
	for _, s := range Scenarios() {
		if !strings.Contains(text, "`"+s.Name+"`") {
			t.Errorf("scenario %s is not described", s.Name)
		}
	}
	for _, p := range Plants() {
		if !strings.Contains(text, "| `"+p.Name+"` | "+p.What+" |") {
			t.Errorf("plant %s is not described as %q", p.Name, p.What)
		}
	}
	for _, p := range []flows.Provider{split(), machine()} {
		sim, err := New(Config{Providers: []flows.Provider{p}})
		if err != nil {
			t.Fatal(err)
		}
		if id, secret := sim.Client(p, flows.EnvSimulator); !strings.Contains(text, "`"+id+"`") || !strings.Contains(text, "`"+secret+"`") {
			t.Errorf("client %s of %s is not described", id, p.Name)
		}
	}
}
