package store

import (
	"context"
	"database/sql"
	"path/filepath"

	"oauthlens/flows"
)

// Fill begins many runs in one transaction.
func (s *Store) Fill(ctx context.Context, runs int, meta func(int) RunMeta) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, `INSERT INTO runs (id, kind, provider, environment, grant_type, outcome, started, facet) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
		if err != nil {
			return err
		}
		for i := range runs {
			m := meta(i)
			facet, err := facetOf(ctx, tx, m)
			if err != nil {
				return err
			}
			if _, err := insert.ExecContext(ctx, string(m.Run), m.Kind, m.Provider, m.Environment, string(m.Grant), string(m.Outcome), nanoseconds(m.Started), facet); err != nil {
				return err
			}
		}
		return nil
	})
}

// Exec runs SQL past the store's own ways, on every connection there is.
func (s *Store) Exec(ctx context.Context, statement string) error {
	s.db.SetMaxOpenConns(1)
	rows, err := s.db.QueryContext(ctx, statement)
	if err != nil {
		return err
	}
	return drain(rows)
}

// IntegrityCheck is SQLite's own verdict, "ok" or what is wrong.
func (s *Store) IntegrityCheck(ctx context.Context) (string, error) {
	var verdict string
	err := s.db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict)
	return verdict, err
}

// SuspectMark is the path of the mark that asks for a thorough check.
func (s *Store) SuspectMark() string { return suspectMark(s.path) }

// TakeInHalf reads a file of the spool as [Store.TakeIn] does, and returns what writes it.
func (s *Store) TakeInHalf(run flows.RunID) (rest func(context.Context) error, found bool) {
	r, found := s.takeFile(filepath.Join(filepath.Dir(s.path), spoolFolder), string(run)+spoolSuffix)
	return func(ctx context.Context) error { return s.takeRuns(ctx, []spooled{r}) }, found
}
