package capture

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"oauthlens/flows"
)

const formEntry = `{"method":"POST","url":"https://a.test/token","headers":[{"name":"Content-Type","value":"application/x-www-form-urlencoded"}],"postData":%s}`

// TestRequestBodiesOfRecorders: what was posted, however the recorder wrote it.
func TestRequestBodiesOfRecorders(t *testing.T) {
	const form = "grant_type=client_credentials&client_id=a&redirect_uri=https%3A%2F%2Fapp.test%2Fcb"
	coded := base64.StdEncoding.EncodeToString([]byte(form))
	params := `"params":[{"name":"grant_type","value":"client_credentials"},{"name":"client_id","value":"a"},{"name":"redirect_uri","value":"https://app.test/cb"}]`
	for _, c := range []struct{ name, post, want string }{
		{"text", `{"mimeType":"application/x-www-form-urlencoded","text":"` + form + `"}`, form},
		{"text beside parameters", `{"text":"` + form + `","params":[{"name":"other","value":"x"}]}`, form},
		{"parameters", `{"mimeType":"application/x-www-form-urlencoded",` + params + `}`, form},
		{"parameters beside an empty text", `{"text":"",` + params + `}`, form},
		{"base64", `{"text":"` + coded + `","encoding":"base64"}`, form},
		{"base64 by another name", `{"text":"` + coded + `","_encoding":"BASE64"}`, form},
		{"base64, and nobody says so", `{"mimeType":"application/x-www-form-urlencoded","text":"` + coded + `"}`, form},
		{"base64 that is said and none", `{"text":"#` + form + `","encoding":"base64"}`, "#" + form},
		{"a value that only looks like base64", `{"mimeType":"text/plain","text":"` + coded + `"}`, coded},
		{"one word of a form", `{"mimeType":"application/x-www-form-urlencoded","text":"abcdefghijkl"}`, "abcdefghijkl"},
		{"none", `null`, ""},
		{"nothing in it", `{}`, ""},
	} {
		header := formEntry
		if strings.Contains(c.post, "text/plain") {
			header = strings.ReplaceAll(header, "application/x-www-form-urlencoded", "text/plain")
		}
		x := mustRead(t, har(entry(0, fmt.Sprintf(header, c.post), answer(200, "{}")))).Trace.Steps()[0].Exchange
		if string(x.Request.Body) != c.want {
			t.Errorf("%s: %q", c.name, x.Request.Body)
		}
	}
	other := strings.Replace(fmt.Sprintf(formEntry, `{"text":"`+coded+`","encoding":"base64"}`), `"postData"`, `"_content"`, 1)
	if x := mustRead(t, har(entry(0, other, answer(200, "{}")))).Trace.Steps()[0].Exchange; string(x.Request.Body) != form {
		t.Errorf("HTTP Toolkit's content: %q", x.Request.Body)
	}
}

// TestCodedAnswers: a body in the coding in which it was sent is decompressed, or left
// out: it is never shown as it is, since what is secret in it could not be found.
func TestCodedAnswers(t *testing.T) {
	const body = `{"access_token":"access-of-nobody-0123456789"}`
	pack := func(w func(io.Writer) io.WriteCloser) []byte {
		var b bytes.Buffer
		z := w(&b)
		_, _ = z.Write([]byte(body))
		_ = z.Close()
		return b.Bytes()
	}
	wrapped := pack(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
	bare := pack(func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, 9); return z })
	for _, c := range []struct {
		name, coding  string
		data          []byte
		want, problem string
	}{
		{"deflate", "deflate", wrapped, body, ""},
		{"deflate without its head", "Deflate", bare, body, ""},
		{"deflate, cut short", "deflate", wrapped[:12], string(wrapped[:12]), "the body's deflate coding could not be undone"},
		{"brotli", "br", []byte{0x8b, 0x03, 0x80, 0xff, 0x03}, "", "the body was recorded in the coding br, which is not read here"},
		{"brotli that the recorder has undone", "br", []byte(body), body, ""},
		{"none", "identity", []byte{0xff, 0x01}, "\xff\x01", ""},
	} {
		response := `{"status":200,"headers":[{"name":"Content-Encoding","value":"` + c.coding + `"}],"content":{"size":2,"text":"` + base64.StdEncoding.EncodeToString(c.data) + `","encoding":"base64"}}`
		r := mustRead(t, har(entry(0, get("https://a.test/token"), response))).Trace.Steps()[0].Exchange.Response
		if string(r.Body) != c.want || r.Problem != c.problem || r.BodyComplete != (c.problem == "") {
			t.Errorf("%s: body %q complete %v problem %q", c.name, r.Body, r.BodyComplete, r.Problem)
		}
	}
	alphabet := base64.URLEncoding.EncodeToString([]byte(`{"a":"???>>>"}`))
	response := `{"status":200,"headers":[],"content":{"size":2,"text":"` + alphabet + `","encoding":"base64"}}`
	if r := mustRead(t, har(entry(0, get("https://a.test/token"), response))).Trace.Steps()[0].Exchange.Response; string(r.Body) != `{"a":"???>>>"}` {
		t.Errorf("the alphabet for URLs: %q %s", r.Body, r.Problem)
	}
}

// TestPartsOfRecordings: an entry, entries or a request that were taken out of one.
func TestPartsOfRecordings(t *testing.T) {
	one := entry(0, post("https://id.test/token", "grant_type=client_credentials&client_id=a"), answer(400, `{"error":"invalid_client"}`))
	request := fmt.Sprintf(formEntry, `{"text":"grant_type=client_credentials&client_id=a"}`)
	for name, c := range map[string]struct {
		text   string
		status int // 0: nothing is known of an answer
	}{
		"an entry": {one, 400}, "a list of entries": {"[" + one + "]", 400}, "the log": {`{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[` + one + `]}`, 400},
		"entries": {`{"entries":[` + one + `]}`, 400}, "a request": {request, 0}, "an entry without an answer": {`{"startedDateTime":"2026-11-02T12:00:00Z","request":` + request + `}`, 0},
	} {
		r, steps := recognise(t, c.text)
		if r.Kind != KindHAR || steps != "exchange POST" {
			t.Errorf("%s: taken for %s (%s) with %s", name, r.Kind, r.What, steps)
			continue
		}
		x := r.Trace.Steps()[0].Exchange
		if x.Error != nil || (x.Response == nil) != (c.status == 0) || x.Response != nil && x.Response.Status != c.status || string(x.Request.Body) != "grant_type=client_credentials&client_id=a" {
			t.Errorf("%s: %+v %v %q", name, x.Response, x.Error, x.Request.Body)
		}
	}
	two := har(one) + "\n"
	for behind, want := range map[string]bool{"": false, "\n \n": false, har(one): true, "<html>": true} {
		if r := mustRead(t, two+behind); (len(r.Losses) == 1) != want || len(r.Trace.Steps()) != 1 {
			t.Errorf("behind the recording %.10q: %q", behind, r.Losses)
		}
	}
	_, err := Read([]byte(`{"log":{"version":"1.2","creator":{"name":"x"},"entries":[{"startedDateTime":"2026`), Options{})
	var none *NotRecognised
	if !errors.As(err, &none) || none.LookedLike != "a HAR that ends before its first entry" {
		t.Errorf("%v", err)
	}
}

// TestAnswersThatWereNone: a redirect whose status is lost, a request that was never sent,
// and a page that a proxy made up.
func TestAnswersThatWereNone(t *testing.T) {
	const callback = "https://app.example.test/cb?code=code-of-a-000000&state=state-of-a-000000"
	lost := `{"status":0,"headers":[],"content":{"size":0},"redirectURL":"` + callback + `"}`
	r := mustRead(t, har(entry(0, get(authorizeA), lost), entry(1, get(callback), answer(200, "ok"))))
	if x := r.Trace.Steps()[0].Exchange; shape(r) != "1:authorize 1:callback" || x.Error != nil || x.Response == nil || x.Response.Status != 302 || x.Response.Headers.Get("Location") != callback ||
		strings.Join(r.Losses, "") != "1 redirect has no status; 302 is assumed" {
		t.Errorf("%s %+v %v %q", shape(r), x.Response, x.Error, r.Losses)
	}
	broken := strings.Replace(lost, `"status":0`, `"status":0,"_error":"net::ERR_ABORTED"`, 1)
	if x := mustRead(t, har(entry(0, get(authorizeA), broken))).Trace.Steps()[0].Exchange; x.Response != nil || x.Error == nil || x.Error.Reason != "aborted" {
		t.Errorf("a redirect that was given up: %+v %v", x.Response, x.Error)
	}
	named := func(creator, comment string) flows.Exchange {
		e := strings.Replace(entry(0, post("https://id.test/token", "grant_type=client_credentials"), `{"status":0,"statusText":"","headers":[],"content":{"size":0}}`), `"startedDateTime"`, `"comment":"`+comment+`","startedDateTime"`, 1)
		return mustRead(t, strings.Replace(har(e), `"name":"Recorder"`, `"name":"`+creator+`"`, 1)).Trace.Steps()[0].Exchange
	}
	if x := named("Insomnia REST Client", "Reset the token"); x.Error != nil || x.Response != nil {
		t.Errorf("a request that was not sent: %+v", x.Error)
	}
	if x := named("mitmproxy", "connection reset by peer"); x.Error == nil || x.Error.Kind != flows.ErrorReset {
		t.Errorf("a request that failed: %+v", x.Error)
	}
	page := `[Fiddler] The connection to 'id.test' failed. <br />Error: ConnectionRefused (0x274d).`
	x := mustRead(t, har(entry(0, post("https://id.test/token", "grant_type=client_credentials"), answer(502, page)))).Trace.Steps()[0].Exchange
	if x.Response != nil || x.Error == nil || x.Error.Kind != flows.ErrorConnect || x.Error.Reason != "refused" {
		t.Errorf("Fiddler's page: %+v %v", x.Response, x.Error)
	}
	for status, body := range map[int]string{502: "Bad Gateway", 400: page} {
		if x := mustRead(t, har(entry(0, post("https://id.test/token", "grant_type=client_credentials"), answer(status, body)))).Trace.Steps()[0].Exchange; x.Response == nil || x.Error != nil {
			t.Errorf("%d %s: %+v %v", status, body, x.Response, x.Error)
		}
	}
}

// TestTargetsWithoutAHost are put together with the Host field.
func TestTargetsWithoutAHost(t *testing.T) {
	for _, c := range []struct{ url, host, want string }{
		{"/token?a=b", "id.test:8443", "https://id.test:8443/token?a=b"}, {"/token", "", "/token"}, {"http://id.test/token", "other.test", "http://id.test/token"},
	} {
		headers := []string{}
		if c.host != "" {
			headers = []string{"Host", c.host}
		}
		r := mustRead(t, har(entry(0, get(c.url, headers...), answer(200, `{"access_token":"abc"}`))))
		if got := r.Trace.Steps()[0].Exchange.Request.URL; got != c.want {
			t.Errorf("%s: %s", c.url, got)
		}
	}
}
