package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/ui/tui/screen"
)

// stopRun ends what the live run is doing.
func (m *Model) stopRun() {
	if m.live.cancel != nil {
		m.live.cancel()
	}
	if m.live.run.Close != nil {
		m.live.run.Close()
	}
}

// start makes a new run; the one under way ends.
func (m *Model) start(c screen.Choice) tea.Cmd {
	if m.deps.Start == nil {
		return m.cannot("no run can be started here")
	}
	m.stopRun()
	ctx, cancel := context.WithCancel(m.ctx)
	m.live = live{generation: m.live.generation + 1, choice: c, ctx: ctx, cancel: cancel, starting: true}
	generation := m.live.generation
	m.waiting, m.since = "starting: "+c.Provider+", "+c.Environment, m.now()
	return func() tea.Msg {
		run, err := m.deps.Start(ctx, c)
		return startedMsg{generation: generation, choice: c, run: run, err: err}
	}
}

func (m *Model) started(msg startedMsg) tea.Cmd {
	if msg.generation != m.live.generation {
		if msg.run.Close != nil {
			msg.run.Close()
		}
		return nil
	}
	m.live.starting, m.waiting = false, ""
	if msg.err != nil {
		m.say(msg.err.Error())
		return nil
	}
	m.live.run, m.live.flow = msg.run, msg.run.Flow
	m.walk = screen.NewWalk("Walk")
	m.overlays = nil
	if msg.choice.Fault != "" {
		m.say("fault planted: " + msg.choice.Fault + "; F takes it back")
	}
	return tea.Batch(m.goTo(screen.AtWalk), m.perform(msg.run.Effects), m.save())
}

// handle gives an event to the live run.
func (m *Model) handle(e flows.Event) tea.Cmd {
	if m.live.flow == nil {
		return nil
	}
	flow, effects := m.live.flow.Handle(m.now(), e)
	m.live.flow = flow
	m.refresh()
	return tea.Batch(m.perform(effects), m.save())
}

// perform has the effects performed, each in a command of its own.
func (m *Model) perform(effects []flows.Effect) tea.Cmd {
	cmds := make([]tea.Cmd, 0, len(effects))
	ctx, generation, perform := m.live.ctx, m.live.generation, m.live.run.Perform
	emit := func(e flows.Event) {
		select {
		case m.inbox <- eventMsg{generation: generation, event: e}:
		case <-ctx.Done():
		}
	}
	for _, e := range effects {
		cmds = append(cmds, func() tea.Msg {
			perform(ctx, e, emit)
			return nil
		})
	}
	return tea.Batch(cmds...)
}

// save hands the records that are new to the history, one command at a time, so that
// they arrive in order.
func (m *Model) save() tea.Cmd {
	save := m.live.run.Save
	if save == nil || m.live.saving || m.live.unsaved {
		return nil
	}
	records := m.live.flow.Trace().Records
	if m.live.saved >= len(records) {
		return nil
	}
	fresh := records[m.live.saved:]
	m.live.saved, m.live.saving = len(records), true
	generation, ctx := m.live.generation, context.WithoutCancel(m.ctx)
	return func() tea.Msg { return savedMsg{generation: generation, err: save(ctx, fresh)} }
}

func (m *Model) savedRecords(msg savedMsg) tea.Cmd {
	if msg.generation != m.live.generation {
		return nil
	}
	m.live.saving = false
	if msg.err != nil {
		m.live.unsaved = true
		return m.handle(flows.Noted{Text: "not saved to the history: " + msg.err.Error()})
	}
	return m.save()
}

// Live is the run under way.
func (m *Model) Live() (Flow, bool) { return m.live.flow, m.live.flow != nil }
