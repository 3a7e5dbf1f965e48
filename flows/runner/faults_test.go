package runner

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"oauthlens/flows"
	"oauthlens/flows/runner/faultserver"
)

// expectation is what a fault must come out as. "-" stands for "no error".
type expectation struct {
	kind     flows.ErrorKind
	stage    string
	reason   string
	status   int    // 0: no status line
	complete bool   // of the body
	problem  string // contained in Response.Problem
	timeout  time.Duration
}

const short = 300 * time.Millisecond

func expectations() map[string]expectation {
	fine := expectation{status: 200, complete: true}
	out := map[string]expectation{
		"none":                {status: 200, complete: true},
		"refused":             {kind: flows.ErrorConnect, stage: "connect", reason: "refused"},
		"unresolvable":        {kind: flows.ErrorDNS, stage: "dns", reason: "not-found"},
		"unroutable":          {kind: flows.ErrorTimeout, stage: "connect", timeout: short},
		"reset-at-once":       {kind: flows.ErrorReset, reason: "reset"},
		"reset-before-answer": {kind: flows.ErrorReset, stage: "wait", reason: "reset"},
		"reset-in-body":       {kind: flows.ErrorReset, stage: "receive", reason: "reset", status: 200, problem: "ended after 25 of 500 bytes"},
		"empty-answer":        {kind: flows.ErrorReset, stage: "wait", reason: "empty-answer"},
		"truncated":           {kind: flows.ErrorReset, stage: "receive", reason: "truncated", status: 200, problem: "ended after 25 of 500 bytes"},
		"truncated-chunk":     {kind: flows.ErrorReset, stage: "receive", reason: "truncated", status: 200, problem: "ended after 12 bytes"},
		"truncated-header":    {kind: flows.ErrorReset, stage: "receive", reason: "truncated", status: 200, problem: "header is incomplete"},
		"bad-chunk":           {kind: flows.ErrorProtocol, stage: "receive", reason: "malformed-body", status: 200, problem: "ended after 5 bytes"},
		"drip":                {kind: flows.ErrorTimeout, stage: "receive", status: 200, problem: "ended after", timeout: short},
		"hang-at-once":        {kind: flows.ErrorTimeout, stage: "wait", timeout: short},
		"hang-before-answer":  {kind: flows.ErrorTimeout, stage: "wait", timeout: short},
		"hang-in-header":      {kind: flows.ErrorTimeout, stage: "receive", status: 200, problem: "header", timeout: short},
		"hang-in-body":        {kind: flows.ErrorTimeout, stage: "receive", status: 200, problem: "25 of 500", timeout: short},
		"endless-body":        {status: 200, problem: "larger than 64 MiB"},
		"body-50mb":           {status: 200, problem: "has 50000000 bytes"},
		"gzip":                fine,
		"deflate":             fine,
		"gzip-bomb":           {status: 200, problem: "unpack to more than 1 MiB"},
		"gzip-lie":            {status: 200, problem: "is not; it is kept as it came"},
		"gzip-cut":            {status: 200, problem: "only in part"},
		"unknown-coding":      {status: 200, problem: `"br" is not known`},
		"header-2mb":          {kind: flows.ErrorProtocol, stage: "receive", reason: "header-too-large", status: 200, problem: "header"},
		"headers-5000":        fine,
		"malformed-header":    {kind: flows.ErrorProtocol, stage: "receive", reason: "malformed-header", status: 200, problem: "malformed"},
		"malformed-status":    {kind: flows.ErrorProtocol, stage: "receive", reason: "malformed-header", problem: "no status line"},
		"two-lengths":         {kind: flows.ErrorProtocol, stage: "receive", reason: "malformed-header", status: 200, problem: "malformed"},
		"http09":              {kind: flows.ErrorProtocol, stage: "receive", reason: "not-http", problem: "no status line"},
		"not-http":            {kind: flows.ErrorProtocol, stage: "receive", reason: "not-http", problem: "no status line"},
		"continue-100":        fine,
		"endless-100":         {kind: flows.ErrorProtocol, stage: "receive", reason: "header-too-large", status: 100, problem: "no final answer"},
		"http2-frames":        {kind: flows.ErrorProtocol, stage: "receive", reason: "http2-only", problem: "no status line"},
		"early-answer":        {status: 413, complete: true},
		"trailing-bytes":      fine,

		"tls-none":                  fine,
		"tls-expired":               {kind: flows.ErrorTLS, stage: "tls", reason: "expired"},
		"tls-not-yet-valid":         {kind: flows.ErrorTLS, stage: "tls", reason: "not-yet-valid"},
		"tls-wrong-name":            {kind: flows.ErrorTLS, stage: "tls", reason: "wrong-name"},
		"tls-self-signed":           {kind: flows.ErrorTLS, stage: "tls", reason: "self-signed"},
		"tls-unknown-authority":     {kind: flows.ErrorTLS, stage: "tls", reason: "unknown-authority"},
		"tls-incomplete":            {kind: flows.ErrorTLS, stage: "tls", reason: "incomplete-chain"},
		"tls-client-certificate":    {kind: flows.ErrorTLS, stage: "tls", reason: "certificate-required"},
		"tls-client-certificate-12": {kind: flows.ErrorTLS, stage: "tls", reason: "certificate-required"},
		"tls-old":                   {kind: flows.ErrorTLS, stage: "tls", reason: "handshake"},
		"tls-http2-only":            {kind: flows.ErrorProtocol, stage: "tls", reason: "http2-only"},
		"tls-plain-http":            {kind: flows.ErrorTLS, stage: "tls", reason: "plain-http"},
		"tls-garbage":               {kind: flows.ErrorTLS, stage: "tls", reason: "handshake"},
		"tls-closed":                {kind: flows.ErrorTLS, stage: "tls", reason: "handshake"},
		"tls-hang":                  {kind: flows.ErrorTimeout, stage: "tls", timeout: short},
		"tls-on-plain":              {status: 400, complete: true},
		"tls-http2-frames":          {kind: flows.ErrorProtocol, stage: "receive", reason: "http2-only", problem: "no status line"},
		"tls-alert-on-plain":        {kind: flows.ErrorTLS, stage: "receive", reason: "tls-expected", problem: "no status line"},
		"tls-truncated":             {kind: flows.ErrorReset, stage: "receive", reason: "truncated", status: 200, problem: "25 of 500"},

		"proxy-none":        fine,
		"proxy-tls":         fine,
		"proxy-tls-expired": {kind: flows.ErrorProxy, stage: "proxy", reason: "expired"},
		"proxy-tunnels":     {kind: flows.ErrorProxy, stage: "proxy", reason: "proxy-refused", status: 502, complete: true, problem: "answer of the proxy"},
		"proxy-forbids":     {kind: flows.ErrorProxy, stage: "proxy", reason: "proxy-refused", status: 403, complete: true, problem: "answer of the proxy"},
		"proxy-auth":        {kind: flows.ErrorProxy, stage: "proxy", reason: "proxy-auth", status: 407, complete: true, problem: "answer of the proxy"},
		"proxy-refused":     {kind: flows.ErrorProxy, stage: "proxy", reason: "refused"},
		"proxy-closes":      {kind: flows.ErrorProxy, stage: "proxy", reason: "proxy-refused"},
		"proxy-hang":        {kind: flows.ErrorTimeout, stage: "proxy", timeout: short},
		"proxy-garbage":     {kind: flows.ErrorProxy, stage: "proxy", reason: "proxy-refused"},

		"socks-none":        fine,
		"socks-login":       {kind: flows.ErrorProxy, stage: "proxy", reason: "proxy-auth"},
		"socks-wants-login": {kind: flows.ErrorProxy, stage: "proxy", reason: "proxy-auth"},
		"socks-forbids":     {kind: flows.ErrorProxy, stage: "proxy", reason: "proxy-refused"},
		"socks-closes":      {kind: flows.ErrorProxy, stage: "proxy", reason: "proxy-refused"},
		"socks-hang":        {kind: flows.ErrorTimeout, stage: "proxy", timeout: short},
		"socks-garbage":     {kind: flows.ErrorProxy, stage: "proxy", reason: "proxy-refused"},
	}
	maps.Copy(out, seldomMet())
	for _, f := range faultserver.All() {
		if f.Kind == faultserver.Redirect || f.Kind == faultserver.Content || f.Kind == faultserver.Values {
			out[f.Name] = expectation{complete: true, status: -1}
		}
	}
	return out
}

// TestFaults holds the round trip against every fault; a fault without a row fails. With
// -v it prints how many were tried and passed, per kind.
func TestFaults(t *testing.T) {
	rows := expectations()
	var tried, passed sync.Map
	t.Run("each", func(t *testing.T) {
		for _, f := range faultserver.All() {
			t.Run(f.Name, func(t *testing.T) {
				t.Parallel()
				counter(&tried, f.Kind).Add(1)
				want, ok := rows[f.Name]
				if !ok {
					t.Fatal("no row says what must come of this fault")
				}
				tryFault(t, f, want)
				if !t.Failed() {
					counter(&passed, f.Kind).Add(1)
				}
			})
		}
	})
	for _, kind := range []string{faultserver.Transport, faultserver.Framing, faultserver.TLS, faultserver.Proxy, faultserver.Redirect, faultserver.Content, faultserver.Values} {
		t.Logf("%-10s %3d tried, %3d passed", kind, counter(&tried, kind).Load(), counter(&passed, kind).Load())
	}
}

func counter(m *sync.Map, kind string) *atomic.Int64 {
	n, _ := m.LoadOrStore(kind, new(atomic.Int64))
	return n.(*atomic.Int64)
}

func tryFault(t *testing.T, f faultserver.Fault, want expectation) {
	t.Helper()
	s, r := startFault(t, f.Name)
	timeout := want.timeout
	if timeout == 0 {
		timeout = 20 * time.Second
	}
	x := sendTo(t, t.Context(), r, s.URL, timeout)
	checkError(t, x, want)
	checkResponse(t, x, want)
	checkQuiet(t, x)
	if s.Other != nil && len(s.Other.Log()) != 0 {
		t.Errorf("a redirect was followed: %q", s.Other.Log()[0].Head)
	}
	requests := 0
	for _, received := range s.Log() {
		if received.Method == "POST" {
			requests++
		}
	}
	if requests > 1 {
		t.Errorf("%d requests were sent", requests)
	}
}

func checkError(t *testing.T, x flows.Exchange, want expectation) {
	t.Helper()
	if want.kind == "" {
		if x.Error != nil {
			t.Fatalf("error %+v", *x.Error)
		}
		return
	}
	if x.Error == nil {
		t.Fatal("no error")
	}
	if x.Error.Kind != want.kind || x.Error.Reason != want.reason || (want.stage != "" && x.Error.Stage != want.stage) {
		t.Errorf("got %s/%s/%s %q, want %s/%s/%s", x.Error.Kind, x.Error.Stage, x.Error.Reason, x.Error.Message, want.kind, want.stage, want.reason)
	}
}

func checkResponse(t *testing.T, x flows.Exchange, want expectation) {
	t.Helper()
	if want.status == 0 && want.problem == "" {
		if x.Response != nil {
			t.Errorf("a response came from nowhere: %d %q", x.Response.Status, x.Response.Problem)
		}
		return
	}
	if x.Response == nil {
		t.Fatal("no response was kept")
	}
	if want.status >= 0 && x.Response.Status != want.status {
		t.Errorf("status %d, want %d", x.Response.Status, want.status)
	}
	if x.Response.BodyComplete != want.complete {
		t.Errorf("complete: %v, problem %q", x.Response.BodyComplete, x.Response.Problem)
	}
	if !strings.Contains(x.Response.Problem, want.problem) || (want.problem == "" && x.Response.Problem != "") {
		t.Errorf("problem %q, want %q", x.Response.Problem, want.problem)
	}
	if len(x.Response.Body) > flows.MaxBody {
		t.Errorf("%d bytes were kept", len(x.Response.Body))
	}
}

// checkQuiet: what a person reads holds no secret and nothing a terminal would obey.
func checkQuiet(t *testing.T, x flows.Exchange) {
	t.Helper()
	texts := x.Comment
	if x.Error != nil {
		texts += x.Error.Message
		if x.Error.Message == "" || strings.Count(x.Error.Message, "\n") > 0 {
			t.Errorf("the message is %q", x.Error.Message)
		}
	}
	if x.Response != nil {
		texts += x.Response.Problem
	}
	if strings.Contains(texts, sentSecret) || strings.ContainsFunc(texts, func(r rune) bool { return r < ' ' || (r >= 0x7f && r <= 0x9f) }) {
		t.Errorf("a secret or a control character in %q", texts)
	}
}
