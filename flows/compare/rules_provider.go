package compare

import (
	"fmt"
	"slices"
	"strings"

	"oauthlens/flows"
)

// otherProvider tells that the sides are different providers, so that everything that a
// profile is there to say differs by nature.
func (x *pair) otherProvider() bool { return x.a.about.Provider != x.b.about.Provider }

// providerRules judge two different providers. Expected are names, addresses, vocabularies,
// data and the form that each profile declares. How long tokens live, what is in them and
// what protects them is judged as between two environments: that is what code written for
// the one meets at the other.
func providerRules() []Rule {
	rules := []Rule{
		{Code: "provider-pkce", Verdict: Suspicious, Gravity: 2, What: "between providers: PKCE is used with one of them only", Spec: "RFC 9700 section 2.1.1",
			Reason:  "Without it an intercepted code can be used, whatever the profile says.",
			applies: either(all(oneSided, named("code_challenge"), in(areaParam)), all(in(areaProfile), named("pkce"), not(oneSided), pkceOff)), why: func(d delta) string {
				if !d.oneSided() {
					return fmt.Sprintf("PKCE is %s with %s and %s with %s: where it is off an intercepted code can be used.", valueOf(d.a), d.nameA(), valueOf(d.b), d.nameB())
				}
				return fmt.Sprintf("%s is asked with PKCE, %s without: there an intercepted code can be used.", d.has(), d.lacks())
			}},
		{Code: "provider-narrowed", Verdict: Suspicious, Gravity: 1, What: "between providers: one of them grants less than it was asked for", Spec: "RFC 6749 section 3.3",
			Reason: "Calls that need the missing scope are refused.", applies: all(in(areaScope), not(oneSided), narrowed), why: func(d delta) string {
				short, long := narrowing(d)
				return fmt.Sprintf("%s grants less than was asked for, %s all of it.", short, long)
			}},
		{Code: "provider-address", Verdict: Expected, What: "between providers: hosts, paths and endpoints", Reason: "Each provider has addresses of its own.",
			applies: all(address, func(d delta) bool { return d.oneSided() || !otherScheme(d) }), why: say("Each provider has addresses of its own.")},
		{Code: "provider-request", Verdict: Expected, What: "between providers: parameters, and the form and authentication that each profile declares", Reason: "Each provider's profile says how it wants to be asked.",
			applies: either(all(in(areaParam), not(named("state")), not(isSecretHere), not(redirectOnBoth)), all(in(areaAuth, areaEncoding, areaMethod), asProfiled)), why: say("Each provider wants to be asked in its own way.")},
		{Code: "provider-delivery", Verdict: Expected, What: "between providers: one of them builds the authorization URL by a call of its API", Reason: "The profile says how the authorization request is delivered.",
			applies: func(d delta) bool {
				return d.oneSided() && d.step == string(flows.StepAuthorizeURL) && isAnswer(d.area())
			}, why: func(d delta) string {
				return fmt.Sprintf("%s builds the authorization URL by a call, and this is its answer.", d.has())
			}},
		{Code: "provider-scopes", Verdict: Expected, What: "between providers: the scopes", Reason: "Each provider has names of its own for its scopes.",
			applies: either(all(in(areaScope), not(oneSided), not(otherKind)), in(areaSeparator), all(in(areaMetadata), named("scopes_supported"))), why: say("Each provider has scopes of its own.")},
		{Code: "provider-life", Verdict: Expected, What: "between providers: lifetimes that are those of the profiles", Reason: "The profiles declare them.",
			applies: all(in(areaLife), not(oneSided), func(d delta) bool {
				return lifeDeclared(&d.pair.a, d.a, d.name()) && lifeDeclared(&d.pair.b, d.b, d.name())
			}), why: say("The profiles declare these lives.")},
		{Code: "provider-place", Verdict: Expected, What: "between providers: where the fields of a token or an error stand", Reason: "The profiles declare it.",
			applies: in(areaSource, areaErrorPlace), why: say("Each profile says where its fields stand.")},
		{Code: "provider-answer", Verdict: Expected, What: "between providers: what is in an answer beside the token, and what the metadata offers", Reason: "Each provider answers in its own way; PKCE, iss, algorithms and errors are judged by themselves.",
			applies: either(in(areaMember, areaCookie), all(in(areaMetadata), not(named("code_challenge_methods_supported", "authorization_response_iss_parameter_supported")), func(d delta) bool {
				return !strings.Contains(d.name(), "_alg_values")
			})), why: say("Each provider answers in its own way.")},
		{Code: "provider-claims", Verdict: Expected, What: "between providers: audience, issuer, and claims that no specification asks for", Spec: "RFC 9068 section 2.2", Reason: "Each provider puts data of its own into a token.",
			applies: either(all(in(areaAudience), not(oneSided)), all(in(areaClaim), not(registered)), all(in(areaClaim), named("iss", "aud"), not(oneSided), not(otherKind))), why: say("Each provider says its own things in a token.")},
		{Code: "provider-callback", Verdict: Expected, What: "between providers: parameters of the callback that no specification asks for", Spec: "RFC 6749 section 4.1.2", Reason: "Each provider has callback parameters of its own.",
			applies: all(in(areaBack), oneSided, not(named("code", "state", "iss", "error"))), why: say("Each provider sends back parameters of its own.")},
	}
	for i, r := range rules {
		rules[i].applies = func(d delta) bool { return d.pair.otherProvider() && r.applies(d) }
	}
	return rules
}

// pkceOff tells that one of the profiles switches PKCE off.
func pkceOff(d delta) bool {
	return d.a.value == string(flows.PKCEOff) || d.b.value == string(flows.PKCEOff)
}

func either(tests ...func(delta) bool) func(delta) bool {
	return func(d delta) bool {
		return slices.ContainsFunc(tests, func(t func(delta) bool) bool { return t(d) })
	}
}

// isSecretHere leaves tokens, codes and credentials to the rule that masks them.
func isSecretHere(d delta) bool { return isSecret(d) && !d.oneSided() }

// redirectOnBoth leaves two redirect URIs to the rules about their spelling.
func redirectOnBoth(d delta) bool { return !d.oneSided() && named("redirect_uri")(d) }

// address is the URL of a request, or an endpoint of the metadata.
func address(d delta) bool {
	switch d.area() {
	case areaEndpoint:
		return true
	case areaMetadata:
		return isEndpoint(d) || !d.oneSided() && bothURLs(d)
	case areaBack, areaClaim, areaJOSE:
		return !d.oneSided() && bothURLs(d)
	}
	return false
}

// asProfiled tells that both clients authenticate as their profiles say, so that the form
// of their requests is theirs too.
func asProfiled(d delta) bool {
	for _, s := range []*side{&d.pair.a, &d.pair.b} {
		if want := s.start.Provider.Dialect.ClientAuth; want != "" && s.session.Settings().AuthMethod != want {
			return false
		}
	}
	return true
}

// lifeDeclared tells that a lifetime is the one of the provider's profile.
func lifeDeclared(s *side, f *fact, name string) bool {
	want := s.start.Provider.Lifetimes.AccessToken
	if strings.HasPrefix(name, "refresh") {
		want = s.start.Provider.Lifetimes.RefreshToken
	}
	return want > 0 && (f.lasts-want).Abs() <= SameLife
}

// registered are the claims that an access token or an ID token has by its specification
// (RFC 9068 section 2.2, OpenID Connect Core section 2).
func registered(d delta) bool {
	return slices.Contains([]string{"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "nonce"}, d.name())
}

// narrowed tells that one side, and not the other, grants less than it was asked for.
func narrowed(d delta) bool { short, _ := narrowing(d); return short != "" }

func narrowing(d delta) (short, long string) {
	a, b := lacksAsked(&d.pair.a, d.a), lacksAsked(&d.pair.b, d.b)
	switch {
	case a == b:
		return "", ""
	case a:
		return d.nameA(), d.nameB()
	}
	return d.nameB(), d.nameA()
}

// lacksAsked tells that a scope that was asked for is not granted.
func lacksAsked(s *side, f *fact) bool {
	if s.start.Grant == flows.GrantRefreshToken {
		return false
	}
	return len(missing(s.session.Settings().Scopes, f.list)) > 0
}
