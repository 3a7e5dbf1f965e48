package compare

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/protocol"
	"oauthlens/flows/rawjson"
	"oauthlens/flows/session"
)

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// issued is the token that a step brought.
func (s *side) issued(seq int) (session.Issued, bool) {
	for _, t := range s.session.Tokens() {
		if t.Seq == seq {
			return t, true
		}
	}
	return session.Issued{}, false
}

// tokenPaths are the paths of the answer that are compared as fields of the token.
func (s *side) tokenPaths(st flows.Step) map[string]bool {
	t, ok := s.issued(st.Seq)
	if !ok {
		return nil
	}
	out := map[string]bool{}
	for _, p := range t.Token.Sources {
		out[p] = true
	}
	out["$.expires_in"] = true // one that cannot be read is missed as a field
	return out
}

// tokenFacts are the fields of a token, by their standard names, with the places that they
// came from.
func (s *side) tokenFacts(t session.Issued) []fact {
	tok := t.Token
	x := s.exchangeAt(t.Seq)
	doc := protocol.ReadAnswer(x.Response).Doc
	var out []fact
	if !flows.IsMask(tok.AccessToken.RevealSecret()) { // a mask has no form of its own
		out = append(out, fact{area: areaFormat, name: "access token format", path: "format", value: string(tok.Format), both: true})
	}
	for _, f := range []struct {
		name   string
		value  string
		secret flows.Secret
	}{
		{"access_token", "", tok.AccessToken}, {"token_type", tok.TokenType, flows.Secret{}}, {"refresh_token", "", tok.RefreshToken},
		{"id_token", "", tok.IDToken}, {"expires_in", "", flows.Secret{}}, {"refresh_expires_in", "", flows.Secret{}}, {"scope", strings.Join(tok.Scope, " "), flows.Secret{}},
	} {
		path, ok := tok.Sources[f.name]
		if !ok {
			continue
		}
		one := fact{area: areaField, name: f.name, path: f.name, value: f.value}
		n := doc.Lookup(path)
		switch {
		case n != nil && n.Kind == rawjson.Null:
			continue // null is as good as nothing
		case !f.secret.IsZero():
			one.value, one.shown, one.secret = f.secret.RevealSecret(), f.secret.String(), true
		case f.name == "scope":
			one.list, one.isList, one.area = tok.Scope, true, areaScope
		case f.name == "expires_in":
			one.area, one.lasts, one.isLife = areaLife, tok.ExpiresIn, true
			one.shown = life(tok.ExpiresIn)
		case f.name == "refresh_expires_in":
			one.area, one.lasts, one.isLife = areaLife, tok.RefreshExpiresAt.Sub(tok.ReceivedAt).Round(time.Second), true
			one.shown = life(one.lasts)
		}
		out = append(out, one, fact{area: areaSource, name: f.name, path: f.name + ".source", parent: f.name, value: path})
		if n != nil {
			out = append(out, fact{area: areaField, name: f.name + " type", path: f.name + ".type", both: true, value: n.Kind.String()})
			if f.name == "scope" && n.Kind == rawjson.String {
				if sep := separator(n.Text); sep != "" {
					out = append(out, fact{area: areaSeparator, name: "scope separator", path: "scope.separator", both: true, value: sep})
				}
			}
		}
	}
	return out
}

// life is a duration in its largest whole unit, "60 min", "90 s", "30 days", or in minutes and
// seconds: "59 min 59 s".
func life(d time.Duration) string {
	d = d.Round(time.Second)
	for _, u := range []struct {
		unit time.Duration
		from time.Duration
		name string
	}{{24 * time.Hour, 48 * time.Hour, "days"}, {time.Hour, 2 * time.Hour, "h"}, {time.Minute, 2 * time.Minute, "min"}} {
		if d >= u.from && d%u.unit == 0 {
			return strconv.Itoa(int(d/u.unit)) + " " + u.name
		}
	}
	if d >= 2*time.Minute && d < 2*time.Hour {
		return strconv.Itoa(int(d/time.Minute)) + " min " + strconv.Itoa(int(d%time.Minute/time.Second)) + " s"
	}
	return strconv.Itoa(int(d/time.Second)) + " s"
}

// separator names what stands between the scopes; empty if there is but one.
func separator(s string) string {
	switch {
	case strings.Contains(s, ","):
		return "comma"
	case strings.Contains(s, " "):
		return "blank"
	case strings.Contains(s, "+"):
		return "plus"
	}
	return ""
}

func (s *side) exchangeAt(seq int) flows.Exchange {
	if e, ok := s.trace.Records[seq].Event.(flows.ExchangeFinished); ok {
		return e.Exchange
	}
	return flows.Exchange{}
}

// rotationFact says what a refresh did to the refresh token.
func (s *side) rotationFact(st flows.Step) (fact, bool) {
	all := s.session.Tokens()
	i := slices.IndexFunc(all, func(t session.Issued) bool { return t.Seq == st.Seq })
	if st.Kind != flows.StepRefresh || i < 0 {
		return fact{}, false
	}
	before := s.start.Credentials.RefreshToken
	if i > 0 {
		before = all[i-1].Token.RefreshToken
	}
	f := fact{area: areaRotation, name: "refresh token", path: "rotation", value: "rotated"}
	switch now := all[i].Token; {
	case now.RefreshTokenKept && !protocol.Succeeded(s.start.Provider.Dialect, st):
		return fact{}, false // what would have said so may be the part that is missing
	case now.RefreshTokenKept:
		f.value = "kept, none came back"
	case now.RefreshToken.RevealSecret() == before.RevealSecret():
		f.value = "sent again unchanged"
	}
	return f, true
}

// claimFacts are the headers and claims of the tokens that can be read.
func (s *side) claimFacts(t flows.Token) []fact {
	var out []fact
	for _, c := range []struct {
		of     string
		secret flows.Secret
	}{{jose.OfAccessToken, t.AccessToken}, {jose.OfIDToken, t.IDToken}} {
		jwt, err := jose.Decode(c.secret.RevealSecret())
		if c.secret.IsZero() || err != nil || jwt.Format != flows.FormatJWT {
			continue
		}
		out = append(out, fact{area: areaMarker, name: c.of, path: c.of})
		out = append(out, s.jwtFacts(c.of, jwt)...)
	}
	stopped := s.about.Outcome == flows.Failed && !s.session.HasKeys() // the keys were not read any more
	for _, j := range s.session.JWTsOf(t, t.ReceivedAt) {
		if stopped {
			continue
		}
		out = append(out, fact{area: areaSignature, name: j.Of + " signature", path: j.Of + ".signature", both: true, value: jose.SignatureStatus(j.Verdicts)})
		out = append(out, checkFacts(j)...)
	}
	return out
}

// checkFacts are the results of the checks of a token that its claims do not tell by
// themselves: a nonce is made anew for every flow, and so is never the same. What has no
// claim is not there to be checked, which is said of the claim.
func checkFacts(j session.JWT) []fact {
	var out []fact
	for _, v := range j.Verdicts {
		claim := v.Check
		switch v.Check {
		case jose.CheckTime:
			claim = "exp"
		case jose.CheckNonce, jose.CheckTokenHash, jose.CheckCodeHash:
		default:
			continue
		}
		if v.Result != jose.Skipped && j.JWT.ClaimsDoc.Lookup("$."+claim) != nil {
			out = append(out, fact{area: areaCheck, name: v.Check, path: j.Of + ".checks." + v.Check, both: true, value: string(v.Result)})
		}
	}
	return out
}

func (s *side) jwtFacts(of string, jwt jose.JWT) []fact {
	header := walker{side: s, area: areaJOSE, prefix: of + ".header"}
	if jwt.HeaderDoc != nil && jwt.HeaderDoc.Root != nil {
		header.walk(jwt.HeaderDoc.Root, "$", "")
	}
	claims := walker{side: s, area: areaClaim, prefix: of + ".claims"}
	if jwt.ClaimsDoc != nil && jwt.ClaimsDoc.Root != nil {
		claims.walk(jwt.ClaimsDoc.Root, "$", "")
	}
	out := slices.Concat(header.facts, claims.facts)
	read := jwt.Claims()
	for i := range out {
		f := &out[i]
		f.path = strings.Replace(f.path, "$.", ".", 1)
		f.parent = strings.Replace(f.parent, "$.", ".", 1)
		if f.parent == "" && f.area == areaMarker {
			f.parent = of
		}
		switch f.name {
		case "scope", "scp":
			if f.area == areaClaim && read.HasScope && read.ScopeFrom == f.name {
				f.area, f.list, f.isList = areaScope, read.Scope, true
				f.shown = strings.Join(read.Scope, " ")
			}
		case "aud":
			if f.area == areaClaim && f.path == of+".claims.aud" {
				f.area, f.value, f.shown = areaAudience, strings.Join(read.Audience, " "), ""
			}
		}
	}
	out = slices.DeleteFunc(out, func(f fact) bool {
		return strings.HasSuffix(f.path, ".aud[]") || strings.HasSuffix(f.path, ".scope[]") || strings.HasSuffix(f.path, ".scp[]")
	})
	if from, until := read.IssuedAt, read.Expires; from.Valid && until.Valid {
		d := until.At.Sub(from.At)
		out = append(out, fact{area: areaLife, name: "life", path: of + ".life", both: true, lasts: d, isLife: true, shown: life(d)})
	}
	return out
}
