// Package keys is the binding table. A key, what it does in a word and in a sentence, and
// why it cannot work now are one value, a [Binding]; the footer, the help of a screen,
// the palette and docs/keys.md are made from these values, so that none of them can say
// something else than what the key does.
package keys

import (
	"cmp"
	"slices"
	"strings"
)

// Action names what a key does; the root model and the screens act on it.
type Action string

// The actions.
const (
	Quit      Action = "quit"
	Interrupt Action = "interrupt"
	Suspend   Action = "suspend"
	Help      Action = "help"
	Palette   Action = "palette"
	Explain   Action = "explain"
	Back      Action = "back"
	Next      Action = "next"

	Down     Action = "down"
	Up       Action = "up"
	Top      Action = "top"
	Bottom   Action = "bottom"
	HalfDown Action = "half_down"
	HalfUp   Action = "half_up"
	Search   Action = "search"
	NextHit  Action = "next_hit"
	PrevHit  Action = "previous_hit"

	CopyValue Action = "copy_value"
	CopyPane  Action = "copy_pane"
	CopyCurl  Action = "copy_curl"
	Reveal    Action = "reveal"
	Write     Action = "write"
	OpenURL   Action = "open_url"
	QR        Action = "qr"

	NextTab     Action = "next_tab"
	PrevTab     Action = "previous_tab"
	NextStep    Action = "next_step"
	PrevStep    Action = "previous_step"
	Step        Action = "step" // the digit pressed
	Findings    Action = "findings"
	Apply       Action = "apply"
	Edit        Action = "edit"
	Switch      Action = "switch"
	Add         Action = "add"
	Restore     Action = "restore"
	Paste       Action = "paste"
	Refresh     Action = "refresh"
	AutoRefresh Action = "auto_refresh"
	Revoke      Action = "revoke"
	Restart     Action = "restart"
	Fault       Action = "fault"
	SaveClient  Action = "save_client"

	Environment Action = "environment"
	Grant       Action = "grant"
	Client      Action = "client"
	Compare     Action = "compare"
	Metadata    Action = "metadata"
	History     Action = "history"
	Inspect     Action = "inspect"
	Filter      Action = "filter"
	Open        Action = "open"
	Mark        Action = "mark"
	Delete      Action = "delete"
	Export      Action = "export"
	Prune       Action = "prune"
	OnlyDiffs   Action = "differences"
)

// Binding is one entry of the table.
type Binding struct {
	Keys   []string // as the terminal library names them: "enter", "ctrl+k", "f1", "G"
	Action Action
	Label  string // in the footer and the palette: "copy value"
	Help   string // one sentence
	// Hint is the place in the footer, from 1; 0: only in the help.
	Hint int
	// Why tells why it cannot be done now, or gives the empty string. Nil: it always can.
	Why func() string
}

// Reason is why the binding cannot work now; empty: it can.
func (b Binding) Reason() string {
	if b.Why == nil {
		return ""
	}
	return b.Why()
}

// Show is how the keys are written for people: "j ↓".
func (b Binding) Show() string {
	out := make([]string, len(b.Keys))
	for i, k := range b.Keys {
		out[i] = pretty(k)
	}
	return strings.Join(out, " ")
}

// First is the first key, for the footer.
func (b Binding) First() string { return pretty(b.Keys[0]) }

func pretty(k string) string {
	switch k {
	case "up":
		return "↑"
	case "down":
		return "↓"
	case "left":
		return "←"
	case "right":
		return "→"
	case "pgdown":
		return "PgDn"
	case "pgup":
		return "PgUp"
	case "home":
		return "Home"
	case "end":
		return "End"
	case "f1":
		return "F1"
	}
	return k
}

// Table is the bindings of one place.
type Table struct {
	Title    string // "Walk"
	Bindings []Binding
}

// Find gives the binding of a key.
func (t Table) Find(key string) (Binding, bool) {
	for _, b := range t.Bindings {
		if slices.Contains(b.Keys, key) {
			return b, true
		}
	}
	return Binding{}, false
}

// ByAction gives the binding of an action.
func (t Table) ByAction(a Action) (Binding, bool) {
	for _, b := range t.Bindings {
		if b.Action == a {
			return b, true
		}
	}
	return Binding{}, false
}

// Hints are the bindings of the footer in their order.
func (t Table) Hints() []Binding {
	var out []Binding
	for _, b := range t.Bindings {
		if b.Hint > 0 {
			out = append(out, b)
		}
	}
	slices.SortStableFunc(out, func(a, b Binding) int { return cmp.Compare(a.Hint, b.Hint) })
	return out
}

// With is a table that has more bindings after its own; a key that is bound already stays
// with its first binding.
func (t Table) With(more ...Binding) Table {
	t.Bindings = append(slices.Clone(t.Bindings), more...)
	return t
}

// Conflicts lists keys that are bound twice.
func (t Table) Conflicts() []string {
	seen := map[string]bool{}
	var out []string
	for _, b := range t.Bindings {
		for _, k := range b.Keys {
			if seen[k] {
				out = append(out, k)
			}
			seen[k] = true
		}
	}
	return out
}
