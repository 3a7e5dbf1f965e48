package command_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"oauthlens/store"
)

// TestRunGoesOnWithoutAHistory: whatever is wrong with the place of the history, the run
// succeeds, and one sentence says that it is not saved, or what became of the old one.
func TestRunGoesOnWithoutAHistory(t *testing.T) {
	database := func(t *testing.T, home, statement string) {
		t.Helper()
		db, err := sql.Open("sqlite3", filepath.Join(home, store.DatabaseName))
		if err == nil {
			_, err = db.Exec(statement)
		}
		if err == nil {
			err = db.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name    string
		prepare func(t *testing.T, home string) string
		saved   bool
		want    string
	}{
		{"a file where the folder should be", func(t *testing.T, home string) string {
			if err := os.WriteFile(filepath.Join(home, "file"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(home, "file", "home")
		}, false, "this run is not saved: "},
		{"a database of another program", func(t *testing.T, home string) string {
			database(t, home, "CREATE TABLE t (a)")
			return home
		}, false, "another program"},
		{"a newer one", func(t *testing.T, home string) string {
			h := houseAt(t, home)
			h.run("run", "trulioo")
			s, err := h.archive.Store()
			if err == nil {
				err = s.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			database(t, home, "PRAGMA user_version = 99")
			return home
		}, false, "newer oauthlens"},
		{"a damaged one", func(t *testing.T, home string) string {
			if err := os.WriteFile(filepath.Join(home, store.DatabaseName), []byte("garbage"), 0o600); err != nil {
				t.Fatal(err)
			}
			return home
		}, true, "the history was damaged: it is set aside as "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := houseAt(t, tt.prepare(t, t.TempDir()))
			out, errs := h.run("run", "trulioo", "--json")
			if !strings.Contains(out, `"outcome": "succeeded"`) {
				t.Errorf("the run did not go on: %s", out)
			}
			if !strings.Contains(errs, tt.want) || tt.saved == strings.Contains(errs, "not saved: ") {
				t.Errorf("said %q", errs)
			}
		})
	}
}
