package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"oauthlens/flows"
)

const selectMeta = `SELECT n, id, kind, provider, environment, grant_type, outcome, finding, started, ended, expires, redacted FROM runs`

func scanMeta(row interface{ Scan(...any) error }) (RunMeta, error) {
	var m RunMeta
	var started, ended, expires int64
	err := row.Scan(&m.Order, &m.Run, &m.Kind, &m.Provider, &m.Environment, &m.Grant, &m.Outcome, &m.Finding, &started, &ended, &expires, &m.Redacted)
	m.Started, m.Ended, m.ExpiresAt = instant(started), instant(ended), instant(expires)
	return m, err
}

// List returns a page of runs, newest first.
func (s *Store) List(ctx context.Context, q Query) ([]RunMeta, error) {
	conditions, arguments, possible, err := s.conditions(ctx, q)
	if err != nil {
		return nil, s.failed(err)
	}
	if !possible {
		return nil, nil
	}
	statement := selectMeta + " WHERE " + strings.Join(conditions, " AND ") + " ORDER BY n DESC LIMIT " + strconv.Itoa(q.limit())
	rows, err := s.db.QueryContext(ctx, statement, arguments...)
	if err != nil {
		return nil, s.failed(err)
	}
	defer rows.Close()
	var out []RunMeta
	for rows.Next() {
		meta, err := scanMeta(rows)
		if err != nil {
			return nil, s.failed(err)
		}
		out = append(out, meta)
	}
	return out, s.failed(rows.Err())
}

// Meta returns what stands in clear about a run.
func (s *Store) Meta(ctx context.Context, run flows.RunID) (RunMeta, error) {
	meta, err := scanMeta(s.db.QueryRowContext(ctx, selectMeta+" WHERE id = ?", string(run)))
	if err == sql.ErrNoRows {
		return RunMeta{}, noRun(string(run))
	}
	return meta, s.failed(err)
}

// Load returns the trace of a run. Sealed events need the key ([ErrNoKey]).
func (s *Store) Load(ctx context.Context, run flows.RunID) (flows.Trace, error) {
	meta, err := s.Meta(ctx, run)
	if err != nil {
		return flows.Trace{}, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT seq, at, kind, sealed, payload FROM events WHERE run = ? ORDER BY seq`, meta.Order)
	if err != nil {
		return flows.Trace{}, s.failed(err)
	}
	defer rows.Close()
	var events []stored
	for rows.Next() {
		var e stored
		if err := rows.Scan(&e.seq, &e.at, &e.kind, &e.sealed, &e.data); err != nil {
			return flows.Trace{}, s.failed(err)
		}
		events = append(events, e)
	}
	if err := rows.Err(); err != nil {
		return flows.Trace{}, s.failed(err)
	}
	return s.options.traceOf(run, events)
}

// Resolve finds the run that ref means: an id, a unique prefix of at least four
// characters, "last", or "last~N" for the Nth before it.
func (s *Store) Resolve(ctx context.Context, ref string) (flows.RunID, error) {
	back, prefix, err := readReference(ref)
	if err != nil {
		return "", err
	}
	if back >= 0 {
		return s.lastRun(ctx, ref, back)
	}
	rows, err := s.db.QueryContext(ctx, `SELECT id FROM runs WHERE id >= ? AND id < ? LIMIT 3`, prefix, prefix+"g")
	if err != nil {
		return "", s.failed(err)
	}
	defer rows.Close()
	var found []flows.RunID
	for rows.Next() {
		var id flows.RunID
		if err := rows.Scan(&id); err != nil {
			return "", s.failed(err)
		}
		found = append(found, id)
	}
	if err := rows.Err(); err != nil {
		return "", s.failed(err)
	}
	return onlyOne(ref, found)
}

func (s *Store) lastRun(ctx context.Context, ref string, back int) (flows.RunID, error) {
	var id flows.RunID
	err := s.db.QueryRowContext(ctx, `SELECT id FROM runs ORDER BY n DESC LIMIT 1 OFFSET ?`, back).Scan(&id)
	if err == sql.ErrNoRows {
		return "", noRun(ref)
	}
	return id, s.failed(err)
}

// shortestPrefix is the least part of an id that names a run.
const shortestPrefix = 4

// readReference reads a RUN argument: back is the distance from the newest run, or -1,
// and then prefix is the beginning of an id.
func readReference(ref string) (back int, prefix string, err error) {
	if rest, ok := strings.CutPrefix(ref, "last"); ok {
		if rest == "" {
			return 0, "", nil
		}
		n, err := strconv.Atoi(strings.TrimPrefix(rest, "~"))
		if rest[0] != '~' || err != nil || n < 0 || rest[1] == '+' {
			return 0, "", &Problem{Kind: ErrUsage, Sentence: "a run is an id, the beginning of one, last or last~1"}
		}
		return n, "", nil
	}
	prefix = strings.ToLower(ref)
	if len(prefix) > 16 || strings.Trim(prefix, "0123456789abcdef") != "" {
		return 0, "", &Problem{Kind: ErrUsage, Sentence: "a run is an id of 16 hexadecimal digits, the beginning of one, last or last~1"}
	}
	if len(prefix) < shortestPrefix {
		return 0, "", &Problem{Kind: ErrUsage, Sentence: fmt.Sprintf("the beginning of a run's id needs at least %d characters", shortestPrefix)}
	}
	return -1, prefix, nil
}

func onlyOne(ref string, found []flows.RunID) (flows.RunID, error) {
	switch len(found) {
	case 0:
		return "", noRun(ref)
	case 1:
		return found[0], nil
	}
	return "", &Problem{Kind: ErrAmbiguous, Sentence: fmt.Sprintf("%s is the beginning of several runs, such as %s and %s: give more of it", ref, found[0], found[1])}
}
