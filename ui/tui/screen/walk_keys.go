package screen

import (
	"cmp"
	"slices"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/keys"
)

// CompareTitle is the title of the screen of a comparison, which has a key more.
const CompareTitle = "Compare"

// walkTitle is the title of the screen of a run that goes on.
const walkTitle = "Walk"

// sideTabs is the number of the first tab that shows a step of a comparison as one side
// walked it; before it stand what is suspicious and everything.
const sideTabs = 2

func (s *Walk) bindings() []keys.Binding {
	next := s.nextBinding()
	own := []keys.Binding{
		next,
		{Keys: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, Action: keys.Step, Label: "step", Help: "Show the step of that number."},
		{Keys: []string{"right", "]"}, Action: keys.NextStep, Label: "next step", Help: "Show the next step, without doing anything."},
		{Keys: []string{"left", "["}, Action: keys.PrevStep, Label: "previous step", Help: "Show the previous step."},
		{Keys: []string{"tab"}, Action: keys.NextTab, Label: s.nextTab(), Help: "Show the next tab: Explained, Raw, curl.", Hint: 50, Why: s.whyOneTab},
		{Keys: []string{"shift+tab"}, Action: keys.PrevTab, Label: "previous tab", Help: "Show the previous tab.", Why: s.whyOneTab},
		{Keys: []string{"f"}, Action: keys.Findings, Label: "findings", Help: "Go to the findings of this step; enter shows the evidence.", Hint: 20, Why: s.whyNoFindings},
		{Keys: []string{"a"}, Action: keys.Apply, Label: "apply the fix", Help: "Apply the fix of the finding under the cursor, and start again where that is needed.", Hint: 12, Why: s.whyNoRemedy},
		{Keys: []string{"o"}, Action: keys.OpenURL, Label: "open in browser", Help: "Open the authorization URL, or the link under the cursor, in the browser.", Hint: 10, Why: s.whyNoURL},
		{Keys: []string{"Q"}, Action: keys.QR, Label: "QR code", Help: "Show the URL as a QR code, to open it on a phone.", Why: s.whyNoURL},
		{Keys: []string{"p"}, Action: keys.Paste, Label: "paste callback", Help: "Paste the address that the browser ended at: the whole URL, its query, or what a chat wrapped.", Hint: 15, Why: s.whyNoPaste},
		{Keys: []string{"e"}, Action: keys.Edit, Label: "edit", Help: "Change the value under the cursor: a parameter, a header, a setting.", Hint: 30, Why: s.whyNoEdit},
		{Keys: []string{"x", "space"}, Action: keys.Switch, Label: "switch off and on", Help: "Leave the parameter under the cursor out, or put it back; tick a scope.", Why: s.whyNoSwitch},
		{Keys: []string{"+"}, Action: keys.Add, Label: "add a parameter", Help: "Add a parameter or a header to the request of this step.", Why: s.whyNoAdd},
		{Keys: []string{"u"}, Action: keys.Restore, Label: "undo the edit", Help: "Take the change of the value under the cursor back, as the profile builds it.", Why: s.whyNoRestore},
		{Keys: []string{"c"}, Action: keys.CopyCurl, Label: "copy as curl", Help: "Copy the request of this step as a curl command; its secrets are variables for you to set.", Why: s.whyNoCurl},
		{Keys: []string{"r"}, Action: keys.Refresh, Label: s.sendLabel(flows.ActRefresh, "refresh", "send the refresh"), Help: "Refresh the access token: show the request, and on its step send it.", Hint: 35, Why: s.why(flows.ActRefresh)},
		{Keys: []string{"t"}, Action: keys.AutoRefresh, Label: s.automaticLabel(), Help: "Send the refresh by itself when the refresh window opens, once for each token, or not.", Why: func() string { return cmp.Or(s.walk.Why(flows.ActRefresh), s.whyNoChange()) }},
		{Keys: []string{"R"}, Action: keys.Revoke, Label: s.sendLabel(flows.ActRevoke, "revoke", "send the revocation"), Help: "Revoke the token: show the request, and on its step send it.", Why: s.why(flows.ActRevoke)},
		{Keys: []string{"ctrl+r"}, Action: keys.Restart, Label: "start again", Help: "Begin a fresh authorization request in the same run.", Why: s.why(flows.ActRestart)},
		{Keys: []string{"F"}, Action: keys.Fault, Label: "make it go wrong", Help: "Pick a fault for the simulator and this client to make, and see how it is named.", Why: s.whyNoFault},
		{Keys: []string{"S"}, Action: keys.SaveClient, Label: "keep or forget the client settings", Help: "Keep client id, redirect URI, scopes and parameters for the next run, with the secret in the vault; or forget them. They are kept by themselves when a run with a client that was typed in succeeds.", Why: s.whyNothingToKeep},
		s.backBinding(),
	}
	if s.Title == CompareTitle {
		own = slices.DeleteFunc(own, func(b keys.Binding) bool { return slices.Contains(ofARun, b.Action) })
		for i := range own {
			own[i] = ofAComparison(own[i])
		}
		own = append(own, keys.Binding{Keys: []string{"m"}, Action: keys.Metadata, Label: "fetch the metadata", Help: "Fetch the metadata documents of both sides and compare them, without a run.", Hint: 6, Why: s.whyAbsent(flows.ActDiscover, "both sides have runs, and their metadata is compared already")})
		own = append(own, keys.Binding{Keys: []string{"d"}, Action: keys.OnlyDiffs, Label: s.foldLabel(), Help: "Show the suspicious differences only, or the expected ones too.", Hint: 5})
	}
	reading := keys.Reading()
	for i := range reading {
		if reading[i].Action == keys.Reveal {
			if _, shown := s.Revealing(); shown {
				reading[i].Label = "hide"
			}
			reading[i].Why = s.whyNoSecret
		}
		if s.Title == CompareTitle {
			reading[i] = s.amongDifferences(reading[i])
		}
	}
	return append(append(append(own, reading...), keys.Moving()...), keys.Everywhere()...)
}

// ofARun are the actions on a run of which a comparison, which is only looked at, has none.
var ofARun = []keys.Action{keys.Findings, keys.Apply, keys.Paste, keys.Edit, keys.Switch, keys.Add, keys.Restore, keys.CopyCurl,
	keys.Refresh, keys.AutoRefresh, keys.Revoke, keys.Restart, keys.Fault, keys.SaveClient}

// ofAComparison is the help of a key that a comparison shares with a run, in its own words.
func ofAComparison(b keys.Binding) keys.Binding {
	switch b.Action {
	case keys.Next:
		b.Help = "Go on to the next step with a suspicious difference, or walk the side that has no run yet."
	case keys.NextTab:
		b.Help = "Show the next tab: Suspicious, Everything, and the step as each side walked it."
	case keys.OpenURL:
		b.Help = "Open the link under the cursor in the browser."
	case keys.QR:
		b.Help = "Show the link under the cursor as a QR code, to open it on a phone."
	case keys.Back:
		b.Help = "Leave a search, or go back."
	}
	return b
}

// sendLabel is the label of a key that sends on the step of its request, and goes there from
// the others.
func (s *Walk) sendLabel(a flows.Action, elsewhere, here string) string {
	if o, ok := s.walk.Offer(a); ok && o.To == s.stage && !s.NextIs(a) {
		return here
	}
	return elsewhere
}

// automaticLabel is what the key of the automatic refresh does now.
func (s *Walk) automaticLabel() string {
	if s.walk.Settings.AutoRefresh {
		return "switch automatic refresh off"
	}
	return "switch automatic refresh on"
}

// foldLabel is what folding does now.
func (s *Walk) foldLabel() string {
	if s.tab == 0 {
		return "show expected too"
	}
	return "fold expected"
}

// amongDifferences gives the keys that go on to a hit their second meaning in a comparison.
func (s *Walk) amongDifferences(b keys.Binding) keys.Binding {
	switch b.Action {
	case keys.NextHit:
		b.Label, b.Hint, b.Why = "next difference", 4, s.whyNoDifference
		b.Help = "Go to the next suspicious difference; while a text is searched for, to the next line with it."
	case keys.PrevHit:
		b.Label, b.Why = "previous difference", s.whyNoDifference
		b.Help = "Go to the previous suspicious difference; while a text is searched for, to the previous line with it."
	}
	return b
}

// whyNoDifference: where nothing is suspicious the keys find hits of a search only.
func (s *Walk) whyNoDifference() string {
	if s.Query() != "" || slices.ContainsFunc(s.walk.Rail, func(item present.RailItem) bool { return item.Worst != "" }) {
		return ""
	}
	return "nothing suspicious differs"
}

func (s *Walk) nextBinding() keys.Binding {
	b := keys.Binding{Keys: []string{"enter"}, Action: keys.Next, Label: "go on", Help: "Do the natural next thing of this step; on a finding, show its evidence.", Hint: 1}
	switch next := s.step().Next; {
	case s.finding >= 0:
		b.Label = "show the evidence"
	case next.Missing != nil:
		b.Label = next.Missing.Label
	case next.Label != "":
		b.Label = next.Label
		b.Why = func() string { return next.Why }
	case s.done(): // a key that leads nowhere is no hint
		b.Hint = 0
		b.Why = func() string { return next.Why }
	}
	return b
}

// done tells that the walk is over: nothing is left to do at this step, and it says so.
func (s *Walk) done() bool {
	next := s.step().Next
	return next.Label == "" && next.Why != ""
}

func (s *Walk) backBinding() keys.Binding {
	b := keys.Binding{Keys: []string{"esc"}, Action: keys.Back, Label: "back", Help: "End a wait, leave a search or a finding, or go back.", Hint: 80}
	switch {
	case s.BackTo != "":
		b.Label, b.Hint = "back to "+s.BackTo, 2
	case s.done() && s.finding < 0 && s.Query() == "":
		b.Label, b.Hint = "back to the catalogue", 1
	}
	return b
}

// why gives the reason why the session cannot do the action now.
func (s *Walk) why(a flows.Action) func() string {
	return func() string { return s.walk.Why(a) }
}

// whyAbsent is why, with its own sentence for a run that does not have the action.
func (s *Walk) whyAbsent(a flows.Action, absent string) func() string {
	return func() string {
		if _, ok := s.walk.Offer(a); !ok {
			return absent
		}
		return s.walk.Why(a)
	}
}

// nextTab is the name of the tab that comes next, for the footer.
func (s *Walk) nextTab() string {
	if tabs := s.step().Tabs; len(tabs) > 1 {
		return tabs[(s.tab+1)%len(tabs)].Name
	}
	return "next tab"
}

func (s *Walk) whyOneTab() string {
	if len(s.step().Tabs) == 1 {
		return "this step has one view only"
	}
	return ""
}

func (s *Walk) whyNoSecret() string {
	if p := s.pane(); p != nil {
		return whyNoSecret(p)
	}
	return "nothing is shown here"
}

func (s *Walk) whyNoPaste() string { return s.walk.WhyNoPaste() }

func (s *Walk) whyNoFindings() string {
	if len(s.findings()) == 0 {
		return present.NothingFound
	}
	return ""
}

func (s *Walk) whyNothingToKeep() string {
	if s.Title == walkTitle {
		return ""
	}
	return present.NothingToKeep
}

// whyNoFault: what is only looked at is no run that could begin anew.
func (s *Walk) whyNoFault() string {
	if s.Title == walkTitle {
		return ""
	}
	return "a fault is planted in a run under way: walk a provider at the simulator first"
}

func (s *Walk) whyNoRemedy() string {
	f := s.findings()
	if s.finding < 0 || s.finding >= len(f) {
		return "move to a finding first: f"
	}
	if f[s.finding].Finding.Remedy == nil {
		return present.NoRemedy + "; enter shows what to change"
	}
	return s.whyNoChange()
}

func (s *Walk) whyNoURL() string {
	if u, _ := s.url(); u == "" {
		return present.NoURL
	}
	return ""
}

func (s *Walk) whyNoCurl() string {
	if s.step().Curl == nil {
		return present.NoRequest
	}
	return ""
}

func (s *Walk) edit() (present.Edit, bool) {
	if l, ok := s.line(); ok && l.Edit != nil {
		return *l.Edit, true
	}
	return present.Edit{}, false
}

func (s *Walk) whyNoEdit() string {
	if _, ok := s.edit(); ok {
		return s.whyNoChange()
	}
	if len(s.step().Edits) > 0 {
		return "this line cannot be edited: move to a parameter, or add one with +"
	}
	return "nothing on this line can be edited"
}

func (s *Walk) whyNoSwitch() string {
	if e, ok := s.edit(); ok {
		if _, ok := e.Switch(s.walk.Settings, true); ok {
			return s.whyNoChange()
		}
	}
	return present.NotSwitched
}

func (s *Walk) whyNoRestore() string {
	if e, ok := s.edit(); ok {
		if _, ok := e.Restore(s.walk.Settings); ok {
			return s.whyNoChange()
		}
	}
	return present.NotChanged
}

func (s *Walk) whyNoAdd() string {
	if len(s.step().Edits) == 0 {
		return present.NoParameters
	}
	return s.whyNoChange()
}

// whyNoChange: what is only looked at stays as it was.
func (s *Walk) whyNoChange() string {
	if s.Title == walkTitle {
		return ""
	}
	return present.OnlyLookedAt
}
