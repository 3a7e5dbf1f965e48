package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// How often, and for how long, it is looked whether ctrl+z took effect.
const (
	stoppedWithin = 300 * time.Millisecond
	stopLooks     = 10
)

// suspend gives the terminal back to the shell until that continues the program. Where no
// shell waits (a window or a container that was opened with this program alone), the system
// does not stop it, and Bubble Tea would wait for its being continued for ever: the program
// then continues itself. Whoever is stopped cannot.
func (m *Model) suspend() tea.Cmd {
	resumed := make(chan struct{})
	m.resumed = resumed
	return tea.Batch(tea.Suspend, func() tea.Msg {
		for range stopLooks {
			select {
			case <-time.After(stoppedWithin):
				continueSelf()
			case <-resumed:
				return nil
			}
		}
		return nil
	})
}

// back notes that the terminal is the program's again.
func (m *Model) back() {
	if m.resumed != nil {
		close(m.resumed)
		m.resumed = nil
	}
}
