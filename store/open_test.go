package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/store"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openAt(t *testing.T, path string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), path, store.Options{Sealer: xorSealer{}, Now: func() time.Time { return noon }})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// written makes a database with a few runs, closed.
func written(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), store.DatabaseName)
	s := openAt(t, path)
	for n := 1; n <= 20; n++ {
		write(t, s, meta(n, "truss", "sandbox"), sampleEvents()...)
	}
	must(t, s.Close())
	return path
}

func TestDamagedDatabaseIsSetAside(t *testing.T) {
	page := func(data []byte, n int) []byte { return data[(n-1)*4096 : n*4096] }
	tests := []struct {
		name   string
		damage func([]byte) []byte
	}{
		{"text", func([]byte) []byte { return []byte("this was never a database\n") }},
		{"a few bytes", func(data []byte) []byte { return data[:50] }},
		{"zeros", func(data []byte) []byte { return make([]byte, len(data)) }},
		{"cut in the first page", func(data []byte) []byte { return data[:1000] }},
		{"only the header", func(data []byte) []byte { return data[:4096] }},
		{"schema overwritten", func(data []byte) []byte {
			copy(page(data, 1)[100:], bytes.Repeat([]byte{0xee}, 3000))
			return data
		}},
		{"a magic of something else", func(data []byte) []byte { copy(data, "SQLite format 4"); return data }},
		{"every table overwritten", func(data []byte) []byte {
			copy(data[4096:], bytes.Repeat([]byte{0xee}, len(data)))
			return data
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := written(t)
			data, err := os.ReadFile(path)
			must(t, err)
			data = tt.damage(data)
			must(t, os.WriteFile(path, data, 0o600))
			s := openAt(t, path)
			aside := path + ".damaged-20261121-120000"
			if kept, err := os.ReadFile(aside); err != nil || !bytes.Equal(kept, data) {
				t.Errorf("not set aside as it was: %v", err)
			}
			if notes := s.Notes(); len(notes) != 1 || !strings.Contains(notes[0], aside) {
				t.Errorf("notes %q", notes)
			}
			write(t, s, meta(1, "truss", "sandbox"), sampleEvents()...)
			if runs, err := s.List(t.Context(), store.Query{}); err != nil || len(runs) != 1 {
				t.Errorf("the new one: %d runs, %v", len(runs), err)
			}
			must(t, s.Close())
			if s := openAt(t, path); len(s.Notes()) != 0 {
				t.Errorf("said again: %q", s.Notes())
			}
		})
	}
}

func TestSecondDamageGetsAnotherName(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.DatabaseName)
	for range 3 {
		must(t, os.WriteFile(path, []byte("garbage garbage"), 0o600))
		s := openAt(t, path)
		must(t, s.Close())
	}
	for _, name := range []string{"", "-2", "-3"} {
		if _, err := os.Stat(path + ".damaged-20261121-120000" + name); err != nil {
			t.Error(err)
		}
	}
}

func TestDamageMetLaterIsSetAsideAtTheNextStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.DatabaseName)
	s := openAt(t, path)
	big := flows.Noted{Text: strings.Repeat("x", 5000)}
	for n := 1; n <= 60; n++ {
		write(t, s, meta(n, "truss", "sandbox"), big, big, big)
	}
	must(t, s.Close())
	data, err := os.ReadFile(path)
	must(t, err)
	for at := len(data) / 4; at < len(data)*3/4; at += 4096 {
		copy(data[at/4096*4096:], bytes.Repeat([]byte{0xee}, 64))
	}
	must(t, os.WriteFile(path, data, 0o600))

	s = openAt(t, path)
	if len(s.Notes()) > 0 {
		t.Fatalf("the probes saw it already: %q", s.Notes())
	}
	met := false
	for n := 1; n <= 60; n++ {
		_, err := s.Load(t.Context(), runID(n))
		met = met || errors.Is(err, store.ErrDamaged)
	}
	if !met {
		t.Fatal("no run met the damage")
	}
	must(t, s.Close())
	s = openAt(t, path)
	if len(s.Notes()) != 1 {
		t.Errorf("notes %q", s.Notes())
	}
	if _, err := os.Stat(s.SuspectMark()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the mark is still there: %v", err)
	}
}

func TestSoundDatabaseUnderSuspicionIsKept(t *testing.T) {
	path := written(t)
	must(t, os.WriteFile(path+".suspect", nil, 0o600))
	s := openAt(t, path)
	if runs, err := s.List(t.Context(), store.Query{}); err != nil || len(runs) != 20 || len(s.Notes()) != 0 {
		t.Errorf("%d runs, %v, %q", len(runs), err, s.Notes())
	}
	if _, err := os.Stat(s.SuspectMark()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the mark is still there: %v", err)
	}
}

func TestDatabaseOfAnotherProgramIsLeftAlone(t *testing.T) {
	for name, statement := range map[string]string{
		"unmarked": "CREATE TABLE bookmarks (url TEXT)",
		"marked":   "PRAGMA application_id = 252006675; CREATE TABLE bookmarks (url TEXT)",
		"in WAL":   "PRAGMA journal_mode = wal; CREATE TABLE bookmarks (url TEXT)",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), store.DatabaseName)
			db, err := sql.Open("sqlite3", path)
			must(t, err)
			_, err = db.Exec(statement)
			must(t, err)
			must(t, db.Close())
			before, err := os.ReadFile(path)
			must(t, err)
			_, err = store.Open(t.Context(), path, store.Options{})
			if !errors.Is(err, store.ErrForeign) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v", err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("it was touched: %v", err)
			}
			if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
				t.Errorf("files beside it: %v", entries)
			}
		})
	}
}

func TestNewerDatabaseIsOnlyRead(t *testing.T) {
	for _, checkpointed := range []bool{true, false} {
		path := written(t)
		s := openAt(t, path)
		must(t, s.Exec(t.Context(), "ALTER TABLE runs ADD COLUMN colour TEXT DEFAULT 'blue'"))
		must(t, s.Exec(t.Context(), "PRAGMA user_version = 99"))
		if checkpointed {
			must(t, s.Close())
		}
		newer := openAt(t, path)
		if notes := newer.Notes(); !newer.ReadOnly() || len(notes) != 1 || !strings.Contains(notes[0], "newer oauthlens") {
			t.Errorf("read only %v, %q", newer.ReadOnly(), notes)
		}
		if trace, err := newer.Load(t.Context(), runID(3)); err != nil || len(trace.Records) != 4 {
			t.Errorf("%d events, %v", len(trace.Records), err)
		}
		for name, err := range map[string]error{
			"begin": newer.Begin(t.Context(), meta(50, "truss", "sandbox")), "append": newer.Append(t.Context(), runID(3), flows.Record{Seq: 9, Event: flows.Noted{}}),
			"delete": newer.Delete(t.Context(), runID(3)), "client": newer.SaveClient(t.Context(), store.ClientSettings{}),
			"past the store": newer.Exec(t.Context(), "DELETE FROM runs"),
		} {
			if err == nil || name != "past the store" && !errors.Is(err, store.ErrReadOnly) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	paths := map[string]string{"below a file": filepath.Join(file, "data", store.DatabaseName), "a folder": t.TempDir()}
	if info, err := os.Stat("/proc/self"); err == nil && info.IsDir() {
		paths["a file system that cannot be written"] = "/proc/oauthlens/" + store.DatabaseName
		paths["a folder that cannot be written"] = "/proc/" + store.DatabaseName
	}
	for name, path := range paths {
		_, err := store.Open(t.Context(), path, store.Options{})
		var problem *store.Problem
		if !errors.As(err, &problem) || !errors.Is(err, store.ErrUnwritable) || !strings.Contains(err.Error(), "OAUTHLENS_HOME") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFullDisk(t *testing.T) {
	s := openSQLite(t, store.Options{Sealer: xorSealer{}})
	write(t, s, meta(1, "truss", "sandbox"), flows.Noted{Text: "before"})
	must(t, s.Exec(t.Context(), "PRAGMA max_page_count = 1"))
	var err error
	saved := 1
	for ; err == nil && saved < 1000; saved++ {
		err = s.Append(t.Context(), runID(1), flows.Record{Seq: saved, At: noon, Event: flows.Noted{Text: strings.Repeat("x", 10_000)}})
	}
	if !errors.Is(err, store.ErrFull) || !strings.Contains(err.Error(), "the disk is full") {
		t.Fatalf("%v", err)
	}
	must(t, s.Exec(t.Context(), "PRAGMA max_page_count = 100000"))
	must(t, s.Append(t.Context(), runID(1), flows.Record{Seq: saved, At: noon, Event: flows.Noted{Text: "room again"}}))
	trace, err := s.Load(t.Context(), runID(1))
	must(t, err)
	if last := trace.Records[len(trace.Records)-1].Event; last != (flows.Noted{Text: "room again"}) || trace.Records[saved-1].Event != (flows.Noted{Text: "event " + strconv.Itoa(saved-1) + " was not saved"}) {
		t.Errorf("after a full disk: %v", last)
	}
}

func TestFilesAreForTheUserOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "home", "data")
	s := openAt(t, filepath.Join(dir, store.DatabaseName))
	write(t, s, meta(1, "truss", "sandbox"), sampleEvents()...)
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) < 3 {
		t.Errorf("files %v", entries)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", entry.Name(), info.Mode())
		}
	}
	for _, folder := range []string{dir, filepath.Dir(dir)} {
		if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", folder, info.Mode(), err)
		}
	}
	must(t, s.Close())
	must(t, os.Chmod(s.Path(), 0o644))
	openAt(t, s.Path())
	if info, err := os.Stat(s.Path()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a loose file was left: %v, %v", info.Mode(), err)
	}
}

// holds tells which of the texts stand in any file of the folder.
func holds(t *testing.T, dir string, texts ...string) []string {
	t.Helper()
	var found []string
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, text := range texts {
			if bytes.Contains(data, []byte(text)) {
				found = append(found, filepath.Base(path)+": "+text)
			}
		}
		return err
	}))
	return found
}

var rawSecrets = []string{"ClientSecretClientSecret", "StateStateStateState", "VerifierVerifierVerifier", "CodeCodeCodeCode", "AccessAccessAccess"}

func TestSealedRunsHoldNoSecretInClear(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.DatabaseName)
	s := openAt(t, path)
	write(t, s, meta(1, "truss", "sandbox"), sampleEvents()...)
	must(t, s.MarkSent(t.Context(), runID(1), store.SentCode, store.SentHash(keyOne, store.SentCode, "CodeCodeCodeCode"), noon))
	if found := holds(t, filepath.Dir(path), rawSecrets...); len(found) > 0 {
		t.Errorf("in clear: %q", found)
	}
	if m, err := s.Meta(t.Context(), runID(1)); err != nil || m.Redacted {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestDeletedRunLeavesNothing(t *testing.T) {
	for name, remove := range map[string]func(*store.Store) error{
		"delete": func(s *store.Store) error { return s.Delete(t.Context(), runID(2)) },
		"prune":  func(s *store.Store) error { _, err := s.Prune(t.Context(), noon.Add(3*time.Minute), 0); return err },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), store.DatabaseName)
			s, err := store.Open(t.Context(), path, store.Options{Redact: clear})
			must(t, err)
			defer s.Close()
			for n := 2; n <= 4; n++ {
				text := strings.Repeat("text of run "+strconv.Itoa(n)+" ", 500)
				write(t, s, meta(n, "truss", "sandbox"), flows.Noted{Text: text}, flows.Noted{Text: text})
			}
			if found := holds(t, filepath.Dir(path), "text of run 2"); len(found) == 0 {
				t.Fatal("the text was not there to begin with")
			}
			must(t, remove(s))
			if found := holds(t, filepath.Dir(path), "text of run 2"); len(found) > 0 {
				t.Errorf("left: %q", found)
			}
			if _, err := s.Load(t.Context(), runID(3)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPathWithOddCharacters(t *testing.T) {
	for _, name := range []string{"a b?c#d%41&é'", "+plus+", "a;b=c", "100%", "x\\y", ":memory:", "file:x?vfs=memdb", " ", "line\nbreak\ttab", "\xff\xfe\x80", "\x1b[31m"} {
		t.Run(strconv.Quote(name), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name, store.DatabaseName)
			s := openAt(t, path)
			write(t, s, meta(1, "truss", "sandbox"))
			for _, suffix := range []string{"", "-wal", "-shm"} {
				if _, err := os.Stat(path + suffix); err != nil {
					t.Error(err)
				}
			}
			if entries, _ := os.ReadDir(filepath.Dir(filepath.Dir(path))); len(entries) != 1 {
				t.Errorf("files elsewhere: %v", entries)
			}
		})
	}
}
