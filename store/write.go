package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"oauthlens/flows"
)

// transact runs f inside BEGIN IMMEDIATE: a writer never starts as a reader, so it can
// only wait for the others, not collide with them.
func (s *Store) transact(ctx context.Context, f func(*sql.Tx) error) error {
	if s.readOnly {
		return &Problem{Kind: ErrReadOnly, Sentence: "the history was written by a newer oauthlens, and is opened for reading only"}
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		if ctx.Err() != nil { // the driver says that another process writes when the wait for it was broken off
			return ctx.Err()
		}
		return s.failed(err)
	}
	if err := f(tx); err != nil {
		tx.Rollback()
		return s.failed(err)
	}
	return s.failed(tx.Commit())
}

// Write is something to be written, made by the methods whose names end in Write.
type Write func(ctx context.Context, b *batch) error

// batch is a transaction, and what it found out about the runs that it writes.
type batch struct {
	*sql.Tx
	runs     map[flows.RunID]int64
	redacted map[flows.RunID]bool
	insert   *sql.Stmt // of an event
}

// Commit writes all of it in one transaction, or nothing. When it returns nil it survives
// the end of this process, however it ends.
func (s *Store) Commit(ctx context.Context, writes ...Write) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		b := &batch{Tx: tx, runs: map[flows.RunID]int64{}, redacted: map[flows.RunID]bool{}}
		for _, w := range writes {
			if err := w(ctx, b); err != nil {
				return err
			}
		}
		return nil
	})
}

// number is the run's own in the database.
func (b *batch) number(ctx context.Context, run flows.RunID) (int64, error) {
	if n, ok := b.runs[run]; ok {
		return n, nil
	}
	var n int64
	err := b.QueryRowContext(ctx, `SELECT n FROM runs WHERE id = ?`, string(run)).Scan(&n)
	if err == sql.ErrNoRows {
		return 0, noRun(string(run))
	}
	b.runs[run] = n
	return n, err
}

// Begin writes a run's row. Run, Kind, Provider, Environment, Grant and Started are
// taken from meta.
func (s *Store) Begin(ctx context.Context, meta RunMeta) error {
	return s.Commit(ctx, s.BeginWrite(meta))
}

// BeginWrite is [Store.Begin] as a part of a Commit.
func (s *Store) BeginWrite(meta RunMeta) Write {
	meta.Redacted = false
	return func(ctx context.Context, b *batch) error { return b.begin(ctx, meta) }
}

func (b *batch) begin(ctx context.Context, meta RunMeta) error {
	if err := checkRunID(meta.Run); err != nil {
		return err
	}
	facet, err := facetOf(ctx, b.Tx, meta)
	if err != nil {
		return err
	}
	result, err := b.ExecContext(ctx, `INSERT INTO runs (id, kind, provider, environment, grant_type, outcome, finding, started, ended, expires, facet)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(meta.Run), meta.Kind, meta.Provider, meta.Environment, string(meta.Grant), string(meta.Outcome), meta.Finding,
		nanoseconds(meta.Started), nanoseconds(meta.Ended), nanoseconds(meta.ExpiresAt), facet)
	if err != nil {
		return err
	}
	b.runs[meta.Run], err = result.LastInsertId()
	return err
}

// Append writes one event of a run that was begun. When it returns nil the event
// survives the end of this process, however it ends.
func (s *Store) Append(ctx context.Context, run flows.RunID, rec flows.Record) error {
	return s.Commit(ctx, s.AppendWrite(run, rec))
}

// AppendWrite is [Store.Append] as a part of a Commit. The event is sealed, or redacted,
// here and now, so that no other process waits for that.
func (s *Store) AppendWrite(run flows.RunID, rec flows.Record) Write {
	p, err := s.options.payloadOf(run, rec)
	return func(ctx context.Context, b *batch) error {
		if err != nil {
			return err
		}
		return b.append(ctx, run, rec.Seq, p)
	}
}

func (b *batch) append(ctx context.Context, run flows.RunID, seq int, p payload) error {
	n, err := b.number(ctx, run)
	if err != nil {
		return err
	}
	if b.insert == nil {
		if b.insert, err = b.PrepareContext(ctx, `INSERT INTO events (run, seq, at, kind, sealed, payload) VALUES (?, ?, ?, ?, ?, ?)`); err != nil {
			return err
		}
	}
	if _, err := b.insert.ExecContext(ctx, n, seq, p.at, p.kind, p.sealed, p.data); err != nil || p.sealed || b.redacted[run] {
		return err
	}
	b.redacted[run] = true
	return markRedacted(ctx, b.Tx, run)
}

func markRedacted(ctx context.Context, tx *sql.Tx, run flows.RunID) error {
	meta, err := scanMeta(tx.QueryRowContext(ctx, selectMeta+" WHERE id = ?", string(run)))
	if err != nil || meta.Redacted {
		return err
	}
	meta.Redacted = true
	facet, err := facetOf(ctx, tx, meta)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE runs SET redacted = 1, facet = ? WHERE n = ?`, facet, meta.Order)
	return err
}

// Finish records how a run ended. It may be said again, when a saved run went on.
func (s *Store) Finish(ctx context.Context, run flows.RunID, ending Ending, at time.Time) error {
	return s.Commit(ctx, s.FinishWrite(run, ending, at))
}

// FinishWrite is [Store.Finish] as a part of a Commit.
func (s *Store) FinishWrite(run flows.RunID, ending Ending, at time.Time) Write {
	return func(ctx context.Context, b *batch) error { return b.finish(ctx, run, ending, at) }
}

func (b *batch) finish(ctx context.Context, run flows.RunID, ending Ending, at time.Time) error {
	meta, err := scanMeta(b.QueryRowContext(ctx, selectMeta+" WHERE id = ?", string(run)))
	if err == sql.ErrNoRows {
		return noRun(string(run))
	}
	if err != nil {
		return err
	}
	meta = meta.ended(ending, at)
	facet, err := facetOf(ctx, b.Tx, meta)
	if err != nil {
		return err
	}
	_, err = b.ExecContext(ctx, `UPDATE runs SET outcome = ?, finding = ?, ended = ?, expires = ?, facet = ? WHERE n = ?`,
		string(meta.Outcome), meta.Finding, nanoseconds(meta.Ended), nanoseconds(meta.ExpiresAt), facet, meta.Order)
	return err
}

func (m RunMeta) ended(e Ending, at time.Time) RunMeta {
	m.Outcome, m.Finding, m.ExpiresAt, m.Ended = e.Outcome, e.Finding, e.ExpiresAt, at
	return m
}

// deleteBatch is how many runs one transaction deletes: other processes write between
// two of them.
const deleteBatch = 200

// Delete removes runs with everything in them; what they held is overwritten in the
// file (secure_delete), and the log is emptied. An unknown run is an error, and then
// nothing is deleted.
func (s *Store) Delete(ctx context.Context, runs ...flows.RunID) error {
	err := s.transact(ctx, func(tx *sql.Tx) error {
		for _, run := range runs {
			result, err := tx.ExecContext(ctx, `DELETE FROM runs WHERE id = ?`, string(run))
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil || n == 0 {
				return noRun(string(run))
			}
		}
		return nil
	})
	if err == nil && len(runs) > 0 {
		s.emptyLog(ctx)
	}
	return err
}

// Prune deletes the runs that started before olderThan, but never one of the keep
// newest, and returns how many. A zero olderThan is no condition: all but the keep
// newest go. Neither condition at all is refused.
func (s *Store) Prune(ctx context.Context, olderThan time.Time, keep int) (int, error) {
	if err := checkPrune(olderThan, keep); err != nil {
		return 0, err
	}
	condition, arguments := "1", []any{}
	if !olderThan.IsZero() {
		condition, arguments = "started < ?", []any{nanoseconds(olderThan)}
	}
	if keep > 0 {
		condition += " AND n < (SELECT min(n) FROM (SELECT n FROM runs ORDER BY n DESC LIMIT ?))"
		arguments = append(arguments, keep)
	}
	statement := fmt.Sprintf("DELETE FROM runs WHERE n IN (SELECT n FROM runs WHERE %s LIMIT %d)", condition, deleteBatch)
	total := 0
	for {
		deleted := int64(0)
		err := s.transact(ctx, func(tx *sql.Tx) error {
			result, err := tx.ExecContext(ctx, statement, arguments...)
			if err == nil {
				deleted, err = result.RowsAffected()
			}
			return err
		})
		if err != nil {
			return total, err
		}
		total += int(deleted)
		if deleted < deleteBatch {
			break
		}
	}
	if total > 0 {
		s.emptyLog(ctx)
	}
	return total, nil
}

func checkPrune(olderThan time.Time, keep int) error {
	if keep < 0 {
		return &Problem{Kind: ErrUsage, Sentence: "the number of runs to keep cannot be negative"}
	}
	if olderThan.IsZero() && keep == 0 {
		return &Problem{Kind: ErrUsage, Sentence: "say which runs may go: older than an age, or beyond a number to keep"}
	}
	return nil
}

// emptyLog writes the log back into the database and empties it, so that what was
// deleted is in neither. A reader at work delays that to the next time.
func (s *Store) emptyLog(ctx context.Context) {
	if rows, err := s.db.QueryContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err == nil {
		drain(rows)
	}
}

func noRun(ref string) error {
	return &Problem{Kind: ErrNotFound, Sentence: "there is no run " + strings.ToValidUTF8(ref, "?")}
}

// nanoseconds since 1970, or 0 for a time that has none.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() || t.Year() < 1700 || t.Year() > 2250 {
		return 0
	}
	return t.UnixNano()
}

func instant(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
