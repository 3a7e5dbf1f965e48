package present

import (
	"bytes"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/flows/session"
)

func (b *builder) callPane() paneContent {
	c := paneContent{intro: "One request to the API with the token: does it accept it?"}
	if b.start.Grant == flows.GrantBasic {
		c.intro = "One request to the API with the credentials themselves: there is no token here."
	}
	x, sent := b.exchangeContent(&c, flows.ActCall, flows.StepCall, flows.StepUserInfo, flows.StepIntrospect)
	c.explained = func() List {
		if !sent {
			if c.request == nil && b.s.Token() != nil && b.s.Settings().CallURL == "" && len(b.s.Calls()) == 0 {
				return append(append(b.callChoice(), remark("No call of "+b.start.Provider.Title+" is known here: any URL that takes the token will do.")), b.notes(flows.StepCall)...)
			}
			return append(b.callChoice(), b.sendLines(c, x, sent, flows.StepCall, flows.ActCall)...)
		}
		// the answer is what one looks for now: what else can be called comes after it
		out := append(b.answerLines(x), gap(), heading("What can be called"))
		out = append(out, b.callChoice()...)
		return append(append(out, b.requestSection(*c.request, true, flows.ActCall)...), b.notes(flows.StepCall)...)
	}
	switch _, called := b.calledSince(); {
	case called:
		c.next = b.toStep("on to what that proves", railRevoke)
	case !sent && b.s.Can(flows.ActCall) == "" || b.s.NeedsConfirmation():
		c.next = b.act("send the request", flows.ActCall, -1)
	case b.index(railRefresh) >= 0 && b.start.Grant != flows.GrantRefreshToken:
		c.next = b.toStep("on to the refresh", railRefresh)
	case b.index(railRevoke) >= 0:
		c.next = b.toStep("on to the revocation", railRevoke)
	case !sent:
		c.next = b.act("send the request", flows.ActCall, -1)
	case b.lastCall(c.request):
		c.next = b.done("")
	default:
		c.next = b.act("send the request again", flows.ActCall, -1)
	}
	return c
}

// lastCall tells that the API accepted the request that was sent, and that nothing was changed
// since: another call, or an edited one, would be a new request.
func (b *builder) lastCall(sent *flows.Request) bool {
	call, ok := b.s.Result(flows.StepCall)
	if !ok || !call.OK() {
		return false
	}
	again, _, can := b.s.Preview(flows.ActCall)
	return !can || b.s.Can(flows.ActCall) != "" || bytes.Equal(again.Bytes(), sent.Bytes())
}

// callChoice lists the ready-made calls, the chosen one marked.
func (b *builder) callChoice() List {
	s := b.s.Settings()
	out := List{}
	if s.CallURL != "" {
		l := b.urlRow("your URL", s.CallURL, "")
		l.Edit = &Edit{Target: EditCallURL, Value: s.CallURL}
		return append(out, l, gap())
	}
	for i, call := range b.s.Calls() {
		mark := "○ "
		if i == s.CallIndex {
			mark = "● "
		}
		out = append(out, Line{Kind: Row, Label: mark + call.Name, Spans: []Span{T(method(call)+" "+call.Path, Plain)}, Note: call.Note,
			Edit: &Edit{Target: EditCallIndex, Name: itoa(i), Value: call.Name, Toggle: true, On: i == s.CallIndex}})
	}
	own := Line{Kind: Row, Label: "○ your own URL", Spans: []Span{T("e types it", Muted)}, Edit: &Edit{Target: EditCallURL}}
	return append(out, own, gap())
}

func method(c flows.APICall) string {
	if c.Method == "" {
		return "GET"
	}
	return c.Method
}

func (b *builder) refreshPane() paneContent {
	c := paneContent{intro: "Exchanges the refresh token for a fresh access token, without asking the user again.", edits: []string{EditToken, EditHeader}}
	x, sent := b.exchangeContent(&c, flows.ActRefresh, flows.StepRefresh)
	last, _ := b.s.Result(flows.StepRefresh)
	failed := sent && !last.OK()
	c.explained = func() List {
		if failed { // the refusal is what one looks for, before what stood before it
			out := append(b.answerLines(x), gap())
			return append(append(append(out, b.refreshLines()...), b.requestSection(*c.request, sent, flows.ActRefresh)...), b.notes(flows.StepRefresh)...)
		}
		out := b.refreshLines()
		return append(out, b.sendLines(c, x, sent, flows.StepRefresh, flows.ActRefresh)...)
	}
	switch {
	case failed && b.afterRefusal(last.Failure).Why == "":
		c.next = b.afterRefusal(last.Failure)
	case b.start.Grant == flows.GrantRefreshToken && b.s.Token() != nil:
		c.next = b.toStep("on to the token", railToken)
	case sent || b.s.Can(flows.ActRefresh) != "" && b.s.Token() != nil && b.s.Token().RefreshToken.IsZero():
		c.next = b.toStep("on to the revocation", railRevoke)
	default:
		c.next = b.act("send the refresh", flows.ActRefresh, -1)
	}
	return c
}

// afterRefusal is what mends a refresh that failed.
func (b *builder) afterRefusal(f *protocol.Failure) Next {
	if b.start.Grant == flows.GrantAuthorizationCode && refreshIsOver(f) {
		return b.act("start a fresh authorization request", flows.ActRestart, b.index(railAuthorize))
	}
	return b.act("send the refresh again", flows.ActRefresh, -1)
}

// refreshIsOver tells that a refusal is about the refresh token itself, so that only the user
// can give another one (RFC 6749 section 5.2); some providers have the word in their text.
func refreshIsOver(f *protocol.Failure) bool {
	return f != nil && strings.Contains(f.Code+" "+f.Description, "invalid_grant")
}

// refreshLines say when to refresh and why, and compare before and after.
func (b *builder) refreshLines() List {
	var out List
	t := b.s.Token()
	switch {
	case t == nil:
		return nil
	case t.RefreshToken.IsZero() && b.start.Grant == flows.GrantAuthorizationCode && len(b.s.Tokens()) < 2:
		return List{remark("When the access token ends the user has to sign in again.")}
	}
	if !t.RefreshAt.IsZero() && !b.s.Revoked() {
		out = append(out, b.windowRow(*t, "refresh from"))
	}
	out = append(out, b.automaticRow())
	if issued := b.s.Tokens(); len(issued) > 1 {
		out = append(out, gap(), heading("Before and after"))
		out = append(out, b.beforeAfter(issued[len(issued)-2].Token, issued[len(issued)-1].Token)...)
		out = append(out, b.lineage()...)
	}
	return append(out, gap())
}

func (b *builder) beforeAfter(before, after flows.Token) List {
	cell := func(s string, t Tone) []Span { return []Span{T(s, t)} }
	refresh, tone := "replaced; the old one is spent", Changed
	switch {
	case after.RefreshTokenKept:
		refresh, tone = "kept: none came back", Plain
	case after.RefreshToken.IsZero():
		refresh, tone = "dropped", Danger
	case before.RefreshToken.RevealSecret() == after.RefreshToken.RevealSecret():
		refresh, tone = "the same one came back", Plain
	}
	print := func(s flows.Secret) string {
		if s.IsZero() {
			return "none"
		}
		return s.Fingerprint()
	}
	out := List{
		{Kind: Table, Cells: [][]Span{cell("", Label), cell("before", Label), cell("after", Label), cell("", Label)}},
		{Kind: Table, Cells: [][]Span{cell("access token", Label), cell(print(before.AccessToken), Plain), cell(print(after.AccessToken), Plain), cell("", Plain)}},
		{Kind: Table, Cells: [][]Span{cell("refresh token", Label), cell(print(before.RefreshToken), Plain), cell(print(after.RefreshToken), Plain), cell(refresh, tone)}},
		{Kind: Table, Cells: [][]Span{cell("expires", Label), cell(before.ExpiresAt.UTC().Format("15:04:05"), Plain), cell(after.ExpiresAt.UTC().Format("15:04:05"), Plain), cell("", Plain)}},
	}
	if before.HasScope || after.HasScope {
		out = append(out, Line{Kind: Table, Cells: [][]Span{cell("scope", Label), cell(words(before.Scope), Plain), cell(words(after.Scope), Plain), cell("", Plain)}})
	}
	return out
}

func (b *builder) revokePane() paneContent {
	c := paneContent{intro: "Gives the token back, so that nobody can use it any more."}
	x, sent := b.exchangeContent(&c, flows.ActRevoke, flows.StepRevoke)
	c.explained = func() List {
		out := b.sendLines(c, x, sent, flows.StepRevoke, flows.ActRevoke)
		switch {
		case b.s.Revoked():
			out = append(b.effect(), out...)
		case b.unrevokable():
			out = append(List{remark(b.s.Can(flows.ActRevoke) + ". The token cannot be given back: it works until its end, so nobody else may learn it.")}, b.notes(flows.StepRevoke)...)
		}
		return out
	}
	switch _, called := b.calledSince(); {
	case called:
		c.next = b.done("")
	case b.unrevokable():
		c.next = b.done(b.s.Can(flows.ActRevoke) + ": ")
	case b.s.Revoked() && b.s.Ended() == nil && b.s.Can(flows.ActCall) == "":
		c.next = b.act("call the API, to see whether it took effect", flows.ActCall, b.index(railCall))
	case sent && b.s.Ended() != nil && b.s.Can(flows.ActRevoke) != "": // kept without the token
		c.next = b.done("")
	case sent:
		c.next = b.act("send the revocation again", flows.ActRevoke, -1)
	default:
		c.next = b.act("send the revocation", flows.ActRevoke, -1)
	}
	return c
}

// unrevokable tells that there is a token and no place to revoke it at.
func (b *builder) unrevokable() bool {
	env := b.s.Environment()
	return b.s.Token() != nil && env.Endpoints.Revocation == "" && env.Name != flows.EnvCustom
}

// done is the end of the walk; why begins the sentence, if it is not that all was done.
func (b *builder) done(why string) Next {
	why += "the walk is done, and esc goes back to the catalogue"
	if b.s.Can(flows.ActRestart) == "" {
		why += "; ctrl+r starts again"
	}
	return Next{To: -1, Why: why}
}

// calledSince is the first answer of the API to a call that was sent after the revocation.
func (b *builder) calledSince() (session.Result, bool) {
	revoked, ok := b.s.Result(flows.StepRevoke)
	call, called := b.s.Result(flows.StepCall)
	return call, ok && called && b.s.Revoked() && call.Seq > revoked.Seq
}

// effect says what the revocation proved, and what it did not.
func (b *builder) effect() List {
	const local = "An API that checks a signed token by itself, without asking the provider, goes on accepting it until it expires (RFC 7009 section 3)."
	call, called := b.calledSince()
	switch {
	case !called:
		return List{remark("What the answer does not prove: that the token is refused from now on. " + local + " Call the API to see."), gap()}
	case !call.OK() && !b.s.RefusedAsRevoked():
		return List{remark("The call that came after failed for another reason: whether the token is refused is not known."), gap()}
	case call.OK():
		return List{{Kind: Text, Spans: []Span{T("▲ ", Warn), T("The API still accepts the access token: it answered "+itoa(call.Exchange.Response.Status)+". "+local, Plain)}}, gap()}
	}
	return List{{Kind: Text, Spans: []Span{T("✓ ", OK), T("It took effect: the API answers "+itoa(call.Exchange.Response.Status)+" to the access token now.", Plain)}}, gap()}
}
