package capture

import (
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
	responseNamed               bool
}

// harContent is the body of an answer.
type harContent struct {
	mime, text, encoding, comment string
	hasText, dropped              bool
	size                          float64
}

func newEntry() harEntry { return harEntry{bodySize: -1, content: harContent{size: -1}} }

func (h *harReader) entry() (harEntry, error) {
	e := newEntry()
	err := h.object(func(name string) error { return h.entryMember(&e, name) })
	return e, err
}

func (h *harReader) entryMember(e *harEntry, name string) error {
	switch name {
	case "startedDateTime":
		return h.text(&e.started)
	case "time":
		return h.number(&e.time)
	case "request":
		return h.request(e)
	case "response":
		e.responseNamed = true
		return h.response(e)
	case "timings":
		return h.timings(e)
	case "serverIPAddress":
		return h.short(&e.remote)
	case "comment":
		return h.text(&e.comment)
	case "_error", "error", "_failureText":
		return h.text(&e.failure)
	}
	return h.dec.SkipValue()
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
		case "postData", "_content": // HTTP Toolkit keeps there what is no form
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
		case "_error", "error", "_failureText", "_fetchError", "_errorMessage":
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
