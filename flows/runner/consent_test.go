package runner

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/provider"
	"oauthlens/flows/simulator"

	"oauthlens/flows/runner/faultserver"
)

// simulated starts the simulator with the embedded profiles.
func simulated(t *testing.T, scenario simulator.Scenario, name string, redirectURI string) (*simulator.Server, func(more ...string) string) {
	t.Helper()
	providers := provider.Embedded()
	config := simulator.Config{Providers: providers, Scenario: scenario}
	if !onThisMachine(redirectURI) {
		config.Clients = []simulator.Client{{ID: "elsewhere", Secret: "x", RedirectURIs: []string{redirectURI}}}
	}
	s, err := simulator.Start(t.Context(), config, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for _, p := range providers {
		if p.Name != name {
			continue
		}
		env, _ := s.Environment(p, flows.EnvSimulator)
		id, _ := s.Client(p, flows.EnvSimulator)
		if config.Clients != nil {
			id = "elsewhere"
		}
		return s, func(more ...string) string {
			q := url.Values{"response_type": {"code"}, "client_id": {id}, "redirect_uri": {redirectURI}, "state": {goodState},
				"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}
			for i := 0; i < len(more); i += 2 {
				q.Set(more[i], more[i+1])
			}
			return env.Endpoints.Authorization + "?" + q.Encode()
		}
	}
	t.Fatalf("no profile %q", name)
	return nil, nil
}

// consent consents, and looks at it that every request but the first is said to be sent before
// it is answered.
func consent(t *testing.T, authorizationURL string, deny bool) (exchanges []flows.Exchange, pasted string) {
	t.Helper()
	r := &Runner{Resolver: notFound{}}
	sent := flows.ExchangeStarted{ID: 3, Step: flows.StepAuthorize, Request: flows.Request{Method: "GET", URL: authorizationURL}}
	pasted = r.Consent(t.Context(), flows.Consent{ID: 3, URL: authorizationURL, Deny: deny, Timeout: 20 * time.Second}, func(e flows.Event) {
		if started, ok := e.(flows.ExchangeStarted); ok {
			if sent.ID != 0 {
				t.Errorf("%s was not answered, and then %s was sent", sent.Request.URL, started.Request.URL)
			}
			sent = started
			return
		}
		done, ok := e.(flows.ExchangeFinished)
		if !ok || done.ID != 3 || done.Exchange.Step != flows.StepAuthorize {
			t.Errorf("%#v", e)
		}
		if x := done.Exchange; sent.ID != 3 || sent.Step != x.Step || sent.Request.Method != x.Request.Method || sent.Request.URL != x.Request.URL || !bytes.Equal(sent.Request.Body, x.Request.Body) {
			t.Errorf("%s %s was answered, and %+v was sent", x.Request.Method, x.Request.URL, sent)
		}
		sent.ID = 0
		exchanges = append(exchanges, done.Exchange)
	})
	return exchanges, pasted
}

func TestConsentAtTheSimulator(t *testing.T) {
	rows := []struct {
		name, redirectURI string
		deny              bool
		more              []string
		verdict           flows.CallbackVerdict
		method            string
	}{
		{"allowed", "http://127.0.0.1:0/cb", false, nil, flows.CallbackAccepted, "GET"},
		{"denied", "http://127.0.0.1:0/cb", true, nil, flows.CallbackError, "GET"},
		{"by form_post", "http://127.0.0.1:0/cb", false, []string{"response_mode", "form_post"}, flows.CallbackAccepted, "POST"},
		{"at localhost", "http://localhost:0/cb", false, nil, flows.CallbackAccepted, "GET"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, opened, a := listenOn(t, row.redirectURI)
			_, authorize := simulated(t, simulator.Scenario{}, "truss", opened.RedirectURI)
			exchanges, pasted := consent(t, authorize(row.more...), row.deny)
			hit := a.callback(t, 0)
			if hit.Verdict != row.verdict || hit.Request.Method != row.method {
				t.Errorf("%s %s: %s", hit.Request.Method, hit.Verdict, hit.Why)
			}
			if pasted != "" {
				t.Error("a callback that was delivered is also a paste")
			}
			if len(exchanges) != 2 || exchanges[0].Request.Method != "GET" || exchanges[1].Request.Method != "POST" {
				t.Fatalf("%d exchanges", len(exchanges))
			}
			decision := map[bool]string{false: "decision=allow", true: "decision=deny"}[row.deny]
			if body := string(exchanges[1].Request.Body); !strings.Contains(body, decision) || !strings.Contains(body, "request=") {
				t.Errorf("the form was sent as %q", body)
			}
		})
	}
}

func TestConsentReportsAFragment(t *testing.T) {
	_, opened, a := listenOn(t, "http://127.0.0.1:0/cb")
	_, authorize := simulated(t, simulator.Scenario{}, "truss", opened.RedirectURI)
	consent(t, authorize("response_mode", "fragment"), false)
	if hit := a.callback(t, 0); hit.Verdict != flows.CallbackEmpty {
		t.Errorf("first %s", hit.Verdict)
	}
	hit := a.callback(t, 1)
	if hit.Verdict != flows.CallbackFragment || !strings.Contains(hit.Why, "code, state") || strings.Contains(hit.Request.URL, goodState) {
		t.Errorf("then %s: %s", hit.Verdict, hit.Why)
	}
}

func TestConsentElsewhereIsAPaste(t *testing.T) {
	const elsewhere = "https://app.example.test/oauth/callback"
	_, authorize := simulated(t, simulator.Scenario{}, "truss", elsewhere)
	exchanges, pasted := consent(t, authorize(), false)
	if !strings.HasPrefix(pasted, elsewhere+"?code=") || !strings.Contains(pasted, "state="+goodState) || len(exchanges) != 2 {
		t.Errorf("%q after %d exchanges", pasted, len(exchanges))
	}
}

func TestConsentWithTheCodeInTheBody(t *testing.T) {
	_, authorize := simulated(t, simulator.Scenario{CodeInBody: true}, "trustwill", "http://127.0.0.1:9/cb")
	exchanges, _ := consent(t, authorize("scope", ""), false)
	last := exchanges[len(exchanges)-1]
	if last.Response == nil || last.Response.Status != 200 || !strings.Contains(string(last.Response.Body), `"code"`) {
		t.Errorf("%+v", last.Response)
	}
}

func TestConsentAtAnErrorPage(t *testing.T) {
	_, authorize := simulated(t, simulator.Scenario{}, "truss", "http://127.0.0.1:9/cb")
	exchanges, pasted := consent(t, authorize("client_id", "nobody"), false)
	if len(exchanges) != 1 || exchanges[0].Response.Status < 400 || pasted != "" {
		t.Errorf("%+v", exchanges)
	}
}

func TestConsentWhenNobodyListens(t *testing.T) {
	l, opened, _ := listenOn(t, "http://127.0.0.1:0/cb")
	_, authorize := simulated(t, simulator.Scenario{}, "truss", opened.RedirectURI)
	l.Close()
	exchanges, _ := consent(t, authorize(), false)
	last := exchanges[len(exchanges)-1]
	if len(exchanges) != 3 || last.Error == nil || last.Error.Reason != "refused" || !strings.HasPrefix(last.Request.URL, opened.RedirectURI) {
		t.Errorf("%d exchanges, the last failed with %+v", len(exchanges), last.Error)
	}
}

func TestConsentAtAnHTTPSListener(t *testing.T) {
	_, opened, a := listenOn(t, "https://127.0.0.1:0/cb")
	server := httptest.NewServer(http.RedirectHandler(opened.RedirectURI+"?code=x&state="+goodState, http.StatusFound))
	defer server.Close()
	consent(t, server.URL+"/?redirect_uri="+url.QueryEscape(opened.RedirectURI), false)
	if hit := a.callback(t, 0); hit.Verdict != flows.CallbackAccepted {
		t.Errorf("%+v", hit)
	}
}

func TestConsentIsForThisMachineOnly(t *testing.T) {
	for _, away := range []string{"https://login.example.test/authorize", "http://localhost.evil.test/", "file:///etc/passwd", ""} {
		exchanges, pasted := consent(t, away, false)
		if len(exchanges) != 1 || exchanges[0].Error == nil || exchanges[0].Response != nil || pasted != "" {
			t.Errorf("%q: %+v", away, exchanges)
		}
	}
}

// TestConsentFollowsWithinBounds: cookies go along, loops end, and a page elsewhere is
// never opened.
func TestConsentFollowsWithinBounds(t *testing.T) {
	hits, cookie := 0, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits++
		cookie = r.Header.Get("Cookie")
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2", HttpOnly: true})
		w.Header().Add("Set-Cookie", "a=1; Path=/")
		http.Redirect(w, r, "/again", http.StatusFound)
	}))
	defer server.Close()
	exchanges, _ := consent(t, server.URL, false)
	if hits != maxHops || len(exchanges) != maxHops || cookie != "a=1; b=2" {
		t.Errorf("%d hits, cookie %q", hits, cookie)
	}
	for _, location := range []string{"https://app.example.test/x?code=1", "javascript:alert(1)", "file:///etc/passwd", "http://[::1"} {
		away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
		}))
		exchanges, pasted := consent(t, away.URL, false)
		if len(exchanges) != 1 || (pasted != "") != strings.HasPrefix(location, "https:") {
			t.Errorf("%s: %d exchanges, paste %q", location, len(exchanges), pasted)
		}
		away.Close()
	}
}

func TestFindForm(t *testing.T) {
	const page = `<!DOCTYPE html><!-- <form> --><form id=other action=/no><input name=x></form>
<FORM METHOD="post" ACTION="/decide?a=1&amp;b=2" data-oauthlens='consent'>
<input type="hidden" name="request" value="&quot;&lt;r&gt;">
<input type=text name=user value=demo><input type="hidden" name="request" value="two"/><input type="submit" name="no" value="no"><input name="plain">
<button name="decision" value="allow">Allow</button></FORM><input type=hidden name=after value=1>`
	f, ok := findForm(page, "consent", "form-post")
	if !ok || f.action != "/decide?a=1&b=2" || f.method != "post" || f.mark != "consent" {
		t.Fatalf("%+v", f)
	}
	if got := f.fields.Encode(); got != "plain=&request=%22%3Cr%3E&request=two&user=demo" {
		t.Errorf("fields %s", got)
	}
	for _, none := range []string{"", "<", "<form", "<form data-oauthlens=consent", `<form data-oauthlens="other">`, "<p>no form</p>"} {
		if _, ok := findForm(none, "consent"); ok {
			t.Errorf("%q has a form", none)
		}
	}
}

func FuzzFindForm(f *testing.F) {
	f.Add(`<form data-oauthlens="consent" action=/x><input name=a value='b'></form>`)
	f.Add(`<form data-oauthlens=consent a = = "x" /><input =>`)
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(string(a.Body()))
	}
	f.Fuzz(func(t *testing.T, page string) {
		if got, ok := findForm(page, "consent"); ok && !strings.Contains(page, "consent") {
			t.Errorf("%+v", got)
		}
	})
}
