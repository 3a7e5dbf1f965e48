package session

import (
	"slices"
	"time"

	"oauthlens/flows"
)

// The client halves of the faults: what this client is made to do wrong. They act on the
// requests, so that the trace shows the deviation as it was sent.

// scopes are the scopes that are asked for.
func (s Session) scopes() []string {
	if s.settings.Fault == "missing-refresh-token" && s.start.Provider.Dialect.OfflineScope != "" {
		return slices.DeleteFunc(slices.Clone(s.settings.Scopes), func(v string) bool {
			return v == s.start.Provider.Dialect.OfflineScope
		})
	}
	return s.settings.Scopes
}

// exchangeRedirectURI is the redirect URI of the code exchange.
func (s Session) exchangeRedirectURI() string {
	uri := s.settings.RedirectURI
	for _, p := range s.built.Params {
		if p.Name == "redirect_uri" {
			uri = p.Value // what was sent, the user's edits included
		}
	}
	if s.settings.Fault == "redirect-mismatch" {
		uri += "/"
	}
	return uri
}

// sentVerifier is the code verifier as sent: with the fault "wrong-verifier" one of the
// right form that belongs to another challenge.
func (s Session) sentVerifier() string {
	v := s.drawn.Verifier.RevealSecret()
	if s.settings.Fault == "wrong-verifier" && len(v) > 1 {
		return v[1:] + v[:1]
	}
	return v
}

// sentSecret is the client secret as sent.
func (s Session) sentSecret() flows.Secret {
	if s.settings.Fault == "invalid-client" && !s.secret.IsZero() {
		return flows.NewSecret(s.start.Fingerprints, "client_secret", s.secret.RevealSecret()+"-wrong")
	}
	return s.secret
}

// waitBefore is how long the client idles before it sends: past the life of the code, or
// until nobody would take a second refresh with the same token for a race.
func (s Session) waitBefore(step flows.StepKind) time.Duration {
	switch {
	case !s.start.Simulated:
	case s.settings.Fault == "expired-code" && step == flows.StepExchange && s.exchanges == 0:
		life := s.start.Provider.Lifetimes.Code
		if life == 0 {
			life = 10 * time.Minute
		}
		return life + time.Minute
	case s.settings.Fault == "rotated-refresh-reused" && step == flows.StepRefresh && s.Refreshed() > 0:
		return 2 * time.Minute
	}
	return 0
}

// sendsCodeAgain tells that the code goes out a second time.
func (s Session) sendsCodeAgain() bool {
	return s.settings.Fault == "reused-code" && s.exchanges == 1 && len(s.tokens) == 1
}

// refreshToken is the refresh token that the next refresh sends: the newest, or with the
// fault "rotated-refresh-reused" the first one once it was replaced.
func (s Session) refreshToken() flows.Secret {
	if s.settings.Fault == "rotated-refresh-reused" && s.Refreshed() > 0 {
		return s.tokens[0].Token.RefreshToken
	}
	if t := s.Token(); t != nil {
		return t.RefreshToken
	}
	return s.start.Credentials.RefreshToken
}

// FaultApplies tells why the fault cannot be planted with this provider and grant; empty:
// it can.
func FaultApplies(f flows.Fault, p flows.Provider, g flows.Grant) string {
	switch {
	case g == flows.GrantBasic:
		return "this grant has no token request"
	case f.Needs != "" && f.Needs != g:
		return "it needs the grant " + string(f.Needs)
	case f.Name == "wrong-verifier" && (p.Dialect.PKCEMethod == flows.PKCEOff || p.Dialect.PKCEMethod == ""):
		return "PKCE is off with " + p.Title
	case f.Name == "narrowed-scope" && slices.Contains(p.Dialect.OmitScope, g):
		return p.Title + " takes no scope in this request"
	case f.Name == "narrowed-scope" && g == flows.GrantRefreshToken:
		return "a refresh that begins with a token from elsewhere asks for no scope"
	case f.Name == "missing-refresh-token" && p.Dialect.OfflineScope == "":
		return p.Title + " has no scope for offline access"
	case f.Name == "rotated-refresh-reused" && !p.HasGrant(flows.GrantRefreshToken) && p.Dialect.Rotation == "":
		return p.Title + " issues no refresh token"
	}
	return ""
}
