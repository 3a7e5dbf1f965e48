package store_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/store"
)

var long = flag.Bool("long", false, "the tests with several processes at their full size")

// childVariable makes the test binary a writer: "FIRST COUNT PATH".
const childVariable = "OAUTHLENS_STORE_TEST_CHILD"

func TestMain(m *testing.M) {
	if job := os.Getenv(childVariable); job != "" {
		if err := writeRuns(job); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	os.Exit(m.Run())
}

const eventsPerRun = 4

// writeRuns writes whole runs and says so, event by event, after each was appended.
func writeRuns(job string) error {
	parts := strings.SplitN(job, " ", 3)
	first, err1 := strconv.Atoi(parts[0])
	count, err2 := strconv.Atoi(parts[1])
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	ctx := context.Background()
	s, err := store.Open(ctx, parts[2], store.Options{Sealer: xorSealer{}})
	if err != nil {
		return err
	}
	for n := first; n < first+count; n++ {
		if err := s.Begin(ctx, meta(n, "truss", "sandbox")); err != nil {
			return err
		}
		for seq := range eventsPerRun {
			if err := s.Append(ctx, runID(n), flows.Record{Seq: seq, At: noon, Event: sampleEvents()[seq]}); err != nil {
				return err
			}
			fmt.Printf("%s %d\n", runID(n), seq)
		}
		if err := s.Finish(ctx, runID(n), store.Ending{Outcome: flows.Succeeded}, noon); err != nil {
			return err
		}
	}
	return s.Close()
}

func child(t *testing.T, first, count int, path string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d %s", childVariable, first, count, path))
	cmd.Stderr = os.Stderr
	return cmd
}

// TestKilledWriterLosesNothing kills a writing process at a random moment, again and
// again: whatever it said was appended must be there, and the database whole.
func TestKilledWriterLosesNothing(t *testing.T) {
	rounds := 30
	if *long {
		rounds = 200
	}
	path := filepath.Join(t.TempDir(), store.DatabaseName)
	random := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	acknowledged := 0
	for round := range rounds {
		said := killedWriter(t, child(t, 1+round*100_000, 100_000, path), max(0, random.IntN(80)-10))
		s, err := store.Open(t.Context(), path, store.Options{Sealer: xorSealer{}})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Notes()) > 0 {
			t.Fatalf("round %d: %q", round, s.Notes())
		}
		checkSaid(t, s, said)
		acknowledged += len(said)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s, err := store.Open(t.Context(), path, store.Options{Sealer: xorSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if verdict, err := s.IntegrityCheck(t.Context()); verdict != "ok" {
		t.Errorf("integrity: %s, %v", verdict, err)
	}
	if acknowledged == 0 {
		t.Error("no writer lived long enough to write")
	}
	t.Logf("%d kills, %d events acknowledged, none lost", rounds, acknowledged)
}

// killedWriter lets the writer say so many lines, and kills it at the next moment; with
// none it is killed within its first milliseconds, while it opens the database.
func killedWriter(t *testing.T, cmd *exec.Cmd, lines int) []string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if lines == 0 {
		time.Sleep(rand.N(25 * time.Millisecond))
		cmd.Process.Kill()
	}
	var said []string
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		said = append(said, scanner.Text())
		if len(said) == lines {
			cmd.Process.Kill()
		}
	}
	if err := cmd.Wait(); err == nil && lines > 0 {
		t.Error("the writer ended by itself")
	}
	return said
}

func checkSaid(t *testing.T, s *store.Store, said []string) {
	t.Helper()
	have := map[string]int{}
	for _, line := range said {
		run, seq, _ := strings.Cut(line, " ")
		number, err := strconv.Atoi(seq)
		if err != nil {
			t.Fatalf("the writer said %q", line)
		}
		have[run] = number + 1
	}
	for run, events := range have {
		trace, err := s.Load(t.Context(), flows.RunID(run))
		if err != nil {
			t.Fatal(err)
		}
		if len(trace.Records) < events {
			t.Fatalf("run %s has %d events, %d were acknowledged", run, len(trace.Records), events)
		}
		for i, record := range trace.Records {
			if flows.KindOf(record.Event) != flows.KindOf(sampleEvents()[i]) {
				t.Fatalf("event %d of run %s is %s", i, run, flows.KindOf(record.Event))
			}
		}
	}
}

// TestFourProcesses write into one database that none of them found there.
func TestFourProcesses(t *testing.T) {
	const processes = 4
	runs := 40
	if *long {
		runs = 2000
	}
	path := filepath.Join(t.TempDir(), "new", store.DatabaseName)
	var wait sync.WaitGroup
	for i := range processes {
		cmd := child(t, 1+i*runs, runs, path)
		wait.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Errorf("process %d: %v", i, err)
			}
		})
	}
	wait.Wait()
	s, err := store.Open(t.Context(), path, store.Options{Sealer: xorSealer{}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	found, query := 0, store.Query{Limit: 1000, Filter: "succeeded"}
	for {
		page, err := s.List(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		found += len(page)
		query.Before = page[len(page)-1].Order
	}
	if found != processes*runs {
		t.Errorf("%d runs of %d", found, processes*runs)
	}
	for n := 1; n <= processes*runs; n += 7 {
		if trace, err := s.Load(t.Context(), runID(n)); err != nil || len(trace.Records) != eventsPerRun {
			t.Fatalf("run %d: %d events, %v", n, len(trace.Records), err)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	eachStore(t, func(t *testing.T, h history) {
		const writers, events = 6, 15
		var wait sync.WaitGroup
		for i := range writers {
			wait.Go(func() {
				run := runID(i + 1)
				if err := h.Begin(t.Context(), store.RunMeta{Run: run}); err != nil {
					t.Error(err)
				}
				for seq := range events {
					if err := h.Append(t.Context(), run, flows.Record{Seq: seq, At: noon, Event: flows.Noted{Text: "x"}}); err != nil {
						t.Error(err)
					}
					if _, err := h.List(t.Context(), store.Query{Filter: "x"}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		for i := range writers {
			if trace, err := h.Load(t.Context(), runID(i+1)); err != nil || len(trace.Records) != events {
				t.Errorf("%d events, %v", len(trace.Records), err)
			}
		}
	})
}

func TestCancelledAppendIsNotHalf(t *testing.T) {
	s := openSQLite(t, store.Options{Sealer: xorSealer{}})
	write(t, s, meta(1, "truss", "sandbox"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Append(ctx, runID(1), flows.Record{Event: flows.Noted{}}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := s.Append(t.Context(), runID(1), flows.Record{Event: flows.Noted{}}); err != nil {
		t.Errorf("after a cancelled one: %v", err)
	}
}
