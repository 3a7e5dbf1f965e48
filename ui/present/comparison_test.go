package present

import (
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/compare"
)

func compared() compare.Comparison {
	return compare.Comparison{A: compare.Side{Name: "sandbox"}, B: compare.Side{Name: "production"}, Steps: []string{"authorize_url", "token", "refresh[2]"},
		Differences: []compare.Difference{
			{Step: "token", Path: "token.refresh_token", Name: "refresh_token", A: "present", InA: true, Verdict: compare.Suspicious, Why: "Production gives no refresh token."},
			{Step: "authorize_url", Path: "authorize_url.client_id", Name: "client_id", A: "a", B: "b", InA: true, InB: true, Verdict: compare.Expected, Why: "Each environment has its own client.", Rank: 100},
		}}
}

func TestComparisonPutsTheSuspiciousOnTop(t *testing.T) {
	w := Comparison(compared(), Sides{})
	var rail []string
	for _, r := range w.Rail {
		rail = append(rail, r.Title+string(r.Worst))
	}
	if got := strings.Join(rail, ", "); got != "Verdictwarning, Authorization URL, Tokenwarning, Refresh 2" {
		t.Fatalf("rail %q", got)
	}
	folded, everything := cells(w, 0, 0), cells(w, 0, 1)
	if !strings.Contains(folded, "refresh_token") || !strings.Contains(folded, "absent") || strings.Contains(folded, "client_id") {
		t.Fatalf("folded:\n%s", folded)
	}
	if !strings.Contains(everything, "client_id") || !strings.Contains(everything, "Each environment has its own client.") {
		t.Fatalf("everything:\n%s", everything)
	}
	for i, want := range []int{2, 2, 0, 0} { // enter jumps between the steps where something is suspicious
		if n := w.Panes[i].Next; n.To != want || n.Environment != "" {
			t.Errorf("enter on %s: %+v", w.Panes[i].Title, n)
		}
	}
}

// TestAReasonIsSaidOnce for differences that follow each other and mean the same.
func TestAReasonIsSaidOnce(t *testing.T) {
	c := compared()
	for i, name := range []string{"state", "code_challenge", "issuer"} {
		why := []string{"Made anew for every flow.", "Made anew for every flow.", "Another server."}[i]
		c.Differences = append(c.Differences, compare.Difference{Step: "authorize_url", Path: "authorize_url." + name, Name: name, A: "a", B: "b", InA: true, InB: true, Verdict: compare.Suspicious, Why: why})
	}
	lines := sentences(c, c.Differences[2:])
	if got, want := textOf(lines), "▲ Made anew for every flow. | \nAuthorization URL · state  a  │  b | \nAuthorization URL · code_challenge  a  │  b | \n▲ Another server. | \nAuthorization URL · issuer  a  │  b | \n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	stops := ""
	for _, l := range lines {
		if l.Suspicious {
			stops += l.Path + " "
		}
	}
	if stops != "authorize_url.state authorize_url.code_challenge authorize_url.issuer " {
		t.Errorf("n stops at %s", stops)
	}
}

// TestComparisonShowsBothSides: each step has the panes of both runs beside it.
func TestComparisonShowsBothSides(t *testing.T) {
	side := func(text string) *Walk {
		return &Walk{Header: Header{Path: []string{"oauthlens", "Truss"}}, Rail: []RailItem{{Key: railToken}},
			Panes: []Pane{{Tabs: []Tab{{Name: "Explained", Build: func() Lines { return List{prose(text)} }}}}}}
	}
	w := Comparison(compared(), Sides{A: side("from a"), B: side("from b")})
	var names []string
	for _, tab := range w.Panes[2].Tabs {
		names = append(names, tab.Name)
	}
	if got := strings.Join(names, " "); got != "Suspicious Everything sandbox production" {
		t.Fatalf("tabs %q", got)
	}
	if a, b := cells(w, 2, 2), cells(w, 2, 3); !strings.Contains(a, "from a") || !strings.Contains(b, "from b") {
		t.Errorf("sides %q %q", a, b)
	}
	if len(w.Panes[3].Tabs) != 2 {
		t.Error("a step that no side has on its rail has no pane of a side")
	}
	if got := strings.Join(w.Header.Path, " "); got != "oauthlens compare Truss sandbox and production" {
		t.Errorf("path %q", got)
	}
}

// TestTwoFailuresAreNoSuccess: what does not differ may still have failed.
func TestTwoFailuresAreNoSuccess(t *testing.T) {
	c := compare.Comparison{A: compare.Side{Name: "a", Outcome: flows.Failed}, B: compare.Side{Name: "b", Outcome: flows.Failed}}
	if got := Comparison(c, Sides{}).Panes[0].Intro; got != "Nothing differs that matters: both sides fail, in the same way." {
		t.Error(got)
	}
	c.B.Outcome = flows.Succeeded
	if got := Comparison(c, Sides{}).Panes[0].Intro; got != "Nothing differs that matters." {
		t.Error(got)
	}
}

func TestComparisonOffersToWalkTheSideThatIsMissing(t *testing.T) {
	w := Comparison(compared(), Sides{Missing: []MissingSide{{Name: "production", Provider: "truss", Environment: flows.EnvProduction, Grant: flows.GrantClientCredentials}}, How: "Sandbox: its newest run; production: no run yet."})
	if n := w.Panes[0].Next; n.Environment != flows.EnvProduction || n.Provider != "truss" || n.Label != "walk production" {
		t.Fatalf("enter: %+v", n)
	}
	if !strings.Contains(w.Panes[0].Intro, "no run of production") {
		t.Fatalf("intro: %s", w.Panes[0].Intro)
	}
}

// cells is the text of a tab with its tables.
func cells(w Walk, pane, tab int) string {
	return textOf(w.Panes[pane].Tabs[tab].Build())
}

func textOf(lines Lines) string {
	var b strings.Builder
	for i := range lines.Len() {
		l := lines.At(i)
		for _, spans := range append(l.Cells, l.Spans) {
			for _, s := range spans {
				b.WriteString(s.Text)
			}
			b.WriteString(" | ")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestDifferencesAreExplained: F1 finds an entry for what differs.
func TestDifferencesAreExplained(t *testing.T) {
	for path, name := range map[string]string{"exchange.response.headers.cache-control": "cache-control", "claims.access_token.header.alg": "alg", "claims.access_token.claims.aud": "aud",
		"authorize_url.request.params.scope": "scope", "exchange.request.body.grant_type": "grant_type", "callback.params.iss": "iss", "token.expires_in.type": "expires_in type", "refresh.token.refresh_token": "refresh_token",
		"discovery.response.body$.code_challenge_methods_supported": "code_challenge_methods_supported", "discovery.response.body$.op_novelty_uri": "op_novelty_uri"} {
		step, _, _ := strings.Cut(path, ".")
		ref := explainDifference(compare.Difference{Step: step, Path: path, Name: name, Rule: "metadata-gone"})
		if _, _, ok := Explain(flows.Provider{}, ref); !ok {
			t.Errorf("%s: nothing is known about %+v", path, ref)
		}
	}
	for _, r := range compare.Rules() { // where only the rule can tell something
		ref := explainDifference(compare.Difference{Step: compare.StepMistake, Path: "mistake.wrong-verifier.verifier", Name: "wrong-verifier: code_verifier", Rule: r.Code})
		title, lines, ok := Explain(flows.Provider{}, ref)
		if !ok || !strings.Contains(title, r.Code) || !strings.Contains(textOf(lines), r.Reason) || !strings.Contains(textOf(lines), string(r.Verdict)) {
			t.Errorf("%s: %q", r.Code, title)
		}
	}
}

// TestComparisonSaysWhatItCouldNotRead: a run that was kept without its secrets is named,
// and the frame has the environment to be careful with.
func TestComparisonSaysWhatItCouldNotRead(t *testing.T) {
	c := compared()
	c.A.Environment, c.B.Environment, c.A.Title, c.B.Redacted = flows.EnvSandbox, flows.EnvProduction, "Truss", true
	w := Comparison(c, Sides{How: "Both sides: its newest run."})
	if got := cells(w, 0, 0); !strings.Contains(got, "The run of production was kept without its secrets") || strings.Contains(got, "The run of sandbox") {
		t.Errorf("verdict:\n%s", got)
	}
	if w.Header.Environment != flows.EnvProduction || strings.Join(w.Header.Path, " ") != "oauthlens compare Truss sandbox and production" || !strings.HasSuffix(w.Panes[0].Intro, "Both sides: its newest run.") {
		t.Errorf("%+v, intro %q", w.Header, w.Panes[0].Intro)
	}
	c.A.Simulated, c.B.Simulated, c.B.Provider = true, true, "other"
	if w = Comparison(c, Sides{}); w.Header.Environment != flows.EnvSimulator || len(w.Header.Path) != 3 {
		t.Errorf("two simulated providers: %+v", w.Header)
	}
	c.Steps = append(c.Steps, string(flows.StepDiscovery))
	w = Comparison(c, Sides{Missing: []MissingSide{{Name: "Truss", Provider: "truss", Environment: "sandbox"}, {Name: "Other", Provider: "other", Environment: "sandbox"}}})
	if got := w.Panes[0].Intro; got != "There is no run of Truss and none of Other yet: compared is what profile and metadata documents say." {
		t.Errorf("intro %q", got)
	}
}

// TestAlsoNamesEachPlaceOnce: what shows again at several mistakes is said once.
func TestAlsoNamesEachPlaceOnce(t *testing.T) {
	d := compare.Difference{Step: "exchange", Path: "exchange.response.headers.pragma", Also: []string{"mistake.redirect-mismatch.response.headers.pragma", "mistake.invalid-client.response.headers.pragma", "jwks.response.headers.pragma"}}
	if got := strings.Join(alsoAt(d), ", "); got != "The same mistake, Key set" {
		t.Errorf("also: %s", got)
	}
}

// TestNeitherDocumentWasRead: what was asked for and not read is not called compared.
func TestNeitherDocumentWasRead(t *testing.T) {
	c := compared()
	c.Steps = append(c.Steps, string(flows.StepDiscovery))
	missing := []MissingSide{{Name: "sandbox"}, {Name: "production"}}
	for unread, want := range map[bool]string{false: "compared is what profile and metadata documents say.", true: "compared is what the profile says (no metadata could be read)."} {
		if intro := Comparison(c, Sides{Missing: missing, Unread: unread}).Panes[0].Intro; !strings.HasSuffix(intro, want) {
			t.Errorf("intro %q, want %q", intro, want)
		}
	}
}
