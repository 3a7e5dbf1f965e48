package headless

import (
	"fmt"
	"io"
	"strings"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/capture"
	"oauthlens/flows/protocol"
	"oauthlens/flows/redact"
	"oauthlens/flows/report"
	"oauthlens/flows/visible"
)

// Inspect prints what a recording or a paste is, and what is wrong with it. It returns the
// exit code.
func Inspect(r capture.Result, findings []flows.Finding, asJSON, showSecrets bool, now time.Time, out io.Writer) (int, error) {
	var m *redact.Masker
	if !showSecrets {
		m = redact.ForTrace(r.Trace, r.Tokens...)
	}
	code := ExitOK
	for _, f := range findings {
		if f.Severity == flows.SeverityError {
			code = ExitFailed
		}
	}
	if asJSON {
		data, err := report.Encode(report.Inspect(r, findings, m, now), true)
		if err == nil {
			_, err = out.Write(data)
		}
		return code, err
	}
	_, err := io.WriteString(out, visible.Text(inspectText(r, findings, m, now)))
	return code, err
}

func inspectText(r capture.Result, findings []flows.Finding, m *redact.Masker, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  %s\n", m.String(r.What), m.String(r.Why))
	for _, s := range r.Mended {
		fmt.Fprintf(&b, "  mended: %s\n", m.String(s))
	}
	for _, s := range r.Losses {
		fmt.Fprintf(&b, "  lost: %s\n", m.String(s))
	}
	for _, st := range r.Trace.Steps() {
		if st.Kind == flows.StepOther {
			continue
		}
		mark := "✗"
		switch {
		case st.Exchange.Response == nil && st.Exchange.Error == nil && st.Kind != flows.StepCallback:
			mark = "·" // pasted without an answer: nobody knows how it went
		case protocol.Recorded(st):
			mark = "✓"
		}
		flow := ""
		if st.Flow > 0 && r.Flows() > 1 {
			flow = fmt.Sprintf("flow %d  ", st.Flow)
		}
		fmt.Fprintf(&b, "  %s %s%-14s %s\n", mark, flow, st.Kind, stepLine(st, m))
	}
	tokens := report.Recorded(r)
	if n := len(tokens); n > 0 {
		inspectToken(&b, tokens[n-1], m == nil)
	}
	for _, j := range report.RecordedJWTs(r, tokens, now) {
		fmt.Fprintf(&b, "\n%s\n  header  %s\n  claims  %s\n", strings.ReplaceAll(j.Of, "_", " "), m.String(string(j.JWT.Header)), m.String(string(j.JWT.Payload)))
		for _, t := range j.JWT.Claims().Times() {
			if t.Valid {
				fmt.Fprintf(&b, "  %-7s %s\n", t.Name, t.At.UTC().Format("2006-01-02 15:04:05 UTC"))
			}
		}
		for _, v := range j.Verdicts {
			fmt.Fprintf(&b, "    %-10s %-8s %s\n", v.Check, v.Result, m.String(v.Why))
		}
	}
	writeFindings(&b, findings, m)
	if len(findings) == 0 {
		b.WriteString("\nNothing wrong was found.\n")
	}
	return b.String()
}

func inspectToken(b *strings.Builder, t flows.Token, clear bool) {
	text := t.AccessToken.String()
	if clear {
		text = t.AccessToken.RevealSecret()
	}
	fmt.Fprintf(b, "\n  access token  %s  %s\n", text, t.Format)
	if t.HasExpiry {
		fmt.Fprintf(b, "  lives         %s, until %s\n", t.ExpiresIn, t.ExpiresAt.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	if t.HasScope {
		fmt.Fprintf(b, "  scope         %s\n", strings.Join(t.Scope, " "))
	}
	for _, d := range t.Deviations {
		fmt.Fprintf(b, "  deviation     %s\n", d.Text)
	}
}

// writeFindings lists findings with evidence, cause and fix.
func writeFindings(b *strings.Builder, findings []flows.Finding, m *redact.Masker) {
	for _, f := range findings {
		fmt.Fprintf(b, "\n%s %s: %s (%s)\n", severityMark(f.Severity), f.Code, m.Words(f, f.Title), f.Confidence)
		for _, e := range f.Evidence {
			fmt.Fprintf(b, "    evidence  %s\n", m.String(e.Text))
		}
		if f.Cause.Text != "" {
			fmt.Fprintf(b, "    cause     %s\n", m.Words(f, f.Cause))
		}
		for _, c := range f.Candidates {
			fmt.Fprintf(b, "    %-9s %s: %s\n", c.Verdict, c.Code, m.String(c.Why.Text))
		}
		if f.Fix.Text != "" {
			fmt.Fprintf(b, "    fix       %s\n", m.Words(f, f.Fix))
		}
		if f.Spec != "" {
			fmt.Fprintf(b, "    see       %s\n", f.Spec)
		}
	}
}
