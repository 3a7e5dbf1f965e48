package redact

import (
	"slices"
	"strings"

	"oauthlens/flows"
)

// URL masks an absolute URL.
func (m *Masker) URL(s string) string { return m.String(s) }

// Headers returns a masked copy.
func (m *Masker) Headers(h flows.Headers) flows.Headers {
	out := make(flows.Headers, len(h))
	for i, f := range h {
		out[i] = flows.Header{Name: f.Name, Value: m.String(f.Value)}
	}
	return out
}

// Request returns a masked copy. Its Content-Length stays what it was on the wire.
func (m *Masker) Request(r flows.Request) flows.Request {
	r.URL = m.String(r.URL)
	r.Headers = m.Headers(r.Headers)
	r.Body = m.Bytes(r.Body)
	return r
}

// Exchange returns a masked copy.
func (m *Masker) Exchange(x flows.Exchange) flows.Exchange {
	return m.exchange(x, m.Request, m.Headers)
}

func (m *Masker) exchange(x flows.Exchange, request func(flows.Request) flows.Request, headers func(flows.Headers) flows.Headers) flows.Exchange {
	x.Request = request(x.Request)
	if x.Response != nil {
		r := *x.Response
		r.Headers = headers(r.Headers)
		r.Body = m.Bytes(r.Body)
		r.StatusText = m.String(r.StatusText)
		r.Problem = m.String(r.Problem)
		x.Response = &r
	}
	if x.Error != nil {
		e := *x.Error
		e.Message = m.String(e.Message)
		x.Error = &e
	}
	x.Comment = m.String(x.Comment)
	return x
}

// Words masks a sentence of a finding, unless the finding's sentences are this program's
// own: a code that happens to be a word of them is no secret there.
func (m *Masker) Words(f flows.Finding, s flows.Sentence) string {
	if f.Own {
		return s.Text
	}
	return m.String(s.Text)
}

// Event returns a copy in which every secret is a mask, for a store without a key.
func (m *Masker) Event(event flows.Event) flows.Event {
	switch e := event.(type) {
	case flows.RunStarted:
		return m.started(event)
	case flows.Imported:
		e.Tokens = slices.Clone(e.Tokens)
		for i, t := range e.Tokens {
			e.Tokens[i] = flows.NewSecret(m.key, "token", m.value("token", t.RevealSecret()))
		}
		return e
	case flows.Changed:
		e.Change = m.change(e.Change)
		return e
	case flows.Drawn:
		e.Verifier = flows.NewSecret(m.key, "code_verifier", m.String(e.Verifier.RevealSecret()))
		return e
	case flows.AuthorizationBuilt:
		e.URL = m.storedURL(e.URL)
		e.Params = slices.Clone(e.Params)
		for i, p := range e.Params {
			e.Params[i].Value = m.value(p.Name, p.Value)
		}
		return e
	case flows.ListenerOpened:
		e.RedirectURI = m.storedURL(e.RedirectURI)
		return e
	case flows.ListenerFailed:
		e.Message = m.String(e.Message)
		return e
	case flows.BrowserOpened:
		e.URL, e.Problem = m.storedURL(e.URL), m.String(e.Problem)
		return e
	case flows.CallbackArrived:
		e.Request = m.storedRequest(e.Request)
		e.Why = m.String(e.Why)
		return e
	case flows.ExchangeStarted:
		e.Request = m.storedRequest(e.Request)
		return e
	case flows.ExchangeFinished:
		e.Exchange = m.exchange(e.Exchange, m.storedRequest, m.storedHeaders)
		return e
	case flows.Noted:
		e.Text = m.String(e.Text)
		return e
	case flows.RunEnded:
		e.Why = m.String(e.Why)
		return e
	}
	return event
}

func (m *Masker) started(event flows.Event) flows.Event {
	e := event.(flows.RunStarted)
	e.Credentials = flows.Credentials{}
	m.settings(&e.Settings)
	for _, name := range flows.EndpointNames() {
		endpoint := e.Environment.Endpoints.Named(name)
		*endpoint = m.storedURL(*endpoint)
	}
	return e
}

// storedURL masks a URL or a form that is parsed again when the run is replayed: the
// number sign of a mask would begin a fragment.
func (m *Masker) storedURL(s string) string {
	var b strings.Builder
	for _, p := range m.Split(s) {
		if !p.Secret.IsZero() {
			p.Text = strings.ReplaceAll(p.Text, "#", "%23")
		}
		b.WriteString(p.Text)
	}
	return b.String()
}

// Shown is a text of a run that was kept without its secrets as it is read: its masks as
// masks are written.
func Shown(s string) string { return shown(s) }

// shown undoes storedURL for the eye: the number sign of a mask stands as such again.
func shown(s string) string {
	const stored, mask = " chars, %23", " chars, #"
	if !strings.Contains(s, stored) {
		return s
	}
	pieces := strings.Split(s, stored)
	for i, piece := range pieces[1:] {
		join := stored
		if len(piece) > 8 && piece[8] == ')' && strings.Trim(piece[:8], "0123456789abcdef") == "" {
			join = mask
		}
		pieces[i+1] = join + piece
	}
	return strings.Join(pieces, "")
}

// storedHeaders are masked headers in which URLs can still be parsed.
func (m *Masker) storedHeaders(h flows.Headers) flows.Headers {
	out := make(flows.Headers, len(h))
	for i, f := range h {
		mask := m.String
		if strings.EqualFold(f.Name, "Location") || strings.EqualFold(f.Name, "Referer") || strings.EqualFold(f.Name, "Refresh") {
			mask = m.storedURL
		}
		out[i] = flows.Header{Name: f.Name, Value: mask(f.Value)}
	}
	return out
}

func (m *Masker) storedRequest(r flows.Request) flows.Request {
	r.URL, r.Headers = m.storedURL(r.URL), m.storedHeaders(r.Headers)
	if body := strings.TrimSpace(string(r.Body)); strings.Contains(body, "=") && body[0] != '{' && body[0] != '[' {
		r.Body = []byte(m.storedURL(string(r.Body)))
	} else {
		r.Body = m.Bytes(r.Body)
	}
	return r
}

// settings masks in place; the lists are others then.
func (m *Masker) settings(s *flows.Settings) {
	s.AuthorizeEdits, s.TokenEdits, s.HeaderEdits = m.edits(s.AuthorizeEdits), m.edits(s.TokenEdits), m.edits(s.HeaderEdits)
	s.ClientID, s.RedirectURI, s.CallURL = m.storedURL(s.ClientID), m.storedURL(s.RedirectURI), m.storedURL(s.CallURL)
}

// change masks what was typed later as [Masker.settings] does what a run began with.
func (m *Masker) change(c flows.SettingsChange) flows.SettingsChange {
	c.ClientSecret = nil
	for _, edits := range []**[]flows.ParamEdit{&c.AuthorizeEdits, &c.TokenEdits, &c.HeaderEdits} {
		if *edits != nil {
			masked := m.edits(**edits)
			*edits = &masked
		}
	}
	for _, text := range []**string{&c.ClientID, &c.RedirectURI, &c.CallURL} {
		if *text != nil {
			masked := m.storedURL(**text)
			*text = &masked
		}
	}
	if c.Endpoint != nil {
		c.Endpoint = &flows.Param{Name: c.Endpoint.Name, Value: m.storedURL(c.Endpoint.Value)}
	}
	return c
}

func (m *Masker) edits(edits []flows.ParamEdit) []flows.ParamEdit {
	out := slices.Clone(edits)
	for i, e := range out {
		out[i].Value = m.value(e.Name, e.Value)
	}
	return out
}

// value masks what a name has beside it, also what is too short to be masked elsewhere.
func (m *Masker) value(name, value string) string {
	masked := m.String(value)
	if secret, ok := SecretName(name); ok && masked == value && value != "" && !flows.IsMask(value) {
		return m.key.Mask(secret, value)
	}
	return masked
}
