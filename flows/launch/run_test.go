package launch

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// asks sends a form to the run's token endpoint and gives the status and the body.
func asks(t *testing.T, run *Run, form url.Values) (int, string) {
	t.Helper()
	body := form.Encode()
	x := sent(t, run, flows.Request{Method: "POST", URL: run.Start.Environment.Endpoints.Token, Body: []byte(body),
		Headers: flows.Headers{{Name: "Host", Value: flows.HostOf(run.Start.Environment.Endpoints.Token)}, {Name: "Content-Type", Value: "application/x-www-form-urlencoded"},
			{Name: "Content-Length", Value: strconv.Itoa(len(body))}}})
	if x.Response == nil {
		t.Fatalf("no answer: %+v", x.Error)
	}
	return x.Response.Status, string(x.Response.Body)
}

// sent performs one Send and gives its only event.
func sent(t *testing.T, run *Run, q flows.Request) flows.Exchange {
	t.Helper()
	var got []flows.Exchange
	run.Perform(context.Background(), flows.Send{ID: 1, Step: flows.StepExchange, Request: q, Timeout: 20 * time.Second}, func(e flows.Event) {
		got = append(got, e.(flows.ExchangeFinished).Exchange)
	})
	if len(got) != 1 {
		t.Fatalf("%d events", len(got))
	}
	return got[0]
}

func machine(run *Run) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {run.Start.Settings.ClientID}, "scope": {"payments"},
		"client_secret": {run.Start.Credentials.ClientSecret.RevealSecret()}}
}

// TestTheSimulatorKnowsItsClient: its own, and whoever the user is.
func TestTheSimulatorKnowsItsClient(t *testing.T) {
	l := launcher(t)
	truelayer := named(t, l, "truelayer")
	for _, c := range []struct {
		name       string
		r          Request
		id, secret string // as the run has them; empty: those of the simulator
		wrong      bool   // the request carries another secret
		status     int
		answerHas  string
	}{
		{name: "the simulator's own", status: 200, answerHas: "access_token"},
		{name: "the simulator's own, with a wrong secret", wrong: true, status: 400, answerHas: "invalid_client"},
		{name: "the user's id and secret", r: Request{ClientSecret: "mine-mine", Settings: flows.Settings{ClientID: "mine"}}, id: "mine", secret: "mine-mine", status: 200, answerHas: "access_token"},
		{name: "the user's id with a wrong secret", r: Request{ClientSecret: "mine-mine", Settings: flows.Settings{ClientID: "mine"}}, id: "mine", secret: "mine-mine", wrong: true, status: 400, answerHas: "invalid_client"},
		{name: "the user's secret alone", r: Request{ClientSecret: "mine-mine"}, secret: "mine-mine", status: 200, answerHas: "access_token"},
		{name: "in a simulated environment", r: Request{Environment: "sandbox", Simulated: true, ClientSecret: "mine-mine", Settings: flows.Settings{ClientID: "sandbox-mine"}}, id: "sandbox-mine", secret: "mine-mine", status: 200, answerHas: "access_token"},
	} {
		c.r.Provider = truelayer
		run := opened(t, l, c.r)
		id, secret := run.Start.Settings.ClientID, run.Start.Credentials.ClientSecret.RevealSecret()
		if id == "" || secret == "" || c.id != "" && id != c.id || c.secret != "" && secret != c.secret {
			t.Errorf("%s: the run has the client %q", c.name, id)
		}
		if mask := run.Start.Credentials.ClientSecret.String(); !strings.HasPrefix(mask, "client_secret (") {
			t.Errorf("%s: masked as %s", c.name, mask)
		}
		form := machine(run)
		if c.wrong {
			form.Set("client_secret", "not-this-one")
		}
		if status, body := asks(t, run, form); status != c.status || !strings.Contains(body, c.answerHas) {
			t.Errorf("%s: %d", c.name, status)
		}
	}
}

// TestTheSimulatorKnowsTheRefreshToken that a run begins with, for the client of the run
// alone.
func TestTheSimulatorKnowsTheRefreshToken(t *testing.T) {
	l := launcher(t)
	run := opened(t, l, Request{Provider: named(t, l, "truss"), Grant: flows.GrantRefreshToken, RefreshToken: "an-old-refresh-token"})
	if got := run.Start.Credentials.RefreshToken; got.RevealSecret() != "an-old-refresh-token" || !strings.HasPrefix(got.String(), "refresh_token (") {
		t.Errorf("the run has %s", got)
	}
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"an-old-refresh-token"}, "client_id": {run.Start.Settings.ClientID},
		"client_secret": {run.Start.Credentials.ClientSecret.RevealSecret()}}
	if status, body := asks(t, run, form); status != 200 || !strings.Contains(body, "access_token") {
		t.Errorf("%d %s", status, body)
	}
	form.Set("refresh_token", "another-refresh-token")
	if status, _ := asks(t, run, form); status != 400 {
		t.Errorf("a refresh token that nobody gave: %d", status)
	}
}

// TestRedirectURIsThatTheSimulatorTakes: any on this machine, and the one elsewhere that
// the run has.
func TestRedirectURIsThatTheSimulatorTakes(t *testing.T) {
	l := launcher(t)
	for _, uri := range []string{"", "http://localhost:4999/other", "https://app.test/cb", "com.example.app:/cb"} {
		run := opened(t, l, Request{Provider: named(t, l, "truss"), Settings: flows.Settings{RedirectURI: uri}})
		if uri == "" {
			uri = DefaultRedirectURI
		}
		if run.Start.Settings.RedirectURI != uri {
			t.Errorf("%s: the run has %s", uri, run.Start.Settings.RedirectURI)
		}
		page := func(redirect string) int {
			q := url.Values{"response_type": {"code"}, "client_id": {run.Start.Settings.ClientID}, "redirect_uri": {redirect}, "state": {"s-0123456789"},
				"scope": {strings.Join(run.Start.Settings.Scopes, " ")}}
			at := run.Start.Environment.Endpoints.Authorization
			x := sent(t, run, flows.Request{Method: "GET", URL: at + "?" + q.Encode(), Headers: flows.Headers{{Name: "Host", Value: flows.HostOf(at)}}})
			if x.Response == nil {
				t.Fatalf("no answer: %+v", x.Error)
			}
			return x.Response.Status
		}
		if status := page(uri); status != 200 {
			t.Errorf("%s: %d", uri, status)
		}
		if status := page("https://evil.test/cb"); status != 400 {
			t.Errorf("one that nobody gave, beside %s: %d", uri, status)
		}
	}
}

// TestScenarios: what the simulator is to do goes with the run, and is gone in the next.
func TestScenarios(t *testing.T) {
	l := launcher(t)
	p := named(t, l, "truelayer")
	status := func(r Request) int {
		r.Provider = p
		run := opened(t, l, r)
		got, _ := asks(t, run, machine(run))
		return got
	}
	if got := status(Request{Settings: flows.Settings{Fault: "html-502"}}); got != 502 {
		t.Errorf("the fault is not played: %d", got)
	}
	if got := status(Request{}); got != 200 {
		t.Errorf("the fault stayed: %d", got)
	}
	l.Planted = []string{"no-such-plant", "other-error"}
	truelayer := opened(t, l, Request{Provider: p, Environment: "production", Simulated: true})
	form := machine(truelayer)
	form.Set("client_secret", "not-this-one")
	planted, _ := asks(t, truelayer, form)
	l.Planted = []string{}
	truelayer = opened(t, l, Request{Provider: p, Environment: "production", Simulated: true, Scenario: "planted"})
	if without, _ := asks(t, truelayer, form); without == planted {
		t.Errorf("the plant makes no difference: %d", planted)
	}
}

// TestSettingsLeftOpen are filled from the profile, or with what is usual.
func TestSettingsLeftOpen(t *testing.T) {
	l := launcher(t)
	bare := profile(func(p *flows.Provider) {
		p.Scopes = []flows.Scope{{Name: "plain", Default: true}, {Name: "off"}, {Name: "must", Required: true}, {Name: "of-code", Default: true, Grants: []flows.Grant{flows.GrantAuthorizationCode}},
			{Name: "of-machines", Default: true, Grants: []flows.Grant{flows.GrantClientCredentials}}}
	})
	s := opened(t, l, Request{Provider: bare, Environment: "sandbox"}).Start
	if s.Grant != flows.GrantAuthorizationCode || s.Settings.AuthMethod != flows.AuthBasic || s.Settings.AuthFromMetadata || s.Settings.PKCE != flows.PKCEOff ||
		s.Settings.RedirectURI != "http://127.0.0.1:53682/callback" || s.Settings.RequestTimeout != 30*time.Second || s.Settings.CallbackTimeout != 5*time.Minute ||
		strings.Join(s.Settings.Scopes, " ") != "plain must of-code" || s.Environment.Name != "sandbox" {
		t.Errorf("%+v", s.Settings)
	}
	own := profile(func(p *flows.Provider) {
		p.Dialect.ClientAuth, p.Dialect.PKCEMethod, p.Defaults.RedirectURI = flows.AuthPost, flows.PKCEPlain, "http://127.0.0.1:7/own"
	})
	s = opened(t, l, Request{Provider: own, Environment: "sandbox", Grant: flows.GrantClientCredentials}).Start
	if s.Grant != flows.GrantClientCredentials || s.Settings.AuthMethod != flows.AuthPost || s.Settings.PKCE != flows.PKCEPlain || s.Settings.RedirectURI != "http://127.0.0.1:7/own" {
		t.Errorf("%+v", s.Settings)
	}
	wanted := flows.Settings{AuthMethod: flows.AuthNone, PKCE: flows.PKCES256, RedirectURI: "http://127.0.0.1:8/x", Scopes: []string{"mine"}, RequestTimeout: time.Second, CallbackTimeout: time.Minute}
	s = opened(t, l, Request{Provider: own, Environment: "sandbox", Settings: wanted}).Start
	if s.Settings.AuthMethod != wanted.AuthMethod || s.Settings.PKCE != wanted.PKCE || s.Settings.RedirectURI != wanted.RedirectURI || strings.Join(s.Settings.Scopes, " ") != "mine" ||
		s.Settings.RequestTimeout != time.Second || s.Settings.CallbackTimeout != time.Minute {
		t.Errorf("%+v", s.Settings)
	}
	for _, c := range []struct {
		name string
		r    Request
		want bool
	}{
		{"by issuer", Request{Endpoints: flows.Endpoints{Issuer: "http://h"}}, true},
		{"on the screen", Request{Interactive: true}, true},
		{"by a token endpoint", Request{Endpoints: flows.Endpoints{Token: "http://h"}}, false},
		{"by issuer, but told", Request{Endpoints: flows.Endpoints{Issuer: "http://h"}, Settings: flows.Settings{AuthMethod: flows.AuthPost}}, false},
	} {
		if c.r.Provider = bare; c.r.Environment == "" {
			c.r.Environment = "sandbox"
		}
		if got := opened(t, l, c.r).Start.Settings.AuthFromMetadata; got != c.want {
			t.Errorf("%s: the metadata may choose the client authentication: %v", c.name, got)
		}
	}
	if got := opened(t, l, Request{Provider: bare, Environment: "sandbox", PasteOnly: true}).Start.Settings.CallbackTimeout; got >= 0 {
		t.Errorf("a listener although the callback is pasted: %v", got)
	}
	if got := DefaultScopes(bare, flows.GrantClientCredentials); strings.Join(got, " ") != "plain must of-machines" {
		t.Errorf("%q", got)
	}
}

// TestMasksAreOfTheInstallation for real runs, and of everybody for simulated ones.
func TestMasksAreOfTheInstallation(t *testing.T) {
	l := launcher(t)
	mine := flows.FingerprintKey{1, 2, 3}
	l.Fingerprints = func() flows.FingerprintKey { return mine }
	r := Request{Provider: named(t, l, "truss"), ClientSecret: "mine-mine-mine"}
	if run := opened(t, l, r); run.Start.Fingerprints != (flows.FingerprintKey{}) || run.Start.Credentials.ClientSecret.String() != flows.NewSecret(flows.FingerprintKey{}, "client_secret", "mine-mine-mine").String() {
		t.Error("a simulated run is masked with the key of this installation")
	}
	r.Environment = "sandbox"
	if run := opened(t, l, r); run.Start.Fingerprints != mine || run.Start.Credentials.ClientSecret.String() != flows.NewSecret(mine, "client_secret", "mine-mine-mine").String() {
		t.Error("a real run is not masked with the key of this installation")
	}
}

// TestIDsOfRuns: 64 random bits, and none without a source of them.
func TestIDsOfRuns(t *testing.T) {
	l := launcher(t)
	r := Request{Provider: named(t, l, "truss"), Environment: "sandbox"}
	a, b := opened(t, l, r), opened(t, l, r)
	if a.ID == b.ID || len(a.ID) != 16 {
		t.Errorf("%s and %s", a.ID, b.ID)
	}
	l.Rand = bytes.NewReader([]byte{1, 2, 3, 4, 5, 6, 7, 255, 9})
	if run := opened(t, l, r); run.ID != "01020304050607ff" {
		t.Errorf("%s", run.ID)
	}
	if _, err := l.Open(context.Background(), &r); err == nil || !strings.HasPrefix(err.Error(), "no random bytes for the id of the run: ") {
		t.Errorf("%v", err)
	}
}

// TestReopen: a recorded run goes on with what it had, unless it cannot.
func TestReopen(t *testing.T) {
	l := launcher(t)
	recorded := func(run *Run) flows.Trace {
		return flows.Trace{Run: run.ID, Records: []flows.Record{{Event: run.Start}}}
	}
	real := opened(t, l, Request{Provider: named(t, l, "truss"), Environment: "sandbox"})
	again, err := l.Reopen(recorded(real))
	if err != nil || again.ID != real.ID || again.Start.Environment.Endpoints != real.Start.Environment.Endpoints {
		t.Errorf("a real run: %+v %v", again, err)
	}
	_, err = l.Reopen(flows.Trace{Records: []flows.Record{{Event: flows.Imported{}}}})
	says(t, "a recording", err, "this is a recording: it cannot go on")
	const ended = "the simulator of this run has ended, and the tokens that it issued with it: start a new run"
	unplugged := launcher(t)
	simulated := opened(t, l, Request{Provider: named(t, l, "truelayer")})
	_, err = unplugged.Reopen(recorded(simulated))
	says(t, "a simulated run in a program without a simulator", err, ended)
	if again, err = l.Reopen(recorded(simulated)); err != nil {
		t.Fatalf("a simulated run beside its simulator: %v", err)
	}
	if status, _ := asks(t, again, machine(again)); status != 200 {
		t.Errorf("a simulated run that goes on: %d", status)
	}
	opened(t, unplugged, Request{Provider: named(t, l, "truelayer")})
	_, err = unplugged.Reopen(recorded(simulated))
	says(t, "a simulated run beside another simulator", err, ended)
	l.Close()
	_, err = l.Reopen(recorded(simulated))
	says(t, "a simulated run whose simulator was closed", err, ended)
	if x := sent(t, simulated, flows.Request{Method: "GET", URL: simulated.Start.Environment.Endpoints.Token, Headers: flows.Headers{}}); x.Error == nil {
		t.Errorf("the simulator that was closed answers %d", x.Response.Status)
	}
	l.Close() // twice does no harm
}

func says(t *testing.T, what string, err error, want string) {
	t.Helper()
	var bad *UsageError
	if !errors.As(err, &bad) || bad.Text != want {
		t.Errorf("%s: %v", what, err)
	}
}

// TestOneSimulator serves every run of the program.
func TestOneSimulator(t *testing.T) {
	l := launcher(t)
	a, err := l.Simulator(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	run, err := l.Open(ctx, &Request{Provider: named(t, l, "truelayer")})
	if err != nil {
		t.Fatal(err)
	}
	cancel() // the simulator outlives the question that it was started for
	if status, _ := asks(t, run, machine(run)); status != 200 || !strings.HasPrefix(run.Start.Environment.Endpoints.Token, a.URL()) {
		t.Errorf("%d from %s", status, run.Start.Environment.Endpoints.Token)
	}
}
