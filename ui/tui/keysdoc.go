package tui

import (
	"oauthlens/ui/tui/keys"
	"oauthlens/ui/tui/screen"
)

// Tables are the binding tables of all screens, for docs/keys.md.
func Tables() []keys.Table {
	var history screen.History
	return []keys.Table{
		screen.NewCatalogue(nil, nil, "").Table(),
		screen.NewWalk("Walk").Table(),
		screen.NewWalk(screen.CompareTitle).Table(),
		history.Table(),
		screen.NewInspect().Table(),
	}
}
