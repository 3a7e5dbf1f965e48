package tui

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/flows/crash"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/screen"
)

// quitWish ends the program.
type quitWish struct{ screen.Wish }

// confirmed asks the session for an action that the user confirmed for production.
type confirmed struct {
	screen.Wish
	action flows.Action
}

// writeTo writes a value to a file of this name.
type writeTo struct {
	screen.Wish
	what present.Copy
	name string
}

// fulfil does what a screen or an overlay wants.
func (m *Model) fulfil(w screen.Wish) tea.Cmd {
	switch w := w.(type) {
	case nil:
		return nil
	case screen.Several:
		cmds := make([]tea.Cmd, len(w))
		for i, one := range w {
			cmds[i] = m.fulfil(one)
		}
		return tea.Sequence(cmds...)
	case screen.Say:
		m.say(w.Text)
	case screen.Ask:
		return m.ask(w)
	case screen.Offered:
		return m.fulfil(m.walk.Offered(w.Action))
	case confirmed:
		return tea.Batch(m.handle(flows.Asked{Action: flows.ActConfirm}), m.handle(flows.Asked{Action: w.action}))
	case screen.Change:
		return m.change(w)
	case screen.Start:
		return m.replace(func() tea.Cmd { return m.start(w.Choice) })
	case replaced:
		return w.by()
	case screen.GoTo:
		return m.goTo(w.Place)
	case screen.Leave:
		return m.leave()
	case screen.Act:
		if b, ok := m.view().Table().ByAction(w.Action); ok {
			return m.act(b, w.Key)
		}
	case quitWish:
		m.quit = true
	case askFirst:
		m.push(newConfirm(w.title, w.question, w.yes))
	case searchWish:
		m.push(newSearchBar(w.in, "search"))
	case mouseWish:
		m.mouse = !m.mouse
	default:
		return m.fulfilOverlay(w)
	}
	return nil
}

// fulfilOverlay opens the overlays that were asked for.
func (m *Model) fulfilOverlay(w screen.Wish) tea.Cmd {
	switch w := w.(type) {
	case screen.Prompt:
		m.push(newPrompt(w))
	case screen.Pick:
		m.push(newPick(w.Title, w.Options, w.Then))
	case screen.PickFault:
		m.push(newPick("make it go wrong", m.faults(), func(name string) screen.Wish { return screen.Plant{Fault: name} }))
	case screen.Plant:
		return m.plant(w.Fault)
	case screen.PasteCallback:
		m.push(newPasteBox("", ""))
	case screen.TakeCallback:
		return m.takeCallback(w.Text)
	case screen.Read:
		t := newText(w.Title, w.Lines, w.Remedy)
		t.send = w.Send
		m.push(t)
	case screen.Explain:
		m.explain(w.Ref)
	case screen.ShowQR:
		m.push(newQR(w.URL, m.colourless && m.theme.Dark))
	case screen.WriteFile:
		m.push(newPrompt(screen.Prompt{Title: "write " + w.What.What, Enter: "write", Label: "file", Value: w.Name, Help: "a new file that only you can read; an existing one is not replaced",
			Then: func(name string) screen.Wish { return writeTo{what: w.What, name: name} }}))
	case screen.DeleteRun:
		m.push(newConfirm("delete", "Delete this run from the history: "+w.Named+"? It cannot be brought back.", deleteConfirmed{run: w.Run}))
	default:
		return m.fulfilOutside(w)
	}
	return nil
}

// fulfilOutside does what reaches outside of the model, in commands.
func (m *Model) fulfilOutside(w screen.Wish) tea.Cmd {
	switch w := w.(type) {
	case screen.Copy:
		return m.copy(w.What)
	case writeTo:
		return m.write(w)
	case screen.OpenURL:
		return m.openURL(w.URL)
	case screen.SaveClient:
		return m.askClient()
	case alterClient:
		return m.alterClient(w)
	case screen.InspectText:
		return m.inspectText(w.Text)
	case screen.OpenRun, screen.ExportRun, screen.PruneRuns, exportAs, pruneConfirmed, deleteConfirmed, unlockWith:
		return m.fulfilHistory(w)
	}
	return m.fulfilCompare(w)
}

func (m *Model) cannot(why string) tea.Cmd {
	m.say(why)
	return nil
}

func (m *Model) ask(w screen.Ask) tea.Cmd {
	if m.place == screen.AtCompare && m.viewer.Title == historyTitle && m.deps.Reopen != nil {
		return m.reopen(m.viewed.Trace().Run, w)
	}
	if m.place != screen.AtWalk {
		m.say("this run is only looked at: nothing is sent")
		return nil
	}
	if w.Doubt != "" {
		m.push(newConfirm("open the browser", w.Doubt, screen.Ask{Action: w.Action, Confirm: w.Confirm}))
		return nil
	}
	if w.Confirm != "" {
		m.push(newConfirm("production", w.Confirm, confirmed{action: w.Action}))
		return nil
	}
	m.walk.Follow()
	return m.handle(flows.Asked{Action: w.Action})
}

func (m *Model) change(w screen.Change) tea.Cmd {
	if m.place != screen.AtWalk {
		m.say(present.OnlyLookedAt)
		return nil
	}
	m.say(w.Say)
	m.walk.ToText()
	if s := w.Change.ClientSecret; s != nil { // masked under the key of this run
		start, _ := m.live.flow.Trace().Start()
		typed := flows.NewSecret(start.Fingerprints, "client_secret", s.RevealSecret())
		w.Change.ClientSecret = &typed
	}
	cmd := m.handle(flows.Changed{Change: w.Change})
	if w.Redo == "" {
		return cmd
	}
	return tea.Batch(cmd, m.handle(flows.Asked{Action: w.Redo}))
}

// leave goes back to where the screen came from. A live run goes on behind the catalogue.
func (m *Model) leave() tea.Cmd {
	if m.place == screen.AtCompare {
		m.viewed = nil
		return m.goTo(m.viewFrom)
	}
	if m.live.side != nil {
		return m.backToComparison()
	}
	cmd := m.goTo(screen.AtCatalogue)
	m.say("the run goes on; w goes back to it")
	return cmd
}

func (m *Model) takeCallback(text string) tea.Cmd {
	if m.live.flow == nil || m.place != screen.AtWalk {
		return nil
	}
	event, err := m.live.flow.Paste(text)
	if err != nil {
		m.push(newPasteBox(text, err.Error()))
		return nil
	}
	m.walk.Follow()
	return m.handle(event)
}

func (m *Model) explain(ref present.ExplainRef) {
	if m.deps.Explain == nil {
		m.say("there are no explanations here")
		return
	}
	title, lines, ok := m.deps.Explain(m.shownProvider(), ref)
	if !ok {
		m.say("nothing is known about " + ref.Name)
		return
	}
	m.push(newText(title, lines, nil))
}

// shownProvider is the name of the provider on screen, of a run that is looked at as of the
// live one.
func (m *Model) shownProvider() string {
	if path := m.view().Header().Path; len(path) > 1 {
		for _, p := range m.deps.Catalogue {
			if p.Title == path[1] {
				return p.Name
			}
		}
	}
	if choice, ok := m.catalogue.Choice(); ok && m.place == screen.AtCatalogue {
		return choice.Provider
	}
	return m.live.choice.Provider
}

// openView opens a run that is only looked at; again is the wish that opens it, to be asked
// for once more when the vault is unlocked.
func (m *Model) openView(title, waiting string, from screen.Place, again screen.Wish, open func(context.Context) (Flow, error)) tea.Cmd {
	m.question++
	question := m.question
	m.waiting, m.since = waiting, m.now()
	m.stopOpening()
	ctx, cancel := context.WithCancel(m.ctx)
	m.abandon = cancel
	return func() (msg tea.Msg) {
		// What is opened here is foreign: a paste, a recording, an old run. A mistake of ours
		// in reading it must not take the live run down.
		defer func() {
			if r := crash.Of(recover()); r != nil {
				msg = viewedMsg{question: question, title: title, from: from, err: fmt.Errorf("this cannot be shown: %w", r)}
			}
		}()
		flow, err := open(ctx)
		return viewedMsg{question: question, title: title, from: from, flow: flow, err: err, again: again}
	}
}

// stopOpening ends what is being opened: nobody waits for it any more.
func (m *Model) stopOpening() {
	if m.abandon != nil {
		m.abandon()
	}
}

func (m *Model) inspectText(text string) tea.Cmd {
	if m.deps.Inspect == nil {
		return m.cannot("nothing can be inspected here")
	}
	return m.openView("Inspect", "taking it apart", screen.AtInspect, nil, func(ctx context.Context) (Flow, error) { return m.deps.Inspect(ctx, text) })
}

func (m *Model) show(msg viewedMsg) {
	if msg.question != m.question {
		return
	}
	m.waiting = ""
	m.stopOpening()
	if msg.err != nil {
		m.say(msg.err.Error())
		if errors.Is(msg.err, ErrLocked) && msg.again != nil && m.deps.Unlock != nil {
			m.askPassphrase("", msg.again)
		}
		if msg.title == "Inspect" {
			m.inspect.Note = msg.err.Error()
			m.say("not recognised")
			m.goTo(screen.AtInspect)
		}
		return
	}
	m.inspect.Note = ""
	m.viewed, m.viewFrom = msg.flow, msg.from
	m.viewer = screen.NewWalk(msg.title)
	if c, ok := msg.again.(screen.Compare); ok {
		m.compared = c
	}
	m.goTo(screen.AtCompare)
}

func (m *Model) openURL(url string) tea.Cmd {
	if m.deps.OpenBrowser == nil {
		return m.cannot("no browser can be opened here; y copies the address")
	}
	return func() tea.Msg {
		if err := m.deps.OpenBrowser(url); err != nil {
			return saidMsg{"the browser did not open: " + err.Error() + "; y copies the address"}
		}
		return saidMsg{"opened in the browser"}
	}
}

func (m *Model) write(w writeTo) tea.Cmd {
	if m.deps.WriteFile == nil {
		return m.cannot("files cannot be written here")
	}
	text := rawOf(w.what)
	name := filepath.Clean(w.name)
	return func() tea.Msg {
		path, err := m.deps.WriteFile(name, []byte(text))
		if err != nil {
			return saidMsg{"not written: " + err.Error()}
		}
		return saidMsg{fmt.Sprintf("%s written to %s (%d bytes)", w.what.What, path, len(text))}
	}
}

// rawOf is what a copy holds, secrets in clear: the user asked for it.
func rawOf(c present.Copy) string {
	if !c.Secret.IsZero() {
		return c.Secret.RevealSecret()
	}
	return c.Text
}

// copy puts a value on the clipboard: through the terminal (OSC 52), which works over ssh
// too, and with the system's program where there is one. The status line says which.
func (m *Model) copy(c present.Copy) tea.Cmd {
	text := rawOf(c)
	what := c.What
	if what == "" {
		what = "the value"
	}
	n := utf8.RuneCountInString(text)
	count := fmt.Sprintf("%d characters", n)
	if !c.Secret.IsZero() {
		count += " in clear"
	}
	native := m.deps.CopyNative
	return tea.Sequence(tea.SetClipboard(text), func() tea.Msg {
		if native != nil {
			if where, err := native(text); err == nil {
				return saidMsg{fmt.Sprintf("%s copied (%s) to %s", what, count, where)}
			}
		}
		return saidMsg{fmt.Sprintf("%s sent to the terminal (%s, OSC 52): it is on the clipboard if the terminal allows that", what, count)}
	})
}
