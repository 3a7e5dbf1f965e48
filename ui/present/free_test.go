package present

import (
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/session"
)

// free is a run with a server that no profile describes, whose metadata is this.
func free(grant flows.Grant, scopes []string, metadata string) session.Session {
	start := flows.RunStarted{Provider: flows.Provider{Name: "custom", Title: "Custom"}, Grant: grant,
		Environment: flows.Environment{Name: flows.EnvCustom, Endpoints: flows.Endpoints{Issuer: "http://127.0.0.1:1"}},
		Settings:    flows.Settings{ClientID: "client", AuthMethod: flows.AuthNone, Scopes: scopes, RequestTimeout: 30 * time.Second}}
	s, _ := session.New("0123456789abcdef").Handle(received, start)
	if metadata == "" {
		return s
	}
	s, _ = s.Handle(received, flows.Asked{Action: flows.ActDiscover})
	f, _ := s.InFlight()
	s, _ = s.Handle(received, flows.ExchangeFinished{ID: f.ID, Exchange: flows.Exchange{Step: f.Step, Request: f.Request, Started: received, Ended: received,
		Response: &flows.Response{Status: 200, Body: []byte(metadata), BodyComplete: true, Headers: flows.Headers{{Name: "Content-Type", Value: "application/json"}}}}})
	return s
}

// TestScopesOfAServerWithoutAProfile can be typed, and ticked where its metadata names them.
func TestScopesOfAServerWithoutAProfile(t *testing.T) {
	const metadata = `{"issuer":"http://127.0.0.1:1","authorization_endpoint":"http://127.0.0.1:1/a","token_endpoint":"http://127.0.0.1:1/t","scopes_supported":["openid","orders:read"]}`
	tests := []struct {
		name string
		s    session.Session
		want []string
		not  string
	}{
		{"nothing is known", free(flows.GrantAuthorizationCode, nil, ""), []string{"scope none", "e types it; without it the server decides"}, "[ ]"},
		{"the metadata names some", free(flows.GrantAuthorizationCode, nil, metadata), []string{"scope none", "[ ] openid", "asks for an ID token", "[ ] orders:read", "the server knows it"}, "[x]"},
		{"one is asked for", free(flows.GrantClientCredentials, []string{"openid", "own"}, metadata), []string{"scope openid own", "[x] openid", "[ ] orders:read"}, "[x] own"},
		{"no token, no scopes", free(flows.GrantBasic, nil, ""), []string{"client_id client"}, "Scopes"},
	}
	for _, tt := range tests {
		text := lines(Run(tt.s, nil, nil, received).Panes[0].Tabs[0].Build())
		rest := text
		for _, want := range tt.want {
			at := strings.Index(rest, want)
			if at < 0 {
				t.Errorf("%s: %q does not follow in\n%s", tt.name, want, text)
				break
			}
			rest = rest[at:]
		}
		if strings.Contains(text, tt.not) {
			t.Errorf("%s: says %q in\n%s", tt.name, tt.not, text)
		}
	}
	c := Edit{Target: EditScope, Value: "a"}.Set(flows.Settings{}, " openid  orders:read ")
	if c.Scopes == nil || !slices.Equal(*c.Scopes, []string{"openid", "orders:read"}) {
		t.Errorf("typed scopes become %+v", c.Scopes)
	}
}

// TestACallThatIsNotKnownIsSaidOnce: the row tells how a URL is given, the sentence below what
// kind of URL.
func TestACallThatIsNotKnownIsSaidOnce(t *testing.T) {
	w := Run(withAnswer(opaque, 0, false), nil, nil, received)
	i := slices.IndexFunc(w.Panes, func(p Pane) bool { return p.Title == "Call" })
	text := lines(w.Panes[i].Tabs[0].Build())
	if strings.Count(text, "e types it") != 1 || strings.Contains(text, "with e") || !strings.Contains(text, "any URL that takes the token will do") {
		t.Errorf("the call says\n%s", text)
	}
}

// TestMaskedTokensKeepTheirFingerprints before and after a refresh: those of the lineage.
func TestMaskedTokensKeepTheirFingerprints(t *testing.T) {
	b := &builder{s: withAnswer(`"access_token":"access_token (20 chars, #0badcafe)","refresh_token":"refresh_token (9 chars, #12345678)"`, 0, false)}
	token := *b.s.Token()
	other := token
	other.RefreshToken = flows.NewSecret(flows.FingerprintKey{}, "refresh_token", "another")
	if cells := b.beforeAfter(token, other)[2].Cells; cells[3][0].Text != "replaced; the old one is spent" { // two rows beside the values, in a narrow window
		t.Errorf("a new refresh token: %+v", cells)
	}
	text := ""
	for _, l := range b.beforeAfter(token, token) {
		for _, c := range l.Cells {
			for _, s := range c {
				text += s.Text + " "
			}
		}
	}
	for _, want := range []string{"access token #0badcafe #0badcafe", "refresh token #12345678 #12345678"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
}

func TestExactly(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 s", 40 * time.Second: "40 s", time.Hour: "1 h", 90 * time.Minute: "1 h 30 min", 3599 * time.Second: "59 min 59 s",
		90 * 24 * time.Hour: "90 d", 25*time.Hour + time.Second: "1 d 1 h 1 s"} {
		if got := Exactly(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// TestARevocationThatCannotBeRepeatedIsNotOffered: in a run of the history that was kept
// without its secrets the walk is done, while one that has them can send it again.
func TestARevocationThatCannotBeRepeatedIsNotOffered(t *testing.T) {
	for tokens, again := range map[string]bool{
		`"access_token":"access_token (20 chars, #0badcafe)","refresh_token":"refresh_token (9 chars, #12345678)"`: false,
		opaque: true,
	} {
		s := withAnswer(tokens, 0, false)
		revocation := "http://127.0.0.1:1/revoke"
		for _, e := range []flows.Event{
			flows.Changed{Change: flows.SettingsChange{Endpoint: &flows.Param{Name: "revocation", Value: revocation}}},
			flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepRevoke, Request: flows.Request{Method: "POST", URL: revocation}, Started: received, Ended: received,
				Response: &flows.Response{Status: 200, BodyComplete: true}}},
			flows.Asked{Action: flows.ActEnd},
		} {
			s, _ = s.Handle(received, e)
		}
		w := Run(s, nil, nil, received)
		i := slices.IndexFunc(w.Panes, func(p Pane) bool { return p.Title == "Revoke" })
		n := w.Panes[i].Next
		if s.Ended() == nil || (n.Label == "send the revocation again") != again || !again && !strings.Contains(n.Why, "the walk is done") {
			t.Errorf("%s: ended %v, can %q, next %+v", tokens, s.Ended() != nil, s.Can(flows.ActRevoke), n)
		}
	}
}

// TestAScopeThatIsNotSentSaysSo: ticked is what counts as asked for, although the request of
// this grant carries no scope.
func TestAScopeThatIsNotSentSaysSo(t *testing.T) {
	for omit, want := range map[flows.Grant][]string{
		flows.GrantClientCredentials: {"[x] all  the API (required, not sent)", "[ ] old  before (legacy, not sent)", "[x] own  not in the provider's documentation (not sent)"},
		flows.GrantRefreshToken:      {"[x] all  the API (required) false", "[ ] old  before (legacy) false", "[x] own  not in the provider's documentation false"},
	} {
		start := flows.RunStarted{Grant: flows.GrantClientCredentials, Settings: flows.Settings{ClientID: "client", Scopes: []string{"all", "own"}},
			Provider: flows.Provider{Name: "p", Title: "P", Dialect: flows.Dialect{OmitScope: []flows.Grant{omit}},
				Scopes: []flows.Scope{{Name: "all", Meaning: "the API", Required: true}, {Name: "old", Meaning: "before", Legacy: true}}}}
		s, _ := session.New("0123456789abcdef").Handle(received, start)
		text := lines(Run(s, nil, nil, received).Panes[0].Tabs[0].Build())
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("without the scope of %s: %q is not in\n%s", omit, w, text)
			}
		}
	}
}

// TestTheOnlyCallEndsTheWalk: where credentials go with each request there is no step after
// the call. One that was refused, or changed since, can be sent again.
func TestTheOnlyCallEndsTheWalk(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		call   string // chosen afterwards
		label  string
	}{
		{"accepted", 200, "", ""},
		{"accepted, and another one chosen", 200, "http://127.0.0.1:1/b", "send the request again"},
		{"refused", 401, "", "send the request again"},
	} {
		start := flows.RunStarted{Provider: flows.Provider{Name: "p", Title: "P"}, Grant: flows.GrantBasic, Environment: flows.Environment{Name: flows.EnvSimulator},
			Credentials: flows.Credentials{ClientSecret: flows.NewSecret(flows.FingerprintKey{}, "client_secret", "s3cret-value")}, Simulated: true,
			Settings: flows.Settings{ClientID: "client", AuthMethod: flows.AuthBasic, CallURL: "http://127.0.0.1:1/a", RequestTimeout: 30 * time.Second}}
		s, _ := session.New("0123456789abcdef").Handle(received, start)
		s, _ = s.Handle(received, flows.Asked{Action: flows.ActCall})
		f, _ := s.InFlight()
		if f == nil {
			t.Fatalf("%s: nothing was sent: %s", test.name, s.Can(flows.ActCall))
		}
		s, _ = s.Handle(received, flows.ExchangeFinished{ID: f.ID, Exchange: flows.Exchange{Step: f.Step, Request: f.Request, Started: received, Ended: received,
			Response: &flows.Response{Status: test.status, BodyComplete: true}}})
		if test.call != "" {
			s, _ = s.Handle(received, flows.Changed{Change: flows.SettingsChange{CallURL: &test.call}})
		}
		w := Run(s, nil, nil, received)
		n := w.Panes[len(w.Panes)-1].Next
		if n.Label != test.label || strings.HasPrefix(n.Why, "the walk is done") != (test.label == "") {
			t.Errorf("%s: next %+v", test.name, n)
		}
	}
}
