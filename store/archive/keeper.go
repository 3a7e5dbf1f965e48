package archive

import (
	"sync"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/crash"
	"oauthlens/store"
)

// gathering is how long a keeper waits for more before it writes: a short run, which shows
// nothing before its end, is one transaction.
const gathering = 30 * time.Millisecond

// Keeper writes one run, record by record, in order. Append returns at once, and what was
// appended is written soon; Flush writes it now and waits until it is safe, or says why it
// is not: in the database, or beside it when the run is over sooner than the database could
// be opened.
type Keeper struct {
	archive *Archive
	run     flows.RunID

	mu      sync.Mutex
	idle    *sync.Cond
	queue   []piece
	more    chan struct{} // holds one when the queue has grown
	hurry   chan struct{} // closed when somebody waits
	hurried bool
	working bool
	alone   bool         // the grant is one whose runs ask nothing of the history
	asks    bool         // the history may know what the run sent
	beside  *store.Spool // once a part of the run is kept there
	err     error
}

// piece is something to be kept.
type piece struct {
	write func(*store.Store) store.Write
	spool func(*store.Spool) error // nil: only the database can keep it
	ends  bool                     // it is the end of the run
}

// Keep begins to keep a run.
func (a *Archive) Keep(run flows.RunID) *Keeper {
	k := &Keeper{archive: a, run: run, more: make(chan struct{}, 1)}
	k.idle = sync.NewCond(&k.mu)
	return k
}

// Append keeps a record.
func (k *Keeper) Append(r flows.Record) {
	if start, ok := r.Event.(flows.RunStarted); ok {
		k.alone = start.Grant == flows.GrantClientCredentials || start.Grant == flows.GrantBasic
		meta := store.RunMeta{Run: k.run, Kind: "run", Provider: start.Provider.Name,
			Environment: start.Environment.Name, Grant: start.Grant, Started: r.At}
		k.do(piece{
			write: func(s *store.Store) store.Write { return s.BeginWrite(meta) },
			spool: func(s *store.Spool) error { s.Begin(meta); return nil },
		})
	}
	k.do(piece{
		write: func(s *store.Store) store.Write { return s.AppendWrite(k.run, r) },
		spool: func(s *store.Spool) error { return s.Append(r) },
	})
	k.markSent(r)
}

// Finish records how the run ended, or how it stands.
func (k *Keeper) Finish(outcome flows.Outcome, finding string, expires, at time.Time) {
	ending := store.Ending{Outcome: outcome, Finding: finding, ExpiresAt: expires}
	k.do(piece{
		write: func(s *store.Store) store.Write { return s.FinishWrite(k.run, ending, at) },
		spool: func(s *store.Spool) error { s.Finish(ending, at); return nil },
		ends:  true,
	})
}

// Redacted is [Archive.Redacted] of this run.
func (k *Keeper) Redacted() bool { return k.archive.Redacted(k.run) }

func (k *Keeper) do(p piece) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.queue = append(k.queue, p)
	select {
	case k.more <- struct{}{}:
	default: // it holds one
	}
	if !k.working {
		k.working, k.hurried, k.hurry = true, false, make(chan struct{})
		go k.work(k.hurry, k.alone)
	}
}

// work writes what is queued; after a failure nothing more is tried, so that a history
// never has holes.
func (k *Keeper) work(hurry <-chan struct{}, alone bool) {
	over := make(chan struct{}) // the time of gathering
	defer time.AfterFunc(gathering, func() { close(over) }).Stop()
	if alone && k.spooled(hurry, over) {
		return
	}
	s, err := k.archive.open()
	select {
	case <-hurry:
	case <-over:
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil && k.err == nil {
		k.err = err
	}
	for len(k.queue) > 0 {
		queue := k.queue
		k.queue = nil
		if k.err != nil {
			continue
		}
		k.mu.Unlock()
		err := k.write(s, queue)
		k.mu.Lock()
		if k.err == nil {
			k.err = err
		}
	}
	k.rest()
}

// spooled keeps the queue beside the database, if that has not been opened, the run ends or
// somebody waits before it is over, and all of the queue can be kept so: what is queued is
// made ready while the run goes on, and written in one piece. When it says no nothing was
// kept.
func (k *Keeper) spooled(hurry, over <-chan struct{}) bool {
	for ready := 0; ; {
		k.mu.Lock()
		if k.err != nil {
			k.mu.Unlock()
			return false
		}
		next := k.queue[ready:]
		k.mu.Unlock()
		if !k.archive.prepareBeside(k, next) {
			return false
		}
		ready += len(next)
		if ended := len(next) > 0 && next[len(next)-1].ends; !ended {
			select {
			case <-hurry:
			case <-k.more:
				continue
			case <-over:
				return false
			}
		}
		if kept, grown := k.keepBeside(ready); !grown {
			return kept
		}
	}
}

// keepBeside writes the queue, of which so much is ready, unless it has grown.
func (k *Keeper) keepBeside(ready int) (kept, grown bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.queue) > ready {
		return false, true
	}
	if !k.archive.writeBeside(k) {
		return false, false
	}
	k.queue = nil
	k.rest()
	return true, false
}

// rest ends the work; the lock is held.
func (k *Keeper) rest() {
	k.working = false
	k.idle.Broadcast()
}

// write commits a part of the queue. A mistake of ours in masking or writing a foreign event
// must not take the run down: the run goes on, and is told as not saved.
func (k *Keeper) write(s *store.Store, queue []piece) (err error) {
	defer func() {
		if r := crash.Of(recover()); r != nil {
			err = r
		}
	}()
	writes := make([]store.Write, len(queue))
	for i, p := range queue {
		writes[i] = p.write(s)
	}
	return s.Commit(k.archive.ctx, writes...)
}

// Consult waits until the history is open, if it may know what the run sent; see
// [Archive.WithReuses].
func (k *Keeper) Consult() {
	k.mu.Lock()
	asks := k.asks
	k.mu.Unlock()
	if asks {
		_ = k.Flush() // its error is told by the next one, too
	}
}

// Flush waits for the queue and returns what went wrong first.
func (k *Keeper) Flush() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.working {
		if !k.hurried {
			k.hurried = true
			close(k.hurry)
		}
		k.idle.Wait()
	}
	return k.err
}
