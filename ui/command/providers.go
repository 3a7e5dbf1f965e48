package command

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"oauthlens/flows"
	"oauthlens/flows/provider"
	"oauthlens/flows/report"
	"oauthlens/flows/visible"
)

type providersGrammar struct {
	Action string `arg:"" optional:"" help:"show or check"`
	What   string `arg:"" optional:"" help:"a provider's name, or a profile's file"`
	JSON   bool   `name:"json" help:"print JSON"`
}

func providersCommand(_ context.Context, w *World, args []string) error {
	var g providersGrammar
	done, err := parse(w, "providers", "List the providers, show a profile, or check one of your own.", &g, args)
	if done || err != nil {
		return err
	}
	switch {
	case g.Action == "":
		return listProviders(w, g.JSON)
	case g.Action == "show" && g.What != "":
		return showProvider(w, g.What, g.JSON)
	case g.Action == "check" && g.What != "":
		return checkProfile(w, g.What, g.JSON)
	}
	return usageError("providers takes nothing, show NAME or check FILE")
}

type providerJSON struct {
	Name         string        `json:"name"`
	Title        string        `json:"title"`
	Summary      string        `json:"summary"`
	Grants       []flows.Grant `json:"grants"`
	Environments []string      `json:"environments"`
}

func environmentNames(p flows.Provider) []string {
	names := []string{}
	for _, e := range p.Environments {
		names = append(names, e.Name)
	}
	if len(names) == 1 && names[0] == flows.EnvCustom {
		return names
	}
	return append(names, flows.EnvSimulator)
}

func listProviders(w *World, asJSON bool) error {
	c := w.catalogue()
	if asJSON {
		out := struct {
			Schema    string         `json:"schema"`
			Providers []providerJSON `json:"providers"`
		}{Schema: "oauthlens/providers@1"}
		for _, p := range c.Providers() {
			out.Providers = append(out.Providers, providerJSON{p.Name, p.Title, p.Summary, p.Grants, environmentNames(p)})
		}
		return printJSON(w, out)
	}
	tab := tabwriter.NewWriter(w.Stdout, 0, 4, 2, ' ', 0)
	for _, p := range c.Providers() {
		var grants []string
		for _, g := range p.Grants {
			grants = append(grants, string(g))
		}
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\n", p.Name, visible.Line(p.Title), strings.Join(grants, ", "), strings.Join(environmentNames(p), ", "))
	}
	return tab.Flush()
}

func printJSON(w *World, v any) error {
	data, err := report.Encode(v, true)
	if err == nil {
		_, err = w.Stdout.Write(data)
	}
	return err
}

func showProvider(w *World, name string, asJSON bool) error {
	c := w.catalogue()
	if _, err := c.Find(name); err != nil {
		return usageError("%v", err)
	}
	if asJSON {
		doc, _ := c.Document(name)
		doc["schema"] = "oauthlens/provider@1"
		return printJSON(w, doc)
	}
	source, _ := c.Source(name)
	_, err := fmt.Fprint(w.Stdout, visible.Text(string(source)))
	return err
}

// checkProfile tells what is wrong with a file, a line each; a profile is
// configuration, so a wrong one is exit code 2.
func checkProfile(w *World, file string, asJSON bool) error {
	data, err := w.ReadFile(file)
	if err != nil {
		return usageError("%v", err)
	}
	p, problems := provider.Load(file, data)
	if provider.EmbeddedNamed(p.Name) != nil && len(problems) == 0 {
		problems = append(problems, provider.Problem{File: file, Line: 1, Column: 1, Text: "the name " + p.Name + " is taken by a profile of the program", Expected: "a name of its own"})
	}
	if asJSON {
		texts := []string{}
		for _, problem := range problems {
			texts = append(texts, problem.String())
		}
		if err := printJSON(w, map[string]any{"schema": "oauthlens/check@1", "file": file, "problems": texts}); err != nil {
			return err
		}
	} else {
		for _, problem := range problems {
			fmt.Fprintln(w.Stdout, visible.Line(problem.String()))
		}
	}
	if len(problems) > 0 {
		return usageError("%s is no good profile: %d to correct, as listed", visible.Line(file), len(problems))
	}
	if !asJSON {
		fmt.Fprintf(w.Stdout, "%s is a good profile: oauthlens run %s works once it stands in the providers folder.\n", visible.Line(file), p.Name)
	}
	return nil
}

func knownFault(name string) error {
	if name == "" {
		return nil
	}
	if _, ok := flows.FaultByName(name); ok {
		return nil
	}
	var names []string
	for _, f := range flows.Faults() {
		names = append(names, f.Name)
	}
	return usageError("unknown fault %q: one of %s", name, strings.Join(names, ", "))
}
