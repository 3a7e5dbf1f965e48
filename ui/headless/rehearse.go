package headless

import (
	"time"

	"oauthlens/flows"
	"oauthlens/flows/redact"
	"oauthlens/flows/report"
)

// answersAtOnce is how long a server may take that is hardly waited for: what it costs to
// rehearse would be lost.
const answersAtOnce = 5 * time.Millisecond

// rehearseOnce judges and writes what there is of the run while somebody else is waited
// for, and throws it away: the code and the tables that the end needs are then in memory,
// and the document follows the last answer sooner by a millisecond or two.
func (w *walker) rehearseOnce() {
	if w.rehearsed || w.deps.Diagnose == nil || w.opts.Events {
		return
	}
	w.rehearsed = true
	s, now, diagnose := w.session, w.deps.Now(), w.deps.Diagnose
	rehearsal := time.AfterFunc(answersAtOnce, func() {
		defer func() { _ = recover() }() // a mistake of ours is told when it happens in earnest
		findings := diagnose(s.Trace())
		_, _ = report.Encode(report.Run(s, findings, redact.New(flows.FingerprintKey{}, nil), now), true)
	})
	w.endRehearsal = rehearsal.Stop
}
