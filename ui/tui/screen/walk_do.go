package screen

import (
	"time"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/keys"
)

// Do acts on a binding's action; key is the key pressed. The wish is nil when there is
// nothing more to do.
func (s *Walk) Do(a keys.Action, key string, now time.Time) Wish {
	if s.pane() == nil && a != keys.Back {
		return nil
	}
	if w, handled := s.move(a); handled {
		return w
	}
	if s.Title == CompareTitle && s.Query() == "" && (a == keys.NextHit || a == keys.PrevHit) {
		return s.nextDifference(a)
	}
	if w, handled := readPane(s.pane(), a, "the pane", now); handled {
		return s.aboutFinding(a, w)
	}
	switch a {
	case keys.Next:
		return s.next()
	case keys.Step:
		return s.jump(int(key[0] - '1'))
	case keys.NextStep:
		return s.jump(s.stage + 1)
	case keys.PrevStep:
		return s.jump(s.stage - 1)
	case keys.NextTab, keys.PrevTab:
		s.turnTab(a)
	case keys.OnlyDiffs:
		s.turnTab(a)
		if s.tab == 0 {
			return Say{"what is expected is folded"}
		}
		return Say{"what is expected is shown too, below what is suspicious"}
	case keys.Findings:
		s.finding = (s.finding + 1) % len(s.findings())
	case keys.Back:
		return s.back()
	case keys.Metadata:
		o, _ := s.walk.Offer(flows.ActDiscover)
		return FetchMetadata{Confirm: o.Confirm}
	case keys.Refresh:
		return s.Offered(flows.ActRefresh)
	case keys.Revoke:
		return s.Offered(flows.ActRevoke)
	case keys.Restart:
		return s.Offered(flows.ActRestart)
	}
	return s.doMore(a)
}

// nextDifference goes to the next or previous suspicious difference: in the verdict, which
// lists all, around its end; else on into the next step that has one.
func (s *Walk) nextDifference(a keys.Action) Wish {
	step := 1
	if a == keys.PrevHit {
		step = -1
	}
	if s.pane().NextSuspicious(step, s.stage == 0) {
		return nil
	}
	n := len(s.walk.Rail)
	for k := range n + 1 {
		to := ((s.stage+k*step)%n + n) % n
		if to == 0 || s.walk.Rail[to].Worst == "" || k == 0 && s.tab < sideTabs {
			continue
		}
		s.GoTo(to)
		if s.tab >= sideTabs { // the step as one side walked it: differences are on the first tabs
			s.pane().Hide()
			s.tab = 0
			s.fill(true)
		}
		s.wandered = to != s.walk.Current
		s.pane().ToSuspicious(step < 0)
		return nil
	}
	return Say{"nothing suspicious differs"}
}

// doMore are the actions on the line under the cursor and on the step's request.
func (s *Walk) doMore(a keys.Action) Wish {
	switch a {
	case keys.Apply:
		return Apply(*s.findings()[s.finding].Finding.Remedy)
	case keys.OpenURL:
		return s.open()
	case keys.QR:
		u, _ := s.url()
		return ShowQR{u}
	case keys.Paste:
		return PasteCallback{}
	case keys.Edit:
		return s.editLine()
	case keys.Switch:
		return s.switchLine()
	case keys.Add:
		return s.addParam()
	case keys.Restore:
		e, _ := s.edit()
		c, _ := e.Restore(s.walk.Settings)
		return Change{Change: c, Say: e.Name + " as the profile builds it"}
	case keys.CopyCurl:
		return Copy{s.step().Curl()}
	case keys.Write:
		return s.write()
	case keys.AutoRefresh:
		return s.switchAutomatic()
	case keys.Fault:
		return PickFault{}
	case keys.SaveClient:
		return SaveClient{}
	case keys.Explain:
		return s.explain()
	}
	return nil
}

// move does the moving actions; below the text the cursor goes on into the findings.
func (s *Walk) move(a keys.Action) (Wish, bool) {
	n := len(s.findings())
	if s.finding >= 0 {
		switch a {
		case keys.Down:
			s.finding = min(n-1, s.finding+1)
			return nil, true
		case keys.Up:
			s.finding--
			return nil, true
		case keys.Top, keys.HalfUp:
			s.finding = -1
		case keys.Bottom, keys.HalfDown:
			s.finding = n - 1
			return nil, true
		}
	}
	handled, moved := Move(s.pane(), a)
	if handled && !moved && a == keys.Down && n > 0 {
		s.finding = 0
	}
	return nil, handled
}

// aboutFinding replaces the copying of a line by that of the finding under the cursor.
func (s *Walk) aboutFinding(a keys.Action, w Wish) Wish {
	if a != keys.CopyValue || s.finding < 0 {
		return w
	}
	f := s.findings()[s.finding].Finding
	return Copy{present.Copy{What: "the finding", Text: f.Code + ": " + f.Title.Text + "\n" + f.Cause.Text + "\n" + f.Fix.Text}}
}

// Apply is the wish for the remedy of a finding.
func Apply(r flows.Remedy) Change {
	say := "applied: " + r.Text + "; it counts from the next request on"
	if r.Redo != "" {
		say = "applied: " + r.Text + ", and started again"
	}
	return Change{Change: r.Change, Redo: r.Redo, Say: say}
}

func (s *Walk) next() Wish {
	if s.finding >= 0 {
		v := s.findings()[s.finding]
		title := string(v.Finding.Severity) + " · " + v.Finding.Code
		return Read{Title: title, Lines: v.Detail(), Remedy: v.Finding.Remedy}
	}
	n := s.step().Next
	if n.Missing != nil && s.pane().To(n.Missing.Is) {
		return s.editLine()
	}
	if n.Why != "" {
		return Say{n.Why}
	}
	if o, _ := s.walk.Offer(n.Action); o.Sends && !s.step().Sent && s.tab == 0 && s.pane().HidesOutgoing() {
		s.pane().ToOutgoing()
		return Say{"nothing was sent yet: this is the request; enter sends it"}
	}
	if n.Environment != "" {
		return WalkSide{Choice{Provider: n.Provider, Environment: n.Environment, Grant: n.Grant}}
	}
	s.wandered = false
	if n.To >= 0 {
		s.GoTo(n.To)
	}
	if n.Action == "" {
		return nil
	}
	return Ask{Action: n.Action, Confirm: n.Confirm}
}

// NextIs tells that enter asks the session for the action.
func (s *Walk) NextIs(a flows.Action) bool {
	return s.finding < 0 && len(s.walk.Panes) > 0 && s.step().Next.Action == a
}

func (s *Walk) jump(stage int) Wish {
	if stage < 0 || stage >= len(s.walk.Panes) {
		return Say{present.NoSuchStep}
	}
	s.GoTo(stage)
	s.wandered = stage != s.walk.Current
	return nil
}

func (s *Walk) turnTab(a keys.Action) {
	n := len(s.step().Tabs)
	if n == 0 {
		return
	}
	s.pane().Hide()
	to := (s.tab + 1) % n
	switch {
	case a == keys.PrevTab:
		to = (s.tab + n - 1) % n
	case a == keys.OnlyDiffs && s.tab > 0: // folded is the first tab, everything the second
		to = 0
	}
	s.tab, s.finding = to, -1
	s.fill(true)
}

func (s *Walk) back() Wish {
	switch p := s.pane(); {
	case s.walk.Busy != nil:
		return Several{Ask{Action: flows.ActCancel}, Say{Text: "cancelled"}} // which not every step shows
	case s.finding >= 0:
		s.finding = -1
		return nil
	case p != nil && p.Query() != "":
		p.Search("")
		return Say{"search ended"}
	}
	return Leave{}
}

// Offered asks for an action of the run. Nothing is sent before it was shown: from another
// step one goes to the request first, and what no step shows is shown above all.
func (s *Walk) Offered(a flows.Action) Wish {
	o, _ := s.walk.Offer(a)
	ask := Ask{Action: a, Doubt: o.Doubt, Confirm: o.Confirm}
	switch {
	case o.Why != "":
		return Say{o.Why}
	case o.Request != nil:
		return Read{Title: o.Label, Lines: o.Request(), Send: ask}
	case o.Sends && o.To >= 0 && o.To != s.stage:
		return s.showFirst(o)
	}
	s.wandered = false
	if o.To >= 0 {
		s.GoTo(o.To)
	}
	return ask
}

// switchAutomatic switches the automatic refresh. Nothing is sent before it was shown: from
// another step one goes to the request that will be sent by itself.
func (s *Walk) switchAutomatic() Wish {
	on := !s.walk.Settings.AutoRefresh
	change := Change{Change: flows.SettingsChange{AutoRefresh: &on}, Say: "automatic refresh is off"}
	if on {
		change.Say = s.walk.Automatic
		if o, ok := s.walk.Offer(flows.ActRefresh); ok && o.To >= 0 && o.To != s.stage {
			s.toRequest(o)
		}
	}
	return change
}

// toRequest goes to the request of an action.
func (s *Walk) toRequest(o present.Offer) {
	if p := s.pane(); p != nil {
		p.Hide()
	}
	s.tab = 0
	s.jump(o.To)
	s.pane().ToOutgoing()
}

// showFirst goes to the request of an action, and says what sends it.
func (s *Walk) showFirst(o present.Offer) Wish {
	s.toRequest(o)
	what, how := "nothing was sent yet: this is the request", "choose the action once more to send it"
	if s.step().Sent {
		what = "this is what is sent next"
	}
	switch key := map[flows.Action]string{flows.ActRefresh: "r", flows.ActRevoke: "R"}[o.Action]; {
	case key != "" && s.NextIs(o.Action):
		how = key + " or enter sends it"
	case key != "":
		how = key + " sends it"
	case s.NextIs(o.Action):
		how = "enter sends it"
	}
	return Say{what + "; " + how}
}

func (s *Walk) open() Wish {
	u, ofStep := s.url()
	if o, ok := s.walk.Offer(flows.ActOpenBrowser); ofStep && ok && o.Why == "" {
		return Ask{Action: flows.ActOpenBrowser, Doubt: o.Doubt, Confirm: o.Confirm}
	}
	return OpenURL{u}
}

func (s *Walk) write() Wish {
	var what present.Copy
	if body := s.step().Response; body != nil {
		what = body()
	}
	if l, ok := s.line(); what.IsZero() || ok && (l.Absent || !l.Copy.IsZero()) {
		what = s.pane().Value()
	}
	if what.IsZero() {
		return Say{"nothing to write on this line"}
	}
	return WriteFile{What: what, Name: fileName(what.What)}
}

func (s *Walk) explain() Wish {
	if s.finding >= 0 {
		return s.next()
	}
	if l, ok := s.line(); ok && l.Explain.Name != "" {
		return Explain{l.Explain}
	}
	if s.stage >= len(s.walk.Rail) {
		return Say{"nothing to explain here"}
	}
	switch key := s.walk.Rail[s.stage].Key; key {
	case "authorize_url", "callback", "exchange", "refresh", "revoke", "call":
		return Explain{present.ExplainRef{Kind: "step", Name: key}}
	}
	if s.step().Intro == "" {
		return Say{"nothing to explain on this line"}
	}
	return Read{Title: s.step().Title, Lines: present.List{{Spans: []present.Span{present.T(s.step().Intro, present.Plain)}}}}
}
