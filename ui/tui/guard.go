package tui

import (
	"context"
	"reflect"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows/crash"
)

// guarded is the model with a net below it. Bubble Tea catches panics too, but prints their
// values, which may quote a secret; this ends the program in the usual way, with the
// terminal as it was, and keeps the report for [Run] to return.
type guarded struct {
	*Model
	fell *atomic.Pointer[crash.Report]
	end  context.CancelFunc
	pace *pacer
	last *tea.View // the picture made last
}

func (g guarded) caught(r *crash.Report) {
	if r != nil {
		g.fell.CompareAndSwap(nil, r)
		g.end()
	}
}

// Init is [Model.Init].
func (g guarded) Init() (cmd tea.Cmd) {
	defer func() { g.caught(crash.Of(recover())) }()
	return g.command(g.Model.Init())
}

// Update is [Model.Update].
func (g guarded) Update(msg tea.Msg) (next tea.Model, cmd tea.Cmd) {
	defer func() { g.caught(crash.Of(recover())) }()
	next = g
	_, cmd = g.Model.Update(msg)
	return next, g.command(cmd)
}

// View is [Model.View], or the picture before it while too many are asked for.
func (g guarded) View() (v tea.View) {
	v.AltScreen = true
	defer func() { g.caught(crash.Of(recover())) }()
	if g.pace.spares() {
		return *g.last
	}
	*g.last = g.Model.View()
	return *g.last
}

// command puts the net below a command, and below those that it stands for.
func (g guarded) command(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() { g.caught(crash.Of(recover())) }()
		return g.commands(cmd())
	}
}

// commands looks for the messages by which Bubble Tea is given several commands; that of a
// sequence has no name that could be asked for.
func (g guarded) commands(msg tea.Msg) tea.Msg {
	v := reflect.ValueOf(msg)
	if !v.IsValid() || v.Kind() != reflect.Slice || v.Type().Elem() != reflect.TypeFor[tea.Cmd]() {
		return msg
	}
	out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	for i := range v.Len() {
		out.Index(i).Set(reflect.ValueOf(g.command(v.Index(i).Interface().(tea.Cmd))))
	}
	return out.Interface()
}
