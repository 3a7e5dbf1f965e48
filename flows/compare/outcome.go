package compare

import (
	"fmt"
	"strconv"
	"strings"

	"oauthlens/flows"
	"oauthlens/flows/protocol"
)

func (s *side) outcomeFact(st flows.Step) fact {
	f := fact{area: areaOutcome, name: "outcome", path: "outcome", value: "failed", shown: "failed"}
	x := st.Exchange
	if protocol.Succeeded(s.start.Provider.Dialect, st) {
		f.value, f.shown = "succeeded", "succeeded"
		return f
	}
	switch {
	case x.Error != nil && x.Error.Kind == flows.ErrorCancelled:
		f.value, f.shown = string(flows.Cancelled), string(flows.Cancelled)
	case x.Error != nil:
		f.shown = "failed: " + s.mask.String(x.Error.Message)
	case st.Callback != nil:
		f.shown = "failed: " + s.mask.String(s.callbackWhy(st))
	case x.Response != nil:
		f.shown = "failed with status " + strconv.Itoa(x.Response.Status)
		if why := s.answerWhy(st); why != "" {
			f.shown += ": " + s.mask.String(why)
		}
	}
	return f
}

// callbackWhy says why a callback is not gone on with.
func (s *side) callbackWhy(st flows.Step) string {
	if e := protocol.ReadCallback(st.Exchange.Request, s.session.Expectation().CodeNames).Error; e != nil && e.Code != "" {
		return e.Code
	}
	return st.Callback.Why
}

// answerWhy says what is wrong with an answer, beside its status; empty if the status says
// it all.
func (s *side) answerWhy(st flows.Step) string {
	r := st.Exchange.Response
	a := protocol.ReadAnswer(r)
	if to := r.Headers.Get("Location"); r.Status/100 == 3 && to != "" {
		to, _, _ = strings.Cut(to, "?")
		return "it redirects to " + to
	}
	if f := a.Failure(s.start.Provider.Dialect); f != nil && f.Code != "" {
		if f.Path == "" && f.Code == "http_"+strconv.Itoa(f.Status) {
			return ""
		}
		return f.Code
	}
	if a.Form != protocol.FormJSON && a.Form != protocol.FormForm {
		return "the body is " + string(a.Form)
	}
	switch st.Kind {
	case flows.StepExchange, flows.StepRefresh:
		if f := protocol.ReadToken(protocol.TokenContext{Dialect: s.start.Provider.Dialect}, r).Failure; f != nil && f.Code == protocol.DamagedAnswer {
			return f.Description
		}
		return "no access token in the answer"
	case flows.StepDiscovery:
		if m, failure := protocol.ReadMetadata("", r); failure == nil {
			return "it describes another issuer, " + m.Issuer
		}
		return "no metadata document"
	}
	return ""
}

// outcomeWhy says which side came through, and what the other met.
func outcomeWhy(d delta) string {
	ended := func(f *fact, s *side, name string) string {
		text := s.text(f)
		if f == nil {
			text = "nothing"
		}
		if rest, ok := strings.CutPrefix(text, "failed"); ok {
			return "failed in " + name + rest
		}
		return text + " in " + name
	}
	a, b := ended(d.a, &d.pair.a, d.nameA()), ended(d.b, &d.pair.b, d.nameB())
	if d.b != nil && d.b.value == "succeeded" {
		a, b = b, a // the reason, which may be long, ends the sentence
	}
	what := "The " + strings.ReplaceAll(d.step, "_", " ") + " step"
	if d.step == StepRun {
		what = "The flow"
	}
	return strings.TrimRight(fmt.Sprintf("%s %s and %s", what, a, b), ".") + "."
}
