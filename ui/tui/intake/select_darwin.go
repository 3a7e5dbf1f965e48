package intake

import (
	"io"
	"os"
	"syscall"
	"time"
)

// From is the terminal's input, sieved.
func From(f *os.File) io.Reader { return &terminal{File: f} }

// interruptions bounds how often a signal may begin the wait anew.
const interruptions = 20

// readable tells whether something can be read before the time is over.
func readable(fd uintptr, within time.Duration) bool {
	for range interruptions {
		set, at := only(fd)
		left := syscall.NsecToTimeval(within.Nanoseconds())
		err := syscall.Select(at+1, set, nil, nil, &left)
		if err == syscall.EINTR {
			continue
		}
		return err == nil && *set != syscall.FdSet{}
	}
	return false
}
