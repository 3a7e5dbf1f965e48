package session

import (
	"time"

	"oauthlens/flows"
)

// ShortestWait is how soon after its receipt a token may be refreshed by itself. The end of
// one that lives shorter would be chased by one request after the other.
const ShortestWait = 5 * time.Second

// Automatic tells when the newest token is refreshed by itself, if that is switched on, or why
// it is not: one sentence without its full stop. Each token is refreshed once. Where that
// fails it is not tried again, since a server that refuses, or is down, must not be asked
// each second, and a refresh token that was sent twice may cost its whole family.
func (s Session) Automatic() (at time.Time, why string) {
	t := s.Token()
	switch {
	case t == nil:
		return at, "there is no token yet"
	case s.revoked:
		return at, "the token was revoked"
	case t.RefreshToken.IsZero():
		return at, s.lacks(flows.ActRefresh)
	case s.Damaged():
		return at, "the last answer was damaged, and a newer refresh token may be lost with it"
	case !t.HasExpiry:
		return at, "nothing says when the token ends"
	case t.RefreshAt.IsZero():
		return at, "the token was over when it came"
	case t.RefreshAt.Sub(t.ReceivedAt) < ShortestWait:
		return at, "the token lives too short: one refresh would follow the other"
	}
	if r, ok := s.results[flows.StepRefresh]; ok && r.Seq > s.tokens[len(s.tokens)-1].Seq && !r.Exchange.Started.Before(t.RefreshAt) {
		return at, "the refresh of this token failed, and is not repeated by itself"
	}
	if why := s.lacks(flows.ActRefresh); why != "" {
		return at, why
	}
	if why := s.withoutSecrets(flows.ActRefresh); why != "" {
		return at, why
	}
	return t.RefreshAt, s.unconfirmed(flows.ActRefresh)
}

// RefreshDue tells that automatic refresh is on and its time has come. now is wall time.
func (s Session) RefreshDue(now time.Time) bool {
	wait, ok := s.RefreshIn(now)
	return ok && wait <= 0
}

// RefreshIn is how long it is until the automatic refresh is to be sent, 0 or less: it is due;
// ok is false where none is. now is wall time. Nothing is sent by a clock that was set back
// since the token came.
func (s Session) RefreshIn(now time.Time) (wait time.Duration, ok bool) {
	if !s.settings.AutoRefresh || s.inFlight != nil {
		return 0, false
	}
	at, why := s.Automatic()
	latest, back := s.SetBack(now)
	return at.Sub(latest), why == "" && !back
}

// SetBack tells that the clock was set back since the newest token came, so that it does not
// say any more how old that is: older than at the time returned, the latest that was seen
// since. For a clock that was not, that is now, as wall time.
func (s Session) SetBack(now time.Time) (latest time.Time, back bool) {
	now = now.Round(0)
	if n := len(s.tokens); n > 0 {
		latest = s.trace.LatestFrom(s.tokens[n-1].Seq)
	}
	if now.Add(flows.ClockStep).Before(latest) {
		return latest, true
	}
	return now, false
}

// LookedAt is the session of a recorded run that is only looked at: nothing is sent by itself.
func (s Session) LookedAt() Session {
	s = s.own()
	s.settings.AutoRefresh = false
	return s
}
