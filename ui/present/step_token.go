package present

import (
	"fmt"
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/protocol"
)

func (b *builder) tokenPane() paneContent {
	c := paneContent{intro: "The access token opens the API for as long as it lives. Here is each field of the answer in standard terms, with the raw path that it came from.", explained: b.tokenLines}
	if x, _, ok := b.lastStep(flows.StepExchange, flows.StepRefresh); ok && b.s.Token() != nil {
		c.request, c.response, c.err = &x.Request, x.Response, x.Error
		c.raw = func() List { return b.responseRaw(*x.Response) }
	}
	c.next = b.toStep("on to the claims", railClaims)
	if b.s.Token() == nil {
		c.next = b.toStep("first the exchange", railExchange)
		if b.start.Grant == flows.GrantRefreshToken {
			c.next = b.toStep("first the refresh", railRefresh)
		}
	}
	return c
}

func (b *builder) tokenLines() List {
	t := b.s.Token()
	if t == nil {
		return List{remark("No token yet.")}
	}
	field := func(name string, spans []Span, c Copy) Line {
		return Line{Kind: Row, Label: name, Spans: spans, Note: t.Sources[name], Path: t.Sources[name], Copy: c, Explain: ExplainRef{Kind: "field", Name: name}}
	}
	secret := func(name string, s flows.Secret) Line {
		return field(name, []Span{S(s)}, Copy{What: name, Secret: s})
	}
	plain := func(name, v string) Line { return field(name, b.masked(v, Plain), Copy{What: name, Text: v}) }
	access := secret("access_token", t.AccessToken)
	var out List
	if b.s.Damaged() {
		text := "▲ The answer is not whole: this is what could be read of it."
		if !b.s.Revoked() {
			text += " The token may be live; it can be revoked."
		}
		out = List{{Kind: Text, Spans: []Span{T(text, Warn)}}, gap()}
	}
	out = append(out, access, Line{Kind: Row, Spans: []Span{T(formatWord(*t), Muted)}, Explain: ExplainRef{Kind: "format", Name: string(t.Format)}}, plain("token_type", t.TokenType))
	if t.HasExpiry {
		seconds := fmt.Sprintf("%.0f", t.ExpiresIn.Seconds())
		text := seconds + " s"
		if life := Exactly(t.ExpiresIn); life != text && t.ExpiresIn > 0 {
			text += " = " + life
		}
		out = append(out, field("expires_in", []Span{T(text, Plain)}, Copy{What: "expires_in", Text: seconds}))
	}
	switch {
	case t.RefreshTokenKept:
		l := secret("refresh_token", t.RefreshToken)
		l.Note = "kept: the answer had none, so the old one stays"
		out = append(out, l)
	case !t.RefreshToken.IsZero():
		out = append(out, secret("refresh_token", t.RefreshToken))
	default:
		out = append(out, Line{Kind: Row, Label: "refresh_token", Spans: []Span{T("none", Muted)}, Absent: true, Note: b.noRefreshNote(), Explain: ExplainRef{Kind: "field", Name: "refresh_token"}})
	}
	if !t.IDToken.IsZero() {
		out = append(out, secret("id_token", t.IDToken))
	}
	out = append(out, gap(), heading("Scopes"))
	out = append(out, b.scopeCompare(*t)...)
	out = append(out, gap(), heading("Clocks"))
	out = append(out, b.clockRows(*t)...)
	if len(t.Deviations) > 0 {
		out = append(out, gap(), heading("Deviations from the specification, tolerated"))
		for _, d := range t.Deviations {
			out = append(out, Line{Kind: Text, Spans: []Span{T("▲ ", Warn), T(d.Text, Plain), T("  "+d.Spec, Muted)}})
		}
	}
	if tree := b.lineage(); len(tree) > 0 {
		out = append(out, tree...)
	}
	return append(out, b.notes("token")...)
}

func formatWord(t flows.Token) string {
	if flows.IsMask(t.AccessToken.RevealSecret()) {
		what := ""
		if t.Format != flows.FormatOpaque {
			what = "a " + strings.ToUpper(string(t.Format)) + ", "
		}
		return what + "not here: the run was kept without its secrets"
	}
	switch t.Format {
	case flows.FormatJWT:
		return "JWT: readable, see the claims"
	case flows.FormatJWE:
		return "JWE: encrypted, only its audience can read it"
	}
	return "opaque: only the provider knows what it means"
}

func (b *builder) noRefreshNote() string {
	d := b.start.Provider.Dialect
	switch {
	case b.start.Grant == flows.GrantClientCredentials:
		return "as it should be: ask again with the client's credentials"
	case d.OfflineScope != "" && !slices.Contains(b.s.Token().RequestedScope, d.OfflineScope):
		return d.OfflineScope + " was not asked for"
	}
	return "none came"
}

// scopeCompare lists requested against granted scopes as sets.
func (b *builder) scopeCompare(t flows.Token) List {
	if !t.HasScope && !b.requestSeen() {
		return List{remark("The answer has no scope, and what was asked for is not in what was pasted.")}
	}
	if !t.HasScope && len(t.RequestedScope) == 0 {
		return List{remark("None was asked for, and the answer names none.")}
	}
	if !t.HasScope {
		return List{remark("The answer has no scope: what was asked for counts as granted (RFC 6749 section 5.1)."), b.row("requested", words(t.RequestedScope), "")}
	}
	var out List
	granted := "asked for and granted"
	if slices.Contains(b.start.Provider.Dialect.OmitScope, b.start.Grant) {
		granted = "granted; this request names no scope"
	}
	scope := func(mark string, tone Tone, name, what string) {
		out = append(out, Line{Kind: Row, Label: mark + " " + name, Spans: []Span{T(what, tone)}, Copy: Copy{What: "scope", Text: name}, Explain: ExplainRef{Kind: "field", Name: "scope"}})
	}
	for _, s := range t.RequestedScope {
		if slices.Contains(t.Scope, s) {
			scope("✓", OK, s, granted)
			continue
		}
		scope("✗", Danger, s, "asked for, not granted")
	}
	unasked := "granted without being asked for"
	if !b.requestSeen() {
		unasked = "granted; what was asked for is not in what was pasted"
	}
	for _, s := range t.Scope {
		if !slices.Contains(t.RequestedScope, s) {
			scope("+", Changed, s, unasked)
		}
	}
	if len(out) == 0 {
		out = List{remark("None asked for, none granted.")}
	}
	return out
}

// requestSeen tells that a request of the trace can say which scopes were asked for; an answer
// that was pasted alone comes without one.
func (b *builder) requestSeen() bool {
	for _, r := range b.s.Trace().Records {
		switch e := r.Event.(type) {
		case flows.AuthorizationBuilt:
			return true
		case flows.ExchangeFinished:
			if e.Exchange.Request.Method != "" {
				return true
			}
		}
	}
	return false
}

func (b *builder) claimsPane() paneContent {
	c := paneContent{intro: "What the tokens say about themselves, and whether that can be believed.", explained: b.claimsLines}
	if b.s.Token() != nil {
		c.raw = b.claimsRaw
	}
	switch {
	case b.s.Token() == nil:
		c.next = b.toStep("first the token", railToken)
	case b.keysWanted():
		c.next = b.act("fetch the keys and verify the signatures", flows.ActVerify, -1)
	default:
		c.next = b.toStep("on to the API call", railCall)
	}
	return c
}

// keysWanted tells that a signature waits for keys which were not asked for yet.
func (b *builder) keysWanted() bool {
	return !b.s.HasKeys() && b.hasJWT() && b.s.Can(flows.ActVerify) == "" && !b.triedKeys()
}

func (b *builder) triedKeys() bool {
	_, ok := b.s.Result(flows.StepJWKS)
	return ok
}

func (b *builder) claimsLines() List {
	t := b.s.Token()
	if t == nil {
		return List{remark("No token yet.")}
	}
	var out List
	jwts := b.jwts()
	withheld := flows.IsMask(t.AccessToken.RevealSecret())
	if t.Format != flows.FormatJWT || withheld {
		out = append(out, Line{Kind: Text, Spans: []Span{T("The access token is "+formatWord(*t)+".", Plain)}})
		switch {
		case withheld:
			out = append(out, remark("Its claims and their verdicts were shown while it was there. With a key (oauthlens vault passphrase) tokens are kept, sealed."))
		case t.Format == flows.FormatOpaque:
			out = append(out, remark("There is nothing to decode; the provider's introspection endpoint, if there is one, can tell."))
		}
	}
	if b.keysWanted() {
		out = append(out, b.keysRequest()...)
	}
	for i, j := range jwts {
		if i > 0 || len(out) > 0 {
			out = append(out, gap())
		}
		name := map[string]string{jose.OfAccessToken: "Access token", jose.OfIDToken: "ID token"}[j.Of]
		out = append(out, heading(name+": verdicts"))
		for _, v := range j.Verdicts {
			out = append(out, b.verdict(v))
		}
		out = append(out, gap(), heading(name+": header"))
		out = append(out, b.claimRows(j.JWT.Header, "jose header")...)
		out = append(out, gap(), heading(name+": claims"))
		out = append(out, b.claimRows(j.JWT.Payload, "claim")...)
		for _, p := range j.JWT.Claims().Problems {
			out = append(out, Line{Kind: Text, Spans: []Span{T("▲ "+p.Text, Warn)}})
		}
	}
	for _, p := range b.s.KeyProblems() {
		out = append(out, Line{Kind: Text, Spans: []Span{T("▲ key set: "+p.Text, Warn)}})
	}
	if x, failure, ok := b.lastStep(flows.StepJWKS); ok && (failure != nil || x.Error != nil) {
		out = append(out, gap(), Line{Kind: Text, Spans: []Span{T("▲ The keys could not be fetched: the signatures stay unverified.", Warn)}})
		out = append(out, b.answerLines(x)...)
	}
	return append(out, b.notes("claims")...)
}

// keysRequest is where the keys are asked for, seen before it is sent.
func (b *builder) keysRequest() List {
	r, step, ok := b.s.Preview(flows.ActVerify)
	if !ok {
		return nil
	}
	note := "asks for the issuer's public keys, without the token"
	if step == flows.StepDiscovery {
		note = "asks where the issuer's public keys are, without the token"
	}
	head := heading("What will be sent")
	head.Outgoing = true
	return List{head, b.urlRow(r.Method, r.URL, note)}
}

func (b *builder) verdict(v jose.Verdict) Line {
	mark, tone := "✓ ", OK
	switch v.Result {
	case jose.Failed:
		mark, tone = "✗ ", Danger
	case jose.Skipped:
		mark, tone = "· ", Muted
	}
	return Line{Kind: Row, Label: mark + v.Check, Spans: []Span{T(string(v.Result), tone)}, Note: b.mask.String(v.Why), Explain: ExplainRef{Kind: "claim", Name: v.Check}}
}

// claimRows are the members of a header or payload, dates for humans beside the numbers.
func (b *builder) claimRows(raw []byte, kind string) List {
	a := protocol.ReadAnswer(&flows.Response{Body: raw})
	if a.Doc == nil || a.Doc.Root == nil {
		return b.bodyRaw(raw)
	}
	var out List
	for _, n := range a.Doc.Root.Children {
		text := strings.TrimSpace(string(raw[n.Start:n.End]))
		note, spans := short(kind, n.Name), b.masked(text, Plain)
		if date, far, ok := strings.Cut(b.dateNote(n), "  "); ok {
			spans = append(spans, T("  "+date, Muted))
			note = strings.TrimSuffix(far+" · "+note, " · ")
		}
		out = append(out, Line{Kind: Row, Label: n.Name, Spans: spans, Note: note, Path: n.Path(), Copy: b.copyOf(n.Name, n.Text), Explain: ExplainRef{Kind: kind, Name: n.Name}})
	}
	return out
}

func (b *builder) claimsRaw() List {
	var out List
	if r, _, ok := b.s.Preview(flows.ActVerify); ok && b.keysWanted() {
		out = append(append(append(out, heading("What will be sent, byte for byte")), b.requestRaw(r)...), gap())
	}
	for _, j := range b.jwts() {
		out = append(out, heading(strings.ReplaceAll(j.Of, "_", " ")), Line{Kind: Code, Spans: []Span{S(j.Token)}, Copy: Copy{What: j.Of, Secret: j.Token}}, gap())
		out = append(out, named("jose header", b.bodyExplained(j.JWT.Header))...)
		out = append(out, named("claim", b.bodyExplained(j.JWT.Payload))...)
		out = append(out, gap())
	}
	if len(out) == 0 {
		out = List{{Kind: Code, Spans: []Span{S(b.s.Token().AccessToken)}, Copy: Copy{What: "access_token", Secret: b.s.Token().AccessToken}}}
	}
	if x, _, ok := b.lastStep(flows.StepJWKS); ok {
		out = append(out, heading("Key set"))
		out = append(out, b.requestRaw(x.Request)...)
		if x.Response != nil {
			out = append(out, gap())
			out = append(out, b.responseRaw(*x.Response)...)
		}
	}
	return out
}
