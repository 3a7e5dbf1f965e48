package screen

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"oauthlens/ui/tui/frame"
)

func TestALongRailShowsTheStepAndItsNeighbours(t *testing.T) {
	for _, width := range []int{80, 120} {
		s := shownAt(filled(60), width, 24)
		for _, at := range []int{0, 30, 59} {
			s.GoTo(at)
			text := drawn(s, width, 24)
			if !strings.Contains(text, fmt.Sprintf("%d Step%d", at+1, at+1)) {
				t.Fatalf("at %d cells step %d is not in the rail:\n%s", width, at+1, text)
			}
		}
		s.GoTo(30)
		drawn(s, width, 24)
		r := s.hitBox.rail[len(s.hitBox.rail)-1]
		s.Click(r.X, r.Y)
		if want := s.hitBox.railFrom + len(s.hitBox.rail) - 1; s.Stage() != want {
			t.Fatalf("a click on the last step shown went to %d, want %d", s.Stage(), want)
		}
	}
}

// TestTheTitlesOfALongRailStandInOneColumn: the numbers have as many digits' room as the last.
func TestTheTitlesOfALongRailStandInOneColumn(t *testing.T) {
	for _, n := range []int{9, 15} {
		column := map[int]bool{}
		for _, line := range strings.Split(drawn(shownAt(filled(n), 200, 60), 200, 60), "\n") {
			rail, _, _ := strings.Cut(line, "│")
			if before, _, ok := strings.Cut(rail, "Step"); ok {
				column[len([]rune(before))] = true
			}
		}
		if len(column) != 1 {
			t.Errorf("the titles of %d steps begin at the columns %v", n, column)
		}
	}
}

// TestTheRailFitsItsLine: as many steps as fit, closer before any is left out, and an ellipsis
// where some are.
func TestTheRailFitsItsLine(t *testing.T) {
	part := func(n int) frame.Line { return frame.Of(strings.Repeat("x", n), 0) }
	nine := []frame.Line{part(2), part(20), part(2), part(2), part(2), part(2), part(2), part(2), part(2)}
	for _, c := range []struct {
		stage, w      int
		from, to, gap int
	}{
		{1, 58, 0, 9, 2}, {1, 52, 0, 9, 2}, {1, 51, 0, 9, 1}, {1, 44, 0, 9, 1},
		{1, 43, 0, 8, 1}, {8, 43, 1, 9, 1}, {4, 12, 3, 6, 1}, {1, 10, 1, 2, 1},
	} {
		from, to, gap := fitRail(nine, c.stage, c.w)
		if from != c.from || to != c.to || gap != c.gap {
			t.Errorf("in %d cells at %d: %d to %d with gaps of %d, want %d to %d and %d", c.w, c.stage, from, to, gap, c.from, c.to, c.gap)
		}
	}
	for width := MinWidth; width < narrow; width++ {
		s := shownAt(filled(14), width, 24)
		for at := range 14 {
			s.GoTo(at)
			rail := strings.Split(drawn(s, width, 24), "\n")[s.layout.Side.Y]
			first, last := s.hitBox.railFrom == 0, s.hitBox.railFrom+len(s.hitBox.rail) == 14
			if strings.HasPrefix(strings.TrimSpace(rail), "…") == first || strings.HasSuffix(strings.TrimSpace(rail), "…") == last {
				t.Fatalf("at %d cells the first is shown: %v, the last: %v, in %q", width, first, last, rail)
			}
			for i, r := range s.hitBox.rail {
				if got := []rune(rail)[r.X+1 : r.X+r.W]; !strings.HasPrefix(string(got), strconv.Itoa(s.hitBox.railFrom+i+1)) {
					t.Fatalf("at %d cells a click on %q goes to step %d of %q", width, string(got), s.hitBox.railFrom+i+1, rail)
				}
			}
		}
	}
}

// TestATitleThatIsCutKeepsItsNumber, which tells it from the step before.
func TestATitleThatIsCutKeepsItsNumber(t *testing.T) {
	for _, tt := range []struct {
		title string
		w     int
		want  string
	}{
		{"Authorization URL 2", 19, "Authorization URL 2"}, {"Authorization URL 2", 16, "Authorization… 2"}, {"Authorization URL 12", 16, "Authorizatio… 12"},
		{"Authorization URL", 12, "Authorization URL"}, {"Token", 3, "Token"}, {"Call 2", 1, "… 2"},
	} {
		if got := railTitle(tt.title, tt.w); got != tt.want {
			t.Errorf("%q in %d cells: %q, want %q", tt.title, tt.w, got, tt.want)
		}
	}
}
