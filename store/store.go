package store

import (
	"strings"
	"time"

	"oauthlens/flows"
)

// Sealer makes the payload of an event unreadable without its key. What is sealed
// opens only with the same additional data. A sealer without a key returns an error
// from Seal, and the store falls back to redaction.
type Sealer interface {
	// CanSeal tells that Seal can be tried, so that nothing is made ready for it in vain.
	CanSeal() bool
	Seal(plain, additional []byte) ([]byte, error)
	Open(sealed, additional []byte) ([]byte, error)
}

// RunMeta is what stands in clear about a run.
type RunMeta struct {
	Run         flows.RunID
	Kind        string // "run", "inspect", ...
	Provider    string
	Environment string
	Grant       flows.Grant
	// Outcome is empty while the run goes on, or when its process was killed.
	Outcome flows.Outcome
	Finding string // code of the finding that explains the outcome, may be empty
	Started time.Time
	Ended   time.Time
	// ExpiresAt is when the run's access token ends; zero if there is none or it is
	// not known.
	ExpiresAt time.Time
	// Redacted: at least one event was written without its secrets.
	Redacted bool
	// Order grows with every run begun, whatever the clock says; it is the cursor of
	// [Query].
	Order int64
}

// Ending is what is known of a run when it ends, or changes after its end (a saved
// token that was refreshed).
type Ending struct {
	Outcome   flows.Outcome
	Finding   string
	ExpiresAt time.Time
}

// Query asks for a page of runs, newest first.
type Query struct {
	// Filter: every word in it must occur in the run's kind, provider, environment,
	// grant, outcome ("running" if there is none), finding or "redacted", or begin its
	// id or its day (2026-11-21, UTC; at least the year), without regard to case.
	Filter string
	Limit  int   // 0: 100; at most 1000
	Before int64 // only runs with a smaller Order; 0: from the newest
}

const (
	defaultPage = 100
	longestPage = 1000
)

func (q Query) limit() int {
	if q.Limit <= 0 {
		return defaultPage
	}
	return min(q.Limit, longestPage)
}

func checkRunID(id flows.RunID) error {
	if len(id) != 16 || strings.Trim(string(id), "0123456789abcdef") != "" {
		return &Problem{Kind: ErrUsage, Sentence: "a run id is 16 hexadecimal digits"}
	}
	return nil
}

// Sent is an earlier sending of a code or refresh token.
type Sent struct {
	Run flows.RunID
	At  time.Time
}

// The kinds of sent secrets.
const (
	SentCode         = "code"
	SentRefreshToken = "refresh_token"
)

// Options shape a store.
type Options struct {
	// Sealer seals the payloads; nil: there is no key.
	Sealer Sealer
	// Redact takes the secrets out of an event of the run that cannot be sealed. With
	// neither a sealer nor a redaction, appending fails.
	Redact func(flows.RunID, flows.Event) flows.Event
	// Now is the clock for the names of files set aside; nil: the system's.
	Now func() time.Time
}

func (o Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

// payload is an event as it is written.
type payload struct {
	kind   string
	at     string
	sealed bool
	data   []byte
}

func (o Options) payloadOf(run flows.RunID, rec flows.Record) (payload, error) {
	p := payload{kind: flows.KindOf(rec.Event), at: formatTime(rec.At)}
	if o.Sealer != nil && o.Sealer.CanSeal() {
		plain, err := flows.EncodeEvent(rec.Event)
		if err != nil {
			return payload{}, err
		}
		sealed, err := o.Sealer.Seal(plain, additionalData(run, rec.Seq, p.kind, p.at))
		if err == nil {
			p.sealed, p.data = true, sealed
			return p, nil
		}
	}
	if o.Redact == nil {
		return payload{}, &Problem{Kind: ErrNoKey, Sentence: "the event is not saved: there is no key to seal it with, and no redaction"}
	}
	var err error
	p.data, err = flows.EncodeEvent(o.Redact(run, rec.Event))
	return p, err
}

// formatTime writes a time with its zone; one that cannot be read back so is written
// in UTC, and one beyond the year 9999 as the zero time.
func formatTime(t time.Time) string {
	for _, t := range []time.Time{t, t.UTC()} {
		text := t.Format(time.RFC3339Nano)
		if back, err := time.Parse(time.RFC3339Nano, text); err == nil && back.Equal(t) {
			return text
		}
	}
	return time.Time{}.Format(time.RFC3339Nano)
}
