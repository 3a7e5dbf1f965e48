package tui

import (
	"errors"
	"fmt"
	"image/color"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"oauthlens/flows/capture"
	"oauthlens/flows/compare"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/intake"
	"oauthlens/ui/tui/screen"
	"oauthlens/ui/tui/theme"
)

func TestQRCode(t *testing.T) {
	d := walked(t)
	d.send(tea.WindowSizeMsg{Width: 120, Height: 50})
	d.press("Q")
	d.contains("QR code", "█▀▀▀▀▀█") // the finder pattern
	d.check()
	d.press("esc")
	d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	d.press("Q")
	d.contains("needs a window of", "y copies the URL")
	d.press("esc")
	code := newQR(d.m.walk.Shown().Panes[1].URL.Text, false)
	var w, h int
	small := frame.New(30, 10)
	code.draw(small)
	words := strings.Join(strings.Fields(strings.ReplaceAll(small.Text(), "│", " ")), " ")
	_, needs, _ := strings.Cut(words, "needs a window of ")
	if _, err := fmt.Sscanf(needs, "%d by %d cells", &w, &h); err != nil {
		t.Fatalf("%v:\n%s", err, small.Text())
	}
	d.send(tea.WindowSizeMsg{Width: w, Height: h}) // no more than it said
	d.m.push(code)
	d.contains("█▀▀▀▀▀█", "esc close   y copy the URL")
	d.press("esc")
	d.m.push(newQR(strings.Repeat("x", 5000), false))
	d.contains("too long for a QR code")
}

// TestAQRCodeIsDarkOnLight without colours too: on a dark terminal the blocks are the light
// modules, and the border of the code is made of them.
func TestAQRCodeIsDarkOnLight(t *testing.T) {
	const dark, light = "█▀▀▀▀▀█", "█ ▄▄▄▄▄ █"
	for _, tt := range []struct {
		profile colorprofile.Profile
		back    color.Color
		want    string
	}{
		{colorprofile.TrueColor, color.Black, dark},
		{colorprofile.ANSI, color.Black, dark},
		{colorprofile.ASCII, color.White, dark},
		{colorprofile.ASCII, color.Black, light},
	} {
		d := walked(t)
		d.send(tea.WindowSizeMsg{Width: 120, Height: 60})
		d.send(tea.ColorProfileMsg{Profile: tt.profile})
		d.send(tea.BackgroundColorMsg{Color: tt.back})
		d.press("2", "Q")
		d.contains("QR code", tt.want)
		if tt.want == light {
			d.contains(strings.Repeat("█", 40))
		}
	}
}

func TestTheBackgroundOfTheTerminalChoosesTheTheme(t *testing.T) {
	d := newDriver(t, 80, 24)
	if !d.m.theme.Dark {
		t.Fatal("an unknown background is taken for light")
	}
	d.send(tea.BackgroundColorMsg{Color: color.White})
	light := d.m.View().Content
	d.send(tea.BackgroundColorMsg{Color: color.Black})
	if dark := d.m.View().Content; d.m.theme.Dark != true || light == dark {
		t.Fatal("light and dark look the same")
	}
}

func TestTheColoursOfTheTerminalChooseTheTheme(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.send(tea.BackgroundColorMsg{Color: color.White})
	d.send(tea.ColorProfileMsg{Profile: colorprofile.ANSI256})
	if th := d.m.theme; !th.Indexed || th.Dark {
		t.Fatalf("256 colours on white: %+v", th)
	}
	if out := d.m.View().Content; strings.Contains(out, "38;2;") || !strings.Contains(out, "38;5;") {
		t.Fatalf("colours that a terminal of 256 has not:\n%q", out)
	}
	d.send(tea.BackgroundColorMsg{Color: color.Black})
	if th := d.m.theme; !th.Indexed || !th.Dark {
		t.Fatalf("256 colours on black: %+v", th)
	}
	d.send(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
	if th := d.m.theme; th.Indexed || !th.Dark {
		t.Fatalf("all colours on black: %+v", th)
	}
}

func TestTheEnvironmentTellsTheBackgroundUntilTheTerminalDoes(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.m = New(t.Context(), d.m.deps, Options{ColorFGBG: "0;15"})
	if d.m.theme.Dark {
		t.Fatal("COLORFGBG=0;15 is taken for dark")
	}
	d.send(tea.BackgroundColorMsg{Color: color.Black})
	if !d.m.theme.Dark {
		t.Fatal("the environment wins over the terminal")
	}
}

// TestTheHintsBelowABoxStepBack: while a box takes the keys, those of the screen are not
// offered, but a sentence on the status line stays readable.
func TestTheHintsBelowABoxStepBack(t *testing.T) {
	d := newDriver(t, 80, 24)
	hint := func() theme.Role {
		for _, s := range d.m.Frame().Row(d.m.layout.Footer.Y) {
			if strings.Contains(s.Text, "enter") {
				return s.Role
			}
		}
		t.Fatal("no hint of enter in the last row")
		return 0
	}
	if r := hint(); r != theme.Hint {
		t.Fatalf("role %d before", r)
	}
	d.press("?")
	if r := hint(); r != theme.Below {
		t.Fatalf("role %d below a box", r)
	}
	d.press("esc")
	if r := hint(); r != theme.Hint {
		t.Fatalf("role %d afterwards", r)
	}
}

func TestAPasteIntoAListIsBounded(t *testing.T) {
	d := walked(t)
	p := newPick("fruit", []screen.Option{{Value: "a", Label: "apple"}}, func(string) screen.Wish { return nil })
	d.m.push(p)
	d.send(tea.PasteMsg{Content: strings.Repeat("é", 10_000_000)})
	if got := len(p.f.Value()); got > longestQuery {
		t.Errorf("%d bytes narrow the list", got)
	}
	d.check()
}

func TestAPickIsNarrowedByTypingAndByClicking(t *testing.T) {
	d := walked(t)
	chosen := ""
	options := []screen.Option{{Value: "a", Label: "apple"}, {Value: "b", Label: "banana", Why: "none left"}, {Value: "c", Label: "cherry"}}
	open := func() {
		d.m.push(newPick("fruit", options, func(v string) screen.Wish { chosen = v; return nil }))
	}
	open()
	d.press("c", "h")
	d.lacks("apple")
	d.press("enter")
	if chosen != "c" {
		t.Fatalf("chose %q", chosen)
	}
	open()
	d.press("down", "enter")
	if chosen != "c" || !strings.Contains(d.status(), "none left") {
		t.Fatalf("chose %q, status %q", chosen, d.status())
	}
	p := d.m.overlays[0].(*pick)
	d.check()
	d.send(tea.MouseClickMsg{X: p.list.X + 2, Y: p.list.Y, Button: tea.MouseLeft})
	d.press("enter")
	if chosen != "a" {
		t.Fatalf("a click chose %q", chosen)
	}
	open()
	d.press("z")
	d.contains("nothing has this text")
	d.press("enter", "esc")
}

func TestWritingToAFile(t *testing.T) {
	d := walked(t)
	written := map[string]string{}
	d.m.deps.WriteFile = func(name string, data []byte) (string, error) {
		if name == "taken" {
			return "", errors.New("the file exists already")
		}
		written[name] = string(data)
		return "/tmp/" + name, nil
	}
	d.press("1", "j", "w")
	d.contains("client_secret.txt")
	d.press("enter")
	if written["client_secret.txt"] != fakeSecret || !strings.Contains(d.status(), "/tmp/client_secret.txt") {
		t.Fatalf("wrote %v, status %q", written, d.status())
	}
	d.press("w", "ctrl+u")
	d.send(tea.PasteMsg{Content: "taken"})
	d.press("enter")
	if !strings.Contains(d.status(), "not written: the file exists already") {
		t.Fatalf("status %q", d.status())
	}
}

func TestOpeningAURL(t *testing.T) {
	d := walked(t)
	d.run(d.m.openURL("https://example.com/"))
	if !strings.Contains(d.status(), "no browser can be opened here") {
		t.Fatalf("status %q", d.status())
	}
	opened := ""
	d.m.deps.OpenBrowser = func(u string) error { opened = u; return nil }
	d.run(d.m.openURL("https://example.com/"))
	if opened != "https://example.com/" {
		t.Fatalf("opened %q", opened)
	}
	d.m.deps.OpenBrowser = func(string) error { return errors.New("there is no display") }
	d.run(d.m.openURL("https://example.com/"))
	if !strings.Contains(d.status(), "there is no display") {
		t.Fatalf("status %q", d.status())
	}
}

// TestPastesThatDoNotFit: all of a paste is taken or nothing, and that is said.
func TestPastesThatDoNotFit(t *testing.T) {
	d := newDriver(t, 110, 32)
	d.press("i")
	for _, c := range []struct {
		length, held int
		says         string
	}{
		{intake.MaxPaste + 1, 0, "more than 2 MB"},
		{intake.MaxPaste, intake.MaxPaste, ""},
		{1, intake.MaxPaste, "no room"},
	} {
		d.m.status = ""
		d.send(tea.PasteMsg{Content: strings.Repeat("a", c.length)})
		if got := d.m.inspect.Field.Count(); got != c.held || !strings.Contains(d.status(), c.says) || (c.says == "") != (d.status() == "") {
			t.Errorf("of %d: %d characters, %q", c.length, got, d.status())
		}
	}
	d.press("ctrl+l")
	d.send(tea.PasteMsg{Content: "a"})
	if got := d.m.inspect.Field.Value(); got != "a" {
		t.Errorf("%.20q after ctrl+l", got)
	}
}

func TestInspectShowsAPasteAndGoesBack(t *testing.T) {
	d := newDriver(t, 110, 32)
	d.m.deps.Inspect = Inspector(capture.Options{}, func() time.Time { return d.now }, nil)
	d.press("i")
	d.send(tea.PasteMsg{Content: "https://app.example/cb?code=the-code-of-this-callback&state=12345678"})
	d.press("enter")
	d.contains("inspect ›", "Callback", "code (25 chars")
	d.check()
	d.press("p")
	if d.status() == "" {
		t.Fatal("p says nothing in a recording")
	}
	d.press("esc")
	d.contains("INSPECT")
	d.press("ctrl+l")
	d.send(tea.PasteMsg{Content: "what is this"})
	d.press("enter")
	d.contains("✗")
}

func TestAComparisonFlowOnlyShowsItself(t *testing.T) {
	f := FromComparison(compare.Comparison{A: compare.Side{Name: "a"}, B: compare.Side{Name: "b"}, Steps: []string{"token"}}, present.Sides{})
	if w := f.Walk(time.Time{}); len(w.Rail) < 2 || !w.Ended {
		t.Fatalf("rail %v", w.Rail)
	}
	if _, err := f.Paste("x"); err == nil {
		t.Fatal("a comparison takes a callback")
	}
}

func TestSeveralWishesAreFulfilledInOrder(t *testing.T) {
	d := walked(t)
	d.run(d.m.fulfil(screen.Several{screen.Say{Text: "first"}, screen.Say{Text: "second"}}))
	if d.status() != "second" {
		t.Fatalf("status %q", d.status())
	}
}

func TestTheHeaderGivesWayInOrder(t *testing.T) {
	h := present.Header{Path: []string{"oauthlens", "Truss", "authorization code"}, Environment: "production",
		Countdowns: []present.Countdown{{Label: "access", Text: "59:41", Fraction: 0.9, Tone: present.OK}, {Label: "refresh", Text: "6 mo", Fraction: -1}}}
	for _, tt := range []struct {
		w           int
		has, hasNot string
	}{
		{120, "▕", ""}, {76, "refresh 6 mo", "▕"}, {73, "refresh 6 mo", "oauthlens"}, {66, "Truss › authorization code", "oauthlens"}, {54, "59:41", "6 mo"}, {40, "Truss", "authorization"}, {40, "59:41", "6 mo"}, {30, "production", "59:41"},
	} {
		line := headerLine(h, tt.w)
		if text := line.String(); frame.Width(text) > tt.w || !strings.Contains(text, tt.has) || tt.hasNot != "" && strings.Contains(text, tt.hasNot) {
			t.Errorf("in %d cells: %q", tt.w, text)
		}
		if text := line.String(); strings.Contains(text, "access") && !strings.Contains(text, "  production") {
			t.Errorf("in %d cells the two sides touch: %q", tt.w, text)
		}
		if !strings.Contains(line.String(), "production") {
			t.Errorf("in %d cells the environment is gone", tt.w)
		}
	}
}
