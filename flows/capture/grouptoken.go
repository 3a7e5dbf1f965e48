package capture

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

func (g *grouper) placeExchange(i int) int {
	f := &g.facts[i]
	if n := g.byFollowed(i); n >= 0 {
		return n
	}
	grant := letters(f.all.get("grant_type"))
	if dc := f.all.get("device_code"); dc != "" {
		return g.find(func(x *group) bool { return x.deviceCode == dc })
	}
	if strings.Contains(grant, "devicecode") {
		return g.find(func(x *group) bool { return x.deviceCode != "" })
	}
	if f.all.has("code", "authCode", "auth_code") || grant == "authorizationcode" {
		return g.placeCode(i)
	}
	if subject := f.all.get("subject_token", "assertion"); subject != "" {
		if n, ok := g.tokens[subject]; ok {
			return n
		}
	}
	client := f.client()
	return g.find(func(x *group) bool {
		return x.authorizeURL == "" && x.tokenBase == f.base && x.client == client && x.grant == grant
	})
}

// find returns the latest group that fits, or a new one.
func (g *grouper) find(fits func(*group) bool) int {
	if n := g.latest(fits); n >= 0 {
		return n
	}
	return g.add()
}

func (g *grouper) latest(fits func(*group) bool) int {
	for n := len(g.groups) - 1; n >= max(0, len(g.groups)-lookBack); n-- {
		if g.groups[n].parent == n && fits(g.groups[n]) {
			return n
		}
	}
	return -1
}

// byFollowed gives the group of the request whose redirect led here.
func (g *grouper) byFollowed(i int) int {
	if j := g.reached[i]; j >= 0 && g.of[j] > 0 {
		return g.of[j] - 1
	}
	return -1
}

// placeCode places a code exchange: by the code, by the PKCE pair, then by client and
// by what waits for an exchange.
func (g *grouper) placeCode(i int) int {
	f := &g.facts[i]
	code := f.all.get("code", "authCode", "auth_code")
	if n, ok := g.codes[code]; ok && code != "" {
		return n
	}
	if n, ok := closest(g.codes, code); ok {
		return n
	}
	if v := f.all.get("code_verifier"); v != "" {
		sum := sha256.Sum256([]byte(v))
		s256 := base64.RawURLEncoding.EncodeToString(sum[:])
		if n := g.latest(func(x *group) bool { return x.challenge != "" && (x.challenge == s256 || x.challenge == v) }); n >= 0 {
			return n
		}
	}
	client := f.client()
	redirect := looseURI(f.all.get("redirect_uri"))
	for _, fits := range [...]func(*group) bool{
		func(x *group) bool { return x.client == client && x.callbacks > 0 && x.exchanges == 0 },
		func(x *group) bool { return x.redirect == redirect && x.callbacks > 0 && x.exchanges == 0 },
		func(x *group) bool { return x.callbacks > 0 && x.exchanges == 0 },
		func(x *group) bool { return client != "" && x.client == client && x.authorizeURL != "" },
		func(x *group) bool { return x.authorizeURL != "" && x.exchanges == 0 },
	} {
		if n := g.latest(fits); n >= 0 {
			return n
		}
	}
	return g.add()
}

func (f *facts) client() string {
	return firstOf(f.all.get("client_id", "appid", "client_key", "app_id", "app_key"), f.basicUser)
}

func (g *grouper) placeRefresh(i int) int {
	f := &g.facts[i]
	if n := g.byFollowed(i); n >= 0 {
		return n
	}
	if rt := f.all.get("refresh_token"); rt != "" {
		if n, ok := g.tokens[rt]; ok {
			return n
		}
	}
	client := f.client()
	for _, fits := range [...]func(*group) bool{
		func(x *group) bool { return x.hasToken && x.tokenBase == f.base && x.client == client },
		func(x *group) bool { return x.hasToken && x.tokenBase == f.base },
		func(x *group) bool { return client != "" && x.client == client },
		func(x *group) bool { return x.hasToken && x.hosts[f.host] },
	} {
		if n := g.latest(fits); n >= 0 {
			return n
		}
	}
	return g.add()
}

// placeUse places what is done with a token.
func (g *grouper) placeUse(i int) int {
	f := &g.facts[i]
	if n := g.byFollowed(i); n >= 0 {
		return n
	}
	for _, t := range [...]string{f.bearer, f.all.get("token", "access_token", "refresh_token", "id_token")} {
		if n, ok := g.tokens[t]; ok && t != "" {
			return n
		}
	}
	if t := f.bearer; len(t) >= 20 {
		if n, ok := closest(g.tokens, t); ok {
			return n
		}
	}
	for _, fits := range [...]func(*group) bool{
		func(x *group) bool { return x.calledHosts[f.host] },
		func(x *group) bool { return x.hasToken && x.hosts[f.host] },
		func(x *group) bool { return x.hasToken && g.related(x, f.host) },
		func(x *group) bool { return x.hosts[f.host] },
	} {
		if n := g.latest(fits); n >= 0 {
			return n
		}
	}
	return -1
}

// related tells hosts of one owner: the last two labels agree.
func (g *grouper) related(x *group, host string) bool {
	d := domain(host)
	for h := range x.hosts {
		if d != "" && domain(h) == d {
			return true
		}
	}
	return false
}

// domain is the last two labels of a host, the last three under a two-letter label
// such as co.uk.
func domain(host string) string {
	host, _, _ = strings.Cut(host, ":")
	labels := strings.Split(host, ".")
	n := 2
	if len(labels) >= 3 && len(labels[len(labels)-1]) == 2 && len(labels[len(labels)-2]) <= 3 {
		n = 3
	}
	if len(labels) < n {
		return host
	}
	return strings.Join(labels[len(labels)-n:], ".")
}
