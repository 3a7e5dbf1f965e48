package flows

import (
	"testing"
	"time"
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

func BenchmarkAppend(b *testing.B) {
	for b.Loop() {
		var t Trace
		for range 20_000 {
			t = t.Append(time.Time{}, Noted{})
		}
	}
}
