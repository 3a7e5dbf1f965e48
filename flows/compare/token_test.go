package compare

import (
	"testing"
	"time"
)

func TestLife(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 90 * time.Second: "90 s", 2 * time.Minute: "2 min", 450 * time.Second: "7 min 30 s", 3599 * time.Second: "59 min 59 s", time.Hour: "60 min",
		119*time.Minute + 59*time.Second: "119 min 59 s", 2 * time.Hour: "2 h", 2*time.Hour + time.Second: "7201 s", 36 * time.Hour: "36 h", 30 * 24 * time.Hour: "30 days", -time.Second: "-1 s",
	} {
		if got := life(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// TestWhatHasAnID: a word is an id by six letters and digits on end, of which two are digits.
func TestWhatHasAnID(t *testing.T) {
	for word, want := range map[string]bool{
		"": false, "project": false, "12345": false, "123456": true, "990099": true, "abcd19": true, "abcd1": false, "abcde1": false, "AZaz09": true,
		"api-v2": false, "project-11111111": true, "11111111-project": true, "3f2504e0-4f89-11d3-9a0c-0305e82c3301": true, "a1-b2-c3-d4": false, "abcdef-12": false,
	} {
		if hasID(word) != want {
			t.Errorf("%q: %v", word, !want)
		}
	}
}
