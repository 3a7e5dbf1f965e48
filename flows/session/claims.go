package session

import (
	"slices"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/protocol"
)

// Leeway is how far two clocks may differ before a time check fails.
const Leeway = time.Minute

// JWT is a token of the run that can be read, with every check of it.
type JWT struct {
	Of       string // jose.OfAccessToken or jose.OfIDToken
	Token    flows.Secret
	JWT      jose.JWT
	Verdicts []jose.Verdict
}

// JWTs decodes and checks the newest tokens. now is the time to judge by.
func (s Session) JWTs(now time.Time) []JWT {
	t := s.Token()
	if t == nil {
		return nil
	}
	return s.JWTsOf(*t, now)
}

// JWTsOf are the readable parts of one token of the run, which need not be the newest, judged
// as [Session.JWTs] does.
func (s Session) JWTsOf(t flows.Token, now time.Time) []JWT {
	var out []JWT
	for _, c := range []struct {
		of     string
		secret flows.Secret
	}{{jose.OfAccessToken, t.AccessToken}, {jose.OfIDToken, t.IDToken}} {
		if c.secret.IsZero() {
			continue
		}
		jwt, err := jose.Decode(c.secret.RevealSecret())
		if err != nil || jwt.Format == flows.FormatOpaque {
			continue
		}
		out = append(out, JWT{Of: c.of, Token: c.secret, JWT: jwt, Verdicts: jose.Verify(jwt, s.keys, s.expect(c.of, t, now))})
	}
	return out
}

// KeyProblems are what is odd about the key set that was fetched.
func (s Session) KeyProblems() []jose.Problem { return s.keyProblems }

// HasKeys tells that a key set was fetched.
func (s Session) HasKeys() bool { return s.keys.Known }

func (s Session) expect(of string, t flows.Token, now time.Time) jose.Expect {
	e := jose.Expect{Of: of, Now: now, Leeway: Leeway, ClientID: s.settings.ClientID, Issuer: s.env.Endpoints.Issuer,
		AccessToken: t.AccessToken.RevealSecret(), ServerAhead: t.ServerAhead}
	_, asked := s.results[flows.StepJWKS]
	e.KeysLater = s.env.Endpoints.JWKS != "" && !asked
	if of == jose.OfAccessToken {
		return e
	}
	e.Refreshed = s.refreshed(t)
	if s.callback != nil && !e.Refreshed {
		e.Code = s.callback.Reading.Code // which came beside the first ID token alone
	}
	if s.built != nil {
		nonce, n := protocol.Get(s.built.Params, "nonce")
		e.Nonce, e.NonceExpected = nonce, n > 0 && slices.Contains(s.authorized(), "openid")
		e.State, _ = protocol.Get(s.built.Params, "state")
	}
	return e
}

// refreshed tells that the ID token of a token of the run came by a refresh.
func (s Session) refreshed(t flows.Token) bool {
	return slices.ContainsFunc(s.tokens, func(i Issued) bool {
		return i.Step == flows.StepRefresh && i.Token.IDToken.RevealSecret() == t.IDToken.RevealSecret()
	})
}

// Clock compares the server's clock with ours, from the newest answer that states it.
// ok is false when none does. A positive offset means that the server is ahead.
func (s Session) Clock() (offset time.Duration, ok bool) {
	for i := len(s.trace.Records) - 1; i >= 0; i-- {
		e, is := s.trace.Records[i].Event.(flows.ExchangeFinished)
		if !is {
			continue
		}
		if t := protocol.ServerTime(s.start.Provider.Dialect, e.Exchange.Response); !t.IsZero() {
			// Date has whole seconds: it was true at some moment of that second
			return t.Add(500 * time.Millisecond).Sub(e.Exchange.Ended), true
		}
	}
	return 0, false
}
