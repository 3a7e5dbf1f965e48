package present

import (
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/flows/session"
)

func (b *builder) callbackPane() paneContent {
	c := paneContent{intro: "The provider sends the browser back to the redirect URI, with a code to be exchanged for the token. Only an answer with the state of this flow counts.", explained: b.callbackLines}
	if cb := b.s.Callback(); cb != nil {
		c.request = &cb.Arrived.Request
	} else if n := len(b.s.Hits()); n > 0 {
		c.request = &b.s.Hits()[n-1].Request
	}
	if built := b.s.Built(); built != nil && b.s.Callback() == nil { // to be opened again
		c.url = built.URL
	}
	switch cb := b.s.Callback(); {
	case b.s.Built() == nil:
		c.next = b.toStep("first the authorization URL", railAuthorize)
	case cb == nil && (b.s.Spent() || b.start.Simulated && b.s.Deaf()):
		c.next = b.act("start a fresh authorization request", flows.ActRestart, b.index(railAuthorize))
	case cb == nil && b.start.Simulated:
		c.next = b.act("consent and go on", flows.ActApprove, -1)
	case cb == nil && b.s.Browser() == nil:
		c.next = b.toBrowser(-1)
	case cb == nil && b.refused():
		c.next = Next{Label: "wait for the browser", To: -1, Why: "what came was refused, and the genuine callback is still waited for; ctrl+r starts a fresh authorization request"}
	case cb == nil:
		c.next = Next{Label: "wait for the browser", To: -1, Why: "waiting for the browser; paste the callback with p, or open the URL again with o"}
	case cb.Reading.Error != nil:
		c.next = b.act("start a fresh authorization request", flows.ActRestart, b.index(railAuthorize))
	default:
		c.next = b.toStep("on to the exchange", railExchange)
	}
	return c
}

// toBrowser is the Next that opens the browser, once the callback can arrive: where the
// redirect URI could not be listened at, that is tried again first. Whoever wants to paste the
// callback opens the URL in spite of that, see [Offer.Doubt].
func (b *builder) toBrowser(to int) Next {
	if b.s.ListenFailure() != nil {
		return b.act("try to listen for the callback again", flows.ActListen, -1)
	}
	return b.act("open in the browser and wait", flows.ActOpenBrowser, to)
}

// doubt is the question whether the browser is to be opened although nobody here hears the
// callback; empty: it is heard, or it is pasted anyway.
func (b *builder) doubt(a flows.Action) string {
	f := b.s.ListenFailure()
	if a != flows.ActOpenBrowser || f == nil || b.s.Callback() != nil {
		return ""
	}
	return "The callback cannot arrive here (" + f.Message + "). Open the browser all the same, and paste the callback?"
}

// refused tells that the last hit was an answer that cannot be accepted.
func (b *builder) refused() bool {
	_, refused := b.s.Refused()
	return refused
}

func (b *builder) callbackLines() List {
	out := b.listenerLines()
	cb := b.s.Callback()
	if hit, refused := b.s.Refused(); refused {
		out = append(out, gap(), Line{Kind: Text, Spans: []Span{T("✗ refused: ", Danger), T(hit.Why, Plain)}})
		reading := protocol.ReadCallback(hit.Request, nil)
		rows := b.callbackRows(reading)
		for i, l := range rows {
			if l.Label == "code" {
				rows[i].Note = "not used, since the answer is refused"
			}
		}
		out = append(out, rows...)
		if b.s.Waiting() && !b.s.Spent() {
			out = append(out, remark("It changed nothing: the genuine callback is still waited for. ctrl+r starts a fresh authorization request."))
		}
	}
	if cb != nil {
		out = append(out, gap())
		if _, played := b.s.Result(flows.StepAuthorize); played && b.start.Simulated {
			out = append(out, b.played(cb.Reading.Error)...)
		}
		out = append(out, b.verdictLine(cb.Arrived))
		out = append(out, b.callbackRows(cb.Reading)...)
		if f := cb.Reading.Error; f != nil {
			out = append(out, gap(), Line{Kind: Text, Spans: append([]Span{T("✗ "+f.Code+"  ", Danger)}, b.masked(f.Description, Plain)...), Explain: ExplainRef{Kind: "error", Name: f.Code}})
		}
		for _, m := range cb.Arrived.Mended {
			out = append(out, Line{Kind: Text, Spans: []Span{T("· mended: ", Changed), T(m, Muted)}})
		}
	}
	return append(append(out, b.hitLines()...), b.notes(flows.StepCallback)...)
}

// played says what the simulated user did. One who was sent back with another error than a
// refusal was never asked.
func (b *builder) played(e *protocol.Failure) List {
	switch {
	case e == nil:
		return List{remark("The simulator played the user: signed in, agreed, and was sent back here.")}
	case e.Code == "access_denied":
		return List{remark("The simulator played the user: signed in, declined, and was sent back here.")}
	}
	return nil
}

func (b *builder) listenerLines() List {
	var out List
	switch {
	case b.s.ListenFailure() != nil:
		out = append(out, Line{Kind: Text, Spans: []Span{T("▲ "+b.s.ListenFailure().Message, Warn)}})
	case b.s.Listener() != nil:
		l := b.s.Listener()
		label := "listening at"
		if b.s.Callback() != nil {
			label = "listened at"
		}
		out = append(out, b.row(label, strings.Join(l.Addresses, "  "), ""), Line{Kind: Row, Label: "redirect URI", Spans: []Span{T(l.RedirectURI, Plain)}, Copy: Copy{What: "redirect URI", Text: l.RedirectURI}, Explain: param("authorize", "redirect_uri")})
		if l.Note != "" {
			out = append(out, remark(l.Note))
		}
	case b.s.Built() != nil:
		out = append(out, remark("No listener: "+b.whyNoListener()+"."))
	default:
		out = append(out, remark("Nothing is awaited yet: first comes the authorization URL."))
	}
	if o := b.s.Browser(); o != nil && o.Problem != "" && b.s.Callback() == nil {
		out = append(out, Line{Kind: Text, Spans: []Span{T("▲ The browser could not be opened: "+o.Problem+".", Warn)}})
	}
	if b.s.Callback() == nil && b.s.Built() != nil {
		out = append(out, remark("p takes a pasted callback: the whole URL, or its part behind '?', however it was wrapped."))
	}
	if b.s.TimedOut() {
		out = append(out, Line{Kind: Text, Spans: []Span{T("▲ Nobody came back in time. The paste box is still open: p.", Warn)}})
	}
	return out
}

// whyNoListener says why nothing waits for the callback on this machine.
func (b *builder) whyNoListener() string {
	switch {
	case !session.IsLoopback(b.s.Settings().RedirectURI):
		return "the redirect URI is not on this machine"
	case b.s.PasteOnly():
		return "the callback is to be pasted"
	}
	return "it was closed when the wait was cancelled; o opens the browser and listens again"
}

func (b *builder) verdictLine(c flows.CallbackArrived) Line {
	mark, tone := "✓ ", OK
	if c.Verdict != flows.CallbackAccepted {
		mark, tone = "✗ ", Danger
	}
	via := map[flows.CallbackVia]string{flows.ViaListener: "by the listener", flows.ViaPaste: "pasted", flows.ViaBody: "in the body of the authorization endpoint's answer"}[c.Via]
	return Line{Kind: Text, Spans: []Span{T(mark+string(c.Verdict), tone), T("  "+via+": "+c.Why, Muted)}}
}

func (b *builder) callbackRows(r protocol.Callback) List {
	var out List
	for _, p := range r.Params {
		l := b.paramRow("callback", "", p, nil)
		if p.Name == "state" {
			l.Note = b.stateNote(p.Value)
		}
		if p.Name == "iss" {
			l.Note = b.issNote(p.Value)
		}
		out = append(out, l)
	}
	for _, problem := range r.Problems {
		out = append(out, Line{Kind: Text, Spans: []Span{T("▲ "+problem, Warn)}})
	}
	return out
}

func (b *builder) stateNote(got string) string {
	if want := b.s.Expectation().State.RevealSecret(); want != "" && got == want {
		return "✓ equal to the one sent"
	}
	return "✗ not the one that was sent"
}

func (b *builder) issNote(got string) string {
	switch want := b.s.Environment().Endpoints.Issuer; {
	case want == "":
		return "no issuer is known to compare it with"
	case got == want:
		return "✓ the server that was asked"
	}
	return "✗ another server than the one that was asked"
}

// hitLines lists everything else that reached the redirect URI.
func (b *builder) hitLines() List {
	var out List
	for i, h := range b.s.Hits() {
		if i == len(b.s.Hits())-1 && b.refused() {
			continue // it stands above
		}
		if cb := b.s.Callback(); cb != nil && h.Request.URL == cb.Arrived.Request.URL && h.Verdict == cb.Arrived.Verdict {
			continue
		}
		out = append(out, Line{Kind: Text, Spans: append([]Span{T("· "+string(h.Verdict)+"  ", Muted)}, append(b.masked(h.Request.Method+" "+h.Request.Target(), Plain), T("  "+h.Why, Muted))...)})
	}
	if len(out) == 0 {
		return nil
	}
	return append(List{gap(), heading("Also came by")}, out...)
}
