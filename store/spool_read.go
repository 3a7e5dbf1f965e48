package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"oauthlens/flows"
)

// spooled is a run as it was read from its file.
type spooled struct {
	run    flows.RunID
	begin  *RunMeta // nil: only the rest of a run that was taken in before
	events []stored
	end    *Ending
	ended  time.Time

	path string
	old  bool // nobody will bring its beginning any more
	done bool // it can be removed
}

// abandoned is the age, by the file's own clock, after which the rest of a run whose
// beginning nobody brought belongs to a run that was deleted.
const abandoned = time.Minute

// TakeIn moves the runs that wait beside the database into it, in the order in which they
// began. Processes may do so at the same time, and while a run is being written.
func (s *Store) TakeIn(ctx context.Context) error {
	folder := filepath.Join(filepath.Dir(s.path), spoolFolder)
	waiting, err := os.ReadDir(folder)
	if err != nil || len(waiting) == 0 || s.readOnly {
		return nil // what cannot be seen now is taken in another time
	}
	var runs []spooled
	for _, file := range waiting {
		if r, ok := s.takeFile(folder, file.Name()); ok {
			runs = append(runs, r)
		}
	}
	slices.SortStableFunc(runs, func(a, b spooled) int { return a.began().Compare(b.began()) })
	return s.takeRuns(ctx, runs)
}

// takeRuns writes the runs that were read. A file that is gone was taken in by another
// process meanwhile, which may have deleted the run since: it must not come back.
func (s *Store) takeRuns(ctx context.Context, runs []spooled) error {
	err := s.transact(ctx, func(tx *sql.Tx) error {
		for i := range runs {
			if _, err := os.Lstat(runs[i].path); errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err := runs[i].takeIn(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	for _, r := range runs {
		if err == nil && r.done {
			os.Remove(r.path) // else it is taken in again, which changes nothing
		}
	}
	return err
}

// began is when the run began; what has no beginning comes after all that have.
func (r spooled) began() time.Time {
	if r.begin == nil {
		return time.Unix(1<<40, 0)
	}
	return r.begin.Started
}

// takeFile moves a file out of its writer's way, under a name that no other process gives,
// and reads it. One that was moved before, by a process that did not live to remove it, is
// read where it stands.
func (s *Store) takeFile(folder, name string) (spooled, bool) {
	id, rest, ours := strings.Cut(name, spoolSuffix)
	if !ours || checkRunID(flows.RunID(id)) != nil {
		return spooled{}, false
	}
	path := filepath.Join(folder, name)
	if rest == "" {
		taken := path + "." + rand.Text() + takenSuffix // process numbers are the same in two containers
		if err := os.Rename(path, taken); err != nil {
			return spooled{}, false // another process was faster
		}
		path = taken
	} else if !strings.HasSuffix(rest, takenSuffix) {
		return spooled{}, false
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return spooled{}, false
	}
	r := readSpooled(flows.RunID(id), data)
	r.path = path
	if info, err := os.Stat(path); err == nil {
		r.old = s.options.now().Sub(info.ModTime()) > abandoned
	}
	return r, true
}

// readSpooled reads the entries up to the first that is damaged.
func readSpooled(run flows.RunID, data []byte) spooled {
	r := spooled{run: run}
	for len(data) >= 8 {
		size, sum := binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:])
		data = data[8:]
		if uint64(size) > uint64(len(data)) || crc32.ChecksumIEEE(data[:size]) != sum || !r.read(&entryReader{rest: data[:size]}) {
			break
		}
		data = data[size:]
	}
	return r
}

func (r *spooled) read(e *entryReader) bool {
	switch e.kind() {
	case entryBegin:
		meta := RunMeta{Run: r.run, Kind: e.text(), Provider: e.text(), Environment: e.text(), Grant: flows.Grant(e.text()), Started: instant(e.number())}
		r.begin = &meta
	case entryEvent:
		seq, sealed := e.number(), e.number()
		event := stored{seq: int(seq), payload: payload{sealed: sealed == 1, kind: e.text(), at: e.text(), data: []byte(e.text())}}
		if e.short || seq < 0 {
			return false
		}
		r.events = append(r.events, event)
	case entryEnd:
		r.end = &Ending{Outcome: flows.Outcome(e.text()), Finding: e.text(), ExpiresAt: instant(e.number())}
		r.ended = instant(e.number())
	default:
		return false
	}
	return !e.short
}

// takeIn writes the run, and passes over what the database has already.
func (r *spooled) takeIn(ctx context.Context, tx *sql.Tx) error {
	b := &batch{Tx: tx, runs: map[flows.RunID]int64{}, redacted: map[flows.RunID]bool{}}
	_, err := b.number(ctx, r.run)
	switch {
	case errors.Is(err, ErrNotFound) && r.begin != nil:
		err = b.begin(ctx, *r.begin)
	case errors.Is(err, ErrNotFound):
		r.done = r.old
		return nil
	}
	for _, e := range r.events {
		if err != nil {
			return err
		}
		var there bool
		err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM events WHERE run = ? AND seq = ?)`, b.runs[r.run], e.seq).Scan(&there)
		if err == nil && !there {
			err = b.append(ctx, r.run, e.seq, e.payload)
		}
	}
	if err == nil && r.end != nil {
		err = b.finishOnce(ctx, r.run, *r.end, r.ended)
	}
	r.done = err == nil
	return err
}

// finishOnce records how a run ended, unless that is known: it may have gone on since.
func (b *batch) finishOnce(ctx context.Context, run flows.RunID, ending Ending, at time.Time) error {
	var known bool
	err := b.QueryRowContext(ctx, `SELECT outcome <> '' FROM runs WHERE n = ?`, b.runs[run]).Scan(&known)
	if err != nil || known {
		return err
	}
	return b.finish(ctx, run, ending, at)
}

// entryReader reads the values of an entry; short tells that there were not enough.
type entryReader struct {
	rest  []byte
	short bool
}

func (e *entryReader) kind() byte {
	if len(e.rest) == 0 {
		return 0
	}
	k := e.rest[0]
	e.rest = e.rest[1:]
	return k
}

func (e *entryReader) text() string {
	n, used := binary.Uvarint(e.rest)
	if used <= 0 || n > uint64(len(e.rest)-used) {
		e.short, e.rest = true, nil
		return ""
	}
	text := string(e.rest[used : used+int(n)])
	e.rest = e.rest[used+int(n):]
	return text
}

func (e *entryReader) number() int64 {
	n, used := binary.Varint(e.rest)
	if used <= 0 {
		e.short, e.rest = true, nil
		return 0
	}
	e.rest = e.rest[used:]
	return n
}
