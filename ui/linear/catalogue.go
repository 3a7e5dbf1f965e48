package linear

import (
	"errors"
	"fmt"
	"strings"

	"oauthlens/flows"
	"oauthlens/ui/present"
)

func (t *talk) tellCatalogue() {
	_ = t.list("")
}

// list tells the providers, each on a line.
func (t *talk) list(args string) error {
	text := strings.ToLower(strings.TrimSpace(args))
	said := 0
	for i, p := range t.deps.Catalogue {
		if text != "" && !strings.Contains(strings.ToLower(p.Name+" "+p.Title+" "+p.Summary), text) {
			continue
		}
		if said == 0 {
			t.out.say("The providers:")
		}
		said++
		grants := make([]string, len(p.Grants))
		for i, g := range p.Grants {
			grants[i] = present.GrantTitle(g)
		}
		t.out.say(fmt.Sprintf("%d. %s, %s: %s. Environments: %s.", i+1, p.Name, p.Title, strings.Join(grants, ", "), strings.Join(present.EnvironmentNames(p), ", ")))
	}
	if said == 0 {
		t.out.sentence("no provider has this text in its name: list tells them all")
	}
	return nil
}

func (t *talk) cataloguePrompt() string {
	p, ok := t.named(t.provider)
	if !ok {
		return "type a command, ? lists them"
	}
	if why := t.whyNotThere(p, t.wanted(p)); why != "" {
		return "enter cannot go on now: " + why + "; type the name or number of a provider, or a command, ? lists them"
	}
	return fmt.Sprintf("enter: walk %s, %s; or type the name or number of a provider, or a command, ? lists them", p.Title, t.wanted(p))
}

// wanted is the environment that a choice of this provider begins in.
func (t *talk) wanted(p flows.Provider) string {
	if t.environment != "" {
		return t.environment
	}
	return present.EnvironmentNames(p)[0]
}

// whyNotThere tells that a provider has no such environment; empty: it has.
func (t *talk) whyNotThere(p flows.Provider, environment string) string {
	names := present.EnvironmentNames(p)
	if contains(names, environment) {
		return ""
	}
	return fmt.Sprintf("%s has no environment %q: it has %s", p.Title, environment, strings.Join(names, ", "))
}

func (t *talk) named(name string) (flows.Provider, bool) {
	for _, p := range t.deps.Catalogue {
		if strings.EqualFold(p.Name, name) {
			return p, true
		}
	}
	return flows.Provider{}, false
}

func (t *talk) knows(word string) bool {
	_, ok := t.named(word)
	return ok
}

// walk begins the flow of a provider.
func (t *talk) walk(args string) error {
	name, environment := split(strings.TrimSpace(args))
	p, ok := t.named(name)
	if !ok {
		t.unknown(name)
		return nil
	}
	if environment == "" {
		environment = t.wanted(p)
	}
	t.provider = p.Name
	return t.beginOr(Choice{Provider: p.Name, Environment: environment, Grant: t.grant})
}

// beginOr starts a run, or says why it cannot be started and stays.
func (t *talk) beginOr(c Choice) error {
	err := t.begin(c)
	var refused startError
	if errors.As(err, &refused) && t.ctx.Err() == nil {
		t.out.sentence(refused.Error())
		return nil
	}
	return err
}

// about tells what is known about a provider.
func (t *talk) about(args string) error {
	name := strings.TrimSpace(args)
	if name == "" {
		name = t.provider
	}
	p, ok := t.named(name)
	if !ok {
		t.unknown(name)
		return nil
	}
	facts := present.ProviderFacts{}
	if t.deps.Facts != nil {
		facts = t.deps.Facts(p.Name, t.wanted(p))
	}
	facts.Environment, facts.Grant = t.wanted(p), t.grant
	if facts.Grant == "" && len(p.Grants) > 0 {
		facts.Grant = p.Grants[0]
	}
	t.out.say(p.Title + ":")
	t.tellLines(present.ProviderLines(p, facts))
	t.provider = p.Name
	return nil
}

// tellLines tells lines that belong to no step.
func (t *talk) tellLines(lines present.Lines) {
	parts, more := sections(lines)
	tellSections(t.out, parts, map[string]bool{})
	tellMore(t.out, more)
}

// env chooses the environment; in a walk the run begins again there.
func (t *talk) env(args string) error {
	p, name := t.subject(), strings.TrimSpace(args)
	names := present.EnvironmentNames(p)
	if name == "" {
		t.out.sentence(fmt.Sprintf("%s has %s; now it is %s", p.Title, strings.Join(names, ", "), t.environmentNow(p)))
		return nil
	}
	if !t.atWalk() {
		if !t.anyHas(name) {
			t.out.sentence(fmt.Sprintf("no provider has an environment %q: write simulator, sandbox or production", name))
			return nil
		}
		t.environment = name
		t.out.sentence("the environment is " + name + ", for what is walked from here")
		return nil
	}
	if why := t.whyNotThere(p, name); why != "" {
		t.out.sentence(why)
		return nil
	}
	t.environment = name
	c := t.run.choice
	return t.beginOr(Choice{Provider: c.Provider, Environment: name, Grant: c.Grant})
}

func (t *talk) anyHas(environment string) bool {
	for _, p := range t.deps.Catalogue {
		if contains(present.EnvironmentNames(p), environment) {
			return true
		}
	}
	return false
}

// subject is the provider that is talked about.
func (t *talk) subject() flows.Provider {
	if t.atWalk() {
		return t.run.session.Provider()
	}
	p, _ := t.named(t.provider) // an empty catalogue has none
	return p
}

func (t *talk) environmentNow(p flows.Provider) string {
	if t.atWalk() {
		return t.view.walk.Header.Environment
	}
	return t.wanted(p)
}

// grantType chooses the grant; in a walk the run begins again with it.
func (t *talk) grantType(args string) error {
	p, name := t.subject(), strings.TrimSpace(args)
	var offered []string
	for _, g := range p.Grants {
		offered = append(offered, string(g))
	}
	if name == "" {
		now := t.grant
		if t.atWalk() {
			now = t.run.choice.Grant
		} else if now == "" && len(p.Grants) > 0 {
			now = p.Grants[0]
		}
		t.out.sentence(fmt.Sprintf("%s offers %s; now it is %s", p.Title, strings.Join(offered, ", "), now))
		return nil
	}
	g, ok := grantNamed(p, name)
	for _, other := range t.deps.Catalogue {
		if !ok && !t.atWalk() {
			g, ok = grantNamed(other, name)
		}
	}
	if !ok {
		t.out.sentence(fmt.Sprintf("%s does not offer the grant %q: it offers %s", p.Title, name, strings.Join(offered, ", ")))
		return nil
	}
	if !t.atWalk() {
		t.grant = g
		t.out.sentence("the grant is " + present.GrantTitle(g) + ", for what is walked from here")
		return nil
	}
	c := t.run.choice
	return t.beginOr(Choice{Provider: c.Provider, Environment: c.Environment, Grant: g})
}

// grantNamed finds a grant by its name or its words: client_credentials, cc.
func grantNamed(p flows.Provider, name string) (flows.Grant, bool) {
	for _, g := range p.Grants {
		if strings.EqualFold(name, string(g)) || strings.EqualFold(name, present.GrantTitle(g)) || strings.EqualFold(name, present.GrantWord(g)) {
			return g, true
		}
	}
	return "", false
}

// backToRun goes back to the run under way.
func (t *talk) backToRun(string) error {
	if t.run == nil {
		t.out.sentence("no run is under way: enter starts one")
		return nil
	}
	t.away = false
	t.tellNow(true)
	return nil
}

func contains(list []string, name string) bool {
	for _, x := range list {
		if x == name {
			return true
		}
	}
	return false
}
