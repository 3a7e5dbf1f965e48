package launch

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/provider"
)

func launcher(t *testing.T) *Launcher {
	t.Helper()
	all := provider.Embedded()
	l := &Launcher{Providers: all, Now: time.Now}
	t.Cleanup(l.Close)
	return l
}

func named(t *testing.T, l *Launcher, name string) flows.Provider {
	t.Helper()
	for _, p := range l.Providers {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("no provider %s", name)
	return flows.Provider{}
}

func TestEnvironments(t *testing.T) {
	l := launcher(t)
	for _, c := range []struct {
		name      string
		provider  string
		r         Request
		env       string
		simulated bool
		token     string // prefix of the token endpoint
		refused   string // words of the error
	}{
		{name: "default", provider: "truss", env: "simulator", simulated: true, token: "http://127.0.0.1:"},
		{name: "sandbox", provider: "truss", r: Request{Environment: "sandbox"}, env: "sandbox", token: "https://vine-fire"},
		{name: "simulated sandbox", provider: "truss", r: Request{Environment: "sandbox", Simulated: true}, env: "sandbox", simulated: true, token: "http://127.0.0.1:"},
		{name: "none of that name", provider: "truss", r: Request{Environment: "prod"}, refused: `no environment "prod"`},
		{name: "no sandbox", provider: "trustwill", r: Request{Environment: "sandbox"}, refused: "it has simulator, production"},
		{name: "token endpoint by hand", provider: "truelayer", r: Request{Endpoints: flows.Endpoints{Token: "http://127.0.0.1:1/t"}}, env: "custom", token: "http://127.0.0.1:1/t"},
		{name: "half by hand", provider: "truss", r: Request{Endpoints: flows.Endpoints{Token: "http://127.0.0.1:1/t"}}, env: "sandbox", token: "http://127.0.0.1:1/t"},
		{name: "by hand in production", provider: "truelayer", r: Request{Environment: "production", Endpoints: flows.Endpoints{Token: "http://127.0.0.1:1/t"}}, env: "production", token: "http://127.0.0.1:1/t"},
		{name: "custom without endpoints", provider: "custom", refused: "--authorize-url and --token-url"},
		{name: "custom by issuer", provider: "custom", r: Request{Endpoints: flows.Endpoints{Issuer: "http://127.0.0.1:1"}}, env: "custom"},
		{name: "custom on the screen", provider: "custom", r: Request{Interactive: true}, env: "custom"},
		{name: "grant not offered", provider: "truss", r: Request{Grant: flows.GrantClientCredentials}, refused: "does not offer the grant"},
		{name: "unknown fault", provider: "truss", r: Request{Settings: flows.Settings{Fault: "x"}}, refused: "unknown fault"},
		{name: "fault against a real server", provider: "truss", r: Request{Environment: "sandbox", Settings: flows.Settings{Fault: "denied"}}, refused: "played by the simulator"},
		{name: "fault that cannot be", provider: "trustwill", r: Request{Settings: flows.Settings{Fault: "missing-refresh-token"}}, refused: "no scope for offline access"},
		{name: "unknown scenario", provider: "truss", r: Request{Scenario: "x"}, refused: "unknown scenario"},
		{name: "refresh without a token", provider: "truss", r: Request{Grant: flows.GrantRefreshToken}, refused: "starts with a refresh token"},
	} {
		c.r.Provider = named(t, l, c.provider)
		run, err := l.Open(context.Background(), &c.r)
		if c.refused != "" {
			var bad *UsageError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if run.Start.Environment.Name != c.env || run.Start.Simulated != c.simulated || !strings.HasPrefix(run.Start.Environment.Endpoints.Token, c.token) {
			t.Errorf("%s: %+v", c.name, run.Start.Environment)
		}
		run.Close()
	}
}

// TestByHandLeavesTheOtherServersEndpointsOut: a token must not be sent to the revocation
// endpoint of a server that did not issue it.
func TestByHandLeavesTheOtherServersEndpointsOut(t *testing.T) {
	l := launcher(t)
	run, err := l.Open(context.Background(), &Request{Provider: named(t, l, "truss"), Environment: "sandbox",
		Endpoints: flows.Endpoints{Authorization: "http://127.0.0.1:1/a", Token: "http://127.0.0.1:1/t"}})
	if err != nil {
		t.Fatal(err)
	}
	if e := run.Start.Environment.Endpoints; e.Revocation != "" || e.JWKS != "" || e.Introspection != "" || e.API != "" {
		t.Errorf("%+v", e)
	}
}

func TestSettingsFromTheProfile(t *testing.T) {
	l := launcher(t)
	run, err := l.Open(context.Background(), &Request{Provider: named(t, l, "truss")})
	if err != nil {
		t.Fatal(err)
	}
	s := run.Start.Settings
	if s.ClientID == "" || run.Start.Credentials.ClientSecret.IsZero() || s.AuthMethod != flows.AuthPost || s.PKCE != flows.PKCES256 ||
		len(s.Scopes) == 0 || s.RedirectURI != DefaultRedirectURI || s.RequestTimeout != DefaultTimeout || len(run.ID) != 16 {
		t.Errorf("%+v", s)
	}
	own, err := l.Open(context.Background(), &Request{Provider: named(t, l, "truss"), ClientSecret: "mine-mine", PasteOnly: true,
		Settings: flows.Settings{ClientID: "mine", Scopes: []string{}, AuthMethod: flows.AuthBasic}})
	if err != nil {
		t.Fatal(err)
	}
	if s := own.Start.Settings; s.ClientID != "mine" || len(s.Scopes) != 0 || s.AuthMethod != flows.AuthBasic || s.CallbackTimeout > 0 || own.Start.Credentials.ClientSecret.RevealSecret() != "mine-mine" {
		t.Errorf("%+v", s)
	}
}

// TestSimulatedTimePasses: the wait of a planted fault moves the clock of the runs, and
// nothing else does.
func TestSimulatedTimePasses(t *testing.T) {
	l := launcher(t)
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	l.Now = func() time.Time { return now }
	run, err := l.Open(context.Background(), &Request{Provider: named(t, l, "truelayer")})
	if err != nil {
		t.Fatal(err)
	}
	before := l.Clock()
	run.Perform(context.Background(), flows.Send{ID: 1, Step: flows.StepExchange, Wait: 11 * time.Minute, Timeout: time.Second,
		Request: flows.Request{Method: "GET", URL: "http://127.0.0.1:1/", Headers: flows.Headers{}}}, func(e flows.Event) {
		if x := e.(flows.ExchangeFinished).Exchange; x.Started.Sub(before) < 11*time.Minute {
			t.Errorf("sent at %v", x.Started)
		}
	})
	if got := l.Clock().Sub(before); got != 11*time.Minute {
		t.Error(got)
	}
	l.Rewind()
	if got := l.Clock(); !got.Equal(before) {
		t.Errorf("the clock was not set back: %v", got)
	}
}
