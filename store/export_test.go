package store

import (
	"context"
	"database/sql"
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
