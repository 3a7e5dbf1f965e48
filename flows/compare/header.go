package compare

import (
	"slices"
	"strconv"
	"strings"

	"oauthlens/flows"
)

// headerFacts are the headers by name, in lower case; the cookies by their own names.
func (s *side) headerFacts(h flows.Headers) []fact {
	var out []fact
	var done []string
	for _, f := range h {
		name := strings.ToLower(f.Name)
		if name == "set-cookie" {
			out = append(out, cookieFact(f.Value))
			continue
		}
		if slices.Contains(done, name) {
			continue
		}
		done = append(done, name)
		one := fact{area: areaHeader, name: name, path: "response.headers." + name, value: strings.Join(h.Values(name), ", ")}
		if where, query, has := strings.Cut(one.value, "?"); has && name == "location" {
			one.shown = s.mask.String(where) + "? and " + strconv.Itoa(len(query)) + " characters"
		}
		if list, ok := directives(name, one.value); ok {
			one.list, one.isList, one.shown = list, true, s.mask.String(withoutNonces(one.value))
		}
		out = append(out, one)
	}
	return out
}

// directives takes the headers that mean something to pieces, so that order, blanks and case
// count only where they mean something too. What is made anew for every answer, or names a
// host, is left out of it.
func directives(name, value string) (list []string, ok bool) {
	between := ","
	switch name {
	case "cache-control", "pragma", "x-content-type-options", "x-frame-options", "referrer-policy", "permissions-policy", "www-authenticate",
		"access-control-allow-methods", "access-control-allow-headers", "access-control-expose-headers", "access-control-allow-credentials":
	case "strict-transport-security", "content-security-policy":
		between = ";"
	case "dpop-nonce": // that there is one is all that it says
		return nil, true
	default:
		return nil, false
	}
	for part := range strings.SplitSeq(value, between) {
		switch part = strings.Join(strings.Fields(part), " "); name {
		case "content-security-policy":
			part = policy(part)
		case "www-authenticate":
			part = challenge(part)
		default:
			part = strings.ToLower(part)
		}
		if part != "" {
			list = append(list, part)
		}
	}
	return list, true
}

// policy is a directive of a content security policy without what belongs to one answer or
// to one host: nonces, and where violations are reported to.
func policy(part string) string {
	name, rest, _ := strings.Cut(withoutNonces(part), " ")
	name = strings.ToLower(name)
	if name == "report-uri" || name == "report-to" || rest == "" {
		return name
	}
	return name + " " + rest
}

// withoutNonces replaces the nonces of a content security policy, which are new in every
// answer.
func withoutNonces(text string) string {
	const begin = "'nonce-"
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, begin)
		b.WriteString(before)
		_, rest, ends := strings.Cut(after, "'")
		if !found || !ends {
			b.WriteString(after)
			return b.String()
		}
		b.WriteString(begin + "…'")
		text = rest
	}
}

// challenge is a parameter of WWW-Authenticate without the values that name the place or
// belong to one answer.
func challenge(part string) string {
	before, _, _ := strings.Cut(part, "=")
	words := strings.Fields(before)
	if len(words) == 0 {
		return ""
	}
	switch name := strings.ToLower(words[len(words)-1]); name {
	case "realm", "nonce", "opaque", "error_description", "error_uri", "resource_metadata", "as_uri":
		return strings.ToLower(before)
	}
	return part
}

// cookieFact keeps the name of a cookie and the attributes that protect it; its value is
// nobody's business.
func cookieFact(v string) fact {
	pair, rest, _ := strings.Cut(v, ";")
	name, _, _ := strings.Cut(strings.TrimSpace(pair), "=")
	var kept []string
	for a := range strings.SplitSeq(rest, ";") {
		a = strings.ToLower(strings.TrimSpace(a))
		if a == "secure" || a == "httponly" || a == "partitioned" || strings.HasPrefix(a, "samesite=") {
			kept = append(kept, a)
		}
	}
	return fact{area: areaCookie, name: name, path: "response.cookies." + name, list: kept, isList: true}
}
