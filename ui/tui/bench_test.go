package tui

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

func BenchmarkView(b *testing.B) {
	d := newDriver(b, 120, 36)
	d.press("enter", "enter")
	for b.Loop() {
		d.m.View()
	}
}

func BenchmarkScrollKey(b *testing.B) {
	d := bigBody(b)
	for b.Loop() {
		d.m.Update(press("j"))
		d.m.View()
	}
}

// bigBody is a driver on a response of a megabyte.
func bigBody(t testing.TB) *driver {
	d := newDriver(t, 120, 36)
	d.press("enter")
	flow := d.m.live.flow.(fakeFlow)
	flow.body = strings.Repeat("  \"a_member_of_the_answer\": \"and its value\",\n", 22000)
	flow.stage = 3
	d.m.live.flow = flow
	d.m.refresh()
	d.press("4", "tab")
	d.contains("a_member_of_the_answer")
	return d
}

// TestBytesOfAScrollKey holds what a key costs on the wire, which is what a slow ssh
// connection feels. While the cursor moves inside the window only two rows change.
func TestBytesOfAScrollKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runInBubble(t, fakeDeps(time.Now), func(r *running) {
			r.press("enter", "enter")
			r.out.take()
			r.press("j")
			inside := len(r.out.take())
			if inside > 1024 {
				t.Fatalf("moving the cursor wrote %d bytes", inside)
			}
			flow := r.m.live.flow.(fakeFlow)
			flow.body = strings.Repeat("  \"a_member_of_the_answer\": \"and its value\",\n", 2000)
			flow.stage = 3
			r.m.live.flow = flow
			r.p.Send(tea.WindowSizeMsg{Width: 110, Height: 32})
			r.press("4", "tab", "G", "g")
			r.out.take()
			const keys = 60
			for range keys {
				r.press("j")
			}
			if perKey := len(r.out.take()) / keys; perKey > 1024 {
				t.Fatalf("a scroll key writes %d bytes on average", perKey)
			}
		})
	})
}
