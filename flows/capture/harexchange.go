package capture

import (
	"strings"

	"oauthlens/flows"
)

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
	if host := x.Request.Headers.Get("Host"); host != "" && strings.HasPrefix(x.Request.URL, "/") {
		x.Request.URL = "https://" + host + x.Request.URL // some write the target alone
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
	e.outcome(h, &x)
	return x
}

// outcome adds the answer, or what kept it from coming.
func (e *harEntry) outcome(h *harReader, x *flows.Exchange) {
	if e.hasResponse && e.status == 0 && e.failure == "" && e.redirectURL != "" {
		e.status = 302
		h.withoutStatus++
	}
	if e.hasResponse && e.status >= 100 {
		x.Response = e.answer()
		page := e.proxyPage(x.Response)
		if failure := firstOf(e.failure, page); failure != "" {
			f := failureOf(failure)
			x.Error = &f
		}
		if page != "" { // no server answered
			x.Response, x.Comment = nil, page
		}
		return
	}
	if !e.requested || (e.hasResponse && !e.responseComplete) {
		x.Comment = firstOf(x.Comment, "the recording ends within this entry")
		x.Error = &flows.TransportError{Kind: flows.ErrorCancelled, Stage: "wait", Reason: "recording-cut", Message: "the recording ends here"}
		return
	}
	if e.failure == "" && (!e.responseNamed || browserOnly(e.comment) || h.namesInComments()) {
		return // nothing is known of an answer, which is no failure
	}
	f := failureOf(firstOf(e.failure, e.comment, e.respComment, e.content.comment, e.statusText))
	x.Error = &f
}

// namesInComments tells that the comment of an entry is the name that somebody gave a
// request, and that one without an answer was not sent: Insomnia exports both.
func (h *harReader) namesInComments() bool {
	return strings.HasPrefix(strings.ToLower(h.creator), "insomnia")
}

// proxyPage is the text of an answer that Fiddler makes up when it could not reach the
// server; empty for others.
func (e *harEntry) proxyPage(r *flows.Response) string {
	text := string(r.Body[:min(len(r.Body), 400)])
	if r.Status < 500 || !strings.HasPrefix(text, "[Fiddler] ") {
		return ""
	}
	return text
}

// browserOnly tells that this program wrote the entry for something that it only knows one
// half of: the URL that a browser opened, and the request that it came back with. That
// there is no answer is no failure then.
func browserOnly(comment string) bool {
	for _, step := range []flows.StepKind{flows.StepAuthorizeURL, flows.StepCallback} {
		if strings.HasPrefix(comment, "oauthlens step "+string(step)) {
			return true
		}
	}
	return false
}
