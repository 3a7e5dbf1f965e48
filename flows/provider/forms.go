package provider

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
)

// form is a rule that a string follows: one of a list of words, or a test.
type form struct {
	expect string // what a person is told that was expected
	words  []string
	ok     func(string) bool
}

func (f form) accepts(s string) bool {
	if f.words != nil {
		return slices.Contains(f.words, s)
	}
	return f.ok(s)
}

func oneOf[T ~string](words ...T) form {
	f := form{words: make([]string, len(words))}
	for i, w := range words {
		f.words[i] = string(w)
	}
	f.expect = "one of " + strings.Join(f.words, ", ")
	if len(words) == 2 {
		f.expect = f.words[0] + " or " + f.words[1]
	}
	return f
}

// forms returns the closed vocabulary: each form by the name that the schema uses.
func forms() map[string]form {
	return map[string]form{
		"any":          {expect: "any text without control characters", ok: func(string) bool { return true }},
		"text":         {expect: "a text that is not empty", ok: func(s string) bool { return strings.TrimSpace(s) != "" }},
		"name":         {expect: "lower-case letters, digits and single hyphens, beginning with a letter, at most 32, and not the name of a command", ok: isProfileName},
		"environment":  {expect: "lower-case letters, digits and single hyphens, and not simulator", ok: func(s string) bool { return isName(s) && s != flows.EnvSimulator }},
		"url":          {expect: "an absolute https URL, or http on a loopback address, without user information or fragment", ok: isEndpoint},
		"redirect_uri": {expect: "an absolute URI without fragment", ok: isRedirectURI},
		"call_path": {expect: "a path that begins with /, or an absolute https URL", ok: func(s string) bool {
			return strings.HasPrefix(s, "/") && !strings.ContainsAny(s, " #") || isEndpoint(s)
		}},
		"host":      {expect: "a host name in lower case, without scheme and path", ok: isHost},
		"path":      {expect: "a path such as $.data.access_token, $['a b'] or $.list[0]", ok: isPath},
		"duration":  {expect: "a whole number and a unit: 45s, 60m, 24h, 90d, 6mo or 1y (a month counts 30 days, a year 365)", ok: func(s string) bool { _, ok := parseDuration(s); return ok }},
		"date":      {expect: "a date such as 2026-11-21", ok: func(s string) bool { _, err := time.Parse(time.DateOnly, s); return err == nil }},
		"scope":     {expect: "a scope token of RFC 6749 section 3.3: no blanks, quotes or backslashes", ok: isScope},
		"separator": {expect: "a blank, or one of , ; + |", ok: func(s string) bool { return len(s) == 1 && strings.Contains(" ,;+|", s) }},
		"token":     {expect: "one word of letters, digits and - _ .", ok: isToken},
		"body_text": {expect: "a text without control characters", ok: func(string) bool { return true }},
		"field":     {expect: "a key of this file, such as dialect.pkce or environments.sandbox.endpoints", ok: func(s string) bool { return s != "" }},

		"grant":               oneOf(flows.GrantAuthorizationCode, flows.GrantClientCredentials, flows.GrantRefreshToken, flows.GrantBasic),
		"client_auth":         oneOf(flows.AuthBasic, flows.AuthPost, flows.AuthJSON, flows.AuthNone),
		"basic_encoding":      oneOf(flows.BasicRFC6749, flows.BasicRaw),
		"body":                oneOf(flows.BodyForm, flows.BodyJSON),
		"support":             oneOf(flows.SupportRequired, flows.SupportOptional, flows.SupportRefused),
		"pkce_method":         oneOf(flows.PKCES256, flows.PKCEPlain, flows.PKCEOff),
		"delivery":            oneOf(flows.DeliverBrowser, flows.DeliverURLFromAPI),
		"rotation":            oneOf(flows.RotationAlways, flows.RotationNever, flows.RotationIfReturned),
		"step":                oneOf(flows.StepDiscovery, flows.StepJWKS, flows.StepAuthorizeURL, flows.StepPAR, flows.StepAuthorize, flows.StepCallback, flows.StepExchange, flows.StepDevice, flows.StepRefresh, flows.StepRevoke, flows.StepIntrospect, flows.StepUserInfo, flows.StepCall),
		"method":              oneOf("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"),
		"call_auth":           oneOf("token", "client_query", "client_json", "basic"),
		"access_token_format": oneOf("jwt", "at+jwt", "opaque", "base64"),
		"algorithm":           oneOf("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"),
		"source_status":       oneOf("documented", "restated", "inferred", "unverified"),
	}
}

// Reserved returns the command names that no profile may take: `oauthlens NAME` would
// be ambiguous.
func Reserved() []string {
	return []string{"run", "simulate", "version", "providers", "inspect", "history", "export", "vault", "compare", "demo", "help"}
}

func isProfileName(s string) bool { return isName(s) && !slices.Contains(Reserved(), s) }

func isName(s string) bool {
	if s == "" || len(s) > 32 || s[0] < 'a' || s[0] > 'z' || s[len(s)-1] == '-' || strings.Contains(s, "--") {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func isToken(s string) bool {
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r)) {
			return false
		}
	}
	return s != ""
}

func isScope(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}

// isEndpoint accepts what a secret may be sent to: https, or http that does not leave
// the machine.
func isEndpoint(s string) bool {
	if flows.EndpointProblem(s) != "" {
		return false
	}
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "https":
		return true
	case "http":
		return isLoopback(u.Hostname())
	}
	return false
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

func isRedirectURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "" || u.Path != "") && !strings.ContainsAny(s, "# \\")
}

func isHost(s string) bool {
	u, err := url.Parse("https://" + s)
	return err == nil && s != "" && u.Host == s && s == strings.ToLower(s) && u.Hostname() != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-.:[]") == ""
}

// isPath accepts $ followed by members .name or ['name'] and indexes [0]: at least one.
func isPath(s string) bool {
	steps, err := rawjson.ParsePath(s)
	return err == nil && len(steps) > 0
}

const day = 24 * time.Hour

// parseDuration reads a whole number with one unit. A month counts 30 days and a year
// 365: a countdown that ends early is better than one that ends late.
func parseDuration(s string) (time.Duration, bool) {
	n := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if n < 1 || n > 6 {
		return 0, false
	}
	v, err := strconv.Atoi(s[:n])
	if err != nil || v == 0 {
		return 0, false
	}
	units := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": day, "mo": 30 * day, "y": 365 * day}
	unit, ok := units[s[n:]]
	if !ok || time.Duration(v) > 100*365*day/unit {
		return 0, false
	}
	return time.Duration(v) * unit, true
}

// isPlain tells that a text can be painted: valid UTF-8 without control, bidi and
// other invisible characters. A profile is a foreign file as well.
func isPlain(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return false
		}
	}
	return true
}

func isJSON(s string) bool { return json.Valid([]byte(s)) }
