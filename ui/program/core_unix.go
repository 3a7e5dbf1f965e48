//go:build unix

package program

import "syscall"

// noCore keeps the system from writing this process's memory, and the secrets in it, to a
// file when it crashes.
func noCore() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &limit) == nil {
		limit.Cur = 0
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &limit) // there is nothing else to be done
	}
}
