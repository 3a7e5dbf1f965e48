package program

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"oauthlens/flows/runner/faultserver"
)

// transportKinds is the kind of error that each fault must come out as; a fault that is
// not here lets an answer through.
func transportKinds() map[string]string {
	out := seldomKinds()
	maps.Copy(out, map[string]string{
		"refused": "connect", "unresolvable": "dns", "unroutable": "timeout",
		"reset-at-once": "reset", "reset-before-answer": "reset", "reset-in-body": "reset",
		"empty-answer": "reset", "truncated": "reset", "truncated-chunk": "reset", "truncated-header": "reset", "bad-chunk": "protocol",
		"drip": "timeout", "hang-at-once": "timeout", "hang-before-answer": "timeout", "hang-in-header": "timeout", "hang-in-body": "timeout",
		"header-2mb": "protocol", "malformed-header": "protocol", "malformed-status": "protocol", "two-lengths": "protocol",
		"http09": "protocol", "not-http": "protocol", "endless-100": "protocol", "http2-frames": "protocol",
		"tls-expired": "tls", "tls-not-yet-valid": "tls", "tls-wrong-name": "tls", "tls-self-signed": "tls", "tls-unknown-authority": "tls", "tls-incomplete": "tls",
		"tls-client-certificate": "tls", "tls-client-certificate-12": "tls", "tls-old": "tls", "tls-http2-only": "protocol", "tls-http2-frames": "protocol",
		"tls-plain-http": "tls", "tls-garbage": "tls", "tls-closed": "tls", "tls-hang": "timeout", "tls-alert-on-plain": "tls", "tls-truncated": "reset",
		"proxy-forbids": "proxy", "proxy-auth": "proxy", "proxy-refused": "proxy", "proxy-closes": "proxy", "proxy-garbage": "proxy", "proxy-hang": "timeout", "proxy-tunnels": "proxy", "proxy-tls-expired": "proxy",
		"socks-wants-login": "proxy", "socks-login": "proxy", "socks-forbids": "proxy", "socks-closes": "proxy", "socks-garbage": "proxy", "socks-hang": "timeout",
	})
	return out
}

// unfinished are the faults after which the body is not complete although no error came.
var unfinished = []string{"endless-body", "body-50mb", "gzip-bomb", "gzip-lie", "gzip-cut", "unknown-coding", "zstd", "coding-hostile", "gzip-nine-times", "gzip-name", "gzip-checksum"}

// broken are the faults whose JSON is not read to its end, and holds what it is for before.
var broken = []string{"content-cut", "content-trailing-comma", "content-nan", "content-deep"}

// readable are the faults through which a right answer still shines: what is odd is said,
// and the step did what it is for.
var readable = []string{"none", "gzip", "deflate", "gzip-cut", "continue-100", "headers-5000", "tls-none", "proxy-none", "proxy-tls", "socks-none",
	"content-bom", "content-latin1", "content-wrong-type", "content-no-type", "content-malformed-type", "content-jsonp", "content-trailing", "content-cut",
	"content-duplicates", "content-deep", "content-nan", "content-huge-number", "content-negative-number", "content-numeric-strings", "content-large-token"}

// refusals are the faults that answer with a status of 4xx or 5xx.
func refusal(f faultserver.Fault) bool {
	return slices.Contains([]string{"early-answer", "tls-on-plain", "content-html-502", "content-error-object", "content-error-array"}, f.Name) ||
		strings.HasPrefix(f.Name, "content-hostile-error-") || strings.HasPrefix(f.Name, "value-refused-") || slices.Contains(seldomRefusals(), f.Name)
}

// redirected are the faults that answer with 3xx.
func redirected(f faultserver.Fault) bool {
	return f.Kind == faultserver.Redirect && f.Name != "redirect-refresh" && f.Name != "redirect-meta" || f.Name == "not-modified" || f.Name == "upgrade-101"
}

func hostileText(f faultserver.Fault) bool {
	return strings.HasPrefix(f.Name, "content-hostile-") && !strings.HasPrefix(f.Name, "content-hostile-error-")
}

// succeeds tells whether the step does what it is for.
func succeeds(e endpoint, f faultserver.Fault) bool {
	if transportKinds()[f.Name] != "" || refusal(f) {
		return false
	}
	bare := []string{"body-50mb", "endless-body", "gzip-bomb", "gzip-lie", "unknown-coding", "content-html", "content-html-labelled-json", "content-empty",
		"content-no-content", "content-blank", "content-utf16", "content-form", "content-jsonp", "content-string", "content-number", "redirect-refresh", "redirect-meta",
		"gzip-name", "zstd", "chunks-10", "gzip-nine-times", "no-content-with-body", "content-events", "content-refresh-page", "content-xml", "content-multipart", "content-form-labelled-json", "content-twice-encoded",
		"content-base64", "content-in-a-page", "content-comment", "content-prefix", "content-nul-before", "content-utf32", "content-two-marks", "content-utf16-big", "content-form-hostile"}
	switch e.name {
	case "authorization": // any page may be one to sign in at
		return true
	case "call":
		return !redirected(f)
	case "revocation": // RFC 7009 section 2.2: the body says nothing, but an error is believed
		return !redirected(f) && f.Name != "content-error-200" && f.Name != "content-envelope-success-error"
	case "userinfo", "introspection": // claims are whole JSON, or they are none
		if slices.Contains(broken, f.Name) || slices.Contains(strings.Fields("content-jsonp content-form content-form-labelled-json content-form-hostile"), f.Name) {
			return false
		}
	case "token", "refresh": // a token that can be read of an answer that is not whole is kept, and no success
		if slices.Contains(broken, f.Name) || slices.Contains(unfinished, f.Name) {
			return false
		}
	case "jwks": // what begins like JSON was a key set that broke off; an object without keys is none
		bare = append(bare, "content-error-200", "content-envelope-error", "content-envelope-success-error", "trailing-bytes")
		return !redirected(f) && (!slices.Contains(bare, f.Name) || f.Name == "endless-body")
	}
	if f.Kind == faultserver.Values {
		return !slices.Contains(tokenless(), f.Name)
	}
	switch {
	case e.name == "discovery" && hostileText(f): // an issuer with something behind is another one
		return false
	case e.name == "discovery" && f.Name == "content-duplicates": // two issuers, of which nobody knows which counts
		return false
	case e.name == "authorize-url" && hostileText(f): // no control character has a place in a URL
		return slices.Contains([]string{"content-hostile-bidi", "content-hostile-zero-width"}, f.Name)
	case e.name == "authorize-url" && f.Name == "content-cut": // within the URL
		return false
	case f.Name == "content-form-labelled-json", f.Name == "content-form-hostile" && e.issues():
		return true
	}
	return slices.Contains(readable, f.Name) || slices.Contains(seldomReadable(), f.Name) || f.Name == "content-form" || hostileText(f)
}

// judge: the step is there, it failed as it had to, and the run says so.
func judge(t *testing.T, e endpoint, f faultserver.Fault, d document) {
	t.Helper()
	st := d.last(e.step)
	if st == nil {
		t.Fatalf("there is no step %s", e.step)
	}
	kind := transportKinds()[f.Name]
	switch {
	case f.Name == "drip" && st.Error == nil: // short enough an answer
		kind = ""
	case kind != "" && (st.Error == nil || st.Error.Kind != kind || st.Error.Message == ""):
		t.Errorf("the error is %+v, want the kind %s", st.Error, kind)
	case kind == "" && st.Error != nil:
		t.Errorf("the error is %+v, want none", st.Error)
	}
	if st.Response != nil && st.Error == nil && st.Response.BodyComplete == slices.Contains(unfinished, f.Name) {
		t.Errorf("body_complete is %v", st.Response.BodyComplete)
	}
	want := map[bool]string{true: "succeeded", false: "failed"}[succeeds(e, f) || f.Name == "drip" && st.Error == nil]
	if st.Outcome != want {
		t.Errorf("the step %s has %s, want %s", e.step, st.Outcome, want)
	}
	if want == "failed" && e.name != "jwks" && d.Outcome != "failed" {
		t.Errorf("the run has %s after a failed step", d.Outcome)
	}
	judgeKept(t, e, f, d)
	if want == "failed" && !d.accused() {
		t.Error("no finding says what went wrong")
	}
}

// judgeKept: a token that can be read of an answer that is not whole is shown, and taken
// back where the run was asked to; nothing else is sent with it.
func judgeKept(t *testing.T, e endpoint, f faultserver.Fault, d document) {
	t.Helper()
	whole := slices.Contains(readable, f.Name) || slices.Contains(seldomReadable(), f.Name)
	if !e.issues() || !whole || !slices.Contains(broken, f.Name) && !slices.Contains(unfinished, f.Name) {
		return
	}
	if d.Token == nil {
		t.Error("the token that can be read is lost")
	}
	if st := d.last("revoke"); e.name == "token" && (st == nil || st.Outcome != "succeeded") {
		t.Errorf("the token may be live, and the revocation that was asked for is %+v", st)
	}
	if d.last("call") != nil {
		t.Error("the walk went on to the call")
	}
}

// accused tells whether a finding is an error or a warning, as a failed run must have.
func (d document) accused() bool {
	return slices.ContainsFunc(d.Findings, func(f struct{ Code, Severity, Title string }) bool {
		return (f.Severity == "error" || f.Severity == "warning") && f.Code != "" && f.Title != ""
	})
}
