package theme

import (
	"image/color"
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestEveryRoleHasAStyleInBothThemes(t *testing.T) {
	for _, dark := range []bool{true, false} {
		th := New(dark)
		for r := Role(1); r < last; r++ {
			if r == Field {
				continue // typed text is plain
			}
			if th.On(r, false) == "" {
				t.Errorf("role %d is plain, dark %v", r, dark)
			}
			if on := th.On(r, true); !strings.Contains(on, "48;2;") && !strings.Contains(on, "\x1b[7") && !strings.Contains(on, ";7") {
				t.Errorf("role %d does not stand on the selected row: %q", r, on)
			}
		}
	}
}

func TestUnknownRolesArePlain(t *testing.T) {
	var none *Theme
	if none.On(Title, false) != "" || New(true).On(-1, false) != "" || New(true).On(last, true) != "" {
		t.Fatal("a style for nothing")
	}
}

func TestIsDark(t *testing.T) {
	for _, tt := range []struct {
		c    color.Color
		dark bool
	}{{nil, true}, {color.Black, true}, {color.White, false}, {color.RGBA{0x1e, 0x1e, 0x2e, 0xff}, true}, {color.RGBA{0xfd, 0xf6, 0xe3, 0xff}, false}} {
		if IsDark(tt.c) != tt.dark {
			t.Errorf("IsDark(%v) = %v", tt.c, !tt.dark)
		}
	}
}

// TestTextIsReadable holds the contrast of every role against its background: 4.5 for what
// is read (WCAG 2.1, AA), less for lines and for what is meant to step back.
func TestTextIsReadable(t *testing.T) {
	quiet := map[Role]bool{Rule: true, BarRest: true, Below: true}
	for _, dark := range []bool{true, false} {
		th := New(dark)
		paper, ink := th.Paper()
		for r := Role(0); r < last; r++ {
			if quiet[r] {
				continue
			}
			for _, selected := range []bool{false, true} {
				l := th.Look(r, selected)
				text, back := l.Text, l.Back
				if text == "" {
					text = ink
				}
				if back == "" {
					back = paper
				}
				if c := contrast(text, back); c < 4.5 {
					t.Errorf("role %d (%s on %s, selected %v, dark %v) has a contrast of %.1f", r, text, back, selected, dark, c)
				}
			}
		}
	}
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is the relative luminance of WCAG 2.1.
func luminance(hex string) float64 {
	v, _ := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	channel := func(n uint64) float64 {
		c := float64(n&0xff) / 255
		if c <= 0.03928 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(v>>16) + 0.7152*channel(v>>8) + 0.0722*channel(v)
}
