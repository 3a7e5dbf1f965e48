package store

import (
	"fmt"
	"strconv"
	"time"

	"oauthlens/flows"
)

// additionalData binds a sealed payload to its place: moved to another run, another
// number, kind or time, it does not open.
func additionalData(run flows.RunID, seq int, kind, at string) []byte {
	return []byte("oauthlens event\x00" + string(run) + "\x00" + strconv.Itoa(seq) + "\x00" + kind + "\x00" + at)
}

// stored is an event as it was read from the database.
type stored struct {
	seq int
	payload
}

// mostMissing bounds how many lost events a trace makes up for.
const mostMissing = 10_000

// traceOf opens and decodes the events. An event of a newer version, or one that was
// never saved, leaves a note in its place: the numbers stay without gaps.
func (o Options) traceOf(run flows.RunID, events []stored) (flows.Trace, error) {
	trace := flows.Trace{Run: run}
	var key flows.FingerprintKey
	for _, e := range events {
		at, err := time.Parse(time.RFC3339Nano, e.at)
		if err != nil {
			return flows.Trace{}, damagedEvent(run, e.seq, err)
		}
		if trace, err = fillGap(trace, e.seq, at); err != nil {
			return flows.Trace{}, err
		}
		plain := e.data
		if e.sealed {
			if plain, err = o.open(run, e); err != nil {
				return flows.Trace{}, err
			}
		}
		event, err := flows.DecodeEvent(e.kind, plain, key)
		if unknown, ok := err.(*flows.UnknownKindError); ok {
			event, err = flows.Noted{Text: "left out: " + unknown.Error()}, nil
		}
		if err != nil {
			return flows.Trace{}, damagedEvent(run, e.seq, err)
		}
		if start, ok := event.(flows.RunStarted); ok {
			key = start.Fingerprints
		}
		trace.Records = append(trace.Records, flows.Record{Seq: e.seq, At: at, Event: event})
	}
	return trace, nil
}

func (o Options) open(run flows.RunID, e stored) ([]byte, error) {
	if o.Sealer == nil {
		return nil, &Problem{Kind: ErrNoKey, Sentence: fmt.Sprintf("run %s is sealed, and there is no key to open it with", run)}
	}
	plain, err := o.Sealer.Open(e.data, additionalData(run, e.seq, e.kind, e.at))
	if err != nil {
		return nil, &Problem{Kind: ErrNoKey, Err: err, Sentence: fmt.Sprintf("run %s cannot be opened: %v", run, err)}
	}
	return plain, nil
}

func damagedEvent(run flows.RunID, seq int, err error) error {
	return &Problem{Kind: ErrDamaged, Err: err, Sentence: fmt.Sprintf("event %d of run %s cannot be read: %v", seq, run, err)}
}

// fillGap notes the events that are missing before the one with this number.
func fillGap(trace flows.Trace, seq int, at time.Time) (flows.Trace, error) {
	if missing := seq - len(trace.Records); missing > mostMissing {
		return flows.Trace{}, damagedEvent(trace.Run, seq, fmt.Errorf("%d events are missing before it", missing))
	}
	for len(trace.Records) < seq {
		trace = trace.Append(at, flows.Noted{Text: fmt.Sprintf("event %d was not saved", len(trace.Records))})
	}
	return trace, nil
}
