package diagnose

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"oauthlens/flows"
)

// s256 is the challenge of a verifier (RFC 7636 section 4.2).
func s256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// otherChallenge names the encoding by which the challenge does come from the verifier,
// though not the right one; empty if by none.
func otherChallenge(challenge, verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	hexed := hex.EncodeToString(sum[:])
	switch challenge {
	case base64.StdEncoding.EncodeToString(sum[:]):
		return "standard base64 with padding"
	case base64.URLEncoding.EncodeToString(sum[:]):
		return "base64url with padding"
	case base64.RawStdEncoding.EncodeToString(sum[:]):
		return "standard base64 instead of base64url"
	case hexed, strings.ToUpper(hexed):
		return "hexadecimal"
	case base64.RawURLEncoding.EncodeToString([]byte(hexed)), base64.StdEncoding.EncodeToString([]byte(hexed)):
		return "base64 of the hexadecimal hash"
	case base64.RawURLEncoding.EncodeToString([]byte(verifier)), base64.StdEncoding.EncodeToString([]byte(verifier)):
		return "base64 of the verifier itself, without the hash"
	case strings.ReplaceAll(base64.StdEncoding.EncodeToString(sum[:]), "+", " "):
		return "standard base64, whose + became a blank"
	}
	if raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(verifier, "=")); err == nil {
		inner := sha256.Sum256(raw)
		if challenge == base64.RawURLEncoding.EncodeToString(inner[:]) {
			return "the hash of the decoded verifier instead of its text"
		}
	}
	return ""
}

// challengeDefect tells what is wrong with the form of challenge and method.
func challengeDefect(challenge, method string, hasMethod bool) string {
	looksHashed := len(challenge) == 43 && isBase64URL(challenge)
	switch {
	case method != "" && method != "S256" && method != "plain":
		if strings.EqualFold(method, "S256") {
			return "code_challenge_method is written " + show(method) + "; it is case-sensitive"
		}
		return "code_challenge_method " + show(method) + " is no registered method"
	case len(challenge) == 64 && isHexText(challenge) && method != "plain":
		return "the challenge has 64 hexadecimal digits: the hash was not encoded as base64url"
	case strings.ContainsAny(challenge, "+/= ") && method != "plain":
		return "the challenge contains characters of standard base64 or padding (" + kinds(challenge) + ")"
	case method == "S256" && (len(challenge) != 43 || !isBase64URL(challenge)):
		return fmt.Sprintf("the challenge has %d characters; a SHA-256 hash in base64url has 43", len(challenge))
	case method == "plain" && looksHashed, !hasMethod && looksHashed:
		return "" // told apart only with the verifier
	}
	return ""
}

func isBase64URL(s string) bool {
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

func isHexText(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isHex(s[i]) {
			return false
		}
	}
	return s != ""
}

// verifierDefect: RFC 7636 section 4.1.
func verifierDefect(v string) string {
	switch {
	case len(v) < 43:
		return fmt.Sprintf("the verifier has %d characters, fewer than 43", len(v))
	case len(v) > 128:
		return fmt.Sprintf("the verifier has %d characters, more than 128", len(v))
	case strings.Trim(v, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") != "":
		for _, r := range v {
			if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", r) {
				return "the verifier contains characters that are not allowed (" + kinds(v) + ")"
			}
		}
	}
	return ""
}

// pkcePair is the challenge of an attempt beside the verifier of an exchange.
type pkcePair struct {
	a         *attempt
	x         *message
	challenge *param
	method    string
	hasMethod bool
	verifier  *param
	hash      string // S256 of the verifier; empty: the verifier was not kept
	defect    string // of form
	match     bool
}

// hashOf is S256 of the verifier of an exchange. Of a run that was stored without its
// secrets it was kept beside the mask: it is what a challenge makes public.
func (p *pkcePair) hashOf() string {
	if p.verifier == nil || p.verifier.Value == "" {
		return ""
	}
	if !flows.IsMask(p.verifier.Value) {
		return s256(p.verifier.Value)
	}
	if w := p.x.x.Withheld; w != nil {
		return w.Challenge
	}
	return ""
}

// pairs lines up challenge and verifier of every exchange whose request is recorded.
func (c *Case) pkcePairs() []pkcePair {
	var out []pkcePair
	for _, m := range c.calls {
		if m.grant != "authorization_code" {
			continue
		}
		a := c.attemptOf(m)
		if a == nil || a.opaque {
			continue
		}
		p := pkcePair{a: a, x: m, challenge: a.params.find("code_challenge"), verifier: m.args.find("code_verifier")}
		if q := a.params.find("code_challenge_method"); q != nil {
			p.method, p.hasMethod = q.Value, true
		}
		p.hash = p.hashOf()
		p.compare()
		out = append(out, p)
	}
	return out
}

func (p *pkcePair) compare() {
	if p.challenge == nil || p.verifier == nil || p.challenge.Value == "" || p.verifier.Value == "" {
		return
	}
	challenge, verifier := p.challenge.Value, p.verifier.Value
	switch {
	case p.method == "S256" && challenge == p.hash, p.method != "S256" && challenge == verifier:
		p.match = true
	case p.method != "S256" && challenge == p.hash:
		if p.hasMethod {
			p.defect = "the challenge is the S256 hash of the verifier, but code_challenge_method says " + show(p.method)
		} else {
			p.defect = "the challenge is the S256 hash of the verifier, but code_challenge_method is missing, which means plain"
		}
	case p.method == "S256" && challenge == verifier:
		p.defect = "the challenge is the verifier itself, but code_challenge_method says S256"
	case flows.IsMask(verifier):
		return // more of it is not known
	default:
		if enc := otherChallenge(challenge, verifier); enc != "" {
			p.defect = "the challenge comes from this verifier, but as " + enc
		}
	}
	if d := verifierDefect(verifier); p.defect == "" && d != "" && !flows.IsMask(verifier) {
		p.defect = d
	}
	if d := challengeDefect(challenge, p.method, p.hasMethod); p.defect == "" && !p.match && d != "" {
		p.defect = d
	}
}

func checkChallengeForm(c *Case) []Hit {
	var out []Hit
	done := map[*attempt]bool{}
	for _, p := range c.pkcePairs() {
		if p.defect == "" || p.x.failed == nil {
			continue
		}
		done[p.a] = true
		h := hit(p.a.request, flows.Certain, p.defect, c.said(p.x)).explaining(p.x).marking(markParam(p.a.where, p.challenge, "the challenge"))
		out = append(out, h)
	}
	for _, a := range c.attempts {
		challenge := a.params.find("code_challenge")
		if challenge == nil || done[a] {
			continue
		}
		method := a.params.find("code_challenge_method")
		m := ""
		if method != nil {
			m = method.Value
		}
		defect := challengeDefect(challenge.Value, m, method != nil)
		refused := append(a.refusals(), a.failedExchanges()...)
		if defect == "" && len(refused) > 0 && m != "S256" {
			for _, r := range refused {
				if r.failed.says("code_challenge_method|transform algorithm|plain", "s256|plain|not supported|unsupported|not allowed|must be") {
					defect = "the method is " + show(m) + ", and the provider wants S256"
				}
			}
		}
		if defect == "" || len(refused) == 0 && a.exchanged() {
			continue
		}
		h := hit(a.request, flows.Certain, defect).explaining(refused...).standing()
		out = append(out, h.marking(markParam(a.where, challenge, "the challenge")))
	}
	return out
}

// exchanged: some exchange of the attempt succeeded.
func (a *attempt) exchanged() bool {
	for _, b := range a.callbacks {
		for _, m := range b.exchanges {
			if m.failed == nil && m.ok() {
				return true
			}
		}
	}
	return false
}

func checkVerifierMismatch(c *Case) []Hit {
	var out []Hit
	for _, p := range c.pkcePairs() {
		if p.x.failed == nil || p.challenge == nil || p.verifier == nil || p.match || p.defect != "" || p.challenge.Value == "" || p.hash == "" {
			continue
		}
		h := hit(p.x, flows.Certain, "the verifier of "+step(p.x)+" does not hash to the challenge of "+step(p.a.where)+" (recomputed with S256 and with other encodings)", c.said(p.x))
		for _, o := range c.attempts {
			if q := o.params.find("code_challenge"); o != p.a && q != nil && (q.Value == p.hash || q.Value == p.verifier.Value) {
				h.evidence = append(h.evidence, "it belongs to the challenge of "+step(o.where)+", another authorization request")
			}
		}
		out = append(out, h.marking(markParam(p.x, p.verifier, "belongs to another challenge"), markParam(p.a.where, p.challenge, "the challenge sent")))
	}
	return out
}

func checkHalfSent(c *Case) []Hit {
	var out []Hit
	for _, p := range c.pkcePairs() {
		if p.x.failed == nil {
			continue
		}
		hasChallenge := p.challenge != nil && p.challenge.Value != ""
		hasVerifier := p.verifier != nil && p.verifier.Value != ""
		if hasChallenge == hasVerifier {
			continue
		}
		var h Hit
		if hasChallenge {
			h = hit(p.x, flows.Certain, step(p.a.where)+" sent a code_challenge, "+step(p.x)+" no code_verifier", c.said(p.x)).marking(markParam(p.a.where, p.challenge, "the half that was sent"))
		} else {
			h = hit(p.x, flows.Certain, step(p.x)+" sent a code_verifier, "+step(p.a.where)+" no code_challenge", c.said(p.x)).marking(markParam(p.x, p.verifier, "the half that was sent"))
		}
		if !pkceRelevant(p.x.failed) { // what was refused is something else; this comes next
			h.cures = nil
			h = h.standing()
		}
		out = append(out, h)
	}
	for _, m := range c.calls { // the authorization request is not recorded
		if m.failed == nil || m.grant != "authorization_code" || c.attemptOf(m) != nil {
			continue
		}
		if !m.args.has("code_verifier") && m.failed.says("code_verifier|code verifier|pkce", "missing|required|not provided|must") {
			out = append(out, hit(m, flows.Likely, step(m)+" sent no code_verifier", c.said(m)))
		}
	}
	return out
}

// pkceRelevant: errors that a server gives for a wrong or missing verifier.
func pkceRelevant(t *trouble) bool {
	return t.canon == "invalid_grant" || t.canon == "invalid_request" || t.canon == "" || t.says("code_verifier|pkce|code_challenge|verifier")
}

func checkPKCERequired(c *Case) []Hit {
	var out []Hit
	for _, a := range c.attempts {
		if p := a.params.find("code_challenge"); p != nil && p.Value != "" || a.opaque {
			continue
		}
		for _, m := range append(a.refusals(), a.failedExchanges()...) {
			t := m.failed
			if !t.says("code_challenge|code challenge|pkce|proof key") || t.says("unknown|unsupported|not supported|unexpected") && !t.says("required|missing|must") {
				continue
			}
			if m.args.has("code_verifier") {
				continue
			}
			out = append(out, hit(m, flows.Certain, c.said(m), step(a.where)+" sent no code_challenge").remedied(c.pkceRemedy(flows.PKCES256, "send a PKCE challenge with method S256")))
		}
	}
	return out
}

func (c *Case) pkceRemedy(method flows.PKCEMethod, text string) *flows.Remedy {
	return &flows.Remedy{Text: text, Change: flows.SettingsChange{PKCE: &method}, Redo: flows.ActRestart}
}

func checkPKCERejected(c *Case) []Hit {
	var out []Hit
	for _, a := range c.attempts {
		p := a.params.find("code_challenge")
		if p == nil {
			continue
		}
		for _, m := range append(a.refusals(), a.failedExchanges()...) {
			t := m.failed
			named := t.says("code_challenge|code challenge|pkce|code_verifier", "unknown|unsupported|not supported|unexpected|unrecognized|unrecognised|not allowed|not permitted|not recognised|not recognized|extra|disallowed|not enabled|not accept") &&
				!t.says("plain|method must|must be s256|required|missing|transform")
			h := hit(m, flows.Certain, c.said(m), step(a.where)+" sent code_challenge").marking(markParam(a.where, p, "not known to the provider"))
			h = h.remedied(c.pkceRemedy(flows.PKCEOff, "send no PKCE parameters"))
			if named {
				out = append(out, h)
				continue
			}
			if m.role == roleAuthorize && (t.canon == "invalid_request" || t.canon == "" || t.layer == layerStatus) && m.status() < 500 {
				if o := c.withoutChallenge(a); o != nil {
					h.confidence = flows.Likely
					h.evidence = append(h.evidence, "the same request without it went through at "+step(o.request))
					out = append(out, h)
				}
			}
		}
	}
	return out
}

// withoutChallenge finds a later request that differs only in the missing challenge and
// was taken.
func (c *Case) withoutChallenge(a *attempt) *attempt {
	for _, o := range c.attempts {
		if o.n > a.n && !o.params.has("code_challenge") && o.client() == a.client() && o.value("redirect_uri") == a.value("redirect_uri") &&
			o.value("scope") == a.value("scope") && len(o.refusals()) == 0 && o.request.x.Response != nil {
			return o
		}
	}
	return nil
}
