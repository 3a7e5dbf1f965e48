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

func TestAScreenIsKeptSmall(t *testing.T) {
	defer debug.SetGCPercent(percent())
	for set, want := range map[int]int{100: screenGrowth, 50: 50, 800: 800, -1: -1} {
		debug.SetGCPercent(set)
		collectOften()
		if got := percent(); got != want {
			t.Errorf("GOGC %d became %d, want %d", set, got, want)
		}
	}
}
