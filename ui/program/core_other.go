//go:build !unix

package program

// noCore has nothing to do where no such file is written unasked.
func noCore() {}
