//go:build !unix

package store

// ownerOf knows nothing: what is made belongs to whom its folder says.
func ownerOf(string) (uid, gid int, ok bool) { return 0, 0, false }
