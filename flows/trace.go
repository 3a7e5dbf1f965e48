package flows

import "time"

// RunID names a run: 16 lower-case hexadecimal digits.
type RunID string

// Record is one event with its place and time.
type Record struct {
	Seq   int       // from 0, without gaps
	At    time.Time // wall time, without a monotonic reading
	Event Event
}

// Trace is everything that happened in a run, in order. It is the only truth: the
// session is a fold over it.
type Trace struct {
	Run     RunID
	Records []Record
}

// Start returns the event that opened the run.
func (t Trace) Start() (RunStarted, bool) {
	for _, r := range t.Records {
		if s, ok := r.Event.(RunStarted); ok {
			return s, true
		}
	}
	return RunStarted{}, false
}

// StartedAt is the time of the first record; zero for an empty trace.
func (t Trace) StartedAt() time.Time {
	if len(t.Records) == 0 {
		return time.Time{}
	}
	return t.Records[0].At
}

// EndedAt is the time of the last record; zero for an empty trace.
func (t Trace) EndedAt() time.Time {
	if len(t.Records) == 0 {
		return time.Time{}
	}
	return t.Records[len(t.Records)-1].At
}

// ClockStep is a difference between two times that is no matter of measuring: beyond it
// somebody set the clock.
const ClockStep = 2 * time.Second

// Latest is the latest wall time in the trace, which after the clock was set back is not
// that of the last record; zero for an empty trace.
func (t Trace) Latest() time.Time { return t.LatestFrom(0) }

// LatestFrom is the latest wall time from the record with that number on; zero if there is none.
func (t Trace) LatestFrom(seq int) time.Time {
	var latest time.Time
	for _, r := range t.Records[min(max(0, seq), len(t.Records)):] {
		if r.At.After(latest) {
			latest = r.At
		}
	}
	return latest
}

// SetBack is by how much the clock was set back while the run went on; zero: it was not.
func (t Trace) SetBack() time.Duration {
	var most time.Duration
	var latest time.Time
	for _, r := range t.Records {
		if r.At.After(latest) {
			latest = r.At
		}
		most = max(most, latest.Sub(r.At))
	}
	if most < ClockStep {
		return 0
	}
	return most
}

// Append returns the trace with one more event. The receiver's records are not changed,
// and two traces that grow from one do not see each other's events: the room behind the
// records is used once, by the first that comes, so that a long replay costs in
// proportion to its length. Traces that share records must not grow at the same time.
//
// The time is kept without its monotonic reading, which stands still while the machine sleeps:
// what lies between two records is what a clock on the wall says, live as in a recorded run.
func (t Trace) Append(at time.Time, e Event) Trace {
	n := len(t.Records)
	r := Record{Seq: n, At: at.Round(0), Event: e}
	if n < cap(t.Records) && t.Records[:n+1][n].Event == nil {
		t.Records = t.Records[:n+1]
		t.Records[n] = r
		return t
	}
	grown := make([]Record, n, 2*n+8)
	copy(grown, t.Records)
	t.Records = append(grown, r)
	return t
}

// Step is one row of the JSON document's steps: an exchange, a built authorization URL
// (no response), or a callback (the browser's request).
type Step struct {
	Kind     StepKind
	Exchange Exchange
	Seq      int // of the record it came from
	Flow     int // see ExchangeFinished.Flow
	// Callback is set for a callback of a live run.
	Callback *CallbackArrived
}

// Steps lists the steps of the run in order. Recorded traffic that is no part of a
// flow (StepOther) is included: evidence can stand there.
func (t Trace) Steps() []Step {
	var out []Step
	for _, r := range t.Records {
		switch e := r.Event.(type) {
		case AuthorizationBuilt:
			out = append(out, Step{Kind: StepAuthorizeURL, Seq: r.Seq, Exchange: Exchange{
				Step: StepAuthorizeURL, Started: r.At, Ended: r.At,
				Request: Request{Method: "GET", URL: e.URL, Headers: Headers{}},
			}})
		case CallbackArrived:
			if !e.Verdict.Ends() {
				continue
			}
			c := e
			out = append(out, Step{Kind: StepCallback, Seq: r.Seq, Callback: &c, Exchange: Exchange{
				Step: StepCallback, Started: r.At, Ended: r.At, Request: e.Request,
			}})
		case ExchangeFinished:
			out = append(out, Step{Kind: e.Exchange.Step, Seq: r.Seq, Flow: e.Flow, Exchange: e.Exchange})
		}
	}
	return out
}

// Outcome of a run.
type Outcome string

// The outcomes; the empty one is a run that goes on.
const (
	Succeeded Outcome = "succeeded"
	Failed    Outcome = "failed"
	Cancelled Outcome = "cancelled"
)
