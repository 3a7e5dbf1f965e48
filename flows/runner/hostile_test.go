package runner

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"oauthlens/flows"

	"oauthlens/flows/runner/faultserver"
)

// TestCrowdDoesNotKeepTheBrowserOut: clients that connect and say nothing, or one byte,
// more of them than are admitted.
func TestCrowdDoesNotKeepTheBrowserOut(t *testing.T) {
	_, opened, a := listenOn(t, "http://127.0.0.1:0/cb")
	host := opened.Addresses[0]
	for range maxVisits + 10 {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "G")
	}
	raw(t, host, get(good, host))
	if hit := a.callback(t, 0); hit.Verdict != flows.CallbackAccepted {
		t.Errorf("%+v", hit)
	}
}

// TestFloodIsNotRecorded: the genuine answer is still reported when thousands of others
// are not.
func TestFloodIsNotRecorded(t *testing.T) {
	_, opened, a := listenOn(t, "http://127.0.0.1:0/cb")
	host := opened.Addresses[0]
	raw(t, host, formPost(host, "state=x&code="+strings.Repeat("a", 200_000)))
	if hit := a.callback(t, 0); len(hit.Request.Body) != maxReported {
		t.Errorf("%d bytes of a forgery were recorded", len(hit.Request.Body))
	}
	for range maxReports + 20 {
		raw(t, host, get("/cb?code=evil&state=guess", host))
	}
	raw(t, host, get(good, host))
	if _, ok := a.next(t, maxReports).(flows.Noted); !ok {
		t.Errorf("after %d hits: %#v", maxReports, a.events[maxReports])
	}
	if hit := a.callback(t, maxReports+1); hit.Verdict != flows.CallbackAccepted {
		t.Errorf("%+v", hit)
	}
}

func FuzzVisit(f *testing.F) {
	for _, seed := range []string{get(good, "localhost"), formPost("localhost", "a=b"), "GET\r\n\r\n", "\x16\x03", get("/cb?oauthlens_fragment=a", "[::1]:1")} {
		f.Add(seed)
	}
	l := &Listener{expect: flows.CallbackExpectation{State: flows.NewSecret(flows.FingerprintKey{}, "state", goodState)}, noted: map[string]bool{}}
	l.address, _ = readRedirectURI("http://127.0.0.1:53682/cb")
	for _, a := range faultserver.Answers(f.Context(), "", 4<<10) {
		f.Add(string(a.Raw))
	}
	f.Fuzz(func(t *testing.T, message string) {
		server, client := net.Pipe()
		defer server.Close()
		defer client.Close()
		v := &visit{listener: l, conn: server}
		l.settled = false
		request, problem, err := v.read(bufio.NewReader(strings.NewReader(message)), io.Discard)
		if err != nil {
			return
		}
		reply := l.consider(request, problem)
		if reply.verdict == flows.CallbackAccepted && !strings.Contains(message, "st4te") && !strings.Contains(message, "%") && !strings.Contains(strings.ToLower(message), "chunked") {
			t.Fatalf("accepted without the state: %q", message)
		}
		answer := reply.bytes(request.Method)
		if _, err := http.ReadResponse(bufio.NewReader(strings.NewReader(string(answer))), nil); err != nil {
			t.Fatalf("%q: %v", answer, err)
		}
		if _, err := url.Parse(request.URL); err != nil && problem == nil {
			t.Logf("the recorded URL cannot be parsed: %v", err)
		}
	})
}
