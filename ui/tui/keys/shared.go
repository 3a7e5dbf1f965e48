package keys

// Everywhere are the bindings of every screen.
func Everywhere() []Binding {
	return []Binding{
		{Keys: []string{"f1"}, Action: Explain, Label: "explain", Help: "Explain the thing under the cursor: what it is, who reads it, the specification, what this provider does differently."},
		{Keys: []string{"?"}, Action: Help, Label: "keys", Help: "Show all keys of this screen.", Hint: 90},
		{Keys: []string{"ctrl+k"}, Action: Palette, Label: "palette", Help: "Find and start any action by its name."},
		{Keys: []string{"q"}, Action: Quit, Label: "quit", Help: "Quit; asks only when something would be lost."},
		{Keys: []string{"ctrl+c"}, Action: Interrupt, Label: "quit at once", Help: "Quit at once and restore the terminal."},
		{Keys: []string{"ctrl+z"}, Action: Suspend, Label: "suspend", Help: "Put the program into the background; the shell's fg brings it back."},
	}
}

// Moving are the bindings of everything that scrolls.
func Moving() []Binding {
	return []Binding{
		{Keys: []string{"j", "down"}, Action: Down, Label: "down", Help: "Move down one line."},
		{Keys: []string{"k", "up"}, Action: Up, Label: "up", Help: "Move up one line."},
		{Keys: []string{"g", "home"}, Action: Top, Label: "top", Help: "Go to the first line."},
		{Keys: []string{"G", "end"}, Action: Bottom, Label: "bottom", Help: "Go to the last line."},
		{Keys: []string{"ctrl+d", "pgdown"}, Action: HalfDown, Label: "half a page down", Help: "Move half a page down."},
		{Keys: []string{"ctrl+u", "pgup"}, Action: HalfUp, Label: "half a page up", Help: "Move half a page up."},
	}
}

// Reading are the bindings of every pane of text.
func Reading() []Binding {
	return []Binding{
		{Keys: []string{"/"}, Action: Search, Label: "search", Help: "Search in this pane; an empty search ends it."},
		{Keys: []string{"n"}, Action: NextHit, Label: "next hit", Help: "Go to the next line with the text searched for."},
		{Keys: []string{"N"}, Action: PrevHit, Label: "previous hit", Help: "Go to the previous line with the text searched for."},
		{Keys: []string{"y"}, Action: CopyValue, Label: "copy", Help: "Copy the whole value under the cursor; a secret is copied in clear, and the status line says so.", Hint: 40},
		{Keys: []string{"Y"}, Action: CopyPane, Label: "copy pane", Help: "Copy the text of the pane, secrets masked."},
		{Keys: []string{"v"}, Action: Reveal, Label: "reveal", Help: "Show the secret under the cursor for ten seconds.", Hint: 60},
		{Keys: []string{"w"}, Action: Write, Label: "write to file", Help: "Write the value under the cursor to a file that only you can read."},
	}
}
