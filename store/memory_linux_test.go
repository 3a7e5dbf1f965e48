package store

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestWithoutMemoryForAConnection limits a process of its own, which opens the database when it
// can have no more addresses than it has.
func TestWithoutMemoryForAConnection(t *testing.T) {
	const variable = "OAUTHLENS_STORE_TEST_MEMORY"
	if path := os.Getenv(variable); path != "" {
		stat, err := os.ReadFile("/proc/self/statm")
		if err != nil {
			t.Fatal(err)
		}
		var pages uint64
		if _, err := fmt.Sscan(string(stat), &pages); err != nil {
			t.Fatal(err)
		}
		most := pages*uint64(os.Getpagesize()) + connectionMemory*3/4
		if err := syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			t.Fatal(err)
		}
		_, err = Open(t.Context(), path, Options{})
		var problem *Problem
		if !errors.As(err, &problem) || !errors.Is(err, ErrUnwritable) || !strings.Contains(err.Error(), "memory") {
			t.Errorf("%v", err)
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestWithoutMemoryForAConnection$", "-test.v")
	cmd.Env = append(os.Environ(), variable+"="+filepath.Join(t.TempDir(), DatabaseName))
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("%v: %s", err, out)
	}
}
