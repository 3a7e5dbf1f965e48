package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/ui/present"
	"oauthlens/ui/tui/screen"
)

// The secret of the fake flow: no frame may show it unless it was revealed.
const fakeSecret = "raw-secret-value-that-must-not-be-seen"

// fakeFlow is a small flow of five steps: enough of everything that a screen can show.
type fakeFlow struct {
	stage    int
	settings flows.Settings
	busy     time.Time
	expires  time.Time
	log      []string
	body     string
}

func (f fakeFlow) Handle(at time.Time, e flows.Event) (Flow, []flows.Effect) {
	f.log = append(f.log[:len(f.log):len(f.log)], flows.KindOf(e))
	switch e := e.(type) {
	case flows.Asked:
		switch e.Action {
		case flows.ActApprove:
			f.busy = at
			return f, []flows.Effect{flows.Consent{ID: 1, URL: "http://127.0.0.1:1/authorize"}}
		case flows.ActExchange:
			f.busy = at
			return f, []flows.Effect{flows.Send{ID: 2, Step: flows.StepExchange}}
		case flows.ActCancel:
			f.busy = time.Time{}
			return f, []flows.Effect{flows.CancelSend{ID: 2}}
		}
	case flows.Changed:
		if e.Change.AuthorizeEdits != nil {
			f.settings.AuthorizeEdits = *e.Change.AuthorizeEdits
		}
		if e.Change.Fault != nil {
			f.settings.Fault = *e.Change.Fault
		}
	case flows.CallbackArrived:
		f.stage, f.busy = 3, time.Time{}
	case flows.ExchangeFinished:
		f.stage, f.busy, f.expires = 4, time.Time{}, at.Add(time.Hour)
	}
	return f, nil
}

func (f fakeFlow) Trace() flows.Trace { return flows.Trace{} }

func (f fakeFlow) Paste(text string) (flows.Event, error) {
	if !strings.Contains(text, "code=") {
		return nil, errors.New("this has neither a code nor an error: paste the address at which the browser ended")
	}
	return flows.CallbackArrived{Via: flows.ViaPaste, Verdict: flows.CallbackAccepted}, nil
}

func (f fakeFlow) Walk(now time.Time) present.Walk {
	secret := flows.NewSecret(flows.FingerprintKey{}, "access_token", fakeSecret)
	w := present.Walk{
		Header:   present.Header{Path: []string{"oauthlens", "Truss", "authorization code"}, Environment: "simulator"},
		Current:  f.stage,
		Settings: f.settings,
		Offers:   []present.Offer{{Action: flows.ActRefresh, Why: "no refresh token yet: finish step 4", To: -1}, {Action: flows.ActOpenBrowser, To: -1}, {Action: flows.ActRestart, To: 1}},
	}
	if !f.expires.IsZero() {
		left := f.expires.Sub(now)
		w.Header.Countdowns = []present.Countdown{{Label: "access", Text: fmt.Sprintf("%02d:%02d", int(left.Minutes()), int(left.Seconds())%60), Fraction: left.Hours(), Tone: present.OK},
			{Label: "refresh", Text: "6 mo", Fraction: -1, Tone: present.Muted}}
	}
	if !f.busy.IsZero() {
		w.Busy = &present.Busy{What: "waiting for the answer of the token endpoint", Since: f.busy}
	}
	for i, title := range []string{"Client", "Authorization URL", "Callback", "Exchange", "Token"} {
		state := present.Todo
		switch {
		case i < f.stage:
			state = present.Done
		case i == f.stage:
			state = present.Current
			if w.Busy != nil {
				state = present.Running
			}
		}
		w.Rail = append(w.Rail, present.RailItem{Key: strings.ToLower(title), Title: title, State: state})
	}
	w.Rail[1].Worst = flows.SeverityWarning
	url := "http://127.0.0.1:8417/truss/oauth/authorize?client_id=demo-client&redirect_uri=http%3A%2F%2F127.0.0.1%3A53682%2Fcallback&response_type=code&scope=payment_intent.inbound%3Awrite+offline_access&state=5c20e1aa&code_challenge=90b1fe03&code_challenge_method=S256"
	row := func(label, value, note string) present.Line {
		return present.Line{Kind: present.Row, Label: label, Spans: []present.Span{present.T(value, present.Plain)}, Note: note, Path: label,
			Explain: present.ExplainRef{Kind: "parameter", Name: label}, Edit: &present.Edit{Target: present.EditAuthorize, Name: label, Value: value}}
	}
	w.Panes = []present.Pane{
		{Title: "Client", Intro: "Who asks: the identifier that the provider gave this application, and how it proves that it is the one.",
			Tabs: []present.Tab{tab("Explained", present.List{row("client_id", "demo-client", "who is asking"),
				{Kind: present.Row, Label: "client_secret", Spans: []present.Span{present.S(secret)}, Note: "from the simulator", Copy: present.Copy{What: "client_secret", Secret: secret}}})},
			Next: present.Next{Label: "build the authorization URL", To: 1}},
		{Title: "Authorization URL", Intro: "The browser is sent here. Everything the provider needs to know about the request stands in the address, so everything in it can be seen by the user.",
			Tabs: []present.Tab{tab("Explained", present.List{
				{Kind: present.Code, Spans: []present.Span{{Text: "http://127.0.0.1:8417/truss/oauth/authorize", Tone: present.Link, Link: url}}, Copy: present.Copy{What: "the authorization URL", Text: url}},
				{Kind: present.Gap},
				row("client_id", "demo-client", "who is asking"), row("redirect_uri", "http://127.0.0.1:53682/callback", "must match byte for byte at step 4"),
				row("response_type", "code", "authorization code flow"), row("scope", "payment_intent.inbound:write offline_access", "what is asked for"),
				row("state", "#5c20e1aa  22 chars", "compared at the callback"), row("code_challenge", "#90b1fe03  S256", "proves that step 4 comes from the same client"),
			}), tab("Raw", present.List{{Kind: present.Code, Spans: []present.Span{{Text: "GET " + url, Tone: present.Plain}}}}), tab("curl", present.List{{Kind: present.Code, Spans: []present.Span{{Text: "curl '" + url + "'"}}}})},
			Findings: []int{0}, URL: present.Copy{What: "the authorization URL", Text: url}, Edits: []string{present.EditAuthorize},
			Next: present.Next{Label: "consent and go on", Action: flows.ActApprove, To: 2}},
		{Title: "Callback", Tabs: []present.Tab{tab("Explained", present.List{row("listening", "127.0.0.1:53682", "")})}, Next: present.Next{Label: "go on", Why: "no callback yet: finish step 2", To: 3}},
		{Title: "Exchange", Tabs: []present.Tab{tab("Explained", present.List{row("grant_type", "authorization_code", "")}), tab("Raw", rawLines(f.body))}, Next: present.Next{Label: "exchange the code", Action: flows.ActExchange, To: -1}},
		{Title: "Token", Tabs: []present.Tab{tab("Explained", present.List{{Kind: present.Row, Label: "access_token", Spans: []present.Span{present.S(secret)}, Note: "$.access_token", Copy: present.Copy{What: "access_token", Secret: secret}}})}, Next: present.Next{Label: "go on", To: 0}},
	}
	w.Findings = []present.FindingView{{Finding: flows.Finding{Code: "redirect-uri-loopback", Severity: flows.SeverityWarning, Title: flows.Say("redirect URI: register this exact string with the provider")}, Rail: 1,
		Detail: func() present.Lines {
			return present.List{{Spans: []present.Span{present.T("The provider compares it byte for byte.", present.Plain)}}}
		}}}
	return w
}

func tab(name string, lines present.List) present.Tab {
	return present.Tab{Name: name, Build: func() present.Lines { return lines }}
}

func rawLines(body string) present.List {
	var out present.List
	for _, l := range strings.Split(body, "\n") {
		out = append(out, present.Line{Kind: present.Code, Spans: []present.Span{present.T(l, present.JSONString)}})
	}
	return out
}

// fakeDeps are the dependencies of tests: a flow that answers at once or never.
func fakeDeps(now func() time.Time) Deps {
	return Deps{
		Catalogue: fakeProviders(),
		Now:       now,
		Start: func(context.Context, screen.Choice) (Started, error) {
			return Started{Flow: fakeFlow{}, Perform: fakePerform}, nil
		},
		Explain: func(_ string, ref present.ExplainRef) (string, present.Lines, bool) {
			return ref.Name, present.List{{Spans: []present.Span{present.T("What "+ref.Name+" is.", present.Plain)}}}, true
		},
	}
}

func fakePerform(_ context.Context, e flows.Effect, emit func(flows.Event)) {
	switch e.(type) {
	case flows.Consent:
		emit(flows.CallbackArrived{Via: flows.ViaListener, Verdict: flows.CallbackAccepted})
	case flows.Send:
		emit(flows.ExchangeFinished{ID: 2})
	}
}

func fakeProviders() []flows.Provider {
	truss := flows.Provider{Name: "truss", Title: "Truss", Summary: "Payments. Authorization code; the token endpoint is hosted by Stytch.",
		Environments: []flows.Environment{{Name: "production", Endpoints: flows.Endpoints{Token: "https://api.example.com/oauth/token"}}, {Name: "sandbox"}},
		Grants:       []flows.Grant{flows.GrantAuthorizationCode, flows.GrantRefreshToken},
		Lifetimes:    flows.Lifetimes{AccessToken: time.Hour, RefreshText: "6 months, +3 months per use"},
		Scopes:       []flows.Scope{{Name: "payment_intent.inbound:read", Meaning: "read payments", Default: true}, {Name: "offline_access", Meaning: "get a refresh token", Default: true}},
		Notes:        []flows.Note{{Text: "The token host differs from the authorize host."}}}
	return []flows.Provider{truss,
		{Name: "trustwill", Title: "TrustWILL", Summary: "Reviews.", Grants: []flows.Grant{flows.GrantAuthorizationCode, flows.GrantClientCredentials}, Environments: []flows.Environment{{Name: "production"}}},
		{Name: "truelayer", Title: "TrueLayer", Summary: "Payments.", Grants: []flows.Grant{flows.GrantClientCredentials}, Environments: []flows.Environment{{Name: "production"}, {Name: "sandbox"}}},
		{Name: "custom", Title: "Custom", Summary: "Any server.", Grants: []flows.Grant{flows.GrantAuthorizationCode}, Environments: []flows.Environment{{Name: "custom"}}},
	}
}
