package command

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/redact"
	"oauthlens/ui/present"
	"oauthlens/ui/tui"
	"oauthlens/ui/tui/screen"
)

// textOf is the text of a tab.
func textOf(lines present.Lines) string {
	var b strings.Builder
	for i := range lines.Len() {
		l := lines.At(i)
		for _, spans := range append(l.Cells, l.Spans) {
			for _, s := range spans {
				b.WriteString(s.Text)
			}
			b.WriteByte(' ')
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestScreenComparesSimulatedEnvironments: x on a provider walks both environments at a
// simulator of its own and shows what is planted there, for every provider.
func TestScreenComparesSimulatedEnvironments(t *testing.T) {
	catalogue, _, err := provider.NewCatalogue(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	w := &World{Stdin: strings.NewReader(""), Getenv: func(string) string { return "" }, Now: time.Now, Launcher: &launch.Launcher{Now: time.Now}}
	var deps tui.Deps
	w.withComparison(&deps, catalogue)
	for _, p := range catalogue.Providers() {
		names := present.EnvironmentNames(p)
		if len(names) < 2 {
			continue
		}
		a, b := names[max(0, len(names)-2)], names[len(names)-1]
		flow, err := deps.Compare(t.Context(), screen.Side{Provider: p.Name, Environment: a, Simulated: true}, screen.Side{Provider: p.Name, Environment: b, Simulated: true}, false)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		walk := flow.Walk(time.Now())
		if walk.Rail[0].Worst != flows.SeverityWarning {
			t.Errorf("%s: nothing suspicious was found", p.Name)
		}
		verdict := textOf(walk.Panes[0].Tabs[1].Build())
		if leaks := redact.New(flows.FingerprintKey{}, nil).Leaks([]byte(verdict)); leaks != nil {
			t.Errorf("%s: leaks %q", p.Name, leaks)
		}
		for i, pane := range walk.Panes {
			for _, tab := range pane.Tabs {
				if tab.Build().Len() == 0 {
					t.Errorf("%s: %s of %s is empty", p.Name, tab.Name, walk.Rail[i].Title)
				}
			}
		}
		if p.Name != "truss" {
			continue
		}
		top := strings.Join(strings.SplitN(verdict, "\n", 9)[:8], "\n")
		for _, want := range []string{"Production issued tokens although the code verifier was wrong or missing", "Sandbox lists PKCE, production does not", "Sandbox issues a refresh token, production does not", "Sandbox signs with RS256, production with ES256"} {
			if !strings.Contains(top, want) {
				t.Errorf("%q does not stand on top:\n%s", want, top)
			}
		}
	}
}
