package archive_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zalando/go-keyring"

	"oauthlens/flows"
	"oauthlens/store"
	"oauthlens/store/archive"
)

// alone is a run that asks nothing of the history.
func alone(key flows.FingerprintKey, id flows.RunID) flows.Trace {
	t := flow(key, id, "Code-Value-1", 200)
	start := t.Records[0].Event.(flows.RunStarted)
	start.Grant = flows.GrantClientCredentials
	t.Records[0].Event = start
	e := t.Records[3].Event.(flows.ExchangeFinished)
	e.Exchange.Request.Body = []byte("grant_type=client_credentials&client_secret=ClientSecret-Value-1")
	t.Records[3].Event = e
	return t
}

func spooled(t *testing.T, p store.Places) int {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(p.Data, "spool"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return len(files)
}

// begun has a history that was opened before, by another process.
func begun(t *testing.T) store.Places {
	p := places(t)
	s, err := newArchive(t, p, "").Store()
	must(t, err)
	must(t, s.Close())
	return p
}

func TestShortRunIsKeptBesideTheDatabase(t *testing.T) {
	for name, bus := range map[string]string{"sealed": "unix:path=/nowhere", "redacted": ""} {
		t.Run(name, func(t *testing.T) {
			keyring.MockInit()
			p := begun(t)
			a := archive.New(t.Context(), p, func(name string) string {
				if name == "DBUS_SESSION_BUS_ADDRESS" {
					return bus
				}
				return ""
			}, func() time.Time { return noon })
			want := alone(a.Fingerprints(), runOne)
			keep(t, a, want)
			if _, open := a.IfOpen(); open || spooled(t, p) != 1 {
				t.Errorf("database open %v, %d runs beside it", open, spooled(t, p))
			}
			if found := leaks(t, p); len(found) > 0 {
				t.Errorf("in clear: %q", found)
			}
			back, meta := load(t, newArchive(t, p, bus), runOne)
			if meta.Outcome != flows.Succeeded || meta.Grant != flows.GrantClientCredentials || meta.Redacted != (bus == "") || len(back.Records) != len(want.Records) {
				t.Errorf("%d of %d events, %+v", len(back.Records), len(want.Records), meta)
			}
			if diff := cmp.Diff(want, back, cmp.Comparer(func(a, b flows.Secret) bool { return a == b })); bus != "" && diff != "" {
				t.Error(diff)
			}
			if n := spooled(t, p); n != 0 {
				t.Errorf("%d runs are left beside the database", n)
			}
		})
	}
}

func TestRunThatGoesToTheDatabase(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(t *testing.T, a *archive.Archive, p store.Places)
		grant   flows.Grant
		long    bool
	}{
		"it sends a code":     {grant: flows.GrantAuthorizationCode},
		"the history is open": {grant: flows.GrantClientCredentials, prepare: func(t *testing.T, a *archive.Archive, _ store.Places) { _, err := a.Store(); must(t, err) }},
		"there was none":      {grant: flows.GrantClientCredentials, prepare: func(t *testing.T, _ *archive.Archive, p store.Places) { must(t, os.RemoveAll(p.Data)) }},
		"it takes a while":    {grant: flows.GrantClientCredentials, long: true},
		"no room beside": {grant: flows.GrantClientCredentials, prepare: func(t *testing.T, _ *archive.Archive, p store.Places) {
			must(t, os.WriteFile(filepath.Join(p.Data, "spool"), nil, 0o600))
		}},
		"the grant is not known": {},
	} {
		t.Run(name, func(t *testing.T) {
			p := begun(t)
			a := newArchive(t, p, "")
			if test.prepare != nil {
				test.prepare(t, a, p)
			}
			run := flow(a.Fingerprints(), runOne, "Code-Value-1", 200)
			if test.grant == flows.GrantClientCredentials {
				run = alone(a.Fingerprints(), runOne)
			}
			k := a.Keep(run.Run)
			for _, r := range run.Records {
				k.Append(r)
			}
			for range 500 { // it is written beside the run, which goes on
				if _, open := a.IfOpen(); open || !test.long {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			k.Finish(flows.Succeeded, "", noon.Add(time.Hour), noon)
			must(t, k.Flush())
			s, open := a.IfOpen()
			if !open {
				t.Fatal("the database was not opened")
			}
			meta, err := s.Meta(t.Context(), runOne)
			must(t, err)
			if meta.Outcome != flows.Succeeded {
				t.Errorf("%+v", meta)
			}
		})
	}
}

// What is shown while the run goes on is kept first, and the database is opened in the
// middle of it.
func TestDatabaseOpenedInTheMiddleOfARun(t *testing.T) {
	p := begun(t)
	a := newArchive(t, p, "")
	run := alone(a.Fingerprints(), runOne)
	k := a.Keep(run.Run)
	for i, r := range run.Records {
		k.Append(r)
		must(t, k.Flush())
		if i == 1 {
			if n := spooled(t, p); n != 1 {
				t.Errorf("%d runs beside the database", n)
			}
			_, err := a.Store()
			must(t, err)
		}
	}
	k.Finish(flows.Succeeded, "", noon.Add(time.Hour), noon)
	must(t, k.Flush())
	back, meta := load(t, a, runOne)
	if len(back.Records) != len(run.Records) || meta.Outcome != flows.Succeeded || spooled(t, p) != 0 {
		t.Errorf("%d events, %+v, %d beside the database", len(back.Records), meta, spooled(t, p))
	}
}

// A run that takes long is written while it goes on, without anybody waiting for it.
func TestLongRunIsWrittenBeforeItsEnd(t *testing.T) {
	p := begun(t)
	a := newArchive(t, p, "")
	run := alone(a.Fingerprints(), runOne)
	k := a.Keep(run.Run)
	k.Append(run.Records[0])
	reader, err := newArchive(t, p, "").Store()
	must(t, err)
	for range 500 {
		if _, err = reader.Meta(t.Context(), runOne); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error(err)
}

// TestConsultWaitsForTheHistoryOnlyIfItCanKnow: a run that sent no code and no refresh token
// is not kept waiting for the database, and does not open it.
func TestConsultWaitsForTheHistoryOnlyIfItCanKnow(t *testing.T) {
	for name, asks := range map[string]bool{"a token request with a code": true, "one without": false} {
		t.Run(name, func(t *testing.T) {
			a := newArchive(t, begun(t), "")
			trace := alone(a.Fingerprints(), runOne)
			if asks {
				trace = flow(a.Fingerprints(), runOne, "Code-Value-1", 200)
			}
			k := a.Keep(runOne)
			began := time.Now()
			for _, r := range trace.Records {
				k.Append(r)
			}
			k.Consult()
			_, open := a.IfOpen()
			if asks && !open || open && !asks && time.Since(began) < 20*time.Millisecond { // any run is written soon
				t.Errorf("the history is open: %v", open)
			}
			k.Finish(flows.Succeeded, "", time.Time{}, noon)
			must(t, k.Flush())
		})
	}
}
