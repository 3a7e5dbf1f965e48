package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Store is the history in a SQLite database. It is safe for concurrent use, by several
// processes too.
type Store struct {
	db       *sql.DB
	path     string
	options  Options
	notes    []string
	readOnly bool
	found    os.FileInfo // the file that Open met first
}

// busyTimeout is how long a writer waits for the other processes.
const busyTimeout = 10 * time.Second

// Open opens the history at path and creates it, with its folder, where there is none.
// A damaged database is set aside under another name and a new one begun; a newer one
// is opened for reading; [Store.Notes] says so. A database of another program is
// refused and left alone. Every error is a [Problem]: the caller can go on with
// [NewMemory].
func Open(ctx context.Context, path string, options Options) (*Store, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, explained(path, err)
	}
	if real := resolved(abs); max(len(abs), len(real)) > longestPath {
		return nil, &Problem{Kind: ErrUnwritable, Sentence: fmt.Sprintf("the path of the history has %d bytes, and SQLite takes at most %d: choose another folder with OAUTHLENS_HOME",
			max(len(abs), len(real)), longestPath)}
	}
	s := &Store{path: abs, options: options}
	if err := s.prepareFile(ctx); err != nil {
		return nil, explained(abs, err)
	}
	err = s.openPatiently(ctx)
	if errors.Is(explained(abs, err), ErrDamaged) {
		if err = s.setAside(); err == nil {
			err = s.open(ctx)
		}
	}
	if err != nil {
		return nil, explained(abs, err)
	}
	return s, nil
}

// Notes are sentences about what happened at Open, for the person in front.
func (s *Store) Notes() []string { return append([]string(nil), s.notes...) }

// ReadOnly tells that nothing can be appended: the database is a newer version's.
func (s *Store) ReadOnly() bool { return s.readOnly }

// Path is the database file.
func (s *Store) Path() string { return s.path }

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

type fileKind int

const (
	fileEmpty fileKind = iota
	fileOurs
	fileForeign
	fileDamaged
)

// prepareFile sees to it that a file of ours, or an empty one, stands at the path, with
// mode 0600 before anything is in it.
func (s *Store) prepareFile(ctx context.Context) error {
	if err := makeFolder(filepath.Dir(s.path)); err != nil {
		return &Problem{Kind: ErrUnwritable, Err: err,
			Sentence: "the folder of the history " + s.path + " cannot be made: choose another with OAUTHLENS_HOME"}
	}
	s.found, _ = os.Stat(s.path)
	kind, err := fileKindAt(s.path)
	if kind == fileDamaged {
		// Another process may be writing the very first page.
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
		kind, err = fileKindAt(s.path)
	}
	if err != nil {
		return err
	}
	switch kind {
	case fileForeign:
		return &Problem{Kind: ErrForeign, Sentence: s.path + " is a database of another program: it was left alone; move it away, or choose another folder with OAUTHLENS_HOME"}
	case fileDamaged:
		return s.setAside()
	}
	return s.createFile()
}

// createFile makes the database for the user alone, or makes one that is there so.
func (s *Store) createFile() error {
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return f.Chmod(0o600)
	}
	return nil
}

// fileKindAt reads the header of the file (SQLite file format, section 1.3).
func fileKindAt(path string) (fileKind, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return fileEmpty, nil
	}
	if err != nil {
		return fileEmpty, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && !info.Mode().IsRegular() {
		return fileEmpty, &Problem{Kind: ErrUnwritable, Sentence: "history " + path + " is no file: choose another folder with OAUTHLENS_HOME"}
	}
	header := make([]byte, 100)
	n, err := io.ReadFull(f, header)
	switch {
	case n == 0 && err == io.EOF:
		return fileEmpty, nil
	case err == io.ErrUnexpectedEOF || !strings.HasPrefix(string(header), "SQLite format 3\x00"):
		return fileDamaged, nil
	case err != nil:
		return fileEmpty, err
	case binary.BigEndian.Uint32(header[68:]) == applicationID:
		return fileOurs, nil
	}
	if _, err := os.Stat(path + "-journal"); err == nil {
		// Our first transaction was cut off; SQLite takes it back when it opens.
		return fileOurs, nil
	}
	return fileForeign, nil
}

func (s *Store) dsn(pragmas ...string) string {
	slashed := filepath.ToSlash(s.path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed
	}
	values := url.Values{"_txlock": {"immediate"}, "vfs": {filesName}}
	values.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()))
	for _, p := range pragmas {
		values.Add("_pragma", p)
	}
	query := strings.ReplaceAll(values.Encode(), "+", "%20") // SQLite reads no plus sign as a blank
	return (&url.URL{Scheme: "file", Path: slashed, RawQuery: query}).String()
}

// openPatiently waits for other processes that open the same new database: whoever
// switches the write-ahead log on asks for all locks at once, and is refused at once.
func (s *Store) openPatiently(ctx context.Context) error {
	limit := time.After(busyTimeout / 2)
	for {
		err := s.open(ctx)
		if !errors.Is(explained(s.path, err), ErrBusy) {
			return err
		}
		select {
		case <-limit:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *Store) open(ctx context.Context) error {
	kind, err := fileKindAt(s.path)
	if err != nil {
		return err
	}
	if kind != fileOurs {
		if err := s.create(ctx); err != nil {
			return err
		}
	}
	db, err := s.connect("journal_mode(wal)", "synchronous(normal)", "foreign_keys(on)", "secure_delete(on)", autoCheckpoint)
	if err != nil {
		return err
	}
	if err := s.bringUp(ctx, db); err != nil {
		db.Close()
		return err
	}
	if s.readOnly {
		db.Close()
		if db, err = s.connect("query_only(on)"); err != nil {
			return err
		}
	}
	if err := s.probe(ctx, db); err != nil {
		db.Close()
		return err
	}
	s.db = db
	return nil
}

// autoCheckpoint bounds the log to about a megabyte: every process reads it whole when it
// starts, and a short run should not wait for that.
const autoCheckpoint = "wal_autocheckpoint(250)"

func (s *Store) connect(pragmas ...string) (*sql.DB, error) {
	db, err := openDatabase(s.dsn(pragmas...))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)
	return db, nil
}

// create gives a new database its schema under a rollback journal, before the
// write-ahead log is switched on: so the application id always stands in the file
// itself, where the next start looks for it. The disk is waited for once, at the end, and
// not seven times on the way: the journal on the way is for a killed process, which loses
// nothing that was written, and what a power cut could damage is still empty.
func (s *Store) create(ctx context.Context) error {
	db, err := s.connect("synchronous(off)")
	if err != nil {
		return err
	}
	err = migrate(ctx, db, migrations)
	if err == nil {
		_, err = db.ExecContext(ctx, "PRAGMA journal_mode=wal")
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	return s.syncFile()
}

func (s *Store) syncFile() error {
	f, err := os.OpenFile(s.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// bringUp migrates an older schema and notices a newer one.
func (s *Store) bringUp(ctx context.Context, db *sql.DB) error {
	version, err := schemaVersion(ctx, db)
	switch {
	case err != nil:
		return err
	case version < len(migrations):
		return migrate(ctx, db, migrations)
	case version > len(migrations):
		s.readOnly = true
		s.notes = append(s.notes, fmt.Sprintf("the history %s was written by a newer oauthlens (schema %d, this one knows %d): it is opened for reading only, and runs are not saved",
			s.path, version, len(migrations)))
	}
	return nil
}

func (s *Store) probe(ctx context.Context, db *sql.DB) error {
	if err := checkSuspect(ctx, db, s.path); err != nil {
		return err
	}
	for _, probe := range probes {
		rows, err := db.QueryContext(ctx, probe)
		if err == nil {
			err = drain(rows)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func drain(rows *sql.Rows) error {
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

// setAside moves the database out of the way, with its log, which without it is of no
// use to a new one. If the file is no longer the one that Open met, another process
// has done so already.
func (s *Store) setAside() error {
	if now, err := os.Stat(s.path); err == nil && s.found != nil && !os.SameFile(now, s.found) {
		return nil
	}
	file := resolved(s.path) // a link stays, and leads to the new one
	aside := file + ".damaged-" + s.options.now().Format("20060102-150405")
	for i := 2; ; i++ {
		if _, err := os.Lstat(aside); errors.Is(err, os.ErrNotExist) {
			break
		}
		aside = fmt.Sprintf("%s.damaged-%s-%d", file, s.options.now().Format("20060102-150405"), i)
	}
	if err := os.Rename(file, aside); err != nil {
		return err
	}
	_ = os.Chmod(aside, 0o600) // it may have come from elsewhere
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Rename(file+suffix, aside+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	os.Remove(suspectMark(s.path))
	s.notes = append(s.notes, fmt.Sprintf("the history was damaged: it is set aside as %s, and a new one is begun", aside))
	return s.createFile()
}

// suspectMark is the file that asks the next start for a thorough check: an operation
// met damage that the probes do not see.
func suspectMark(path string) string { return path + ".suspect" }

func checkSuspect(ctx context.Context, db *sql.DB, path string) error {
	if _, err := os.Lstat(suspectMark(path)); err != nil {
		return nil
	}
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return &Problem{Kind: ErrDamaged, Sentence: "history " + path + " is damaged"}
	}
	os.Remove(suspectMark(path))
	return nil
}

// failed explains the error of an operation, and leaves a mark if it was damage.
func (s *Store) failed(err error) error {
	err = explained(s.path, err)
	if errors.Is(err, ErrDamaged) {
		os.WriteFile(suspectMark(s.path), nil, 0o600)
	}
	return err
}
