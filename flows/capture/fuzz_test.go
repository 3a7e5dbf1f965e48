package capture

import (
	"errors"
	"strings"
	"testing"

	"oauthlens/flows"

	"oauthlens/flows/runner/faultserver"
)

// checkResult asserts what holds for every input: a trace that begins with Imported,
// numbers without gaps, a step for each exchange, flows from 1 without gaps.
func checkResult(t *testing.T, r Result, err error) {
	t.Helper()
	if err != nil {
		var n *NotRecognised
		var b *BrokenJSON
		if errors.As(err, &n) && n.LookedLike == "" || errors.As(err, &b) && b.Line < 1 {
			t.Fatalf("an error without its reason: %#v", err)
		}
		if strings.ContainsAny(err.Error(), "\x1b\x00\n") {
			t.Fatalf("raw characters in %q", err)
		}
		return
	}
	if r.Kind == "" || r.What == "" || r.Why == "" {
		t.Fatalf("not said what it is: %+v", r)
	}
	if _, ok := r.Trace.Records[0].Event.(flows.Imported); !ok {
		t.Fatal("the trace does not begin with Imported")
	}
	seen := map[int]bool{}
	for i, rec := range r.Trace.Records {
		if rec.Seq != i || i > 0 && rec.At.Before(r.Trace.Records[i-1].At) {
			t.Fatalf("record %d is number %d at %v", i, rec.Seq, rec.At)
		}
	}
	for _, s := range r.Trace.Steps() {
		if s.Kind == "" || s.Exchange.Request.Headers == nil && s.Exchange.Response == nil {
			t.Fatalf("a step without kind or message: %+v", s.Kind)
		}
		seen[s.Flow] = true
	}
	for n := 1; n <= r.Flows(); n++ {
		if !seen[n] && r.Kind != KindDocument {
			t.Fatalf("flow %d of %d has no step", n, r.Flows())
		}
	}
}

func FuzzHAR(f *testing.F) {
	f.Add(har(loginA()...))
	f.Add(har())
	f.Add(`{"log":{"entries":[{"request":{"url":"https://a.test/?code=1&state=2"},"response":null}]}}`)
	f.Add(`{"entries":[{"startedDateTime":"x","request":{"url":"u","method":1,"headers":[{"name":":a","value":null}]},"response":{"status":"200","content":{"text":"aGk=","encoding":"base64","size":1e9}}}]}`)
	f.Add(`{"log":{"entries":[{"request":{"url":"a","postData":{"params":[{"name":"grant_type","value":"a b"}]}},"response":{"status":0,"_error":"net::ERR_FAILED"}}`)
	f.Add(strings.Repeat(`{"log":[`, 300))
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(string(a.Body()))
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Read([]byte(text), Options{Now: now})
		checkResult(t, r, err)
	})
}

func FuzzCurl(f *testing.F) {
	for _, s := range []string{"curl https://a.test -d a=b", "curl $'\\u00'", "curl ^\"a^\" ^\n -H ^", "curl -X", "curl --data-urlencode @", "$(curl -u a:b http://x)", "curl 'a\\'\\", "curl -F a=b -G x"} {
		f.Add(s)
	}
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add("curl 'https://a.test/' -d '" + string(a.Body()) + "'")
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Read([]byte("curl "+text), Options{Now: now})
		checkResult(t, r, err)
		commands(text)
		cmdWords(text)
	})
}

func FuzzURL(f *testing.F) {
	for _, s := range []string{authorizeA, "http://localhost/cb?code=a#b", "app:/x?code=1", "?code=%zz", "#access_token=a", "https://[::1]:0/?error=a", "a://?&&==&response_type"} {
		f.Add(s)
	}
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add("https://a.test/cb?" + string(a.Body()))
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := &paste{text: strings.TrimSpace(text), o: Options{Now: now}}
		if p.text == "" {
			return
		}
		if r, ok, err := readURL(p); ok {
			checkResult(t, r, err)
		}
	})
}

func FuzzPaste(f *testing.F) {
	for _, s := range []string{jwt, "Bearer " + jwe, `{"access_token":"a"}`, "cb({\"a\":1})", "POST / HTTP/1.1\nHost: a\n\nx", "HTTP/1.1 200\n\n{}", "> GET / HTTP/1.1\n> \n< HTTP/1.1 200",
		"POST https://a.test/token Content-Type: x grant_type=a", "grant_type: a\nclient_id: b", "<form method=post action='a'><input name=code value=1", "“a”", "\xff\xfea\x00", "\x00a\x00b",
		`{"schema":"oauthlens/run@1","steps":[{"step":"x","request":{"headers":[1]}}]}`, "```\na\n```", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nab\n0"} {
		f.Add([]byte(s))
	}
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(a.Raw)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(data, Options{Now: now})
		checkResult(t, r, err)
	})
}
