package protocol

import (
	"encoding/base64"
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/rawjson"
	"oauthlens/flows/runner/faultserver"
)

// unsignedJWT is a compact JWT with this payload and a signature that nobody made.
func unsignedJWT(payload string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256","kid":"one"}`)) + "." + part([]byte(payload)) + "." + part([]byte("a signature"))
}

const compactJWE = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGe.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6ji.XFBoMYUZodetZdvTiFvSkQ"

func answered(status int, label, body string) *flows.Response {
	return &flows.Response{Status: status, Headers: flows.Headers{{Name: "Content-Type", Value: label}}, Body: []byte(body), BodyComplete: true}
}

func TestReadUserInfo(t *testing.T) {
	for _, c := range []struct {
		name, label, body string
		status            int
		code              string // of the failure
		format            flows.TokenFormat
	}{
		{"claims", "application/json", `{"sub":"u-1","name":"A"}`, 200, "", ""},
		{"a byte-order mark before them", "application/json", "\ufeff" + `{"sub":"u-1"}`, 200, "", ""},
		{"labelled as text", "text/plain", `{"sub":"u-1"}`, 200, "", ""},
		{"more behind them", "application/json", `{"sub":"u-1"} {}`, 200, "", ""},
		{"signed", "application/jwt", unsignedJWT(`{"sub":"u-1","iss":"https://as.example"}`), 200, "", flows.FormatJWT},
		{"signed, a line break behind", "application/jwt", unsignedJWT(`{"sub":"u-1"}`) + "\r\n", 200, "", flows.FormatJWT},
		{"encrypted", "application/jwt", compactJWE, 200, "", flows.FormatJWE},
		{"signed and kept masked", "application/jwt", "jwt (412 chars, #1a2b3c4d)", 200, "", ""},
		{"signed without sub", "application/jwt", unsignedJWT(`{"name":"A"}`), 200, NoSubject, flows.FormatJWT},
		{"signed, and no object", "application/jwt", unsignedJWT(`[1]`), 200, NoClaims, flows.FormatJWT},
		{"no sub", "application/json", `{"id":"u-1","name":"A"}`, 200, NoSubject, ""},
		{"sub is null", "application/json", `{"sub":null}`, 200, NoSubject, ""},
		{"sub is empty", "application/json", `{"sub":""}`, 200, NoSubject, ""},
		{"sub is a number", "application/json", `{"sub":17}`, 200, NoSubject, ""},
		{"sub in an envelope", "application/json", `{"data":{"sub":"u-1"}}`, 200, NoSubject, ""},
		{"nothing", "application/json", "", 200, NoClaims, ""},
		{"blanks", "application/json", " \r\n", 200, NoClaims, ""},
		{"204", "application/json", "", 204, NoClaims, ""},
		{"a page", "text/html", "<html>sign in</html>", 200, NoClaims, ""},
		{"a text", "text/plain", "hello", 200, NoClaims, ""},
		{"a form", "application/x-www-form-urlencoded", "sub=u-1", 200, NoClaims, ""},
		{"a script", "application/javascript", `callback({"sub":"u-1"});`, 200, NoClaims, ""},
		{"an array", "application/json", `[{"sub":"u-1"}]`, 200, NoClaims, ""},
		{"a string", "application/json", `"{\"sub\":\"u-1\"}"`, 200, NoClaims, ""},
		{"a JWT as a string", "application/json", `"` + unsignedJWT(`{"sub":"u-1"}`) + `"`, 200, NoClaims, ""},
		{"cut off", "application/json", `{"sub":"u-1","name":"`, 200, NoClaims, ""},
		{"refused", "application/json", `{"error":"invalid_token"}`, 401, "invalid_token", ""},
		{"an error under 200", "application/json", `{"error":"invalid_token","sub":"u-1"}`, 200, "invalid_token", ""},
		{"a redirect", "", "", 302, "http_302", ""},
	} {
		claims, failure := ReadUserInfo(flows.Dialect{}, answered(c.status, c.label, c.body))
		got := ""
		if failure != nil {
			got = failure.Code
		}
		if got != c.code || claims.Format != c.format {
			t.Errorf("%s: failure %q, format %q; want %q, %q", c.name, got, claims.Format, c.code, c.format)
		}
		if failure == nil && claims.Object != nil && claims.Object.Member("sub").Text != "u-1" {
			t.Errorf("%s: sub is %q", c.name, claims.Object.Member("sub").Text)
		}
	}
	if _, failure := ReadUserInfo(flows.Dialect{}, nil); failure != nil {
		t.Errorf("no answer is no bad answer: %+v", failure)
	}
}

func TestReadIntrospection(t *testing.T) {
	for _, c := range []struct{ name, label, body, code, active string }{
		{"active", "application/json", `{"active":true,"sub":"u-1"}`, "", "true"},
		{"not active", "application/json", `{"active":false}`, "", "false"},
		{"signed", "application/token-introspection+jwt", unsignedJWT(`{"iss":"https://as.example","token_introspection":{"active":true}}`), "", "true"},
		{"signed, and not said", "application/token-introspection+jwt", unsignedJWT(`{"active":true,"token_introspection":{}}`), NoActive, ""},
		{"signed, and no object", "application/token-introspection+jwt", unsignedJWT(`{"token_introspection":true}`), NoActive, ""},
		{"encrypted", "application/token-introspection+jwt", compactJWE, "", ""},
		{"not said", "application/json", `{"sub":"u-1","scope":"openid"}`, NoActive, ""},
		{"null", "application/json", `{"active":null}`, NoActive, ""},
		{"a text", "application/json", `{"active":"true"}`, NoActive, ""},
		{"a number", "application/json", `{"active":1}`, NoActive, ""},
		{"in an envelope", "application/json", `{"data":{"active":true}}`, NoActive, ""},
		{"a page", "text/html", "<html>sign in</html>", NoClaims, ""},
		{"nothing", "application/json", "", NoClaims, ""},
		{"an array", "application/json", `[{"active":true}]`, NoClaims, ""},
		{"an error under 200", "application/json", `{"error":"invalid_client"}`, "invalid_client", ""},
	} {
		claims, failure := ReadIntrospection(flows.Dialect{}, answered(200, c.label, c.body))
		got := ""
		if failure != nil {
			got = failure.Code
		}
		if got != c.code {
			t.Errorf("%s: failure %q, want %q", c.name, got, c.code)
		}
		if n := claims.Object.Member("active"); c.active != "" && (n == nil || n.Kind != rawjson.Bool || n.Text != c.active) {
			t.Errorf("%s: active is %+v", c.name, n)
		}
	}
}

// TestOutcomeOfClaims: a run is strict about the endpoints that it calls, a recording is not,
// since it may be of an API of another specification.
func TestOutcomeOfClaims(t *testing.T) {
	for _, c := range []struct {
		kind          flows.StepKind
		body          string
		run, recorded bool
	}{
		{flows.StepUserInfo, `{"sub":"u-1"}`, true, true},
		{flows.StepUserInfo, `{"id":"u-1","name":"A"}`, false, true},
		{flows.StepUserInfo, "<html>", false, true},
		{flows.StepUserInfo, `{"error":"invalid_token"}`, false, false},
		{flows.StepIntrospect, `{"active":false}`, true, true},
		{flows.StepIntrospect, `{"aud":"web-7","expires_in":"3000"}`, false, true},
		{flows.StepIntrospect, `{"error":"invalid_request"}`, false, false},
		{flows.StepRevoke, "", true, true},
		{flows.StepRevoke, "<html>", true, true},
	} {
		step := flows.Step{Kind: c.kind, Exchange: flows.Exchange{Response: answered(200, "application/json", c.body)}}
		if got := SucceededBy(flows.Dialect{})(step); got != c.run {
			t.Errorf("%s %q in a run: %v", c.kind, c.body, got)
		}
		if got := Recorded(step); got != c.recorded {
			t.Errorf("%s %q in a recording: %v", c.kind, c.body, got)
		}
		step.Exchange.Error = &flows.TransportError{Kind: flows.ErrorReset}
		if Succeeded(flows.Dialect{}, step) || Recorded(step) {
			t.Errorf("%s %q succeeded over a connection that broke", c.kind, c.body)
		}
	}
}

// FuzzReadClaims: whatever an answer is, it is a failure with a word, or a user is named and
// the boolean is one.
func FuzzReadClaims(f *testing.F) {
	for _, right := range []string{`{"sub":"u-1","active":true}`, unsignedJWT(`{"sub":"u-1","token_introspection":{"active":true}}`), compactJWE} {
		for _, a := range faultserver.Answers(f.Context(), right, 4<<10) {
			f.Add(a.Body(), 200)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		r := &flows.Response{Status: status, Body: body, BodyComplete: true}
		user, failure := ReadUserInfo(flows.Dialect{}, r)
		if failure == nil && user.Object != nil && user.Object.Member("sub").Text == "" {
			t.Error("the user has no name")
		}
		token, other := ReadIntrospection(flows.Dialect{}, r)
		if other == nil && token.Object != nil && !strings.Contains("true false", token.Object.Member("active").Text) {
			t.Error("neither true nor false")
		}
		for _, f := range []*Failure{failure, other} {
			if f != nil && status > 0 && f.Code == "" {
				t.Errorf("a failure without a word: %+v", f)
			}
		}
	})
}
