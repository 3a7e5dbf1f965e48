package protocol

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

func codes(deviations []flows.Deviation) string {
	var out []string
	for _, d := range deviations {
		out = append(out, d.Code)
	}
	return strings.Join(out, " ")
}

// TestWhatABodyIs: each form of a body beside the nearest text that is another one.
func TestWhatABodyIs(t *testing.T) {
	name := strings.Repeat("n", 64)
	tests := []struct {
		label, body string
		form        BodyForm
		deviations  string
	}{
		{"application/json", `{"a":1}`, FormJSON, ""},
		{"Application/JSON; charset=utf-8", "\xef\xbb\xbf{\"a\":1}", FormJSON, "json-bom"},
		{"application/problem+json", `{"a":1}`, FormJSON, ""},
		{"text/json", `[1]`, FormJSON, "content-type"},
		{"", `{"a":1}`, FormJSON, "content-type"},
		{"application/json", ` `, FormEmpty, ""},
		{"application/json", `<html>`, FormHTML, "content-type"},
		{"text/html", `<html>`, FormHTML, ""},
		{"application/json", `{"a":1,"a":2}`, FormJSON, "json-duplicate"},
		{"text/javascript", `cb({"a":1});`, FormJSONP, "body-jsonp"},
		{"text/javascript", "$a_B.z9({\"a\":1})\n;", FormJSONP, "body-jsonp"},
		{"text/javascript", "AZaz09({\"a\":1})", FormJSONP, "body-jsonp"},
		{"text/javascript", `a-b({"a":1})`, FormText, ""},
		{"text/javascript", `a:b({"a":1})`, FormText, ""},
		{"text/javascript", `a@b({"a":1})`, FormText, ""},
		{"text/javascript", `a[b({"a":1})`, FormText, ""},
		{"text/javascript", `({"a":1})`, FormText, ""},
		{"text/javascript", `cb({"a":1}`, FormText, ""},
		{"text/javascript", name + `({"a":1})`, FormJSONP, "body-jsonp"},
		{"text/javascript", "n" + name + `({"a":1})`, FormText, ""},
		{"application/x-www-form-urlencoded", "a=1&b=2", FormForm, "body-form"},
		{"application/json", "a=1&b=2", FormForm, "content-type"},
		{"application/x-www-form-urlencoded", "a=%zz", FormForm, "form-encoding body-form"},
		{"text/plain", "=1", FormText, ""},
		{"text/plain", "it is a=1", FormText, ""},
		{"text/plain", "no form", FormText, ""},
	}
	for _, tt := range tests {
		a := ReadAnswer(answered(200, tt.label, tt.body))
		if a.Form != tt.form || codes(a.Deviations) != tt.deviations {
			t.Errorf("%s %.40q: %s, %q", tt.label, tt.body, a.Form, codes(a.Deviations))
		}
		if tt.form == FormJSONP && a.Doc.Lookup("$.a") == nil {
			t.Errorf("%q: %+v", tt.body, a.Doc)
		}
	}
	for _, r := range []*flows.Response{nil, {Body: []byte(`{"a":1}`)}} { // a pasted body has no label
		if a := ReadAnswer(r); a.Deviations != nil {
			t.Errorf("%+v", a)
		}
	}
}

// TestWhatIsARefusal: the members that mean an error, and the values with which they mean none.
func TestWhatIsARefusal(t *testing.T) {
	wanted := flows.Dialect{Success: &flows.Predicate{Path: "$.ok", Equals: "true"}, Failure: &flows.Predicate{Path: "$.failed", Equals: "yes"}}
	tests := []struct {
		dialect flows.Dialect
		status  int
		body    string
		want    string // code, where it stood, description, URI, request id; empty: no refusal
	}{
		{flows.Dialect{}, 200, `{"access_token":"x"}`, ""},
		{flows.Dialect{}, 199, `{"access_token":"x"}`, "http_199||||"},
		{flows.Dialect{}, 299, `{"access_token":"x"}`, ""},
		{flows.Dialect{}, 300, `{"access_token":"x"}`, "http_300||||"},
		{flows.Dialect{}, 200, `{"error":"invalid_grant","error_description":"gone","error_uri":"https://h/e"}`, "invalid_grant|$.error|gone|https://h/e|"},
		{flows.Dialect{}, 200, `{"error":null}`, ""},
		{flows.Dialect{}, 200, `{"error":false}`, ""},
		{flows.Dialect{}, 200, `{"error":true}`, "true|$.error|||"},
		{flows.Dialect{}, 200, `{"errcode":0}`, ""},
		{flows.Dialect{}, 200, `{"errcode":40029,"errmsg":"invalid code"}`, "40029|$.errcode|invalid code||"},
		{flows.Dialect{}, 200, `{"error_type":"OAuthException","error_message":"no","error_url":"https://h/u","trace_id":"t-1"}`, "OAuthException|$.error_type|no|https://h/u|t-1"},
		{flows.Dialect{}, 200, `{"errors":[{"errorType":"invalid_token","message":"old"}]}`, "invalid_token|$.errors[0].errorType|old||"},
		{flows.Dialect{}, 200, `{"error":{"code":190,"message":"bad"},"request_id":"r-1"}`, "190|$.error.code|bad||r-1"},
		{flows.Dialect{}, 200, `{"error":{"type":"t"}}`, "t|$.error.type|||"},
		{flows.Dialect{}, 400, `{"error":null,"error_code":"E1","message":"m"}`, "E1|$.error_code|m||"},
		{flows.Dialect{}, 400, `{"errorCode":"E2","errorSummary":"s"}`, "E2|$.errorCode|s||"},
		{flows.Dialect{}, 400, `{"code":"E3","msg":"n","correlation_id":"c-1"}`, "E3|$.code|n||c-1"},
		{flows.Dialect{}, 400, "error=invalid_grant&error_description=gone", "invalid_grant|$.error|gone||"},
		{flows.Dialect{}, 502, `<html>`, "http_502||||"},
		{flows.Dialect{}, 0, `{"access_token":"x"}`, ""},
		{wanted, 200, `{"ok":true}`, ""},
		{wanted, 200, `{"ok":false,"code":"E4"}`, "E4|$.code|||"},
		{wanted, 200, `{"other":1}`, ""},
		{wanted, 200, `{"ok":true,"failed":"yes","code":"E5"}`, "E5|$.code|||"},
		{wanted, 200, `{"ok":true,"failed":"no"}`, ""},
	}
	for _, tt := range tests {
		got := ""
		if f := ReadAnswer(answered(tt.status, "application/json", tt.body)).Failure(tt.dialect); f != nil {
			got = strings.Join([]string{f.Code, f.Path, f.Description, f.URI, f.RequestID}, "|")
		}
		if got != tt.want {
			t.Errorf("%d %s: %q, want %q", tt.status, tt.body, got, tt.want)
		}
	}
	if f := ReadAnswer(nil).Refusal(flows.Dialect{}); f == nil || f.Code != "" || f.Status != 0 {
		t.Errorf("no answer: %+v", f)
	}
}

// TestWhyThereIsNoToken: what came in place of a token is named.
func TestWhyThereIsNoToken(t *testing.T) {
	for body, want := range map[string]string{
		"": "the answer is empty", "<html>": "a web page came instead of a token answer", "hello": "the answer is neither JSON nor form-encoded",
		"{}": "the answer has no access token", `{"access_token":null}`: "the answer has no access token", `{"access_token":7}`: "the answer has no access token",
	} {
		if got := read(flows.Dialect{}, response(200, body)); got.Token != nil || got.Failure == nil || got.Failure.Code != "no_access_token" || got.Failure.Description != want {
			t.Errorf("%q: %+v", body, got.Failure)
		}
	}
	if got := read(flows.Dialect{}, nil); got.Failure == nil || got.Failure.Code != "no_answer" {
		t.Errorf("%+v", got.Failure)
	}
}

// TestDeviationsOfAToken: each departure from RFC 6749 section 5.1, and none where there is none.
func TestDeviationsOfAToken(t *testing.T) {
	tests := []struct{ members, want string }{
		{`"token_type":"Bearer","expires_in":60`, ""},
		{`"token_type":"bearer","expires_in":60`, ""},
		{`"token_type":"dpop","expires_in":60`, ""},
		{`"token_type":"mac","expires_in":60`, "token_type-unusual"},
		{`"expires_in":60`, "token_type-absent"},
		{`"token_type":null,"expires_in":60`, "null token_type-absent"},
		{`"token_type":7,"expires_in":60`, "kind token_type-absent"},
		{`"token_type":"Bearer"`, "expires_in-absent"},
		{`"token_type":"Bearer","expires_in":null`, "null"},
		{`"token_type":"Bearer","expires_in":60,"scope":"a b"`, ""},
		{`"token_type":"Bearer","expires_in":60,"scope":"a,b"`, "scope-comma"},
		{`"token_type":"Bearer","expires_in":60,"scope":["a"]`, "scope-array"},
		{`"token_type":"Bearer","expires_in":60,"scope":7`, "kind"},
		{`"token_type":"Bearer","expires_in":60,"scope":null`, ""},
		{`"token_type":"Bearer","expires_in":60,"refresh_token":"r","refresh_token_expires_in":"60"`, "refresh_expires_in-string"},
		{`"token_type":"Bearer","expires_in":60,"refresh_token":"r","refresh_expires_in":60`, ""}, // no specification names it
		{`"token_type":"Bearer","expires_in":60,"refresh_token":7`, "kind"},
	}
	for _, tt := range tests {
		got := read(flows.Dialect{}, response(200, `{"access_token":"x",`+tt.members+`}`)).Token
		if got == nil || codes(got.Deviations) != tt.want {
			t.Errorf("%s: %+v, want %s", tt.members, got, tt.want)
		}
	}
	r := response(200, `{"access_token":"x","token_type":"Bearer","expires_in":60}`)
	for value, want := range map[string]string{"no-cache": "cache-control", "private, NO-STORE": "", "": "cache-control"} {
		r.Headers = r.Headers.With("Cache-Control", value)
		if got := read(flows.Dialect{}, r).Token; codes(got.Deviations) != want {
			t.Errorf("Cache-Control %q: %+v", value, got.Deviations)
		}
	}
	if got := read(flows.Dialect{}, &flows.Response{Body: r.Body}).Token; got == nil || codes(got.Deviations) != "" {
		t.Errorf("a pasted body has no headers: %+v", got)
	}
}

// TestScopeAndIDToken: what is read beside the access token.
func TestScopeAndIDToken(t *testing.T) {
	tests := []struct {
		members string
		has     bool
		scope   []string
		id      string
	}{
		{`"scope":"a b"`, true, []string{"a", "b"}, ""},
		{`"scope":"a,b+c\td\ne"`, true, []string{"a", "b", "c", "d", "e"}, ""},
		{`"scope":["a","b"]`, true, []string{"a", "b"}, ""},
		{`"scope":""`, true, nil, ""},
		{`"scope":null`, false, nil, ""},
		{`"id_token":"i.d.t"`, false, nil, "i.d.t"},
		{`"id_token":null`, false, nil, ""},
	}
	for _, tt := range tests {
		got := read(flows.Dialect{}, response(200, `{"access_token":"x",`+tt.members+`}`)).Token
		if got == nil || got.HasScope != tt.has || !slices.Equal(got.Scope, tt.scope) || got.IDToken.RevealSecret() != tt.id {
			t.Errorf("%s: %+v", tt.members, got)
		}
	}
}

// TestWhenATokenEnds: the number in the answer, the token's own exp, the earlier of both;
// and when to refresh.
func TestWhenATokenEnds(t *testing.T) {
	jwt := func(after time.Duration) string {
		return unsignedJWT(fmt.Sprintf(`{"exp":%d}`, received.Add(after).Unix()))
	}
	mask := flows.FingerprintKey{}.Mask("access_token", "whatever")
	tests := []struct {
		name, token, members string
		withheld             *flows.Withheld
		ends, refresh        time.Duration // after it was received; 0: never
		source               string
	}{
		{"a number", "opaque", `,"expires_in":3600`, nil, time.Hour, 59 * time.Minute, "$.expires_in"},
		{"no number", "opaque", ``, nil, 0, 0, ""},
		{"a past one", "opaque", `,"expires_in":-60`, nil, -time.Minute, 0, "$.expires_in"},
		{"the token's own", jwt(time.Hour), ``, nil, time.Hour, 59 * time.Minute, "exp of the access token"},
		{"its own, earlier", jwt(30 * time.Minute), `,"expires_in":3600`, nil, 30 * time.Minute, 29 * time.Minute, "$.expires_in"},
		{"its own, later", jwt(2 * time.Hour), `,"expires_in":3600`, nil, time.Hour, 59 * time.Minute, "$.expires_in"},
		{"a token without exp", unsignedJWT(`{"sub":"a"}`), `,"expires_in":3600`, nil, time.Hour, 59 * time.Minute, "$.expires_in"},
		{"a masked one", mask, ``, &flows.Withheld{Format: flows.FormatJWT, Exp: received.Add(time.Hour)}, time.Hour, 59 * time.Minute, "exp of the access token"},
		{"a masked one without exp", mask, ``, &flows.Withheld{Format: flows.FormatJWT}, 0, 0, ""},
		{"not the masked one", "opaque", ``, &flows.Withheld{Format: flows.FormatJWT, Exp: received.Add(time.Hour)}, 0, 0, ""},
	}
	for _, tt := range tests {
		ctx := TokenContext{ReceivedAt: received, RequestTimeout: 30 * time.Second, Withheld: tt.withheld}
		got := ReadToken(ctx, response(200, `{"access_token":"`+tt.token+`","token_type":"Bearer"`+tt.members+`}`)).Token
		at := func(after time.Duration) time.Time {
			if after == 0 {
				return time.Time{}
			}
			return received.Add(after)
		}
		if got == nil || !got.ExpiresAt.Equal(at(tt.ends)) || !got.RefreshAt.Equal(at(tt.refresh)) || got.HasExpiry != (tt.ends != 0) || got.Sources["expires_in"] != tt.source {
			t.Errorf("%s: %+v", tt.name, got)
		}
		if want := flows.IsMask(tt.token); got != nil && want != (got.Format == flows.FormatJWT && strings.Contains(tt.name, "masked")) {
			t.Errorf("%s: format %q", tt.name, got.Format)
		}
	}
}

// TestAnExpByAnotherClock: the exp of a token is by the clock of the server, which the Date of
// the same answer tells; what expires_in says never depends on it.
func TestAnExpByAnotherClock(t *testing.T) {
	const life = 40 * time.Second
	tests := []struct {
		name    string
		ahead   time.Duration // of the server's clock
		members string
		noDate  bool
		took    time.Duration // from sending to receipt
		ends    time.Duration // after receipt
		refresh time.Duration // after receipt; 0: never
		by      time.Duration // ServerAhead
	}{
		{"they agree", 0, "", false, time.Second, life, life - 4*time.Second, 0},
		{"behind, exp alone", -5 * time.Minute, "", false, 0, life - time.Second, life - time.Second - life/10 + 100*time.Millisecond, -5*time.Minute + time.Second},
		{"behind, with expires_in", -5 * time.Minute, `,"expires_in":40`, false, 0, life - time.Second, life - time.Second - life/10 + 100*time.Millisecond, -5*time.Minute + time.Second},
		{"ahead, exp alone", 5 * time.Minute, "", false, 0, life, life - 4*time.Second, 5 * time.Minute},
		{"ahead, with expires_in", 5 * time.Minute, `,"expires_in":30`, false, 0, 30 * time.Second, 27 * time.Second, 5 * time.Minute},
		{"behind, and nobody knows", -5 * time.Minute, `,"expires_in":40`, true, 0, life - 5*time.Minute, 0, 0},
		{"a slow answer proves nothing", -20 * time.Second, "", false, 30 * time.Second, life - 20*time.Second, life - 20*time.Second - 2*time.Second, 0},
	}
	for _, tt := range tests {
		server := received.Add(tt.ahead)
		r := response(200, `{"access_token":"`+unsignedJWT(fmt.Sprintf(`{"exp":%d}`, server.Add(life).Unix()))+`","token_type":"Bearer"`+tt.members+`}`)
		if !tt.noDate {
			r.Headers = append(r.Headers, flows.Header{Name: "Date", Value: server.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")})
		}
		got := ReadToken(TokenContext{SentAt: received.Add(-tt.took), ReceivedAt: received, RequestTimeout: 30 * time.Second}, r).Token
		if got == nil || got.ExpiresAt.Sub(received) != tt.ends || got.ServerAhead != tt.by || !got.TokenExp.Equal(server.Add(life)) {
			t.Errorf("%s: %+v", tt.name, got)
			continue
		}
		if tt.refresh == 0 && !got.RefreshAt.IsZero() || tt.refresh != 0 && got.RefreshAt.Sub(received) != tt.refresh {
			t.Errorf("%s: refreshed at %s", tt.name, got.RefreshAt.Sub(received))
		}
	}
}

// TestARefreshWindowOpensAfterTheToken: also where the token's own end is much earlier than
// the lifetime of the answer, a fresh token is not in its window yet.
func TestARefreshWindowOpensAfterTheToken(t *testing.T) {
	body := `{"access_token":"` + unsignedJWT(fmt.Sprintf(`{"exp":%d}`, received.Add(20*time.Second).Unix())) + `","token_type":"Bearer","expires_in":3600}`
	got := ReadToken(TokenContext{ReceivedAt: received, RequestTimeout: 30 * time.Second}, response(200, body)).Token
	if got == nil || !got.RefreshAt.Equal(received.Add(18*time.Second)) {
		t.Errorf("%+v", got)
	}
}

// TestRefreshLife: an answer to a refresh prolongs what was there, where the provider says so.
func TestRefreshLife(t *testing.T) {
	before := &flows.Token{RefreshExpiresAt: received.Add(time.Hour)}
	tests := []struct {
		name     string
		l        flows.Lifetimes
		previous *flows.Token
		want     time.Duration
	}{
		{"the first", flows.Lifetimes{RefreshToken: 24 * time.Hour, RefreshExtend: time.Minute}, nil, 24 * time.Hour},
		{"a prolonged one", flows.Lifetimes{RefreshToken: 24 * time.Hour, RefreshExtend: time.Minute}, before, time.Hour + time.Minute},
		{"nobody prolongs", flows.Lifetimes{RefreshToken: 24 * time.Hour}, before, 24 * time.Hour},
		{"its end is not known", flows.Lifetimes{RefreshToken: 24 * time.Hour, RefreshExtend: time.Minute}, &flows.Token{}, 24 * time.Hour},
		{"nothing is known", flows.Lifetimes{}, before, 0},
	}
	for _, tt := range tests {
		if got := RefreshLife(tt.l, tt.previous, received); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestBrokenPairs: how a badly encoded form is told, up to the last one that is named.
func TestBrokenPairs(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, maxProblems: maxProblems, maxProblems + 1: maxProblems + 1, maxProblems + 5: maxProblems + 1} {
		params, problems := DecodeForm("a=1&&" + strings.Repeat("b=%zz&", n))
		if len(params) != n+1 || len(problems) != want {
			t.Errorf("%d: %d, %q", n, len(params), problems)
		}
		if n == maxProblems+5 && problems[maxProblems] != "5 more parameters are not percent-encoded correctly" {
			t.Errorf("%q", problems[maxProblems])
		}
	}
	params, problems := DecodeForm("%zz=a%20b&c=%zz&d")
	if want := []flows.Param{{Name: "%zz", Value: "a b"}, {Name: "c", Value: "%zz"}, {Name: "d"}}; !slices.Equal(params, want) || len(problems) != 2 {
		t.Errorf("%+v, %q", params, problems)
	}
	if v, n := Get([]flows.Param{{Name: "a", Value: "1"}, {Name: "b"}, {Name: "a", Value: "2"}}, "a"); v != "1" || n != 2 {
		t.Errorf("%q, %d", v, n)
	}
}

// TestTolerantNames: every spelling that recordings are read with is one of the same member.
func TestTolerantNames(t *testing.T) {
	for field, paths := range map[string][]string{
		"access_token":       {"access_token", "accessToken", "Token", "token", "data.access_token", "data.accessToken", "Result.Token", "result.access_token", "body.access_token", "authed_user.access_token", "alipay_system_oauth_token_response.access_token"},
		"token_type":         {"token_type", "tokenType", "TokenType", "data.token_type", "Result.TokenType", "body.token_type"},
		"expires_in":         {"expires_in", "expiresIn", "expireIn", "ExpiresIn", "data.expires_in", "Result.ExpiresIn", "body.expires_in"},
		"refresh_token":      {"refresh_token", "refreshToken", "RefreshToken", "data.refresh_token", "Result.RefreshToken", "body.refresh_token"},
		"refresh_expires_in": {"refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in", "refreshTokenExpiresIn"},
		"id_token":           {"id_token", "idToken", "data.id_token"},
		"scope":              {"scope", "Scope", "scopes", "data.scope", "body.scope"},
	} {
		for _, path := range paths {
			doc := `"77"`
			steps := strings.Split(path, ".")
			for i := len(steps) - 1; i >= 0; i-- {
				doc = `{"` + steps[i] + `":` + doc + `}`
			}
			for _, other := range []string{"refresh_token", "access_token"} {
				if field != other {
					doc = doc[:len(doc)-1] + `,"` + other + `":"x"}`
				}
			}
			got := ReadToken(TokenContext{Dialect: Tolerant(), ReceivedAt: received}, response(200, doc)).Token
			if got == nil || got.Sources[field] != "$."+path {
				t.Errorf("%s: %+v", doc, got)
			}
		}
	}
}
