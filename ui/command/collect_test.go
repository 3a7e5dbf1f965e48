package command

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func percent() int {
	now := debug.SetGCPercent(100)
	debug.SetGCPercent(now)
	return now
}

func TestOnlyTheFirstCollectionIsLate(t *testing.T) {
	usual := percent()
	defer debug.SetGCPercent(usual)
	for _, set := range []int{100, 50} {
		debug.SetGCPercent(set)
		collectLate()
		for range 500 {
			runtime.GC()
			if percent() == set {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if got := percent(); got != set {
			t.Errorf("%d after a collection, want %d", got, set)
		}
	}
	for _, set := range []int{-1, 800} {
		debug.SetGCPercent(set)
		collectLate()
		if got := percent(); got != set {
			t.Errorf("GOGC %d became %d", set, got)
		}
	}
}
