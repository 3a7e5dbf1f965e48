package store_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"oauthlens/flows"
	"oauthlens/flows/redact"
	"oauthlens/store"
	"oauthlens/store/vault"
)

// moodySealer has a key only some of the time.
type moodySealer struct {
	xorSealer
	locked bool
}

var errMoody = errors.New("the vault is locked")

func (m *moodySealer) Seal(plain, additional []byte) ([]byte, error) {
	if m.locked {
		return nil, errMoody
	}
	return m.xorSealer.Seal(plain, additional)
}

func (m *moodySealer) Open(sealed, additional []byte) ([]byte, error) {
	if m.locked {
		return nil, errMoody
	}
	return m.xorSealer.Open(sealed, additional)
}

func TestWithoutAKeyRunsAreRedacted(t *testing.T) {
	sealer := &moodySealer{}
	path := filepath.Join(t.TempDir(), store.DatabaseName)
	trace := flows.Trace{}
	for i, e := range sampleEvents() {
		trace = trace.Append(noon.Add(time.Duration(i)*time.Second), e)
	}
	s, err := store.Open(t.Context(), path, store.Options{Sealer: sealer, Redact: func(_ flows.RunID, e flows.Event) flows.Event { return redact.ForTrace(trace).Event(e) }})
	must(t, err)
	defer s.Close()
	must(t, s.Begin(t.Context(), meta(1, "truss", "sandbox")))
	must(t, s.Append(t.Context(), runID(1), trace.Records[0]))
	if m, _ := s.Meta(t.Context(), runID(1)); m.Redacted {
		t.Error("a sealed run is called redacted")
	}
	sealer.locked = true
	for _, r := range trace.Records[1:] {
		must(t, s.Append(t.Context(), runID(1), r))
	}
	if m, _ := s.Meta(t.Context(), runID(1)); !m.Redacted {
		t.Error("a redacted run is not called so")
	}
	if runs, err := s.List(t.Context(), store.Query{Filter: "redacted"}); err != nil || len(runs) != 1 {
		t.Errorf("%d redacted runs, %v", len(runs), err)
	}
	if found := holds(t, filepath.Dir(path), "ClientSecretClientSecret", "VerifierVerifierVerifier", "CodeCodeCodeCode", "AccessAccessAccess"); len(found) > 0 {
		t.Errorf("in clear: %q", found)
	}
	if _, err := s.Load(t.Context(), runID(1)); !errors.Is(err, store.ErrNoKey) || !errors.Is(err, errMoody) {
		t.Errorf("loading a sealed event without a key: %v", err)
	}
	sealer.locked = false
	back, err := s.Load(t.Context(), runID(1))
	must(t, err)
	if diff := cmp.Diff(trace.Records[0], back.Records[0], cmp.Comparer(compareSecrets)); diff != "" {
		t.Error(diff)
	}
	if verifier := back.Records[1].Event.(flows.Drawn).Verifier; verifier != flows.NewSecret(keyOne, "code_verifier", verifier.String()) {
		t.Errorf("the verifier came back as %q", verifier.RevealSecret())
	}
}

func TestWithNeitherKeyNorRedactionNothingIsWritten(t *testing.T) {
	s := openSQLite(t, store.Options{})
	must(t, s.Begin(t.Context(), meta(1, "truss", "sandbox")))
	err := s.Append(t.Context(), runID(1), flows.Record{Event: sampleEvents()[0]})
	if !errors.Is(err, store.ErrNoKey) || strings.Contains(err.Error(), "ClientSecret") {
		t.Errorf("%v", err)
	}
	if trace, err := s.Load(t.Context(), runID(1)); err != nil || len(trace.Records) != 0 {
		t.Errorf("%v, %v", trace, err)
	}
}

func TestSealedEventsDoNotMove(t *testing.T) {
	for name, statement := range map[string]string{
		"to another number": "UPDATE events SET seq = 9 - seq",
		"to another kind":   "UPDATE events SET kind = 'noted' WHERE kind = 'drawn'",
		"to another time":   "UPDATE events SET at = '2020-01-01T00:00:00Z'",
		"to another run":    "UPDATE runs SET id = 'ffffffffffffffff'",
		"changed":           "UPDATE events SET payload = CAST(payload || X'00' AS BLOB)",
		"called unsealed":   "UPDATE events SET sealed = 0",
		"an odd time":       "UPDATE events SET at = 'noon'",
	} {
		t.Run(name, func(t *testing.T) {
			v, err := vault.Open(t.TempDir(), vault.Options{WorkFactor: 4})
			must(t, err)
			must(t, v.SetPassphrase("p"))
			s := openSQLite(t, store.Options{Sealer: v})
			write(t, s, meta(1, "truss", "sandbox"), sampleEvents()...)
			if _, err := s.Load(t.Context(), runID(1)); err != nil {
				t.Fatal(err)
			}
			must(t, s.Exec(t.Context(), statement))
			last, err := s.Resolve(t.Context(), "last")
			must(t, err)
			trace, err := s.Load(t.Context(), last)
			var problem *store.Problem
			if !errors.As(err, &problem) || len(trace.Records) > 0 {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestRunsOfAForgottenKey(t *testing.T) {
	v, err := vault.Open(t.TempDir(), vault.Options{WorkFactor: 4})
	must(t, err)
	must(t, v.SetPassphrase("p"))
	s := openSQLite(t, store.Options{Sealer: v})
	write(t, s, meta(1, "truss", "sandbox"), sampleEvents()...)
	must(t, v.Forget())
	if _, err := s.Load(t.Context(), runID(1)); !errors.Is(err, vault.ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
	must(t, v.SetPassphrase("p"))
	if _, err := s.Load(t.Context(), runID(1)); !errors.Is(err, vault.ErrOtherKey) || !errors.Is(err, store.ErrNoKey) {
		t.Errorf("under another key: %v", err)
	}
	if runs, err := s.List(t.Context(), store.Query{}); err != nil || len(runs) != 1 {
		t.Errorf("the list needs no key: %d, %v", len(runs), err)
	}
	must(t, s.Delete(t.Context(), runID(1)))
}

func TestEventOfANewerVersionLeavesANote(t *testing.T) {
	s := openSQLite(t, store.Options{Redact: clear})
	write(t, s, meta(1, "truss", "sandbox"), flows.Noted{Text: "a"}, flows.Noted{Text: "b"}, flows.Noted{Text: "c"})
	must(t, s.Exec(t.Context(), "UPDATE events SET kind = 'teleported' WHERE seq = 1"))
	trace, err := s.Load(t.Context(), runID(1))
	must(t, err)
	note, ok := trace.Records[1].Event.(flows.Noted)
	if len(trace.Records) != 3 || !ok || !strings.Contains(note.Text, `"teleported" is not known to this version`) {
		t.Errorf("%+v", trace.Records)
	}
}

func TestStrangeTimesAreKept(t *testing.T) {
	s := openSQLite(t, store.Options{Redact: clear})
	must(t, s.Begin(t.Context(), store.RunMeta{Run: runID(1), Started: time.Date(40_000, 1, 1, 0, 0, 0, 0, time.UTC)}))
	times := []time.Time{{}, noon.In(time.FixedZone("", 5*3600+1800)), noon.In(time.FixedZone("", 17)), time.Date(40_000, 1, 1, 0, 0, 0, 0, time.UTC), noon.Add(1)}
	want := []time.Time{{}, noon, noon, {}, noon.Add(1)}
	for i, at := range times {
		must(t, s.Append(t.Context(), runID(1), flows.Record{Seq: i, At: at, Event: flows.Noted{}}))
	}
	trace, err := s.Load(t.Context(), runID(1))
	must(t, err)
	for i, r := range trace.Records {
		if !r.At.Equal(want[i]) {
			t.Errorf("%v came back as %v", times[i], r.At)
		}
	}
}
