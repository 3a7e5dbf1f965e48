package diagnose

import (
	"fmt"
	"strings"

	"oauthlens/flows"
)

// codeRelation tells how the posted code relates to the received one.
type codeRelation struct {
	code string // "equal", "code-plus-lost", "form-body-not-encoded", "code-altered", "other"
	how  string
}

// sameCode: the posted code is the received one after some accident.
func sameCode(got, sent *param) bool {
	r := relateCode(got, sent)
	return r.code != "other"
}

func relateCode(got, sent *param) codeRelation {
	g, s := got.Value, sent.Value
	rawPlus := percentDecode(got.Raw) // + kept
	switch {
	case strings.Contains(got.Raw, "+") && strings.Contains(s, " ") && !got.JSON && g == s:
		return plusRelation(got, sent)
	case g == s:
		return codeRelation{code: "equal"}
	case strings.Contains(got.Raw, "+") && s == rawPlus:
		return codeRelation{code: "equal"} // mended by the client
	case strings.Contains(s, " ") && strings.ReplaceAll(s, " ", "+") == g || strings.Contains(s, " ") && strings.ReplaceAll(s, " ", "+") == rawPlus:
		return plusRelation(got, sent)
	case percentDecode(s) == g || hasEscape(s) && (strings.EqualFold(s, got.Raw) || strings.EqualFold(s, encodeComponent(g))):
		return codeRelation{"code-altered", "it is still percent-encoded"}
	case len(s) >= 6 && strings.HasPrefix(g, s):
		return cutCode(g, s, sent)
	case len(g) >= 6 && strings.HasPrefix(s, g):
		return codeRelation{"code-altered", "it has a suffix of " + fmt.Sprint(len(s)-len(g)) + " characters, beginning with " + suffixKind(s[len(g):])}
	case len(s) >= 6 && strings.HasSuffix(g, s):
		return codeRelation{"code-altered", "its beginning is missing"}
	case len(s) > 6 && strings.EqualFold(s, g):
		return codeRelation{"code-altered", "the case of its letters was changed"}
	case strings.TrimSpace(s) == g || strings.Trim(s, `"'`) == g:
		return codeRelation{"code-altered", "something was put around it"}
	}
	if strings.HasPrefix(s, got.Raw) && len(got.Raw) > 6 {
		return codeRelation{"code-altered", "it is still percent-encoded and has a suffix"}
	}
	return codeRelation{code: "other"}
}

// plusRelation: who lost the plus sign.
func plusRelation(got, sent *param) codeRelation {
	if strings.Contains(got.Raw, "+") {
		return codeRelation{"code-plus-lost", "the callback has a raw plus sign, the posted code a blank"}
	}
	if strings.Contains(sent.Raw, "+") && !sent.JSON {
		return codeRelation{"form-body-not-encoded", "the callback encodes the plus sign as %2B, the posted form has it raw, which means a blank"}
	}
	return codeRelation{"code-plus-lost", "the callback's plus sign became a blank"}
}

// cutCode: a code that ends early in a form was cut by a raw & or ; there.
func cutCode(g, s string, sent *param) codeRelation {
	if !sent.JSON && sent.Where == "request body" && (g[len(s)] == '&' || g[len(s)] == ';' || g[len(s)] == '#') {
		return codeRelation{"form-body-not-encoded", "the form ends the code at a raw " + string(g[len(s)])}
	}
	return codeRelation{"code-altered", fmt.Sprintf("it was cut: %d of %d characters were posted", len(s), len(g))}
}

func suffixKind(s string) string {
	switch {
	case strings.HasPrefix(s, "#_=_") || strings.HasPrefix(s, "#_"):
		return "#_=_"
	case strings.HasPrefix(s, "&state"):
		return "&state="
	case s[0] == '#' || s[0] == '&' || s[0] == '?' || s[0] == '/' || s[0] == ' ' || s[0] == '%' || s[0] == '"' || s[0] == '\n':
		return show(s[:1])
	}
	return "other characters"
}

// sentCode is the comparison for one exchange.
func (c *Case) sentCode(m *message) (got, sent *param, b *callback, rel codeRelation) {
	sent = m.arg("code")
	b = c.backOf(m)
	if sent == nil || b == nil {
		return nil, sent, b, codeRelation{}
	}
	got = b.code()
	if got == nil {
		got = b.fragment.arg("code")
	}
	if got == nil {
		return nil, sent, b, codeRelation{}
	}
	return got, sent, b, relateCode(got, sent)
}

// refused: the exchange failed in a way that a wrong code explains.
func refusedGrant(m *message) bool {
	t := m.failed
	return t != nil && t.layer != layerTransport && (t.canon == "invalid_grant" || t.canon == "invalid_request" || t.canon == "" || t.canon == "invalid_token")
}

func checkPlusLost(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		if m.grant != "authorization_code" || !refusedGrant(m) {
			continue
		}
		got, sent, b, rel := c.sentCode(m)
		switch {
		case rel.code == "code-plus-lost":
			h := hit(m, flows.Certain, "the code received at "+step(b.step())+" and the one posted at "+step(m)+" differ: "+rel.how)
			out = append(out, h.marking(markParam(m, sent, "a blank stands for +"), markParam(b.holder(got), got, "raw +")))
		case got == nil && sent != nil && strings.Contains(strings.Trim(sent.Value, " "), " ") && (sent.JSON || !strings.Contains(sent.Raw, "+")):
			out = append(out, hit(m, flows.Likely, "the code posted at "+step(m)+" contains a blank; codes never do").marking(markParam(m, sent, "a blank inside")))
		}
	}
	return out
}

func checkCodeAltered(c *Case) []Hit {
	var out []Hit
	for _, m := range c.calls {
		if m.grant != "authorization_code" || !refusedGrant(m) {
			continue
		}
		got, sent, b, rel := c.sentCode(m)
		switch {
		case rel.code == "code-altered":
			h := hit(m, flows.Certain, "the code posted at "+step(m)+" is not the one received at "+step(b.step())+": "+rel.how,
				fmt.Sprintf("received: %d characters, posted: %d", len(got.Value), len(sent.Value)))
			out = append(out, h.marking(markParam(m, sent, rel.how), markParam(b.holder(got), got, "as received")))
		case rel.code == "other" && !c.codeFromElsewhere(sent.Value):
			h := hit(m, flows.Likely, "the code posted at "+step(m)+" is not the one received at "+step(b.step())+", nor any other recorded one",
				"received: "+kinds(got.Value), "posted: "+kinds(sent.Value))
			out = append(out, h.marking(markParam(m, sent, "another code")))
		case got == nil && sent != nil:
			if how := oddCode(sent.Value); how != "" {
				out = append(out, hit(m, flows.Likely, "the code posted at "+step(m)+" "+how).marking(markParam(m, sent, how)))
			}
		}
	}
	return out
}

// oddCode: signs of an accident in a code whose callback is not recorded.
func oddCode(code string) string {
	low := strings.ToLower(code)
	switch {
	case saysAny(low, "%2f|%2b|%3d|%3a|%7c"):
		return "is still percent-encoded"
	case strings.Contains(low, "#"):
		return "contains a #"
	case strings.Contains(low, "&state=") || strings.Contains(low, "&"):
		return "contains a &"
	case strings.HasPrefix(low, "code="):
		return "begins with its own name"
	}
	return ""
}

// codeFromElsewhere: the code belongs to another callback of the trace.
func (c *Case) codeFromElsewhere(code string) bool {
	for _, b := range c.backs {
		if p := b.code(); p != nil && p.Value == code {
			return true
		}
	}
	return false
}
