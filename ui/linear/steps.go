package linear

import (
	"fmt"
	"strconv"
	"strings"

	"oauthlens/flows"
	"oauthlens/ui/present"
)

// next does what an empty line does.
func (t *talk) next(string) error {
	if !t.atWalk() {
		return t.walk(t.provider)
	}
	n := t.view.pane().Next
	if n.Why != "" {
		t.out.sentence(n.Why)
		return nil
	}
	if n.Label == "" {
		t.out.sentence("there is nothing more to do at this step")
		return nil
	}
	t.view.wandered = false
	if n.Action == "" {
		return t.goOn(n.To)
	}
	return t.ask(present.Offer{Action: n.Action, Confirm: n.Confirm, To: n.To})
}

// goOn tells another step as the next thing.
func (t *talk) goOn(stage int) error {
	if stage >= 0 {
		t.view.stage = stage
	}
	t.refreshView()
	t.tellStage(false)
	return nil
}

// refreshView takes the run as it is now, and stays at the step.
func (t *talk) refreshView() {
	stage := t.view.stage
	t.view.show(t.run.walk())
	t.view.stage = stage
}

func (t *talk) tellStage(whole bool) {
	t.remarks()
	t.view.tell(t.out, whole)
	t.tellBusy()
}

// goTo tells a step, without doing anything.
func (t *talk) goTo(stage int) error {
	if stage < 0 || stage >= len(t.view.walk.Panes) {
		t.out.sentence(present.NoSuchStep)
		return nil
	}
	t.view.stage = stage
	t.refreshView()
	t.view.wandered = stage != t.view.walk.Current
	t.tellStage(true)
	return nil
}

func (t *talk) showStep(args string) error {
	if args = strings.TrimSpace(args); args == "" {
		return t.goTo(t.view.stage)
	}
	n, err := strconv.Atoi(args)
	if err != nil {
		t.out.sentence("show takes the number of a step")
		return nil
	}
	return t.goTo(n - 1)
}

// cancel ends what is under way or waited for.
func (t *talk) cancel(string) error {
	if t.view.walk.Busy == nil {
		t.out.say("Nothing is under way.")
		return nil
	}
	return t.happened(flows.Asked{Action: flows.ActCancel})
}

// asking is the command that asks the session for an action.
func asking(a flows.Action) func(*talk, string) error {
	return func(t *talk, _ string) error {
		if why := t.view.walk.Why(a); why != "" {
			t.out.sentence(why)
			return nil
		}
		o, _ := t.view.walk.Offer(a)
		if o.Sends && t.armed != a && (o.Request != nil || o.To >= 0 && o.To != t.view.stage) {
			return t.tellFirst(o)
		}
		t.view.wandered = false
		return t.ask(o)
	}
}

// tellFirst tells the request of an action at its step, or by itself where no step tells it:
// nothing is sent before it was told.
func (t *talk) tellFirst(o present.Offer) error {
	t.armed = o.Action
	if o.Request == nil {
		if err := t.goTo(o.To); err != nil {
			return err
		}
	} else {
		t.out.say(o.Label + ":")
		lines := o.Request()
		for i := range lines.Len() {
			t.out.say(cut(sentence(lines.At(i), nil, false)))
		}
	}
	t.out.say("Nothing of this was sent yet: " + offerWord(o) + " once more sends it.")
	return nil
}

// ask has the session carry out an action, after the questions that come before it, and
// tells what came of it.
func (t *talk) ask(o present.Offer) error {
	if t.run.started.Perform == nil {
		if err := t.run.reopen(); err != nil {
			t.out.sentence(err.Error())
			return nil
		}
	}
	if o.Doubt != "" {
		if yes, err := t.yes(o.Doubt); err != nil || !yes {
			return err
		}
	}
	if o.Confirm != "" {
		if yes, err := t.yes(o.Confirm); err != nil || !yes {
			return err
		}
		t.run.handle(flows.Asked{Action: flows.ActConfirm})
	}
	if o.Action == flows.ActOpenBrowser {
		if built := t.run.session.Built(); built != nil {
			t.out.say("open: " + built.URL)
		}
	}
	if o.To >= 0 {
		t.view.stage = o.To
	}
	before := t.out.said
	err := t.happened(flows.Asked{Action: o.Action})
	if err == nil && t.out.said == before {
		t.out.say("Done, and nothing new came of it; show tells this step again.")
	}
	return err
}

// happened takes an event into the run, waits for what comes of it, and tells that.
func (t *talk) happened(e flows.Event) error {
	t.run.handle(e)
	if err := t.settle(); err != nil {
		return err
	}
	t.tellNow(false)
	return nil
}

// yes asks a question that is answered by a whole word, so that no empty line answers it.
func (t *talk) yes(question string) (bool, error) {
	answer, err := t.answer(question + " Type yes, or an empty line for no")
	if err != nil {
		return false, err
	}
	if strings.EqualFold(strings.TrimSpace(answer), "yes") {
		return true, nil
	}
	t.out.say("Not done.")
	return false, nil
}

// answer asks for one line.
func (t *talk) answer(question string) (string, error) {
	t.out.prompt(question)
	return t.line()
}

// line reads one line, whatever happens to the run meanwhile: that is told afterwards.
func (t *talk) line() (string, error) {
	if len(t.in.ahead) > 0 {
		text := t.in.ahead[0]
		t.in.ahead = t.in.ahead[1:]
		return text, nil
	}
	t.in.request()
	select {
	case l := <-t.in.got:
		if l.err == nil {
			t.out.answered()
		}
		return t.in.take(l)
	case <-t.ctx.Done():
		return "", t.ctx.Err()
	}
}

// offered tells that a word names an action of this run.
func (t *talk) offered(word string) bool {
	_, ok := t.offer(word)
	return ok
}

func (t *talk) offer(word string) (present.Offer, bool) {
	for _, o := range t.view.walk.Offers {
		if strings.EqualFold(offerWord(o), word) {
			return o, true
		}
	}
	return present.Offer{}, false
}

func offerWord(o present.Offer) string { return strings.ReplaceAll(string(o.Action), "_", "-") }

func (t *talk) askWord(word string) error {
	o, _ := t.offer(word)
	return asking(o.Action)(t, "")
}

// tellActions lists what the session can be asked for.
func (t *talk) tellActions(string) error {
	for _, o := range t.view.walk.Offers {
		text := offerWord(o) + ": " + o.Label
		if o.Why != "" {
			text += "; not now: " + o.Why
		}
		t.out.say(text)
	}
	return nil
}

// tellTab tells another tab of the step.
func (t *talk) tellTab(name string) error {
	lines := t.view.tab(name)
	if lines == nil {
		t.out.sentence(present.NoRequest)
		return nil
	}
	t.out.say(fmt.Sprintf("%s, step %d, %s:", name, t.view.stage+1, t.view.pane().Title))
	for i := range min(lines.Len(), mostLines) {
		if l := lines.At(i); l.Kind == present.Code {
			t.out.say(cut(plainText(l.Spans, false)))
		} else {
			t.out.say(cut(sentence(l, nil, false)))
		}
	}
	tellMore(t.out, lines.Len()-min(lines.Len(), mostLines))
	return nil
}

func (t *talk) tellCurl(string) error {
	if t.view.pane().Curl == nil {
		t.out.sentence(present.NoRequest)
		return nil
	}
	return t.tellTab("curl")
}

// url is the URL that the step is about.
func (t *talk) url() string {
	u := t.view.pane().URL
	if !u.Secret.IsZero() {
		return u.Secret.RevealSecret()
	}
	return u.Text
}

func (t *talk) tellURL(string) error {
	u := t.url()
	if u == "" {
		u = present.NoURL
	}
	t.out.say(u)
	return nil
}

// openURL opens the authorization URL as a step of the flow, or another one outside of it.
func (t *talk) openURL(string) error {
	u := t.url()
	if u == "" {
		t.out.sentence(present.NoURL)
		return nil
	}
	if o, ok := t.view.walk.Offer(flows.ActOpenBrowser); ok && o.Why == "" {
		return t.ask(o)
	}
	if t.deps.OpenBrowser == nil {
		t.out.sentence("no browser can be opened here: url tells the address")
		return nil
	}
	if err := t.deps.OpenBrowser(u); err != nil {
		t.out.sentence("the browser did not open: " + err.Error())
		return nil
	}
	t.out.say("Opened in the browser.")
	return nil
}

// search tells the lines that hold a text.
func (t *talk) search(args string) error {
	n, want := 0, strings.ToLower(args)
	for _, tab := range t.view.pane().Tabs {
		lines := tab.Build()
		for i := range lines.Len() {
			text := sentence(lines.At(i), nil, false)
			if text == "" || !strings.Contains(strings.ToLower(text), want) || n >= mostLines {
				continue
			}
			n++
			t.out.say(cut(tab.Name + ": " + text))
		}
	}
	if n == 0 {
		t.out.sentence(fmt.Sprintf("no %q at this step", args))
	}
	return nil
}

// back ends a wait, or goes to the list of providers.
func (t *talk) back(string) error {
	if t.atWalk() && t.view.walk.Busy != nil {
		return t.cancel("")
	}
	if t.atWalk() {
		t.away = true
		t.out.say("The run goes on; run goes back to it.")
	}
	t.tellCatalogue()
	return nil
}

// quit asks only when something would be lost.
func (t *talk) quit(string) error {
	if t.run != nil && t.run.unsaved {
		yes, err := t.yes("This run is not saved to the history and would be lost. Quit?")
		if err != nil || !yes {
			return err
		}
	}
	return errQuit
}
