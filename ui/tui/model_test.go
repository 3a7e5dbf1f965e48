package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/keys"
	"oauthlens/ui/tui/screen"
)

func TestEnterAloneWalksTheWholeFlow(t *testing.T) {
	for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 16}} {
		d := newDriver(t, size[0], size[1])
		for range 4 {
			d.press("enter")
			d.check()
		}
		if !strings.Contains(d.text(), "5 TOKEN") {
			t.Fatalf("at %v enter did not come to the token:\n%s", size, d.text())
		}
	}
}

// contains tells that every text is on screen.
func (d *driver) contains(texts ...string) {
	d.t.Helper()
	frame := d.text()
	for _, s := range texts {
		if !strings.Contains(frame, s) {
			d.t.Fatalf("%q is not on screen:\n%s", s, frame)
		}
	}
}

func (d *driver) lacks(texts ...string) {
	d.t.Helper()
	frame := d.text()
	for _, s := range texts {
		if strings.Contains(frame, s) {
			d.t.Fatalf("%q is on screen:\n%s", s, frame)
		}
	}
}

func TestCatalogueKeys(t *testing.T) {
	d := newDriver(t, 100, 30)
	d.contains("PROVIDERS", "Truss", "● simulator")
	d.press("e")
	d.contains("● sandbox")
	d.press("e", "e")
	d.contains("● simulator")
	d.press("t")
	d.contains("● refresh")
	d.press("j")
	if c, _ := d.m.catalogue.Choice(); c.Provider != "trustwill" {
		t.Fatalf("j chose %q", c.Provider)
	}
	d.press("G")
	if c, _ := d.m.catalogue.Choice(); c.Provider != "custom" || c.Environment != "custom" {
		t.Fatalf("G chose %+v", c)
	}
	d.press("e")
	if !strings.Contains(d.status(), "this one environment only") {
		t.Fatalf("no reason: %q", d.status())
	}
	d.press("g", "/", "l", "a", "y", "e", "r")
	d.contains("TrueLayer")
	d.lacks("TrustWILL")
	d.press("enter", "esc")
	d.contains("TrustWILL")
	d.press("x")
	if !strings.Contains(d.status(), "nothing can be compared here") {
		t.Fatalf("compare says nothing: %q", d.status())
	}
	d.press("h")
	d.contains("No runs yet")
	d.press("esc", "i")
	d.contains("INSPECT")
	d.press("esc")
	d.contains("PROVIDERS")
}

// walked is a driver on the authorization URL.
func walked(t *testing.T) *driver {
	d := newDriver(t, 110, 32)
	d.press("enter", "enter")
	d.contains("2 AUTHORIZATION URL")
	return d
}

func TestWalkKeys(t *testing.T) {
	d := walked(t)
	d.press("tab")
	d.contains("GET http://127.0.0.1")
	d.press("shift+tab", "4")
	d.contains("4 EXCHANGE")
	d.press("7")
	if !strings.Contains(d.status(), "no such step") {
		t.Fatalf("status %q", d.status())
	}
	d.press("1", "right")
	d.contains("2 AUTHORIZATION URL")
	d.press("r")
	if !strings.Contains(d.status(), "finish step 4") {
		t.Fatalf("refresh gave no reason: %q", d.status())
	}
	d.press("G")
	if path, _, _ := d.m.walk.Where(); path != "code_challenge" {
		t.Fatalf("the path under the cursor is %q", path)
	}
	d.press("g", "/", "s", "t", "a", "t", "e", "enter")
	if path, _, _ := d.m.walk.Where(); path != "state" {
		t.Fatalf("the search went to %q", path)
	}
	d.press("esc", "f1")
	d.contains("What state is.")
	d.press("esc", "?")
	d.contains("keys: Walk")
	d.press("esc", "ctrl+k")
	d.contains("every action")
	d.press("c", "a", "l", "l", "b", "a", "c", "k", "enter")
	d.contains("paste the callback")
}

func TestEscGoesBackStepByStep(t *testing.T) {
	d := walked(t)
	d.press("f")
	d.press("esc")
	d.contains("2 AUTHORIZATION URL")
	d.press("esc")
	d.contains("PROVIDERS")
	d.press("w")
	d.contains("2 AUTHORIZATION URL")
}

func TestFindingShowsItsEvidence(t *testing.T) {
	d := walked(t)
	d.contains("register this exact string")
	d.press("f", "enter")
	d.contains("The provider compares it byte for byte.", "redirect-uri-loopback")
	d.press("a")
	if !strings.Contains(d.status(), "not mended by a setting") {
		t.Fatalf("status %q", d.status())
	}
}

func TestTheTextOfAnOverlayCanBeSearched(t *testing.T) {
	d := walked(t)
	d.press("?", "/", "Q", "R", "enter")
	d.contains("as a QR code")
	if o := d.m.overlays[len(d.m.overlays)-1].(*text); o.body.Query() != "QR" {
		t.Fatalf("searched for %q", o.body.Query())
	}
	d.press("esc")
	d.contains("keys: Walk")
	d.press("esc")
	d.lacks("keys: Walk")
}

func TestAPastedCallbackIsTakenOrRefusedWithItsText(t *testing.T) {
	d := walked(t)
	d.press("p")
	d.send(tea.PasteMsg{Content: "https://example.com/nothing"})
	d.press("enter")
	d.contains("neither a code nor an error", "https://example.com/nothing")
	d.press("ctrl+l")
	d.send(tea.PasteMsg{Content: "https://example.com/cb?code=a\n bc&state=x"})
	d.press("enter")
	d.contains("4 EXCHANGE")
}

func TestTypingInAFieldIsNoCommand(t *testing.T) {
	d := walked(t)
	d.press("p", "q", "e", "?", "j")
	if d.m.quit || len(d.m.overlays) != 1 {
		t.Fatal("a letter typed in the paste box was a command")
	}
	d.contains("qe?j")
}

func TestRevealLastsTenSeconds(t *testing.T) {
	d := walked(t)
	d.press("1", "j", "v")
	d.contains(fakeSecret, "a secret is shown for 10 s; v hides it")
	d.tick(9 * time.Second)
	d.contains(fakeSecret, "a secret is shown for 1 s; v hides it")
	d.tick(700 * time.Millisecond)
	d.contains(fakeSecret, "a secret is shown for 1 s; v hides it") // never for 0
	d.tick(2 * time.Second)
	d.lacks(fakeSecret, "v hides it")
	d.press("v")
	d.contains(fakeSecret)
	d.press("v")
	d.lacks(fakeSecret)
	d.press("v", "2", "1")
	d.lacks(fakeSecret) // leaving the step hides it
}

func TestEditingAParameterAsksTheSession(t *testing.T) {
	d := walked(t)
	d.press("j", "e")
	d.contains("edit client_id")
	d.press("ctrl+u")
	d.send(tea.PasteMsg{Content: "other\n"})
	d.press("enter")
	got := d.m.live.flow.(fakeFlow).settings.AuthorizeEdits
	if len(got) != 1 || got[0] != (flows.ParamEdit{Op: flows.EditSet, Name: "client_id", Value: "other"}) {
		t.Fatalf("edits %v", got)
	}
	d.press("x")
	if got = d.m.live.flow.(fakeFlow).settings.AuthorizeEdits; len(got) != 2 || got[1].Op != flows.EditRemove {
		t.Fatalf("edits %v", got)
	}
	d.press("u")
	if got = d.m.live.flow.(fakeFlow).settings.AuthorizeEdits; len(got) != 0 {
		t.Fatalf("edits %v", got)
	}
	d.press("+", "p", "r", "o", "m", "p", "t", "=", "l", "enter")
	if got = d.m.live.flow.(fakeFlow).settings.AuthorizeEdits; len(got) != 1 || got[0] != (flows.ParamEdit{Op: flows.EditAdd, Name: "prompt", Value: "l"}) {
		t.Fatalf("edits %v", got)
	}
}

func TestAFaultIsPlantedFromThePalette(t *testing.T) {
	d := walked(t)
	d.press("ctrl+k", "f", "a", "u", "l", "t", "space", "w", "r", "o", "n", "g", "enter")
	if d.m.live.choice.Fault != "wrong-state" || !strings.Contains(d.status(), "wrong-state") {
		t.Fatalf("fault %q, status %q", d.m.live.choice.Fault, d.status())
	}
}

func TestLateAnswersAreDropped(t *testing.T) {
	d := walked(t)
	old := d.m.live.generation
	d.press("esc", "enter")
	d.send(eventMsg{generation: old, event: flows.ExchangeFinished{ID: 2}})
	if d.m.live.flow.(fakeFlow).stage != 0 {
		t.Fatal("an answer to the replaced run reached the new one")
	}
}

func TestAMistakeInReadingAPasteLeavesTheRunAlone(t *testing.T) {
	d := walked(t)
	d.m.deps.Inspect = func(context.Context, string) (Flow, error) { panic("a paste with a secret") }
	d.press("esc", "i", "x", "enter")
	d.contains("this cannot be shown: a mistake of this program")
	d.lacks("a paste with a secret")
	d.press("esc", "w")
	d.contains("2 AUTHORIZATION URL")
}

func TestAFailedStartStaysInTheCatalogue(t *testing.T) {
	d := newDriver(t, 100, 30)
	d.send(startedMsg{generation: d.m.live.generation, err: errors.New("the port 53682 is taken")})
	d.contains("PROVIDERS", "the port 53682 is taken")
}

func TestAConfirmationIsNeededForProduction(t *testing.T) {
	d := walked(t)
	cmd := d.m.ask(screen.Ask{Action: flows.ActExchange, Confirm: "This goes to the production of Truss. Send it?"})
	d.run(cmd)
	d.contains("This goes to the production of Truss.")
	d.press("enter")
	if log := d.m.live.flow.(fakeFlow).log; len(log) != 0 {
		t.Fatalf("enter confirmed: %v", log)
	}
	d.press("y")
	if log := d.m.live.flow.(fakeFlow).log; len(log) < 2 || log[0] != "asked" || log[1] != "asked" {
		t.Fatalf("yes did not send: %v", log)
	}
}

// TestADoubtIsAskedFirst, and does not confirm production.
func TestADoubtIsAskedFirst(t *testing.T) {
	d := walked(t)
	ask := screen.Ask{Action: flows.ActOpenBrowser, Doubt: "Nobody hears the callback. Open it?", Confirm: "This goes to production. Send it?"}
	log := func() []string { return d.m.live.flow.(fakeFlow).log }
	d.run(d.m.ask(ask))
	d.contains("Nobody hears the callback.")
	d.press("n")
	if len(log()) != 0 {
		t.Fatalf("no opened it: %v", log())
	}
	d.run(d.m.ask(ask))
	d.press("y")
	d.contains("This goes to production.")
	if len(log()) != 0 {
		t.Fatalf("the first yes opened it: %v", log())
	}
	d.press("y")
	if len(log()) != 2 {
		t.Fatalf("asked for: %v", log())
	}
	ask.Confirm = ""
	d.run(d.m.ask(ask))
	d.press("y")
	if len(log()) != 3 { // the wish alone
		t.Fatalf("asked for: %v", log())
	}
}

func TestAWindowTooSmallSaysSo(t *testing.T) {
	d := newDriver(t, 40, 10)
	d.contains("oauthlens needs 60 by", "16 cells")
	d.check()
	d.send(tea.WindowSizeMsg{Width: 90, Height: 20})
	d.contains("PROVIDERS")
}

func TestQuitAsksWhenSomethingWouldBeLost(t *testing.T) {
	d := newDriver(t, 90, 24)
	d.m.deps.Lost = func() string { return "The refresh token of this run is not saved. Quit?" }
	d.press("q")
	d.contains("The refresh token of this run is not saved.")
	d.press("n")
	if d.m.quit {
		t.Fatal("no quit the program")
	}
	d.press("q", "y")
	if !d.m.quit {
		t.Fatal("yes did not quit")
	}
	d.m.quit = false
	d.press("ctrl+c")
	if !d.m.quit {
		t.Fatal("ctrl+c did not quit")
	}
}

func TestQuitDoesNotAskBeforeThereIsAToken(t *testing.T) {
	d := walked(t)
	d.m.live.choice.Environment = "sandbox"
	d.press("q")
	if !d.m.quit {
		t.Fatal("it asks")
	}
}

func TestQuitAsksForATokenThatIsKeptNowhere(t *testing.T) {
	for env, asks := range map[string]bool{"simulator": false, "sandbox": true} {
		d := walked(t)
		d.press("enter", "enter", "enter") // to the token
		d.m.live.choice.Environment = env
		d.press("q")
		if d.m.quit == asks {
			t.Fatalf("%s: quit at once %v", env, d.m.quit)
		}
		if asks {
			d.contains("kept nowhere")
		}
	}
}

func TestALongReasonIsNotCut(t *testing.T) {
	for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 16}} {
		d := newDriver(t, size[0], size[1])
		d.m.say("no client secret: set OAUTHLENS_CLIENT_SECRET or --client-secret-file, or type it with e on the line client_secret, at the end")
		d.check()
		d.contains("no client secret", "end")
	}
}

func TestMouse(t *testing.T) {
	d := walked(t)
	d.send(tea.MouseClickMsg{X: 5, Y: 5, Button: tea.MouseLeft})
	d.contains("4 EXCHANGE")
	d.send(tea.MouseClickMsg{X: 5, Y: 3, Button: tea.MouseLeft})
	frame := strings.Split(d.text(), "\n")
	at := strings.Index(frame[2], "curl")
	x := len([]rune(frame[2][:at]))
	d.send(tea.MouseClickMsg{X: x, Y: 2, Button: tea.MouseLeft})
	d.contains("curl 'http://127.0.0.1")
}

func TestNoTableBindsAKeyTwice(t *testing.T) {
	for _, table := range Tables() {
		if got := table.Conflicts(); len(got) > 0 {
			t.Errorf("%s binds twice: %v", table.Title, got)
		}
		for _, b := range table.Bindings {
			if b.Label == "" || b.Help == "" || !strings.HasSuffix(b.Help, ".") {
				t.Errorf("%s: %v has no label or sentence", table.Title, b.Keys)
			}
		}
	}
}

func TestTheContractsKeysAreBound(t *testing.T) {
	everywhere := "j k g G ctrl+d ctrl+u up down f1 ? ctrl+k q ctrl+c"
	for title, want := range map[string]string{
		"Catalogue": "enter e / x h i " + everywhere,
		"Walk":      "enter 1 9 tab p y Y c r v / esc " + everywhere,
		"History":   "/ " + everywhere,
	} {
		var table keys.Table
		for _, t := range Tables() {
			if t.Title == title {
				table = t
			}
		}
		for _, key := range strings.Fields(want) {
			if _, ok := table.Find(key); !ok {
				t.Errorf("%s does not bind %s", title, key)
			}
		}
	}
}

func TestDisabledKeysSayWhy(t *testing.T) {
	w := screen.NewWalk("Walk")
	w.Show(present.Walk{Panes: []present.Pane{{Tabs: []present.Tab{{Name: "Explained", Build: func() present.Lines { return present.List{} }}}}}})
	for _, key := range strings.Fields("f a o Q p e x + u c r t R") {
		b, ok := w.Table().Find(key)
		if !ok || b.Reason() == "" {
			t.Errorf("%s gives no reason on an empty step", key)
		}
	}
}

func TestAutomaticRefreshGoesOnBehindOtherScreens(t *testing.T) {
	d := walked(t)
	f := d.m.live.flow.(fakeFlow)
	f.settings.AutoRefresh = true
	d.m.live.flow = f
	d.m.refresh()
	d.press("esc")
	d.contains("PROVIDERS")
	if d.m.pace() == 0 {
		t.Fatal("nobody looks at the clock")
	}
}
