package diagnose

import (
	"fmt"
	"slices"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

// lastWord is what is said about a live run in which a step failed and no rule said
// why: broken HTTP at an endpoint that carries no token, a redirect where none is
// followed, a page in place of a key set. Nobody is left with an exit code alone.
func (c *Case) lastWord(t flows.Trace, found []flows.Finding) []flows.Finding {
	accused := func(f flows.Finding) bool { return f.Severity != flows.SeverityInfo }
	if !c.isLive() {
		return found
	}
	if slices.ContainsFunc(found, accused) {
		return c.besides(t, found)
	}
	steps := t.Steps()
	first := 0 // what was replaced by a later authorization request is history
	if n := len(c.attempts); n > 1 {
		first = c.attempts[n-1].request.index
	}
	for i := len(steps) - 1; i >= first; i-- {
		st := steps[i]
		if st.Callback != nil || c.succeeded(st) || st.Exchange.Error == nil && st.Exchange.Response == nil {
			continue
		}
		if st.Exchange.Error != nil && st.Exchange.Error.Kind == flows.ErrorCancelled {
			continue
		}
		if slices.ContainsFunc(c.uses, func(m *message) bool { return m.index == i && c.refusedAsRevoked(m) }) {
			continue // it shows that the revocation took effect
		}
		if st.Kind == flows.StepDiscovery && slices.ContainsFunc(steps[i+1:], func(later flows.Step) bool {
			return later.Kind == flows.StepDiscovery && c.succeeded(later)
		}) {
			continue // one of several places where the metadata may stand
		}
		return c.besides(t, append([]flows.Finding{c.failedStep(i, st)}, found...))
	}
	return append(append(c.unusableMetadata(t, steps), c.withoutCallback(t, steps)...), found...)
}

// besides completes findings by those of the questions that a person asks beside the flow.
// Nothing follows from them, and they follow from nothing, so that what is said of another
// step does not explain why the newest of a kind failed.
func (c *Case) besides(t flows.Trace, found []flows.Finding) []flows.Finding {
	seen := map[flows.StepKind]bool{}
	for i, st := range slices.Backward(t.Steps()) {
		if st.Kind != flows.StepUserInfo && st.Kind != flows.StepIntrospect || seen[st.Kind] {
			continue
		}
		seen[st.Kind] = true
		x := st.Exchange
		said := slices.ContainsFunc(found, func(f flows.Finding) bool { return f.Step == i && f.Severity != flows.SeverityInfo })
		revoked := slices.ContainsFunc(c.uses, func(m *message) bool { return m.index == i && c.refusedAsRevoked(m) })
		if said || revoked || c.succeeded(st) || x.Error == nil && x.Response == nil || x.Error != nil && x.Error.Kind == flows.ErrorCancelled {
			continue
		}
		found = slices.Insert(found, errorsOf(found), c.failedStep(i, st))
	}
	return found
}

// succeeded is the verdict of the provider's dialect on a step.
func (c *Case) succeeded(st flows.Step) bool {
	if c.memory == nil || c.memory.readings[st.Seq] == nil {
		return protocol.Succeeded(c.live.Provider.Dialect, st)
	}
	r := c.memory.readings[st.Seq]
	if r.succeeded == nil {
		yes := protocol.Succeeded(c.live.Provider.Dialect, st)
		r.succeeded = &yes
	}
	return *r.succeeded
}

// unusableMetadata: the run failed although every step of it succeeded, since the server's
// metadata names no address that can be used.
func (c *Case) unusableMetadata(t flows.Trace, steps []flows.Step) []flows.Finding {
	if len(t.Records) == 0 {
		return nil
	}
	ended, ok := t.Records[len(t.Records)-1].Event.(flows.RunEnded)
	i := slices.IndexFunc(steps, func(st flows.Step) bool { return st.Kind == flows.StepDiscovery })
	if !ok || ended.Outcome != flows.Failed || i < 0 {
		return nil
	}
	s := c.sessionOf(t)
	endpoints, missing := s.Environment().Endpoints, ""
	switch {
	case endpoints.Authorization == "" && c.live.Grant == flows.GrantAuthorizationCode:
		missing = "authorization_endpoint"
	case endpoints.Token == "":
		missing = "token_endpoint"
	default:
		return nil
	}
	why := missing + " is absent, or no absolute http or https URL"
	if m := s.Metadata(); m != nil {
		for _, p := range m.Problems {
			if p.Field == missing {
				why = p.Text
			}
		}
	}
	rule, _ := RuleByCode("discovery-not-found")
	return []flows.Finding{{Code: rule.Code, Severity: flows.SeverityError, Stage: string(rule.Stage), Step: i, Confidence: flows.Certain,
		Title:    flows.Say("The metadata names no " + missing + " that can be used"),
		Evidence: []flows.Sentence{flows.Say(why)},
		Cause:    flows.Say("The server is misconfigured, or the document is not the one of an authorization server."),
		Fix:      flows.Say("Give the endpoint by hand, or correct the metadata."), Spec: "RFC 8414 section 2"}}
}

// withoutCallback: the run failed although every step of it succeeded, since nobody was sent
// back: the authorization endpoint answered with something that leads nowhere.
func (c *Case) withoutCallback(t flows.Trace, steps []flows.Step) []flows.Finding {
	i := slices.IndexFunc(steps, func(st flows.Step) bool { return st.Kind == flows.StepAuthorize })
	if i < 0 {
		return nil
	}
	s := c.sessionOf(t)
	if ended := s.Ended(); ended == nil || ended.Outcome != flows.Failed || s.Built() == nil || s.Callback() != nil {
		return nil
	}
	rule, _ := RuleByCode("callback-never-came")
	return []flows.Finding{{Code: rule.Code, Severity: rule.Severity, Stage: string(rule.Stage), Step: i, Confidence: flows.Possible, Title: flows.Say(rule.Title),
		Evidence: []flows.Sentence{flows.Say("the authorization endpoint answered, and led nobody back to the redirect URI")}, Cause: flows.Say(rule.Cause), Fix: flows.Say(rule.Fix), Spec: rule.Spec}}
}

// failedStep names a failed step by what is known of its answer.
func (c *Case) failedStep(i int, st flows.Step) flows.Finding {
	code, title, cause, fix := "provider-error", "", "", ""
	var evidence string
	x := st.Exchange
	switch {
	case x.Error != nil:
		code, evidence = "connection-reset", fmt.Sprintf("the %s step: %s", st.Kind, c.quote(x.Error.Message))
		title, cause, fix = httpBroken(x.Error)
		if x.Error.Kind == flows.ErrorTimeout {
			code = "server-unreachable"
		}
	default:
		evidence = fmt.Sprintf("the %s step was answered with %d and %d bytes of %s", st.Kind, x.Response.Status, x.Response.BodyBytes, show(x.Response.Headers.Get("Content-Type")))
		code, title, cause, fix = refusedStep(st)
	}
	f := flows.Finding{Code: code, Severity: flows.SeverityError, Step: i, Confidence: flows.Likely, Evidence: []flows.Sentence{flows.Say(evidence)}}
	if rule, ok := RuleByCode(code); ok {
		f.Stage, f.Spec = string(rule.Stage), rule.Spec
		if title == "" {
			title, cause, fix = rule.Title, rule.Cause, rule.Fix
		}
	}
	f.Title, f.Cause, f.Fix = flows.Say(title), flows.Say(cause), flows.Say(fix)
	return f
}

func refusedStep(st flows.Step) (code, title, cause, fix string) {
	status := st.Exchange.Response.Status
	redirected := status/100 == 3 && status != 304 // 304 leads nowhere
	switch {
	case st.Kind == flows.StepDiscovery && redirected:
		return "discovery-not-found", "The metadata URL redirects, and redirects are not followed", "The issuer is another one than was asked for.", "Give the issuer that the redirect leads to."
	case st.Kind == flows.StepDiscovery:
		return "discovery-not-found", "", "", ""
	case st.Kind == flows.StepJWKS:
		return "signing-key-unknown", "The key set could not be fetched, so no signature was checked", "The answer is no key set.", "Check the JWKS URL; it must answer 200 with a JSON object."
	case redirected:
		return "provider-error", "The endpoint answered with a redirect, which is not followed", "The endpoint has moved, or wants a login in a browser.", "Use the URL that the redirect leads to, if it is the provider's."
	}
	if code, title, cause, fix := withoutToken(st); code != "" {
		return code, title, cause, fix
	}
	return "provider-error", "", "", ""
}

// withoutToken: the token endpoint says that it succeeded, and no token can be read.
func withoutToken(st flows.Step) (code, title, cause, fix string) {
	r := st.Exchange.Response
	if st.Kind != flows.StepExchange && st.Kind != flows.StepRefresh || r.Status/100 != 2 || len(r.Body) == 0 {
		return "", "", "", ""
	}
	return "token-response-damaged", "The answer holds no token that can be read", "It is neither JSON nor a form, or the token stands at another place than the profile says.",
		"Look at the body as it came; check that the URL is the one of the token endpoint."
}
