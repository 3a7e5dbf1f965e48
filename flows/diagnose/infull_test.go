package diagnose

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"oauthlens/flows"
)

const inFullFile = "testdata/findings.golden"

// TestInFull holds what a person reads of every example and story to the last word: which
// step, how sure, by which evidence, with which bytes marked, and what else was weighed. The
// other tests say which codes are right; this one keeps a change of one rule from moving or
// rewording another one's findings unseen.
func TestInFull(t *testing.T) {
	var b strings.Builder
	all := examples()
	for _, code := range sortedKeys(all) {
		inFull(t, &b, code, all[code].bad)
		if got := findingsOf(t, all[code].good); len(got) > 0 {
			fmt.Fprintf(&b, "near miss: %s\n\n", codes(got))
		}
	}
	for _, s := range slices.Concat(configureStories(), authorizeStories(), exchangeStories(), combinedStories(), moreStories(), trustStories()) {
		inFull(t, &b, s.name, s.text)
	}
	got := b.String()
	if *update {
		if err := os.WriteFile(inFullFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	raw, err := os.ReadFile(inFullFile)
	if err != nil {
		t.Fatal(err)
	}
	want := string(raw)
	if got == want {
		return
	}
	for _, section := range strings.SplitAfter(got, "\n\n") {
		if !strings.Contains(want, section) {
			name, _, _ := strings.Cut(section, "\n")
			_, old, _ := strings.Cut(want, name+"\n")
			old, _, _ = strings.Cut(old, "\n\n")
			t.Errorf("%s\nwas\n%s", strings.TrimSpace(section), old)
		}
	}
	t.Errorf("%s is not what the rules say; if they are right: go test ./flows/diagnose -run InFull -update", inFullFile)
}

// fingerprint is of a value that is signed anew in every run of the tests.
var fingerprint = regexp.MustCompile(`#[0-9a-f]{8}`)

// inFull writes the findings of a scene.
func inFull(t *testing.T, b *strings.Builder, name, text string) {
	t.Helper()
	fmt.Fprintf(b, "== %s\n", name)
	text = strings.NewReplacer("CHALLENGE", s256(verifier), "VERIFIER", verifier).Replace(text)
	tr := parseScene(t, text)
	rules := map[string]Rule{}
	for _, r := range Rules() {
		rules[r.Code] = r
	}
	for _, f := range Run(tr, Options{Providers: profiles()}) {
		r := rules[f.Code]
		fmt.Fprintf(b, "%s %s, %s, step %d\n", f.Severity, f.Code, f.Confidence, f.Step)
		for _, x := range [...]struct{ name, own, rule string }{{"title", f.Title.Text, r.Title}, {"cause", f.Cause.Text, r.Cause}, {"fix", f.Fix.Text, r.Fix}, {"spec", f.Spec, r.Spec}} {
			if x.own != x.rule { // the rule's own texts are in docs/findings.md
				fmt.Fprintf(b, "  %s: %s\n", x.name, x.own)
			}
		}
		for _, e := range f.Evidence {
			fmt.Fprintf(b, "  - %s\n", fingerprint.ReplaceAllString(e.Text, "#"))
		}
		for _, m := range f.Marks {
			fmt.Fprintf(b, "  ^ %d %s %s: %s\n", m.Step, m.Where, marked(tr.Steps(), m), m.Label)
		}
		for _, k := range f.Candidates {
			fmt.Fprintf(b, "  ? %s %s: %s; %s\n", k.Code, k.Verdict, fingerprint.ReplaceAllString(k.Why.Text, "#"), k.Probe)
		}
	}
	b.WriteString("\n")
}

// marked is the text at a mark, shortened where it is long.
func marked(steps []flows.Step, m flows.Mark) string {
	text, _ := markedText(steps, m)
	if m.Start < 0 || m.End > len(text) || m.Start > m.End {
		return "(outside)"
	}
	text = text[m.Start:m.End]
	if len(text) > 60 {
		return fmt.Sprintf("%q and %d more", text[:20], len(text)-20)
	}
	return fmt.Sprintf("%q", text)
}

// markedText is the text of a message that a mark points into; known is false when there is
// no such text.
func markedText(steps []flows.Step, m flows.Mark) (text string, known bool) {
	x := steps[m.Step].Exchange
	switch side, name, _ := strings.Cut(m.Where, " header "); {
	case m.Where == "url":
		return x.Request.URL, true
	case m.Where == "request body":
		return string(x.Request.Body), true
	case side == "request":
		return x.Request.Headers.Get(name), true
	case x.Response == nil:
	case m.Where == "response body":
		return string(x.Response.Body), true
	case side == "response":
		return x.Response.Headers.Get(name), true
	}
	return "", false
}
