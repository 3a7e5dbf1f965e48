package command

import (
	"os"
	"slices"
	"testing"

	"oauthlens/ui/linear"
	"oauthlens/ui/tui"
	"oauthlens/ui/tui/keys"
)

// TestPlainHasEveryAction: what the screen can do at the catalogue and in the walk has a
// command in the lines, or stands with its reason among those that have none.
func TestPlainHasEveryAction(t *testing.T) {
	tables := tui.Tables()
	for i, table := range tables[:2] {
		has, notHere := linear.Actions(tables[0], tables[1], i == 1), linear.NotHere(i == 1)
		bound := map[keys.Action]bool{}
		for _, b := range table.Bindings {
			bound[b.Action] = true
			_, excused := notHere[b.Action]
			words, ok := has[b.Action]
			switch {
			case !ok && !excused:
				t.Errorf("%s: %s (%s) has no command in ui/linear and no reason for that", table.Title, b.Action, b.Show())
			case ok && excused:
				t.Errorf("%s: %s has a command, %s, and a reason for having none", table.Title, b.Action, words)
			case ok && b.Action != keys.Step && len(b.Keys[0]) == 1 && !slices.Contains(words, b.Keys[0]):
				t.Errorf("%s: %s is %s on the screen, and that cannot be typed: %s", table.Title, b.Action, b.Keys[0], words)
			}
		}
		for action, why := range notHere {
			if !bound[action] || why == "" {
				t.Errorf("%s: the reason for %s is of no use: %q", table.Title, action, why)
			}
		}
		for action := range has {
			if _, ok := table.ByAction(action); !ok && !elsewhere(tables[1-i], action) {
				t.Errorf("%s: the command of %s stands for an action that no screen has", table.Title, action)
			}
		}
	}
}

func elsewhere(t keys.Table, a keys.Action) bool {
	_, ok := t.ByAction(a)
	return ok
}

// TestPlainWordsAreClear: at one place a word means one thing.
func TestPlainWordsAreClear(t *testing.T) {
	tables := tui.Tables()
	for i, table := range tables[:2] {
		seen := map[string]keys.Action{}
		for action, words := range linear.Actions(tables[0], tables[1], i == 1) {
			for _, w := range words {
				if other, ok := seen[w]; ok {
					t.Errorf("%s: %q means %s and %s", table.Title, w, other, action)
				}
				seen[w] = action
			}
		}
	}
}

func TestPlainDocument(t *testing.T) {
	tables := tui.Tables()
	const path = "../../docs/plain.md"
	want := linear.Markdown(tables[0], tables[1])
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Fatal("docs/plain.md is stale: go test ./ui/command -run TestPlainDocument -update")
	}
}
