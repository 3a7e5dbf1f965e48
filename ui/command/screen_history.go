package command

import (
	"context"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/session"
	"oauthlens/store"
	"oauthlens/store/archive"
	"oauthlens/ui/tui"
	"oauthlens/ui/tui/screen"
)

// keptRun keeps a run of the screen in the history as it goes.
type keptRun struct {
	keeper   *archive.Keeper
	trace    flows.Trace
	diagnose func(flows.Trace) []flows.Finding
}

// save appends records and, where they change how the run stands, says so in its row.
func (k *keptRun) save(_ context.Context, records []flows.Record) (string, error) {
	changed := false
	for _, r := range records {
		k.trace.Records = append(k.trace.Records, r)
		k.keeper.Append(r)
		switch r.Event.(type) {
		case flows.ExchangeFinished, flows.CallbackArrived, flows.RunEnded:
			changed = true
		}
	}
	if changed {
		k.finish(records[len(records)-1].At)
	}
	err := k.keeper.Flush()
	if k.keeper.Redacted() {
		return "secrets not kept", err
	}
	return "", err
}

func (k *keptRun) finish(at time.Time) {
	s := session.Replay(k.trace)
	var expires time.Time
	if t := s.Token(); t != nil && !s.Revoked() {
		expires = t.ExpiresAt
	}
	outcome := flows.Outcome("")
	switch {
	case s.Ended() != nil:
		outcome = s.Ended().Outcome
	case s.FailedWhy() != "":
		outcome = flows.Failed
	case s.Complete():
		outcome = flows.Succeeded
	}
	finding := ""
	for _, f := range k.diagnose(k.trace) {
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
	w.Archive.Warm()
	d.Runs = func(ctx context.Context) ([]screen.Run, error) {
		s, err := w.Archive.Store()
		if err != nil {
			return nil, err
		}
		metas, err := s.List(ctx, store.Query{Limit: 1000})
		out := make([]screen.Run, 0, len(metas))
		for _, m := range metas {
			out = append(out, screen.Run{ID: m.Run, Provider: m.Provider, Environment: m.Environment, Grant: m.Grant, Outcome: m.Outcome,
				Why: m.Finding, Started: m.Started, ExpiresAt: m.ExpiresAt})
		}
		return out, err
	}
	d.OpenRun = func(ctx context.Context, id flows.RunID) (tui.Flow, error) {
		s, err := w.Archive.Store()
		if err != nil {
			return nil, err
		}
		t, err := s.Load(ctx, id)
		if err != nil {
			return nil, err
		}
		return newRunFlow(session.Replay(t), w.Diagnose), nil
	}
	d.DeleteRun = func(ctx context.Context, id flows.RunID) error {
		s, err := w.Archive.Store()
		if err != nil {
			return err
		}
		return s.Delete(ctx, id)
	}
}
