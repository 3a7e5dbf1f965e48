package store

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"oauthlens/flows"
)

// oldDatabase makes a database of an earlier schema with two runs in it.
func oldDatabase(t *testing.T, version int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), DatabaseName)
	db, err := sql.Open("sqlite3", (&url.URL{Scheme: "file", Path: path, RawQuery: "_txlock=immediate"}).String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := migrate(t.Context(), db, migrations[:version]); err != nil {
		t.Fatal(err)
	}
	started := time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC).UnixNano()
	statements := []string{
		fmt.Sprintf(`INSERT INTO runs (id, kind, provider, environment, grant_type, outcome, finding, started) VALUES ('00000000000000a1', 'run', 'Truss', 'sandbox', 'authorization_code', 'failed', 'code-reused', %d)`, started),
		`INSERT INTO runs (id, kind, provider, environment, grant_type, redacted) VALUES ('00000000000000a2', 'run', 'truss', 'sandbox', 'authorization_code', 1)`,
		`INSERT INTO events (run, seq, at, kind, sealed, payload) VALUES (1, 0, '2026-03-04T05:06:07Z', 'noted', 0, CAST('{"Text":"kept"}' AS BLOB))`,
	}
	if version >= 2 {
		statements = append(statements, `INSERT INTO facets (id, text) VALUES (1, 'run truss sandbox authorization_code failed code-reused'), (2, 'run truss sandbox authorization_code running  redacted')`,
			`UPDATE runs SET facet = n`)
	}
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestMigrationFromEverySchemaVersion(t *testing.T) {
	for version := 1; version < len(migrations); version++ {
		t.Run(fmt.Sprint("version ", version), func(t *testing.T) {
			path := oldDatabase(t, version)
			for range 2 {
				s, err := Open(t.Context(), path, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if now, err := schemaVersion(t.Context(), s.db); now != len(migrations) || err != nil || len(s.Notes()) > 0 {
					t.Errorf("version %d, %v, %q", now, err, s.Notes())
				}
				trace, err := s.Load(t.Context(), "00000000000000a1")
				if err != nil || len(trace.Records) != 1 || trace.Records[0].Event != (flows.Noted{Text: "kept"}) {
					t.Errorf("%v, %v", trace, err)
				}
				for filter, want := range map[string]int{"truss": 2, "code-reused failed": 1, "running": 1, "redacted": 1, "2026-03-04": 1, "00000000000000a": 2, "xyz": 0} {
					if runs, err := s.List(t.Context(), Query{Filter: filter}); err != nil || len(runs) != want {
						t.Errorf("%s: %d runs, %v", filter, len(runs), err)
					}
				}
				if err := s.SaveClient(t.Context(), ClientSettings{Provider: "truss", Environment: "sandbox"}); err != nil {
					t.Error(err)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestMigratedFacetsAreThoseOfNewRuns: the SQL of the second migration and the Go that
// writes new runs must agree, or a filter finds only one of them.
func TestMigratedFacetsAreThoseOfNewRuns(t *testing.T) {
	s, err := Open(t.Context(), oldDatabase(t, 1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, run := range []flows.RunID{"00000000000000a1", "00000000000000a2"} {
		meta, err := s.Meta(t.Context(), run)
		if err != nil {
			t.Fatal(err)
		}
		var text string
		if err := s.db.QueryRow(`SELECT text FROM facets JOIN runs ON runs.facet = facets.id WHERE runs.id = ?`, string(run)).Scan(&text); err != nil {
			t.Fatal(err)
		}
		if text != meta.facet() {
			t.Errorf("%q, but a new run has %q", text, meta.facet())
		}
	}
}

func TestInterruptedMigrationLeavesTheOldSchema(t *testing.T) {
	path := oldDatabase(t, 1)
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), db, append(append([]string{}, migrations...), "CREATE TABLE broken (")); err == nil {
		t.Fatal("a broken migration went through")
	}
	if version, err := schemaVersion(t.Context(), db); version != 1 || err != nil {
		t.Errorf("version %d, %v", version, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestDayRange(t *testing.T) {
	tests := []struct{ word, from, to string }{
		{"2026", "2026-01-01", "2027-01-01"}, {"2026-", "2026-01-01", "2027-01-01"}, {"2026-0", "2026-01-01", "2026-10-01"}, {"2026-1", "2026-10-01", "2027-01-01"},
		{"2026-11", "2026-11-01", "2026-12-01"}, {"2026-11-", "2026-11-01", "2026-12-01"}, {"2026-11-0", "2026-11-01", "2026-11-10"}, {"2026-11-3", "2026-11-30", "2026-12-01"},
		{"2024-02-29", "2024-02-29", "2024-03-01"}, {"2026-02-29", "", ""}, {"2026-02-3", "", ""}, {"2026-13", "", ""}, {"202", "", ""}, {"20261", "", ""}, {"2026-11-211", "", ""}, {"abcd", "", ""},
	}
	for _, tt := range tests {
		from, to, ok := dayRange(tt.word)
		if ok != (tt.from != "") || ok && (from.Format(time.DateOnly) != tt.from || to.Format(time.DateOnly) != tt.to) {
			t.Errorf("%s: %v to %v, %v", tt.word, from, to, ok)
		}
	}
}
