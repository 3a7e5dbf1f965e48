package keys

import (
	"strings"
	"testing"
)

func table() Table {
	return Table{Title: "T", Bindings: []Binding{
		{Keys: []string{"enter"}, Action: Next, Label: "go on", Help: "Goes on.", Hint: 2},
		{Keys: []string{"j", "down"}, Action: Down, Label: "down", Help: "Goes down.", Hint: 1, Why: func() string { return "at the end" }},
		{Keys: []string{"f1"}, Action: Explain, Label: "explain", Help: "Explains."},
	}}
}

func TestFind(t *testing.T) {
	for key, want := range map[string]Action{"enter": Next, "down": Down, "j": Down, "f1": Explain, "x": "", "": ""} {
		if b, ok := table().Find(key); b.Action != want || ok != (want != "") {
			t.Errorf("%q gives %q, %v", key, b.Action, ok)
		}
	}
	if b, ok := table().ByAction(Down); !ok || b.Reason() != "at the end" {
		t.Errorf("by action: %v, %v", b, ok)
	}
	if _, ok := table().ByAction(Quit); ok {
		t.Error("an action that is not bound was found")
	}
}

func TestHintsStandInTheirOrder(t *testing.T) {
	var got []string
	for _, b := range table().Hints() {
		got = append(got, b.First()+" "+b.Label)
	}
	if strings.Join(got, ", ") != "j down, enter go on" {
		t.Fatalf("hints %q", got)
	}
}

func TestKeysAreWrittenForPeople(t *testing.T) {
	b := Binding{Keys: []string{"up", "pgdown", "home", "f1", "ctrl+k", "G"}}
	if got := b.Show(); got != "↑ PgDn Home F1 ctrl+k G" {
		t.Fatalf("%q", got)
	}
}

func TestConflictsAreFound(t *testing.T) {
	more := table().With(Binding{Keys: []string{"down"}, Action: Up})
	if got := more.Conflicts(); len(got) != 1 || got[0] != "down" {
		t.Fatalf("conflicts %q", got)
	}
	if b, _ := more.Find("down"); b.Action != Down {
		t.Fatal("the first binding of a key does not stay")
	}
	if len(table().Conflicts()) != 0 {
		t.Fatal("a conflict in the table itself: With changed it")
	}
}

func TestTheSharedBindingsAreWhole(t *testing.T) {
	all := Table{Bindings: append(append(Everywhere(), Moving()...), Reading()...)}
	if got := all.Conflicts(); len(got) > 0 {
		t.Fatalf("bound twice: %q", got)
	}
	text := Markdown([]Table{all})
	for _, b := range all.Bindings {
		if !strings.Contains(text, b.Help) || !strings.Contains(text, "`"+b.First()+"`") {
			t.Errorf("%s is not in the document", b.Show())
		}
	}
}
