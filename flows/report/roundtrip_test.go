package report_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"oauthlens/flows"
	"oauthlens/flows/capture"
	"oauthlens/flows/diagnose"
	"oauthlens/flows/report"
)

// recordings are the recorded faults that the diagnosis is measured by.
func recordings(t *testing.T) map[string]flows.Trace {
	t.Helper()
	f, err := os.Open("../diagnose/testdata/faults/cases.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]flows.Trace{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := capture.Read(data, capture.Options{})
		if err != nil {
			t.Fatalf("%s: %v", h.Name, err)
		}
		out[strings.TrimSuffix(h.Name, ".har")] = got.Trace
	}
}

func codesOf(t flows.Trace) string {
	var out []string
	for _, f := range diagnose.Run(t, diagnose.Options{}) {
		out = append(out, string(f.Severity)+":"+f.Code)
	}
	return strings.Join(out, " ")
}

// TestHARKeepsTheDiagnosis: a recording that is exported and read again is diagnosed as
// before. Nothing that the evidence rests on is lost on the way.
func TestHARKeepsTheDiagnosis(t *testing.T) {
	for name, trace := range recordings(t) {
		data, err := report.HAR(trace, blind{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := capture.Read(data, capture.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if was, is := codesOf(trace), codesOf(again.Trace); was != is {
			t.Errorf("%s: %s\nafter the export: %s", name, was, is)
		}
	}
}

// TestCurlReadsBack: the command of every recorded request, read again, is that request:
// method, URL, body and every header.
func TestCurlReadsBack(t *testing.T) {
	for name, trace := range recordings(t) {
		for i, s := range trace.Steps() {
			q := s.Exchange.Request
			switch {
			case s.Kind == flows.StepOther, strings.ContainsAny(q.URL, "[]{}"), bytes.ContainsRune(q.Body, 0):
				continue
			}
			text := report.CurlCommand(q, blind{})
			got, err := capture.Read([]byte(text), capture.Options{})
			if err != nil {
				t.Errorf("%s, step %d: %v\n%s", name, i, err, text)
				continue
			}
			steps := got.Trace.Steps()
			if len(steps) != 1 {
				t.Errorf("%s, step %d: %d requests\n%s", name, i, len(steps), text)
				continue
			}
			back := steps[0].Exchange.Request
			if back.Method != q.Method || back.URL != q.URL || !bytes.Equal(back.Body, q.Body) {
				t.Errorf("%s, step %d: %s %s %q\nread back as %s %s %q\n%s", name, i, q.Method, q.URL, q.Body, back.Method, back.URL, back.Body, text)
			}
			for _, h := range q.Headers {
				if !strings.HasPrefix(h.Name, ":") && back.Headers.Get(h.Name) != q.Headers.Get(h.Name) && !strings.EqualFold(h.Name, "Content-Length") && !strings.EqualFold(h.Name, "Host") {
					t.Errorf("%s, step %d: %s is %q, read back %q", name, i, h.Name, h.Value, back.Headers.Get(h.Name))
				}
			}
		}
	}
}

// TestHARKeepsTheReason: how a call failed is read back as it was, whatever words stand
// beside it.
func TestHARKeepsTheReason(t *testing.T) {
	for kind, reasons := range map[flows.ErrorKind]string{
		flows.ErrorDNS: "not-found server-failure", flows.ErrorConnect: "refused unreachable forbidden", flows.ErrorProxy: "proxy-auth proxy-refused", flows.ErrorTimeout: "-",
		flows.ErrorTLS:       "expired not-yet-valid wrong-name self-signed unknown-authority certificate-required handshake plain-http revoked",
		flows.ErrorReset:     "reset empty-answer truncated http2 network-changed",
		flows.ErrorCancelled: "aborted failed blocked-by-client blocked-by-administrator blocked-by-csp blocked-by-response",
	} {
		for _, reason := range strings.Fields(reasons) {
			reason = strings.Trim(reason, "-")
			for _, message := range []string{"it did not work", "the certificate of the host that timed out is not trusted: connection refused", ""} {
				x := flows.Exchange{Step: flows.StepExchange, Started: noon, Ended: noon, Request: flows.Request{Method: "POST", URL: "https://id.test/token", Body: []byte("grant_type=client_credentials")},
					Error: &flows.TransportError{Kind: kind, Reason: reason, Message: message}}
				data, err := report.HAR(flows.Trace{}.Append(noon, flows.ExchangeFinished{Exchange: x}), blind{})
				if err != nil {
					t.Fatal(err)
				}
				again, err := capture.Read(data, capture.Options{})
				if err != nil {
					t.Fatal(err)
				}
				e := again.Trace.Steps()[0].Exchange.Error
				if e == nil || e.Kind != kind || e.Reason != reason {
					t.Errorf("%s %s with %q is read back as %+v", kind, reason, message, e)
				}
			}
		}
	}
}
