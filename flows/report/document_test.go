package report_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"oauthlens/flows"
	"oauthlens/flows/capture"
	"oauthlens/flows/redact"
	"oauthlens/flows/report"
	"oauthlens/flows/session"
)

// one is a run with this one exchange.
func one(x flows.Exchange) flows.Trace {
	x.Started, x.Ended = noon, noon.Add(time.Second)
	return flows.Trace{Run: "00112233445566bb"}.Append(noon, flows.ExchangeFinished{Exchange: x})
}

// TestWideBodiesInExports: a body of two or four bytes for a character is no text in an
// export, and a secret in it is masked all the same.
func TestWideBodiesInExports(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, four := range []bool{false, true} {
			wide := func(text string) []byte {
				var out []byte
				for _, u := range utf16.Encode([]rune(text)) {
					if four {
						out = order.AppendUint32(out, uint32(u))
					} else {
						out = order.AppendUint16(out, u)
					}
				}
				return out
			}
			jwt := "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzb21lYm9keSJ9."
			body := wide(`{"access_token":"` + access + `","echo":"` + strings.ReplaceAll(clientSecret, `"`, `\"`) + `","other":"` + jwt + `","note":"public-note"}`)
			start := flows.RunStarted{Credentials: flows.Credentials{ClientSecret: flows.NewSecret(key, "client_secret", clientSecret)}, Fingerprints: key}
			trace := flows.Trace{Run: "00112233445566cc"}.Append(noon, start).Append(noon, flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepExchange,
				Request: flows.Request{Method: "POST", URL: "https://h.test/t", Body: body}, Response: &flows.Response{Status: 200, Body: body}}})
			m := redact.ForTrace(trace)
			document, _ := json.Marshal(report.Run(session.Replay(trace), nil, m, noon))
			exports := map[string]string{"json": string(document)}
			for _, format := range report.Formats() {
				data, err := report.Write(format, trace, m)
				if err != nil {
					t.Fatal(err)
				}
				exports[string(format)] = string(data)
			}
			for name, text := range exports {
				bare := strings.NewReplacer("\x00", "", `\u0000`, "", `\x00`, "", `\000`, "").Replace(text)
				for _, encoded := range strings.FieldsFunc(text, func(r rune) bool {
					return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", r)
				}) {
					if raw, err := base64.StdEncoding.DecodeString(encoded); err == nil && len(raw) > 20 {
						bare += strings.ReplaceAll(string(raw), "\x00", "")
					}
				}
				if strings.Contains(bare, access) || strings.Contains(bare, "S3cr") || strings.Contains(bare, "c29tZWJvZHk") || !strings.Contains(bare, "public-note") {
					t.Errorf("%s, %v, four %v: %s", name, order, four, bare)
				}
			}
		}
	}
}

// TestMembersOfAToken: what is null, what is a list and what is masked in the document.
func TestMembersOfAToken(t *testing.T) {
	secret := func(name, raw string) flows.Secret { return flows.NewSecret(flows.FingerprintKey{}, name, raw) }
	mask := func(name, raw string) string { return flows.FingerprintKey{}.Mask(name, raw) }
	least := flows.Token{AccessToken: secret("access_token", access), Format: flows.FormatOpaque}
	all := flows.Token{AccessToken: least.AccessToken, Format: flows.FormatJWT, TokenType: "Bearer", ExpiresIn: 90 * time.Second, HasExpiry: true, ExpiresAt: noon.Add(90 * time.Second), RefreshAt: noon,
		RefreshToken: secret("refresh_token", refresh), RefreshExpiresAt: noon.Add(time.Hour), IDToken: secret("id_token", "i.d.t"), Scope: []string{"a", "b"}, HasScope: true,
		RequestedScope: []string{"a"}, Sources: map[string]string{"scope": "$.scope"}}
	emptied := least
	emptied.HasScope = true
	tests := []struct {
		name  string
		token flows.Token
		m     *redact.Masker
		want  string
	}{
		{"the least", least, redact.New(flows.FingerprintKey{}, nil), `{"access_token":"` + mask("access_token", access) + `","format":"opaque","token_type":"","expires_in":null,"expires_at":null,"refresh_at":null,"refresh_token":null,"refresh_expires_at":null,"id_token":null,"scope":null,"requested_scope":[],"sources":null}`},
		{"an empty scope", emptied, redact.New(flows.FingerprintKey{}, nil), `{"access_token":"` + mask("access_token", access) + `","format":"opaque","token_type":"","expires_in":null,"expires_at":null,"refresh_at":null,"refresh_token":null,"refresh_expires_at":null,"id_token":null,"scope":[],"requested_scope":[],"sources":null}`},
		{"all", all, redact.New(flows.FingerprintKey{}, nil), `{"access_token":"` + mask("access_token", access) + `","format":"jwt","token_type":"Bearer","expires_in":90,"expires_at":"2026-11-21T12:01:30Z","refresh_at":"2026-11-21T12:00:00Z","refresh_token":"` + mask("refresh_token", refresh) + `","refresh_expires_at":"2026-11-21T13:00:00Z","id_token":"` + mask("id_token", "i.d.t") + `","scope":["a","b"],"requested_scope":["a"],"sources":{"scope":"$.scope"}}`},
		{"secrets asked for", least, nil, `{"access_token":"` + access + `","format":"opaque","token_type":"","expires_in":null,"expires_at":null,"refresh_at":null,"refresh_token":null,"refresh_expires_at":null,"id_token":null,"scope":null,"requested_scope":[],"sources":null}`},
	}
	for _, tt := range tests {
		data, err := report.Encode(report.Token(tt.token, tt.m), false)
		if err != nil || strings.TrimSpace(string(data)) != tt.want {
			t.Errorf("%s: %s\n%s", tt.name, data, tt.want)
		}
	}
}

// TestStepsOfADocument: the members of a step that may be null, and those that may not.
func TestStepsOfADocument(t *testing.T) {
	ok := func(flows.Step) bool { return true }
	text := strings.Repeat("a", 1300)
	tests := []struct {
		name string
		x    flows.Exchange
		want string // a piece of the JSON
	}{
		{"no answer", flows.Exchange{}, `"response":null,"error":null,"timings_ms":null,"tls":null`},
		{"no version", flows.Exchange{}, `"http_version":"HTTP/1.1","headers":[],"body":"","body_encoding":"text","body_bytes":0}`},
		{"a version", flows.Exchange{Request: flows.Request{Version: "HTTP/2"}}, `"http_version":"HTTP/2"`},
		{"a header", flows.Exchange{Request: flows.Request{Headers: flows.Headers{{Name: "A", Value: "b"}}}}, `"headers":[{"name":"A","value":"b"}]`},
		{"an error", flows.Exchange{Error: &flows.TransportError{Kind: flows.ErrorTLS, Message: "no"}}, `"error":{"kind":"tls","message":"no"}`},
		{"an answer", flows.Exchange{Response: &flows.Response{Status: 418, StatusText: "Teapot", BodyBytes: 7, BodyComplete: true}}, `"response":{"status":418,"status_text":"Teapot","http_version":"HTTP/1.1","headers":[],"body":"","body_encoding":"text","body_bytes":7,"body_complete":true}`},
		{"times", flows.Exchange{Timings: &flows.Timings{DNS: -1, Connect: 0, TLS: 1500 * time.Microsecond, Wait: time.Second, Receive: -1}}, `"timings_ms":{"dns":null,"connect":0,"tls":1.5,"wait":1000,"receive":null}`},
		{"TLS", flows.Exchange{TLS: &flows.TLSInfo{Version: "TLS 1.3", Cipher: "c", Peer: "h.test", NotAfter: noon}}, `"tls":{"version":"TLS 1.3","cipher":"c","peer":"h.test","not_after":"2026-11-21T12:00:00Z"}`},
		{"bytes", flows.Exchange{Request: flows.Request{Body: []byte{0xff, 0xfe, 0xfd}}}, `"body":"//79","body_encoding":"base64","body_bytes":3`},
		{"a text with controls", flows.Exchange{Request: flows.Request{Body: []byte(strings.Repeat("\x01", 64))}}, `"body_encoding":"text"`},
		{"controls", flows.Exchange{Request: flows.Request{Body: []byte(strings.Repeat("\x01", 65))}}, `"body_encoding":"base64"`},
		{"line ends", flows.Exchange{Request: flows.Request{Body: []byte(strings.Repeat("\t\r\n", 65))}}, `"body_encoding":"text"`},
		{"few controls in a long text", flows.Exchange{Request: flows.Request{Body: []byte(text + strings.Repeat("\x01", 65))}}, `"body_encoding":"text"`},
		{"too many in it", flows.Exchange{Request: flows.Request{Body: []byte(text[:1235] + strings.Repeat("\x01", 65))}}, `"body_encoding":"base64"`},
	}
	for _, tt := range tests {
		trace := one(tt.x)
		data, _ := json.Marshal(report.Steps(trace, ok, redact.ForTrace(trace)))
		if !strings.Contains(string(data), tt.want) || !strings.Contains(string(data), `"outcome":"succeeded","at":"2026-11-21T12:00:00Z","duration_ms":1000,`) {
			t.Errorf("%s: %.900s\n%s", tt.name, data, tt.want)
		}
	}
	if data, _ := json.Marshal(report.Steps(one(flows.Exchange{}), func(flows.Step) bool { return false }, nil)); !strings.Contains(string(data), `"outcome":"failed"`) {
		t.Errorf("%s", data)
	}
}

// TestWholeDocument: the members of a run, with and without an end, a token and readable tokens.
func TestWholeDocument(t *testing.T) {
	jwt := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"1","access_token":"`+access+`"}`)) + "."
	start := flows.RunStarted{Provider: flows.Provider{Name: "truss"}, Environment: flows.Environment{Name: "sandbox"}, Grant: flows.GrantClientCredentials, Fingerprints: key}
	trace := flows.Trace{Run: "00112233445566dd"}.Append(noon, start)
	bare := report.Run(session.Replay(trace), nil, redact.ForTrace(trace), noon)
	if bare.Outcome != flows.Cancelled || bare.Token != nil || bare.JWT != nil || bare.JWTs == nil || bare.Findings == nil || bare.Steps == nil || bare.Schema != "oauthlens/run@1" {
		t.Errorf("%+v", bare)
	}
	trace = trace.Append(noon, flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepExchange, Ended: noon, Response: &flows.Response{Status: 200, Body: []byte(`{"access_token":"` + jwt + `"}`)}}}).
		Append(noon.Add(time.Second), flows.RunEnded{Outcome: flows.Succeeded})
	finding := flows.Finding{Code: "x", Step: 0, Title: flows.Say(jwt), Candidates: []flows.Candidate{{Code: "y", Verdict: "ruled out", Why: flows.Say("because of " + jwt)}}}
	nowhere := flows.Finding{Code: "z", Step: -1, Evidence: []flows.Sentence{flows.Say("seen " + jwt)}}
	m := redact.ForTrace(trace)
	d := report.Run(session.Replay(trace), []flows.Finding{finding, nowhere}, m, noon)
	if d.Outcome != flows.Succeeded || d.Run != "00112233445566dd" || d.Provider != "truss" || d.Environment != "sandbox" || d.Grant != "client_credentials" || d.EndedAt != "2026-11-21T12:00:01Z" || len(d.Steps) != 1 {
		t.Errorf("%+v", d)
	}
	if d.Token == nil || d.JWT == nil || d.JWT.Of != "access_token" || d.JWT.Signature == "verified" || len(d.JWT.Verdicts) == 0 || strings.Contains(string(d.JWT.Claims), access) || !json.Valid(d.JWT.Claims) {
		t.Errorf("%+v", d.JWT)
	}
	if f := d.Findings; *f[0].Step != 0 || f[1].Step != nil || f[0].Evidence == nil || len(f[0].Candidates) != 1 || f[1].Candidates != nil {
		t.Errorf("%+v", f)
	}
	data, err := report.Encode(d, true)
	if err != nil || strings.Contains(string(data), jwt) || len(m.Leaks(data)) > 0 {
		t.Errorf("%s, %v", data, err)
	}
	shown, _ := report.Encode(report.Run(session.Replay(trace), nil, nil, noon), false)
	if !strings.Contains(string(shown), jwt) {
		t.Error("secrets were asked for")
	}
}

// TestClaimsThatAreNumbers: a mask in place of a number is no JSON, so the whole is a string.
func TestClaimsThatAreNumbers(t *testing.T) {
	encode := base64.RawURLEncoding.EncodeToString
	token := encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(`{"sub":"1","n":12345678}`)) + "."
	for secret, want := range map[string]bool{"12345678": false, "87654321": true} {
		trace := flows.Trace{Run: "00112233445566ee"}.Append(noon, flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepExchange, Request: flows.Request{Body: []byte("client_secret=" + secret)},
			Response: &flows.Response{Status: 200, Body: []byte(`{"access_token":"` + token + `"}`)}}})
		d := report.Run(session.Replay(trace), nil, redact.ForTrace(trace), noon)
		var claims map[string]any
		if err := json.Unmarshal(d.JWT.Claims, &claims); (err == nil) != want || strings.Contains(string(d.JWT.Claims), "12345678") != want {
			t.Errorf("%s: %s, %v", secret, d.JWT.Claims, err)
		}
	}
}

// TestEscapesInDocuments: what would steer a terminal is escaped, and means the same.
func TestEscapesInDocuments(t *testing.T) {
	for in, want := range map[string]string{
		"plain": `"plain"`, "ü": `"ü"`, "\u202e": `"\u202e"`, "\U000e0041": `"\udb40\udc41"`, "\x7f": `"\u007f"`, "\u200b": `"\u200b"`, "a<b>&": `"a<b>&"`,
	} {
		data, err := report.Encode(in, false)
		var back string
		if err != nil || string(data) != want+"\n" || json.Unmarshal(data, &back) != nil || back != in {
			t.Errorf("%q: %s, %v", in, data, err)
		}
	}
}

// TestDocumentOfARecording: traffic that is no part of a flow is left out, and the steps of
// the findings and of the flows are counted without it.
func TestDocumentOfARecording(t *testing.T) {
	at := func(kind flows.StepKind, flow int, body string) flows.Event {
		return flows.ExchangeFinished{Flow: flow, Exchange: flows.Exchange{Step: kind, Started: noon, Ended: noon, Request: flows.Request{Method: "GET", URL: "https://h.test/"}, Response: &flows.Response{Status: 200, Body: []byte(body)}}}
	}
	jwt := "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."
	trace := flows.Trace{Run: "00112233445566ff"}.Append(noon, flows.Imported{Fingerprints: key})
	for _, e := range []flows.Event{at(flows.StepOther, 0, ""), at(flows.StepExchange, 2, `{"access_token":"first-token-1"}`), at(flows.StepOther, 0, ""), at(flows.StepCall, 0, ""),
		at(flows.StepRefresh, 1, `{"access_token":"`+jwt+`","id_token":"`+jwt+`"}`), at(flows.StepCall, 2, "")} {
		trace = trace.Append(noon, e)
	}
	findings := []flows.Finding{{Code: "a", Step: 1}, {Code: "b", Step: 5}, {Code: "c", Step: -1}, {Code: "d", Step: 0}}
	r := capture.Result{Trace: trace, What: "HAR", Why: "it says so", Losses: []string{"no times"}, Mended: []string{"quotes"}}
	d := report.Inspect(r, findings, redact.ForTrace(trace), noon)
	if got := fmt.Sprint(d.Flows); len(d.Steps) != 4 || got != "[{2 [0 3]} {1 [2]}]" {
		t.Errorf("%d steps, %s", len(d.Steps), got)
	}
	var steps []string
	for _, f := range d.Findings {
		step := "none"
		if f.Step != nil {
			step = fmt.Sprint(*f.Step)
		}
		steps = append(steps, f.Code+step)
	}
	if got := strings.Join(steps, " "); got != "a0 b3 cnone dnone" {
		t.Error(got)
	}
	if d.Token == nil || d.Token.AccessToken != key.Mask("access_token", jwt) || len(d.JWTs) != 2 || d.JWT == nil || d.JWT.Of != "access_token" || d.JWTs[1].Of != "id_token" {
		t.Errorf("%+v %+v", d.Token, d.JWTs)
	}
	if d.What != "HAR" || d.Why != "it says so" || len(d.Losses) != 1 || len(d.Mended) != 1 {
		t.Errorf("%+v", d)
	}
	none := report.Inspect(capture.Result{Tokens: []flows.Secret{flows.NewSecret(key, "token", jwt)}}, nil, redact.New(key, nil), noon)
	if none.Token != nil || len(none.JWTs) != 1 || none.JWT.Of != "input" || none.Losses == nil || none.Flows == nil || none.Steps == nil {
		t.Errorf("%+v", none)
	}
}

// TestLongestBodyOfAReport: the last byte that is shown, and no half of a character.
func TestLongestBodyOfAReport(t *testing.T) {
	const longest = 8 << 10
	for _, tt := range []struct {
		body, more string
	}{
		{strings.Repeat("a", longest), ""}, {strings.Repeat("a", longest+1), "... 1 more bytes"}, {strings.Repeat("a", longest-1) + "üb", "... 3 more bytes"}, {strings.Repeat("a", longest-2) + "üb", "... 1 more bytes"},
	} {
		trace := one(flows.Exchange{Step: flows.StepCall, Response: &flows.Response{Status: 200, Body: []byte(tt.body)}})
		got := string(report.Markdown(trace, redact.ForTrace(trace)))
		if strings.Contains(got, "more bytes") != (tt.more != "") || !strings.Contains(got, tt.more) || strings.Contains(got, "\ufffd") || strings.Contains(got, `\x`) {
			t.Errorf("%d bytes: %s", len(tt.body), got[len(got)-200:])
		}
	}
}
