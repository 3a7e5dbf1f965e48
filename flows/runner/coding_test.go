package runner

import (
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/runner/faultserver"
)

// FuzzUndo: no coding makes more of a body than is kept, and what cannot be undone is said.
func FuzzUndo(f *testing.F) {
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		for _, coding := range []string{"gzip", "deflate", "gzip, deflate", "br"} {
			f.Add(a.Body(), coding)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, coding string) {
		body, problem := decode(raw, []string{coding}, false)
		if len(body) > max(flows.MaxBody, len(raw)) {
			t.Errorf("%d bytes became %d", len(raw), len(body))
		}
		if problem == "" && len(raw) > 0 && coding == "br" {
			t.Error("nothing is said")
		}
	})
}
