// Package launch makes a run ready: it resolves the environment, starts the simulator
// where one is needed, fills the settings from the profile, and gives both front ends the
// same event to begin with and the same performer of effects. It decides nothing about the
// flow itself, which is the session's.
package launch

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/runner"
	"oauthlens/flows/session"
	"oauthlens/flows/simulator"
)

// Defaults of a run.
const (
	DefaultRedirectURI     = "http://127.0.0.1:53682/callback"
	DefaultTimeout         = 30 * time.Second
	DefaultCallbackTimeout = 5 * time.Minute
)

// UsageError is a wish that cannot be met as it was put: one sentence with the way out.
type UsageError struct{ Text string }

func (e *UsageError) Error() string { return e.Text }

func usage(format string, args ...any) error { return &UsageError{Text: fmt.Sprintf(format, args...)} }

// Launcher holds what runs have in common. Use one for the life of the program.
type Launcher struct {
	Providers []flows.Provider
	Now       func() time.Time // the wall clock
	Rand      io.Reader
	OpenURL   func(string) error
	RootCAs   *x509.CertPool
	// Fingerprints keys the masks of real runs; simulated runs use the fixed key.
	Fingerprints func() flows.FingerprintKey
	// Planted are differences planted between simulated environments, see simulator.Plants.
	Planted []string

	mu     sync.Mutex
	server *simulator.Server
	clock  clock
}

// Request is what the user asked for; an empty field means the default.
type Request struct {
	Provider    flows.Provider
	Environment string
	// Simulated serves a real environment's endpoints from the simulator.
	Simulated bool
	Grant     flows.Grant
	// Endpoints given by hand; see [Launcher.Open].
	Endpoints    flows.Endpoints
	Settings     flows.Settings
	ClientSecret string
	RefreshToken string
	// Scenario is how the simulator differs from the profile's good day, see
	// simulator.Scenarios; empty: not at all.
	Scenario string
	// Interactive: endpoints that are missing can still be typed in.
	Interactive bool
	// PasteOnly: no listener is opened, the callback is pasted.
	PasteOnly bool
}

// Run is a run made ready.
type Run struct {
	ID        flows.RunID
	Start     flows.RunStarted
	performer *performer
}

// Prepare begins what the run will have to wait for otherwise, and tells whether it will
// speak TLS.
func (l *Launcher) Prepare(r *Request) bool {
	secure := func(endpoint string) bool { return strings.HasPrefix(endpoint, "https:") }
	e := r.Endpoints
	if e.Issuer == "" && e.Token == "" && e.Authorization == "" {
		if r.Simulated || r.Environment == "" || r.Environment == flows.EnvSimulator {
			return false
		}
	} else if !secure(e.Issuer) && !secure(e.Token) {
		return false
	}
	runner.FetchTrust()
	return true
}

// Open readies a run. When the issuer, the authorization or the token endpoint is given by
// hand the simulator is not started; the profile's other endpoints, which belong to another
// server, are then left out.
func (l *Launcher) Open(ctx context.Context, r *Request) (*Run, error) {
	grant, err := chooseGrant(r)
	if err != nil {
		return nil, err
	}
	r.Grant = grant
	start := flows.RunStarted{Provider: r.Provider, Grant: grant, Settings: settings(r)}
	byHand := r.Endpoints.Issuer != "" || r.Endpoints.Authorization != "" || r.Endpoints.Token != ""
	envName := cmp.Or(r.Environment, DefaultEnvironment(r.Provider))
	start.Simulated = !byHand && (envName == flows.EnvSimulator || r.Simulated)
	switch {
	case byHand:
		start.Environment = byHandEnvironment(r, envName)
	case start.Simulated:
		err = l.simulate(ctx, &start, r, envName)
	default:
		start.Environment, err = realEnvironment(r, envName)
	}
	if err != nil {
		return nil, err
	}
	if err := checkEndpoints(&start); err != nil && !r.Interactive {
		return nil, err
	}
	if !start.Simulated && l.Fingerprints != nil {
		start.Fingerprints = l.Fingerprints()
	}
	if err := l.checkFault(r, &start); err != nil {
		return nil, err
	}
	secret := cmp.Or(r.ClientSecret, start.Credentials.ClientSecret.RevealSecret())
	start.Credentials = flows.Credentials{
		ClientSecret: flows.NewSecret(start.Fingerprints, "client_secret", secret),
		RefreshToken: flows.NewSecret(start.Fingerprints, "refresh_token", r.RefreshToken),
	}
	id, err := l.newID()
	if err != nil {
		return nil, err
	}
	return &Run{ID: id, Start: start, performer: l.newPerformer(&start)}, nil
}

// Reopen readies a recorded run to go on, with its own endpoints, settings and secrets; it
// starts nothing. A simulator lives as long as its process, so a simulated run can go on
// only where its simulator still does.
func (l *Launcher) Reopen(t flows.Trace) (*Run, error) {
	start, ok := t.Start()
	if !ok {
		return nil, usage("this is a recording: it cannot go on")
	}
	if start.Simulated && !l.serves(&start) {
		return nil, usage("the simulator of this run has ended, and the tokens that it issued with it: start a new run")
	}
	return &Run{ID: t.Run, Start: start, performer: l.newPerformer(&start)}, nil
}

// serves tells whether the simulator that runs now is the one of this run.
func (l *Launcher) serves(start *flows.RunStarted) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil {
		return false
	}
	now, ok := l.server.Environment(start.Provider, start.Environment.Name)
	return ok && now.Endpoints == start.Environment.Endpoints
}

// Perform carries out an effect of the run; see headless.Performer.
func (r *Run) Perform(ctx context.Context, e flows.Effect, emit func(flows.Event)) {
	r.performer.perform(ctx, e, emit)
}

// Close ends the listener, if one is open.
func (r *Run) Close() { r.performer.closeListener() }

// Rewind sets the time of the runs back to the wall clock, so that the next run does not
// begin in the future of one that let simulated time pass. No run may be under way.
func (l *Launcher) Rewind() { l.clock.rewind() }

// Clock is the time of the runs: the wall clock, moved where a fault lets simulated time
// pass.
func (l *Launcher) Clock() time.Time {
	return l.clock.at(l.Now())
}

// Close ends the simulator.
func (l *Launcher) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server != nil {
		_ = l.server.Close() // nothing is left to be told
		l.server = nil
	}
}

func (l *Launcher) newID() (flows.RunID, error) {
	var b [8]byte
	if l.Rand == nil { // it is no secret, so that the system's generator need not be asked
		binary.BigEndian.PutUint64(b[:], rand.Uint64())
	} else if _, err := io.ReadFull(l.Rand, b[:]); err != nil {
		return "", fmt.Errorf("no random bytes for the id of the run: %w", err)
	}
	return flows.RunID(hex.EncodeToString(b[:])), nil
}

// Simulator starts the simulated providers on a random port, once.
func (l *Launcher) Simulator(ctx context.Context) (*simulator.Server, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.server == nil {
		server, err := simulator.Start(ctx, simulator.Config{Providers: l.Providers, Now: l.Clock, Rand: l.Rand}, "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		l.server = server
	}
	return l.server, nil
}

func (l *Launcher) simulate(ctx context.Context, start *flows.RunStarted, r *Request, envName string) error {
	server, err := l.Simulator(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	env, ok := server.Environment(r.Provider, envName)
	if !ok {
		return noEnvironment(r.Provider, envName)
	}
	start.Environment = env
	scenario, err := l.scenario(r)
	if err != nil {
		return err
	}
	server.SetScenario(scenario)
	id, secret := server.Client(r.Provider, envName)
	if start.Settings.ClientID == "" {
		start.Settings.ClientID = id
		if r.ClientSecret == "" {
			start.Credentials.ClientSecret = flows.NewSecret(flows.FingerprintKey{}, "client_secret", secret)
		}
	}
	if start.Settings.ClientID != id || r.ClientSecret != "" || !session.IsLoopback(start.Settings.RedirectURI) {
		// the simulator knows whoever asks: a client of the user's own is registered as it is,
		// and so is a redirect URI that lives elsewhere
		server.Register(simulator.Client{Provider: r.Provider.Name, Environment: envName, ID: start.Settings.ClientID,
			Secret: cmp.Or(r.ClientSecret, start.Credentials.ClientSecret.RevealSecret()), AnyLoopback: true, ShopFree: true,
			RedirectURIs: []string{start.Settings.RedirectURI}})
	}
	if r.RefreshToken == "" && r.Grant == flows.GrantRefreshToken {
		return usage("the refresh_token grant starts with a refresh token: set OAUTHLENS_REFRESH_TOKEN or --refresh-token-file")
	}
	if r.Grant == flows.GrantRefreshToken {
		server.Adopt(r.Provider.Name, envName, start.Settings.ClientID, r.RefreshToken, start.Settings.Scopes)
	}
	return nil
}

func (l *Launcher) scenario(r *Request) (simulator.Scenario, error) {
	scenario, ok := simulator.Named(r.Scenario)
	if _, fault := flows.FaultByName(r.Scenario); !ok || fault {
		var names []string
		for _, s := range simulator.Scenarios() {
			names = append(names, s.Name)
		}
		return scenario, usage("unknown scenario %q: one of %s", r.Scenario, strings.Join(names, ", "))
	}
	scenario.Fault = r.Settings.Fault
	if l.Planted != nil {
		scenario.Planted = l.Planted
	}
	return scenario, nil
}

func (l *Launcher) checkFault(r *Request, start *flows.RunStarted) error {
	name := start.Settings.Fault
	if !start.Simulated && r.Scenario != "" {
		return usage("the scenario %s is played by the simulator: leave out the real environment or add --simulated", r.Scenario)
	}
	if name == "" {
		return nil
	}
	f, ok := flows.FaultByName(name)
	if !ok {
		var names []string
		for _, f := range flows.Faults() {
			names = append(names, f.Name)
		}
		return usage("unknown fault %q: one of %s", name, strings.Join(names, ", "))
	}
	if f.Server && !start.Simulated {
		return usage("the fault %s is played by the simulator: leave out the real environment or add --simulated", name)
	}
	if why := faultApplies(f, start); why != "" {
		return usage("the fault %s cannot be planted here: %s", name, why)
	}
	return nil
}

// chooseGrant takes the wanted grant if the profile has it, or the profile's first.
func chooseGrant(r *Request) (flows.Grant, error) {
	if r.Grant == "" {
		return r.Provider.Grants[0], nil
	}
	if r.Provider.HasGrant(r.Grant) {
		return r.Grant, nil
	}
	var names []string
	for _, g := range r.Provider.Grants {
		names = append(names, string(g))
	}
	return "", usage("%s does not offer the grant %q: it offers %s", r.Provider.Title, r.Grant, strings.Join(names, ", "))
}

// settings fills what the user left open from the profile.
func settings(r *Request) flows.Settings {
	s, d := r.Settings, r.Provider.Dialect
	if s.AuthMethod == "" {
		s.AuthFromMetadata = r.Endpoints.Issuer != "" || r.Interactive
		s.AuthMethod = cmp.Or(d.ClientAuth, flows.AuthBasic)
	}
	if s.PKCE == "" {
		s.PKCE = cmp.Or(d.PKCEMethod, flows.PKCEOff)
	}
	if s.Scopes == nil {
		s.Scopes = DefaultScopes(r.Provider, r.Grant)
	}
	s.RedirectURI = cmp.Or(s.RedirectURI, r.Provider.Defaults.RedirectURI, DefaultRedirectURI)
	s.RequestTimeout = cmp.Or(s.RequestTimeout, DefaultTimeout)
	s.CallbackTimeout = cmp.Or(s.CallbackTimeout, DefaultCallbackTimeout)
	if r.PasteOnly {
		s.CallbackTimeout = -1
	}
	return s
}

// DefaultScopes are the scopes that a new run of this grant asks for.
func DefaultScopes(p flows.Provider, g flows.Grant) []string {
	var out []string
	for _, sc := range p.Scopes {
		if (sc.Default || sc.Required) && (len(sc.Grants) == 0 || slices.Contains(sc.Grants, g)) {
			out = append(out, sc.Name)
		}
	}
	return out
}
