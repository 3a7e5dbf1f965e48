package present

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/diagnose"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
)

// recordedRun reads a run that package tui recorded for its pictures.
func recordedRun(t *testing.T, name string) flows.Trace {
	t.Helper()
	f, err := os.Open("../tui/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	trace := flows.Trace{Run: "7d1c0f5e2a94b683"}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l struct {
			Kind  string
			At    time.Time
			Event json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		e, err := flows.DecodeEvent(l.Kind, l.Event, flows.FingerprintKey{})
		if err != nil {
			t.Fatal(err)
		}
		trace = trace.Append(l.At, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return trace
}

// TestEveryMomentOfARunIsAWholeScreen makes the screen after every event of two real runs
// and builds every tab of every step: no secret is in any text, every way leads to a step
// that there is, and a line that can be copied says what it is.
func TestEveryMomentOfARunIsAWholeScreen(t *testing.T) {
	for _, name := range []string{"truss.jsonl", "truss-redirect-mismatch.jsonl"} {
		trace := recordedRun(t, name)
		mask := redact.ForTrace(trace)
		for n := 1; n <= len(trace.Records); n++ {
			part := trace
			part.Records = trace.Records[:n]
			w := Run(session.Replay(part), diagnose.Run(part, diagnose.Options{}), nil, part.EndedAt().Add(time.Second))
			if len(w.Rail) != len(w.Panes) || w.Current < 0 || w.Current >= len(w.Panes) {
				t.Fatalf("%s after %d events: %d steps, %d panes, at %d", name, n, len(w.Rail), len(w.Panes), w.Current)
			}
			for _, o := range w.Offers {
				if o.To >= len(w.Panes) || o.Label == "" {
					t.Errorf("%s after %d events: offer %+v", name, n, o)
				}
			}
			for _, p := range w.Panes {
				checkPane(t, mask, p, len(w.Panes))
			}
			for _, v := range w.Findings {
				checkLines(t, mask, v.Detail(), "finding "+v.Finding.Code)
			}
		}
	}
}

func checkPane(t *testing.T, mask *redact.Masker, p Pane, steps int) {
	t.Helper()
	if p.Next.To >= steps || p.Next.Label == "" || p.Intro == "" {
		t.Errorf("%s: next %+v, intro %q", p.Title, p.Next, p.Intro)
	}
	for _, tab := range p.Tabs {
		checkLines(t, mask, tab.Build(), p.Title+" "+tab.Name)
	}
	curl := ""
	if p.Curl != nil {
		curl = p.Curl().Text
	}
	if leaks := mask.Leaks([]byte(curl + p.URL.Text)); len(leaks) > 0 {
		t.Errorf("%s: curl or URL hold %v", p.Title, leaks)
	}
}

func checkLines(t *testing.T, mask *redact.Masker, lines Lines, where string) {
	t.Helper()
	if lines.Len() == 0 {
		t.Errorf("%s is empty", where)
	}
	var text strings.Builder
	for i := range lines.Len() {
		l := lines.At(i)
		text.WriteString(l.Label + " " + l.Note + " " + l.Copy.Text + " " + l.Path)
		for _, spans := range append(l.Cells, l.Spans) {
			for _, s := range spans {
				text.WriteString(" " + s.Text + " " + s.Link)
			}
		}
		text.WriteByte('\n')
		if !l.Copy.IsZero() && l.Copy.What == "" {
			t.Errorf("%s: a line can be copied and has no name: %q", where, l.Copy.Text)
		}
		if l.Edit != nil && len(mask.Leaks([]byte(l.Edit.Value))) > 0 {
			t.Errorf("%s: the editor of %s holds a secret", where, l.Edit.Name)
		}
		if l.Explain.Name != "" {
			if _, _, ok := Explain(flows.Provider{}, l.Explain); !ok && l.Explain.Kind != "field" && l.Explain.Kind != "scope" {
				t.Errorf("%s: nothing explains %+v", where, l.Explain)
			}
		}
	}
	if leaks := mask.Leaks([]byte(text.String())); len(leaks) > 0 {
		t.Errorf("%s shows %v", where, leaks)
	}
}

func TestProviderLinesOfEveryProfile(t *testing.T) {
	providers := provider.Embedded()
	for _, p := range providers {
		for _, env := range EnvironmentNames(p) {
			for _, g := range p.Grants {
				lines := ProviderLines(p, ProviderFacts{Environment: env, Grant: g, Client: func(string) string { return "not set" }, LastRun: "3 h ago: failed", From: "mine.toml"})
				text := ""
				for _, l := range lines {
					for _, s := range l.Spans {
						text += s.Text
					}
					if l.Kind == Row && len(l.Spans) == 0 {
						t.Errorf("%s: the row %q is empty", p.Name, l.Label)
					}
				}
				for _, want := range []string{p.Summary, "● " + env, "● " + GrantTitle(g), "3 h ago", "mine.toml"} {
					if !strings.Contains(text, want) {
						t.Errorf("%s: %q is missing", p.Name, want)
					}
				}
				asked := launch.DefaultScopes(p, g)
				for _, l := range lines { // without colours too it is seen what a run asks for
					if l.Copy.What != "the scope" {
						continue
					}
					omits := slices.Contains(p.Dialect.OmitScope, g)
					on := slices.Contains(asked, l.Copy.Text) && !omits
					if strings.HasSuffix(l.Note, "asked for)") != on || strings.HasSuffix(l.Note, "not sent)") != omits {
						t.Errorf("%s, %s: %q %q, asked for: %v, not sent: %v", p.Name, g, l.Copy.Text, l.Note, on, omits)
					}
				}
			}
		}
		if strings.TrimSpace(GrantWords(p)) == "" {
			t.Errorf("%s has no grant in the list", p.Name)
		}
	}
}

func TestLife(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		0: "", -time.Hour: "", 30 * time.Second: "30 s", 5 * time.Minute: "5 min", time.Hour: "60 min", 3 * time.Hour: "3 hours", day: "1 day",
		90 * day: "90 days", 180 * day: "6 months", 365 * day: "1 year", 10 * day: "10 days",
	} {
		if got := Life(d); got != want {
			t.Errorf("Life(%v) = %q, want %q", d, got, want)
		}
	}
}

// TestWhyNothingListens: a wait that was cancelled is no redirect URI elsewhere, and a browser
// that could not be opened is told where one waits for it.
func TestWhyNothingListens(t *testing.T) {
	trace := recordedRun(t, "truss.jsonl")
	for i, r := range trace.Records {
		if _, ok := r.Event.(flows.AuthorizationBuilt); ok {
			trace.Records = trace.Records[:i+1]
			break
		}
	}
	at := trace.EndedAt()
	elsewhere := "https://app.example.test/callback"
	for name, tt := range map[string]struct {
		events []flows.Event
		want   string
	}{
		"cancelled":  {[]flows.Event{flows.BrowserOpened{}, flows.Asked{Action: flows.ActCancel}}, "closed when the wait was cancelled"},
		"elsewhere":  {[]flows.Event{flows.Asked{Action: flows.ActCancel}, flows.Changed{Change: flows.SettingsChange{RedirectURI: &elsewhere}}}, "not on this machine"},
		"no browser": {[]flows.Event{flows.BrowserOpened{Problem: "there is none here"}}, "could not be opened: there is none here."},
	} {
		part := trace
		for _, e := range tt.events {
			part = part.Append(at, e)
		}
		w := Run(session.Replay(part), nil, nil, at)
		var text strings.Builder
		lines := w.Panes[2].Tabs[0].Build()
		for i := range lines.Len() {
			for _, s := range lines.At(i).Spans {
				text.WriteString(s.Text + "\n")
			}
		}
		if !strings.Contains(text.String(), tt.want) {
			t.Errorf("%s: %q is not in\n%s", name, tt.want, text.String())
		}
	}
}
