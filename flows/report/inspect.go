package report

import (
	"time"

	"oauthlens/flows"
	"oauthlens/flows/capture"
	"oauthlens/flows/jose"
	"oauthlens/flows/protocol"
	"oauthlens/flows/redact"
)

// InspectDocument is the JSON document of inspect.
type InspectDocument struct {
	Schema   string        `json:"schema"`
	Kind     string        `json:"kind"`
	What     string        `json:"what"`
	Why      string        `json:"why"`
	Losses   []string      `json:"losses"`
	Mended   []string      `json:"mended"`
	Steps    []StepJSON    `json:"steps"`
	Flows    []FlowJSON    `json:"flows"`
	Token    *TokenJSON    `json:"token"`
	JWTs     []JWTJSON     `json:"jwts"`
	JWT      *JWTJSON      `json:"jwt"`
	Findings []FindingJSON `json:"findings"`
}

// FlowJSON is one flow of a recording of several; Steps are indexes into the document's
// steps.
type FlowJSON struct {
	Flow  int   `json:"flow"`
	Steps []int `json:"steps"`
}

// Inspect makes the document of a recording or a paste. Recorded traffic that is no part
// of a flow is left out, and the findings' steps are renumbered to match.
func Inspect(r capture.Result, findings []flows.Finding, m *redact.Masker, now time.Time) InspectDocument {
	d := InspectDocument{Schema: SchemaInspect, Kind: string(r.Kind), What: m.String(r.What), Why: m.String(r.Why), Losses: masked(r.Losses, m), Mended: masked(r.Mended, m),
		Steps: []StepJSON{}, Flows: []FlowJSON{}, JWTs: []JWTJSON{}}
	all := Steps(r.Trace, protocol.Recorded, m)
	place := make([]int, len(all))
	byFlow := map[int]int{}
	for i, s := range all {
		place[i] = -1
		if s.Step == flows.StepOther {
			continue
		}
		place[i] = len(d.Steps)
		d.Steps = append(d.Steps, s)
		if s.Flow == 0 {
			continue
		}
		at, ok := byFlow[s.Flow]
		if !ok {
			at = len(d.Flows)
			byFlow[s.Flow] = at
			d.Flows = append(d.Flows, FlowJSON{Flow: s.Flow})
		}
		d.Flows[at].Steps = append(d.Flows[at].Steps, place[i])
	}
	renumbered := make([]flows.Finding, len(findings))
	for i, f := range findings {
		if f.Step >= 0 && f.Step < len(place) {
			f.Step = place[f.Step]
		}
		renumbered[i] = f
	}
	d.Findings = Findings(renumbered, m)
	tokens := Recorded(r)
	if n := len(tokens); n > 0 {
		d.Token = Token(tokens[n-1], m)
	}
	for _, j := range RecordedJWTs(r, tokens, now) {
		d.JWTs = append(d.JWTs, JWT(j.Of, j.JWT, j.Verdicts, m))
	}
	if len(d.JWTs) > 0 {
		d.JWT = &d.JWTs[0]
	}
	return d
}

func masked(list []string, m *redact.Masker) []string {
	out := []string{}
	for _, s := range list {
		out = append(out, m.String(s))
	}
	return out
}

// Recorded reads the tokens of a recording, in the order in which they were issued.
func Recorded(r capture.Result) []flows.Token {
	var out []flows.Token
	var key flows.FingerprintKey
	for _, rec := range r.Trace.Records {
		if e, ok := rec.Event.(flows.Imported); ok {
			key = e.Fingerprints
		}
	}
	for _, s := range r.Trace.Steps() {
		if s.Kind != flows.StepExchange && s.Kind != flows.StepRefresh || s.Exchange.Response == nil {
			continue
		}
		ctx := protocol.TokenContext{Dialect: protocol.Tolerant(), Fingerprints: key, SentAt: s.Exchange.Started, ReceivedAt: s.Exchange.Ended, RequestTimeout: 30 * time.Second}
		if reading := protocol.ReadToken(ctx, s.Exchange.Response); reading.Token != nil {
			out = append(out, *reading.Token)
		}
	}
	return out
}

// RecordedJWT is a readable token of a recording, checked with what the recording holds.
type RecordedJWT struct {
	Of       string
	JWT      jose.JWT
	Verdicts []jose.Verdict
}

// RecordedJWTs decodes what can be read: a pasted token, or the newest of a recording.
// A recording is judged at its own time, a bare token at now.
func RecordedJWTs(r capture.Result, tokens []flows.Token, now time.Time) []RecordedJWT {
	var keys jose.KeySet
	for _, s := range r.Trace.Steps() {
		if s.Kind == flows.StepJWKS && s.Exchange.Response != nil {
			keys, _ = jose.ParseJWKS(s.Exchange.Response.Body)
		}
	}
	var out []RecordedJWT
	add := func(of string, secret flows.Secret, expect jose.Expect) {
		if jwt, err := jose.Decode(secret.RevealSecret()); err == nil && jwt.Format != flows.FormatOpaque {
			out = append(out, RecordedJWT{Of: of, JWT: jwt, Verdicts: jose.Verify(jwt, keys, expect)})
		}
	}
	for _, t := range r.Tokens {
		add(jose.OfInput, t, jose.Expect{Of: jose.OfInput, Now: now, Leeway: time.Minute})
	}
	if n := len(tokens); n > 0 {
		t := tokens[n-1]
		expect := jose.Expect{Now: t.ReceivedAt, Leeway: time.Minute, AccessToken: t.AccessToken.RevealSecret()}
		expect.Of = jose.OfAccessToken
		add(expect.Of, t.AccessToken, expect)
		expect.Of = jose.OfIDToken
		if !t.IDToken.IsZero() {
			add(expect.Of, t.IDToken, expect)
		}
	}
	return out
}
