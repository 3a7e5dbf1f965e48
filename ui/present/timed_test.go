package present

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"oauthlens/flows/diagnose"
	"oauthlens/flows/session"
)

// TestWhatIsNotTimedStands: a tab whose content does not say how long ago or how soon is the
// same half an hour and a day later, at every moment of two real runs; the token's and the
// claims' are not.
func TestWhatIsNotTimedStands(t *testing.T) {
	var timed, standing []string
	for _, name := range []string{"truss.jsonl", "truss-redirect-mismatch.jsonl"} {
		trace := recordedRun(t, name)
		for n := 1; n <= len(trace.Records); n++ {
			part := trace
			part.Records = trace.Records[:n]
			s, findings := session.Replay(part), diagnose.Run(part, diagnose.Options{})
			at := func(now time.Time) Walk { return Run(s, findings, nil, now) }
			first := at(part.EndedAt().Add(time.Second))
			for _, later := range []Walk{at(part.EndedAt().Add(30 * time.Minute)), at(part.EndedAt().Add(24 * time.Hour))} {
				for i, p := range first.Panes {
					for j, tab := range p.Tabs {
						now, then := lines(tab.Build()), lines(later.Panes[i].Tabs[j].Build())
						where := p.Title + " " + tab.Name
						if tab.Timed != nil && tab.Timed() {
							timed = append(timed, where)
							continue
						}
						standing = append(standing, where)
						if tab.Version != "" && now != then {
							t.Errorf("%s after %d events: %s\n%s\nlater\n%s", name, n, where, now, then)
						}
					}
				}
			}
		}
	}
	for _, where := range []string{"Token Explained", "Claims Explained", "Refresh Explained"} {
		if !slices.Contains(timed, where) {
			t.Errorf("%s is never timed", where)
		}
	}
	for _, where := range []string{"Client Explained", "Authorization URL Explained", "Exchange Explained", "Token Raw"} {
		if !slices.Contains(standing, where) {
			t.Errorf("%s never stands", where)
		}
	}
}

// TestAScreenAtAnotherMoment: what At makes of a screen is what Run makes at that moment.
func TestAScreenAtAnotherMoment(t *testing.T) {
	trace := recordedRun(t, "truss.jsonl")
	for n := 1; n <= len(trace.Records); n++ {
		part := trace
		part.Records = trace.Records[:n]
		s, findings := session.Replay(part), diagnose.Run(part, diagnose.Options{})
		first := Run(s, findings, nil, part.EndedAt())
		for _, later := range []time.Duration{0, time.Second, 59 * time.Minute, 61 * time.Minute, 400 * 24 * time.Hour} {
			now := part.EndedAt().Add(later)
			if got, want := whole(first.At(now)), whole(Run(s, findings, nil, now)); got != want {
				t.Errorf("after %d events and %s:\n%s\nwant\n%s", n, later, got, want)
			}
		}
	}
}

// whole is everything that a screen says.
func whole(w Walk) string {
	out := fmt.Sprintln(w.Header, w.Current, w.Status, w.Busy, w.Ended, w.Rail)
	for _, p := range w.Panes {
		out += fmt.Sprintln(p.Title, p.Intro, p.Next, p.Findings, p.URL, p.Sent, p.Edits, p.Answered)
		for _, tab := range p.Tabs {
			out += fmt.Sprintln(tab.Name, tab.Version, tab.Slow) + lines(tab.Build())
		}
	}
	for _, f := range w.Findings {
		out += fmt.Sprintln(f.Rail, f.Finding.Code, f.Finding.Severity, f.Finding.Title.Text) + lines(f.Detail())
	}
	for _, o := range w.Offers {
		out += fmt.Sprintln(o.Action, o.Label, o.Why, o.To, o.Sends)
	}
	return out
}

// lines is everything that is painted of a content.
func lines(l Lines) string {
	out := ""
	for i := range l.Len() {
		line := l.At(i)
		out += fmt.Sprintln(line.Label, spans(line), line.Note, line.Off, line.Absent, line.Changed)
	}
	return out
}
