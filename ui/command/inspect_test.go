package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/launch"
)

// TestTheInspectorTakesAFileByItsPath as a person types it, and as terminals write the path
// of a file that is dropped on them; a text stays a text.
func TestTheInspectorTakesAFileByItsPath(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	path := filepath.Join(home, "an answer.json")
	if err := os.WriteFile(path, []byte(`{"access_token":"an-opaque-access-token","token_type":"Bearer","expires_in":3600}`), 0o600); err != nil {
		t.Fatal(err)
	}
	w := &World{Now: time.Now, Launcher: &launch.Launcher{Now: time.Now}, Diagnose: func(flows.Trace) []flows.Finding { return nil },
		Getenv: func(name string) string { return map[string]string{"HOME": home}[name] }}
	for _, test := range []struct{ text, step, refused string }{
		{text: path, step: "Token"},
		{text: " " + path + "\n", step: "Token"},
		{text: "'" + path + "'", step: "Token"},
		{text: `"` + path + `"`, step: "Token"},
		{text: strings.ReplaceAll(path, " ", `\ `), step: "Token"},
		{text: "~/an answer.json", step: "Token"},
		{text: "http://127.0.0.1/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=af0ifjsldkj", step: "Callback"},
		{text: filepath.Join(home, "another.json"), refused: "there is no file"},
		{text: home, refused: "is a folder"},
		{text: "-", refused: "this looks like"},
		{text: "another.json", refused: "this looks like"},
	} {
		flow, err := w.inspector()(t.Context(), test.text)
		if test.refused != "" {
			if err == nil || !strings.Contains(err.Error(), test.refused) {
				t.Errorf("%q: %v, want %q", test.text, err, test.refused)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		var steps []string
		for _, s := range flow.Walk(time.Now()).Rail {
			steps = append(steps, s.Title)
		}
		if !strings.Contains(strings.Join(steps, " "), test.step) {
			t.Errorf("%q has the steps %q, want %s", test.text, steps, test.step)
		}
	}
}
