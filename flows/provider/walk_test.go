package provider_test

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/flows/provider"
	"oauthlens/flows/simulator"
)

// This test joins the three rooms that meet in a profile: the requests that package
// protocol makes of it, the server that package simulator makes of it, and the answers
// read by it. Every profile is walked in every environment and by every grant, and so is
// the worked example, which no Go code knows.

const redirect = "http://127.0.0.1:53682/callback"

func TestWalkEveryProfile(t *testing.T) {
	all := provider.Embedded()
	acme, err := os.ReadFile("testdata/acme.toml")
	if err != nil {
		t.Fatal(err)
	}
	eighth, problems := provider.Load("acme.toml", acme)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	all = append(all, eighth)
	sim, err := simulator.Start(t.Context(), simulator.Config{Providers: all}, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sim.Close() })
	for _, p := range all {
		names := []string{flows.EnvSimulator}
		for _, e := range p.Environments {
			names = append(names, e.Name)
		}
		for _, name := range names {
			for _, grant := range p.Grants {
				t.Run(fmt.Sprintf("%s/%s/%s", p.Name, name, grant), func(t *testing.T) {
					walk(t, sim, p, name, grant)
				})
			}
		}
	}
}

// walker is one run through one grant.
type walker struct {
	*testing.T
	protocol.TokenInput
	token flows.Token
}

func walk(t *testing.T, sim *simulator.Server, p flows.Provider, name string, grant flows.Grant) {
	env, ok := sim.Environment(p, name)
	if !ok {
		t.Fatalf("the simulator does not serve %s", name)
	}
	id, secret := sim.Client(p, name)
	settings := flows.Settings{ClientID: id, AuthMethod: p.Dialect.ClientAuth, PKCE: p.Dialect.PKCEMethod, RedirectURI: redirect, Scopes: defaultScopes(p, grant)}
	for _, g := range p.Dialect.GrantParams {
		if g.Grant == grant {
			settings.TokenEdits = append(settings.TokenEdits, flows.ParamEdit{Op: flows.EditSet, Name: g.Name, Value: g.Value})
		}
	}
	w := &walker{T: t, TokenInput: protocol.TokenInput{Provider: p, Environment: env, Settings: settings, Secret: flows.NewSecret(flows.FingerprintKey{}, "client_secret", secret)}}
	switch grant {
	case flows.GrantAuthorizationCode:
		w.codeFlow()
	case flows.GrantClientCredentials:
		w.read(w.send(protocol.ClientCredentials(w.TokenInput)), nil)
	case flows.GrantRefreshToken:
		if !p.HasGrant(flows.GrantAuthorizationCode) {
			t.Fatal("there is nothing that a refresh token could come from")
		}
		w.codeFlow()
		before := w.token
		if before.RefreshToken.IsZero() {
			t.Fatal("no refresh token, although the profile lists the grant")
		}
		w.read(w.send(protocol.Refresh(w.TokenInput, before.RefreshToken.RevealSecret())), &before)
		w.oldToken(before)
		if w.token.AccessToken.RevealSecret() == before.AccessToken.RevealSecret() {
			t.Error("the access token is the old one")
		}
		if w.token.RefreshToken.IsZero() {
			t.Error("the refresh token was lost")
		}
		if p.Dialect.Rotation == flows.RotationAlways && w.token.RefreshTokenKept {
			t.Error("rotation is always, but the refresh token was kept")
		}
	}
	if grant != flows.GrantBasic {
		w.checkToken(grant)
		w.checkRefusals()
	}
	w.calls(grant)
}

// oldToken uses the token from before a refresh: it works on, unless the profile says
// that only the newest one does.
func (w *walker) oldToken(before flows.Token) {
	w.Helper()
	for _, c := range w.Provider.Calls {
		if c.Auth != "token" || c.Revokes {
			continue
		}
		r := w.send(protocol.APIRequest(protocol.CallInput{TokenInput: w.TokenInput, Call: c, AccessToken: before.AccessToken.RevealSecret()}))
		if refused := r.Status == http.StatusUnauthorized; refused != w.Provider.Dialect.NewestTokenOnly {
			w.Errorf("call %s with the token before the refresh: status %d, newest_token_only is %v", c.Name, r.Status, w.Provider.Dialect.NewestTokenOnly)
		}
	}
}

func defaultScopes(p flows.Provider, grant flows.Grant) []string {
	var out []string
	for _, s := range p.Scopes {
		if s.Default && (len(s.Grants) == 0 || slices.Contains(s.Grants, grant)) {
			out = append(out, s.Name)
		}
	}
	return out
}

// codeFlow authorizes, consents as a browser would, and exchanges the code.
func (w *walker) codeFlow() {
	w.Helper()
	const verifier = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
	key := flows.FingerprintKey{}
	in := protocol.AuthorizeInput{Provider: w.Provider, Environment: w.Environment, Settings: w.Settings, Drawn: flows.Drawn{
		State: flows.NewSecret(key, "state", "a state/with+signs"), Verifier: flows.NewSecret(key, "code_verifier", verifier), Nonce: "n",
	}}
	target := protocol.AuthorizeURL(in).URL
	if w.Provider.Dialect.AuthorizeDelivery == flows.DeliverURLFromAPI {
		got, failure := protocol.ReadAuthorizeURLCall(w.Provider.Dialect, w.send(protocol.AuthorizeURLCall(in)))
		if failure != nil {
			w.Fatalf("no authorization URL: %+v", failure)
		}
		target = got
	}
	callback := w.consent(target)
	cb := protocol.ReadCallback(flows.Request{Method: "GET", URL: callback}, nil)
	if cb.Error != nil {
		w.Fatalf("the callback is an error: %+v", cb.Error)
	}
	u, err := url.Parse(callback)
	if err != nil || u.Query().Get("state") != "a state/with+signs" {
		w.Fatalf("state did not come back: %v", err)
	}
	used := ""
	if w.Settings.PKCE != flows.PKCEOff {
		used = verifier
	}
	w.read(w.send(protocol.CodeExchange(w.TokenInput, u.Query().Get("code"), redirect, used)), nil)
}

var (
	formAction  = regexp.MustCompile(`<form method="post" action="([^"]*)"`)
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// consent opens the page, presses the button and returns the redirect's target. A page
// can be followed by another (login, then consent).
func (w *walker) consent(target string) string {
	w.Helper()
	browser := &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), redirect) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := browser.Get(target)
	for range 3 {
		if err != nil {
			w.Fatal(err)
		}
		page, err2 := io.ReadAll(res.Body)
		res.Body.Close()
		if err2 != nil {
			w.Fatal(err2)
		}
		if to := res.Header.Get("Location"); strings.HasPrefix(to, redirect) {
			return to
		}
		action := formAction.FindSubmatch(page)
		if action == nil {
			w.Fatalf("status %d and neither a form nor a redirect: %.200s", res.StatusCode, page)
		}
		form := url.Values{"decision": {"allow"}}
		for _, h := range hiddenField.FindAllSubmatch(page, -1) {
			form.Set(string(h[1]), html.UnescapeString(string(h[2])))
		}
		to, err2 := res.Request.URL.Parse(html.UnescapeString(string(action[1])))
		if err2 != nil {
			w.Fatal(err2)
		}
		res, err = browser.PostForm(to.String(), form)
	}
	w.Fatal("no end of pages")
	return ""
}

// send writes exactly the bytes of the request and reads one answer.
func (w *walker) send(r flows.Request) *flows.Response {
	w.Helper()
	conn, err := net.DialTimeout("tcp", r.Host(), 10*time.Second)
	if err != nil {
		w.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		w.Fatal(err)
	}
	if _, err := conn.Write(r.Bytes()); err != nil {
		w.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: r.Method})
	if err != nil {
		w.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.Fatal(err)
	}
	out := &flows.Response{Status: res.StatusCode, StatusText: res.Status, Version: res.Proto, Body: body, BodyBytes: int64(len(body)), BodyComplete: true}
	for name := range res.Header {
		out.Headers = append(out.Headers, flows.Header{Name: name, Value: res.Header.Get(name)})
	}
	return out
}

func (w *walker) read(r *flows.Response, previous *flows.Token) {
	w.Helper()
	got := protocol.ReadToken(protocol.TokenContext{
		Dialect: w.Provider.Dialect, RequestedScope: w.Settings.Scopes, Previous: previous,
		RefreshLife: w.Provider.Lifetimes.RefreshToken, RequestTimeout: 30 * time.Second, ReceivedAt: time.Now(),
	}, r)
	if got.Failure != nil || got.Token == nil {
		w.Fatalf("status %d, %+v: %s", r.Status, got.Failure, r.Body)
	}
	w.token = *got.Token
}

// checkToken compares what was read with what the profile promises.
func (w *walker) checkToken(grant flows.Grant) {
	w.Helper()
	p, got := w.Provider, w.token
	if want := time.Duration(p.Simulator.ExpiresIn) * time.Second; got.ExpiresIn != want {
		w.Errorf("expires in %v, the profile says %v", got.ExpiresIn, want)
	}
	if want := p.Lifetimes.AccessToken; want > 0 && (got.ExpiresIn > want || got.ExpiresIn < want-time.Minute) {
		w.Errorf("expires in %v, documented are %v", got.ExpiresIn, want)
	}
	if got.Sources["access_token"] != p.Dialect.Fields.AccessToken[0] {
		w.Errorf("the access token came from %s, documented is %s", got.Sources["access_token"], p.Dialect.Fields.AccessToken[0])
	}
	if got.TokenType != p.Simulator.TokenTypeValue {
		w.Errorf("token_type is %q", got.TokenType)
	}
	jwt := p.Simulator.AccessTokenFormat == "jwt" || p.Simulator.AccessTokenFormat == "at+jwt"
	if jwt != (got.Format == flows.FormatJWT) {
		w.Errorf("the token is %s, the profile says %s", got.Format, p.Simulator.AccessTokenFormat)
	}
	granted := slices.Sorted(slices.Values(got.Scope))
	wanted := slices.Sorted(slices.Values(w.Settings.Scopes))
	if len(wanted) > 0 && !slices.Equal(granted, wanted) {
		w.Errorf("granted %q, asked for %q", granted, wanted)
	}
	offline := p.Dialect.OfflineScope == "" || slices.Contains(wanted, p.Dialect.OfflineScope)
	if grant == flows.GrantAuthorizationCode && p.HasGrant(flows.GrantRefreshToken) && offline && got.RefreshToken.IsZero() {
		w.Error("no refresh token")
	}
}

// checkRefusals makes the two mistakes that everybody makes, and compares the answers
// with the documented ones: a wrong secret, and a code that was never issued.
func (w *walker) checkRefusals() {
	w.Helper()
	p := w.Provider
	wrong := w.TokenInput
	wrong.Secret = flows.NewSecret(flows.FingerprintKey{}, "client_secret", "not the secret")
	r := w.send(protocol.Refresh(wrong, "none"))
	if p.HasGrant(flows.GrantClientCredentials) {
		r = w.send(protocol.ClientCredentials(wrong))
	}
	f := protocol.ReadAnswer(r).Failure(p.Dialect)
	if f == nil {
		w.Fatalf("a wrong secret is accepted: %s", r.Body)
	}
	if p.Dialect.Success != nil {
		if f.Code == "" || f.Code == p.Dialect.Success.Equals {
			w.Errorf("an enveloped refusal with the code %q", f.Code)
		}
		return // the code is the provider's own, the status says nothing
	}
	want := p.Simulator.InvalidClient
	if p.Dialect.Failure != nil {
		want = http.StatusOK // a member of the body says that it failed
	}
	if f.Code != "invalid_client" || r.Status != want {
		w.Errorf("a wrong secret: %d %q, documented is %d", r.Status, f.Code, want)
	}
	if p.Simulator.OmitErrorDescription && f.Description != "" {
		w.Errorf("the refusal is described (%q), documented is a bare code", f.Description)
	}
	if !p.HasGrant(flows.GrantAuthorizationCode) {
		return
	}
	r = w.send(protocol.CodeExchange(w.TokenInput, "never-issued", redirect, ""))
	if f := protocol.ReadAnswer(r).Failure(p.Dialect); f == nil || f.Code != p.Simulator.InvalidGrantCode {
		w.Errorf("a wrong code: %+v, documented is %s", f, p.Simulator.InvalidGrantCode)
	}
}

// calls makes every ready-made request of the profile, those that end the
// authorization last, and then sees the token refused.
func (w *walker) calls(grant flows.Grant) {
	w.Helper()
	list := slices.Clone(w.Provider.Calls)
	slices.SortStableFunc(list, func(a, b flows.APICall) int {
		switch {
		case a.Revokes == b.Revokes:
			return 0
		case b.Revokes:
			return -1
		}
		return 1
	})
	for _, c := range list {
		if grant != flows.GrantAuthorizationCode && c.Revokes {
			continue
		}
		r := w.send(protocol.APIRequest(protocol.CallInput{TokenInput: w.TokenInput, Call: c, AccessToken: w.token.AccessToken.RevealSecret(), TokenType: w.token.TokenType}))
		if f := protocol.ReadAnswer(r).Failure(w.Provider.Dialect); f != nil && !c.Revokes {
			w.Errorf("call %s: status %d, %+v", c.Name, r.Status, f)
		}
		if c.Revokes {
			return // the next one has nothing left to end
		}
	}
	if w.Environment.Endpoints.Revocation == "" || w.token.RefreshToken.IsZero() {
		return
	}
	r := w.send(protocol.Revoke(w.TokenInput, w.token.RefreshToken.RevealSecret(), "refresh_token"))
	if f := protocol.ReadAnswer(r).Failure(w.Provider.Dialect); f != nil {
		w.Errorf("revoke: status %d, %+v: %s", r.Status, f, r.Body)
	}
	after := w.send(protocol.Refresh(w.TokenInput, w.token.RefreshToken.RevealSecret()))
	if f := protocol.ReadAnswer(after).Failure(w.Provider.Dialect); f == nil {
		w.Errorf("a revoked refresh token still works: %s", after.Body)
	}
}
