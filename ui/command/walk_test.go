package command

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/diagnose"
	"oauthlens/flows/explain"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/session"
	"oauthlens/ui/present"
	"oauthlens/ui/tui"
)

var update = flag.Bool("update", false, "write the golden files")

// walker presses enter, and nothing but enter, as a newcomer does.
type walker struct {
	t      *testing.T
	run    *launch.Run
	now    func() time.Time
	flow   tui.Flow
	events chan flows.Event
	stage  int
}

func (w *walker) handle(e flows.Event) {
	next, effects := w.flow.Handle(w.now(), e)
	w.flow = next
	for _, effect := range effects {
		done := make(chan struct{})
		first := make(chan struct{}, 64)
		go func() {
			defer close(done)
			w.run.Perform(w.t.Context(), effect, func(ev flows.Event) { w.events <- ev; first <- struct{}{} })
		}()
		if _, listening := effect.(flows.Listen); listening {
			<-first
		} else {
			<-done
		}
	}
	for len(w.events) > 0 {
		w.handle(<-w.events)
	}
}

// enter does what the pane says that enter does; false when there is nothing more to do.
func (w *walker) enter() bool {
	walk := w.flow.Walk(w.now())
	next := walk.Panes[w.stage].Next
	if next.Why != "" || next.Label == "" {
		return false
	}
	if next.Action == "" {
		if next.To <= w.stage {
			return false // back to look again: the walk is over
		}
		w.stage = next.To
		return true
	}
	w.handle(flows.Asked{Action: next.Action})
	if next.Action == flows.ActApprove && session.Replay(w.flow.Trace()).Callback() == nil {
		select { // the listener reports the hit after it answered
		case e := <-w.events:
			w.handle(e)
		case <-time.After(30 * time.Second):
			w.t.Fatal("the callback was not reported")
		}
	}
	if next.To >= 0 {
		w.stage = next.To
	}
	return !strings.HasSuffix(next.Label, " again")
}

var (
	ports  = regexp.MustCompile(`127\.0\.0\.1:[0-9]+`)
	times  = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:.]+( UTC|Z)?|[0-9]{2}:[0-9]{2}:[0-9]{2}( UTC| GMT)?|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4}|\b1[0-9]{9}\b|[0-9.]+ ms\b|\b(in )?[0-9]+ (s|min|h|d|mo)( [0-9]+ (s|min))?( ago)?|[0-9]+ bytes`)
	random = regexp.MustCompile(`#[0-9a-f]{8}|[A-Za-z0-9_-]{20,}|Content-Length  [0-9]+|\([0-9]+ chars, |req-[0-9a-f]+|"expires_in": [0-9]+|"(jti|sub)": "[^"]*"`)
)

// stable replaces what differs from run to run.
func stable(s string) string {
	s = ports.ReplaceAllString(s, "127.0.0.1:PORT")
	s = times.ReplaceAllString(s, "TIME")
	return random.ReplaceAllString(s, "RANDOM")
}

// text is a screen in words, each pane with what it explains.
func text(walk present.Walk) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  [%s]\n", strings.Join(walk.Header.Path, " › "), walk.Header.Environment)
	for i, p := range walk.Panes {
		fmt.Fprintf(&b, "\n%d %s — %s\n  enter: %s\n", i+1, p.Title, p.Intro, cmp.Or(p.Next.Label, p.Next.Why))
		for _, tab := range p.Tabs {
			if tab.Name == "Explained" {
				lines(&b, tab.Build())
			}
		}
	}
	for _, f := range walk.Findings {
		fmt.Fprintf(&b, "\n%s %s: %s\n", f.Finding.Severity, f.Finding.Code, f.Finding.Title)
	}
	return b.String()
}

func lines(b *strings.Builder, l present.Lines) {
	for i := range l.Len() {
		line := l.At(i)
		b.WriteString("    ")
		if line.Label != "" {
			b.WriteString(line.Label + "  ")
		}
		for _, s := range line.Spans {
			b.WriteString(s.Text)
		}
		for _, c := range line.Cells {
			for _, s := range c {
				b.WriteString(s.Text + " | ")
			}
		}
		if line.Note != "" {
			b.WriteString("  — " + line.Note)
		}
		b.WriteString("\n")
	}
}

// everything is all text of a screen: every tab, every finding's detail.
func everything(walk present.Walk) string {
	var b strings.Builder
	for _, p := range walk.Panes {
		for _, tab := range p.Tabs {
			lines(&b, tab.Build())
		}
		b.WriteString(p.URL.Text)
	}
	for _, f := range walk.Findings {
		lines(&b, f.Detail())
	}
	return b.String()
}

// unexplained names what F1 has no page for: parameters, headers, claims, members, errors
// that the walk shows.
func unexplained(walk present.Walk) []string {
	var out []string
	for _, pane := range walk.Panes {
		for _, tab := range pane.Tabs {
			all := tab.Build()
			for i := range all.Len() {
				ref := all.At(i).Explain
				if pane.Title == "Call" && ref.Kind == "field" {
					continue // what an API answers is its own affair
				}
				if _, ok := explain.Lookup(explain.Kind(ref.Kind), ref.Name); !ok && ref.Name != "" {
					out = append(out, pane.Title+": "+ref.Kind+" "+ref.Name)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestTheWalkOfEveryProviderInWords: every profile, every grant it lists, against the
// simulator, over real sockets; the screens are compared with golden files.
func TestTheWalkOfEveryProviderInWords(t *testing.T) {
	all := provider.Embedded()
	for _, p := range all {
		if _, custom := p.Environment(flows.EnvCustom); custom {
			continue // it has no endpoints of its own
		}
		for _, g := range p.Grants {
			if g == flows.GrantRefreshToken {
				continue // it starts with a token of another run
			}
			t.Run(p.Name+"-"+string(g), func(t *testing.T) { walkByEnter(t, all, p, g) })
		}
	}
}

func walkByEnter(t *testing.T, all []flows.Provider, p flows.Provider, g flows.Grant) {
	l := &launch.Launcher{Providers: all, Now: time.Now}
	defer l.Close()
	run, err := l.Open(context.Background(), &launch.Request{Provider: p, Grant: g, Settings: flows.Settings{RedirectURI: "http://127.0.0.1:0/callback"}})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	judge := func(t flows.Trace) []flows.Finding { return diagnose.Run(t, diagnose.Options{Providers: all}) }
	s, _ := session.New(run.ID).Handle(l.Clock(), run.Start)
	w := &walker{t: t, run: run, now: l.Clock, flow: newRunFlow(s, judge), events: make(chan flows.Event, 64)}
	presses := 0
	for w.enter() {
		if presses++; presses > 30 {
			t.Fatal("enter leads in a circle")
		}
	}
	walk := w.flow.Walk(l.Clock())
	if missing := unexplained(walk); len(missing) > 0 {
		t.Errorf("not explained: %s", strings.Join(missing, ", "))
	}
	if w.stage != len(walk.Panes)-1 {
		t.Errorf("enter stops at step %d of %d: %s", w.stage+1, len(walk.Panes), walk.Panes[w.stage].Next.Why)
	}
	for _, f := range walk.Findings {
		if f.Finding.Severity != flows.SeverityInfo {
			t.Errorf("a healthy walk has the finding %s: %v", f.Finding.Code, f.Finding.Evidence)
		}
	}
	noSecrets(t, w.flow.Trace(), everything(walk))
	compareGolden(t, filepath.Join("testdata", "walk", p.Name+"-"+string(g)+".txt"), stable(text(walk)))
}

// noSecrets looks for every secret of the trace in what the screen shows.
func noSecrets(t *testing.T, trace flows.Trace, shown string) {
	s := session.Replay(trace)
	secrets := []flows.Secret{s.ClientSecret()}
	if d := s.Drawn(); d != nil {
		secrets = append(secrets, d.Verifier)
	}
	if cb := s.Callback(); cb != nil {
		secrets = append(secrets, flows.NewSecret(flows.FingerprintKey{}, "code", cb.Reading.Code))
	}
	for _, issued := range s.Tokens() {
		secrets = append(secrets, issued.Token.AccessToken, issued.Token.RefreshToken, issued.Token.IDToken)
	}
	for _, secret := range secrets {
		if raw := secret.RevealSecret(); raw != "" && strings.Contains(shown, raw) {
			t.Errorf("%s is on the screen", secret)
		}
	}
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
		for i := range g {
			if i >= len(w) || g[i] != w[i] {
				t.Fatalf("%s differs at line %d (go test -update writes it anew):\n got %s\nwant %s", path, i+1, g[i], append(w, "")[min(i, len(w))])
			}
		}
		t.Fatalf("%s is longer than the screen", path)
	}
}
