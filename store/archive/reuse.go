package archive

import (
	"fmt"
	"slices"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/store"
)

// Reuse is a code or refresh token that an earlier run sent already.
type Reuse struct {
	Kind   string // store.SentCode or store.SentRefreshToken
	Secret flows.Secret
	Before store.Sent
	Seq    int // of the record with which it was sent again
}

// markSent remembers the code and the refresh token of a token request under their
// hashes, and notices those that another run sent before.
func (k *Keeper) markSent(r flows.Record) {
	e, ok := r.Event.(flows.ExchangeFinished)
	if !ok || e.Exchange.Step != flows.StepExchange && e.Exchange.Step != flows.StepRefresh {
		return
	}
	params := protocol.SentParams(e.Exchange.Request)
	for _, kind := range []string{store.SentCode, store.SentRefreshToken} {
		raw, _ := protocol.Get(params, kind)
		if raw == "" || flows.IsMask(raw) {
			continue
		}
		secret := flows.NewSecret(k.masks, kind, raw)
		k.do(func(s *store.Store) error { return k.compareSent(s, kind, secret, r) })
	}
}

func (k *Keeper) compareSent(s *store.Store, kind string, secret flows.Secret, r flows.Record) error {
	hash := store.SentHash(k.archive.key(), kind, secret.RevealSecret())
	before, seen, err := s.SeenSecret(k.archive.ctx, kind, hash)
	if err != nil {
		return err
	}
	if seen && before.Run != k.run {
		k.mu.Lock()
		if !slices.ContainsFunc(k.reuses, func(known Reuse) bool { return known.Kind == kind && known.Secret == secret }) {
			k.reuses = append(k.reuses, Reuse{Kind: kind, Secret: secret, Before: before, Seq: r.Seq})
		}
		k.mu.Unlock()
	}
	return s.MarkSent(k.archive.ctx, k.run, kind, hash, r.At)
}

// Reuses lists the codes and refresh tokens of this run that an earlier run sent. Flush
// before, or the last ones may be missing.
func (k *Keeper) Reuses() []Reuse {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.reuses)
}

// ReuseFindings makes findings of the reuses in a trace: of every code that was sent
// before, and of a refresh token where the server refused it or the provider rotates
// them; with other providers sending one again is how it is meant.
func ReuseFindings(t flows.Trace, reuses []Reuse) []flows.Finding {
	start, _ := t.Start()
	var out []flows.Finding
	for _, reuse := range reuses {
		step := slices.IndexFunc(t.Steps(), func(s flows.Step) bool { return s.Seq == reuse.Seq })
		refused := step >= 0 && !protocol.Succeeded(start.Provider.Dialect, t.Steps()[step])
		if reuse.Kind == store.SentRefreshToken && !refused && start.Provider.Dialect.Rotation != flows.RotationAlways {
			continue
		}
		out = append(out, reuse.finding(step, refused))
	}
	return out
}

func (r Reuse) finding(step int, refused bool) flows.Finding {
	f := flows.Finding{
		Code: "code-reused", Severity: flows.SeverityWarning, Stage: "exchange", Step: step, Confidence: flows.Certain,
		Title: "this code was sent before, in another run", Cause: "a code works once; the second time a server refuses it and may revoke what the first brought",
		Fix: "start again with a fresh authorization request", Spec: "RFC 6749 section 4.1.2",
	}
	if r.Kind == store.SentRefreshToken {
		f.Code, f.Stage, f.Title = "refresh-token-reused", "refresh", "this refresh token was sent before, in another run"
		f.Cause = "a refresh token that rotates works once; sent again it may revoke every token that came of it"
		f.Fix, f.Spec = "use the refresh token of the newest answer, or authorize again", "RFC 9700 section 4.14.2"
	}
	if refused {
		f.Severity = flows.SeverityError
	}
	f.Evidence = []string{fmt.Sprintf("%s was sent in run %s on %s", r.Secret, r.Before.Run, r.Before.At.UTC().Format(time.DateTime+" UTC"))}
	return f
}
