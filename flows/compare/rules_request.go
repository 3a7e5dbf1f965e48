package compare

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"oauthlens/flows"
)

// Codes that the code of this package asks for.
const (
	codeLifetime = "lifetime"
	codeTiming   = "far-slower"
	codeOutcome  = "outcome"
	codeVerifier = "pkce-not-enforced"
)

func runRules() []Rule {
	return []Rule{
		{Code: "cancelled", Verdict: Expected, What: "a run or a step was cancelled on one side", Reason: "A person or a signal ended it; it says nothing about the provider.",
			applies: all(in(areaOutcome, areaTransport), cancelled), why: say("It was cancelled on one side, which says nothing about the provider.")},
		{Code: codeOutcome, Verdict: Suspicious, Gravity: 0, What: "a run or a step succeeds on one side and fails on the other",
			Reason:  "This is what the comparison is for: everything else is read as a possible cause of it.",
			applies: in(areaOutcome), why: outcomeWhy},
		{Code: "chosen", Verdict: Expected, What: "provider, environment, grant and client id of the run",
			Reason: "They were chosen for the run, or belong to the environment.", applies: in(areaRun), why: say("Chosen for the run.")},
		{Code: "step-one-sided", Verdict: Expected, What: "a step was walked on one side only",
			Reason:  "What cannot be done on one side for a reason is reported as that reason; the rest was not asked for.",
			applies: in(areaStep), why: func(d delta) string {
				if d.lacksSide().about.Outcome == flows.Failed {
					return d.lacks() + " did not come this far."
				}
				if d.step == StepClaims || d.step == StepToken {
					return "There is nothing to read in " + d.lacks() + "."
				}
				return "Only " + d.has() + " walked this step, so there is nothing to lay beside it."
			}},
		{Code: "profile-declares", Verdict: Expected, What: "what the profiles state for each environment, or for each provider",
			Reason: "The profiles say that the two differ here.", applies: in(areaProfile), why: func(d delta) string {
				switch other := d.pair.otherProvider(); {
				case d.oneSided():
					return "The profile knows this for " + d.has() + " only."
				case other:
					return "The profiles declare it so."
				}
				return "The profile declares it so."
			}},
	}
}

// cancelled tells that one side was ended from outside.
func cancelled(d delta) bool {
	for _, f := range []*fact{d.a, d.b} {
		if f != nil && (f.value == string(flows.Cancelled) || f.area == areaTransport && strings.HasPrefix(f.value, string(flows.ErrorCancelled)+" ")) {
			return true
		}
	}
	return false
}

func (d delta) lacksSide() *side {
	if d.a == nil {
		return &d.pair.a
	}
	return &d.pair.b
}

func requestRules() []Rule {
	request := in(areaParam)
	return append(urlRules(), []Rule{
		{Code: "client-authentication", Verdict: Suspicious, Gravity: 2, What: "the way in which the client authenticates at the token endpoint", Spec: "RFC 6749 section 2.3",
			Reason: "Both environments run the same software: another way usually means a leftover in the configuration.", applies: in(areaAuth),
			why: func(d delta) string {
				return fmt.Sprintf("The client's credentials go %s to %s, %s to %s.", valueOf(d.a), d.nameA(), valueOf(d.b), d.nameB())
			}},
		{Code: "body-encoding", Verdict: Suspicious, Gravity: 3, What: "the encoding or method of a request",
			Reason: "A server that wants a form cannot read JSON, and the other way round.", applies: in(areaEncoding, areaMethod),
			why: func(d delta) string {
				return fmt.Sprintf("The request is sent as %s to %s and as %s to %s.", valueOf(d.a), d.nameA(), valueOf(d.b), d.nameB())
			}},
		{Code: "scope-asked", Verdict: Suspicious, Gravity: 2, What: "the scopes asked for", Spec: "RFC 6749 section 3.3",
			Reason:  "What was not asked for is not granted: this is the first thing to rule out.",
			applies: all(request, named("scope"), not(oneSided)), why: scopeWhy("asked for")},
		{Code: "parameter-missing", Verdict: Suspicious, Gravity: 3, What: "a parameter is sent to one side only",
			Reason: "The same flow should send the same parameters.", applies: all(request, oneSided), why: sayGone("%s is sent in %s, but not in %s.")},
		{Code: "token-hint", Verdict: Expected, What: "which kind of token is revoked or introspected", Spec: "RFC 7009 section 2.1", Reason: "It follows from the tokens that were issued.",
			applies: all(request, named("token_type_hint")), why: say("It follows from the tokens that were issued.")},
		{Code: "random-value", Verdict: Expected, What: "state, nonce, code, PKCE challenge and verifier, tokens and secrets in a request",
			Reason: "They are made anew for every request, or belong to the client.", applies: all(in(areaParam, areaBack), isSecret), why: say("Made anew for every flow, or the client's own.")},
		{Code: "client-id", Verdict: Expected, What: "client id in a request", Reason: "Every environment has its own clients.",
			applies: all(request, named("client_id", "app_id", "client_key", "username")), why: within("Each environment has its own client.", "The runs were given different clients.")},
		{Code: "redirect-uri-spelling", Verdict: Suspicious, Gravity: 3, What: "redirect URIs that differ in a slash, a case or an encoding only", Spec: "RFC 6749 section 3.1.2.3",
			Reason:  "They are compared byte for byte: a difference this small is rarely meant.",
			applies: all(in(areaParam, areaMember), named("redirect_uri"), nearlyEqual),
			why:     say("The redirect URIs differ only in spelling; servers compare them byte for byte.")},
		{Code: "redirect-uri", Verdict: Expected, What: "the redirect URI", Reason: "Each environment registers its own, and a port of this machine may be taken.",
			applies: all(request, named("redirect_uri")), why: within("Each environment has its own redirect URI.", "Chosen for the run, or another port since the usual one was taken.")},
		{Code: "parameter-value", Verdict: Suspicious, Gravity: 4, What: "a parameter has another value",
			Reason: "The same flow should send the same values, but for those that belong to the environment.", applies: all(request, not(declared)),
			why: func(d delta) string {
				return fmt.Sprintf("%s is not the same in both requests, and the profile does not declare that.", d.name())
			}},
		{Code: "parameter-declared", Verdict: Expected, What: "a parameter whose values belong to the environments", Reason: "The values are the environments' own hosts, clients or endpoints.",
			applies: request, why: within("The value belongs to the environment.", "The value belongs to the run.")},
	}...)
}

func valueOf(f *fact) string {
	if f == nil {
		return "nothing"
	}
	return f.value
}

func isSecret(d delta) bool { return isSecretName(d.name()) }

// nearlyEqual tells that two values differ in case, a final slash or an encoding only.
func nearlyEqual(d delta) bool {
	if d.oneSided() {
		return false
	}
	canon := func(s string) string {
		if plain, err := url.QueryUnescape(s); err == nil {
			s = plain
		}
		return strings.ToLower(strings.TrimRight(s, "/"))
	}
	return canon(d.a.value) == canon(d.b.value)
}

// scopeWhy says which scopes are there on one side only.
func scopeWhy(verb string) func(delta) string {
	return func(d delta) string {
		lost, gained := missing(d.a.list, d.b.list), missing(d.b.list, d.a.list)
		show := func(names []string, s *side) string { return clip(s.mask.String(strings.Join(names, " "))) }
		switch {
		case len(lost) > 0 && len(gained) > 0:
			return fmt.Sprintf("%s is %s in %s only, %s in %s only.", show(lost, &d.pair.a), verb, d.nameA(), show(gained, &d.pair.b), d.nameB())
		case len(lost) > 0:
			return fmt.Sprintf("%s is %s in %s, but not in %s.", show(lost, &d.pair.a), verb, d.nameA(), d.nameB())
		}
		return fmt.Sprintf("%s is %s in %s, but not in %s.", show(gained, &d.pair.b), verb, d.nameB(), d.nameA())
	}
}

// urlRules judge whatever is a URL on both sides: the URL of a request, a member of the
// metadata, a claim.
func urlRules() []Rule {
	both := all(in(areaEndpoint, areaMetadata, areaParam, areaBack, areaClaim, areaMember, areaJOSE), not(oneSided), bothURLs, not(named("redirect_uri")))
	// whose token it is must be declared: a host of its own is no excuse
	both = all(both, func(d delta) bool { return declared(d) || !issuerKnown(d) })
	return []Rule{
		{Code: "scheme", Verdict: Suspicious, Gravity: 2, What: "https on one side, http on the other", Spec: "RFC 6749 section 3.2",
			Reason:  "Tokens and secrets would travel in clear. This machine's own addresses are excepted.",
			applies: all(both, otherScheme), why: func(d delta) string {
				return fmt.Sprintf("%s uses https on one side and plain http on the other.", d.name())
			}},
		{Code: "host-declared", Verdict: Expected, What: "URLs that are the environments' own", Reason: "The profile, or the flags of the run, declare them for each environment.",
			applies: all(both, declared), why: func(d delta) string {
				return within("The environments' own: ", "Each run's own: ")(d) + d.declaredAs() + "."
			}},
		{Code: "host", Verdict: Expected, What: "URLs that differ in the host only, between environments", Reason: "Environments live on hosts of their own.",
			applies: all(both, sameButHost, func(d delta) bool { return !d.pair.sameEnvironment() || bothLoopback(d) }), why: say("Only the host differs.")},
		{Code: "host-moved", Verdict: Suspicious, Gravity: 3, What: "another host within the same environment", Reason: "Two runs of one environment should meet the same servers.",
			applies: all(both, sameButHost), why: func(d delta) string {
				return d.name() + " is at another host, although both runs walked the same environment."
			}},
		{Code: "path", Verdict: Suspicious, Gravity: 4, What: "another path that the profile does not declare", Reason: "The same software serves the same paths.",
			applies: func(d delta) bool {
				return in(areaEndpoint)(d) || all(both, not(in(areaMember, areaParam)))(d)
			}, why: func(d delta) string {
				return d.name() + " has another path, and the profile does not declare that."
			}},
	}
}

// issuerKnown tells that a claim is an issuer and that an environment declares its own.
func issuerKnown(d delta) bool {
	return d.area() == areaClaim && d.name() == "iss" && (d.pair.a.start.Environment.Endpoints.Issuer != "" || d.pair.b.start.Environment.Endpoints.Issuer != "")
}

func bothURLs(d delta) bool { return isURL(d.a.value) && isURL(d.b.value) }

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// declared tells that the values are the same once what belongs to each environment is
// replaced by its name.
func declared(d delta) bool {
	return !d.oneSided() && d.pair.a.plain(d.a.value) == d.pair.b.plain(d.b.value)
}

// declaredAs names what belongs to the environment in the value.
func (d delta) declaredAs() string {
	var names []string
	for part := range strings.SplitSeq(d.pair.a.plain(d.a.value), "{") {
		if name, _, ok := strings.Cut(part, "}"); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

func otherScheme(d delta) bool {
	a, _ := url.Parse(d.a.value)
	b, _ := url.Parse(d.b.value)
	return a.Scheme != b.Scheme && !loopback(a) && !loopback(b)
}

func sameButHost(d delta) bool {
	a, _ := url.Parse(d.a.value)
	b, _ := url.Parse(d.b.value)
	return a.EscapedPath() == b.EscapedPath() && a.RawQuery == b.RawQuery
}

func bothLoopback(d delta) bool {
	a, _ := url.Parse(d.a.value)
	b, _ := url.Parse(d.b.value)
	return loopback(a) && loopback(b)
}

func loopback(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return strings.EqualFold(u.Hostname(), "localhost") || err == nil && ip.IsLoopback()
}

func callbackRules() []Rule {
	back := in(areaBack)
	return []Rule{
		{Code: "delivery", Verdict: Suspicious, Gravity: 4, What: "how the callback is delivered: query, fragment or form_post", Spec: "OAuth 2.0 Multiple Response Type Encoding Practices section 2.1",
			Reason: "An application that reads the one does not see the other.", applies: in(areaDelivery), why: func(d delta) string {
				return fmt.Sprintf("The answer comes as %s from %s and as %s from %s.", valueOf(d.a), d.nameA(), valueOf(d.b), d.nameB())
			}},
		{Code: "iss-missing", Verdict: Suspicious, Gravity: 2, What: "iss is missing in the callback", Spec: "RFC 9207 section 2",
			Reason: "Without it a client with several providers cannot tell which one answered.", applies: all(back, named("iss"), oneSided),
			why: func(d delta) string {
				return fmt.Sprintf("%s names itself in the callback (iss), %s does not: a mix-up would go unnoticed there.", d.has(), d.lacks())
			}},
		{Code: "callback-parameter", Verdict: Suspicious, Gravity: 5, What: "a parameter of the callback is missing", Reason: "An application may rely on it.",
			applies: all(back, oneSided), why: sayGone("%s comes back from %s, but not from %s.")},
		{Code: "callback-value", Verdict: Expected, What: "another value of a callback parameter", Reason: "It belongs to the one authorization.", applies: back,
			why: say("It belongs to this one authorization.")},
	}
}
