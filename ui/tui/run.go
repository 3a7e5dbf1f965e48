package tui

import (
	"context"
	"errors"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows/crash"
)

// Run shows the interface until the user quits. It needs a terminal, which is restored
// whatever happens. A mistake of this program is returned as a [*crash.Report].
func Run(ctx context.Context, deps Deps, opts Options, more ...tea.ProgramOption) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := New(ctx, deps, opts)
	net := guarded{Model: m, fell: new(atomic.Pointer[crash.Report]), end: cancel}
	program := tea.NewProgram(net, append([]tea.ProgramOption{tea.WithContext(ctx), tea.WithFPS(firstFrameFPS)}, more...)...)
	p := newPacer(program)
	m.onFrame = p.wake
	defer p.stop()
	_, err := program.Run()
	if r := net.fell.Load(); r != nil {
		return r
	}
	if errors.Is(err, tea.ErrInterrupted) {
		return nil
	}
	return err
}
