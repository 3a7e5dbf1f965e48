package simulator

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

func TestDenied(t *testing.T) {
	r := start(t, Config{})
	s := r.at(split(), flows.EnvSimulator)
	check := func(back url.Values) {
		t.Helper()
		if back.Get("error") != "access_denied" || back.Has("code") || back.Get("state") != "st&te/1=" {
			t.Errorf("%v", back)
		}
	}
	check(s.consented(s.authorizeParams(), "deny"))
	r.SetScenario(Scenario{Fault: "denied"})
	check(s.consented(s.authorizeParams(), "allow"))
}

func TestWrongState(t *testing.T) {
	s := start(t, Config{Scenario: Scenario{Fault: "wrong-state"}}).at(split(), flows.EnvSimulator)
	back := s.consented(s.authorizeParams(), "allow")
	if got := back.Get("state"); got == "" || got == "st&te/1=" || back.Get("code") == "" {
		t.Errorf("%v", back)
	}
	v := s.authorizeParams()
	v.Del("state")
	if back := s.consented(v, "allow"); back.Has("state") {
		t.Errorf("a state out of nothing: %v", back)
	}
}

// TestFaultsOfTheAnswer sees each fault at the token endpoint, and that the code is
// good once the fault is over.
func TestFaultsOfTheAnswer(t *testing.T) {
	for _, tc := range []struct {
		name       string
		status     int
		kind, text string
	}{
		{name: "error-under-200", status: 200, kind: "application/json", text: `"error":"temporarily_unavailable"`},
		{name: "html-502", status: 502, kind: "text/html", text: "502 Bad Gateway"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := start(t, Config{})
			s := r.at(split(), flows.EnvSimulator)
			code := s.consented(s.authorizeParams(), "allow").Get("code")
			r.SetScenario(Scenario{Fault: tc.name})
			got := s.exchange(code)
			if got.StatusCode != tc.status || !strings.HasPrefix(got.Header.Get("Content-Type"), tc.kind) || !strings.Contains(got.text, tc.text) {
				t.Errorf("%d %s", got.StatusCode, got.text)
			}
			r.SetScenario(Scenario{})
			if got := s.exchange(code); got.StatusCode != 200 || s.access(got) == "" {
				t.Errorf("afterwards: %d %s", got.StatusCode, got.text)
			}
		})
	}
	w := start(t, Config{Scenario: Scenario{Fault: "error-under-200"}}).at(wrapped(), flows.EnvSimulator)
	if got := w.exchange("x"); got.StatusCode != 200 || got.json["code"] == 0.0 || !strings.Contains(got.json["message"].(string), "temporarily_unavailable") {
		t.Errorf("envelope: %s", got.text)
	}
	l := start(t, Config{Scenario: Scenario{Fault: "html-502"}}).at(legacy(), flows.EnvSimulator)
	if got := l.get(l.e.API + "/x"); got.StatusCode != 502 {
		t.Errorf("a provider without tokens meets the fault at its API: %d", got.StatusCode)
	}
}

func TestTruncated(t *testing.T) {
	r := start(t, Config{})
	s := r.at(split(), flows.EnvSimulator)
	code := s.consented(s.authorizeParams(), "allow").Get("code")
	r.SetScenario(Scenario{Fault: "truncated"})
	body := values("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier, "client_id", s.id, "client_secret", s.secret)
	res, err := http.Post(s.e.Token, "application/x-www-form-urlencoded", strings.NewReader(body.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != io.ErrUnexpectedEOF || int64(len(got)) >= res.ContentLength || !bytes.HasPrefix(got, []byte(`{"access_token"`)) {
		t.Errorf("%v, %d of %d bytes", err, len(got), res.ContentLength)
	}
}

func TestSlowEndsWithTheClient(t *testing.T) {
	noted := make(chan Entry, 10)
	r := start(t, Config{Scenario: Scenario{Fault: "slow"}, Log: func(e Entry) { noted <- e }})
	s := r.at(machine(), flows.EnvSimulator)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { time.AfterFunc(30*time.Millisecond, cancel) }})
	req := request(t, "POST", s.e.Token, "grant_type=client_credentials", "Content-Type", "application/x-www-form-urlencoded")
	if _, err := http.DefaultClient.Do(req.WithContext(ctx)); err == nil {
		t.Fatal("an answer came")
	}
	select {
	case e := <-noted:
		if !strings.Contains(e.Note, "went away") {
			t.Errorf("%+v", e)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("nobody noted that the client went away")
	}
	r.SetScenario(Scenario{Fault: "slow", Delay: time.Millisecond})
	if got := s.send(s.e.Token, "grant_type", "client_credentials"); got.StatusCode != 200 {
		t.Errorf("after the delay: %d %s", got.StatusCode, got.text)
	}
}

// claims reads the payload of a JWT without a check.
func claims(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no JWT of three parts but of %d", len(parts))
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestClockSkewShows(t *testing.T) {
	base := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	r := start(t, Config{Now: func() time.Time { return base }, Scenario: Scenario{Fault: "clock-skew"}})
	got := r.at(split(), flows.EnvSimulator).tokens()
	if d := got.Header.Get("Date"); d != "Sat, 21 Nov 2026 12:10:00 GMT" {
		t.Errorf("Date %q", d)
	}
	if iat := claims(t, got.json["access_token"].(string))["iat"]; iat != float64(base.Add(10*time.Minute).Unix()) {
		t.Errorf("iat %v", iat)
	}
	r.SetScenario(Scenario{ClockOffset: -time.Hour})
	w := r.at(wrapped(), flows.EnvSimulator).tokens()
	if w.json["time"] != float64(base.Add(-time.Hour).Unix()) {
		t.Errorf("time %v", w.json["time"])
	}
	r.SetScenario(Scenario{})
	r.AdvanceClock(time.Hour)
	if got := r.get(r.URL()); got.Header.Get("Date") != "Sat, 21 Nov 2026 12:00:00 GMT" {
		t.Errorf("waiting must not look like a wrong clock: %s", got.Header.Get("Date"))
	}
}

func TestNarrowedScope(t *testing.T) {
	s := start(t, Config{Scenario: Scenario{Fault: "narrowed-scope"}}).at(split(), flows.EnvSimulator)
	got := s.tokens()
	if got.json["scope"] != "pay:read offline_access" || claims(t, s.access(got))["scope"] != "pay:read offline_access" {
		t.Errorf("%s", got.text)
	}
}

func TestRotatedRefreshReused(t *testing.T) {
	s := start(t, Config{Scenario: Scenario{Fault: "rotated-refresh-reused"}}).at(split(), flows.EnvSimulator)
	tok := s.tokens()
	second := s.refresh(s.refreshOf(tok))
	if s.refreshOf(second) == "" {
		t.Fatalf("no rotation: %s", second.text)
	}
	wantError(t, s.refresh(s.refreshOf(tok)), 400, "invalid_grant", "already used and replaced")
	wantError(t, s.refresh(s.refreshOf(second)), 400, "invalid_grant", "revoked")
}

func TestRawCode(t *testing.T) {
	s := start(t, Config{Scenario: Scenario{RawCode: true}}).at(wrapped(), flows.EnvSimulator)
	code := s.consented(s.authorizeParams(), "allow").Get("code")
	if !strings.Contains(code, " ") {
		t.Fatalf("no plus was lost in %q", code)
	}
	if got := s.exchange(code); got.json["code"] == 0.0 {
		t.Errorf("a spoilt code was taken: %s", got.text)
	}
	if got := s.exchange(strings.ReplaceAll(code, " ", "+")); got.json["code"] != 0.0 {
		t.Errorf("the mended code was refused: %s", got.text)
	}
}

// TestEveryServerFaultIsPlayed holds the names against the table.
func TestEveryServerFaultIsPlayed(t *testing.T) {
	played := []string{faultDenied, faultWrongState, faultErrorUnder200, faultHTML502, faultSlow, faultTruncated, faultRotatedReused, faultClockSkew, faultNarrowedScope}
	var server []string
	for _, f := range flows.Faults() {
		if f.Server {
			server = append(server, f.Name)
		}
	}
	if strings.Join(server, " ") != strings.Join(played, " ") {
		t.Errorf("the table has %v, played are %v", server, played)
	}
}

// TestPlants sees each plant in production, and that the sandbox is as before.
func TestPlants(t *testing.T) {
	type side struct {
		tok, meta, jwks, page, badCode, badClient, refreshed reply
		back                                                 url.Values
		noPKCE                                               int
		called                                               time.Duration
	}
	walk := func(s *seat) side {
		var o side
		o.meta, o.jwks = s.get(s.e.Discovery), s.get(s.e.JWKS)
		o.page = s.open(s.authorizeParams())
		o.back = s.location(s.press(o.page, "decision", "allow"))
		o.tok = s.exchange(o.back.Get("code"))
		o.badCode = s.exchange("unknown")
		o.badClient = s.form(s.e.Token, "grant_type", "refresh_token", "client_id", s.id, "client_secret", "wrong")
		began := time.Now()
		s.get(s.e.API + "/v1/things")
		o.called = time.Since(began)
		if token := s.refreshOf(o.tok); token != "" {
			o.refreshed = s.refresh(token)
		}
		o.noPKCE = s.send(s.e.Token, "grant_type", "authorization_code", "code", s.consented(s.authorizeParams(), "allow").Get("code"), "redirect_uri", callback).StatusCode
		return o
	}
	alg := func(r reply) any {
		keys, _ := r.json["keys"].([]any)
		key, _ := keys[0].(map[string]any)
		return key["alg"]
	}
	for plant, view := range map[string]func(side) any{
		plantScope:          func(o side) any { return o.tok.json["scope"] },
		plantAlgorithm:      func(o side) any { return alg(o.jwks) },
		plantShortLife:      func(o side) any { return o.tok.json["expires_in"] },
		plantNoRefresh:      func(o side) any { return o.tok.json["refresh_token"] != nil },
		plantMemberGone:     func(o side) any { return o.tok.json["scope"] != nil },
		plantMemberType:     func(o side) any { _, text := o.tok.json["expires_in"].(string); return text },
		plantPKCE:           func(o side) any { return o.noPKCE },
		plantError:          func(o side) any { return o.badCode.json["error"] },
		plantCache:          func(o side) any { return o.tok.Header.Get("Cache-Control") },
		plantSecurity:       func(o side) any { return o.page.Header.Get("Content-Security-Policy") != "" },
		plantClaim:          func(o side) any { return claims(t, o.tok.json["access_token"].(string))["jti"] != nil },
		plantAudience:       func(o side) any { return claims(t, o.tok.json["access_token"].(string))["aud"] },
		plantNoIssuer:       func(o side) any { return o.back.Has("iss") },
		plantNoRevocation:   func(o side) any { return o.meta.json["revocation_endpoint"] != nil },
		plantRotation:       func(o side) any { return o.refreshed.json["refresh_token"] != nil },
		plantTokenType:      func(o side) any { return o.tok.json["token_type"] },
		plantErrorBody:      func(o side) any { return o.badCode.json["error_description"] != nil },
		plantCallback:       func(o side) any { return o.back.Has("session_state") },
		plantSlowAPI:        func(o side) any { return o.called > slowAPI },
		plantChallengeBasic: func(o side) any { return len(o.meta.json["token_endpoint_auth_methods_supported"].([]any)) },
	} {
		t.Run(plant, func(t *testing.T) {
			r := start(t, Config{Scenario: Scenario{Planted: []string{plant}}})
			a, b := view(walk(r.at(split(), flows.EnvSandbox))), view(walk(r.at(split(), flows.EnvProduction)))
			if a == b {
				t.Errorf("both environments: %v", a)
			}
			r.SetScenario(Scenario{})
			if b := view(walk(r.at(split(), flows.EnvProduction))); a != b {
				t.Errorf("without the plant: %v and %v", a, b)
			}
		})
	}
	if len(AllPlants()) != 20 {
		t.Errorf("%d plants, 20 are tried here", len(AllPlants()))
	}
	all := start(t, Config{Scenario: Scenario{Planted: AllPlants(), PlantedIn: flows.EnvSandbox}})
	if got := walk(all.at(split(), flows.EnvSandbox)); got.tok.StatusCode != 200 {
		t.Errorf("all at once: %d %s", got.tok.StatusCode, got.tok.text)
	}
}

func TestNamed(t *testing.T) {
	for _, name := range []string{"", "denied", "expired-code"} {
		if sc, ok := Named(name); !ok || sc.Fault != name {
			t.Errorf("%q: %+v, %v", name, sc, ok)
		}
	}
	for _, extra := range Scenarios() {
		if sc, ok := Named(extra.Name); !ok || sc.Fault != "" || !sc.CodeInBody && !sc.RawCode && len(sc.Planted) == 0 {
			t.Errorf("%q: %+v, %v", extra.Name, sc, ok)
		}
	}
	if _, ok := Named("no-such"); ok {
		t.Error("a scenario that nobody knows")
	}
}
