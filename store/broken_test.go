package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/store"
)

// TestWhatTheDatabaseRefusesIsTold takes a table away, or forbids a statement, below an open
// store: no operation that needs it says that all is well.
func TestWhatTheDatabaseRefusesIsTold(t *testing.T) {
	hash := store.SentHash(keyOne, store.SentCode, "CodeCodeCodeCode")
	operations := map[string]func(*store.Store) error{
		"list":    func(s *store.Store) error { _, err := s.List(t.Context(), store.Query{}); return err },
		"filter":  func(s *store.Store) error { _, err := s.List(t.Context(), store.Query{Filter: "truss"}); return err },
		"meta":    func(s *store.Store) error { _, err := s.Meta(t.Context(), runID(1)); return err },
		"load":    func(s *store.Store) error { _, err := s.Load(t.Context(), runID(1)); return err },
		"resolve": func(s *store.Store) error { _, err := s.Resolve(t.Context(), "0000"); return err },
		"last":    func(s *store.Store) error { _, err := s.Resolve(t.Context(), "last"); return err },
		"begin":   func(s *store.Store) error { return s.Begin(t.Context(), meta(9, "truss", "sandbox")) },
		"append": func(s *store.Store) error {
			return s.Append(t.Context(), runID(1), flows.Record{Seq: 9, Event: flows.Noted{}})
		},
		"finish": func(s *store.Store) error {
			return s.Finish(t.Context(), runID(1), store.Ending{Outcome: flows.Failed}, noon)
		},
		"delete":      func(s *store.Store) error { return s.Delete(t.Context(), runID(1)) },
		"prune":       func(s *store.Store) error { _, err := s.Prune(t.Context(), time.Time{}, 1); return err },
		"mark sent":   func(s *store.Store) error { return s.MarkSent(t.Context(), runID(1), store.SentCode, hash, noon) },
		"seen":        func(s *store.Store) error { _, _, err := s.SeenSecret(t.Context(), store.SentCode, hash); return err },
		"save client": func(s *store.Store) error { return s.SaveClient(t.Context(), store.ClientSettings{Provider: "truss"}) },
		"load client": func(s *store.Store) error { _, _, err := s.LoadClient(t.Context(), "truss", ""); return err },
		"drop client": func(s *store.Store) error { return s.DeleteClient(t.Context(), "truss", "") },
	}
	tests := []struct {
		statement string
		refused   []string
	}{
		{"ALTER TABLE runs RENAME TO elsewhere", []string{"list", "filter", "meta", "load", "resolve", "last", "begin", "append", "finish", "delete", "prune", "seen"}},
		{"DROP TABLE events", []string{"load", "append"}},
		{"DROP TABLE facets", []string{"filter", "begin", "finish"}},
		{"DROP TABLE sent", []string{"mark sent", "seen"}},
		{"DROP TABLE clients", []string{"save client", "load client", "drop client"}},
		{"CREATE TRIGGER no BEFORE DELETE ON runs BEGIN SELECT RAISE(ABORT, 'no'); END", []string{"delete", "prune"}},
		{"CREATE TRIGGER no BEFORE INSERT ON runs BEGIN SELECT RAISE(ABORT, 'no'); END", []string{"begin"}},
		{"CREATE TRIGGER no BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'no'); END", []string{"finish"}},
		{"CREATE TRIGGER no BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END", []string{"append"}},
		{"CREATE TRIGGER no BEFORE INSERT ON sent BEGIN SELECT RAISE(ABORT, 'no'); END", []string{"mark sent"}},
		{"CREATE TRIGGER no BEFORE INSERT ON facets BEGIN SELECT RAISE(ABORT, 'no'); END", []string{"finish"}},
	}
	for _, tt := range tests {
		t.Run(tt.statement, func(t *testing.T) {
			for _, name := range tt.refused {
				s := openSQLite(t, store.Options{Sealer: xorSealer{}})
				for n := 1; n <= 3; n++ {
					write(t, s, meta(n, "truss", "sandbox"), sampleEvents()...)
				}
				must(t, s.Exec(t.Context(), tt.statement))
				if err := operations[name](s); err == nil || errors.Is(err, store.ErrNotFound) {
					t.Errorf("%s: %v", name, err)
				}
				if verdict, err := s.IntegrityCheck(t.Context()); verdict != "ok" {
					t.Errorf("%s: %s, %v", name, verdict, err)
				}
			}
		})
	}
}

// TestWhatIsLeftOutIsNamed: settings are kept without what may carry a secret, and the person
// is told which of it.
func TestWhatIsLeftOutIsNamed(t *testing.T) {
	settings := store.ClientSettings{
		AuthorizeEdits: []flows.ParamEdit{{Op: flows.EditSet, Name: "prompt", Value: "login"}, {Op: flows.EditSet, Name: "Client_Secret", Value: "x"}},
		TokenEdits:     []flows.ParamEdit{{Op: flows.EditRemove, Name: "code_verifier"}, {Op: flows.EditSet, Name: "CODE", Value: "x"}},
		HeaderEdits:    []flows.ParamEdit{{Op: flows.EditSet, Name: "X-Api-Key", Value: "x"}, {Op: flows.EditSet, Name: "Accept", Value: "*/*"}},
		CallURL:        "https://api.example/x?access_token=x",
		Endpoints:      flows.Endpoints{Token: "https://user:word@host.example/t", JWKS: "https://host.example/keys?v=1"},
	}
	clean, left := settings.WithoutSecrets()
	if want := []string{"Client_Secret", "CODE", "X-Api-Key", "the URL of the call", "the token endpoint"}; !slices.Equal(left, want) {
		t.Errorf("left out %q, want %q", left, want)
	}
	want := store.ClientSettings{
		AuthorizeEdits: settings.AuthorizeEdits[:1], TokenEdits: settings.TokenEdits[:1], HeaderEdits: settings.HeaderEdits[1:],
		Endpoints: flows.Endpoints{JWKS: settings.Endpoints.JWKS},
	}
	if !reflect.DeepEqual(clean, want) {
		t.Errorf("kept %+v, want %+v", clean, want)
	}
	for url, left := range map[string]bool{"": false, "https://a.example/x": false, "https://user@a.example/": false, "https://a.example/?code=x": true, "https://a b/%zz": true, "http://a.example/\x7f": true} {
		if _, names := (store.ClientSettings{CallURL: url}).WithoutSecrets(); (len(names) == 1) != left {
			t.Errorf("%q: left out %q", url, names)
		}
	}
}

// TestSpoolOnAFullDisk: a run that cannot wait beside the database is not said to be kept, and
// goes to the database.
func TestSpoolOnAFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skipf("this system has no full disk to try: %v", err)
	}
	path := written(t)
	s := store.NewSpool(path, runID(50), store.Options{Sealer: xorSealer{}})
	if s == nil {
		t.Fatal("there is no spool")
	}
	folder := filepath.Join(filepath.Dir(path), "spool")
	must(t, os.MkdirAll(folder, 0o700))
	must(t, os.Symlink("/dev/full", filepath.Join(folder, string(runID(50))+".run1")))
	s.Begin(meta(50, "truss", "sandbox"))
	must(t, s.Append(flows.Record{At: noon, Event: flows.Noted{Text: "x"}}))
	if err := s.Write(); !errors.Is(err, store.ErrFull) {
		t.Errorf("%v", err)
	}
}
