//go:build unix

package faultserver_test

import (
	"os"
	"runtime"
	"syscall"
)

// peakMemory gives the resident memory of an ended process and of this one, in bytes.
func peakMemory(state *os.ProcessState) (used, own int64, ok bool) {
	var self syscall.Rusage
	usage, isRusage := state.SysUsage().(*syscall.Rusage)
	if !isRusage || syscall.Getrusage(syscall.RUSAGE_SELF, &self) != nil {
		return 0, 0, false
	}
	unit := int64(1 << 10)
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	return int64(usage.Maxrss) * unit, int64(self.Maxrss) * unit, true
}
