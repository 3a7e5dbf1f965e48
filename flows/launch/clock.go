package launch

import (
	"sync/atomic"
	"time"
)

// clock is the wall clock moved forward, where a fault lets simulated time pass: the
// simulator and the client go together, so that the only thing that ages is the code.
type clock struct{ offset atomic.Int64 }

func (c *clock) at(now time.Time) time.Time { return now.Add(time.Duration(c.offset.Load())) }

func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

func (c *clock) rewind() { c.offset.Store(0) }
