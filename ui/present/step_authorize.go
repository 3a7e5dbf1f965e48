package present

import (
	"slices"
	"strings"
	"unicode/utf8"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/flows/redact"
)

func (b *builder) authorizePane() paneContent {
	c := paneContent{intro: "The URL that sends the user's browser to the provider, to sign in and to consent.",
		explained: b.authorizeLines, edits: []string{EditAuthorize}}
	switch done, failed := b.progress(railAuthorize); {
	case done || failed:
	case b.asksForURL() && b.s.Built() == nil:
		c.intro = "The provider is asked for the URL at which the user signs in and consents. Nothing has been sent yet."
	case b.asksForURL():
		c.intro += " The provider's call answered with it."
	default:
		c.intro += " Nothing has been sent yet."
	}
	if built := b.s.Built(); built != nil {
		c.url = built.URL
	}
	c.sent = b.s.Callback() != nil
	if x, _, ok := b.lastStep(flows.StepAuthorizeURL); ok {
		c.request, c.response, c.err = &x.Request, x.Response, x.Error
	} else if r, _, ok := b.s.Preview(flows.ActAuthorizeURL); ok {
		c.request = &r
	} else if c.url != "" {
		r := flows.Request{Method: "GET", URL: c.url, Headers: flows.Headers{}}
		c.request = &r
		c.raw = b.authorizeRaw
	}
	switch {
	case b.s.Built() == nil && b.asksForURL() && !b.s.Prepared():
		c.next = b.act("prepare the request for the authorization URL", flows.ActPrepare, -1)
	case b.s.Built() == nil && b.asksForURL():
		c.next = b.act("ask the provider for the URL", flows.ActAuthorizeURL, -1)
	case b.s.Built() == nil:
		c.next = b.act("build the authorization URL", flows.ActAuthorizeURL, -1)
	case b.s.Callback() != nil:
		c.next = b.toStep("on to the callback", railCallback)
	case b.start.Simulated && b.s.Deaf():
		c.next = b.act("start a fresh authorization request", flows.ActRestart, b.index(railAuthorize))
	case b.start.Simulated:
		c.next = b.act("consent and go on", flows.ActApprove, b.index(railCallback))
	case b.s.Browser() != nil:
		c.next = b.toStep("on to the callback", railCallback)
	default:
		c.next = b.toBrowser(b.index(railCallback))
	}
	return c
}

func (b *builder) authorizeLines() List {
	built := b.s.Built()
	if built == nil {
		return append(b.urlCallLines(), b.notes(flows.StepAuthorizeURL)...)
	}
	out := List{b.urlLine(built.URL)}
	params := built.Params
	if b.asksForURL() { // the provider built the URL: its own parameters count
		if _, query, ok := strings.Cut(built.URL, "?"); ok {
			params, _ = protocol.DecodeForm(query)
		}
	}
	out = append(out, b.paramRows(params)...)
	out = append(append(out, gap()), b.listenLines()...)
	if x, failure, ok := b.lastStep(flows.StepAuthorize); ok && failure != nil && x.Response != nil {
		out = append(out, gap(), Line{Kind: Text, Spans: []Span{T("✗ The provider answered with an error page instead of sending the user back.", Danger)}})
		out = append(out, b.failureLines(failure, x)...)
	}
	return append(out, b.notes(flows.StepAuthorizeURL)...)
}

// asksForURL tells that a call of the provider answers with the authorization URL.
func (b *builder) asksForURL() bool {
	return b.start.Provider.Dialect.AuthorizeDelivery == flows.DeliverURLFromAPI
}

// urlCallLines stand where there is no authorization URL yet: the call that answers with
// it, as it will be sent, or as it was sent in vain.
func (b *builder) urlCallLines() List {
	var out List
	r, _, ok := b.s.Preview(flows.ActAuthorizeURL)
	x, _, sent := b.lastStep(flows.StepAuthorizeURL)
	switch {
	case sent:
		r = x.Request
		out = append(append(out, b.answerLines(x)...), gap(), heading("What was sent"))
	case ok:
		out = List{heading("What will be sent, byte for byte")}
	default:
		return List{remark("Not built yet: enter builds it from the client and the profile.")}
	}
	out[len(out)-1].Outgoing = ok
	base, query, _ := strings.Cut(r.URL, "?")
	params, _ := protocol.DecodeForm(query)
	url := b.urlRow(r.Method, r.URL, "")
	url.Spans = []Span{{Text: base, Tone: Link}} // what stands behind it are the rows below
	out = append(append(out, url), b.paramRows(params)...)
	out = append(append(out, gap()), b.listenLines()...)
	out = append(out, gap(), heading("Headers"))
	for _, h := range r.Headers {
		out = append(out, b.headerRow(h))
	}
	return out
}

// listenLines say where the callback is waited for, and why there.
func (b *builder) listenLines() List {
	listening := "Listening"
	if b.s.Callback() != nil {
		listening = "Listened"
	}
	switch {
	case b.s.ListenFailure() != nil:
		out := List{{Kind: Text, Spans: []Span{T("▲ "+b.s.ListenFailure().Message, Warn)}}}
		if b.s.Browser() == nil && b.s.Callback() == nil && b.s.Built() != nil {
			out = append(out, remark("Enter tries it again. o opens the browser all the same, and p takes the pasted callback."))
		}
		return out
	case b.s.Listener() != nil:
		out := List{{Kind: Text, Spans: []Span{T("✓ ", OK), T(listening+" for the callback at "+strings.Join(b.s.Listener().Addresses, " and ")+".", Muted)}}}
		if note := b.s.Listener().Note; note != "" {
			out = append(out, remark(note))
		}
		return out
	}
	return List{remark("No listener: " + b.whyNoListener() + "."), remark("p takes a pasted callback, when the browser shows it.")}
}

// urlLine shows where the URL leads; copied, linked and opened it is whole.
func (b *builder) urlLine(u string) Line {
	l := Line{Kind: Code, Spans: []Span{{Text: baseOf(u), Tone: Link, Link: u}}, Copy: b.copyOf("the URL", u)}
	if !l.Copy.Secret.IsZero() {
		l.Spans[0].Link = ""
	}
	return l
}

func baseOf(u string) string {
	base, _, _ := strings.Cut(u, "?")
	return base
}

// paramRows is the table of parameters; what the user switched off stands there too.
func (b *builder) paramRows(params []flows.Param) List {
	var out List
	edits, sent := b.s.Settings().AuthorizeEdits, b.s.Callback() != nil
	for _, p := range params {
		out = append(out, b.paramRow("authorize", EditAuthorize, p, edits))
	}
	return inPlace(append(out, b.editRows("authorize", EditAuthorize, params, edits, sent)...), func() []string {
		var names []string
		for _, p := range b.s.SwitchedOn().AuthorizeParams() {
			names = append(names, p.Name)
		}
		return names
	})
}

// inPlace moves the rows of what is switched off from the end of a table to where they would
// stand; order has the names of the table with everything switched on.
func inPlace(rows List, order func() []string) List {
	var on, off List
	for _, l := range rows {
		if l.Off {
			off = append(off, l)
		} else {
			on = append(on, l)
		}
	}
	if len(off) == 0 {
		return rows
	}
	names := order()
	at := func(l Line) int {
		if i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, rowName(l)) }); i >= 0 {
			return i
		}
		return len(names)
	}
	slices.SortStableFunc(off, func(x, y Line) int { return at(x) - at(y) })
	for _, l := range off {
		on = slices.Insert(on, placeOf(on, l, at), l)
	}
	return on
}

// placeOf is the index behind the last row that stands before l, or that is l as it was sent.
func placeOf(rows List, l Line, at func(Line) int) int {
	place := -1
	for i, have := range rows {
		name := rowName(have)
		if name == "" || !have.Off && have.Note == fromTheNextOn {
			continue
		}
		if at(have) < at(l) || strings.EqualFold(name, rowName(l)) {
			place = i + 1
		}
	}
	if place < 0 { // it is the first one
		place = max(0, slices.IndexFunc(rows, func(have Line) bool { return rowName(have) != "" }))
	}
	return place
}

// rowName is the name of the parameter, member or header in a row; empty: it has none.
func rowName(l Line) string {
	if l.Edit != nil {
		return l.Edit.Name
	}
	return l.Label
}

// editRows are the edits that are not seen in the parameters shown: what was switched off
// and, where the request was sent before, what counts from the next one on.
func (b *builder) editRows(context, target string, shown []flows.Param, edits []flows.ParamEdit, sent bool) List {
	var out List
	for _, e := range inForce(edits) {
		there := slices.ContainsFunc(shown, func(p flows.Param) bool {
			return p.Name == e.Name && (e.Op == flows.EditRemove || p.Value == e.Value)
		})
		l := Line{Kind: Row, Label: e.Name, Changed: true, Explain: param(context, e.Name), Edit: &Edit{Target: target, Name: e.Name}}
		switch removed := e.Op == flows.EditRemove; {
		case removed:
			l.Spans, l.Off, l.Absent = []Span{T("switched off", Muted)}, true, true
			if there && sent {
				l.Note = fromTheNextOn
			}
		case there || !sent:
			continue
		default:
			l.Spans, l.Note, l.Edit = b.masked(e.Value, Muted), fromTheNextOn, b.editOf(target, e.Name, e.Value)
		}
		out = append(out, l)
	}
	return out
}

const fromTheNextOn = "from the next request on"

func (b *builder) paramRow(context, target string, p flows.Param, edits []flows.ParamEdit) Line {
	l := b.row(p.Name, p.Value, short(context, p.Name))
	l.Explain = param(context, p.Name)
	if target != "" {
		l.Edit = b.editOf(target, p.Name, p.Value)
	}
	b.hideShort(&l, p)
	for _, e := range edits {
		if e.Name == p.Name && e.Op != flows.EditRemove && e.Value == p.Value {
			l.Changed = true
		}
	}
	switch p.Name {
	case "state", "nonce":
		l.Note = countChars(p.Value) + ", " + l.Note
	case "response_type":
		l.Note = askedFor(p.Value)
	}
	return l
}

// askedFor says which answer a response_type asks for (OAuth 2.0 Multiple Response Type
// Encoding Practices section 3).
func askedFor(responseType string) string {
	var what []string
	for _, v := range strings.Fields(responseType) {
		word := map[string]string{"code": "a code", "token": "a token", "id_token": "an ID token"}[v]
		if word == "" {
			return "what is to come back"
		}
		what = append(what, word)
	}
	if len(what) == 0 {
		return "what is to come back"
	}
	return "asks for " + strings.Join(what, " and ")
}

// hideShort masks a secret that is too short to be found wherever it recurs: beside its name
// it is one all the same.
func (b *builder) hideShort(l *Line, p flows.Param) {
	name, secret := redact.SecretName(p.Name)
	if !secret || p.Value == "" || flows.IsMask(p.Value) || len(b.mask.Leaks([]byte(p.Value))) > 0 {
		return
	}
	hidden := flows.NewSecret(b.start.Fingerprints, name, p.Value)
	l.Spans, l.Copy = []Span{{Text: hidden.String(), Tone: SecretTone, Secret: hidden}}, Copy{What: p.Name, Secret: hidden}
	if l.Edit != nil {
		l.Edit.Value, l.Edit.Hidden = "", true
	}
}

// editOf is the editor of a value; one that has a secret in it is typed anew, without
// echo.
func (b *builder) editOf(target, name, value string) *Edit {
	if len(b.mask.Leaks([]byte(value))) > 0 {
		return &Edit{Target: target, Name: name, Hidden: true}
	}
	return &Edit{Target: target, Name: name, Value: value}
}

func countChars(s string) string {
	n := utf8.RuneCountInString(s)
	if n == 1 {
		return "1 char"
	}
	return itoa(n) + " chars"
}

func (b *builder) authorizeRaw() List {
	u := b.s.Built().URL
	out := List{{Kind: Code, Spans: b.masked(u, Link), Copy: b.copyOf("the URL", u)}}
	if x, _, ok := b.lastStep(flows.StepAuthorize); ok && x.Response != nil {
		out = append(out, gap(), heading("The provider's answer"))
		out = append(out, b.responseRaw(*x.Response)...)
	}
	return out
}
