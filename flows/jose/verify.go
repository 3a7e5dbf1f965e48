package jose

import (
	"fmt"
	"strings"
	"time"

	"oauthlens/flows"
)

// What a token is taken for.
const (
	OfAccessToken = "access_token"
	OfIDToken     = "id_token"
	OfInput       = "input" // pasted: nothing is known about it
)

// Expect is what the reader of the token knows from elsewhere. A check whose
// expectation is missing is skipped, not passed.
type Expect struct {
	Issuer string
	// Audience are the audiences of which the token must name one: the resource for an
	// access token. An ID token is measured by ClientID.
	Audience []string
	ClientID string
	// Nonce is the one of the authorization request. NonceExpected without a Nonce
	// means that the flow needs one and none was sent.
	Nonce         string
	NonceExpected bool
	// AccessToken and Code are what came beside an ID token, for at_hash and c_hash.
	AccessToken string
	Code        string
	// Now is the time to judge by; zero skips the check of times.
	Now time.Time
	// Leeway is how far the clocks may differ.
	Leeway time.Duration
	// Of is OfAccessToken, OfIDToken or OfInput.
	Of string
}

// Verify runs every check of RFC 7519 section 7.2, RFC 8725, OpenID Connect Core section
// 3.1.3.7 and RFC 9068 section 4 that can be run with what is given, and reports all of
// them, in the order of the Check constants. It fetches nothing and reads no clock.
func Verify(jwt JWT, keys KeySet, expect Expect) []Verdict {
	if jwt.Format != flows.FormatJWT || jwt.HeaderDoc == nil {
		return []Verdict{{Check: CheckSignature, Result: Skipped, Why: unreadable(jwt.Format)}}
	}
	v := verifier{jwt: jwt, keys: keys, expect: expect, claims: jwt.Claims()}
	v.form()
	usable := v.algorithm()
	v.header()
	v.kind()
	v.keyAndSignature(usable)
	v.issuer()
	v.audience()
	v.party()
	v.times()
	v.nonce()
	v.hash(CheckTokenHash, v.claims.AccessTokenHash, expect.AccessToken, "access token")
	v.hash(CheckCodeHash, v.claims.CodeHash, expect.Code, "code")
	return v.verdicts
}

func unreadable(f flows.TokenFormat) string {
	if f == flows.FormatJWE {
		return "The token is encrypted (JWE): only its audience can open it and see the claims."
	}
	return "The token is opaque to its client: there is nothing in it to verify."
}

// verifier collects the verdicts about one token.
type verifier struct {
	jwt      JWT
	keys     KeySet
	expect   Expect
	claims   Claims
	verdicts []Verdict
}

func (v *verifier) add(r Result, check, field, code, spec, why string) {
	if r != Failed {
		code = ""
	}
	v.verdicts = append(v.verdicts, Verdict{Check: check, Result: r, Why: why, Code: code, Field: field, Spec: spec})
}

// form reports one failed verdict for each thing that makes the token malformed.
func (v *verifier) form() {
	failed := 0
	for _, p := range append(v.jwt.Problems[:len(v.jwt.Problems):len(v.jwt.Problems)], v.claims.Problems...) {
		if !p.Malformed {
			continue
		}
		if failed++; failed > maxFormVerdicts {
			continue
		}
		v.add(Failed, CheckForm, p.Where, CodeMalformed, p.Spec, p.Text)
	}
	switch {
	case failed > maxFormVerdicts:
		v.add(Failed, CheckForm, "", CodeMalformed, "RFC 7519 section 2", fmt.Sprintf("There are %d more problems of form.", failed-maxFormVerdicts))
	case failed == 0:
		v.add(Passed, CheckForm, "", "", "RFC 7519 section 7.2", "Three parts in base64url, header and claims are JSON objects.")
	}
}

const maxFormVerdicts = 20

// algorithm judges alg alone and tells whether its signature may be checked.
func (v *verifier) algorithm() bool {
	const spec = "RFC 8725 section 3.1"
	alg := v.jwt.Alg
	if _, ok := algorithms(alg); ok {
		v.add(Passed, CheckAlgorithm, "alg", "", spec, "Signed with "+alg+", an algorithm whose keys only the issuer has.")
		return true
	}
	fail := func(why string) { v.add(Failed, CheckAlgorithm, "alg", CodeHeader, spec, why) }
	switch {
	case alg == "":
		fail("The header names no algorithm; expected one of " + acceptedNames + ".")
	case strings.EqualFold(alg, "none"):
		fail("The header says \"alg\": " + shown(alg) + ": nobody signed this token, anybody could have written it.")
	case strings.HasPrefix(alg, "HS") && v.keys.Known:
		fail("The header says " + shown(alg) + ", a shared-secret algorithm, but the issuer's keys are public: whoever has the key set could have made this token.")
	case strings.HasPrefix(alg, "HS"):
		v.add(Skipped, CheckAlgorithm, "alg", "", spec, "The header says "+shown(alg)+": only somebody who has the shared secret can verify that, and it may be the client secret.")
	case registeredElsewhere(alg):
		v.add(Skipped, CheckAlgorithm, "alg", "", spec, "The algorithm "+shown(alg)+" is registered, but this program cannot verify it.")
	case isAccepted(strings.ToUpper(alg)):
		fail("The algorithm is written " + shown(alg) + "; the names are case-sensitive and this one is registered as " + strings.ToUpper(alg) + ".")
	default:
		fail("The algorithm " + shown(alg) + " is not an accepted signature algorithm; expected one of " + acceptedNames + ".")
	}
	return false
}

func isAccepted(alg string) bool { _, ok := algorithms(alg); return ok }

// kind refuses a token whose typ says that it is made for something else (RFC 8725
// section 3.11).
func (v *verifier) kind() {
	const spec = "RFC 8725 section 3.11"
	typ := strings.TrimPrefix(strings.ToLower(v.jwt.Typ), "application/")
	fail := func(what string) {
		v.add(Failed, CheckType, "typ", CodeWrongKind, spec,
			"The header's typ is "+shown(v.jwt.Typ)+": this is "+what+", not an "+strings.ReplaceAll(strings.Replace(v.expect.Of, "id_", "ID_", 1), "_", " ")+".")
	}
	switch {
	case v.expect.Of != OfAccessToken && v.expect.Of != OfIDToken:
		if typ != "" {
			v.add(Skipped, CheckType, "typ", "", spec, "The header's typ is "+shown(v.jwt.Typ)+"; what the token is used for is not known.")
		}
	case typ == "at+jwt" && v.expect.Of == OfIDToken:
		fail("an access token (RFC 9068)")
	case typ == "dpop+jwt":
		fail("a DPoP proof")
	case typ == "logout+jwt":
		fail("a logout token")
	case typ == "token-introspection+jwt":
		fail("an introspection answer")
	case typ == "at+jwt":
		v.add(Passed, CheckType, "typ", "", "RFC 9068 section 4", "The header's typ at+jwt says that this is an access token.")
	}
}
