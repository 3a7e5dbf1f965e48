package diagnose

import (
	"cmp"
	"slices"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/session"
)

// distrust completes the findings of a live run by what the checks of its ID token came
// to: the same checks that the screens and the document show. A client signs somebody in
// by this token, so that none of them may fail without a finding (OpenID Connect Core
// section 3.1.3.7). It is judged as of the moment when it came: an ID token that is looked
// at a day later has done its service.
func (c *Case) distrust(t flows.Trace, found []flows.Finding) []flows.Finding {
	if !c.isLive() {
		return found
	}
	s := c.sessionOf(t)
	issued := s.Tokens()
	if len(issued) == 0 || issued[len(issued)-1].Token.IDToken.IsZero() {
		return found
	}
	newest := issued[len(issued)-1]
	if flows.IsMask(newest.Token.IDToken.RevealSecret()) {
		return found // the run was kept without it
	}
	verdicts, isJWT := idTokenVerdicts(s, t.Records[newest.Seq].At)
	if !isJWT {
		why := "The ID token is no JWT that can be read."
		if _, err := jose.Decode(newest.Token.IDToken.RevealSecret()); err != nil {
			why = "The ID token is " + err.Error() + "."
		}
		verdicts = []jose.Verdict{{Check: jose.CheckForm, Result: jose.Failed, Code: jose.CodeMalformed, Why: why}}
	}
	for _, v := range verdicts {
		code := cmp.Or(v.Code, jose.CodeMalformed)
		clock := v.Check == jose.CheckTime && (accuses(found, "clock-skew") || accuses(found, "time-zone-wrong"))
		if v.Result != jose.Failed || accuses(found, code) || clock {
			continue
		}
		found = slices.Insert(found, errorsOf(found), c.distrusted(t, newest.Step, code, v))
	}
	return found
}

// accuses tells whether the code is among the findings as more than an information.
func accuses(found []flows.Finding, code string) bool {
	return slices.ContainsFunc(found, func(f flows.Finding) bool { return f.Code == code && f.Severity != flows.SeverityInfo })
}

// errorsOf is where the errors end: the worst findings stand first.
func errorsOf(found []flows.Finding) int {
	i := slices.IndexFunc(found, func(f flows.Finding) bool { return f.Severity != flows.SeverityError })
	if i < 0 {
		return len(found)
	}
	return i
}

func idTokenVerdicts(s session.Session, at time.Time) ([]jose.Verdict, bool) {
	for _, j := range s.JWTs(at) {
		if j.Of == jose.OfIDToken {
			return j.Verdicts, true
		}
	}
	return nil, false
}

func (c *Case) distrusted(t flows.Trace, kind flows.StepKind, code string, v jose.Verdict) flows.Finding {
	f := flows.Finding{Code: code, Severity: flows.SeverityError, Stage: string(StageToken), Step: -1, Confidence: flows.Certain,
		Title: flows.Say("The ID token does not pass the check of its " + v.Check), Evidence: []flows.Sentence{flows.Say(c.quote(v.Why))}, Cause: flows.Say(v.Why),
		Fix: flows.Say("Do not sign anybody in with it. Compare issuer, client and clocks, and start again."), Spec: "OpenID Connect Core 1.0 section 3.1.3.7"}
	if rule, ok := RuleByCode(code); ok {
		f.Stage = string(rule.Stage)
	}
	for i, st := range t.Steps() {
		if st.Kind == kind {
			f.Step = i
		}
	}
	return f
}
