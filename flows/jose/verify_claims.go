package jose

import (
	"crypto/subtle"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"oauthlens/flows/rawjson"
)

// issuer compares iss with the expected issuer, character by character (OpenID Connect
// Core section 3.1.3.7 number 2, RFC 9068 section 4).
func (v *verifier) issuer() {
	const spec = "OpenID Connect Core 1.0 section 3.1.3.7"
	want, got := v.expect.Issuer, v.claims.Issuer
	fail := func(code, why string) { v.add(Failed, CheckIssuer, "iss", code, spec, why) }
	switch {
	case want == "" && got == "":
		v.add(Skipped, CheckIssuer, "iss", "", spec, "The token names no issuer, and none is expected.")
	case want == "":
		v.add(Skipped, CheckIssuer, "iss", "", spec, "The token names the issuer "+shown(got)+"; which one to expect is not known.")
	case got == want:
		v.add(Passed, CheckIssuer, "iss", "", spec, "The issuer is "+shown(got)+", as expected.")
	case strings.Contains(want, "{tenantid}"):
		fail(CodeIssuerTemplate, "The expected issuer "+shown(want)+" contains the placeholder {tenantid}, so that no token can match; the token says "+shown(got)+".")
	case got == "" && !v.strict() && v.expect.Of != OfUserInfo:
		v.add(Skipped, CheckIssuer, "iss", "", spec, "The token names no issuer; expected "+shown(want)+".")
	case got == "":
		fail(CodeIssuer, "The token names no issuer; expected "+shown(want)+".")
	case strings.TrimSuffix(got, "/") == strings.TrimSuffix(want, "/"):
		fail(CodeIssuerSlash, "The issuer differs by the slash at the end: expected "+shown(want)+", the token says "+shown(got)+".")
	default:
		fail(CodeIssuer, "Expected the issuer "+shown(want)+", the token says "+shown(got)+"."+schemeNote(want, got))
	}
}

// schemeNote helps where only the scheme is missing or different.
func schemeNote(want, got string) string {
	cut := func(s string) string {
		if _, rest, ok := strings.Cut(s, "://"); ok {
			return rest
		}
		return s
	}
	if cut(want) == cut(got) {
		return " Only the scheme differs."
	}
	return ""
}

// strict tells whether the kind of token must have iss, aud and exp: OpenID Connect Core
// section 2 for ID tokens, RFC 9068 section 2.2 for access tokens that say at+jwt. A signed
// UserInfo response must have the first two (OpenID Connect Core section 5.3.2).
func (v *verifier) strict() bool {
	return v.expect.Of == OfIDToken || v.expect.Of == OfAccessToken && v.profiled()
}

// profiled: the token says that it follows RFC 9068.
func (v *verifier) profiled() bool {
	return strings.EqualFold(strings.TrimPrefix(strings.ToLower(v.jwt.Typ), "application/"), "at+jwt")
}

// audience: an ID token must name the client, an access token the resource.
func (v *verifier) audience() {
	want, code := v.expect.Audience, CodeAudience
	spec := "RFC 7519 section 4.1.3"
	if v.expect.Of == OfIDToken && v.expect.ClientID != "" {
		want, code, spec = []string{v.expect.ClientID}, CodeOtherClient, "OpenID Connect Core 1.0 section 3.1.3.7"
	}
	got := v.claims.Audience
	add := func(r Result, why string) { v.add(r, CheckAudience, "aud", code, spec, why) }
	switch {
	case len(want) == 0 && len(got) == 0:
		add(Skipped, "The token names no audience, and none is expected.")
	case len(want) == 0:
		add(Skipped, "The token is meant for "+list(got)+"; which audience to expect is not known.")
	case len(got) == 0 && !v.strict() && v.expect.Of != OfUserInfo:
		add(Skipped, "The token names no audience; expected "+list(want)+".")
	case len(got) == 0:
		add(Failed, "The token names no audience; expected "+list(want)+".")
	case slices.ContainsFunc(want, func(w string) bool { return slices.Contains(got, w) }):
		add(Passed, "The token is meant for "+list(got)+", as expected.")
	case v.expect.Of != OfIDToken && v.expect.ClientID != "" && slices.Contains(got, v.expect.ClientID):
		add(Failed, "The token is meant for the client itself ("+list(got)+"), expected "+list(want)+": it may be an ID token.")
	default:
		add(Failed, "The token is meant for "+list(got)+", expected "+list(want)+".")
	}
}

// list names audiences, a few of them.
func list(values []string) string {
	var out []string
	for i, s := range values {
		if i == 4 {
			out = append(out, fmt.Sprintf("%d more", len(values)-i))
			break
		}
		out = append(out, shown(s))
	}
	return strings.Join(out, ", ")
}

// party checks who the ID token was issued to, where it says so.
func (v *verifier) party() {
	if v.expect.Of != OfIDToken {
		return
	}
	const spec = "OpenID Connect Core 1.0 section 3.1.3.7"
	add := func(r Result, field, why string) { v.add(r, CheckParty, field, CodeOtherClient, spec, why) }
	field, got := "azp", v.claims.AuthorizedParty
	if got == "" && v.claims.ClientID != "" {
		field, got = "client_id", v.claims.ClientID
	}
	switch {
	case got == "" && v.claimed("azp") != nil:
		add(Failed, "azp", "The claim azp is there but names nobody; expected "+shown(v.expect.ClientID)+".")
	case got == "" && len(v.claims.Audience) > 1:
		add(Skipped, "azp", fmt.Sprintf("The token has %d audiences and does not say to which of them it was issued (azp); the first edition of the specification has clients look for that, and many refuse a token without it.", len(v.claims.Audience)))
	case got == "":
		add(Skipped, "azp", "The token has no azp; with a single audience it needs none.")
	case v.expect.ClientID == "":
		add(Skipped, field, "The token was issued to "+shown(got)+"; which client to expect is not known.")
	case got == v.expect.ClientID:
		add(Passed, field, "The token was issued to "+shown(got)+", as expected.")
	default:
		add(Failed, field, "The token was issued to "+shown(got)+", expected "+shown(v.expect.ClientID)+".")
	}
}

// claimed is a member of the claims as received; nil if there is none.
func (v *verifier) claimed(name string) *rawjson.Node {
	if v.jwt.ClaimsDoc == nil {
		return nil
	}
	return v.jwt.ClaimsDoc.Root.Member(name)
}

// times judges exp, nbf and iat by Expect.Now. What fails is reported claim by claim;
// if nothing does, one verdict sums up.
func (v *verifier) times() {
	c, now, leeway := v.claims, v.expect.Now, max(0, v.expect.Leeway)
	if now.IsZero() {
		v.add(Skipped, CheckTime, "", "", "RFC 7519 section 4.1.4", "The time to judge by is not known.")
		return
	}
	before := len(v.verdicts)
	fail := func(field, code, spec, why string) { v.add(Failed, CheckTime, field, code, spec, why) }
	switch exp := c.Expires; {
	case exp.Present && !exp.Valid:
		fail("exp", CodeMalformed, "RFC 7519 section 4.1.4", "The time of expiry (exp) cannot be read.")
	case !exp.Present && v.strict():
		fail("exp", CodeMalformed, "RFC 7519 section 4.1.4", "The token has no time of expiry (exp), which this kind of token must have.")
	case exp.Present && !now.Before(exp.At.Add(leeway)):
		fail("exp", CodeExpired, "RFC 7519 section 4.1.4", fmt.Sprintf("The token expired at %s, %s ago.", stamp(exp.At), span(now.Sub(exp.At))))
	}
	if nbf := c.NotBefore; nbf.Valid && now.Add(leeway).Before(nbf.At) {
		fail("nbf", CodeClock, "RFC 7519 section 4.1.5", fmt.Sprintf("The token is not valid before %s, in %s: one of the two clocks is wrong.", stamp(nbf.At), span(nbf.At.Sub(now))))
	}
	if iat := c.IssuedAt; iat.Valid && now.Add(leeway).Before(iat.At) {
		fail("iat", CodeClock, "RFC 7519 section 4.1.6", fmt.Sprintf("The token was issued at %s, %s in the future: one of the two clocks is wrong.", stamp(iat.At), span(iat.At.Sub(now))))
	}
	if at := c.AuthTime; at.Valid && now.Add(leeway).Before(at.At) {
		fail("auth_time", CodeClock, "OpenID Connect Core 1.0 section 2", fmt.Sprintf("The user is said to sign in at %s (auth_time), %s in the future: one of the two clocks is wrong.", stamp(at.At), span(at.At.Sub(now))))
	}
	if c.Expires.Valid && c.IssuedAt.Valid && c.Expires.At.Before(c.IssuedAt.At) {
		fail("exp", CodeMalformed, "RFC 7519 section 4.1.4", fmt.Sprintf("The token expires %s before it was issued.", span(c.IssuedAt.At.Sub(c.Expires.At))))
	}
	if len(v.verdicts) > before {
		v.verdicts[before].Why += v.byServersClock()
		return
	}
	if !c.Expires.Valid {
		v.add(Skipped, CheckTime, "exp", "", "RFC 7519 section 4.1.4", "The token does not say when it expires (exp).")
		return
	}
	v.add(Passed, CheckTime, "", "", "RFC 7519 section 4.1.4", withinWords(now, c.Expires.At)+v.byServersClock())
}

// byServersClock says what the times are by the server's clock, if that is another one.
func (v *verifier) byServersClock() string {
	ahead := v.expect.ServerAhead
	if ahead.Abs() <= v.expect.Leeway {
		return ""
	}
	c, at, side := v.claims, v.expect.Now.Add(ahead), "ahead of"
	if ahead < 0 {
		side = "behind"
	}
	verdict := "is in time"
	switch {
	case c.Expires.Valid && !at.Before(c.Expires.At):
		verdict = "has expired"
	case c.NotBefore.Valid && at.Before(c.NotBefore.At), c.IssuedAt.Valid && at.Before(c.IssuedAt.At):
		verdict = "is from the future"
	case c.Expires.Valid:
		verdict = "is good for another " + span(c.Expires.At.Sub(at))
	}
	return fmt.Sprintf(" By the server's clock, %s %s this one, the token %s.", span(ahead.Abs()), side, verdict)
}

func withinWords(now, exp time.Time) string {
	if left := exp.Sub(now); left > 0 {
		return fmt.Sprintf("The token is valid until %s, for another %s.", stamp(exp), span(left))
	}
	return fmt.Sprintf("The token expired at %s, which the leeway for differing clocks still allows.", stamp(exp))
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// span writes a duration for people: "3 days", "59 min 41 s".
func span(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d >= 48*time.Hour:
		days := int64(d.Hours() / 24)
		if days >= 730 {
			return fmt.Sprintf("%d years", days/365)
		}
		return fmt.Sprintf("%d days", days)
	case d >= time.Hour:
		return fmt.Sprintf("%d h %d min", int64(d.Hours()), int64(d.Minutes())%60)
	case d >= time.Minute:
		return fmt.Sprintf("%d min %d s", int64(d.Minutes()), int64(d.Seconds())%60)
	}
	return fmt.Sprintf("%d s", int64(d.Seconds()))
}

// nonce compares the nonce of an ID token with that of the authorization request. No
// nonce is shown, only how the two differ.
func (v *verifier) nonce() {
	nothing := v.expect.Nonce == "" && !v.claims.HasNonce && !v.expect.NonceExpected
	if v.expect.Of == OfAccessToken || v.expect.Of != OfIDToken && nothing {
		return
	}
	const spec = "OpenID Connect Core 1.0 section 3.1.3.7"
	want, got := v.expect.Nonce, v.claims.Nonce
	add := func(r Result, why string) { v.add(r, CheckNonce, "nonce", CodeNonce, spec, why) }
	switch {
	case want == "" && v.expect.NonceExpected:
		add(Failed, "This flow needs a nonce, but the authorization request had none.")
	case want == "" && v.claims.HasNonce:
		add(Skipped, "The token has a nonce; which one was sent is not known.")
	case nothing:
		add(Skipped, "No nonce was sent, and the token has none.")
	case !v.claims.HasNonce && v.expect.Refreshed:
		v.add(Skipped, CheckNonce, "nonce", CodeNonce, "OpenID Connect Core 1.0 section 12.2", "The token has no nonce; one that came by a refresh needs none.")
	case !v.claims.HasNonce:
		add(Failed, "A nonce was sent in the authorization request, but the token has none.")
	case v.claimed("nonce").Kind != rawjson.String:
		add(Failed, "A nonce was sent in the authorization request, but that of the token is "+kindName(v.claimed("nonce").Kind)+", not a string.")
	case subtle.ConstantTimeCompare([]byte(want), []byte(got)) == 1:
		add(Passed, "The nonce is the one of the authorization request.")
	default:
		add(Failed, fmt.Sprintf("The nonce (length %d) is not the one of the authorization request (length %d)%s.", len(got), len(want), nonceNote(want, got)))
	}
}

func nonceNote(want, got string) string {
	unescaped, err := url.QueryUnescape(got)
	switch {
	case strings.EqualFold(want, got):
		return "; they differ in upper and lower case only"
	case strings.TrimSpace(got) == want:
		return "; it has blanks around it"
	case got != "" && strings.HasPrefix(want, got):
		return "; it is a cut-off copy"
	case err == nil && unescaped == want:
		return "; it is percent-encoded once too often"
	}
	return ": this token answers another request"
}
