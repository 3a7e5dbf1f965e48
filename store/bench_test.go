package store_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/store"
)

func clear(_ flows.RunID, e flows.Event) flows.Event { return e }

func filled(b *testing.B, runs int) *store.Store {
	b.Helper()
	s := openSQLite(b, store.Options{Redact: clear})
	if err := s.Fill(b.Context(), runs, func(i int) store.RunMeta {
		m := meta(i+1, []string{"truss", "trustwill", "truelayer", "trulioo"}[i%4], []string{"simulator", "sandbox", "production"}[i%3])
		if i == 0 {
			m.Kind = "inspect"
		}
		m.Outcome = []flows.Outcome{flows.Succeeded, flows.Failed}[i%2]
		return m
	}); err != nil {
		b.Fatal(err)
	}
	return s
}

func BenchmarkFirstPage(b *testing.B) {
	for _, runs := range []int{100, 100_000} {
		b.Run(fmt.Sprint(runs), func(b *testing.B) {
			s := filled(b, runs)
			for b.Loop() {
				page, err := s.List(b.Context(), store.Query{Limit: 50})
				if err != nil || len(page) != 50 {
					b.Fatal(len(page), err)
				}
			}
		})
	}
}

func BenchmarkFilter(b *testing.B) {
	s := filled(b, 100_000)
	for _, filter := range []string{"t", "trulioo", "sandbox failed", "zzzz", "inspect", "2026-11-21", "2026-11-20", string(runID(5))} {
		b.Run(strings.ReplaceAll(filter, " ", "+"), func(b *testing.B) {
			for b.Loop() {
				if _, err := s.List(b.Context(), store.Query{Filter: filter, Limit: 50}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	for name, body := range map[string]int{"2KiB": 2 << 10, "200KiB": 200 << 10} {
		b.Run(name, func(b *testing.B) {
			s := openSQLite(b, store.Options{Sealer: xorSealer{}})
			write(b, s, meta(1, "truss", "sandbox"))
			event := sampleEvents()[2].(flows.ExchangeFinished)
			event.Exchange.Response.Body = []byte(strings.Repeat("x", body))
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				if err := s.Append(b.Context(), runID(1), flows.Record{Seq: i, At: noon, Event: event}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			reportMedian(b, took)
		})
	}
}

// reportMedian tells what one of these took: the mean of a benchmark hides the wait for a
// busy disk.
func reportMedian(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-median")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs-p99")
}

func BenchmarkOpen(b *testing.B) {
	b.Run("new", func(b *testing.B) {
		dir := b.TempDir()
		var took []time.Duration
		for i := 0; b.Loop(); i++ {
			start := time.Now()
			s, err := store.Open(b.Context(), filepath.Join(dir, fmt.Sprint(i), store.DatabaseName), store.Options{})
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
			b.StopTimer()
			s.Close()
			b.StartTimer()
		}
		reportMedian(b, took)
	})
	b.Run("100000", func(b *testing.B) {
		path := filled(b, 100_000).Path()
		var took []time.Duration
		for b.Loop() {
			start := time.Now()
			s, err := store.Open(b.Context(), path, store.Options{})
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
		reportMedian(b, took)
	})
}

func BenchmarkLoad(b *testing.B) {
	s := openSQLite(b, store.Options{Sealer: xorSealer{}})
	var events []flows.Event
	for range 10 {
		events = append(events, sampleEvents()...)
	}
	trace := write(b, s, meta(1, "truss", "sandbox"), events...)
	for b.Loop() {
		if _, err := s.Load(b.Context(), trace.Run); err != nil {
			b.Fatal(err)
		}
	}
}
