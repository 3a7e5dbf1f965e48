package intake

import (
	"io"
	"os"
	"syscall"
	"time"
)

// From is the terminal's input, sieved.
func From(f *os.File) io.Reader { return &terminal{File: f} }

// readable tells whether something can be read before the time is over.
func readable(fd uintptr, within time.Duration) bool {
	left := syscall.NsecToTimeval(within.Nanoseconds()) // which the system counts down
	for {
		set, at := only(fd)
		n, err := syscall.Select(at+1, set, nil, nil, &left)
		if err == syscall.EINTR {
			continue
		}
		return err == nil && n > 0
	}
}
