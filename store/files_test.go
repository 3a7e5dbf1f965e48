package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3/vfs"

	"oauthlens/flows"
)

const someRun = flows.RunID("00000000000000aa")

// openClear opens a history that keeps events as they are.
func openClear(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{Redact: func(_ flows.RunID, e flows.Event) flows.Event { return e }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func keep(t *testing.T, s *Store, run flows.RunID, seq int, text string) {
	t.Helper()
	if seq == 0 {
		if err := s.Begin(t.Context(), RunMeta{Run: run, Kind: "run"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Append(t.Context(), run, flows.Record{Seq: seq, Event: flows.Noted{Text: text}}); err != nil {
		t.Fatal(err)
	}
}

func textOf(t *testing.T, s *Store, run flows.RunID, seq int) string {
	t.Helper()
	trace, err := s.Load(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	if len(trace.Records) <= seq {
		t.Fatalf("%d events", len(trace.Records))
	}
	return trace.Records[seq].Event.(flows.Noted).Text
}

// onlyOwn fails for each file of the folder that others could open.
func onlyOwn(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, entry := range entries {
		if entry.Type()&fs.ModeSymlink != 0 || entry.IsDir() {
			continue
		}
		found = append(found, entry.Name())
		if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", entry.Name(), info.Mode(), err)
		}
	}
	if strings.Join(found, " ") != strings.Join(names, " ") {
		t.Errorf("%s holds %q, not %q", dir, found, names)
	}
}

// system is a way to files below [files], for the time of a test.
func system(t *testing.T, below func(vfs.VFSFilename) vfs.VFSFilename) {
	t.Helper()
	vfs.Register(filesName, files{below(vfs.Find("").(vfs.VFSFilename))})
	t.Cleanup(func() { vfs.Unregister(filesName) })
}

// witness sees in which state the files are that SQLite opens.
type witness struct {
	vfs.VFSFilename
	loose func(name string, mode fs.FileMode)
	seen  func(suffix string)
}

func (w witness) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	for _, path := range []string{name.String(), name.Database() + "-shm"} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			w.loose(path, info.Mode())
		}
	}
	w.seen(filepath.Ext(name.String()))
	return w.VFSFilename.OpenFilename(name, flags)
}

// TestFilesAreNeverLoose looks at each file when SQLite opens it: what is made for everybody
// and then closed can have been opened by somebody in between.
func TestFilesAreNeverLoose(t *testing.T) {
	seen := map[string]bool{}
	system(t, func(v vfs.VFSFilename) vfs.VFSFilename {
		return witness{v,
			func(name string, mode fs.FileMode) { t.Errorf("%s is opened with mode %v", name, mode) },
			func(suffix string) { seen[suffix] = true }}
	})
	s := openClear(t, filepath.Join(t.TempDir(), DatabaseName))
	keep(t, s, someRun, 0, "x")
	for _, suffix := range []string{".db", ".db-journal", ".db-wal"} {
		if !seen[suffix] {
			t.Errorf("nothing was opened that ends in %s", suffix)
		}
	}
}

// overflowing is a disk that is full from some moment on. What it says is the system's.
type overflowing struct {
	vfs.VFSFilename
	full *atomic.Bool
	disk *os.File
}

type overflowingLog struct {
	vfs.File
	overflowing
}

func (o overflowing) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	file, out, err := o.VFSFilename.OpenFilename(name, flags)
	if err == nil && flags&(vfs.OPEN_WAL|vfs.OPEN_MAIN_JOURNAL) != 0 {
		return overflowingLog{file, o}, out, nil
	}
	return file, out, err
}

func (l overflowingLog) WriteAt(p []byte, at int64) (int, error) {
	if l.full.Load() {
		return l.disk.Write(p)
	}
	return l.File.WriteAt(p, at)
}

func TestDiskThatIsFullIsSaidToBeFull(t *testing.T) {
	disk, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("this system has no full disk to try: %v", err)
	}
	defer disk.Close()
	var full atomic.Bool
	system(t, func(v vfs.VFSFilename) vfs.VFSFilename { return overflowing{v, &full, disk} })
	dir := t.TempDir()
	s := openClear(t, filepath.Join(dir, DatabaseName))
	keep(t, s, someRun, 0, "before")

	full.Store(true)
	err = s.Append(t.Context(), someRun, flows.Record{Seq: 1, Event: flows.Noted{Text: "lost"}})
	if !errors.Is(err, ErrFull) || !strings.HasSuffix(err.Error(), "cannot grow: the disk is full") {
		t.Errorf("append: %v", err)
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "new", DatabaseName), Options{}); !errors.Is(err, ErrFull) {
		t.Errorf("a new one: %v", err)
	}
	if got := textOf(t, s, someRun, 0); got != "before" {
		t.Errorf("read %q", got)
	}
	full.Store(false)
	keep(t, s, someRun, 1, "after")
	if got := textOf(t, s, someRun, 1); got != "after" {
		t.Errorf("read %q", got)
	}
}

// lockless is a file system without the locks that a database needs.
type lockless struct{ vfs.VFSFilename }

type locklessFile struct{ vfs.File }

func (l lockless) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	file, flags, err := l.VFSFilename.OpenFilename(name, flags)
	if err != nil {
		return nil, flags, err
	}
	return locklessFile{file}, flags, nil
}

func (locklessFile) Lock(vfs.LockLevel) error { return syscall.EINVAL }

func TestFileSystemWithoutLocks(t *testing.T) {
	system(t, func(v vfs.VFSFilename) vfs.VFSFilename { return lockless{v} })
	_, err := Open(t.Context(), filepath.Join(t.TempDir(), DatabaseName), Options{})
	if !errors.Is(err, ErrUnwritable) || !strings.Contains(err.Error(), "cannot be locked") {
		t.Errorf("%v", err)
	}
}

func TestHistoryBehindALink(t *testing.T) {
	three := []string{DatabaseName, DatabaseName + "-shm", DatabaseName + "-wal"}
	for _, before := range []string{"a history", "nothing", "damage"} {
		t.Run(before, func(t *testing.T) {
			home, away := t.TempDir(), t.TempDir()
			path, file := filepath.Join(home, DatabaseName), filepath.Join(away, DatabaseName)
			names := three
			switch before {
			case "a history":
				s := openClear(t, file)
				keep(t, s, someRun, 0, "kept")
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			case "damage":
				if err := os.WriteFile(file, []byte("this is no database"), 0o644); err != nil {
					t.Fatal(err)
				}
				names = append(three[:3:3], DatabaseName+".damaged-20261121-120000")
			}
			if err := os.Symlink(file, path); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), path, Options{
				Redact: func(_ flows.RunID, e flows.Event) flows.Event { return e },
				Now:    func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if before != "a history" {
				keep(t, s, someRun, 0, "kept")
			}
			keep(t, s, someRun, 1, "more")
			if textOf(t, s, someRun, 0) != "kept" || textOf(t, s, someRun, 1) != "more" {
				t.Error("it reads otherwise")
			}
			onlyOwn(t, home)
			onlyOwn(t, away, names...)
			if to, err := os.Readlink(path); err != nil || to != file {
				t.Errorf("the link leads to %q, %v", to, err)
			}
			if notes := s.Notes(); (before == "damage") != (len(notes) == 1 && strings.Contains(notes[0], away)) {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

// TestOnlyWhatWasMetIsSetAside: when another process has set the damage aside, what stands there
// now is its new history.
func TestOnlyWhatWasMetIsSetAside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, DatabaseName)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(path, []byte("damage"), 0o600))
	met, err := os.Stat(path)
	must(err)
	s := &Store{path: path, found: met}
	must(os.Rename(path, path+".kept")) // the same file stays, so that the next one cannot be taken for it
	must(os.WriteFile(path, []byte("another's"), 0o600))
	must(s.setAside())
	if data, err := os.ReadFile(path); err != nil || string(data) != "another's" || len(s.Notes()) != 0 {
		t.Errorf("%q, %v, %q", data, err, s.Notes())
	}
	for _, found := range []func() (os.FileInfo, error){func() (os.FileInfo, error) { return os.Stat(path) }, func() (os.FileInfo, error) { return nil, nil }} {
		s.found, err = found()
		must(err)
		s.notes = nil
		must(s.setAside())
		if data, err := os.ReadFile(path); err != nil || len(data) != 0 || len(s.Notes()) != 1 {
			t.Errorf("%q, %v, %q", data, err, s.Notes())
		}
	}
}

// TestFilesFromElsewhere have been copied with whatever modes.
func TestFilesFromElsewhere(t *testing.T) {
	for _, mode := range []fs.FileMode{0o644, 0o666, 0o400} {
		dir := t.TempDir()
		path := filepath.Join(dir, DatabaseName)
		first := openClear(t, path)
		keep(t, first, someRun, 0, "kept")
		copied := filepath.Join(t.TempDir(), DatabaseName) // as a killed process leaves it: with its log
		for _, suffix := range []string{"", "-wal", "-shm"} {
			data, err := os.ReadFile(path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(copied+suffix, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if suffix != "" || mode != 0o400 {
				if err := os.Chmod(copied+suffix, mode); err != nil {
					t.Fatal(err)
				}
			}
		}
		s := openClear(t, copied)
		keep(t, s, someRun, 1, "more")
		if got := textOf(t, s, someRun, 0); got != "kept" {
			t.Errorf("%v: read %q", mode, got)
		}
		onlyOwn(t, filepath.Dir(copied), DatabaseName, DatabaseName+"-shm", DatabaseName+"-wal")
	}
}

// TestLinksBesideTheDatabaseAreNotFollowed: in a folder that others write to they may lead to
// anything of the user's.
func TestLinksBesideTheDatabaseAreNotFollowed(t *testing.T) {
	for _, suffix := range []string{"-shm", "-wal"} {
		for _, there := range []bool{true, false} {
			path := filepath.Join(t.TempDir(), DatabaseName)
			if err := openClear(t, path).Close(); err != nil {
				t.Fatal(err)
			}
			other := filepath.Join(t.TempDir(), "other")
			if there {
				if err := os.WriteFile(other, []byte("mine"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Symlink(other, path+suffix); err != nil {
				t.Fatal(err)
			}
			if s, err := Open(t.Context(), path, Options{}); !errors.Is(err, ErrUnwritable) {
				t.Errorf("%s: %v, %v", suffix, s, err)
			}
			data, err := os.ReadFile(other)
			info, _ := os.Stat(other)
			if there && (!bytes.Equal(data, []byte("mine")) || info.Mode().Perm() != 0o644) || !there && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %q, %v, %v", suffix, data, info, err)
			}
		}
	}
}

func TestFilesMadeByRootAreTheDatabasesOwners(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can make files for others")
	}
	const somebody = 12345
	path := filepath.Join(t.TempDir(), DatabaseName)
	if err := openClear(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, somebody, somebody); err != nil {
		t.Fatal(err)
	}
	keep(t, openClear(t, path), someRun, 0, "by root")
	for _, suffix := range []string{"-wal", "-shm"} {
		if uid, gid, ok := ownerOf(path + suffix); !ok || uid != somebody || gid != somebody {
			t.Errorf("%s belongs to %d, %d", suffix, uid, gid)
		}
	}
}

func TestPathThatIsTooLong(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "short")
	for len(dir) < 1100 {
		dir = filepath.Join(dir, strings.Repeat("d", min(200, max(1, longestPath-len(dir)-len(DatabaseName)-2))))
		path := filepath.Join(dir, DatabaseName)
		s, err := Open(t.Context(), path, Options{Redact: func(_ flows.RunID, e flows.Event) flows.Event { return e }})
		if len(path) <= longestPath {
			if err != nil {
				t.Fatalf("%d bytes: %v", len(path), err)
			}
			keep(t, s, someRun, 0, "x")
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			continue
		}
		if !errors.Is(err, ErrUnwritable) || !strings.Contains(err.Error(), "OAUTHLENS_HOME") || len(err.Error()) > 200 {
			t.Errorf("%d bytes: %v", len(path), err)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, DatabaseName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), filepath.Join(link, DatabaseName), Options{}); !errors.Is(err, ErrUnwritable) || !strings.Contains(err.Error(), "bytes") {
		t.Errorf("by a link: %v", err)
	}
}

// TestEndOfAWait: when the caller gives up, it is not said that another process writes for
// too long.
func TestEndOfAWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), DatabaseName)
	s, other := openClear(t, path), openClear(t, path)
	keep(t, s, someRun, 0, "x")
	writing, err := other.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Append(ctx, someRun, flows.Record{Seq: 1, Event: flows.Noted{}}); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrBusy) {
		t.Errorf("%v", err)
	}
	if err := writing.Rollback(); err != nil {
		t.Fatal(err)
	}
	keep(t, s, someRun, 1, "then")
}

// TestLargeEvents fit into the memory of a connection, and of the log.
func TestLargeEvents(t *testing.T) {
	s := openClear(t, filepath.Join(t.TempDir(), DatabaseName))
	for i, size := range []int{1 << 20, 16 << 20} {
		run := flows.RunID("00000000000000a" + string(rune('0'+i)))
		text := strings.Repeat("0123456789abcdef", size/16)
		keep(t, s, run, 0, text)
		keep(t, s, run, 1, "after")
		if textOf(t, s, run, 0) != text || textOf(t, s, run, 1) != "after" {
			t.Errorf("%d bytes read otherwise", size)
		}
	}
	if verdict, err := s.IntegrityCheck(t.Context()); verdict != "ok" {
		t.Errorf("%s, %v", verdict, err)
	}
}
