package redact

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"oauthlens/flows"
)

const wrappedToken = "At.0k-in_a~wrapper"

func maskedBody(t *testing.T, body []byte) string {
	t.Helper()
	x := flows.Exchange{Response: &flows.Response{Body: body}}
	return string(ForTrace(traceWith(x)).Exchange(x).Response.Body)
}

func TestWrappedSecretsAreMasked(t *testing.T) {
	inner := `{"access_token":"` + wrappedToken + `","note":"` + "word" + `"}`
	quoted, _ := json.Marshal(inner)
	twice, _ := json.Marshal(string(quoted))
	for name, body := range map[string]string{
		"an object as the value":    `{"access_token":{"value":"` + wrappedToken + `","type":"bearer"}}`,
		"a list as the value":       `{"access_token":["` + wrappedToken + `"]}`,
		"JSON as a string":          string(quoted),
		"JSON as a string, twice":   string(twice),
		"JSON as a member's string": `{"result":` + string(quoted) + `}`,
	} {
		got := maskedBody(t, []byte(body))
		if strings.Contains(got, wrappedToken) || !strings.Contains(got, "access_token (18 chars, #") {
			t.Errorf("%s: %s", name, got)
		}
		if strings.Contains(body, "bearer") && !strings.Contains(got, "bearer") {
			t.Errorf("%s: a word was masked: %s", name, got)
		}
	}
}

func TestObjectsAboutErrorsStayReadable(t *testing.T) {
	for _, body := range []string{`{"code":{"name":"authorization_pending","id":"E-1234567890123"}}`, `{"token":{"description":"long-words-without-blanks"}}`} {
		if got := maskedBody(t, []byte(body)); got != body {
			t.Error(got)
		}
	}
}

func TestUTF16IsMasked(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, mark := range []string{"", "\ufeff"} {
			w := wide{order: order}
			body := w.bytes(mark + `{"access_token":"` + wrappedToken + `","name":"Zoë 𝄞"}`)
			x := flows.Exchange{Response: &flows.Response{Body: body}}
			m := ForTrace(traceWith(x))
			got, ok := readWide(m.Bytes(body))
			if !ok || strings.Contains(got.text, wrappedToken) || !strings.Contains(got.text, "access_token (18 chars, #") || !strings.Contains(got.text, "Zoë 𝄞") {
				t.Errorf("%v %q: %q", order, mark, got.text)
			}
			if len(m.Leaks(body)) == 0 || m.Leaks(m.Bytes(body)) != nil {
				t.Errorf("leaks: %v, %v", m.Leaks(body), m.Leaks(m.Bytes(body)))
			}
		}
	}
}

// TestCredentialsAreMaskedBeforeTheyAreSent: a request that is only shown is in no trace.
func TestCredentialsAreMaskedBeforeTheyAreSent(t *testing.T) {
	m := ForTrace(flows.Trace{})
	for _, text := range []string{"Basic aWQ6czNjcjN0LXZhbHVl", "Authorization: Basic aWQ6czNjcjN0LXZhbHVl, then Basic aWQ6czNjcjN0LXZhbHVl"} {
		if got := m.String(text); strings.Contains(got, "aWQ6") || !strings.Contains(got, "Basic credentials (20 chars, #") {
			t.Error(got)
		}
	}
	for _, text := range []string{"Basic words stay", "Basic authentication: RFC 7617", "Basic "} {
		if got := m.String(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestDisguisedSecretsAreMasked: an answer that is no JSON as a whole may hold a token all
// the same.
func TestDisguisedSecretsAreMasked(t *testing.T) {
	inner := `{"access_token":"` + wrappedToken + `","note":"word"}`
	for name, body := range map[string]string{
		"a prefix":              ")]}',\n" + inner,
		"a comment":             "/* generated */ " + inner,
		"a page around":         "<html><pre>" + inner + "</pre></html>",
		"a page that escapes":   "<html><pre>" + strings.ReplaceAll(inner, `"`, "&quot;") + "</pre></html>",
		"a script in a page":    `<script>var s = "` + strings.ReplaceAll(inner, `"`, `\"`) + `"</script>`,
		"parts with borders":    "--b\r\nContent-Type: application/json\r\n\r\n" + inner + "\r\n--b--",
		"events":                "data: " + inner + "\n\n",
		"two marks":             "\ufeff\ufeff" + inner,
		"zeros before":          "\x00\x00" + inner,
		"single quotes":         strings.ReplaceAll(inner, `"`, "'"),
		"names without quotes":  `{access_token: "` + wrappedToken + `"}`,
		"another document":      `{"a":1}` + "\n" + inner,
		"XML":                   "<answer><o:access_token>" + wrappedToken + "</o:access_token></answer>",
		"a hidden field":        `<form><input type="hidden" name="access_token" value="` + wrappedToken + `"></form>`,
		"a field, value first":  `<form><input value='` + wrappedToken + `' name=access_token></form>`,
		"a link":                `<a href="https://h/cb?x=1&amp;access_token=` + wrappedToken + `">go on</a>`,
		"headers of bad HTTP":   "HTTP/1.1 200 OK\rContent-Type: application/json\r\r" + inner,
		"a member of an object": `{"a":"b",}` + inner,
	} {
		if got := maskedBody(t, []byte(body)); strings.Contains(got, wrappedToken) || !strings.Contains(got, "access_token (18 chars, #") {
			t.Errorf("%s: %s", name, got)
		}
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
		body := encoding.EncodeToString([]byte(inner))
		if got := maskedBody(t, []byte(body)); strings.Contains(got, body[8:30]) {
			t.Errorf("base64: %s", got)
		}
	}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, mark := range []string{"", "\ufeff"} {
			body := wide{order: order, four: true}.bytes(mark + inner)
			got, ok := readWide([]byte(maskedBody(t, body)))
			if !ok || !got.four || strings.Contains(got.text, wrappedToken) || !strings.Contains(got.text, "access_token (18 chars, #") {
				t.Errorf("UTF-32: %q", got.text)
			}
		}
	}
}

// TestProseStaysReadable: words beside the word token are no tokens.
func TestProseStaysReadable(t *testing.T) {
	for _, body := range []string{
		"<html><body><h1>Token: expired-session</h1><p>Your password: required-field. code: 500-internal</p></body></html>",
		`<html><label>Password:</label><input name="user" value="somebody-else"></html>`,
		"<error><code>invalid_request</code><token>expired</token></error>"[:43],
		"Dmfv7kVhbnQgSlNPTiBhdCBhbGwgYnV0IGxvbmc",
	} {
		if got := maskedBody(t, []byte(body)); got != body {
			t.Errorf("%s\n%s", body, got)
		}
	}
}

// TestMasksInDisguiseAreNoSecrets: the body of a run that was kept without its secrets.
func TestMasksInDisguiseAreNoSecrets(t *testing.T) {
	mask := flows.FingerprintKey{}.Mask("access_token", wrappedToken)
	for _, body := range []string{`{"access_token":"` + mask + `","token_ty`, `{"access_token":"` + mask, "/**/{'access_token':'" + mask + "'}", `<a href="/?access_token=` + mask + `">`} {
		x := flows.Exchange{Response: &flows.Response{Body: []byte(body)}}
		m := ForTrace(traceWith(x))
		if got := string(m.Exchange(x).Response.Body); got != body || m.Leaks([]byte(body)) != nil {
			t.Errorf("%s\n%s %v", body, got, m.Leaks([]byte(body)))
		}
	}
}

// TestOddCallbacksAreMasked: a code under a name that is written as frameworks write lists
// and maps, or in a query that was joined or encoded in a wrong way, is a code.
func TestOddCallbacksAreMasked(t *testing.T) {
	const code = "Zq7.code-in_an~odd_place"
	twice := url.QueryEscape(url.QueryEscape("code=" + code + "&state=s-1"))
	for _, query := range []string{
		"code[]=" + code + "&state=s-1", "code%5B0%5D=" + code, "data[code]=" + code, "code[a][b]=" + code, "state=s-1&amp;code=" + code,
		"state=s-1;code=" + code, "state=s-1;a=b;code=" + code + ";c=d", "code%3D" + code + "%26state%3Ds-1", twice,
		"data=" + url.QueryEscape(`{"code":"`+code+`","state":"s-1"}`), "x=1?code=" + code,
	} {
		callback := flows.Request{Method: "GET", URL: "http://127.0.0.1:1/callback?" + query}
		m := ForTrace(flows.Trace{Run: "0011"}.Append(time.Time{}, flows.CallbackArrived{Request: callback}))
		if got := m.Request(callback).URL; strings.Contains(got, code) || !strings.Contains(got, "24%20chars") && !strings.Contains(got, "24 chars") && !strings.Contains(got, "24+chars") {
			t.Errorf("%s: %s", query, got)
		}
	}
	long := "http://127.0.0.1:1/callback?" + strings.Repeat("a=;", 1<<17) + strings.Repeat("%25", 1<<17) // in time that is in proportion
	for _, u := range []string{long, "http://127.0.0.1:1/callback?code]]=" + code + "&[=a&]=b"} {
		ForTrace(flows.Trace{Run: "0011"}.Append(time.Time{}, flows.CallbackArrived{Request: flows.Request{Method: "GET", URL: u}}))
	}
	claims := flows.Request{Method: "GET", URL: "https://as.example/authorize?claims=" + url.QueryEscape(`{"id_token":{"acr":{"values":["urn:mace:incommon:iap:silver"]}}}`)}
	if got := ForTrace(flows.Trace{Run: "0011"}.Append(time.Time{}, flows.CallbackArrived{Request: claims})).Request(claims).URL; got != claims.URL {
		t.Errorf("claims that are asked for were masked: %s", got)
	}
}

// TestRequestsWithoutQuotesAreMasked: a shell takes the quotes off JSON that is not
// quoted for it, and that is what was sent.
func TestRequestsWithoutQuotesAreMasked(t *testing.T) {
	for _, body := range []string{
		"{grant_type:client_credentials,client_secret:" + wrappedToken + "}",
		"{ grant_type: authorization_code, code: " + wrappedToken + " }",
		"'{grant_type:refresh_token, refresh_token:" + wrappedToken + "}'",
		"{a:{client_secret:" + wrappedToken + "},b:c}",
	} {
		m := ForTrace(flows.Trace{Records: []flows.Record{{Event: flows.ExchangeFinished{Exchange: flows.Exchange{
			Request: flows.Request{Method: "POST", URL: "https://id.test/token", Headers: flows.Headers{}, Body: []byte(body)}}}}}})
		if got := m.String(body); strings.Contains(got, wrappedToken) || !strings.Contains(got, " chars, #") || !strings.Contains(got, "grant_type:") && strings.Contains(body, "grant_type:") {
			t.Errorf("%s: %s", body, got)
		}
	}
	for _, body := range []string{"{scope:openid,state:" + wrappedToken + "}", "{error:invalid_token,code:short}"} {
		m := ForTrace(flows.Trace{Records: []flows.Record{{Event: flows.ExchangeFinished{Exchange: flows.Exchange{
			Request: flows.Request{Method: "POST", URL: "https://id.test/token", Headers: flows.Headers{}, Body: []byte(body)}}}}}})
		if got := m.String(body); got != body {
			t.Errorf("%s: %s", body, got)
		}
	}
}

// TestAFormInBase64IsASecret as a whole, in a request or an answer.
func TestAFormInBase64IsASecret(t *testing.T) {
	form := "grant_type=authorization_code&client_secret=" + wrappedToken
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
		body := encoding.EncodeToString([]byte(form))
		if got := maskedBody(t, []byte(body)); strings.Contains(got, body[8:30]) {
			t.Errorf("%s", got)
		}
	}
	harmless := base64.StdEncoding.EncodeToString([]byte("colour=green&size=large&shape=round"))
	if got := maskedBody(t, []byte(harmless)); got != harmless {
		t.Errorf("a form without a secret is masked: %s", got)
	}
}
