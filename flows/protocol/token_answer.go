package protocol

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/rawjson"
)

// fallbackFields are tried after the profile's own paths, so that a provider that sends
// the standard names after all is read too.
var fallbackFields = flows.FieldPaths{
	AccessToken: []string{"$.access_token"}, TokenType: []string{"$.token_type"}, ExpiresIn: []string{"$.expires_in"},
	RefreshToken: []string{"$.refresh_token"}, RefreshExpiresIn: []string{"$.refresh_token_expires_in", "$.refresh_expires_in"},
	IDToken: []string{"$.id_token"}, Scope: []string{"$.scope"},
}

// DamagedAnswer is the Code of the Failure of a token answer that is not whole, and in which
// an access token can be read all the same.
const DamagedAnswer = "damaged_answer"

// TokenReading is a token answer as understood: a token, or the failure. It is both where an
// answer is damaged behind its access token (DamagedAnswer): cut off, over the bound, a coding
// that could not be undone, broken JSON. Nobody knows what the missing part said, so the step
// failed; but the server has issued the token, which may be live, so it is not lost.
type TokenReading struct {
	Token   *flows.Token
	Failure *Failure
	Answer  Answer
}

// TokenContext is what reading a token answer needs to know besides the answer.
type TokenContext struct {
	Dialect        flows.Dialect
	Fingerprints   flows.FingerprintKey
	RequestedScope []string
	// Previous is the token that was refreshed; nil at an exchange.
	Previous *flows.Token
	// RefreshLife is the documented life of a refresh token; zero: unknown.
	RefreshLife    time.Duration
	RequestTimeout time.Duration
	// SentAt is when the request was begun; zero: not known, and the clocks are not compared.
	SentAt     time.Time
	ReceivedAt time.Time
	// Withheld tells of a token that is masked in the answer; nil: it is not.
	Withheld *flows.Withheld
}

// ReadToken reads the answer of the token endpoint (RFC 6749 sections 5.1 and 5.2) in
// the dialect's terms. Expiry counts from ReceivedAt.
func ReadToken(ctx TokenContext, r *flows.Response) TokenReading {
	a := ReadAnswer(r)
	out := TokenReading{Answer: a}
	if r == nil {
		out.Failure = &Failure{Code: "no_answer", Description: "no answer was received"}
		return out
	}
	if out.Failure = a.Failure(ctx.Dialect); out.Failure != nil {
		return out
	}
	t := reader{ctx: &ctx, answer: &a, token: &flows.Token{
		Sources: map[string]string{}, RequestedScope: ctx.RequestedScope, ReceivedAt: ctx.ReceivedAt,
	}}
	f := ctx.Dialect.Fields
	access := t.text("access_token", f.AccessToken, fallbackFields.AccessToken)
	if access == "" {
		out.Failure = &Failure{Code: "no_access_token", Status: r.Status, Description: noTokenText(a)}
		return out
	}
	t.token.AccessToken = flows.NewSecret(ctx.Fingerprints, "access_token", access)
	t.token.Format = jose.Classify(access)
	if ctx.Withheld != nil && ctx.Withheld.Format != "" && flows.IsMask(access) {
		t.token.Format = ctx.Withheld.Format
	}
	t.readType(f)
	t.readRefresh(f)
	t.readScope(f)
	t.token.ServerAhead = ServerAhead(ctx.Dialect, r, ctx.SentAt, ctx.ReceivedAt)
	t.readExpiry(f, access)
	t.readHeaders(r)
	t.token.Deviations = append(slices.Clone(a.Deviations), t.token.Deviations...)
	out.Token = t.token
	if why := damaged(a); why != "" {
		out.Failure = &Failure{Code: DamagedAnswer, Status: r.Status, Description: why + "; the token that could be read may be live"}
	}
	return out
}

// damaged says in what way an answer did not come whole; empty: it did.
func damaged(a Answer) string {
	if a.Response.Problem != "" {
		return "the answer is damaged: " + a.Response.Problem
	}
	return unread(a.Doc)
}

func noTokenText(a Answer) string {
	switch a.Form {
	case FormHTML:
		return "a web page came instead of a token answer"
	case FormEmpty:
		return "the answer is empty"
	case FormText:
		return "the answer is neither JSON nor form-encoded"
	}
	return "the answer has no access token"
}

type reader struct {
	ctx    *TokenContext
	answer *Answer
	token  *flows.Token
}

func (t *reader) deviate(code, field, text, spec string) {
	t.token.Deviations = append(t.token.Deviations, flows.Deviation{Code: code, Field: field, Text: text, Spec: spec})
}

const tokenSpec = "RFC 6749 section 5.1"

// find returns the member for a field, recording where it came from.
func (t *reader) find(field string, profile, fallback []string) *rawjson.Node {
	n := t.answer.First(append(slices.Clone(profile), fallback...))
	if n == nil {
		return nil
	}
	t.token.Sources[field] = n.Path()
	if field == "refresh_expires_in" {
		return n // a member that no specification names deviates from none
	}
	standard := fallback[0]
	if n.Path() != standard {
		t.deviate("member-name", field, field+" stands at "+n.Path()+" instead of "+standard, tokenSpec)
	}
	return n
}

// text reads a string member; null and other kinds are deviations and count as absent.
func (t *reader) text(field string, profile, fallback []string) string {
	n := t.find(field, profile, fallback)
	switch {
	case n == nil:
		return ""
	case n.Kind == rawjson.Null:
		t.deviate("null", field, field+" is null", tokenSpec)
		return ""
	case n.Kind != rawjson.String:
		t.deviate("kind", field, field+" is a JSON "+n.Kind.String()+", not a string", tokenSpec)
		return ""
	}
	return n.Text
}

func (t *reader) readType(f flows.FieldPaths) {
	t.token.TokenType = t.text("token_type", f.TokenType, fallbackFields.TokenType)
	switch {
	case t.token.TokenType == "":
		t.deviate("token_type-absent", "token_type", "token_type is required but absent", tokenSpec)
	case !strings.EqualFold(t.token.TokenType, "Bearer") && !strings.EqualFold(t.token.TokenType, "DPoP"):
		t.deviate("token_type-unusual", "token_type", "token_type is neither Bearer nor DPoP", "RFC 6749 section 7.1")
	}
}

// RefreshLife is the documented life that a refresh token has from at on, when its use
// answered the request that previous was sent with; nil: it is the first. Zero: unknown.
func RefreshLife(l flows.Lifetimes, previous *flows.Token, at time.Time) time.Duration {
	if previous != nil && l.RefreshExtend > 0 && !previous.RefreshExpiresAt.IsZero() {
		return previous.RefreshExpiresAt.Add(l.RefreshExtend).Sub(at)
	}
	return l.RefreshToken
}

func (t *reader) readRefresh(f flows.FieldPaths) {
	key := t.ctx.Fingerprints
	if refresh := t.text("refresh_token", f.RefreshToken, fallbackFields.RefreshToken); refresh != "" {
		t.token.RefreshToken = flows.NewSecret(key, "refresh_token", refresh)
	} else if p := t.ctx.Previous; p != nil && !p.RefreshToken.IsZero() {
		t.token.RefreshToken, t.token.RefreshTokenKept = p.RefreshToken, true
	}
	t.token.IDToken = flows.NewSecret(key, "id_token", t.text("id_token", f.IDToken, fallbackFields.IDToken))
	if t.token.RefreshToken.IsZero() {
		return
	}
	if life, ok := t.seconds("refresh_expires_in", t.find("refresh_expires_in", f.RefreshExpiresIn, fallbackFields.RefreshExpiresIn)); ok && life > 0 {
		t.token.RefreshExpiresAt = t.ctx.ReceivedAt.Add(life)
	} else if t.ctx.RefreshLife > 0 {
		t.token.RefreshExpiresAt = t.ctx.ReceivedAt.Add(t.ctx.RefreshLife)
	}
}

func (t *reader) readScope(f flows.FieldPaths) {
	n := t.find("scope", f.Scope, fallbackFields.Scope)
	if n == nil || n.Kind == rawjson.Null {
		return
	}
	t.token.HasScope = true
	switch n.Kind {
	case rawjson.Array:
		t.deviate("scope-array", "scope", "scope is an array, not one string", "RFC 6749 section 3.3")
		for _, c := range n.Children {
			t.token.Scope = append(t.token.Scope, c.Text)
		}
	case rawjson.String:
		t.token.Scope = SplitScopes(n.Text)
		if strings.Contains(n.Text, ",") {
			t.deviate("scope-comma", "scope", "scopes are separated by commas, not blanks", "RFC 6749 section 3.3")
		}
	default:
		t.deviate("kind", "scope", "scope is a JSON "+n.Kind.String()+", not a string", tokenSpec)
	}
}

// maxLife is the longest believable lifetime of an access token in seconds: ten years.
// A greater number is taken for milliseconds.
const maxLife = 10 * 365 * 24 * 3600

// seconds reads a lifetime in any of the spellings that servers use.
func (t *reader) seconds(field string, n *rawjson.Node) (time.Duration, bool) {
	if n == nil {
		return 0, false
	}
	text := strings.TrimSpace(n.Text)
	switch n.Kind {
	case rawjson.String:
		t.deviate(field+"-string", field, field+" is a string, not a number", tokenSpec)
	case rawjson.Number:
	case rawjson.Null:
		t.deviate("null", field, field+" is null", tokenSpec)
		return 0, false
	default:
		t.deviate("kind", field, field+" is a JSON "+n.Kind.String()+", not a number", tokenSpec)
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		t.deviate(field+"-unreadable", field, field+" is not a number of seconds", tokenSpec)
		return 0, false
	}
	switch {
	case v != math.Trunc(v) || strings.ContainsAny(text, ".eE"):
		t.deviate(field+"-float", field, field+" is written as a fraction", tokenSpec)
	case v <= 0:
		t.deviate(field+"-zero", field, field+" is "+text+": no lifetime", tokenSpec)
	}
	if v > maxLife && v/1000 <= maxLife {
		t.deviate(field+"-milliseconds", field, field+" is so large that it must be milliseconds; read as such", tokenSpec)
		v /= 1000
	}
	if math.Abs(v) > maxLife*10 {
		t.deviate(field+"-unreadable", field, field+" is too large for a lifetime", tokenSpec)
		return 0, false
	}
	return time.Duration(v * float64(time.Second)), true
}

func (t *reader) readExpiry(f flows.FieldPaths, access string) {
	life, ok := t.seconds("expires_in", t.find("expires_in", f.ExpiresIn, fallbackFields.ExpiresIn))
	if ok {
		t.token.ExpiresIn, t.token.HasExpiry = life, true
		t.token.ExpiresAt = t.ctx.ReceivedAt.Add(life)
	} else if t.answer.First(append(slices.Clone(f.ExpiresIn), fallbackFields.ExpiresIn...)) == nil {
		t.deviate("expires_in-absent", "expires_in", "expires_in is recommended but absent", tokenSpec)
	}
	switch w := t.ctx.Withheld; {
	case w != nil && flows.IsMask(access):
		if !w.Exp.IsZero() {
			t.applyExp(w.Exp)
		}
	case t.token.Format == flows.FormatJWT:
		t.readTokenExp(access)
	}
	if life := t.token.ExpiresAt.Sub(t.ctx.ReceivedAt); t.token.HasExpiry && life > 0 {
		t.token.RefreshAt = t.token.ExpiresAt.Add(-RefreshMargin(life, t.ctx.RequestTimeout))
	}
}

// readTokenExp takes the token's own exp into account: the earlier time counts.
func (t *reader) readTokenExp(access string) {
	jwt, err := jose.Decode(access)
	if err != nil {
		return
	}
	if claim := jwt.Claims().Expires; claim.Valid {
		t.applyExp(claim.At)
	}
}

// applyExp counts the claim by the clock that it was written by, the server's: where that is
// known to be wrong, or the local one is, the token does not live shorter or longer by it.
func (t *reader) applyExp(exp time.Time) {
	t.token.TokenExp = exp
	here := exp.Add(-t.token.ServerAhead)
	if !t.token.HasExpiry {
		t.token.HasExpiry = true
		t.token.ExpiresIn = here.Sub(t.ctx.ReceivedAt).Round(time.Second)
		t.token.Sources["expires_in"] = ExpOfToken
		t.token.ExpiresAt = here
		return
	}
	if here.Before(t.token.ExpiresAt) {
		t.token.ExpiresAt = here
	}
}

func (t *reader) readHeaders(r *flows.Response) {
	if r.Status == 0 && len(r.Headers) == 0 {
		return
	}
	if !strings.Contains(strings.ToLower(r.Headers.Get("Cache-Control")), "no-store") {
		t.deviate("cache-control", "Cache-Control", "the answer lacks Cache-Control: no-store", tokenSpec)
	}
}

// RefreshMargin is how long before the expiry to refresh: the time for a refresh and one
// retry (twice the request timeout), at least 60 seconds, at most a tenth of the life.
func RefreshMargin(life, requestTimeout time.Duration) time.Duration {
	return min(max(2*requestTimeout, time.Minute), life/10)
}

// ExpOfToken is the source of a lifetime that the answer does not state: that of the token.
const ExpOfToken = "exp of the access token"

// ServerAhead is by how much, at least, the server's clock was ahead of the local one when it
// answered; negative: behind. The time that the answer states was true at some moment of its
// second between sending and receipt: zero where the clocks may agree, and where it states none.
func ServerAhead(d flows.Dialect, r *flows.Response, sent, received time.Time) time.Duration {
	at := ServerTime(d, r)
	switch end := at.Add(time.Second); {
	case at.IsZero() || sent.IsZero():
		return 0
	case at.After(received):
		return at.Sub(received)
	case end.Before(sent):
		return end.Sub(sent)
	}
	return 0
}

// ServerTime is the server's clock as the answer states it: the dialect's member, or the
// Date header (RFC 9110 section 6.6.1). Zero if neither can be read.
func ServerTime(d flows.Dialect, r *flows.Response) time.Time {
	if r == nil {
		return time.Time{}
	}
	if d.ServerTime != "" {
		if n := ReadAnswer(r).First([]string{d.ServerTime}); n != nil {
			if v, err := strconv.ParseInt(n.Text, 10, 64); err == nil && v > 0 {
				return time.Unix(v, 0).UTC()
			}
		}
	}
	if t, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", r.Headers.Get("Date")); err == nil {
		return t
	}
	return time.Time{}
}
