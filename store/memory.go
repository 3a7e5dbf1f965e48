package store

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"oauthlens/flows"
)

// Memory is a history that ends with the process: what the program goes on with when
// the database cannot be used, and what needs no secrecy at rest. It is safe for
// concurrent use.
type Memory struct {
	mu      sync.Mutex
	order   int64
	runs    []*memoryRun // by Order
	clients map[[2]string]ClientSettings
}

type memoryRun struct {
	meta   RunMeta
	events map[int]flows.Record
	sent   map[string]time.Time // kind and hash
}

// NewMemory returns an empty history.
func NewMemory() *Memory { return &Memory{clients: map[[2]string]ClientSettings{}} }

func (m *Memory) run(id flows.RunID) (*memoryRun, error) {
	for _, r := range m.runs {
		if r.meta.Run == id {
			return r, nil
		}
	}
	return nil, noRun(string(id))
}

// Begin is as for [Store.Begin].
func (m *Memory) Begin(_ context.Context, meta RunMeta) error {
	if err := checkRunID(meta.Run); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.run(meta.Run); err == nil {
		return &Problem{Kind: ErrExists, Sentence: "there is a run " + string(meta.Run) + " already"}
	}
	m.order++
	meta.Redacted, meta.Order = false, m.order
	m.runs = append(m.runs, &memoryRun{meta: meta, events: map[int]flows.Record{}, sent: map[string]time.Time{}})
	return nil
}

// Append is as for [Store.Append]; nothing is sealed or redacted.
func (m *Memory) Append(_ context.Context, run flows.RunID, rec flows.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.run(run)
	if err != nil {
		return err
	}
	if _, taken := r.events[rec.Seq]; taken {
		return &Problem{Kind: ErrExists, Sentence: "the run holds this event already"}
	}
	r.events[rec.Seq] = rec
	return nil
}

// Finish is as for [Store.Finish].
func (m *Memory) Finish(_ context.Context, run flows.RunID, ending Ending, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.run(run)
	if err != nil {
		return err
	}
	r.meta = r.meta.ended(ending, at)
	return nil
}

// List is as for [Store.List].
func (m *Memory) List(_ context.Context, q Query) ([]RunMeta, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	words := q.words()
	var out []RunMeta
	for _, r := range slices.Backward(m.runs) {
		if len(out) == q.limit() {
			break
		}
		if q.Before > 0 && r.meta.Order >= q.Before {
			continue
		}
		if !slices.ContainsFunc(words, func(w string) bool { return !r.meta.matches(w) }) {
			out = append(out, r.meta)
		}
	}
	return out, nil
}

// Meta is as for [Store.Meta].
func (m *Memory) Meta(_ context.Context, run flows.RunID) (RunMeta, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.run(run)
	if err != nil {
		return RunMeta{}, err
	}
	return r.meta, nil
}

// Load is as for [Store.Load].
func (m *Memory) Load(_ context.Context, run flows.RunID) (flows.Trace, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.run(run)
	if err != nil {
		return flows.Trace{}, err
	}
	records := make([]flows.Record, 0, len(r.events))
	for _, rec := range r.events {
		records = append(records, rec)
	}
	slices.SortFunc(records, func(a, b flows.Record) int { return a.Seq - b.Seq })
	trace := flows.Trace{Run: run}
	for _, rec := range records {
		if trace, err = fillGap(trace, rec.Seq, rec.At); err != nil {
			return flows.Trace{}, err
		}
		trace.Records = append(trace.Records, rec)
	}
	return trace, nil
}

// Resolve is as for [Store.Resolve].
func (m *Memory) Resolve(_ context.Context, ref string) (flows.RunID, error) {
	back, prefix, err := readReference(ref)
	if err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if back >= 0 {
		if back >= len(m.runs) {
			return "", noRun(ref)
		}
		return m.runs[len(m.runs)-1-back].meta.Run, nil
	}
	var found []flows.RunID
	for _, r := range m.runs {
		if strings.HasPrefix(string(r.meta.Run), prefix) {
			found = append(found, r.meta.Run)
		}
	}
	slices.Sort(found)
	return onlyOne(ref, found)
}

// Delete is as for [Store.Delete].
func (m *Memory) Delete(_ context.Context, runs ...flows.RunID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range runs {
		if _, err := m.run(id); err != nil {
			return err
		}
	}
	m.runs = slices.DeleteFunc(m.runs, func(r *memoryRun) bool { return slices.Contains(runs, r.meta.Run) })
	return nil
}

// Prune is as for [Store.Prune].
func (m *Memory) Prune(_ context.Context, olderThan time.Time, keep int) (int, error) {
	if err := checkPrune(olderThan, keep); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	before, at := len(m.runs), 0
	m.runs = slices.DeleteFunc(m.runs, func(r *memoryRun) bool {
		at++
		newest := at > before-keep
		return !newest && (olderThan.IsZero() || r.meta.Started.Before(olderThan))
	})
	return before - len(m.runs), nil
}

// SaveClient is as for [Store.SaveClient].
func (m *Memory) SaveClient(_ context.Context, c ClientSettings) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clients[[2]string{c.Provider, c.Environment}], _ = c.WithoutSecrets()
	return nil
}

// LoadClient is as for [Store.LoadClient].
func (m *Memory) LoadClient(_ context.Context, provider, environment string) (ClientSettings, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.clients[[2]string{provider, environment}]
	return c, ok, nil
}

// DeleteClient is as for [Store.DeleteClient].
func (m *Memory) DeleteClient(_ context.Context, provider, environment string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.clients, [2]string{provider, environment})
	return nil
}

// MarkSent is as for [Store.MarkSent].
func (m *Memory) MarkSent(_ context.Context, run flows.RunID, kind string, hash []byte, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.run(run)
	if err != nil {
		return err
	}
	name := kind + "\x00" + string(hash)
	if _, known := r.sent[name]; !known {
		r.sent[name] = at
	}
	return nil
}

// SeenSecret is as for [Store.SeenSecret].
func (m *Memory) SeenSecret(_ context.Context, kind string, hash []byte) (Sent, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.runs {
		if at, ok := r.sent[kind+"\x00"+string(hash)]; ok {
			return Sent{Run: r.meta.Run, At: at}, true, nil
		}
	}
	return Sent{}, false, nil
}
