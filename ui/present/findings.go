package present

import (
	"slices"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
)

// EarlierTry begins the title of a finding that is about a try before this one.
const EarlierTry = "in an earlier try: "

// asOfNow tells the findings of an earlier try from those of this one: after a restart, or
// when a client asked once more for a token of its own, they stay to be read, but no step is
// wrong for them any more.
func (b *builder) asOfNow(findings []flows.Finding) []flows.Finding {
	restarted := -1
	for _, r := range b.s.Trace().Records {
		if a, ok := r.Event.(flows.Asked); ok && a.Action == flows.ActRestart {
			restarted = r.Seq
		}
	}
	steps := b.s.Trace().Steps()
	if b.start.Grant == flows.GrantClientCredentials {
		for _, s := range steps {
			if s.Kind == flows.StepExchange {
				restarted = s.Seq
			}
		}
	}
	if restarted < 0 {
		return findings
	}
	out := slices.Clone(findings)
	for i, f := range out {
		if f.Step >= 0 && f.Step < len(steps) && steps[f.Step].Seq < restarted && b.tried(steps[f.Step].Kind) {
			out[i].Severity, out[i].Title = flows.SeverityInfo, flows.Say(EarlierTry+f.Title.Text)
		}
	}
	return out
}

// tried tells that a step is a part of what is tried again: a client's own flow is its
// exchange alone.
func (b *builder) tried(k flows.StepKind) bool {
	return b.start.Grant != flows.GrantClientCredentials || k == flows.StepExchange
}

// findingRail is the index of the step under which a finding stands.
func (b *builder) findingRail(f flows.Finding) int {
	if f.Code == "clock-skew" && b.s.Token() != nil {
		return b.index(railToken) // where the clocks stand side by side
	}
	steps := b.s.Trace().Steps()
	if f.Step >= 0 && f.Step < len(steps) {
		return b.index(b.stepRail(steps[f.Step].Kind))
	}
	switch f.Stage {
	case "configure":
		return b.index(railClient)
	case "authorize":
		return b.index(railAuthorize)
	case "callback":
		return b.index(railCallback)
	case "exchange", "transport":
		return b.index(railExchange)
	case "token", "discovery":
		return b.index(railClaims)
	case "refresh":
		return b.index(railRefresh)
	case "use":
		return b.index(railCall)
	case "revoke":
		return b.index(railRevoke)
	}
	return -1
}

// ofTheProvider is the specification of a rule that no specification has.
const ofTheProvider = "provider"

// findingDetail is a finding in full: evidence with the bytes marked, cause, fix.
func (b *builder) findingDetail(f flows.Finding) Lines {
	mark, tone := severityGlyph(f.Severity)
	out := List{{Kind: Text, Spans: append([]Span{T(mark+" ", tone)}, b.words(f, f.Title, Strong)...)},
		{Kind: Row, Label: "code", Spans: []Span{T(f.Code, Plain)}, Note: string(f.Severity) + ", " + string(f.Confidence), Copy: Copy{What: "code", Text: f.Code}}}
	section := func(title string, s flows.Sentence) {
		if s.Text != "" {
			out = append(out, gap(), heading(title), Line{Kind: Text, Spans: b.words(f, s, Plain)})
		}
	}
	if len(f.Evidence) > 0 {
		out = append(out, gap(), heading("Evidence"))
		for _, e := range f.Evidence {
			out = append(out, Line{Kind: Text, Spans: append([]Span{T("· ", Accent)}, b.masked(e.Text, Plain)...)})
		}
	}
	out = append(out, b.marks(f)...)
	section("Cause", f.Cause)
	section("Fix", f.Fix)
	if f.Remedy != nil {
		what := f.Remedy.Text
		if b.remedy(f.Remedy).Redo != "" {
			what += ", and start again"
		}
		out = append(out, Line{Kind: Text, Spans: []Span{T("a ", Accent), T(what, Plain)}})
	}
	if len(f.Candidates) > 0 {
		out = append(out, gap(), heading("What it could have been"))
		for _, c := range f.Candidates {
			out = append(out, b.candidate(c))
		}
	}
	if f.Spec != "" {
		spec := f.Spec
		if spec == ofTheProvider {
			spec = "none: it is a matter of the provider's own"
		}
		out = append(out, gap(), Line{Kind: Row, Label: "specification", Spans: []Span{T(spec, Muted)}})
	}
	return out
}

// words are a finding's sentences. Where they are this program's own, a secret that happens
// to be one of their words is no reason to mask them.
func (b *builder) words(f flows.Finding, s flows.Sentence, tone Tone) []Span {
	if f.Own {
		return []Span{T(s.Text, tone)}
	}
	return b.masked(s.Text, tone)
}

func (b *builder) candidate(c flows.Candidate) Line {
	mark, tone := "? ", Muted
	switch c.Verdict {
	case "confirmed":
		mark, tone = "✗ ", Danger
	case "ruled out":
		mark, tone = "✓ ", OK
	}
	why := c.Why.Text
	if c.Probe != "" {
		why = strings.TrimSuffix(why, ".") + ". To decide: " + c.Probe
	}
	return Line{Kind: Row, Label: mark + c.Code, Spans: []Span{T(c.Verdict, tone)}, Note: b.mask.String(why)}
}

// marks shows the bytes that prove the finding, in their surroundings.
func (b *builder) marks(f flows.Finding) List {
	steps := b.s.Trace().Steps()
	var out List
	for _, m := range f.Marks {
		if m.Step < 0 || m.Step >= len(steps) {
			continue
		}
		text := markedText(steps[m.Step].Exchange, m.Where)
		if m.Start < 0 || m.End > len(text) || m.Start >= m.End {
			continue
		}
		const around = 40
		from, to := max(0, m.Start-around), min(len(text), m.End+around)
		if m.Label.Text != "" {
			out = append(out, remark(m.Label.Text))
		}
		out = append(out, Line{Kind: Code, Indent: 1, Spans: b.around(text, m, from, to), Path: string(steps[m.Step].Kind) + " " + m.Where})
	}
	if len(out) > 0 {
		out = append(List{gap(), heading("The bytes that prove it")}, out...)
	}
	return out
}

// around is the part of a text from one byte to another with the mark inside of it. The
// whole text is masked before it is cut, so that no cut shows a piece of a secret. An
// ellipsis stands where it goes on.
func (b *builder) around(text string, m flows.Mark, from, to int) []Span {
	var out []Span
	begins, ends := len(text), 0 // what is shown of the text: a mask stands for all of its bytes
	at := 0
	for _, p := range b.mask.Split(text) {
		if !p.Secret.IsZero() {
			n := len(p.Raw.RevealSecret())
			if at+n > from && at < to {
				span := Span{Text: p.Text, Tone: SecretTone, Secret: p.Raw}
				if at+n > m.Start && at < m.End {
					span.Tone = Mark
				}
				out = append(out, span)
				begins, ends = min(begins, at), at+n
			}
			at += n
			continue
		}
		end := at + len(p.Text)
		for _, cut := range []struct {
			from, to int
			tone     Tone
		}{{from, m.Start, Muted}, {m.Start, m.End, Mark}, {m.End, to, Muted}} {
			if a, z := max(at, cut.from), min(end, cut.to); a < z {
				out = append(out, T(redact.Shown(text[a:z]), cut.tone))
				begins, ends = min(begins, a), z
			}
		}
		at = end
	}
	if begins > 0 {
		out = slices.Insert(out, 0, T("…", Muted))
	}
	if ends < len(text) {
		out = append(out, T("…", Muted))
	}
	return out
}

func markedText(x flows.Exchange, where string) string {
	header := func(h flows.Headers, prefix string) string { return h.Get(strings.TrimPrefix(where, prefix)) }
	switch {
	case where == "url":
		return x.Request.URL
	case where == "request body":
		return string(x.Request.Body)
	case strings.HasPrefix(where, "request header "):
		return header(x.Request.Headers, "request header ")
	case x.Response == nil:
		return ""
	case where == "response body":
		return string(x.Response.Body)
	case strings.HasPrefix(where, "response header "):
		return header(x.Response.Headers, "response header ")
	}
	return ""
}

func severityGlyph(s flows.Severity) (string, Tone) {
	switch s {
	case flows.SeverityError:
		return "✗", Danger
	case flows.SeverityWarning:
		return "▲", Warn
	}
	return "·", Muted
}

// remedy is the remedy of a finding as it can be applied here: in a flow that cannot be
// started again, such as client credentials, the change counts from the next request on.
func (b *builder) remedy(r *flows.Remedy) *flows.Remedy {
	if r == nil || r.Redo == "" || b.s.Can(r.Redo) == "" || b.s.Can(r.Redo) == session.Unconfirmed {
		return r
	}
	later := *r
	later.Redo = ""
	return &later
}
