package tui

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"
)

// Run shows the interface until the user quits. It needs a terminal. The terminal is
// restored whatever happens; a second error value tells a panic from an end that was
// asked for.
func Run(ctx context.Context, deps Deps, opts Options, more ...tea.ProgramOption) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := New(ctx, deps, opts)
	program := tea.NewProgram(m, append([]tea.ProgramOption{tea.WithContext(ctx), tea.WithFPS(firstFrameFPS)}, more...)...)
	p := newPacer(program)
	m.onFrame = p.wake
	defer p.stop()
	_, err := program.Run()
	if errors.Is(err, tea.ErrInterrupted) {
		return nil
	}
	return err
}
