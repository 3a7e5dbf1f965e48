package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/screen"
)

// How often the screen moves by itself: each second while something is counting, faster
// while a spinner turns, never when nothing changes.
const (
	everySecond = time.Second
	everyTurn   = 120 * time.Millisecond
	// longSave is how long the history may take before one is told that it does.
	longSave = 400 * time.Millisecond
)

// tick starts the next tick, if one is needed and none is under way.
func (m *Model) tick() tea.Cmd {
	wait := m.pace()
	if wait == 0 || m.ticking {
		return nil
	}
	m.ticking = true
	m.chain++
	chain, turn := m.chain, wait == everySecond
	if turn { // at the turn of a second, so that a countdown is even
		now := m.now()
		wait = now.Truncate(time.Second).Add(time.Second).Sub(now)
		if due, ok := m.refreshIn(now); ok && due > 0 && due < wait { // or when the refresh window opens
			wait, turn = due, false
		}
	}
	return tea.Tick(wait, func(t time.Time) tea.Msg { return tickMsg{chain: chain, at: t, turn: turn} })
}

// inStep tells that a tick came a second after the one before, as the pacer counts on.
func (m *Model) inStep(t tickMsg) bool {
	if !t.turn {
		return false
	}
	since := t.at.Sub(m.turned)
	m.turned = t.at
	return (since - everySecond).Abs() < behind/2
}

// pace is the time between two ticks; 0: none is needed.
func (m *Model) pace() time.Duration {
	if m.busy() != nil || m.live.saving != nil {
		return everyTurn
	}
	if _, ok := m.revealing(); ok {
		return everySecond
	}
	switch m.place {
	case screen.AtWalk:
		if m.live.flow != nil && len(m.walk.Header().Countdowns) > 0 {
			return everySecond
		}
	case screen.AtCompare:
		if len(m.viewer.Header().Countdowns) > 0 {
			return everySecond
		}
	case screen.AtHistory:
		return everySecond
	}
	if m.live.flow != nil && m.walk.Shown().Settings.AutoRefresh {
		return everySecond // the token is watched from every screen
	}
	return 0
}

func (m *Model) ticked(msg tickMsg) tea.Cmd {
	if msg.chain != m.chain {
		return nil
	}
	m.ticking = false
	m.spin++
	now := m.now()
	m.history.Tick(now)
	m.walk.Tick(now, m.spin)
	m.viewer.Tick(now, m.spin)
	m.refresh()
	return m.refreshWhenDue(now)
}

// refreshWhenDue has the token refreshed by itself when the session says that its time has
// come, which it says once for each token. The picture stays where the person reads.
func (m *Model) refreshWhenDue(now time.Time) tea.Cmd {
	due, ok := m.refreshIn(now)
	if !ok || due > 0 || m.live.saving != nil || len(m.live.queue) > 0 {
		return nil
	}
	m.live.automatic = true
	m.walk.Stay()
	m.say("the refresh window is open: the refresh is sent by itself")
	return m.handle(flows.Asked{Action: flows.ActRefresh})
}

// refreshIn is how long it is until the token is to be refreshed by itself, if it is.
func (m *Model) refreshIn(now time.Time) (time.Duration, bool) {
	if f, ok := m.live.flow.(interface {
		RefreshIn(time.Time) (time.Duration, bool)
	}); ok {
		return f.RefreshIn(now)
	}
	return 0, false
}

// automaticOver says what came of a refresh that was sent by itself.
func (m *Model) automaticOver() {
	if !m.live.automatic {
		return
	}
	if w := m.live.flow.Walk(m.now()); w.Busy == nil {
		m.live.automatic = false
		m.say(w.Refreshed)
	}
}

func (m *Model) revealing() (time.Time, bool) {
	switch m.place {
	case screen.AtWalk:
		return m.walk.Revealing()
	case screen.AtCompare:
		return m.viewer.Revealing()
	}
	return time.Time{}, false
}

// awaited is a wait as it was first seen.
type awaited struct {
	since  time.Time     // when it began, by the clock on the wall
	seen   time.Time     // with its monotonic reading
	before time.Duration // from since to seen
}

// waited is how long something has been waited for since then. It counts as timeouts do: not
// while the machine sleeps, and not by a clock that somebody sets.
func (m *Model) waited(since time.Time) time.Duration {
	now := m.deps.Now()
	if !m.awaited.since.Equal(since) {
		m.awaited = awaited{since: since, seen: now, before: max(0, now.Round(0).Sub(since.Round(0)))}
	}
	return m.awaited.before + now.Sub(m.awaited.seen)
}

// busy is what is being waited for on the screen shown.
func (m *Model) busy() *present.Busy {
	if m.waiting != "" {
		return &present.Busy{What: m.waiting, Since: m.since}
	}
	if m.place != screen.AtWalk || m.live.flow == nil {
		return nil
	}
	if p := m.live.saving; p != nil && m.now().Sub(p.since) >= longSave {
		return &present.Busy{What: "waiting for the history to take it", Since: p.since}
	}
	return m.walk.Shown().Busy
}
