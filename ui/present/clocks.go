package present

import (
	"fmt"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

// clockRows are the three clocks, and when to refresh and why.
func (b *builder) clockRows(t flows.Token) List {
	var out List
	counted := t.ReceivedAt.Add(t.ExpiresIn)
	stated := t.HasExpiry && t.Sources["expires_in"] != protocol.ExpOfToken
	if stated {
		note := "counted from its receipt here"
		if t.ExpiresIn <= 0 {
			note = "taken at its word, the token was over when it came"
		}
		out = append(out, explained(b.row("expires_in", b.ends(counted), note), "field", "expires_in"))
	}
	if !t.TokenExp.IsZero() {
		out = append(out, b.expRow(t, counted, stated))
	}
	if !t.HasExpiry {
		out = append(out, remark("Nothing says when the access token ends: the answer has no expires_in, and the token no exp that can be read. Use it until the API refuses it."))
	}
	if d, ok := b.s.Clock(); ok {
		row := b.row("server clock", stamp(b.now().Add(d)), offset(d))
		if _, back := b.s.SetBack(b.now()); back {
			row = b.row("server clock", "unknown", "the local clock was set back since the token came")
		}
		out = append(out, explained(row, "header", "Date"))
	}
	if !t.RefreshAt.IsZero() {
		label := "refresh from"
		if t.RefreshToken.IsZero() {
			label = "renew from"
		}
		out = append(out, b.windowRow(t, label))
	}
	if !t.RefreshExpiresAt.IsZero() {
		out = append(out, explained(b.row("refresh token", b.ends(t.RefreshExpiresAt), b.refreshLifeNote(t)), "field", "refresh_token"))
	}
	return out
}

// expRow is the token's own end. It was written by the server's clock, so where that is known
// to be off, how far away it is counts by that clock.
func (b *builder) expRow(t flows.Token, counted time.Time, stated bool) Line {
	here := t.TokenExp.Add(-t.ServerAhead)
	note := "the token's own claim"
	switch d := here.Sub(counted); {
	case !stated:
		note += "; the answer has no expires_in, so it alone counts"
	case d < -time.Minute:
		note += ", " + Coarse(d.Abs().Round(time.Minute)) + " before expires_in: the earlier one counts"
	case d > time.Minute:
		note += ", " + Coarse(d.Round(time.Minute)) + " after expires_in: the earlier one counts"
	}
	if t.ServerAhead.Abs() >= flows.ClockStep {
		note += "; by the server's clock, which is " + here.UTC().Format("15:04:05") + " on the local one"
	}
	return explained(b.row("exp", stamp(t.TokenExp)+"  "+b.left(here), note), "claim", "exp")
}

// windowRow is when the refresh window opens, and why then.
func (b *builder) windowRow(t flows.Token, label string) Line {
	why := "for a refresh and one retry"
	if t.RefreshToken.IsZero() {
		why = "to have another in time"
	}
	row := b.row(label, b.ends(t.RefreshAt), Coarse(t.ExpiresAt.Sub(t.RefreshAt).Round(time.Second))+" before the end, "+why)
	return explained(row, "clock", "refresh window")
}

// refreshLifeNote says where the end of the refresh token is known from.
func (b *builder) refreshLifeNote(t flows.Token) string {
	if from := t.Sources["refresh_expires_in"]; from != "" {
		return from + ", counted from its receipt"
	}
	note := "as documented"
	if text := b.start.Provider.Lifetimes.RefreshText; text != "" {
		note += ": " + text
	}
	return note
}

// setBack is why nothing is sent by itself by a clock that was set back.
const setBack = "the clock was set back since the token came, so it does not say when the window opens; r refreshes"

// automaticRow is whether the refresh is sent by itself, and when.
func (b *builder) automaticRow() Line {
	on := b.s.Settings().AutoRefresh
	text := "off"
	if at, why := b.s.Automatic(); on {
		text = "on: sent by itself " + b.far(at)
		switch _, back := b.s.SetBack(b.now()); {
		case why != "":
			text = "on, but nothing is sent: " + why
		case back:
			text = "on, but nothing is sent: " + setBack
		case !b.now().Before(at):
			text = "on: sent by itself now"
		}
	}
	row := Line{Kind: Row, Label: "automatic", Spans: []Span{T(text, Plain)}, Note: "t switches it on and off", Edit: &Edit{Target: EditAutoRefresh, Toggle: true, On: on}}
	return explained(row, "clock", "automatic refresh")
}

// automatic is said when the automatic refresh is switched on: what will be sent, and when.
func (b *builder) automatic() string {
	at, why := b.s.Automatic()
	if _, back := b.s.SetBack(b.now()); back && why == "" {
		why = setBack
	}
	if why != "" {
		return "automatic refresh is on, but nothing is sent: " + why
	}
	if !b.now().Before(at) {
		return "automatic refresh is on, and the refresh window is open: it is sent at once"
	}
	return "automatic refresh is on: this request is sent by itself at " + at.UTC().Format("15:04:05 UTC")
}

// refreshed is said when a refresh that was sent by itself is over; empty: none was sent.
func (b *builder) refreshed() string {
	const failed = "the automatic refresh failed, and is not repeated by itself: "
	r, ok := b.s.Result(flows.StepRefresh)
	t := b.s.Token()
	switch {
	case !ok:
		return ""
	case r.Exchange.Error != nil:
		return failed + b.mask.String(r.Exchange.Error.Message)
	case r.Failure != nil && r.Exchange.Response != nil:
		return failed + b.mask.String(fmt.Sprintf("%d, %s", r.Exchange.Response.Status, r.Failure.Code))
	case t == nil || !t.HasExpiry:
		return "refreshed by itself: a new token came"
	}
	return "refreshed by itself: the new token lives " + Coarse(t.ExpiresAt.Sub(t.ReceivedAt)) + ", until " + t.ExpiresAt.UTC().Format("15:04:05 UTC")
}

func explained(l Line, kind, name string) Line {
	l.Explain = ExplainRef{Kind: kind, Name: name}
	return l
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
