package protocol

import (
	"strings"
	"testing"
	"time"

	"oauthlens/flows"

	"oauthlens/flows/runner/faultserver"
)

var received = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

func response(status int, body string) *flows.Response {
	return &flows.Response{Status: status, Headers: flows.Headers{{Name: "Content-Type", Value: "application/json"}, {Name: "Cache-Control", Value: "no-store"}}, Body: []byte(body), BodyComplete: true}
}

func read(d flows.Dialect, r *flows.Response) TokenReading {
	return ReadToken(TokenContext{Dialect: d, ReceivedAt: received, RequestTimeout: 30 * time.Second, RequestedScope: []string{"a"}}, r)
}

func TestLifetimesInEverySpelling(t *testing.T) {
	for text, want := range map[string]struct {
		life      time.Duration
		deviation string
	}{
		`3600`: {time.Hour, ""}, `"3600"`: {time.Hour, "expires_in-string"}, `3600.0`: {time.Hour, "expires_in-float"}, `3.6e3`: {time.Hour, "expires_in-float"},
		`3600000000`: {3600000 * time.Second, "expires_in-milliseconds"}, `0`: {0, "expires_in-zero"}, `-5`: {-5 * time.Second, "expires_in-zero"},
		`null`: {0, "null"}, `"soon"`: {0, "expires_in-unreadable"}, `[]`: {0, "kind"}, `1e400`: {0, "expires_in-unreadable"}, `99999999999999999999999`: {0, "expires_in-unreadable"},
	} {
		got := read(flows.Dialect{}, response(200, `{"access_token":"x","token_type":"Bearer","expires_in":`+text+`}`))
		if got.Token == nil || got.Token.ExpiresIn != want.life {
			t.Errorf("%s: %+v", text, got.Token)
			continue
		}
		found := want.deviation == "" && len(got.Token.Deviations) == 0
		for _, d := range got.Token.Deviations {
			found = found || d.Code == want.deviation
		}
		if !found {
			t.Errorf("%s: deviations %v, want %q", text, got.Token.Deviations, want.deviation)
		}
	}
}

func TestFieldsAndSources(t *testing.T) {
	d := flows.Dialect{Fields: flows.FieldPaths{AccessToken: []string{"$.Token", "$.Result.Token"}, ExpiresIn: []string{"$.Result.ExpiresIn"}}}
	got := read(d, response(200, `{"Result":{"Token":"tok","ExpiresIn":60},"token_type":"bearer","scope":["a","b"]}`)).Token
	if got == nil || got.AccessToken.RevealSecret() != "tok" || got.Sources["access_token"] != "$.Result.Token" || strings.Join(got.Scope, " ") != "a b" || got.ExpiresIn != time.Minute {
		t.Fatalf("%+v", got)
	}
	if got := read(d, response(200, `{"access_token":"std","token_type":"Bearer","expires_in":60}`)).Token; got == nil || got.Sources["access_token"] != "$.access_token" {
		t.Error("the standard names are not read as an alternate")
	}
}

func TestRefreshTokenRules(t *testing.T) {
	previous := &flows.Token{RefreshToken: secret("refresh_token", "old")}
	ctx := TokenContext{Previous: previous, ReceivedAt: received, RefreshLife: 24 * time.Hour}
	kept := ReadToken(ctx, response(200, `{"access_token":"x","token_type":"Bearer"}`)).Token
	if !kept.RefreshTokenKept || kept.RefreshToken.RevealSecret() != "old" || !kept.RefreshExpiresAt.Equal(received.Add(24*time.Hour)) {
		t.Errorf("%+v", kept)
	}
	fresh := ReadToken(ctx, response(200, `{"access_token":"x","token_type":"Bearer","refresh_token":"new","refresh_token_expires_in":60}`)).Token
	if fresh.RefreshTokenKept || fresh.RefreshToken.RevealSecret() != "new" || !fresh.RefreshExpiresAt.Equal(received.Add(time.Minute)) {
		t.Errorf("%+v", fresh)
	}
}

// TestRefusals: the failure is tested before the status, in every known form.
func TestRefusals(t *testing.T) {
	envelope := flows.Dialect{Success: &flows.Predicate{Path: "$.code", Equals: "0", AbsentPasses: true}}
	for _, c := range []struct {
		name    string
		dialect flows.Dialect
		status  int
		body    string
		code    string
	}{
		{"standard", flows.Dialect{}, 400, `{"error":"invalid_grant","error_description":"used"}`, "invalid_grant"},
		{"under 200", flows.Dialect{}, 200, `{"error":"bad_verification_code"}`, "bad_verification_code"},
		{"object", flows.Dialect{}, 400, `{"error":{"message":"x","type":"OAuthException","code":100}}`, "100"},
		{"envelope", envelope, 200, `{"code":40003,"message":"no","data":{}}`, "40003"},
		{"errcode", flows.Dialect{}, 200, `{"errcode":40029,"errmsg":"invalid code"}`, "40029"},
		{"error_type", flows.Dialect{}, 400, `{"status_code":400,"error_type":"oauth_invalid","error_message":"m"}`, "oauth_invalid"},
		{"form", flows.Dialect{}, 200, `error=bad_verification_code&error_description=x`, "bad_verification_code"},
		{"gateway", flows.Dialect{}, 502, `<html>bad gateway</html>`, "http_502"},
		{"html under 200", flows.Dialect{}, 200, `<html>login</html>`, "no_access_token"},
		{"empty", flows.Dialect{}, 200, ``, "no_access_token"},
		{"null token", flows.Dialect{}, 200, `{"access_token":null}`, "no_access_token"},
		{"array", flows.Dialect{}, 200, `[1,2]`, "no_access_token"},
		{"binary", flows.Dialect{}, 200, "\x1f\x8b\x08\x00", "no_access_token"},
	} {
		got := read(c.dialect, response(c.status, c.body))
		if got.Failure == nil || got.Failure.Code != c.code || got.Token != nil {
			t.Errorf("%s: %+v", c.name, got.Failure)
		}
	}
	if got := read(flows.Dialect{}, nil); got.Failure == nil {
		t.Error("no answer is no failure")
	}
	if f := ReadAnswer(response(200, `{}`)).Failure(envelope); f != nil {
		t.Errorf("an empty object fails: %+v", f)
	}
}

func TestBodiesInOtherForms(t *testing.T) {
	for body, form := range map[string]BodyForm{
		`access_token=x&token_type=bearer&scope=a%2Cb`:                   FormForm,
		`callback({"access_token":"x","token_type":"bearer"});`:          FormJSONP,
		"\xef\xbb\xbf{\"access_token\":\"x\",\"token_type\":\"bearer\"}": FormJSON,
		`{"access_token":"x","token_type":"bearer"} trailing`:            FormJSON,
		`{"access_token":"y","access_token":"x","token_type":"b"}`:       FormJSON,
	} {
		got := read(flows.Dialect{}, response(200, body))
		if got.Token == nil || got.Answer.Form != form || len(got.Token.Deviations) == 0 {
			t.Errorf("%.30q: %s %+v", body, got.Answer.Form, got.Failure)
		}
	}
}

func TestServerTime(t *testing.T) {
	r := response(200, `{"time":1795251600}`)
	if got := ServerTime(flows.Dialect{ServerTime: "$.time"}, r); got.Unix() != 1795251600 {
		t.Error(got)
	}
	r.Headers = append(r.Headers, flows.Header{Name: "Date", Value: "Sat, 21 Nov 2026 09:00:00 GMT"})
	if got := ServerTime(flows.Dialect{}, r); !got.Equal(received) {
		t.Error(got)
	}
}

func TestMetadata(t *testing.T) {
	m, failure := ReadMetadata("https://as.example", response(200, `{"issuer":"https://as.example/","token_endpoint":"https://as.example/t","jwks_uri":"file:///etc/passwd","authorization_endpoint":"/relative","authorization_response_iss_parameter_supported":true,"code_challenge_methods_supported":["S256"]}`))
	if failure != nil || m.Endpoints.JWKS != "" || m.Endpoints.Authorization != "" || m.Endpoints.Token == "" || !m.IssInReply || len(m.PKCEMethods) != 1 {
		t.Fatalf("%+v %+v", m, failure)
	}
	codes := ""
	for _, p := range m.Problems {
		codes += p.Code + " "
	}
	if !strings.Contains(codes, "issuer-trailing-slash") || strings.Count(codes, "endpoint-unusable") != 2 {
		t.Error(codes)
	}
	for _, r := range []*flows.Response{nil, response(404, "{}"), response(200, "<html>"), response(200, `{"hello":1}`), response(302, "")} {
		if _, failure := ReadMetadata("https://as.example", r); failure == nil {
			t.Errorf("%+v was taken for metadata", r)
		}
	}
}

func FuzzReadToken(f *testing.F) {
	for _, s := range []string{`{"access_token":"x","expires_in":"1"}`, `access_token=x`, `cb({})`, `{"data":{"access_token":1e9}}`, "\xef\xbb\xbf[", `{"error":{}}`} {
		f.Add([]byte(s), 200)
	}
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(a.Body(), 200)
	}
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		got := ReadToken(TokenContext{Dialect: Tolerant(), ReceivedAt: received}, &flows.Response{Status: status, Body: body})
		damaged := got.Failure != nil && got.Failure.Code == DamagedAnswer
		if got.Token == nil && got.Failure == nil || (got.Token != nil && got.Failure != nil) != damaged {
			t.Errorf("neither, or both of an answer that is whole: %+v", got)
		}
	})
}

// TestMetadataOfAnotherIssuer: the document must not be used, and the sentence names the way
// on; a final slash is no other server.
func TestMetadataOfAnotherIssuer(t *testing.T) {
	for _, row := range []struct {
		asked, named string
		refused      bool
		says         string
	}{
		{"https://as.example", "https://as.example", false, ""},
		{"https://as.example", "https://as.example/", false, ""},
		{"https://as.example/a/", "https://as.example/a", false, ""},
		{"https://as.example", "https://evil.example", true, "ask for that issuer with --issuer"},
		{"https://as.example/a", "https://as.example", true, "names https://as.example as its issuer"},
		{"https://as.example", "http://as.example", true, "give the endpoints by hand"},
		{"https://as.example", "", true, "names nobody as its issuer"},
		{"", "https://as.example", false, ""},
	} {
		r := response(200, `{"issuer":"`+row.named+`","token_endpoint":"https://as.example/t"}`)
		_, failure := ReadMetadata(row.asked, r)
		if (failure != nil) != row.refused || failure != nil && (failure.Code != AnotherIssuer || !strings.Contains(failure.Description, row.says)) {
			t.Errorf("%q asked, %q named: %+v", row.asked, row.named, failure)
		}
		for _, u := range DiscoveryURLs(row.asked) {
			step := flows.Step{Kind: flows.StepDiscovery, Exchange: flows.Exchange{Request: flows.Request{URL: u}, Response: r}}
			if Succeeded(flows.Dialect{}, step) == row.refused {
				t.Errorf("%s with the issuer %q: the outcome of the step", u, row.named)
			}
		}
	}
	other := flows.Step{Kind: flows.StepDiscovery, Exchange: flows.Exchange{Request: flows.Request{URL: "https://as.example/metadata.json"}, Response: response(200, `{"issuer":"https://elsewhere.example"}`)}}
	if !Succeeded(flows.Dialect{}, other) {
		t.Error("a URL that names no issuer is held against one")
	}
}

// TestAuthorizationURLOfAnAnswer: only an http or https URL is one.
func TestAuthorizationURLOfAnAnswer(t *testing.T) {
	for body, want := range map[string]string{
		`{"url":"https://as.example/a?x=1"}`:            "https://as.example/a?x=1",
		`{"url":null}`:                                  "",
		`{"url":7}`:                                     "",
		`{"url":"javascript:alert(1)"}`:                 "",
		`{"url":"/relative"}`:                           "",
		`{"url":"https://as.example/\u001b]0;x\u0007"}`: "",
		`{"url":"https://as.example/\r\nX: 1"}`:         "",
	} {
		if got, failure := ReadAuthorizeURLCall(flows.Dialect{}, response(200, body)); got != want || (failure == nil) != (want != "") {
			t.Errorf("%s: %q, %+v", body, got, failure)
		}
	}
}

// TestPublishedEndpoints: an endpoint of a document is used, or a Problem says why not.
func TestPublishedEndpoints(t *testing.T) {
	for _, tt := range []struct{ issuer, body, token, problem string }{
		{"https://id.test", `"token_endpoint":"https://id.test/token"`, "https://id.test/token", ""},
		{"https://id.test", `"token_endpoint":"https://id.test/token","token_endpoint":"https://id.test/token"`, "https://id.test/token", ""},
		{"https://id.test", `"token_endpoint":"https://id.test/token","token_endpoint":"https://evil.test/token"`, "", "more than once"},
		{"https://id.test", `"token_endpoint":"https://id.test/token#a"`, "", "fragment"},
		{"https://id.test", `"token_endpoint":"https://me:word@id.test/token"`, "", "password"},
		{"https://id.test", `"token_endpoint":"https://\u0456d.test/token"`, "", "xn--d-evb.test"},
		{"https://id.test", `"token_endpoint":"http://id.test/token"`, "", "plain http"},
		{"http://127.0.0.1:8080", `"token_endpoint":"http://10.0.0.1/token"`, "", "plain http"},
		{"http://127.0.0.1:8080", `"token_endpoint":"http://localhost:9090/token"`, "http://localhost:9090/token", ""},
		{"http://id.test", `"token_endpoint":"http://id.test/token"`, "http://id.test/token", ""},
	} {
		m, failure := ReadMetadata(tt.issuer, response(200, `{"issuer":"`+tt.issuer+`",`+tt.body+`}`))
		said := ""
		for _, p := range m.Problems {
			said += p.Text
		}
		if failure != nil || m.Endpoints.Token != tt.token || !strings.Contains(said, tt.problem) || tt.problem == "" && strings.Contains(said, "not used") {
			t.Errorf("%s, %s: %q, %q, %v", tt.issuer, tt.body, m.Endpoints.Token, said, failure)
		}
	}
	if _, failure := ReadMetadata("https://id.test", response(200, `{"issuer":"https://id.test","issuer":"https://evil.test","token_endpoint":"https://id.test/token"}`)); failure == nil || failure.Code != AnotherIssuer {
		t.Errorf("two issuers: %v", failure)
	}
	if urls := DiscoveryURLs("https://id.test?tenant=a"); urls != nil {
		t.Errorf("an issuer with a query is asked at %q", urls)
	}
}
