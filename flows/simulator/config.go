package simulator

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"oauthlens/flows"
)

// Config is what a simulator is made of. The zero value of every field but Providers
// is good.
type Config struct {
	Providers []flows.Provider
	// Now is the clock under the simulator's own; nil: time.Now.
	Now func() time.Time
	// Rand is the source of codes, tokens and ids; nil: crypto/rand. Reads are serialised.
	Rand     io.Reader
	Scenario Scenario
	// Clients are accepted beside the demo clients, or replace one of the same id.
	Clients []Client
	// StrictRedirects refuses the loopback redirect URIs that the demo clients may
	// otherwise use unregistered: only registered strings pass.
	StrictRedirects bool
	// FreshKeys signs with keys made at the first signature (an RSA key takes a tenth of
	// a second) instead of the published test keys.
	FreshKeys bool
	// Log is told of every request after it was answered; it must not block. It never
	// gets a query, a body or a header.
	Log func(Entry)
	// Origins are the two base URLs at which the handler is reached, without a final
	// slash; [Start] fills them in. Empty: http://127.0.0.1:8417 and :8418.
	Origins [2]string
}

// Client is a registration at the simulated providers.
type Client struct {
	Provider    string // empty: at every provider
	Environment string // empty: in every environment
	ID          string
	Secret      string // empty: a public client, which must use PKCE and is not authenticated
	// RedirectURIs are compared byte for byte.
	RedirectURIs []string
	// AnyLoopback lets every http redirect URI on a loopback address in (RFC 8252
	// section 7.3 asks for any port; this is wider, for any path).
	AnyLoopback bool
	// ShopFree: may use client credentials without a merchant's consent where the
	// profile says that this needs to be enabled.
	ShopFree bool
}

// Public tells that the client has no secret.
func (c Client) Public() bool { return c.Secret == "" }

// Entry is one line of the simulator's log.
type Entry struct {
	At          time.Time
	Provider    string // empty: no provider was addressed
	Environment string
	Endpoint    string // "token", "authorization", ...; empty: none
	Method      string
	Path        string // without query
	Status      int
	Note        string // what was decided, such as "invalid_grant: the code was used before"
}

// Simulator is the providers as an HTTP handler. Its methods can be called at any time
// from any goroutine.
type Simulator struct {
	cfg     Config
	keys    *keyring
	tenants []*tenant // longest prefix first

	randMu sync.Mutex

	mu       sync.RWMutex
	scenario Scenario
	clients  []Client
}

// New makes a simulator that serves the providers. It fails when a name cannot stand
// in a path, when two providers share one, or when an endpoint is no URL.
func New(cfg Config) (*Simulator, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	clock := cfg.Now
	cfg.Now = func() time.Time { return clock().Round(0) } // wall time: what it issued ages while the machine sleeps
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	for i, o := range [2]string{"http://127.0.0.1:8417", "http://127.0.0.1:8418"} {
		if cfg.Origins[i] == "" {
			cfg.Origins[i] = o
		}
	}
	s := &Simulator{cfg: cfg, keys: &keyring{fresh: cfg.FreshKeys}, scenario: cfg.Scenario, clients: append([]Client(nil), cfg.Clients...)}
	seen := map[string]bool{}
	for _, p := range cfg.Providers {
		if !pathSafe(p.Name) || seen[p.Name] {
			return nil, fmt.Errorf("simulator: provider name %q is empty, used twice, or cannot stand in a path", p.Name)
		}
		seen[p.Name] = true
		for _, env := range environmentsOf(p) {
			t, err := newTenant(s, p, env)
			if err != nil {
				return nil, fmt.Errorf("simulator: %s, environment %s: %w", p.Name, env.Name, err)
			}
			s.tenants = append(s.tenants, t)
		}
	}
	if err := s.checkEnvironmentNames(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Simulator) checkEnvironmentNames() error {
	seen := map[string]bool{}
	for _, t := range s.tenants {
		if !pathSafe(t.env.Name) || seen[t.prefix] {
			return errors.New("simulator: " + t.provider.Name + ": environment name is empty, used twice, or cannot stand in a path")
		}
		seen[t.prefix] = true
	}
	return nil
}

// pathSafe accepts one path segment of lower-case letters, digits, '-', '_' and '.'.
func pathSafe(s string) bool {
	return s != "" && s[0] != '.' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// Register adds a client, or replaces the one of the same id, provider and environment.
func (s *Simulator) Register(c Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, have := range s.clients {
		if have.ID == c.ID && have.Provider == c.Provider && have.Environment == c.Environment {
			s.clients[i] = c
			return
		}
	}
	s.clients = append(s.clients, c)
}

// Adopt makes a refresh token of an earlier simulator one that this simulator issued to
// the client: tokens live in memory, and a refresh begins with one from elsewhere. One that
// it knows already stays as it is, used or not.
func (s *Simulator) Adopt(provider, environment, clientID, token string, scope []string) {
	now := s.cfg.Now()
	for _, t := range s.tenants {
		if t.provider.Name != provider || t.env.Name != environment || !t.refreshes() {
			continue
		}
		t.books.mu.Lock()
		if _, known := t.books.refresh.held[token]; !known {
			g := &grant{client: clientID, subject: "demo-user", scope: slices.Clone(scope), at: now}
			t.books.refresh.put(token, &refreshToken{grant: g, expires: now.Add(life(0, t.provider.Lifetimes.RefreshToken, 30*24*time.Hour))})
		}
		t.books.mu.Unlock()
	}
}

// SetScenario changes what goes wrong from the next request on.
func (s *Simulator) SetScenario(sc Scenario) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scenario = sc
}

// Scenario returns what is set to go wrong.
func (s *Simulator) Scenario() Scenario {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.scenario
}

// AdvanceClock makes everything that the simulator has issued so much older: codes and
// tokens expire as if d had passed. The clock that it shows in Date and in new tokens
// stays: for a clock that is wrong there is [Scenario.ClockOffset], and a client that
// waited must not look like one whose clock is off.
func (s *Simulator) AdvanceClock(d time.Duration) {
	for _, t := range s.tenants {
		t.books.age(d)
	}
}

// random returns n random bytes.
func (s *Simulator) random(n int) ([]byte, error) {
	s.randMu.Lock()
	defer s.randMu.Unlock()
	b := make([]byte, n)
	_, err := io.ReadFull(s.cfg.Rand, b)
	return b, err
}

// client finds a registration: one made for this very place first, then a wider one,
// then the demo clients.
func (s *Simulator) client(t *tenant, id string) (Client, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	best, rank := Client{}, 0
	for _, c := range s.clients {
		if c.ID != id || c.Provider != "" && c.Provider != t.provider.Name || c.Environment != "" && c.Environment != t.env.Name {
			continue
		}
		r := 1
		if c.Provider != "" {
			r++
		}
		if c.Environment != "" {
			r++
		}
		if r > rank {
			best, rank = c, r
		}
	}
	if rank > 0 {
		return best, true
	}
	for _, c := range t.demoClients() {
		if c.ID == id {
			return c, true
		}
	}
	return Client{}, false
}

// Handler serves both origins: a request is told apart by its Host header, and served
// as the first origin if that names neither.
func (s *Simulator) Handler() http.Handler {
	second := ""
	if u, err := url.Parse(s.cfg.Origins[1]); err == nil {
		second = u.Host
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if second != "" && strings.EqualFold(r.Host, second) {
			s.serve(1, w, r)
			return
		}
		s.serve(0, w, r)
	})
}
