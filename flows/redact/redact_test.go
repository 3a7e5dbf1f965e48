package redact

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"

	"oauthlens/flows/runner/faultserver"
)

func traceWith(x flows.Exchange) flows.Trace {
	return flows.Trace{}.Append(x.Started, flows.ExchangeFinished{Exchange: x})
}

func TestEveryPlaceAndEncodingIsMasked(t *testing.T) {
	secret := `s3cr&t+/"=<;> x`
	code := "6y/ly4b0PVJLCv6fafC2Xg=="
	basic := base64.StdEncoding.EncodeToString([]byte("id:" + url.QueryEscape(secret)))
	form := url.Values{"client_secret": {secret}, "code": {code}}.Encode()
	x := flows.Exchange{
		Request: flows.Request{URL: "https://h/cb?code=" + url.QueryEscape(code), Body: []byte(form),
			Headers: flows.Headers{{Name: "Authorization", Value: "Basic " + basic}, {Name: "Cookie", Value: "sid=abcdef123456"}}},
		Response: &flows.Response{Body: []byte(`{"access_token":"tok\/en-12345678","error_description":"code 6y/ly4b0PVJLCv6fafC2Xg== is used"}`)},
	}
	m := ForTrace(traceWith(x))
	masked := m.Exchange(x)
	all := masked.Request.URL + string(masked.Request.Body) + masked.Request.Headers[0].Value + masked.Request.Headers[1].Value + string(masked.Response.Body)
	for _, s := range []string{secret, url.QueryEscape(secret), code, url.QueryEscape(code), basic, "abcdef123456", "en-12345678", "s3cr"} {
		if strings.Contains(all, s) {
			t.Errorf("%q is still in %q", s, all)
		}
	}
	for _, s := range []string{"code (24 chars, #", "client_secret (15 chars, #", "access_token (15 chars, #", "cookie (12 chars, #"} {
		if !strings.Contains(all, s) {
			t.Errorf("no %q in %q", s, all)
		}
	}
	if len(m.Leaks([]byte(form))) == 0 || m.Leaks([]byte(all)) != nil {
		t.Errorf("leaks: %v, %v", m.Leaks([]byte(form)), m.Leaks([]byte(all)))
	}
}

func TestShortSecretsOnlyBesideTheirName(t *testing.T) {
	x := flows.Exchange{Request: flows.Request{Body: []byte("client_id=abc&client_secret=abc&grant_type=x")}}
	got := string(ForTrace(traceWith(x)).Exchange(x).Request.Body)
	if !strings.HasPrefix(got, "client_id=abc&client_secret=client_secret (3 chars, #") || !strings.HasSuffix(got, "&grant_type=x") {
		t.Error(got)
	}
}

func TestErrorCodesAreNoSecrets(t *testing.T) {
	body := `{"code":"invalid_request","message":"x"}`
	x := flows.Exchange{Response: &flows.Response{Body: []byte(body)}}
	if got := string(ForTrace(traceWith(x)).Exchange(x).Response.Body); got != body {
		t.Error(got)
	}
}

func TestStateStaysReadable(t *testing.T) {
	u := "https://h/a?state=abcdefgh12345678&nonce=nnnnnnnn&code_challenge=cccccccc"
	x := flows.Exchange{Request: flows.Request{URL: u}}
	if got := ForTrace(traceWith(x)).Exchange(x).Request.URL; got != u {
		t.Error(got)
	}
}

func TestUnknownJWTIsMasked(t *testing.T) {
	m := New(flows.FingerprintKey{}, nil)
	if got := m.String(`x eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0. y`); !strings.HasPrefix(got, "x jwt (") || !strings.HasSuffix(got, ") y") {
		t.Error(got)
	}
}

// TestWhatWasTypedForARequestIsMasked: an edit is shown before it is sent, wherever it is.
func TestWhatWasTypedForARequestIsMasked(t *testing.T) {
	edit := func(name, value string) []flows.ParamEdit {
		return []flows.ParamEdit{{Op: flows.EditSet, Name: name, Value: value}}
	}
	params, headers := edit("client_secret", "typed-for-the-form"), edit("Authorization", "Bearer typed-for-the-header")
	at := edit("login_hint", "https://h/?code=typed-in-a-url")
	for name, e := range map[string]flows.Event{
		"at the start": flows.RunStarted{Settings: flows.Settings{AuthorizeEdits: at, TokenEdits: params, HeaderEdits: headers}},
		"later":        flows.Changed{Change: flows.SettingsChange{AuthorizeEdits: &at, TokenEdits: &params, HeaderEdits: &headers}},
	} {
		m := ForTrace(flows.Trace{}.Append(flows.Trace{}.StartedAt(), e))
		if got := m.String("x typed-for-the-form typed-for-the-header typed-in-a-url"); strings.Contains(got, "typed-") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestMaskedOnceIsEnough: a run that was stored without a key holds masks, and masking it
// again for the screen must not mask the masks.
func TestMaskedOnceIsEnough(t *testing.T) {
	mask := flows.FingerprintKey{}.Mask
	code, secret := mask("code", "SplxlOBeZQQYbYS6WxSbIA"), mask("client_secret", "very-secret-value")
	x := flows.Exchange{Request: flows.Request{URL: "https://h/cb?code=" + code + "&state=abc#code=" + code,
		Body: []byte("grant_type=authorization_code&code=" + code + "&client_secret=" + secret + "&more=12 chars, #1")}}
	got := ForTrace(traceWith(x)).Exchange(x)
	if got.Request.URL != x.Request.URL || string(got.Request.Body) != string(x.Request.Body) {
		t.Errorf("%s\n%s", got.Request.URL, got.Request.Body)
	}
}

func TestEventRedactionLeavesNothing(t *testing.T) {
	secret := flows.NewSecret(flows.FingerprintKey{}, "client_secret", "very-secret-value")
	tr := flows.Trace{}.Append(flows.Trace{}.StartedAt(), flows.RunStarted{Credentials: flows.Credentials{ClientSecret: secret},
		Settings: flows.Settings{TokenEdits: []flows.ParamEdit{{Op: flows.EditSet, Name: "client_secret", Value: "other-secret"}}}})
	m := ForTrace(tr)
	got := m.Event(tr.Records[0].Event).(flows.RunStarted)
	if !got.Credentials.ClientSecret.IsZero() || strings.Contains(got.Settings.TokenEdits[0].Value, "other") {
		t.Errorf("%+v", got)
	}
}

func FuzzMask(f *testing.F) {
	f.Add("secret-value", "x=secret-value&y=1")
	f.Add(`a"b\c/d+e f`, `{"v":"a\"b\\c/d+e f"}`)
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add("At-1234567890", string(a.Raw))
	}
	f.Fuzz(func(t *testing.T, secret, text string) {
		if len(secret) < minLoose || len(secret) > 1000 {
			return
		}
		m := New(flows.FingerprintKey{}, map[string]string{secret: "client_secret"})
		mask := flows.FingerprintKey{}.Mask("client_secret", secret)
		if strings.Contains(mask, secret) {
			return // the secret is a piece of its own mask's words
		}
		if got := m.Split(text + secret + text); len(got) == 0 {
			t.Fatal("nothing left")
		}
		for _, p := range m.Split(text + secret + text) {
			if p.Secret.IsZero() && strings.Contains(p.Text, secret) {
				t.Errorf("%q in %q", secret, p.Text)
			}
		}
	})
}

// TestRedactedEventsStayReadable: what is stored without a key is replayed later, so a
// mask must survive the parsing of a URL and keep its fingerprint.
func TestRedactedEventsStayReadable(t *testing.T) {
	callback := flows.CallbackArrived{Request: flows.Request{Method: "GET", URL: "http://127.0.0.1/cb?code=Abcdefgh12345678&state=xyz"}}
	m := ForTrace(flows.Trace{}.Append(time.Time{}, callback))
	stored := m.Event(callback).(flows.CallbackArrived)
	u, err := url.Parse(stored.Request.URL)
	if err != nil || u.Query().Get("code") != m.Key().Mask("code", "Abcdefgh12345678") || u.Query().Get("state") != "xyz" {
		t.Errorf("%q, %v", stored.Request.URL, err)
	}
	again := ForTrace(flows.Trace{}.Append(time.Time{}, stored))
	want := "http://127.0.0.1/cb?code=" + m.Key().Mask("code", "Abcdefgh12345678") + "&state=xyz"
	if got := again.String(stored.Request.URL); got != want {
		t.Errorf("shown as %s", got)
	}
	for _, other := range []string{"a (3 chars, %23zzzzzzzz)", "a (3 chars, %23", "a (3 chars, %2312345678"} {
		if got := again.String(other); got != other {
			t.Errorf("%q was changed into %q", other, got)
		}
	}
	if leaks := again.Leaks([]byte(stored.Request.URL + " " + u.Query().Get("code"))); leaks != nil {
		t.Errorf("masks taken for secrets: %q", leaks)
	}
}

// TestHalfATokenIsASecretToo: an answer that was cut short may end in the middle of a
// token.
func TestHalfATokenIsASecretToo(t *testing.T) {
	whole := `{"error":"no","code":"E-1234567","access_token" : "First\/Token\"1234567","nested":{"refresh_token":"SecondToken\u00411234567"}}`
	for end := range len(whole) {
		body := []byte(whole[:end])
		x := flows.Exchange{Response: &flows.Response{Body: body}}
		masked := string(ForTrace(traceWith(x)).Exchange(x).Response.Body)
		for _, half := range []string{"First", "SecondT"} {
			if strings.Contains(masked, half) {
				t.Errorf("%q is still in %q", half, masked)
			}
		}
		if end > 30 && !strings.Contains(masked, "E-1234567") {
			t.Errorf("an error code was masked: %s", masked)
		}
	}
}

// TestEscapesOfTheServersChoice: a JSON string can be spelled in many ways; some servers
// escape '+' and '=' as \u002B and \u003D.
func TestEscapesOfTheServersChoice(t *testing.T) {
	body := []byte(`{"access_token":"abc\u002Bdef\u003D12345","echo":"abc+def=12345 abc\u002Bdef\u003D12345"}`)
	x := flows.Exchange{Response: &flows.Response{Body: body}}
	m := ForTrace(traceWith(x))
	mask := m.Key().Mask("access_token", "abc+def=12345")
	want := `{"access_token":"` + mask + `","echo":"` + mask + ` ` + mask + `"}`
	if got := string(m.Exchange(x).Response.Body); got != want {
		t.Errorf("%s", got)
	}
	if len(m.Leaks(body)) == 0 {
		t.Error("the last scan does not know the spelling")
	}
}

// TestLearningOneByOneIsLearningAll: whatever the order in which secrets become known, and
// under which names first, the masks are those of the whole trace.
func TestLearningOneByOneIsLearningAll(t *testing.T) {
	key := flows.FingerprintKey{7}
	exchange := func(request, answer string) flows.Event {
		return flows.ExchangeFinished{Exchange: flows.Exchange{Step: flows.StepExchange,
			Request:  flows.Request{Method: "POST", URL: "https://t.test/token", Headers: flows.Headers{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}, Body: []byte(request)},
			Response: &flows.Response{Status: 200, Headers: flows.Headers{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(answer)}}}
	}
	events := []flows.Event{
		exchange("grant_type=client_credentials&client_secret=Shared-Value-1", `{"access_token":"Access-Value-1"}`),
		flows.RunStarted{Fingerprints: key, Credentials: flows.Credentials{ClientSecret: flows.NewSecret(key, "client_secret", "Client-Value-1")}},
		exchange("code=Code-Value-1&client_secret=Client-Value-1&x=abc", `{"access_token":"Shared-Value-1","refresh_token":"Refresh\u002dValue-1"}`),
		exchange("refresh_token=Refresh-Value-1&client_secret=q1", `{"access_token":"Access-Value-2","refresh_token":"Refresh-Value-22"}`),
	}
	text := "Shared-Value-1 Client-Value-1 Access-Value-1 Access-Value-2 Code-Value-1 Refresh-Value-1 Refresh-Value-22 Refresh\\u002dValue-1 client_secret=q1 Code%2DValue-1"
	m, run := New(flows.FingerprintKey{}, nil), flows.Trace{}
	for i, e := range events {
		run = run.Append(time.Time{}, e)
		m.Learn(e)
		want := ForTrace(run)
		if got, want := m.String(text), want.String(text); got != want {
			t.Errorf("after %d events:\n%s\n%s", i+1, got, want)
		}
	}
}

// TestARedirectStaysAReadableURL: the address in a stored answer is read as a callback when
// the run is replayed; the number sign of a mask must not begin its fragment.
func TestARedirectStaysAReadableURL(t *testing.T) {
	at := "http://127.0.0.1:1/callback?code=0123456789abcdef&state=s"
	e := flows.ExchangeFinished{Exchange: flows.Exchange{Request: flows.Request{Method: "GET", URL: "http://as.example/authorize"},
		Response: &flows.Response{Status: 302, Headers: flows.Headers{{Name: "location", Value: at}}}}}
	came := flows.CallbackArrived{Request: flows.Request{Method: "GET", URL: at}}
	m := ForTrace(flows.Trace{}.Append(time.Time{}, e).Append(time.Time{}, came))
	stored := m.Event(e).(flows.ExchangeFinished).Exchange.Response.Headers[0].Value
	u, err := url.Parse(stored)
	if err != nil || u.Fragment != "" || !flows.IsMask(u.Query().Get("code")) || u.Query().Get("state") != "s" {
		t.Errorf("%q: %v", stored, err)
	}
	if stored != m.Event(came).(flows.CallbackArrived).Request.URL {
		t.Errorf("the redirect and the callback differ: %q", stored)
	}
	if strings.Contains(stored, "0123456789abcdef") || strings.Contains(m.String(stored), "%23") {
		t.Errorf("%q, shown as %q", stored, m.String(stored))
	}
}

// TestBasicIsOneSecret: the encoded secret inside of encoded credentials is no second one.
func TestBasicIsOneSecret(t *testing.T) {
	secret := "simulator-secret-0001"
	m := New(flows.FingerprintKey{}, map[string]string{secret: "client_secret"})
	value := "Basic " + base64.StdEncoding.EncodeToString([]byte("demo-client:"+secret))
	if got := m.String(value); !strings.HasPrefix(got, "Basic credentials (") || strings.Count(got, "chars") != 1 {
		t.Errorf("%q", got)
	}
}
