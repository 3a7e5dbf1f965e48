package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"oauthlens/flows"
	"oauthlens/ui/tui/screen"
)

// archive is a history of n runs in memory.
type archive struct {
	runs   []screen.Run
	pages  int
	did    []string
	locked bool
}

func newArchive(n int, now time.Time) *archive {
	a := &archive{}
	for i := range n {
		outcome, why := flows.Succeeded, ""
		if i%3 == 1 {
			outcome, why = flows.Failed, "code-expired"
		}
		a.runs = append(a.runs, screen.Run{ID: flows.RunID(fmt.Sprintf("%016x", i)), Provider: []string{"truss", "truelayer"}[i%2], Environment: "sandbox",
			Grant: flows.GrantAuthorizationCode, Outcome: outcome, Why: why, Started: now.Add(-time.Duration(i) * time.Hour), ExpiresAt: now.Add(time.Duration(30-i) * time.Minute), Order: int64(1000 - i)})
	}
	return a
}

func (a *archive) wire(d *Deps) {
	d.Runs = func(_ context.Context, filter string, before int64, limit int) ([]screen.Run, error) {
		a.pages++
		var out []screen.Run
		for _, r := range a.runs {
			if (before == 0 || r.Order < before) && strings.Contains(r.Provider+string(r.Outcome), filter) && len(out) < limit {
				out = append(out, r)
			}
		}
		return out, nil
	}
	d.OpenRun = func(_ context.Context, id flows.RunID) (Flow, error) {
		if a.locked {
			return nil, ErrLocked
		}
		a.did = append(a.did, "open "+string(id))
		return fakeFlow{stage: 4}, nil
	}
	d.DeleteRun = func(_ context.Context, id flows.RunID) error {
		a.did = append(a.did, "delete "+string(id))
		a.runs = slices.DeleteFunc(a.runs, func(r screen.Run) bool { return r.ID == id })
		return nil
	}
	d.PruneRuns = func(_ context.Context, age string) (string, error) {
		a.did = append(a.did, "prune "+age)
		return "3 runs are deleted", nil
	}
	d.ExportRun = func(_ context.Context, id flows.RunID, form, name string) (string, error) {
		a.did = append(a.did, "export "+form+" "+name)
		return "/home/me/" + name, nil
	}
	d.Unlock = func(_ context.Context, passphrase string) error {
		if passphrase != "open sesame" {
			return errors.New("this is not the passphrase")
		}
		a.locked = false
		return nil
	}
	d.Compare = func(_ context.Context, x, y screen.Side, _ bool) (Flow, error) {
		a.did = append(a.did, "compare "+string(x.Run)+" "+string(y.Run))
		return fakeFlow{}, nil
	}
}

// inHistory is a driver on the history.
func inHistory(t *testing.T, n int) (*driver, *archive) {
	d := newDriver(t, 120, 30)
	a := newArchive(n, d.now)
	a.wire(&d.m.deps)
	d.press("h")
	d.contains("PROVIDER", "STARTED")
	return d, a
}

func TestHistoryListsFiltersAndOpens(t *testing.T) {
	d, a := inHistory(t, 7)
	d.contains("✗ code-expired", "✓ succeeded", "lives 30 min", "60 min ago")
	d.check()
	d.press("/", "t", "r", "u", "e", "l", "enter")
	d.contains("TrueLayer")
	d.lacks("Truss ")
	d.press("esc", "j", "enter")
	if want := []string{"open 0000000000000001"}; !slices.Equal(a.did, want) {
		t.Fatalf("did %q", a.did)
	}
	d.contains("5 TOKEN")
	d.press("r")
	if d.status() == "" {
		t.Fatal("a recorded run refuses to send without a word")
	}
	d.press("esc")
	d.contains("STARTED")
}

// TestARunOfTheHistoryIsOnlyLookedAt: no prompt is opened whose answer would be refused, and no
// hint offers it.
func TestARunOfTheHistoryIsOnlyLookedAt(t *testing.T) {
	for _, line := range []struct{ step, label, keys string }{{"1", "client_id", "e"}, {"2", "scope", "ex+"}} {
		d, _ := inHistory(t, 3)
		d.press("enter", line.step)
		for range 12 {
			if path, _, _ := d.m.viewer.Where(); path == line.label {
				break
			}
			d.press("j")
		}
		d.lacks("e edit")
		for _, key := range strings.Split(line.keys, "") {
			d.press(key)
			if len(d.m.overlays) > 0 || !strings.Contains(d.status(), "this run is only looked at") {
				t.Errorf("%s on %s: %d overlays, and %q", key, line.label, len(d.m.overlays), d.status())
				d.press("esc")
			}
		}
	}
	d := walked(t)
	d.press("j", "e")
	if len(d.m.overlays) != 1 {
		t.Errorf("a run under way is not edited: %q", d.status())
	}
}

// TestTheHistorySaysWhatHappenedAtEveryWidth: no heading is cut, and outcome and remaining
// life are there in the smallest window too.
func TestTheHistorySaysWhatHappenedAtEveryWidth(t *testing.T) {
	for _, w := range []int{60, 72, 80, 100, 112, 120, 200} {
		d := newDriver(t, w, 24)
		a := newArchive(2, d.now)
		a.wire(&d.m.deps)
		d.press("h")
		lines := strings.Split(d.text(), "\n")
		if strings.Contains(lines[2], "…") {
			t.Errorf("in %d cells the headings are %q", w, lines[2])
		}
		if !strings.Contains(lines[3], "30 min") || !strings.Contains(lines[4], "code-expired") {
			t.Errorf("in %d cells:\n%s\n%s", w, lines[3], lines[4])
		}
	}
}

// TestARunOfTheHistoryIsExplained: what it is, how it ended, and what can be done with it; where
// none is listed, that is said.
func TestARunOfTheHistoryIsExplained(t *testing.T) {
	d, _ := inHistory(t, 3)
	d.press("j", "f1")
	d.contains("A run as it was recorded", "environment   sandbox", "grant         authorization code", "outcome       ✗ code-expired", "access token  lives 29 min", "0000000000000001")
	d.check()
	d.press("esc")
	d.lacks("A run as it was recorded")
	d = newDriver(t, 80, 24)
	newArchive(0, d.now).wire(&d.m.deps)
	d.press("h", "f1")
	if d.status() != "nothing to explain: no run is listed" {
		t.Errorf("an empty list: %q", d.status())
	}
}

func TestALongHistoryIsReadPageByPage(t *testing.T) {
	d, a := inHistory(t, 700)
	if a.pages != 1 {
		t.Fatalf("%d pages were read for the first screen", a.pages)
	}
	d.press("G", "G", "G", "G", "G", "G", "G", "G")
	if a.pages < 2 {
		t.Fatal("the next page was never read")
	}
	d.contains("days ago")
	d.check()
}

func TestHistoryDeletesAndPrunesAfterAsking(t *testing.T) {
	d, a := inHistory(t, 3)
	d.press("j", "d")
	d.contains("TrueLayer, sandbox, 60 min ago?") // which one is named, for the box may cover its row
	d.press("n", "k", "d")
	d.contains("Truss, sandbox, just now?")
	d.press("n")
	if len(a.did) != 0 {
		t.Fatalf("no did %q", a.did)
	}
	d.press("d", "y")
	d.press("P")
	d.contains("delete the runs older than")
	d.press("enter")
	d.contains("Delete every run older than 30d")
	d.press("y")
	d.press("P", "ctrl+u")
	d.press(strings.Split("keep 20", "")...)
	d.press("enter")
	d.contains("Delete every run but the newest 20")
	d.press("y")
	if want := []string{"delete 0000000000000000", "prune 30d", "prune keep 20"}; !slices.Equal(a.did, want) {
		t.Fatalf("did %q", a.did)
	}
	if !strings.Contains(d.status(), "3 runs are deleted") {
		t.Fatalf("status %q", d.status())
	}
}

func TestHistoryExportsToANamedFile(t *testing.T) {
	d, a := inHistory(t, 2)
	d.press("E", "h", "a", "r", "enter")
	d.contains("oauthlens-0000000000000000.har")
	d.press("enter")
	if len(a.did) != 1 || a.did[0] != "export har oauthlens-0000000000000000.har" || !strings.Contains(d.status(), "without secrets") {
		t.Fatalf("did %q, status %q", a.did, d.status())
	}
}

func TestTwoRunsAreComparedByMarkingThem(t *testing.T) {
	d, a := inHistory(t, 3)
	d.press("x")
	d.contains("◆")
	d.press("j", "x")
	if len(a.did) != 1 || a.did[0] != "compare 0000000000000000 0000000000000001" {
		t.Fatalf("did %q", a.did)
	}
}

func TestALockedVaultIsOpenedByItsPassphrase(t *testing.T) {
	d, a := inHistory(t, 2)
	a.locked = true
	d.press("enter")
	d.contains("passphrase of the vault")
	d.send(tea.PasteMsg{Content: "wrong"})
	d.lacks("wrong")
	d.press("enter")
	d.contains("this is not the passphrase")
	d.send(tea.PasteMsg{Content: "open sesame"})
	d.press("enter")
	if len(a.did) != 1 {
		t.Fatalf("did %q, status %q", a.did, d.status())
	}
	d.contains("5 TOKEN")
}

func TestAnEmptyHistorySaysSo(t *testing.T) {
	d, _ := inHistory(t, 1)
	d.press("d", "y")
	d.contains("No runs yet")
	d.press("enter")
	if !strings.Contains(d.status(), "no run is listed") {
		t.Fatalf("status %q", d.status())
	}
}

// TestAnotherRunAsksBeforeItTakesTokensAway: taking up a recorded run, or starting one, ends
// the live one; it asks only if that has tokens which are kept nowhere.
func TestAnotherRunAsksBeforeItTakesTokensAway(t *testing.T) {
	reopened := func(d *driver) {
		d.press("esc", "h", "enter")
		d.contains("5 TOKEN")
		d.run(d.m.reopen("0000000000000000", screen.Ask{Action: flows.ActRefresh}))
	}
	started := func(d *driver) { d.press("esc", "enter") }
	for name, tt := range map[string]struct {
		environment, kept string
		replace           func(*driver)
		asks              bool
	}{
		"taken up, kept":         {"sandbox", "", reopened, false},
		"taken up, simulated":    {"simulator", "secrets not kept", reopened, false},
		"taken up, kept nowhere": {"sandbox", "secrets not kept", reopened, true},
		"started, kept":          {"sandbox", "", started, false},
		"started, kept nowhere":  {"sandbox", "not saved", started, true},
	} {
		for _, answer := range []string{"n", "y"} {
			d := walked(t)
			a := newArchive(3, d.now)
			a.wire(&d.m.deps)
			taken := false
			d.m.deps.Reopen = func(context.Context, flows.RunID) (Started, error) {
				taken = true
				return Started{Flow: fakeFlow{stage: 4}, Perform: func(context.Context, flows.Effect, func(flows.Event)) {}}, nil
			}
			d.press("enter", "enter", "enter") // to the token
			d.m.live.choice.Environment, d.m.live.kept = tt.environment, tt.kept
			d.m.live.run.Save = func(context.Context, []flows.Record) (Kept, error) { return Kept{}, nil }
			d.m.live.saved = 1 << 20
			before := d.m.live.generation
			tt.replace(d)
			if tt.asks {
				d.contains("kept nowhere: they are lost when", "another run takes its place")
				if taken || d.m.live.generation != before {
					t.Errorf("%s: it did not wait for an answer", name)
				}
				d.press(answer)
			}
			if replaced := taken || d.m.live.generation != before; replaced != (!tt.asks || answer == "y") {
				t.Errorf("%s, %s: the live run was replaced: %v", name, answer, replaced)
			}
		}
	}
}

// TestAnOutcomeSaysWhy in a window of 80 cells: of a run that failed, and of one that
// succeeded with a warning, whose glyph is that of a warning.
func TestAnOutcomeSaysWhy(t *testing.T) {
	d := newDriver(t, 80, 24)
	a := newArchive(3, d.now)
	for i, r := range []struct {
		outcome flows.Outcome
		why     string
	}{{flows.Failed, "redirect-uri-changed"}, {flows.Succeeded, "scope-narrowed"}, {flows.Succeeded, ""}} {
		a.runs[i].Outcome, a.runs[i].Why, a.runs[i].Title = r.outcome, r.why, "Trulioo Platform"
	}
	a.wire(&d.m.deps)
	d.press("h")
	d.contains("✗ redirect-uri-changed ", "▲ scope-narrowed ", "✓ succeeded ")
	d.check()
}
