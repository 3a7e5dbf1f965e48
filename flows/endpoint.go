package flows

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// URLProblem tells why nothing is sent to a URL and no browser is led to it, as the rest of
// a sentence that begins with what the URL is ("the token endpoint " + problem); empty: it
// can be used. It quotes nothing of the URL but its host, in ASCII.
//
// Programs do not agree on what odd URLs mean: what stands before an @, a backslash, a host
// in letters that look like others, an address written as one number. Where a reader and the
// network could be of two minds there is no request.
func URLProblem(raw string) string {
	if raw == "" {
		return "is empty"
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) {
		return "holds a blank, a control character or a backslash, which no URL has"
	}
	u, err := url.Parse(raw)
	scheme, _, _ := strings.Cut(strings.ToLower(raw), ":")
	switch {
	case scheme != "http" && scheme != "https": // a host that was typed alone may be no URL at all
		return "does not begin with https:// or http://"
	case err != nil:
		return "cannot be read: its host, port or percent-encoding is wrong"
	case u.Hostname() == "":
		return "names no host"
	case u.User != nil:
		return "holds a user or a password before the host, which no request carries (RFC 9110 section 4.2.4)"
	}
	if why := HostProblem(u.Hostname()); why != "" {
		return "names a host that " + why
	}
	if n, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || n < 1 || n > 65535) || strings.HasSuffix(u.Host, ":") {
		return "names a port that is not between 1 and 65535"
	}
	return ""
}

// EndpointProblem is [URLProblem] for an endpoint of an authorization server, which has no
// fragment (RFC 6749 sections 3.1 and 3.2).
func EndpointProblem(raw string) string {
	if why := URLProblem(raw); why != "" {
		return why
	}
	if strings.Contains(raw, "#") {
		return "has a fragment (#), which is never sent (RFC 6749 sections 3.1 and 3.2)"
	}
	return ""
}

// IssuerProblem is [EndpointProblem] for an issuer identifier, which has no query either
// (RFC 8414 section 2).
func IssuerProblem(raw string) string {
	if why := EndpointProblem(raw); why != "" {
		return why
	}
	if strings.Contains(raw, "?") {
		return "has a query (?), which no issuer has (RFC 8414 section 2)"
	}
	return ""
}

// IsLoopbackHost tells that a host, without port, can only be this machine: an address of
// loopback, or a name below localhost (RFC 6761 section 6.3).
func IsLoopbackHost(host string) bool {
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return a.IsLoopback()
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// The bounds of a name (RFC 1035 section 2.3.4), in bytes.
const (
	maxName  = 253
	maxLabel = 63
)

// nameCharacters are those of host names, and the underscore that is met in some.
const nameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-_."

// HostProblem tells why a host, without brackets and port, is not looked up, as the rest of
// a sentence; empty: it can be.
func HostProblem(host string) string {
	if a, err := netip.ParseAddr(host); err == nil && strings.Trim(strings.ToLower(a.Zone()), nameCharacters) == "" {
		return ""
	}
	name := strings.TrimSuffix(host, ".")
	if len(name) > maxName {
		return "is longer than the 253 characters of a name"
	}
	if ascii := asciiHost(name); ascii != name {
		if ascii == "" {
			return "holds characters that no name has"
		}
		return "is written in letters beyond ASCII, which can look like others: in ASCII it is " + ascii
	}
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if label == "" || len(label) > maxLabel {
			return "has a part between its dots that is empty or longer than 63 characters"
		}
	}
	if strings.Trim(strings.ToLower(name), nameCharacters) != "" {
		return "holds characters that no name has"
	}
	if isNumber(labels[len(labels)-1]) {
		return "is an address in an odd notation, which programs read in different ways"
	}
	return ""
}

// isNumber tells that a last label makes browsers read the host as an address of IPv4.
func isNumber(label string) bool {
	label = strings.ToLower(label)
	if digits, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(digits, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// asciiHost writes the labels of a name that are beyond ASCII in their xn-- form; empty if a
// character of it has no place in a name. It does not map characters as browsers do, but for
// their case: what comes out is told, and never looked up.
func asciiHost(name string) string {
	labels := strings.Split(name, ".")
	for i, label := range labels {
		if !strings.ContainsFunc(label, func(r rune) bool { return r >= 0x80 }) {
			continue
		}
		coded := punycode([]rune(strings.ToLower(label)))
		if coded == "" {
			return ""
		}
		labels[i] = "xn--" + coded
	}
	return strings.Join(labels, ".")
}
