package compare

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"oauthlens/flows/jose"
	"oauthlens/flows/rawjson"
)

func answerRules() []Rule {
	return []Rule{
		{Code: "error-code", Verdict: Suspicious, Gravity: 2, What: "another error for the same mistake", Spec: "RFC 6749 section 5.2",
			Reason: "Code that handles the one error does not recognise the other.", applies: in(areaError), why: func(d delta) string {
				if d.oneSided() {
					return "Only " + d.has() + " names the error."
				}
				return fmt.Sprintf("The same mistake is called %s by %s and %s by %s.", d.pair.a.text(d.a), d.nameA(), d.pair.b.text(d.b), d.nameB())
			}},
		{Code: "error-moved", Verdict: Suspicious, Gravity: 3, What: "the code of an error stands at another place of the answer", Spec: "RFC 6749 section 5.2",
			Reason: "Code that reads the one place takes the other for an unknown answer.", applies: in(areaErrorPlace), why: func(d delta) string {
				return fmt.Sprintf("The error stands at %s in the answer of %s and at %s in that of %s.", valueOf(d.a), d.nameA(), valueOf(d.b), d.nameB())
			}},
		{Code: "error-text-gone", Verdict: Suspicious, Gravity: 5, What: "the description of an error is missing on one side", Spec: "RFC 6749 section 5.2",
			Reason: "Logs and support lose the only hint at the cause; a typed reader may fail.", applies: all(in(areaErrorText), oneSided), why: func(d delta) string {
				return fmt.Sprintf("%s describes its error (%s), %s does not.", d.has(), d.name(), d.lacks())
			}},
		{Code: "error-wording", Verdict: Expected, What: "another description of the same error", Spec: "RFC 6749 section 5.2",
			Reason: "Descriptions are for developers and not stable; nothing should depend on them.", applies: in(areaErrorText), why: say("Wording for people; nothing should depend on it.")},
		{Code: "no-answer", Verdict: Suspicious, Gravity: 1, What: "another failure of the connection", Reason: "Both sides fail, but not for the same reason.",
			applies: in(areaTransport), why: func(d delta) string {
				if d.oneSided() {
					return "Only the connection to " + d.has() + " failed."
				}
				return "Both connections failed, for different reasons."
			}},
		{Code: "status", Verdict: Suspicious, Gravity: 3, What: "another HTTP status", Reason: "Libraries decide by the status first.", applies: in(areaStatus), why: func(d delta) string {
			return fmt.Sprintf("The status is %s from %s and %s from %s.", valueOf(d.a), d.nameA(), valueOf(d.b), d.nameB())
		}},
		{Code: "body-form", Verdict: Suspicious, Gravity: 1, What: "another kind of body: JSON, HTML, a form, nothing", Reason: "A parser for the one cannot read the other.",
			applies: in(areaForm), why: func(d delta) string {
				return fmt.Sprintf("The body is %s from %s and %s from %s.", valueOf(d.a), d.nameA(), valueOf(d.b), d.nameB())
			}},
		{Code: codeTiming, Verdict: Suspicious, Gravity: 7, What: "answers that take five times as long and at least a second longer", Reason: "Smaller differences are the network's.",
			applies: all(in(areaTime), not(oneSided)), why: func(d delta) string {
				slow, fast, name, other := d.a.lasts, d.b.lasts, d.nameA(), d.nameB()
				if slow < fast {
					slow, fast, name, other = fast, slow, other, name
				}
				return fmt.Sprintf("%s takes %s to answer, %s %s.", name, round(slow), other, round(fast))
			}},
		{Code: "tls-version", Verdict: Suspicious, Gravity: 4, What: "another version of TLS, or none", Spec: "RFC 9325 section 3.1.1", Reason: "Both environments should stand behind the same settings.",
			applies: all(in(areaTLS), named("TLS version")), why: func(d delta) string {
				if d.oneSided() {
					return "The connection to " + d.has() + " is encrypted, that to " + d.lacks() + " is not."
				}
				return fmt.Sprintf("%s negotiates %s, %s %s.", d.nameA(), valueOf(d.a), d.nameB(), valueOf(d.b))
			}},
		{Code: "tls-detail", Verdict: Expected, What: "cipher and certificate", Reason: "Each host has its own certificate; the cipher is negotiated.", applies: in(areaTLS), why: say("Each host has its own certificate and negotiates for itself.")},
	}
}

// farApart tells that one exchange took much longer than the other.
func farApart(a, b time.Duration) bool {
	slow, fast := max(a, b), min(a, b)
	return slow-fast >= time.Second && slow >= 5*fast
}

// round is how long an answer took, as exact as a person wants to know.
func round(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "less than 1 ms"
	case d < time.Second:
		return strconv.Itoa(int(d.Round(time.Millisecond)/time.Millisecond)) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

func headerRules() []Rule {
	header := in(areaHeader)
	return []Rule{
		{Code: "cache-headers", Verdict: Suspicious, Gravity: 4, What: "Cache-Control and Pragma", Spec: "RFC 6749 section 5.1",
			Reason: "Answers with tokens must not be stored by anything on the way.", applies: all(header, named("cache-control", "pragma")), why: headerWhy("an answer with tokens must not be stored on the way")},
		{Code: "security-headers", Verdict: Suspicious, Gravity: 5, What: "headers that protect pages and answers in a browser",
			Reason: "The weaker side can be framed, sniffed or downgraded where the other cannot.",
			applies: all(header, named("strict-transport-security", "x-content-type-options", "x-frame-options", "content-security-policy", "referrer-policy",
				"permissions-policy", "cross-origin-opener-policy", "cross-origin-resource-policy", "cross-origin-embedder-policy")), why: headerWhy("the weaker side is less protected in a browser")},
		{Code: "cors-headers", Verdict: Suspicious, Gravity: 5, What: "Access-Control headers", Reason: "A browser application that may call the one side is locked out of the other.",
			applies: all(header, func(d delta) bool { return strings.HasPrefix(d.name(), "access-control-") }), why: headerWhy("a browser application may be locked out of one side")},
		{Code: "challenge", Verdict: Suspicious, Gravity: 5, What: "WWW-Authenticate", Spec: "RFC 6749 section 5.2", Reason: "Some libraries choose what to do by the challenge.",
			applies: all(header, named("www-authenticate", "dpop-nonce")), why: headerWhy("some libraries decide by it")},
		{Code: "content-type", Verdict: Suspicious, Gravity: 4, What: "another media type", Reason: "Libraries choose their parser by it.",
			applies: all(header, named("content-type"), func(d delta) bool { return d.oneSided() || mediaType(d.a.value) != mediaType(d.b.value) }), why: headerWhy("libraries choose their parser by it")},
		{Code: "cookie", Verdict: Suspicious, Gravity: 5, What: "the attributes that protect a cookie", Spec: "RFC 6265 section 4.1.2", Reason: "A session cookie without them can be stolen or is not sent back.",
			applies: all(in(areaCookie), not(oneSided)), why: func(d delta) string { return "The cookie " + d.name() + " is protected differently." }},
		{Code: "header-other", Verdict: Expected, What: "all other headers and cookies", Reason: "Dates, lengths, request ids and the names of machines in between.",
			applies: in(areaHeader, areaCookie), why: func(d delta) string {
				if d.oneSided() {
					return "A header of the infrastructure; nothing depends on it."
				}
				return "Differs from answer to answer or from host to host."
			}},
	}
}

func mediaType(v string) string {
	t, _, _ := strings.Cut(v, ";")
	return strings.ToLower(strings.TrimSpace(t))
}

// headerWhy says how a header differs and what that leads to.
func headerWhy(so string) func(delta) string {
	return func(d delta) string {
		if d.oneSided() {
			return fmt.Sprintf("%s sends %s, %s does not: %s.", d.has(), headerName(d.name()), d.lacks(), so)
		}
		return headerName(d.name()) + " is not the same: " + so + "."
	}
}

// headerName spells a header as people know it.
func headerName(name string) string {
	parts := strings.Split(name, "-")
	for i, p := range parts {
		switch {
		case p == "www":
			parts[i] = "WWW"
		case p == "dpop":
			parts[i] = "DPoP"
		case p != "":
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "-")
}

// volatile are the names of members and claims whose values belong to one answer, one
// user or one moment, without separators.
func volatile(d delta) bool {
	name := strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(d.name()))
	for _, suffix := range []string{"id", "ids", "uuid", "guid", "at", "time", "timestamp", "date", "expires", "hash", "key", "ref", "reference", "cursor", "token", "nonce", "state", "code", "url", "uri", "link"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

func memberRules() []Rule {
	member := in(areaMember)
	return []Rule{
		{Code: "member-gone", Verdict: Suspicious, Gravity: 3, What: "a member of an answer is missing on one side", Reason: "Code that reads it fails, or silently goes without.",
			applies: all(member, oneSided), why: sayGone("%s is in the answer of %s, but not in that of %s.")},
		{Code: "member-null", Verdict: Expected, What: "a member is null on one side", Reason: "The place is there; the value is data.",
			applies: all(member, func(d delta) bool { return d.otherKind() && (d.a.kind == rawjson.Null || d.b.kind == rawjson.Null) }), why: say("The member is there on both sides; null is data.")},
		{Code: "member-type", Verdict: Suspicious, Gravity: 3, What: "a member has another JSON type", Reason: "A typed reader fails on one of the two.", applies: all(in(areaMember, areaClaim, areaScope), otherKind),
			why: typeWhy},
		{Code: "member-id", Verdict: Expected, What: "ids, times, tokens and addresses in an answer", Reason: "They belong to the one answer.",
			applies: all(member, func(d delta) bool { return isSecret(d) || volatile(d) || declared(d) }), why: say("It belongs to this one answer.")},
		{Code: "member-value", Verdict: Expected, What: "other values in an answer", Reason: "The place and the type are the same; the value is the account's data.",
			applies: member, why: say("The same place and type; the value is data.")},
	}
}

func typeWhy(d delta) string {
	return fmt.Sprintf("%s is %s from %s and %s from %s.", d.name(), article(d.a.kind.String()), d.nameA(), article(d.b.kind.String()), d.nameB())
}

func article(noun string) string {
	if strings.ContainsAny(noun[:min(1, len(noun))], "aeiou") {
		return "an " + noun
	}
	return "a " + noun
}

// lifeWhy says who lives shorter.
func lifeWhy(d delta) string {
	short, long, name, other := d.a, d.b, d.nameA(), d.nameB()
	if long.lasts < short.lasts {
		short, long, name, other = long, short, other, name
	}
	what := "What " + d.name() + " is about"
	switch {
	case strings.HasPrefix(d.name(), "refresh"):
		what = "A refresh token"
	case strings.HasPrefix(d.fact().path, jose.OfIDToken+"."):
		what = "An ID token"
	case d.step == StepToken || d.step == StepClaims || strings.HasPrefix(d.step, "refresh"):
		what = "A token"
	}
	return fmt.Sprintf("%s lives %s in %s and %s in %s: what is timed for the longer life fails there.", what, life(short.lasts), name, life(long.lasts), other)
}

func metadataRules() []Rule {
	meta := in(areaMetadata)
	gone := all(meta, oneSided)
	list := all(meta, func(d delta) bool { return d.fact().isList })
	suffix := func(s string) func(delta) bool {
		return func(d delta) bool { return strings.HasSuffix(d.name(), s) }
	}
	return []Rule{
		{Code: "pkce", Verdict: Suspicious, Gravity: 1, What: "the PKCE methods of the metadata", Spec: "RFC 8414 section 2, RFC 9700 section 2.1.1",
			Reason:  "A side that lists none, or only plain, may not enforce PKCE: an intercepted code could be used.",
			applies: all(meta, named("code_challenge_methods_supported")), why: func(d delta) string {
				if d.oneSided() {
					return fmt.Sprintf("%s lists PKCE, %s does not: there an intercepted code may be usable.", d.has(), d.lacks())
				}
				return listWhy(d)
			}},
		{Code: "endpoint-missing", Verdict: Suspicious, Gravity: 2, What: "an endpoint is missing in the metadata", Spec: "RFC 8414 section 2",
			Reason: "What works on one side cannot be done on the other.", applies: all(gone, isEndpoint), why: sayGone("%s is in the metadata of %s, but not in that of %s.")},
		{Code: "scopes-supported", Verdict: Suspicious, Gravity: 2, What: "the scopes that the metadata lists", Spec: "RFC 8414 section 2", Reason: "A scope that is not offered cannot be granted.",
			applies: all(list, named("scopes_supported"), not(oneSided)), why: listWhy},
		{Code: "auth-methods", Verdict: Suspicious, Gravity: 2, What: "the client authentication methods that the metadata lists", Spec: "RFC 8414 section 2",
			Reason: "A client that authenticates in a way that is not listed is refused.", applies: all(list, suffix("_auth_methods_supported"), not(oneSided)), why: listWhy},
		{Code: "algorithms-supported", Verdict: Suspicious, Gravity: 3, What: "the signature algorithms that the metadata lists", Spec: "RFC 8414 section 2",
			Reason: "A verifier that is fixed to one algorithm refuses the other.", applies: all(list, func(d delta) bool { return strings.Contains(d.name(), "_alg_values") }, not(oneSided)), why: listWhy},
		{Code: "iss-promise", Verdict: Suspicious, Gravity: 3, What: "whether the metadata promises iss in the callback", Spec: "RFC 9207 section 3", Reason: "A client that requires it refuses the other side.",
			applies: all(meta, named("authorization_response_iss_parameter_supported")), why: func(d delta) string {
				return fmt.Sprintf("Whether iss comes back in the callback: the metadata says %s in %s and %s in %s.", orNothing(d.a), d.nameA(), orNothing(d.b), d.nameB())
			}},
		{Code: "metadata-list", Verdict: Suspicious, Gravity: 4, What: "any other list of the metadata", Spec: "RFC 8414 section 2", Reason: "The two servers do not offer the same.",
			applies: all(list, not(oneSided)), why: listWhy},
		{Code: "metadata-gone", Verdict: Suspicious, Gravity: 4, What: "any other member of the metadata is missing", Spec: "RFC 8414 section 2", Reason: "The two servers do not describe themselves in the same way.",
			applies: gone, why: sayGone("%s is in the metadata of %s, but not in that of %s.")},
		{Code: "metadata-value", Verdict: Suspicious, Gravity: 4, What: "any other value of the metadata that the environments do not declare", Spec: "RFC 8414 section 2", Reason: "The two servers do not behave in the same way.",
			applies: all(meta, not(declared)), why: func(d delta) string { return d.name() + " is not the same in the metadata." }},
		{Code: "metadata-declared", Verdict: Expected, What: "values of the metadata that belong to the environments", Reason: "They are the environments' own hosts and names.",
			applies: meta, why: within("It belongs to the environment.", "It belongs to the run.")},
	}
}

// isEndpoint tells that a member of the metadata is an address of the server.
func isEndpoint(d delta) bool {
	return strings.HasSuffix(d.name(), "_endpoint") || d.name() == "jwks_uri" || d.name() == "issuer"
}

func orNothing(f *fact) string {
	if f == nil {
		return "nothing"
	}
	return f.value
}

// listWhy says what only one list has.
func listWhy(d delta) string {
	var parts []string
	if lost := missing(d.a.list, d.b.list); len(lost) > 0 {
		parts = append(parts, "only "+d.nameA()+" lists "+clip(strings.Join(lost, ", ")))
	}
	if gained := missing(d.b.list, d.a.list); len(gained) > 0 {
		parts = append(parts, "only "+d.nameB()+" lists "+clip(strings.Join(gained, ", ")))
	}
	if len(parts) == 0 {
		return typeWhy(d)
	}
	return listed(d.name()) + ": " + strings.Join(parts, ", ") + "."
}

// listed is what a list of the metadata is about.
func listed(name string) string {
	switch {
	case name == "scopes_supported":
		return "Scopes"
	case name == "code_challenge_methods_supported":
		return "PKCE methods"
	case name == "grant_types_supported":
		return "Grants"
	case strings.HasSuffix(name, "_auth_methods_supported"):
		return "Client authentication"
	case strings.Contains(name, "_alg_values"):
		return "Signature algorithms"
	}
	return name
}

func lastRules() []Rule {
	return []Rule{
		{Code: "unknown", Verdict: Suspicious, Gravity: 6, What: "anything that no other rule knows", Reason: "What nobody declared is worth a look.",
			applies: func(delta) bool { return true }, why: say("Nothing declares this difference.")},
	}
}
