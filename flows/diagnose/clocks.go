package diagnose

import (
	"sort"
	"time"
)

// hostClock is how far a host's Date was from the recorder's clock; positive: the host
// is ahead, so the recorder is behind.
type hostClock struct {
	host   string
	offset time.Duration
	n      int
	first  *message
}

// clocks compares the servers' clocks with the one that stamped the trace.
type clocks struct {
	hosts []hostClock
	// offset is what most hosts agree on: server minus recorder.
	offset time.Duration
	agree  int // hosts within a few seconds of offset
	right  int // hosts whose clock agrees with the recorder's
	first  *message
}

// clockTolerance is how far a clock may be off without anybody minding.
const clockTolerance = time.Minute

// clock measures once.
func (c *Case) clock() *clocks {
	if c.clocks != nil {
		return c.clocks
	}
	samples := map[string][]time.Duration{}
	first := map[string]*message{}
	for _, m := range c.msgs {
		off, ok := dateOffset(m)
		if !ok || c.isAppHost(m) || m.role == roleOther && m.x.Request.Method != "POST" { // furniture may come from the browser's cache
			continue
		}
		if len(samples[m.url.host]) < 200 {
			samples[m.url.host] = append(samples[m.url.host], off)
		}
		if first[m.url.host] == nil || first[m.url.host].role == roleOther && m.role != roleOther {
			first[m.url.host] = m
		}
	}
	k := &clocks{}
	for host, list := range samples {
		sort.Slice(list, func(a, b int) bool { return list[a] < list[b] })
		k.hosts = append(k.hosts, hostClock{host: host, offset: list[len(list)/2], n: len(list), first: first[host]})
	}
	sort.Slice(k.hosts, func(a, b int) bool { return k.hosts[a].first.pos < k.hosts[b].first.pos })
	k.agreeOn()
	c.clocks = k
	return k
}

// agreeOn finds the offset that most hosts share.
func (k *clocks) agreeOn() {
	for _, h := range k.hosts {
		if abs(h.offset) <= clockTolerance {
			k.right++
			continue
		}
		n := 0
		for _, o := range k.hosts {
			if abs(o.offset-h.offset) <= 10*time.Second {
				n++
			}
		}
		if n > k.agree {
			k.agree, k.offset, k.first = n, h.offset, h.first
		}
	}
}

// dateOffset is the answer's Date minus the recorder's time of the answer.
func dateOffset(m *message) (time.Duration, bool) {
	date, ok := dateOf(m)
	if !ok || m.at().IsZero() {
		return 0, false
	}
	if age := m.respHeader("Age"); age != "" && age != "0" {
		return 0, false
	}
	took := m.end().Sub(m.at())
	if took > 20*time.Second {
		return 0, false
	}
	return date.Add(500 * time.Millisecond).Sub(m.end().Add(-took / 4)), true
}

func dateOf(m *message) (time.Time, bool) {
	v := m.respHeader("Date")
	if v == "" {
		return time.Time{}, false
	}
	for _, layout := range [...]string{time.RFC1123, "Mon, 02 Jan 2006 15:04:05 MST", time.RFC850, time.ANSIC} {
		if t, err := time.Parse(layout, v); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// serverTime is the server's own time of the answer, or the recorder's if it told none.
func serverTime(m *message) time.Time {
	if t, ok := dateOf(m); ok {
		return t
	}
	return m.end()
}

// isAppHost: the application under inspection, which has the recorder's clock.
func (c *Case) isAppHost(m *message) bool {
	for _, r := range c.redirects {
		if r.authority() == m.url.authority() {
			return true
		}
	}
	return c.live == nil && m.url.loopback() && m.role != roleToken && m.role != roleAuthorize && m.role != rolePage
}

func abs(d time.Duration) time.Duration {
	if d < 0 {
		return -d
	}
	return d
}

// factOf finds what is known about the provider of a message: by its own host, then by
// the hosts of the authorization request and the token call of its thread.
func (c *Case) factOf(m *message) *fact {
	if f := c.fact(m.url.host); f != nil {
		return f
	}
	if c.known == nil {
		c.known = map[int]*fact{}
		for _, x := range c.msgs {
			if x.role == roleAuthorize || x.role == roleToken {
				if f := c.fact(x.url.host); f != nil && c.known[x.thread] == nil {
					c.known[x.thread] = f
				}
			}
		}
	}
	return c.known[m.thread]
}
