package present

import (
	"fmt"
	"strings"
	"time"

	"oauthlens/flows"
)

func (b *builder) header() Header {
	h := Header{Path: []string{"oauthlens", b.start.Provider.Title, GrantTitle(b.start.Grant)}, Environment: b.s.Environment().Name}
	if b.start.Simulated && h.Environment != flows.EnvSimulator {
		h.Environment += " (simulated)"
	}
	t := b.s.Token()
	if t == nil {
		return h
	}
	if flows.IsMask(t.AccessToken.RevealSecret()) {
		h.Kept = "kept without secrets"
	}
	if b.s.Revoked() {
		h.Countdowns = append(h.Countdowns, Countdown{Label: "access", Text: "revoked", Fraction: -1, Tone: Muted})
		return h
	}
	if t.ExpiresAt.IsZero() {
		h.Countdowns = append(h.Countdowns, Countdown{Label: "access", Text: "end unknown", Fraction: -1, Tone: Muted})
	} else {
		h.Countdowns = append(h.Countdowns, b.countdown("access", t.ExpiresAt, t.ReceivedAt, t.RefreshAt))
	}
	if !t.RefreshToken.IsZero() && !t.RefreshExpiresAt.IsZero() {
		h.Countdowns = append(h.Countdowns, b.countdown("refresh", t.RefreshExpiresAt, time.Time{}, time.Time{}))
	}
	return h
}

// countdown is the remaining life at the present moment; from is when it began, refreshAt
// when the refresh window opens. It is computed from wall time, so that sleep counts.
func (b *builder) countdown(label string, until, from, refreshAt time.Time) Countdown {
	left := until.Round(0).Sub(b.now().Round(0))
	c := Countdown{Label: label, Text: Remaining(left), Fraction: -1, Tone: OK}
	if latest, back := b.s.SetBack(b.now()); back { // what is left is at most what was left then
		most := until.Round(0).Sub(latest)
		c.Text, c.Tone = Remaining(most), Danger
		if most > 0 {
			c.Text, c.Tone = "at most "+c.Text, Warn
		}
		return c
	}
	if !from.IsZero() && until.After(from) {
		c.Fraction = min(1, max(0, left.Seconds()/until.Sub(from).Seconds()))
	}
	switch {
	case left <= 0:
		c.Tone = Danger
	case refreshAt.IsZero():
	case !b.now().Before(refreshAt):
		c.Tone = Warn
		c.Text += " refresh now"
	case b.s.Settings().AutoRefresh:
		if _, why := b.s.Automatic(); why == "" {
			c.Text += " auto" // it is refreshed by itself
		}
	}
	return c
}

// Remaining is a remaining life in words: "59:41", "2 h 5 min", "6 mo", "expired 2 min ago".
func Remaining(left time.Duration) string {
	switch {
	case left <= 0 && left > -time.Second:
		return "expired now"
	case left <= 0:
		return "expired " + Coarse(-left) + " ago"
	case left < time.Hour:
		s := int(left.Seconds())
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	case left < 24*time.Hour:
		m := int(left.Minutes())
		return fmt.Sprintf("%d h %d min", m/60, m%60)
	}
	return Coarse(left)
}

// Coarse is a duration in its largest unit: "40 s", "2 min", "3 h", "5 d", "6 mo".
func Coarse(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < day:
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d < 60*day:
		return fmt.Sprintf("%d d", int(d/day))
	case d < 730*day:
		return fmt.Sprintf("%d mo", int((d+15*day)/(30*day)))
	}
	return fmt.Sprintf("%d y", int(d/(365*day)))
}

// Exactly is a duration to the second, in all its units: "40 s", "59 min 59 s", "1 h 30 min".
func Exactly(d time.Duration) string {
	var out []string
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / u.size; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, u.name))
		}
		d %= u.size
	}
	if len(out) == 0 {
		return "0 s"
	}
	return strings.Join(out, " ")
}

// when is a moment for a person: its date and time, and how far off that second is.
func (b *builder) when(t time.Time) string {
	if t.IsZero() {
		return "unknown"
	}
	return stamp(t) + "  " + b.far(t.Truncate(time.Second))
}

// ends is when for an end that counts from the receipt of the newest token.
func (b *builder) ends(t time.Time) string { return stamp(t) + "  " + b.left(t) }

// left is how far off such an end is, as far as a clock that was set back can tell.
func (b *builder) left(t time.Time) string {
	t = t.Truncate(time.Second) // the second that is shown beside it
	latest, back := b.s.SetBack(b.now())
	switch d := t.Sub(latest); {
	case !back:
		return b.far(t)
	case d > 0:
		return "in at most " + Coarse(d)
	default:
		return "at least " + Coarse(-d) + " ago"
	}
}

// far is how far off a moment is.
func (b *builder) far(t time.Time) string {
	if d := t.Sub(b.now()); d >= 0 {
		return "in " + Coarse(d)
	}
	return Coarse(b.now().Sub(t)) + " ago"
}

func joinSentences(s []string) string { return strings.Join(s, "; ") }

// offset is a clock difference in words.
func offset(d time.Duration) string {
	abs := d.Abs()
	if abs > time.Minute {
		abs = abs.Round(time.Minute)
	}
	switch {
	case abs < 2*time.Second:
		return "agrees with the local clock"
	case d > 0:
		return Coarse(abs) + " ahead of the local clock"
	default:
		return Coarse(abs) + " behind the local clock"
	}
}
