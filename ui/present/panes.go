package present

import (
	"cmp"
	"slices"

	"oauthlens/flows"
	"oauthlens/flows/session"
)

// paneContent is what one step shows on its tabs.
type paneContent struct {
	intro     string
	explained func() List
	// request is the exact request of this step: as sent, or as it would be sent now.
	request  *flows.Request
	response *flows.Response
	answered int // see Pane
	err      *flows.TransportError
	raw      func() List // when there is no request
	url      string
	edits    []string
	sent     bool // the request was sent: an edit is one of the next
	next     Next
}

// bigBody is the size over which an explained body is not made anew every second, its
// relative times standing still, and not while somebody waits for a key.
const bigBody = 64 << 10

// pane makes one step's pane. Contents are built when they are looked at.
func (b *builder) pane(key string, i int, views []FindingView) Pane {
	c := map[string]func() paneContent{
		railClient: b.clientPane, railAuthorize: b.authorizePane, railCallback: b.callbackPane, railExchange: b.exchangePane, railToken: b.tokenPane,
		railClaims: b.claimsPane, railCall: b.callPane, railRefresh: b.refreshPane, railRevoke: b.revokePane,
	}[key]()
	p := Pane{Title: railTitle(key), Intro: c.intro, Next: c.next, Edits: c.edits, Answered: c.answered, Sent: c.sent || c.response != nil && key != railAuthorize || c.err != nil}
	for n, v := range views {
		if v.Rail == i {
			p.Findings = append(p.Findings, n)
		}
	}
	slices.SortStableFunc(p.Findings, func(a, z int) int {
		return cmp.Compare(views[a].Finding.Severity.Rank(), views[z].Finding.Severity.Rank())
	})
	tab := func(name string, build func() List) Tab {
		return Tab{Name: name, Version: b.version + key, Timed: b.timed.Load, Build: func() Lines {
			b.timed.Store(false)
			return build().opened()
		}}
	}
	explained := tab("Explained", c.explained)
	if c.response != nil && len(c.response.Body) > bigBody {
		explained.Slow, explained.Timed, explained.Build = true, nil, func() Lines { return c.explained().opened() }
	}
	p.Tabs = append(p.Tabs, explained)
	raw := c.raw
	if raw == nil && c.request != nil {
		raw = func() List { return b.rawTab(c) }
	}
	if raw != nil {
		p.Tabs = append(p.Tabs, b.rawIn(tab("Raw", raw), c))
	}
	if c.request != nil {
		curl := func() Copy { return b.curl(*c.request) }
		p.Curl = curl
		p.Tabs = append(p.Tabs, tab("curl", func() List { return curlLines(curl().Text) }))
	}
	if c.response != nil {
		p.Response = func() Copy { return b.copyOf("the body as received", string(c.response.Body)) }
	}
	if c.url != "" {
		p.URL = Copy{What: "the URL", Text: c.url}
	}
	return p
}

// rawIn is the tab, slow if what is in it takes long to be masked: a body is read as a whole,
// since a secret in it may be as long as it is. Until then the rest is there.
func (b *builder) rawIn(tab Tab, c paneContent) Tab {
	if c.raw != nil || c.request == nil || len(c.request.Body) <= bigBody && (c.response == nil || len(c.response.Body) <= bigBody) {
		return tab
	}
	tab.Slow, tab.Timed, tab.Build = true, nil, func() Lines { return b.rawTab(c).opened() }
	tab.Meanwhile = func() Lines {
		soon := b.lean()
		soon.hasty = true
		return soon.rawTab(c).opened()
	}
	return tab
}

// rawTab is the request and the answer byte for byte.
func (b *builder) rawTab(c paneContent) List {
	out := b.requestRaw(*c.request)
	if c.response != nil {
		out = append(out, gap())
		out = append(out, b.responseRaw(*c.response)...)
	}
	if c.err != nil {
		out = append(out, gap(), Line{Kind: Text, Spans: append([]Span{T("✗ ", Danger)}, b.masked(c.err.Message, Danger)...)})
	}
	return out
}

// toStep is a Next that only shows another step.
func (b *builder) toStep(label, key string) Next {
	i := b.index(key)
	if i < 0 {
		return Next{To: -1}
	}
	return Next{Label: label, To: i}
}

// act is a Next that asks the session for something, with the reason why it cannot be
// done now and the question to be confirmed for production.
func (b *builder) act(label string, a flows.Action, to int) Next {
	n := Next{Label: label, Action: a, To: to, Why: b.s.Can(a), Confirm: b.confirm(a)}
	if n.Confirm != "" && n.Why == session.Unconfirmed {
		n.Why = ""
	}
	return n
}

func (b *builder) confirm(a flows.Action) string {
	if !b.s.NeedsConfirmation() || a == flows.ActCancel || a == flows.ActEnd || a == flows.ActRestart || a == flows.ActPrepare {
		return ""
	}
	if a == flows.ActAuthorizeURL && !b.asksForURL() {
		return ""
	}
	return "This sends to production of " + b.start.Provider.Title + ". Go on? You are asked once per run."
}

// offers are the actions of the palette.
func (b *builder) offers() []Offer {
	var out []Offer
	for _, o := range []struct {
		action flows.Action
		label  string
		rail   string
	}{
		{flows.ActDiscover, "discover the endpoints from the issuer", railClient},
		{flows.ActAuthorizeURL, "build the authorization URL", railAuthorize},
		{flows.ActOpenBrowser, "open the authorization URL in the browser", railCallback},
		{flows.ActApprove, "consent at the simulator without a browser", railCallback},
		{flows.ActRestart, "start a fresh authorization request", railAuthorize},
		{flows.ActExchange, "exchange for a token", railExchange},
		{flows.ActVerify, "fetch the keys and verify the signatures", railClaims},
		{flows.ActCall, "call the API with the token", railCall},
		{flows.ActUserInfo, "ask the userinfo endpoint", railCall},
		{flows.ActIntrospect, "introspect the access token", railCall},
		{flows.ActRefresh, "refresh the access token", railRefresh},
		{flows.ActRevoke, "revoke the token", railRevoke},
		{flows.ActCancel, "cancel what is under way", ""},
		{flows.ActEnd, "end the run", ""},
	} {
		if o.action == flows.ActAuthorizeURL && b.asksForURL() {
			o.label = "ask the provider for the authorization URL"
		}
		offer := Offer{Action: o.action, Label: o.label, Why: b.s.Can(o.action), To: b.index(o.rail), Sends: b.sends(o.action), Doubt: b.doubt(o.action)}
		if b.index(o.rail) < 0 && o.rail != "" && o.action != flows.ActRefresh {
			continue
		}
		if offer.Confirm = b.confirm(o.action); offer.Confirm != "" && offer.Why == session.Unconfirmed {
			offer.Why = ""
		}
		if r, _, ok := b.s.Preview(o.action); ok && offer.Sends && !b.shows(o.action) {
			offer.Request = func() Lines {
				return append(List{heading("What will be sent, byte for byte")}, b.requestLines(r, false, o.action)...).opened()
			}
		}
		out = append(out, offer)
	}
	return out
}

// sends tells that an action sends a request by itself.
func (b *builder) sends(a flows.Action) bool {
	switch a {
	case flows.ActAuthorizeURL:
		return b.s.Prepared()
	case flows.ActDiscover, flows.ActExchange, flows.ActVerify, flows.ActCall, flows.ActUserInfo, flows.ActIntrospect, flows.ActRefresh, flows.ActRevoke:
		return true
	}
	return false
}

// shows tells that the request of an action that sends stands in the pane of its step.
func (b *builder) shows(a flows.Action) bool {
	switch a {
	case flows.ActUserInfo, flows.ActIntrospect:
		return false
	case flows.ActDiscover:
		return b.s.NeedsDiscovery()
	case flows.ActVerify:
		return b.keysWanted()
	case flows.ActRefresh:
		return b.index(railRefresh) >= 0
	}
	return true
}

// exchangeContent fills the request and the answer of a step that sends: what was sent, or
// what would be sent now.
func (b *builder) exchangeContent(c *paneContent, a flows.Action, kinds ...flows.StepKind) (x flows.Exchange, sent bool) {
	if f, _ := b.s.InFlight(); f != nil {
		for _, k := range kinds {
			if f.Step == k {
				r := f.Request
				c.request = &r
				return x, false
			}
		}
	}
	if r, sent := b.s.Result(b.lastKind(kinds...)); sent {
		x = r.Exchange
		c.request, c.response, c.err, c.answered = &x.Request, x.Response, x.Error, r.Seq
		return x, true
	}
	if r, _, ok := b.s.Preview(a); ok {
		c.request = &r
	}
	return x, false
}
