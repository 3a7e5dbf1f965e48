package capture

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"oauthlens/flows"
)

const (
	jwt = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2lkLnRlc3QiLCJleHAiOjE3OTU1MDAwMDB9.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
	jwe = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a2V5.aXY.Y2lwaGVydGV4dA.dGFn"
)

var now = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// recognise reads a paste and writes its steps as "step METHOD".
func recognise(t *testing.T, text string) (Result, string) {
	t.Helper()
	r, err := Read([]byte(text), Options{Now: now})
	if err != nil {
		t.Fatalf("%.80q: %v", text, err)
	}
	var steps []string
	for _, s := range r.Trace.Steps() {
		steps = append(steps, strings.TrimSpace(string(s.Kind)+" "+s.Exchange.Request.Method))
	}
	return r, strings.Join(steps, ", ")
}

func TestRecognise(t *testing.T) {
	for _, c := range []struct {
		name, text string
		kind       Kind
		steps      string
	}{
		{"jwt", jwt, KindJWT, ""},
		{"jwt with scheme", "Bearer " + jwt, KindJWT, ""},
		{"jwt as header", "Authorization: Bearer " + jwt + "\r\n", KindJWT, ""},
		{"jwt in quotes with comma", `"access_token": "` + jwt + `",`, KindJWT, ""},
		{"jwt over lines", jwt[:40] + "\n  " + jwt[40:90] + "\n  " + jwt[90:], KindJWT, ""},
		{"jwt in single quotes", "'" + jwt + "'", KindJWT, ""},
		{"jwt without signature", jwt[:strings.LastIndexByte(jwt, '.')+1], KindJWT, ""},
		{"jwt in a fence", "```\n" + jwt + "\n```", KindJWT, ""},
		{"jwe", "Bearer " + jwe, KindJWE, ""},
		{"opaque", "gho_16C7e42F292c6912E7710c838347Ae178B4a", KindOpaque, ""},
		{"opaque with scheme", "Bearer 2YotnFZFEjr1zCsicMWpAA", KindOpaque, ""},
		{"opaque base64", "C8kDo+9QKE0KcS5Jsjk+TA==", KindOpaque, ""},
		{"opaque google", "ya29.a0AfH6SMBx-Zq_9f8G7h6J5k4L3m2N1", KindOpaque, ""},
		{"authorize", "https://id.test/authorize?response_type=code&client_id=a&redirect_uri=https%3A%2F%2Fapp.test%2Fcb&state=s", KindAuthorizationURL, "authorize GET"},
		{"authorize cut", "https://login.test/oauth2/v2.0/authorize?response_type=code", KindAuthorizationURL, "authorize GET"},
		{"authorize par", "https://id.test/authorize?client_id=a&request_uri=urn%3Aietf%3Aparams%3A1", KindAuthorizationURL, "authorize GET"},
		{"authorize wechat", "https://open.weixin.qq.com/connect/qrconnect?appid=wx1&redirect_uri=https%3A%2F%2Fa.test&scope=snsapi_login#wechat_redirect", KindAuthorizationURL, "authorize GET"},
		{"authorize over lines", "https://id.test/authorize?\n  response_type=code\n  &client_id=a\n  &redirect_uri=https%3A%2F%2Fapp.test", KindAuthorizationURL, "authorize GET"},
		{"authorize from html", "https://id.test/authorize?response_type=code&amp;client_id=a&amp;redirect_uri=b", KindAuthorizationURL, "authorize GET"},
		{"authorize in brackets", "<https://id.test/authorize?response_type=code&client_id=a>", KindAuthorizationURL, "authorize GET"},
		{"authorize as location", "Location: https://id.test/authorize?response_type=code&client_id=a", KindAuthorizationURL, "authorize GET"},
		{"callback", "http://localhost:3000/callback?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz", KindCallbackURL, "callback GET"},
		{"callback error", "https://app.test/cb?error=access_denied&error_description=The+user+pressed+cancel&state=1", KindCallbackURL, "callback GET"},
		{"callback fragment", "https://app.test/cb#access_token=abc&token_type=bearer&state=1", KindCallbackURL, "callback GET"},
		{"callback custom scheme", "com.example.app:/oauth2redirect?code=abc&state=1", KindCallbackURL, "callback GET"},
		{"callback dingtalk", "https://app.test/cb?authCode=abc&state=1", KindCallbackURL, "callback GET"},
		{"callback form", "code=SplxlOBeZQQYbYS6WxSbIA&state=af0ifjsldkj&session_state=1", KindCallbackURL, "callback POST"},
		{"callback path", "/callback?code=abc&state=def", KindCallbackURL, "callback GET"},
		{"callback query", "?code=abc&state=def", KindCallbackURL, "callback GET"},
		{"callback over lines", "http://localhost:3000/callback?code=Splx\n  lOBe&state=xyz", KindCallbackURL, "callback GET"},
		{"callback form_post page", `<html><form method="post" action="https://app.test/cb"><input type=hidden name=code value="a&amp;b"/><input type="hidden" name="state" value="s"></form></html>`, KindCallbackURL, "callback POST"},
		{"token json", `{"access_token":"abc","token_type":"Bearer","expires_in":3600}`, KindTokenResponse, "exchange"},
		{"token trulioo", `{"Token":"abc","TokenType":"Bearer","ExpiresIn":"3600"}`, KindTokenResponse, "exchange"},
		{"token envelope", `{"code":0,"msg":"ok","data":{"access_token":"abc","expires_in":1}}`, KindTokenResponse, "exchange"},
		{"token form", "access_token=gho_abc&scope=repo&token_type=bearer", KindTokenResponse, "exchange"},
		{"token jsonp", `callback( {"client_id":"1","openid":"2","access_token":"x"} );`, KindTokenResponse, "exchange"},
		{"token with curly quotes", `{“access_token”:“abc”,“token_type”:“Bearer”}`, KindTokenResponse, "exchange"},
		{"token cut", `{"access_token":"abc","token_type":"Bearer","expires_in":36`, KindTokenResponse, "exchange"},
		{"error json", `{"error":"invalid_grant","error_description":"x"}`, KindTokenResponse, "exchange"},
		{"error form", "error=bad_verification_code&error_description=The+code+is+incorrect", KindTokenResponse, "exchange"},
		{"error wechat", `{"errcode":40029,"errmsg":"invalid code"}`, KindTokenResponse, "exchange"},
		{"device", `{"device_code":"a","user_code":"WDJB-MJHT","verification_uri":"https://a.test","expires_in":1800}`, KindTokenResponse, "device"},
		{"introspection", `{"active":false}`, KindTokenResponse, "introspect"},
		{"authorize url answer", `{"result":"https://auth.test/?response_type=code&client_id=a&redirect_uri=b"}`, KindTokenResponse, "authorize_url"},
		{"error page", "<!DOCTYPE html><html><head><title>Error 400: redirect_uri_mismatch</title></head></html>", KindErrorPage, "authorize"},
		{"discovery", `{"issuer":"https://id.test","authorization_endpoint":"https://id.test/a","token_endpoint":"https://id.test/t"}`, KindDiscovery, "discovery"},
		{"jwks", `{"keys":[{"kty":"RSA","kid":"1","n":"x","e":"AQAB"}]}`, KindJWKS, "jwks"},
		{"one jwk", `{"kty":"RSA","kid":"1","n":"x","e":"AQAB"}`, KindJWKS, "jwks"},
		{"byte-order mark", "\xef\xbb\xbf" + `{"access_token":"abc"}`, KindTokenResponse, "exchange"},
		{"prompted curl", "$ curl https://id.test/token -d grant_type=client_credentials", KindCurl, "exchange POST"},
		{"curl in a sample", "TOKEN=$(curl -s https://id.test/token -d grant_type=client_credentials)", KindCurl, "exchange POST"},
		{"http request", "POST /token HTTP/1.1\nHost: id.test\nContent-Type: application/x-www-form-urlencoded\n\ngrant_type=refresh_token&refresh_token=a", KindHTTPMessage, "refresh POST"},
		{"http request in crlf", "POST /token HTTP/1.1\r\nHost: id.test\r\n\r\ngrant_type=refresh_token&refresh_token=a\r\n", KindHTTPMessage, "refresh POST"},
		{"http pair", "POST /token HTTP/1.1\nHost: id.test\n\ngrant_type=client_credentials\n\nHTTP/1.1 401 Unauthorized\nContent-Type: application/json\n\n{\"error\":\"invalid_client\"}", KindHTTPMessage, "exchange POST"},
		{"http answer", "HTTP/2 200\ncontent-type: application/json\n\n{\"access_token\":\"abc\"}", KindHTTPMessage, "exchange"},
		{"http redirect", "HTTP/1.1 302 Found\nLocation: https://app.test/cb?code=a&state=b\n", KindHTTPMessage, "authorize"},
		{"curl -v", "*   Trying 192.0.2.1...\n> POST /token HTTP/1.1\n> Host: id.test\n> \n* upload done\n< HTTP/1.1 400 Bad Request\n< content-type: application/json\n< \n{\"error\":\"invalid_grant\"}", KindHTTPMessage, "other POST"},
		{"rfc sample", "POST /token HTTP/1.1\n     Host: server.example.com\n     Authorization: Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW\n     Content-Type: application/x-www-form-urlencoded\n\n     grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA\n     &redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb", KindHTTPMessage, "exchange POST"},
		{"sample over lines", "grant_type=client_credentials&\nclient_id=abc&\nclient_secret=def", KindDocSample, "exchange POST"},
		{"sample key value", "grant_type: authorization_code\nclient_id: abc\ncode: def\nredirect_uri: https://app.test/cb", KindDocSample, "exchange POST"},
		{"sample table", "grant_type\tclient_credentials\nclient_id\tabc\nclient_secret\tdef", KindDocSample, "exchange POST"},
		{"sample unbroken", "POST https://auth.test/connect/token Content-Type: application/x-www-form-urlencoded grant_type=client_credentials&client_id=abc&client_secret=def", KindDocSample, "exchange POST"},
		{"sample unbroken with version", "POST /connect/token HTTP/1.1 Host: auth.test Accept: application/json Content-Type: application/x-www-form-urlencoded grant_type=client_credentials&client_id=abc", KindDocSample, "exchange POST"},
		{"sample json", "POST https://auth.test/token Content-Type: application/json {“grant_type”: “client_credentials”, “client_id”: “abc”}", KindDocSample, "exchange POST"},
		{"sample authorize list", "https://id.test/authorize\nresponse_type = code\nclient_id = abc\nredirect_uri = https://app.test/cb", KindDocSample, "authorize GET"},
		{"two URLs", "https://id.test/authorize?response_type=code&client_id=a&state=s1234567890\n\nhttps://app.test/callback?code=abc&state=s1234567890", KindAuthorizationURL, "authorize GET, callback GET"},
		{"two URLs, wrapped", "https://id.test/authorize?response_type=code\n  &client_id=a&state=s1234567890\nhttps://app.test/callback?code=abc&\n  state=s1234567890", KindAuthorizationURL, "authorize GET, callback GET"},
		{"URL in a log", `2026-11-20 10:00:01 ERROR redirected to "https://app.test/cb?error=invalid_scope&state=abc" (302)`, KindCallbackURL, "callback GET"},
		{"JSON in a log", `oauth2: cannot fetch token: 400 Bad Request Response: {"error":"invalid_grant","error_description":"x"}`, KindTokenResponse, "exchange"},
		{"JWT in a log", "token=" + jwt + " was refused", KindJWT, ""},
		{"http/2 headers", ":authority: id.test\n:method: POST\n:path: /token\n:scheme: https\ncontent-type: application/x-www-form-urlencoded\n\ngrant_type=client_credentials", KindHTTPMessage, "exchange POST"},
		{"events", `{"schema":"oauthlens/event@1","event":"run_started"}` + "\n" + `{"schema":"oauthlens/run@1","steps":[{"step":"refresh","request":{"method":"POST"}}],"findings":[]}` + "\n", KindDocument, "refresh POST"},
		{"token request as JSON", `{"grant_type":"client_credentials","client_id":"a","client_secret":"b"}`, KindDocSample, "exchange POST"},
		{"JSON request within a page", "Body Params application/json\n\nExample\n{\n  \"grant_type\": \"authorization_code\",\n  \"code\": \"a\"\n, \"client_id\": \"c\"}\n\nCode Samples", KindDocSample, "exchange POST"},
		{"page of documentation", "Requesting a Token\nCall the endpoint.\nRequest\nPOST /connect/token HTTP/1.1\nHost: id.test\nContent-Type: application/x-www-form-urlencoded\ngrant_type=client_credentials&client_id=a\nResponse\n{\n\"Token\": “abc”\n}\nBest Practices\nBe secure.", KindHTTPMessage, "exchange POST"},
		{"lost colon", "POST /connect/token\nCONTENT-TYPE application/x-www-form-urlencoded\nclient_id=client1&\nclient_secret=secret&\ngrant_type=client_credentials\nResponse\nHTTP/1.1 400 BAD REQUEST\nContent-Type: application/json\n{\n\"error\": “invalid_client”\n}", KindHTTPMessage, "exchange POST"},
		{"broken table", "POST https://id.test/token\n| Parameter | Description | Example |\n|---|---|---|\ngrant_type |\nMust be code |\nauthorization_code |\nclient_id |\nYour id | abc |", KindDocSample, "exchange POST"},
		{"glued list", "Make a POST request with these parameters:\ngrant_type=refresh_tokenrefresh_token(your current refresh token)client_id(your client ID)client_secret(your client secret)", KindDocSample, "refresh POST"},
		{"URLs with labels", "Production:\nhttps://id.test/oauth/authorize\n?client_id=a\n&response_type=code\nSandbox:\nhttps://sandbox.id.test/oauth/authorize\n?client_id=a\n&response_type=code", KindAuthorizationURL, "authorize GET, authorize GET"},
		{"document", `{"schema":"oauthlens/run@1","steps":[{"step":"exchange","at":"2026-11-20T10:00:00Z","duration_ms":12,"request":{"method":"POST","url":"https://id.test/token","headers":[],"body":"grant_type=x"},"response":{"status":400,"headers":[{"name":"Date","value":"x"}],"body":"e30=","body_encoding":"base64","body_complete":true}}],"findings":[]}`, KindDocument, "exchange POST"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, steps := recognise(t, c.text)
			if r.Kind != c.kind || steps != c.steps {
				t.Errorf("taken for %s (%s: %s) with steps %q, want %s with %q", r.Kind, r.What, r.Why, steps, c.kind, c.steps)
			}
			if r.What == "" || r.Why == "" {
				t.Errorf("no reason is given: %q %q", r.What, r.Why)
			}
			first, ok := r.Trace.Records[0].Event.(flows.Imported)
			if !ok || first.What != r.What {
				t.Errorf("the trace begins with %#v", r.Trace.Records[0].Event)
			}
			if len(r.Tokens) > 0 != (c.steps == "") {
				t.Errorf("%d tokens", len(r.Tokens))
			}
		})
	}
}

func TestTokensAreBare(t *testing.T) {
	for _, text := range []string{jwt, "Bearer " + jwt, "bearer  \"" + jwt + "\"", "Authorization: Bearer " + jwt, jwt[:50] + "\r\n" + jwt[50:], "`" + jwt + "`", `"id_token":"` + jwt + `",`} {
		r, _ := recognise(t, text)
		if len(r.Tokens) != 1 || r.Tokens[0].RevealSecret() != jwt {
			t.Errorf("%.30q: the token is not the bare one", text)
		}
		if in := r.Trace.Records[0].Event.(flows.Imported); len(in.Tokens) != 1 || in.Tokens[0] != r.Tokens[0] {
			t.Errorf("%.30q: the trace does not hold the token", text)
		}
	}
}

func TestNotRecognised(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "nothing",
		"   \n\t":                            "nothing",
		"hello world, how are you":           "a text of 1 line and 5 words",
		"hello":                              "a single word",
		"authorization":                      "a single word",
		`{"name":"oauthlens","version":"1"}`: "members name, version",
		"{}":                                 "an empty JSON object",
		"[1,2,3]":                            "a JSON array",
		"https://id.test/.well-known/openid-configuration": "the address of a discovery document",
		"https://www.example.test/about":                   "a URL without parameters of OAuth",
		"\x1f\x8b\x08\x00\x00":                             "a gzip file",
		"PK\x03\x04abc":                                    "a zip file",
		"-----BEGIN CERTIFICATE-----\nMIIB":                "PEM",
		"fetch(tokenURL, options)":                         "JavaScript fetch",
		"Invoke-WebRequest -Uri $uri":                      "PowerShell",
		`{"info":{"name":"x","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[]}`: "Postman collection; choose",
		`{"_type":"export","__export_format":4,"resources":[]}`:                                                           "Insomnia export",
		`{"openapi":"3.1.0","paths":{}}`:                                                                                  "an API description",
		"wget --help":                                                                                                     "wget command without a URL",
		"<svg></svg>":                                                                                                     "XML",
		"\x00\x01\x02\x03\x04\x05\x06\x07":                                                                                "binary data",
		"curl --version":                                                                                                  "curl command without a URL",
	} {
		_, err := Read([]byte(text), Options{})
		var n *NotRecognised
		if !errors.As(err, &n) {
			t.Errorf("%q: got %v", text, err)
			continue
		}
		if !strings.Contains(n.LookedLike, want) || !strings.Contains(err.Error(), "accepted are") {
			t.Errorf("%q: looked like %q, want %q", text, n.LookedLike, want)
		}
	}
}

func TestErrorsNameTheFile(t *testing.T) {
	_, err := Read([]byte("hello"), Options{Name: "no\x1btes.txt"})
	if err == nil || !strings.HasPrefix(err.Error(), `no\x1btes.txt looks like a single word`) {
		t.Errorf("got %v", err)
	}
}

func TestUTF16(t *testing.T) {
	text := `{"access_token":"abc-ü","token_type":"Bearer"}`
	for _, order := range []string{"little", "big"} {
		var b []byte
		for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
			if order == "big" {
				b = append(b, byte(u>>8), byte(u))
			} else {
				b = append(b, byte(u), byte(u>>8))
			}
		}
		for _, data := range [][]byte{b, b[2:]} {
			r, err := Read(data, Options{})
			if err != nil || r.Kind != KindTokenResponse {
				t.Fatalf("%s: %v %v", order, r.Kind, err)
			}
			if got := string(r.Trace.Steps()[0].Exchange.Response.Body); got != text {
				t.Errorf("%s: body %q", order, got)
			}
		}
	}
}

func TestMended(t *testing.T) {
	for text, want := range map[string]string{
		"curl “https://id.test/token” -d ‘grant_type=client_credentials’":          "curly quotes",
		"POST https://a.test/token\u00a0\ngrant_type=client_credentials":           "no-break",
		"grant_type=client_credentials&\nclient_id=abc":                            "line breaks",
		"https://id.test/authorize?response_type=code&amp;client_id=a&amp;scope=b": "&amp;",
		"http://localhost/cb?code=abc\n&state=def":                                 "line breaks",
		"Bearer " + jwt: "scheme",
	} {
		r, _ := recognise(t, text)
		if !strings.Contains(strings.Join(r.Mended, "; "), want) {
			t.Errorf("%.40q: mended %q, want %q", text, r.Mended, want)
		}
	}
}

// The requests that samples become.
func TestSamples(t *testing.T) {
	const form = "grant_type=authorization_code&code=a&client_id=b"
	for _, c := range []struct{ text, method, url, body string }{
		{"POST https://id.test/token\ngrant_type=authorization_code&\ncode=a&\nclient_id=b", "POST", "https://id.test/token", form},
		{"POST https://id.test/token\nContent-Type: application/x-www-form-urlencoded\n\ngrant_type=authorization_code\n&code=a\n&client_id=b", "POST", "https://id.test/token", form},
		{"POST https://id.test/token Content-Type: application/x-www-form-urlencoded grant_type=authorization_code&code=a&client_id=b", "POST", "https://id.test/token", form},
		{"https://id.test/token\ngrant_type: authorization_code\ncode: a\nclient_id: b", "POST", "https://id.test/token", form},
		{"| grant_type | authorization_code |\n| code | a |\n| client_id | b |", "POST", "", form},
		{"grant_type |\nthe type | authorization_code |\ncode |\nthe code | a |\nclient_id |\nthe id | b |", "POST", "", form},
		{"grant_type=authorization_codecode(a)client_id(b)", "POST", "", form},
		{"GET https://id.test/authorize\n\tresponse_type = code\n\tclient_id = a b", "GET", "https://id.test/authorize?response_type=code&client_id=a+b", ""},
	} {
		r, _ := recognise(t, c.text)
		q := r.Trace.Steps()[0].Exchange.Request
		if q.Method != c.method || q.URL != c.url || string(q.Body) != c.body {
			t.Errorf("%q\n got %s %s %q\nwant %s %s %q", c.text, q.Method, q.URL, q.Body, c.method, c.url, c.body)
		}
	}
}

// No sentence of a result quotes a value of the input.
func TestSentencesHoldNoSecret(t *testing.T) {
	const secret = "S3cr3t-Value-0123456789"
	for _, text := range []string{
		"curl -u app:" + secret + " https://id.test/token -d grant_type=client_credentials",
		"http://localhost/cb?code=" + secret + "&state=1",
		`{"access_token":"` + secret + `"}`,
		"grant_type: client_credentials\nclient_secret: " + secret,
		"Bearer " + secret,
	} {
		r, _ := recognise(t, text)
		said := strings.Join(append(append([]string{r.What, r.Why}, r.Losses...), r.Mended...), "\n")
		if strings.Contains(said, secret) {
			t.Errorf("%.30q: said %q", text, said)
		}
	}
	for _, text := range []string{"x " + secret + " y z", `{"` + "a" + `":"` + secret + `"}`, "https://a.test/?x=" + secret} {
		if _, err := Read([]byte(text), Options{}); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%.30q: error %v", text, err)
		}
	}
}
