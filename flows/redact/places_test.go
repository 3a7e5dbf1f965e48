package redact

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

// TestSecretNames: every name with its nearest neighbours that carry no secret.
func TestSecretNames(t *testing.T) {
	tests := []struct{ name, want string }{
		{"client_secret", "client_secret"}, {"clientSecret", "client_secret"}, {"CLIENT-SECRET", "client_secret"}, {"client.secret", "client_secret"},
		{"app_secret", "client_secret"}, {"consumer_secret", "client_secret"}, {"secret", "client_secret"}, {"oauth_token_secret", "secret"},
		{"client_id", ""}, {"client_secret_expires_at", ""}, {"secrets", ""},
		{"code", "code"}, {"auth_code", "code"}, {"authorization_code", "code"}, {"spapi_oauth_code", "code"}, {"code[]", "code"}, {"data[code]", "code"}, {"code[a][b]", "code"}, {"amp;code", "code"},
		{"a[b]", ""}, {"[", ""}, {"]", ""}, {"code]", ""}, {"zip_code", ""}, {"code_challenge", ""}, {"code_challenge_method", ""}, {"error_code", ""}, {"status_code", ""}, {"user_code", ""},
		{"code_verifier", "code_verifier"}, {"pkce_code_verifier", "code_verifier"}, {"device_code", "device_code"},
		{"access_token", "access_token"}, {"accessToken", "access_token"}, {"user_access_token", "access_token"}, {"X-Amz-Access-Token", "access_token"}, {"x-access-token", "access_token"}, {"X-Shopify-Access-Token", "access_token"},
		{"access_token_expires_in", ""}, {"access_tokens", ""},
		{"refresh_token", "refresh_token"}, {"th_refresh_token", "refresh_token"}, {"refresh_token_expires_in", ""},
		{"id_token", "id_token"}, {"id_token_hint", "id_token"}, {"id_token_signed_response_alg", ""},
		{"token", "token"}, {"mws_auth_token", "token"}, {"fb_exchange_token", "token"}, {"X-Vault-Token", "token"}, {"PRIVATE-TOKEN", "token"}, {"subject_token", "token"}, {"session_token", "token"}, {"login_hint_token", "token"},
		{"token_type", ""}, {"token_type_hint", ""}, {"subject_token_type", ""}, {"token_endpoint", ""}, {"page_token", ""}, {"nextPageToken", ""}, {"NextToken", ""}, {"continuation_token", ""}, {"next_sync_token", ""},
		{"assertion", "assertion"}, {"client_assertion", "client_assertion"}, {"client_assertion_type", ""}, {"subject_assertion", "assertion"},
		{"password", "password"}, {"new_password", "password"}, {"passwd", "password"}, {"pwd", "password"}, {"passphrase", "passphrase"}, {"password_expired", ""},
		{"api_key", "api_key"}, {"X-Api-Key", "api_key"}, {"x-goog-api-key", "api_key"}, {"Ocp-Apim-Subscription-Key", "api_key"}, {"publishable_key", ""}, {"key", ""}, {"key_ops", ""},
		{"private_key", "private_key"}, {"secret_key", "secret"}, {"dpop", "dpop_proof"}, {"dpop_jkt", ""}, {"otp", "otp"},
		{"state", ""}, {"nonce", ""}, {"", ""}, {"scope", ""}, {"login_hint", ""},
	}
	for _, tt := range tests {
		if got, ok := SecretName(tt.name); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%q is %q, %v", tt.name, got, ok)
		}
	}
}

// TestSecretsInOddPlaces: where a secret stands in a message, with a neighbour that is none.
func TestSecretsInOddPlaces(t *testing.T) {
	const secret = "Zq7-abcDEF-0123456789"
	url := func(u string) flows.Exchange { return flows.Exchange{Request: flows.Request{URL: u}} }
	asked := func(body string) flows.Exchange { return flows.Exchange{Request: flows.Request{Body: []byte(body)}} }
	answer := func(body string) flows.Exchange {
		return flows.Exchange{Response: &flows.Response{Body: []byte(body)}}
	}
	head := func(name, value string) flows.Exchange {
		return flows.Exchange{Response: &flows.Response{Headers: flows.Headers{{Name: name, Value: value}}}}
	}
	sent := func(name, value string) flows.Exchange {
		return flows.Exchange{Request: flows.Request{Headers: flows.Headers{{Name: name, Value: value}}}}
	}
	part := func(head string) string {
		return "--b\r\n" + head + "\r\n\r\n" + secret + "\r\n--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nplain\r\n--b--\r\n"
	}
	tests := []struct {
		name  string
		x     flows.Exchange
		shown bool // it is no secret there
	}{
		{"a header of an API", sent("X-Access-Token", secret), false},
		{"a header about nothing", sent("X-Request-Id", secret), true},
		{"a bearer", sent("Authorization", "Bearer "+secret), false},
		{"a bearer in blanks", sent("Authorization", " Bearer   "+secret+" "), false},
		{"a bearer behind a tab", sent("Authorization", "Bearer\t"+secret), false},
		{"credentials without a scheme", sent("Proxy-Authorization", secret), false},
		{"a proof", sent("DPoP", secret), false},
		{"a cookie", sent("Cookie", "a=b; sid="+secret), false},
		{"a cookie without a name", sent("Cookie", secret), false},
		{"a cookie that is set", head("Set-Cookie", "sid="+secret+"; Path=/"), false},
		{"the path of a cookie", head("Set-Cookie", "sid=other-one; Path=/"+secret), true},
		{"a redirect", head("Location", "myapp://cb#access_token="+secret), false},
		{"a redirect with a state", head("Location", "myapp://cb?state="+secret), true},
		{"a page that moves on", head("Refresh", "0; url=https://h.test/cb?code="+secret), false},
		{"a link", head("Link", "<https://h.test/cb?code="+secret+">; rel=next"), false},
		{"a link to another page", head("Link", "<https://h.test/?page_token="+secret+">; rel=next"), true},
		{"a relative address", sent("X-Original-URL", "/cb?code="+secret), false},
		{"a challenge", head("WWW-Authenticate", `Bearer error="invalid_token", token="`+secret+`"`), false},
		{"a challenge's words", head("WWW-Authenticate", `Bearer error="invalid_token", error_description="`+secret+`"`), true},
		{"a status text", flows.Exchange{Response: &flows.Response{StatusText: "OK access_token=" + secret}}, false},
		{"a remark", flows.Exchange{Comment: "sent to /token?client_secret=" + secret}, false},
		{"a remark about a client", flows.Exchange{Comment: "sent to /token?client_id=" + secret}, true},
		{"an error", flows.Exchange{Error: &flows.TransportError{Message: `Get "https://h.test/?access_token=` + secret + `": EOF`}}, false},
		{"an error about a host", flows.Exchange{Error: &flows.TransportError{Message: `Get "https://h.test/` + secret + `": EOF`}}, true},
		{"a password before the host", url("https://me:" + secret + "@h.test/x"), false},
		{"a user before the host", url("https://" + secret + "@h.test/x"), true},
		{"an at sign in the path", url("https://h.test/me:" + secret + "@x"), true},
		{"a question mark in the query", url("https://h.test/cb?x=1?client_secret=" + secret), false},
		{"a form", asked("grant_type=x&Client_Secret=" + secret), false},
		{"a form in lines", asked("grant_type=x\nclient_secret=" + secret), false},
		{"a form in lines, \\r\\n", asked("client_secret=" + secret + "\r\ngrant_type=x"), false},
		{"a part of a form", asked(part(`Content-Disposition: form-data; name="client_secret"`)), false},
		{"a part without quotes", asked(part(`content-disposition: form-data; name=code`)), false},
		{"a part with more lines", asked(part("Content-Disposition: form-data; name=\"code\"\r\nContent-Type: text/plain")), false},
		{"a part that is a file", asked(part(`Content-Disposition: form-data; filename="code"; name="x"`)), true},
		{"another part", asked(part(`Content-Disposition: form-data; name="client_id"`)), true},
		{"a member", answer(`{"user_access_token":"` + secret + `"}`), false},
		{"a member of a place in a list", answer(`{"next_page_token":"` + secret + `"}`), true},
		{"a relative URL in JSON", answer(`{"redirect":"/cb?code=` + secret + `"}`), false},
		{"a form in JSON", answer(`{"form":"a=b&access_token=` + secret + `"}`), false},
		{"a request that an error quotes", answer(`{"error":"x","request":"POST /token client_secret=` + secret + `."}`), false},
		{"an error's code in prose", answer(`{"error":"x","text":"failed, code=` + secret + `"}`), true},
		{"a header that is echoed", answer(`{"headers":{"Authorization":"Bearer ` + secret + `"}}`), false},
		{"a header that is no credential", answer(`{"headers":{"Host":"` + secret + `"}}`), true},
		{"a recorded header", asked(`{"headers":[{"name":"Authorization","value":"Bearer ` + secret + `"}]}`), false},
		{"a recorded parameter", asked(`{"params":[{"key":"client_secret","value":"` + secret + `"}]}`), false},
		{"another one", asked(`{"params":[{"key":"client_id","value":"` + secret + `"}]}`), true},
		{"an attribute", answer(`<a access_token="` + secret + `"/>`), false},
		{"a cookie that is quoted in JSON", answer(`{"headers":{"Cookie":"a=b; sid=` + secret + `"}}`), false},
		{"a cookie that is set, quoted in JSON", answer(`{"Set-Cookie":["sid=` + secret + `; Path=/"]}`), false},
		{"the path of that cookie", answer(`{"Set-Cookie":["sid=other-one; Path=/` + secret + `"]}`), true},
		{"cookies by their names", answer(`{"cookies":{"sid":"` + secret + `"}}`), false},
		{"a list of cookies", answer(`{"cookies":[{"name":"sid","value":"` + secret + `"}]}`), false},
		{"the name of one of them", answer(`{"cookies":[{"name":"` + secret + `","value":"x"}]}`), true},
		{"sweets", answer(`{"cookie_policy":"` + secret + `"}`), true},
		{"the path of a hook", url("https://h.test/hooks/" + secret), false},
		{"the path of a webhook, in parts", url("https://h.test/api/webhooks/123456/" + secret + "?wait=true"), false},
		{"the path of a hook's host", url("https://hooks.h.test/services/T01/B02/" + secret), false},
		{"the path of a webhook's host", url("https://x.webhook.h.test/y/" + secret + "/z"), false},
		{"the path of something else", url("https://h.test/books/" + secret), true},
		{"a token in a path", url("https://h.test/applications/me/tokens/" + secret), false},
		{"a token further back in a path", url("https://h.test/tokens/me/" + secret), true},
		{"a place in a list in a path", url("https://h.test/page_token/" + secret), true},
		{"a code in a path", url("https://h.test/code/" + secret), true},
		{"a hook in JSON", answer(`{"url":"https://h.test/hooks/` + secret + `"}`), false},
		{"a hook in a link", head("Link", "<https://h.test/hooks/"+secret+">; rel=next"), false},
		{"a hook in a redirect", head("Location", "https://h.test/hooks/"+secret), false},
		{"a hook in a remark", flows.Exchange{Comment: "posted to https://h.test/hooks/" + secret + " twice"}, false},
		{"a line of a log", answer(`at 12:00 refresh_token=` + secret + `, scope=x`), false},
	}
	for _, tt := range tests {
		y := ForTrace(traceWith(tt.x)).Exchange(tt.x)
		if y.Response == nil {
			y.Response = &flows.Response{}
		}
		if y.Error == nil {
			y.Error = &flows.TransportError{}
		}
		all := y.Request.URL + string(y.Request.Bytes()) + y.Comment + y.Error.Message + y.Response.StatusText + string(y.Response.Body)
		for _, h := range y.Response.Headers {
			all += h.Name + ": " + h.Value
		}
		if got := strings.Contains(all, secret); got != tt.shown {
			t.Errorf("%s: %s", tt.name, all)
		}
		if masks := strings.Count(all, " chars, "); !tt.shown && masks < 1 {
			t.Errorf("%s: no mask: %s", tt.name, all)
		}
	}
}

// TestWordsInPaths: what stands behind a hook or a token in a path and may be a word, a version
// or a number is no secret; the redirect URI is none either, wherever it leads.
func TestWordsInPaths(t *testing.T) {
	for segment, want := range map[string]bool{
		"introspect": false, "123456789012345678": false, "a-rather-long-name-of-an-event": false, "abcdefg-1234567": false, "abcdefg-12345678": true,
	} {
		x := flows.Exchange{Request: flows.Request{URL: "https://h.test/hooks/" + segment}}
		if got := ForTrace(traceWith(x)).String("<" + segment + ">"); (got != "<"+segment+">") != want {
			t.Errorf("%s: %s", segment, got)
		}
	}
	const uri = "http://127.0.0.1:53682/hooks/abcdefg-12345678"
	tr := flows.Trace{}.Append(time.Time{}, flows.RunStarted{Settings: flows.Settings{RedirectURI: uri}}).
		Append(time.Time{}, flows.AuthorizationBuilt{URL: "https://h.test/authorize?redirect_uri=" + url.QueryEscape(uri)}).
		Append(time.Time{}, flows.CallbackArrived{Request: flows.Request{URL: uri + "?state=x"}})
	if got := ForTrace(tr).String(uri); got != uri {
		t.Error(got)
	}
}

// TestCookiesThatAreWords: a cookie's value is masked as it was, without its quotes, and as its
// escapes stand for it; a word in a list of cookies is none of the values to be masked.
func TestCookiesThatAreWords(t *testing.T) {
	x := flows.Exchange{Request: flows.Request{Headers: flows.Headers{{Name: "Cookie", Value: `sid=s%3AabcDEF0123.sig%2Bx; q="quoted-Value-12"`}}},
		Response: &flows.Response{Body: []byte(`{"cookies":{"lang":"english","theme":"a=b"},"Set-Cookie":["lang=english; Path=/"]}`)}}
	m := ForTrace(traceWith(x))
	for _, text := range []string{`s:abcDEF0123.sig+x`, `s%3AabcDEF0123.sig%2Bx`, `s%3aabcDEF0123.sig+x`, `quoted-Value-12`} {
		if got := m.String(`{"a":"` + text + `"}`); !strings.HasPrefix(got, `{"a":"cookie (`) {
			t.Errorf("%s: %s", text, got)
		}
	}
	if got := m.String("in english"); got != "in english" {
		t.Error(got)
	}
}

// TestAssignedWords: what is said of a token stays readable, a value does not. The other
// value of each row is the shortest or plainest that is one.
func TestAssignedWords(t *testing.T) {
	tests := []struct{ text, want string }{
		{"the token=expired and access_token=required", "the token=expired and access_token=required"},
		{"the token=expire1 was", "the token=# was"},
		{"the token=abc12 was", "the token=abc12 was"},
		{"the token=" + strings.Repeat("a", 23) + " was", "the token=" + strings.Repeat("a", 23) + " was"},
		{"the token=" + strings.Repeat("a", 24) + " was", "the token=# was"},
		{"failed with code=E-1234567", "failed with code=E-1234567"},
		{"went to /cb?code=E-1234567", "went to /cb?code=#"},
		{"went to /cb?code=abcdef,ghi;jkl(m)&state=x", "went to /cb?code=#&state=x"},
		{"went to /cb?code=abcde&state=x", "went to /cb?code=abcde&state=x"},
		{"password='abc123.' and more", "password='#.' and more"},
		{`secret=\"abc123\" more`, `secret=\"#\" more`},
		{"password=abc123, more", "password=#, more"},
		{"client_secret=", "client_secret="},
		{"=abc123", "=abc123"},
		{"client_secret=client_secret (13 chars, #1a2b3c4d) was", "client_secret=client_secret (13 chars, #1a2b3c4d) was"},
	}
	for _, tt := range tests {
		x := flows.Exchange{Comment: tt.text}
		m := ForTrace(traceWith(x))
		var got strings.Builder
		for _, p := range m.Split(tt.text) {
			if p.Secret.IsZero() {
				got.WriteString(p.Text)
			} else {
				got.WriteString("#")
			}
		}
		if got.String() != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got.String(), tt.want)
		}
	}
}

// TestNumbersAreSecretsToo: a token that is a number without quotes; an error's number is none.
func TestNumbersAreSecretsToo(t *testing.T) {
	tests := []struct {
		body    string
		request bool
		shown   bool
	}{
		{`{"access_token":12345678901234}`, false, false},
		{`{"expires_in":12345678901234}`, false, true},
		{`{"code":12345678901234}`, false, true},
		{`{"code":12345678901234}`, true, false},
	}
	for _, tt := range tests {
		x := flows.Exchange{Response: &flows.Response{Body: []byte(tt.body)}}
		if tt.request {
			x = flows.Exchange{Request: flows.Request{Body: []byte(tt.body)}}
		}
		y := ForTrace(traceWith(x)).Exchange(x)
		got := string(y.Request.Body)
		if y.Response != nil {
			got = string(y.Response.Body)
		}
		if strings.Contains(got, "12345678901234") != tt.shown {
			t.Errorf("%s: %s", tt.body, got)
		}
	}
}
