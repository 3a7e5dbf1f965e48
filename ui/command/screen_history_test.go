package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/flows/launch"
	"oauthlens/flows/provider"
	"oauthlens/flows/session"
	"oauthlens/ui/tui"
)

// sitAt sits down at a program with a history.
func sitAt(t *testing.T, w *World) *sitting {
	t.Helper()
	c, _ := provider.NewCatalogue(nil, "")
	s := &sitting{t: t, messages: make(chan tea.Msg, 256)}
	t.Cleanup(w.Launcher.Close)
	s.m = tui.New(t.Context(), w.screenDeps(t.Context(), c), tui.Options{})
	s.do(s.m.Init())
	s.update(tea.WindowSizeMsg{Width: 130, Height: 40})
	return s
}

func (s *sitting) shows(text string) string {
	s.t.Helper()
	return s.until(text, func(frame string) bool { return strings.Contains(frame, text) })
}

// walkTruss walks the first provider to its token.
func (s *sitting) walkTruss() flows.RunID {
	s.t.Helper()
	s.press("enter")
	s.shows("CLIENT")
	for range 20 {
		f, ok := s.m.Live()
		if ok && session.Replay(f.Trace()).Token() != nil {
			s.until("the token on the screen", quiet)
			return f.Trace().Run
		}
		before := s.m.Frame().Text()
		s.press("enter")
		s.until("something after enter", func(text string) bool { return text != before && quiet(text) })
	}
	s.t.Fatalf("no token:\n%s", s.m.Frame().Text())
	return ""
}

func (s *sitting) typed(text string) {
	for _, r := range text {
		s.press(string(r))
	}
}

func steps(t flows.Trace, kind flows.StepKind) int {
	n := 0
	for _, st := range t.Steps() {
		if st.Kind == kind {
			n++
		}
	}
	return n
}

// TestASavedTokenIsRefreshedFromTheHistory walks a run, leaves it for another, opens it
// from the history as it was, and refreshes and revokes its token from there.
func TestASavedTokenIsRefreshedFromTheHistory(t *testing.T) {
	home := t.TempDir()
	withPassphrase(t, home, "correct horse")
	w := clientWorld(t, home, nil)
	v, err := w.Archive.Vault()
	if err == nil {
		err = v.Unlock("correct horse")
	}
	if err != nil {
		t.Fatal(err)
	}
	s := sitAt(t, w)
	first := s.walkTruss()
	s.press("r") // goes to the request
	if f, _ := s.m.Live(); steps(f.Trace(), flows.StepRefresh) != 0 || !strings.Contains(s.shows("8 REFRESH"), "r or enter sends it") {
		t.Errorf("sent before it was shown:\n%s", s.m.Frame().Text())
	}
	s.press("r")
	s.until("a refresh", func(text string) bool {
		f, _ := s.m.Live()
		return steps(f.Trace(), flows.StepRefresh) == 1 && quiet(text)
	})
	if text := s.m.Frame().Text(); strings.Contains(strings.SplitN(text, "\n", 2)[0], "not ") {
		t.Errorf("a sealed run has a remark in its header: %s", strings.SplitN(text, "\n", 2)[0])
	}
	s.press("t")
	s.shows(" auto ")
	s.update(tea.KeyPressMsg{Code: tea.KeyEscape})
	second := s.walkTruss()
	if first == second {
		t.Fatal("one run instead of two")
	}
	s.update(tea.KeyPressMsg{Code: tea.KeyEscape})
	s.press("h")
	s.shows("OUTCOME")
	s.until("two runs", func(text string) bool { return strings.Count(text, "Truss") >= 2 })
	s.press("j")
	s.press("enter")
	opened := s.shows("oauthlens › Truss")
	if !strings.Contains(opened, "access 59:") && !strings.Contains(opened, "access 60:") {
		t.Errorf("no countdown in the opened run:\n%s", opened)
	}
	if strings.Contains(opened, " auto ") {
		t.Errorf("a run that is looked at refreshes by itself:\n%s", opened)
	}
	s.press("r")
	s.press("r")
	s.until("the refresh of the first run", func(text string) bool {
		f, _ := s.m.Live()
		return f.Trace().Run == first && steps(f.Trace(), flows.StepRefresh) == 2 && quiet(text)
	})
	f, _ := s.m.Live()
	live := session.Replay(f.Trace())
	if r, ok := live.Result(flows.StepRefresh); !ok || !r.OK() {
		t.Errorf("the refresh failed: %+v", r.Failure)
	}
	if live.Settings().AutoRefresh {
		t.Error("a reopened run refreshes by itself without being asked for that again")
	}
	history, err := w.Archive.Store()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := history.Load(t.Context(), first)
	if err != nil || steps(kept, flows.StepRefresh) != 2 || len(kept.Records) != len(f.Trace().Records) {
		t.Errorf("%v: %d refreshes in the history, %d records of %d", err, steps(kept, flows.StepRefresh), len(kept.Records), len(f.Trace().Records))
	}
}

// TestASealedRunAsksForThePassphrase opens a run that another process sealed: a wrong
// passphrase asks again, the right one shows it; its simulator has ended.
func TestASealedRunAsksForThePassphrase(t *testing.T) {
	home := t.TempDir()
	withPassphrase(t, home, "correct horse")
	before := clientWorld(t, home, nil)
	if v, _ := before.Archive.Vault(); v.Unlock("correct horse") != nil {
		t.Fatal("the passphrase is not taken")
	}
	sitAt(t, before).walkTruss()

	s := sitAt(t, clientWorld(t, home, nil))
	s.press("h")
	s.shows("Truss")
	s.press("enter")
	s.shows("passphrase of the vault")
	s.typed("wrong")
	s.press("enter")
	s.shows("wrong passphrase")
	s.typed("correct horse")
	if strings.Contains(s.m.Frame().Text(), "correct horse") {
		t.Error("the passphrase is seen")
	}
	s.press("enter")
	s.shows("oauthlens › Truss")
	s.press("r")
	s.press("r")
	s.shows("the simulator of this run has ended")
}

// TestARunWithoutItsSecretsIsLookedAt: it is kept, shown and exported, and says why it
// cannot go on.
func TestARunWithoutItsSecretsIsLookedAt(t *testing.T) {
	w := clientWorld(t, t.TempDir(), nil)
	w.WriteNew = WriteNew
	s := sitAt(t, w)
	id := s.walkTruss()
	s.shows("secrets not kept")
	s.update(tea.KeyPressMsg{Code: tea.KeyEscape})
	s.press("h")
	s.shows("Truss")
	s.press("enter")
	s.shows("oauthlens › Truss")
	s.press("r")
	s.press("r")
	s.shows("kept without its secrets")
	if facts := w.facts(t.Context(), "truss", "sandbox"); !strings.HasPrefix(facts.LastRun, "simulator, just now, ") || facts.Client("sandbox") != "not set" {
		t.Errorf("%+v, client %s", facts, facts.Client("sandbox"))
	}
	s.update(tea.KeyPressMsg{Code: tea.KeyEscape})
	s.shows("OUTCOME")
	name := filepath.Join(t.TempDir(), "run.har")
	if path, err := w.exportFromScreen(t.Context(), id, "har", name); err != nil || path != name {
		t.Fatalf("%q, %v", path, err)
	}
	if data, err := os.ReadFile(name); err != nil || !strings.Contains(string(data), `"1.2"`) {
		t.Errorf("%v: %.80s", err, data)
	}
	s.press("d")
	s.shows("brought back")
	s.press("y")
	s.shows("deleted")
	s.shows("No runs yet")
}

func TestTheFilterReachesTheDatabase(t *testing.T) {
	w := clientWorld(t, t.TempDir(), nil)
	for i := range 450 {
		p := clientProvider
		if i == 7 {
			p.Name = "needle"
		}
		run := launch.Run{ID: flows.RunID("00000000000" + string("0123456789abcdef"[i>>8]) + string("0123456789abcdef"[i>>4&15]) + string("0123456789abcdef"[i&15]) + "00"), Start: flows.RunStarted{Provider: p, Environment: p.Environments[0], Grant: flows.GrantAuthorizationCode}}
		k := w.Archive.Keep(run.ID)
		k.Append(flows.Record{At: w.Now(), Event: run.Start})
		if err := k.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	s := sitAt(t, w)
	s.press("h")
	s.shows("Truss")
	for range 3 {
		s.press("G")
		s.until("the next page", func(string) bool { return len(s.messages) == 0 })
	}
	s.press("/")
	s.typed("needle")
	s.until("the one run", func(text string) bool {
		return strings.Contains(text, "needle            sandbox") && !strings.Contains(text, "Truss")
	})
	s.press("enter")
	for _, row := range [][2]string{{"keep none", "no number of runs"}, {"keep 3", "447 runs are deleted"}} {
		what, want := row[0], row[1]
		s.press("P")
		s.shows("delete the runs older than")
		s.press("ctrl+u")
		s.typed(what)
		s.press("enter")
		s.shows("Delete every run but the newest")
		s.press("y")
		s.shows(want)
	}
}

// TestAWalkWithoutAPlaceForItsHistory goes on in memory, and every frame says so.
func TestAWalkWithoutAPlaceForItsHistory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := sitAt(t, clientWorld(t, filepath.Join(file, "home"), nil))
	s.shows("runs are not saved: ")
	s.press("h")
	s.shows("  The history cannot be read: ")
	s.press("esc")
	s.walkTruss()
	if head := strings.SplitN(s.m.Frame().Text(), "\n", 2)[0]; !strings.Contains(head, "not saved") {
		t.Errorf("the header says nothing: %s", head)
	}
}
