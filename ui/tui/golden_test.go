package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	tea "charm.land/bubbletea/v2"
)

// TestFrames holds the screens over the widths of terminals that people use. Without
// styles: what may not depend on them is seen here.
func TestFrames(t *testing.T) {
	places := []struct {
		name string
		keys []string
	}{
		{"catalogue", nil},
		{"authorization", []string{"enter", "enter", "j"}},
		{"help", []string{"enter", "enter", "?"}},
		{"faults", []string{"enter", "enter", "F", "down", "down", "down", "down"}},
	}
	for _, p := range places {
		t.Run(p.name, func(t *testing.T) {
			var b strings.Builder
			d := newDriver(t, 120, 16)
			d.press(p.keys...)
			for _, w := range []int{40, 60, 80, 100, 140, 200} {
				d.send(tea.WindowSizeMsg{Width: w, Height: 18})
				d.check()
				fmt.Fprintf(&b, "%d cells\n%s\n\n", w, d.text())
			}
			golden.RequireEqual(t, b.String())
		})
	}
}

// TestEveryWidthHolds sweeps all widths and heights, without looking at the picture.
func TestEveryWidthHolds(t *testing.T) {
	d := walked(t)
	for w := 30; w <= 200; w += 3 {
		d.send(tea.WindowSizeMsg{Width: w, Height: 10 + w%40})
		d.check()
	}
}
