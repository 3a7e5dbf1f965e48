package present

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/protocol"
	"oauthlens/flows/session"
)

func itoa(n int) string { return strconv.Itoa(n) }

func (b *builder) exchangePane() paneContent {
	c := paneContent{intro: "The code and the client's credentials go straight to the token endpoint, past the browser, and a token comes back.", edits: []string{EditToken, EditHeader}}
	if b.start.Grant == flows.GrantClientCredentials {
		c.intro = "The client's credentials go to the token endpoint, and a token comes back. No user takes part."
	}
	x, sent := b.exchangeContent(&c, flows.ActExchange, flows.StepExchange)
	c.explained = func() List { return b.sendLines(c, x, sent, flows.StepExchange, flows.ActExchange) }
	switch {
	case sent && b.s.Token() != nil:
		c.next = b.toStep("on to the token", railToken)
	case sent && b.start.Grant == flows.GrantAuthorizationCode:
		c.next = b.act("start a fresh authorization request", flows.ActRestart, b.index(railAuthorize))
	case sent:
		c.next = b.act("send the request again", flows.ActExchange, -1)
	default:
		c.next = b.act("send the request", flows.ActExchange, -1)
	}
	return c
}

// sendLines explain a request to the provider and, once it was sent, the answer.
func (b *builder) sendLines(c paneContent, x flows.Exchange, sent bool, step flows.StepKind, a flows.Action) List {
	if c.request == nil {
		return append(List{remark(sentence(b.s.Can(a)))}, b.notes(step)...)
	}
	var out List
	if sent {
		out = append(b.answerLines(x), gap())
	}
	return append(append(out, b.requestSection(*c.request, sent, a)...), b.notes(step)...)
}

// requestSection explains the request of a step: as it would be sent, or as it was sent and,
// where that is another one, as the next one would be: with a new refresh token, after an edit.
func (b *builder) requestSection(r flows.Request, sent bool, a flows.Action) List {
	var out List
	ready := b.s.Can(a) == "" || b.s.Can(a) == session.Unconfirmed
	again, _, can := b.s.Preview(a)
	another := sent && ready && can && !bytes.Equal(again.Bytes(), r.Bytes())
	if another {
		next := heading("What the next one sends, byte for byte")
		next.Outgoing = true
		out = append(append(append(out, next), b.requestLines(again, false, a)...), gap())
	}
	head := heading("What would be sent")
	under, _ := b.s.InFlight()
	switch {
	case !sent && under != nil && bytes.Equal(under.Request.Bytes(), r.Bytes()):
		head = heading("What is being sent")
	case sent:
		head = heading("What was sent")
	case ready:
		head = heading("What will be sent, byte for byte")
	}
	head.Outgoing = ready && !another
	lines := b.requestLines(r, sent, a)
	if another { // which has the later edits already
		lines = slices.DeleteFunc(lines, func(l Line) bool { return l.Note == fromTheNextOn })
	}
	return append(append(out, head), lines...)
}

// requestLines explain a request, each part with its editor; sent tells that it is under
// way or answered, so that an edit is one of the next. It is one that the action sends.
func (b *builder) requestLines(r flows.Request, sent bool, a flows.Action) List {
	url := b.urlRow(r.Method, r.URL, "")
	if r.Method != "GET" { // opened in a browser it would be another request
		for i := range url.Spans {
			url.Spans[i].Link = ""
		}
	}
	headers, body := b.requestHeaders(r), b.requestBody(r)
	for _, e := range inForce(b.s.Settings().HeaderEdits) {
		if e.Op == flows.EditRemove && !r.Headers.Has(e.Name) {
			headers = append(headers, Line{Kind: Row, Label: e.Name, Spans: []Span{T("switched off", Muted)}, Off: true, Absent: true, Changed: true,
				Edit: &Edit{Target: EditHeader, Name: e.Name}, Explain: ExplainRef{Kind: "header", Name: e.Name}})
		}
	}
	names := func(of func(flows.Request) List) func() []string {
		return func() []string {
			var names []string
			full, _, _ := b.s.SwitchedOn().Preview(a)
			for _, l := range of(full) {
				names = append(names, rowName(l))
			}
			return names
		}
	}
	out := append(List{url}, inPlace(headers, names(b.requestHeaders))...)
	if len(r.Body) == 0 {
		return out
	}
	body = append(body, b.editRows(b.parametersOf(r), EditToken, bodyParams(r, body), b.s.Settings().TokenEdits, sent)...)
	return append(append(out, gap(), heading("Body")), inPlace(body, names(b.requestBody))...)
}

// requestHeaders are the rows of the headers that a request has.
func (b *builder) requestHeaders(r flows.Request) List {
	var out List
	for _, h := range r.Headers {
		l := b.headerRow(h)
		l.Edit = b.editOf(EditHeader, h.Name, h.Value)
		l.Changed = slices.ContainsFunc(b.s.Settings().HeaderEdits, func(e flows.ParamEdit) bool {
			return e.Op != flows.EditRemove && strings.EqualFold(e.Name, h.Name) && e.Value == h.Value
		})
		if strings.EqualFold(h.Name, "Authorization") {
			l.Edit = nil // its value is a secret: it follows from the credentials
			if note := credentialNote(h.Value); note != "" {
				l.Note = note
			}
		}
		out = append(out, l)
	}
	return out
}

// requestBody are the rows of the parameters that the body of a request has.
func (b *builder) requestBody(r flows.Request) List {
	context := b.parametersOf(r)
	if !strings.Contains(r.Headers.Get("Content-Type"), "form-urlencoded") {
		return b.editable(named("parameter "+context, b.bodyExplained(r.Body)).all())
	}
	var out List
	params, _ := protocol.DecodeForm(string(r.Body))
	for _, p := range params {
		out = append(out, b.paramRow(context, EditToken, p, b.s.Settings().TokenEdits))
	}
	return out
}

// bodyParams are the parameters in the body of a request, or the members of its JSON.
func bodyParams(r flows.Request, rows List) []flows.Param {
	if strings.Contains(r.Headers.Get("Content-Type"), "form-urlencoded") {
		params, _ := protocol.DecodeForm(string(r.Body))
		return params
	}
	var params []flows.Param
	for _, l := range rows {
		if l.Edit != nil {
			params = append(params, flows.Param{Name: l.Edit.Name, Value: cmp.Or(l.Copy.Text, l.Copy.Secret.RevealSecret())})
		}
	}
	return params
}

// parametersOf is where the parameters of a request have their meanings.
func (b *builder) parametersOf(r flows.Request) string {
	if r.URL != "" && r.URL == b.s.Environment().Endpoints.Introspection {
		return "introspect"
	}
	return "token"
}

// editable gives the members of a JSON request the editors that form parameters have.
func (b *builder) editable(body List) List {
	for i, l := range body {
		if l.Indent != 1 || l.Copy.IsZero() || l.Explain.Name == "" {
			continue
		}
		body[i].Edit = &Edit{Target: EditToken, Name: l.Explain.Name, Value: l.Copy.Text, Hidden: !l.Copy.Secret.IsZero()}
		body[i].Changed = slices.ContainsFunc(b.s.Settings().TokenEdits, func(e flows.ParamEdit) bool { return e.Name == l.Explain.Name })
	}
	return body
}

func (b *builder) headerRow(h flows.Header) Line {
	l := b.row(h.Name, h.Value, short("header", h.Name))
	l.Explain, l.Path = ExplainRef{Kind: "header", Name: h.Name}, h.Name
	return l
}

// credentialNote says what an Authorization header holds, without the secret.
func credentialNote(value string) string {
	scheme, rest, _ := strings.Cut(value, " ")
	switch strings.ToLower(scheme) {
	case "bearer":
		return "carries the access token"
	case "basic":
	default:
		return ""
	}
	if flows.IsMask(rest) {
		return "Basic: client id and secret, not kept"
	}
	raw, err := base64.StdEncoding.DecodeString(rest)
	if err != nil {
		return "not valid base64"
	}
	id, secret, ok := strings.Cut(string(raw), ":")
	if !ok {
		return "no colon between id and secret"
	}
	return "base64 of " + id + ", a colon and a secret of " + plural(len([]rune(secret)), "character")
}

// answerLines explain what came back.
func (b *builder) answerLines(x flows.Exchange) List {
	var out List
	if x.Error != nil {
		out = append(out, Line{Kind: Text, Spans: append([]Span{T("✗ ", Danger)}, b.masked(x.Error.Message, Plain)...)})
	}
	if x.Response == nil {
		return append(out, b.timingLine(x)...)
	}
	r := *x.Response
	failure := b.failureOf(x)
	tone, mark := OK, "✓ "
	if failure != nil || x.Error != nil {
		tone, mark = Danger, "✗ "
	}
	status := Line{Kind: Text, Spans: append(b.masked(mark+itoa(r.Status)+" "+r.StatusText, tone), T(fmt.Sprintf("  %d bytes", r.BodyBytes), Muted))}
	out = append(out, explained(status, "status", itoa(r.Status)))
	if failure != nil {
		out = append(out, b.failureLines(failure, x)...)
	}
	out = append(out, b.timingLine(x)...)
	out = append(out, gap(), heading("Body as received"))
	out = append(out, b.bodyExplained(r.Body)...)
	if x.Step == flows.StepUserInfo || x.Step == flows.StepIntrospect {
		out = append(out, b.claimsWithin(r.Body)...)
	}
	if r.Problem != "" {
		out = append(out, Line{Kind: Text, Spans: []Span{T("▲ "+r.Problem, Warn)}})
	}
	out = append(out, gap(), heading("Headers as received"))
	for _, h := range r.Headers {
		l := b.headerRow(h)
		out = append(out, l)
	}
	return out
}

// claimsWithin are the claims of an answer that is a JWT (OpenID Connect Core 1.0 section
// 5.3.2, RFC 9701).
func (b *builder) claimsWithin(body []byte) List {
	j, err := jose.Decode(string(body))
	switch {
	case err != nil:
		return nil
	case j.Format == flows.FormatJWE:
		return List{remark("The answer is an encrypted JWT: only the holder of its key can read the claims.")}
	case j.ClaimsDoc == nil || j.ClaimsDoc.Root == nil:
		return nil
	}
	out := List{gap(), heading("Claims of the JWT, whose signature was not checked")}
	return append(out, named("claim", b.json(j.ClaimsDoc))...)
}

// failureOf is why the step failed, as the rail has it; or the refusal in an answer whose
// status is all that the step asks for.
func (b *builder) failureOf(x flows.Exchange) *protocol.Failure {
	if r, ok := b.s.Result(x.Step); ok && r.Failure != nil && r.Exchange.Response == x.Response {
		return r.Failure
	}
	if sendsOn(x.Step, x) {
		return nil
	}
	return protocol.ReadAnswer(x.Response).Failure(b.start.Provider.Dialect)
}

// sendsOn tells that an answer sends the browser on, as the authorization and the callback do
// when all is well: a redirect that carries no error (RFC 6749 sections 4.1.2 and 4.1.2.1).
func sendsOn(kind flows.StepKind, x flows.Exchange) bool {
	if kind != flows.StepAuthorize && kind != flows.StepCallback || x.Response == nil || x.Response.Status/100 != 3 {
		return false
	}
	for _, address := range []string{x.Request.URL, x.Response.Headers.Get("Location")} {
		u, err := url.Parse(address)
		if err != nil || u.Query().Has("error") {
			return false
		}
	}
	return true
}

func (b *builder) failureLines(f *protocol.Failure, x flows.Exchange) List {
	if f.Path == "" && f.Description != "" && x.Response != nil && x.Response.Status/100 == 2 {
		return List{b.row("why", f.Description, "")} // the code is ours, nobody sent it
	}
	l := Line{Kind: Row, Label: "error", Spans: b.masked(f.Code, Danger), Note: cmp.Or(short("error", f.Code), f.Path), Path: f.Path, Copy: Copy{What: "error", Text: f.Code}, Explain: ExplainRef{Kind: "error", Name: f.Code}}
	out := List{l}
	if f.Description != "" {
		out = append(out, b.row("description", f.Description, ""))
	}
	if f.URI != "" {
		out = append(out, b.urlRow("more", f.URI, ""))
	}
	if f.RequestID != "" {
		out = append(out, b.row("request id", f.RequestID, "for the provider's support"))
	}
	if x.Response != nil && x.Response.Status >= 200 && x.Response.Status < 300 && f.Code != "" {
		out = append(out, remark("The status is a success, but the body reports a failure: the body counts."))
	}
	return out
}

// timingLine shows the stages of the exchange, and the TLS that was agreed on.
func (b *builder) timingLine(x flows.Exchange) List {
	var out List
	if t := x.Timings; t != nil {
		var parts []string
		for _, s := range []struct {
			name string
			d    time.Duration
		}{{"DNS", t.DNS}, {"connect", t.Connect}, {"TLS", t.TLS}, {"first byte", t.Wait}, {"body", t.Receive}} {
			if s.d >= 0 {
				parts = append(parts, s.name+" "+millis(s.d))
			}
		}
		out = append(out, explained(b.row("timings", millis(x.Duration())+": "+strings.Join(parts, ", "), ""), "timing", "timings"))
	}
	if x.Comment != "" {
		out = append(out, remark("To this round trip: "+b.mask.String(x.Comment)+"."))
	}
	if x.TLS != nil {
		out = append(out, b.row("TLS", x.TLS.Version+"  "+x.TLS.Cipher, ""),
			b.row("certificate", x.TLS.Peer, "valid until "+x.TLS.NotAfter.UTC().Format("2006-01-02")))
	}
	if x.Response != nil {
		if at := protocol.ServerTime(b.start.Provider.Dialect, x.Response); !at.IsZero() {
			out = append(out, explained(b.row("server clock", at.UTC().Format("15:04:05 UTC"), offset(at.Add(500*time.Millisecond).Sub(x.Ended))), "header", "Date"))
		}
	}
	return out
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
