package store

import (
	"context"
	"database/sql"
	"fmt"
)

// applicationID stands in the header of the database file and tells it from those of
// other programs: "OALN".
const applicationID = 0x4f414c4e

// migrations lead from an empty database to the current schema; the database's
// user_version counts how many were applied. A migration that was released is never
// changed, only followed by another.
var migrations = []string{
	// 1: runs and their events.
	`CREATE TABLE runs (
		n           INTEGER PRIMARY KEY AUTOINCREMENT,
		id          TEXT NOT NULL UNIQUE,
		kind        TEXT NOT NULL,
		provider    TEXT NOT NULL,
		environment TEXT NOT NULL,
		grant_type  TEXT NOT NULL,
		outcome     TEXT NOT NULL DEFAULT '',
		finding     TEXT NOT NULL DEFAULT '',
		started     INTEGER NOT NULL DEFAULT 0,
		ended       INTEGER NOT NULL DEFAULT 0,
		expires     INTEGER NOT NULL DEFAULT 0,
		redacted    INTEGER NOT NULL DEFAULT 0
	) STRICT;
	CREATE TABLE events (
		run     INTEGER NOT NULL REFERENCES runs(n) ON DELETE CASCADE,
		seq     INTEGER NOT NULL,
		at      TEXT NOT NULL,
		kind    TEXT NOT NULL,
		sealed  INTEGER NOT NULL,
		payload BLOB NOT NULL,
		PRIMARY KEY (run, seq)
	) STRICT;`,
	// 2: the filter as you type. What runs have in common stands once, as a facet.
	`CREATE TABLE facets (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
	ALTER TABLE runs ADD COLUMN facet INTEGER NOT NULL DEFAULT 0;
	CREATE TEMP VIEW facet_texts AS SELECT n, lower(kind || ' ' || provider || ' ' || environment || ' ' || grant_type || ' ' ||
		CASE outcome WHEN '' THEN 'running' ELSE outcome END || ' ' || finding || CASE redacted WHEN 0 THEN '' ELSE ' redacted' END) AS text FROM runs;
	INSERT INTO facets (text) SELECT DISTINCT text FROM facet_texts;
	UPDATE runs SET facet = (SELECT id FROM facets WHERE text = (SELECT text FROM facet_texts v WHERE v.n = runs.n));
	DROP VIEW facet_texts;
	CREATE INDEX runs_started ON runs(started);`,
	// 3: client settings, and what was sent before.
	`CREATE TABLE clients (
		provider    TEXT NOT NULL,
		environment TEXT NOT NULL,
		settings    TEXT NOT NULL,
		PRIMARY KEY (provider, environment)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE sent (
		hash BLOB NOT NULL,
		kind TEXT NOT NULL,
		run  INTEGER NOT NULL REFERENCES runs(n) ON DELETE CASCADE,
		at   INTEGER NOT NULL,
		PRIMARY KEY (hash, kind, run)
	) STRICT, WITHOUT ROWID;
	CREATE INDEX sent_run ON sent(run);`,
}

// probes touch the last page of each table, so that common damage shows at the start
// and not in the middle of a run.
var probes = []string{
	`SELECT count(*) FROM sqlite_schema`,
	`SELECT n, facet FROM runs ORDER BY n DESC LIMIT 1`,
	`SELECT run, length(payload) FROM events ORDER BY rowid DESC LIMIT 1`,
	`SELECT provider FROM clients LIMIT 1`,
	`SELECT run FROM sent LIMIT 1`,
}

func schemaVersion(ctx context.Context, q interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}) (int, error) {
	var v int
	err := q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v)
	return v, err
}

// migrate applies what is missing, in one transaction; another process may have been
// faster, so the version is read again inside.
func migrate(ctx context.Context, db *sql.DB, list []string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	version, err := schemaVersion(ctx, tx)
	if err != nil {
		return err
	}
	if version >= len(list) {
		return nil
	}
	for i := version; i < len(list); i++ {
		if _, err := tx.ExecContext(ctx, list[i]); err != nil {
			return fmt.Errorf("migration to version %d: %w", i+1, err)
		}
	}
	pragmas := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(list))
	if _, err := tx.ExecContext(ctx, pragmas); err != nil {
		return err
	}
	return tx.Commit()
}
