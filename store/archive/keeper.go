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
// appended is written soon; Flush writes it now and waits until it stands in the database,
// or says why it does not.
type Keeper struct {
	archive *Archive
	run     flows.RunID

	mu      sync.Mutex
	idle    *sync.Cond
	queue   []func(*store.Store) store.Write
	hurry   chan struct{} // closed when somebody waits
	hurried bool
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
		k.do(func(s *store.Store) store.Write {
			return s.BeginWrite(store.RunMeta{Run: k.run, Kind: "run", Provider: start.Provider.Name,
				Environment: start.Environment.Name, Grant: start.Grant, Started: r.At})
		})
	}
	k.do(func(s *store.Store) store.Write { return s.AppendWrite(k.run, r) })
	k.markSent(r)
}

// Finish records how the run ended, or how it stands.
func (k *Keeper) Finish(outcome flows.Outcome, finding string, expires, at time.Time) {
	k.do(func(s *store.Store) store.Write {
		return s.FinishWrite(k.run, store.Ending{Outcome: outcome, Finding: finding, ExpiresAt: expires}, at)
	})
}

// Redacted is [Archive.Redacted] of this run.
func (k *Keeper) Redacted() bool { return k.archive.Redacted(k.run) }

func (k *Keeper) do(write func(*store.Store) store.Write) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.queue = append(k.queue, write)
	if !k.working {
		k.working, k.hurried, k.hurry = true, false, make(chan struct{})
		go k.work(k.hurry)
	}
}

// work writes what is queued; after a failure nothing more is tried, so that a history
// never has holes.
func (k *Keeper) work(hurry <-chan struct{}) {
	s, err := k.archive.open()
	timer := time.NewTimer(gathering)
	defer timer.Stop()
	select {
	case <-hurry:
	case <-timer.C:
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
	k.working = false
	k.idle.Broadcast()
}

// write commits a part of the queue. A mistake of ours in masking or writing a foreign event
// must not take the run down: the run goes on, and is told as not saved.
func (k *Keeper) write(s *store.Store, queue []func(*store.Store) store.Write) (err error) {
	defer func() {
		if r := crash.Of(recover()); r != nil {
			err = r
		}
	}()
	writes := make([]store.Write, len(queue))
	for i, write := range queue {
		writes[i] = write(s)
	}
	return s.Commit(k.archive.ctx, writes...)
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
