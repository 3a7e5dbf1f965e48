package provider

import (
	"path"
	"testing"
)

// profileFiles returns every embedded profile by file name. Tests go over all of them;
// none is named.
func profileFiles(t testing.TB) map[string][]byte {
	t.Helper()
	entries, err := embedded.ReadDir("profiles")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, e := range entries {
		data, err := embedded.ReadFile(path.Join("profiles", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = data
	}
	return out
}

func TestEveryProfileIsRight(t *testing.T) {
	for name, data := range profileFiles(t) {
		t.Run(name, func(t *testing.T) {
			if _, problems := Load(name, data); len(problems) > 0 {
				for _, p := range problems {
					t.Error(p)
				}
			}
		})
	}
}

func BenchmarkParseEmbedded(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseEmbedded(); err != nil {
			b.Fatal(err)
		}
	}
}
