package protocol

import (
	"net/url"
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/runner/faultserver"
)

// FuzzReadMetadata: whatever a document says, an endpoint that is taken over is an http or
// https URL, and a document of another issuer is none; the same for an authorization URL
// that comes from a call.
func FuzzReadMetadata(f *testing.F) {
	right := `{"issuer":"https://as.example","authorization_endpoint":"https://as.example/a","token_endpoint":"https://as.example/t","url":"https://as.example/a?x"}`
	for _, a := range faultserver.Answers(f.Context(), right, 4<<10) {
		f.Add(a.Body(), 200)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		r := &flows.Response{Status: status, Body: body, BodyComplete: true}
		m, failure := ReadMetadata("https://as.example", r)
		if failure == nil && strings.TrimSuffix(m.Issuer, "/") != "https://as.example" {
			t.Errorf("metadata of %q is taken", m.Issuer)
		}
		for _, e := range []string{m.Endpoints.Authorization, m.Endpoints.Token, m.Endpoints.JWKS, m.Endpoints.Revocation, m.Endpoints.UserInfo, m.Endpoints.Introspection} {
			if u, err := url.Parse(e); e != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
				t.Errorf("the endpoint %q", e)
			}
		}
		if built, failure := ReadAuthorizeURLCall(flows.Dialect{}, r); failure == nil && (!strings.HasPrefix(strings.ToLower(built), "http") || strings.ContainsAny(built, "\r\n\x1b")) {
			t.Errorf("the authorization URL %q", built)
		}
	})
}

// FuzzJudgeCallback: nothing is accepted without the state of the flow.
func FuzzJudgeCallback(f *testing.F) {
	for _, a := range faultserver.Answers(f.Context(), "code=c&state=the-state-of-this-flow", 4<<10) {
		f.Add("code=c&state=the-state-of-this-flow", a.Body(), "POST")
	}
	for _, q := range []string{"code=c&state=the-state-of-this-flow", "code=c&state=the-state-of-this-flow&state=x", "error=access_denied", "%", "code=%zz", "code=c;state=the-state-of-this-flow"} {
		f.Add(q, []byte(q), "GET")
	}
	f.Fuzz(func(t *testing.T, query string, body []byte, method string) {
		r := flows.Request{Method: method, URL: "http://127.0.0.1:1/cb?" + query, Body: body,
			Headers: flows.Headers{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}}
		expect := flows.CallbackExpectation{State: flows.NewSecret(flows.FingerprintKey{}, "state", "the-state-of-this-flow")}
		verdict, why := JudgeCallback(expect, r)
		if why == "" && verdict != flows.CallbackAccepted && verdict != flows.CallbackError {
			t.Errorf("%s without a word", verdict)
		}
		plain := func(s string) string { u, _ := url.PathUnescape(s); return s + u }
		if verdict == flows.CallbackAccepted && !strings.Contains(plain(query)+plain(string(body)), "the-state-of-this-flow") {
			t.Errorf("accepted: %q %q", query, body)
		}
		_ = ReadCallback(r, nil)
		_, _ = DecodeForm(query)
	})
}
