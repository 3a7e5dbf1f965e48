package report

import (
	"encoding/base64"
	"encoding/json"
	"time"
	"unicode/utf8"

	"oauthlens/flows"
	"oauthlens/flows/jose"
	"oauthlens/flows/protocol"
	"oauthlens/flows/redact"
	"oauthlens/flows/session"
)

// Schemas of the JSON documents.
const (
	SchemaRun     = "oauthlens/run@1"
	SchemaEvent   = "oauthlens/event@1"
	SchemaInspect = "oauthlens/inspect@1"
)

// Document is the JSON document of a run. Its members and their order are fixed: scripts
// rely on them.
type Document struct {
	Schema      string        `json:"schema"`
	Run         string        `json:"run"`
	Provider    string        `json:"provider"`
	Environment string        `json:"environment"`
	Grant       string        `json:"grant"`
	StartedAt   string        `json:"started_at"`
	EndedAt     string        `json:"ended_at"`
	Outcome     flows.Outcome `json:"outcome"`
	Steps       []StepJSON    `json:"steps"`
	Token       *TokenJSON    `json:"token"`
	JWTs        []JWTJSON     `json:"jwts"`
	JWT         *JWTJSON      `json:"jwt"`
	Findings    []FindingJSON `json:"findings"`
}

// StepJSON is one step.
type StepJSON struct {
	Step       flows.StepKind `json:"step"`
	Flow       int            `json:"flow,omitempty"`
	Outcome    flows.Outcome  `json:"outcome"`
	At         string         `json:"at"`
	DurationMS float64        `json:"duration_ms"`
	Request    *RequestJSON   `json:"request"`
	Response   *ResponseJSON  `json:"response"`
	Error      *ErrorJSON     `json:"error"`
	Timings    *TimingsJSON   `json:"timings_ms"`
	TLS        *TLSJSON       `json:"tls"`
}

// RequestJSON is a request as sent.
type RequestJSON struct {
	Method       string         `json:"method"`
	URL          string         `json:"url"`
	HTTPVersion  string         `json:"http_version"`
	Headers      []flows.Header `json:"headers"`
	Body         string         `json:"body"`
	BodyEncoding string         `json:"body_encoding"`
	BodyBytes    int64          `json:"body_bytes"`
}

// ResponseJSON is an answer as received.
type ResponseJSON struct {
	Status       int            `json:"status"`
	StatusText   string         `json:"status_text"`
	HTTPVersion  string         `json:"http_version"`
	Headers      []flows.Header `json:"headers"`
	Body         string         `json:"body"`
	BodyEncoding string         `json:"body_encoding"`
	BodyBytes    int64          `json:"body_bytes"`
	BodyComplete bool           `json:"body_complete"`
}

// ErrorJSON is a transport failure.
type ErrorJSON struct {
	Kind    flows.ErrorKind `json:"kind"`
	Message string          `json:"message"`
}

// TimingsJSON are milliseconds; null: the stage did not take place.
type TimingsJSON struct {
	DNS     *float64 `json:"dns"`
	Connect *float64 `json:"connect"`
	TLS     *float64 `json:"tls"`
	Wait    *float64 `json:"wait"`
	Receive *float64 `json:"receive"`
}

// TLSJSON is what the handshake agreed on.
type TLSJSON struct {
	Version  string `json:"version"`
	Cipher   string `json:"cipher"`
	Peer     string `json:"peer"`
	NotAfter string `json:"not_after"`
}

// TokenJSON is the newest token.
type TokenJSON struct {
	AccessToken      string            `json:"access_token"`
	Format           flows.TokenFormat `json:"format"`
	TokenType        string            `json:"token_type"`
	ExpiresIn        *float64          `json:"expires_in"`
	ExpiresAt        *string           `json:"expires_at"`
	RefreshAt        *string           `json:"refresh_at"`
	RefreshToken     *string           `json:"refresh_token"`
	RefreshExpiresAt *string           `json:"refresh_expires_at"`
	IDToken          *string           `json:"id_token"`
	Scope            []string          `json:"scope"`
	RequestedScope   []string          `json:"requested_scope"`
	Sources          map[string]string `json:"sources"`
}

// JWTJSON is a decoded token with its verdicts.
type JWTJSON struct {
	Of        string          `json:"of"`
	Header    json.RawMessage `json:"header"`
	Claims    json.RawMessage `json:"claims"`
	Signature string          `json:"signature"`
	Verdicts  []VerdictJSON   `json:"verdicts"`
}

// VerdictJSON is one check of a token.
type VerdictJSON struct {
	Check  string      `json:"check"`
	Result jose.Result `json:"result"`
	Why    string      `json:"why"`
}

// FindingJSON is one diagnosis.
type FindingJSON struct {
	Code       string           `json:"code"`
	Severity   flows.Severity   `json:"severity"`
	Stage      string           `json:"stage"`
	Step       *int             `json:"step"`
	Confidence flows.Confidence `json:"confidence"`
	Title      string           `json:"title"`
	Evidence   []string         `json:"evidence"`
	Cause      string           `json:"cause"`
	Fix        string           `json:"fix"`
	Spec       string           `json:"spec"`
	Candidates []CandidateJSON  `json:"candidates,omitempty"`
}

// CandidateJSON is one weighed cause.
type CandidateJSON struct {
	Code    string `json:"code"`
	Verdict string `json:"verdict"`
	Why     string `json:"why"`
	Probe   string `json:"probe,omitempty"`
}

// Run makes the document of a run. A nil masker shows secrets; now judges the claims.
func Run(s session.Session, findings []flows.Finding, m *redact.Masker, now time.Time) Document {
	d := Document{Outcome: flows.Cancelled, JWTs: []JWTJSON{}}
	d.begin(s)
	d.Steps = Steps(s.Trace(), protocol.SucceededBy(s.Provider().Dialect), m)
	d.Findings = Findings(findings, m)
	if e := s.Ended(); e != nil {
		d.Outcome = e.Outcome
	}
	if tok := s.Token(); tok != nil {
		d.Token = Token(*tok, m)
	}
	for _, j := range s.JWTs(now) {
		d.JWTs = append(d.JWTs, JWT(j.Of, j.JWT, j.Verdicts, m))
	}
	if len(d.JWTs) > 0 {
		d.JWT = &d.JWTs[0]
	}
	return d
}

// begin says of which run the document is.
func (d *Document) begin(s session.Session) {
	start, t := s.Start(), s.Trace()
	d.Schema, d.Run, d.Provider, d.Environment = SchemaRun, string(t.Run), start.Provider.Name, start.Environment.Name
	d.Grant, d.StartedAt, d.EndedAt = string(start.Grant), timeJSON(t.StartedAt()), timeJSON(t.EndedAt())
}

// Steps lists the steps of a trace as they stand in the document, each with the outcome that
// succeeded gives it.
func Steps(t flows.Trace, succeeded func(flows.Step) bool, m *redact.Masker) []StepJSON {
	out := []StepJSON{}
	for _, st := range t.Steps() {
		x := st.Exchange
		j := StepJSON{Step: st.Kind, Flow: st.Flow, Outcome: flows.Failed, At: timeJSON(x.Started), DurationMS: ms(x.Duration())}
		if succeeded(st) {
			j.Outcome = flows.Succeeded
		}
		j.Request = requestJSON(x.Request, m)
		if x.Response != nil {
			j.Response = responseJSON(*x.Response, m)
		}
		if x.Error != nil {
			j.Error = &ErrorJSON{Kind: x.Error.Kind, Message: m.String(x.Error.Message)}
		}
		if x.Timings != nil {
			j.Timings = &TimingsJSON{DNS: stage(x.Timings.DNS), Connect: stage(x.Timings.Connect), TLS: stage(x.Timings.TLS),
				Wait: stage(x.Timings.Wait), Receive: stage(x.Timings.Receive)}
		}
		if x.TLS != nil {
			j.TLS = &TLSJSON{Version: x.TLS.Version, Cipher: x.TLS.Cipher, Peer: x.TLS.Peer, NotAfter: timeJSON(x.TLS.NotAfter)}
		}
		out = append(out, j)
	}
	return out
}

func requestJSON(r flows.Request, m *redact.Masker) *RequestJSON {
	j := &RequestJSON{Method: r.Method, URL: m.String(r.URL), HTTPVersion: version(r.Version), Headers: headers(r.Headers, m), BodyBytes: int64(len(r.Body))}
	j.Body, j.BodyEncoding = body(r.Body, m)
	return j
}

func responseJSON(r flows.Response, m *redact.Masker) *ResponseJSON {
	j := &ResponseJSON{Status: r.Status, StatusText: m.String(r.StatusText), HTTPVersion: version(r.Version), Headers: headers(r.Headers, m),
		BodyBytes: r.BodyBytes, BodyComplete: r.BodyComplete}
	j.Body, j.BodyEncoding = body(r.Body, m)
	return j
}

func version(v string) string {
	if v == "" {
		return "HTTP/1.1"
	}
	return v
}

func headers(h flows.Headers, m *redact.Masker) []flows.Header {
	out := make([]flows.Header, 0, len(h))
	for _, f := range h {
		out = append(out, flows.Header{Name: m.String(f.Name), Value: m.String(f.Value)})
	}
	return out
}

func body(b []byte, m *redact.Masker) (text, encoding string) {
	masked := m.Bytes(b)
	if utf8.Valid(masked) && mostlyText(masked) {
		return string(masked), "text"
	}
	return base64.StdEncoding.EncodeToString(masked), "base64"
}

// mostlyText tells a text from bytes that happen to be UTF-8: a body of control characters
// would take six bytes for each in JSON.
func mostlyText(b []byte) bool {
	controls := 0
	for _, c := range b {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' {
			controls++
		}
	}
	return controls <= 64 || controls*20 < len(b)
}

// Token is a token in the document.
func Token(t flows.Token, m *redact.Masker) *TokenJSON {
	secret := func(s flows.Secret) *string {
		if s.IsZero() {
			return nil
		}
		text := s.String()
		if m == nil {
			text = s.RevealSecret()
		}
		return &text
	}
	j := &TokenJSON{Format: t.Format, TokenType: t.TokenType, RefreshToken: secret(t.RefreshToken), IDToken: secret(t.IDToken),
		ExpiresAt: optionalTime(t.ExpiresAt), RefreshAt: optionalTime(t.RefreshAt), RefreshExpiresAt: optionalTime(t.RefreshExpiresAt),
		Scope: t.Scope, RequestedScope: append([]string{}, t.RequestedScope...), Sources: t.Sources}
	j.AccessToken = *secret(t.AccessToken)
	if t.HasExpiry {
		seconds := t.ExpiresIn.Seconds()
		j.ExpiresIn = &seconds
	}
	if t.HasScope && j.Scope == nil {
		j.Scope = []string{}
	}
	return j
}

// JWT is a decoded token in the document. A secret that somebody put into its header or its
// claims is masked there too.
func JWT(of string, jwt jose.JWT, verdicts []jose.Verdict, m *redact.Masker) JWTJSON {
	j := JWTJSON{Of: of, Header: maskedJSON(jwt.HeaderJSON(), m), Claims: maskedJSON(jwt.ClaimsJSON(), m), Signature: jose.SignatureStatus(verdicts), Verdicts: []VerdictJSON{}}
	for _, v := range verdicts {
		j.Verdicts = append(j.Verdicts, VerdictJSON{Check: v.Check, Result: v.Result, Why: m.String(v.Why)})
	}
	return j
}

// maskedJSON masks within JSON. Where a mask is no JSON any more (a secret that is a number),
// the whole becomes a string.
func maskedJSON(raw json.RawMessage, m *redact.Masker) json.RawMessage {
	text := m.String(string(raw))
	if text == string(raw) || json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	quoted, _ := json.Marshal(text)
	return quoted
}

// Findings are the findings in the document.
func Findings(findings []flows.Finding, m *redact.Masker) []FindingJSON {
	out := []FindingJSON{}
	for _, f := range findings {
		j := FindingJSON{Code: f.Code, Severity: f.Severity, Stage: f.Stage, Confidence: f.Confidence, Title: m.Words(f, f.Title),
			Evidence: []string{}, Cause: m.Words(f, f.Cause), Fix: m.Words(f, f.Fix), Spec: f.Spec}
		if f.Step >= 0 {
			step := f.Step
			j.Step = &step
		}
		for _, e := range f.Evidence {
			j.Evidence = append(j.Evidence, m.String(e.Text))
		}
		for _, c := range f.Candidates {
			j.Candidates = append(j.Candidates, CandidateJSON{Code: c.Code, Verdict: c.Verdict, Why: m.String(c.Why.Text), Probe: c.Probe})
		}
		out = append(out, j)
	}
	return out
}

func timeJSON(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func optionalTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339)
	return &s
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func stage(d time.Duration) *float64 {
	if d < 0 {
		return nil
	}
	v := ms(d)
	return &v
}
