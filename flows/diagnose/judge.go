package diagnose

import (
	"slices"
	"sync"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/session"
)

// Judge judges traces that grow, one event at a time: what was read of the answers that
// are already there is kept until the next time. Its findings are those of [Run], to the
// last character; only the work is less. The rules themselves look at the whole trace
// again each time, since a late event may change what an early one means.
//
// It may be used by several goroutines. The zero value is ready.
type Judge struct {
	mu sync.Mutex
	// memories are of the runs judged last, the newest at the end: a comparison walks two
	// runs side by side.
	memories []*memory
}

const keptRuns = 2

// Run judges a trace, as the function [Run] does.
func (j *Judge) Run(t flows.Trace, o Options) []flows.Finding {
	j.mu.Lock()
	defer j.mu.Unlock()
	return run(t, o, j.remember(t))
}

// remember finds what is known of the run, and makes it the newest.
func (j *Judge) remember(t flows.Trace) *memory {
	i := slices.IndexFunc(j.memories, func(m *memory) bool { return m.run == t.Run && m.fits(t) })
	var m *memory
	if i >= 0 {
		m = j.memories[i]
		j.memories = slices.Delete(j.memories, i, i+1)
	} else {
		m = newMemory(t.Run)
		if len(j.memories) >= keptRuns {
			j.memories = slices.Delete(j.memories, 0, 1)
		}
	}
	j.memories = append(j.memories, m)
	return m
}

// memory is what was read of the answers of one run, by the number of their record.
// Everything in it follows from one exchange alone, or from the exchanges up to one.
type memory struct {
	run      flows.RunID
	readings map[int]*reading
	jwts     map[string]*jwt
	verdicts map[verified][]jose.Verdict
	// folded is the session up to and with the record foldedTo-1, the last known answer.
	folded   session.Session
	foldedTo int
}

// reading is an exchange, read: the message as it is before anything is compared.
type reading struct {
	response  *flows.Response // by its address: the same answer, not one that looks alike
	url       string
	message   message
	answer    answer
	token     *tokenSet
	succeeded *bool
	claims    *claimsReading
}

// verified names a verification that was done: of which token, with which key sets, and
// the values beside it that it depends on.
type verified struct{ raw, which, access, code, keys string }

func newMemory(run flows.RunID) *memory {
	return &memory{run: run, readings: map[int]*reading{}, jwts: map[string]*jwt{}, verdicts: map[verified][]jose.Verdict{}}
}

// fits tells whether the trace holds every answer that the memory knows, in its place. A
// run that is read from the history again, perhaps with other masks, is another trace.
func (k *memory) fits(t flows.Trace) bool {
	for seq, r := range k.readings {
		if seq >= len(t.Records) {
			return false
		}
		e, ok := t.Records[seq].Event.(flows.ExchangeFinished)
		if !ok || e.Exchange.Response != r.response || e.Exchange.Request.URL != r.url {
			return false
		}
	}
	return true
}

// message reads one step, or copies what was read of it.
func (k *memory) message(i int, s *flows.Step) *message {
	if k == nil || s.Exchange.Response == nil || s.Callback != nil {
		m := newMessage(i, s)
		m.readCredentials()
		return m
	}
	r := k.readings[s.Seq]
	if r == nil {
		first := newMessage(i, s)
		first.readCredentials()
		r = &reading{response: s.Exchange.Response, url: s.Exchange.Request.URL, answer: *first.answer(), token: readTokenSet(first)}
		first.ans = nil
		r.message = *first
		k.readings[s.Seq] = r
	}
	m := r.message
	m.index, m.thread, m.x, m.known = i, i, &s.Exchange, r
	return &m
}

// jwtOf takes a JWT apart, once.
func (c *Case) jwtOf(raw string) *jwt {
	if c.memory == nil {
		return readJWT(raw)
	}
	j, done := c.memory.jwts[raw]
	if !done {
		j = readJWT(raw)
		c.memory.jwts[raw] = j
	}
	return j
}

// sessionOf folds the trace, going on where it stopped the last time.
func (c *Case) sessionOf(t flows.Trace) session.Session {
	k := c.memory
	if k == nil {
		return session.Replay(t)
	}
	last := 0 // behind the last answer that the memory can be compared by
	for seq := range k.readings {
		last = max(last, seq+1)
	}
	if k.foldedTo == 0 {
		k.folded = session.New(t.Run)
	}
	if k.foldedTo < last {
		k.folded, k.foldedTo = k.folded.Follow(flows.Trace{Run: t.Run, Records: t.Records[:last]}), last
	}
	return k.folded.Follow(t)
}
