package tui

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/ui/tui/screen"
)

// historyTitle is the title of a run that was opened from the history.
const historyTitle = "History"

// deleteConfirmed deletes a run.
type deleteConfirmed struct {
	screen.Wish
	run flows.RunID
}

// pruneConfirmed deletes the runs older than an age, or all but the newest ("keep 100"), as
// the user wrote it.
type pruneConfirmed struct {
	screen.Wish
	age string
}

// exportAs writes a run in another form to a file; an empty name is asked for.
type exportAs struct {
	screen.Wish
	run        flows.RunID
	form, name string
}

// unlockWith unlocks the vault and asks again for what needed it.
type unlockWith struct {
	screen.Wish
	passphrase string
	again      screen.Wish
}

// fulfilHistory does what concerns recorded runs.
func (m *Model) fulfilHistory(w screen.Wish) tea.Cmd {
	switch w := w.(type) {
	case screen.OpenRun:
		if m.deps.OpenRun == nil {
			return m.cannot("there is no history here")
		}
		return m.openView(historyTitle, "opening the run", screen.AtHistory, w, func(ctx context.Context) (Flow, error) { return m.deps.OpenRun(ctx, w.Run) })
	case screen.ExportRun:
		return m.askExport(w.Run)
	case exportAs:
		return m.export(w)
	case screen.PruneRuns:
		return m.askPrune()
	case pruneConfirmed:
		return m.alter(m.deps.PruneRuns != nil, func(ctx context.Context) (string, error) { return m.deps.PruneRuns(ctx, w.age) })
	case deleteConfirmed:
		return m.alter(m.deps.DeleteRun != nil, func(ctx context.Context) (string, error) { return "deleted", m.deps.DeleteRun(ctx, w.run) })
	case unlockWith:
		return m.unlock(w)
	}
	return nil
}

// alter changes the history, says what came of it and reads it anew.
func (m *Model) alter(can bool, change func(context.Context) (string, error)) tea.Cmd {
	if !can {
		return m.cannot("there is no history here")
	}
	return func() tea.Msg {
		said, err := change(m.ctx)
		if err != nil {
			said = "not done: " + err.Error()
		}
		return changedHistoryMsg{said}
	}
}

// feedHistory reads the runs that the list lacks: its first page, the next one, or those
// that a filter lets through.
func (m *Model) feedHistory() tea.Cmd {
	if m.place != screen.AtHistory {
		return nil
	}
	page, ok := m.history.Wants()
	if !ok {
		return nil
	}
	if m.deps.Runs == nil {
		m.history.SetRuns(page, nil)
		return nil
	}
	runs := m.deps.Runs
	return func() tea.Msg {
		found, err := runs(m.ctx, page.Filter, page.Before, page.Limit)
		return runsMsg{page: page, runs: found, err: err}
	}
}

func (m *Model) takeRuns(msg runsMsg) {
	m.history.Unreadable("")
	if msg.err != nil {
		m.history.Unreadable(msg.err.Error())
		m.say("the history cannot be read: " + msg.err.Error())
	}
	for i, r := range msg.runs {
		for _, p := range m.deps.Catalogue {
			if p.Name == r.Provider {
				msg.runs[i].Title = p.Title
			}
		}
	}
	m.history.SetRuns(msg.page, msg.runs)
}

func (m *Model) askExport(run flows.RunID) tea.Cmd {
	if m.deps.ExportRun == nil {
		return m.cannot("runs cannot be exported here")
	}
	options := []screen.Option{{Value: "json", Label: "JSON", Note: "the document of run --json"}, {Value: "curl", Label: "curl", Note: "commands, with variables where the secrets were"},
		{Value: "har", Label: "HAR", Note: "for browsers and proxies"}, {Value: "markdown", Label: "Markdown", Note: "for a ticket"}}
	m.push(newPick("export", options, func(form string) screen.Wish {
		name := "oauthlens-" + string(run) + "." + map[string]string{"json": "json", "curl": "sh", "har": "har", "markdown": "md"}[form]
		return screen.Prompt{Title: "export", Enter: "write", Label: "file", Value: name, Help: "secrets are replaced by fingerprints; an existing file is not replaced",
			Then: func(name string) screen.Wish { return exportAs{run: run, form: form, name: name} }}
	}))
	return nil
}

func (m *Model) export(w exportAs) tea.Cmd {
	return func() tea.Msg {
		path, err := m.deps.ExportRun(m.ctx, w.run, w.form, w.name)
		if err != nil {
			return saidMsg{"not exported: " + err.Error()}
		}
		return saidMsg{"written, without secrets: " + path}
	}
}

func (m *Model) askPrune() tea.Cmd {
	if m.deps.PruneRuns == nil {
		return m.cannot("there is no history here")
	}
	m.push(newPrompt(screen.Prompt{Title: "prune", Enter: "go on", Label: "delete the runs older than", Value: "30d", Help: "such as 30d, 2w or 12h, or keep 100 for all but the newest 100; nothing is deleted before a last question",
		Then: func(age string) screen.Wish {
			which := "every run older than " + age
			if newest, ok := strings.CutPrefix(age, "keep "); ok {
				which = "every run but the newest " + newest
			}
			return askFirst{title: "prune", question: "Delete " + which + ", with its secrets? They cannot be brought back.", yes: pruneConfirmed{age: age}}
		}}))
	return nil
}

// askFirst asks a question before something is done.
type askFirst struct {
	screen.Wish
	title, question string
	yes             screen.Wish
}

// askPassphrase asks for the passphrase that a sealed run needs.
func (m *Model) askPassphrase(note string, again screen.Wish) {
	help := "the vault is locked; esc goes on without it"
	if note != "" {
		help = note + "; esc goes on without it"
	}
	m.push(newPrompt(screen.Prompt{Title: "locked", Enter: "unlock", Label: "passphrase of the vault", Help: help, Hidden: true,
		Then: func(passphrase string) screen.Wish { return unlockWith{passphrase: passphrase, again: again} }}))
}

func (m *Model) unlock(w unlockWith) tea.Cmd {
	m.question++
	question := m.question
	m.waiting, m.since = "unlocking the vault", m.now()
	return func() tea.Msg {
		return unlockedMsg{question: question, err: m.deps.Unlock(m.ctx, w.passphrase), again: w.again}
	}
}

func (m *Model) unlocked(msg unlockedMsg) tea.Cmd {
	if msg.question != m.question {
		return nil
	}
	m.waiting = ""
	if msg.err != nil {
		m.askPassphrase(msg.err.Error(), msg.again)
		return nil
	}
	return m.fulfil(msg.again)
}

// reopen takes a recorded run up again, as the live run, and then asks it for what was
// wanted of it. The run under way ends; it is in the history itself, or is asked for.
func (m *Model) reopen(id flows.RunID, then screen.Ask) tea.Cmd {
	if m.live.flow != nil && m.live.flow.Trace().Run == id {
		return tea.Sequence(m.goTo(screen.AtWalk), m.ask(then))
	}
	return m.replace(func() tea.Cmd {
		m.question++
		question := m.question
		m.waiting, m.since = "taking the run up again", m.now()
		return func() tea.Msg {
			run, err := m.deps.Reopen(m.ctx, id)
			return reopenedMsg{question: question, run: run, err: err, then: then}
		}
	})
}

func (m *Model) reopened(msg reopenedMsg) tea.Cmd {
	if msg.question != m.question {
		if msg.run.Close != nil {
			msg.run.Close()
		}
		return nil
	}
	m.waiting = ""
	if msg.err != nil {
		m.say(msg.err.Error())
		return nil
	}
	m.stopRun()
	start, _ := msg.run.Flow.Trace().Start()
	ctx, cancel := context.WithCancel(m.ctx)
	m.live = live{generation: m.live.generation + 1, ctx: ctx, cancel: cancel, run: msg.run, flow: msg.run.Flow, saved: msg.run.Saved,
		choice: screen.Choice{Provider: start.Provider.Name, Environment: start.Environment.Name, Grant: start.Grant}}
	m.walk, m.viewed = screen.NewWalk("Walk"), nil
	shown := m.goTo(screen.AtWalk)
	return tea.Batch(shown, m.take(msg.run.Flow, msg.run.Effects), m.ask(msg.then))
}
