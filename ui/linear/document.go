package linear

import (
	"fmt"
	"slices"
	"strings"

	"oauthlens/ui/tui/keys"
)

// Markdown is docs/plain.md, made from the table of commands and the screen's bindings.
func Markdown(atCatalogueKeys, atWalkKeys keys.Table) string {
	d := Deps{AtCatalogue: atCatalogueKeys, AtWalk: atWalkKeys}
	var b strings.Builder
	b.WriteString("# The walk as lines\n\nMade from the table of commands in `ui/linear`; `go test ./ui/command -run TestPlainDocument -update` writes it anew.\n\n" +
		"`oauthlens --plain` tells what the screen shows, line after line, and reads commands from standard input. An empty line does the\n" +
		"natural next thing, which the prompt names. Every command is a word; the key that does the same on the screen can be typed for it.\n")
	for _, place := range []struct {
		title string
		at    where
	}{{"At the list of providers", atCatalogue}, {"In a walk", atWalk}} {
		fmt.Fprintf(&b, "\n## %s\n\n| command | also | does |\n|---|---|---|\n", place.title)
		for _, c := range commands() {
			if c.at&place.at == 0 {
				continue
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", strings.TrimSpace(c.words[0]+" "+c.args), quoted(d.typed(c, place.at)[1:]), c.help)
		}
	}
	b.WriteString("\nA number is a step of the walk, or a provider of the list. Every action that `actions` lists can be typed too, such as `introspect`.\n")
	b.WriteString("\n## What the screen has and this has not\n\n| keys | why not |\n|---|---|\n")
	why, told := NotHere(true), map[string]bool{}
	for _, x := range d.AtWalk.Bindings {
		if w, ok := why[x.Action]; ok && !told[w] {
			told[w] = true
			fmt.Fprintf(&b, "| %s | %s |\n", d.quotedKeys(why, w), w)
		}
	}
	return b.String()
}

// quotedKeys are the keys in a walk that are left out for one reason.
func (d *Deps) quotedKeys(why map[keys.Action]string, reason string) string {
	var all []string
	for _, x := range d.AtWalk.Bindings {
		if why[x.Action] == reason {
			all = append(all, x.Keys...)
		}
	}
	return quoted(all)
}

func quoted(words []string) string {
	out := slices.Clone(words)
	for i, w := range out {
		out[i] = "`" + w + "`"
	}
	return strings.Join(out, " ")
}

// Actions are the actions of the screen that a command stands for at a place, with the
// words that do each.
func Actions(catalogue, walk keys.Table, inWalk bool) map[keys.Action][]string {
	d, at := Deps{AtCatalogue: catalogue, AtWalk: walk}, atCatalogue
	if inWalk {
		at = atWalk
	}
	out := map[keys.Action][]string{}
	for _, c := range commands() {
		if c.at&at != 0 && c.action != "" {
			out[c.action] = append(out[c.action], d.typed(c, at)...)
		}
	}
	return out
}
