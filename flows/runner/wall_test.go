package runner

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unsafe"

	"oauthlens/flows"
)

// parted is a time whose clock on the wall is d ahead of what its monotonic reading tells, as
// after a sleep of the machine (d > 0) or after the clock was set back (d < 0).
func parted(t time.Time, d time.Duration) time.Time {
	// a Time with a monotonic reading holds the seconds of the wall above 30 bits of nanoseconds
	*(*uint64)(unsafe.Pointer(&t)) += uint64(int64(d/time.Second) << 30)
	return t
}

// TestTheClockMovesDuringAnExchange: an exchange is received when the clock on the wall says
// so at its end, takes no longer by it, and says that the clock moved. An answer of before a
// sleep was received before it.
func TestTheClockMovesDuringAnExchange(t *testing.T) {
	start := time.Now()
	for _, row := range []struct {
		name     string
		by, date time.Duration // of the clock; of the answer's Date, from the start
		noDate   bool
		ended    time.Duration // from the start
		says     string
	}{
		{name: "nothing moves", date: 0, ended: 2 * time.Second},
		{name: "a second is no step", by: time.Second, date: 0, ended: 2 * time.Second},
		{name: "asleep, then the answer", by: 3 * time.Hour, date: 3*time.Hour + time.Second, ended: 3*time.Hour + 2*time.Second, says: "went on by 3h0m0s"},
		{name: "the answer, then asleep", by: 10 * time.Minute, date: time.Second, ended: 2 * time.Second, says: "went on by 10m0s"},
		{name: "the answer in between", by: 10 * time.Minute, date: time.Minute, ended: time.Minute + time.Second, says: "went on by 10m0s"},
		{name: "set on, by a server that says so", by: 3 * time.Hour, date: time.Second, ended: 3*time.Hour + 2*time.Second, says: "went on by 3h0m0s"},
		{name: "no Date", by: 3 * time.Hour, noDate: true, ended: 3*time.Hour + 2*time.Second, says: "went on by 3h0m0s"},
		{name: "a server whose clock is behind", by: 3 * time.Hour, date: -time.Hour, ended: 3*time.Hour + 2*time.Second, says: "went on by"},
		{name: "a server whose clock is ahead", by: 3 * time.Hour, date: 5 * time.Hour, ended: 3*time.Hour + 2*time.Second, says: "went on by"},
		{name: "set on by a leap of days", by: 400 * 24 * time.Hour, date: 400*24*time.Hour + time.Second, ended: 400*24*time.Hour + 2*time.Second, says: "went on by 9600h0m0s"},
		{name: "set back", by: -3 * time.Hour, date: time.Second, ended: -3*time.Hour + 2*time.Second, says: "went back by 3h0m0s"},
	} {
		end := parted(start.Add(2*time.Second), row.by)
		if end.Sub(start) != 2*time.Second {
			t.Fatal("the monotonic clock has moved: the test shows nothing")
		}
		c := &call{x: flows.Exchange{Started: start.Round(0), Ended: start.Round(0).Add(end.Sub(start)), Response: &flows.Response{Status: 200}}}
		if !row.noDate {
			c.x.Response.Headers = flows.Headers{{Name: "Date", Value: start.Add(row.date).UTC().Format(http.TimeFormat)}}
		}
		c.reckon(end.Round(0))
		got := c.x.Ended.Sub(start.Round(0))
		if off := (got - row.ended).Abs(); off > time.Second { // Date has whole seconds
			t.Errorf("%s: received %s after the start, not %s", row.name, got, row.ended)
		}
		if c.x.Duration() != 2*time.Second {
			t.Errorf("%s: it took %s", row.name, c.x.Duration())
		}
		if said := strings.Join(c.notes, "; "); !strings.Contains(said, row.says) || (said == "") != (row.says == "") {
			t.Errorf("%s: it says %q", row.name, said)
		}
	}
}

// TestAnExchangeIsReceivedByTheWall is the same over a real connection.
func TestAnExchangeIsReceivedByTheWall(t *testing.T) {
	s, r := startFault(t, "none")
	for _, by := range []time.Duration{3 * time.Hour, -3 * time.Hour} {
		first := true
		r.Now = func() time.Time {
			if first {
				first = false
				return time.Now()
			}
			return parted(time.Now(), by)
		}
		x := sendTo(t, t.Context(), r, s.URL, 0)
		if off := time.Now().Round(0).Add(by).Sub(x.Ended); off < 0 || off > time.Minute || x.Duration() > time.Minute || !strings.Contains(x.Comment, "while the request was under way") {
			t.Errorf("%s: received %s off, after %s, with the comment %q", by, off, x.Duration(), x.Comment)
		}
	}
}
