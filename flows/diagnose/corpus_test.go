package diagnose

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/capture"
)

// expectation is one member of expected.json.
type expectation struct {
	Expect  []string `json:"expect"`
	AlsoOK  []string `json:"also_ok"`
	Healthy bool     `json:"healthy"`
	Note    string   `json:"note"`
}

// corpus reads the recorded faults.
func corpus(t testing.TB) (map[string][]byte, map[string]expectation) {
	t.Helper()
	f, err := os.Open("testdata/faults/cases.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		cases[strings.TrimSuffix(h.Name, ".har")] = data
	}
	raw, err := os.ReadFile("testdata/faults/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]expectation{}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	return cases, want
}

func inspect(t testing.TB, name string, data []byte) []flows.Finding {
	t.Helper()
	r, err := capture.Read(data, capture.Options{Name: name + ".har", Now: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return nil
	}
	return Run(r.Trace, Options{Providers: profiles()})
}

// scores are those of score.py.
type scores struct {
	faults, healthy, first, named, alarms, unexpected, warnings, infos, infosNamed int
	misses                                                                         []string
}

func (s *scores) judge(name string, x expectation, got []flows.Finding) {
	hard := map[string]bool{}
	all := map[string]bool{}
	top, first := 3, ""
	for _, f := range got {
		all[f.Code] = true
		if f.Severity != flows.SeverityInfo {
			hard[f.Code] = true
		}
		if r := f.Severity.Rank(); r < top && r < 2 {
			top, first = r, f.Code
		}
	}
	if x.Healthy {
		s.healthy++
		s.judgeHealthy(name, x, got, all)
		return
	}
	s.faults++
	named := true
	for _, c := range x.Expect {
		named = named && hard[c]
	}
	var extra []string
	for c := range hard {
		if !contains(x.Expect, c) && !contains(x.AlsoOK, c) {
			extra = append(extra, c)
		}
	}
	sort.Strings(extra)
	if first == x.Expect[0] {
		s.first++
	}
	if named {
		s.named++
	}
	if len(extra) > 0 {
		s.unexpected++
	}
	if first != x.Expect[0] || !named || len(extra) > 0 {
		s.misses = append(s.misses, fmt.Sprintf("%-40s want %v, first %q, unexpected %v (%s)", name, x.Expect, first, extra, x.Note))
	}
}

func (s *scores) judgeHealthy(name string, x expectation, got []flows.Finding, all map[string]bool) {
	for _, f := range got {
		switch f.Severity {
		case flows.SeverityError:
			s.alarms++
			s.misses = append(s.misses, fmt.Sprintf("%-40s FALSE ALARM %s: %v", name, f.Code, f.Evidence))
		case flows.SeverityWarning:
			s.warnings++
			s.misses = append(s.misses, fmt.Sprintf("%-40s warning on a healthy flow %s: %v", name, f.Code, f.Evidence))
		}
	}
	for _, c := range x.Expect {
		s.infos++
		if all[c] {
			s.infosNamed++
		} else {
			s.misses = append(s.misses, fmt.Sprintf("%-40s info %s not named", name, c))
		}
	}
}

func TestCorpus(t *testing.T) {
	cases, want := corpus(t)
	if len(want) != len(cases) {
		t.Fatalf("%d cases, %d expectations", len(cases), len(want))
	}
	var s scores
	for _, name := range sortedKeys(want) {
		s.judge(name, want[name], inspect(t, name, bytes.Clone(cases[name])))
	}
	s.require(t)
}

// require lets none of the recordings be judged otherwise than expected.
func (s *scores) require(t *testing.T) {
	t.Helper()
	t.Logf("%d faults: %d named first, %d named, %d with an unexpected code; %d healthy: %d alarms, %d warnings, %d of %d infos",
		s.faults, s.first, s.named, s.unexpected, s.healthy, s.alarms, s.warnings, s.infosNamed, s.infos)
	for _, m := range s.misses {
		t.Error(m)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
