package jose

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// What a token is taken for.
const (
	OfAccessToken = "access_token"
	OfIDToken     = "id_token"
	OfUserInfo    = "userinfo" // a signed UserInfo response
	OfInput       = "input"    // pasted: nothing is known about it
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
	// Refreshed: the token came by a refresh, where none has to repeat the nonce (OpenID
	// Connect Core section 12.2).
	Refreshed bool
	// AccessToken, Code and State are what came beside an ID token, for at_hash, c_hash and
	// s_hash.
	AccessToken string
	Code        string
	State       string
	// Now is the time to judge by; zero skips the check of times.
	Now time.Time
	// Leeway is how far the clocks may differ.
	Leeway time.Duration
	// ServerAhead is how far the server's clock is ahead of the one that Now is from, zero
	// where that is not known. Who checks the token here has no other clock than Now, so that
	// it decides no verdict; the words say what the server's clock makes of it.
	ServerAhead time.Duration
	// KeysLater: where the issuer's key set is to be had is known, and it was not asked for
	// yet.
	KeysLater bool
	// Of is OfAccessToken, OfIDToken, OfUserInfo or OfInput.
	Of string
}

// Verify runs every check of RFC 7519 section 7.2, RFC 8725, OpenID Connect Core section
// 3.1.3.7 and RFC 9068 section 4 that can be run with what is given, and reports all of
// them, in the order of the Check constants. It fetches nothing and reads no clock.
func Verify(jwt JWT, keys KeySet, expect Expect) []Verdict {
	if jwt.HeaderDoc == nil || jwt.Format != flows.FormatJWT && jwt.Format != flows.FormatJWE {
		return []Verdict{{Check: CheckSignature, Result: Skipped, Why: "The token is opaque to its client: there is nothing in it to verify."}}
	}
	if jwt.Format == flows.FormatJWE {
		return verifyJWE(jwt, expect)
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
	v.hash(CheckStateHash, v.claims.StateHash, expect.State, "state")
	return v.verdicts
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

// received tells that the token came in an answer as it is: what copying adds is then the
// server's doing.
func (v *verifier) received() bool {
	return v.expect.Of == OfIDToken || v.expect.Of == OfAccessToken || v.expect.Of == OfUserInfo
}

// form reports one failed verdict for each thing that makes the token malformed.
func (v *verifier) form() {
	failed := 0
	problems := append(v.jwt.Problems[:len(v.jwt.Problems):len(v.jwt.Problems)], v.claims.Problems...)
	for _, p := range append(problems, v.missing()...) {
		if !p.Malformed && (p.Where != "token" || !v.received()) {
			continue
		}
		if p.Spec == "" {
			p.Spec = "RFC 7515 section 7.1"
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

// maxSubject is the length of a sub, in characters (OpenID Connect Core 1.0 section 2).
const maxSubject = 255

// missing are claims that an ID token must have beside those that are checked for what they
// say (OpenID Connect Core 1.0 section 2).
func (v *verifier) missing() []Problem {
	if v.expect.Of != OfIDToken || v.jwt.ClaimsDoc == nil || v.jwt.ClaimsDoc.Root.Kind != rawjson.Object {
		return nil
	}
	const spec = "OpenID Connect Core 1.0 section 2"
	var out []Problem
	switch n := utf8.RuneCountInString(v.claims.Subject); {
	case n == 0:
		out = append(out, Problem{Code: "sub-missing", Where: "claims $.sub", Malformed: true, Spec: spec, Text: "The ID token names no subject (sub), so it says of nobody that they signed in."})
	case n > maxSubject:
		out = append(out, Problem{Code: "sub-long", Where: "claims $.sub", Malformed: true, Spec: spec, Text: fmt.Sprintf("The subject (sub) has %d characters; at most %d are allowed.", n, maxSubject)})
	}
	if !v.claims.IssuedAt.Present {
		out = append(out, Problem{Code: "iat-missing", Where: "claims $.iat", Malformed: true, Spec: spec, Text: "The ID token does not say when it was issued (iat)."})
	}
	return out
}

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
	case hmacName(alg) && v.keys.Known:
		fail("The header says " + shown(alg) + ", a shared-secret algorithm, but the issuer's keys are public: whoever has the key set could have made this token.")
	case hmacName(alg):
		v.add(Skipped, CheckAlgorithm, "alg", "", spec, "The header says "+shown(alg)+": only somebody who has the shared secret can verify that, and it may be the client secret.")
	case v.unimplemented():
		v.add(Skipped, CheckAlgorithm, "alg", "", spec, "The algorithm "+shown(alg)+" is registered, but this program cannot verify it.")
	case isRegistered(alg):
		fail("The header says " + shown(alg) + ", but the key set has no such key for this token: whoever cannot sign with the issuer's keys names an algorithm that nobody checks.")
	case isAccepted(strings.ToUpper(alg)) || hmacName(strings.ToUpper(alg)):
		fail("The algorithm is written " + shown(alg) + "; the names are case-sensitive and this one is registered as " + strings.ToUpper(alg) + ".")
	default:
		fail("The algorithm " + shown(alg) + " is not an accepted signature algorithm; expected one of " + acceptedNames + ".")
	}
	return false
}

// hmacName tells the algorithms with a shared secret (RFC 7518 section 3.2).
func hmacName(alg string) bool { return alg == "HS256" || alg == "HS384" || alg == "HS512" }

func isRegistered(alg string) bool { _, _, ok := registeredElsewhere(alg); return ok }

// unimplemented tells of a registered algorithm that this program cannot verify, and that
// the key set, where it is known, speaks of too.
func (v *verifier) unimplemented() bool {
	kty, curve, ok := registeredElsewhere(v.jwt.Alg)
	return ok && (!v.keys.Known || v.keys.names(v.jwt.Kid, v.jwt.HeaderDoc.Root.Member("kid") != nil, kty, curve, v.jwt.Alg))
}

func isAccepted(alg string) bool { _, ok := algorithms(alg); return ok }
