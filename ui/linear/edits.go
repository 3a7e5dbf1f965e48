package linear

import (
	"fmt"
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/session"
	"oauthlens/ui/present"
)

// own masks a secret of a change under the key of this run.
func (r *run) own(c flows.SettingsChange) flows.SettingsChange {
	if c.ClientSecret != nil {
		typed := flows.NewSecret(r.session.Start().Fingerprints, "client_secret", c.ClientSecret.RevealSecret())
		c.ClientSecret = &typed
	}
	return c
}

// change changes settings of the run and tells what follows.
func (t *talk) change(c flows.SettingsChange) error {
	if t.run.started.Perform == nil {
		t.out.sentence(present.OnlyLookedAt)
		return nil
	}
	t.view.wandered = true // a rebuilt request does not lead away from the step
	return t.happened(flows.Changed{Change: t.run.own(c)})
}

func editable(l present.Line) bool { return l.Edit != nil }

// pair takes a name and a value apart: "scope a b", "scope=a b", "X-Header: a".
func pair(args string) (name, value string, header bool) {
	i := strings.IndexAny(args, " \t=")
	if i < 0 {
		return strings.TrimSpace(args), "", false
	}
	name, value = args[:i], args[i+1:]
	if n, ok := strings.CutSuffix(name, ":"); ok {
		return n, strings.TrimLeft(value, " \t"), true
	}
	return name, value, false
}

// set gives a line a value.
func (t *talk) set(args string) error {
	name, value, _ := pair(args)
	given := strings.ContainsAny(args, " \t=")
	if name == "" {
		t.tellEditable()
		return nil
	}
	p, ok := t.view.find(name, editable)
	if !ok {
		if value == "" && contains(present.EnvironmentNames(t.run.session.Provider()), name) {
			return t.env(name)
		}
		t.noEdit(name)
		return nil
	}
	e := *p.line.Edit
	name = label(p.line)
	switch {
	case e.Hidden:
		return t.setHidden(p, value)
	case e.Target == present.EditFault:
		return t.fault(value)
	case e.Toggle && (value == "on" || value == "off"):
		return t.switchTo(name, value == "off")
	case e.Toggle:
		t.out.say(name + " is switched: write on " + name + " or off " + name + ".")
		return nil
	case !given:
		t.out.sentence(needsValue(name, e))
		return nil
	case len(e.Options) > 0 && !slices.Contains(e.Options, value):
		t.out.say(fmt.Sprintf("%s takes %s, not %q.", name, strings.Join(e.Options, ", "), value))
		return nil
	}
	t.changed(p, "changed")
	return t.change(e.Set(t.view.walk.Settings, value))
}

// needsValue says how a line is given a value, and what it is now.
func needsValue(name string, e present.Edit) string {
	text := "write set " + name + " VALUE"
	if len(e.Options) > 0 {
		text += ", one of " + strings.Join(e.Options, ", ")
	}
	if e.Value != "" {
		text += "; it is " + e.Value + " now"
	}
	if _, ok := e.Switch(flows.Settings{}, true); ok {
		text += "; off " + name + " leaves it out"
	}
	return text
}

// setHidden asks for a secret, so that it stands in no line that is shown or logged.
func (t *talk) setHidden(p place, value string) error {
	name := label(p.line)
	if value != "" {
		t.out.sentence("a secret in a command would stay on the screen and in every log: write set " + name + " alone, and it is asked for")
		return nil
	}
	value, err := t.hidden(name)
	if err != nil || value == "" {
		return err
	}
	t.changed(p, "changed")
	return t.change(p.line.Edit.Set(t.view.walk.Settings, value))
}

// hidden asks for a line without echo, where there is a terminal to be silent.
func (t *talk) hidden(name string) (string, error) {
	if t.deps.ReadHidden == nil || len(t.in.ahead) > 0 {
		return t.answer(name)
	}
	t.out.flush()
	return t.deps.ReadHidden(name + " (not shown): ")
}

// changed says what is done, and where when that is another step.
func (t *talk) changed(p place, done string) {
	text := label(p.line) + " " + done
	if p.stage != t.view.stage {
		text += fmt.Sprintf(", at step %d, %s", p.stage+1, t.view.walk.Panes[p.stage].Title)
	}
	t.out.say(text + ".")
}

func (t *talk) noEdit(name string) {
	t.out.sentence(fmt.Sprintf("nothing of the name %q can be changed: set alone lists what can, add adds a parameter", name))
}

// tellEditable lists what can be changed at this step, and by which word.
func (t *talk) tellEditable() {
	var set, switched []string
	lines := explained(t.view.pane())
	for i := range lines.Len() {
		l := lines.At(i)
		if !editable(l) {
			continue
		}
		to := &set
		if l.Edit.Toggle {
			to = &switched
		}
		if !slices.Contains(*to, label(l)) {
			*to = append(*to, label(l))
		}
	}
	if len(set)+len(switched) == 0 {
		t.out.sentence("nothing can be changed at this step; a name of another step works here too")
		return
	}
	if len(set) > 0 {
		t.out.sentence("set NAME VALUE changes, at this step: " + strings.Join(set, ", "))
	}
	if len(switched) > 0 {
		t.out.sentence("on NAME and off NAME switch: " + strings.Join(switched, ", "))
	}
}

// switchTo leaves a line out, or puts it back.
func (t *talk) switchTo(args string, off bool) error {
	name := strings.TrimSpace(args)
	p, ok := t.view.find(name, func(l present.Line) bool { return l.Edit != nil && (l.Off || !off || canSwitch(l)) })
	if !ok {
		t.noEdit(name)
		return nil
	}
	if p.line.Edit.Target == present.EditAutoRefresh {
		return t.switchAutomatic(!off)
	}
	c, ok := p.line.Edit.Switch(t.view.walk.Settings, off)
	if !ok {
		t.out.sentence(present.NotSwitched)
		return nil
	}
	word := "switched on"
	if off {
		word = "switched off"
	}
	t.changed(p, word)
	return t.change(c)
}

func canSwitch(l present.Line) bool {
	_, ok := l.Edit.Switch(flows.Settings{}, true)
	return ok
}

// switchOver switches a line to what it is not. Alone it is the catalogue's key of the
// same letter.
func (t *talk) switchOver(args string) error {
	name := strings.TrimSpace(args)
	if name == "" {
		return t.compare("")
	}
	p, ok := t.view.find(name, editable)
	if !ok {
		t.noEdit(name)
		return nil
	}
	off := !p.line.Off
	if p.line.Edit.Toggle {
		off = p.line.Edit.On
	}
	return t.switchTo(name, off)
}

// add puts one more parameter or header into the request of the step.
func (t *talk) add(args string) error {
	targets := t.view.pane().Edits
	if len(targets) == 0 {
		t.out.sentence(present.NoParameters)
		return nil
	}
	name, value, header := pair(args)
	target := targets[0]
	switch {
	case header && !slices.Contains(targets, present.EditHeader):
		t.out.sentence("the request of this step takes no headers of yours: leave the colon out for a parameter")
		return nil
	case header:
		target = present.EditHeader
	case name == "" || len(args) <= len(name):
		t.out.sentence("not added: write add NAME VALUE")
		return nil
	}
	t.out.say(name + " added.")
	return t.change(present.AddParam(t.view.walk.Settings, target, name, value))
}

// undo takes the change of a value back.
func (t *talk) undo(args string) error {
	name := strings.TrimSpace(args)
	p, ok := t.view.find(name, editable)
	if !ok {
		t.noEdit(name)
		return nil
	}
	c, ok := p.line.Edit.Restore(t.view.walk.Settings)
	if !ok {
		t.out.sentence(present.NotChanged)
		return nil
	}
	t.changed(p, "as the profile builds it")
	return t.change(c)
}

// paste takes a callback from the browser's address bar.
func (t *talk) paste(args string) error {
	if why := t.view.walk.WhyNoPaste(); why != "" {
		t.out.sentence(why)
		return nil
	}
	text := args
	if name, ok := strings.CutPrefix(strings.TrimSpace(args), "@"); ok && t.deps.ReadFile != nil {
		data, err := t.deps.ReadFile(name)
		if err != nil {
			t.out.sentence("not pasted: " + err.Error())
			return nil
		}
		text = string(data)
	}
	e, err := t.run.session.Paste(text)
	if err != nil {
		t.out.sentence(err.Error())
		return nil
	}
	t.view.wandered = false
	return t.happened(e)
}

// autoRefresh switches the automatic refresh.
func (t *talk) autoRefresh(string) error {
	if why := t.view.walk.Why(flows.ActRefresh); why != "" {
		t.out.sentence(why)
		return nil
	}
	return t.switchAutomatic(!t.view.walk.Settings.AutoRefresh)
}

// switchAutomatic switches the automatic refresh. Nothing is sent before it was told: switched
// on at another step, one is led to the request that will be sent by itself.
func (t *talk) switchAutomatic(on bool) error {
	if !on {
		t.out.sentence("automatic refresh is off")
	} else {
		if o, ok := t.view.walk.Offer(flows.ActRefresh); ok && o.To >= 0 && o.To != t.view.stage {
			if err := t.goTo(o.To); err != nil {
				return err
			}
		}
		t.out.sentence(t.run.walk().Automatic)
	}
	return t.change(flows.SettingsChange{AutoRefresh: &on})
}

// fault begins the run again with a fault, since the simulator's half of it begins with
// the run. What the user changed stays.
func (t *talk) fault(args string) error {
	c, name := t.run.choice, strings.TrimSpace(args)
	settings := t.view.walk.Settings
	if name == "" {
		for _, f := range flows.Faults() {
			text := f.Name + ": " + f.What
			if why := t.whyNoFault(f); why != "" {
				text += "; not here: " + why
			} else if f.Name == settings.Fault {
				text += "; planted now"
			}
			t.out.say(text)
		}
		return nil
	}
	if name != "none" {
		f, ok := flows.FaultByName(name)
		if !ok {
			t.out.sentence(fmt.Sprintf("there is no fault %q: fault alone lists them", name))
			return nil
		}
		if why := t.whyNoFault(f); why != "" {
			t.out.sentence("this fault cannot be planted here: " + why)
			return nil
		}
		t.out.sentence("fault planted: " + name + "; fault none takes it back")
	} else {
		name = ""
	}
	c.Fault, c.Settings = name, &settings
	return t.beginOr(c)
}

func (t *talk) whyNoFault(f flows.Fault) string {
	start := t.run.session.Start()
	if f.Server && !start.Simulated {
		return "the simulator plays it: choose that environment"
	}
	return session.FaultApplies(f, start.Provider, start.Grant)
}
