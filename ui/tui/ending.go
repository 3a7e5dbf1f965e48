package tui

import (
	"context"
	"reflect"
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

// At its end Bubble Tea waits for its reader of the terminal, half a second at most. The reader
// hands on one key after the other to the event loop, which is gone by then: in a flood of
// keys, or of answers that nobody asked for, it waits for nobody until the time is over, and is
// left behind. An ending takes what the reader still has, so that it comes to its own end.
type ending struct {
	program *tea.Program
	over    chan struct{} // closed when the program has ended
}

// watch is a filter of messages, and sees the last one that the event loop takes.
func (e *ending) watch(_ tea.Model, msg tea.Msg) tea.Msg {
	if _, last := msg.(tea.QuitMsg); last {
		go e.drain()
	}
	return msg
}

// with drains when ctx ends too, which ends the event loop without a message. It returns what
// is to be called when the program has ended.
func (e *ending) with(ctx context.Context) (ended func()) {
	stop := context.AfterFunc(ctx, e.drain)
	return func() {
		stop()
		close(e.over)
	}
}

func (e *ending) drain() {
	messages := programMessages(e.program)
	for {
		select {
		case <-messages: // of nil none comes
		case <-e.over:
			return
		}
	}
}

// programMessages reaches the channel to the event loop; nil where the field is not what it
// was in the version that go.mod pins.
func programMessages(p *tea.Program) <-chan tea.Msg {
	f := reflect.ValueOf(p).Elem().FieldByName("msgs")
	if !f.IsValid() || f.Type() != reflect.TypeFor[chan tea.Msg]() || f.IsNil() {
		return nil
	}
	return *(*chan tea.Msg)(unsafe.Pointer(f.UnsafeAddr()))
}
