package session

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

func automatic(s *flows.RunStarted) { s.Settings.AutoRefresh = true }

// setBack is the session after something happened so long after the end of the window began,
// by a clock that is set back after it.
func setBack(x *script, after time.Duration) Session {
	x.at = x.s.Token().RefreshAt.Add(after)
	return x.event(flows.Noted{Text: "seen"}).s
}

// afterSetBack is a session of which everything before the token happened a day later.
func afterSetBack(members string) Session {
	x := begin(started(flows.GrantClientCredentials, automatic))
	x.at = x.at.Add(24 * time.Hour)
	x.event(flows.Noted{Text: "seen"}).ask(flows.ActExchange)
	x.at = x.at.Add(-24 * time.Hour)
	return x.answer(200, `{"expires_in":3600,`+members+`}`).s
}

// TestRefreshIsDue: only with the setting, with a token, and from its moment on; and the
// reason where nothing is sent.
func TestRefreshIsDue(t *testing.T) {
	const both = `"access_token":"opaque-token-1","refresh_token":"r"`
	window := withToken(both, automatic).s.Token().RefreshAt
	production := func(s *flows.RunStarted) {
		automatic(s)
		s.Simulated, s.Environment.Name = false, flows.EnvProduction
	}
	elsewhere := flows.SettingsChange{Endpoint: &flows.Param{Name: "token", Value: "https://auth.example.com/token"}}
	lives := func(members string) *script {
		return begin(started(flows.GrantClientCredentials, automatic)).ask(flows.ActExchange).answer(200, `{`+members+`,`+both+`}`)
	}
	failed := func(at time.Time) *script {
		x := withToken(both, automatic)
		x.at = at
		return x.ask(flows.ActRefresh).answer(503, `{"error":"temporarily_unavailable"}`)
	}
	for _, tt := range []struct {
		name string
		s    Session
		now  time.Time
		want bool
		why  string // part of
	}{
		{"in time", withToken(both, automatic).s, window, true, ""},
		{"too early", withToken(both, automatic).s, window.Add(-1), false, ""},
		{"long after", withToken(both, automatic).s, window.Add(8 * time.Hour), true, ""},
		{"the clock was set back, and on again", setBack(withToken(both, automatic), -time.Hour), window, true, ""},
		{"the clock was set back", setBack(withToken(both, automatic), time.Hour), window, false, ""},
		{"the clock was set back before the token came", afterSetBack(both), window.Add(time.Second), true, ""},
		{"not wished", withToken(both, nil).s, window, false, ""},
		{"under way", withToken(both, automatic).ask(flows.ActRefresh).s, window, false, ""},
		{"no token", begin(started(flows.GrantClientCredentials, automatic)).s, window, false, "no token yet"},
		{"no refresh token", withToken(`"access_token":"opaque-token-1"`, automatic).s, window, false, "no refresh token"},
		{"no end", begin(started(flows.GrantClientCredentials, automatic)).ask(flows.ActExchange).answer(200, `{`+both+`}`).s, window, false, "nothing says when"},
		{"over when it came", lives(`"expires_in":0`).s, window, false, "over when it came"},
		{"a second", lives(`"expires_in":1`).s, window, false, "lives too short"},
		{"six seconds", lives(`"expires_in":6`).s, window, true, ""},
		{"revoked", withToken(both, automatic).ask(flows.ActRevoke).answer(200, ``).s, window, false, "revoked"},
		{"damaged", begin(started(flows.GrantClientCredentials, automatic)).ask(flows.ActExchange).answer(200, `{"expires_in":3600,`+both+`,"x":`).s, window, false, "damaged"},
		{"not confirmed", withToken(both, production).event(change(elsewhere)).s, window, false, "confirm"},
		{"failed before the window", failed(window.Add(-time.Minute)).s, window, true, ""},
		{"failed in the window", failed(window).s, window.Add(time.Minute), false, "is not repeated"},
		{"cancelled in the window", failed(window).ask(flows.ActRefresh).ask(flows.ActCancel).s, window.Add(time.Minute), false, "is not repeated"},
	} {
		if got := tt.s.RefreshDue(tt.now); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
		if _, why := tt.s.Automatic(); !strings.Contains(why, tt.why) || tt.why == "" && why != "" {
			t.Errorf("%s: %q", tt.name, why)
		}
	}
}

// TestARefreshThatFailsIsSentOnce: somebody looks each second, and often while the request is
// under way; the server refuses after three seconds, hour after hour.
func TestARefreshThatFailsIsSentOnce(t *testing.T) {
	x := withToken(`"access_token":"opaque-token-1","refresh_token":"r"`, automatic)
	end, answer, sent := x.s.Token().ExpiresAt.Add(time.Hour), time.Time{}, 0
	for x.at.Before(end) {
		if x.s.RefreshDue(x.at) {
			x.ask(flows.ActRefresh)
			answer = x.at.Add(3 * time.Second)
			sent++
		}
		if under, _ := x.s.InFlight(); under != nil && !x.at.Before(answer) {
			x.answer(503, `{"error":"temporarily_unavailable"}`)
		}
		x.at = x.at.Add(time.Second)
	}
	if sent != 1 {
		t.Fatalf("one token was refreshed %d times", sent)
	}
	x.ask(flows.ActRefresh).answer(200, `{"token_type":"Bearer","expires_in":60,"access_token":"opaque-token-2","refresh_token":"r"}`) // by hand
	if at, why := x.s.Automatic(); why != "" || x.s.RefreshDue(at.Add(-1)) || !x.s.RefreshDue(at) {
		t.Errorf("the next token is refreshed by itself again: %s, %q", at, why)
	}
}
