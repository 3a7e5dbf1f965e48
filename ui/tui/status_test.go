package tui

import (
	"strings"
	"testing"

	"oauthlens/ui/tui/screen"
)

// TestASentenceDoesNotHideAWait: whoever waits sees that, and how to end it, beside a short
// sentence and below a long one.
func TestASentenceDoesNotHideAWait(t *testing.T) {
	for _, w := range []int{60, 80, 100} {
		for _, sentence := range []string{"client_secret changed", "runs are kept without their secrets, since there is no key: oauthlens vault passphrase makes one"} {
			d := newDriver(t, w, 24)
			d.m.waiting, d.m.since = "waiting for somebody", d.m.now()
			d.contains("waiting for somebody  0:00  esc cancels")
			d.m.say(sentence)
			d.contains(sentence[:20], sentence[len(sentence)-9:], " 0:00  esc cancels")
			d.m.waiting = ""
			d.contains(sentence[len(sentence)-9:])
			d.lacks("esc cancels")
		}
	}
}

// TestAnAppliedFixLeavesTheFindings: enter is what the step does next then, not the evidence of
// what was mended; from the list as from the evidence.
func TestAnAppliedFixLeavesTheFindings(t *testing.T) {
	for _, keys := range [][]string{{"a"}, {"enter", "a"}} {
		d := pictured(t, readTrace(t, faultTrace), "", 100, 30)
		d.m.goTo(screen.AtWalk)
		d.press("4", "f")
		d.contains("enter show the evidence")
		d.press(keys...)
		d.contains("enter start a fresh authorization request")
		d.lacks("enter show the evidence")
		if !strings.HasPrefix(d.status(), "applied: ") {
			t.Errorf("%v: %q", keys, d.status())
		}
	}
}
