package keys

import (
	"fmt"
	"strings"
)

// Markdown is docs/keys.md, made from the tables.
func Markdown(tables []Table) string {
	var b strings.Builder
	b.WriteString("# Keys\n\nMade from the binding tables of `ui/tui`; `go test ./ui/tui -run TestKeysDocument -update` writes it anew.\n\n")
	b.WriteString("In a text field only `enter`, `esc`, `tab` and the ctrl keys are commands.\n")
	for _, t := range tables {
		fmt.Fprintf(&b, "\n## %s\n\n| key | does | |\n|---|---|---|\n", t.Title)
		for _, x := range t.Bindings {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", code(x), x.Label, x.Help)
		}
	}
	return b.String()
}

func code(b Binding) string {
	out := make([]string, len(b.Keys))
	for i, k := range b.Keys {
		out[i] = "`" + pretty(k) + "`"
	}
	return strings.Join(out, " ")
}
