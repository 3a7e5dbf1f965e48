package tui

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"oauthlens/ui/present"
	"oauthlens/ui/tui/screen"
)

// clickOn clicks on a text of the footer.
func clickOn(t *testing.T, d *driver, text string) {
	t.Helper()
	rows := strings.Split(d.text(), "\n")
	last := rows[len(rows)-1]
	at := strings.Index(last, text)
	if at < 0 {
		t.Fatalf("no %q in the footer %q", text, last)
	}
	d.send(tea.MouseClickMsg{X: utf8.RuneCountInString(last[:at]), Y: len(rows) - 1, Button: tea.MouseLeft})
}

func TestHintsOfTheFooterAreButtons(t *testing.T) {
	d := newDriver(t, 120, 36)
	clickOn(t, d, "? keys")
	d.contains("keys: Catalogue")
	d.press("esc")
	clickOn(t, d, "walk")
	if d.m.place != screen.AtWalk {
		t.Fatalf("a click on walk:\n%s", d.text())
	}
	clickOn(t, d, "p paste callback")
	d.contains("paste the callback")
	d.press("esc")
	before := d.text()
	rows := strings.Split(before, "\n")
	d.send(tea.MouseClickMsg{X: 119, Y: len(rows) - 1, Button: tea.MouseLeft})
	if d.text() != before {
		t.Errorf("a click beside the hints does something:\n%s", d.text())
	}
}

// TestTheWheelGoesWhereThePointerIs: over the list of providers it moves through the list,
// beside it it scrolls the details.
func TestTheWheelGoesWhereThePointerIs(t *testing.T) {
	d := newDriver(t, 80, 18)
	first, _ := d.m.catalogue.Choice()
	d.send(tea.MouseWheelMsg{X: 5, Y: 6, Button: tea.MouseWheelDown})
	if c, _ := d.m.catalogue.Choice(); c.Provider != d.m.catalogue.Providers[1].Name {
		t.Errorf("a notch of the wheel over the list goes to %s", c.Provider)
	}
	d.send(tea.MouseWheelMsg{X: 5, Y: 6, Button: tea.MouseWheelUp})
	if c, _ := d.m.catalogue.Choice(); c.Provider != first.Provider {
		t.Error("the wheel does not go back")
	}
	before := d.text()
	d.send(tea.MouseWheelMsg{X: 60, Y: 6, Button: tea.MouseWheelDown})
	if c, _ := d.m.catalogue.Choice(); c.Provider != first.Provider || d.text() == before {
		t.Errorf("the wheel over the details:\n%s", d.text())
	}
}

// TestPassingProvidersAsksNothingOfTheHistory: what is known of a provider is asked for when
// it is painted, and not for each of the thousands that a wheel passes between two pictures.
func TestPassingProvidersAsksNothingOfTheHistory(t *testing.T) {
	deps, asked := fakeDeps(time.Now), 0
	deps.Facts = func(string, string) present.ProviderFacts {
		asked++
		return present.ProviderFacts{}
	}
	m := New(t.Context(), deps, Options{})
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 36})
	for range 500 {
		m.Update(tea.MouseWheelMsg{X: 5, Y: 6, Button: tea.MouseWheelDown})
		m.Update(tea.MouseWheelMsg{X: 5, Y: 6, Button: tea.MouseWheelUp})
		m.Update(press("j"))
	}
	if asked != 0 {
		t.Errorf("asked %d times before anything was painted", asked)
	}
	if last := deps.Catalogue[len(deps.Catalogue)-1].Title; !strings.Contains(m.Frame().Text(), "│   "+last) || asked != 1 {
		t.Errorf("asked %d times for one picture:\n%s", asked, m.Frame().Text())
	}
}

// clickHint clicks on a hint in the lower border of an overlay.
func clickHint(t *testing.T, d *driver, text string) {
	t.Helper()
	for y, row := range strings.Split(d.text(), "\n") {
		if at := strings.Index(row, text); at >= 0 && strings.Contains(row, "╰─") {
			d.send(tea.MouseClickMsg{X: utf8.RuneCountInString(row[:at]), Y: y, Button: tea.MouseLeft})
			return
		}
	}
	t.Fatalf("no hint %q in\n%s", text, d.text())
}

// TestAnOverlayIsLeftWithTheMouse: by its hints, and where nothing was typed by a click beside it.
func TestAnOverlayIsLeftWithTheMouse(t *testing.T) {
	for _, size := range [][2]int{{60, 16}, {80, 24}, {140, 40}} {
		d := walked(t)
		d.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		beside := tea.MouseClickMsg{X: 0, Y: 0, Button: tea.MouseLeft}
		none := func(after string) {
			t.Helper()
			if len(d.m.overlays) != 0 {
				t.Fatalf("at %v %s leaves\n%s", size, after, d.text())
			}
		}
		for _, key := range []string{"?", "ctrl+k", "F", "Q"} {
			d.press(key)
			d.text()
			clickHint(t, d, "esc ")
			none("the hint of " + key)
			d.press(key)
			d.text()
			d.send(beside)
			none("a click beside " + key)
		}
		d.press("p", "a", "b", "c")
		d.text()
		d.send(beside)
		d.contains("abc") // what was typed is not thrown away
		clickHint(t, d, "enter take it")
		d.contains("neither a code nor an error")
		clickHint(t, d, "esc leave")
		none("the hint of the paste box")
		d.press("F", "d", "e")
		d.text()
		d.send(beside)
		d.contains("❯ de")
		d.press("esc")
		said := ""
		d.m.push(newConfirm("delete", "Delete it?", screen.Say{Text: "yes, deleted"}))
		d.text()
		d.send(beside)
		d.contains("Delete it?")
		clickHint(t, d, "y yes")
		if said = d.status(); said != "yes, deleted" {
			t.Errorf("y yes gives %q", said)
		}
		none("yes")
	}
}

// TestAHintThatIsCoveredIsNoButton: a sentence stands where the hints are.
func TestAHintThatIsCoveredIsNoButton(t *testing.T) {
	d := newDriver(t, 80, 24)
	d.m.say(strings.Repeat("a sentence that is longer than its line ", 3))
	d.lacks("enter walk")
	d.send(tea.MouseClickMsg{X: 2, Y: 23, Button: tea.MouseLeft})
	if d.m.place != screen.AtCatalogue {
		t.Error("a click on a sentence walks")
	}
	d.contains("enter walk")
	d.send(tea.MouseClickMsg{X: 2, Y: 23, Button: tea.MouseLeft})
	if d.m.place != screen.AtWalk {
		t.Error("a click on the hint does not walk")
	}
}
