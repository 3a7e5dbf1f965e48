package tui

import (
	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/ui/tui/intake"
	"oauthlens/ui/tui/keys"
	"oauthlens/ui/tui/screen"
)

// key routes a key press: to the topmost overlay, or through the binding table of the
// screen. ctrl+c and ctrl+z work everywhere.
func (m *Model) key(k tea.KeyPressMsg) tea.Cmd {
	name := k.String()
	switch name {
	case "ctrl+c":
		if m.quit { // asked for a second time while the history is waited for
			m.patience = spent
		}
		m.quit = true
		return nil
	case "ctrl+z":
		return m.suspend()
	}
	if m.layout.Tiny {
		if name == "q" {
			return m.askQuit()
		}
		return nil
	}
	m.status = ""
	if n := len(m.overlays); n > 0 {
		return m.overlayKey(m.overlays[n-1], name, k.Text)
	}
	b, ok := m.view().Table().Find(name)
	if m.place == screen.AtInspect && !ok {
		m.inspect.Type(name, k.Text)
		return nil
	}
	if !ok {
		if len(k.Text) == 1 {
			m.say(name + " does nothing here: ? shows the keys")
		}
		return nil
	}
	return m.act(b, name)
}

func (m *Model) overlayKey(o overlay, name, text string) tea.Cmd {
	wish, closed := o.key(name, text)
	if closed {
		m.drop(o)
	}
	return m.fulfil(wish)
}

// drop takes an overlay from the stack.
func (m *Model) drop(o overlay) {
	for i, have := range m.overlays {
		if have == o {
			m.overlays = append(m.overlays[:i:i], m.overlays[i+1:]...)
			return
		}
	}
}

func (m *Model) push(o overlay) { m.overlays = append(m.overlays, o) }

// act does what a binding says, or says why it cannot.
func (m *Model) act(b keys.Binding, key string) tea.Cmd {
	if why := b.Reason(); why != "" {
		if b.Action != keys.Next {
			why = b.Label + ": " + why
		}
		m.say(why)
		return nil
	}
	if m.waiting != "" && b.Action == keys.Back {
		m.cancelWaiting()
		return nil
	}
	switch b.Action {
	case keys.Quit:
		return m.askQuit()
	case keys.Interrupt:
		m.quit = true
		return nil
	case keys.Suspend:
		return m.suspend()
	case keys.Help:
		m.push(newHelp(m.view().Table()))
		return nil
	case keys.Palette:
		m.push(m.palette())
		return nil
	case keys.Search, keys.Filter:
		m.push(newSearchBar(m.view(), b.Label))
		return nil
	}
	return m.fulfil(m.view().Do(b.Action, key, m.now()))
}

// cancelWaiting gives up what is being started or opened.
func (m *Model) cancelWaiting() {
	m.waiting = ""
	m.question++
	m.stopOpening()
	if m.live.starting {
		m.stopRun()
		m.live.generation++
		m.live.starting = false
	}
	m.say("cancelled")
}

func (m *Model) askQuit() tea.Cmd {
	if m.deps.Lost != nil {
		if question := m.deps.Lost(); question != "" {
			m.push(newConfirm("quit", question, quitWish{}))
			return nil
		}
	}
	if lost := m.wouldBeLost(); lost != "" {
		m.push(newConfirm("quit", lost+" when you quit. Quit all the same?", quitWish{}))
		return nil
	}
	m.quit = true
	return nil
}

// replaced is a wish for which another run takes the place of the live one.
type replaced struct {
	screen.Wish
	by func() tea.Cmd
}

// replace puts another run in the place of the live one; it asks first, if something would
// be lost by that.
func (m *Model) replace(by func() tea.Cmd) tea.Cmd {
	if lost := m.wouldBeLost(); lost != "" {
		m.push(newConfirm("another run", lost+" when another run takes its place. Go on all the same?", replaced{by: by}))
		return nil
	}
	return by()
}

// wouldBeLost says what of the live run would be lost with it, as the beginning of a
// sentence; empty: nothing would. The tokens of the simulator are worth nothing.
func (m *Model) wouldBeLost() string {
	if m.live.flow == nil || m.live.choice.Environment == flows.EnvSimulator || m.live.run.Save != nil && m.live.kept == "" {
		return ""
	}
	if len(m.live.flow.Walk(m.now()).Header.Countdowns) == 0 {
		return ""
	}
	return "The tokens of the run under way are kept nowhere: they are lost"
}

// paste takes text from the terminal's paste: all of it, or none.
func (m *Model) paste(text string) {
	switch {
	case len(text) > intake.MaxPaste:
		m.say("a paste of more than 2 MB was left out, all of it: put it into a file, and look at that with oauthlens inspect FILE")
	case !m.pasted(text):
		m.say("there is no room for that paste beside what stands here: ctrl+l empties the field")
	}
}

// pasted puts a paste where it belongs; false: there is no room.
func (m *Model) pasted(text string) bool {
	if n := len(m.overlays); n > 0 {
		return m.overlays[n-1].paste(text)
	}
	switch m.place {
	case screen.AtInspect:
		return m.inspect.Field.Insert(text)
	case screen.AtWalk:
		if b, ok := m.walk.Table().ByAction(keys.Paste); ok && b.Reason() == "" {
			p := newPasteBox("", "")
			m.push(p)
			return p.paste(text)
		}
	}
	return true
}

func (m *Model) click(msg tea.MouseClickMsg) tea.Cmd {
	if msg.Button != tea.MouseLeft || m.layout.Tiny {
		return nil
	}
	hinted := msg.Y == m.layout.Footer.Y && !m.coversFooter()
	m.status = ""
	if n := len(m.overlays); n > 0 {
		return m.clickOverlay(m.overlays[n-1], msg.X, msg.Y)
	}
	if hinted {
		if b, ok := m.hintAt(msg.X); ok {
			return m.act(b, b.Keys[0])
		}
	}
	return m.fulfil(m.view().Click(msg.X, msg.Y))
}

// clickOverlay presses the key of the hint under the pointer; a click beside an overlay that
// nothing was typed into closes it.
func (m *Model) clickOverlay(o overlay, x, y int) tea.Cmd {
	if b, ok := o.(interface{ keyAt(x, y int) string }); ok {
		if key := b.keyAt(x, y); key != "" {
			return m.overlayKey(o, key, "")
		}
	}
	switch o := o.(type) {
	case *text:
		if o.around(x, y) {
			m.drop(o)
		}
	case *pick:
		if o.around(x, y) && o.f.Empty() {
			m.drop(o)
		}
	case *qrBox:
		if o.around(x, y) {
			m.drop(o)
		}
	}
	return m.fulfil(o.click(x, y))
}

// wheelRows is how far one notch of the wheel scrolls.
const wheelRows = 3

func (m *Model) wheel(msg tea.MouseWheelMsg) {
	n := wheelRows
	switch msg.Button {
	case tea.MouseWheelUp:
		n = -n
	case tea.MouseWheelDown:
	default:
		return
	}
	if m.layout.Tiny {
		return
	}
	if k := len(m.overlays); k > 0 {
		m.overlays[k-1].wheel(n)
		return
	}
	if v, ok := m.view().(interface{ WheelAt(x, y, n int) bool }); ok && v.WheelAt(msg.X, msg.Y, n) {
		return
	}
	m.view().Wheel(n)
}
