package screen

import (
	"time"

	"oauthlens/ui/present"
	"oauthlens/ui/tui/keys"
	"oauthlens/ui/tui/pane"
)

// Walk is the screen of a run: the rail of its steps and the pane of one of them. The
// same screen shows a recording, a run of the history and a comparison.
type Walk struct {
	Title string // of its table of keys
	// BackTo is what esc goes back to, for the footer; empty: where one came from.
	BackTo string
	walk   present.Walk
	ready  bool

	stage int // the step shown
	tab   int
	// wandered: the user went to look at another step, so the view does not follow the
	// session.
	wandered bool
	// finding is the one under the cursor, -1: the cursor is in the text.
	finding int

	panes    map[place]*pane.Pane
	versions map[place]string
	answered map[place]int       // the answer that the tab shows, see present.Pane
	building map[place]*Building // slow tabs under way
	wanted   *Building           // the newest of them that nobody began

	layout Layout
	spin   int
	hitBox walkBoxes
}

// place is a tab of a step.
type place struct{ stage, tab int }

// NewWalk is an empty screen; [Walk.Show] fills it.
func NewWalk(title string) *Walk {
	return &Walk{Title: title, finding: -1, panes: map[place]*pane.Pane{}, versions: map[place]string{}, answered: map[place]int{}, building: map[place]*Building{}}
}

// Show takes the run as it is now. The view follows the session to its next step unless
// the user looks at another one.
func (s *Walk) Show(w present.Walk) {
	moved := !s.ready || w.Current != s.walk.Current
	s.walk, s.ready = w, true
	if moved && !s.wandered {
		s.goTo(w.Current)
	}
	s.stage = max(0, min(s.stage, len(w.Panes)-1))
	if f := s.findings(); s.finding >= len(f) {
		s.finding = len(f) - 1
	}
	s.fill(true)
}

// Shown is the run on screen.
func (s *Walk) Shown() present.Walk { return s.walk }

// Stage is the step shown.
func (s *Walk) Stage() int { return s.stage }

// Follow lets the view follow the session again.
func (s *Walk) Follow() { s.wandered = false }

// Stay keeps the view where it is, whatever the session does by itself, until the user asks
// for something.
func (s *Walk) Stay() { s.wandered = true }

// ToText leaves the findings, so that enter is the step's again: what a fix has changed is sent
// by it.
func (s *Walk) ToText() { s.finding = -1 }

// GoTo shows a step; of a comparison, its first suspicious difference.
func (s *Walk) GoTo(stage int) {
	s.goTo(stage)
	s.fill(true)
	if p := s.pane(); p != nil && s.Title == CompareTitle && p.Cursor() == 0 && s.tab < sideTabs {
		p.ToSuspicious(false)
	}
}

func (s *Walk) goTo(stage int) {
	if stage < 0 || stage >= len(s.walk.Panes) || stage == s.stage {
		return
	}
	if old := s.pane(); old != nil {
		old.Hide()
	}
	s.stage, s.finding = stage, -1
	s.tab = min(s.tab, max(0, len(s.walk.Panes[stage].Tabs)-1))
}

// Tick moves the time of what is on screen: the spinner, revealed secrets.
func (s *Walk) Tick(now time.Time, spin int) {
	s.spin = spin
	if p := s.pane(); p != nil {
		p.Tick(now)
	}
}

// Revealing tells until when a secret is shown.
func (s *Walk) Revealing() (time.Time, bool) {
	if p := s.pane(); p != nil {
		return p.Revealing()
	}
	return time.Time{}, false
}

// step is the pane's content of the step shown.
func (s *Walk) step() present.Pane {
	if s.stage < len(s.walk.Panes) {
		return s.walk.Panes[s.stage]
	}
	return present.Pane{}
}

func (s *Walk) pane() *pane.Pane { return s.panes[place{s.stage, s.tab}] }

// fill builds the content of the tab shown, if it changed.
func (s *Walk) fill(keep bool) {
	step := s.step()
	if s.tab >= len(step.Tabs) {
		s.tab = 0
	}
	if len(step.Tabs) == 0 {
		return
	}
	at, tab := place{s.stage, s.tab}, step.Tabs[s.tab]
	p, had := s.panes[at]
	if !had {
		p = &pane.Pane{}
		s.panes[at] = p
	}
	if r := s.textRect(); !r.Empty() {
		p.Resize(r.W, r.H)
	}
	s.rest(at)
	if had && tab.Version != "" && s.versions[at] == tab.Version {
		return
	}
	s.versions[at] = tab.Version
	another := had && s.answered[at] != step.Answered
	s.answered[at] = step.Answered
	if tab.Slow {
		stays := keep && had && !another && s.building[at] == nil
		if p.Len() == 0 {
			stays = tab.Meanwhile != nil
			p.Show(meanwhile(tab), false)
		}
		s.wanted = &Building{at: at, build: tab.Build, keep: stays}
		s.building[at] = s.wanted
		return
	}
	delete(s.building, at)
	p.Show(tab.Build(), keep && had)
	if tab.Timed != nil && tab.Timed() {
		s.versions[at] = "" // it is another one a second later
	}
	if another { // what came of the request stands at the top
		p.Top()
	}
}

// meanwhile is what is shown of a slow tab until it is built.
func meanwhile(tab present.Tab) present.Lines {
	if tab.Meanwhile != nil {
		return tab.Meanwhile()
	}
	return present.List{{Spans: []present.Span{present.T("Taking the answer apart …", present.Muted)}}}
}

// rest frees what the tabs that are not shown hold: after a few answers of a megabyte that
// would be most of the program's memory.
func (s *Walk) rest(shown place) {
	for at, p := range s.panes {
		if at == shown {
			continue
		}
		old := at.stage >= len(s.walk.Panes) || at.tab >= len(s.walk.Panes[at.stage].Tabs)
		if !old {
			version := s.walk.Panes[at.stage].Tabs[at.tab].Version
			old = version == "" || version != s.versions[at]
		}
		if p.Rest(old); old {
			s.versions[at] = ""
		}
	}
}

// Building is a slow tab that is built beside the event loop.
type Building struct {
	at    place
	build func() present.Lines
	keep  bool // the cursor stays where it is
	lines present.Lines
}

// Build builds it; meant for another goroutine.
func (b *Building) Build() *Building {
	return &Building{at: b.at, lines: b.build(), keep: b.keep}
}

// Wants is the slow tab to be built, if none is under way for it; it is told once.
func (s *Walk) Wants() *Building {
	b := s.wanted
	s.wanted = nil
	return b
}

// Built takes what was built of what was wanted; an older one is dropped.
func (s *Walk) Built(wanted, built *Building) {
	if s.building[wanted.at] != wanted {
		return
	}
	delete(s.building, wanted.at)
	if p, ok := s.panes[wanted.at]; ok {
		p.Show(built.lines, built.keep)
	}
}

// Resize takes a new layout.
func (s *Walk) Resize(l Layout) {
	s.layout = l
	s.fill(true)
}

// Search searches in the pane shown; it returns what to say.
func (s *Walk) Search(query string) string {
	p := s.pane()
	if p == nil {
		return ""
	}
	s.finding = -1
	return SearchPane(p, query)
}

// Query is what is searched for in the pane shown.
func (s *Walk) Query() string {
	if p := s.pane(); p != nil {
		return p.Query()
	}
	return ""
}

// findings are the findings of the step shown.
func (s *Walk) findings() []present.FindingView {
	var out []present.FindingView
	for _, i := range s.step().Findings {
		if i >= 0 && i < len(s.walk.Findings) {
			out = append(out, s.walk.Findings[i])
		}
	}
	return out
}

// line is the line under the cursor, if the cursor is in the text.
func (s *Walk) line() (present.Line, bool) {
	p := s.pane()
	if p == nil || s.finding >= 0 {
		return present.Line{}, false
	}
	return p.Current()
}

// Where describes the place of the cursor for the status line: the path of the value and
// the position in a long pane.
func (s *Walk) Where() (path string, line, of int) {
	p := s.pane()
	if p == nil {
		return "", 0, 0
	}
	if l, ok := s.line(); ok {
		path = l.Path
	}
	return path, p.Cursor() + 1, p.Len()
}

// url is the URL that o, Q and w are about: that of the line, or of the step.
func (s *Walk) url() (url string, ofStep bool) {
	if l, ok := s.line(); ok {
		for _, sp := range l.Spans {
			if sp.Link != "" && sp.Link != s.step().URL.Text {
				return sp.Link, false
			}
		}
	}
	u := s.step().URL
	if !u.Secret.IsZero() {
		return u.Secret.RevealSecret(), true
	}
	return u.Text, true
}

// Header is the first line of the frame.
func (s *Walk) Header() present.Header { return s.walk.Header }

// Table is the binding table of the screen.
func (s *Walk) Table() keys.Table {
	return keys.Table{Title: s.Title, Bindings: s.bindings()}
}
