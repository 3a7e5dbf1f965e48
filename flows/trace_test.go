package flows

import (
	"testing"
	"time"
	"unsafe"
)

// Traces that grow from the same one keep their own events.
func TestAppendBranches(t *testing.T) {
	var base Trace
	for i := range 9 {
		base = base.Append(time.Unix(int64(i), 0), Noted{Text: "base"})
	}
	a := base.Append(time.Unix(10, 0), Noted{Text: "a"})
	b := base.Append(time.Unix(11, 0), Noted{Text: "b"})
	a2 := a.Append(time.Unix(12, 0), Noted{Text: "a2"})
	b2 := b.Append(time.Unix(13, 0), Noted{Text: "b2"})
	for _, c := range []struct {
		name string
		t    Trace
		want []string
	}{{"base", base, nil}, {"a", a, []string{"a"}}, {"b", b, []string{"b"}}, {"a2", a2, []string{"a", "a2"}}, {"b2", b2, []string{"b", "b2"}}} {
		if len(c.t.Records) != 9+len(c.want) {
			t.Errorf("%s has %d records", c.name, len(c.t.Records))
			continue
		}
		for i, want := range c.want {
			if got := c.t.Records[9+i]; got.Event.(Noted).Text != want || got.Seq != 9+i {
				t.Errorf("%s: record %d is %+v", c.name, 9+i, got)
			}
		}
	}
}

// parted is a time whose clock on the wall is d ahead of what its monotonic reading tells, as
// after a sleep of the machine (d > 0) or after the clock was set back (d < 0).
func parted(t time.Time, d time.Duration) time.Time {
	// a Time with a monotonic reading holds the seconds of the wall above 30 bits of nanoseconds
	*(*uint64)(unsafe.Pointer(&t)) += uint64(int64(d/time.Second) << 30)
	return t
}

// TestTheTraceKeepsWallTime: what lies between two records is what a clock on the wall says,
// also where the monotonic clock stood still or ran on.
func TestTheTraceKeepsWallTime(t *testing.T) {
	start := time.Now()
	for _, slept := range []time.Duration{8 * time.Hour, -8 * time.Hour} {
		if apart := parted(start, slept).Sub(start); apart != 0 {
			t.Fatalf("the times part by %s: the test shows nothing", apart)
		}
		trace := Trace{}.Append(start, Noted{}).Append(parted(start, slept), Noted{})
		if got := trace.Records[1].At.Sub(trace.StartedAt()); got != slept {
			t.Errorf("after %s the records are %s apart", slept, got)
		}
		latest, back := trace.EndedAt(), time.Duration(0)
		if slept < 0 {
			latest, back = trace.StartedAt(), -slept
		}
		if !trace.Latest().Equal(latest) || trace.SetBack() != back {
			t.Errorf("after %s: the latest is %s, set back by %s", slept, trace.Latest(), trace.SetBack())
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for b.Loop() {
		var t Trace
		for range 20_000 {
			t = t.Append(time.Time{}, Noted{})
		}
	}
}
