package command

import (
	"math"
	"runtime"
	"runtime/debug"
)

// firstCollection is the heap, in percent of the runtime's four megabytes, at which the
// first collection of a short run begins.
const firstCollection = 400

// collectLate puts the first garbage collection off. The certificate authorities of a
// system alone fill the heap at which the runtime begins one, and a short run ends before
// that pays: it was a tenth of a run over TLS. From the first collection on all is as usual.
func collectLate() {
	usual := debug.SetGCPercent(firstCollection)
	if usual < 0 || usual > firstCollection {
		debug.SetGCPercent(usual) // as GOGC says
		return
	}
	seen := new([16]byte)
	runtime.AddCleanup(seen, func(percent int) { debug.SetGCPercent(percent) }, usual)
}

// mostMemory is the memory in bytes at which garbage is no longer left to gather, by any rule.
// What a hostile megabyte is read into takes up to 45 MiB for a moment, and collected by
// growth alone such heaps reached 75: with the program's own code and the terminal's buffers
// that is beyond the 64 MiB that docs/security.md promises to stay within. An honest run stays
// below 25 and never comes near. A heap that is larger for good, as that of a recording of a
// hundred megabytes on the screen, costs up to half of a core while it grows (the runtime's own
// bound).
const mostMemory = 56 << 20

// boundMemory holds the program to that, unless GOMEMLIMIT says otherwise.
func boundMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(mostMemory)
	}
}

// screenGrowth is how much the heap of a screen may grow between two collections, in percent.
const screenGrowth = 60

// collectOften keeps a screen small: it stays open for hours and makes little garbage, so that
// memory is worth more than the collector's work.
func collectOften() {
	if usual := debug.SetGCPercent(screenGrowth); usual != 100 {
		debug.SetGCPercent(usual) // as GOGC says
	}
}
