package simulator

import (
	"sync"
	"time"
)

// books is the memory of one tenant: what it asked, granted and issued. Every shelf is
// bounded and forgets the oldest first, so that a client in a loop costs no memory.
type books struct {
	mu      sync.Mutex
	asked   shelf[*authorizationRequest]
	codes   shelf[*code]
	access  shelf[*accessToken]
	refresh shelf[*refreshToken]
}

// maxHeld bounds each shelf.
const maxHeld = 4096

func newBooks() *books {
	return &books{
		asked:   shelf[*authorizationRequest]{held: map[string]*authorizationRequest{}},
		codes:   shelf[*code]{held: map[string]*code{}},
		access:  shelf[*accessToken]{held: map[string]*accessToken{}},
		refresh: shelf[*refreshToken]{held: map[string]*refreshToken{}},
	}
}

// shelf is a map that holds at most maxHeld values.
type shelf[T any] struct {
	held  map[string]T
	order []string
}

func (s *shelf[T]) put(key string, v T) {
	if _, ok := s.held[key]; !ok {
		s.order = append(s.order, key)
	}
	s.held[key] = v
	for len(s.order) > maxHeld {
		delete(s.held, s.order[0])
		s.order = s.order[1:]
	}
}

// take removes and returns a value. Its key stays in the order until it is the oldest.
func (s *shelf[T]) take(key string) (T, bool) {
	v, ok := s.held[key]
	delete(s.held, key)
	return v, ok
}

// authorizationRequest is a request that waits for a person to decide.
type authorizationRequest struct {
	client       Client
	redirectURI  string
	responseMode string
	scope        []string
	state        string
	nonce        string
	challenge    string
	method       string // of the challenge; empty: no PKCE
	expires      time.Time
}

// grant is what a person, or a client for itself, has authorised; codes and tokens
// belong to one, and fall with it.
type grant struct {
	client   string
	public   bool
	subject  string
	scope    []string
	nonce    string
	at       time.Time
	revoked  bool
	newest   string // the access token issued last
	shop     string // the shop of a grant without a merchant's consent
	noPerson bool   // client credentials
}

// code is an authorization code.
type code struct {
	grant       *grant
	redirectURI string
	challenge   string
	method      string
	expires     time.Time
	used        bool
}

// accessToken is one access token.
type accessToken struct {
	grant   *grant
	scope   []string
	issued  time.Time
	expires time.Time
	revoked bool
}

// refreshToken is one refresh token; replaced by a rotation it ends its family when it
// comes back.
type refreshToken struct {
	grant    *grant
	expires  time.Time
	replaced bool
	revoked  bool
}

// age makes everything d older.
func (b *books) age(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range b.asked.held {
		v.expires = v.expires.Add(-d)
	}
	for _, v := range b.codes.held {
		v.expires = v.expires.Add(-d)
	}
	for _, v := range b.access.held {
		v.expires, v.issued = v.expires.Add(-d), v.issued.Add(-d)
	}
	for _, v := range b.refresh.held {
		v.expires = v.expires.Add(-d)
	}
}

// liveGrant returns the youngest grant of a client that still stands.
func (b *books) liveGrant(client string) (*grant, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var best *grant
	for _, a := range b.access.held {
		g := a.grant
		if g.client == client && !g.revoked && (best == nil || g.at.After(best.at)) {
			best = g
		}
	}
	return best, best != nil
}
