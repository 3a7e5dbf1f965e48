package tui

import (
	"strings"
	"testing"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

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
	if c, _ := d.m.catalogue.Choice(); c.Provider == first.Provider {
		t.Error("the wheel over the list does not move through it")
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
