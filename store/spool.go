package store

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"oauthlens/flows"
)

// Spool keeps a short run beside the database, in a file of its own: to open the database
// takes longer than the run. Whoever opens the history next takes the file in, see
// [Store.TakeIn]. Payloads are sealed or redacted as they are in the database.
//
// The file is a sequence of entries: length (4 bytes), CRC-32 (4 bytes), then the entry.
// One that was cut off by the end of its process is not read, and was never said to be
// kept.
type Spool struct {
	path    string
	options Options
	run     flows.RunID
	pending []byte
}

const (
	spoolFolder = "spool"
	// spoolSuffix names the form of the file: a version that writes another form uses
	// another name, and leaves these alone or reads them.
	spoolSuffix = ".run1"
	takenSuffix = ".taken"
	// mostSpooled bounds the waiting runs: the next one opens the database, and takes them
	// in.
	mostSpooled = 32
)

// NewSpool is the spool of a run beside the database at path. It is nil when the run has
// to go to the database itself: there is none yet, it is not in its usual state, or
// enough runs wait already.
func NewSpool(path string, run flows.RunID, options Options) *Spool {
	if checkRunID(run) != nil || !ordinary(path) {
		return nil
	}
	folder := filepath.Join(filepath.Dir(path), spoolFolder)
	if !roomFor(folder, options.now()) {
		return nil
	}
	if options.Sealer != nil && !options.Sealer.CanSeal() {
		options.Sealer = nil // a key that is made meanwhile is for the next run
	}
	return &Spool{path: filepath.Join(folder, string(run)+spoolSuffix), options: options, run: run}
}

// roomFor tells that another run can wait in the folder now. They are taken in by their
// times: after the clock was set back, before those that wait there, of which the newest has
// the time of the folder.
func roomFor(folder string, now time.Time) bool {
	f, err := os.Open(folder)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close()
	waiting, err := f.Readdirnames(mostSpooled)
	if err != nil { // at once if there is none
		return err == io.EOF
	}
	info, err := f.Stat()
	return len(waiting) < mostSpooled && err == nil && !info.ModTime().After(now.Add(flows.ClockStep))
}

// ordinary tells that the file at path is a database of ours, of this version, that can be
// written to, and that nothing speaks against it (SQLite file format, section 1.3).
func ordinary(path string) bool {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	header := make([]byte, 100)
	if _, err := io.ReadFull(f, header); err != nil || !strings.HasPrefix(string(header), "SQLite format 3\x00") {
		return false
	}
	if binary.BigEndian.Uint32(header[68:]) != applicationID || binary.BigEndian.Uint32(header[60:]) != uint32(len(migrations)) {
		return false
	}
	_, err = os.Lstat(suspectMark(path))
	return errors.Is(err, fs.ErrNotExist)
}

// The kinds of entries.
const (
	entryBegin = 'b'
	entryEvent = 'e'
	entryEnd   = 'f'
)

// Begin is [Store.Begin].
func (s *Spool) Begin(meta RunMeta) {
	e := s.begin(entryBegin)
	e.text(meta.Kind, meta.Provider, meta.Environment, string(meta.Grant))
	e.number(nanoseconds(meta.Started))
	s.end(e)
}

// Append is [Store.Append].
func (s *Spool) Append(rec flows.Record) error {
	p, err := s.options.payloadOf(s.run, rec)
	if err != nil {
		return err
	}
	e := s.begin(entryEvent)
	e.number(int64(rec.Seq))
	sealed := int64(0)
	if p.sealed {
		sealed = 1
	}
	e.number(sealed)
	e.text(p.kind, p.at)
	e.bytes(p.data)
	s.end(e)
	return nil
}

// Finish is [Store.Finish].
func (s *Spool) Finish(ending Ending, at time.Time) {
	e := s.begin(entryEnd)
	e.text(string(ending.Outcome), ending.Finding)
	e.number(nanoseconds(ending.ExpiresAt))
	e.number(nanoseconds(at))
	s.end(e)
}

const (
	// headLength is that of length and checksum before an entry.
	headLength = 8
	// usual is a little more than the bytes of a run of one request.
	usual = 8 << 10
)

// begin begins an entry of this kind behind those that are pending, with room for its head.
func (s *Spool) begin(kind byte) entry {
	if s.pending == nil {
		s.pending = make([]byte, 0, usual)
	}
	return append(s.pending, 0, 0, 0, 0, 0, 0, 0, 0, kind)
}

// end makes an entry that begin began pending, too.
func (s *Spool) end(e entry) {
	head, body := e[len(s.pending):], e[len(s.pending)+headLength:]
	binary.BigEndian.PutUint32(head, uint32(len(body)))
	binary.BigEndian.PutUint32(head[4:], crc32.ChecksumIEEE(body))
	s.pending = e
}

// Write puts what was added since the last time into the file, all of it or nothing. When
// it returns nil it survives the end of this process, however it ends.
func (s *Spool) Write() error {
	// Another process may take the file in between its opening and the writing. Then what
	// was written may or may not have been read, so it is written again: to be taken in
	// twice does no harm.
	for range mostSpooled {
		kept, err := s.write()
		if err != nil {
			return explained(s.path, err)
		}
		if kept {
			s.pending = s.pending[:0]
			return nil
		}
	}
	return &Problem{Kind: ErrBusy, Sentence: "the run is taken in by other processes again and again: " + s.path}
}

func (s *Spool) write() (kept bool, err error) {
	const mode = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	f, err := os.OpenFile(s.path, mode, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeFolder(filepath.Dir(s.path)); err == nil {
			f, err = os.OpenFile(s.path, mode, 0o600)
		}
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return false, err
	}
	if _, err := f.Write(s.pending); err != nil {
		return false, errors.Join(err, f.Truncate(before.Size()))
	}
	now, err := os.Stat(s.path)
	return err == nil && os.SameFile(before, now), nil
}

// entry is an entry as it is written, behind those before it.
type entry []byte

func (e *entry) text(values ...string) {
	for _, v := range values {
		*e = binary.AppendUvarint(*e, uint64(len(v)))
		*e = append(*e, v...)
	}
}

func (e *entry) bytes(value []byte) {
	*e = binary.AppendUvarint(*e, uint64(len(value)))
	*e = append(*e, value...)
}

func (e *entry) number(n int64) { *e = binary.AppendVarint(*e, n) }
