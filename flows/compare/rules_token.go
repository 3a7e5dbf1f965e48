package compare

import (
	"fmt"
	"slices"
	"strings"

	"oauthlens/flows/jose"
	"oauthlens/flows/rawjson"
)

func tokenRules() []Rule {
	field := in(areaField)
	return []Rule{
		{Code: "no-refresh-token", Verdict: Suspicious, Gravity: 1, What: "a refresh token comes from one side only", Spec: "RFC 6749 section 1.5",
			Reason: "Users have to sign in again when the access token ends.", applies: all(field, named("refresh_token"), oneSided), why: func(d delta) string {
				return fmt.Sprintf("%s issues a refresh token, %s does not: there the user signs in again when the access token ends.", d.has(), d.lacks())
			}},
		{Code: codeVerifier, Verdict: Suspicious, Gravity: 0, What: "tokens are issued for a code verifier that is wrong or missing, on one side only", Spec: "RFC 7636 section 4.6",
			Reason: "There PKCE protects nothing: whoever intercepts a code can use it.", applies: in(areaVerifier), why: func(d delta) string {
				took, other := d.nameA(), d.nameB()
				if valueOf(d.b) == verifierTaken {
					took, other = other, took
				}
				return fmt.Sprintf("%s issued tokens although the code verifier was wrong or missing, %s did not: %s does not enforce PKCE.", took, other, took)
			}},
		{Code: "rotation", Verdict: Suspicious, Gravity: 2, What: "what a refresh does to the refresh token", Spec: "RFC 9700 section 4.14.2",
			Reason: "Where a new one comes the old one dies: a client that does not store it is locked out.", applies: in(areaRotation), why: func(d delta) string {
				return fmt.Sprintf("A refresh leaves the refresh token %s in %s and %s in %s: store a new one whenever it comes.", valueOf(d.a), d.nameA(), valueOf(d.b), d.nameB())
			}},
		{Code: "scope-granted", Verdict: Suspicious, Gravity: 1, What: "the scopes granted, in the answer or in the token", Spec: "RFC 6749 section 3.3",
			Reason: "Calls that need the missing scope are refused.", applies: all(in(areaScope), not(oneSided), not(otherKind)), why: scopeWhy("granted")},
		{Code: "scope-member", Verdict: Suspicious, Gravity: 3, What: "the answer, or the token, does not state the scopes on one side", Spec: "RFC 6749 section 5.1",
			Reason: "Without it the granted scopes are those asked for; a client that reads it fails.", applies: all(in(areaScope), oneSided),
			why: sayGone("%s is stated by %s, but not by %s.")},
		{Code: "scope-separator", Verdict: Suspicious, Gravity: 5, What: "what stands between scopes", Spec: "RFC 6749 section 3.3", Reason: "A client that splits at the one takes the other for one scope.",
			applies: in(areaSeparator), why: func(d delta) string {
				return fmt.Sprintf("Scopes are separated by a %s in %s and a %s in %s.", valueOf(d.a), d.nameA(), valueOf(d.b), d.nameB())
			}},
		{Code: codeLifetime, Verdict: Suspicious, Gravity: 2, What: "a lifetime that differs by more than 5 seconds", Spec: "RFC 6749 section 5.1",
			Reason: "Refreshes and caches that are timed for the longer one fail with the shorter.", applies: all(func(d delta) bool { return d.fact().isLife }, not(oneSided), not(otherKind)), why: lifeWhy},
		{Code: "token-format", Verdict: Suspicious, Gravity: 2, What: "the format of the access token: jwt, opaque, jwe", Reason: "An API that verifies it by itself cannot do so with the other.",
			applies: in(areaFormat), why: func(d delta) string {
				return fmt.Sprintf("The access token is %s in %s and %s in %s.", valueOf(d.a), d.nameA(), valueOf(d.b), d.nameB())
			}},
		{Code: "token-type-spelling", Verdict: Suspicious, Gravity: 5, What: "another case of token_type", Spec: "RFC 6749 section 5.1", Reason: "It is compared without case by the specification, but not by every library.",
			applies: all(field, named("token_type"), not(oneSided), func(d delta) bool { return strings.EqualFold(d.a.value, d.b.value) }),
			why:     say("token_type is the same word in another case; strict libraries compare it as it stands.")},
		{Code: "token-type", Verdict: Suspicious, Gravity: 2, What: "another token_type", Spec: "RFC 6749 section 7.1", Reason: "The token is presented to the API in another way.",
			applies: all(field, named("token_type"), not(oneSided)), why: func(d delta) string {
				return fmt.Sprintf("Tokens are presented as %s in %s and as %s in %s.", d.pair.a.text(d.a), d.nameA(), d.pair.b.text(d.b), d.nameB())
			}},
		{Code: "field-moved", Verdict: Suspicious, Gravity: 3, What: "a field of the token stands at another place of the answer", Reason: "Code that reads the one place finds nothing at the other.",
			applies: all(in(areaSource), not(statedOnce)), why: func(d delta) string {
				return fmt.Sprintf("%s stands at %s in %s and at %s in %s.", d.name(), valueOf(d.a), d.nameA(), valueOf(d.b), d.nameB())
			}},
		{Code: "field-type", Verdict: Suspicious, Gravity: 3, What: "a field of the token has another JSON type", Spec: "RFC 6749 section 5.1", Reason: "A typed reader fails on one of the two.",
			applies: all(field, func(d delta) bool { return strings.HasSuffix(d.name(), " type") }), why: func(d delta) string {
				return fmt.Sprintf("%s is %s in %s and %s in %s.", strings.TrimSuffix(d.name(), " type"), article(valueOf(d.a)), d.nameA(), article(valueOf(d.b)), d.nameB())
			}},
		{Code: "field-gone", Verdict: Suspicious, Gravity: 2, What: "a field of the token is missing on one side", Spec: "RFC 6749 section 5.1", Reason: "Code that reads it fails, or silently goes without.",
			applies: either(all(in(areaField, areaLife), oneSided), statedOnce), why: func(d delta) string {
				if d.area() == areaSource {
					has, lacks := d.nameA(), d.nameB()
					if !strings.HasPrefix(valueOf(d.a), "$") {
						has, lacks = lacks, has
					}
					return fmt.Sprintf("%s can be read in the answer of %s, but not in that of %s, where only the access token itself tells it.", d.name(), has, lacks)
				}
				return fmt.Sprintf("%s comes from %s, but not from %s.", d.name(), d.has(), d.lacks())
			}},
		{Code: "token-value", Verdict: Expected, What: "the tokens themselves", Reason: "Every token is new.", applies: all(field, isSecret), why: say("Every token is new.")},
	}
}

// statedOnce tells that a field of the token is stated by one answer, and was worked out of
// something else for the other.
func statedOnce(d delta) bool {
	return d.area() == areaSource && !d.oneSided() && strings.HasPrefix(d.a.value, "$") != strings.HasPrefix(d.b.value, "$")
}

func claimRules() []Rule {
	header, claim := in(areaJOSE), in(areaClaim)
	return []Rule{
		{Code: "signature", Verdict: Suspicious, Gravity: 0, What: "a signature is verified on one side only", Spec: "RFC 7515 section 5.2", Reason: "What cannot be verified must not be trusted.",
			applies: in(areaSignature), why: func(d delta) string {
				return fmt.Sprintf("The signature of the %s is %s in %s and %s in %s.", tokenOf(d), valueOf(d.a), d.nameA(), valueOf(d.b), d.nameB())
			}},
		{Code: "check", Verdict: Suspicious, Gravity: 1, What: "a check of a token, of its time, its nonce or its hashes, fails on one side only", Spec: "OpenID Connect Core section 3.1.3.7",
			Reason: "A client that checks it, as it should, refuses the token.", applies: in(areaCheck), why: func(d delta) string {
				return fmt.Sprintf("In the %s the check of %s %s in %s and %s in %s.", tokenOf(d), checked(d.name()), valueOf(d.a), d.nameA(), valueOf(d.b), d.nameB())
			}},
		{Code: "algorithm", Verdict: Suspicious, Gravity: 1, What: "another signature algorithm", Spec: "RFC 8725 section 3.1", Reason: "A verifier that is fixed to one algorithm, as it should be, refuses the other.",
			applies: all(header, named("alg", "enc")), why: func(d delta) string {
				return fmt.Sprintf("%s signs with %s, %s with %s: a verifier fixed to one refuses the other.", d.nameA(), valueOf(d.a), d.nameB(), valueOf(d.b))
			}},
		{Code: "key-id", Verdict: Expected, What: "key ids and thumbprints", Spec: "RFC 7517 section 4.5", Reason: "Every environment has its own keys.",
			applies: func(d delta) bool {
				return all(header, named("kid", "x5t", "x5t#S256", "jku", "x5u"), not(oneSided))(d) || all(in(areaKey), named("key ids"))(d)
			}, why: within("Each environment has its own keys.", "Servers replace their keys from time to time.")},
		{Code: "key-type", Verdict: Suspicious, Gravity: 2, What: "another type of key in the key set", Spec: "RFC 7517 section 4.1", Reason: "It goes with another algorithm.",
			applies: all(in(areaKey), named("key types")), why: func(d delta) string {
				return fmt.Sprintf("The keys are %s in %s and %s in %s.", orNone(d.pair.a.text(d.a)), d.nameA(), orNone(d.pair.b.text(d.b)), d.nameB())
			}},
		{Code: "key-size", Verdict: Suspicious, Gravity: 3, What: "another size of RSA keys", Spec: "RFC 7518 section 3.3", Reason: "Some verifiers refuse keys below 2048 bits.",
			applies: all(in(areaKey), named("key size"), not(oneSided)), why: func(d delta) string {
				return fmt.Sprintf("RSA keys have %s bits in %s and %s in %s.", valueOf(d.a), d.nameA(), valueOf(d.b), d.nameB())
			}},
		{Code: "key-use", Verdict: Suspicious, Gravity: 5, What: "use and alg of the keys", Spec: "RFC 7517 section 4.2", Reason: "A verifier may pass over keys that are not marked for it.",
			applies: in(areaKey), why: func(d delta) string {
				return fmt.Sprintf("The keys are marked %s in %s and %s in %s.", orNone(d.pair.a.text(d.a)), d.nameA(), orNone(d.pair.b.text(d.b)), d.nameB())
			}},
		{Code: "jose-header", Verdict: Suspicious, Gravity: 4, What: "any other member of the JOSE header", Spec: "RFC 7515 section 4.1", Reason: "typ, cty and crit decide whether a verifier takes the token.",
			applies: header, why: func(d delta) string {
				if d.oneSided() {
					return fmt.Sprintf("The header has %s in %s, but not in %s.", d.name(), d.has(), d.lacks())
				}
				return fmt.Sprintf("%s is %s in %s and %s in %s.", d.name(), d.pair.a.text(d.a), d.nameA(), d.pair.b.text(d.b), d.nameB())
			}},
		{Code: "audience-kind", Verdict: Suspicious, Gravity: 3, What: "another kind of audience: an array for a string, a URL for an id", Spec: "RFC 7519 section 4.1.3",
			Reason: "An API that compares the audience with a fixed form refuses the other.", applies: all(in(areaAudience), func(d delta) bool {
				return d.oneSided() || d.otherKind() || audienceKind(d, true) != audienceKind(d, false)
			}),
			why: func(d delta) string {
				if d.oneSided() {
					return fmt.Sprintf("The token of %s names its audience, that of %s does not.", d.has(), d.lacks())
				}
				return fmt.Sprintf("The audience is %s in %s and %s in %s.", audienceKind(d, true), d.nameA(), audienceKind(d, false), d.nameB())
			}},
		{Code: "audience", Verdict: Expected, What: "another audience of the same kind", Reason: "Every environment has its own resources and projects.", applies: in(areaAudience), why: within("The environment's own audience.", "Another audience of the same kind.")},
		{Code: "claim-gone", Verdict: Suspicious, Gravity: 3, What: "a claim is missing on one side", Reason: "Code that reads it fails, or silently goes without.",
			applies: all(claim, oneSided), why: sayGone("The claim %s is in the token of %s, but not in that of %s.")},
		{Code: "issuer-undeclared", Verdict: Suspicious, Gravity: 2, What: "an issuer that is not that of the environment", Spec: "RFC 7519 section 4.1.1", Reason: "Verifiers compare it byte for byte with the environment's.",
			applies: all(claim, named("iss"), not(otherKind), not(declared)), why: say("The issuer is not the one that the environment declares.")},
		{Code: "claim-volatile", Verdict: Expected, What: "ids, times, hashes, the user and the client in a token", Reason: "They belong to the one token.",
			applies: all(claim, not(otherKind), func(d delta) bool {
				return volatile(d) || declared(d) || slices.Contains([]string{"iss", "sub", "jti", "iat", "exp", "nbf", "azp", "sid", "uti", "rh", "aio", "amr", "acr", "cnf", "name", "email", "phone_number", "username", "preferred_username"}, d.name())
			}), why: say("It belongs to this one token.")},
		{Code: "claim-value", Verdict: Expected, What: "any other value of a claim", Reason: "The claim and its type are the same; the value is data.", applies: all(claim, not(otherKind)), why: say("The same claim and type; the value is data.")},
	}
}

// tokenOf is which token a fact is about, by its path.
func tokenOf(d delta) string {
	if strings.HasPrefix(d.fact().path, jose.OfIDToken+".") {
		return "ID token"
	}
	return "access token"
}

// checked is what a check looks at, in words.
func checked(check string) string {
	switch check {
	case jose.CheckTime:
		return "its time"
	case jose.CheckNonce:
		return "its nonce"
	}
	return check
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// audienceKind describes the audience of one side: how many, and of what form.
func audienceKind(d delta, ofA bool) string {
	f, s := d.a, &d.pair.a
	if !ofA {
		f, s = d.b, &d.pair.b
	}
	values := strings.Fields(f.value)
	if len(values) == 0 {
		return "nothing"
	}
	var kinds []string
	for _, v := range values {
		k := "a name"
		switch {
		case v == s.session.Settings().ClientID:
			k = "the client id"
		case isURL(v):
			k = "a URL"
		case hasID(v):
			k = "an id"
		}
		if !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	slices.Sort(kinds)
	text := strings.Join(kinds, " and ")
	if f.kind == rawjson.Array {
		text = "an array of " + strings.NewReplacer("a name", "names", "a URL", "URLs", "an id", "ids").Replace(text)
	}
	return text
}

// hasID tells that a word has a run of at least six characters among which there are
// digits: a number, a UUID, a random name.
func hasID(s string) bool {
	digits, length := 0, 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			digits++
			length++
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			length++
		default:
			if digits > 1 && length >= 6 {
				return true
			}
			digits, length = 0, 0
		}
	}
	return digits > 1 && length >= 6
}
