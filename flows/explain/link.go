package explain

import "strings"

// Link returns the address of the specification that an entry or a finding names, or ""
// if it names none that has an address. "RFC 6749 section 4.1.3" and the shorter
// "RFC 6749 4.1.3" are both read; of several, divided by semicolons, it is the first.
func Link(spec string) string {
	spec, _, _ = strings.Cut(spec, ";")
	if rest, ok := strings.CutPrefix(spec, "RFC "); ok && linkRFC(rest) != "" {
		return linkRFC(rest)
	}
	for _, known := range specAddresses {
		place, ok := strings.CutPrefix(spec, known[0])
		if !ok {
			continue
		}
		if n := sectionNumber(place); n != "" && strings.HasSuffix(known[1], ".html") {
			return known[1] + "#rfc.section." + n
		}
		return known[1]
	}
	return ""
}

// Links returns the addresses of all specifications that a text names, as in "RFC 6749
// section 3.2; RFC 9700 section 2.6"; those without an address are left out.
func Links(spec string) []string {
	var out []string
	for part := range strings.SplitSeq(spec, ";") {
		if link := Link(strings.TrimSpace(part)); link != "" {
			out = append(out, link)
		}
	}
	return out
}

// linkRFC makes the address out of what follows "RFC ".
func linkRFC(rest string) string {
	number, place, _ := strings.Cut(rest, " ")
	if number == "" || strings.Trim(number, "0123456789") != "" {
		return ""
	}
	link := "https://www.rfc-editor.org/rfc/rfc" + number
	for _, word := range [...]string{"appendix ", "App. "} {
		if letter, ok := strings.CutPrefix(place, word); ok {
			return link + "#appendix-" + letter
		}
	}
	if n := sectionNumber(place); n != "" {
		return link + "#section-" + n
	}
	return link
}

// sectionNumber takes the first number out of " section 4.1.3" or "4.1, 4.2" or
// "4.1-4.3".
func sectionNumber(place string) string {
	place = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(place), "section "), "sections ")
	end := strings.IndexFunc(place, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end >= 0 {
		place = place[:end]
	}
	return strings.Trim(place, ".")
}

// specAddresses are the documents besides RFCs, by the names that the entries use.
var specAddresses = [...][2]string{
	{"RFC 6265bis", "https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis"},
	{"Fetch", "https://fetch.spec.whatwg.org/"},
	{"HTML Standard", "https://html.spec.whatwg.org/"},
	{"OIDC Core", "https://openid.net/specs/openid-connect-core-1_0.html"},
	{"OIDC Discovery", "https://openid.net/specs/openid-connect-discovery-1_0.html"},
	{"OpenID Connect Core 1.0", "https://openid.net/specs/openid-connect-core-1_0.html"},
	{"OpenID Connect Core", "https://openid.net/specs/openid-connect-core-1_0.html"},
	{"OpenID Connect Discovery 1.0", "https://openid.net/specs/openid-connect-discovery-1_0.html"},
	{"OpenID Connect Discovery", "https://openid.net/specs/openid-connect-discovery-1_0.html"},
	{"OpenID Connect RP-Initiated Logout 1.0", "https://openid.net/specs/openid-connect-rpinitiated-1_0.html"},
	{"OpenID Connect Session Management 1.0", "https://openid.net/specs/openid-connect-session-1_0.html"},
	{"OpenID Connect Front-Channel Logout 1.0", "https://openid.net/specs/openid-connect-frontchannel-1_0.html"},
	{"OpenID Connect Back-Channel Logout 1.0", "https://openid.net/specs/openid-connect-backchannel-1_0.html"},
	{"OAuth 2.0 Multiple Response Types", "https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html"},
	{"OpenID CIBA Core 1.0", "https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html"},
}
