package tui

import (
	"reflect"
	"sync"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

// The renderer of Bubble Tea paints at the ticks of a ticker that runs all the time. At
// its 60 ticks a second an idle program takes two percent of a core, and slower ticks
// make keys slow. The pacer resets that ticker: fast for a moment after each message,
// slow when nothing happens. See docs/decisions for the reasons and the risk.
const (
	firstFrameFPS = 120 // until the pacer takes over with the first message
	fallbackFPS   = 30
	fastTick      = 4 * time.Millisecond
	// freely is how many pictures in a row are made at once, each for its message. Bubble
	// Tea asks for one after every message, and paints those alone that a tick meets: of a
	// flood of keys or of the mouse, one picture a tick is made, or ctrl+c would wait for
	// hundreds that nobody sees.
	freely = 16
)

// paces are the ticks after a message, and for how long: a picture is there at the first or
// the second tick, or late on a busy machine. Each tick wakes the program, which is most of
// what a countdown costs.
var paces = []struct{ tick, lasts time.Duration }{
	{fastTick, 3 * fastTick},
	{6 * fastTick, 9 * fastTick},
	{2 * time.Second, 0}, // until the next message
}

// After a tick of the clock, which comes each second, the pictures are calm: calm is the first
// pace, and behind is when it ends. From then on the ticker ticks once a second, each time so
// long after the clock, and is left alone for a minute: a countdown wakes the program twice a
// second. Then clock and ticker are put in step again.
const (
	calm   = 1
	behind = 25 * fastTick
	minute = 2 * 60 // the pacer is woken twice for each tick
)

// pacer moves the ticker of one program. Its zero value does nothing.
type pacer struct {
	program *tea.Program

	mu      sync.Mutex
	ticker  *time.Ticker
	slower  *time.Timer
	pace    int  // in paces
	clocked bool // only the clock has ticked since the ticker was fast
	even    int  // wakings by the clock for which the ticker is left alone
	stopped bool
	made    int         // pictures since the last rest
	next    *time.Timer // while it runs, the flood's picture is not made anew
	recent  bool
	owed    bool // what happened since is not in the picture
}

// frameMsg asks for the picture that was left out.
type frameMsg struct{}

// spares tells that the picture need not be made now: it comes with the next tick.
func (p *pacer) spares() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.made++; p.stopped || p.made <= freely {
		return false
	}
	if p.recent {
		p.owed = true
		return true
	}
	p.recent = true
	if p.next == nil {
		p.next = time.AfterFunc(fastTick, p.frameIsDue)
	} else {
		p.next.Reset(fastTick)
	}
	return false
}

func (p *pacer) frameIsDue() {
	p.mu.Lock()
	owed := p.owed && !p.stopped
	p.recent, p.owed = false, false
	p.mu.Unlock()
	if owed {
		p.program.Send(frameMsg{})
	}
}

// wake makes the next frames come quickly, or calmly for what nobody waits for. It is called
// from the event loop and for the first picture, when the renderer, and with it the ticker,
// was started.
func (p *pacer) wake(calmly bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return
	}
	if p.ticker == nil {
		if p.ticker = rendererTicker(p.program); p.ticker == nil {
			p.stopped = true
			return
		}
		p.pace = len(paces) - 1
		p.slower = time.AfterFunc(paces[0].lasts, p.slowDown)
	}
	lasts := behind
	switch {
	case !calmly:
		p.pace, p.clocked, p.even = 0, false, 0
		lasts = paces[0].lasts
	case p.pace < calm:
		return // something that is waited for came before
	case p.even > 0: // the ticker ticks soon
		p.even--
		p.made = 0
		return
	default:
		p.pace, p.clocked = calm, true
	}
	p.ticker.Reset(paces[p.pace].tick)
	p.slower.Reset(lasts)
}

func (p *pacer) slowDown() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped || p.pace == len(paces)-1 {
		return
	}
	p.pace++
	if lasts := paces[p.pace].lasts; lasts > 0 {
		p.ticker.Reset(paces[p.pace].tick)
		p.slower.Reset(lasts)
		return
	}
	p.made = 0
	if p.clocked {
		p.ticker.Reset(everySecond)
		p.even = minute
		return
	}
	p.ticker.Reset(paces[p.pace].tick)
}

// stop leaves the ticker alone from now on.
func (p *pacer) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	for _, t := range []*time.Timer{p.slower, p.next} {
		if t != nil {
			t.Stop()
		}
	}
	if p.ticker != nil {
		p.ticker.Stop()
	}
}

// rendererTicker reaches the private ticker of a running program; nil where the field is
// not what it was in the version that go.mod pins.
func rendererTicker(p *tea.Program) *time.Ticker {
	f := reflect.ValueOf(p).Elem().FieldByName("ticker")
	if !f.IsValid() || f.Type() != reflect.TypeFor[*time.Ticker]() || f.IsNil() {
		return nil
	}
	return *(**time.Ticker)(unsafe.Pointer(f.UnsafeAddr()))
}
