package capture

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"io"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"oauthlens/flows"
)

// requestBody is the posted body as far as the recording has it.
func (e *harEntry) requestBody() []byte {
	if e.postHasText && e.postText != "" || len(e.postParams) == 0 {
		if strings.EqualFold(e.postEncoding, "base64") {
			if b, ok := decodeBase64(e.postText); ok {
				return bound(b)
			}
		}
		if e.postText == "" {
			return nil
		}
		if b, ok := unmarkedBase64(e.postText, firstOf(e.postMIME, e.reqHeaders.Get("Content-Type"))); ok {
			return bound(b)
		}
		text := e.postText
		// Old Firefox writes the headers of the form in front of it.
		if strings.HasPrefix(text, "Content-Type:") || strings.HasPrefix(text, "Content-Length:") {
			if _, body, ok := strings.Cut(text, "\r\n\r\n"); ok {
				text = body
			}
		}
		return bound([]byte(text))
	}
	return bound([]byte(rebuildForm(e.postParams)))
}

// unmarkedBase64 decodes a form or JSON that a recorder wrote as base64 without saying so.
func unmarkedBase64(text, contentType string) ([]byte, bool) {
	low := strings.ToLower(contentType)
	if len(text) < 8 || strings.ContainsAny(text, "&{ ") || !strings.Contains(low, "urlencoded") && !strings.Contains(low, "json") {
		return nil, false
	}
	b, ok := decodeBase64(text)
	if !ok || len(b) == 0 || !ascii(b) {
		return nil, false
	}
	name, _, isForm := bytes.Cut(b, []byte("="))
	return b, b[0] == '{' || isForm && knownParam(string(name))
}

// rebuildForm writes parameters as a form body. HAR wants them decoded; some recorders
// list them raw, which shows when a URL among them is still encoded and nothing in the
// set needs encoding.
func rebuildForm(params []flows.Param) string {
	raw, encodedURL := true, false
	for _, p := range params {
		for _, s := range [2]string{p.Name, p.Value} {
			if strings.ContainsAny(s, " \t\r\n&=/:?#\"<>{}") {
				raw = false
			}
			encodedURL = encodedURL || strings.Contains(strings.ToUpper(clip(s, 20)), "%3A%2F%2F")
		}
	}
	var b strings.Builder
	for i, p := range params {
		if i > 0 {
			b.WriteByte('&')
		}
		if raw && encodedURL {
			b.WriteString(p.Name + "=" + p.Value)
		} else {
			b.WriteString(url.QueryEscape(p.Name) + "=" + url.QueryEscape(p.Value))
		}
	}
	return b.String()
}

// answer makes the response of an entry with a status.
func (e *harEntry) answer() *flows.Response {
	r := &flows.Response{
		Status: int(e.status), StatusText: clip(e.statusText, 200), Version: httpVersion(e.respVersion), Headers: e.respHeaders,
	}
	if r.Headers == nil {
		r.Headers = flows.Headers{}
	}
	if e.redirectURL != "" && !r.Headers.Has("Location") && r.Status/100 == 3 {
		r.Headers = append(r.Headers, flows.Header{Name: "Location", Value: e.redirectURL})
	}
	if e.content.mime != "" && e.content.mime != "x-unknown" && !r.Headers.Has("Content-Type") && e.content.hasText {
		r.Headers = append(r.Headers, flows.Header{Name: "Content-Type", Value: e.content.mime})
	}
	e.body(r)
	return r
}

func (e *harEntry) body(r *flows.Response) {
	c := &e.content
	r.BodyComplete = e.responseComplete
	r.BodyBytes = int64(max(e.bodySize, 0))
	if r.BodyBytes == 0 {
		r.BodyBytes = int64(max(c.size, 0))
	}
	switch {
	case !e.responseComplete:
		r.Problem = "the recording ends within this answer"
	case c.dropped:
		r.BodyComplete, r.Problem = false, "the body is no part of a flow and was left out"
		return
	case !c.hasText:
		if c.size > 0 {
			r.BodyComplete, r.Problem = false, "the recorder did not keep the body of "+strconv.Itoa(int(c.size))+" bytes"
		}
		return
	}
	b := []byte(c.text)
	if strings.EqualFold(c.encoding, "base64") {
		d, ok := decodeBase64(c.text)
		if !ok {
			r.BodyComplete, r.Problem = false, "the recorded body says base64 and is none"
		} else {
			b = d
		}
	}
	b = undoCoding(r, b)
	r.Body = bound(b)
	if len(r.Body) < len(b) {
		r.BodyComplete, r.Problem = false, "the body is longer than 1 MiB; the rest was left out"
	}
	if e.bodySize <= 0 {
		r.BodyBytes = int64(len(b))
	}
	if r.Problem == "" {
		e.length(r)
	}
}

// length compares a body that was not transformed with the promised Content-Length.
func (e *harEntry) length(r *flows.Response) {
	if r.Headers.Has("Content-Encoding") || e.method == "HEAD" || r.Status == 304 || len(r.Body) == 0 {
		return
	}
	want, err := strconv.Atoi(strings.TrimSpace(r.Headers.Get("Content-Length")))
	if err != nil || want <= len(r.Body) || !ascii(r.Body) {
		return
	}
	r.BodyComplete = false
	r.Problem = "cut short: Content-Length says " + strconv.Itoa(want) + " bytes, the recording has " + strconv.Itoa(len(r.Body))
}

// undoCoding decompresses a body that was recorded as it was sent, which HAR does not
// want. One in a coding that is not known here cannot be shown: nobody could see the
// secrets in it to mask them.
func undoCoding(r *flows.Response, b []byte) []byte {
	coding := strings.ToLower(strings.TrimSpace(r.Headers.Get("Content-Encoding")))
	var z io.Reader
	var err error
	switch {
	case coding == "" || coding == "identity" || utf8.Valid(b):
		return b
	case strings.Contains(coding, "gzip"):
		z, err = gzip.NewReader(bytes.NewReader(b))
	case coding == "deflate" && b[0]&0x0f == 8: // RFC 1950; some servers leave its two bytes out
		z, err = zlib.NewReader(bytes.NewReader(b))
	case coding == "deflate":
		z = flate.NewReader(bytes.NewReader(b))
	default:
		r.BodyComplete, r.Problem = false, "the body was recorded in the coding "+clip(coding, 20)+", which is not read here"
		return nil
	}
	if err == nil {
		var out []byte
		if out, err = io.ReadAll(io.LimitReader(z, flows.MaxBody+1)); err == nil {
			return out
		}
	}
	r.BodyComplete, r.Problem = false, "the body's "+clip(coding, 20)+" coding could not be undone"
	return b
}

func decodeBase64(s string) ([]byte, bool) {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\n', '\r', ' ', '\t':
			return -1
		}
		return r
	}, s)
	s = strings.NewReplacer("-", "+", "_", "/").Replace(s)
	if b, err := base64.StdEncoding.DecodeString(s); err == nil {
		return b, true
	}
	if b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "=")); err == nil {
		return b, true
	}
	return nil, false
}
