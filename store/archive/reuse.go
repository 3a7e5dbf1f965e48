package archive

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/store"
)

// sending is a code or refresh token in a token request.
type sending struct {
	kind   string // store.SentCode or store.SentRefreshToken
	secret flows.Secret
	step   int // in Trace.Steps
}

// sentIn reads the code and the refresh token of a token request. In a run that was kept
// without secrets there is none to be read.
func sentIn(x flows.Exchange, key flows.FingerprintKey) []sending {
	if x.Step != flows.StepExchange && x.Step != flows.StepRefresh {
		return nil
	}
	var out []sending
	params := protocol.SentParams(x.Request)
	for _, kind := range []string{store.SentCode, store.SentRefreshToken} {
		if raw, _ := protocol.Get(params, kind); raw != "" && !flows.IsMask(raw) {
			out = append(out, sending{kind: kind, secret: flows.NewSecret(key, kind, raw)})
		}
	}
	return out
}

// markSent remembers what a token request sent, under its hash.
func (k *Keeper) markSent(r flows.Record) {
	e, ok := r.Event.(flows.ExchangeFinished)
	if !ok {
		return
	}
	for _, sent := range sentIn(e.Exchange, flows.FingerprintKey{}) {
		k.mu.Lock()
		k.asks = true
		k.mu.Unlock()
		k.do(piece{write: func(s *store.Store) store.Write {
			return s.MarkSentWrite(k.run, sent.kind, k.archive.hash(sent), r.At)
		}})
	}
}

func (a *Archive) hash(sent sending) []byte {
	return store.SentHash(a.key(), sent.kind, sent.secret.RevealSecret())
}

// lookupPatience bounds the question to the history: findings are made while somebody
// waits for the screen.
const lookupPatience = 100 * time.Millisecond

// WithReuses adds to the findings of a trace what only the history knows: that a code or
// a refresh token was sent before by another run. It takes the place of an unexplained
// refusal of the same step. Before the history is open, or if it cannot answer at once,
// the findings come back as they are; so they do without an archive. A finding of the
// same reuse becomes certain.
func (a *Archive) WithReuses(t flows.Trace, findings []flows.Finding) []flows.Finding {
	if a == nil || a.opened.Load() == nil {
		return findings
	}
	s := a.opened.Load()
	ctx, cancel := context.WithTimeout(a.ctx, lookupPatience)
	defer cancel()
	start, _ := t.Start()
	for i, step := range t.Steps() {
		for _, sent := range sentIn(step.Exchange, start.Fingerprints) {
			before, seen := a.sentBefore(ctx, s, t.Run, sent)
			if !seen {
				continue
			}
			sent.step = i
			findings = merged(findings, sent, before, start.Provider.Dialect, refused(start.Provider.Dialect, step.Exchange))
		}
	}
	return findings
}

// question is what was asked of the history about a run.
type question struct{ run, hash string }

// sentBefore finds the earlier run that sent the same. The answer is kept: a run is judged
// after each of its events, and who was first does not change.
func (a *Archive) sentBefore(ctx context.Context, s *store.Store, run flows.RunID, sent sending) (store.Sent, bool) {
	hash := a.hash(sent)
	q := question{string(run), sent.kind + string(hash)}
	a.mu.Lock()
	before, known := a.answers[q]
	a.mu.Unlock()
	if !known {
		var seen bool
		var err error
		if before, seen, err = s.SeenSecret(ctx, sent.kind, hash); err != nil || !seen {
			return store.Sent{}, false
		}
		a.mu.Lock()
		a.answers[q] = before
		a.mu.Unlock()
	}
	return before, before.Run != run
}

// refused tells that the server itself said no to the grant. No answer, a cut one, a
// gateway's page and a refused client say nothing about the code or the token.
func refused(dialect flows.Dialect, x flows.Exchange) bool {
	if x.Error != nil || x.Response == nil || x.Response.Status >= 500 {
		return false
	}
	failure := protocol.ReadAnswer(x.Response).Failure(dialect)
	if failure == nil {
		return false
	}
	said := strings.ToLower(failure.Code + " " + failure.Description)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(said, w) })
	}
	if has("invalid_client", "unauthorized_client", "invalid_request", "unsupported_grant", "invalid_scope", "server_error", "temporarily") {
		return false // a provider with numbers for codes says the name in the text
	}
	return has("grant", "token", "code")
}

// merged puts the finding of a reuse where it belongs: errors first. A refresh token may
// be sent again where it does not rotate; then only a refusal makes it a finding.
func merged(findings []flows.Finding, sent sending, before store.Sent, dialect flows.Dialect, refused bool) []flows.Finding {
	if sent.kind == store.SentRefreshToken && !refused && dialect.Rotation != flows.RotationAlways {
		return findings
	}
	f := reuseFinding(sent, before, refused)
	if i := slices.IndexFunc(findings, func(known flows.Finding) bool { return known.Code == f.Code && known.Step == f.Step }); i >= 0 {
		findings = slices.Clone(findings)
		findings[i].Confidence = f.Confidence
		findings[i].Evidence = append(slices.Clone(findings[i].Evidence), f.Evidence...)
		return findings
	}
	out := make([]flows.Finding, 0, len(findings)+1)
	at := 0
	for _, known := range findings {
		if known.Step == f.Step && known.Code == "invalid-grant-unexplained" {
			continue
		}
		out = append(out, known)
		if known.Severity.Rank() < f.Severity.Rank() {
			at = len(out)
		}
	}
	return slices.Insert(out, at, f)
}

func reuseFinding(sent sending, before store.Sent, refused bool) flows.Finding {
	f := flows.Finding{
		Code: "code-reused", Severity: flows.SeverityWarning, Stage: "exchange", Step: sent.step, Confidence: flows.Certain,
		Title: flows.Say("this code was sent before, in another run"), Cause: flows.Say("a code works once; the second time a server refuses it and may revoke what the first brought"),
		Fix: flows.Say("start again with a fresh authorization request"), Spec: "RFC 6749 section 4.1.2",
	}
	if sent.kind == store.SentRefreshToken {
		f.Code, f.Stage, f.Title = "refresh-token-reused", "refresh", flows.Say("this refresh token was sent before, in another run")
		f.Cause = flows.Say("a refresh token that rotates works once; sent again it may revoke every token that came of it")
		f.Fix, f.Spec = flows.Say("use the refresh token of the newest answer, or authorize again"), "RFC 9700 section 4.14.2"
	}
	if refused {
		f.Severity = flows.SeverityError
	}
	f.Evidence = []flows.Sentence{flows.Say(fmt.Sprintf("%s was sent in run %s on %s", sent.secret, before.Run, before.At.UTC().Format(time.DateTime+" UTC")))}
	return f
}
