package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"oauthlens/flows"
	"oauthlens/store"
)

// base is the path of a new, ordinary history that nobody has open.
func base(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "history.db")
	s, err := store.Open(t.Context(), path, store.Options{})
	must(t, err)
	must(t, s.Close())
	return path
}

// spool keeps these events of a run beside the database, one by one.
func spool(t testing.TB, path string, m store.RunMeta, options store.Options, events ...flows.Event) *store.Spool {
	t.Helper()
	s := store.NewSpool(path, m.Run, options)
	for range 1000 { // others may have to take in what waits already
		if s != nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
		s = store.NewSpool(path, m.Run, options)
	}
	if s == nil {
		t.Fatal("there is no spool")
	}
	s.Begin(m)
	must(t, s.Write())
	for i, e := range events {
		must(t, s.Append(flows.Record{Seq: i, At: noon, Event: e}))
		must(t, s.Write())
	}
	return s
}

func waiting(t testing.TB, path string) []string {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(filepath.Dir(path), "spool"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

func openWith(t testing.TB, path string, options store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), path, options)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// direct is the same run written into the database of another history.
func direct(t testing.TB, m store.RunMeta, options store.Options, events ...flows.Event) (flows.Trace, store.RunMeta) {
	t.Helper()
	s := openWith(t, base(t), options)
	must(t, s.Begin(t.Context(), m))
	for i, e := range events {
		must(t, s.Append(t.Context(), m.Run, flows.Record{Seq: i, At: noon, Event: e}))
	}
	must(t, s.Finish(t.Context(), m.Run, ending, noon.Add(time.Minute)))
	return loaded(t, s, m.Run)
}

var ending = store.Ending{Outcome: flows.Failed, Finding: "code-expired", ExpiresAt: noon.Add(time.Hour)}

func loaded(t testing.TB, s *store.Store, run flows.RunID) (flows.Trace, store.RunMeta) {
	t.Helper()
	trace, err := s.Load(t.Context(), run)
	must(t, err)
	m, err := s.Meta(t.Context(), run)
	must(t, err)
	return trace, m
}

func TestSpooledRunIsTheSameRun(t *testing.T) {
	for name, options := range map[string]store.Options{"sealed": {Sealer: xorSealer{}}, "redacted": {Redact: clear}} {
		t.Run(name, func(t *testing.T) {
			m := meta(1, "truss", "sandbox")
			wantTrace, wantMeta := direct(t, m, options, sampleEvents()...)
			path := base(t)
			sp := spool(t, path, m, options, sampleEvents()...)
			sp.Finish(ending, noon.Add(time.Minute))
			must(t, sp.Write())

			s := openWith(t, path, options)
			if _, err := s.Meta(t.Context(), m.Run); err == nil {
				t.Fatal("it is there before it was taken in")
			}
			must(t, s.TakeIn(t.Context()))
			gotTrace, gotMeta := loaded(t, s, m.Run)
			if diff := cmp.Diff(wantTrace, gotTrace, cmp.Comparer(compareSecrets)) + cmp.Diff(wantMeta, gotMeta); diff != "" {
				t.Error(diff)
			}
			if left := waiting(t, path); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
		})
	}
}

// TestADeletedRunDoesNotComeBack: one process has read a waiting run and waits for the
// database, while another takes the run in and deletes it.
func TestADeletedRunDoesNotComeBack(t *testing.T) {
	path, m := base(t), meta(1, "truss", "sandbox")
	options := store.Options{Sealer: xorSealer{}}
	slow, other := openWith(t, path, options), openWith(t, path, options)
	sp := spool(t, path, m, options, sampleEvents()...)
	must(t, sp.Write())
	rest, found := slow.TakeInHalf(m.Run)
	if !found {
		t.Fatal("the run does not wait")
	}
	must(t, other.TakeIn(t.Context()))
	must(t, other.Delete(t.Context(), m.Run))
	must(t, rest(t.Context()))
	if _, err := slow.Meta(t.Context(), m.Run); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the run is there again: %v", err)
	}
}

func TestTakenInTwiceChangesNothing(t *testing.T) {
	path, m := base(t), meta(1, "truss", "sandbox")
	options := store.Options{Sealer: xorSealer{}}
	sp := spool(t, path, m, options, sampleEvents()...)
	sp.Finish(ending, noon)
	must(t, sp.Write())
	file := filepath.Join(filepath.Dir(path), "spool", waiting(t, path)[0])
	data, err := os.ReadFile(file)
	must(t, err)

	s := openWith(t, path, options)
	must(t, s.TakeIn(t.Context()))
	later := store.Ending{Outcome: flows.Succeeded} // the run was taken up again
	must(t, s.Finish(t.Context(), m.Run, later, noon.Add(time.Hour)))
	before, beforeMeta := loaded(t, s, m.Run)
	must(t, os.WriteFile(file, data, 0o600))
	must(t, s.TakeIn(t.Context()))
	after, afterMeta := loaded(t, s, m.Run)
	if diff := cmp.Diff(before, after, cmp.Comparer(compareSecrets)) + cmp.Diff(beforeMeta, afterMeta); diff != "" {
		t.Error(diff)
	}
}

func TestSpoolCutAnywhereKeepsWhatCameBefore(t *testing.T) {
	path, m := base(t), meta(1, "truss", "sandbox")
	options := store.Options{Sealer: xorSealer{}}
	spool(t, path, m, options, sampleEvents()...)
	file := filepath.Join(filepath.Dir(path), "spool", waiting(t, path)[0])
	data, err := os.ReadFile(file)
	must(t, err)
	s := openWith(t, path, options)
	last := -1
	for size := 0; size <= len(data); size += 7 {
		for _, tail := range []string{"", "\x00\x00\x00\x00\x00\x00\x00\x00\x00", strings.Repeat("\xff", 40)} {
			must(t, os.WriteFile(file, append(data[:size:size], tail...), 0o600))
			must(t, s.TakeIn(t.Context()))
			trace, err := s.Load(t.Context(), m.Run)
			if err != nil && last >= 0 {
				t.Fatalf("cut at %d: %v", size, err)
			}
			if n := len(trace.Records); err == nil && n < last {
				t.Errorf("cut at %d: %d events, before %d", size, n, last)
			} else if err == nil {
				last = n
			}
		}
	}
	must(t, os.WriteFile(file, data, 0o600))
	must(t, s.TakeIn(t.Context()))
	if trace, _ := loaded(t, s, m.Run); len(trace.Records) != len(sampleEvents()) {
		t.Errorf("%d events in the end", len(trace.Records))
	}
}

func TestRunsAreTakenInAsTheyBegan(t *testing.T) {
	path := base(t)
	options := store.Options{Sealer: xorSealer{}}
	for _, n := range []int{3, 1, 2} {
		m := meta(n, "truss", "sandbox")
		m.Started = noon.Add(time.Duration(n) * time.Minute)
		spool(t, path, m, options)
	}
	s := openWith(t, path, options)
	must(t, s.TakeIn(t.Context()))
	runs, err := s.List(t.Context(), store.Query{})
	must(t, err)
	for i, want := range []int{3, 2, 1} {
		if runs[i].Run != runID(want) {
			t.Errorf("%d: %s", i, runs[i].Run)
		}
	}
}

// A run that is being written while others take it in is whole in the end.
func TestTakenInWhileWritten(t *testing.T) {
	path := base(t)
	options := store.Options{Sealer: xorSealer{}}
	takers := []*store.Store{openWith(t, path, options), openWith(t, path, options)}
	ctx, stop := context.WithCancel(t.Context())
	var taking sync.WaitGroup
	defer taking.Wait()
	defer stop()
	for _, s := range takers {
		taking.Go(func() {
			for ctx.Err() == nil {
				if err := s.TakeIn(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	const runs = 40
	for n := range runs {
		sp := spool(t, path, meta(n, "truss", "sandbox"), options, sampleEvents()...)
		sp.Finish(ending, noon)
		must(t, sp.Write())
	}
	stop()
	taking.Wait()
	must(t, takers[0].TakeIn(t.Context()))
	for n := range runs {
		trace, m := loaded(t, takers[1], runID(n))
		if len(trace.Records) != len(sampleEvents()) || m.Outcome != flows.Failed {
			t.Errorf("run %d: %d events, %q", n, len(trace.Records), m.Outcome)
		}
	}
	if left := waiting(t, path); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// The rest of a run waits for its beginning, which another process may be about to bring;
// that of a run which was deleted goes.
func TestRestOfARun(t *testing.T) {
	now := time.Now()
	options := store.Options{Sealer: xorSealer{}, Now: func() time.Time { return now }}
	path, m := base(t), meta(1, "truss", "sandbox")
	s := openWith(t, path, options)
	sp := spool(t, path, m, options)
	must(t, s.TakeIn(t.Context()))
	must(t, s.Delete(t.Context(), m.Run))
	must(t, sp.Append(flows.Record{Seq: 0, At: noon, Event: sampleEvents()[0]}))
	must(t, sp.Write())
	must(t, s.TakeIn(t.Context()))
	if left := waiting(t, path); len(left) != 1 {
		t.Fatalf("left: %q", left)
	}
	now = now.Add(2 * time.Minute)
	must(t, s.TakeIn(t.Context()))
	if left := waiting(t, path); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
	if _, err := s.Meta(t.Context(), m.Run); err == nil {
		t.Error("a deleted run came back")
	}
}

func TestWhenARunGoesToTheDatabase(t *testing.T) {
	for name, prepare := range map[string]func(path string){
		"there is none": func(path string) { must(t, os.Remove(path)) },
		"another program's": func(path string) {
			must(t, os.WriteFile(path, []byte("SQLite format 3\x00"+strings.Repeat("\x00", 200)), 0o600))
		},
		"damaged":       func(path string) { must(t, os.WriteFile(path, []byte("nonsense"), 0o600)) },
		"under doubt":   func(path string) { must(t, os.WriteFile(path+".suspect", nil, 0o600)) },
		"a folder":      func(path string) { must(t, os.Remove(path)); must(t, os.Mkdir(path, 0o700)) },
		"newer version": func(path string) { must(t, setVersion(path, 99)) },
		"enough wait already": func(path string) {
			for n := range 32 {
				spool(t, path, meta(n, "truss", "sandbox"), store.Options{Sealer: xorSealer{}})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := base(t)
			if store.NewSpool(path, runID(77), store.Options{}) == nil {
				t.Fatal("an ordinary one is refused")
			}
			prepare(path)
			if store.NewSpool(path, runID(77), store.Options{}) != nil {
				t.Error("it takes a run")
			}
		})
	}
	if store.NewSpool(base(t), "../escape", store.Options{}) != nil {
		t.Error("a path for a run id")
	}
}

// setVersion writes user_version into the header of the file (SQLite file format, section
// 1.3.13).
func setVersion(path string, version byte) error {
	data, err := os.ReadFile(path)
	if err == nil {
		data[63] = version
		err = os.WriteFile(path, data, 0o600)
	}
	return err
}

func TestSpoolThatCannotBeWritten(t *testing.T) {
	path := base(t)
	must(t, os.WriteFile(filepath.Join(filepath.Dir(path), "spool"), nil, 0o600)) // a file where the folder should be
	if store.NewSpool(path, runID(1), store.Options{}) != nil {
		t.Error("it takes a run")
	}
	path = base(t)
	sp := store.NewSpool(path, runID(1), store.Options{Sealer: xorSealer{}})
	must(t, os.WriteFile(filepath.Join(filepath.Dir(path), "spool"), nil, 0o600))
	sp.Begin(meta(1, "truss", "sandbox"))
	if err := sp.Write(); err == nil {
		t.Error("said to be kept")
	}
}

func TestSpoolIsForTheUserOnly(t *testing.T) {
	path := base(t)
	spool(t, path, meta(1, "truss", "sandbox"), store.Options{Sealer: xorSealer{}})
	folder := filepath.Join(filepath.Dir(path), "spool")
	for _, name := range []string{folder, filepath.Join(folder, waiting(t, path)[0])} {
		info, err := os.Stat(name)
		must(t, err)
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", name, info.Mode())
		}
	}
}

// Whatever stands in the folder is passed over or taken in; nothing of it stops a history.
func FuzzTakeIn(f *testing.F) {
	path := base(f)
	spool(f, path, meta(1, "truss", "sandbox"), store.Options{Sealer: xorSealer{}}, sampleEvents()...)
	file := filepath.Join(filepath.Dir(path), "spool", waiting(f, path)[0])
	data, err := os.ReadFile(file)
	must(f, err)
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add([]byte("\x00\x00\x00\x01\x00\x00\x00\x00b"))
	s := openWith(f, path, store.Options{Sealer: xorSealer{}})
	f.Fuzz(func(t *testing.T, data []byte) {
		must(t, os.WriteFile(file, data, 0o600))
		if err := s.TakeIn(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
