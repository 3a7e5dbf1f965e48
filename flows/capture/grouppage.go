package capture

import (
	"strings"

	"oauthlens/flows"
)

// placePage places a page between the authorization request and the callback: by the
// redirect that led to it, by the session cookie, by the page it came from, else by
// host and time.
func (g *grouper) placePage(i int) int {
	f := &g.facts[i]
	if j := g.reached[i]; j >= 0 && g.of[j] > 0 {
		g.strong[i] = true
		return g.of[j] - 1
	}
	open := func(n int) bool {
		x := g.get(n)
		return x.callbacks == 0 && x.pageHosts[f.host]
	}
	if j := g.byCookie(i); j >= 0 && g.of[j] > 0 && open(g.of[j]-1) {
		g.strong[i] = true
		return g.of[j] - 1
	}
	if ref := f.x.Request.Headers.Get("Referer"); ref != "" {
		for j := i - 1; j >= 0 && j >= i-100; j-- {
			if g.of[j] > 0 && g.facts[j].x.Request.URL == ref && open(g.of[j]-1) {
				g.strong[i] = true
				return g.of[j] - 1
			}
		}
	}
	if !f.navigation() {
		return -1
	}
	return g.latest(func(x *group) bool { return x.callbacks == 0 && x.pageHosts[f.host] })
}

// byCookie finds the exchange that set the newest of the session cookies sent.
func (g *grouper) byCookie(i int) int {
	best := -1
	host := g.facts[i].host
	for _, line := range g.facts[i].x.Request.Headers.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			pair = strings.TrimSpace(pair)
			if len(pair) < 10 {
				continue
			}
			if j, ok := g.cookies[host+" "+pair]; ok && j > best {
				best = j
			}
		}
	}
	return best
}

// join puts the exchange into the group and lets the group learn from it.
func (g *grouper) join(i, n int) {
	n = g.root(n)
	g.of[i] = n + 1
	f, x := &g.facts[i], g.groups[n]
	x.hosts[f.host] = true
	switch g.step(i) {
	case flows.StepAuthorize, flows.StepPAR:
		g.learnRequest(n, f.all, f.x.Request.URL)
		if g.step(i) == flows.StepPAR {
			x.authorizeURL = ""
			x.requestURI = f.member("request_uri")
		} else {
			x.pageHosts[f.host] = true
		}
	case flows.StepAuthorizeURL:
		f.answer.Walk(func(node *jsonNode) {
			if authorizationParams(node.Text) && x.state == "" {
				_, _, _, query, _ := splitURL(node.Text)
				g.learnRequest(n, pairs(query), "")
			}
		})
	case flows.StepCallback:
		x.callbacks++
		delete(x.hosts, f.host) // the application's own host says nothing about API calls
		g.own(g.codes, f.all.get("code", "authCode", "auth_code"), n)
	case flows.StepExchange, flows.StepRefresh:
		g.learnToken(i, n)
	case flows.StepDevice:
		x.deviceCode = f.member("device_code")
		x.client = firstOf(x.client, f.client())
		x.grant = "devicecode"
	case flows.StepCall, flows.StepUserInfo:
		x.calledHosts[f.host] = true
	case flows.StepOther:
		if x.callbacks == 0 && x.authorizeURL != "" {
			x.pageHosts[f.host] = true
		}
	}
	if f.locBase != "" && f.locParams.has("code") && x.authorizeURL != "" {
		g.own(g.codes, f.locParams.get("code"), n)
	}
}

func (g *grouper) learnRequest(n int, p params, url string) {
	x := g.groups[n]
	x.client = firstOf(x.client, p.get("client_id", "appid", "client_key", "app_id"))
	if s := p.get("state"); s != "" {
		x.state = firstOf(x.state, s)
		if _, taken := g.states[s]; !taken {
			g.states[s] = n
		}
	}
	x.challenge = firstOf(x.challenge, p.get("code_challenge"))
	x.authorizeURL = firstOf(x.authorizeURL, url)
	if uri := p.get("redirect_uri", "redirect_url"); uri != "" {
		base, _, _, _, _ := splitURL(uri)
		x.redirect = firstOf(x.redirect, looseURI(base))
	}
}

// learnToken lets the group own the code, the tokens sent and the tokens issued.
func (g *grouper) learnToken(i, n int) {
	f, x := &g.facts[i], g.groups[n]
	x.exchanges++
	x.tokenBase = firstOf(x.tokenBase, f.base)
	x.client = firstOf(x.client, f.client())
	x.grant = firstOf(x.grant, letters(f.all.get("grant_type")))
	g.own(g.codes, f.all.get("code", "authCode", "auth_code"), n)
	g.own(g.tokens, f.all.get("refresh_token"), n)
	access, refresh, id := f.issued()
	for _, t := range [...]string{access, refresh, id} {
		if t != "" {
			x.hasToken = true
			g.own(g.tokens, t, n)
		}
	}
}

// own notes that a value belongs to a group; the first owner stays.
func (g *grouper) own(m map[string]int, value string, n int) {
	if _, taken := m[value]; !taken && value != "" {
		m[value] = n
	}
}

// remember notes cookies that the answer sets.
func (g *grouper) remember(i int) {
	f := &g.facts[i]
	if f.x.Response == nil {
		return
	}
	for _, line := range f.x.Response.Headers.Values("Set-Cookie") {
		for one := range strings.SplitSeq(line, "\n") { // Firefox joins several with line breaks
			pair, _, _ := strings.Cut(one, ";")
			if pair = strings.TrimSpace(pair); len(pair) >= 10 {
				g.cookies[f.host+" "+pair] = i
			}
		}
	}
}

// second places what only the whole recording explains: the page of the application
// that sent the browser to the provider, metadata, keys, preflights, and calls when
// there is no flow that they could be part of.
func (g *grouper) second() {
	for i := len(g.facts) - 1; i >= 0; i-- {
		if j := g.reached[i]; g.of[i] > 0 && j >= 0 && g.of[j] == 0 && g.step(i) != flows.StepCall {
			g.of[j] = g.of[i]
		}
	}
	for i := range g.facts {
		if g.of[i] > 0 {
			continue
		}
		switch g.step(i) {
		case flows.StepDiscovery, flows.StepJWKS:
			g.of[i] = 1 + g.placeMetadata(i)
		case flows.StepCall, flows.StepUserInfo, flows.StepIntrospect, flows.StepRevoke:
			g.of[i] = 1 + g.placeLoose(i)
		}
	}
	for i := range g.facts {
		if g.of[i] == 0 && g.facts[i].method == "OPTIONS" && g.step(i) != flows.StepOther {
			for j := i + 1; j < len(g.facts) && j < i+200; j++ {
				if g.facts[j].base == g.facts[i].base && g.of[j] > 0 {
					g.of[i] = g.of[j]
					break
				}
			}
		}
	}
}

// placeMetadata places a discovery document or key set with a flow at its server.
func (g *grouper) placeMetadata(i int) int {
	f := &g.facts[i]
	if j, ok := g.namedBy[f.base]; ok && g.of[j] > 0 {
		return g.root(g.of[j] - 1)
	}
	hosts := map[string]bool{f.host: true}
	for _, name := range [...]string{"issuer", "authorization_endpoint", "token_endpoint"} {
		if n := f.answer.Member(name); n != nil {
			if _, host, _, _, _ := splitURL(n.Text); host != "" {
				hosts[host] = true
			}
		}
	}
	for j := i + 1; j < min(len(g.facts), i+lookBack); j++ { // the flow that it was fetched for comes next
		if g.of[j] > 0 && hosts[g.facts[j].host] && g.step(j) != flows.StepJWKS {
			return g.root(g.of[j] - 1)
		}
	}
	for j := i - 1; j >= max(0, i-lookBack); j-- {
		if g.of[j] > 0 && hosts[g.facts[j].host] && g.step(j) != flows.StepJWKS {
			return g.root(g.of[j] - 1)
		}
	}
	if g.step(i) == flows.StepJWKS { // fetched to verify what came just before
		for j := i - 1; j >= max(0, i-20); j-- {
			if s := g.step(j); g.of[j] > 0 && (s == flows.StepExchange || s == flows.StepRefresh) {
				return g.root(g.of[j] - 1)
			}
		}
	}
	only := -1
	if live, last := g.live(); live == 1 {
		only = last
	}
	if only < 0 || !g.related(g.groups[only], f.host) && (!g.small() || g.step(i) == flows.StepDiscovery) {
		only = g.add()
	}
	g.groups[only].hosts[f.host] = true
	return only
}

// live counts the groups, as far as none, one or more; last is the last of them.
func (g *grouper) live() (n, last int) {
	last = -1
	for i := len(g.groups) - 1; i >= 0 && n < 2; i-- {
		if g.groups[i].parent == i {
			if n++; last < 0 {
				last = i
			}
		}
	}
	return n, last
}

// small tells a recording that holds little beside the flow.
func (g *grouper) small() bool { return len(g.items) <= 40 }

// tokenOnly is the grant of a flow of which only the use of a token was recorded.
const tokenOnly = "token only"

// placeLoose places a call whose token is nobody's: with the only flow of a small
// recording; with calls of the same token when the recording has no flow at all.
func (g *grouper) placeLoose(i int) int {
	f := &g.facts[i]
	live, last := g.live()
	key := firstOf(f.bearer, f.basicUser, f.host)
	if n, ok := g.tokens[key]; ok {
		return g.root(n)
	}
	if live == 1 && g.groups[last].grant != tokenOnly && g.small() && f.scheme != "basic" {
		return last
	}
	if live == 0 || g.groups[last].grant == tokenOnly {
		n := g.add()
		g.groups[n].grant = tokenOnly
		g.groups[n].hosts[f.host] = true
		g.own(g.tokens, key, n)
		return n
	}
	return -1
}

// number gives the flows their numbers.
func (g *grouper) number() {
	numbers := map[int]int{}
	for i := range g.items {
		g.items[i].Flow = 0
		if g.of[i] == 0 {
			continue
		}
		n := g.root(g.of[i] - 1)
		if numbers[n] == 0 {
			numbers[n] = len(numbers) + 1
		}
		g.items[i].Flow = numbers[n]
	}
}
