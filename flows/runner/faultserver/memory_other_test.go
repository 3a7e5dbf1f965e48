//go:build !unix

package faultserver_test

import "os"

// peakMemory is not known on this system.
func peakMemory(*os.ProcessState) (used, own int64, ok bool) { return 0, 0, false }
