package diagnose

import (
	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/flows/rawjson"
)

// readByProfile reads an answer of a live run by the names of its profile, where the
// names that many providers use found nothing: a profile may call a token anything.
func (c *Case) readByProfile(m *message) {
	if !c.isLive() || m.x.Response == nil {
		return
	}
	fields, a := c.live.Provider.Dialect.Fields, m.answer()
	if a.doc == nil || a.doc.Root == nil {
		return
	}
	switch m.kind {
	case flows.StepExchange, flows.StepRefresh, flows.StepRevoke, flows.StepIntrospect, flows.StepPAR, flows.StepDevice:
	default:
		return
	}
	if n := a.doc.First(fields.Error); a.fault == nil && n != nil && n.Text != "" && c.refused(m) {
		desc := ""
		if d := a.doc.First(fields.ErrorDescription); d != nil {
			desc = d.Text
		}
		a.fault = newFault(n.Text, desc, "", n)
	}
	if a.token != nil || a.fault != nil || !m.ok() || !c.mayIssue(m) {
		return
	}
	if n := a.doc.First(fields.AccessToken); n != nil && n.Kind == rawjson.String && n.Text != "" {
		c.issue(m, tokenSetByProfile(m, a.doc, fields, n))
	}
}

// refused tells that an answer is none of success. A damaged one with a token in it refuses
// nothing: the code that stands where errors do is then the one of success.
func (c *Case) refused(m *message) bool {
	if m.kind == flows.StepExchange || m.kind == flows.StepRefresh {
		return protocol.ReadToken(protocol.TokenContext{Dialect: c.live.Provider.Dialect, ReceivedAt: m.x.Ended}, m.x.Response).Token == nil
	}
	return !protocol.Succeeded(c.live.Provider.Dialect, flows.Step{Kind: m.kind, Exchange: *m.x})
}

func tokenSetByProfile(m *message, doc *rawjson.Document, fields flows.FieldPaths, access *rawjson.Node) *tokenSet {
	t := &tokenSet{from: m, jwts: map[string]*jwt{}, access: access.Text, accessNode: access, accessName: access.Name}
	text := func(paths []string) string {
		if n := doc.First(paths); n != nil && n.Kind == rawjson.String {
			return n.Text
		}
		return ""
	}
	t.refresh, t.tokenType = text(fields.RefreshToken), text(fields.TokenType)
	if n := doc.First(fields.IDToken); n != nil && n.Kind == rawjson.String {
		t.id, t.idNode = n.Text, n
	}
	if n := doc.First(fields.ExpiresIn); n != nil && n.Kind != rawjson.Null {
		t.expiry, t.expiryText, t.hasExpiry = n, n.Text, true
	}
	if n := doc.First(fields.Scope); n != nil {
		t.readScope(n)
	}
	return t
}

// issue notes the tokens of an answer, so that they are known where they are used.
func (c *Case) issue(m *message, t *tokenSet) {
	m.answer().token = t
	for _, v := range [...]string{t.access, t.refresh, t.id} {
		if len(v) >= 8 {
			c.issued[v] = t
		}
	}
}
