package capture

import (
	"strings"

	"oauthlens/flows"
)

// Group numbers the flows of classified exchanges from 1, in the order in which they
// begin, and gives each exchange the number of its flow; what is part of none gets 0.
//
// What ties exchanges together, strongest first: a value that only one flow has (code,
// PKCE pair, tokens, device code, request URI), the way of the browser (redirects and
// session cookies), the state, then client id, redirect URI and host with the time.
// The state stands below the browser's way on purpose: a callback that carries another
// flow's state is a fault to be seen, not a callback of that other flow.
func Group(items []Item) {
	w := newWorld(items)
	for i := range w.facts {
		w.learnMetadata(i)
	}
	g := grouper{world: w, of: make([]int, len(items)), strong: make([]bool, len(items)),
		codes: map[string]int{}, tokens: map[string]int{}, states: map[string]int{}, cookies: map[string]int{}}
	g.run()
}

// group is one flow while it is being put together.
type group struct {
	parent                 int // index of the group that it was merged into, or its own
	client, state          string
	challenge              string
	authorizeURL           string
	requestURI, deviceCode string
	redirect               string // loose redirect URI
	hosts                  map[string]bool
	pageHosts              map[string]bool // hosts that show the provider's pages
	tokenBase              string
	grant                  string
	calledHosts            map[string]bool
	callbacks, exchanges   int
	hasToken               bool
}

type grouper struct {
	*world
	groups  []*group
	of      []int // exchange -> group + 1; 0: none
	strong  []bool
	codes   map[string]int // code -> group
	tokens  map[string]int // any issued or used token -> group
	states  map[string]int
	cookies map[string]int // host, name, value -> exchange that set it
	// returned are the states that some callback carries; nil until asked for.
	returned map[string]bool
}

func (g *grouper) run() {
	for i := range g.facts {
		if n := g.place(i); n >= 0 {
			g.join(i, n)
		}
		g.remember(i)
	}
	g.second()
	g.number()
}

// add opens a group.
func (g *grouper) add() int {
	g.groups = append(g.groups, &group{parent: len(g.groups), hosts: map[string]bool{}, pageHosts: map[string]bool{}, calledHosts: map[string]bool{}})
	return len(g.groups) - 1
}

func (g *grouper) root(n int) int {
	for g.groups[n].parent != n {
		n = g.groups[n].parent
	}
	return n
}

func (g *grouper) get(n int) *group { return g.groups[g.root(n)] }

// merge makes one group of two.
func (g *grouper) merge(a, b int) int {
	a, b = g.root(a), g.root(b)
	if a == b {
		return a
	}
	if b < a {
		a, b = b, a
	}
	x, y := g.groups[a], g.groups[b]
	y.parent = a
	for _, pair := range [...][2]*string{{&x.client, &y.client}, {&x.state, &y.state}, {&x.challenge, &y.challenge}, {&x.authorizeURL, &y.authorizeURL},
		{&x.requestURI, &y.requestURI}, {&x.deviceCode, &y.deviceCode}, {&x.redirect, &y.redirect}, {&x.tokenBase, &y.tokenBase}, {&x.grant, &y.grant}} {
		*pair[0] = firstOf(*pair[0], *pair[1])
	}
	for h := range y.hosts {
		x.hosts[h] = true
	}
	for h := range y.pageHosts {
		x.pageHosts[h] = true
	}
	for h := range y.calledHosts {
		x.calledHosts[h] = true
	}
	x.callbacks += y.callbacks
	x.exchanges += y.exchanges
	x.hasToken = x.hasToken || y.hasToken
	return a
}

// place finds the group of an exchange, or opens one; -1: none (yet).
func (g *grouper) place(i int) int {
	f := &g.facts[i]
	if f.method == "OPTIONS" {
		return -1
	}
	switch g.step(i) {
	case flows.StepAuthorize:
		return g.placeAuthorize(i)
	case flows.StepPAR, flows.StepAuthorizeURL:
		return g.add()
	case flows.StepCallback:
		return g.placeCallback(i)
	case flows.StepExchange:
		return g.placeExchange(i)
	case flows.StepRefresh:
		return g.placeRefresh(i)
	case flows.StepDevice:
		return g.add()
	case flows.StepRevoke, flows.StepIntrospect, flows.StepUserInfo, flows.StepCall:
		return g.placeUse(i)
	case flows.StepOther:
		if !f.furniture {
			return g.placePage(i)
		}
	}
	return -1
}

func (g *grouper) placeAuthorize(i int) int {
	f := &g.facts[i]
	state, client := f.all.get("state"), f.all.get("client_id", "appid", "client_key", "app_id")
	uri, challenge := f.all.get("request_uri"), f.all.get("code_challenge")
	for n := len(g.groups) - 1; n >= max(0, len(g.groups)-lookBack); n-- {
		if g.root(n) != n {
			continue
		}
		x := g.groups[n]
		switch {
		case uri != "" && x.requestURI == uri:
			return n
		case state != "" && x.state == state && x.client == client && (x.authorizeURL == "" || x.challenge == challenge):
			return n
		case state == "" && x.authorizeURL == f.x.Request.URL && x.callbacks == 0:
			return n
		case state != "" && x.authorizeURL == f.x.Request.URL:
			return n
		}
	}
	return g.add()
}

func (g *grouper) placeCallback(i int) int {
	f := &g.facts[i]
	state := firstOf(f.all.get("state"), f.fragment.get("state"))
	byState, byWay := -1, -1
	if n, ok := g.states[state]; ok && state != "" {
		byState = g.root(n)
	}
	wayStrong := false
	if j := g.reached[i]; j >= 0 && g.of[j] > 0 {
		byWay, wayStrong = g.root(g.of[j]-1), g.strong[j]
	} else if j := g.senderOf(i); j >= 0 && g.of[j] > 0 {
		byWay, wayStrong = g.root(g.of[j]-1), g.strong[j]
	}
	if code := f.all.get("code", "authCode", "auth_code"); code != "" && byWay < 0 {
		if n, ok := g.codes[code]; ok {
			n = g.root(n)
			if byState >= 0 && g.groups[n].authorizeURL == "" {
				return g.merge(byState, n)
			}
			byWay, wayStrong = n, true
		}
	}
	switch {
	case byState >= 0 && byWay >= 0 && byState != byWay:
		if wayStrong && g.refused(i) && !g.stateComesBack(g.groups[byWay].state) {
			return byWay
		}
		return byState
	case byState >= 0:
		return byState
	case byWay >= 0:
		return byWay
	}
	return g.guessCallback(i, state)
}

// refused tells that whoever got the callback did not take it.
func (g *grouper) refused(i int) bool {
	r := g.facts[i].x.Response
	return r == nil || r.Status >= 400
}

// stateComesBack tells whether some callback carries the state.
func (g *grouper) stateComesBack(state string) bool {
	if state == "" {
		return false
	}
	if g.returned == nil {
		g.returned = map[string]bool{}
		for j := range g.facts {
			if g.step(j) == flows.StepCallback {
				g.returned[g.facts[j].all.get("state")] = true
			}
		}
	}
	return g.returned[state]
}

// guessCallback places a callback whose state is no flow's and whose way is not
// recorded: the flow whose state it resembles, else the latest with this redirect URI.
func (g *grouper) guessCallback(i int, state string) int {
	loose := looseURI(g.facts[i].base)
	latest := -1
	for n := len(g.groups) - 1; n >= max(0, len(g.groups)-lookBack); n-- {
		x := g.groups[n]
		if x.parent != n {
			continue
		}
		if resembles(x.state, state) {
			return n
		}
		if x.redirect == loose && (latest < 0 || g.groups[latest].callbacks > 0 && x.callbacks == 0) {
			latest = n
		}
	}
	if latest >= 0 {
		return latest
	}
	return g.add()
}

// resembles tells that one value is the other after one coding more or less, or a
// longer part of it.
func resembles(a, b string) bool {
	if a == "" || b == "" || len(a) > 16<<10 || len(b) > 16<<10 {
		return false
	}
	if a == b || unescape(a) == b || unescape(b) == a || strings.ReplaceAll(a, "+", " ") == strings.ReplaceAll(b, "+", " ") {
		return true
	}
	short, long := a, b
	if len(short) > len(long) {
		short, long = long, short
	}
	return len(short) >= 12 && strings.Contains(long, short)
}

// closest finds the value that resembles this one; of several the first by group, so
// that the result does not depend on the order of a map.
func closest(m map[string]int, value string) (int, bool) {
	best, found := 0, false
	if len(m) > lookBack {
		return 0, false
	}
	for have, n := range m {
		if (!found || n < best) && resembles(have, value) {
			best, found = n, true
		}
	}
	return best, found
}

// senderOf finds the answer whose Location carries the same code or state to the same
// place, when the URL itself was changed on its way (a fragment, a form post).
func (g *grouper) senderOf(i int) int {
	f := &g.facts[i]
	for j := i - 1; j >= 0 && j >= i-60; j-- {
		p := &g.facts[j]
		if p.locBase != "" && looseURI(p.locBase) == looseURI(f.base) && p.host != f.host && (len(p.locParams) > 0 || p.locBase == f.base) {
			return j
		}
	}
	return -1
}
