package linear

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"oauthlens/flows/provider"
	"oauthlens/ui/tui/keys"
)

// where a command can be given.
type where int

const (
	atCatalogue where = 1 << iota
	atWalk
	everywhere = atCatalogue | atWalk
)

// command is what a word does.
type command struct {
	words []string // the first is the one that the help names
	args  string   // "NAME VALUE"; in brackets: may be left out
	help  string   // one sentence
	// action is the one of the screen that it stands for: its keys can be typed as a word
	// where the screen binds them. Empty: there is no such action.
	action keys.Action
	at     where
	do     func(t *talk, args string) error
}

// commands is the table, in the order of the help.
func commands() []command {
	return []command{
		{[]string{"next"}, "", "Do the natural next thing, as an empty line does.", keys.Next, everywhere, (*talk).next},
		{[]string{"show"}, "[NUMBER]", "Tell this step again, or the step of that number; the number alone does it too.", keys.Step, atWalk, (*talk).showStep},
		{[]string{"ahead"}, "", "Tell the next step, without doing anything.", keys.NextStep, atWalk, func(t *talk, _ string) error { return t.goTo(t.view.stage + 1) }},
		{[]string{"before"}, "", "Tell the previous step.", keys.PrevStep, atWalk, func(t *talk, _ string) error { return t.goTo(t.view.stage - 1) }},
		{[]string{"raw"}, "", "Tell the request and the answer of this step byte for byte.", keys.NextTab, atWalk, func(t *talk, _ string) error { return t.tellTab("Raw") }},
		{[]string{"curl"}, "", "Tell the request of this step as a curl command; its secrets are variables for you to set.", keys.CopyCurl, atWalk, (*talk).tellCurl},
		{[]string{"url"}, "", "Tell the URL of this step whole, on one line.", keys.QR, atWalk, (*talk).tellURL},
		{[]string{"find"}, "TEXT", "Tell the lines of this step that hold a text.", keys.Search, atWalk, (*talk).search},
		{[]string{"findings"}, "[NUMBER]", "Tell the findings of this step in full: evidence, cause, fix; or the one of that number.", keys.Findings, atWalk, (*talk).tellFinding},
		{[]string{"apply"}, "[NUMBER]", "Apply the fix of a finding, and start again where that is needed.", keys.Apply, atWalk, (*talk).apply},
		{[]string{"explain"}, "[NAME]", "Explain a thing: what it is, who reads it, the specification, what this provider does differently; without a name, this step or this provider.", keys.Explain, everywhere, (*talk).explain},
		{[]string{"set", "edit", "change"}, "NAME VALUE", "Change a value: a parameter, a header, a setting; a secret is asked for, so that it is not in the line. The name of an environment alone begins again there.", keys.Edit, atWalk, (*talk).set},
		{[]string{"off"}, "NAME", "Leave a parameter out, or do not ask for a scope.", "", atWalk, func(t *talk, args string) error { return t.switchTo(args, true) }},
		{[]string{"on"}, "NAME", "Put a parameter back, or ask for a scope.", "", atWalk, func(t *talk, args string) error { return t.switchTo(args, false) }},
		{[]string{"switch"}, "NAME", "Switch a parameter or a scope off and on; alone, compare.", keys.Switch, atWalk, (*talk).switchOver},
		{[]string{"add"}, "NAME VALUE", "Add a parameter to the request of this step; a name with a colon behind it is a header.", keys.Add, atWalk, (*talk).add},
		{[]string{"undo"}, "NAME", "Take the change of a value back, as the profile builds it.", keys.Restore, atWalk, (*talk).undo},
		{[]string{"paste"}, "URL", "Paste the address that the browser ended at: the whole URL, or its query; @FILE reads it from a file, since a terminal takes no line of more than 4095 bytes.", keys.Paste, atWalk, (*talk).paste},
		{[]string{"open"}, "", "Open the authorization URL, or the URL of this step, in the browser.", keys.OpenURL, atWalk, (*talk).openURL},
		{[]string{"refresh"}, "", "Refresh the access token: tell the request, and at its step, or once more, send it.", keys.Refresh, atWalk, asking("refresh")},
		{[]string{"auto"}, "", "Refresh at the start of the refresh window by itself, or not.", keys.AutoRefresh, atWalk, (*talk).autoRefresh},
		{[]string{"revoke"}, "", "Revoke the token: tell the request, and at its step, or once more, send it.", keys.Revoke, atWalk, asking("revoke")},
		{[]string{"restart"}, "", "Begin a fresh authorization request in the same run.", keys.Restart, atWalk, asking("restart")},
		{[]string{"cancel"}, "", "End what is waited for.", "", atWalk, (*talk).cancel},
		{[]string{"actions"}, "", "List everything that can be asked of this run, and why not; each begins with its word.", keys.Palette, atWalk, (*talk).tellActions},
		{[]string{"fault"}, "[NAME]", "Make it go wrong: begin again with this fault of the simulator or this client, none for none; without a name, list them.", keys.Fault, atWalk, (*talk).fault},
		{[]string{"keep"}, "", "Keep the client settings for the next run, with the secret in the vault.", keys.SaveClient, atWalk, func(t *talk, _ string) error { return t.client(t.deps.SaveClient) }},
		{[]string{"forget"}, "", "Forget the client settings that were kept, the secret too.", "", atWalk, func(t *talk, _ string) error { return t.client(t.deps.ForgetClient) }},
		{[]string{"reveal"}, "NAME", "Tell a secret in clear, after asking.", keys.Reveal, atWalk, (*talk).reveal},
		{[]string{"copy"}, "NAME", "Copy a whole value to the clipboard; a secret is copied in clear, which is said.", keys.CopyValue, atWalk, (*talk).copyValue},
		{[]string{"write"}, "FILE [NAME]", "Write what was received at this step, or a value, to a new file that only you can read.", keys.Write, atWalk, (*talk).write},
		{[]string{"status"}, "", "Tell which run this is, how far each step is, and how long the token lives.", "", atWalk, (*talk).status},

		{[]string{"list"}, "[TEXT]", "List the providers, or those with a text in their name.", keys.Filter, everywhere, (*talk).list},
		{[]string{"walk"}, "NAME [ENV]", "Walk the flow of a provider; its name or number alone does it too, at the list.", "", everywhere, (*talk).walk},
		{[]string{"about"}, "[NAME]", "Tell what is known about a provider: environments, grants, endpoints, scopes.", keys.NextTab, atCatalogue, (*talk).about},
		{[]string{"env"}, "[NAME]", "Choose the environment: simulator, sandbox, production. In a walk, begin again there.", keys.Environment, everywhere, (*talk).env},
		{[]string{"grant", "g"}, "[NAME]", "Choose the grant. In a walk, begin again with it.", keys.Grant, everywhere, (*talk).grantType},
		{[]string{"run"}, "", "Go back to the run that is under way.", keys.Open, atCatalogue, (*talk).backToRun},
		{[]string{"compare"}, "[A B] [all]", "Compare two environments of the provider, by the newest run of each, two recorded runs, by number or id, or two providers; without names, two environments that the simulator plays now. All tells the expected differences too.", keys.Compare, everywhere, (*talk).compare},
		{[]string{"history", "h"}, "[TEXT]", "List the newest recorded runs.", keys.History, everywhere, (*talk).history},
		{[]string{"reopen"}, "RUN", "Open a recorded run, by its number in the list or its id.", "", everywhere, (*talk).reopen},
		{[]string{"inspect"}, "TEXT", "Take a token, a URL, an answer or a file apart.", keys.Inspect, everywhere, (*talk).inspect},

		{[]string{"help", "?"}, "[WORD]", "List the commands of this place, or tell one.", keys.Help, everywhere, (*talk).help},
		{[]string{"back", "b"}, "", "End a wait, or go back to the list of providers; the run goes on.", keys.Back, everywhere, (*talk).back},
		{[]string{"quit", "q"}, "", "Quit; the run is in the history. The end of the input does it too.", keys.Quit, everywhere, (*talk).quit},
	}
}

// NotHere are the actions of the screen at the list of providers, or in a walk, that have
// no command here, each with the reason.
func NotHere(inWalk bool) map[keys.Action]string {
	const still = "nothing scrolls: what was told stands above, for the terminal or the screen reader to go through"
	out := map[keys.Action]string{
		keys.Down: still, keys.Up: still, keys.Top: still, keys.Bottom: still, keys.HalfDown: still, keys.HalfUp: still,
		keys.CopyPane:  "the text stands above, for the terminal to copy; in a walk, write puts what was received into a file",
		keys.PrevTab:   "each view has its word: show, raw, curl; list, about",
		keys.Interrupt: "the terminal sends ctrl+c as a signal: it ends a wait and the program at once",
		keys.Suspend:   "the terminal does it by itself: ctrl+z",
	}
	if inWalk {
		out[keys.NextHit], out[keys.PrevHit] = "find tells every hit at once", "find tells every hit at once"
	} else {
		out[keys.CopyValue] = "about tells the values, for the terminal to copy"
		out[keys.Palette] = "? lists every command of this place"
	}
	return out
}

// here is the place that is talked about.
func (t *talk) here() where {
	if t.atWalk() {
		return atWalk
	}
	return atCatalogue
}

// table is the screen's table of a place.
func (d *Deps) table(at where) keys.Table {
	if at == atWalk {
		return d.AtWalk
	}
	return d.AtCatalogue
}

// unspoken are keys that have a place on the keyboard and no character: their names would
// be words of another meaning.
var unspoken = []string{"up", "down", "left", "right", "space", "home", "end", "pgup", "pgdown", "shift+tab"}

// typed are the words that a command answers to at a place: its own, and the screen's
// keys.
func (d *Deps) typed(c command, at where) []string {
	out := slices.Clone(c.words)
	if b, ok := d.table(at).ByAction(c.action); ok && c.action != "" && c.action != keys.Step {
		for _, k := range b.Keys {
			if !slices.Contains(out, k) && !slices.Contains(unspoken, k) {
				out = append(out, k)
			}
		}
	}
	return out
}

// lookup finds the command of a word at the place that is talked about.
func (t *talk) lookup(word string) (command, bool) {
	for _, same := range []func(a, b string) bool{
		func(a, b string) bool { return a == b },
		func(a, b string) bool { return len(a) > 1 && strings.EqualFold(a, b) },
	} {
		for _, c := range commands() {
			if c.at&t.here() == 0 {
				continue
			}
			for _, w := range t.deps.typed(c, t.here()) {
				if same(w, word) {
					return c, true
				}
			}
		}
	}
	return command{}, false
}

// obey does what a line says.
func (t *talk) obey(line string) error {
	armed := t.armed
	defer func() {
		if t.armed == armed {
			t.armed = ""
		}
	}()
	line = strings.TrimLeftFunc(line, unicode.IsSpace)
	if strings.TrimSpace(line) == "" {
		return t.next("")
	}
	word, args := split(line)
	if n, err := strconv.Atoi(word); err == nil {
		return t.number(n, args)
	}
	c, known := t.lookup(word)
	switch {
	case known:
		return t.carryOut(c, args)
	case !t.atWalk() && t.knows(word):
		return t.walk(line)
	case t.atWalk() && t.offered(word):
		return t.askWord(word)
	case t.atWalk() && isURL(word): // what else could it be
		return t.paste(line)
	}
	t.unknown(word)
	return nil
}

// carryOut does a command, or says what it lacks.
func (t *talk) carryOut(c command, args string) error {
	if strings.TrimSpace(args) == "" && c.args != "" && !strings.HasPrefix(c.args, "[") && c.action != keys.Switch && c.action != keys.Edit {
		t.out.sentence(c.words[0] + " needs more: write " + c.words[0] + " " + c.args)
		return nil
	}
	return c.do(t, args)
}

// split takes the first word of a line off. A slash and a plus need no blank behind them,
// as on the screen.
func split(line string) (word, args string) {
	if len(line) > 1 && (line[0] == '/' || line[0] == '+' || line[0] == '?') {
		return line[:1], strings.TrimLeft(line[1:], " \t")
	}
	i := strings.IndexAny(line, " \t")
	if i < 0 {
		return line, ""
	}
	return line[:i], strings.TrimLeft(line[i:], " \t")
}

// number is a step of the walk, or a provider of the list.
func (t *talk) number(n int, args string) error {
	if t.atWalk() {
		return t.goTo(n - 1)
	}
	if n < 1 || n > len(t.deps.Catalogue) {
		t.out.sentence("there is no provider of that number: list tells them")
		return nil
	}
	return t.walk(t.deps.Catalogue[n-1].Name + " " + args)
}

func isURL(word string) bool {
	return strings.HasPrefix(word, "http://") || strings.HasPrefix(word, "https://")
}

// longestWord is how long a word may be to be repeated: a longer one is something pasted,
// and may hold a secret.
const longestWord = 24

// unknown says which word was meant.
func (t *talk) unknown(word string) {
	if len(word) > longestWord {
		t.out.say("That is no command here: ? lists them. A callback is pasted as p URL.")
		return
	}
	var known []string
	for _, c := range commands() {
		if c.at&t.here() != 0 {
			known = append(known, c.words...)
		}
	}
	if !t.atWalk() {
		for _, p := range t.deps.Catalogue {
			known = append(known, p.Name)
		}
	}
	text := "there is no command " + strconv.Quote(word) + " here"
	if near := provider.Nearest(word, known); len(near) > 0 {
		text += ": did you mean " + strings.Join(near, " or ") + "?"
	} else {
		text += ": ? lists them"
	}
	t.out.sentence(text)
}

// help lists the commands of this place, or tells one.
func (t *talk) help(args string) error {
	at, word := t.here(), strings.TrimSpace(args)
	if word != "" {
		c, ok := t.lookup(word)
		if !ok {
			t.unknown(word)
			return nil
		}
		t.out.say(t.deps.helpLine(c, at))
		return nil
	}
	t.out.say("An empty line does what the prompt says. The commands here:")
	for _, c := range commands() {
		if c.at&at != 0 {
			t.out.say(t.deps.helpLine(c, at))
		}
	}
	return nil
}

// helpLine is a command with its arguments, what it does, and its other words.
func (d *Deps) helpLine(c command, at where) string {
	text := strings.TrimSpace(c.words[0]+" "+c.args) + ": " + c.help
	if others := d.typed(c, at)[1:]; len(others) > 0 {
		text += " Also " + strings.Join(others, ", ") + "."
	}
	return text
}
