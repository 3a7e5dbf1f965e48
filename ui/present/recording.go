package present

import (
	"fmt"
	"slices"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/protocol"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
)

// maxRecorded bounds the steps of a recording in the rail; what is left out is said.
const maxRecorded = 200

// RecordingFacts is what is known of a recording beside its trace.
type RecordingFacts struct {
	Mended []string
	Tokens []flows.Secret // of an input that is nothing but tokens
}

// Recording is a trace that was made from a recording or a paste as a screen: what it was
// taken for, each step of its flows, and the newest token of it, with the same panes as a
// run. Nothing can be asked of it.
func Recording(t flows.Trace, facts RecordingFacts, findings []flows.Finding, mask *redact.Masker, now time.Time) Walk {
	if mask == nil {
		mask = redact.ForTrace(t)
	}
	r := &recording{builder: &builder{s: session.Replay(answered(t)), moment: now, findings: findings, mask: mask, rails: map[int]int{}}, trace: t, facts: facts}
	r.version = fmt.Sprint(len(t.Records), len(findings))
	r.add("input", "What it is", r.inputPane())
	r.addSteps()
	r.addTokens()
	w := Walk{Header: Header{Path: []string{"oauthlens", "inspect", r.what()}}, Ended: true, Rail: r.items}
	for _, f := range r.onRail(findings) {
		w.Findings = append(w.Findings, FindingView{Finding: f, Rail: r.railOf(f), Detail: func() Lines { return r.findingDetail(f) }})
	}
	for i, p := range r.panes {
		p.Next = wayOn(r.items, i)
		for n, v := range w.Findings {
			if v.Rail == i {
				p.Findings = append(p.Findings, n)
			}
		}
		w.Rail[i].Worst = r.worst(w.Findings, i)
		w.Panes = append(w.Panes, p)
	}
	w.Current = r.first(w.Findings)
	return w
}

// wayOn is the way through a rail in which nothing can be done: the next step, and at
// the end the first again.
func wayOn(items []RailItem, i int) Next {
	if i == len(items)-1 {
		return Next{Label: "back to the first step", To: 0}
	}
	return Next{Label: "on to the " + lowerFirst(items[i+1].Title), To: i + 1}
}

// first is the step to look at first: that of the worst finding that has one, or the
// first of the recording.
func (r *recording) first(views []FindingView) int {
	at, worst := min(1, len(r.items)-1), flows.SeverityInfo.Rank()
	for _, v := range views {
		if rank := v.Finding.Severity.Rank(); v.Rail > 0 && rank < worst {
			at, worst = v.Rail, rank
		}
	}
	return at
}

// answered takes an answer that was pasted without its status for a good one.
func answered(t flows.Trace) flows.Trace {
	t.Records = slices.Clone(t.Records)
	for i, rec := range t.Records {
		e, ok := rec.Event.(flows.ExchangeFinished)
		if !ok || e.Exchange.Response == nil || e.Exchange.Response.Status != 0 {
			continue
		}
		response := *e.Exchange.Response
		response.Status = 200
		e.Exchange.Response = &response
		t.Records[i].Event = e
	}
	return t
}

type recording struct {
	*builder
	trace flows.Trace
	facts RecordingFacts
	items []RailItem
	panes []Pane
}

func (r *recording) imported() flows.Imported {
	for _, rec := range r.trace.Records {
		if e, ok := rec.Event.(flows.Imported); ok {
			return e
		}
	}
	return flows.Imported{}
}

func (r *recording) what() string {
	if what := r.imported().What; what != "" {
		return what
	}
	return "a recording"
}

func (r *recording) add(key, title string, p Pane) {
	p.Title = title
	r.items = append(r.items, RailItem{Key: key, Title: title, State: Done})
	r.panes = append(r.panes, p)
}

// railOf is the rail entry under which a finding stands: that of its step, or the first.
func (r *recording) railOf(f flows.Finding) int {
	if i, ok := r.rails[f.Step]; ok {
		return i
	}
	return 0
}

func (r *recording) inputPane() Pane {
	return Pane{Intro: "What this was taken for, and why. Nothing was sent anywhere.", Tabs: []Tab{{Name: "Explained", Version: r.version, Build: func() Lines { return r.inputLines() }}}}
}

func (r *recording) inputLines() List {
	in := r.imported()
	out := List{{Kind: Row, Label: "taken for", Spans: []Span{T(in.What, Strong)}}, {Kind: Row, Label: "because", Spans: r.masked(in.Why, Plain)}}
	for _, m := range r.facts.Mended {
		out = append(out, Line{Kind: Row, Label: "mended", Spans: r.masked(m, Changed)})
	}
	for _, l := range in.Losses {
		out = append(out, Line{Kind: Row, Label: "left out", Spans: r.masked(l, Warn)})
	}
	counts := map[flows.StepKind]int{}
	var order []flows.StepKind
	for _, s := range r.trace.Steps() {
		if counts[s.Kind]++; counts[s.Kind] == 1 {
			order = append(order, s.Kind)
		}
	}
	if len(order) > 0 {
		out = append(out, gap(), heading("What is in it"))
	}
	for _, k := range order {
		out = append(out, Line{Kind: Row, Label: stepTitle(k), Spans: []Span{T(itoa(counts[k]), Plain)}})
	}
	return out
}

// stepTitle is a kind of step in words.
func stepTitle(k flows.StepKind) string {
	if title, ok := map[flows.StepKind]string{
		flows.StepDiscovery: "Discovery", flows.StepJWKS: "Key set", flows.StepAuthorizeURL: "Authorization URL", flows.StepPAR: "Pushed request",
		flows.StepAuthorize: "Authorization", flows.StepCallback: "Callback", flows.StepExchange: "Exchange", flows.StepDevice: "Device",
		flows.StepRefresh: "Refresh", flows.StepRevoke: "Revoke", flows.StepIntrospect: "Introspect", flows.StepUserInfo: "User info",
		flows.StepCall: "Call", flows.StepOther: "Other traffic",
	}[k]; ok {
		return title
	}
	return string(k)
}

// addSteps makes a pane of each step that is part of a flow.
func (r *recording) addSteps() {
	flowsIn := 0
	steps := r.trace.Steps()
	for _, s := range steps {
		flowsIn = max(flowsIn, s.Flow)
	}
	marked := map[int]bool{}
	for _, f := range r.findings {
		marked[f.Step] = true
	}
	for i, s := range steps {
		if s.Kind == flows.StepOther && !marked[i] || len(r.items) >= maxRecorded {
			continue
		}
		title := stepTitle(s.Kind)
		if flowsIn > 1 && s.Flow > 0 {
			title += fmt.Sprintf(" · flow %d", s.Flow)
		}
		r.rails[i] = len(r.items)
		r.add(string(s.Kind), title, r.stepPane(s))
		if x := s.Exchange; x.Error != nil || x.Response != nil && x.Response.Status != 0 && !sendsOn(s.Kind, x) && protocol.ReadAnswer(x.Response).Failure(flows.Dialect{}) != nil && s.Kind != flows.StepOther {
			r.items[len(r.items)-1].State = Failed
		} else if unanswered(s) {
			r.items[len(r.items)-1].State = Todo
		}
	}
}

// unanswered tells that a step is a request alone, as of a curl command that was pasted. What
// the browser is sent to, and what it is sent back with, needs no answer to be read.
func unanswered(s flows.Step) bool {
	switch s.Kind {
	case flows.StepAuthorizeURL, flows.StepAuthorize, flows.StepCallback:
		return false
	}
	return s.Exchange.Request.URL != "" && s.Exchange.Response == nil && s.Exchange.Error == nil
}

func (r *recording) stepPane(s flows.Step) Pane {
	x := s.Exchange
	c := paneContent{request: &x.Request, response: x.Response, err: x.Error}
	curl := func() Copy { return r.curl(x.Request) }
	p := Pane{Intro: recordedIntro(s.Kind), Curl: curl, Tabs: []Tab{
		{Name: "Explained", Version: r.version, Slow: x.Response != nil && len(x.Response.Body) > bigBody, Build: func() Lines { return readOnly(r.stepLines(s)).opened() }},
		r.rawIn(Tab{Name: "Raw", Version: r.version, Build: func() Lines { return r.rawTab(c).opened() }}, c),
		{Name: "curl", Version: r.version, Build: func() Lines { return curlLines(curl().Text).opened() }},
	}}
	if x.Response != nil {
		p.Response = func() Copy { return r.copyOf("the body as received", string(x.Response.Body)) }
	}
	if x.Request.Method == "GET" {
		p.URL = r.copyOf("the URL", x.Request.URL)
	}
	return p
}

func recordedIntro(k flows.StepKind) string {
	switch k {
	case flows.StepAuthorizeURL, flows.StepAuthorize:
		return "The browser is sent to the provider with this request, to sign in and to consent."
	case flows.StepCallback:
		return "The provider sends the browser back to the application with the code, or with an error."
	case flows.StepExchange:
		return "The application asks the token endpoint for a token, straight and past the browser."
	case flows.StepRefresh:
		return "The application exchanges the refresh token for a fresh access token, without asking the user again."
	}
	return ""
}

func (r *recording) stepLines(s flows.Step) List {
	x := s.Exchange
	var out List
	if x.Comment != "" {
		out = append(out, r.row("recorder", x.Comment, ""), gap())
	}
	switch s.Kind {
	case flows.StepAuthorizeURL, flows.StepAuthorize:
		out = append(out, r.urlLine(x.Request.URL))
		out = append(out, r.queryRows("authorize", x.Request)...)
	case flows.StepCallback:
		out = append(out, r.urlLine(x.Request.URL))
		cb := protocol.ReadCallback(x.Request, nil)
		for _, p := range cb.Params {
			out = append(out, r.paramRow("callback", "", p, nil))
		}
		for _, problem := range cb.Problems {
			out = append(out, Line{Kind: Text, Spans: []Span{T("▲ "+problem, Warn)}})
		}
	default:
		if x.Request.URL != "" {
			head := "What was sent"
			if unanswered(s) {
				head = "The request"
			}
			out = append(out, heading(head))
			out = append(out, r.requestLines(x.Request, true, "")...)
		}
		if unanswered(s) {
			out = append(out, gap(), remark("There is no answer in it: how the server takes this request is not known."))
		}
	}
	switch {
	case x.Response == nil && x.Error == nil:
		return out
	case x.Response != nil && x.Response.Status == 0:
		return append(append(out, heading("The answer")), r.bodyExplained(x.Response.Body)...)
	case len(out) > 0:
		out = append(out, gap(), heading("What came back"))
	}
	return append(out, r.answerLines(x)...)
}

func (r *recording) queryRows(context string, req flows.Request) List {
	params, problems := protocol.DecodeForm(req.Query())
	var out List
	for _, p := range params {
		out = append(out, r.paramRow(context, "", p, nil))
	}
	for _, problem := range problems {
		out = append(out, Line{Kind: Text, Spans: []Span{T("▲ "+problem, Warn)}})
	}
	return out
}

// addTokens makes the panes of the newest token and of the tokens that are the input.
func (r *recording) addTokens() {
	for i, t := range r.facts.Tokens {
		title := "Token"
		if len(r.facts.Tokens) > 1 {
			title += " " + itoa(i+1)
		}
		r.add("claims", title, Pane{Intro: "What the token says about itself. Whether that can be believed is told check by check.",
			Tabs: []Tab{{Name: "Explained", Build: func() Lines { return r.inputTokenLines(t).opened() }}, {Name: "Raw", Version: r.version, Build: func() Lines { return r.inputTokenRaw(t).opened() }}}})
	}
	if r.s.Token() == nil {
		return
	}
	r.add(railToken, "Token", Pane{Intro: "What the newest answer means: each field in standard terms, and the raw path that it came from.", Tabs: []Tab{{Name: "Explained", Build: func() Lines { return r.tokenLines().opened() }}}})
	r.add(railClaims, "Claims", Pane{Intro: "What the tokens say about themselves, and whether that can be believed.",
		Tabs: []Tab{{Name: "Explained", Build: func() Lines { return r.claimsLines().opened() }}, {Name: "Raw", Version: r.version, Build: func() Lines { return r.claimsRaw().opened() }}}})
}

func (r *recording) inputTokenLines(t flows.Secret) List {
	raw := t.RevealSecret()
	jwt, err := jose.Decode(raw)
	out := List{{Kind: Row, Label: "token", Spans: []Span{S(t)}, Note: formatWord(flows.Token{AccessToken: t, Format: jose.Classify(raw)}), Copy: Copy{What: "the token", Secret: t}}}
	if err != nil || jwt.Format != flows.FormatJWT {
		return out
	}
	out = append(out, gap(), heading("Verdicts"))
	for _, v := range jose.Verify(jwt, jose.KeySet{}, jose.Expect{Now: r.now(), Leeway: session.Leeway}) {
		out = append(out, r.verdict(v))
	}
	out = append(out, gap(), heading("Header"))
	out = append(out, r.claimRows(jwt.Header, "jose header")...)
	out = append(out, gap(), heading("Claims"))
	out = append(out, r.claimRows(jwt.Payload, "claim")...)
	for _, p := range jwt.Claims().Problems {
		out = append(out, Line{Kind: Text, Spans: []Span{T("▲ "+p.Text, Warn)}})
	}
	return out
}

func (r *recording) inputTokenRaw(t flows.Secret) List {
	out := List{{Kind: Code, Spans: []Span{S(t)}, Copy: Copy{What: "the token", Secret: t}}}
	if jwt, err := jose.Decode(t.RevealSecret()); err == nil && jwt.Format == flows.FormatJWT {
		out = append(out, gap(), heading("Header"))
		out = append(out, named("jose header", r.bodyExplained(jwt.Header))...)
		out = append(out, gap(), heading("Claims"))
		out = append(out, named("claim", r.bodyExplained(jwt.Payload))...)
	}
	return out
}

// readOnly takes the editors from lines.
func readOnly(in List) List {
	for i := range in {
		in[i].Edit = nil
	}
	return in
}
