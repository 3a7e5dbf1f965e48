package tui

import (
	"context"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows/crash"
	"oauthlens/ui/tui/intake"
)

// Run shows the interface until the user quits or ctx ends. It needs a terminal, which is
// restored whatever happens. A mistake of this program is returned as a [*crash.Report].
//
// Signals are the caller's, who ends ctx with them: Bubble Tea's own handler passes a signal
// on to a loop that the end of ctx may just have left, and then Run never returned.
func Run(ctx context.Context, deps Deps, opts Options, more ...tea.ProgramOption) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := New(ctx, deps, opts)
	p := &pacer{}
	net := guarded{Model: m, fell: new(atomic.Pointer[crash.Report]), end: cancel, pace: p, last: new(tea.View)}
	e := &ending{over: make(chan struct{})}
	options := []tea.ProgramOption{tea.WithContext(ctx), tea.WithoutSignalHandler(), tea.WithFPS(firstFrameFPS), tea.WithFilter(e.watch)}
	if opts.Keyboard != nil {
		options = append(options, tea.WithInput(intake.From(opts.Keyboard)))
	}
	program := tea.NewProgram(net, append(options, more...)...)
	p.program, e.program = program, program
	defer e.with(ctx)()
	m.onFrame = p.wake
	defer p.stop()
	_, err := program.Run()
	if r := net.fell.Load(); r != nil {
		return r
	}
	return err
}
