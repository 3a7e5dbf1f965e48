package command

import (
	"testing"
	"time"
)

// TestALifeInWords: to the second while it is short, in its largest unit when it is not.
func TestALifeInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		39*time.Second + 400*time.Millisecond: "39s", 59*time.Minute + 40*time.Second: "59m40s", 47 * time.Hour: "47h0m0s", 72 * time.Hour: "3 d", 1157 * 24 * time.Hour: "3 y",
	} {
		if got := lifeInWords(d); got != want {
			t.Errorf("%s: %q, not %q", d, got, want)
		}
	}
}
