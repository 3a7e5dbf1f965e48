package explain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"oauthlens/flows"
)

// ForProvider says what this provider does differently with the thing: remarks of one or a
// few sentences each, none if its profile has nothing to say. Everything is derived from
// the profile; kind is read as in [Lookup], names without regard to their context.
func ForProvider(p flows.Provider, kind Kind, name string) []string {
	kind, _ = Parse(string(kind))
	var say []string
	switch kind {
	case KindParam:
		say = aboutParam(p, name)
	case KindField:
		say = aboutField(p, name)
	case KindHeader:
		say = aboutHeader(p, name)
	case KindClaim:
		say = aboutClaim(p, name)
	case KindError:
		say = aboutError(p, name)
	case KindGrant:
		say = aboutGrant(p, flows.Grant(name))
	case KindAuth:
		say = aboutAuth(p, flows.AuthMethod(name))
	case KindScope:
		say = aboutScope(p, name)
	case KindStep:
		say = aboutStep(p, flows.StepKind(name))
	}
	return slices.DeleteFunc(say, func(s string) bool { return s == "" })
}

func aboutParam(p flows.Provider, name string) []string {
	say := constants(p, name)
	d := p.Dialect
	switch name {
	case "scope":
		say = append(say, scopeSeparator(d), requiredScopes(p), offlineScope(d), omitScope(d))
	case "response_type":
		if d.OmitResponseType {
			say = append(say, "This provider takes no response_type.")
		}
	case "code_challenge", "code_challenge_method", "code_verifier":
		say = append(say, pkce(p))
	case "client_id":
		say = append(say, clientIDPrefixes(p), credentialsPlace(d))
	case "client_secret":
		say = append(say, credentialsPlace(d))
	case "code":
		say = append(say, codeLife(p), codeInBody(d))
	case "grant_type":
		say = append(say, grantList(p))
	case "refresh_token":
		say = append(say, rotation(d), refreshLife(p))
	case "token":
		say = append(say, revokeForm(d))
	}
	return say
}

// constants says which values the provider always wants.
func constants(p flows.Provider, name string) []string {
	var out []string
	for _, c := range p.Dialect.AuthorizeParams {
		if c.Name == name {
			out = append(out, fmt.Sprintf("This provider always gets %s=%s in the authorization request.", c.Name, c.Value))
		}
	}
	for _, c := range p.Dialect.TokenParams {
		if c.Name == name {
			out = append(out, fmt.Sprintf("This provider always gets %s=%s in token requests.", c.Name, c.Value))
		}
	}
	for _, c := range p.Dialect.GrantParams {
		if c.Name == name {
			out = append(out, fmt.Sprintf("This provider wants it with the grant %s%s.", c.Grant, meaning(c.Meaning)))
		}
	}
	return out
}

func meaning(s string) string {
	if s == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(s, ".")
}

func scopeSeparator(d flows.Dialect) string {
	switch d.ScopeSeparator {
	case "", " ":
		return ""
	case ",":
		return "This provider separates scopes with a comma."
	case "+":
		return "This provider separates scopes with a plus sign."
	case ";":
		return "This provider separates scopes with a semicolon."
	}
	return "This provider separates scopes with " + strconv.Quote(d.ScopeSeparator) + "."
}

func requiredScopes(p flows.Provider) string {
	var names []string
	for _, s := range p.Scopes {
		if s.Required {
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "Nothing works here without " + strings.Join(names, ", ") + "."
}

// aboutScope says what the profile knows of one scope.
func aboutScope(p flows.Provider, name string) []string {
	var say []string
	for _, s := range p.Scopes {
		if s.Name != name {
			continue
		}
		if s.Meaning != "" {
			say = append(say, sentence(s.Meaning))
		}
		if s.Required {
			say = append(say, "Nothing works here without it.")
		}
		if s.Legacy {
			say = append(say, "It belongs to an older interface of this provider.")
		}
		if len(s.Grants) > 0 {
			say = append(say, "It goes with the grant "+joinGrants(s.Grants)+".")
		}
	}
	if name == p.Dialect.OfflineScope {
		say = append(say, offlineScope(p.Dialect))
	}
	return say
}

// sentence gives a phrase of a profile a capital and a full stop.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + strings.TrimSuffix(s[n:], ".") + "."
}

func offlineScope(d flows.Dialect) string {
	if d.OfflineScope == "" {
		return ""
	}
	return "This provider issues a refresh token only if " + d.OfflineScope + " is asked for and granted."
}

func omitScope(d flows.Dialect) string {
	if len(d.OmitScope) == 0 {
		return ""
	}
	return "Here the token request carries no scope with the grant " + joinGrants(d.OmitScope) + "."
}

func joinGrants(list []flows.Grant) string {
	var out []string
	for _, g := range list {
		out = append(out, string(g))
	}
	return strings.Join(out, ", ")
}

// pkce speaks only where there is a code to protect.
func pkce(p flows.Provider) string {
	if !p.HasGrant(flows.GrantAuthorizationCode) {
		return ""
	}
	d := p.Dialect
	switch d.PKCE {
	case flows.SupportRequired:
		return "This provider demands PKCE" + pkceMethod(d) + "."
	case flows.SupportOptional:
		return "This provider accepts PKCE" + pkceMethod(d) + "; if a challenge was sent, the verifier is a must."
	case flows.SupportRefused:
		return "This provider refuses requests with PKCE parameters."
	}
	return "Whether this provider knows PKCE is not documented."
}

func pkceMethod(d flows.Dialect) string {
	if d.PKCEMethod == "" || d.PKCEMethod == flows.PKCEOff {
		return ""
	}
	return " with the method " + string(d.PKCEMethod)
}

func clientIDPrefixes(p flows.Provider) string {
	var parts []string
	for _, e := range p.Environments {
		if len(e.ClientIDPrefixes) > 0 {
			parts = append(parts, strings.Join(e.ClientIDPrefixes, " or ")+" in "+e.Name)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "At this provider client ids begin with " + strings.Join(parts, ", ") + "."
}

// credentialsPlace says where client id and secret stand in the token request.
func credentialsPlace(d flows.Dialect) string {
	switch d.ClientAuth {
	case flows.AuthBasic:
		if d.BasicEncoding == flows.BasicRaw {
			return "Client id and secret go into the Basic header of the token request here, without being form-encoded first."
		}
		return "Client id and secret go into the Basic header of the token request here."
	case flows.AuthPost:
		return "Client id and secret go into the body of the token request here."
	case flows.AuthJSON:
		return "Client id and secret are members of a JSON body here."
	case flows.AuthNone:
		return "This provider takes no secret in the token request."
	}
	return ""
}

func codeLife(p flows.Provider) string {
	if p.Lifetimes.Code <= 0 {
		return ""
	}
	return "At this provider a code lives " + words(p.Lifetimes.Code) + "."
}

func codeInBody(d flows.Dialect) string {
	if !d.CodeInBody {
		return ""
	}
	return "This provider may answer the authorization request with the code in a JSON body instead of a redirect" + at(d.Fields.Code) + "."
}

func grantList(p flows.Provider) string {
	if len(p.Grants) == 0 {
		return ""
	}
	return "The profile of this provider knows " + joinGrants(p.Grants) + "."
}

func rotation(d flows.Dialect) string {
	switch d.Rotation {
	case flows.RotationAlways:
		return "This provider replaces the refresh token with every refresh; the old one is void."
	case flows.RotationNever:
		return "This provider keeps the same refresh token."
	case flows.RotationIfReturned:
		return "If the answer of a refresh has a new refresh token it replaces the old one; if not, the old one stays good."
	}
	return ""
}

func refreshLife(p flows.Provider) string {
	l := p.Lifetimes
	switch {
	case l.RefreshText != "":
		return "Its life at this provider: " + strings.TrimSuffix(l.RefreshText, ".") + "."
	case l.RefreshToken > 0 && l.RefreshExtend > 0:
		return fmt.Sprintf("It lives %s at this provider, and each use adds %s.", words(l.RefreshToken), words(l.RefreshExtend))
	case l.RefreshToken > 0:
		return "It lives " + words(l.RefreshToken) + " at this provider."
	case l.Consent > 0:
		return "The user's consent lasts " + words(l.Consent) + " at this provider; the refresh token is worth nothing after it."
	}
	return ""
}

func revokeForm(d flows.Dialect) string {
	body := d.RevokeBody
	if body == "" {
		body = d.TokenBody
	}
	if body == flows.BodyJSON {
		return "This provider takes the revocation request as JSON."
	}
	return ""
}

// words writes a duration for people: "5 minutes", "90 days".
func words(d time.Duration) string {
	for _, unit := range [...]struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if d >= 2*unit.size && d%unit.size == 0 || d == unit.size {
			n := int64(d / unit.size)
			if n == 1 {
				return "1 " + unit.name
			}
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	return d.String()
}
