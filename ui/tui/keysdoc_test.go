package tui

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"oauthlens/ui/tui/keys"
)

// The flag -update of package golden writes the expected files anew.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }

func TestKeysDocument(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "keys.md")
	want := keys.Markdown(Tables())
	if updating() {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Fatal("docs/keys.md is stale: go test ./ui/tui -run TestKeysDocument -update")
	}
}
