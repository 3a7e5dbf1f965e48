package diagnose

import (
	"flag"
	"os"
	"strings"
	"testing"

	"oauthlens/flows"
)

var update = flag.Bool("update", false, "write the generated documentation")

const docsFile = "../../docs/findings.md"

func TestDocs(t *testing.T) {
	want := Markdown(Rules())
	if *update {
		if err := os.MkdirAll("../../docs", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(docsFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Errorf("%s is stale: go test ./flows/diagnose -run Docs -update", docsFile)
	}
}

func TestRulesAreDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.Code] {
			t.Errorf("%s: twice", r.Code)
		}
		seen[r.Code] = true
		for name, text := range map[string]string{"Title": r.Title, "Doc": r.Doc, "Cause": r.Cause, "Fix": r.Fix, "Spec": r.Spec, "Bad": r.Bad, "Good": r.Good, "Stage": string(r.Stage)} {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: no %s", r.Code, name)
			}
		}
		if strings.HasSuffix(r.Title, ".") || len(r.Title) > 90 {
			t.Errorf("%s: the title is no short sentence without full stop: %q", r.Code, r.Title)
		}
		if r.Check == nil {
			t.Errorf("%s: no check", r.Code)
		}
		switch r.Severity {
		case flows.SeverityError, flows.SeverityWarning, flows.SeverityInfo:
		default:
			t.Errorf("%s: severity %q", r.Code, r.Severity)
		}
	}
}

// TestVocabulary: the codes of the corpus and of the table of faults all have a rule, and
// the precedence speaks of no code that has none.
func TestVocabulary(t *testing.T) {
	known := map[string]bool{}
	for _, r := range Rules() {
		known[r.Code] = true
	}
	if len(known) != 130 {
		t.Errorf("%d codes, the vocabulary has 130", len(known))
	}
	_, want := corpus(t)
	for name, x := range want {
		for _, c := range append(append([]string{}, x.Expect...), x.AlsoOK...) {
			if !known[c] {
				t.Errorf("%s: no rule %s", name, c)
			}
		}
	}
	for _, f := range flows.Faults() {
		if !known[f.Finding] {
			t.Errorf("fault %s: no rule %s", f.Name, f.Finding)
		}
	}
	for what, set := range map[string]words{"earlierSend": earlierSend, "companions": companions, "lowest": lowest, "told": told, "grant ladder": grantLadder, "client ladder": clientLadder} {
		for _, c := range strings.Fields(string(set)) {
			if !known[c] {
				t.Errorf("%s: no rule %s", what, c)
			}
		}
	}
	for _, c := range covered {
		for _, by := range append(c.list, c.key) {
			if !known[by] && by != "*error" {
				t.Errorf("covered: no rule %s", by)
			}
		}
	}
	for _, c := range families {
		if !known[c[0]] {
			t.Errorf("families: no rule %s", c[0])
		}
	}
}

// TestCodesOfTheVocabulary lists the codes, so that none is renamed by accident.
func TestCodesOfTheVocabulary(t *testing.T) {
	var got []string
	for _, r := range Rules() {
		got = append(got, r.Code)
	}
	raw, err := os.ReadFile("testdata/codes.txt")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Fields(string(raw)); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the codes or their order changed:\n got %v\nwant %v", got, want)
	}
}

func TestWords(t *testing.T) {
	const list words = "a ab-c\tlonger\n\tlast"
	for word, want := range map[string]bool{"a": true, "ab-c": true, "longer": true, "last": true, "": false, " ": false, "a ab-c": false, "long": false, "ast": false, "ab": false, "-c": false} {
		if list.has(word) != want {
			t.Errorf("has(%q) is %v", word, !want)
		}
	}
}
