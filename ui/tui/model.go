// Package tui is the terminal interface: one Bubble Tea model that routes keys and
// messages, the layout, and a stack of overlays. The screens are plain structs of package
// screen; what they show is made by package present; what they want done comes back as
// wishes, which the model fulfils.
//
// Nothing blocks the event loop: effects, files, the browser and the history run in
// commands, and their answers name the run or the question that they belong to, so that a
// late one is dropped. The model reads the time from Deps only, and computes every
// countdown from it at painting.
package tui

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/frame"
	"oauthlens/ui/tui/keys"
	"oauthlens/ui/tui/screen"
	"oauthlens/ui/tui/theme"
)

// view is what every screen can do.
type view interface {
	Resize(screen.Layout)
	Draw(f *frame.Frame, focused bool)
	Table() keys.Table
	Do(a keys.Action, key string, now time.Time) screen.Wish
	Header() present.Header
	Search(text string) string
	Query() string
	Click(x, y int) screen.Wish
	Wheel(n int)
}

// Model is the whole program's state.
type Model struct {
	ctx   context.Context
	deps  Deps
	opts  Options
	theme *theme.Theme
	// colourless: the terminal has no colours, or NO_COLOR is set.
	colourless bool
	inbox      chan tea.Msg

	w, h   int
	place  screen.Place
	layout screen.Layout

	catalogue *screen.Catalogue
	walk      *screen.Walk // the live run
	viewer    *screen.Walk // a run that is only looked at
	viewed    Flow
	viewFrom  screen.Place // where the viewer goes back to
	compared  screen.Compare
	history   screen.History
	inspect   *screen.Inspect

	overlays []overlay
	status   string

	live live
	// question numbers what was asked for the viewer; late answers are dropped.
	question int
	abandon  context.CancelFunc // ends the opening of what is opened for the viewer; nil: nothing was
	waiting  string             // what is being waited for outside of a run
	since    time.Time

	latest  time.Time // when something happened last, with its monotonic reading
	awaited awaited
	chain   int // of ticks; only the newest goes on
	ticking bool
	turned  time.Time // when it ticked last
	spin    int
	mouse   bool
	quit    bool
	resumed chan struct{} // closed when the terminal is taken back after ctrl+z; nil: it was
	patience
	onFrame func(calmly bool) // told of every change and of its picture, for the pace of the renderer
	calmly  bool              // the last change was a tick of the clock
}

// live is the run under way.
type live struct {
	flow       Flow
	generation int
	choice     screen.Choice
	ctx        context.Context
	cancel     context.CancelFunc
	starting   bool
	run        Started
	automatic  bool // a refresh was sent by itself and is not over
	// side is the comparison that this run walks a side of; nil: none.
	side *screen.Compare

	saved   int        // records handed to the history
	saving  *pending   // what is shown once its records are kept; nil: nothing is under way
	queue   []happened // while saving
	unsaved bool       // the history refused: nothing more is handed to it
	kept    string     // for the header: "not saved", "secrets not kept"
}

// happened is an event with its time, which waits for its turn.
type happened struct {
	at    time.Time
	event flows.Event
}

// pending is a run after an event whose records are being kept, and what is to be done.
type pending struct {
	flow    Flow
	effects []flows.Effect
	since   time.Time
}

// New makes the model. ctx ends everything that it started.
func New(ctx context.Context, deps Deps, opts Options) *Model {
	m := &Model{
		ctx: ctx, deps: deps, opts: opts, theme: theme.New(!theme.IsLightBy(opts.ColorFGBG)), inbox: make(chan tea.Msg, 64),
		catalogue: screen.NewCatalogue(deps.Catalogue, deps.Problems, opts.Provider),
		walk:      screen.NewWalk("Walk"), viewer: screen.NewWalk("Viewer"), inspect: screen.NewInspect(),
		mouse: !opts.NoMouse,
	}
	m.catalogue.Facts = deps.Facts
	return m
}

// Init asks for the background colour and begins to listen for events.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{tea.RequestBackgroundColor, m.listen(), m.notices()}
	switch {
	case m.opts.Inspect != "":
		cmds = append(cmds, m.inspectText(m.opts.Inspect))
	case m.opts.Walk != nil:
		cmds = append(cmds, m.start(*m.opts.Walk))
	}
	return tea.Batch(cmds...)
}

// notices asks, beside the first frame, what there is to say of the history.
func (m *Model) notices() tea.Cmd {
	notices := m.deps.Notices
	if notices == nil {
		return nil
	}
	return func() tea.Msg { return openedHistoryMsg{notices(m.ctx)} }
}

// listen waits for one message from outside of the event loop.
func (m *Model) listen() tea.Cmd {
	return func() tea.Msg {
		select {
		case msg := <-m.inbox:
			return inboxMsg{msg}
		case <-m.ctx.Done():
			return nil
		}
	}
}

// inboxMsg carries a message that came through the inbox.
type inboxMsg struct{ msg tea.Msg }

// Update takes a message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	tick, calmly := msg.(tickMsg)
	m.calmly = calmly && m.inStep(tick) && m.pace() != everyTurn
	if m.onFrame != nil {
		m.onFrame(m.calmly)
	}
	cmd := m.update(msg)
	if m.quit {
		return m, m.leaveProgram(cmd)
	}
	return m, tea.Batch(cmd, m.feedHistory(), build(m.walk), build(m.viewer), m.tick())
}

// build builds a slow tab of the walk, if it wants one, beside the event loop.
func build(in *screen.Walk) tea.Cmd {
	wanted := in.Wants()
	if wanted == nil {
		return nil
	}
	return func() tea.Msg { return builtMsg{in: in, wanted: wanted, built: wanted.Build()} }
}

// keepFor is how long quitting waits for the history to take what happened last.
const keepFor = time.Second

// leaveProgram ends the program, as soon as the history has what happened last: quitting
// never loses a run. A history that does not answer is not waited for.
func (m *Model) leaveProgram(cmd tea.Cmd) tea.Cmd {
	m.stopRun()
	if m.live.saving == nil || m.patience == spent {
		return tea.Quit
	}
	if m.patience == fresh {
		m.patience = waitingForHistory
		return tea.Batch(cmd, tea.Tick(keepFor, func(time.Time) tea.Msg { return impatientMsg{} }))
	}
	return cmd
}

// patience is how far the waiting at the end has come.
type patience int

const (
	fresh patience = iota
	waitingForHistory
	spent
)

// setBack is what to say when the clock was set back since something happened last.
func (m *Model) setBack() (say string) {
	now := m.deps.Now()
	if back := m.latest.Round(0).Sub(now.Round(0)); back >= flows.ClockStep && !m.latest.IsZero() {
		back += max(0, now.Sub(m.latest)) // what has passed since, if the clock tells
		say = "the clock was set back by " + present.Coarse(back.Round(time.Second)) + ": what happens goes on in its order, and what is left of a token is at most what is shown"
	}
	m.latest = now
	return say
}

func (m *Model) update(msg tea.Msg) tea.Cmd {
	say := m.setBack()
	cmd := m.heed(msg)
	if say != "" { // behind what the message had to say, which may be a key that nothing came of
		m.say(say)
	}
	return cmd
}

// heed does what a message is there for.
func (m *Model) heed(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case inboxMsg:
		return tea.Batch(m.update(msg.msg), m.listen())
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
		m.arrange()
	case tea.BackgroundColorMsg:
		m.setTheme(theme.IsDark(msg.Color), m.theme.Indexed)
	case tea.ColorProfileMsg:
		m.colourless = msg.Profile < colorprofile.ANSI
		m.setTheme(m.theme.Dark, msg.Profile < colorprofile.TrueColor)
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.ResumeMsg:
		m.back()
	case tea.PasteMsg:
		m.paste(msg.Content)
	case tea.MouseClickMsg:
		return m.click(msg)
	case tea.MouseWheelMsg:
		m.wheel(msg)
	case tickMsg:
		return m.ticked(msg)
	case eventMsg:
		if msg.generation == m.live.generation {
			return m.handle(msg.event)
		}
	case startedMsg:
		return m.started(msg)
	case impatientMsg:
		m.patience = spent
	case builtMsg:
		msg.in.Built(msg.wanted, msg.built)
	case savedMsg:
		return m.savedRecords(msg)
	case viewedMsg:
		m.show(msg)
	case runsMsg:
		m.takeRuns(msg)
	case sidesMsg:
		m.sides(msg)
	case openedHistoryMsg:
		if len(msg.notices) > 0 {
			m.say(strings.Join(msg.notices, "; "))
		}
		m.arrange()
	case changedHistoryMsg:
		m.say(msg.said)
		m.history.Reload()
	case unlockedMsg:
		return m.unlocked(msg)
	case reopenedMsg:
		return m.reopened(msg)
	case saidMsg:
		m.say(msg.text)
	}
	return nil
}

// setTheme takes the theme for what the terminal said of its background and its colours.
func (m *Model) setTheme(dark, indexed bool) {
	switch {
	case dark == m.theme.Dark && indexed == m.theme.Indexed:
	case indexed:
		m.theme = theme.NewIndexed(dark)
	default:
		m.theme = theme.New(dark)
	}
}

// now is the wall time without its monotonic part, so that the sleep of a machine counts.
func (m *Model) now() time.Time { return m.deps.Now().Round(0) }

func (m *Model) say(text string) { m.status = text }

// view is the screen shown.
func (m *Model) view() view {
	switch m.place {
	case screen.AtWalk:
		return m.walk
	case screen.AtHistory:
		return &m.history
	case screen.AtInspect:
		return m.inspect
	case screen.AtCompare:
		return m.viewer
	}
	return m.catalogue
}

func (m *Model) shape() screen.Shape {
	switch m.place {
	case screen.AtWalk, screen.AtCompare:
		return screen.Railed
	case screen.AtCatalogue:
		return screen.ListWide
	}
	return screen.Whole
}

// arrange computes the layout of the screen shown; called when the size or the screen
// changes.
func (m *Model) arrange() {
	m.layout = screen.Arrange(m.w, m.h, m.shape())
	if !m.layout.Tiny {
		m.view().Resize(m.layout)
	}
}

// goTo shows another screen.
func (m *Model) goTo(p screen.Place) tea.Cmd {
	m.place = p
	m.catalogue.Running = m.live.flow != nil
	m.arrange()
	if p == screen.AtHistory {
		m.history.Tick(m.now())
		m.history.Reload()
		return nil
	}
	m.refresh()
	return nil
}

// refresh shows the runs as they are now.
func (m *Model) refresh() {
	now := m.now()
	if m.live.flow != nil && m.place == screen.AtWalk {
		m.walk.Show(m.live.flow.Walk(now))
	}
	if m.viewed != nil && m.place == screen.AtCompare {
		m.viewer.Show(m.viewed.Walk(now))
	}
}
