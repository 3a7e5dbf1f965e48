//go:build linux || darwin

package intake

import "syscall"

// only is the set of this file alone, and the file's number in it.
func only(fd uintptr) (*syscall.FdSet, int) {
	var set syscall.FdSet
	width := syscall.FD_SETSIZE / len(set.Bits)
	at := int(fd) % syscall.FD_SETSIZE
	set.Bits[at/width] |= 1 << (at % width)
	return &set, at
}
