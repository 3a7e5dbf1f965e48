package capture

import (
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// Classify sets the step of each exchange, in order of time, by what the message says
// and by its relation to the others:
//
//   - a request that has an authorization request's parameters is StepAuthorize; the
//     pages that the provider shows between it and the callback (login, consent, their
//     POSTs, a return to the authorization endpoint with the same state after the login)
//     are StepOther, but [Group] gives them the number of their flow;
//   - what reaches the redirect URI of a recorded authorization request, or carries a
//     callback's parameters, is StepCallback, whether GET or POST, answered or not;
//   - a token request is known by its body (grant_type in any spelling, a code beside
//     client credentials), so one that went to a wrong URL still is StepExchange; a
//     refresh is StepRefresh; polls of a device flow are StepExchange;
//   - a preflight (OPTIONS) and a request that follows a redirect keep the step of the
//     request that they belong to;
//   - everything that carries a token or is answered with a demand for one is StepCall,
//     unless it is userinfo, introspection or revocation;
//   - the rest is StepOther.
func Classify(items []Item) {
	w := newWorld(items)
	w.classify()
}

// lookBack bounds how many exchanges are searched for one that explains another, so
// that the work stays in proportion to the length of the recording.
const lookBack = 2000

// world is the recording as seen by classifying and grouping.
type world struct {
	items     []Item
	facts     []facts
	endpoints map[string]flows.StepKind // base URL -> step, from metadata and from sure requests
	namedBy   map[string]int            // base URL -> the metadata that names it
	redirects map[string]bool           // bases of redirect URIs of authorization requests
	authHosts map[string]bool           // hosts of authorization requests
	reached   []int                     // the exchange whose redirect led here, or -1
}

func newWorld(items []Item) *world {
	w := &world{items: items, facts: make([]facts, len(items)), endpoints: map[string]flows.StepKind{}, namedBy: map[string]int{},
		redirects: map[string]bool{}, authHosts: map[string]bool{}, reached: make([]int, len(items))}
	for i := range items {
		w.facts[i] = factsOf(&items[i].Exchange)
	}
	w.chain()
	return w
}

// chain links each request to the latest earlier answer that redirected to it. Browsers
// rewrite what a Location spells oddly, so a redirect without an exact follower is
// followed to the same place, with whatever query, among the next few requests.
func (w *world) chain() {
	waiting := map[string]int{} // redirect target -> exchange
	followed := map[int]bool{}
	for i := range w.facts {
		f := &w.facts[i]
		w.reached[i] = -1
		url, _, _ := strings.Cut(f.x.Request.URL, "#")
		if from, ok := waiting[url]; ok && f.method != "OPTIONS" {
			w.reached[i] = from
			followed[from] = true
			delete(waiting, url)
		}
		if f.location != "" {
			target, _, _ := strings.Cut(f.location, "#")
			if strings.Count(target, "/") == 2 {
				target += "/" // http://host and http://host/ are one
			}
			waiting[target] = i
		}
	}
	for i := range w.facts {
		if w.facts[i].locBase == "" || followed[i] {
			continue
		}
		for j := i + 1; j < min(len(w.facts), i+6); j++ {
			if w.reached[j] < 0 && w.facts[j].base == w.facts[i].locBase && w.facts[j].method != "OPTIONS" {
				w.reached[j] = i
				break
			}
		}
	}
}

func (w *world) step(i int) flows.StepKind { return w.items[i].Exchange.Step }

func (w *world) set(i int, s flows.StepKind) { w.items[i].Exchange.Step = s }

func (w *world) classify() {
	for i := range w.facts {
		w.learnMetadata(i)
	}
	for i := range w.facts {
		s := w.facts[i].byContent()
		w.set(i, s)
		w.learn(i, s)
	}
	for i := range w.facts {
		if w.step(i) == "" {
			w.set(i, w.byContext(i))
		} else if w.step(i) == flows.StepAuthorize && w.returnsToAuthorize(i) {
			w.set(i, flows.StepOther)
		}
	}
	for i := range w.facts {
		if w.step(i) == flows.StepOther || w.step(i) == "" {
			w.set(i, w.byFollowing(i))
		}
	}
}

// learnMetadata keeps the endpoints that a discovery document in the recording names.
func (w *world) learnMetadata(i int) {
	f := &w.facts[i]
	if f.answer == nil || f.answer.Kind != rawjson.Object || f.answer.Member("issuer") == nil {
		return
	}
	for name, step := range map[string]flows.StepKind{
		"token_endpoint": flows.StepExchange, "userinfo_endpoint": flows.StepUserInfo, "jwks_uri": flows.StepJWKS,
		"revocation_endpoint": flows.StepRevoke, "introspection_endpoint": flows.StepIntrospect,
		"pushed_authorization_request_endpoint": flows.StepPAR, "device_authorization_endpoint": flows.StepDevice,
		"authorization_endpoint": flows.StepAuthorize,
	} {
		if n := f.answer.Member(name); n != nil && n.Kind == rawjson.String {
			base, host, _, _, _ := splitURL(n.Text)
			if host != "" {
				w.endpoints[base] = step
				w.namedBy[base] = i
			}
		}
	}
}

// learn keeps what a sure request teaches about the others.
func (w *world) learn(i int, s flows.StepKind) {
	f := &w.facts[i]
	switch s {
	case flows.StepAuthorize:
		w.authHosts[f.host] = true
		fallthrough
	case flows.StepPAR:
		if uri := f.all.get("redirect_uri", "redirect_url"); uri != "" {
			w.addRedirectURI(uri)
		}
	case flows.StepExchange, flows.StepRefresh:
		if uri := f.all.get("redirect_uri"); uri != "" && strings.Contains(uri, "://") {
			w.addRedirectURI(uri)
		}
		if _, known := w.endpoints[f.base]; !known {
			w.endpoints[f.base] = flows.StepExchange
		}
	case flows.StepRevoke, flows.StepIntrospect, flows.StepUserInfo, flows.StepDevice:
		if _, known := w.endpoints[f.base]; !known {
			w.endpoints[f.base] = s
		}
	}
}

func (w *world) addRedirectURI(uri string) {
	for range 2 { // one that was encoded twice is learned as meant
		if base, host, _, _, _ := splitURL(uri); host != "" {
			w.redirects[looseURI(base)] = true
			return
		}
		uri = unescape(uri)
	}
}

// looseURI compares redirect URIs without case, last slash and spelling of loopback.
func looseURI(base string) string {
	base = strings.TrimRight(strings.ToLower(base), "/")
	for _, host := range [...]string{"://127.0.0.1", "://[::1]"} {
		base = strings.Replace(base, host, "://localhost", 1)
	}
	return base
}

// byContext classifies what its content alone left open.
func (w *world) byContext(i int) flows.StepKind {
	f := &w.facts[i]
	switch {
	case f.furniture || f.method == "OPTIONS" || f.method == "CONNECT":
		return ""
	case w.isCallback(i):
		return flows.StepCallback
	}
	if s, ok := w.endpoints[f.base]; ok {
		switch {
		case s == flows.StepAuthorize:
			if f.method == "GET" && len(f.query) > 0 && w.reached[i] < 0 && !f.query.has("session", "flow", "execution", "tab_id") {
				return flows.StepAuthorize
			}
		case s == flows.StepUserInfo || s == flows.StepJWKS || f.method == "POST" || s == flows.StepExchange && w.reached[i] < 0:
			return s
		}
	}
	if f.isCall() {
		return flows.StepCall
	}
	return flows.StepOther
}

// byFollowing gives a request that follows a redirect, and a preflight, the step of the
// request that it belongs to.
func (w *world) byFollowing(i int) flows.StepKind {
	f := &w.facts[i]
	if f.method == "OPTIONS" {
		return w.preflightStep(i)
	}
	from := w.reached[i]
	if from < 0 || f.furniture {
		return flows.StepOther
	}
	s := w.step(from)
	switch s {
	case flows.StepCall, flows.StepUserInfo, flows.StepDiscovery, flows.StepJWKS:
		return s
	case flows.StepExchange, flows.StepRefresh, flows.StepRevoke, flows.StepIntrospect, flows.StepDevice, flows.StepPAR:
		if f.host == w.facts[from].host || f.tokenPath() {
			return s
		}
	}
	return flows.StepOther
}

func (w *world) preflightStep(i int) flows.StepKind {
	f := &w.facts[i]
	if !f.x.Request.Headers.Has("Access-Control-Request-Method") {
		return flows.StepOther
	}
	for j := i + 1; j < len(w.facts) && j < i+200; j++ {
		g := &w.facts[j]
		if g.base == f.base && g.method != "OPTIONS" && w.step(j) != "" {
			return w.step(j)
		}
	}
	if s, ok := w.endpoints[f.base]; ok && s != flows.StepAuthorize {
		return s
	}
	switch {
	case f.tokenPath():
		return flows.StepExchange
	case strings.Contains(strings.ToLower(f.x.Request.Headers.Get("Access-Control-Request-Headers")), "authorization"):
		return flows.StepCall
	}
	return flows.StepOther
}

// returnsToAuthorize tells that the request is no new opening of the authorization
// endpoint: a page of the provider sent the browser back to it, or on from it to a
// login page that carries the same parameters.
func (w *world) returnsToAuthorize(i int) bool {
	f := &w.facts[i]
	from := w.reached[i]
	if from < 0 || w.facts[from].host != f.host {
		return false
	}
	state, client := f.all.get("state"), f.all.get("client_id", "appid")
	for j := i - 1; j >= max(0, i-lookBack); j-- {
		g := &w.facts[j]
		if w.step(j) != flows.StepAuthorize || g.host != f.host {
			continue
		}
		if g.all.get("client_id", "appid") == client && (g.all.get("state") == state || state == "" || g.path != f.path) {
			return true
		}
	}
	return false
}

// isCallback tells a hit on the redirect URI.
func (w *world) isCallback(i int) bool {
	f := &w.facts[i]
	if f.method != "GET" && f.method != "POST" || f.furniture {
		return false
	}
	known := w.redirects[looseURI(f.base)]
	if known {
		return f.callbackParams() || w.sentBack(i) || w.firstVisit(i)
	}
	if f.tokenPath() || f.bearer != "" && !f.all.has("id_token", "access_token") {
		return false
	}
	if !f.navigation() || f.method == "POST" && !strings.Contains(strings.ToLower(f.x.Request.Headers.Get("Content-Type")), "form") {
		return false
	}
	p := f.all
	switch {
	case p.has("code") && p.has("state"), p.hasExactly("authCode") && p.has("state"):
		return !f.jsonBody
	case p.has("error") && (p.has("state") || p.has("error_description")):
		return !w.authHosts[f.host]
	case p.has("code"):
		return !w.authHosts[f.host] && f.callbackPath() && !f.jsonBody
	case p.has("id_token") && p.has("state") && f.method == "POST":
		return true
	case f.fragment.has("access_token", "id_token"), f.fragment.has("code", "error") && f.fragment.has("state"):
		return true
	}
	return false
}

// callbackParams tells whether the message has a parameter that only an authorization
// response has (RFC 6749 sections 4.1.2 and 4.2.2, JARM, and known dialects).
func (f *facts) callbackParams() bool {
	for _, p := range [...]params{f.query, f.body, f.fragment} {
		if p.has("code", "state", "error", "id_token", "access_token", "authCode", "auth_code", "response", "hmac", "iss", "session_state") {
			return true
		}
	}
	return false
}

// sentBack tells whether the provider redirected here, maybe with a fragment.
func (w *world) sentBack(i int) bool {
	f := &w.facts[i]
	for j := i - 1; j >= 0 && j >= i-60; j-- {
		g := &w.facts[j]
		if g.locBase == f.base && g.host != f.host {
			return true
		}
	}
	return false
}

// firstVisit tells that nothing came back yet since the last authorization request, so
// that a bare visit of the redirect URI is a callback without its parameters. A
// redirect URI that is the root of a site is visited for other reasons, too.
func (w *world) firstVisit(i int) bool {
	f := &w.facts[i]
	if f.path == "/" || f.method != "GET" {
		return false
	}
	if d := f.x.Request.Headers.Get("Sec-Fetch-Dest"); d != "" && d != "document" {
		return false
	}
	for j := i - 1; j >= max(0, i-lookBack); j-- {
		switch {
		case w.step(j) == flows.StepCallback:
			return false
		case w.step(j) == flows.StepAuthorize:
			return w.reached[i] >= 0 && w.facts[w.reached[i]].host != f.host || w.reached[i] < 0
		}
	}
	return false
}

func (f *facts) callbackPath() bool {
	for _, s := range [...]string{"callback", "redirect", "signin-", "oauth", "oidc", "auth", "/cb", "return", "login", "connect"} {
		if strings.Contains(f.low, s) {
			return true
		}
	}
	return f.path == "/"
}
