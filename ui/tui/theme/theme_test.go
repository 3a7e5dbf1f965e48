package theme

import (
	"cmp"
	"image/color"
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestEveryRoleHasAStyleInBothThemes(t *testing.T) {
	for _, th := range themes() {
		dark := th.Dark
		for r := Role(1); r < last; r++ {
			if r == Field {
				continue // typed text is plain
			}
			if th.On(r, false) == "" {
				t.Errorf("role %d is plain, dark %v", r, dark)
			}
			if on := th.On(r, true); !strings.Contains(on, "48;2;") && !strings.Contains(on, "48;5;") && !strings.Contains(on, "\x1b[7") && !strings.Contains(on, ";7") {
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

func themes() []*Theme { return []*Theme{New(true), New(false), NewIndexed(true), NewIndexed(false)} }

// papers are the backgrounds that the contrast is held on: the pure ones, and what people
// set beside them.
func papers(dark bool) (backs []string, text string) {
	if dark {
		return []string{"#000000", "#16181d", "#1e1e2e", "#282c34", "#002b36"}, "#d7dae0"
	}
	return []string{"#ffffff", "#fafafa", "#fdf6e3", "#eff1f5"}, "#22252b"
}

// TestTextIsReadable holds the contrast of every role against each paper: 4.5 for what is
// read (WCAG 2.1, AA), less for lines and for what is meant to step back. What steps back
// is painted faint too, which terminals draw at about half the contrast.
func TestTextIsReadable(t *testing.T) {
	quiet := map[Role]float64{Rule: 1.5, BarRest: 1.2, Below: 2.7}
	for _, th := range themes() {
		backs, ink := papers(th.Dark)
		for r := Role(0); r < last; r++ {
			least := 4.5
			if q, ok := quiet[r]; ok {
				least = q
			}
			for _, paper := range backs {
				l := th.Look(r, false)
				if c := contrast(cmp.Or(l.Text, ink), cmp.Or(l.Back, paper)); c < least {
					t.Errorf("role %d (%+v on %s, dark %v, indexed %v) has a contrast of %.2f", r, l, paper, th.Dark, th.Indexed, c)
				}
			}
			if l := th.Look(r, true); least == 4.5 && contrast(cmp.Or(l.Text, ink), l.Back) < least {
				t.Errorf("role %d (%+v on the selected row, dark %v, indexed %v) has a contrast of %.2f", r, l, th.Dark, th.Indexed, contrast(cmp.Or(l.Text, ink), l.Back))
			}
		}
	}
}

// TestTheSelectedRowStandsOut: its background differs from every paper.
func TestTheSelectedRowStandsOut(t *testing.T) {
	for _, th := range themes() {
		backs, _ := papers(th.Dark)
		for _, paper := range backs {
			if c := contrast(th.Look(Selected, true).Back, paper); c < 1.05 {
				t.Errorf("dark %v, indexed %v: the selected row on %s has a contrast of %.2f", th.Dark, th.Indexed, paper, c)
			}
		}
	}
}

// TestIndexedColoursAreKept: a terminal of 256 colours gets the colours of the table, and
// none that was computed from another.
func TestIndexedColoursAreKept(t *testing.T) {
	for _, dark := range []bool{true, false} {
		th := NewIndexed(dark)
		for r := Role(0); r < last; r++ {
			for _, on := range []string{th.On(r, false), th.On(r, true)} {
				if r != QR && strings.Contains(on, "8;2;") {
					t.Errorf("role %d, dark %v: %q is not an indexed colour", r, dark, on)
				}
			}
		}
	}
}

func TestIsLightBy(t *testing.T) {
	for value, light := range map[string]bool{"": false, "15;0": false, "0;15": true, "0;default;15": true, "12;7": true, "7;8": false, "0;default": false, "15": false} {
		if IsLightBy(value) != light {
			t.Errorf("IsLightBy(%q) = %v", value, !light)
		}
	}
}

// TestTheSelectedRowNeedsNoAnswer: both of its colours are set, so that it is readable
// whatever the terminal's own are.
func TestTheSelectedRowNeedsNoAnswer(t *testing.T) {
	for _, th := range themes() {
		for r := Role(0); r < last; r++ {
			if l := th.Look(r, true); l.Text == "" || l.Back == "" {
				t.Errorf("role %d, dark %v, indexed %v: %+v", r, th.Dark, th.Indexed, l)
			}
			if on := th.On(r, true); !strings.Contains(on, "38;") || !strings.Contains(on, "48;") {
				t.Errorf("role %d, dark %v, indexed %v: %q", r, th.Dark, th.Indexed, on)
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
