package archive

import (
	"sync"
	"time"

	"oauthlens/flows"
	"oauthlens/store"
)

// Keeper writes one run, record by record, in order. Append returns at once; Flush waits
// until everything that was appended stands in the database, or says why it does not.
type Keeper struct {
	archive *Archive
	run     flows.RunID

	mu      sync.Mutex
	idle    *sync.Cond
	queue   []func(*store.Store) error
	working bool
	err     error
}

// Keep begins to keep a run.
func (a *Archive) Keep(run flows.RunID) *Keeper {
	k := &Keeper{archive: a, run: run}
	k.idle = sync.NewCond(&k.mu)
	return k
}

// Append keeps a record.
func (k *Keeper) Append(r flows.Record) {
	if start, ok := r.Event.(flows.RunStarted); ok {
		k.do(func(s *store.Store) error {
			return s.Begin(k.archive.ctx, store.RunMeta{Run: k.run, Kind: "run", Provider: start.Provider.Name,
				Environment: start.Environment.Name, Grant: start.Grant, Started: r.At})
		})
	}
	k.do(func(s *store.Store) error { return s.Append(k.archive.ctx, k.run, r) })
	k.markSent(r)
}

// Finish records how the run ended, or how it stands.
func (k *Keeper) Finish(outcome flows.Outcome, finding string, expires, at time.Time) {
	k.do(func(s *store.Store) error {
		return s.Finish(k.archive.ctx, k.run, store.Ending{Outcome: outcome, Finding: finding, ExpiresAt: expires}, at)
	})
}

// Redacted tells that something of the run was kept without its secrets, since there was
// no key to seal it with.
func (k *Keeper) Redacted() bool {
	k.archive.mu.Lock()
	defer k.archive.mu.Unlock()
	_, redacted := k.archive.seen[k.run]
	return redacted
}

func (k *Keeper) do(f func(*store.Store) error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.queue = append(k.queue, f)
	if !k.working {
		k.working = true
		go k.work()
	}
}

// work writes what is queued; after a failure nothing more is tried, so that a history
// never has holes.
func (k *Keeper) work() {
	s, err := k.archive.open()
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil && k.err == nil {
		k.err = err
	}
	for len(k.queue) > 0 {
		next := k.queue[0]
		k.queue = k.queue[1:]
		if k.err != nil {
			continue
		}
		k.mu.Unlock()
		err := next(s)
		k.mu.Lock()
		if k.err == nil {
			k.err = err
		}
	}
	k.working = false
	k.idle.Broadcast()
}

// Flush waits for the queue and returns what went wrong first.
func (k *Keeper) Flush() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.working {
		k.idle.Wait()
	}
	return k.err
}
