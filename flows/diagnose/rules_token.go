package diagnose

import (
	"fmt"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/rawjson"
)

var tokenRules = []Rule{
	{Code: "signature-invalid", Severity: flows.SeverityError, Stage: StageToken,
		Title: "The token's signature does not verify",
		Doc:   "Recomputed with the key of its kid from the key set in the trace. If no key of that kid exists it is signing-key-unknown.",
		Cause: "The token was changed, or another key signed it.", Fix: "Fetch the key set again; if it still fails, refuse the token.",
		Spec: "RFC 7515 section 5.2", Bad: "an ID token that does not verify with the key of its kid", Good: "one that does", Check: checkSignature},
	{Code: "jwt-header-unacceptable", Severity: flows.SeverityError, Stage: StageToken,
		Title: "The token's header must not be accepted",
		Doc:   "alg none, a shared-secret algorithm where the provider signs with key pairs, an unknown critical header, or a key at a foreign URL. A userinfo answer that is a JWT with alg none is a warning: it is worth as much as JSON.",
		Cause: "Whoever accepts it lets the token choose how it is verified.", Fix: "Pin algorithms and keys, and refuse the token.",
		Spec: "RFC 8725 sections 3.1, 3.10; RFC 7515 section 4.1.11", Bad: "an ID token with alg none", Good: "RS256 with a kid", Check: checkJWTHeader},
	{Code: "id-token-other-client", Severity: flows.SeverityError, Stage: StageToken,
		Title: "The ID token is for another client",
		Doc:   "aud, azp or client_id is not this client. Several audiences without azp are a warning. An access token for the wrong API is audience-wrong.",
		Cause: "The token was issued to somebody else, or two clients were mixed up.", Fix: "Refuse it, and check for mixed clients.",
		Spec: "OpenID Connect Core section 3.1.3.7", Bad: "aud of the ID token is another client id", Good: "aud is a list that contains this client", Check: checkOtherClient},
	{Code: "nonce-mismatch", Severity: flows.SeverityError, Stage: StageToken,
		Title: "The ID token's nonce is not the one sent",
		Doc:   "It differs, is missing though one was sent, or was needed and not sent.",
		Cause: "The token belongs to another attempt, or the nonce was kept in the wrong place.", Fix: "Refuse it and start again; keep the nonce with the state.",
		Spec: "OpenID Connect Core sections 3.1.3.7, 3.2.2.1", Bad: "the nonce of another attempt", Good: "a refreshed ID token without nonce", Check: checkNonce},
	{Code: "token-hash-mismatch", Severity: flows.SeverityError, Stage: StageToken,
		Title: "at_hash or c_hash does not belong to the token or code beside it",
		Doc:   "Recomputed from the access token or code that came with the ID token.",
		Cause: "One of the two was exchanged for another.", Fix: "Refuse both.",
		Spec: "OpenID Connect Core section 3.1.3.6", Bad: "at_hash of another access token", Good: "an ID token without at_hash", Check: checkHashes},
	{Code: "jwt-malformed", Severity: flows.SeverityError, Stage: StageToken,
		Title: "The JWT is malformed",
		Doc:   "Not base64url, padded or broken into lines, or times as text or in milliseconds. A userinfo answer that is labelled as a JWT and is JSON is a warning.",
		Cause: "Strict readers refuse it; lenient ones see times far in the future.", Fix: "Clean the copy; if it came so, report it to the issuer.",
		Spec: "RFC 7515 section 2; RFC 7519 section 2", Bad: "exp with 13 digits", Good: "exp as a number with a fraction", Check: checkMalformed},
	{Code: "userinfo-subject-mismatch", Severity: flows.SeverityError, Stage: StageToken,
		Title: "Userinfo speaks of another user than the ID token",
		Doc:   "sub of the two answers differs, or userinfo has none where it must: at the endpoint that is called as UserInfo, or that metadata names so.",
		Cause: "The access token and the ID token belong to different users.", Fix: "Discard the userinfo answer.",
		Spec: "OpenID Connect Core section 5.3.2", Bad: "two different sub", Good: "the same sub in both", Check: checkUserInfo},
}

// jwtJudgement is what package jose says about one token.
type jwtJudgement struct {
	set      *tokenSet
	which    string
	j        *jwt
	verdicts []jose.Verdict
	keys     []*keySet
	raw      string
}

func (g jwtJudgement) name() string {
	if g.which == "id" {
		return "the ID token of " + step(g.set.from)
	}
	return "the access token of " + step(g.set.from)
}

func (g jwtJudgement) mark(label string) flows.Mark {
	if g.which == "id" {
		return markNode(g.set.from, g.set.idNode, label)
	}
	return markNode(g.set.from, g.set.accessNode, label)
}

// failures are the sentences of the failed checks with a code.
func (g jwtJudgement) failures(code string) []string {
	var out []string
	for _, v := range g.verdicts {
		if v.Result == jose.Failed && v.Code == code {
			out = append(out, v.Why)
		}
	}
	return out
}

// judgements verifies every ID token, and the JWT access tokens of issuers whose keys
// are in the trace, once.
func (c *Case) judgements() []jwtJudgement {
	if c.judged != nil {
		return *c.judged
	}
	var out []jwtJudgement
	for _, t := range c.tokens {
		for _, which := range [...]string{"id", "access"} {
			raw := t.id
			if which == "access" {
				raw = t.access
			}
			j := t.token(which)
			if j == nil || j.encrypted || len(out) > 200 {
				continue
			}
			g := jwtJudgement{set: t, which: which, j: j, keys: c.keysFor(t, j), raw: raw}
			if which == "access" && len(g.keys) == 0 {
				continue
			}
			g.verdicts = c.verify(g)
			out = append(out, g)
		}
	}
	c.judged = &out
	return out
}

func (c *Case) verify(g jwtJudgement) []jose.Verdict {
	if c.memory == nil {
		return c.verifyNow(g)
	}
	id := verified{raw: g.raw, which: g.which, access: g.set.access, code: g.set.from.value("code")}
	for _, k := range g.keys {
		id.keys += fmt.Sprint(k.from.index, " ")
	}
	verdicts, done := c.memory.verdicts[id]
	if !done {
		verdicts = c.verifyNow(g)
		c.memory.verdicts[id] = verdicts
	}
	return verdicts
}

func (c *Case) verifyNow(g jwtJudgement) []jose.Verdict {
	decoded, err := jose.Decode(g.raw)
	if err != nil {
		return nil
	}
	expect := jose.Expect{Of: jose.OfAccessToken}
	if g.which == "id" {
		expect.Of, expect.AccessToken = jose.OfIDToken, g.set.access
		if g.j.claim("c_hash") != "" {
			expect.Code = g.set.from.value("code")
		}
	}
	return jose.Verify(decoded, mergedKeys(g.keys), expect)
}

func mergedKeys(sets []*keySet) jose.KeySet {
	var out jose.KeySet
	for _, s := range sets {
		if s.parsed == nil {
			ks, _ := jose.ParseJWKS(s.body)
			s.parsed = &ks
		}
		out.Known = out.Known || s.parsed.Known
		out.Keys = append(out.Keys, s.parsed.Keys...)
	}
	return out
}

// keysFor are the key sets of a token's issuer: by the metadata's jwks_uri, else by
// the host, else the only one of the trace.
func (c *Case) keysFor(t *tokenSet, j *jwt) []*keySet {
	uri := ""
	if d := c.metaFor(t.from); d != nil {
		uri = d.text("jwks_uri")
	}
	iss := readTarget(j.claim("iss")).host
	var byURI, byHost []*keySet
	for _, k := range c.keys {
		if uri != "" && readTarget(uri).endpoint() == k.from.url.endpoint() {
			byURI = append(byURI, k)
		}
		f, g := c.fact(k.from.url.host), c.fact(t.from.url.host)
		if k.from.url.host == t.from.url.host || k.from.url.host == iss || f != nil && f == g {
			byHost = append(byHost, k)
		}
	}
	if len(byURI) > 0 {
		return byURI
	}
	return byHost
}

// judged makes a hit for every token whose verification failed with the code.
func (c *Case) judgedHits(code, label string, skip func(jwtJudgement) bool) []Hit {
	var out []Hit
	for _, g := range c.judgements() {
		why := g.failures(code)
		if len(why) == 0 || skip != nil && skip(g) {
			continue
		}
		h := hit(g.set.from, flows.Certain, append([]string{g.name()}, why...)...).standing()
		h.evidence[0] += ": " + h.evidence[1]
		h.evidence = append(h.evidence[:1], h.evidence[2:]...)
		out = append(out, h.explaining(c.appRefusals(g.set.from)...).marking(g.mark(label)))
	}
	return out
}

// foreignAccess: an access token is for its API; only what is plainly about this issuer
// is judged.
func foreignAccess(g jwtJudgement) bool {
	return g.which == "access" && (strings.Contains(g.j.claim("iss"), "sts.windows.net") || g.j.head("nonce") != "")
}

func checkSignature(c *Case) []Hit {
	return append(c.judgedHits(jose.CodeSignature, "does not verify", func(g jwtJudgement) bool {
		return foreignAccess(g) || c.hmacBySecret(g)
	}), c.userInfoHits(jose.CodeSignature)...)
}

// hmacBySecret: an ID token that is signed with the client secret, as OpenID Connect
// allows where the metadata says so or says nothing.
func (c *Case) hmacBySecret(g jwtJudgement) bool {
	if g.which != "id" || !strings.HasPrefix(g.j.head("alg"), "HS") {
		return false
	}
	secret := g.set.from.creds.secret()
	return secret != "" && hmacVerifies(g.j, secret)
}

func checkJWTHeader(c *Case) []Hit {
	return append(append(c.bareHits(jose.CodeHeader), c.userInfoHits(jose.CodeHeader)...), c.judgedHits(jose.CodeHeader, "header", func(g jwtJudgement) bool {
		if foreignAccess(g) || c.hmacBySecret(g) {
			return true
		}
		return g.which == "access" && strings.HasPrefix(g.j.head("alg"), "HS") && !g.underPublicKeys(c.isLive())
	})...)
}

// underPublicKeys tells of a token with a shared-secret algorithm that its issuer signs
// with public keys. An access token may be a matter between server and API that no key set
// speaks of: it is judged where it names a published key, and in a run of this program,
// which asked that issuer for its keys to check this very token.
func (g jwtJudgement) underPublicKeys(live bool) bool {
	public := false
	for _, k := range mergedKeys(g.keys).Keys {
		if k.Public == nil {
			continue
		}
		public = true
		if kid := g.j.head("kid"); kid != "" && k.ID == kid {
			return true
		}
	}
	return live && public
}

func checkHashes(c *Case) []Hit {
	return c.judgedHits(jose.CodeHash, "the hash inside does not fit", nil)
}

func checkMalformed(c *Case) []Hit {
	out := append(append(c.bareHits(jose.CodeMalformed), c.userInfoHits(jose.CodeMalformed)...), c.unsignedByLabel()...)
	for _, t := range c.tokens {
		for _, which := range [...]string{"id", "access"} {
			j := t.token(which)
			if j == nil {
				continue
			}
			defects := append([]string{}, j.defects...)
			defects = append(defects, timeDefects(j)...)
			if len(defects) == 0 {
				continue
			}
			g := jwtJudgement{set: t, which: which}
			h := hit(t.from, flows.Certain, g.name()+": "+strings.Join(defects, "; ")).standing()
			out = append(out, h.explaining(c.appRefusals(t.from)...).marking(g.mark("malformed")))
		}
	}
	return out
}

// lastSecond is the end of the year 9999, which some issuers write for "never".
const lastSecond = "253402300799"

// timeDefects: NumericDate claims in another form.
func timeDefects(j *jwt) []string {
	if j.claims == nil {
		return nil
	}
	var out []string
	for _, name := range [...]string{"exp", "iat", "nbf", "auth_time"} {
		n := j.claims.Member(name)
		switch {
		case n == nil:
		case n.Kind == rawjson.String:
			out = append(out, name+" is a text instead of a number")
		case n.Kind == rawjson.Number && len(strings.SplitN(n.Text, ".", 2)[0]) >= 12 && !strings.ContainsAny(n.Text, "eE") && n.Text != lastSecond:
			out = append(out, name+" has "+countDigits(n.Text)+" digits: it is in milliseconds")
		case n.Kind != rawjson.Number:
			out = append(out, name+" is "+n.Kind.String()+" instead of a number")
		}
	}
	return out
}

func checkOtherClient(c *Case) []Hit {
	var out []Hit
	for _, t := range c.tokens {
		j := t.token("id")
		client := t.from.client()
		if client == "" {
			if a := c.attemptOf(t.from); a != nil {
				client = a.client()
			}
		}
		if j == nil || j.claims == nil || client == "" || t.from.role != roleToken {
			continue
		}
		auds := j.list("aud")
		why := ""
		switch azp := j.claim("azp"); {
		case len(auds) > 1 && contains(auds, client) && j.claims.Member("azp") == nil && j.claim("client_id") == "":
			out = append(out, c.severalClients(t, auds))
			continue
		case len(auds) > 0 && !contains(auds, client) && azp != client:
			why = "aud is " + show(strings.Join(auds, " "))
		case len(auds) > 0 && contains(auds, client) && azp != "" && azp != client && c.fact(t.from.url.host) == nil:
			why = "azp is " + show(azp)
		default:
			continue
		}
		h := hit(t.from, flows.Certain, "the ID token of "+step(t.from)+": "+why, "this client is "+show(client)).standing()
		out = append(out, h.explaining(c.appRefusals(t.from)...).marking(markNode(t.from, t.idNode, why)))
	}
	return out
}

// severalClients: an ID token with more audiences than this client, which does not say to whom
// it was issued. The first edition of the specification has clients check that azp is there
// then; the second errata leave that to extensions. So some accept it, and it is an error only
// where the application did not.
func (c *Case) severalClients(t *tokenSet, auds []string) Hit {
	h := hit(t.from, flows.Certain, "the ID token of "+step(t.from)+": aud is "+show(strings.Join(auds, " "))+", and there is no azp").standing().
		named("The ID token has several audiences and does not say to whom it was issued").
		because("Each of them could have been given it and pass it on; clients that follow the first edition of the specification refuse it without azp.").
		fixedBy("Have the provider send azp with the client id, or issue ID tokens for this client alone; make sure that every audience is one you trust.").
		specified("OpenID Connect Core sections 2, 3.1.3.7")
	refused := c.appRefusals(t.from)
	if h.confidence = flows.Likely; len(refused) == 0 {
		h.confidence, h.severity = flows.Certain, flows.SeverityWarning
	}
	return h.explaining(refused...).marking(markNode(t.from, t.idNode, "no azp"))
}

func checkNonce(c *Case) []Hit {
	var out []Hit
	for _, t := range c.tokens {
		j := t.token("id")
		if j == nil || j.claims == nil || t.from.grant != "authorization_code" {
			continue
		}
		a := c.attemptOf(t.from)
		if a == nil || a.opaque {
			continue
		}
		sent := a.params.find("nonce")
		got := j.claim("nonce")
		why := ""
		switch {
		case sent != nil && sent.Value != "" && got == "":
			why = "it has no nonce, though " + step(a.where) + " sent one"
		case sent != nil && sent.Value != "" && got != sent.Value:
			why = "its nonce is not the one that " + step(a.where) + " sent"
			for _, o := range c.attempts {
				if o != a && o.params.get("nonce") == got {
					why += "; it is the one of " + step(o.where)
				}
			}
		case (sent == nil || sent.Value == "") && strings.Contains(a.value("response_type"), "id_token"):
			why = "response_type " + a.value("response_type") + " needs a nonce, and none was sent"
		default:
			continue
		}
		h := hit(t.from, flows.Certain, "the ID token of "+step(t.from)+": "+why).standing()
		out = append(out, h.explaining(c.appRefusals(t.from)...).marking(markParam(a.where, sent, "nonce sent"), markNode(t.from, t.idNode, "the ID token")))
	}
	for _, a := range c.attempts {
		for _, m := range a.refusals() {
			if m.failed.says("nonce", "missing|required") && !a.params.has("nonce") && !m.failed.says("dpop") {
				out = append(out, hit(m, flows.Certain, c.said(m), step(a.where)+" sent no nonce"))
			}
		}
	}
	return out
}
