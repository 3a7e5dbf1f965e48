package tui

import (
	"bytes"
	"context"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows/crash"
	"oauthlens/ui/tui/screen"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// output collects what a program writes; the renderer and the test share it.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) take() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.b.String()
	o.b.Reset()
	return s
}

// running is a whole program in a bubble of synctest, where time jumps.
type running struct {
	p   *tea.Program
	m   *Model
	out *output
}

func runInBubble(t *testing.T, deps Deps, use func(r *running)) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &output{}
	m := New(ctx, deps, Options{})
	pace := &pacer{}
	net := guarded{Model: m, fell: new(atomic.Pointer[crash.Report]), end: cancel, pace: pace, last: new(tea.View)}
	p := tea.NewProgram(net, tea.WithContext(ctx), tea.WithInput(nil), tea.WithOutput(out), tea.WithWindowSize(110, 32), tea.WithoutSignalHandler(), tea.WithEnvironment([]string{"TERM=xterm-256color"}))
	pace.program = p
	m.onFrame = pace.wake
	done := make(chan error, 1)
	go func() {
		_, err := p.Run()
		done <- err
	}()
	r := &running{p: p, m: m, out: out}
	r.settle()
	use(r)
	p.Send(press("ctrl+c"))
	if err := <-done; err != nil {
		t.Errorf("the program ended with %v", err)
	}
	pace.stop()
	cancel()
	time.Sleep(3 * time.Second) // past the last tick
}

// settle waits until nothing happens any more but the passing of time.
func (r *running) settle() {
	synctest.Wait()
	time.Sleep(200 * time.Millisecond)
	synctest.Wait()
}

func (r *running) press(names ...string) {
	for _, n := range names {
		r.p.Send(press(n))
		r.settle()
	}
}

func TestProgramWalksAndCountsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runInBubble(t, fakeDeps(time.Now), func(r *running) {
			if out := ansi.Strip(r.out.take()); !strings.Contains(out, "PROVIDERS") {
				t.Fatalf("no catalogue: %q", out)
			}
			r.press("enter", "enter", "enter", "enter")
			if out := ansi.Strip(r.out.take()); !strings.Contains(out, "TOKEN") {
				t.Fatalf("no token: %q", out)
			}
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			if got := r.m.walk.Header().Countdowns[0].Text; got != "49:59" && got != "50:00" && got != "49:58" {
				t.Fatalf("after ten minutes %s are left of an hour", got)
			}
		})
	})
}

// TestTheTerminalShowsTheFrame feeds what the program writes to a terminal emulator and
// compares the picture there with the frame, over a whole walk with overlays: what the
// renderer leaves out as unchanged really is.
func TestTheTerminalShowsTheFrame(t *testing.T) {
	type shot struct{ output, frame string }
	var shots []shot
	synctest.Test(t, func(t *testing.T) {
		runInBubble(t, fakeDeps(time.Now), func(r *running) {
			for _, key := range strings.Fields("home enter enter j j ? j esc ctrl+k down esc f enter esc tab shift+tab enter enter p esc 2 / s t esc Q esc esc") {
				r.press(key)
				shots = append(shots, shot{r.out.take(), r.m.Frame().Text()})
			}
		})
	})
	clock := regexp.MustCompile(`\d\d:\d\d`)
	terminal := vt.NewEmulator(110, 32)
	// What the emulator answers to queries has to be read. It is not closed: its Close and
	// Read are not made for two goroutines.
	go func() { _, _ = io.Copy(io.Discard, terminal) }()
	for i, s := range shots {
		// Without a terminal to read from, the renderer counts on line feeds that return.
		if _, err := terminal.Write([]byte(strings.ReplaceAll(s.output, "\n", "\r\n"))); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(terminal.String(), "\n")
		for k := range lines {
			lines[k] = strings.TrimRight(lines[k], " \r")
		}
		// A second may begin between the painting and the look at the frame.
		got, want := clock.ReplaceAllString(strings.Join(lines, "\n"), "mm:ss"), clock.ReplaceAllString(s.frame, "mm:ss")
		if got != want {
			t.Fatalf("after key %d the terminal shows\n%s\nand not\n%s", i, got, want)
		}
	}
}

// TestAFloodIsPaintedOnceATick: of messages that come faster than anybody sees, the
// pictures are left out; the last one is painted.
func TestAFloodIsPaintedOnceATick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pacer{program: tea.NewProgram(nil, tea.WithContext(t.Context()))}
		made := 0
		for range 1000 {
			if !p.spares() {
				made++
			}
		}
		if made != freely+1 {
			t.Errorf("%d pictures of 1000 were made at once", made)
		}
		p.stop()
	})
	synctest.Test(t, func(t *testing.T) {
		runInBubble(t, fakeDeps(time.Now), func(r *running) {
			r.out.take()
			for range 500 {
				r.p.Send(press("?"))
				r.p.Send(press("esc"))
			}
			r.p.Send(press("?"))
			r.settle()
			if out := ansi.Strip(r.out.take()); !strings.Contains(out, "keys: Catalogue") {
				t.Errorf("the last of a thousand keys is not seen: %q", out)
			}
		})
	})
}

// TestACountdownIsPaintedOnceASecond: once clock and ticker are in step, each second has one
// tick, soon after the clock's; a key is painted at once whenever it comes, and a large
// picture does not come a second late.
func TestACountdownIsPaintedOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pacer{ticker: time.NewTicker(time.Hour), pace: len(paces) - 1}
		p.slower = time.AfterFunc(time.Hour, p.slowDown)
		defer p.stop()
		// until takes the ticks until so long has passed.
		until := func(d time.Duration) (ticks []time.Duration) {
			begun, over := time.Now(), time.After(d)
			for {
				select {
				case <-p.ticker.C:
					ticks = append(ticks, time.Since(begun))
				case <-over:
					return ticks
				}
			}
		}
		clock := func(calmly bool) []time.Duration {
			p.wake(calmly) // before the picture
			if p.spares() {
				t.Fatal("the picture of a second was left out")
			}
			p.wake(calmly) // and behind it
			return until(time.Second)
		}
		ones := 0
		for second := range 200 {
			ticks := clock(true)
			if len(ticks) == 0 || ticks[0] > behind+fastTick {
				t.Fatalf("second %d was painted at %v", second, ticks)
			}
			if len(ticks) == 1 {
				ones++
			}
			if second%50 == 7 {
				time.Sleep(300 * time.Millisecond)
				p.wake(false)
				if keys := until(fastTick + time.Millisecond); len(keys) != 1 {
					t.Fatalf("a key was painted at %v", keys)
				}
				until(695 * time.Millisecond)
			}
		}
		if p.next != nil {
			t.Error("pictures a second apart were taken for a flood")
		}
		if ones < 180 {
			t.Errorf("only %d of 200 seconds woke the renderer once", ones)
		}
		p.wake(true)
		if ticks := append(clock(false), until(0)...); len(ticks) == 0 || ticks[0] > 2*fastTick {
			t.Errorf("behind a large picture the ticks came at %v", ticks)
		}
	})
}

// TestNothingIsWrittenWhenNothingChanges holds the idle catalogue silent.
func TestNothingIsWrittenWhenNothingChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runInBubble(t, fakeDeps(time.Now), func(r *running) {
			r.out.take()
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			if out := r.out.take(); out != "" {
				t.Fatalf("an idle program wrote %q", out)
			}
		})
	})
}

// TestEscEndsAWait holds that a request that never ends is cancelled by one key.
func TestEscEndsAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deps := fakeDeps(time.Now)
		ended := make(chan struct{})
		deps.Start = func(ctx context.Context, _ screen.Choice) (Started, error) {
			<-ctx.Done()
			close(ended)
			return Started{}, ctx.Err()
		}
		runInBubble(t, deps, func(r *running) {
			r.press("enter")
			time.Sleep(83 * time.Second)
			synctest.Wait()
			if out := r.m.Frame().Text(); !strings.Contains(out, "starting: truss, simulator") || !strings.Contains(out, "1:23") {
				t.Fatalf("the wait does not show what and how long:\n%s", out)
			}
			r.press("esc")
			<-ended
			if r.m.busy() != nil {
				t.Fatal("still waiting")
			}
		})
	})
}

// TestEscEndsWhatIsOpened: a comparison or an old run that is waited for is given up, and
// not only out of sight.
func TestEscEndsWhatIsOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deps := fakeDeps(time.Now)
		ended := make(chan struct{})
		deps.Compare = func(ctx context.Context, _, _ screen.Side, _ bool) (Flow, error) {
			<-ctx.Done()
			close(ended)
			return nil, ctx.Err()
		}
		runInBubble(t, deps, func(r *running) {
			r.press("x", "enter")
			if r.m.busy() == nil {
				t.Fatalf("nothing is waited for:\n%s", r.m.Frame().Text())
			}
			r.press("esc")
			<-ended
			if r.m.busy() != nil {
				t.Fatal("still waiting")
			}
		})
	})
}

func TestTheTickerIsWhereThePacerLooksForIt(t *testing.T) {
	p := tea.NewProgram(New(t.Context(), fakeDeps(time.Now), Options{}), tea.WithInput(nil), tea.WithOutput(&output{}), tea.WithWindowSize(80, 24), tea.WithoutSignalHandler())
	found := make(chan bool, 1)
	go func() { _, _ = p.Run() }() // ends by Quit below
	p.Send(tea.WindowSizeMsg{Width: 80, Height: 24})
	found <- rendererTicker(p) != nil
	p.Quit()
	p.Wait()
	if !<-found {
		t.Fatal("the program's ticker is not a field of that name any more: see docs/decisions on the frame ticker")
	}
}

func TestPanicsRestoreTheTerminal(t *testing.T) {
	deps := fakeDeps(time.Now)
	deps.Facts = nil
	m := New(t.Context(), deps, Options{})
	out := &output{}
	p := tea.NewProgram(panicking{m}, tea.WithInput(nil), tea.WithOutput(out), tea.WithWindowSize(80, 24), tea.WithoutSignalHandler())
	silent, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stderr
	os.Stderr = silent
	_, runErr := p.Run()
	os.Stderr = old
	if runErr == nil {
		t.Fatal("a panic is no error")
	}
	if s := out.take(); strings.Contains(s, "\x1b[?1049h") && !strings.Contains(s, "\x1b[?1049l") {
		t.Fatal("the alternate screen was not left")
	}
}

// panicking is a model that panics at the second message.
type panicking struct{ *Model }

func (p panicking) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(tea.WindowSizeMsg); ok {
		_, _ = p.Model.Update(msg)
		return p, func() tea.Msg { return saidMsg{"now"} }
	}
	if _, ok := msg.(saidMsg); ok {
		panic("a bug")
	}
	return p, nil
}

func TestTheMessagesAreWhereTheEndingLooksForThem(t *testing.T) {
	if programMessages(tea.NewProgram(New(t.Context(), fakeDeps(time.Now), Options{}))) == nil {
		t.Fatal("the program's messages are not a field of that name any more: ctrl+c behind a flood takes half a second")
	}
}
