package command

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
	"oauthlens/store"
	"oauthlens/store/archive"
	"oauthlens/store/vault"
	"oauthlens/ui/tui"
	"oauthlens/ui/tui/screen"
)

// keptRun keeps a run of the screen in the history as it goes.
type keptRun struct {
	world  *World
	keeper *archive.Keeper
	trace  flows.Trace
	// typed: the client was changed by hand since its settings were kept.
	typed bool
}

// save appends records and, where they change how the run stands, says so in its row.
func (k *keptRun) save(ctx context.Context, records []flows.Record) (tui.Kept, error) {
	changed := false
	for _, r := range records {
		k.trace.Records = append(k.trace.Records, r)
		k.keeper.Append(r)
		switch e := r.Event.(type) {
		case flows.ExchangeFinished, flows.CallbackArrived, flows.RunEnded:
			changed = true
		case flows.Changed:
			k.typed = k.typed || ofClient(e.Change)
		}
	}
	var kept tui.Kept
	if changed {
		s := session.Replay(k.trace)
		k.finish(s, records[len(records)-1].At)
		kept.Say = k.keepClient(ctx, s)
	}
	err := k.keeper.Flush()
	if k.keeper.Redacted() {
		kept.Lacking = "secrets not kept"
	}
	if remark := k.world.Archive.Remark(kept.Lacking != ""); remark != "" && kept.Say == "" && k.world.remarked.CompareAndSwap(false, true) {
		kept.Say = remark
	}
	return kept, err
}

// ofClient tells whether a change is one of the Client step.
func ofClient(c flows.SettingsChange) bool {
	return c.ClientID != nil || c.ClientSecret != nil || c.AuthMethod != nil || c.PKCE != nil || c.RedirectURI != nil || c.Scopes != nil || c.Endpoint != nil
}

// keepClient keeps client settings that were typed in once they proved right.
func (k *keptRun) keepClient(ctx context.Context, s session.Session) string {
	if !k.typed || !s.Complete() || whyNotKept(s) != "" {
		return ""
	}
	k.typed = false
	said, err := k.world.saveClient(ctx, s)
	if err != nil {
		return "the client settings are not kept: " + err.Error()
	}
	return said
}

func (k *keptRun) finish(s session.Session, at time.Time) {
	var expires time.Time
	if t := s.Token(); t != nil && !s.Revoked() {
		expires = t.ExpiresAt
	}
	outcome := flows.Outcome("")
	switch {
	case s.Ended() != nil:
		outcome = s.Ended().Outcome
	case s.FailedWhy() != "" && !s.Stopped():
		outcome = flows.Failed
	case s.Complete():
		outcome = flows.Succeeded
	case s.Stopped():
		outcome = flows.Cancelled
	}
	finding := ""
	for _, f := range k.world.Diagnose(k.trace) {
		if f.Severity != flows.SeverityInfo {
			finding = f.Code
			break
		}
	}
	k.keeper.Finish(outcome, finding, expires, at)
}

// withHistory gives the screen its history.
func (w *World) withHistory(d *tui.Deps) {
	if w.Archive == nil {
		return
	}
	d.Notices = func(context.Context) []string {
		if _, err := w.Archive.Store(); err != nil {
			return []string{"runs are not saved: " + err.Error()}
		}
		return w.Archive.Notes()
	}
	d.Runs = w.listForScreen
	d.OpenRun = func(ctx context.Context, id flows.RunID) (tui.Flow, error) {
		t, err := w.traceForScreen(ctx, id)
		if err != nil {
			return nil, err
		}
		return newRunFlow(session.Replay(t).LookedAt(), w.Diagnose), nil
	}
	d.Reopen = w.reopen
	d.Unlock = func(_ context.Context, passphrase string) error {
		v, err := w.Archive.Vault()
		if err != nil {
			return err
		}
		return v.Unlock(passphrase)
	}
	d.SaveClient = func(ctx context.Context, t flows.Trace) (string, error) { return w.saveClient(ctx, session.Replay(t)) }
	d.ForgetClient = func(ctx context.Context, t flows.Trace) (string, error) {
		return w.forgetClient(ctx, session.Replay(t))
	}
	d.DeleteRun = func(ctx context.Context, id flows.RunID) error {
		s, err := w.Archive.Store()
		if err != nil {
			return err
		}
		return s.Delete(ctx, id)
	}
	d.PruneRuns = w.pruneFromScreen
	d.ExportRun = w.exportFromScreen
}

func (w *World) listForScreen(ctx context.Context, filter string, before int64, limit int) ([]screen.Run, error) {
	s, err := w.Archive.Store()
	if err != nil {
		return nil, err
	}
	metas, err := s.List(ctx, store.Query{Filter: filter, Before: before, Limit: limit})
	out := make([]screen.Run, 0, len(metas))
	for _, m := range metas {
		out = append(out, screen.Run{ID: m.Run, Provider: m.Provider, Environment: m.Environment, Grant: m.Grant, Outcome: m.Outcome,
			Why: m.Finding, Started: m.Started, ExpiresAt: m.ExpiresAt, Order: m.Order})
	}
	return out, err
}

// traceForScreen loads a run; if only the passphrase is missing the screen asks for it.
func (w *World) traceForScreen(ctx context.Context, id flows.RunID) (flows.Trace, error) {
	s, err := w.Archive.Store()
	if err != nil {
		return flows.Trace{}, err
	}
	t, err := s.Load(ctx, id)
	if errors.Is(err, vault.ErrLocked) && w.Archive.NeedsPassphrase() {
		err = fmt.Errorf("this run is sealed: the vault is %w", tui.ErrLocked)
	}
	return t, err
}

// reopen makes a recorded run live again for the screen.
func (w *World) reopen(ctx context.Context, id flows.RunID) (tui.Started, error) {
	r, err := w.revive(ctx, id)
	if err != nil {
		return tui.Started{}, err
	}
	return tui.Started{Flow: newRunFlow(r.session, w.Diagnose), Perform: r.run.Perform, Close: r.run.Close, Save: r.kept.save, Saved: len(r.kept.trace.Records)}, nil
}

// revive makes a recorded run live again: what is asked of it goes on in its trace.
func (w *World) revive(ctx context.Context, id flows.RunID) (readied, error) {
	t, err := w.traceForScreen(ctx, id)
	if err != nil {
		return readied{}, err
	}
	run, err := w.Launcher.Reopen(t)
	if err != nil {
		return readied{}, err
	}
	s := session.Replay(t)
	if under, _ := s.InFlight(); under != nil { // its process ended before the answer came
		s, _ = s.Handle(w.Launcher.Clock(), flows.Asked{Action: flows.ActCancel})
	}
	if s.Settings().AutoRefresh { // nothing is sent by a run for its being opened, and another window may still have it
		off := false
		s, _ = s.Handle(w.Launcher.Clock(), flows.Changed{Change: flows.SettingsChange{AutoRefresh: &off}})
	}
	return readied{run: run, session: s, kept: &keptRun{world: w, keeper: w.Archive.Keep(id), trace: t}}, nil
}

func (w *World) pruneFromScreen(ctx context.Context, age string) (string, error) {
	var older ageFlag
	var before time.Time
	newest, byCount := strings.CutPrefix(age, "keep ")
	keep, err := strconv.Atoi(strings.TrimSpace(newest))
	switch {
	case byCount && (err != nil || keep < 1):
		return "", usageError("%q is no number of runs: write keep 100", newest)
	case !byCount:
		if err := older.UnmarshalText([]byte(age)); err != nil {
			return "", err
		}
		before, keep = w.Now().Add(-time.Duration(older)), 0
	}
	s, err := w.Archive.Store()
	if err != nil {
		return "", err
	}
	n, err := s.Prune(ctx, before, keep)
	return deletedRuns(n), err
}

func (w *World) exportFromScreen(ctx context.Context, id flows.RunID, form, name string) (string, error) {
	t, err := w.traceForScreen(ctx, id)
	if err != nil {
		return "", err
	}
	run := session.Replay(t)
	data, err := w.exported(run, redact.ForTrace(t, w.knownSecrets(run)...), form)
	if err != nil {
		return "", err
	}
	return w.WriteNew(name, data)
}
