package command

import (
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
