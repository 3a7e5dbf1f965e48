package present

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
)

// The keys of the rail.
const (
	railClient    = "client"
	railAuthorize = "authorize_url"
	railCallback  = "callback"
	railExchange  = "exchange"
	railToken     = "token"
	railClaims    = "claims"
	railCall      = "call"
	railRefresh   = "refresh"
	railRevoke    = "revoke"
)

func railTitle(key string) string {
	switch key {
	case railClient:
		return "Client"
	case railAuthorize:
		return "Authorization URL"
	case railCallback:
		return "Callback"
	case railExchange:
		return "Exchange"
	case railToken:
		return "Token"
	case railClaims:
		return "Claims"
	case railCall:
		return "Call"
	case railRefresh:
		return "Refresh"
	case railRevoke:
		return "Revoke"
	}
	return ""
}

// railOf are the steps of a grant, in order.
func railOf(g flows.Grant) []string {
	switch g {
	case flows.GrantAuthorizationCode:
		return []string{railClient, railAuthorize, railCallback, railExchange, railToken, railClaims, railCall, railRefresh, railRevoke}
	case flows.GrantClientCredentials:
		return []string{railClient, railExchange, railToken, railClaims, railCall, railRevoke}
	case flows.GrantRefreshToken:
		return []string{railClient, railRefresh, railToken, railClaims, railCall, railRevoke}
	case flows.GrantBasic:
		return []string{railClient, railCall}
	}
	return nil
}

// builder makes the screen of one session at one moment.
type builder struct {
	s        session.Session
	start    flows.RunStarted
	moment   time.Time
	findings []flows.Finding
	mask     *redact.Masker
	rail     []string
	rails    map[int]int // of a recording: index of a step of the trace -> index in the rail
	version  string
	decoded  *[]session.JWT // nil: not yet
	readable *bool          // a newest token is a JWT; nil: not known yet
	timed    atomic.Bool    // now was asked for
	hasty    bool           // long bodies are left out
}

// lean is what the lines of a body are made with: they are kept longer than a screen.
func (b *builder) lean() *builder {
	return &builder{start: b.start, moment: b.moment, mask: b.mask}
}

// now is the moment of the screen. Whatever says more than how it came to be asks for it, so
// that what does not ask stands until something happens.
func (b *builder) now() time.Time {
	b.timed.Store(true)
	return b.moment
}

// jwts are the newest tokens, decoded and checked once for a screen.
func (b *builder) jwts() []session.JWT {
	now := b.now() // whoever reads the verdicts reads how long they hold
	if b.decoded == nil {
		j := b.s.JWTs(now)
		b.decoded = &j
	}
	return *b.decoded
}

// hasJWT tells that one of the newest tokens can be read, which no time changes.
func (b *builder) hasJWT() bool {
	if b.readable == nil {
		has := len(b.jwts()) > 0
		b.readable = &has
	}
	return *b.readable
}

// Run is the session as a screen. findings are those of its trace; mask is the masker of
// its trace, made anew when nil.
func Run(s session.Session, findings []flows.Finding, mask *redact.Masker, now time.Time) Walk {
	if mask == nil {
		mask = redact.ForTrace(s.Trace())
	}
	b := &builder{s: s, start: s.Start(), moment: now, findings: findings, mask: mask, rail: railOf(s.Start().Grant)}
	b.version = fmt.Sprint(len(s.Trace().Records), len(findings))
	active := b.active()
	w := Walk{Settings: s.Settings(), Header: b.header(), Ended: s.Ended() != nil, Current: b.current(), Busy: b.busy(), Status: b.status()}
	findings = b.onRail(findings)
	for i, f := range b.asOfNow(findings) {
		f.Remedy = b.remedy(f.Remedy)
		w.Findings = append(w.Findings, FindingView{Finding: f, Rail: b.findingRail(f), Detail: func() Lines { return b.findingDetail(findings[i]) }})
	}
	for i, key := range b.rail {
		w.Rail = append(w.Rail, RailItem{Key: key, Title: railTitle(key), State: b.state(key, i == active), Worst: b.worst(w.Findings, i)})
	}
	w.Panes = b.panes(w.Findings)
	w.Offers = b.offers()
	w.Automatic, w.Refreshed = b.automatic(), b.refreshed()
	w.made = b
	return w
}

func (b *builder) panes(views []FindingView) []Pane {
	var out []Pane
	for i, key := range b.rail {
		out = append(out, b.pane(key, i, views))
	}
	return out
}

// At is what Run makes of the same session at another moment: the header and the panes alone
// look at the clock.
func (w Walk) At(now time.Time) Walk {
	b := w.made
	if b.moment.Equal(now) {
		return w
	}
	b = &builder{s: b.s, start: b.start, moment: now, findings: b.findings, mask: b.mask, rail: b.rail, version: b.version, readable: b.readable}
	w.Header, w.Panes, w.Automatic, w.made = b.header(), b.panes(w.Findings), b.automatic(), b
	return w
}

func (b *builder) index(key string) int { return slices.Index(b.rail, key) }

// stepRail is the rail entry under which a step of the trace is shown.
func (b *builder) stepRail(k flows.StepKind) string {
	switch k {
	case flows.StepDiscovery:
		return railClient
	case flows.StepJWKS:
		return railClaims
	case flows.StepAuthorizeURL, flows.StepAuthorize, flows.StepPAR:
		return railAuthorize
	case flows.StepCallback:
		return railCallback
	case flows.StepExchange:
		return railExchange
	case flows.StepRefresh:
		return railRefresh
	case flows.StepRevoke:
		return railRevoke
	case flows.StepCall, flows.StepUserInfo, flows.StepIntrospect:
		return railCall
	}
	return railClient
}

// current is the step at which the session is: that of the newest activity.
func (b *builder) current() int {
	at := railClient
	if _, asked := b.s.Result(flows.StepAuthorizeURL); asked || b.s.Built() != nil || b.s.Prepared() {
		at = railAuthorize
	}
	if b.s.Built() != nil && (b.s.Browser() != nil || b.s.Callback() != nil || len(b.s.Hits()) > 0) {
		at = railCallback
	}
	seq := -1
	for _, k := range []flows.StepKind{flows.StepExchange, flows.StepJWKS, flows.StepCall, flows.StepUserInfo, flows.StepIntrospect, flows.StepRefresh, flows.StepRevoke} {
		if r, ok := b.s.Result(k); ok && r.Seq > seq {
			seq, at = r.Seq, b.stepRail(k)
		}
	}
	if f, _ := b.s.InFlight(); f != nil {
		at = b.stepRail(f.Step)
	}
	return max(0, b.index(at))
}

// active is the step at which something is to be done: the one that the session is at or,
// when that is done, the next one that is not.
func (b *builder) active() int {
	at := b.current()
	for at < len(b.rail) {
		done, failed := b.progress(b.rail[at])
		if (!done || failed) && !b.skipped(b.rail[at]) {
			return at
		}
		at++
	}
	return -1
}

func (b *builder) state(key string, current bool) RailState {
	if f, _ := b.s.InFlight(); f != nil && b.stepRail(f.Step) == key || key == railCallback && b.s.Waiting() && b.s.Browser() != nil {
		return Running
	}
	done, failed := b.progress(key)
	switch {
	case failed:
		return Failed
	case done:
		return Done
	case b.skipped(key):
		return Skipped
	case current:
		return Current
	}
	return Todo
}

// skipped tells that there is nothing to be done at a step, here and now.
func (b *builder) skipped(key string) bool { return key == railRevoke && b.unrevokable() }

// progress tells whether a step is done, and whether it went wrong.
func (b *builder) progress(key string) (done, failed bool) {
	result := func(k flows.StepKind) (bool, bool) {
		r, ok := b.s.Result(k)
		return ok && r.OK(), ok && !r.OK()
	}
	switch key {
	case railClient:
		_, failed := result(flows.StepDiscovery)
		return b.s.Built() != nil || b.s.Prepared() || b.s.Token() != nil || b.index(railAuthorize) < 0 && (b.current() > 0 || b.ready()), failed && b.s.NeedsDiscovery()
	case railAuthorize:
		if _, failed := result(flows.StepAuthorizeURL); failed {
			return false, true
		}
		_, refused := result(flows.StepAuthorize)
		return b.s.Callback() != nil || b.s.Browser() != nil || b.refused(), refused && b.s.Callback() == nil
	case railCallback:
		cb := b.s.Callback()
		if cb == nil {
			return false, b.s.TimedOut() || b.refused()
		}
		return cb.Reading.Error == nil, cb.Reading.Error != nil
	case railExchange:
		return result(flows.StepExchange)
	case railToken:
		return b.s.Token() != nil, false
	case railClaims:
		return b.claimsProgress()
	case railCall:
		if b.s.RefusedAsRevoked() {
			return true, false
		}
		return result(b.lastKind(flows.StepCall, flows.StepUserInfo, flows.StepIntrospect))
	case railRefresh:
		return result(flows.StepRefresh)
	case railRevoke:
		return result(flows.StepRevoke)
	}
	return false, false
}

// ready tells that the first request of a flow without a browser can be sent, so that
// nothing is left to do at the client.
func (b *builder) ready() bool {
	first := map[flows.Grant]flows.Action{flows.GrantClientCredentials: flows.ActExchange, flows.GrantRefreshToken: flows.ActRefresh, flows.GrantBasic: flows.ActCall}[b.start.Grant]
	return first != "" && b.act("", first, -1).Why == ""
}

func (b *builder) claimsProgress() (done, failed bool) {
	if b.s.Token() == nil {
		return false, false
	}
	for _, j := range b.jwts() {
		for _, v := range j.Verdicts {
			if v.Result == "failed" && v.Check != "time" {
				return true, true
			}
		}
	}
	return b.s.HasKeys() || !b.hasJWT(), false
}

func (b *builder) worst(views []FindingView, rail int) flows.Severity {
	worst := flows.Severity("")
	for _, v := range views {
		if v.Rail == rail && (worst == "" || v.Finding.Severity.Rank() < worst.Rank()) {
			worst = v.Finding.Severity
		}
	}
	return worst
}

// busy says what is being waited for.
func (b *builder) busy() *Busy {
	if f, since := b.s.InFlight(); f != nil {
		return &Busy{What: "waiting for " + flows.HostOf(f.Request.URL), Since: since}
	}
	if b.s.Waiting() && b.s.Browser() != nil && !b.s.TimedOut() {
		what := "waiting for the browser; paste the callback with p"
		if l := b.s.Listener(); l != nil {
			what = "waiting for the browser at " + flows.HostOf(l.RedirectURI)
		}
		return &Busy{What: what, Since: b.sentAt()}
	}
	return nil
}

// sentAt is when the browser was opened last: what comes by since then does not make the wait
// a shorter one.
func (b *builder) sentAt() time.Time {
	for _, r := range slices.Backward(b.s.Trace().Records) {
		if _, ok := r.Event.(flows.BrowserOpened); ok {
			return r.At
		}
	}
	return b.s.Trace().EndedAt()
}

// status is the program's last remark, while it is the last thing that happened.
func (b *builder) status() string {
	records := b.s.Trace().Records
	for i := len(records) - 1; i >= 0; i-- {
		switch e := records[i].Event.(type) {
		case flows.Noted:
			return e.Text
		case flows.ListenerFailed:
			return b.listenTries() + e.Message
		case flows.CallbackArrived:
			if len(e.Mended) > 0 {
				return "pasted callback mended: " + joinSentences(e.Mended)
			}
			return ""
		case flows.BrowserOpened:
			if e.Problem != "" {
				return "the browser could not be opened: " + e.Problem
			}
			return ""
		case flows.ExchangeFinished, flows.AuthorizationBuilt:
			return ""
		}
	}
	return ""
}

// listenTries counts how often the redirect URI was listened at in vain, when it was more than
// once: so that one sees that it was tried again.
func (b *builder) listenTries() string {
	n := 0
	for _, r := range slices.Backward(b.s.Trace().Records) {
		switch r.Event.(type) {
		case flows.ListenerFailed:
			n++
		case flows.ListenerOpened, flows.Drawn:
			return map[bool]string{true: "tried " + itoa(n) + " times: "}[n > 1]
		}
	}
	return ""
}

// lastKind is the kind of the newest exchange shown under a rail entry, the first one if
// there is none.
func (b *builder) lastKind(kinds ...flows.StepKind) flows.StepKind {
	found, seq := kinds[0], -1
	for _, k := range kinds {
		if r, ok := b.s.Result(k); ok && r.Seq > seq {
			found, seq = k, r.Seq
		}
	}
	return found
}

// lastStep is the newest exchange shown under a rail entry, and why it failed.
func (b *builder) lastStep(kinds ...flows.StepKind) (flows.Exchange, *protocol.Failure, bool) {
	r, ok := b.s.Result(b.lastKind(kinds...))
	return r.Exchange, r.Failure, ok
}
