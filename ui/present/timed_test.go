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

// lines is everything that is painted of a content.
func lines(l Lines) string {
	out := ""
	for i := range l.Len() {
		line := l.At(i)
		out += fmt.Sprintln(line.Label, spans(line), line.Note, line.Off, line.Absent, line.Changed)
	}
	return out
}
