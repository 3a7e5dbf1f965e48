package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/ncruces/go-sqlite3"
	sqlite "github.com/ncruces/go-sqlite3/driver"
	"github.com/ncruces/go-sqlite3/vfs"
)

// files opens the files of the history for SQLite. The driver's own way makes a log for
// everybody and then takes that back, makes the index of the log for everybody, and forgets
// that the disk was full by the time it tells of an error.
type files struct{ vfs.VFSFilename }

// filesName is how a database's name asks for files.
const filesName = "oauthlens"

func registerFiles() {
	if system, ok := vfs.Find("").(vfs.VFSFilename); ok && vfs.Find(filesName) == nil {
		vfs.Register(filesName, files{system})
	}
}

// OpenFilename opens a file that is its owner's alone before it opens it.
func (f files) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	const logs = vfs.OPEN_WAL | vfs.OPEN_MAIN_JOURNAL
	switch {
	case flags&vfs.OPEN_MAIN_DB != 0:
		makePrivate(name.String()+"-shm", name.String())
	case flags&logs != 0 && flags&vfs.OPEN_CREATE != 0:
		makePrivate(name.String(), name.Database())
	}
	file, flags, err := f.VFSFilename.OpenFilename(name, flags)
	if err != nil || flags&logs == 0 {
		return file, flags, err
	}
	return logFile{file}, flags, nil
}

// makePrivate makes a file beside the database for the database's owner alone, or makes one
// that is there so. What cannot be done is told when SQLite opens the file. No link is
// followed: SQLite follows none there, and it may be a stranger's.
func makePrivate(path, database string) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		if uid, gid, ok := ownerOf(database); ok { // a visit of root's makes nothing that only root can write
			_ = f.Chown(uid, gid)
		}
		f.Close()
		return
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() && info.Mode().Perm() != 0o600 {
		_ = os.Chmod(path, 0o600)
	}
}

// logFile is a journal or a write-ahead log: all that is new goes there first.
type logFile struct{ vfs.File }

// WriteAt tells SQLite of a full disk by its name.
func (l logFile) WriteAt(p []byte, at int64) (int, error) {
	n, err := l.File.WriteAt(p, at)
	if errors.Is(err, syscall.ENOSPC) {
		err = vfs.SystemError(err, sqlite3.FULL)
	}
	return n, err
}

// longestPath is how long the path of a database can be in bytes: SQLite has 1024 for it,
// with what is added for its log.
const longestPath = 1000

// resolved is the database file itself, where the path is a link to it.
func resolved(path string) string {
	if file, err := filepath.EvalSymlinks(path); err == nil {
		return file
	}
	return path
}

// connector makes connections to the database, of which each reserves its memory as addresses
// when it is made.
type connector struct{ driver.Connector }

// connectionMemory is far above what the largest event takes, and far below the driver's own
// 256 MiB, of which four connections are more than some systems let a process have.
const connectionMemory = 96 << 20

func openDatabase(dsn string) (*sql.DB, error) {
	registerFiles()
	c, err := (&sqlite.SQLite{}).OpenConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector{c}), nil
}

// Connect makes a connection. That there are no addresses left is an error here, and a panic
// in the driver.
func (c connector) Connect(ctx context.Context) (conn driver.Conn, err error) {
	defer func() {
		r := recover()
		if cause, ok := r.(error); ok && errors.Is(cause, syscall.ENOMEM) {
			conn, err = nil, cause
		} else if r != nil {
			panic(r)
		}
	}()
	return c.Connector.Connect(sqlite3.WithMaxMemory(ctx, connectionMemory))
}
