package protocol

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"oauthlens/flows"
)

// TestHostHeader: the authority as it is sent, without what a scheme implies.
func TestHostHeader(t *testing.T) {
	for u, want := range map[string]string{
		"https://h.test/x": "h.test", "https://h.test:443/x": "h.test", "https://h.test:80/x": "h.test:80", "https://h.test:8443/": "h.test:8443",
		"http://h.test:80/x": "h.test", "http://h.test:443/x": "h.test:443", "https://me:pw@h.test/": "h.test",
		"http://[::1]:8080/": "[::1]:8080", "http://[fe80::1%25eth0]:8080/": "[fe80::1]:8080", "http://[fe80::1%25eth0]/": "[fe80::1]",
		"http://h\x7f/": "", "ftp://h.test:443/": "h.test:443",
	} {
		if got := newRequest("GET", u, "*/*").Headers.Get("Host"); got != want {
			t.Errorf("%s: %q", u, got)
		}
	}
}

// TestAddedQuery: parameters behind a URL with and without a query and a fragment.
func TestAddedQuery(t *testing.T) {
	one := []flows.Param{{Name: "a b", Value: "1&2"}}
	for u, want := range map[string]string{
		"https://h/x": "https://h/x?a+b=1%262", "https://h/x?": "https://h/x?a+b=1%262", "https://h/x?y=1": "https://h/x?y=1&a+b=1%262",
		"https://h/x?y=1&": "https://h/x?y=1&a+b=1%262", "https://h/x#f": "https://h/x?a+b=1%262#f", "https://h/x?y=1#f": "https://h/x?y=1&a+b=1%262#f",
	} {
		if got := addQuery(u, one); got != want {
			t.Errorf("%s: %s", u, got)
		}
		if got := addQuery(u, nil); got != u {
			t.Errorf("%s without parameters: %s", u, got)
		}
	}
}

// TestJSONStrings: what has to be escaped is, and nothing else.
func TestJSONStrings(t *testing.T) {
	for in, want := range map[string]string{
		"a+b/c&d<e": `"a+b/c&d<e"`, `a"b`: `"a\"b"`, `a\b`: `"a\\b"`, "a\x1fb": `"a\u001fb"`, "a\nb": `"a\u000ab"`, "a b": `"a b"`, "ü": `"ü"`, "": `""`,
	} {
		if got := jsonString(in); got != want {
			t.Errorf("%q: %s", in, got)
		}
	}
}

// TestEditedHeaders: an edit sets, adds or removes; the length stays true in any case.
func TestEditedHeaders(t *testing.T) {
	edit := func(op flows.EditOp, name, value string) flows.ParamEdit {
		return flows.ParamEdit{Op: op, Name: name, Value: value}
	}
	tests := []struct {
		edits []flows.ParamEdit
		want  string
	}{
		{nil, "Accept: json|Content-Length: 3"},
		{[]flows.ParamEdit{edit(flows.EditSet, "accept", "html")}, "Accept: html|Content-Length: 3"},
		{[]flows.ParamEdit{edit(flows.EditSet, "X", "1")}, "Accept: json|Content-Length: 3|X: 1"},
		{[]flows.ParamEdit{edit(flows.EditAdd, "Accept", "html")}, "Accept: json|Content-Length: 3|Accept: html"},
		{[]flows.ParamEdit{edit(flows.EditRemove, "ACCEPT", "")}, "Content-Length: 3"},
		{[]flows.ParamEdit{edit(flows.EditRemove, "Content-Length", "")}, "Accept: json|Content-Length: 3"},
		{[]flows.ParamEdit{edit(flows.EditRemove, "Y", "")}, "Accept: json|Content-Length: 3"},
	}
	for _, tt := range tests {
		r := flows.Request{Headers: flows.Headers{{Name: "Accept", Value: "json"}, {Name: "Content-Length", Value: "3"}}, Body: []byte("a=1")}
		var got []string
		for _, h := range applyHeaderEdits(r, tt.edits).Headers {
			got = append(got, h.Name+": "+h.Value)
		}
		if strings.Join(got, "|") != tt.want {
			t.Errorf("%+v: %s", tt.edits, strings.Join(got, "|"))
		}
	}
	if got := applyHeaderEdits(flows.Request{}, nil); got.Headers != nil {
		t.Errorf("no body, but %+v", got.Headers)
	}
}

// TestCallsOfAnAPI: where the credentials of a call go, and which calls have a body.
func TestCallsOfAnAPI(t *testing.T) {
	basic := BasicHeader("", "client", "s3cret")
	tests := []struct {
		name                 string
		call                 flows.APICall
		scheme               string
		method, url, auth    string
		body, length, accept string
	}{
		{"a token", flows.APICall{Path: "/me"}, "", "GET", "https://api.test/v1/me", "Bearer tok", "", "", "application/json"},
		{"a path without a slash", flows.APICall{Path: "me"}, "", "GET", "https://api.test/v1/me", "Bearer tok", "", "", "application/json"},
		{"another host", flows.APICall{Path: "https://other.test/x"}, "", "GET", "https://other.test/x", "Bearer tok", "", "", "application/json"},
		{"a scheme of its own", flows.APICall{Path: "/me"}, "Zoho-oauthtoken", "GET", "https://api.test/v1/me", "Zoho-oauthtoken tok", "", "", "application/json"},
		{"Basic", flows.APICall{Path: "/me", Auth: "basic"}, "", "GET", "https://api.test/v1/me", basic, "", "", "application/json"},
		{"none", flows.APICall{Path: "/me", Auth: "none"}, "", "GET", "https://api.test/v1/me", "", "", "", "application/json"},
		{"in the query", flows.APICall{Path: "/me", Auth: "client_query", Query: []flows.Param{{Name: "a", Value: "1"}}}, "", "GET", "https://api.test/v1/me?client_id=client&client_secret=s3cret&a=1", "", "", "", "application/json"},
		{"in JSON", flows.APICall{Path: "/me", Auth: "client_json", Method: "POST"}, "", "POST", "https://api.test/v1/me", "", `{"client_id":"client","client_secret":"s3cret"}`, "47", "application/json"},
		{"a body", flows.APICall{Path: "/me", Method: "PUT", Body: "{}"}, "", "PUT", "https://api.test/v1/me", "Bearer tok", "{}", "2", "application/json"},
		{"no body", flows.APICall{Path: "/me", Method: "POST"}, "", "POST", "https://api.test/v1/me", "Bearer tok", "", "0", "application/json"},
		{"HEAD", flows.APICall{Path: "/me", Method: "HEAD"}, "", "HEAD", "https://api.test/v1/me", "Bearer tok", "", "", "application/json"},
		{"headers of its own", flows.APICall{Path: "/me", Headers: flows.Headers{{Name: "accept", Value: "text/xml"}}}, "", "GET", "https://api.test/v1/me", "Bearer tok", "", "", "text/xml"},
	}
	for _, tt := range tests {
		in := CallInput{Call: tt.call, AccessToken: "tok", TokenInput: TokenInput{Secret: secret("client_secret", "s3cret")}}
		in.Settings.ClientID, in.Environment.Endpoints.API, in.Provider.Dialect.AuthScheme = "client", "https://api.test/v1/", tt.scheme
		r := APIRequest(in)
		if r.Method != tt.method || r.URL != tt.url || r.Headers.Get("Authorization") != tt.auth || string(r.Body) != tt.body || r.Headers.Get("Content-Length") != tt.length || r.Headers.Get("Accept") != tt.accept {
			t.Errorf("%s: %+v %s", tt.name, r, r.Body)
		}
		if want := map[bool]string{true: "application/json"}[tt.body != ""]; r.Headers.Get("Content-Type") != want {
			t.Errorf("%s: Content-Type %q", tt.name, r.Headers.Get("Content-Type"))
		}
	}
}

// TestBasicID: the client id of Basic credentials, and of nothing else.
func TestBasicID(t *testing.T) {
	encode := base64.StdEncoding.EncodeToString
	for value, want := range map[string]string{
		"Basic " + encode([]byte("me:pw:x")): "me", " basic  " + encode([]byte("a%20b:pw")): "a%20b", "Bearer " + encode([]byte("me:pw")): "",
		"Basic " + encode([]byte("me")): "", "Basic *": "", "Basic": "", "": "",
	} {
		if got := BasicID(flows.Request{Headers: flows.Headers{{Name: "Authorization", Value: value}}}); got != want {
			t.Errorf("%q: %q", value, got)
		}
	}
}

// TestOutcomeOfSteps: each kind of step with an answer that did what it is for, and with the
// nearest that did not.
func TestOutcomeOfSteps(t *testing.T) {
	meta := `{"issuer":"https://as.test","token_endpoint":"https://as.test/t"}`
	at := func(status int, body string) flows.Exchange {
		return flows.Exchange{Request: flows.Request{URL: "https://as.test/.well-known/openid-configuration"}, Response: response(status, body)}
	}
	back := func(query string) flows.Exchange {
		return flows.Exchange{Request: flows.Request{Method: "GET", URL: "http://127.0.0.1/cb?" + query}}
	}
	elsewhere := at(200, meta)
	elsewhere.Request.URL = "https://as.test/other/.well-known/openid-configuration"
	tests := []struct {
		name string
		step flows.Step
		want bool
	}{
		{"an accepted callback", flows.Step{Kind: flows.StepCallback, Callback: &flows.CallbackArrived{Verdict: flows.CallbackAccepted}}, true},
		{"a refused one", flows.Step{Kind: flows.StepCallback, Callback: &flows.CallbackArrived{Verdict: flows.CallbackRefused}}, false},
		{"a recorded callback", flows.Step{Kind: flows.StepCallback, Exchange: back("code=a&state=b")}, true},
		{"one without a code", flows.Step{Kind: flows.StepCallback, Exchange: back("state=b")}, false},
		{"one with an error", flows.Step{Kind: flows.StepCallback, Exchange: back("code=a&error=b")}, false},
		{"a URL built here", flows.Step{Kind: flows.StepAuthorizeURL}, true},
		{"a broken connection", flows.Step{Kind: flows.StepCall, Exchange: flows.Exchange{Response: response(200, "{}"), Error: &flows.TransportError{}}}, false},
		{"a token", flows.Step{Kind: flows.StepExchange, Exchange: at(200, `{"access_token":"x"}`)}, true},
		{"no token", flows.Step{Kind: flows.StepRefresh, Exchange: at(200, `{}`)}, false},
		{"metadata", flows.Step{Kind: flows.StepDiscovery, Exchange: at(200, meta)}, true},
		{"metadata of another place", flows.Step{Kind: flows.StepDiscovery, Exchange: elsewhere}, false},
		{"no metadata", flows.Step{Kind: flows.StepDiscovery, Exchange: at(200, `{}`)}, false},
		{"a call", flows.Step{Kind: flows.StepCall, Exchange: at(299, "")}, true},
		{"a redirected call", flows.Step{Kind: flows.StepCall, Exchange: at(300, "")}, false},
		{"a page to consent", flows.Step{Kind: flows.StepAuthorize, Exchange: at(302, "")}, true},
		{"a refused request", flows.Step{Kind: flows.StepAuthorize, Exchange: at(400, "")}, false},
		{"other traffic", flows.Step{Kind: flows.StepOther, Exchange: at(399, "")}, true},
		{"other traffic without an answer", flows.Step{Kind: flows.StepOther, Exchange: at(0, "")}, false},
		{"no answer at all", flows.Step{Kind: flows.StepOther}, false},
		{"a revocation", flows.Step{Kind: flows.StepRevoke, Exchange: at(200, "")}, true},
		{"a refused revocation", flows.Step{Kind: flows.StepRevoke, Exchange: at(200, `{"error":"x"}`)}, false},
		{"no answer to a revocation", flows.Step{Kind: flows.StepRevoke}, false},
	}
	for _, tt := range tests {
		if got := SucceededBy(flows.Dialect{})(tt.step); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	for body, want := range map[string]bool{
		`{"keys":[]}`: true, `{"kty":"RSA"}`: true, `[]`: true, "\xef\xbb\xbf {\"keys\":[]}": true, `{"key`: true, `{"k\u0065ys":[]}`: true, `{}`: false, `{"a":1}`: false, `"x"`: false, ``: false, `<html>`: false,
	} {
		if got := Succeeded(flows.Dialect{}, flows.Step{Kind: flows.StepJWKS, Exchange: at(200, body)}); got != want {
			t.Errorf("a key set %q: %v", body, got)
		}
	}
	if IsKeySet(response(201, `{"keys":[]}`)) || IsKeySet(nil) {
		t.Error("a key set without the status 200")
	}
	cut := &flows.Response{Status: 200, Body: []byte(`{"access_token":"x"}`), Problem: "shortened"}
	for _, kind := range []flows.StepKind{flows.StepExchange, flows.StepRefresh} {
		step := flows.Step{Kind: kind, Exchange: flows.Exchange{Response: cut}}
		if Succeeded(flows.Dialect{}, step) || !Recorded(step) || cut.Problem == "" || Recorded(flows.Step{Kind: kind}) {
			t.Errorf("%s: a shortened recording", kind)
		}
	}
}

// TestMetadataMembers: every member of RFC 8414 goes where it belongs.
func TestMetadataMembers(t *testing.T) {
	doc := `{"issuer":"https://as.test","authorization_endpoint":"https://as.test/1","token_endpoint":"https://as.test/2","revocation_endpoint":"https://as.test/3","introspection_endpoint":"https://as.test/4",
"userinfo_endpoint":"https://as.test/5","jwks_uri":"https://as.test/6","pushed_authorization_request_endpoint":"https://as.test/7","device_authorization_endpoint":"https://as.test/8",
"grant_types_supported":["g"],"token_endpoint_auth_methods_supported":["m"],"code_challenge_methods_supported":["c"],"scopes_supported":["s"],
"authorization_response_iss_parameter_supported":true,"require_pushed_authorization_requests":true}`
	m, failure := ReadMetadata("https://as.test", response(200, doc))
	want := flows.Endpoints{Issuer: "https://as.test", Authorization: "https://as.test/1", Token: "https://as.test/2", Revocation: "https://as.test/3", Introspection: "https://as.test/4",
		UserInfo: "https://as.test/5", JWKS: "https://as.test/6", PAR: "https://as.test/7", Device: "https://as.test/8"}
	lists := slices.Concat(m.Grants, m.AuthMethods, m.PKCEMethods, m.Scopes)
	if failure != nil || m.Endpoints != want || strings.Join(lists, "") != "gmcs" || !m.IssInReply || !m.RequirePAR || m.Problems != nil {
		t.Errorf("%+v, %+v", m, failure)
	}
	no := strings.ReplaceAll(doc, "true", "false")
	if m, _ := ReadMetadata("", response(200, no)); m.IssInReply || m.RequirePAR {
		t.Errorf("%+v", m)
	}
	for body, want := range map[string]bool{`{"issuer":"https://x"}`: true, `{"token_endpoint":"https://x"}`: true, `{"authorization_endpoint":"https://x"}`: true, `{"issuer":""}`: false, `{"issuer":7}`: false, `{"jwks_uri":"https://x"}`: false, `<html>`: false} {
		if _, failure := ReadMetadata("", response(200, body)); (failure == nil) != want {
			t.Errorf("%s: %+v", body, failure)
		}
	}
	if _, failure := ReadMetadata("", response(404, doc)); failure == nil || failure.Status != 404 {
		t.Errorf("%+v", failure)
	}
	for asked, way := range map[string]bool{`{"issuer":"https://other.test"}`: true, `{"issuer":"other"}`: false} {
		if _, failure := ReadMetadata("https://as.test", response(200, asked)); failure == nil || failure.Code != AnotherIssuer || strings.Contains(failure.Description, "--issuer") != way {
			t.Errorf("%s: %+v", asked, failure)
		}
	}
}

// TestCallbackPlaces: where the parameters of a callback are read from, and what is a core one.
func TestCallbackPlaces(t *testing.T) {
	tests := []struct {
		method, url, body string
		code              string
		fragment          bool
	}{
		{"GET", "http://h/cb?code=a", "", "a", false},
		{"GET", "http://h/cb#code=a", "", "a", true},
		{"GET", "http://h/cb#id_token=a", "", "", true},
		{"GET", "http://h/cb#error=a", "", "", true},
		{"GET", "http://h/cb?x=1#y=2&code=a", "", "a", true},
		{"GET", "http://h/cb?code=a#_=_", "", "a", false},
		{"GET", "http://h/cb?code=a#code=b", "", "a", false},
		{"GET", "http://h/cb#top", "", "", false},
		{"GET", "http://h/#/cb?code=a", "", "a", true},
		{"GET", "http://h/#/code=a", "", "a", true},
		{"GET", "http://h/?code=a#/cb?code=b", "", "a", false},
		{"GET", "http://h/#/cb?x=1", "", "", false},
		{"GET", "http://h/cb?code=a", "code=b", "a", false},
		{"POST", "http://h/cb?code=a", "code=b", "b", false},
		{"POST", "http://h/cb?code=a", "", "a", false},
	}
	for _, tt := range tests {
		cb := ReadCallback(flows.Request{Method: tt.method, URL: tt.url, Body: []byte(tt.body)}, nil)
		if cb.Code != tt.code || cb.Fragment != tt.fragment {
			t.Errorf("%s %s %s: %+v", tt.method, tt.url, tt.body, cb)
		}
	}
	cb := ReadCallback(flows.Request{URL: "http://h/cb?auth_code=1&code=2&auth_code=3&x=1&x=2&error=e&error_description=d&error_uri=u"}, []string{"auth_code", "code"})
	if cb.Code != "1" || !slices.Equal(cb.Repeated, []string{"auth_code", "x"}) || *cb.Error != (Failure{Code: "e", Description: "d", URI: "u"}) {
		t.Errorf("%+v", cb)
	}
	expect := flows.CallbackExpectation{State: secret("state", "s-1"), Issuer: "https://as.test"}
	for query, want := range map[string]flows.CallbackVerdict{
		"code=a&state=s-1": flows.CallbackAccepted, "code=a&state=s-1&x=1&x=2": flows.CallbackAccepted, "code=a&state=s-1&iss=https://as.test": flows.CallbackAccepted,
		"code=a&state=s-1&state=s-1": flows.CallbackRefused, "code=a&code=a&state=s-1": flows.CallbackRefused, "error=a&error=a&state=s-1": flows.CallbackRefused,
		"code=a&state=s-1&iss=https://as.test&iss=https://as.test": flows.CallbackRefused, "code=a&state=s-1&iss=https://x.test": flows.CallbackRefused,
		"error=denied&state=s-1": flows.CallbackError, "error=denied": flows.CallbackRefused, "state=s-1": flows.CallbackEmpty,
	} {
		if got, why := JudgeCallback(expect, flows.Request{Method: "GET", URL: "http://h/cb?" + query}); got != want || why == "" {
			t.Errorf("%s: %s, %s", query, got, why)
		}
	}
}

// TestPastedNeighbours: texts that are mended, each beside one that is left as it is or refused.
func TestPastedNeighbours(t *testing.T) {
	const at = "http://127.0.0.1:1/cb"
	tests := []struct {
		text, want string // empty: it is no callback
		mended     int
	}{
		{"http://127.0.0.1:1/cb?code=a&state=b", at + "?code=a&state=b", 0},
		{"https://h.test/cb?code=a", "https://h.test/cb?code=a", 0},
		{"it went to http://127.0.0.1:1/cb?code=a", at + "?code=a", 1},
		{"it went to https://h.test/cb?code=a", "https://h.test/cb?code=a", 1},
		{"code=a&redirect_uri=http://127.0.0.1:1/cb", at + "?code=a&redirect_uri=http://127.0.0.1:1/cb", 1},
		{"x=1&to=http://h.test/&code=a", at + "?x=1&to=http://h.test/&code=a", 1},
		{"?code=a", at + "?code=a", 1},
		{"#code=a", at + "?code=a", 1},
		{"/cb?code=a", at + "?code=a", 1},
		{"/x=1?code=a", "", 0},
		{"GET /cb?code=a HTTP/1.1", at + "?code=a", 2},
		{"POST /cb?code=a HTTP/1.1", at + "?code=a", 2},
		{"PUT /cb?code=a HTTP/1.1", "", 0},
		{"http://127.0.0.1:1/cb?code=a.", at + "?code=a", 1},
		{"http://127.0.0.1:1/cb?code=a is it", at + "?code=a", 1},
		{"http://127.0.0.1:1/cb?code=a &state=b", at + "?code=a&state=b", 1},
		{"http://127.0.0.1:1/cb?co de=a", at + "?code=a", 1},
		{"http://127.0.0.1:1/cb?code=a&amp;state=b", at + "?code=a&state=b", 1},
		{"http://127.0.0.1:1/cb#code=a", at + "#code=a", 0},
		{"http://127.0.0.1:1/cb", "", 0},
		{"http://%zz/cb?code=a", "", 0},
		{`{"code":"a","state":"b c"}`, at + "?code=a&state=b+c", 1},
		{`{"data":{"code":"a","iss":"i"},"code":0}`, at + "?code=a&iss=i", 1},
		{`{"code":"a","data":{"code":"b"}}`, at + "?code=a", 1},
		{`{"error":"e","error_description":"d"}`, at + "?error=e&error_description=d", 1},
		{`{"code":""}`, "", 0},
		{`{"state":"b"}`, "", 0},
		{`{"list":[{"code":"a"}]}`, "", 0},
		{strings.Repeat(" ", maxPaste-6) + "code=a", at + "?code=a", 1},
		{strings.Repeat(" ", maxPaste-5) + "code=a", "", 0},
		{"", "", 0},
	}
	for _, tt := range tests {
		r, mended, err := ParsePaste(tt.text, at)
		if r.URL != tt.want || (err != nil) != (tt.want == "") || len(mended) != tt.mended {
			t.Errorf("%.80q: %s, %q, %v", strings.TrimSpace(tt.text), r.URL, mended, err)
		}
	}
	if r, _, _ := ParsePaste("code=a", at+"?x=1#f"); r.URL != at+"?x=1&code=a" || r.Headers.Get("Host") != "127.0.0.1:1" {
		t.Errorf("%+v", r)
	}
}
