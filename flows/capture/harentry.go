package capture

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"oauthlens/flows"
)

// harEntry is one entry as written.
type harEntry struct {
	started, comment, failure, remote string
	time                              float64
	method, url, version              string
	reqHeaders                        flows.Headers
	postMIME, postText, postEncoding  string
	postHasText                       bool
	postParams                        []flows.Param

	hasResponse                 bool
	status                      float64
	statusText, respVersion     string
	respHeaders                 flows.Headers
	redirectURL                 string
	content                     harContent
	bodySize                    float64
	respComment                 string
	timings                     flows.Timings
	hasTimings                  bool
	responseComplete, requested bool
}

// harContent is the body of an answer.
type harContent struct {
	mime, text, encoding, comment string
	hasText, dropped              bool
	size                          float64
}

func (h *harReader) entry() (harEntry, error) {
	e := harEntry{bodySize: -1, content: harContent{size: -1}}
	err := h.object(func(name string) error {
		switch name {
		case "startedDateTime":
			return h.text(&e.started)
		case "time":
			return h.number(&e.time)
		case "request":
			return h.request(&e)
		case "response":
			return h.response(&e)
		case "timings":
			return h.timings(&e)
		case "serverIPAddress":
			return h.short(&e.remote)
		case "comment":
			return h.text(&e.comment)
		case "_error", "error", "_failureText":
			return h.text(&e.failure)
		}
		return h.dec.SkipValue()
	})
	return e, err
}

func (h *harReader) request(e *harEntry) error {
	err := h.object(func(name string) error {
		switch name {
		case "method":
			return h.short(&e.method)
		case "url":
			return h.text(&e.url)
		case "httpVersion":
			return h.short(&e.version)
		case "headers":
			return h.headers(&e.reqHeaders)
		case "postData":
			return h.postData(e)
		}
		return h.dec.SkipValue()
	})
	e.requested = err == nil
	return err
}

func (h *harReader) postData(e *harEntry) error {
	return h.object(func(name string) error {
		switch name {
		case "mimeType":
			return h.short(&e.postMIME)
		case "text":
			e.postHasText = h.dec.PeekKind() == '"'
			return h.text(&e.postText)
		case "encoding", "_encoding":
			return h.short(&e.postEncoding)
		case "params":
			return h.array(func() error {
				var p flows.Param
				err := h.object(func(name string) error {
					switch name {
					case "name":
						return h.short(&p.Name)
					case "value":
						return h.text(&p.Value)
					}
					return h.dec.SkipValue()
				})
				if len(e.postParams) < maxHeaders {
					e.postParams = append(e.postParams, p)
				}
				return err
			})
		}
		return h.dec.SkipValue()
	})
}

func (h *harReader) response(e *harEntry) error {
	e.hasResponse = h.dec.PeekKind() == '{'
	err := h.object(func(name string) error {
		switch name {
		case "status":
			return h.number(&e.status)
		case "statusText":
			return h.short(&e.statusText)
		case "httpVersion":
			return h.short(&e.respVersion)
		case "headers":
			return h.headers(&e.respHeaders)
		case "redirectURL":
			return h.text(&e.redirectURL)
		case "content":
			return h.readContent(e)
		case "bodySize":
			return h.number(&e.bodySize)
		case "comment":
			return h.text(&e.respComment)
		case "_error", "error", "_failureText", "_fetchError":
			return h.text(&e.failure)
		}
		return h.dec.SkipValue()
	})
	e.responseComplete = err == nil
	return err
}

func (h *harReader) readContent(e *harEntry) error {
	c := &e.content
	return h.object(func(name string) error {
		switch name {
		case "mimeType":
			return h.short(&c.mime)
		case "size":
			return h.number(&c.size)
		case "encoding":
			return h.short(&c.encoding)
		case "comment":
			return h.text(&c.comment)
		case "text":
			return h.contentText(e)
		}
		return h.dec.SkipValue()
	})
}

// contentText keeps the body unless it is furniture: what the entry says so far decides
// before the text is copied.
func (h *harReader) contentText(e *harEntry) error {
	c := &e.content
	if h.dec.PeekKind() != '"' {
		return h.dec.SkipValue()
	}
	v, err := h.dec.ReadValue()
	if err != nil {
		return err
	}
	c.hasText = true
	size := len(v)
	limit := maxNoiseBody
	if e.relevant() {
		limit = flows.MaxBody * 2
		if h.bodyTotal+size > maxBodyTotal {
			limit = 0
		}
		h.bodyTotal += min(size, limit)
	} else {
		if e.furniture() {
			limit = 256
		}
		if h.noiseTotal+size > maxNoiseTotal {
			limit = 0
		}
		h.noiseTotal += min(size, limit)
	}
	if size > limit {
		c.dropped = true
		h.droppedBodies++
		return nil
	}
	b, err := appendUnquoted(make([]byte, 0, size), v)
	c.text = string(b)
	return err
}

// furniture tells images, fonts, styles, scripts and media.
func (e *harEntry) furniture() bool {
	m := strings.ToLower(e.content.mime)
	for _, s := range [...]string{"image/", "font", "text/css", "javascript", "video/", "audio/", "wasm", "ecmascript"} {
		if strings.Contains(m, s) {
			return !strings.Contains(e.url, "callback=") // JSONP
		}
	}
	path := e.url
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		switch strings.ToLower(path[i+1:]) {
		case "js", "css", "png", "jpg", "jpeg", "gif", "svg", "ico", "woff", "woff2", "ttf", "map", "mp4", "webp", "avif":
			return true
		}
	}
	return false
}

// relevant tells, before the answer's body is read, whether the exchange looks like
// part of a flow.
func (e *harEntry) relevant() bool {
	if e.furniture() {
		return false
	}
	low := strings.ToLower(e.url)
	for _, s := range [...]string{"oauth", "openid", "token", "authorize", "auth?", "/auth/", "callback", "code=", "client_id", "jwks", "certs",
		"userinfo", "well-known", "revoke", "introspect", "connect", "/par", "login", "signin", "consent", "state="} {
		if strings.Contains(low, s) {
			return true
		}
	}
	if e.reqHeaders.Has("Authorization") || strings.Contains(e.postText, "grant_type") || strings.Contains(e.postText, "token") ||
		strings.Contains(e.postText, "client_id") || strings.Contains(e.postText, "code=") {
		return true
	}
	for _, p := range e.postParams {
		if p.Name == "grant_type" || p.Name == "code" || p.Name == "client_id" {
			return true
		}
	}
	return e.status >= 400
}

func (h *harReader) timings(e *harEntry) error {
	e.timings = flows.NoTimings()
	e.hasTimings = h.dec.PeekKind() == '{'
	return h.object(func(name string) error {
		var into *time.Duration
		switch name {
		case "dns":
			into = &e.timings.DNS
		case "connect":
			into = &e.timings.Connect
		case "ssl":
			into = &e.timings.TLS
		case "wait":
			into = &e.timings.Wait
		case "receive":
			into = &e.timings.Receive
		default:
			return h.dec.SkipValue()
		}
		ms := -1.0
		err := h.number(&ms)
		*into = milliseconds(ms)
		return err
	})
}

// exchange makes the exchange of an entry.
func (e *harEntry) exchange(h *harReader) flows.Exchange {
	x := flows.Exchange{
		Request: flows.Request{
			Method:  h.intern(strings.ToUpper(clip(e.method, 40))),
			URL:     clip(e.url, maxURL),
			Headers: e.reqHeaders,
			Body:    e.requestBody(),
			Version: h.intern(httpVersion(e.version)),
		},
		Remote: clip(e.remote, 100),
	}
	if x.Request.Method == "" {
		x.Request.Method = "GET"
	}
	if x.Request.Headers == nil {
		x.Request.Headers = flows.Headers{}
	}
	if t, ok := parseTime(e.started); ok {
		x.Started = t
		x.Ended = t.Add(max(0, milliseconds(e.time)))
	}
	if e.hasTimings {
		t := e.timings
		if t.TLS >= 0 && t.Connect >= t.TLS {
			t.Connect -= t.TLS // HAR counts ssl within connect
		}
		x.Timings = &t
	}
	x.Comment = firstOf(e.failure, e.comment, e.respComment)
	if e.hasResponse && e.status >= 100 {
		x.Response = e.answer()
		if e.failure != "" {
			f := failureOf(e.failure)
			x.Error = &f
		}
		return x
	}
	if !e.requested || (e.hasResponse && !e.responseComplete) {
		x.Comment = firstOf(x.Comment, "the recording ends within this entry")
		x.Error = &flows.TransportError{Kind: flows.ErrorCancelled, Stage: "wait", Reason: "recording-cut", Message: "the recording ends here"}
		return x
	}
	f := failureOf(firstOf(e.failure, e.comment, e.respComment, e.content.comment, e.statusText))
	x.Error = &f
	return x
}

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

// rebuildForm writes parameters as a form body. Recorders list them decoded, as HAR
// says, or raw: a set in which every value is fit to stand in a form as it is, and one
// has a percent-escape, is raw.
func rebuildForm(params []flows.Param) string {
	raw, escaped := true, false
	for _, p := range params {
		for _, s := range [2]string{p.Name, p.Value} {
			if strings.ContainsAny(s, " \t\r\n&=/:?#\"<>{}") {
				raw = false
			}
			escaped = escaped || percentEscape(s)
		}
	}
	var b strings.Builder
	for i, p := range params {
		if i > 0 {
			b.WriteByte('&')
		}
		if raw && escaped {
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
	if strings.Contains(strings.ToLower(r.Headers.Get("Content-Encoding")), "gzip") && bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		if d, ok := gunzip(b); ok {
			b = d
		} else {
			r.BodyComplete, r.Problem = false, "the body's gzip coding could not be undone"
		}
	}
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

func gunzip(b []byte) ([]byte, bool) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, false
	}
	out, err := io.ReadAll(io.LimitReader(z, flows.MaxBody+1))
	return out, err == nil
}

func decodeBase64(s string) ([]byte, bool) {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\n', '\r', ' ', '\t':
			return -1
		}
		return r
	}, s)
	if b, err := base64.StdEncoding.DecodeString(s); err == nil {
		return b, true
	}
	if b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "=")); err == nil {
		return b, true
	}
	return nil, false
}
