package tui

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows/visible"
	"oauthlens/ui/tui/frame"
)

// driver runs a model without a program: every command runs at once, in place. Time passes
// only by [driver.tick].
type driver struct {
	t   testing.TB
	m   *Model
	now time.Time
}

func newDriver(t testing.TB, w, h int) *driver {
	d := &driver{t: t, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	d.m = New(ctx, fakeDeps(func() time.Time { return d.now }), Options{})
	d.m.ticking = true // no command may wait
	d.send(tea.WindowSizeMsg{Width: w, Height: h})
	return d
}

// send updates the model and everything that follows from it.
func (d *driver) send(msg tea.Msg) {
	_, cmd := d.m.Update(msg)
	d.run(cmd)
	for len(d.m.inbox) > 0 {
		d.run(d.m.update(<-d.m.inbox))
	}
}

// run performs a command and what it answers.
func (d *driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil, tea.QuitMsg, tea.SuspendMsg:
	case tea.BatchMsg:
		for _, c := range msg {
			d.run(c)
		}
	default:
		if v := reflect.ValueOf(msg); v.Kind() == reflect.Slice { // a sequence, whose type is private
			for i := range v.Len() {
				d.run(v.Index(i).Interface().(tea.Cmd))
			}
			return
		}
		d.send(msg)
	}
}

// tick lets time pass.
func (d *driver) tick(by time.Duration) {
	d.now = d.now.Add(by)
	d.run(d.m.update(tickMsg{chain: d.m.chain, at: d.now}))
	d.m.ticking = true
}

func (d *driver) press(names ...string) {
	for _, n := range names {
		d.send(press(n))
	}
}

func (d *driver) text() string { return d.m.Frame().Text() }

func (d *driver) status() string { return d.m.status }

// press is the message of a key by its name.
func press(name string) tea.KeyPressMsg {
	special := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
		"home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "f1": tea.KeyF1, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete}
	if name == "space" {
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	}
	if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(rest[0]), Mod: tea.ModCtrl}
	}
	if rest, ok := strings.CutPrefix(name, "shift+"); ok {
		return tea.KeyPressMsg{Code: special[rest], Mod: tea.ModShift}
	}
	if r, ok := special[name]; ok {
		return tea.KeyPressMsg{Code: r}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

func TestPressNamesKeysAsTheLibraryDoes(t *testing.T) {
	for _, name := range []string{"enter", "esc", "tab", "shift+tab", "up", "pgdown", "home", "f1", "ctrl+k", "ctrl+d", "G", "j", "?", "/", "+", "space"} {
		if got := press(name).String(); got != name {
			t.Errorf("press(%q) is called %q", name, got)
		}
	}
}

var robotKeys = strings.Fields(`enter enter enter esc esc tab shift+tab up down left right home end pgup pgdown f1 backspace
 j k g G ctrl+d ctrl+u / n N y Y v e x space + u c r R t a f F o Q p w i h ? ctrl+k 1 2 3 4 5 6 7 8 9 [ ] d s ctrl+r ctrl+l`)

var robotSteps = flag.Int("robot", 400, "how many keys TestRobot presses for each seed")

// TestRobot presses keys at random, at changing sizes, and looks at every frame.
func TestRobot(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 7))
			d := newDriver(t, 100, 30)
			for range *robotSteps {
				d.step(rng)
				d.check()
				if t.Failed() {
					return
				}
			}
		})
	}
}

func (d *driver) step(rng *rand.Rand) {
	switch n := rng.IntN(60); {
	case n == 0:
		d.send(tea.WindowSizeMsg{Width: 20 + rng.IntN(180), Height: 5 + rng.IntN(55)})
	case n == 1:
		d.send(tea.MouseClickMsg{X: rng.IntN(200), Y: rng.IntN(60), Button: tea.MouseLeft})
	case n == 2:
		d.send(tea.MouseWheelMsg{X: 50, Y: 10, Button: tea.MouseWheelDown})
	case n == 3:
		d.send(tea.PasteMsg{Content: "http://127.0.0.1/?code=abc\u202e\n&state=\x1b[31mx"})
	case n == 4:
		d.tick(11 * time.Second)
	default:
		key := robotKeys[rng.IntN(len(robotKeys))]
		if key == "v" {
			return // revealing has its own test
		}
		d.send(press(key))
	}
	d.m.quit = false
}

// check holds what is true of every frame.
func (d *driver) check() {
	d.t.Helper()
	f := d.m.Frame()
	lines := strings.Split(f.Text(), "\n")
	w, h := f.Size()
	if len(lines) != h {
		d.t.Fatalf("the frame has %d lines in a window of %d", len(lines), h)
	}
	for i, l := range lines {
		if n := frame.Width(l); n > w {
			d.t.Fatalf("line %d has %d cells in a window of %d: %q", i, n, w, l)
		}
		if !visible.Clean(l) {
			d.t.Fatalf("line %d has hidden characters: %q", i, l)
		}
		if strings.Contains(l, fakeSecret) {
			d.t.Fatalf("line %d shows a secret: %q", i, l)
		}
	}
	if v := d.m.View(); strings.Contains(v.WindowTitle+v.Content, fakeSecret) {
		d.t.Fatal("the window title or a link shows a secret")
	}
}
