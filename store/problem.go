package store

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/ncruces/go-sqlite3"
)

// The kinds of problems, for errors.Is.
var (
	ErrNotFound   = errors.New("not found")
	ErrAmbiguous  = errors.New("ambiguous")
	ErrUsage      = errors.New("wrong usage")
	ErrExists     = errors.New("exists already")
	ErrReadOnly   = errors.New("read only")
	ErrUnwritable = errors.New("cannot be written")
	ErrFull       = errors.New("disk full")
	ErrBusy       = errors.New("busy")
	ErrDamaged    = errors.New("damaged")
	ErrForeign    = errors.New("another program's")
	ErrNoKey      = errors.New("no key")
)

// Problem is an error with the one sentence that a person reads: what happened, why,
// what to try. Kind is one of the errors above.
type Problem struct {
	Kind     error
	Sentence string
	Err      error // what the system said, may be nil
}

func (p *Problem) Error() string { return p.Sentence }

// Unwrap gives the kind and the cause.
func (p *Problem) Unwrap() []error {
	if p.Err == nil {
		return []error{p.Kind}
	}
	return []error{p.Kind, p.Err}
}

// explained turns an error of the driver or the system into a Problem. Errors that are
// problems already, or that belong to the caller's context, pass unchanged.
func explained(path string, err error) error {
	var problem *Problem
	if err == nil || errors.As(err, &problem) {
		return err
	}
	sentence, kind := classify(err)
	if kind == nil {
		return err
	}
	return &Problem{Kind: kind, Sentence: "history " + path + " " + sentence, Err: err}
}

func classify(err error) (sentence string, kind error) {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "cannot grow: the disk is full", ErrFull
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrNotExist):
		return "cannot be written: choose another folder with OAUTHLENS_HOME", ErrUnwritable
	case errors.Is(err, syscall.EIO):
		return "cannot be read or written: the disk reports an error", ErrUnwritable
	case errors.Is(err, syscall.ENOMEM):
		return "cannot be opened: the system gives no more memory (see ulimit -v)", ErrUnwritable
	}
	var code sqlite3.ErrorCode
	if !errors.As(err, &code) {
		return "", nil
	}
	switch code {
	case sqlite3.BUSY, sqlite3.LOCKED:
		return "is being written by another process for too long", ErrBusy
	case sqlite3.FULL:
		return "cannot grow: the disk is full", ErrFull
	case sqlite3.CORRUPT, sqlite3.NOTADB:
		return "is damaged: it will be set aside at the next start", ErrDamaged
	case sqlite3.READONLY, sqlite3.CANTOPEN, sqlite3.PERM:
		return "cannot be written: choose another folder with OAUTHLENS_HOME", ErrUnwritable
	case sqlite3.IOERR:
		if errors.Is(err, sqlite3.IOERR_LOCK) || errors.Is(err, sqlite3.IOERR_RDLOCK) {
			return "cannot be locked, which not every file system allows: choose another folder with OAUTHLENS_HOME", ErrUnwritable
		}
		return "cannot be read or written: the disk is full, or reports an error", ErrUnwritable
	case sqlite3.CONSTRAINT:
		if errors.Is(err, sqlite3.CONSTRAINT_UNIQUE) || errors.Is(err, sqlite3.CONSTRAINT_PRIMARYKEY) {
			return "holds this run or event already", ErrExists
		}
	}
	return "", nil
}
