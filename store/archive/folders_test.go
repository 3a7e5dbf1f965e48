//go:build !windows

package archive_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestFoldersAreOnesOwn: nobody else may look into what is kept.
func TestFoldersAreOnesOwn(t *testing.T) {
	p := places(t)
	a := newArchive(t, p, "")
	keep(t, a, flow(a.Fingerprints(), runOne, "Code-Value-1", 200))
	for _, root := range []string{p.Config, p.Data} {
		must(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := os.Stat(path)
			if err == nil && info.Mode().Perm() != map[bool]fs.FileMode{true: 0o700, false: 0o600}[d.IsDir()] {
				t.Errorf("%s has the mode %o", filepath.Base(path), info.Mode().Perm())
			}
			return err
		}))
	}
}
