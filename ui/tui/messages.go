package tui

import (
	"time"

	"oauthlens/flows"
	"oauthlens/ui/tui/screen"
)

// eventMsg is an event of a run. generation names the run that asked: what a cancelled or
// replaced run still answers is dropped.
type eventMsg struct {
	generation int
	event      flows.Event
}

// startedMsg is the answer of Deps.Start.
type startedMsg struct {
	generation int
	choice     screen.Choice
	run        Started
	err        error
}

// builtMsg is a slow tab of a walk, built.
type builtMsg struct {
	in            *screen.Walk
	wanted, built *screen.Building
}

// savedMsg tells that records of a run were kept, or why not.
type savedMsg struct {
	generation int
	kept       Kept
	err        error
}

// viewedMsg is a run to look at: of the history, an inspection, a comparison.
type viewedMsg struct {
	question int
	title    string
	from     screen.Place
	flow     Flow
	err      error
	again    screen.Wish // what asked for it
}

// openedHistoryMsg tells that the history is open, and what there is to say of it.
type openedHistoryMsg struct{ notices []string }

// changedHistoryMsg tells that runs were deleted.
type changedHistoryMsg struct{ said string }

// unlockedMsg tells whether the passphrase was right.
type unlockedMsg struct {
	question int
	err      error
	again    screen.Wish
}

// reopenedMsg is a recorded run made live again.
type reopenedMsg struct {
	question int
	run      Started
	err      error
	then     screen.Ask
}

// runsMsg is the list of the history.
type runsMsg struct {
	page screen.Page
	runs []screen.Run
	err  error
}

// sidesMsg is the history for the choice of a side to compare.
type sidesMsg struct {
	question int
	pick     pickAny
	runs     []screen.Run
	err      error
}

// saidMsg is a sentence for the status line.
type saidMsg struct{ text string }

// tickMsg moves the time.
type tickMsg struct {
	chain int
	at    time.Time
	turn  bool // it was to come at the turn of a second
}

// impatientMsg ends the waiting for the history at the end of the program.
type impatientMsg struct{}
