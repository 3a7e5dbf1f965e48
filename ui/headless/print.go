package headless

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
	"oauthlens/flows/redact"
	"oauthlens/flows/report"
	"oauthlens/flows/session"
	"oauthlens/flows/visible"
)

// printer writes what a run says, as it happens and at its end.
type printer struct {
	w     *walker
	found []flows.Finding
	seen  map[string]bool
	seq   int
	at    int // records when found was made
	err   error

	mask    *redact.Masker
	learned int // records that mask knows
}

func newPrinter(w *walker) *printer { return &printer{w: w, seen: map[string]bool{}, at: -1} }

// findings are those of the trace as it stands.
func (p *printer) findings() []flows.Finding {
	t := p.w.session.Trace()
	if p.at != len(t.Records) && p.w.deps.Diagnose != nil {
		p.found, p.at = p.w.deps.Diagnose(t), len(t.Records)
	}
	return p.found
}

// masker knows the secrets of the trace as it stands; nil: they are shown.
func (p *printer) masker() *redact.Masker {
	if p.w.opts.ShowSecrets {
		return nil
	}
	if p.mask == nil {
		p.mask = redact.New(flows.FingerprintKey{}, nil)
	}
	records := p.w.session.Trace().Records
	for ; p.learned < len(records); p.learned++ {
		p.mask.Learn(records[p.learned].Event)
	}
	return p.mask
}

// open tells the URL to be opened: one unwrapped line.
func (p *printer) open(url string) {
	fmt.Fprintf(p.w.deps.Stderr, "open: %s\n", visible.Line(url))
}

// record says what just happened: an event line with --events, else a line of progress
// for a person where something has to be known at once.
func (p *printer) record(r flows.Record) {
	if p.w.opts.Events {
		p.eventLines(r)
		return
	}
	switch e := r.Event.(type) {
	case flows.ListenerOpened:
		if e.Note != "" {
			p.say(e.Note)
		}
	case flows.CallbackArrived:
		if e.Verdict != flows.CallbackAccepted && e.Verdict != flows.CallbackStray {
			p.say("callback " + string(e.Verdict) + ": " + e.Why)
		}
		for _, m := range e.Mended {
			p.say("pasted callback: " + m)
		}
	case flows.BrowserOpened:
		if e.Problem != "" {
			p.say("the browser could not be opened (" + e.Problem + "): open the URL above yourself")
		}
	case flows.ListenerFailed:
		p.say(e.Message)
	case flows.Noted:
		p.say(e.Text)
	}
}

func (p *printer) say(text string) {
	fmt.Fprintln(p.w.deps.Stderr, visible.Line(p.masker().String(text)))
}

// eventJSON is one line of --events.
type eventJSON struct {
	Schema  string              `json:"schema"`
	Run     string              `json:"run"`
	Seq     int                 `json:"seq"`
	At      string              `json:"at"`
	Event   string              `json:"event"`
	Step    flows.StepKind      `json:"step,omitempty"`
	URL     string              `json:"url,omitempty"`
	Verdict string              `json:"verdict,omitempty"`
	Detail  *report.StepJSON    `json:"detail,omitempty"`
	Token   *report.TokenJSON   `json:"token,omitempty"`
	Finding *report.FindingJSON `json:"finding,omitempty"`
	Outcome flows.Outcome       `json:"outcome,omitempty"`
}

func (p *printer) eventLines(r flows.Record) {
	m := p.masker()
	switch e := r.Event.(type) {
	case flows.RunStarted:
		p.event(r, eventJSON{Event: "run_started"})
	case flows.AuthorizationBuilt:
		p.event(r, eventJSON{Event: "authorization_url", URL: m.String(e.URL)})
	case flows.CallbackArrived:
		p.event(r, eventJSON{Event: "callback_received", URL: m.String(e.Request.URL), Verdict: string(e.Verdict)})
	case flows.ExchangeStarted:
		p.event(r, eventJSON{Event: "request_sent", Step: e.Step, URL: m.String(e.Request.URL)})
	case flows.ExchangeFinished:
		one := flows.Trace{}.Append(r.At, e)
		step := report.Steps(one, protocol.SucceededBy(p.w.session.Provider().Dialect), m)[0]
		p.event(r, eventJSON{Event: "response_received", Step: e.Exchange.Step, Detail: &step})
		if issued := p.w.session.Tokens(); len(issued) > 0 && issued[len(issued)-1].Seq == r.Seq {
			p.event(r, eventJSON{Event: "token", Step: e.Exchange.Step, Token: report.Token(issued[len(issued)-1].Token, m)})
		}
		p.newFindings(r, m)
	case flows.RunEnded:
		p.newFindings(r, m)
		p.event(r, eventJSON{Event: "run_ended", Outcome: e.Outcome})
	}
}

func (p *printer) newFindings(r flows.Record, m *redact.Masker) {
	for _, f := range report.Findings(p.findings(), m) {
		key := f.Code
		if f.Step != nil {
			key += fmt.Sprint(*f.Step)
		}
		if !p.seen[key] {
			p.seen[key] = true
			p.event(r, eventJSON{Event: "finding", Finding: &f})
		}
	}
}

func (p *printer) event(r flows.Record, e eventJSON) {
	e.Schema, e.Run, e.Seq, e.At = report.SchemaEvent, string(p.w.session.Trace().Run), p.seq, r.At.UTC().Format(time.RFC3339Nano)
	p.seq++
	p.write(report.Encode(e, false))
}

func (p *printer) write(data []byte, err error) {
	if err == nil {
		_, err = p.w.deps.Stdout.Write(data)
	}
	if p.err == nil {
		p.err = err
	}
}

// compose is what goes to standard output at the end.
func (p *printer) compose() (result []byte) {
	o, s := p.w.opts, p.w.session
	switch {
	case o.JSON || o.Events:
		result, p.err = report.Encode(report.Run(s, p.findings(), p.masker(), p.w.deps.Now()), !o.Events)
	case o.Print != "":
		if text := bare(s, o.Print); text != "" {
			result = []byte(visible.Line(text) + "\n")
		}
	default:
		result = []byte(Summary(s, p.findings(), p.masker(), p.w.deps.Now()))
	}
	return result
}

// result prints what the run came to, and what a person has to know of it. The error is one
// of writing.
func (p *printer) result(result []byte, code int) error {
	o := p.w.opts
	if p.w.usage != nil {
		p.say("oauthlens: " + p.w.usage.Error())
	}
	if p.w.unsaved != nil {
		p.say("this run is not saved: " + p.w.unsaved.Error())
	}
	if back := p.w.session.Trace().SetBack(); back > 0 {
		p.say("oauthlens: the clock was set back by " + back.Round(time.Second).String() + " during this run: its steps are in order, their times are not")
	}
	p.write(result, p.err)
	if code != ExitOK && !o.JSON && !o.Events && o.Print != "" {
		for _, f := range p.findings() {
			p.say(f.Code + ": " + f.Title.Text)
		}
		if why := p.w.session.FailedWhy(); why != "" {
			p.say("oauthlens: " + why)
		}
	}
	return p.err
}

// bare is the value that --print names, for use in a shell: the only place besides
// --show-secrets where a token leaves in clear, because it was asked for by name. It is
// empty if the run has none.
func bare(s session.Session, what string) string {
	start := s.Start()
	if start.Grant == flows.GrantBasic && what == "header" {
		return "Authorization: " + protocol.BasicHeader(start.Provider.Dialect.BasicEncoding, s.Settings().ClientID, s.ClientSecret().RevealSecret())
	}
	t := s.Token()
	if t == nil {
		return ""
	}
	switch what {
	case "access_token":
		return t.AccessToken.RevealSecret()
	case "refresh_token":
		return t.RefreshToken.RevealSecret()
	case "id_token":
		return t.IDToken.RevealSecret()
	case "header":
		return "Authorization: " + cmp.Or(start.Provider.Dialect.AuthScheme, "Bearer") + " " + t.AccessToken.RevealSecret()
	}
	return ""
}

// Summary is a run in a few lines for a person, ready to be printed. A nil masker shows
// secrets.
func Summary(s session.Session, findings []flows.Finding, m *redact.Masker, now time.Time) string {
	var b strings.Builder
	start := s.Start()
	outcome := flows.Cancelled
	if s.Ended() != nil {
		outcome = s.Ended().Outcome
	}
	fmt.Fprintf(&b, "%s · %s · %s: %s\n", start.Provider.Title, start.Environment.Name, start.Grant, outcome)
	for _, st := range s.Trace().Steps() {
		mark := "✗"
		if protocol.Succeeded(start.Provider.Dialect, st) {
			mark = "✓"
		}
		fmt.Fprintf(&b, "  %s %-14s %s\n", mark, st.Kind, stepLine(st, m))
	}
	if t := s.Token(); t != nil {
		tokenLines(&b, *t, m == nil)
	}
	for _, j := range s.JWTs(now) {
		b.WriteString("  " + j.Of + " claims\n")
		for _, v := range j.Verdicts {
			fmt.Fprintf(&b, "      %-10s %-8s %s\n", v.Check, v.Result, m.String(v.Why))
		}
	}
	writeFindings(&b, findings, m)
	why := s.FailedWhy()
	if why == "" && s.Ended() != nil {
		why = s.Ended().Why
	}
	if why != "" && outcome == flows.Failed {
		fmt.Fprintf(&b, "\n%s\n", m.String(why))
	}
	return visible.Text(b.String())
}

func severityMark(s flows.Severity) string {
	switch s {
	case flows.SeverityError:
		return "✗"
	case flows.SeverityWarning:
		return "▲"
	}
	return "·"
}

func stepLine(st flows.Step, m *redact.Masker) string {
	x := st.Exchange
	where := x.Request.Method + " " + m.String(strings.SplitN(x.Request.URL, "?", 2)[0])
	switch {
	case st.Callback != nil:
		return string(st.Callback.Verdict) + " by " + string(st.Callback.Via) + ": " + st.Callback.Why
	case x.Error != nil:
		return where + "  " + m.String(x.Error.Message)
	case x.Response != nil && x.Response.Status == 0:
		return strings.TrimSpace(where + "  pasted, without its status line")
	case x.Response != nil:
		return fmt.Sprintf("%s  %d  %.1f ms", where, x.Response.Status, float64(x.Duration().Microseconds())/1000)
	}
	return where
}

func tokenLines(b *strings.Builder, t flows.Token, clear bool) {
	text := func(s flows.Secret) string {
		if clear {
			return s.RevealSecret()
		}
		return s.String()
	}
	fmt.Fprintf(b, "  access token   %s  %s\n", text(t.AccessToken), t.Format)
	if t.HasExpiry {
		life := "over when it came"
		if left := t.ExpiresAt.Sub(t.ReceivedAt).Round(time.Second); left > 0 {
			life = "in " + left.String()
		}
		fmt.Fprintf(b, "  expires        %s (%s)", t.ExpiresAt.UTC().Format(time.RFC3339), life)
		if !t.RefreshAt.IsZero() {
			fmt.Fprintf(b, ", refresh from %s", t.RefreshAt.UTC().Format(time.RFC3339))
		}
		b.WriteString("\n")
	}
	if !t.RefreshToken.IsZero() {
		kept := ""
		if t.RefreshTokenKept {
			kept = "  (kept: none came back)"
		}
		fmt.Fprintf(b, "  refresh token  %s%s\n", text(t.RefreshToken), kept)
	}
	if t.HasScope {
		fmt.Fprintf(b, "  scope          %s\n", strings.Join(t.Scope, " "))
	}
	for _, d := range t.Deviations {
		fmt.Fprintf(b, "  deviation      %s (%s)\n", d.Text, d.Spec)
	}
}
