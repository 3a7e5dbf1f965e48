package report

import (
	"encoding/base64"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"oauthlens/flows"
)

// The members of a HAR 1.2 file that are written, as its specification names them;
// those that begin with an underscore are extensions.
type (
	harFile struct {
		Log harLog `json:"log"`
	}
	harLog struct {
		Version string     `json:"version"`
		Creator harCreator `json:"creator"`
		Entries []harEntry `json:"entries"`
		Comment string     `json:"comment,omitempty"`
	}
	harCreator struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	harEntry struct {
		StartedDateTime string      `json:"startedDateTime"`
		Time            float64     `json:"time"`
		Request         harRequest  `json:"request"`
		Response        harResponse `json:"response"`
		Cache           struct{}    `json:"cache"`
		Timings         harTimings  `json:"timings"`
		ServerIPAddress string      `json:"serverIPAddress,omitempty"`
		Comment         string      `json:"comment,omitempty"`
	}
	harRequest struct {
		Method      string         `json:"method"`
		URL         string         `json:"url"`
		HTTPVersion string         `json:"httpVersion"`
		Cookies     []flows.Header `json:"cookies"`
		Headers     []flows.Header `json:"headers"`
		QueryString []flows.Param  `json:"queryString"`
		PostData    *harPostData   `json:"postData,omitempty"`
		HeadersSize int            `json:"headersSize"`
		BodySize    int            `json:"bodySize"`
	}
	harPostData struct {
		MimeType string `json:"mimeType"`
		Text     string `json:"text"`
		Encoding string `json:"_encoding,omitempty"`
	}
	harResponse struct {
		Status      int            `json:"status"`
		StatusText  string         `json:"statusText"`
		HTTPVersion string         `json:"httpVersion"`
		Cookies     []flows.Header `json:"cookies"`
		Headers     []flows.Header `json:"headers"`
		Content     harContent     `json:"content"`
		RedirectURL string         `json:"redirectURL"`
		HeadersSize int            `json:"headersSize"`
		BodySize    int64          `json:"bodySize"`
		Error       string         `json:"_error,omitempty"`
		Comment     string         `json:"comment,omitempty"`
	}
	harContent struct {
		Size     int    `json:"size"`
		MimeType string `json:"mimeType"`
		Text     string `json:"text"`
		Encoding string `json:"encoding,omitempty"`
	}
	harTimings struct {
		DNS     float64 `json:"dns"`
		Connect float64 `json:"connect"`
		SSL     float64 `json:"ssl"`
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
)

// HAR writes the run as a HAR 1.2 file. A callback, and an authorization URL that the
// user's browser opened, are entries without an answer, whose comment says why.
func HAR(t flows.Trace, r Redactor) ([]byte, error) {
	file := harFile{Log: harLog{Version: "1.2", Creator: harCreator{Name: "oauthlens", Version: "1"}, Entries: []harEntry{},
		Comment: "run " + string(t.Run) + "; secrets are replaced by their fingerprints"}}
	steps := t.Steps()
	for i, s := range steps {
		if s.Kind == flows.StepAuthorizeURL && opened(steps, i) {
			continue
		}
		file.Log.Entries = append(file.Log.Entries, harEntryOf(s, r))
	}
	return Encode(file, true)
}

func harEntryOf(s flows.Step, r Redactor) harEntry {
	x := s.Exchange
	e := harEntry{
		StartedDateTime: x.Started.UTC().Format(time.RFC3339Nano),
		Request:         harRequestOf(x.Request, r),
		Response:        harResponse{Cookies: []flows.Header{}, Headers: []flows.Header{}, HeadersSize: -1, BodySize: -1, Content: harContent{MimeType: "x-unknown"}},
		Timings:         harTimingsOf(x),
		ServerIPAddress: hostOnly(x.Remote),
		Comment:         harComment(s),
	}
	if x.Response != nil {
		e.Response = harResponseOf(*x.Response, r)
	}
	if x.Error != nil {
		e.Response.Error = netError(*x.Error) + readable(r.String(x.Error.Message))
	}
	for _, stage := range []float64{e.Timings.DNS, e.Timings.Connect, e.Timings.Send, e.Timings.Wait, e.Timings.Receive} {
		e.Time += max(0, stage)
	}
	return e
}

func harComment(s flows.Step) string {
	comment := "oauthlens step " + string(s.Kind)
	switch s.Kind {
	case flows.StepAuthorizeURL:
		comment += ": opened in the user's browser, whose traffic is not recorded"
	case flows.StepCallback:
		comment += ": the browser's request to the redirect URI"
	}
	return comment
}

func hostOnly(remote string) string {
	if i := strings.LastIndexByte(remote, ':'); i >= 0 && !strings.HasSuffix(remote, "]") {
		remote = remote[:i]
	}
	return readable(strings.Trim(remote, "[]"))
}

func harRequestOf(request flows.Request, r Redactor) harRequest {
	out := harRequest{
		Method: readable(request.Method), URL: maskedURL(request.URL, r), HTTPVersion: version(request.Version), Cookies: []flows.Header{},
		Headers: harHeaders(request.Headers, r), QueryString: []flows.Param{}, HeadersSize: -1, BodySize: len(request.Body),
	}
	for pair := range strings.SplitSeq(request.Query(), "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		out.QueryString = append(out.QueryString, flows.Param{Name: readable(r.String(unescaped(name))), Value: readable(maskedPair(name, value, r))})
	}
	if len(request.Body) > 0 {
		contentType := request.Headers.Get("Content-Type")
		post := harPostData{MimeType: readable(r.String(contentType))}
		masked := r.String(string(request.Body))
		switch {
		case !utf8.ValidString(masked):
			post.Text, post.Encoding = base64.StdEncoding.EncodeToString([]byte(masked)), "base64"
		case strings.Contains(strings.ToLower(contentType), "x-www-form-urlencoded"):
			post.Text = escapedMasks(masked)
		default:
			post.Text = masked
		}
		out.PostData = &post
	}
	return out
}

// maskedPair masks a parameter's value with its name beside it: a short secret is known
// only so.
func maskedPair(name, value string, r Redactor) string {
	masked := r.String(name + "=" + value)
	if rest, ok := strings.CutPrefix(masked, name+"="); ok && rest != value {
		return rest
	}
	return r.String(unescaped(value))
}

func unescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// maskedURL masks a URL so that it stays one: the masks are percent-encoded.
func maskedURL(raw string, r Redactor) string { return readable(escapedMasks(r.String(raw))) }

func escapedMasks(masked string) string {
	return storedMask().ReplaceAllStringFunc(masked, func(mask string) string {
		mask = strings.Replace(mask, "%23", "#", 1)
		return strings.ReplaceAll(url.QueryEscape(mask), "+", "%20")
	})
}

func harHeaders(h flows.Headers, r Redactor) []flows.Header {
	out := make([]flows.Header, 0, len(h))
	for _, f := range h {
		value := r.String(f.Value)
		if strings.EqualFold(f.Name, "location") || strings.EqualFold(f.Name, "referer") {
			value = escapedMasks(value)
		}
		out = append(out, flows.Header{Name: readable(r.String(f.Name)), Value: readable(value)})
	}
	return out
}

func harResponseOf(response flows.Response, r Redactor) harResponse {
	out := harResponse{
		Status: response.Status, StatusText: readable(r.String(response.StatusText)), HTTPVersion: version(response.Version),
		Cookies: []flows.Header{}, Headers: harHeaders(response.Headers, r), RedirectURL: maskedURL(response.Headers.Get("Location"), r),
		HeadersSize: -1, BodySize: response.BodyBytes, Comment: readable(r.String(response.Problem)),
		Content: harContent{Size: len(response.Body), MimeType: readable(r.String(response.Headers.Get("Content-Type")))},
	}
	out.Content.Text = r.String(string(response.Body))
	if !utf8.ValidString(out.Content.Text) {
		out.Content.Text, out.Content.Encoding = base64.StdEncoding.EncodeToString([]byte(out.Content.Text)), "base64"
	}
	return out
}

// harTimingsOf counts the TLS handshake into connect too, as HAR wants it.
func harTimingsOf(x flows.Exchange) harTimings {
	if x.Timings == nil {
		return harTimings{DNS: -1, Connect: -1, SSL: -1, Wait: ms(x.Duration())}
	}
	connect := x.Timings.Connect
	if x.Timings.TLS > 0 {
		connect = max(0, connect) + x.Timings.TLS
	}
	return harTimings{DNS: harStage(x.Timings.DNS), Connect: harStage(connect), SSL: harStage(x.Timings.TLS),
		Wait: max(0, harStage(x.Timings.Wait)), Receive: max(0, harStage(x.Timings.Receive))}
}

func harStage(d time.Duration) float64 {
	if d < 0 {
		return -1
	}
	return ms(d)
}
