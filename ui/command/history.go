package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/redact"
	"oauthlens/flows/report"
	"oauthlens/flows/session"
	"oauthlens/flows/visible"
	"oauthlens/store"
	"oauthlens/ui/headless"
	"oauthlens/ui/present"
)

type historyGrammar struct {
	Action    string  `arg:"" optional:"" help:"show, delete or prune"`
	Run       string  `arg:"" optional:"" help:"an id, a prefix of at least four characters, last or last~1"`
	Filter    string  `help:"only runs in which these words occur" placeholder:"WORDS"`
	Limit     int     `help:"how many runs" placeholder:"N"`
	OlderThan ageFlag `name:"older-than" help:"prune: runs older than this, such as 30d or 12h" placeholder:"D"`
	Keep      int     `help:"prune: keep at least the newest N" placeholder:"N"`
	JSON      bool    `name:"json" help:"print JSON"`
}

// ageFlag is a duration that also takes days and weeks.
type ageFlag time.Duration

// UnmarshalText reads "30d", "2w" or what time.ParseDuration reads.
func (a *ageFlag) UnmarshalText(text []byte) error {
	s := string(text)
	unit := map[byte]time.Duration{'d': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if n := len(s); n > 1 && unit[s[n-1]] > 0 {
		var days float64
		if _, err := fmt.Sscanf(s[:n-1], "%g", &days); err == nil && days > 0 {
			*a = ageFlag(days * float64(unit[s[n-1]]))
			return nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return usageError("%q is no age: write 30d, 2w or 12h", s)
	}
	*a = ageFlag(d)
	return nil
}

func historyCommand(ctx context.Context, w *World, args []string) error {
	g := historyGrammar{Limit: 20, Keep: -1}
	done, err := parse(w, "history", "List the recorded runs; show one, delete one, or prune the old ones.", &g, args)
	if done || err != nil {
		return err
	}
	s, err := w.history()
	if err != nil {
		return err
	}
	switch {
	case g.Action == "":
		return w.listRuns(ctx, s, g)
	case g.Action == "show" && g.Run != "":
		return w.showRun(ctx, s, g)
	case g.Action == "delete" && g.Run != "":
		id, err := s.Resolve(ctx, g.Run)
		if err == nil {
			err = s.Delete(ctx, id)
		}
		if err != nil {
			return storeError(err)
		}
		return w.tellDeleted(g, 1, "run "+string(id)+" is deleted, with its secrets")
	case g.Action == "prune":
		return w.prune(ctx, s, g)
	}
	return usageError("history takes nothing, show RUN, delete RUN or prune --older-than D --keep N")
}

// history opens the store, telling what happened at its opening.
func (w *World) history() (*store.Store, error) {
	if w.Archive == nil {
		return nil, &exitError{code: headless.ExitMachine, text: "no home folder is known: set OAUTHLENS_HOME"}
	}
	s, err := w.Archive.Store()
	if err != nil {
		return nil, storeError(err)
	}
	w.tellNotes()
	return s, nil
}

// tellNotes tells what happened when the history was opened, such as a damaged one set
// aside.
func (w *World) tellNotes() {
	for _, note := range w.Archive.Notes() {
		fmt.Fprintln(w.Stderr, "oauthlens: "+visible.Line(note))
	}
}

// tellKeeping tells how a run was kept, where that is not as one would expect.
func (w *World) tellKeeping(run flows.RunID) {
	w.tellNotes()
	if remark := w.Archive.Remark(w.Archive.Redacted(run)); remark != "" {
		fmt.Fprintln(w.Stderr, "oauthlens: "+visible.Line(remark))
	}
}

// storeError gives an error of the store its exit code.
func storeError(err error) error {
	if errors.Is(err, errInterrupted) || errors.Is(err, context.Canceled) {
		return err
	}
	for _, kind := range []error{store.ErrNotFound, store.ErrAmbiguous, store.ErrUsage} {
		if errors.Is(err, kind) {
			return usageError("%v", err)
		}
	}
	return &exitError{code: headless.ExitMachine, text: err.Error()}
}

type historyJSON struct {
	Schema string    `json:"schema"`
	Runs   []runJSON `json:"runs"`
}

type runJSON struct {
	Run         string        `json:"run"`
	Provider    string        `json:"provider"`
	Environment string        `json:"environment"`
	Grant       flows.Grant   `json:"grant"`
	Outcome     flows.Outcome `json:"outcome"`
	StartedAt   string        `json:"started_at"`
	ExpiresAt   *string       `json:"expires_at"`
	Finding     string        `json:"finding"`
	Redacted    bool          `json:"redacted"`
}

func (w *World) listRuns(ctx context.Context, s *store.Store, g historyGrammar) error {
	runs, err := s.List(ctx, store.Query{Filter: g.Filter, Limit: g.Limit})
	if err != nil {
		return storeError(err)
	}
	if g.JSON {
		out := historyJSON{Schema: "oauthlens/history@1", Runs: []runJSON{}}
		for _, r := range runs {
			j := runJSON{Run: string(r.Run), Provider: r.Provider, Environment: r.Environment, Grant: r.Grant, Outcome: r.Outcome,
				StartedAt: r.Started.UTC().Format(time.RFC3339Nano), Finding: r.Finding, Redacted: r.Redacted}
			if !r.ExpiresAt.IsZero() {
				at := r.ExpiresAt.UTC().Format(time.RFC3339)
				j.ExpiresAt = &at
			}
			out.Runs = append(out.Runs, j)
		}
		return printJSON(w, out)
	}
	switch {
	case len(runs) > 0:
	case g.Filter != "":
		fmt.Fprintf(w.Stdout, "No run matches %q.\n", visible.Line(g.Filter))
		return nil
	default:
		fmt.Fprintln(w.Stdout, "No runs yet: oauthlens run truss --approve makes one.")
		return nil
	}
	tab := tabwriter.NewWriter(w.Stdout, 0, 4, 2, ' ', 0)
	for _, r := range runs {
		outcome := string(r.Outcome)
		if outcome == "" {
			outcome = "unfinished"
		}
		if r.Finding != "" {
			outcome += ": " + r.Finding
		}
		life := ""
		if now := w.Now(); r.Started.After(now.Add(flows.ClockStep)) && r.ExpiresAt.After(r.Started) { // the clock was set back
			life = "token lives at most " + lifeInWords(r.ExpiresAt.Sub(r.Started))
		} else if left := r.ExpiresAt.Sub(now); left > 0 {
			life = "token lives " + lifeInWords(left)
		}
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Run, r.Started.UTC().Format("2006-01-02 15:04:05"), visible.Line(r.Provider), r.Environment, r.Grant, outcome, life)
	}
	return tab.Flush()
}

// lifeInWords is a life to the second, as long as anybody counts its seconds.
func lifeInWords(d time.Duration) string {
	if d >= 48*time.Hour {
		return present.Coarse(d)
	}
	return d.Round(time.Second).String()
}

// loadRun is a recorded run, folded again.
func (w *World) loadRun(ctx context.Context, s *store.Store, ref string) (session.Session, error) {
	id, err := s.Resolve(ctx, ref)
	if err != nil {
		return session.Session{}, storeError(err)
	}
	t, err := w.load(func() (flows.Trace, error) { return s.Load(ctx, id) })
	if err != nil {
		return session.Session{}, storeError(err)
	}
	return session.Replay(t), nil
}

func (w *World) showRun(ctx context.Context, s *store.Store, g historyGrammar) error {
	run, err := w.loadRun(ctx, s, g.Run)
	if err != nil {
		return err
	}
	m := redact.ForTrace(run.Trace())
	findings := w.Diagnose(run.Trace())
	if g.JSON {
		return printJSON(w, report.Run(run, findings, m, w.Now()))
	}
	text := headless.Summary(run, findings, m, w.Now())
	if len(run.Tokens()) > 0 {
		text += "\n  lineage\n"
		for _, line := range report.LineageLines(report.Lineage(run.Trace(), w.Now()), w.Now()) {
			text += "    " + visible.Line(m.String(line)) + "\n"
		}
	}
	_, err = io.WriteString(w.Stdout, text)
	return err
}

func (w *World) prune(ctx context.Context, s *store.Store, g historyGrammar) error {
	if g.OlderThan == 0 && g.Keep < 0 {
		return usageError("prune needs --older-than D, --keep N, or both")
	}
	var before time.Time // zero: of any age, also those that a clock set back put into the future
	switch {
	case g.OlderThan > 0:
		before = w.Now().Add(-time.Duration(g.OlderThan))
	case g.Keep == 0: // all of them, whatever their clock said
		before = w.Now().AddDate(100, 0, 0)
	}
	n, err := s.Prune(ctx, before, max(0, g.Keep))
	if err != nil {
		return storeError(err)
	}
	return w.tellDeleted(g, n, deletedRuns(n))
}

// deletedRuns says how many runs are gone.
func deletedRuns(n int) string {
	switch n {
	case 0:
		return "no run is deleted: none is so old, or they are the newest that are kept"
	case 1:
		return "1 run is deleted, with its secrets"
	}
	return fmt.Sprintf("%d runs are deleted, with their secrets", n)
}

func (w *World) tellDeleted(g historyGrammar, n int, said string) error {
	if g.JSON {
		return printJSON(w, map[string]any{"schema": "oauthlens/history@1", "deleted": n})
	}
	fmt.Fprintln(w.Stdout, said)
	return nil
}

type exportGrammar struct {
	Run    string `arg:"" help:"an id, a prefix of at least four characters, last or last~1"`
	As     string `help:"json, curl, har or markdown" required:"" placeholder:"FORM"`
	Output string `short:"o" help:"write a new file instead of standard output" placeholder:"FILE"`
}

// exportCommand writes a run in another form. What would still hold a secret is not written.
func exportCommand(ctx context.Context, w *World, args []string) error {
	var g exportGrammar
	done, err := parse(w, "export", "Write a recorded run in another form, redacted.", &g, args)
	if done || err != nil {
		return err
	}
	s, err := w.history()
	if err != nil {
		return err
	}
	run, err := w.loadRun(ctx, s, g.Run)
	if err != nil {
		return err
	}
	m := redact.ForTrace(run.Trace(), w.knownSecrets(run)...)
	data, err := w.exported(run, m, g.As)
	if err != nil {
		return usageOrMachine(err)
	}
	if g.Output == "" {
		_, err = w.Stdout.Write(data)
		return err
	}
	path, err := w.WriteNew(g.Output, data)
	if err != nil {
		if errors.Is(err, os.ErrExist) {
			return usageError("%s exists already: choose another name", g.Output)
		}
		return &exitError{code: headless.ExitMachine, text: err.Error()}
	}
	fmt.Fprintln(w.Stderr, "written: "+path)
	return nil
}

// knownSecrets are the secrets that an export must not hold besides those that the run
// shows by name: its client's, and every one in the vault, if that is open.
func (w *World) knownSecrets(run session.Session) []flows.Secret {
	known := []flows.Secret{run.ClientSecret()}
	v, err := w.Archive.Vault()
	if err != nil {
		return known
	}
	kept, err := v.Secrets(run.Start().Fingerprints)
	if err != nil {
		return known
	}
	return append(known, kept...)
}

func usageOrMachine(err error) error {
	var leak *report.LeakError
	if errors.As(err, &leak) {
		return &exitError{code: headless.ExitMachine, text: err.Error()}
	}
	return usageError("%v", err)
}

func (w *World) exported(run session.Session, m *redact.Masker, form string) ([]byte, error) {
	findings := w.Diagnose(run.Trace())
	if form != "json" {
		return report.Write(report.Format(form), run.Trace(), m, findings...)
	}
	data, err := report.Encode(report.Run(run, findings, m, w.Now()), true)
	if err != nil {
		return nil, err
	}
	return report.Checked("json", data, m)
}
