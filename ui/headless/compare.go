package headless

import (
	"io"

	"oauthlens/flows"
	"oauthlens/flows/compare"
	"oauthlens/flows/report"
)

// SchemaCompare is the schema of the document of a comparison.
const SchemaCompare = "oauthlens/compare@1"

// CompareJSON is the document of a comparison.
type CompareJSON struct {
	Schema      string           `json:"schema"`
	A           SideJSON         `json:"a"`
	B           SideJSON         `json:"b"`
	Suspicious  int              `json:"suspicious"`
	Expected    int              `json:"expected"`
	Planted     []string         `json:"planted,omitempty"`
	Differences []DifferenceJSON `json:"differences"`
}

// SideJSON is one side of a comparison.
type SideJSON struct {
	Name        string        `json:"name"`
	Run         string        `json:"run"`
	Provider    string        `json:"provider"`
	Environment string        `json:"environment"`
	Simulated   bool          `json:"simulated"`
	Grant       flows.Grant   `json:"grant"`
	Outcome     flows.Outcome `json:"outcome"`
	Why         string        `json:"why,omitempty"`
	Redacted    bool          `json:"redacted,omitempty"`
}

// DifferenceJSON is one difference; a or b is null where that side has nothing there.
type DifferenceJSON struct {
	Path    string          `json:"path"`
	A       *string         `json:"a"`
	B       *string         `json:"b"`
	Verdict compare.Verdict `json:"verdict"`
	Why     string          `json:"why"`
	Rule    string          `json:"rule"`
	Step    string          `json:"step"`
	Also    []string        `json:"also,omitempty"`
}

// CompareDocument makes the document of a comparison; planted are the differences that
// the simulator was told to show.
func CompareDocument(c compare.Comparison, planted []string) CompareJSON {
	out := CompareJSON{Schema: SchemaCompare, A: sideJSON(c.A), B: sideJSON(c.B), Suspicious: len(c.Suspicious()), Expected: len(c.Expected()),
		Planted: planted, Differences: []DifferenceJSON{}}
	for _, d := range c.Differences {
		j := DifferenceJSON{Path: d.Path, Verdict: d.Verdict, Why: d.Why, Rule: d.Rule, Step: d.Step, Also: d.Also}
		if d.InA {
			j.A = &d.A
		}
		if d.InB {
			j.B = &d.B
		}
		out.Differences = append(out.Differences, j)
	}
	return out
}

func sideJSON(s compare.Side) SideJSON {
	return SideJSON{Name: s.Name, Run: string(s.Run), Provider: s.Provider, Environment: s.Environment, Simulated: s.Simulated, Grant: s.Grant, Outcome: s.Outcome, Why: s.Why, Redacted: s.Redacted}
}

// WriteCompareJSON writes the document.
func WriteCompareJSON(w io.Writer, c compare.Comparison, planted []string) error {
	data, err := report.Encode(CompareDocument(c, planted), true)
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}
