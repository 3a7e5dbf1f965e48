package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"oauthlens/flows"
	"oauthlens/store"
)

// history is what every store does.
type history interface {
	Begin(context.Context, store.RunMeta) error
	Append(context.Context, flows.RunID, flows.Record) error
	Finish(context.Context, flows.RunID, store.Ending, time.Time) error
	List(context.Context, store.Query) ([]store.RunMeta, error)
	Meta(context.Context, flows.RunID) (store.RunMeta, error)
	Load(context.Context, flows.RunID) (flows.Trace, error)
	Resolve(context.Context, string) (flows.RunID, error)
	Delete(context.Context, ...flows.RunID) error
	Prune(context.Context, time.Time, int) (int, error)
	SaveClient(context.Context, store.ClientSettings) error
	LoadClient(context.Context, string, string) (store.ClientSettings, bool, error)
	DeleteClient(context.Context, string, string) error
	MarkSent(context.Context, flows.RunID, string, []byte, time.Time) error
	SeenSecret(context.Context, string, []byte) (store.Sent, bool, error)
}

var (
	noon   = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	keyOne = flows.FingerprintKey{1}
)

func runID(n int) flows.RunID { return flows.RunID(fmt.Sprintf("%016x", uint64(n)*0x9e3779b97f4a7c15)) }

func openSQLite(t testing.TB, options store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "data", store.DatabaseName), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func eachStore(t *testing.T, test func(*testing.T, history)) {
	t.Run("sqlite sealed", func(t *testing.T) { test(t, openSQLite(t, store.Options{Sealer: xorSealer{}})) })
	t.Run("sqlite in clear", func(t *testing.T) {
		test(t, openSQLite(t, store.Options{Redact: clear}))
	})
	t.Run("memory", func(t *testing.T) { test(t, store.NewMemory()) })
}

// xorSealer is a sealer that can be looked through: it changes every byte and keeps the
// additional data beside them.
type xorSealer struct{}

func (xorSealer) CanSeal() bool { return true }

func (xorSealer) Seal(plain, additional []byte) ([]byte, error) {
	return xor(slices.Concat([]byte{byte(len(additional))}, additional, plain)), nil
}

func (xorSealer) Open(sealed, additional []byte) ([]byte, error) {
	plain, ok := strings.CutPrefix(string(xor(sealed)), string(append([]byte{byte(len(additional))}, additional...)))
	if !ok {
		return nil, errors.New("sealed for another place")
	}
	return []byte(plain), nil
}

func xor(b []byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[i] = b[i] ^ 0xa5
	}
	return out
}

func sampleEvents() []flows.Event {
	secret := func(name, raw string) flows.Secret { return flows.NewSecret(keyOne, name, raw) }
	return []flows.Event{
		flows.RunStarted{Provider: flows.Provider{Name: "truss", Title: "Truss"}, Grant: flows.GrantAuthorizationCode,
			Credentials: flows.Credentials{ClientSecret: secret("client_secret", "ClientSecretClientSecret")}, Fingerprints: keyOne},
		flows.Drawn{State: secret("state", "StateStateStateState"), Verifier: secret("code_verifier", "VerifierVerifierVerifier")},
		flows.ExchangeFinished{ID: 1, Exchange: flows.Exchange{Step: flows.StepExchange,
			Request:  flows.Request{Method: "POST", URL: "https://auth.example.test/token", Headers: flows.Headers{{Name: "Accept", Value: "*/*"}}, Body: []byte("code=CodeCodeCodeCode")},
			Response: &flows.Response{Status: 200, Body: []byte("{\"access_token\":\"AccessAccessAccess\"}\xff")},
			Started:  noon, Ended: noon.Add(time.Second)}},
		flows.RunEnded{Outcome: flows.Succeeded},
	}
}

func write(t testing.TB, h history, meta store.RunMeta, events ...flows.Event) flows.Trace {
	t.Helper()
	if err := h.Begin(t.Context(), meta); err != nil {
		t.Fatal(err)
	}
	trace := flows.Trace{Run: meta.Run}
	for i, e := range events {
		trace = trace.Append(meta.Started.Add(time.Duration(i)*time.Second), e)
		if err := h.Append(t.Context(), meta.Run, trace.Records[i]); err != nil {
			t.Fatal(err)
		}
	}
	return trace
}

func meta(n int, provider, environment string) store.RunMeta {
	return store.RunMeta{Run: runID(n), Kind: "run", Provider: provider, Environment: environment, Grant: flows.GrantAuthorizationCode,
		Started: noon.Add(time.Duration(n) * time.Minute)}
}

func compareSecrets(a, b flows.Secret) bool { return a == b }

func TestTraceComesBack(t *testing.T) {
	eachStore(t, func(t *testing.T, h history) {
		want := write(t, h, meta(1, "truss", "sandbox"), sampleEvents()...)
		write(t, h, meta(2, "truss", "sandbox"), flows.Noted{Text: "another run"})
		got, err := h.Load(t.Context(), want.Run)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(compareSecrets)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMissingEventsLeaveANote(t *testing.T) {
	eachStore(t, func(t *testing.T, h history) {
		write(t, h, meta(1, "truss", "sandbox"), flows.Noted{Text: "first"})
		if err := h.Append(t.Context(), runID(1), flows.Record{Seq: 3, At: noon, Event: flows.Noted{Text: "fourth"}}); err != nil {
			t.Fatal(err)
		}
		trace, err := h.Load(t.Context(), runID(1))
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for i, r := range trace.Records {
			if r.Seq != i {
				t.Errorf("record %d has number %d", i, r.Seq)
			}
			texts = append(texts, r.Event.(flows.Noted).Text)
		}
		want := []string{"first", "event 1 was not saved", "event 2 was not saved", "fourth"}
		if !slices.Equal(texts, want) {
			t.Errorf("got %q", texts)
		}
		if err := h.Append(t.Context(), runID(1), flows.Record{Seq: 9_000_000, At: noon, Event: flows.Noted{}}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Load(t.Context(), runID(1)); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("millions of missing events: %v", err)
		}
	})
}

func TestWhatIsRefused(t *testing.T) {
	eachStore(t, func(t *testing.T, h history) {
		ctx := t.Context()
		write(t, h, meta(1, "truss", "sandbox"), flows.Noted{})
		tests := []struct {
			name string
			err  error
			want error
		}{
			{"begin twice", h.Begin(ctx, meta(1, "truss", "sandbox")), store.ErrExists},
			{"begin with a bad id", h.Begin(ctx, store.RunMeta{Run: "../../etc"}), store.ErrUsage},
			{"append twice", h.Append(ctx, runID(1), flows.Record{Event: flows.Noted{}}), store.ErrExists},
			{"append to no run", h.Append(ctx, runID(7), flows.Record{Event: flows.Noted{}}), store.ErrNotFound},
			{"finish no run", h.Finish(ctx, runID(7), store.Ending{}, noon), store.ErrNotFound},
			{"delete no run", h.Delete(ctx, runID(1), runID(7)), store.ErrNotFound},
			{"mark no run", h.MarkSent(ctx, runID(7), store.SentCode, []byte{1}, noon), store.ErrNotFound},
			{"load no run", second(h.Load(ctx, runID(7))), store.ErrNotFound},
			{"meta of no run", second(h.Meta(ctx, runID(7))), store.ErrNotFound},
			{"prune everything", second(h.Prune(ctx, time.Time{}, 0)), store.ErrUsage},
			{"prune a negative number", second(h.Prune(ctx, noon, -1)), store.ErrUsage},
			{"resolve too short", second(h.Resolve(ctx, string(runID(1)[:3]))), store.ErrUsage},
			{"resolve too long", second(h.Resolve(ctx, string(runID(1))+"0")), store.ErrUsage},
			{"resolve no hex", second(h.Resolve(ctx, "wxyz")), store.ErrUsage},
			{"resolve lastly", second(h.Resolve(ctx, "lastly")), store.ErrUsage},
			{"resolve last~", second(h.Resolve(ctx, "last~")), store.ErrUsage},
			{"resolve last~+1", second(h.Resolve(ctx, "last~+1")), store.ErrUsage},
			{"resolve last~-1", second(h.Resolve(ctx, "last~-1")), store.ErrUsage},
			{"resolve beyond the first", second(h.Resolve(ctx, "last~1")), store.ErrNotFound},
			{"resolve an unknown prefix", second(h.Resolve(ctx, "ffff")), store.ErrNotFound},
		}
		for _, tt := range tests {
			if !errors.Is(tt.err, tt.want) {
				t.Errorf("%s: %v", tt.name, tt.err)
			}
			var problem *store.Problem
			if !errors.As(tt.err, &problem) || strings.ContainsAny(problem.Sentence, "\n\x1b") {
				t.Errorf("%s is not one sentence: %v", tt.name, tt.err)
			}
		}
		if _, err := h.Meta(ctx, runID(1)); err != nil {
			t.Errorf("a refused deletion deleted: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestListAndFilter(t *testing.T) {
	eachStore(t, func(t *testing.T, h history) {
		ctx := t.Context()
		for i := 1; i <= 6; i++ {
			write(t, h, meta(i, []string{"truss", "truelayer"}[i%2], []string{"sandbox", "production", "simulator"}[i%3]))
		}
		ending := store.Ending{Outcome: flows.Failed, Finding: "redirect-uri-changed", ExpiresAt: noon.Add(time.Hour)}
		if err := h.Finish(ctx, runID(3), ending, noon.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		third := meta(3, "truelayer", "sandbox")
		third.Outcome, third.Finding, third.ExpiresAt, third.Ended = ending.Outcome, ending.Finding, ending.ExpiresAt, noon.Add(time.Minute)
		got, err := h.Meta(ctx, runID(3))
		third.Order = got.Order
		third.Redacted = got.Redacted
		if err != nil || got != third {
			t.Errorf("meta %+v, %v", got, err)
		}
		tests := []struct {
			query store.Query
			want  []int
		}{
			{store.Query{}, []int{6, 5, 4, 3, 2, 1}},
			{store.Query{Limit: 2}, []int{6, 5}},
			{store.Query{Filter: "truelayer"}, []int{5, 3, 1}},
			{store.Query{Filter: "  TRUSS  sand "}, []int{6}},
			{store.Query{Filter: "failed"}, []int{3}},
			{store.Query{Filter: "running"}, []int{6, 5, 4, 2, 1}},
			{store.Query{Filter: "redirect-uri"}, []int{3}},
			{store.Query{Filter: "authorization_code 2026-11-21"}, []int{6, 5, 4, 3, 2, 1}},
			{store.Query{Filter: string(runID(4)[:6])}, []int{4}},
			{store.Query{Filter: string(runID(4))}, []int{4}},
			{store.Query{Filter: string(runID(4)) + "0"}, nil},
			{store.Query{Filter: "2026"}, []int{6, 5, 4, 3, 2, 1}},
			{store.Query{Filter: "2026-1"}, []int{6, 5, 4, 3, 2, 1}},
			{store.Query{Filter: "2026-0"}, nil},
			{store.Query{Filter: "2026-11-"}, []int{6, 5, 4, 3, 2, 1}},
			{store.Query{Filter: "2026-11-2"}, []int{6, 5, 4, 3, 2, 1}},
			{store.Query{Filter: "2026-11-22"}, nil},
			{store.Query{Filter: "2025"}, nil},
			{store.Query{Filter: "2026-13"}, nil},
			{store.Query{Filter: "truelayer sandbox 2026-11-21 failed"}, []int{3}},
			{store.Query{Filter: "truss xyzzy"}, nil},
			{store.Query{Filter: "%"}, nil},
			{store.Query{Filter: "tr_ss"}, nil},
			{store.Query{Filter: "' OR 1=1 --"}, nil},
		}
		for _, tt := range tests {
			if got := numbers(t, h, tt.query); !slices.Equal(got, tt.want) {
				t.Errorf("%+v: %v, want %v", tt.query, got, tt.want)
			}
		}
	})
}

func numbers(t *testing.T, h history, q store.Query) []int {
	t.Helper()
	runs, err := h.List(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var out []int
	for _, r := range runs {
		for n := range 100 {
			if runID(n) == r.Run {
				out = append(out, n)
			}
		}
	}
	return out
}

func TestPages(t *testing.T) {
	eachStore(t, func(t *testing.T, h history) {
		for i := 1; i <= 25; i++ {
			write(t, h, meta(i, "truss", "sandbox"))
		}
		var seen []flows.RunID
		query := store.Query{Filter: "truss", Limit: 10}
		for {
			runs, err := h.List(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			if len(runs) == 0 {
				break
			}
			for _, r := range runs {
				seen = append(seen, r.Run)
			}
			query.Before = runs[len(runs)-1].Order
			write(t, h, meta(30+len(seen), "truss", "sandbox"))
		}
		if len(seen) != 25 || seen[0] != runID(25) || seen[24] != runID(1) {
			t.Errorf("pages gave %d runs: %v", len(seen), seen)
		}
	})
}

func TestClockSetBackKeepsTheOrder(t *testing.T) {
	eachStore(t, func(t *testing.T, h history) {
		for i := 1; i <= 4; i++ {
			m := meta(i, "truss", "sandbox")
			m.Started = noon.Add(-time.Duration(i) * time.Hour)
			write(t, h, m, flows.Noted{Text: "a"})
			if err := h.Append(t.Context(), m.Run, flows.Record{Seq: 1, At: m.Started.Add(-time.Hour), Event: flows.Noted{Text: "b"}}); err != nil {
				t.Fatal(err)
			}
		}
		if got := numbers(t, h, store.Query{}); !slices.Equal(got, []int{4, 3, 2, 1}) {
			t.Errorf("order %v", got)
		}
		if last, err := h.Resolve(t.Context(), "last"); err != nil || last != runID(4) {
			t.Errorf("last is %s, %v", last, err)
		}
		trace, err := h.Load(t.Context(), runID(2))
		if err != nil || trace.Records[1].Event.(flows.Noted).Text != "b" {
			t.Errorf("events %v, %v", trace, err)
		}
	})
}

func TestResolve(t *testing.T) {
	eachStore(t, func(t *testing.T, h history) {
		for _, id := range []flows.RunID{"abcd000000000002", "abcd000000000001", "abce000000000003"} {
			write(t, h, store.RunMeta{Run: id})
		}
		tests := []struct {
			ref  string
			want flows.RunID
		}{
			{"abcd000000000001", "abcd000000000001"}, {"abce", "abce000000000003"}, {"ABCE", "abce000000000003"},
			{"last", "abce000000000003"}, {"last~0", "abce000000000003"}, {"last~2", "abcd000000000002"},
		}
		for _, tt := range tests {
			if got, err := h.Resolve(t.Context(), tt.ref); err != nil || got != tt.want {
				t.Errorf("%s: %s, %v", tt.ref, got, err)
			}
		}
		if _, err := h.Resolve(t.Context(), "abcd"); !errors.Is(err, store.ErrAmbiguous) || !strings.Contains(err.Error(), "abcd000000000001 and abcd000000000002") {
			t.Errorf("ambiguous: %v", err)
		}
	})
}

func TestDeleteAndPrune(t *testing.T) {
	eachStore(t, func(t *testing.T, h history) {
		ctx := t.Context()
		for i := 1; i <= 10; i++ {
			write(t, h, meta(i, "truss", "sandbox"), flows.Noted{})
		}
		if err := h.Delete(ctx, runID(9), runID(2)); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Load(ctx, runID(9)); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleted run: %v", err)
		}
		prunes := []struct {
			older time.Time
			keep  int
			want  []int
		}{
			{noon.Add(4 * time.Minute), 0, []int{10, 8, 7, 6, 5, 4}},
			{noon.Add(time.Hour), 5, []int{10, 8, 7, 6, 5}},
			{noon.Add(6 * time.Minute), 4, []int{10, 8, 7, 6}},
			{time.Time{}, 3, []int{10, 8, 7}},
			{time.Time{}, 30, []int{10, 8, 7}},
			{noon.Add(-time.Hour), 0, []int{10, 8, 7}},
		}
		for _, p := range prunes {
			before := len(numbers(t, h, store.Query{}))
			n, err := h.Prune(ctx, p.older, p.keep)
			got := numbers(t, h, store.Query{})
			if err != nil || !slices.Equal(got, p.want) || n != before-len(got) {
				t.Errorf("prune %v keep %d: %v (%d deleted), %v", p.older, p.keep, got, n, err)
			}
		}
		write(t, h, meta(11, "truss", "sandbox"))
		if got := numbers(t, h, store.Query{}); got[0] != 11 {
			t.Errorf("a run after a deletion is not the newest: %v", got)
		}
	})
}

func TestClientSettings(t *testing.T) {
	eachStore(t, func(t *testing.T, h history) {
		ctx := t.Context()
		if _, ok, err := h.LoadClient(ctx, "truss", "sandbox"); ok || err != nil {
			t.Errorf("none saved: %v, %v", ok, err)
		}
		c := store.ClientSettings{Provider: "truss", Environment: "sandbox", ClientID: "client-1", Secret: store.SecretSource{From: "env", Name: "TRUSS_SECRET"},
			RedirectURI: "http://127.0.0.1:53682/callback", Scopes: []string{"b", "a"}, PKCE: flows.PKCES256,
			AuthorizeEdits: []flows.ParamEdit{{Op: flows.EditSet, Name: "prompt", Value: "consent"}},
			TokenEdits: []flows.ParamEdit{{Op: flows.EditSet, Name: "Client_Secret", Value: "hunter2"}, {Op: flows.EditRemove, Name: "client_secret"},
				{Op: flows.EditAdd, Name: "x_app_secret", Value: "hunter2"}, {Op: flows.EditAdd, Name: "audience", Value: "api"}}}
		if err := h.SaveClient(ctx, c); err != nil {
			t.Fatal(err)
		}
		c.TokenEdits = []flows.ParamEdit{c.TokenEdits[1], c.TokenEdits[3]}
		for range 2 {
			got, ok, err := h.LoadClient(ctx, "truss", "sandbox")
			if diff := cmp.Diff(c, got); diff != "" || !ok || err != nil {
				t.Errorf("%v %v\n%s", ok, err, diff)
			}
			c.ClientID, c.Scopes = "client-2", []string{}
			if err := h.SaveClient(ctx, c); err != nil {
				t.Fatal(err)
			}
		}
		if _, ok, _ := h.LoadClient(ctx, "truss", "production"); ok {
			t.Error("settings of another environment")
		}
		if err := h.DeleteClient(ctx, "truss", "sandbox"); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := h.LoadClient(ctx, "truss", "sandbox"); ok || err != nil {
			t.Errorf("after deletion: %v, %v", ok, err)
		}
	})
}

func TestSentSecretsAreKnownAgain(t *testing.T) {
	eachStore(t, func(t *testing.T, h history) {
		ctx := t.Context()
		write(t, h, meta(1, "truss", "sandbox"))
		write(t, h, meta(2, "truss", "sandbox"))
		code := store.SentHash(keyOne, store.SentCode, "CodeCodeCode")
		if _, ok, err := h.SeenSecret(ctx, store.SentCode, code); ok || err != nil {
			t.Errorf("before: %v, %v", ok, err)
		}
		for i, run := range []int{1, 1, 2} {
			if err := h.MarkSent(ctx, runID(run), store.SentCode, code, noon.Add(time.Duration(i)*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		sent, ok, err := h.SeenSecret(ctx, store.SentCode, code)
		if err != nil || !ok || sent.Run != runID(1) || !sent.At.Equal(noon) {
			t.Errorf("first sending: %+v, %v, %v", sent, ok, err)
		}
		for name, hash := range map[string][]byte{
			"another kind": store.SentHash(keyOne, store.SentRefreshToken, "CodeCodeCode"),
			"another key":  store.SentHash(flows.FingerprintKey{2}, store.SentCode, "CodeCodeCode"),
		} {
			if _, ok, _ := h.SeenSecret(ctx, store.SentCode, hash); ok {
				t.Error("found under " + name)
			}
		}
		if _, ok, _ := h.SeenSecret(ctx, store.SentRefreshToken, code); ok {
			t.Error("found as a refresh token")
		}
		if err := h.Delete(ctx, runID(1)); err != nil {
			t.Fatal(err)
		}
		if sent, ok, _ := h.SeenSecret(ctx, store.SentCode, code); !ok || sent.Run != runID(2) {
			t.Errorf("after deleting the first: %+v, %v", sent, ok)
		}
	})
}
