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
