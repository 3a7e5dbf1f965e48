package command

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"oauthlens/flows"
	"oauthlens/flows/report"
	"oauthlens/flows/simulator"
	"oauthlens/flows/visible"
	"oauthlens/ui/headless"
)

type simulateGrammar struct {
	Listen   string `help:"address to listen on (default 127.0.0.1:8417)" placeholder:"ADDR"`
	Fault    string `help:"make this go wrong" placeholder:"NAME"`
	Scenario string `help:"code-in-body, raw-code or planted" placeholder:"NAME"`
	Quiet    bool   `help:"do not print a line for each request"`
	FreshKey bool   `name:"fresh-key" help:"sign with keys made now instead of the published test keys"`
	JSON     bool   `name:"json" help:"print one line of JSON when ready"`
}

// readyJSON is the ready line of simulate --json.
type readyJSON struct {
	Schema    string              `json:"schema"`
	URL       string              `json:"url"`
	Providers []readyProviderJSON `json:"providers"`
}

type readyProviderJSON struct {
	Provider     string            `json:"provider"`
	Environment  string            `json:"environment"`
	ClientID     string            `json:"client_id"`
	ClientSecret string            `json:"client_secret"`
	Endpoints    map[string]string `json:"endpoints"`
}

// simulateCommand serves the simulated providers to anybody's application. The demo
// secrets it prints are no secrets: they work nowhere else.
func simulateCommand(ctx context.Context, w *World, args []string) error {
	var g simulateGrammar
	done, err := parse(w, "simulate", "Serve the simulated providers until interrupted.", &g, args)
	if done || err != nil {
		return err
	}
	if i := strings.LastIndexByte(g.Listen, ':'); g.Listen != "" {
		if _, err := strconv.ParseUint(g.Listen[i+1:], 10, 16); i < 0 || err != nil {
			return usageError("--listen takes host:port, such as %s, not %q", simulator.DefaultAddr, g.Listen)
		}
	}
	c := w.catalogue()
	if err := knownFault(g.Fault); err != nil {
		return err
	}
	scenario, ok := simulator.Named(g.Scenario)
	if _, fault := flows.FaultByName(g.Scenario); !ok || fault {
		return usageError("unknown scenario %q: code-in-body, raw-code or planted", g.Scenario)
	}
	scenario.Fault = g.Fault
	cfg := simulator.Config{Providers: c.Providers(), Now: w.Now, FreshKeys: g.FreshKey, Scenario: scenario}
	if !g.Quiet && !g.JSON {
		cfg.Log = func(e simulator.Entry) {
			fmt.Fprintf(w.Stderr, "%s  %d  %-6s %s  %s\n", e.At.Format("15:04:05"), e.Status, visible.Line(e.Method), visible.Line(e.Path), visible.Line(e.Note))
		}
	}
	server, err := simulator.Start(ctx, cfg, cmp.Or(g.Listen, simulator.DefaultAddr))
	if err != nil {
		return &exitError{code: headless.ExitMachine, text: err.Error() + ": give another address with --listen"}
	}
	defer server.Close()
	if g.JSON {
		if err := printReady(w, server); err != nil {
			return err
		}
	} else {
		printDescriptions(w, server)
	}
	<-ctx.Done()
	return nil
}

func printReady(w *World, server *simulator.Server) error {
	ready := readyJSON{Schema: "oauthlens/simulate@1", URL: server.URL(), Providers: []readyProviderJSON{}}
	for _, d := range server.Describe() {
		p := readyProviderJSON{Provider: d.Provider, Environment: d.Environment, ClientID: d.ClientID, ClientSecret: d.ClientSecret, Endpoints: map[string]string{}}
		for _, line := range d.Lines() {
			p.Endpoints[strings.ReplaceAll(line.Name, " ", "_")] = line.Value
		}
		ready.Providers = append(ready.Providers, p)
	}
	data, err := report.Encode(ready, false)
	if err == nil {
		_, err = w.Stdout.Write(data)
	}
	return err
}

func printDescriptions(w *World, server *simulator.Server) {
	fmt.Fprintf(w.Stdout, "The simulated providers are at %s until you press ctrl+c.\n", server.URL())
	for _, d := range server.Describe() {
		fmt.Fprintf(w.Stdout, "\n%s (%s)\n", d.Title, d.Environment)
		tab := tabwriter.NewWriter(w.Stdout, 0, 4, 2, ' ', 0)
		fmt.Fprintf(tab, "  client id\t%s\n", d.ClientID)
		fmt.Fprintf(tab, "  client secret\t%s\n", d.ClientSecret)
		if d.PublicClientID != "" {
			fmt.Fprintf(tab, "  public client\t%s (no secret, needs PKCE)\n", d.PublicClientID)
		}
		for _, line := range d.Lines() {
			fmt.Fprintf(tab, "  %s\t%s\n", line.Name, line.Value)
		}
		tab.Flush()
		if d.Note != "" {
			fmt.Fprintf(w.Stdout, "  %s\n", d.Note)
		}
	}
}
