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
	m.say(msg.run.Say)
	if m.live.side != nil {
		m.walk.BackTo = "the comparison"
		if msg.run.Say == "" {
			m.say("walk this side; esc goes back to the comparison with it")
		}
	}
	if msg.choice.Fault != "" {
		m.say("fault planted: " + msg.choice.Fault + "; F takes it back")
	}
	shown := m.goTo(screen.AtWalk)
	return tea.Batch(shown, m.take(msg.run.Flow, msg.run.Effects))
}

// handle gives an event to the live run, behind those that wait.
func (m *Model) handle(e flows.Event) tea.Cmd {
	if m.live.flow == nil {
		return nil
	}
	m.live.queue = append(m.live.queue, happened{at: m.now(), event: e})
	return m.advance()
}

// advance takes the events that wait into the run, up to one whose records must be kept
// first.
func (m *Model) advance() tea.Cmd {
	var cmds []tea.Cmd
	for m.live.saving == nil && len(m.live.queue) > 0 {
		next := m.live.queue[0]
		m.live.queue = m.live.queue[1:]
		flow, effects := m.live.flow.Handle(next.at, next.event)
		cmds = append(cmds, m.take(flow, effects))
	}
	return tea.Batch(cmds...)
}

// take makes this the run that is shown and has its effects performed: at once if nothing
// new is in it, or if nothing is kept any more; else when the history has what is new. So
// what was seen once is there after a crash, and a request that was kept is never sent
// before it.
func (m *Model) take(flow Flow, effects []flows.Effect) tea.Cmd {
	records := flow.Trace().Records
	if m.live.run.Save == nil || m.live.unsaved || m.live.saved >= len(records) {
		return m.shown(flow, effects)
	}
	fresh, save := records[m.live.saved:], m.live.run.Save
	m.live.saved = len(records)
	m.live.saving = &pending{flow: flow, effects: effects, since: m.now()}
	generation, ctx := m.live.generation, context.WithoutCancel(m.ctx)
	return func() tea.Msg {
		kept, err := save(ctx, fresh)
		return savedMsg{generation: generation, kept: kept, err: err}
	}
}

func (m *Model) shown(flow Flow, effects []flows.Effect) tea.Cmd {
	m.live.flow = flow
	m.refresh()
	m.automaticOver()
	return tea.Batch(m.perform(effects), m.comesBack())
}

// savedRecords shows what waited for the history, whether it took it or not; and says so
// if not.
func (m *Model) savedRecords(msg savedMsg) tea.Cmd {
	if msg.generation != m.live.generation || m.live.saving == nil {
		return nil
	}
	p := m.live.saving
	m.live.saving, m.live.kept = nil, msg.kept.Lacking
	if msg.kept.Say != "" {
		m.say(msg.kept.Say)
	}
	if msg.err != nil {
		m.live.unsaved, m.live.kept = true, "not saved"
		note := happened{at: m.now(), event: flows.Noted{Text: "not saved to the history: " + msg.err.Error()}}
		m.live.queue = append([]happened{note}, m.live.queue...)
	}
	return tea.Batch(m.shown(p.flow, p.effects), m.advance())
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

// Live is the run under way.
func (m *Model) Live() (Flow, bool) { return m.live.flow, m.live.flow != nil }
