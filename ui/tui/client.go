package tui

import (
	tea "charm.land/bubbletea/v2"

	"oauthlens/ui/present"
	"oauthlens/ui/tui/screen"
)

// alterClient keeps the client settings of the live run, or forgets what was kept.
type alterClient struct {
	screen.Wish
	forget bool
}

// askClient asks what is to become of the client settings.
func (m *Model) askClient() tea.Cmd {
	if m.deps.SaveClient == nil || m.place != screen.AtWalk || m.live.flow == nil {
		return m.cannot(present.NothingToKeep)
	}
	options := []screen.Option{
		{Value: "keep", Label: "keep them for the next run", Note: "with its endpoints and edits; the secret goes to the vault"},
		{Value: "forget", Label: "forget what was kept", Note: "the secret too"},
	}
	m.push(newPick("client settings", options, func(v string) screen.Wish { return alterClient{forget: v == "forget"} }))
	return nil
}

func (m *Model) alterClient(w alterClient) tea.Cmd {
	trace, ctx, alter := m.live.flow.Trace(), m.ctx, m.deps.SaveClient
	if w.forget {
		alter = m.deps.ForgetClient
	}
	return func() tea.Msg {
		said, err := alter(ctx, trace)
		if err != nil {
			return saidMsg{"not done: " + err.Error()}
		}
		return saidMsg{said}
	}
}
