package screen

import (
	"slices"
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/keys"
)

// TestATitleTakesTheRowsItNeeds where there is room for all of them; where there is none each
// finding has one row, and the cut is marked.
func TestATitleTakesTheRowsItNeeds(t *testing.T) {
	title := "The redirect URI of the exchange is not that of the authorization request, not by one character"
	shown := func(findings, width, height int) *Walk {
		w := filled(3)
		w.Findings, w.Panes[1].Findings = nil, nil
		for i := range findings {
			w.Findings = append(w.Findings, present.FindingView{Rail: 1, Finding: flows.Finding{Code: "code", Severity: flows.SeverityError, Title: flows.Say(title), Remedy: &flows.Remedy{}},
				Detail: func() present.Lines { return present.List{} }})
			w.Panes[1].Findings = append(w.Panes[1].Findings, i)
		}
		s := shownAt(w, width, height)
		s.GoTo(1)
		return s
	}
	for _, tt := range []struct {
		name          string
		findings      int
		width, height int
		whole         bool
		boxes         int
	}{
		{"one finding", 1, 100, 30, true, 1},
		{"two findings", 2, 100, 30, true, 2},
		{"more than there is room for", 4, 100, 30, false, 4},
		{"a low window", 1, 80, 16, true, 1},
		{"two in a low window", 2, 80, 16, false, 2},
		{"a wide window", 2, 200, 60, true, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := shown(tt.findings, tt.width, tt.height)
			for _, selected := range []bool{false, true} {
				if selected {
					s.Do(keys.Findings, "f", noon)
				}
				text := drawn(s, tt.width, tt.height)
				if cut := strings.Contains(text, "…"); cut == tt.whole {
					t.Errorf("selected: %v, cut: %v\n%s", selected, cut, text)
				}
				if names := slices.ContainsFunc(s.bindings(), func(b keys.Binding) bool { return b.Action == keys.Apply && b.Hint > 0 && b.Reason() == "" }); names != selected {
					t.Errorf("selected: %v, the footer names the key of the fix: %v", selected, names)
				}
				if len(s.hitBox.findings) != tt.boxes {
					t.Errorf("%d findings can be clicked", len(s.hitBox.findings))
				}
			}
			last := s.hitBox.findings[tt.boxes-1]
			s.Click(last.X+4, last.Y+last.H-1)
			if s.finding != tt.findings-1 {
				t.Errorf("a click on the last row selects finding %d", s.finding)
			}
		})
	}
}

// TestTheIntroductionOfAStepIsWhole where the pane has the rows for it.
func TestTheIntroductionOfAStepIsWhole(t *testing.T) {
	for height, whole := range map[int]bool{30: true, 20: false} {
		w := filled(3)
		w.Panes[0].Intro = strings.Repeat("a word ", 25) + "and the end"
		if text := drawn(shownAt(w, 100, height), 100, height); strings.Contains(text, "and the end") != whole || strings.Contains(text, "…") == whole {
			t.Errorf("in %d rows:\n%s", height, text)
		}
	}
}
