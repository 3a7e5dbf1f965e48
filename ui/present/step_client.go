package present

import (
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/session"
)

func (b *builder) clientPane() paneContent {
	c := paneContent{intro: "Who is asking: the application as it is registered with the provider, and how it proves itself.", explained: b.clientLines}
	if len(b.s.Tries()) > 0 {
		c.raw = b.discoveryRaw
	}
	switch {
	case b.endpointsMissing():
		c.next = Next{Label: "go on", To: -1, Why: "which server is it? Type the issuer below with e, and its metadata is discovered; or type the endpoints"}
	case b.s.NeedsDiscovery() && b.s.Metadata() == nil:
		c.next = b.act("discover the endpoints", flows.ActDiscover, -1)
	case b.start.Grant == flows.GrantAuthorizationCode:
		switch {
		case b.s.Built() != nil || b.s.Prepared():
			c.next = b.toStep("on to the authorization URL", railAuthorize)
		case b.asksForURL(): // with a request that is to be seen before it is sent
			c.next = b.act("on to the authorization URL", flows.ActPrepare, b.index(railAuthorize))
		default:
			c.next = b.act("build the authorization URL", flows.ActAuthorizeURL, b.index(railAuthorize))
		}
	case b.start.Grant == flows.GrantClientCredentials:
		c.next = b.toStep("on to the exchange", railExchange)
	case b.start.Grant == flows.GrantRefreshToken:
		c.next = b.toStep("on to the refresh", railRefresh)
	default:
		c.next = b.toStep("on to the API call", railCall)
	}
	c.next.Missing = b.missing()
	return c
}

// missing is what of the client has to be typed first.
func (b *builder) missing() *Missing {
	s := b.s.Settings()
	switch {
	case b.endpointsMissing():
		return &Missing{Label: "type the issuer", Target: EditEndpoint, Name: "issuer"}
	case b.s.NeedsDiscovery() && b.s.Metadata() == nil:
		return nil // fetched first, since it says more than a person has to know
	case s.ClientID == "":
		return &Missing{Label: "type the client id", Target: EditClientID}
	case b.s.ClientSecret().IsZero() && s.AuthMethod != flows.AuthNone:
		return &Missing{Label: "type the client secret", Target: EditSecret}
	}
	return nil
}

// endpointsMissing tells that neither an issuer nor the endpoints of this grant are known.
func (b *builder) endpointsMissing() bool {
	e := b.s.Environment().Endpoints
	if e.Issuer != "" || b.start.Grant == flows.GrantBasic {
		return false
	}
	return e.Token == "" || b.start.Grant == flows.GrantAuthorizationCode && e.Authorization == "" && e.AuthorizeURL == ""
}

func (b *builder) clientLines() List {
	s, p := b.s.Settings(), b.start.Provider
	secret := Line{Kind: Row, Label: "client_secret", Spans: []Span{S(b.s.ClientSecret())}, Note: b.secretSource(), Path: "client_secret",
		Copy: Copy{What: "client_secret", Secret: b.s.ClientSecret()}, Explain: param("token", "client_secret"), Edit: &Edit{Target: EditSecret, Hidden: true}}
	if secret.Absent = b.s.ClientSecret().IsZero(); secret.Absent {
		secret.Spans, secret.Note = []Span{T("none", Warn)}, "e types it, without echo; it is never written in the clear"
		if s.AuthMethod == flows.AuthNone {
			secret.Spans, secret.Note = []Span{T("none, a public client", Plain)}, ""
		}
	}
	id := b.row("client_id", s.ClientID, short("authorize", "client_id"))
	id.Explain, id.Edit = param("authorize", "client_id"), &Edit{Target: EditClientID, Value: s.ClientID}
	if s.ClientID == "" {
		id.Absent, id.Spans, id.Note = true, []Span{T("none", Warn)}, "who is asking; e types it, or set OAUTHLENS_CLIENT_ID"
	}
	auth := b.row("authentication", string(s.AuthMethod), authMeaning(s.AuthMethod))
	auth.Explain = ExplainRef{Kind: "authentication", Name: string(s.AuthMethod)}
	auth.Edit = &Edit{Target: EditAuthMethod, Value: string(s.AuthMethod), Options: []string{string(flows.AuthPost), string(flows.AuthBasic), string(flows.AuthJSON), string(flows.AuthNone)}}
	auth.Changed = s.AuthMethod != p.Dialect.ClientAuth && p.Dialect.ClientAuth != ""
	out := List{id, secret, auth}
	if b.start.Grant == flows.GrantAuthorizationCode {
		out = append(out, b.redirectRow(), b.pkceRow())
	}
	out = append(out, b.scopeRows()...)
	out = append(out, b.endpointLines()...)
	if s.Fault != "" {
		if f, ok := flows.FaultByName(s.Fault); ok {
			out = append(out, gap(), Line{Kind: Row, Label: "planted fault", Spans: []Span{T(f.Name, Warn)}, Note: f.What, Edit: &Edit{Target: EditFault, Value: s.Fault, Options: faultNames()}})
		}
	}
	return append(out, b.notes("")...)
}

func faultNames() []string {
	out := []string{""}
	for _, f := range flows.Faults() {
		out = append(out, f.Name)
	}
	return out
}

func (b *builder) secretSource() string {
	if b.start.Simulated && b.s.Settings().ClientID == b.start.Settings.ClientID {
		return "works at this simulator only"
	}
	if from := b.s.Settings().SecretFrom; from != "" && !b.s.ClientSecret().IsZero() {
		return fromWhere(from) + "; never written in the clear"
	}
	return "never shown, never written in the clear"
}

func fromWhere(from string) string {
	if from == session.SecretTyped {
		return from
	}
	return "from " + from
}

func authMeaning(m flows.AuthMethod) string {
	switch m {
	case flows.AuthPost:
		return "credentials as parameters of the form body"
	case flows.AuthBasic:
		return "credentials in the Authorization header"
	case flows.AuthJSON:
		return "credentials as members of the JSON body"
	}
	return "no secret: a public client, which needs PKCE"
}

func (b *builder) redirectRow() Line {
	uri := b.s.Settings().RedirectURI
	l := b.row("redirect_uri", uri, "register this exact string with the provider")
	l.Explain, l.Edit = param("authorize", "redirect_uri"), &Edit{Target: EditRedirectURI, Value: uri}
	if b.start.Simulated {
		l.Note = "the simulator takes any on this machine; elsewhere it must be registered"
	}
	if !session.IsLoopback(uri) {
		l.Note = "lives elsewhere: paste the callback with p when the browser shows it"
	}
	return l
}

func (b *builder) pkceRow() Line {
	s, d := b.s.Settings(), b.start.Provider.Dialect
	note := "ties the exchange to this client"
	if s.PKCE == flows.PKCEOff {
		note = "off: a stolen code can be exchanged by anybody with the secret"
	}
	l := b.row("PKCE", string(s.PKCE), note)
	l.Explain = param("authorize", "code_challenge_method")
	l.Edit = &Edit{Target: EditPKCE, Value: string(s.PKCE), Options: []string{string(flows.PKCES256), string(flows.PKCEPlain), string(flows.PKCEOff)}}
	l.Changed = d.PKCEMethod != "" && s.PKCE != d.PKCEMethod
	return l
}

// scopeRows are the documented scopes to be ticked, then what the user added.
func (b *builder) scopeRows() List {
	if len(b.start.Provider.Scopes) == 0 && b.start.Grant != flows.GrantBasic {
		return b.freeScopes()
	}
	chosen := b.s.Settings().Scopes
	var out List
	documented := map[string]bool{}
	omitted := notSent(b.start.Provider, b.start.Grant)
	for _, sc := range b.start.Provider.Scopes {
		if len(sc.Grants) > 0 && !slices.Contains(sc.Grants, b.start.Grant) {
			continue
		}
		documented[sc.Name] = true
		out = append(out, b.scopeRow(sc.Name, scopeMeaning(sc, omitted), slices.Contains(chosen, sc.Name)))
	}
	for _, name := range chosen {
		if !documented[name] {
			out = append(out, b.scopeRow(name, scopeMeaning(flows.Scope{Meaning: "not in the provider's documentation"}, omitted), true))
		}
	}
	if len(out) == 0 {
		return nil
	}
	return append(List{gap(), heading("Scopes")}, out...)
}

// freeScopes are the scopes of a server that no profile describes: typed freely, or picked from
// those that its metadata names.
func (b *builder) freeScopes() List {
	chosen := b.s.Settings().Scopes
	typed := b.row("scope", words(chosen), "what access is asked for; e changes it")
	typed.Explain, typed.Edit = param("authorize", "scope"), &Edit{Target: EditScope, Value: words(chosen)}
	if len(chosen) == 0 {
		typed.Absent, typed.Spans, typed.Note = true, []Span{T("none", Muted)}, "e types it; without it the server decides"
	}
	out := List{gap(), heading("Scopes"), typed}
	m := b.s.Metadata()
	if m == nil {
		return out
	}
	for _, name := range m.Scopes {
		meaning := short("scope", name)
		if meaning == "" {
			meaning = "the server knows it"
		}
		out = append(out, b.scopeRow(name, meaning, slices.Contains(chosen, name)))
	}
	return out
}

// scopeMeaning is what a scope gives, and in brackets what is special about it.
func scopeMeaning(sc flows.Scope, special string) string {
	var words []string
	for _, w := range []struct {
		is   bool
		word string
	}{{sc.Legacy, "legacy"}, {sc.Required, "required"}, {special != "", special}} {
		if w.is {
			words = append(words, w.word)
		}
	}
	if len(words) == 0 {
		return sc.Meaning
	}
	return sc.Meaning + " (" + strings.Join(words, ", ") + ")"
}

// notSent is said of scopes that the request of the grant does not name, although they count
// as asked for; empty: it does.
func notSent(p flows.Provider, g flows.Grant) string {
	if slices.Contains(p.Dialect.OmitScope, g) {
		return "not sent"
	}
	return ""
}

func (b *builder) scopeRow(name, meaning string, on bool) Line {
	box := "[ ] "
	if on {
		box = "[x] "
	}
	return Line{Kind: Row, Indent: 0, Label: box + name, Note: meaning, Path: name, Copy: Copy{What: "scope", Text: name}, Explain: param("authorize", "scope"),
		Edit: &Edit{Target: EditScope, Name: name, Toggle: true, On: on}}
}

func (b *builder) endpointLines() List {
	e := b.s.Environment().Endpoints
	out := List{gap(), heading("Endpoints")}
	own := b.s.Environment().Name == flows.EnvCustom
	for _, r := range []struct{ label, name, member string }{
		{"issuer", "issuer", "issuer"}, {"URL call", "", ""}, {"authorization", "authorization", "authorization_endpoint"}, {"token", "token", "token_endpoint"},
		{"revocation", "revocation", "revocation_endpoint"}, {"introspection", "introspection", "introspection_endpoint"}, {"userinfo", "userinfo", "userinfo_endpoint"},
		{"JWKS", "jwks", "jwks_uri"}, {"API", "api", ""},
	} {
		value := e.AuthorizeURL
		if r.name != "" {
			value = *e.Named(r.name)
		}
		l := b.urlRow(r.label, value, "")
		if r.member != "" {
			l = explained(l, "metadata", r.member)
		}
		switch {
		case own && r.name != "":
			l.Edit = &Edit{Target: EditEndpoint, Name: r.name, Value: value}
			if value == "" {
				l.Absent, l.Spans, l.Note = true, []Span{T("not given", Muted)}, "e types it"
			}
		case value == "":
			continue
		}
		out = append(out, l)
	}
	if a, t := flows.HostOf(e.Authorization), flows.HostOf(e.Token); a != "" && t != "" && a != t {
		text := "The authorization endpoint and the token endpoint are on different hosts; for this provider that is right."
		if own {
			text = "The authorization endpoint and the token endpoint are on different hosts, as with some providers; see that both are this one's."
		}
		out = append(out, remark(text))
	}
	for i, try := range b.s.Tries() {
		if i == 0 {
			out = append(out, gap(), heading("Discovery"))
		}
		out = append(out, b.tryLine(try))
	}
	if r, _, ok := b.s.Preview(flows.ActDiscover); ok && b.shows(flows.ActDiscover) {
		head := heading("What will be sent")
		head.Outgoing = true
		out = append(out, gap(), head, b.urlRow(r.Method, r.URL, "asks the issuer where its endpoints are, without the client's secret"))
	}
	if m := b.s.Metadata(); m != nil {
		for _, d := range m.Problems {
			out = append(out, Line{Kind: Text, Spans: []Span{T("▲ "+d.Text, Warn), T("  "+d.Spec, Muted)}})
		}
	}
	return out
}

func (b *builder) tryLine(t session.Try) Line {
	if t.Failure == nil {
		return Line{Kind: Text, Spans: []Span{T("✓ ", OK), {Text: t.URL, Tone: Link, Link: t.URL}}}
	}
	why := t.Failure.Description
	if t.Exchange.Error != nil {
		why = t.Exchange.Error.Message
	}
	return Line{Kind: Text, Spans: []Span{T("✗ ", Danger), T(t.URL+"  ", Plain), T(why, Muted)}}
}

func (b *builder) discoveryRaw() List {
	var out List
	for _, t := range b.s.Tries() {
		out = append(out, b.requestRaw(t.Exchange.Request)...)
		if t.Exchange.Response != nil {
			out = append(out, gap())
			out = append(out, b.responseRaw(*t.Exchange.Response)...)
		}
		out = append(out, gap())
	}
	return out
}

// GoodToKnow begins the heading of what a profile notes at a step.
const GoodToKnow = "Good to know about "

// notes are the profile's notes for a step; the empty step stands for the provider.
func (b *builder) notes(step flows.StepKind) List {
	var out List
	for _, n := range b.start.Provider.Notes {
		if n.Step == step {
			out = append(out, noteLine(n.Text))
		}
	}
	if step == "" {
		for _, n := range b.s.Environment().Notes {
			out = append(out, noteLine(n.Text))
		}
	}
	if len(out) == 0 {
		return nil
	}
	return append(List{gap(), heading(GoodToKnow + b.start.Provider.Title)}, out...)
}

func noteLine(text string) Line {
	return Line{Kind: Text, Spans: []Span{T("· ", Accent), T(text, Muted)}}
}

func words(list []string) string { return strings.Join(list, " ") }
